//! Standards, readiness, and totals to compare with.

use crate::domain::{ControlTotal, Controls, Geography, Readiness, Score, Standard, Standards, StatedSpend};
use crate::ids::{Id, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::read::{Context, Row};
use crate::scenario::validate::payments::referred;
use crate::scenario::validate::services::Draft;
use crate::scenario::validated::Scenario;
use std::collections::BTreeSet;

fn service(cx: &Context<'_>, row: Row<'_>) -> Option<ServiceId> {
    cx.names.id(Target::Service, row.text("service")?)
}

fn provider(cx: &Context<'_>, row: Row<'_>) -> Option<ProviderId> {
    cx.names.id(Target::Provider, row.text("provider")?)
}

/// What services are held to.
pub(super) fn standards(cx: &mut Context<'_>, services: &[Draft<'_>]) -> Standards {
    let mut standards = Standards::default();
    for row in cx.rows("standards") {
        let Some(id) = service(cx, row) else { continue };
        let all = row.node("provider").is_none();
        let own = provider(cx, row);
        if !all && own.is_none() {
            continue;
        }
        let stages = services.get(id.index()).map(|draft| &draft.service.stages);
        let stage = row.text("stage").and_then(|name| stages?.iter_ids().find(|(_, stage)| stage.id == name));
        let standard = Standard {
            occupancy_ceiling: row.share("occupancy_ceiling"),
            minimum_volume: row.number("minimum_volume"),
            volume_stage: stage.map(|(stage, _)| stage),
            maximum_km: row.number("maximum_km"),
        };
        let says = ["occupancy_ceiling", "minimum_volume", "maximum_km"].iter().any(|key| row.node(key).is_some());
        if !says || (row.node("stage").is_some() && row.node("minimum_volume").is_none()) {
            cx.sink.report(Code::EmptyRow, Some(row.place), || {
                let what = if says { "names a stage, but no minimum_volume" } else { "sets no standard" };
                (format!("this row of standards {what}"), Code::EmptyRow.cure().to_owned())
            });
        }
        if standards.rows.insert((id, own), standard).is_some() {
            cx.sink.report(Code::StandardTwice, Some(row.place), || {
                let of = row.text("provider").unwrap_or("all providers");
                let message =
                    format!("standards has two rows for {} and {of}", row.text("service").unwrap_or_default());
                (message, Code::StandardTwice.cure().to_owned())
            });
        }
    }
    standards
}

/// How ready bodies are.
pub(super) fn readiness(cx: &mut Context<'_>, geography: &Geography) -> Readiness {
    let mut readiness = Readiness::default();
    if let Some(persons) = cx.section("readiness_rule").and_then(|rule| rule.number("minimum_planning_population")) {
        readiness.minimum_population = persons;
    }
    // A successor that is listed before its day has no residents yet.
    let bodies: BTreeSet<&str> = geography
        .home_areas
        .iter()
        .filter_map(|area| geography.icbs.get(area.icb).map(|icb| icb.id.as_str()))
        .chain(geography.footprints.iter().map(|footprint| footprint.id.as_str()))
        .chain(geography.regions.iter().map(|region| region.id.as_str()))
        .collect();
    for row in cx.rows("readiness") {
        let (Some(body), Some(test)) = (row.text("body"), row.text("test")) else { continue };
        let score = match row.text("score") {
            Some("met") => Score::Met,
            Some("partly") => Score::Partly,
            _ => Score::NotMet,
        };
        let Some(test) = Readiness::TESTS.iter().position(|known| *known == test) else { continue };
        if !bodies.contains(body) && cx.names.complete(Target::Icb) && !cx.sink.has_errors() {
            cx.sink.report_plain(Code::NotABody, row.at("body"), || {
                format!("{body} has no residents on the day of the results, so its score has no effect")
            });
        }
        readiness.scores.insert((body.to_owned(), test), score);
    }
    readiness
}

/// Totals to compare with.
pub(super) fn controls(cx: &mut Context<'_>) -> Controls {
    let mut controls = Controls::default();
    for row in cx.rows("stated_spend") {
        let year = row.text("year").unwrap_or_default();
        if row.node("year").is_some() && !is_financial_year(year) {
            cx.sink.report(Code::BadYear, row.at("year"), || {
                (format!("{year} is not a financial year"), Code::BadYear.cure().to_owned())
            });
        }
        let id = service(cx, row);
        let (true, Some(pounds)) = (id.is_some() || row.text("service") == Some("*"), row.number("value_gbp")) else {
            continue;
        };
        controls.spend.insert(id, StatedSpend { pounds, year: year.to_owned() });
    }
    for row in cx.rows("control_totals") {
        let total = ControlTotal { plan: row.number("plan"), outturn: row.number("outturn") };
        if row.node("plan").is_none() && row.node("outturn").is_none() {
            cx.sink.report(Code::EmptyRow, Some(row.place), || {
                let message = "this row of control_totals has neither plan nor outturn".to_owned();
                (message, Code::EmptyRow.cure().to_owned())
            });
        }
        if let Some(key) = provider(cx, row).zip(service(cx, row)) {
            controls.totals.insert(key, total);
        }
    }
    controls
}

/// Such as `2025/26`.
fn is_financial_year(text: &str) -> bool {
    let Some((from, to)) = text.split_once('/') else { return false };
    let digits = |text: &str, number: usize| {
        (text.len() == number && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u32>().ok())?
    };
    matches!((digits(from, 4), digits(to, 2)), (Some(from), Some(to)) if (from + 1) % 100 == to)
}

/// What only the whole scenario tells: whether a row is about work that somebody does.
pub(super) fn check(cx: &mut Context<'_>, scenario: &Scenario) {
    let given: BTreeSet<(ProviderId, ServiceId)> = referred(scenario).into_iter().map(|key| (key.1, key.2)).collect();
    for table in ["standards", "control_totals"] {
        for row in cx.rows(table) {
            let Some(key) = provider(cx, row).zip(service(cx, row)) else { continue };
            if !given.contains(&key) {
                cx.sink.report_plain(Code::NoSuchWork, Some(row.place), || {
                    let (provider, service) = (row.text("provider"), row.text("service"));
                    format!(
                        "nobody is referred to {} for {}",
                        provider.unwrap_or_default(),
                        service.unwrap_or_default()
                    )
                });
            }
        }
    }
}
