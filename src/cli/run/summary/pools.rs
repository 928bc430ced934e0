//! Which pools are fullest.

use super::View;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers::{self, percent};
use crate::cli::run::headline::Entry;
use crate::cli::scenario_words::shared;
use crate::cli::text::break_name;
use crate::domain::Capacity;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rows of the table.
const POOLS: usize = 8;

impl<'a> View<'a> {
    pub(super) fn pools(&self) -> Option<String> {
        if self.results.parts.len() > 1 {
            return self.pools_by_simulation();
        }
        let option = *self.options.first()?;
        let mut order: Vec<&Entry<'a>> = self.headline.column("pools", option, "utilisation").iter().collect();
        order.sort_by(|a, b| b.summary.mean.unwrap_or(0.0).total_cmp(&a.summary.mean.unwrap_or(0.0)));
        let shown = &order[..order.len().min(POOLS)];
        let metric = |metric: &'a str, entity: &[String]| {
            self.headline.one("pools", option, metric, entity).and_then(|row| row.mean).unwrap_or(f64::NAN)
        };
        let any = |name: &'a str| shown.iter().any(|entry| metric(name, entry.entity).is_finite());
        let (wait, refused) = (any("mean_wait_days"), any("refused_share"));
        let longest = shown.iter().map(|entry| metric("mean_wait_days", entry.entity)).fold(0.0, f64::max);
        let (unit, per_day) = numbers::time_unit(longest);
        let mut columns = vec![
            ("Provider".to_owned(), Kind::Text { least: 14 }),
            ("Pool".to_owned(), Kind::Text { least: 12 }),
            ("Places".to_owned(), Kind::Number),
            ("Occupied".to_owned(), Kind::Number),
        ];
        columns.extend(wait.then(|| (format!("Mean wait\n{unit}"), Kind::Number)));
        columns.extend(refused.then(|| ("Refused".to_owned(), Kind::Number)));
        let mut grid = Grid::new(columns);
        for entry in shown {
            let (provider, pool) = (&entry.entity[0], &entry.entity[1]);
            let mut row = vec![
                self.names.label("provider", provider),
                pool.clone(),
                self.places(provider, pool),
                percent(entry.summary.mean.unwrap_or(f64::NAN), 1),
            ];
            row.extend(wait.then(|| numbers::fixed(metric("mean_wait_days", entry.entity) * per_day, 2)));
            row.extend(refused.then(|| percent(metric("refused_share", entry.entity), 1)));
            grid.row(row);
        }
        let more = order.len() - shown.len();
        let below = if more > 0 { format!("and {} more: --table pools", numbers::count(more)) } else { String::new() };
        self.section("Fullest pools", &grid, &below)
    }

    /// Occupied places alone, simulations beside each other: they differ by option.
    fn pools_by_simulation(&self) -> Option<String> {
        let firsts = self.firsts();
        let mut fullest: BTreeMap<&[String], Vec<Option<f64>>> = BTreeMap::new();
        for (i, option) in firsts.iter().enumerate() {
            for entry in self.headline.column("pools", option, "utilisation") {
                fullest.entry(entry.entity).or_insert_with(|| vec![None; firsts.len()])[i] = entry.summary.mean;
            }
        }
        let most = |shares: &[Option<f64>]| shares.iter().flatten().copied().fold(0.0, f64::max);
        let mut order: Vec<(&[String], Vec<Option<f64>>)> = fullest.into_iter().collect();
        order.sort_by(|a, b| most(&b.1).total_cmp(&most(&a.1)));
        let shown = order.len().min(POOLS);
        let grid = |fitting: usize| {
            let mut columns = vec![
                ("Provider".to_owned(), Kind::Text { least: 14 }),
                ("Pool".to_owned(), Kind::Text { least: 12 }),
                ("Places".to_owned(), Kind::Number),
            ];
            columns.extend(
                firsts[..fitting].iter().map(|option| (break_name(&self.marks.label(option), 10), Kind::Number)),
            );
            let mut grid = Grid::new(columns);
            for (entity, shares) in &order[..shown] {
                let (provider, pool) = (&entity[0], &entity[1]);
                let mut row = vec![self.names.label("provider", provider), pool.clone(), self.places(provider, pool)];
                row.extend(shares[..fitting].iter().map(|share| percent(share.unwrap_or(f64::NAN), 1)));
                grid.row(row);
            }
            grid
        };
        let fitting = (2..=firsts.len()).rev().find(|&n| grid(n).least_width() <= self.width).unwrap_or(1);
        let mut below = String::new();
        if fitting < firsts.len() {
            let missing: Vec<String> = firsts[fitting..].iter().map(|option| self.marks.label(option)).collect();
            below = format!("Not shown for want of room: {}. ", missing.join(", "));
        }
        if order.len() > shown {
            let _ = write!(below, "And {} more: --table pools. ", numbers::count(order.len() - shown));
        }
        let groups = self.results.parts.iter().map(|part| part.options.iter().map(String::as_str).collect());
        below += &shared(groups).unwrap_or_default();
        self.section("Fullest pools: occupied share of places, by option", &grid(fitting), below.trim_end())
    }

    fn places(&self, provider: &str, pool: &str) -> String {
        let found = self
            .scenario
            .pools
            .iter()
            .find(|known| known.id == pool && self.scenario.providers[known.provider].id == provider);
        match found.map(|pool| pool.capacity) {
            Some(Capacity::Places(places)) => numbers::count(places as usize),
            _ => "no limit".to_owned(),
        }
    }
}
