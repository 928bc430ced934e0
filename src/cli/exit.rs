//! Exit codes, and the promise that a panic becomes one.

use super::printer::Printer;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// Done, but a stated target is missed.
    TargetMissed,
    /// The command line makes no sense.
    Usage,
    /// The scenario has mistakes, or is too large.
    Invalid,
    /// Reading or writing failed.
    Files,
    /// A results folder could not be reproduced.
    NotReproduced,
    /// A mistake of ours.
    Bug,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl Exit {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::TargetMissed => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::Files => 4,
            Self::NotReproduced => 5,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The exit codes in words, for `--help`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    done, but a stated target is missed
  2    the command line makes no sense
  3    the scenario is invalid or too large; nothing is written
  4    reading or writing failed
  5    a results folder could not be reproduced
  70   a mistake in tierflow itself
  130  stopped by Ctrl-C; nothing is written, but the finished cells of a batch are kept";

/// Makes a panic on any thread a short message and exit code 70.
pub(super) fn own_up_to_panics(printer: Printer) {
    std::panic::set_hook(Box::new(move |panic| {
        let what = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        let version = env!("CARGO_PKG_VERSION");
        printer.error(&format!(
            "this is a mistake in tierflow {version}, not in your scenario{place}:\n  {what}\n\
             Please report it, with the scenario and the command."
        ));
        // Threads that wait for this one would wait for ever.
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}
