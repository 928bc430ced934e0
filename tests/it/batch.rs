//! `tierflow batch`: cells, what is run again, tables over all cells, and the same bytes whatever happened on the way.

use crate::program::{done, refused};
use crate::support::{root, tierflow};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// The bundled batches in a folder of their own.
fn bundled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(root().join("scenarios/batches")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

/// A cell of the batch over real boards, whose scenario lies beside the folder of batches.
#[test]
fn factors_of_a_whole_scenario_can_be_screened() {
    let folder = tempfile::tempdir().unwrap();
    let batch = root().join("scenarios/batches/north-central-london.toml");
    done(folder.path(), &["batch", batch.to_str().unwrap(), "--cell", "1", "--out", "one"]);
    let cells: Vec<PathBuf> = tree(&folder.path().join("one")).into_keys().collect();
    assert!(cells.iter().any(|path| path.ends_with("manifest.json")), "{cells:?}");
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

/// All files below a folder with their bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The rows of a CSV file by the names of its columns.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn a_grid_has_a_cell_for_each_combination_and_one_table_over_all() {
    let folder = bundled();
    let path = folder.path();
    let listed = done(path, &["batch", "grid.toml", "--dry-run"]);
    assert!(listed.contains("6 cells") && listed.contains("006-two-boards-cap-0.05-rate-1"), "{listed}");
    assert!(!path.join("results").exists());
    let text = done(path, &["batch", "grid.toml"]);
    assert!(
        text.contains("6 run now, 0 there already") && text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let out = path.join("results/grid");
    let long = rows(&out.join("batch.csv"));
    // Net cost: 6 cells x 2 options x 2 boards; change: the same for the second option alone.
    assert_eq!(long.len(), 24 + 12);
    for row in &long {
        let cell = out.join(&row["cell"]);
        let found = rows(&cell.join(format!("{}.csv", row["table"])));
        let of = |other: &&BTreeMap<String, String>| {
            ["option", "period", "metric"].iter().all(|&key| other[key] == row[key])
                && other.values().any(|value| *value == row["entity"])
        };
        let found = found.iter().find(of).unwrap();
        for column in ["mean", "ci_low", "ci_high", "sd", "replications", "unit"] {
            assert_eq!(found[column], row[column], "{row:?}");
        }
        assert!(row["cell"].contains(&format!("cap-{}-rate-{}", row["cap"], row["rate"])), "{row:?}");
    }
    // A cap that is never reached leaves every board what it bears alone; without one all is shared.
    let change = |cap: &str| {
        let of = |row: &&BTreeMap<String, String>| row["cap"] == cap && row["rate"] == "1" && row["entity"] == "A";
        long.iter().filter(of).find(|row| row["table"] == "winners_losers").unwrap()["sd"].parse::<f64>().unwrap()
    };
    assert!(change("0") > change("0.05"), "{} {}", change("0"), change("0.05"));
    // Each cell is a results folder like any other.
    done(path, &["reproduce", "results/grid/004-two-boards-cap-0.02-rate-1", "-q"]);
    // Nothing is left to do, and the tables are the same bytes.
    let before = tree(&out);
    assert!(done(path, &["batch", "grid.toml", "--threads", "3"]).contains("0 run now, 6 there already"));
    assert_eq!(tree(&out), before);
}

#[test]
fn one_cell_and_one_replication_are_the_same_alone() {
    let folder = bundled();
    let path = folder.path();
    done(path, &["batch", "grid.toml", "-q"]);
    let whole = path.join("results/grid/003-two-boards-cap-0.02-rate-0.5");
    done(path, &["batch", "grid.toml", "--cell", "3", "--out", "alone", "--threads", "1"]);
    assert_eq!(tree(&path.join("alone/003-two-boards-cap-0.02-rate-0.5")), tree(&whole));
    assert!(!path.join("alone/batch.csv").exists());
    let single =
        done(path, &["batch", "grid.toml", "--cell", "003-two-boards-cap-0.02-rate-0.5", "--replication", "7"]);
    let all = fs::read_to_string(whole.join("replications.csv")).unwrap();
    let numbered = |line: &&str| line.split(',').nth(6).is_some_and(|number| number == "7" || number == "replication");
    let expected: Vec<&str> = all.lines().filter(numbered).collect();
    assert_eq!(single.lines().collect::<Vec<_>>(), expected);
    assert!(expected.len() > 50);
    assert!(refused(path, &["batch", "grid.toml", "--cell", "3", "--replication", "20"], 2).contains("from 0 to 19"));
    assert!(refused(path, &["batch", "grid.toml", "--cell", "7"], 2).contains("from 1 to 6"));
    let said = refused(path, &["batch", "grid.toml", "--cell", "002-two-boards-cap-0-rate-2"], 2);
    assert!(said.contains("Did you mean `002-two-boards-cap-0-rate-1`?"), "{said}");
}

#[test]
fn what_changed_is_run_again_and_nothing_else() {
    let folder = bundled();
    let path = folder.path();
    done(path, &["batch", "grid.toml", "-q"]);
    let text = fs::read_to_string(path.join("grid.toml")).unwrap();
    write(path, "grid.toml", &text.replace("[0.5, 1]", "[0.5, 0.9]"));
    assert!(done(path, &["batch", "grid.toml"]).contains("3 run now, 3 there already"));
    write(path, "grid.toml", &format!("replications = 4\n{text}"));
    assert!(done(path, &["batch", "grid.toml"]).contains("6 run now"));
    let long = rows(&path.join("results/grid/batch.csv"));
    assert!(long.iter().all(|row| row["replications"] == "4" && row["rate"] != "0.9"));
    write(path, "two-boards.toml", &fs::read_to_string(path.join("two-boards.toml")).unwrap().replace("£400", "£410"));
    assert!(done(path, &["batch", "grid.toml"]).contains("6 run now"));
}

#[test]
fn options_precision_and_several_scenarios() {
    let folder = bundled();
    let path = folder.path();
    fs::create_dir(path.join("other")).unwrap();
    write(path, "other/two-boards.toml", "extends = \"../two-boards.toml\"\n[run]\nseed = 5\n");
    let text = r#"
        scenarios = ["two-boards.toml", "other/two-boards.toml"]
        options = ["together"]
        precision = "icbs.net_cost_gbp:0.0001%"
        max_replications = 25
        metrics = ["icbs.net_cost_gbp", "winners_losers.net_cost_change_gbp"]
        parameters = [{ name = "span", set = ["run.horizon", "run.warm_up"], values = ["60 d", "90 d"] }]
    "#;
    write(path, "several.toml", text);
    let output = tierflow(path).args(["batch", "several.toml"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("precision not reached in 001-") && said.contains("no cell has the metric winners_losers"),
        "{said}"
    );
    let long = rows(&path.join("results/several/batch.csv"));
    assert!(long.iter().all(|row| row["option"] == "together" && row["replications"] == "25"));
    let seen: Vec<&str> = long.iter().map(|row| row["scenario"].as_str()).collect();
    assert!(seen.contains(&"two-boards.toml") && seen.contains(&"other/two-boards.toml"), "{seen:?}");
    // Both keys took the value.
    let manifest =
        fs::read_to_string(path.join("results/several/002-two-boards.toml-span-90-d/manifest.json")).unwrap();
    assert!(manifest.contains(r#"run.horizon=\"90 d\""#) && manifest.contains(r#"run.warm_up=\"90 d\""#), "{manifest}");
}

#[test]
fn points_of_a_list_and_of_a_hypercube() {
    let folder = bundled();
    let path = folder.path();
    write(path, "points.csv", "rate,note,days\n0.5,low,30 d\n1,high,\"60 d\"\n");
    let list = r#"
        scenarios = ["two-boards.toml"]
        replications = 2
        metrics = ["pools.utilisation"]
        design = { list = "points.csv" }
        parameters = [{ name = "days", set = "run.horizon" }, { name = "rate", set = "payments.agreed.aligned.rate" }]
    "#;
    write(path, "list.toml", list);
    done(path, &["batch", "list.toml", "-q"]);
    let long = rows(&path.join("results/list/batch.csv"));
    let seen: Vec<(&str, &str)> = long.iter().map(|row| (row["days"].as_str(), row["rate"].as_str())).collect();
    assert_eq!((seen.first(), seen.last(), seen.len()), (Some(&("30 d", "0.5")), Some(&("60 d", "1")), 4));
    let cube = r#"
        scenarios = ["two-boards.toml"]
        replications = 1
        design = { latin-hypercube = { points = 4 } }
        parameters = [{ name = "days", set = "run.horizon", low = "20 d", high = "60 d" }]
    "#;
    write(path, "cube.toml", cube);
    done(path, &["batch", "cube.toml", "-q"]);
    let long = rows(&path.join("results/cube/batch.csv"));
    let mut slices: Vec<usize> = long
        .iter()
        .map(|row| ((row["days"].trim_end_matches(" d").parse::<f64>().unwrap() - 20.0) / 10.0) as usize)
        .collect();
    slices.sort_unstable();
    slices.dedup();
    assert_eq!(slices, [0, 1, 2, 3]);
}

/// A batch that takes some seconds: a year of more patients in each of eight cells.
const SLOW: &str = r#"
    scenarios = ["two-boards.toml"]
    replications = 400
    metrics = ["icbs.net_cost_gbp"]
    parameters = [{ name = "seed", set = "run.seed", values = [1, 2, 3, 4, 5, 6, 7, 8] }]
"#;

fn started(path: &Path) -> Child {
    let mut command = tierflow(path);
    command.args(["batch", "slow.toml"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until a number of cells are there; whether the batch was still at work then.
fn wait_for(cells: usize, out: &Path, batch: &mut Child) -> bool {
    let there = || {
        let entries = fs::read_dir(out).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().join("manifest.json").exists() && !hidden(&entry.path())).count()
    };
    while there() < cells && batch.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(1));
    }
    batch.try_wait().unwrap().is_none() && !out.join("batch.csv").exists()
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

#[test]
fn a_batch_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = bundled();
    let path = folder.path();
    write(path, "slow.toml", SLOW);
    done(path, &["batch", "slow.toml", "--out", "whole", "-q"]);
    let out = path.join("results/slow");
    let mut child = started(path);
    assert!(wait_for(2, &out, &mut child), "the batch is over too soon for this test");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.join("batch.csv").exists());
    // As if it had been killed while a cell was being written.
    fs::create_dir(out.join(".008-two-boards-seed-8.new-1")).unwrap();
    let text = done(path, &["batch", "slow.toml", "--threads", "2"]);
    assert!(!text.contains(" 0 there already") && !text.contains("(0 run now"), "{text}");
    assert_eq!(tree(&out), tree(&path.join("whole")));
    assert!(fs::read_dir(&out).unwrap().all(|entry| !hidden(&entry.unwrap().path())));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_after_the_cell_and_says_how_to_go_on() {
    let folder = bundled();
    let path = folder.path();
    write(path, "slow.toml", SLOW);
    let out = path.join("results/slow");
    let mut child = started(path);
    assert!(wait_for(1, &out, &mut child), "the batch is over too soon for this test");
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("stopping after this cell") && said.contains("the same command goes on"), "{said}");
    assert!(fs::read_dir(&out).unwrap().all(|entry| !hidden(&entry.unwrap().path())));
}

#[test]
fn what_drives_a_metric_is_found() {
    let folder = bundled();
    let path = folder.path();
    let text = done(path, &["batch", "screening.toml"]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let found = rows(&path.join("results/screening/sensitivity.csv"));
    let value = |found: &[BTreeMap<String, String>], table: &str, parameter: &str, index: &str| {
        let of = |row: &&BTreeMap<String, String>| {
            row["table"] == table
                && row["parameter"] == parameter
                && row["index"] == index
                && row["option"] == "together"
                && row["entity"] == "A"
        };
        found.iter().find(of).unwrap()["value"].parse::<f64>().unwrap()
    };
    // The overspend of a board falls by the whole of a higher budget, whatever the other rules.
    assert!(value(&found, "icbs", "level", "mu") < 0.0);
    assert!(value(&found, "icbs", "level", "mu_star") > value(&found, "icbs", "rate", "mu_star"));
    for row in &found {
        let number = |column: &str| row[column].parse::<f64>().ok();
        if ["mu_star", "sigma", "noise"].contains(&row["index"].as_str()) {
            assert!(number("value").is_none_or(|value| value >= 0.0), "{row:?}");
        }
        if let (Some(value), Some(low), Some(high)) = (number("value"), number("ci_low"), number("ci_high")) {
            assert!(low <= value && value <= high, "{row:?}");
        }
    }
    let text = done(path, &["batch", "drivers.toml", "--threads", "2"]);
    assert!(text.contains("Total") && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let found = rows(&path.join("results/drivers/sensitivity.csv"));
    assert!(value(&found, "icbs", "level", "total") > 0.5, "{found:?}");
    assert!(found.iter().all(|row| row["value"].parse::<f64>().is_ok_and(|value| value >= 0.0)), "{found:?}");
    assert!(found.iter().any(|row| row["index"] == "variance" && row["parameter"].is_empty()));
}

#[test]
fn what_cannot_be_run_is_refused() {
    let folder = bundled();
    let path = folder.path();
    let batch = |parameters: &str| format!("scenarios = [\"two-boards.toml\"]\nparameters = [{parameters}]\n");
    let values = (1..=32).map(|value| value.to_string()).collect::<Vec<_>>().join(", ");
    let two = ["run.seed", "budgets.need.large_overspend"];
    let grid =
        two.map(|key| format!("{{ name = \"{}\", set = \"{key}\", values = [{values}] }}", &key[..3])).join(", ");
    write(path, "large.toml", &batch(&grid));
    let said = refused(path, &["batch", "large.toml", "--dry-run"], 3);
    assert!(
        said.contains("1024 cells (1 scenario x 32 of run x 32 of bud)") && said.contains("--allow-large"),
        "{said}"
    );
    // Mistakes that only a value makes come all at once, each with the first cell that has it.
    let wrong = "{ name = \"a\", set = \"run.horizn\", values = [\"30 d\", \"40 d\"] }, \
                 { name = \"b\", set = \"run.warm_up\", values = [\"1 d\", \"long\"] }";
    write(path, "wrong.toml", &batch(wrong));
    let said = refused(path, &["batch", "wrong.toml"], 3);
    assert!(said.contains("Did you mean \"horizon\"?") && said.contains("\"long\""), "{said}");
    assert!(said.contains("in cell 001-") && said.contains("4 of 4 cells cannot be run"), "{said}");
    assert!(!path.join("results").exists());
    // A results folder of a run takes no cells.
    done(path, &["run", "two-boards.toml", "--replications", "1", "--out", "mine", "-q"]);
    assert!(refused(path, &["batch", "grid.toml", "--out", "mine"], 4).contains("choose another folder"));
    assert!(refused(path, &["batch", "no.toml"], 4).contains("S001"));
    write(path, "empty.toml", "scenarios = []\n");
    assert!(refused(path, &["batch", "empty.toml"], 3).contains("S191"));
    refused(path, &["batch", "grid.toml", "--replication", "1"], 2);
}

/// The page shows what the program says; `TIERFLOW_BLESS=1` writes it.
#[test]
fn the_how_to_page_is_what_the_program_says() {
    let page_path = root().join("docs/how-to/what-drives-the-difference.md");
    let page = fs::read_to_string(&page_path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut now = String::new();
    let mut rest = page.as_str();
    let mut runs = 0;
    while let Some((before, after)) = rest.split_once("```text\n") {
        let (_, after) = after.split_once("```").unwrap();
        let command = before.lines().rev().find_map(|line| line.strip_prefix("    tierflow batch ")).unwrap();
        let _ = fs::remove_dir_all(&out);
        let text = done(root(), &["batch", command, "--out", out.to_str().unwrap()]);
        now = now + before + "```text\n" + &text + "```";
        rest = after;
        runs += 1;
    }
    now += rest;
    assert_eq!(runs, 2);
    if std::env::var_os("TIERFLOW_BLESS").is_some() {
        fs::write(&page_path, &now).unwrap();
    }
    assert!(now == fs::read_to_string(&page_path).unwrap(), "run: TIERFLOW_BLESS=1 cargo test --release how_to_page");
}

/// The page of batches shows the bundled grid and has every key.
#[test]
fn the_page_of_batches_has_the_bundled_grid_and_every_key() {
    let page = fs::read_to_string(root().join("docs/batch.md")).unwrap();
    let grid = fs::read_to_string(root().join("scenarios/batches/grid.toml")).unwrap();
    let indented: Vec<String> =
        grid.lines().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") }).collect();
    assert!(page.contains(&indented.join("\n")));
    for key in [
        "title",
        "scenarios",
        "options",
        "replications",
        "precision",
        "max_replications",
        "metrics",
        "parameters",
        "design",
        "name",
        "set",
        "values",
        "low",
        "high",
        "whole",
        "list",
        "latin-hypercube",
        "morris",
        "sobol",
        "trajectories",
        "levels",
        "points",
        "seed",
    ] {
        assert!(page.contains(&format!("`{key}`")) || page.contains(&format!("{key} = ")), "{key}");
    }
}
