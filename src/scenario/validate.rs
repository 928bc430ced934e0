//! From the checked tree to a [`Scenario`]: each part builds its types and reports what does not fit together.

mod demand;
mod geography;
mod inputs;
mod options;
mod pathways;
mod pools;
mod prices;
mod profiles;
mod providers;
mod run;
mod services;
mod stability;
mod stays;

use super::read::Context;
use super::validated::Scenario;
use crate::domain::{FlowRules, OverflowTable};

/// Builds everything; the result is only meaningful if no error was reported.
pub(super) fn build(cx: &mut Context<'_>, name: String) -> Option<Scenario> {
    let geography = geography::build(cx);
    let mut providers = providers::build(cx, &geography);
    let profiles = profiles::build(cx);
    let mut services = services::build(cx);
    prices::attach(cx, &mut services);
    let travel = providers::travel(cx);
    let demand = demand::build(cx, &services, &geography, &providers, &travel, &profiles);
    if demand.elsewhere {
        providers.push(providers::elsewhere());
    }
    let pools = pools::build(cx, &services, &demand.referral, &providers);
    let options = options::build(cx, &services, &geography, &providers);
    let count = services.len();
    let (run, audits) = run::build(cx);
    let text = |key: &str| cx.root.get(key).and_then(|node| node.text()).unwrap_or_default().trim().to_owned();
    let scenario = Scenario {
        title: text("title"),
        question: text("question"),
        name,
        run: run?,
        audits,
        geography,
        providers,
        pools: pools.into(),
        services: services.into_iter().map(|draft| draft.service).collect(),
        demand: demand.streams,
        referral: demand.referral.into(),
        travel,
        profiles,
        waiting_at_start: Vec::new(),
        flow_rules: vec![FlowRules::plain(count)].into(),
        overflow: OverflowTable::new(),
        options,
        scoped: cx.root.get("scope").is_some(),
        inputs: inputs::echo(cx.root),
    };
    if !cx.sink.has_errors() {
        stability::warn(cx, &scenario);
    }
    Some(scenario)
}
