//! Layers: a scenario over the one it extends, and overrides over both, merged into one tree.

use super::codes::Code;
use super::csv_table;
use super::diagnostic::{Sink, quote};
use super::grammar::{Kind, ROOT, csv_name, inner_kind};
use super::node::{self, KeyName, Node, Table, Value};
use super::source::{self, Place, SourceMap};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many scenarios may extend each other.
const LAYERS: usize = 32;

static ROOT_KIND: Kind = Kind::Section(&ROOT);

/// Reads a scenario with all its layers and tables. Nothing if a layer could not be read or parsed.
/// `named_at` is where another file names it, if one does.
pub(super) fn load(
    path: &Path,
    named_at: Option<Place>,
    overrides: &[String],
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Node> {
    let layers = read_chain(path, named_at, sources, sink);
    let overrides: Vec<Table> = overrides.iter().filter_map(|text| parse_override(text, sources, sink)).collect();
    let (file, layers) = layers?;
    let mut merged = Table::default();
    for layer in layers.into_iter().rev().chain(overrides) {
        merge(&mut merged, layer, Some(&ROOT_KIND));
    }
    let mut root = Node { place: Place::new(file, 0..0), value: Value::Table(merged) };
    read_tables(&mut root, sources, sink);
    Some(root)
}

/// The scenario and what it extends, topmost first, with the number of the topmost file.
fn read_chain(
    path: &Path,
    named_at: Option<Place>,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<(u32, Vec<Table>)> {
    let mut layers = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut first = None;
    let mut next = Some((path.to_path_buf(), named_at));
    while let Some((path, named_at)) = next.take() {
        let Some(file) = source::scenario_file(&path) else {
            sink.report_plain(Code::NoScenario, named_at, || {
                format!("the folder {} holds no scenario.toml", source::display(&path))
            });
            return None;
        };
        let identity = source::identity(&file);
        if seen.contains(&identity) || seen.len() >= LAYERS {
            sink.report_plain(Code::Cycle, named_at, || {
                format!("this leads back to {} or never ends", source::display(&file))
            });
            return None;
        }
        seen.push(identity);
        let number = match sources.read(&file) {
            Ok(number) => number,
            Err(fault) => {
                sink.report(fault.code(named_at.is_some()), named_at, || {
                    // The scenario itself is no spreadsheet.
                    let cure = match fault.code(named_at.is_some()) {
                        Code::ScenarioEncoding => Code::ScenarioEncoding.cure(),
                        Code::EmptyFile => "Begin it with [run] and its horizon, then a service.",
                        _ => fault.cure,
                    };
                    let like = source::like(&path).filter(|_| !path.exists());
                    let meant = like.map(|like| format!("Did you mean {}? ", source::display(&like)));
                    (fault.message.clone(), meant.unwrap_or_default() + cure)
                });
                return None;
            }
        };
        first.get_or_insert(number);
        let table = node::parse(sources, number, sink)?;
        if let Some(base) = table.get("extends")
            && let Some(text) = base.text()
        {
            next = Some((sources.folder(base.place).join(text), Some(base.place)));
        }
        layers.push(table);
    }
    first.map(|first| (first, layers))
}

/// An override `a.b=value`: the value is TOML, else a text.
fn parse_override(text: &str, sources: &mut SourceMap, sink: &mut Sink) -> Option<Table> {
    let file = sources.add("--set", text.to_owned(), PathBuf::new());
    let whole = Place::new(file, 0..text.len());
    let mut trial = Sink::default();
    let one_line = !text.contains(['\n', '\r']) && !text.trim_start().starts_with('[') && text.contains('=');
    if one_line
        && let Some(table) = node::parse(sources, file, &mut trial)
        && table.entries.len() == 1
        && !trial.has_errors()
        && table.get("extends").is_none()
    {
        return Some(table);
    }
    let keys = text.split_once('=').map(|(keys, value)| (keys.trim(), value));
    let Some((keys, value)) = keys.filter(|(keys, _)| {
        keys.split('.').count() <= 8
            && *keys != "extends"
            && keys.split('.').all(|key| !key.trim().is_empty() && !key.contains(['"', '[', '{']))
    }) else {
        sink.report_plain(Code::BadSet, Some(whole), || {
            format!("--set {} is not of the form key.path=value", quote(text))
        });
        return None;
    };
    let start = text.len() - value.len();
    let mut node = Node { place: Place::new(file, start..text.len()), value: Value::Text(value.trim().to_owned()) };
    for key in keys.split('.').rev() {
        let key = KeyName { text: key.trim().into(), place: Place::new(file, 0..keys.len()) };
        node = Node { place: whole, value: Value::Table(Table { entries: vec![(key, node)] }) };
    }
    match node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// Valid overrides as the text of a layer. `from_there` says how that layer finds a CSV file that they name.
pub(super) fn overrides_as_layer(overrides: &[String], from_there: impl Fn(&Path) -> String) -> String {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let mut merged = Table::default();
    for table in overrides.iter().filter_map(|text| parse_override(text, &mut sources, &mut sink)) {
        merge(&mut merged, table, Some(&ROOT_KIND));
    }
    let line = |(key, node): &(KeyName, Node)| {
        let csv = ROOT.key(&key.text).and_then(|key| csv_name(node, &key.kind));
        let value = csv.map_or_else(|| node.to_toml(), |(_, name)| node::quoted(&from_there(Path::new(name))));
        format!("{} = {value}\n", node::quoted(&key.text))
    };
    merged.entries.iter().map(line).collect()
}

/// Puts a layer over a table: sections are merged key by key, all else is replaced.
fn merge(below: &mut Table, above: Table, kind: Option<&'static Kind>) {
    // A value of another kind replaces the whole: a lognormal stay over an exponential one is lognormal.
    if let Some(Kind::OneOf(kinds, _)) = kind {
        let is_kind = |key: &KeyName| kinds.iter().any(|kind| kind.name == &*key.text);
        if above.entries.iter().any(|(key, _)| is_kind(key)) {
            below.entries.retain(|(key, _)| !is_kind(key) || above.get(&key.text).is_some());
        }
    }
    let positions: BTreeMap<_, _> =
        below.entries.iter().enumerate().map(|(i, (key, _))| (key.text.clone(), i)).collect();
    for (key, node) in above.entries {
        let kind = inner_kind(kind, &key.text);
        let Some(&position) = positions.get(&key.text) else {
            below.entries.push((key, node));
            continue;
        };
        let entry = &mut below.entries[position];
        match (&mut entry.1.value, node.value) {
            (Value::Table(old), Value::Table(new)) => {
                merge(old, new, kind);
                entry.1.place = node.place;
            }
            (_, value) => *entry = (key, Node { place: node.place, value }),
        }
    }
}

/// Replaces the names of CSV files by their rows.
fn read_tables(root: &mut Node, sources: &mut SourceMap, sink: &mut Sink) {
    let Value::Table(table) = &mut root.value else {
        return;
    };
    for (key, node) in &mut table.entries {
        let Some((section, name)) = ROOT.key(&key.text).and_then(|key| csv_name(node, &key.kind)) else {
            continue;
        };
        let path = sources.folder(node.place).join(name);
        node.value = match sources.read(&path) {
            Ok(file) => csv_table::rows(sources, file, section, sink).map_or(Value::Bad, Value::Array),
            Err(fault) => {
                sink.report(fault.code(true), Some(node.place), || (fault.message.clone(), fault.cure.to_owned()));
                Value::Bad
            }
        };
    }
}
