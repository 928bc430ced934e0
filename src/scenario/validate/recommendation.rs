//! By what tiers are recommended, and who borders on whom.

use crate::domain::{Geography, IcbKind, Recommendation, Threshold, TierTest};
use crate::ids::{IcbId, Id};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use std::collections::{BTreeMap, BTreeSet};

/// The thresholds that are stated, with their sources.
pub(super) fn build(cx: &Context<'_>) -> Recommendation {
    let mut rules = Recommendation::default();
    let Some(row) = cx.section("recommendation") else { return rules };
    for test in TierTest::ALL {
        let value = row.node(test.key()).and_then(|node| match test.unit() {
            "share" => leaf::percentage(node).ok(),
            _ => leaf::number(node).ok(),
        });
        if let Some(value) = value {
            rules.thresholds.insert(test, Threshold { value, source: source(row) });
        }
    }
    rules.far_km = row.number("far_km");
    rules.patients_share = row.share("minimum_patients_share").unwrap_or(rules.patients_share);
    rules.scheme = row.text("footprints").and_then(|scheme| cx.names.id(Target::Scheme, scheme));
    rules
}

fn source(row: Row<'_>) -> String {
    let words = ["provenance", "source"].into_iter().filter_map(|key| row.text(key));
    let said: Vec<&str> = words.collect();
    if said.is_empty() { "scenario".to_owned() } else { format!("scenario: {}", said.join("; ")) }
}

/// Pairs of ICBs of the day that border on each other; nothing without the table.
pub(super) fn borders(cx: &mut Context<'_>, geography: &Geography) -> Option<Vec<(IcbId, IcbId)>> {
    cx.root.get("adjacency")?;
    let mut stated: BTreeSet<(&str, &str)> = BTreeSet::new();
    for row in cx.stated_rows("adjacency") {
        let (Some(one), Some(other)) = (row.text("icb"), row.text("neighbour")) else { continue };
        if one == other {
            cx.sink.report_plain(Code::OwnNeighbour, Some(row.place), || format!("{} borders on itself", quote(one)));
        } else if stated.contains(&(other, one)) {
            cx.sink.report_plain(Code::NeighboursTwice, Some(row.place), || {
                format!("that {} and {} are neighbours is stated in both directions", quote(one), quote(other))
            });
        }
        stated.insert((one, other));
    }
    let mut pairs: BTreeSet<(IcbId, IcbId)> = BTreeSet::new();
    for row in cx.rows("adjacency") {
        let ends: Vec<(&str, IcbId)> = ["icb", "neighbour"]
            .into_iter()
            .filter_map(|key| row.text(key).and_then(|id| Some((key, cx.names.id(Target::Icb, id)?))))
            .collect();
        for &(key, icb) in &ends {
            if geography.icbs.get(icb).is_some_and(|icb| icb.kind == IcbKind::OtherNation) {
                cx.sink.report_plain(Code::BadBody, row.at(key), || {
                    format!("{} is another nation, which belongs to no footprint", quote(&geography.icbs[icb].id))
                });
            }
        }
        if let [(_, one), (_, other)] = ends[..]
            && one != other
        {
            pairs.insert((one.min(other), one.max(other)));
        }
    }
    let whole = cx.whole("adjacency") && cx.names.complete(Target::Icb);
    let pieces = pieces(geography, &pairs);
    if whole && pieces.len() > 1 && !cx.sink.has_errors() {
        let smallest = pieces.iter().min_by_key(|piece| piece.len()).map_or(&[][..], Vec::as_slice);
        let names: Vec<&str> = smallest.iter().take(5).map(|&icb| geography.icbs[icb].id.as_str()).collect();
        let more = if smallest.len() > names.len() { " and others" } else { "" };
        cx.sink.report_plain(Code::MapUnconnected, cx.root.get("adjacency").map(|node| node.place), || {
            format!(
                "the map falls into {} pieces: no border leads from {}{more} to the rest",
                pieces.len(),
                names.join(", ")
            )
        });
    }
    Some(pairs.into_iter().collect())
}

/// The boards with residents, in groups between which no border leads.
fn pieces(geography: &Geography, pairs: &BTreeSet<(IcbId, IcbId)>) -> Vec<Vec<IcbId>> {
    let resident: BTreeSet<IcbId> = geography.home_areas.iter().map(|area| area.icb).collect();
    let board = |icb: &IcbId| geography.icbs.get(*icb).is_some_and(|icb| icb.kind == IcbKind::Board);
    let mut piece_of: BTreeMap<IcbId, usize> =
        resident.into_iter().filter(board).map(|icb| (icb, icb.index())).collect();
    for (one, other) in pairs {
        if let (Some(&a), Some(&b)) = (piece_of.get(one), piece_of.get(other)) {
            piece_of.values_mut().filter(|piece| **piece == a).for_each(|piece| *piece = b);
        }
    }
    let mut pieces: BTreeMap<usize, Vec<IcbId>> = BTreeMap::new();
    for (icb, piece) in piece_of {
        pieces.entry(piece).or_default().push(icb);
    }
    pieces.into_values().collect()
}
