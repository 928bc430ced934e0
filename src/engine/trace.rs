//! The event log of a replication, for whoever wants to follow single patients.

use crate::ids::CellId;
use crate::random::Patient;

/// What happened to a patient. `cell` says where (home area, provider, service, stage, class).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// Ticks from the beginning of the warm-up; negative before it.
    pub at: i64,
    /// Who.
    pub patient: Patient,
    /// Where.
    pub cell: CellId,
    /// What.
    pub kind: EventKind,
    /// The places that the patient holds afterwards.
    pub held: Option<Held>,
    /// Ticks of what the event ends, where known: at [`EventKind::Starts`] the wait, at [`EventKind::Ends`] the whole stay,
    /// at [`EventKind::Completed`] everything since the referral.
    pub lasted: Option<u64>,
}

/// Places held by a patient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Held {
    /// The cell that they were taken for. While the patient waits for the next stage, that of the stage before.
    pub cell: CellId,
    /// Which of the cell's holdings, by position. A cell without any has one place of its pool.
    pub mask: u16,
}

/// What can happen to a patient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EventKind {
    /// Was in a place when the simulation began.
    Present,
    /// Was on the waiting list when the simulation began, since the referral, whose time this is.
    Listed,
    /// Is referred: asks for the first stage.
    Referred,
    /// Asks for a place after another stage.
    Asked,
    /// Asks again after a refusal.
    Returned,
    /// Asks here, because the provider of the event before was full.
    Transferred,
    /// Joins the waiting list.
    Waits,
    /// Stays in the place of the stage before, which is over, until there is a place here.
    Blocks,
    /// Takes a place: the stay begins.
    Starts,
    /// Loses the place to an emergency, and is on the waiting list again.
    Interrupted,
    /// Loses the place because it closes, and is on the waiting list again.
    Suspended,
    /// Takes a place again: the stay goes on.
    Resumes,
    /// The stay is over.
    Ends,
    /// Leaves the place: the spell is finished.
    Vacates,
    /// Is refused.
    Refused,
    /// Leaves the waiting list untreated.
    Reneged,
    /// Leaves the pathway untreated: refused, or out of patience.
    Left,
    /// Reaches the end of the pathway.
    Completed,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::Present,
        Self::Listed,
        Self::Referred,
        Self::Asked,
        Self::Returned,
        Self::Transferred,
        Self::Waits,
        Self::Blocks,
        Self::Starts,
        Self::Interrupted,
        Self::Suspended,
        Self::Resumes,
        Self::Ends,
        Self::Vacates,
        Self::Refused,
        Self::Reneged,
        Self::Left,
        Self::Completed,
    ];

    /// The word for it in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Listed => "listed",
            Self::Referred => "referred",
            Self::Asked => "asked",
            Self::Returned => "returned",
            Self::Transferred => "transferred",
            Self::Waits => "waits",
            Self::Blocks => "blocks",
            Self::Starts => "starts",
            Self::Interrupted => "interrupted",
            Self::Suspended => "suspended",
            Self::Resumes => "resumes",
            Self::Ends => "ends",
            Self::Vacates => "vacates",
            Self::Refused => "refused",
            Self::Reneged => "reneged",
            Self::Left => "left",
            Self::Completed => "completed",
        }
    }
}

/// Whoever listens to events.
pub trait Trace {
    /// Whether anybody listens; the engine is compiled without its events otherwise.
    const LISTENS: bool;
    /// Receives one event, in order of time.
    fn event(&mut self, event: Event);
    /// Whether no more events are wanted: the simulation then stops within a week of simulated time.
    fn stops(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug)]
pub struct Untraced;

impl Trace for Untraced {
    const LISTENS: bool = false;
    fn event(&mut self, _event: Event) {}
}

impl<F: FnMut(Event)> Trace for F {
    const LISTENS: bool = true;
    fn event(&mut self, event: Event) {
        self(event);
    }
}
