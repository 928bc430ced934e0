//! Sums over one reporting period.

mod by_option;
mod happened;

use super::plan::{Plan, PoolFacts};
use super::table::bodies::{Carried, Decided};
use super::table::care::Access;
use super::table::dashboard::Watched;
use super::table::flows::Flow;
use super::table::footprints::Crossing;
use super::table::icbs::Load;
use super::table::pools::Use;
use super::table::providers::Work;
use super::table::services::Output;
use crate::activity::{Cell, Completed, Incidents, PeriodActivity, PoolTime, WaitHistograms};
use crate::ids::{CellId, ClassRowId, FootprintId, IcbId, Id, IndexVec, PathwayId, PoolId, ProviderId, ServiceId};
use crate::ledger::{Accounts, Arrangements};
use crate::stats::histogram::BINS;
use crate::units::Pence;
pub(super) use by_option::Booked;
use by_option::OptionTally;
use happened::{Happened, add_access, add_load, add_places, add_stays, add_use, add_watched};
use std::collections::BTreeMap;

/// Everything that the tables of one reporting period are computed from.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) length: u64,
    /// The same in financial years.
    pub(super) years: f64,
    pub(super) icbs: IndexVec<IcbId, Load>,
    pub(super) providers: IndexVec<ProviderId, Work>,
    /// By scheme of footprints and provider: spells of patients of other footprints.
    pub(super) outside_footprint: Vec<IndexVec<ProviderId, u64>>,
    pub(super) services: IndexVec<ServiceId, Output>,
    pub(super) flows: Vec<Flow>,
    /// By service and provider, as in [`Plan::sites`].
    pub(super) sites: Vec<Site>,
    /// By financial year the length of what was counted of it, in years.
    pub(super) year_lengths: BTreeMap<usize, f64>,
    pub(super) pools: IndexVec<PoolId, Use>,
    pub(super) classes: IndexVec<ClassRowId, Use>,
    pub(super) completed: IndexVec<PathwayId, Completed>,
    pub(super) options: Vec<OptionTally>,
}

/// What happened in a service at a provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    pub(super) watched: Watched,
    pub(super) value: Pence,
    /// Stays that count for the minimum volume, by financial year.
    volumes: BTreeMap<usize, u64>,
}

impl Tally {
    pub(super) fn new(plan: &Plan, options: &[Arrangements]) -> Self {
        let access = || Access { waits: vec![0; BINS], ..Access::default() };
        let bins = |waits: bool| if waits { vec![0; BINS] } else { Vec::new() };
        let empty = |facts: &PoolFacts| Use { waits: bins(facts.can.waits), ..Use::default() };
        Self {
            length: 0,
            years: 0.0,
            icbs: vec![Load { access: access(), ..Load::default() }; plan.icbs].into(),
            providers: vec![Work::default(); plan.providers].into(),
            outside_footprint: vec![vec![0; plan.providers].into(); plan.schemes.len()],
            services: vec![Output { access: access(), ..Output::default() }; plan.services].into(),
            flows: vec![Flow::default(); plan.flows.len()],
            sites: vec![Site::default(); plan.sites.len()],
            year_lengths: BTreeMap::new(),
            pools: plan.pools.iter().map(empty).collect(),
            classes: plan.classes.iter().map(empty).collect(),
            completed: vec![Completed::default(); plan.pathways].into(),
            options: options
                .iter()
                .map(|option| OptionTally {
                    years: BTreeMap::new(),
                    accounts: Accounts::new(option),
                    decided: vec![Decided::default(); option.deciders.len()],
                    carried: vec![Carried::default(); option.commissioners.len()],
                    lines: vec![false; option.lines.len()],
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
        booked: Booked<'_>,
    ) {
        self.length += activity.length;
        self.years += booked.period.years();
        let year = booked.period.year;
        *self.year_lengths.entry(year).or_default() += booked.period.years();
        for (id, cell) in activity.cells.iter_ids() {
            let incidents = activity.incidents.get(id).copied().unwrap_or_default();
            if *cell != Cell::default() || incidents != Incidents::default() {
                self.add_cell(plan, id, activity, incidents, (values[id], year));
            }
        }
        add_times(&mut self.pools, &activity.pools, self.length);
        add_times(&mut self.classes, &activity.class_times, self.length);
        self.add_waits(plan, activity);
        for (sum, completed) in self.completed.iter_mut().zip(&activity.completed) {
            sum.patients += completed.patients;
            sum.time_in_system += completed.time_in_system;
        }
        for ((tally, option), accounts) in self.options.iter_mut().zip(options).zip(booked.accounts) {
            tally.add(plan, option, activity, accounts, booked.base, booked.period.year);
        }
    }

    fn add_cell(
        &mut self,
        plan: &Plan,
        id: CellId,
        activity: &PeriodActivity,
        incidents: Incidents,
        (value, year): (Pence, usize),
    ) {
        let place = &plan.cells[id];
        let happened = Happened {
            cell: activity.cells[id],
            incidents,
            referrals: u64::from(activity.cells[id].requests - activity.moved_in[id]),
            within_standard: u64::from(activity.within_standard[id]),
            excess: if place.trim { activity.excess[id] } else { 0 },
        };
        let cell = &happened.cell;
        let spells = u64::from(cell.finishes);
        add_load(&mut self.icbs[place.icb], place, &happened);
        let output = &mut self.services[place.service];
        add_stays(&mut output.stays, place, &happened);
        add_access(&mut output.access, place, &happened);
        output.value += value;

        let work = &mut self.providers[place.provider];
        add_stays(&mut work.stays, place, &happened);
        work.transferred_in += u64::from(incidents.transferred_in);
        work.transferred_out += u64::from(incidents.transferred_out);
        if let Some(host) = place.host {
            if host != place.icb {
                work.outside_icb += spells;
                work.outside_icb_income += value;
            }
            work.outside_region += if place.outside_region { spells } else { 0 };
            for (scheme, outside) in plan.schemes.iter().zip(&mut self.outside_footprint) {
                let same = host == place.icb || (scheme[host].is_some() && scheme[host] == scheme[place.icb]);
                outside[place.provider] += if same { 0 } else { spells };
            }
        }

        let flow = &mut self.flows[place.flow as usize];
        add_stays(&mut flow.stays, place, &happened);
        flow.value += value;

        let site = &mut self.sites[place.site as usize];
        site.value += value;
        add_watched(&mut site.watched, place, &happened);
        if place.counts && spells > 0 {
            *site.volumes.entry(year).or_default() += spells;
        }

        add_use(&mut self.pools[place.pool], place, &happened);
        if let Some(row) = place.class_row {
            add_use(&mut self.classes[row], place, &happened);
        }
        for &(pool, row) in plan.secondary(place) {
            add_places(&mut self.pools[pool], &happened);
            if let Some(row) = row {
                add_places(&mut self.classes[row], &happened);
            }
        }
    }

    /// A site against its standards: with the years that were counted as a whole, and its first pool's time.
    pub(super) fn watched(&self, plan: &Plan, position: usize) -> Watched {
        /// Of a year, for the rounding of its parts.
        const WHOLE: f64 = 1.0 - 1e-9;
        let site = &self.sites[position];
        let whole = self.year_lengths.iter().filter(|(_, length)| **length > WHOLE);
        let time = plan.site_pools[position].map(|pool| self.pools[pool].time).unwrap_or_default();
        Watched {
            years: self.years,
            by_year: whole.map(|(&year, _)| (year, site.volumes.get(&year).copied().unwrap_or(0))).collect(),
            occupied: time.occupied,
            offered: time.offered,
            ..site.watched.clone()
        }
    }

    /// Spells by footprint and service, footprint first.
    pub(super) fn crossings(&self, plan: &Plan) -> Vec<Crossing> {
        let mut all = vec![Crossing::default(); plan.footprints * plan.services];
        for (flow, &(icb, provider, service)) in self.flows.iter().zip(&plan.flows) {
            let spells = flow.stays.spells;
            let (host, placed) = plan.hosts[provider];
            for scheme in &plan.schemes {
                let (from, to) = (scheme[icb], host.and_then(|host| scheme[host]));
                let inside = from.is_some() && from == to;
                let mut at = |footprint: Option<FootprintId>, add: &dyn Fn(&mut Crossing)| {
                    if let Some(footprint) = footprint {
                        add(&mut all[footprint.index() * plan.services + service.index()]);
                    }
                };
                if placed {
                    at(from, &|crossing| {
                        crossing.residents += spells;
                        crossing.inside += if inside { spells } else { 0 };
                    });
                }
                at(to, &|crossing| {
                    crossing.treated += spells;
                    crossing.imported += if inside { 0 } else { spells };
                });
            }
        }
        all
    }

    fn add_waits(&mut self, plan: &Plan, activity: &PeriodActivity) {
        // Stored activity has neither histograms nor lists.
        if activity.waiting.is_empty() {
            return;
        }
        add_histograms(&mut self.pools, &plan.pools, &activity.pool_waits);
        if !activity.class_times.is_empty() {
            add_histograms(&mut self.classes, &plan.classes, &activity.class_waits);
        }
        // Of two periods the later waiting list stands.
        for load in &mut self.icbs {
            (load.waiting, load.waiting_standard, load.waiting_within) = (0, 0, 0);
        }
        for (id, stream) in plan.streams.iter_ids() {
            add(&mut self.services[stream.service].access.waits, activity.stream_waits.row(id));
            let (list, load) = (&activity.waiting[id], &mut self.icbs[stream.icb]);
            add(&mut load.access.waits, activity.stream_waits.row(id));
            load.waiting += u64::from(list.patients);
            if stream.standard {
                load.waiting_standard += u64::from(list.patients);
                load.waiting_within += u64::from(list.within_standard);
            }
        }
    }
}

fn add(sums: &mut [u32], counts: &[u32]) {
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

fn add_times<I: Id>(uses: &mut IndexVec<I, Use>, times: &IndexVec<I, PoolTime>, length: u64) {
    for (tally, time) in uses.iter_mut().zip(times) {
        tally.length = length;
        tally.time.add(time);
    }
}

fn add_histograms<I: Id>(uses: &mut IndexVec<I, Use>, facts: &IndexVec<I, PoolFacts>, histograms: &WaitHistograms<I>) {
    for (id, _) in facts.iter_ids().filter(|(_, facts)| facts.can.waits) {
        add(&mut uses[id].waits, histograms.row(id));
    }
}
