//! Table `settling`: whether the pools were at rest when the results began.

use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::units::DAY;

pub(in crate::results) const SETTLING: Table = Table {
    name: "settling",
    meaning: "Patients of each pool in the first tenth of the time (in whole weeks, or days in short runs) and in the rest: where they differ, the warm-up was too short, or demand and places change.",
    entities: &[("provider", "ODS code, or elsewhere"), ("pool", "slug of the pool")],
};

/// The ticks of both parts.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Parts {
    pub early: u64,
    pub later: u64,
}

/// Patients of one pool times ticks.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Present {
    pub early: u64,
    pub later: u64,
}

pub(in crate::results) static COLUMNS: [Column<Parts, Present>; 3] = [
    Column {
        metric: Metric {
            name: "early_mean_present",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of patients in places or waiting, over the first part.",
            formula: "place-time in use and patient-time on the list in the first part / its time",
        },
        exists: |_| true,
        value: |parts, present| ratio(present.early, parts.early),
    },
    Column {
        metric: Metric {
            name: "later_mean_present",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "The same over the rest of the time.",
            formula: "place-time in use and patient-time on the list after the first part / time after it",
        },
        exists: |_| true,
        value: |parts, present| ratio(present.later, parts.later),
    },
    Column {
        metric: Metric {
            name: "early_days",
            unit: "days",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "Length of the first part.",
            formula: "a tenth of the time after the warm-up, in whole weeks or days where it is so long",
        },
        exists: |_| true,
        value: |parts, _| parts.early as f64 / DAY as f64,
    },
];
