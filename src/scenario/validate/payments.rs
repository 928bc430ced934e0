//! Sets of payment rules, top-ups, plans and low-volume blocks.

use super::services::Draft;
use crate::domain::{
    AgreedValues, AlignedPayment, Class, DrugsHolder, LowVolume, PaymentRules, Provider, Referral, Service,
};
use crate::ids::{HomeAreaId, IcbId, IndexVec, PaymentId, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::{quote, suggestion};
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::validated::Scenario;
use crate::units::{Billionths, Pence};
use std::collections::{BTreeMap, BTreeSet};

/// Reads the top-ups into the providers.
pub(super) fn top_ups(cx: &mut Context<'_>, services: &[Draft<'_>], providers: &mut IndexVec<ProviderId, Provider>) {
    for row in cx.rows("top_ups") {
        let (Some(service), Some(provider)) = (row.text("service"), row.text("provider")) else { continue };
        let point = row.text("point_of_delivery").unwrap_or("inpatient");
        let Some(id) = cx.names.id::<ServiceId>(Target::Service, service) else { continue };
        let Some(draft) = services.get(crate::ids::Id::index(id)) else { continue };
        let points: BTreeSet<&str> = points_of(&draft.service).collect();
        if !points.contains(point) {
            let at = if row.node("point_of_delivery").is_some() { "point_of_delivery" } else { "service" };
            cx.sink.report(Code::NoSuchPoint, row.at(at), || {
                (format!("{service} has no stage at the point of delivery {}", quote(point)), {
                    suggestion(point, points.iter().copied())
                })
            });
        }
        let owner = cx.names.id::<ProviderId>(Target::Provider, provider).filter(|id| providers.get(*id).is_some());
        let (Some(owner), Some(share)) = (owner, row.share("share")) else { continue };
        if providers[owner].top_ups.insert((id, point.to_owned()), Billionths::from_f64(share)).is_some() {
            cx.sink.report_plain(Code::Duplicate, Some(row.place), || {
                format!("top_ups has two rows for {provider}, {service}, {point}")
            });
        }
    }
}

fn points_of(service: &Service) -> impl Iterator<Item = &str> + Clone {
    service.stages.iter().map(|stage| stage.point_of_delivery.as_str())
}

/// Builds the sets, sorted by id; `activity` is always there.
pub(super) fn build(cx: &mut Context<'_>, services: &[Draft<'_>]) -> IndexVec<PaymentId, PaymentRules> {
    let rows: BTreeMap<&str, Row<'_>> = cx.sections("payments").map(|(name, row)| (&*name.text, row)).collect();
    let sets = cx.names.all(Target::Payment).to_vec();
    let sets = sets.into_iter().map(|id| match rows.get(id.as_str()) {
        Some(row) => rules(cx, services, id, *row),
        None => PaymentRules { id, ..PaymentRules::activity() },
    });
    let sets = sets.collect();
    tables_have_rules(cx, &sets);
    sets
}

fn rules(cx: &mut Context<'_>, services: &[Draft<'_>], id: String, row: Row<'_>) -> PaymentRules {
    PaymentRules {
        name: row.name(&id),
        aligned: row.section("aligned").map(|section| aligned(cx, services, section)),
        low_volume: low_volume(cx, &id, row),
        drugs_holder: match row.text("drugs_holder") {
            Some("payer") => DrugsHolder::Payer,
            _ => DrugsHolder::NhsEngland,
        },
        contract_line_cost: row.money("contract_line_cost").unwrap_or_default(),
        id,
    }
}

fn aligned(cx: &mut Context<'_>, services: &[Draft<'_>], row: Row<'_>) -> AlignedPayment {
    let list = |key: &str| row.node(key).and_then(Node::array).unwrap_or_default();
    let classes: BTreeSet<&str> = list("variable_classes").iter().filter_map(Node::text).collect();
    let points: BTreeSet<&str> = services.iter().flat_map(|draft| points_of(&draft.service)).collect();
    let mut variable_points = BTreeSet::new();
    for node in list("variable_points") {
        let Some(point) = node.text() else { continue };
        variable_points.insert(point.to_owned());
        if !points.contains(point) {
            cx.sink.report(Code::NoSuchPoint, Some(node.place), || {
                let message = format!("no stage has the point of delivery {}", quote(point));
                (message, suggestion(point, points.iter().copied()))
            });
        }
    }
    AlignedPayment {
        variable_classes: Class::ALL.into_iter().filter(|class| classes.contains(class.to_string().as_str())).collect(),
        variable_points,
        rate: row.share("rate").map_or(Billionths::ONE, Billionths::from_f64),
    }
}

fn low_volume(cx: &mut Context<'_>, id: &str, row: Row<'_>) -> LowVolume {
    let delegated_inside = row.flag("delegated_inside");
    let threshold = row.section("low_volume").and_then(|section| section.node("threshold"));
    if let Some(node) = threshold
        && row.text("provenance") != Some("assumed")
    {
        cx.sink.report(Code::WhatIf, Some(node.place), || {
            (format!("the threshold of [payments.{id}] is a what-if, but is not marked assumed"), {
                format!("Add provenance = \"assumed\" to [payments.{id}].")
            })
        });
    }
    match (threshold.and_then(|node| leaf::money(node).ok()), row.text("low_volume")) {
        (Some(below), _) => LowVolume::Threshold { below, delegated_inside },
        (None, Some("table")) => LowVolume::Table { delegated_inside },
        _ => {
            if delegated_inside && threshold.is_none() {
                cx.sink.report(Code::LowVolumeRule, row.at("delegated_inside"), || {
                    let cure = "Add low_volume = \"table\" or { threshold = \"£1.5m\" }, or remove delegated_inside.";
                    (format!("[payments.{id}] has no low-volume rule that services could be inside"), cure.to_owned())
                });
            }
            LowVolume::None
        }
    }
}

/// Tables need a set of rules that asks for them, and the other way round.
fn tables_have_rules(cx: &mut Context<'_>, sets: &IndexVec<PaymentId, PaymentRules>) {
    let asks = |set: &PaymentRules| matches!(set.low_volume, LowVolume::Table { .. });
    let first = cx.rows("low_volume_blocks").next();
    if let Some(row) = first.filter(|_| !sets.iter().any(asks)) {
        cx.sink.report(Code::LowVolumeRule, Some(row.place), || {
            let message = "no set of payment rules asks for the table low_volume_blocks".to_owned();
            (message, "Set low_volume = \"table\" in [payments.ID], or remove the rows.".to_owned())
        });
    }
    for (name, row) in cx.sections("payments") {
        if row.text("low_volume") == Some("table") && first.is_none() && cx.whole("low_volume_blocks") {
            cx.sink.report(Code::LowVolumeRule, row.at("low_volume"), || {
                let message = format!("[payments.{}] asks for blocks, but low_volume_blocks has no rows", name.text);
                (message, "Add rows such as QMJ,RRV,\"£120,000\" to low_volume_blocks.".to_owned())
            });
        }
    }
    let row = cx.rows("plans").next();
    let planned = |set: &PaymentRules| set.aligned.is_some() || matches!(set.low_volume, LowVolume::Threshold { .. });
    if let Some(row) = row.filter(|_| !sets.iter().any(planned)) {
        cx.sink.report(Code::Unused, Some(row.place), || {
            let message = "no set of payment rules is aligned or has a threshold, so nobody uses the plans".to_owned();
            (message, "Add aligned = {} to [payments.ID], or remove the rows.".to_owned())
        });
    }
}

/// Reads the tables of agreed values.
pub(super) fn agreed(cx: &Context<'_>) -> AgreedValues {
    let icb = |row: Row<'_>| cx.names.id::<IcbId>(Target::Icb, row.text("icb")?);
    let provider = |row: Row<'_>| cx.names.id::<ProviderId>(Target::Provider, row.text("provider")?);
    let service = |row: Row<'_>| cx.names.id::<ServiceId>(Target::Service, row.text("service")?);
    let block =
        |row| -> Option<((IcbId, ProviderId), Pence)> { Some(((icb(row)?, provider(row)?), row.money("per_year")?)) };
    let plan = |row| Some(((icb(row)?, provider(row)?, service(row)?), row.money("per_year")?));
    AgreedValues {
        blocks: cx.rows("low_volume_blocks").filter_map(block).collect(),
        plans: cx.rows("plans").filter_map(plan).collect(),
    }
}

/// What only the whole scenario tells: whether anybody is referred, and whether a rule has anything to act on.
pub(super) fn check(cx: &mut Context<'_>, scenario: &Scenario) {
    let referred = referred(scenario);
    for row in cx.rows("low_volume_blocks") {
        let (Some(icb), Some(provider)) = (row.text("icb"), row.text("provider")) else { continue };
        let ids = cx.names.id(Target::Icb, icb).zip(cx.names.id(Target::Provider, provider));
        if ids.is_some_and(|(icb, provider)| !referred.iter().any(|key| (key.0, key.1) == (icb, provider))) {
            cx.sink.report_plain(Code::NoSuchFlow, Some(row.place), || {
                format!("a block for {icb} and {provider}, but nobody from {icb} is referred to {provider}")
            });
        }
    }
    for row in cx.rows("plans") {
        let texts = (row.text("icb"), row.text("provider"), row.text("service"));
        let (Some(icb), Some(provider), Some(service)) = texts else { continue };
        let key = (|| {
            let icb: IcbId = cx.names.id(Target::Icb, icb)?;
            Some((icb, cx.names.id(Target::Provider, provider)?, cx.names.id(Target::Service, service)?))
        })();
        if key.is_some_and(|key| !referred.contains(&key)) {
            cx.sink.report_plain(Code::NoSuchFlow, Some(row.place), || {
                format!("a plan for {service}, but nobody from {icb} is referred to {provider} for it")
            });
        }
    }
    let used: BTreeSet<PaymentId> = scenario.options.iter().map(|option| option.payment).collect();
    for (name, row) in cx.sections("payments") {
        let Some(id) = cx.names.id::<PaymentId>(Target::Payment, &name.text) else { continue };
        let Some(set) = scenario.payments.get(id) else { continue };
        if !used.contains(&id) {
            cx.sink.report(Code::Unused, Some(row.place), || {
                let cure = format!("Add payment = \"{}\" to an option, or remove the set.", name.text);
                (format!("no option has the payment rules {}", name.text), cure)
            });
        }
        let inside = match set.low_volume {
            LowVolume::None => true,
            LowVolume::Table { delegated_inside } | LowVolume::Threshold { delegated_inside, .. } => delegated_inside,
        };
        if !inside && scenario.services.iter().all(|service| service.specialised_share >= 1.0) {
            cx.sink.report_plain(Code::NothingInside, row.at("low_volume"), || {
                format!("nothing can be inside the low-volume blocks of [payments.{}]", name.text)
            });
        }
    }
}

/// Which ICBs send patients to which provider for which service.
pub(super) fn referred(scenario: &Scenario) -> BTreeSet<(IcbId, ProviderId, ServiceId)> {
    let icb = |area| scenario.geography.home_areas[area].icb;
    routes(scenario).into_iter().map(|(area, provider, service)| (icb(area), provider, service)).collect()
}

/// Which home areas do.
pub(super) fn routes(scenario: &Scenario) -> Vec<(HomeAreaId, ProviderId, ServiceId)> {
    let mut routes = Vec::new();
    for stream in &scenario.demand {
        let to: Vec<ProviderId> = match &scenario.referral[stream.service] {
            Referral::Observed(areas) => {
                let own = areas.iter().filter(|area| area.0 == stream.home_area).flat_map(|area| &area.1);
                own.filter(|share| share.1 > 0.0).map(|share| share.0).collect()
            }
            Referral::Choice { attractions, .. } => attractions.iter().map(|alternative| alternative.0).collect(),
        };
        routes.extend(to.into_iter().map(|provider| (stream.home_area, provider, stream.service)));
    }
    routes
}
