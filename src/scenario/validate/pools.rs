//! Pools: the rows for all providers spelt out, those out of scope made unlimited.

use super::services::Draft;
use crate::domain::{Capacity, Pool, Provider, Referral, WhenFull};
use crate::ids::{Id as _, IndexVec, ProviderId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// Builds the pools, sorted by provider and id.
pub(super) fn build(
    cx: &mut Context<'_>,
    services: &[Draft<'_>],
    referral: &[Referral],
    providers: &IndexVec<ProviderId, Provider>,
) -> Vec<Pool> {
    let mut own: BTreeMap<(ProviderId, &str), Row<'_>> = BTreeMap::new();
    let mut common: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    for row in cx.rows("pools") {
        let (Some(provider), Some(pool)) = (row.text("provider"), row.text("pool")) else { continue };
        if provider == "*" {
            common.entry(pool).or_insert(row);
        } else if let Some(provider) = cx.names.id(Target::Provider, provider) {
            own.entry((provider, pool)).or_insert(row);
        }
        start(cx, row);
    }
    let needed = needed(services, referral);
    let readable = cx.whole("pools");
    let mut pools: BTreeMap<(ProviderId, &str), Pool> = BTreeMap::new();
    for (&(provider, name), &place) in &needed {
        let Some(owner) = providers.get(provider) else { continue };
        let row = own.get(&(provider, name)).or_else(|| common.get(name));
        if row.is_none() && owner.in_scope && readable {
            cx.sink.report(Code::PoolMissing, place, || {
                let id = &owner.id;
                let cure = format!("Add a row such as {id},{name},12 to pools, or *,{name},12 for all providers.");
                (format!("provider {id} has no pool {}", quote(name)), cure)
            });
        }
        pools.insert((provider, name), pool(row.copied(), provider, name, owner.in_scope));
    }
    for (&(provider, name), row) in &own {
        let in_scope = providers.get(provider).is_some_and(|owner| owner.in_scope);
        pools.entry((provider, name)).or_insert_with(|| pool(Some(*row), provider, name, in_scope));
        if !needed.contains_key(&(provider, name)) {
            unused(cx, *row, name);
        }
    }
    let names: BTreeSet<&str> = needed.keys().map(|key| key.1).collect();
    for (name, row) in common.iter().filter(|(name, _)| !names.contains(*name)) {
        unused(cx, *row, name);
    }
    pools.into_values().collect()
}

/// Each provider's pools that its patients' stages seize, and the place of such a stage.
fn needed<'s>(services: &'s [Draft<'_>], referral: &[Referral]) -> BTreeMap<(ProviderId, &'s str), Option<Place>> {
    let mut needed = BTreeMap::new();
    for (draft, referral) in services.iter().zip(referral) {
        let providers: BTreeSet<ProviderId> = match referral {
            Referral::Observed(areas) => areas.iter().flat_map(|(_, shares)| shares).map(|share| share.0).collect(),
            Referral::Choice { attractions, .. } => attractions.iter().map(|alternative| alternative.0).collect(),
        };
        let mut seized: BTreeMap<&str, Option<Place>> = BTreeMap::new();
        for (id, stage) in draft.service.stages.iter_ids() {
            if let Some(pool) = stage.pool() {
                seized.entry(pool).or_insert_with(|| draft.places.get(id.index()).copied());
            }
        }
        for provider in providers {
            for (pool, place) in &seized {
                needed.entry((provider, *pool)).or_insert(*place);
            }
        }
    }
    needed
}

fn pool(row: Option<Row<'_>>, provider: ProviderId, name: &str, in_scope: bool) -> Pool {
    let unlimited = Pool::plain(provider, name, Capacity::Unlimited);
    let Some(row) = row.filter(|_| in_scope) else {
        return unlimited;
    };
    Pool {
        capacity: row.node("capacity").and_then(|node| leaf::capacity(node).ok()).unwrap_or(Capacity::Unlimited),
        when_full: match row.text("when_full") {
            Some("refuse") => WhenFull::Refuse,
            _ => WhenFull::Wait,
        },
        occupied_at_start: row.whole("occupied_at_start", 0, 1_000_000_000).map(|present| present as u32),
        ..unlimited
    }
}

fn start(cx: &mut Context<'_>, row: Row<'_>) {
    let capacity = row.node("capacity").and_then(|node| leaf::capacity(node).ok());
    if let (Some(Capacity::Places(places)), Some(present)) =
        (capacity, row.whole("occupied_at_start", 0, 1_000_000_000))
        && present > u64::from(places)
    {
        cx.sink.report_plain(Code::StartOverCapacity, row.at("occupied_at_start"), || {
            format!("{present} patients are present at the start of a pool with {places} places")
        });
    }
}

// Where there are errors a pool may only seem unused.
fn unused(cx: &mut Context<'_>, row: Row<'_>, name: &str) {
    if !cx.sink.has_errors() {
        let provider = row.text("provider").unwrap_or_default();
        cx.sink.report_plain(Code::PoolUnused, Some(row.place), || {
            format!("nobody uses the pool {} of {}", quote(name), quote(provider))
        });
    }
}
