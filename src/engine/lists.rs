//! Waiting lists of governed pools: joining, leaving, and who is next when places become free.

use super::Run;
use super::governance::{Head, NO_EVENT};
use super::places::{Fit, holdings};
use super::rings;
use super::state::{NOBODY, Patient, STARTED, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::domain::RiseWhen;
use crate::ids::{CellId, Id, PoolId, RingId, RouteId};
use crate::model::{PoolRing, Rules};
use crate::random::{Patient as Address, Purpose};

fn rings_of(rules: &Rules, pool: PoolId) -> &[PoolRing] {
    let range = &rules.pools[pool].rings;
    &rules.pool_rings[range.start as usize..range.end as usize]
}

/// The order of two patients of one class and key.
fn tie(patient: &Patient) -> (u64, CellId, Address) {
    (patient.joined, patient.cell, patient.address)
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
        // Whoever has anything to await has a row, even on a long list.
        let ring = &rules.rings[rules.cells[cell].ring];
        if ring.rise_opens || rules.patience(self.model.cells[cell].line, cell).is_some() {
            self.await_turn(rules, now, slot);
        }
    }

    /// Enters into the event list what happens to a patient on a list by itself: the next rise that may let them go before
    /// others, or the end of patience.
    fn await_turn(&mut self, rules: &Rules, now: u64, slot: u32) {
        let patience = self.end_of_patience(rules, slot).unwrap_or(u64::MAX);
        let next = self.next_rise(rules, now, slot).map_or(patience, |rise| rise.min(patience));
        if next < u64::MAX {
            self.schedule_later(next, slot);
        }
    }

    /// When a patient on a list will leave it. Who has been in a place has no patience any more, nor has who blocks one.
    fn end_of_patience(&self, rules: &Rules, slot: u32) -> Option<u64> {
        let patient = self.work.patients.get(slot);
        let patience = rules.patience(patient.line, patient.cell)?;
        if patient.flags & STARTED != 0 || patient.whereabouts != Whereabouts::Waiting {
            return None;
        }
        let [word, _] = self.generator.words_of(patient.address, Purpose::Patience, patient.visit);
        // Who has waited before the start has had that much patience already.
        let began = patient.joined.max(self.model.origin);
        let waited = began - patient.joined;
        let patience = if waited == 0 { patience.draw(word) } else { patience.draw_beyond(word, waited) };
        Some((patient.joined + patience).max(began + 1))
    }

    /// When a patient on a list rises next, if that may open a place.
    fn next_rise(&self, rules: &Rules, now: u64, slot: u32) -> Option<u64> {
        let (patient, extra) = (self.work.patients.get(slot), self.extra(slot));
        let ring = &rules.rings[rules.cells[patient.cell].ring];
        if !ring.rise_opens {
            return None;
        }
        let class = rings::class_now(ring, patient, extra, now);
        let higher = ring.rises.iter().filter(|rise| (rise.to as u8) < class);
        let instants = higher.map(|rise| match rise.when {
            RiseWhen::Waited(ticks) => patient.joined + ticks.0,
            RiseWhen::BeforeBreach(ticks) => extra.key.saturating_sub(ticks.0),
        });
        instants.filter(|&instant| instant > now).min()
    }

    /// A patient on a list has risen, or has waited as long as patience lasts.
    pub(super) fn rise_or_renege(&mut self, rules: &Rules, now: u64, slot: u32) {
        let cell = self.work.patients.get(slot).cell;
        if !rules.rings[rules.cells[cell].ring].rise_opens {
            return self.renege(rules, now, slot);
        }
        self.ask_those_behind(rules, cell);
        self.fill_freed(rules, now);
        match self.work.patients.get(slot).whereabouts {
            Whereabouts::Waiting if self.end_of_patience(rules, slot) == Some(now) => self.renege(rules, now, slot),
            Whereabouts::Waiting | Whereabouts::Blocked => self.await_turn(rules, now, slot),
            Whereabouts::InPlace | Whereabouts::Away | Whereabouts::Gone => {}
        }
    }

    /// Whether a patient is not like all others of a ring: only of equal ones the first stands for all. Who only holds places
    /// that nobody can lack, of a pool without limit or of a session, is like the others.
    fn is_apart(&self, rules: &Rules, ring: RingId, slot: u32) -> bool {
        let patient = self.work.patients.get(slot);
        let extra = self.extra(slot);
        let goes_back = rules.rings[ring].shared && patient.flags & STARTED != 0;
        let matters = |pool: PoolId| {
            self.work.governance.pools[pool.index()].bounded
                || holdings(rules, patient.cell).iter().any(|wanted| wanted.pool == pool)
        };
        let held = holdings(rules, extra.held).iter().enumerate().filter(|(i, _)| extra.mask & 1 << i != 0);
        goes_back || extra.mask != 0 && held.into_iter().any(|(_, holding)| matters(holding.pool))
    }

    fn enter_ring(&mut self, rules: &Rules, slot: u32) {
        let ring = rules.cells[self.work.patients.get(slot).cell].ring;
        if self.is_apart(rules, ring, slot) {
            return self.work.governance.apart[ring.index()].push(slot);
        }
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
        let apart = self.is_apart(rules, plan.ring, slot);
        let governance = &mut self.work.governance;
        if apart {
            governance.apart[plan.ring.index()].retain(|&other| other != slot);
        } else {
            governance.rings[plan.ring.index()].remove(slot, &mut self.work.patients, &mut governance.extras);
            self.refill_ring(plan.ring);
        }
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
        self.await_turn(rules, now, slot);
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
        let (mut admitted, mut stalled) = (false, false);
        for i in 0..heads.len() {
            let head = heads[i];
            // Past who stalls goes nobody but who holds what is lacking.
            if stalled && head.primary && self.extra(head.slot).mask == 0 {
                continue;
            }
            let Some(cell) = self.cell_at(rules, pool, &head) else { continue };
            match self.fit(rules, now, head.slot, cell) {
                Fit::Yes if self.passes(rules, now, pool, (&head, cell), &heads[..i]) => {}
                Fit::Yes => {
                    self.admit(rules, now, head.slot, cell);
                    admitted = true;
                    break;
                }
                Fit::Reserved => {}
                Fit::Short => {
                    heads[i].stalls = head.primary && !plan.overtaking;
                    stalled |= heads[i].stalls;
                }
            }
        }
        self.work.governance.heads = heads;
        admitted
    }

    /// The patients who ask for a pool's places, in the order in which they go: of those who are alike the first.
    fn gather(&self, rules: &Rules, now: u64, pool: PoolId, heads: &mut Vec<Head>) {
        heads.clear();
        heads.extend(rings_of(rules, pool).iter().flat_map(|of_pool| self.heads_of(rules, now, pool, of_pool)));
        if heads.len() > 1 {
            heads.sort_unstable();
        }
    }

    /// The first of a ring, and those in it who are not like its others; who keeps a place of the pool asks for none there.
    fn heads_of<'s>(
        &'s self,
        rules: &'s Rules,
        now: u64,
        pool: PoolId,
        &PoolRing { ring, primary }: &PoolRing,
    ) -> impl Iterator<Item = Head> + 's {
        let first = self.work.governance.rings[ring.index()].first();
        let first = (first != NOBODY).then(|| self.head(rules, now, ring, first, primary));
        let apart = self.work.governance.apart[ring.index()].iter();
        let apart = apart.map(move |&slot| self.head(rules, now, ring, slot, primary));
        first.into_iter().chain(apart.filter(move |head| {
            self.cell_at(rules, pool, head).is_some_and(|cell| !self.keeps_place(rules, head.slot, cell, pool))
        }))
    }

    fn head(&self, rules: &Rules, now: u64, ring: RingId, slot: u32, primary: bool) -> Head {
        let (patient, extra) = (self.work.patients.get(slot), self.extra(slot));
        let class = rings::class_now(&rules.rings[ring], patient, extra, now);
        Head { class, key: extra.key, tie: tie(patient), ring: ring.0, slot, primary, stalls: false }
    }

    /// The cell that a waiting patient would have at a pool: the own one, but on a shared list that of the pool's provider,
    /// unless the stay has begun.
    fn cell_at(&self, rules: &Rules, pool: PoolId, head: &Head) -> Option<CellId> {
        let patient = self.work.patients.get(head.slot);
        let own = patient.cell;
        if !rules.rings[RingId(head.ring)].shared {
            return Some(own);
        }
        let provider = rules.pools[pool].provider?;
        if self.model.cells[own].provider == provider {
            return Some(own);
        }
        if patient.flags & STARTED != 0 {
            return None;
        }
        let stream = &self.model.streams[self.model.cell_streams[own]];
        let first = stream.first_route.index();
        let routes = &self.model.routes.as_slice()[first..first + stream.routes as usize];
        let place = routes.binary_search_by_key(&provider, |route| route.provider).ok()?;
        self.same_stage(own, RouteId::new(first + place))
    }

    /// Whether a newcomer who would fit has to let somebody on the list go first who waits for more than is free.
    pub(super) fn would_overtake(&self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> bool {
        let pool = self.model.cell_pools[cell];
        if rules.pools[pool].overtaking {
            return false;
        }
        let (patient, ring) = (self.work.patients.get(slot), &rules.rings[rules.cells[cell].ring]);
        let class = rings::class_now(ring, patient, self.extra(slot), now);
        let order = (class, rings::key(self.model, ring.by_breach, patient), tie(patient));
        self.overtakes(rules, now, slot, cell, |head| (head.class, head.key, head.tie) < order)
    }

    /// Whether somebody goes `before` a patient to the pool of a cell, waits for more than is free, and is not waiting for this
    /// very patient. A patient who keeps a place of the pool passes nobody.
    fn overtakes(&self, rules: &Rules, now: u64, slot: u32, cell: CellId, before: impl Fn(&Head) -> bool) -> bool {
        let pool = self.model.cell_pools[cell];
        let stalls = |head: &Head| {
            head.slot != slot
                && before(head)
                && self.cell_at(rules, pool, head).is_some_and(|at| {
                    self.fit(rules, now, head.slot, at) == Fit::Short
                        && !self.waits_for(rules, now, head.slot, at, slot)
                })
        };
        let lists = || rings_of(rules, pool).iter().filter(|of_pool| of_pool.primary);
        !self.keeps_place(rules, slot, cell, pool)
            && lists().any(|of_pool| self.heads_of(rules, now, pool, of_pool).any(|head| stalls(&head)))
    }

    /// Whether one of the heads of a pool would pass somebody: one of those before on its list, or, if the pool is only one
    /// more resource, on the list of the first.
    fn passes(&self, rules: &Rules, now: u64, pool: PoolId, (head, cell): (&Head, CellId), before: &[Head]) -> bool {
        if head.primary {
            let waits_for = |first: &Head| {
                let at = self.cell_at(rules, pool, first);
                at.is_some_and(|at| self.waits_for(rules, now, first.slot, at, head.slot))
            };
            return before.iter().any(|first| first.stalls && !waits_for(first));
        }
        let order = (head.class, head.key, head.tie);
        !rules.pools[self.model.cell_pools[cell]].overtaking
            && self.overtakes(rules, now, head.slot, cell, |first| (first.class, first.key, first.tie) < order)
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
