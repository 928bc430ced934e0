//! Posting: from the value of each cell to what each body pays and earns.

use super::{Arrangements, Body};
use crate::ids::{CellId, IcbId, IndexVec, ProviderId};
use crate::stats::rounding::{div_round_half_even, split_by_largest_remainder};
use crate::units::{Billionths, Pence};

/// The accounts of one period under one option. They add.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Accounts {
    /// What each commissioner pays; positions as in [`Arrangements::commissioners`].
    pub paid: Vec<Pence>,
    /// Price x activity of what each commissioner pays for. Equal to `paid` as long as payment follows activity.
    pub activity_value: Vec<Pence>,
    /// The value that each decider decides on; positions as in [`Arrangements::deciders`].
    pub decided: Vec<Pence>,
    /// What each provider earns.
    pub income: IndexVec<ProviderId, Pence>,
    /// What each ICB bears: its own payments and its contributions to pools. What NHS England pays is not shared out.
    pub net_cost: IndexVec<IcbId, Pence>,
}

impl Accounts {
    /// Empty accounts for an option.
    pub fn new(arrangements: &Arrangements) -> Self {
        Self {
            paid: vec![Pence::default(); arrangements.commissioners.len()],
            activity_value: vec![Pence::default(); arrangements.commissioners.len()],
            decided: vec![Pence::default(); arrangements.deciders.len()],
            income: vec![Pence::default(); arrangements.providers].into(),
            net_cost: vec![Pence::default(); arrangements.icbs].into(),
        }
    }

    /// Adds the accounts of another period under the same option.
    pub fn add(&mut self, other: &Self) {
        let add =
            |sums: &mut [Pence], others: &[Pence]| sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
        add(&mut self.paid, &other.paid);
        add(&mut self.activity_value, &other.activity_value);
        add(&mut self.decided, &other.decided);
        self.income.ids().for_each(|id| self.income[id] += other.income[id]);
        self.net_cost.ids().for_each(|id| self.net_cost[id] += other.net_cost[id]);
    }
}

/// Posts the value of each cell in one base period (see [`super::Tariff::value`]) to those who pay, decide and earn.
///
/// Of a service's specialised share s < 1 the option's commissioner pays value x s (half to even), which the option's
/// decider decides on; the patient's ICB pays and decides on the remainder, so nothing is lost. Each pool's cost is split over its ICBs by largest remainder.
///
/// # Panics
/// If the values are of another model than the arrangements.
pub fn account(arrangements: &Arrangements, values: &IndexVec<CellId, Pence>) -> Accounts {
    let mut accounts = Accounts::new(arrangements);
    for (posting, &value) in arrangements.postings.iter().zip(values) {
        if value == Pence::default() {
            continue;
        }
        let specialised = specialised_part(value, posting.share);
        accounts.paid[posting.payer as usize] += specialised;
        accounts.paid[posting.rest_payer as usize] += value - specialised;
        accounts.decided[posting.decider as usize] += specialised;
        accounts.decided[posting.rest_decider as usize] += value - specialised;
        accounts.income[posting.provider] += value;
    }
    accounts.activity_value.copy_from_slice(&accounts.paid);
    for (body, &paid) in arrangements.commissioners.iter().zip(&accounts.paid) {
        if let Body::Icb(icb) = *body {
            accounts.net_cost[icb] += paid;
        }
    }
    for pool in &arrangements.pools {
        let contributions = split_by_largest_remainder(accounts.paid[pool.commissioner].0, &pool.weights)
            .expect("the weights of a pool are not all zero");
        for (&icb, contribution) in pool.members.iter().zip(contributions) {
            accounts.net_cost[icb] += Pence(contribution);
        }
    }
    accounts
}

fn specialised_part(value: Pence, share: Billionths) -> Pence {
    if share == Billionths::ONE {
        return value;
    }
    let part = div_round_half_even(i128::from(value.0) * i128::from(share.0), i128::from(Billionths::ONE.0));
    Pence(part as i64)
}
