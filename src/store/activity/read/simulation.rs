//! The rows of one simulation.

use super::{Run, Stored, StoredError, prefix_length};
use crate::activity::PeriodActivity;
use crate::model::Model;
use crate::results::{ACTIVITY, ActivityKind, COUNTS, FIRST_COUNT, add_counts, no_activity};
use crate::store::activity::cell_of;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The stored activity of one simulation.
#[derive(Debug)]
pub struct StoredSimulation<'a> {
    pub(super) stored: &'a Stored,
    pub(super) model: &'a Model,
    /// By replication; none where nothing happened at all. Of sums a single one.
    pub(super) runs: Vec<Option<&'a Run>>,
    /// By stored period.
    pub(super) base_of: Vec<usize>,
}

impl StoredSimulation<'_> {
    /// Passes on each base period of a replication, in order.
    ///
    /// # Errors
    /// [`StoredError`]: reading, and rows that no run of the model can have written.
    pub fn read(&self, replication: u32, receive: &mut dyn FnMut(&PeriodActivity)) -> Result<(), StoredError> {
        let base = &self.model.calendar.base;
        let mut now = 0;
        let mut activity = no_activity(self.model);
        let mut ends = |now: usize, activity: &mut PeriodActivity| {
            activity.length = base[now].length;
            receive(activity);
            *activity = no_activity(self.model);
        };
        if let Some(run) = self.runs.get(replication as usize).copied().flatten() {
            let text = self.text(run)?;
            let mut rows = Rows { text: &text, at: 0, row: 0, line: run.line };
            let skipped = prefix_length(&run.option, run.replication);
            let (mut period, mut least) = (0, 0);
            while rows.at < text.len() {
                let wrong = |(column, what): (usize, String), line| self.stored.damaged(line, column + 1, what);
                let row = self.row(&mut rows, skipped, &mut period, &mut least);
                let (cell, counts) = row.map_err(|problem| wrong(problem, rows.line))?;
                while now < self.base_of[period] {
                    ends(now, &mut activity);
                    now += 1;
                }
                add_counts(&mut activity, cell, &counts).map_err(|position| {
                    let name = ACTIVITY.entities[FIRST_COUNT + position].0;
                    let column = rows.column_of(FIRST_COUNT + position);
                    let what = match self.stored.kind {
                        ActivityKind::Total if counts[position] > u64::from(u32::MAX) => {
                            format!("{name} is a sum too large to account for (run with --activity replications)")
                        }
                        _ => format!("{name} cannot be {}", counts[position]),
                    };
                    wrong((column, what), rows.line)
                })?;
                rows.next_row();
            }
        }
        while now < base.len() {
            ends(now, &mut activity);
            now += 1;
        }
        Ok(())
    }

    fn text(&self, run: &Run) -> Result<Vec<u8>, StoredError> {
        let read = || {
            let mut file = File::open(self.stored.path())?;
            file.seek(SeekFrom::Start(run.bytes.start))?;
            let mut text = Vec::new();
            file.take(run.bytes.end - run.bytes.start).read_to_end(&mut text)?;
            Ok(text)
        };
        read().map_err(|source| StoredError::Io { path: self.stored.path(), source })
    }

    /// One row without its end; `period` is the last row's, `least` the smallest cell that may come in it.
    fn row(
        &self,
        rows: &mut Rows<'_>,
        skipped: usize,
        period: &mut usize,
        least: &mut u64,
    ) -> Result<(crate::ids::CellId, [u64; COUNTS]), (usize, String)> {
        rows.at += skipped;
        let column = rows.column();
        let day = rows.field();
        let periods = &self.stored.activity.periods;
        if periods.get(*period).is_none_or(|known| known.as_bytes() != day) {
            let found = periods.iter().position(|known| known.as_bytes() == day).filter(|found| *found > *period);
            let Some(found) = found else {
                let day = String::from_utf8_lossy(day);
                return Err((column, format!("`{day}` is no period of the run, or out of order")));
            };
            (*period, *least) = (found, 0);
        }
        rows.comma()?;
        let column = rows.column();
        let number = rows.number()?;
        let cell = cell_of(number, self.model.cells.len()).filter(|_| number >= *least);
        let cell = cell.ok_or_else(|| (column, format!("there is no cell {number}, or it is out of order")))?;
        *least = number + 1;
        let mut counts = [0; COUNTS];
        for count in &mut counts {
            rows.comma()?;
            *count = rows.number()?;
        }
        if rows.text.get(rows.at) != Some(&b'\n') {
            return Err((rows.column(), "the row should end here".to_owned()));
        }
        Ok((cell, counts))
    }
}

/// A place in rows of numbers.
struct Rows<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the row begins.
    row: usize,
    line: u64,
}

impl<'t> Rows<'t> {
    fn column(&self) -> usize {
        self.at - self.row
    }

    /// Where a field of the row begins.
    fn column_of(&self, field: usize) -> usize {
        let commas = self.text[self.row..].iter().enumerate().filter(|(_, byte)| **byte == b',');
        field.checked_sub(1).and_then(|field| commas.map(|(at, _)| at + 1).nth(field)).unwrap_or(0)
    }

    fn field(&mut self) -> &'t [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b',' | b'\n')).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn comma(&mut self) -> Result<(), (usize, String)> {
        if self.text.get(self.at) == Some(&b',') {
            self.at += 1;
            return Ok(());
        }
        Err((self.column(), "a column is missing".to_owned()))
    }

    fn number(&mut self) -> Result<u64, (usize, String)> {
        let (column, from) = (self.column(), self.at);
        let mut number: Option<u64> = Some(0);
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            number = number.and_then(|number| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
            self.at += 1;
        }
        let ends = matches!(self.text.get(self.at), Some(b',' | b'\n'));
        match number {
            Some(number) if ends && self.at > from => Ok(number),
            _ => {
                self.at = from;
                let field = String::from_utf8_lossy(self.field());
                Err((column, format!("`{field}` is no whole number")))
            }
        }
    }

    fn next_row(&mut self) {
        self.at += 1;
        self.row = self.at;
        self.line += 1;
    }
}
