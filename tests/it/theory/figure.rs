//! One figure of one case: where it stands in the results, and what theory says.

use std::collections::BTreeMap;
use std::path::Path;

/// How far a figure may lie from the exact value.
#[derive(Clone, Copy)]
pub(super) enum Within {
    /// Relative to the exact value.
    Relative(f64),
    /// In the figure's unit.
    Absolute(f64),
}

impl Within {
    pub(super) fn around(self, value: f64) -> f64 {
        match self {
            Self::Relative(share) => share * value,
            Self::Absolute(distance) => distance,
        }
    }
}

/// Values of entity columns.
pub(super) type Entity = &'static [(&'static str, &'static str)];

/// A case: the name of its file, and its figures; the first one enters the sum of squares.
pub(super) type Case = (&'static str, Vec<Figure>);

/// A row of table `replications`, with its weight in a sum: table, entity, metric.
pub(super) type Term = (f64, &'static str, String, &'static str);

/// Where a figure stands.
pub(super) enum Place {
    /// The mean of a row.
    Row { table: &'static str, entity: Entity, metric: &'static str },
    /// The same, divided by the days of the horizon.
    PerDay { table: &'static str, entity: Entity, metric: &'static str },
    /// A ratio of sums of rows, pooled over replications; without a divisor a sum.
    Pooled { name: String, over: Vec<Term>, under: Vec<Term> },
}

/// One figure of one case.
pub(super) struct Figure {
    pub place: Place,
    pub exact: f64,
    pub within: Within,
    /// The standard error of the "exact" value, where it is a simulation's, too.
    pub uncertainty: f64,
    /// What somebody else printed, and how near to that the figure must be.
    pub published: Option<(f64, Within)>,
}

impl Figure {
    pub(super) fn at(place: Place, exact: f64, within: Within) -> Self {
        Self { place, exact, within, uncertainty: 0.0, published: None }
    }

    pub(super) fn known_to(self, uncertainty: f64) -> Self {
        Self { uncertainty, ..self }
    }

    pub(super) fn published(self, value: f64, within: Within) -> Self {
        Self { published: Some((value, within)), ..self }
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Row { entity, metric, .. } | Place::PerDay { entity, metric, .. } => {
                let words: Vec<&str> = entity.iter().map(|pair| pair.1).collect();
                format!("{metric} {}", words.join("/"))
            }
            Place::Pooled { name, .. } => name.clone(),
        }
    }

    /// What a results folder says, as (mean, half-width of its 95 % interval, standard error).
    pub(super) fn found(&self, results: &Path, horizon: f64) -> Result<(f64, f64, f64), String> {
        match &self.place {
            Place::Row { table, entity, metric } => row(results, table, entity, metric, 1.0),
            Place::PerDay { table, entity, metric } => row(results, table, entity, metric, horizon),
            Place::Pooled { over, under, .. } => pooled(results, over, under),
        }
    }
}

pub(super) fn figure(table: &'static str, entity: Entity, metric: &'static str, exact: f64, within: Within) -> Figure {
    Figure::at(Place::Row { table, entity, metric }, exact, within)
}

/// A metric of the only pool.
pub(super) fn pool(metric: &'static str, exact: f64, within: Within) -> Figure {
    figure("pools", &[], metric, exact, within)
}

/// Rows of one table of a results folder, as maps from column to value.
pub(super) fn rows(folder: &Path, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(format!("{table}.csv"))).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn row(results: &Path, table: &str, entity: Entity, metric: &str, divisor: f64) -> Result<(f64, f64, f64), String> {
    if !results.join(format!("{table}.csv")).exists() {
        return Err(format!("no table {table}"));
    }
    let found: Vec<_> = rows(results, table)
        .into_iter()
        .filter(|row| row["period"] == "all" && row["metric"] == metric)
        .filter(|row| entity.iter().all(|(column, value)| row[*column] == *value))
        .collect();
    let [row] = &found[..] else {
        return Err(format!("{} rows", found.len()));
    };
    let number = |column: &str| row[column].parse::<f64>().map_err(|_| format!("{column} is `{}`", row[column]));
    let half = (number("ci_high")? - number("ci_low")?) / 2.0;
    let error = number("sd")? / number("replications")?.sqrt();
    Ok((number("mean")? / divisor, half / divisor, error / divisor))
}

/// The ratio of two sums over all replications, with the standard error of its linear approximation; the replications are
/// many, so that the normal quantile serves.
fn pooled(results: &Path, over: &[Term], under: &[Term]) -> Result<(f64, f64, f64), String> {
    let mut weights: BTreeMap<[String; 3], [f64; 2]> = BTreeMap::new();
    for (side, terms) in [over, under].into_iter().enumerate() {
        for (weight, table, entity, metric) in terms {
            weights.entry([(*table).to_owned(), entity.clone(), (*metric).to_owned()]).or_default()[side] += weight;
        }
    }
    let mut reader = csv::Reader::from_path(results.join("replications.csv")).unwrap();
    let mut sums: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    let mut seen = 0;
    for record in reader.records() {
        // Columns: table, option, period, entity, metric, unit, replication, value.
        let record = record.unwrap();
        let key = [0, 3, 4].map(|column| record[column].to_owned());
        if let Some(weight) = weights.get(&key).filter(|_| &record[2] == "all") {
            let value: f64 = record[7].parse().map_err(|_| format!("{key:?} is `{}`", &record[7]))?;
            let sum = sums.entry(record[6].parse().unwrap()).or_default();
            sum[0] += weight[0] * value;
            sum[1] += weight[1] * value;
            seen += 1;
        }
    }
    let replications = sums.len();
    if replications < 100 || seen != replications * weights.len() {
        return Err(format!("{seen} values of {} rows in {replications} replications", weights.len()));
    }
    let below = |sum: &[f64; 2]| if under.is_empty() { 1.0 } else { sum[1] };
    let total: f64 = sums.values().map(|sum| sum[0]).sum();
    let divisor: f64 = sums.values().map(below).sum();
    let ratio = total / divisor;
    let squares: f64 = sums.values().map(|sum| (sum[0] - ratio * below(sum)).powi(2)).sum();
    let count = replications as f64;
    let error = (squares * count / (count - 1.0)).sqrt() / divisor;
    Ok((ratio, 1.96 * error, error))
}
