//! The numbers of the whole period, found by table, option and metric.

use crate::results::{Kind, Results, Row, Sampling, SummaryRow};
use std::collections::BTreeMap;

/// The period that covers everything.
pub(super) const ALL: &str = "all";

/// One entity's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) entity: &'a [String],
    pub(super) summary: &'a SummaryRow,
    /// Where its value stands in each replication.
    pub(super) position: usize,
}

/// Rows with their summaries.
pub(super) type HeadlineRows<'a> = Vec<(Row<'a>, SummaryRow)>;

/// The rows of the period `all`, but for the table that is long and of which the summary shows nothing.
pub(super) fn headline_rows<'a>(results: &'a Results<'_>) -> HeadlineRows<'a> {
    let shown = |row: &Row<'_>| row.period == ALL && row.table.name != "flows";
    results.rows().filter(|(row, _)| shown(row)).collect()
}

/// All numbers of the period `all`.
pub(super) struct Headline<'a> {
    entries: BTreeMap<(&'a str, &'a str, &'a str), Vec<Entry<'a>>>,
    numbers: &'a [Vec<f64>],
    sampling: Sampling,
}

impl<'a> Headline<'a> {
    pub(super) fn new(rows: &'a HeadlineRows<'a>, results: &'a Results<'_>) -> Self {
        let mut entries: BTreeMap<_, Vec<Entry<'a>>> = BTreeMap::new();
        for (row, summary) in rows {
            let entry = Entry { entity: row.entity, summary, position: row.position };
            entries.entry((row.table.name, row.option, row.metric.name)).or_default().push(entry);
        }
        Self { entries, numbers: &results.numbers, sampling: results.sampling() }
    }

    /// A metric of all entities under an option, in the order of the table.
    pub(super) fn column(&self, table: &'a str, option: &'a str, metric: &'a str) -> &[Entry<'a>] {
        self.entries.get(&(table, option, metric)).map_or(&[], Vec::as_slice)
    }

    /// A metric of one entity under an option.
    pub(super) fn one(
        &self,
        table: &'a str,
        option: &'a str,
        metric: &'a str,
        entity: &[String],
    ) -> Option<&'a SummaryRow> {
        self.column(table, option, metric).iter().find(|entry| entry.entity == entity).map(|entry| entry.summary)
    }

    /// The sum of some entries, summarised over replications like any other number.
    pub(super) fn sum(&self, entries: &[Entry<'_>]) -> SummaryRow {
        let of = |replication: &Vec<f64>| {
            entries.iter().map(|entry| replication[entry.position]).filter(|v| !v.is_nan()).sum()
        };
        let sums: Vec<f64> = self.numbers.iter().map(of).collect();
        SummaryRow::of(Kind::Mean, &sums, self.sampling)
    }

    /// The mean of some entries, each weighted by the entry of the same entity, summarised over replications.
    pub(super) fn weighted(&self, entries: &[Entry<'_>], weights: &[Entry<'_>]) -> SummaryRow {
        let pairs: Vec<(usize, usize)> = entries
            .iter()
            .filter_map(|entry| {
                let weight = weights.iter().find(|weight| weight.entity == entry.entity)?;
                Some((entry.position, weight.position))
            })
            .collect();
        let of = |replication: &Vec<f64>| {
            let defined = pairs.iter().map(|&(value, weight)| (replication[value], replication[weight]));
            let sums = defined
                .filter(|(value, weight)| !value.is_nan() && !weight.is_nan())
                .fold((0.0, 0.0), |sums, (value, weight)| (sums.0 + value * weight, sums.1 + weight));
            sums.0 / sums.1
        };
        let means: Vec<f64> = self.numbers.iter().map(of).collect();
        SummaryRow::of(Kind::Mean, &means, self.sampling)
    }
}
