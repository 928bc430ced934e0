//! Inputs that nobody knows for certain: drawing them, and what they mean for the figures.

use super::board_names::ALL_BOARDS;
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
use crate::stats::Interval;
use crate::stats::crossed::Crossed;
use std::collections::BTreeMap;

/// What is listed of the first option, in this order, and in which words.
const SHOWN: [(&str, &str, &str); 4] = [
    ("icbs", "net_cost_gbp", "net cost"),
    ("commissioners", "cost_gbp", "cost"),
    ("icbs", "mean_wait_days", "wait"),
    ("pools", "utilisation", "in use"),
];
/// Rows of each of these.
const ROWS: usize = 4;
/// Columns from which on there is room for intervals.
const WIDE: usize = 100;

/// Makes sure that there is something to draw.
pub(super) fn has_any(scenario: &Scenario, settings: &RunSettings, printer: Printer) -> Result<(), Exit> {
    if settings.inputs.is_some() && scenario.uncertain.is_empty() {
        printer.error(
            "--inputs draws the factors that the scenario calls uncertain, and it calls none so: add [[uncertain]] rows \
             (docs/how-sure.md)",
        );
        return Err(Exit::Usage);
    }
    if settings.inputs.is_some() && scenario.run.antithetic {
        printer.error(
            "--inputs takes replications as independent, and antithetic ones come in pairs: leave one of the two out \
             (--set run.antithetic=false)",
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

/// The split of the variance below the summary, of some boards only if they are asked for; nothing if no inputs were drawn.
pub(super) fn said(scenario: &Scenario, results: &Results<'_>, boards: &[String], printer: Printer) -> String {
    let Some(draws) = results.input_draws() else { return String::new() };
    let (width, paint) = (printer.width(), printer.paint_result());
    let (names, marks) = (Names::new(scenario), Marks::new(results));
    let option = results.outline.options().first().map_or("", String::as_str);
    let mut found: BTreeMap<usize, Vec<(InputRowSplit<'_>, Crossed)>> = BTreeMap::new();
    for one in results.input_uncertainty().filter(|one| one.row.period == ALL && one.row.option == option) {
        let (table, metric) = (one.row.table.name, one.row.metric.name);
        let asked = |id: &String| boards.iter().any(|board| board == id || board == ALL_BOARDS);
        let wanted = boards.is_empty() || table == "icbs" && one.row.entity.iter().any(asked);
        if !wanted {
            continue;
        }
        let place = SHOWN.iter().position(|(own, name, _)| (*own, *name) == (table, metric));
        // What is always nothing needs no row.
        if let (Some(place), Some(split)) = (place, one.split.filter(|split| split.mean != 0.0)) {
            found.entry(place).or_default().push((one, split));
        }
    }
    if found.contains_key(&0) {
        found.remove(&1);
    }
    // A narrow terminal has no room for the interval of the share.
    let wide = width >= WIDE;
    let mut grid = Grid::new(vec![
        ("Figure".into(), Kind::Text { least: 10 }),
        ("Of".into(), Kind::Text { least: 12 }),
        ("Mean".into(), Kind::Number),
        ("sd from\ninputs".into(), Kind::Number),
        ("sd from\nchance".into(), Kind::Number),
        (if wide { "% from inputs\n(95 %)" } else { "% from\ninputs" }.into(), Kind::Number),
        ("Once, 95 %".into(), Kind::Number),
    ]);
    let mut left_out = 0;
    for (&place, rows) in &mut found {
        let sum = |split: &Crossed| split.inputs + split.chance;
        rows.sort_by(|(_, a), (_, b)| sum(b).total_cmp(&sum(a)));
        left_out += rows.len().saturating_sub(ROWS);
        rows.truncate(ROWS);
        // As many decimals as show two digits of the standard deviation.
        let summary = |split: &Crossed| {
            let sd = libm::sqrt(sum(split));
            let interval = Some(Interval { low: split.mean - sd, high: split.mean + sd });
            SummaryRow { mean: Some(split.mean), interval, ..SummaryRow::default() }
        };
        let summaries: Vec<SummaryRow> = rows.iter().map(|(_, split)| summary(split)).collect();
        let unit = rows.first().map_or("", |(one, _)| one.row.metric.unit);
        let scale = Scale::new(unit, &summaries.iter().collect::<Vec<_>>());
        let mut figure = format!("{}, {}", SHOWN[place].2, scale.unit);
        for (one, split) in rows.iter() {
            let columns = one.row.table.entities.iter().zip(one.row.entity);
            let whose: Vec<String> = columns.map(|(column, id)| names.label(column.0, id)).collect();
            let hundredths = |share: f64| numbers::fixed(100.0 * share, 0);
            let share = match (split.share, split.share_interval) {
                _ if split.clamped => "0".to_owned(),
                (Some(share), Some(ends)) if wide => {
                    format!("{} ({} to {})", hundredths(share), hundredths(ends.low), hundredths(ends.high))
                }
                (Some(share), _) => hundredths(share),
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
    let under =
        if results.outline.options().len() > 1 { format!(" under {}", marks.label(option)) } else { String::new() };
    let title = format!("How sure are we{under}: {factors}, {}", numbers::of(draws.len(), "draw", "draws"));
    let head: String = wrap(&title, width, "").lines().map(|line| paint.bold(line) + "\n").collect();
    let more = if left_out > 0 || results.outline.options().len() > 1 {
        "Everything else, all options and all intervals: --table input_uncertainty. "
    } else {
        ""
    };
    let below = format!(
        "{more}Mean over draws and replications. % from inputs: of the variance of one replication. \
         Once: where the figure itself may come out, inputs and chance together; not the interval of the mean. All figures \
         above this block leave out that inputs are uncertain."
    );
    let table = grid.render(width, paint);
    let explained = wrap(marks.explained(&table), width, "");
    format!("\n{head}{table}{}{explained}", wrap(&below, width, ""))
}
