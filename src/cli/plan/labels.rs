//! Pools, entities and values of a plan as the terminal shows them.

use crate::cli::grid::Kind;
use crate::cli::numbers;
use crate::cli::scenario_words::{Names, labelled};
use crate::experiment::Seen;
use crate::ids::PoolId;
use crate::results::{Aim, CapacityPlan, PlanOver};
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// Names of what a plan is about. A slug that all its pools share is said once, not in every row.
pub(super) struct Labels<'a> {
    scenario: &'a Scenario,
    names: Names<'a>,
    one_pool: Option<&'a str>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(scenario: &'a Scenario, pools: impl Iterator<Item = PoolId>) -> Self {
        let slugs: BTreeSet<&str> = pools.map(|pool| scenario.pools[pool].id.as_str()).collect();
        let one_pool = slugs.first().copied().filter(|_| slugs.len() == 1);
        Self { scenario, names: Names::new(scenario), one_pool }
    }

    /// What the rows are about and what loads are: a sentence.
    pub(super) fn legend(&self) -> String {
        let pools = self.one_pool.map(|pool| format!("Pools: {pool}. ")).unwrap_or_default();
        format!(
            "{pools}Load: places that those who choose the provider would take were there no limit; patients sent on from full pools come on top."
        )
    }

    /// The columns that name a pool.
    pub(super) fn pool_columns(&self) -> Vec<(String, Kind)> {
        let mut columns = vec![("Provider".to_owned(), Kind::Text { least: 10 })];
        if self.one_pool.is_none() {
            columns.push(("Pool".to_owned(), Kind::Text { least: 12 }));
        }
        columns
    }

    /// The cells that name it.
    pub(super) fn pool(&self, pool: PoolId) -> Vec<String> {
        let place = &self.scenario.pools[pool];
        let provider = &self.scenario.providers[place.provider];
        let mut cells = vec![labelled(&provider.id, &provider.name)];
        if self.one_pool.is_none() {
            cells.push(place.id.clone());
        }
        cells
    }

    /// A body's code and name.
    pub(super) fn body(&self, id: &str) -> String {
        self.names.label("body", id)
    }

    /// An entity of a target, with its year or month.
    pub(super) fn of(&self, aim: &Aim, entity: &[String], period: &str) -> String {
        let of = self.entity(aim, entity);
        if period == "all" { of } else { format!("{of} {period}") }
    }

    /// An entity of a target.
    pub(super) fn entity(&self, aim: &Aim, entity: &[String]) -> String {
        let column = |at: usize| aim.table.entities.get(at).map_or("", |(name, _)| name);
        let named = |(at, id): (usize, &String)| match column(at) {
            "pool" if self.one_pool.is_some() => None,
            "service" => {
                let name = self.scenario.services.iter().find(|service| service.id == *id).map(|service| &service.name);
                Some(name.filter(|name| !name.is_empty()).unwrap_or(id).clone())
            }
            column => Some(self.names.label(column, id)),
        };
        entity.iter().enumerate().filter_map(named).collect::<Vec<_>>().join(" ")
    }
}

/// Of the targets of one entity's months the one with the least room to its bound; all others as they are.
pub(super) fn worst_months(plan: &CapacityPlan<'_>, targets: impl Iterator<Item = usize>) -> Vec<usize> {
    // What fails comes before what is near.
    let behind = |at: usize| {
        let (goal, kept) = (plan.targets[at].goal, plan.kept(at));
        let value = kept.exact.unwrap_or(kept.seen.mean);
        let room = if goal.at_most { goal.bound - value } else { value - goal.bound };
        (kept.holds, if room.is_nan() { f64::INFINITY } else { room })
    };
    let mut kept: Vec<usize> = Vec::new();
    for at in targets {
        let same = |other: &&mut usize| {
            let (one, other) = (&plan.targets[at], &plan.targets[**other]);
            plan.rules.over == PlanOver::EveryMonth && one.aim == other.aim && one.entity == other.entity
        };
        match kept.iter_mut().find(same) {
            Some(other) if behind(at) < behind(*other) => *other = at,
            Some(_) => {}
            None => kept.push(at),
        }
    }
    kept
}

/// `4.9 % ± 0.3 %`; by theory `= 4.93 %`.
pub(super) fn shown_value(seen: Seen, exact: Option<f64>, unit: &str) -> String {
    let scaled = |scale: f64| if unit == "share" { 100.0 * scale } else { scale };
    let digits = |scale: f64| numbers::decimals(scaled(scale), 2, 4);
    if let Some(exact) = exact {
        return format!("= {}", amount(exact, numbers::decimals(scaled(exact), 3, 4), unit));
    }
    let Some(interval) = seen.interval.filter(|_| seen.mean.is_finite()) else {
        return amount(seen.mean, digits(seen.mean), unit);
    };
    let half = 0.5 * (interval.high - interval.low);
    let decimals = if half > 0.0 { digits(half) } else { digits(seen.mean) };
    format!("{} ± {}", numbers::fixed(scaled(seen.mean), decimals), amount(half, decimals, unit))
}

/// A value with its unit.
pub(super) fn amount(value: f64, decimals: usize, unit: &str) -> String {
    match unit {
        "share" => numbers::percent(value, decimals),
        "days" => format!("{} d", numbers::fixed(value, decimals)),
        _ => format!("{} {unit}", numbers::fixed(value, decimals)),
    }
}
