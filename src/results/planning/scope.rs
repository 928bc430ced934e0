//! Which pools a plan is about, over which years.

use super::{Aim, PlanError, PlanRules, entity};
use crate::domain::{CalendarPattern, Capacity, Level, Lever, Pool};
use crate::ids::PoolId;
use crate::model::{BasePeriod, Model};
use crate::scenario::Scenario;
use jiff::civil::Date;

/// Refuses replications that depend on each other.
pub(super) fn independent(scenario: &Scenario) -> Result<(), PlanError> {
    if scenario.run.antithetic { Err(PlanError::Pairs) } else { Ok(()) }
}

/// The pools that are planned, in order: those that are named (by themselves or by where they lie), else those that the targets are about.
pub(super) fn chosen(scenario: &Scenario, model: &Model, rules: &PlanRules) -> Result<Vec<PoolId>, PlanError> {
    let all: Vec<PoolId> = scenario.pools.ids().filter(|&pool| has_patients(scenario, model, pool)).collect();
    let fits = |pool: PoolId, name: &str| {
        let entity = entity(scenario, pool);
        entity.iter().any(|id| id == name) || entity.join("/") == name
    };
    let lies_in = |pool: PoolId, name: &str| bodies(scenario, pool).iter().any(|(_, id)| *id == name);
    let by_pool = rules.aims.iter().filter(|aim| aim.is_by_pool());
    let asked = rules.pools.iter().map(|name| (name, true));
    let aimed = by_pool.clone().flat_map(|aim| &aim.entities).map(|name| (name, false));
    for (name, place) in asked.chain(aimed) {
        let is_body = || all.iter().any(|&pool| lies_in(pool, name));
        if !place && !all.iter().any(|&pool| fits(pool, name)) && is_body() {
            return Err(PlanError::Body(name.clone()));
        }
        if !all.iter().any(|&pool| fits(pool, name) || place && lies_in(pool, name)) {
            return Err(PlanError::Pool(name.clone(), names(scenario, &all, place)));
        }
    }
    let limited = |pool: PoolId| scenario.pools[pool].capacity != Capacity::Unlimited;
    let wanted = |pool: &PoolId| {
        let listed = rules.pools.iter().any(|name| fits(*pool, name) || lies_in(*pool, name));
        if !rules.pools.is_empty() && !listed {
            return false;
        }
        // Who names a pool wants it even if it has no limit today.
        let own = |aim: &&Aim| {
            aim.fits(&entity(scenario, *pool))
                && (listed || !aim.entities.is_empty() || limited(*pool) || aim.is_without_limits())
        };
        // Of all: targets of other entities, and budgets.
        let of_all = rules.aims.iter().any(|aim| !aim.is_by_pool()) || rules.aims.is_empty();
        by_pool.clone().any(|aim| own(&aim)) || of_all && (listed || limited(*pool))
    };
    let pools: Vec<PoolId> = all.iter().copied().filter(wanted).collect();
    if pools.is_empty() {
        let texts: Vec<&str> = rules.aims.iter().map(|aim| aim.text.as_str()).collect();
        return Err(PlanError::Nothing(texts.join("; ")));
    }
    match pools.iter().find(|&&pool| moves(&scenario.pools[pool])) {
        Some(&pool) => Err(PlanError::Moving(super::name(scenario, pool))),
        None => Ok(pools),
    }
}

/// Where lists are shared, patients of pools that are planned are treated in all pools of the same kind: all have to be planned.
///
/// # Errors
/// [`PlanError::Part`], with a pool that is left out.
pub(super) fn whole_kinds(scenario: &Scenario, model: &Model, rules: &PlanRules) -> Result<(), PlanError> {
    let planned = chosen(scenario, model, rules)?;
    let is_kind = |pool: &PoolId| planned.iter().any(|one| scenario.pools[*one].id == scenario.pools[*pool].id);
    let left = |pool: &PoolId| is_kind(pool) && !planned.contains(pool) && has_patients(scenario, model, *pool);
    scenario.pools.ids().find(left).map_or(Ok(()), |left| Err(PlanError::Part(super::name(scenario, left))))
}

/// Whether a pool in scope is asked for.
fn has_patients(scenario: &Scenario, model: &Model, pool: PoolId) -> bool {
    let provider = &scenario.providers[scenario.pools[pool].provider];
    provider.in_scope && !provider.is_elsewhere() && model.expected.offered_load[pool] > 0.0
}

/// The bodies in whose area a pool lies: its ICB, region and footprints, each with its kind.
pub(super) fn bodies(scenario: &Scenario, pool: PoolId) -> Vec<(&'static str, &str)> {
    let geography = &scenario.geography;
    let Some(host) = scenario.providers[scenario.pools[pool].provider].host_icb else { return Vec::new() };
    let icb = &geography.icbs[host];
    let mut bodies = vec![("icb", icb.id.as_str())];
    for scheme in &geography.schemes {
        let footprint = scheme.footprint_of.get(host).copied().flatten();
        bodies.extend(footprint.map(|footprint| ("footprint", geography.footprints[footprint].id.as_str())));
    }
    bodies.extend(icb.region.map(|region| ("region", geography.regions[region].id.as_str())));
    bodies
}

/// What pools may be called; `with_bodies` also the bodies that they lie in.
fn names(scenario: &Scenario, pools: &[PoolId], with_bodies: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for &pool in pools {
        let entity = entity(scenario, pool);
        let bodies = bodies(scenario, pool).into_iter().filter(|_| with_bodies).map(|(_, id)| id.to_owned());
        for name in [entity.join("/")].into_iter().chain(entity).chain(bodies) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Whether one number of places does not say what a pool has.
fn moves(pool: &Pool) -> bool {
    let stated = |pattern: &CalendarPattern| match pattern {
        CalendarPattern::Sessions(_) => true,
        CalendarPattern::Steps(steps) => steps.iter().any(|(_, level)| matches!(level, Level::Fixed(_))),
    };
    !pool.changes.is_empty() || pool.calendar.as_ref().is_some_and(|calendar| stated(&calendar.pattern))
}

/// The whole financial years of the results with their first days.
pub(super) fn years(model: &Model) -> Result<Vec<(Date, String)>, PlanError> {
    let calendar = &model.calendar;
    let whole = calendar.reports.iter().filter(|report| report.name != "all" && !report.name.contains("-M"));
    let whole = whole.filter(|report| {
        let years: f64 = calendar.base[report.first..report.last].iter().map(BasePeriod::years).sum();
        (years - 1.0).abs() < 1e-6
    });
    let years: Vec<(Date, String)> =
        whole.map(|report| (calendar.base[report.first].first_day, report.name.clone())).collect();
    if years.is_empty() { Err(PlanError::NoYears) } else { Ok(years) }
}

/// By what a pool's load grows from year to year: the mean of its services' growth by their load.
pub(super) fn grows(scenario: &Scenario, model: &Model, pool: PoolId) -> f64 {
    let (mut load, mut grown) = (0.0, 0.0);
    for (id, cell) in model.cells.iter_ids().filter(|(id, _)| model.cell_pools[*id] == pool) {
        let own = model.expected.stays_per_day[id] * model.expected.mean_stay_days[cell.line];
        load += own;
        grown += own * scenario.factors.of(cell.service, Lever::Growth);
    }
    if load > 0.0 { grown / load } else { 1.0 }
}
