//! How much of what a body pays for a scenario holds.

use super::arrangements::Roles;
use super::{Arrangements, Body, Tariff};
use crate::ids::{Id, LineId};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::Billionths;
use std::collections::BTreeMap;

/// For each commissioner of an option, the share of the money it is expected to pay that falls inside the scope: 1 is all
/// of it, not a number where none is expected at all.
///
/// Expected money is referrals x visits x price at mean stays, by the traffic equations, over all routes of the scenario,
/// those out of scope included.
pub fn coverage(scenario: &Scenario, model: &Model, tariff: &Tariff, arrangements: &Arrangements) -> Vec<f64> {
    let roles = Roles::new(scenario, arrangements.option);
    // For each body the expected pence a day in scope, and all of them.
    let mut sums: BTreeMap<Body, (f64, f64)> = BTreeMap::new();
    for (route_id, route) in model.routes.iter_ids() {
        let stream = &model.streams[route.stream];
        let icb = scenario.geography.home_areas[stream.home_area].icb;
        let first_line = model.first_line[stream.service].index();
        let pence_per_referral: f64 = scenario.services[stream.service]
            .stages
            .ids()
            .map(|stage| LineId::new(first_line + stage.index()))
            .map(|line| model.expected.visits[line] * tariff.expected_per_stay(line, route.provider))
            .sum();
        let pence = model.expected.referrals_per_day[route_id] * pence_per_referral;
        let share = roles.share(stream.service);
        let host = scenario.providers[route.provider].host_icb;
        let parts = [
            (roles.payer(stream.service, icb, host), share.as_f64()),
            (Body::Icb(icb), Billionths(Billionths::ONE.0 - share.0).as_f64()),
        ];
        for (body, part) in parts {
            let sum = sums.entry(body).or_default();
            sum.1 += pence * part;
            if model.first_cells[route_id].is_some() {
                sum.0 += pence * part;
            }
        }
    }
    let share = |body: &Body| sums.get(body).map_or(f64::NAN, |&(held, all)| held / all);
    arrangements.commissioners.iter().map(share).collect()
}
