//! What was typed.

mod choice;
mod experiments;
mod planning;

use super::exit::EXIT_CODES;
pub(super) use choice::{By, CalibrateArgs, Model, On, SiteTable, SitesArgs, Smallest};
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(super) use experiments::{
    AttributeArgs, BatchArgs, CompareArgs, Procedure, RecommendArgs, ReproduceArgs, SelectArgs,
};
pub(super) use planning::{Meet, Minimise, PlanArgs};
use std::path::PathBuf;

/// Patient flow, load and cost per commissioner under every tiering option.
///
/// A scenario describes places, patients, hospitals, prices and tiering options. tierflow simulates the patients once, many
/// times over, and shows which commissioner carries which load and which cost in every option.
#[derive(Parser, Debug)]
#[command(
    name = "tierflow",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_long_help = EXIT_CODES,
    after_help = "Begin with:  tierflow new my-scenario  and then  tierflow run my-scenario"
)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Look for mistakes in a scenario, without running it
    ///
    /// Every mistake is shown at once, each with its file, line and column and what to do about it. Without mistakes:
    /// what the scenario holds, and the load to expect on the fullest pools. Exit code 3 if there are errors.
    Check(CheckArgs),
    /// Simulate a scenario and show load and cost per commissioner
    ///
    /// Prints a summary, or one table with --table, and writes all tables, the inputs as they took effect and a manifest
    /// to a results folder. The results depend on the scenario and its seed alone, not on the number of threads.
    Run(RunArgs),
    /// Compare the tiering options of a scenario on the same patients, with verdicts
    ///
    /// Runs the scenario as `run` does and compares every option with the reference, replication by replication: the
    /// difference, an interval that holds together with those of the other options, and a verdict on each metric of each
    /// body, provider, service and pool. Writes the table comparison beside all others.
    Compare(CompareArgs),
    /// Run a batch: scenarios x points in the space of some parameters, and one long table over all
    ///
    /// FILE says which scenarios, which parameters and which points (docs/batch.md). Every cell is a results folder as `run`
    /// writes it, below the batch's folder; cells that are there and match are not run again, so a batch that was stopped goes
    /// on with the same command. At the end batch.csv holds the chosen metrics of all cells, and sensitivity.csv what each
    /// parameter does to them, where the design is Morris's or Sobol's.
    Batch(BatchArgs),
    /// Explain a difference between two options, or between two scenarios, step by step
    ///
    /// Changes one part after another on the same patients (demand, pathways, choice, capacity, prices; then flow rules, tier,
    /// payment, budget and risk share) and shows the effect of each step with its interval; the steps add up. The two scenarios
    /// need the same areas, bodies, providers, pools, services and stages, as when one extends the other.
    Attribute(AttributeArgs),
    /// Select the best of several options by one metric, with a stated probability of being right
    ///
    /// Runs replications until one option is known to be the best: `tierflow select scenarios/north-central-london --best
    /// "net_cost_gbp[QMJ]" --indifference £100k`. Kim and Nelson's procedure drops options, and stops their simulations, as soon as
    /// they are known not to be the best by more than the indifference zone; Rinott's gives each option replications of its own;
    /// ocba spends a budget and reports an approximate probability. Writes the tables `selection` and `selection_values`. Exit code 1
    /// if the most replications came before the answer.
    Select(SelectArgs),
    /// Plan capacity: the fewest places at which stated targets hold
    ///
    /// `tierflow plan scenarios/north-central-london --target "utilisation <= 85%" --pools RRV`. Begins with queueing theory, searches
    /// by simulation on the same patients for every capacity, and confirms the answer on replications that the search had not seen,
    /// with the answer one place lower. Where theory is exact (Erlang B, C or A) it is the answer. Limits, steps and costs of
    /// places: the table `place_limits` of the scenario. Writes the tables `plan`, `plan_totals` and `plan_targets`. Exit code 1 if no plan within the
    /// limits meets the targets; it says which pool stops it.
    Plan(PlanArgs),
    /// Recommend for each service the lowest tier at which it can be planned, by stated tests
    ///
    /// Simulates the flows of one option and tests every ICB, footprint and region: self-containment, patients from outside,
    /// volume, variation of cost, able providers, travel, contract lines, population, readiness. Thresholds stand in
    /// `[recommendation]` of the scenario or have assumed defaults; the answer says which single threshold would change it. With
    /// --board ICB it says which services that ICB could plan alone. With
    /// --footprints N it looks for the groups of ICBs that keep most of their patients. Writes the tables `recommendation`,
    /// `recommendation_icbs`, `recommendation_tiers` and `recommendation_tests`, and `footprints_from_flows` and `footprints_compared`.
    Recommend(RecommendArgs),
    /// Run a results folder again from its manifest and compare every byte
    ///
    /// The scenario is found by the hash of its file below the folder that you are in, or named with --scenario. Exit code 5
    /// and the first row that differs if the results are not the same.
    Reproduce(ReproduceArgs),
    /// Write the event log of one replication, for process mining
    ///
    /// One line for everything that happens to a patient, with time, stage, provider and the places held, so that the tables
    /// of that replication can be computed from it (docs/trace.md). CSV is written as the events come, in their order, and
    /// may be of any length. XES 1.0 has the events of each patient together, so they are all kept in memory first: a log of
    /// more than 2,000,000 events is refused. Shorten it with --set run.horizon="30 d", or write CSV.
    Trace(TraceArgs),
    /// Account for other options on the stored activity of a run, without simulating
    ///
    /// FILE is a scenario that begins with extends = "..." and names the run's scenario; it adds or changes options, payment
    /// and budget rules, prices or anything else that moves no patient. Whatever the run changed with --set, --seed or
    /// --replications holds here too. An option whose flow rules were not simulated is refused. Figures are those that
    /// `run` would have given, to the penny; tables that need more than the counts of cells (pools, lists, quantiles of
    /// waits) are left out. Intervals need a run with --activity replications; from totals there are means alone.
    Account(AccountArgs),
    /// Fit choice models to observed flows, and scale demand to observed occupied places
    ///
    /// Where patients go by distance, attraction and, where the data can tell, waits: fitted by maximum likelihood to the shares of
    /// the scenario or to a file of observed patients, with intervals, and tried on providers that were left out of the fit. Writes
    /// a scenario that extends SCENARIO with the fitted models, and the tables `calibration` and `calibration_fit` beside it. Exit
    /// code 1 if no demand comes to the observed occupied places.
    Calibrate(CalibrateArgs),
    /// What becomes of patients, travel and loads if a service's sites change, and which sites are best
    ///
    /// Closes, opens or moves sites of a service and says by the choice model where its patients go, how far they travel, by need and
    /// home area too, and what load the sites come to; or looks for the best K sites, all sets where there are few, else by swaps
    /// with a bound of what could still be better. Nothing is simulated: --out writes the sites as a scenario that can be run. Exit
    /// code 1 if no set of sites was found that meets what is asked.
    Sites(SitesArgs),
    /// Say in words what a message, a table, a column, a test of tiers, a key or a scenario means
    Explain(ExplainArgs),
    /// Print the JSON Schema of scenario files
    ///
    /// Editors use it to complete and check keys while you type.
    Schema(SchemaArgs),
    /// Write a commented starter scenario that runs at once
    New(NewArgs),
}

#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// Of batch files instead
    #[arg(long)]
    pub(super) batch: bool,
}

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(super) scenario: PathBuf,
    #[command(flatten)]
    pub(super) set: SetArgs,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of the command line")]
pub(super) struct RunArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(super) scenario: PathBuf,
    /// How to print the result; json and csv print one table (commissioners, unless --table says otherwise) and nothing else
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Print this whole table instead of the summary; `tierflow explain tables` lists them
    #[arg(long, value_name = "NAME")]
    pub(super) table: Option<String>,
    /// Results folder [default: results/SCENARIO]; a folder that tierflow did not write is never replaced
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Seed of all draws: a whole number, or `random`; it is recorded in the results [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(super) seed: Option<Seed>,
    /// Number of replications, 1 to 1,000,000 [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) replications: Option<u32>,
    /// As many replications as metrics need, such as `cost_gbp:1%,icbs.mean_wait_days[QMJ]:0.2 d`: until the half-width of the
    /// 95 % interval is at most so much of the mean (%), or so much in the metric's unit, for every entity or those named.
    /// Looks after 20 replications, then after a quarter more each time
    #[arg(long, value_name = "METRIC:PRECISION,...", conflicts_with = "replications")]
    pub(super) precision: Option<String>,
    /// The most replications for --precision
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(super) max_replications: u32,
    /// Estimate waits, costs, utilisation and spells with control variates, too: the table `control_variates`; the other tables do
    /// not change
    #[arg(long)]
    pub(super) control_variates: bool,
    /// Draw the factors that the scenario calls uncertain so many times, 2 to 100,000, run all replications at each draw, and
    /// write how much of the variance of each figure comes from inputs and how much from chance
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(super) inputs: Option<u32>,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(super) threads: Option<u32>,
    /// Only this tiering option; may be repeated
    #[arg(long = "option", value_name = "ID")]
    pub(super) options: Vec<String>,
    /// Show what each option means for this ICB and nothing else: its code, its name, a part of the name that fits no other,
    /// or `all`; may be repeated
    #[arg(long = "board", value_name = "ICB", conflicts_with = "table")]
    pub(super) boards: Vec<String>,
    /// What to store in the results folder for `tierflow account`
    #[arg(long, value_enum, default_value_t = Activity::Total)]
    pub(super) activity: Activity,
    #[command(flatten)]
    pub(super) set: SetArgs,
    /// Print the speed of the engine on standard error: events, processor seconds summed over threads, nanoseconds an event
    #[arg(long)]
    pub(super) timings: bool,
    /// Run even if more than 1e12 events or 8 GB of memory are to be expected
    #[arg(long)]
    pub(super) allow_large: bool,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// What a run stores of its activity.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Activity {
    /// Nothing: `tierflow account` is not possible
    None,
    /// The sums over all replications: a small file, enough for means
    Total,
    /// Every replication: enough for intervals and chances, and as many times larger
    Replications,
}

#[derive(Args, Debug)]
pub(super) struct AccountArgs {
    /// Results folder of a run with stored activity
    pub(super) results: PathBuf,
    /// Scenario with the options to account for: a TOML file that extends the run's scenario
    #[arg(long, value_name = "FILE")]
    pub(super) options: PathBuf,
    /// How to print the result; json and csv print one table (commissioners, unless --table says otherwise) and nothing else
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Print this whole table instead of the summary; `tierflow explain tables` lists them
    #[arg(long, value_name = "NAME")]
    pub(super) table: Option<String>,
    /// Results folder to write [default: results/SCENARIO-account]; a folder that tierflow did not write is never replaced
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(super) threads: Option<u32>,
    /// Only this tiering option; may be repeated
    #[arg(long = "option", value_name = "ID")]
    pub(super) only: Vec<String>,
    /// Show what each option means for this ICB and nothing else: its code, its name, a part of the name that fits no other,
    /// or `all`; may be repeated
    #[arg(long = "board", value_name = "ICB", conflicts_with = "table")]
    pub(super) boards: Vec<String>,
    #[command(flatten)]
    pub(super) set: SetArgs,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Args, Debug)]
pub(super) struct TraceArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(super) scenario: PathBuf,
    /// Number of the replication, from 0, as in the table replications
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub(super) replication: u32,
    /// The tiering option whose flow rules hold [default: the reference, which is the scenario's first]
    #[arg(long, value_name = "ID")]
    pub(super) option: Option<String>,
    /// How to write the log [default: xes if FILE ends so, else csv]
    #[arg(long, value_enum)]
    pub(super) format: Option<LogFormat>,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    pub(super) force: bool,
    /// Seed of all draws: a whole number, or `random` [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(super) seed: Option<Seed>,
    #[command(flatten)]
    pub(super) set: SetArgs,
}

/// How a command that simulates more than once goes about it.
#[derive(Args, Debug)]
pub(super) struct SimulatedArgs {
    /// Seed of all draws: a whole number, or `random` [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub(super) seed: Option<Seed>,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(super) threads: Option<u32>,
    #[command(flatten)]
    pub(super) set: SetArgs,
    /// Run even if more than 1e12 events are to be expected
    #[arg(long)]
    pub(super) allow_large: bool,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// How an event log is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LogFormat {
    /// A row an event, in order of time
    Csv,
    /// XES 1.0: the events of each patient together
    Xes,
}

#[derive(Args, Debug)]
pub(super) struct SetArgs {
    /// Change one value of the scenario, such as run.horizon="5 years"; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A code (S021), a table (icbs), a column (utilisation), a key of scenarios (patience) or a scenario's path; `codes` and `tables` are lists
    pub(super) what: String,
    #[command(flatten)]
    pub(super) set: SetArgs,
}

#[derive(Args, Debug)]
pub(super) struct NewArgs {
    /// Folder to write; it must not exist yet
    pub(super) name: PathBuf,
}

/// How a result is printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// Where the seed comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seed {
    /// As typed.
    Given(u64),
    /// Drawn from the operating system's randomness.
    Random,
}

/// The largest seed that a scenario file can hold: TOML's integers have a sign.
const LARGEST_SEED: u64 = i64::MAX as u64;

fn seed(text: &str) -> Result<Seed, String> {
    if text == "random" {
        return Ok(Seed::Random);
    }
    match text.parse() {
        Ok(number) if number <= LARGEST_SEED => Ok(Seed::Given(number)),
        _ => Err(format!("a seed is a whole number from 0 to {LARGEST_SEED}, or `random`")),
    }
}
