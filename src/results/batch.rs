//! What a batch asks of the results: metrics by name, and what its parameters do to them.

use super::precision::{TargetError, targets};
use super::{catalogue, comparisons};
use crate::experiment::Analysis;
use crate::scenario::{Words, suggestion};
use crate::stats::Interval;
use crate::stats::sensitivity::{Effect, Index, Indices};

/// Metrics of a batch that names none.
const USUAL: [(&str, &str); 6] = [
    ("commissioners", "cost_gbp"),
    ("icbs", "net_cost_gbp"),
    ("icbs", "mean_wait_days"),
    ("providers", "income_gbp"),
    ("pools", "utilisation"),
    ("winners_losers", "net_cost_change_gbp"),
];

/// How many bootstrap samples an interval of Sobol's indices takes.
const RESAMPLES: u32 = 1_000;

/// Intervals miss with this probability.
const ALPHA: f64 = 0.05;

/// The names that a batch file may use.
pub fn batch_words() -> Words {
    let named = |(table, metric): (&str, &str)| (table.to_owned(), metric.to_owned());
    let all = catalogue().into_iter().flat_map(|entry| {
        let names = entry.metrics.iter().map(move |metric| (entry.table.name, metric.name));
        names.map(named).collect::<Vec<_>>()
    });
    Words { metrics: all.collect(), usual: USUAL.map(named).to_vec(), precision }
}

/// What is wrong with a precision, and the cure.
fn precision(text: &str) -> Option<(String, String)> {
    let problem = targets(text).err()?;
    let entries = || catalogue().into_iter().filter(|entry| !comparisons().contains(&entry.table.name));
    Some(match problem {
        TargetError::Form(text) => (
            format!("`{text}` is no precision"),
            "Write a metric and how well it is to be known, such as \"cost_gbp:1%\".".to_owned(),
        ),
        TargetError::Metric(name) => {
            let mut known: Vec<&str> = entries().flat_map(|entry| entry.metrics).map(|metric| metric.name).collect();
            known.sort_unstable();
            known.dedup();
            (format!("no table has the metric `{name}`"), suggestion(&name, known))
        }
        TargetError::Table(name) => {
            let known: Vec<&str> = entries().map(|entry| entry.table.name).collect();
            (format!("there is no table `{name}`"), suggestion(&name, known))
        }
        TargetError::Tolerance { text, unit } => (
            format!("`{text}` is no precision of a metric in {unit}"),
            format!("Write per cent of the mean such as 1%, or a positive number in {unit}."),
        ),
    })
}

/// One number of a sensitivity analysis.
#[derive(Clone, PartialEq, Debug)]
pub struct SensitivityRow {
    /// Position of the parameter; none where it is about all together.
    pub parameter: Option<usize>,
    /// What it is: `mu`, `mu_star`, `sigma` and `noise` of Morris; `variance`, `noise`, `first` and `total` of Sobol.
    pub index: &'static str,
    /// Its value: of Morris in the metric's unit, of `variance` in its square, of `first` and `total` a share.
    pub value: Option<f64>,
    /// Its 95 % interval, where there is one.
    pub interval: Option<Interval>,
    /// What to know of it.
    pub note: &'static str,
}

impl SensitivityRow {
    fn about(index: &'static str, value: Option<f64>, note: &'static str) -> Self {
        Self { parameter: None, index, value, interval: None, note }
    }
}

/// What parameters do to a metric, given its replications at each point of the design, none where it is missing.
///
/// Cells may have taken different numbers of replications: the least of them is used at every point, since equal numbers
/// mean equal patients. Empty for a design without an analysis.
pub fn sensitivity(analysis: &Analysis, seed: u64, outputs: &[Vec<f64>]) -> Vec<SensitivityRow> {
    let least = outputs.iter().map(Vec::len).min().unwrap_or(0);
    let outputs: Vec<Vec<f64>> = outputs.iter().map(|row| row[..least].to_vec()).collect();
    let nothing = |note| vec![SensitivityRow::about("none", None, note)];
    if least == 0 {
        return nothing("not in every cell");
    }
    if outputs.iter().flatten().any(|value| !value.is_finite()) {
        return nothing("undefined in some replication");
    }
    match analysis {
        Analysis::None => Vec::new(),
        Analysis::Morris(design) => match design.effects(&outputs, ALPHA) {
            Some(effects) => (0..).zip(effects).flat_map(|(parameter, effect)| of_effect(parameter, &effect)).collect(),
            None => nothing("the points do not fit the design"),
        },
        Analysis::Sobol(design) => match design.indices(&outputs, RESAMPLES, seed, ALPHA) {
            Some(indices) => of_indices(&indices),
            None => nothing("the points do not fit the design"),
        },
    }
}

const UNCORRECTED: &str = "one replication: what chance adds is not taken off";
const CLAMPED: &str = "below zero after taking off chance, set to zero";

fn of_effect(parameter: usize, effect: &Effect) -> Vec<SensitivityRow> {
    let row =
        |index, value, interval, note| SensitivityRow { parameter: Some(parameter), index, value, interval, note };
    let by_chance = effect.mu_star > 0.0 && effect.noise.is_some_and(|noise| effect.mu_star < noise);
    let spread = match (effect.noise, effect.clamped) {
        (None, _) => UNCORRECTED,
        (_, true) => CLAMPED,
        _ => "",
    };
    vec![
        row("mu", Some(effect.mu.mean), Some(effect.mu.interval), ""),
        row(
            "mu_star",
            Some(effect.mu_star),
            Some(effect.mu_star_interval),
            if by_chance { "no larger than chance alone makes it" } else { "" },
        ),
        row("sigma", Some(effect.sigma), None, spread),
        row("noise", effect.noise, None, ""),
    ]
}

fn of_indices(indices: &Indices) -> Vec<SensitivityRow> {
    let note = match indices {
        Indices { clamped: true, .. } => "the parameters show no effect beyond chance",
        Indices { factors: None, .. } => "the same at every point",
        Indices { noise: None, .. } => UNCORRECTED,
        _ => "",
    };
    let mut rows = vec![
        SensitivityRow::about("variance", Some(indices.variance), note),
        SensitivityRow::about("noise", indices.noise, ""),
    ];
    for (parameter, factor) in indices.factors.iter().flatten().enumerate() {
        rows.extend([("first", factor.first), ("total", factor.total)].map(|(index, found): (_, Index)| {
            SensitivityRow {
                parameter: Some(parameter),
                index,
                value: Some(found.estimate),
                interval: Some(found.interval),
                note: if found.clamped { CLAMPED } else { "" },
            }
        }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sensitivity::{Morris, Sobol};

    /// Two parameters of which the first moves the output by 10, and chance that is common to all points.
    fn outputs(points: &[Vec<f64>]) -> Vec<Vec<f64>> {
        points.iter().map(|x| vec![10.0 * x[0], 10.0 * x[0] + 3.0, 10.0 * x[0] - 3.0]).collect()
    }

    fn value(rows: &[SensitivityRow], parameter: Option<usize>, index: &str) -> f64 {
        rows.iter().find(|row| row.parameter == parameter && row.index == index).unwrap().value.unwrap()
    }

    #[test]
    fn a_parameter_without_effect_is_found_and_common_chance_is_no_noise() {
        let design = Morris::new(5, 2, 4, 1).unwrap();
        let rows = sensitivity(&Analysis::Morris(design.clone()), 1, &outputs(design.points()));
        let at = |parameter, index| value(&rows, Some(parameter), index);
        assert!((at(0, "mu_star") - 10.0).abs() < 1e-9 && at(0, "sigma") < 1e-6 && at(0, "noise") < 1e-6);
        assert_eq!((at(1, "mu"), at(1, "mu_star")), (0.0, 0.0));
        // The standard error of a total index is some 1 / sqrt(rows): a tenth is more than four of them.
        let design = Sobol::new(2_000, 2, 1).unwrap();
        let rows = sensitivity(&Analysis::Sobol(design.clone()), 1, &outputs(design.points()));
        assert!((value(&rows, Some(0), "total") - 1.0).abs() < 0.1, "{rows:?}");
        assert!(value(&rows, Some(1), "total") < 1e-9 && (value(&rows, None, "variance") - 100.0 / 12.0).abs() < 1.5);
    }

    #[test]
    fn what_cannot_be_analysed_says_so() {
        let design = Morris::new(2, 1, 4, 1).unwrap();
        let analysis = Analysis::Morris(design);
        let mut all = vec![vec![1.0, 2.0]; 4];
        all[2] = vec![1.0];
        let rows = sensitivity(&analysis, 1, &all);
        assert!(rows.iter().any(|row| row.note == UNCORRECTED), "one replication is common to all: {rows:?}");
        all[1][0] = f64::NAN;
        assert_eq!(sensitivity(&analysis, 1, &all)[0].note, "undefined in some replication");
        all[3].clear();
        assert_eq!(sensitivity(&analysis, 1, &all)[0].note, "not in every cell");
        assert!(sensitivity(&Analysis::None, 1, &[vec![1.0]]).is_empty());
    }

    #[test]
    fn the_usual_metrics_exist() {
        let words = batch_words();
        assert!(words.usual.iter().all(|metric| words.metrics.contains(metric)));
        assert!((words.precision)("cost_gbp:1%").is_none());
        assert!((words.precision)("cost_gb:1%").unwrap().1.contains("cost_gbp"));
    }
}
