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
    let kept: Vec<Kept> = scenario.pools.iter().map(|pool| Kept::of(pool, scenario.flow_rules.len())).collect();
    let mut areas: Vec<Vec<HomeAreaId>> = vec![Vec::new(); scenario.services.len()];
    for stream in &scenario.demand {
        areas[stream.service.index()].push(stream.home_area);
    }
    let mut hopeless = BTreeSet::new();
    for ((service_id, service), sites) in scenario.services.iter_ids().zip(sites) {
        let areas = areas.get(service_id.index()).map_or(&[][..], Vec::as_slice);
        for (stage_id, stage) in service.stages.iter_ids().filter(|(_, stage)| !stage.needs.is_empty()) {
            let providers = sites.of(stage_id);
            let mut found: Vec<(PoolId, &PlacesNeeded, f64)> = Vec::new();
            for provider in &providers {
                let lacking = stage.needs.iter().find_map(|need| {
                    let id = *index.get(&(*provider, need.pool.as_str()))?;
                    let left = most[id.index()] - kept[id.index()].from(areas);
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

/// The places of a pool kept for others, under the flow rules under which the fewest are.
#[derive(Default)]
struct Kept {
    /// From patients of home areas that have reservations.
    by_area: BTreeMap<HomeAreaId, u64>,
    /// From all others: never fewer.
    otherwise: u64,
    /// There are any.
    any: bool,
}

impl Kept {
    fn of(pool: &Pool, sets: usize) -> Self {
        let mut totals: BTreeMap<Option<FlowId>, u64> = BTreeMap::new();
        let mut open: BTreeMap<HomeAreaId, BTreeMap<Option<FlowId>, u64>> = BTreeMap::new();
        for kept in &pool.reservations {
            *totals.entry(kept.flow_rules).or_default() += u64::from(kept.places);
            for &area in &kept.home_areas {
                *open.entry(area).or_default().entry(kept.flow_rules).or_default() += u64::from(kept.places);
            }
        }
        let always = totals.remove(&None).unwrap_or(0);
        // Under sets without reservations of their own no more than always.
        let fewest = if totals.len() < sets { 0 } else { totals.values().copied().min().unwrap_or(0) };
        let from = |open: &BTreeMap<Option<FlowId>, u64>| {
            let under = totals.iter().filter_map(|(set, total)| Some(total - open.get(set)?));
            always - open.get(&None).copied().unwrap_or(0) + under.fold(fewest, u64::min)
        };
        Self {
            by_area: open.iter().map(|(area, open)| (*area, from(open))).collect(),
            otherwise: always + fewest,
            any: !pool.reservations.is_empty(),
        }
    }

    /// From the patients of one of the home areas, from whom the fewest are.
    fn from(&self, areas: &[HomeAreaId]) -> f64 {
        let each = areas.iter().map(|area| self.by_area.get(area).copied().unwrap_or(self.otherwise));
        if self.any { each.min().map_or(f64::from(u32::MAX), |kept| kept as f64) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Capacity, Reservation, ReservationKind};

    #[test]
    fn places_kept_are_those_of_the_kindest_rules() {
        let kept = |places, areas: &[u32], set: Option<u32>| Reservation {
            places,
            home_areas: areas.iter().map(|&area| HomeAreaId(area)).collect(),
            kind: ReservationKind::RingFence,
            flow_rules: set.map(FlowId),
        };
        let mut pool = Pool::plain(ProviderId(0), "", Capacity::Places(50));
        assert_eq!(Kept::of(&pool, 2).from(&[]), 0.0);
        pool.reservations = vec![kept(5, &[0, 1], None), kept(3, &[1], Some(0)), kept(4, &[0], Some(1))];
        let found = Kept::of(&pool, 2);
        let from = |area: u32| found.from(&[HomeAreaId(area)]);
        // Under the first rules 3 + 0, under the second 0 + 0; 0 and 4; 8 and 9.
        assert_eq!((from(0), from(1), from(2)), (0.0, 0.0, 8.0));
        assert_eq!(found.from(&[HomeAreaId(2), HomeAreaId(1)]), 0.0);
        // Nothing but the first reservation holds under a third set.
        assert_eq!(Kept::of(&pool, 3).from(&[HomeAreaId(2)]), 5.0);
    }
}
