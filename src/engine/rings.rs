//! Queues of patients who want the same places under the same rules.
//!
//! All patients of a ring have the same class and rise by the same rule, so whoever is first by the ring's key is also
//! the one who has risen highest: only heads ever need to be compared, and nobody is moved when a class rises.

use super::governance::Extra;
use super::state::{NOBODY, Patient, Patients};
use super::tails::Tail;
use crate::domain::{Rise, RiseWhen};
use crate::model::{Model, Ring};

/// One queue: a list in the order of joining, or a heap in the order of breach dates.
#[derive(Debug)]
pub(super) struct RingState {
    head: u32,
    tail: u32,
    by_breach: bool,
    heap: Vec<Entry>,
    /// Entries of the heap whose patients have left.
    stale: usize,
    /// How many have rows, on a list in the order of joining.
    near: u32,
    /// Whether those far behind may have none.
    may_have_tail: bool,
    /// Those behind the rows.
    pub(super) far: Tail,
}

/// Somebody on the heap: breach date, then the order of joining. The patient's extra holds the ticket for as long as the
/// entry is good; so leaving touches nothing but the patient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry {
    key: u64,
    ticket: u32,
    slot: u32,
}

impl Entry {
    fn is_good(self, extras: &[Extra]) -> bool {
        extras[self.slot as usize].ticket == self.ticket
    }
}

impl Default for RingState {
    fn default() -> Self {
        let heap = Vec::new();
        let far = Tail::new();
        Self { head: NOBODY, tail: NOBODY, by_breach: false, heap, stale: 0, near: 0, may_have_tail: true, far }
    }
}

impl RingState {
    pub(super) fn clear(&mut self, by_breach: bool) {
        (self.head, self.tail, self.stale, self.near) = (NOBODY, NOBODY, 0, 0);
        (self.by_breach, self.may_have_tail) = (by_breach, !by_breach);
        self.heap.clear();
        self.far.clear();
    }

    /// Patients leave from the middle: all have rows.
    pub(super) fn keep_rows(&mut self) {
        self.may_have_tail = false;
    }

    /// Whether a patient with this key belongs into the tail, which a list of so many rows gets.
    pub(super) fn takes_into_tail(&self, key: u64, long: u32, extras: &[Extra]) -> bool {
        match self.far.front() {
            Some(first) => first.joined <= key,
            // Who was interrupted does not stand behind all.
            None => self.may_have_tail && self.near >= long && extras[self.tail as usize].key <= key,
        }
    }

    /// Whether the first of all has no row.
    pub(super) fn needs_rows(&self) -> bool {
        self.head == NOBODY && !self.far.is_empty()
    }

    /// The first in order.
    pub(super) fn first(&self) -> u32 {
        if self.by_breach { self.heap.first().map_or(NOBODY, |entry| entry.slot) } else { self.head }
    }

    /// Adds a patient, whose key is in the extra. `tickets` counts those of all heaps.
    pub(super) fn insert(&mut self, slot: u32, tickets: &mut u32, patients: &mut Patients, extras: &mut [Extra]) {
        let key = extras[slot as usize].key;
        if self.by_breach {
            let entry = Entry { key, ticket: *tickets, slot };
            // No patient has the last ticket, which stands for none.
            *tickets = (*tickets + 1) % NOBODY;
            extras[slot as usize].ticket = entry.ticket;
            self.heap.push(entry);
            self.rise(self.heap.len() - 1);
            return;
        }
        self.near += 1;
        // Newcomers join behind; only who was interrupted walks to the front.
        let (mut before, mut behind) = (self.tail, NOBODY);
        if before != NOBODY && extras[before as usize].key > key {
            let mut at = self.head;
            while at != NOBODY && extras[at as usize].key <= key {
                at = patients.link(at);
            }
            behind = at;
            before = if at == NOBODY { self.tail } else { extras[at as usize].prev };
        }
        patients.set_link(slot, behind);
        extras[slot as usize].prev = before;
        if before == NOBODY {
            self.head = slot;
        } else {
            patients.set_link(before, slot);
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
            extras[slot as usize].ticket = NOBODY;
            self.stale += 1;
            if self.stale > 64 && self.stale > self.heap.len() / 2 {
                self.heap.retain(|entry| entry.is_good(extras));
                self.heap.sort_unstable();
                self.stale = 0;
            }
            // The first is always somebody who is there.
            while self.heap.first().is_some_and(|entry| !entry.is_good(extras)) {
                self.heap.swap_remove(0);
                self.sink();
                self.stale -= 1;
            }
            return;
        }
        let (before, behind) = (extras[slot as usize].prev, patients.link(slot));
        self.near -= 1;
        if before == NOBODY {
            self.head = behind;
        } else {
            patients.set_link(before, behind);
        }
        if behind == NOBODY {
            self.tail = before;
        } else {
            extras[behind as usize].prev = before;
        }
    }

    fn rise(&mut self, mut at: usize) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / 4;
            if entry >= self.heap[parent] {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = entry;
    }

    /// Restores the order below the first.
    fn sink(&mut self) {
        let Some(&entry) = self.heap.first() else { return };
        let mut at = 0;
        loop {
            let children = 4 * at + 1..(4 * at + 5).min(self.heap.len());
            let least = children.reduce(|best, child| if self.heap[child] < self.heap[best] { child } else { best });
            match least {
                Some(child) if self.heap[child] < entry => {
                    self.heap[at] = self.heap[child];
                    at = child;
                }
                _ => break,
            }
        }
        self.heap[at] = entry;
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
