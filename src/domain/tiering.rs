//! Tiering options: who decides, pays, contracts and bears the variance for each service.

use crate::ids::{FlowId, IndexVec, SchemeId, ServiceId};
use std::fmt;

/// The level at which a service is planned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tier {
    /// Each ICB for its own residents.
    SingleIcb,
    /// The ICBs of a footprint together.
    MultiIcb,
    /// The region.
    Regional,
    /// The nation.
    National,
}

impl Tier {
    /// The role that this tier gives to every task by default.
    pub fn role(self) -> Role {
        match self {
            Self::SingleIcb => Role::Icb,
            Self::MultiIcb => Role::Footprint,
            Self::Regional => Role::Region,
            Self::National => Role::Nation,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SingleIcb => "single-icb",
            Self::MultiIcb => "multi-icb",
            Self::Regional => "regional",
            Self::National => "national",
        })
    }
}

/// Which body holds a role for a patient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The ICB of the patient.
    Icb,
    /// The footprint of the patient's ICB, in the option's scheme.
    Footprint,
    /// The region of the patient's ICB.
    Region,
    /// NHS England.
    Nation,
    /// The ICB that hosts the provider (contracts only).
    HostIcb,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Icb => "icb",
            Self::Footprint => "footprint",
            Self::Region => "region",
            Self::Nation => "nhs-england",
            Self::HostIcb => "host-icb",
        })
    }
}

/// The four roles for one service under one option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrangement {
    /// Decides on capacity, sites and flow rules.
    pub decides: Role,
    /// Pays: a footprint or a region pays from a pool that its ICBs feed.
    pub pays: Role,
    /// Holds the contracts.
    pub contracts: Role,
    /// Bears the difference between plan and outturn.
    pub bears_variance: Role,
}

impl Arrangement {
    /// One body in all four roles.
    pub fn all(role: Role) -> Self {
        Self { decides: role, pays: role, contracts: role, bears_variance: role }
    }
}

/// By what ICBs feed the pool of their footprint or region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Contribution {
    /// In proportion to need-weighted registered population.
    NeedWeightedPopulation,
    /// In proportion to registered population.
    RegisteredPopulation,
}

impl fmt::Display for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeedWeightedPopulation => "need-weighted-population",
            Self::RegisteredPopulation => "registered-population",
        })
    }
}

/// One way of tiering all services.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TieringOption {
    /// Slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The scheme of footprints, where a role is a footprint's.
    pub scheme: Option<SchemeId>,
    /// How pools are fed.
    pub contribution: Contribution,
    /// Its flow rules.
    pub flow_rules: FlowId,
    /// The arrangement of each service.
    pub arrangements: IndexVec<ServiceId, Arrangement>,
}

impl TieringOption {
    /// The body that pays for national services.
    pub const NHS_ENGLAND: &'static str = "nhs-england";
}
