//! Stored activity: the integers of a run's cells as rows, from which other options can be accounted for later.

use super::table::{Kind, Metric, Table};
use crate::activity::PeriodActivity;
use crate::ids::CellId;
use crate::model::Model;
use crate::scenario::Scenario;
use std::borrow::Cow;
use std::fmt;

/// What a run stores of its activity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ActivityKind {
    /// Nothing.
    #[default]
    None,
    /// The sums over all replications.
    Total,
    /// Every replication.
    Replications,
}

impl fmt::Display for ActivityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Total => "total",
            Self::Replications => "replications",
        })
    }
}

/// The rows of stored activity.
pub const ACTIVITY: Table = Table {
    name: "activity",
    meaning: "What happened in each activity cell, as whole numbers: what `tierflow account` applies other options to. Written by `run --activity total` (the default) or `replications`; cells in which nothing happened have no row.",
    entities: &[
        ("option", "id of the first option of the simulation"),
        ("replication", "number of the replication, from 0; blank: the sum over all replications"),
        ("period", "first day of the base period: the finest time that money is counted by"),
        ("cell", "number of the cell, as in the table cells"),
        ("requests", "patients who asked for a place, referrals and moves alike"),
        ("moved_in", "of these, moves from another stage or provider, or returns; the others are referrals"),
        ("starts", "stays that started"),
        ("finishes", "stays that finished (spells)"),
        ("refused", "requests refused because the pool was full"),
        ("wait_ms", "waits of the stays that started, in milliseconds"),
        ("stay_ms", "milliseconds in the place, by the time they cover"),
        ("within_standard", "starts within the waiting standard of the stage; 0 without one"),
        ("excess_ms", "milliseconds beyond the trim point of the stays that finished"),
        ("reneged", "patients who left the waiting list untreated"),
        ("transferred_out", "requests that went on to another provider"),
        ("transferred_in", "of the requests, those of patients who came from a full provider"),
        ("returned", "of the requests, those of patients who came back after a refusal"),
        ("cancelled", "stays that an emergency interrupted"),
        ("blocked_ms", "of stay_ms, the time after the stay's end in which the patient only blocked the place"),
    ],
};

/// The cells that [`ACTIVITY`] numbers.
pub const CELLS: Table = Table {
    name: "cells",
    meaning: "The activity cells of each simulation: whose patients are treated where, for what, in which stage and class. Written together with `activity`.",
    entities: &[
        ("option", "id of the first option of the simulation"),
        ("cell", "number of the cell"),
        ("home_area", "where the patients live"),
        ("provider", "who treats them"),
        ("service", "for what"),
        ("stage", "in which stage"),
        ("class", "the class of the patients"),
    ],
};

/// Where the counts begin among the columns of [`ACTIVITY`].
pub const FIRST_COUNT: usize = 4;
/// How many counts a row has.
pub const COUNTS: usize = 15;
/// The counts of a row, in the order of the columns.
pub type Counts = [u64; COUNTS];

/// What happened in a cell; nothing if nothing did.
pub fn counts(activity: &PeriodActivity, id: CellId) -> Option<Counts> {
    let cell = &activity.cells[id];
    let incidents = activity.incidents.get(id).copied().unwrap_or_default();
    let counts = [
        u64::from(cell.requests),
        u64::from(activity.moved_in[id]),
        u64::from(cell.starts),
        u64::from(cell.finishes),
        u64::from(cell.refused),
        cell.wait,
        cell.stay,
        u64::from(activity.within_standard[id]),
        activity.excess[id],
        u64::from(incidents.reneged),
        u64::from(incidents.transferred_out),
        u64::from(incidents.transferred_in),
        u64::from(incidents.returned),
        u64::from(incidents.cancelled),
        incidents.blocked,
    ];
    counts.iter().any(|&count| count > 0).then_some(counts)
}

/// Activity in which nothing has happened yet. It has no pools, lists or histograms: those are not stored.
pub fn no_activity(model: &Model) -> PeriodActivity {
    let cells = model.cells.len();
    PeriodActivity {
        cells: vec![crate::activity::Cell::default(); cells].into(),
        moved_in: vec![0; cells].into(),
        within_standard: vec![0; cells].into(),
        excess: vec![0; cells].into(),
        incidents: vec![crate::activity::Incidents::default(); if model.rules.is_some() { cells } else { 0 }].into(),
        ..PeriodActivity::default()
    }
}

/// Adds what happened in a cell.
///
/// # Errors
/// The first count that cannot be, by its position.
pub fn add_counts(activity: &mut PeriodActivity, id: CellId, counts: &Counts) -> Result<(), usize> {
    /// More milliseconds than any cell can have.
    const MOST: u64 = 1 << 56;
    let add = |sum: &mut u32, position: usize| -> Result<(), usize> {
        let count = u32::try_from(counts[position]).map_err(|_| position)?;
        *sum = sum.checked_add(count).ok_or(position)?;
        Ok(())
    };
    let add_ticks = |sum: &mut u64, position: usize| -> Result<(), usize> {
        *sum = sum.saturating_add(counts[position]);
        if *sum > MOST { Err(position) } else { Ok(()) }
    };
    let cell = &mut activity.cells[id];
    add(&mut cell.requests, 0)?;
    add(&mut activity.moved_in[id], 1)?;
    add(&mut cell.starts, 2)?;
    add(&mut cell.finishes, 3)?;
    add(&mut cell.refused, 4)?;
    add_ticks(&mut cell.wait, 5)?;
    add_ticks(&mut cell.stay, 6)?;
    add(&mut activity.within_standard[id], 7)?;
    add_ticks(&mut activity.excess[id], 8)?;
    // Of the requests, those that are no referrals.
    for part in [1, 11, 12] {
        if counts[part] > counts[0] {
            return Err(part);
        }
    }
    if activity.incidents.is_empty() {
        return counts[9..].iter().position(|&count| count > 0).map_or(Ok(()), |position| Err(9 + position));
    }
    let incidents = &mut activity.incidents[id];
    add(&mut incidents.reneged, 9)?;
    add(&mut incidents.transferred_out, 10)?;
    add(&mut incidents.transferred_in, 11)?;
    add(&mut incidents.returned, 12)?;
    add(&mut incidents.cancelled, 13)?;
    add_ticks(&mut incidents.blocked, 14)
}

/// The names of each cell, in the order of the last columns of [`CELLS`].
pub fn cell_names<'a>(scenario: &'a Scenario, model: &'a Model) -> impl Iterator<Item = [Cow<'a, str>; 5]> {
    model.cells.iter().map(|cell| {
        let service = &scenario.services[cell.service];
        let text = |text: &'a String| Cow::Borrowed(text.as_str());
        [
            text(&scenario.geography.home_areas[cell.home_area].id),
            text(&scenario.providers[cell.provider].id),
            text(&service.id),
            text(&service.stages[cell.stage].id),
            Cow::Owned(cell.class.to_string()),
        ]
    })
}

/// Metrics that need more than the counts of cells: waiting lists at an instant, and quantiles of waits.
const NOT_FROM_CELLS: [(&str, &str); 6] = [
    ("icbs", "waiting_list"),
    ("icbs", "list_over_standard"),
    ("icbs", "list_within_standard_share"),
    ("icbs", "wait_p92_days"),
    ("services", "wait_p50_days"),
    ("services", "wait_p92_days"),
];

/// Metrics of which a mean follows from sums: those that are proportional to the counts, whoever shares them.
const LINEAR: [(&str, &[&str]); 9] = [
    ("commissioners", &["spells", "bed_days", "activity_value_gbp", "cost_gbp", "cost_per_registered_head_gbp"]),
    ("deciders", &["spells", "value_gbp"]),
    ("icbs", &["residents_cost_gbp", "referrals", "spells", "bed_days", "blocked_days"]),
    (
        "providers",
        &[
            "spells",
            "bed_days",
            "income_gbp",
            "drugs_income_gbp",
            "income_from_outside_icb_gbp",
            "transfers_in",
            "transfers_out",
            "blocked_days",
        ],
    ),
    ("services", &["referrals", "spells", "bed_days", "value_gbp", "blocked_days"]),
    ("flows", &["spells", "bed_days", "value_gbp"]),
    ("coverage", &["modelled_gbp_per_year"]),
    ("reconciliation", &["model_gbp_per_year"]),
    ("provider_impact", &["income_change_gbp"]),
];

/// Metrics of which a mean follows from sums where pools share in proportion to costs.
const NET_COSTS: [(&str, &str); 4] = [
    ("commissioners", "net_cost_gbp"),
    ("icbs", "net_cost_gbp"),
    ("winners_losers", "net_cost_change_gbp"),
    ("winners_losers", "net_cost_change_per_head_gbp"),
];

/// Which stored activity fills the rows of a layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoredCells {
    /// That of each replication.
    Replications,
    /// Sums over replications: means of what is proportional to them, and nothing else.
    Sums {
        /// How many.
        replications: u32,
        /// Whether pools share in proportion to costs: they do unless somebody has a budget.
        proportional_sharing: bool,
    },
}

impl StoredCells {
    /// Over how many replications sums were made.
    pub(super) fn summed(self) -> Option<u32> {
        match self {
            Self::Replications => None,
            Self::Sums { replications, .. } => Some(replications),
        }
    }

    /// Whether it is enough for a metric of a table.
    pub(super) fn fills(self, table: &Table, metric: &Metric) -> bool {
        let is_linear = || LINEAR.iter().any(|(name, metrics)| *name == table.name && metrics.contains(&metric.name));
        match self {
            Self::Replications => !NOT_FROM_CELLS.contains(&(table.name, metric.name)),
            Self::Sums { proportional_sharing, .. } => {
                metric.kind == Kind::Fixed
                    || is_linear()
                    || (proportional_sharing && NET_COSTS.contains(&(table.name, metric.name)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::catalogue;
    use super::*;

    #[test]
    fn metrics_that_are_named_exist() {
        let linear = LINEAR.iter().flat_map(|(table, metrics)| metrics.iter().map(|metric| (*table, *metric)));
        for (table, metric) in linear.chain(NOT_FROM_CELLS).chain(NET_COSTS) {
            let entry = catalogue().into_iter().find(|entry| entry.table.name == table).unwrap();
            assert!(entry.metrics.iter().any(|known| known.name == metric), "{table} {metric}");
        }
        assert_eq!(ACTIVITY.entities.len(), FIRST_COUNT + COUNTS);
    }
}
