//! Queues that grow or shrink from year to year.

use super::{Note, NoteKind, by_simulation};
use crate::model::{BasePeriod, ReportingPeriod};
use crate::results::Part;
use crate::results::layout::Outline;
use crate::results::table::pools;
use crate::stats::trend::trend;
use std::collections::{BTreeMap, BTreeSet};

/// The chance that some queue of a simulation is named though none has a trend.
const ERROR_RATE: f64 = 0.05;
/// Fewer years have a difference and no trend.
const YEARS: usize = 3;

/// Pools whose mean queue has a trend over the financial years: the run has no steady state there.
///
/// Only whole years count: a part of one has its own season. `antithetic` says that replications come in pairs, which are
/// independent of each other and not within.
pub(super) fn trends(parts: &[Part<'_>], outline: &Outline, numbers: &[Vec<f64>], antithetic: bool) -> Vec<Note> {
    let Some(calendar) = parts.first().map(|part| &part.model.calendar) else { return Vec::new() };
    let whole = |report: &&ReportingPeriod| {
        let years: f64 = calendar.base[report.first..report.last].iter().map(BasePeriod::years).sum();
        (years - 1.0).abs() < 1e-6 && report.name != "all"
    };
    let whole: BTreeSet<&str> = calendar.reports.iter().filter(whole).map(|report| report.name.as_str()).collect();
    let years = |period: &str| whole.contains(period);
    let mut queues: BTreeMap<&str, BTreeMap<&[String], Vec<usize>>> = BTreeMap::new();
    for row in outline.rows_of(&pools::POOLS).filter(|row| row.metric.name == "mean_queue" && years(row.period)) {
        queues.entry(row.option).or_default().entry(row.entity).or_default().push(row.position);
    }
    let moving = |part: &Part<'_>, grow: bool| {
        let queues = part.options.first().and_then(|option| queues.get(option.as_str()))?;
        let tested: Vec<_> = queues.iter().filter(|(_, years)| years.len() >= YEARS).collect();
        let level = ERROR_RATE / tested.len() as f64;
        let slope = |(pool, years): &(&&[String], &Vec<usize>)| {
            let of = |values: &[Vec<f64>]| -> Vec<f64> {
                let mean =
                    |&position: &usize| values.iter().map(|one| one[position]).sum::<f64>() / values.len() as f64;
                years.iter().map(mean).collect()
            };
            let series: Vec<Vec<f64>> = numbers.chunks(if antithetic { 2 } else { 1 }).map(of).collect();
            let test = trend(&series, level)?;
            (test.p_value < level && (test.mean > 0.0) == grow).then(|| (test.mean.abs(), pool.join(" ")))
        };
        let mut found: Vec<(f64, String)> = tested.iter().filter_map(slope).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let sign = if grow { '+' } else { '-' };
        let list: Vec<String> =
            found.iter().map(|(slope, pool)| format!("{pool} ({sign}{slope:.1} patients a year)")).collect();
        let what = if grow {
            "These queues grow from year to year, so means over the run are of no steady state: read each year by itself, and \
             expect more in a longer run"
        } else {
            "These queues get shorter from year to year, so the run begins with more waiting than it can keep up: read the last \
             year, or begin with a longer warm-up"
        };
        (!list.is_empty()).then(|| Note { kind: NoteKind::Trend, lead: what.to_owned(), list })
    };
    [true, false].into_iter().flat_map(|grow| by_simulation(parts, |part| moving(part, grow))).collect()
}
