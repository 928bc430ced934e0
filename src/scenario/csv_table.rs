//! CSV files as the same rows that TOML gives, every cell with its place.

use super::codes::Code;
use super::diagnostic::{Sink, quote, suggestion};
use super::grammar::Section;
use super::node::{KeyName, Node, Table, Value};
use super::source::{Place, SourceMap};
use std::sync::Arc;

/// A cell's text and place.
pub(super) type Cell = (String, Place);

/// Splits a text into records of cells. Comment lines, blank lines and lines of commas only are left out.
pub(super) fn records(sources: &SourceMap, file: u32, sink: &mut Sink) -> Vec<Vec<Cell>> {
    let text = sources.text(Place::new(file, 0..0));
    let bytes = text.as_bytes();
    let mut records = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'#' || (bytes[at] == b'"' && bytes.get(at + 1) == Some(&b'#')) {
            at = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |length| at + length + 1);
            continue;
        }
        let (record, next) = record(text, at, file, sink);
        if record.iter().any(|(cell, _)| !cell.is_empty()) {
            records.push(record);
        }
        at = next;
    }
    records
}

/// One record from `at`, and where the next begins.
fn record(text: &str, mut at: usize, file: u32, sink: &mut Sink) -> (Vec<Cell>, usize) {
    let bytes = text.as_bytes();
    let mut cells = Vec::new();
    loop {
        let start = at;
        let quoted = bytes.get(at) == Some(&b'"');
        let mut content = String::new();
        if quoted {
            let (inner, after, closed) = quoted_cell(text, at);
            content = inner;
            at = after;
            if !closed {
                sink.report(Code::CsvForm, Some(Place::new(file, start..start + 1)), || {
                    let cure = "Close the quote; a quote inside a value is doubled (\"\").".to_owned();
                    ("this quote is never closed".to_owned(), cure)
                });
            }
        }
        let rest = at;
        while at < bytes.len() && !matches!(bytes[at], b',' | b'\n' | b'\r') {
            at += 1;
        }
        let tail = &text[rest..at];
        if quoted && !tail.trim().is_empty() {
            sink.report(Code::CsvForm, Some(Place::new(file, rest..at)), || {
                let cure = "Put the whole value into quotes; a quote inside it is doubled (\"\").".to_owned();
                (format!("{} follows a closing quote", quote(tail)), cure)
            });
        } else if !quoted {
            tail.clone_into(&mut content);
        }
        cells.push((content.trim().to_owned(), Place::new(file, start..at)));
        match bytes.get(at) {
            Some(b',') => at += 1,
            Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => return (cells, at + 2),
            _ => return (cells, at + 1),
        }
    }
}

/// The content of a quoted cell, where it ends, and whether its quote is closed.
fn quoted_cell(text: &str, open: usize) -> (String, usize, bool) {
    let bytes = text.as_bytes();
    let mut content = String::new();
    let mut from = open + 1;
    loop {
        let Some(length) = bytes[from..].iter().position(|&byte| byte == b'"') else {
            content.push_str(&text[from..]);
            return (content, bytes.len(), false);
        };
        content.push_str(&text[from..from + length]);
        from += length + 1;
        if bytes.get(from) != Some(&b'"') {
            return (content, from, true);
        }
        content.push('"');
        from += 1;
    }
}

/// Reads a table of rows with the columns of a section.
/// Nothing if the line of column names cannot be used.
pub(super) fn rows(sources: &SourceMap, file: u32, section: &Section, sink: &mut Sink) -> Option<Vec<Node>> {
    let mut records = records(sources, file, sink).into_iter();
    let Some(header) = records.next() else {
        let name = sources.locate(Place::new(file, 0..0)).file.to_owned();
        sink.report(Code::EmptyFile, Some(Place::new(file, 0..0)), || {
            let columns: Vec<&str> = section.required().collect();
            (format!("{name} has no line of column names"), format!("Begin it with {}.", columns.join(",")))
        });
        return None;
    };
    let columns = columns(&header, section, sink)?;
    // A missing column is reported once, not for every row.
    let missing: Vec<KeyName> = section
        .required()
        .filter(|name| !header.iter().any(|(column, _)| column == name))
        .map(|name| KeyName { text: Arc::from(name), place: Place::new(file, 0..0) })
        .collect();
    Some(records.map(|record| row(&record, &columns, &missing, sink)).collect())
}

/// The known columns of the header; a column without a name must stay blank.
fn columns(header: &[Cell], section: &Section, sink: &mut Sink) -> Option<Vec<Option<KeyName>>> {
    let mut columns: Vec<Option<KeyName>> = Vec::new();
    let known: Vec<&str> = section.all_keys().map(|key| key.name).collect();
    if let [(only, place)] = header
        && only.contains([';', '\t'])
    {
        sink.report_plain(Code::CsvForm, Some(*place), || "cells are separated by semicolons or tabs".to_owned());
        return None;
    }
    for (name, place) in header {
        if known.contains(&name.as_str()) {
            if columns.iter().flatten().any(|column| &*column.text == name) {
                sink.report_plain(Code::DuplicateColumn, Some(*place), || {
                    format!("column {} comes twice", quote(name))
                });
                columns.push(None);
            } else {
                columns.push(Some(KeyName { text: Arc::from(name.as_str()), place: *place }));
            }
            continue;
        }
        if !name.is_empty() {
            sink.report(Code::UnknownColumn, Some(*place), || {
                (
                    format!("table {} has no column {}", section.name, quote(name)),
                    suggestion(name, known.iter().copied()),
                )
            });
        }
        columns.push(None);
    }
    for name in section.required() {
        if !header.iter().any(|(column, _)| column == name) {
            sink.report(Code::MissingColumn, header.first().map(|cell| cell.1), || {
                (format!("table {} lacks the column {name}", section.name), format!("Add the column {name}."))
            });
        }
    }
    Some(columns)
}

fn row(record: &[Cell], columns: &[Option<KeyName>], missing: &[KeyName], sink: &mut Sink) -> Node {
    let place = Place {
        end: record.last().map_or(0, |cell| cell.1.end),
        ..record.first().map_or(Place { file: 0, start: 0, end: 0 }, |cell| cell.1)
    };
    let extra = record.iter().skip(columns.len()).any(|(cell, _)| !cell.is_empty());
    if extra || record.len() < columns.len() {
        sink.report_plain(Code::CellCount, Some(place), || {
            format!("this row has {} cells, the line of column names {}", record.len(), columns.len())
        });
        return Node { place, value: Value::Bad };
    }
    let missing = missing.iter().map(|column| (column.clone(), Node { place, value: Value::Bad }));
    let entries = columns
        .iter()
        .zip(record)
        .filter(|(_, (cell, _))| !cell.is_empty())
        .filter_map(|(column, (cell, place))| {
            let node = Node { place: *place, value: Value::Text(cell.clone()) };
            column.clone().map(|column| (column, node))
        })
        .chain(missing)
        .collect();
    Node { place, value: Value::Table(Table { entries }) }
}
