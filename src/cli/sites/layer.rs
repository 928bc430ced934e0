//! The scenario with other sites.

use super::change::Change;
use super::view::places;
use crate::domain::utility;
use crate::experiment::SetOutcome;
use crate::ids::HomeAreaId;
use crate::results::SiteSets;
use crate::scenario::Scenario;
use crate::store::{Cells, Layer, able_providers, nine_digits, rows_without};
use std::collections::BTreeSet;

const SOURCE: &str = "tierflow sites";

fn cell(key: &str, text: impl Into<String>) -> (String, String) {
    (key.to_owned(), text.into())
}

/// The sites of a set, and pools of those that open.
pub(super) fn of(view: &SiteSets<'_>, set: &SetOutcome, change: &Change, stated: Option<u32>) -> Layer {
    let scenario = view.scenario;
    let service = scenario.services[view.service].id.as_str();
    let only = BTreeSet::from([service]);
    let mut layer = Layer {
        comments: vec!["sites".to_owned(), format!("{service} is treated at {}.", view.ids(set).join(", "))],
        ..Layer::default()
    };
    let mut provides = rows_without(scenario, "provides", &only).unwrap_or_else(|| able_providers(scenario, &only));
    provides.extend(set.open.iter().map(|&site| {
        let opened = change.opened.get(&view.providers[site]);
        let note = match opened {
            Some(one) if one.from.is_some() => "moved here with its attraction",
            Some(one) if one.guessed => "opened: the geometric mean of the sites that there were",
            Some(_) => "opened",
            None => "",
        };
        let kept = [
            cell("service", service),
            cell("provider", view.provider(site)),
            cell("attraction", nine_digits(view.siting.sites[site].attraction)),
            cell("provenance", if opened.is_some() { "assumed" } else { "derived" }),
            cell("source", SOURCE),
            cell("note", note),
        ];
        kept.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }));
    layer.tables.insert("provides".to_owned(), provides);
    if let Some(pools) = pools(view, set, change, stated) {
        layer.tables.insert("pools".to_owned(), pools);
    }
    let open: BTreeSet<&str> = view.ids(set).into_iter().collect();
    let is_here = |row: &Cells, key: &str| row.get(key).is_some_and(|id| open.contains(id.as_str()));
    let own = |row: &Cells| row.get("service").is_some_and(|id| id == service);
    if let Some(mut rows) = rows_without(scenario, "overflow", &BTreeSet::new()) {
        rows.retain(|row| !own(row) || is_here(row, "from") && is_here(row, "to"));
        layer.tables.insert("overflow".to_owned(), rows);
    }
    if let Some(rows) = rows_without(scenario, "waiting_at_start", &BTreeSet::new()) {
        layer.tables.insert("waiting_at_start".to_owned(), waiting(view, set, scenario, rows));
    }
    layer
}

/// The pools with those of opened sites; nothing if none is to be added or to grow.
fn pools(view: &SiteSets<'_>, set: &SetOutcome, change: &Change, stated: Option<u32>) -> Option<Vec<Cells>> {
    let mut rows = rows_without(view.scenario, "pools", &BTreeSet::new()).unwrap_or_default();
    let before = rows.clone();
    for &site in &set.open {
        let Some(opened) = change.opened.get(&view.providers[site]) else { continue };
        let id = view.provider(site);
        for pool in &view.siting.sites[site].pools {
            let of = |row: &Cells, provider: &str| row.get("provider").is_some_and(|one| one == provider);
            let same = |row: &Cells| row.get("pool").is_some_and(|one| *one == pool.id);
            // As planned: the scenario's factors hold in what is written, too.
            let planned = places(view.scenario.planned(), view.providers[site], &pool.id, Some(*opened), stated);
            let capacity = planned.map_or("unlimited".to_owned(), nine_digits);
            let own = rows.iter().position(|row| same(row) && of(row, id));
            let moved = opened.from.map(|from| view.scenario.providers[from].id.as_str());
            let told = [
                cell("capacity", capacity),
                cell("provenance", "assumed"),
                cell("source", SOURCE),
                cell("note", if moved.is_some() { "places move here with the service" } else { "opened" }),
            ];
            match (own, moved) {
                // It has the pool already, for other services: only what moves here adds to it.
                (Some(at), Some(_)) => rows[at].extend(told),
                (Some(_), None) => {}
                (None, moved) => {
                    // The same rules as where it comes from, or as elsewhere.
                    let model = moved.and_then(|from| rows.iter().find(|row| same(row) && of(row, from)));
                    let model = model.or_else(|| rows.iter().find(|row| same(row)));
                    let mut row = model.cloned().unwrap_or_default();
                    row.remove("occupied_at_start");
                    row.extend([cell("provider", id), cell("pool", pool.id.as_str())]);
                    let unsaid = moved.is_none() && stated.is_none();
                    row.extend(told);
                    if unsaid {
                        row.extend([cell("note", "opened, places not stated: no limit")]);
                    }
                    rows.push(row);
                }
            }
        }
    }
    (rows != before).then_some(rows)
}

/// Patients who wait at a site that closes wait at the one that most of their home area go to, with those who wait there already.
fn waiting(view: &SiteSets<'_>, set: &SetOutcome, scenario: &Scenario, rows: Vec<Cells>) -> Vec<Cells> {
    let service = scenario.services[view.service].id.as_str();
    let open: BTreeSet<&str> = view.ids(set).into_iter().collect();
    let text = |row: &Cells, key: &str| row.get(key).cloned().unwrap_or_default();
    let number = |row: &Cells| text(row, "patients").replace(',', "").parse::<u64>().unwrap_or(0);
    let closed = |row: &Cells| text(row, "service") == service && !open.contains(text(row, "provider").as_str());
    let (moving, mut rows): (Vec<Cells>, Vec<Cells>) = rows.into_iter().partition(closed);
    for mut row in moving {
        let home = text(&row, "home_area");
        let of_home = |&area: &HomeAreaId| {
            let id = &scenario.geography.home_areas[area].id;
            id.split(':').next() == Some(home.as_str()) || *id == home
        };
        let area = view.areas.iter().position(of_home).unwrap_or(0);
        let utility = |&site: &usize| {
            let one = &view.siting.sites[site];
            utility(view.siting.rule, one.attraction, one.travel[area])
        };
        let likely = set.open.iter().max_by(|a, b| utility(a).total_cmp(&utility(b)));
        let Some(&likely) = likely else { continue };
        row.extend([cell("provider", view.provider(likely))]);
        let same = ["service", "home_area", "provider", "class", "waited"];
        let alike = |other: &&mut Cells| same.iter().all(|key| other.get(*key) == row.get(*key));
        if let Some(there) = rows.iter_mut().find(alike) {
            let both = number(there) + number(&row);
            there.extend([cell("patients", both.to_string())]);
        } else {
            row.extend([
                cell("provenance", "assumed"),
                cell("source", SOURCE),
                cell("note", "moved from a site that closes"),
            ]);
            rows.push(row);
        }
    }
    rows
}
