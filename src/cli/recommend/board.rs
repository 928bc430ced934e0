//! What one ICB could plan by itself, in the terminal.

use super::text::{WIDE, facts, hanging, paragraph, thresholds};
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words::{and, labelled, short};
use crate::domain::{Tier, TierTest};
use crate::results::{Body, Recommendations, Standing, TestVerdict, Tested, against, tier_words};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// A page for each ICB.
pub(super) fn pages(found: &Recommendations<'_>, icbs: &[String], printer: Printer) -> String {
    let mut blocks: Vec<String> = icbs.iter().map(|icb| page(found, icb, printer)).collect();
    blocks.push(paragraph(&thresholds(found), printer.width()));
    blocks.join("\n")
}

fn page(found: &Recommendations<'_>, icb: &str, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let standings: Vec<Standing<'_>> = found.standings().filter(|standing| standing.icb.id == icb).collect();
    let name =
        found.scenario.geography.icbs.iter().find(|known| known.id == icb).map_or(icb, |known| short(&known.name));
    let title = paint.bold(&format!("What {name} ({icb}) could plan alone")) + "\n";
    let mut blocks = vec![title + &paragraph(&facts(found), width)];
    if standings.is_empty() {
        blocks.push(paragraph("No resident of it is a patient of any of the services.", width));
    } else if standings.iter().all(|standing| standing.alone.tests.is_empty()) {
        let why = format!(
            "{name} is only partly in scope, so nothing is known of it: --set scope.providers=all judges all ICBs."
        );
        blocks.push(paragraph(&why, width));
    } else {
        blocks.push(answer(found, &standings, width));
        blocks.push(table(found, &standings, width).render(width, paint) + &legend(found, &standings, width));
    }
    blocks.join("\n")
}

/// A body, none: the nation, and the services that it is the lowest to be able to plan.
type Planned<'a> = (Option<&'a Body>, Vec<String>);

/// The services by the lowest body that can plan them.
fn answer(found: &Recommendations<'_>, standings: &[Standing<'_>], width: usize) -> String {
    let mut by_body: BTreeMap<(Tier, &str), Planned<'_>> = BTreeMap::new();
    for standing in standings {
        let lowest = standing.lowest();
        let name = &found.scenario.services[standing.advice.service].name;
        let open: Vec<&str> = standing
            .levels
            .iter()
            .take_while(|level| Some(level.0) != lowest.map(|lowest| lowest.0))
            .filter(|level| level.2 == TestVerdict::Undecided)
            .map(|level| tier_words(level.0))
            .collect();
        let open = if open.is_empty() { String::new() } else { format!(" ({} undecided)", open.join(", ")) };
        let key = lowest.map_or((Tier::National, ""), |(tier, body)| (tier, body.id.as_str()));
        by_body.entry(key).or_insert((lowest.map(|lowest| lowest.1), Vec::new())).1.push(format!("{name}{open}"));
    }
    let mut text = String::new();
    if !by_body.keys().any(|key| key.0 == Tier::SingleIcb) {
        text += "- Alone: none.\n";
    }
    for ((tier, _), (body, services)) in by_body {
        let count = format!("{} of {}", services.len(), numbers::of(standings.len(), "service", "services"));
        let who = match (tier, body) {
            (Tier::SingleIcb, _) => format!("Alone ({count})"),
            (_, Some(body)) => format!(
                "Together as {} ({count}; {})",
                short(&body.name),
                partners(found.scenario, body, standings[0].icb)
            ),
            _ => format!("Nationally ({count}; no smaller body that it is part of is known to pass all tests)"),
        };
        text += &hanging(&format!("- {who}: {}.", services.join("; ")), width, "  ");
    }
    text
}

/// `with QMF North East London, QRV North West London`: with codes, since some names hold commas.
fn partners(scenario: &Scenario, body: &Body, own: &Body) -> String {
    let icbs = &scenario.geography.icbs;
    let others: Vec<String> =
        body.icbs.difference(&own.icbs).map(|&icb| labelled(&icbs[icb].id, &icbs[icb].name)).collect();
    if others.is_empty() { "no other ICB".to_owned() } else { format!("with {}", others.join(", ")) }
}

fn table(found: &Recommendations<'_>, standings: &[Standing<'_>], width: usize) -> Grid {
    let mut columns = vec![
        ("Service".into(), Kind::Text { least: 12 }),
        ("Tier".into(), Kind::Key),
        ("Alone".into(), Kind::Key),
        ("Test".into(), Kind::Key),
        ("Here".into(), Kind::Number),
        ("Needed".into(), Kind::Number),
    ];
    if width >= WIDE {
        columns.push(("Provider".into(), Kind::Text { least: 12 }));
    }
    let mut grid = Grid::new(columns);
    for standing in standings {
        let advice = standing.advice;
        let mut named = vec![
            found.scenario.services[advice.service].name.clone(),
            tier_words(advice.recommended.tier).to_owned(),
            standing.alone.verdict().name().to_owned(),
        ];
        let mut tests: Vec<[String; 4]> = Vec::new();
        for (tested, doubt) in missed(standing) {
            let bar = &advice.bars[tested.bar];
            let (figure, limit) = match tested.figure.value {
                Some(value) => against(bar, value),
                None => (numbers::NO_VALUE.to_owned(), against(bar, bar.threshold).1),
            };
            let rule = if bar.test.at_least() { ">=" } else { "<=" };
            let provider = found.provider_of(tested).unwrap_or_default().to_owned();
            tests.push([bar.test.name().to_owned(), format!("{figure}{doubt}"), format!("{rule} {limit}"), provider]);
        }
        if tests.is_empty() {
            tests.push([numbers::NO_VALUE.to_owned(), String::new(), String::new(), String::new()]);
        }
        for test in tests {
            let mut row = std::mem::replace(&mut named, vec![String::new(); 3]);
            row.extend(test.into_iter().take(if width >= WIDE { 4 } else { 3 }));
            grid.row(row);
        }
    }
    grid
}

/// The tests that stand in its way: those that fail, then those that are undecided, then those of which nothing is known.
fn missed<'a>(standing: &Standing<'a>) -> impl Iterator<Item = (&'a Tested, &'static str)> + use<'a> {
    let unknown =
        standing.tests(TestVerdict::NoFigure).filter(|tested| !tested.figure.empty).map(|tested| (tested, ""));
    let fails = standing.tests(TestVerdict::Fails).map(|tested| (tested, ""));
    fails.chain(standing.tests(TestVerdict::Undecided).map(|tested| (tested, "?"))).chain(unknown)
}

fn legend(found: &Recommendations<'_>, standings: &[Standing<'_>], width: usize) -> String {
    let mut tests: BTreeMap<&str, String> = BTreeMap::new();
    let mut doubts = false;
    // Whether that is no reason to doubt, why, and for which services: the tests.
    let mut unknown: BTreeMap<(bool, &str, Vec<&str>), Vec<&str>> = BTreeMap::new();
    let mut by_test: BTreeMap<(&str, bool, &str), Vec<&str>> = BTreeMap::new();
    for standing in standings {
        for (tested, doubt) in missed(standing) {
            let test = standing.advice.bars[tested.bar].test;
            tests.insert(test.name(), found.test_words(standing.advice, test));
            doubts |= !doubt.is_empty();
        }
        for tested in standing.tests(TestVerdict::NoFigure) {
            let (test, figure) = (standing.advice.bars[tested.bar].test, &tested.figure);
            let name = &found.scenario.services[standing.advice.service].name;
            by_test.entry((test.name(), figure.empty, &figure.detail)).or_default().push(name);
        }
    }
    for ((test, empty, why), services) in by_test {
        unknown.entry((empty, why, services)).or_default().push(test);
    }
    let doubts = if doubts { " ?: undecided, the interval contains the threshold." } else { "" };
    let absent = if unknown.keys().any(|key| !key.0) { " -: no figure, for the reason below." } else { "" };
    let head = format!(
        "Tier: recommended for the service over all ICBs. Test: what stands in the way of the ICB alone, with its figure and the \
         threshold.{doubts}{absent}"
    );
    let mut lines: Vec<String> = Vec::new();
    lines.extend(tests.iter().map(|(name, words)| {
        let narrow = width < WIDE && *name == TierTest::ProviderImports.name();
        let more = if narrow { " (which: from 110 columns on, or in the table recommendation_tests)" } else { "" };
        format!("- {name}: {words}{more}.")
    }));
    lines.extend(unknown.iter().map(|((empty, why, services), tests)| {
        let so = if *empty { "which does not count" } else { "so the ICB cannot be known to pass" };
        format!("- No figure for {}, {so} ({why}): {}.", and(tests), services.join("; "))
    }));
    lines.iter().fold(paragraph(&head, width), |text, line| text + &hanging(line, width, "  "))
}
