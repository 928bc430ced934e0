//! What a model has beyond one first-come list a pool: classes, patience, refusal, overflow, reserved places, blocking,
//! several resources, calendars.
//!
//! A model without such rules has none of these columns, and the engine never looks for them.

use super::UnderWay;
use crate::domain::{AtClose, Class, Preemption, Rise, WhenFull};
use crate::ids::{CellId, ClassRowId, IndexVec, LineId, PoolId, ProviderId, RingId, RouteId, ServiceId, StreamId};
use crate::random::Sampler;
use std::ops::Range;

/// The rules of a model, compiled.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// By pool, the hidden one included.
    pub pools: IndexVec<PoolId, PoolRules>,
    /// By activity cell.
    pub cells: IndexVec<CellId, CellRules>,
    /// By line.
    pub lines: IndexVec<LineId, LineRules>,
    /// By service.
    pub services: IndexVec<ServiceId, ServiceRules>,
    /// Queues. Who is next in one of them does not depend on which place becomes free.
    pub rings: IndexVec<RingId, Ring>,
    /// For each pool the rings that ask for its places, in [`PoolRules::rings`].
    pub pool_rings: Vec<PoolRing>,
    /// Places that cells need or keep, in [`CellRules::holdings`].
    pub holdings: Vec<Holding>,
    /// Routes of the stream to try when a cell's own provider is full, in [`CellRules::candidates`].
    pub candidates: Vec<RouteId>,
    /// Changes of capacity and sessions, by instant, then pool.
    pub changes: Vec<Change>,
    /// For routes of services whose choice looks at waits, utility without the wait.
    pub utilities: IndexVec<RouteId, f64>,
}

impl Rules {
    /// Draws how long the patients of a cell wait before they leave the list; none: for ever.
    #[inline]
    pub fn patience(&self, line: LineId, cell: CellId) -> Option<&Sampler> {
        self.lines[line].patience[self.cells[cell].class.index()].as_ref()
    }
}

/// The rules of one pool.
#[derive(Clone, PartialEq, Debug)]
pub struct PoolRules {
    /// Whether any rule applies to it; if none does, it is a plain first-come list.
    pub governed: bool,
    /// Whose it is; none for the hidden one.
    pub provider: Option<ProviderId>,
    /// Whether patients may lose their places in it, so that the engine has to know who started last.
    pub tracks_places: bool,
    /// Its rings in [`Rules::pool_rings`].
    pub rings: Range<u32>,
    /// The most that may wait.
    pub list_limit: u32,
    /// Whether emergencies take places from electives.
    pub preemption: Preemption,
    /// Whether those behind may start while the first lacks other places.
    pub overtaking: bool,
    /// What becomes of patients in places that close.
    pub at_close: AtClose,
    /// Sessions in the cycle of its calendar; zero if it has none.
    pub sessions: u32,
    /// Sizes of its ring-fences.
    pub fences: Vec<u32>,
    /// By class its row in the tables by class; none where the pool has no classes.
    pub class_rows: [Option<ClassRowId>; 3],
    /// Mean ticks that a place is held, for the expected wait; one for pools with sessions.
    pub mean_hold: f64,
    /// Mean number of places over the calendar's cycle, for the expected wait; slots a tick for pools with sessions.
    pub mean_places: f64,
}

/// A ring as one of its pools sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolRing {
    /// The ring.
    pub ring: RingId,
    /// Whether this pool's list is the one that its patients wait on, not only one more resource that they need.
    pub primary: bool,
}

/// The rules of one activity cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CellRules {
    /// Whether a request for it is more than joining a plain list.
    pub governed: bool,
    /// What it needs and keeps, in [`Rules::holdings`]; the first is the pool of the cell, if it needs one.
    pub holdings: Range<u32>,
    /// Where else to try, in [`Rules::candidates`].
    pub candidates: Range<u32>,
    /// Where to wait.
    pub ring: RingId,
    /// What happens when there is no place anywhere.
    pub when_full: WhenFull,
    /// The class of its patients.
    pub class: Class,
    /// Whether patients here have the stay of those away from home.
    pub away: bool,
}

/// Places of one pool that a cell needs or keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holding {
    /// The pool.
    pub pool: PoolId,
    /// How many places.
    pub places: u32,
    /// Free places that must be left, because they are reserved for others.
    pub leave_free: u32,
    /// The ring-fence of the pool that the patients may use.
    pub fence: Option<u32>,
    /// The stage needs them; otherwise it only keeps them.
    pub needed: bool,
    /// They are kept if the stage before held them.
    pub kept: bool,
}

/// A queue of patients who want the same places under the same rules.
#[derive(Clone, PartialEq, Debug)]
pub struct Ring {
    /// The pools whose lists it is on: one, or those of a shared list.
    pub pools: Vec<PoolId>,
    /// Whether it is shared by several providers.
    pub shared: bool,
    /// The class of its patients when they join.
    pub class: Class,
    /// How they rise.
    pub rises: Vec<Rise>,
    /// Whether the first is the one whose breach date comes first; otherwise the one who joined first.
    pub by_breach: bool,
    /// Whether a rise may open a place: somebody on one of its lists may wait for more than is free, and who rises above them
    /// is no longer held up. Places that are kept for others hold nobody up, so reservations play no part.
    pub rise_opens: bool,
}

/// The rules of one line.
#[derive(Clone, Debug, Default)]
pub struct LineRules {
    /// Draws how long a patient waits before leaving the list, in the order of [`Class::ALL`].
    pub patience: [Option<Sampler>; 3],
    /// Draws the stay of patients away from home.
    pub away: Option<Sampler>,
    /// Such stays that are under way at the start.
    pub away_under_way: Option<UnderWay>,
    /// Whether it takes place near home.
    pub near_home: bool,
    /// Where that is, by stream, sorted.
    pub homes: Vec<(StreamId, RouteId)>,
}

/// The rules of one service.
#[derive(Clone, Debug, Default)]
pub struct ServiceRules {
    /// Thresholds of a random word: a patient has the first class (in the order of those present) whose threshold the word
    /// does not exceed. Empty for one class.
    pub class_thresholds: Vec<u64>,
    /// Likewise sizes of batches from one; empty if patients are referred singly.
    pub batch_thresholds: Vec<u64>,
    /// How the refused come back.
    pub returns: Option<ReturnRule>,
    /// Utility lost by each tick of expected wait; zero if the choice does not look at waits.
    pub wait_decay: f64,
}

impl ServiceRules {
    /// Whether its patients have several classes or come in batches.
    pub fn is_special(&self) -> bool {
        !self.class_thresholds.is_empty() || !self.batch_thresholds.is_empty()
    }
}

/// How refused patients come back.
#[derive(Clone, Debug)]
pub struct ReturnRule {
    /// A patient comes back if the random word is below this.
    pub threshold: u64,
    /// Draws after how long.
    pub after: Sampler,
    /// The most times.
    pub at_most: u32,
}

/// A change of a pool at an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// When, in ticks from the beginning of the warm-up.
    pub at: u64,
    /// Which pool.
    pub pool: PoolId,
    /// What happens.
    pub what: ChangeKind,
}

/// What happens to a pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ChangeKind {
    /// It has this many places from now on.
    Places(u32),
    /// It holds the session of this number of its cycle, with so many slots.
    Session {
        /// Counted from zero.
        number: u32,
        /// The slots.
        slots: u32,
    },
}
