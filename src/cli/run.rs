//! `tierflow run`: simulate once for all options with equal flow rules, account for every option, write the folder, show
//! what a planner wants to see.

mod board_names;
mod headline;
mod marks;
mod prepared;
mod summary;
mod values;
mod whole_table;

use super::args::Format;
use super::estimate::Estimate;
use super::exit::Exit;
use super::out_folder;
use super::printer::Printer;
use super::settings::RunSettings;
use super::{interrupt, load, numbers, stopwatch, suggest};
use crate::experiment::Simulation;
use crate::ids::OptionId;
use crate::results::{ACTIVITY, ActivityKind, CELLS, Making, Results, Simulated, catalogue, comparisons};
use crate::scenario::{self, Scenario};
use crate::store::{ActivityWriter, StoreError, table_json, write_csv, write_folder};
pub(super) use board_names::chosen_boards;
pub(super) use prepared::Prepared;
use prepared::{Ran, simulate};
use std::path::Path;

pub(super) fn run(settings: &RunSettings, printer: Printer) -> Exit {
    attempt(settings, printer).unwrap_or_else(|exit| exit)
}

fn attempt(settings: &RunSettings, printer: Printer) -> Result<Exit, Exit> {
    let asked = known_table(settings.table.as_deref(), printer)?;
    let loaded = scenario::load(&settings.scenario, &settings.overrides);
    load::say(&loaded, printer);
    let Some(scenario) = &loaded.scenario else { return Err(load::failure(&loaded)) };
    let options = chosen_options(scenario, &settings.options, printer)?;
    let boards = chosen_boards(scenario, &settings.boards, printer)?;
    let simulations = load::compile(scenario, &options, printer)?;
    let prepared: Vec<Prepared<'_>> = simulations.iter().map(|one| Prepared::new(scenario, one)).collect();
    if let Some(name) = asked {
        has_rows(&prepared, name, printer)?;
    }
    weigh(scenario, &simulations, &prepared, settings, printer)?;
    payable(&prepared, printer)?;
    let out = settings.out.clone().unwrap_or_else(|| Path::new("results").join(&scenario.name));
    out_folder::check(&out).map_err(|problem| {
        printer.error(&problem);
        Exit::Files
    })?;
    interrupt::listen(printer, "stopping after the replications under way");
    let unwritten = |problem: StoreError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let writer = match prepared.first().filter(|_| settings.activity != ActivityKind::None) {
        // All simulations have one calendar.
        Some(one) => Some(ActivityWriter::create(&out, settings.activity, &one.model.calendar).map_err(unwritten)?),
        None => None,
    };
    let replicated = simulate(scenario, &prepared, settings, writer.as_ref(), printer)?;
    let (activity, files) = writer.map(ActivityWriter::finish).transpose().map_err(unwritten)?.unzip();
    if settings.timings {
        timings(&replicated, settings.threads, printer);
    }
    let making = Making {
        files: out_folder::source_files(&loaded.sources, &settings.overrides),
        overrides: settings.overrides.clone(),
        activity,
        stored: None,
    };
    let simulated = prepared.into_iter().zip(replicated);
    let simulated = simulated
        .map(|(one, (replicated, again))| {
            let varied = one.varied.zip(again).map(|((_, layout), again)| (layout, again.numbers));
            Simulated { model: one.model, layout: one.layout, replicated, varied }
        })
        .collect();
    let results = Results::new(scenario, simulated, making);
    // Text before files: nobody sees a summary of a folder that could not be written, but a folder needs no reader.
    let text = printed(scenario, &results, settings.format, asked, &boards, printer);
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    write_folder(&out, &results, files.as_ref()).map_err(unwritten)?;
    let exit = super::finish(printer, &text, Exit::Done);
    say_where(&out, &results, settings.format, printer);
    Ok(exit)
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
fn has_rows(prepared: &[Prepared<'_>], name: &str, printer: Printer) -> Result<(), Exit> {
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
    let estimate = Estimate::new(scenario, simulations, settings.threads)
        .with_numbers(rows, scenario.run.replications)
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

fn timings(ran: &[Ran], threads: usize, printer: Printer) {
    let replicated = || ran.iter().flat_map(|(one, again)| [Some(one), again.as_ref()]).flatten();
    let seconds: f64 = replicated().map(|one| one.engine_seconds).sum();
    let events: u64 = replicated().map(|one| one.events).sum();
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
    let Some(name) = table else { return summary::summary(scenario, results, boards, printer) };
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
