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
use crate::model::{Calendar, Model};
use crate::results::{ACTIVITY, ActivityEntry, ActivityKind, CELLS, COUNTS, Counts, cell_names, counts};
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
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
    out: Mutex<Out>,
}

#[derive(Debug)]
struct Out {
    file: BufWriter<File>,
    cells: csv::Writer<File>,
    hash: blake3::Hasher,
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
    /// Begins the activity of a run that is to be written to a results folder; all its simulations have one calendar.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create(target: &Path, kind: ActivityKind, calendar: &Calendar) -> Result<Self, StoreError> {
        let name = target.file_name().ok_or_else(|| StoreError::NoName(target.to_owned()))?;
        // In the nearest folder that exists: an interrupted run creates none.
        let above =
            parent(target).ancestors().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
        let above = above.into_iter().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        let path = beside(above, name, "activity");
        super::folder::remove(&path)?;
        fs::create_dir(&path).map_err(io_error("create", &path))?;
        let folder = Temporary(path);
        let open = |name: &str| {
            let path = folder.0.join(name);
            File::create(&path).map_err(io_error("create", &path))
        };
        let file = BufWriter::with_capacity(1 << 18, open(ACTIVITY_FILE)?);
        let cells = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(open(CELLS_FILE)?);
        let periods = calendar.base.iter().map(|base| base.first_day.to_string()).collect();
        let mut out = Out {
            file,
            cells,
            hash: blake3::Hasher::new(),
            next: 0,
            early: BTreeMap::new(),
            sums: Vec::new(),
            failed: None,
        };
        out.write(header().as_bytes());
        let names = CELLS.entities.iter().map(|column| column.0);
        let written = out.cells.write_record(names);
        out.note(written.map_err(io::Error::from));
        Ok(Self { kind, folder, periods, out: Mutex::new(out) })
    }

    /// Begins the next simulation, which stands under its first option.
    pub fn begin(&self, scenario: &Scenario, model: &Model, option: &str) {
        self.with(|out| {
            let rows = cell_names(scenario, model).enumerate();
            let mut write = |(number, names): (usize, [std::borrow::Cow<'_, str>; 5])| -> csv::Result<()> {
                out.cells.write_field(option)?;
                out.cells.write_field(number.to_string())?;
                names.iter().try_for_each(|name| out.cells.write_field(name.as_bytes()))?;
                out.cells.write_record(None::<&[u8]>)
            };
            let written = rows.into_iter().try_for_each(&mut write);
            out.note(written.map_err(io::Error::from));
            out.next = 0;
            if self.kind == ActivityKind::Total {
                out.sums = vec![vec![[0; COUNTS]; model.cells.len()]; self.periods.len()];
            }
        });
    }

    /// Ends a simulation.
    pub fn end(&self, option: &str) {
        self.with(|out| {
            let mut text = Vec::new();
            for (period, cells) in self.periods.iter().zip(std::mem::take(&mut out.sums)) {
                for (cell, counts) in cells.iter().enumerate().filter(|(_, counts)| **counts != [0; COUNTS]) {
                    push_row(&mut text, option, None, period, cell, counts);
                }
                out.write(&text);
                text.clear();
            }
        });
    }

    /// Ends the run: what its manifest says of the files, and the files.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(self) -> Result<(ActivityEntry, ActivityFiles), StoreError> {
        let Self { kind, folder, periods, out } = self;
        let mut out = out.into_inner().unwrap_or_else(PoisonError::into_inner);
        let written = match out.failed.take() {
            Some(error) => Err(error),
            None => out.file.flush().and_then(|()| out.cells.flush()),
        };
        written.map_err(io_error("write", &folder.0.join(ACTIVITY_FILE)))?;
        let entry = ActivityEntry { kind: kind.to_string(), periods, blake3: out.hash.finalize().to_hex().to_string() };
        Ok((entry, ActivityFiles { folder }))
    }

    fn with(&self, write: impl FnOnce(&mut Out)) {
        // A thread that panicked ends the program.
        write(&mut self.out.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Receives the rows of a replication and writes them when it is their turn.
    fn hand_in(&self, replication: u32, text: Vec<u8>) {
        self.with(|out| {
            out.early.insert(replication, text);
            while let Some(text) = out.early.remove(&out.next) {
                out.write(&text);
                out.next += 1;
            }
        });
    }

    /// Adds a base period of some replication to the sums. They are whole numbers, so the order does not matter.
    fn sum(&self, base: usize, activity: &PeriodActivity) {
        self.with(|out| {
            for (sum, id) in out.sums[base].iter_mut().zip(activity.cells.ids()) {
                if let Some(counts) = counts(activity, id) {
                    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                }
            }
        });
    }
}

impl Out {
    fn write(&mut self, text: &[u8]) {
        self.hash.update(text);
        if self.failed.is_none() {
            let written = self.file.write_all(text);
            self.note(written);
        }
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failed.get_or_insert(error);
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

/// An observer that has the activity written down too, if it is to be kept.
#[derive(Debug)]
pub struct Recorder<'a, O> {
    observer: O,
    writer: Option<&'a ActivityWriter>,
    /// The first option of the simulation.
    option: &'a str,
    replication: u32,
    base: usize,
    text: Vec<u8>,
}

impl<'a, O> Recorder<'a, O> {
    /// For the simulation of an option.
    pub fn new(observer: O, writer: Option<&'a ActivityWriter>, option: &'a str) -> Self {
        Self { observer, writer, option, replication: 0, base: 0, text: Vec::new() }
    }
}

impl<O: Observer> Observer for Recorder<'_, O> {
    fn begin(&mut self, replication: u32) {
        (self.replication, self.base) = (replication, 0);
        self.text.clear();
        self.observer.begin(replication);
    }

    fn period(&mut self, activity: &PeriodActivity) {
        self.observer.period(activity);
        if let Some(writer) = self.writer {
            match writer.kind {
                ActivityKind::None => {}
                ActivityKind::Total => writer.sum(self.base, activity),
                ActivityKind::Replications => {
                    let period = &writer.periods[self.base];
                    for id in activity.cells.ids() {
                        if let Some(counts) = counts(activity, id) {
                            let replication = Some(self.replication);
                            push_row(&mut self.text, self.option, replication, period, id.index(), &counts);
                        }
                    }
                }
            }
        }
        self.base += 1;
    }

    fn finish(&mut self, outcome: &Outcome) -> Vec<f64> {
        if let Some(writer) = self.writer.filter(|writer| writer.kind == ActivityKind::Replications) {
            writer.hand_in(self.replication, std::mem::take(&mut self.text));
        }
        self.observer.finish(outcome)
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
