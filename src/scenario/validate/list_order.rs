//! Whether rising fits the order of the lists where it happens.

use super::services::Draft;
use super::sites::Sites;
use crate::domain::{Capacity, ListOrder, Pool, RiseWhen};
use crate::ids::ProviderId;
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::read::Context;
use std::collections::BTreeMap;

/// Checks every stage with `rises` at all its providers.
pub(super) fn check(cx: &mut Context<'_>, services: &[Draft<'_>], sites: &[Sites], pools: &[Pool]) {
    let orders: BTreeMap<(ProviderId, &str), ListOrder> = pools
        .iter()
        .filter(|pool| has_list(pool))
        .map(|pool| ((pool.provider, pool.id.as_str()), pool.order))
        .collect();
    for (draft, sites) in services.iter().zip(sites) {
        for (id, stage) in draft.service.stages.iter_ids().filter(|(_, stage)| !stage.rises.is_empty()) {
            let Some(pool) = stage.pool() else { continue };
            let providers = sites.of(id);
            let has = |order: ListOrder| {
                providers.iter().any(|provider| orders.get(&(*provider, pool)).is_some_and(|found| *found == order))
            };
            let waited = |when: RiseWhen| matches!(when, RiseWhen::Waited(_));
            let (rise, order) = if stage.rises.iter().any(|rise| waited(rise.when)) && has(ListOrder::BreachDate) {
                ("after", "joined")
            } else if stage.rises.iter().any(|rise| !waited(rise.when)) && has(ListOrder::Joined) {
                ("before_breach", "breach-date")
            } else {
                continue;
            };
            cx.sink.report(Code::BadRise, draft.at(id, "rises"), || {
                let message = format!(
                    "stage {} of {} rises by {rise}, but some provider's pool {} has not the order {order}",
                    quote(&stage.id),
                    draft.service.id,
                    quote(pool)
                );
                let other = if rise == "after" { "before_breach" } else { "after" };
                (message, format!("Set order = {order} in the row of pools, or rise by {other}."))
            });
        }
    }
}

/// Nobody ever waits for an unlimited pool, such as those out of scope.
fn has_list(pool: &Pool) -> bool {
    pool.capacity != Capacity::Unlimited || pool.calendar.is_some() || !pool.changes.is_empty()
}
