//! The sites of a set, and the home areas, in the terminal.

use super::text::{CLOSED, Shown};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::scenario_words::{labelled, provider};
use crate::experiment::{SetOutcome, SitePool, Siting};

/// How many home areas and sites are listed.
const AREAS: usize = 8;
const SITES: usize = 25;
/// A change of a site's patients that is worth a row.
const CHANGE: f64 = 0.01;

impl<'a> Shown<'a> {
    fn patients(set: &SetOutcome, site: usize) -> Option<f64> {
        set.open.iter().position(|&other| other == site).map(|at| set.patients[at])
    }

    /// The sites that change, closed ones first and then by the patients they gain; or all.
    pub(super) fn sites(&self, whole: bool) -> String {
        let view = self.view;
        let both = |site: usize| (Self::patients(self.now, site), Self::patients(self.chosen, site));
        let mut rows: Vec<usize> = (0..view.siting.sites.len()).filter(|&site| both(site) != (None, None)).collect();
        let all = rows.len();
        let mut below = Vec::new();
        if self.is_changed() && !whole {
            rows.retain(|&site| match both(site) {
                (Some(before), Some(after)) => (after / before - 1.0).abs() >= CHANGE,
                _ => true,
            });
            let same = all - rows.len();
            if same > 0 {
                below.push(format!("{} by less than 1 %", numbers::of(same, "site changes", "sites change")));
            }
            let closed: Vec<usize> = rows.iter().copied().filter(|&site| both(site).1.is_none()).collect();
            if closed.len() > CLOSED {
                rows.retain(|site| !closed.contains(site));
                below.push(format!("{} close", numbers::of(closed.len(), "site", "sites")));
            }
            let gain = |site: usize| match both(site) {
                (_, None) => f64::INFINITY,
                (before, Some(after)) => after - before.unwrap_or(0.0),
            };
            rows.sort_by(|&a, &b| gain(b).total_cmp(&gain(a)).then(a.cmp(&b)));
        } else if !whole {
            let load = |site: usize| both(site).0.and_then(|patients| view.siting.sites[site].load(patients));
            rows.sort_by(|&a, &b| load(b).unwrap_or(0.0).total_cmp(&load(a).unwrap_or(0.0)).then(a.cmp(&b)));
        }
        if !whole && rows.len() > SITES {
            let (one, many) = if self.is_changed() {
                ("site gains fewer patients", "sites gain fewer patients")
            } else {
                ("site is less full", "sites are less full")
            };
            below.insert(0, numbers::of(rows.len() - SITES, one, many));
            rows.truncate(SITES);
        }
        if rows.is_empty() {
            let below = if below.is_empty() { String::new() } else { format!(" Not listed: {}.", below.join("; ")) };
            let none = "No open site's patients change by 1 % or more.";
            return self.paragraph(&format!("{none}{below} All: --table site_loads (--format csv)."));
        }
        let fullest: Vec<Option<&SitePool>> = rows.iter().map(|&site| self.fullest(site)).collect();
        let mut pools: Vec<&str> = fullest.iter().flatten().map(|pool| pool.id.as_str()).collect();
        pools.sort_unstable();
        pools.dedup();
        let title = match (self.is_changed(), whole) {
            (true, false) => "Sites whose patients change by 1 % or more",
            _ => "Sites",
        };
        let of = match pools.as_slice() {
            [] => String::new(),
            [pool] => format!(" Places and load: of the pool {pool}, with all its services, if nobody were refused."),
            _ => " Places and load: of the fullest pool, with all its services, if nobody were refused.".to_owned(),
        };
        let head = self.heading(title) + &self.paragraph(&format!("Patients: referrals a year.{of}"));
        let grid = self.site_rows(&rows, &fullest, pools.len() > 1);
        let below = if below.is_empty() {
            String::new()
        } else {
            self.paragraph(&format!("Not listed: {}. All: --table site_loads (--format csv).", below.join("; ")))
        };
        head + &self.grid(&grid) + &below
    }

    /// The fullest pool of a site.
    fn fullest(&self, site: usize) -> Option<&'a SitePool> {
        let patients = Self::patients(self.chosen, site).or(Self::patients(self.now, site)).unwrap_or(0.0);
        let load = |pool| Siting::load(pool, patients).unwrap_or(-1.0);
        self.view.siting.sites[site].pools.iter().max_by(|a, b| load(a).total_cmp(&load(b)))
    }

    fn site_rows(&self, rows: &[usize], fullest: &[Option<&SitePool>], names_pools: bool) -> Grid {
        let view = self.view;
        let has_least = rows.iter().any(|&site| view.siting.sites[site].minimum.is_some());
        let columns = [
            (true, "Provider", Kind::Text { least: 12 }),
            (true, "Patients\nnow", Kind::Number),
            (self.is_changed(), "then", Kind::Number),
            (has_least, "Least", Kind::Number),
            (names_pools, "Pool", Kind::Text { least: 8 }),
            (true, "Places", Kind::Number),
            (true, "Load\nnow", Kind::Number),
            (self.is_changed(), "then", Kind::Number),
        ];
        let shown = columns.iter().filter(|column| column.0);
        let mut grid = Grid::new(shown.map(|(_, name, kind)| ((*name).to_owned(), *kind)).collect());
        let none = || numbers::NO_VALUE.to_owned();
        for (&site, &pool) in rows.iter().zip(fullest) {
            let (before, after) = (Self::patients(self.now, site), Self::patients(self.chosen, site));
            let patients = |value: Option<f64>| value.map_or_else(none, |value| numbers::fixed(value, 0));
            let load = |patients: Option<f64>| {
                let share = pool.zip(patients).and_then(|(pool, patients)| Siting::load(pool, patients));
                share.map_or_else(none, |share| numbers::percent(share, 1))
            };
            let cells = [
                provider(view.scenario, view.providers[site]),
                patients(before),
                patients(after),
                patients(view.siting.sites[site].minimum),
                pool.map_or_else(none, |pool| pool.id.clone()),
                pool.map_or_else(none, |pool| pool.places.map_or("no limit".to_owned(), numbers::places)),
                load(before),
                load(after),
            ];
            grid.row(cells.into_iter().zip(&columns).filter(|(_, column)| column.0).map(|(cell, _)| cell).collect());
        }
        grid
    }

    pub(super) fn by_need(&self) -> Option<String> {
        let view = self.view;
        let groups = view.need_groups()?;
        let mut columns = vec![
            ("Need per head".to_owned(), Kind::Key),
            ("Patients".to_owned(), Kind::Number),
            (format!("Mean {}\nnow", view.unit), Kind::Number),
            ("then".to_owned(), Kind::Number),
        ];
        if let Some(limit) = view.siting.demands.limit {
            columns.push((format!("Over {limit} {}\nnow", view.unit), Kind::Number));
            columns.push(("then".to_owned(), Kind::Number));
        }
        let mut grid = Grid::new(columns);
        for (group, name) in (1..).zip(["1, least", "2", "3", "4", "5, most"]) {
            let of: Vec<usize> = (0..groups.len()).filter(|&area| groups[area] == group).collect();
            let patients: f64 = of.iter().map(|&area| view.siting.patients[area]).sum();
            if patients <= 0.0 {
                continue;
            }
            let mean = |set: &SetOutcome, value: fn(&(f64, f64)) -> f64| {
                of.iter().map(|&area| view.siting.patients[area] * value(&set.areas[area])).sum::<f64>() / patients
            };
            let mut row = vec![name.to_owned(), numbers::fixed(patients, 0)];
            let sets = [self.now, self.chosen];
            row.extend(sets.map(|set| numbers::fixed(mean(set, |area| area.0), 1)));
            if view.siting.demands.limit.is_some() {
                row.extend(sets.map(|set| numbers::percent(mean(set, |area| area.1), 1)));
            }
            grid.row(row);
        }
        let what = "Home areas in fifths of patients by need-weighted over registered population, which is no index of \
                    deprivation.";
        Some(self.heading("Travel by need of the home area") + &self.paragraph(what) + &self.grid(&grid))
    }

    /// The areas with the largest growth of mean travel; or all. Nothing if none has any.
    pub(super) fn areas(&self, whole: bool) -> Option<String> {
        let view = self.view;
        let mut grid = Grid::new(vec![
            ("Home area".to_owned(), Kind::Text { least: 14 }),
            ("Patients".to_owned(), Kind::Number),
            (format!("Mean {}\nnow", view.unit), Kind::Number),
            ("then".to_owned(), Kind::Number),
        ]);
        let growth = |area: usize| self.chosen.areas[area].0 - self.now.areas[area].0;
        // What would not show is no growth.
        let mut rows: Vec<usize> = (0..view.areas.len()).filter(|&area| whole || growth(area) >= 0.05).collect();
        rows.sort_by(|&a, &b| growth(b).total_cmp(&growth(a)));
        let more = if whole { 0 } else { rows.len().saturating_sub(AREAS) };
        rows.truncate(rows.len() - more);
        for &area in &rows {
            let home = &view.scenario.geography.home_areas[view.areas[area]];
            grid.row(vec![
                // A part of an ICB has the ICB's code and its own name.
                labelled(home.id.split(':').next().unwrap_or(&home.id), &home.name),
                numbers::fixed(view.siting.patients[area], 0),
                numbers::fixed(self.now.areas[area].0, 1),
                numbers::fixed(self.chosen.areas[area].0, 1),
            ]);
        }
        if rows.is_empty() {
            return None;
        }
        let title = if whole { "Home areas" } else { "Home areas whose patients travel farther, the most first" };
        let below = if more > 0 {
            self.paragraph(&format!(
                "Not listed: {} more. All: --table site_areas (--format csv).",
                numbers::count(more)
            ))
        } else {
            String::new()
        };
        Some(self.heading(title) + &self.grid(&grid) + &below)
    }
}
