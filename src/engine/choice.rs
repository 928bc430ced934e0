//! The choice of a provider that looks at the waits of the moment.

use super::Run;
use super::arrivals::lower_half;
use super::trace::Trace;
use crate::ids::{CellId, Id, PoolId, RouteId};
use crate::model::Rules;
use crate::random::{Purpose, unit};

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Lets a new patient choose again with the expected waits of the moment, by the same random number.
    pub(super) fn choose_by_waits(&mut self, rules: &Rules, slot: u32) {
        let patient = self.work.patients.get(slot);
        let decay = rules.services[self.model.lines[patient.line].service].wait_decay;
        if decay <= 0.0 {
            return;
        }
        let own = patient.cell;
        let stream = &self.model.streams[self.model.cell_streams[own]];
        let mut utilities = std::mem::take(&mut self.work.governance.utilities);
        utilities.clear();
        let [word, _] = self.generator.words_of(patient.address, Purpose::Referral, 0);
        let routes = (0..stream.routes as usize).map(|i| RouteId::new(stream.first_route.index() + i));
        let routes = routes.filter(|&route| rules.utilities[route] > f64::NEG_INFINITY);
        let utility = |route: RouteId| {
            let wait = self.same_stage(own, route).map_or(0.0, |cell| self.expected_wait(rules, cell));
            rules.utilities[route] - decay * wait
        };
        utilities.extend(routes.map(|route| (route, utility(route))));
        let best = utilities.iter().map(|&(_, utility)| utility).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = utilities.iter().map(|&(_, utility)| libm::exp(utility - best)).sum();
        let mut left = unit(lower_half(word)) * total;
        let chosen = utilities.iter().find(|&&(_, utility)| {
            left -= libm::exp(utility - best);
            left < 0.0
        });
        let route = chosen.or(utilities.last()).map(|&(route, _)| route);
        self.work.governance.utilities = utilities;
        if let Some(cell) = route.and_then(|route| self.same_stage(own, route)) {
            self.change_provider(rules, slot, cell);
        }
    }

    /// Ticks that a newcomer may expect to wait: nothing while a place is free, else the number ahead and the newcomer,
    /// times the mean time that a place is held, over the mean number of places.
    fn expected_wait(&self, rules: &Rules, cell: CellId) -> f64 {
        let pool: PoolId = self.model.cell_pools[cell];
        let state = &self.work.pools[pool.index()];
        let plan = &rules.pools[pool];
        if !state.is_full() || plan.mean_places <= 0.0 {
            return 0.0;
        }
        f64::from(state.waiting + 1) * plan.mean_hold / plan.mean_places
    }
}
