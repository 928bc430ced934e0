//! Tables `commissioners` and `deciders`.

use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::ledger::is_partial;
use crate::units::{DAY, Pence};

pub(in crate::results) const COMMISSIONERS: Table = Table {
    name: "commissioners",
    meaning: "What each body that pays has to pay, under each option.",
    entities: &[("commissioner", "who pays: ODS code of an ICB or region, slug of a footprint, or nhs-england")],
};

/// What is known of a commissioner beforehand.
#[derive(Clone, Debug)]
pub(in crate::results) struct Commissioner {
    /// Registered population of the ICBs it covers, where all of it is stated.
    pub population: Option<f64>,
    /// Pairs of contract holder and provider through which it pays.
    pub contract_lines: usize,
    /// Its coverage, where the scenario has a scope.
    pub coverage: Option<f64>,
}

/// What a commissioner paid in one period.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Paid {
    pub value: Pence,
    pub cost: Pence,
    pub carried: Carried,
}

/// The load that a commissioner pays for in one period; of partly specialised services by shares, hence fractions.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Carried {
    pub spells: f64,
    pub bed_ticks: f64,
}

pub(in crate::results) static COMMISSIONER_COLUMNS: [Column<Commissioner, Paid>; 7] = [
    Column {
        metric: Metric {
            name: "spells",
            unit: "spells",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Load: finished stays of stages that the body pays for; a pathway of three stages makes three.",
            formula: "finishes; of a partly specialised service the option's commissioner has the specialised share of each and the patient's ICB the rest",
        },
        exists: |_| true,
        value: |_, paid| paid.carried.spells,
    },
    Column {
        metric: Metric {
            name: "bed_days",
            unit: "days",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Load: days in places of pools (beds, cots, dialysis places) that the body pays for.",
            formula: "ticks in places of pools / ticks a day, by the time they cover, shared like spells",
        },
        exists: |_| true,
        value: |_, paid| paid.carried.bed_ticks / DAY as f64,
    },
    Column {
        metric: Metric {
            name: "activity_value_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value of the activity that the body pays for, at the price list.",
            formula: "sum over cells of price x activity x Market Forces Factor, each cell rounded once to pence; of a partly specialised service the option's commissioner has the specialised share and the patient's ICB the rest",
        },
        exists: |_| true,
        value: |_, paid| paid.value.pounds(),
    },
    Column {
        metric: Metric {
            name: "cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the body owes under the payment rule. Where coverage is below 1: of patients in scope, who are those of the scope's providers, and residents of their host ICBs wherever treated.",
            formula: "payment follows activity: equal to activity_value_gbp",
        },
        exists: |_| true,
        value: |_, paid| paid.cost.pounds(),
    },
    Column {
        metric: Metric {
            name: "cost_per_registered_head_gbp",
            unit: "GBP per person",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Cost in the period for each registered person in the body's area. Not given where coverage is below 1.",
            formula: "cost_gbp / registered population of the home areas that the body covers (nhs-england: all)",
        },
        exists: |body| body.population.is_some() && !body.coverage.is_some_and(is_partial),
        value: |body, paid| paid.cost.pounds() / body.population.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "contract_lines",
            unit: "contract lines",
            kind: Kind::Fixed,
            better: Better::Lower,
            meaning: "Contracts through which the body's payments go: a contract is one holder (the role `contracts`) and one provider. Nothing is charged for them yet.",
            formula: "distinct pairs of contract holder and provider, elsewhere not counted, over routes in scope with expected referrals; the rest of a partly specialised service is the home ICB's own contract",
        },
        exists: |_| true,
        value: |body, _| body.contract_lines as f64,
    },
    Column {
        metric: Metric {
            name: "coverage",
            unit: "share",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "How much of what the body is expected to pay for lies in the scenario's scope; 1 is all. Only in scenarios with a scope.",
            formula: "expected money in scope / expected money on all routes, by the traffic equations (referrals x visits x price at mean stays)",
        },
        exists: |body| body.coverage.is_some(),
        value: |body, _| body.coverage.unwrap_or(f64::NAN),
    },
];

pub(in crate::results) const DECIDERS: Table = Table {
    name: "deciders",
    meaning: "What each body decides on, under each option.",
    entities: &[("decider", "who decides for the patients: id as in commissioners")],
};

/// What is known of a decider beforehand.
#[derive(Clone, Debug)]
pub(in crate::results) struct Decider {
    /// Services that it decides on for some patients.
    pub services: u32,
    /// Whether other bodies decide on the same services, and it hosts providers that give them.
    pub shares_providers: bool,
}

/// What happened under a decider in one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Decided {
    pub spells: u64,
    pub value: Pence,
    /// Spells at providers hosted by the body's ICBs, in services of the tier at which it decides.
    pub hosted: u64,
    /// Of these, spells of patients for whom another body decides.
    pub hosted_for_others: u64,
}

pub(in crate::results) static DECIDER_COLUMNS: [Column<Decider, Decided>; 4] = [
    Column {
        metric: Metric {
            name: "services",
            unit: "services",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "Services that the option lets the body decide on for some patients of the scenario. The rest of a partly specialised service, which is always the home ICB's, is not counted.",
            formula: "count of services with a cell whose decider is the body",
        },
        exists: |_| true,
        value: |body, _| f64::from(body.services),
    },
    Column {
        metric: Metric {
            name: "spells",
            unit: "spells",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Finished stays of stages of the patients for whom the option lets the body decide, those in partly specialised services included: stays are not divided.",
            formula: "stays finished in the period, all stages",
        },
        exists: |_| true,
        value: |_, decided| decided.spells as f64,
    },
    Column {
        metric: Metric {
            name: "value_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value of the activity that the body decides on, whoever pays. The rest of a partly specialised service is always the home ICB's, to decide on as to pay.",
            formula: "sum over cells of price x activity x Market Forces Factor; of a partly specialised service the option's decider has the specialised share and the patient's ICB the rest",
        },
        exists: |_| true,
        value: |_, decided| decided.value.pounds(),
    },
    Column {
        metric: Metric {
            name: "share_of_other_bodies_patients",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "How much of the work of the providers in the body's area is for patients on whose care another body decides: what it has to plan with others. Providers in scope only; not given for nhs-england.",
            formula: "spells at providers in scope hosted by the body's ICBs, in services that are decided at its tier: those of patients of other bodies / all",
        },
        exists: |body| body.shares_providers,
        value: |_, decided| ratio(decided.hosted_for_others, decided.hosted),
    },
];
