//! Patients and pools as the engine holds them: rows of one cache line, indexed by `u32`.

use super::tails::Tail;
use crate::ids::{CellId, LineId, PoolId};
use crate::model::PoolPlan;
use crate::random::Patient as Address;
use std::hint::black_box;

/// No patient.
pub(super) const NOBODY: u32 = u32::MAX;

/// Where a patient is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whereabouts {
    /// Nowhere: the slot is free.
    Gone,
    /// On the waiting list of the pool of the cell.
    Waiting,
    /// In a place of the pool of the cell.
    InPlace,
    /// In the place of the stage before, whose stay is over, waiting for the cell.
    Blocked,
    /// Refused, and to come back.
    Away,
}

/// The present request is not a referral: it came from another stage or provider, or after a refusal.
pub(super) const MOVED: u8 = 1;
/// The present request has been booked.
pub(super) const ASKED: u8 = 2;
/// The start of the present stay has been booked: it was interrupted since.
pub(super) const STARTED: u8 = 4;

/// One patient under way. Instants are engine time, in which nothing happens at zero.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Patient {
    /// Instant of referral; zero if present at the start, until the first stage's whole stay is known.
    pub(super) referred: u64,
    /// Instant of asking for the present stage's place.
    pub(super) joined: u64,
    /// While waiting, the ticks of the stay to come; in a place, the instant at which it was taken.
    pub(super) stay_or_start: u64,
    /// The address of the patient's draws.
    pub(super) address: Address,
    /// The present cell.
    pub(super) cell: CellId,
    /// The pool of the present cell.
    pub(super) pool: PoolId,
    /// The line of the present cell.
    pub(super) line: LineId,
    /// The number of the present visit.
    pub(super) visit: u32,
    /// The stage after this one, or `LEAVES`.
    pub(super) next: u8,
    /// Where the patient is.
    pub(super) whereabouts: Whereabouts,
    /// The flags above.
    pub(super) flags: u8,
    /// The next on the list; among those in places the one who started before; of a free slot the next free one.
    pub(super) link: u32,
}

// One cache line, however many columns.
const _: () = assert!(size_of::<Patient>() == 64);

/// Patients in slots that are used again.
#[derive(Debug)]
pub(super) struct Patients {
    rows: Vec<Patient>,
    free: u32,
    /// By plain pool those on its list who have no rows.
    pub(super) tails: Vec<Tail>,
}

impl Default for Patients {
    fn default() -> Self {
        Self { rows: Vec::new(), free: NOBODY, tails: Vec::new() }
    }
}

impl Patients {
    pub(super) fn clear(&mut self, pools: usize) {
        self.rows.clear();
        self.tails.iter_mut().for_each(Tail::clear);
        self.tails.resize_with(pools, Tail::new);
        self.free = NOBODY;
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.rows.reserve(more);
    }

    /// The number of slots, free ones included.
    pub(super) fn slots(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn all(&self) -> &[Patient] {
        &self.rows
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> &Patient {
        &self.rows[slot as usize]
    }

    #[inline]
    pub(super) fn link(&self, slot: u32) -> u32 {
        self.rows[slot as usize].link
    }

    #[inline]
    pub(super) fn set_link(&mut self, slot: u32, next: u32) {
        self.rows[slot as usize].link = next;
    }

    /// Reads a row, for nothing but that it is near when its turn comes: most of many patients lie far away in memory, and a
    /// processor can fetch them while it does something else.
    #[inline]
    pub(super) fn fetch(&self, slot: u32) {
        if let Some(row) = self.rows.get(slot as usize) {
            black_box(row.joined);
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> &mut Patient {
        &mut self.rows[slot as usize]
    }

    #[inline]
    pub(super) fn add(&mut self, patient: Patient) -> u32 {
        if self.free == NOBODY {
            self.rows.push(patient);
            return (self.rows.len() - 1) as u32;
        }
        let slot = self.free;
        self.free = self.rows[slot as usize].link;
        self.rows[slot as usize] = patient;
        slot
    }

    #[inline]
    pub(super) fn remove(&mut self, slot: u32) {
        let row = &mut self.rows[slot as usize];
        row.whereabouts = Whereabouts::Gone;
        row.link = self.free;
        self.free = slot;
    }
}

/// One pool: its places, its waiting list, and its time integrals since the beginning of the period.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct PoolState {
    pub(super) capacity: u32,
    pub(super) busy: u32,
    pub(super) waiting: u32,
    pub(super) head: u32,
    pub(super) tail: u32,
    /// How many of those who wait stand behind the last with a row.
    pub(super) far: u32,
    pub(super) refuses: bool,
    /// More than one first-come list: requests and releases go the long way.
    pub(super) governed: bool,
    /// Instant of the last change.
    pub(super) changed: u64,
    pub(super) occupied: u64,
    pub(super) queued: u64,
    pub(super) full: u64,
}

impl PoolState {
    pub(super) fn new(plan: PoolPlan, governed: bool, now: u64) -> Self {
        Self {
            capacity: plan.capacity,
            busy: 0,
            waiting: 0,
            head: NOBODY,
            tail: NOBODY,
            far: 0,
            refuses: plan.refuses,
            governed,
            changed: now,
            occupied: 0,
            queued: 0,
            full: 0,
        }
    }

    /// Brings the integrals up to now; to be called before `busy` or `waiting` changes.
    #[inline]
    pub(super) fn integrate(&mut self, now: u64) {
        let elapsed = now - self.changed;
        self.occupied += elapsed * u64::from(self.busy);
        self.queued += elapsed * u64::from(self.waiting);
        self.full += if self.is_full() { elapsed } else { 0 };
        self.changed = now;
    }

    /// Patients in places and waiting, times ticks, of the period up to now.
    pub(super) fn patient_time(&self, now: u64) -> u64 {
        self.occupied + self.queued + (now - self.changed) * (u64::from(self.busy) + u64::from(self.waiting))
    }

    /// Whether who joins the list now stands behind the last with a row, where so many have one.
    #[inline]
    pub(super) fn is_long(&self, long: u32) -> bool {
        self.far > 0 || self.waiting >= long
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.busy >= self.capacity
    }
}
