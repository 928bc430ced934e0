//! From the activity of one replication to one number a row.

use super::layout::Layout;
use super::sections::{AtRisk, Content, Instant as At};
use super::table::audits::{self, Found, Instant};
use super::table::bodies::{self, Paid};
use super::table::controls::{self, Modelled};
use super::table::dashboard::{self, Watched};
use super::table::fill;
use super::table::services::{self, Leaving};
use super::table::settling::{self, Present};
use super::table::{baselines, flows, footprints, icbs, pools, providers, risk};
use super::tally::{Booked, Tally};
use crate::activity::{AuditActivity, PeriodActivity};
use crate::engine::Outcome;
use crate::experiment::Observer;
use crate::ids::{IndexVec, PoolId};
use crate::ledger::{Accounts, Arrangements, Tariff, account, account_sum};
use crate::model::Calendar;

/// Turns the base periods of a replication, in order, into the values of a [`Layout`]'s rows; then it is ready for the
/// next replication.
///
/// Only the reporting periods under way are kept: at most one for each length of period.
#[derive(Debug)]
pub struct Measurer<'a> {
    layout: &'a Layout,
    calendar: &'a Calendar,
    tariff: &'a Tariff,
    options: &'a [Arrangements],
    /// Base periods received so far.
    base: usize,
    /// The reporting periods under way.
    open: Vec<(usize, Tally)>,
    values: Vec<f64>,
}

impl<'a> Measurer<'a> {
    /// A measurer for the model's calendar and for the tariff and the options that the layout was made of.
    pub fn new(layout: &'a Layout, calendar: &'a Calendar, tariff: &'a Tariff, options: &'a [Arrangements]) -> Self {
        let values = vec![f64::NAN; layout.len()];
        Self { layout, calendar, tariff, options, base: 0, open: Vec::new(), values }
    }

    /// Receives the activity of the next base period.
    pub fn add(&mut self, activity: &PeriodActivity) {
        let values = self.tariff.value(activity);
        let base = self.base;
        let accounts = |option| match self.layout.outline.summed() {
            None => account(option, base, &values),
            Some(replications) => account_sum(option, base, &values, replications),
        };
        let accounts: Vec<Accounts> = self.options.iter().map(accounts).collect();
        self.base += 1;
        let (layout, options) = (self.layout, self.options);
        let starting = self.calendar.reports.iter().enumerate().filter(|(_, report)| report.first == base);
        self.open.extend(starting.map(|(report, _)| (report, Tally::new(&layout.plan, options))));
        for (_, tally) in &mut self.open {
            let booked = Booked { base, period: &self.calendar.base[base], accounts: &accounts };
            tally.add(&layout.plan, options, activity, &values.price, booked);
        }
        let (calendar, out) = (self.calendar, &mut self.values);
        self.open.retain(|(report, tally)| {
            let ends = calendar.reports[*report].last == base + 1;
            if ends {
                measure(layout, options, *report, tally, out);
            }
            !ends
        });
    }

    /// Ends the replication: one value for each row of the layout, not a number where it is undefined.
    pub fn end(&mut self, audits: &AuditActivity) -> Vec<f64> {
        measure_audits(self.layout, audits, &mut self.values);
        self.layout.outline.divide(&mut self.values);
        self.base = 0;
        self.open.clear();
        std::mem::replace(&mut self.values, vec![f64::NAN; self.layout.len()])
    }
}

impl Observer for Measurer<'_> {
    fn period(&mut self, activity: &PeriodActivity) {
        self.add(activity);
    }

    fn finish(&mut self, outcome: &Outcome) -> Vec<f64> {
        self.end(&outcome.audits)
    }
}

/// Writes the values of one reporting period.
fn measure(layout: &Layout, options: &[Arrangements], report: usize, tally: &Tally, values: &mut [f64]) {
    for section in layout.outline.sections.iter().filter(|section| report < section.periods) {
        let out = &mut values[section.range(report)];
        let option = &tally.options[section.option];
        match &section.content {
            Content::Commissioners(facts) => {
                let accounts = &option.accounts;
                let contracts = option.contracts(&options[section.option]);
                let borne = option.settlement(&options[section.option]).nation;
                let paid: Vec<Paid> = option
                    .carried
                    .iter()
                    .enumerate()
                    .map(|(i, &carried)| Paid {
                        borne,
                        value: accounts.activity_value[i],
                        aligned_effect: accounts.aligned_effect[i],
                        block_effect: accounts.block_effect[i],
                        cost: accounts.cost(i),
                        drugs: accounts.drugs[i],
                        budget: accounts.budget[i],
                        carried,
                        contracts: contracts[i],
                        years: tally.years,
                    })
                    .collect();
                fill(&bodies::COMMISSIONER_COLUMNS, facts, &paid, out);
            }
            Content::Deciders(facts) => fill(&bodies::DECIDER_COLUMNS, facts, &option.decided, out),
            Content::Icbs(rows, facts) => {
                let settled = option.settlement(&options[section.option]);
                let load = |&icb: &_| icbs::Load {
                    net_cost: settled.net_cost[icb],
                    residents_cost: settled.residents_cost[icb],
                    own_cost: settled.own_cost[icb],
                    budget: settled.budget[icb],
                    ..tally.icbs[icb].clone()
                };
                let loads: Vec<_> = rows.iter().map(load).collect();
                fill(&icbs::COLUMNS, facts, &loads, out);
            }
            Content::Risk(rows, facts) => {
                let settled = option.settlement(&options[section.option]);
                let spent = |row: &AtRisk| match *row {
                    AtRisk::Payer(i) => {
                        risk::Spent { cost: option.accounts.cost(i), budget: option.accounts.budget[i] }
                    }
                    AtRisk::Icb(icb) => risk::Spent { cost: settled.net_cost[icb], budget: settled.budget[icb] },
                };
                let spent: Vec<_> = rows.iter().map(spent).collect();
                fill(&risk::COLUMNS, facts, &spent, out);
            }
            Content::Providers(rows, facts) => {
                let work = |(&id, reach): (&_, &providers::Reach)| providers::Work {
                    outside_footprint: reach.scheme.map_or(0, |scheme| tally.outside_footprint[scheme][id]),
                    income: option.accounts.income[id] - option.accounts.drugs_income[id],
                    drugs: option.accounts.drugs_income[id],
                    ..tally.providers[id]
                };
                let works: Vec<_> = rows.iter().zip(facts).map(work).collect();
                fill(&providers::COLUMNS, facts, &works, out);
            }
            Content::Services(rows, facts) => {
                fill(&services::SERVICE_COLUMNS, facts, rows.iter().map(|&id| &tally.services[id]), out);
            }
            Content::Flows(facts) => fill(&flows::COLUMNS, facts, &tally.flows, out),
            Content::Dashboard(rows, facts) => {
                let watched: Vec<Watched> = rows.iter().map(|&site| tally.watched(&layout.plan, site)).collect();
                fill(&dashboard::COLUMNS, facts, &watched, out);
            }
            Content::Footprints(rows, facts) => {
                let crossings = tally.crossings(&layout.plan);
                fill(&footprints::COLUMNS, facts, rows.iter().map(|&row| &crossings[row]), out);
            }
            Content::Coverage(rows, facts) => {
                let pounds = |&(id, share): &(_, f64)| tally.services[id].value.pounds() * share;
                let modelled = |row: &Vec<_>| Modelled(row.iter().map(pounds).sum::<f64>() / tally.years);
                let modelled: Vec<Modelled> = rows.iter().map(modelled).collect();
                fill(&controls::COVERAGE_COLUMNS, facts, &modelled, out);
            }
            Content::Reconciliation(rows, facts) => {
                let modelled = |&site: &usize| Modelled(tally.sites[site].value.pounds() / tally.years);
                let modelled: Vec<Modelled> = rows.iter().map(modelled).collect();
                fill(&controls::RECONCILIATION_COLUMNS, facts, &modelled, out);
            }
            Content::Baselines(facts) => fill(&baselines::COLUMNS, facts, &vec![(); facts.len()], out),
            Content::Pools(rows, facts) => {
                fill(&pools::COLUMNS, facts, rows.iter().map(|&id| &tally.pools[id]), out);
            }
            Content::Classes(rows, facts) => {
                fill(&pools::COLUMNS, facts, rows.iter().map(|&id| &tally.classes[id]), out);
            }
            Content::Pathways(rows, facts) => {
                let leaving = |&id: &_| Leaving { completed: tally.completed[id], length: tally.length };
                let leaving: Vec<Leaving> = rows.iter().map(leaving).collect();
                fill(&services::PATHWAY_COLUMNS, facts, &leaving, out);
            }
            Content::Occupancy(..) | Content::Profile(..) | Content::Settling(..) | Content::Compared => {}
        }
    }
}

/// Writes what audits found.
fn measure_audits(layout: &Layout, found: &AuditActivity, values: &mut [f64]) {
    for section in &layout.outline.sections {
        let out = match &section.content {
            Content::Occupancy(..) | Content::Profile(..) | Content::Settling(..) => &mut values[section.range(0)],
            _ => continue,
        };
        match &section.content {
            Content::Occupancy(rows, facts) => {
                // Every pool is looked at at the same instants.
                let audits =
                    found.present.iter().next().map_or(0, |counts| counts.iter().map(|&count| u64::from(count)).sum());
                let count = |counts: Option<&Vec<u32>>, n: usize| counts.and_then(|counts| counts.get(n).copied());
                let slot = |&(pool, n): &(_, usize)| Found {
                    present: count(found.present.get(pool), n).unwrap_or(0),
                    waiting: count(found.waiting.get(pool), n).unwrap_or(0),
                    audits,
                };
                fill(&audits::OCCUPANCY_COLUMNS, facts, &rows.iter().map(slot).collect::<Vec<_>>(), out);
            }
            Content::Profile(rows, facts) => {
                let found = |&(pool, at): &(PoolId, At)| match at {
                    At::Audit(i) => Instant {
                        audit: found.profile.get(pool).and_then(|slots| slots.get(i)).copied().unwrap_or_default(),
                        ..Instant::default()
                    },
                    At::Session(i) => Instant {
                        session: found.sessions.get(pool).and_then(|slots| slots.get(i)).copied().unwrap_or_default(),
                        ..Instant::default()
                    },
                };
                let slots: Vec<Instant> = rows.iter().map(found).collect();
                fill(&audits::PROFILE_COLUMNS, facts, &slots, out);
            }
            Content::Settling(rows, facts) => {
                let present = |&pool: &PoolId| {
                    let of = |sums: &IndexVec<PoolId, u64>| sums.get(pool).copied().unwrap_or(0);
                    Present { early: of(&found.early), later: of(&found.whole) - of(&found.early) }
                };
                let present: Vec<Present> = rows.iter().map(present).collect();
                fill(&settling::COLUMNS, facts, &present, out);
            }
            _ => {}
        }
    }
}
