//! The stages of a service.

use super::{holding, pathways, stays};
use crate::domain::{AwayStay, Class, Next, PlacesNeeded, Reach, Rise, RiseWhen, Stage, StageSite, WhenFull};
use crate::ids::{Id as _, IndexVec, SchemeId, StageId};
use crate::random::Distribution;
use crate::scenario::codes::Code;
use crate::scenario::grammar::{Target, is_by_class};
use crate::scenario::leaf;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::BTreeMap;

/// The most pools that a stage needs.
const POOLS: usize = 8;

/// Builds and checks the stages of a service with these shares of classes, if it states any, and their rows.
pub(super) fn build<'a>(
    cx: &mut Context<'a>,
    service: &str,
    list: &'a Node,
    classes: Option<[f64; 3]>,
) -> (IndexVec<StageId, Stage>, Vec<Row<'a>>) {
    let rows: Vec<Row<'a>> = list.array().unwrap_or_default().iter().filter_map(Row::of).collect();
    if list.array().is_some_and(<[Node]>::is_empty) {
        cx.sink.report(Code::NoStages, Some(list.place), || {
            let cure = format!("Add [[services.{service}.stages]] with an id and a stay.");
            (format!("service {service} has no stages"), cure)
        });
    }
    if rows.len() > pathways::STAGES {
        cx.sink.report_plain(Code::TooManyStages, Some(list.place), || {
            format!("service {service} has {} stages, more than {}", rows.len(), pathways::STAGES)
        });
        return Default::default();
    }
    let mut positions: BTreeMap<&str, StageId> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(id) = row.text("id") {
            positions.entry(id).or_insert_with(|| StageId::new(i));
        }
    }
    // A stage whose id or way on is unknown would make others look unreachable.
    let mut graph = rows.iter().all(|row| row.text("id").is_some()) && positions.len() == rows.len();
    let mut stages = IndexVec::new();
    for row in &rows {
        let next = next(*row, &positions);
        graph &= next.is_some();
        let first = stages.is_empty();
        stages.push(stage(cx, *row, classes, first, next.unwrap_or_default()));
    }
    if graph && !stages.is_empty() {
        let places: Vec<Place> = rows.iter().map(|row| row.place).collect();
        pathways::check(cx, service, &stages, &places);
        holding::check(cx, service, &stages, &rows);
    }
    (stages, rows)
}

/// The branches by stage; nothing if any is wrong.
fn next(row: Row<'_>, positions: &BTreeMap<&str, StageId>) -> Option<Vec<Next>> {
    let Some(node) = row.node("next") else {
        return Some(Vec::new());
    };
    let mut next = Vec::new();
    for (name, value) in &node.table()?.entries {
        let branch = Next { stage: *positions.get(&*name.text)?, probability: leaf::share(value).ok()? };
        next.push((&*name.text, branch));
    }
    // By name, as every random choice: the order of stages in the file decides nothing.
    next.sort_by_key(|&(name, _)| name);
    Some(next.into_iter().map(|(_, branch)| branch).collect())
}

fn stage(cx: &mut Context<'_>, row: Row<'_>, classes: Option<[f64; 3]>, first: bool, next: Vec<Next>) -> Stage {
    let id = row.text("id").unwrap_or_default();
    let stay = row.node("stay").and_then(|node| stays::stay(cx, node));
    let needs = needs(cx, row);
    for key in ["when_full", "transfers", "patience", "rises"] {
        if row.node("pool").or(row.node("needs")).is_none() && row.node(key).is_some() {
            cx.sink.report_plain(Code::NoList, Some(row.at(key)), || {
                format!("stage {id} needs no place, so {key} has no use")
            });
        }
    }
    let keeps = match row.node("keeps").and_then(Node::array) {
        Some(list) => list.iter().filter_map(Node::text).map(str::to_owned).collect(),
        None => needs.iter().map(|need| need.pool.clone()).collect(),
    };
    Stage {
        id: id.to_owned(),
        name: row.name(id),
        needs,
        keeps,
        site: match row.text("at") {
            Some("home") => StageSite::NearHome,
            _ => StageSite::Here,
        },
        // A wrong stay was reported.
        stay: stay.unwrap_or(Distribution::Deterministic { value: 1.0 }),
        away: row.section("away").and_then(|section| away(cx, section)),
        when_full: match row.text("when_full") {
            Some("wait") => Some(WhenFull::Wait),
            Some("refuse") => Some(WhenFull::Refuse),
            Some("block") => Some(WhenFull::Block),
            _ => None,
        },
        transfers: if row.node("transfers").is_some() { row.flag("transfers") } else { first },
        patience: patience(cx, row, classes),
        rises: rises(cx, row),
        next,
        point_of_delivery: row.text("point_of_delivery").unwrap_or("inpatient").to_owned(),
        wait_standard: row.ticks("wait_standard"),
        trim_point: None,
        charges: Vec::new(),
    }
}

/// By class, from one distribution for all or from a table by class.
fn patience(cx: &mut Context<'_>, row: Row<'_>, classes: Option<[f64; 3]>) -> [Option<Distribution>; 3] {
    let Some(node) = row.node("patience") else { return Default::default() };
    let Some(table) = node.table().filter(|table| is_by_class(table)) else {
        let all = stays::stay(cx, node);
        return Class::ALL.map(|_| all.clone());
    };
    Class::ALL.map(|class| {
        let name = class.to_string();
        let (key, stated) = table.entries.iter().find(|(key, _)| *key.text == *name)?;
        if classes.is_none_or(|shares| shares[class.index()] == 0.0) {
            cx.sink.report(Code::NoSuchClass, Some(key.place), || {
                let cure = match classes {
                    None => "Add classes to the service, or write one patience for all.",
                    Some(_) => "Give the class a share in the service's classes, or remove it here.",
                };
                (format!("the service has no {name} patients, whose patience is stated here"), cure.to_owned())
            });
        }
        stays::stay(cx, stated)
    })
}

/// The places of `pool` or `needs`; patients wait on the list of the first.
fn needs(cx: &mut Context<'_>, row: Row<'_>) -> Vec<PlacesNeeded> {
    let kept = row.node("keeps").filter(|kept| kept.array().is_some_and(|kept| kept.len() > POOLS));
    if let Some(kept) = kept {
        cx.sink.report_plain(Code::BadNeeds, Some(kept.place), || format!("a stage keeps more than {POOLS} pools"));
    }
    let one = row.text("pool").map(|pool| PlacesNeeded { pool: pool.to_owned(), places: 1 });
    let Some(node) = row.node("needs") else {
        return one.into_iter().collect();
    };
    let Some(table) = node.table() else { return Vec::new() };
    let problem = if row.node("pool").is_some() {
        Some("the stage has both pool and needs".to_owned())
    } else if table.entries.is_empty() || table.entries.len() > POOLS {
        Some(format!("a stage needs 1 to {POOLS} pools, not {}", table.entries.len()))
    } else {
        None
    };
    if let Some(problem) = problem {
        cx.sink.report_plain(Code::BadNeeds, Some(node.place), || problem);
    }
    let places = |node: &Node| leaf::whole(node, 1, 1000).unwrap_or(1) as u32;
    let needs = table.entries.iter().take(POOLS);
    needs.map(|(pool, node)| PlacesNeeded { pool: pool.text.to_string(), places: places(node) }).collect()
}

fn away(cx: &mut Context<'_>, section: Row<'_>) -> Option<AwayStay> {
    let stay = section.node("stay").and_then(|node| stays::stay(cx, node));
    let from = match section.text("from")? {
        "icb" => Reach::Icb,
        "footprint" => Reach::Footprint,
        "region" => Reach::Region,
        _ => return None,
    };
    let scheme = scheme(cx, section);
    if from == Reach::Footprint && scheme.is_none() {
        which_footprints(cx, section.at("from"), section.node("footprints").is_some());
    }
    Some(AwayStay { from, scheme, stay: stay? })
}

/// The scheme that a section or row means by "footprint": the one that it names, else the only one.
pub(super) fn scheme(cx: &Context<'_>, row: Row<'_>) -> Option<SchemeId> {
    match row.text("footprints") {
        Some(name) => cx.names.id(Target::Scheme, name),
        None => only_scheme(cx),
    }
}

/// The scheme, if there is exactly one.
pub(super) fn only_scheme(cx: &Context<'_>) -> Option<SchemeId> {
    (cx.names.all(Target::Scheme).len() == 1).then_some(SchemeId(0))
}

/// Reports a footprint without a scheme, unless a wrong scheme was reported.
pub(super) fn which_footprints(cx: &mut Context<'_>, place: Place, stated: bool) {
    if stated || !cx.names.complete(Target::Scheme) {
        return;
    }
    let known = cx.names.all(Target::Scheme);
    cx.sink.report(Code::WhichFootprints, Some(place), || {
        let cure = match known.first() {
            Some(scheme) => format!("Add footprints = \"{scheme}\" beside it."),
            None => "Add a table footprints with scheme, id and icb.".to_owned(),
        };
        let schemes = match known.len() {
            0 => "there is no scheme".to_owned(),
            schemes => format!("there are {schemes} schemes"),
        };
        (format!("which footprint is meant is not said: {schemes}"), cure)
    });
}

fn rises(cx: &mut Context<'_>, row: Row<'_>) -> Vec<Rise> {
    let mut rises = Vec::new();
    for rise in row.node("rises").and_then(Node::array).unwrap_or_default().iter().filter_map(Row::of) {
        let there = |key: &str| rise.node(key).is_some();
        let problem = match (there("after"), there("before_breach")) {
            (true, true) => Some(("a rise has both after and before_breach", "Write two rises.")),
            (false, false) if !rise.has_others(&["to"]) => {
                Some(("a rise has neither after nor before_breach", "Add, for instance, after = \"12 weeks\"."))
            }
            (false, true) if row.node("wait_standard").is_none() => Some((
                "a rise before the breach date needs the stage's wait_standard",
                "Add, for instance, wait_standard = \"18 weeks\" to the stage, or use after.",
            )),
            _ => None,
        };
        if let Some((problem, cure)) = problem {
            cx.sink.report(Code::BadRise, Some(rise.place), || (problem.to_owned(), cure.to_owned()));
        }
        let to = match rise.text("to") {
            Some("emergency") => Class::Emergency,
            _ => Class::Urgent,
        };
        let after = rise.ticks("after").map(RiseWhen::Waited);
        if let Some(when) = after.or_else(|| rise.ticks("before_breach").map(RiseWhen::BeforeBreach)) {
            rises.push(Rise { to, when });
        }
    }
    rises
}
