//! The ICBs that a scope names, by the bodies of the day.

use super::Succession;
use crate::scenario::node::{Node, Table, Value};
use std::collections::BTreeSet;

impl<'a> Succession<'a> {
    /// An ICB that gave way stands for those of the day that took over its residents, and one that comes later for those
    /// whose residents it will take over. Other names were reported.
    pub(super) fn scope(&self, root: &mut Table) {
        let scope = root.entries.iter_mut().find(|(key, _)| &*key.text == "scope");
        let Some((_, Node { value: Value::Table(scope), .. })) = scope else { return };
        let icbs = scope.entries.iter_mut().find(|(key, _)| &*key.text == "icbs");
        let Some((_, Node { value: Value::Array(icbs), .. })) = icbs else { return };
        let today = self.icbs();
        let of_the_day = |icb: &str| -> BTreeSet<&'a str> {
            let ways = self.ways.values().flatten();
            ways.filter(|way| way.passed.contains(&icb)).map(|way| way.icb).collect()
        };
        let mut seen = BTreeSet::new();
        *icbs = std::mem::take(icbs)
            .into_iter()
            .flat_map(|node| {
                let named = node.text().unwrap_or_default();
                let bodies: Vec<String> = if today.contains(named) {
                    vec![named.to_owned()]
                } else {
                    of_the_day(named).into_iter().map(str::to_owned).collect()
                };
                // Several predecessors have one successor.
                let new = bodies.into_iter().filter(|body| seen.insert(body.clone())).collect::<Vec<_>>();
                new.into_iter().map(move |body| Node { value: Value::Text(body), ..node.clone() })
            })
            .collect();
    }
}
