//! Our own tree of values with their places: what TOML, CSV and overrides all become.

use super::codes::Code;
use super::diagnostic::{Sink, quote};
use super::source::{Place, SourceMap};
use jiff::civil::Date;
use std::fmt::Write as _;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Date(Date),
    Array(Vec<Node>),
    Table(Table),
    /// Wrong, and already reported.
    Bad,
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub(super) struct KeyName {
    pub(super) text: Arc<str>,
    pub(super) place: Place,
}

/// Keys and values in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<(KeyName, Node)>,
}

impl Table {
    /// The value of a key. Linear: for tables with the few keys of the language, not for user-named ones.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| &*name.text == key).map(|(_, node)| node)
    }
}

impl Node {
    pub(super) fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
    pub(super) fn array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
    pub(super) fn is_bad(&self) -> bool {
        matches!(self.value, Value::Bad)
    }

    /// The value as the subject of a message: a text in quotes, else what it is.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Text(text) => quote(text),
            _ => self.describe(),
        }
    }

    /// What it is, for messages.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Bool(value) => format!("{value}"),
            Value::Int(value) => format!("the number {value}"),
            Value::Float(value) => format!("the number {value}"),
            Value::Text(text) => format!("the text {}", quote(text)),
            Value::Date(date) => format!("the date {date}"),
            Value::Array(_) => "a list".to_owned(),
            Value::Table(_) => "a section".to_owned(),
            Value::Bad => "a wrong value".to_owned(),
        }
    }

    /// The value in one line, for the echo of inputs.
    pub(super) fn echo(&self) -> String {
        match &self.value {
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Value::Date(date) => date.to_string(),
            Value::Array(items) => format!("[{}]", items.iter().map(Self::echo).collect::<Vec<_>>().join(", ")),
            Value::Table(table) => {
                let parts: Vec<String> =
                    table.entries.iter().map(|(key, node)| format!("{} = {}", key.text, node.echo())).collect();
                format!("{{{}}}", parts.join(", "))
            }
            Value::Bad => String::new(),
        }
    }

    /// The value as TOML in one line.
    pub(super) fn to_toml(&self) -> String {
        match &self.value {
            Value::Text(text) => quoted(text),
            Value::Array(items) => format!("[{}]", items.iter().map(Self::to_toml).collect::<Vec<_>>().join(", ")),
            Value::Table(table) => {
                let entry = |(key, node): &(KeyName, Self)| format!("{} = {}", quoted(&key.text), node.to_toml());
                format!("{{ {} }}", table.entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            // A float without a point is still a number to every key.
            _ => self.echo(),
        }
    }
}

/// A text in quotes, as TOML and JSON write it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// How deep brackets and dotted keys may go; the language needs eight.
const DEPTH: usize = 64;

/// Parses the text of a file. Nothing if it has syntax errors (all reported).
pub(super) fn parse(sources: &SourceMap, file: u32, sink: &mut Sink) -> Option<Table> {
    let whole = Place::new(file, 0..0);
    let text = sources.text(whole);
    if let Some(at) = too_deep(text) {
        sink.report_plain(Code::TooDeep, Some(Place::new(file, at..at + 1)), || {
            format!("values are nested over {DEPTH} deep")
        });
        return None;
    }
    let (tree, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        sink.report(Code::Syntax, Some(Place::new(file, span)), || {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            let cure = if message.contains("duplicate key") {
                "Remove or rename one of the two."
            } else if message.contains("date") {
                Code::BadDate.cure()
            } else {
                Code::Syntax.cure()
            };
            (format!("TOML syntax: {message}"), cure.to_owned())
        });
    }
    errors.is_empty().then(|| table(file, tree.get_ref(), sink))
}

/// Where the text nests deeper than is safe to recurse into.
///
/// The parser limits brackets but not the product of brackets and dotted keys, and trees are dropped recursively.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // Dots since the last separator, for each open bracket; the first is the file itself.
    let mut open = vec![0usize];
    let mut depth = 1;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => at = end_of_line(bytes, at),
            quote @ (b'"' | b'\'') => at = end_of_string(bytes, at, quote),
            b'[' | b'{' => {
                open.push(0);
                depth += 1;
            }
            b']' | b'}' if open.len() > 1 => {
                depth -= 1 + open.pop().unwrap_or_default();
            }
            b'.' => {
                if let Some(dots) = open.last_mut() {
                    *dots += 1;
                    depth += 1;
                }
            }
            b',' | b'\n' => {
                if let Some(dots) = open.last_mut() {
                    depth -= std::mem::take(dots);
                }
            }
            _ => {}
        }
        if depth > DEPTH {
            return Some(at.min(bytes.len() - 1));
        }
        at += 1;
    }
    None
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    // The newline itself is left to the caller.
    bytes[from..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |length| from + length - 1).max(from)
}

/// The position of the last byte of the string that begins at `from`.
fn end_of_string(bytes: &[u8], from: usize, quote: u8) -> usize {
    let long = bytes[from..].starts_with(&[quote; 3]);
    let mut at = from + if long { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return at - 1,
            byte if byte == quote && !long => return at,
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 2,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn table(file: u32, tree: &DeTable<'_>, sink: &mut Sink) -> Table {
    // The parser sorts keys by name; their places restore the order of the file.
    let mut entries: Vec<_> = tree.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let entries = entries
        .into_iter()
        .map(|(key, value)| {
            let place = Place::new(file, key.span());
            let value = node(file, value.span(), value.get_ref(), sink);
            (KeyName { text: Arc::from(key.get_ref().as_ref()), place }, value)
        })
        .collect();
    Table { entries }
}

fn node(file: u32, span: std::ops::Range<usize>, value: &DeValue<'_>, sink: &mut Sink) -> Node {
    let place = Place::new(file, span);
    let value = match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).map_or_else(
            |_| {
                sink.report(Code::BadNumber, Some(place), || {
                    (format!("{} is too large a number", quote(digits.as_str())), "Write a smaller number.".to_owned())
                });
                Value::Bad
            },
            Value::Int,
        ),
        DeValue::Float(digits) => digits.as_str().parse().map_or(Value::Bad, Value::Float),
        DeValue::Datetime(stamp) => {
            let date = stamp
                .date
                .filter(|_| stamp.time.is_none())
                .and_then(|date| Date::new(date.year as i16, date.month as i8, date.day as i8).ok());
            date.map_or_else(
                || {
                    sink.report_plain(Code::BadDate, Some(place), || {
                        format!("{} is not a date without a time", quote(&stamp.to_string()))
                    });
                    Value::Bad
                },
                Value::Date,
            )
        }
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| node(file, item.span(), item.get_ref(), sink)).collect())
        }
        DeValue::Table(inner) => Value::Table(table(file, inner, sink)),
    };
    Node { place, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        assert_eq!(quoted("a\"\\\n\u{e9}"), "\"a\\\"\\\\\\u000a\u{e9}\"");
    }

    #[test]
    fn depth_counts_brackets_and_dots_outside_texts() {
        assert_eq!(too_deep(&"[".repeat(64)), Some(63));
        assert_eq!(too_deep(&format!("a{} = 1", ".a".repeat(64))), Some(127));
        assert_eq!(too_deep(&format!("a = \"{}\" # {}", "[".repeat(500), "{".repeat(500))), None);
        assert_eq!(too_deep(&"x = [1.5, 2.5, { a.b = 1 }]\n".repeat(1000)), None);
        assert_eq!(too_deep(&format!("x = '''\n{}'''\n\"", "[".repeat(500))), None);
        assert_eq!(too_deep("#"), None);
    }
}
