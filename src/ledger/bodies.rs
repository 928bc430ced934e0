//! The bodies that hold roles.

use crate::domain::{Geography, IcbKind, Role, TieringOption};
use crate::ids::{FootprintId, IcbId, RegionId, SchemeId};

/// A body that can decide, pay, contract and bear variance. Ordered as tables list them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Body {
    /// An ICB for its own residents.
    Icb(IcbId),
    /// The ICBs of a footprint, through a pool.
    Footprint(FootprintId),
    /// The ICBs of a region, through a pool.
    Region(RegionId),
    /// NHS England.
    Nation,
}

impl Body {
    /// ODS code or slug, as in the scenario.
    pub fn id(self, geography: &Geography) -> &str {
        match self {
            Self::Icb(id) => &geography.icbs[id].id,
            Self::Footprint(id) => &geography.footprints[id].id,
            Self::Region(id) => &geography.regions[id].id,
            Self::Nation => TieringOption::NHS_ENGLAND,
        }
    }

    /// The body of an id; ids of ICBs, footprints and regions differ from each other.
    pub fn named(id: &str, geography: &Geography) -> Option<Self> {
        let icb = geography.icbs.iter_ids().find(|(_, icb)| icb.id == id).map(|(icb, _)| Self::Icb(icb));
        let footprint =
            || geography.footprints.iter_ids().find(|(_, one)| one.id == id).map(|(id, _)| Self::Footprint(id));
        let region = || geography.regions.iter_ids().find(|(_, one)| one.id == id).map(|(id, _)| Self::Region(id));
        let nation = || (id == TieringOption::NHS_ENGLAND).then_some(Self::Nation);
        icb.or_else(footprint).or_else(region).or_else(nation)
    }

    /// Whether the body covers an ICB. Other nations of the United Kingdom are covered by themselves alone.
    pub fn covers(self, icb: IcbId, geography: &Geography) -> bool {
        match self {
            Self::Icb(id) => id == icb,
            Self::Footprint(id) => geography.schemes[geography.footprints[id].scheme].footprint_of[icb] == Some(id),
            Self::Region(id) => geography.icbs[icb].region == Some(id),
            Self::Nation => geography.icbs[icb].kind == IcbKind::Board,
        }
    }

    /// The body that holds a role for the patients of an ICB at a provider hosted by `host`. A host's role falls to the
    /// patient's ICB where the provider has no host, or lies in another nation.
    pub(super) fn holding(
        role: Role,
        icb: IcbId,
        host: Option<IcbId>,
        scheme: Option<SchemeId>,
        geography: &Geography,
    ) -> Self {
        match role {
            Role::Icb => Self::Icb(icb),
            Role::Footprint => {
                let scheme = scheme.expect("an option with a footprint's role names its scheme");
                Self::Footprint(geography.schemes[scheme].footprint_of[icb].expect("a scheme has all boards"))
            }
            Role::Region => Self::Region(geography.icbs[icb].region.expect("a board has a region")),
            Role::Nation => Self::Nation,
            Role::HostIcb => Self::Icb(host.filter(|&host| geography.icbs[host].kind == IcbKind::Board).unwrap_or(icb)),
        }
    }
}
