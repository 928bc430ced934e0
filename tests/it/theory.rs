//! Verification against theory: every file of `scenarios/verification`, run by the program itself.
//!
//! A figure passes if it lies within its tolerance of the exact value and the half-width of its interval is at most half
//! the tolerance, so that a right program fails about once in ten thousand figures. Beside that the squares of
//! z = (estimate - exact) / standard error, one figure a case, must add up to what chance allows. Each case has service ids
//! of its own, so that its patients are its own, too: under one id the cases would share their luck.
//! `TIERFLOW_SLOW=1` repeats all cases at seeds 1 and 2.

#![expect(clippy::print_stdout, reason = "the figures are shown by --nocapture")]

mod classes;
mod figure;
mod networks;
mod pathways;
mod pooling;
mod providers;
mod queues;
mod single;

use crate::support::root;
use figure::{Case, rows};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use tierflow::stats::special::gamma_tails;

/// All cases; the first figure of each enters the sum of squares.
fn cases() -> Vec<Case> {
    let mut cases = queues::cases();
    cases.extend(classes::cases());
    cases.extend(single::cases());
    cases.extend(pathways::cases());
    cases.extend(networks::cases());
    cases.extend(providers::cases());
    cases.sort_by_key(|case| case.0);
    cases
}

fn file(case: &str) -> PathBuf {
    root().join(format!("scenarios/verification/{case}.toml"))
}

/// The horizon of a case in days.
fn horizon(case: &str) -> f64 {
    let file: toml::Table = std::fs::read_to_string(file(case)).unwrap().parse().unwrap();
    let text = file["run"]["horizon"].as_str().unwrap();
    let (number, unit) = text.split_once(' ').unwrap();
    let days = BTreeMap::from([("d", 1.0), ("min", 1.0 / 1440.0)])[unit];
    number.parse::<f64>().unwrap() * days
}

/// Runs a case by the program; its results go to a folder.
fn run(case: &str, seed: Option<u64>, folder: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierflow"));
    command.arg("run").arg(file(case)).arg("--out").arg(folder);
    if let Some(seed) = seed {
        command.arg("--seed").arg(seed.to_string());
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{case}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Compares every case with theory at a seed; returns the faults found.
fn verify(seed: Option<u64>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    let mut squares = 0.0;
    let cases = cases();
    for (case, figures) in &cases {
        let results = folder.path().join(case);
        run(case, seed, &results);
        for (i, figure) in figures.iter().enumerate() {
            let (name, exact) = (figure.name(), figure.exact);
            let (mean, half, error) = match figure.found(&results, horizon(case)) {
                Ok(found) => found,
                Err(fault) => {
                    faults.push(format!("{case} {name}: {fault}"));
                    continue;
                }
            };
            let error = error.hypot(figure.uncertainty);
            let z = if error > 0.0 { (mean - exact) / error } else { 0.0 };
            let tolerance = figure.within.around(exact);
            let width = 2.0 * half / tolerance;
            println!("{case:34} {name:42} {mean:11.6} exact {exact:11.6} z {z:+.2} width {width:.2}");
            if i == 0 {
                squares += z * z;
            }
            if (mean - exact).abs() > tolerance {
                faults.push(format!("{case} {name}: {mean} is not {exact}"));
            }
            if half > tolerance / 2.0 {
                faults.push(format!("{case} {name}: half-width {half} of {tolerance}"));
            }
            if let Some((value, within)) = figure.published
                && (mean - value).abs() > within.around(value)
            {
                faults.push(format!("{case} {name}: {mean} is far from the published {value}"));
            }
        }
        // The folders of thousands of replications are large.
        std::fs::remove_dir_all(&results).unwrap();
    }
    // The tails of chi-square at half 1e-4 each.
    let (below, above) = gamma_tails(cases.len() as f64 / 2.0, squares / 2.0);
    println!("mean square of z over {} cases: {:.3}", cases.len(), squares / cases.len() as f64);
    if below.min(above) < 0.5e-4 {
        faults.push(format!("the squares of z add up to {squares} over {} cases", cases.len()));
    }
    faults
}

#[test]
fn simulation_agrees_with_theory() {
    let mut seeds = vec![None];
    if std::env::var_os("TIERFLOW_SLOW").is_some() {
        seeds.extend([Some(1), Some(2)]);
    }
    for seed in seeds {
        let faults = verify(seed);
        assert!(faults.is_empty(), "seed {seed:?}:\n{}", faults.join("\n"));
    }
}

/// The deterministic case A15: shares and provider totals, to all digits stated.
#[test]
fn choice_models_give_the_stated_shares() {
    type Shares = [[f64; 3]; 3];
    let cases: [(&str, Shares, [f64; 3]); 2] = [
        (
            "a15-choice-logit",
            [[0.681_418, 0.268_857, 0.049_725], [0.087_079, 0.842_876, 0.070_045], [0.031_655, 0.205_385, 0.762_960]],
            [113.591_747, 322.095_002, 164.313_251],
        ),
        (
            "a15-choice-huff",
            [[0.786_888, 0.166_482, 0.046_630], [0.036_388, 0.931_531, 0.032_081], [0.041_689, 0.157_877, 0.800_434]],
            [112.846_966, 327.855_001, 159.298_033],
        ),
    ];
    for (case, shares, totals) in cases {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join(case);
        run(case, None, &results);
        let expected = rows(&results, "expected");
        let of = |metric: &str| -> Vec<(String, String, f64)> {
            let rows = expected.iter().filter(|row| row["metric"] == metric);
            rows.map(|row| (row["home_area"].clone(), row["provider"].clone(), row["mean"].parse().unwrap())).collect()
        };
        let found = of("referral_share");
        assert_eq!(found.len(), 9, "{case}");
        for ((area, provider, share), exact) in found.iter().zip(shares.concat()) {
            assert!((share - exact).abs() <= 5.1e-7, "{case} {area} {provider}: {share} is not {exact}");
        }
        let mut sums = BTreeMap::new();
        for (_, provider, referrals) in of("referrals_per_year") {
            *sums.entry(provider).or_insert(0.0) += referrals;
        }
        for ((provider, total), exact) in sums.iter().zip(totals) {
            assert!((total - exact).abs() <= 1e-6 * exact, "{case} {provider}: {total} is not {exact}");
        }
    }
}

/// Every verification scenario is compared with something.
#[test]
fn every_file_is_a_case() {
    let mut known: Vec<String> = cases().iter().map(|case| case.0.to_owned()).collect();
    known
        .extend(["a15-choice-huff", "a15-choice-logit", "c01-pooled-budgets", "c02-uncertain-rate"].map(str::to_owned));
    for entry in std::fs::read_dir(root().join("scenarios/verification")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(known.contains(&name), "{name} is compared with nothing");
        }
    }
}

/// Cases that shared a service would share their patients, and their z would not be independent.
#[test]
fn every_case_has_its_own_services() {
    let mut seen = BTreeSet::new();
    for (case, _) in cases() {
        let text = std::fs::read_to_string(file(case)).unwrap();
        let parsed: toml::Table = text.parse().unwrap();
        for service in parsed["services"].as_table().unwrap().keys() {
            assert!(seen.insert(service.clone()), "{case}: service {service} is another case's, too");
        }
    }
}
