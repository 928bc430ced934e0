//! Who decides and who pays, cell by cell, under one option.

use crate::domain::{Contribution, Geography, HomeArea, Role, TieringOption};
use crate::ids::{CellId, FootprintId, IcbId, Id, IndexVec, OptionId, ProviderId, RegionId, ServiceId};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::Billionths;

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

    /// Whether the body covers an ICB.
    pub fn covers(self, icb: IcbId, geography: &Geography) -> bool {
        match self {
            Self::Icb(id) => id == icb,
            Self::Footprint(id) => geography.schemes[geography.footprints[id].scheme].footprint_of[icb] == id,
            Self::Region(id) => geography.icbs[icb].region == id,
            Self::Nation => true,
        }
    }

    /// The body that holds a role for the patients of an ICB at a provider hosted by `host`. A host's role falls to the
    /// patient's ICB where the provider has no host.
    fn holding(role: Role, icb: IcbId, host: Option<IcbId>, option: &TieringOption, geography: &Geography) -> Self {
        match role {
            Role::Icb => Self::Icb(icb),
            Role::Footprint => {
                let scheme = option.scheme.expect("an option with a footprint's role names its scheme");
                Self::Footprint(geography.schemes[scheme].footprint_of[icb])
            }
            Role::Region => Self::Region(geography.icbs[icb].region),
            Role::Nation => Self::Nation,
            Role::HostIcb => Self::Icb(host.unwrap_or(icb)),
        }
    }
}

/// To whom the money of one cell goes, and from whom it comes. Bodies are positions in the lists of [`Arrangements`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Who earns it.
    pub provider: ProviderId,
    /// The commissioner under the option: pays `share`.
    pub payer: u32,
    /// The patient's ICB: pays the rest.
    pub rest_payer: u32,
    /// The specialised share.
    pub share: Billionths,
    /// The decider for these patients: decides on `share`.
    pub decider: u32,
    /// The patient's ICB: decides on the rest, as it pays for it.
    pub rest_decider: u32,
    /// Who would decide if the patients lived where the provider lies. Only for providers in scope: of the others the
    /// model does not hold all patients.
    pub host_decider: Option<u32>,
}

/// A footprint or region that pays, and the ICBs that feed its pool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContributionPool {
    /// Its position among the commissioners.
    pub commissioner: usize,
    /// Its ICBs in order.
    pub members: Vec<IcbId>,
    /// Their weights in thousandths of a person; not all zero.
    pub weights: Vec<u64>,
}

/// One option, resolved for every cell of a model.
#[derive(Clone, Debug)]
pub struct Arrangements {
    /// The option.
    pub option: OptionId,
    /// The bodies that pay, in order.
    pub commissioners: Vec<Body>,
    /// The bodies that decide for some patients, wholly or on the rest of a charge, or host some provider; in order.
    pub deciders: Vec<Body>,
    /// The pools among the commissioners.
    pub pools: Vec<ContributionPool>,
    /// By cell.
    pub postings: IndexVec<CellId, Posting>,
    pub(super) providers: usize,
    pub(super) icbs: usize,
}

impl Arrangements {
    /// Resolves who decides and who pays for every cell of the model under an option.
    ///
    /// # Panics
    /// If the option gives a role to footprints without naming their scheme, which no validated scenario does.
    pub fn compile(scenario: &Scenario, model: &Model, option: OptionId) -> Self {
        let roles = Roles::new(scenario, option);
        let resolved: Vec<Resolved> = model
            .cells
            .iter()
            .map(|cell| {
                let icb = scenario.geography.home_areas[cell.home_area].icb;
                let provider = &scenario.providers[cell.provider];
                let host = provider.host_icb;
                let (decider, host_decider) = roles.deciders(cell.service, icb, host);
                let payer = roles.payer(cell.service, icb, host);
                Resolved {
                    payer,
                    rest: (roles.share(cell.service) != Billionths::ONE).then_some(Body::Icb(icb)),
                    decider,
                    host_decider: host_decider.filter(|_| provider.in_scope),
                }
            })
            .collect();
        let commissioners = sorted(resolved.iter().flat_map(|cell| [Some(cell.payer), cell.rest]).flatten());
        let deciders =
            sorted(resolved.iter().flat_map(|cell| [Some(cell.decider), cell.rest, cell.host_decider]).flatten());
        let place = |bodies: &[Body], body: Body| bodies.partition_point(|other| *other < body) as u32;
        let postings = model
            .cells
            .iter()
            .zip(&resolved)
            .map(|(cell, bodies)| Posting {
                provider: cell.provider,
                payer: place(&commissioners, bodies.payer),
                rest_payer: place(&commissioners, bodies.rest.unwrap_or(bodies.payer)),
                share: roles.share(cell.service),
                decider: place(&deciders, bodies.decider),
                rest_decider: place(&deciders, bodies.rest.unwrap_or(bodies.decider)),
                host_decider: bodies.host_decider.map(|body| place(&deciders, body)),
            })
            .collect();
        let pools = commissioners
            .iter()
            .enumerate()
            .filter(|(_, body)| matches!(body, Body::Footprint(_) | Body::Region(_)))
            .map(|(commissioner, &body)| contribution_pool(scenario, commissioner, body, roles.option.contribution))
            .collect();
        Self {
            option,
            commissioners,
            deciders,
            pools,
            postings,
            providers: scenario.providers.len(),
            icbs: scenario.geography.icbs.len(),
        }
    }
}

struct Resolved {
    payer: Body,
    rest: Option<Body>,
    decider: Body,
    host_decider: Option<Body>,
}

fn sorted(bodies: impl Iterator<Item = Body>) -> Vec<Body> {
    let mut bodies: Vec<Body> = bodies.collect();
    bodies.sort_unstable();
    bodies.dedup();
    bodies
}

/// Who holds which role under one option.
pub(super) struct Roles<'a> {
    option: &'a TieringOption,
    scenario: &'a Scenario,
}

impl<'a> Roles<'a> {
    pub(super) fn new(scenario: &'a Scenario, option: OptionId) -> Self {
        Self { option: &scenario.options[option], scenario }
    }

    pub(super) fn payer(&self, service: ServiceId, icb: IcbId, host: Option<IcbId>) -> Body {
        Body::holding(self.option.arrangements[service].pays, icb, host, self.option, &self.scenario.geography)
    }

    /// Who holds the contract behind the payer's share.
    pub(super) fn contractor(&self, service: ServiceId, icb: IcbId, host: Option<IcbId>) -> Body {
        Body::holding(self.option.arrangements[service].contracts, icb, host, self.option, &self.scenario.geography)
    }

    /// The share of every charge that the option's commissioner pays.
    pub(super) fn share(&self, service: ServiceId) -> Billionths {
        Billionths::from_f64(self.scenario.services[service].specialised_share)
    }

    /// Who decides for the patients of an ICB, and who would if they lived at the host's.
    fn deciders(&self, service: ServiceId, icb: IcbId, host: Option<IcbId>) -> (Body, Option<Body>) {
        let role = self.option.arrangements[service].decides;
        let body = |icb| Body::holding(role, icb, host, self.option, &self.scenario.geography);
        (body(icb), host.map(body))
    }
}

/// The pool of a body: its ICBs, weighted by the population of their home areas.
///
/// An area without a need-weighted population counts with its registered one. Where no ICB of the pool has any
/// population, all have the same weight.
fn contribution_pool(scenario: &Scenario, commissioner: usize, body: Body, basis: Contribution) -> ContributionPool {
    let geography = &scenario.geography;
    let persons = |area: &HomeArea| match basis {
        Contribution::NeedWeightedPopulation => area.need_weighted_population.or(area.population),
        Contribution::RegisteredPopulation => area.population,
    };
    let members: Vec<IcbId> = geography.icbs.ids().filter(|&icb| body.covers(icb, geography)).collect();
    let mut by_icb = vec![0.0; geography.icbs.len()];
    for area in &geography.home_areas {
        by_icb[area.icb.index()] += persons(area).unwrap_or(0.0);
    }
    let mut weights: Vec<u64> = members.iter().map(|icb| libm::round(by_icb[icb.index()] * 1e3) as u64).collect();
    if weights.iter().all(|&weight| weight == 0) {
        weights.fill(1);
    }
    ContributionPool { commissioner, members, weights }
}
