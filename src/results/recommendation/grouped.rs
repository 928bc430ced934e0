//! Groups of ICBs that keep most of their patients, by the flows that the traffic equations expect.

use super::figures::boards;
use super::{Body, COMPARED, GROUPS};
use crate::domain::Tier;
use crate::experiment::{FlowMap, GroupLimits, Grouping, GroupingError, Simulation, group};
use crate::ids::{FootprintId, IcbId, ServiceId};
use crate::model::Model;
use crate::results::{Making, Manifest, Prepared};
use crate::scenario::Scenario;
use crate::units::DAYS_PER_YEAR;
use std::collections::BTreeMap;

/// What groups are wanted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GroupsWanted {
    /// How many.
    pub groups: usize,
    /// The least ICBs of a group.
    pub least: usize,
    /// The most ICBs of a group.
    pub most: usize,
    /// The most registered persons of a group, where there is a limit.
    pub most_population: Option<f64>,
}

/// Of what the flows are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All services together, patient by patient.
    All,
    /// One service.
    Service(ServiceId),
}

/// A way of grouping ICBs, with what it keeps.
#[derive(Clone, PartialEq, Debug)]
pub struct Compared {
    /// Of what flows.
    pub scope: Scope,
    /// `from-flows`, a scheme, or `regions`.
    pub scheme: String,
    /// How many groups.
    pub groups: usize,
    /// Least and most ICBs of a group.
    pub sizes: (usize, usize),
    /// Share of all patients treated in their own group.
    pub kept: f64,
    /// Whether it keeps the limits that were asked for, contiguity among them.
    pub within_limits: bool,
    /// Of groups found: no other within the limits keeps more.
    pub bound: Option<f64>,
}

/// The groups that were found.
#[derive(Clone, PartialEq, Debug)]
pub struct Grouped {
    /// What was wanted.
    pub wanted: GroupsWanted,
    /// The ICBs that are grouped, sorted.
    pub icbs: Vec<IcbId>,
    /// The groups over all services first, then of each service: by ICB its group, and by group the share of its patients that it
    /// keeps.
    pub found: Vec<(Scope, Grouping, Vec<f64>)>,
    /// They and the groups in use.
    pub compared: Vec<Compared>,
}

/// Why there are no groups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupedError {
    /// The scenario has no table `adjacency`.
    NoMap,
    /// A board has no population, and there is a limit to it.
    NoPopulation(String),
    /// The grouping failed; ids of the ICBs that its error is about, in pieces.
    Grouping(GroupingError, Vec<Vec<String>>),
}

/// Persons registered in some ICBs, where every home area states its own.
pub fn population(scenario: &Scenario, icbs: &[IcbId]) -> Option<f64> {
    let areas = scenario.geography.home_areas.iter().filter(|area| icbs.contains(&area.icb));
    areas.map(|area| area.population).sum()
}

/// The flows of a service, or of all, between some ICBs: patients a year from one's residents to another's providers.
fn flow_map(scenario: &Scenario, model: &Model, scope: Scope, icbs: &[IcbId], borders: &[(usize, usize)]) -> FlowMap {
    let geography = &scenario.geography;
    let at = |icb: IcbId| icbs.binary_search(&icb).ok();
    let mut flows = vec![vec![0.0; icbs.len()]; icbs.len()];
    let mut lost = vec![0.0; icbs.len()];
    for (id, route) in model.routes.iter_ids() {
        let stream = &model.streams[route.stream];
        if matches!(scope, Scope::Service(service) if service != stream.service) {
            continue;
        }
        let Some(home) = at(geography.home_areas[stream.home_area].icb) else { continue };
        let provider = &scenario.providers[route.provider];
        let patients = model.expected.referrals_per_day[id] * DAYS_PER_YEAR;
        match provider.host_icb.map(at) {
            Some(Some(host)) => flows[home][host] += patients,
            // With another nation, or elsewhere.
            Some(None) => lost[home] += patients,
            None if provider.is_elsewhere() => lost[home] += patients,
            // Nobody knows where it lies, so its patients are in no share.
            None => {}
        }
    }
    let mut population = vec![0.0; icbs.len()];
    for area in &geography.home_areas {
        if let Some(icb) = at(area.icb) {
            population[icb] += area.population.unwrap_or(0.0);
        }
    }
    FlowMap::new(flows, lost, population, borders)
}

/// The ways of grouping that a scenario has: its schemes, and the regions.
fn in_use(scenario: &Scenario, icbs: &[IcbId]) -> Vec<(String, Vec<usize>)> {
    let geography = &scenario.geography;
    let numbered = |key: &dyn Fn(IcbId) -> Option<usize>| -> Option<Vec<usize>> {
        let mut names: Vec<usize> = Vec::new();
        let number = |icb: &IcbId| {
            let key = key(*icb)?;
            Some(names.iter().position(|known| *known == key).unwrap_or_else(|| {
                names.push(key);
                names.len() - 1
            }))
        };
        icbs.iter().map(number).collect()
    };
    let of_scheme = |scheme: &crate::domain::Scheme| {
        let footprint = |icb: IcbId| scheme.footprint_of[icb].map(|id: FootprintId| id.0 as usize);
        Some((scheme.id.clone(), numbered(&footprint)?))
    };
    let regions = numbered(&|icb| geography.icbs[icb].region.map(|region| region.0 as usize));
    geography.schemes.iter().filter_map(of_scheme).chain(regions.map(|of| ("regions".to_owned(), of))).collect()
}

/// Numbers of groups, and least and most ICBs of a group, of the ways of grouping that a scenario has.
pub fn sizes_in_use(scenario: &Scenario) -> Vec<(String, usize, (usize, usize))> {
    let sizes = |(scheme, group_of): (String, Vec<usize>)| {
        let (groups, sizes) = sizes(&group_of);
        (scheme, groups, sizes)
    };
    in_use(scenario, &boards(scenario)).into_iter().map(sizes).collect()
}

fn sizes(group_of: &[usize]) -> (usize, (usize, usize)) {
    let groups = group_of.iter().max().map_or(0, |last| last + 1);
    let size = |group: usize| group_of.iter().filter(|of| **of == group).count();
    let sizes = || (0..groups).map(size);
    (groups, (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0)))
}

/// Groups ICBs by the flows of a model, over all services and of each of some; nothing is simulated.
///
/// # Errors
/// [`GroupedError`].
pub fn grouped(
    scenario: &Scenario,
    model: &Model,
    wanted: GroupsWanted,
    services: &[ServiceId],
) -> Result<Grouped, GroupedError> {
    let geography = &scenario.geography;
    let icbs = boards(scenario);
    let Some(pairs) = &geography.borders else { return Err(GroupedError::NoMap) };
    let at = |icb: IcbId| icbs.binary_search(&icb).ok();
    let borders: Vec<(usize, usize)> = pairs.iter().filter_map(|&(one, other)| at(one).zip(at(other))).collect();
    if wanted.most_population.is_some()
        && let Some(area) = geography.home_areas.iter().find(|area| area.population.is_none() && at(area.icb).is_some())
    {
        return Err(GroupedError::NoPopulation(area.id.clone()));
    }
    let limits = GroupLimits {
        groups: wanted.groups,
        least: wanted.least,
        most: wanted.most,
        most_population: wanted.most_population.unwrap_or(f64::INFINITY),
    };
    let used = in_use(scenario, &icbs);
    let starts: Vec<Vec<usize>> = used.iter().map(|(_, group_of)| group_of.clone()).collect();
    let named = |places: &[usize]| places.iter().map(|&place| geography.icbs[icbs[place]].id.clone()).collect();
    let problem = |error: GroupingError| {
        let places: Vec<Vec<usize>> = match &error {
            GroupingError::Unconnected(pieces) => pieces.clone(),
            GroupingError::Crowded(place) => vec![vec![*place]],
            _ => Vec::new(),
        };
        GroupedError::Grouping(error, places.iter().map(|places| named(places)).collect())
    };
    let mut all = Grouped { wanted, icbs: icbs.clone(), found: Vec::new(), compared: Vec::new() };
    let referred = |service: &ServiceId| model.streams.iter().any(|stream| stream.service == *service);
    let own = services.iter().copied().filter(referred).map(Scope::Service);
    for scope in std::iter::once(Scope::All).chain(own) {
        let map = flow_map(scenario, model, scope, &icbs, &borders);
        if map.total() <= 0.0 {
            continue;
        }
        let found = group(&map, &limits, &starts).map_err(problem)?;
        let (groups, spread) = sizes(&found.group_of);
        all.compared.push(Compared {
            scope,
            scheme: "from-flows".to_owned(),
            groups,
            sizes: spread,
            kept: found.kept,
            within_limits: true,
            bound: Some(found.kept + found.gap()),
        });
        for (scheme, group_of) in &used {
            let (groups, sizes) = sizes(group_of);
            all.compared.push(Compared {
                scope,
                scheme: scheme.clone(),
                groups,
                sizes,
                kept: map.kept(group_of),
                within_limits: map.allows(group_of, &limits),
                bound: None,
            });
        }
        let by_group = map.kept_by_group(&found.group_of);
        all.found.push((scope, found, by_group));
    }
    Ok(all)
}

impl Grouped {
    /// The groups over all services as bodies, each called after its first ICBs.
    pub(super) fn bodies(&self, scenario: &Scenario) -> Vec<Body> {
        let mut members: BTreeMap<usize, Vec<IcbId>> = BTreeMap::new();
        if let Some((_, grouping, _)) = self.found.first() {
            for (&icb, &group) in self.icbs.iter().zip(&grouping.group_of) {
                members.entry(group).or_default().push(icb);
            }
        }
        let body = |(group, icbs): (usize, Vec<IcbId>)| {
            let names: Vec<&str> = icbs.iter().map(|&icb| scenario.geography.icbs[icb].id.as_str()).collect();
            Body { id: group_id(group), name: names.join(" + "), icbs: icbs.into_iter().collect() }
        };
        members.into_iter().map(body).collect()
    }

    /// The tier that groups are bodies of.
    pub const TIER: Tier = Tier::MultiIcb;
}

/// What a group is called.
pub(super) fn group_id(group: usize) -> String {
    format!("flow-group-{}", group + 1)
}

/// The groups alone, as they are written down.
#[derive(Debug)]
pub struct Groups<'a> {
    /// What was looked at.
    pub scenario: &'a Scenario,
    /// The groups.
    pub grouped: Grouped,
    /// What is needed to do it again.
    pub manifest: Manifest,
}

impl<'a> Groups<'a> {
    /// With the manifest of a simulation that was not run.
    pub fn new(scenario: &'a Scenario, simulation: &Simulation, grouped: Grouped, making: Making) -> Self {
        let prepared = Prepared::new(scenario, simulation);
        let manifest = super::manifest(scenario, prepared, making, 0, &[GROUPS.name, COMPARED.name]);
        Self { scenario, grouped, manifest }
    }
}
