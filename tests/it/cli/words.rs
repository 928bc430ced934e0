//! Help, explanations, the schema and the starter scenario.

use super::{code, err, out, run, ward};
use crate::support::root;
use std::fs;

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
    let output = run(root(), &["schema", "--batch"]);
    let schema: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert!(schema["properties"]["parameters"].is_object() && schema["properties"]["run"].is_null());
    let design = run(root(), &["explain", "design"]);
    assert!(out(&design).contains("a batch file"), "{}", out(&design));
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
