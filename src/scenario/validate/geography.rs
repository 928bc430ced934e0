//! Regions, ICBs, footprints and home areas.

use crate::domain::{Footprint, Geography, Handover, HomeArea, Icb, IcbKind, Position, Region, Scheme, TieringOption};
use crate::ids::{FootprintId, IcbId, Id, IndexVec, RegionId, SchemeId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::names::{EVERYONE, EVERYWHERE};
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use std::collections::BTreeMap;

/// Builds the geography, or the default one.
pub(super) fn build(cx: &mut Context<'_>) -> Geography {
    if !cx.names.everyone {
        let missing: Vec<&str> =
            ["regions", "icbs", "home_areas"].into_iter().filter(|table| cx.root.get(table).is_none()).collect();
        for table in missing {
            cx.sink.report(Code::GeographyIncomplete, cx.top, || {
                (format!("the geography has no table {table}"), format!("Add {table} = \"{table}.csv\" with its rows."))
            });
        }
    }
    let mut geography = if cx.names.everyone { everyone() } else { stated(cx) };
    geography.bodies_as_of = cx.root.get("bodies_as_of").and_then(|node| leaf::date(node).ok());
    geography.handovers = handovers(cx);
    bodies(cx);
    schemes(cx, &mut geography);
    geography
}

/// The rows of `successors`, with the names of ICBs that the day may have left behind.
fn handovers(cx: &Context<'_>) -> Vec<Handover> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let listed = cx.stated.get("icbs").and_then(Node::array).unwrap_or_default().iter().filter_map(Row::of);
    names.extend(listed.filter_map(|row| Some((row.text("id")?, row.text("name")?))));
    for row in cx.rows("successors") {
        if let (Some(id), Some(name)) = (row.text("successor"), row.text("name")) {
            names.entry(id).or_insert(name);
        }
    }
    let name = |id: &str| names.get(id).map_or(id, |name| name).to_owned();
    let handover = |row: Row<'_>| {
        let (icb, successor) = (row.text("icb")?, row.text("successor")?);
        Some(Handover {
            icb: icb.to_owned(),
            name: name(icb),
            successor: successor.to_owned(),
            successor_name: name(successor),
            share: row.node("weight").map_or(Some(1.0), |_| row.share("weight"))?,
            from: leaf::date(row.node("from")?).ok()?,
        })
    };
    let mut handovers: Vec<Handover> = cx.rows("successors").filter_map(handover).collect();
    handovers.sort_by(|a, b| (&a.icb, &a.successor).cmp(&(&b.icb, &b.successor)));
    handovers
}

fn everyone() -> Geography {
    let (id, name) = (EVERYONE.to_owned(), EVERYONE.to_owned());
    Geography {
        regions: vec![Region { id: EVERYWHERE.to_owned(), name: EVERYWHERE.to_owned() }].into(),
        icbs: vec![Icb { kind: IcbKind::Board, id: id.clone(), name: name.clone(), region: Some(RegionId(0)) }].into(),
        home_areas: vec![HomeArea {
            id,
            name,
            icb: IcbId(0),
            population: None,
            need_weighted_population: None,
            position: None,
        }]
        .into(),
        ..Geography::default()
    }
}

/// The first row of each id.
pub(super) fn by_id<'a>(cx: &Context<'a>, table: &str) -> BTreeMap<&'a str, Row<'a>> {
    let mut rows = BTreeMap::new();
    for row in cx.rows(table) {
        if let Some(id) = row.text("id") {
            rows.entry(id).or_insert(row);
        }
    }
    rows
}

// A reference that cannot be resolved was reported by the check; the first row stands in, in a scenario that nobody sees.
fn resolve<I: Id>(cx: &Context<'_>, row: Row<'_>, key: &str, target: Target) -> I {
    row.text(key).and_then(|id| cx.names.id(target, id)).unwrap_or_else(|| I::new(0))
}

fn stated(cx: &mut Context<'_>) -> Geography {
    let regions =
        by_id(cx, "regions").into_iter().map(|(id, row)| Region { id: id.to_owned(), name: row.name(id) }).collect();
    let icbs = by_id(cx, "icbs")
        .into_iter()
        .map(|(id, row)| {
            let kind = if row.text("kind") == Some("other-nation") { IcbKind::OtherNation } else { IcbKind::Board };
            let region = (kind == IcbKind::Board).then(|| resolve(cx, row, "region", Target::Region));
            Icb { kind, id: id.to_owned(), name: row.name(id), region }
        })
        .collect();
    kinds(cx);
    let mut home_areas = IndexVec::new();
    for (id, row) in by_id(cx, "home_areas") {
        let position = position(cx, row);
        home_areas.push(HomeArea {
            id: id.to_owned(),
            name: row.name(id),
            icb: resolve(cx, row, "icb", Target::Icb),
            population: row.number("population"),
            need_weighted_population: row.number("need_weighted_population"),
            position,
        });
    }
    Geography { regions, icbs, home_areas, ..Geography::default() }
}

/// A board lies in a region, another nation in none.
fn kinds(cx: &mut Context<'_>) {
    for row in cx.rows("icbs") {
        let Some(id) = row.text("id") else { continue };
        let other_nation = row.text("kind") == Some("other-nation");
        if other_nation && row.node("region").is_some() {
            cx.sink.report_plain(Code::BadBody, row.at("region"), || {
                format!("{} is another nation, which lies in no region", quote(id))
            });
        } else if !other_nation && row.node("region").is_none() {
            cx.sink.report(Code::BadBody, Some(row.place), || {
                let cure = "Fill the column region, or set kind = other-nation for a nation other than England.";
                (format!("{} is a board without a region", quote(id)), cure.to_owned())
            });
        }
    }
}

/// Latitude and longitude, both or none.
pub(super) fn position(cx: &mut Context<'_>, row: Row<'_>) -> Option<Position> {
    let (latitude, longitude) = ("latitude", "longitude");
    let lone = match (row.node(latitude), row.node(longitude)) {
        (Some(_), None) => Some((latitude, longitude)),
        (None, Some(_)) => Some((longitude, latitude)),
        _ => None,
    };
    if let Some((there, absent)) = lone {
        cx.sink.report_plain(Code::HalfPosition, row.at(there), || format!("{there} is given without {absent}"));
    }
    Some(Position { latitude: row.number(latitude)?, longitude: row.number(longitude)? })
}

/// Bodies of all kinds share a column in the results, so their ids differ.
fn bodies(cx: &mut Context<'_>) {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    for (table, what) in [("regions", "region"), ("icbs", "ICB"), ("footprints", "footprint")] {
        for row in cx.rows(table) {
            let Some(id) = row.text("id") else { continue };
            if id == TieringOption::NHS_ENGLAND {
                cx.sink.report_plain(Code::ReservedId, row.at("id"), || format!("{} is the national body", quote(id)));
            }
            let body = match (what, row.text("scheme")) {
                ("footprint", Some(scheme)) => format!("footprint of scheme {scheme}"),
                _ => what.to_owned(),
            };
            let first = seen.entry(id).or_insert_with(|| body.clone());
            if *first != body {
                let (message, cure) = (
                    format!("{} is the id of a {first} and of a {body}", quote(id)),
                    format!("Rename one of them, such as {id}-2."),
                );
                cx.sink.report(Code::BodyClash, row.at("id"), || (message, cure));
            }
        }
    }
}

fn schemes(cx: &mut Context<'_>, geography: &mut Geography) {
    let mut footprints: BTreeMap<&str, (String, &str)> = BTreeMap::new();
    let mut members: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for row in cx.rows("footprints") {
        let (Some(scheme), Some(id), Some(icb)) = (row.text("scheme"), row.text("id"), row.text("icb")) else {
            continue;
        };
        let footprint = footprints.entry(id).or_insert_with(|| (id.to_owned(), scheme));
        if let Some(name) = row.text("name") {
            name.clone_into(&mut footprint.0);
        }
        places.entry(scheme).or_insert(row.place);
        let known: Option<IcbId> = cx.names.id(Target::Icb, icb);
        if known.and_then(|icb| geography.icbs.get(icb)).is_some_and(|icb| icb.kind == IcbKind::OtherNation) {
            cx.sink.report_plain(Code::BadBody, row.at("icb"), || {
                format!("{} is another nation, which belongs to no footprint", quote(icb))
            });
            continue;
        }
        if let Some(other) = members.entry(scheme).or_default().insert(icb, id) {
            cx.sink.report_plain(Code::SchemeTwice, row.at("icb"), || {
                format!("ICB {} is in {id} and in {other} of scheme {scheme}", quote(icb))
            });
        }
    }
    let whole = cx.whole("footprints") && cx.names.complete(Target::Icb);
    for (scheme, icbs) in &members {
        for Icb { id: icb, .. } in geography.icbs.iter().filter(|icb| icb.kind == IcbKind::Board) {
            if whole && !icbs.contains_key(icb.as_str()) {
                cx.sink.report(Code::SchemeIncomplete, places.get(scheme).copied(), || {
                    let message = format!("scheme {scheme} has no footprint for ICB {}", quote(icb));
                    (message, format!("Add a row such as {scheme},FOOTPRINT,{icb}."))
                });
            }
        }
    }
    let scheme_ids: Vec<&str> = members.keys().copied().collect();
    let position = |scheme: &str| scheme_ids.binary_search(&scheme).map_or(SchemeId(0), SchemeId::new);
    let footprint_ids: Vec<&str> = footprints.keys().copied().collect();
    geography.footprints = footprints
        .iter()
        .map(|(id, (name, scheme))| Footprint { id: (*id).to_owned(), name: name.clone(), scheme: position(scheme) })
        .collect();
    geography.schemes = members
        .iter()
        .map(|(scheme, icbs)| Scheme {
            id: (*scheme).to_owned(),
            footprint_of: geography
                .icbs
                .iter()
                .map(|icb| icbs.get(icb.id.as_str()).and_then(|id| footprint_ids.binary_search(id).ok()))
                .map(|found| found.map(FootprintId::new))
                .collect(),
        })
        .collect();
}
