//! What a single ICB can plan by itself, service by service, and at which level it could else: table `recommendation_icbs`.

use super::sheets::{Rows, number, owned, text};
use super::{Advice, Body, Judged, Recommendations, TestVerdict, Tested};
use crate::domain::Tier;
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::short_name;
use crate::results::table::Table;

pub(in crate::results) const OF_ICBS: Table = Table {
    name: "recommendation_icbs",
    meaning: "Whether each ICB could plan each service by itself, why not, and the lowest level at which it could: one row for each service and ICB with patients of it. `recommend --board` prints the rows of some ICBs.",
    entities: &[
        ("service", "slug of the service"),
        ("icb", "ODS code"),
        ("icb_name", "its name"),
        ("patients", "expected patients a year who live in it, by the traffic equations"),
        ("recommended_tier", "the tier recommended for the service over all bodies, as in recommendation"),
        (
            "alone",
            "whether the ICB by itself passes all tests: holds, fails, undecided, or no-figure (it is only partly in scope, or some of its providers are out of scope)",
        ),
        ("fails", "tests that fail, each with its figure and threshold, with semicolons between them"),
        ("undecided", "tests that are undecided, in the same way"),
        ("no_figure", "tests without a figure, each with the reason"),
        ("footprint", "the footprint that the ICB is part of (from flows, with --as-bodies)"),
        ("multi_icb", "whether the footprint passes all tests, as in alone; blank: there is none"),
        ("region", "the region that it is part of"),
        ("regional", "whether the region passes all tests, as in alone; blank: there is none"),
        ("lowest_tier", "the lowest tier whose body for this ICB passes all tests; national is always possible"),
        ("plan_with", "that body; blank: the nation"),
    ],
};

/// A service at one ICB.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// What is known of the service.
    pub advice: &'a Advice,
    /// The ICB.
    pub icb: &'a Body,
    /// It alone.
    pub alone: &'a Judged,
    /// The bodies that it is part of, itself first, each with its tier and verdict.
    pub levels: Vec<(Tier, &'a Body, TestVerdict)>,
}

impl<'a> Standing<'a> {
    /// The lowest body below the nation that passes all tests.
    pub fn lowest(&self) -> Option<(Tier, &'a Body)> {
        let (tier, body, _) = self.levels.iter().find(|level| level.2 == TestVerdict::Holds)?;
        Some((*tier, body))
    }

    /// The tests of the ICB alone with a verdict.
    pub fn tests(&self, verdict: TestVerdict) -> impl Iterator<Item = &'a Tested> + use<'a> {
        self.alone.tests.iter().filter(move |test| test.verdict == verdict)
    }
}

impl Recommendations<'_> {
    /// The services of all ICBs that have patients of them, service by service.
    pub fn standings(&self) -> impl Iterator<Item = Standing<'_>> {
        self.advice.iter().flat_map(move |advice| {
            let single = advice.cases.iter().find(|case| case.tier == Tier::SingleIcb);
            let bodies = single.into_iter().flat_map(|case| &case.bodies);
            bodies.filter_map(move |alone| self.standing(advice, alone))
        })
    }

    fn standing<'a>(&'a self, advice: &'a Advice, alone: &'a Judged) -> Option<Standing<'a>> {
        let single = self.bodies.iter().find(|bodies| bodies.tier == Tier::SingleIcb)?;
        let icb = &single.bodies[alone.body];
        let levels = advice.cases.iter().filter_map(|case| {
            let bodies = &self.bodies.iter().find(|bodies| bodies.tier == case.tier)?.bodies;
            let judged = case.bodies.iter().find(|judged| icb.icbs.is_subset(&bodies[judged.body].icbs))?;
            Some((case.tier, &bodies[judged.body], judged.verdict()))
        });
        Some(Standing { advice, icb, alone, levels: levels.collect() })
    }

    /// The rows of some ICBs, by their codes, in the table of all; none: of all.
    pub fn sheet_of_icbs(&self, icbs: &[String]) -> Sheet<'_> {
        let icbs = icbs.to_vec();
        let wanted = move |standing: &Standing<'_>| icbs.is_empty() || icbs.contains(&standing.icb.id);
        let rows: Rows<'_> = Box::new(self.standings().filter(wanted).map(|standing| self.standing_row(&standing)));
        Sheet { table: &OF_ICBS, header: columns(&OF_ICBS), rows }
    }

    fn standing_row<'a>(&'a self, standing: &Standing<'a>) -> Vec<Field<'a>> {
        let advice = standing.advice;
        let listed = |verdict: TestVerdict, words: &dyn Fn(&Tested) -> String| {
            let tests = standing
                .tests(verdict)
                .map(|tested| format!("{} {}", advice.bars[tested.bar].test.name(), words(tested)));
            owned(tests.collect::<Vec<_>>().join("; "))
        };
        let compared = |tested: &Tested| {
            let bar = &advice.bars[tested.bar];
            let rule = if bar.test.at_least() { "at-least" } else { "at-most" };
            let figure = tested.figure.value.unwrap_or(f64::NAN);
            format!("{} ({rule} {})", rounded(figure), rounded(bar.threshold))
        };
        let level = |tier: Tier| {
            let found = standing.levels.iter().find(|level| level.0 == tier);
            found.map_or([Field::Blank, Field::Blank], |(_, body, verdict)| [text(&body.id), text(verdict.name())])
        };
        let lowest = standing.lowest();
        let why = if standing.alone.tests.is_empty() {
            text("only partly in scope")
        } else {
            listed(TestVerdict::NoFigure, &|tested| format!("({})", tested.figure.detail))
        };
        let mut row = vec![
            text(&self.scenario.services[advice.service].id),
            text(&standing.icb.id),
            text(short_name(&standing.icb.name)),
            number(Some(standing.alone.patients)),
            owned(advice.recommended.tier.to_string()),
            text(standing.alone.verdict().name()),
            listed(TestVerdict::Fails, &compared),
            listed(TestVerdict::Undecided, &compared),
            why,
        ];
        row.extend(level(Tier::MultiIcb));
        row.extend(level(Tier::Regional));
        row.push(owned(lowest.map_or(Tier::National, |(tier, _)| tier).to_string()));
        row.push(lowest.map_or(Field::Blank, |(_, body)| text(&body.id)));
        row
    }
}

/// With four decimals at most.
fn rounded(value: f64) -> f64 {
    libm::round(value * 1e4) / 1e4
}
