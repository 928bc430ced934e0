//! A scenario under other factors on its inputs.

use super::validated::Scenario;
use crate::domain::{Factors, Lever, UncertainFactor};
use crate::random::{Generator, Purpose, StreamKey, unit};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

impl UncertainFactor {
    /// The factor of a draw: the same for the same seed, id and number, whatever other factors there are.
    pub fn draw(&self, seed: u64, draw: u32) -> f64 {
        let key = StreamKey::of(&["uncertain", &self.id]);
        self.law.quantile(unit(Generator::new(seed, draw).words(key, 0, 0, Purpose::Input, 0)[0]))
    }
}

impl Scenario {
    /// The scenario as it was planned: every factor is one.
    pub fn planned(&self) -> &Self {
        self.planned.as_deref().unwrap_or(self)
    }

    /// What contracts agree on: the activity as it was planned, at the prices that hold.
    pub fn agreed(&self) -> Cow<'_, Self> {
        match &self.planned {
            None => Cow::Borrowed(self),
            Some(planned) => Cow::Owned(planned.with_factors(self.factors.of_prices())),
        }
    }

    /// The scenario with the uncertain factors of a draw on top of its own.
    #[must_use]
    pub fn drawn(&self, draw: u32) -> Self {
        let mut factors = self.factors.clone();
        for row in &self.uncertain {
            let factor = row.draw(self.run.seed, draw);
            row.services.iter().for_each(|&service| factors.multiply(service, row.lever, factor));
        }
        self.with_factors(factors)
    }

    /// The scenario as planned with these factors, and no others.
    ///
    /// Referrals of a service are multiplied, and with them who is there at a stationary start, but not the list at the
    /// start; so is every draw of a stay of its stages. Places of a pool are multiplied by the factor of the services that
    /// use it (which is the same for all of them), as `Pool::scaled` says. Prices are left to the ledger.
    #[must_use]
    pub fn with_factors(&self, factors: Factors) -> Self {
        // The warm-up may have been chosen since.
        let mut scenario = Self { run: self.run.clone(), ..self.planned().clone() };
        if factors.are_ones() {
            return scenario;
        }
        scenario.planned = Some(match &self.planned {
            Some(planned) => Arc::clone(planned),
            None => Arc::new(self.clone()),
        });
        for stream in &mut scenario.demand {
            stream.per_day *= factors.of(stream.service, Lever::Demand);
        }
        let mut places: BTreeMap<String, f64> = BTreeMap::new();
        let services: Vec<_> = scenario.services.ids().collect();
        for id in services {
            let (stay, capacity) = (factors.of(id, Lever::Stay), factors.of(id, Lever::Capacity));
            for stage in &mut scenario.services[id].stages {
                if stay != 1.0 {
                    stage.stay = stage.stay.scaled(stay);
                    if let Some(away) = &mut stage.away {
                        away.stay = away.stay.scaled(stay);
                    }
                }
                if capacity != 1.0 {
                    let used = stage.needs.iter().map(|need| &need.pool).chain(&stage.keeps);
                    places.extend(used.map(|pool| (pool.clone(), capacity)));
                }
            }
        }
        for pool in &mut scenario.pools {
            if let Some(&factor) = places.get(&pool.id) {
                *pool = pool.scaled(factor);
            }
        }
        scenario.factors = factors;
        scenario
    }
}
