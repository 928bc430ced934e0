//! Tables `control_variates` and `antithetic`: how well the metrics that matter are known with less variance. The other
//! tables do not change.

mod controls;

use super::Results;
use super::layout::Row;
use super::notes::Note;
use super::sheet::Field;
use super::summary::{Sampling, SummaryRow};
use super::table::{Kind, Table, bodies, icbs, pools, providers, services};
use crate::stats::antithetic::{pair_means, reduction};
use crate::stats::control_variates::{Controlled, control};
use controls::{Control, Controls};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) const CONTROL_VARIATES: Table = Table {
    name: "control_variates",
    meaning: "Waits, costs, utilisation and spells of the whole period estimated with control variates (`--control-variates`), beside the plain estimates of the other tables, which do not change. Controls are referrals, whose mean is known exactly, and places in use, where theory knows their mean. Rows that do not vary, or for which there are too few replications, are left out.",
    entities: &[
        ("option", "id of the tiering option"),
        ("reference", "of a difference: id of the option that is subtracted; else blank"),
        ("period", "reporting period: all"),
        ("table", "name of the table of the metric"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        ("mean", "the plain mean over replications"),
        ("ci_low", "lower end of its 95 % interval"),
        ("ci_high", "upper end"),
        (
            "estimate",
            "the mean less slopes x (controls less their known means), slopes by regression over replications",
        ),
        ("estimate_ci_low", "lower end of its 95 % interval, with a degree of freedom less for each control"),
        ("estimate_ci_high", "upper end"),
        ("controls", "what was controlled for"),
        (
            "reduction",
            "share of the mean's variance that is taken away, the price of estimating slopes included; negative where controls do harm",
        ),
        ("replications", "replications used"),
    ],
};

pub(super) const ANTITHETIC: Table = Table {
    name: "antithetic",
    meaning: "What antithetic pairs of replications (`run.antithetic`) achieve for waits, costs, utilisation and spells of the whole period. Rows that do not vary are left out.",
    entities: &[
        ("option", "id of the tiering option"),
        ("reference", "of a difference: id of the option that is subtracted; else blank"),
        ("period", "reporting period: all"),
        ("table", "name of the table of the metric"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        ("mean", "mean over replications"),
        ("ci_low", "lower end of its 95 % interval, over pairs"),
        ("ci_high", "upper end"),
        (
            "reduction",
            "1 - variance of the means of pairs / half the variance of single replications: the share of the variance of independent replications that is taken away (minus the correlation within pairs); negative where pairs do harm",
        ),
        ("pairs", "pairs in which the metric is defined twice"),
    ],
};

/// The metrics that matter: waits, costs, utilisation, spells.
const HEADLINE: [(&Table, &str); 11] = [
    (&bodies::COMMISSIONERS, "cost_gbp"),
    (&icbs::ICBS, "spells"),
    (&icbs::ICBS, "net_cost_gbp"),
    (&icbs::ICBS, "mean_wait_days"),
    (&providers::PROVIDERS, "spells"),
    (&providers::PROVIDERS, "income_gbp"),
    (&services::SERVICES, "spells"),
    (&services::SERVICES, "mean_wait_days"),
    (&pools::POOLS, "utilisation"),
    (&pools::POOLS, "mean_wait_days"),
    (&services::PATHWAYS, "time_in_system_days"),
];

/// A mean to be estimated.
struct Estimand<'a> {
    option: &'a str,
    /// Of a difference: the option that is subtracted, with its row.
    less: Option<(&'a str, Row<'a>)>,
    row: Row<'a>,
    /// One value a replication.
    values: Vec<f64>,
}

/// What was taken of the variance of an estimate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gain {
    /// The table of the metric.
    pub table: &'static str,
    /// The metric.
    pub metric: &'static str,
    /// Whether it is of a difference between options.
    pub difference: bool,
    /// The share taken away; negative if there is more.
    pub reduction: f64,
}

impl Results<'_> {
    /// What control variates gain, if they are asked for: for each row of their table.
    pub fn gains_of_controls(&self) -> Vec<Gain> {
        if !self.manifest.control_variates {
            return Vec::new();
        }
        self.controlled().iter().map(|(estimand, _, found)| estimand.gain(found.reduction)).collect()
    }

    /// What antithetic pairs gain, if there are any: for each row of their table.
    pub fn gains_of_pairs(&self) -> Vec<Gain> {
        if self.sampling() == Sampling::Independent {
            return Vec::new();
        }
        let of = |estimand: Estimand<'_>| Some(estimand.gain(reduction(&estimand.values)?));
        self.estimands().into_iter().filter_map(of).collect()
    }

    /// The means of the metrics that matter under each option, then, where options are compared, their differences from the
    /// reference.
    fn estimands(&self) -> Vec<Estimand<'_>> {
        let headline = |row: &Row<'_>| {
            row.period == "all" && HEADLINE.iter().any(|(table, name)| *table == row.table && *name == row.metric.name)
        };
        let values = |row: &Row<'_>| -> Vec<f64> { self.numbers.iter().map(|values| values[row.position]).collect() };
        let rows: Vec<Row<'_>> = self.outline.rows().filter(headline).collect();
        let mut all: Vec<Estimand<'_>> = rows
            .iter()
            .map(|row| Estimand { option: row.option, less: None, row: *row, values: values(row) })
            .collect();
        let Some(reference) = self.manifest.reference.as_deref() else { return all };
        for option in self.outline.options().iter().filter(|option| *option != reference) {
            for &(table, metric) in &HEADLINE {
                let of = |row: &&Row<'_>, standing: &str| {
                    row.table == table && row.metric.name == metric && row.option == standing
                };
                let (own, other) = (self.standing(table, option), self.standing(table, reference));
                let known: BTreeMap<&[String], &Row<'_>> =
                    rows.iter().filter(|row| of(row, other)).map(|row| (row.entity, row)).collect();
                for row in rows.iter().filter(|row| of(row, own)) {
                    let Some(other) = known.get(row.entity) else { continue };
                    let values = values(row).iter().zip(values(other)).map(|(a, b)| a - b).collect();
                    all.push(Estimand { option, less: Some((reference, **other)), row: *row, values });
                }
            }
        }
        all
    }

    /// The estimates with controls that there are, with the names of the controls used.
    fn controlled(&self) -> Vec<(Estimand<'_>, String, Controlled)> {
        let controls: Vec<Controls<'_>> = self.parts.iter().map(|part| Controls::new(self, part)).collect();
        let estimate = |estimand| {
            let (names, found) = self.estimate(&estimand, &controls)?;
            Some((estimand, names, found))
        };
        self.estimands().into_iter().filter_map(estimate).collect()
    }

    fn estimate(&self, estimand: &Estimand<'_>, controls: &[Controls<'_>]) -> Option<(String, Controlled)> {
        let of_option = |option: &str, row: &Row<'_>| -> Vec<Control> {
            let own = controls.iter().find(|one| one.options.iter().any(|id| id == option));
            own.map_or_else(Vec::new, |own| own.of(row))
        };
        let mut controls = of_option(estimand.option, &estimand.row);
        if let Some((reference, row)) = &estimand.less {
            let others = of_option(reference, row).into_iter();
            controls.extend(others.map(|other| Control { name: format!("{} under {reference}", other.name), ..other }));
        }
        let columns: Vec<Vec<f64>> = controls.iter().map(|control| self.independent(&control.values)).collect();
        let known: Vec<(&[f64], f64)> =
            columns.iter().zip(&controls).map(|(column, control)| (column.as_slice(), control.mean)).collect();
        let found = control(&self.independent(&estimand.values), &known, 0.05)?;
        let names: Vec<&str> = found.used.iter().map(|&used| controls[used].name.as_str()).collect();
        Some((names.join(", "), found))
    }

    /// Values that do not depend on each other: of replications, or means of antithetic pairs.
    fn independent(&self, values: &[f64]) -> Vec<f64> {
        match self.sampling() {
            Sampling::Independent => values.to_vec(),
            Sampling::AntitheticPairs => pair_means(values),
        }
    }

    /// How many replications stand behind an independent value.
    fn replications_each(&self) -> u64 {
        match self.sampling() {
            Sampling::Independent => 1,
            Sampling::AntitheticPairs => 2,
        }
    }

    /// The pools whose load is no control, and why.
    pub(super) fn control_notes(&self) -> Vec<Note> {
        self.parts.iter().flat_map(|part| Controls::new(self, part).notes(self.parts.len() > 1)).collect()
    }
}

impl<'a> Estimand<'a> {
    fn gain(&self, reduction: f64) -> Gain {
        let Row { table, metric, .. } = self.row;
        Gain { table: table.name, metric: metric.name, difference: self.less.is_some(), reduction }
    }

    /// The columns that name it, and its plain mean with the interval.
    fn fields(&self, sampling: Sampling) -> Vec<Field<'a>> {
        let text = |text: &'a str| Field::Text(Cow::Borrowed(text));
        let reference = self.less.map_or(Field::Blank, |(reference, _)| text(reference));
        let mut fields = vec![text(self.option), reference, text(self.row.period), text(self.row.table.name)];
        fields.push(Field::Text(Cow::Owned(self.row.entity.join("/"))));
        fields.extend([self.row.metric.name, self.row.metric.unit].map(text));
        let kind = if self.less.is_some() { Kind::Mean } else { self.row.metric.kind };
        let plain = SummaryRow::of(kind, &self.values, sampling);
        let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
        let interval = plain.interval;
        fields.extend([plain.mean, interval.map(|ci| ci.low), interval.map(|ci| ci.high)].map(number));
        fields
    }
}

pub(super) fn controlled_rows<'a>(results: &'a Results<'_>) -> impl Iterator<Item = Vec<Field<'a>>> {
    results.controlled().into_iter().map(|(estimand, names, found)| {
        let mut fields = estimand.fields(results.sampling());
        fields.extend([found.estimate, found.interval.low, found.interval.high].map(Field::Number));
        fields.extend([Field::Text(Cow::Owned(names)), Field::Number(found.reduction)]);
        fields.push(Field::Count(found.count as u64 * results.replications_each()));
        fields
    })
}

pub(super) fn antithetic_rows<'a>(results: &'a Results<'_>) -> impl Iterator<Item = Vec<Field<'a>>> {
    results.estimands().into_iter().filter_map(|estimand| {
        let gained = reduction(&estimand.values)?;
        let mut fields = estimand.fields(results.sampling());
        let pairs = pair_means(&estimand.values).iter().filter(|mean| !mean.is_nan()).count();
        fields.extend([Field::Number(gained), Field::Count(pairs as u64)]);
        Some(fields)
    })
}
