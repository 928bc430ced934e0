//! Through how many contracts the payments of a body go.

use super::roles::Roles;
use super::{Arrangements, Body};
use crate::ids::ProviderId;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::Billionths;
use std::collections::BTreeSet;

/// For each commissioner of an option the number of distinct pairs of contract holder and provider through which its
/// payments go in any phase, over the routes in scope on which anybody is expected.
///
/// The rest of a partly specialised service goes through a contract of the ICB that pays it. Of `elsewhere` nobody knows
/// how many providers it is, so it counts as none.
pub fn contract_lines(scenario: &Scenario, model: &Model, arrangements: &Arrangements) -> Vec<usize> {
    let phases: Vec<Roles<'_>> = Roles::phases(scenario, arrangements.option).collect();
    // Payer, holder, provider.
    let mut lines: BTreeSet<(Body, Body, ProviderId)> = BTreeSet::new();
    for (route_id, route) in model.routes.iter_ids() {
        let provider = &scenario.providers[route.provider];
        let used = model.expected.in_scope_per_day[route_id] > 0.0;
        if !used || provider.is_elsewhere() {
            continue;
        }
        let stream = &model.streams[route.stream];
        let (service, icb) = (stream.service, scenario.geography.home_areas[stream.home_area].icb);
        for roles in &phases {
            let share = roles.share(service);
            if share != Billionths(0) {
                let holder = roles.contractor(service, icb, provider.host_icb);
                lines.insert((roles.payer(service, icb), holder, route.provider));
            }
            if share != Billionths::ONE {
                lines.insert((Body::Icb(icb), Body::Icb(icb), route.provider));
            }
        }
    }
    arrangements.commissioners.iter().map(|body| lines.iter().filter(|line| line.0 == *body).count()).collect()
}
