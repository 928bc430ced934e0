//! A divided budget in the terminal.

use super::labels::Labels;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::results::{BudgetPlan, Objective};
use crate::stats::student::mean_interval;

/// The places, what they leave, and how that compares with sharing in proportion.
pub(super) fn shown(plan: &BudgetPlan<'_>, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: String| wrap(&text, width, "");
    let amount = |amount: u64| {
        if plan.budget.in_pence {
            format!("£{}", numbers::fixed(amount as f64 / 100.0, 0))
        } else {
            format!("{} places", numbers::count(amount as usize))
        }
    };
    let what = match plan.budget.objective {
        Objective::Waiting => "as little waiting as possible",
        Objective::Refused => "as few refused as possible",
        Objective::Reneged => "as few as possible who lose patience",
    };
    let a_year = if plan.budget.in_pence { " a year" } else { "" };
    let title = format!("The best use of {}{a_year}: {what}", amount(plan.budget.amount));
    let title = paragraph(title).lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let run = &plan.scenario.run;
    let labels = Labels::new(plan.scenario, plan.variables.iter().map(|variable| variable.pool));
    let legend = labels.legend();
    let facts = format!("{}, seed {}, flow rules of option {}. {legend}", words::when(run), run.seed, plan.option);
    let places = &plan.divided;
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let grid = pools(plan, &labels);
    let unit = plan.budget.objective.unit();
    let left = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let half = mean_interval(values).map_or(f64::NAN, |interval| 0.5 * (interval.high - interval.low));
        let decimals = numbers::decimals(half.max(mean * 1e-3), 2, 2);
        format!("{} ± {}", numbers::fixed(mean, decimals), numbers::fixed(half, decimals))
    };
    let mut sums = Grid::new(vec![
        ("Division".to_owned(), Kind::Key),
        number(if plan.budget.in_pence { "Cost a year" } else { "Places" }),
        (format!("Left, {unit}"), Kind::Number),
    ]);
    sums.row(vec!["plan".to_owned(), amount(plan.spent(&places.places)), left(&places.left[0])]);
    sums.row(vec!["by load".to_owned(), amount(plan.spent(&places.proportional)), left(&places.left[1])]);
    let block = format!("replications {} to {}", places.block.start, places.block.end.saturating_sub(1));
    let gain = places.gain().map_or_else(String::new, |gain| {
        let decimals = numbers::decimals(gain.mean.abs(), 3, 2);
        let known = if gain.interval.high < 0.0 {
            "known to be better"
        } else if gain.mean == 0.0 && gain.sd == 0.0 {
            "the same"
        } else {
            "not known to be better"
        };
        format!(
            "Plan less by load: {} {unit}, one-sided 95 % limit {}: {known}.",
            numbers::fixed(gain.mean, decimals),
            numbers::fixed(gain.interval.high, decimals)
        )
    });
    let how = if plan.exact {
        format!(
            "No division is better: the formulas of queueing theory are exact here. Simulated beside them on {block}."
        )
    } else {
        format!(
            "Found by simulation ({} tried); judged on {block}, which the search had not seen. Another division may be better still.",
            numbers::of(places.tried as usize, "division", "divisions")
        )
    };
    let most = plan.most();
    let unused = if plan.budget.amount > most {
        format!(
            "{} is what the most places that are allowed cost (place_limits, --max-places): the rest buys nothing.",
            amount(most)
        )
    } else {
        String::new()
    };
    let nothing = plan.divided.left.iter().flatten().all(|&left| left == 0.0);
    let nothing = if nothing {
        "Nothing is left with either: these rules let nobody come to that.".to_owned()
    } else {
        String::new()
    };
    let explained =
        "By load: the budget shared in proportion to loads, by largest remainder. ±: 95 % error.".to_owned();
    [
        title + &paragraph(facts),
        grid.render(width, paint),
        sums.render(width, paint),
        paragraph(gain),
        paragraph(how),
        paragraph(unused),
        paragraph(nothing),
        paragraph(explained),
    ]
    .into_iter()
    .filter(|block| !block.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

/// The places of each pool, with those of sharing by load.
fn pools(plan: &BudgetPlan<'_>, labels: &Labels<'_>) -> Grid {
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let mut columns = labels.pool_columns();
    columns.extend(["Load", "Today", "By load", "Plan"].map(number));
    let mut grid = Grid::new(columns);
    let places = &plan.divided;
    for (at, variable) in plan.variables.iter().enumerate() {
        let count = |places: u32| numbers::count(places as usize);
        let mut cells = labels.pool(variable.pool);
        cells.extend([
            numbers::fixed(variable.knob.load, 1),
            variable.now.map_or("no limit".to_owned(), count),
            count(places.proportional[at]),
            count(places.places[at]),
        ]);
        grid.row(cells);
    }
    grid
}
