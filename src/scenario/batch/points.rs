//! Values of parameters: those of a grid, and those of a list of points.

use super::Value;
use super::read::Reader;
use crate::scenario::codes::Code;
use crate::scenario::csv_table::{self, Cell};
use crate::scenario::diagnostic::{quote, suggestion};
use crate::scenario::node::Node;
use crate::scenario::source::Place;

/// A value of a grid.
pub(super) fn value(node: &Node) -> Value {
    Value { shown: node.echo(), toml: node.to_toml() }
}

/// The points of a CSV file: in each a value for every parameter.
pub(super) fn listed(reader: &mut Reader<'_>, named: &Node, parameters: &[String]) -> Option<Vec<Vec<Value>>> {
    let path = reader.sources.folder(named.place).join(named.text()?);
    let file = match reader.sources.read(&path) {
        Ok(file) => file,
        Err(fault) => {
            let text = || (fault.message.clone(), fault.cure.to_owned());
            reader.sink.report(fault.code(true), Some(named.place), text);
            return None;
        }
    };
    let mut records = csv_table::records(reader.sources, file, reader.sink).into_iter();
    let header = records.next().unwrap_or_default();
    let columns = columns(reader, &header, parameters, Place::new(file, 0..0))?;
    let rows: Vec<Vec<Cell>> = records.collect();
    let mut points = Vec::new();
    for row in &rows {
        points.extend(point(reader, row, header.len(), &columns, parameters));
    }
    if rows.is_empty() {
        reader.sink.report(Code::NoCells, Some(named.place), || {
            (format!("{} holds no points", named.shown()), "Add a row for each point.".to_owned())
        });
    }
    Some(points)
}

/// Where each parameter stands.
fn columns(reader: &mut Reader<'_>, header: &[Cell], parameters: &[String], top: Place) -> Option<Vec<usize>> {
    for (i, (name, place)) in header.iter().enumerate() {
        if parameters.contains(name) {
            if header[..i].iter().any(|(earlier, _)| earlier == name) {
                reader.sink.report_plain(Code::DuplicateColumn, Some(*place), || {
                    format!("column {} comes twice", quote(name))
                });
            }
        } else if !name.is_empty() && name != "note" {
            reader.sink.report(Code::UnknownColumn, Some(*place), || {
                let known = parameters.iter().map(String::as_str);
                (format!("there is no parameter {}", quote(name)), suggestion(name, known))
            });
        }
    }
    let at = |name: &String| {
        let found = header.iter().position(|(column, _)| column == name);
        if found.is_none() {
            let place = header.first().map_or(top, |cell| cell.1);
            reader.sink.report(Code::MissingColumn, Some(place), || {
                (format!("the points lack the parameter {name}"), format!("Add the column {name}."))
            });
        }
        found
    };
    let found: Vec<Option<usize>> = parameters.iter().map(at).collect();
    found.into_iter().collect()
}

fn point(
    reader: &mut Reader<'_>,
    row: &[Cell],
    cells: usize,
    columns: &[usize],
    parameters: &[String],
) -> Option<Vec<Value>> {
    let place = row.first().map(|cell| cell.1)?;
    if row.len() < cells || row[cells..].iter().any(|(cell, _)| !cell.is_empty()) {
        reader.sink.report_plain(Code::CellCount, Some(place), || {
            format!("this row has {} cells, the line of column names {cells}", row.len())
        });
        return None;
    }
    let value = |(&column, name): (&usize, &String)| {
        let (text, place) = &row[column];
        if text.is_empty() {
            reader.sink.report(Code::MissingKey, Some(*place), || {
                (format!("this point has no {name}"), "Fill the cell.".to_owned())
            });
            return None;
        }
        Some(Value { shown: text.clone(), toml: text.clone() })
    };
    columns.iter().zip(parameters).map(value).collect()
}
