//! The integers that a replication leaves: all that the ledger and the results know of a simulation.
//!
//! Everything here adds: cells, pools and histograms of two periods sum to those of both together.

use crate::ids::{CellId, ClassRowId, Id, IndexVec, PathwayId, PoolId, StreamId};
use crate::stats::histogram::BINS;
use std::marker::PhantomData;

/// What happened in one cell (home area, provider, service, stage) in one period.
///
/// 32 bytes, so that a cell never straddles a cache line; what only some cells need stands in columns of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(align(32))]
pub struct Cell {
    /// Patients who asked for a place, referrals and moves from other stages alike, by the period they asked in.
    pub requests: u32,
    /// Stays that started, by the period of the start.
    pub starts: u32,
    /// Stays that finished (spells), by the period of the finish.
    pub finishes: u32,
    /// Requests refused because the pool was full.
    pub refused: u32,
    /// Waits in ticks of the stays that started, by the period of the start.
    pub wait: u64,
    /// Ticks in the place, by the time they cover.
    pub stay: u64,
}

/// What else happened in one cell in one period; only kept by models with rules that let it happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Incidents {
    /// Patients who left the waiting list untreated.
    pub reneged: u32,
    /// Requests that went on to another provider, because this one was full.
    pub transferred_out: u32,
    /// Requests (counted in [`Cell::requests`] too) of patients who came from a full provider.
    pub transferred_in: u32,
    /// Requests (counted in [`Cell::requests`] too) of patients who came back after a refusal.
    pub returned: u32,
    /// Stays that an emergency interrupted.
    pub cancelled: u32,
    /// Of [`Cell::stay`], the ticks after the stay's end, in which the patient only blocked the place.
    pub blocked: u64,
}

/// Exact time integrals of one pool, or of one class of its patients, over one period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PoolTime {
    /// Ticks of the pool's places in use, blocked ones included.
    pub occupied: u64,
    /// Of these, in use by patients whose stay is over.
    pub blocked: u64,
    /// Ticks of the places that it offers; meaningless while it has no limit. Empty for classes.
    pub offered: u64,
    /// Patient-ticks on its waiting list.
    pub queued: u64,
    /// Ticks during which every place was taken.
    pub full: u64,
}

impl PoolTime {
    /// Adds another period's integrals.
    pub fn add(&mut self, other: &Self) {
        self.occupied += other.occupied;
        self.blocked += other.blocked;
        self.offered += other.offered;
        self.queued += other.queued;
        self.full += other.full;
    }
}

/// Histograms of positive waits in the bins of [`crate::stats::histogram`], one row an entity, in one block of memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitHistograms<I> {
    counts: Vec<u32>,
    id: PhantomData<fn(I)>,
}

impl<I: Id> WaitHistograms<I> {
    /// Empty histograms for so many entities.
    pub fn new(rows: usize) -> Self {
        Self { counts: vec![0; rows * BINS], id: PhantomData }
    }
    /// Counts one positive wait, by its [`crate::stats::histogram::bin`].
    #[inline]
    pub fn record(&mut self, id: I, bin: usize) {
        self.counts[id.index() * BINS + bin] += 1;
    }
    /// The counts of an entity by bin.
    pub fn row(&self, id: I) -> &[u32] {
        &self.counts[id.index() * BINS..][..BINS]
    }
    /// Sets all counts to zero.
    pub fn clear(&mut self) {
        self.counts.fill(0);
    }
}

impl<I> Default for WaitHistograms<I> {
    fn default() -> Self {
        Self { counts: Vec::new(), id: PhantomData }
    }
}

/// Patients of one stream who wait for their first stage at the end of a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Waiting {
    /// How many.
    pub patients: u32,
    /// How many of them have waited no longer than the standard.
    pub within_standard: u32,
}

/// Patients of one service and class who left their pathway in a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Completed {
    /// How many: the refused are left out, and those who were past their first stage when the simulation began, because
    /// nobody knows when they were referred.
    pub patients: u64,
    /// Their ticks from referral to leaving.
    pub time_in_system: u64,
}

/// All that one replication did in one period.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PeriodActivity {
    /// By activity cell.
    pub cells: IndexVec<CellId, Cell>,
    /// Requests that were moves from another stage or provider, or came back, by activity cell; the others are referrals.
    pub moved_in: IndexVec<CellId, u32>,
    /// Starts within the stage's waiting standard, by activity cell; zero where there is no standard.
    pub within_standard: IndexVec<CellId, u32>,
    /// Ticks beyond the trim point of the stays that finished, by activity cell.
    pub excess: IndexVec<CellId, u64>,
    /// By activity cell; empty if the model has no rules beyond one first-come list a pool.
    pub incidents: IndexVec<CellId, Incidents>,
    /// By pool.
    pub pools: IndexVec<PoolId, PoolTime>,
    /// Positive waits of the stays that started in each pool (zero waits are the starts that are missing here).
    pub pool_waits: WaitHistograms<PoolId>,
    /// Positive waits of the first stage by referral stream.
    pub stream_waits: WaitHistograms<StreamId>,
    /// Waiting list at the end of the period, by stream. Of two periods the later one stands.
    pub waiting: IndexVec<StreamId, Waiting>,
    /// By pool and class, where a pool has several classes.
    pub class_times: IndexVec<ClassRowId, PoolTime>,
    /// Positive waits, as [`Self::pool_waits`], by pool and class.
    pub class_waits: WaitHistograms<ClassRowId>,
    /// By service and class.
    pub completed: IndexVec<PathwayId, Completed>,
    /// Length of the period in ticks.
    pub length: u64,
}

/// What audits at chosen instants found, over the whole collection time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditActivity {
    /// For each pool how many audits found n present; the last n stands for n or more.
    pub present: IndexVec<PoolId, Vec<u32>>,
    /// For each pool how many audits found n waiting; the last n stands for n or more.
    pub waiting: IndexVec<PoolId, Vec<u32>>,
    /// For each pool and instant of the profile's cycle.
    pub profile: IndexVec<PoolId, Vec<ProfileSlot>>,
    /// For each pool and session of its calendar's cycle; empty for pools without sessions.
    pub sessions: IndexVec<PoolId, Vec<SessionSlot>>,
    /// For each pool its patients, in places or waiting, times ticks, over the first part of the time
    /// ([`crate::model::Calendar::first_part`]).
    pub early: IndexVec<PoolId, u64>,
    /// The same over the whole time.
    pub whole: IndexVec<PoolId, u64>,
}

/// One pool at one instant of the profile's cycle, summed over the cycles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProfileSlot {
    /// Instants looked at.
    pub audits: u32,
    /// Of these, with every place taken.
    pub full: u32,
    /// Patients in places, summed.
    pub present: u64,
    /// Patients waiting, summed.
    pub waiting: u64,
}

/// One session of a calendar's cycle, summed over the cycles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SessionSlot {
    /// Sessions held.
    pub sessions: u32,
    /// Of these, with nobody waiting just after it.
    pub cleared: u32,
    /// Slots offered, summed.
    pub slots: u64,
    /// Slots taken, summed.
    pub taken: u64,
    /// Patients waiting just before, summed.
    pub waiting_before: u64,
    /// Patients waiting just after, summed.
    pub waiting_after: u64,
}
