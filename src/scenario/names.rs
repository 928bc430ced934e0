//! The ids that a scenario defines, sorted: a name's position is its typed index.

use super::grammar::Target;
use super::node::{Node, Table, Value};
use crate::domain::{FlowRules, PaymentRules};
use crate::ids::Id;
use std::collections::BTreeMap;

/// The id of the only home area and ICB where a scenario has no geography.
pub(super) const EVERYONE: &str = "everyone";
/// The id of the only region there.
pub(super) const EVERYWHERE: &str = "everywhere";

/// All names of one kind.
#[derive(Default, Debug)]
struct Family {
    /// Sorted, without repetition.
    names: Vec<String>,
    /// Some rows are unreadable, so an unknown name may be theirs.
    incomplete: bool,
}

/// All names.
#[derive(Default, Debug)]
pub(super) struct Names {
    families: BTreeMap<Target, Family>,
    /// Stages in order, by service.
    stages: BTreeMap<String, Family>,
    /// Whether the geography is the default one.
    pub(super) everyone: bool,
}

impl Names {
    /// Collects the names of the merged scenario, wrong or not.
    pub(super) fn collect(root: &Table) -> Self {
        let mut names = Self {
            everyone: ["regions", "icbs", "home_areas"].iter().all(|table| root.get(table).is_none()),
            ..Self::default()
        };
        for (target, table, column) in [
            (Target::Region, "regions", "id"),
            (Target::Icb, "icbs", "id"),
            (Target::Scheme, "footprints", "scheme"),
            (Target::Footprint, "footprints", "id"),
            (Target::HomeArea, "home_areas", "id"),
            (Target::Provider, "providers", "id"),
            (Target::Timeline, "arrangements", "timeline"),
            (Target::Successor, "successors", "successor"),
        ] {
            names.families.insert(target, column_of(root.get(table), column));
        }
        for (target, map) in [
            (Target::Service, "services"),
            (Target::Profile, "profiles"),
            (Target::Calendar, "calendars"),
            (Target::FlowRules, "flow_rules"),
            (Target::Payment, "payments"),
            (Target::Budget, "budgets"),
            (Target::Option, "options"),
        ] {
            names.families.insert(target, keys_of(root.get(map)));
        }
        for (target, base) in [(Target::FlowRules, FlowRules::BASE), (Target::Payment, PaymentRules::BASE)] {
            if let Some(sets) = names.families.get_mut(&target)
                && let Err(position) = sets.names.binary_search_by(|known| known.as_str().cmp(base))
            {
                sets.names.insert(position, base.to_owned());
            }
        }
        // The absence of one geography table has its own diagnostic.
        for (target, table) in [(Target::Region, "regions"), (Target::Icb, "icbs"), (Target::HomeArea, "home_areas")] {
            if let Some(family) = names.families.get_mut(&target) {
                family.incomplete |= root.get(table).is_none();
            }
        }
        if names.everyone {
            for (target, id) in [(Target::Region, EVERYWHERE), (Target::Icb, EVERYONE), (Target::HomeArea, EVERYONE)] {
                names.families.insert(target, Family { names: vec![id.to_owned()], incomplete: false });
            }
        }
        for (service, node) in root.get("services").and_then(Node::table).into_iter().flat_map(|map| &map.entries) {
            let stages = node.table().and_then(|section| section.get("stages"));
            let mut family = column_of(stages, "id");
            family.incomplete |= node.table().is_none();
            names.stages.insert(service.text.to_string(), family);
        }
        names
    }

    /// All names of a kind, sorted.
    pub(super) fn all(&self, target: Target) -> &[String] {
        self.families.get(&target).map_or(&[], |family| &family.names)
    }

    /// Whether an unknown name is certainly wrong.
    pub(super) fn complete(&self, target: Target) -> bool {
        self.families.get(&target).is_none_or(|family| !family.incomplete)
    }

    /// Whether a name is known, or may be in what could not be read.
    pub(super) fn may_be(&self, target: Target, name: &str) -> bool {
        !self.complete(target) || self.all(target).binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    /// The typed index of a name.
    pub(super) fn id<I: Id>(&self, target: Target, name: &str) -> Option<I> {
        self.all(target).binary_search_by(|known| known.as_str().cmp(name)).ok().map(I::new)
    }

    /// The stages of a service, sorted by id, and whether they are all readable.
    pub(super) fn stages(&self, service: &str) -> (&[String], bool) {
        self.stages.get(service).map_or((&[], false), |family| (&family.names, !family.incomplete))
    }
}

fn column_of(table: Option<&Node>, column: &str) -> Family {
    let mut family = Family::default();
    let Some(table) = table else {
        return family;
    };
    let Some(rows) = table.array() else {
        family.incomplete = true;
        return family;
    };
    for row in rows {
        match row.table().and_then(|row| row.get(column)).map(|node| &node.value) {
            Some(Value::Text(text)) => family.names.push(text.clone()),
            _ => family.incomplete = true,
        }
    }
    family.names.sort_unstable();
    family.names.dedup();
    family
}

fn keys_of(map: Option<&Node>) -> Family {
    let mut family = Family { names: Vec::new(), incomplete: map.is_some_and(|node| node.table().is_none()) };
    family.names.extend(
        map.and_then(Node::table).into_iter().flat_map(|map| &map.entries).map(|(key, _)| key.text.to_string()),
    );
    family.names.sort_unstable();
    family.names.dedup();
    family
}
