//! The same tables and the manifest as JSON.

use crate::results::{Field, Manifest, Sheet};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// A table as an array of objects, one a row, keys in the order of the columns; undefined and blank are both null.
pub fn table_json(sheet: Sheet<'_>) -> String {
    let mut text = String::from("[");
    for (i, row) in sheet.rows.enumerate() {
        text.push_str(if i == 0 { "\n{" } else { ",\n{" });
        for (j, (name, field)) in sheet.header.iter().zip(&row).enumerate() {
            let separator = if j == 0 { "" } else { ", " };
            let _ = write!(text, "{separator}{}: {}", json!(name), value(field));
        }
        text.push('}');
    }
    text.push_str("\n]\n");
    text
}

fn value(field: &Field<'_>) -> Value {
    match field {
        Field::Text(text) => json!(text),
        // As in CSV: whole numbers without a point.
        Field::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => json!(*number as i64),
        Field::Number(number) => json!(number),
        Field::Count(count) => json!(count),
        Field::Undefined | Field::Blank => Value::Null,
    }
}

/// The manifest as indented JSON, keys in the order of its fields.
///
/// # Panics
/// Never: a manifest has nothing that JSON cannot hold.
pub fn manifest_json(manifest: &Manifest) -> String {
    let mut text = serde_json::to_string_pretty(manifest).expect("a manifest has string keys and finite numbers only");
    text.push('\n');
    text
}

/// Whether a text is the manifest of a tierflow results folder.
pub(super) fn is_manifest(text: &str) -> bool {
    let parsed: Result<Map<String, Value>, _> = serde_json::from_str(text);
    parsed.is_ok_and(|map| {
        ["tierflow", "scenario", "model"].iter().all(|key| map.get(*key).is_some_and(Value::is_string))
    })
}
