//! Diagnostics as plain data, and the collector that every pass reports to.

use super::codes::Code;
use super::source::{Place, SourceMap};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The scenario cannot be used.
    Error,
    /// The scenario can be used; its results may surprise.
    Warning,
}

/// One thing that is wrong with a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What it is about.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in plain words.
    pub message: String,
    /// Where, if it is a place in a file.
    pub place: Option<Place>,
    /// What to do about it.
    pub cure: String,
}

impl Diagnostic {
    /// One line: `providers.csv:12:7 error S021: message. Cure: ...`.
    pub fn line(&self, sources: &SourceMap) -> String {
        let mut line = String::new();
        if let Some(place) = self.place {
            let spot = sources.locate(place);
            let _ = write!(line, "{}:{}:{} ", spot.file, spot.line, spot.column);
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = write!(line, "{severity} {}: {}", self.code, self.message);
        line
    }

    /// Several lines for a terminal: the line, the text with a caret under the place, and the cure.
    pub fn render(&self, sources: &SourceMap) -> String {
        let mut out = self.line(sources);
        out.push('\n');
        if let Some(place) = self.place {
            let spot = sources.locate(place);
            if !spot.excerpt.is_empty() {
                let number = spot.line.to_string();
                let caret = "^".repeat(spot.width);
                let _ = writeln!(out, "  {number} | {}", spot.excerpt);
                let _ = writeln!(
                    out,
                    "  {:pad$} | {:indent$}{caret}",
                    "",
                    "",
                    pad = number.len(),
                    indent = spot.excerpt_column - 1
                );
            }
        }
        let _ = writeln!(out, "  cure: {}", self.cure);
        out
    }
}

/// How many diagnostics of one code and file are spelt out.
const SPELT_OUT: usize = 20;

/// Collects diagnostics; many of one cause in a file are counted, not repeated.
#[derive(Default)]
pub(super) struct Sink {
    list: Vec<Diagnostic>,
    counts: BTreeMap<(Code, Option<Place>), (usize, Option<Place>)>,
    errors: usize,
}

impl Sink {
    /// Reports a diagnostic; `text` gives message and cure and is only asked for if they will be shown.
    pub(super) fn report(
        &mut self,
        code: Code,
        place: impl Into<Option<Place>>,
        text: impl FnOnce() -> (String, String),
    ) {
        let place = place.into();
        if code.severity() == Severity::Error {
            self.errors += 1;
        }
        let (count, more) = self.counts.entry((code, place.map(Place::of_file))).or_default();
        *count += 1;
        if *count <= SPELT_OUT {
            let (message, cure) = text();
            self.list.push(Diagnostic { code, severity: code.severity(), message, place, cure });
        } else if more.is_none() {
            *more = place;
        }
    }

    /// As `report`, with the catalogue's cure.
    pub(super) fn report_plain(
        &mut self,
        code: Code,
        place: impl Into<Option<Place>>,
        message: impl FnOnce() -> String,
    ) {
        self.report(code, place, || (message(), code.cure().to_owned()));
    }

    /// Whether any error was reported.
    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors were reported.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// All diagnostics: errors, then warnings, each by file and position.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        for ((code, _), (count, place)) in std::mem::take(&mut self.counts) {
            if count > SPELT_OUT {
                self.list.push(Diagnostic {
                    code,
                    severity: code.severity(),
                    message: format!("and {} more of the same kind in this file: {}", count - SPELT_OUT, code.title()),
                    place,
                    cure: code.cure().to_owned(),
                });
            }
        }
        self.list.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.place, diagnostic.code));
        self.list.dedup();
        self.list
    }
}

/// A text in quotes for a message: short, on one line.
pub(super) fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// The known name nearest to a misspelt one, if any is near.
pub(super) fn nearest<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Longer texts are no misspelt names, and the distance is quadratic in their length.
    if wrong.len() > 64 {
        return None;
    }
    let lower = wrong.to_lowercase();
    let mut known = known.into_iter().take(20_000).peekable();
    known.peek()?;
    let known: Vec<&str> = known.collect();
    // A beginning, such as "single" of "single-icb", is nearer than any swap of letters.
    if lower.len() >= 4
        && let Some(longer) = known.iter().find(|name| name.starts_with(&lower))
    {
        return Some(longer);
    }
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name)).min()?;
    (near.0 <= (wrong.chars().count() / 3).max(1)).then_some(near.1)
}

/// "did you mean" or the list of what is known.
pub(crate) fn suggestion<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str> + Clone) -> String {
    if let Some(near) = nearest(wrong, known.clone()) {
        return format!("Did you mean \"{near}\"?");
    }
    let mut listed: Vec<&str> = known.into_iter().take(13).collect();
    let more = listed.len() > 12;
    listed.truncate(12);
    match (listed.is_empty(), more) {
        (true, _) => "There is none to choose from yet.".to_owned(),
        (false, false) => format!("Known: {}.", listed.join(", ")),
        (false, true) => format!("Known, among others: {}.", listed.join(", ")),
    }
}
