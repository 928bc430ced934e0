//! Waiting lists of governed pools: joining, leaving, and who is next when places become free.

use super::Run;
use super::governance::{Head, NO_EVENT};
use super::governed::{Fit, holdings};
use super::rings;
use super::state::{NOBODY, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::ids::{CellId, Id, PoolId, RingId};
use crate::model::{PoolRing, Rules};

fn rings_of(rules: &Rules, pool: PoolId) -> &[PoolRing] {
    let range = &rules.pools[pool].rings;
    &rules.pool_rings[range.start as usize..range.end as usize]
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// A patient joins the waiting list of the present cell. Whoever joins the tail of a long one has no row afterwards.
    pub(super) fn join_list(&mut self, rules: &Rules, now: u64, slot: u32) {
        let pool = self.work.patients.get(slot).pool;
        self.settle(now, pool);
        self.work.pools[pool.index()].waiting += 1;
        let cell = self.work.patients.get(slot).cell;
        self.work.governance.pools[pool.index()].classes[rules.cells[cell].class.index()].waiting += 1;
        self.work.patients.get_mut(slot).whereabouts = Whereabouts::Waiting;
        self.extra_mut(slot).due = NO_EVENT;
        self.note(now, slot, EventKind::Waits);
        self.enter_ring(rules, slot);
    }

    fn enter_ring(&mut self, rules: &Rules, slot: u32) {
        let ring = rules.cells[self.work.patients.get(slot).cell].ring;
        if self.join_ring_tail(ring, slot) {
            return;
        }
        let governance = &mut self.work.governance;
        let (patients, extras) = (&mut self.work.patients, &mut governance.extras);
        governance.rings[ring.index()].insert(slot, &mut governance.tickets, patients, extras);
    }

    /// A patient who waits or blocks leaves the list, for a place or for good.
    pub(super) fn leave_list(&mut self, rules: &Rules, now: u64, slot: u32) {
        let patient = *self.work.patients.get(slot);
        let plan = &rules.cells[patient.cell];
        let governance = &mut self.work.governance;
        governance.rings[plan.ring.index()].remove(slot, &mut self.work.patients, &mut governance.extras);
        self.refill_ring(plan.ring);
        self.extra_mut(slot).due = NO_EVENT;
        if patient.whereabouts == Whereabouts::Blocked {
            return self.count_blocked(rules, now, slot, false);
        }
        self.settle(now, patient.pool);
        self.work.pools[patient.pool.index()].waiting -= 1;
        self.work.governance.pools[patient.pool.index()].classes[plan.class.index()].waiting -= 1;
    }

    /// A patient stays where the stay is over.
    pub(super) fn block(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.work.patients.get_mut(slot).whereabouts = Whereabouts::Blocked;
        self.extra_mut(slot).due = NO_EVENT;
        self.count_blocked(rules, now, slot, true);
        self.enter_ring(rules, slot);
        self.note(now, slot, EventKind::Blocks);
        self.exchange(rules, now, slot);
    }

    /// Counts a patient's places as blocked, or no longer.
    fn count_blocked(&mut self, rules: &Rules, now: u64, slot: u32, begins: bool) {
        let extra = *self.extra(slot);
        let class = rules.cells[extra.held].class.index();
        for (i, holding) in holdings(rules, extra.held).iter().enumerate() {
            if extra.mask & 1 << i == 0 {
                continue;
            }
            self.settle(now, holding.pool);
            let pool = &mut self.work.governance.pools[holding.pool.index()];
            if begins {
                pool.blocked += holding.places;
                pool.classes[class].blocked += holding.places;
                pool.blocking.push(slot);
            } else {
                pool.blocked -= holding.places;
                pool.classes[class].blocked -= holding.places;
                pool.blocking.retain(|&other| other != slot);
            }
        }
    }

    /// Gives the places that have become free to those who wait, until nobody is left who fits.
    pub(super) fn fill_freed(&mut self, rules: &Rules, now: u64) {
        let mut next = 0;
        while let Some(&pool) = self.work.governance.freed.get(next) {
            next += 1;
            self.fill_governed(rules, now, pool);
        }
        self.work.governance.freed.clear();
    }

    fn fill_governed(&mut self, rules: &Rules, now: u64, pool: usize) {
        if !self.work.pools[pool].governed {
            return self.fill(now, pool);
        }
        let pool = PoolId::new(pool);
        while self.admit_next(rules, now, pool) {}
    }

    /// Admits the first who fits, in order; false if there is none.
    fn admit_next(&mut self, rules: &Rules, now: u64, pool: PoolId) -> bool {
        let state = &self.work.pools[pool.index()];
        let plan = &rules.pools[pool];
        if state.is_full() && plan.sessions == 0 {
            return false;
        }
        let mut heads = std::mem::take(&mut self.work.governance.heads);
        self.gather(rules, now, pool, &mut heads);
        let mut admitted = false;
        for head in &heads {
            let Some(cell) = self.cell_at(rules, pool, head) else { continue };
            match self.fit(rules, now, head.slot, cell) {
                // A place of one more resource is no reason to pass those who are before on the list itself.
                Fit::Yes if !head.primary && self.would_overtake(rules, now, head.slot, cell) => {}
                Fit::Yes => {
                    self.admit(rules, now, head.slot, cell);
                    admitted = true;
                    break;
                }
                Fit::Reserved => {}
                Fit::Short => {
                    let blocks = self.work.patients.get(head.slot).whereabouts == Whereabouts::Blocked;
                    if head.primary && !plan.overtaking && !blocks {
                        break;
                    }
                }
            }
        }
        self.work.governance.heads = heads;
        admitted
    }

    /// The heads of the rings that ask for a pool's places, in the order in which they go.
    fn gather(&self, rules: &Rules, now: u64, pool: PoolId, heads: &mut Vec<Head>) {
        heads.clear();
        for &PoolRing { ring, primary } in rings_of(rules, pool) {
            if let Some(head) = self.head(rules, now, ring, primary) {
                heads.push(head);
            }
        }
        if heads.len() > 1 {
            heads.sort_unstable();
        }
    }

    fn head(&self, rules: &Rules, now: u64, ring: RingId, primary: bool) -> Option<Head> {
        let slot = self.work.governance.rings[ring.index()].first();
        if slot == NOBODY {
            return None;
        }
        let (patient, extra) = (self.work.patients.get(slot), self.extra(slot));
        let class = rings::class_now(&rules.rings[ring], patient, extra, now);
        let tie = (patient.joined, patient.cell, patient.address);
        Some(Head { class, key: extra.key, tie, ring: ring.0, slot, primary })
    }

    /// The cell that a waiting patient would have at a pool: the own one, but on a shared list that of the pool's provider.
    fn cell_at(&self, rules: &Rules, pool: PoolId, head: &Head) -> Option<CellId> {
        let own = self.work.patients.get(head.slot).cell;
        if !rules.rings[RingId(head.ring)].shared {
            return Some(own);
        }
        let provider = rules.pools[pool].provider?;
        if self.model.cells[own].provider == provider {
            return Some(own);
        }
        let stream = &self.model.streams[self.model.cell_streams[own]];
        let first = stream.first_route.index();
        let routes = &self.model.routes.as_slice()[first..first + stream.routes as usize];
        let place = routes.binary_search_by_key(&provider, |route| route.provider).ok()?;
        self.same_stage(own, crate::ids::RouteId::new(first + place))
    }

    /// Whether a newcomer who would fit has to let somebody on the list go first who waits for more than is free.
    pub(super) fn would_overtake(&self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> bool {
        let pool = self.model.cell_pools[cell];
        let plan = &rules.pools[pool];
        if plan.overtaking || self.extra(slot).mask != 0 {
            return false;
        }
        let (patient, ring) = (self.work.patients.get(slot), &rules.rings[rules.cells[cell].ring]);
        let class = rings::class_now(ring, patient, self.extra(slot), now);
        let order = (class, rings::key(self.model, ring.by_breach, patient));
        rings_of(rules, pool).iter().filter(|of_pool| of_pool.primary).any(|of_pool| {
            self.head(rules, now, of_pool.ring, true).is_some_and(|head| {
                (head.class, head.key) <= order
                    && self.work.patients.get(head.slot).whereabouts != Whereabouts::Blocked
                    && self
                        .cell_at(rules, pool, &head)
                        .is_some_and(|at| self.fit(rules, now, head.slot, at) == Fit::Short)
            })
        })
    }

    /// The first on a list takes the places of a cell.
    fn admit(&mut self, rules: &Rules, now: u64, slot: u32, cell: CellId) {
        let patient = *self.work.patients.get(slot);
        self.leave_list(rules, now, slot);
        if patient.whereabouts == Whereabouts::Waiting && self.extra(slot).mask != 0 {
            self.work.collector.post_held(&patient, self.work.governance.extras[slot as usize].held, now);
        }
        if cell != patient.cell {
            self.transfer(rules, now, slot, cell);
        }
        self.start(rules, now, slot, cell);
        self.ask_those_behind(rules, patient.cell);
    }

    /// Whoever was first on the lists of a cell and has left them may have kept others from places that are free.
    pub(super) fn ask_those_behind(&mut self, rules: &Rules, cell: CellId) {
        let pools = &rules.rings[rules.cells[cell].ring].pools;
        self.work.governance.freed.extend(pools.iter().map(|pool| pool.index()));
    }
}
