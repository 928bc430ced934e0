//! Lengths of stay.

use crate::random::Distribution;
use crate::scenario::codes::Code;
use crate::scenario::csv_table;
use crate::scenario::diagnostic::{quote, suggestion};
use crate::scenario::leaf::{self, Fault, LONGEST_DAYS};
use crate::scenario::node::{Node, Value};
use crate::scenario::read::{Context, Row};
use crate::units::DAYS_PER_YEAR;

/// The longest mean stay in days: 100 years.
const LONGEST_MEAN: f64 = 100.0 * DAYS_PER_YEAR;

/// Reads a stay; nothing if it is wrong (reported).
pub(super) fn stay(cx: &mut Context<'_>, node: &Node) -> Option<Distribution> {
    let [(kind, parameters)] = node.table()?.entries.as_slice() else {
        return None;
    };
    let row = Row::of(parameters)?;
    let distribution = match &*kind.text {
        "exponential" => Distribution::Exponential { mean: row.days("mean")? },
        "deterministic" => Distribution::Deterministic { value: row.days("value")? },
        "lognormal" => lognormal(cx, row)?,
        "gamma" => {
            let (mean, sd) = (row.days("mean")?, row.days("sd")?);
            Distribution::Gamma { shape: (mean / sd) * (mean / sd), scale: sd * sd / mean }
        }
        "weibull" => Distribution::Weibull { shape: row.number("shape")?, scale: row.days("scale")? },
        "uniform" => Distribution::Uniform { low: row.days("low")?, high: row.days("high")? },
        "triangular" => {
            Distribution::Triangular { low: row.days("low")?, mode: row.days("mode")?, high: row.days("high")? }
        }
        "normal" => Distribution::FlooredNormal {
            mean: row.days("mean")?,
            sd: row.days("sd")?,
            floor: row.days("floor").unwrap_or(0.0),
        },
        "erlang" => Distribution::Erlang { phases: row.whole("phases", 1, 1000)? as u32, mean: row.days("mean")? },
        "hyperexponential" => hyperexponential(cx, row)?,
        "empirical" => Distribution::Empirical { values: empirical(cx, row)? },
        _ => return None,
    };
    sensible(cx, row, distribution)
}

/// Passes on a distribution with possible parameters and a mean that can be simulated.
fn sensible(cx: &mut Context<'_>, row: Row<'_>, distribution: Distribution) -> Option<Distribution> {
    // Zero durations are reported with their key.
    let zero = |key: &str| row.days(key).is_some_and(|days| days == 0.0);
    let reported =
        (zero("mean") && !matches!(distribution, Distribution::FlooredNormal { .. })) || zero("sd") || zero("scale");
    if reported {
        return None;
    }
    let problem = if let Err(bad) = distribution.check() {
        Some(bad.to_string())
    } else {
        let mean = distribution.mean();
        (!mean.is_finite() || mean > LONGEST_MEAN).then(|| "the mean stay is over 100 years".to_owned())
    };
    match problem {
        None => Some(distribution),
        Some(problem) => {
            cx.sink.report_plain(Code::BadStay, Some(row.place), || format!("impossible stay: {problem}"));
            None
        }
    }
}

fn lognormal(cx: &mut Context<'_>, row: Row<'_>) -> Option<Distribution> {
    let there = |keys: [&str; 2]| keys.map(|key| row.node(key).is_some());
    match (there(["mean", "sd"]), there(["mu", "sigma"])) {
        ([true, true], [false, false]) => {
            let (mean, sd) = (row.days("mean")?, row.days("sd")?);
            (mean > 0.0).then(|| Distribution::lognormal_by_mean_sd(mean, sd))
        }
        ([false, false], [true, true]) => {
            let unit = leaf::unit_days(row.text("unit").unwrap_or("d"))?;
            Some(Distribution::Lognormal { mu: row.number("mu")? + libm::log(unit), sigma: row.number("sigma")? })
        }
        _ => {
            cx.sink.report(Code::BadStay, Some(row.place), || {
                let cure = "Write { lognormal = { mean = \"9 d\", sd = \"7 d\" } } or \
                            { lognormal = { mu = 2.0, sigma = 0.7, unit = \"d\" } }.";
                ("a lognormal stay needs mean and sd, or mu and sigma".to_owned(), cure.to_owned())
            });
            None
        }
    }
}

fn hyperexponential(cx: &mut Context<'_>, row: Row<'_>) -> Option<Distribution> {
    let list = |key: &str| row.node(key).and_then(Node::array);
    let shares: Vec<f64> = list("shares")?.iter().map(|node| leaf::share(node).ok()).collect::<Option<_>>()?;
    let means: Vec<f64> = list("means")?.iter().map(|node| leaf::duration(node).ok()).collect::<Option<_>>()?;
    if means.contains(&0.0) {
        return None;
    }
    let total: f64 = shares.iter().sum();
    let problem = if shares.len() != means.len() {
        format!("there are {} shares but {} means", shares.len(), means.len())
    } else if shares.is_empty() || shares.len() > 100 {
        "a stay has 1 to 100 branches".to_owned()
    } else if (total - 1.0).abs() > 0.001 {
        format!("the shares sum to {total}, not 1")
    } else {
        // What 1/3 loses by rounding in the file is spread over the branches.
        let branches = shares.iter().map(|share| share / total).zip(means).collect();
        return Some(Distribution::Hyperexponential { branches });
    };
    cx.sink.report_plain(Code::BadStay, row.at("shares"), || problem);
    None
}

/// The sorted values of a column of observed stays, in days.
fn empirical(cx: &mut Context<'_>, row: Row<'_>) -> Option<Vec<f64>> {
    let name = row.node("file")?;
    let column = row.text("column")?;
    let unit = leaf::unit_days(row.text("unit").unwrap_or("d"))?;
    let path = cx.sources.folder(name.place).join(name.text()?);
    let file = match cx.sources.read(&path) {
        Ok(file) => file,
        Err(fault) => {
            cx.sink.report(fault.code(true), Some(name.place), || (fault.message.clone(), fault.cure.to_owned()));
            return None;
        }
    };
    let errors = cx.sink.errors();
    let records = csv_table::records(cx.sources, file, cx.sink);
    let header = records.first().map_or(&[][..], Vec::as_slice);
    let Some(position) = header.iter().position(|(name, _)| name == column) else {
        cx.sink.report(Code::EmpiricalFile, row.at("column"), || {
            let message = format!("{} has no column {}", quote(name.text().unwrap_or_default()), quote(column));
            (message, suggestion(column, header.iter().map(|(name, _)| name.as_str())))
        });
        return None;
    };
    let mut values = Vec::new();
    for (text, place) in records.into_iter().skip(1).filter_map(|cells| cells.into_iter().nth(position)) {
        if text.is_empty() {
            continue;
        }
        let cell = Node { place, value: Value::Text(text) };
        match leaf::number(&cell).and_then(|value| within(value * unit)) {
            Ok(value) => values.push(value),
            Err(fault) => cx.sink.report(fault.code, Some(place), || (fault.message, fault.cure)),
        }
    }
    if cx.sink.errors() > errors {
        return None;
    }
    if values.is_empty() {
        cx.sink
            .report_plain(Code::EmpiricalFile, Some(name.place), || format!("column {} has no values", quote(column)));
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(values)
}

fn within(days: f64) -> Result<f64, Fault> {
    if (0.0..=LONGEST_DAYS).contains(&days) {
        return Ok(days);
    }
    Err(Fault::new(Code::OutOfRange, format!("a stay of {days} d is out of range"))
        .cure("Stays are not negative and at most 200 years; check the key `unit`."))
}
