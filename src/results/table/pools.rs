//! Tables `pools` and `classes`: the same metrics, as far as they make sense for one class.

mod place;

pub(in crate::results) use place::{Place, Use};

use super::care::wait_quantile_days;
use super::{Better, Column, Kind, Metric, Table, days_per, ratio};
use crate::results::chances::Chances;
use crate::units::DAY;

pub(in crate::results) const POOLS: Table = Table {
    name: "pools",
    meaning: "Occupancy, throughput and waits of each resource pool of the providers in scope.",
    entities: &[("provider", "ODS code, or elsewhere"), ("pool", "slug of the pool")],
};

pub(in crate::results) const CLASSES: Table = Table {
    name: "classes",
    meaning: "Occupancy, throughput and waits of each class of patients, in pools of the providers in scope whose patients have several classes.",
    entities: &[
        ("provider", "ODS code, or elsewhere"),
        ("pool", "slug of the pool"),
        ("class", "class of patients: emergency, urgent or elective"),
    ],
};

/// The metrics that a class can have.
pub(in crate::results) fn class_metrics() -> Vec<&'static Metric> {
    let can = Chances {
        waits: true,
        refuses: true,
        reneges: true,
        transfers_out: true,
        transfers_in: true,
        cancels: true,
        blocks: true,
    };
    let class = Place { can, standard: true, trim: true, ..Place::default() };
    COLUMNS.iter().filter(|column| (column.exists)(&class)).map(|column| &column.metric).collect()
}

fn per_day(cases: u64, length: u64) -> f64 {
    cases as f64 * DAY as f64 / length as f64
}

pub(in crate::results) static COLUMNS: [Column<Place, Use>; 24] = [
    Column {
        metric: Metric {
            name: "utilisation",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Occupied place-time over offered place-time; above 1 where patients finish in places that have closed. Only for pools that always have a limit and hold no sessions.",
            formula: "place-time in use / place-time offered (places x time, by calendar and changes)",
        },
        exists: |pool| pool.offers,
        value: |pool, tally| tally.time.occupied as f64 / tally.offered(pool),
    },
    Column {
        metric: Metric {
            name: "mean_in_service",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of places with a patient under treatment.",
            formula: "place-time in use and not blocked / time: mean_occupied - mean_blocked",
        },
        exists: |_| true,
        value: |_, tally| ratio(tally.time.occupied - tally.time.blocked, tally.length),
    },
    Column {
        metric: Metric {
            name: "mean_occupied",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of occupied places, blocked ones included. A patient who needs several places counts with all of them.",
            formula: "place-time in use / time",
        },
        exists: |_| true,
        value: |_, tally| ratio(tally.time.occupied, tally.length),
    },
    Column {
        metric: Metric {
            name: "mean_blocked",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean number of places held by patients whose stay is over, because the next stage has no place for them. Only where a next stage can hold them up.",
            formula: "place-time blocked / time",
        },
        exists: |pool| pool.can.blocks,
        value: |_, tally| ratio(tally.time.blocked, tally.length),
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
        exists: |pool| pool.can.waits,
        value: |_, tally| ratio(tally.time.queued, tally.length),
    },
    Column {
        metric: Metric {
            name: "mean_present",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of occupied places and of patients on its waiting list together.",
            formula: "place-time in use and patient-time on the list / time",
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
            meaning: "Patients who ask for a place: referrals, moves from other stages or providers, and those who come back. Patients who need places of several pools count in each.",
            formula: "requests / days of the period",
        },
        exists: |_| true,
        value: |_, tally| per_day(tally.requests.made, tally.length),
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
            meaning: "Share of time during which every place is taken; time without any place open counts. Only for pools with a limit.",
            formula: "time with at least as many patients in places as there are places / time",
        },
        exists: |pool| pool.limited,
        value: |_, tally| ratio(tally.time.full, tally.length),
    },
    Column {
        metric: Metric {
            name: "refused_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests that are refused because the pool is full. Only for pools that refuse.",
            formula: "refused / requests considered",
        },
        exists: |pool| pool.can.refuses,
        value: |_, tally| ratio(tally.requests.refused, tally.requests.considered()),
    },
    Column {
        metric: Metric {
            name: "reneged_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests whose patients leave its waiting list untreated. Only where patients leave.",
            formula: "reneged / requests considered, of those who stand on its list",
        },
        exists: |pool| pool.can.reneges,
        value: |_, tally| ratio(tally.listed.reneged, tally.listed.considered()),
    },
    Column {
        metric: Metric {
            name: "overflow_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of requests that go on to another provider because this one is full. Only where flow rules let them.",
            formula: "transferred out / requests considered",
        },
        exists: |pool| pool.can.transfers_out,
        value: |_, tally| ratio(tally.requests.sent_on, tally.requests.considered()),
    },
    Column {
        metric: Metric {
            name: "transferred_in_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of requests that come from a full provider. Only where flow rules let them.",
            formula: "transferred in / requests considered",
        },
        exists: |pool| pool.can.transfers_in,
        value: |_, tally| ratio(tally.transferred_in, tally.requests.considered()),
    },
    Column {
        metric: Metric {
            name: "cancellations_per_day",
            unit: "stays per day",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Stays that an emergency interrupts. Only where emergencies take places.",
            formula: "interrupted stays / days of the period",
        },
        exists: |pool| pool.can.cancels,
        value: |_, tally| per_day(tally.cancelled, tally.length),
    },
    Column {
        metric: Metric {
            name: "blocked_days_per_admission",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Days that places are blocked by patients whose stay is over, for each stay that starts. Only where a next stage can hold them up.",
            formula: "place-time blocked / starts",
        },
        exists: |pool| pool.can.blocks,
        value: |_, tally| days_per(tally.time.blocked, tally.requests.started),
    },
    Column {
        metric: Metric {
            name: "mean_wait_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean wait of those who started in the period. This and the other waits: only for pools with a limit where patients wait, and of those who stand on its list.",
            formula: "waits of starts / starts",
        },
        exists: |pool| pool.can.waits,
        value: |_, tally| days_per(tally.wait, tally.listed.started),
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
        exists: |pool| pool.can.waits,
        value: |_, tally| ratio(tally.positive_waits(), tally.listed.started),
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
        exists: |pool| pool.can.waits,
        value: |_, tally| wait_quantile_days(&tally.waits, tally.listed.started, 0.5),
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
        exists: |pool| pool.can.waits,
        value: |_, tally| wait_quantile_days(&tally.waits, tally.listed.started, 0.92),
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
        exists: |pool| pool.can.waits,
        value: |_, tally| wait_quantile_days(&tally.waits, tally.listed.started, 0.95),
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
        exists: |pool| pool.can.waits && pool.standard,
        value: |_, tally| ratio(tally.within_standard, tally.standard_starts),
    },
    Column {
        metric: Metric {
            name: "mean_wait_all_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean time on the waiting list over all requests, whether they start or not.",
            formula: "patient-time on the list / requests considered",
        },
        exists: |pool| pool.can.waits,
        value: |_, tally| days_per(tally.time.queued, tally.listed.considered()),
    },
    Column {
        metric: Metric {
            name: "wait_positive_all_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of all requests that are not served at once.",
            formula: "1 - starts without a wait / requests considered",
        },
        exists: |pool| pool.can.waits,
        value: |_, tally| 1.0 - ratio(tally.listed.started - tally.positive_waits(), tally.listed.considered()),
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
