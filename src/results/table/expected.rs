//! Table `expected`: what the traffic equations say, at full precision, with nothing simulated.

use super::{Better, Kind, Metric, Table};
use crate::domain::Provider;
use crate::ids::{HomeAreaId, Id, IndexVec, PoolId, ProviderId, ServiceId};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::DAYS_PER_YEAR;

pub(in crate::results) const EXPECTED: Table = Table {
    name: "expected",
    meaning: "Expected flows and loads by the traffic equations, as if nobody were ever refused; nothing of it is simulated. Columns that do not apply are blank.",
    entities: &[
        ("home_area", "where patients live"),
        ("provider", "ODS code, or elsewhere"),
        ("service", "slug of the service"),
        ("stage", "slug of the stage"),
        ("pool", "slug of the pool"),
    ],
};

const fn metric(name: &'static str, unit: &'static str, meaning: &'static str, formula: &'static str) -> Metric {
    Metric { name, unit, kind: Kind::Fixed, better: Better::Neither, meaning, formula }
}

static REFERRAL_SHARE: Metric = metric(
    "referral_share",
    "share",
    "Share of a home area's referrals for a service that go to a provider.",
    "observed share, or the choice model",
);
static REFERRALS_PER_YEAR: Metric = metric(
    "referrals_per_year",
    "patients per year",
    "Expected referrals from a home area for a service to a provider.",
    "rate x share x 365.25 days, routes out of scope included",
);
static REFERRALS_PER_100K: Metric = metric(
    "referrals_per_100k_per_year",
    "per 100,000 per year",
    "Expected referrals of a home area for a service, over its registered population.",
    "referrals per year / registered population x 100,000",
);
pub(in crate::results) static RELATIVE_RATE: Metric = metric(
    "relative_rate",
    "ratio",
    "That rate over the rate of all home areas with a stated population together.",
    "referrals_per_100k_per_year / the same of all areas",
);
static VISITS: Metric = metric(
    "visits",
    "visits per referral",
    "How often a referral visits a stage.",
    "traffic equations: visits = first stage + visits x routing",
);
static MEAN_STAY: Metric = metric("mean_stay_days", "days", "Mean stay in a stage.", "mean of the stay's distribution");
static MEAN_FACTOR: Metric = metric(
    "mean_market_forces_factor",
    "factor",
    "Mean Market Forces Factor of a stage's activity.",
    "providers' factors weighted by expected stays, providers out of scope included",
);
static OFFERED_LOAD: Metric = metric(
    "offered_load",
    "places",
    "Mean number of places that would be taken if there were no limit. At or above the places there are, a waiting list grows without end.",
    "sum over its stages of stays per day x mean stay",
);

pub(in crate::results) static METRICS: [&Metric; 8] = [
    &REFERRAL_SHARE,
    &REFERRALS_PER_YEAR,
    &REFERRALS_PER_100K,
    &RELATIVE_RATE,
    &VISITS,
    &MEAN_STAY,
    &MEAN_FACTOR,
    &OFFERED_LOAD,
];

/// One expected number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExpectedRow<'a> {
    /// Home area, provider, service, stage, pool; blank where they do not apply.
    pub entity: [&'a str; 5],
    /// What it is.
    pub metric: &'static Metric,
    /// Its value in the metric's unit.
    pub value: f64,
}

/// The rows of the table, in the order of their metrics and ids, made one by one.
pub(in crate::results) fn expected_rows<'a>(
    scenario: &'a Scenario,
    model: &'a Model,
) -> impl Iterator<Item = ExpectedRow<'a>> {
    let geography = &scenario.geography;
    let expected = &model.expected;
    let area = |id: HomeAreaId| geography.home_areas[id].id.as_str();
    let provider = |id: ProviderId| scenario.providers[id].id.as_str();
    let service = |id: ServiceId| scenario.services[id].id.as_str();
    let per_year = |id| expected.referrals_per_day[id] * DAYS_PER_YEAR;

    let by_route = move |metric: &'static Metric, value: fn(f64, f64) -> f64| {
        model.routes.iter_ids().map(move |(id, route)| {
            let stream = &model.streams[route.stream];
            let entity = [area(stream.home_area), provider(route.provider), service(stream.service), "", ""];
            ExpectedRow { entity, metric, value: value(route.share, per_year(id)) }
        })
    };
    let routes =
        by_route(&REFERRAL_SHARE, |share, _| share).chain(by_route(&REFERRALS_PER_YEAR, |_, per_year| per_year));

    let mut by_stream = vec![0.0; model.streams.len()];
    for (id, route) in model.routes.iter_ids() {
        by_stream[route.stream.index()] += per_year(id);
    }
    // By service: referrals a year from, and persons in, the home areas with a population.
    let population = |id: HomeAreaId| geography.home_areas[id].population.filter(|&persons| persons > 0.0);
    let persons: f64 = geography.home_areas.ids().filter_map(population).sum();
    let mut all: IndexVec<ServiceId, f64> = vec![0.0; scenario.services.len()].into();
    for (stream, referrals) in model.streams.iter().zip(&by_stream) {
        if population(stream.home_area).is_some() {
            all[stream.service] += referrals;
        }
    }
    let mut rates = Vec::new();
    for (metric, relative) in [(&REFERRALS_PER_100K, false), (&RELATIVE_RATE, true)] {
        for (stream, referrals) in model.streams.iter().zip(&by_stream) {
            let Some(population) = population(stream.home_area) else { continue };
            let scale = if relative { persons / all[stream.service] } else { 1e5 };
            let entity = [area(stream.home_area), "", service(stream.service), "", ""];
            rates.push(ExpectedRow { entity, metric, value: referrals / population * scale });
        }
    }

    let by_line = [
        (&VISITS, &expected.visits),
        (&MEAN_STAY, &expected.mean_stay_days),
        (&MEAN_FACTOR, &expected.mean_market_forces_factor),
    ];
    let lines = by_line.into_iter().flat_map(move |(metric, column)| {
        column.iter_ids().map(move |(id, &value)| {
            let line = &model.lines[id];
            let stage = scenario.services[line.service].stages[line.stage].id.as_str();
            ExpectedRow { entity: ["", "", service(line.service), stage, ""], metric, value }
        })
    });
    let pools = scenario.pools.iter_ids().filter(|(_, pool)| listed(&scenario.providers[pool.provider]));
    let loads = pools.map(move |(id, pool)| ExpectedRow {
        entity: ["", provider(pool.provider), "", "", &pool.id],
        metric: &OFFERED_LOAD,
        value: expected.offered_load[PoolId::new(id.index())],
    });
    routes.chain(rates).chain(lines).chain(loads)
}

/// Whether the pools of a provider are listed: those of providers in scope.
pub(in crate::results) fn listed(provider: &Provider) -> bool {
    provider.in_scope
}
