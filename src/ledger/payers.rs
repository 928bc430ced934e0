//! Whose money a provider lives on, compared between two options.

use super::Tariff;
use super::roles::{Roles, phase_on};
use crate::ids::{IndexVec, OptionId, ProviderId};
use crate::model::Model;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// By base period and provider, the share of the expected money that another body pays for under one option than under the
/// other; not a number where no money is expected.
///
/// Expected money is that of the traffic equations at mean stays and listed prices. The rest of a partly specialised service
/// is always the home ICB's, and changes no payer.
pub fn payer_change(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    (one, other): (OptionId, OptionId),
) -> Vec<IndexVec<ProviderId, f64>> {
    let mut known: BTreeMap<(usize, usize), IndexVec<ProviderId, f64>> = BTreeMap::new();
    let phases = |base: &crate::model::BasePeriod| {
        (phase_on(&scenario.options[one], base.first_day), phase_on(&scenario.options[other], base.first_day))
    };
    let of = |base| {
        let (first, second) = phases(base);
        known
            .entry((first, second))
            .or_insert_with(|| {
                shares(scenario, model, tariff, Roles::new(scenario, one, first), Roles::new(scenario, other, second))
            })
            .clone()
    };
    model.calendar.base.iter().map(of).collect()
}

fn shares(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    one: Roles<'_>,
    other: Roles<'_>,
) -> IndexVec<ProviderId, f64> {
    let mut sums: IndexVec<ProviderId, (f64, f64)> = vec![(0.0, 0.0); scenario.providers.len()].into();
    for (id, cell) in model.cells.iter_ids() {
        let worth = model.expected.stays_per_day[id]
            * tariff.expected_stay(scenario, model, (cell.line, cell.provider), cell.home_area);
        let icb = scenario.geography.home_areas[cell.home_area].icb;
        let (changed, all) = &mut sums[cell.provider];
        *all += worth;
        if one.payer(cell.service, icb) != other.payer(cell.service, icb) {
            *changed += worth * one.share(cell.service).as_f64();
        }
    }
    sums.iter().map(|(changed, all)| changed / all).collect()
}
