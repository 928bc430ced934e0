//! Where the patients of a stream are under way, and which places they keep: the traffic equations over stages, providers and
//! places kept.

use super::streams::Streams;
use crate::domain::{Service, Stage, StageSite};
use crate::ids::{CellId, Id, PoolId, ProviderId, RouteId, ServiceId, StageId, StreamId};
use crate::theory::traffic;

/// A stage at a provider with the places that are held there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct State {
    stage: StageId,
    route: RouteId,
    /// By position among what the stage needs and keeps.
    held: u16,
}

/// Patients in one state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present {
    pub(super) stage: StageId,
    /// The cell of the first class.
    pub(super) cell: CellId,
    /// Which of its holdings they keep without needing them.
    pub(super) beside: u16,
    /// Mean days that one referral spends in it.
    pub(super) days: f64,
}

/// Places of one pool that a stage needs or only keeps.
pub(super) struct Want<'s> {
    pub(super) pool: &'s str,
    pub(super) places: u32,
    pub(super) needed: bool,
    pub(super) kept: bool,
}

/// What a stage needs, then what it only keeps.
pub(super) fn wants<'s>(service: &'s Service, stage: &'s Stage) -> impl Iterator<Item = Want<'s>> {
    let needs = stage.needs.iter().map(|need| Want {
        pool: &need.pool,
        places: need.places,
        needed: true,
        kept: stage.keeps.contains(&need.pool),
    });
    let only_kept = stage.keeps.iter().filter(|kept| stage.needs.iter().all(|need| need.pool != **kept));
    needs.chain(only_kept.map(|kept| {
        // As many as the stages hold that need it.
        let of_all = service.stages.iter().flat_map(|stage| &stage.needs);
        let places = of_all.filter(|need| need.pool == *kept).map(|need| need.places).next();
        Want { pool: kept, places: places.unwrap_or(1), needed: false, kept: true }
    }))
}

/// Whether patients of a service under way may be elsewhere than at their first choice, stay for different times, or keep places
/// that the stage does not need.
pub(super) fn is_varied(service: &Service) -> bool {
    service.stages.iter().any(|stage| {
        stage.away.is_some()
            || stage.site == StageSite::NearHome
            || stage.keeps.iter().any(|kept| stage.needs.iter().all(|need| need.pool != *kept))
    })
}

impl Streams<'_> {
    /// The states of the patients of a stream who have chosen a route first, as if nobody were ever sent on or refused.
    pub(super) fn under_way(&self, stream: StreamId, service_id: ServiceId, chosen: RouteId) -> Vec<Present> {
        let service = &self.scenario.services[service_id];
        let provider = |route: RouteId| self.routes[route].provider;
        let holdings = |state: &State| -> Vec<(PoolId, u32, bool, bool)> {
            let there = |want: Want<'_>| {
                let pool = *self.pools.get(&(provider(state.route), want.pool))?;
                Some((pool, want.places, want.needed, want.kept))
            };
            wants(service, &service.stages[state.stage]).filter_map(there).collect()
        };
        let enter = |stage: StageId, route: RouteId, before: &[(PoolId, u32)]| {
            let state = State { stage, route, held: 0 };
            let takes = |&(pool, places, needed, kept): &(PoolId, u32, bool, bool)| {
                needed || kept && before.contains(&(pool, places))
            };
            let bits = holdings(&state).iter().enumerate().map(|(i, holding)| u16::from(takes(holding)) << i).sum();
            State { held: bits, ..state }
        };
        let mut states = vec![enter(StageId::new(0), chosen, &[])];
        let mut moves: Vec<(usize, usize, f64)> = Vec::new();
        let mut at = 0;
        while let Some(&state) = states.get(at) {
            let all = holdings(&state);
            let held = all.iter().enumerate().filter(|(i, _)| state.held & 1 << i != 0);
            let held: Vec<(PoolId, u32)> = held.map(|(_, holding)| (holding.0, holding.1)).collect();
            for branch in &service.stages[state.stage].next {
                let route = match service.stages[branch.stage].site {
                    // Without a place near home patients leave.
                    StageSite::NearHome => self.homes.get(&(stream, branch.stage)).copied(),
                    StageSite::Here => Some(state.route),
                };
                let Some(route) = route else { continue };
                let next = enter(branch.stage, route, &held);
                let to = states.iter().position(|known| *known == next).unwrap_or_else(|| {
                    states.push(next);
                    states.len() - 1
                });
                moves.push((at, to, branch.probability));
            }
            at += 1;
        }
        let mut routing = vec![vec![0.0; states.len()]; states.len()];
        for (from, to, probability) in moves {
            routing[from][to] += probability;
        }
        let mut external = vec![0.0; states.len()];
        external[0] = 1.0;
        // Every stage can be left, as was found before, so every state can.
        let visits = traffic::solve(&external, &routing).unwrap_or_default();
        let present = states.iter().zip(visits).filter_map(|(state, visits)| {
            let first = self.first_cells[state.route]?;
            let needed = holdings(state).iter().enumerate().fold(0, |all, (i, h)| all | u16::from(h.2) << i);
            Some(Present {
                stage: state.stage,
                cell: CellId::new(first.index() + state.stage.index()),
                beside: state.held & !needed,
                days: visits * self.days(stream, service, state.stage, provider(state.route)),
            })
        });
        present.collect()
    }

    /// The mean stay of a stream's patients in a stage at a provider, in days.
    fn days(&self, stream: StreamId, service: &Service, stage: StageId, provider: ProviderId) -> f64 {
        let area = self.rows[stream].home_area;
        let stage = &service.stages[stage];
        let away = stage
            .away
            .as_ref()
            .filter(|away| !super::places::within(self.scenario, away.from, away.scheme, area, provider));
        away.map_or(&stage.stay, |away| &away.stay).mean()
    }
}
