//! Where patients go who find a provider full, in a stated order.

use super::sites::Sites;
use crate::domain::{OverflowTable, Provider};
use crate::ids::{HomeAreaId, Id as _, IndexVec, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::read::{Context, Row};
use std::collections::BTreeSet;

/// Reads `overflow`; candidates of the same order by their ids.
pub(super) fn build(
    cx: &mut Context<'_>,
    sites: &[Sites],
    providers: &IndexVec<ProviderId, Provider>,
) -> OverflowTable {
    let mut table = OverflowTable::new();
    let mut seen = BTreeSet::new();
    for row in cx.rows("overflow") {
        let Some(((service, from), (area, order, to))) = candidate(cx, row) else { continue };
        able(cx, row, "to", service, to, sites, providers);
        if from == to {
            cx.sink.report_plain(Code::BadOverflow, row.at("to"), || {
                format!("the overflow of {} leads to itself", row.text("from").unwrap_or_default())
            });
        }
        if !seen.insert((service, from, area, to)) {
            cx.sink.report_plain(Code::Duplicate, Some(row.place), || {
                let text = |key: &str| row.text(key).unwrap_or_default();
                format!("overflow has two rows for {} from {} to {}", text("service"), text("from"), text("to"))
            });
        }
        table.entry((service, from)).or_default().push((area, order, to));
    }
    for candidates in table.values_mut() {
        candidates.sort_by_key(|&(area, order, to)| (order, to, area));
    }
    table
}

type Candidate = ((ServiceId, ProviderId), (Option<HomeAreaId>, u32, ProviderId));

fn candidate(cx: &Context<'_>, row: Row<'_>) -> Option<Candidate> {
    let provider = |key: &str| row.text(key).and_then(|id| cx.names.id(Target::Provider, id));
    let service = cx.names.id(Target::Service, row.text("service")?)?;
    let area = match row.text("home_area") {
        Some(area) => Some(cx.names.id(Target::HomeArea, area)?),
        None => None,
    };
    let order = row.whole("order", 1, 1_000_000)? as u32;
    Some(((service, provider("from")?), (area, order, provider("to")?)))
}

/// Reports a provider that cannot treat a service.
pub(super) fn able(
    cx: &mut Context<'_>,
    row: Row<'_>,
    key: &str,
    service: ServiceId,
    provider: ProviderId,
    sites: &[Sites],
    providers: &IndexVec<ProviderId, Provider>,
) {
    let Some(sites) = sites.get(service.index()) else { return };
    // Where referrals could not be read, nothing is known.
    let readable = !sites.referred.is_empty() && ["flows", "shares", "provides"].iter().all(|table| cx.whole(table));
    if readable && !sites.able(providers).any(|able| able == provider) {
        let service = row.text("service").unwrap_or_default();
        cx.sink.report_plain(Code::NotAble, row.at(key), || {
            format!("{} cannot treat {service}", row.text(key).unwrap_or_default())
        });
    }
}
