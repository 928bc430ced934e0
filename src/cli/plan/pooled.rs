//! What pooling is worth, in the terminal.

use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::text::wrap;
use crate::results::Pooling;

/// A row for each way of sharing.
pub(super) fn shown(pooling: &Pooling, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: String| wrap(&text, width, "");
    let title = format!("What pooling is worth: the fewest places for {}", pooling.targets.join(" and "));
    let title = paragraph(title).lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let costs = pooling.levels.iter().all(|level| level.cost.is_some());
    let mut columns = vec![("Shared by".to_owned(), Kind::Key)];
    columns.extend(["Load", "Places", "Used", "Saved"].map(number));
    if costs {
        columns.push(number("£ a year"));
    }
    columns.extend(["Treated elsewhere", "km", ""].map(number));
    let mut grid = Grid::new(columns);
    let none = pooling.levels.first().map_or(0, |level| level.places);
    let mean = |values: &[f64]| {
        let known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        if known.is_empty() { f64::NAN } else { known.iter().sum::<f64>() / known.len() as f64 }
    };
    for level in &pooling.levels {
        let moved = mean(&level.transferred);
        let mut cells = vec![
            if level.sharing == "none" { "nobody" } else { level.sharing }.to_owned(),
            numbers::fixed(level.load, 1),
            numbers::count(level.places as usize),
            numbers::percent(level.load / f64::from(level.places), 0),
            numbers::fixed(f64::from(none) - f64::from(level.places), 0),
        ];
        if costs {
            cells.push(level.cost.map_or(numbers::NO_VALUE.to_owned(), |cost| numbers::fixed(cost, 0)));
        }
        cells.extend([
            if level.sharing == "none" { numbers::percent(0.0, 1) } else { numbers::percent(moved, 1) },
            numbers::fixed(mean(&level.distance), 1),
            if level.holds { "holds" } else { "missed" }.to_owned(),
        ]);
        grid.row(cells);
    }
    let left_out = match &pooling.left_out[..] {
        [] => String::new(),
        texts => format!("Left out: {}, what the scenario plans for without --pooling.", texts.join(" and ")),
    };
    let explained = "Nobody: each patient waits for the provider chosen. Otherwise patients go to the nearest provider within reach that has \
                     a place, and wait on one list for all of them. Treated elsewhere: share of requests. km: mean distance from \
                     home to care. Used: load over places.";
    let blocks = [title, grid.render(width, paint), paragraph(explained.to_owned()), paragraph(left_out)];
    blocks.into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n")
}
