//! Why there is nothing to plan.

use crate::experiment::TrialError;
use crate::model::CompileError;
use thiserror::Error;

/// Why there is nothing to plan.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The scenario cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Nothing is called so; what there is.
    #[error("no pool with patients is called `{0}`")]
    Pool(String, Vec<String>),
    /// A target names a body.
    #[error(
        "`{0}` is no pool: a target names pools or providers. To plan the pools that lie in {0} give --pools {0}, with the target for all"
    )]
    Body(String),
    /// With shared lists some pools of a kind are planned, and others not.
    #[error(
        "--pooling plans all pools that share patients, and {0} is left out: its places would be used and not counted. Leave --pools out or name the kind of pool; for fewer providers limit the scenario (scope)"
    )]
    Part(String),
    /// Nobody waits, or is refused, whatever the places.
    #[error("`{0}` of {1} is the same with any number of places, so no capacity follows from it: {2}")]
    Idle(String, String, &'static str),
    /// A name of a target fits nothing.
    #[error(
        "`{1}`: nothing that is planned and has this metric is called `{0}`; only bodies wholly in scope, and planned pools, have figures"
    )]
    Entity(String, String),
    /// A target fits nothing.
    #[error("`{0}` fits nothing in this scenario: nobody asks for such places, or nothing has that metric")]
    Nothing(String),
    /// A pool's places change by rules that a plan would overwrite.
    #[error(
        "the places of {0} follow dated changes, sessions, or a calendar of stated numbers, so no one number of places can be planned: leave the pool out (--pools), or state its calendar in shares of the places"
    )]
    Moving(String),
    /// Targets of a system without limits stand beside others.
    #[error(
        "delay_probability is about a system without limits and cannot stand beside other targets: plan for it by itself"
    )]
    Mixed,
    /// Years or months are asked for of a system without limits.
    #[error(
        "delay_probability is judged over the whole time and cannot be planned by year or month: plan each with --set run.start and run.horizon"
    )]
    PartsWithoutLimits,
    /// Replications are antithetic pairs.
    #[error(
        "a plan needs independent replications, and those of this scenario are antithetic pairs: --set run.antithetic=false"
    )]
    Pairs,
    /// There is no whole financial year.
    #[error(
        "--by-year needs whole financial years with their own figures: --set run.periods=financial-year, a start on 1 April, and a horizon of years"
    )]
    NoYears,
    /// Months have no figures of their own.
    #[error("--every-month needs the figures of months: --set run.periods=month")]
    NoMonths,
    /// Limits that no number satisfies.
    #[error("{0}: the least number of places, {1}, is above the most, {2}")]
    Limits(String, u32, u32),
    /// Places of a pool have no cost, and the budget is in pounds.
    #[error(
        "a place of {0} has no cost: state cost_a_year in place_limits for every planned pool, or give the budget as a number of places"
    )]
    NoCost(String),
    /// The fewest places cost more than the budget.
    #[error(
        "the fewest places of all pools cost {0} and the budget is {1}: raise the budget, or lower least in place_limits"
    )]
    Budget(String, String),
    /// A target of single pools is asked for where lists are shared.
    #[error(
        "`{0}` is about the patients of single pools, and with shared lists patients have no pool of their own: plan for a metric of services or icbs, such as --target \"services.mean_wait_days <= 0.05 d\"; of pools there are utilisation and full_share"
    )]
    Shared(String),
    /// A trial did not run.
    #[error(transparent)]
    Trial(#[from] TrialError),
}
