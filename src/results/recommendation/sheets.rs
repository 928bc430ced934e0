//! The tables of recommendations and groups.

use super::grouped::{Compared, Groups, Scope, group_id, population};
use super::{Advice, Body, Flip, Grouped, Judged, Recommendations, TestVerdict, Tested, TierCase};
use crate::domain::Recommendation;
use crate::results::sheet::{Field, Sheet, columns};
use crate::results::short_name;
use crate::results::table::Table;
use crate::scenario::Scenario;
use std::borrow::Cow;

pub(in crate::results) const RECOMMENDATION: Table = Table {
    name: "recommendation",
    meaning: "The lowest tier at which each service can be planned by the stated tests, found by `tierflow recommend`: one row for each service.",
    entities: &[
        ("service", "slug of the service"),
        ("tier", "lowest tier that suits: single-icb, multi-icb, regional or national, which is always possible"),
        ("undecided_tiers", "lower tiers of which it is not known whether they suit, with spaces between them"),
        (
            "deciding_test",
            "the test whose threshold, changed alone, leads to a lower tier with the least change; blank: none does",
        ),
        ("lower_tier", "the tier that it leads to"),
        ("lower_threshold", "that threshold as it is; of the test patients-share minimum_patients_share"),
        (
            "lower_needed",
            "the threshold that would lead to the lower tier; one that is harder to meet than now: past which it would",
        ),
        ("lower_change", "the change as a share of the threshold that there is"),
        (
            "lower_demand_factor",
            "how many times the demand would do the same; for volume, and for cost-volatility where the scenario states no demand beyond chance",
        ),
        ("higher_test", "the test whose threshold, changed alone, leads to a higher tier with the least change"),
        ("higher_tier", "the tier that it leads to"),
        ("higher_threshold", "that threshold as it is"),
        (
            "higher_needed",
            "the threshold past which the higher tier follows; one that is easier to meet than now: at which it does",
        ),
        ("higher_change", "the change as a share of the threshold that there is"),
        (
            "replications_to_decide",
            "replications that would decide the nearest undecided test of a body at an undecided tier, means and variances being as estimated",
        ),
        ("patients", "expected patients a year of all boards, by the traffic equations"),
        ("delegation", "suitable-now, suitable-later or retained, as the scenario states"),
        ("sentence", "the answer in words"),
        ("option", "id of the option whose flows were simulated"),
        ("replications", "number of replications"),
    ],
};

pub(in crate::results) const TIERS: Table = Table {
    name: "recommendation_tiers",
    meaning: "How far each tier suits each service: one row for each service and tier below the national one.",
    entities: &[
        ("service", "slug of the service"),
        ("tier", "single-icb, multi-icb or regional"),
        ("scheme", "what the bodies are: icbs, a scheme of footprints, from-flows, or regions"),
        ("bodies", "bodies that have patients of the service"),
        ("judged", "of these, those that have all figures or fail without them"),
        (
            "hold_share",
            "of the patients of bodies that are judged, the share that live in bodies at which all tests hold",
        ),
        ("may_hold_share", "the same with bodies that are undecided"),
        ("threshold", "the share that has to"),
        ("verdict", "holds, fails, undecided, or no-figure"),
        ("failing", "bodies at which some test fails, those with most patients first, with spaces between them"),
        ("fails_on", "tests that fail, each with the share of patients whose body fails it"),
    ],
};

pub(in crate::results) const TESTS: Table = Table {
    name: "recommendation_tests",
    meaning: "Every test behind a recommendation: one row for each service, tier, body and test.",
    entities: &[
        ("service", "slug of the service"),
        ("tier", "single-icb, multi-icb or regional"),
        ("body", "ODS code or slug"),
        ("body_name", "its name"),
        ("patients", "expected patients a year who live in it, by the traffic equations"),
        ("test", "name of the test; blank for a body that is only partly in scope, of which nothing is known"),
        (
            "figure",
            "mean over replications, or what is known without any; of cost-volatility standard deviation over mean of the first whole financial year",
        ),
        ("unit", "its unit"),
        (
            "ci_low",
            "lower end of the 95 % interval: Student's, of shares cut at 0 and 1; of cost-volatility by the chi-square distribution; each test for itself",
        ),
        ("ci_high", "upper end"),
        ("rule", "at-least or at-most"),
        ("threshold", "what it is compared with"),
        ("source", "where the threshold comes from; assumed: a default"),
        (
            "verdict",
            "holds, fails, undecided (the interval contains the threshold), no-figure (there is nothing to measure, such as patients from outside where no provider is, and the test does not count; or not enough is in scope, and the body cannot be judged unless it fails another test: detail says which), or not-tested (the scenario lacks an input of the test, which then does not count)",
        ),
        ("replications_to_decide", "replications that would decide it, means and variances being as estimated"),
        ("detail", "the provider that the figure is of; what the cost varies by; why there is no figure"),
    ],
};

pub(in crate::results) const GROUPS: Table = Table {
    name: "footprints_from_flows",
    meaning: "Groups of ICBs that keep as many of their patients as was found possible, by expected referrals: one row for each service, group and ICB.",
    entities: &[
        ("service", "slug of the service; * for all services together, patient by patient"),
        ("footprint", "the group"),
        ("icb", "ODS code"),
        ("icb_name", "its name"),
        ("population", "persons registered in the ICB; blank where a home area states none"),
        ("icbs", "ICBs of the group"),
        ("self_containment", "share of the group's residents' patients treated inside the group"),
    ],
};

pub(in crate::results) const COMPARED: Table = Table {
    name: "footprints_compared",
    meaning: "Groups from flows beside the footprints and regions of the scenario: one row for each service and way of grouping.",
    entities: &[
        ("service", "slug of the service; * for all services together"),
        ("scheme", "from-flows, a scheme of footprints, or regions"),
        ("groups", "number of groups"),
        ("least_icbs", "ICBs of the smallest group"),
        ("most_icbs", "ICBs of the largest group"),
        ("self_containment", "share of all residents' patients treated in their own group"),
        ("within_limits", "whether it keeps the limits that groups from flows were given: yes or no"),
        ("bound", "of from-flows: no grouping within the limits keeps more than this share"),
        ("gap", "bound - self_containment; 0: it is the best"),
    ],
};

pub(super) type Rows<'a> = Box<dyn Iterator<Item = Vec<Field<'a>>> + 'a>;

pub(super) fn text(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}

pub(super) fn owned(text: String) -> Field<'static> {
    Field::Text(Cow::Owned(text))
}

pub(super) fn number(value: Option<f64>) -> Field<'static> {
    value.filter(|value| !value.is_nan()).map_or(Field::Blank, Field::Number)
}

fn count(value: Option<u64>) -> Field<'static> {
    value.map_or(Field::Blank, Field::Count)
}

impl Recommendations<'_> {
    /// One of the tables; nothing by another name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        let (table, rows): (_, Rows<'_>) = match name {
            "recommendation" => (&RECOMMENDATION, Box::new(self.advice.iter().map(|advice| self.row(advice)))),
            "recommendation_icbs" => return Some(self.sheet_of_icbs(&[])),
            "recommendation_tiers" => {
                (&TIERS, Box::new(self.each_case().map(|(advice, case)| self.tier_row(advice, case))))
            }
            "recommendation_tests" => (&TESTS, Box::new(self.test_rows())),
            other => return self.grouped.as_ref()?.sheet(self.scenario, other),
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    fn each_case(&self) -> impl Iterator<Item = (&Advice, &TierCase)> {
        self.advice.iter().flat_map(|advice| advice.cases.iter().map(move |case| (advice, case)))
    }

    fn row<'a>(&'a self, advice: &'a Advice) -> Vec<Field<'a>> {
        let found = &advice.recommended;
        let service = &self.scenario.services[advice.service];
        let tiers: Vec<String> = found.undecided.iter().map(ToString::to_string).collect();
        let flip = |flip: &'a Option<Flip>| {
            let flip = flip.as_ref();
            let now = flip.map(|flip| match flip.bar {
                Some(bar) => advice.bars[bar].threshold,
                None => self.scenario.recommendation.patients_share,
            });
            let test = flip
                .map(|flip| flip.bar.map_or(Recommendation::PATIENTS_SHARE_NAME, |bar| advice.bars[bar].test.name()));
            (
                test.map_or(Field::Blank, text),
                flip.map_or(Field::Blank, |flip| owned(flip.tier.to_string())),
                [
                    now,
                    flip.map(|flip| flip.threshold),
                    flip.map(|flip| flip.change).filter(|change| change.is_finite()),
                ],
            )
        };
        let mut fields = vec![text(&service.id), owned(found.tier.to_string()), owned(tiers.join(" "))];
        for (which, demand) in [(&found.lower, true), (&found.higher, false)] {
            let (test, tier, amounts) = flip(which);
            fields.extend([test, tier]);
            fields.extend(amounts.map(number));
            if demand {
                fields.push(number(which.as_ref().and_then(|flip| self.demand_factor(advice, flip))));
            }
        }
        let patients = advice.cases.first().map(|case| case.bodies.iter().map(|body| body.patients).sum());
        fields.extend([
            count(found.needed),
            number(patients),
            owned(service.delegation.to_string()),
            owned(self.sentence(advice)),
            text(&self.option),
            Field::Count(u64::from(self.replications)),
        ]);
        fields
    }

    fn tier_row<'a>(&'a self, advice: &'a Advice, case: &'a TierCase) -> Vec<Field<'a>> {
        let share = self.scenario.recommendation.patients_share;
        let (bodies, scheme) = self.bodies_of(case);
        let judged = case.bodies.iter().filter(|body| body.verdict() != TestVerdict::NoFigure).count();
        let mut failing: Vec<&Judged> =
            case.bodies.iter().filter(|body| body.verdict() == TestVerdict::Fails).collect();
        failing.sort_by(|a, b| b.patients.total_cmp(&a.patients).then(a.body.cmp(&b.body)));
        let failing: Vec<&str> = failing.iter().map(|body| bodies[body.body].id.as_str()).collect();
        let fails = advice.bars.iter().enumerate().filter_map(|(bar, of)| {
            let share = case.missing(bar);
            (share > 0.0).then(|| format!("{} {share:.3}", of.test.name()))
        });
        let (sure, maybe) = case.holding();
        vec![
            text(&self.scenario.services[advice.service].id),
            owned(case.tier.to_string()),
            text(scheme),
            Field::Count(case.bodies.len() as u64),
            Field::Count(judged as u64),
            number(Some(sure)),
            number(Some(maybe)),
            Field::Number(share),
            text(case.verdict(share).name()),
            owned(failing.join(" ")),
            owned(fails.collect::<Vec<_>>().join("; ")),
        ]
    }

    fn bodies_of(&self, case: &TierCase) -> (&[Body], &str) {
        let found = self.bodies.iter().find(|bodies| bodies.tier == case.tier);
        found.map_or((&[], ""), |bodies| (bodies.bodies.as_slice(), bodies.scheme.as_str()))
    }

    fn test_rows(&self) -> impl Iterator<Item = Vec<Field<'_>>> {
        self.each_case().flat_map(move |(advice, case)| {
            case.bodies.iter().flat_map(move |body| {
                let of = move |fields: Vec<Field<'static>>| {
                    let (bodies, _) = self.bodies_of(case);
                    let mut row = vec![
                        text(&self.scenario.services[advice.service].id),
                        owned(case.tier.to_string()),
                        text(&bodies[body.body].id),
                        text(short_name(&bodies[body.body].name)),
                        Field::Number(body.patients),
                    ];
                    row.extend(fields);
                    row
                };
                let partial = body.tests.is_empty().then(|| {
                    let mut fields = vec![Field::Blank; 8];
                    fields.push(owned(TestVerdict::NoFigure.name().to_owned()));
                    fields.extend([Field::Blank, owned("only partly in scope".to_owned())]);
                    of(fields)
                });
                partial.into_iter().chain(body.tests.iter().map(move |tested| of(tested_fields(advice, tested))))
            })
        })
    }
}

fn tested_fields(advice: &Advice, tested: &Tested) -> Vec<Field<'static>> {
    let bar = &advice.bars[tested.bar];
    let interval = tested.figure.interval;
    vec![
        owned(bar.test.name().to_owned()),
        number(tested.figure.value),
        owned(bar.test.unit().to_owned()),
        number(interval.map(|interval| interval.low)),
        number(interval.map(|interval| interval.high)),
        owned(if bar.test.at_least() { "at-least" } else { "at-most" }.to_owned()),
        Field::Number(bar.threshold),
        owned(bar.source.clone()),
        owned(tested.verdict.name().to_owned()),
        count(tested.needed),
        owned(tested.figure.detail.clone()),
    ]
}

impl Grouped {
    /// One of the tables; nothing by another name.
    pub fn sheet<'a>(&'a self, scenario: &'a Scenario, name: &str) -> Option<Sheet<'a>> {
        let (table, rows): (_, Rows<'a>) = match name {
            "footprints_from_flows" => (&GROUPS, Box::new(self.group_rows(scenario))),
            "footprints_compared" => {
                (&COMPARED, Box::new(self.compared.iter().map(move |one| compared_row(scenario, one))))
            }
            _ => return None,
        };
        Some(Sheet { table, header: columns(table), rows })
    }

    fn group_rows<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = Vec<Field<'a>>> {
        self.found.iter().flat_map(move |(scope, grouping, kept)| {
            let mut members: Vec<(usize, usize)> =
                grouping.group_of.iter().enumerate().map(|(place, &group)| (group, place)).collect();
            members.sort_unstable();
            members.into_iter().map(move |(group, place)| {
                let size = grouping.group_of.iter().filter(|of| **of == group).count();
                vec![
                    service(scenario, *scope),
                    owned(group_id(group)),
                    text(&scenario.geography.icbs[self.icbs[place]].id),
                    text(short_name(&scenario.geography.icbs[self.icbs[place]].name)),
                    number(population(scenario, [self.icbs[place]].as_slice())),
                    Field::Count(size as u64),
                    number(Some(kept[group])),
                ]
            })
        })
    }
}

fn service(scenario: &Scenario, scope: Scope) -> Field<'_> {
    match scope {
        Scope::All => text("*"),
        Scope::Service(id) => text(&scenario.services[id].id),
    }
}

fn compared_row<'a>(scenario: &'a Scenario, one: &'a Compared) -> Vec<Field<'a>> {
    vec![
        service(scenario, one.scope),
        text(&one.scheme),
        Field::Count(one.groups as u64),
        Field::Count(one.sizes.0 as u64),
        Field::Count(one.sizes.1 as u64),
        number(Some(one.kept)),
        text(if one.within_limits { "yes" } else { "no" }),
        number(one.bound),
        number(one.bound.map(|bound| bound - one.kept)),
    ]
}

impl Groups<'_> {
    /// One of the tables; nothing by another name.
    pub fn sheet(&self, name: &str) -> Option<Sheet<'_>> {
        self.grouped.sheet(self.scenario, name)
    }
}
