//! Stays that end at the same millisecond: all places are released before any is seized.

use super::Run;
use crate::ids::{CellId, Id};
use crate::random::Patient as Address;

impl Run<'_> {
    /// Handles all releases of an instant together; the event list's root is vacant, its slot being `first`.
    #[cold]
    pub(super) fn release_together(&mut self, now: u64, first: u32) {
        let mut slots = std::mem::take(&mut self.work.simultaneous);
        slots.clear();
        slots.push(first);
        self.work.events.settle();
        while self.work.events.first_instant() == now {
            slots.push(self.work.events.take_first());
            self.work.events.settle();
        }
        // By time of joining the stage that ends, then by stream and patient: never by slot.
        let key = |slot: u32| -> (u64, CellId, Address, u32) {
            let patient = self.work.patients.get(slot);
            (patient.joined, patient.cell, patient.address, patient.visit)
        };
        slots.sort_unstable_by_key(|&slot| key(slot));
        for &slot in &slots {
            let pool = self.finish(now, slot);
            let pool = &mut self.work.pools[pool];
            pool.integrate(now);
            pool.busy -= 1;
        }
        for &slot in &slots {
            let pool = self.work.patients.get(slot).pool.index();
            self.fill(now, pool);
        }
        for &slot in &slots {
            self.move_on(now, slot);
        }
        self.work.simultaneous = slots;
    }

    /// Gives free places to those who wait.
    fn fill(&mut self, now: u64, pool: usize) {
        while self.work.pools[pool].waiting > 0 && !self.work.pools[pool].is_full() {
            let state = &mut self.work.pools[pool];
            state.integrate(now);
            state.busy += 1;
            self.admit_first(now, pool);
        }
    }
}
