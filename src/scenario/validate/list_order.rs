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
            let problem = if stage.rises.iter().any(|rise| waited(rise.when)) && has(ListOrder::BreachDate) {
                "after a time needs the order joined"
            } else if stage.rises.iter().any(|rise| !waited(rise.when)) && has(ListOrder::Joined) {
                "before the breach date needs the order breach-date"
            } else {
                continue;
            };
            cx.sink.report_plain(Code::BadRise, draft.at(id, "rises"), || {
                format!("rising {problem}, but the pool {} has the other one at some provider", quote(pool))
            });
        }
    }
}

/// Nobody ever waits for an unlimited pool, such as those out of scope.
fn has_list(pool: &Pool) -> bool {
    pool.capacity != Capacity::Unlimited || pool.calendar.is_some() || !pool.changes.is_empty()
}
