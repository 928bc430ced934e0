//! `tierflow batch`: scenarios x points, a results folder for each cell, and tables over all of them.

mod cells;
mod single;
mod text;

use super::args::BatchArgs;
use super::exit::Exit;
use super::printer::Printer;
use super::progress::Progress;
use super::settings::activity;
use super::{interrupt, numbers, out_folder, render, run, suggest};
use crate::experiment::{Analysis, Cells, batch_cells, batch_size};
use crate::results::{SensitivityRow, batch_words, sensitivity};
use crate::scenario::{Batch, Design, LoadedBatch, load_batch};
use crate::store::{
    BatchError, CellFolder, LONG_TABLE, SENSITIVITY, Series, batch_folder_fault, clear_leftovers, missed_precision,
    remove_sensitivity, series, write_long_table, write_sensitivity,
};
use cells::{Ready, ready};
use std::path::{Path, PathBuf};

/// More cells than so many are refused unless they are confirmed.
const MANY: u64 = 1_000;
/// More cannot be listed.
const MOST: u64 = 1_000_000;

pub(super) fn batch(args: &BatchArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: &BatchArgs, printer: Printer) -> Result<Exit, Exit> {
    let loaded = load_batch(&args.file, &batch_words());
    let batch = sound(&loaded, printer)?;
    let all = listed(batch, args.allow_large, printer)?;
    let only = args.cell.as_deref().map(|wanted| position(&all, wanted, printer)).transpose()?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("results").join(&batch.name));
    let chosen = match only {
        Some(position) => &all.cells[position..=position],
        None => &all.cells,
    };
    let ready = ready(batch, chosen, &loaded, &out, args, printer)?;
    if let (Some(number), Some(cell)) = (args.replication, ready.first()) {
        return single::replication(cell, number, printer);
    }
    if args.dry_run {
        return Ok(super::finish(printer, &text::list(batch, &ready, &all, printer), Exit::Done));
    }
    if let Some(fault) = batch_folder_fault(&out) {
        printer.error(&fault);
        return Err(Exit::Files);
    }
    if let (Some(_), Some(cell)) = (only, ready.first()) {
        return Ok(alone(cell, printer));
    }
    let ran = run_all(&ready, &out, printer)?;
    over_all(batch, &all, &ready, &out, ran, printer)
}

/// The batch, with everything said that there is to say.
fn sound(loaded: &LoadedBatch, printer: Printer) -> Result<&Batch, Exit> {
    let text = render::diagnostics(&loaded.diagnostics, &loaded.sources, printer.paint_message());
    if let Some(batch) = &loaded.batch {
        if !text.is_empty() {
            printer.note(&text);
        }
        Ok(batch)
    } else {
        printer.aside(&text);
        printer.error(&render::tally(&loaded.diagnostics).unwrap_or_else(|| "no batch".to_owned()));
        Err(if loaded.unreadable() { Exit::Files } else { Exit::Invalid })
    }
}

/// All cells, if they are not too many.
fn listed(batch: &Batch, allow_large: bool, printer: Printer) -> Result<Cells, Exit> {
    let size = batch_size(batch);
    let refuse = |text: String| {
        printer.error(&text);
        Err(Exit::Invalid)
    };
    let made_of = || {
        let parts = match &batch.design {
            Design::Grid => batch.parameters.iter().filter_map(text::values).collect(),
            _ => vec![size.map_or(0, |size| size / batch.scenarios.len() as u64).to_string() + " points"],
        };
        let scenarios = numbers::of(batch.scenarios.len(), "scenario", "scenarios");
        std::iter::once(scenarios).chain(parts).collect::<Vec<_>>().join(" x ")
    };
    match size {
        Some(size) if size > MOST => {
            refuse(format!("the batch has {size} cells ({}): the most is {MOST}. Split it", made_of()))
        }
        None => refuse(format!("the batch has more than 10^19 cells ({}): the most is {MOST}. Split it", made_of())),
        Some(size) if size > MANY && !allow_large => refuse(format!(
            "the batch has {size} cells ({}), more than {MANY}: take fewer values or points, or confirm with --allow-large",
            made_of()
        )),
        Some(_) => match batch_cells(batch) {
            Some(cells) => Ok(cells),
            None => refuse("the batch has no cells".to_owned()),
        },
    }
}

/// The position of a cell by number or name.
fn position(all: &Cells, wanted: &str, printer: Printer) -> Result<usize, Exit> {
    let number = wanted.parse::<usize>().ok();
    let found = all.cells.iter().position(|cell| Some(cell.number) == number || cell.name == wanted);
    found.ok_or_else(|| {
        let count = all.cells.len();
        let cure = if number.is_some() {
            format!("They are numbered from 1 to {count}")
        } else {
            let names: Vec<&str> = all.cells.iter().map(|cell| cell.name.as_str()).take(200).collect();
            suggest::nearest(wanted, &names)
        };
        printer.error(&format!("the batch has no cell `{wanted}`. {cure}; --dry-run lists them"));
        Exit::Usage
    })
}

/// Runs one cell as `run` would, its summary included.
fn alone(cell: &Ready<'_>, printer: Printer) -> Exit {
    if cell.done {
        printer.note(&format!("{} is there already: {}", cell.cell.name, cell.folder.display()));
        return Exit::Done;
    }
    if let Err(problem) = clear_leftovers(&cell.folder) {
        printer.error(&problem.to_string());
        return Exit::Files;
    }
    run::run(&cell.settings, printer)
}

/// Runs the cells that are not there yet, and says how many.
fn run_all(ready: &[Ready<'_>], out: &Path, printer: Printer) -> Result<usize, Exit> {
    let open: Vec<&Ready<'_>> = ready.iter().filter(|cell| !cell.done).collect();
    if open.len() < ready.len() {
        printer.note(&format!(
            "{} of {} are there already and match",
            numbers::count(ready.len() - open.len()),
            numbers::of(ready.len(), "cell", "cells")
        ));
    }
    if let Err(problem) = clear_leftovers(&out.join(out_folder::PROBE)) {
        printer.error(&problem.to_string());
        return Err(Exit::Files);
    }
    interrupt::listen_between(printer, "stopping after this cell");
    let progress = Progress::cells(printer, open.len() as u32);
    for (finished, cell) in open.iter().enumerate() {
        if interrupt::stops() {
            progress.clear();
            printer.note(&format!(
                "stopped: {} of {} are finished and kept; the same command goes on with the others",
                numbers::count(ready.len() - open.len() + finished),
                numbers::of(ready.len(), "cell", "cells")
            ));
            return Err(Exit::Interrupted);
        }
        let ended = clear_leftovers(&cell.folder)
            .map_err(|problem| {
                printer.error(&problem.to_string());
                Exit::Files
            })
            .and_then(|()| run::write(&cell.settings, Printer::new(true)));
        if let Err(exit) = ended {
            progress.clear();
            printer.error(&format!(
                "cell {} could not be run; cells before it are kept, and the same command goes on here",
                cell.cell.name
            ));
            return Err(exit);
        }
        progress.finished(finished as u32 + 1);
        if !printer.shows_progress() {
            printer.note(&format!("{} of {}: {}", finished + 1, open.len(), cell.cell.name));
        }
    }
    progress.clear();
    Ok(open.len())
}

/// The tables over all cells, and what to read first in them.
fn over_all(
    batch: &Batch,
    all: &Cells,
    ready: &[Ready<'_>],
    out: &Path,
    ran: usize,
    printer: Printer,
) -> Result<Exit, Exit> {
    let failed = |problem: BatchError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let parameters: Vec<&str> = batch.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    for table in [LONG_TABLE, SENSITIVITY] {
        clear_leftovers(&out.join(table)).map_err(|problem| failed(problem.into()))?;
    }
    let folders: Vec<CellFolder<'_>> = ready.iter().map(|cell| cell.as_folder(batch)).collect();
    let rows = write_long_table(&out.join(LONG_TABLE), &parameters, &folders, &batch.metrics).map_err(failed)?;
    let found = sensitivities(batch, all, &folders).map_err(failed)?;
    let has_analysis = all.analysis != Analysis::None;
    if has_analysis {
        let rows = found.iter().map(|(scenario, series, rows)| (*scenario, series, rows.as_slice()));
        write_sensitivity(&out.join(SENSITIVITY), &parameters, rows).map_err(failed)?;
    } else {
        remove_sensitivity(out).map_err(|problem| failed(problem.into()))?;
    }
    let text = text::summary(batch, ready, all, &found, ran, printer);
    let missed: Vec<&str> = match &batch.precision {
        Some(_) => ready.iter().filter(|cell| missed_precision(&cell.folder)).map(|cell| &*cell.cell.name).collect(),
        None => Vec::new(),
    };
    let exit = super::finish(printer, &text, if missed.is_empty() { Exit::Done } else { Exit::TargetMissed });
    if !missed.is_empty() {
        let shown = missed.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = if missed.len() > 5 { format!(" and {} more", missed.len() - 5) } else { String::new() };
        printer.note(&format!("precision not reached in {shown}{more}: their notes.csv says what was"));
    }
    for ((table, metric), _) in batch.metrics.iter().zip(rows).filter(|(_, rows)| *rows == 0) {
        printer.note(&format!("no cell has the metric {table}.{metric}"));
    }
    let sensitivity = if has_analysis { format!(", {SENSITIVITY}") } else { String::new() };
    printer.note(&format!("\nbatch: {} ({LONG_TABLE}{sensitivity} and a results folder for each cell)", out.display()));
    Ok(exit)
}

/// What the parameters do to every series of every scenario, where the design tells.
type Found<'a> = Vec<(&'a str, Series, Vec<SensitivityRow>)>;

fn sensitivities<'a>(batch: &'a Batch, all: &Cells, folders: &[CellFolder<'_>]) -> Result<Found<'a>, BatchError> {
    let (Design::Morris { seed, .. } | Design::Sobol { seed, .. }) = batch.design else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (scenario, folders) in batch.scenarios.iter().zip(folders.chunks(all.points)) {
        for series in series(folders, &batch.metrics)? {
            let rows = sensitivity(&all.analysis, seed, &series.outputs);
            found.push((scenario.label.as_str(), series, rows));
        }
    }
    Ok(found)
}

/// The folder of a cell.
fn folder(out: &Path, name: &str) -> PathBuf {
    out.join(name)
}
