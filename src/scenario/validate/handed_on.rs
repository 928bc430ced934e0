//! Amounts that a merged ICB has from its predecessors: all whose residents they concern state one.

use super::payments::routes;
use crate::ids::{HomeAreaId, IcbId, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::read::Context;
use crate::scenario::validated::Scenario;
use std::collections::BTreeSet;

/// Reports amounts of one predecessor that would stand for others too.
pub(super) fn check(cx: &mut Context<'_>, scenario: &Scenario) {
    if cx.inherited.is_empty() {
        return;
    }
    let routes = routes(scenario);
    let services: BTreeSet<(HomeAreaId, ServiceId)> =
        scenario.demand.iter().map(|stream| (stream.home_area, stream.service)).collect();
    let providers: BTreeSet<(HomeAreaId, ProviderId)> = routes.iter().map(|route| (route.0, route.1)).collect();
    let routes: BTreeSet<(HomeAreaId, ProviderId, ServiceId)> = routes.into_iter().collect();
    let whole = scenario.followed_icbs();
    for amount in cx.inherited {
        let provider = amount.provider.as_ref().and_then(|id| cx.names.id::<ProviderId>(Target::Provider, id));
        let service = amount.service.as_ref().and_then(|id| cx.names.id::<ServiceId>(Target::Service, id));
        let heir = cx.names.id::<IcbId>(Target::Icb, &amount.heir);
        let concerned = |area: &str| {
            let area = cx.names.id::<HomeAreaId>(Target::HomeArea, area)?;
            Some(match (provider, service) {
                (Some(provider), Some(service)) => routes.contains(&(area, provider, service)),
                (Some(provider), None) => providers.contains(&(area, provider)),
                // Budgets are compared with costs only where all of an ICB's residents are simulated.
                (None, Some(service)) => {
                    heir.is_some_and(|heir| whole.contains(&heir)) && services.contains(&(area, service))
                }
                (None, None) => false,
            })
        };
        let others = amount.without.iter().filter(|(_, area)| concerned(area) == Some(true));
        let others: BTreeSet<&str> = others.map(|(icb, _)| icb.as_str()).collect();
        if others.is_empty() {
            continue;
        }
        cx.sink.report(Code::PartOfMerger, Some(amount.place), || {
            let what = match amount.table {
                "plans" => "plan",
                "low_volume_blocks" => "block",
                _ => "budget line",
            };
            let of =
                [&amount.provider, &amount.service].into_iter().flatten().cloned().collect::<Vec<_>>().join(" and ");
            let others = others.into_iter().collect::<Vec<_>>().join(", ");
            let heir = &amount.heir;
            // A row of an heir with residents of its own adds to what it inherits.
            let instead =
                if amount.replaceable { format!(", or one for {heir} in place of all") } else { String::new() };
            let has = if amount.own { "states" } else { "inherits" };
            let message = format!(
                "{heir} {has} this {what} for {of}, which concerns residents of {others} too, for whom none is stated"
            );
            (message, format!("Add a row for {others} (£0 is an amount){instead}."))
        });
    }
}
