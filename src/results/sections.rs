//! What is known of every entity before the simulation: which rows there are.

use super::layout::Section;
use super::notes::thousands;
use super::places::Places;
use super::plan::{Plan, PoolFacts};
use super::table::audits::{self, Audited};
use super::table::baselines::{self, Baseline};
use super::table::bodies::{self, Commissioner, Decider};
use super::table::controls::{self, Stated};
use super::table::dashboard::{self, Held};
use super::table::expected::listed;
use super::table::flows;
use super::table::footprints::{self, Catchment};
use super::table::icbs::{self, Resident};
use super::table::pools::{self, Place};
use super::table::providers::{self, Reach};
use super::table::risk::{self, Basis, Exposed};
use super::table::services::{self, Line};
use super::table::{Metric, Table, items};
use crate::domain::{CalendarPattern, ControlTotal, Geography, IcbKind, Readiness, Score, Stage};
use crate::ids::{ClassRowId, FootprintId, IcbId, Id, IndexVec, PathwayId, PoolId, ProviderId, SchemeId, ServiceId};
use crate::ledger::{Arrangements, Body, Coverage, Mechanism, Tariff, coverage};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::{HOUR, Ticks};
use std::collections::{BTreeMap, BTreeSet};

/// The entities of a section and what is known of each.
#[derive(Debug)]
pub(super) enum Content {
    Commissioners(Vec<Commissioner>),
    Deciders(Vec<Decider>),
    /// With the ICB of each row.
    Icbs(Vec<IcbId>, Vec<Resident>),
    /// With the body of each row.
    Risk(Vec<AtRisk>, Vec<Exposed>),
    /// With the provider of each row.
    Providers(Vec<ProviderId>, Vec<Reach>),
    Services(Vec<ServiceId>, Vec<Line>),
    /// Flows in the order of the plan.
    Flows(Vec<()>),
    /// With the position of each site.
    Dashboard(Vec<usize>, Vec<Held>),
    /// With the position of footprint and service, footprint first.
    Footprints(Vec<usize>, Vec<Catchment>),
    /// With the services of each row and their specialised shares.
    Coverage(Vec<Vec<(ServiceId, f64)>>, Vec<Stated>),
    /// With the position of each site.
    Reconciliation(Vec<usize>, Vec<ControlTotal>),
    Baselines(Vec<Baseline>),
    /// Made of other rows when all simulations are known.
    Compared,
    Pools(Vec<PoolId>, Vec<Place>),
    /// With the row of pool and class.
    Classes(Vec<ClassRowId>, Vec<Place>),
    Pathways(Vec<PathwayId>, Vec<()>),
    /// With pool and number of patients.
    Occupancy(Vec<(PoolId, usize)>, Vec<Audited>),
    /// With pool and instant of the profile's cycle, or session of the calendar's.
    Profile(Vec<(PoolId, Instant)>, Vec<Audited>),
}

/// Whose costs a row of the table of risks has.
#[derive(Clone, Copy, Debug)]
pub(super) enum AtRisk {
    /// Position of a commissioner: what it owes.
    Payer(usize),
    /// What an ICB bears.
    Icb(IcbId),
}

/// An instant of the profile.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instant {
    /// Of the audit.
    Audit(usize),
    /// Of a session.
    Session(usize),
}

impl Content {
    /// Whether the counts of cells say something of it.
    pub(super) fn is_from_cells(&self) -> bool {
        match self {
            Self::Commissioners(_)
            | Self::Deciders(_)
            | Self::Icbs(..)
            | Self::Risk(..)
            | Self::Providers(..)
            | Self::Services(..)
            | Self::Flows(_)
            | Self::Footprints(..)
            | Self::Coverage(..)
            | Self::Reconciliation(..)
            | Self::Baselines(_)
            | Self::Compared => true,
            Self::Dashboard(..)
            | Self::Pools(..)
            | Self::Classes(..)
            | Self::Pathways(..)
            | Self::Occupancy(..)
            | Self::Profile(..) => false,
        }
    }

    fn items(&self) -> Vec<(u32, &'static Metric)> {
        match self {
            Self::Commissioners(facts) => items(&bodies::COMMISSIONER_COLUMNS, facts),
            Self::Deciders(facts) => items(&bodies::DECIDER_COLUMNS, facts),
            Self::Icbs(_, facts) => items(&icbs::COLUMNS, facts),
            Self::Risk(_, facts) => items(&risk::COLUMNS, facts),
            Self::Providers(_, facts) => items(&providers::COLUMNS, facts),
            Self::Services(_, facts) => items(&services::SERVICE_COLUMNS, facts),
            Self::Flows(facts) => items(&flows::COLUMNS, facts),
            Self::Dashboard(_, facts) => items(&dashboard::COLUMNS, facts),
            Self::Footprints(_, facts) => items(&footprints::COLUMNS, facts),
            Self::Coverage(_, facts) => items(&controls::COVERAGE_COLUMNS, facts),
            Self::Reconciliation(_, facts) => items(&controls::RECONCILIATION_COLUMNS, facts),
            Self::Baselines(facts) => items(&baselines::COLUMNS, facts),
            Self::Compared => Vec::new(),
            Self::Pools(_, facts) | Self::Classes(_, facts) => items(&pools::COLUMNS, facts),
            Self::Pathways(_, facts) => items(&services::PATHWAY_COLUMNS, facts),
            Self::Occupancy(_, facts) => items(&audits::OCCUPANCY_COLUMNS, facts),
            Self::Profile(_, facts) => items(&audits::PROFILE_COLUMNS, facts),
        }
    }
}

/// The entity columns of each row, and the content.
type Entities = (Vec<Vec<String>>, Content);

/// All sections in the order of the files, their rows not numbered yet. Of demand beyond chance there is the table of risks
/// alone.
pub(super) fn sections(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    options: &[Arrangements],
    plan: &Plan,
    basis: Basis,
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
    let feeding: BTreeSet<IcbId> = options
        .iter()
        .flat_map(|option| {
            option.pools.iter().flat_map(|pool| &option.bearers[pool.members.clone()]).map(|bearer| bearer.icb)
        })
        .collect();
    let paying = |option: &Arrangements, coverage: &Coverage| commissioners(scenario, model, option, coverage);
    let bearing =
        |option: &Arrangements, coverage: &Coverage| residents(scenario, model, plan, &feeding, (option, coverage));
    let risks = by_option(&risk::RISK, &|option, coverage| {
        risks(scenario, option, &paying(option, coverage), &bearing(option, coverage), basis)
    });
    if basis == Basis::Demand {
        return risks;
    }
    let opening = |option| {
        let (names, facts) = baselines::rows(scenario, model, tariff, option);
        (names, Content::Baselines(facts))
    };
    let options = options.iter().enumerate();
    let baselines = options.map(|(i, option)| section(&baselines::BASELINES, i, 1, opening(option))).collect();
    [
        by_option(&bodies::COMMISSIONERS, &|option, coverage| {
            let (names, facts) = paying(option, coverage);
            (names, Content::Commissioners(facts))
        }),
        by_option(&bodies::DECIDERS, &|option, _| deciders(scenario, option, plan)),
        by_option(&icbs::ICBS, &|option, coverage| {
            let (names, rows, facts) = bearing(option, coverage);
            (names, Content::Icbs(rows, facts))
        }),
        risks,
        by_option(&providers::PROVIDERS, &|option, _| reaches(scenario, option, plan)),
        shared(&services::SERVICES, lines(scenario, plan)),
        shared(&flows::FLOWS, flow_entities(scenario, plan)),
        shared(&pools::POOLS, places(scenario, plan)),
        shared(&pools::CLASSES, classes(scenario, model, plan)),
        shared(&services::PATHWAYS, pathways(scenario, model, plan)),
        audited(&audits::OCCUPANCY, occupancy(scenario, model, plan)),
        audited(&audits::PROFILE, profile(scenario, model, plan)),
        shared(&dashboard::DASHBOARD, held(scenario, plan)),
        shared(&footprints::FOOTPRINTS, catchments(scenario, model, plan)),
        shared(&controls::COVERAGE, stated(scenario)),
        shared(&controls::RECONCILIATION, totals(scenario, plan)),
        baselines,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Names and facts.
type Payers = (Vec<Vec<String>>, Vec<Commissioner>);
/// Names, ICBs and facts.
type Residents = (Vec<Vec<String>>, Vec<IcbId>, Vec<Resident>);

fn commissioners(scenario: &Scenario, model: &Model, option: &Arrangements, coverage: &Coverage) -> Payers {
    let geography = &scenario.geography;
    let rules = &scenario.options[option.option];
    let large = rules.budget.map(|budget| scenario.budgets[budget].large_overspend);
    let mut facts: Vec<Commissioner> = option
        .commissioners
        .iter()
        .map(|&body| Commissioner {
            body: Some(body),
            population: registered_population(body, geography),
            contract_line_cost: scenario.payments[rules.payment].contract_line_cost,
            coverage: scenario.scoped.then(|| coverage.of(body)),
            large_overspend: large,
            ..Commissioner::default()
        })
        .collect();
    for (posting, cell) in option.postings.iter().flat_map(|phase| phase.iter().zip(&model.cells)) {
        for (part, _) in posting.parts() {
            let facts = &mut facts[part.payer as usize];
            facts.aligned |= !matches!(part.mechanism, Mechanism::Activity | Mechanism::Block);
            facts.blocks |= part.mechanism == Mechanism::Block;
        }
        if scenario.services[cell.service].stages[cell.stage].has_drugs() {
            facts[posting.drugs_holder as usize].drugs = true;
        }
    }
    let names = option.commissioners.iter().map(|body| vec![body.id(geography).to_owned()]).collect();
    (names, facts)
}

/// What commissioners owe, then what ICBs bear.
fn risks(scenario: &Scenario, option: &Arrangements, payers: &Payers, residents: &Residents, basis: Basis) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |body: &[String], row: AtRisk, large_overspend: Option<f64>, sharing: &str| {
        // Without budgets there is nothing that commissioners and icbs do not say, but for the other basis.
        if large_overspend.is_some() || scenario.uncertainty.is_some() {
            names.push(vec![body[0].clone(), basis.word().to_owned(), sharing.to_owned()]);
            rows.push(row);
            facts.push(Exposed { large_overspend });
        }
    };
    for (i, (name, payer)) in payers.0.iter().zip(&payers.1).enumerate().filter(|(_, (_, payer))| payer.is_whole()) {
        add(name, AtRisk::Payer(i), payer.large_overspend, "before");
    }
    let (ids, icbs, bearing) = residents;
    for ((name, &icb), facts) in ids.iter().zip(icbs).zip(bearing).filter(|(_, facts)| facts.whole && facts.bears) {
        let large = if option.has_budgets { facts.large_overspend } else { None };
        add(name, AtRisk::Icb(icb), large, "after");
    }
    (names, Content::Risk(rows, facts))
}

/// Registered persons in the home areas that a body covers; nothing if an area does not state them.
fn registered_population(body: Body, geography: &Geography) -> Option<f64> {
    let areas = geography.home_areas.iter().filter(|area| body.covers(area.icb, geography));
    areas.map(|area| area.population).sum::<Option<f64>>().filter(|&persons| persons > 0.0)
}

fn deciders(scenario: &Scenario, option: &Arrangements, plan: &Plan) -> Entities {
    let mut services: BTreeSet<(u32, ServiceId)> = BTreeSet::new();
    let mut hosts: BTreeSet<u32> = BTreeSet::new();
    for (posting, cell) in option.postings.iter().flat_map(|phase| phase.iter().zip(&plan.cells)) {
        services.insert((posting.decider, cell.service));
        hosts.extend(posting.host_decider);
    }
    let facts = option.deciders.iter().zip(0..).map(|(&body, position)| {
        let services = services.range((position, ServiceId(0))..(position + 1, ServiceId(0))).count() as u32;
        let population = registered_population(body, &scenario.geography);
        Decider {
            services,
            shares_providers: body != Body::Nation && hosts.contains(&position),
            population,
            ready_share: scenario.readiness.met_share(body.id(&scenario.geography)),
            unready: if services > 0 { unready(scenario, body, population) } else { Vec::new() },
        }
    });
    let names = option.deciders.iter().map(|body| vec![body.id(&scenario.geography).to_owned()]).collect();
    (names, Content::Deciders(facts.collect()))
}

/// Why a body that decides is flagged: tests that it does not meet, and too few persons to plan for. NHS England and other
/// nations are not assessed.
fn unready(scenario: &Scenario, body: Body, population: Option<f64>) -> Vec<String> {
    let geography = &scenario.geography;
    let assessed = match body {
        Body::Nation => false,
        Body::Icb(icb) => geography.icbs[icb].kind == IcbKind::Board,
        Body::Footprint(_) | Body::Region(_) => true,
    };
    if !assessed {
        return Vec::new();
    }
    let readiness = &scenario.readiness;
    let small = population.filter(|&persons| persons < readiness.minimum_population);
    let failed = readiness.of(body.id(geography)).filter(|(_, score)| *score == Score::NotMet);
    failed
        .map(|(test, _)| format!("{} not met", Readiness::TESTS[test]))
        .chain(small.map(|persons| format!("{} persons", thousands(persons))))
        .collect()
}

fn held(scenario: &Scenario, plan: &Plan) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (position, &(service, provider, held)) in plan.sites.iter().enumerate() {
        let place = &scenario.providers[provider];
        if listed(place) && !place.is_elsewhere() && held.any() {
            names.push(vec![scenario.services[service].id.clone(), scenario.providers[provider].id.clone()]);
            rows.push(position);
            facts.push(held);
        }
    }
    (names, Content::Dashboard(rows, facts))
}

fn catchments(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let geography = &scenario.geography;
    let partial = partly_in_scope(model, plan);
    let mut facts: BTreeMap<(SchemeId, FootprintId, ServiceId), (Catchment, bool)> = BTreeMap::new();
    for &(icb, provider, service) in &plan.flows {
        let host = scenario.providers[provider].host_icb.filter(|_| scenario.providers[provider].in_scope);
        for (scheme, groups) in geography.schemes.iter_ids() {
            if let Some(footprint) = groups.footprint_of[icb] {
                let (catchment, whole) =
                    facts.entry((scheme, footprint, service)).or_insert((Catchment::default(), true));
                catchment.residents |= plan.hosts[provider].1;
                *whole &= !partial.contains(&icb);
            }
            if let Some(footprint) = host.and_then(|host| groups.footprint_of[host]) {
                facts.entry((scheme, footprint, service)).or_insert((Catchment::default(), true)).0.providers = true;
            }
        }
    }
    let (mut names, mut rows, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for ((scheme, footprint, service), (catchment, whole)) in facts {
        names.push(vec![
            geography.schemes[scheme].id.clone(),
            geography.footprints[footprint].id.clone(),
            scenario.services[service].id.clone(),
        ]);
        rows.push(footprint.index() * plan.services + service.index());
        found.push(Catchment { residents: catchment.residents && whole, ..catchment });
    }
    (names, Content::Footprints(rows, found))
}

/// ICBs of whose residents some routes are out of scope.
fn partly_in_scope(model: &Model, plan: &Plan) -> BTreeSet<IcbId> {
    let expected = &model.expected;
    let routes = model.routes.iter_ids();
    let partial = routes.filter(|(id, _)| expected.in_scope_per_day[*id] < expected.referrals_per_day[*id]);
    partial.map(|(_, route)| plan.streams[route.stream].icb).collect()
}

fn stated(scenario: &Scenario) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (service, spend) in &scenario.controls.spend {
        let services = scenario.services.iter_ids().filter(|(id, each)| match service {
            Some(service) => id == service,
            None => each.delegation.is_suitable(),
        });
        rows.push(services.map(|(id, each)| (id, each.specialised_share)).collect());
        let name = service.map_or("*", |service| &scenario.services[service].id);
        names.push(vec![name.to_owned(), spend.year.clone()]);
        facts.push(Stated(spend.pounds));
    }
    (names, Content::Coverage(rows, facts))
}

fn totals(scenario: &Scenario, plan: &Plan) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (&(provider, service), &total) in &scenario.controls.totals {
        // Work that nobody is referred for was warned of.
        let site = plan.sites.iter().position(|site| (site.1, site.0) == (provider, service));
        let Some(site) = site.filter(|_| listed(&scenario.providers[provider])) else { continue };
        names.push(vec![scenario.providers[provider].id.clone(), scenario.services[service].id.clone()]);
        rows.push(site);
        facts.push(total);
    }
    (names, Content::Reconciliation(rows, facts))
}

fn residents(
    scenario: &Scenario,
    model: &Model,
    plan: &Plan,
    feeding: &BTreeSet<IcbId>,
    (option, coverage): (&Arrangements, &Coverage),
) -> Residents {
    let mut facts: IndexVec<IcbId, Resident> = vec![Resident { whole: true, ..Resident::default() }; plan.icbs].into();
    for cell in &plan.cells {
        let icb = &mut facts[cell.icb];
        icb.present = true;
        let can = &cell.chances;
        icb.waits |= cell.first_stage && can.waits;
        icb.list_standard |= cell.first_stage && can.waits && cell.standard;
        icb.standard |= can.waits && cell.standard;
        icb.can = icb.can.or(*can);
        icb.distance |= !cell.km.is_nan();
        icb.hosts |= cell.host.is_some();
    }
    for icb in partly_in_scope(model, plan) {
        facts[icb].whole = false;
    }
    facts.ids().for_each(|icb| facts[icb].bears = coverage.holds_pools_of(icb, &scenario.geography));
    for bearer in option.pools.iter().flat_map(|pool| &option.bearers[pool.members.clone()]) {
        facts[bearer.icb].shares = true;
    }
    let budget = scenario.options[option.option].budget;
    let large = budget.map(|budget| scenario.budgets[budget].large_overspend);
    facts.iter_mut().filter(|icb| icb.whole && icb.bears).for_each(|icb| icb.large_overspend = large);
    let rows: Vec<IcbId> = facts.ids().filter(|&icb| facts[icb].present || feeding.contains(&icb)).collect();
    let names = rows.iter().map(|&icb| vec![scenario.geography.icbs[icb].id.clone()]).collect();
    let facts = rows.iter().map(|&icb| facts[icb].clone()).collect();
    (names, rows, facts)
}

fn reaches(scenario: &Scenario, option: &Arrangements, plan: &Plan) -> Entities {
    let only_scheme = (plan.schemes.len() == 1).then_some(0);
    let scheme = scenario.options[option.option].scheme.map(Id::index).or(only_scheme);
    let mut facts: BTreeMap<ProviderId, Reach> = BTreeMap::new();
    for cell in &plan.cells {
        let reach = facts.entry(cell.provider).or_default();
        reach.can = reach.can.or(cell.chances);
        reach.drugs |= scenario.services[cell.service].stages.iter().any(Stage::has_drugs);
    }
    for (&id, reach) in &mut facts {
        let provider = &scenario.providers[id];
        reach.placed = provider.in_scope && provider.host_icb.is_some();
        reach.scheme = scheme;
    }
    let names = facts.keys().map(|&id| vec![scenario.providers[id].id.clone()]).collect();
    let (rows, facts) = facts.into_iter().unzip();
    (names, Content::Providers(rows, facts))
}

fn lines(scenario: &Scenario, plan: &Plan) -> Entities {
    let mut facts: BTreeMap<ServiceId, Line> = BTreeMap::new();
    for cell in &plan.cells {
        let (line, can) = (facts.entry(cell.service).or_default(), &cell.chances);
        line.waits |= cell.first_stage && can.waits;
        line.can = line.can.or(*can);
    }
    let names = facts.keys().map(|&id| vec![scenario.services[id].id.clone()]).collect();
    let (rows, facts) = facts.into_iter().unzip();
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

fn places(scenario: &Scenario, plan: &Plan) -> Entities {
    let (rows, names): (Vec<PoolId>, Vec<Vec<String>>) = listed_pools(scenario).unzip();
    let fact = |id: &PoolId| {
        let places = Places::of(&scenario.pools[*id]);
        let PoolFacts { can, standard, trim } = plan.pools[*id];
        Place { limited: places.limited, offers: places.offers(), constant: places.constant, can, standard, trim }
    };
    let facts = rows.iter().map(fact).collect();
    (names, Content::Pools(rows, facts))
}

fn classes(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let listed: BTreeMap<PoolId, Vec<String>> = listed_pools(scenario).collect();
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (id, &(pool, class)) in model.classes.pools.iter_ids() {
        let Some(name) = listed.get(&pool) else { continue };
        names.push(name.iter().cloned().chain([class.to_string()]).collect());
        rows.push(id);
        let PoolFacts { can, standard, trim } = plan.classes[id];
        facts.push(Place { can, standard, trim, ..Place::default() });
    }
    (names, Content::Classes(rows, facts))
}

fn pathways(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let treated: BTreeSet<ServiceId> = plan.cells.iter().map(|cell| cell.service).collect();
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    for (id, &(service, class)) in model.classes.pathways.iter_ids().filter(|(_, row)| treated.contains(&row.0)) {
        let class = class.map_or_else(|| "all".to_owned(), |class| class.to_string());
        names.push(vec![scenario.services[service].id.clone(), class]);
        rows.push(id);
    }
    let facts = vec![(); rows.len()];
    (names, Content::Pathways(rows, facts))
}

fn audited(scenario: &Scenario, plan: &Plan, pool: PoolId) -> Audited {
    let waits = plan.pools[pool].can.waits;
    Audited { limited: Places::of(&scenario.pools[pool]).limited, waits, session: false }
}

fn occupancy(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let numbers = |pool| if model.audits.occupancy_every.is_some() { model.audits.largest[pool] + 1 } else { 0 };
    let step = |pool, n: u32| (n.to_string(), n as usize, audited(scenario, plan, pool));
    expanded(scenario, |pool| (0..numbers(pool)).map(|n| step(pool, n)).collect(), Content::Occupancy)
}

fn profile(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let (every, instants) = model.audits.profile.unwrap_or_default();
    let hour = |ticks: f64| (ticks / HOUR as f64).to_string();
    let steps = |pool: PoolId| {
        let fact = audited(scenario, plan, pool);
        let audits = (0..instants).map(|i| (hour(f64::from(i) * every as f64), Instant::Audit(i as usize), fact));
        let sessions = sessions(scenario, model, pool).into_iter().enumerate();
        let sessions = sessions
            .map(|(i, at)| (hour(at.0 as f64), Instant::Session(i), Audited { session: true, ..fact }))
            .collect::<Vec<_>>();
        audits.chain(sessions).collect()
    };
    expanded(scenario, steps, Content::Profile)
}

/// When in the cycle of its calendar a pool holds the sessions that the model counts.
fn sessions(scenario: &Scenario, model: &Model, pool: PoolId) -> Vec<Ticks> {
    let counted = model.rules.as_ref().and_then(|rules| rules.pools.get(pool)).map_or(0, |rules| rules.sessions);
    match scenario.pools[pool].calendar.as_ref().map(|calendar| &calendar.pattern) {
        Some(CalendarPattern::Sessions(sessions)) => {
            sessions.iter().map(|session| session.0).take(counted as usize).collect()
        }
        _ => Vec::new(),
    }
}

/// A row for each listed pool and each of its numbers or instants.
fn expanded<S>(
    scenario: &Scenario,
    steps: impl Fn(PoolId) -> Vec<(String, S, Audited)>,
    content: fn(Vec<(PoolId, S)>, Vec<Audited>) -> Content,
) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (pool, name) in listed_pools(scenario) {
        for (label, step, fact) in steps(pool) {
            names.push(name.iter().cloned().chain([label]).collect());
            rows.push((pool, step));
            facts.push(fact);
        }
    }
    (names, content(rows, facts))
}
