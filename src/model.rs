//! The compiled model: a scenario as columns that the engine can run through, with names left behind in the scenario.
//!
//! It knows no commissioner and no money. A compiled model cannot make the engine fail, but for a list that grows past
//! what the event list can number.

mod calendar;
mod compile;
mod expected;
mod fingerprint;
mod intensity;
mod rules;
mod variation;

pub use calendar::{BasePeriod, Calendar, Cuts, ReportingPeriod};
pub use compile::{CompileError, LONGEST, compile, compile_expected, is_away};
pub use expected::Expected;
pub use intensity::{Intensity, Window};
pub use rules::{
    CellRules, Change, ChangeKind, Holding, LineRules, PoolRing, PoolRules, ReturnRule, Ring, Rules, ServiceRules,
};

pub use variation::Variation;

use crate::domain::{Class, Uncertainty};
use crate::ids::{
    CellId, ClassRowId, FlowId, HomeAreaId, IndexVec, LineId, PathwayId, PickId, PoolId, ProviderId, RouteId,
    ServiceId, StageId, StreamId,
};
use crate::random::{Distribution, Sampler, StreamKey};
use crate::scenario::Scenario;
use crate::units::Ticks;

/// Everything one simulation needs. Options with equal flow rules share one.
#[derive(Debug)]
pub struct Model {
    /// The flow rules it was compiled for.
    pub flow_rules: FlowId,
    /// Seed of all draws.
    pub seed: u64,
    /// Whether replications are antithetic pairs.
    pub antithetic: bool,
    /// Ticks simulated before results are collected.
    pub warm_up: u64,
    /// Ticks from the beginning of the warm-up to the end.
    pub end: u64,
    /// The reporting periods.
    pub calendar: Calendar,
    /// Referral streams, sorted by service and home area.
    pub streams: IndexVec<StreamId, Stream>,
    /// Candidate providers of all streams, each stream's in a row, sorted by provider.
    pub routes: IndexVec<RouteId, Route>,
    /// For each route its first activity cell; none if the scope leaves it out.
    pub first_cells: IndexVec<RouteId, Option<CellId>>,
    /// For each pick: a referral takes the first of its stream whose threshold its random word does not exceed.
    pub thresholds: IndexVec<PickId, u64>,
    /// For each pick the first activity cell of its route.
    pub pick_cells: IndexVec<PickId, Option<CellId>>,
    /// Activity cells: for each route in scope and each class of its service one for each stage, in a row.
    pub cells: IndexVec<CellId, CellPlan>,
    /// For each cell its pool, apart from the rest of its plan because every request reads it.
    pub cell_pools: IndexVec<CellId, PoolId>,
    /// For each cell its stream, for the same reason.
    pub cell_streams: IndexVec<CellId, StreamId>,
    /// Lines: the stages of all services, each service's in a row.
    pub lines: IndexVec<LineId, Line>,
    /// The first line of each service.
    pub first_line: IndexVec<ServiceId, LineId>,
    /// Pools, in the order of the scenario, and one hidden last pool without limit for stages that need none.
    pub pools: IndexVec<PoolId, PoolPlan>,
    /// The classes of services, and of pools that have several.
    pub classes: ClassRows,
    /// Rules beyond one first-come list a pool, if there are any.
    pub rules: Option<Box<Rules>>,
    /// What is present at the start.
    pub initial: Vec<InitialGroup>,
    /// Who waits at the start.
    pub waiting: Vec<WaitingGroup>,
    /// The engine's instant of tick zero: past the longest wait at the start, and at least one. Patients present at the start
    /// took their places at instant zero, before any period, so that nothing but the time they cover is posted.
    pub origin: u64,
    /// How rates grow or vary beyond chance; none: they are known and stay.
    pub variation: Option<Box<Variation>>,
    /// When pools are looked at.
    pub audits: AuditPlan,
    /// Expected flows and loads by the traffic equations.
    pub expected: Expected,
    /// Hash of everything above that can change a simulation; by which periods its activity is counted is no part of it.
    pub fingerprint: [u8; 32],
}

impl Model {
    /// The same model with demand that varies beyond chance.
    #[must_use]
    pub fn varied(mut self, scenario: &Scenario, uncertainty: Uncertainty) -> Self {
        self.variation = Some(Box::new(Variation::new(scenario, &self, uncertainty)));
        self.fingerprint = fingerprint::of(&self);
        self
    }

    /// The same model without a warm-up, its activity handed on at so many instants an equal time apart, until `length` ticks
    /// after the beginning. For looking at a warm-up: no period is reported.
    #[must_use]
    pub fn looked_at_from_the_beginning(mut self, length: Ticks, looks: usize) -> Self {
        let step = length.0 / looks as u64;
        let first_day = self.calendar.base.first().map_or(jiff::civil::Date::ZERO, |base| base.first_day);
        let look = |number: u64| BasePeriod { first_day, end: number * step, length: step, year: 0 };
        self.calendar = Calendar { base: (1..=looks as u64).map(look).collect(), reports: Vec::new() };
        (self.warm_up, self.end) = (0, looks as u64 * step);
        // Its tests take replications for independent.
        self.antithetic = false;
        self
    }

    /// The hidden pool of stages without a resource.
    pub fn no_pool(&self) -> PoolId {
        use crate::ids::Id;
        PoolId::new(self.pools.len() - 1)
    }
}

/// The patients of one home area for one service.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Where they live.
    pub home_area: HomeAreaId,
    /// What they are referred for.
    pub service: ServiceId,
    /// Their address in the random numbers.
    pub key: StreamKey,
    /// When they are referred.
    pub intensity: Intensity,
    /// First of their routes.
    pub first_route: RouteId,
    /// Number of their routes.
    pub routes: u32,
    /// First of their picks.
    pub first_pick: PickId,
    /// Number of their picks.
    pub picks: u32,
    /// Whether any of its routes is in scope.
    pub in_scope: bool,
}

/// One candidate provider of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The stream.
    pub stream: StreamId,
    /// The provider.
    pub provider: ProviderId,
    /// Share of the stream's referrals that choose it first; zero for providers that patients only overflow to.
    pub share: f64,
    /// Kilometres from the home area to the provider, where known.
    pub km: Option<f64>,
}

/// One stage of one route.
#[derive(Clone, Copy, Debug)]
pub struct CellPlan {
    /// The route.
    pub route: RouteId,
    /// The stream.
    pub stream: StreamId,
    /// Where the patients live.
    pub home_area: HomeAreaId,
    /// Who treats them.
    pub provider: ProviderId,
    /// For what.
    pub service: ServiceId,
    /// In which stage.
    pub stage: StageId,
    /// The line of service and stage.
    pub line: LineId,
    /// The class of the patients.
    pub class: Class,
    /// The row of service and class.
    pub pathway: PathwayId,
    /// The pool whose list they wait on.
    pub pool: PoolId,
}

/// Rows of the tables by class.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClassRows {
    /// Services with their classes; a service that states none has one row without a class.
    pub pathways: IndexVec<PathwayId, (ServiceId, Option<Class>)>,
    /// Pools with classes, those that occur in them.
    pub pools: IndexVec<ClassRowId, (PoolId, Class)>,
}

/// Patients who wait for their first stage at the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitingGroup {
    /// The address of the group's draws.
    pub key: StreamKey,
    /// How many.
    pub number: u32,
    /// What they wait for, and where.
    pub cell: CellId,
    /// Ticks that they have waited at the start.
    pub waited: u64,
}

/// One stage of one service.
#[derive(Clone, Debug)]
pub struct Line {
    /// The service.
    pub service: ServiceId,
    /// The stage.
    pub stage: StageId,
    /// The first row of the service in the tables by class.
    pub pathway: PathwayId,
    /// Draws the stay in ticks.
    pub stay: Sampler,
    /// Stays that are under way at the start; only where a model starts with patients.
    pub under_way: Option<UnderWay>,
    /// Where patients go: stages with rising thresholds of a random word; past the last they leave.
    pub next: Vec<(u64, StageId)>,
    /// Ticks of wait that are still within the standard; `u64::MAX` without one.
    pub standard: u64,
    /// Ticks of stay from which excess counts; `u64::MAX` without a trim point.
    pub trim: u64,
}

/// Stays of a line that are under way at the start.
#[derive(Clone, Debug)]
pub struct UnderWay {
    /// Draws the rest of the stay.
    pub rest: Sampler,
    /// The law of the whole stay in days, from which the part before the start follows.
    pub law: Distribution,
}

/// A pool as the engine sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolPlan {
    /// Places; `u32::MAX` without limit.
    pub capacity: u32,
    /// Whether patients are refused when it is full (they wait otherwise).
    pub refuses: bool,
    /// Whether the scenario gives the number present at the start.
    pub given_start: bool,
}

/// A group of patients who may be present at the start.
#[derive(Clone, Debug)]
pub struct InitialGroup {
    /// The address of the group's draws.
    pub key: StreamKey,
    /// How many there are, and where.
    pub source: InitialSource,
}

impl InitialGroup {
    /// The mean number of patients, before pools that are full cut some off.
    pub fn mean(&self) -> f64 {
        match self.source {
            InitialSource::Stationary { mean, .. } => mean,
            InitialSource::Given { number, .. } => f64::from(number),
        }
    }
}

/// How many patients are present at the start, and where.
#[derive(Clone, Debug)]
pub enum InitialSource {
    /// A Poisson number of one stream in one stage, its providers chosen like those of referrals.
    Stationary {
        /// The stream.
        stream: StreamId,
        /// The stage.
        stage: StageId,
        /// The mean number over all providers, or, where patients stay for different times, of those who would be there if all
        /// stayed for the longest.
        mean: f64,
        /// By route chosen first, sorted, where its patients are; nothing if they are all in the stage's cell of that route.
        places: Option<Vec<(RouteId, Vec<Place>)>>,
    },
    /// Exactly so many in one pool.
    Given {
        /// The number.
        number: u32,
        /// Where they are.
        places: Vec<Place>,
    },
}

/// Where a patient may be at the start: in the first place of several whose threshold a random word does not exceed; past the
/// last there is nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Rises from place to place.
    pub threshold: u64,
    /// The cell, of the first class if the class is still to be drawn.
    pub cell: CellId,
    /// Which of its holdings are kept without being needed.
    pub beside: u16,
}

/// Instants at which pools are looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditPlan {
    /// Ticks between occupancy audits, counted from the end of the warm-up.
    pub occupancy_every: Option<u64>,
    /// The largest number that the occupancy table tells apart, by pool.
    pub largest: IndexVec<PoolId, u32>,
    /// Interval of the profile and its number of instants in a cycle.
    pub profile: Option<(u64, u32)>,
}
