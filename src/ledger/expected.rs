//! What commissioners are expected to pay and to have, before anything is simulated.

use super::agreed::Plan;
use super::arrangements::asked;
use super::budgets::budgets;
use super::mechanism::{Mechanism, Mechanisms};
use super::roles::{Roles, phase_on};
use super::{Body, Tariff, coverage, is_partial};
use crate::ids::{IcbId, OptionId, ProviderId};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::{DAY, DAYS_PER_YEAR};
use std::collections::{BTreeMap, BTreeSet};

/// Pounds a year by commissioner.
pub type ByBody = BTreeMap<Body, f64>;

/// What an option is expected to come to in a mean year of 365.25 days over the whole run: by the traffic equations at mean
/// stays, as if everybody were treated at the first choice.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExpectedMoney {
    /// What is owed under the payment rules, drugs and devices apart.
    pub cost: ByBody,
    /// Drugs and devices passed through.
    pub drugs: ByBody,
}

/// The expected money of an option, of whose flow rules the model is.
pub fn expected_money(scenario: &Scenario, model: &Model, tariff: &Tariff, option: OptionId) -> ExpectedMoney {
    let plan = Plan::new(scenario, model, tariff);
    let days = days_by_phase(scenario, model, option);
    let all: f64 = days.values().sum();
    let mut money = ExpectedMoney::default();
    for (phase, days) in days {
        add_phase(&mut money, (scenario, model, tariff), Roles::new(scenario, option, phase), &plan, days / all);
    }
    money
}

/// The pairs of ICB and provider that have a low-volume block at some time of the run.
pub fn expected_blocks(
    scenario: &Scenario,
    model: &Model,
    tariff: &Tariff,
    option: OptionId,
) -> BTreeSet<(IcbId, ProviderId)> {
    let plan = Plan::new(scenario, model, tariff);
    let pairs = |phase| mechanisms((scenario, model), Roles::new(scenario, option, phase), &plan).into_blocks();
    days_by_phase(scenario, model, option).into_keys().flat_map(|phase| pairs(phase).into_keys()).collect()
}

/// The phases of an option during the run.
fn days_by_phase(scenario: &Scenario, model: &Model, option: OptionId) -> BTreeMap<usize, f64> {
    let mut days: BTreeMap<usize, f64> = BTreeMap::new();
    for base in &model.calendar.base {
        let phase = phase_on(&scenario.options[option], base.first_day);
        *days.entry(phase).or_default() += base.length as f64 / DAY as f64;
    }
    days
}

/// How the cells of one phase are paid for.
fn mechanisms<'a>((scenario, model): (&'a Scenario, &'a Model), roles: Roles<'a>, plan: &Plan) -> Mechanisms<'a> {
    let cells = model.cells.iter_ids();
    let parts = cells.flat_map(|(id, cell)| asked(scenario, model, plan, roles, id).map(|part| (cell, part)));
    Mechanisms::new(scenario, model, roles.payment(), parts)
}

/// Adds one phase, which has so much of the time.
fn add_phase(
    money: &mut ExpectedMoney,
    (scenario, model, tariff): (&Scenario, &Model, &Tariff),
    roles: Roles<'_>,
    plan: &Plan,
    time: f64,
) {
    let pounds_a_year = |pence_a_day: f64| pence_a_day * DAYS_PER_YEAR / 100.0 * time;
    let parts = |id| asked(scenario, model, plan, roles, id);
    let mechanisms = mechanisms((scenario, model), roles, plan);
    let mut bound: BTreeSet<(IcbId, ProviderId)> = BTreeSet::new();
    for (id, cell) in model.cells.iter_ids() {
        let stays = model.expected.stays_per_day[id];
        let worth = stays * tariff.expected_stay(scenario, model, (cell.line, cell.provider), cell.home_area);
        let share = roles.share(cell.service).as_f64();
        let [given, own] = parts(id);
        for (part, share) in [(given, share), (own, 1.0 - share)].into_iter().filter(|(_, share)| *share > 0.0) {
            let mechanism = mechanisms.of(cell, part);
            let rate = mechanism.rate().as_f64();
            let owed = match mechanism {
                Mechanism::Activity => 0.0,
                Mechanism::Fixed | Mechanism::Variable(_) => part.agreed * (1.0 - rate),
                Mechanism::Block => {
                    bound.insert((part.icb, cell.provider));
                    0.0
                }
            };
            *money.cost.entry(part.payer).or_default() += pounds_a_year(worth * share * rate + owed);
        }
        let drugs = stays * tariff.drugs_per_start(cell.line, cell.provider);
        if drugs > 0.0 {
            let holder = roles.drugs_holder(cell.service, given.icb);
            *money.drugs.entry(holder).or_default() += pounds_a_year(drugs);
        }
    }
    // A block is for a financial year, and counts as that of a mean year.
    for (pair, pence) in mechanisms.into_blocks().into_iter().filter(|(pair, _)| bound.contains(pair)) {
        *money.cost.entry(Body::Icb(pair.0)).or_default() += pence / 100.0 * time;
    }
}

/// By commissioner that is wholly in scope, the pounds a financial year that it has to spend under an option, a mean over the
/// run; empty if the option has no budgets.
pub fn expected_budgets(scenario: &Scenario, model: &Model, tariff: &Tariff, option: OptionId) -> ByBody {
    let rules = &scenario.options[option];
    let by_year = budgets(scenario, model, tariff, rules);
    let years: f64 = model.calendar.base.iter().map(crate::model::BasePeriod::years).sum();
    let covered = coverage(scenario, model, tariff, option);
    let mut sums = ByBody::new();
    for base in &model.calendar.base {
        let roles = Roles::new(scenario, option, phase_on(rules, base.first_day));
        for (&(icb, service), pence) in by_year.get(base.year).into_iter().flatten() {
            let pounds = pence / 100.0 * base.years() / years;
            let share = roles.share(service).as_f64();
            *sums.entry(roles.payer(service, icb)).or_default() += pounds * share;
            if share < 1.0 {
                *sums.entry(Body::Icb(icb)).or_default() += pounds * (1.0 - share);
            }
        }
    }
    sums.retain(|&body, _| covered.of(body).is_finite() && !is_partial(covered.of(body)));
    sums
}
