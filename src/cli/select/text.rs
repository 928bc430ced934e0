//! A selection in the terminal.

use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::run::{Marks, Scale, words_of};
use crate::cli::scenario_words::{self as words, Names};
use crate::cli::text::wrap;
use crate::experiment::{Ending, Fate, Procedure, Rules};
use crate::random::MAX_REPLICATION;
use crate::results::{Question, Selected, SummaryRow};
use crate::scenario::Scenario;

/// The table of options, what may be said of the selected one, and what the words mean. `relative` is the zone as typed, if it
/// was in per cent.
pub(super) fn shown(selected: &Selected<'_>, rules: &Rules, relative: Option<&str>, printer: Printer) -> String {
    let view = View::new(selected, rules, relative);
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: String| wrap(&text, width, "");
    let title = paragraph(view.title()).lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let table = view.table().render(width, paint);
    let explained = view.marks.explained(&table).replace(" (--table notes)", " of `tierflow run`");
    let mut blocks = vec![title + &paragraph(view.facts()), table + &paragraph(explained)];
    blocks.push(paragraph(view.verdict()));
    blocks.push(paragraph(view.zone_means()));
    blocks.extend(view.asides().into_iter().map(paragraph));
    blocks.join("\n")
}

/// The entity by its names.
pub(super) fn entity(question: &Question, scenario: &Scenario) -> String {
    let names = Names::new(scenario);
    let columns = question.table.entities.iter().zip(&question.entity);
    columns.map(|(column, id)| names.label(column.0, id)).collect::<Vec<_>>().join(", ")
}

/// `95 %`, `99.5 %`, `33.33 %`.
pub(super) fn percent(share: f64) -> String {
    let exact = |decimals: &usize| {
        let ten = libm::pow(10.0, *decimals as f64);
        libm::fabs(libm::round(share * 100.0 * ten) / ten - share * 100.0) < 1e-9
    };
    numbers::percent(share, (0..2).find(exact).unwrap_or(2))
}

struct View<'a> {
    selected: &'a Selected<'a>,
    rules: &'a Rules,
    relative: Option<&'a str>,
    marks: Marks,
    /// `net cost of QMJ North Central London`.
    what: String,
    /// `smallest` or `largest`.
    way: &'static str,
}

impl<'a> View<'a> {
    fn new(selected: &'a Selected<'a>, rules: &'a Rules, relative: Option<&'a str>) -> Self {
        let question = &selected.question;
        let period = if question.period == "all" { String::new() } else { format!(" in {}", question.period) };
        let of = entity(question, selected.scenario);
        Self {
            selected,
            rules,
            relative,
            marks: Marks::of(&selected.flagged),
            what: format!("{} of {of}{period}", words_of(question.metric.name)),
            way: if question.smallest { "smallest" } else { "largest" },
        }
    }

    fn title(&self) -> String {
        let options = numbers::of(self.selected.selection.candidates.len(), "option", "options");
        format!("Which of {options} has the {} {}?", self.way, self.what)
    }

    fn facts(&self) -> String {
        let run = &self.selected.scenario.run;
        let first = numbers::count(self.rules.first as usize);
        let how = match self.rules.procedure {
            Procedure::Kn { most, .. } => format!(
                "Kim and Nelson's procedure: the same patients in all options, {first} replications before the first look, {} at \
                 most",
                numbers::count(most as usize)
            ),
            Procedure::Rinott { most, .. } => format!(
                "Rinott's procedure: patients of its own for each option, {first} replications in the first stage, {} at most",
                numbers::count(most as usize)
            ),
            Procedure::Ocba { budget } => format!(
                "Optimal computing budget allocation: {} replications in all, {first} of each simulation first",
                numbers::count(budget as usize)
            ),
        };
        format!(
            "{}, seed {}. {how}. ±: 95 % error of the sample as if its size had been fixed and nothing selected by it; for \
             intervals of differences run `tierflow compare` with another --seed.",
            words::when(run),
            run.seed
        )
    }

    /// The options, the best first.
    fn table(&self) -> Grid {
        let selection = &self.selected.selection;
        let mut order: Vec<usize> = (0..selection.candidates.len()).collect();
        let behind: Vec<f64> = order.iter().map(|&option| self.selected.behind(option)).collect();
        order.sort_by(|&a, &b| behind[a].total_cmp(&behind[b]));
        // The selected one is the first of those that are as good.
        order.sort_by_key(|&option| match selection.candidates[option].fate {
            Fate::Selected => 0,
            Fate::Tied => 1,
            _ => 2,
        });
        let unit = self.selected.question.metric.unit;
        let rows: Vec<SummaryRow> =
            (0..selection.candidates.len()).map(|option| self.selected.summary(option)).collect();
        let leads: Vec<SummaryRow> =
            behind.iter().map(|&lead| SummaryRow { mean: Some(lead), ..SummaryRow::default() }).collect();
        let mean = Scale::new(unit, &rows.iter().collect::<Vec<_>>());
        let lead = Scale::new(unit, &leads.iter().collect::<Vec<_>>());
        let mut grid = Grid::new(vec![
            ("Option".into(), Kind::Text { least: 22 }),
            (format!("Mean\n{}", mean.unit), Kind::Number),
            (format!("Behind\n{}", lead.unit), Kind::Number),
            ("Repli-\ncations".into(), Kind::Number),
            ("Result".into(), Kind::Key),
        ]);
        for option in order {
            let one = &selection.candidates[option];
            let behind = match one.fate {
                Fate::Selected => numbers::NO_VALUE.to_owned(),
                _ => lead.number(behind[option]),
            };
            grid.row(vec![
                self.marks.label(self.selected.option(option)),
                mean.mean_and_error(&rows[option]),
                behind,
                numbers::count(one.values.len()),
                self.selected.result(option).replace('-', " "),
            ]);
        }
        grid
    }

    /// An amount of the metric: `£50 thousand`, `0.2 days`, `1 percentage point`.
    fn amount(&self, amount: f64) -> String {
        amount_in(self.selected.question.metric.unit, amount)
    }

    fn zone(&self) -> String {
        let amount = self.amount(self.selected.selection.zone);
        match self.relative {
            Some(share) => format!(
                "{amount} ({share} of the mean under {} over its first {} replications)",
                self.quoted(0),
                self.rules.first
            ),
            None => amount,
        }
    }

    fn quoted(&self, option: usize) -> String {
        format!("`{}`", self.selected.option(option))
    }

    fn listed(&self, wanted: impl Fn(Fate) -> bool) -> String {
        let all = self.selected.selection.candidates.iter().enumerate().filter(|(_, one)| wanted(one.fate));
        let names: Vec<String> = all.map(|(option, _)| self.quoted(option)).collect();
        words::and(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn verdict(&self) -> String {
        let selection = &self.selected.selection;
        let (best, what, way) = (self.quoted(selection.best), &self.what, self.way);
        let stated = match self.rules.procedure {
            Procedure::Kn { probability, .. } | Procedure::Rinott { probability, .. } => percent(probability),
            Procedure::Ocba { .. } => String::new(),
        };
        let provided = format!("provided that the best option is better than every other by at least {}", self.zone());
        let among = self.listed(|fate| matches!(fate, Fate::Selected | Fate::Tied));
        let tie = selection.candidates.iter().any(|one| one.fate == Fate::Tied);
        let has = if tie { format!("{among} share the {way} {what}") } else { format!("{best} has the {way} {what}") };
        let judged = |option: usize| selection.candidates[option].values.len();
        let so_far = format!("{best} is ahead so far, without a guarantee");
        match selection.ending {
            Ending::Guaranteed if tie => format!(
                "{has} with a probability of at least {stated}, provided that the best options are better than every other by at \
                 least {}.",
                self.zone()
            ),
            Ending::Guaranteed => format!("{has} with a probability of at least {stated}, {provided}."),
            Ending::Same => format!(
                "There is nothing to select: {among} had the same {what} over {} replications. No probability is stated.",
                numbers::count(judged(selection.best))
            ),
            Ending::Alike(one, other) => format!(
                "Nothing varied between {} and {} in {}, so nothing is known of rarer differences. {so_far}. Raise --first, or \
                 select by a metric that differs.",
                self.quoted(one),
                self.quoted(other),
                numbers::of(judged(one).min(judged(other)), "replication", "replications"),
            ),
            Ending::Unvaried(option) => format!(
                "Nothing varied under {} in {}, so nothing is known of rarer differences. {so_far}. Raise --first, or select by a \
                 metric that varies.",
                self.quoted(option),
                numbers::of(judged(option), "replication", "replications"),
            ),
            Ending::Capped { needed, zone: None } => format!(
                "Not decided after {} replications. With a probability of at least {stated} the best is one of {}, {provided}. {best} \
                 is ahead so far, without a guarantee. {}",
                numbers::count(selection.candidates[selection.best].values.len()),
                self.listed(|fate| matches!(fate, Fate::Selected | Fate::Left)),
                cure(needed),
            ),
            Ending::Capped { needed, zone: Some(zone) } => format!(
                "Not decided after {} replications. {best} has the {way} {what} so far, without a guarantee. {} Those run would have \
                 been enough for a zone of {}.",
                numbers::count(selection.candidates[selection.best].values.len()),
                cure(needed),
                self.amount(zone),
            ),
            Ending::AlikeAtFirst(one, other) => format!(
                "{} and {} were the same in the first {} replications and differ later, so that the procedure could not know how \
                 much they vary. {best} has the {way} {what} so far, without a guarantee. Raise --first.",
                self.quoted(one),
                self.quoted(other),
                self.rules.first,
            ),
            Ending::Approximate { best: chance, good } => format!(
                "{has} with a probability of {}; that no option is better by {} or more has one of {}. These are \
                 approximations, no guarantee: bounds by Bonferroni's inequality that take means and variances as estimated.",
                chance_in_percent(chance),
                self.zone(),
                chance_in_percent(good),
            ),
        }
    }

    fn zone_means(&self) -> String {
        // What it is a share of is said once.
        let (amount, promised) = match self.selected.selection.ending {
            Ending::Guaranteed | Ending::Capped { zone: None, .. } => (self.amount(self.selected.selection.zone), true),
            Ending::Approximate { .. } => (self.amount(self.selected.selection.zone), false),
            _ => (self.zone(), false),
        };
        let closer = " An option that comes closer than that to the best may be selected in its place; the probability is not \
                      promised then.";
        let closer = if promised { closer } else { "" };
        format!("The indifference zone, {amount}: smaller differences are taken not to matter.{closer}")
    }

    /// Ties, options that were left out, and what it cost.
    fn asides(&self) -> Vec<String> {
        let selection = &self.selected.selection;
        let mut asides = Vec::new();
        let tied = self.listed(|fate| fate == Fate::Tied);
        if !tied.is_empty() {
            asides.push(format!(
                "{tied}: the same mean as {} to the bit over the same replications. This metric did not tell them apart; no \
                 probability is stated between them.",
                self.quoted(selection.best)
            ));
        }
        if ["net_cost_gbp", "cost_gbp", "over_budget_gbp"].contains(&self.selected.question.metric.name) {
            asides.push(
                "What this body is spared another may bear: a pool, a region, NHS England. What care costs whoever pays: \
                 `tierflow compare`, metric residents_cost_gbp."
                    .to_owned(),
            );
        }
        if selection.ran.len() > 1 {
            asides.push(
                "Patients go elsewhere under options of different simulations, and not all options treat as many: `tierflow \
                 compare` says where."
                    .to_owned(),
            );
        }
        let absent: Vec<String> = self.selected.question.absent.iter().map(|id| format!("`{id}`")).collect();
        if !absent.is_empty() {
            asides.push(format!(
                "Left out, because the metric does not exist under them: {}.",
                words::and(&absent.iter().map(String::as_str).collect::<Vec<_>>())
            ));
        }
        let ran: u32 = selection.ran.iter().sum();
        let longest = selection.ran.iter().max().copied().unwrap_or(0);
        let if_all = longest as usize * selection.ran.len();
        let simulations = numbers::of(selection.ran.len(), "simulation", "simulations");
        let saved = match self.rules.procedure {
            Procedure::Rinott { .. } => String::new(),
            _ if if_all > ran as usize => {
                format!("; {} if all had run as long as the longest", numbers::count(if_all))
            }
            _ => String::new(),
        };
        asides.push(format!(
            "Simulated: {} of {simulations}{saved}. Errors of the inputs are not in any of this.",
            numbers::of(ran as usize, "replication", "replications"),
        ));
        asides
    }
}

/// What would decide.
fn cure(needed: u64) -> String {
    if needed > u64::from(MAX_REPLICATION) {
        let needed = numbers::roughly(needed as f64);
        return format!(
            "Up to {needed} replications of an option would be needed, more than there are: raise --indifference."
        );
    }
    format!(
        "Up to {} replications of an option would be needed: raise --max-replications, or --indifference.",
        numbers::count(needed as usize)
    )
}

/// An estimate of a probability: never `100 %`.
fn chance_in_percent(chance: f64) -> String {
    if chance > 0.9995 { "more than 99.9 %".to_owned() } else { format!("about {}", numbers::percent(chance, 1)) }
}

/// An amount in a unit of the catalogue, with two significant digits at least unless fewer are exact.
fn amount_in(unit: &str, amount: f64) -> String {
    let row = SummaryRow { mean: Some(amount), ..SummaryRow::default() };
    match (unit, unit.strip_prefix("GBP")) {
        ("share" | "probability", _) => {
            let short = || percent(amount).trim_end_matches(" %").to_owned();
            format!("{} percentage points", extreme(amount * 100.0, 0.1, 1e9).unwrap_or_else(short))
        }
        (_, pounds) => match (extreme(amount, 1e-3, if unit == "GBP" { 1e15 } else { 1e9 }), pounds) {
            (Some(figure), Some(rest)) => format!("£{figure}{rest}"),
            (Some(figure), None) => format!("{figure} {unit}"),
            (None, _) => without_zeros(&Scale::new(unit, &[&row]).with_unit(amount)),
        },
    }
}

/// A positive number that is below or not below what the usual decimals are for: `0.00012`, `1.2e-9`, `4.5 billion`.
fn extreme(value: f64, low: f64, high: f64) -> Option<String> {
    let figure = match value {
        v if v <= 0.0 || (low..high).contains(&v) => return None,
        v if v >= high => numbers::roughly(v),
        v if v < 1e-6 => format!("{v:.1e}"),
        v => numbers::fixed(v, numbers::decimals(v, 2, 8)),
    };
    let short = figure.replace(".0e", "e");
    let short = if short == figure { without_zeros(&figure) } else { short };
    let exact = short.parse().is_ok_and(|read: f64| libm::fabs(read - value) <= 1e-9 * value);
    Some(if exact { short } else { figure })
}

/// `0.2 days` for `0.2000 days`.
fn without_zeros(text: &str) -> String {
    let Some((whole, rest)) = text.split_once('.') else { return text.to_owned() };
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let (decimals, unit) = rest.split_at(digits);
    match decimals.trim_end_matches('0') {
        "" => format!("{whole}{unit}"),
        decimals => format!("{whole}.{decimals}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_shares_are_short() {
        assert_eq!(without_zeros("0.2000 days"), "0.2 days");
        assert_eq!(without_zeros("£1,050.00m"), "£1,050m");
        assert_eq!((without_zeros("£50 thousand"), without_zeros("1.5")), ("£50 thousand".into(), "1.5".into()));
        assert_eq!([0.95, 0.995, 1.0 / 3.0].map(percent), ["95 %", "99.5 %", "33.33 %"]);
        assert_eq!(chance_in_percent(1.0), "more than 99.9 %");
    }

    #[test]
    fn the_smallest_and_largest_amounts_keep_their_digits() {
        let days = [1e-9, 1.26e-7, 0.000_123_4, 0.000_5, 0.001_26, 0.2, 1_500.0, 4.496e9, 4_958_536_951_873_664.0];
        assert_eq!(
            days.map(|amount| amount_in("days", amount)),
            [
                "1e-9 days",
                "1.3e-7 days",
                "0.00012 days",
                "0.0005 days",
                "0.0013 days",
                "0.2 days",
                "1,500 days",
                "4.5 billion days",
                "5.0e15 days"
            ]
        );
        assert_eq!(
            [1e-9, 2.5, 50_000.0, 1.5e6, 2e16].map(|amount| amount_in("GBP", amount)),
            ["£1e-9", "£2.5", "£50 thousand", "£1.5m", "£2e16"]
        );
        assert_eq!(amount_in("GBP per person", 0.000_12), "£0.00012 per person");
        assert_eq!(
            [1e-9, 0.000_12, 0.01].map(|amount| amount_in("share", amount)),
            ["1e-7 percentage points", "0.012 percentage points", "1 percentage points"]
        );
    }
}
