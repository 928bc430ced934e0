//! Demand beyond chance, against the moments of the negative binomial distribution.

use crate::support::{compile, parse};
use tierflow::domain::Uncertainty;
use tierflow::engine::{Workspace, run};
use tierflow::model::Model;
use tierflow::scenario::Scenario;

/// Two home areas, 50 referrals a year each, for a service with places for everybody, over two years.
const SCENARIO: &str = r#"
[run]
horizon = "2 years"
periods = "financial-year"

[[regions]]
id = "r"

[[icbs]]
id = "i"
region = "r"

[[home_areas]]
id = "a"
icb = "i"

[[home_areas]]
id = "b"
icb = "i"

[[providers]]
id = "p"
host_icb = "i"

[[pools]]
provider = "p"
pool = "beds"
capacity = "unlimited"

[services.s]
[[services.s.stages]]
id = "stay"
pool = "beds"
stay = { deterministic = { value = "1 d" } }

[[demand]]
service = "s"
home_area = "*"
rate = "50 per year"

[[shares]]
service = "s"
home_area = "*"
provider = "p"
share = 1
"#;

fn scenario() -> Scenario {
    parse(SCENARIO)
}

fn varied(rate_cv: f64, variance_ratio: f64) -> Model {
    let scenario = scenario();
    let model = compile(&scenario);
    model.varied(&scenario, Uncertainty { rate_cv, variance_ratio })
}

/// Requests of home areas a and b in the first year, and of a in the second, by replication.
fn counts(model: &Model, replications: u32) -> Vec<[f64; 3]> {
    let mut workspace = Workspace::default();
    (0..replications)
        .map(|replication| {
            let mut years: Vec<Vec<f64>> = Vec::new();
            run(model, replication, &mut workspace, &mut |period| {
                years.push(period.cells.iter().map(|cell| f64::from(cell.requests)).collect());
            })
            .unwrap();
            [years[0][0], years[0][1], years[1][0]]
        })
        .collect()
}

fn replications() -> u32 {
    if std::env::var_os("TIERFLOW_SLOW").is_some() { 40_000 } else { 4_000 }
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

fn covariance(counts: &[[f64; 3]], i: usize, j: usize) -> f64 {
    let (a, b) = (mean(counts.iter().map(|row| row[i])), mean(counts.iter().map(|row| row[j])));
    mean(counts.iter().map(|row| (row[i] - a) * (row[j] - b)))
}

/// A year of 365 days has 50 x 365 / 365.25 referrals.
const MEAN: f64 = 50.0 * 365.0 / 365.25;

/// The variance of a count, its standard error by the fourth moment of a negative binomial distribution with a variance
/// (excess kurtosis 6 / r + 1 / variance, r = mean^2 / (variance - mean)).
fn check_variance(found: f64, variance: f64, n: f64) {
    let r = MEAN * MEAN / (variance - MEAN);
    let error = variance * ((2.0 + 6.0 / r + 1.0 / variance) / n).sqrt();
    assert!((found - variance).abs() < 4.0 * error, "{found} against {variance} +- {error}");
}

#[test]
fn years_vary_by_the_stated_ratio_and_apart() {
    let counts = counts(&varied(0.0, 3.0), replications());
    let n = counts.len() as f64;
    let variance = 3.0 * MEAN;
    for area in [0, 1] {
        let found = mean(counts.iter().map(|row| row[area]));
        assert!((found - MEAN).abs() < 4.0 * (variance / n).sqrt(), "{found}");
        check_variance(covariance(&counts, area, area), variance, n);
    }
    // Areas and years are independent.
    for (i, j) in [(0, 1), (0, 2)] {
        let found = covariance(&counts, i, j);
        assert!(found.abs() < 4.0 * variance / n.sqrt(), "{i} {j}: {found}");
    }
}

#[test]
fn an_uncertain_rate_is_the_same_in_all_areas_and_years() {
    let cv = 0.2;
    let counts = counts(&varied(cv, 1.0), replications());
    let n = counts.len() as f64;
    let common = cv * cv * MEAN * MEAN;
    check_variance(covariance(&counts, 0, 0), MEAN + common, n);
    for (i, j) in [(0, 1), (0, 2)] {
        let found = covariance(&counts, i, j);
        // Var(xy) <= Var x Var y + 2 cov^2 and the kurtosis of the factor, 6 cv^2, on the common part.
        let error = (((MEAN + common).powi(2) + common * common * (2.0 + 6.0 * cv * cv)) / n).sqrt();
        assert!((found - common).abs() < 4.0 * error, "{i} {j}: {found} against {common} +- {error}");
    }
}

/// A replication's factors do not depend on other streams: dropping an area leaves the other one's patients as they were.
#[test]
fn factors_are_addressed() {
    let both = counts(&varied(0.2, 3.0), 20);
    let text = SCENARIO.replace("[[home_areas]]\nid = \"b\"\nicb = \"i\"\n", "");
    let scenario = parse(&text);
    let alone = compile(&scenario);
    let alone = alone.varied(&scenario, Uncertainty { rate_cv: 0.2, variance_ratio: 3.0 });
    let mut workspace = Workspace::default();
    for (replication, row) in both.iter().enumerate() {
        let mut years = Vec::new();
        run(&alone, replication as u32, &mut workspace, &mut |period| {
            years.push(f64::from(period.cells.iter().next().unwrap().requests));
        })
        .unwrap();
        assert_eq!(years, [row[0], row[2]]);
    }
}
