//! The echo: every input as it took effect, one line each.

use crate::scenario::grammar::{Key, Kind, Need, ROOT, Section};
use crate::scenario::node::{Node, Table};
use crate::scenario::validated::{InputRow, InputValue, Provenance};

/// The rows of all tables and sections, in the order of the catalogue; rows of a table are sorted, so that their order
/// in the file has no effect.
pub(super) fn echo(root: &Table) -> Vec<InputRow> {
    let mut inputs = Vec::new();
    for key in ROOT.keys {
        if let Some(node) = root.get(key.name) {
            value(&mut inputs, key.name, node, &key.kind);
        }
    }
    inputs
}

fn value(inputs: &mut Vec<InputRow>, name: &str, node: &Node, kind: &Kind) {
    match kind {
        Kind::Section(inner) => {
            if let Some(table) = node.table() {
                section(inputs, name, table, inner);
            }
        }
        Kind::Records(inner) => {
            let from = inputs.len();
            for row in node.array().unwrap_or_default() {
                if let Some(table) = row.table() {
                    inputs.push(line(name, table, inner.keys, false));
                }
            }
            inputs[from..].sort_by_cached_key(InputRow::line);
        }
        Kind::List(Kind::Section(inner)) => {
            for row in node.array().unwrap_or_default() {
                if let Some(table) = row.table() {
                    section(inputs, name, table, inner);
                }
            }
        }
        Kind::Map(_, inner) => {
            for (key, node) in node.table().into_iter().flat_map(|table| &table.entries) {
                value(inputs, &format!("{name}.{}", key.text), node, inner);
            }
        }
        Kind::OneOf(keys, _) => {
            if let Some(table) = node.table() {
                inputs.push(line(name, table, keys, true));
            }
        }
        // Title, question and base are no inputs.
        _ => {}
    }
}

/// A section as a line, and those below it as their own.
fn section(inputs: &mut Vec<InputRow>, name: &str, table: &Table, section: &Section) {
    inputs.push(line(name, table, section.keys, true));
    for key in section.keys {
        if let Some(node) = table.get(key.name)
            && is_own_row(&key.kind)
        {
            value(inputs, &format!("{name}.{}", key.name), node, &key.kind);
        }
    }
}

fn is_own_row(kind: &Kind) -> bool {
    match kind {
        Kind::List(Kind::Section(inner)) => inner.provenance,
        Kind::Map(_, Kind::Section(_)) | Kind::Records(_) => true,
        _ => false,
    }
}

fn line(name: &str, table: &Table, keys: &[Key], with_defaults: bool) -> InputRow {
    let mut values = Vec::new();
    for key in keys.iter().filter(|key| !is_own_row(&key.kind)) {
        match (table.get(key.name), key.need) {
            (Some(node), _) => values.push(InputValue { key: key.name, shown: node.echo(), stated: true }),
            (None, Need::Default(value)) if with_defaults => {
                values.push(InputValue { key: key.name, shown: value.to_owned(), stated: false });
            }
            _ => {}
        }
    }
    let text = |key: &str| table.get(key).map(Node::echo).unwrap_or_default();
    InputRow {
        table: name.to_owned(),
        values,
        provenance: match table.get("provenance").and_then(Node::text) {
            Some("published") => Provenance::Published,
            Some("derived") => Provenance::Derived,
            Some("assumed") => Provenance::Assumed,
            _ => Provenance::Unstated,
        },
        source: text("source"),
        note: text("note"),
        owner: text("owner"),
        date: text("date"),
    }
}
