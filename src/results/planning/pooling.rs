//! What pooling is worth: the same targets planned where patients may be treated ever farther from home; table `pooling`.

use super::scope::whole_kinds;
use super::{Aim, CapacityPlan, PlanError, PlanRules, Planner};
use crate::domain::{FlowRule, Overflow, Reach, WaitingList};
use crate::experiment::{Replications, Seen, replicate, simulations};
use crate::ids::{OptionId, SchemeId};
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::table::{Table, icbs};
use crate::results::{Making, Manifest, Part, Prepared};
use crate::scenario::Scenario;
use crate::stats::student::MeanTest;
use std::borrow::Cow;

pub(in crate::results) const POOLING: Table = Table {
    name: "pooling",
    meaning: "The fewest places for the same targets where each patient waits for one provider, and where those of an ICB, a footprint, a region or the nation share one list (`tierflow plan --pooling`).",
    entities: &[
        (
            "sharing",
            "none (own provider only), icb, footprint, region or nation: who may treat a patient whose provider is full",
        ),
        ("load", "offered load of the planned pools, in places"),
        ("places", "places of the plan, all planned pools together"),
        (
            "too_few",
            "the most places that are known to be too few, taken from the best off first (on the replications that confirmed the plan the interval of some target lies beyond its bound, 95 % for all targets together); another division of as many may do; blank where the fewest allowed are not known to be, or the plan misses a target",
        ),
        ("saved", "places that the plan needs less than with sharing none; blank where one of the two misses a target"),
        ("cost_gbp", "what they cost a year, where every planned pool has a stated cost"),
        ("holds", "1 if the plan meets all targets and was confirmed"),
        (
            "binding_target",
            "the target that is nearest to its bound under the plan; blank where the plan misses a target",
        ),
        ("binding_entity", "whose it is: the entity columns of its table, joined by /"),
        ("binding_period", "its reporting period"),
        ("binding_value", "its mean over replications, in the metric's unit"),
        ("binding_ci_low", "lower end of its 95 % interval"),
        ("binding_ci_high", "upper end"),
        (
            "transferred_share",
            "share of requests treated at another provider than the first choice, mean over boards in scope by requests",
        ),
        ("transferred_ci_low", "lower end of its 95 % interval"),
        ("transferred_ci_high", "upper end"),
        ("mean_distance_km", "mean distance from home to the treating provider"),
        ("distance_ci_low", "lower end of its 95 % interval"),
        ("distance_ci_high", "upper end"),
        ("replications", "replications that confirmed the plan"),
    ],
};

/// One way of sharing with its plan.
#[derive(Debug)]
pub struct Shared {
    /// `none`, `icb`, `footprint`, `region` or `nation`.
    pub sharing: &'static str,
    /// Places of all planned pools.
    pub places: u32,
    /// The most places that are known to be too few.
    pub too_few: Option<u32>,
    /// Offered load in places.
    pub load: f64,
    /// Yearly cost in pounds, where all are stated.
    pub cost: Option<f64>,
    /// Whether the plan holds.
    pub holds: bool,
    /// The target nearest to its bound.
    pub binding: Option<Binding>,
    /// Share of requests treated elsewhere; none where nobody asked.
    pub transferred: Option<MeanTest>,
    /// Kilometres to care.
    pub distance: Option<MeanTest>,
    /// Replications that confirmed the plan.
    pub replications: usize,
}

/// A target that is near its bound.
#[derive(Clone, PartialEq, Debug)]
pub struct Binding {
    /// What has to hold.
    pub aim: Aim,
    /// One value for each entity column.
    pub entity: Vec<String>,
    /// The reporting period.
    pub period: String,
    /// Its value under the plan.
    pub seen: Seen,
}

/// Plans for each way of sharing.
#[derive(Debug)]
pub struct Pooling<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Id of the option whose flow rules were changed.
    pub option: String,
    /// From none to the nation.
    pub levels: Vec<Shared>,
    /// What has to hold, as written.
    pub targets: Vec<String>,
    /// Targets of the scenario that were not asked for.
    pub left_out: Vec<String>,
    /// What is needed to do it again.
    pub manifest: Manifest,
}

/// The same targets, planned for ever wider sharing. `scheme` says what a footprint is; without one that level is left out.
///
/// All services share alike: a patient is treated by the first provider within reach that has a place, the nearest first, and waits on one list for
/// all of them. Stages whose patients are not to be moved (`transfers`) stay where they are.
///
/// Each wider circle begins from the plan of the narrower one where that is cheaper than what it finds itself.
///
/// # Errors
/// [`PlanError`].
pub fn pooled<'a>(
    scenario: &'a Scenario,
    option: OptionId,
    rules: &PlanRules,
    scheme: Option<SchemeId>,
    how: Replications<'_>,
    making: Making,
) -> Result<Pooling<'a>, PlanError> {
    if let Some(aim) = rules.aims.iter().find(|aim| aim.is_by_pool() && !aim.is_of_places()) {
        return Err(PlanError::Shared(aim.text.clone()));
    }
    let simulated = simulations(scenario, &[option])?;
    whole_kinds(scenario, &simulated[0].model, rules)?;
    let reaches = [
        ("none", None),
        ("icb", Some(Reach::Icb)),
        ("footprint", Some(Reach::Footprint)),
        ("region", Some(Reach::Region)),
        ("nation", Some(Reach::Nation)),
    ];
    let mut levels: Vec<Shared> = Vec::new();
    let mut narrower: Option<Vec<u32>> = None;
    for (sharing, reach) in reaches {
        if reach == Some(Reach::Footprint) && scheme.is_none() {
            continue;
        }
        let shared = sharing_within(scenario, option, reach, scheme);
        let planner = Planner::new(&shared, option, rules.clone())?;
        let load = planner.load();
        let planned = planner.search(how, narrower.as_deref())?;
        let plan = planner.finish(planned, Making::default())?;
        // Of a plan that fails there is nothing to take from.
        let margin = if plan.holds() { Some(planner.margin(&plan.planned, how)?) } else { None };
        let (mut transferred, distance) = journeys(&plan, option, how)?;
        if reach.is_none() {
            // Nobody may be moved, so the metric does not exist.
            transferred = vec![0.0; distance.len()];
        }
        let costs = plan.variables.iter().zip(&plan.planned.places);
        let binding = margin.and_then(|margin| margin.binding).map(|at| Binding {
            aim: plan.rules.aims[plan.targets[at].aim].clone(),
            entity: plan.targets[at].entity.clone(),
            period: plan.targets[at].period.clone(),
            seen: plan.planned.seen[at],
        });
        levels.push(Shared {
            sharing,
            places: plan.planned.places.iter().sum(),
            too_few: margin.and_then(|margin| margin.too_few),
            load,
            cost: costs.map(|(variable, &places)| variable.pounds(places)).sum(),
            holds: plan.holds(),
            binding,
            transferred: MeanTest::of(transferred, 0.05),
            distance: MeanTest::of(distance, 0.05),
            replications: plan.planned.block.len(),
        });
        narrower = plan.holds().then_some(plan.planned.places);
    }
    let prepared = Prepared::new(scenario, &simulated[0]);
    let option = scenario.options[option].id.clone();
    let part = Part { model: prepared.model, options: vec![option.clone()], exchanges: 0, stuck: 0 };
    let replications = levels.iter().map(|level| level.replications).max().unwrap_or(0);
    let outline = prepared.layout.outline();
    let manifest = Manifest::new(scenario, &[part], outline, making, replications, &[POOLING.name]);
    let targets: Vec<String> = rules.aims.iter().map(|aim| aim.text.clone()).collect();
    let left_out = scenario.planning.targets.iter().filter(|text| !targets.contains(text)).cloned().collect();
    Ok(Pooling { scenario, option, levels, targets, left_out, manifest })
}

/// The scenario with one list for all providers within reach; without a reach each patient waits for one provider.
fn sharing_within(scenario: &Scenario, option: OptionId, reach: Option<Reach>, scheme: Option<SchemeId>) -> Scenario {
    let mut shared = scenario.clone();
    let set = shared.options[option].flow_rules;
    let plain = FlowRule { scheme, ..FlowRule::PLAIN };
    for rule in &mut shared.flow_rules[set].rules {
        *rule = match reach {
            None => plain,
            Some(reach) => FlowRule { overflow: Overflow::Nearest, reach, list: WaitingList::Shared, ..plain },
        };
    }
    shared
}

/// Share of requests treated elsewhere and mean distance, over the boards in scope, by replication of the confirmation.
fn journeys(
    plan: &CapacityPlan<'_>,
    option: OptionId,
    how: Replications<'_>,
) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
    let planned = plan.planned_scenario();
    let simulation = simulations(&planned, &[option])?;
    let prepared = Prepared::new(&planned, &simulation[0]);
    let replicated = |how: Replications<'_>| replicate(prepared.model, how, || prepared.measurer());
    let ran =
        how.part(0, plan.planned.block.clone(), replicated).map_err(|problem| PlanError::Trial(problem.into()))?;
    let rows: Vec<_> = prepared.layout.outline().rows_of(&icbs::ICBS).filter(|row| row.period == "all").collect();
    let mean = |name: &str, numbers: &[f64]| {
        let (mut sum, mut weights) = (0.0, 0.0);
        for row in rows.iter().filter(|row| row.metric.name == name) {
            let same =
                |other: &&crate::results::Row<'_>| other.entity == row.entity && other.metric.name == "referrals";
            let weight = rows.iter().find(same).map_or(0.0, |row| numbers[row.position]);
            let value = numbers[row.position];
            if value.is_finite() && weight > 0.0 {
                sum += value * weight;
                weights += weight;
            }
        }
        if weights > 0.0 { sum / weights } else { f64::NAN }
    };
    let of = |name: &str| ran.numbers.iter().map(|numbers| mean(name, numbers)).collect();
    Ok((of("transferred_share"), of("mean_distance_km")))
}

impl Pooling<'_> {
    /// Places that a plan needs less than with sharing none; nothing where one of the two misses a target.
    pub fn saved(&self, level: &Shared) -> Option<f64> {
        let none = self.levels.first().filter(|none| none.holds && level.holds)?;
        Some(f64::from(none.places) - f64::from(level.places))
    }

    /// The table.
    pub fn sheet(&self) -> Sheet<'_> {
        let rows = self.levels.iter().map(move |level| {
            let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
            let of = |test: Option<MeanTest>| {
                let ends = test.map(|test| test.interval);
                [test.map(|test| test.mean), ends.map(|ends| ends.low), ends.map(|ends| ends.high)].map(number)
            };
            let binding = level.binding.as_ref();
            let ends = binding.and_then(|binding| binding.seen.interval);
            let mut row = vec![
                Field::Text(Cow::Borrowed(level.sharing)),
                Field::Number(level.load),
                Field::Count(u64::from(level.places)),
                level.too_few.map_or(Field::Blank, |places| Field::Count(u64::from(places))),
                number(self.saved(level)),
                number(level.cost),
                Field::Count(u64::from(level.holds)),
                binding.map_or(Field::Blank, |binding| Field::Text(Cow::Borrowed(&binding.aim.text))),
                binding.map_or(Field::Blank, |binding| Field::Text(Cow::Owned(binding.entity.join("/")))),
                binding.map_or(Field::Blank, |binding| Field::Text(Cow::Borrowed(&binding.period))),
                number(binding.map(|binding| binding.seen.mean)),
                number(ends.map(|ends| ends.low)),
                number(ends.map(|ends| ends.high)),
            ];
            row.extend(of(level.transferred));
            row.extend(of(level.distance));
            row.push(Field::Count(level.replications as u64));
            row
        });
        Sheet { table: &POOLING, header: columns(&POOLING), rows: Box::new(rows) }
    }
}
