//! What work is held against: standards, footprints, stated spend and control totals.

use super::commissioning::partly_in_scope;
use super::{Content, Entities};
use crate::ids::{FootprintId, Id, SchemeId, ServiceId};
use crate::model::Model;
use crate::results::plan::Plan;
use crate::results::table::controls::Stated;
use crate::results::table::expected::listed;
use crate::results::table::footprints::Catchment;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

pub(super) fn held(scenario: &Scenario, plan: &Plan) -> Entities {
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

pub(super) fn catchments(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
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

pub(super) fn stated(scenario: &Scenario) -> Entities {
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

pub(super) fn totals(scenario: &Scenario, plan: &Plan) -> Entities {
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
