//! From a validated scenario to a model.

use super::{
    AuditPlan, Calendar, CellPlan, ClassRows, Expected, InitialGroup, InitialSource, Intensity, Line, Model, PoolPlan,
    Route, Stream, UnderWay, fingerprint, kilometres,
};
use crate::domain::{
    Capacity, Class, Pool, Profile, Referral, StartingState, StreamDemand, TravelMeasure, WhenFull, choice_shares,
};
use crate::ids::{
    CellId, FlowId, HomeAreaId, Id, IndexVec, LineId, PathwayId, PickId, PoolId, ProviderId, RouteId, ServiceId,
    StageId, StreamId,
};
use crate::random::{MAX_ORDINAL, MAX_VISIT, Sampler, StreamKey};
use crate::scenario::Scenario;
use crate::theory::traffic;
use crate::units::{DAY, WEEK};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Longest simulated time in ticks, warm-up included: almost 35 years. The event list packs an instant into 40 bits.
pub const LONGEST: u64 = (1 << 40) - 2;

/// The most referrals in a week, and the most patients at the start: half of what the event list can number.
const MOST: f64 = MAX_ORDINAL as f64 / 2.0;

/// Why a valid scenario cannot be simulated.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum CompileError {
    /// More referrals in one week than the engine can hold.
    #[error(
        "{per_week:.3e} referrals a week are more than the engine can hold (8 million): scale the demand down or split the scenario"
    )]
    TooManyReferrals {
        /// Expected referrals a week.
        per_week: f64,
    },
    /// More patients at the start than the engine can hold.
    #[error(
        "{patients:.3e} patients at the start are more than the engine can hold (8 million): start empty, or scale the demand down"
    )]
    TooManyAtStart {
        /// Their expected number.
        patients: f64,
    },
    /// More stays of one kind than a cell can count.
    #[error(
        "{stays:.3e} stays of one home area at one provider in one stage are more than can be counted (2 thousand million): shorten the horizon"
    )]
    TooManyStays {
        /// The expected number of the largest cell.
        stays: f64,
    },
    /// A pool starts with patients whom no service can have brought.
    #[error(
        "pool `{pool}` of provider `{provider}` is to start with patients, but no service brings any to it: remove `occupied_at_start`"
    )]
    NobodyToPlace {
        /// The provider's id.
        provider: String,
        /// The pool's id.
        pool: String,
    },
    /// Two streams have the same address in the random numbers.
    #[error(
        "home area `{home_area}` and service `{service}` share their random numbers with another pair by accident: change one id"
    )]
    SameKey {
        /// The home area's id.
        home_area: String,
        /// The service's id.
        service: String,
    },
    /// A pathway whose traffic equations have no finite solution.
    #[error("patients of service `{service}` never leave its pathway")]
    Endless {
        /// The service's id.
        service: String,
    },
}

/// Compiles a scenario. Costs and commissioners stay behind.
///
/// # Errors
/// [`CompileError`], for sizes and accidents that only show when everything is put together.
pub fn compile(scenario: &Scenario, flow_rules: FlowId) -> Result<Model, CompileError> {
    let (lines, first_line, mut expected) = compile_lines(scenario)?;
    let mut compiler = Compiler {
        scenario,
        pools: pools_by_name(scenario),
        scope: Scope::new(scenario),
        no_pool: PoolId::new(scenario.pools.len()),
        first_line: &first_line,
        keys: BTreeSet::new(),
        streams: IndexVec::new(),
        routes: IndexVec::new(),
        thresholds: IndexVec::new(),
        first_cells: IndexVec::new(),
        cells: IndexVec::new(),
        load: vec![0.0; scenario.pools.len() + 1],
        market_forces: vec![(0.0, 0.0); lines.len()],
        initial: Vec::new(),
    };
    let mut demands: Vec<&StreamDemand> = scenario.demand.iter().collect();
    demands.sort_by_key(|demand| (demand.service, demand.home_area));
    let per_week: f64 = demands.iter().map(|demand| demand.per_day * demand.profile.mean() * 7.0).sum();
    if per_week > MOST {
        return Err(CompileError::TooManyReferrals { per_week });
    }
    for demand in demands {
        compiler.add_stream(demand, &mut expected)?;
    }
    compiler.add_given_occupancy(&expected)?;
    let at_start: f64 = compiler.initial.iter().map(InitialGroup::mean).sum();
    if at_start > MOST {
        return Err(CompileError::TooManyAtStart { patients: at_start });
    }
    let Compiler { streams, routes, thresholds, first_cells, cells, load, market_forces, initial, .. } = compiler;
    expected.offered_load = load.into();
    expected.mean_market_forces_factor =
        market_forces.iter().map(|&(weighted, total)| if total > 0.0 { weighted / total } else { 1.0 }).collect();

    let run = &scenario.run;
    let end = run.warm_up.0 + run.horizon.0;
    let per_week: f64 = streams.iter().map(|stream: &Stream| stream.intensity.largest_mean(end)).sum();
    if per_week > MOST {
        return Err(CompileError::TooManyReferrals { per_week });
    }
    let stays = expected.stays_per_day.iter().copied().fold(0.0, f64::max) * run.horizon.days();
    if stays > f64::from(u32::MAX) / 2.0 {
        return Err(CompileError::TooManyStays { stays });
    }
    let mut model = Model {
        flow_rules,
        classes: ClassRows {
            pathways: scenario.services.ids().map(|service| (service, None)).collect(),
            pools: IndexVec::new(),
        },
        rules: None,
        waiting: Vec::new(),
        origin: 1,
        seed: run.seed,
        warm_up: run.warm_up.0,
        end,
        calendar: Calendar::new(run.start, run.warm_up.0, end, run.periods),
        streams,
        routes,
        pick_cells: first_cells.iter().copied().collect(),
        thresholds: thresholds.iter().copied().collect(),
        first_cells,
        cell_pools: cells.iter().map(|cell| cell.pool).collect(),
        cell_streams: cells.iter().map(|cell| cell.stream).collect(),
        cells,
        lines,
        first_line,
        pools: pool_plans(scenario),
        initial,
        audits: audit_plan(scenario, &expected),
        expected,
        fingerprint: [0; 32],
    };
    model.fingerprint = fingerprint::of(&model);
    Ok(model)
}

type Lines = (IndexVec<LineId, Line>, IndexVec<ServiceId, LineId>, Expected);

fn compile_lines(scenario: &Scenario) -> Result<Lines, CompileError> {
    let mut lines = IndexVec::new();
    let mut first_line = IndexVec::new();
    let mut expected = Expected::default();
    for (service_id, service) in scenario.services.iter_ids() {
        first_line.push(LineId::new(lines.len()));
        let n = service.stages.len();
        let mut external = vec![0.0; n];
        external[0] = 1.0;
        let mut routing = vec![vec![0.0; n]; n];
        for (stage_id, stage) in service.stages.iter_ids() {
            let mut cumulative = 0.0;
            let mut next = Vec::new();
            for branch in &stage.next {
                cumulative += branch.probability;
                next.push((threshold(cumulative), branch.stage));
                routing[stage_id.index()][branch.stage.index()] += branch.probability;
            }
            let stationary = service.starting_state == StartingState::Stationary || has_given_occupancy(scenario);
            lines.push(Line {
                service: service_id,
                stage: stage_id,
                pathway: PathwayId::new(service_id.index()),
                stay: Sampler::compile(&stage.stay, DAY as f64),
                under_way: stationary
                    .then(|| UnderWay { rest: Sampler::residual(&stage.stay, DAY as f64), law: stage.stay.clone() }),
                next,
                standard: stage.wait_standard.map_or(u64::MAX, |ticks| ticks.0),
                trim: stage.trim_point.map_or(u64::MAX, |ticks| ticks.0),
            });
            expected.mean_stay_days.push(stage.stay.mean());
        }
        let endless = || CompileError::Endless { service: service.id.clone() };
        let visits = traffic::solve(&external, &routing).map_err(|_| endless())?;
        if visits.iter().sum::<f64>() > f64::from(MAX_VISIT) / 100.0 {
            return Err(endless());
        }
        for visit in visits {
            expected.visits.push(visit);
        }
    }
    Ok((lines, first_line, expected))
}

fn has_given_occupancy(scenario: &Scenario) -> bool {
    scenario.pools.iter().any(|pool| pool.occupied_at_start.is_some())
}

/// A probability as the threshold of a random word.
fn threshold(cumulative: f64) -> u64 {
    (cumulative * 18_446_744_073_709_551_616.0) as u64
}

fn pools_by_name(scenario: &Scenario) -> BTreeMap<(ProviderId, &str), PoolId> {
    scenario.pools.iter_ids().map(|(id, pool)| ((pool.provider, pool.id.as_str()), id)).collect()
}

fn pool_plans(scenario: &Scenario) -> IndexVec<PoolId, PoolPlan> {
    let plan = |pool: &Pool| PoolPlan {
        capacity: match pool.capacity {
            Capacity::Places(places) => places,
            Capacity::Unlimited => u32::MAX,
        },
        refuses: pool.when_full == WhenFull::Refuse,
        given_start: pool.occupied_at_start.is_some(),
    };
    let hidden = PoolPlan { capacity: u32::MAX, refuses: false, given_start: false };
    scenario.pools.iter().map(plan).chain([hidden]).collect()
}

fn audit_plan(scenario: &Scenario, expected: &Expected) -> AuditPlan {
    let largest = |(id, load): (PoolId, &f64)| {
        let reach = load + 8.0 * load.sqrt() + 20.0;
        match scenario.pools.get(id).map(|pool| pool.capacity) {
            Some(Capacity::Places(places)) => reach.max(f64::from(places) + 20.0).min(1e5) as u32,
            _ => reach.min(1e5) as u32,
        }
    };
    AuditPlan {
        occupancy_every: scenario.audits.occupancy_every.map(|ticks| ticks.0),
        largest: expected.offered_load.iter_ids().map(largest).collect(),
        profile: scenario.audits.profile.map(|(cycle, every)| (every.0, (cycle.0 / every.0) as u32)),
    }
}

/// Which routes a scope keeps: every patient of its providers, and every resident of their host ICBs.
struct Scope {
    everything: bool,
    home_areas: IndexVec<HomeAreaId, bool>,
}

impl Scope {
    fn new(scenario: &Scenario) -> Self {
        let hosts: BTreeSet<_> = scenario.providers.iter().filter(|p| p.in_scope).filter_map(|p| p.host_icb).collect();
        Self {
            everything: !scenario.scoped,
            home_areas: scenario.geography.home_areas.iter().map(|area| hosts.contains(&area.icb)).collect(),
        }
    }
}

struct Compiler<'a> {
    scenario: &'a Scenario,
    pools: BTreeMap<(ProviderId, &'a str), PoolId>,
    scope: Scope,
    no_pool: PoolId,
    first_line: &'a IndexVec<ServiceId, LineId>,
    keys: BTreeSet<u64>,
    streams: IndexVec<StreamId, Stream>,
    routes: IndexVec<RouteId, Route>,
    thresholds: IndexVec<RouteId, u64>,
    first_cells: IndexVec<RouteId, Option<CellId>>,
    cells: IndexVec<CellId, CellPlan>,
    load: Vec<f64>,
    /// By line: market forces factor weighted by activity, and activity.
    market_forces: Vec<(f64, f64)>,
    initial: Vec<InitialGroup>,
}

impl Compiler<'_> {
    fn add_stream(&mut self, demand: &StreamDemand, expected: &mut Expected) -> Result<(), CompileError> {
        let scenario = self.scenario;
        let (area, service) = (&scenario.geography.home_areas[demand.home_area], &scenario.services[demand.service]);
        let key = StreamKey::of(&[&area.id, &service.id]);
        if !self.keys.insert(key.value()) {
            return Err(CompileError::SameKey { home_area: area.id.clone(), service: service.id.clone() });
        }
        let stream = StreamId::new(self.streams.len());
        let first_route = RouteId::new(self.routes.len());
        let per_day = demand.per_day * demand.profile.mean();
        let first_line = self.first_line[demand.service];
        let mut cumulative = 0.0;
        let shares = self.shares(demand);
        for (i, &(provider_id, share)) in shares.iter().enumerate() {
            cumulative += share;
            let provider = &scenario.providers[provider_id];
            let in_scope = self.scope.everything || provider.in_scope || self.scope.home_areas[demand.home_area];
            let first_cell = in_scope.then(|| CellId::new(self.cells.len()));
            let route = self.routes.push(Route {
                stream,
                provider: provider_id,
                share,
                km: self.km(demand.home_area, provider_id),
            });
            self.thresholds.push(if i + 1 == shares.len() { u64::MAX } else { threshold(cumulative) });
            self.first_cells.push(first_cell);
            expected.referrals_per_day.push(per_day * share);
            for stage_id in service.stages.ids() {
                let line = LineId::new(first_line.index() + stage_id.index());
                let stays = per_day * share * expected.visits[line];
                let factor = &mut self.market_forces[line.index()];
                factor.0 += stays * provider.market_forces_factor.as_f64();
                factor.1 += stays;
                if !in_scope {
                    continue;
                }
                let pool = self.pool(provider_id, demand.service, stage_id);
                self.load[pool.index()] += stays * expected.mean_stay_days[line];
                expected.stays_per_day.push(stays);
                self.cells.push(CellPlan {
                    route,
                    stream,
                    home_area: demand.home_area,
                    provider: provider_id,
                    service: demand.service,
                    stage: stage_id,
                    line,
                    class: Class::default(),
                    pathway: PathwayId::new(demand.service.index()),
                    pool,
                });
            }
        }
        let any_in_scope = self.first_cells.as_slice()[first_route.index()..].iter().any(Option::is_some);
        self.streams.push(Stream {
            home_area: demand.home_area,
            service: demand.service,
            key,
            intensity: Intensity::new(demand.per_day / DAY as f64, &demand.profile, self.phase(&demand.profile)),
            first_route,
            routes: shares.len() as u32,
            first_pick: PickId::new(first_route.index()),
            picks: shares.len() as u32,
            in_scope: any_in_scope,
        });
        if service.starting_state == StartingState::Stationary && any_in_scope {
            for stage in service.stages.ids() {
                let line = LineId::new(first_line.index() + stage.index());
                let mean = per_day * expected.visits[line] * expected.mean_stay_days[line];
                // A key of its own, so that one stage's stay moves nobody who starts in another.
                let key = StreamKey::of(&[&area.id, &service.id, &service.stages[stage].id]);
                if !self.keys.insert(key.value()) {
                    return Err(CompileError::SameKey { home_area: area.id.clone(), service: service.id.clone() });
                }
                self.initial.push(InitialGroup { key, source: InitialSource::Stationary { stream, stage, mean } });
            }
        }
        Ok(())
    }

    /// The pool that a stage seizes at a provider; validation has made sure that it exists.
    fn pool(&self, provider: ProviderId, service: ServiceId, stage: StageId) -> PoolId {
        let name = self.scenario.services[service].stages[stage].pool();
        name.and_then(|name| self.pools.get(&(provider, name)).copied()).unwrap_or(self.no_pool)
    }

    /// Ticks of a profile's cycle that have passed at tick zero.
    fn phase(&self, profile: &Profile) -> u64 {
        let cycle = match profile {
            Profile::Constant => return 0,
            Profile::Piecewise { cycle, .. } | Profile::Sinusoidal { cycle, .. } => cycle.0,
        };
        let weekday = self.scenario.run.start.weekday().to_monday_zero_offset().unsigned_abs();
        let at_start = if WEEK.is_multiple_of(cycle) { u64::from(weekday) * DAY % cycle } else { 0 };
        (at_start + cycle - self.scenario.run.warm_up.0 % cycle) % cycle
    }

    fn km(&self, area: HomeAreaId, provider: ProviderId) -> Option<f64> {
        let stated = self.scenario.travel.get(&(area, provider)).and_then(|travel| travel.1);
        stated.or_else(|| {
            kilometres(self.scenario.geography.home_areas[area].position, self.scenario.providers[provider].position)
        })
    }

    fn shares(&self, demand: &StreamDemand) -> Vec<(ProviderId, f64)> {
        match &self.scenario.referral[demand.service] {
            Referral::Observed(areas) => areas
                .binary_search_by_key(&demand.home_area, |(area, _)| *area)
                .map(|place| areas[place].1.clone())
                .unwrap_or_default(),
            Referral::Choice { rule, on, attractions, .. } => {
                let travel = |provider: ProviderId| match on {
                    TravelMeasure::Km => self.km(demand.home_area, provider),
                    TravelMeasure::Minutes => {
                        self.scenario.travel.get(&(demand.home_area, provider)).and_then(|travel| travel.0)
                    }
                };
                let alternatives: Vec<(f64, f64)> =
                    attractions.iter().map(|&(p, attraction)| (attraction, travel(p).unwrap_or(0.0))).collect();
                let shares = choice_shares(*rule, &alternatives);
                attractions.iter().zip(shares).map(|(&(provider, _), share)| (provider, share)).collect()
            }
        }
    }

    /// Pools whose occupancy is given start with patients of the streams that load them, in proportion.
    fn add_given_occupancy(&mut self, expected: &Expected) -> Result<(), CompileError> {
        if !has_given_occupancy(self.scenario) {
            return Ok(());
        }
        let mut by_pool: Vec<Vec<(CellId, f64)>> = vec![Vec::new(); self.load.len()];
        for (id, cell) in self.cells.iter_ids() {
            let load = expected.stays_per_day[id] * expected.mean_stay_days[cell.line];
            if load > 0.0 {
                by_pool[cell.pool.index()].push((id, load));
            }
        }
        for (pool_id, pool) in self.scenario.pools.iter_ids() {
            let Some(number) = pool.occupied_at_start.filter(|&number| number > 0) else { continue };
            let loads = std::mem::take(&mut by_pool[pool_id.index()]);
            let total: f64 = loads.iter().map(|(_, load)| load).sum();
            let mut cumulative = 0.0;
            let mut cells: Vec<(u64, CellId)> = Vec::with_capacity(loads.len());
            for (cell, load) in loads {
                cumulative += load / total;
                cells.push((threshold(cumulative), cell));
            }
            let provider = &self.scenario.providers[pool.provider].id;
            let Some(last) = cells.last_mut() else {
                return Err(CompileError::NobodyToPlace { provider: provider.clone(), pool: pool.id.clone() });
            };
            last.0 = u64::MAX;
            let key = StreamKey::of(&["pool", provider, &pool.id]);
            self.initial.push(InitialGroup { key, source: InitialSource::Given { number, cells } });
        }
        Ok(())
    }
}
