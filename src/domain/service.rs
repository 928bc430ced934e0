//! What is provided: service lines, their pathways and their prices.

use crate::ids::{IndexVec, StageId};
use crate::random::Distribution;
use crate::units::{Pence, Ticks};

/// Whether tiering options may move a service away from the national level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delegation {
    /// Delegated, or suitable for delegation.
    Delegated,
    /// Retained nationally.
    Retained,
}

/// How many patients are present when the simulation begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartingState {
    /// None.
    Empty,
    /// A Poisson number with the mean of the offered load, cut at capacity, with stationary residual stays.
    Stationary,
}

/// A service line and its pathway.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// Slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// NHS service line code, where stated.
    pub code: Option<String>,
    /// Programme of care, where stated.
    pub programme: Option<String>,
    /// Whether options may move it.
    pub delegation: Delegation,
    /// Share of every charge that the option's commissioner pays, in [0, 1]; the home ICB pays the rest.
    pub specialised_share: f64,
    /// Patients present at the start.
    pub starting_state: StartingState,
    /// Stages; referrals enter the first.
    pub stages: IndexVec<StageId, Stage>,
}

/// One stage of a pathway: seize a place, hold it for a stay, move on.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// Slug, unique within the service.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The pool that is seized at the patient's provider; none for a delay without a resource.
    pub pool: Option<String>,
    /// Length of stay in days.
    pub stay: Distribution,
    /// Where patients go afterwards; what is left of 1 leaves.
    pub next: Vec<Next>,
    /// Point of delivery, such as `inpatient` or `critical-care`.
    pub point_of_delivery: String,
    /// Waiting standard for this stage.
    pub wait_standard: Option<Ticks>,
    /// Length of stay beyond which excess bed-days count, where a charge needs it.
    pub trim_point: Option<Ticks>,
    /// What is charged for it.
    pub charges: Vec<Charge>,
}

/// One branch after a stage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Next {
    /// The stage that follows.
    pub stage: StageId,
    /// With which probability.
    pub probability: f64,
}

/// What one unit of a charge is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ChargeUnit {
    /// Each stay that starts.
    Start,
    /// Each stay that finishes.
    Finish,
    /// Each day in the place.
    BedDay,
    /// Each session, of which there are so many a week while the patient holds the place.
    Session {
        /// Sessions a week.
        per_week: f64,
    },
    /// Each day of a finished stay beyond the stage's trim point.
    ExcessBedDay,
}

/// How local cost levels enter a price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalCosts {
    /// The price is multiplied by the provider's Market Forces Factor.
    Added,
    /// The price is a mean that already contains them: it is divided by the activity-weighted mean factor before it is
    /// multiplied by the provider's, so that the total over all providers does not change.
    Included,
}

/// A price and what it is charged for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Charge {
    /// What one unit is.
    pub unit: ChargeUnit,
    /// Price of one unit.
    pub price: Pence,
    /// How local cost levels enter.
    pub local_costs: LocalCosts,
}
