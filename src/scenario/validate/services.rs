//! Services with their stages.

use super::{pathways, stays};
use crate::domain::{Delegation, Next, PlacesNeeded, Service, Stage, StageSite, StartingState};
use crate::ids::{Id as _, IndexVec, StageId};
use crate::random::Distribution;
use crate::scenario::codes::Code;
use crate::scenario::leaf;
use crate::scenario::names::Names;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::BTreeMap;

/// A service, its section, and the places of its stages.
pub(super) struct Draft<'a> {
    pub(super) service: Service,
    /// The section; nothing if it could not be read.
    pub(super) row: Option<Row<'a>>,
    pub(super) places: Vec<Place>,
}

/// Builds all services in the order of their ids.
pub(super) fn build<'a>(cx: &mut Context<'a>) -> Vec<Draft<'a>> {
    let rows: BTreeMap<&str, Row<'a>> = cx.sections("services").map(|(name, row)| (&*name.text, row)).collect();
    let default = starting_state(cx.section("run")).unwrap_or(StartingState::Empty);
    let names: &Names = cx.names;
    names
        .all(crate::scenario::grammar::Target::Service)
        .iter()
        .map(|id| service(cx, id, rows.get(id.as_str()).copied(), default))
        .collect()
}

fn starting_state(row: Option<Row<'_>>) -> Option<StartingState> {
    Some(match row?.text("starting_state")? {
        "stationary" => StartingState::Stationary,
        _ => StartingState::Empty,
    })
}

fn service<'a>(cx: &mut Context<'a>, id: &str, row: Option<Row<'a>>, default: StartingState) -> Draft<'a> {
    let text = |key: &str| row.and_then(|row| row.text(key)).map(str::to_owned);
    let (stages, places) = match row.and_then(|row| row.node("stages")) {
        Some(list) => stages(cx, id, list),
        None => Default::default(),
    };
    let service = Service {
        id: id.to_owned(),
        name: row.map_or_else(|| id.to_owned(), |row| row.name(id)),
        code: text("code"),
        programme: text("programme"),
        delegation: match row.and_then(|row| row.text("delegation")) {
            Some("retained") => Delegation::Retained,
            _ => Delegation::Delegated,
        },
        specialised_share: row.and_then(|row| row.share("specialised_share")).unwrap_or(1.0),
        starting_state: starting_state(row).unwrap_or(default),
        classes: None,
        batches: vec![1.0],
        returns: None,
        stages,
    };
    Draft { service, row, places }
}

fn stages(cx: &mut Context<'_>, service: &str, list: &Node) -> (IndexVec<StageId, Stage>, Vec<Place>) {
    let rows: Vec<Row<'_>> = list.array().unwrap_or_default().iter().filter_map(Row::of).collect();
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
        stages.push(stage(cx, *row, next.unwrap_or_default()));
    }
    let places: Vec<Place> = rows.iter().map(|row| row.place).collect();
    if graph && !stages.is_empty() {
        pathways::check(cx, service, &stages, &places);
    }
    (stages, places)
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

fn stage(cx: &mut Context<'_>, row: Row<'_>, next: Vec<Next>) -> Stage {
    let id = row.text("id").unwrap_or_default();
    let stay = row.node("stay").and_then(|node| stays::stay(cx, node));
    Stage {
        id: id.to_owned(),
        name: row.name(id),
        needs: row.text("pool").map(|pool| PlacesNeeded { pool: pool.to_owned(), places: 1 }).into_iter().collect(),
        keeps: Vec::new(),
        site: StageSite::Here,
        away: None,
        when_full: None,
        transfers: false,
        patience: None,
        rises: Vec::new(),
        // A wrong stay was reported.
        stay: stay.unwrap_or(Distribution::Deterministic { value: 1.0 }),
        next,
        point_of_delivery: row.text("point_of_delivery").unwrap_or("inpatient").to_owned(),
        wait_standard: row.ticks("wait_standard"),
        trim_point: None,
        charges: Vec::new(),
    }
}
