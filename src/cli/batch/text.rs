//! What a batch shows: its cells, and what drives its metrics.

use super::Found;
use super::cells::Ready;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::text::wrap;
use crate::experiment::{Analysis, Cells};
use crate::results::SensitivityRow;
use crate::scenario::{Batch, Parameter, Values};
use crate::store::Series;
use std::fmt::Write as _;

/// How many cells the summary of a batch lists.
const LISTED: usize = 20;

/// How many values a parameter of a grid has, in words.
pub(super) fn values(parameter: &Parameter) -> Option<String> {
    match &parameter.values {
        Values::Grid(values) => Some(format!("{} of {}", values.len(), parameter.name)),
        _ => None,
    }
}

/// All cells, with what is to be done.
pub(super) fn list(batch: &Batch, ready: &[Ready<'_>], all: &Cells, printer: Printer) -> String {
    let done = ready.iter().filter(|cell| cell.done).count();
    let state = format!("{} to run, {} there already", numbers::count(ready.len() - done), numbers::count(done));
    format!("{}\n{}", heading(batch, all, &state, printer), cells(batch, ready, ready.len(), "to run", printer))
}

/// What was done, and what it shows.
pub(super) fn summary(
    batch: &Batch,
    ready: &[Ready<'_>],
    all: &Cells,
    found: &Found<'_>,
    ran: usize,
    printer: Printer,
) -> String {
    let state = format!("{} run now, {} there already", numbers::count(ran), numbers::count(ready.len() - ran));
    let mut text = heading(batch, all, &state, printer);
    if all.analysis == Analysis::None {
        text.push('\n');
        text += &cells(batch, ready, LISTED, "run now", printer);
        if ready.len() > LISTED {
            let _ = writeln!(text, "and {} more (--dry-run lists all)", numbers::count(ready.len() - LISTED));
        }
    } else {
        text += &drivers(batch, all, found, printer);
    }
    text
}

fn heading(batch: &Batch, all: &Cells, state: &str, printer: Printer) -> String {
    let title = if batch.title.is_empty() { &batch.name } else { &batch.title };
    let line = format!(
        "{}: {} x {}; {state}. All points have the same seed, so the same random numbers.",
        numbers::of(all.cells.len(), "cell", "cells"),
        numbers::of(batch.scenarios.len(), "scenario", "scenarios"),
        numbers::of(all.points, "point", "points"),
    );
    format!("{}\n{}", printer.paint_result().bold(title), wrap(&line, printer.width(), ""))
}

/// The first cells; `otherwise` is the state of those that were not there.
fn cells(batch: &Batch, ready: &[Ready<'_>], most: usize, otherwise: &str, printer: Printer) -> String {
    let mut columns = vec![("Cell".to_owned(), Kind::Text { least: 12 })];
    let several = batch.scenarios.len() > 1;
    if several {
        columns.push(("Scenario".to_owned(), Kind::Text { least: 8 }));
    }
    columns.extend(batch.parameters.iter().map(|parameter| (parameter.name.clone(), Kind::Text { least: 6 })));
    columns.push(("State".to_owned(), Kind::Key));
    let mut grid = Grid::new(columns);
    for cell in ready.iter().take(most) {
        let mut row = vec![cell.cell.name.clone()];
        if several {
            row.push(batch.scenarios[cell.cell.scenario].label.clone());
        }
        row.extend(cell.cell.values.iter().map(|value| value.shown.clone()));
        row.push(if cell.done { "there" } else { otherwise }.to_owned());
        grid.row(row);
    }
    grid.render(printer.width(), printer.paint_result())
}

/// For each scenario and metric: where it varies most, and what the parameters do to it there.
fn drivers(batch: &Batch, all: &Cells, found: &Found<'_>, printer: Printer) -> String {
    let (main, spread) = match all.analysis {
        Analysis::Sobol(_) => ("total", "first"),
        _ => ("mu_star", "sigma"),
    };
    let mut text = String::new();
    for scenario in &batch.scenarios {
        for (table, metric) in &batch.metrics {
            let series: Vec<(&Series, &[SensitivityRow])> = found
                .iter()
                .filter(|(label, series, _)| {
                    *label == scenario.label && series.names[1] == *table && series.names[3] == *metric
                })
                .map(|(_, series, rows)| (series, rows.as_slice()))
                .collect();
            let Some((widest, rows)) = widest(&series, main) else {
                if !series.is_empty() {
                    let line =
                        format!("{table}.{metric}, {}: no parameter shows an effect beyond chance", scenario.label);
                    let _ = writeln!(text, "\n{}", wrap(&line, printer.width(), "    ").trim_end());
                }
                continue;
            };
            let [option, _, entity, _, unit] = &widest.names;
            let leads = leaders(batch.parameters.len(), &series, main);
            let of = leads.iter().sum::<usize>();
            let head = format!(
                "{table}.{metric} ({unit}), {}, where it varies most: {} under {option}",
                scenario.label,
                if entity.is_empty() { "all" } else { entity }
            );
            let _ = writeln!(text, "\n{}", wrap(&head, printer.width(), "    ").trim_end());
            let titles = if main == "total" { ["Total", "First"] } else { ["Effect", "Spread"] };
            let mut grid = Grid::new(vec![
                ("Parameter".to_owned(), Kind::Text { least: 8 }),
                (titles[0].to_owned(), Kind::Number),
                ("95 % interval".to_owned(), Kind::Number),
                (titles[1].to_owned(), Kind::Number),
                (format!("Leads, of {of}"), Kind::Number),
            ]);
            let largest = (0..batch.parameters.len()).filter_map(|at| value(rows, at, main)).fold(0.0, f64::max);
            let decimals = if main == "total" { 2 } else { numbers::decimals(largest, 3, 4) };
            for at in order(batch.parameters.len(), rows, main) {
                let row = rows.iter().find(|row| row.parameter == Some(at) && row.index == main);
                let shown = |value: Option<f64>| value.map_or("-".to_owned(), |value| numbers::fixed(value, decimals));
                let interval = row.and_then(|row| row.interval).map_or_else(
                    || "-".to_owned(),
                    |ci| format!("{} to {}", numbers::fixed(ci.low, decimals), numbers::fixed(ci.high, decimals)),
                );
                let mark = if row.is_some_and(|row| !row.note.is_empty()) { "*" } else { "" };
                grid.row(vec![
                    batch.parameters[at].name.clone(),
                    shown(row.and_then(|row| row.value)) + mark,
                    interval,
                    shown(value(rows, at, spread)),
                    numbers::count(leads[at]),
                ]);
            }
            text += &grid.render(printer.width(), printer.paint_result());
        }
    }
    if text.is_empty() {
        return "\nNo metric can be analysed: see the notes in sensitivity.csv.\n".to_owned();
    }
    let legend = if main == "total" {
        "Total: share of the variance between inputs that would be left if all other parameters were known; first: share that \
         knowing the parameter alone takes away."
    } else {
        "Effect: mean size of the change of the metric when the parameter moves over its range, others anywhere in theirs; \
         spread: how much that differs from place to place (curvature or interaction)."
    };
    let legend = format!(
        "{legend} Leads: in how many rows of options and entities the parameter comes first. *: see the note in \
         sensitivity.csv."
    );
    text.push('\n');
    text + &wrap(&legend, printer.width(), "")
}

fn value(rows: &[SensitivityRow], parameter: usize, index: &str) -> Option<f64> {
    rows.iter().find(|row| row.parameter == Some(parameter) && row.index == index).and_then(|row| row.value)
}

/// How far a series varies: its variance, or the sum of effects.
fn extent(rows: &[SensitivityRow], main: &str) -> f64 {
    let variance = rows.iter().find(|row| row.index == "variance").and_then(|row| row.value);
    variance.unwrap_or_else(|| rows.iter().filter(|row| row.index == main).filter_map(|row| row.value).sum())
}

/// The series that varies most, the first of equal ones; nothing if none does.
fn widest<'a>(series: &[(&'a Series, &'a [SensitivityRow])], main: &str) -> Option<(&'a Series, &'a [SensitivityRow])> {
    let mut best: Option<(f64, &(&Series, &[SensitivityRow]))> = None;
    for one in series {
        let extent = extent(one.1, main);
        if extent > best.map_or(0.0, |(extent, _)| extent) {
            best = Some((extent, one));
        }
    }
    best.map(|(_, one)| *one)
}

/// How many series each parameter comes first in, those without any effect left out.
fn leaders(parameters: usize, series: &[(&Series, &[SensitivityRow])], main: &str) -> Vec<usize> {
    let mut leads = vec![0; parameters];
    for (_, rows) in series {
        if let Some(&first) = order(parameters, rows, main).first()
            && value(rows, first, main).is_some_and(|value| value > 0.0)
        {
            leads[first] += 1;
        }
    }
    leads
}

/// Parameters, the largest index first.
fn order(parameters: usize, rows: &[SensitivityRow], main: &str) -> Vec<usize> {
    let mut order: Vec<usize> = (0..parameters).collect();
    let of = |at: usize| value(rows, at, main).unwrap_or(0.0);
    order.sort_by(|&a, &b| of(b).total_cmp(&of(a)));
    order
}
