//! What is provided: service lines, their pathways and their prices.

use super::{Class, Reach, Rise, WhenFull};
use crate::ids::{IndexVec, StageId};
use crate::random::Distribution;
use crate::units::{Pence, Ticks};
use std::fmt;

/// Whether tiering options may move a service away from the national level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Delegation {
    /// Suitable for delegation, and ready.
    SuitableNow,
    /// Suitable, but not yet ready.
    SuitableLater,
    /// Retained nationally.
    Retained,
}

impl Delegation {
    /// Whether options move it unless they say otherwise.
    pub fn is_suitable(self) -> bool {
        self != Self::Retained
    }
}

impl fmt::Display for Delegation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SuitableNow => "suitable-now",
            Self::SuitableLater => "suitable-later",
            Self::Retained => "retained",
        })
    }
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
    /// Shares of the classes, in the order of [`Class::ALL`], summing to one; none if the service states no classes.
    pub classes: Option<[f64; 3]>,
    /// How many patients are referred at once: probabilities of 1, 2, 3 ..., at most [`Service::LARGEST_BATCH`].
    pub batches: Vec<f64>,
    /// Whether the refused come back; none: they are lost.
    pub returns: Option<Returns>,
    /// Stages; referrals enter the first.
    pub stages: IndexVec<StageId, Stage>,
}

impl Service {
    /// The most patients referred at once.
    pub const LARGEST_BATCH: usize = 64;

    /// A service that no rule but its pathway applies to.
    pub fn plain(id: &str, stages: Vec<Stage>) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            code: None,
            programme: None,
            delegation: Delegation::SuitableNow,
            specialised_share: 1.0,
            starting_state: StartingState::Empty,
            classes: None,
            batches: vec![1.0],
            returns: None,
            stages: stages.into(),
        }
    }

    /// The shares of the classes; all patients are electives where none are stated.
    pub fn class_shares(&self) -> [f64; 3] {
        self.classes.unwrap_or([0.0, 0.0, 1.0])
    }

    /// The classes that occur, the first to be served first.
    pub fn classes_present(&self) -> Vec<Class> {
        Class::ALL
            .into_iter()
            .zip(self.class_shares())
            .filter(|&(_, share)| share > 0.0)
            .map(|(class, _)| class)
            .collect()
    }

    /// Mean number of patients referred at once.
    pub fn mean_batch(&self) -> f64 {
        self.batches.iter().zip(1_u32..).map(|(probability, size)| probability * f64::from(size)).sum()
    }
}

/// How refused patients come back.
#[derive(Clone, PartialEq, Debug)]
pub struct Returns {
    /// The share that comes back, each time.
    pub share: f64,
    /// After how long.
    pub after: Distribution,
    /// The most times that a patient comes back.
    pub at_most: u32,
}

/// Places of one pool that a stage needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlacesNeeded {
    /// The pool's id.
    pub pool: String,
    /// How many of its places.
    pub places: u32,
}

/// Where a stage takes place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StageSite {
    /// Where the patient is.
    Here,
    /// At the provider nearest to the home area that has the stage's pool, the home area's own ICB first.
    NearHome,
}

/// The stay of patients who are treated away from home.
#[derive(Clone, PartialEq, Debug)]
pub struct AwayStay {
    /// They are away if the provider's host ICB does not belong to this body of their home area.
    pub from: Reach,
    /// What "footprint" means here.
    pub scheme: Option<crate::ids::SchemeId>,
    /// Their stay, in place of the stage's.
    pub stay: Distribution,
}

/// One stage of a pathway: seize places, hold them for a stay, move on.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// Slug, unique within the service.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The places that are seized at once at the patient's provider, the first pool being the one whose list patients wait
    /// on; empty for a delay without a resource.
    pub needs: Vec<PlacesNeeded>,
    /// Pools whose places, if the stage before held them, are kept while waiting for this stage and during it.
    pub keeps: Vec<String>,
    /// Where it takes place.
    pub site: StageSite,
    /// Length of stay in days.
    pub stay: Distribution,
    /// The stay of those treated away from home, where it differs.
    pub away: Option<AwayStay>,
    /// What happens to a patient who finds no place; none: what the pool says.
    pub when_full: Option<WhenFull>,
    /// Whether patients who find no place may go to another provider, where the flow rules let them.
    pub transfers: bool,
    /// How long patients wait before they leave the list, in the order of [`Class::ALL`]; none: for ever.
    pub patience: [Option<Distribution>; 3],
    /// How waiting patients rise to higher classes.
    pub rises: Vec<Rise>,
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

impl Stage {
    /// An inpatient stage with at most one place, of a pathway's end, that no other rule applies to.
    pub fn plain(id: &str, pool: Option<&str>, stay: Distribution) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            needs: pool.map(|pool| PlacesNeeded { pool: pool.to_owned(), places: 1 }).into_iter().collect(),
            keeps: Vec::new(),
            site: StageSite::Here,
            stay,
            away: None,
            when_full: None,
            transfers: false,
            patience: [const { None }; 3],
            rises: Vec::new(),
            next: Vec::new(),
            point_of_delivery: "inpatient".to_owned(),
            wait_standard: None,
            trim_point: None,
            charges: Vec::new(),
        }
    }

    /// Whether drugs or devices are charged apart.
    pub fn has_drugs(&self) -> bool {
        self.charges.iter().any(|charge| charge.unit == ChargeUnit::Drugs)
    }

    /// The pool whose list patients wait on.
    pub fn pool(&self) -> Option<&str> {
        self.needs.first().map(|need| need.pool.as_str())
    }
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
    /// Each patient who leaves the waiting list untreated.
    Reneged,
    /// Each request that is refused.
    Refused,
    /// Each stay that an emergency interrupts.
    Cancelled,
    /// Each patient who comes from a full provider.
    TransferIn,
    /// Each stay that starts, for drugs and devices that the prices exclude: passed through at cost to whoever holds their budget.
    Drugs,
}

impl ChargeUnit {
    /// Its word in the scenario language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Finish => "finish",
            Self::BedDay => "bed-day",
            Self::Session { .. } => "session",
            Self::ExcessBedDay => "excess-bed-day",
            Self::Reneged => "reneged",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::TransferIn => "transfer-in",
            Self::Drugs => "drugs",
        }
    }
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
