//! Prices: each becomes a charge of its stage.

use super::services::Draft;
use crate::domain::{Charge, ChargeUnit, LocalCosts, Service, Stage};
use crate::ids::{Id as _, ServiceId, StageId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use crate::scenario::validated::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the price list into the stages.
pub(super) fn attach(cx: &mut Context<'_>, services: &mut [Draft<'_>]) {
    let positions: Vec<BTreeMap<String, StageId>> = services
        .iter()
        .map(|draft| draft.service.stages.iter_ids().map(|(id, stage)| (stage.id.clone(), id)).collect())
        .collect();
    for row in cx.rows("prices") {
        let Some(unit) = unit(cx, row) else { continue };
        let service = row.text("service").and_then(|id| cx.names.id::<ServiceId>(Target::Service, id));
        let Some(service) = service.map(crate::ids::Id::index) else { continue };
        let stage = row.text("stage").and_then(|id| positions.get(service)?.get(id).copied());
        let price = row.node("price").and_then(|node| leaf::money(node).ok());
        let (Some(stage), Some(price), Some(draft)) = (stage, price, services.get_mut(service)) else { continue };
        let local_costs = match row.text("local_costs") {
            Some("included") => LocalCosts::Included,
            _ => LocalCosts::Added,
        };
        let stage = &mut draft.service.stages[stage];
        stage.charges.push(Charge { unit, price, local_costs });
        if unit == ChargeUnit::ExcessBedDay {
            stage.trim_point = row.ticks("trim_point");
        }
    }
    for draft in services {
        let ids: Vec<StageId> = draft.service.stages.ids().collect();
        for id in ids {
            draft.service.stages[StageId::new(id.index())].charges.sort_by_key(|charge| order(charge.unit));
        }
    }
}

/// Tables and sections that have no meaning without prices.
const ABOUT_MONEY: [&str; 8] =
    ["payments", "plans", "low_volume_blocks", "top_ups", "budgets", "budget_lines", "stated_spend", "control_totals"];

/// How many services without a price are named.
const NAMED: usize = 12;

/// Work that costs leave out. A scenario that says nothing of money is about patients alone.
pub(super) fn check(cx: &mut Context<'_>, scenario: &Scenario) {
    let priced = scenario.services.iter().flat_map(|service| &service.stages).any(|stage| !stage.charges.is_empty());
    let money = ABOUT_MONEY.iter().find_map(|key| cx.root.get(key));
    let place = match cx.root.get("prices") {
        Some(prices) if priced => prices.place,
        _ => match money {
            Some(node) => node.place,
            None => return,
        },
    };
    let worked: BTreeSet<ServiceId> = scenario.demand.iter().map(|stream| stream.service).collect();
    let lacks: Vec<String> = worked.into_iter().filter_map(|service| unpriced(&scenario.services[service])).collect();
    if lacks.is_empty() {
        return;
    }
    cx.sink.report_plain(Code::Unpriced, Some(place), || {
        if !priced {
            return "nothing has a price, so all activity is worth £0".to_owned();
        }
        let more = lacks.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("no price for {}{more}", lacks[..lacks.len().min(NAMED)].join(", "))
    });
}

/// What of a service has no price: all of it, or some points of delivery.
///
/// One price may cover the stages of a point of delivery, such as a price of the whole spell.
fn unpriced(service: &Service) -> Option<String> {
    let priced = |stage: &&Stage| stage.charges.iter().any(|charge| charge.unit != ChargeUnit::Drugs);
    let point = |stage: &'_ Stage| stage.point_of_delivery.clone();
    let with: BTreeSet<String> = service.stages.iter().filter(priced).map(point).collect();
    let without: BTreeSet<String> = service.stages.iter().map(point).filter(|point| !with.contains(point)).collect();
    match (with.is_empty(), without.is_empty()) {
        (_, true) => None,
        (true, _) => Some(service.id.clone()),
        (false, _) => Some(format!("{} ({})", service.id, without.into_iter().collect::<Vec<_>>().join(", "))),
    }
}

/// The unit that a row charges for, with the column that it needs and no other.
fn unit(cx: &mut Context<'_>, row: Row<'_>) -> Option<ChargeUnit> {
    let per = row.text("per")?;
    for (column, its_unit) in [("sessions_per_week", "session"), ("trim_point", "excess-bed-day")] {
        let there = row.node(column).is_some();
        if there != (per == its_unit) {
            cx.sink.report(Code::PriceColumn, row.at(column), || {
                if there {
                    let cure = format!("Clear the cell, or charge per {its_unit}.");
                    (format!("{column} has no use for a price per {per}"), cure)
                } else {
                    let example = if per == "session" { "3" } else { "\"14 d\"" };
                    (format!("a price per {per} needs {column}"), format!("Fill {column}, such as {example}."))
                }
            });
        }
    }
    Some(match per {
        "start" => ChargeUnit::Start,
        "finish" => ChargeUnit::Finish,
        "bed-day" => ChargeUnit::BedDay,
        "session" => ChargeUnit::Session { per_week: row.number("sessions_per_week")? },
        "excess-bed-day" => ChargeUnit::ExcessBedDay,
        "reneged" => ChargeUnit::Reneged,
        "refused" => ChargeUnit::Refused,
        "cancelled" => ChargeUnit::Cancelled,
        "transfer-in" => ChargeUnit::TransferIn,
        "drugs" => ChargeUnit::Drugs,
        _ => return None,
    })
}

fn order(unit: ChargeUnit) -> u8 {
    match unit {
        ChargeUnit::Start => 0,
        ChargeUnit::Finish => 1,
        ChargeUnit::BedDay => 2,
        ChargeUnit::Session { .. } => 3,
        ChargeUnit::ExcessBedDay => 4,
        ChargeUnit::Reneged => 5,
        ChargeUnit::Refused => 6,
        ChargeUnit::Cancelled => 7,
        ChargeUnit::TransferIn => 8,
        ChargeUnit::Drugs => 9,
    }
}
