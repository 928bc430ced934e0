//! The numbers of a run as tables: which rows there are, what they mean, and how replications make them up.
//!
//! A [`Layout`] lists the rows before anything is simulated; a [`Measurer`] turns the activity of a replication into one
//! number a row; [`SummaryRow`] turns those into means and intervals; [`Results`] is all of it, with the notes and the
//! manifest. [`catalogue()`] is the one list of what the tables hold. Nothing here touches files or prints.

mod catalogue;
mod layout;
mod manifest;
mod measure;
mod notes;
mod plan;
mod sections;
mod sheet;
mod summary;
mod table;
mod tally;

pub use catalogue::{Entry, catalogue, explain, markdown, names};
pub use layout::{Layout, Row};
pub use manifest::{ArrangementEntry, Making, Manifest, OptionEntry, SourceFile};
pub use measure::Measurer;
pub use notes::{Note, NoteKind};
pub use sheet::{Field, Sheet};
use summary::Summariser;
pub use summary::SummaryRow;
pub use table::expected::ExpectedRow;
pub use table::{Better, Kind, Metric, Table};

use crate::model::Model;
use crate::scenario::{InputRow, Scenario};

/// All that a run leaves.
///
/// What can be had from these is made when it is asked for, so that a run needs little more memory than its numbers.
#[derive(Debug)]
pub struct Results<'a> {
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// Its model.
    pub model: &'a Model,
    /// The rows.
    pub layout: Layout,
    /// The values of each replication, in the order of the rows; not a number where undefined.
    pub numbers: Vec<Vec<f64>>,
    /// What to know before reading.
    pub notes: Vec<Note>,
    /// What is needed to run it again.
    pub manifest: Manifest,
}

impl<'a> Results<'a> {
    /// Puts together the numbers that a [`Measurer`] of the layout left, one list a replication in their order.
    pub fn new(
        scenario: &'a Scenario,
        model: &'a Model,
        layout: Layout,
        numbers: Vec<Vec<f64>>,
        making: Making,
    ) -> Self {
        let notes = notes::notes(scenario, model, &layout, &numbers);
        let tables: Vec<&str> = tables(&layout).iter().map(|table| table.name).collect();
        let manifest = Manifest::new(scenario, model, &layout, making, numbers.len(), &tables);
        Self { scenario, model, layout, numbers, notes, manifest }
    }

    /// All rows with their summaries.
    pub fn rows(&self) -> impl Iterator<Item = (Row<'_>, SummaryRow)> {
        self.summaries(|_| true)
    }

    /// The rows of one table with their summaries.
    pub fn rows_of(&self, table: &'static Table) -> impl Iterator<Item = (Row<'_>, SummaryRow)> {
        self.summaries(move |row| row.table == table)
    }

    fn summaries(&self, wanted: impl Fn(&Row<'_>) -> bool) -> impl Iterator<Item = (Row<'_>, SummaryRow)> {
        let mut summarise = Summariser::new(&self.numbers);
        let rows = self.layout.rows().enumerate().filter(move |(_, row)| wanted(row));
        rows.map(move |(position, row)| (row, summarise.row(row.metric.kind, position)))
    }

    /// The inputs as they took effect, the assumed ones first.
    pub fn inputs(&self) -> Vec<&'a InputRow> {
        let mut inputs: Vec<&InputRow> = self.scenario.inputs.iter().collect();
        inputs.sort_by_key(|input| input.provenance);
        inputs
    }

    /// What the traffic equations say.
    pub fn expected(&self) -> impl Iterator<Item = ExpectedRow<'a>> + use<'a> {
        table::expected::expected_rows(self.scenario, self.model)
    }

    /// The tables, in the order of the catalogue.
    pub fn tables(&self) -> Vec<&'static Table> {
        tables(&self.layout)
    }

    /// One of [`Self::tables`] by name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let table = self.tables().into_iter().find(|table| table.name == name)?;
        Some(match name {
            "expected" => sheet::expected(self),
            "replications" => sheet::replications(self),
            "inputs" => sheet::inputs(self),
            "notes" => sheet::notes(self),
            _ => sheet::metrics(self, table),
        })
    }
}

/// The simulated tables that have rows, and those that every run has.
fn tables(layout: &Layout) -> Vec<&'static Table> {
    let always = [&table::expected::EXPECTED, &sheet::REPLICATIONS, &sheet::INPUTS, &notes::NOTES];
    layout.tables().into_iter().chain(always).collect()
}

#[cfg(test)]
pub(crate) mod tests;
