//! Cases A1, A13 and A14: published models with several units.

use super::figure::Within::{Absolute, Relative};
use super::figure::{Case, Entity, Figure, Place, Term, figure};

pub(super) fn cases() -> Vec<Case> {
    vec![("a01-stroke", stroke()), ("a13-treatment-centre", treatment_centre()), ("a14-emergency", emergency())]
}

/// Audits that found so many present.
fn present(weight: f64, unit: &str, n: u32) -> Term {
    (weight, "occupancy", format!("RAA/{unit}/{n}"), "present_share")
}

/// p(delay) = P(N = n) / P(N <= n), from audits pooled over replications.
fn delay(unit: &str, beds: u32, exact: f64, article: f64) -> Figure {
    let over = vec![present(1.0, unit, beds)];
    let under = (0..=beds).map(|n| present(1.0, unit, n)).collect();
    let place = Place::Pooled { name: format!("p(delay) {unit} {beds} beds"), over, under };
    // The article rounds to two digits.
    Figure::at(place, exact, Absolute(0.004)).published(article, Absolute(0.02))
}

fn stroke() -> Vec<Figure> {
    let mut figures: Vec<Figure> = [
        (9, 0.18065, 0.19),
        (10, 0.12827, 0.14),
        (11, 0.08675, 0.09),
        (12, 0.05561, 0.06),
        (13, 0.03367, 0.04),
        (14, 0.01921, 0.02),
        (15, 0.01033, 0.01),
    ]
    .map(|(beds, exact, article)| delay("acute", beds, exact, article))
    .into();
    figures.extend(
        [
            (10, 0.20155, 0.20),
            (12, 0.10906, 0.11),
            (13, 0.07538, 0.08),
            (14, 0.04972, 0.05),
            (15, 0.03121, 0.03),
            (16, 0.01860, 0.02),
        ]
        .map(|(beds, exact, article)| delay("rehabilitation", beds, exact, article)),
    );
    for (unit, load) in [("acute", 8.145_493), ("rehabilitation", 9.718_218)] {
        let over = (1..=ENOUGH).map(|n| present(f64::from(n), unit, n)).collect();
        let place = Place::Pooled { name: format!("mean present {unit}"), over, under: Vec::new() };
        figures.push(Figure::at(place, load, Absolute(0.03)));
    }
    figures
}

/// More patients than this are found in a unit of load 10 in fewer than one of 10^12 audits.
const ENOUGH: u32 = 40;

/// Values of 200,000 replications of an independent program with their standard errors; tolerances of four standard errors
/// at 2,000 replications, from the standard deviations of the reference or those of its 4,000 replications.
fn treatment_centre() -> Vec<Figure> {
    let tolerance = |deviation: f64| Absolute(4.0 * deviation / (1440.0 * 2_000_f64.sqrt()));
    let minutes = |table, entity: Entity, metric, exact: f64, error: f64, deviation| {
        figure(table, entity, metric, exact / 1440.0, tolerance(deviation)).known_to(error / 1440.0)
    };
    let wait = |entity, exact, error, deviation| minutes("pools", entity, "mean_wait_days", exact, error, deviation);
    let time =
        |entity, exact, error, deviation| minutes("pathways", entity, "time_in_system_days", exact, error, deviation);
    // Standard errors of 4,000 replications.
    let of_4000 = |error: f64| error * 4_000_f64.sqrt();
    let completed = ["a13-other", "a13-trauma"];
    let completed: Vec<Term> = completed
        .iter()
        .map(|service| (1140.0 / 1440.0, "pathways", format!("{service}/all"), "throughput_per_day"))
        .collect();
    let all = Place::Pooled { name: "throughput".to_owned(), over: completed, under: Vec::new() };
    let arrivals = figure(
        "pools",
        &[("pool", "triage")],
        "requests_per_day",
        229.50 * 1440.0 / 1140.0,
        Absolute(4.0 * 229.50_f64.sqrt() / 2_000_f64.sqrt() * 1440.0 / 1140.0),
    );
    let throughput = Absolute(4.0 * of_4000(0.14) / 2_000_f64.sqrt());
    vec![
        wait(&[("pool", "trauma-room")], 151.90, 0.17, 74.6),
        wait(&[("pool", "triage")], 31.19, 0.04, 17.8),
        wait(&[("pool", "registration")], 103.46, 0.05, 24.2),
        wait(&[("pool", "examination")], 25.23, 0.02, of_4000(0.14)),
        wait(&[("pool", "treatment")], 134.68, 0.06, of_4000(0.41)),
        wait(&[("pool", "trauma-treatment")], 17.94, 0.03, of_4000(0.21)),
        time(&[("service", "a13-other")], 228.45, 0.05, of_4000(0.39)),
        time(&[("service", "a13-trauma")], 291.82, 0.16, of_4000(1.19)),
        arrivals,
        Figure::at(all, 165.98, throughput).known_to(0.02),
    ]
}

/// Values of 200 runs of 20,000 hours of an independent program with their standard errors.
fn emergency() -> Vec<Figure> {
    let pools: [(Entity, f64, f64, f64); 6] = [
        (&[("pool", "observation")], 0.6204, 0.0017, 0.6634),
        (&[("pool", "shock")], 0.2296, 0.0004, 0.2378),
        (&[("pool", "intensive")], 0.3357, 0.0005, 0.3425),
        (&[("pool", "yellow")], 0.9892, 0.0014, 0.9846),
        (&[("pool", "green")], 3.8323, 0.0015, 3.848),
        (&[("pool", "exam")], 0.0972, 0.0001, 0.1039),
    ];
    pools
        .map(|(entity, exact, error, published)| {
            figure("pools", entity, "mean_occupied", exact, Relative(0.02))
                .known_to(error)
                .published(published, Relative(0.1))
        })
        .into()
}
