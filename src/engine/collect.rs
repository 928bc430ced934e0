//! Posting what happens to cells, pools and histograms, period by period.
//!
//! A spell is posted once, when it ends or when a period does: a request and a wait to the period of their instant, time
//! in a place to the time it covers.

use super::governance::Governance;
use super::state::{ASKED, MOVED, Patient, Patients, PoolState, STARTED as HAS_STARTED, Whereabouts};
use crate::activity::{
    AuditActivity, Completed, PeriodActivity, PoolTime, ProfileSlot, SessionSlot, WaitHistograms, Waiting,
};
use crate::ids::{CellId, Id, IndexVec, LineId, PoolId};
use crate::model::Model;
use crate::stats::histogram::bin;

/// A spell, or the part of one that lies in the current period, waiting to be booked.
#[derive(Clone, Copy, Debug)]
struct Post {
    wait: u64,
    stay: u64,
    cell: CellId,
    pool: PoolId,
    line: LineId,
    /// The flags below.
    what: u32,
}

/// The stay finished.
const FINISHED: u32 = 1;
/// The stay started in this period.
const STARTED: u32 = 2;
/// The place was asked for in this period.
const REQUESTED: u32 = 4;
/// It was asked for by a move from another stage.
const MOVED_IN: u32 = 8;

/// Spells that are put aside before they are booked: 8 KiB.
const POSTS: usize = 256;

/// Whether the patient's present request falls in the period that began at an instant, as flags.
#[inline]
fn requested(patient: &Patient, began: u64) -> u32 {
    if patient.joined < began || patient.flags & ASKED != 0 {
        0
    } else if patient.flags & MOVED != 0 {
        REQUESTED | MOVED_IN
    } else {
        REQUESTED
    }
}

/// The activity of the current base period, and the audits of the whole replication.
#[derive(Debug, Default)]
pub(super) struct Collector {
    period: PeriodActivity,
    audits: AuditActivity,
    posts: Vec<Post>,
    /// Whether any line has a waiting standard, and any a trim point.
    standards: bool,
    trims: bool,
    /// Instant at which the current period began; the warm-up counts as a period that is thrown away.
    began: u64,
    /// Ends of the warm-up and of the base periods that are still to come, the next one last.
    ends: Vec<u64>,
    /// Instants of the next occupancy audit and of the next profile audit, and the end of the first part.
    next_audit: [u64; 3],
    profile_audits: u64,
    /// The number of base periods.
    periods: usize,
    end: u64,
    leavings: u64,
}

impl Collector {
    pub(super) fn prepare(&mut self, model: &Model) {
        let collection = model.origin + model.warm_up;
        self.began = model.origin;
        self.end = model.origin + model.end;
        self.ends = model.calendar.base.iter().rev().map(|base| model.origin + base.end).collect();
        if model.warm_up > 0 {
            self.ends.push(collection);
        }
        self.next_audit = [u64::MAX, u64::MAX, collection + model.calendar.first_part()];
        self.profile_audits = 0;
        self.periods = model.calendar.base.len();
        self.leavings = 0;
        if self.period.waiting.len() != model.streams.len()
            || self.period.pools.len() != model.pools.len()
            || self.period.class_times.len() != model.classes.pools.len()
        {
            self.period.pool_waits = WaitHistograms::new(model.pools.len());
            self.period.stream_waits = WaitHistograms::new(model.streams.len());
            self.period.class_waits = WaitHistograms::new(model.classes.pools.len());
        }
        self.standards = model.lines.iter().any(|line| line.standard != u64::MAX);
        self.trims = model.lines.iter().any(|line| line.trim != u64::MAX);
        self.posts.clear();
        self.posts.reserve(POSTS);
        self.reset(model);
        self.audits = AuditActivity::default();
        let reported = model.pools.len() - 1;
        (self.audits.early, self.audits.whole) = (vec![0; reported].into(), vec![0; reported].into());
        if model.audits.occupancy_every.is_some() {
            self.next_audit[0] = collection;
            let counts = || -> IndexVec<PoolId, Vec<u32>> {
                model.audits.largest.iter().take(reported).map(|&largest| vec![0; largest as usize + 1]).collect()
            };
            (self.audits.present, self.audits.waiting) = (counts(), counts());
        }
        if let Some(rules) = &model.rules {
            let sessions = rules.pools.iter().map(|pool| vec![SessionSlot::default(); pool.sessions as usize]);
            self.audits.sessions = sessions.collect();
        }
        if let Some((_, instants)) = model.audits.profile {
            self.next_audit[1] = collection;
            self.audits.profile = vec![vec![ProfileSlot::default(); instants as usize]; reported].into();
        }
    }

    fn reset(&mut self, model: &Model) {
        fn zeros<I: Id, T: Default + Clone>(rows: &mut IndexVec<I, T>, n: usize) {
            if rows.len() == n {
                rows.fill(T::default());
            } else {
                *rows = vec![T::default(); n].into();
            }
        }
        zeros(&mut self.period.cells, model.cells.len());
        zeros(&mut self.period.moved_in, model.cells.len());
        zeros(&mut self.period.within_standard, model.cells.len());
        zeros(&mut self.period.excess, model.cells.len());
        zeros(&mut self.period.incidents, if model.rules.is_some() { model.cells.len() } else { 0 });
        zeros(&mut self.period.pools, model.pools.len());
        zeros(&mut self.period.class_times, model.classes.pools.len());
        zeros(&mut self.period.waiting, model.streams.len());
        zeros(&mut self.period.completed, model.classes.pathways.len());
        self.period.pool_waits.clear();
        self.period.class_waits.clear();
        self.period.stream_waits.clear();
    }

    /// The next instant at which the engine has to stop for the collector.
    pub(super) fn next_boundary(&self) -> u64 {
        self.next_audit.iter().copied().fold(self.ends.last().copied().unwrap_or(self.end), u64::min)
    }

    /// Patients who left their pathway at its end.
    pub(super) fn leavings(&self) -> u64 {
        self.leavings
    }

    pub(super) fn take_audits(&mut self) -> AuditActivity {
        std::mem::take(&mut self.audits)
    }

    /// Does what is due at an instant, before its events; true at the end of the simulation.
    pub(super) fn at_boundary(
        &mut self,
        model: &Model,
        now: u64,
        patients: &Patients,
        pools: &mut [PoolState],
        governance: &mut Governance,
        sink: &mut dyn FnMut(&PeriodActivity),
    ) -> bool {
        while self.ends.last() == Some(&now) {
            self.ends.pop();
            self.close_period(model, now, patients, pools, governance);
            if self.ends.len() < model.calendar.base.len() {
                self.period.length = now - self.began;
                sink(&self.period);
            }
            self.began = now;
            self.reset(model);
        }
        if now == self.end {
            return true;
        }
        self.audit(model, now, pools);
        false
    }

    fn close_period(
        &mut self,
        model: &Model,
        now: u64,
        patients: &Patients,
        pools: &mut [PoolState],
        governance: &mut Governance,
    ) {
        for (i, (pool, time)) in pools.iter_mut().zip(self.period.pools.iter_mut()).enumerate() {
            let (mut blocked, mut offered) = (0, 0);
            if let (true, Some(governed)) = (pool.governed, governance.pools.get_mut(i)) {
                governed.integrate(now - pool.changed, pool.capacity);
                blocked = std::mem::take(&mut governed.blocked_time);
                offered = std::mem::take(&mut governed.offered);
            } else if pool.capacity != u32::MAX {
                offered = (now - self.began) * u64::from(pool.capacity);
            }
            pool.integrate(now);
            *time = PoolTime { occupied: pool.occupied, blocked, offered, queued: pool.queued, full: pool.full };
            (pool.occupied, pool.queued, pool.full) = (0, 0, 0);
        }
        if self.ends.len() < model.calendar.base.len() {
            for (sum, time) in self.audits.whole.iter_mut().zip(&self.period.pools) {
                *sum += time.occupied + time.queued;
            }
        }
        for (&(pool, class), time) in model.classes.pools.iter().zip(self.period.class_times.iter_mut()) {
            *time = std::mem::take(&mut governance.pools[pool.index()].classes[class.index()].time);
        }
        // Patients of classes without a row leave nothing behind for the next period either.
        governance
            .pools
            .iter_mut()
            .flat_map(|pool| &mut pool.classes)
            .for_each(|class| class.time = PoolTime::default());
        for (slot, patient) in patients.all().iter().enumerate() {
            match patient.whereabouts {
                Whereabouts::Gone | Whereabouts::Away => {}
                Whereabouts::Waiting => {
                    self.post_waiting(model, patient, now);
                    if let Some(extra) = governance.extras.get(slot).filter(|extra| extra.mask != 0) {
                        self.post_held(patient, extra.held, now);
                    }
                }
                Whereabouts::Blocked => {
                    self.post_request(patient);
                    let held = governance.extras[slot].held;
                    self.period.incidents[held].blocked += now - patient.joined.max(self.began);
                    self.post_held(patient, held, now);
                }
                Whereabouts::InPlace => self.post_stay(model, patient, now, 0),
            }
        }
        let tails = patients.tails.iter().chain(governance.rings.iter().map(|ring| &ring.far));
        for patient in tails.flatten().filter_map(|stored| stored.row(model)) {
            self.post_waiting(model, &patient, now);
        }
        self.flush(model);
    }

    fn audit(&mut self, model: &Model, now: u64, pools: &[PoolState]) {
        let reported = &pools[..pools.len() - 1];
        if now == self.next_audit[2] {
            self.next_audit[2] = u64::MAX;
            for (pool, (early, before)) in reported.iter().zip(self.audits.early.iter_mut().zip(&self.audits.whole)) {
                *early = before + pool.patient_time(now);
            }
        }
        if let Some(every) = model.audits.occupancy_every
            && now == self.next_audit[0]
        {
            self.next_audit[0] += every;
            let counts = self.audits.present.iter_mut().zip(self.audits.waiting.iter_mut());
            for (pool, (present, waiting)) in reported.iter().zip(counts) {
                let last = present.len() - 1;
                present[(pool.busy as usize + pool.waiting as usize).min(last)] += 1;
                waiting[(pool.waiting as usize).min(last)] += 1;
            }
        }
        if let Some((every, instants)) = model.audits.profile
            && now == self.next_audit[1]
        {
            self.next_audit[1] += every;
            let instant = (self.profile_audits % u64::from(instants)) as usize;
            self.profile_audits += 1;
            for (pool, slots) in reported.iter().zip(self.audits.profile.iter_mut()) {
                let slot = &mut slots[instant];
                slot.audits += 1;
                slot.full += u32::from(pool.is_full());
                slot.present += u64::from(pool.busy) + u64::from(pool.waiting);
                slot.waiting += u64::from(pool.waiting);
            }
        }
    }

    /// Posts a stay that ends now.
    #[inline]
    pub(super) fn post_finish(&mut self, model: &Model, patient: &Patient, now: u64) {
        self.post_stay(model, patient, now, FINISHED);
        if self.trims && patient.stay_or_start > 0 {
            self.post_excess(model, patient, now - patient.stay_or_start);
        }
    }

    /// Posts what a finished stay has beyond its trim point.
    pub(super) fn post_excess(&mut self, model: &Model, patient: &Patient, whole: u64) {
        self.add_excess(patient.cell, whole.saturating_sub(model.lines[patient.line].trim));
    }

    /// Posts what a patient in a place did in this period up to now.
    #[inline]
    pub(super) fn post_stay(&mut self, model: &Model, patient: &Patient, now: u64, finished: u32) {
        let began = self.began;
        let start = patient.stay_or_start;
        let mut what = finished;
        if start >= began && patient.flags & HAS_STARTED == 0 {
            what |= STARTED | requested(patient, began);
        }
        if self.posts.len() == POSTS {
            self.flush(model);
        }
        self.posts.push(Post {
            wait: start - patient.joined,
            stay: now - start.max(began),
            cell: patient.cell,
            pool: patient.pool,
            line: patient.line,
            what,
        });
    }

    /// Books the spells that were put aside. Together, because the cells lie scattered in memory, and a processor can
    /// wait for many of them at once but not while it follows one patient after the other. The first loop has no branch
    /// that chance decides; the few spells that need more are listed for the loops after it.
    fn flush(&mut self, model: &Model) {
        let period = &mut self.period;
        let (mut waited, mut moved) = ([0_u16; POSTS], [0_u16; POSTS]);
        let (mut waits, mut moves) = (0, 0);
        for (i, post) in self.posts.iter().enumerate() {
            let started = u32::from(post.what & STARTED != 0);
            let wait = post.wait * u64::from(started);
            let cell = &mut period.cells[post.cell];
            cell.requests += u32::from(post.what & REQUESTED != 0);
            cell.starts += started;
            cell.finishes += u32::from(post.what & FINISHED != 0);
            cell.wait += wait;
            cell.stay += post.stay;
            waited[waits] = i as u16;
            waits += usize::from(wait > 0);
            moved[moves] = i as u16;
            moves += usize::from(post.what & MOVED_IN != 0);
        }
        for &i in &moved[..moves] {
            period.moved_in[self.posts[usize::from(i)].cell] += 1;
        }
        for &i in &waited[..waits] {
            let post = &self.posts[usize::from(i)];
            let bin = bin(post.wait);
            period.pool_waits.record(post.pool, bin);
            if model.lines[post.line].stage.index() == 0 {
                period.stream_waits.record(model.cell_streams[post.cell], bin);
            }
            if let Some(rules) = &model.rules
                && let Some(row) = rules.pools[post.pool].class_rows[rules.cells[post.cell].class.index()]
            {
                period.class_waits.record(row, bin);
            }
        }
        if self.standards {
            for post in self.posts.iter().filter(|post| post.what & STARTED != 0) {
                let standard = model.lines[post.line].standard;
                period.within_standard[post.cell] += u32::from(standard != u64::MAX && post.wait <= standard);
            }
        }
        self.posts.clear();
    }

    fn post_waiting(&mut self, model: &Model, patient: &Patient, now: u64) {
        self.post_request(patient);
        let line = &model.lines[patient.line];
        if line.stage.index() == 0 && patient.flags & HAS_STARTED == 0 {
            let waiting: &mut Waiting = &mut self.period.waiting[model.cells[patient.cell].stream];
            waiting.patients += 1;
            waiting.within_standard += u32::from(now - patient.joined <= line.standard);
        }
    }

    fn post_request(&mut self, patient: &Patient) {
        let what = requested(patient, self.began);
        self.period.cells[patient.cell].requests += u32::from(what & REQUESTED != 0);
        self.period.moved_in[patient.cell] += u32::from(what & MOVED_IN != 0);
    }

    /// Posts a refusal that happens now.
    pub(super) fn post_refusal(&mut self, patient: &Patient) {
        self.post_request(patient);
        self.period.cells[patient.cell].refused += 1;
    }

    /// Posts a spell that ends now, when its place is left: everything but this and the ticks that it was blocked was posted
    /// when the stay ended. `stayed` is the whole stay before it was blocked.
    pub(super) fn post_vacated(
        &mut self,
        model: &Model,
        held: CellId,
        patient: &Patient,
        blocked: u64,
        stayed: u64,
        now: u64,
    ) {
        let ticks = if blocked > 0 { now - patient.joined.max(self.began) } else { 0 };
        if ticks > 0 {
            self.period.incidents[held].blocked += ticks;
        }
        // Mostly the stay was put aside a moment ago. Whose of the cell it is does not matter: they are added up.
        match self.posts.last_mut() {
            Some(post) if post.cell == held && post.what & FINISHED == 0 => {
                post.what |= FINISHED;
                post.stay += ticks;
            }
            _ => {
                let cell = &mut self.period.cells[held];
                cell.finishes += 1;
                cell.stay += ticks;
            }
        }
        if self.trims {
            let line = if held == patient.cell { patient.line } else { model.cells[held].line };
            self.add_excess(held, (stayed + blocked).saturating_sub(model.lines[line].trim));
        }
    }

    /// Most stays have none; these need not fetch the cell.
    fn add_excess(&mut self, cell: CellId, excess: u64) {
        if excess > 0 {
            self.period.excess[cell] += excess;
        }
    }

    /// Posts the time that a patient on a list has held the places of a cell, in this period.
    pub(super) fn post_held(&mut self, patient: &Patient, held: CellId, now: u64) {
        self.period.cells[held].stay += now - patient.joined.max(self.began);
    }

    /// Posts a request that goes on from the present cell, which is full, to another.
    pub(super) fn post_transfer(&mut self, patient: &Patient, to: CellId) {
        self.post_request(patient);
        self.period.incidents[patient.cell].transferred_out += 1;
        self.period.cells[to].requests += 1;
        self.period.moved_in[to] += 1;
        self.period.incidents[to].transferred_in += 1;
    }

    /// Posts a patient who comes back after a refusal.
    pub(super) fn post_return(&mut self, cell: CellId) {
        self.period.incidents[cell].returned += 1;
    }

    /// Posts a patient who leaves the waiting list untreated.
    pub(super) fn post_reneging(&mut self, patient: &Patient) {
        self.post_request(patient);
        self.period.incidents[patient.cell].reneged += 1;
    }

    /// Posts a stay that an emergency interrupts.
    pub(super) fn post_cancelled(&mut self, cell: CellId) {
        self.period.incidents[cell].cancelled += 1;
    }

    /// Posts a session: its slots, who waited before and who waits after.
    pub(super) fn post_session(&mut self, pool: PoolId, number: u32, [slots, before, after]: [u32; 3]) {
        if let Some(session) = self.session(pool, number) {
            session.sessions += 1;
            session.cleared += u32::from(after == 0);
            session.slots += u64::from(slots);
            session.waiting_before += u64::from(before);
            session.waiting_after += u64::from(after);
        }
    }

    /// Posts slots that are taken: by those who wait, or by somebody who comes at the very instant of the session.
    pub(super) fn post_slots(&mut self, pool: PoolId, number: u32, slots: u32) {
        if let Some(session) = self.session(pool, number) {
            session.taken += u64::from(slots);
        }
    }

    /// A session's audit; as all audits, sessions of the warm-up do not count.
    fn session(&mut self, pool: PoolId, number: u32) -> Option<&mut SessionSlot> {
        (self.ends.len() <= self.periods).then(|| &mut self.audits.sessions[pool][number as usize])
    }

    /// Posts a patient who leaves at the end of the pathway.
    #[inline]
    pub(super) fn post_leaving(&mut self, model: &Model, patient: &Patient, now: u64) {
        self.leavings += 1;
        if patient.referred > 0 {
            let pathway = if model.rules.is_some() {
                model.cells[patient.cell].pathway
            } else {
                model.lines[patient.line].pathway
            };
            let completed: &mut Completed = &mut self.period.completed[pathway];
            completed.patients += 1;
            completed.time_in_system += now.wrapping_sub(patient.referred);
        }
    }
}
