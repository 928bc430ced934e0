//! What is planned: numbers of places within limits.

use super::scope::grows;
use super::station::Theory;
use super::{Aim, PlanError, Planner, entity, name};
use crate::domain::{Capacity, PlaceLimits};
use crate::experiment::Knob;
use crate::ids::PoolId;
use crate::model::Model;
use crate::units::Pence;
use jiff::civil::Date;

/// One number of places that is planned.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// The pool.
    pub pool: PoolId,
    /// From which day it has them, and the reporting period that it is planned for; none: all the time.
    pub year: Option<(Date, String)>,
    /// Its limits.
    pub knob: Knob,
    /// Places today; none without a limit.
    pub now: Option<u32>,
    /// Where theory begins, and whether it is exact; none if it was not asked, or does not know.
    pub theory: Option<(u32, bool)>,
    /// What a place costs a year, where stated.
    pub cost: Option<Pence>,
}

impl Variable {
    /// Name of the reporting period that it is planned for.
    pub fn period(&self) -> &str {
        self.year.as_ref().map_or("all", |(_, name)| name)
    }

    /// What so many places cost a year in pounds, where that is stated.
    pub fn pounds(&self, places: u32) -> Option<f64> {
        self.cost.map(|cost| cost.pounds() * f64::from(places))
    }
}

impl Planner<'_> {
    pub(super) fn variable(
        &self,
        pool: PoolId,
        year: Option<(Date, String)>,
        number: usize,
        model: &Model,
        theory: Option<Theory>,
    ) -> Result<Variable, PlanError> {
        let scenario = self.scenario;
        let place = &scenario.pools[pool];
        let now = match place.capacity {
            Capacity::Places(places) => Some(places),
            Capacity::Unlimited => None,
        };
        let stated = scenario.planning.limits.get(&pool).cloned().unwrap_or_default();
        let growth = libm::pow(grows(scenario, model, pool), number as f64);
        let load = model.expected.offered_load[pool] * growth;
        let mut most = stated.most.unwrap_or(self.rules.most_places);
        let step = stated.step.unwrap_or(1).max(1);
        let without_limits = self.rules.aims.iter().any(Aim::is_without_limits);
        let mut least = stated.least.unwrap_or(u32::from(!without_limits));
        if least == 0 && !without_limits {
            // A pool that somebody asks for has some place, or it has no waits to look at.
            least = step;
        }
        let begins = year.as_ref().map_or(scenario.run.start, |(day, _)| *day);
        if let (Some(day), Some(now)) = (opens(&stated, scenario.run.start), now)
            && begins < day
        {
            // Before new places open there are those of today.
            most = most.min(now);
            least = least.min(most);
        }
        if least > most {
            return Err(PlanError::Limits(name(scenario, pool), least, most));
        }
        let most = least + (most - least) / step * step;
        let mut knob =
            Knob { least, most, step, start: 0, load, cost: stated.cost.map_or(1.0, |cost| cost.pounds().max(1.0)) };
        let theory = theory.filter(|_| self.rules.theory).map(|theory| self.begin(&knob, theory, pool, growth));
        knob.start = theory.map_or_else(|| libm::ceil(load).clamp(1.0, 4e9) as u32, |(places, _)| places);
        Ok(Variable { pool, year, knob, now, theory, cost: stated.cost })
    }

    /// Where theory says that a pool's own targets hold, and whether it is exact for all of them.
    fn begin(&self, knob: &Knob, theory: Theory, pool: PoolId, growth: f64) -> (u32, bool) {
        let entity = entity(self.scenario, pool);
        let own = self.rules.aims.iter().filter(|aim| aim.is_by_pool() && aim.eased() && aim.fits(&entity));
        let mut exact = growth == 1.0;
        let mut places = knob.least;
        let mut any = false;
        for aim in own {
            any = true;
            let holds = if aim.is_without_limits() { theory.exact_without_limits } else { theory.exact };
            let station = if holds { theory.station } else { theory.at_peak };
            let found =
                aim.measure().and_then(|what| station.fewest(what, aim.bound, (knob.least, knob.most, knob.step)));
            exact &= holds && found.is_some();
            places = places.max(found.unwrap_or_else(|| {
                knob.grid(f64::from(crate::theory::staffing::square_root(station.load() * growth, 1.0)))
            }));
        }
        if !any {
            places = knob.grid(f64::from(crate::theory::staffing::square_root(theory.at_peak.load() * growth, 0.5)));
        }
        (places, exact && any)
    }
}

/// From which day a pool may have more places than today.
fn opens(limits: &PlaceLimits, start: Date) -> Option<Date> {
    limits.opens.filter(|day| *day > start)
}
