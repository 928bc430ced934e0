//! By which mechanism a part of a cell's activity is paid for.

use super::Body;
use crate::domain::{AlignedPayment, LowVolume, PaymentRules};
use crate::ids::{IcbId, ProviderId};
use crate::model::{CellPlan, Model};
use crate::scenario::Scenario;
use crate::units::{Billionths, DAYS_PER_YEAR};
use std::collections::BTreeMap;

/// How a part of a cell's activity is paid for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mechanism {
    /// Price x activity.
    Activity,
    /// Price x agreed activity, whatever happens: the fixed element of aligned payment.
    Fixed,
    /// Price x agreed activity, and a share of the price for what differs from it: the variable element.
    Variable(Billionths),
    /// Inside the low-volume block of the patient's ICB and the provider.
    Block,
}

impl Mechanism {
    /// The share of its value that activity moves.
    pub fn rate(self) -> Billionths {
        match self {
            Self::Activity => Billionths::ONE,
            Self::Variable(rate) => rate,
            Self::Fixed | Self::Block => Billionths(0),
        }
    }
}

/// A part of a cell's money, of which the mechanism is to be found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) payer: Body,
    /// The patient's ICB.
    pub(super) icb: IcbId,
    /// Whether it is the option that makes the payer pay, and not that the part is always the home ICB's.
    pub(super) by_option: bool,
    /// What it is expected to be worth, pence a day.
    pub(super) agreed: f64,
}

/// The payment rules of an option, with the worth of its low-volume blocks.
pub(super) struct Mechanisms<'a> {
    scenario: &'a Scenario,
    model: &'a Model,
    rules: &'a PaymentRules,
    /// Pence a financial year; only of pairs that have a block.
    blocks: BTreeMap<(IcbId, ProviderId), f64>,
}

impl<'a> Mechanisms<'a> {
    /// `parts` are those of all cells of one phase.
    pub(super) fn new<'p>(
        scenario: &'a Scenario,
        model: &'a Model,
        rules: &'a PaymentRules,
        parts: impl Iterator<Item = (&'p CellPlan, Asked)>,
    ) -> Self {
        let mut this = Self { scenario, model, rules, blocks: BTreeMap::new() };
        match rules.low_volume {
            LowVolume::None => {}
            LowVolume::Table { .. } => {
                this.blocks = scenario.agreed.blocks.iter().map(|(&pair, pence)| (pair, pence.0 as f64)).collect();
            }
            LowVolume::Threshold { below, .. } => {
                let mut worth: BTreeMap<(IcbId, ProviderId), f64> = BTreeMap::new();
                for (cell, part) in parts {
                    if this.may_be_inside(cell, part) {
                        *worth.entry((part.icb, cell.provider)).or_default() += part.agreed * DAYS_PER_YEAR;
                    }
                }
                this.blocks = worth.into_iter().filter(|&(_, pence)| pence > 0.0 && pence < below.0 as f64).collect();
            }
        }
        this
    }

    /// How a part of a cell is paid for.
    pub(super) fn of(&self, cell: &CellPlan, part: Asked) -> Mechanism {
        if self.blocks.contains_key(&(part.icb, cell.provider)) && self.may_be_inside(cell, part) {
            return Mechanism::Block;
        }
        match &self.rules.aligned {
            Some(aligned) if self.scenario.providers[cell.provider].aligned => self.aligned(aligned, cell),
            _ => Mechanism::Activity,
        }
    }

    /// The blocks of pairs, pence a financial year.
    pub(super) fn into_blocks(self) -> BTreeMap<(IcbId, ProviderId), f64> {
        self.blocks
    }

    fn may_be_inside(&self, cell: &CellPlan, part: Asked) -> bool {
        let delegated_inside = match self.rules.low_volume {
            LowVolume::None => return false,
            LowVolume::Table { delegated_inside } | LowVolume::Threshold { delegated_inside, .. } => delegated_inside,
        };
        let pays_itself = part.payer == Body::Icb(part.icb);
        let provider = &self.scenario.providers[cell.provider];
        pays_itself && (delegated_inside || !part.by_option) && provider.aligned && !provider.is_elsewhere()
    }

    fn aligned(&self, rules: &AlignedPayment, cell: &CellPlan) -> Mechanism {
        let service = &self.scenario.services[cell.service];
        let by_class = service.classes.is_some() && rules.variable_classes.contains(&cell.class);
        let line = &self.model.lines[cell.line];
        let by_point = rules.variable_points.contains(&service.stages[line.stage].point_of_delivery);
        if by_class || by_point { Mechanism::Variable(rules.rate) } else { Mechanism::Fixed }
    }
}
