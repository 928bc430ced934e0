//! Recommendations and footprints in the terminal.

use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::domain::Tier;
use crate::results::{Advice, Flip, GroupScope, Grouped, GroupsCompared, Recommendations, tier_words};
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// A table of services with their tiers, a sentence for each, and by what they were judged.
pub(super) fn recommendations(found: &Recommendations<'_>, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: &str| wrap(text, width, "");
    let title = paint.bold("Which tier each service can be planned at") + "\n";
    let run = &found.scenario.run;
    let facts = format!(
        "{}, seed {}, {} of the flows under `{}`. A tier suits a service if {} of its patients live in bodies at which every test \
         holds, its whole 95 % interval on the right side; the national tier is always possible. Services are judged one by one.",
        words::when(run),
        run.seed,
        numbers::of(found.replications as usize, "replication", "replications"),
        found.option,
        numbers::percent(found.scenario.recommendation.patients_share, 0),
    );
    let mut grid = Grid::new(vec![
        ("Service".into(), Kind::Text { least: 20 }),
        ("Tier".into(), Kind::Key),
        ("Undecided".into(), Kind::Key),
        ("Would be lower with".into(), Kind::Text { least: 22 }),
    ]);
    for advice in &found.advice {
        let open: Vec<&str> = advice.recommended.undecided.iter().map(|tier| tier_words(*tier)).collect();
        grid.row(vec![
            found.scenario.services[advice.service].name.clone(),
            tier_words(advice.recommended.tier).to_owned(),
            if open.is_empty() { numbers::NO_VALUE.to_owned() } else { open.join(", ") },
            flip(advice, advice.recommended.lower.as_ref()),
        ]);
    }
    let mut blocks = vec![title + &paragraph(&facts), grid.render(width, paint)];
    if let Some(grouped) = &found.grouped {
        blocks.push(compared(grouped, found.scenario, printer));
    }
    blocks.extend(found.advice.iter().map(|advice| paragraph(&found.sentence(advice))));
    blocks.push(paragraph(&thresholds(found)));
    blocks.join("\n")
}

/// `volume -20 %`: by how much the threshold would have to change.
fn flip(advice: &Advice, flip: Option<&Flip>) -> String {
    let Some(flip) = flip else {
        let lowest = advice.recommended.tier == Tier::SingleIcb;
        return if lowest { numbers::NO_VALUE } else { "no single test" }.to_owned();
    };
    match flip.bar.map(|bar| &advice.bars[bar]) {
        Some(bar) => {
            format!("{} {}", bar.test.name(), numbers::signed_percent(flip.threshold / bar.threshold - 1.0, 0))
        }
        None => format!("patients-share {}", numbers::percent(flip.threshold, 0)),
    }
}

/// The thresholds with their sources.
fn thresholds(found: &Recommendations<'_>) -> String {
    let Some(advice) = found.advice.first() else { return String::new() };
    let assumed: Vec<String> = advice
        .bars
        .iter()
        .filter(|bar| bar.source == "assumed")
        .map(|bar| {
            let amount = if bar.test.unit() == "share" {
                numbers::percent(bar.threshold, 0)
            } else {
                numbers::fixed(bar.threshold, 0)
            };
            format!("{} {amount}", bar.test.key())
        })
        .collect();
    let said = if assumed.is_empty() {
        "All thresholds are stated.".to_owned()
    } else {
        format!("Thresholds by default, assumed (no published rule exists): {}.", assumed.join(", "))
    };
    let untested: BTreeSet<String> = found.untested().map(|(test, why)| format!("{} ({why})", test.name())).collect();
    let untested = if untested.is_empty() {
        String::new()
    } else {
        format!(" Not tested: {}.", untested.into_iter().collect::<Vec<_>>().join(", "))
    };
    format!(
        "{said}{untested} Each test is judged by itself, so one in twenty may mislead. Every test of every body with its source: table \
         recommendation_tests. Change them in [recommendation], or with --set recommendation.KEY=VALUE."
    )
}

/// The groups over all services, and how they compare.
pub(super) fn groups(grouped: &Grouped, scenario: &Scenario, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let wanted = &grouped.wanted;
    let title = format!(
        "{} of {} to {} ICBs that keep most of their patients",
        numbers::of(wanted.groups, "footprint", "footprints"),
        wanted.least,
        wanted.most
    );
    let population = wanted.most_population.map_or_else(String::new, |persons| {
        format!(" of at most {} registered persons each", numbers::fixed(persons, 0))
    });
    let facts = format!(
        "Connected groups{population}, by the referrals that the traffic equations expect; nothing is simulated. Kept: share of \
         residents' patients treated inside."
    );
    let mut blocks = vec![paint.bold(&title) + "\n" + &wrap(&facts, width, ""), compared(grouped, scenario, printer)];
    if let Some((_, grouping, kept)) = grouped.found.first() {
        let mut grid = Grid::new(vec![
            ("Footprint".into(), Kind::Number),
            ("Kept".into(), Kind::Number),
            ("ICBs (all services together)".into(), Kind::Text { least: 40 }),
        ]);
        for (group, kept) in kept.iter().enumerate() {
            let members = grouped.icbs.iter().zip(&grouping.group_of).filter(|(_, of)| **of == group);
            let names = members.map(|(icb, _)| scenario.geography.icbs[*icb].id.as_str());
            let row = [(group + 1).to_string(), numbers::percent(*kept, 1), names.collect::<Vec<_>>().join(" ")];
            grid.row(row.to_vec());
        }
        blocks.push(grid.render(width, paint));
    }
    blocks.join("\n")
}

/// What is kept by the groups from flows and by those in use, service by service.
fn compared(grouped: &Grouped, scenario: &Scenario, printer: Printer) -> String {
    let schemes: Vec<&GroupsCompared> =
        grouped.compared.iter().filter(|one| one.scope == GroupScope::All && one.bound.is_none()).collect();
    let mut columns = vec![
        ("Kept inside".to_owned(), Kind::Text { least: 16 }),
        ("From\nflows".to_owned(), Kind::Number),
        ("At\nmost".to_owned(), Kind::Number),
    ];
    columns.extend(schemes.iter().map(|one| {
        let mark = if one.within_limits { "" } else { "*" };
        (format!("{}\n({}){mark}", crate::cli::text::break_name(&one.scheme, 10), one.groups), Kind::Number)
    }));
    let mut grid = Grid::new(columns);
    for found in grouped.compared.iter().filter(|one| one.bound.is_some()) {
        let name = match found.scope {
            GroupScope::All => "All services".to_owned(),
            GroupScope::Service(id) => scenario.services[id].name.clone(),
        };
        let mut row = vec![name, numbers::percent(found.kept, 1), numbers::percent(found.bound.unwrap_or(f64::NAN), 1)];
        let own = grouped.compared.iter().filter(|one| one.scope == found.scope && one.bound.is_none());
        row.extend(own.map(|one| numbers::percent(one.kept, 1)));
        grid.row(row);
    }
    let outside = schemes.iter().any(|one| !one.within_limits);
    let note = if outside { " * another number of groups, or other sizes, than asked for." } else { "" };
    let note = format!("At most: no grouping within the limits keeps more (in brackets: number of groups).{note}");
    grid.render(printer.width(), printer.paint_result()) + &wrap(&note, printer.width(), "")
}
