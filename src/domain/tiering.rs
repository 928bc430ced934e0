//! Tiering options: who decides, pays, contracts and bears the variance for each service.

use crate::ids::{BudgetId, FlowId, IndexVec, PaymentId, RegionId, SchemeId, ServiceId};
use jiff::civil::Date;
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

/// How far the commissioning of a service has moved away from NHS England. It names who is accountable and moves no money:
/// that is what the roles do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// NHS England commissions.
    Retained,
    /// A statutory joint committee of ICBs and NHS England decides; NHS England pays.
    Joint,
    /// The ICB commissions; NHS England stays accountable.
    Delegated,
    /// The ICB commissions by statute.
    Transferred,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retained => "retained",
            Self::Joint => "joint",
            Self::Delegated => "delegated",
            Self::Transferred => "transferred",
        })
    }
}

/// The four roles for one service under one option, and its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrangement {
    /// How far it has moved away from NHS England.
    pub state: State,
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
        let state = if role == Role::Nation { State::Retained } else { State::Delegated };
        Self { state, decides: role, pays: role, contracts: role, bears_variance: role }
    }
}

/// The arrangements that hold from one date until the next phase begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phase {
    /// The first day; none: since ever.
    pub from: Option<Date>,
    /// By the region of the patient's ICB, the arrangement of each service.
    pub arrangements: IndexVec<RegionId, IndexVec<ServiceId, Arrangement>>,
}

/// Services and regions with equal arrangements in one phase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArrangementGroup {
    /// The first day of the phase; none: since ever.
    pub from: Option<Date>,
    /// The arrangement.
    pub arrangement: Arrangement,
    /// The regions.
    pub regions: Vec<RegionId>,
    /// The services.
    pub services: Vec<ServiceId>,
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

/// How the ICBs of a footprint or region that bears the variance share over- and underspends, each financial year.
///
/// In every case the members together bear what their residents cost.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RiskShare {
    /// The rule.
    pub rule: ShareRule,
    /// Whether charges for excess bed-days, the mark of rare and costly cases, are pooled before the rule: all members pay them
    /// by contribution.
    pub top_slice: bool,
}

/// How over- and underspends are shared.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ShareRule {
    /// Each bears the cost of its own residents.
    None,
    /// Budget and a share of the pool's over- or underspend by contribution; without budgets a share of its whole cost.
    ByContribution,
    /// Budget and a share of the pool's over- or underspend by the cost of the own residents; without budgets that cost.
    ByUse,
    /// Each bears its own over- or underspend up to a share of its budget; what lies beyond is pooled and shared by
    /// contribution. Needs budgets.
    CapAndCollar {
        /// The share of the budget, in both directions.
        limit: f64,
    },
}

impl fmt::Display for ShareRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::ByContribution => "by-contribution",
            Self::ByUse => "by-use",
            Self::CapAndCollar { .. } => "cap-and-collar",
        })
    }
}

impl fmt::Display for RiskShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            ShareRule::CapAndCollar { limit } => write!(f, "{} {}", self.rule, limit),
            rule => rule.fmt(f),
        }
    }
}

impl Default for RiskShare {
    fn default() -> Self {
        Self { rule: ShareRule::ByContribution, top_slice: false }
    }
}

/// One way of tiering all services.
#[derive(Clone, PartialEq, Debug)]
pub struct TieringOption {
    /// Slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The scheme of footprints, where a role is a footprint's.
    pub scheme: Option<SchemeId>,
    /// How pools are fed.
    pub contribution: Contribution,
    /// How the members of a pool share what it spends more or less than planned.
    pub risk_share: RiskShare,
    /// Its flow rules.
    pub flow_rules: FlowId,
    /// Its payment rules.
    pub payment: PaymentId,
    /// Its budget rules; none: nobody has a budget.
    pub budget: Option<BudgetId>,
    /// The phases in order; the first has no date.
    pub phases: Vec<Phase>,
}

impl TieringOption {
    /// The body that pays for national services.
    pub const NHS_ENGLAND: &'static str = "nhs-england";

    /// The arrangements of each phase, services and regions with equal ones together, in order of first appearance.
    pub fn groups(&self) -> Vec<ArrangementGroup> {
        let mut groups: Vec<ArrangementGroup> = Vec::new();
        for phase in &self.phases {
            let first = groups.len();
            let Some(services) = phase.arrangements.iter().next() else { continue };
            for service in services.ids() {
                let mut kinds: Vec<(Arrangement, Vec<RegionId>)> = Vec::new();
                for (region, arrangements) in phase.arrangements.iter_ids() {
                    match kinds.iter_mut().find(|(known, _)| *known == arrangements[service]) {
                        Some((_, regions)) => regions.push(region),
                        None => kinds.push((arrangements[service], vec![region])),
                    }
                }
                for (arrangement, regions) in kinds {
                    let same =
                        |group: &&mut ArrangementGroup| group.arrangement == arrangement && group.regions == regions;
                    match groups[first..].iter_mut().find(same) {
                        Some(group) => group.services.push(service),
                        None => groups.push(ArrangementGroup {
                            from: phase.from,
                            arrangement,
                            regions,
                            services: vec![service],
                        }),
                    }
                }
            }
        }
        groups
    }

    /// All arrangements, of every phase, region and service.
    pub fn arrangements(&self) -> impl Iterator<Item = &Arrangement> {
        self.phases.iter().flat_map(|phase| phase.arrangements.iter().flatten())
    }
}
