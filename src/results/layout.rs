//! Which rows the results have, and in which order: fixed before anything is simulated.

use super::plan::Plan;
use super::sections::{Content, sections};
use super::table::{Metric, Table};
use crate::ledger::{Arrangements, Tariff};
use crate::model::Model;
use crate::scenario::Scenario;

/// The rows of all simulated tables, in the order of the files: table, option, period, entity, metric.
///
/// One number a row and replication is kept, so a section names its entities and metrics once for all periods.
#[derive(Debug)]
pub struct Layout {
    pub(super) options: Vec<String>,
    pub(super) periods: Vec<String>,
    pub(super) sections: Vec<Section>,
    pub(super) plan: Plan,
    rows: usize,
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
    /// The first row of the first period.
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
}

impl Layout {
    /// The rows for one model and the options that share its simulation (at least one, in the order of the results).
    pub fn new(scenario: &Scenario, model: &Model, tariff: &Tariff, options: &[Arrangements]) -> Self {
        let periods: Vec<String> = model.calendar.reports.iter().map(|report| report.name.clone()).collect();
        let plan = Plan::new(scenario, model);
        let mut rows = 0;
        let mut sections = sections(scenario, model, tariff, options, &plan);
        for section in &mut sections {
            section.first_row = rows;
            rows += section.periods * section.items.len();
        }
        let options = options.iter().map(|option| scenario.options[option.option].id.clone()).collect();
        Self { options, periods, sections, plan, rows }
    }

    /// The number of rows, which is the number of values a replication.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
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
        let mut tables: Vec<&'static Table> =
            self.sections.iter().filter(|section| !section.items.is_empty()).map(|section| section.table).collect();
        tables.dedup();
        tables
    }

    /// All rows in order; the position of a row is the position of its value.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.sections.iter().flat_map(move |section| {
            self.periods[..section.periods].iter().flat_map(move |period| {
                section.items.iter().map(move |&(entity, metric)| Row {
                    table: section.table,
                    option: &self.options[section.option],
                    period,
                    entity: &section.entities[entity as usize],
                    metric,
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
