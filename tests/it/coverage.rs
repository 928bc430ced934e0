//! Whether 95 % intervals hold in 95 %: M/M/1, 20 replications, thousands of experiments with seeds of their own.
//!
//! `TIERFLOW_SLOW=1` runs 2,000 experiments, of which 93 to 97 % have to be covered (with precision stopping at least 92 %);
//! otherwise a tenth of them, with limits that a true coverage within those bounds breaks with probability 1e-4 at most.

#![expect(clippy::print_stdout, reason = "the figures are shown by --nocapture")]

use crate::support::parse;
use statrs::distribution::{Binomial, DiscreteCDF};
use std::sync::atomic::AtomicBool;
use tierflow::experiment::{Replications, Simulation, simulations};
use tierflow::results::{Kind, Layout, Row, Sampling, Study, SummaryRow, Target, Unwatched, targets};
use tierflow::scenario::Scenario;
use tierflow::stats::Interval;
use tierflow::stats::antithetic::reduction;
use tierflow::stats::control_variates::control;
use tierflow::stats::paired::paired;
use tierflow::stats::stopping::looks;

/// Referrals a day, where a stay of the first rate takes a day on average.
struct Queue {
    load: f64,
    /// Stays a day.
    rate: f64,
    /// In mean stays.
    warm_up: u32,
    window: u32,
    antithetic: bool,
}

const HALF: Queue = Queue { load: 0.5, rate: 1.0, warm_up: 500, window: 10_000, antithetic: false };

impl Queue {
    /// One day of the run is ten mean stays, so that a long run has few weeks.
    fn scenario(&self) -> Scenario {
        let Self { load, rate, warm_up, window, antithetic } = self;
        let (per_day, stay) = (10.0 * load, 0.1 / rate);
        let (warm_up, window) = (f64::from(*warm_up) / 10.0, f64::from(*window) / 10.0);
        parse(&format!(
            r#"
            [run]
            horizon = "{window} d"
            warm_up = "{warm_up} d"
            antithetic = {antithetic}
            periods = "all"
            [[providers]]
            id = "RAA"
            [[pools]]
            provider = "RAA"
            pool = "beds"
            capacity = 1
            [[provides]]
            service = "queue"
            provider = "RAA"
            [[demand]]
            service = "queue"
            home_area = "everyone"
            rate = "{per_day} per day"
            [[services.queue.stages]]
            id = "bed"
            pool = "beds"
            stay = {{ exponential = {{ mean = "{stay} d" }} }}
            "#
        ))
    }

    fn mean_wait_days(&self) -> f64 {
        let load = self.load / self.rate;
        0.1 / self.rate * load / (1.0 - load)
    }
}

fn simulated(scenario: &Scenario) -> Vec<Simulation> {
    simulations(scenario, &scenario.options.ids().collect::<Vec<_>>()).unwrap()
}

fn extend(study: &mut Study<'_>, until: u32) {
    let how = Replications {
        numbers: (study.replications(), until),
        threads: 1,
        progress: &|_| {},
        cancelled: &AtomicBool::new(false),
        stopwatch: &|| 0.0,
    };
    study.extend(how, &Unwatched).unwrap();
}

/// A metric of a table for the whole time, one value a replication.
fn column(study: &Study<'_>, table: &str, metric: &str) -> Vec<f64> {
    let (layout, numbers): (&Layout, &[Vec<f64>]) = study.numbers().next().unwrap();
    let wanted = |row: &Row<'_>| row.table.name == table && row.metric.name == metric && row.period == "all";
    let position = layout.outline().rows().find(wanted).unwrap().position;
    numbers.iter().map(|values| values[position]).collect()
}

fn waits(study: &Study<'_>) -> Vec<f64> {
    column(study, "pools", "mean_wait_days")
}

/// How many experiments' intervals hold.
#[derive(Default)]
struct Covered {
    plain: u32,
    controlled: u32,
    paired: u32,
    stopped: u32,
    /// Of the replications that stopping took, and of the reductions by controls, the sums.
    took: u32,
    reduced: f64,
}

fn plain(values: &[f64]) -> Interval {
    SummaryRow::of(Kind::Mean, values, Sampling::Independent).interval.unwrap()
}

/// Controls: referrals, and the places in use, which are referrals a day times the mean stay.
fn controlled(queue: &Queue, study: &Study<'_>) -> (Interval, f64) {
    let (referrals, places) = (column(study, "services", "referrals"), column(study, "pools", "mean_occupied"));
    let expected = queue.load * f64::from(queue.window);
    let known = [(referrals.as_slice(), expected), (places.as_slice(), queue.load / queue.rate)];
    let found = control(&waits(study), &known, 0.05).unwrap();
    (found.interval, found.reduction)
}

/// Runs experiments: with a second queue at rate 1.25, and on until the wait is known to a share of itself.
fn experiments(queue: &Queue, count: u32, precision: Option<&str>) -> Covered {
    let faster = Queue { rate: 1.25, ..*queue };
    let (scenario, other) = (queue.scenario(), faster.scenario());
    let (mut slow, mut fast) = (simulated(&scenario), simulated(&other));
    let (exact, exact_other) = (queue.mean_wait_days(), faster.mean_wait_days());
    let targets: Vec<Target> = precision.map_or_else(Vec::new, |text| targets(text).unwrap());
    let mut covered = Covered::default();
    for seed in 0..count {
        (slow[0].model.seed, fast[0].model.seed) = (u64::from(seed), u64::from(seed));
        let (mut study, mut other) = (Study::new(&scenario, &slow), Study::new(&other, &fast));
        extend(&mut study, 20);
        extend(&mut other, 20);
        covered.plain += u32::from(plain(&waits(&study)).contains(exact));
        let (interval, reduction) = controlled(queue, &study);
        covered.controlled += u32::from(interval.contains(exact));
        covered.reduced += reduction;
        let difference = paired(&waits(&study), &waits(&other), 0.05).unwrap().difference;
        covered.paired += u32::from(difference.interval.contains(exact - exact_other));
        if !targets.is_empty() {
            for look in looks(1_000) {
                extend(&mut study, look);
                if targets.iter().all(|target| study.progress(target).done()) {
                    break;
                }
            }
            covered.stopped += u32::from(plain(&waits(&study)).contains(exact));
            covered.took += study.replications();
        }
    }
    covered
}

/// The fewest and the most of so many experiments that a true coverage between two bounds leaves with probability 1e-4 at most.
fn limits(count: u32, least: f64, most: f64) -> (u32, u32) {
    let of = |p: f64| Binomial::new(p, u64::from(count)).unwrap();
    let (low, high) = (of(least), of(most));
    let fewest = (0..=count).find(|&k| low.cdf(u64::from(k)) > 1e-4).unwrap();
    let most = (0..=count).rev().find(|&k| k == 0 || high.sf(u64::from(k) - 1) > 1e-4).unwrap();
    (fewest, most)
}

#[test]
fn intervals_cover_what_they_say() {
    let slow = std::env::var_os("TIERFLOW_SLOW").is_some();
    let count = if slow { 2_000 } else { 200 };
    let bounds = |least: f64, most: f64| {
        let exact = |share: f64| (share * f64::from(count)).round() as u32;
        if slow { (exact(least), exact(most)) } else { limits(count, least, most) }
    };
    let covered = experiments(&HALF, count, Some("pools.mean_wait_days:2%"));
    let share = |covered: u32| f64::from(covered) / f64::from(count);
    println!(
        "of {count}: plain {:.4}, controlled {:.4} (mean reduction {:.3}), paired {:.4}, stopped {:.4} after {:.1} replications",
        share(covered.plain),
        share(covered.controlled),
        covered.reduced / f64::from(count),
        share(covered.paired),
        share(covered.stopped),
        f64::from(covered.took) / f64::from(count)
    );
    let (least, most) = bounds(0.93, 0.97);
    for (name, found) in [("plain", covered.plain), ("controlled", covered.controlled), ("paired", covered.paired)] {
        assert!((least..=most).contains(&found), "{name}: {found} of {count}, not {least} to {most}");
    }
    let (least, _) = bounds(0.92, 1.0);
    assert!(covered.stopped >= least, "stopped: {} of {count}, not {least}", covered.stopped);
    // Stopping is only tried if it takes several looks.
    assert!(covered.took > 25 * count, "{}", covered.took);
}

/// At load 0.9 a short run from an empty bed knows little of the long-run wait, and every method says it knows it well: the
/// figures of docs/how-to/how-many-replications.md, printed with `TIERFLOW_SLOW=1 cargo test ... -- --nocapture`.
#[test]
fn short_runs_near_full_cover_less_than_they_say() {
    let slow = std::env::var_os("TIERFLOW_SLOW").is_some();
    let all: [(u32, u32); 4] = [(0, 100), (0, 1_000), (500, 1_000), (500, 10_000)];
    let count = if slow { 2_000 } else { 200 };
    for (warm_up, window) in all.into_iter().take(if slow { 4 } else { 2 }) {
        let queue = Queue { load: 0.9, rate: 1.0, warm_up, window, antithetic: false };
        let covered = experiments(&queue, count, None);
        let share = |covered: u32| f64::from(covered) / f64::from(count);
        println!(
            "load 0.9, warm-up {warm_up}, window {window}, {count} experiments: plain {:.3}, controlled {:.3}, paired {:.3}",
            share(covered.plain),
            share(covered.controlled),
            share(covered.paired)
        );
        // If short runs became honest, the page would be wrong.
        assert!(warm_up > 0 || share(covered.plain) < 0.9, "{warm_up} {window}");
    }
}

/// Antithetic pairs estimate the same; spells and waits of a pair are opposed.
#[test]
fn antithetic_pairs_are_unbiased_and_opposed() {
    const REPLICATIONS: u32 = 2_000;
    let queue = Queue { load: 0.8, antithetic: true, window: 2_000, ..HALF };
    let scenario = queue.scenario();
    let models = simulated(&scenario);
    let mut study = Study::new(&scenario, &models);
    extend(&mut study, REPLICATIONS);
    let (values, spells) = (waits(&study), column(&study, "services", "spells"));
    let summary = SummaryRow::of(Kind::Mean, &values, Sampling::AntitheticPairs);
    let (mean, exact) = (summary.mean.unwrap(), queue.mean_wait_days());
    // The half-width of a thousand pairs is 1.96 standard errors: four of them.
    let error = summary.interval.unwrap().half_width() / 1.96;
    let [of_waits, of_spells] = [&values, &spells].map(|values| reduction(values).unwrap());
    println!("mean {mean} exact {exact} error {error}, variance taken away: waits {of_waits}, spells {of_spells}");
    assert!((mean - exact).abs() < 4.0 * error, "{mean} is not {exact}");
    // The correlation of a thousand pairs has a standard error of 0.032 at most.
    assert!(of_waits > 0.05 && of_spells > 0.9);
    let alone = Queue { antithetic: false, ..queue };
    let scenario = alone.scenario();
    let models = simulated(&scenario);
    let mut study = Study::new(&scenario, &models);
    extend(&mut study, 4);
    // Even replications are as without pairs, odd ones are others.
    let same: Vec<bool> =
        waits(&study).iter().zip(&values).map(|(one, other)| one.to_bits() == other.to_bits()).collect();
    assert_eq!(same, [true, false, true, false]);
}
