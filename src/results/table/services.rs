//! Tables `services` and `pathways`.

use super::care::{self, Access, Foreseen, HasAccess, HasStays, HasValue, Stays};
use super::{Better, Column, Kind, Metric, Table, days_per};
use crate::activity::Completed;
use crate::results::chances::Chances;
use crate::units::{DAY, Pence};

pub(in crate::results) const SERVICES: Table = Table {
    name: "services",
    meaning: "Work, value and waits of each service over all providers.",
    entities: &[("service", "slug of the service")],
};

/// What is known of a service beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Line {
    /// Its first stage has a waiting list somewhere.
    pub waits: bool,
    /// What can happen to some of its patients.
    pub can: Chances,
}

/// What happened in a service in one period.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Output {
    pub stays: Stays,
    pub value: Pence,
    pub access: Access,
}

impl Foreseen for Line {
    fn can(&self) -> &Chances {
        &self.can
    }
    fn first_waits(&self) -> bool {
        self.waits
    }
}

impl HasStays for Output {
    fn stays(&self) -> &Stays {
        &self.stays
    }
}

impl HasValue for Output {
    fn value(&self) -> Pence {
        self.value
    }
}

impl HasAccess for Output {
    fn access(&self) -> &Access {
        &self.access
    }
}

pub(in crate::results) static SERVICE_COLUMNS: [Column<Line, Output>; 15] = [
    care::referrals("Patients referred in the period.", |_| true),
    care::spells(|_| true),
    care::bed_days(|_| true),
    care::value_gbp(),
    care::treated(|_| true),
    care::treated_from_lists(),
    care::mean_wait_days(),
    care::wait_p50_days(),
    care::wait_p92_days(),
    care::refused(),
    care::refused_share(),
    care::reneged(),
    care::reneged_share(),
    care::transferred_share(),
    care::blocked_days(|service| service.can.blocks),
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
