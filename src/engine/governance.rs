//! What the engine holds only for models with rules beyond one first-come list a pool.

use super::rings::RingState;
use super::state::NOBODY;
use crate::activity::PoolTime;
use crate::ids::{CellId, Id, PoolId, RouteId};
use crate::model::{Model, Rules};

/// Nothing is to happen to a patient.
pub(super) const NO_EVENT: u64 = 0;

/// What rules need to know of one patient, by slot: one cache line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(align(64))]
pub(super) struct Extra {
    /// Instant of the one event that is valid: the end of the stay or of the patience, the next rise, or the return. Others in
    /// the event list are stale.
    pub(super) due: u64,
    /// The whole stay as drawn.
    pub(super) stay: u64,
    /// What is left of it.
    pub(super) rest: u64,
    /// Ticks in the place before the stay was interrupted; while blocked, before the stay ended.
    pub(super) served: u64,
    /// Order on the list: the instant of joining, or the breach date.
    pub(super) key: u64,
    /// The one before, on the list or among those in places.
    pub(super) prev: u32,
    /// On a heap, the one of its entries that is good.
    pub(super) ticket: u32,
    /// Times come back.
    pub(super) attempts: u16,
    /// Times handed over to another shift.
    pub(super) handed_over: u32,
    /// The cell whose places are held.
    pub(super) held: CellId,
    /// Which of them, by position.
    pub(super) mask: u16,
    /// Which of those belong to a ring-fence.
    pub(super) fences: u16,
    /// The spell in the held cell is still to be booked as finished.
    pub(super) open: bool,
}

impl Default for Extra {
    fn default() -> Self {
        Self {
            due: NO_EVENT,
            stay: 0,
            rest: 0,
            served: 0,
            key: 0,
            prev: NOBODY,
            ticket: NOBODY,
            attempts: 0,
            handed_over: 0,
            held: CellId::new(0),
            mask: 0,
            fences: 0,
            open: false,
        }
    }
}

/// The patients of one class in one pool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClassCount {
    pub(super) busy: u32,
    pub(super) waiting: u32,
    pub(super) blocked: u32,
    pub(super) time: PoolTime,
}

/// What rules need to know of one pool.
#[derive(Clone, Debug, Default)]
pub(super) struct GovernedPool {
    /// Places held by patients whose stay is over.
    pub(super) blocked: u32,
    pub(super) blocked_time: u64,
    pub(super) offered: u64,
    pub(super) classes: [ClassCount; 3],
    /// Places in use of each ring-fence.
    pub(super) fence_busy: Vec<u32>,
    /// Who took a place last, where patients may lose theirs.
    pub(super) last: u32,
    /// Instant of the last session, its number, and its slots that are left.
    pub(super) session_at: u64,
    pub(super) session: u32,
    pub(super) slots_left: u32,
    /// Who blocks its places, in order of blocking.
    pub(super) blocking: Vec<u32>,
    /// It may lack places: not for ever without limit, and no slots of sessions.
    pub(super) bounded: bool,
}

impl GovernedPool {
    /// Adds so many ticks to the integrals.
    pub(super) fn integrate(&mut self, elapsed: u64, capacity: u32) {
        self.blocked_time += elapsed * u64::from(self.blocked);
        self.offered += if capacity == u32::MAX { 0 } else { elapsed * u64::from(capacity) };
        for class in &mut self.classes {
            class.time.occupied += elapsed * u64::from(class.busy);
            class.time.blocked += elapsed * u64::from(class.blocked);
            class.time.queued += elapsed * u64::from(class.waiting);
        }
    }
}

/// Everything that rules need, beside what all models need.
#[derive(Debug, Default)]
pub(super) struct Governance {
    pub(super) extras: Vec<Extra>,
    pub(super) pools: Vec<GovernedPool>,
    pub(super) rings: Vec<RingState>,
    /// By ring those in it who are not like its others, in no order: they hold places, or have to go on where they were.
    pub(super) apart: Vec<Vec<u32>>,
    /// Tickets given so far to patients on heaps, of all rings together: an old one is never good again.
    pub(super) tickets: u32,
    /// The next change of capacity.
    pub(super) next_change: usize,
    /// Pools in which places have become free.
    pub(super) freed: Vec<usize>,
    /// Stays that end at one instant.
    pub(super) ends: Vec<u32>,
    /// Utilities of a choice under way.
    pub(super) utilities: Vec<(RouteId, f64)>,
    /// Sessions of this instant: pool, number in the cycle, slots, and how many waited before.
    pub(super) sessions: Vec<(PoolId, u32, u32, u32)>,
    /// Heads of rings under consideration.
    pub(super) heads: Vec<Head>,
    /// Moves of a closed ring that is looked for, and by pool the number of the search that has seen it last.
    pub(super) moves: Vec<Move>,
    pub(super) seen: Vec<u64>,
    pub(super) searches: u64,
    /// Closed rings of blocked patients that were resolved.
    pub(super) exchanges: u64,
}

/// The first of a ring, as one pool sees it. In the order of who goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Head {
    pub(super) class: u8,
    pub(super) key: u64,
    pub(super) tie: (u64, CellId, crate::random::Patient),
    pub(super) ring: u32,
    pub(super) slot: u32,
    pub(super) primary: bool,
    /// Lacks more than is free, and lets nobody pass.
    pub(super) stalls: bool,
}

/// A blocked patient in a closed ring, and the cell that is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) slot: u32,
    pub(super) to: CellId,
}

impl Governance {
    pub(super) fn prepare(&mut self, model: &Model) {
        self.extras.clear();
        self.pools.clear();
        (self.next_change, self.tickets) = (0, 0);
        self.freed.clear();
        self.sessions.clear();
        self.exchanges = 0;
        self.searches = 0;
        self.seen.clear();
        self.apart.iter_mut().for_each(Vec::clear);
        let Some(rules) = &model.rules else {
            self.rings.clear();
            return;
        };
        let changes = |pool: PoolId| rules.changes.iter().any(|change| change.pool == pool);
        let pool = |(id, rules): (PoolId, &crate::model::PoolRules)| GovernedPool {
            bounded: rules.sessions == 0 && (model.pools[id].capacity != u32::MAX || changes(id)),
            fence_busy: vec![0; rules.fences.len()],
            last: NOBODY,
            session_at: u64::MAX,
            ..GovernedPool::default()
        };
        self.pools.extend(rules.pools.iter_ids().map(pool));
        self.seen.resize(rules.pools.len(), 0);
        self.apart.resize_with(rules.rings.len(), Vec::new);
        self.rings.resize_with(rules.rings.len(), RingState::default);
        self.rings.iter_mut().zip(&rules.rings).for_each(|(ring, plan)| ring.clear(plan.by_breach));
        for (cell, plan) in rules.cells.iter_ids() {
            let from_places = model.cells[cell].stage.index() > 0;
            if from_places
                || rules.patience(model.cells[cell].line, cell).is_some()
                || rules.rings[plan.ring].rise_opens
            {
                self.rings[plan.ring.index()].keep_rows();
            }
        }
    }

    /// The instant of the next change of capacity, in model time.
    pub(super) fn next_change(&self, rules: &Rules) -> u64 {
        rules.changes.get(self.next_change).map_or(u64::MAX, |change| change.at)
    }
}
