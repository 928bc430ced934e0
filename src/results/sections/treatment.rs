//! Who treats whom for what: providers, services, flows and pathways.

use super::{Content, Entities};
use crate::domain::Stage;
use crate::ids::{IcbId, Id, ProviderId, ServiceId};
use crate::ledger::Arrangements;
use crate::model::Model;
use crate::results::plan::Plan;
use crate::results::table::providers::Reach;
use crate::results::table::services::Line;
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn reaches(scenario: &Scenario, option: &Arrangements, plan: &Plan) -> Entities {
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

pub(super) fn lines(scenario: &Scenario, plan: &Plan) -> Entities {
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

pub(super) fn flow_entities(scenario: &Scenario, plan: &Plan) -> Entities {
    let name = |&(icb, provider, service): &(IcbId, ProviderId, ServiceId)| {
        [&scenario.geography.icbs[icb].id, &scenario.providers[provider].id, &scenario.services[service].id]
            .map(Clone::clone)
            .to_vec()
    };
    (plan.flows.iter().map(name).collect(), Content::Flows(vec![(); plan.flows.len()]))
}

pub(super) fn pathways(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
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
