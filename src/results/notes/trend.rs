//! Queues that grow or shrink from year to year.

use super::{Note, NoteKind, by_simulation};
use crate::results::Part;
use crate::results::layout::Outline;
use crate::results::table::pools;
use crate::stats::trend::trend;
use std::collections::BTreeMap;

/// The chance that some queue of a simulation is named though none has a trend.
const ERROR_RATE: f64 = 0.05;
/// Fewer years have a difference and no trend.
const YEARS: usize = 3;

/// Pools whose mean queue has a trend over the financial years: the run has no steady state there.
pub(super) fn trends(parts: &[Part<'_>], outline: &Outline, numbers: &[Vec<f64>]) -> Vec<Note> {
    let years = |period: &str| period != "all" && !period.contains("-M");
    let mut queues: BTreeMap<&str, BTreeMap<&[String], Vec<usize>>> = BTreeMap::new();
    for row in outline.rows_of(&pools::POOLS).filter(|row| row.metric.name == "mean_queue" && years(row.period)) {
        queues.entry(row.option).or_default().entry(row.entity).or_default().push(row.position);
    }
    let moving = |part: &Part<'_>, grow: bool| {
        let queues = part.options.first().and_then(|option| queues.get(option.as_str()))?;
        let tested: Vec<_> = queues.iter().filter(|(_, years)| years.len() >= YEARS).collect();
        let level = ERROR_RATE / tested.len() as f64;
        let slope = |(pool, years): &(&&[String], &Vec<usize>)| {
            let series: Vec<Vec<f64>> =
                numbers.iter().map(|values| years.iter().map(|&position| values[position]).collect()).collect();
            let test = trend(&series, level)?;
            (test.p_value < level && (test.mean > 0.0) == grow).then(|| (test.mean.abs(), pool.join(" ")))
        };
        let mut found: Vec<(f64, String)> = tested.iter().filter_map(slope).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let sign = if grow { '+' } else { '-' };
        let list: Vec<String> =
            found.iter().map(|(slope, pool)| format!("{pool} ({sign}{slope:.1} patients)")).collect();
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
