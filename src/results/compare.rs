//! Each option against the first: rows that are made of rows of several options, once all simulations are known.

use super::Part;
use super::layout::{Outline, Section};
use super::sections::Content;
use super::table::compared::{
    INCOME_CHANGE, INCOME_CHANGE_PERCENT, NET_COST_CHANGE, NET_COST_CHANGE_PER_HEAD, PAYER_CHANGE, PROVIDER_IMPACT,
    WINNERS_LOSERS,
};
use super::table::{Metric, Table, bodies, icbs, providers};
use crate::domain::TieringOption;
use crate::ids::{IcbId, OptionId};
use crate::ledger::{Tariff, payer_change};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// The names of the tables that compare options: they have rows as soon as there are two.
pub fn comparisons() -> [&'static str; 2] {
    [WINNERS_LOSERS.name, PROVIDER_IMPACT.name]
}

/// How a value is made of a replication's others.
#[derive(Clone, Copy)]
enum Make {
    /// The first less the second; absent is nothing paid.
    Difference(Option<usize>, Option<usize>),
    /// The same for each of so many.
    PerHead(usize, usize, f64),
    /// The same in per cent of the second.
    Percent(usize, usize),
    Known(f64),
}

impl Make {
    fn of(self, values: &[f64]) -> f64 {
        let at = |position: Option<usize>| position.map_or(0.0, |position| values[position]);
        match self {
            Self::Difference(one, other) => at(one) - at(other),
            Self::PerHead(one, other, heads) => (values[one] - values[other]) / heads,
            Self::Percent(one, other) => 100.0 * (values[one] - values[other]) / values[other],
            Self::Known(value) => value,
        }
    }
}

/// The positions of a metric's values by option, period and entity.
type Positions = BTreeMap<(String, String, String), usize>;

fn positions(outline: &Outline, table: &Table, metric: &str) -> Positions {
    let rows = outline.rows().filter(|row| row.table == table && row.metric.name == metric);
    rows.map(|row| ((row.option.to_owned(), row.period.to_owned(), row.entity[0].clone()), row.position)).collect()
}

/// Adds the rows and their values, which stand behind those of the simulations.
pub(super) fn extend(
    scenario: &Scenario,
    parts: &[Part<'_>],
    reference: Option<&str>,
    outline: &mut Outline,
    numbers: &mut [Vec<f64>],
) {
    let options = outline.options().to_vec();
    let known = reference.and_then(|reference| options.iter().find(|option| *option == reference));
    let Some(reference) = known.or(options.first()).filter(|_| options.len() > 1) else { return };
    let net = positions(outline, &icbs::ICBS, "net_cost_gbp");
    let mut national = positions(outline, &bodies::COMMISSIONERS, "net_cost_gbp");
    national.retain(|key, _| key.2 == TieringOption::NHS_ENGLAND);
    let income = positions(outline, &providers::PROVIDERS, "income_gbp");
    let heads = populations(scenario);
    let payers = Payers::new(scenario, parts, reference);
    let mut sections = Vec::new();
    let mut made: Vec<Make> = Vec::new();
    let first = outline.len();
    let periods = outline.periods().to_vec();
    for (id, option) in options.iter().enumerate().filter(|(_, option)| *option != reference) {
        let at = |known: &Positions, option: &str, period: &str, entity: &str| {
            known.get(&(option.to_owned(), period.to_owned(), entity.to_owned())).copied()
        };
        let both = |known: &Positions, period: &str, entity: &str| {
            at(known, option, period, entity).zip(at(known, reference, period, entity))
        };
        let all = &periods[0];
        // Only who has a net cost under both options.
        let known = |known: &Positions| -> Vec<String> {
            let names: BTreeSet<&String> = known.keys().map(|key| &key.2).collect();
            names.into_iter().filter(|name| both(known, all, name).is_some()).cloned().collect()
        };
        let (boards, earners) = (known(&net), known(&income));
        let mut table = New { table: &WINNERS_LOSERS, option: id, entities: Vec::new(), items: Vec::new() };
        for board in &boards {
            table.entity(board, &[&NET_COST_CHANGE]);
            if heads.contains_key(board) {
                table.items.push((table.last(), &NET_COST_CHANGE_PER_HEAD));
            }
        }
        let nation = TieringOption::NHS_ENGLAND;
        let pays = !boards.is_empty() && [option, reference].iter().any(|o| at(&national, o, all, nation).is_some());
        if pays {
            table.entity(nation, &[&NET_COST_CHANGE]);
        }
        let mut winners = Vec::new();
        let mut impact = New { table: &PROVIDER_IMPACT, option: id, entities: Vec::new(), items: Vec::new() };
        for earner in &earners {
            impact.entity(earner, &[&INCOME_CHANGE, &INCOME_CHANGE_PERCENT, &PAYER_CHANGE]);
        }
        let mut earned = Vec::new();
        let changed = payers.by_period(scenario, option);
        for (report, period) in periods.iter().enumerate() {
            for board in &boards {
                let Some((one, other)) = both(&net, period, board) else { continue };
                winners.push(Make::Difference(Some(one), Some(other)));
                winners.extend(heads.get(board).map(|&heads| Make::PerHead(one, other, heads)));
            }
            if pays {
                let of = |option: &str| at(&national, option, period, nation);
                winners.push(Make::Difference(of(option), of(reference)));
            }
            for earner in &earners {
                let Some((one, other)) = both(&income, period, earner) else { continue };
                let share = changed.get(report).and_then(|by| by.get(earner)).copied().unwrap_or(f64::NAN);
                earned.extend([
                    Make::Difference(Some(one), Some(other)),
                    Make::Percent(one, other),
                    Make::Known(share),
                ]);
            }
        }
        for (new, values) in [(table, winners), (impact, earned)] {
            // Every period has the same rows.
            if !new.items.is_empty() && values.len() == periods.len() * new.items.len() {
                sections.push(new.section(first + made.len(), periods.len()));
                made.extend(values);
            }
        }
    }
    for values in numbers {
        let more: Vec<f64> = made.iter().map(|make| make.of(values)).collect();
        values.extend(more);
    }
    outline.add(sections, made.len());
}

/// A section as it grows.
struct New {
    table: &'static Table,
    option: usize,
    entities: Vec<Vec<String>>,
    items: Vec<(u32, &'static Metric)>,
}

impl New {
    fn last(&self) -> u32 {
        self.entities.len() as u32 - 1
    }

    fn entity(&mut self, name: &str, metrics: &[&'static Metric]) {
        self.entities.push(vec![name.to_owned()]);
        let entity = self.last();
        self.items.extend(metrics.iter().map(|&metric| (entity, metric)));
    }

    fn section(self, first_row: usize, periods: usize) -> Section {
        let Self { table, option, entities, items } = self;
        Section { table, option, periods, entities, content: Content::Compared, items, first_row }
    }
}

/// Registered persons by ICB, where all of its home areas state them.
fn populations(scenario: &Scenario) -> BTreeMap<String, f64> {
    let geography = &scenario.geography;
    let of = |icb: IcbId| -> Option<f64> {
        let areas = geography.home_areas.iter().filter(|area| area.icb == icb);
        areas.map(|area| area.population).sum::<Option<f64>>().filter(|&persons| persons > 0.0)
    };
    geography.icbs.iter_ids().filter_map(|(id, icb)| Some((icb.id.clone(), of(id)?))).collect()
}

/// Who pays for what under the reference.
struct Payers<'a> {
    part: Option<&'a Part<'a>>,
    tariff: Option<Tariff>,
    reference: Option<OptionId>,
}

impl<'a> Payers<'a> {
    fn new(scenario: &Scenario, parts: &'a [Part<'a>], reference: &str) -> Self {
        let part = parts.iter().find(|part| part.options.iter().any(|option| option == reference));
        let tariff = part.map(|part| Tariff::compile(scenario, part.model));
        Self { part, tariff, reference: option(scenario, reference) }
    }

    /// By reporting period and provider, the share of expected money whose payer changes.
    fn by_period(&self, scenario: &Scenario, other: &str) -> Vec<BTreeMap<String, f64>> {
        let (Some(part), Some(tariff), Some(reference), Some(other)) =
            (self.part, &self.tariff, self.reference, option(scenario, other))
        else {
            return Vec::new();
        };
        let calendar = &part.model.calendar;
        let bases = payer_change(scenario, part.model, tariff, (other, reference));
        let report = |report: &crate::model::ReportingPeriod| {
            let covered = report.first..report.last;
            let length: f64 = calendar.base[covered.clone()].iter().map(|base| base.length as f64).sum();
            let share = |provider| {
                let parts = covered.clone().map(|base| bases[base][provider] * calendar.base[base].length as f64);
                parts.sum::<f64>() / length
            };
            scenario.providers.iter_ids().map(|(id, provider)| (provider.id.clone(), share(id))).collect()
        };
        calendar.reports.iter().map(report).collect()
    }
}

fn option(scenario: &Scenario, id: &str) -> Option<OptionId> {
    scenario.options.iter_ids().find(|(_, option)| option.id == id).map(|(id, _)| id)
}
