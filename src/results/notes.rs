//! What a reader should know before believing a table, in plain sentences.

use super::layout::Layout;
use super::table::{Table, bodies};
use crate::scenario::{Provenance, Scenario};
use crate::stats::quantile::least_sample;
use std::collections::{BTreeMap, BTreeSet};

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
pub(super) fn notes(scenario: &Scenario, layout: &Layout, numbers: &[Vec<f64>]) -> Vec<Note> {
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
    notes.extend(partial_coverage(layout, numbers));
    let least = least_sample(0.05);
    if numbers.len() < least {
        let are = if numbers.len() == 1 { "is" } else { "are" };
        let text = format!(
            "{} {are} too few for the likely range (p05 to p95), which needs {least}.",
            plural(numbers.len(), "replication")
        );
        notes.push(Note { kind: NoteKind::FewReplications, text });
    }
    notes
}

/// The cost of each commissioner under one option, in every period and replication.
type Costs<'a> = BTreeMap<&'a str, Vec<u64>>;

/// Where options cost the same, to the penny, in every period and replication: first the options that no commissioner can
/// tell apart, then, of the others, for each set of options the bodies that cannot tell these apart.
fn same_cost(layout: &Layout, numbers: &[Vec<f64>]) -> Vec<Note> {
    let ids = layout.options();
    let mut costs: Vec<Costs<'_>> = vec![BTreeMap::new(); ids.len()];
    for (position, row) in layout.rows().enumerate() {
        if row.table.name == bodies::COMMISSIONERS.name
            && row.metric.name == "cost_gbp"
            && let Some(option) = ids.iter().position(|id| *id == row.option)
        {
            let values = numbers.iter().map(|replication| replication[position].to_bits());
            costs[option].entry(&row.entity[0]).or_default().extend(values);
        }
    }
    let equal: Vec<Vec<usize>> = group(0..ids.len(), |a, b| costs[a] == costs[b]);
    let mut texts: Vec<String> = equal
        .iter()
        .filter(|options| options.len() > 1)
        .map(|options| format!("{} cost every commissioner the same.", names(ids, options)))
        .collect();
    let bodies: BTreeSet<&str> = costs.iter().flat_map(|costs| costs.keys().copied()).collect();
    let mut alike: BTreeMap<Vec<usize>, Vec<&str>> = BTreeMap::new();
    for body in bodies {
        let paying = equal.iter().map(|options| options[0]).filter(|&option| costs[option].contains_key(body));
        for options in group(paying, |a, b| costs[a][body] == costs[b][body]) {
            if options.len() > 1 {
                alike.entry(options).or_default().push(body);
            }
        }
    }
    texts.extend(alike.iter().map(|(options, bodies)| {
        format!("{} cost {} the same: {}.", names(ids, options), plural(bodies.len(), "commissioner"), list(bodies))
    }));
    texts.into_iter().map(|text| Note { kind: NoteKind::SameCost, text }).collect()
}

/// Puts what is alike together, in order of first appearance.
fn group(items: impl Iterator<Item = usize>, alike: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|group| alike(group[0], item)) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// Options in a sentence.
fn names(ids: &[String], options: &[usize]) -> String {
    let names: Vec<String> = options.iter().map(|&option| format!("`{}`", ids[option])).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn partial_coverage(layout: &Layout, numbers: &[Vec<f64>]) -> Option<Note> {
    // A body counts as partly in scope if it is under any option.
    let mut coverage: BTreeMap<&str, f64> = BTreeMap::new();
    for (position, row) in layout.rows().enumerate().filter(|(_, row)| row.metric.name == "coverage") {
        // Nothing in it is simulated: every replication has the same.
        if let Some(replication) = numbers.first() {
            let least = coverage.entry(&row.entity[0]).or_insert(1.0);
            *least = least.min(replication[position]);
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
