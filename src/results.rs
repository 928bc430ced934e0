//! The numbers of a run as tables: which rows there are, what they mean, and how replications make them up.
//!
//! A [`Layout`] lists the rows of a simulation before it is run; a [`Measurer`] turns the activity of a replication into one
//! number a row; [`SummaryRow`] turns those into means and intervals; [`Results`] puts the simulations of a run into one
//! [`Outline`], with the notes and the manifest. [`catalogue()`] is the one list of what the tables hold. Nothing here touches files or prints.

mod assumptions;
mod attribution;
mod batch;
mod calibration;
mod catalogue;
mod chances;
mod compare;
mod comparison;
mod entity_names;
mod event_log;
mod layout;
mod manifest;
mod measure;
mod notes;
mod places;
mod plan;
mod planning;
mod precision;
mod recommendation;
mod sections;
mod selection;
mod sheet;
mod sites;
mod stored;
mod study;
mod summary;
mod table;
mod tally;
mod uncertain;
mod variance;
mod warm_up;

pub use attribution::{Attributed, Attribution, State};
pub use batch::{SensitivityRow, batch_words, sensitivity};
pub use calibration::{BedRow, Calibration, FittedService, left_out_means};
pub use catalogue::{Entry, catalogue, explain, markdown, names};
pub use compare::comparisons;
pub use comparison::{Compared, Verdict};
pub use entity_names::short_name;
pub use event_log::{EVENT_COLUMNS, EventNames, EventRow};
pub use layout::{Layout, Outline, Row};
pub use manifest::{
    ActivityEntry, ArrangementEntry, FootprintsEntry, Making, Manifest, OptionEntry, PlanEntry, PrecisionEntry,
    RecommendationEntry, SelectionEntry, SourceFile, StoredEntry,
};
pub use measure::Measurer;
pub use notes::{Note, NoteKind};
pub use planning::{
    Aim, AimError, Binding, Budget, BudgetPlan, CapacityPlan, Kept, Objective, PlanError, PlanOver, PlanRules, Planner,
    Pooling, Shared, Target as PlanTarget, Total, Variable, divide_budget, plannable_metrics, pooled,
};
pub use precision::{Progress, Target, TargetError, targets};
pub use recommendation::{
    Advice, Bar, Bodies, Body, Figure, Flip, GroupScope, Grouped, GroupedError, Groups, GroupsCompared, GroupsWanted,
    Inquiry, Judged, Moved, Recommendations, Recommended, Standing, TestVerdict, Tested, TierCase, against, boards,
    grouped, population, recommendations, scheme_of, sizes_in_use, tier_words,
};
pub use selection::{AskError, Contest, Question, Selected, Wish};
pub use sheet::{Field, Sheet};
pub use sites::SiteSets;
pub use stored::{
    ACTIVITY, ActivityKind, CELLS, COUNTS, Counts, FIRST_COUNT, StoredCells, add_counts, cell_names, counts,
    no_activity,
};
pub use study::{Prepared, Study, Unwatched, Watch};
use summary::Summariser;
pub use summary::{Sampling, SummaryRow};
pub use table::expected::ExpectedRow;
pub use table::{Better, Kind, Metric, Table};
pub use uncertain::{DrawError, InputDraws, InputRowSplit};
pub use variance::Gain;

use crate::experiment::{Replicated, WarmUp};
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
    /// What draws of the uncertain inputs left, if inputs were drawn.
    inputs_drawn: Option<InputDraws>,
    /// What to know before reading.
    pub notes: Vec<Note>,
    /// What is needed to run it again.
    pub manifest: Manifest,
    /// How the warm-up was chosen, if it was.
    warm_up: Option<WarmUp>,
}

impl<'a> Results<'a> {
    /// Puts together what simulations left, which must be in the order of their first options and have as many replications
    /// each.
    pub fn new(scenario: &'a Scenario, simulated: Vec<Simulated<'a>>, mut making: Making) -> Self {
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
        compare::extend(scenario, &parts, making.reference.as_deref(), &mut outline, &mut numbers);
        let mut notes = notes::notes(scenario, &parts, &outline, &numbers);
        let stored = making.activity.as_ref().map_or(0, |activity| activity.rows);
        notes.extend(notes::long_tables(&outline, numbers.len(), stored));
        notes.extend(making.reached.iter().map(notes::precision));
        notes.extend(making.warm_up.iter().flat_map(|chosen| warm_up::notes(scenario, chosen)));
        let kept = if making.activity.is_some() { &[&stored::ACTIVITY, &stored::CELLS][..] } else { &[] };
        let inputs_drawn = making.inputs.take();
        notes.extend(notes::uncertain(scenario, inputs_drawn.as_ref(), numbers.len()));
        let chosen = making.warm_up.clone();
        let extra = Extra {
            compared: making.reference.is_some(),
            warm_up: chosen.is_some(),
            control_variates: making.control_variates,
            antithetic: scenario.run.antithetic,
            drawn: inputs_drawn.is_some(),
        };
        let tables: Vec<&str> = tables(&outline, extra).iter().chain(kept).map(|table| table.name).collect();
        let replications = outline.summed().map_or(numbers.len(), |replications| replications as usize);
        let mut manifest = Manifest::new(scenario, &parts, &outline, making, replications, &tables);
        manifest.inputs = inputs_drawn.as_ref().map(|draws| draws.len() as u32);
        let mut results = Self { scenario, parts, outline, numbers, inputs_drawn, notes, manifest, warm_up: chosen };
        if results.manifest.control_variates {
            results.notes.extend(results.control_notes());
        }
        results
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
        let mut summarise = Summariser::new(&self.numbers, self.outline.summed(), self.sampling());
        let rows = self.outline.rows().filter(move |row| wanted(row));
        rows.map(move |row| (row, summarise.row(row.metric.kind, row.position)))
    }

    /// How replications depend on each other.
    pub fn sampling(&self) -> Sampling {
        Sampling::of(&self.scenario.run)
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
        let extra = Extra {
            compared: self.manifest.reference.is_some(),
            warm_up: self.warm_up.is_some(),
            control_variates: self.manifest.control_variates,
            antithetic: self.sampling() == Sampling::AntitheticPairs,
            drawn: self.inputs_drawn.is_some(),
        };
        tables(&self.outline, extra)
    }

    /// The table of replications of results that hold one replication alone, which has this number.
    pub fn single_replication(&self, number: u32) -> Sheet<'_> {
        sheet::replications(self, u64::from(number))
    }

    /// One of [`Self::tables`] by name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let table = self.tables().into_iter().find(|table| table.name == name)?;
        Some(match name {
            "comparison" => sheet::comparison(self),
            "control_variates" => sheet::control_variates(self),
            "antithetic" => sheet::antithetic(self),
            "input_uncertainty" => sheet::input_uncertainty(self),
            "input_draws" => sheet::input_draws(self),
            "warm_up" => sheet::warm_up(self),
            "expected" => sheet::expected(self),
            "replications" => sheet::replications(self, 0),
            "names" => sheet::names(self),
            "inputs" => sheet::inputs(self),
            "assumptions" => sheet::assumptions(self),
            "notes" => sheet::notes(self),
            _ => sheet::metrics(self, table),
        })
    }
}

/// Tables that not every run has.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct Extra {
    compared: bool,
    warm_up: bool,
    control_variates: bool,
    antithetic: bool,
    drawn: bool,
}

/// The simulated tables that have rows, and those that every run has, or such a run.
fn tables(outline: &Outline, extra: Extra) -> Vec<&'static Table> {
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
    let comparison = Some(&comparison::COMPARISON).filter(|_| extra.compared);
    let warm_up = Some(&warm_up::WARM_UP).filter(|_| extra.warm_up);
    let controlled = Some(&variance::CONTROL_VARIATES).filter(|_| extra.control_variates);
    let antithetic = Some(&variance::ANTITHETIC).filter(|_| extra.antithetic && outline.summed().is_none());
    let reduced = controlled.into_iter().chain(antithetic);
    let uncertain = [&uncertain::INPUT_UNCERTAINTY, &uncertain::INPUT_DRAWS].into_iter().filter(|_| extra.drawn);
    outline.tables().into_iter().chain(comparison).chain(reduced).chain(uncertain).chain(known).chain(warm_up).collect()
}

#[cfg(test)]
pub(crate) mod tests;
