//! Tables `commissioners` and `deciders`.

use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::ledger::{Body, is_partial};
use crate::units::{DAY, Pence};

pub(in crate::results) const COMMISSIONERS: Table = Table {
    name: "commissioners",
    meaning: "What each body that pays has to pay, under each option.",
    entities: &[("commissioner", "who pays: ODS code of an ICB or region, slug of a footprint, or nhs-england")],
};

/// What is known of a commissioner beforehand.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Commissioner {
    /// Who it is.
    pub body: Option<Body>,
    /// Registered population of the ICBs it covers, where all of it is stated.
    pub population: Option<f64>,
    /// What each contract line costs a year.
    pub contract_line_cost: Pence,
    /// Its coverage, where the scenario has a scope.
    pub coverage: Option<f64>,
    /// Some of its payments are fixed or variable elements; some are low-volume blocks.
    pub aligned: bool,
    pub blocks: bool,
    /// It holds the budget of some drugs or devices.
    pub drugs: bool,
    /// Where the option has budgets: from which share of its budget on an overspend is large.
    pub large_overspend: Option<f64>,
}

impl Commissioner {
    pub(in crate::results) fn is_whole(&self) -> bool {
        !self.coverage.is_some_and(is_partial)
    }
    /// Of a body only partly in scope the budget would be for more than its costs here.
    fn has_budget(&self) -> bool {
        self.large_overspend.is_some() && self.is_whole()
    }
}

/// What a commissioner paid in one period.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Paid {
    /// What NHS England bears, in its own row.
    pub borne: Pence,
    /// Price x activity.
    pub value: Pence,
    pub aligned_effect: Pence,
    pub block_effect: Pence,
    pub cost: Pence,
    pub drugs: Pence,
    pub budget: Pence,
    pub carried: Carried,
    pub contracts: Contracts,
    /// Length of the period in financial years.
    pub years: f64,
}

/// Contracts with activity in one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Contracts {
    pub lines: u32,
    /// Of these, those whose contract another body holds.
    pub of_others: u32,
    pub providers: u32,
}

/// The load that a commissioner pays for in one period; of partly specialised services by shares, hence fractions.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Carried {
    pub spells: f64,
    pub bed_ticks: f64,
}

/// Whether what is over a budget is more than a share of it.
pub(super) fn is_large(over: Pence, budget: Pence, share: Option<f64>) -> bool {
    over > Pence(0) && over.0 as f64 > share.unwrap_or(0.0) * budget.0 as f64
}

/// An overspend in pounds; not a number where there is none.
pub(super) fn overspend(over: Pence) -> f64 {
    if over > Pence(0) { over.pounds() } else { f64::NAN }
}

pub(in crate::results) static COMMISSIONER_COLUMNS: [Column<Commissioner, Paid>; 19] = [
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
            name: "aligned_effect_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "What fixed and variable elements make the body pay more than price x activity: positive where activity fell short of what was agreed.",
            formula: "sum over cells under aligned payment of (1 - rate) x (agreed worth - value), rate 0 in the fixed element",
        },
        exists: |body| body.aligned,
        value: |_, paid| paid.aligned_effect.pounds(),
    },
    Column {
        metric: Metric {
            name: "low_volume_effect_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "What low-volume blocks make the body pay more than price x activity.",
            formula: "blocks for the period - value of the activity inside them",
        },
        exists: |body| body.blocks,
        value: |_, paid| paid.block_effect.pounds(),
    },
    Column {
        metric: Metric {
            name: "cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the body owes under the payment rules, drugs and devices apart. Where coverage is below 1: of patients in scope, who are those of the scope's providers, and residents of their host ICBs and of those that the scope names wherever treated.",
            formula: "activity_value_gbp + aligned_effect_gbp + low_volume_effect_gbp",
        },
        exists: |_| true,
        value: |_, paid| paid.cost.pounds(),
    },
    Column {
        metric: Metric {
            name: "drugs_pass_through_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "High-cost drugs and devices that prices exclude, paid at cost by whoever holds their budget. Not part of cost_gbp or of any budget here.",
            formula: "price per start (per = drugs) x starts, without the Market Forces Factor",
        },
        exists: |body| body.drugs,
        value: |_, paid| paid.drugs.pounds(),
    },
    Column {
        metric: Metric {
            name: "net_cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What NHS England bears, whoever pays; of ICBs it stands in icbs. Drugs and devices are left out.",
            formula: "costs of services whose variance it bears, and what it owes under budgets of others",
        },
        exists: |commissioner| commissioner.body == Some(Body::Nation),
        value: |_, paid| paid.borne.pounds(),
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
        exists: |body| body.population.is_some() && body.is_whole(),
        value: |body, paid| paid.cost.pounds() / body.population.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "budget_gbp",
            unit: "GBP",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "What the body has to spend, under the option's budget rule. This and all that is compared with it: only where the option has budgets and the body is wholly in scope.",
            formula: "budgets by ICB of residence and service, which go with the service to whoever pays for it; by days within a financial year",
        },
        exists: Commissioner::has_budget,
        value: |_, paid| paid.budget.pounds(),
    },
    Column {
        metric: Metric {
            name: "over_budget_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the body owes beyond its budget; negative is an underspend. By who pays: who bears it in the end stands in icbs.",
            formula: "cost_gbp - budget_gbp",
        },
        exists: Commissioner::has_budget,
        value: |_, paid| (paid.cost - paid.budget).pounds(),
    },
    Column {
        metric: Metric {
            name: "overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely the body owes more than its budget. Chance alone, with rates and prices known: a floor. Of a budget equal to the expected cost about one half, by construction.",
            formula: "replications with over_budget_gbp above zero / replications",
        },
        exists: Commissioner::has_budget,
        value: |_, paid| f64::from(paid.cost > paid.budget),
    },
    Column {
        metric: Metric {
            name: "large_overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely the body overspends by more than the share of its budget that the budget rule calls large.",
            formula: "replications with over_budget_gbp above large_overspend x budget_gbp / replications",
        },
        exists: Commissioner::has_budget,
        value: |body, paid| f64::from(is_large(paid.cost - paid.budget, paid.budget, body.large_overspend)),
    },
    Column {
        metric: Metric {
            name: "overspend_when_over_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "How much the body overspends when it does.",
            formula: "mean of over_budget_gbp over the replications in which it is above zero",
        },
        exists: Commissioner::has_budget,
        value: |_, paid| overspend(paid.cost - paid.budget),
    },
    Column {
        metric: Metric {
            name: "contract_lines",
            unit: "contract lines",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Work: contract lines through which the body pays and in which anything happened. A line is one holder of a contract (the role `contracts`), one provider and one service.",
            formula: "distinct triples of contract holder, provider and service, elsewhere not counted, with a stay that started or finished in the period; the rest of a partly specialised service is the home ICB's own line",
        },
        exists: |_| true,
        value: |_, paid| f64::from(paid.contracts.lines),
    },
    Column {
        metric: Metric {
            name: "associate_lines",
            unit: "contract lines",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Of its contract lines, those of contracts that another body holds, such as the provider's host ICB or the region: there the body is an associate.",
            formula: "contract lines whose holder is not the body",
        },
        exists: |_| true,
        value: |_, paid| f64::from(paid.contracts.of_others),
    },
    Column {
        metric: Metric {
            name: "providers",
            unit: "providers",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Work: providers that the body pays and that did anything for it in the period.",
            formula: "distinct providers of its contract lines",
        },
        exists: |_| true,
        value: |_, paid| f64::from(paid.contracts.providers),
    },
    Column {
        metric: Metric {
            name: "contract_cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the body's contract lines cost it: staff and systems, beside what it owes to providers. Only where the payment rules state a cost.",
            formula: "contract_lines x contract_line_cost x financial years in the period",
        },
        exists: |body| body.contract_line_cost != Pence(0),
        value: |body, paid| f64::from(paid.contracts.lines) * body.contract_line_cost.pounds() * paid.years,
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
    /// Registered persons in its area, where stated.
    pub population: Option<f64>,
    /// Share of the tests of readiness that it meets, where some are scored.
    pub ready_share: Option<f64>,
    /// Why it is flagged; empty: it is not.
    pub unready: Vec<String>,
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

pub(in crate::results) static DECIDER_COLUMNS: [Column<Decider, Decided>; 6] = [
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
    Column {
        metric: Metric {
            name: "planning_population",
            unit: "persons",
            kind: Kind::Fixed,
            better: Better::Higher,
            meaning: "Registered persons for whom the body plans. An option that lets an ICB, footprint or region with fewer than the readiness rule asks for decide is marked with ! wherever it is printed.",
            formula: "registered population of the home areas that the body covers",
        },
        exists: |body| body.population.is_some(),
        value: |body, _| body.population.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "ready_share",
            unit: "share",
            kind: Kind::Fixed,
            better: Better::Higher,
            meaning: "Share of the eight tests of the pre-delegation assessment (those of 2022-25, scored by the user now) that the body meets; tests without a score and those met in part do not count. An option that lets a body decide that does not meet a test is marked with ! wherever it is printed. Only for bodies with scores.",
            formula: "tests scored met / 8",
        },
        exists: |body| body.ready_share.is_some(),
        value: |body, _| body.ready_share.unwrap_or(f64::NAN),
    },
];
