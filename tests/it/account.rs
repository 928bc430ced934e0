//! `tierflow account`: what was run is found again to the byte, and what does not fit is refused with its reason.

use crate::support::{root, tierflow};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Two boards, two hospitals, a committee, and two options.
const BASE: &str = r#"
title = "Two boards"
[run]
start = 2027-01-01
horizon = "1 year"
warm_up = "30 d"
replications = 4
periods = "financial-year"
[[regions]]
id = "Y1"
[[icbs]]
id = "A"
region = "Y1"
[[icbs]]
id = "B"
region = "Y1"
[[footprints]]
scheme = "committees"
id = "both"
icb = "A"
[[footprints]]
scheme = "committees"
id = "both"
icb = "B"
[[home_areas]]
id = "A"
icb = "A"
population = 400000
[[home_areas]]
id = "B"
icb = "B"
population = 600000
[[providers]]
id = "P1"
host_icb = "A"
[[providers]]
id = "P2"
host_icb = "B"
[[pools]]
provider = "P1"
pool = "beds"
capacity = 8
[[pools]]
provider = "P2"
pool = "beds"
capacity = 7
[[flows]]
service = "stroke"
home_area = "A"
provider = "P1"
per_year = 260
[[flows]]
service = "stroke"
home_area = "A"
provider = "P2"
per_year = 110
[[flows]]
service = "stroke"
home_area = "B"
provider = "P2"
per_year = 350
[[services.stroke.stages]]
id = "acute"
pool = "beds"
stay = { exponential = { mean = "5 d" } }
wait_standard = "2 d"
[[prices]]
service = "stroke"
stage = "acute"
per = "bed-day"
price = "£400"
[options.single-icb]
tier = "single-icb"
[options.national]
tier = "national"
"#;

/// A third option, and a dearer bed-day.
const OVERLAY: &str = r#"
extends = "base.toml"
[options.committee]
tier = "multi-icb"
footprints = "committees"
contribution = "registered-population"
"#;

/// Runs what must end well.
fn done(folder: &Path, args: &[&str]) -> String {
    let output = tierflow(folder).args(args).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}\n{err}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs what must end with a code, and returns what it says.
fn refused(folder: &Path, args: &[&str], code: i32) -> String {
    let output = tierflow(folder).args(args).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{err}");
    err
}

/// A folder with the scenario, its overlay and a run with all of its replications.
fn stored(kind: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.toml"), BASE).unwrap();
    fs::write(folder.path().join("more.toml"), OVERLAY).unwrap();
    done(folder.path(), &["run", "base.toml", "--activity", kind, "--out", "run", "-q"]);
    folder
}

fn table(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = fs::read(folder.join(format!("{name}.csv"))).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Every table of metrics of an account has its rows in the run, the same to the byte; returns how many there are.
fn same_rows(account: &Path, run: &Path) -> usize {
    let mut rows = 0;
    for name in ["commissioners", "deciders", "icbs", "providers", "services", "flows"] {
        let all: std::collections::BTreeSet<Vec<String>> = table(run, name).into_iter().collect();
        for row in table(account, name) {
            assert!(all.contains(&row), "{name}: {row:?}");
            rows += 1;
        }
    }
    rows
}

#[test]
fn options_of_the_run_are_found_again_to_the_byte() {
    let folder = stored("replications");
    let path = folder.path();
    fs::write(path.join("same.toml"), "extends = \"base.toml\"\n").unwrap();
    for threads in ["1", "3"] {
        done(path, &["account", "run", "--options", "same.toml", "--out", "again", "--threads", threads, "-q"]);
        assert!(same_rows(&path.join("again"), &path.join("run")) > 100);
        for name in ["commissioners.csv", "deciders.csv", "providers.csv", "flows.csv"] {
            assert_eq!(
                fs::read(path.join("again").join(name)).unwrap(),
                fs::read(path.join("run").join(name)).unwrap()
            );
        }
    }
    // The overlay's option is what a run with it gives.
    done(path, &["run", "more.toml", "--out", "whole", "-q"]);
    let summary = done(path, &["account", "run", "--options", "more.toml"]);
    assert!(summary.contains("committee") && summary.contains("stored activity"), "{summary}");
    let account = path.join("results/more-account");
    assert_eq!(
        fs::read_to_string(account.join("commissioners.csv")).unwrap(),
        fs::read_to_string(path.join("whole/commissioners.csv")).unwrap()
    );
    assert!(same_rows(&account, &path.join("whole")) > 100);
    // Nothing half-written lies about.
    assert!(fs::read_dir(path).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with('.')));
    // What is left out is left out everywhere, and the folder says where it comes from.
    let manifest = fs::read_to_string(account.join("manifest.json")).unwrap();
    assert!(
        manifest.contains("\"stored\"") && !manifest.contains("\"pools\"") && !manifest.contains("\"activity\": {")
    );
    assert!(table(&account, "icbs").iter().all(|row| !row.contains(&"waiting_list".to_owned())));
}

#[test]
fn prices_may_change_and_only_money_follows() {
    let folder = stored("replications");
    let path = folder.path();
    let dearer = BASE.replace("£400", "£500");
    fs::write(path.join("dearer.toml"), &dearer).unwrap();
    done(path, &["run", "dearer.toml", "--out", "dear", "-q"]);
    done(path, &["account", "run", "--options", "dearer.toml", "--out", "again", "-q"]);
    assert_eq!(table(&path.join("again"), "commissioners"), table(&path.join("dear"), "commissioners"));
    assert_ne!(table(&path.join("again"), "commissioners"), table(&path.join("run"), "commissioners"));
}

#[test]
fn bundled_scenarios_are_found_again_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let home = root().join("scenarios/north-central-london");
    let home = home.to_str().unwrap();
    done(path, &["run", home, "--replications", "3", "--activity", "replications", "--out", "run", "-q"]);
    done(path, &["account", "run", "--options", home, "--out", "again", "-q"]);
    assert!(same_rows(&path.join("again"), &path.join("run")) > 10_000);
    assert_eq!(table(&path.join("again"), "commissioners"), table(&path.join("run"), "commissioners"));
}

#[test]
fn activity_does_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("base.toml"), BASE).unwrap();
    for kind in ["total", "replications"] {
        for threads in ["1", "4"] {
            let args = ["run", "base.toml", "--activity", kind, "--replications", "12", "--threads", threads];
            done(path, &[&args[..], &["--out", threads, "-q"]].concat());
        }
        for name in ["activity.csv", "cells.csv", "manifest.json"] {
            assert_eq!(fs::read(path.join("1").join(name)).unwrap(), fs::read(path.join("4").join(name)).unwrap());
        }
    }
    done(path, &["run", "base.toml", "--activity", "none", "--out", "1", "-q"]);
    assert!(!path.join("1/activity.csv").exists() && !path.join("1/cells.csv").exists());
}

#[test]
fn sums_are_those_of_the_replications_and_give_means() {
    let folder = stored("replications");
    let path = folder.path();
    done(path, &["run", "base.toml", "--out", "sums", "-q"]);
    let mut sums: std::collections::BTreeMap<Vec<String>, Vec<u64>> = std::collections::BTreeMap::new();
    let number = |text: &String| text.parse::<u64>().unwrap();
    for row in &table(&path.join("run"), "activity")[1..] {
        let sum = sums.entry(vec![row[0].clone(), row[2].clone(), row[3].clone()]).or_insert_with(|| vec![0; 15]);
        sum.iter_mut().zip(&row[4..]).for_each(|(sum, count)| *sum += number(count));
    }
    let totals = table(&path.join("sums"), "activity");
    assert_eq!(totals.len() - 1, sums.len());
    for row in &totals[1..] {
        assert_eq!(row[1], "");
        let counts: Vec<u64> = row[4..].iter().map(number).collect();
        assert_eq!(sums[&vec![row[0].clone(), row[2].clone(), row[3].clone()]], counts);
    }
    // Means from sums are the means of the replications, but for pence; there is no interval.
    let summary = done(path, &["account", "sums", "--options", "more.toml", "--out", "means", "-q"]);
    assert!(
        summary.contains("4 replications") && summary.contains("Net cost by ICB") && !summary.contains("budget, sd")
    );
    done(path, &["account", "run", "--options", "more.toml", "--out", "each", "-q"]);
    for name in ["commissioners", "deciders", "icbs", "providers", "services", "flows"] {
        let each: std::collections::BTreeMap<Vec<String>, f64> = table(&path.join("each"), name)[1..]
            .iter()
            .map(|row| (row[..row.len() - 8].to_vec(), row[row.len() - 8].parse().unwrap()))
            .collect();
        let means = table(&path.join("means"), name);
        assert!(means.len() > 3, "{name}");
        for row in &means[1..] {
            let (mean, rest) = (row[row.len() - 8].parse::<f64>().unwrap(), &row[row.len() - 7..]);
            let of_each = each[&row[..row.len() - 8].to_vec()];
            // A cell is rounded to half a penny in each of four replications, and there are three cells and two years.
            assert!((mean - of_each).abs() <= 0.06, "{name}: {row:?} {of_each}");
            assert_eq!(rest, ["", "", "", "", "", "", "4"], "{name}");
        }
    }
    assert!(!path.join("means/replications.csv").exists());
    let notes = fs::read_to_string(path.join("means/notes.csv")).unwrap();
    assert!(notes.contains("Means alone, from sums over 4 replications"), "{notes}");
}

#[test]
fn what_moves_patients_is_refused() {
    let folder = stored("replications");
    let path = folder.path();
    let overlay = |text: &str| fs::write(path.join("o.toml"), format!("extends = \"base.toml\"\n{text}")).unwrap();
    let account = |code| refused(path, &["account", "run", "--options", "o.toml", "--out", "x"], code);
    overlay("[flow_rules.own]\nfirst = \"own-icb\"\n[options.own]\ntier = \"single-icb\"\nflow_rules = \"own\"\n");
    let said = account(3);
    assert!(said.contains("option `own` needs the flow rules `own`") && said.contains("without simulating"), "{said}");
    // The others can still be had.
    done(path, &["account", "run", "--options", "o.toml", "--option", "national", "--out", "x", "-q"]);
    overlay(
        "[[pools]]\nprovider = \"P1\"\npool = \"beds\"\ncapacity = 9\n[[pools]]\nprovider = \"P2\"\npool = \"beds\"\ncapacity = 7\n",
    );
    assert!(account(3).contains("other inputs"));
    overlay("[run]\nhorizon = \"2 years\"\n");
    assert!(account(3).contains("a horizon of 365 days, the scenario 731 days"));
    overlay("[run]\nseed = 7\n");
    assert!(account(3).contains("the seed"));
    // Money by months cannot be had from years.
    overlay("[run]\nperiods = \"month\"\n");
    let said = account(3);
    assert!(said.contains("from 2027-02-01 on") && said.contains("2027-01-01, 2027-04-01"), "{said}");
    // A provider of another name at the same place.
    fs::write(path.join("o.toml"), BASE.replace("\"P1\"", "\"P0\"")).unwrap();
    let said = account(3);
    assert!(said.contains("has the provider `P1`, but `P0`"), "{said}");
    // Mistakes are shown as for any scenario.
    overlay("[options.wrong]\ntier = \"county\"\n");
    assert!(account(3).contains("o.toml:3:8"));
    assert!(refused(path, &["account", "run", "--options", "none.toml"], 4).contains("none.toml"));
    assert!(!path.join("results").exists());
}

#[test]
fn coarser_periods_and_the_changes_of_the_run_are_taken_over() {
    let folder = stored("none");
    let path = folder.path();
    let set = ["--set", "run.periods=month", "--seed", "9", "--replications", "2"];
    done(path, &[&["run", "base.toml", "--activity", "replications", "--out", "run", "-q"][..], &set].concat());
    let years = ["--set", "run.periods=financial-year"];
    done(path, &[&["account", "run", "--options", "base.toml", "--out", "years", "-q"][..], &years].concat());
    done(path, &["run", "base.toml", "--seed", "9", "--replications", "2", "--out", "whole", "-q"]);
    assert_eq!(table(&path.join("years"), "commissioners"), table(&path.join("whole"), "commissioners"));
}

#[test]
fn folders_without_sound_activity_are_refused() {
    let folder = stored("replications");
    let path = folder.path();
    let account = |code| refused(path, &["account", "run", "--options", "more.toml", "--out", "x"], code);
    let run = path.join("run");
    let (activity, cells, manifest) = (run.join("activity.csv"), run.join("cells.csv"), run.join("manifest.json"));
    let sound = fs::read_to_string(&activity).unwrap();
    let change = |line: usize, from: &str, to: &str| {
        let mut lines: Vec<String> = sound.lines().map(str::to_owned).collect();
        assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
        lines[line - 1] = lines[line - 1].replacen(from, to, 1);
        fs::write(&activity, lines.join("\n") + "\n").unwrap();
    };
    // Line, what is replaced by what, the place and the words of the message.
    let cases = [
        (1, "requests", "asked", ":1:1", "the columns are not option,replication"),
        (3, "single-icb,0", "single-ice,0", ":3:1", "no option of the run"),
        (3, "single-icb,0", "single-icb,9", ":3:12", "no replication of the run"),
        (3, "2027-01-01", "2027-01-02", ":3:14", "no period of the run"),
        (3, "01-01,1,", "01-01,99,", ":3:25", "there is no cell 99"),
        (3, "01-01,1,", "01-01,0,", ":3:25", "or it is out of order"),
        (3, "01-01,1,", "01-01,1,-", ":3:27", "is no whole number"),
        (3, "01-01,1,", "01-01,1,99999999999", ":3:27", "requests cannot be"),
    ];
    for (line, from, to, place, words) in cases {
        change(line, from, to);
        let said = account(4);
        assert!(said.contains(place) && said.contains(words), "{place} {words}\n{said}");
    }
    // A column too few, half a file, and a number that could be but is not the run's.
    let short: Vec<&str> = sound.lines().collect();
    fs::write(&activity, format!("{}\n{}\n", short[0], short[1].rsplit_once(',').unwrap().0)).unwrap();
    assert!(account(4).contains("a column is missing"));
    fs::write(&activity, &sound[..sound.len() - 3]).unwrap();
    assert!(account(4).contains("ends in the middle of a row"));
    fs::write(&activity, format!("{}\n{}\n", short[0], short[1])).unwrap();
    assert!(account(4).contains("was changed since the run wrote it"));
    fs::remove_file(&activity).unwrap();
    assert!(account(4).contains("cannot read"));
    fs::write(&activity, &sound).unwrap();
    done(path, &["account", "run", "--options", "more.toml", "--out", "x", "-q"]);
    let said = refused(path, &["account", "run", "--options", "more.toml", "--table", "pools"], 2);
    assert!(said.contains("cannot fill the table `pools`"), "{said}");
    fs::write(path.join("bare.toml"), "[options.a]\ntier = \"national\"\n").unwrap();
    assert!(refused(path, &["account", "run", "--options", "bare.toml"], 3).contains("extends = "));
    // The account itself has none, and nothing is written over what is read.
    assert!(refused(path, &["account", "x", "--options", "more.toml"], 4).contains("holds no activity"));
    assert!(refused(path, &["account", "run", "--options", "more.toml", "--out", "run"], 2).contains("--out"));
    let text = fs::read_to_string(&cells).unwrap();
    let first: Vec<&str> = text.lines().take(2).collect();
    fs::write(&cells, first.join("\n") + "\n").unwrap();
    assert!(account(4).contains("cell 1 of `single-icb` is missing"));
    fs::write(&cells, text).unwrap();
    let text = fs::read_to_string(&manifest).unwrap();
    let version = format!("\"tierflow\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version));
    fs::write(&manifest, text.replace(&version, "\"tierflow\": \"0.0.1\"")).unwrap();
    assert!(account(4).contains("written by tierflow 0.0.1"));
    fs::write(&manifest, "{}").unwrap();
    assert!(account(4).contains("is no results folder"));
    assert!(
        refused(path, &["account", "nowhere", "--options", "more.toml"], 4).contains("`nowhere` is no results folder")
    );
}
