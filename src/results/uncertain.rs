//! Tables `input_uncertainty` and `input_draws`: what it means for the results that inputs are not known for certain.

use super::layout::Row;
use super::table::{Kind, Table};
use super::{Results, Study, Unwatched};
use crate::experiment::{ReplicationError, Replications, simulations};
use crate::ids::OptionId;
use crate::model::CompileError;
use crate::scenario::Scenario;
use crate::stats::Interval;
use crate::stats::crossed::{Crossed, crossed};
use std::collections::BTreeMap;
use thiserror::Error;

/// Fewer draws than this are too few for the split to be believed; so are fewer replications.
pub(super) const FEW: usize = 20;

/// The metrics that are looked at.
const HEADLINE: [(&str, &[&str]); 4] = [
    ("commissioners", &["cost_gbp", "net_cost_gbp", "over_budget_gbp"]),
    ("icbs", &["net_cost_gbp", "over_budget_gbp", "mean_wait_days", "waiting_list", "treated_within_standard_share"]),
    ("providers", &["income_gbp"]),
    ("pools", &["utilisation", "mean_wait_days", "refused_share"]),
];

pub(super) const INPUT_UNCERTAINTY: Table = Table {
    name: "input_uncertainty",
    meaning: "Where the variance of a figure comes from, inputs or chance, over draws of the factors in [[uncertain]] with all replications at each (run --inputs).",
    entities: &[
        ("option", "id of the tiering option"),
        ("period", "reporting period; months are left out"),
        ("table", "name of the table of the metric"),
        ("entity", "the table's entity columns, joined by /"),
        ("metric", "what the number is"),
        ("unit", "its unit"),
        ("mean", "mean over draws of the inputs and replications"),
        (
            "ci_low",
            "lower end of the 95 % interval of that mean (error of drawing and simulating; Student, degrees of freedom by Satterthwaite)",
        ),
        ("ci_high", "upper end"),
        (
            "sd_inputs",
            "standard deviation from inputs: of what is expected at given inputs; corrected for chance, 0 where nothing is left",
        ),
        (
            "below_noise",
            "1 where the estimate of the variance from inputs was negative and is shown as 0: nothing is seen beyond chance",
        ),
        ("sd_chance", "standard deviation from chance, at given inputs"),
        ("share_inputs", "share of inputs in the variance of one replication"),
        ("share_low", "lower end of its 95 % interval (F, degrees of freedom by Satterthwaite)"),
        ("share_high", "upper end"),
        (
            "prediction_low",
            "lower end of the 95 % prediction interval: where the figure itself may come out if the period is lived through once, inputs and chance together; not the interval of the mean (Student; of shares cut at 0 and 1, of what is never negative at 0)",
        ),
        ("prediction_high", "upper end"),
        ("draws", "draws of the inputs"),
        ("replications", "replications in which the metric is defined at every draw; below two nothing is split"),
    ],
};

pub(super) const INPUT_DRAWS: Table = Table {
    name: "input_draws",
    meaning: "The factors that were drawn for `input_uncertainty`.",
    entities: &[
        ("draw", "number of the draw, from 0"),
        ("id", "id of the row in [[uncertain]]"),
        ("factor", "demand, stay, price or capacity"),
        ("value", "the factor, on top of those in [factors]"),
    ],
};

/// The figures of a headline metric: at each draw of the inputs one for each replication.
type Values = Vec<Vec<f64>>;

/// What a row is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    table: &'static str,
    option: String,
    period: String,
    entity: Vec<String>,
    metric: &'static str,
}

impl Key {
    fn of(row: &Row<'_>) -> Self {
        Self {
            table: row.table.name,
            option: row.option.to_owned(),
            period: row.period.to_owned(),
            entity: row.entity.to_vec(),
            metric: row.metric.name,
        }
    }
}

/// What draws of the uncertain inputs left of the headline metrics.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct InputDraws {
    /// Of each draw the factors, in the order of the scenario's rows.
    factors: Vec<Vec<f64>>,
    values: BTreeMap<Key, Values>,
}

/// Why inputs could not be drawn.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum DrawError {
    /// A draw leads to a scenario that cannot be simulated.
    #[error("draw {draw} of the uncertain inputs: {source}")]
    Compile {
        /// The draw.
        draw: u32,
        /// What is wrong with it.
        source: CompileError,
    },
    /// A draw could not be simulated.
    #[error("draw {draw} of the uncertain inputs: {source}")]
    Replication {
        /// The draw.
        draw: u32,
        /// What went wrong.
        source: ReplicationError,
    },
}

impl InputDraws {
    /// Simulates so many draws of a scenario's uncertain factors, each with the same replications on the same random
    /// numbers. `how.progress` hears of the replications of all draws together.
    ///
    /// # Errors
    /// That of the first draw that fails.
    pub fn run(
        scenario: &Scenario,
        options: &[OptionId],
        draws: u32,
        how: Replications<'_>,
    ) -> Result<Self, DrawError> {
        let mut all = Self::default();
        let each = how.numbers.1.saturating_sub(how.numbers.0);
        for draw in 0..draws {
            let drawn = scenario.drawn(draw);
            let simulations = simulations(&drawn, options).map_err(|source| DrawError::Compile { draw, source })?;
            let mut study = Study::new(&drawn, &simulations);
            // Demand beyond chance fills the table of risks alone.
            study.prepared.iter_mut().for_each(|one| one.varied = None);
            let before = draw.saturating_mul(each).saturating_mul(study.count() as u32);
            let how = Replications { progress: &|finished| (how.progress)(before.saturating_add(finished)), ..how };
            study.extend(how, &Unwatched).map_err(|source| DrawError::Replication { draw, source })?;
            all.factors.push(scenario.uncertain.iter().map(|row| row.draw(scenario.run.seed, draw)).collect());
            all.add(draw as usize, &study);
        }
        Ok(all)
    }

    fn add(&mut self, draw: usize, study: &Study<'_>) {
        for (layout, numbers) in study.numbers() {
            for row in layout.outline().rows().filter(is_headline) {
                let values = self.values.entry(Key::of(&row)).or_default();
                // A row that an earlier draw lacked is undefined there.
                values.resize(draw, vec![f64::NAN; numbers.len()]);
                values.push(numbers.iter().map(|replication| replication[row.position]).collect());
            }
        }
    }

    /// How many draws there are.
    pub fn len(&self) -> usize {
        self.factors.len()
    }

    /// Whether nothing was drawn.
    pub fn is_empty(&self) -> bool {
        self.factors.is_empty()
    }

    /// The factors of each draw, in the order of the scenario's rows.
    pub fn factors(&self) -> &[Vec<f64>] {
        &self.factors
    }
}

fn is_headline(row: &Row<'_>) -> bool {
    HEADLINE.iter().any(|(table, metrics)| *table == row.table.name && metrics.contains(&row.metric.name))
        && !row.period.contains("-M")
}

/// What inputs and chance make of one figure.
#[derive(Clone, Copy, Debug)]
pub struct InputRowSplit<'a> {
    /// What it is.
    pub row: Row<'a>,
    /// The split; nothing where the metric is defined in less than two replications at every draw.
    pub split: Option<Crossed>,
    /// The prediction interval, cut at what the metric can be.
    pub prediction: Option<Interval>,
    /// Draws of the inputs.
    pub draws: usize,
    /// Replications in which the metric is defined at every draw.
    pub replications: usize,
}

impl Results<'_> {
    /// What inputs and chance make of the headline figures, in the order of the results; nothing if no inputs were drawn.
    pub fn input_uncertainty(&self) -> impl Iterator<Item = InputRowSplit<'_>> {
        let draws = self.inputs_drawn.as_ref();
        let rows = self.outline.rows().filter(move |row| draws.is_some() && is_headline(row));
        rows.filter_map(move |row| Some(split(row, draws?)))
    }

    /// The draws of the inputs, if there are any.
    pub fn input_draws(&self) -> Option<&InputDraws> {
        self.inputs_drawn.as_ref()
    }
}

fn split<'a>(row: Row<'a>, draws: &InputDraws) -> InputRowSplit<'a> {
    let values = draws.values.get(&Key::of(&row)).map_or(&[][..], Vec::as_slice);
    let each = values.first().map_or(0, Vec::len);
    let whole = values.len() == draws.len();
    // Only what is defined at every draw is the same chance at every draw.
    let defined: Vec<usize> = (0..each).filter(|&j| whole && values.iter().all(|of| !of[j].is_nan())).collect();
    let points: Vec<Vec<f64>> = values.iter().map(|of| defined.iter().map(|&j| of[j]).collect()).collect();
    let split = crossed(&points, 0.05);
    let never_negative = points.iter().flatten().all(|&value| value >= 0.0);
    let prediction = split.map(|split| {
        let most = if row.metric.kind == Kind::Share && points.iter().flatten().all(|&value| value <= 1.0) {
            1.0
        } else {
            f64::INFINITY
        };
        let least = if never_negative { 0.0 } else { f64::NEG_INFINITY };
        Interval { low: split.prediction.low.max(least), high: split.prediction.high.min(most) }
    });
    InputRowSplit { row, split, prediction, draws: draws.len(), replications: defined.len() }
}
