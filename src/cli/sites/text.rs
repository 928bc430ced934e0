//! Sites in the terminal.

use super::change::Change;
use super::verdict;
use crate::cli::args::{SiteTable, SitesArgs, Smallest};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::text::wrap;
use crate::experiment::{Found, Objective, SetOutcome};
use crate::results::SiteSets;

/// So many closed sites are listed in tables, more in a sentence.
pub(super) const CLOSED: usize = 6;

/// What is shown of some sets of sites: one of them beside the present one.
pub(super) struct Shown<'a> {
    pub(super) view: &'a SiteSets<'a>,
    name: &'a str,
    pub(super) chosen: &'a SetOutcome,
    pub(super) now: &'a SetOutcome,
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

    pub(super) fn paragraph(&self, text: &str) -> String {
        wrap(text, self.printer.width(), "")
    }

    pub(super) fn heading(&self, text: &str) -> String {
        let paint = self.printer.paint_result();
        self.paragraph(text).lines().map(|line| paint.bold(line) + "\n").collect()
    }

    pub(super) fn grid(&self, grid: &Grid) -> String {
        grid.render(self.printer.width(), self.printer.paint_result())
    }

    pub(super) fn is_changed(&self) -> bool {
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
        said.extend(self.long_list());
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
            let all = match found.looked_at {
                1 => "There is no other such set".to_owned(),
                _ => format!("All {looked} sets were looked at"),
            };
            return format!("{all}, so none is better.{none}");
        }
        let gap = 1.0 - found.bound / objective.of(best);
        let (to, whose) = match objective {
            Objective::Choice => ("", " (the bound is of travel to the nearest site, which choice never reaches)"),
            Objective::Nearest => (" to the nearest site", ""),
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
            "Found by swaps, {looked} sets looked at. No set has a mean{to} below {} {}, so {so}.{none}",
            numbers::fixed(found.bound, 2),
            self.view.unit
        )
    }

    /// The sites of the chosen set, or those that it is without, where the table of sets has no room for them.
    fn long_list(&self) -> Option<String> {
        let closed = self.closed(self.chosen);
        let open = self.view.ids(self.chosen);
        (closed.len() > CLOSED).then(|| {
            if closed.len() < open.len() {
                format!("Without {}: {}.", numbers::of(closed.len(), "site", "sites"), closed.join(" "))
            } else {
                format!("With {}: {}.", numbers::of(open.len(), "site", "sites"), open.join(" "))
            }
        })
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
}
