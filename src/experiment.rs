//! Replications: the same model many times, on all cores, merged in the order of their numbers.
//!
//! Nothing here depends on the number of threads: each replication is a pure function of the model and its number, and
//! what it leaves is put in its place by number.

mod attribution;
mod batch;
mod calibration;
mod footprints;
mod planning;
mod selection;
mod simulations;
mod sites;
mod warm_up;

pub use attribution::{AttributionError, Part, Stretch, stretches};
pub use batch::{Analysis, Cell, Cells, batch_cells, batch_size};
pub use calibration::{
    Attraction, Calibrated, CalibrationProblem, CalibrationRules, Column, Decay, FittedCell, Law, LeftOut, Observed,
    ObservedSet, ServiceFit, calibrate_service, leave_one_out,
};
pub use footprints::{FlowMap, GroupLimits, Grouping, GroupingError, group};
pub use planning::{
    Divided, Division, Goal, Knob, Lower, Margin, Meet, Planned, Search, Seen, Share, Trial, TrialError, divide,
    in_proportion, margin, plan, spend,
};
pub use selection::{Candidate, Ending, Fate, Procedure, Rules, Selection, SelectionError, Source, select};
pub use simulations::{Simulation, simulations};
pub use sites::{Demands, Found, Fullness, Objective, SetOutcome, Site, SitePool, Siting, search};
pub use warm_up::{Series, WarmUp, WarmUpError, choose_warm_up};

use crate::activity::PeriodActivity;
use crate::engine::{self, EngineError, Outcome, Workspace};
use crate::model::Model;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use thiserror::Error;

/// Turns the activity of one replication into numbers. One observer serves many replications in turn.
pub trait Observer {
    /// Begins a replication.
    fn begin(&mut self, _replication: u32) {}
    /// Receives each base period's activity, in order.
    fn period(&mut self, activity: &PeriodActivity);
    /// Ends a replication: its numbers, and the observer is ready for the next.
    fn finish(&mut self, outcome: &Outcome) -> Vec<f64>;
}

impl<O: Observer + ?Sized> Observer for Box<O> {
    fn begin(&mut self, replication: u32) {
        (**self).begin(replication);
    }

    fn period(&mut self, activity: &PeriodActivity) {
        (**self).period(activity);
    }

    fn finish(&mut self, outcome: &Outcome) -> Vec<f64> {
        (**self).finish(outcome)
    }
}

/// How replications are to be run.
#[derive(Clone, Copy)]
pub struct Replications<'a> {
    /// Which replications.
    pub numbers: (u32, u32),
    /// How many at once.
    pub threads: usize,
    /// Called after each replication with the number finished so far, from any thread.
    pub progress: &'a (dyn Fn(u32) + Sync),
    /// Set to stop after the replications under way.
    pub cancelled: &'a AtomicBool,
    /// Seconds of processor time of the calling thread so far; a constant if nobody asks.
    pub stopwatch: &'a (dyn Fn() -> f64 + Sync),
}

impl fmt::Debug for Replications<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replications")
            .field("numbers", &self.numbers)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl Replications<'_> {
    fn range(&self) -> Range<u32> {
        self.numbers.0..self.numbers.1
    }

    /// Runs some replications of a longer search in the same way; progress counts on from the `before` that have finished.
    pub fn part<T>(self, before: u32, numbers: Range<u32>, run: impl FnOnce(Replications<'_>) -> T) -> T {
        let heard = self.progress;
        run(Replications {
            numbers: (numbers.start, numbers.end),
            threads: self.threads.min(numbers.len()),
            progress: &|finished| heard(before + finished),
            ..self
        })
    }
}

/// What all replications leave.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Replicated {
    /// The numbers of each replication, in the order of the replications.
    pub numbers: Vec<Vec<f64>>,
    /// Events handled by the engine.
    pub events: u64,
    /// Closed rings of blocked patients that were resolved by exchange.
    pub exchanges: u64,
    /// Patients who were stuck at the end of their replication, as [`Outcome::stuck`].
    pub stuck: u64,
    /// Processor seconds spent in the engine, observers excluded, summed over threads.
    pub engine_seconds: f64,
}

impl Replicated {
    /// Adds replications that follow these.
    pub fn append(&mut self, later: Self) {
        self.numbers.extend(later.numbers);
        self.events += later.events;
        self.exchanges += later.exchanges;
        self.stuck += later.stuck;
        self.engine_seconds += later.engine_seconds;
    }
}

/// Why replications did not finish.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ReplicationError {
    /// The engine met one of its limits.
    #[error("replication {replication}: {source}")]
    Engine {
        /// The replication.
        replication: u32,
        /// The limit.
        source: EngineError,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// Runs replications of a model; `observer` makes one observer for each thread.
///
/// # Errors
/// The engine's error of the first replication that met one, or [`ReplicationError::Interrupted`].
pub fn replicate<O: Observer>(
    model: &Model,
    settings: Replications<'_>,
    observer: impl Fn() -> O + Sync,
) -> Result<Replicated, ReplicationError> {
    let own = || (Workspace::default(), observer());
    let one = |(workspace, observer): &mut (Workspace, O), replication| {
        run_one(model, replication, workspace, observer, settings.stopwatch)
    };
    let ones = in_order(settings, own, one).map_err(|stop| match stop {
        Some((replication, source)) => ReplicationError::Engine { replication, source },
        None => ReplicationError::Interrupted,
    })?;
    let mut replicated = Replicated::default();
    for one in ones {
        replicated.numbers.push(one.numbers);
        replicated.events += one.events;
        replicated.exchanges += one.exchanges;
        replicated.stuck += one.stuck;
        replicated.engine_seconds += one.seconds;
    }
    Ok(replicated)
}

/// Gives observers the activity of replications that were run before: `source` passes on the base periods of one, in order.
/// Returns the numbers of each replication.
///
/// # Errors
/// The error of the first replication whose source met one; nothing if somebody asked to stop.
pub fn replay<O: Observer, E: Send>(
    settings: Replications<'_>,
    source: impl Fn(u32, &mut dyn FnMut(&PeriodActivity)) -> Result<(), E> + Sync,
    observer: impl Fn() -> O + Sync,
) -> Result<Vec<Vec<f64>>, Option<E>> {
    let one = |observer: &mut O, replication| {
        observer.begin(replication);
        source(replication, &mut |activity| observer.period(activity))?;
        Ok(observer.finish(&Outcome::default()))
    };
    in_order(settings, observer, one).map_err(|stop| stop.map(|(_, error)| error))
}

/// What `one` returns of each replication, in the order of their numbers; `own` makes what each thread has for itself. Fails
/// with the first replication that failed, or with nothing if somebody asked to stop.
fn in_order<S, T: Send, E: Send>(
    settings: Replications<'_>,
    own: impl Fn() -> S + Sync,
    one: impl Fn(&mut S, u32) -> Result<T, E> + Sync,
) -> Result<Vec<T>, Option<(u32, E)>> {
    let next = AtomicU32::new(settings.numbers.0);
    let done = AtomicU32::new(0);
    let work = || {
        let mut own = own();
        let mut finished = Vec::new();
        loop {
            let replication = next.fetch_add(1, Ordering::Relaxed);
            if !settings.range().contains(&replication) || settings.cancelled.load(Ordering::Relaxed) {
                return finished;
            }
            let one = one(&mut own, replication);
            if one.is_err() {
                next.store(settings.numbers.1, Ordering::Relaxed);
            }
            finished.push((replication, one));
            (settings.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let mut all: Vec<(u32, Result<T, E>)> = on_threads(settings.threads, work).into_iter().flatten().collect();
    all.sort_by_key(|(replication, _)| *replication);
    let mut finished = Vec::with_capacity(all.len());
    for (replication, one) in all {
        finished.push(one.map_err(|error| Some((replication, error)))?);
    }
    if finished.len() < settings.range().len() { Err(None) } else { Ok(finished) }
}

struct One {
    numbers: Vec<f64>,
    events: u64,
    exchanges: u64,
    stuck: u64,
    seconds: f64,
}

fn run_one<O: Observer>(
    model: &Model,
    replication: u32,
    workspace: &mut Workspace,
    observer: &mut O,
    stopwatch: &dyn Fn() -> f64,
) -> Result<One, EngineError> {
    let begin = stopwatch();
    let mut observing = 0.0;
    observer.begin(replication);
    let outcome = engine::run(model, replication, workspace, &mut |activity| {
        let begin = stopwatch();
        observer.period(activity);
        observing += stopwatch() - begin;
    })?;
    let seconds = stopwatch() - begin - observing;
    let numbers = observer.finish(&outcome);
    Ok(One { numbers, events: outcome.events, exchanges: outcome.exchanges, stuck: outcome.stuck, seconds })
}

/// What `work` returns on each of so many threads.
#[cfg(feature = "cli")]
fn on_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) if threads > 1 => pool.broadcast(|_| work()),
        // One thread, or a machine that gives no more: the numbers are the same.
        _ => vec![work()],
    }
}

#[cfg(not(feature = "cli"))]
fn on_threads<T: Send>(_threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    vec![work()]
}
