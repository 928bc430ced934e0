//! Inputs that nobody knows for certain: drawing them, and what they mean for the figures.

use super::headline::ALL;
use super::marks::Marks;
use super::values::Scale;
use super::{RunSettings, stopwatch};
use crate::cli::exit::Exit;
use crate::cli::grid::{Grid, Kind};
use crate::cli::interrupt;
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::progress::Progress;
use crate::cli::scenario_words::Names;
use crate::cli::text::wrap;
use crate::experiment::{ReplicationError, Replications};
use crate::ids::OptionId;
use crate::results::{DrawError, InputDraws, InputRowSplit, Results, Study, SummaryRow};
use crate::scenario::Scenario;
use crate::stats::crossed::Crossed;
use std::collections::BTreeMap;

/// What is listed, in this order, and in which words. Money differs between options, the rest between simulations.
const SHOWN: [(&str, &str, &str); 4] = [
    ("icbs", "net_cost_gbp", "net cost"),
    ("commissioners", "cost_gbp", "cost"),
    ("icbs", "mean_wait_days", "mean wait"),
    ("pools", "utilisation", "in use"),
];
/// Rows of each of these.
const ROWS: usize = 4;

/// Makes sure that there is something to draw.
pub(super) fn has_any(scenario: &Scenario, settings: &RunSettings, printer: Printer) -> Result<(), Exit> {
    if settings.inputs.is_some() && scenario.uncertain.is_empty() {
        printer.error(
            "--inputs draws the factors that the scenario calls uncertain, and it calls none so: add [[uncertain]] rows \
             (docs/how-sure.md)",
        );
        return Err(Exit::Usage);
    }
    if settings.inputs.is_some() && settings.precision.is_none() && scenario.run.replications < 2 {
        printer.error("--inputs needs at least two replications, to tell inputs from chance");
        return Err(Exit::Usage);
    }
    Ok(())
}

/// Runs the replications that there are again at each draw of the inputs, if that is wanted.
pub(super) fn draw(
    scenario: &Scenario,
    options: &[OptionId],
    study: &Study<'_>,
    settings: &RunSettings,
    printer: Printer,
) -> Result<Option<InputDraws>, Exit> {
    let Some(draws) = settings.inputs else { return Ok(None) };
    let replications = study.replications();
    let all = replications.saturating_mul(draws).saturating_mul(study.prepared.len() as u32);
    let progress = Progress::new(printer, all);
    let how = Replications {
        numbers: (0, replications),
        threads: settings.threads.min(replications as usize),
        progress: &|finished| progress.finished(finished),
        cancelled: &interrupt::CANCELLED,
        stopwatch: if settings.timings { &stopwatch::seconds } else { &|| 0.0 },
    };
    let drawn = InputDraws::run(scenario, options, draws, how);
    progress.clear();
    drawn.map(Some).map_err(|problem| {
        printer.error(&problem.to_string());
        match problem {
            DrawError::Replication { source: ReplicationError::Interrupted, .. } => Exit::Interrupted,
            _ => Exit::Invalid,
        }
    })
}

/// The split of the variance below the summary; nothing if no inputs were drawn.
pub(super) fn said(scenario: &Scenario, results: &Results<'_>, printer: Printer) -> String {
    let Some(draws) = results.input_draws() else { return String::new() };
    let (width, paint) = (printer.width(), printer.paint_result());
    let (names, marks) = (Names::new(scenario), Marks::new(results));
    let firsts: Vec<&str> = results.parts.iter().filter_map(|part| part.options.first()).map(String::as_str).collect();
    let mut found: BTreeMap<usize, Vec<(InputRowSplit<'_>, Crossed)>> = BTreeMap::new();
    for one in results.input_uncertainty().filter(|one| one.row.period == ALL) {
        let (table, metric) = (one.row.table.name, one.row.metric.name);
        let place = SHOWN.iter().position(|(own, name, _)| (*own, *name) == (table, metric));
        let shown = metric_is_money(&one) || firsts.contains(&one.row.option);
        // What is always nothing needs no row.
        if let (Some(place), Some(split)) = (place.filter(|_| shown), one.split.filter(|split| split.mean != 0.0)) {
            found.entry(place).or_default().push((one, split));
        }
    }
    let mut grid = Grid::new(vec![
        ("Figure".into(), Kind::Key),
        ("Of".into(), Kind::Text { least: 12 }),
        ("Mean".into(), Kind::Number),
        ("sd from\ninputs".into(), Kind::Number),
        ("sd from\nchance".into(), Kind::Number),
        ("% from inputs\n(95 %)".into(), Kind::Number),
        ("Once, 95 %".into(), Kind::Number),
    ]);
    let mut left_out = 0;
    for (&place, rows) in &mut found {
        let sum = |split: &Crossed| split.inputs + split.chance;
        rows.sort_by(|(_, a), (_, b)| sum(b).total_cmp(&sum(a)));
        left_out += rows.len().saturating_sub(ROWS);
        rows.truncate(ROWS);
        let summary = |split: &Crossed| SummaryRow {
            mean: Some(split.mean),
            interval: Some(split.mean_interval),
            ..SummaryRow::default()
        };
        let summaries: Vec<SummaryRow> = rows.iter().map(|(_, split)| summary(split)).collect();
        let unit = rows.first().map_or("", |(one, _)| one.row.metric.unit);
        let scale = Scale::new(unit, &summaries.iter().collect::<Vec<_>>());
        let mut figure = format!("{}, {}", SHOWN[place].2, scale.unit);
        for (one, split) in rows.iter() {
            let columns = one.row.table.entities.iter().zip(one.row.entity);
            let mut whose: Vec<String> = columns.map(|(column, id)| names.label(column.0, id)).collect();
            if results.outline.options().len() > 1 && (metric_is_money(one) || firsts.len() > 1) {
                whose.push(marks.label(one.row.option));
            }
            let hundredths = |share: f64| numbers::fixed(100.0 * share, 0);
            let share = match (split.share, split.share_interval) {
                _ if split.clamped => "below noise".to_owned(),
                (Some(share), Some(ends)) => {
                    format!("{} ({} to {})", hundredths(share), hundredths(ends.low), hundredths(ends.high))
                }
                (Some(share), None) => hundredths(share),
                (None, _) => "–".to_owned(),
            };
            let ends = one.prediction.unwrap_or(split.prediction);
            grid.row(vec![
                std::mem::take(&mut figure),
                whose.join(", "),
                scale.number(split.mean),
                scale.number(libm::sqrt(split.inputs)),
                scale.number(libm::sqrt(split.chance)),
                share,
                format!("{} to {}", scale.number(ends.low), scale.number(ends.high)),
            ]);
        }
    }
    let factors = numbers::of(scenario.uncertain.len(), "uncertain factor", "uncertain factors");
    let title = format!("How sure are we: {factors}, {}", numbers::of(draws.len(), "draw", "draws"));
    let head: String = wrap(&title, width, "").lines().map(|line| paint.bold(line) + "\n").collect();
    let more = if left_out > 0 {
        format!("{} more: --table input_uncertainty. ", numbers::count(left_out))
    } else {
        String::new()
    };
    let below = format!(
        "{more}Mean over draws and replications. % from inputs: of the variance of one replication, with its 95 % interval. \
         Once: where the figure itself may come out, inputs and chance together; not the interval of the mean. All figures \
         above this block leave out that inputs are uncertain."
    );
    let table = grid.render(width, paint);
    let explained = wrap(marks.explained(&table), width, "");
    format!("\n{head}{table}{}{explained}", wrap(&below, width, ""))
}

fn metric_is_money(one: &InputRowSplit<'_>) -> bool {
    one.row.metric.name.ends_with("_gbp")
}
