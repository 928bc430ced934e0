//! What a planner wants to see first: options side by side, who pays, who treats whom, what is full.

mod boards;
mod load;
mod net_cost;
mod pools;
mod providers;

use super::headline::{Entry, Headline, headline_rows};
use super::marks::Marks;
use super::values::{Scale, half_width};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers::{self, signed_percent};
use crate::cli::printer::{Paint, Printer};
use crate::cli::scenario_words::{self as words, Names, and};
use crate::cli::text::wrap;
use crate::results::{Note, NoteKind, Results, SummaryRow};
use crate::scenario::Scenario;
use std::fmt::Write as _;

/// Rows of the table of ICBs.
const ROWS: usize = 12;
/// Notes on sets of options that leave a body with the same cost.
const PAIRS: usize = 4;
/// What one note lists.
const LISTED: usize = 8;
/// A body counts for the riskiest budget if it pays at least this share of the total.
const WORTH_A_WORD: f64 = 0.01;

/// The summary on standard output; of some boards only, if they are asked for.
pub(super) fn summary(scenario: &Scenario, results: &Results<'_>, boards: &[String], printer: Printer) -> String {
    let rows = headline_rows(results);
    let view = View {
        scenario,
        results,
        headline: Headline::new(&rows, results),
        names: Names::new(scenario),
        options: results.outline.options().iter().map(String::as_str).collect(),
        marks: Marks::new(results),
        width: printer.width(),
        paint: printer.paint_result(),
    };
    let parts = if boards.is_empty() {
        vec![
            Some(view.head()),
            view.options(),
            view.icbs(),
            view.boards(boards),
            view.load(),
            view.providers(),
            view.pools(),
            view.notes(),
        ]
    } else {
        vec![Some(view.head()), view.boards(boards), view.warnings()]
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

struct View<'a> {
    scenario: &'a Scenario,
    results: &'a Results<'a>,
    headline: Headline<'a>,
    names: Names<'a>,
    options: Vec<&'a str>,
    marks: Marks,
    width: usize,
    paint: Paint,
}

impl<'a> View<'a> {
    fn head(&self) -> String {
        let run = &self.scenario.run;
        let title = if self.scenario.title.is_empty() { &self.scenario.name } else { &self.scenario.title };
        let mut text: String = wrap(title, self.width, "").lines().map(|line| self.paint.bold(line) + "\n").collect();
        // Nobody divides a sum over five years by five unasked.
        let years = run.horizon.days() / 365.25;
        let sums = if years > 1.1 {
            format!(" Amounts and counts are sums over all {} years.", numbers::fixed(years, 1).trim_end_matches(".0"))
        } else {
            String::new()
        };
        let facts = format!(
            "{}, {}, seed {}. All figures are means over the replications.{sums}",
            words::when(run),
            numbers::of(self.results.manifest.replications, "replication", "replications"),
            run.seed
        );
        text += &wrap(&facts, self.width, "");
        text
    }

    /// A table with what its marks mean; nothing if it has no rows.
    fn section(&self, title: &str, grid: &Grid, below: &str) -> Option<String> {
        if grid.is_empty() {
            return None;
        }
        let text = self.table(title, grid, below);
        let explained = wrap(self.marks.explained(&text), self.width, "");
        Some(text + &explained)
    }

    fn table(&self, title: &str, grid: &Grid, below: &str) -> String {
        let heading = if title.is_empty() { String::new() } else { wrap(title, self.width, "") };
        let mut text = heading.lines().fold(String::new(), |text, line| text + &self.paint.bold(line) + "\n");
        text += &grid.render(self.width, self.paint);
        if !below.is_empty() {
            text += &wrap(below, self.width, "");
        }
        text
    }

    /// What each commissioner pays under an option.
    fn costs(&self, option: &'a str) -> &[Entry<'a>] {
        self.headline.column("commissioners", option, "cost_gbp")
    }

    fn costs_anything(&self) -> bool {
        self.options.iter().any(|option| self.costs(option).iter().any(|cost| cost.summary.mean != Some(0.0)))
    }

    fn options(&self) -> Option<String> {
        if !self.costs_anything() {
            return Some("Nothing is paid for: the scenario has no prices.\n".to_owned());
        }
        let totals: Vec<SummaryRow> = self.options.iter().map(|option| self.headline.sum(self.costs(option))).collect();
        let scale = Scale::new("GBP", &totals.iter().collect::<Vec<_>>());
        let ranges = totals.iter().any(|total| total.likely.p05.is_some());
        let spread = if ranges { "Likely\nrange" } else { "Sd\n%" };
        let mut columns = vec![
            ("Option".into(), Kind::Key),
            (format!("Total\n{}", scale.unit), Kind::Number),
            ("Payers".into(), Kind::Number),
            (format!("Largest\n{}", scale.unit), Kind::Number),
            ("Largest\npayer".into(), Kind::Text { least: 10 }),
            ("Least\ncertain".into(), Kind::Text { least: 10 }),
            (spread.into(), if ranges { Kind::Key } else { Kind::Number }),
        ];
        // Sums have no spread.
        let summed = self.results.outline.summed().is_some();
        columns.truncate(if summed { 5 } else { 7 });
        let mut grid = Grid::new(columns);
        for (option, total) in self.options.iter().zip(&totals) {
            let costs = self.costs(option);
            let paying = costs.iter().filter(|cost| cost.summary.mean.is_some_and(|mean| mean != 0.0)).count();
            let largest =
                costs.iter().max_by(|a, b| a.summary.mean.unwrap_or(0.0).total_cmp(&b.summary.mean.unwrap_or(0.0)));
            let mut row = vec![
                self.marks.label(option),
                scale.mean(total),
                numbers::count(paying),
                largest.map_or_else(String::new, |cost| scale.mean(cost.summary)),
                largest.map_or_else(String::new, |cost| self.names.label("commissioner", &cost.entity[0])),
            ];
            if !summed {
                row.extend(self.least_certain(costs, total, ranges));
            }
            grid.row(row);
        }
        if summed {
            return self.section("Options side by side", &grid, "");
        }
        let error = totals.iter().filter_map(half_width).fold(0.0, f64::max);
        let mut below = String::new();
        if error > 0.0 {
            let _ = write!(below, "Simulation error (95 %) of the totals at most ± {}. ", scale.with_unit(error));
        }
        below += if ranges {
            "Likely range: 9 of 10 replications lie in it (p05 to p95)"
        } else {
            "sd: standard deviation over replications"
        };
        below += ", in per cent of the mean; of the bodies that pay at least a hundredth of the total, the one where it is \
                  widest. Chance alone: errors in the inputs come on top.";
        if let Some(moved) = self.moved() {
            let _ = write!(below, "\n{moved}");
        }
        self.section("Options side by side", &grid, &below)
    }

    /// The body whose cost is least certain for its size, and its range or standard deviation.
    fn least_certain(&self, costs: &[Entry<'_>], total: &SummaryRow, ranges: bool) -> [String; 2] {
        let floor = total.mean.unwrap_or(0.0) * WORTH_A_WORD;
        let spread = |row: &SummaryRow| {
            let mean = row.mean.filter(|&mean| mean > 0.0 && mean >= floor)?;
            if ranges {
                Some((row.likely.p05? / mean - 1.0, row.likely.p95? / mean - 1.0))
            } else {
                Some((0.0, row.sd? / mean))
            }
        };
        let widest = costs
            .iter()
            .filter_map(|cost| Some((cost.entity[0].as_str(), spread(cost.summary)?)))
            .max_by(|(_, a), (_, b)| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
        let Some((body, (low, high))) = widest else { return [numbers::NO_VALUE; 2].map(str::to_owned) };
        let range = format!("{} to {}", signed_percent(low, 1), signed_percent(high, 1));
        [self.names.label("commissioner", body), if ranges { range } else { numbers::fixed(high * 100.0, 1) }]
    }

    /// Options under which patients go elsewhere than under the first, so that totals are not for the same treatment.
    fn moved(&self) -> Option<String> {
        let (reference, others) = self.results.parts.split_first()?;
        let moved: Vec<String> =
            others.iter().flat_map(|part| &part.options).map(|option| self.marks.label(option)).collect();
        let reference = reference.options.first()?;
        (!moved.is_empty()).then(|| {
            format!(
                "Patients go elsewhere under {} than under {reference}: totals differ for that, too. The other options \
                 treat the same patients at the same places and times.",
                and(&moved.iter().map(String::as_str).collect::<Vec<_>>())
            )
        })
    }

    /// The first options of the simulations: their own tables stand under these.
    fn firsts(&self) -> Vec<&'a str> {
        self.results.parts.iter().filter_map(|part| part.options.first()).map(String::as_str).collect()
    }

    fn notes(&self) -> Option<String> {
        self.noted(|_| true)
    }

    /// What makes any figure less than it seems, also that of one board.
    fn warnings(&self) -> Option<String> {
        use NoteKind::{FewReplications, Overloaded, Precision, Standstill, Trend, UncertainInputs, WarmUp};
        let warns = [Overloaded, Trend, Standstill, FewReplications, Precision, UncertainInputs, WarmUp];
        self.noted(|kind| warns.contains(&kind))
    }

    fn noted(&self, wanted: impl Fn(NoteKind) -> bool) -> Option<String> {
        let (same, others): (Vec<&Note>, Vec<&Note>) = self
            .results
            .notes
            .iter()
            .filter(|note| wanted(note.kind))
            .partition(|note| note.kind == NoteKind::SameCost);
        let more = same.len().saturating_sub(PAIRS);
        let said = |note: &&Note| note.shortened(LISTED, "--table notes");
        let mut lines: Vec<String> = same.iter().take(PAIRS).map(said).collect();
        if more > 0 {
            let sets = numbers::of(more, "more set", "more sets");
            lines.push(format!("{sets} of options that leave some body with the same cost: --table notes"));
        }
        lines.extend(others.iter().map(said));
        if lines.is_empty() {
            return None;
        }
        let wrapped = lines.iter().map(|line| wrap(&format!("- {line}"), self.width, "  "));
        Some(self.paint.bold("Notes") + "\n" + &wrapped.collect::<String>())
    }
}
