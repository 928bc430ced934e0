//! Requests and stays of cells with rules: the long way, in the order "releases, capacity, seizes".

use super::Run;
use super::arrivals::{LEAVES, lower_half, pick_next};
use super::governance::{Extra, NO_EVENT};
use super::rings;
use super::state::{ASKED, MOVED, Patient, STARTED, Whereabouts};
use super::trace::{EventKind, Trace};
use crate::domain::{Class, WhenFull};
use crate::ids::{CellId, Id, LineId, PoolId, RouteId};
use crate::model::{Holding, Rules};
use crate::random::Purpose;

/// Whether there is room for a patient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fit {
    /// Yes.
    Yes,
    /// Places are free, but kept for others.
    Reserved,
    /// No.
    Short,
}

/// A cell's holdings with their positions.
pub(super) fn holdings(rules: &Rules, cell: CellId) -> &[Holding] {
    let range = &rules.cells[cell].holdings;
    &rules.holdings[range.start as usize..range.end as usize]
}

impl<T: Trace, const RULES: bool> Run<'_, T, RULES> {
    pub(super) fn extra(&self, slot: u32) -> &Extra {
        &self.work.governance.extras[slot as usize]
    }

    pub(super) fn extra_mut(&mut self, slot: u32) -> &mut Extra {
        &mut self.work.governance.extras[slot as usize]
    }

    /// Brings a governed pool's integrals up to now; to be called before any of its counts changes.
    pub(super) fn settle(&mut self, now: u64, pool: PoolId) {
        let state = &mut self.work.pools[pool.index()];
        self.work.governance.pools[pool.index()].integrate(now - state.changed, state.capacity);
        state.integrate(now);
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
            Whereabouts::Waiting => self.renege(rules, now, slot),
            Whereabouts::Away => self.come_back(rules, now, slot),
            Whereabouts::Blocked | Whereabouts::Gone => {}
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
            _ => {
                self.join_list(rules, now, slot);
                self.lose_patience_later(rules, now, slot);
            }
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

    /// Whether the places that a cell needs, less those that the patient keeps, are free.
    pub(super) fn fit(&self, rules: &Rules, now: u64, slot: u32, cell: CellId) -> Fit {
        let mut fit = Fit::Yes;
        for holding in holdings(rules, cell).iter().filter(|holding| holding.needed) {
            if holding.kept && self.holds(rules, slot, holding).is_some() {
                continue;
            }
            match self.room(rules, now, holding) {
                Fit::Yes => {}
                Fit::Reserved => fit = Fit::Reserved,
                Fit::Short => return Fit::Short,
            }
        }
        fit
    }

    fn room(&self, rules: &Rules, now: u64, holding: &Holding) -> Fit {
        let state = &self.work.pools[holding.pool.index()];
        let governed = &self.work.governance.pools[holding.pool.index()];
        let plan = &rules.pools[holding.pool];
        if plan.sessions > 0 {
            let open = governed.session_at == now && governed.slots_left >= holding.places;
            return if open { Fit::Yes } else { Fit::Short };
        }
        // A ring-fence closes with its pool.
        let open = state.busy.saturating_add(holding.places) <= state.capacity;
        if state.capacity == u32::MAX || (open && self.fits_fence(rules, holding)) {
            return Fit::Yes;
        }
        let fenced: u32 = plan.fences.iter().sum();
        let fence_busy: u32 = governed.fence_busy.iter().sum();
        let free = state.capacity.saturating_sub(fenced).saturating_sub(state.busy - fence_busy);
        if free >= holding.places.saturating_add(holding.leave_free) {
            Fit::Yes
        } else if free >= holding.places {
            Fit::Reserved
        } else {
            Fit::Short
        }
    }

    fn fits_fence(&self, rules: &Rules, holding: &Holding) -> bool {
        let state = &self.work.pools[holding.pool.index()];
        // A pool that is closed, or smaller for the time being, has no room in its fences either.
        if state.busy.saturating_add(holding.places) > state.capacity {
            return false;
        }
        holding.fence.is_some_and(|fence| {
            let busy = self.work.governance.pools[holding.pool.index()].fence_busy[fence as usize];
            rules.pools[holding.pool].fences[fence as usize].saturating_sub(busy) >= holding.places
        })
    }

    /// The position among the places held of those that a holding could keep.
    pub(super) fn holds(&self, rules: &Rules, slot: u32, wanted: &Holding) -> Option<usize> {
        let extra = self.extra(slot);
        if extra.mask == 0 {
            return None;
        }
        let held = holdings(rules, extra.held).iter().enumerate();
        held.filter(|(i, _)| extra.mask & 1 << i != 0)
            .find(|(_, holding)| holding.pool == wanted.pool && holding.places == wanted.places)
            .map(|(i, _)| i)
    }

    /// Seizes places. Those of the stage before are left, but for what the stage keeps; the stay begins or goes on.
    pub(super) fn start(&mut self, rules: &Rules, now: u64, slot: u32, cell: CellId) {
        let before = *self.extra(slot);
        let (mut mask, mut fences, mut carried) = (0_u16, 0_u16, 0_u16);
        for (i, holding) in holdings(rules, cell).iter().enumerate().filter(|(_, holding)| holding.kept) {
            if let Some(position) = self.holds(rules, slot, holding) {
                carried |= 1 << position;
                mask |= 1 << i;
                fences |= u16::from(before.fences & 1 << position != 0) << i;
            }
        }
        self.leave_places(rules, now, slot, before.mask & !carried);
        fences |= self.seize(rules, now, slot, cell, mask);
        let patient = self.work.patients.get_mut(slot);
        patient.cell = cell;
        patient.pool = self.model.cell_pools[cell];
        patient.stay_or_start = now;
        patient.whereabouts = Whereabouts::InPlace;
        let resumed = patient.flags & STARTED != 0;
        self.extra_mut(slot).fences = fences;
        let rest = self.extra(slot).rest;
        self.note(now, slot, if resumed { EventKind::Resumes } else { EventKind::Starts });
        self.schedule(now + rest, slot);
    }

    /// Takes the places that a cell needs, but for those in `kept`, which are held already; returns which of all are in a
    /// ring-fence.
    pub(super) fn seize(&mut self, rules: &Rules, now: u64, slot: u32, cell: CellId, kept: u16) -> u16 {
        let class = rules.cells[cell].class.index();
        let (mut mask, mut fences) = (kept, 0);
        for (i, holding) in holdings(rules, cell).iter().enumerate() {
            if !holding.needed || kept & 1 << i != 0 {
                continue;
            }
            let fenced = self.fits_fence(rules, holding);
            self.settle(now, holding.pool);
            self.work.pools[holding.pool.index()].busy += holding.places;
            let governed = &mut self.work.governance.pools[holding.pool.index()];
            governed.classes[class].busy += holding.places;
            if rules.pools[holding.pool].sessions > 0 {
                governed.slots_left = governed.slots_left.saturating_sub(holding.places);
                self.work.collector.post_slots(holding.pool, governed.session, holding.places);
            }
            if let (true, Some(fence)) = (fenced, holding.fence) {
                governed.fence_busy[fence as usize] += holding.places;
                fences |= 1 << i;
            }
            mask |= 1 << i;
        }
        let extra = self.extra_mut(slot);
        (extra.held, extra.mask, extra.fences) = (cell, mask, fences);
        let pool = self.model.cell_pools[cell];
        if rules.pools[pool].tracks_places {
            self.track(pool, slot);
        }
        fences
    }

    /// Gives back some of the places that a patient holds.
    pub(super) fn vacate(&mut self, rules: &Rules, now: u64, slot: u32, which: u16) {
        let extra = *self.extra(slot);
        if which == 0 {
            return;
        }
        let class = rules.cells[extra.held].class.index();
        for (i, holding) in holdings(rules, extra.held).iter().enumerate().filter(|(i, _)| which & 1 << i != 0) {
            self.settle(now, holding.pool);
            self.work.pools[holding.pool.index()].busy -= holding.places;
            let governed = &mut self.work.governance.pools[holding.pool.index()];
            governed.classes[class].busy -= holding.places;
            if let (true, Some(fence)) = (extra.fences & 1 << i != 0, holding.fence) {
                governed.fence_busy[fence as usize] -= holding.places;
            }
            self.work.governance.freed.push(holding.pool.index());
        }
        self.extra_mut(slot).mask &= !which;
    }

    /// A stay ends: what is not kept is given back, unless the patient may have to block it.
    pub(super) fn conclude(&mut self, rules: &Rules, now: u64, slot: u32) {
        self.completions += 1;
        self.extra_mut(slot).due = NO_EVENT;
        let patient = *self.work.patients.get(slot);
        if rules.pools[patient.pool].tracks_places {
            self.untrack(patient.pool, slot);
        }
        let next = self.next_cell(rules, &patient);
        let served = self.extra(slot).served;
        let whole = if patient.stay_or_start == 0 {
            self.whole_stay(&patient, now)
        } else {
            served + now - patient.stay_or_start
        };
        self.note_lasting(now, slot, EventKind::Ends, Some(whole));
        if patient.stay_or_start == 0 && self.model.lines[patient.line].stage.index() == 0 {
            // Wraps below zero: only differences to it are ever taken.
            self.work.patients.get_mut(slot).referred = now.wrapping_sub(whole);
        }
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

    /// Gives back some of the places that a patient holds, and books the spell in all of them as finished.
    pub(super) fn leave_places(&mut self, rules: &Rules, now: u64, slot: u32, which: u16) {
        let Extra { open, held, .. } = *self.extra(slot);
        self.close_spell(now, slot);
        self.vacate(rules, now, slot, which);
        if T::LISTENS && open {
            self.note_at(now, slot, held, EventKind::Vacates, None);
        }
    }

    /// Books the spell in the places held as finished, with what it has beyond its trim point.
    fn close_spell(&mut self, now: u64, slot: u32) {
        let extra = *self.extra(slot);
        if !extra.open {
            return;
        }
        let left = self.extra_mut(slot);
        // A stay that begins while its predecessor's place was still held starts from nothing.
        (left.open, left.served) = (false, 0);
        let patient = self.work.patients.get(slot);
        // The time since the stay ended was blocked; at its end the patient has not yet asked for anything else.
        let blocked = if patient.whereabouts == Whereabouts::Blocked { now - patient.joined } else { 0 };
        self.work.collector.post_vacated(self.model, extra.held, patient, blocked, extra.served, now);
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

    /// Draws when a patient who has just joined a list will leave it.
    fn lose_patience_later(&mut self, rules: &Rules, now: u64, slot: u32) {
        let patient = self.work.patients.get(slot);
        if let Some(patience) = &rules.lines[patient.line].patience[rules.cells[patient.cell].class.index()] {
            let [word, _] = self.generator.words_of(patient.address, Purpose::Patience, patient.visit);
            // Who has waited before the start has had that much patience already.
            let waited = now - patient.joined;
            let patience = if waited == 0 { patience.draw(word) } else { patience.draw_beyond(word, waited) };
            self.schedule((now - waited + patience).max(now + 1), slot);
        }
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
