//! Which rows the results have, and in which order: fixed before anything is simulated.

use super::catalogue::catalogue;
use super::plan::Plan;
use super::sections::{Content, sections};
use super::stored::StoredCells;
use super::table::risk::Basis;
use super::table::{Kind, Metric, Table};
use crate::ids::OptionId;
use crate::ledger::{Arrangements, Tariff};
use crate::model::Model;
use crate::scenario::Scenario;

/// The rows of one simulation, and where its activity counts in them.
#[derive(Debug)]
pub struct Layout {
    pub(super) outline: Outline,
    pub(super) plan: Plan,
}

impl Layout {
    /// The rows for one model and the options that share its simulation (at least one, in the order of the results).
    pub fn new(scenario: &Scenario, model: &Model, tariff: &Tariff, options: &[Arrangements]) -> Self {
        Self::with(scenario, model, tariff, options, None, Basis::Chance)
    }

    /// Those of the rows that stored activity can fill: it has cells, but no pools, lists or histograms.
    pub fn of_stored(
        scenario: &Scenario,
        model: &Model,
        tariff: &Tariff,
        options: &[Arrangements],
        stored: StoredCells,
    ) -> Self {
        Self::with(scenario, model, tariff, options, Some(stored), Basis::Chance)
    }

    /// Those of a simulation whose demand varies beyond chance: its rows of the table of risks.
    pub fn of_varied(scenario: &Scenario, model: &Model, tariff: &Tariff, options: &[Arrangements]) -> Self {
        Self::with(scenario, model, tariff, options, None, Basis::Demand)
    }

    fn with(
        scenario: &Scenario,
        model: &Model,
        tariff: &Tariff,
        options: &[Arrangements],
        stored: Option<StoredCells>,
        basis: Basis,
    ) -> Self {
        let periods: Vec<String> = model.calendar.reports.iter().map(|report| report.name.clone()).collect();
        let plan = Plan::new(scenario, model);
        let mut rows = 0;
        let mut sections = sections(scenario, model, tariff, options, &plan, basis);
        sections.retain(|section| {
            let filled = |stored: StoredCells| section.items.iter().any(|item| stored.fills(section.table, item.1));
            stored.is_none_or(|stored| section.content.is_from_cells() && filled(stored))
        });
        for section in &mut sections {
            section.first_row = rows;
            rows += section.periods * section.items.len();
        }
        let ids = options.iter().map(|option| option.option).collect();
        let options = options.iter().map(|option| scenario.options[option.option].id.clone()).collect();
        Self { outline: Outline { ids, options, periods, sections, rows, stored }, plan }
    }

    /// The number of rows, which is the number of values a replication.
    pub fn len(&self) -> usize {
        self.outline.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.outline.rows == 0
    }

    /// The rows.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }
}

/// The rows of all simulated tables, in the order of the files: table, option, period, entity, metric.
///
/// One number a row and replication is kept, so a section names its entities and metrics once for all periods.
#[derive(Debug)]
pub struct Outline {
    /// The options, in order.
    ids: Vec<OptionId>,
    options: Vec<String>,
    periods: Vec<String>,
    pub(super) sections: Vec<Section>,
    rows: usize,
    /// Only metrics that such stored activity can fill.
    stored: Option<StoredCells>,
}

/// The rows of one table under one option, for some of the reporting periods.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) table: &'static Table,
    /// Position among the options. Tables that no option changes stand under the first.
    pub(super) option: usize,
    /// The first so many of the reporting periods.
    pub(super) periods: usize,
    /// The entities: one value for each entity column.
    pub(super) entities: Vec<Vec<String>>,
    /// What is known of them, by which they are measured.
    pub(super) content: Content,
    /// The rows of one period.
    pub(super) items: Vec<(u32, &'static Metric)>,
    /// The position of the first row of the first period.
    pub(super) first_row: usize,
}

/// One row: what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The table.
    pub table: &'static Table,
    /// The option's id; of tables that no option changes, the id of the first option of their simulation.
    pub option: &'a str,
    /// `all`, `2027/28` or `2027/28-M07`.
    pub period: &'a str,
    /// One value for each entity column of the table.
    pub entity: &'a [String],
    /// The metric.
    pub metric: &'static Metric,
    /// Where its value stands among the values of a replication.
    pub position: usize,
}

impl Outline {
    /// The rows of several simulations in one order; in a replication the values of one simulation follow those of another,
    /// in the order given.
    pub(super) fn merged(outlines: Vec<Self>) -> Self {
        let mut all: Vec<(OptionId, String)> = outlines
            .iter()
            .flat_map(|outline| outline.ids.iter().copied().zip(outline.options.iter().cloned()))
            .collect();
        all.sort();
        // A simulation with demand beyond chance has the options of the one that it belongs to.
        all.dedup();
        let (ids, options): (Vec<OptionId>, Vec<String>) = all.into_iter().unzip();
        let mut merged = Self { ids, options, periods: Vec::new(), sections: Vec::new(), rows: 0, stored: None };
        for outline in outlines {
            for mut section in outline.sections {
                section.option = merged.ids.partition_point(|id| *id < outline.ids[section.option]);
                section.first_row += merged.rows;
                merged.sections.push(section);
            }
            merged.rows += outline.rows;
            merged.stored = outline.stored;
            // All simulations cover the same time.
            merged.periods = outline.periods;
        }
        merged.sort();
        merged
    }

    /// The number of values a replication.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Adds sections with so many values behind all others.
    pub(super) fn add(&mut self, sections: Vec<Section>, values: usize) {
        self.sections.extend(sections);
        self.rows += values;
        self.sort();
    }

    fn sort(&mut self) {
        let tables: Vec<&str> = catalogue().iter().map(|entry| entry.table.name).collect();
        let place = |section: &Section| tables.iter().position(|name| *name == section.table.name);
        self.sections.sort_by_key(|section| (place(section), section.option));
    }

    /// Ids of the options, in order.
    pub fn options(&self) -> &[String] {
        &self.options
    }

    /// Names of the reporting periods, in order.
    pub fn periods(&self) -> &[String] {
        &self.periods
    }

    /// The tables that have rows, in order.
    pub fn tables(&self) -> Vec<&'static Table> {
        let fills = |section: &Section, metric| self.stored.is_none_or(|stored| stored.fills(section.table, metric));
        let has_rows = |section: &&Section| section.items.iter().any(|&(_, metric)| fills(section, metric));
        let mut tables: Vec<&'static Table> =
            self.sections.iter().filter(has_rows).map(|section| section.table).collect();
        tables.dedup();
        tables
    }

    /// The stored activity that fills the rows, if it is not a simulation.
    pub(super) fn stored(&self) -> Option<StoredCells> {
        self.stored
    }

    /// Of how many replications the values are sums or means, if only such are known.
    pub fn summed(&self) -> Option<u32> {
        self.stored.and_then(StoredCells::summed)
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.every_row().filter(|row| self.stored.is_none_or(|stored| stored.fills(row.table, row.metric)))
    }

    /// Makes means of sums over replications.
    pub(super) fn divide(&self, values: &mut [f64]) {
        let Some(replications) = self.summed() else { return };
        for row in self.rows().filter(|row| row.metric.kind != Kind::Fixed) {
            values[row.position] /= f64::from(replications);
        }
    }

    /// The rows of one table in order.
    pub(super) fn rows_of(&self, table: &'static Table) -> impl Iterator<Item = Row<'_>> {
        let kept = move |row: &Row<'_>| self.stored.is_none_or(|stored| stored.fills(row.table, row.metric));
        self.rows_in(self.sections.iter().filter(move |section| section.table == table)).filter(kept)
    }

    fn every_row(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows_in(self.sections.iter())
    }

    fn rows_in<'o>(&'o self, sections: impl Iterator<Item = &'o Section>) -> impl Iterator<Item = Row<'o>> {
        sections.flat_map(move |section| {
            self.periods[..section.periods].iter().enumerate().flat_map(move |(report, period)| {
                section.items.iter().zip(section.range(report)).map(move |(&(entity, metric), position)| Row {
                    table: section.table,
                    option: &self.options[section.option],
                    period,
                    entity: &section.entities[entity as usize],
                    metric,
                    position,
                })
            })
        })
    }
}

impl Section {
    /// Where the values of a reporting period stand.
    pub(super) fn range(&self, report: usize) -> std::ops::Range<usize> {
        let first = self.first_row + report * self.items.len();
        first..first + self.items.len()
    }
}
