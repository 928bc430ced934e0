//! `tierflow plan`: the fewest places at which stated targets hold.

mod divided;
mod labels;
mod pooled;
mod stops;
mod text;

use super::args::{Format, Meet as Named, Minimise, PlanArgs};
use super::estimate::Estimate;
use super::exit::Exit;
use super::printer::Printer;
use super::progress::Progress;
use super::settings::{overrides, threads};
use super::{interrupt, load, numbers, out_folder, run, suggest};
use crate::experiment::{Meet, ReplicationError, Replications, Simulation, TrialError};
use crate::ids::SchemeId;
use crate::results::{
    Aim, AimError, Budget, BudgetPlan, CapacityPlan, Making, Manifest, Objective, PlanEntry, PlanError, PlanOver,
    PlanRules, Planner, Pooling, Sheet, divide_budget, plannable_metrics, pooled,
};
use crate::scenario::{self, Scenario};
use crate::store::{StoreError, table_json, write_csv, write_tables};
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
            overrides: overrides(args.how.set.set, args.how.seed),
            option: args.option,
            wanted: PlanEntry {
                targets: args.targets,
                pools: args.pools,
                meet: if args.meet == Named::Mean { "mean" } else { "confidence" }.to_owned(),
                theory: !args.no_theory,
                over: match (args.by_year, args.every_month) {
                    (true, _) => PlanOver::EachYear,
                    (_, true) => PlanOver::EveryMonth,
                    _ => PlanOver::WholeTime,
                },
                first: args.first,
                most: args.max_replications,
                most_places: args.max_places,
                pooling: args.pooling,
                scheme: args.scheme,
                budget: args.budget,
                minimise: args.minimise.map(|minimise| {
                    let objective = match minimise {
                        Minimise::Waiting => Objective::Waiting,
                        Minimise::Refused => Objective::Refused,
                        Minimise::Reneged => Objective::Reneged,
                    };
                    objective.name().to_owned()
                }),
            },
            format: args.format,
            out: args.out,
            threads: threads(args.how.threads),
            allow_large: args.how.allow_large,
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
    let budget = budget(&wanted, printer)?;
    let aims = if budget.is_some() {
        Vec::new()
    } else if given.is_empty() {
        wanted.targets.clone_from(&scenario.planning.targets);
        aims(&wanted.targets, "planning.targets of the scenario: ", printer)?
    } else {
        given
    };
    if aims.is_empty() && budget.is_none() {
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
    say_how_long(scenario, &simulations, &wanted, settings.threads, printer);
    let rules = PlanRules {
        aims,
        pools: wanted.pools.clone(),
        meet: if wanted.meet == "mean" { Meet::Mean } else { Meet::Confidence },
        theory: wanted.theory,
        over: wanted.over,
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
        plan: Some(wanted.clone()),
        ..Making::default()
    };
    let found = if let Some(budget) = budget {
        divide_budget(scenario, option, &rules, budget, how, making).map(Made::Budget)
    } else if wanted.pooling {
        let scheme = scheme(scenario, wanted.scheme.as_deref(), printer)?;
        pooled(scenario, option, &rules, scheme, how, making).map(Made::Pooling)
    } else {
        Planner::new(scenario, option, rules).and_then(|planner| planner.plan(how, making)).map(Made::Plan)
    };
    progress.clear();
    let found = found.map_err(|problem| refuse(&problem, printer))?;
    let text = if shows { printed(&found, settings.format, printer) } else { String::new() };
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    write_tables(&out, found.manifest(), |name| found.sheet(name))
        .map_err(|problem: StoreError| files(problem.to_string()))?;
    if !shows {
        return Ok(Exit::Done);
    }
    let exit = super::finish(printer, &text, if found.holds() { Exit::Done } else { Exit::TargetMissed });
    let blank_line = if settings.format == Format::Table { "\n" } else { "" };
    let tables = numbers::of(found.manifest().tables.len(), "table", "tables");
    printer.note(&format!("{blank_line}results folder: {} ({tables} and manifest.json)", out.display()));
    Ok(exit)
}

/// A plan tries some thirty capacities, most of them with the replications of the first look; pooling makes five plans.
fn say_how_long(scenario: &Scenario, simulations: &[Simulation], wanted: &PlanEntry, threads: usize, printer: Printer) {
    let known_at_once = |text: &String| text.contains("delay_probability");
    if wanted.budget.is_some() || wanted.targets.iter().any(known_at_once) {
        return;
    }
    let plans = if wanted.pooling { 5.0 } else { 1.0 };
    let one = Estimate::new(scenario, simulations, wanted.first.min(wanted.most), threads).seconds();
    let all = CAPACITIES * plans * one;
    if all > 60.0 {
        let (one, all) = (numbers::spell_of_time(one), numbers::spell_of_time(all));
        printer.note(&format!(
            "each capacity takes about {one} or more, and a plan tries many: this will take some {all}; less with fewer --pools, --first or a shorter run.horizon"
        ));
    }
}

/// Capacities that a plan tries, by and large.
const CAPACITIES: f64 = 30.0;

/// What was made.
enum Made<'a> {
    Plan(CapacityPlan<'a>),
    Budget(BudgetPlan<'a>),
    Pooling(Pooling<'a>),
}

impl Made<'_> {
    fn manifest(&self) -> &Manifest {
        match self {
            Self::Plan(plan) => &plan.manifest,
            Self::Budget(plan) => &plan.manifest,
            Self::Pooling(pooling) => &pooling.manifest,
        }
    }

    fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        match self {
            Self::Plan(plan) => plan.sheet(name),
            Self::Budget(plan) => plan.sheet(name),
            Self::Pooling(pooling) => (name == "pooling").then(|| pooling.sheet()),
        }
    }

    fn holds(&self) -> bool {
        match self {
            Self::Plan(plan) => plan.holds(),
            Self::Budget(_) => true,
            Self::Pooling(pooling) => pooling.levels.iter().all(|level| level.holds),
        }
    }
}

/// The budget, if one was given.
fn budget(wanted: &PlanEntry, printer: Printer) -> Result<Option<Budget>, Exit> {
    let (Some(text), Some(name)) = (&wanted.budget, &wanted.minimise) else { return Ok(None) };
    let objective = Objective::ALL.into_iter().find(|objective| objective.name() == name);
    let plain = text.trim();
    let pounds = plain.strip_prefix('£');
    // Thousands and millions are of pounds: a mistyped amount of money is no number of places.
    let (digits, factor) = match (
        pounds,
        pounds.and_then(|text| text.strip_suffix('k')),
        pounds.and_then(|text| text.strip_suffix('m')),
    ) {
        (_, Some(digits), _) => (digits, 1e3),
        (_, _, Some(digits)) => (digits, 1e6),
        (Some(digits), ..) => (digits, 1.0),
        (None, ..) => (plain, 1.0),
    };
    let amount: Option<f64> = digits.replace(',', "").trim().parse().ok();
    // Pence where it is money.
    let amount = amount.map(|amount| amount * factor * if pounds.is_some() { 100.0 } else { 1.0 });
    // Half a place buys nothing.
    let amount = amount.map(|amount| if pounds.is_some() { libm::round(amount) } else { libm::floor(amount) });
    let amount = amount.filter(|amount| *amount >= 1.0 && *amount < 1e15);
    if let (Some(amount), Some(objective)) = (amount, objective) {
        Ok(Some(Budget { amount: amount as u64, in_pence: pounds.is_some(), objective }))
    } else {
        printer.error(&format!(
            "`{text}` is no budget: write pounds a year such as £2m or £350k, or a number of places such as 40"
        ));
        Err(Exit::Usage)
    }
}

/// What a footprint is.
fn scheme(scenario: &Scenario, wanted: Option<&str>, printer: Printer) -> Result<Option<SchemeId>, Exit> {
    let schemes = &scenario.geography.schemes;
    let known: Vec<&str> = schemes.iter().map(|scheme| scheme.id.as_str()).collect();
    match wanted {
        Some(id) => {
            if let Some((found, _)) = schemes.iter_ids().find(|(_, scheme)| scheme.id == id) {
                Ok(Some(found))
            } else {
                printer.error(&format!(
                    "the scenario has no scheme of footprints `{id}`. {}",
                    suggest::nearest(id, &known)
                ));
                Err(Exit::Usage)
            }
        }
        None if known.len() > 1 => {
            printer.error(&format!(
                "there are several schemes of footprints: say which with --scheme ({})",
                known.join(", ")
            ));
            Err(Exit::Usage)
        }
        None => Ok(schemes.ids().next()),
    }
}

fn printed(found: &Made<'_>, format: Format, printer: Printer) -> String {
    let name = found.manifest().tables.first().cloned().unwrap_or_default();
    let Some(sheet) = found.sheet(&name) else { return String::new() };
    match format {
        Format::Table => match found {
            Made::Plan(plan) => text::shown(plan, printer),
            Made::Budget(plan) => divided::shown(plan, printer),
            Made::Pooling(pooling) => pooled::shown(pooling, printer),
        },
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
