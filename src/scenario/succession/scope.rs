//! The ICBs that a scope and `assumption_metric` name, by the bodies of the day.

use super::Succession;
use super::rows::rows;
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{Sink, quote};
use crate::scenario::node::{Node, Table, Value};
use std::collections::BTreeSet;

impl<'a> Succession<'a> {
    /// An ICB that gave way stands for those of the day that took over its residents, and one that comes later for those
    /// whose residents it will take over. Other names were reported.
    pub(super) fn scope(&self, root: &mut Table) {
        let today = self.with_residents(root);
        let scope = root.entries.iter_mut().find(|(key, _)| &*key.text == "scope");
        let Some((_, Node { value: Value::Table(scope), .. })) = scope else { return };
        let icbs = scope.entries.iter_mut().find(|(key, _)| &*key.text == "icbs");
        let Some((_, Node { value: Value::Array(icbs), .. })) = icbs else { return };
        let mut seen = BTreeSet::new();
        *icbs = std::mem::take(icbs)
            .into_iter()
            .flat_map(|node| {
                let named = node.text().unwrap_or_default();
                let bodies: Vec<String> = if today.contains(named) {
                    vec![named.to_owned()]
                } else {
                    self.heirs(named, &today).into_iter().map(str::to_owned).collect()
                };
                // Several predecessors have one successor.
                let new = bodies.into_iter().filter(|body| seen.insert(body.clone())).collect::<Vec<_>>();
                new.into_iter().map(move |body| Node { value: Value::Text(body), ..node.clone() })
            })
            .collect();
    }

    /// The same for the one commissioner that effects are on, who cannot be several.
    pub(super) fn assumption_metric(&self, root: &mut Table, sink: &mut Sink) {
        let today = self.with_residents(root);
        let other_bodies = ["regions", "footprints"].into_iter().flat_map(|table| rows(root, table));
        let other_bodies: BTreeSet<String> = other_bodies.filter_map(|row| row.text("id").map(str::to_owned)).collect();
        let Some((_, node)) = root.entries.iter_mut().find(|(key, _)| &*key.text == "assumption_metric") else {
            return;
        };
        let Some(icb) = node.text().and_then(|named| self.known(named)) else { return };
        if today.contains(icb) || other_bodies.contains(icb) {
            return;
        }
        let heirs: Vec<&str> = self.heirs(icb, &today).into_iter().collect();
        if let [heir] = heirs.as_slice() {
            node.value = Value::Text((*heir).to_owned());
            return;
        }
        sink.report(Code::NotOneBody, Some(node.place), || {
            let day = self.as_of.map_or("as listed".to_owned(), |day| format!("of {day}"));
            let heirs = heirs.iter().map(|heir| quote(heir)).collect::<Vec<_>>().join(", ");
            if heirs.is_empty() {
                let cure = "Name another body, or \"total\".".to_owned();
                return (format!("{} has no residents among the ICBs {day}", quote(icb)), cure);
            }
            (format!("{} is several of the ICBs {day}", quote(icb)), format!("Name one of {heirs}, or \"total\"."))
        });
    }

    /// The ICBs of the day that residents of an ICB of another day belong to.
    fn heirs(&self, icb: &str, today: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let ways = self.ways.values().flatten();
        ways.filter(|way| way.passed.contains(&icb)).map(|way| way.icb).filter(|heir| today.contains(heir)).collect()
    }
}
