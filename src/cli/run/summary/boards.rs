//! What each option would mean for each board: a block a board, an option a row.

use super::View;
use crate::cli::grid::{Grid, Kind, told_apart};
use crate::cli::numbers::{self, NO_VALUE};
use crate::cli::run::board_names::ALL_BOARDS;
use crate::cli::run::headline::ALL;
use crate::cli::run::values::{Scale, half_width};
use crate::domain::BudgetBasis;
use crate::results::SummaryRow;
use crate::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Boards of which all is shown unless some are asked for.
const BOARDS: usize = 12;
/// Names of options up to so many characters are not cut.
const NAME: usize = 24;
/// A simulation treats so many more or fewer of a board's patients that its cost is for something else.
const MANY: f64 = 0.01;
/// A board has so much of its care out of scope that its title says so.
const WORTH_SAYING: f64 = 0.005;

/// One figure of a board under an option.
struct Figure {
    header: &'static str,
    /// In running text.
    name: &'static str,
    table: &'static str,
    metric: &'static str,
    /// The columns of its row behind the ICB.
    of: &'static [&'static str],
    /// What stands where there is no row.
    absent: &'static str,
    /// Those worth reading, if the errors allow for more.
    decimals: usize,
}

const fn figure(
    header: &'static str,
    name: &'static str,
    table: &'static str,
    metric: &'static str,
    absent: &'static str,
) -> Figure {
    Figure { header, name, table, metric, of: &[], absent, decimals: 1 }
}

/// The most important first: as many as the width allows are shown.
const FIGURES: [Figure; 12] = [
    figure("Net\ncost", "net cost", "icbs", "net_cost_gbp", NO_VALUE),
    figure("Budget", "budget", "icbs", "budget_gbp", NO_VALUE),
    figure("Over-\nspends", "overspends", "icbs", "overspend_probability", NO_VALUE),
    figure("Patients\ntreated", "patients treated", "icbs", "treated", "0"),
    figure("Out-\nside", "outside", "icbs", "treated_outside_share", NO_VALUE),
    Figure { decimals: 0, ..figure("Con-\ntract\nlines", "contract lines", "commissioners", "contract_lines", "0") },
    Figure {
        of: &["demand", "after"],
        ..figure("with\nvaried\ndemand", "overspends with varied demand", "risk", "overspend_probability", NO_VALUE)
    },
    Figure { decimals: 2, ..figure("When\nover", "when over", "icbs", "overspend_when_over_gbp", NO_VALUE) },
    figure("Overspends\nunshared", "overspends unshared", "icbs", "own_overspend_probability", NO_VALUE),
    figure("Waiting\nat end", "waiting at end", "icbs", "waiting_list", "0"),
    figure("Mean\nwait", "mean wait", "icbs", "mean_wait_days", NO_VALUE),
    figure("Bed-days", "bed-days", "icbs", "bed_days", "0"),
];
/// Those of money and of chances, each with one scale.
const MONEY: [usize; 2] = [0, 1];
const CHANCES: [usize; 2] = [2, 6];

impl<'a> View<'a> {
    /// The blocks of the boards that are asked for; of the largest, if options are many or have budgets.
    pub(super) fn boards(&self, asked: &[String]) -> Option<String> {
        let order = self.boards_by_patients();
        let shown: Vec<&str> = if asked.is_empty() {
            order.iter().copied().take(BOARDS).collect()
        } else {
            order.iter().copied().filter(|id| asked.iter().any(|one| one == id || one == ALL_BOARDS)).collect()
        };
        let absent = asked.iter().filter(|id| *id != ALL_BOARDS && !order.contains(&id.as_str()));
        let absent =
            absent.map(|id| self.names.label("icb", id) + " has no patients in this run.\n").collect::<String>();
        let budgets = self.options.iter().any(|option| !self.headline.column("icbs", option, "budget_gbp").is_empty());
        if shown.is_empty() || (asked.is_empty() && !budgets && self.all_options_fit()) {
            return Some(absent).filter(|text| !text.is_empty());
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
            _ if MONEY.contains(&figure) => Scale::new("GBP", &rows(&MONEY[..1])),
            _ if CHANCES.contains(&figure) => Scale::new("share", &rows(&CHANCES)),
            _ => Scale::new(unit(FIGURES[figure].metric), &rows(&[figure])).rounded(FIGURES[figure].decimals),
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
        let away = self.care_out_of_scope();
        let mut crowded = BTreeSet::new();
        for icb in &shown {
            // What is not known under any option needs no column.
            let known = |(figure, _): &&(usize, Scale)| {
                self.options.iter().any(|option| of(&FIGURES[*figure], icb, option).is_some())
            };
            let figures: Vec<&(usize, Scale)> = figures.iter().filter(known).collect();
            // What stands in no column tells options apart, too.
            let besides: Vec<(&str, [f64; 2])> =
                self.options.iter().map(|&option| (option, self.besides(icb, option))).collect();
            let cells = |option: &'a str| {
                let shown = figures.iter().map(|figure| cell(icb, option, figure));
                let hidden = besides.iter().filter(|(known, _)| *known == option);
                shown.chain(hidden.map(|(_, pounds)| format!("{pounds:?}"))).collect()
            };
            let mut below = self.other_treatment(icb);
            below.extend(self.besides_in_words(&besides));
            let (text, fitting) = self.block(&self.board_title(icb, &away), &figures, cells, &below);
            crowded.extend(figures[fitting..].iter().map(|(figure, _)| *figure));
            blocks.push(text);
        }
        let mut text = self.paint.bold("What each option means for each board") + "\n" + &blocks.join("\n");
        let partial = shown.iter().any(|icb| self.covered(icb).is_some());
        let unknown = |icb: &&str| self.options.iter().any(|option| of(&FIGURES[MONEY[0]], icb, option).is_none());
        let unknown = self.costs_anything() && shown.iter().any(unknown);
        let out_of_scope = shown.iter().any(|icb| away.get(icb).is_some_and(|&share| share >= WORTH_SAYING));
        let mut below = self.below_boards(&shown, &figures, (partial, unknown, out_of_scope));
        if !crowded.is_empty() {
            let _ = write!(below, "\n{}", self.crowded(&crowded));
        }
        let more = order.len() - shown.len();
        if more > 0 {
            let more = numbers::of(more, "more board", "more boards");
            let _ = write!(below, "\n{more}: --board with a code or a part of a name, or --board all.");
        }
        let explained = self.marks.explained(&text);
        text += &super::wrap(&format!("\n{absent}{below}\n{explained}"), self.width, "");
        Some(text)
    }

    /// Boards with patients: those that are wholly in scope, then the others, each with most patients first.
    fn boards_by_patients(&self) -> Vec<&'a str> {
        let mut most: BTreeMap<&'a str, f64> = BTreeMap::new();
        for entry in self.options.iter().flat_map(|option| self.headline.column("icbs", option, "treated")) {
            let most = most.entry(entry.entity[0].as_str()).or_default();
            *most = most.max(entry.summary.mean.unwrap_or(0.0));
        }
        let order = most.into_iter().map(|(id, patients)| (id, patients, self.covered(id).is_some()));
        let mut order: Vec<(&str, f64, bool)> = order.collect();
        order.sort_by(|a, b| a.2.cmp(&b.2).then(b.1.total_cmp(&a.1)).then(a.0.cmp(b.0)));
        order.into_iter().map(|(id, ..)| id).collect()
    }

    /// For each board the share of its residents' care, at the price list, that the first option leaves to providers out of scope.
    fn care_out_of_scope(&self) -> BTreeMap<&'a str, f64> {
        let mut sums: BTreeMap<&'a str, (f64, f64)> = BTreeMap::new();
        if !self.scenario.scoped {
            return BTreeMap::new();
        }
        let rows = self.results.outline.rows().filter(|row| {
            let first = self.options.first().is_some_and(|option| row.option == *option);
            first && row.period == ALL && row.table.name == "flows" && row.metric.name == "value_gbp"
        });
        for row in rows {
            let pounds: f64 = self.results.numbers.iter().map(|numbers| numbers[row.position]).sum();
            let sum = sums.entry(row.entity[0].as_str()).or_default();
            sum.1 += pounds;
            if !self.in_scope(&row.entity[1]) {
                sum.0 += pounds;
            }
        }
        sums.into_iter().map(|(icb, (away, all))| (icb, away / all)).collect()
    }

    fn board_title(&self, icb: &str, away: &BTreeMap<&str, f64>) -> String {
        let label = self.names.label("icb", icb);
        let away = away.get(icb).copied().filter(|&share| share >= WORTH_SAYING);
        match (self.covered(icb), away) {
            (Some(share), _) => {
                let share = numbers::percent(share, 0);
                format!("{label}: patients in scope only, {share} of what it would pay for")
            }
            (None, Some(away)) => {
                format!("{label}: {} of its care at providers out of scope", numbers::percent(away, 0))
            }
            (None, None) => label,
        }
    }

    /// Simulations that treat many more or fewer of a board's patients than the first, so that their costs are not for the same.
    fn other_treatment(&self, icb: &str) -> Vec<String> {
        let mean = |option: &'a str, metric: &'a str| {
            self.headline.one("icbs", option, metric, &[icb.to_owned()]).and_then(|row| row.mean)
        };
        let firsts = self.firsts();
        let Some((&reference, others)) = firsts.split_first() else { return Vec::new() };
        let Some(before) = mean(reference, "treated").filter(|&treated| treated > 0.0) else { return Vec::new() };
        let said = |&option: &&'a str| {
            let change = mean(option, "treated")? / before - 1.0;
            if change.abs() < MANY {
                return None;
            }
            let (share, more) = (numbers::percent(change.abs(), 1), if change > 0.0 { "more" } else { "fewer" });
            let waiting = match (mean(option, "waiting_list"), mean(reference, "waiting_list")) {
                (Some(here), Some(there)) => {
                    let (here, there) = (numbers::fixed(here, 0), numbers::fixed(there, 0));
                    format!(" (waiting at end: {here}, there {there})")
                }
                _ => String::new(),
            };
            let label = self.marks.label(option);
            Some(format!(
                "{label} treats {share} {more} patients than {reference}{waiting}: its cost is not for the same treatment."
            ))
        };
        others.iter().filter_map(said).collect()
    }

    /// What a board pays under an option for drugs and devices, and for its contract lines: in no net cost and in no budget.
    fn besides(&self, icb: &str, option: &'a str) -> [f64; 2] {
        let pounds = |metric: &'a str| {
            let row = self.headline.one("commissioners", option, metric, &[icb.to_owned()]);
            row.and_then(|row| row.mean).unwrap_or(0.0)
        };
        [pounds("drugs_pass_through_gbp"), pounds("contract_cost_gbp")]
    }

    /// The same, said once for the options that have it.
    fn besides_in_words(&self, besides: &[(&str, [f64; 2])]) -> Vec<String> {
        let mut said: Vec<([String; 2], Vec<String>)> = Vec::new();
        for (option, pounds) in besides.iter().filter(|(_, pounds)| pounds.iter().any(|&pounds| pounds != 0.0)) {
            let shown = pounds.map(|pounds| format!("£{}m", numbers::fixed(pounds * 1e-6, 2)));
            match said.iter_mut().find(|(known, _)| *known == shown) {
                Some((_, options)) => options.push(self.marks.label(option)),
                None => said.push((shown, vec![self.marks.label(option)])),
            }
        }
        let line = |([drugs, lines], options): &([String; 2], Vec<String>)| {
            format!(
                "Besides, in no net cost or budget: drugs and devices {drugs}, contract lines {lines} under {}.",
                options.join(", ")
            )
        };
        said.iter().map(line).collect()
    }

    /// A table, and how many of the figures have room. Options with the same figures share a row.
    fn block(
        &self,
        title: &str,
        figures: &[&(usize, Scale)],
        cells: impl Fn(&'a str) -> Vec<String>,
        below: &[String],
    ) -> (String, usize) {
        let mut rows: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for option in &self.options {
            let (label, cells) = (self.marks.label(option), cells(option));
            match rows.iter_mut().find(|(_, known)| *known == cells) {
                Some((names, _)) => names.push(label),
                None => rows.push((vec![label], cells)),
            }
        }
        let longest = rows.iter().map(|(names, _)| names[0].chars().count()).max().unwrap_or(0);
        let firsts: Vec<&str> = rows.iter().map(|(names, _)| names[0].as_str()).collect();
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
                grid.row([names[0].clone()].into_iter().chain(cells[..count].iter().cloned()).collect());
            }
            grid
        };
        let count = (1..=figures.len()).rev().find(|&count| grid(count).least_width() <= self.width).unwrap_or(1);
        let same = rows.iter().filter(|(names, _)| names.len() > 1);
        let same: Vec<String> =
            same.map(|(names, _)| format!("The same as {}: {}.", names[0], names[1..].join(", "))).collect();
        let below: Vec<String> = same.into_iter().chain(below.iter().cloned()).collect();
        (self.table(title, &grid(count), &below.join("\n")), count)
    }

    /// Figures without room, and where they stand.
    fn crowded(&self, figures: &BTreeSet<usize>) -> String {
        let names: Vec<&str> = figures.iter().map(|&figure| FIGURES[figure].name).collect();
        let tables: BTreeSet<&str> = figures.iter().map(|&figure| FIGURES[figure].table).collect();
        let tables: Vec<String> = tables.iter().map(|table| format!("--table {table}")).collect();
        format!(
            "Not shown for want of room in {} columns: {}. They are in {}, and here in a wider terminal.",
            self.width,
            names.join(", "),
            tables.join(" and ")
        )
    }

    /// Which part of a board's own cost is in scope, if not all of it.
    fn covered(&self, icb: &str) -> Option<f64> {
        let id = [icb.to_owned()];
        let coverage =
            self.options.iter().find_map(|option| self.headline.one("commissioners", option, "coverage", &id));
        coverage.and_then(|row| row.mean).filter(|&share| share < 0.9995)
    }

    fn below_boards(
        &self,
        boards: &[&str],
        figures: &[(usize, Scale)],
        (partial, unknown, out_of_scope): (bool, bool, bool),
    ) -> String {
        let shown = |metric: &str| figures.iter().find(|(figure, _)| FIGURES[*figure].metric == metric);
        let mut words =
            "Net cost: what the board bears for its residents, after sharing; not what NHS England bears. Patients treated: \
             residents who began treatment. Contract lines: those through which the board itself pays."
                .to_owned();
        if shown("treated_outside_share").is_some() {
            words += " Outside: of its residents' spells, those at providers outside the board's area.";
        }
        let mut below = vec![words];
        if shown("overspend_probability").is_some() {
            let mut words =
                "Overspends: how likely net cost is above budget, by chance alone, with rates and prices known."
                    .to_owned();
            if figures.iter().any(|(figure, _)| FIGURES[*figure].table == "risk") {
                words += " With varied demand: the same with rates that vary beyond chance, as the scenario's [uncertainty] \
                          states (table risk).";
            }
            let _ = write!(
                words,
                " When over: by how much on average ({NO_VALUE} if never). Unshared: were there no pool ({NO_VALUE} if there is none)."
            );
            if shown("own_overspend_probability").is_some() {
                words += " A pool's total varies less than each board's cost, so where it is expected to lie above its \
                          budget its boards overspend more often than alone, but by less.";
            }
            below.push(words);
            below.push(format!("Budgets: {}.", budgets(self.scenario, &self.options)));
        }
        if self.scenario.scoped && (partial || unknown || out_of_scope) {
            let mut words =
                "Scope: providers out of scope have unlimited places, so nobody waits there or leaves a list \
                             untreated: costs and chances are too high, the more of its care a board has there."
                    .to_owned();
            if partial {
                words += " Of boards with patients in scope only, budget, chances and share outside are not known.";
            }
            if unknown {
                let _ = write!(
                    words,
                    " Net costs that are {NO_VALUE} depend on patients out of scope: --set scope.providers=all tells them."
                );
            }
            below.push(words);
        }
        let error = |metric: &str| {
            let (figure, scale) = shown(metric)?;
            let column = |option: &&'a str| self.headline.column("icbs", option, FIGURES[*figure].metric);
            let all = self.options.iter().flat_map(column);
            let all = all.filter(|entry| boards.contains(&entry.entity[0].as_str()));
            let all = all.filter_map(|entry| half_width(entry.summary));
            Some((scale, all.fold(0.0, f64::max))).filter(|(_, most)| *most > 0.0)
        };
        let cost = error("net_cost_gbp").map(|(scale, most)| format!("\u{b1} {} of a net cost", scale.with_unit(most)));
        let chance = error("overspend_probability")
            .map(|(scale, most)| {
                let most = scale.number(most);
                format!(
                    "\u{b1} {most} percentage points of a chance (which differences between options are real: tierflow compare)"
                )
            });
        let errors: Vec<String> = cost.into_iter().chain(chance).collect();
        if !errors.is_empty() {
            below.push(format!("Simulation error (95 %) at most {}.", errors.join(", ")));
        }
        below.join("\n")
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

/// The budget rules of these options in words.
fn budgets(scenario: &Scenario, options: &[&str]) -> String {
    let mut words: Vec<String> = Vec::new();
    let shown = scenario.options.iter().filter(|option| options.contains(&option.id.as_str()));
    for rules in shown.filter_map(|option| option.budget).map(|id| &scenario.budgets[id]) {
        let basis = match &rules.basis {
            BudgetBasis::Stated(_) => "stated in the scenario".to_owned(),
            BudgetBasis::History { level } => {
                format!(
                    "{} of what present flows are expected to cost by the traffic equations at the scenario's prices and \
                     top-ups, so a chance near one half is \
                     its doing; one level for all services, so where a board keeps few of them its chance says little",
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
