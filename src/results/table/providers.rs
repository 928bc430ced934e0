//! Table `providers`.

use super::care::{self, HasStays, Stays};
use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::results::chances::Chances;
use crate::units::Pence;

pub(in crate::results) const PROVIDERS: Table = Table {
    name: "providers",
    meaning: "Work, income and reach of each provider.",
    entities: &[("provider", "ODS code, or elsewhere")],
};

/// What is known of a provider beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Reach {
    /// In scope, with a known host: all of its patients are in the model.
    pub placed: bool,
    /// The scheme of the option's footprints, or the only one there is.
    pub scheme: Option<usize>,
    /// What can happen to some of its patients.
    pub can: Chances,
    /// Some of its stays have drugs or devices that prices exclude.
    pub drugs: bool,
}

/// What a provider did in one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Work {
    pub stays: Stays,
    pub transferred_in: u64,
    pub transferred_out: u64,
    pub outside_icb: u64,
    pub outside_region: u64,
    /// Income for patients of other ICBs than its host.
    pub outside_icb_income: Pence,
    /// Under one option.
    pub outside_footprint: u64,
    /// Drugs and devices apart.
    pub income: Pence,
    pub drugs: Pence,
}

impl HasStays for Work {
    fn stays(&self) -> &Stays {
        &self.stays
    }
}

pub(in crate::results) static COLUMNS: [Column<Reach, Work>; 11] = [
    care::spells(|_| true),
    care::bed_days(|_| true),
    Column {
        metric: Metric {
            name: "income_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "What all commissioners together pay it, drugs and devices apart; over all providers equal to what commissioners pay, to the penny. Of a provider out of scope: from the residents in scope only.",
            formula: "sum over its cells of price x activity x Market Forces Factor, with what payment rules add or take",
        },
        exists: |_| true,
        value: |_, work| work.income.pounds(),
    },
    Column {
        metric: Metric {
            name: "drugs_income_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "What it is paid for high-cost drugs and devices that prices exclude; over all providers equal to what is passed through to commissioners, to the penny.",
            formula: "price per start (per = drugs) x starts, without the Market Forces Factor",
        },
        exists: |provider| provider.drugs,
        value: |_, work| work.drugs.pounds(),
    },
    Column {
        metric: Metric {
            name: "income_from_outside_icb_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value at the price list of its work for patients who live outside its host ICB: what a single-ICB tier leaves to boards other than the host's to plan and pay for.",
            formula: "sum over its cells of patients of other ICBs of price x activity x Market Forces Factor; for providers in scope",
        },
        exists: |provider| provider.placed,
        value: |_, work| work.outside_icb_income.pounds(),
    },
    Column {
        metric: Metric {
            name: "from_outside_icb_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of its spells whose patients live outside its host ICB.",
            formula: "spells of patients of other ICBs / spells; for providers in scope",
        },
        exists: |provider| provider.placed,
        value: |_, work| ratio(work.outside_icb, work.stays.spells),
    },
    Column {
        metric: Metric {
            name: "from_outside_footprint_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of its spells whose patients live outside the footprint of its host ICB, in the option's scheme of footprints (or the only scheme that there is).",
            formula: "spells of patients of other footprints / spells; for providers in scope",
        },
        exists: |provider| provider.placed && provider.scheme.is_some(),
        value: |_, work| ratio(work.outside_footprint, work.stays.spells),
    },
    Column {
        metric: Metric {
            name: "from_outside_region_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of its spells whose patients live outside its region.",
            formula: "spells of patients of other regions / spells; for providers in scope",
        },
        exists: |provider| provider.placed,
        value: |_, work| ratio(work.outside_region, work.stays.spells),
    },
    Column {
        metric: Metric {
            name: "transfers_in",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Patients who came from a full provider in the period.",
            formula: "requests of patients from full providers, all stages",
        },
        exists: |provider| provider.can.transfers_in,
        value: |_, work| work.transferred_in as f64,
    },
    Column {
        metric: Metric {
            name: "transfers_out",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Patients whom it sent on to another provider in the period because it was full.",
            formula: "requests that went on to another provider, all stages",
        },
        exists: |provider| provider.can.transfers_out,
        value: |_, work| work.transferred_out as f64,
    },
    care::blocked_days(|provider| provider.can.blocks),
];
