//! The program from outside: exit codes, what goes where, and what is left on disk.

use crate::support::root;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
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
fn tierflow(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierflow"));
    command.current_dir(folder).env("COLUMNS", "80").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

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

/// Every file below a folder with its bytes.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
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
fn help_and_version_are_results() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["--help"][..], &["run", "--help"], &["check", "-h"], &["--version"]] {
        let output = run(folder.path(), args);
        assert_eq!(code(&output), 0, "{args:?}");
        assert!(out(&output).contains("tierflow") && err(&output).is_empty(), "{args:?}");
        assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
    }
}

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
fn a_folder_of_somebody_else_stays() {
    let folder = ward();
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/thesis.txt"), "years of work").unwrap();
    // Ten years of replications would take far longer than this test may: the refusal comes before them.
    let output = run(folder.path(), &["run", "ward.toml", "--out", "mine", "--replications", "1000000"]);
    assert_eq!(code(&output), 4, "{}", err(&output));
    assert!(err(&output).contains("no tierflow manifest"), "{}", err(&output));
    assert_eq!(names(&folder.path().join("mine")), ["thesis.txt"]);
    // A manifest of something else that speaks of tierflow is none of ours either.
    fs::write(folder.path().join("mine/manifest.json"), r#"{"cites": ["tierflow"]}"#).unwrap();
    let output = run(folder.path(), &["run", "ward.toml", "--out", "mine", "--replications", "1000000"]);
    assert!(code(&output) == 4 && err(&output).contains("no tierflow manifest"), "{}", err(&output));
    let output = run(folder.path(), &["run", "ward.toml", "--out", "ward.toml/results"]);
    assert_eq!(code(&output), 4, "{}", err(&output));
}

#[test]
fn results_replace_results_and_depend_on_the_seed_alone() {
    let folder = ward();
    let results = folder.path().join("results/ward");
    let with = |args: &[&str]| {
        let output = run(folder.path(), &[&["run", "ward.toml"][..], args].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        bytes(&results)
    };
    let first = with(&["--threads", "1"]);
    assert_eq!(first, with(&["--threads", "3"]));
    assert_ne!(first, with(&["--seed", "7"]));
    assert_ne!(with(&["--seed", "random"]), with(&["--seed", "random"]));
    assert_eq!(names(&folder.path().join("results")), ["ward"], "no temporary folder stays");
}

#[test]
fn a_random_seed_is_recorded() {
    let folder = ward();
    let output = run(folder.path(), &["run", "ward.toml", "--seed", "random"]);
    let manifest = fs::read_to_string(folder.path().join("results/ward/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let seed = manifest["seed"].as_u64().unwrap();
    assert!(out(&output).replace('\n', " ").contains(&format!("seed {seed}")), "{}", out(&output));
}

#[test]
fn a_manifest_names_no_place() {
    let folder = ward();
    let pools = folder.path().join("more/pools.csv");
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::write(&pools, "provider,pool,capacity\nP1,beds,12\n").unwrap();
    let name = |scenario: &Path, path: &Path| {
        let set = format!("pools={path:?}");
        let output = run(folder.path(), &["run", scenario.to_str().unwrap(), "--set", &set, "-q"]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        let manifest = fs::read_to_string(folder.path().join("results/ward/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        manifest["files"][1]["name"].as_str().unwrap().to_owned()
    };
    let ward = Path::new("ward.toml");
    assert_eq!(name(ward, &pools), "pools.csv");
    assert_eq!(name(&folder.path().join(ward), &pools), "pools.csv");
    assert_eq!(name(ward, Path::new("more/pools.csv")), "more/pools.csv");
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

#[test]
fn the_starter_scenario_runs_at_once() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(folder.path(), &["new", "first"])), 0);
    let check = run(folder.path(), &["check", "first"]);
    assert_eq!((code(&check), err(&check).as_str()), (0, ""));
    let output = run(folder.path(), &["run", "first"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    for option in ["single-icb", "multi-icb", "regional", "national"] {
        assert!(out(&output).contains(option));
    }
    assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
    fs::write(folder.path().join("first/note.txt"), "mine").unwrap();
    let again = run(folder.path(), &["new", "first"]);
    assert_eq!(code(&again), 4);
    assert!(folder.path().join("first/note.txt").exists());
}

#[test]
fn everything_can_be_explained() {
    let folder = ward();
    for (what, said) in [
        ("S011", "Unknown key"),
        ("codes", "S001"),
        ("tables", "commissioners"),
        ("icbs", "net_cost_gbp"),
        ("utilisation", "better"),
        ("ci_low", "95 %"),
        ("patience", "or a table of these by class"),
        ("run.horizon", "example: horizon = \"1 year\""),
        ("capacity", "unit: places"),
        ("ward.toml", "8.0 days on average (exponential); £400.00 a day"),
    ] {
        let output = run(folder.path(), &["explain", what]);
        assert_eq!(code(&output), 0, "{what}: {}", err(&output));
        assert!(out(&output).replace("\n      ", " ").contains(said), "{what}: {}", out(&output));
        assert!(out(&output).lines().all(|line| line.chars().count() <= 80), "{}", out(&output));
    }
}

/// A word may be a column and a key; a wrong one gets the nearest of both.
#[test]
fn keys_are_explained_where_they_stand() {
    let folder = ward();
    let provider = out(&run(folder.path(), &["explain", "provider"]));
    assert!(provider.contains("provider in table pools") && provider.contains("key provider: "), "{provider}");
    let price = out(&run(folder.path(), &["explain", "price"]));
    for line in
        ["  type: money", "  unit: pounds", "  default: required", "  example: price = \"£3,400\"", "  in: prices"]
    {
        assert!(price.lines().any(|said| said == line), "{line}: {price}");
    }
    let wrong = run(folder.path(), &["explain", "pateince"]);
    assert!(code(&wrong) == 2 && err(&wrong).contains("Did you mean `patience`?"), "{}", err(&wrong));
}

#[test]
fn the_schema_is_json() {
    let output = run(root(), &["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert!(schema["properties"]["run"].is_object());
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing() {
    use std::time::Duration;
    let folder = ward();
    let mut child = tierflow(folder.path())
        .args(["run", "ward.toml", "--replications", "1000000", "--threads", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it should still be running");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", err(&output));
    assert!(out(&output).is_empty() && err(&output).contains("interrupted"), "{}", err(&output));
    assert_eq!(names(folder.path()), ["ward.toml"]);
}

/// `docs/commands.md` is what the program's help says; `TIERFLOW_BLESS=1` writes it.
#[test]
fn commands_reference_is_current() {
    let path = root().join("docs/commands.md");
    let page = tierflow::cli::commands_markdown();
    if std::env::var_os("TIERFLOW_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == page, "run: TIERFLOW_BLESS=1 cargo test --release commands_reference");
}
