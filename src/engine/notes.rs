//! Telling whoever listens what happens to a patient; nothing of this is there when nobody does.

use super::Run;
use super::trace::{Event, EventKind, Held, Trace};
use crate::ids::{CellId, Id};
use crate::random::Patient as Address;

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// Something happens to a patient in the present cell.
    #[inline]
    pub(super) fn note(&mut self, now: u64, slot: u32, kind: EventKind) {
        if T::LISTENS {
            let patient = self.work.patients.get(slot);
            let lasted = match kind {
                EventKind::Starts => Some(now - patient.joined),
                // Referrals from before the start wrap; zero stands for one that nobody knows.
                EventKind::Completed => (patient.referred != 0).then(|| now.wrapping_sub(patient.referred)),
                _ => None,
            };
            self.note_lasting(now, slot, kind, lasted);
        }
    }

    /// The same, where the caller knows how long something lasted.
    #[inline]
    pub(super) fn note_lasting(&mut self, now: u64, slot: u32, kind: EventKind, lasted: Option<u64>) {
        if T::LISTENS {
            let cell = self.work.patients.get(slot).cell;
            self.note_at(now, slot, cell, kind, lasted);
        }
    }

    /// A stay in a pool without rules ends; to be called before it is posted.
    #[inline]
    pub(super) fn note_end(&mut self, now: u64, slot: u32) {
        if T::LISTENS {
            let patient = self.work.patients.get(slot);
            let start = patient.stay_or_start;
            let whole = if start == 0 { self.whole_stay(patient, now) } else { now - start };
            self.note_lasting(now, slot, EventKind::Ends, Some(whole));
        }
    }

    pub(super) fn note_at(&mut self, now: u64, slot: u32, cell: CellId, kind: EventKind, lasted: Option<u64>) {
        let (patient, held) = (self.work.patients.get(slot).address, self.held(slot, kind));
        self.tell(now, patient, cell, kind, held, lasted);
    }

    pub(super) fn tell(
        &mut self,
        now: u64,
        patient: Address,
        cell: CellId,
        kind: EventKind,
        held: Option<Held>,
        lasted: Option<u64>,
    ) {
        let at = now.cast_signed() - self.model.origin.cast_signed();
        self.trace.event(Event { at, patient, cell, kind, held, lasted });
    }

    /// The places that a patient holds. In pools without rules only the kind of event says so.
    fn held(&self, slot: u32, kind: EventKind) -> Option<Held> {
        let patient = self.work.patients.get(slot);
        if self.rules().is_some() {
            let extra = self.extra(slot);
            if extra.mask != 0 {
                return Some(Held { cell: extra.held, mask: extra.mask });
            }
            if self.work.pools[patient.pool.index()].governed {
                return None;
            }
        }
        let in_place = matches!(kind, EventKind::Present | EventKind::Starts | EventKind::Ends);
        in_place.then_some(Held { cell: patient.cell, mask: 1 })
    }
}
