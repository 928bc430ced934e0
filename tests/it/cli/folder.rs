//! What is left on disk.

use super::{code, err, names, out, run, ward};
use crate::support::{bytes, tierflow};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

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
