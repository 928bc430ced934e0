//! Stored activity, read again: every row is checked, and nothing is believed that does not fit the model.

mod error;
mod simulation;

pub use error::StoredError;
pub use simulation::StoredSimulation;

use super::{ACTIVITY_FILE, CELLS_FILE, header};
use crate::model::Model;
use crate::results::{ActivityEntry, ActivityKind, CELLS, Manifest, cell_names};
use crate::scenario::Scenario;
use crate::store::MANIFEST;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The most replications that a run can have.
const MOST_REPLICATIONS: usize = 1_000_000;

/// The activity of a results folder.
#[derive(Debug)]
pub struct Stored {
    /// What the folder says of its making.
    pub manifest: Manifest,
    /// Of that, what it says of the activity.
    pub activity: ActivityEntry,
    /// What is stored.
    pub kind: ActivityKind,
    folder: PathBuf,
    runs: Vec<Run>,
    changed: bool,
}

/// The rows of one replication, which stand together.
#[derive(Clone, Debug)]
struct Run {
    option: String,
    /// None for the sum over all replications.
    replication: Option<u32>,
    bytes: Range<u64>,
    line: u64,
}

impl Stored {
    /// Finds the activity of a results folder, and where the rows of each replication stand.
    ///
    /// # Errors
    /// [`StoredError`].
    pub fn open(folder: &Path) -> Result<Self, StoredError> {
        let path = folder.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(StoredError::Io { path, source: error });
            }
            Err(_) => return Err(StoredError::NoResults(folder.to_owned())),
        };
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(theirs) = value.get("tierflow").and_then(serde_json::Value::as_str) else {
            return Err(StoredError::NoResults(folder.to_owned()));
        };
        if theirs != env!("CARGO_PKG_VERSION") {
            return Err(StoredError::Version { folder: folder.to_owned(), theirs: theirs.to_owned() });
        }
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| StoredError::Damaged {
            path,
            line: error.line() as u64,
            column: error.column(),
            what: format!("this is no manifest ({error})"),
        })?;
        if !(1..=MOST_REPLICATIONS).contains(&manifest.replications) {
            let what = format!("{} replications cannot be", manifest.replications);
            return Err(StoredError::Damaged { path: folder.join(MANIFEST), line: 1, column: 1, what });
        }
        let kind = match manifest.activity.as_ref().map(|activity| activity.kind.as_str()) {
            Some("total") => ActivityKind::Total,
            Some("replications") => ActivityKind::Replications,
            _ => return Err(StoredError::NoActivity(folder.to_owned())),
        };
        let Some(activity) = manifest.activity.clone() else {
            return Err(StoredError::NoActivity(folder.to_owned()));
        };
        let mut stored = Self { manifest, activity, kind, folder: folder.to_owned(), runs: Vec::new(), changed: false };
        stored.index()?;
        Ok(stored)
    }

    /// The file of the rows.
    fn path(&self) -> PathBuf {
        self.folder.join(ACTIVITY_FILE)
    }

    fn damaged(&self, line: u64, column: usize, what: impl Into<String>) -> StoredError {
        StoredError::Damaged { path: self.path(), line, column, what: what.into() }
    }

    /// Goes through the file once, for where replications begin and for its hash.
    fn index(&mut self) -> Result<(), StoredError> {
        let path = self.path();
        let failed = |source| StoredError::Io { path: path.clone(), source };
        let mut file = BufReader::with_capacity(1 << 20, File::open(&path).map_err(failed)?);
        let mut hash = blake3::Hasher::new();
        let (mut text, mut prefix): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
        let (mut at, mut line) = (0, 0);
        let mut runs: Vec<Run> = Vec::new();
        loop {
            text.clear();
            let length = file.read_until(b'\n', &mut text).map_err(failed)? as u64;
            if length == 0 {
                break;
            }
            line += 1;
            hash.update(&text);
            if text.last() != Some(&b'\n') {
                return Err(self.damaged(line, text.len() + 1, "the file ends in the middle of a row"));
            }
            if line == 1 {
                if text != header().as_bytes() {
                    return Err(self.damaged(1, 1, format!("the columns are not {}", header().trim_end())));
                }
            } else if prefix.is_empty() || !text.starts_with(&prefix) {
                let (option, replication) = self.prefix(&text, line)?;
                prefix = text[..text.len().min(prefix_length(&option, replication))].to_vec();
                let again = runs.iter().any(|run| run.option == option && run.replication == replication);
                let back = runs.last().is_some_and(|run| run.option == option && run.replication > replication);
                if again || back {
                    return Err(self.damaged(line, option.len() + 2, "this replication is out of order"));
                }
                runs.push(Run { option, replication, bytes: at..at, line });
            }
            at += length;
            if let Some(run) = runs.last_mut() {
                run.bytes.end = at;
            }
        }
        if line == 0 {
            return Err(self.damaged(1, 1, "the file is empty"));
        }
        self.changed = hash.finalize().to_hex().as_str() != self.activity.blake3;
        self.runs = runs;
        Ok(())
    }

    /// Option and replication at the beginning of a row.
    fn prefix(&self, row: &[u8], line: u64) -> Result<(String, Option<u32>), StoredError> {
        let mut fields = row.split(|&byte| byte == b',');
        let mut field = || String::from_utf8_lossy(fields.next().unwrap_or_default()).into_owned();
        let (option, replication) = (field(), field());
        if !self.manifest.options.iter().any(|known| known.id == option) {
            return Err(self.damaged(line, 1, format!("`{}` is no option of the run", option.trim_end())));
        }
        let number = match self.kind {
            ActivityKind::Replications => replication
                .parse()
                .ok()
                .filter(|&number: &u32| (number as usize) < self.manifest.replications)
                .filter(|number| number.to_string() == replication)
                .map(Some),
            _ => replication.is_empty().then_some(None),
        };
        let Some(number) = number else {
            return Err(self.damaged(line, option.len() + 2, format!("`{replication}` is no replication of the run")));
        };
        Ok((option, number))
    }

    /// The activity of the simulation that stands under an option, as activity of a model with the same fingerprint.
    ///
    /// # Errors
    /// [`StoredError`]: damaged files, and misfits of cells and base periods.
    pub fn simulation<'a>(
        &'a self,
        scenario: &Scenario,
        model: &'a Model,
        option: &str,
    ) -> Result<StoredSimulation<'a>, StoredError> {
        self.check_cells(scenario, model, option)?;
        let base_of = self.base_of(model)?;
        let run = |replication: Option<u32>| {
            self.runs.iter().find(|run| run.option == option && run.replication == replication)
        };
        let runs: Vec<Option<&Run>> = match self.kind {
            ActivityKind::Replications => {
                (0..self.manifest.replications as u32).map(|number| run(Some(number))).collect()
            }
            _ => vec![run(None)],
        };
        let simulation = StoredSimulation { stored: self, model, runs, base_of };
        if self.changed {
            // The row that is wrong, if one is.
            (0..simulation.runs.len() as u32).try_for_each(|number| simulation.read(number, &mut |_| ()))?;
            return Err(StoredError::Changed(self.path()));
        }
        Ok(simulation)
    }

    /// The base period of the model that each stored period lies in.
    fn base_of(&self, model: &Model) -> Result<Vec<usize>, StoredError> {
        let base = &model.calendar.base;
        let periods = &self.activity.periods;
        for period in base {
            let day = period.first_day.to_string();
            if !periods.contains(&day) {
                return Err(StoredError::NoCut { day, stored: periods.join(", ") });
            }
        }
        let days: Vec<String> = base.iter().map(|period| period.first_day.to_string()).collect();
        let mut place = 0;
        let of = |period: &String| {
            place = days.iter().position(|day| day == period).unwrap_or(place);
            place
        };
        Ok(periods.iter().map(of).collect())
    }

    fn check_cells(&self, scenario: &Scenario, model: &Model, option: &str) -> Result<(), StoredError> {
        let path = self.folder.join(CELLS_FILE);
        let damaged = |line: u64, what: String| StoredError::Damaged { path: path.clone(), line, column: 1, what };
        let file = File::open(&path).map_err(|source| StoredError::Io { path: path.clone(), source })?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
        let mut record = csv::ByteRecord::new();
        let mut wanted = cell_names(scenario, model).enumerate();
        let mut last = 1;
        loop {
            let read = reader.read_byte_record(&mut record);
            let line = record.position().map_or(last + 1, csv::Position::line);
            match read {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Err(damaged(last + 1, format!("this is no row ({error})"))),
            }
            last = line;
            if line == 1 {
                if !record.iter().eq(CELLS.entities.iter().map(|column| column.0.as_bytes())) {
                    return Err(damaged(1, "the columns are not those of cells".to_owned()));
                }
                continue;
            }
            if &record[0] != option.as_bytes() {
                continue;
            }
            let Some((cell, names)) = wanted.next() else {
                return Err(damaged(line, format!("the simulation of `{option}` has no such cell")));
            };
            if &record[1] != cell.to_string().as_bytes() {
                return Err(damaged(line, format!("cell {cell} of `{option}` is expected here")));
            }
            for (i, name) in names.iter().enumerate() {
                if &record[2 + i] != name.as_bytes() {
                    return Err(StoredError::OtherCell {
                        path,
                        line,
                        cell,
                        column: CELLS.entities[2 + i].0,
                        stored: String::from_utf8_lossy(&record[2 + i]).into_owned(),
                        wanted: name.clone().into_owned(),
                    });
                }
            }
        }
        match wanted.next() {
            Some((cell, _)) => Err(damaged(last + 1, format!("cell {cell} of `{option}` is missing"))),
            None => Ok(()),
        }
    }
}

/// How long the beginning of every row of a replication is, its commas included.
fn prefix_length(option: &str, replication: Option<u32>) -> usize {
    option.len() + replication.map_or(0, |number| number.to_string().len()) + 2
}
