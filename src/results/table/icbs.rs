//! Table `icbs`.

use super::bodies::{is_large, overspend};
use super::care::{self, Access, Foreseen, HasAccess, HasStays, Stays};
use super::{Better, Column, Kind, Metric, Table, ratio};
use crate::results::chances::Chances;
use crate::units::Pence;

pub(in crate::results) const ICBS: Table = Table {
    name: "icbs",
    meaning: "Load, waits, travel and net cost by the patients' ICB. Only money differs between options with equal flow rules.",
    entities: &[("icb", "ODS code of the ICB that the patients live in")],
};

/// What is known of an ICB beforehand.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which switches some metrics on")]
pub(in crate::results) struct Resident {
    /// Some of its residents are in the model.
    pub present: bool,
    /// All of its residents' routes are in scope.
    pub whole: bool,
    /// Some first stage has a waiting list.
    pub waits: bool,
    /// Some first stage has a waiting list and a standard.
    pub list_standard: bool,
    /// Some stage has a waiting list and a standard.
    pub standard: bool,
    /// What can happen to some of its residents.
    pub can: Chances,
    /// The distance to some provider is known.
    pub distance: bool,
    /// Of some provider it is known in which ICB it lies.
    pub hosts: bool,
    /// Under one option: all patients of the pools that it feeds are in scope, so what it bears is known.
    pub bears: bool,
    /// Under one option: it is a member of a pool that bears over- and underspends.
    pub shares: bool,
    /// Under one option with budgets, of an ICB wholly in scope: from which share of its budget on an overspend is large.
    pub large_overspend: Option<f64>,
}

impl Resident {
    fn has_budget(&self) -> bool {
        self.large_overspend.is_some()
    }
    fn shares_budget(&self) -> bool {
        self.has_budget() && self.shares
    }
}

/// What happened to an ICB's residents in one period.
#[derive(Clone, Debug, Default)]
pub(in crate::results) struct Load {
    pub stays: Stays,
    pub access: Access,
    /// Starts of stages with a waiting list and a standard, and those within it.
    pub standard_starts: u64,
    pub within_standard: u64,
    /// Starts of first stages over a known distance, and their kilometres.
    pub journeys: u64,
    pub km: f64,
    /// Spells at providers of known place, and those outside the ICB.
    pub placed_spells: u64,
    pub outside_spells: u64,
    /// Waiting for first stages at the end of the period; those with a standard; those within it.
    pub waiting: u64,
    pub waiting_standard: u64,
    pub waiting_within: u64,
    /// Under one option.
    pub residents_cost: Pence,
    pub net_cost: Pence,
    /// Before sharing.
    pub own_cost: Pence,
    pub budget: Pence,
}

impl Foreseen for Resident {
    fn can(&self) -> &Chances {
        &self.can
    }
    fn first_waits(&self) -> bool {
        self.waits
    }
}

impl HasStays for Load {
    fn stays(&self) -> &Stays {
        &self.stays
    }
}

impl HasAccess for Load {
    fn access(&self) -> &Access {
        &self.access
    }
}

pub(in crate::results) static COLUMNS: [Column<Resident, Load>; 28] = [
    care::referrals("Residents referred in the period.", |icb| icb.present),
    care::spells(|icb| icb.present),
    care::bed_days(|icb| icb.present),
    Column {
        metric: Metric {
            name: "net_cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the ICB bears after sharing: its residents' costs where it bears their variance alone, and its share of the pools of its footprint or region. What NHS England bears is not shared out; drugs and devices are left out. In a scenario with a scope: for its patients in scope, and not given under options in which it feeds a pool that is only partly in scope.",
            formula: "own costs + for each pool its share by the option's risk_share, each financial year by itself (of a month, the month), to the penny: docs/money.md",
        },
        exists: |icb| icb.bears,
        value: |_, load| load.net_cost.pounds(),
    },
    Column {
        metric: Metric {
            name: "residents_cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the care of its residents costs, whoever pays and bears it; drugs and devices are left out. The one cost of an ICB that every tier has. In a scenario with a scope: of its patients in scope.",
            formula: "sum of the payments for its residents' care, budgets and pools left aside",
        },
        exists: |icb| icb.present,
        value: |_, load| load.residents_cost.pounds(),
    },
    Column {
        metric: Metric {
            name: "own_cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "The same before sharing: what its residents cost. Only for ICBs that share.",
            formula: "cost of the residents in services whose variance the ICB or its pool bears",
        },
        exists: |icb| icb.bears && icb.shares,
        value: |_, load| load.own_cost.pounds(),
    },
    Column {
        metric: Metric {
            name: "budget_gbp",
            unit: "GBP",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The budget for what the ICB bears. This and all that is compared with it: only where the option has budgets and the ICB is wholly in scope.",
            formula: "budgets for its residents in services whose variance the ICB or its pool bears; by days within a financial year",
        },
        exists: Resident::has_budget,
        value: |_, load| load.budget.pounds(),
    },
    Column {
        metric: Metric {
            name: "over_budget_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the ICB bears beyond its budget, after sharing; negative is an underspend.",
            formula: "net_cost_gbp - budget_gbp",
        },
        exists: Resident::has_budget,
        value: |_, load| (load.net_cost - load.budget).pounds(),
    },
    Column {
        metric: Metric {
            name: "own_over_budget_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "The same before sharing. Only for ICBs that share.",
            formula: "own_cost_gbp - budget_gbp",
        },
        exists: Resident::shares_budget,
        value: |_, load| (load.own_cost - load.budget).pounds(),
    },
    Column {
        metric: Metric {
            name: "overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely the ICB bears more than its budget, after sharing. Chance alone, with rates and prices known: a floor. Of a budget equal to the expected cost about one half, by construction.",
            formula: "replications with over_budget_gbp above zero / replications",
        },
        exists: Resident::has_budget,
        value: |_, load| f64::from(load.net_cost > load.budget),
    },
    Column {
        metric: Metric {
            name: "own_overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "The same before sharing. Only for ICBs that share.",
            formula: "replications with own_over_budget_gbp above zero / replications",
        },
        exists: Resident::shares_budget,
        value: |_, load| f64::from(load.own_cost > load.budget),
    },
    Column {
        metric: Metric {
            name: "large_overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely the ICB overspends, after sharing, by more than the share of its budget that the budget rule calls large.",
            formula: "replications with over_budget_gbp above large_overspend x budget_gbp / replications",
        },
        exists: Resident::has_budget,
        value: |icb, load| f64::from(is_large(load.net_cost - load.budget, load.budget, icb.large_overspend)),
    },
    Column {
        metric: Metric {
            name: "own_large_overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "The same before sharing. Only for ICBs that share.",
            formula: "replications with own_over_budget_gbp above large_overspend x budget_gbp / replications",
        },
        exists: Resident::shares_budget,
        value: |icb, load| f64::from(is_large(load.own_cost - load.budget, load.budget, icb.large_overspend)),
    },
    Column {
        metric: Metric {
            name: "overspend_when_over_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "How much the ICB overspends, after sharing, when it does.",
            formula: "mean of over_budget_gbp over the replications in which it is above zero",
        },
        exists: Resident::has_budget,
        value: |_, load| overspend(load.net_cost - load.budget),
    },
    Column {
        metric: Metric {
            name: "waiting_list",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Residents who wait for the first stage of a pathway at the end of the period.",
            formula: "count at the end of the period",
        },
        exists: |icb| icb.waits,
        value: |_, load| load.waiting as f64,
    },
    Column {
        metric: Metric {
            name: "list_over_standard",
            unit: "patients",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Of those still waiting at the end of the period, how many have waited longer than the standard.",
            formula: "waiting for first stages with a standard - waiting within it",
        },
        exists: |icb| icb.list_standard,
        value: |_, load| (load.waiting_standard - load.waiting_within) as f64,
    },
    Column {
        metric: Metric {
            name: "list_within_standard_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Higher,
            meaning: "Share of those still waiting at the end of the period who have waited no longer than the standard (as in the NHS 18-week measure).",
            formula: "waiting within the standard / waiting, for first stages with a standard",
        },
        exists: |icb| icb.list_standard,
        value: |_, load| ratio(load.waiting_within, load.waiting_standard),
    },
    Column {
        metric: Metric {
            name: "treated_within_standard_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Higher,
            meaning: "Share of those who started in the period who had waited no longer than the standard.",
            formula: "starts within the standard / starts, for stages with a standard and a waiting list",
        },
        exists: |icb| icb.standard,
        value: |_, load| ratio(load.within_standard, load.standard_starts),
    },
    care::treated(|icb| icb.present),
    care::treated_from_lists(),
    care::mean_wait_days(),
    care::wait_p92_days(),
    Column {
        metric: Metric {
            name: "mean_distance_km",
            unit: "km",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Mean distance from home to the provider that treats, of those who started the first stage in the period.",
            formula: "sum of kilometres / starts of first stages, over those whose distance is known",
        },
        exists: |icb| icb.distance,
        value: |_, load| load.km / load.journeys as f64,
    },
    Column {
        metric: Metric {
            name: "treated_outside_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Lower,
            meaning: "Share of residents' spells at providers outside their ICB, elsewhere included. Only for ICBs that are wholly in scope.",
            formula: "spells at providers hosted by another ICB or elsewhere / spells at providers of known host or elsewhere",
        },
        exists: |icb| icb.whole && icb.hosts,
        value: |_, load| ratio(load.outside_spells, load.placed_spells),
    },
    care::refused_share(),
    care::reneged_share(),
    care::transferred_share(),
    care::blocked_days(|icb| icb.can.blocks),
];
