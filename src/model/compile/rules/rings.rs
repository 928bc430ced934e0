//! Queues of patients who want the same places under the same rules, and the pools whose places they want.

use super::{Compiler, range};
use crate::domain::{ListOrder, Rise, RiseWhen, WaitingList};
use crate::ids::{CellId, Id, PoolId, RingId, RouteId};
use crate::model::compile::streams::Streams;
use crate::model::{CellPlan, PoolRing, Ring};
use std::collections::BTreeMap;

/// What patients of one ring have in common: places that they need, with reserves (own first, then those of a shared
/// list), class, rises, order.
pub(super) type RingKey = (Vec<Vec<Need>>, usize, Vec<(usize, bool, u64)>, bool);
/// Pool, places, free places to leave, fence, whether kept.
type Need = (PoolId, u32, u32, Option<u32>, bool);

impl Compiler<'_> {
    pub(super) fn ring(&mut self, id: CellId) -> RingId {
        let streams = self.streams;
        let cell = &streams.cells[id];
        let rules = &self.rules.cells[id];
        let mut cells = vec![id];
        if self.transfers(cell) && streams.rule(cell.service).list == WaitingList::Shared {
            let others = self.rules.candidates[range(&rules.candidates)].iter().filter(|&&route| route != cell.route);
            let mut targets: Vec<CellId> = others.filter_map(|&route| self.same_stage(cell, route)).collect();
            // On a shared list the order of the pools means nothing, so patients of all its providers share rings.
            targets.push(id);
            targets.sort();
            cells = targets;
        }
        let needs: Vec<Vec<Need>> = cells.iter().map(|&cell| self.needs(cell)).collect();
        let stage = self.stage(cell);
        let by_breach = streams.scenario.pools.get(cell.pool).is_some_and(|pool| pool.order == ListOrder::BreachDate);
        let rises: Vec<Rise> = stage.rises.clone();
        let rise_key = rises.iter().map(|rise| match rise.when {
            RiseWhen::Waited(ticks) => (rise.to.index(), false, ticks.0),
            RiseWhen::BeforeBreach(ticks) => (rise.to.index(), true, ticks.0),
        });
        let key: RingKey = (needs, cell.class.index(), rise_key.collect(), by_breach);
        if let Some(&ring) = self.rings.get(&key) {
            return ring;
        }
        let mut pools: Vec<PoolId> = cells.iter().map(|&cell| streams.cells[cell].pool).collect();
        pools.dedup();
        let ring = self.rules.rings.push(Ring {
            shared: pools.len() > 1,
            pools,
            class: cell.class,
            rises,
            by_breach,
            rise_opens: false,
        });
        self.rings.insert(key, ring);
        ring
    }

    /// The cell of the same class and stage at another of the stream's providers.
    fn same_stage(&self, cell: &CellPlan, route: RouteId) -> Option<CellId> {
        let own = self.streams.first_cells[cell.route]?;
        let other = self.streams.first_cells[route]?;
        let first = streams_cell(self.streams, cell);
        Some(CellId::new(other.index() + first.index() - own.index()))
    }

    fn needs(&self, cell: CellId) -> Vec<Need> {
        let holdings = self.of(&self.rules.cells[cell]);
        let needed = holdings.iter().filter(|holding| holding.needed);
        needed.map(|h| (h.pool, h.places, h.leave_free, h.fence, h.kept)).collect()
    }

    /// Lists for each pool the rings that ask for its places.
    pub(super) fn pool_rings(&mut self) {
        let mut of_pool: Vec<BTreeMap<RingId, bool>> = vec![BTreeMap::new(); self.rules.pools.len()];
        for ((needs, ..), &ring) in &self.rings {
            for own in needs {
                for (i, &(pool, ..)) in own.iter().enumerate() {
                    *of_pool[pool.index()].entry(ring).or_default() |= i == 0;
                }
            }
        }
        for (pool, rings) in self.rules.pools.iter_mut().zip(of_pool) {
            let from = self.rules.pool_rings.len() as u32;
            self.rules.pool_rings.extend(rings.into_iter().map(|(ring, primary)| PoolRing { ring, primary }));
            pool.rings = from..self.rules.pool_rings.len() as u32;
        }
    }

    /// Which rings have patients whose rise may open a place: those on the list of a pool without overtaking where somebody may
    /// need more than one place. Only then are places free while the first waits.
    pub(super) fn rises(&mut self) {
        let pools = &self.rules.pools;
        let mut stalls = vec![false; pools.len()];
        for (needs, ..) in self.rings.keys() {
            for own in needs {
                if let [(pool, places, ..), rest @ ..] = &own[..] {
                    stalls[pool.index()] |= *places > 1 || !rest.is_empty();
                }
            }
        }
        let opens = |&pool: &PoolId| stalls[pool.index()] && !pools[pool].overtaking && pools[pool].sessions == 0;
        for ring in &mut self.rules.rings {
            ring.rise_opens = !ring.rises.is_empty() && ring.pools.iter().any(opens);
        }
    }
}

/// The id of a cell, from its place in the table of its stream.
fn streams_cell(streams: &Streams<'_>, cell: &CellPlan) -> CellId {
    let service = &streams.scenario.services[cell.service];
    let position = service.classes_present().iter().position(|&class| class == cell.class).unwrap_or(0);
    let first = streams.first_cells[cell.route].map_or(0, Id::index);
    CellId::new(first + position * service.stages.len() + cell.stage.index())
}
