//! Replications until metrics are known well enough.

use super::layout::Layout;
use super::summary::{Sampling, SummaryRow};
use super::table::{Kind, Metric, Table};
use super::{Study, catalogue};
use crate::stats::stopping::Precision;

/// A metric that is to be known to a precision: `cost_gbp:1%`, `icbs.mean_wait_days[QMJ,QRV]:0.2 d`.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// As it was asked for.
    pub text: String,
    /// Its table: the first of the catalogue that has the metric, unless it was named.
    pub table: &'static Table,
    /// The metric.
    pub metric: &'static Metric,
    /// Only entities of which one column is one of these; none for all.
    pub entities: Vec<String>,
    /// How short the half-width of the 95 % interval has to be.
    pub precision: Precision,
}

/// Why a text is no list of targets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TargetError {
    /// It is written otherwise.
    Form(String),
    /// No table has the metric, or the one that was named with it has not: as written.
    Metric(String),
    /// There is no such table.
    Table(String),
    /// The precision cannot be read, with what the metric wants.
    Tolerance {
        /// As written.
        text: String,
        /// The unit of the metric.
        unit: &'static str,
    },
}

/// The targets of a list such as `cost_gbp:1%,mean_wait_days:5%`.
///
/// # Errors
/// What is wrong with the first that is wrong.
pub fn targets(text: &str) -> Result<Vec<Target>, TargetError> {
    // Commas within brackets belong to names.
    let mut depth = 0_usize;
    let parts = text.split(|letter: char| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(|part| target(part.trim())).collect()
}

fn target(text: &str) -> Result<Target, TargetError> {
    let form = || TargetError::Form(text.to_owned());
    let (what, tolerance) = text.rsplit_once(':').ok_or_else(form)?;
    let (name, entities) = of_entities(what).ok_or_else(form)?;
    let entities = entities.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    // There is one, or it would be an error.
    let (table, metric) = *find(name)?.first().ok_or_else(form)?;
    let precision = tolerance_in(metric.unit, tolerance)?;
    Ok(Target { text: text.to_owned(), table, metric, entities, precision })
}

/// `metric[entities]` taken apart; nothing where a bracket is not closed.
pub(super) fn of_entities(text: &str) -> Option<(&str, &str)> {
    match text.trim().split_once('[') {
        Some((name, entities)) => Some((name.trim(), entities.strip_suffix(']')?.trim())),
        None => Some((text.trim(), "")),
    }
}

/// So much of a metric in this unit.
pub(super) fn tolerance_in(unit: &'static str, text: &str) -> Result<Precision, TargetError> {
    let text = text.trim();
    precision(text, unit).ok_or_else(|| TargetError::Tolerance { text: text.to_owned(), unit })
}

/// A metric by its name, or by its table's and its own, in every table that has it: at least one. Tables whose rows are computed
/// from others are left out.
pub(super) fn find(name: &str) -> Result<Vec<(&'static Table, &'static Metric)>, TargetError> {
    let written = name;
    let (table, name) = match name.split_once('.') {
        Some((table, name)) => (Some(table), name),
        None => (None, name),
    };
    let entries = || catalogue().into_iter().filter(|entry| !super::comparisons().contains(&entry.table.name));
    if let Some(table) = table.filter(|table| !entries().any(|entry| entry.table.name == *table)) {
        return Err(TargetError::Table(table.to_owned()));
    }
    let named = entries().filter(|entry| table.is_none_or(|table| entry.table.name == table));
    let found: Vec<_> = named
        .filter(|entry| entry.table.name != "expected")
        .filter_map(|entry| Some((entry.table, entry.metrics.into_iter().find(|metric| metric.name == name)?)))
        .collect();
    if found.is_empty() { Err(TargetError::Metric(written.to_owned())) } else { Ok(found) }
}

/// `1%`, `0.2 d`, `£50k`, `0.01`: per cent are always of the mean.
fn precision(text: &str, unit: &str) -> Option<Precision> {
    let positive = |text: &str| text.trim().parse().ok().filter(|&number: &f64| number > 0.0 && number.is_finite());
    if let Some(share) = text.strip_suffix('%') {
        return Some(Precision::Relative(positive(share)? / 100.0));
    }
    let (number, factor) = match unit {
        "days" => (["days", "day", "d"].iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text), 1.0),
        _ if unit.starts_with("GBP") => {
            let number = text.strip_prefix('£').unwrap_or(text);
            match (number.strip_suffix('k'), number.strip_suffix('m')) {
                (Some(thousands), _) => (thousands, 1e3),
                (_, Some(millions)) => (millions, 1e6),
                _ => (number, 1.0),
            }
        }
        _ => (text, 1.0),
    };
    Some(Precision::Absolute(positive(number)? * factor))
}

/// How far a target is.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// The target, as it was asked for.
    pub text: String,
    /// Name of the table.
    pub table: &'static str,
    /// How many rows are known well enough.
    pub reached: usize,
    /// Of how many.
    pub rows: usize,
    /// Those that are not, in the order of the results: option and entity, with the half-width in the unit of the target.
    pub open: Vec<(String, f64)>,
    /// Of these, those without an event in any replication.
    pub silent: Vec<String>,
    /// The precision that was asked for.
    pub precision: Precision,
}

impl Progress {
    /// Whether all rows are known well enough. Without rows there is nothing to know.
    pub fn done(&self) -> bool {
        self.rows > 0 && self.reached == self.rows
    }
}

impl Study<'_> {
    /// The entities that have a target's metric, each column's ids once, in order.
    pub fn entities(&self, target: &Target) -> Vec<String> {
        let rows = self.numbers().flat_map(|(layout, _)| layout.outline.rows_of(target.table));
        let mut ids: Vec<String> =
            rows.filter(|row| row.metric == target.metric).flat_map(|row| row.entity.to_vec()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Those entities of a target that nothing is called.
    pub fn unknown_entities(&self, target: &Target) -> Vec<String> {
        let known = self.entities(target);
        target.entities.iter().filter(|id| known.binary_search(id).is_err()).cloned().collect()
    }

    /// How far a target is, over all options, for the period `all`.
    pub fn progress(&self, target: &Target) -> Progress {
        let mut progress = Progress {
            text: target.text.clone(),
            table: target.table.name,
            reached: 0,
            rows: 0,
            open: Vec::new(),
            silent: Vec::new(),
            precision: target.precision,
        };
        for (layout, numbers) in self.numbers() {
            progress.look(target, layout, numbers, Sampling::of(&self.scenario.run));
        }
        progress
    }
}

impl Progress {
    fn look(&mut self, target: &Target, layout: &Layout, numbers: &[Vec<f64>], sampling: Sampling) {
        let wanted =
            |entity: &[String]| target.entities.is_empty() || target.entities.iter().any(|id| entity.contains(id));
        let rows = layout.outline.rows_of(target.table);
        for row in rows.filter(|row| row.metric == target.metric && row.period == "all" && wanted(row.entity)) {
            self.rows += 1;
            let values: Vec<f64> = numbers.iter().map(|replication| replication[row.position]).collect();
            let name = || format!("{} under {}", row.entity.join("/"), row.option);
            let events = values.iter().any(|&value| !value.is_nan() && value != 0.0);
            if !events && row.metric.kind != Kind::Fixed {
                self.silent.push(name());
                self.open.push((name(), f64::NAN));
                continue;
            }
            let summary = SummaryRow::of(row.metric.kind, &values, sampling);
            let half = summary.interval.map_or(f64::NAN, super::super::stats::Interval::half_width);
            let mean = summary.mean.unwrap_or(f64::NAN);
            if target.precision.holds(mean, half) {
                self.reached += 1;
            } else {
                let relative = matches!(target.precision, Precision::Relative(_));
                self.open.push((name(), if relative { half / mean.abs() } else { half }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_with_their_units() {
        let all = targets("cost_gbp:1%, icbs.mean_wait_days[QMJ, QRV]:0.2 d,refused_share:0.01,cost_gbp:£50k").unwrap();
        let seen: Vec<(&str, &str, usize, Precision)> =
            all.iter().map(|one| (one.table.name, one.metric.name, one.entities.len(), one.precision)).collect();
        assert_eq!(seen[0], ("commissioners", "cost_gbp", 0, Precision::Relative(0.01)));
        assert_eq!(seen[1], ("icbs", "mean_wait_days", 2, Precision::Absolute(0.2)));
        assert_eq!((seen[2].1, seen[2].3), ("refused_share", Precision::Absolute(0.01)));
        assert_eq!(seen[3].3, Precision::Absolute(50_000.0));
        assert!(matches!(targets("cost_gbp"), Err(TargetError::Form(_))));
        assert!(matches!(targets("cost_gbp[QMJ:1%"), Err(TargetError::Form(_))));
        assert!(matches!(targets("cost:1%"), Err(TargetError::Metric(_))));
        assert!(matches!(targets("boards.cost_gbp:1%"), Err(TargetError::Table(_))));
        assert_eq!(targets("pools.cost_gbp:1%"), Err(TargetError::Metric("pools.cost_gbp".to_owned())));
        for wrong in ["cost_gbp:0%", "cost_gbp:-1%", "mean_wait_days:£1", "cost_gbp:2 d", "cost_gbp:nan"] {
            assert!(matches!(targets(wrong), Err(TargetError::Tolerance { .. })), "{wrong}");
        }
    }
}
