//! How much of what a body pays for a scenario holds.

use super::roles::{Roles, phase_on};
use super::{Body, Tariff};
use crate::domain::Geography;
use crate::ids::{IcbId, Id, LineId, OptionId};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::Billionths;
use std::collections::BTreeMap;

/// How much of what bodies are expected to pay under one option lies in the scope.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// For each body the expected pence a day in scope, and all of them.
    sums: BTreeMap<Body, (f64, f64)>,
}

impl Coverage {
    /// The share of the money that a body is expected to pay that falls inside the scope: 1 is all of it, not a number
    /// where none is expected at all.
    pub fn of(&self, body: Body) -> f64 {
        self.sums.get(&body).map_or(f64::NAN, |&(held, all)| held / all)
    }

    /// Whether all pools that an ICB feeds are wholly in scope. Of a pool that is not, the cost of some patients would be
    /// shared out among the ICBs of all patients, which is what nobody bears.
    pub fn holds_pools_of(&self, icb: IcbId, geography: &Geography) -> bool {
        let feeds = |body: &Body| matches!(body, Body::Footprint(_) | Body::Region(_)) && body.covers(icb, geography);
        self.sums.keys().filter(|body| feeds(body)).all(|&body| !is_partial(self.of(body)))
    }
}

/// Whether a share of coverage stands for less than all. Sums of the same numbers may differ in the last bits.
pub fn is_partial(share: f64) -> bool {
    share < 1.0 - 1e-9
}

/// The coverage of every body that pays under an option.
///
/// Expected money is referrals x visits x price at mean stays, by the traffic equations, over all routes of the scenario,
/// those out of scope included; of an option with phases, each by the days of the run in it.
pub fn coverage(scenario: &Scenario, model: &Model, tariff: &Tariff, option: OptionId) -> Coverage {
    let mut ticks = vec![0_u64; scenario.options[option].phases.len()];
    for base in &model.calendar.base {
        ticks[phase_on(&scenario.options[option], base.first_day)] += base.length;
    }
    let all: f64 = ticks.iter().map(|&ticks| ticks as f64).sum();
    let phases: Vec<(Roles<'_>, f64)> = Roles::phases(scenario, option)
        .zip(&ticks)
        .filter(|(_, ticks)| **ticks > 0)
        .map(|(roles, &ticks)| (roles, ticks as f64 / all))
        .collect();
    let mut sums: BTreeMap<Body, (f64, f64)> = BTreeMap::new();
    for (route_id, route) in model.routes.iter_ids() {
        let stream = &model.streams[route.stream];
        let icb = scenario.geography.home_areas[stream.home_area].icb;
        let first_line = model.first_line[stream.service].index();
        let pence_per_referral: f64 = scenario.services[stream.service]
            .stages
            .ids()
            .map(|stage| LineId::new(first_line + stage.index()))
            .map(|line| {
                let stay = tariff.expected_stay(scenario, model, (line, route.provider), stream.home_area);
                model.expected.visits[line] * stay
            })
            .sum();
        let pence = model.expected.referrals_per_day[route_id] * pence_per_referral;
        let pence_in_scope = model.expected.in_scope_per_day[route_id] * pence_per_referral;
        let parts = phases.iter().flat_map(|&(roles, part)| {
            let share = roles.share(stream.service);
            let rest = Billionths(Billionths::ONE.0 - share.0);
            let payer = roles.payer(stream.service, icb);
            [(payer, share.as_f64() * part), (Body::Icb(icb), rest.as_f64() * part)]
        });
        for (body, part) in parts {
            let sum = sums.entry(body).or_default();
            sum.1 += pence * part;
            sum.0 += pence_in_scope * part;
        }
    }
    Coverage { sums }
}
