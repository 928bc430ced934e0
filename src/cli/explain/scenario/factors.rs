//! Factors on inputs in words.

use crate::cli::numbers::{fixed, percent};
use crate::domain::{Lever, UncertainFactor};
use crate::ids::ServiceId;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// What is multiplied, and what is not known for certain.
pub(super) fn lines(scenario: &Scenario) -> Vec<String> {
    let mut lines = Vec::new();
    for lever in Lever::ALL {
        let mut groups: BTreeMap<u64, Vec<ServiceId>> = BTreeMap::new();
        for id in scenario.services.ids() {
            let factor = scenario.factors.of(id, lever);
            if factor != 1.0 {
                // Positive numbers are in the order of their bits.
                groups.entry(factor.to_bits()).or_default().push(id);
            }
        }
        for (bits, of) in groups {
            lines.push(format!("{} times {}: {}", said(lever), f64::from_bits(bits), services(scenario, &of)));
        }
    }
    lines.extend(scenario.uncertain.iter().map(|row| uncertain(scenario, row)));
    lines
}

fn uncertain(scenario: &Scenario, row: &UncertainFactor) -> String {
    let mean = row.law.mean();
    let spread = libm::sqrt(row.law.variance()) / mean;
    format!(
        "not certain (`{}`): {} times {} on average, give or take {} (sd): {}",
        row.id,
        said(row.lever),
        fixed(mean, 2),
        percent(spread, 1),
        services(scenario, &row.services)
    )
}

fn said(lever: Lever) -> &'static str {
    match lever {
        Lever::Demand => "referrals",
        Lever::Stay => "stays",
        Lever::Price => "prices",
        Lever::Capacity => "places",
        Lever::Growth => "referrals of each year those of the year before",
    }
}

fn services(scenario: &Scenario, of: &[ServiceId]) -> String {
    if of.len() == scenario.services.len() {
        return "all services".to_owned();
    }
    of.iter().map(|&id| scenario.services[id].id.as_str()).collect::<Vec<_>>().join(", ")
}
