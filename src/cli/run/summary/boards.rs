//! What each option would mean for each board: a block a board, an option a row.

use super::View;
use crate::cli::grid::{Grid, Kind, told_apart};
use crate::cli::numbers;
use crate::cli::run::values::{Scale, half_width};
use crate::domain::BudgetBasis;
use crate::results::SummaryRow;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Boards of which all is shown unless some are asked for.
const BOARDS: usize = 12;
/// Names of options up to so many characters are not cut.
const NAME: usize = 24;
/// Stands for what is not known because it depends on patients out of scope.
const UNKNOWN: &str = "\u{2013}";

/// One figure of a board under an option.
struct Figure {
    header: &'static str,
    table: &'static str,
    metric: &'static str,
    /// The columns of its row behind the ICB.
    of: &'static [&'static str],
    /// What stands where there is no row.
    absent: &'static str,
}

/// The most important first: as many as the width allows are shown.
const FIGURES: [Figure; 12] = [
    Figure { header: "Net\ncost", table: "icbs", metric: "net_cost_gbp", of: &[], absent: UNKNOWN },
    Figure { header: "Budget", table: "icbs", metric: "budget_gbp", of: &[], absent: UNKNOWN },
    Figure { header: "Over-\nspends", table: "icbs", metric: "overspend_probability", of: &[], absent: UNKNOWN },
    Figure {
        header: "with\nvaried\ndemand",
        table: "risk",
        metric: "overspend_probability",
        of: &["demand", "after"],
        absent: UNKNOWN,
    },
    Figure { header: "Patients\ntreated", table: "icbs", metric: "treated", of: &[], absent: "0" },
    Figure { header: "Out-\nside", table: "icbs", metric: "treated_outside_share", of: &[], absent: UNKNOWN },
    Figure { header: "Con-\ntract\nlines", table: "commissioners", metric: "contract_lines", of: &[], absent: "0" },
    Figure { header: "When\nover", table: "icbs", metric: "overspend_when_over_gbp", of: &[], absent: UNKNOWN },
    Figure { header: "Overspends\nunshared", table: "icbs", metric: "own_overspend_probability", of: &[], absent: "" },
    Figure { header: "Waiting\nat end", table: "icbs", metric: "waiting_list", of: &[], absent: "0" },
    Figure { header: "Mean\nwait", table: "icbs", metric: "mean_wait_days", of: &[], absent: "" },
    Figure { header: "Bed-days", table: "icbs", metric: "bed_days", of: &[], absent: "0" },
];

impl<'a> View<'a> {
    /// The blocks of the boards that are asked for; of the largest, if options are many or have budgets.
    pub(super) fn boards(&self, asked: &[String]) -> Option<String> {
        let order = self.boards_by_patients();
        let shown: Vec<&str> = if asked.is_empty() {
            order.iter().copied().take(BOARDS).collect()
        } else {
            order.iter().copied().filter(|id| asked.iter().any(|one| one == id || one == "all")).collect()
        };
        let budgets = self.options.iter().any(|option| !self.headline.column("icbs", option, "budget_gbp").is_empty());
        if shown.is_empty() || (asked.is_empty() && !budgets && self.all_options_fit()) {
            return None;
        }
        let of = |figure: &Figure, icb: &str, option: &'a str| {
            let columns: Vec<String> = [icb].iter().chain(figure.of).map(|&column| column.to_owned()).collect();
            self.headline.one(figure.table, option, figure.metric, &columns)
        };
        // One scale for a figure of all boards, the same for what is compared.
        let rows = |figures: &[usize]| -> Vec<&'a SummaryRow> {
            let one = |figure: usize| {
                shown.iter().flat_map(move |icb| {
                    self.options.iter().filter_map(move |option| of(&FIGURES[figure], icb, option))
                })
            };
            figures.iter().flat_map(|&figure| one(figure)).collect()
        };
        let scale = |figure: usize| match figure {
            0 | 1 => Scale::new("GBP", &rows(&[0])),
            2 | 3 => Scale::new("share", &rows(&[2, 3])),
            _ => Scale::new(unit(FIGURES[figure].metric), &rows(&[figure])),
        };
        let figures: Vec<(usize, Scale)> = (0..FIGURES.len())
            .filter(|&figure| !rows(&[figure]).is_empty())
            .map(|figure| (figure, scale(figure)))
            .collect();
        let cell = |icb: &str, option: &'a str, (figure, scale): &(usize, Scale)| {
            let figure = &FIGURES[*figure];
            of(figure, icb, option).map_or_else(|| figure.absent.to_owned(), |row| scale.mean(row))
        };
        let mut blocks = Vec::new();
        for icb in &shown {
            // What is not known under any option needs no column.
            let known = |(figure, _): &&(usize, Scale)| {
                self.options.iter().any(|option| of(&FIGURES[*figure], icb, option).is_some())
            };
            let figures: Vec<&(usize, Scale)> = figures.iter().filter(known).collect();
            let cells = |option| figures.iter().map(|figure| cell(icb, option, figure)).collect();
            blocks.push(self.block(icb, &figures, cells)?);
        }
        let mut text = self.paint.bold("What each option means for each board") + "\n" + &blocks.join("\n");
        text += &super::wrap(&self.below_boards(&figures, order.len() - shown.len()), self.width, "");
        Some(text)
    }

    /// Boards with patients, those with most of them first.
    fn boards_by_patients(&self) -> Vec<&'a str> {
        let mut most: BTreeMap<&'a str, f64> = BTreeMap::new();
        for entry in self.options.iter().flat_map(|option| self.headline.column("icbs", option, "treated")) {
            let most = most.entry(entry.entity[0].as_str()).or_default();
            *most = most.max(entry.summary.mean.unwrap_or(0.0));
        }
        let mut order: Vec<(&str, f64)> = most.into_iter().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        order.into_iter().map(|(id, _)| id).collect()
    }

    /// Options with the same figures share a row.
    fn block(&self, icb: &str, figures: &[&(usize, Scale)], cells: impl Fn(&'a str) -> Vec<String>) -> Option<String> {
        let mut rows: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
        for option in &self.options {
            let cells = cells(option);
            match rows.iter_mut().find(|(_, known)| *known == cells) {
                Some((names, _)) => names.push(option),
                None => rows.push((vec![option], cells)),
            }
        }
        let longest = rows.iter().map(|(names, _)| names[0].chars().count()).max().unwrap_or(0);
        let firsts: Vec<&str> = rows.iter().map(|(names, _)| names[0]).collect();
        let least = told_apart(&firsts).max(longest.min(NAME));
        let grid = |count: usize| {
            let head = |(figure, scale): &&(usize, Scale)| {
                let header = FIGURES[*figure].header;
                let unit = if scale.unit.is_empty() { String::new() } else { format!("\n{}", scale.unit) };
                (format!("{header}{unit}"), Kind::Number)
            };
            let option = ("Option".to_owned(), Kind::Text { least });
            let mut grid = Grid::new([option].into_iter().chain(figures[..count].iter().map(head)).collect());
            for (names, cells) in &rows {
                grid.row([names[0].to_owned()].into_iter().chain(cells[..count].iter().cloned()).collect());
            }
            grid
        };
        let count = (1..=figures.len()).rev().find(|&count| grid(count).least_width() <= self.width).unwrap_or(1);
        let same = rows.iter().filter(|(names, _)| names.len() > 1);
        let same: Vec<String> =
            same.map(|(names, _)| format!("The same as {}: {}.", names[0], names[1..].join(", "))).collect();
        let title = match self.covered(icb) {
            Some(share) => format!(
                "{}: patients in scope only, {} of what it would pay for",
                self.names.label("icb", icb),
                numbers::percent(share, 0)
            ),
            None => self.names.label("icb", icb),
        };
        self.section(&title, &grid(count), &same.join("\n"))
    }

    /// Which part of a board's own cost is in scope, if not all of it.
    fn covered(&self, icb: &str) -> Option<f64> {
        let id = [icb.to_owned()];
        let coverage =
            self.options.iter().find_map(|option| self.headline.one("commissioners", option, "coverage", &id));
        coverage.and_then(|row| row.mean).filter(|&share| share < 0.9995)
    }

    fn below_boards(&self, figures: &[(usize, Scale)], more: usize) -> String {
        let shown = |metric: &str| figures.iter().find(|(figure, _)| FIGURES[*figure].metric == metric);
        let mut below = vec![
            "Net cost: what the board bears for its residents, after sharing; not what NHS England bears. Patients treated: \
             residents who began treatment. Contract lines: those through which the board itself pays."
                .to_owned(),
        ];
        if shown("treated_outside_share").is_some() {
            below.push("Outside: of its residents' spells, those at providers outside the board's area.".to_owned());
        }
        if shown("overspend_probability").is_some() {
            below.push(format!(
                "Overspends: how likely net cost is above budget, by chance alone, with rates and prices known. \
                 When over: by how much on average. Unshared: were there no pool. Budgets: {}.",
                budgets(self.scenario)
            ));
            if self.scenario.scoped {
                below.push(
                    "Who is sent to providers out of scope finds unlimited places there, so more is done and paid for than in \
                     truth: read chances from the scenario without its scope."
                        .to_owned(),
                );
            }
        }
        if figures.iter().any(|(figure, _)| FIGURES[*figure].table == "risk") {
            below.push(
                "With varied demand: the same with rates that vary beyond chance, as the scenario's [uncertainty] states (table \
                 risk)."
                    .to_owned(),
            );
        }
        let error = |metric: &str| {
            let (figure, scale) = shown(metric)?;
            let column = |option: &&'a str| self.headline.column("icbs", option, FIGURES[*figure].metric);
            let all = self.options.iter().flat_map(column).filter_map(|entry| half_width(entry.summary));
            Some((scale, all.fold(0.0, f64::max))).filter(|(_, most)| *most > 0.0)
        };
        let cost = error("net_cost_gbp").map(|(scale, most)| format!("\u{b1} {} of a net cost", scale.with_unit(most)));
        let chance = error("overspend_probability")
            .map(|(scale, most)| format!("\u{b1} {} percentage points of a chance", scale.number(most)));
        let errors: Vec<String> = cost.into_iter().chain(chance).collect();
        if !errors.is_empty() {
            below.push(format!("Simulation error (95 %) at most {}.", errors.join(", ")));
        }
        if self.scenario.scoped {
            below.push(format!(
                "{UNKNOWN} depends on patients out of scope: run the scenario without its scope for that."
            ));
        }
        if more > 0 {
            below.push(format!("{}: --board CODE, or --board all.", numbers::of(more, "more board", "more boards")));
        }
        below.join(" ")
    }
}

fn unit(metric: &str) -> &'static str {
    match metric {
        _ if metric.ends_with("_gbp") => "GBP",
        _ if metric.ends_with("_probability") || metric.ends_with("_share") => "share",
        _ if metric.ends_with("_days") && metric.starts_with("mean") => "days",
        _ => "",
    }
}

/// The budget rules of the options in words.
fn budgets(scenario: &Scenario) -> String {
    let mut words: Vec<String> = Vec::new();
    for rules in scenario.options.iter().filter_map(|option| option.budget).map(|id| &scenario.budgets[id]) {
        let basis = match &rules.basis {
            BudgetBasis::Stated(_) => "stated in the scenario".to_owned(),
            BudgetBasis::History { level } => {
                format!(
                    "{} of what present flows are expected to cost by the traffic equations, so chances near one half are \
                     its doing",
                    numbers::percent(*level, 1)
                )
            }
            BudgetBasis::Need { .. } => "by need-weighted population, a proxy and no allocation".to_owned(),
            BudgetBasis::Converging { .. } => "from history towards need-weighted population, a proxy".to_owned(),
        };
        let word = if rules.name.is_empty() { basis } else { format!("{} ({basis})", rules.name) };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join("; ")
}
