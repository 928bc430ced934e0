//! What was typed for planning capacity.

use super::{Format, SimulatedArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub(in crate::cli) struct PlanArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(in crate::cli) scenario: PathBuf,
    /// What has to hold: a metric, <= or >=, and a bound, such as `full_share <= 5%`,
    /// `mean_wait_days[RRV/beds] <= 3 d`, `list_within_standard_share[QMJ] >= 92%` or `delay_probability <= 0.1`; may be repeated [default: the scenario's
    /// planning.targets]
    #[arg(long = "target", value_name = "METRIC[ENTITY] <= X")]
    pub(in crate::cli) targets: Vec<String>,
    /// Plan only these pools: PROVIDER/POOL, a provider, a pool, or the ICB, footprint or region that they lie in, with commas between
    /// them [default: those that the targets are about]
    #[arg(long, value_name = "POOL,...", value_delimiter = ',')]
    pub(in crate::cli) pools: Vec<String>,
    /// What "holds" means: the mean over replications does, or its one-sided 95 % limit
    #[arg(long, value_enum, default_value_t = Meet::Mean)]
    pub(in crate::cli) meet: Meet,
    /// Use no closed form: search by simulation alone
    #[arg(long)]
    pub(in crate::cli) no_theory: bool,
    /// Plan each whole financial year by itself, so that places follow the growth of demand
    #[arg(long)]
    pub(in crate::cli) by_year: bool,
    /// Targets have to hold in each month, not on the mean of the whole time: plan for the worst month (needs run.periods=month)
    #[arg(long, conflicts_with_all = ["by_year", "budget"])]
    pub(in crate::cli) every_month: bool,
    /// Plan the same targets where patients are treated by their own provider alone, and where those of an ICB, a footprint, a region
    /// and the nation share one list: what pooling is worth (table `pooling`); the targets are of services or ICBs, or about the use of places
    #[arg(long, conflicts_with_all = ["by_year", "budget"])]
    pub(in crate::cli) pooling: bool,
    /// The best use of a budget instead of targets: pounds a year (`£2m`) where `place_limits` has costs, else a number of places
    #[arg(long, value_name = "£X|N", requires = "minimise", conflicts_with_all = ["targets", "by_year"])]
    pub(in crate::cli) budget: Option<String>,
    /// What the budget is to leave as little as possible of
    #[arg(long, value_enum, requires = "budget")]
    pub(in crate::cli) minimise: Option<Minimise>,
    /// What a footprint is with --pooling: id of a scheme of footprints [default: the only one]
    #[arg(long, value_name = "SCHEME", requires = "pooling")]
    pub(in crate::cli) scheme: Option<String>,
    /// The tiering option whose flow rules hold [default: the scenario's first]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) option: Option<String>,
    /// Replications of a capacity at the first look
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(in crate::cli) first: u32,
    /// The most replications of a capacity: more are run, half as many again each time, until it is known on which side of its
    /// bound every target lies
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(in crate::cli) max_replications: u32,
    /// The most places of a pool without a row in `place_limits`
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(in crate::cli) max_places: u32,
    /// How to print the result; json and csv print the table plan
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(in crate::cli) format: Format,
    /// Results folder [default: results/SCENARIO-plan]; a folder that tierflow did not write is never replaced
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) how: SimulatedArgs,
}

/// What a budget leaves.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Minimise {
    /// Patient-days waited
    Waiting,
    /// Patients refused
    Refused,
    /// Patients who lose patience
    Reneged,
}

/// What "holds" means.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Meet {
    /// The mean over replications is on the right side
    Mean,
    /// Its one-sided 95 % limit is
    Confidence,
}
