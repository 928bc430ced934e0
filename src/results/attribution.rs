//! Table `attribution`: a difference between two options or scenarios, step by step.

use super::comparison::COMPARED;
use super::sheet::{Field, Sheet};
use super::table::{Metric, Table};
use super::{Results, Sampling, sheet};
use crate::experiment::Part;
use crate::stats::antithetic::by_pair;
use crate::stats::student::MeanTest;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The chance that some interval of the steps of one metric misses its effect.
const ERROR_RATE: f64 = 0.05;

pub(super) const ATTRIBUTION: Table = Table {
    name: "attribution",
    meaning: "A difference between two options or scenarios, explained step by step on the same patients by `tierflow attribute`; the steps add up.",
    entities: &[
        ("table", "name of the table of the metric"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        ("step", "0: where it begins; then the steps in order; last: all of them together"),
        (
            "part",
            "what was changed: start, demand, pathways, choice, capacity, prices, flow rules, tier, payment, budget, risk share or total",
        ),
        ("value", "mean after the step"),
        ("effect", "mean change by the step, replication by replication"),
        (
            "ci_low",
            "lower end of the interval of the effect; those of all steps of this row hold together with 95 % (Student at 5 % / steps; of the total at 5 %)",
        ),
        ("ci_high", "upper end"),
        ("replications", "replications in which the metric is defined in all states"),
    ],
};

/// The values of one metric of one entity in every state.
#[derive(Clone, Debug)]
pub struct Attributed {
    /// The table of the metric.
    pub table: &'static Table,
    /// One value for each entity column.
    pub entity: Vec<String>,
    /// The metric.
    pub metric: &'static Metric,
    /// The state at the beginning and the state after each step.
    pub states: Vec<State>,
    /// All steps together.
    pub total: Option<MeanTest>,
}

/// One state.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// What was changed; nothing at the beginning.
    pub part: Option<Part>,
    /// The mean.
    pub value: f64,
    /// The change by the step.
    pub effect: Option<MeanTest>,
}

/// A row of the tables, whatever the state.
type Key = (usize, Vec<String>, &'static str);

/// What every state left.
#[derive(Debug, Default)]
pub struct Attribution {
    parts: Vec<Option<Part>>,
    /// By row the values of each replication in each state.
    values: BTreeMap<Key, (&'static Metric, Vec<Vec<f64>>)>,
    /// Whether the replications of some state are antithetic pairs.
    in_pairs: bool,
}

impl Attribution {
    /// Adds the next state: an option of some results.
    pub fn add(&mut self, part: Option<Part>, results: &Results<'_>, option: &str) {
        let before = self.parts.len();
        self.parts.push(part);
        self.in_pairs |= results.sampling() == Sampling::AntitheticPairs;
        for (order, table) in COMPARED.iter().enumerate() {
            let rows = results.outline.rows_of(table);
            let standing = results.standing(table, option);
            for row in rows.filter(|row| row.option == standing && row.period == "all") {
                let values = results.numbers.iter().map(|values| values[row.position]).collect();
                let key = (order, row.entity.to_vec(), row.metric.name);
                let states = &mut self.values.entry(key).or_insert((row.metric, Vec::new())).1;
                // Rows that some state lacks are left out in the end.
                if states.len() == before {
                    states.push(values);
                }
            }
        }
    }

    /// The steps of every row that all states have, in the order of the tables.
    pub fn rows(&self) -> Vec<Attributed> {
        let whole = self.values.iter().filter(|(_, (_, states))| states.len() == self.parts.len());
        whole.filter_map(|((table, entity, _), (metric, states))| self.row(*table, entity, metric, states)).collect()
    }

    fn row(&self, table: usize, entity: &[String], metric: &'static Metric, states: &[Vec<f64>]) -> Option<Attributed> {
        let count = states.first()?.len();
        let defined: Vec<usize> =
            (0..count).filter(|&replication| states.iter().all(|state| state[replication].is_finite())).collect();
        if defined.is_empty() {
            return None;
        }
        let alpha = ERROR_RATE / (states.len() - 1).max(1) as f64;
        let between = |one: &[f64], other: &[f64], alpha| {
            let mut changes = vec![f64::NAN; count];
            for &replication in &defined {
                changes[replication] = other[replication] - one[replication];
            }
            let independent = if self.in_pairs { by_pair(&changes) } else { changes };
            MeanTest::of(independent, alpha).map(|test| MeanTest { count: defined.len() as u64, ..test })
        };
        let mean = |state: &[f64]| defined.iter().map(|&r| state[r]).sum::<f64>() / defined.len() as f64;
        let state = |(place, part): (usize, &Option<Part>)| State {
            part: *part,
            value: mean(&states[place]),
            effect: place.checked_sub(1).and_then(|before| between(&states[before], &states[place], alpha)),
        };
        Some(Attributed {
            table: COMPARED[table],
            entity: entity.to_vec(),
            metric,
            states: self.parts.iter().enumerate().map(state).collect(),
            total: between(states.first()?, states.last()?, ERROR_RATE),
        })
    }

    /// The table.
    pub fn sheet(&self) -> Sheet<'_> {
        let rows = self.rows().into_iter().flat_map(|row| fields(&row));
        Sheet { table: &ATTRIBUTION, header: sheet::columns(&ATTRIBUTION), rows: Box::new(rows) }
    }
}

fn fields(row: &Attributed) -> Vec<Vec<Field<'static>>> {
    let text = |text: &str| Field::Text(Cow::Owned(text.to_owned()));
    let line = |step: usize, part: &str, value: f64, effect: Option<MeanTest>| {
        let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
        vec![
            text(row.table.name),
            text(&row.entity.join("/")),
            text(row.metric.name),
            text(row.metric.unit),
            Field::Count(step as u64),
            text(part),
            Field::Number(value),
            number(effect.map(|effect| effect.mean)),
            number(effect.map(|effect| effect.interval.low)),
            number(effect.map(|effect| effect.interval.high)),
            number(effect.map(|effect| effect.count as f64)),
        ]
    };
    let name = |part: Option<Part>| part.map_or_else(|| "start".to_owned(), |part| part.to_string());
    let states = row.states.iter().enumerate();
    let mut lines: Vec<_> =
        states.map(|(step, state)| line(step, &name(state.part), state.value, state.effect)).collect();
    let last = row.states.last().map_or(f64::NAN, |state| state.value);
    lines.push(line(row.states.len(), "total", last, row.total));
    lines
}
