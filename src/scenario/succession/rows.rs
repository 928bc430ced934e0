//! Reading and rewriting rows of the merged tree.

use crate::scenario::node::{KeyName, Node, Table, Value};
pub(super) use crate::scenario::read::rows;
use std::sync::Arc;

/// The same, to change them.
pub(super) fn rows_mut<'t>(root: &'t mut Table, table: &str) -> Option<&'t mut Vec<Node>> {
    let (_, node) = root.entries.iter_mut().find(|(key, _)| &*key.text == table)?;
    match &mut node.value {
        Value::Array(rows) => Some(rows),
        _ => None,
    }
}

/// Replaces each row of a table by those that a function makes of it; nothing leaves it as it is.
pub(super) fn each_row(root: &mut Table, table: &str, mut make: impl FnMut(&Node) -> Option<Vec<Node>>) {
    if let Some(rows) = rows_mut(root, table) {
        *rows = std::mem::take(rows)
            .into_iter()
            .flat_map(|row| match make(&row) {
                Some(made) => made,
                None => vec![row],
            })
            .collect();
    }
}

/// A row with other values; those that it has keep their places.
pub(super) fn with(node: &Node, changes: &[(&str, Value)]) -> Node {
    let mut node = node.clone();
    let place = node.place;
    if let Value::Table(table) = &mut node.value {
        for (key, value) in changes {
            if let Some((_, old)) = table.entries.iter_mut().find(|(name, _)| &*name.text == *key) {
                old.value = value.clone();
            } else {
                let name = KeyName { text: Arc::from(*key), place };
                table.entries.push((name, Node { place, value: value.clone() }));
            }
        }
    }
    node
}
