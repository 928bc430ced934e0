//! Warns of pools that more patients enter than they can ever treat.

use super::pathways::visits;
use super::places::{Offer, in_the_long_run};
use super::sites::Sites;
use super::treatable::overflows;
use crate::domain::{Reach, Referral, Service, Stage, TravelMeasure, WhenFull, choice_shares, great_circle_km};
use crate::ids::{HomeAreaId, Id as _, PoolId, ProviderId, ServiceId};
use crate::scenario::Scenario;
use crate::scenario::codes::Code;
use crate::scenario::read::Context;
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// What patients ask of a pool.
#[derive(Clone, Copy, Default)]
struct Load {
    /// Mean number of places that would be held.
    places: f64,
    /// Places taken a day.
    taken_per_day: f64,
}

/// Compares the offered load of each waiting pool in scope with its capacity; pools in `hopeless` were reported.
pub(super) fn warn(cx: &mut Context<'_>, scenario: &Scenario, sites: &[Sites], hopeless: &BTreeSet<PoolId>) {
    let relieved = relieved(scenario, sites);
    let loads = loads(scenario, sites);
    let rows: BTreeMap<(&str, &str), Place> =
        cx.rows("pools").filter_map(|row| Some(((row.text("provider")?, row.text("pool")?), row.place))).collect();
    for (id, pool) in scenario.pools.iter_ids() {
        let provider = &scenario.providers[pool.provider];
        let key = (pool.provider, pool.id.as_str());
        let waits = pool.when_full == WhenFull::Wait && pool.list_limit.is_none();
        if !waits || !provider.in_scope || relieved.contains(&key) || hopeless.contains(&id) {
            continue;
        }
        let load = loads.get(&key).copied().unwrap_or_default();
        let (asked, offered, offer) = match in_the_long_run(pool, &scenario.run) {
            Offer::Places(places) => (load.places, places, format!("has {} places", rounded(places))),
            Offer::SlotsPerDay(slots) => (load.taken_per_day, slots, format!("has {} slots a day", rounded(slots))),
        };
        if asked > 0.0 && asked >= offered * (1.0 - 1e-9) {
            let row = |owner: &str| rows.get(&(owner, pool.id.as_str())).copied();
            let place = row(&provider.id).or_else(|| row("*"));
            cx.sink.report(Code::Overloaded, place, || {
                let sessions = matches!(in_the_long_run(pool, &scenario.run), Offer::SlotsPerDay(_));
                let asked_words =
                    if sessions { format!("{asked:.1} patients a day") } else { format!("{asked:.1} patients") };
                let message = format!(
                    "pool {} of {} is offered {asked_words} on average but {offer}: its waiting list never settles",
                    pool.id, provider.id
                );
                let needed = libm::floor(asked) as u64 + 1;
                let cure = if sessions {
                    format!("Give it at least {needed} slots a day, or set when_full = \"refuse\".")
                } else {
                    format!("Give it at least {needed} places, shorten stays, or set when_full = \"refuse\".")
                };
                (message, cure)
            });
        }
    }
}

/// Two decimals, without trailing zeros.
fn rounded(number: f64) -> f64 {
    libm::round(number * 100.0) / 100.0
}

/// Pools whose lists may settle though they are offered too much: patients leave, are refused or go elsewhere, or the
/// first choice is steered.
fn relieved<'s>(scenario: &'s Scenario, sites: &[Sites]) -> BTreeSet<(ProviderId, &'s str)> {
    let mut relieved = BTreeSet::new();
    for ((id, service), sites) in scenario.services.iter_ids().zip(sites) {
        let steered = scenario.flow_rules.iter().any(|set| set.rules[id].first != Reach::Nation)
            || matches!(&scenario.referral[id], Referral::Choice { wait_decay, .. } if *wait_decay > 0.0);
        let overflows = overflows(scenario, id);
        for (stage_id, stage) in service.stages.iter_ids() {
            let leaves = stage.patience.is_some() || stage.when_full == Some(WhenFull::Refuse);
            if steered || leaves || (overflows && stage.transfers) {
                let providers = sites.of(stage_id);
                let pools = stage.needs.iter().map(|need| need.pool.as_str());
                relieved.extend(pools.flat_map(|pool| providers.iter().map(move |provider| (*provider, pool))));
            }
        }
    }
    relieved
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

/// Offered load of each pool: arrivals x visits x places, x mean stay, over the stages that seize it.
fn loads<'s>(scenario: &'s Scenario, sites: &[Sites]) -> BTreeMap<(ProviderId, &'s str), Load> {
    let per_arrival: Vec<Vec<(&str, Load)>> =
        scenario.services.iter().zip(sites).map(|(service, sites)| of_a_patient(service, sites)).collect();
    let mut loads: BTreeMap<(ProviderId, &str), Load> = BTreeMap::new();
    for ((service, provider), per_day) in arrivals(scenario) {
        for (pool, load) in per_arrival.get(service.index()).into_iter().flatten() {
            let total = loads.entry((provider, *pool)).or_default();
            total.places += per_day * load.places;
            total.taken_per_day += per_day * load.taken_per_day;
        }
    }
    loads
}

/// What a patient asks of the pools of the provider that the referral went to. Stages near home are left out: how many
/// come to which provider depends on distances.
fn of_a_patient<'s>(service: &'s Service, sites: &Sites) -> Vec<(&'s str, Load)> {
    let mut loads = Vec::new();
    for ((id, stage), visits) in service.stages.iter_ids().zip(visits(&service.stages)) {
        let here = sites.near_home.get(id.index()).is_none_or(BTreeSet::is_empty);
        for need in stage.needs.iter().filter(|_| here) {
            let taken_per_day = visits * f64::from(need.places);
            loads.push((need.pool.as_str(), Load { places: taken_per_day * shortest(stage), taken_per_day }));
        }
    }
    loads
}

/// The mean stay in days, at home or away, whichever is shorter.
fn shortest(stage: &Stage) -> f64 {
    let home = stage.stay.mean();
    stage.away.as_ref().map_or(home, |away| home.min(away.stay.mean()))
}
