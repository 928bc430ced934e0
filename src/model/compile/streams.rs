//! Referral streams with their routes, picks and cells.

use super::lines::Lines;
use super::scope::Scope;
use super::{CompileError, phase, places, threshold};
use crate::domain::{FlowRule, Overflow, Profile, Referral, StageSite, StreamDemand, choice_shares};
use crate::ids::{
    CellId, FlowId, HomeAreaId, Id, IndexVec, LineId, PathwayId, PickId, PoolId, ProviderId, RouteId, ServiceId,
    StageId, StreamId,
};
use crate::model::{CellPlan, Expected, InitialGroup, Intensity, Route, Stream};
use crate::random::StreamKey;
use crate::scenario::Scenario;
use crate::units::DAY;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that streams bring with them, as it is built up.
pub(super) struct Streams<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) flow_rules: FlowId,
    pub(super) lines: Lines,
    pub(super) pools: BTreeMap<(ProviderId, &'a str), PoolId>,
    pub(super) no_pool: PoolId,
    pub(super) rows: IndexVec<StreamId, Stream>,
    pub(super) routes: IndexVec<RouteId, Route>,
    pub(super) thresholds: IndexVec<PickId, u64>,
    /// The route of each pick; nothing if the scope does not hold it.
    pub(super) picks: IndexVec<PickId, Option<RouteId>>,
    pub(super) first_cells: IndexVec<RouteId, Option<CellId>>,
    pub(super) cells: IndexVec<CellId, CellPlan>,
    /// For each stream the providers to try by [`Overflow::Nearest`], in order.
    pub(super) nearest: IndexVec<StreamId, Vec<RouteId>>,
    /// Where stages near home take place, by stream and stage.
    pub(super) homes: BTreeMap<(StreamId, StageId), RouteId>,
    /// Offered load by pool.
    pub(super) load: Vec<f64>,
    pub(super) initial: Vec<InitialGroup>,
    /// Where patients of services with stages that no longer all hold one place of the first choice are under way: cells of the
    /// first class, what they keep beside, and the mean number of patients of all classes.
    pub(super) present: Vec<(CellId, u16, f64)>,
    pub(super) scope: Scope,
    keys: BTreeSet<u64>,
    /// By line: market forces factor weighted by activity, and activity.
    market_forces: Vec<(f64, f64)>,
}

impl<'a> Streams<'a> {
    pub(super) fn new(scenario: &'a Scenario, flow_rules: FlowId, lines: Lines) -> Self {
        Self {
            scenario,
            flow_rules,
            market_forces: vec![(0.0, 0.0); lines.rows.len()],
            lines,
            pools: scenario.pools.iter_ids().map(|(id, pool)| ((pool.provider, pool.id.as_str()), id)).collect(),
            no_pool: PoolId::new(scenario.pools.len()),
            rows: IndexVec::new(),
            routes: IndexVec::new(),
            thresholds: IndexVec::new(),
            picks: IndexVec::new(),
            first_cells: IndexVec::new(),
            cells: IndexVec::new(),
            nearest: IndexVec::new(),
            homes: BTreeMap::new(),
            load: vec![0.0; scenario.pools.len() + 1],
            initial: Vec::new(),
            present: Vec::new(),
            scope: Scope::new(scenario),
            keys: BTreeSet::new(),
        }
    }

    pub(super) fn rule(&self, service: ServiceId) -> &'a FlowRule {
        &self.scenario.flow_rules[self.flow_rules].rules[service]
    }

    /// Adds the patients of one home area for one service.
    pub(super) fn add(&mut self, demand: &StreamDemand, expected: &mut Expected) -> Result<(), CompileError> {
        let scenario = self.scenario;
        let (area, service) = (&scenario.geography.home_areas[demand.home_area], &scenario.services[demand.service]);
        let key = self.key(&[&area.id, &service.id], demand)?;
        let rule = self.rule(demand.service);
        let shares = self.shares(demand);
        let picks = self.scope.picks(scenario, demand, rule, &shares);
        let nearest = match rule.overflow {
            Overflow::Nearest => places::nearest_candidates(scenario, rule, demand.service, demand.home_area),
            Overflow::None | Overflow::Listed => Vec::new(),
        };
        let homes = self.home_sites(demand);

        // All referrals by first choice, and those that the scope holds.
        let mut first_choice: BTreeMap<ProviderId, f64> = BTreeMap::new();
        let mut held: BTreeMap<ProviderId, f64> = BTreeMap::new();
        for (pick, holds) in &picks {
            *first_choice.entry(pick.provider).or_default() += pick.share;
            if *holds {
                *held.entry(pick.provider).or_default() += pick.share;
            }
        }
        let mut providers: BTreeSet<ProviderId> = first_choice.keys().copied().collect();
        let mut others: BTreeSet<ProviderId> =
            nearest.iter().chain(homes.iter().map(|home| &home.1)).copied().collect();
        others.extend(self.listed(demand, &first_choice));
        providers.extend(&others);
        // Who waits at the start was referred before these rules.
        let waits = scenario.waiting_at_start.iter();
        let waits = waits.filter(|row| (row.home_area, row.service) == (demand.home_area, demand.service));
        providers.extend(waits.map(|row| row.provider));

        let stream = StreamId::new(self.rows.len());
        let per_day = demand.per_day * demand.profile.mean();
        let first_route = RouteId::new(self.routes.len());
        let first_pick = PickId::new(self.picks.len());
        let resident = self.scope.holds_residents(demand.home_area);
        let in_scope = resident || !held.is_empty();
        // Who looks at waits may choose any of them.
        let may_choose =
            matches!(scenario.referral[demand.service], Referral::Choice { wait_decay, .. } if wait_decay > 0.0);
        let mut route_of: BTreeMap<ProviderId, RouteId> = BTreeMap::new();
        for &provider in &providers {
            let share = first_choice.get(&provider).copied();
            // Patients in scope may go on to any provider.
            let reached = may_choose || share.is_none() || others.contains(&provider) || held.contains_key(&provider);
            let simulated = resident || scenario.providers[provider].in_scope || (reached && in_scope);
            let route = self.routes.push(Route {
                stream,
                provider,
                share: share.unwrap_or(0.0),
                km: places::km(scenario, demand.home_area, provider),
            });
            route_of.insert(provider, route);
            expected.referrals_per_day.push(per_day * share.unwrap_or(0.0));
            expected.in_scope_per_day.push(per_day * held.get(&provider).copied().unwrap_or(0.0));
            let first_cell = simulated.then(|| CellId::new(self.cells.len()));
            self.first_cells.push(first_cell);
            if simulated {
                self.add_cells(demand, stream, route, expected);
            }
        }
        let mut cumulative = 0.0;
        for (i, (pick, holds)) in picks.iter().enumerate() {
            cumulative += pick.share;
            self.thresholds.push(if i + 1 == picks.len() { u64::MAX } else { threshold(cumulative) });
            self.picks.push(holds.then(|| route_of[&pick.provider]));
        }
        self.nearest.push(nearest.iter().map(|provider| route_of[provider]).collect());
        for (stage, provider) in homes {
            self.homes.insert((stream, stage), route_of[&provider]);
        }
        self.expect(demand, &route_of, per_day, expected);
        self.rows.push(Stream {
            home_area: demand.home_area,
            service: demand.service,
            key,
            intensity: Intensity::new(
                demand.per_day / service.mean_batch() / DAY as f64,
                &demand.profile,
                self.phase(&demand.profile),
            ),
            first_route,
            routes: providers.len() as u32,
            first_pick,
            picks: picks.len() as u32,
            in_scope,
        });
        if in_scope {
            self.add_present(demand, stream, per_day, expected)?;
        }
        Ok(())
    }

    pub(super) fn key(&mut self, parts: &[&str], demand: &StreamDemand) -> Result<StreamKey, CompileError> {
        let key = StreamKey::of(parts);
        if self.keys.insert(key.value()) {
            return Ok(key);
        }
        Err(CompileError::SameKey {
            home_area: self.scenario.geography.home_areas[demand.home_area].id.clone(),
            service: self.scenario.services[demand.service].id.clone(),
        })
    }

    /// Candidates that the overflow table lists for the providers that patients choose first or were sent on to.
    fn listed(&self, demand: &StreamDemand, first_choice: &BTreeMap<ProviderId, f64>) -> BTreeSet<ProviderId> {
        if self.rule(demand.service).overflow != Overflow::Listed {
            return BTreeSet::new();
        }
        first_choice.keys().flat_map(|&from| self.listed_from(demand.service, demand.home_area, from)).collect()
    }

    /// The candidates that the overflow table lists for a full provider, in order.
    pub(super) fn listed_from(&self, service: ServiceId, area: HomeAreaId, from: ProviderId) -> Vec<ProviderId> {
        let rule = self.rule(service);
        let rows = self.scenario.overflow.get(&(service, from)).map_or(&[][..], Vec::as_slice);
        let own = rows.iter().any(|&(home, _, _)| home == Some(area));
        // Rows for the home area stand in place of those for all.
        let fits = |&&(home, _, to): &&(Option<HomeAreaId>, u32, ProviderId)| {
            (if own { home == Some(area) } else { home.is_none() })
                && places::within(self.scenario, rule.reach, rule.scheme, area, to)
                && rule
                    .within_km
                    .is_none_or(|limit| places::km(self.scenario, area, to).is_some_and(|distance| distance <= limit))
        };
        rows.iter().filter(fits).map(|&(_, _, to)| to).collect()
    }

    /// Where each stage near home takes place: the nearest provider that has its pool, the own ICB's first.
    fn home_sites(&self, demand: &StreamDemand) -> Vec<(StageId, ProviderId)> {
        let stages = self.scenario.services[demand.service].stages.iter_ids();
        let at_home = stages.filter(|(_, stage)| stage.site == StageSite::NearHome);
        at_home
            .filter_map(|(id, stage)| {
                let name = stage.pool()?;
                let own = self.scenario.pools.iter().filter(|pool| pool.own_row && pool.id == name);
                let mut providers: Vec<ProviderId> = own.map(|pool| pool.provider).collect();
                places::nearest_first(self.scenario, None, demand.home_area, &mut providers);
                Some((id, *providers.first()?))
            })
            .collect()
    }

    fn add_cells(&mut self, demand: &StreamDemand, stream: StreamId, route: RouteId, expected: &mut Expected) {
        let service = &self.scenario.services[demand.service];
        let provider = self.routes[route].provider;
        let first_line = self.lines.first_line[demand.service];
        let first_pathway = self.lines.rows[first_line].pathway;
        for (position, class) in service.classes_present().into_iter().enumerate() {
            let pathway = if service.classes.is_some() {
                PathwayId::new(first_pathway.index() + position)
            } else {
                first_pathway
            };
            for stage in service.stages.ids() {
                expected.stays_per_day.push(0.0);
                self.cells.push(CellPlan {
                    route,
                    stream,
                    home_area: demand.home_area,
                    provider,
                    service: demand.service,
                    stage,
                    line: LineId::new(first_line.index() + stage.index()),
                    class,
                    pathway,
                    pool: self.pool(provider, demand.service, stage),
                });
            }
        }
    }

    /// Expected stays, loads and weights of a stream, as if nobody were ever sent on or refused.
    fn expect(
        &mut self,
        demand: &StreamDemand,
        route_of: &BTreeMap<ProviderId, RouteId>,
        per_day: f64,
        expected: &mut Expected,
    ) {
        let scenario = self.scenario;
        let service = &scenario.services[demand.service];
        let stream = StreamId::new(self.rows.len());
        let classes = service.class_shares().into_iter().filter(|&share| share > 0.0).collect::<Vec<_>>();
        for &chosen in route_of.values() {
            let share = self.routes[chosen].share;
            for (stage_id, stage) in service.stages.iter_ids() {
                let line = LineId::new(self.lines.first_line[demand.service].index() + stage_id.index());
                // Whoever is near home is where the stage near home was; one of them is as good as the other here.
                let home = || self.homes.iter().find(|((of, _), _)| *of == stream).map(|(_, &route)| route);
                let near = self.lines.near_home[line];
                let own = self.homes.get(&(stream, stage_id)).copied();
                let route = if near { own.or_else(home).unwrap_or(chosen) } else { chosen };
                let provider = self.routes[route].provider;
                let stays = per_day * share * expected.visits[line];
                let factor = &mut self.market_forces[line.index()];
                factor.0 += stays * scenario.providers[provider].market_forces_factor.as_f64();
                factor.1 += stays;
                let (Some(_), Some(first)) = (self.first_cells[chosen], self.first_cells[route]) else { continue };
                let stays = expected.in_scope_per_day[chosen] * expected.visits[line];
                let days = match &stage.away {
                    Some(away) if places::is_away(scenario, stage, demand.home_area, provider) => away.stay.mean(),
                    _ => expected.mean_stay_days[line],
                };
                let mut pools: Vec<(&str, f64)> =
                    stage.needs.iter().map(|need| (need.pool.as_str(), f64::from(need.places))).collect();
                let kept = stage.keeps.iter().filter(|kept| stage.needs.iter().all(|need| need.pool != **kept));
                pools.extend(kept.map(|kept| (kept.as_str(), 1.0)));
                for (name, places) in pools {
                    if let Some(pool) = self.pools.get(&(provider, name)) {
                        self.load[pool.index()] += stays * days * places;
                    }
                }
                for (position, class) in classes.iter().enumerate() {
                    let cell = first.index() + position * service.stages.len() + stage_id.index();
                    expected.stays_per_day[CellId::new(cell)] += stays * class;
                }
            }
        }
    }

    /// The pool whose list a stage's patients wait on at a provider.
    pub(super) fn pool(&self, provider: ProviderId, service: ServiceId, stage: StageId) -> PoolId {
        let name = self.scenario.services[service].stages[stage].pool();
        name.and_then(|name| self.pools.get(&(provider, name)).copied()).unwrap_or(self.no_pool)
    }

    fn phase(&self, profile: &Profile) -> u64 {
        match profile {
            Profile::Constant => 0,
            Profile::Piecewise { cycle, .. } | Profile::Sinusoidal { cycle, .. } => phase(self.scenario, cycle.0),
        }
    }

    fn shares(&self, demand: &StreamDemand) -> Vec<(ProviderId, f64)> {
        match &self.scenario.referral[demand.service] {
            Referral::Observed(areas) => areas
                .binary_search_by_key(&demand.home_area, |(area, _)| *area)
                .map(|place| areas[place].1.clone())
                .unwrap_or_default(),
            Referral::Choice { rule, on, attractions, .. } => {
                let travel = |provider| places::travel(self.scenario, *on, demand.home_area, provider);
                let alternatives: Vec<(f64, f64)> =
                    attractions.iter().map(|&(p, attraction)| (attraction, travel(p))).collect();
                let shares = choice_shares(*rule, &alternatives);
                attractions.iter().zip(shares).map(|(&(provider, _), share)| (provider, share)).collect()
            }
        }
    }

    /// The activity-weighted mean Market Forces Factor of each line.
    pub(super) fn mean_market_forces_factor(&self) -> IndexVec<LineId, f64> {
        let mean = |&(weighted, total): &(f64, f64)| if total > 0.0 { weighted / total } else { 1.0 };
        self.market_forces.iter().map(mean).collect()
    }
}
