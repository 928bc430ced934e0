//! What several tables count alike: stays, requests and what becomes of them, and waits for the first stage.

use super::{Better, Column, Kind, Metric, days_per, ratio};
use crate::results::chances::Chances;
use crate::stats::histogram::quantile;
use crate::units::{DAY, Pence};

/// Stays in one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Stays {
    pub spells: u64,
    pub bed_ticks: u64,
    /// Of these, after the stay's end.
    pub blocked_ticks: u64,
}

/// Requests in one period, and what became of requests in it, whenever they were made.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Requests {
    pub made: u64,
    pub started: u64,
    pub refused: u64,
    pub reneged: u64,
    /// Of one provider: those that went on to another.
    pub sent_on: u64,
}

impl Requests {
    /// Adds those of others.
    pub(in crate::results) fn add(&mut self, other: Self) {
        self.made += other.made;
        self.started += other.started;
        self.refused += other.refused;
        self.reneged += other.reneged;
        self.sent_on += other.sent_on;
    }

    /// The denominator of all shares of requests: those of the period, or those decided in it where these are more, because
    /// it began with a list. So a share never exceeds 1, and over a time that begins with empty lists it is one of requests.
    pub(super) fn considered(&self) -> u64 {
        self.made.max(self.started + self.refused + self.reneged + self.sent_on)
    }
}

/// Access to care of some patients in one period, wherever they were treated.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Access {
    pub referrals: u64,
    /// All stages; a request that goes on to another provider counts once, where it ends.
    pub requests: Requests,
    pub transferred: u64,
    /// Starts of first stages.
    pub treated: u64,
    /// Starts of first stages with a waiting list, and their waits.
    pub starts: u64,
    pub wait: u64,
    /// The positive ones of these waits by bin.
    pub waits: Vec<u32>,
}

impl Access {
    /// As [`Requests::considered`]; who was interrupted may go on again without a new request.
    fn considered(&self) -> u64 {
        self.requests.considered().max(self.transferred)
    }
}

/// What is known beforehand of the patients that a row is about.
pub(in crate::results) trait Foreseen {
    /// What can happen to some of them.
    fn can(&self) -> &Chances;
    /// Some first stage has a waiting list.
    fn first_waits(&self) -> bool;
}

/// A tally with stays.
pub(in crate::results) trait HasStays {
    fn stays(&self) -> &Stays;
}

/// A tally with the value of activity.
pub(in crate::results) trait HasValue {
    fn value(&self) -> Pence;
}

/// A tally with access to care.
pub(in crate::results) trait HasAccess {
    fn access(&self) -> &Access;
}

/// The `p` quantile in days of the waits of so many starts, of which the positive ones are given by bin.
pub(super) fn wait_quantile_days(positive: &[u32], starts: u64, p: f64) -> f64 {
    let zeros = starts.saturating_sub(positive.iter().map(|&count| u64::from(count)).sum());
    quantile(positive, zeros, p).map_or(f64::NAN, |ticks| ticks / DAY as f64)
}

pub(super) const fn referrals<F, T: HasAccess>(meaning: &'static str, exists: fn(&F) -> bool) -> Column<F, T> {
    Column {
        metric: Metric {
            name: "referrals",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning,
            formula: "requests for a place that are no moves from another stage or provider, and nobody's who comes back",
        },
        exists,
        value: |_, tally| tally.access().referrals as f64,
    }
}

pub(super) const fn spells<F, T: HasStays>(exists: fn(&F) -> bool) -> Column<F, T> {
    Column {
        metric: Metric {
            name: "spells",
            unit: "spells",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Finished stays of stages: a pathway of three stages makes three spells, although it may be one admission.",
            formula: "stays finished in the period, all stages",
        },
        exists,
        value: |_, tally| tally.stays().spells as f64,
    }
}

pub(super) const fn bed_days<F, T: HasStays>(exists: fn(&F) -> bool) -> Column<F, T> {
    Column {
        metric: Metric {
            name: "bed_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Days that patients spent in places of pools (beds, cots, dialysis places) during the period.",
            formula: "ticks in places / ticks a day; delays without a pool are left out",
        },
        exists,
        value: |_, tally| days_per(tally.stays().bed_ticks, 1),
    }
}

pub(super) const fn blocked_days<F, T: HasStays>(exists: fn(&F) -> bool) -> Column<F, T> {
    Column {
        metric: Metric {
            name: "blocked_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Days that patients stayed in places after their stay, because the next stage had no place for them.",
            formula: "ticks in places after the stay / ticks a day; part of bed_days",
        },
        exists,
        value: |_, tally| days_per(tally.stays().blocked_ticks, 1),
    }
}

pub(super) const fn value_gbp<F, T: HasValue>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "value_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value of the activity, whoever pays.",
            formula: "sum over cells of price x activity x Market Forces Factor",
        },
        exists: |_| true,
        value: |_, tally| tally.value().pounds(),
    }
}

pub(super) const fn treated<F, T: HasAccess>(exists: fn(&F) -> bool) -> Column<F, T> {
    Column {
        metric: Metric {
            name: "treated",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Patients who started the first stage of a pathway in the period.",
            formula: "starts of first stages",
        },
        exists,
        value: |_, tally| tally.access().treated as f64,
    }
}

pub(super) const fn treated_from_lists<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "treated_from_lists",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Of the treated, those at providers where the first stage has a waiting list, whether they waited or not: the patients of mean_wait_days.",
            formula: "starts of first stages with a waiting list",
        },
        exists: Foreseen::first_waits,
        value: |_, tally| tally.access().starts as f64,
    }
}

pub(super) const fn mean_wait_days<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "mean_wait_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean wait for the first stage of those who started it in the period.",
            formula: "waits / starts, for first stages with a waiting list",
        },
        exists: Foreseen::first_waits,
        value: |_, tally| days_per(tally.access().wait, tally.access().starts),
    }
}

pub(super) const fn wait_p50_days<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "wait_p50_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Half of those who started the first stage in the period waited no longer.",
            formula: "median from a histogram with bins of at most 1/32 of the wait",
        },
        exists: Foreseen::first_waits,
        value: |_, tally| wait_quantile_days(&tally.access().waits, tally.access().starts, 0.5),
    }
}

pub(super) const fn wait_p92_days<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "wait_p92_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "92 % of those who started the first stage in the period waited no longer.",
            formula: "quantile from a histogram with bins of at most 1/32 of the wait",
        },
        exists: Foreseen::first_waits,
        value: |_, tally| wait_quantile_days(&tally.access().waits, tally.access().starts, 0.92),
    }
}

pub(super) const fn refused<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "refused",
            unit: "requests",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Requests for a place that were refused in the period because the pool was full.",
            formula: "refused, all stages",
        },
        exists: |facts| facts.can().refuses,
        value: |_, tally| tally.access().requests.refused as f64,
    }
}

pub(super) const fn reneged<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "reneged",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Patients who left a waiting list untreated in the period.",
            formula: "reneged, all stages",
        },
        exists: |facts| facts.can().reneges,
        value: |_, tally| tally.access().requests.reneged as f64,
    }
}

pub(super) const fn refused_share<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "refused_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests for a place that were refused because the pool was full.",
            formula: "refused / requests considered, all stages; a request that goes on to another provider counts once",
        },
        exists: |facts| facts.can().refuses,
        value: |_, tally| ratio(tally.access().requests.refused, tally.access().considered()),
    }
}

pub(super) const fn reneged_share<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "reneged_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests for a place whose patients left the waiting list untreated.",
            formula: "reneged / requests considered, all stages; a request that goes on to another provider counts once",
        },
        exists: |facts| facts.can().reneges,
        value: |_, tally| ratio(tally.access().requests.reneged, tally.access().considered()),
    }
}

pub(super) const fn transferred_share<F: Foreseen, T: HasAccess>() -> Column<F, T> {
    Column {
        metric: Metric {
            name: "transferred_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests for a place that a full provider sent on to another one.",
            formula: "transferred in / requests considered, all stages; a request that goes on to another provider counts once",
        },
        exists: |facts| facts.can().transfers_in,
        value: |_, tally| ratio(tally.access().transferred, tally.access().considered()),
    }
}
