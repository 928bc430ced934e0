//! What a reader should know before believing a table, in plain sentences.

mod patients;
mod readiness;
mod same_cost;
mod trend;
mod unsettled;
mod waiting;

use super::Part;
use super::layout::Outline;
use super::precision::Progress;
use super::sheet::{REPLICATIONS, is_listed_by_replication};
use super::stored::ACTIVITY;
use super::table::Table;
use super::uncertain::{FEW, InputDraws};
use crate::ledger::is_partial;
use crate::scenario::{Provenance, Scenario};
use crate::stats::quantile::least_sample;
use crate::stats::stopping::Precision;
use patients::{implied_rates, not_comparable};
pub(super) use readiness::flagged;
use readiness::not_ready;
use same_cost::same_cost;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use trend::trends;
use unsettled::unsettled;
use waiting::{exchanged, overloaded, standstill};

pub(super) const NOTES: Table = Table {
    name: "notes",
    meaning: "What to know before reading the other tables, in plain sentences.",
    entities: &[
        (
            "kind",
            "not-ready, same-cost, implied-rate, not-comparable, overloaded, trend, exchanged, standstill, assumed-inputs, partial-coverage, long-table, stored-activity, few-replications, precision, warm-up, uncertain-inputs or control-variates",
        ),
        ("text", "the sentence"),
    ],
};

/// What a note is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// Options let bodies decide that are not ready or too small.
    NotReady,
    /// Options leave bodies with the same cost.
    SameCost,
    /// Home areas send far more or far fewer patients to a service than others do.
    ImpliedRate,
    /// Simulations treat different numbers of patients, so their totals and waits are not of the same patients.
    NotComparable,
    /// Waiting lists grow without end.
    Overloaded,
    /// Queues grow or shrink from year to year.
    Trend,
    /// Closed rings of blocked patients were resolved by exchange.
    Exchanged,
    /// Patients held places that each other wanted for ever.
    Standstill,
    /// Some inputs are assumed.
    AssumedInputs,
    /// Some bodies are only partly in scope.
    PartialCoverage,
    /// A table has more rows than a sheet of Excel holds.
    LongTable,
    /// The results were computed from stored activity, which has no lists, pools or quantiles.
    StoredActivity,
    /// There are too few replications for the likely range.
    FewReplications,
    /// How far a precision that was asked for was reached.
    Precision,
    /// Inputs are stated to be uncertain, and the intervals do not say so; or too few draws say it.
    UncertainInputs,
    /// How the warm-up was chosen, or that it was too short.
    WarmUp,
    /// What is no control variate.
    ControlVariates,
}

impl NoteKind {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotReady => "not-ready",
            Self::SameCost => "same-cost",
            Self::ImpliedRate => "implied-rate",
            Self::NotComparable => "not-comparable",
            Self::Overloaded => "overloaded",
            Self::Trend => "trend",
            Self::Exchanged => "exchanged",
            Self::Standstill => "standstill",
            Self::AssumedInputs => "assumed-inputs",
            Self::PartialCoverage => "partial-coverage",
            Self::LongTable => "long-table",
            Self::StoredActivity => "stored-activity",
            Self::FewReplications => "few-replications",
            Self::Precision => "precision",
            Self::UncertainInputs => "uncertain-inputs",
            Self::WarmUp => "warm-up",
            Self::ControlVariates => "control-variates",
        }
    }
}

/// With fewer replications no interval is to be trusted (assumed: textbooks ask for 5 to 10 at least).
const ENOUGH: usize = 10;
/// What is advised instead.
const ADVISED: usize = 20;

/// A note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The sentence without its full stop, and without what it lists.
    pub lead: String,
    /// What it lists, if anything.
    pub list: Vec<String>,
}

impl Note {
    fn plain(kind: NoteKind, lead: String) -> Self {
        Self { kind, lead, list: Vec::new() }
    }

    /// The whole sentence.
    pub fn text(&self) -> String {
        self.shortened(self.list.len(), "")
    }

    /// The sentence with the first few of what it lists, how many more there are, and where to find them.
    pub fn shortened(&self, most: usize, rest: &str) -> String {
        let shown = self.list[..self.list.len().min(most)].join(", ");
        match self.list.len() - self.list.len().min(most) {
            _ if self.list.is_empty() => format!("{}.", self.lead),
            0 => format!("{}: {shown}.", self.lead),
            more => format!("{}: {shown} and {more} more: {rest}", self.lead),
        }
    }
}

/// How far a precision was reached, with what was not.
pub(super) fn precision(progress: &Progress) -> Note {
    let Progress { text, table, reached, rows, .. } = progress;
    if progress.done() {
        return Note::plain(NoteKind::Precision, format!("`{text}` is reached for all {rows} rows of {table}"));
    }
    let lead = format!("`{text}` is reached for {reached} of {rows} rows of {table}; not for");
    let width = |half: f64| match progress.precision {
        Precision::Relative(_) => format!("{:.3} %", 100.0 * half),
        Precision::Absolute(_) => format!("{half:.4}"),
    };
    let open = progress.open.iter().map(|(name, half)| match half {
        _ if progress.silent.contains(name) => format!("{name} (no event in any replication)"),
        half if half.is_nan() => format!("{name} (too few replications)"),
        half => format!("{name} ({})", width(*half)),
    });
    Note { kind: NoteKind::Precision, lead, list: open.collect() }
}

/// The notes of a run.
pub(super) fn notes(scenario: &Scenario, parts: &[Part<'_>], outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
    let mut notes = not_ready(scenario, outline);
    notes.extend(same_cost(outline, numbers));
    // What areas refer does not depend on where to.
    notes.extend(parts.first().and_then(|part| implied_rates(scenario, part.model)));
    notes.extend(not_comparable(scenario, parts, outline, numbers));
    notes.extend(by_simulation(parts, |part| overloaded(scenario, part.model)));
    notes.extend(trends(parts, outline, numbers, scenario.run.antithetic));
    notes.extend(unsettled(scenario, parts, outline, numbers));
    notes.extend(by_simulation(parts, |part| exchanged(part, numbers.len())));
    notes.extend(by_simulation(parts, |part| standstill(part, numbers.len())));
    let with = |provenance| scenario.inputs.iter().filter(|input| input.provenance == provenance).count();
    let (assumed, unstated) = (with(Provenance::Assumed), with(Provenance::Unstated));
    if assumed > 0 {
        let are = if assumed == 1 { "is" } else { "are" };
        let mut text = format!(
            "{assumed} of {} inputs {are} assumed; the table `inputs` lists them first, and `assumptions` says which matter most",
            scenario.inputs.len()
        );
        if unstated > 0 {
            let says = if unstated == 1 { "does" } else { "do" };
            let _ = write!(text, "; {unstated} more {says} not state a provenance");
        }
        notes.push(Note::plain(NoteKind::AssumedInputs, text));
    }
    notes.extend(partial_coverage(outline, numbers));
    if outline.stored().is_some() {
        let text = "Computed from stored activity without simulating: lists, quantiles of waits, pools, classes and audits stand in the results of the run that stored it".to_owned();
        notes.push(Note::plain(NoteKind::StoredActivity, text));
    }
    if let Some(replications) = outline.summed() {
        let text = format!(
            "Means alone, from sums over {}: intervals, likely ranges, chances, ratios, and net costs where budgets are shared need a run with --activity replications",
            plural(replications as usize, "replication")
        );
        notes.push(Note::plain(NoteKind::StoredActivity, text));
        return notes;
    }
    let independent = if scenario.run.antithetic { numbers.len() / 2 } else { numbers.len() };
    if independent < ENOUGH {
        let text = format!(
            "{} {} few for any interval: those of means take for granted that means of replications are normal, which waits and overspends are not; take {ADVISED} or more",
            plural(independent, if scenario.run.antithetic { "antithetic pair" } else { "replication" }),
            if independent == 1 { "is too" } else { "are" },
        );
        notes.push(Note::plain(NoteKind::FewReplications, text));
    }
    let least = least_sample(0.05);
    if numbers.len() < least {
        let are = if numbers.len() == 1 { "is" } else { "are" };
        let text = format!(
            "{} {are} too few for the likely range (p05 to p95), which needs {least}",
            plural(numbers.len(), "replication")
        );
        notes.push(Note::plain(NoteKind::FewReplications, text));
    }
    notes
}

/// What the intervals leave out where inputs are stated to be uncertain.
pub(super) fn uncertain(scenario: &Scenario, draws: Option<&InputDraws>, replications: usize) -> Option<Note> {
    let rows = scenario.uncertain.len();
    let text = match draws {
        _ if rows == 0 => return None,
        None => format!(
            "Intervals and likely ranges are of chance alone, though the scenario states {} that {} uncertain; run --inputs 40 adds them",
            plural(rows, "factor"),
            if rows == 1 { "is" } else { "are" },
        ),
        Some(draws) if draws.len() < FEW || replications < FEW => format!(
            "{} of the inputs with {} each are few to tell inputs from chance: look at the interval of the share in `input_uncertainty`, and take {FEW} or more of both",
            plural(draws.len(), "draw"),
            plural(replications, "replication"),
        ),
        Some(_) => return None,
    };
    Some(Note::plain(NoteKind::UncertainInputs, text))
}

/// A rounded number with its thousands separated.
pub(super) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

/// The notes of each simulation; one where all say the same, otherwise each with its options.
fn by_simulation(parts: &[Part<'_>], of: impl Fn(&Part<'_>) -> Option<Note>) -> Vec<Note> {
    let mut notes: Vec<(Vec<String>, Option<Note>)> = Vec::new();
    for part in parts {
        let note = of(part);
        match notes.iter_mut().find(|(_, known)| *known == note) {
            Some((options, _)) => options.extend(part.options.iter().cloned()),
            None => notes.push((part.options.clone(), note)),
        }
    }
    let apart = notes.len() > 1;
    let named = |(options, note): (Vec<String>, Option<Note>)| {
        let note = note?;
        let all: Vec<usize> = (0..options.len()).collect();
        let lead = if apart { format!("Under {}: {}", names(&options, &all), inside(&note.lead)) } else { note.lead };
        Some(Note { lead, ..note })
    };
    notes.into_iter().filter_map(named).collect()
}

/// A sentence's beginning inside another sentence.
fn inside(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn partial_coverage(outline: &Outline, numbers: &[Vec<f64>]) -> Option<Note> {
    // A body counts as partly in scope if it is under any option.
    let mut coverage: BTreeMap<&str, f64> = BTreeMap::new();
    for row in outline.rows().filter(|row| row.metric.name == "coverage") {
        // Nothing in it is simulated: every replication has the same.
        if let Some(replication) = numbers.first() {
            let least = coverage.entry(&row.entity[0]).or_insert(1.0);
            *least = least.min(replication[row.position]);
        }
    }
    let partial = coverage.values().filter(|&&share| is_partial(share)).count();
    let are = if partial == 1 { "is" } else { "are" };
    let text = format!(
        "{partial} of {} {are} only partly in scope (metric `coverage` says how far): their costs are those of patients in scope, who are those of the scope's providers, and residents of their host ICBs and of those that the scope names wherever treated",
        plural(coverage.len(), "commissioner")
    );
    (partial > 0).then_some(Note::plain(NoteKind::PartialCoverage, text))
}

/// Tables of which a spreadsheet would drop rows without a word; so many rows of activity are stored beside them.
pub(super) fn long_tables(outline: &Outline, replications: usize, activity: u64) -> Option<Note> {
    /// What a sheet of Excel holds, the header included.
    const ROWS: usize = 1_048_576;
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::from([(ACTIVITY.name, activity as usize)]);
    for row in outline.rows() {
        *lengths.entry(row.table.name).or_default() += 1;
        if outline.summed().is_none() && is_listed_by_replication(&row) {
            *lengths.entry(REPLICATIONS.name).or_default() += replications;
        }
    }
    let long = lengths.into_iter().filter(|(_, length)| *length >= ROWS);
    let list: Vec<String> =
        long.map(|(table, length)| format!("`{table}` ({} rows)", thousands(length as f64))).collect();
    let lead = format!("Excel drops what lies beyond the first {} rows of a file", thousands(ROWS as f64));
    (!list.is_empty()).then_some(Note { kind: NoteKind::LongTable, lead, list })
}

fn plural(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!([thousands(7.4), thousands(4_349.0), thousands(1_234_567.0)], ["7", "4,349", "1,234,567"]);
    }

    #[test]
    fn tables_too_long_for_a_sheet_are_named() {
        let results = crate::results::tests::example();
        let rows = results.outline.rows().filter(is_listed_by_replication).count();
        // The last number of replications whose rows fit under the header, and one more.
        let fit = 1_048_575 / rows;
        assert_eq!(long_tables(&results.outline, fit, 1_048_575), None);
        let note = long_tables(&results.outline, fit, 1_048_576).unwrap();
        assert_eq!(note.list, ["`activity` (1,048,576 rows)"]);
        let note = long_tables(&results.outline, fit + 1, 0).unwrap();
        assert_eq!(note.list, [format!("`replications` ({} rows)", thousands((rows * (fit + 1)) as f64))]);
        assert!(note.text().starts_with("Excel drops what lies beyond the first 1,048,576 rows of a file: `repl"));
    }

    #[test]
    fn long_lists_are_whole_in_the_table_and_short_elsewhere() {
        let list = ["A", "B", "C"].map(str::to_owned).to_vec();
        let note = Note { kind: NoteKind::SameCost, lead: "These".to_owned(), list };
        assert_eq!(note.text(), "These: A, B, C.");
        assert_eq!(note.shortened(3, "see there"), "These: A, B, C.");
        assert_eq!(note.shortened(2, "see there"), "These: A, B and 1 more: see there");
        assert_eq!(Note::plain(NoteKind::AssumedInputs, "So".to_owned()).shortened(2, "see there"), "So.");
    }
}
