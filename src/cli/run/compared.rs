//! What each option changes against the reference, in the terminal.

use super::board_names::ALL_BOARDS;
use super::headline::ALL;
use super::marks::Marks;
use super::values::Scale;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::{Paint, Printer};
use crate::cli::scenario_words::{self as words, Names};
use crate::cli::text::wrap;
use crate::results::{Compared, Results, SummaryRow, Verdict};
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// What bodies bear, listed for every option unless metrics are asked for. Who pays may only be a question of tier.
const MONEY: [(&str, &str); 2] = [("icbs", "net_cost_gbp"), ("commissioners", "net_cost_gbp")];
/// What happens to patients, listed once for options that share a simulation.
const LOAD: [(&str, &str); 10] = [
    ("icbs", "mean_wait_days"),
    ("icbs", "treated_within_standard_share"),
    ("icbs", "mean_distance_km"),
    ("icbs", "treated_outside_share"),
    ("icbs", "refused_share"),
    ("icbs", "reneged_share"),
    ("providers", "spells"),
    ("providers", "income_gbp"),
    ("pools", "utilisation"),
    ("pools", "mean_wait_days"),
];
/// A board's money is for something else if so many more or fewer of its patients are treated.
const MANY: f64 = 0.01;
/// Differences in money that are listed for each option, and in load for each simulation.
const ROWS: (usize, usize) = (5, 12);

/// The comparison on standard output; of some metrics only, if they are asked for, then with every entity.
pub(super) fn compared(
    scenario: &Scenario,
    results: &Results<'_>,
    metrics: &[String],
    boards: &[String],
    printer: Printer,
) -> String {
    let reference = results.manifest.reference.as_deref().unwrap_or_default();
    let all = results.compared(reference);
    let view = View {
        scenario,
        results,
        reference,
        rows: all.iter().filter(|one| one.period == ALL && of_board(one, boards)).collect(),
        followed: scenario.followed_icbs().into_iter().map(|id| scenario.geography.icbs[id].id.as_str()).collect(),
        metrics,
        names: Names::new(scenario),
        marks: Marks::new(results),
        width: printer.width(),
        paint: printer.paint_result(),
    };
    let others: Vec<&str> =
        results.outline.options().iter().map(String::as_str).filter(|option| *option != reference).collect();
    let mut blocks = vec![view.head(), view.overview()];
    if metrics.is_empty() {
        blocks.extend(others.iter().map(|option| {
            let title = format!("{} less {reference}: what bodies bear", view.marks.label(option));
            view.block(&title, option, &MONEY, ROWS.0)
        }));
        blocks.extend(results.parts.iter().filter_map(|part| {
            let options: Vec<&str> = part.options.iter().map(String::as_str).filter(|id| *id != reference).collect();
            // Where the reference stands too, nothing differs.
            let first = *options.first().filter(|_| options.len() == part.options.len())?;
            let title = format!("Patients under {}, less {reference}", list(&options));
            Some(view.block(&title, first, &LOAD, ROWS.1))
        }));
    } else {
        blocks.extend(others.iter().map(|option| {
            let title = format!("{} less {reference}", view.marks.label(option));
            view.block(&title, option, &[], usize::MAX)
        }));
    }
    blocks.into_iter().chain(view.undecided()).chain(view.pairing()).collect::<Vec<_>>().join("\n")
}

struct View<'a> {
    scenario: &'a Scenario,
    results: &'a Results<'a>,
    reference: &'a str,
    rows: Vec<&'a Compared<'a>>,
    metrics: &'a [String],
    /// ICBs all of whose residents are in scope.
    followed: BTreeSet<&'a str>,
    names: Names<'a>,
    marks: Marks,
    width: usize,
    paint: Paint,
}

impl<'a> View<'a> {
    fn head(&self) -> String {
        let run = &self.scenario.run;
        let title = if self.scenario.title.is_empty() { &self.scenario.name } else { &self.scenario.title };
        let facts = format!(
            "{}, {}, seed {}. Option less {}, paired by replication on the same patients. ±: together 95 % over the options. \
             Better and worse: at most 5 % of such verdicts on a metric are expected to be false, so a difference may be \
             larger than its ± and have none.",
            words::when(run),
            numbers::of(self.results.manifest.replications, "replication", "replications"),
            run.seed,
            self.marks.label(self.reference),
        );
        self.bold(title) + &wrap(&facts, self.width, "")
    }

    fn bold(&self, title: &str) -> String {
        wrap(title, self.width, "").lines().map(|line| self.paint.bold(line) + "\n").collect()
    }

    /// How many differences of each kind.
    fn overview(&self) -> String {
        let mut counts: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
        let listed = |one: &&&Compared<'_>| self.listed(one);
        for one in self.rows.iter().filter(listed) {
            let column = match one.verdict {
                Verdict::Better => 0,
                Verdict::Worse => 1,
                Verdict::Higher | Verdict::Lower => 2,
                Verdict::NoDifference(_) => 3,
                Verdict::Same => 4,
                Verdict::None(_) => 5,
            };
            counts.entry(one.option).or_default()[column] += 1;
        }
        let heads = ["Better", "Worse", "Higher\nor lower", "None\nshown", "The\nsame", "No\nverdict"];
        let mut columns = vec![("Option".to_owned(), Kind::Key)];
        columns.extend(heads.map(|head| (head.to_owned(), Kind::Number)));
        let mut grid = Grid::new(columns);
        for option in self.results.outline.options().iter().filter(|option| *option != self.reference) {
            let counted = counts.get(option.as_str()).copied().unwrap_or_default();
            grid.row(std::iter::once(self.marks.label(option)).chain(counted.map(numbers::count)).collect());
        }
        let title =
            format!("Against {}: net costs, waits and use of boards, providers and pools, by verdict", self.reference);
        let table = grid.render(self.width, self.paint);
        let explained = wrap(self.marks.explained(&table), self.width, "");
        self.bold(&title) + &table + &explained
    }

    /// Whether a row is asked for, or is of what is listed unless something is.
    fn listed(&self, one: &Compared<'_>) -> bool {
        let name = (one.table.name, one.metric.name);
        self.asked_for(one) || self.metrics.is_empty() && (MONEY.contains(&name) || LOAD.contains(&name))
    }

    /// Whether somebody asked for a metric.
    fn asked_for(&self, one: &Compared<'_>) -> bool {
        self.metrics.iter().any(|wanted| match wanted.split_once('.') {
            Some((table, metric)) => table == one.table.name && metric == one.metric.name,
            None => wanted == one.metric.name,
        })
    }

    /// Differences of one option: of some metrics those that are real, the largest first; or every one of the metrics that
    /// were asked for.
    fn block(&self, title: &str, option: &str, metrics: &[(&str, &str)], most: usize) -> String {
        let place = |one: &Compared<'_>| metrics.iter().position(|name| *name == (one.table.name, one.metric.name));
        let real =
            |one: &Compared<'_>| !matches!(one.verdict, Verdict::Same | Verdict::None(_) | Verdict::NoDifference(_));
        let shows = |one: &&Compared<'_>| {
            one.option == option
                && if metrics.is_empty() { self.asked_for(one) } else { place(one).is_some() && real(one) }
        };
        let mut rows: Vec<&Compared<'a>> = self.rows.iter().copied().filter(shows).collect();
        if rows.is_empty() {
            return self.bold(title) + "No difference shown.\n";
        }
        let size = |one: &Compared<'_>| one.difference.map_or(0.0, f64::abs);
        rows.sort_by(|a, b| {
            let key = |one: &Compared<'_>| (place(one), one.metric.name, self.partial(one));
            key(a).cmp(&key(b)).then(size(b).total_cmp(&size(a)))
        });
        let found = rows.len();
        if found > most {
            rows = first_of_each(&rows, most);
        }
        let mut grid = Grid::new(vec![
            ("Metric".into(), Kind::Text { least: 14 }),
            ("Of".into(), Kind::Text { least: 12 }),
            ("Unit".into(), Kind::Key),
            ("Reference".into(), Kind::Number),
            ("Difference".into(), Kind::Number),
            ("Verdict".into(), Kind::Key),
        ]);
        for one in &rows {
            grid.row(self.row(one));
        }
        let more = match found - rows.len() {
            0 => String::new(),
            more => {
                format!("and {} more: --table comparison, or --metric NAME for every entity\n", numbers::count(more))
            }
        };
        let money = metrics.is_empty() || metrics.iter().any(|metric| MONEY.contains(metric));
        let other = if money { self.other_treatment(option, &rows) + &self.other_payer(option) } else { String::new() };
        self.bold(title) + &grid.render(self.width, self.paint) + &more + &other
    }

    /// Whether a row is of a board of which only some patients are in scope: what happens to the others is not simulated.
    fn partial(&self, one: &Compared<'_>) -> bool {
        one.table.name == "icbs" && !self.followed.contains(one.entity[0].as_str())
    }

    /// That an option saves nothing, if every board's care costs the same as under the reference.
    fn other_payer(&self, option: &str) -> String {
        let mut costs = self
            .rows
            .iter()
            .filter(|one| one.option == option && (one.table.name, one.metric.name) == ("icbs", "residents_cost_gbp"));
        let same = costs.clone().next().is_some() && costs.all(|one| one.verdict == Verdict::Same);
        if !same {
            return String::new();
        }
        let text =
            "The same care at the same cost: what one body is spared, another bears (a pool, a region, NHS England).";
        wrap(text, self.width, "")
    }

    /// Boards with a row in which an option treats more or fewer patients than the reference, so that money is not for the same.
    fn other_treatment(&self, option: &str, rows: &[&Compared<'a>]) -> String {
        let change = |icb: &str| {
            let of = |one: &&&Compared<'_>| {
                let name = (one.table.name, one.metric.name);
                one.option == option && name == ("icbs", "treated") && one.entity[0] == icb
            };
            let one = self.rows.iter().find(of)?;
            one.reference.filter(|&treated| treated > 0.0).and_then(|treated| Some(one.difference? / treated))
        };
        let mut said: Vec<String> = Vec::new();
        for one in rows.iter().filter(|one| MONEY.contains(&(one.table.name, one.metric.name))) {
            let icb = one.entity[0].as_str();
            if let Some(change) = change(icb).filter(|change| change.abs() >= MANY) {
                let text = format!("{icb} {}", numbers::signed_percent(change, 1));
                if !said.contains(&text) {
                    said.push(text);
                }
            }
        }
        if said.is_empty() {
            return String::new();
        }
        let text = format!(
            "Not for the same treatment: patients treated differ by {}. Less money for fewer patients is no saving.",
            said.join(", ")
        );
        wrap(&text, self.width, "")
    }

    /// How many differences are hidden by their intervals, and what would tell.
    fn undecided(&self) -> Option<String> {
        let listed = |one: &&&Compared<'_>| self.listed(one);
        let mut needed: Vec<f64> =
            self.rows.iter().filter(listed).filter_map(|one| one.replications_to_decide()).collect();
        needed.sort_by(f64::total_cmp);
        let (least, median) = (*needed.first()?, needed[needed.len() / 2]);
        let text = format!(
            "Undecided: {} with an interval wider than the difference. If that is as large as it looks, the chance of a \
             verdict is even with {} replications for the nearest, with {} for half of them (column \
             replications_to_decide of --table comparison).",
            numbers::of(needed.len(), "difference", "differences"),
            numbers::roughly(least),
            numbers::roughly(median)
        );
        Some(wrap(&text, self.width, ""))
    }

    fn row(&self, one: &Compared<'_>) -> Vec<String> {
        let summary = |mean: Option<f64>| SummaryRow { mean, interval: one.interval, ..SummaryRow::default() };
        let (reference, difference) = (summary(one.reference), summary(one.difference));
        let scale = Scale::new(one.metric.unit, &[&reference, &difference]);
        let entity: Vec<String> =
            one.table.entities.iter().zip(one.entity).map(|(column, id)| self.names.label(column.0, id)).collect();
        let signed = |value: f64| {
            let text = scale.number(value);
            if value > 0.0 { format!("+{text}") } else { text }
        };
        let difference = match (one.difference, one.interval) {
            (None, _) => numbers::NO_VALUE.to_owned(),
            (Some(difference), Some(interval)) if one.verdict != Verdict::Same => {
                format!("{} ± {}", signed(difference), scale.number(interval.half_width()))
            }
            (Some(difference), _) => signed(difference),
        };
        let verdict = match one.verdict {
            Verdict::NoDifference(limit) => format!("none larger than {}", scale.number(limit)),
            Verdict::None(why) => why.to_owned(),
            other => other.name().to_owned(),
        };
        vec![
            words_of(one.metric.name),
            entity.join(", "),
            scale.unit.clone(),
            one.reference.map_or_else(|| numbers::NO_VALUE.to_owned(), |mean| scale.number(mean)),
            difference,
            verdict,
        ]
    }

    /// What pairing was worth.
    fn pairing(&self) -> Option<String> {
        let shown = |one: &&&Compared<'_>| self.listed(one);
        let mut ratios: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for one in self.rows.iter().filter(shown) {
            if let Some(ratio) = one.variance_ratio {
                ratios.entry((one.table.name, one.metric.name)).or_default().push(ratio);
            }
        }
        let mut parts = Vec::new();
        for ((table, metric), mut values) in ratios {
            values.sort_by(f64::total_cmp);
            let median = values[values.len() / 2];
            parts.push(format!("{} {} of {table}", numbers::fixed(median, 1), words_of(metric)));
        }
        (!parts.is_empty()).then(|| {
            let text = format!(
                "Without common random numbers so many times the replications would be needed (median): {}.",
                parts.join(", ")
            );
            wrap(&text, self.width, "")
        })
    }
}

/// Whether a row is of a board that is asked for, or nobody asked.
fn of_board(one: &Compared<'_>, boards: &[String]) -> bool {
    let of_boards = ["icbs", "commissioners"].contains(&one.table.name);
    boards.is_empty() || of_boards && boards.iter().any(|board| board == ALL_BOARDS || *board == one.entity[0])
}

/// Some rows of each metric in turn, so that one metric of many bodies does not hide the others; in their order.
fn first_of_each<'r, 'a>(rows: &[&'r Compared<'a>], most: usize) -> Vec<&'r Compared<'a>> {
    let mut rank: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, usize)> = Vec::new();
    for (place, one) in rows.iter().enumerate() {
        let rank = rank.entry((one.table.name, one.metric.name)).or_default();
        ranked.push((*rank, place));
        *rank += 1;
    }
    ranked.sort_unstable();
    let mut kept: Vec<usize> = ranked.into_iter().take(most).map(|(_, place)| place).collect();
    kept.sort_unstable();
    kept.into_iter().map(|place| rows[place]).collect()
}

/// The options of a simulation: the first few, and how many more.
fn list(options: &[&str]) -> String {
    let shown = options[..options.len().min(3)].join(", ");
    match options.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A metric's name without its unit, which has a column of its own.
pub(in crate::cli) fn words_of(metric: &str) -> String {
    let name =
        ["_gbp", "_days", "_km", "_share"].iter().find_map(|ending| metric.strip_suffix(ending)).unwrap_or(metric);
    name.replace('_', " ")
}
