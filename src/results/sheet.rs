//! Tables as rows of fields, for whoever writes them down.

use super::Results;
use super::assumptions::{ASSUMPTIONS, Assumption};
use super::comparison::{COMPARISON, Compared, Verdict};
use super::entity_names::{NAMES, entity_names};
use super::layout::Row;
use super::summary::SummaryRow;
use super::table::Table;
use super::table::expected::{EXPECTED, ExpectedRow};
use super::table::flows::FLOWS;
use super::uncertain::{INPUT_DRAWS, INPUT_UNCERTAINTY, InputDraws};
use super::variance::{ANTITHETIC, CONTROL_VARIATES, antithetic_rows, controlled_rows};
use super::warm_up::WARM_UP;
use crate::scenario::Provenance;
use crate::stats::Interval;
use std::borrow::Cow;

/// One field of a row.
#[derive(Clone, PartialEq, Debug)]
pub enum Field<'a> {
    /// Words.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A count.
    Count(u64),
    /// Undefined: 0/0 in every replication.
    Undefined,
    /// Not applicable, or too few replications.
    Blank,
}

/// The rows of a table, made as they are asked for.
pub struct Sheet<'a> {
    /// The table.
    pub table: &'static Table,
    /// Names of the columns.
    pub header: Vec<&'static str>,
    /// One field for each column.
    pub rows: Box<dyn Iterator<Item = Vec<Field<'a>>> + 'a>,
}

impl std::fmt::Debug for Sheet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("table", &self.table.name).field("header", &self.header).finish_non_exhaustive()
    }
}

/// The columns around the entities in every table of metrics.
pub(super) const SUMMARY_COLUMNS: [(&str, &str); 12] = [
    ("option", "id of the tiering option"),
    ("period", "reporting period: all, a financial year (2027/28) or its month (2027/28-M07 is October)"),
    ("metric", "what the number is"),
    ("unit", "its unit"),
    ("mean", "mean over replications"),
    ("ci_low", "lower end of the 95 % interval of the mean (simulation error)"),
    ("ci_high", "upper end of the 95 % interval of the mean"),
    ("sd", "standard deviation over replications"),
    ("p05", "5 % quantile over replications: lower end of the likely range"),
    ("p50", "median over replications"),
    ("p95", "95 % quantile over replications: upper end of the likely range"),
    ("replications", "replications in which the metric is defined; 0 if nothing is simulated"),
];

pub(super) const REPLICATIONS: Table = Table {
    name: "replications",
    meaning: "Every metric of every replication, for the periods `all` and financial years; flows are left out.",
    entities: &[
        ("table", "name of the table that summarises the metric"),
        ("option", "id of the tiering option, as in that table"),
        ("period", "reporting period"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        ("replication", "number of the replication, from 0"),
        ("value", "the number, NA if undefined"),
    ],
};

pub(super) const INPUTS: Table = Table {
    name: "inputs",
    meaning: "Every input as it took effect, the assumed ones first.",
    entities: &[
        ("provenance", "assumed, unstated, derived or published"),
        ("table", "table or section of the scenario"),
        ("values", "keys and values"),
        ("source", "the stated source"),
        ("note", "the stated note"),
    ],
};

fn text(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}

fn header(table: &'static Table) -> Vec<&'static str> {
    let (before, after) = SUMMARY_COLUMNS.split_at(2);
    let name = |column: &(&'static str, &'static str)| column.0;
    before.iter().map(name).chain(table.entities.iter().map(name)).chain(after.iter().map(name)).collect()
}

pub(super) fn metrics<'a>(results: &'a Results<'_>, table: &'static Table) -> Sheet<'a> {
    let rows = results.rows_of(table).map(|(row, summary)| metric_row(&row, &summary));
    Sheet { table, header: header(table), rows: Box::new(rows) }
}

fn metric_row<'a>(row: &Row<'a>, summary: &SummaryRow) -> Vec<Field<'a>> {
    // Without a mean there is nothing to state; with one, what is missing lacks replications.
    let missing = if summary.mean.is_none() { Field::Undefined } else { Field::Blank };
    let number = |value: Option<f64>| value.map_or(missing.clone(), Field::Number);
    let mut fields = vec![text(row.option), text(row.period)];
    fields.extend(row.entity.iter().map(|value| text(value)));
    fields.extend([text(row.metric.name), text(row.metric.unit)]);
    let (low, high) = (summary.interval.map(|ci| ci.low), summary.interval.map(|ci| ci.high));
    let likely = summary.likely;
    fields.extend([summary.mean, low, high, summary.sd, likely.p05, likely.p50, likely.p95].map(number));
    fields.push(Field::Count(u64::from(summary.replications)));
    fields
}

pub(super) fn comparison<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let reference = results.manifest.reference.as_deref().unwrap_or_default();
    let rows = results.compared(reference).into_iter().map(move |one| compared_row(reference, &one));
    Sheet { table: &COMPARISON, header: columns(&COMPARISON), rows: Box::new(rows) }
}

fn compared_row<'a>(reference: &'a str, one: &Compared<'a>) -> Vec<Field<'a>> {
    let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
    let (no_larger_than, note) = match one.verdict {
        Verdict::NoDifference(limit) => (Some(limit), ""),
        Verdict::None(why) => (None, why),
        _ => (None, ""),
    };
    let mut fields = [one.option, reference, one.period, one.table.name].map(text).to_vec();
    fields.push(Field::Text(Cow::Owned(one.entity.join("/"))));
    fields.extend([one.metric.name, one.metric.unit].map(text));
    fields.push(one.difference.map_or(Field::Undefined, Field::Number));
    let interval = one.interval;
    fields.extend([interval.map(|ci| ci.low), interval.map(|ci| ci.high), one.sd, one.p_value].map(number));
    fields.push(text(one.verdict.name()));
    fields.extend([no_larger_than, one.variance_ratio].map(number));
    fields.extend([Field::Count(u64::from(one.replications)), number(one.replications_to_decide()), text(note)]);
    fields
}

pub(super) fn control_variates<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let rows = controlled_rows(results);
    Sheet { table: &CONTROL_VARIATES, header: columns(&CONTROL_VARIATES), rows: Box::new(rows) }
}

pub(super) fn antithetic<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    Sheet { table: &ANTITHETIC, header: columns(&ANTITHETIC), rows: Box::new(antithetic_rows(results)) }
}

pub(super) fn expected<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let row = |(option, row): (&'a str, ExpectedRow<'a>)| {
        let entity = row.entity.map(|value| if value.is_empty() { Field::Blank } else { text(value) });
        let mut fields = vec![text(option), text("all")];
        fields.extend(entity);
        fields.extend([text(row.metric.name), text(row.metric.unit)]);
        fields.push(if row.value.is_nan() { Field::Undefined } else { Field::Number(row.value) });
        fields.extend(std::iter::repeat_n(Field::Blank, 6));
        fields.push(Field::Count(0));
        fields
    };
    Sheet { table: &EXPECTED, header: header(&EXPECTED), rows: Box::new(results.expected().map(row)) }
}

pub(super) fn input_uncertainty<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let rows = results.input_uncertainty().map(|one| {
        let number = |value: Option<f64>| value.map_or(Field::Undefined, Field::Number);
        let ends = |interval: Option<Interval>| [interval.map(|ends| ends.low), interval.map(|ends| ends.high)];
        let row = one.row;
        let mut fields = vec![
            text(row.option),
            text(row.period),
            text(row.table.name),
            Field::Text(Cow::Owned(row.entity.join("/"))),
            text(row.metric.name),
            text(row.metric.unit),
        ];
        fields.push(number(one.split.map(|split| split.mean)));
        fields.extend(ends(one.split.map(|split| split.mean_interval)).map(number));
        fields.push(number(one.split.map(|split| libm::sqrt(split.inputs))));
        fields.push(one.split.map_or(Field::Undefined, |split| Field::Count(u64::from(split.clamped))));
        fields.push(number(one.split.map(|split| libm::sqrt(split.chance))));
        fields.push(number(one.split.and_then(|split| split.share)));
        fields.extend(ends(one.split.and_then(|split| split.share_interval)).map(number));
        fields.extend(ends(one.prediction).map(number));
        fields.extend([Field::Count(one.draws as u64), Field::Count(one.replications as u64)]);
        fields
    });
    Sheet { table: &INPUT_UNCERTAINTY, header: columns(&INPUT_UNCERTAINTY), rows: Box::new(rows) }
}

pub(super) fn input_draws<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let draws = results.input_draws().map_or(&[][..], InputDraws::factors);
    let rows = draws.iter().zip(0_u64..).flat_map(|(factors, draw)| {
        results.scenario.uncertain.iter().zip(factors).map(move |(row, &factor)| {
            vec![Field::Count(draw), text(&row.id), text(row.lever.word()), Field::Number(factor)]
        })
    });
    Sheet { table: &INPUT_DRAWS, header: columns(&INPUT_DRAWS), rows: Box::new(rows) }
}

/// Whether a row stands in the table of replications.
pub(super) fn is_listed_by_replication(row: &Row<'_>) -> bool {
    row.table != &FLOWS && !row.period.contains("-M")
}

/// Replications are counted from `first`.
pub(super) fn replications<'a>(results: &'a Results<'_>, first: u64) -> Sheet<'a> {
    let rows = results.outline.rows().filter(is_listed_by_replication).flat_map(move |row| {
        results.numbers.iter().zip(first..).map(move |(values, replication)| {
            let value = values[row.position];
            vec![
                text(row.table.name),
                text(row.option),
                text(row.period),
                Field::Text(Cow::Owned(row.entity.join("/"))),
                text(row.metric.name),
                text(row.metric.unit),
                Field::Count(replication),
                if value.is_nan() { Field::Undefined } else { Field::Number(value) },
            ]
        })
    });
    Sheet { table: &REPLICATIONS, header: columns(&REPLICATIONS), rows: Box::new(rows) }
}

pub(super) fn names<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let rows = entity_names(results.scenario).map(|row| row.map(text).to_vec());
    Sheet { table: &NAMES, header: columns(&NAMES), rows: Box::new(rows) }
}

pub(super) fn warm_up<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let rows = results.warm_up.iter().flat_map(|chosen| super::warm_up::rows(results.scenario, chosen));
    Sheet { table: &WARM_UP, header: columns(&WARM_UP), rows: Box::new(rows) }
}

pub(super) fn inputs<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let rows = results.inputs().into_iter().map(|input| {
        let provenance = match input.provenance {
            Provenance::Assumed => "assumed",
            Provenance::Unstated => "unstated",
            Provenance::Derived => "derived",
            Provenance::Published => "published",
        };
        let mut fields = [provenance, &input.table].map(text).to_vec();
        fields.push(Field::Text(Cow::Owned(input.line())));
        fields.extend([&input.source, &input.note].map(|value| text(value)));
        fields
    });
    Sheet { table: &INPUTS, header: columns(&INPUTS), rows: Box::new(rows) }
}

pub(super) fn assumptions<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let owned = |text: String| Field::Text(Cow::Owned(text));
    let row = move |assumption: Assumption<'a>| {
        let (metric, pounds) = match &assumption.effect {
            Ok(effect) => (effect.metric.clone(), effect.pounds),
            Err(_) => (String::new(), [None; 2]),
        };
        let mut fields = vec![text(assumption.table), owned(assumption.what.clone()), text(assumption.key)];
        fields.extend([owned(assumption.value.clone()), Field::Count(assumption.inputs.len() as u64)]);
        fields.extend(pounds.map(|pounds| pounds.map_or(Field::Undefined, Field::Number)));
        let remark = assumption.remark().map_or(Field::Blank, |remark| owned(remark.to_owned()));
        fields.extend([owned(metric), remark]);
        fields.extend(assumption.who().map(|one| owned(one.to_owned())));
        fields.push(owned(assumption.note()));
        fields
    };
    let rows = super::assumptions::assumptions(results).into_iter().map(row);
    Sheet { table: &ASSUMPTIONS, header: columns(&ASSUMPTIONS), rows: Box::new(rows) }
}

pub(super) fn notes<'a>(results: &'a Results<'_>) -> Sheet<'a> {
    let rows = results.notes.iter().map(|note| vec![text(note.kind.name()), Field::Text(Cow::Owned(note.text()))]);
    Sheet { table: &super::notes::NOTES, header: columns(&super::notes::NOTES), rows: Box::new(rows) }
}

pub(super) fn columns(table: &'static Table) -> Vec<&'static str> {
    table.entities.iter().map(|column| column.0).collect()
}
