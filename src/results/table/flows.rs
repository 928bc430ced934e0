//! Table `flows`.

use super::{Better, Column, Kind, Metric, Table, days_per};
use crate::units::Pence;

pub(in crate::results) const FLOWS: Table = Table {
    name: "flows",
    meaning: "From which ICB to which provider, for what.",
    entities: &[
        ("home_icb", "ODS code of the ICB that the patients live in"),
        ("provider", "ODS code, or elsewhere"),
        ("service", "slug of the service"),
    ],
};

/// A flow in one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Flow {
    pub spells: u64,
    pub bed_ticks: u64,
    pub value: Pence,
}

pub(in crate::results) static COLUMNS: [Column<(), Flow>; 3] = [
    Column {
        metric: Metric {
            name: "spells",
            unit: "spells",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Stays that finished in the period.",
            formula: "stays finished in the period, all stages",
        },
        exists: |()| true,
        value: |(), flow| flow.spells as f64,
    },
    Column {
        metric: Metric {
            name: "bed_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Days that patients spent in places of pools (beds, cots, dialysis places) during the period.",
            formula: "ticks in places / ticks a day; delays without a pool are left out",
        },
        exists: |()| true,
        value: |(), flow| days_per(flow.bed_ticks, 1),
    },
    Column {
        metric: Metric {
            name: "value_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value of the activity, whoever pays.",
            formula: "sum over cells of price x activity x Market Forces Factor",
        },
        exists: |()| true,
        value: |(), flow| flow.value.pounds(),
    },
];
