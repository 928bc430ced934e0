//! The one place that prints: the result to standard output, everything else to standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

/// Columns assumed when nobody says how wide the output is.
const WIDTH_IN_A_PIPE: usize = 100;

/// Where text goes and how it may look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printer {
    /// Leaves out all that is neither a result nor an error.
    quiet: bool,
    out: Paint,
    err: Paint,
    width: usize,
}

impl Printer {
    /// A printer for the terminal or pipe that there is.
    pub(super) fn new(quiet: bool) -> Self {
        let allowed = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            quiet,
            out: Paint { on: allowed && io::stdout().is_terminal() },
            err: Paint { on: allowed && io::stderr().is_terminal() },
            width: width(),
        }
    }

    /// The columns that a result may take.
    pub(super) fn width(self) -> usize {
        self.width
    }

    /// How text of a result may be painted.
    pub(super) fn paint_result(self) -> Paint {
        self.out
    }

    /// How text for standard error may be painted.
    pub(super) fn paint_message(self) -> Paint {
        self.err
    }

    /// Whether a progress bar would be seen.
    pub(super) fn shows_progress(self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Prints the result, painted or not as [`Self::paint_result`] says. A reader who has gone away is no error.
    ///
    /// # Errors
    /// If standard output cannot take it, say because the disk is full.
    #[expect(clippy::unused_self, reason = "one way of printing")]
    pub(super) fn result(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Standard output for a result that is written as it comes.
    #[expect(clippy::unused_self, reason = "one way of printing")]
    pub(super) fn stream(self) -> impl Write {
        io::stdout().lock()
    }

    /// Says something beside the result, unless told to be quiet.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            Self::to_stderr(text);
        }
    }

    /// Prints text for standard error that was asked for, quiet or not.
    #[expect(clippy::unused_self, reason = "one way of printing")]
    pub(super) fn aside(self, text: &str) {
        Self::to_stderr(text);
    }

    /// Prints an error that is not in a scenario.
    pub(super) fn error(self, text: &str) {
        Self::to_stderr(&format!("{} {text}", self.err.red("error:")));
    }

    /// Nobody is left to hear that standard error does not work.
    fn to_stderr(text: &str) {
        let mut err = io::stderr().lock();
        let _ = err
            .write_all(text.as_bytes())
            .and_then(|()| if text.ends_with('\n') { Ok(()) } else { err.write_all(b"\n") });
    }
}

/// Columns of the terminal, if `COLUMNS` does not say.
fn width() -> usize {
    let stated =
        std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&columns: &usize| columns > 0);
    let seen = || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    stated.or_else(seen).unwrap_or(WIDTH_IN_A_PIPE).clamp(40, 400)
}

/// Colours, where they are wanted. They never say anything that the words do not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    /// For headings.
    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
    /// For errors.
    pub(super) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }
    /// For warnings.
    pub(super) fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }
    /// For places and cures.
    pub(super) fn cyan(self, text: &str) -> String {
        self.with("36", text)
    }
    /// Text with its escape sequences, or without where colours are not wanted.
    pub(super) fn styled(self, text: &clap::builder::StyledStr) -> String {
        if self.on { text.ansi().to_string() } else { text.to_string() }
    }
}
