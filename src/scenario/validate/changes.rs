//! Dated changes of capacity.

use super::pools::PoolRows;
use crate::domain::{CapacityChange, Pool, Provider};
use crate::ids::{IndexVec, ProviderId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// The changes of one pool with their places.
type Changes = Vec<(CapacityChange, Place)>;

/// Reads `capacity_changes` into the pools; rows for all providers hold for those without their own.
pub(super) fn attach(
    cx: &mut Context<'_>,
    pools: &mut [Pool],
    rows: &PoolRows<'_>,
    providers: &IndexVec<ProviderId, Provider>,
) {
    // No provider stands for all.
    let mut changes: BTreeMap<(Option<ProviderId>, &str), Changes> = BTreeMap::new();
    for row in cx.rows("capacity_changes") {
        let (Some(owner), Some(pool)) = (row.text("provider"), row.text("pool")) else { continue };
        let provider = cx.names.id(Target::Provider, owner);
        if provider.is_none() && owner != "*" {
            continue;
        }
        known_pool(cx, row, rows);
        if let Some(change) = change(cx, row) {
            changes.entry((provider, pool)).or_default().push((change, row.place));
        }
    }
    for (key, changes) in &mut changes {
        changes.sort_by_key(|(change, place)| (change.from, *place));
        for pair in changes.windows(2) {
            if pair[0].0.until.is_none_or(|until| until > pair[1].0.from) {
                cx.sink.report_plain(Code::BadChange, Some(pair[1].1), || {
                    let from = pair[0].0.from;
                    format!("the change of the pool {} from {from} still holds on this one's first day", quote(key.1))
                });
            }
        }
    }
    let mut used = BTreeSet::new();
    for pool in pools.iter_mut() {
        let own = (Some(pool.provider), pool.id.as_str());
        let key = if changes.contains_key(&own) { own } else { (None, pool.id.as_str()) };
        if let Some((key, changes)) = changes.get_key_value(&key) {
            used.insert(*key);
            // Pools out of scope stay unlimited.
            if providers.get(pool.provider).is_some_and(|owner| owner.in_scope) {
                pool.changes = changes.iter().map(|change| change.0).collect();
            }
        }
    }
    for (key, changes) in changes.iter().filter(|(key, _)| !used.contains(*key)) {
        // Where there are errors a pool may only seem unused.
        if let Some((_, place)) = changes.first()
            && !cx.sink.has_errors()
        {
            cx.sink.report_plain(Code::PoolUnused, Some(*place), || {
                format!("nobody uses the pool {} whose capacity changes here", quote(key.1))
            });
        }
    }
}

/// Reports a pool that no row of `pools` is about.
pub(super) fn known_pool(cx: &mut Context<'_>, row: Row<'_>, rows: &PoolRows<'_>) {
    let (Some(owner), Some(pool)) = (row.text("provider"), row.text("pool")) else { return };
    let known = match cx.names.id(Target::Provider, owner) {
        Some(provider) => rows.of(provider, pool).is_some(),
        None => rows.names(pool),
    };
    if !known && cx.whole("pools") {
        cx.sink.report(Code::UnknownName, row.at("pool"), || {
            let whose = if owner == "*" { "no provider" } else { owner };
            let lacks = if owner == "*" { "has a pool" } else { "has no pool" };
            let message = format!("{whose} {lacks} {}", quote(pool));
            (message, format!("Correct the name, or add a row such as {owner},{pool},12 to pools."))
        });
    }
}

fn change(cx: &mut Context<'_>, row: Row<'_>) -> Option<CapacityChange> {
    let date = |key: &str| row.node(key).map(|node| leaf::date(node).ok());
    let from = date("from")??;
    let until = match date("until") {
        None => None,
        Some(read) => Some(read?),
    };
    if until.is_some_and(|until| until <= from) {
        cx.sink.report_plain(Code::BadChange, Some(row.at("until")), || {
            "the change ends on or before its first day".to_owned()
        });
        return None;
    }
    Some(CapacityChange { from, until, capacity: leaf::capacity(row.node("capacity")?).ok()? })
}
