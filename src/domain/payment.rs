//! How commissioners pay providers, and what they have to spend.

use super::Class;
use crate::ids::{IcbId, ProviderId, ServiceId};
use crate::units::{Billionths, Pence};
use std::collections::{BTreeMap, BTreeSet};

/// One set of payment rules.
#[derive(Clone, PartialEq, Debug)]
pub struct PaymentRules {
    /// Slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// Aligned payment with providers under the NHS Standard Contract; none: payment follows activity.
    pub aligned: Option<AlignedPayment>,
    /// Which pairs of ICB and provider have a low-volume block.
    pub low_volume: LowVolume,
    /// Who pays for excluded drugs and devices.
    pub drugs_holder: DrugsHolder,
    /// What a contract line costs its payer a year.
    pub contract_line_cost: Pence,
}

impl PaymentRules {
    /// Id of the rules of options that name none.
    pub const BASE: &'static str = "activity";

    /// Payment follows activity, drugs and devices included but with whoever holds their budget.
    pub fn activity() -> Self {
        Self {
            id: Self::BASE.to_owned(),
            name: "Payment follows activity".to_owned(),
            aligned: None,
            low_volume: LowVolume::None,
            drugs_holder: DrugsHolder::NhsEngland,
            contract_line_cost: Pence(0),
        }
    }
}

/// Fixed and variable elements (NHS Payment Scheme: aligned payment and incentive).
#[derive(Clone, PartialEq, Debug)]
pub struct AlignedPayment {
    /// Classes whose activity is variable, in services that state classes; all else is in the fixed element.
    pub variable_classes: BTreeSet<Class>,
    /// Points of delivery whose activity is variable.
    pub variable_points: BTreeSet<String>,
    /// What a difference from the agreed activity moves, as a share of the unit price.
    pub rate: Billionths,
}

/// The pairs that have a block in place of payment by activity. Blocks bind ICBs that pay themselves, never NHS England or pools.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LowVolume {
    /// None.
    None,
    /// The pairs of the table `low_volume_blocks`, with their values.
    Table {
        /// Whether what the ICB pays for services that the option gave it is inside the block, and not only the part of a
        /// service that is always the home ICB's.
        delegated_inside: bool,
    },
    /// A what-if: pairs whose agreed activity is worth less than this a year have a block of that worth. (In truth the threshold
    /// applies to the whole relationship of ICB and provider, of which a scenario holds a few services.)
    Threshold {
        /// Pounds a year.
        below: Pence,
        /// As for the table.
        delegated_inside: bool,
    },
}

/// Who holds the budget of excluded high-cost drugs and devices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DrugsHolder {
    /// NHS England.
    NhsEngland,
    /// Whoever pays for the service.
    Payer,
}

/// Yearly values that users state about the relationships of ICBs and providers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AgreedValues {
    /// Low-volume blocks, pence a financial year.
    pub blocks: BTreeMap<(IcbId, ProviderId), Pence>,
    /// The agreed activity's worth, pence a financial year; where not stated it is what the traffic equations expect.
    pub plans: BTreeMap<(IcbId, ProviderId, ServiceId), Pence>,
}

/// One set of budget rules. Budgets are made for each ICB of residence and service, and go with the service to whoever pays for it.
#[derive(Clone, PartialEq, Debug)]
pub struct BudgetRules {
    /// Slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// What they follow.
    pub basis: BudgetBasis,
    /// Growth from each financial year to the next, the first year of the run having none.
    pub growth: f64,
    /// Whether they are made with the scenario's factors on demand, stays and prices, as if these had been foreseen.
    pub follows_factors: bool,
    /// An overspend of more than this share of the budget counts as large.
    pub large_overspend: f64,
}

/// What budgets follow.
#[derive(Clone, PartialEq, Debug)]
pub enum BudgetBasis {
    /// Pence for the first financial year by ICB of residence and service.
    Stated(BTreeMap<(IcbId, ServiceId), Pence>),
    /// What the flows to providers under the flow rules `base` are expected to cost, by the traffic equations, times a factor.
    History {
        /// The factor.
        level: f64,
    },
    /// The same total for each service, shared by need-weighted registered population. A proxy, not an allocation.
    Need {
        /// Factor on the total.
        level: f64,
    },
    /// From history towards need: each year a budget moves by at most a share of what it was by history.
    Converging {
        /// Factor on the total.
        level: f64,
        /// The share.
        yearly_cap: f64,
    },
}
