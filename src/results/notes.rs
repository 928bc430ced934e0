//! What a reader should know before believing a table, in plain sentences.

use super::layout::Layout;
use super::summary::SummaryRow;
use super::table::{Table, bodies};
use crate::scenario::{Provenance, Scenario};
use crate::stats::quantile::least_sample;
use std::collections::BTreeMap;

pub(super) const NOTES: Table = Table {
    name: "notes",
    meaning: "What to know before reading the other tables, in plain sentences.",
    entities: &[("kind", "same-cost, assumed-inputs, partial-coverage or few-replications"), ("text", "the sentence")],
};

/// What a note is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// Two options cost bodies the same.
    SameCost,
    /// Some inputs are assumed.
    AssumedInputs,
    /// Some bodies are only partly in scope.
    PartialCoverage,
    /// There are too few replications for the likely range.
    FewReplications,
}

impl NoteKind {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::SameCost => "same-cost",
            Self::AssumedInputs => "assumed-inputs",
            Self::PartialCoverage => "partial-coverage",
            Self::FewReplications => "few-replications",
        }
    }
}

/// A note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// One or two sentences.
    pub text: String,
}

/// The notes of a run.
pub(super) fn notes(scenario: &Scenario, layout: &Layout, numbers: &[Vec<f64>], summary: &[SummaryRow]) -> Vec<Note> {
    let mut notes = same_cost(layout, numbers);
    let assumed = scenario.inputs.iter().filter(|input| input.provenance == Provenance::Assumed).count();
    if assumed > 0 {
        let are = if assumed == 1 { "is" } else { "are" };
        let text = format!(
            "{assumed} of {} inputs {are} assumed; the table `inputs` lists them first.",
            scenario.inputs.len()
        );
        notes.push(Note { kind: NoteKind::AssumedInputs, text });
    }
    notes.extend(partial_coverage(layout, summary));
    let least = least_sample(0.05);
    if numbers.len() < least {
        let text = format!(
            "{} are too few for the likely range (p05 to p95), which needs {least}.",
            plural(numbers.len(), "replication")
        );
        notes.push(Note { kind: NoteKind::FewReplications, text });
    }
    notes
}

/// The costs of one option: by commissioner in every period and replication.
type Costs<'a> = BTreeMap<&'a str, Vec<u64>>;

/// For each pair of options the commissioners whom they cost the same, to the penny, in every period and replication.
fn same_cost(layout: &Layout, numbers: &[Vec<f64>]) -> Vec<Note> {
    let mut costs: BTreeMap<&str, Costs<'_>> = BTreeMap::new();
    for (position, row) in layout.rows().enumerate() {
        if row.table.name == bodies::COMMISSIONERS.name && row.metric.name == "cost_gbp" {
            let values = numbers.iter().map(|replication| replication[position].to_bits());
            costs.entry(row.option).or_default().entry(&row.entity[0]).or_default().extend(values);
        }
    }
    let ids = layout.options();
    let pairs = ids.iter().enumerate().flat_map(|(i, first)| ids[i + 1..].iter().map(move |second| (first, second)));
    pairs
        .filter_map(|(first, second)| {
            let (a, b) = (costs.get(first.as_str())?, costs.get(second.as_str())?);
            Some(Note { kind: NoteKind::SameCost, text: compare(first, a, second, b)? })
        })
        .collect()
}

fn compare(first: &str, a: &Costs<'_>, second: &str, b: &Costs<'_>) -> Option<String> {
    if a == b {
        return Some(format!("`{first}` and `{second}` cost every commissioner the same."));
    }
    let same: Vec<&str> = a.iter().filter(|(body, costs)| b.get(*body) == Some(costs)).map(|(body, _)| *body).collect();
    if same.is_empty() {
        return None;
    }
    let paying: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
    Some(format!(
        "`{first}` and `{second}` cost {} of {} the same: {}.",
        same.len(),
        plural(paying.len(), "commissioner"),
        list(&same)
    ))
}

fn partial_coverage(layout: &Layout, summary: &[SummaryRow]) -> Option<Note> {
    // A body counts as partly in scope if it is under any option.
    let mut coverage: BTreeMap<&str, f64> = BTreeMap::new();
    for (row, summary) in layout.rows().zip(summary) {
        if row.metric.name == "coverage"
            && let Some(share) = summary.mean
        {
            let least = coverage.entry(&row.entity[0]).or_insert(1.0);
            *least = least.min(share);
        }
    }
    let partial = coverage.values().filter(|&&share| share < 1.0 - 1e-9).count();
    let text = format!(
        "{partial} of {} are only partly in scope: their costs are costs at providers in scope (metric `coverage` says how much of the whole).",
        plural(coverage.len(), "commissioner")
    );
    (partial > 0).then_some(Note { kind: NoteKind::PartialCoverage, text })
}

fn plural(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// The first few of a list, and how many more there are.
fn list(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
