//! The pages of `docs/mechanisms`: their scenarios run, their snippets are TOML, and what they claim is so.
//!
//! A page states its figures in tables that begin with the column `figure`; the commands of the block above are run to
//! check them. A claim (`rises`, `falls`, `stays`) is about neighbouring columns: the paired difference over replications
//! must lie at least two half-widths of its 95 % interval on the stated side; where a figure stays, no farther than that from
//! zero, and the whole interval within 3 % of the figure. Stated figures must agree with the run within simulation error. `TIERFLOW_BLESS=1` writes the figures, never the claims;
//! `TIERFLOW_SLOW=1` repeats all at seeds 1 and 2.

use crate::support::{compile, root, simulate};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tierflow::scenario;
use tierflow::stats::student::mean_interval;

/// The files of a folder of the repository with an ending, in order.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// The pages with their texts, without the index.
fn pages() -> Vec<(PathBuf, String)> {
    let pages = files("docs/mechanisms", "md").into_iter().filter(|path| name(path) != "README.md");
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The blocks of code in a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let parts: Vec<&str> = text.split("```").collect();
    let code = parts.iter().skip(1).step_by(2);
    code.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// The arguments of each command of a block; double quotes keep an argument together.
fn commands(block: &str) -> Vec<Vec<String>> {
    let lines = block.replace("\\\n", " ");
    let split = |line: &str| -> Vec<String> {
        let quoted = line.split('"').enumerate();
        quoted
            .flat_map(|(i, part)| match i % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
                _ => vec![part.to_owned()],
            })
            .collect()
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(split).collect()
}

/// Every metric of a run by option, table, entity and metric: one value a replication.
type Values = BTreeMap<[String; 4], Vec<f64>>;

/// Runs a command of a page by the program at a seed, with a results folder of its own.
fn run(page: &str, command: &[String], seed: Option<u64>) -> Values {
    assert_eq!(command[..2], ["tierflow", "run"], "{page}");
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let mut program = Command::new(env!("CARGO_BIN_EXE_tierflow"));
    program.current_dir(root()).args(&command[1..]).arg("--out").arg(&results);
    program.args(seed.map(|seed| format!("--seed={seed}")));
    let output = program.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{page}: {command:?}\n{errors}");
    assert!(!errors.contains("warning["), "{page}: {command:?}\n{errors}");
    let mut values = Values::new();
    let mut reader = csv::Reader::from_path(results.join("replications.csv")).unwrap();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        if row["period"] == "all" {
            let key = ["option", "table", "entity", "metric"].map(|column| row[column].clone());
            values.entry(key).or_default().push(row["value"].parse().unwrap_or(f64::NAN));
        }
    }
    values
}

/// A line of a table as its cells.
fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// A figure as pages state it: as many decimals as show two digits of its error.
fn stated(mean: f64, half: f64) -> String {
    let decimals = |of: f64, digits: i32| (digits - 1 - of.abs().log10().floor() as i32).max(0) as usize;
    if half == 0.0 {
        return format!("{}", (mean * 1e4).round() / 1e4);
    }
    let places = decimals(half, 2);
    format!("{mean:.places$} ± {half:.places$}")
}

/// A stated figure as mean and half-width.
fn figure(text: &str) -> Option<(f64, f64)> {
    let (mean, half) = text.split_once(" ± ").unwrap_or((text, "0"));
    Some((mean.parse().ok()?, half.parse().ok()?))
}

/// A figure stays if all of the interval of its difference is smaller than this share of it.
const STAYS: f64 = 0.03;

/// What a row claims, checked, and the row with its figures.
struct Checked {
    row: String,
    faults: Vec<String>,
}

/// Checks one row of figures against the variants of its experiment.
fn check_row(page: &str, line: &str, variants: &[&Values], options: &[String]) -> Checked {
    let all = cells(line);
    let (first, claims) = (all[0], all[all.len() - 1]);
    let quoted: Vec<&str> = first.split('`').collect();
    let (table, metric) = quoted[1].split_once('.').unwrap();
    let unit = first.rsplit(", ").next().unwrap();
    let scale = match unit {
        "%" => 100.0,
        "£m" => 1e-6,
        _ => 1.0,
    };
    let mut faults = Vec::new();
    let mut row = format!("| {first} |");
    let mut columns: Vec<Option<Vec<f64>>> = Vec::new();
    for (i, values) in variants.iter().enumerate() {
        let key = [&options[i], table, quoted[3], metric].map(str::to_owned);
        let found = values.get(&key).map(|values| values.iter().map(|value| value * scale).collect::<Vec<_>>());
        let old = all.get(i + 1).copied().unwrap_or("");
        let interval = found.as_deref().and_then(mean_interval);
        let text = match interval {
            None => "–".to_owned(),
            Some(interval) => {
                let (mean, half) = (f64::midpoint(interval.low, interval.high), interval.half_width());
                let agrees = figure(old).is_some_and(|(stated, error)| {
                    (stated - mean).abs() <= 2.0 * half.hypot(error) + 0.1 * half + 1e-9 + 1e-3 * mean.abs()
                });
                if !agrees {
                    faults.push(format!("{page}: {first}: states {old}, the run gives {}", stated(mean, half)));
                }
                stated(mean, half)
            }
        };
        if interval.is_none() && old != "–" {
            faults.push(format!("{page}: {first}: states {old}, the run has no such figure"));
        }
        let _ = write!(row, " {text} |");
        columns.push(found);
    }
    let _ = write!(row, " {claims} |");
    for (i, claim) in claims.split(',').map(str::trim).enumerate().filter(|(_, claim)| !claim.is_empty()) {
        let (Some(Some(before)), Some(Some(after))) = (columns.get(i), columns.get(i + 1)) else {
            faults.push(format!("{page}: {first}: nothing to compare for \"{claim}\""));
            continue;
        };
        let differences: Vec<f64> = before.iter().zip(after).map(|(before, after)| after - before).collect();
        let interval = mean_interval(&differences).unwrap();
        let (mean, half) = (f64::midpoint(interval.low, interval.high), interval.half_width());
        let holds = match claim {
            "rises" => mean > 2.0 * half,
            "falls" => mean < -2.0 * half,
            "stays" => {
                mean.abs() <= 2.0 * half
                    && mean.abs() + half <= STAYS * before.iter().sum::<f64>().abs() / before.len() as f64
            }
            _ => false,
        };
        if !holds {
            faults.push(format!("{page}: {first}: \"{claim}\" does not hold: {mean} ± {half}"));
        }
    }
    Checked { row, faults }
}

/// Checks all figures of a page; gives the page with the figures of the run.
fn check_page(page: &str, text: &str, seed: Option<u64>) -> (String, Vec<String>) {
    let (mut new, mut faults) = (String::new(), Vec::new());
    let mut block: Option<String> = None;
    let mut runs: Vec<Values> = Vec::new();
    let mut options: Vec<String> = Vec::new();
    let mut inside = false;
    let mut figures = 0;
    for line in text.lines() {
        let mut line = line.to_owned();
        if let Some(lines) = &mut block {
            if line == "```" {
                runs = commands(lines).iter().map(|command| run(page, command, seed)).collect();
                block = None;
            } else {
                lines.push_str(&line);
                lines.push('\n');
            }
        } else if line == "```sh" {
            block = Some(String::new());
        } else if line.starts_with("| figure |") {
            let heads = cells(&line);
            let heads = &heads[1..heads.len() - 1];
            // One command: its options are the columns; else each command is one.
            options = heads.iter().map(|head| head.trim_matches('`').to_owned()).collect();
            if runs.len() > 1 || (heads.len() == 1 && !heads[0].starts_with('`')) {
                assert_eq!(runs.len(), heads.len(), "{page}: {line}");
                options = runs.iter().map(|run| run.keys().next().unwrap()[0].clone()).collect();
            }
            inside = true;
        } else if inside && line.starts_with("| `") {
            let variants: Vec<&Values> = (0..options.len()).map(|i| runs.get(i).unwrap_or(&runs[0])).collect();
            let checked = check_row(page, &line, &variants, &options);
            line = checked.row;
            faults.extend(checked.faults);
            figures += 1;
        } else if !line.starts_with('|') {
            inside = false;
        }
        new.push_str(&line);
        new.push('\n');
    }
    if figures == 0 {
        faults.push(format!("{page}: no figure"));
    }
    (new, faults)
}

#[test]
fn what_the_pages_claim_is_so() {
    let bless = std::env::var_os("TIERFLOW_BLESS").is_some();
    let mut faults = Vec::new();
    for (path, text) in pages() {
        let (new, found) = check_page(&name(&path), &text, None);
        if bless {
            fs::write(&path, new).unwrap();
        }
        faults.extend(found.into_iter().filter(|fault| !bless || !fault.contains("the run ")));
        for seed in if std::env::var_os("TIERFLOW_SLOW").is_some() { 1..3 } else { 0..0 } {
            faults.extend(check_page(&name(&path), &text, Some(seed)).1);
        }
    }
    assert!(faults.is_empty(), "{}\nTIERFLOW_BLESS=1 writes the figures.", faults.join("\n"));
}

#[test]
fn every_scenario_runs_without_a_warning() {
    let scenarios = files("scenarios/mechanisms", "toml");
    assert!(scenarios.len() >= 15);
    for path in scenarios {
        let loaded = scenario::load(&path, &[]);
        assert!(loaded.scenario.is_some() && loaded.diagnostics.is_empty(), "{}:\n{}", path.display(), loaded.render());
        let scenario = loaded.scenario.unwrap();
        assert!((20..=60).contains(&scenario.run.replications), "{}", path.display());
        let model = compile(&scenario);
        for replication in 0..2 {
            let (periods, outcome) = simulate(&model, replication);
            assert!(!periods.is_empty() && outcome.present_at_start + outcome.referred > 0, "{}", path.display());
        }
    }
}

#[test]
fn snippets_are_toml_and_fit() {
    let mut pages = pages();
    let index = root().join("docs/mechanisms/README.md");
    pages.push((index.clone(), fs::read_to_string(index).unwrap()));
    for (path, text) in pages {
        let page = name(&path);
        for snippet in blocks(&text, "toml") {
            assert!(snippet.parse::<toml::Table>().is_ok(), "{page}:\n{snippet}");
        }
        for (i, block) in text.split("```").enumerate() {
            let longest = block.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(i % 2 == 0 || longest <= 100, "{page}: a line of code has {longest} columns");
        }
        assert_eq!(text.matches("```").count() % 2, 0, "{page}");
    }
}

#[test]
fn every_page_is_in_the_index_and_every_scenario_on_a_page() {
    let index = fs::read_to_string(root().join("docs/mechanisms/README.md")).unwrap();
    let pages = pages();
    for (path, _) in &pages {
        assert!(index.contains(&format!("({})", name(path))), "{} is not in the index", name(path));
    }
    for path in files("scenarios/mechanisms", "toml") {
        let named = format!("scenarios/mechanisms/{}", name(&path));
        assert!(pages.iter().any(|(_, text)| text.contains(&named)), "{named} is on no page");
    }
    // Links between pages, and to the rest of docs/.
    for (path, text) in pages.iter().chain([&(root().join("docs/mechanisms/README.md"), index.clone())]) {
        for link in text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap()) {
            let target = path.parent().unwrap().join(link);
            assert!(link.is_empty() || link.starts_with("http") || target.exists(), "{}: {link}", path.display());
        }
    }
}
