//! Sites in the terminal.

use super::change::Change;
use super::verdict;
use crate::cli::args::{SiteTable, SitesArgs, Smallest};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::{labelled, provider};
use crate::cli::text::wrap;
use crate::experiment::{Found, Objective, SetOutcome, SitePool, Siting};
use crate::results::SiteSets;

/// How many home areas and sites are listed.
const AREAS: usize = 8;
const SITES: usize = 25;
/// So many closed sites are listed in a table, more in a sentence.
const CLOSED: usize = 6;
/// A change of a site's patients that is worth a row.
const CHANGE: f64 = 0.01;

/// What is shown of some sets of sites: one of them beside the present one.
pub(super) struct Shown<'a> {
    view: &'a SiteSets<'a>,
    name: &'a str,
    chosen: &'a SetOutcome,
    now: &'a SetOutcome,
    args: &'a SitesArgs,
    printer: Printer,
}

impl<'a> Shown<'a> {
    /// A named set; nothing if there is no present one.
    pub(super) fn new(
        view: &'a SiteSets<'a>,
        name: &'a str,
        chosen: &'a SetOutcome,
        args: &'a SitesArgs,
        printer: Printer,
    ) -> Option<Self> {
        let (_, now) = view.sets.first()?;
        Some(Self { view, name, chosen, now, args, printer })
    }

    fn paragraph(&self, text: &str) -> String {
        wrap(text, self.printer.width(), "")
    }

    fn heading(&self, text: &str) -> String {
        let paint = self.printer.paint_result();
        self.paragraph(text).lines().map(|line| paint.bold(line) + "\n").collect()
    }

    fn grid(&self, grid: &Grid) -> String {
        grid.render(self.printer.width(), self.printer.paint_result())
    }

    fn is_changed(&self) -> bool {
        self.name != "now"
    }

    /// The verdict, the sets, the sites of the chosen one, and who travels how far; or one table whole.
    pub(super) fn text(&self, change: &Change, found: Option<&Found>, waits: bool) -> String {
        match self.args.table {
            Some(SiteTable::Sites) => return self.grid(&self.sets()),
            Some(SiteTable::Loads) => return self.sites(true),
            Some(SiteTable::Areas) => return self.areas(true).unwrap_or_default(),
            None => {}
        }
        let (view, chosen) = (self.view, self.chosen);
        let what = match self.name {
            "best" => format!("the best {} that were found", numbers::of(chosen.open.len(), "site", "sites")),
            "changed" => "its sites changed".to_owned(),
            _ => "its sites as they are".to_owned(),
        };
        let service = &view.scenario.services[view.service];
        let mut first = self.heading(&format!("{}: {what}", service.name));
        for line in verdict::verdict(view, self.now, chosen) {
            first += &wrap(&line, self.printer.width(), "  ");
        }
        first += &verdict::fullness(view, self.now, chosen).map_or(String::new(), |text| self.paragraph(&text));
        let mut blocks = vec![first, self.grid(&self.sets())];
        let mut said = vec![format!(
            "By the choice model, {} referrals a year; nothing is simulated. Mean and nearest: {} a patient, by choice and if all \
             went to the nearest site.",
            numbers::count(libm::round(view.siting.patients.iter().sum::<f64>()) as usize),
            view.unit
        )];
        said.extend(found.map(|found| self.searched(found)));
        said.extend(self.displaced());
        blocks.push(said.iter().map(|text| self.paragraph(text)).collect());
        blocks.push(self.sites(false));
        if self.is_changed() {
            blocks.extend(self.by_need());
            blocks.extend(self.areas(false));
        }
        let guessed: Vec<&str> = change
            .opened
            .iter()
            .filter(|(_, one)| one.guessed)
            .map(|(&provider, _)| view.scenario.providers[provider].id.as_str())
            .collect();
        if !guessed.is_empty() {
            blocks.push(self.paragraph(&format!(
                "Assumed: the attraction of {} is the geometric mean of the sites that there are; state another as --open {}=X.",
                guessed.join(", "),
                guessed[0]
            )));
        }
        if waits {
            blocks.push(self.paragraph(
                "The choice model looks at waits, which are not known here: patients are placed as if all waits were the same. Run \
                 the scenario (--out) to see what waits do.",
            ));
        }
        blocks.join("\n")
    }

    fn closed(&self, set: &SetOutcome) -> Vec<&str> {
        let every = 0..self.view.siting.sites.len();
        every.filter(|site| !set.open.contains(site)).map(|site| self.view.provider(site)).collect()
    }

    fn sets(&self) -> Grid {
        let view = self.view;
        let unit = view.unit;
        let mut columns = vec![
            ("Set".to_owned(), Kind::Key),
            ("Sites".to_owned(), Kind::Number),
            (format!("Mean\n{unit}"), Kind::Number),
            (format!("Nearest\n{unit}"), Kind::Number),
        ];
        let limit = view.siting.demands.limit;
        columns.extend(limit.map(|limit| (format!("Over\n{limit} {unit}"), Kind::Number)));
        let is_limited = view.sets.iter().any(|(_, set)| view.siting.fullness(set).limited > 0);
        if is_limited {
            columns.push(("Over\n100 %".to_owned(), Kind::Number));
            columns.push(("Fullest\nsite".to_owned(), Kind::Number));
        }
        let is_asked = verdict::is_asked(view);
        if is_asked {
            columns.push(("Meets\nall".to_owned(), Kind::Key));
        }
        columns.push(("Without".to_owned(), Kind::Text { least: 10 }));
        let mut grid = Grid::new(columns);
        let is_short = view.sets.iter().all(|(_, set)| self.closed(set).len() <= CLOSED);
        for (name, set) in &view.sets {
            let closed = self.closed(set);
            let mut row = vec![
                name.clone(),
                numbers::count(set.open.len()),
                numbers::fixed(set.mean_travel, 2),
                numbers::fixed(set.nearest_travel, 2),
            ];
            row.extend(set.over_limit.map(|over| numbers::percent(over, 1)));
            if is_limited {
                let fullness = view.siting.fullness(set);
                let fullest = fullness.fullest.map_or(numbers::NO_VALUE.to_owned(), |one| numbers::percent(one.1, 1));
                row.extend([numbers::count(fullness.over), fullest]);
            }
            if is_asked {
                row.push(if set.shortfall > 0.0 { "no" } else { "yes" }.to_owned());
            }
            row.push(match closed.as_slice() {
                [] => numbers::NO_VALUE.to_owned(),
                closed if is_short => closed.join(" "),
                closed => numbers::of(closed.len(), "site", "sites"),
            });
            grid.row(row);
        }
        grid
    }

    fn searched(&self, found: &Found) -> String {
        let objective = match self.args.objective {
            Smallest::Choice => Objective::Choice,
            Smallest::Nearest => Objective::Nearest,
        };
        let looked = numbers::count(found.looked_at as usize);
        let Some(best) = found.sets.first() else { return String::new() };
        let is_short = best.shortfall > 0.0;
        if found.exact {
            let none = if is_short { " None meets all that is asked; the best misses least." } else { "" };
            return format!("All {looked} sets were looked at, so none is better.{none}");
        }
        let gap = 1.0 - found.bound / objective.of(best);
        let whose = match objective {
            Objective::Choice => " (the bound is of travel to the nearest site, which choice never reaches)",
            Objective::Nearest => "",
        };
        let none = if is_short { " None that meets all that is asked was found; this one misses least." } else { "" };
        let so = if gap <= 1e-9 {
            "none is better".to_owned()
        } else if gap < 0.0005 {
            "none is better by 0.1 %".to_owned()
        } else {
            format!("the best has at most {} less{whose}", numbers::percent(gap, 1))
        };
        format!(
            "Found by swaps, {looked} sets looked at. No set has a mean below {} {}, so {so}.{none}",
            numbers::fixed(found.bound, 2),
            self.view.unit
        )
    }

    /// What becomes of the patients of the sites that close, and why travel may fall.
    fn displaced(&self) -> Option<String> {
        let (patients, before, after) = self.view.siting.displaced(self.now, self.chosen)?;
        let unit = self.view.unit;
        let falls = self.chosen.mean_travel < self.now.mean_travel
            && self.chosen.open.iter().all(|site| self.now.open.contains(site));
        let why = if falls {
            " That mean travel falls is no gain: by the model some of those who chose a far site now take a nearer one."
        } else {
            ""
        };
        Some(format!(
            "The {} patients a year of the sites that close travel {} {unit} on average now, and {} {unit} then.{why}",
            numbers::fixed(patients, 0),
            numbers::fixed(before, 1),
            numbers::fixed(after, 1)
        ))
    }

    fn patients(set: &SetOutcome, site: usize) -> Option<f64> {
        set.open.iter().position(|&other| other == site).map(|at| set.patients[at])
    }

    /// The sites that change, closed ones first and then by the patients they gain; or all.
    fn sites(&self, whole: bool) -> String {
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
            let (more, why) =
                (rows.len() - SITES, if self.is_changed() { "gain fewer patients" } else { "are less full" });
            below.insert(0, format!("{} {why}", numbers::of(more, "site", "sites")));
            rows.truncate(SITES);
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

    fn by_need(&self) -> Option<String> {
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
        let what =
            "Home areas in fifths of patients by need-weighted over registered population; deprivation is not in it.";
        Some(self.heading("Travel by need of the home area") + &self.paragraph(what) + &self.grid(&grid))
    }

    /// The areas with the largest growth of mean travel; or all. Nothing if none has any.
    fn areas(&self, whole: bool) -> Option<String> {
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
                labelled(&home.id, &home.name),
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
