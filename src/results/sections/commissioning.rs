//! Who pays, who decides, and who bears what in the end.

use super::{AtRisk, Content, Entities};
use crate::domain::{Geography, IcbKind, Readiness, Score};
use crate::ids::{IcbId, IndexVec, ServiceId};
use crate::ledger::{Arrangements, Body, Coverage, Mechanism};
use crate::model::Model;
use crate::results::notes::thousands;
use crate::results::plan::Plan;
use crate::results::table::bodies::{Commissioner, Decider};
use crate::results::table::icbs::Resident;
use crate::results::table::risk::{Basis, Exposed};
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// Names and facts.
type Payers = (Vec<Vec<String>>, Vec<Commissioner>);

/// Names, ICBs and facts.
type Residents = (Vec<Vec<String>>, Vec<IcbId>, Vec<Resident>);

pub(super) fn commissioners(scenario: &Scenario, model: &Model, option: &Arrangements, coverage: &Coverage) -> Payers {
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
pub(super) fn risks(
    scenario: &Scenario,
    option: &Arrangements,
    payers: &Payers,
    residents: &Residents,
    basis: Basis,
) -> Entities {
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

pub(super) fn deciders(scenario: &Scenario, option: &Arrangements, plan: &Plan) -> Entities {
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

pub(super) fn residents(
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

/// ICBs of whose residents some routes are out of scope.
pub(super) fn partly_in_scope(model: &Model, plan: &Plan) -> BTreeSet<IcbId> {
    let expected = &model.expected;
    let routes = model.routes.iter_ids();
    let partial = routes.filter(|(id, _)| expected.in_scope_per_day[*id] < expected.referrals_per_day[*id]);
    partial.map(|(_, route)| plan.streams[route.stream].icb).collect()
}
