//! Verification against theory: every file of `scenarios/verification`, run by the program itself.
//!
//! A figure passes if it lies within its tolerance of the exact value and the half-width of its interval is at most half
//! the tolerance, so that a right program fails about once in ten thousand figures. Beside that the squares of
//! z = (estimate - exact) / standard error, one figure a case, must add up to what chance allows. Each case has a service id
//! of its own, so that its patients are its own, too: under one id the cases would share their luck.
//! `TIERFLOW_SLOW=1` repeats all cases at seeds 1 and 2.

#![expect(clippy::print_stdout, reason = "the figures are shown by --nocapture")]

use crate::support::root;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use tierflow::stats::special::gamma_tails;

#[derive(Clone, Copy)]
enum Within {
    /// Relative to the exact value.
    Relative(f64),
    /// In the figure's unit.
    Absolute(f64),
}
use Within::{Absolute, Relative};

/// Values of entity columns.
type Entity = &'static [(&'static str, &'static str)];

/// One figure of one case.
struct Figure {
    table: &'static str,
    entity: Entity,
    metric: &'static str,
    exact: f64,
    within: Within,
}

fn figure(table: &'static str, entity: Entity, metric: &'static str, exact: f64, within: Within) -> Figure {
    Figure { table, entity, metric, exact, within }
}

fn pool(metric: &'static str, exact: f64, within: Within) -> Figure {
    figure("pools", &[], metric, exact, within)
}

/// The cases; the first figure of each enters the sum of squares.
fn cases() -> Vec<(&'static str, Vec<Figure>)> {
    let loss = |name, exact| (name, vec![pool("refused_share", exact, Absolute(0.002))]);
    let nurses = |name, busy, wait_probability, wait_minutes, queue, tolerance| {
        let wait = pool("mean_wait_days", wait_minutes / 1440.0, Relative(tolerance));
        let figures = vec![
            wait,
            pool("utilisation", busy, Relative(0.02)),
            pool("wait_positive_share", wait_probability, Relative(tolerance)),
            pool("mean_queue", queue, Relative(tolerance)),
        ];
        (name, figures)
    };
    let pooled = |name, probability, wait| {
        let figures = vec![
            pool("mean_wait_days", wait, Relative(0.02)),
            pool("wait_positive_share", probability, Relative(0.02)),
        ];
        (name, figures)
    };
    let excess = |name, days: f64| (name, vec![pool("excess_bed_days_per_spell", days, Relative(0.02))]);
    let mut cases = vec![
        loss("a02-erlang-b-8-10", 0.121_661),
        loss("a02-erlang-b-8-10-deterministic", 0.121_661),
        loss("a02-erlang-b-8-10-lognormal", 0.121_661),
        loss("a02-erlang-b-20-20", 0.158_892),
        loss("a02-erlang-b-20-20-deterministic", 0.158_892),
        loss("a02-erlang-b-20-20-lognormal", 0.158_892),
        loss("a02-erlang-b-45-50", 0.054_104),
        loss("a02-erlang-b-100-100", 0.075_700),
        (
            "a03-mm1",
            vec![
                pool("mean_wait_days", 4.0, Relative(0.02)),
                pool("within_standard_share", 1.0 - 0.294_304, Relative(0.02)),
                pool("wait_positive_share", 0.8, Relative(0.02)),
            ],
        ),
        nurses("a03-mmc-4", 0.625, 0.319_857, 2.132_378, 0.533_095, 0.02),
        nurses("a03-mmc-5", 0.5, 0.130_371, 0.521_485, 0.130_371, 0.02),
        nurses("a03-mmc-6", 0.416_667, 0.047_445, 0.135_557, 0.033_889, 0.02),
        nurses("a03-mmc-7", 0.357_143, 0.015_443, 0.034_319, 0.008_580, 0.05),
        nurses("a03-mmc-8", 0.3125, 0.004_517, 0.008_213, 0.002_053, 0.05),
        ("a03-bank-3", vec![pool("mean_wait_days", 4.444_444 / 1440.0, Relative(0.02))]),
        ("a03-bank-4", vec![pool("mean_wait_days", 0.869_565 / 1440.0, Relative(0.02))]),
        ("a07-jackson", jackson()),
        pooled("a10-pooling-1", 0.554_113, 0.554_113),
        pooled("a10-pooling-2", 0.409_180, 0.204_590),
        pooled("a10-pooling-4", 0.256_078, 0.064_019),
        ("a10-pooling-loss-1", vec![pool("refused_share", 0.199_067, Relative(0.02))]),
        ("a10-pooling-loss-2", vec![pool("refused_share", 0.121_661, Relative(0.02))]),
        ("a10-pooling-loss-4", vec![pool("refused_share", 0.064_411, Relative(0.02))]),
        ("a11-time-varying", time_varying()),
        ("a11-infinite-server", infinite_servers()),
        excess("a16-trim-point-20", 0.757_574),
        excess("a16-trim-point-10", 0.527_509),
    ];
    cases.sort_by_key(|case| case.0);
    cases
}

fn jackson() -> Vec<Figure> {
    let mut figures = Vec::new();
    let nodes: [(Entity, [f64; 5]); 3] = [
        (&[("pool", "acute")], [4.242_762, 0.707_127, 0.194_389, 0.110_622, 8.954_868]),
        (&[("pool", "rehabilitation")], [1.803_348, 0.772_863, 0.276_201, 0.521_148, 11.759_897]),
        (&[("pool", "community")], [1.525_950, 0.508_650, 0.025_316, 0.017_174, 6.130_008]),
    ];
    for (entity, [flow, busy, wait_probability, wait, present]) in nodes {
        figures.push(figure("pools", entity, "throughput_per_day", flow, Relative(0.02)));
        figures.push(figure("pools", entity, "utilisation", busy, Relative(0.02)));
        figures.push(figure("pools", entity, "wait_positive_share", wait_probability, Relative(0.02)));
        figures.push(figure("pools", entity, "mean_wait_days", wait, Relative(0.05)));
        figures.push(figure("pools", entity, "mean_present", present, Relative(0.02)));
    }
    figures
}

const HOURS: [Entity; 8] = [
    &[("hour", "0")],
    &[("hour", "3")],
    &[("hour", "6")],
    &[("hour", "9")],
    &[("hour", "12")],
    &[("hour", "15")],
    &[("hour", "18")],
    &[("hour", "21")],
];

fn time_varying() -> Vec<Figure> {
    let exact = [
        (8.5605, 0.07276, 0.05582),
        (13.9211, 1.80655, 0.47378),
        (21.2143, 7.71729, 0.82851),
        (26.5103, 12.84207, 0.89022),
        (22.8987, 9.93082, 0.73435),
        (11.7473, 2.41905, 0.25706),
        (5.0191, 0.11273, 0.01769),
        (5.0327, 0.00266, 0.00122),
    ];
    let mut figures = Vec::new();
    for (entity, (present, queue, busy)) in HOURS.into_iter().zip(exact) {
        let within = if queue > 1.0 { Relative(0.03) } else { Absolute(0.02) };
        figures.push(figure("profile", entity, "mean_present", present, within));
        figures.push(figure("profile", entity, "mean_waiting", queue, within));
        figures.push(figure("profile", entity, "full_share", busy, within));
    }
    figures
}

fn infinite_servers() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (entity, hour) in HOURS.into_iter().zip((0..24).step_by(3)) {
        let angle = std::f64::consts::TAU * (f64::from(hour) - 4.822_881) / 24.0;
        let present = 240.0 + 36.397_737 * angle.sin();
        figures.push(figure("profile", entity, "mean_present", present, Absolute(present * 0.02)));
    }
    figures
}

/// Rows of one table of a results folder, as maps from column to value.
fn rows(folder: &Path, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{table}.csv"))).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Runs a case by the program; returns its results folder.
fn run(case: &str, seed: Option<u64>, folder: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierflow"));
    command.arg("run").arg(root().join(format!("scenarios/verification/{case}.toml"))).arg("--out").arg(folder);
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
            let found: Vec<_> = rows(&results, figure.table)
                .into_iter()
                .filter(|row| row["period"] == "all" && row["metric"] == figure.metric)
                .filter(|row| figure.entity.iter().all(|(column, value)| row[*column] == *value))
                .collect();
            let [row] = &found[..] else {
                faults.push(format!("{case}: {} rows of {} {:?}", found.len(), figure.metric, figure.entity));
                continue;
            };
            let number = |column: &str| row[column].parse::<f64>().unwrap();
            let (mean, half) = (number("mean"), (number("ci_high") - number("ci_low")) / 2.0);
            let error = number("sd") / number("replications").sqrt();
            let z = if error > 0.0 { (mean - figure.exact) / error } else { 0.0 };
            let tolerance = match figure.within {
                Relative(share) => share * figure.exact,
                Absolute(distance) => distance,
            };
            let width = 2.0 * half / tolerance;
            let entity = figure.entity.first().map_or("", |pair| pair.1);
            println!(
                "{case:34} {:26} {entity:15} {mean:11.6} exact {:11.6} z {z:+.2} width {width:.2}",
                figure.metric, figure.exact
            );
            if i == 0 {
                squares += z * z;
            }
            if (mean - figure.exact).abs() > tolerance {
                faults.push(format!("{case} {} {:?}: {mean} is not {}", figure.metric, figure.entity, figure.exact));
            }
            if half > tolerance / 2.0 {
                faults.push(format!("{case} {} {:?}: half-width {half} of {tolerance}", figure.metric, figure.entity));
            }
        }
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
    known.extend(["a15-choice-huff".to_owned(), "a15-choice-logit".to_owned()]);
    for entry in std::fs::read_dir(root().join("scenarios/verification")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(known.contains(&name), "{name} is compared with nothing");
        }
    }
}
