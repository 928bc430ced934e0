//! What was typed for comparing, explaining, selecting, batching and repeating runs.

use super::{Activity, Format, RunArgs, Seed, SetArgs, SimulatedArgs, seed};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(in crate::cli) struct CompareArgs {
    #[command(flatten)]
    pub(in crate::cli) run: RunArgs,
    /// The option that the others are compared with [default: the scenario's first]
    #[arg(long, value_name = "OPTION")]
    pub(in crate::cli) reference: Option<String>,
    /// Show this metric of every entity, such as `mean_wait_days` or `icbs.mean_wait_days`; may be repeated
    #[arg(long = "metric", value_name = "NAME", conflicts_with_all = ["table", "boards"])]
    pub(in crate::cli) metrics: Vec<String>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct BatchArgs {
    /// Batch file (TOML)
    pub(in crate::cli) file: PathBuf,
    /// Folder of the batch [default: results/ and the name of FILE]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// List the cells and what is to be run, and run nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Run this cell alone, by its number or name, and show its summary; the tables over all cells are left to a later call
    #[arg(long, value_name = "N|NAME")]
    pub(in crate::cli) cell: Option<String>,
    /// Run this replication of the cell alone and print its rows of the table replications as CSV; writes nothing
    #[arg(long, value_name = "K", requires = "cell", conflicts_with = "dry_run")]
    pub(in crate::cli) replication: Option<u32>,
    /// Run even if there are more than 1,000 cells, or if a cell is so large that `run` would refuse it
    #[arg(long)]
    pub(in crate::cli) allow_large: bool,
    /// What to store in the folder of every cell for `tierflow account`
    #[arg(long, value_enum, default_value_t = Activity::None)]
    pub(in crate::cli) activity: Activity,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(in crate::cli) threads: Option<u32>,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct AttributeArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(in crate::cli) scenario: PathBuf,
    /// The option at the beginning [default: the scenario's first]
    #[arg(long, value_name = "OPTION")]
    pub(in crate::cli) from: Option<String>,
    /// The option at the end [default: the same]
    #[arg(long, value_name = "OPTION")]
    pub(in crate::cli) to: Option<String>,
    /// The scenario at the end [default: the same]
    #[arg(long, value_name = "SCENARIO")]
    pub(in crate::cli) with: Option<PathBuf>,
    /// Show this metric of every entity, such as `mean_wait_days` or `icbs.mean_wait_days`; may be repeated
    #[arg(long = "metric", value_name = "NAME")]
    pub(in crate::cli) metrics: Vec<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(in crate::cli) format: Format,
    /// Write the whole table into this CSV file
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    pub(in crate::cli) force: bool,
    /// Seed of all draws: a whole number, or `random` [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(in crate::cli) seed: Option<Seed>,
    /// Number of replications, 1 to 1,000,000 [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(in crate::cli) replications: Option<u32>,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(in crate::cli) threads: Option<u32>,
    #[command(flatten)]
    pub(in crate::cli) set: SetArgs,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct SelectArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(in crate::cli) scenario: PathBuf,
    /// What the options are judged by: a metric of one entity, such as `net_cost_gbp[QMJ]`, `icbs.mean_wait_days[QMJ]` or
    /// `pools.utilisation[RRV/beds]`; the first table that has both, unless one is named
    #[arg(long, value_name = "METRIC[ENTITY]")]
    pub(in crate::cli) best: String,
    /// The indifference zone: a difference so small that it does not matter, in the metric's unit (`£50k`, `0.2 d`, `0.01`), or
    /// in per cent of the mean under the first option (`1%`)
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    pub(in crate::cli) indifference: String,
    /// The probability of selecting the best if it is ahead by the zone, of kn and rinott: `0.95` or `95%` [default: 0.95]
    #[arg(long, value_name = "P", value_parser = probability, allow_hyphen_values = true)]
    pub(in crate::cli) probability: Option<f64>,
    /// How to select
    #[arg(long, value_enum, default_value_t = Procedure::Kn)]
    pub(in crate::cli) procedure: Procedure,
    /// Replications before the first look, of which variances are estimated; ten or more are advised
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(in crate::cli) first: u32,
    /// The most replications of an option, of kn and rinott [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(in crate::cli) max_replications: Option<u32>,
    /// Replications of all simulations together, of ocba
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(in crate::cli) budget: Option<u32>,
    /// Only these tiering options: ids with commas between them [default: all that the scenario shows]
    #[arg(long = "options", alias = "option", value_name = "ID,...", value_delimiter = ',')]
    pub(in crate::cli) options: Vec<String>,
    /// The reporting period, such as 2026/27 [default: the whole time]
    #[arg(long, value_name = "PERIOD")]
    pub(in crate::cli) year: Option<String>,
    /// Look for the smallest mean [default: as the metric says]
    #[arg(long, conflicts_with = "largest")]
    pub(in crate::cli) smallest: bool,
    /// Look for the largest mean [default: as the metric says]
    #[arg(long)]
    pub(in crate::cli) largest: bool,
    /// How to print the result; json and csv print the table selection
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(in crate::cli) format: Format,
    /// Results folder [default: results/SCENARIO-select]; a folder that tierflow did not write is never replaced
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) how: SimulatedArgs,
}

/// How the best is selected.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Procedure {
    /// Kim and Nelson: the same patients in all options, which are dropped one after the other
    Kn,
    /// Rinott: patients of its own for each option, in two stages
    Rinott,
    /// Optimal computing budget allocation: a budget of replications, and no guarantee
    Ocba,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct RecommendArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(in crate::cli) scenario: PathBuf,
    /// Only this service; may be repeated
    #[arg(long = "service", value_name = "ID")]
    pub(in crate::cli) services: Vec<String>,
    /// Which services this ICB could plan alone, which not, why, and with whom: code, name or part of a name; `all` for all ICBs; may
    /// be repeated
    #[arg(long = "board", value_name = "ICB")]
    pub(in crate::cli) boards: Vec<String>,
    /// The tiering option whose flow rules say where patients go [default: the scenario's first]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) option: Option<String>,
    /// Group the ICBs into so many footprints that keep as many of their patients as can be found, over all services and for
    /// each, instead of recommending tiers; nothing is simulated. Needs the table adjacency
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(in crate::cli) footprints: Option<u32>,
    /// The least ICBs of such a footprint [default: as in the first scheme of N footprints, or the regions if they are N, else 1]
    #[arg(long, value_name = "N", requires = "footprints", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(in crate::cli) least_icbs: Option<u32>,
    /// The most ICBs of such a footprint [default: as for --least-icbs, else twice the mean]
    #[arg(long, value_name = "N", requires = "footprints", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(in crate::cli) most_icbs: Option<u32>,
    /// The most registered persons of such a footprint [default: no limit]
    #[arg(long, value_name = "PERSONS", requires = "footprints", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) most_population: Option<u64>,
    /// Recommend tiers, too, with these footprints (over all services) as the bodies of the multi-ICB tier
    #[arg(long, requires = "footprints")]
    pub(in crate::cli) as_bodies: bool,
    /// How to print the result; json and csv print the table `recommendation`, with --board its rows of `recommendation_icbs`, or
    /// `footprints_from_flows` if only footprints are asked for
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(in crate::cli) format: Format,
    /// Results folder [default: results/SCENARIO-recommend]; a folder that tierflow did not write is never replaced
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Number of replications, 2 to 1,000,000 [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(in crate::cli) replications: Option<u32>,
    #[command(flatten)]
    pub(in crate::cli) how: SimulatedArgs,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ReproduceArgs {
    /// Results folder that `run`, `compare`, `select` or `recommend` has written
    pub(in crate::cli) results: PathBuf,
    /// The scenario that it was run from [default: the one below this folder whose file has the hash of the manifest]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) scenario: Option<PathBuf>,
    /// Keep the new results in this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(in crate::cli) threads: Option<u32>,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let found = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    found
        .filter(|&found| 0.0 < found && found < 1.0)
        .ok_or_else(|| "a probability is between 0 and 1, such as 0.95 or 95%".to_owned())
}
