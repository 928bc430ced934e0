//! The arguments of commands about where patients go.

use super::{Format, SetArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(in crate::cli) struct CalibrateArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(in crate::cli) scenario: PathBuf,
    /// The scenario folder to write: it extends SCENARIO with the fitted choice models, and holds the tables `calibration` and
    /// `calibration_fit`. A folder that tierflow did not write is never replaced
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// The services to calibrate, ids with commas between them [default: those of the flows file, or all with observed shares]
    #[arg(long = "services", alias = "service", value_name = "ID,...", value_delimiter = ',')]
    pub(in crate::cli) services: Vec<String>,
    /// Observed patients: a CSV file with the columns `service,home_area,provider,patients` and, if waits differ between
    /// periods, `period` [default: the shares of the scenario, weighted by its referrals]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) flows: Option<PathBuf>,
    /// Waits that patients could expect: a CSV file with the columns `service,provider,wait_days,period`; their effect on the
    /// choice is fitted, too
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) waits: Option<PathBuf>,
    /// Occupied places: a CSV file with the columns `service,provider,occupied`; demand is scaled until as many are occupied
    /// in a simulation
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) beds: Option<PathBuf>,
    /// How travel makes a provider less likely
    #[arg(long, value_enum, default_value_t = Model::Best)]
    pub(in crate::cli) model: Model,
    /// What travel is measured by
    #[arg(long, value_enum, default_value_t = On::Km)]
    pub(in crate::cli) on: On,
    /// Shorter travel counts as this much, in the unit of --on, in Huff's model
    #[arg(long, value_name = "X", default_value_t = 5.0, value_parser = positive)]
    pub(in crate::cli) at_least: f64,
    /// What makes the attraction of a provider
    #[arg(long, value_enum, default_value_t = By::Provider)]
    pub(in crate::cli) attraction: By,
    /// Replications of each simulation for --beds
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(in crate::cli) replications: u32,
    /// The tiering option whose flow rules hold in these simulations [default: the scenario's first]
    #[arg(long, value_name = "ID", requires = "beds")]
    pub(in crate::cli) option: Option<String>,
    /// How to print the result; json and csv print the table calibration
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(in crate::cli) format: Format,
    /// Replications at once [default: as many as there are processor cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub(in crate::cli) threads: Option<u32>,
    #[command(flatten)]
    pub(in crate::cli) set: SetArgs,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

/// The law of travel.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Model {
    /// Of the two below that with the smaller deviance
    Best,
    /// Multinomial logit: utility is ln attraction - decay x travel
    Logit,
    /// Huff: the share is proportional to attraction / travel^exponent
    Huff,
}

/// What travel is measured by.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum On {
    /// Kilometres of the travel table, else as the crow flies
    Km,
    /// Minutes of the travel table
    Minutes,
}

/// What makes an attraction.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum By {
    /// One for each provider
    Provider,
    /// A power of the number of its places, so that an effect of waits can be told from it in one period
    Places,
}

fn positive(text: &str) -> Result<f64, String> {
    let found = text.trim().parse::<f64>().ok().filter(|found| found.is_finite() && *found > 0.0);
    found.ok_or_else(|| "a number above 0, such as 5".to_owned())
}

#[derive(Args, Debug)]
pub(in crate::cli) struct SitesArgs {
    /// Folder with a scenario.toml, or a TOML file
    pub(in crate::cli) scenario: PathBuf,
    /// The service, by its id or name; it needs a choice model, such as `tierflow calibrate` fits
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) service: String,
    /// Providers that stop treating it: codes, names or parts of names with commas between them
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub(in crate::cli) close: Vec<String>,
    /// Providers that begin to treat it, each with its attraction if that is known: RAL, or RAL=1.5 [default attraction: the
    /// geometric mean of the sites that there are]
    #[arg(long, value_name = "ID[=X],...", value_delimiter = ',')]
    pub(in crate::cli) open: Vec<String>,
    /// Move it from one provider to another, with attraction and places: RRV:RAL
    #[arg(long = "move", value_name = "FROM:TO,...", value_delimiter = ',')]
    pub(in crate::cli) moves: Vec<String>,
    /// Places that each opened provider gets in every pool that it lacks [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(in crate::cli) places: Option<u32>,
    /// Look for the best K of these sites
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(in crate::cli) keep: Option<u32>,
    /// Sites that --keep always keeps, as in --close
    #[arg(long, value_name = "ID,...", value_delimiter = ',', requires = "keep")]
    pub(in crate::cli) require: Vec<String>,
    /// What --keep makes small
    #[arg(long, value_enum, default_value_t = Smallest::Choice, requires = "keep")]
    pub(in crate::cli) objective: Smallest,
    /// The least patients a year at each site [default: `minimum_volume` of the table standards, if any]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) minimum: Option<f64>,
    /// Travel beyond which a patient travels too far, in the unit of the choice model (km or minutes)
    #[arg(long, value_name = "X", value_parser = positive)]
    pub(in crate::cli) limit: Option<f64>,
    /// The least share of patients within --limit, such as 90%
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "limit")]
    pub(in crate::cli) within: Option<f64>,
    /// The largest offered load over places of any pool with a limit, such as 95%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(in crate::cli) max_load: Option<f64>,
    /// A scenario folder to write: it extends SCENARIO with the sites, and holds the tables `sites`, `site_loads` and `site_areas`
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// The tiering option whose flow rules other services follow, for their part of the loads [default: the scenario's first]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) option: Option<String>,
    /// Print this table whole, and nothing else
    #[arg(long, value_enum, value_name = "TABLE")]
    pub(in crate::cli) table: Option<SiteTable>,
    /// How to print the result; json and csv print the table sites, or that of --table
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(in crate::cli) format: Format,
    #[command(flatten)]
    pub(in crate::cli) set: SetArgs,
    /// Print the result and errors, nothing else
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

/// A table of `tierflow sites`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum SiteTable {
    /// The sets of sites
    Sites,
    /// Patients and loads of each site
    #[value(name = "site_loads")]
    Loads,
    /// Travel of each home area
    #[value(name = "site_areas")]
    Areas,
}

/// What is to be small.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Smallest {
    /// Mean travel of patients who choose by the choice model
    Choice,
    /// Mean travel if everybody went to the nearest site
    Nearest,
}

fn share(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let found = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    found.filter(|&found| 0.0 < found && found <= 10.0).ok_or_else(|| "a share above 0, such as 0.9 or 90%".to_owned())
}
