//! Hears the engine's events and hands them to a log, until that fails or somebody wants to stop.

use crate::cli::interrupt;
use crate::engine::{Event, Trace};
use crate::store::{EventCsv, EventXes};
use std::io::{self, Write};

/// A log that takes events.
pub(super) trait Log {
    fn add(&mut self, event: &Event) -> io::Result<()>;
    /// Whether it can take no more.
    fn is_too_many(&self) -> bool {
        false
    }
}

impl<W: Write> Log for EventCsv<'_, W> {
    fn add(&mut self, event: &Event) -> io::Result<()> {
        EventCsv::add(self, event)
    }
}

impl Log for EventXes {
    fn add(&mut self, event: &Event) -> io::Result<()> {
        EventXes::add(self, event);
        Ok(())
    }

    fn is_too_many(&self) -> bool {
        EventXes::is_too_many(self)
    }
}

pub(super) struct Listener<L> {
    pub(super) log: L,
    /// Why the log could not be written.
    pub(super) failed: Option<io::Error>,
}

impl<L: Log> Listener<L> {
    pub(super) fn new(log: L) -> Self {
        Self { log, failed: None }
    }
}

impl<L: Log> Trace for &mut Listener<L> {
    const LISTENS: bool = true;

    fn event(&mut self, event: Event) {
        if self.failed.is_none() {
            self.failed = self.log.add(&event).err();
        }
    }

    fn stops(&self) -> bool {
        self.failed.is_some() || self.log.is_too_many() || interrupt::is_cancelled()
    }
}
