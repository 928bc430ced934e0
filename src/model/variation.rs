//! Demand beyond chance: rates that grow, rates that nobody knows for certain, and years that differ more than a Poisson
//! process lets them.
//!
//! A stream's rate grows by a factor each year of the run, and is multiplied by two factors with mean one: one for each replication and service, the same for all home
//! areas (the rate itself may be wrong), and one for each stream and year. A Poisson count with a gamma-distributed mean is
//! negative binomial (M. Greenwood and G. U. Yule, *Journal of the Royal Statistical Society* 83 (1920), 255-279).

use super::{Model, Stream};
use crate::domain::{Lever, Uncertainty};
use crate::ids::{Id as _, IndexVec, ServiceId, StreamId};
use crate::random::{Distribution, Generator, Purpose, StreamKey, unit};
use crate::scenario::Scenario;
use crate::units::{DAY, DAYS_PER_YEAR};

/// The largest factor: it is never reached, and keeps numbers finite.
const MOST: f64 = 1_000.0;
/// The largest variance of a factor. Streams of less than one referral in several years would need more.
const LARGEST_VARIANCE: f64 = 20.0;
/// Below this variance a gamma distribution is a lognormal one, for all purposes.
const SMALL_VARIANCE: f64 = 1e-4;

/// How the rates of all streams vary.
#[derive(Clone, Debug)]
pub struct Variation {
    /// For each service the address of its factor in the random numbers.
    services: IndexVec<ServiceId, StreamKey>,
    /// The factor of a service; none if rates are certain.
    common: Option<Distribution>,
    /// The variance of a stream's factor in a year at its first rate; none if years differ by chance alone.
    own: IndexVec<StreamId, Option<f64>>,
    /// What each year's rates of a service are to those of the year before.
    growth: IndexVec<ServiceId, f64>,
    /// The first tick of the second year: the warm-up belongs to the first.
    second_year: u64,
}

/// Ticks of a year.
const YEAR: u64 = (DAYS_PER_YEAR * DAY as f64) as u64;

impl Variation {
    /// Rates that are known.
    fn known(scenario: &Scenario, streams: usize, warm_up: u64) -> Self {
        let growth = |service| scenario.factors.of(service, Lever::Growth);
        Self {
            services: scenario.services.iter().map(|service| StreamKey::of(&["rate", &service.id])).collect(),
            common: None,
            own: vec![None; streams].into(),
            growth: scenario.services.ids().map(growth).collect(),
            second_year: warm_up + YEAR,
        }
    }

    /// The growth of the scenario alone; nothing if there is none.
    pub(super) fn of_growth(scenario: &Scenario, streams: usize, warm_up: u64) -> Option<Self> {
        let known = Self::known(scenario, streams, warm_up);
        known.growth.iter().any(|&growth| growth != 1.0).then_some(known)
    }

    pub(super) fn new(scenario: &Scenario, model: &Model, uncertainty: Uncertainty) -> Self {
        let common = (uncertainty.rate_cv > 0.0).then(|| gamma(uncertainty.rate_cv * uncertainty.rate_cv));
        let excess = uncertainty.variance_ratio - 1.0;
        let own = |stream: &Stream| {
            let a_year = stream.intensity.mean_per_tick() * YEAR as f64;
            (excess > 0.0 && a_year > 0.0).then(|| excess / a_year)
        };
        Self {
            common,
            own: model.streams.iter().map(own).collect(),
            ..Self::known(scenario, model.streams.len(), model.warm_up)
        }
    }

    /// The number of the year that a tick lies in.
    pub fn year(&self, tick: u64) -> u32 {
        if tick < self.second_year { 0 } else { 1 + ((tick - self.second_year) / YEAR) as u32 }
    }

    /// What the rates of a service are in a year to those of the first.
    pub fn grown(&self, service: ServiceId, year: u32) -> f64 {
        (0..year).map(|_| self.growth[service]).product()
    }

    /// The factor of every stream in a year.
    pub fn factors(&self, model: &Model, generator: Generator, year: u32, factors: &mut Vec<f64>) {
        let draw = |law: &Option<Distribution>, key, window| match law {
            Some(law) => law.quantile(unit(generator.words(key, window, 0, Purpose::Rate, 0)[0])),
            None => 1.0,
        };
        factors.clear();
        let common: Vec<f64> = self.services.iter().map(|&key| draw(&self.common, key, 0)).collect();
        let grown: Vec<f64> = self.services.ids().map(|service| self.grown(service, year)).collect();
        factors.extend(model.streams.iter().zip(&self.own).map(|(stream, own)| {
            let service = stream.service.index();
            // More referrals, less excess for each: the variance stays as many times the mean.
            let own = own.map(|variance| gamma(variance / grown[service]));
            (common[service] * draw(&own, stream.key, year)).min(MOST) * grown[service]
        }));
    }
}

/// The gamma distribution with mean one and a variance.
fn gamma(variance: f64) -> Distribution {
    if variance < SMALL_VARIANCE {
        return Distribution::lognormal_by_mean_sd(1.0, libm::sqrt(variance));
    }
    let shape = 1.0 / variance.min(LARGEST_VARIANCE);
    Distribution::Gamma { shape, scale: 1.0 / shape }
}
