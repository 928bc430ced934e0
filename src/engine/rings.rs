//! Queues of patients who want the same places under the same rules.
//!
//! All patients of a ring have the same class and rise by the same rule, so whoever is first by the ring's key is also
//! the one who has risen highest: only heads ever need to be compared, and nobody is moved when a class rises.

use super::governance::Extra;
use super::state::{NOBODY, Patient, Patients};
use crate::domain::{Rise, RiseWhen};
use crate::model::{Model, Ring};

/// One queue: a list in the order of joining, or a heap in the order of breach dates.
#[derive(Debug)]
pub(super) struct RingState {
    head: u32,
    tail: u32,
    by_breach: bool,
    /// Keys and slots, a 4-ary heap; the position of a patient stands in the extra.
    heap: Vec<(u64, u32)>,
}

impl Default for RingState {
    fn default() -> Self {
        Self { head: NOBODY, tail: NOBODY, by_breach: false, heap: Vec::new() }
    }
}

impl RingState {
    pub(super) fn clear(&mut self, by_breach: bool) {
        (self.head, self.tail) = (NOBODY, NOBODY);
        self.by_breach = by_breach;
        self.heap.clear();
    }

    /// The first in order.
    pub(super) fn first(&self) -> u32 {
        if self.by_breach { self.heap.first().map_or(NOBODY, |&(_, slot)| slot) } else { self.head }
    }

    /// Adds a patient, whose key is in the extra.
    pub(super) fn insert(&mut self, slot: u32, patients: &mut Patients, extras: &mut [Extra]) {
        if self.by_breach {
            self.heap.push((extras[slot as usize].key, slot));
            self.rise(self.heap.len() - 1, patients, extras);
            return;
        }
        // Newcomers join behind; only who was interrupted walks to the front.
        let key = extras[slot as usize].key;
        let (mut before, mut behind) = (self.tail, NOBODY);
        if before != NOBODY && extras[before as usize].key > key {
            let mut at = self.head;
            while at != NOBODY && extras[at as usize].key <= key {
                at = patients.get(at).link;
            }
            behind = at;
            before = if at == NOBODY { self.tail } else { extras[at as usize].prev };
        }
        patients.get_mut(slot).link = behind;
        extras[slot as usize].prev = before;
        if before == NOBODY {
            self.head = slot;
        } else {
            patients.get_mut(before).link = slot;
        }
        if behind == NOBODY {
            self.tail = slot;
        } else {
            extras[behind as usize].prev = slot;
        }
    }

    /// Takes a patient out, wherever in the queue.
    pub(super) fn remove(&mut self, slot: u32, patients: &mut Patients, extras: &mut [Extra]) {
        if self.by_breach {
            // The position in the heap stands in `prev`.
            let at = extras[slot as usize].prev as usize;
            let last = self.heap.len() - 1;
            self.heap.swap_remove(at);
            if at < last {
                extras[self.heap[at].1 as usize].prev = at as u32;
                self.sink(at, patients, extras);
                self.rise(at, patients, extras);
            }
            return;
        }
        let (before, behind) = (extras[slot as usize].prev, patients.get(slot).link);
        if before == NOBODY {
            self.head = behind;
        } else {
            patients.get_mut(before).link = behind;
        }
        if behind == NOBODY {
            self.tail = before;
        } else {
            extras[behind as usize].prev = before;
        }
    }

    /// Whether one entry goes before another: by key, then by joining, then by stream and patient, never by slot.
    fn before(a: (u64, u32), b: (u64, u32), patients: &Patients) -> bool {
        if a.0 != b.0 {
            return a.0 < b.0;
        }
        let tie = |slot: u32| {
            let patient = patients.get(slot);
            (patient.joined, patient.cell, patient.address)
        };
        tie(a.1) < tie(b.1)
    }

    fn rise(&mut self, mut at: usize, patients: &Patients, extras: &mut [Extra]) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / 4;
            if !Self::before(entry, self.heap[parent], patients) {
                break;
            }
            self.put(at, self.heap[parent], extras);
            at = parent;
        }
        self.put(at, entry, extras);
    }

    fn sink(&mut self, mut at: usize, patients: &Patients, extras: &mut [Extra]) {
        let entry = self.heap[at];
        loop {
            let children = 4 * at + 1..(4 * at + 5).min(self.heap.len());
            let least =
                children.reduce(
                    |best, child| {
                        if Self::before(self.heap[child], self.heap[best], patients) { child } else { best }
                    },
                );
            match least {
                Some(child) if Self::before(self.heap[child], entry, patients) => {
                    self.put(at, self.heap[child], extras);
                    at = child;
                }
                _ => break,
            }
        }
        self.put(at, entry, extras);
    }

    fn put(&mut self, at: usize, entry: (u64, u32), extras: &mut [Extra]) {
        self.heap[at] = entry;
        extras[entry.1 as usize].prev = at as u32;
    }
}

/// The class that a waiting patient of a ring has now; smaller goes first.
pub(super) fn class_now(ring: &Ring, patient: &Patient, extra: &Extra, now: u64) -> u8 {
    let risen = |rise: &Rise| match rise.when {
        RiseWhen::Waited(ticks) => now - patient.joined >= ticks.0,
        RiseWhen::BeforeBreach(ticks) => now.saturating_add(ticks.0) >= extra.key,
    };
    let class = ring.rises.iter().filter(|rise| risen(rise)).map(|rise| rise.to).fold(ring.class, Ord::min);
    class as u8
}

/// The order of a patient on the list: the instant of joining, or the breach date.
pub(super) fn key(model: &Model, by_breach: bool, patient: &Patient) -> u64 {
    if by_breach {
        // Whoever was there before the start has a referral that wraps below zero.
        let referred = if patient.referred > u64::MAX / 2 { 0 } else { patient.referred };
        referred.saturating_add(model.lines[patient.line].standard)
    } else {
        patient.joined
    }
}
