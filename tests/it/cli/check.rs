//! Scenarios that are wrong, too large or odd.

use super::{WARD, code, err, names, out, run, ward};
use crate::support::{root, tierflow};
use std::fs;

#[test]
fn a_wrong_scenario_ends_with_3_and_writes_nothing() {
    let folder = ward();
    fs::write(folder.path().join("ward.toml"), WARD.replace("capacity = 10", "capacity = -1\nplaces = 2")).unwrap();
    for args in [&["run", "ward.toml"][..], &["check", "ward.toml"], &["explain", "ward.toml"]] {
        let output = run(folder.path(), args);
        let text = err(&output);
        assert_eq!(code(&output), 3, "{args:?}: {text}");
        assert!(out(&output).is_empty());
        assert!(text.contains("--> ward.toml:13:") && text.contains("--> ward.toml:14:1"), "both mistakes: {text}");
        assert!(text.contains("help: ") && text.contains("2 errors"), "{text}");
    }
    assert_eq!(names(folder.path()), ["ward.toml"]);
}

#[test]
fn diagnostics_for_machines_go_to_standard_output() {
    let folder = ward();
    fs::write(folder.path().join("bad.toml"), WARD.replace("capacity = 10", "capacity = -1")).unwrap();
    let output = run(folder.path(), &["check", "bad.toml", "--format", "json"]);
    assert_eq!(code(&output), 3);
    let report: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&report["ok"], &report["diagnostics"][0]["line"]), (&false.into(), &13.into()), "{report}");
    let output = run(folder.path(), &["check", "bad.toml", "--format", "csv"]);
    assert!(out(&output).starts_with("severity,code,file,line,column,message,help\nerror,S"), "{}", out(&output));
}

#[test]
fn a_warning_is_no_error() {
    let folder = ward();
    let overloaded = ["ward.toml", "--set", "demand=[{service=\"stroke\", home_area=\"*\", rate=\"2 per day\"}]"];
    let output = run(folder.path(), &[&["check"][..], &overloaded].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).starts_with("ok (1 warning above): One ward\n"), "{}", out(&output));
    assert!(err(&output).starts_with("warning["), "{}", err(&output));
}

#[test]
fn what_check_says_fits_the_terminal() {
    let folder = ward();
    let mut said = 0;
    let scenarios =
        ["england", "north-central-london", "mechanisms/classes.toml", "verification/a13-treatment-centre.toml"];
    let paths = scenarios.map(|name| root().join("scenarios").join(name));
    for path in paths.into_iter().chain([root().join("tests/good/complete"), folder.path().join("ward.toml")]) {
        let output = run(folder.path(), &["check", path.to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        let text = out(&output);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        said = said.max(text.lines().count());
    }
    assert!(said > 5, "nothing that could be too wide");
    // A width of its own: the same words on fewer lines.
    let wide =
        tierflow(folder.path()).env("COLUMNS", "200").arg("check").arg(root().join("scenarios/england")).output();
    assert!(out(&wide.unwrap()).lines().any(|line| line.chars().count() > 80));
}

#[test]
fn what_cannot_be_read_ends_with_4() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["run", "check", "explain"] {
        let output = run(folder.path(), &[command, "nowhere/at-all.toml"]);
        assert_eq!(code(&output), 4, "{command}: {}", err(&output));
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn too_large_is_refused_with_the_estimate() {
    let folder = ward();
    let large = ["run", "ward.toml", "--replications", "1000000", "--set", "run.horizon=\"30 years\"", "--set"];
    let rate = "demand=[{service=\"stroke\", home_area=\"*\", rate=\"1000 per day\"}]";
    let output = run(folder.path(), &[&large[..], &[rate]].concat());
    assert_eq!(code(&output), 3, "{}", err(&output));
    assert!(err(&output).contains("too large: about") && err(&output).contains("--allow-large"), "{}", err(&output));
    assert_eq!(names(folder.path()), ["ward.toml"]);
}

#[test]
fn more_money_than_can_be_counted_is_an_upper_bound() {
    let folder = ward();
    let price = "prices=[{service=\"stroke\", stage=\"acute\", per=\"start\", price=\"£1,000,000,000\"}]";
    let rate = "demand=[{service=\"stroke\", home_area=\"*\", rate=\"1000 per day\"}]";
    let output = run(folder.path(), &["run", "ward.toml", "--set", price, "--set", rate]);
    assert_eq!(code(&output), 3, "{}", err(&output));
    assert!(
        err(&output).contains("may come to more than") && err(&output).contains("an upper bound"),
        "{}",
        err(&output)
    );
    assert_eq!(names(folder.path()), ["ward.toml"]);
}
