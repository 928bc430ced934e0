//! Typed access to rows and sections. What cannot be read is nothing here: the check against the catalogue reported it.

use super::diagnostic::Sink;
use super::leaf;
use super::names::Names;
use super::node::{KeyName, Node, Table};
use super::source::{Place, SourceMap};
use super::succession::{Inherited, Resolved};
use crate::units::{Pence, Ticks};
use std::collections::BTreeSet;

/// What the builders share.
pub(super) struct Context<'a> {
    pub(super) root: &'a Table,
    /// The root as the files have it, ICBs as listed.
    pub(super) stated: &'a Table,
    /// The beginning of the scenario, for what has no better place.
    pub(super) top: Place,
    pub(super) names: &'a Names,
    pub(super) sources: &'a mut SourceMap,
    pub(super) sink: &'a mut Sink,
    /// Amounts that predecessors of an ICB of the day do not all state.
    pub(super) inherited: &'a [Inherited],
    /// Tables with rows that could not be read.
    damaged: BTreeSet<&'a str>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        stated: &'a Node,
        resolved: Option<&'a Resolved>,
        names: &'a Names,
        sources: &'a mut SourceMap,
        sink: &'a mut Sink,
    ) -> Option<Self> {
        let top = stated.place;
        let stated = stated.table()?;
        let root = resolved.and_then(|resolved| resolved.root.table()).unwrap_or(stated);
        let inherited = resolved.map_or(&[][..], |resolved| &resolved.inherited);
        let whole = |node: &Node| node.array().is_some_and(|rows| rows.iter().all(|row| row.table().is_some()));
        let damaged = root.entries.iter().filter(|(_, node)| !whole(node)).map(|(key, _)| &*key.text).collect();
        Some(Self { root, stated, top, names, sources, sink, inherited, damaged })
    }
    /// The rows of a table.
    pub(super) fn rows(&self, table: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        rows(self.root, table)
    }
    /// The rows as the files have them, ICBs and home areas as listed.
    pub(super) fn stated_rows(&self, table: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        rows(self.stated, table)
    }
    /// The sections of a map of user-named keys.
    pub(super) fn sections(&self, map: &str) -> impl Iterator<Item = (&'a KeyName, Row<'a>)> + use<'a> {
        let entries = self.root.get(map).and_then(Node::table).map_or(&[][..], |table| &table.entries);
        entries.iter().filter_map(|(name, node)| Row::of(node).map(|row| (name, row)))
    }
    /// A section of the file.
    pub(super) fn section(&self, name: &str) -> Option<Row<'a>> {
        self.root.get(name).and_then(Row::of)
    }
    /// Whether a table is absent or was read without loss, so that what is not in it is certainly missing.
    pub(super) fn whole(&self, table: &str) -> bool {
        !self.damaged.contains(table)
    }
}

/// The rows of a table.
pub(super) fn rows<'a>(root: &'a Table, table: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
    root.get(table).and_then(Node::array).unwrap_or_default().iter().filter_map(Row::of)
}

/// A row of a table, or a section.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) table: &'a Table,
    pub(super) place: Place,
}

impl<'a> Row<'a> {
    pub(super) fn of(node: &'a Node) -> Option<Self> {
        node.table().map(|table| Self { table, place: node.place })
    }
    pub(super) fn node(self, key: &str) -> Option<&'a Node> {
        self.table.get(key)
    }
    /// The place of a value, or of the row if it is absent.
    pub(super) fn at(self, key: &str) -> Place {
        self.node(key).map_or(self.place, |node| node.place)
    }
    /// Whether it has a key that is none of these: another key may be misspelt, and is reported so.
    pub(super) fn has_others(self, known: &[&str]) -> bool {
        self.table.entries.iter().any(|(key, _)| !known.contains(&&*key.text))
    }
    pub(super) fn section(self, key: &str) -> Option<Self> {
        self.node(key).and_then(Self::of)
    }
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.node(key).and_then(Node::text)
    }
    pub(super) fn number(self, key: &str) -> Option<f64> {
        self.node(key).and_then(|node| leaf::number(node).ok())
    }
    pub(super) fn share(self, key: &str) -> Option<f64> {
        self.node(key).and_then(|node| leaf::share(node).ok())
    }
    pub(super) fn percentage(self, key: &str) -> Option<f64> {
        self.node(key).and_then(|node| leaf::percentage(node).ok())
    }
    pub(super) fn money(self, key: &str) -> Option<Pence> {
        self.node(key).and_then(|node| leaf::money(node).ok())
    }
    pub(super) fn days(self, key: &str) -> Option<f64> {
        self.node(key).and_then(|node| leaf::duration(node).ok())
    }
    pub(super) fn ticks(self, key: &str) -> Option<Ticks> {
        self.days(key).map(Ticks::from_days)
    }
    pub(super) fn whole(self, key: &str, low: u64, high: u64) -> Option<u64> {
        self.node(key).and_then(|node| leaf::whole(node, low, high).ok())
    }
    pub(super) fn flag(self, key: &str) -> bool {
        self.node(key).and_then(|node| leaf::boolean(node).ok()).unwrap_or(false)
    }
    /// The name for readers: `name`, else the id.
    pub(super) fn name(self, id: &str) -> String {
        self.text("name").unwrap_or(id).to_owned()
    }
}
