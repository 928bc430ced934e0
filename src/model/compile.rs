//! From a validated scenario to a model.

mod changes;
mod lines;
mod places;
mod rules;
mod scope;
mod starts;
mod streams;
mod under_way;

pub use places::is_away;

use super::{AuditPlan, Calendar, ClassRows, Cuts, Expected, InitialGroup, Model, PoolPlan, Variation, fingerprint};
use crate::domain::{Capacity, LowVolume, Pool, StreamDemand, TieringOption, WhenFull};
use crate::ids::{FlowId, IndexVec, PoolId};
use crate::random::MAX_ORDINAL;
use crate::scenario::Scenario;
use crate::units::{DAY, WEEK};
use jiff::civil::Date;
use streams::Streams;
use thiserror::Error;

/// Longest simulated time in ticks, warm-up included: almost 35 years. The event list packs an instant into 40 bits.
pub const LONGEST: u64 = (1 << 40) - 2;

/// The most referrals in a week, and the most patients at the start: half of what the event list can number.
const MOST: f64 = MAX_ORDINAL as f64 / 2.0;

/// Why a valid scenario cannot be simulated.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum CompileError {
    /// More referrals in one week than the engine can hold.
    #[error(
        "{per_week:.3e} referrals a week are more than the engine can hold (8 million): scale the demand down or split the scenario"
    )]
    TooManyReferrals {
        /// Expected referrals a week.
        per_week: f64,
    },
    /// Referrals in batches of which more might come in a week than can be told apart.
    #[error(
        "referrals of service `{service}` in batches of up to {largest} come to more than the engine can number in a week for one home area (8 million, each batch counted as the largest): shorten `batches`, or scale the demand down"
    )]
    TooManyInBatches {
        /// The service's id.
        service: String,
        /// The size of the largest batch.
        largest: usize,
    },
    /// More patients at the start than the engine can hold.
    #[error(
        "{patients:.3e} patients at the start are more than the engine can hold (8 million): start empty, or scale the demand down"
    )]
    TooManyAtStart {
        /// Their expected number.
        patients: f64,
    },
    /// More stays of one kind than a cell can count.
    #[error(
        "{stays:.3e} stays of one home area at one provider in one stage are more than can be counted (2 thousand million): shorten the horizon"
    )]
    TooManyStays {
        /// The expected number of the largest cell.
        stays: f64,
    },
    /// A pool starts with patients whom no service can have brought.
    #[error(
        "pool `{pool}` of provider `{provider}` is to start with patients, but no service brings any to it: remove `occupied_at_start`"
    )]
    NobodyToPlace {
        /// The provider's id.
        provider: String,
        /// The pool's id.
        pool: String,
    },
    /// Two streams have the same address in the random numbers.
    #[error(
        "home area `{home_area}` and service `{service}` share their random numbers with another pair by accident: change one id"
    )]
    SameKey {
        /// The home area's id.
        home_area: String,
        /// The service's id.
        service: String,
    },
    /// More changes of capacity than the engine can hold.
    #[error(
        "pool `{pool}` of provider `{provider}` brings the changes of capacity to over 2 million: shorten the horizon or the calendars"
    )]
    TooManyChanges {
        /// The provider's id.
        provider: String,
        /// The pool's id.
        pool: String,
    },
    /// A wait at the start and a horizon that are too long together.
    #[error("the longest wait at the start and the simulated time come to over 34 years together: shorten one of them")]
    TooLong,
    /// Patients who wait at the start for what nobody of their home area can have there.
    #[error(
        "patients of home area `{home_area}` wait at the start for service `{service}` at provider `{provider}`, but none are ever referred there: add demand, or remove the row of waiting_at_start"
    )]
    NobodyWaits {
        /// The home area's id.
        home_area: String,
        /// The service's id.
        service: String,
        /// The provider's id.
        provider: String,
    },
    /// A pathway whose traffic equations have no finite solution.
    #[error("patients of service `{service}` never leave its pathway")]
    Endless {
        /// The service's id.
        service: String,
    },
}

/// Compiles a scenario under one of its sets of flow rules. Costs and commissioners stay behind.
///
/// # Errors
/// [`CompileError`], for sizes and accidents that only show when everything is put together.
pub fn compile(scenario: &Scenario, flow_rules: FlowId) -> Result<Model, CompileError> {
    let mut model = build(scenario, flow_rules, true)?;
    model.fingerprint = fingerprint::of(&model);
    Ok(model)
}

/// As [`compile`], for what the traffic equations say alone: without the rules of its pools, and without a fingerprint. Not to be
/// simulated.
///
/// # Errors
/// As [`compile`].
pub fn compile_expected(scenario: &Scenario, flow_rules: FlowId) -> Result<Model, CompileError> {
    build(scenario, flow_rules, false)
}

fn build(scenario: &Scenario, flow_rules: FlowId, with_rules: bool) -> Result<Model, CompileError> {
    let mut expected = Expected::default();
    let lines = lines::compile(scenario, &mut expected)?;
    let (starts, changes) = changes::compile(scenario)?;
    let mut demands: Vec<&StreamDemand> = scenario.demand.iter().collect();
    demands.sort_by_key(|demand| (demand.service, demand.home_area));
    let per_week: f64 = demands.iter().map(|demand| demand.per_day * demand.profile.mean() * 7.0).sum();
    if per_week > MOST {
        return Err(CompileError::TooManyReferrals { per_week });
    }
    let mut streams = Streams::new(scenario, flow_rules, lines);
    for demand in demands {
        streams.add(demand, &mut expected)?;
    }
    streams.add_given_occupancy(&expected)?;
    let waiting = streams.waiting()?;
    let at_start: f64 = streams.initial.iter().map(InitialGroup::mean).sum::<f64>()
        + waiting.iter().map(|group| f64::from(group.number)).sum::<f64>();
    if at_start > MOST {
        return Err(CompileError::TooManyAtStart { patients: at_start });
    }
    expected.offered_load = streams.load.clone().into();
    expected.mean_market_forces_factor = streams.mean_market_forces_factor();

    let run = &scenario.run;
    let end = run.warm_up.0 + run.horizon.0;
    let origin = 1 + waiting.iter().map(|group| group.waited).max().unwrap_or(0);
    if origin + end > LONGEST {
        return Err(CompileError::TooLong);
    }
    let variation = Variation::of_growth(scenario, streams.rows.len(), run.warm_up.0);
    let grown = |service| variation.as_ref().map_or(1.0, |rates| rates.grown(service, rates.year(end)).max(1.0));
    let mut per_week = 0.0;
    for stream in &streams.rows {
        // Patients of a batch are numbered as if every batch were the largest.
        let service = &scenario.services[stream.service];
        let batches = stream.intensity.largest_mean(end) * grown(stream.service);
        let largest = service.batches.len().max(1);
        if batches * largest as f64 > MOST {
            return Err(CompileError::TooManyInBatches { service: service.id.clone(), largest });
        }
        per_week += batches * service.mean_batch();
    }
    if per_week > MOST {
        return Err(CompileError::TooManyReferrals { per_week });
    }
    let most_grown = scenario.services.ids().map(grown).fold(1.0, f64::max);
    let stays = expected.stays_per_day.iter().copied().fold(0.0, f64::max) * run.horizon.days() * most_grown;
    if stays > f64::from(u32::MAX) / 2.0 {
        return Err(CompileError::TooManyStays { stays });
    }
    let rules = if with_rules { rules::compile(&streams, &expected, changes) } else { None };
    Ok(Model {
        flow_rules,
        seed: run.seed,
        antithetic: run.antithetic,
        warm_up: run.warm_up.0,
        end,
        calendar: Calendar::new(run.start, run.warm_up.0, end, run.periods, &cuts(scenario)),
        cell_pools: streams.cells.iter().map(|cell| cell.pool).collect(),
        cell_streams: streams.cells.iter().map(|cell| cell.stream).collect(),
        pick_cells: streams.picks.iter().map(|route| route.and_then(|route| streams.first_cells[route])).collect(),
        streams: streams.rows,
        routes: streams.routes,
        thresholds: streams.thresholds,
        first_cells: streams.first_cells,
        cells: streams.cells,
        classes: ClassRows {
            pathways: streams.lines.pathways,
            pools: rules.as_ref().map(|(_, rows)| rows.clone()).unwrap_or_default(),
        },
        lines: streams.lines.rows,
        first_line: streams.lines.first_line,
        pools: pool_plans(scenario, &starts),
        rules: rules.map(|(rules, _)| Box::new(rules)),
        initial: streams.initial,
        waiting,
        origin,
        variation: variation.map(Box::new),
        audits: audit_plan(scenario, &expected),
        expected,
        fingerprint: [0; 32],
    })
}

/// Where accounts need base periods to end.
fn cuts(scenario: &Scenario) -> Cuts {
    let options = || scenario.options.iter();
    let mut days: Vec<Date> = options().flat_map(|option| &option.phases).filter_map(|phase| phase.from).collect();
    days.sort_unstable();
    days.dedup();
    let blocks = |option: &TieringOption| scenario.payments[option.payment].low_volume != LowVolume::None;
    let volumes = scenario.standards.rows.values().any(|standard| standard.minimum_volume.is_some());
    let yearly = volumes
        || !scenario.agreed.plans.is_empty()
        || options().any(|option| option.budget.is_some() || blocks(option));
    Cuts { yearly, days }
}

/// A probability as the threshold of a random word.
fn threshold(cumulative: f64) -> u64 {
    (cumulative * 18_446_744_073_709_551_616.0) as u64
}

/// Thresholds of cumulative probabilities, the last one taking whatever is left.
fn thresholds(probabilities: &[f64]) -> Vec<u64> {
    let mut cumulative = 0.0;
    let mut thresholds: Vec<u64> = probabilities
        .iter()
        .map(|probability| {
            cumulative += probability;
            threshold(cumulative)
        })
        .collect();
    if let Some(last) = thresholds.last_mut() {
        *last = u64::MAX;
    }
    thresholds
}

/// Ticks of a cycle that have passed at tick zero. Cycles that divide a week are counted from Monday 00:00, others from
/// the first day of the results.
fn phase(scenario: &Scenario, cycle: u64) -> u64 {
    let weekday = scenario.run.start.weekday().to_monday_zero_offset().unsigned_abs();
    let at_start = if WEEK.is_multiple_of(cycle) { u64::from(weekday) * DAY % cycle } else { 0 };
    (at_start + cycle - scenario.run.warm_up.0 % cycle) % cycle
}

fn pool_plans(scenario: &Scenario, starts: &[u32]) -> IndexVec<PoolId, PoolPlan> {
    let plan = |(pool, &capacity): (&Pool, &u32)| PoolPlan {
        capacity,
        refuses: pool.when_full == WhenFull::Refuse,
        given_start: pool.occupied_at_start.is_some(),
    };
    let hidden = PoolPlan { capacity: u32::MAX, refuses: false, given_start: false };
    scenario.pools.iter().zip(starts).map(plan).chain([hidden]).collect()
}

fn audit_plan(scenario: &Scenario, expected: &Expected) -> AuditPlan {
    let largest = |(id, load): (PoolId, &f64)| {
        let reach = load + 8.0 * load.sqrt() + 20.0;
        match scenario.pools.get(id).map(|pool| pool.capacity) {
            Some(Capacity::Places(places)) => reach.max(f64::from(places) + 20.0).min(1e5) as u32,
            _ => reach.min(1e5) as u32,
        }
    };
    AuditPlan {
        occupancy_every: scenario.audits.occupancy_every.map(|ticks| ticks.0),
        largest: expected.offered_load.iter_ids().map(largest).collect(),
        profile: scenario.audits.profile.map(|(cycle, every)| (every.0, (cycle.0 / every.0) as u32)),
    }
}
