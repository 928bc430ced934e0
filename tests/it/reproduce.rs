//! `tierflow reproduce`: the same bytes from the manifest, or the first row that differs.

use crate::program::{done, refused};
use crate::support::root;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A copy of the starter scenario in a folder below, and a comparison of it.
fn ran(args: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("work/mine")).unwrap();
    done(&folder.path().join("work/mine"), &["new", "starter"]);
    let base = ["work/mine/starter", "--out", "run", "-q", "--replications", "3"];
    done(folder.path(), &[&args[..1], &base, &args[1..]].concat());
    folder
}

fn scenario(folder: &Path) -> std::path::PathBuf {
    folder.join("work/mine/starter/scenario.toml")
}

#[test]
fn a_run_and_a_comparison_are_reproduced() {
    for args in
        [&["run"][..], &["run", "--seed", "7", "--activity", "replications"], &["compare", "--activity", "none"]]
    {
        let folder = ran(args);
        let text = done(folder.path(), &["reproduce", "run", "--threads", "3"]);
        assert!(text.starts_with("reproduced: manifest.json and"), "{text}");
        // Nothing is left behind.
        let left: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}

#[test]
fn a_precision_is_reproduced_with_its_looks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    done(path, &["new", "starter"]);
    done(path, &["run", "starter", "--precision", "cost_gbp:20%", "--out", "run", "-q"]);
    done(path, &["reproduce", "run", "-q"]);
}

#[test]
fn the_first_row_that_differs_is_shown() {
    let folder = ran(&["run"]);
    let path = folder.path();
    let icbs = path.join("run/icbs.csv");
    let text = fs::read_to_string(&icbs).unwrap();
    let line = text.lines().nth(2).unwrap();
    fs::write(&icbs, text.replacen(line, &format!("{line}1"), 1)).unwrap();
    let said = refused(path, &["reproduce", "run", "--out", "again"], 5);
    assert!(said.contains("line 3 of `icbs.csv`") && said.contains(line), "{said}");
    assert!(path.join("again/manifest.json").exists());
    let said = refused(path, &["reproduce", "run", "--out", "run"], 2);
    assert!(said.contains("choose another folder"), "{said}");
    fs::remove_file(&icbs).unwrap();
    assert!(refused(path, &["reproduce", "run"], 5).contains("`icbs.csv`, which the old ones lack"));
}

#[test]
fn another_scenario_is_told_from_the_one_that_was_run() {
    let folder = ran(&["run"]);
    let path = folder.path();
    let text = fs::read_to_string(scenario(path)).unwrap();
    fs::write(scenario(path), format!("{text}\n# changed\n")).unwrap();
    assert!(refused(path, &["reproduce", "run"], 4).contains("Name it with --scenario"));
    let said = refused(path, &["reproduce", "run", "--scenario", "work/mine/starter"], 5);
    assert!(said.contains("other text (BLAKE3 hash) in `scenario.toml`"), "{said}");
    assert!(refused(path, &["reproduce", "work"], 4).contains("is no results folder"));
    let bundled = root().join("scenarios/verification/a03-erlang-c.toml");
    let bundled = if bundled.exists() { bundled } else { root().join("scenarios/north-central-london") };
    refused(path, &["reproduce", "run", "--scenario", bundled.to_str().unwrap()], 5);
}
