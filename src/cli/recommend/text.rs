//! Recommendations in the terminal.

use super::footprints;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::domain::Tier;
use crate::results::{Advice, Flip, Recommendations, against, tier_words};
use std::collections::BTreeSet;

/// From this width on a table has room for a further column.
pub(super) const WIDE: usize = 110;

/// A table of services with their tiers, a sentence for each, and by what they were judged.
pub(super) fn recommendations(found: &Recommendations<'_>, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let facts = format!(
        "{} A tier suits a service if {} of its patients live in bodies at which every test holds, its whole 95 % interval on the \
         right side; the national tier is always possible. Services are judged one by one.",
        facts(found),
        numbers::percent(found.scenario.recommendation.patients_share, 0),
    );
    let mut blocks = vec![
        paint.bold("Which tier each service can be planned at") + "\n" + &paragraph(&facts, width),
        table(found, width).render(width, paint) + &paragraph(&legend(found, width), width),
    ];
    if let Some(grouped) = &found.grouped {
        blocks.push(footprints::compared(grouped, found.scenario, printer));
    }
    blocks.extend(found.advice.iter().map(|advice| paragraph(&found.sentence(advice), width)));
    blocks.push(paragraph(&thresholds(found), width));
    blocks.join("\n")
}

/// Running text in which no line begins with a sign of per cent.
pub(super) fn paragraph(text: &str, width: usize) -> String {
    hanging(text, width, "")
}

/// The same with all lines but the first indented.
pub(super) fn hanging(text: &str, width: usize, indent: &str) -> String {
    const KEPT: &str = "\u{a0}%";
    wrap(&text.replace(" %", KEPT), width, indent).replace(KEPT, " %")
}

/// What was simulated, and how much of it can be judged.
pub(super) fn facts(found: &Recommendations<'_>) -> String {
    let run = &found.scenario.run;
    let cases = found.advice.iter().filter_map(|advice| advice.cases.iter().find(|case| case.tier == Tier::SingleIcb));
    let whole: BTreeSet<usize> =
        cases.flat_map(|case| &case.bodies).filter(|body| !body.tests.is_empty()).map(|body| body.body).collect();
    let all = found.bodies.first().map_or(0, |bodies| bodies.bodies.len());
    let part = if whole.len() == all {
        String::new()
    } else {
        format!(
            " Only {} of {} are wholly in scope: shares are of the patients of bodies that can be judged (--set scope.providers=all \
             judges all).",
            whole.len(),
            numbers::of(all, "ICB", "ICBs")
        )
    };
    format!(
        "{}, seed {}, {} of the flows under `{}`.{part}",
        words::when(run),
        run.seed,
        numbers::of(found.replications as usize, "replication", "replications"),
        found.option,
    )
}

fn table(found: &Recommendations<'_>, width: usize) -> Grid {
    let mut columns = vec![
        ("Service".into(), Kind::Text { least: 20 }),
        ("Tier".into(), Kind::Key),
        ("Would be lower with".into(), Kind::Key),
    ];
    if width >= WIDE {
        columns.push(("Would be higher with".into(), Kind::Key));
    }
    let mut grid = Grid::new(columns);
    for advice in &found.advice {
        let answer = &advice.recommended;
        let doubt = if answer.undecided.is_empty() { "" } else { "?" };
        let mut row = vec![
            found.scenario.services[advice.service].name.clone(),
            format!("{}{doubt}", tier_words(answer.tier)),
            flip(found, advice, answer.lower.as_ref(), true),
        ];
        if width >= WIDE {
            row.push(flip(found, advice, answer.higher.as_ref(), false));
        }
        grid.row(row);
    }
    grid
}

/// `self-containment 50 % -> 46.6 %`: the threshold as it is, and the one that would change the tier.
fn flip(found: &Recommendations<'_>, advice: &Advice, flip: Option<&Flip>, lower: bool) -> String {
    let Some(flip) = flip else {
        let last = if lower { Tier::SingleIcb } else { Tier::National };
        return if advice.recommended.tier == last { numbers::NO_VALUE } else { "no single test" }.to_owned();
    };
    let moved = found.moved(advice, flip);
    // At the figure itself a threshold that is harder to meet still holds.
    let beyond = match flip.bar.map(|bar| advice.bars[bar].test.at_least()) {
        _ if flip.eased => "",
        Some(false) => "under ",
        _ => "over ",
    };
    format!("{} {} -> {beyond}{} {}", moved.test, moved.now, moved.then, moved.unit).trim_end().to_owned()
}

fn legend(found: &Recommendations<'_>, width: usize) -> String {
    let mut said = vec![
        "Would be lower with: the test whose threshold has to move least for a lower tier, the threshold now -> the one that would \
         do, all else as it is; no single test: several would have to move."
            .to_owned(),
    ];
    if width >= WIDE {
        said.push("Would be higher with: the same for a higher tier.".to_owned());
    }
    let flips = |advice: &'_ Advice| [advice.recommended.lower.clone(), advice.recommended.higher.clone()];
    if found.advice.iter().flat_map(flips).flatten().any(|flip| flip.bar.is_none()) {
        said.push("patients-share: the share of patients who have to live where all tests hold.".to_owned());
    }
    if found.advice.iter().any(|advice| !advice.recommended.undecided.is_empty()) {
        said.push("?: whether a lower tier suits is undecided.".to_owned());
    }
    said.push("`tierflow explain TEST` says what a test is.".to_owned());
    said.join(" ")
}

/// The thresholds with their sources.
pub(super) fn thresholds(found: &Recommendations<'_>) -> String {
    let Some(first) = found.advice.first() else { return String::new() };
    let (mut sourced, mut assumed) = (Vec::new(), Vec::new());
    for (position, bar) in first.bars.iter().enumerate() {
        // A minimum volume may be another for each service.
        let all = || found.advice.iter().map(|advice| &advice.bars[position]);
        let amount = |threshold: f64| against(bar, threshold).0;
        let least = all().map(|bar| bar.threshold).fold(f64::INFINITY, f64::min);
        let most = all().map(|bar| bar.threshold).fold(f64::NEG_INFINITY, f64::max);
        let range = if least == most { amount(least) } else { format!("{} to {}", amount(least), amount(most)) };
        let rule = if bar.test.at_least() { "at least" } else { "at most" };
        let guesses = all().filter(|bar| bar.source.contains("assumed")).count();
        let part = if (1..found.advice.len()).contains(&guesses) { " (assumed for some services)" } else { "" };
        let list = if guesses == found.advice.len() { &mut assumed } else { &mut sourced };
        list.push(format!("{} {rule} {range}{part}", bar.test.name()));
    }
    let list = |words: &str, list: Vec<String>| {
        if list.is_empty() { String::new() } else { format!("{words}: {}. ", list.join(", ")) }
    };
    let untested: BTreeSet<String> = found.untested().map(|(test, why)| format!("{} ({why})", test.name())).collect();
    format!(
        "{}{}{}Each test is judged by itself, so one in twenty may mislead. Every test of every body with its source: table \
         recommendation_tests. Change thresholds in [recommendation], or with --set recommendation.KEY=VALUE.",
        list("Thresholds with a source", sourced),
        list("Assumed, by default or by the scenario (no published rule exists)", assumed),
        list("Not tested", untested.into_iter().collect()),
    )
}
