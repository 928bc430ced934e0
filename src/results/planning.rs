//! Capacity plans: the places at which targets hold; tables `plan`, `plan_totals` and `plan_targets`.

mod aim;
mod budget;
mod pooling;
mod problem;
mod scope;
mod sheets;
mod station;
mod totals;
mod trial;
mod variable;

pub use aim::{Aim, AimError, names as plannable_metrics};
pub(super) use budget::{BUDGET_OBJECTIVE, BUDGET_PLAN};
pub use budget::{Budget, BudgetPlan, Objective, divide_budget};
pub(super) use pooling::POOLING;
pub use pooling::{Binding, Pooling, Shared, pooled};
pub use problem::PlanError;
pub use sheets::Kept;
pub(super) use sheets::{PLAN, PLAN_TARGETS};
pub(super) use totals::PLAN_TOTALS;
pub use totals::Total;
pub use variable::Variable;

use super::layout::Row;
use super::{Making, Manifest, Part, Prepared};
use crate::experiment::{
    Goal, Knob, Margin, Meet, Planned, Replications, Search, Simulation, TrialError, margin, plan, simulations,
};
use crate::ids::{OptionId, PoolId};
use crate::model::Model;
use crate::scenario::{Periods, Scenario};
use jiff::civil::Date;
use scope::{chosen, independent, years};
use serde::{Deserialize, Serialize};
use station::{Theory, theory};
use std::collections::{BTreeMap, BTreeSet};
use trial::{Places, turned_away};

/// When targets have to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanOver {
    /// On the mean of the whole time.
    WholeTime,
    /// In each whole financial year, each with places of its own.
    EachYear,
    /// In each month, with the same places: the busiest decides.
    EveryMonth,
}

/// How a plan is to be made.
#[derive(Clone, PartialEq, Debug)]
pub struct PlanRules {
    /// What has to hold.
    pub aims: Vec<Aim>,
    /// Only these pools: `PROVIDER/POOL`, a provider or a pool's slug; none for those that the targets are about.
    pub pools: Vec<String>,
    /// What "holds" means.
    pub meet: Meet,
    /// Whether to begin with theory, and to keep its answer where it is exact.
    pub theory: bool,
    /// When the targets have to hold.
    pub over: PlanOver,
    /// Replications at the first look.
    pub first: u32,
    /// The most replications of one capacity.
    pub most: u32,
    /// The most places of a pool that has no other limit.
    pub most_places: u32,
}

/// A target of one entity and period.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// Its position among the targets.
    pub aim: usize,
    /// One value for each entity column.
    pub entity: Vec<String>,
    /// The reporting period.
    pub period: String,
    /// What the search is told.
    pub goal: Goal,
    /// The station that knows its value exactly.
    pub(crate) theory: Option<crate::theory::staffing::Station>,
}

/// What is to be planned: the pools and their limits, and the targets.
#[derive(Debug)]
pub struct Planner<'a> {
    scenario: &'a Scenario,
    option: OptionId,
    rules: PlanRules,
    /// What is planned.
    pub variables: Vec<Variable>,
    /// What has to hold.
    pub targets: Vec<Target>,
    coupled: bool,
}

/// A finished plan.
#[derive(Debug)]
pub struct CapacityPlan<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Id of the option whose flow rules hold.
    pub option: String,
    /// The rules.
    pub rules: PlanRules,
    /// What was planned.
    pub variables: Vec<Variable>,
    /// What has to hold.
    pub targets: Vec<Target>,
    /// The answer.
    pub planned: Planned,
    /// The share of each pool's requests that it refuses or sends on under the plan, where that was asked; none for a system without
    /// limits.
    pub turned_away: Vec<Option<f64>>,
    /// What is needed to do it again.
    pub manifest: Manifest,
}

impl<'a> Planner<'a> {
    /// Finds out what is to be planned under an option's flow rules.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(scenario: &'a Scenario, option: OptionId, rules: PlanRules) -> Result<Self, PlanError> {
        let mut simulated = simulations(scenario, &[option])?;
        let Some(simulation) = simulated.pop() else { return Err(PlanError::Nothing(String::new())) };
        let model = &simulation.model;
        let without_limits = rules.aims.iter().filter(|aim| aim.is_without_limits()).count();
        if without_limits > 0 && without_limits < rules.aims.len() {
            return Err(PlanError::Mixed);
        }
        if without_limits > 0 && rules.over != PlanOver::WholeTime {
            return Err(PlanError::PartsWithoutLimits);
        }
        if rules.over == PlanOver::EveryMonth && scenario.run.periods != Periods::Months {
            return Err(PlanError::NoMonths);
        }
        independent(scenario)?;
        let pools = chosen(scenario, model, &rules)?;
        let years = if rules.over == PlanOver::EachYear { years(model)? } else { Vec::new() };
        let mut planner = Self { scenario, option, rules, variables: Vec::new(), targets: Vec::new(), coupled: false };
        let known: BTreeMap<PoolId, Theory> =
            pools.iter().filter_map(|&pool| Some((pool, theory(scenario, model, pool)?))).collect();
        for &pool in &pools {
            let periods: Vec<Option<(Date, String)>> =
                if years.is_empty() { vec![None] } else { years.iter().cloned().map(Some).collect() };
            for (number, year) in periods.into_iter().enumerate() {
                let variable = planner.variable(pool, year, number, model, known.get(&pool).copied())?;
                planner.variables.push(variable);
            }
        }
        planner.find_targets(&known)?;
        planner.coupled = planner.is_coupled(model);
        Ok(planner)
    }

    /// Nothing to hold: for dividing a budget.
    fn without_targets(scenario: &'a Scenario, option: OptionId, rules: PlanRules) -> Self {
        Self { scenario, option, rules, variables: Vec::new(), targets: Vec::new(), coupled: false }
    }

    /// The rows of the targets, which are known once the pools have limits.
    fn find_targets(&mut self, known: &BTreeMap<PoolId, Theory>) -> Result<(), PlanError> {
        let places: Vec<u32> = self.variables.iter().map(|variable| variable.knob.start.max(1)).collect();
        if self.rules.aims.iter().any(Aim::is_without_limits) {
            for (aim, one) in self.rules.aims.iter().enumerate() {
                for (at, variable) in self.variables.iter().enumerate() {
                    let entity = entity(self.scenario, variable.pool);
                    if one.fits(&entity) {
                        self.targets.push(target(aim, one, entity, "all", Some(at), variable, known));
                    }
                }
            }
        } else {
            let changed = trial::with_places(self.scenario, &self.variables, &places);
            let simulation: Vec<Simulation> = simulations(&changed, &[self.option])?;
            let prepared = Prepared::new(&changed, &simulation[0]);
            for (aim, one) in self.rules.aims.iter().enumerate() {
                let rows = prepared.layout.outline().rows_of(one.table);
                let rows = rows.filter(|row| row.metric == one.metric && one.fits(row.entity));
                for row in rows {
                    self.targets.extend(self.target_of(aim, one, &row, known));
                }
            }
        }
        for (aim, one) in self.rules.aims.iter().enumerate() {
            let own = || self.targets.iter().filter(move |target| target.aim == aim);
            let named =
                |name: &String| own().any(|target| target.entity.contains(name) || target.entity.join("/") == *name);
            if let Some(name) = one.entities.iter().find(|name| !named(name)) {
                return Err(PlanError::Entity(name.clone(), one.text.clone()));
            }
            if own().next().is_none() {
                return Err(PlanError::Nothing(one.text.clone()));
            }
        }
        Ok(())
    }

    fn target_of(&self, aim: usize, one: &Aim, row: &Row<'_>, known: &BTreeMap<PoolId, Theory>) -> Option<Target> {
        let over = |variable: &Variable| {
            if self.rules.over == PlanOver::EveryMonth {
                row.period.contains("-M")
            } else {
                variable.period() == row.period
            }
        };
        if !one.is_by_pool() {
            let planned = self.variables.iter().any(over);
            let goal = goal(one, None, false);
            let whole = Target { aim, entity: row.entity.to_vec(), period: row.period.to_owned(), goal, theory: None };
            return planned.then_some(whole);
        }
        let fits = |variable: &Variable| entity(self.scenario, variable.pool) == row.entity && over(variable);
        let knob = self.variables.iter().position(fits)?;
        Some(target(aim, one, row.entity.to_vec(), row.period, Some(knob), &self.variables[knob], known))
    }

    /// Whether what one pool has acts on the others: patients go from one to the next, or elsewhere when it is full.
    fn is_coupled(&self, model: &Model) -> bool {
        let pools: BTreeSet<PoolId> = self.variables.iter().map(|variable| variable.pool).collect();
        let several = self.scenario.services.iter().any(|service| {
            service.stages.len() > 1 && service.stages.iter().any(|stage| !stage.needs.is_empty())
                || service.stages.iter().any(|stage| stage.needs.len() > 1)
        });
        let moves = model.rules.as_deref().is_some_and(|rules| {
            rules.cells.iter().any(|cell| !cell.candidates.is_empty())
                || rules.services.iter().any(|service| service.wait_decay > 0.0)
        });
        let of_all = self.targets.iter().any(|target| target.goal.knob.is_none());
        // What a year leaves waiting is there in the next.
        self.rules.over == PlanOver::EachYear && self.variables.len() > 1
            || pools.len() > 1 && (several || moves || of_all)
    }

    /// Offered load of everything that is planned, in places.
    pub fn load(&self) -> f64 {
        self.variables.iter().map(|variable| variable.knob.load).sum()
    }

    /// Looks for the plan. `how` says how to run; its numbers are not used, and its `progress` hears of all replications so far.
    ///
    /// # Errors
    /// [`TrialError`].
    pub fn plan(self, how: Replications<'_>, making: Making) -> Result<CapacityPlan<'a>, PlanError> {
        let planned = self.search(how, None)?;
        self.decides(&planned)?;
        let turned_away = turned_away(&self, &planned, how)?;
        Ok(CapacityPlan { turned_away, ..self.finish(planned, making)? })
    }

    /// Looks for the places; `known` is a plan that may do.
    fn search(&self, how: Replications<'_>, known: Option<&[u32]>) -> Result<Planned, TrialError> {
        let (knobs, goals) = self.asked();
        let search =
            Search { meet: self.rules.meet, first: self.rules.first, most: self.rules.most, coupled: self.coupled };
        plan(&mut Places::new(self, how), &knobs, &goals, search, known)
    }

    /// How sure the number of places is.
    fn margin(&self, planned: &Planned, how: Replications<'_>) -> Result<Margin, TrialError> {
        let (knobs, goals) = self.asked();
        margin(&mut Places::new(self, how), &knobs, &goals, planned)
    }

    /// Refuses a plan of a pool all of whose targets stayed the same down to fewer places than its load, where a list would grow
    /// without end.
    fn decides(&self, planned: &Planned) -> Result<(), PlanError> {
        let idle =
            |at: usize| planned.spread[at].is_some_and(|spread| spread.low == spread.high) && planned.seen[at].holds;
        for knob in 0..self.variables.len() {
            let own = |at: &usize| {
                let goal = self.targets[*at].goal;
                goal.eased && goal.knob.is_none_or(|other| other == knob)
            };
            let own: Vec<usize> = (0..self.targets.len()).filter(own).collect();
            let below = f64::from(planned.places[knob]) < self.variables[knob].knob.load;
            if let (Some(&first), true) = (own.first(), below && own.iter().all(|&at| idle(at))) {
                let aim = &self.rules.aims[self.targets[first].aim];
                let cure = if aim.metric.name.contains("wait") || aim.metric.name.contains("queue") {
                    "nobody waits there (patients are refused or sent on), so plan for refused_share, overflow_share or full_share"
                } else {
                    "plan for a metric that places act on, such as utilisation or full_share"
                };
                let of = self.targets[first].entity.join("/");
                return Err(PlanError::Idle(aim.text.clone(), of, cure));
            }
        }
        Ok(())
    }

    fn asked(&self) -> (Vec<Knob>, Vec<Goal>) {
        let knobs = self.variables.iter().map(|variable| variable.knob).collect();
        (knobs, self.targets.iter().map(|target| target.goal).collect())
    }

    fn finish(&self, planned: Planned, making: Making) -> Result<CapacityPlan<'a>, PlanError> {
        let parts = simulations(self.scenario, &[self.option])?;
        let prepared: Vec<Prepared<'_>> = parts.iter().map(|one| Prepared::new(self.scenario, one)).collect();
        let option = self.scenario.options[self.option].id.clone();
        let manifest = {
            let parts: Vec<Part<'_>> = prepared
                .iter()
                .map(|one| Part { model: one.model, options: vec![option.clone()], exchanges: 0, stuck: 0 })
                .collect();
            let tables = [PLAN.name, PLAN_TOTALS.name, PLAN_TARGETS.name];
            let replications = planned.block.len();
            Manifest::new(self.scenario, &parts, prepared[0].layout.outline(), making, replications, &tables)
        };
        Ok(CapacityPlan {
            scenario: self.scenario,
            option,
            rules: self.rules.clone(),
            variables: self.variables.clone(),
            targets: self.targets.clone(),
            turned_away: vec![None; self.variables.len()],
            planned,
            manifest,
        })
    }
}

impl CapacityPlan<'_> {
    /// Whether all targets hold.
    pub fn holds(&self) -> bool {
        self.planned.confirmed && self.out_of_reach().is_empty()
    }

    /// Targets that no places within the limits meet, or that others contradict: by theory where it is exact, else as simulated.
    pub fn out_of_reach(&self) -> Vec<usize> {
        let simulated = self.planned.out_of_reach.iter().copied();
        let known = (0..self.targets.len()).filter(|&at| self.kept(at).exact.is_some());
        let mut all: Vec<usize> = simulated
            .filter(|&at| self.kept(at).exact.is_none())
            .chain(known.filter(|&at| !self.kept(at).holds))
            .collect();
        all.sort_unstable();
        all
    }

    /// The scenario with the places of the plan.
    pub fn planned_scenario(&self) -> Scenario {
        trial::with_places(self.scenario, &self.variables, &self.planned.places)
    }
}

fn target(
    aim: usize,
    one: &Aim,
    entity: Vec<String>,
    period: &str,
    knob: Option<usize>,
    variable: &Variable,
    known: &BTreeMap<PoolId, Theory>,
) -> Target {
    let is_known = variable.theory.is_some_and(|(_, exact)| exact);
    let theory = known.get(&variable.pool).map(|theory| theory.station).filter(|_| is_known);
    Target { aim, entity, period: period.to_owned(), goal: goal(one, knob, is_known), theory }
}

fn goal(aim: &Aim, knob: Option<usize>, known: bool) -> Goal {
    Goal { knob, at_most: aim.at_most, bound: aim.bound, eased: aim.eased(), known }
}

/// The first columns of a pool's rows.
fn entity(scenario: &Scenario, pool: PoolId) -> Vec<String> {
    let place = &scenario.pools[pool];
    vec![scenario.providers[place.provider].id.clone(), place.id.clone()]
}

/// `PROVIDER/POOL`.
fn name(scenario: &Scenario, pool: PoolId) -> String {
    entity(scenario, pool).join("/")
}
