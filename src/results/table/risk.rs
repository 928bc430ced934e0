//! Table `risk`.

use super::bodies::{is_large, overspend};
use super::{Better, Column, Kind, Metric, Table};
use crate::units::Pence;

pub(in crate::results) const RISK: Table = Table {
    name: "risk",
    meaning: "How uncertain each body's costs are under each option: by chance alone, and with demand that varies beyond chance; before and after sharing. Before: what commissioners owe. After: what ICBs bear. Only of bodies that are wholly in scope and, unless the scenario states how demand varies, of options with budgets.",
    entities: &[
        ("body", "who pays or bears: ODS code of an ICB or region, slug of a footprint, or nhs-england"),
        (
            "basis",
            "`chance`: the run, with rates known for certain: a floor. `demand`: the same patients and stays with rates that vary as [uncertainty] states",
        ),
        (
            "sharing",
            "`before`: what the body owes as a commissioner, as in commissioners; `after`: what the ICB bears in the end, as in icbs",
        ),
    ],
};

/// What demand varies by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::results) enum Basis {
    /// Chance alone.
    Chance,
    /// The scenario's uncertainty too.
    Demand,
}

impl Basis {
    pub(in crate::results) fn word(self) -> &'static str {
        match self {
            Self::Chance => "chance",
            Self::Demand => "demand",
        }
    }
}

/// What is known of a body beforehand.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Exposed {
    /// Where the option has budgets: from which share of its budget on an overspend is large.
    pub large_overspend: Option<f64>,
}

impl Exposed {
    fn has_budget(&self) -> bool {
        self.large_overspend.is_some()
    }
}

/// What a body spent in one period.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Spent {
    pub cost: Pence,
    pub budget: Pence,
}

impl Spent {
    fn over(&self) -> Pence {
        self.cost - self.budget
    }
}

pub(in crate::results) static COLUMNS: [Column<Exposed, Spent>; 5] = [
    Column {
        metric: Metric {
            name: "cost_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "What the body owes, or bears after sharing. Its standard deviation and likely range are the risk.",
            formula: "cost_gbp in commissioners (before) or net_cost_gbp in icbs (after)",
        },
        exists: |_| true,
        value: |_, spent| spent.cost.pounds(),
    },
    Column {
        metric: Metric {
            name: "over_budget_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "Cost beyond the budget; negative is an underspend.",
            formula: "cost_gbp - budget_gbp",
        },
        exists: Exposed::has_budget,
        value: |_, spent| spent.over().pounds(),
    },
    Column {
        metric: Metric {
            name: "overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely cost is above the budget. Of a budget equal to the expected cost about one half, by construction.",
            formula: "replications with over_budget_gbp above zero / replications",
        },
        exists: Exposed::has_budget,
        value: |_, spent| f64::from(spent.over() > Pence(0)),
    },
    Column {
        metric: Metric {
            name: "large_overspend_probability",
            unit: "probability",
            kind: Kind::Event,
            better: Better::Lower,
            meaning: "How likely the overspend is more than the share of the budget that the budget rule calls large.",
            formula: "replications with over_budget_gbp above large_overspend x budget_gbp / replications",
        },
        exists: Exposed::has_budget,
        value: |body, spent| f64::from(is_large(spent.over(), spent.budget, body.large_overspend)),
    },
    Column {
        metric: Metric {
            name: "overspend_when_over_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Lower,
            meaning: "How much the overspend is when there is one.",
            formula: "mean of over_budget_gbp over the replications in which it is above zero",
        },
        exists: Exposed::has_budget,
        value: |_, spent| overspend(spent.over()),
    },
];
