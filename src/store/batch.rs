//! The folder of a batch: which cells are there, and the tables over all of them.

use super::csv::number;
use super::folder::{MANIFEST, beside, io_error, remove};
use super::same::read_manifest;
use super::{NewFile, StoreError};
use crate::results::{Manifest, NoteKind, SensitivityRow};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Name of the long table.
pub const LONG_TABLE: &str = "batch.csv";
/// Name of the table of sensitivities.
pub const SENSITIVITY: &str = "sensitivity.csv";

/// Why the tables over all cells could not be written.
#[derive(Debug, Error)]
pub enum BatchError {
    /// A cell cannot be read.
    #[error("cannot read `{}`: {source}; remove the folder of that cell, and the same command runs it again", path.display())]
    Cell {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: csv::Error,
    },
    /// Writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A cell as the tables over all cells see it.
#[derive(Clone, Debug)]
pub struct CellFolder<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its scenario.
    pub scenario: &'a str,
    /// The values of the parameters.
    pub values: Vec<&'a str>,
    /// Its results.
    pub folder: PathBuf,
}

/// A metric of an entity over the points of a design.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// Option, table, entity, metric, unit.
    pub names: [String; 5],
    /// By point, its replications; none where the cell has no such row.
    pub outputs: Vec<Vec<f64>>,
}

/// Why a folder cannot take a batch, if it cannot.
pub fn batch_folder_fault(folder: &Path) -> Option<String> {
    let shown = folder.display();
    if folder.join(MANIFEST).exists() {
        return Some(format!("`{shown}` is the results folder of a run: choose another folder with --out"));
    }
    if folder.exists() && !folder.is_dir() {
        return Some(format!("`{shown}` is no folder: choose another with --out"));
    }
    let foreign = |(name, head): (&str, &str)| {
        let mut start = Vec::new();
        fs::File::open(folder.join(name)).ok()?.take(head.len() as u64).read_to_end(&mut start).ok()?;
        (start != head.as_bytes()).then(|| {
            format!(
                "`{}` is not of a batch, so it is not replaced: choose another folder with --out",
                folder.join(name).display()
            )
        })
    };
    [(LONG_TABLE, "cell,scenario,"), (SENSITIVITY, "scenario,option,table,")].into_iter().find_map(foreign)
}

/// The manifest of a cell that is there and whole.
pub fn cell_manifest(folder: &Path) -> Option<Manifest> {
    read_manifest(folder)
        .ok()
        .filter(|manifest| manifest.tables.iter().all(|table| folder.join(format!("{table}.csv")).exists()))
}

/// Whether a cell says in its notes that the precision asked for was not reached.
pub fn missed_precision(folder: &Path) -> bool {
    let Ok(Some(mut reader)) = open(&folder.join("notes.csv")) else { return false };
    let kind = NoteKind::Precision.name();
    reader
        .records()
        .flatten()
        .any(|note| note.get(0) == Some(kind) && note.iter().any(|text| text.contains("; not for")))
}

/// Removes the table of sensitivities of an earlier design.
///
/// # Errors
/// [`StoreError::Io`].
pub fn remove_sensitivity(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(SENSITIVITY);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", &path)(error)),
        _ => Ok(()),
    }
}

/// Removes what a batch that was killed left beside the place of a cell, or of a table over all cells.
///
/// # Errors
/// [`StoreError::Io`].
pub fn clear_leftovers(place: &Path) -> Result<(), StoreError> {
    let (Some(parent), Some(name)) = (place.parent(), place.file_name()) else { return Ok(()) };
    let Ok(entries) = fs::read_dir(parent) else { return Ok(()) };
    // `.NAME.what-PID`, whatever the number of the process was.
    let pattern = beside(parent, name, "");
    let start = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let start = start.rsplit_once('-').map_or("", |(start, _)| start).to_owned();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if start.is_empty() || !name.starts_with(&start) {
            continue;
        }
        if entry.path().is_dir() {
            remove(&entry.path())?;
        } else {
            fs::remove_file(entry.path()).map_err(io_error("remove", &entry.path()))?;
        }
    }
    Ok(())
}

/// Writes the long table: the rows of some metrics in all cells, for the whole horizon and financial years. Returns for each
/// metric how many rows it has.
///
/// # Errors
/// [`BatchError`].
pub fn write_long_table(
    target: &Path,
    parameters: &[&str],
    cells: &[CellFolder<'_>],
    metrics: &[(String, String)],
) -> Result<Vec<u64>, BatchError> {
    let mut out = writer(target)?;
    let head = ["cell", "scenario"].into_iter().chain(parameters.iter().copied());
    let kept = ["mean", "ci_low", "ci_high", "sd", "replications"];
    let tail = ["option", "period", "table", "entity", "metric", "unit"].into_iter().chain(kept);
    out.write_record(head.chain(tail)).map_err(|error| failed(target, error))?;
    let mut counts = vec![0; metrics.len()];
    for cell in cells {
        for table in tables(metrics) {
            let path = cell.folder.join(format!("{table}.csv"));
            let Some(mut reader) = open(&path)? else { continue };
            let unread = |source| BatchError::Cell { path: path.clone(), source };
            let header = reader.headers().map_err(unread)?.clone();
            let at = |name: &str| header.iter().position(|column| column == name);
            let Some(metric_at) = at("metric") else { continue };
            let places: Vec<Option<usize>> = kept.iter().map(|name| at(name)).collect();
            for record in reader.records() {
                let record = record.map_err(unread)?;
                let known = metrics.iter().position(|(of, metric)| *of == table && *metric == record[metric_at]);
                let Some(metric) = known.filter(|_| !record[1].contains("-M")) else { continue };
                counts[metric] += 1;
                let entity = record.iter().take(metric_at).skip(2).collect::<Vec<_>>().join("/");
                let head = [cell.name, cell.scenario].into_iter().chain(cell.values.iter().copied());
                let row = [&record[0], &record[1], table, &entity, &record[metric_at], &record[metric_at + 1]];
                let values = places.iter().map(|place| place.and_then(|place| record.get(place)).unwrap_or_default());
                out.write_record(head.chain(row).chain(values)).map_err(|error| failed(target, error))?;
            }
        }
    }
    finish(out, target)?;
    Ok(counts)
}

/// The replications of some metrics in the cells of a design, for the whole horizon, in the order of the first cell that
/// has them.
///
/// # Errors
/// [`BatchError::Cell`].
pub fn series(cells: &[CellFolder<'_>], metrics: &[(String, String)]) -> Result<Vec<Series>, BatchError> {
    let mut known: BTreeMap<[String; 4], usize> = BTreeMap::new();
    let mut all: Vec<Series> = Vec::new();
    for (point, cell) in cells.iter().enumerate() {
        let path = cell.folder.join("replications.csv");
        let Some(mut reader) = open(&path)? else { continue };
        for record in reader.records() {
            let record = record.map_err(|source| BatchError::Cell { path: path.clone(), source })?;
            let [table, option, period, entity, metric, unit, _, value] = std::array::from_fn(|i| &record[i]);
            if period != "all" || !metrics.iter().any(|(of, name)| of == table && name == metric) {
                continue;
            }
            let names = [option, table, entity, metric].map(str::to_owned);
            let place = *known.entry(names).or_insert_with_key(|names| {
                let [option, table, entity, metric] = names.clone();
                let names = [option, table, entity, metric, unit.to_owned()];
                all.push(Series { names, outputs: vec![Vec::new(); cells.len()] });
                all.len() - 1
            });
            all[place].outputs[point].push(value.parse().unwrap_or(f64::NAN));
        }
    }
    Ok(all)
}

/// Begins the table of sensitivities, one row a number; `rows` gives for each scenario its series with what was found.
///
/// # Errors
/// [`BatchError::Store`].
pub fn write_sensitivity<'a>(
    target: &Path,
    parameters: &[&str],
    rows: impl Iterator<Item = (&'a str, &'a Series, &'a [SensitivityRow])>,
) -> Result<(), BatchError> {
    let mut out = writer(target)?;
    let header = [
        "scenario",
        "option",
        "table",
        "entity",
        "metric",
        "unit",
        "parameter",
        "index",
        "value",
        "ci_low",
        "ci_high",
        "note",
    ];
    out.write_record(header).map_err(|error| failed(target, error))?;
    for (scenario, series, found) in rows {
        for row in found {
            let mut fields = vec![scenario.to_owned()];
            fields.extend(series.names.iter().cloned());
            fields.push(row.parameter.and_then(|at| parameters.get(at)).unwrap_or(&"").to_string());
            fields.push(row.index.to_owned());
            fields.push(row.value.map_or_else(|| "NA".to_owned(), number));
            let end = |end: Option<f64>| end.map_or_else(String::new, number);
            fields.extend([end(row.interval.map(|ci| ci.low)), end(row.interval.map(|ci| ci.high))]);
            fields.push(row.note.to_owned());
            out.write_record(&fields).map_err(|error| failed(target, error))?;
        }
    }
    finish(out, target)
}

/// The tables of some metrics, each once.
fn tables(metrics: &[(String, String)]) -> Vec<&str> {
    let mut tables: Vec<&str> = Vec::new();
    for (table, _) in metrics {
        if !tables.contains(&table.as_str()) {
            tables.push(table);
        }
    }
    tables
}

/// A table of a cell; nothing if the cell does not have it.
fn open(path: &Path) -> Result<Option<csv::Reader<fs::File>>, BatchError> {
    match fs::File::open(path) {
        Ok(file) => Ok(Some(csv::ReaderBuilder::new().buffer_capacity(1 << 18).from_reader(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(BatchError::Cell { path: path.to_owned(), source: error.into() }),
    }
}

fn writer(target: &Path) -> Result<csv::Writer<NewFile>, BatchError> {
    let file = NewFile::create(target, true)?;
    Ok(csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(file))
}

fn finish(out: csv::Writer<NewFile>, target: &Path) -> Result<(), BatchError> {
    let file = out.into_inner().map_err(|error| failed(target, error.into_error().into()))?;
    Ok(file.finish()?)
}

fn failed(target: &Path, error: csv::Error) -> BatchError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => io::Error::other(format!("{other:?}")),
    };
    BatchError::Store(StoreError::Io { action: "write", path: target.to_owned(), source })
}
