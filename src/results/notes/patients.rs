//! Patients who differ: from area to area, and from simulation to simulation.

use super::{Note, NoteKind, names, thousands};
use crate::model::Model;
use crate::results::Part;
use crate::results::layout::Outline;
use crate::results::table::expected::{RELATIVE_RATE, expected_rows};
use crate::results::table::icbs;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Home areas that are implied to send far more or far fewer patients to a service than others do.
pub(super) fn implied_rates(scenario: &Scenario, model: &Model) -> Option<Note> {
    /// Farther than this from the mean of all areas, times or divided.
    const FAR: f64 = 2.0;
    /// Rates that are twice the mean on paper may miss it by rounding.
    const ROUNDING: f64 = 1e-9;
    let rates = expected_rows(scenario, model).filter(|row| row.metric == &RELATIVE_RATE);
    let mut far: Vec<_> = rates
        .filter(|row| row.value > FAR + ROUNDING || row.value < 1.0 / FAR - ROUNDING)
        .map(|row| (f64::max(row.value, 1.0 / row.value), row))
        .collect();
    far.sort_by(|a, b| b.0.total_cmp(&a.0));
    let list: Vec<String> =
        far.iter().map(|(_, row)| format!("{} {} {:.2}", row.entity[0], row.entity[2], row.value)).collect();
    let pairs = match list.len() {
        0 => return None,
        1 => "1 pair of home area and service has".to_owned(),
        pairs => format!("{pairs} pairs of home area and service have"),
    };
    let lead = format!(
        "{pairs} an implied referral rate outside 0.5 to 2 times the mean of all areas (metric `relative_rate` of `expected`), farthest first"
    );
    Some(Note { kind: NoteKind::ImpliedRate, lead, list })
}

/// Simulations that treat far more or far fewer patients than the first, which stands for the reference.
pub(super) fn not_comparable(
    scenario: &Scenario,
    parts: &[Part<'_>],
    outline: &Outline,
    numbers: &[Vec<f64>],
) -> Vec<Note> {
    /// A smaller difference of spells is no cause for a note.
    const MUCH: f64 = 0.01;
    let Some((reference, others)) = parts.split_first() else { return Vec::new() };
    if others.is_empty() || numbers.is_empty() {
        return Vec::new();
    }
    // Spells of all ICBs in a simulation, by the option under which its tables stand.
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for row in outline.rows().filter(|row| row.table == &icbs::ICBS && row.period == "all") {
        if row.metric.name != "spells" {
            continue;
        }
        *sums.entry(row.option).or_default() +=
            numbers.iter().map(|replication| replication[row.position]).sum::<f64>() / numbers.len() as f64;
    }
    let of = |part: &Part<'_>| part.options.first().and_then(|option| sums.get(option.as_str()).copied());
    let Some(spells) = of(reference) else { return Vec::new() };
    let note = |part: &Part<'_>| {
        let own_spells = of(part)?;
        if (own_spells - spells).abs() <= MUCH * spells {
            return None;
        }
        let all: Vec<usize> = (0..part.options.len()).collect();
        let treat = if all.len() == 1 { "treats" } else { "treat" };
        let fewer = own_spells < spells;
        let (more, other) = if fewer { ("fewer", "more") } else { ("more", "fewer") };
        let scope = if scenario.scoped { " in scope" } else { "" };
        // A scope holds the same patients under all options.
        let lead = format!(
            "{} {treat} {} spells {more}{scope} than `{}`: {other} patients still wait, are refused or leave a list untreated, so its total is not that of the same treatment",
            names(&part.options, &all),
            thousands((own_spells - spells).abs()),
            reference.options[0],
        );
        Some(Note::plain(NoteKind::NotComparable, lead))
    };
    others.iter().filter_map(note).collect()
}
