//! A progress bar on standard error, if somebody can see it.

use super::printer::Printer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far the replications are.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar over so many replications of all simulations together; invisible in a pipe and when quiet.
    pub(super) fn new(printer: Printer, replications: u32) -> Self {
        let bar = if printer.shows_progress() && replications > 1 {
            ProgressBar::with_draw_target(Some(u64::from(replications)), ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        // The template is a constant; were it wrong, the plain bar would do.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} replications, {eta} left") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar }
    }

    /// So many replications are finished.
    pub(super) fn finished(&self, replications: u32) {
        self.bar.set_position(u64::from(replications));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
