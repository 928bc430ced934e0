//! A service with all of its sites, those that open included.

use super::change::{Change, Opened};
use crate::cli::args::SitesArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::domain::{Capacity, ChoiceRule, TravelMeasure};
use crate::experiment::{Demands, Site, SitePool, Siting};
use crate::ids::{HomeAreaId, Id as _, LineId, PoolId, ProviderId, ServiceId};
use crate::model::Model;
use crate::results::SiteSets;
use crate::scenario::Scenario;
use crate::units::DAYS_PER_YEAR;
use std::collections::BTreeMap;

/// The service with all of its sites, those that open included.
#[expect(clippy::too_many_arguments, reason = "the parts of one choice model and what is asked of it")]
pub(super) fn view<'a>(
    scenario: &'a Scenario,
    service: ServiceId,
    rule: ChoiceRule,
    on: TravelMeasure,
    attractions: &[(ProviderId, f64)],
    change: &Change,
    args: &SitesArgs,
    model: &Model,
    printer: Printer,
) -> Result<SiteSets<'a>, Exit> {
    let mut referred: BTreeMap<HomeAreaId, f64> = BTreeMap::new();
    for stream in scenario.demand.iter().filter(|stream| stream.service == service) {
        *referred.entry(stream.home_area).or_insert(0.0) += stream.per_day * stream.profile.mean() * DAYS_PER_YEAR;
    }
    let opened = change.opened.iter().map(|(&provider, one)| (provider, one.attraction, Some(*one)));
    let mut all: Vec<(ProviderId, f64, Option<Opened>)> =
        attractions.iter().map(|&(provider, attraction)| (provider, attraction, None)).chain(opened).collect();
    all.sort_by_key(|one| one.0);
    let areas: Vec<HomeAreaId> = referred.keys().copied().collect();
    let mut sites = Vec::new();
    let mut unknown = Vec::new();
    let needs = needs(scenario, service, model);
    let now = present(scenario, service, model);
    for &(provider, attraction, opened) in &all {
        let travel = areas.iter().map(|&area| {
            scenario.travel_between(on, area, provider).unwrap_or_else(|| {
                unknown.push((area, provider));
                0.0
            })
        });
        let travel = travel.collect();
        let minimum = args.minimum.or_else(|| scenario.standards.of(service, provider).minimum_volume);
        let present = now.get(&provider).copied().unwrap_or(0.0);
        let pools = needs.iter().map(|(id, &per_patient)| {
            let own = pool(scenario, provider, id);
            let places = places(scenario, provider, id, opened, args.places);
            let load = own.map_or(0.0, |pool| model.expected.offered_load[pool]);
            SitePool { id: (*id).clone(), places, others: (load - present * per_patient).max(0.0), per_patient }
        });
        sites.push(Site { attraction, travel, minimum, pools: pools.collect() });
    }
    if let Some(&(area, provider)) = unknown.first() {
        printer.error(&format!(
            "the travel from {} to {} is not known: add it to the table travel, or positions of both for kilometres",
            scenario.geography.home_areas[area].id, scenario.providers[provider].id
        ));
        return Err(Exit::Invalid);
    }
    let demands = Demands { limit: args.limit, within: args.within, max_load: args.max_load };
    Ok(SiteSets {
        scenario,
        service,
        unit: match on {
            TravelMeasure::Km => "km",
            TravelMeasure::Minutes => "minutes",
        },
        siting: Siting::new(rule, referred.values().copied().collect(), sites, demands),
        areas,
        providers: all.iter().map(|one| one.0).collect(),
        sets: Vec::new(),
        bound: None,
    })
}

/// The places of a pool of a site; none without a limit. An opened site without the pool has those that are stated.
pub(super) fn places(
    scenario: &Scenario,
    provider: ProviderId,
    id: &str,
    opened: Option<Opened>,
    stated: Option<u32>,
) -> Option<f64> {
    let limit = |pool: PoolId| match scenario.pools[pool].capacity {
        Capacity::Places(places) => Some(f64::from(places)),
        Capacity::Unlimited => None,
    };
    let own = pool(scenario, provider, id);
    let moved = opened.and_then(|one| one.from).and_then(|from| pool(scenario, from, id));
    match (own, moved) {
        // What moves brings its places with it.
        (Some(own), Some(moved)) => Some(limit(own)? + limit(moved)?),
        (Some(pool), None) | (None, Some(pool)) => limit(pool),
        (None, None) => stated.map(f64::from),
    }
}

fn pool(scenario: &Scenario, provider: ProviderId, id: &str) -> Option<PoolId> {
    scenario.pools.iter_ids().find(|(_, pool)| pool.provider == provider && pool.id == id).map(|(id, _)| id)
}

/// The pools that a service needs at its provider, with the places that one patient a year takes on average.
fn needs<'a>(scenario: &'a Scenario, service: ServiceId, model: &Model) -> BTreeMap<&'a String, f64> {
    let mut needs = BTreeMap::new();
    for (stage, one) in scenario.services[service].stages.iter_ids() {
        let line = LineId::new(model.first_line[service].index() + stage.index());
        let days = model.expected.visits[line] * model.expected.mean_stay_days[line];
        for need in &one.needs {
            *needs.entry(&need.pool).or_insert(0.0) += days * f64::from(need.places) / DAYS_PER_YEAR;
        }
    }
    needs
}

/// Patients of a service a year by provider, as the model has them.
fn present(scenario: &Scenario, service: ServiceId, model: &Model) -> BTreeMap<ProviderId, f64> {
    let mut patients = BTreeMap::new();
    for (id, route) in model.routes.iter_ids() {
        if model.streams[route.stream].service == service {
            let provider = &scenario.providers[route.provider];
            let per_year = if provider.in_scope { model.expected.referrals_per_day[id] * DAYS_PER_YEAR } else { 0.0 };
            *patients.entry(route.provider).or_insert(0.0) += per_year;
        }
    }
    patients
}
