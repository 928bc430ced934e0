//! Tables `coverage` and `reconciliation`: the model against what is stated elsewhere.

use super::{Better, Column, Kind, Metric, Table};
use crate::domain::ControlTotal;

pub(in crate::results) const COVERAGE: Table = Table {
    name: "coverage",
    meaning: "How much of the stated delegated spend the scenario models. Only where stated_spend has rows.",
    entities: &[
        ("service", "slug of the service; * is all delegated services together"),
        ("year", "the financial year of the stated spend; the model's prices and activity may be of another"),
    ],
};

/// What is known of a stated spend beforehand: pounds a year.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Stated(pub f64);

/// What was modelled of it in one period: pounds a year.
#[derive(Clone, Copy, Debug)]
pub(in crate::results) struct Modelled(pub f64);

pub(in crate::results) static COVERAGE_COLUMNS: [Column<Stated, Modelled>; 3] = [
    Column {
        metric: Metric {
            name: "modelled_gbp_per_year",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value in a financial year of the specialised share of the activity in the scenario, and in scope, at the price list; drugs and devices left out.",
            formula: "specialised_share x sum over cells of price x activity x Market Forces Factor / financial years in the period; of * over services suitable now or later",
        },
        exists: |_| true,
        value: |_, modelled| modelled.0,
    },
    Column {
        metric: Metric {
            name: "stated_gbp_per_year",
            unit: "GBP",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The spend as stated.",
            formula: "value_gbp of stated_spend",
        },
        exists: |_| true,
        value: |stated, _| stated.0,
    },
    Column {
        metric: Metric {
            name: "modelled_share",
            unit: "share",
            kind: Kind::Share,
            better: Better::Neither,
            meaning: "Share of the stated spend that the scenario models; above 1 the model is dearer than what is stated.",
            formula: "modelled_gbp_per_year / stated_gbp_per_year",
        },
        exists: |stated| stated.0 > 0.0,
        value: |stated, modelled| modelled.0 / stated.0,
    },
];

pub(in crate::results) const RECONCILIATION: Table = Table {
    name: "reconciliation",
    meaning: "The model against the user's control totals, by provider and service. Only where control_totals has rows.",
    entities: &[("provider", "ODS code"), ("service", "slug of the service")],
};

pub(in crate::results) static RECONCILIATION_COLUMNS: [Column<ControlTotal, Modelled>; 7] = [
    Column {
        metric: Metric {
            name: "model_gbp_per_year",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "Value of the modelled activity in a financial year, at the price list; drugs and devices left out. In a scenario with a scope: of patients in scope.",
            formula: "sum over cells of price x activity x Market Forces Factor / financial years in the period",
        },
        exists: |_| true,
        value: |_, modelled| modelled.0,
    },
    Column {
        metric: Metric {
            name: "plan_gbp_per_year",
            unit: "GBP",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The plan as stated.",
            formula: "plan of control_totals",
        },
        exists: |total| total.plan.is_some(),
        value: |total, _| total.plan.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "model_less_plan_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "How far the model is above the plan, in a financial year.",
            formula: "model_gbp_per_year - plan_gbp_per_year",
        },
        exists: |total| total.plan.is_some(),
        value: |total, modelled| modelled.0 - total.plan.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "model_less_plan_percent",
            unit: "per cent",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "The same in per cent of the plan.",
            formula: "100 x model_less_plan_gbp / plan_gbp_per_year",
        },
        exists: |total| total.plan.is_some_and(|plan| plan > 0.0),
        value: |total, modelled| percent(modelled.0, total.plan),
    },
    Column {
        metric: Metric {
            name: "outturn_gbp_per_year",
            unit: "GBP",
            kind: Kind::Fixed,
            better: Better::Neither,
            meaning: "The outturn as stated.",
            formula: "outturn of control_totals",
        },
        exists: |total| total.outturn.is_some(),
        value: |total, _| total.outturn.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "model_less_outturn_gbp",
            unit: "GBP",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "How far the model is above the outturn, in a financial year.",
            formula: "model_gbp_per_year - outturn_gbp_per_year",
        },
        exists: |total| total.outturn.is_some(),
        value: |total, modelled| modelled.0 - total.outturn.unwrap_or(f64::NAN),
    },
    Column {
        metric: Metric {
            name: "model_less_outturn_percent",
            unit: "per cent",
            kind: Kind::Mean,
            better: Better::Neither,
            meaning: "The same in per cent of the outturn.",
            formula: "100 x model_less_outturn_gbp / outturn_gbp_per_year",
        },
        exists: |total| total.outturn.is_some_and(|outturn| outturn > 0.0),
        value: |total, modelled| percent(modelled.0, total.outturn),
    },
];

fn percent(model: f64, stated: Option<f64>) -> f64 {
    let stated = stated.unwrap_or(f64::NAN);
    100.0 * (model - stated) / stated
}
