//! Providers, the scope, and travel.

use super::geography::{by_id, position};
use crate::domain::{Geography, Provider};
use crate::ids::{HomeAreaId, IcbId, IndexVec, ProviderId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::units::Billionths;
use std::collections::{BTreeMap, BTreeSet};

/// Stands for all providers in a scope.
const ALL: &str = "all";

/// Minutes and kilometres by origin and provider.
pub(super) type Travel = BTreeMap<(HomeAreaId, ProviderId), (Option<f64>, Option<f64>)>;

/// Builds the providers, without `elsewhere`.
pub(super) fn build(cx: &mut Context<'_>, geography: &Geography) -> IndexVec<ProviderId, Provider> {
    let scope = scope(cx);
    let mut providers = IndexVec::new();
    for (id, row) in by_id(cx, "providers") {
        if id == Provider::ELSEWHERE {
            cx.sink.report_plain(Code::ReservedId, row.at("id"), || "elsewhere is not a provider's id".to_owned());
        }
        let position = position(cx, row);
        let host_icb = match row.text("host_icb") {
            Some(icb) => cx.names.id(Target::Icb, icb),
            // Without geography everything lies in the only ICB.
            None => (cx.names.everyone && geography.icbs.len() == 1).then_some(IcbId(0)),
        };
        providers.push(Provider {
            id: id.to_owned(),
            name: row.name(id),
            host_icb,
            position,
            market_forces_factor: row.percentage("market_forces_factor").map_or(Billionths::ONE, Billionths::from_f64),
            top_ups: BTreeMap::new(),
            aligned: row.node("aligned").is_none_or(|node| leaf::boolean(node).unwrap_or(true)),
            in_scope: scope.as_ref().is_none_or(|ids| ids.contains(id)),
        });
    }
    providers
}

/// The pseudo-provider of what is left.
pub(super) fn elsewhere() -> Provider {
    Provider {
        id: Provider::ELSEWHERE.to_owned(),
        name: "Elsewhere".to_owned(),
        host_icb: None,
        position: None,
        market_forces_factor: Billionths::ONE,
        top_ups: BTreeMap::new(),
        aligned: false,
        in_scope: false,
    }
}

/// Whether the scenario keeps to some providers.
pub(super) fn scoped(cx: &Context<'_>) -> bool {
    cx.section("scope").is_some_and(|scope| scope.text("providers") != Some(ALL))
}

/// The providers in scope; nothing if all are.
fn scope<'a>(cx: &mut Context<'a>) -> Option<BTreeSet<&'a str>> {
    let list = cx.section("scope")?.node("providers")?;
    if list.array()?.is_empty() {
        cx.sink.report(Code::OutOfRange, Some(list.place), || {
            ("the scope has no provider".to_owned(), "Name at least one, or write providers = \"all\".".to_owned())
        });
    }
    Some(named_once(cx, list, "the scope"))
}

/// The ICBs that the scope names.
pub(super) fn scope_icbs(cx: &mut Context<'_>) -> BTreeSet<IcbId> {
    // As written: two that are one on the chosen day may both be named.
    if let Some(list) = cx.stated.get("scope").and_then(Row::of).and_then(|scope| scope.node("icbs")) {
        named_once(cx, list, "the scope");
    }
    let list = cx.section("scope").and_then(|scope| scope.node("icbs")?.array());
    list.unwrap_or_default().iter().filter_map(|item| cx.names.id(Target::Icb, item.text()?)).collect()
}

/// The texts of a list in which none may stand twice.
pub(super) fn named_once<'a>(cx: &mut Context<'_>, list: &'a Node, of: &str) -> BTreeSet<&'a str> {
    let mut ids = BTreeSet::new();
    for item in list.array().unwrap_or_default() {
        if let Some(id) = item.text()
            && !ids.insert(id)
        {
            cx.sink.report_plain(Code::Duplicate, Some(item.place), || format!("{id} is in {of} twice"));
        }
    }
    ids
}

/// Reads the travel table.
pub(super) fn travel(cx: &Context<'_>) -> Travel {
    cx.rows("travel")
        .filter_map(|row| {
            let area = cx.names.id(Target::HomeArea, row.text("home_area")?)?;
            let provider = cx.names.id(Target::Provider, row.text("provider")?)?;
            Some(((area, provider), (row.number("minutes"), row.number("km"))))
        })
        .collect()
}
