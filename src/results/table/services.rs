//! Tables `services` and `pathways`.

use super::{Better, Column, Kind, Metric, Table, days_per, ratio};
use crate::activity::Completed;
use crate::stats::histogram::quantile;
use crate::units::{DAY, Pence};

pub(in crate::results) const SERVICES: Table = Table {
    name: "services",
    meaning: "Work, value and waits of each service over all providers.",
    entities: &[("service", "slug of the service")],
};

/// What is known of a service beforehand.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which switches some metrics on")]
pub(in crate::results) struct Line {
    /// Its first stage has a waiting list somewhere.
    pub waits: bool,
    /// Some cell refuses, loses from its list, takes from full providers, or blocks places.
    pub refuses: bool,
    pub reneges: bool,
    pub transfers: bool,
    pub blocks: bool,
}

/// What happened in a service in one period.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Output {
    pub spells: u64,
    pub bed_ticks: u64,
    pub value: Pence,
    pub referrals: u64,
    /// Requests, of which those that went on to another provider count there.
    pub requests: u64,
    pub refused: u64,
    pub reneged: u64,
    pub transferred: u64,
    pub blocked_ticks: u64,
    /// Starts of the first stage where there is a waiting list, and their waits; positive ones by bin too.
    pub starts: u64,
    pub wait: u64,
    pub waits: Vec<u32>,
}

impl Output {
    fn wait_quantile_days(&self, p: f64) -> f64 {
        wait_quantile_days(&self.waits, self.starts, p)
    }
}

/// The `p` quantile in days of the waits of so many starts, of which the positive ones are given by bin.
pub(super) fn wait_quantile_days(positive: &[u32], starts: u64, p: f64) -> f64 {
    let zeros = starts.saturating_sub(positive.iter().map(|&count| u64::from(count)).sum());
    quantile(positive, zeros, p).map_or(f64::NAN, |ticks| ticks / DAY as f64)
}

pub(in crate::results) static SERVICE_COLUMNS: [Column<Line, Output>; 10] = [
    Column {
        metric: Metric {
            name: "spells",
            unit: "spells",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Stays that finished in the period.",
            formula: "stays finished in the period, all stages",
        },
        exists: |_| true,
        value: |_, output| output.spells as f64,
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
        exists: |_| true,
        value: |_, output| days_per(output.bed_ticks, 1),
    },
    Column {
        metric: Metric {
            name: "value_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value of the service's activity, whoever pays.",
            formula: "sum over its cells of price x activity x Market Forces Factor",
        },
        exists: |_| true,
        value: |_, output| output.value.pounds(),
    },
    Column {
        metric: Metric {
            name: "mean_wait_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean wait for the first stage of those who started it in the period.",
            formula: "waits / starts, for first stages with a waiting list",
        },
        exists: |service| service.waits,
        value: |_, output| days_per(output.wait, output.starts),
    },
    Column {
        metric: Metric {
            name: "wait_p50_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Half of those who started the first stage in the period waited no longer.",
            formula: "median from a histogram with bins of at most 1/32 of the wait",
        },
        exists: |service| service.waits,
        value: |_, output| output.wait_quantile_days(0.5),
    },
    Column {
        metric: Metric {
            name: "wait_p92_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "92 % of those who started the first stage in the period waited no longer.",
            formula: "quantile from a histogram with bins of at most 1/32 of the wait",
        },
        exists: |service| service.waits,
        value: |_, output| output.wait_quantile_days(0.92),
    },
    Column {
        metric: Metric {
            name: "refused_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests for a place that were refused because the pool was full.",
            formula: "refused / requests, all stages; a request that goes on to another provider counts once",
        },
        exists: |service| service.refuses,
        value: |_, output| ratio(output.refused, output.requests),
    },
    Column {
        metric: Metric {
            name: "reneged_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Patients who left a waiting list untreated over requests for a place.",
            formula: "reneged / requests, all stages; a request that goes on to another provider counts once",
        },
        exists: |service| service.reneges,
        value: |_, output| ratio(output.reneged, output.requests),
    },
    Column {
        metric: Metric {
            name: "transferred_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Patients whom a full provider sent on to another one, over patients referred.",
            formula: "transferred in, all stages / referrals",
        },
        exists: |service| service.transfers,
        value: |_, output| ratio(output.transferred, output.referrals),
    },
    Column {
        metric: Metric {
            name: "blocked_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Days that patients stayed in places after their stay, because the next stage had no place for them.",
            formula: "ticks in places after the stay / ticks a day; part of bed_days",
        },
        exists: |service| service.blocks,
        value: |_, output| days_per(output.blocked_ticks, 1),
    },
];

pub(in crate::results) const PATHWAYS: Table = Table {
    name: "pathways",
    meaning: "Whole pathways, from referral to leaving.",
    entities: &[
        ("service", "slug of the service"),
        ("class", "class of patients: emergency, urgent or elective; all where the service states none"),
    ],
};

/// The patients who left a pathway in a period of some length.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Leaving {
    pub completed: Completed,
    pub length: u64,
}

pub(in crate::results) static PATHWAY_COLUMNS: [Column<(), Leaving>; 2] = [
    Column {
        metric: Metric {
            name: "time_in_system_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean time from referral to the end of the pathway of those who reached it in the period; patients who were refused or left a list are excluded.",
            formula: "time from referral to leaving / patients",
        },
        exists: |()| true,
        value: |(), leaving| days_per(leaving.completed.time_in_system, leaving.completed.patients),
    },
    Column {
        metric: Metric {
            name: "throughput_per_day",
            unit: "patients per day",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Patients who reached the end of the pathway.",
            formula: "patients / days of the period",
        },
        exists: |()| true,
        value: |(), leaving| leaving.completed.patients as f64 * DAY as f64 / leaving.length as f64,
    },
];
