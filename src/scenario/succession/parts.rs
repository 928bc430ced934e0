//! Parts of home areas, and their share of patients.

use super::rows::{rows, rows_mut, with};
use crate::scenario::leaf;
use crate::scenario::node::{Node, Table, Value};
use crate::scenario::read::Row;
use std::collections::{BTreeMap, BTreeSet};

/// A part of a home area.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Part {
    pub(super) id: String,
    pub(super) weight: f64,
}

impl Part {
    /// A row about it, from the row about the whole: referrals are its share.
    pub(super) fn row(&self, node: &Node, weight: f64) -> Node {
        let mut changes = vec![("home_area", Value::Text(self.id.clone()))];
        if let Some(row) = Row::of(node) {
            changes.extend(row.number("per_year").map(|number| ("per_year", Value::Float(number * weight))));
            let rate = row.node("rate").and_then(|rate| leaf::rate(rate).ok()).filter(|rate| !rate.per_100k);
            changes.extend(rate.map(|rate| ("rate", Value::Text(format!("{:e} per day", rate.per_day * weight)))));
        }
        with(node, &changes)
    }
}

/// An absolute rate for all areas holds for each area, not for each part of one.
pub(super) fn everywhere(root: &mut Table, parts: &BTreeMap<String, Vec<Part>>) {
    let text = |row: &Table, key: &str| row.get(key).and_then(Node::text).map(str::to_owned);
    let ids: BTreeSet<&str> = parts.values().flatten().map(|part| part.id.as_str()).collect();
    let own: BTreeSet<(String, String)> = rows(root, "demand")
        .filter_map(|row| Some((text(row.table, "service")?, text(row.table, "home_area")?)))
        .filter(|(_, area)| ids.contains(area.as_str()))
        .collect();
    let mut more = Vec::new();
    for row in rows(root, "demand").filter(|row| row.text("home_area") == Some("*")) {
        let absolute = row.node("rate").and_then(|rate| leaf::rate(rate).ok()).is_some_and(|rate| !rate.per_100k);
        let service = row.text("service").unwrap_or_default();
        if absolute {
            let node = Node { place: row.place, value: Value::Table(row.table.clone()) };
            let others = parts.values().flatten().filter(|part| !own.contains(&(service.to_owned(), part.id.clone())));
            more.extend(others.map(|part| part.row(&node, part.weight)));
        }
    }
    if let Some(rows) = rows_mut(root, "demand") {
        rows.extend(more);
    }
}

/// Whole patients: those of a home area and service go by weight, what is left of one row counts in the next.
pub(super) fn waiting(root: &mut Table, parts: &BTreeMap<String, Vec<Part>>) {
    let Some(nodes) = rows_mut(root, "waiting_at_start") else { return };
    let text = |node: &Node, key: &str| node.table().and_then(|row| row.get(key)?.text().map(str::to_owned));
    let mut groups: BTreeMap<(String, Option<String>), Vec<Node>> = BTreeMap::new();
    let mut rest = Vec::new();
    for node in std::mem::take(nodes) {
        match text(&node, "home_area").filter(|area| parts.contains_key(area)) {
            Some(area) => groups.entry((area, text(&node, "service"))).or_default().push(node),
            None => rest.push(node),
        }
    }
    for ((area, _), mut group) in groups {
        let parts = &parts[&area];
        // The order of rows in a file has no effect.
        group.sort_by_cached_key(|node| ["provider", "class", "waited"].map(|key| text(node, key)));
        let mut owed = vec![0.0; parts.len()];
        for node in group {
            let Some(patients) = Row::of(&node).and_then(|row| row.whole("patients", 1, 10_000_000)) else {
                rest.push(node);
                continue;
            };
            let shares = whole_shares(patients, parts, &mut owed);
            for (part, patients) in parts.iter().zip(shares).filter(|(_, patients)| *patients > 0) {
                let changes = [
                    ("home_area", Value::Text(part.id.clone())),
                    ("patients", Value::Int(i64::try_from(patients).unwrap_or(i64::MAX))),
                ];
                rest.push(with(&node, &changes));
            }
        }
    }
    *nodes = rest;
}

/// Patients by weight in whole numbers, by largest remainder; `owed` is what each part has got too few so far.
fn whole_shares(patients: u64, parts: &[Part], owed: &mut [f64]) -> Vec<u64> {
    let quotas: Vec<f64> = parts.iter().zip(&*owed).map(|(part, owed)| owed + part.weight * patients as f64).collect();
    let mut shares: Vec<u64> = quotas.iter().map(|quota| libm::floor(quota.max(0.0)) as u64).collect();
    // Rounding of sums, or a part that got too many before, may make them too many.
    while shares.iter().sum::<u64>() > patients {
        let most = (0..parts.len()).filter(|&i| shares[i] > 0);
        let most = most.max_by(|&a, &b| (shares[a] as f64 - quotas[a]).total_cmp(&(shares[b] as f64 - quotas[b])));
        let Some(most) = most else { break };
        shares[most] -= 1;
    }
    while shares.iter().sum::<u64>() < patients {
        let least = (0..parts.len()).rev();
        let least = least.max_by(|&a, &b| (quotas[a] - shares[a] as f64).total_cmp(&(quotas[b] - shares[b] as f64)));
        let Some(least) = least else { break };
        shares[least] += 1;
    }
    for (owed, (quota, share)) in owed.iter_mut().zip(quotas.iter().zip(&shares)) {
        *owed = quota - *share as f64;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(weights: &[f64]) -> Vec<Part> {
        weights.iter().map(|&weight| Part { id: String::new(), weight }).collect()
    }

    #[test]
    fn single_patients_go_round() {
        let (parts, mut owed) = (parts(&[0.5, 0.3, 0.2]), vec![0.0; 3]);
        let rows: Vec<Vec<u64>> = (0..10).map(|_| whole_shares(1, &parts, &mut owed)).collect();
        let sums: Vec<u64> = (0..3).map(|part| rows.iter().map(|row| row[part]).sum()).collect();
        assert_eq!(sums, [5, 3, 2]);
        assert_eq!(rows[0], [1, 0, 0]);
    }

    proptest! {
        #[test]
        fn patients_are_shared_out_whole_and_near_their_weights(
            weights in prop::collection::vec(0.01_f64..1.0, 1..6), rows in prop::collection::vec(1_u64..50, 1..40),
        ) {
            let total: f64 = weights.iter().sum();
            let parts = parts(&weights.iter().map(|weight| weight / total).collect::<Vec<_>>());
            let mut owed = vec![0.0; parts.len()];
            let mut sums = vec![0; parts.len()];
            for &patients in &rows {
                let shares = whole_shares(patients, &parts, &mut owed);
                prop_assert_eq!(shares.iter().sum::<u64>(), patients);
                sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
            let all: u64 = rows.iter().sum();
            for (sum, part) in sums.iter().zip(&parts) {
                prop_assert!((*sum as f64 - all as f64 * part.weight).abs() < parts.len() as f64);
            }
        }
    }
}
