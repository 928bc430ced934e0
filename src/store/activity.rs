//! Stored activity: written while a run is under way, in the order of its replications, and read again to account for
//! other options.

mod read;

pub use read::{Stored, StoredError, StoredSimulation};

use super::StoreError;
use super::folder::{Temporary, beside, io_error, parent};
use crate::activity::PeriodActivity;
use crate::engine::Outcome;
use crate::experiment::Observer;
use crate::ids::{CellId, Id as _};
use crate::model::Model;
use crate::results::{
    ACTIVITY, ActivityEntry, ActivityKind, CELLS, COUNTS, Counts, Measurer, Watch, cell_names, counts,
};
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The rows of activity.
const ACTIVITY_FILE: &str = "activity.csv";
/// The cells that they number.
const CELLS_FILE: &str = "cells.csv";

/// The activity of a run under way, in a hidden folder near the results folder to come. Gone when dropped.
#[derive(Debug)]
pub struct ActivityWriter {
    kind: ActivityKind,
    folder: Temporary,
    periods: Vec<String>,
    simulations: Vec<(String, Mutex<Out>)>,
}

/// The activity of one simulation.
#[derive(Debug)]
struct Out {
    file: BufWriter<File>,
    /// The replication whose rows come next.
    next: u32,
    /// Rows of later replications, which other threads finished first: about as many as there are threads.
    early: BTreeMap<u32, Vec<u8>>,
    /// By base period and cell, where only sums are kept.
    sums: Vec<Vec<Counts>>,
    /// The first error: it is reported at the end, because replications are not where files are written.
    failed: Option<io::Error>,
}

impl ActivityWriter {
    /// Begins the activity of a run that is to be written to a results folder. All its simulations, each under its first
    /// option, have one calendar.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create(
        target: &Path,
        kind: ActivityKind,
        scenario: &Scenario,
        simulations: &[(&Model, &str)],
    ) -> Result<Self, StoreError> {
        let name = target.file_name().ok_or_else(|| StoreError::NoName(target.to_owned()))?;
        // In the nearest folder that exists: an interrupted run creates none.
        let above =
            parent(target).ancestors().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
        let above = above.into_iter().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        let path = beside(above, name, "activity");
        super::folder::remove(&path)?;
        fs::create_dir(&path).map_err(io_error("create", &path))?;
        let folder = Temporary(path);
        write_cells(&folder.0.join(CELLS_FILE), scenario, simulations)?;
        let calendar = simulations.first().map(|(model, _)| &model.calendar.base);
        let periods: Vec<String> = calendar.into_iter().flatten().map(|base| base.first_day.to_string()).collect();
        let open = |(number, (model, option)): (usize, &(&Model, &str))| {
            let path = folder.0.join(part_name(number));
            let file = File::create(&path).map_err(io_error("create", &path))?;
            let sums = match kind {
                ActivityKind::Total => vec![vec![[0; COUNTS]; model.cells.len()]; periods.len()],
                _ => Vec::new(),
            };
            let file = BufWriter::with_capacity(1 << 18, file);
            let out = Out { file, next: 0, early: BTreeMap::new(), sums, failed: None };
            Ok(((*option).to_owned(), Mutex::new(out)))
        };
        let simulations = simulations.iter().enumerate().map(open).collect::<Result<_, StoreError>>()?;
        Ok(Self { kind, folder, periods, simulations })
    }

    /// Ends the run: what its manifest says of the files, and the files.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(self) -> Result<(ActivityEntry, ActivityFiles), StoreError> {
        let Self { kind, folder, periods, simulations } = self;
        let path = folder.0.join(ACTIVITY_FILE);
        let write = || {
            let mut hash = blake3::Hasher::new();
            let mut file = BufWriter::with_capacity(1 << 18, File::create(&path)?);
            let mut push = |bytes: &[u8]| {
                hash.update(bytes);
                file.write_all(bytes)
            };
            push(header().as_bytes())?;
            let mut rows = 0;
            for (number, (option, out)) in simulations.into_iter().enumerate() {
                let mut out = out.into_inner().unwrap_or_else(PoisonError::into_inner);
                out.push_sums(&option, &periods);
                if let Some(error) = out.failed.take() {
                    return Err(error);
                }
                out.file.flush()?;
                let mut part = BufReader::with_capacity(1 << 18, File::open(folder.0.join(part_name(number)))?);
                loop {
                    let bytes = part.fill_buf()?;
                    let read = bytes.len();
                    if read == 0 {
                        break;
                    }
                    push(bytes)?;
                    rows += bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
                    part.consume(read);
                }
                drop(part);
                fs::remove_file(folder.0.join(part_name(number)))?;
            }
            file.flush()?;
            Ok((hash.finalize().to_hex().to_string(), rows))
        };
        let (blake3, rows) = write().map_err(io_error("write", &path))?;
        Ok((ActivityEntry { kind: kind.to_string(), periods, rows, blake3 }, ActivityFiles { folder }))
    }

    fn with(&self, simulation: usize, write: impl FnOnce(&mut Out)) {
        // A thread that panicked ends the program.
        write(&mut self.simulations[simulation].1.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Receives the rows of a replication and writes them when it is their turn.
    fn hand_in(&self, simulation: usize, replication: u32, text: Vec<u8>) {
        self.with(simulation, |out| {
            out.early.insert(replication, text);
            while let Some(text) = out.early.remove(&out.next) {
                out.write(&text);
                out.next += 1;
            }
        });
    }

    /// Adds a base period of some replication to the sums. They are whole numbers, so the order does not matter.
    fn sum(&self, simulation: usize, base: usize, activity: &PeriodActivity) {
        self.with(simulation, |out| {
            for (sum, id) in out.sums[base].iter_mut().zip(activity.cells.ids()) {
                if let Some(counts) = counts(activity, id) {
                    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                }
            }
        });
    }
}

impl Watch for ActivityWriter {
    fn watch<'m>(&'m self, measurer: Measurer<'m>, simulation: usize) -> Box<dyn Observer + 'm> {
        let recorder = Recorder { measurer, writer: self, simulation, replication: 0, base: 0, text: Vec::new() };
        Box::new(recorder)
    }
}

/// What the cells of each simulation are, under its first option.
fn write_cells(path: &Path, scenario: &Scenario, simulations: &[(&Model, &str)]) -> Result<(), StoreError> {
    let write = || -> csv::Result<()> {
        let mut cells = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_path(path)?;
        cells.write_record(CELLS.entities.iter().map(|column| column.0))?;
        for (model, option) in simulations {
            for (number, names) in cell_names(scenario, model).enumerate() {
                cells.write_field(option)?;
                cells.write_field(number.to_string())?;
                names.iter().try_for_each(|name| cells.write_field(name.as_bytes()))?;
                cells.write_record(None::<&[u8]>)?;
            }
        }
        Ok(cells.flush()?)
    };
    write().map_err(io::Error::from).map_err(io_error("write", path))
}

/// The rows of one simulation, until all are put together.
fn part_name(simulation: usize) -> String {
    format!("{simulation}.csv")
}

impl Out {
    fn write(&mut self, text: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.file.write_all(text).err();
        }
    }

    fn push_sums(&mut self, option: &str, periods: &[String]) {
        let mut text = Vec::new();
        for (period, cells) in periods.iter().zip(std::mem::take(&mut self.sums)) {
            for (cell, counts) in cells.iter().enumerate().filter(|(_, counts)| **counts != [0; COUNTS]) {
                push_row(&mut text, option, None, period, cell, counts);
            }
            self.write(&text);
            text.clear();
        }
    }
}

/// Files of activity that wait for their results folder. Gone when dropped.
#[derive(Debug)]
pub struct ActivityFiles {
    folder: Temporary,
}

impl ActivityFiles {
    /// Moves them into the folder.
    pub(super) fn move_to(&self, folder: &Path) -> Result<(), StoreError> {
        [ACTIVITY_FILE, CELLS_FILE].iter().try_for_each(|name| {
            let target: PathBuf = folder.join(name);
            fs::rename(self.folder.0.join(name), &target).map_err(io_error("write", &target))
        })
    }
}

/// Has the activity of one simulation written down on its way to the measurer.
#[derive(Debug)]
struct Recorder<'a> {
    measurer: Measurer<'a>,
    writer: &'a ActivityWriter,
    /// Its position among those of the writer.
    simulation: usize,
    replication: u32,
    base: usize,
    text: Vec<u8>,
}

impl Observer for Recorder<'_> {
    fn begin(&mut self, replication: u32) {
        (self.replication, self.base) = (replication, 0);
        self.text.clear();
        self.measurer.begin(replication);
    }

    fn period(&mut self, activity: &PeriodActivity) {
        self.measurer.period(activity);
        match self.writer.kind {
            ActivityKind::None => {}
            ActivityKind::Total => self.writer.sum(self.simulation, self.base, activity),
            ActivityKind::Replications => {
                let (period, option) = (&self.writer.periods[self.base], &self.writer.simulations[self.simulation].0);
                for id in activity.cells.ids() {
                    if let Some(counts) = counts(activity, id) {
                        push_row(&mut self.text, option, Some(self.replication), period, id.index(), &counts);
                    }
                }
            }
        }
        self.base += 1;
    }

    fn finish(&mut self, outcome: &Outcome) -> Vec<f64> {
        if self.writer.kind == ActivityKind::Replications {
            self.writer.hand_in(self.simulation, self.replication, std::mem::take(&mut self.text));
        }
        self.measurer.finish(outcome)
    }
}

/// The first line of the file.
fn header() -> String {
    ACTIVITY.entities.iter().map(|column| column.0).collect::<Vec<_>>().join(",") + "\n"
}

/// Ids of options are slugs: nothing in a row needs quotes.
fn push_row(text: &mut Vec<u8>, option: &str, replication: Option<u32>, period: &str, cell: usize, counts: &Counts) {
    text.extend_from_slice(option.as_bytes());
    text.push(b',');
    if let Some(replication) = replication {
        push_number(text, u64::from(replication));
    }
    text.push(b',');
    text.extend_from_slice(period.as_bytes());
    text.push(b',');
    push_number(text, cell as u64);
    for &count in counts {
        text.push(b',');
        push_number(text, count);
    }
    text.push(b'\n');
}

/// Millions of small numbers, most of them zero: faster than formatting.
fn push_number(text: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[first..]);
}

/// The cell of a number, if there is one.
fn cell_of(number: u64, cells: usize) -> Option<CellId> {
    usize::try_from(number).ok().filter(|&number| number < cells).map(CellId::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_whole() {
        let mut text = Vec::new();
        for number in [0, 7, 10, u64::MAX] {
            push_number(&mut text, number);
            text.push(b' ');
        }
        assert_eq!(String::from_utf8(text).unwrap(), format!("0 7 10 {} ", u64::MAX));
    }
}
