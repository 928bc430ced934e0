//! `tierflow run`: simulate once for all options with equal flow rules, account for every option, write the folder, show
//! what a planner wants to see.

mod assumed;
mod board_names;
mod compared;
mod goals;
mod headline;
mod inputs;
mod marks;
mod summary;
mod values;
mod variance;
mod whole_table;

pub(super) use compared::words_of;
pub(super) use goals::{known_metrics, unknown_metric, unknown_table};
pub(super) use marks::Marks;
pub(super) use values::Scale;

use super::args::Format;
use super::estimate::Estimate;
use super::exit::Exit;
use super::out_folder;
use super::printer::Printer;
use super::progress::Progress;
use super::settings::{ComparisonSettings, RunSettings};
use super::{interrupt, load, numbers, stopwatch, suggest};
use crate::experiment::{Replications, Simulation};
use crate::ids::OptionId;
use crate::model::Model;
use crate::results::{
    ACTIVITY, ActivityKind, CELLS, Making, Prepared, Progress as Reached, Results, Study, Unwatched, Watch, catalogue,
    comparisons,
};
use crate::scenario::{self, Scenario};
use crate::stats::stopping::looks as looks_up_to;
use crate::store::{ActivityWriter, StoreError, table_json, write_csv, write_folder};
pub(super) use board_names::{ALL_BOARDS, chosen_boards};
use std::path::Path;

pub(super) fn run(settings: &RunSettings, printer: Printer) -> Exit {
    attempt(settings, true, printer).unwrap_or_else(|exit| exit)
}

/// Writes the results folder and prints no result.
pub(super) fn write(settings: &RunSettings, printer: Printer) -> Result<(), Exit> {
    attempt(settings, false, printer).map(|_| ())
}

fn attempt(settings: &RunSettings, shows: bool, printer: Printer) -> Result<Exit, Exit> {
    let asked = known_table(settings.table.as_deref(), printer)?;
    let mut loaded = scenario::load(&settings.scenario, &settings.overrides);
    load::say(&loaded, printer);
    let Some(scenario) = &mut loaded.scenario else { return Err(load::failure(&loaded)) };
    interrupt::listen(printer, "stopping after the replications under way");
    let warm_up = load::choose_warm_up(scenario, settings.threads, printer)?;
    let scenario = &*scenario;
    let reference = settings.comparison.as_ref().map(|wanted| reference(scenario, wanted, printer)).transpose()?;
    let options = compared_options(scenario, settings, reference.as_deref(), printer)?;
    let boards = chosen_boards(scenario, &settings.boards, printer)?;
    let goals = settings.precision.as_ref().map_or(Ok(Vec::new()), |wanted| goals::goals(&wanted.targets, printer))?;
    let simulations = load::compile(scenario, &options, printer)?;
    let mut study = Study::new(scenario, &simulations);
    if let Some(name) = asked {
        has_rows(&study.prepared, name, scenario, settings, printer)?;
    }
    inputs::has_any(scenario, settings, printer)?;
    goals::have_rows(&study, &goals, printer)?;
    weigh(scenario, &simulations, &study.prepared, settings, printer)?;
    payable(&study.prepared, printer)?;
    let out = settings.out.clone().unwrap_or_else(|| out_folder::by_name(&settings.scenario, &scenario.name));
    out_folder::check(&out).map_err(|problem| {
        printer.error(&problem);
        Exit::Files
    })?;
    let unwritten = |problem: StoreError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let writer = match settings.activity {
        ActivityKind::None => None,
        kind => {
            let simulated: Vec<(&Model, &str)> =
                study.prepared.iter().map(|one| (one.model, one.first_option())).collect();
            Some(ActivityWriter::create(&out, kind, scenario, &simulated).map_err(unwritten)?)
        }
    };
    let watch: &dyn Watch = writer.as_ref().map_or(&Unwatched, |writer| writer);
    let mut reached = Vec::new();
    for until in looks(scenario, settings, printer)? {
        simulate(&mut study, until, settings, watch, printer)?;
        reached = goals.iter().map(|goal| study.progress(goal)).collect();
        if !reached.is_empty() && reached.iter().all(Reached::done) {
            break;
        }
    }
    let missed = reached.iter().any(|goal| !goal.done());
    let drawn = inputs::draw(scenario, &options, &study, settings, printer)?;
    let (activity, files) = writer.map(ActivityWriter::finish).transpose().map_err(unwritten)?.unzip();
    if settings.timings {
        timings(study.effort(), settings.threads, printer);
    }
    let making = Making {
        files: out_folder::source_files(&loaded.sources, &settings.overrides),
        overrides: settings.overrides.clone(),
        activity,
        reference,
        precision: settings.precision.clone(),
        control_variates: settings.control_variates,
        reached,
        inputs: drawn,
        warm_up,
        ..Making::default()
    };
    let results = study.results(making);
    // Text before files: nobody sees a summary of a folder that could not be written, but a folder needs no reader.
    let text = match &settings.comparison {
        _ if !shows => String::new(),
        Some(wanted) if asked.is_none() => {
            let text = compared::compared(scenario, &results, &wanted.metrics, &boards, printer);
            text + &inputs::said(scenario, &results, &boards, printer) + &variance::gained(&results, printer)
        }
        None if asked.is_none() && boards.is_empty() => {
            printed(scenario, &results, settings.format, asked, &boards, printer) + &variance::gained(&results, printer)
        }
        _ => printed(scenario, &results, settings.format, asked, &boards, printer),
    };
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    write_folder(&out, &results, files.as_ref()).map_err(unwritten)?;
    if !shows {
        return Ok(Exit::Done);
    }
    let exit = super::finish(printer, &text, if missed { Exit::TargetMissed } else { Exit::Done });
    if settings.precision.is_some() {
        goals::say(&results, printer);
    }
    say_where(&out, &results, settings.format, printer);
    Ok(exit)
}

/// After how many replications to look whether they are enough; antithetic ones only in pairs.
fn looks(scenario: &Scenario, settings: &RunSettings, printer: Printer) -> Result<Vec<u32>, Exit> {
    let Some(wanted) = &settings.precision else { return Ok(vec![scenario.run.replications]) };
    let mut looks: Vec<u32> = looks_up_to(wanted.max_replications).collect();
    if scenario.run.antithetic {
        if !wanted.max_replications.is_multiple_of(2) {
            printer.error("antithetic replications come in pairs: give an even number of --max-replications");
            return Err(Exit::Usage);
        }
        for look in &mut looks {
            *look += *look % 2;
        }
        looks.dedup();
    }
    Ok(looks)
}

/// The option that the others are compared with.
fn reference(scenario: &Scenario, wanted: &ComparisonSettings, printer: Printer) -> Result<String, Exit> {
    goals::known_metrics(&wanted.metrics, printer)?;
    let known: Vec<&str> = scenario.options.iter().map(|option| option.id.as_str()).collect();
    match &wanted.reference {
        Some(id) if known.contains(&id.as_str()) => Ok(id.clone()),
        Some(id) => {
            let cure = suggest::nearest(id, &known);
            printer.error(&format!("the scenario has no tiering option `{id}` to compare with. {cure}"));
            Err(Exit::Usage)
        }
        None => Ok(scenario.shown.first().map_or_else(String::new, |&first| scenario.options[first].id.clone())),
    }
}

/// The options to account for; the reference is one of them, and there has to be another.
fn compared_options(
    scenario: &Scenario,
    settings: &RunSettings,
    reference: Option<&str>,
    printer: Printer,
) -> Result<Vec<OptionId>, Exit> {
    let mut options = chosen_options(scenario, &settings.options, printer)?;
    let reference_id = scenario.options.iter_ids().find(|(_, option)| Some(option.id.as_str()) == reference);
    options.extend(reference_id.map(|(id, _)| id));
    options.sort();
    options.dedup();
    if reference.is_some() && options.len() < 2 {
        printer.error(
            "there is nothing to compare: the scenario needs a second tiering option, or --option another one than the reference",
        );
        return Err(Exit::Usage);
    }
    Ok(options)
}

/// Runs replications until there are so many of each simulation, and has their activity written down if somebody wants it.
fn simulate(
    study: &mut Study<'_>,
    until: u32,
    settings: &RunSettings,
    watch: &dyn Watch,
    printer: Printer,
) -> Result<(), Exit> {
    let more = until.saturating_sub(study.replications());
    let progress = Progress::new(printer, more.saturating_mul(study.count() as u32));
    let how = Replications {
        numbers: (study.replications(), until),
        threads: settings.threads.min(more as usize),
        progress: &|finished| progress.finished(finished),
        cancelled: &interrupt::CANCELLED,
        stopwatch: if settings.timings { &stopwatch::seconds } else { &|| 0.0 },
    };
    let extended = study.extend(how, watch);
    progress.clear();
    extended.map_err(|problem| interrupt::stopped(problem, printer))
}

/// Says where the results are.
pub(super) fn say_where(out: &Path, results: &Results, format: Format, printer: Printer) {
    let blank_line = if format == Format::Table { "\n" } else { "" };
    let tables = numbers::of(results.manifest.tables.len(), "table", "tables");
    printer.note(&format!("{blank_line}results folder: {} ({tables} and manifest.json)", out.display()));
}

/// Refuses prices that cannot be summed.
pub(super) fn payable(prepared: &[Prepared<'_>], printer: Printer) -> Result<(), Exit> {
    if prepared.iter().any(|one| one.tariff.expected_total(one.model) > MOST_PENCE) {
        printer.error(
            "the charges may come to more than a hundred million million pounds, more than can be counted to the penny \
             (an upper bound: the most that every expected stay can cost)",
        );
        return Err(Exit::Invalid);
    }
    Ok(())
}

/// The name of the table to print, if it is one.
pub(super) fn known_table(name: Option<&str>, printer: Printer) -> Result<Option<&str>, Exit> {
    let Some(name) = name else { return Ok(None) };
    let tables: Vec<&str> = catalogue().iter().map(|entry| entry.table.name).collect();
    let by_others = [
        ("attribution", "attribute"),
        ("selection", "select"),
        ("selection_values", "select"),
        ("plan", "plan"),
        ("plan_totals", "plan"),
        ("plan_targets", "plan"),
        ("budget_plan", "plan"),
        ("budget_objective", "plan"),
        ("pooling", "plan"),
        ("recommendation", "recommend"),
        ("recommendation_tiers", "recommend"),
        ("recommendation_tests", "recommend"),
        ("footprints_from_flows", "recommend"),
        ("footprints_compared", "recommend"),
        ("calibration", "calibrate"),
        ("calibration_fit", "calibrate"),
        ("calibration_beds", "calibrate"),
        ("sites", "sites"),
        ("site_loads", "sites"),
        ("site_areas", "sites"),
    ];
    if let Some((_, command)) = by_others.iter().find(|(table, _)| *table == name) {
        printer.error(&format!("the table `{name}` is made by `tierflow {command}`"));
        return Err(Exit::Usage);
    }
    if [ACTIVITY.name, CELLS.name].contains(&name) {
        printer.error(&format!("the table `{name}` is written to the results folder and not printed"));
        return Err(Exit::Usage);
    }
    if tables.contains(&name) {
        return Ok(Some(name));
    }
    printer.error(&format!("there is no table `{name}`. {}", suggest::nearest(name, &tables)));
    Err(Exit::Usage)
}

/// Makes sure, before the run, that a table of the catalogue will hold something.
fn has_rows(
    prepared: &[Prepared<'_>],
    name: &str,
    scenario: &Scenario,
    settings: &RunSettings,
    printer: Printer,
) -> Result<(), Exit> {
    const DRAWN: &str = "is made by --inputs K, of a scenario with [[uncertain]] factors";
    let wanted = [
        ("comparison", settings.comparison.is_some(), "is made by `tierflow compare`"),
        ("control_variates", settings.control_variates, "is made with --control-variates"),
        ("input_uncertainty", settings.inputs.is_some(), DRAWN),
        ("input_draws", settings.inputs.is_some(), DRAWN),
        ("antithetic", scenario.run.antithetic, "is made with --set run.antithetic=true"),
    ];
    if let Some((name, made, how)) = wanted.iter().find(|(table, ..)| *table == name) {
        if *made {
            return Ok(());
        }
        printer.error(&format!("the table `{name}` {how}"));
        return Err(Exit::Usage);
    }
    let all = prepared.iter().flat_map(|one| one.layout.outline().tables());
    let mut simulated: Vec<&str> = Vec::new();
    for table in all {
        if !simulated.contains(&table.name) {
            simulated.push(table.name);
        }
    }
    let options: usize = prepared.iter().map(|one| one.layout.outline().options().len()).sum();
    let compared = options > 1 && comparisons().contains(&name);
    if compared
        || simulated.contains(&name)
        || ["expected", "replications", "inputs", "names", "assumptions", "notes"].contains(&name)
    {
        return Ok(());
    }
    printer.error(&format!("this scenario leaves the table `{name}` empty; it has {}", simulated.join(", ")));
    Err(Exit::Usage)
}

/// The options to account for, in the order of the scenario: those that are wanted, or that it says.
pub(super) fn chosen_options(scenario: &Scenario, wanted: &[String], printer: Printer) -> Result<Vec<OptionId>, Exit> {
    let known: Vec<&str> = scenario.options.iter().map(|option| option.id.as_str()).collect();
    if let Some(wrong) = wanted.iter().find(|id| !known.contains(&id.as_str())) {
        printer.error(&format!("the scenario has no tiering option `{wrong}`. {}", suggest::nearest(wrong, &known)));
        return Err(Exit::Usage);
    }
    if wanted.is_empty() {
        return Ok(scenario.shown.clone());
    }
    let chosen = scenario.options.iter_ids().filter(|(_, option)| wanted.contains(&option.id));
    Ok(chosen.map(|(id, _)| id).collect())
}

/// The largest expected total of a simulation in pence: far below what 64 bits hold.
const MOST_PENCE: f64 = 1e16;

/// Refuses what would never end, and says so of what takes long.
fn weigh(
    scenario: &Scenario,
    simulations: &[Simulation],
    prepared: &[Prepared<'_>],
    settings: &RunSettings,
    printer: Printer,
) -> Result<(), Exit> {
    let rows = prepared.iter().map(Prepared::rows).sum();
    let most = settings.precision.as_ref().map_or(scenario.run.replications, |wanted| wanted.max_replications);
    // Every draw of the inputs runs all replications again.
    let all = most.saturating_mul(settings.inputs.map_or(1, |draws| draws.saturating_add(1)));
    let estimate = Estimate::new(scenario, simulations, all, settings.threads)
        .with_numbers(rows, most)
        .with_activity(simulations, settings.activity);
    match estimate.refusal() {
        Some(refusal) if !settings.allow_large => {
            printer.error(&refusal);
            return Err(Exit::Invalid);
        }
        _ => {}
    }
    if let Some(warning) = estimate.warning() {
        printer.note(&warning);
    }
    Ok(())
}

fn timings((events, seconds): (u64, f64), threads: usize, printer: Printer) {
    let nanoseconds = if events > 0 { seconds * 1e9 / events as f64 } else { 0.0 };
    printer
        .aside(&format!("events={events} engine_seconds={seconds:.3} ns_per_event={nanoseconds:.1} threads={threads}"));
    if let Some(caveat) = stopwatch::CAVEAT {
        printer.aside(caveat);
    }
}

/// What goes to standard output.
pub(super) fn printed(
    scenario: &Scenario,
    results: &Results,
    format: Format,
    table: Option<&str>,
    boards: &[String],
    printer: Printer,
) -> String {
    let Some(name) = table else {
        let text = summary::summary(scenario, results, boards, printer);
        return text + &inputs::said(scenario, results, boards, printer);
    };
    let Some(sheet) = results.sheet(name) else { return String::new() };
    match format {
        Format::Table => whole_table::whole_table(scenario, results, name, printer),
        Format::Json => table_json(sheet),
        Format::Csv => {
            let mut text = Vec::new();
            // Writing into memory cannot fail.
            let _ = write_csv(sheet, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}
