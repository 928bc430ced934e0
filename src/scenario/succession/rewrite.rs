//! The tables by the bodies of the day.

use super::money::{Inherited, Resident, Residents};
use super::parts::Part;
use super::rows::{each_row, rows, rows_mut, with};
use super::{Succession, Way};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{Sink, quote};
use crate::scenario::node::{Node, Table, Value};
use crate::scenario::read::Row;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Succession<'a> {
    /// Rewrites all tables that speak of home areas or ICBs.
    pub(super) fn rewrite(&self, root: &mut Table, sink: &mut Sink) -> Vec<Inherited> {
        let mut parts: BTreeMap<String, Vec<Part>> = BTreeMap::new();
        let mut residents = Residents::new();
        each_row(root, "home_areas", |row| self.home_area(row, &mut parts, &mut residents, sink));
        for table in ["flows", "shares", "travel", "overflow", "demand"] {
            each_row(root, table, |row| {
                let parts = row.table().and_then(|row| row.get("home_area")?.text()).and_then(|area| parts.get(area));
                parts.map(|parts| parts.iter().map(|part| part.row(row, part.weight)).collect())
            });
        }
        super::parts::everywhere(root, &parts);
        super::parts::waiting(root, &parts);
        each_row(root, "providers", |row| self.provider(row, sink));
        self.footprints(root, sink);
        self.adjacency(root);
        let inherited = self.money(root, &residents, sink);
        self.reservations(root, sink);
        self.scope(root);
        self.assumption_metric(root, sink);
        self.bodies(root);
        inherited
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
    fn home_area(
        &self,
        node: &Node,
        parts: &mut BTreeMap<String, Vec<Part>>,
        residents: &mut Residents<'a>,
        sink: &mut Sink,
    ) -> Option<Vec<Node>> {
        let row = Row::of(node)?;
        let (id, icb) = (row.text("id")?, row.text("icb")?);
        let ways = self.ways_of(row, icb, "successor", sink)?;
        for way in &ways {
            let id = if ways.len() > 1 { format!("{id}{}", way.suffix) } else { id.to_owned() };
            residents
                .entry(way.icb)
                .or_default()
                .push(Resident { home_area: id, bodies: way.until_the_day().to_vec() });
        }
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

    /// Who takes over from an ICB borders on whoever takes over from its neighbours, and on the others who take over from it.
    fn adjacency(&self, root: &mut Table) {
        let today = self.icbs();
        let heirs = |icb: &str| -> BTreeSet<&'a str> {
            match self.ways.get(icb) {
                Some(ways) => ways.iter().map(|way| way.icb).collect(),
                None => today.get(icb).copied().into_iter().collect(),
            }
        };
        each_row(root, "adjacency", |node| {
            let row = Row::of(node)?;
            let (icb, neighbour) = (row.text("icb")?, row.text("neighbour")?);
            let known = |icb: &str| self.listed.contains_key(icb) || self.unlisted.contains_key(icb);
            if icb == neighbour || !known(icb) || !known(neighbour) {
                return None;
            }
            let (ones, others) = (heirs(icb), heirs(neighbour));
            let across = ones.iter().flat_map(|one| others.iter().map(move |other| (*one, *other)));
            let within = [&ones, &others].into_iter().flat_map(|all| {
                all.iter()
                    .flat_map(move |one| all.iter().filter(move |other| one < *other).map(move |other| (*one, *other)))
            });
            let pairs: BTreeSet<(&str, &str)> = across.chain(within).filter(|(one, other)| one != other).collect();
            let text = |id: &str| Value::Text(id.to_owned());
            Some(
                pairs
                    .iter()
                    .map(|(one, other)| with(node, &[("icb", text(one)), ("neighbour", text(other))]))
                    .collect(),
            )
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
