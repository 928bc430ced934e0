//! What pooling is worth, in the terminal.

use super::labels::{Labels, shown_value};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::results::{Pooling, Shared};
use crate::stats::student::MeanTest;

/// A row for each way of sharing, and the target that is nearest to its bound.
pub(super) fn shown(pooling: &Pooling<'_>, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: String| wrap(&text, width, "");
    let title = format!("What pooling is worth: the fewest places for {}", pooling.targets.join(" and "));
    let title = paragraph(title).lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let run = &pooling.scenario.run;
    let load = pooling.levels.first().map_or(0.0, |level| level.load);
    let facts = format!(
        "{}, seed {}, flow rules of option {} but for who shares. Load: {} places, whoever shares them.",
        words::when(run),
        run.seed,
        pooling.option,
        numbers::fixed(load, 1)
    );
    let left_out = match &pooling.left_out[..] {
        [] => String::new(),
        texts => format!("Left out: {}, what the scenario plans for without --pooling.", texts.join(" and ")),
    };
    let missed = if pooling.levels.iter().all(|level| level.holds) {
        ""
    } else {
        " !: no plan within the limits meets all targets; its places are those tried last."
    };
    let explained = format!(
        "Nobody: each patient waits for the provider chosen. Otherwise patients go to the nearest provider within reach that has \
         a place, and wait on one list for all of them. Too few: with so many places, the best off giving them up, a target is known \
         (95 %) to fail. Used: load over places. Treated elsewhere: share of requests. Distance: \
         mean from home to care. ±: 95 % error.{missed}"
    );
    let blocks = [
        title + &paragraph(facts),
        places(pooling).render(width, paint),
        Some(binding(pooling))
            .filter(|grid| !grid.is_empty())
            .map_or_else(String::new, |grid| grid.render(width, paint)),
        paragraph(explained),
        paragraph(left_out),
    ];
    blocks.into_iter().filter(|block| !block.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn places(pooling: &Pooling<'_>) -> Grid {
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let costs = pooling.levels.iter().all(|level| level.cost.is_some());
    let mut columns = vec![("Shared by".to_owned(), Kind::Key)];
    columns.extend(["Places", "Too few", "Used", "Saved"].map(number));
    if costs {
        columns.push(number("£m a\nyear"));
    }
    columns.extend(["Treated\nelsewhere", "Distance"].map(number));
    let mut grid = Grid::new(columns);
    for level in &pooling.levels {
        let mut cells = vec![
            who(level).to_owned(),
            numbers::count(level.places as usize) + if level.holds { "" } else { " !" },
            level.too_few.map_or(numbers::NO_VALUE.to_owned(), |places| numbers::count(places as usize)),
            numbers::percent(level.load / f64::from(level.places), 0),
            pooling.saved(level).map_or(numbers::NO_VALUE.to_owned(), |saved| numbers::fixed(saved, 0)),
        ];
        if costs {
            cells.push(level.cost.map_or(numbers::NO_VALUE.to_owned(), |cost| numbers::fixed(cost / 1e6, 1)));
        }
        let of = |test: Option<MeanTest>, scale: f64, unit: &str| {
            let Some(test) = test else { return numbers::NO_VALUE.to_owned() };
            let half = 0.5 * scale * (test.interval.high - test.interval.low);
            format!("{} ± {} {unit}", numbers::fixed(scale * test.mean, 1), numbers::fixed(half, 1))
        };
        cells.extend([of(level.transferred, 100.0, "%"), of(level.distance, 1.0, "km")]);
        grid.row(cells);
    }
    grid
}

fn who(level: &Shared) -> &'static str {
    if level.sharing == "none" { "nobody" } else { level.sharing }
}

/// What each plan is held up by.
fn binding(pooling: &Pooling<'_>) -> Grid {
    let several = pooling.targets.len() > 1;
    let mut columns = vec![("Shared by".to_owned(), Kind::Key)];
    if several {
        columns.push(("Target nearest to its bound".to_owned(), Kind::Text { least: 20 }));
    }
    let head = if several { "Of" } else { "Nearest to its bound" };
    columns.extend([(head.to_owned(), Kind::Text { least: 16 }), ("With the plan".to_owned(), Kind::Number)]);
    let mut grid = Grid::new(columns);
    let labels = Labels::new(pooling.scenario, pooling.scenario.pools.ids());
    for (level, binding) in pooling.levels.iter().filter_map(|level| Some((level, level.binding.as_ref()?))) {
        let mut cells = vec![who(level).to_owned()];
        if several {
            cells.push(binding.aim.text.clone());
        }
        cells.extend([
            labels.of(&binding.aim, &binding.entity, &binding.period),
            shown_value(binding.seen, None, binding.aim.metric.unit),
        ]);
        grid.row(cells);
    }
    grid
}
