//! Demand that grows from year to year: as many patients more as stated, and nobody moved.

use crate::program::{done, table};
use crate::support::{compile, load, root};
use std::collections::BTreeSet;
use tierflow::engine::{self, EventKind, Workspace};
use tierflow::random::Patient;
use tierflow::scenario::Scenario;
use tierflow::units::DAY;

const FACTORS: &str = "scenarios/mechanisms/factors.toml";
const YEARS: &str = "run.horizon='1461 d'";

/// Who is referred in each year of the run, in scope.
fn referred(scenario: &Scenario, replication: u32) -> [BTreeSet<Patient>; 4] {
    let model = compile(scenario);
    let (mut years, warm_up) = ([const { BTreeSet::new() }; 4], model.warm_up as i64);
    let listen = |event: engine::Event| {
        if event.kind == EventKind::Referred && event.at >= warm_up {
            years[((event.at - warm_up) as f64 / (365.25 * DAY as f64)) as usize].insert(event.patient);
        }
    };
    engine::run_traced(&model, replication, &mut Workspace::default(), &mut |_| {}, listen).unwrap();
    years
}

/// Growth of a tenth: year k has 1.1^k times the mean of year 0. Counts are Poisson, a little less where a week lies in two
/// years; 40 replications of some thousand referrals, five standard errors.
#[test]
fn every_year_has_the_stated_growth_and_keeps_the_patients_of_before() {
    let (still, grows) = (load(FACTORS, &[YEARS]), load(FACTORS, &[YEARS, "factors.growth=1.1"]));
    assert_ne!(compile(&still).fingerprint, compile(&grows).fingerprint);
    let (mut before, mut after) = ([0.0; 4], [0.0; 4]);
    for replication in 0..40 {
        let (still, grows) = (referred(&still, replication), referred(&grows, replication));
        for year in 0..4 {
            assert!(still[year].is_subset(&grows[year]), "somebody moved or is missing in year {year}");
            before[year] += still[year].len() as f64;
            after[year] += grows[year].len() as f64;
        }
        assert_eq!(still[0], grows[0], "the first year has no growth");
    }
    for year in 1..4 {
        let expected = 1.1_f64.powi(year as i32);
        // A week of 52 may still be that of the year before.
        let (ratio, error) = (after[year] / before[year], (1.0 / before[year] + 1.0 / after[year]).sqrt());
        assert!((ratio / expected - 1.0).abs() < 5.0 * error + 0.1 / 52.0, "year {year}: {ratio} against {expected}");
    }
}

/// The known mean of referrals, by which control variates correct, knows the growth.
#[test]
fn controls_know_the_growth() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join(FACTORS);
    let set = ["--set", YEARS, "--set", "factors.growth=1.1", "--replications", "60", "--control-variates", "-q"];
    done(folder.path(), &[&["run", scenario.to_str().unwrap(), "--out", "run"], &set[..]].concat());
    let rows = table(&folder.path().join("run"), "control_variates");
    let column = |name: &str| rows[0].iter().position(|head| head == name).unwrap();
    let [metric, plain, low, high, controlled] = ["metric", "mean", "ci_low", "ci_high", "estimate"].map(column);
    let mut seen = 0;
    for row in rows[1..].iter().filter(|row| row[metric] == "spells") {
        let number = |at: usize| row[at].parse::<f64>().unwrap();
        // Twice the half-width is four standard errors. Growth that was not known would be off by a sixth.
        let half = (number(high) - number(low)) / 2.0;
        assert!((number(plain) - number(controlled)).abs() <= 2.0 * half, "{row:?}");
        seen += 1;
    }
    assert!(seen > 0);
}
