//! The numbers of a run as tables: which rows there are, what they mean, and how replications make them up.
//!
//! A [`Layout`] lists the rows before anything is simulated; a [`Measurer`] turns the activity of a replication into one
//! number a row; [`summarise`] turns those into means and intervals; [`Results`] is all of it, with the notes and the
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
pub use manifest::{Making, Manifest, OptionEntry, SourceFile};
pub use measure::Measurer;
pub use notes::{Note, NoteKind};
pub use sheet::{Field, Sheet};
pub use summary::{SummaryRow, summarise};
pub use table::expected::ExpectedRow;
pub use table::{Better, Kind, Metric, Table};

use crate::model::Model;
use crate::scenario::{InputRow, Scenario};

/// All that a run leaves.
#[derive(Debug)]
pub struct Results {
    /// The rows.
    pub layout: Layout,
    /// The values of each replication, in the order of the rows; not a number where undefined.
    pub numbers: Vec<Vec<f64>>,
    /// The summary of each row.
    pub summary: Vec<SummaryRow>,
    /// What the traffic equations say.
    pub expected: Vec<ExpectedRow>,
    /// The inputs as they took effect, the assumed ones first.
    pub inputs: Vec<InputRow>,
    /// What to know before reading.
    pub notes: Vec<Note>,
    /// What is needed to run it again.
    pub manifest: Manifest,
}

impl Results {
    /// Puts together the numbers that a [`Measurer`] of the layout left, one list a replication in their order.
    pub fn new(scenario: &Scenario, model: &Model, layout: Layout, numbers: Vec<Vec<f64>>, making: Making) -> Self {
        let summary = summarise(&layout, &numbers);
        let notes = notes::notes(scenario, &layout, &numbers, &summary);
        let mut inputs = scenario.inputs.clone();
        inputs.sort_by_key(|input| input.provenance);
        let tables: Vec<&str> = tables(&layout).iter().map(|table| table.name).collect();
        let manifest = Manifest::new(scenario, model, &layout, making, numbers.len(), &tables);
        let expected = table::expected::expected_rows(scenario, model);
        Self { layout, numbers, summary, expected, inputs, notes, manifest }
    }

    /// All rows with their summaries.
    pub fn rows(&self) -> impl Iterator<Item = (Row<'_>, &SummaryRow)> {
        self.layout.rows().zip(&self.summary)
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
