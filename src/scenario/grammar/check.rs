//! One pass over the merged tree that finds everything the catalogue can tell: unknown and missing keys, wrong kinds,
//! bad quantities, unknown names, repeated rows.

use super::words::example;
use super::{Key, Kind, MapKeys, Need, Section, Target, catalogue};
use crate::domain::Class;
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{Sink, quote, suggestion};
use crate::scenario::leaf::{self, Fault};
use crate::scenario::names::Names;
use crate::scenario::node::{Node, Table, Value};
use crate::scenario::source::Place;
use crate::units::Ticks;
use std::collections::BTreeMap;

/// Checks a section against the catalogue.
pub(in super::super) fn check(root: &Node, section: &'static Section, names: &Names, sink: &mut Sink) {
    Checker { names, sink, service: None }.section(root, section);
}

struct Checker<'a> {
    names: &'a Names,
    sink: &'a mut Sink,
    /// The service around, whose stages `next` may name.
    service: Option<String>,
}

impl Checker<'_> {
    fn value(&mut self, node: &Node, kind: &'static Kind) {
        if node.is_bad() {
            return;
        }
        match kind {
            Kind::Section(section) => self.section(node, section),
            Kind::Records(section) => {
                self.list(node, "a list of rows, as by [[...]], or the name of a CSV file", |me, row| {
                    me.section(row, section);
                });
            }
            Kind::List(inner) => self.list(node, "a list", |me, item| me.value(item, inner)),
            Kind::Map(keys, inner) => self.map(node, *keys, inner),
            Kind::OneOf(keys, provenance) => self.one_of(node, keys, *provenance),
            Kind::PerClass(inner) => self.per_class(node, inner),
            Kind::Reference(target, words) => match leaf::text(node) {
                Ok(text) => self.reference(text, node.place, *target, words),
                Err(fault) => self.fault(node.place, fault),
            },
            Kind::AnyReference(targets, words) => match leaf::text(node) {
                Ok(text) => self.any_reference(text, node.place, targets, words),
                Err(fault) => self.fault(node.place, fault),
            },
            Kind::WordOr(_, keys) if node.table().is_some() => self.one_of(node, keys, false),
            Kind::WordOr(words, keys) => {
                if let Err(mut fault) = choice(node, words) {
                    let listed = keys.iter().map(|key| format!("{{ {} }}", example(key))).collect::<Vec<_>>();
                    fault.cure = format!("{} Or write {}.", fault.cure, listed.join(" or "));
                    self.fault(node.place, fault);
                }
            }
            Kind::ChoiceOrList(words, target) => {
                if node.array().is_some() {
                    self.list(node, "a list", |me, item| match leaf::text(item) {
                        Ok(text) => me.reference(text, item.place, *target, &[]),
                        Err(fault) => me.fault(item.place, fault),
                    });
                } else if let Err(mut fault) = choice(node, words) {
                    fault.cure.push_str(" Or write a list of ids in [ ].");
                    self.fault(node.place, fault);
                }
            }
            leaf => {
                if let Err(fault) = check_leaf(node, leaf) {
                    self.fault(node.place, fault);
                }
            }
        }
        if let (Kind::Records(section) | Kind::List(Kind::Section(section)), Some(rows)) = (kind, node.array()) {
            self.unique(rows, section);
        }
    }

    fn fault(&mut self, place: Place, fault: Fault) {
        self.sink.report(fault.code, Some(place), || (fault.message, fault.cure));
    }

    fn list(&mut self, node: &Node, wanted: &str, mut each: impl FnMut(&mut Self, &Node)) {
        let Some(items) = node.array() else {
            self.sink.report(Code::WrongKind, Some(node.place), || {
                (format!("{wanted} is needed here, not {}", node.describe()), format!("Write {wanted}."))
            });
            return;
        };
        for item in items.iter().filter(|item| !item.is_bad()) {
            each(self, item);
        }
    }

    fn table<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Table> {
        let table = node.table();
        if table.is_none() && !node.is_bad() {
            self.sink.report(Code::WrongKind, Some(node.place), || {
                let message = format!("{what} needs keys and values, not {}", node.describe());
                (message, "Write a section, or keys and values in { }.".to_owned())
            });
        }
        table
    }

    fn section(&mut self, node: &Node, section: &'static Section) {
        let Some(table) = self.table(node, &noun(section)) else {
            return;
        };
        for (name, value) in &table.entries {
            match section.key(&name.text) {
                Some(key) => self.value(value, &key.kind),
                None => {
                    self.unknown_key(&name.text, name.place, &noun(section), section.all_keys().map(|key| key.name));
                }
            }
        }
        for key in section.keys.iter().filter(|key| key.need == Need::Required) {
            if table.get(key.name).is_none() {
                self.sink.report(Code::MissingKey, Some(node.place), || {
                    let message = format!("{} lacks {} ({})", noun(section), key.name, key.meaning);
                    (message, format!("Add it, for instance {}.", example(key)))
                });
            }
        }
    }

    fn unknown_key(
        &mut self,
        name: &str,
        place: Place,
        section: &str,
        known: impl Iterator<Item = &'static str> + Clone,
    ) {
        self.sink.report(Code::UnknownKey, Some(place), || {
            (format!("{section} has no key {}", quote(name)), suggestion(name, known))
        });
    }

    fn one_of(&mut self, node: &Node, keys: &'static [Key], provenance: bool) {
        let known = || keys.iter().map(|key| key.name);
        let all = keys.iter().chain(if provenance { catalogue::PROVENANCE } else { &[] });
        let Some(table) = self.table(node, "this value") else {
            return;
        };
        for (name, value) in &table.entries {
            match all.clone().find(|key| key.name == &*name.text) {
                Some(key) => self.value(value, &key.kind),
                None => self.unknown_key(&name.text, name.place, "this value", known()),
            }
        }
        let kinds = table.entries.iter().filter(|(name, _)| known().any(|key| key == &*name.text)).count();
        // A misspelt kind was reported as an unknown key.
        let unknown = table.entries.iter().any(|(name, _)| !all.clone().any(|key| key.name == &*name.text));
        if kinds > 1 || (kinds == 0 && !unknown) {
            self.sink.report(Code::OneKind, Some(node.place), || {
                let message = format!("exactly one kind is needed here, not {kinds}");
                (message, format!("Write one of {}.", known().collect::<Vec<_>>().join(", ")))
            });
        }
    }

    fn per_class(&mut self, node: &Node, inner: &'static Kind) {
        let Some(table) = node.table().filter(|table| is_by_class(table)) else {
            return self.value(node, inner);
        };
        for (name, value) in &table.entries {
            if class(&name.text).is_some() {
                self.value(value, inner);
            } else {
                let known = ["emergency", "urgent", "elective"].into_iter();
                self.unknown_key(&name.text, name.place, "a value by class", known);
            }
        }
    }

    fn map(&mut self, node: &Node, keys: MapKeys, inner: &'static Kind) {
        let Some(table) = self.table(node, "this section") else {
            return;
        };
        for (name, value) in &table.entries {
            match keys {
                MapKeys::Slugs => {
                    if let Err(fault) = leaf::id_text(&name.text, true) {
                        self.fault(name.place, fault);
                    }
                }
                MapKeys::References(target) => self.reference(&name.text, name.place, target, &[]),
                MapKeys::Stages => {
                    let service = self.service.clone().unwrap_or_default();
                    self.stage(&service, &name.text, name.place);
                }
            }
            let outer = self.service.clone();
            if matches!(inner, Kind::Section(section) if section.name == "services") {
                self.service = Some(name.text.to_string());
            }
            self.value(value, inner);
            self.service = outer;
        }
    }

    fn reference(&mut self, text: &str, place: Place, target: Target, words: &[&str]) {
        if words.contains(&text) || self.names.may_be(target, text) {
            return;
        }
        let (what, table) = target.words();
        let known = self.names.all(target).iter().map(String::as_str).chain(words.iter().copied());
        self.sink.report(Code::UnknownName, Some(place), || {
            let cure = format!("{} Or add it to {table}.", suggestion(text, known));
            (format!("there is no {what} {}", quote(text)), cure)
        });
    }

    fn any_reference(&mut self, text: &str, place: Place, targets: &[Target], words: &[&str]) {
        if words.contains(&text) || targets.iter().any(|target| self.names.may_be(*target, text)) {
            return;
        }
        let listed = targets.iter().map(|target| target.words().0).collect::<Vec<_>>().join(", no ");
        let known = words
            .iter()
            .copied()
            .chain(targets.iter().flat_map(|target| self.names.all(*target).iter().map(String::as_str)));
        self.sink.report(Code::UnknownName, Some(place), || {
            (format!("{} is no {listed}", quote(text)), suggestion(text, known))
        });
    }

    fn stage(&mut self, service: &str, text: &str, place: Place) {
        let (stages, complete) = self.names.stages(service);
        if complete && stages.binary_search_by(|stage| stage.as_str().cmp(text)).is_err() {
            self.sink.report(Code::UnknownName, Some(place), || {
                let message = format!("service {service} has no stage {}", quote(text));
                (message, suggestion(text, stages.iter().map(String::as_str)))
            });
        }
    }

    /// Rows of prices name a stage of their service; rows of any table may repeat a key.
    fn unique(&mut self, rows: &[Node], section: &'static Section) {
        let mut seen: BTreeMap<Vec<&str>, Place> = BTreeMap::new();
        for row in rows {
            let Some(table) = row.table() else { continue };
            if section.keys.iter().any(|key| matches!(key.kind, Kind::StageReference))
                && let (Some(service), Some(stage)) = (table.get("service"), table.get("stage"))
                && let (Some(service), Some(name)) = (service.text(), stage.text())
            {
                self.stage(service, name, stage.place);
            }
            let key: Vec<&str> =
                section.unique.iter().filter_map(|column| table.get(column).and_then(Node::text)).collect();
            if key.len() < section.unique.len() || key.is_empty() {
                continue;
            }
            if let Some(first) = seen.get(&key) {
                self.sink.report(Code::Duplicate, Some(row.place), || {
                    let same_file = if first.file == row.place.file { "above" } else { "in another file" };
                    let message = format!("{} has two rows for {}, one {same_file}", section.name, key.join(", "));
                    (message, Code::Duplicate.cure().to_owned())
                });
            } else {
                seen.insert(key, row.place);
            }
        }
    }
}

fn choice(node: &Node, words: &[&'static str]) -> Result<(), Fault> {
    let text = leaf::text(node)?;
    if words.contains(&text) {
        return Ok(());
    }
    let listed = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    Err(Fault::new(Code::UnknownChoice, format!("{} is not one of {listed}", quote(text)))
        .cure(suggestion(text, words.iter().copied())))
}

pub(super) fn check_leaf(node: &Node, kind: &Kind) -> Result<(), Fault> {
    match kind {
        Kind::Text | Kind::StageReference => leaf::text(node).map(drop),
        Kind::Id(slug) => leaf::id(node, *slug).map(drop),
        Kind::Boolean => leaf::boolean(node).map(drop),
        Kind::Duration => leaf::duration(node).map(drop),
        Kind::PositiveDuration => match leaf::duration(node)? {
            0.0 => {
                Err(Fault::new(Code::OutOfRange, "the duration is zero").cure("Write a longer one, such as \"1 d\"."))
            }
            days if Ticks::from_days(days) == Ticks(0) => {
                Err(Fault::new(Code::OutOfRange, "the duration is shorter than a millisecond, the smallest there is")
                    .cure("Write a longer one, such as \"1 d\"."))
            }
            _ => Ok(()),
        },
        Kind::CivilSpan => leaf::span(node).map(drop),
        Kind::Money => leaf::money(node).map(drop),
        Kind::Share => leaf::share(node).map(drop),
        Kind::Number(low, high, open) => leaf::number_within(node, *low, *high, *open).map(drop),
        Kind::Whole(low, high) => leaf::whole(node, *low, *high).map(drop),
        Kind::Percentage(low, high, open) => leaf::percentage_within(node, *low, *high, *open).map(drop),
        Kind::Rate => leaf::rate(node).map(drop),
        Kind::Capacity => leaf::capacity(node).map(drop),
        Kind::Date => leaf::date(node).map(drop),
        Kind::TimeUnit => match leaf::unit_days(leaf::text(node)?) {
            Some(_) => Ok(()),
            None => Err(Fault::new(Code::BadDuration, format!("{} is not a unit of time", node.shown()))
                .cure("Use s, min, h, d, weeks, months or years.")),
        },
        Kind::Choice(words) => choice(node, words),
        // The others are no leaves.
        _ => Ok(()),
    }
}

/// The class of a name.
fn class(name: &str) -> Option<Class> {
    Class::ALL.into_iter().find(|class| class.to_string() == name)
}

/// Whether a value is stated by class: some key is the name of one.
pub(in super::super) fn is_by_class(table: &Table) -> bool {
    table.entries.iter().any(|(name, _)| class(&name.text).is_some())
}

/// One of a section's kind, as the subject of a message.
fn noun(section: &Section) -> String {
    match section.name {
        "services" => "a service".to_owned(),
        "options" => "an option".to_owned(),
        "arrangements" => "an arrangement".to_owned(),
        "stages" => "a stage".to_owned(),
        "rises" => "a rise".to_owned(),
        "calendars" => "a calendar".to_owned(),
        "successors" => "a row of successors".to_owned(),
        "flow_rules" | "of" => "a set of flow rules".to_owned(),
        "payments" => "a set of payment rules".to_owned(),
        "budgets" => "a set of budgets".to_owned(),
        "aligned" => "aligned payment".to_owned(),
        name if section.required().any(|key| ["id", "service", "provider", "home_area", "icb"].contains(&key)) => {
            format!("a row of {name}")
        }
        name => name.to_owned(),
    }
}

/// Whether a later layer's value is merged into this kind of value key by key, and with which kinds its keys are.
pub(in super::super) fn inner_kind(kind: Option<&'static Kind>, key: &str) -> Option<&'static Kind> {
    match kind? {
        Kind::Section(section) => section.key(key).map(|key| &key.kind),
        Kind::OneOf(keys, _) | Kind::WordOr(_, keys) => {
            keys.iter().find(|known| known.name == key).map(|key| &key.kind)
        }
        Kind::Map(_, inner) => Some(inner),
        _ => None,
    }
}

/// Whether the node is a text where rows are expected: the name of a CSV file.
pub(in super::super) fn csv_name<'n>(node: &'n Node, kind: &Kind) -> Option<(&'static Section, &'n str)> {
    match (kind, &node.value) {
        (Kind::Records(section), Value::Text(name)) => Some((section, name)),
        _ => None,
    }
}
