//! The tables of a selection.

use super::Selected;
use crate::experiment::{Candidate, Ending, Fate};
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::summary::{Sampling, SummaryRow};
use crate::results::table::Table;
use std::borrow::Cow;

pub(in crate::results) const SELECTION: Table = Table {
    name: "selection",
    meaning: "The best of several options by one metric, found by `tierflow select`: one row for each option that has the entity.",
    entities: &[
        ("option", "id of the tiering option"),
        ("period", "reporting period"),
        ("table", "name of the table of the metric"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        ("better", "which mean is wanted: smallest or largest"),
        ("procedure", "kn, rinott or ocba"),
        ("zone", "the indifference zone, in the unit"),
        (
            "probability",
            "of a correct selection if the best is ahead of all others by the zone: as stated (kn, rinott), blank if the procedure could not end or too little varied to know; of ocba the approximate probability that the selected option is the best (a lower bound by Bonferroni, variances taken as known)",
        ),
        (
            "probability_good",
            "of ocba: the approximate probability that no option is better than the selected one by the zone or more",
        ),
        ("mean", "mean over the replications that the option was judged by"),
        (
            "ci_low",
            "lower end of the 95 % interval of that sample, as if nothing had depended on its values: not an interval after selection",
        ),
        ("ci_high", "upper end"),
        ("sd", "standard deviation over replications"),
        (
            "behind",
            "how much worse than the selected option: mean over the replications that both were judged by; of rinott the difference of the means",
        ),
        (
            "result",
            "selected; ahead, where the procedure could not end or too little varied to know; same (the same mean as that one, to the bit, over the same replications); dropped (after its last replication); left (the cap came first); not-selected",
        ),
        ("replications", "replications that the option was judged by"),
        ("numbers", "their numbers"),
        ("simulation", "the first option of those that share its simulation"),
        ("simulated", "replications that were run of this simulation"),
    ],
};

pub(in crate::results) const SELECTION_VALUES: Table = Table {
    name: "selection_values",
    meaning: "The values that options were selected by, one row for each option and replication.",
    entities: &[
        ("option", "id of the tiering option"),
        ("replication", "number of the replication, from 0, as in the table replications of a run"),
        ("value", "the metric, in the unit of the table selection"),
    ],
};

fn owned(text: String) -> Field<'static> {
    Field::Text(Cow::Owned(text))
}

fn number(value: Option<f64>) -> Field<'static> {
    value.map_or(Field::Blank, Field::Number)
}

impl Selected<'_> {
    /// One of the tables; nothing by another name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let (table, rows): (_, Box<dyn Iterator<Item = Vec<Field<'_>>>>) = match name {
            "selection" => {
                (&SELECTION, Box::new((0..self.selection.candidates.len()).map(|option| self.option_row(option))))
            }
            "selection_values" => (&SELECTION_VALUES, Box::new(self.value_rows())),
            _ => return None,
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    /// How it ended for an option, in a word.
    pub fn result(&self, option: usize) -> &'static str {
        match self.selection.candidates[option].fate {
            Fate::Selected if self.selection.ending.is_open() => "ahead",
            Fate::Selected => "selected",
            Fate::Tied => "same",
            Fate::Dropped => "dropped",
            Fate::Left => "left",
            Fate::Behind => "not-selected",
        }
    }

    /// What is known of an option.
    pub fn summary(&self, option: usize) -> SummaryRow {
        SummaryRow::of(self.question.metric.kind, &self.selection.candidates[option].values, Sampling::Independent)
    }

    fn option_row(&self, option: usize) -> Vec<Field<'_>> {
        let (question, entry) = (&self.question, self.manifest.selection.as_ref());
        let one = &self.selection.candidates[option];
        let summary = self.summary(option);
        let text = |text| Field::Text(Cow::Borrowed(text));
        let (probability, good) = match self.selection.ending {
            Ending::Guaranteed => (entry.and_then(|entry| entry.probability.as_ref()?.parse().ok()), None),
            Ending::Approximate { best, good } => (Some(best), Some(good)),
            _ => (None, None),
        };
        let id = self.option(option);
        let (simulation, simulated) = self
            .simulated
            .iter()
            .find(|(options, _)| options.iter().any(|other| other == id))
            .map_or(("", 0), |(options, ran)| (options[0].as_str(), *ran));
        vec![
            text(id),
            text(&question.period),
            text(question.table.name),
            owned(question.entity.join("/")),
            text(question.metric.name),
            text(question.metric.unit),
            text(if question.smallest { "smallest" } else { "largest" }),
            text(entry.map_or("", |entry| entry.procedure.as_str())),
            Field::Number(self.selection.zone),
            number(probability),
            number(good),
            number(summary.mean),
            number(summary.interval.map(|interval| interval.low)),
            number(summary.interval.map(|interval| interval.high)),
            number(summary.sd),
            Field::Number(self.behind(option)),
            text(self.result(option)),
            Field::Count(one.values.len() as u64),
            owned(numbers(one)),
            text(simulation),
            Field::Count(u64::from(simulated)),
        ]
    }

    fn value_rows(&self) -> impl Iterator<Item = Vec<Field<'_>>> {
        self.selection.candidates.iter().enumerate().flat_map(move |(option, one)| {
            let replications = one.numbers.iter().cloned().flatten();
            replications.zip(&one.values).map(move |(replication, &value)| {
                let id = Field::Text(Cow::Borrowed(self.option(option)));
                vec![id, Field::Count(u64::from(replication)), Field::Number(value)]
            })
        })
    }
}

/// `0-19 40-52`.
fn numbers(one: &Candidate) -> String {
    one.numbers.iter().map(|range| format!("{}-{}", range.start, range.end - 1)).collect::<Vec<_>>().join(" ")
}
