//! Ctrl-C: stop after the replications under way, and write nothing; a batch stops after the cell under way, and keeps it.

use super::exit::Exit;
use super::printer::Printer;
use crate::experiment::ReplicationError;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by Ctrl-C.
pub(super) static CANCELLED: AtomicBool = AtomicBool::new(false);
/// Set when files are being written, which takes no time worth an interruption.
static WRITING: AtomicBool = AtomicBool::new(false);
/// Set by Ctrl-C where what is under way is to be finished.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from now on, and answers it. A second one ends the program at once, unless it is writing.
pub(super) fn listen(printer: Printer, answer: &'static str) {
    let heard = move || {
        if WRITING.load(Ordering::SeqCst) {
            return;
        }
        if CANCELLED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        printer.note(&format!("\n{answer}; press Ctrl-C again to stop at once"));
    };
    // Where there are no signals there is no Ctrl-C either.
    let _ = ctrlc::set_handler(heard);
}

/// Says why replications stopped, and how the command ends.
pub(super) fn stopped(problem: ReplicationError, printer: Printer) -> Exit {
    printer.error(&problem.to_string());
    match problem {
        ReplicationError::Interrupted => Exit::Interrupted,
        ReplicationError::Engine { .. } => Exit::Invalid,
    }
}

/// Whether Ctrl-C was pressed.
pub(super) fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::SeqCst)
}

/// Whether Ctrl-C was pressed in time; otherwise it is ignored from now on.
pub(super) fn before_writing() -> bool {
    WRITING.store(true, Ordering::SeqCst);
    CANCELLED.load(Ordering::SeqCst)
}

/// Listens for Ctrl-C from now on in place of [`listen`]: what is under way is finished. A second one ends the program at
/// once; cells are written whole or not at all.
pub(super) fn listen_between(printer: Printer, answer: &'static str) {
    let heard = move || {
        if STOPPING.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        printer.note(&format!("\n{answer}; press Ctrl-C again to stop at once"));
    };
    // Where there are no signals there is no Ctrl-C either.
    let _ = ctrlc::set_handler(heard);
}

/// Whether to begin nothing more.
pub(super) fn stops() -> bool {
    STOPPING.load(Ordering::SeqCst)
}
