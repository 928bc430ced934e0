//! `tierflow explain`: what a message, a table, a column, a key or a scenario means.

mod scenario;

use super::args::ExplainArgs;
use super::exit::Exit;
use super::printer::Printer;
use super::text::wrap;
use super::{load, suggest};
use crate::results::{catalogue, explain as meaning_of, names};
use crate::scenario::{Code, Severity, explain_key, key_names};
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn explain(args: &ExplainArgs, printer: Printer) -> Exit {
    let what = args.what.trim();
    let width = printer.width();
    if let Some(code) = Code::find(what) {
        return super::finish(printer, &in_words(code, width), Exit::Done);
    }
    let list = match what {
        "codes" => Some(codes(width)),
        "tables" => Some(tables(width)),
        _ => {
            let said: String = [meaning_of(what), explain_key(what)].into_iter().flatten().collect();
            (!said.is_empty()).then(|| said.lines().map(|line| wrap_indented(line, width)).collect())
        }
    };
    if let Some(text) = list {
        return super::finish(printer, &text, Exit::Done);
    }
    let path = Path::new(what);
    if path.exists() || what.contains(['/', '\\']) || path.extension().is_some_and(|extension| extension == "toml") {
        return of_scenario(path, &args.set.set, printer);
    }
    let mut known = names();
    known.extend(key_names());
    known.extend(["codes", "tables"]);
    let near = suggest::nearest(what, &known);
    let cure = if near.starts_with("Did") {
        near
    } else {
        "See `tierflow explain tables` and `tierflow explain codes`.".to_owned()
    };
    printer.error(&format!("`{what}` is no code, table, column, test of tiers, key or scenario. {cure}"));
    Exit::Usage
}

fn of_scenario(path: &Path, overrides: &[String], printer: Printer) -> Exit {
    let explained = load::scenario(path, overrides, printer)
        .and_then(|scenario| load::compile_shown(&scenario, printer).map(|simulations| (scenario, simulations)));
    match explained {
        Ok((scenario, simulations)) => {
            super::finish(printer, &scenario::in_words(&scenario, &simulations, printer), Exit::Done)
        }
        Err(exit) => exit,
    }
}

fn in_words(code: Code, width: usize) -> String {
    let severity = match code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let lines = [
        format!("{code} ({severity}): {}", code.title()),
        format!("  why:  {}", code.cause()),
        format!("  cure: {}", code.cure()),
    ];
    lines.iter().map(|line| wrap_indented(line, width)).collect()
}

fn codes(width: usize) -> String {
    let line = |code: &Code| {
        let severity = if code.severity() == Severity::Warning { "warning: " } else { "" };
        wrap(&format!("{code}  {severity}{}", code.title()), width, "      ")
    };
    Code::ALL.iter().map(line).collect()
}

fn tables(width: usize) -> String {
    let mut text = String::new();
    for entry in catalogue() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", wrap(&format!("{}: {}", entry.table.name, entry.table.meaning), width, "    "));
        if !entry.metrics.is_empty() {
            let metrics: Vec<&str> = entry.metrics.iter().map(|metric| metric.name).collect();
            text += &wrap_indented(&format!("    {}", metrics.join(", ")), width);
        }
    }
    text
}

/// A line broken so that what follows stands deeper than its own indent.
fn wrap_indented(line: &str, width: usize) -> String {
    let indent = line.len() - line.trim_start().len();
    let text = wrap(line.trim_start(), width.saturating_sub(indent), "    ");
    text.lines().fold(String::new(), |text, line| text + &" ".repeat(indent) + line + "\n")
}
