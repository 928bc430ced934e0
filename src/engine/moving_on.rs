//! What follows a stay in a cell with rules: the next stage, here or at another provider, or the end of the pathway.

use super::Run;
use super::arrivals::{LEAVES, lower_half, pick_next};
use super::governance::NO_EVENT;
use super::places::holdings;
use super::rings;
use super::state::{ASKED, MOVED, Patient, STARTED, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::domain::WhenFull;
use crate::ids::{CellId, Id, LineId};
use crate::model::Rules;
use crate::random::Purpose;

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    /// A stay ends: what is not kept is given back, unless the patient may have to block it.
    pub(super) fn conclude(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.completions += 1;
        self.extra_mut(slot).due = NO_EVENT;
        let patient = *self.work.patients.get(slot);
        if rules.pools[patient.pool].tracks_places {
            self.untrack(patient.pool, slot);
        }
        let next = self.next_cell(rules, &patient);
        let began = if patient.stay_or_start == 0 { self.began_before(slot, now) } else { patient.stay_or_start };
        let whole = self.extra(slot).served + now.wrapping_sub(began);
        self.note_lasting(now, slot, EventKind::Ends, Some(whole));
        let mask = self.extra(slot).mask;
        let blocks = next.is_some_and(|next| rules.cells[next].when_full == WhenFull::Block) && mask != 0;
        let extra = self.extra_mut(slot);
        extra.served = whole;
        extra.open = true;
        self.work.collector.post_stay(self.model, &patient, now, 0);
        if !blocks {
            let kept = next.map_or(0, |next| self.carried(rules, slot, next));
            self.leave_places(rules, now, slot, mask & !kept);
        }
    }

    /// Which of the places held the next stage keeps.
    fn carried(&self, rules: &Rules, slot: u32, next: CellId) -> u16 {
        let kept = holdings(rules, next).iter().filter(|holding| holding.kept);
        kept.filter_map(|holding| self.holds(rules, slot, holding)).fold(0, |mask, position| mask | 1 << position)
    }

    /// The cell of the stage after this one; nothing if the patient leaves.
    fn next_cell(&self, rules: &Rules, patient: &Patient) -> Option<CellId> {
        if patient.next == LEAVES {
            return None;
        }
        let here = self.model.lines[patient.line].stage.index();
        let there = usize::from(patient.next);
        let same_provider = CellId::new(patient.cell.index() - here + there);
        let line = &rules.lines[LineId::new(patient.line.index() - here + there)];
        if !line.near_home {
            return Some(same_provider);
        }
        let stream = self.model.cell_streams[patient.cell];
        let place = line.homes.binary_search_by_key(&stream, |home| home.0).ok()?;
        self.same_stage(same_provider, line.homes[place].1)
    }

    /// A patient whose stay is over moves on, or leaves.
    pub(super) fn proceed(&mut self, rules: &Rules, now: u64, slot: u32) {
        let patient = *self.work.patients.get(slot);
        let Some(cell) = self.next_cell(rules, &patient) else {
            self.note(now, slot, EventKind::Completed);
            self.work.collector.post_leaving(self.model, &patient, now);
            self.work.patients.remove(slot);
            return;
        };
        let line_id = self.model.cells[cell].line;
        let line = &self.model.lines[line_id];
        let visit = patient.visit + 1;
        let [word, _] = self.generator.words_of(patient.address, Purpose::Stage, visit);
        let stay = self.stay(rules, cell, word);
        let patient = self.work.patients.get_mut(slot);
        patient.visit = visit;
        patient.flags = MOVED;
        patient.cell = cell;
        patient.line = line_id;
        patient.pool = self.model.cell_pools[cell];
        patient.joined = now;
        patient.stay_or_start = stay;
        patient.next = pick_next(line, lower_half(word));
        patient.whereabouts = Whereabouts::Waiting;
        let pool = patient.pool;
        self.set_stay(rules, slot, stay);
        self.note(now, slot, EventKind::Asked);
        if rules.cells[cell].governed {
            self.request(rules, now, slot);
        } else {
            self.join(now, slot, pool, stay);
        }
    }

    /// The stay in a cell, by a random word.
    pub(super) fn stay(&self, rules: &Rules, cell: CellId, word: u64) -> u64 {
        let line = self.model.cells[cell].line;
        match &rules.lines[line].away {
            Some(away) if rules.cells[cell].away => away.draw(word),
            _ => self.model.lines[line].stay.draw(word),
        }
    }

    /// Notes a new stay.
    pub(super) fn set_stay(&mut self, rules: &Rules, slot: u32, stay: u64) {
        let patient = self.work.patients.get(slot);
        let key = rings::key(self.model, rules.rings[rules.cells[patient.cell].ring].by_breach, patient);
        let extra = self.extra_mut(slot);
        (extra.stay, extra.rest, extra.key) = (stay, stay, key);
        if !extra.open {
            extra.served = 0;
        }
    }

    /// The random word of a stay that has not begun.
    fn stay_word(&self, patient: &Patient) -> u64 {
        let words = |purpose| self.generator.words_of(patient.address, purpose, patient.visit);
        if patient.visit > 0 {
            words(Purpose::Stage)[0]
        } else if patient.flags & (ASKED | MOVED) == ASKED {
            // Was on the list at the start.
            words(Purpose::Stage)[1]
        } else {
            words(Purpose::Referral)[1]
        }
    }

    /// A patient goes on to another provider, where there is room.
    pub(super) fn transfer(&mut self, rules: &Rules, now: u64, slot: u32, to: CellId) {
        let patient = *self.work.patients.get(slot);
        self.work.collector.post_transfer(&patient, to);
        self.change_provider(rules, slot, to);
        self.work.patients.get_mut(slot).flags |= ASKED | MOVED;
        self.note(now, slot, EventKind::Transferred);
    }

    /// A patient is to have the same stage at another provider, in whose pool another order may hold, and where a stay that
    /// has not begun may be that of patients away from home.
    pub(super) fn change_provider(&mut self, rules: &Rules, slot: u32, to: CellId) {
        let patient = *self.work.patients.get(slot);
        let row = self.work.patients.get_mut(slot);
        row.cell = to;
        row.pool = self.model.cell_pools[to];
        let mut stay = self.extra(slot).stay;
        let rest = self.extra(slot).rest;
        let begun = patient.flags & STARTED != 0;
        if !begun && rules.cells[patient.cell].away != rules.cells[to].away {
            stay = self.stay(rules, to, self.stay_word(&patient));
            self.work.patients.get_mut(slot).stay_or_start = stay;
        }
        let served = self.extra(slot).served;
        self.set_stay(rules, slot, stay);
        if begun {
            let extra = self.extra_mut(slot);
            (extra.rest, extra.served) = (rest, served);
        }
    }
}
