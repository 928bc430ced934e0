//! A progress bar on standard error, if somebody can see it.

use super::printer::Printer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far the work is.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar over so many replications of all simulations together; invisible in a pipe and when quiet.
    pub(super) fn new(printer: Printer, replications: u32) -> Self {
        Self::over(printer, replications, "{pos} of {len} replications, {eta} left")
    }

    /// A bar over so many replications or fewer.
    pub(super) fn at_most(printer: Printer, replications: u32) -> Self {
        Self::over(printer, replications, "{pos} of at most {len} replications")
    }

    /// A bar over the cells of a batch.
    pub(super) fn cells(printer: Printer, cells: u32) -> Self {
        Self::over(printer, cells, "{pos} of {len} cells, {eta} left")
    }

    fn over(printer: Printer, number: u32, what: &str) -> Self {
        let bar = if printer.shows_progress() && number > 1 {
            ProgressBar::with_draw_target(Some(u64::from(number)), ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        // The template never changes; were it wrong, the plain bar would do.
        let template = format!("{{bar:30}} {what}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar }
    }

    /// So many are finished.
    pub(super) fn finished(&self, number: u32) {
        self.bar.set_position(u64::from(number));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
