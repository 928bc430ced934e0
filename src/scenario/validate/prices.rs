//! Prices: each becomes a charge of its stage.

use super::services::Draft;
use crate::domain::{Charge, ChargeUnit, LocalCosts};
use crate::ids::{Id as _, StageId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use std::collections::BTreeMap;

/// Reads the price list into the stages.
pub(super) fn attach(cx: &mut Context<'_>, services: &mut [Draft<'_>]) {
    let positions: Vec<BTreeMap<String, StageId>> = services
        .iter()
        .map(|draft| draft.service.stages.iter_ids().map(|(id, stage)| (stage.id.clone(), id)).collect())
        .collect();
    for row in cx.rows("prices") {
        let Some(unit) = unit(cx, row) else { continue };
        let service = row.text("service").and_then(|id| cx.names.id::<crate::ids::ServiceId>(Target::Service, id));
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
