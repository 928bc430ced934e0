//! Discrete events on integer time: a model and a replication in, activity out.
//!
//! The engine knows home areas, cells and pools; it knows no commissioner, no money, no file, no thread and no clock.
//! At equal instants releases come before seizes, and seizes in the order of joining; patients who join at the same
//! instant come in the order of their streams, so the outcome does not depend on where in memory they are held.

mod arrivals;
mod collect;
mod event_list;
mod initial;
mod simultaneous;
mod state;

pub use event_list::EventList;

use crate::activity::{AuditActivity, PeriodActivity};
use crate::ids::{CellId, Id, LineId, PoolId};
use crate::model::Model;
use crate::random::{Generator, Purpose};
use crate::units::WEEK;
use arrivals::{Arrivals, LEAVES, Referral, lower_half, pick_next};
use collect::Collector;
use state::{NOBODY, Patient, Patients, PoolState, Whereabouts};
use thiserror::Error;

/// Why a simulation stopped before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum EngineError {
    /// More patients at once than the event list can tell apart.
    #[error(
        "more than 16.7 million patients present, or referred within a week: a waiting list grows without bound, or the demand is too large"
    )]
    TooManyPresent,
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
    /// Patients who left: pathway completed or refused.
    pub left: u64,
    /// Patients still there at the end.
    pub present_at_end: u64,
    /// Closed rings of patients who block each other, resolved by exchange.
    pub exchanges: u64,
}

/// Memory that replications use again.
#[derive(Debug, Default)]
pub struct Workspace {
    patients: Patients,
    pools: Vec<PoolState>,
    events: EventList,
    arrivals: Arrivals,
    collector: Collector,
    simultaneous: Vec<u32>,
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
    let mut run = Run::new(model, replication, workspace);
    run.place_initial_patients();
    let mut window = 0;
    loop {
        if run.now == START + u64::from(window) * WEEK {
            run.work.arrivals.draw(model, run.generator, window);
            window += 1;
            // Before the week begins, so that no slot is ever past the event list's bits.
            if run.work.patients.slots() + run.work.arrivals.len() > event_list::SLOTS {
                return Err(EngineError::TooManyPresent);
            }
        }
        if run.work.collector.at_boundary(model, run.now, &run.work.patients, &mut run.work.pools, sink) {
            break;
        }
        let next_window = START + u64::from(window) * WEEK;
        let until = next_window.min(run.work.collector.next_boundary());
        run.advance(until);
        run.now = until;
    }
    Ok(run.outcome())
}

/// The engine's instant of model tick zero. Patients present at the start took their places at instant zero, before any
/// period, so that nothing but the time they cover is posted.
const START: u64 = 1;

struct Run<'a> {
    model: &'a Model,
    generator: Generator,
    work: &'a mut Workspace,
    now: u64,
    end: u64,
    referrals: u64,
    completions: u64,
    refusals: u64,
    present_at_start: u64,
}

impl<'a> Run<'a> {
    fn new(model: &'a Model, replication: u32, work: &'a mut Workspace) -> Self {
        work.patients.clear();
        work.events.clear();
        work.arrivals.clear();
        work.pools.clear();
        work.pools.extend(model.pools.iter().map(|&plan| PoolState::new(plan, START)));
        work.collector.prepare(model);
        Self {
            model,
            generator: Generator::new(model.seed, replication),
            work,
            now: START,
            end: START + model.end,
            referrals: 0,
            completions: 0,
            refusals: 0,
            present_at_start: 0,
        }
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
                if self.work.events.ties(release) {
                    self.release_together(release, slot);
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
            link: NOBODY,
            next: referral.next,
            whereabouts: Whereabouts::Waiting,
        });
        self.join(now, slot, referral.pool, referral.stay);
    }

    /// A stay ends: the place goes to the first on the waiting list, the patient moves on or leaves.
    #[inline]
    fn release(&mut self, now: u64, slot: u32) {
        let pool = self.finish(now, slot);
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
            let whole = self.whole_stay(patient, now);
            self.work.collector.post_excess(self.model, patient, whole);
            if self.model.lines[patient.line].stage.index() == 0 {
                // Wraps below zero: only differences to it are ever taken.
                self.work.patients.get_mut(slot).referred = now.wrapping_sub(whole);
            }
        }
        pool
    }

    /// The first on a pool's waiting list takes a place that has just been left.
    #[inline]
    fn admit_first(&mut self, now: u64, pool: usize) {
        let pool = &mut self.work.pools[pool];
        pool.integrate(now);
        let slot = pool.head;
        let patient = self.work.patients.get_mut(slot);
        pool.head = patient.link;
        pool.waiting -= 1;
        let finish = now + patient.stay_or_start;
        patient.stay_or_start = now;
        patient.whereabouts = Whereabouts::InPlace;
        self.schedule(finish, slot);
    }

    /// A patient who has finished a stay asks for the next stage's place, or leaves.
    #[inline]
    fn move_on(&mut self, now: u64, slot: u32) {
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
        let [word, _] = self.generator.words_of(patient.address, Purpose::Stage, patient.visit);
        let stay = line.stay.draw(word);
        patient.cell = cell;
        patient.pool = self.model.cell_pools[cell];
        let pool = patient.pool;
        patient.joined = now;
        patient.stay_or_start = stay;
        patient.next = pick_next(line, lower_half(word));
        patient.whereabouts = Whereabouts::Waiting;
        self.join(now, slot, pool, stay);
    }

    /// A patient asks for a place: takes it, waits, or is refused.
    #[inline]
    fn join(&mut self, now: u64, slot: u32, pool: PoolId, stay: u64) {
        let pool = &mut self.work.pools[pool.index()];
        if !pool.is_full() {
            pool.integrate(now);
            pool.busy += 1;
            let patient = self.work.patients.get_mut(slot);
            patient.stay_or_start = now;
            patient.whereabouts = Whereabouts::InPlace;
            self.schedule(now + stay, slot);
        } else if pool.refuses {
            self.refusals += 1;
            self.work.collector.post_refusal(self.work.patients.get(slot));
            self.work.patients.remove(slot);
        } else {
            pool.integrate(now);
            pool.waiting += 1;
            self.work.patients.get_mut(slot).link = NOBODY;
            if pool.head == NOBODY {
                pool.head = slot;
            } else {
                self.work.patients.get_mut(pool.tail).link = slot;
            }
            pool.tail = slot;
        }
    }

    /// Enters the end of a stay into the event list; one past the end of the simulation never happens.
    #[inline]
    fn schedule(&mut self, finish: u64, slot: u32) {
        if finish < self.end {
            self.work.events.push(finish, slot);
        }
    }

    fn outcome(self) -> Outcome {
        let present = self.work.patients.all().iter().filter(|p| p.whereabouts != Whereabouts::Gone).count() as u64;
        Outcome {
            events: self.referrals + self.completions,
            audits: self.work.collector.take_audits(),
            present_at_start: self.present_at_start,
            referred: self.referrals,
            left: self.work.collector.leavings() + self.refusals,
            present_at_end: present,
            exchanges: 0,
        }
    }
}
