//! The rules beyond one first-come list a pool, as columns; nothing where a scenario has none.

mod rings;

use super::streams::Streams;
use super::under_way::{Want, wants};
use super::{changes, places, threshold, thresholds};
use crate::domain::{
    AtClose, CalendarPattern, Class, ListOrder, Next, Overflow, Pool, Preemption, Referral, ReservationKind, Service,
    Stage, StageSite, WhenFull, utility,
};
use crate::ids::{ClassRowId, HomeAreaId, Id, IndexVec, PoolId, RingId, RouteId, StreamId};
use crate::model::{
    CellPlan, CellRules, Change, Expected, Holding, LineRules, PoolRules, ReturnRule, Rules, ServiceRules, UnderWay,
};
use crate::random::Sampler;
use crate::units::DAY;
use rings::RingKey;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

type ClassRows = IndexVec<ClassRowId, (PoolId, Class)>;

/// Compiles all rules; nothing if every pool is one first-come list.
pub(super) fn compile(streams: &Streams<'_>, expected: &Expected, changes: Vec<Change>) -> Option<(Rules, ClassRows)> {
    let mut compiler = Compiler { streams, rules: Rules { changes, ..Rules::default() }, rings: BTreeMap::new() };
    compiler.holdings();
    let governed = compiler.governed();
    if !governed.contains(&true) && !compiler.services_have_rules() {
        return None;
    }
    let class_rows = compiler.pools(expected, &governed);
    compiler.lines();
    compiler.services();
    compiler.cells(&governed);
    compiler.pool_rings();
    compiler.rises();
    compiler.utilities();
    Some((compiler.rules, class_rows))
}

struct Compiler<'a> {
    streams: &'a Streams<'a>,
    rules: Rules,
    rings: BTreeMap<RingKey, RingId>,
}

impl<'a> Compiler<'a> {
    fn service(&self, cell: &CellPlan) -> &'a Service {
        &self.streams.scenario.services[cell.service]
    }

    fn stage(&self, cell: &CellPlan) -> &'a Stage {
        &self.service(cell).stages[cell.stage]
    }

    /// What each cell needs and keeps, with everything else of it still to be filled in.
    fn holdings(&mut self) {
        let streams = self.streams;
        for cell in &streams.cells {
            let (service, stage) = (self.service(cell), self.stage(cell));
            let from = self.rules.holdings.len() as u32;
            for Want { pool, places, needed, kept } in wants(service, stage) {
                let Some(&pool) = streams.pools.get(&(cell.provider, pool)) else { continue };
                let (leave_free, fence) = reserved(streams, pool, cell.home_area);
                self.rules.holdings.push(Holding { pool, places, leave_free, fence, needed, kept });
            }
            let holdings = from..self.rules.holdings.len() as u32;
            self.rules.cells.push(CellRules {
                governed: false,
                holdings,
                candidates: 0..0,
                ring: RingId::new(0),
                when_full: self.when_full(cell),
                class: cell.class,
                away: self.away(cell),
            });
        }
    }

    fn when_full(&self, cell: &CellPlan) -> WhenFull {
        let pool = self.streams.scenario.pools.get(cell.pool).map_or(WhenFull::Wait, |pool| pool.when_full);
        self.stage(cell).when_full.unwrap_or(pool)
    }

    fn away(&self, cell: &CellPlan) -> bool {
        places::is_away(self.streams.scenario, self.stage(cell), cell.home_area, cell.provider)
    }

    fn of(&self, cell: &CellRules) -> &[Holding] {
        &self.rules.holdings[range(&cell.holdings)]
    }

    /// Pools that are more than one first-come list.
    fn governed(&self) -> Vec<bool> {
        let streams = self.streams;
        let scenario = streams.scenario;
        let changing: BTreeSet<PoolId> = self.rules.changes.iter().map(|change| change.pool).collect();
        let mut governed = vec![false; scenario.pools.len() + 1];
        for (id, pool) in scenario.pools.iter_ids() {
            governed[id.index()] = changing.contains(&id)
                || pool.calendar.is_some()
                || pool.list_limit.is_some()
                || pool.order != ListOrder::Joined
                || pool.preemption != Preemption::Never
                || !pool.reservations.is_empty();
        }
        for (cell, rules) in streams.cells.iter().zip(&self.rules.cells) {
            let service = self.service(cell);
            let stage = self.stage(cell);
            let own = scenario.pools.get(cell.pool).map(|pool| pool.when_full);
            let special = stage.patience.iter().any(Option::is_some)
                || !stage.rises.is_empty()
                || stage.needs.len() > 1
                || stage.needs.iter().any(|need| need.places != 1)
                // Places of another pool are given back when the stay in this one ends.
                || self.of(rules).iter().any(|holding| !holding.needed)
                || stage.when_full.is_some_and(|rule| Some(rule) != own)
                || service.returns.is_some()
                || service.classes.is_some()
                || stage.away.is_some()
                || self.transfers(cell);
            // Places that a stage afterwards keeps, or that patients block.
            let after = |&Next { stage: to, .. }: &Next| {
                let next = &service.stages[to];
                next.when_full == Some(WhenFull::Block)
                    || next.site == StageSite::NearHome
                    || stage.needs.iter().any(|need| next.keeps.contains(&need.pool))
                    || stage.keeps.iter().any(|kept| next.keeps.contains(kept))
            };
            if special || stage.next.iter().any(after) {
                for holding in self.of(rules) {
                    governed[holding.pool.index()] = true;
                }
                governed[cell.pool.index()] = true;
            }
        }
        governed
    }

    /// Whether patients of a cell may go to another provider.
    fn transfers(&self, cell: &CellPlan) -> bool {
        self.stage(cell).transfers && self.streams.rule(cell.service).sends_on(cell.class)
    }

    fn services_have_rules(&self) -> bool {
        let scenario = self.streams.scenario;
        let reacts = |referral: &Referral| matches!(referral, Referral::Choice { wait_decay, .. } if *wait_decay > 0.0);
        scenario.services.iter().any(|service| service.batches.len() > 1 || service.classes.is_some())
            || scenario.referral.iter().any(reacts)
            || !self.streams.homes.is_empty()
    }

    fn pools(&mut self, expected: &Expected, governed: &[bool]) -> ClassRows {
        let streams = self.streams;
        let scenario = streams.scenario;
        let mut classes: Vec<BTreeSet<Class>> = vec![BTreeSet::new(); governed.len()];
        let mut stated = vec![false; governed.len()];
        let mut stays = vec![0.0; governed.len()];
        for (id, cell) in streams.cells.iter_ids() {
            for holding in self.of(&self.rules.cells[id]).iter().filter(|holding| holding.needed) {
                let pool = holding.pool.index();
                classes[pool].insert(cell.class);
                stated[pool] |= self.service(cell).classes.is_some();
                stays[pool] += expected.stays_per_day[id];
            }
        }
        let mut rows = ClassRows::new();
        for (i, &governed) in governed.iter().enumerate() {
            let pool = scenario.pools.get(PoolId::new(i));
            let mut class_rows = [None; 3];
            if governed && stated[i] {
                for &class in &classes[i] {
                    class_rows[class.index()] = Some(rows.push((PoolId::new(i), class)));
                }
            }
            let load = expected.offered_load[PoolId::new(i)];
            self.rules.pools.push(PoolRules {
                governed,
                rings: 0..0,
                list_limit: pool.and_then(|pool| pool.list_limit).unwrap_or(u32::MAX),
                preemption: pool.map_or(Preemption::Never, |pool| pool.preemption),
                provider: pool.map(|pool| pool.provider),
                overtaking: pool.is_some_and(|pool| pool.overtaking),
                at_close: pool.map_or(AtClose::Finish, |pool| pool.at_close),
                tracks_places: pool
                    .is_some_and(|pool| pool.preemption != Preemption::Never || pool.at_close != AtClose::Finish),
                sessions: pool.and_then(|pool| pool.calendar.as_ref()).map_or(0, |calendar| match &calendar.pattern {
                    CalendarPattern::Sessions(sessions) => sessions.len() as u32,
                    CalendarPattern::Steps(_) => 0,
                }),
                fences: pool.map_or_else(Vec::new, |pool| {
                    let rows = pool.reservations.iter().filter(|row| row.kind == ReservationKind::RingFence);
                    rows.filter(|row| row.flow_rules.is_none_or(|set| set == streams.flow_rules))
                        .map(|row| row.places)
                        .collect()
                }),
                class_rows,
                // A slot of a session holds nothing up: places are slots a tick there.
                mean_hold: if pool.is_some_and(has_sessions) {
                    1.0
                } else if stays[i] > 0.0 {
                    load / stays[i] * DAY as f64
                } else {
                    0.0
                },
                mean_places: pool.map_or(f64::INFINITY, changes::mean_places),
            });
        }
        rows
    }

    fn lines(&mut self) {
        for line in &self.streams.lines.rows {
            let stage = &self.streams.scenario.services[line.service].stages[line.stage];
            let mut homes: Vec<(StreamId, RouteId)> = Vec::new();
            if stage.site == StageSite::NearHome {
                let of_stage = self.streams.homes.iter().filter(|((stream, at), _)| {
                    *at == line.stage && self.streams.rows[*stream].service == line.service
                });
                homes.extend(of_stage.map(|((stream, _), &route)| (*stream, route)));
            }
            self.rules.lines.push(LineRules {
                patience: stage.patience.each_ref().map(|law| Some(Sampler::compile(law.as_ref()?, DAY as f64))),
                away: stage.away.as_ref().map(|away| Sampler::compile(&away.stay, DAY as f64)),
                away_under_way: stage
                    .away
                    .as_ref()
                    .filter(|_| line.under_way.is_some())
                    .map(|away| UnderWay { rest: Sampler::residual(&away.stay, DAY as f64), law: away.stay.clone() }),
                near_home: stage.site == StageSite::NearHome,
                homes,
            });
        }
    }

    fn services(&mut self) {
        let scenario = self.streams.scenario;
        for (id, service) in scenario.services.iter_ids() {
            let shares: Vec<f64> = service.class_shares().into_iter().filter(|&share| share > 0.0).collect();
            let wait_decay = match &scenario.referral[id] {
                Referral::Choice { wait_decay, .. } => wait_decay / DAY as f64,
                Referral::Observed(_) => 0.0,
            };
            self.rules.services.push(ServiceRules {
                class_thresholds: if shares.len() > 1 { thresholds(&shares) } else { Vec::new() },
                batch_thresholds: if service.batches.len() > 1 { thresholds(&service.batches) } else { Vec::new() },
                returns: service.returns.as_ref().map(|returns| ReturnRule {
                    threshold: threshold(returns.share),
                    after: Sampler::compile(&returns.after, DAY as f64),
                    at_most: returns.at_most,
                }),
                wait_decay,
            });
        }
    }

    fn cells(&mut self, governed: &[bool]) {
        let streams = self.streams;
        let mut nearest: IndexVec<StreamId, Range<u32>> = IndexVec::new();
        for routes in &streams.nearest {
            nearest.push(self.add_candidates(routes));
        }
        let mut listed: BTreeMap<RouteId, Range<u32>> = BTreeMap::new();
        for (id, cell) in streams.cells.iter_ids() {
            let candidates = if !self.transfers(cell) {
                0..0
            } else if streams.rule(cell.service).overflow == Overflow::Nearest {
                nearest[cell.stream].clone()
            } else if let Some(range) = listed.get(&cell.route) {
                range.clone()
            } else {
                let range = self.add_candidates(&self.listed(cell));
                listed.insert(cell.route, range.clone());
                range
            };
            let used = governed[cell.pool.index()]
                || self.of(&self.rules.cells[id]).iter().any(|holding| governed[holding.pool.index()]);
            let rules = &mut self.rules.cells[id];
            rules.candidates = candidates;
            rules.governed = used;
        }
        // Rings look at the candidates' cells, so those come first.
        for id in streams.cells.ids() {
            let ring = self.ring(id);
            self.rules.cells[id].ring = ring;
        }
    }

    fn add_candidates(&mut self, routes: &[RouteId]) -> Range<u32> {
        let from = self.rules.candidates.len() as u32;
        self.rules.candidates.extend(routes.iter().filter(|&&route| self.streams.first_cells[route].is_some()));
        from..self.rules.candidates.len() as u32
    }

    fn listed(&self, cell: &CellPlan) -> Vec<RouteId> {
        let stream = &self.streams.rows[cell.stream];
        let routes = stream.first_route.index()..stream.first_route.index() + stream.routes as usize;
        let route_of =
            |provider| routes.clone().map(RouteId::new).find(|&route| self.streams.routes[route].provider == provider);
        let providers = self.streams.listed_from(cell.service, cell.home_area, cell.provider);
        providers.into_iter().filter_map(route_of).collect()
    }

    /// Utilities of the providers among which a choice that looks at waits is made.
    fn utilities(&mut self) {
        let streams = self.streams;
        let scenario = streams.scenario;
        for route in &streams.routes {
            let stream = &streams.rows[route.stream];
            let value = match &scenario.referral[stream.service] {
                Referral::Choice { rule, on, attractions, wait_decay } if *wait_decay > 0.0 && route.share > 0.0 => {
                    attractions.iter().find(|(provider, _)| *provider == route.provider).map(
                        |&(provider, attraction)| {
                            utility(*rule, attraction, places::travel(scenario, *on, stream.home_area, provider))
                        },
                    )
                }
                _ => None,
            };
            self.rules.utilities.push(value.unwrap_or(f64::NEG_INFINITY));
        }
    }
}

/// Free places of a pool that patients of a home area must leave to others, and the ring-fence that is theirs.
fn reserved(streams: &Streams<'_>, pool: PoolId, area: HomeAreaId) -> (u32, Option<u32>) {
    let rows = streams.scenario.pools[pool].reservations.iter();
    let rows = rows.filter(|row| row.flow_rules.is_none_or(|set| set == streams.flow_rules));
    let (mut leave_free, mut fence, mut fences) = (0, None, 0);
    for row in rows {
        let admitted = row.home_areas.binary_search(&area).is_ok();
        match row.kind {
            ReservationKind::LastFree if !admitted => leave_free = leave_free.max(row.places),
            ReservationKind::LastFree => {}
            ReservationKind::RingFence => {
                if admitted && fence.is_none() {
                    fence = Some(fences);
                }
                fences += 1;
            }
        }
    }
    (leave_free, fence)
}

fn has_sessions(pool: &Pool) -> bool {
    pool.calendar.as_ref().is_some_and(|calendar| matches!(calendar.pattern, CalendarPattern::Sessions(_)))
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
