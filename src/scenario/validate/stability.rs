//! Warns of pools that more patients enter than they can ever treat.

use super::pathways::visits;
use super::sites::Sites;
use super::treatable::overflows;
use crate::domain::{Asked, Class, Offer, Reach, Referral, Service, Stage, choice_shares};
use crate::ids::{HomeAreaId, Id as _, PoolId, ProviderId, ServiceId};
use crate::scenario::Scenario;
use crate::scenario::codes::Code;
use crate::scenario::read::Context;
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// Compares what those who cannot leave ask of each waiting pool in scope with what it offers; pools in `hopeless` were
/// reported.
pub(super) fn warn(cx: &mut Context<'_>, scenario: &Scenario, sites: &[Sites], hopeless: &BTreeSet<PoolId>) {
    let loads = loads(scenario, sites);
    let rows: BTreeMap<(&str, &str), Place> =
        cx.rows("pools").filter_map(|row| Some(((row.text("provider")?, row.text("pool")?), row.place))).collect();
    for (id, pool) in scenario.pools.iter_ids() {
        let provider = &scenario.providers[pool.provider];
        if !provider.in_scope || hopeless.contains(&id) {
            continue;
        }
        let load = loads.get(&(pool.provider, pool.id.as_str())).copied().unwrap_or_default();
        let Some(offer) = pool.overloaded(load, scenario.run.start, scenario.run.end()) else { continue };
        let row = |owner: &str| rows.get(&(owner, pool.id.as_str())).copied();
        let place = row(&provider.id).or_else(|| row("*"));
        cx.sink.report(Code::Overloaded, place, || {
            let (asked, offered) = (offer.of(load), rounded(offer.number()));
            let (asks, has) = match offer {
                Offer::Places(_) => ("patients", "places"),
                Offer::SlotsPerDay(_) => ("patients a day", "slots a day"),
            };
            let message = format!(
                "pool {} of {} is offered {asked:.1} {asks} on average but has {offered} {has}: its waiting list never settles",
                pool.id, provider.id
            );
            let more = |number: f64| libm::floor(number) as u64 + 1;
            let cure = match &pool.calendar {
                Some(calendar) if matches!(offer, Offer::SlotsPerDay(_)) => {
                    let days = calendar.cycle.days();
                    let needed = more(asked * days);
                    format!(
                        "Give it at least {needed} {} in a cycle of {} {}, or set when_full = \"refuse\".",
                        if needed == 1 { "slot" } else { "slots" },
                        rounded(days),
                        if days == 1.0 { "day" } else { "days" }
                    )
                }
                _ => {
                    let needed = more(asked);
                    format!("Give it at least {needed} places, shorten stays, or set when_full = \"refuse\".")
                }
            };
            (message, cure)
        });
    }
}

/// Two decimals, without trailing zeros.
fn rounded(number: f64) -> f64 {
    libm::round(number * 100.0) / 100.0
}

/// Whether nothing is known of where the patients of a service ask for places: the first choice is steered, or looks at
/// waits.
fn steered(scenario: &Scenario, id: ServiceId) -> bool {
    scenario.flow_rules.iter().any(|set| set.rules[id].first != Reach::Nation)
        || matches!(&scenario.referral[id], Referral::Choice { wait_decay, .. } if *wait_decay > 0.0)
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
                .map(|&(provider, attraction)| {
                    (attraction, scenario.travel_between(*on, area, provider).unwrap_or(0.0))
                })
                .collect();
            let shares = choice_shares(*rule, &alternatives);
            attractions.iter().map(|alternative| alternative.0).zip(shares).collect()
        }
    }
}

/// Offered load of each pool: arrivals x visits x places, x mean stay, over the stages that seize it.
fn loads<'s>(scenario: &'s Scenario, sites: &[Sites]) -> BTreeMap<(ProviderId, &'s str), Asked> {
    let per_arrival: Vec<Vec<(&str, Asked)>> = scenario
        .services
        .iter_ids()
        .zip(sites)
        .map(
            |((id, service), sites)| {
                if steered(scenario, id) { Vec::new() } else { of_a_patient(service, sites, overflows(scenario, id)) }
            },
        )
        .collect();
    let mut loads: BTreeMap<(ProviderId, &str), Asked> = BTreeMap::new();
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
/// come to which provider depends on distances. So are those whose patients leave, are refused or go elsewhere.
fn of_a_patient<'s>(service: &'s Service, sites: &Sites, overflows: bool) -> Vec<(&'s str, Asked)> {
    let mut loads = Vec::new();
    for ((id, stage), visits) in service.stages.iter_ids().zip(visits(&service.stages)) {
        let here = sites.near_home.get(id.index()).is_none_or(BTreeSet::is_empty);
        let stays = here && !(overflows && stage.transfers);
        let classes = Class::ALL.into_iter().zip(service.class_shares());
        let staying: f64 = classes.filter(|&(class, _)| !stage.lets_go(class)).map(|(_, share)| share).sum();
        for need in stage.needs.iter().filter(|_| stays && staying > 0.0) {
            let taken_per_day = visits * staying * f64::from(need.places);
            loads.push((need.pool.as_str(), Asked { places: taken_per_day * shortest(stage), taken_per_day }));
        }
    }
    loads
}

/// The mean stay in days, at home or away, whichever is shorter.
fn shortest(stage: &Stage) -> f64 {
    let home = stage.stay.mean();
    stage.away.as_ref().map_or(home, |away| home.min(away.stay.mean()))
}
