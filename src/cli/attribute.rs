//! `tierflow attribute`: why two options, or two scenarios, differ.

use super::args::{AttributeArgs, Format};
use super::exit::Exit;
use super::grid::{Grid, Kind};
use super::printer::Printer;
use super::progress::Progress;
use super::run::{Scale, known_metrics};
use super::scenario_words::{self as words, Names};
use super::settings::{overrides, threads};
use super::text::wrap;
use super::{interrupt, load, numbers};
use crate::experiment::{Replications, Stretch, stretches};
use crate::ids::OptionId;
use crate::results::{Attributed, Attribution, Making, Study, SummaryRow, Unwatched};
use crate::scenario::Scenario;
use crate::stats::student::MeanTest;
use crate::store::{NewFile, table_json, write_csv};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What is shown unless a metric is asked for.
const SHOWN: [&str; 4] =
    ["icbs.net_cost_gbp", "icbs.mean_wait_days", "icbs.treated_outside_share", "pools.utilisation"];
/// Entities of each metric, those with the largest difference first.
const ROWS: usize = 3;

pub(super) fn attribute(args: AttributeArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: AttributeArgs, printer: Printer) -> Result<Exit, Exit> {
    known_metrics(&args.metrics, printer)?;
    let threads = threads(args.threads);
    let mut changes = overrides(args.set.set, args.seed);
    if let Some(replications) = args.replications {
        changes.push(format!("run.replications={replications}"));
    }
    interrupt::listen(printer, "stopping after the replications under way");
    let mut from = load::scenario(&args.scenario, &changes, printer)?;
    load::choose_warm_up(&mut from, threads, printer)?;
    let to = match &args.with {
        Some(path) => {
            let mut to = load::scenario(path, &changes, printer)?;
            // Both are looked at over the same time.
            if to.run.chooses_warm_up {
                to.run.warm_up = from.run.warm_up;
            }
            Some(to)
        }
        None => None,
    };
    let to = to.as_ref().unwrap_or(&from);
    let one = load::option(&from, args.from.as_deref(), printer)?;
    let other = load::option(to, args.to.as_deref().or(args.from.as_deref()), printer)?;
    let stretches = stretches((&from, one), (to, other)).map_err(|problem| {
        printer.error(&problem.to_string());
        Exit::Usage
    })?;
    let attribution = run(&stretches, threads, printer)?;
    let text = match args.format {
        Format::Table => shown(&from, (one, to, other), &attribution, &args.metrics, printer),
        Format::Json => table_json(attribution.sheet()),
        Format::Csv => {
            let mut text = Vec::new();
            // Writing into memory cannot fail.
            let _ = write_csv(attribution.sheet(), &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    if let Some(path) = &args.out {
        let unwritten = |problem: String| {
            printer.error(&problem);
            Exit::Files
        };
        let mut file = NewFile::create(path, args.force).map_err(|problem| unwritten(problem.to_string()))?;
        write_csv(attribution.sheet(), &mut file).map_err(|problem| unwritten(problem.to_string()))?;
        file.finish().map_err(|problem| unwritten(problem.to_string()))?;
    }
    Ok(super::finish(printer, &text, Exit::Done))
}

/// Simulates every state on the same random numbers.
fn run(stretches: &[Stretch], threads: usize, printer: Printer) -> Result<Attribution, Exit> {
    let mut attribution = Attribution::default();
    for (number, stretch) in stretches.iter().enumerate() {
        let scenario = &stretch.scenario;
        let options: Vec<OptionId> = stretch.states.iter().map(|(option, _)| *option).collect();
        let simulations = load::compile(scenario, &options, printer)?;
        let mut study = Study::new(scenario, &simulations);
        let replications = scenario.run.replications;
        printer.note(&format!("scenario {} of {} ...", number + 1, stretches.len()));
        let progress = Progress::new(printer, replications.saturating_mul(study.count() as u32));
        let how = Replications {
            numbers: (0, replications),
            threads: threads.min(replications as usize),
            progress: &|finished| progress.finished(finished),
            cancelled: &interrupt::CANCELLED,
            stopwatch: &|| 0.0,
        };
        let ran = study.extend(how, &Unwatched);
        progress.clear();
        ran.map_err(|problem| interrupt::stopped(problem, printer))?;
        let results = study.results(Making::default());
        for &(option, step) in &stretch.states {
            attribution.add(step, &results, &scenario.options[option].id);
        }
    }
    Ok(attribution)
}

fn shown(
    scenario: &Scenario,
    (one, to, other): (OptionId, &Scenario, OptionId),
    attribution: &Attribution,
    metrics: &[String],
    printer: Printer,
) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let names = Names::new(scenario);
    let side = |scenario: &Scenario, option: OptionId| format!("{} of {}", scenario.options[option].id, scenario.name);
    let title = format!("From {} to {}, step by step", side(scenario, one), side(to, other));
    let mut text: String = wrap(&title, width, "").lines().map(|line| paint.bold(line) + "\n").collect();
    text += &wrap(
        &format!(
            "{}, {}, seed {}; every step on the same patients. ±: the steps of a row hold together with 95 %. Another order of \
             steps may divide the difference otherwise.",
            words::when(&scenario.run),
            numbers::of(scenario.run.replications as usize, "replication", "replications"),
            scenario.run.seed
        ),
        width,
        "",
    );
    let wanted: Vec<&str> =
        if metrics.is_empty() { SHOWN.to_vec() } else { metrics.iter().map(String::as_str).collect() };
    let rows = attribution.rows();
    let followed: BTreeSet<&str> =
        scenario.followed_icbs().into_iter().map(|id| scenario.geography.icbs[id].id.as_str()).collect();
    for name in wanted {
        let is = |row: &&Attributed| match name.split_once('.') {
            Some((table, metric)) => row.table.name == table && row.metric.name == metric,
            None => row.metric.name == name,
        };
        let size = |row: &Attributed| row.total.map_or(0.0, |total| total.mean.abs());
        let mut of: Vec<&Attributed> = rows.iter().filter(is).filter(|row| size(row) > 0.0).collect();
        // Of a board of which only some patients are in scope, what happens to the others is not simulated.
        let partial = |row: &Attributed| row.table.name == "icbs" && !followed.contains(row.entity[0].as_str());
        of.sort_by(|a, b| partial(a).cmp(&partial(b)).then(size(b).total_cmp(&size(a))));
        let most = if metrics.is_empty() { ROWS } else { usize::MAX };
        for row in of.iter().take(most) {
            text += "\n";
            text += &block(row, &names, width, paint);
        }
        if of.is_empty() && !metrics.is_empty() {
            let _ = writeln!(text, "\n{name}: no difference");
        }
    }
    text
}

fn block(row: &Attributed, names: &Names<'_>, width: usize, paint: super::printer::Paint) -> String {
    let entity: Vec<String> =
        row.table.entities.iter().zip(&row.entity).map(|(column, id)| names.label(column.0, id)).collect();
    let summary = |test: Option<MeanTest>, mean: f64| SummaryRow {
        mean: Some(mean),
        interval: test.map(|test| test.interval),
        ..SummaryRow::default()
    };
    let all: Vec<SummaryRow> = row.states.iter().map(|state| summary(state.effect, state.value)).collect();
    let scale = Scale::new(row.metric.unit, &all.iter().collect::<Vec<_>>());
    let effect = |test: Option<MeanTest>| {
        test.map_or_else(String::new, |test| {
            let sign = if test.mean > 0.0 { "+" } else { "" };
            let half = test.interval.half_width();
            let error = if half > 0.0 { format!(" ± {}", scale.number(half)) } else { String::new() };
            format!("{sign}{}{error}", scale.number(test.mean))
        })
    };
    let mut grid = Grid::new(vec![
        ("Step".into(), Kind::Key),
        (format!("Effect\n{}", scale.unit), Kind::Number),
        (format!("Value after\n{}", scale.unit), Kind::Number),
    ]);
    for state in &row.states {
        let name = state.part.map_or_else(|| "start".to_owned(), |part| part.to_string());
        grid.row(vec![name, effect(state.effect), scale.number(state.value)]);
    }
    grid.foot();
    let last = row.states.last().map_or(f64::NAN, |state| state.value);
    grid.row(vec!["total".to_owned(), effect(row.total), scale.number(last)]);
    let title = format!("{} of {}", row.metric.name, entity.join(", "));
    paint.bold(&title) + "\n" + &grid.render(width, paint)
}
