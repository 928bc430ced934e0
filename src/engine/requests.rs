//! Requests of cells with rules: the long way, in the order "releases, capacity, seizes".

use super::Run;
use super::governance::{Extra, NO_EVENT};
use super::places::Fit;
use super::state::{ASKED, MOVED, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::domain::{Class, WhenFull};
use crate::ids::{CellId, Id, RouteId};
use crate::model::Rules;
use crate::random::Purpose;

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    pub(super) fn extra(&self, slot: u32) -> &Extra {
        &self.work.governance.extras[slot as usize]
    }

    pub(super) fn extra_mut(&mut self, slot: u32) -> &mut Extra {
        &mut self.work.governance.extras[slot as usize]
    }

    /// An event of the list falls due, if it is still valid.
    pub(super) fn happen(&mut self, rules: &Rules, now: u64, slot: u32) {
        if self.extra(slot).due != now {
            return;
        }
        match self.work.patients.get(slot).whereabouts {
            Whereabouts::InPlace => {
                let pool = self.work.patients.get(slot).pool.index();
                if self.work.pools[pool].governed {
                    self.conclude(rules, now, slot);
                    self.fill_freed(rules, now);
                    self.proceed(rules, now, slot);
                } else {
                    self.release(now, slot);
                }
            }
            Whereabouts::Waiting | Whereabouts::Blocked => self.rise_or_renege(rules, now, slot),
            Whereabouts::Away => self.come_back(rules, now, slot),
            Whereabouts::Gone => {}
        }
        self.fill_freed(rules, now);
    }

    /// A patient asks for the places of their cell: takes them, goes elsewhere, waits, blocks, or is refused.
    pub(super) fn request(&mut self, rules: &Rules, now: u64, slot: u32) {
        let cell = self.work.patients.get(slot).cell;
        if self.may_start(rules, now, slot, cell) {
            return self.start(rules, now, slot, cell);
        }
        if rules.cells[cell].class == Class::Emergency && self.preempt(rules, now, slot, cell) {
            return self.start(rules, now, slot, cell);
        }
        if let Some(other) = self.candidate(rules, now, slot, cell) {
            self.transfer(rules, now, slot, other);
            return self.start(rules, now, slot, other);
        }
        let patient = self.work.patients.get(slot);
        let pool = patient.pool;
        // Who waits at the start is on the list already, whatever its limit: the request is booked, and no move.
        let limit = if patient.flags & (ASKED | MOVED) == ASKED { u32::MAX } else { rules.pools[pool].list_limit };
        match rules.cells[cell].when_full {
            WhenFull::Block if self.extra(slot).mask != 0 => self.block(rules, now, slot),
            WhenFull::Refuse => self.refuse(rules, now, slot),
            _ if self.work.pools[pool.index()].waiting >= limit => {
                self.refuse(rules, now, slot);
            }
            _ => self.join_list(rules, now, slot),
        }
    }

    /// The first other provider with room, in the order of the flow rules.
    fn candidate(&self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> Option<CellId> {
        let plan = &rules.cells[cell];
        let range = plan.candidates.start as usize..plan.candidates.end as usize;
        let own = self.model.cells[cell].route;
        rules.candidates[range]
            .iter()
            .filter(|&&route| route != own)
            .filter_map(|&route| self.same_stage(cell, route))
            .find(|&other| self.may_start(rules, now, slot, other))
    }

    /// The cell of the same class and stage at another route of the stream.
    pub(super) fn same_stage(&self, cell: CellId, route: RouteId) -> Option<CellId> {
        let own = self.model.first_cells[self.model.cells[cell].route]?;
        Some(CellId::new(self.model.first_cells[route]?.index() + cell.index() - own.index()))
    }

    /// Whether there is room for a patient and nobody is passed who should not be.
    fn may_start(&self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> bool {
        self.fit(rules, now, slot, cell) == Fit::Yes && !self.would_overtake(rules, now, slot, cell)
    }

    /// A patient finds no place and is not to wait.
    fn refuse(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.note(now, slot, EventKind::Refused);
        let patient = *self.work.patients.get(slot);
        self.work.collector.post_refusal(&patient);
        let service = self.model.lines[patient.line].service;
        if let Some(returns) = &rules.services[service].returns
            && patient.visit == 0
            && u32::from(self.extra(slot).attempts) < returns.at_most
        {
            let attempt = self.extra(slot).attempts + 1;
            let [chance, after] = self.generator.words_of(patient.address, Purpose::Return, u32::from(attempt));
            if chance < returns.threshold {
                let due = now + returns.after.draw(after).max(1);
                self.extra_mut(slot).attempts = attempt;
                self.work.patients.get_mut(slot).whereabouts = Whereabouts::Away;
                self.schedule(due, slot);
                return;
            }
        }
        self.lose(rules, now, slot);
    }

    /// A patient leaves untreated, and gives back whatever is held.
    fn lose(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.losses += 1;
        let mask = self.extra(slot).mask;
        self.leave_places(rules, now, slot, mask);
        self.extra_mut(slot).due = NO_EVENT;
        self.note(now, slot, EventKind::Left);
        self.work.patients.remove(slot);
    }

    /// A refused patient asks again.
    pub(super) fn come_back(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.extra_mut(slot).due = NO_EVENT;
        let patient = self.work.patients.get_mut(slot);
        patient.joined = now;
        patient.flags = MOVED;
        patient.whereabouts = Whereabouts::Waiting;
        let (cell, stay) = (patient.cell, self.extra(slot).stay);
        self.work.collector.post_return(cell);
        self.set_stay(rules, slot, stay);
        self.note(now, slot, EventKind::Returned);
        self.request(rules, now, slot);
    }

    /// A patient has waited as long as patience lasts.
    pub(super) fn renege(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.note(now, slot, EventKind::Reneged);
        self.leave_list(rules, now, slot);
        let patient = *self.work.patients.get(slot);
        self.work.collector.post_reneging(&patient);
        if self.extra(slot).mask != 0 {
            self.work.collector.post_held(&patient, self.work.governance.extras[slot as usize].held, now);
        }
        self.lose(rules, now, slot);
        self.ask_those_behind(rules, patient.cell);
    }
}
