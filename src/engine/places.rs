//! Places of cells with rules: whether there is room, taking them and giving them back.

use super::Run;
use super::governance::Extra;
use super::state::{STARTED, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::ids::{CellId, Id, PoolId};
use crate::model::{Holding, Rules};

/// Whether there is room for a patient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    /// Yes.
    Yes,
    /// Places are free, but kept for others.
    Reserved,
    /// No.
    Short,
}

/// A cell's holdings with their positions.
pub(super) fn holdings(rules: &Rules, cell: CellId) -> &[Holding] {
    let range = &rules.cells[cell].holdings;
    &rules.holdings[range.start as usize..range.end as usize]
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Brings a governed pool's integrals up to now; to be called before any of its counts changes.
    pub(super) fn settle(&mut self, now: u64, pool: PoolId) {
        let state = &mut self.work.pools[pool.index()];
        // Who leaves and who follows do so at one instant.
        if state.changed == now {
            return;
        }
        self.work.governance.pools[pool.index()].integrate(now - state.changed, state.capacity);
        state.integrate(now);
    }

    /// Whether the places that a cell needs, less those that the patient keeps, are free.
    pub(super) fn fit(&self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> Fit {
        let mut fit = Fit::Yes;
        for holding in holdings(rules, cell).iter().filter(|holding| holding.needed) {
            if holding.kept && self.holds(rules, slot, holding).is_some() {
                continue;
            }
            match self.room(rules, now, holding) {
                Fit::Yes => {}
                Fit::Reserved => fit = Fit::Reserved,
                Fit::Short => return Fit::Short,
            }
        }
        fit
    }

    fn room(&self, rules: &Rules, now: u64, holding: &Holding) -> Fit {
        let state = &self.work.pools[holding.pool.index()];
        let governed = &self.work.governance.pools[holding.pool.index()];
        let plan = &rules.pools[holding.pool];
        if plan.sessions > 0 {
            let open = governed.session_at == now && governed.slots_left >= holding.places;
            return if open { Fit::Yes } else { Fit::Short };
        }
        // A ring-fence closes with its pool.
        let open = state.busy.saturating_add(holding.places) <= state.capacity;
        if state.capacity == u32::MAX || (open && self.fits_fence(rules, holding)) {
            return Fit::Yes;
        }
        let (fenced, fence_busy): (u32, u32) =
            if plan.fences.is_empty() { (0, 0) } else { (plan.fences.iter().sum(), governed.fence_busy.iter().sum()) };
        let free = state.capacity.saturating_sub(fenced).saturating_sub(state.busy - fence_busy);
        if free >= holding.places.saturating_add(holding.leave_free) {
            Fit::Yes
        } else if open {
            Fit::Reserved
        } else {
            Fit::Short
        }
    }

    /// Whether places that a cell only keeps are free.
    pub(super) fn fits_beside(&self, rules: &Rules, now: u64, cell: CellId, beside: u16) -> bool {
        let mut kept = holdings(rules, cell).iter().enumerate().filter(|(i, _)| beside & 1 << i != 0);
        kept.all(|(_, holding)| self.room(rules, now, holding) == Fit::Yes)
    }

    fn fits_fence(&self, rules: &Rules, holding: &Holding) -> bool {
        let state = &self.work.pools[holding.pool.index()];
        // A pool that is closed, or smaller for the time being, has no room in its fences either.
        if state.busy.saturating_add(holding.places) > state.capacity {
            return false;
        }
        holding.fence.is_some_and(|fence| {
            let busy = self.work.governance.pools[holding.pool.index()].fence_busy[fence as usize];
            rules.pools[holding.pool].fences[fence as usize].saturating_sub(busy) >= holding.places
        })
    }

    /// Whether a patient keeps the place that a cell needs of its own pool: nobody on that pool's list is passed by it.
    pub(super) fn keeps_place(&self, rules: &Rules, slot: u32, cell: CellId, pool: PoolId) -> bool {
        let mut here = holdings(rules, cell).iter().filter(|holding| holding.pool == pool && holding.needed);
        here.any(|holding| holding.kept && self.holds(rules, slot, holding).is_some())
    }

    /// Whether the first on a list lacks a place of a pool of which another patient holds one: the first waits for that patient.
    pub(super) fn waits_for(&self, rules: &Rules, now: u64, first: u32, at: CellId, other: u32) -> bool {
        let Extra { held, mask, .. } = *self.extra(other);
        let held = holdings(rules, held).iter().enumerate().filter(|(i, _)| mask & 1 << i != 0);
        let lacks = |pool: PoolId| {
            holdings(rules, at).iter().filter(|holding| holding.needed && holding.pool == pool).any(|holding| {
                !(holding.kept && self.holds(rules, first, holding).is_some())
                    && self.room(rules, now, holding) == Fit::Short
            })
        };
        held.into_iter().any(|(_, holding)| lacks(holding.pool))
    }

    /// The position among the places held of those that a holding could keep.
    pub(super) fn holds(&self, rules: &Rules, slot: u32, wanted: &Holding) -> Option<usize> {
        let extra = self.extra(slot);
        if extra.mask == 0 {
            return None;
        }
        let held = holdings(rules, extra.held).iter().enumerate();
        held.filter(|(i, _)| extra.mask & 1 << i != 0)
            .find(|(_, holding)| holding.pool == wanted.pool && holding.places == wanted.places)
            .map(|(i, _)| i)
    }

    /// Seizes places. Those of the stage before are left, but for what the stage keeps; the stay begins or goes on.
    pub(super) fn start(&mut self, rules: &Rules, now: u64, slot: u32, cell: CellId) {
        let before = *self.extra(slot);
        let (mut mask, mut fences, mut carried) = (0_u16, 0_u16, 0_u16);
        for (i, holding) in holdings(rules, cell).iter().enumerate().filter(|(_, holding)| holding.kept) {
            if let Some(position) = self.holds(rules, slot, holding) {
                carried |= 1 << position;
                mask |= 1 << i;
                fences |= u16::from(before.fences & 1 << position != 0) << i;
            }
        }
        self.leave_places(rules, now, slot, before.mask & !carried);
        fences |= self.seize(rules, now, slot, cell, mask, 0);
        let patient = self.work.patients.get_mut(slot);
        patient.cell = cell;
        patient.pool = self.model.cell_pools[cell];
        patient.stay_or_start = now;
        patient.whereabouts = Whereabouts::InPlace;
        let resumed = patient.flags & STARTED != 0;
        self.extra_mut(slot).fences = fences;
        let rest = self.extra(slot).rest;
        self.note(now, slot, if resumed { EventKind::Resumes } else { EventKind::Starts });
        self.schedule(now + rest, slot);
    }

    /// Takes the places that a cell needs, but for those in `kept`, which are held already, and with those `beside` that it only
    /// keeps; returns which of all are in a ring-fence.
    pub(super) fn seize(&mut self, rules: &Rules, now: u64, slot: u32, cell: CellId, kept: u16, beside: u16) -> u16 {
        let class = rules.cells[cell].class.index();
        let (mut mask, mut fences) = (kept, 0);
        for (i, holding) in holdings(rules, cell).iter().enumerate() {
            if !holding.needed && beside & 1 << i == 0 || kept & 1 << i != 0 {
                continue;
            }
            let fenced = self.fits_fence(rules, holding);
            self.settle(now, holding.pool);
            self.work.pools[holding.pool.index()].busy += holding.places;
            let governed = &mut self.work.governance.pools[holding.pool.index()];
            governed.classes[class].busy += holding.places;
            if rules.pools[holding.pool].sessions > 0 {
                governed.slots_left = governed.slots_left.saturating_sub(holding.places);
                self.work.collector.post_slots(holding.pool, governed.session, holding.places);
            }
            if let (true, Some(fence)) = (fenced, holding.fence) {
                governed.fence_busy[fence as usize] += holding.places;
                fences |= 1 << i;
            }
            mask |= 1 << i;
        }
        let extra = self.extra_mut(slot);
        (extra.held, extra.mask, extra.fences) = (cell, mask, fences);
        let pool = self.model.cell_pools[cell];
        if rules.pools[pool].tracks_places {
            self.track(pool, slot);
        }
        fences
    }

    /// Gives back some of the places that a patient holds.
    pub(super) fn vacate(&mut self, rules: &Rules, now: u64, slot: u32, which: u16) {
        let extra = *self.extra(slot);
        if which == 0 {
            return;
        }
        let class = rules.cells[extra.held].class.index();
        for (i, holding) in holdings(rules, extra.held).iter().enumerate().filter(|(i, _)| which & 1 << i != 0) {
            self.settle(now, holding.pool);
            self.work.pools[holding.pool.index()].busy -= holding.places;
            let governed = &mut self.work.governance.pools[holding.pool.index()];
            governed.classes[class].busy -= holding.places;
            if let (true, Some(fence)) = (extra.fences & 1 << i != 0, holding.fence) {
                governed.fence_busy[fence as usize] -= holding.places;
            }
            self.work.governance.freed.push(holding.pool.index());
        }
        self.extra_mut(slot).mask &= !which;
    }

    /// Gives back some of the places that a patient holds, and books the spell in all of them as finished.
    pub(super) fn leave_places(&mut self, rules: &Rules, now: u64, slot: u32, which: u16) {
        let Extra { open, held, .. } = *self.extra(slot);
        self.close_spell(now, slot);
        self.vacate(rules, now, slot, which);
        if T::LISTENS && open {
            self.note_at(now, slot, held, EventKind::Vacates, None);
        }
    }

    /// Books the spell in the places held as finished, with what it has beyond its trim point.
    fn close_spell(&mut self, now: u64, slot: u32) {
        let extra = *self.extra(slot);
        if !extra.open {
            return;
        }
        let left = self.extra_mut(slot);
        // A stay that begins while its predecessor's place was still held starts from nothing.
        (left.open, left.served) = (false, 0);
        let patient = self.work.patients.get(slot);
        // The time since the stay ended was blocked; at its end the patient has not yet asked for anything else.
        let blocked = if patient.whereabouts == Whereabouts::Blocked { now - patient.joined } else { 0 };
        self.work.collector.post_vacated(self.model, extra.held, patient, blocked, extra.served, now);
    }
}
