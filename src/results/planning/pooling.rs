//! What pooling is worth: the same targets planned where patients may be treated ever farther from home; table `pooling`.

use super::{CapacityPlan, PlanError, PlanRules, Planner};
use crate::domain::{FlowRule, Overflow, Reach, WaitingList};
use crate::experiment::{Replications, simulations};
use crate::ids::{OptionId, SchemeId};
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::table::{Table, icbs};
use crate::results::{Making, Manifest, Part, Prepared};
use crate::scenario::Scenario;
use crate::stats::student::mean_interval;
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
        ("saved", "places that the plan needs less than with sharing none"),
        ("cost_gbp", "what they cost a year, where every planned pool has a stated cost"),
        ("holds", "1 if the plan meets all targets and was confirmed"),
        (
            "transferred_share",
            "share of requests treated at another provider than the first choice, mean over boards in scope by requests",
        ),
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
    /// Offered load in places.
    pub load: f64,
    /// Yearly cost in pounds, where all are stated.
    pub cost: Option<f64>,
    /// Whether the plan holds.
    pub holds: bool,
    /// Share of requests treated elsewhere, by replication.
    pub transferred: Vec<f64>,
    /// Kilometres to care, by replication.
    pub distance: Vec<f64>,
}

/// Plans for each way of sharing.
#[derive(Debug)]
pub struct Pooling {
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
/// # Errors
/// [`PlanError`].
pub fn pooled(
    scenario: &Scenario,
    option: OptionId,
    rules: &PlanRules,
    scheme: Option<SchemeId>,
    how: Replications<'_>,
    making: Making,
) -> Result<Pooling, PlanError> {
    if let Some(aim) = rules.aims.iter().find(|aim| aim.is_by_pool()) {
        return Err(PlanError::Shared(aim.text.clone()));
    }
    let reaches = [
        ("none", None),
        ("icb", Some(Reach::Icb)),
        ("footprint", Some(Reach::Footprint)),
        ("region", Some(Reach::Region)),
        ("nation", Some(Reach::Nation)),
    ];
    let mut levels = Vec::new();
    for (sharing, reach) in reaches {
        if reach == Some(Reach::Footprint) && scheme.is_none() {
            continue;
        }
        let mut shared = scenario.clone();
        let set = shared.options[option].flow_rules;
        for rule in &mut shared.flow_rules[set].rules {
            *rule = match reach {
                None => FlowRule { scheme, ..FlowRule::PLAIN },
                Some(reach) => FlowRule {
                    scheme,
                    overflow: Overflow::Nearest,
                    reach,
                    list: WaitingList::Shared,
                    ..FlowRule::PLAIN
                },
            };
        }
        let planner = Planner::new(&shared, option, rules.clone())?;
        let load = planner.load();
        let plan = planner.plan(how, Making::default())?;
        let (transferred, distance) = journeys(&plan, option, how)?;
        let all: Option<f64> = plan
            .variables
            .iter()
            .zip(&plan.planned.places)
            .map(|(variable, &places)| variable.cost.map(|cost| cost.pounds() * f64::from(places)))
            .sum();
        levels.push(Shared {
            sharing,
            places: plan.planned.places.iter().sum(),
            load,
            cost: all,
            holds: plan.holds(),
            transferred,
            distance,
        });
    }
    let simulated = simulations(scenario, &[option])?;
    let prepared = Prepared::new(scenario, &simulated[0]);
    let options = vec![scenario.options[option].id.clone()];
    let part = Part { model: prepared.model, options, exchanges: 0, stuck: 0 };
    let replications = levels.iter().map(|level: &Shared| level.distance.len()).max().unwrap_or(0);
    let outline = prepared.layout.outline();
    let manifest = Manifest::new(scenario, &[part], outline, making, replications, &[POOLING.name]);
    let targets: Vec<String> = rules.aims.iter().map(|aim| aim.text.clone()).collect();
    let left_out = scenario.planning.targets.iter().filter(|text| !targets.contains(text)).cloned().collect();
    Ok(Pooling { levels, targets, left_out, manifest })
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
    let block = plan.planned.block.clone();
    let how = Replications { numbers: (block.start, block.end), ..how };
    let ran = crate::experiment::replicate(prepared.model, how, || prepared.measurer())
        .map_err(|problem| PlanError::Trial(problem.into()))?;
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

impl Pooling {
    /// The table.
    pub fn sheet(&self) -> Sheet<'_> {
        let none = self.levels.first().map_or(0, |level| level.places);
        let replications = |level: &Shared| level.distance.len() as u64;
        let rows = self.levels.iter().map(move |level| {
            let mean = |values: &[f64]| {
                let known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
                if known.is_empty() { None } else { Some(known.iter().sum::<f64>() / known.len() as f64) }
            };
            let number = |value: Option<f64>| value.map_or(Field::Blank, Field::Number);
            let ends = mean_interval(&level.distance);
            vec![
                Field::Text(Cow::Borrowed(level.sharing)),
                Field::Number(level.load),
                Field::Count(u64::from(level.places)),
                Field::Number(f64::from(none) - f64::from(level.places)),
                number(level.cost),
                Field::Count(u64::from(level.holds)),
                number(mean(&level.transferred).or((level.sharing == "none").then_some(0.0))),
                number(mean(&level.distance)),
                number(ends.map(|ends| ends.low)),
                number(ends.map(|ends| ends.high)),
                Field::Count(replications(level)),
            ]
        });
        Sheet { table: &POOLING, header: columns(&POOLING), rows: Box::new(rows) }
    }
}
