//! The best use of a budget; tables `budget_plan` and `budget_objective`.

use super::station::{Theory, theory};
use super::trial::with_places;
use super::{PlanError, PlanRules, Planner, Variable, entity};
use crate::experiment::{
    Divided, Replications, Share, Simulation, Trial, TrialError, divide, in_proportion, replicate, simulations, spend,
};
use crate::ids::OptionId;
use crate::results::selection::Picked;
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::table::Table;
use crate::results::table::pools::POOLS;
use crate::results::{Making, Manifest, Part, Prepared};
use crate::scenario::Scenario;
use crate::stats::student::mean_interval;
use crate::theory::staffing::Measure;
use crate::units::{DAYS_PER_YEAR, Pence};
use std::borrow::Cow;
use std::ops::Range;

pub(in crate::results) const BUDGET_PLAN: Table = Table {
    name: "budget_plan",
    meaning: "The best use of a budget by `tierflow plan --budget`: one row for each pool that was planned.",
    entities: &[
        ("option", "id of the tiering option whose flow rules hold"),
        ("provider", "ODS code"),
        ("pool", "slug of the pool"),
        ("load", "offered load: places that would be taken if there were no limit"),
        ("now", "places today; blank without a limit"),
        ("proportional", "places if the budget were shared in proportion to loads (largest remainder)"),
        ("places", "the plan"),
        ("least", "the fewest places that were allowed"),
        ("most", "the most"),
        ("cost_per_place_gbp", "what a place costs a year; blank where the budget is a number of places"),
        ("cost_gbp", "what the places of the plan cost a year"),
    ],
};

pub(in crate::results) const BUDGET_OBJECTIVE: Table = Table {
    name: "budget_objective",
    meaning: "What a budget's best use leaves, against proportional sharing of the same budget, on replications that the search had not seen.",
    entities: &[
        ("division", "plan, proportional, or difference (plan less proportional, paired by replication)"),
        ("objective", "what was made as small as possible, over all planned pools together"),
        ("unit", "its unit"),
        ("mean", "mean over replications; of a difference, its mean"),
        ("ci_low", "lower end of the 95 % interval"),
        ("ci_high", "upper end; of the difference see upper_limit"),
        (
            "upper_limit",
            "of the difference: its one-sided 95 % upper limit; at most 0 if the plan is known to be better",
        ),
        ("exact", "1 if the division is the best by closed forms that are exact here, 0 if it was found by simulation"),
        ("replications", "number of replications"),
    ],
};

/// What is made as small as possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Objective {
    /// Patient-days waited a year.
    Waiting,
    /// Patients refused a year.
    Refused,
    /// Patients who lose patience a year.
    Reneged,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Refused, Self::Reneged];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Reneged => "reneged",
        }
    }

    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Waiting => "patient-days a year",
            Self::Refused | Self::Reneged => "patients a year",
        }
    }

    /// The metrics of pools whose product, times the days of a year, it is.
    fn metrics(self) -> &'static [&'static str] {
        match self {
            Self::Waiting => &["mean_queue"],
            Self::Refused => &["requests_per_day", "refused_share"],
            Self::Reneged => &["requests_per_day", "reneged_share"],
        }
    }

    /// What a pool leaves by theory; infinite where its list grows without end.
    fn leaves(self, theory: &Theory, places: u32) -> f64 {
        let a_day = match self {
            Self::Waiting => theory.at_peak.measure(Measure::MeanQueue, places),
            Self::Refused => {
                theory.at_peak.measure(Measure::Refused, places).map(|share| share * theory.at_peak.rate())
            }
            Self::Reneged => {
                theory.at_peak.measure(Measure::Reneged, places).map(|share| share * theory.at_peak.rate())
            }
        };
        a_day.unwrap_or(0.0) * DAYS_PER_YEAR
    }
}

/// A budget and what it is for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Budget {
    /// Pence a year, or places.
    pub amount: u64,
    /// Whether it is money.
    pub in_pence: bool,
    /// What is made as small as possible.
    pub objective: Objective,
}

impl Budget {
    /// An amount of it in words.
    pub fn shown(&self, amount: u64) -> String {
        if self.in_pence { format!("£{} a year", amount / 100) } else { format!("{amount} places") }
    }
}

/// A budget that has been divided.
#[derive(Debug)]
pub struct BudgetPlan<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Id of the option whose flow rules hold.
    pub option: String,
    /// The budget.
    pub budget: Budget,
    /// The pools.
    pub variables: Vec<Variable>,
    /// The answer.
    pub divided: Divided,
    /// Whether it is the best by closed forms that are exact here.
    pub exact: bool,
    /// What is needed to do it again.
    pub manifest: Manifest,
}

/// Divides a budget under an option's flow rules. Of the rules only pools, theory and replications count.
///
/// # Errors
/// [`PlanError`].
pub fn divide_budget<'a>(
    scenario: &'a Scenario,
    option: OptionId,
    rules: &PlanRules,
    budget: Budget,
    how: Replications<'_>,
    making: Making,
) -> Result<BudgetPlan<'a>, PlanError> {
    super::scope::independent(scenario)?;
    let simulated = simulations(scenario, &[option])?;
    let model = &simulated[0].model;
    let pools = super::scope::chosen(scenario, model, rules)?;
    let known: Vec<Option<Theory>> = pools.iter().map(|&pool| theory(scenario, model, pool)).collect();
    let planner = Planner::without_targets(scenario, option, rules.clone());
    let mut variables = Vec::new();
    for &pool in &pools {
        variables.push(planner.variable(pool, None, 0, model, None)?);
    }
    if let Some(free) =
        variables.iter().find(|variable| budget.in_pence && variable.cost.is_none_or(|cost| cost.0 <= 0))
    {
        return Err(PlanError::NoCost(super::name(scenario, free.pool)));
    }
    let cost = |cost: Option<Pence>| cost.filter(|_| budget.in_pence).map_or(1, |cost| cost.0.unsigned_abs());
    let shares: Vec<Share> = variables
        .iter()
        .map(|variable| {
            let (knob, cost) = (variable.knob, cost(variable.cost));
            let room = u32::try_from(budget.amount / cost).unwrap_or(u32::MAX).max(knob.least);
            let most = knob.least + (knob.most.min(room) - knob.least) / knob.step * knob.step;
            Share { least: knob.least, most, step: knob.step, cost, load: knob.load }
        })
        .collect();
    let least: u64 = shares.iter().map(|share| share.cost * u64::from(share.least)).sum();
    let too_small = || PlanError::Budget(budget.shown(least), budget.shown(budget.amount));
    let Some(proportional) = in_proportion(&shares, budget.amount) else {
        return Err(too_small());
    };
    let leaves = |pool: usize, places: u32| {
        known[pool].as_ref().map_or(0.0, |theory| budget.objective.leaves(theory, places).min(1e12))
    };
    let exact = rules.theory && known.iter().all(|theory| theory.is_some_and(|theory| theory.exact));
    let division = divide(&shares, budget.amount, &leaves).filter(|_| rules.theory);
    let exact = exact && division.as_ref().is_some_and(|division| division.exact);
    let start = division.map_or_else(|| proportional.clone(), |division| division.places);
    let mut trial = Dividing { scenario, option, variables: &variables, objective: budget.objective, how, finished: 0 };
    let divided = if exact {
        let sums = |values: Vec<Vec<f64>>| -> Vec<f64> {
            values.into_iter().map(|one| one.into_iter().filter(|value| value.is_finite()).sum()).collect()
        };
        let block = 0..rules.most;
        let left = [sums(trial.run(&start, block.clone())?), sums(trial.run(&proportional, block.clone())?)];
        Divided { places: start, proportional, left, block, tried: 2 }
    } else {
        spend(&mut trial, &shares, budget.amount, start, rules.most)?.ok_or(too_small())?
    };
    let prepared = Prepared::new(scenario, &simulated[0]);
    let option = scenario.options[option].id.clone();
    let part = Part { model, options: vec![option.clone()], exchanges: 0, stuck: 0 };
    let tables = [BUDGET_PLAN.name, BUDGET_OBJECTIVE.name];
    let manifest = Manifest::new(scenario, &[part], prepared.layout.outline(), making, divided.block.len(), &tables);
    Ok(BudgetPlan { scenario, option, budget, variables, divided, exact, manifest })
}

/// The trials of a budget.
struct Dividing<'p> {
    scenario: &'p Scenario,
    option: OptionId,
    variables: &'p [Variable],
    objective: Objective,
    how: Replications<'p>,
    finished: u32,
}

impl Trial for Dividing<'_> {
    fn run(&mut self, places: &[u32], numbers: Range<u32>) -> Result<Vec<Vec<f64>>, TrialError> {
        let changed = with_places(self.scenario, self.variables, places);
        let simulation: Vec<Simulation> = simulations(&changed, &[self.option])?;
        let prepared = Prepared::new(&changed, &simulation[0]);
        let position = |variable: &Variable, metric: &str| {
            let entity = entity(self.scenario, variable.pool);
            let mut rows = prepared.layout.outline().rows_of(&POOLS);
            let row = rows.find(|row| row.metric.name == metric && row.period == "all" && row.entity == entity);
            row.map_or(usize::MAX, |row| row.position)
        };
        let metrics = self.objective.metrics();
        let positions: Vec<usize> = self
            .variables
            .iter()
            .flat_map(|variable| metrics.iter().map(move |metric| (variable, *metric)))
            .map(|(variable, metric)| position(variable, metric))
            .collect();
        let picked = || Picked { measurer: prepared.measurer(), positions: &positions };
        let ran = self.how.part(self.finished, numbers.clone(), |how| replicate(prepared.model, how, picked))?;
        self.finished += numbers.len() as u32;
        // A pool that nobody leaves anything of has no such metric.
        let product = |values: &[f64]| values.iter().product::<f64>() * DAYS_PER_YEAR;
        let of = |one: Vec<f64>| {
            one.chunks(metrics.len()).map(product).map(|value| if value.is_nan() { 0.0 } else { value }).collect()
        };
        Ok(ran.numbers.into_iter().map(of).collect())
    }
}

impl BudgetPlan<'_> {
    /// Yearly cost in pence, or places, of a division.
    pub fn spent(&self, places: &[u32]) -> u64 {
        let priced = self.budget.in_pence;
        let cost = |variable: &Variable| variable.cost.filter(|_| priced).map_or(1, |cost| cost.0.unsigned_abs());
        self.variables.iter().zip(places).map(|(variable, &places)| cost(variable) * u64::from(places)).sum()
    }

    /// What the most places that are allowed cost: more money buys nothing.
    pub fn most(&self) -> u64 {
        let most: Vec<u32> = self.variables.iter().map(|variable| variable.knob.most).collect();
        self.spent(&most)
    }

    /// One of the tables; nothing by another name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let (table, rows): (_, Box<dyn Iterator<Item = Vec<Field<'_>>>>) = match name {
            "budget_plan" => (&BUDGET_PLAN, Box::new((0..self.variables.len()).map(|at| self.row(at)))),
            "budget_objective" => (&BUDGET_OBJECTIVE, Box::new(self.objective_rows().into_iter())),
            _ => return None,
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    fn row(&self, at: usize) -> Vec<Field<'_>> {
        let variable = &self.variables[at];
        let mut names = entity(self.scenario, variable.pool).into_iter();
        let mut name = || Field::Text(Cow::Owned(names.next().unwrap_or_default()));
        let count = |places: u32| Field::Count(u64::from(places));
        let pounds = |places: u32| {
            let cost = variable.cost.filter(|_| self.budget.in_pence);
            cost.map_or(Field::Blank, |cost| Field::Number(cost.pounds() * f64::from(places)))
        };
        vec![
            Field::Text(Cow::Borrowed(&self.option)),
            name(),
            name(),
            Field::Number(variable.knob.load),
            variable.now.map_or(Field::Blank, count),
            count(self.divided.proportional[at]),
            count(self.divided.places[at]),
            count(variable.knob.least),
            count(variable.knob.most),
            pounds(1),
            pounds(self.divided.places[at]),
        ]
    }

    fn objective_rows(&self) -> Vec<Vec<Field<'_>>> {
        let text = |text| Field::Text(Cow::Borrowed(text));
        let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
        let objective = self.budget.objective;
        let row = |division, mean, ends: Option<crate::stats::Interval>, limit| {
            vec![
                text(division),
                text(objective.name()),
                text(objective.unit()),
                number(mean),
                number(ends.map(|ends| ends.low)),
                number(ends.map(|ends| ends.high)),
                number(limit),
                Field::Count(u64::from(self.exact)),
                Field::Count(self.divided.block.len() as u64),
            ]
        };
        let of = |division, values: &[f64]| {
            row(division, Some(values.iter().sum::<f64>() / values.len() as f64), mean_interval(values), None)
        };
        let [plan, proportional] = &self.divided.left;
        let differences: Vec<f64> = plan.iter().zip(proportional).map(|(plan, shared)| plan - shared).collect();
        let gain = self.divided.gain();
        vec![
            of("plan", plan),
            of("proportional", proportional),
            row(
                "difference",
                gain.map(|gain| gain.mean),
                mean_interval(&differences),
                gain.map(|gain| gain.interval.high),
            ),
        ]
    }
}
