//! Sites in the terminal.

use super::{Change, missed};
use crate::cli::args::SitesArgs;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::{Names, labelled};
use crate::cli::text::wrap;
use crate::experiment::{Found, Objective, SetOutcome, Siting};
use crate::results::SiteSets;

/// How many home areas are listed.
const AREAS: usize = 8;

/// The sets, the sites of the chosen one, and who travels how far.
pub(super) fn shown(
    view: &SiteSets<'_>,
    change: &Change,
    found: Option<&Found>,
    waits: bool,
    args: &SitesArgs,
    printer: Printer,
) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let names = Names::new(view.scenario);
    let service = &view.scenario.services[view.service];
    let paragraph = |text: String| wrap(&text, width, "");
    let heading = |text: &str| wrap(text, width, "").lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let Some((_, now)) = view.sets.first() else { return String::new() };
    let shown = view.sets.iter().rfind(|(name, _)| ["best", "changed", "now"].contains(&name.as_str()));
    let (name, chosen) = shown.map_or(("now", now), |(name, set)| (name.as_str(), set));
    let what = match name {
        "best" => format!("the best {} that were found", numbers::of(chosen.open.len(), "site", "sites")),
        "changed" => "its sites changed".to_owned(),
        _ => "its sites as they are".to_owned(),
    };
    let mut blocks = vec![
        heading(&format!("{}: {what}", service.name))
            + &paragraph(format!(
                "By the choice model, {} referrals a year; nothing is simulated.",
                numbers::count(libm::round(view.siting.patients.iter().sum::<f64>()) as usize)
            )),
        sets(view).render(width, paint),
    ];
    blocks.extend(found.map(|found| paragraph(searched(view, found, args))));
    blocks.push(heading(&format!("Sites ({name})")) + &sites(view, &names, now, chosen).render(width, paint));
    let misses = missed(view, chosen);
    if !misses.is_empty() {
        blocks.push(paragraph(format!("What is asked is not met: {}.", misses.join("; "))));
    }
    if name != "now" {
        if let Some(grid) = by_need(view, now, chosen) {
            blocks.push(heading("By need of the home area") + &grid.render(width, paint));
        }
        let (grid, more) = areas(view, now, chosen);
        if !grid.is_empty() {
            let text = heading("Home areas whose patients travel farther, the most first") + &grid.render(width, paint);
            blocks.push(
                text + &if more > 0 {
                    format!("and {} more: table site_areas\n", numbers::count(more))
                } else {
                    String::new()
                },
            );
        }
    }
    let guessed: Vec<&str> = change
        .opened
        .iter()
        .filter(|(_, one)| one.guessed)
        .map(|(&provider, _)| view.scenario.providers[provider].id.as_str())
        .collect();
    if !guessed.is_empty() {
        blocks.push(paragraph(format!(
            "Assumed: the attraction of {} is the geometric mean of the sites that there are; state another as --open {}=X.",
            guessed.join(", "),
            guessed[0]
        )));
    }
    if waits {
        blocks.push(paragraph(
            "The choice model looks at waits, which are not known here: patients are placed as if all waits were the same. Run the \
             scenario (--out) to see what waits do."
                .to_owned(),
        ));
    }
    blocks.join("\n")
}

fn sets(view: &SiteSets<'_>) -> Grid {
    let unit = view.unit;
    let mut columns = vec![
        ("Set".to_owned(), Kind::Key),
        ("Sites".to_owned(), Kind::Number),
        (format!("Mean\n{unit}"), Kind::Number),
        (format!("Nearest\n{unit}"), Kind::Number),
    ];
    let limit = view.siting.demands.limit;
    columns.extend(limit.map(|limit| (format!("Over\n{limit} {unit}"), Kind::Number)));
    columns.push(("Meets\nall".to_owned(), Kind::Key));
    columns.push(("Without".to_owned(), Kind::Text { least: 10 }));
    let mut grid = Grid::new(columns);
    let every: Vec<usize> = (0..view.siting.sites.len()).collect();
    for (name, set) in &view.sets {
        let closed: Vec<&str> =
            every.iter().filter(|site| !set.open.contains(site)).map(|&site| view.provider(site)).collect();
        let mut row = vec![
            name.clone(),
            numbers::count(set.open.len()),
            numbers::fixed(set.mean_travel, 2),
            numbers::fixed(set.nearest_travel, 2),
        ];
        row.extend(set.over_limit.map(|over| numbers::percent(over, 1)));
        row.push(if set.shortfall > 0.0 { "no" } else { "yes" }.to_owned());
        row.push(if closed.is_empty() { numbers::NO_VALUE.to_owned() } else { closed.join(" ") });
        grid.row(row);
    }
    grid
}

fn searched(view: &SiteSets<'_>, found: &Found, args: &SitesArgs) -> String {
    let objective = match args.objective {
        crate::cli::args::Smallest::Choice => Objective::Choice,
        crate::cli::args::Smallest::Nearest => Objective::Nearest,
    };
    let looked = numbers::count(found.looked_at as usize);
    let Some(best) = found.sets.first() else { return String::new() };
    if found.exact {
        let none = if best.shortfall > 0.0 { " None meets all that is asked; the best misses least." } else { "" };
        return format!("All {looked} sets were looked at, so none is better.{none}");
    }
    let gap = objective.of(best) / found.bound - 1.0;
    let whose = match objective {
        Objective::Choice => " (the bound is of travel to the nearest site, which choice never reaches)",
        Objective::Nearest => "",
    };
    let none =
        if best.shortfall > 0.0 { " None that meets all that is asked was found; this one misses least." } else { "" };
    format!(
        "Found by swaps, {looked} sets looked at. No set has a mean below {} {}, so the best has at most {} less{whose}.{none}",
        numbers::fixed(found.bound, 2),
        view.unit,
        numbers::percent(gap / (1.0 + gap), 1)
    )
}

fn sites(view: &SiteSets<'_>, names: &Names<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Grid {
    let mut grid = Grid::new(vec![
        ("Provider".to_owned(), Kind::Text { least: 12 }),
        ("Patients\nnow".to_owned(), Kind::Number),
        ("then".to_owned(), Kind::Number),
        ("Least".to_owned(), Kind::Number),
        ("Pool".to_owned(), Kind::Text { least: 8 }),
        ("Places".to_owned(), Kind::Number),
        ("Load\nnow".to_owned(), Kind::Number),
        ("then".to_owned(), Kind::Number),
    ]);
    let in_set =
        |set: &SetOutcome, site: usize| set.open.iter().position(|&other| other == site).map(|at| set.patients[at]);
    for site in 0..view.siting.sites.len() {
        let (before, after) = (in_set(now, site), in_set(chosen, site));
        if before.is_none() && after.is_none() {
            continue;
        }
        let one = &view.siting.sites[site];
        let patients =
            |value: Option<f64>| value.map_or(numbers::NO_VALUE.to_owned(), |value| numbers::fixed(value, 0));
        let head = vec![
            names.label("provider", view.provider(site)),
            patients(before),
            patients(after),
            patients(one.minimum),
        ];
        // The fullest pool.
        let fullest = one.pools.iter().max_by(|a, b| {
            let load = |pool| Siting::load(pool, after.or(before).unwrap_or(0.0)).unwrap_or(-1.0);
            load(a).total_cmp(&load(b))
        });
        let load = |patients: Option<f64>| {
            let share = fullest.zip(patients).and_then(|(pool, patients)| Siting::load(pool, patients));
            share.map_or(numbers::NO_VALUE.to_owned(), |share| numbers::percent(share, 1))
        };
        let places = fullest.and_then(|pool| pool.places);
        let tail = vec![
            fullest.map_or(numbers::NO_VALUE.to_owned(), |pool| pool.id.clone()),
            places.map_or("no limit".to_owned(), numbers::places),
            load(before),
            load(after),
        ];
        grid.row([head, tail].concat());
    }
    grid
}

fn by_need(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> Option<Grid> {
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
        row.extend([now, chosen].map(|set| numbers::fixed(mean(set, |area| area.0), 1)));
        if view.siting.demands.limit.is_some() {
            row.extend([now, chosen].map(|set| numbers::percent(mean(set, |area| area.1), 1)));
        }
        grid.row(row);
    }
    Some(grid)
}

/// The areas with the largest growth of mean travel, and how many more grow.
fn areas(view: &SiteSets<'_>, now: &SetOutcome, chosen: &SetOutcome) -> (Grid, usize) {
    let mut grid = Grid::new(vec![
        ("Home area".to_owned(), Kind::Text { least: 14 }),
        ("Patients".to_owned(), Kind::Number),
        (format!("Mean {}\nnow", view.unit), Kind::Number),
        ("then".to_owned(), Kind::Number),
    ]);
    let growth = |area: usize| chosen.areas[area].0 - now.areas[area].0;
    // What would not show is no growth.
    let mut farther: Vec<usize> = (0..view.areas.len()).filter(|&area| growth(area) >= 0.05).collect();
    farther.sort_by(|&a, &b| growth(b).total_cmp(&growth(a)));
    for &area in farther.iter().take(AREAS) {
        let home = &view.scenario.geography.home_areas[view.areas[area]];
        grid.row(vec![
            labelled(&home.id, &home.name),
            numbers::fixed(view.siting.patients[area], 0),
            numbers::fixed(now.areas[area].0, 1),
            numbers::fixed(chosen.areas[area].0, 1),
        ]);
    }
    (grid, farther.len().saturating_sub(AREAS))
}
