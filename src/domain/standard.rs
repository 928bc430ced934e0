//! What services are held to, and how ready bodies are to decide on them.

use crate::ids::{ProviderId, ServiceId, StageId};
use std::collections::BTreeMap;

/// What is asked of a service at a provider, beside the waiting standards of its stages.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Standard {
    /// The highest utilisation of the places of its first pool.
    pub occupancy_ceiling: Option<f64>,
    /// The least stays that a provider should finish in a financial year.
    pub minimum_volume: Option<f64>,
    /// The stage whose stays count for it; none: the first.
    pub volume_stage: Option<StageId>,
    /// The farthest that patients should travel, in kilometres.
    pub maximum_km: Option<f64>,
}

/// The standards of all services.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Standards {
    /// By service, for one provider or (none) for all of them.
    pub rows: BTreeMap<(ServiceId, Option<ProviderId>), Standard>,
}

impl Standards {
    /// What holds at one provider: each value its own, or else that of all providers.
    pub fn of(&self, service: ServiceId, provider: ProviderId) -> Standard {
        let row = |provider| self.rows.get(&(service, provider)).copied().unwrap_or_default();
        let (own, all) = (row(Some(provider)), row(None));
        let volume = if own.minimum_volume.is_some() { own } else { all };
        Standard {
            occupancy_ceiling: own.occupancy_ceiling.or(all.occupancy_ceiling),
            minimum_volume: volume.minimum_volume,
            volume_stage: volume.volume_stage,
            maximum_km: own.maximum_km.or(all.maximum_km),
        }
    }
}

/// How a body does in a test of readiness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Score {
    /// Passed.
    Met,
    /// In part.
    Partly,
    /// Failed.
    NotMet,
}

/// The tests of readiness, and the least number of persons to plan for.
///
/// The tests are those of the pre-delegation assessment of 2022 to 2025; users score them now.
#[derive(Clone, PartialEq, Debug)]
pub struct Readiness {
    /// Registered persons; zero: no rule.
    pub minimum_population: f64,
    /// By id of the body and position of the test.
    pub scores: BTreeMap<(String, usize), Score>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { minimum_population: Self::USUAL_POPULATION, scores: BTreeMap::new() }
    }
}

impl Readiness {
    /// Planning populations of specialised services are usually larger.
    pub const USUAL_POPULATION: f64 = 1_000_000.0;

    /// The eight tests.
    pub const TESTS: [&str; 8] = [
        "population-health",
        "partnership",
        "governance",
        "clinical-leadership",
        "finance",
        "workforce",
        "digital",
        "footprint",
    ];

    /// The scores of one body, by position of the test.
    pub fn of(&self, body: &str) -> impl Iterator<Item = (usize, Score)> {
        let own = (body.to_owned(), 0)..=(body.to_owned(), Self::TESTS.len());
        self.scores.range(own).map(|(key, &score)| (key.1, score))
    }

    /// The share of the tests that a body meets; nothing if none is scored.
    pub fn met_share(&self, body: &str) -> Option<f64> {
        self.of(body).next()?;
        let met = self.of(body).filter(|(_, score)| *score == Score::Met).count();
        Some(met as f64 / Self::TESTS.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_its_own_values_and_the_services() {
        let mut standards = Standards::default();
        let all = Standard { occupancy_ceiling: Some(0.8), minimum_volume: Some(100.0), ..Standard::default() };
        let stage = Some(StageId(1));
        let own =
            Standard { minimum_volume: Some(50.0), volume_stage: stage, maximum_km: Some(9.0), ..Standard::default() };
        standards.rows.insert((ServiceId(0), None), all);
        standards.rows.insert((ServiceId(0), Some(ProviderId(1))), own);
        assert_eq!(standards.of(ServiceId(0), ProviderId(0)), all);
        assert_eq!(standards.of(ServiceId(0), ProviderId(1)), Standard { occupancy_ceiling: Some(0.8), ..own });
        assert_eq!(standards.of(ServiceId(1), ProviderId(1)), Standard::default());
    }

    #[test]
    fn readiness_is_the_share_of_all_tests() {
        let mut readiness = Readiness::default();
        for (test, score) in [(0, Score::Met), (4, Score::NotMet), (7, Score::Met)] {
            readiness.scores.insert(("A".to_owned(), test), score);
        }
        assert_eq!(readiness.met_share("A"), Some(0.25));
        assert_eq!(readiness.met_share("B"), None);
        assert_eq!(readiness.of("A").count(), 3);
    }
}
