//! `tierflow trace`.

use super::{WARD, code, err, names, out, run, ward};
use crate::support::tierflow;
use std::fs;
use std::process::Stdio;

#[test]
fn a_trace_goes_to_standard_output_or_a_whole_file() {
    let folder = ward();
    let path = |name: &str| folder.path().join(name);
    let csv = run(folder.path(), &["trace", "ward.toml", "--replication", "2"]);
    assert_eq!(code(&csv), 0, "{}", err(&csv));
    assert!(out(&csv).starts_with("event,case,time,ms,activity,what,provider,pool,holds,"), "{}", out(&csv));
    assert!(out(&csv).contains(",acute,referred,P1,beds,,"), "{}", out(&csv));
    let to = |args: &[&str]| run(folder.path(), &[&["trace", "ward.toml", "--replication", "2"][..], args].concat());
    assert_eq!(code(&to(&["--out", "logs/ward.csv"])), 0);
    assert_eq!(fs::read_to_string(path("logs/ward.csv")).unwrap(), out(&csv));
    let again = to(&["--out", "logs/ward.csv", "--seed", "9"]);
    assert!(code(&again) == 4 && err(&again).contains("--force"), "{}", err(&again));
    assert_eq!(fs::read_to_string(path("logs/ward.csv")).unwrap(), out(&csv));
    assert_eq!(code(&to(&["--out", "logs/ward.csv", "--seed", "9", "--force"])), 0);
    assert_ne!(fs::read_to_string(path("logs/ward.csv")).unwrap(), out(&csv));
    assert_eq!(code(&to(&["--out", "logs/ward.xes"])), 0);
    assert!(fs::read_to_string(path("logs/ward.xes")).unwrap().contains("<log xes.version=\"1.0\""));
    assert_eq!(names(&path("logs")), ["ward.csv", "ward.xes"], "no temporary file stays");
    assert_eq!(code(&to(&["--out", "logs", "--force"])), 4);
}

#[test]
fn a_trace_that_makes_no_sense_ends_with_its_cure() {
    let folder = ward();
    let late = run(folder.path(), &["trace", "ward.toml", "--replication", "4", "--out", "log.csv"]);
    assert_eq!((code(&late), out(&late).as_str()), (2, ""));
    assert!(err(&late).contains("numbered from 0 to 3") && err(&late).contains("run.replications=5"), "{}", err(&late));
    let nobody = run(folder.path(), &["trace", "ward.toml", "--option", "nobody"]);
    assert!(code(&nobody) == 2 && err(&nobody).contains("no tiering option `nobody`"), "{}", err(&nobody));
    assert_eq!(code(&run(folder.path(), &["trace", "ward.toml", "--force"])), 2, "force without a file");
    let rate = "demand=[{service=\"stroke\", home_area=\"*\", rate=\"5000 per day\"}]";
    let args = [
        "trace",
        "ward.toml",
        "--set",
        rate,
        "--set",
        "pools=[{provider=\"P1\", pool=\"beds\", capacity=\"unlimited\"}]",
    ];
    let large = run(folder.path(), &[&args[..], &["--out", "log.xes"]].concat());
    assert!(code(&large) == 3 && err(&large).contains("more than 2,000,000 events"), "{}", err(&large));
    assert!(err(&large).contains("run.horizon") && err(&large).contains("--format csv"), "{}", err(&large));
    assert_eq!(names(folder.path()), ["ward.toml"], "nothing is written");
}

#[test]
fn a_trace_takes_the_reference_unless_told_otherwise() {
    let folder = ward();
    let more = "\n[flow_rules.far]\noverflow = \"nearest\"\n[options.here]\ntier = \"single-icb\"\n\
                [options.there]\ntier = \"national\"\nservices = \"all\"\nflow_rules = \"far\"\n\
                [[providers]]\nid = \"P2\"\n[[travel]]\nhome_area = \"everyone\"\nprovider = \"P2\"\nkm = 1\n\
                [[travel]]\nhome_area = \"everyone\"\nprovider = \"P1\"\nkm = 1\n\
                [[pools]]\nprovider = \"P2\"\npool = \"beds\"\ncapacity = 5\n\
                [[shares]]\nservice = \"stroke\"\nhome_area = \"everyone\"\nprovider = \"P1\"\nshare = 1\n";
    fs::write(folder.path().join("two.toml"), format!("{WARD}{more}")).unwrap();
    let both = run(folder.path(), &["trace", "two.toml"]);
    assert_eq!(code(&both), 0, "{}", err(&both));
    let here = run(folder.path(), &["trace", "two.toml", "--option", "here"]);
    assert_eq!(out(&both), out(&here));
    assert!(!err(&here).contains("reference"), "{}", err(&here));
    assert!(err(&both).contains("the reference, `here`; choose another with --option"), "{}", err(&both));
}

#[test]
fn a_reader_who_leaves_a_trace_is_no_error() {
    let folder = ward();
    let mut child = tierflow(folder.path())
        .args(["trace", "ward.toml", "--set", "run.horizon=\"30 years\""])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
}
