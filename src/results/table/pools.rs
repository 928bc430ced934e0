//! Table `pools`.

use super::services::wait_quantile_days;
use super::{Better, Column, Kind, Metric, Table, days_per, ratio};
use crate::activity::PoolTime;
use crate::units::DAY;

pub(in crate::results) const POOLS: Table = Table {
    name: "pools",
    meaning: "Occupancy, throughput and waits of each resource pool of the providers in scope.",
    entities: &[("provider", "ODS code, or elsewhere"), ("pool", "slug of the pool")],
};

/// What is known of a pool beforehand.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which switches some metrics on")]
pub(in crate::results) struct Place {
    /// Its places, where they have a limit.
    pub places: Option<u32>,
    /// It has a limit, and patients wait when it is full.
    pub waits: bool,
    /// It has a limit, and patients are refused when it is full.
    pub refuses: bool,
    /// Some stage that seizes it has a waiting standard.
    pub standard: bool,
    /// Some stage that seizes it has a trim point.
    pub trim: bool,
}

/// What happened in a pool in a period of some length.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Use {
    pub length: u64,
    pub time: PoolTime,
    pub requests: u64,
    pub starts: u64,
    pub finishes: u64,
    pub refused: u64,
    pub wait: u64,
    /// Of stages with a standard.
    pub standard_starts: u64,
    pub within_standard: u64,
    /// Of stages with a trim point.
    pub trim_finishes: u64,
    pub excess: u64,
    /// Positive waits of starts by bin; empty for pools without a waiting list.
    pub waits: Vec<u32>,
}

impl Use {
    fn positive_waits(&self) -> u64 {
        self.waits.iter().map(|&count| u64::from(count)).sum()
    }
}

fn per_day(cases: u64, length: u64) -> f64 {
    cases as f64 * DAY as f64 / length as f64
}

pub(in crate::results) static COLUMNS: [Column<Place, Use>; 18] = [
    Column {
        metric: Metric {
            name: "utilisation",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Occupied place-time over offered place-time. Only for pools with a limit.",
            formula: "patient-time in places / (places x time)",
        },
        exists: |pool| pool.places.is_some_and(|places| places > 0),
        value: |pool, tally| tally.time.occupied as f64 / (f64::from(pool.places.unwrap_or(0)) * tally.length as f64),
    },
    Column {
        metric: Metric {
            name: "mean_in_service",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of patients under treatment in its places.",
            formula: "patient-time in places / time (nobody blocks a place yet: equal to mean_occupied)",
        },
        exists: |_| true,
        value: |_, tally| ratio(tally.time.occupied, tally.length),
    },
    Column {
        metric: Metric {
            name: "mean_occupied",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of occupied places.",
            formula: "patient-time in places / time",
        },
        exists: |_| true,
        value: |_, tally| ratio(tally.time.occupied, tally.length),
    },
    Column {
        metric: Metric {
            name: "mean_queue",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean number of patients on its waiting list.",
            formula: "patient-time on the list / time",
        },
        exists: |pool| pool.waits,
        value: |_, tally| ratio(tally.time.queued, tally.length),
    },
    Column {
        metric: Metric {
            name: "mean_present",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of patients in its places or on its waiting list.",
            formula: "patient-time in places or on the list / time",
        },
        exists: |_| true,
        value: |_, tally| ratio(tally.time.occupied + tally.time.queued, tally.length),
    },
    Column {
        metric: Metric {
            name: "requests_per_day",
            unit: "patients per day",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Patients who ask for a place: referrals and moves from other stages.",
            formula: "requests / days of the period",
        },
        exists: |_| true,
        value: |_, tally| per_day(tally.requests, tally.length),
    },
    Column {
        metric: Metric {
            name: "throughput_per_day",
            unit: "patients per day",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Stays that finish.",
            formula: "finished stays / days of the period",
        },
        exists: |_| true,
        value: |_, tally| per_day(tally.finishes, tally.length),
    },
    Column {
        metric: Metric {
            name: "full_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of time during which every place is taken. Only for pools with a limit.",
            formula: "time full / time",
        },
        exists: |pool| pool.places.is_some(),
        value: |_, tally| ratio(tally.time.full, tally.length),
    },
    Column {
        metric: Metric {
            name: "refused_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests that are refused because the pool is full. Only for pools that refuse.",
            formula: "refused / requests",
        },
        exists: |pool| pool.refuses,
        value: |_, tally| ratio(tally.refused, tally.requests),
    },
    Column {
        metric: Metric {
            name: "mean_wait_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean wait of those who started in the period. This and the other waits: only for pools with a limit where patients wait.",
            formula: "waits of starts / starts",
        },
        exists: |pool| pool.waits,
        value: |_, tally| days_per(tally.wait, tally.starts),
    },
    Column {
        metric: Metric {
            name: "wait_positive_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of those who started in the period who had to wait at all.",
            formula: "starts after a positive wait / starts",
        },
        exists: |pool| pool.waits,
        value: |_, tally| ratio(tally.positive_waits(), tally.starts),
    },
    Column {
        metric: Metric {
            name: "wait_p50_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Half of those who started in the period waited no longer.",
            formula: "median from a histogram with bins of at most 1/32 of the wait",
        },
        exists: |pool| pool.waits,
        value: |_, tally| wait_quantile_days(&tally.waits, tally.starts, 0.5),
    },
    Column {
        metric: Metric {
            name: "wait_p92_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "92 % of those who started in the period waited no longer.",
            formula: "quantile from a histogram with bins of at most 1/32 of the wait",
        },
        exists: |pool| pool.waits,
        value: |_, tally| wait_quantile_days(&tally.waits, tally.starts, 0.92),
    },
    Column {
        metric: Metric {
            name: "wait_p95_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "95 % of those who started in the period waited no longer.",
            formula: "quantile from a histogram with bins of at most 1/32 of the wait",
        },
        exists: |pool| pool.waits,
        value: |_, tally| wait_quantile_days(&tally.waits, tally.starts, 0.95),
    },
    Column {
        metric: Metric {
            name: "within_standard_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Higher,
            meaning: "Share of those who started in the period who had waited no longer than the standard. Only where a stage has one.",
            formula: "starts within the standard / starts, for stages with a standard",
        },
        exists: |pool| pool.waits && pool.standard,
        value: |_, tally| ratio(tally.within_standard, tally.standard_starts),
    },
    Column {
        metric: Metric {
            name: "mean_wait_all_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean time on the waiting list over all requests, whether they start or not.",
            formula: "patient-time on the list / requests",
        },
        exists: |pool| pool.waits,
        value: |_, tally| days_per(tally.time.queued, tally.requests),
    },
    Column {
        metric: Metric {
            name: "wait_positive_all_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of all requests that are not served at once.",
            formula: "1 - starts without a wait / requests",
        },
        exists: |pool| pool.waits,
        value: |_, tally| 1.0 - ratio(tally.starts - tally.positive_waits(), tally.requests),
    },
    Column {
        metric: Metric {
            name: "excess_bed_days_per_spell",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean days beyond the trim point of each finished stay. Only where a stage has a trim point.",
            formula: "days beyond the trim point / finished stays, for stages with one",
        },
        exists: |pool| pool.trim,
        value: |_, tally| days_per(tally.excess, tally.trim_finishes),
    },
];
