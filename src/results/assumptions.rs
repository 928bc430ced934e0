//! Table `assumptions`: who answers for each assumed input, and what a tenth more or less of it would change.

use super::Part;
use super::table::Table;
use crate::domain::{Charge, ChargeUnit};
use crate::ids::{ServiceId, StageId};
use crate::ledger::{Body, Tariff, expected_cost};
use crate::model::Model;
use crate::scenario::{InputRow, Provenance, Scenario};
use crate::units::Pence;

pub(super) const ASSUMPTIONS: Table = Table {
    name: "assumptions",
    meaning: "Each assumed input with its owner, and what 10 % more or less of it would change in expected values (traffic equations, listed prices; nothing is simulated). The largest effect first, unknown ones last.",
    entities: &[
        ("table", "table or section of the scenario"),
        ("values", "keys and values"),
        ("owner", "who answers for it, as stated"),
        ("date", "when it was settled, as stated"),
        ("source", "the stated source"),
        ("note", "the stated note"),
        (
            "metric",
            "what the effect is on: the expected cost a year of one commissioner under the reference, in scope, at the price list, payment rules, drugs and devices left out; assumption_metric names the commissioner, the largest by default",
        ),
        (
            "effect_of_minus_10_percent_gbp",
            "pounds a year that it changes by if the number is multiplied by 0.9; NA if that is not known",
        ),
        ("effect_of_plus_10_percent_gbp", "the same if it is multiplied by 1.1"),
        ("why_not", "why the effect is not known"),
    ],
};

/// One assumed input.
#[derive(Clone, Debug)]
pub(super) struct Assumption<'a> {
    pub(super) input: &'a InputRow,
    pub(super) metric: String,
    /// In pounds a year, of a tenth less and of a tenth more; or why that is not known.
    pub(super) effect: Result<[f64; 2], &'static str>,
}

/// A number that can be changed alone.
enum Number {
    Price(ServiceId, StageId, usize),
    SpecialisedShare(ServiceId),
}

const NO_NUMBER: &str = "not a single number of money: change it with --set and compare two runs";
const PAYS_NOTHING: &str = "the body of assumption_metric pays nothing under the reference";
const NOT_EXPECTED: &str = "charged for what the traffic equations do not know";
const OUT_OF_RANGE: &str = "a tenth more would be above 1";

/// All assumed inputs, those of the largest effect first; those of unknown effect last, in the order of the inputs.
pub(super) fn assumptions<'a>(scenario: &'a Scenario, parts: &[Part<'_>]) -> Vec<Assumption<'a>> {
    let inputs: Vec<&InputRow> =
        scenario.inputs.iter().filter(|input| input.provenance == Provenance::Assumed).collect();
    if inputs.is_empty() {
        return Vec::new();
    }
    let subject = Subject::new(scenario, parts);
    let of = |input: &'a InputRow| match &subject {
        Some(subject) => Assumption { input, metric: subject.name(scenario), effect: subject.effect(scenario, input) },
        None => Assumption { input, metric: String::new(), effect: Err(PAYS_NOTHING) },
    };
    let mut assumptions: Vec<Assumption<'a>> = inputs.into_iter().map(of).collect();
    let size = |assumption: &Assumption<'_>| match assumption.effect {
        Ok([less, more]) => f64::max(less.abs(), more.abs()),
        Err(_) => -1.0,
    };
    assumptions.sort_by(|a, b| size(b).total_cmp(&size(a)));
    assumptions
}

/// The commissioner whose cost is looked at.
struct Subject<'a> {
    model: &'a Model,
    option: crate::ids::OptionId,
    /// None: all commissioners together.
    body: Option<Body>,
    cost: f64,
}

impl<'a> Subject<'a> {
    fn new(scenario: &Scenario, parts: &'a [Part<'a>]) -> Option<Self> {
        let part = parts.first()?;
        let reference = part.options.first()?;
        let option = scenario.options.iter_ids().find(|(_, option)| option.id == *reference)?.0;
        let costs = expected_cost(scenario, part.model, &Tariff::compile(scenario, part.model), option);
        let named = scenario.assumption_metric.as_deref();
        let body = match named {
            Some("total") => None,
            Some(id) => Some(*costs.keys().find(|body| body.id(&scenario.geography) == id)?),
            // Of equals the first.
            None => Some(*costs.iter().rev().max_by(|a, b| a.1.total_cmp(b.1))?.0),
        };
        let mut subject = Self { model: part.model, option, body, cost: 0.0 };
        subject.cost = subject.cost(scenario);
        Some(subject)
    }

    fn name(&self, scenario: &Scenario) -> String {
        let body = self.body.map_or("all commissioners", |body| body.id(&scenario.geography));
        format!("expected cost of {body} under {}", scenario.options[self.option].id)
    }

    fn cost(&self, scenario: &Scenario) -> f64 {
        let costs = expected_cost(scenario, self.model, &Tariff::compile(scenario, self.model), self.option);
        match self.body {
            Some(body) => costs.get(&body).copied().unwrap_or(0.0),
            None => costs.values().sum(),
        }
    }

    fn effect(&self, scenario: &Scenario, input: &InputRow) -> Result<[f64; 2], &'static str> {
        let number = number(scenario, input)?;
        let with = |factor: f64| {
            let mut changed = scenario.clone();
            match number {
                Number::Price(service, stage, charge) => {
                    let price = &mut changed.services[service].stages[stage].charges[charge].price;
                    *price = Pence(libm::round(price.0 as f64 * factor) as i64);
                }
                Number::SpecialisedShare(service) => changed.services[service].specialised_share *= factor,
            }
            self.cost(&changed) - self.cost
        };
        Ok([with(0.9), with(1.1)])
    }
}

/// The number that an input is about.
fn number(scenario: &Scenario, input: &InputRow) -> Result<Number, &'static str> {
    let value = |key: &str| {
        let pair = input.values.split("; ").find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == key));
        pair.map(|(_, value)| value)
    };
    let service_of = |id: &str| scenario.services.iter_ids().find(|(_, service)| service.id == id).map(|(id, _)| id);
    if input.table == "prices" {
        let found = || {
            let service = service_of(value("service")?)?;
            let (stage, plan) =
                scenario.services[service].stages.iter_ids().find(|(_, s)| Some(s.id.as_str()) == value("stage"))?;
            let unit = value("per")?;
            let charge = plan.charges.iter().position(|charge: &Charge| charge.unit.word() == unit)?;
            Some((Number::Price(service, stage, charge), plan.charges[charge].unit))
        };
        let (number, unit) = found().ok_or(NO_NUMBER)?;
        return match unit {
            ChargeUnit::Start
            | ChargeUnit::Finish
            | ChargeUnit::BedDay
            | ChargeUnit::Session { .. }
            | ChargeUnit::ExcessBedDay => Ok(number),
            _ => Err(NOT_EXPECTED),
        };
    }
    let section = input.table.strip_prefix("services.").filter(|id| !id.contains('.'));
    let service = section.and_then(service_of).ok_or(NO_NUMBER)?;
    if scenario.services[service].specialised_share * 1.1 > 1.0 {
        Err(OUT_OF_RANGE)
    } else {
        Ok(Number::SpecialisedShare(service))
    }
}
