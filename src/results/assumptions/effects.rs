//! What a changed number changes in expected values.

use super::numbers::Number;
use crate::domain::{LowVolume, Overflow, Service, StartingState};
use crate::ids::{FlowId, OptionId, ServiceId};
use crate::ledger::{Body, ByBody, Tariff, expected_budgets, expected_money};
use crate::model::{BasePeriod, Model, compile_expected};
use crate::random::Distribution;
use crate::results::table::bodies::COMMISSIONERS;
use crate::results::{Results, Row};
use crate::scenario::{Audits, Scenario};
use std::collections::BTreeMap;

/// What an effect is on, in pounds a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Measure {
    /// What commissioners owe under the payment rules.
    Cost,
    /// Drugs and devices passed through to them.
    Drugs,
    /// What they owe beyond their budgets.
    BeyondBudget,
    /// What contract lines cost them: of the run, because it is chance which lines are used.
    Contracts,
}

impl Measure {
    fn words(self) -> &'static str {
        match self {
            Self::Cost => "expected cost",
            Self::Drugs => "expected drugs and devices",
            Self::BeyondBudget => "expected cost beyond budget",
            Self::Contracts => "mean contract cost of this run",
        }
    }
}

/// What a tenth less and a tenth more of some numbers together change.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::results) struct Effect {
    /// What the effect is on.
    pub(in crate::results) metric: String,
    /// In pounds a year; none where a scenario cannot have the number.
    pub(in crate::results) pounds: [Option<f64>; 2],
}

const FACTORS: [f64; 2] = [0.9, 1.1];

/// What changes by body.
type Change = [Option<ByBody>; 2];

/// Everything that effects are computed from.
pub(super) struct Bench<'a> {
    results: &'a Results<'a>,
    /// Those of the results, the reference first.
    options: Vec<OptionId>,
    /// Whose money is looked at; none: all commissioners together.
    named: Option<Body>,
    /// Nothing but what expected values know of.
    scenario: Scenario,
    /// What was computed of the unchanged scenario.
    unchanged: BTreeMap<(Option<ServiceId>, Measure, OptionId), ByBody>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(results: &'a Results<'a>) -> Self {
        let all = results.scenario;
        let ids = results.parts.iter().flat_map(|part| &part.options);
        let of = |id: &String| all.options.iter_ids().find(|(_, option)| option.id == *id).map(|(id, _)| id);
        let mut options: Vec<OptionId> = ids.filter_map(of).collect();
        options.sort_unstable();
        let named = all.assumption_metric.as_deref().and_then(|id| Body::named(id, &all.geography));
        Self { results, options, named, scenario: bare(all), unchanged: BTreeMap::new() }
    }

    /// The effect of numbers that change together, under the reference; where there is none, under the first option in which
    /// there is one; and where the money only goes from one commissioner to another, on the one whose money changes most.
    pub(super) fn effect(&mut self, numbers: &[Number]) -> Option<Effect> {
        let measure = numbers.first()?.measure(&self.scenario);
        if measure == Measure::Contracts {
            return self.contracts(numbers);
        }
        let service =
            numbers[0].service().filter(|_| numbers.iter().all(|other| other.service() == numbers[0].service()));
        let changed = FACTORS.map(|factor| {
            let mut scenario = self.scenario.clone();
            numbers.iter().all(|number| number.multiply(&mut scenario, factor)).then(|| Expectations::new(scenario))
        });
        let (mut changed, mut unchanged) = (changed, Expectations::new(self.scenario.clone()));
        let mut changes: Vec<(OptionId, ByBody, Change)> = Vec::new();
        for &option in &self.options {
            let service = service.filter(|_| !self.has_threshold(option));
            let known = self.unchanged.entry((service, measure, option));
            let known = known.or_insert_with(|| unchanged.money(measure, option, service).unwrap_or_default());
            let change = changed.each_mut().map(|changed| {
                let after = changed.as_mut()?.money(measure, option, service)?;
                Some(difference(known, &after))
            });
            let seen = change.each_ref().map(|change| change.as_ref().map(|change| on(self.named, known, change)));
            if seen.iter().flatten().any(|pounds| *pounds != 0.0) {
                return Some(Effect { metric: self.metric(measure, self.named, option), pounds: seen });
            }
            changes.push((option, known.clone(), change));
        }
        for (option, before, change) in &changes {
            let all = change.iter().flatten().flatten();
            let Some((&body, _)) = all.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else { continue };
            let pounds = change.each_ref().map(|change| change.as_ref().map(|change| on(Some(body), before, change)));
            if pounds.iter().flatten().any(|pounds| *pounds != 0.0) {
                return Some(Effect { metric: self.metric(measure, Some(body), *option), pounds });
            }
        }
        let (option, _, change) = changes.first()?;
        let nothing = change.each_ref().map(|change| change.as_ref().map(|_| 0.0));
        Some(Effect { metric: self.metric(measure, self.named, *option), pounds: nothing })
    }

    /// Blocks by a threshold are of pairs, over all services.
    fn has_threshold(&self, option: OptionId) -> bool {
        let payment = self.scenario.options[option].payment;
        matches!(self.scenario.payments[payment].low_volume, LowVolume::Threshold { .. })
    }

    fn metric(&self, measure: Measure, body: Option<Body>, option: OptionId) -> String {
        let body = body.map_or("all commissioners", |body| body.id(&self.scenario.geography));
        format!("{} of {body} under {}", measure.words(), self.scenario.options[option].id)
    }

    /// A tenth of what contract lines cost under the first option whose lines cost so much.
    fn contracts(&self, numbers: &[Number]) -> Option<Effect> {
        let cost_of = |option: OptionId| Number::ContractLineCost(self.scenario.options[option].payment);
        let option = *self.options.iter().find(|option| numbers.contains(&cost_of(**option)))?;
        let years: f64 = self.results.parts.first()?.model.calendar.base.iter().map(BasePeriod::years).sum();
        let id = self.scenario.options[option].id.as_str();
        let named = self.named.map(|body| body.id(&self.scenario.geography));
        let wanted = |row: &Row<'_>| {
            (row.metric.name, row.period, row.option) == ("contract_cost_gbp", "all", id)
                && named.is_none_or(|named| row.entity[0] == named)
        };
        let rows = self.results.rows_of(&COMMISSIONERS).filter(|(row, _)| wanted(row));
        let means: Vec<f64> = rows.filter_map(|(_, summary)| summary.mean).collect();
        let tenth = pennies(0.1 * means.iter().sum::<f64>() / years);
        let pounds = if means.is_empty() { [None; 2] } else { [Some(-tenth), Some(tenth)] };
        Some(Effect { metric: self.metric(Measure::Contracts, self.named, option), pounds })
    }
}

type Compiled = Option<(Model, Tariff)>;

/// A scenario of which money is expected.
struct Expectations {
    scenario: Scenario,
    /// By flow rules and service; none if they cannot be.
    models: BTreeMap<(FlowId, Option<ServiceId>), Compiled>,
}

impl Expectations {
    fn new(scenario: Scenario) -> Self {
        Self { scenario, models: BTreeMap::new() }
    }

    /// The money of each body under an option, of one service or all; none if the scenario cannot be.
    fn money(&mut self, measure: Measure, option: OptionId, service: Option<ServiceId>) -> Option<ByBody> {
        let flow_rules = self.scenario.options[option].flow_rules;
        let scenario = &self.scenario;
        let model = self.models.entry((flow_rules, service)).or_insert_with(|| {
            let only = service.map(|service| only(scenario, service));
            let scenario = only.as_ref().unwrap_or(scenario);
            let model = compile_expected(scenario, flow_rules).ok()?;
            let tariff = Tariff::compile(scenario, &model);
            Some((model, tariff))
        });
        let (model, tariff) = model.as_ref()?;
        Some(match measure {
            Measure::Cost => expected_money(scenario, model, tariff, option).cost,
            Measure::Drugs => expected_money(scenario, model, tariff, option).drugs,
            Measure::BeyondBudget => {
                let budgets = expected_budgets(scenario, model, tariff, option);
                budgets.into_iter().map(|(body, pounds)| (body, -pounds)).collect()
            }
            Measure::Contracts => ByBody::new(),
        })
    }
}

/// What expected values know of: as if everybody were treated at the first choice, and nobody had been there before.
fn bare(scenario: &Scenario) -> Scenario {
    let mut bare = scenario.clone();
    bare.inputs.clear();
    bare.waiting_at_start.clear();
    bare.audits = Audits::default();
    for id in bare.pools.ids() {
        let pool = &mut bare.pools[id];
        (pool.occupied_at_start, pool.calendar) = (None, None);
        pool.changes.clear();
    }
    for id in bare.services.ids() {
        bare.services[id].starting_state = StartingState::Empty;
    }
    for set in bare.flow_rules.ids() {
        for service in bare.services.ids() {
            bare.flow_rules[set].rules[service].overflow = Overflow::None;
        }
    }
    bare
}

/// One service's patients alone.
fn only(scenario: &Scenario, service: ServiceId) -> Scenario {
    let mut only = scenario.clone();
    only.demand.retain(|stream| stream.service == service);
    // Nobody has these stays, and constants are compiled at once.
    let shorten = |service: &mut Service| {
        for stage in service.stages.ids() {
            service.stages[stage].stay = Distribution::Deterministic { value: 1.0 };
        }
    };
    only.services.ids().filter(|other| *other != service).for_each(|other| shorten(&mut only.services[other]));
    only
}

fn difference(before: &ByBody, after: &ByBody) -> ByBody {
    let of = |money: &ByBody, body: &Body| money.get(body).copied().unwrap_or(0.0);
    let bodies = before.keys().chain(after.keys());
    bodies.map(|body| (*body, of(after, body) - of(before, body))).collect()
}

/// What a change is on one body or all; nothing if it is rounding: factors are kept in whole billionths.
fn on(body: Option<Body>, before: &ByBody, change: &ByBody) -> f64 {
    let of = |money: &ByBody| match body {
        Some(body) => money.get(&body).copied().unwrap_or(0.0),
        None => money.values().sum(),
    };
    let pounds = of(change);
    if pounds.abs() < 1e-8 * of(before).abs() { 0.0 } else { pennies(pounds) }
}

/// Whole pennies, zero without a sign.
fn pennies(pounds: f64) -> f64 {
    libm::round(pounds * 100.0) / 100.0 + 0.0
}
