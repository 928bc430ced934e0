//! Cases C1 and C2: the variance of a pool's yearly cost, with its bootstrap interval.

use super::{figure::rows, file};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Draws with replacement.
const RESAMPLES: usize = 2_000;

/// Costs by option, table, body and metric: one a replication.
type Costs = BTreeMap<[String; 4], Vec<f64>>;

fn costs(folder: &Path) -> Costs {
    let mut costs = Costs::new();
    for row in rows(folder, "replications") {
        let key = ["option", "table", "entity", "metric"].map(|column| row[column].clone());
        if ["cost_gbp", "net_cost_gbp"].contains(&key[3].as_str()) {
            costs.entry(key).or_default().push(row["value"].parse().unwrap());
        }
    }
    costs
}

/// The squared coefficient of variation over these replications; pools of one size have the same law, so their means and
/// variances are averaged.
fn squared_cv(pools: &[&Vec<f64>], replications: &[usize]) -> f64 {
    let count = replications.len() as f64;
    let (mut mean, mut variance) = (0.0, 0.0);
    for pool in pools {
        let own = replications.iter().map(|&i| pool[i]).sum::<f64>() / count;
        mean += own;
        variance += replications.iter().map(|&i| (pool[i] - own).powi(2)).sum::<f64>() / (count - 1.0);
    }
    let pools = pools.len() as f64;
    variance / pools / (mean / pools).powi(2)
}

/// The next of a sequence of random words (`SplitMix64`).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// The 99 % percentile interval of the bootstrap over replications.
fn interval(pools: &[&Vec<f64>]) -> (f64, f64) {
    let count = pools[0].len();
    let mut state = 1;
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn: Vec<usize> = (0..count).map(|_| (next(&mut state) % count as u64) as usize).collect();
            squared_cv(pools, &drawn)
        })
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    (values[RESAMPLES / 200], values[RESAMPLES - 1 - RESAMPLES / 200])
}

/// The costs of a case: of all its replications if `TIERFLOW_SLOW` is set, else of a tenth.
fn ran(case: &str) -> Costs {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join(case);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierflow"));
    command.arg("run").arg(file(case)).arg("--out").arg(&results);
    if std::env::var_os("TIERFLOW_SLOW").is_none() {
        command.args(["--set", "run.replications=100"]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    costs(&results)
}

/// Spells a year of 365.25 days of an ICB, and their price.
const KINDS: [(f64, f64); 3] = [(10.0, 80_000.0), (30.0, 10_000.0), (60.0, 2_500.0)];

/// Spells a year, and 1 + v^2.
fn moments() -> (f64, f64) {
    let spells: f64 = KINDS.iter().map(|kind| kind.0).sum();
    let moment = |power| KINDS.iter().map(|kind| kind.0 * kind.1.powi(power)).sum::<f64>() / spells;
    (spells, moment(2) / moment(1).powi(2))
}

#[test]
fn pools_calm_budgets_as_theory_says() {
    let costs = ran("c01-pooled-budgets");
    let (spells, one_plus_v2) = moments();
    for (option, icbs) in [("one", 1.0), ("two", 2.0), ("four", 4.0), ("eight", 8.0)] {
        let exact = one_plus_v2 / (spells * icbs * 365.0 / 365.25);
        let pools: Vec<&Vec<f64>> = costs
            .iter()
            .filter(|(key, _)| key[0] == option && key[1] == "commissioners" && key[3] == "cost_gbp")
            .map(|entry| entry.1)
            .collect();
        assert_eq!(pools.len() as f64 * icbs, 8.0);
        let all: Vec<usize> = (0..pools[0].len()).collect();
        let (found, (low, high)) = (squared_cv(&pools, &all), interval(&pools));
        println!("{option}: {found:.6} exact {exact:.6}, 99 % interval {low:.6} to {high:.6}");
        assert!((low..=high).contains(&exact), "{option}: {exact} is not within {low} to {high}");
        // Who shares by contribution has the pool's coefficient of variation.
        let key = [option, "icbs", "a1", "net_cost_gbp"].map(str::to_owned);
        let shared = squared_cv(&[&costs[&key]], &all);
        let own = costs.iter().find(|(key, _)| key[0] == option && key[1] == "commissioners").unwrap().1;
        assert!((shared / squared_cv(&[own], &all) - 1.0).abs() < 1e-6, "{option}");
    }
}

#[test]
fn pools_do_not_help_against_a_wrong_rate() {
    let costs = ran("c02-uncertain-rate");
    let (spells, one_plus_v2) = moments();
    for (option, icbs) in [("one", 1.0), ("two", 2.0), ("four", 4.0), ("eight", 8.0)] {
        let chance = one_plus_v2 / (spells * icbs * 365.0 / 365.25);
        for (ending, exact) in [("/chance/before", chance), ("/demand/before", chance + 0.1 * 0.1)] {
            let pools: Vec<&Vec<f64>> = costs
                .iter()
                .filter(|(key, _)| key[0] == option && key[1] == "risk" && key[2].ends_with(ending))
                .map(|entry| entry.1)
                .collect();
            assert_eq!(pools.len() as f64 * icbs, 8.0);
            let (low, high) = interval(&pools);
            println!("{option}{ending}: exact {exact:.6}, 99 % interval {low:.6} to {high:.6}");
            assert!((low..=high).contains(&exact), "{option}{ending}: {exact} is not within {low} to {high}");
        }
    }
}
