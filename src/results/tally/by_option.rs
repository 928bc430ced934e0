//! Sums that depend on the option: what bodies pay, decide on and bear.

use crate::activity::PeriodActivity;
use crate::ids::ProviderId;
use crate::ledger::{Accounts, Arrangements, Body, Borne, Settlement};
use crate::model::BasePeriod;
use crate::results::plan::Plan;
use crate::results::table::bodies::{Carried, Contracts, Decided};
use std::collections::{BTreeMap, BTreeSet};

/// What depends on the option.
#[derive(Debug)]
pub(in crate::results) struct OptionTally {
    /// What falls on the bearers, by financial year.
    pub(in crate::results) years: BTreeMap<usize, Vec<Borne>>,
    pub(in crate::results) accounts: Accounts,
    pub(in crate::results) decided: Vec<Decided>,
    pub(in crate::results) carried: Vec<Carried>,
    /// Whether anything happened in each contract line.
    pub(in crate::results) lines: Vec<bool>,
}

/// The accounts of a base period under each option.
#[derive(Clone, Copy)]
pub(in crate::results) struct Booked<'a> {
    /// Its number.
    pub(in crate::results) base: usize,
    pub(in crate::results) period: &'a BasePeriod,
    pub(in crate::results) accounts: &'a [Accounts],
}

impl OptionTally {
    pub(super) fn add(
        &mut self,
        plan: &Plan,
        option: &Arrangements,
        activity: &PeriodActivity,
        accounts: &Accounts,
        base: usize,
        year: usize,
    ) {
        self.accounts.add(accounts);
        let borne = self.years.entry(year).or_insert_with(|| vec![Borne::default(); accounts.borne.len()]);
        borne.iter_mut().zip(&accounts.borne).for_each(|(sum, other)| sum.add(other));
        for ((posting, cell), place) in option.postings_in(base).iter().zip(&activity.cells).zip(&plan.cells) {
            if cell.starts == 0 && cell.finishes == 0 && cell.stay == 0 {
                continue;
            }
            if (cell.starts > 0 || cell.finishes > 0) && !place.elsewhere {
                self.lines[posting.specialised.line as usize] = true;
                self.lines[posting.rest.line as usize] = true;
            }
            let spells = u64::from(cell.finishes);
            let bed_ticks = if place.in_pool { cell.stay as f64 } else { 0.0 };
            for (part, share) in posting.parts() {
                let carried = &mut self.carried[part.payer as usize];
                carried.spells += share * spells as f64;
                carried.bed_ticks += share * bed_ticks;
            }
            self.decided[posting.decider as usize].spells += spells;
            if let Some(host) = posting.host_decider {
                let host_tally = &mut self.decided[host as usize];
                host_tally.hosted += spells;
                host_tally.hosted_for_others += if host == posting.decider { 0 } else { spells };
            }
        }
        for (decided, &value) in self.decided.iter_mut().zip(&accounts.decided) {
            decided.value += value;
        }
    }

    /// The contract lines of each commissioner in which anything happened.
    pub(in crate::results) fn contracts(&self, option: &Arrangements) -> Vec<Contracts> {
        let mut contracts = vec![Contracts::default(); option.commissioners.len()];
        let mut providers: BTreeSet<(Body, ProviderId)> = BTreeSet::new();
        for (line, _) in option.lines.iter().zip(&self.lines).filter(|(_, happened)| **happened) {
            let Ok(payer) = option.commissioners.binary_search(&line.payer) else { continue };
            let contracts = &mut contracts[payer];
            contracts.lines += 1;
            contracts.of_others += u32::from(line.holder != line.payer);
            contracts.providers += u32::from(providers.insert((line.payer, line.provider)));
        }
        contracts
    }

    /// Who bears what in the end, each financial year settled by itself.
    pub(in crate::results) fn settlement(&self, option: &Arrangements) -> Settlement {
        let mut settlement = Settlement::new(option.icbs);
        self.years.values().for_each(|borne| settlement.settle(option, borne));
        settlement
    }
}
