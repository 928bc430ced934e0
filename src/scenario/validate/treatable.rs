//! Finds stages that need more places than their pool ever has.

use super::places::most;
use super::sites::Sites;
use crate::domain::{Overflow, PlacesNeeded, Pool, WaitingList};
use crate::ids::{FlowId, HomeAreaId, Id as _, PoolId, ProviderId, ServiceId, StageId};
use crate::scenario::Scenario;
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::read::Context;
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// Reports services that nobody can ever be treated for, and warns of single providers; gives the pools in question.
pub(super) fn check(
    cx: &mut Context<'_>,
    scenario: &Scenario,
    sites: &[Sites],
    places: &[Vec<Place>],
) -> BTreeSet<PoolId> {
    let index: BTreeMap<(ProviderId, &str), PoolId> =
        scenario.pools.iter_ids().map(|(id, pool)| ((pool.provider, pool.id.as_str()), id)).collect();
    let most: Vec<f64> = scenario.pools.iter().map(|pool| most(pool, &scenario.run)).collect();
    let mut hopeless = BTreeSet::new();
    for ((service_id, service), sites) in scenario.services.iter_ids().zip(sites) {
        let areas: Vec<HomeAreaId> = scenario
            .demand
            .iter()
            .filter(|stream| stream.service == service_id)
            .map(|stream| stream.home_area)
            .collect();
        for (stage_id, stage) in service.stages.iter_ids().filter(|(_, stage)| !stage.needs.is_empty()) {
            let providers = sites.of(stage_id);
            let mut found: Vec<(PoolId, &PlacesNeeded, f64)> = Vec::new();
            for provider in &providers {
                let lacking = stage.needs.iter().find_map(|need| {
                    let id = *index.get(&(*provider, need.pool.as_str()))?;
                    let left = most[id.index()] - kept(&scenario.pools[id], scenario.flow_rules.len(), &areas);
                    (left < f64::from(need.places)).then_some((id, need, left.max(0.0)))
                });
                found.extend(lacking);
            }
            hopeless.extend(found.iter().map(|found| found.0));
            let first = stage_id == StageId(0);
            let all = first && found.len() == providers.len() && !areas.is_empty();
            // Who finds it full goes elsewhere.
            if !all && stage.transfers && overflows(scenario, service_id) {
                continue;
            }
            let place = places.get(service_id.index()).and_then(|places| places.get(stage_id.index())).copied();
            for (id, need, left) in found {
                let pool = &scenario.pools[id];
                let code = if all { Code::NeverTreated } else { Code::NeverTreatedHere };
                cx.sink.report_plain(code, place, || {
                    format!(
                        "stage {} of {} needs {} of the pool {} of {}, which never has {} for its patients",
                        quote(&stage.id),
                        service.id,
                        if need.places == 1 { "a place".to_owned() } else { format!("{} places", need.places) },
                        quote(&pool.id),
                        scenario.providers[pool.provider].id,
                        if left < 1.0 { "any".to_owned() } else { format!("more than {left}") }
                    )
                });
            }
        }
    }
    hopeless
}

/// Whether patients of a service may find places elsewhere under some flow rules.
pub(super) fn overflows(scenario: &Scenario, service: ServiceId) -> bool {
    scenario.flow_rules.iter().any(|set| {
        set.rules.get(service).is_some_and(|rule| rule.overflow != Overflow::None || rule.list == WaitingList::Shared)
    })
}

/// The places kept for others from the patients of the home area, under the flow rules, from whom the fewest are.
fn kept(pool: &Pool, sets: usize, areas: &[HomeAreaId]) -> f64 {
    if pool.reservations.is_empty() {
        return 0.0;
    }
    let under = |set: FlowId, area: HomeAreaId| -> f64 {
        pool.reservations
            .iter()
            .filter(|kept| kept.flow_rules.is_none_or(|only| only == set))
            .filter(|kept| kept.home_areas.binary_search(&area).is_err())
            .map(|kept| f64::from(kept.places))
            .sum()
    };
    let all = (0..sets).map(FlowId::new).flat_map(|set| areas.iter().map(move |area| under(set, *area)));
    all.fold(f64::INFINITY, f64::min).min(f64::from(u32::MAX))
}
