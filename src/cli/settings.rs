//! What the arguments mean.

use super::args::{AccountArgs, Activity, CompareArgs, Format, Procedure, RecommendArgs, RunArgs, Seed, SelectArgs};
use crate::results::{ActivityKind, PrecisionEntry};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::PathBuf;

/// A run as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RunSettings {
    /// The scenario's path.
    pub(super) scenario: PathBuf,
    /// Changes to it, the later ones above the earlier.
    pub(super) overrides: Vec<String>,
    /// How to print.
    pub(super) format: Format,
    /// The table to print; none for the summary.
    pub(super) table: Option<String>,
    /// The results folder, where stated.
    pub(super) out: Option<PathBuf>,
    /// Ids of the only options wanted; none for all.
    pub(super) options: Vec<String>,
    /// Ids of the ICBs to show; none for the whole summary.
    pub(super) boards: Vec<String>,
    /// Replications at once, at least one.
    pub(super) threads: usize,
    /// What to store of the activity.
    pub(super) activity: ActivityKind,
    /// Whether to measure the engine.
    pub(super) timings: bool,
    /// Whether size is no reason to refuse.
    pub(super) allow_large: bool,
    /// The precision that decides about the number of replications, if one does.
    pub(super) precision: Option<PrecisionEntry>,
    /// Whether to estimate with control variates, too.
    pub(super) control_variates: bool,
    /// How many times to draw the uncertain inputs, if at all.
    pub(super) inputs: Option<u32>,
    /// How options are to be compared, if they are.
    pub(super) comparison: Option<ComparisonSettings>,
}

/// A comparison as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ComparisonSettings {
    /// The option that the others are compared with; none for the first.
    pub(super) reference: Option<String>,
    /// Metrics to show of every entity; none for what matters.
    pub(super) metrics: Vec<String>,
}

impl RunSettings {
    /// Gives every argument its meaning; a random seed is drawn here.
    pub(super) fn new(args: RunArgs) -> Self {
        let mut overrides = overrides(args.set.set, args.seed);
        if let Some(replications) = args.replications {
            overrides.push(format!("run.replications={replications}"));
        }
        Self {
            scenario: args.scenario,
            overrides,
            format: args.format,
            table: table(args.format, args.table),
            out: args.out,
            options: args.options,
            boards: args.boards,
            threads: threads(args.threads),
            activity: activity(args.activity),
            timings: args.timings,
            allow_large: args.allow_large,
            precision: args
                .precision
                .map(|targets| PrecisionEntry { targets, max_replications: args.max_replications }),
            control_variates: args.control_variates,
            inputs: args.inputs,
            comparison: None,
        }
    }

    /// A run that compares its options.
    pub(super) fn compared(args: CompareArgs) -> Self {
        let comparison = ComparisonSettings { reference: args.reference, metrics: args.metrics };
        let mut run = Self::new(args.run);
        if run.format != Format::Table && run.table.as_deref() == Some(DEFAULT_TABLE) {
            run.table = Some("comparison".to_owned());
        }
        Self { comparison: Some(comparison), ..run }
    }
}

/// An account of other options as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AccountSettings {
    /// The results folder with the stored activity.
    pub(super) results: PathBuf,
    /// The scenario with the options.
    pub(super) options: PathBuf,
    /// Changes to it, above those of the run.
    pub(super) overrides: Vec<String>,
    /// How to print.
    pub(super) format: Format,
    /// The table to print; none for the summary.
    pub(super) table: Option<String>,
    /// The results folder to write, where stated.
    pub(super) out: Option<PathBuf>,
    /// Ids of the only options wanted; none for all.
    pub(super) only: Vec<String>,
    /// Ids of the ICBs to show; none for the whole summary.
    pub(super) boards: Vec<String>,
    /// Replications at once, at least one.
    pub(super) threads: usize,
}

impl AccountSettings {
    /// Gives every argument its meaning.
    pub(super) fn new(args: AccountArgs) -> Self {
        Self {
            results: args.results,
            options: args.options,
            overrides: args.set.set,
            format: args.format,
            table: table(args.format, args.table),
            out: args.out,
            only: args.only,
            boards: args.boards,
            threads: threads(args.threads),
        }
    }
}

/// A selection as it was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct SelectSettings {
    /// The scenario's path.
    pub(super) scenario: PathBuf,
    /// Changes to it, the later ones above the earlier.
    pub(super) overrides: Vec<String>,
    /// Metric and entity.
    pub(super) best: String,
    /// The indifference zone.
    pub(super) indifference: String,
    /// The probability, if it was stated.
    pub(super) probability: Option<f64>,
    /// How to select.
    pub(super) procedure: Procedure,
    /// Replications of the first stage.
    pub(super) first: u32,
    /// The most replications of an option, if that was stated.
    pub(super) max_replications: Option<u32>,
    /// Replications of all simulations together, if that was stated.
    pub(super) budget: Option<u32>,
    /// Ids of the only options wanted; none for all.
    pub(super) options: Vec<String>,
    /// The reporting period; none for the whole time.
    pub(super) year: Option<String>,
    /// Whether the smallest mean is wanted; none for what the metric says.
    pub(super) smallest: Option<bool>,
    /// How to print.
    pub(super) format: Format,
    /// The results folder, where stated.
    pub(super) out: Option<PathBuf>,
    /// Replications at once, at least one.
    pub(super) threads: usize,
    /// Whether size is no reason to refuse.
    pub(super) allow_large: bool,
}

impl SelectSettings {
    /// Gives every argument its meaning; a random seed is drawn here.
    pub(super) fn new(args: SelectArgs) -> Self {
        Self {
            scenario: args.scenario,
            overrides: overrides(args.how.set.set, args.how.seed),
            best: args.best,
            indifference: args.indifference,
            probability: args.probability,
            procedure: args.procedure,
            first: args.first,
            max_replications: args.max_replications,
            budget: args.budget,
            options: args.options,
            year: args.year,
            smallest: (args.smallest || args.largest).then_some(args.smallest),
            format: args.format,
            out: args.out,
            threads: threads(args.how.threads),
            allow_large: args.how.allow_large,
        }
    }
}

/// A recommendation as it was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct RecommendSettings {
    /// The scenario's path.
    pub(super) scenario: PathBuf,
    /// Changes to it, the later ones above the earlier.
    pub(super) overrides: Vec<String>,
    /// Ids of the services; none for all.
    pub(super) services: Vec<String>,
    /// The ICBs whose own answers are shown.
    pub(super) boards: Vec<String>,
    /// The option whose flows are looked at; none for the first.
    pub(super) option: Option<String>,
    /// The footprints to look for, if any.
    pub(super) footprints: Option<FootprintSettings>,
    /// How to print.
    pub(super) format: Format,
    /// The results folder, where stated.
    pub(super) out: Option<PathBuf>,
    /// Replications at once, at least one.
    pub(super) threads: usize,
    /// Whether size is no reason to refuse.
    pub(super) allow_large: bool,
}

/// Footprints that are looked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct FootprintSettings {
    /// How many.
    pub(super) groups: usize,
    /// The least ICBs, where stated.
    pub(super) least: Option<usize>,
    /// The most ICBs, where stated.
    pub(super) most: Option<usize>,
    /// The most registered persons.
    pub(super) most_population: Option<f64>,
    /// Whether they are the bodies of the multi-ICB tier in a recommendation.
    pub(super) as_bodies: bool,
}

impl RecommendSettings {
    /// Replications of a recommendation unless others are asked for.
    const REPLICATIONS: u32 = 50;

    /// Gives every argument its meaning; a random seed is drawn here.
    pub(super) fn new(args: RecommendArgs) -> Self {
        let mut overrides = overrides(args.how.set.set, args.how.seed);
        let stated = overrides.iter().any(|text| text.trim_start().starts_with("run.replications"));
        match args.replications {
            Some(replications) => overrides.push(format!("run.replications={replications}")),
            None if stated => {}
            None => overrides.push(format!("run.replications={}", Self::REPLICATIONS)),
        }
        let number = |number: Option<u32>| number.map(|number| number as usize);
        Self {
            scenario: args.scenario,
            overrides,
            services: args.services,
            boards: args.boards,
            option: args.option,
            footprints: args.footprints.map(|groups| FootprintSettings {
                groups: groups as usize,
                least: number(args.least_icbs),
                most: number(args.most_icbs),
                most_population: args.most_population.map(|persons| persons as f64),
                as_bodies: args.as_bodies,
            }),
            format: args.format,
            out: args.out,
            threads: threads(args.how.threads),
            allow_large: args.how.allow_large,
        }
    }
}

/// What to store of the activity.
pub(super) fn activity(wanted: Activity) -> ActivityKind {
    match wanted {
        Activity::None => ActivityKind::None,
        Activity::Total => ActivityKind::Total,
        Activity::Replications => ActivityKind::Replications,
    }
}

/// The table to print, if it is one.
fn table(format: Format, table: Option<String>) -> Option<String> {
    match format {
        Format::Table => table,
        Format::Json | Format::Csv => Some(table.unwrap_or_else(|| DEFAULT_TABLE.to_owned())),
    }
}

pub(super) fn threads(wanted: Option<u32>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    wanted.map_or_else(cores, |threads| threads as usize)
}

/// Changes to the scenario, the seed's above all others; a random one is drawn here.
pub(super) fn overrides(mut set: Vec<String>, seed: Option<Seed>) -> Vec<String> {
    if let Some(seed) = seed {
        let seed = match seed {
            Seed::Given(seed) => seed,
            // Ten digits are enough to be another one, and few enough to be typed.
            Seed::Random => u64::from(RandomState::new().hash_one(std::process::id()) as u32),
        };
        set.push(format!("run.seed={seed}"));
    }
    set
}

/// The table that programs get unless they ask for another.
const DEFAULT_TABLE: &str = "commissioners";
