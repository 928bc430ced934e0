//! Diagnostics as text with their place in the file, and as JSON.

use super::numbers;
use super::printer::Paint;
use crate::scenario::{Diagnostic, Severity, SourceMap};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One diagnostic with the line it is about, a caret under the place, and the cure.
pub(super) fn diagnostic(diagnostic: &Diagnostic, sources: &SourceMap, paint: Paint) -> String {
    let head = format!("{}[{}]", severity(diagnostic.severity), diagnostic.code);
    let head = match diagnostic.severity {
        Severity::Error => paint.red(&head),
        Severity::Warning => paint.yellow(&head),
    };
    let mut text = format!("{head}: {}\n", diagnostic.message);
    let mut indent = 1;
    if let Some(place) = diagnostic.place {
        let spot = sources.locate(place);
        let number = spot.line.to_string();
        indent = number.len();
        let _ = writeln!(text, "{:indent$}--> {}:{}:{}", "", spot.file, spot.line, spot.column);
        if !spot.excerpt.trim().is_empty() {
            let carets = paint.cyan(&"^".repeat(spot.width));
            let _ = writeln!(text, "{:indent$} |", "");
            let _ = writeln!(text, "{number} | {}", spot.excerpt);
            let _ = writeln!(text, "{:indent$} | {:before$}{carets}", "", "", before = spot.excerpt_column - 1);
        }
    }
    let _ = writeln!(text, "{:indent$} = {}: {}", "", paint.cyan("help"), diagnostic.cure);
    text
}

/// All diagnostics, a blank line after each.
pub(super) fn diagnostics(diagnostics: &[Diagnostic], sources: &SourceMap, paint: Paint) -> String {
    diagnostics.iter().fold(String::new(), |text, one| text + &diagnostic(one, sources, paint) + "\n")
}

/// How many errors and warnings there are: `2 errors, 1 warning`; nothing if there are none.
pub(super) fn tally(diagnostics: &[Diagnostic]) -> Option<String> {
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let parts: Vec<String> = [(errors, "error", "errors"), (warnings, "warning", "warnings")]
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| numbers::of(number, one, many))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// All diagnostics for machines.
pub(super) fn as_json(diagnostics: &[Diagnostic], sources: &SourceMap) -> Value {
    let one = |diagnostic: &Diagnostic| {
        let spot = diagnostic.place.map(|place| sources.locate(place));
        json!({
            "severity": severity(diagnostic.severity),
            "code": diagnostic.code.to_string(),
            "message": diagnostic.message,
            "help": diagnostic.cure,
            "file": spot.as_ref().map(|spot| spot.file),
            "line": spot.as_ref().map(|spot| spot.line),
            "column": spot.as_ref().map(|spot| spot.column),
        })
    };
    diagnostics.iter().map(one).collect()
}

/// All diagnostics as a table of comma-separated values.
pub(super) fn as_csv(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_record(["severity", "code", "file", "line", "column", "message", "help"]);
    for diagnostic in diagnostics {
        let (file, line, column) = diagnostic.place.map_or_else(Default::default, |place| {
            let spot = sources.locate(place);
            (spot.file.to_owned(), spot.line.to_string(), spot.column.to_string())
        });
        let code = diagnostic.code.to_string();
        let _ = writer.write_record([
            severity(diagnostic.severity),
            &code,
            &file,
            &line,
            &column,
            &diagnostic.message,
            &diagnostic.cure,
        ]);
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
