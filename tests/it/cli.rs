//! The program from outside: exit codes, what goes where, and what is left on disk.

mod check;
mod folder;
mod trace;
mod words;

use crate::support::tierflow;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use tempfile::TempDir;

/// A scenario of one ward that runs in no time.
const WARD: &str = r#"
title = "One ward"
[run]
horizon = "1 year"
warm_up = "30 d"
replications = 4
periods = "all"
[[providers]]
id = "P1"
[[pools]]
provider = "P1"
pool = "beds"
capacity = 10
[[demand]]
service = "stroke"
home_area = "*"
rate = "1 per day"
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { exponential = { mean = "8 d" } }
[[prices]]
service = "stroke"
stage = "acute"
per = "bed-day"
price = "£400"
"#;

/// The program in a folder of its own, at 80 columns.
fn run(folder: &Path, args: &[&str]) -> Output {
    tierflow(folder).args(args).output().unwrap()
}

/// A folder with `ward.toml`.
fn ward() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ward.toml"), WARD).unwrap();
    folder
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {}", err(output)))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_run_prints_a_summary_and_leaves_a_folder() {
    let folder = ward();
    let output = run(folder.path(), &["run", "ward.toml"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = out(&output);
    assert!(
        text.starts_with("One ward\n") && text.contains("Fullest pools") && text.contains("4 replications, seed"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}') && !err(&output).contains('\u{1b}'));
    assert!(err(&output).contains("results folder: results/ward"), "{}", err(&output));
    assert!(folder.path().join("results/ward/manifest.json").exists());
    assert!(folder.path().join("results/ward/commissioners.csv").exists());
}

#[test]
fn a_quiet_run_says_nothing_beside_its_result() {
    let folder = ward();
    let output = run(folder.path(), &["run", "ward.toml", "--quiet"]);
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
}

#[test]
fn machines_get_one_table_and_nothing_else() {
    let folder = ward();
    let csv = run(folder.path(), &["run", "ward.toml", "--format", "csv"]);
    assert_eq!(out(&csv), fs::read_to_string(folder.path().join("results/ward/commissioners.csv")).unwrap());
    let json = run(folder.path(), &["run", "ward.toml", "--format", "json", "--table", "pools"]);
    let rows: serde_json::Value = serde_json::from_str(&out(&json)).unwrap();
    assert!(rows.as_array().unwrap().iter().any(|row| row["metric"] == "utilisation" && row["pool"] == "beds"));
}

#[test]
fn a_whole_table_fits_the_terminal() {
    let folder = ward();
    for table in ["commissioners", "icbs", "pools", "expected", "replications", "inputs", "assumptions", "notes"] {
        let output = run(folder.path(), &["run", "ward.toml", "--table", table, "-q"]);
        let text = out(&output);
        assert_eq!(code(&output), 0, "{table}: {}", err(&output));
        assert!(text.starts_with(&format!("Table {table}:")), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

#[test]
fn command_lines_that_make_no_sense_end_with_2() {
    let folder = ward();
    let wrong: [&[&str]; 12] = [
        &[],
        &["rum", "ward.toml"],
        &["run"],
        &["run", "ward.toml", "--threads", "0"],
        &["run", "ward.toml", "--replications", "0"],
        &["run", "ward.toml", "--replications", "1000001"],
        &["run", "ward.toml", "--seed", "-1"],
        &["run", "ward.toml", "--format", "xml"],
        &["run", "ward.toml", "--option", "nobody"],
        &["run", "ward.toml", "--table", "pool"],
        &["run", "ward.toml", "--table", "occupancy"],
        &["explain", "nonsense"],
    ];
    for args in wrong {
        let output = run(folder.path(), args);
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert!(out(&output).is_empty() && !err(&output).is_empty(), "{args:?}");
    }
    let output = run(folder.path(), &["run", "ward.toml", "--table", "pool"]);
    assert!(err(&output).contains("Did you mean `pools`?"), "{}", err(&output));
    assert_eq!(names(folder.path()), ["ward.toml"], "nothing is written");
}

/// A board is found by its code or a part of its name; whoever errs is told what there is.
#[test]
fn boards_are_found_by_name() {
    let folder = ward();
    let board = |name: &str| run(folder.path(), &["run", "ward.toml", "--replications", "1", "--board", name, "-q"]);
    for name in ["everyone", "EVERY", "all"] {
        let output = board(name);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert!(out(&output).contains("What each option means for each board\neveryone\n"), "{}", out(&output));
    }
    let output = board("evryone");
    assert_eq!((code(&output), out(&output)), (2, String::new()));
    assert!(err(&output).contains("there is no ICB `evryone`. Did you mean everyone?"), "{}", err(&output));
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let folder = ward();
    let mut child = tierflow(folder.path())
        .args(["run", "ward.toml", "--table", "replications", "--replications", "200"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(!err(&output).contains("error") && !err(&output).contains("panicked"), "{}", err(&output));
}

/// Two boards with a ward each: `here` is full for P1 and half empty for P2, and `there` patients may go from one to the other.
const TWO_WARDS: &str = r#"
title = "Two wards"
[run]
horizon = "1 year"
warm_up = "60 d"
replications = 4
periods = "all"
[[regions]]
id = "Y1"
[[icbs]]
id = "Q1"
region = "Y1"
[[icbs]]
id = "Q2"
region = "Y1"
[[home_areas]]
id = "A1"
icb = "Q1"
latitude = 51
longitude = 0
[[home_areas]]
id = "A2"
icb = "Q2"
latitude = 51.5
longitude = 0
[[providers]]
id = "P1"
host_icb = "Q1"
latitude = 51
longitude = 0
[[providers]]
id = "P2"
host_icb = "Q2"
latitude = 51.5
longitude = 0
[[pools]]
provider = "P1"
pool = "beds"
capacity = 4
[[pools]]
provider = "P2"
pool = "beds"
capacity = 20
[[demand]]
service = "stroke"
home_area = "*"
rate = "1 per day"
[[shares]]
service = "stroke"
home_area = "A1"
provider = "P1"
share = 1
[[shares]]
service = "stroke"
home_area = "A2"
provider = "P2"
share = 1
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { exponential = { mean = "8 d" } }
patience = { exponential = { mean = "9 d" } }
[flow_rules.far]
overflow = "nearest"
[options.here]
tier = "single-icb"
[options.there]
tier = "national"
services = "all"
flow_rules = "far"
"#;

/// Those who leave do not count in the mean wait of those who start, although they were referred.
#[test]
fn the_mean_wait_of_the_summary_is_that_of_all_who_start() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.toml"), TWO_WARDS).unwrap();
    let output = run(folder.path(), &["run", "two.toml"]);
    let text = out(&output);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let mut means = Vec::new();
    let mut reader = csv::Reader::from_path(folder.path().join("results/two/services.csv")).unwrap();
    for row in reader.records().map(Result::unwrap) {
        if &row[0] == "here" && ["mean_wait_days", "reneged"].contains(&&row[3]) {
            means.push(row[5].parse::<f64>().unwrap());
        }
    }
    // One service, so its mean is that of all; half of the patients never wait, and half of the others leave.
    let [wait, left] = means[..] else { panic!("{means:?}") };
    assert!(wait > 1.0 && left > 100.0, "{means:?}");
    let changes = text.split("What the flow rules change").nth(1).unwrap();
    let here = changes.lines().find(|line| line.starts_with("here")).unwrap();
    let figures: Vec<&str> = here.split_whitespace().collect();
    assert!(figures.contains(&format!("{wait:.1}").as_str()), "{wait}: {changes}");
    assert!(figures.contains(&format!("{left:.0}").as_str()), "{left}: {changes}");
}

#[test]
fn simulations_that_cannot_be_compared_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.toml"), TWO_WARDS).unwrap();
    let notes = |args: &[&str]| {
        let output = run(folder.path(), &[&["run", "two.toml"][..], args].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        let stored = fs::read_to_string(folder.path().join("results/two/notes.csv")).unwrap();
        (out(&output).replace("\n  ", " "), stored)
    };
    let (said, stored) = notes(&[]);
    let note = stored.lines().find(|line| line.starts_with("not-comparable,")).unwrap();
    let sentence = note.trim_start_matches("not-comparable,").trim_matches('"');
    assert!(sentence.contains("`there` treats") && sentence.contains("spells more than `here`"), "{note}");
    assert!(said.contains(sentence), "{sentence}: {said}");
    // One simulation, or two that treat the same patients.
    for set in [&["--option", "here"][..], &["--set", "pools=[{provider=\"*\", pool=\"beds\", capacity=60}]"]] {
        let (said, stored) = notes(set);
        assert!(!stored.contains("not-comparable") && !said.contains("not that of the same treatment"), "{stored}");
    }
}

#[test]
fn timings_are_one_line() {
    let folder = ward();
    let output = run(folder.path(), &["run", "ward.toml", "--timings", "--threads", "2", "--quiet"]);
    let text = err(&output);
    let fields: Vec<&str> = text.trim_end().split(' ').collect();
    let value =
        |field: &str, name: &str| field.strip_prefix(name).unwrap_or_else(|| panic!("{text}")).parse::<f64>().unwrap();
    assert_eq!(fields.len(), 4, "{text}");
    assert!(value(fields[0], "events=") > 1_000.0 && value(fields[1], "engine_seconds=") >= 0.0);
    assert!(value(fields[2], "ns_per_event=") > 0.0);
    assert_eq!(fields[3], "threads=2");
}

#[test]
fn options_can_be_chosen() {
    let folder = ward();
    let options =
        "\n[options.alone]\ntier = \"single-icb\"\n[options.together]\ntier = \"national\"\nservices = \"all\"\n";
    fs::write(folder.path().join("ward.toml"), format!("{WARD}{options}")).unwrap();
    let output = run(folder.path(), &["run", "ward.toml", "--option", "together", "--format", "csv", "-q"]);
    let text = out(&output);
    assert!(code(&output) == 0 && text.lines().count() > 1, "{text}");
    assert!(text.lines().skip(1).all(|line| line.starts_with("together,all,nhs-england,")), "{text}");
}

/// What is said below the boards is about the options of the run, and a board without patients is named.
#[test]
fn boards_have_their_own_notes() {
    let folder = ward();
    let more = r#"
[[icbs]]
id = "Q3"
region = "Y1"
[[prices]]
service = "stroke"
stage = "acute"
per = "bed-day"
price = "£400"
[budgets.lean]
basis = "history"
[budgets.agreed]
basis = "stated"
[options.one]
tier = "single-icb"
budget = "lean"
[options.two]
tier = "single-icb"
budget = "agreed"
"#;
    let lines = "budget_lines = [{ icb = \"Q1\", service = \"stroke\", per_year = \"£1m\" }, { icb = \"Q2\", service = \"stroke\", per_year = \"£1m\" }]";
    fs::write(folder.path().join("ward.toml"), format!("{lines}\n{TWO_WARDS}{more}")).unwrap();
    let shown = |more: &[&str]| {
        let output = run(folder.path(), &[&["run", "ward.toml", "-q", "--option", "two"], more].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        out(&output)
    };
    let text = shown(&["--board", "Q1", "--board", "Q3"]);
    assert!(text.contains("Budgets: agreed (stated in the scenario)."), "{text}");
    assert!(text.contains("\nQ3 has no patients in this run.\n"), "{text}");
    assert!(shown(&["--board", "Q3"]).contains("\nQ3 has no patients in this run.\n"));
    assert!(shown(&["--table", "names"]).contains("\nicb "));
}
