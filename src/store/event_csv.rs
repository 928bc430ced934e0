//! An event log as CSV, written as the events come.

use crate::engine::Event;
use crate::results::{EVENT_COLUMNS, EventNames};
use std::io::{self, Write};

/// A log under way.
pub struct EventCsv<'a, W: Write> {
    names: &'a EventNames<'a>,
    writer: ::csv::Writer<W>,
    events: u64,
}

impl<W: Write> std::fmt::Debug for EventCsv<'_, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventCsv").field("events", &self.events).finish_non_exhaustive()
    }
}

impl<'a, W: Write> EventCsv<'a, W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(names: &'a EventNames<'a>, out: W) -> io::Result<Self> {
        let terminator = ::csv::Terminator::Any(b'\n');
        let mut writer = ::csv::WriterBuilder::new().buffer_capacity(1 << 16).terminator(terminator).from_writer(out);
        writer.write_record(EVENT_COLUMNS.map(|(name, _)| name)).map_err(plain)?;
        Ok(Self { names, writer, events: 0 })
    }

    /// Adds the next event.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn add(&mut self, event: &Event) -> io::Result<()> {
        let row = self.names.row(event);
        let lasted = row.lasted.map_or_else(String::new, |lasted| lasted.to_string());
        let (number, ms) = (self.events.to_string(), row.ms.to_string());
        self.events += 1;
        let fields = [
            number.as_str(),
            &row.case,
            &row.time,
            &ms,
            row.activity,
            row.what,
            row.provider,
            row.pool,
            &row.holds,
            row.home_area,
            row.home_icb,
            row.service,
            &row.class,
            &lasted,
        ];
        self.writer.write_record(fields).map_err(plain)
    }

    /// The number of events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The writer's own error, so that a reader who has gone away can be told from a full disk.
fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
