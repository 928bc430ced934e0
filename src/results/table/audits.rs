//! Tables `occupancy` and `profile`, from audits at chosen instants of the whole time.

use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::activity::ProfileSlot;

pub(in crate::results) const OCCUPANCY: Table = Table {
    name: "occupancy",
    meaning: "How often so many patients are found at the instants of the occupancy audit, over the whole time.",
    entities: &[
        ("provider", "ODS code, or elsewhere"),
        ("pool", "slug of the pool"),
        ("n", "number of patients; the last stands for itself and more"),
    ],
};

/// What is known of a pool beforehand.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Audited {
    /// It has a limit.
    pub limited: bool,
    /// It has a limit, and patients wait when it is full.
    pub waits: bool,
}

/// How many audits found one number of patients.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Found {
    pub present: u32,
    pub waiting: u32,
    pub audits: u64,
}

pub(in crate::results) static OCCUPANCY_COLUMNS: [Column<Audited, Found>; 2] = [
    Column {
        metric: Metric {
            name: "present_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of audits with n patients present, in places or waiting.",
            formula: "audits with n present / audits",
        },
        exists: |_| true,
        value: |_, found| ratio(u64::from(found.present), found.audits),
    },
    Column {
        metric: Metric {
            name: "waiting_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of audits with n patients on the waiting list.",
            formula: "audits with n waiting / audits",
        },
        exists: |pool| pool.waits,
        value: |_, found| ratio(u64::from(found.waiting), found.audits),
    },
];

pub(in crate::results) const PROFILE: Table = Table {
    name: "profile",
    meaning: "Pools at the instants of a day, a week or another cycle, over the whole time.",
    entities: &[
        ("provider", "ODS code, or elsewhere"),
        ("pool", "slug of the pool"),
        ("hour", "hours since the beginning of the cycle, which begins with the results"),
    ],
};

pub(in crate::results) static PROFILE_COLUMNS: [Column<Audited, ProfileSlot>; 3] = [
    Column {
        metric: Metric {
            name: "mean_present",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of patients in places or waiting at this instant of the cycle.",
            formula: "patients present, summed / cycles",
        },
        exists: |_| true,
        value: |_, slot| ratio(slot.present, u64::from(slot.audits)),
    },
    Column {
        metric: Metric {
            name: "mean_waiting",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean number of patients on the waiting list at this instant of the cycle.",
            formula: "patients waiting, summed / cycles",
        },
        exists: |pool| pool.waits,
        value: |_, slot| ratio(slot.waiting, u64::from(slot.audits)),
    },
    Column {
        metric: Metric {
            name: "full_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of cycles in which every place is taken at this instant.",
            formula: "cycles with the pool full / cycles",
        },
        exists: |pool| pool.limited,
        value: |_, slot| ratio(u64::from(slot.full), u64::from(slot.audits)),
    },
];
