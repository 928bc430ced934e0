//! Warns of pools that more patients enter than they can ever treat.

use super::pathways::visits;
use crate::domain::{Capacity, Referral, TravelMeasure, WhenFull, choice_shares, great_circle_km};
use crate::ids::{HomeAreaId, ProviderId, ServiceId};
use crate::scenario::Scenario;
use crate::scenario::codes::Code;
use crate::scenario::read::Context;
use crate::scenario::source::Place;
use std::collections::BTreeMap;

/// Compares the offered load of each waiting pool in scope with its capacity.
pub(super) fn warn(cx: &mut Context<'_>, scenario: &Scenario) {
    let loads = loads(scenario);
    let rows: BTreeMap<(&str, &str), Place> =
        cx.rows("pools").filter_map(|row| Some(((row.text("provider")?, row.text("pool")?), row.place))).collect();
    for pool in &scenario.pools {
        let provider = &scenario.providers[pool.provider];
        let (Capacity::Places(places), WhenFull::Wait, true) = (pool.capacity, pool.when_full, provider.in_scope)
        else {
            continue;
        };
        let load = loads.get(&(pool.provider, pool.id.as_str())).copied().unwrap_or(0.0);
        if load > 0.0 && load >= f64::from(places) * (1.0 - 1e-9) {
            let row = |owner: &str| rows.get(&(owner, pool.id.as_str())).copied();
            let place = row(&provider.id).or_else(|| row("*"));
            cx.sink.report(Code::Overloaded, place, || {
                let message = format!(
                    "pool {} of {} is offered {load:.1} patients on average but has {places} places: its waiting list never settles",
                    pool.id, provider.id
                );
                let needed = libm::floor(load) as u64 + 1;
                (message, format!("Give it at least {needed} places, shorten stays, or set when_full = \"refuse\"."))
            });
        }
    }
}

/// Patients a day of each service at each provider.
fn arrivals(scenario: &Scenario) -> BTreeMap<(ServiceId, ProviderId), f64> {
    let mut arrivals = BTreeMap::new();
    for stream in &scenario.demand {
        let per_day = stream.per_day * stream.profile.mean();
        for (provider, share) in shares(scenario, stream.service, stream.home_area) {
            *arrivals.entry((stream.service, provider)).or_insert(0.0) += per_day * share;
        }
    }
    arrivals
}

fn shares(scenario: &Scenario, service: ServiceId, area: HomeAreaId) -> Vec<(ProviderId, f64)> {
    match &scenario.referral[service] {
        Referral::Observed(areas) => areas
            .binary_search_by_key(&area, |(area, _)| *area)
            .map_or_else(|_| Vec::new(), |found| areas[found].1.clone()),
        Referral::Choice { rule, on, attractions, .. } => {
            let alternatives: Vec<(f64, f64)> = attractions
                .iter()
                .map(|&(provider, attraction)| (attraction, travel(scenario, *on, area, provider)))
                .collect();
            let shares = choice_shares(*rule, &alternatives);
            attractions.iter().map(|alternative| alternative.0).zip(shares).collect()
        }
    }
}

fn travel(scenario: &Scenario, on: TravelMeasure, area: HomeAreaId, provider: ProviderId) -> f64 {
    let (minutes, km) = scenario.travel.get(&(area, provider)).copied().unwrap_or_default();
    let great_circle = || {
        let (from, to) = (scenario.geography.home_areas[area].position?, scenario.providers[provider].position?);
        Some(great_circle_km(from, to))
    };
    match on {
        TravelMeasure::Minutes => minutes,
        TravelMeasure::Km => km.or_else(great_circle),
    }
    .unwrap_or(0.0)
}

/// Offered load of each pool: arrivals x visits x mean stay, over the stages that seize it.
fn loads(scenario: &Scenario) -> BTreeMap<(ProviderId, &str), f64> {
    let mut per_arrival: BTreeMap<ServiceId, Vec<(&str, f64)>> = BTreeMap::new();
    for (id, service) in scenario.services.iter_ids() {
        let loads = service
            .stages
            .iter()
            .zip(visits(&service.stages))
            .filter_map(|(stage, visits)| stage.pool().map(|pool| (pool, visits * stage.stay.mean())));
        per_arrival.insert(id, loads.collect());
    }
    let mut loads = BTreeMap::new();
    for ((service, provider), per_day) in arrivals(scenario) {
        for (pool, load) in per_arrival.get(&service).into_iter().flatten() {
            *loads.entry((provider, *pool)).or_insert(0.0) += per_day * load;
        }
    }
    loads
}
