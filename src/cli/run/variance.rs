//! What reducing variance achieved, in the terminal.

use crate::cli::numbers::signed_percent;
use crate::cli::printer::Printer;
use crate::cli::text::wrap;
use crate::results::{Gain, Results};
use std::collections::BTreeMap;

/// A line for each way that was asked for; nothing if none was.
pub(super) fn gained(results: &Results<'_>, printer: Printer) -> String {
    let ways = [
        ("Control variates", "control_variates", results.gains_of_controls(), results.manifest.control_variates),
        ("Antithetic pairs", "antithetic", results.gains_of_pairs(), results.scenario.run.antithetic),
    ];
    let said = ways.into_iter().filter(|way| way.3).map(|(way, table, gains, _)| said(way, table, &gains));
    said.map(|text| "\n".to_owned() + &wrap(&text, printer.width(), "")).collect()
}

fn said(way: &str, table: &str, gains: &[Gain]) -> String {
    let mut changes: BTreeMap<(bool, &str, &str), Vec<f64>> = BTreeMap::new();
    for gain in gains {
        changes.entry((gain.difference, gain.table, gain.metric)).or_default().push(-gain.reduction);
    }
    if changes.is_empty() {
        return format!("{way}: nothing varies that they could help (table {table} is empty).");
    }
    let median = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let parts: Vec<String> = changes
        .into_iter()
        .map(|((difference, table, metric), values)| {
            let of = if difference { "differences in " } else { "" };
            format!("{of}{table}.{metric} {}", signed_percent(median(values), 0))
        })
        .collect();
    format!("{way} change the variance of estimates (median over entities; table {table}): {}.", parts.join(", "))
}
