//! `tierflow plan`: the fewest places at which stated targets hold.

mod text;

use super::args::{Format, Meet as Named, PlanArgs};
use super::estimate::Estimate;
use super::exit::Exit;
use super::printer::Printer;
use super::progress::Progress;
use super::settings::{overrides, threads};
use super::{interrupt, load, numbers, out_folder, run, suggest};
use crate::experiment::{Meet, ReplicationError, Replications, TrialError};
use crate::results::{
    Aim, AimError, CapacityPlan, Making, PlanEntry, PlanError, PlanRules, Planner, plannable_metrics,
};
use crate::scenario;
use crate::store::{StoreError, table_json, write_csv, write_plan};
use std::path::{Path, PathBuf};

/// A plan as it was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct PlanSettings {
    /// The scenario's path.
    pub(super) scenario: PathBuf,
    /// Changes to it, the later ones above the earlier.
    pub(super) overrides: Vec<String>,
    /// Id of the option whose flow rules hold; none for the first.
    pub(super) option: Option<String>,
    /// What was asked for; without targets those of the scenario.
    pub(super) wanted: PlanEntry,
    /// How to print.
    pub(super) format: Format,
    /// The results folder, where stated.
    pub(super) out: Option<PathBuf>,
    /// Replications at once, at least one.
    pub(super) threads: usize,
    /// Whether size is no reason to refuse.
    pub(super) allow_large: bool,
}

impl PlanSettings {
    /// Gives every argument its meaning; a random seed is drawn here.
    pub(super) fn new(args: PlanArgs) -> Self {
        Self {
            scenario: args.scenario,
            overrides: overrides(args.set.set, args.seed),
            option: args.option,
            wanted: PlanEntry {
                targets: args.targets,
                pools: args.pools,
                meet: if args.meet == Named::Mean { "mean" } else { "confidence" }.to_owned(),
                theory: !args.no_theory,
                by_year: args.by_year,
                first: args.first,
                most: args.max_replications,
                most_places: args.max_places,
            },
            format: args.format,
            out: args.out,
            threads: threads(args.threads),
            allow_large: args.allow_large,
        }
    }
}

pub(super) fn plan(settings: &PlanSettings, printer: Printer) -> Exit {
    attempt(settings, true, printer).unwrap_or_else(|exit| exit)
}

/// Writes the results folder and prints no result.
pub(super) fn write(settings: &PlanSettings, printer: Printer) -> Result<(), Exit> {
    attempt(settings, false, printer).map(|_| ())
}

fn attempt(settings: &PlanSettings, shows: bool, printer: Printer) -> Result<Exit, Exit> {
    let given = aims(&settings.wanted.targets, "", printer)?;
    let mut loaded = scenario::load(&settings.scenario, &settings.overrides);
    load::say(&loaded, printer);
    let Some(scenario) = &mut loaded.scenario else { return Err(load::failure(&loaded)) };
    let mut wanted = settings.wanted.clone();
    let aims = if given.is_empty() {
        wanted.targets.clone_from(&scenario.planning.targets);
        aims(&wanted.targets, "planning.targets of the scenario: ", printer)?
    } else {
        given
    };
    if aims.is_empty() {
        printer.error("there is nothing to plan for: give a --target such as \"full_share <= 5%\", or state planning.targets in the scenario");
        return Err(Exit::Usage);
    }
    interrupt::listen(printer, "stopping after the replications under way");
    let options = run::chosen_options(scenario, settings.option.as_slice(), printer)?;
    load::choose_warm_up(scenario, settings.threads, printer)?;
    let scenario = &*scenario;
    let option = options[0];
    let simulations = load::compile(scenario, &options[..1], printer)?;
    if let Some(refusal) = Estimate::new(scenario, &simulations, wanted.most, settings.threads).refusal()
        && !settings.allow_large
    {
        printer.error(&format!("{refusal}. That is one capacity; a plan tries several"));
        return Err(Exit::Invalid);
    }
    let rules = PlanRules {
        aims,
        pools: wanted.pools.clone(),
        meet: if wanted.meet == "mean" { Meet::Mean } else { Meet::Confidence },
        theory: wanted.theory,
        by_year: wanted.by_year,
        first: wanted.first.min(wanted.most),
        most: wanted.most,
        most_places: wanted.most_places,
    };
    let out = settings.out.clone().unwrap_or_else(|| Path::new("results").join(format!("{}-plan", scenario.name)));
    let files = |problem: String| {
        printer.error(&problem);
        Exit::Files
    };
    out_folder::check(&out).map_err(files)?;
    let planner = Planner::new(scenario, option, rules).map_err(|problem| refuse(&problem, printer))?;
    let progress = Progress::at_most(printer, wanted.most.saturating_mul(20));
    let how = Replications {
        numbers: (0, 0),
        threads: settings.threads,
        progress: &|finished| progress.finished(finished),
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    let making = Making {
        files: out_folder::source_files(&loaded.sources, &settings.overrides),
        overrides: settings.overrides.clone(),
        plan: Some(wanted),
        ..Making::default()
    };
    let found = planner.plan(how, making);
    progress.clear();
    let found = found.map_err(|problem| refuse(&problem, printer))?;
    let text = if shows { printed(&found, settings.format, printer) } else { String::new() };
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    write_plan(&out, &found).map_err(|problem: StoreError| files(problem.to_string()))?;
    if !shows {
        return Ok(Exit::Done);
    }
    let exit = super::finish(printer, &text, if found.holds() { Exit::Done } else { Exit::TargetMissed });
    let blank_line = if settings.format == Format::Table { "\n" } else { "" };
    let tables = numbers::of(found.manifest.tables.len(), "table", "tables");
    printer.note(&format!("{blank_line}results folder: {} ({tables} and manifest.json)", out.display()));
    Ok(exit)
}

fn printed(found: &CapacityPlan<'_>, format: Format, printer: Printer) -> String {
    let Some(sheet) = found.sheet("plan") else { return String::new() };
    match format {
        Format::Table => text::shown(found, printer),
        Format::Json => table_json(sheet),
        Format::Csv => {
            let mut bytes = Vec::new();
            // Writing to memory does not fail.
            let _ = write_csv(sheet, &mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// All targets, or everything that is wrong with them.
fn aims(texts: &[String], of: &str, printer: Printer) -> Result<Vec<Aim>, Exit> {
    let (mut aims, mut faults) = (Vec::new(), Vec::new());
    for text in texts {
        match Aim::new(text) {
            Ok(aim) => aims.push(aim),
            Err(problem) => faults.push(problem),
        }
    }
    for fault in &faults {
        let near = match fault {
            AimError::Metric(name) => {
                let name = name.split_once('.').map_or(name.as_str(), |(_, metric)| metric);
                format!(". {}", suggest::nearest(name, &plannable_metrics()))
            }
            AimError::Direction(_) => format!(". There are: {}", plannable_metrics().join(", ")),
            _ => String::new(),
        };
        printer.error(&format!("{of}{fault}{near}"));
    }
    if faults.is_empty() { Ok(aims) } else { Err(Exit::Usage) }
}

fn refuse(problem: &PlanError, printer: Printer) -> Exit {
    let near = match problem {
        PlanError::Pool(name, known) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!(". {}", suggest::nearest(name, &known))
        }
        _ => String::new(),
    };
    printer.error(&format!("{problem}{near}"));
    match problem {
        PlanError::Trial(TrialError::Run(ReplicationError::Interrupted)) => Exit::Interrupted,
        PlanError::Trial(_) | PlanError::Compile(_) => Exit::Invalid,
        _ => Exit::Usage,
    }
}
