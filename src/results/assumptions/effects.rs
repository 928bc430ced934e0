//! What a changed number changes in expected values.

use super::numbers::Number;
use super::readings::Why;
use crate::domain::{BudgetBasis, LowVolume, Overflow, Service, StartingState};
use crate::ids::{FlowId, IcbId, OptionId, ProviderId, ServiceId};
use crate::ledger::{Body, ByBody, Tariff, expected_blocks, expected_budgets, expected_money};
use crate::model::{BasePeriod, Model, compile_expected};
use crate::random::Distribution;
use crate::results::table::bodies::COMMISSIONERS;
use crate::results::{Results, Row};
use crate::scenario::{Audits, Scenario};
use crate::units::Pence;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    /// What else there is to know.
    pub(in crate::results) remark: Option<String>,
}

impl Effect {
    fn new(metric: String, pounds: [Option<f64>; 2]) -> Self {
        Self { metric, pounds, remark: None }
    }
}

/// Amounts of the bench are tenths of a penny, so that a tenth more or less of whole pence is exact.
const TENTHS: i64 = 10;
const NO_OPTION: &str = "no option of these results uses it";

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
    /// The same unchanged, of each service alone or all together, as far as it was asked for.
    unchanged: BTreeMap<Option<ServiceId>, Expectations>,
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
    pub(super) fn effect(&mut self, numbers: &[Number]) -> Result<Effect, Why> {
        let used = |option: &OptionId| numbers.iter().any(|number| self.uses(*option, number));
        let options: Vec<OptionId> = self.options.iter().copied().filter(used).collect();
        let (Some(first), Some(number)) = (options.first().copied(), numbers.first()) else {
            return Err(NO_OPTION.into());
        };
        let measure = number.measure(&self.scenario);
        if measure == Measure::Contracts {
            return Ok(self.contracts(first));
        }
        let service = number.service().filter(|one| numbers.iter().all(|other| other.service() == Some(*one)));
        let mut changed = BTreeMap::new();
        let mut changes: Vec<(OptionId, ByBody, Change)> = Vec::new();
        for &option in &options {
            let service = service.filter(|_| !self.has_threshold(option));
            let unchanged = self.unchanged(service);
            let changed = changed.entry(service).or_insert_with(|| {
                FACTORS.map(|factor| Some(Expectations::new(multiplied(&unchanged.scenario, numbers, factor)?)))
            });
            let before = unchanged.money(measure, option).unwrap_or_default();
            let change = changed.each_mut().map(|changed| {
                let after = changed.as_mut()?.money(measure, option)?;
                Some(difference(&before, &after))
            });
            let seen = change.each_ref().map(|change| change.as_ref().map(|change| on(self.named, &before, change)));
            if seen.iter().flatten().any(|pounds| *pounds != 0.0) {
                return Ok(self.remarked(Effect::new(self.metric(measure, self.named, option), seen), numbers, option));
            }
            changes.push((option, before, change));
        }
        for (option, before, change) in &changes {
            let all = change.iter().flatten().flatten();
            let Some((&body, _)) = all.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) else { continue };
            let pounds = change.each_ref().map(|change| change.as_ref().map(|change| on(Some(body), before, change)));
            if pounds.iter().flatten().any(|pounds| *pounds != 0.0) {
                let effect = Effect::new(self.metric(measure, Some(body), *option), pounds);
                return Ok(self.remarked(effect, numbers, *option));
            }
        }
        let nothing = changes[0].2.each_ref().map(|change| change.as_ref().map(|_| 0.0));
        Ok(self.remarked(Effect::new(self.metric(measure, self.named, first), nothing), numbers, first))
    }

    /// Whether an option's rules have a number.
    fn uses(&self, option: OptionId, number: &Number) -> bool {
        let option = &self.scenario.options[option];
        let rules = &self.scenario.payments[option.payment];
        let threshold = matches!(rules.low_volume, LowVolume::Threshold { .. });
        match number {
            Number::AlignedRate(payment) | Number::Threshold(payment) | Number::ContractLineCost(payment) => {
                option.payment == *payment
            }
            Number::AgreedPlan(..) => rules.aligned.is_some() || threshold,
            Number::Block(..) => matches!(rules.low_volume, LowVolume::Table { .. }),
            Number::Level(budget) | Number::Growth(budget) | Number::YearlyCap(budget) => {
                option.budget == Some(*budget)
            }
            Number::BudgetLine(budgets, ..) => option.budget.is_some_and(|budget| budgets.contains(&budget)),
            _ => true,
        }
    }

    /// What a reader of an effect under an option would take for something else.
    fn remarked(&mut self, mut effect: Effect, numbers: &[Number], option: OptionId) -> Effect {
        let mut remarks: Vec<String> = Vec::new();
        remarks.extend(match effect.pounds {
            [Some(_), Some(_)] => None,
            [Some(_), None] => Some("a tenth more is not possible".to_owned()),
            [None, Some(_)] => Some("a tenth less is not possible".to_owned()),
            [None, None] => Some("neither is possible".to_owned()),
        });
        let rules = &self.scenario.payments[self.scenario.options[option].payment];
        let nothing = effect.pounds.iter().flatten().all(|pounds| *pounds == 0.0);
        let threshold = numbers.iter().any(|number| matches!(number, Number::Threshold(_)));
        let worth = |number: &Number| number.measure(&self.scenario) == Measure::Cost && !number.is_agreed();
        if let (true, true, Some(aligned)) =
            (nothing, numbers.iter().any(|number| matches!(number, Number::AlignedRate(_))), &rules.aligned)
        {
            let variable = !aligned.variable_classes.is_empty() || !aligned.variable_points.is_empty();
            let why = if variable {
                "expected activity is worth what was agreed: the rate acts on the spread, see the table risk"
            } else {
                "nothing is variable at this rate"
            };
            remarks.push(why.to_owned());
        } else if (rules.aligned.is_some() || self.has_threshold(option)) && numbers.iter().any(worth) {
            remarks.push("where no plan is stated, it is agreed anew with the changed number".to_owned());
        }
        if threshold {
            remarks.push(self.crossing(numbers, option, nothing));
        }
        effect.remark = (!remarks.is_empty()).then(|| remarks.join("; "));
        effect
    }

    /// How many pairs cross a threshold that changes.
    fn crossing(&mut self, numbers: &[Number], option: OptionId, nothing: bool) -> String {
        let unchanged = self.unchanged(None);
        let before = unchanged.blocks(option);
        let pairs = FACTORS.map(|factor| {
            let changed = multiplied(&unchanged.scenario, numbers, factor);
            let after = changed.map(|changed| Expectations::new(changed).blocks(option)).unwrap_or_default();
            before.symmetric_difference(&after).count()
        });
        match pairs {
            [0, 0] => "no pair of ICB and provider crosses the threshold at ±10 %".to_owned(),
            [less, more] => {
                let why = if nothing { ": a block is what was agreed, which is what is expected" } else { "" };
                format!("pairs that cross the threshold: {less} at -10 %, {more} at +10 %{why}")
            }
        }
    }

    /// What is expected of the unchanged scenario, of one service or all.
    fn unchanged(&mut self, service: Option<ServiceId>) -> &mut Expectations {
        let scenario = &self.scenario;
        let new = || Expectations::new(service.map_or_else(|| scenario.clone(), |service| only(scenario, service)));
        self.unchanged.entry(service).or_insert_with(new)
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

    /// A tenth of what contract lines cost under an option.
    fn contracts(&self, option: OptionId) -> Effect {
        let metric = self.metric(Measure::Contracts, self.named, option);
        let periods = self.results.parts.first().into_iter().flat_map(|part| &part.model.calendar.base);
        let years: f64 = periods.map(BasePeriod::years).sum();
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
        Effect::new(metric, pounds)
    }
}

type Compiled = Option<(Model, Tariff)>;

/// A scenario of which money is expected.
struct Expectations {
    scenario: Scenario,
    /// By flow rules; none if they cannot be.
    models: BTreeMap<FlowId, Compiled>,
    /// What was asked for.
    money: BTreeMap<(Measure, OptionId), Option<ByBody>>,
}

impl Expectations {
    fn new(scenario: Scenario) -> Self {
        Self { scenario, models: BTreeMap::new(), money: BTreeMap::new() }
    }

    fn compiled(&mut self, option: OptionId) -> (&Scenario, &Compiled) {
        let scenario = &self.scenario;
        let flow_rules = scenario.options[option].flow_rules;
        let compiled = self.models.entry(flow_rules).or_insert_with(|| {
            let model = compile_expected(scenario, flow_rules).ok()?;
            let tariff = Tariff::compile(scenario, &model);
            Some((model, tariff))
        });
        (scenario, compiled)
    }

    /// Pounds of each body under an option; none if the scenario cannot be.
    fn money(&mut self, measure: Measure, option: OptionId) -> Option<ByBody> {
        if let Some(known) = self.money.get(&(measure, option)) {
            return known.clone();
        }
        let money = match self.compiled(option) {
            (_, None) => None,
            (scenario, Some((model, tariff))) => Some(match measure {
                Measure::Cost => expected_money(scenario, model, tariff, option).cost,
                Measure::Drugs => expected_money(scenario, model, tariff, option).drugs,
                Measure::BeyondBudget => {
                    let budgets = expected_budgets(scenario, model, tariff, option);
                    budgets.into_iter().map(|(body, pounds)| (body, -pounds)).collect()
                }
                Measure::Contracts => ByBody::new(),
            }),
        };
        let pounds = |money: ByBody| money.into_iter().map(|(body, money)| (body, money / TENTHS as f64)).collect();
        let money: Option<ByBody> = money.map(pounds);
        self.money.insert((measure, option), money.clone());
        money
    }

    /// The pairs of ICB and provider with a block.
    fn blocks(&mut self, option: OptionId) -> BTreeSet<(IcbId, ProviderId)> {
        let (scenario, Some((model, tariff))) = self.compiled(option) else { return BTreeSet::new() };
        expected_blocks(scenario, model, tariff, option)
    }
}

/// A scenario with other numbers; none if it cannot have them. Plans that are not stated are agreed knowing them.
fn multiplied(scenario: &Scenario, numbers: &[Number], factor: f64) -> Option<Scenario> {
    let mut scenario = scenario.clone();
    let multiply = |scenario: &mut Scenario| numbers.iter().all(|number| number.multiply(scenario, factor));
    let planned = scenario.planned.as_mut().is_none_or(|planned| multiply(Arc::make_mut(planned)));
    (planned && multiply(&mut scenario)).then_some(scenario)
}

/// What expected values know of: as if everybody were treated at the first choice, and nobody had been there before. Amounts
/// are in [`TENTHS`] of a penny.
fn bare(scenario: &Scenario) -> Scenario {
    let mut bare = scenario.clone();
    bare.planned = scenario.planned.as_deref().map(|planned| Arc::new(self::bare(planned)));
    bare.inputs.clear();
    bare.waiting_at_start.clear();
    bare.audits = Audits::default();
    for id in bare.pools.ids() {
        let pool = &mut bare.pools[id];
        (pool.occupied_at_start, pool.calendar) = (None, None);
        pool.changes.clear();
    }
    for id in bare.services.ids() {
        let service = &mut bare.services[id];
        service.starting_state = StartingState::Empty;
        service.stages.iter_mut().flat_map(|stage| &mut stage.charges).for_each(|charge| in_tenths(&mut charge.price));
    }
    for payment in &mut bare.payments {
        if let LowVolume::Threshold { below, .. } = &mut payment.low_volume {
            in_tenths(below);
        }
    }
    bare.agreed.plans.values_mut().for_each(in_tenths);
    bare.agreed.blocks.values_mut().for_each(in_tenths);
    for budget in &mut bare.budgets {
        if let BudgetBasis::Stated(lines) = &mut budget.basis {
            lines.values_mut().for_each(in_tenths);
        }
    }
    for set in bare.flow_rules.ids() {
        for service in bare.services.ids() {
            bare.flow_rules[set].rules[service].overflow = Overflow::None;
        }
    }
    bare
}

fn in_tenths(amount: &mut Pence) {
    amount.0 *= TENTHS;
}

/// One service's patients alone.
fn only(scenario: &Scenario, service: ServiceId) -> Scenario {
    let mut only = scenario.clone();
    only.planned = scenario.planned.as_deref().map(|planned| Arc::new(self::only(planned, service)));
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
