//! Which tier each service can be planned at, and which ICBs belong together by their flows: tables `recommendation`,
//! `recommendation_icbs`, `recommendation_tiers`, `recommendation_tests`, `footprints_from_flows` and `footprints_compared`.

mod alone;
mod counting;
mod figures;
mod flips;
mod grouped;
mod judge;
mod sheets;
mod verdict;
mod words;

pub(super) use alone::OF_ICBS;
pub use alone::Standing;
pub use figures::Figure;
pub use flips::Flip;
pub use grouped::{
    Compared as GroupsCompared, Grouped, GroupedError, Groups, GroupsWanted, Scope as GroupScope, grouped, population,
    sizes_in_use,
};
pub use judge::{Recommended, TierCase};
pub(super) use sheets::{COMPARED, GROUPS, RECOMMENDATION, TESTS, TIERS};
pub use verdict::{Bar, Judged, TestVerdict, Tested};
pub use words::{Moved, against, tier_words};

use super::layout::Outline;
use super::{Making, Manifest, Part, Prepared};
use crate::domain::{Tier, TierTest};
use crate::experiment::{ReplicationError, Replications, Simulation, replicate};
use crate::ids::{IcbId, SchemeId, ServiceId};
use crate::results::InputRow;
use crate::scenario::{Provenance, Scenario};
use counting::{Counter, Places};
pub use figures::boards;
use figures::{Drawn, far_km};
use std::collections::BTreeSet;

/// A body that could plan a service: some ICBs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    /// ODS code or slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// Its ICBs.
    pub icbs: BTreeSet<IcbId>,
}

impl Body {
    fn holds(&self, icb: IcbId) -> bool {
        self.icbs.contains(&icb)
    }
}

/// The bodies of a tier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bodies {
    /// The tier.
    pub tier: Tier,
    /// What they are called together: a scheme, or `from-flows`.
    pub scheme: String,
    /// The bodies.
    pub bodies: Vec<Body>,
}

/// What is known of a service.
#[derive(Clone, PartialEq, Debug)]
pub struct Advice {
    /// The service.
    pub service: ServiceId,
    /// Its thresholds.
    pub bars: Vec<Bar>,
    /// From how many kilometres on a journey is far.
    pub far_km: f64,
    /// The tiers below the national one, in the order of [`Recommendations::bodies`].
    pub cases: Vec<TierCase>,
    /// The answer.
    pub recommended: Recommended,
}

/// The answers for all services.
#[derive(Debug)]
pub struct Recommendations<'a> {
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// The bodies of the tiers below the national one.
    pub bodies: Vec<Bodies>,
    /// By service.
    pub advice: Vec<Advice>,
    /// Groups of ICBs by their flows, where they were asked for.
    pub grouped: Option<Grouped>,
    /// The option whose flows were simulated.
    pub option: String,
    /// Replications.
    pub replications: u32,
    /// What is needed to do it again.
    pub manifest: Manifest,
}

/// What is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Inquiry {
    /// The services; empty: all.
    pub services: Vec<ServiceId>,
    /// Groups to be used as the bodies of the multi-ICB tier instead of a scheme's footprints.
    pub grouped: Option<Grouped>,
}

/// The scheme whose footprints are the bodies of the multi-ICB tier, if there is any.
pub fn scheme_of(scenario: &Scenario) -> Option<SchemeId> {
    let of_option = || scenario.shown.iter().find_map(|&option| scenario.options[option].scheme);
    let first = || scenario.geography.schemes.ids().next();
    scenario.recommendation.scheme.or_else(of_option).or_else(first)
}

/// The bodies of each tier below the national one.
fn bodies(scenario: &Scenario, grouped: Option<&Grouped>) -> Vec<Bodies> {
    let geography = &scenario.geography;
    let boards = boards(scenario);
    let body = |id: &str, name: &str, holds: &dyn Fn(IcbId) -> bool| Body {
        id: id.to_owned(),
        name: name.to_owned(),
        icbs: boards.iter().copied().filter(|&icb| holds(icb)).collect(),
    };
    let single =
        boards.iter().map(|&icb| body(&geography.icbs[icb].id, &geography.icbs[icb].name, &|other| other == icb));
    let mut all = vec![Bodies { tier: Tier::SingleIcb, scheme: "icbs".to_owned(), bodies: single.collect() }];
    if let Some(grouped) = grouped {
        all.push(Bodies { tier: Tier::MultiIcb, scheme: "from-flows".to_owned(), bodies: grouped.bodies(scenario) });
    } else if let Some(scheme) = scheme_of(scenario) {
        let of = &geography.schemes[scheme];
        let own = geography.footprints.iter_ids().filter(|(_, footprint)| footprint.scheme == scheme);
        let own =
            own.map(|(id, footprint)| body(&footprint.id, &footprint.name, &|icb| of.footprint_of[icb] == Some(id)));
        all.push(Bodies { tier: Tier::MultiIcb, scheme: of.id.clone(), bodies: own.collect() });
    }
    let regions = geography.regions.iter_ids();
    let regions =
        regions.map(|(id, region)| body(&region.id, &region.name, &|icb| geography.icbs[icb].region == Some(id)));
    all.push(Bodies { tier: Tier::Regional, scheme: "regions".to_owned(), bodies: regions.collect() });
    for tier in &mut all {
        tier.bodies.retain(|body| !body.icbs.is_empty());
    }
    all
}

/// The thresholds of a service.
fn bars(scenario: &Scenario, service: ServiceId) -> Vec<Bar> {
    let of = |test: TierTest| {
        let rules = &scenario.recommendation;
        let stated = rules.thresholds.get(&test).map(|stated| (stated.value, stated.source.clone()));
        let known = || match test {
            TierTest::Volume => {
                let standard = scenario.standards.rows.get(&(service, None))?;
                let row =
                    input(scenario, "standards", |row| row.value("service") == Some(&scenario.services[service].id));
                Some((standard.minimum_volume?, source("standards", row)))
            }
            TierTest::Population => {
                let row = input(scenario, "readiness_rule", |_| true);
                let usual = "published: planning populations are usually over one million".to_owned();
                let source = row.map_or(usual, |row| source("readiness_rule", Some(row)));
                Some((scenario.readiness.minimum_population, source))
            }
            _ => None,
        };
        let (threshold, source) = stated.or_else(known).unwrap_or_else(|| (test.default(), "assumed".to_owned()));
        Bar { test, threshold, source }
    };
    TierTest::ALL.into_iter().map(of).collect()
}

fn input<'s>(scenario: &'s Scenario, table: &str, wanted: impl Fn(&InputRow) -> bool) -> Option<&'s InputRow> {
    scenario.inputs.iter().find(|row| row.table == table && wanted(row))
}

fn source(table: &str, row: Option<&InputRow>) -> String {
    let Some(row) = row else { return table.to_owned() };
    let provenance = match row.provenance {
        Provenance::Assumed => "assumed",
        Provenance::Unstated => "unstated",
        Provenance::Derived => "derived",
        Provenance::Published => "published",
    };
    let words = [provenance, row.source.as_str()].into_iter().filter(|word| !word.is_empty());
    format!("{table}: {}", words.collect::<Vec<_>>().join("; "))
}

/// Runs the replications and judges every service at every tier. Replications have to be independent.
///
/// # Errors
/// The first of a replication.
pub fn recommendations<'a>(
    scenario: &'a Scenario,
    simulation: &'a Simulation,
    inquiry: Inquiry,
    how: Replications<'_>,
    making: Making,
) -> Result<Recommendations<'a>, ReplicationError> {
    let prepared = Prepared::new(scenario, simulation);
    let model = prepared.model;
    let places = Places::new(scenario, model, |service| far_km(scenario, service).0);
    let counter = || Counter::new(&places, &prepared.tariff);
    let values = replicate(model, how, counter)?.numbers;
    let each = how.numbers.1 - how.numbers.0;
    let later = Replications { progress: &|finished| (how.progress)(each + finished), ..how };
    let varied = simulation.varied.as_ref().map(|model| replicate(model, later, counter)).transpose()?;
    let drawn = Drawn { scenario, model, values, varied: varied.map(|ran| ran.numbers), places };
    let bodies = bodies(scenario, inquiry.grouped.as_ref());
    let followed = scenario.followed_icbs();
    let wanted = |service: &ServiceId| inquiry.services.is_empty() || inquiry.services.contains(service);
    let advice = scenario.services.ids().filter(wanted).filter_map(|service| {
        let bars = bars(scenario, service);
        let judged = |tier: &Bodies| {
            let all = tier.bodies.iter().enumerate().filter_map(|(position, body)| {
                let patients = drawn.expected(service, body);
                let whole = body.icbs.iter().all(|icb| followed.contains(icb));
                let tested = |(position, of): (usize, &Bar)| {
                    let scored = of.test != TierTest::Readiness || scenario.readiness.met_share(&body.id).is_some();
                    (whole && scored).then(|| Tested::new(position, of, drawn.figure(of.test, service, body)))
                };
                let tests = bars.iter().enumerate().filter_map(tested).collect();
                (patients > 0.0).then_some(Judged { body: position, patients, tests })
            });
            TierCase { tier: tier.tier, bodies: all.collect() }
        };
        let cases: Vec<TierCase> = bodies.iter().map(judged).collect();
        let recommended = judge::recommend(&cases, &bars, scenario.recommendation.patients_share);
        let any = cases.iter().any(|case| !case.bodies.is_empty());
        any.then(|| Advice { service, bars, far_km: far_km(scenario, service).0, cases, recommended })
    });
    let advice = advice.collect();
    let option = prepared.first_option().to_owned();
    let mut tables = vec![RECOMMENDATION.name, OF_ICBS.name, TIERS.name, TESTS.name];
    if inquiry.grouped.is_some() {
        tables.extend([GROUPS.name, COMPARED.name]);
    }
    let manifest = manifest(scenario, prepared, making, each, &tables);
    Ok(Recommendations { scenario, bodies, advice, grouped: inquiry.grouped, option, replications: each, manifest })
}

/// The manifest of a folder that holds some of the tables.
pub(super) fn manifest(
    scenario: &Scenario,
    prepared: Prepared<'_>,
    making: Making,
    replications: u32,
    tables: &[&str],
) -> Manifest {
    let outline = prepared.layout.outline;
    let options = outline.options().to_vec();
    let parts = [Part { model: prepared.model, options, exchanges: 0, stuck: 0 }];
    let outline = Outline::merged(vec![outline]);
    Manifest::new(scenario, &parts, &outline, making, replications as usize, tables)
}
