//! Mergers and splits of ICBs: the scenario rewritten to the bodies of one day, before anything is built from it.
//!
//! An ICB's residents follow the rows of `successors`, day by day, to where they end: each way from an ICB to an end is a
//! [`Way`] with its weight. A home area whose ICB has several ways is always replaced by its parts, one for each, whatever
//! the day, so that the same patients are simulated under the bodies of any day. What a row says of a home area it says of
//! each part: numbers of patients are shared by weight, everything else is the same. ICBs, footprints and hosts become
//! those of the day `bodies_as_of`; without it they stay those that the scenario lists.

use super::codes::Code;
use super::diagnostic::{Sink, quote};
use super::leaf;
use super::node::{KeyName, Node, Table, Value};
use super::read::Row;
use super::source::Place;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far weights may miss 1, and rounding of sums in binary.
const TOLERANCE: f64 = 0.001 + 1e-9;
/// The most ways in all.
const WAYS: usize = 100_000;

/// The root by the bodies of its day. Nothing if it has no successors, or they cannot be followed.
pub(super) fn resolve(root: &Node, sink: &mut Sink) -> Option<Node> {
    let table = root.table()?;
    let steps: Vec<Step<'_>> = rows(table, "successors").filter_map(Step::read).collect();
    let day = table.get("bodies_as_of");
    let as_of = day.and_then(|node| leaf::date(node).ok());
    if table.get("successors").is_none() {
        if let Some(day) = day {
            sink.report(Code::BadSuccessor, Some(day.place), || {
                let cure = "Add a table successors, or remove bodies_as_of.".to_owned();
                ("there are no successors, so the ICBs are the same on all days".to_owned(), cure)
            });
        }
        return None;
    }
    let succession = Succession::new(table, steps, as_of, sink)?;
    let mut resolved = root.clone();
    if let Value::Table(table) = &mut resolved.value {
        succession.rewrite(table, sink);
    }
    Some(resolved)
}

fn rows<'a>(root: &'a Table, table: &str) -> impl Iterator<Item = Row<'a>> {
    root.get(table).and_then(Node::array).unwrap_or_default().iter().filter_map(Row::of)
}

/// A row of `successors`.
#[derive(Clone, Copy)]
struct Step<'a> {
    row: Row<'a>,
    icb: &'a str,
    successor: &'a str,
    weight: f64,
    from: Date,
}

impl<'a> Step<'a> {
    fn read(row: Row<'a>) -> Option<Self> {
        let weight = match row.node("weight") {
            Some(_) => row.share("weight")?,
            None => 1.0,
        };
        let from = leaf::date(row.node("from")?).ok()?;
        Some(Self { row, icb: row.text("icb")?, successor: row.text("successor")?, weight, from })
    }
}

/// One way that residents of an ICB go.
#[derive(Clone, PartialEq, Debug)]
struct Way<'a> {
    /// Their ICB on the day.
    icb: &'a str,
    /// Which share of the residents.
    weight: f64,
    /// What follows the id of a home area that goes several ways: `:essex`.
    suffix: String,
    /// All ICBs on it.
    passed: Vec<&'a str>,
}

struct Succession<'a> {
    /// By ICB, sorted by successor; the weights sum to one.
    steps: BTreeMap<&'a str, Vec<Step<'a>>>,
    /// The ICBs that the scenario lists.
    listed: BTreeMap<&'a str, Row<'a>>,
    /// Name and region of the successors that it does not list.
    unlisted: BTreeMap<&'a str, Unlisted<'a>>,
    as_of: Option<Date>,
    /// The ways from each listed ICB.
    ways: BTreeMap<&'a str, Vec<Way<'a>>>,
}

struct Unlisted<'a> {
    place: Place,
    name: &'a str,
    region: Option<&'a str>,
}

impl<'a> Succession<'a> {
    /// Nothing if some way would never end.
    fn new(root: &'a Table, rows_: Vec<Step<'a>>, as_of: Option<Date>, sink: &mut Sink) -> Option<Self> {
        let mut steps: BTreeMap<&str, Vec<Step<'_>>> = BTreeMap::new();
        for step in rows_ {
            steps.entry(step.icb).or_default().push(step);
        }
        steps.values_mut().for_each(|steps| steps.sort_by_key(|step| step.successor));
        let mut good = true;
        for (icb, steps) in &mut steps {
            good &= one_date(icb, steps, sink);
            weights(icb, steps, sink);
            steps.retain(|step| step.weight > 0.0);
        }
        for step in steps.values().flatten() {
            let next = steps.get(step.successor).and_then(|next| next.first()).filter(|_| step.successor != step.icb);
            if let Some(next) = next.filter(|next| next.from <= step.from) {
                good = false;
                sink.report_plain(Code::BadSuccessor, Some(step.row.place), || {
                    let successor = quote(step.successor);
                    format!("{successor} takes over on {} and gives way on {}", step.from, next.from)
                });
            }
        }
        let listed = rows(root, "icbs").filter_map(|row| Some((row.text("id")?, row))).collect();
        let mut succession = Self { steps, listed, unlisted: BTreeMap::new(), as_of, ways: BTreeMap::new() };
        succession.describe(sink);
        if !good {
            return None;
        }
        let mut count = 0;
        let icbs: Vec<&str> = succession.listed.keys().copied().collect();
        for icb in icbs {
            let mut ways = Vec::new();
            let way = Way { icb, weight: 1.0, suffix: String::new(), passed: vec![icb] };
            succession.follow(icb, way, &mut ways);
            count += ways.len();
            succession.ways.insert(icb, ways);
            if count > WAYS {
                sink.report(Code::TooLarge, root.get("successors").map(|node| node.place), || {
                    let message = format!("the ICBs have over {WAYS} ways through successors");
                    (message, "Leave intermediate steps out.".to_owned())
                });
                return None;
            }
        }
        Some(succession)
    }

    /// The ways on from an ICB, which is the last that `way` passed.
    fn follow(&self, icb: &'a str, way: Way<'a>, ways: &mut Vec<Way<'a>>) {
        let steps = self.steps.get(icb).map_or(&[][..], Vec::as_slice);
        if steps.is_empty() || ways.len() > WAYS {
            ways.push(way);
            return;
        }
        for step in steps {
            let mut on = way.clone();
            on.weight *= step.weight;
            if self.as_of.is_some_and(|day| step.from <= day) {
                on.icb = step.successor;
            }
            if steps.len() > 1 {
                on.suffix = format!("{}:{}", on.suffix, step.successor);
            }
            on.passed.push(step.successor);
            if step.successor == icb {
                // It keeps these residents.
                ways.push(on);
            } else {
                self.follow(step.successor, on, ways);
            }
        }
    }

    /// Names and regions of the successors.
    fn describe(&mut self, sink: &mut Sink) {
        let mut by_successor: BTreeMap<&str, Vec<Step<'a>>> = BTreeMap::new();
        for step in self.steps.values().flatten() {
            by_successor.entry(step.successor).or_default().push(*step);
        }
        // A predecessor comes into being before its successor.
        let mut order: Vec<(&str, Vec<Step<'_>>)> = by_successor.into_iter().collect();
        order.sort_by_key(|(successor, steps)| (steps.iter().map(|step| step.from).min(), *successor));
        for (successor, steps) in order {
            let listed = self.listed.get(successor);
            let said = |key: &str| -> Vec<(&'a str, Place)> {
                let own = listed.and_then(|row| Some((row.text(key)?, row.place)));
                let rows = steps.iter().filter_map(|step| Some((step.row.text(key)?, step.row.at(key))));
                own.into_iter().chain(rows).collect()
            };
            for (key, what) in [("name", "names"), ("region", "regions")] {
                if let [first, others @ ..] = said(key).as_slice()
                    && let Some(other) = others.iter().find(|other| other.0 != first.0)
                {
                    sink.report_plain(Code::BadSuccessor, Some(other.1), || {
                        let (one, two) = (quote(first.0), quote(other.0));
                        format!("{} has two {what}, {one} and {two}", quote(successor))
                    });
                }
            }
            if listed.is_some() {
                continue;
            }
            let place = steps[0].row.place;
            let before: BTreeSet<&str> = steps.iter().filter_map(|step| self.region(step.icb)).collect();
            let region = said("region").first().map(|said| said.0).or_else(|| before.first().copied());
            if said("region").is_empty() && before.len() > 1 {
                sink.report(Code::BadSuccessor, Some(place), || {
                    let message = format!("the predecessors of {} lie in several regions", quote(successor));
                    (message, "Fill the column region of successors.".to_owned())
                });
            }
            let name = said("name").first().map_or(successor, |said| said.0);
            self.unlisted.insert(successor, Unlisted { place, name, region });
        }
    }

    fn region(&self, icb: &str) -> Option<&'a str> {
        self.listed.get(icb).map_or_else(|| self.unlisted.get(icb)?.region, |row| row.text("region"))
    }

    /// The ICBs of the day.
    fn icbs(&self) -> BTreeSet<&'a str> {
        self.ways.values().flatten().map(|way| way.icb).collect()
    }

    fn rewrite(&self, root: &mut Table, sink: &mut Sink) {
        let mut parts: BTreeMap<String, Vec<Part>> = BTreeMap::new();
        each_row(root, "home_areas", |row| self.home_area(row, &mut parts, sink));
        for table in ["flows", "shares", "travel", "overflow", "demand"] {
            each_row(root, table, |row| {
                let parts = row.table().and_then(|row| row.get("home_area")?.text()).and_then(|area| parts.get(area));
                parts.map(|parts| parts.iter().map(|part| part.row(row, part.weight)).collect())
            });
        }
        everywhere(root, &parts);
        waiting(root, &parts);
        each_row(root, "providers", |row| self.provider(row, sink));
        self.footprints(root, sink);
        self.reservations(root, sink);
        self.bodies(root);
    }

    /// The ways of a home area or provider: those that pass the ICB which its row names, if it names one.
    fn ways_of(&self, row: Row<'_>, icb: &str, key: &str, sink: &mut Sink) -> Option<Vec<&Way<'a>>> {
        let ways = self.ways.get(icb)?;
        let Some(named) = row.text(key) else { return Some(ways.iter().collect()) };
        let found: Vec<&Way<'_>> = ways.iter().filter(|way| way.passed.contains(&named)).collect();
        if found.is_empty() {
            sink.report(Code::WhichSuccessor, row.at(key), || {
                (format!("{} never becomes {}", quote(icb), quote(named)), self.cure(key, icb))
            });
            return None;
        }
        Some(found)
    }

    fn cure(&self, key: &str, icb: &str) -> String {
        let ends = self.ways.get(icb).into_iter().flatten().filter_map(|way| way.passed.last().copied());
        let ends: BTreeSet<&str> = ends.collect();
        format!("Name one of {} in {key}.", ends.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// A home area by the bodies of the day: itself, or its parts.
    fn home_area(&self, node: &Node, parts: &mut BTreeMap<String, Vec<Part>>, sink: &mut Sink) -> Option<Vec<Node>> {
        let row = Row::of(node)?;
        let (id, icb) = (row.text("id")?, row.text("icb")?);
        let ways = self.ways_of(row, icb, "successor", sink)?;
        if let [way] = ways.as_slice() {
            return Some(vec![with(node, &[("icb", Value::Text(way.icb.to_owned()))])]);
        }
        // Those that a row names go a part of the ways.
        let all: f64 = ways.iter().map(|way| way.weight).sum();
        let own: Vec<Part> =
            ways.iter().map(|way| Part { id: format!("{id}{}", way.suffix), weight: way.weight / all }).collect();
        let name = row.name(id);
        let nodes = ways.iter().zip(&own).map(|(way, part)| {
            let end = way.passed.last().copied().unwrap_or_default();
            let end = self.unlisted.get(end).map_or(end, |end| end.name);
            let mut changes = vec![
                ("id", Value::Text(part.id.clone())),
                ("name", Value::Text(format!("{name}: {end}"))),
                ("icb", Value::Text(way.icb.to_owned())),
            ];
            for key in ["population", "need_weighted_population"] {
                changes.extend(row.number(key).map(|persons| (key, Value::Float(persons * part.weight))));
            }
            with(node, &changes)
        });
        let nodes = nodes.collect();
        parts.entry(id.to_owned()).or_insert(own);
        Some(nodes)
    }

    fn provider(&self, node: &Node, sink: &mut Sink) -> Option<Vec<Node>> {
        let row = Row::of(node)?;
        let host = row.text("host_icb")?;
        let ways = self.ways_of(row, host, "successor_host", sink)?;
        if ways.len() > 1 {
            let id = row.text("id").unwrap_or_default();
            sink.report(Code::WhichSuccessor, Some(row.place), || {
                let message = format!("{} is split, and it is not said with which part {id} goes", quote(host));
                (message, self.cure("successor_host", host))
            });
        }
        Some(vec![with(node, &[("host_icb", Value::Text(ways[0].icb.to_owned()))])])
    }

    /// A row for an ICB of the day holds for it; one for an ICB that gave way holds for those of the day that have no row.
    fn footprints(&self, root: &mut Table, sink: &mut Sink) {
        let today = self.icbs();
        let known = |icb: &str| self.listed.contains_key(icb) || self.unlisted.contains_key(icb);
        let own: BTreeSet<(String, String)> = rows(root, "footprints")
            .filter_map(|row| Some((row.text("scheme")?, row.text("icb")?)))
            .filter(|(_, icb)| today.contains(icb))
            .map(|(scheme, icb)| (scheme.to_owned(), icb.to_owned()))
            .collect();
        let mut inherited: BTreeMap<(String, &str), String> = BTreeMap::new();
        each_row(root, "footprints", |node| {
            let row = Row::of(node)?;
            let (scheme, id, icb) = (row.text("scheme")?, row.text("id")?, row.text("icb")?);
            if today.contains(icb) || !known(icb) {
                return None;
            }
            let mut nodes = Vec::new();
            let heirs: BTreeSet<&str> = self.ways.get(icb).into_iter().flatten().map(|way| way.icb).collect();
            for heir in heirs.into_iter().filter(|heir| !own.contains(&(scheme.to_owned(), (*heir).to_owned()))) {
                match inherited.get(&(scheme.to_owned(), heir)) {
                    None => {
                        inherited.insert((scheme.to_owned(), heir), id.to_owned());
                        nodes.push(with(node, &[("icb", Value::Text(heir.to_owned()))]));
                    }
                    Some(other) if other != id => {
                        sink.report(Code::FootprintsDisagree, row.at("icb"), || {
                            let message = format!(
                                "predecessors of {} are in {other} and in {id} of scheme {scheme}",
                                quote(heir)
                            );
                            (message, format!("Add a row such as {scheme},{id},{heir} to footprints."))
                        });
                    }
                    Some(_) => {}
                }
            }
            Some(nodes)
        });
    }

    /// Places are kept for bodies of the day, and for home areas with all their parts.
    fn reservations(&self, root: &Table, sink: &mut Sink) {
        let today = self.icbs();
        let areas: BTreeSet<&str> = rows(root, "home_areas").filter_map(|row| row.text("id")).collect();
        let whole = |area: &str| area.split(':').next().unwrap_or_default().to_owned();
        let wholes: BTreeSet<String> = areas.iter().map(|area| whole(area)).collect();
        for row in rows(root, "reservations") {
            let Some(body) = row.text("for").filter(|body| !wholes.contains(*body)) else { continue };
            let other = self.listed.contains_key(body) || self.unlisted.contains_key(body);
            if other && !today.contains(body) {
                sink.report(Code::BadSuccessor, row.at("for"), || {
                    let day = self.as_of.map_or("as listed".to_owned(), |day| format!("of {day}"));
                    let cure = format!("Name one of {}.", today.iter().copied().collect::<Vec<_>>().join(", "));
                    (format!("{} is none of the ICBs {day}", quote(body)), cure)
                });
            }
        }
    }

    /// The table `icbs` of the day.
    fn bodies(&self, root: &mut Table) {
        let today = self.icbs();
        each_row(root, "icbs", |node| {
            let id = node.table().and_then(|row| row.get("id")?.text())?;
            (!today.contains(id)).then(Vec::new)
        });
        let new = self.unlisted.iter().filter(|(id, _)| today.contains(*id)).map(|(id, body)| {
            let node = Node { place: body.place, value: Value::Table(Table::default()) };
            let mut changes = vec![("id", Value::Text((*id).to_owned())), ("name", Value::Text(body.name.to_owned()))];
            changes.extend(body.region.map(|region| ("region", Value::Text(region.to_owned()))));
            with(&node, &changes)
        });
        let new: Vec<Node> = new.collect();
        if let Some(rows) = rows_mut(root, "icbs") {
            rows.extend(new);
        }
    }
}

/// An ICB gives way on one day.
fn one_date(icb: &str, steps: &[Step<'_>], sink: &mut Sink) -> bool {
    let other = steps.iter().find(|step| step.from != steps[0].from);
    if let Some(other) = other {
        sink.report_plain(Code::BadSuccessor, other.row.at("from"), || {
            format!("{} gives way on {} and on {}", quote(icb), steps[0].from, other.from)
        });
    }
    other.is_none()
}

/// Weights that sum to one exactly, as far as binary numbers can.
fn weights(icb: &str, steps: &mut [Step<'_>], sink: &mut Sink) {
    let total: f64 = steps.iter().map(|step| step.weight).sum();
    if (total - 1.0).abs() > TOLERANCE {
        sink.report_plain(Code::SuccessorWeights, steps[0].row.at("weight"), || {
            format!("the weights of the successors of {} sum to {}", quote(icb), libm::round(total * 1e6) / 1e6)
        });
    }
    if total > 0.0 {
        steps.iter_mut().for_each(|step| step.weight /= total);
    }
}

/// A part of a home area.
#[derive(Clone, PartialEq, Debug)]
struct Part {
    id: String,
    weight: f64,
}

impl Part {
    /// A row about it, from the row about the whole: referrals are its share.
    fn row(&self, node: &Node, weight: f64) -> Node {
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
fn everywhere(root: &mut Table, parts: &BTreeMap<String, Vec<Part>>) {
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
fn waiting(root: &mut Table, parts: &BTreeMap<String, Vec<Part>>) {
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
        most.into_iter().for_each(|i| shares[i] -= 1);
    }
    while shares.iter().sum::<u64>() < patients {
        let least = (0..parts.len()).rev();
        let least = least.max_by(|&a, &b| (quotas[a] - shares[a] as f64).total_cmp(&(quotas[b] - shares[b] as f64)));
        least.into_iter().for_each(|i| shares[i] += 1);
    }
    for (owed, (quota, share)) in owed.iter_mut().zip(quotas.iter().zip(&shares)) {
        *owed = quota - *share as f64;
    }
    shares
}

fn rows_mut<'t>(root: &'t mut Table, table: &str) -> Option<&'t mut Vec<Node>> {
    let (_, node) = root.entries.iter_mut().find(|(key, _)| &*key.text == table)?;
    match &mut node.value {
        Value::Array(rows) => Some(rows),
        _ => None,
    }
}

/// Replaces each row of a table by those that a function makes of it; nothing leaves it as it is.
fn each_row(root: &mut Table, table: &str, mut make: impl FnMut(&Node) -> Option<Vec<Node>>) {
    if let Some(rows) = rows_mut(root, table) {
        *rows = std::mem::take(rows)
            .into_iter()
            .flat_map(|row| match make(&row) {
                Some(made) => made,
                None => vec![row],
            })
            .collect();
    }
}

/// A row with other values; those that it has keep their places.
fn with(node: &Node, changes: &[(&str, Value)]) -> Node {
    let mut node = node.clone();
    let place = node.place;
    if let Value::Table(table) = &mut node.value {
        for (key, value) in changes {
            match table.entries.iter_mut().find(|(name, _)| &*name.text == *key) {
                Some((_, old)) => old.value = value.clone(),
                None => {
                    let name = KeyName { text: Arc::from(*key), place };
                    table.entries.push((name, Node { place, value: value.clone() }));
                }
            }
        }
    }
    node
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
