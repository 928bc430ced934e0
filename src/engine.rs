//! Discrete events on integer time: a model and a replication in, activity out.
//!
//! The engine knows home areas, cells and pools; it knows no commissioner, no money, no file, no thread and no clock.
//! At equal instants releases come before seizes, and seizes in the order of joining; patients who join at the same
//! instant come in the order of their streams, so the outcome does not depend on where in memory they are held.

mod arrivals;
mod choice;
mod collect;
mod event_list;
mod exchange;
mod governance;
mod initial;
mod interruptions;
mod lists;
mod moving_on;
mod notes;
mod places;
mod requests;
mod rings;
mod simultaneous;
mod state;
mod tails;
mod trace;

pub use event_list::EventList;
pub use trace::{Event, EventKind, Held, Trace, Untraced};

use crate::activity::{AuditActivity, PeriodActivity};
use crate::ids::{CellId, Id, LineId, PoolId};
use crate::model::{Model, Rules};
use crate::random::{Generator, Purpose};
use crate::units::WEEK;
use arrivals::{Arrivals, LEAVES, Referral, lower_half, pick_next};
use collect::Collector;
use event_list::LaterWeeks;
use governance::{Extra, Governance};
use state::{MOVED, NOBODY, Patient, Patients, PoolState, Whereabouts};
use std::hint::black_box;
use tails::Limits;
use thiserror::Error;

/// Why a simulation stopped before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum EngineError {
    /// More patients at once than the event list can tell apart.
    #[error(
        "more than 16.7 million patients present, or referred within a week: a waiting list grows without bound, or the demand is too large"
    )]
    TooManyPresent,
    /// Whoever listens wants no more events.
    #[error("stopped by whoever follows the events")]
    Stopped,
}

/// What a finished replication leaves beside its periods.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// External referrals in scope and completed stays, warm-up included: the events of `--timings`.
    pub events: u64,
    /// What audits found.
    pub audits: AuditActivity,
    /// Patients who were there at the start.
    pub present_at_start: u64,
    /// Patients referred.
    pub referred: u64,
    /// Patients who left: pathway completed, refused or out of patience.
    pub left: u64,
    /// Patients still there at the end.
    pub present_at_end: u64,
    /// Closed rings of blocked patients that were resolved by exchange.
    pub exchanges: u64,
    /// Patients who have held places, blocked or while on a list, for more than the second half of the simulation: they wait
    /// for each other, and no exchange can help.
    pub stuck: u64,
}

/// Memory that replications use again.
#[derive(Debug, Default)]
pub struct Workspace {
    patients: Patients,
    pools: Vec<PoolState>,
    events: EventList,
    later: LaterWeeks,
    arrivals: Arrivals,
    collector: Collector,
    simultaneous: Vec<u32>,
    governance: Governance,
    limits: Limits,
}

impl Workspace {
    /// Memory in which a list of `long` patients gets a tail whose patients take little of it, and of whom the first `batch`
    /// come out of it together; at least one each. No outcome depends on either: this is for tests, which have short lists.
    pub fn with_tails(long: u32, batch: u32) -> Self {
        Self { limits: Limits { long: long.max(1), batch: batch.max(1) }, ..Self::default() }
    }
}

/// Runs one replication; `sink` receives each base period's activity, in order, at its end.
///
/// The outcome depends on the model, its seed and the replication's number alone.
///
/// # Errors
/// [`EngineError::TooManyPresent`] before the patients present and those referred within a week exceed 2^24.
pub fn run(
    model: &Model,
    replication: u32,
    workspace: &mut Workspace,
    sink: &mut dyn FnMut(&PeriodActivity),
) -> Result<Outcome, EngineError> {
    run_traced(model, replication, workspace, sink, Untraced)
}

/// The same, telling `trace` every event in order of time. The activity is the same, too.
///
/// # Errors
/// As [`run`], and [`EngineError::Stopped`].
pub fn run_traced<T: Trace>(
    model: &Model,
    replication: u32,
    workspace: &mut Workspace,
    sink: &mut dyn FnMut(&PeriodActivity),
    trace: T,
) -> Result<Outcome, EngineError> {
    if model.rules.is_some() {
        Run::<T, true>::new(model, replication, workspace, trace).run(sink)
    } else {
        Run::<T, false>::new(model, replication, workspace, trace).run(sink)
    }
}

/// One replication under way. `RULES` is whether the model has rules, so that one without them pays nothing for them.
struct Run<'a, T, const RULES: bool> {
    model: &'a Model,
    rules: Option<&'a Rules>,
    trace: T,
    generator: Generator,
    work: &'a mut Workspace,
    now: u64,
    end: u64,
    referrals: u64,
    completions: u64,
    /// Patients who left before the end of their pathway: refused or out of patience.
    losses: u64,
    present_at_start: u64,
}

impl<'a, T: Trace, const RULES: bool> Run<'a, T, RULES> {
    fn new(model: &'a Model, replication: u32, work: &'a mut Workspace, trace: T) -> Self {
        work.patients.clear(model.pools.len());
        work.events.clear();
        work.later.clear();
        work.arrivals.clear();
        work.pools.clear();
        let rules = model.rules.as_deref();
        work.pools.extend(model.pools.iter_ids().map(|(id, &plan)| {
            let governed = rules.is_some_and(|rules| rules.pools[id].governed);
            PoolState::new(plan, governed, model.origin)
        }));
        work.governance.prepare(model);
        work.collector.prepare(model);
        Self {
            model,
            rules,
            trace,
            generator: Generator::new(model.seed, replication),
            work,
            now: model.origin,
            end: model.origin + model.end,
            referrals: 0,
            completions: 0,
            losses: 0,
            present_at_start: 0,
        }
    }

    fn run(mut self, sink: &mut dyn FnMut(&PeriodActivity)) -> Result<Outcome, EngineError> {
        let model = self.model;
        self.place_initial_patients();
        let mut window = 0;
        loop {
            if self.now == self.model.origin + u64::from(window) * WEEK {
                if T::LISTENS && self.trace.stops() {
                    return Err(EngineError::Stopped);
                }
                self.work.arrivals.draw(model, self.generator, window);
                self.begin_week();
                window += 1;
                // Before the week begins, so that no slot is ever past the event list's bits.
                let present = self.work.patients.slots() + self.in_tails();
                if present + self.work.arrivals.len() > event_list::SLOTS {
                    return Err(EngineError::TooManyPresent);
                }
            }
            let work = &mut *self.work;
            if work.collector.at_boundary(model, self.now, &work.patients, &mut work.pools, &mut work.governance, sink)
            {
                break;
            }
            let next_window = self.model.origin + u64::from(window) * WEEK;
            let mut until = next_window.min(self.work.collector.next_boundary());
            if let Some(rules) = self.rules() {
                self.change_at(rules, self.now);
                until = until.min(self.model.origin.saturating_add(self.work.governance.next_change(rules)));
            }
            self.advance(until);
            self.now = until;
        }
        Ok(self.outcome())
    }

    /// The rules of the model, if it has any.
    #[inline]
    fn rules(&self) -> Option<&'a Rules> {
        if RULES { self.rules } else { None }
    }

    /// Handles all events before an instant: the loop.
    fn advance(&mut self, until: u64) {
        loop {
            let release = self.work.events.first_instant();
            let referral = self.work.arrivals.next_instant();
            if release <= referral {
                if release >= until {
                    return;
                }
                let slot = self.work.events.take_first();
                let (second, next) = self.work.events.second();
                self.fetch(next);
                if second == release {
                    self.happen_together(release, slot);
                } else if let Some(rules) = self.rules() {
                    self.happen(rules, release, slot);
                } else {
                    self.release(release, slot);
                }
                self.work.events.settle();
            } else {
                if referral >= until {
                    return;
                }
                let patient = self.work.arrivals.take();
                self.refer(referral, &patient);
            }
        }
    }

    /// Reads what is known of a patient, so that it is near when their turn comes.
    #[inline]
    fn fetch(&self, slot: u32) {
        self.work.patients.fetch(slot);
        if let (true, Some(extra)) = (RULES, self.work.governance.extras.get(slot as usize)) {
            black_box(extra.due);
        }
    }

    /// A referral arrives.
    #[inline]
    fn refer(&mut self, now: u64, referral: &Referral) {
        self.referrals += 1;
        let slot = self.work.patients.add(Patient {
            referred: now,
            joined: now,
            stay_or_start: referral.stay,
            address: referral.patient,
            cell: referral.cell,
            pool: referral.pool,
            line: referral.line,
            visit: 0,
            next: referral.next,
            whereabouts: Whereabouts::Waiting,
            flags: 0,
            link: NOBODY,
        });
        if let Some(rules) = self.rules() {
            self.begin(rules, slot, referral.stay);
            self.choose_by_waits(rules, slot);
        }
        self.note(now, slot, EventKind::Referred);
        let patient = self.work.patients.get(slot);
        let (pool, stay) = (patient.pool, patient.stay_or_start);
        self.join(now, slot, pool, stay);
    }

    /// A stay ends: the place goes to the first on the waiting list, the patient moves on or leaves.
    #[inline]
    fn release(&mut self, now: u64, slot: u32) {
        self.note_end(now, slot);
        let pool = self.finish(now, slot);
        self.note(now, slot, EventKind::Vacates);
        if self.work.pools[pool].head == NOBODY {
            let pool = &mut self.work.pools[pool];
            pool.integrate(now);
            pool.busy -= 1;
        } else {
            self.admit_first(now, pool);
        }
        self.move_on(now, slot);
    }

    /// Posts a finished stay; returns its pool.
    #[inline]
    fn finish(&mut self, now: u64, slot: u32) -> usize {
        self.completions += 1;
        let patient = self.work.patients.get(slot);
        let pool = patient.pool.index();
        self.work.collector.post_finish(self.model, patient, now);
        if patient.stay_or_start == 0 {
            let patient = *patient;
            let whole = now.wrapping_sub(self.began_before(slot, now));
            self.work.collector.post_excess(self.model, &patient, whole);
        }
        pool
    }

    /// The first on a pool's waiting list takes a place that has just been left.
    #[inline]
    fn admit_first(&mut self, now: u64, pool_index: usize) {
        let pool = &mut self.work.pools[pool_index];
        pool.integrate(now);
        let slot = pool.head;
        pool.waiting -= 1;
        let patient = self.work.patients.get_mut(slot);
        pool.head = patient.link;
        let finish = now + patient.stay_or_start;
        patient.stay_or_start = now;
        patient.whereabouts = Whereabouts::InPlace;
        let next = pool.head;
        if next == NOBODY && pool.far > 0 {
            self.refill_list(pool_index);
        }
        self.fetch(next);
        self.note(now, slot, EventKind::Starts);
        self.schedule(finish, slot);
    }

    /// A patient who has finished a stay asks for the next stage's place, or leaves.
    #[inline]
    fn move_on(&mut self, now: u64, slot: u32) {
        if let Some(rules) = self.rules() {
            return self.proceed(rules, now, slot);
        }
        if T::LISTENS && self.work.patients.get(slot).next == LEAVES {
            self.note(now, slot, EventKind::Completed);
        }
        let patient = self.work.patients.get_mut(slot);
        if patient.next == LEAVES {
            self.work.collector.post_leaving(self.model, patient, now);
            self.work.patients.remove(slot);
            return;
        }
        let here = self.model.lines[patient.line].stage.index();
        let there = usize::from(patient.next);
        let cell = CellId::new(patient.cell.index() - here + there);
        patient.line = LineId::new(patient.line.index() - here + there);
        let line = &self.model.lines[patient.line];
        patient.visit += 1;
        patient.flags = MOVED;
        let [word, _] = self.generator.words_of(patient.address, Purpose::Stage, patient.visit);
        let stay = line.stay.draw(word);
        patient.cell = cell;
        patient.pool = self.model.cell_pools[cell];
        let pool = patient.pool;
        patient.joined = now;
        patient.stay_or_start = stay;
        patient.next = pick_next(line, lower_half(word));
        patient.whereabouts = Whereabouts::Waiting;
        self.note(now, slot, EventKind::Asked);
        self.join(now, slot, pool, stay);
    }

    /// A patient asks for a place: takes it, waits, or is refused. Not everybody has a row afterwards.
    #[inline]
    fn join(&mut self, now: u64, slot: u32, pool_id: PoolId, stay: u64) {
        let pool = &mut self.work.pools[pool_id.index()];
        if RULES && pool.governed {
            return self.ask(now, slot);
        }
        if !pool.is_full() {
            pool.integrate(now);
            pool.busy += 1;
            let patient = self.work.patients.get_mut(slot);
            patient.stay_or_start = now;
            patient.whereabouts = Whereabouts::InPlace;
            self.note(now, slot, EventKind::Starts);
            self.schedule(now + stay, slot);
        } else if pool.refuses {
            self.losses += 1;
            self.note(now, slot, EventKind::Refused);
            self.note(now, slot, EventKind::Left);
            self.work.collector.post_refusal(self.work.patients.get(slot));
            self.work.patients.remove(slot);
        } else {
            pool.integrate(now);
            let is_long = pool.is_long(self.work.limits.long);
            pool.waiting += 1;
            if is_long {
                self.note(now, slot, EventKind::Waits);
                return self.join_tail(slot, pool_id);
            }
            self.work.patients.set_link(slot, NOBODY);
            if pool.head == NOBODY {
                pool.head = slot;
            } else {
                self.work.patients.set_link(pool.tail, slot);
            }
            pool.tail = slot;
            self.note(now, slot, EventKind::Waits);
        }
    }

    /// A patient asks for what a cell with rules needs.
    #[cold]
    fn ask(&mut self, now: u64, slot: u32) {
        if let Some(rules) = self.rules() {
            self.request(rules, now, slot);
            self.fill_freed(rules, now);
        }
    }

    /// Prepares what rules need to know of a new patient.
    #[cold]
    fn begin(&mut self, rules: &Rules, slot: u32, stay: u64) {
        let extras = &mut self.work.governance.extras;
        if extras.len() <= slot as usize {
            extras.resize(slot as usize + 1, Extra::default());
        }
        extras[slot as usize] = Extra::default();
        self.set_stay(rules, slot, stay);
    }

    /// Enters the end of a stay into the event list; one past the end of the simulation never happens.
    #[inline]
    fn schedule(&mut self, instant: u64, slot: u32) {
        if self.rules().is_some() {
            self.extra_mut(slot).due = instant;
        }
        if instant < self.end {
            self.work.events.push(instant, slot);
        }
    }

    /// The same for an end of patience, which lies far ahead.
    fn schedule_later(&mut self, instant: u64, slot: u32) {
        self.extra_mut(slot).due = instant;
        if instant < self.end && !self.work.later.keep(instant - self.model.origin, instant, slot) {
            self.work.events.push(instant, slot);
        }
    }

    /// Puts what was kept for this week into the event list, but for what has become stale.
    fn begin_week(&mut self) {
        if self.rules().is_some() {
            let Workspace { events, later, governance, .. } = &mut *self.work;
            later.begin(events, |instant, slot| governance.extras[slot as usize].due == instant);
        }
    }

    fn outcome(self) -> Outcome {
        let rows = self.work.patients.all().iter().filter(|p| p.whereabouts != Whereabouts::Gone).count();
        let present = (rows + self.without_rows()) as u64;
        let half = self.model.origin + self.model.end / 2;
        let holds = |slot: usize| self.work.governance.extras.get(slot).is_some_and(|extra| extra.mask != 0);
        let is_stuck = |&(slot, patient): &(usize, &Patient)| {
            let blocks = patient.whereabouts == Whereabouts::Blocked;
            (blocks || patient.whereabouts == Whereabouts::Waiting && holds(slot)) && patient.joined < half
        };
        let stuck = self.work.patients.all().iter().enumerate().filter(is_stuck).count() as u64;
        Outcome {
            events: self.referrals + self.completions,
            audits: self.work.collector.take_audits(),
            present_at_start: self.present_at_start,
            referred: self.referrals,
            left: self.work.collector.leavings() + self.losses,
            present_at_end: present,
            exchanges: self.work.governance.exchanges,
            stuck,
        }
    }
}
