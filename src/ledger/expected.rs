//! What commissioners are expected to pay.

use super::roles::{Roles, phase_on};
use super::{Body, Tariff};
use crate::ids::OptionId;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::{DAY, DAYS_PER_YEAR};
use std::collections::BTreeMap;

/// By commissioner, the pounds of a year of 365.25 days that it is expected to pay under an option, at the price list: over
/// the whole time, by the traffic equations at mean stays, payment rules, drugs and devices left out.
pub fn expected_cost(scenario: &Scenario, model: &Model, tariff: &Tariff, option: OptionId) -> BTreeMap<Body, f64> {
    let rules = &scenario.options[option];
    let mut days: BTreeMap<usize, f64> = BTreeMap::new();
    for base in &model.calendar.base {
        *days.entry(phase_on(rules, base.first_day)).or_default() += base.length as f64 / DAY as f64;
    }
    let all: f64 = days.values().sum();
    let mut costs: BTreeMap<Body, f64> = BTreeMap::new();
    for (phase, days) in days {
        let roles = Roles::new(scenario, option, phase);
        for (id, cell) in model.cells.iter_ids() {
            let stays = model.expected.stays_per_day[id] * DAYS_PER_YEAR * days / all;
            let pounds =
                stays * tariff.expected_stay(scenario, model, (cell.line, cell.provider), cell.home_area) / 100.0;
            let icb = scenario.geography.home_areas[cell.home_area].icb;
            let share = roles.share(cell.service).as_f64();
            *costs.entry(roles.payer(cell.service, icb)).or_default() += pounds * share;
            if share < 1.0 {
                *costs.entry(Body::Icb(icb)).or_default() += pounds * (1.0 - share);
            }
        }
    }
    costs
}
