//! Patients who are there at the start: under way in equilibrium, in pools whose number is given, or on a list.

use super::streams::Streams;
use super::under_way::{Present, is_varied};
use super::{CompileError, threshold};
use crate::domain::{StartingState, StreamDemand};
use crate::ids::{CellId, Id, LineId, RouteId, StreamId};
use crate::model::{Expected, InitialGroup, InitialSource, Place, Route, WaitingGroup};
use crate::random::StreamKey;
use std::collections::BTreeMap;

impl Streams<'_> {
    /// Patients of a stream who are under way when everything has been going on for ever.
    pub(super) fn add_present(
        &mut self,
        demand: &StreamDemand,
        stream: StreamId,
        per_day: f64,
        expected: &Expected,
    ) -> Result<(), CompileError> {
        let scenario = self.scenario;
        let service = &scenario.services[demand.service];
        let stationary = service.starting_state == StartingState::Stationary;
        let given = scenario.pools.iter().any(|pool| pool.occupied_at_start.is_some());
        let mut varied: Vec<(RouteId, Vec<Present>)> = Vec::new();
        if is_varied(service) && (stationary || given) {
            let plan = &self.rows[stream];
            let routes = plan.first_route.index()..plan.first_route.index() + plan.routes as usize;
            let held = routes.map(RouteId::new).filter(|&route| expected.in_scope_per_day[route] > 0.0);
            varied = held.map(|route| (route, self.under_way(stream, demand.service, route))).collect();
            for (route, present) in &varied {
                let per_day = expected.in_scope_per_day[*route];
                self.present.extend(present.iter().map(|at| (at.cell, at.beside, per_day * at.days)));
            }
        }
        if !stationary {
            return Ok(());
        }
        let area = &scenario.geography.home_areas[demand.home_area].id;
        for (stage, plan) in service.stages.iter_ids() {
            let line = LineId::new(self.lines.first_line[demand.service].index() + stage.index());
            // Wherever they are, patients stay no longer than this on average: the number drawn depends on no flow rule.
            let home = expected.mean_stay_days[line];
            let longest = plan.away.as_ref().map_or(home, |away| home.max(away.stay.mean()));
            let visit_days = expected.visits[line] * longest;
            let mean = per_day * visit_days;
            let places = varied.iter().map(|(route, present)| {
                let mut cumulative = 0.0;
                let here = present.iter().filter(|at| at.stage == stage && at.days > 0.0);
                let places = here.map(|at| {
                    cumulative += at.days / visit_days;
                    // Rounding may leave the sum just below one: whoever is there is somewhere.
                    let threshold = if cumulative > 1.0 - 1e-9 { u64::MAX } else { threshold(cumulative) };
                    Place { threshold, cell: at.cell, beside: at.beside }
                });
                (*route, places.collect())
            });
            // Each stage has its own draws, so that a change of one stage's stay moves nobody who starts in another.
            let source =
                InitialSource::Stationary { stream, stage, mean, places: is_varied(service).then(|| places.collect()) };
            let key = self.key(&[area, &service.id, &plan.id], demand)?;
            self.initial.push(InitialGroup { key, source });
        }
        Ok(())
    }

    /// Pools whose occupancy is given start with patients of the streams that load them, in proportion.
    pub(super) fn add_given_occupancy(&mut self, expected: &Expected) -> Result<(), CompileError> {
        let mut by_pool: Vec<Vec<(CellId, u16, f64)>> = vec![Vec::new(); self.load.len()];
        let is_given = |cell: CellId| {
            let pool = self.scenario.pools.get(self.cells[cell].pool);
            pool.is_some_and(|pool| pool.occupied_at_start.is_some())
        };
        for (id, cell) in self.cells.iter_ids() {
            let load = expected.stays_per_day[id] * expected.mean_stay_days[cell.line];
            if load > 0.0 && is_given(id) && !is_varied(&self.scenario.services[cell.service]) {
                by_pool[cell.pool.index()].push((id, 0, load));
            }
        }
        for &(first, beside, load) in &self.present {
            let plan = &self.cells[first];
            let service = &self.scenario.services[plan.service];
            let shares = service.class_shares().into_iter().filter(|&share| share > 0.0);
            for (position, share) in shares.enumerate().filter(|_| load > 0.0 && is_given(first)) {
                let cell = CellId::new(first.index() + position * service.stages.len());
                by_pool[plan.pool.index()].push((cell, beside, load * share));
            }
        }
        for (pool_id, pool) in self.scenario.pools.iter_ids() {
            let Some(number) = pool.occupied_at_start.filter(|&number| number > 0) else { continue };
            let loads = std::mem::take(&mut by_pool[pool_id.index()]);
            let total: f64 = loads.iter().map(|(.., load)| load).sum();
            let mut cumulative = 0.0;
            let mut places: Vec<Place> = Vec::with_capacity(loads.len());
            for (cell, beside, load) in loads {
                cumulative += load / total;
                places.push(Place { threshold: threshold(cumulative), cell, beside });
            }
            let provider = &self.scenario.providers[pool.provider].id;
            let Some(last) = places.last_mut() else {
                return Err(CompileError::NobodyToPlace { provider: provider.clone(), pool: pool.id.clone() });
            };
            last.threshold = u64::MAX;
            let key = StreamKey::of(&["pool", provider, &pool.id]);
            self.initial.push(InitialGroup { key, source: InitialSource::Given { number, places } });
        }
        Ok(())
    }

    /// The patients who wait at the start, those out of scope left out.
    pub(super) fn waiting(&self) -> Result<Vec<WaitingGroup>, CompileError> {
        let scenario = self.scenario;
        let mut groups = Vec::new();
        let key_of = |(id, route): (RouteId, &Route)| {
            let stream = &self.rows[route.stream];
            ((stream.home_area, stream.service, route.provider), id)
        };
        let routes: BTreeMap<_, _> = if scenario.waiting_at_start.is_empty() {
            BTreeMap::new()
        } else {
            self.routes.iter_ids().map(key_of).collect()
        };
        for row in &scenario.waiting_at_start {
            let service = &scenario.services[row.service];
            let names = || {
                let area = &scenario.geography.home_areas[row.home_area].id;
                (area.clone(), service.id.clone(), scenario.providers[row.provider].id.clone())
            };
            let route = routes.get(&(row.home_area, row.service, row.provider));
            let position = service.classes_present().iter().position(|&class| class == row.class);
            let (Some(&route), Some(position)) = (route, position) else {
                let (home_area, service, provider) = names();
                return Err(CompileError::NobodyWaits { home_area, service, provider });
            };
            let in_scope = scenario.providers[row.provider].in_scope || self.scope.holds_residents(row.home_area);
            let Some(first) = self.first_cells[route].filter(|_| in_scope) else { continue };
            let (area, service_id, provider) = names();
            let key = StreamKey::of(&[
                "waiting",
                &area,
                &service_id,
                &provider,
                &row.class.to_string(),
                &row.waited.0.to_string(),
            ]);
            let cell = CellId::new(first.index() + position * service.stages.len());
            groups.push(WaitingGroup { key, number: row.patients, cell, waited: row.waited.0 });
        }
        Ok(groups)
    }
}
