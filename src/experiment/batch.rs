//! The cells of a batch: its scenarios times its points, in a fixed order.

use crate::scenario::{Batch, Design, Value, Values};
use crate::stats::sensitivity::{Morris, Sobol, grid, grid_size, latin_hypercube};

/// A scenario at a point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// From 1.
    pub number: usize,
    /// Its number and what it is, fit for the name of a folder.
    pub name: String,
    /// Position of its scenario in the batch.
    pub scenario: usize,
    /// The values of the parameters, in their order.
    pub values: Vec<Value>,
    /// What is changed in the scenario, as with `--set`: replications last.
    pub overrides: Vec<String>,
}

/// What can be said of the points together.
#[derive(Clone, PartialEq, Debug)]
pub enum Analysis {
    /// Nothing: a grid, a list, a Latin hypercube.
    None,
    /// Morris's screening.
    Morris(Morris),
    /// Sobol's indices.
    Sobol(Sobol),
}

/// All cells, those of a scenario together, and the design of its points.
#[derive(Clone, PartialEq, Debug)]
pub struct Cells {
    /// In their order; at least one.
    pub cells: Vec<Cell>,
    /// The design, the same for every scenario.
    pub analysis: Analysis,
    /// How many points there are for each scenario.
    pub points: usize,
}

/// How many cells a batch has; nothing beyond 2^64.
pub fn batch_size(batch: &Batch) -> Option<u64> {
    let parameters = batch.parameters.len() as u64;
    let points = match &batch.design {
        Design::Grid => grid_size(&levels(batch))?,
        Design::List(points) => points.len() as u64,
        Design::LatinHypercube { points, .. } => *points as u64,
        Design::Morris { trajectories, .. } => (*trajectories as u64).checked_mul(parameters + 1)?,
        Design::Sobol { points, .. } => (*points as u64).checked_mul(parameters + 2)?,
    };
    points.checked_mul(batch.scenarios.len() as u64)
}

/// How many values each parameter of a grid has.
fn levels(batch: &Batch) -> Vec<usize> {
    let count = |values: &Values| if let Values::Grid(values) = values { values.len() } else { 0 };
    batch.parameters.iter().map(|parameter| count(&parameter.values)).collect()
}

/// The cells of a batch. Nothing where its design cannot be made, which a batch that was loaded never has; all are made at
/// once, so [`batch_size`] is to be asked before.
pub fn batch_cells(batch: &Batch) -> Option<Cells> {
    let dimensions = batch.parameters.len();
    let mut analysis = Analysis::None;
    let points: Vec<Vec<Value>> = match &batch.design {
        Design::Grid => grid(&levels(batch)).map(|point| from_grid(batch, &point)).collect(),
        Design::List(points) => points.clone(),
        Design::LatinHypercube { points, seed } => in_ranges(batch, &latin_hypercube(*points, dimensions, *seed)?),
        Design::Morris { trajectories, levels, seed } => {
            let design = Morris::new(*trajectories, dimensions, *levels, *seed)?;
            let points = in_ranges(batch, design.points());
            analysis = Analysis::Morris(design);
            points
        }
        Design::Sobol { points, seed } => {
            let design = Sobol::new(*points, dimensions, *seed)?;
            let points = in_ranges(batch, design.points());
            analysis = Analysis::Sobol(design);
            points
        }
    };
    let digits = (points.len() * batch.scenarios.len()).to_string().len().max(3);
    let stated = matches!(batch.design, Design::Grid | Design::List(_));
    let mut cells = Vec::with_capacity(points.len() * batch.scenarios.len());
    for (scenario, known) in batch.scenarios.iter().enumerate() {
        for values in &points {
            let number = cells.len() + 1;
            let mut words = vec![known.label.clone()];
            // Values that were drawn say nothing to a reader of names.
            let shown = batch.parameters.iter().zip(values).filter(|_| stated);
            words.extend(shown.map(|(parameter, value)| format!("{}-{}", parameter.name, value.shown)));
            let name = format!("{number:0digits$}-{}", slug(&words.join("-")));
            cells.push(Cell { number, name, scenario, overrides: overrides(batch, values), values: values.clone() });
        }
    }
    (!cells.is_empty()).then_some(Cells { cells, analysis, points: points.len() })
}

fn from_grid(batch: &Batch, point: &[usize]) -> Vec<Value> {
    let value = |(values, &level): (&Values, &usize)| match values {
        Values::Grid(values) => values.get(level).cloned(),
        _ => None,
    };
    batch.parameters.iter().map(|parameter| &parameter.values).zip(point).filter_map(value).collect()
}

fn in_ranges(batch: &Batch, points: &[Vec<f64>]) -> Vec<Vec<Value>> {
    let value = |(values, &at): (&Values, &f64)| match values {
        Values::Range(range) => Some(range.at(at)),
        _ => None,
    };
    let ranges = || batch.parameters.iter().map(|parameter| &parameter.values);
    points.iter().map(|point| ranges().zip(point).filter_map(value).collect()).collect()
}

fn overrides(batch: &Batch, values: &[Value]) -> Vec<String> {
    let set = batch
        .parameters
        .iter()
        .zip(values)
        .flat_map(|(parameter, value)| parameter.keys.iter().map(move |key| format!("{key}={}", value.toml)));
    set.chain(batch.replications.map(|number| format!("run.replications={number}"))).collect()
}

/// Letters, digits, points and single dashes of a text, not too many.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        let kept = c.is_ascii_alphanumeric() || c == '.' || c == '_';
        match (kept, slug.ends_with('-')) {
            (true, _) => slug.push(c.to_ascii_lowercase()),
            (false, false) => slug.push('-'),
            (false, true) => {}
        }
    }
    slug.truncate(LONGEST);
    slug.trim_matches(['-', '.']).to_owned()
}

/// The longest name of a cell behind its number.
const LONGEST: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_folders() {
        assert_eq!(slug("North Central-run-30 d-Łódź/../x"), "north-central-run-30-d-d-..-x");
        assert_eq!(slug("£1.50"), "1.50");
        assert!(slug(&"a b".repeat(100)).len() <= LONGEST);
    }
}
