//! Posting: from the value of each cell to what each body pays and earns.

use super::agreed::{Plan, in_period};
use super::budgets::Budgets;
use super::roles::Roles;
use super::{Arrangements, Body, Borne, Mechanism, Part, Values};
use crate::ids::{IndexVec, ProviderId};
use crate::model::{BasePeriod, Model};
use crate::scenario::Scenario;
use crate::stats::rounding::div_round_half_even;
use crate::units::{Billionths, Pence};

/// The accounts of one period under one option. They add.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Accounts {
    /// Price x activity of what each commissioner pays for; positions as in [`Arrangements::commissioners`].
    pub activity_value: Vec<Pence>,
    /// What fixed and variable elements make it pay more than that.
    pub aligned_effect: Vec<Pence>,
    /// What low-volume blocks make it pay more than that.
    pub block_effect: Vec<Pence>,
    /// Drugs and devices passed through to it.
    pub drugs: Vec<Pence>,
    /// Its budget.
    pub budget: Vec<Pence>,
    /// The value that each decider decides on; positions as in [`Arrangements::deciders`].
    pub decided: Vec<Pence>,
    /// What each provider earns, drugs and devices included.
    pub income: IndexVec<ProviderId, Pence>,
    /// Of that, for drugs and devices.
    pub drugs_income: IndexVec<ProviderId, Pence>,
    /// What falls on each of [`Arrangements::bearers`].
    pub borne: Vec<Borne>,
}

impl Accounts {
    /// Empty accounts for an option.
    pub fn new(arrangements: &Arrangements) -> Self {
        let commissioners = vec![Pence::default(); arrangements.commissioners.len()];
        Self {
            activity_value: commissioners.clone(),
            aligned_effect: commissioners.clone(),
            block_effect: commissioners.clone(),
            drugs: commissioners.clone(),
            budget: commissioners,
            decided: vec![Pence::default(); arrangements.deciders.len()],
            income: vec![Pence::default(); arrangements.providers].into(),
            drugs_income: vec![Pence::default(); arrangements.providers].into(),
            borne: vec![Borne::default(); arrangements.bearers.len()],
        }
    }

    /// What a commissioner owes under its payment rules, drugs and devices apart.
    pub fn cost(&self, commissioner: usize) -> Pence {
        self.activity_value[commissioner] + self.aligned_effect[commissioner] + self.block_effect[commissioner]
    }

    /// Adds the accounts of another period under the same option.
    pub fn add(&mut self, other: &Self) {
        let add =
            |sums: &mut [Pence], others: &[Pence]| sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
        add(&mut self.activity_value, &other.activity_value);
        add(&mut self.aligned_effect, &other.aligned_effect);
        add(&mut self.block_effect, &other.block_effect);
        add(&mut self.drugs, &other.drugs);
        add(&mut self.budget, &other.budget);
        add(&mut self.decided, &other.decided);
        self.income.ids().for_each(|id| self.income[id] += other.income[id]);
        self.income.ids().for_each(|id| self.drugs_income[id] += other.drugs_income[id]);
        self.borne.iter_mut().zip(&other.borne).for_each(|(sum, other)| sum.add(other));
    }

    fn effect(&mut self, part: &Part) -> &mut Pence {
        let effects =
            if part.mechanism == Mechanism::Block { &mut self.block_effect } else { &mut self.aligned_effect };
        &mut effects[part.payer as usize]
    }

    /// Posts what is owed whatever the activity.
    fn owe(&mut self, part: &Part, provider: ProviderId, pence: Pence) {
        *self.effect(part) += pence;
        self.borne[part.bearer as usize].cost += pence;
        self.income[provider] += pence;
    }

    /// Posts what a part of a cell did.
    fn post(&mut self, part: &Part, provider: ProviderId, value: Pence, excess: Pence) {
        let rate = part.mechanism.rate();
        let paid = portion(value, rate);
        self.activity_value[part.payer as usize] += value;
        if paid != value {
            *self.effect(part) += paid - value;
        }
        let borne = &mut self.borne[part.bearer as usize];
        borne.cost += paid;
        borne.excess += portion(excess, rate);
        self.income[provider] += paid;
    }
}

/// Posts the value of each cell in one base period to those who pay, decide, bear and earn.
///
/// Of a service's specialised share s < 1 the option's commissioner has value x s (half to even), which the option's decider
/// decides on; the patient's ICB pays for and decides on the remainder, so nothing is lost. What payment rules add to or take
/// from price x activity is kept apart, by rule: what commissioners owe is the value of activity and those effects, and all
/// of it is some provider's income.
///
/// # Panics
/// If the values are of another model than the arrangements.
pub fn account(arrangements: &Arrangements, base: usize, values: &Values) -> Accounts {
    let mut accounts = arrangements.standing[base].clone();
    for (id, posting) in arrangements.postings_in(base).iter_ids() {
        let value = values.price[id];
        if value != Pence::default() {
            let excess = values.excess.get(id).copied().unwrap_or_default();
            let [specialised, specialised_excess] = [value, excess].map(|pence| portion(pence, posting.share));
            accounts.post(&posting.specialised, posting.provider, specialised, specialised_excess);
            accounts.decided[posting.decider as usize] += specialised;
            if posting.share != Billionths::ONE {
                let rest = value - specialised;
                accounts.post(&posting.rest, posting.provider, rest, excess - specialised_excess);
                accounts.decided[posting.rest_decider as usize] += rest;
            }
        }
        let drugs = values.drugs.get(id).copied().unwrap_or_default();
        if drugs != Pence::default() {
            accounts.drugs[posting.drugs_holder as usize] += drugs;
            accounts.income[posting.provider] += drugs;
            accounts.drugs_income[posting.provider] += drugs;
        }
    }
    accounts
}

/// The accounts of the sum of one base period over so many replications: what is owed whatever the activity, and budgets,
/// count once for each.
pub fn account_sum(arrangements: &Arrangements, base: usize, values: &Values, replications: u32) -> Accounts {
    let mut accounts = account(arrangements, base, values);
    let mut times = arrangements.standing[base].clone();
    // Budgets are known, and no sum of anything.
    times.budget.fill(Pence(0));
    times.borne.iter_mut().for_each(|borne| borne.budget = Pence(0));
    let mut left = replications.saturating_sub(1);
    while left > 0 {
        if left % 2 == 1 {
            accounts.add(&times);
        }
        left /= 2;
        if left > 0 {
            let once = times.clone();
            times.add(&once);
        }
    }
    accounts
}

/// A share of an amount, half to even.
fn portion(value: Pence, share: Billionths) -> Pence {
    if share == Billionths::ONE {
        return value;
    }
    let part = div_round_half_even(i128::from(value.0) * i128::from(share.0), i128::from(Billionths::ONE.0));
    Pence(part as i64)
}

/// A low-volume block of one phase, or the part of it that falls on one bearer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Of its first cell.
    pub(super) part: Part,
    pub(super) provider: ProviderId,
    pub(super) per_year: Pence,
}

/// For each base period what is owed whatever the activity, and the budgets. Blocks are by phase, budgets by financial year.
pub(super) fn standing(
    scenario: &Scenario,
    model: &Model,
    arrangements: &Arrangements,
    plan: &Plan,
    blocks: &[Vec<Block>],
    budgets: &[Budgets],
) -> Vec<Accounts> {
    let bases = model.calendar.base.iter().enumerate();
    bases
        .map(|(number, base)| {
            let mut accounts = Accounts::new(arrangements);
            let phase = arrangements.phases[number];
            for (id, posting) in arrangements.postings[phase].iter_ids() {
                let agreed = plan.in_period(id, base);
                let specialised = portion(agreed, posting.share);
                for (part, agreed) in [(posting.specialised, specialised), (posting.rest, agreed - specialised)] {
                    if matches!(part.mechanism, Mechanism::Fixed | Mechanism::Variable(_)) {
                        let owed = agreed - portion(agreed, part.mechanism.rate());
                        accounts.owe(&part, posting.provider, owed);
                    }
                }
            }
            for block in &blocks[phase] {
                accounts.owe(&block.part, block.provider, in_period(block.per_year.0 as f64, base));
            }
            if let Some(budgets) = budgets.get(base.year) {
                let roles = Roles::new(scenario, arrangements.option, phase);
                post_budgets(&mut accounts, arrangements, roles, budgets, base);
            }
            accounts
        })
        .collect()
}

/// Budgets go with the service to whoever pays for it; the part of a service that is always the home ICB's stays with it.
fn post_budgets(
    accounts: &mut Accounts,
    arrangements: &Arrangements,
    roles: Roles<'_>,
    budgets: &Budgets,
    base: &BasePeriod,
) {
    for (&(icb, service), &pence) in budgets {
        let whole = in_period(pence, base);
        let specialised = portion(whole, roles.share(service));
        let own = Body::Icb(icb);
        let parts =
            [(roles.payer(service, icb), roles.bearer(service, icb), specialised), (own, own, whole - specialised)];
        for (payer, body, pence) in parts {
            // Whom the scenario gives no patients has no row, and needs no budget.
            if let Ok(place) = arrangements.commissioners.binary_search(&payer) {
                accounts.budget[place] += pence;
            }
            if let Some(place) = arrangements.bearer(body, icb) {
                let borne = &mut accounts.borne[place];
                borne.budget += pence;
                if (payer == Body::Nation) != (body == Body::Nation) {
                    borne.paid_elsewhere += pence;
                }
            }
        }
    }
}
