//! The keys of the language in words.

use super::{BATCH, Key, Kind, MapKeys, Need, ROOT, Section};
use crate::domain::Class;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A key where it stands.
struct Entry {
    /// The sections around it, those that users name as ID.
    around: Vec<String>,
    key: &'static Key,
}

/// What a key of a scenario is for, wherever it stands; nothing if there is none of this name. `stages.patience` names the key
/// in sections or tables of this name alone.
pub fn explain_key(name: &str) -> Option<String> {
    let wanted: Vec<&str> = name.split('.').collect();
    let mut said: Vec<(String, BTreeSet<String>)> = Vec::new();
    for Entry { around, key } in entries() {
        let named = around.iter().map(String::as_str).filter(|part| *part != ID).chain([key.name]);
        if !named.collect::<Vec<_>>().ends_with(&wanted) {
            continue;
        }
        let facts = facts(key);
        let place = if around.is_empty() { "the top level".to_owned() } else { around.join(".") };
        match said.iter_mut().find(|(known, _)| *known == facts) {
            Some((_, places)) => {
                places.insert(place);
            }
            None => said.push((facts, BTreeSet::from([place]))),
        }
    }
    let text = said.into_iter().map(|(facts, places)| {
        let places = places.into_iter().collect::<Vec<_>>().join(", ");
        format!("key {facts}  in: {places}\n")
    });
    Some(text.collect()).filter(|text: &String| !text.is_empty())
}

/// The names of all keys, sorted.
pub fn key_names() -> Vec<&'static str> {
    let names: BTreeSet<&'static str> = entries().iter().map(|entry| entry.key.name).collect();
    names.into_iter().collect()
}

/// What stands for a name that users choose.
const ID: &str = "ID";

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    section(&ROOT, &[], &mut entries);
    section(&BATCH, &["a batch file".to_owned()], &mut entries);
    entries
}

fn section(section: &'static Section, around: &[String], entries: &mut Vec<Entry>) {
    keys(section.all_keys(), around, entries);
}

fn keys(keys: impl Iterator<Item = &'static Key>, around: &[String], entries: &mut Vec<Entry>) {
    for key in keys {
        entries.push(Entry { around: around.to_vec(), key });
        below(&key.kind, &[around, &[key.name.to_owned()]].concat(), entries);
    }
}

/// The keys below a value.
fn below(kind: &'static Kind, around: &[String], entries: &mut Vec<Entry>) {
    match kind {
        Kind::Section(inner) | Kind::Records(inner) => section(inner, around, entries),
        Kind::OneOf(kinds, _) => keys(kinds.iter(), around, entries),
        Kind::Map(_, inner) => below(inner, &[around, &[ID.to_owned()]].concat(), entries),
        Kind::List(inner) | Kind::PerClass(inner) => below(inner, around, entries),
        _ => {}
    }
}

fn facts(key: &Key) -> String {
    let need = match key.need {
        Need::Required => "required".to_owned(),
        Need::Optional => "none".to_owned(),
        Need::Default(value) => value.to_owned(),
    };
    let mut text = format!("{}: {}\n  type: {}\n", key.name, key.meaning, kind_words(&key.kind));
    if let Some(unit) = unit(&key.kind) {
        let _ = writeln!(text, "  unit: {unit}");
    }
    let _ = writeln!(text, "  default: {need}\n  example: {}", example(key));
    text
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn or_words(words: &[&str]) -> String {
    if words.is_empty() { String::new() } else { format!(", or {}", listed(words)) }
}

/// The type of a value.
fn kind_words(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Any => "any value".to_owned(),
        Kind::Id(true) => "a new id: lower-case letters, digits, - and _".to_owned(),
        Kind::Id(false) => "a new id: letters, digits, - and _".to_owned(),
        Kind::Reference(target, words) => format!("id of a row of {}{}", target.words().1, or_words(words)),
        Kind::AnyReference(targets, words) => {
            let tables: Vec<&str> = targets.iter().map(|target| target.words().1).collect();
            format!("id of a row of {}{}", tables.join(" or "), or_words(words))
        }
        Kind::StageReference => "id of a stage of the service".to_owned(),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Duration | Kind::CivilSpan => "duration".to_owned(),
        Kind::CivilSpanOr(word) => format!("duration or \"{word}\""),
        Kind::PositiveDuration => "duration above zero".to_owned(),
        Kind::Money => "money".to_owned(),
        Kind::Share => "share".to_owned(),
        Kind::Percentage(low, high, open) => {
            let from = if *open { "above" } else { "from" };
            format!(
                "number {from} {low}, at most {high}, or per cent {from} {} %, at most {} %",
                100.0 * low,
                100.0 * high
            )
        }
        Kind::WordOr(words, keys) => {
            let keys = keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
            format!("one of {}, or one of the keys {keys}", listed(words))
        }
        Kind::Number(low, high, open) => {
            format!("number {} {low}, at most {high}", if *open { "above" } else { "from" })
        }
        Kind::Whole(low, high) => format!("whole number from {low} to {high}"),
        Kind::Rate => "rate".to_owned(),
        Kind::Capacity => "whole number, or \"unlimited\"".to_owned(),
        Kind::Date => "date".to_owned(),
        Kind::TimeUnit => "unit of time: s, min, h, d, weeks, months or years".to_owned(),
        Kind::Choice(words) => format!("one of {}", listed(words)),
        Kind::Section(_) => "section".to_owned(),
        Kind::OneOf(kinds, _) => {
            format!("one of {}", kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "))
        }
        Kind::PerClass(inner) => {
            let classes = Class::ALL.map(|class| class.to_string()).join(", ");
            format!("{}; or a table of these by class: {classes}", kind_words(inner))
        }
        Kind::Map(keys, inner) => {
            let by = match keys {
                MapKeys::Slugs => "a new id".to_owned(),
                MapKeys::References(target) => format!("the id of a {}", target.words().0),
                MapKeys::Stages => "the id of a stage".to_owned(),
            };
            format!("by {by}: {}", kind_words(inner))
        }
        Kind::List(inner) => format!("list: {}", kind_words(inner)),
        Kind::Records(_) => "rows, or the name of a CSV file".to_owned(),
        Kind::ChoiceOrList(words, target) => {
            format!("one of {}, or a list of ids of {}", listed(words), target.words().1)
        }
    }
}

/// The unit of a value, or how it is written with it.
fn unit(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Duration | Kind::PositiveDuration => Some("stated in the value: s, min, h, d, weeks, months or years"),
        Kind::CivilSpan | Kind::CivilSpanOr(_) => {
            Some("stated in the value: d, weeks, months or years of the calendar")
        }
        Kind::Money => Some("pounds"),
        Kind::Share | Kind::Percentage(..) => Some("1, or % if stated"),
        Kind::Rate => Some("stated in the value: per day, week, month or year, perhaps per 100k persons"),
        Kind::Capacity => Some("places"),
        Kind::List(inner) | Kind::Map(_, inner) | Kind::PerClass(inner) => unit(inner),
        _ => None,
    }
}

/// An example of a key with a value, as one would write it in TOML.
pub(super) fn example(key: &Key) -> String {
    match &key.kind {
        Kind::Section(section) => format!("[{}]", section.name),
        Kind::Records(section) => format!("[[{}]]", section.name),
        Kind::Map(_, Kind::Section(_) | Kind::OneOf(..)) => format!("[{}.ID]", key.name),
        kind => format!("{} = {}", key.name, value(kind)),
    }
}

fn value(kind: &Kind) -> String {
    match kind {
        Kind::Text => "\"text\"".to_owned(),
        Kind::Any => "\"run.horizon\"".to_owned(),
        Kind::Id(true) => "\"a-slug\"".to_owned(),
        Kind::Id(false) => "\"RRV\"".to_owned(),
        Kind::Reference(target, _) => format!("\"{}\"", target.example()),
        Kind::StageReference => "\"ward\"".to_owned(),
        Kind::Boolean => "true".to_owned(),
        Kind::Duration | Kind::PositiveDuration => "\"9 d\"".to_owned(),
        Kind::CivilSpan => "\"1 year\"".to_owned(),
        Kind::CivilSpanOr(word) => format!("\"{word}\""),
        Kind::Money => "\"£3,400\"".to_owned(),
        Kind::Rate => "\"120 per year\"".to_owned(),
        Kind::Date => "2025-04-01".to_owned(),
        Kind::TimeUnit => "\"d\"".to_owned(),
        Kind::AnyReference(_, words) | Kind::Choice(words) | Kind::ChoiceOrList(words, _) => {
            format!("\"{}\"", words.first().copied().unwrap_or("an-id"))
        }
        Kind::OneOf(kinds, _) => match kinds.first() {
            Some(first) => format!("{{ {} }}", example_inline(first)),
            None => "{}".to_owned(),
        },
        Kind::PerClass(inner) => value(inner),
        Kind::List(inner) => format!("[{}]", value(inner)),
        Kind::Section(section) => {
            let keys: Vec<String> =
                section.keys.iter().filter(|key| key.need == Need::Required).map(example_inline).collect();
            if keys.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", keys.join(", ")) }
        }
        Kind::Map(_, inner) => format!("{{ an-id = {} }}", value(inner)),
        Kind::Share => "0.25".to_owned(),
        // A factor, or a share.
        Kind::Percentage(low, high, _) => (if *high > 1.0 { 1.02_f64 } else { 0.02 }).clamp(*low, *high).to_string(),
        Kind::WordOr(words, _) => format!("\"{}\"", words.first().copied().unwrap_or_default()),
        Kind::Number(low, high, _) => 12.0_f64.clamp(*low, *high).to_string(),
        Kind::Whole(low, high) => 12.clamp(*low, *high).to_string(),
        Kind::Capacity | Kind::Records(_) => "12".to_owned(),
    }
}

fn example_inline(key: &Key) -> String {
    format!("{} = {}", key.name, value(&key.kind))
}

#[cfg(test)]
mod tests {
    use super::super::check::check_leaf;
    use super::*;
    use crate::scenario::node::{Node, Value};
    use crate::scenario::source::Place;

    #[test]
    fn a_key_is_explained_wherever_it_stands() {
        let patience = explain_key("patience").unwrap();
        assert!(patience.contains("in: services.ID.stages") && patience.contains("by class"), "{patience}");
        let horizon = explain_key("run.horizon").unwrap();
        assert!(
            horizon.contains("default: required") && horizon.contains("example: horizon = \"1 year\""),
            "{horizon}"
        );
        assert!(explain_key("name").unwrap().contains("services.ID.stages"));
        assert!(explain_key("stages.name").unwrap().matches("in: ").count() == 1);
        assert!(explain_key("capacity_changes.capacity").is_some() && explain_key("run.capacity").is_none());
        assert!(explain_key("nonsense").is_none() && explain_key("").is_none());
        assert!(key_names().iter().all(|name| explain_key(name).is_some()));
    }

    /// What is shown as an example can be written.
    #[test]
    fn examples_are_toml_of_the_right_kind() {
        for Entry { around, key } in entries() {
            let text = example(key);
            let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            let value = match table.get(key.name) {
                Some(toml::Value::String(text)) => Value::Text(text.clone()),
                Some(toml::Value::Integer(number)) => Value::Int(*number),
                Some(toml::Value::Float(number)) => Value::Float(*number),
                Some(toml::Value::Boolean(flag)) => Value::Bool(*flag),
                Some(toml::Value::Datetime(date)) => Value::Date(date.to_string().parse().unwrap()),
                _ => continue,
            };
            let node = Node { place: Place::new(0, 0..0), value };
            assert!(check_leaf(&node, &key.kind).is_ok(), "{around:?} {text}");
        }
    }
}
