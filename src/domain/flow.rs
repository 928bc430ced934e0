//! Flow rules: all of an option that decides where patients go.

use super::Class;
use crate::ids::{HomeAreaId, IndexVec, ProviderId, SchemeId, ServiceId};
use std::collections::BTreeMap;
use std::fmt;

/// How far from home: the body of the home area that a provider's host ICB belongs to as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// The home area's ICB.
    Icb,
    /// Its footprint.
    Footprint,
    /// Its region.
    Region,
    /// Everywhere.
    Nation,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Icb => "icb",
            Self::Footprint => "footprint",
            Self::Region => "region",
            Self::Nation => "nation",
        })
    }
}

/// Where a patient goes who finds the first choice full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    /// Nowhere else.
    None,
    /// To the nearest provider with a free place: those of the home area's ICB first, then of its footprint, its region, the
    /// nation.
    Nearest,
    /// To the first provider with a free place in the order of the table `overflow`.
    Listed,
}

/// Where a patient waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitingList {
    /// On the list of the first choice.
    Own,
    /// On one list that the first choice shares with the candidates of the overflow: the first with a place treats.
    Shared,
}

/// The flow rules of one service.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FlowRule {
    /// What "footprint" means here.
    pub scheme: Option<SchemeId>,
    /// A referral goes to a provider within this reach if there is any; those whose choice lies outside choose again
    /// inside, in proportion. `Nation`: the choice is free.
    pub first: Reach,
    /// Where to when the first choice is full.
    pub overflow: Overflow,
    /// No candidate of the overflow lies farther out than this.
    pub reach: Reach,
    /// No candidate of the overflow is farther from the home area, in kilometres.
    pub within_km: Option<f64>,
    /// The classes that may go on to another provider, in the order of [`Class::ALL`].
    pub classes: [bool; 3],
    /// Where patients wait.
    pub list: WaitingList,
}

impl FlowRule {
    /// Whether patients of a class may go on to another provider.
    pub fn sends_on(&self, class: Class) -> bool {
        self.overflow != Overflow::None && self.classes[class.index()]
    }

    /// Free choice, no overflow, own lists.
    pub const PLAIN: Self = Self {
        scheme: None,
        first: Reach::Nation,
        overflow: Overflow::None,
        reach: Reach::Nation,
        within_km: None,
        classes: [true; 3],
        list: WaitingList::Own,
    };
}

/// A named set of flow rules; options with the same set share a simulation.
#[derive(Clone, PartialEq, Debug)]
pub struct FlowRules {
    /// Slug; `base` holds for options that name no set.
    pub id: String,
    /// The rule of each service.
    pub rules: IndexVec<ServiceId, FlowRule>,
}

impl FlowRules {
    /// The set of options that name none.
    pub const BASE: &'static str = "base";

    /// The set `base` without any rule, for so many services.
    pub fn plain(services: usize) -> Self {
        Self { id: Self::BASE.to_owned(), rules: vec![FlowRule::PLAIN; services].into() }
    }
}

/// Candidates in a stated order, for [`Overflow::Listed`]: by service and full provider the home area that the row is for
/// (none: for all), its order, and the provider to try; sorted by order.
pub type OverflowTable = BTreeMap<(ServiceId, ProviderId), Vec<(Option<HomeAreaId>, u32, ProviderId)>>;
