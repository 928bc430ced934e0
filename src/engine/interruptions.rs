//! Places that are lost before the stay is over, and capacity that changes.

use super::Run;
use super::governance::NO_EVENT;
use super::places::{Fit, holdings};
use super::state::{ASKED, NOBODY, STARTED, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::domain::{AtClose, Class, Preemption};
use crate::ids::{CellId, Id, PoolId};
use crate::model::{ChangeKind, Rules};
use crate::random::{MAX_VISIT, Purpose};

/// How an interrupted stay goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Afterwards {
    /// With what was left.
    Resume,
    /// From its beginning.
    Restart,
    /// From the beginning of a stay drawn anew.
    Anew,
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Notes who took a place last.
    pub(super) fn track(&mut self, pool: PoolId, slot: u32) {
        let first = std::mem::replace(&mut self.work.governance.pools[pool.index()].last, slot);
        self.work.patients.set_link(slot, first);
        self.extra_mut(slot).prev = NOBODY;
        if first != NOBODY {
            self.extra_mut(first).prev = slot;
        }
    }

    /// Forgets a patient who took a place.
    pub(super) fn untrack(&mut self, pool: PoolId, slot: u32) {
        let (before, behind) = (self.extra(slot).prev, self.work.patients.link(slot));
        if before == NOBODY {
            self.work.governance.pools[pool.index()].last = behind;
        } else {
            self.work.patients.set_link(before, behind);
        }
        if behind != NOBODY {
            self.extra_mut(behind).prev = before;
        }
    }

    /// An emergency takes the place of the elective patient who started last; false if there is none.
    pub(super) fn preempt(&mut self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> bool {
        // Not while there is room, nor before those who came first and wait for more. Places that are kept for others in a
        // ring-fence are no room, and those that are to be left free are not taken from anybody below.
        if self.fit(rules, now, slot, cell) == Fit::Yes || self.would_overtake(rules, now, slot, cell) {
            return false;
        }
        let pool = self.model.cell_pools[cell];
        let afterwards = match rules.pools[pool].preemption {
            Preemption::Never => return false,
            Preemption::Resume => Afterwards::Resume,
            Preemption::Restart => Afterwards::Restart,
        };
        let [wanted] = holdings(rules, cell) else { return false };
        let state = &self.work.pools[pool.index()];
        if wanted.places != 1 || wanted.leave_free > 0 || state.busy > state.capacity {
            return false;
        }
        let governed = &self.work.governance.pools[pool.index()];
        let general = state.busy - governed.fence_busy.iter().sum::<u32>();
        // A pool that is smaller for the time being may have none but its fences.
        let open = general <= state.capacity.saturating_sub(rules.pools[pool].fences.iter().sum());
        let mut victim = governed.last;
        while victim != NOBODY && !self.gives_way(rules, victim, wanted.fence, open) {
            victim = self.work.patients.link(victim);
        }
        if victim == NOBODY {
            return false;
        }
        let held = self.extra(victim).held;
        self.work.collector.post_cancelled(held);
        self.interrupt(rules, now, victim, afterwards, EventKind::Interrupted);
        true
    }

    /// Whether a patient gives way to one with a ring-fence; `open` is whether a place outside all fences may be taken again.
    fn gives_way(&self, rules: &Rules, victim: u32, fence: Option<u32>, open: bool) -> bool {
        let extra = self.extra(victim);
        let [place] = holdings(rules, extra.held) else { return false };
        let in_fence = extra.fences & 1 != 0;
        rules.cells[extra.held].class == Class::Elective
            && place.places == 1
            && extra.mask == 1
            && if in_fence { place.fence == fence } else { open }
    }

    /// A patient in a place goes back to the list, before all who came later.
    fn interrupt(&mut self, rules: &Rules, now: u64, slot: u32, afterwards: Afterwards, why: EventKind) {
        let patient = *self.work.patients.get(slot);
        self.untrack(patient.pool, slot);
        self.work.collector.post_stay(self.model, &patient, now, 0);
        let end = self.extra(slot).due.max(now);
        let mut began = patient.stay_or_start;
        if began == 0 {
            began = self.began_before(slot, end);
            self.extra_mut(slot).stay = end.wrapping_sub(began);
        }
        let anew = (afterwards == Afterwards::Anew).then(|| {
            let turn = self.extra(slot).handed_over;
            let [word, _] = self.generator.words_of(patient.address, Purpose::HandOver, turn);
            self.stay(rules, patient.cell, word)
        });
        let extra = self.extra_mut(slot);
        extra.served += now.wrapping_sub(began);
        if let Some(stay) = anew {
            extra.stay = stay;
            extra.handed_over = (extra.handed_over + 1) % MAX_VISIT;
        }
        extra.rest = match afterwards {
            Afterwards::Resume => end - now,
            Afterwards::Restart | Afterwards::Anew => extra.stay,
        };
        extra.due = NO_EVENT;
        let mask = extra.mask;
        let row = self.work.patients.get_mut(slot);
        row.flags |= ASKED | STARTED;
        row.whereabouts = Whereabouts::Waiting;
        self.vacate(rules, now, slot, mask);
        self.note(now, slot, why);
        self.join_list(rules, now, slot);
    }

    /// The next changes of capacity and sessions, all of one instant: first every pool has its new places, then those who
    /// wait are asked.
    pub(super) fn change_capacity(&mut self, rules: &Rules, now: u64) {
        let at = now - self.model.origin;
        let first = self.work.governance.next_change;
        while let Some(change) = rules.changes.get(self.work.governance.next_change).filter(|change| change.at == at) {
            self.work.governance.next_change += 1;
            self.settle(now, change.pool);
            let pool = change.pool.index();
            match change.what {
                ChangeKind::Places(places) => {
                    self.work.pools[pool].capacity = places;
                    match rules.pools[change.pool].at_close {
                        AtClose::Finish => {}
                        AtClose::Suspend => self.close_places(rules, now, change.pool, Afterwards::Resume),
                        AtClose::HandOver => self.close_places(rules, now, change.pool, Afterwards::Anew),
                    }
                }
                ChangeKind::Session { number, slots } => {
                    let waiting = self.work.pools[pool].waiting;
                    let state = &mut self.work.governance.pools[pool];
                    (state.session_at, state.session, state.slots_left) = (now, number, slots);
                    self.work.governance.sessions.push((change.pool, number, slots, waiting));
                }
            }
            self.work.governance.freed.push(pool);
        }
        self.fill_freed(rules, now);
        for change in &rules.changes[first..self.work.governance.next_change] {
            if matches!(change.what, ChangeKind::Places(_)) {
                self.exchange_opened(rules, now, change.pool.index());
            }
        }
    }

    /// Books the sessions of an instant, when all who ask at this instant have asked.
    pub(super) fn close_sessions(&mut self) {
        while let Some((pool, number, slots, before)) = self.work.governance.sessions.pop() {
            let after = self.work.pools[pool.index()].waiting;
            self.work.collector.post_session(pool, number, [slots, before, after]);
        }
    }

    /// Interrupts those who started last until no more are in places than there are.
    fn close_places(&mut self, rules: &Rules, now: u64, pool: PoolId, afterwards: Afterwards) {
        while self.work.pools[pool.index()].busy > self.work.pools[pool.index()].capacity {
            let last = self.work.governance.pools[pool.index()].last;
            if last == NOBODY {
                return;
            }
            self.interrupt(rules, now, last, afterwards, EventKind::Suspended);
        }
    }
}
