//! The future event list: a 4-ary heap of packed keys.
//!
//! An entry is an instant in the upper 40 bits and a patient's slot in the lower 24, so that one comparison of integers
//! orders the list. Four children share a cache line and halve the depth of a binary heap (A. `LaMarca` and R. Ladner 1996).

use crate::units::WEEK;

/// Bits of an entry that hold the slot.
pub(super) const SLOT_BITS: u32 = 24;

/// The number of slots.
pub(super) const SLOTS: usize = 1 << SLOT_BITS;

/// An entry later than all others.
const NEVER: u64 = u64::MAX;

fn slot_of(entry: u64) -> u32 {
    (entry & ((1 << SLOT_BITS) - 1)) as u32
}

/// Entries in a heap whose root may be vacant: an event that schedules another fills the root's place at once.
#[derive(Debug, Default)]
pub struct EventList {
    /// The heap; a multiple of four entries behind the root, padded with `NEVER`.
    heap: Vec<u64>,
    len: usize,
    vacant: bool,
}

impl EventList {
    /// Removes all entries.
    pub fn clear(&mut self) {
        self.heap.clear();
        self.heap.resize(5, NEVER);
        self.len = 0;
        self.vacant = false;
    }

    /// The instant of the first entry; later than any simulated time if there is none. The root must not be vacant.
    #[inline]
    pub fn first_instant(&self) -> u64 {
        debug_assert!(!self.vacant);
        self.heap[0] >> SLOT_BITS
    }

    /// Takes the first entry's slot and leaves the root vacant; [`Self::settle`] or a push must follow.
    #[inline]
    pub fn take_first(&mut self) -> u32 {
        debug_assert!(!self.vacant && self.len > 0);
        self.vacant = true;
        slot_of(self.heap[0])
    }

    /// The instant and the slot of the entry behind the first, whose place is vacant; without one an instant later than any
    /// simulated time and no patient's slot.
    #[inline]
    pub fn second(&self) -> (u64, u32) {
        let [a, b, c, d] = [self.heap[1], self.heap[2], self.heap[3], self.heap[4]];
        let least = a.min(b).min(c.min(d));
        (least >> SLOT_BITS, slot_of(least))
    }

    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, instant: u64, slot: u32) {
        let key = instant << SLOT_BITS | u64::from(slot);
        if self.vacant {
            self.vacant = false;
            self.sink(key);
        } else {
            self.rise(key);
        }
    }

    /// Closes the gap if the root is still vacant.
    #[inline]
    pub fn settle(&mut self) {
        if self.vacant {
            self.vacant = false;
            self.len -= 1;
            let last = self.heap[self.len];
            self.heap[self.len] = NEVER;
            if self.len > 0 {
                self.sink(last);
            }
        }
    }

    #[inline]
    fn rise(&mut self, key: u64) {
        let mut hole = self.len;
        self.len += 1;
        if self.heap.len() < self.len + 4 {
            self.heap.resize(self.len + 8, NEVER);
        }
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if self.heap[parent] <= key {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = key;
    }

    /// Puts a key into the root's place and restores the order below it.
    #[inline]
    fn sink(&mut self, key: u64) {
        let mut hole = 0;
        loop {
            let first = 4 * hole + 1;
            let Some(&[a, b, c, d]) = self.heap.get(first..first + 4).and_then(|four| <&[u64; 4]>::try_from(four).ok())
            else {
                break;
            };
            let (ab, i) = if a <= b { (a, first) } else { (b, first + 1) };
            let (cd, j) = if c <= d { (c, first + 2) } else { (d, first + 3) };
            let (least, child) = if ab <= cd { (ab, i) } else { (cd, j) };
            if least >= key {
                break;
            }
            self.heap[hole] = least;
            hole = child;
        }
        self.heap[hole] = key;
    }
}

/// Entries of later weeks, unsorted. Ends of patience and rises lie far ahead and most never come, for the patient has started by
/// then; here they cost nothing until their week begins.
#[derive(Debug, Default)]
pub(super) struct LaterWeeks {
    weeks: Vec<Vec<u64>>,
    /// How many weeks have begun.
    begun: usize,
}

impl LaterWeeks {
    pub(super) fn clear(&mut self) {
        self.weeks.iter_mut().for_each(Vec::clear);
        self.begun = 0;
    }

    /// Keeps an entry for an instant this long after the beginning; false if its week has begun.
    #[inline]
    pub(super) fn keep(&mut self, after: u64, instant: u64, slot: u32) -> bool {
        let week = (after / WEEK) as usize;
        if week < self.begun {
            return false;
        }
        if self.weeks.len() <= week {
            self.weeks.resize_with(week + 1, Vec::new);
        }
        self.weeks[week].push(instant << SLOT_BITS | u64::from(slot));
        true
    }

    /// Begins the next week: those of its entries that are still good go to the event list.
    pub(super) fn begin(&mut self, events: &mut EventList, is_good: impl Fn(u64, u32) -> bool) {
        if let Some(week) = self.weeks.get_mut(self.begun) {
            for entry in week.drain(..) {
                let (instant, slot) = (entry >> SLOT_BITS, slot_of(entry));
                if is_good(instant, slot) {
                    events.push(instant, slot);
                }
            }
        }
        self.begun += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    proptest! {
        /// Against the standard library's heap, over random pushes, pops and pops that are followed by a push.
        #[test]
        fn orders_like_a_binary_heap(steps in prop::collection::vec((0_u8..3, 0_u64..1000), 1..400)) {
            let mut list = EventList::default();
            list.clear();
            let mut oracle = BinaryHeap::new();
            for (i, (step, instant)) in steps.into_iter().enumerate() {
                if step > 0 && let Some(Reverse((first, slot))) = oracle.pop() {
                    prop_assert_eq!(list.first_instant(), first);
                    let ties = oracle.peek().is_some_and(|Reverse((next, _))| *next == first);
                    prop_assert_eq!(list.take_first(), slot);
                    prop_assert_eq!(list.second().0 == first, ties);
                    if step == 2 {
                        list.push(first + instant, i as u32);
                        oracle.push(Reverse((first + instant, i as u32)));
                    }
                    list.settle();
                } else {
                    list.push(instant, i as u32);
                    oracle.push(Reverse((instant, i as u32)));
                }
            }
        }
    }
}
