//! Tables `occupancy` and `profile`, from audits at chosen instants of the whole time.

use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::activity::{ProfileSlot, SessionSlot};

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
    /// It has a limit at some time.
    pub limited: bool,
    /// It has a limit, and patients wait when it is full.
    pub waits: bool,
    /// The row is about a session, not about an audit.
    pub session: bool,
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
    meaning: "Pools at the instants of a day, a week or another cycle, and at the sessions of their calendars, over the whole time.",
    entities: &[
        ("provider", "ODS code, or elsewhere"),
        ("pool", "slug of the pool"),
        (
            "hour",
            "hours since the beginning of the cycle, which begins with the results; of sessions: of the calendar's cycle, which begins on Monday if it divides a week and with the results if not",
        ),
    ],
};

/// What was found at one instant of the profile's cycle, or at one session of the calendar's.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Instant {
    pub audit: ProfileSlot,
    pub session: SessionSlot,
}

pub(in crate::results) static PROFILE_COLUMNS: [Column<Audited, Instant>; 7] = [
    Column {
        metric: Metric {
            name: "mean_present",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Mean number of occupied places and of patients waiting, together, at this instant of the cycle.",
            formula: "patients present, summed / cycles",
        },
        exists: |pool| !pool.session,
        value: |_, found| ratio(found.audit.present, u64::from(found.audit.audits)),
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
        exists: |pool| !pool.session && pool.waits,
        value: |_, found| ratio(found.audit.waiting, u64::from(found.audit.audits)),
    },
    Column {
        metric: Metric {
            name: "full_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of cycles in which every place is taken at this instant, or none is open.",
            formula: "cycles with the pool full / cycles",
        },
        exists: |pool| !pool.session && pool.limited,
        value: |_, found| ratio(u64::from(found.audit.full), u64::from(found.audit.audits)),
    },
    Column {
        metric: Metric {
            name: "waiting_before_session",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean number of patients on the waiting list just before this session of the calendar.",
            formula: "patients waiting before, summed / sessions",
        },
        exists: |pool| pool.session,
        value: |_, found| ratio(found.session.waiting_before, u64::from(found.session.sessions)),
    },
    Column {
        metric: Metric {
            name: "waiting_after_session",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean number of patients on the waiting list just after this session of the calendar.",
            formula: "patients waiting after, summed / sessions",
        },
        exists: |pool| pool.session,
        value: |_, found| ratio(found.session.waiting_after, u64::from(found.session.sessions)),
    },
    Column {
        metric: Metric {
            name: "cleared_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Higher,
            meaning: "Share of these sessions after which nobody waits.",
            formula: "sessions with nobody waiting after / sessions",
        },
        exists: |pool| pool.session,
        value: |_, found| ratio(u64::from(found.session.cleared), u64::from(found.session.sessions)),
    },
    Column {
        metric: Metric {
            name: "slots_used_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of the slots of this session that somebody takes; the others are lost.",
            formula: "slots taken / slots offered",
        },
        exists: |pool| pool.session,
        value: |_, found| ratio(found.session.taken, found.session.slots),
    },
];
