//! The numbers of a run as tables: which rows there are, what they mean, and how replications make them up.
//!
//! A [`Layout`] lists the rows of a simulation before it is run; a [`Measurer`] turns the activity of a replication into one
//! number a row; [`SummaryRow`] turns those into means and intervals; [`Results`] puts the simulations of a run into one
//! [`Outline`], with the notes and the manifest. [`catalogue()`] is the one list of what the tables hold. Nothing here touches files or prints.

mod assumptions;
mod catalogue;
mod chances;
mod compare;
mod entity_names;
mod event_log;
mod layout;
mod manifest;
mod measure;
mod notes;
mod places;
mod plan;
mod sections;
mod sheet;
mod stored;
mod summary;
mod table;
mod tally;

pub use catalogue::{Entry, catalogue, explain, markdown, names};
pub use compare::comparisons;
pub use event_log::{EVENT_COLUMNS, EventNames, EventRow};
pub use layout::{Layout, Outline, Row};
pub use manifest::{ActivityEntry, ArrangementEntry, Making, Manifest, OptionEntry, SourceFile, StoredEntry};
pub use measure::Measurer;
pub use notes::{Note, NoteKind};
pub use sheet::{Field, Sheet};
pub use stored::{
    ACTIVITY, ActivityKind, CELLS, COUNTS, Counts, FIRST_COUNT, StoredCells, add_counts, cell_names, counts,
    no_activity,
};
use summary::Summariser;
pub use summary::SummaryRow;
pub use table::expected::ExpectedRow;
pub use table::{Better, Kind, Metric, Table};

use crate::experiment::Replicated;
use crate::model::Model;
use crate::scenario::{InputRow, Scenario};

/// A simulation that has been run.
#[derive(Debug)]
pub struct Simulated<'a> {
    /// Its model.
    pub model: &'a Model,
    /// Its rows.
    pub layout: Layout,
    /// What its replications left: the numbers of [`Measurer`]s of the layout.
    pub replicated: Replicated,
    /// The same with demand that varies beyond chance: its rows and the numbers of its replications.
    pub varied: Option<(Layout, Vec<Vec<f64>>)>,
}

/// One simulation of the results.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its model.
    pub model: &'a Model,
    /// Ids of the options that share it, in order; its own tables stand under the first.
    pub options: Vec<String>,
    /// Closed rings of blocked patients that were resolved by exchange, over all replications.
    exchanges: u64,
    /// Patients who were stuck at the end, over all replications.
    pub stuck: u64,
}

/// All that a run leaves.
///
/// What can be had from these is made when it is asked for, so that a run needs little more memory than its numbers.
#[derive(Debug)]
pub struct Results<'a> {
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// Its simulations, in the order of their first options.
    pub parts: Vec<Part<'a>>,
    /// The rows of all of them.
    pub outline: Outline,
    /// The values of each replication, by the positions of the rows; not a number where undefined.
    pub numbers: Vec<Vec<f64>>,
    /// What to know before reading.
    pub notes: Vec<Note>,
    /// What is needed to run it again.
    pub manifest: Manifest,
}

impl<'a> Results<'a> {
    /// Puts together what simulations left, which must be in the order of their first options and have as many replications
    /// each.
    pub fn new(scenario: &'a Scenario, simulated: Vec<Simulated<'a>>, making: Making) -> Self {
        let (mut parts, mut outlines, mut numbers) = (Vec::new(), Vec::new(), Vec::<Vec<f64>>::new());
        for Simulated { model, layout, replicated, varied } in simulated {
            let options = layout.outline.options().to_vec();
            parts.push(Part { model, options, exchanges: replicated.exchanges, stuck: replicated.stuck });
            let own = [(layout, replicated.numbers)];
            for (layout, more) in own.into_iter().chain(varied) {
                outlines.push(layout.outline);
                if numbers.is_empty() {
                    numbers = more;
                } else {
                    numbers.iter_mut().zip(more).for_each(|(all, mut more)| all.append(&mut more));
                }
            }
        }
        let mut outline = Outline::merged(outlines);
        compare::extend(scenario, &parts, &mut outline, &mut numbers);
        let notes = notes::notes(scenario, &parts, &outline, &numbers);
        let kept = if making.activity.is_some() { &[&stored::ACTIVITY, &stored::CELLS][..] } else { &[] };
        let tables: Vec<&str> = tables(&outline).iter().chain(kept).map(|table| table.name).collect();
        let replications = outline.summed().map_or(numbers.len(), |replications| replications as usize);
        let manifest = Manifest::new(scenario, &parts, &outline, making, replications, &tables);
        Self { scenario, parts, outline, numbers, notes, manifest }
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
        let mut summarise = Summariser::new(&self.numbers, self.outline.summed());
        let rows = self.outline.rows().filter(move |row| wanted(row));
        rows.map(move |row| (row, summarise.row(row.metric.kind, row.position)))
    }

    /// The options that let bodies decide that are not ready or too small, in order: marked wherever they are printed.
    pub fn flagged(&self) -> Vec<String> {
        notes::flagged(&self.outline)
    }

    /// The inputs as they took effect, the assumed ones first.
    pub fn inputs(&self) -> Vec<&'a InputRow> {
        let mut inputs: Vec<&InputRow> = self.scenario.inputs.iter().collect();
        inputs.sort_by_key(|input| input.provenance);
        inputs
    }

    /// What the traffic equations say of each simulation, with its first option.
    pub fn expected(&self) -> impl Iterator<Item = (&str, ExpectedRow<'a>)> {
        let scenario = self.scenario;
        self.parts.iter().flat_map(move |part| {
            let option = part.options.first().map_or("", String::as_str);
            table::expected::expected_rows(scenario, part.model).map(move |row| (option, row))
        })
    }

    /// The tables, in the order of the catalogue.
    pub fn tables(&self) -> Vec<&'static Table> {
        tables(&self.outline)
    }

    /// One of [`Self::tables`] by name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let table = self.tables().into_iter().find(|table| table.name == name)?;
        Some(match name {
            "expected" => sheet::expected(self),
            "replications" => sheet::replications(self),
            "names" => sheet::names(self),
            "inputs" => sheet::inputs(self),
            "assumptions" => sheet::assumptions(self),
            "notes" => sheet::notes(self),
            _ => sheet::metrics(self, table),
        })
    }
}

/// The simulated tables that have rows, and those that every run has.
fn tables(outline: &Outline) -> Vec<&'static Table> {
    let always = [
        &table::expected::EXPECTED,
        &sheet::REPLICATIONS,
        &entity_names::NAMES,
        &sheet::INPUTS,
        &assumptions::ASSUMPTIONS,
        &notes::NOTES,
    ];
    // Of sums there are no replications to list.
    let known = always.into_iter().filter(|table| *table != &sheet::REPLICATIONS || outline.summed().is_none());
    outline.tables().into_iter().chain(known).collect()
}

#[cfg(test)]
pub(crate) mod tests;
