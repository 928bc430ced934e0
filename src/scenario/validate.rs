//! From the checked tree to a [`Scenario`]: each part builds its types and reports what does not fit together.

mod budgets;
mod calendars;
mod changes;
mod demand;
mod distances;
mod factors;
mod flow_rules;
mod geography;
mod handed_on;
mod holding;
mod inputs;
mod list_order;
mod options;
mod overflow;
mod oversight;
mod pathways;
mod payments;
mod places;
mod planning;
mod pools;
mod prices;
mod profiles;
mod providers;
mod recommendation;
mod reservations;
mod run;
mod services;
mod sites;
mod stability;
mod stages;
mod stays;
mod timelines;
mod treatable;
mod waiting;

use super::read::Context;
use super::source::Place;
use super::validated::Scenario;
use crate::domain::{Factors, Uncertainty};
use crate::ids::IndexVec;

/// Builds everything; the result is only meaningful if no error was reported.
pub(super) fn build(cx: &mut Context<'_>, name: String) -> Option<Scenario> {
    let (run, audits) = run::build(cx);
    let mut geography = geography::build(cx);
    geography.borders = recommendation::borders(cx, &geography);
    let mut providers = providers::build(cx, &geography);
    let profiles = profiles::build(cx);
    let mut services = services::build(cx);
    prices::attach(cx, &mut services);
    payments::top_ups(cx, &services, &mut providers);
    let payments = payments::build(cx, &services);
    let budgets = budgets::build(cx);
    let standards = oversight::standards(cx, &services);
    let readiness = oversight::readiness(cx, &geography);
    let controls = oversight::controls(cx);
    let travel = providers::travel(cx);
    let demand = demand::build(cx, &services, &geography, &providers, &travel, &profiles);
    if demand.elsewhere {
        providers.push(providers::elsewhere());
    }
    let rows = pools::PoolRows::read(cx);
    let sites = sites::find(cx, &services, &demand.referral, &rows);
    let calendars = calendars::build(cx);
    let mut pools = pools::build(cx, &services, &sites, &rows, &calendars, &providers);
    changes::attach(cx, &mut pools, &rows, &providers);
    reservations::attach(cx, &mut pools, &rows, &geography, &providers);
    if let Some(run) = &run {
        calendars::too_large(cx, &pools, run);
    }
    let planning = planning::build(cx, &pools, &providers);
    list_order::check(cx, &services, &sites, &pools);
    let distances = distances::Distances { geography: &geography, providers: &providers, travel: &travel };
    sites::distances(cx, &services, &rows, &demand.streams, distances);
    let overflow = overflow::build(cx, &sites, &providers);
    let flow_rules = flow_rules::build(
        cx,
        &services,
        &flow_rules::Surroundings {
            sites: &sites,
            providers: &providers,
            streams: &demand.streams,
            distances,
            overflow: &overflow,
        },
    );
    let waiting_at_start = waiting::build(
        cx,
        &waiting::Surroundings {
            services: &services,
            sites: &sites,
            providers: &providers,
            streams: &demand.streams,
            pools: &pools,
        },
    );
    let options = options::build(cx, run.as_ref(), &services, &geography, &providers);
    let shown = options::shown(cx, &options);
    calendars::unused(cx);
    let places: Vec<Vec<_>> = services.iter().map(|draft| draft.stages.iter().map(|row| row.place).collect()).collect();
    let text = |key: &str| cx.root.get(key).and_then(|node| node.text()).unwrap_or_default().trim().to_owned();
    let services: IndexVec<_, _> = services.into_iter().map(|draft| draft.service).collect();
    let factors = factors::build(cx, &services);
    let uncertain = factors::uncertain(cx, &services);
    let scenario = Scenario {
        title: text("title"),
        question: text("question"),
        name,
        run: run?,
        audits,
        geography,
        providers,
        pools: pools.into(),
        services,
        demand: demand.streams,
        referral: demand.referral.into(),
        uncertainty: uncertainty(cx),
        factors: Factors::default(),
        planned: None,
        uncertain,
        travel,
        profiles,
        waiting_at_start,
        flow_rules,
        overflow,
        payments,
        budgets,
        agreed: payments::agreed(cx),
        standards,
        readiness,
        recommendation: recommendation::build(cx),
        controls,
        planning,
        assumption_metric: cx.root.get("assumption_metric").and_then(|node| node.text()).map(str::to_owned),
        options,
        shown,
        scoped: providers::scoped(cx),
        scope_icbs: providers::scope_icbs(cx),
        inputs: inputs::echo(cx.stated),
    };
    // What is checked from here on is what will be simulated.
    let scenario = if factors.are_ones() { Scenario { factors, ..scenario } } else { scenario.with_factors(factors) };
    check(cx, &scenario, &sites, &places);
    Some(scenario)
}

/// What only the whole scenario tells.
fn check(cx: &mut Context<'_>, scenario: &Scenario, sites: &[sites::Sites], places: &[Vec<Place>]) {
    if !cx.sink.has_errors() {
        payments::check(cx, scenario);
        budgets::check(cx, scenario);
        handed_on::check(cx, scenario);
        oversight::check(cx, scenario);
    }
    if !cx.sink.has_errors() {
        prices::check(cx, scenario);
        let hopeless = treatable::check(cx, scenario, sites, places);
        stability::warn(cx, scenario, sites, &hopeless);
    }
}

/// How demand varies beyond chance.
fn uncertainty(cx: &Context<'_>) -> Option<Uncertainty> {
    let row = cx.section("uncertainty")?;
    let uncertainty = Uncertainty {
        rate_cv: row.share("rate_cv").unwrap_or(0.0),
        variance_ratio: row.percentage("variance_ratio").unwrap_or(1.0),
    };
    (uncertainty.rate_cv > 0.0 || uncertainty.variance_ratio > 1.0).then_some(uncertainty)
}
