//! What happens at the same millisecond: all places are released before any is seized.

use super::Run;
use super::governance::NO_EVENT;
use super::state::Whereabouts;
use super::trace::{EventKind, Trace};
use crate::ids::{CellId, Id};
use crate::model::Rules;
use crate::random::Patient as Address;

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Handles all events of an instant together; the event list's root is vacant, its slot being `first`.
    #[cold]
    pub(super) fn happen_together(&mut self, now: u64, first: u32) {
        let mut slots = std::mem::take(&mut self.work.simultaneous);
        slots.clear();
        slots.push(first);
        self.work.events.settle();
        self.gather_events(now, &mut slots);
        match self.rules() {
            Some(rules) => self.happen_by_rules(rules, now, &mut slots, false),
            None => self.release_together(now, &mut slots),
        }
        self.work.simultaneous = slots;
    }

    /// Changes capacity, if now is the time, after the releases of the same instant and before its seizes.
    pub(super) fn change_at(&mut self, rules: &Rules, now: u64) {
        if self.work.governance.next_change(rules) != now - self.model.origin {
            return;
        }
        let mut slots = std::mem::take(&mut self.work.simultaneous);
        slots.clear();
        self.gather_events(now, &mut slots);
        self.happen_by_rules(rules, now, &mut slots, true);
        self.work.simultaneous = slots;
    }

    fn gather_events(&mut self, now: u64, slots: &mut Vec<u32>) {
        while self.work.events.first_instant() == now {
            slots.push(self.work.events.take_first());
            self.work.events.settle();
        }
    }

    /// Order of patients: by time of joining the stage that ends, then by stream and patient; never by slot.
    fn order(&self, slot: u32) -> (u64, CellId, Address, u32) {
        let patient = self.work.patients.get(slot);
        (patient.joined, patient.cell, patient.address, patient.visit)
    }

    fn release_together(&mut self, now: u64, slots: &mut [u32]) {
        slots.sort_unstable_by_key(|&slot| self.order(slot));
        for &slot in &*slots {
            self.note_end(now, slot);
            let pool = self.finish(now, slot);
            self.note(now, slot, EventKind::Vacates);
            let pool = &mut self.work.pools[pool];
            pool.integrate(now);
            pool.busy -= 1;
        }
        for &slot in &*slots {
            let pool = self.work.patients.get(slot).pool.index();
            self.fill(now, pool);
        }
        for &slot in &*slots {
            self.move_on(now, slot);
        }
    }

    /// Gives free places of a plain pool to those who wait.
    pub(super) fn fill(&mut self, now: u64, pool: usize) {
        while self.work.pools[pool].waiting > 0 && !self.work.pools[pool].is_full() {
            let state = &mut self.work.pools[pool];
            state.integrate(now);
            state.busy += 1;
            self.admit_first(now, pool);
        }
    }

    /// Releases, then changes of capacity, then seizes, each in order of joining; whose patience ends at this instant leaves
    /// only if there is still no place.
    fn happen_by_rules(&mut self, rules: &Rules, now: u64, slots: &mut Vec<u32>, changes: bool) {
        // Stale events are dropped; a patient may have left two of them for this instant.
        slots.retain(|&slot| self.extra(slot).due == now);
        slots.sort_unstable();
        slots.dedup();
        slots.sort_unstable_by_key(|&slot| self.order(slot));
        let mut ends = std::mem::take(&mut self.work.governance.ends);
        ends.clear();
        ends.extend(slots.iter().copied().filter(|&slot| self.is(slot, Whereabouts::InPlace)));
        for &slot in &ends {
            let pool = self.work.patients.get(slot).pool.index();
            if self.work.pools[pool].governed {
                self.conclude(rules, now, slot);
            } else {
                self.extra_mut(slot).due = NO_EVENT;
                self.note_end(now, slot);
                self.finish(now, slot);
                self.note(now, slot, EventKind::Vacates);
                let state = &mut self.work.pools[pool];
                state.integrate(now);
                state.busy -= 1;
                self.work.governance.freed.push(pool);
            }
        }
        if changes {
            self.change_capacity(rules, now);
        }
        self.fill_freed(rules, now);
        for &slot in &ends {
            self.proceed(rules, now, slot);
            self.fill_freed(rules, now);
        }
        self.work.governance.ends = ends;
        for &slot in &*slots {
            if self.extra(slot).due != now {
                continue;
            }
            if self.is(slot, Whereabouts::Waiting) || self.is(slot, Whereabouts::Blocked) {
                self.rise_or_renege(rules, now, slot);
            } else if self.is(slot, Whereabouts::Away) {
                self.come_back(rules, now, slot);
            }
            self.fill_freed(rules, now);
        }
        if changes {
            self.close_sessions();
        }
    }

    fn is(&self, slot: u32, whereabouts: Whereabouts) -> bool {
        self.work.patients.get(slot).whereabouts == whereabouts
    }
}
