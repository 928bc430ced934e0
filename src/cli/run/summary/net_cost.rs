//! What each ICB bears under each option.

use super::{ROWS, View};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers::{self, NO_VALUE};
use crate::cli::run::headline::Entry;
use crate::cli::run::values::{Scale, half_width};
use crate::cli::text::break_name;
use crate::domain::TieringOption;
use crate::results::SummaryRow;
use std::collections::{BTreeMap, BTreeSet};

/// Of what has no value because of the scope.
const CURE: &str = "depends on patients out of scope, whom --set scope.providers=all follows.";

/// The net cost of each ICB that has one under an option.
type Column<'a> = BTreeMap<&'a str, &'a SummaryRow>;

impl<'a> View<'a> {
    pub(super) fn icbs(&self) -> Option<String> {
        let column = |option: &&'a str| -> Column<'a> {
            let entries: &[Entry<'a>] = self.headline.column("icbs", option, "net_cost_gbp");
            entries.iter().map(|entry| (entry.entity[0].as_str(), entry.summary)).collect()
        };
        let columns: Vec<Column<'a>> = self.options.iter().map(column).collect();
        // Those too that have no net cost under any option.
        let treated = self.options.iter().flat_map(|option| self.headline.column("icbs", option, "spells"));
        let icbs: BTreeSet<&str> = columns
            .iter()
            .flat_map(|column| column.keys().copied())
            .chain(treated.map(|entry| entry.entity[0].as_str()))
            .collect();
        // Of sums the net cost may not be known; nobody's scope is to blame.
        let unknown = self.results.outline.summed().is_some() && columns.iter().all(BTreeMap::is_empty);
        if !self.costs_anything() || icbs.is_empty() || unknown {
            return None;
        }
        let mean = |column: &Column<'a>, icb: &str| column.get(icb).and_then(|cost| cost.mean).unwrap_or(0.0);
        let largest = |icb: &str| columns.iter().map(|column| mean(column, icb)).fold(0.0, f64::max);
        let mut order: Vec<&str> = icbs.iter().copied().collect();
        order.sort_by(|a, b| largest(b).total_cmp(&largest(a)).then(a.cmp(b)));
        // The most affected in any option, in the order of what they bear in the reference.
        let (shown, rest) = order.split_at_mut(ROWS.min(icbs.len()));
        shown.sort_by(|a, b| mean(&columns[0], b).total_cmp(&mean(&columns[0], a)));
        let costs: Vec<&SummaryRow> =
            shown.iter().flat_map(|icb| columns.iter().filter_map(|column| column.get(icb).copied())).collect();
        let nation = [TieringOption::NHS_ENGLAND.to_owned()];
        let national =
            |option: usize| self.headline.one("commissioners", self.options[option], "net_cost_gbp", &nation);
        let scaled: Vec<&SummaryRow> =
            costs.iter().copied().chain((0..self.options.len()).filter_map(national)).collect();
        let scale = Scale::new("GBP", &scaled);

        let known = |option: usize| icbs.iter().all(|icb| columns[option].contains_key(icb));
        // Options under which no ICB has a net cost say nothing, unless that holds for all of them.
        let (mut stated, mut unknown): (Vec<usize>, Vec<usize>) =
            (0..self.options.len()).partition(|&option| icbs.iter().any(|icb| columns[option].contains_key(icb)));
        if stated.is_empty() {
            std::mem::swap(&mut stated, &mut unknown);
        }
        let total =
            |option: usize| known(option).then(|| scale.mean(&self.headline.sum(self.costs(self.options[option]))));
        let of_rest = |option: usize| {
            let column = &columns[option];
            let known = rest.iter().all(|icb| column.contains_key(icb));
            known.then(|| scale.number(rest.iter().map(|icb| mean(column, icb)).sum()))
        };
        let with_nation = (0..self.options.len()).any(|option| national(option).is_some());
        let cells = |option: usize| -> Vec<String> {
            let of_icb = |icb: &&str| columns[option].get(icb).map(|cost| scale.mean(cost));
            let of_nation = || national(option).map_or_else(|| scale.number(0.0), |cost| scale.mean(cost));
            let mut cells: Vec<Option<String>> = shown.iter().map(of_icb).collect();
            cells.extend((!rest.is_empty()).then(|| of_rest(option)));
            cells.extend(with_nation.then(|| Some(of_nation())));
            cells.push(total(option));
            cells.into_iter().map(|cell| cell.unwrap_or_else(|| NO_VALUE.to_owned())).collect()
        };
        // Options with the same amounts, to the bit, share a column.
        let amounts = |option: usize| -> Vec<Option<f64>> {
            let of_icb = |icb: &&str| columns[option].get(icb).and_then(|cost| cost.mean);
            icbs.iter().map(of_icb).chain([national(option).and_then(|cost| cost.mean)]).collect()
        };
        let groups = alike(&stated, amounts);
        let firsts: Vec<usize> = groups.iter().map(|options| options[0]).collect();
        let (groups, crowded) = groups.split_at(self.options_that_fit(&firsts));
        let filled: Vec<Vec<String>> = groups.iter().map(|options| cells(options[0])).collect();
        let heads =
            groups.iter().map(|options| (break_name(&self.marks.label(self.options[options[0]]), 10), Kind::Number));
        let mut grid = Grid::new(
            [("ICB of the patients".to_owned(), Kind::Text { least: 14 })].into_iter().chain(heads).collect(),
        );
        let mut names: Vec<String> = shown.iter().map(|icb| self.names.label("icb", icb)).collect();
        names.extend((!rest.is_empty()).then(|| format!("and {} more", numbers::count(rest.len()))));
        names.extend(with_nation.then(|| "NHS England".to_owned()));
        let rows = names.len();
        names.push("Total".to_owned());
        for (row, name) in names.into_iter().enumerate() {
            if row == rows {
                grid.foot();
            }
            grid.row([name].into_iter().chain(filled.iter().map(|cells| cells[row].clone())).collect());
        }

        let error = costs.iter().filter_map(|row| half_width(row)).fold(0.0, f64::max);
        let error = (error > 0.0).then(|| scale.with_unit(error));
        let partial = groups.iter().any(|options| !known(options[0]));
        let below = self.below_net_cost(groups, &crowded.concat(), &unknown, (partial, !rest.is_empty(), error));
        let whose = if self.scenario.scoped { "of patients in scope, by their ICB" } else { "by ICB of the patients" };
        self.section(&format!("Net cost {whose}, after sharing, {}", scale.unit), &grid, &below)
    }

    /// What columns stand for, what is missing, and how sure it is. `rest`: whether ICBs are summed up.
    fn below_net_cost(
        &self,
        groups: &[Vec<usize>],
        crowded: &[usize],
        unknown: &[usize],
        (partial, rest, error): (bool, bool, Option<String>),
    ) -> String {
        let listed = |options: &[usize]| {
            options.iter().map(|&option| self.marks.label(self.options[option])).collect::<Vec<_>>().join(", ")
        };
        let mut lines = Vec::new();
        if partial {
            lines.push(format!("{NO_VALUE} {CURE}"));
        }
        if !unknown.is_empty() {
            lines.push(format!("Not known under {}: it {CURE}", listed(unknown)));
        }
        let several = groups.iter().filter(|options| options.len() > 1);
        lines.extend(
            several.map(|options| format!("The same as {}: {}.", listed(&options[..1]), listed(&options[1..]))),
        );
        let mut last = Vec::new();
        last.extend(error.map(|error| format!("Simulation error at most \u{b1} {error}.")));
        if !crowded.is_empty() {
            last.push(format!("Not shown for want of room: {}.", listed(crowded)));
        }
        if rest {
            last.push("All ICBs: --table icbs".to_owned());
        }
        lines.push(last.join(" "));
        lines.join("\n")
    }

    /// Whether all options have room beside a name.
    pub(super) fn all_options_fit(&self) -> bool {
        let all: Vec<usize> = (0..self.options.len()).collect();
        self.options_that_fit(&all) == all.len()
    }

    /// How many of some options have room beside a name.
    fn options_that_fit(&self, options: &[usize]) -> usize {
        let mut room = self.width.saturating_sub(16);
        let width = |option: usize| {
            let label = self.marks.label(self.options[option]);
            break_name(&label, 10).lines().map(|line| line.chars().count()).max().unwrap_or(0).max(8) + 2
        };
        let fits = |option: &&usize| {
            let needed = width(**option);
            let fits = needed <= room;
            room = room.saturating_sub(needed);
            fits
        };
        options.iter().take_while(fits).count().max(1)
    }
}

/// Options that have the same, together, in order of first appearance.
fn alike<T: PartialEq>(options: &[usize], of: impl Fn(usize) -> T) -> Vec<Vec<usize>> {
    let mut groups: Vec<(T, Vec<usize>)> = Vec::new();
    for &option in options {
        let own = of(option);
        match groups.iter_mut().find(|(known, _)| *known == own) {
            Some((_, group)) => group.push(option),
            None => groups.push((own, vec![option])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
