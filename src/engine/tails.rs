//! The far end of a long list.
//!
//! A list of patients' rows is followed from one row to the next, and of a million rows each lies somewhere else in memory.
//! So behind the first thousand or so patients stand in a queue of plain values, which memory delivers in order; when all before
//! them have gone, the next few get rows together. Lists that others leave from the middle (patience, breach dates, blocked
//! patients) have rows for all.

use super::Run;
use super::governance::{Extra, NO_EVENT};
use super::state::{NOBODY, Patient, Whereabouts};
use super::trace::Trace;
use crate::ids::{CellId, Id, PoolId, RingId};
use crate::model::Model;
use crate::random::Patient as Address;
use std::collections::VecDeque;

/// When lists have tails; what happens to patients does not depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// From how many on a list the next joins the tail; at least one.
    pub(super) long: u32,
    /// How many get their rows together; at least one.
    pub(super) batch: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { long: 1024, batch: 64 }
    }
}

/// The tail of one list, in order.
pub(super) type Tail = VecDeque<Stored>;

/// Somebody in a tail. Of whom there is more to know than fits here keeps a row as well.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    referred: u64,
    pub(super) joined: u64,
    stay: u64,
    address: Address,
    cell: CellId,
    visit: u32,
    /// The row, if there is one.
    pub(super) slot: u32,
    next: u8,
    flags: u8,
}

impl Stored {
    fn new(patient: &Patient) -> Self {
        let &Patient { referred, joined, stay_or_start: stay, address, cell, visit, next, flags, .. } = patient;
        Self { referred, joined, stay, address, cell, visit, slot: NOBODY, next, flags }
    }

    /// The row, for whoever has none.
    pub(super) fn row(&self, model: &Model) -> Option<Patient> {
        let &Self { referred, joined, stay, address, cell, visit, next, flags, .. } = self;
        (self.slot == NOBODY).then(|| Patient {
            referred,
            joined,
            stay_or_start: stay,
            address,
            cell,
            pool: model.cell_pools[cell],
            line: model.cells[cell].line,
            visit,
            next,
            whereabouts: Whereabouts::Waiting,
            flags,
            link: NOBODY,
        })
    }
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Gives up the row of a patient who is to wait in a tail, unless there is more to know.
    fn store(&mut self, slot: u32) -> Stored {
        let patient = self.work.patients.get(slot);
        let mut stored = Stored::new(patient);
        if RULES {
            let (extra, stay) = (self.extra(slot), patient.stay_or_start);
            let usual =
                Extra { stay, rest: stay, key: extra.key, prev: extra.prev, due: extra.due, ..Extra::default() };
            if *extra != usual {
                stored.slot = slot;
                return stored;
            }
            self.extra_mut(slot).due = NO_EVENT;
        }
        self.work.patients.remove(slot);
        stored
    }

    /// The row of somebody whose turn comes near.
    fn restore(&mut self, stored: &Stored) -> u32 {
        let Some(patient) = stored.row(self.model) else { return stored.slot };
        let slot = self.work.patients.add(patient);
        if let Some(rules) = self.rules() {
            self.begin(rules, slot, stored.stay);
        }
        slot
    }

    fn tails(&self) -> impl Iterator<Item = &Tail> {
        self.work.patients.tails.iter().chain(self.work.governance.rings.iter().map(|ring| &ring.far))
    }

    /// How many stand in tails, those with rows included.
    pub(super) fn in_tails(&self) -> usize {
        self.tails().map(Tail::len).sum()
    }

    /// How many patients have no row.
    pub(super) fn without_rows(&self) -> usize {
        self.tails().flatten().filter(|stored| stored.slot == NOBODY).count()
    }

    /// A patient joins the tail of a plain list.
    #[cold]
    pub(super) fn join_tail(&mut self, slot: u32, pool: PoolId) {
        let stored = self.store(slot);
        self.work.patients.tails[pool.index()].push_back(stored);
        self.work.pools[pool.index()].far += 1;
    }

    /// The first of a tail get their rows, the plain list before it being empty.
    #[cold]
    pub(super) fn refill_list(&mut self, pool: usize) {
        for _ in 0..self.work.limits.batch {
            let Some(stored) = self.work.patients.tails[pool].pop_front() else { return };
            let slot = self.restore(&stored);
            self.work.patients.set_link(slot, NOBODY);
            let state = &mut self.work.pools[pool];
            state.far -= 1;
            if state.head == NOBODY {
                state.head = slot;
            } else {
                self.work.patients.set_link(state.tail, slot);
            }
            state.tail = slot;
        }
    }

    /// A patient joins the tail of a ring; false if the place in its order is before the tail.
    pub(super) fn join_ring_tail(&mut self, ring: RingId, slot: u32) -> bool {
        let key = self.extra(slot).key;
        let (governance, long) = (&self.work.governance, self.work.limits.long);
        if !governance.rings[ring.index()].takes_into_tail(key, long, &governance.extras) {
            return false;
        }
        let stored = self.store(slot);
        let tail = &mut self.work.governance.rings[ring.index()].far;
        match tail.back() {
            // Newcomers join behind; only who was interrupted, or comes from another list, walks to the front.
            Some(last) if last.joined > key => {
                let place = tail.partition_point(|other| other.joined <= key);
                tail.insert(place, stored);
            }
            _ => tail.push_back(stored),
        }
        true
    }

    /// The first of a ring's tail get their rows, if nobody is before them.
    pub(super) fn refill_ring(&mut self, ring: RingId) {
        if !self.work.governance.rings[ring.index()].needs_rows() {
            return;
        }
        for _ in 0..self.work.limits.batch {
            let Some(stored) = self.work.governance.rings[ring.index()].far.pop_front() else { return };
            let slot = self.restore(&stored);
            let governance = &mut self.work.governance;
            let (patients, extras) = (&mut self.work.patients, &mut governance.extras);
            governance.rings[ring.index()].insert(slot, &mut governance.tickets, patients, extras);
        }
    }
}
