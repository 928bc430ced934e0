//! Factors on inputs, certain and uncertain.

use crate::domain::{Factors, Lever, Service, UncertainFactor};
use crate::ids::{IndexVec, ServiceId};
use crate::random::Distribution;
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

type Services = IndexVec<ServiceId, Service>;

/// The largest mean of a factor.
fn largest(lever: Lever) -> f64 {
    if lever == Lever::Growth { 2.0 } else { 100.0 }
}

/// Reads `[factors]`.
pub(super) fn build(cx: &mut Context<'_>, services: &Services) -> Factors {
    let mut factors = Factors::ones(services.len());
    let Some(section) = cx.section("factors") else { return factors };
    let mut multiply = |row: Row<'_>, ids: &[ServiceId]| {
        for lever in Lever::ALL {
            if let Some(by) = row.percentage(lever.word()).filter(|&by| by > 0.0 && by <= largest(lever)) {
                for &id in ids {
                    factors.multiply(id, lever, by);
                }
            }
        }
    };
    multiply(section, &services.ids().collect::<Vec<_>>());
    let mut stated = BTreeMap::new();
    for (name, node) in section.node("of").and_then(Node::table).into_iter().flat_map(|map| &map.entries) {
        let id: Option<ServiceId> = cx.names.id(Target::Service, &name.text);
        if let (Some(id), Some(row)) = (id, Row::of(node)) {
            multiply(row, &[id]);
            if row.node(Lever::Capacity.word()).is_some() {
                stated.insert(id, row.at(Lever::Capacity.word()));
            }
        }
    }
    for (&id, &place) in &stated {
        let own = factors.of(id, Lever::Capacity);
        shared(cx, services, id, place, |other| factors.of(other, Lever::Capacity) == own);
    }
    factors
}

/// Reads `[[uncertain]]`, sorted by id.
pub(super) fn uncertain(cx: &mut Context<'_>, services: &Services) -> Vec<UncertainFactor> {
    let mut rows: Vec<UncertainFactor> = Vec::new();
    for row in cx.rows("uncertain") {
        let listed = row.node("services").and_then(Node::array);
        let known = |node: &Node| node.text().and_then(|id| cx.names.id(Target::Service, id));
        let of: BTreeSet<ServiceId> = match listed {
            Some(list) => list.iter().filter_map(known).collect(),
            None => services.ids().collect(),
        };
        // Unknown names are reported as such.
        let all_known = listed.is_none_or(|list| list.iter().all(|node| known(node).is_some()));
        if let Some(list) = listed
            && all_known
            && (list.is_empty() || of.len() < list.len())
        {
            cx.sink.report_plain(Code::NothingUncertain, Some(row.at("services")), || {
                let what = if list.is_empty() { "lists nothing" } else { "names one twice" };
                format!("`services` {what}")
            });
        }
        let lever = row.text("factor").and_then(Lever::of_word);
        let law = row.node("distribution").and_then(|node| law(cx, node, lever.map_or(100.0, largest)));
        let (Some(id), Some(lever)) = (row.text("id"), lever) else { continue };
        if lever == Lever::Capacity && all_known {
            for &service in &of {
                if shared(cx, services, service, row.at("factor"), |other| of.contains(&other)) {
                    break;
                }
            }
        }
        let Some(law) = law else { continue };
        rows.push(UncertainFactor { id: id.to_owned(), lever, services: of.into_iter().collect(), law });
    }
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// Reports a pool that a service shares with another one whose places are to change otherwise.
fn shared(
    cx: &mut Context<'_>,
    services: &Services,
    service: ServiceId,
    place: Place,
    alike: impl Fn(ServiceId) -> bool,
) -> bool {
    let pools = |id: ServiceId| -> BTreeSet<&str> {
        let stages = services[id].stages.iter();
        let of = stages.flat_map(|stage| stage.needs.iter().map(|need| &need.pool).chain(&stage.keeps));
        of.map(String::as_str).collect()
    };
    let own = pools(service);
    let mut others = services.ids().filter(|&other| !alike(other));
    let found = others.find_map(|other| Some((other, *pools(other).intersection(&own).next()?)));
    let Some((other, pool)) = found else { return false };
    let (service, other) = (&services[service].id, &services[other].id);
    cx.sink.report(Code::SharedPlaces, Some(place), || {
        let message = format!("the pool {} is used by {service} and {other}, with different factors", quote(pool));
        (message, format!("Give {service} and {other} the same factor on `capacity`."))
    });
    true
}

/// Reads what a factor may be; nothing if it is wrong (reported).
fn law(cx: &mut Context<'_>, node: &Node, largest: f64) -> Option<Distribution> {
    let [(kind, parameters)] = node.table()?.entries.as_slice() else { return None };
    let row = Row::of(parameters)?;
    let positive = |value: &f64| *value > 0.0;
    let mean_sd = || Some((row.number("mean").unwrap_or(1.0), row.number("sd").filter(positive)?));
    let (law, wide) = match &*kind.text {
        "lognormal" => {
            let (mean, sd) = mean_sd().filter(|(mean, _)| *mean > 0.0)?;
            (Distribution::lognormal_by_mean_sd(mean, sd), false)
        }
        "normal" => {
            let (mean, sd) = mean_sd()?;
            // One draw in three million would lie below zero; it becomes very small.
            (Distribution::FlooredNormal { mean, sd, floor: 1e-3 * mean.max(0.0) }, mean < 5.0 * sd)
        }
        "gamma" => {
            let (mean, sd) = mean_sd().filter(|(mean, _)| *mean > 0.0)?;
            (Distribution::Gamma { shape: (mean / sd) * (mean / sd), scale: sd * sd / mean }, false)
        }
        "uniform" => {
            let low = row.number("low")?;
            (Distribution::Uniform { low, high: row.number("high")? }, low <= 0.0)
        }
        "triangular" => {
            let low = row.number("low")?;
            (Distribution::Triangular { low, mode: row.number("mode")?, high: row.number("high")? }, low <= 0.0)
        }
        _ => return None,
    };
    let problem = match law.check() {
        Err(bad) => Some(bad.to_string()),
        Ok(()) if wide => Some("it could be zero or less".to_owned()),
        Ok(()) => (law.mean() > largest).then(|| format!("the mean is over {largest}")),
    };
    let Some(problem) = problem else { return Some(law) };
    cx.sink.report_plain(Code::BadFactorLaw, Some(row.place), || format!("impossible factor: {problem}"));
    None
}
