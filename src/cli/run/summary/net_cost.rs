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
        let fitting = self.options_that_fit(&stated);
        let (stated, crowded) = stated.split_at(fitting);
        let listed = |options: &[usize]| {
            options.iter().map(|&option| self.marks.label(self.options[option])).collect::<Vec<_>>().join(", ")
        };
        let heads =
            stated.iter().map(|&option| (break_name(&self.marks.label(self.options[option]), 10), Kind::Number));
        let mut grid = Grid::new(
            [("ICB of the patients".to_owned(), Kind::Text { least: 14 })].into_iter().chain(heads).collect(),
        );
        let mut row = |name: String, cell: &dyn Fn(usize) -> String| {
            grid.row([name].into_iter().chain(stated.iter().map(|&option| cell(option))).collect());
        };
        for icb in shown.iter() {
            let cell =
                |option: usize| columns[option].get(icb).map_or_else(|| NO_VALUE.to_owned(), |cost| scale.mean(cost));
            row(self.names.label("icb", icb), &cell);
        }
        if !rest.is_empty() {
            let cell = |option: usize| {
                let column = &columns[option];
                let known = rest.iter().all(|icb| column.contains_key(icb));
                if known { scale.number(rest.iter().map(|icb| mean(column, icb)).sum()) } else { NO_VALUE.to_owned() }
            };
            row(format!("and {} more", numbers::count(rest.len())), &cell);
        }
        if (0..self.options.len()).any(|option| national(option).is_some()) {
            row("NHS England".to_owned(), &|option| {
                national(option).map_or_else(|| scale.number(0.0), |cost| scale.mean(cost))
            });
        }
        grid.foot();
        let total = |option: usize| {
            if known(option) {
                scale.mean(&self.headline.sum(self.costs(self.options[option])))
            } else {
                NO_VALUE.to_owned()
            }
        };
        grid.row(["Total".to_owned()].into_iter().chain(stated.iter().map(|&option| total(option))).collect());

        let mut below = Vec::new();
        let error = costs.iter().filter_map(|row| half_width(row)).fold(0.0, f64::max);
        if error > 0.0 {
            below.push(format!("Simulation error at most \u{b1} {}.", scale.with_unit(error)));
        }
        if !crowded.is_empty() {
            below.push(format!("Not shown for want of room: {}.", listed(crowded)));
        }
        if !rest.is_empty() {
            below.push("All ICBs: --table icbs".to_owned());
        }
        let mut below = below.join(" ");
        if !unknown.is_empty() {
            below = format!(
                "Not known under {}: it depends on patients out of scope; run the scenario without its scope.\n{below}",
                listed(&unknown)
            );
        }
        if !stated.iter().all(|&option| known(option)) {
            below =
                format!("{NO_VALUE} depends on patients out of scope: run the scenario without its scope.\n{below}");
        }
        let whose = if self.scenario.scoped { "of patients in scope, by their ICB" } else { "by ICB of the patients" };
        self.section(&format!("Net cost {whose}, after sharing, {}", scale.unit), &grid, &below)
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
