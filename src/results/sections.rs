//! What is known of every entity before the simulation: which rows there are.

use super::layout::Section;
use super::plan::Plan;
use super::table::audits::{self, Audited};
use super::table::bodies::{self, Commissioner, Decider};
use super::table::expected::listed;
use super::table::flows;
use super::table::icbs::{self, Resident};
use super::table::pools::{self, Place};
use super::table::providers::{self, Reach};
use super::table::services::{self, Line};
use super::table::{Metric, Table, items};
use crate::domain::Geography;
use crate::ids::{IcbId, Id, IndexVec, PoolId, ProviderId, ServiceId};
use crate::ledger::{Arrangements, Body, Coverage, Tariff, contract_lines, coverage};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::HOUR;
use std::collections::BTreeSet;

/// The entities of a section and what is known of each.
#[derive(Debug)]
pub(super) enum Content {
    Commissioners(Vec<Commissioner>),
    Deciders(Vec<Decider>),
    /// With the ICB of each row.
    Icbs(Vec<IcbId>, Vec<Resident>),
    /// With the provider of each row.
    Providers(Vec<ProviderId>, Vec<Reach>),
    Services(Vec<ServiceId>, Vec<Line>),
    /// Flows in the order of the plan.
    Flows(Vec<()>),
    Pools(Vec<PoolId>, Vec<Place>),
    Pathways(Vec<ServiceId>, Vec<()>),
    /// With pool and number of patients.
    Occupancy(Vec<(PoolId, usize)>, Vec<Audited>),
    /// With pool and instant of the cycle.
    Profile(Vec<(PoolId, usize)>, Vec<Audited>),
}

impl Content {
    fn items(&self) -> Vec<(u32, &'static Metric)> {
        match self {
            Self::Commissioners(facts) => items(&bodies::COMMISSIONER_COLUMNS, facts),
            Self::Deciders(facts) => items(&bodies::DECIDER_COLUMNS, facts),
            Self::Icbs(_, facts) => items(&icbs::COLUMNS, facts),
            Self::Providers(_, facts) => items(&providers::COLUMNS, facts),
            Self::Services(_, facts) => items(&services::SERVICE_COLUMNS, facts),
            Self::Flows(facts) => items(&flows::COLUMNS, facts),
            Self::Pools(_, facts) => items(&pools::COLUMNS, facts),
            Self::Pathways(_, facts) => items(&services::PATHWAY_COLUMNS, facts),
            Self::Occupancy(_, facts) => items(&audits::OCCUPANCY_COLUMNS, facts),
            Self::Profile(_, facts) => items(&audits::PROFILE_COLUMNS, facts),
        }
    }
}

/// The entity columns of each row, and the content.
type Entities = (Vec<Vec<String>>, Content);

/// All sections in the order of the files, their rows not numbered yet.
pub(super) fn sections(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    options: &[Arrangements],
    plan: &Plan,
) -> Vec<Section> {
    let reports = model.calendar.reports.len();
    let section = |table, option, periods, (entities, content): Entities| Section {
        table,
        option,
        periods,
        items: content.items(),
        entities,
        content,
        first_row: 0,
    };
    let coverages: Vec<Coverage> =
        options.iter().map(|option| coverage(scenario, model, tariff, option.option)).collect();
    let by_option = |table: &'static Table, content: &dyn Fn(&Arrangements, &Coverage) -> Entities| -> Vec<Section> {
        let options = options.iter().zip(&coverages).enumerate();
        options.map(|(i, (option, coverage))| section(table, i, reports, content(option, coverage))).collect()
    };
    let shared = |table, content| vec![section(table, 0, reports, content)];
    let audited = |table, content| vec![section(table, 0, 1, content)];
    let feeding: BTreeSet<IcbId> =
        options.iter().flat_map(|option| &option.pools).flat_map(|pool| pool.members.iter().copied()).collect();
    [
        by_option(&bodies::COMMISSIONERS, &|option, coverage| commissioners(scenario, model, option, coverage)),
        by_option(&bodies::DECIDERS, &|option, _| deciders(scenario, option, plan)),
        by_option(&icbs::ICBS, &|_, coverage| residents(scenario, model, plan, &feeding, coverage)),
        by_option(&providers::PROVIDERS, &|option, _| reaches(scenario, option, plan)),
        shared(&services::SERVICES, lines(scenario, plan)),
        shared(&flows::FLOWS, flow_entities(scenario, plan)),
        shared(&pools::POOLS, places(scenario, model, plan)),
        shared(&services::PATHWAYS, pathways(scenario, plan)),
        audited(&audits::OCCUPANCY, occupancy(scenario, model, plan)),
        audited(&audits::PROFILE, profile(scenario, model, plan)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn commissioners(scenario: &Scenario, model: &Model, option: &Arrangements, coverage: &Coverage) -> Entities {
    let geography = &scenario.geography;
    let lines = contract_lines(scenario, model, option);
    let facts = option.commissioners.iter().zip(lines).map(|(&body, contract_lines)| Commissioner {
        population: registered_population(body, geography),
        contract_lines,
        coverage: scenario.scoped.then(|| coverage.of(body)),
    });
    let names = option.commissioners.iter().map(|body| vec![body.id(geography).to_owned()]).collect();
    (names, Content::Commissioners(facts.collect()))
}

/// Registered persons in the home areas that a body covers; nothing if an area does not state them.
fn registered_population(body: Body, geography: &Geography) -> Option<f64> {
    let areas = geography.home_areas.iter().filter(|area| body.covers(area.icb, geography));
    areas.map(|area| area.population).sum::<Option<f64>>().filter(|&persons| persons > 0.0)
}

fn deciders(scenario: &Scenario, option: &Arrangements, plan: &Plan) -> Entities {
    let mut services: BTreeSet<(u32, ServiceId)> = BTreeSet::new();
    let mut hosts: BTreeSet<u32> = BTreeSet::new();
    for (posting, cell) in option.postings.iter().zip(&plan.cells) {
        services.insert((posting.decider, cell.service));
        hosts.extend(posting.host_decider);
    }
    let facts = option.deciders.iter().zip(0..).map(|(&body, position)| Decider {
        services: services.range((position, ServiceId(0))..(position + 1, ServiceId(0))).count() as u32,
        shares_providers: body != Body::Nation && hosts.contains(&position),
    });
    let names = option.deciders.iter().map(|body| vec![body.id(&scenario.geography).to_owned()]).collect();
    (names, Content::Deciders(facts.collect()))
}

fn residents(
    scenario: &Scenario,
    model: &Model,
    plan: &Plan,
    feeding: &BTreeSet<IcbId>,
    coverage: &Coverage,
) -> Entities {
    let mut facts: IndexVec<IcbId, Resident> = vec![Resident { whole: true, ..Resident::default() }; plan.icbs].into();
    for cell in &plan.cells {
        let icb = &mut facts[cell.icb];
        icb.present = true;
        icb.waits |= cell.first_stage && cell.waits;
        icb.list_standard |= cell.first_stage && cell.waits && cell.standard;
        icb.standard |= cell.waits && cell.standard;
        icb.refuses |= cell.refuses;
        icb.distance |= !cell.km.is_nan();
        icb.hosts |= cell.host.is_some();
    }
    for (route, first_cell) in model.routes.iter().zip(&model.first_cells) {
        if first_cell.is_none() && route.share > 0.0 {
            facts[plan.streams[route.stream].icb].whole = false;
        }
    }
    facts.ids().for_each(|icb| facts[icb].bears = coverage.holds_pools_of(icb, &scenario.geography));
    let rows: Vec<IcbId> = facts.ids().filter(|&icb| facts[icb].present || feeding.contains(&icb)).collect();
    let names = rows.iter().map(|&icb| vec![scenario.geography.icbs[icb].id.clone()]).collect();
    let facts = rows.iter().map(|&icb| facts[icb].clone()).collect();
    (names, Content::Icbs(rows, facts))
}

fn reaches(scenario: &Scenario, option: &Arrangements, plan: &Plan) -> Entities {
    let only_scheme = (plan.schemes.len() == 1).then_some(0);
    let scheme = scenario.options[option.option].scheme.map(Id::index).or(only_scheme);
    let rows: Vec<ProviderId> =
        plan.cells.iter().map(|cell| cell.provider).collect::<BTreeSet<_>>().into_iter().collect();
    let fact = |&id: &ProviderId| {
        let provider = &scenario.providers[id];
        Reach { placed: provider.in_scope && provider.host_icb.is_some(), scheme }
    };
    let facts = rows.iter().map(fact).collect();
    let names = rows.iter().map(|&id| vec![scenario.providers[id].id.clone()]).collect();
    (names, Content::Providers(rows, facts))
}

fn treated(plan: &Plan) -> BTreeSet<ServiceId> {
    plan.cells.iter().map(|cell| cell.service).collect()
}

fn lines(scenario: &Scenario, plan: &Plan) -> Entities {
    let waiting: BTreeSet<ServiceId> =
        plan.cells.iter().filter(|cell| cell.first_stage && cell.waits).map(|cell| cell.service).collect();
    let rows: Vec<ServiceId> = treated(plan).into_iter().collect();
    let facts = rows.iter().map(|id| Line { waits: waiting.contains(id) }).collect();
    let names = rows.iter().map(|&id| vec![scenario.services[id].id.clone()]).collect();
    (names, Content::Services(rows, facts))
}

fn flow_entities(scenario: &Scenario, plan: &Plan) -> Entities {
    let name = |&(icb, provider, service): &(IcbId, ProviderId, ServiceId)| {
        [&scenario.geography.icbs[icb].id, &scenario.providers[provider].id, &scenario.services[service].id]
            .map(Clone::clone)
            .to_vec()
    };
    (plan.flows.iter().map(name).collect(), Content::Flows(vec![(); plan.flows.len()]))
}

/// The pools that are listed, and the first columns of their rows.
fn listed_pools(scenario: &Scenario) -> impl Iterator<Item = (PoolId, Vec<String>)> {
    let listed = scenario.pools.iter_ids().filter(|(_, pool)| listed(&scenario.providers[pool.provider]));
    listed.map(|(id, pool)| (id, vec![scenario.providers[pool.provider].id.clone(), pool.id.clone()]))
}

fn places(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let (rows, names): (Vec<PoolId>, Vec<Vec<String>>) = listed_pools(scenario).unzip();
    let mut stages: IndexVec<PoolId, (bool, bool)> = vec![(false, false); model.pools.len()].into();
    for cell in &plan.cells {
        stages[cell.pool].0 |= cell.standard;
        stages[cell.pool].1 |= cell.trim;
    }
    let fact = |id: &PoolId| {
        let pool = &model.pools[*id];
        let places = (pool.capacity != u32::MAX).then_some(pool.capacity);
        Place {
            places,
            waits: plan.pools[*id],
            refuses: places.is_some() && pool.refuses,
            standard: stages[*id].0,
            trim: stages[*id].1,
        }
    };
    let facts = rows.iter().map(fact).collect();
    (names, Content::Pools(rows, facts))
}

fn pathways(scenario: &Scenario, plan: &Plan) -> Entities {
    let rows: Vec<ServiceId> = treated(plan).into_iter().collect();
    let names = rows.iter().map(|&id| vec![scenario.services[id].id.clone(), "all".to_owned()]).collect();
    let facts = vec![(); rows.len()];
    (names, Content::Pathways(rows, facts))
}

fn audited(model: &Model, plan: &Plan, pool: PoolId) -> Audited {
    Audited { limited: model.pools[pool].capacity != u32::MAX, waits: plan.pools[pool] }
}

fn occupancy(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let numbers = |pool| if model.audits.occupancy_every.is_some() { model.audits.largest[pool] + 1 } else { 0 };
    expanded(
        scenario,
        |pool| (0..numbers(pool)).map(|n| (n.to_string(), audited(model, plan, pool))).collect(),
        Content::Occupancy,
    )
}

fn profile(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let (every, instants) = model.audits.profile.unwrap_or_default();
    let hour = |i: u32| (f64::from(i) * every as f64 / HOUR as f64).to_string();
    expanded(scenario, |pool| (0..instants).map(|i| (hour(i), audited(model, plan, pool))).collect(), Content::Profile)
}

/// A row for each listed pool and each of its numbers or instants.
fn expanded(
    scenario: &Scenario,
    steps: impl Fn(PoolId) -> Vec<(String, Audited)>,
    content: fn(Vec<(PoolId, usize)>, Vec<Audited>) -> Content,
) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (pool, name) in listed_pools(scenario) {
        for (step, (label, fact)) in steps(pool).into_iter().enumerate() {
            names.push(name.iter().cloned().chain([label]).collect());
            rows.push((pool, step));
            facts.push(fact);
        }
    }
    (names, content(rows, facts))
}
