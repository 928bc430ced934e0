//! The JSON Schema of a scenario, for editors.

use super::catalogue::PROVENANCE;
use super::{BATCH, Key, Kind, MapKeys, Need, ROOT, Section};
use crate::domain::Class;
use crate::scenario::node::quoted;
use std::fmt::Write as _;

/// The JSON Schema (draft 2020-12) of `scenario.toml`, from the catalogue of the language.
pub fn json_schema() -> String {
    // A layer on another scenario may leave out whatever that one says.
    of_file("tierflow scenario", &ROOT, false)
}

/// The same of a batch file.
pub fn batch_json_schema() -> String {
    of_file("tierflow batch", &BATCH, true)
}

fn of_file(title: &str, root: &'static Section, strict: bool) -> String {
    let mut out = String::from("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
    let _ = writeln!(out, "  \"title\": {},", quoted(title));
    object_body(&mut out, root.all_keys(), strict, 1);
    out.push_str("\n}\n");
    out
}

fn indent(out: &mut String, level: usize) {
    out.push_str(&"  ".repeat(level));
}

/// The members of an object's schema, without braces.
fn object_body(out: &mut String, keys: impl Iterator<Item = &'static Key> + Clone, strict: bool, level: usize) {
    indent(out, level);
    out.push_str("\"type\": \"object\",\n");
    indent(out, level);
    out.push_str("\"additionalProperties\": false,\n");
    let required: Vec<String> =
        keys.clone().filter(|key| strict && key.need == Need::Required).map(|key| quoted(key.name)).collect();
    if !required.is_empty() {
        indent(out, level);
        let _ = writeln!(out, "\"required\": [{}],", required.join(", "));
    }
    indent(out, level);
    out.push_str("\"properties\": {\n");
    for (i, key) in keys.enumerate() {
        if i > 0 {
            out.push_str(",\n");
        }
        indent(out, level + 1);
        let _ = write!(out, "{}: {{ \"description\": {}", quoted(key.name), quoted(key.meaning));
        if let Need::Default(value) = key.need {
            let _ = write!(out, ", \"default\": {}", quoted(value));
        }
        let schema = kind_schema(&key.kind, level + 2);
        let _ = write!(out, ", {schema} }}");
    }
    out.push('\n');
    indent(out, level);
    out.push('}');
}

fn object(section: &'static Section, strict: bool, level: usize) -> String {
    let mut out = String::from("\n");
    object_body(&mut out, section.all_keys(), strict, level);
    out
}

fn words(words: &[&str]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")
}

/// The members that describe a value of this kind.
fn kind_schema(kind: &'static Kind, level: usize) -> String {
    match kind {
        Kind::Text | Kind::Reference(..) | Kind::AnyReference(..) | Kind::StageReference | Kind::TimeUnit => {
            "\"type\": \"string\"".to_owned()
        }
        // An empty `examples` says nothing, and a member has to stand here.
        Kind::Any => "\"examples\": []".to_owned(),
        Kind::Id(slug) => {
            let letters = if *slug { "a-z" } else { "A-Za-z" };
            format!("\"type\": \"string\", \"pattern\": \"^[{letters}0-9_-]{{1,64}}$\"")
        }
        Kind::Boolean => "\"type\": \"boolean\"".to_owned(),
        Kind::CivilSpanOr(word) => format!("\"type\": \"string\", \"examples\": [\"90 d\", \"{word}\"]"),
        Kind::Duration | Kind::PositiveDuration | Kind::CivilSpan => {
            "\"type\": \"string\", \"examples\": [\"9 d\", \"18 weeks\"]".to_owned()
        }
        Kind::Money => "\"type\": [\"string\", \"number\"], \"examples\": [\"£3,400\"]".to_owned(),
        Kind::Share => "\"type\": [\"string\", \"number\"], \"examples\": [0.25, \"25 %\"]".to_owned(),
        Kind::Number(low, high, open) => {
            let minimum = if *open { "exclusiveMinimum" } else { "minimum" };
            format!("\"type\": [\"number\", \"string\"], \"{minimum}\": {low}, \"maximum\": {high}")
        }
        Kind::Whole(low, high) => {
            format!("\"type\": [\"integer\", \"string\"], \"minimum\": {low}, \"maximum\": {high}")
        }
        Kind::Percentage(..) => "\"type\": [\"string\", \"number\"], \"examples\": [0.02, \"2 %\"]".to_owned(),
        Kind::Rate => "\"type\": \"string\", \"examples\": [\"120 per year\", \"4.5 per 100k per year\"]".to_owned(),
        Kind::Capacity => {
            "\"type\": [\"integer\", \"string\"], \"minimum\": 0, \"examples\": [12, \"unlimited\"]".to_owned()
        }
        // TOML has dates; JSON has none, so no type is stated.
        Kind::Date => "\"examples\": [\"2025-04-01\"]".to_owned(),
        Kind::Choice(choices) => format!("\"enum\": [{}]", words(choices)),
        Kind::Section(section) => object(section, false, level),
        Kind::OneOf(keys, provenance) => {
            let mut out = String::from("\"minProperties\": 1,");
            out.push_str(if *provenance { "\n" } else { " \"maxProperties\": 1,\n" });
            let beside = if *provenance { PROVENANCE } else { &[] };
            object_body(&mut out, keys.iter().chain(beside), false, level);
            out
        }
        Kind::PerClass(inner) => {
            let value = kind_schema(inner, level);
            let classes = Class::ALL.map(|class| format!("\"{class}\": {{ {value} }}")).join(", ");
            format!(
                "\"anyOf\": [{{ {value} }}, {{ \"type\": \"object\", \"minProperties\": 1, \
                 \"additionalProperties\": false, \"properties\": {{ {classes} }} }}]"
            )
        }
        Kind::Map(keys, inner) => {
            let names = match keys {
                MapKeys::Slugs => "\"propertyNames\": { \"pattern\": \"^[a-z0-9_-]{1,64}$\" }, ",
                MapKeys::References(_) | MapKeys::Stages => "",
            };
            format!("\"type\": \"object\", {names}\"additionalProperties\": {{ {} }}", kind_schema(inner, level))
        }
        Kind::List(inner) => format!("\"type\": \"array\", \"items\": {{ {} }}", kind_schema(inner, level)),
        Kind::Records(section) => format!(
            "\"anyOf\": [{{ \"type\": \"string\", \"description\": \"name of a CSV file\" }}, \
             {{ \"type\": \"array\", \"items\": {{ {} }} }}]",
            object(section, true, level)
        ),
        Kind::WordOr(choices, keys) => {
            let mut object = String::from("\n");
            object_body(&mut object, keys.iter(), true, level);
            format!("\"anyOf\": [{{ \"enum\": [{}] }}, {{ {object} }}]", words(choices))
        }
        Kind::ChoiceOrList(choices, _) => format!(
            "\"anyOf\": [{{ \"enum\": [{}] }}, {{ \"type\": \"array\", \"items\": {{ \"type\": \"string\" }} }}]",
            words(choices)
        ),
    }
}
