//! Sums over one reporting period.

use super::plan::{CellPlace, Plan};
use super::table::bodies::{Carried, Decided};
use super::table::flows::Flow;
use super::table::icbs::Load;
use super::table::pools::Use;
use super::table::providers::Work;
use super::table::services::Output;
use crate::activity::{Cell, Completed, PeriodActivity};
use crate::ids::{CellId, IcbId, IndexVec, PoolId, ProviderId, ServiceId};
use crate::ledger::{Accounts, Arrangements};
use crate::stats::histogram::BINS;
use crate::units::Pence;

/// Everything that the tables of one reporting period are computed from.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) length: u64,
    pub(super) icbs: IndexVec<IcbId, Load>,
    pub(super) providers: IndexVec<ProviderId, Work>,
    /// By scheme of footprints and provider: spells of patients of other footprints.
    pub(super) outside_footprint: Vec<IndexVec<ProviderId, u64>>,
    pub(super) services: IndexVec<ServiceId, Output>,
    pub(super) flows: Vec<Flow>,
    pub(super) pools: IndexVec<PoolId, Use>,
    pub(super) completed: IndexVec<ServiceId, Completed>,
    pub(super) options: Vec<OptionTally>,
}

/// What depends on the option.
#[derive(Debug)]
pub(super) struct OptionTally {
    pub(super) accounts: Accounts,
    pub(super) decided: Vec<Decided>,
    pub(super) carried: Vec<Carried>,
}

impl Tally {
    pub(super) fn new(plan: &Plan, options: &[Arrangements]) -> Self {
        let bins = |waits: bool| if waits { vec![0; BINS] } else { Vec::new() };
        Self {
            length: 0,
            icbs: vec![Load { waits: bins(true), ..Load::default() }; plan.icbs].into(),
            providers: vec![Work::default(); plan.providers].into(),
            outside_footprint: vec![vec![0; plan.providers].into(); plan.schemes.len()],
            services: vec![Output { waits: bins(true), ..Output::default() }; plan.services].into(),
            flows: vec![Flow::default(); plan.flows.len()],
            pools: plan.pools.iter().map(|&waits| Use { waits: bins(waits), ..Use::default() }).collect(),
            completed: vec![Completed::default(); plan.services].into(),
            options: options
                .iter()
                .map(|option| OptionTally {
                    accounts: Accounts::new(option),
                    decided: vec![Decided::default(); option.deciders.len()],
                    carried: vec![Carried::default(); option.commissioners.len()],
                })
                .collect(),
        }
    }

    /// Adds a base period: its activity, the value of its cells, and its accounts under each option.
    pub(super) fn add(
        &mut self,
        plan: &Plan,
        options: &[Arrangements],
        activity: &PeriodActivity,
        values: &IndexVec<CellId, Pence>,
        accounts: &[Accounts],
    ) {
        self.length += activity.length;
        for (id, cell) in activity.cells.iter_ids() {
            if *cell != Cell::default() {
                self.add_cell(plan, id, activity, values[id]);
            }
        }
        for (pool, time) in self.pools.iter_mut().zip(&activity.pools) {
            pool.length = self.length;
            pool.time.add(time);
        }
        self.add_waits(plan, activity);
        for (sum, completed) in self.completed.iter_mut().zip(&activity.completed) {
            sum.patients += completed.patients;
            sum.time_in_system += completed.time_in_system;
        }
        for ((tally, option), accounts) in self.options.iter_mut().zip(options).zip(accounts) {
            tally.add(plan, option, activity, accounts);
        }
    }

    fn add_cell(&mut self, plan: &Plan, id: CellId, activity: &PeriodActivity, value: Pence) {
        let cell = &activity.cells[id];
        let place = &plan.cells[id];
        let spells = u64::from(cell.finishes);
        let bed_ticks = if place.in_pool { cell.stay } else { 0 };
        let referrals = u64::from(cell.requests - activity.moved_in[id]);
        let within_standard = u64::from(activity.within_standard[id]);
        add_load(&mut self.icbs[place.icb], place, cell, referrals, within_standard);

        let work = &mut self.providers[place.provider];
        work.spells += spells;
        work.bed_ticks += bed_ticks;
        if let Some(host) = place.host {
            if host != place.icb {
                work.outside_icb += spells;
                work.outside_icb_income += value;
            }
            work.outside_region += if place.outside_region { spells } else { 0 };
            for (scheme, outside) in plan.schemes.iter().zip(&mut self.outside_footprint) {
                outside[place.provider] += if scheme[host] == scheme[place.icb] { 0 } else { spells };
            }
        }

        let output = &mut self.services[place.service];
        output.spells += spells;
        output.bed_ticks += bed_ticks;
        output.value += value;
        if place.first_stage && place.waits {
            output.starts += u64::from(cell.starts);
            output.wait += cell.wait;
        }

        let flow = &mut self.flows[place.flow as usize];
        flow.spells += spells;
        flow.bed_ticks += bed_ticks;
        flow.value += value;

        let pool = &mut self.pools[place.pool];
        pool.requests += u64::from(cell.requests);
        pool.starts += u64::from(cell.starts);
        pool.finishes += spells;
        pool.refused += u64::from(cell.refused);
        pool.wait += cell.wait;
        if place.standard {
            pool.standard_starts += u64::from(cell.starts);
            pool.within_standard += within_standard;
        }
        if place.trim {
            pool.trim_finishes += spells;
            pool.excess += activity.excess[id];
        }
    }

    fn add_waits(&mut self, plan: &Plan, activity: &PeriodActivity) {
        let add = |sums: &mut [u32], counts: &[u32]| sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        for (id, &waits) in plan.pools.iter_ids() {
            if waits {
                add(&mut self.pools[id].waits, activity.pool_waits.row(id));
            }
        }
        // Of two periods the later waiting list stands.
        for load in &mut self.icbs {
            (load.waiting, load.waiting_standard, load.waiting_within) = (0, 0, 0);
        }
        for (id, stream) in plan.streams.iter_ids() {
            add(&mut self.services[stream.service].waits, activity.stream_waits.row(id));
            let (list, load) = (&activity.waiting[id], &mut self.icbs[stream.icb]);
            add(&mut load.waits, activity.stream_waits.row(id));
            load.waiting += u64::from(list.patients);
            if stream.standard {
                load.waiting_standard += u64::from(list.patients);
                load.waiting_within += u64::from(list.within_standard);
            }
        }
    }
}

fn add_load(load: &mut Load, place: &CellPlace, cell: &Cell, referrals: u64, within_standard: u64) {
    let spells = u64::from(cell.finishes);
    load.referrals += referrals;
    load.spells += spells;
    load.bed_ticks += if place.in_pool { cell.stay } else { 0 };
    load.requests += u64::from(cell.requests);
    load.refused += u64::from(cell.refused);
    if place.first_stage && place.waits {
        load.starts += u64::from(cell.starts);
        load.wait += cell.wait;
    }
    if place.standard && place.waits {
        load.standard_starts += u64::from(cell.starts);
        load.within_standard += within_standard;
    }
    if !place.km.is_nan() {
        load.km_referrals += referrals;
        load.km += place.km * referrals as f64;
    }
    if place.elsewhere || place.host.is_some() {
        load.placed_spells += spells;
        load.outside_spells += if place.host == Some(place.icb) { 0 } else { spells };
    }
}

impl OptionTally {
    fn add(&mut self, plan: &Plan, option: &Arrangements, activity: &PeriodActivity, accounts: &Accounts) {
        self.accounts.add(accounts);
        for ((posting, cell), place) in option.postings.iter().zip(&activity.cells).zip(&plan.cells) {
            let spells = u64::from(cell.finishes);
            let bed_ticks = if place.in_pool { cell.stay as f64 } else { 0.0 };
            let share = posting.share.as_f64();
            for (payer, part) in [(posting.payer, share), (posting.rest_payer, 1.0 - share)] {
                let carried = &mut self.carried[payer as usize];
                carried.spells += part * spells as f64;
                carried.bed_ticks += part * bed_ticks;
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
}
