//! Which numbers an input holds.

use super::numbers::Number;
use crate::domain::{BudgetBasis, ChargeUnit, LowVolume};
use crate::ids::{BudgetId, HomeAreaId, IcbId, ProviderId, ServiceId};
use crate::scenario::{InputRow, Scenario};
use crate::units::Pence;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A number of an input, or the part of it that has none.
pub(super) struct Reading {
    /// The key that holds it, or those that hold none; empty: the whole input.
    pub(super) key: &'static str,
    /// Its value as stated.
    pub(super) value: String,
    /// Whether the scenario says so; otherwise it is a default.
    pub(super) stated: bool,
    pub(super) number: Result<Number, Why>,
}

/// Why a number has no effect that can be told.
pub(super) type Why = Cow<'static, str>;

const WAITS: &str =
    "acts through places and waits, of which expected values know nothing: change it with --set and compare two runs";
const NO_NUMBER: &str = "not a number: change it with --set and compare two runs";
const COMPARED: &str = "compared with alone: it moves no money";
const SPREAD: &str = "acts on the spread and not on expected values: see the table risk";
const INPUTS: &str = "what it does to the results is in the table input_uncertainty of run --inputs";
const FACTORS: &str = "a factor on other inputs, which have their own rows";
const PARTS_OF_ONE: &str = "the parts add up to 1: none changes alone";
const PROPORTIONS: &str = "only the proportions of these weights count: change one with --set and compare two runs";
const FEEDS_POOLS: &str =
    "acts on what ICBs feed into pools, and budgets by need: change it with --set and compare two runs";
const NOT_EXPECTED: &str = "charged for what expected values know nothing of";
const NOBODY: &str = "nobody goes there, and a tenth more or less is nobody, too";
const ANOTHER_DAY: &str = "says nothing about the bodies of the results, which are those of another day";
const NOT_USED: &str = "says nothing about what the results hold";

/// The numbers of an input, and what of it has none: at least one reading.
pub(super) fn readings(scenario: &Scenario, input: &InputRow) -> Vec<Reading> {
    let row = Row { scenario, input };
    let mut readings = row.readings();
    if readings.iter().any(|reading| reading.stated) {
        return readings;
    }
    // Nothing that has a number is stated; what is stated says the rest.
    let stated = input.values.iter().filter(|value| value.stated && value.shown != EMPTY).cloned().collect();
    let rest = InputRow { values: stated, ..input.clone() };
    if !rest.values.is_empty() {
        let why = match input.table.split('.').next().unwrap_or_default() {
            "pools" | "capacity_changes" | "reservations" | "calendars" | "waiting_at_start" | "overflow"
            | "flow_rules" | "profiles" => WAITS,
            "standards" | "readiness" | "readiness_rule" | "stated_spend" | "control_totals" => COMPARED,
            "uncertainty" => SPREAD,
            "uncertain" => INPUTS,
            "factors" => FACTORS,
            "shares" => PARTS_OF_ONE,
            _ => NO_NUMBER,
        };
        readings.push(Reading { key: "", value: rest.line(), stated: true, number: Err(why.into()) });
    }
    readings
}

/// A table without keys, all of whose values are defaults.
pub(super) const EMPTY: &str = "{}";

/// An input with the scenario that it is of.
struct Row<'a> {
    scenario: &'a Scenario,
    input: &'a InputRow,
}

impl<'a> Row<'a> {
    fn value(&self, key: &str) -> Option<&'a str> {
        self.input.value(key)
    }

    /// A key and its number, if the input has it.
    fn reading(&self, key: &'static str, number: Result<Number, Why>) -> Option<Reading> {
        let value = self.input.values.iter().find(|value| value.key == key)?;
        let stated = value.stated && value.shown != EMPTY;
        Some(Reading { key, value: value.shown.clone(), stated, number })
    }

    fn service(&self) -> Option<ServiceId> {
        service(self.scenario, self.value("service")?)
    }

    fn provider(&self) -> Option<ProviderId> {
        self.provider_in("provider")
    }

    fn provider_in(&self, key: &str) -> Option<ProviderId> {
        let wanted = self.value(key)?;
        self.scenario.providers.iter_ids().find(|(_, provider)| provider.id == wanted).map(|(id, _)| id)
    }

    /// A body of the day of the results; amounts of those that gave way are shared out.
    fn icb(&self) -> Option<IcbId> {
        let wanted = self.value("icb")?;
        self.scenario.geography.icbs.iter_ids().find(|(_, icb)| icb.id == wanted).map(|(id, _)| id)
    }

    /// Why a row about an ICB holds no number.
    fn gone(&self) -> Why {
        let wanted = self.value("icb").unwrap_or_default();
        let heirs: Vec<&str> = heirs(self.scenario, wanted).into_iter().collect();
        match heirs.as_slice() {
            [] => ANOTHER_DAY.into(),
            [one] if *one == wanted => NOT_USED.into(),
            heirs => format!("handed on to successors: {}", heirs.join(", ")).into(),
        }
    }

    /// The home area, or its parts where its ICB is ever split.
    fn areas(&self, key: &str) -> Vec<HomeAreaId> {
        self.value(key).map_or_else(Vec::new, |id| areas(self.scenario, id))
    }

    fn readings(&self) -> Vec<Reading> {
        let mut readings = Vec::new();
        let mut add = |key: &'static str, number: Option<Number>| {
            readings.extend(self.reading(key, number.ok_or_else(|| NOT_USED.into())));
        };
        match self.input.table.split('.').collect::<Vec<&str>>().as_slice() {
            ["prices"] => return self.charge(),
            ["top_ups"] => {
                let point = self.value("point_of_delivery").unwrap_or("inpatient").to_owned();
                let pair = self.provider().zip(self.service());
                add("share", pair.map(|(provider, service)| Number::TopUp(provider, service, point)));
            }
            ["demand"] => add("rate", self.service().map(|service| Number::Rate(service, self.areas_of_rate(service)))),
            ["flows"] => {
                let pair = self.service().zip(self.provider());
                let flow = pair.map(|(service, to)| Number::Flow(service, self.areas("home_area"), to));
                // Where nobody is sent elsewhere, there is no such provider.
                readings.extend(self.reading("per_year", flow.ok_or_else(|| NOBODY.into())));
            }
            ["home_areas"] => {
                add("population", Some(Number::Population(self.areas("id"))));
                self.without_number(&mut readings, &[("need_weighted_population", FEEDS_POOLS)]);
            }
            ["providers"] => add("market_forces_factor", self.provider_in("id").map(Number::MarketForcesFactor)),
            ["provides"] => self.without_number(&mut readings, &[("attraction", PROPORTIONS)]),
            ["travel"] => {
                let key = if self.value("minutes").is_some() { "minutes" } else { "km" };
                add(key, self.provider().map(|to| Number::Travel(self.areas("home_area"), to)));
            }
            ["services", id] => {
                let service = service(self.scenario, id);
                add("specialised_share", service.map(Number::SpecialisedShare));
                add("choice", service.map(Number::Choice));
                self.without_number(&mut readings, &[("classes", PARTS_OF_ONE), ("returns", WAITS)]);
            }
            ["services", id, "stages"] => {
                let stage = service(self.scenario, id).and_then(|service| {
                    let stages = self.scenario.services[service].stages.iter_ids();
                    Some((
                        service,
                        stages.into_iter().find(|(_, stage)| Some(stage.id.as_str()) == self.value("id"))?.0,
                    ))
                });
                add("stay", stage.map(|(service, stage)| Number::Stay(service, stage)));
                add("away", stage.map(|(service, stage)| Number::AwayStay(service, stage)));
                if self.value("next").is_some_and(|next| next.contains('=')) {
                    add("next", stage.map(|(service, stage)| Number::Next(service, stage)));
                }
                self.without_number(&mut readings, &[("patience", WAITS), ("rises", WAITS)]);
            }
            table => readings = self.of_money(table),
        }
        readings
    }

    /// What payment rules and budgets say.
    fn of_money(&self, table: &[&str]) -> Vec<Reading> {
        let mut readings = Vec::new();
        let mut add = |key: &'static str, number: Option<Number>| {
            readings.extend(self.reading(key, number.ok_or_else(|| self.gone())));
        };
        match table {
            ["payments", id] => {
                let sets = self.scenario.payments.iter_ids();
                let set = sets.into_iter().find(|(_, set)| set.id == *id).map(|(set, _)| set);
                let rules = set.map(|set| &self.scenario.payments[set]);
                if rules.is_some_and(|rules| rules.aligned.is_some()) {
                    add("aligned", set.map(Number::AlignedRate));
                }
                if rules.is_some_and(|rules| matches!(rules.low_volume, LowVolume::Threshold { .. })) {
                    add("low_volume", set.map(Number::Threshold));
                }
                if rules.is_some_and(|rules| rules.contract_line_cost != Pence(0)) {
                    add("contract_line_cost", set.map(Number::ContractLineCost));
                }
            }
            ["plans"] => {
                let line = self.icb().zip(self.provider()).zip(self.service());
                add("per_year", line.map(|((icb, to), service)| Number::AgreedPlan(icb, to, service)));
            }
            ["low_volume_blocks"] => {
                add("per_year", self.icb().zip(self.provider()).map(|(icb, to)| Number::Block(icb, to)));
            }
            ["budgets", id] => {
                let sets = self.scenario.budgets.iter_ids();
                let set = sets.into_iter().find(|(_, set)| set.id == *id).map(|(set, _)| set);
                let basis = set.map(|set| &self.scenario.budgets[set].basis);
                if basis.is_some_and(|basis| !matches!(basis, BudgetBasis::Stated(_))) {
                    add("level", set.map(Number::Level));
                }
                if set.is_some_and(|set| self.scenario.budgets[set].growth != 0.0) {
                    add("growth", set.map(Number::Growth));
                }
                if basis.is_some_and(|basis| matches!(basis, BudgetBasis::Converging { .. })) {
                    add("yearly_cap", set.map(Number::YearlyCap));
                }
                self.without_number(&mut readings, &[("large_overspend", COMPARED)]);
            }
            ["budget_lines"] => {
                let named = |id: &str| self.value("budget").is_none_or(|wanted| wanted == id);
                let sets = self.scenario.budgets.iter_ids();
                let sets: Vec<BudgetId> =
                    sets.into_iter().filter(|(_, set)| named(&set.id)).map(|(id, _)| id).collect();
                let line = self.icb().zip(self.service());
                add("per_year", line.map(|(icb, service)| Number::BudgetLine(sets, icb, service)));
            }
            _ => {}
        }
        readings
    }

    /// What is stated and has no number that expected values know.
    fn without_number(&self, readings: &mut Vec<Reading>, keys: &[(&'static str, &'static str)]) {
        for &(key, why) in keys {
            readings.extend(self.reading(key, Err(why.into())));
        }
    }

    /// A price, and what it is charged by.
    fn charge(&self) -> Vec<Reading> {
        let found = || {
            let service = self.service()?;
            let mut stages = self.scenario.services[service].stages.iter_ids();
            let (stage, plan) = stages.find(|(_, stage)| Some(stage.id.as_str()) == self.value("stage"))?;
            let unit = self.value("per")?;
            let charge = plan.charges.iter().position(|charge| charge.unit.word() == unit)?;
            Some((service, stage, charge, plan.charges[charge].unit))
        };
        let Some((service, stage, charge, unit)) = found() else { return Vec::new() };
        let price = match unit {
            ChargeUnit::Reneged | ChargeUnit::Refused | ChargeUnit::Cancelled | ChargeUnit::TransferIn => {
                Err(NOT_EXPECTED.into())
            }
            _ => Ok(Number::Price(service, stage, charge)),
        };
        let numbers = [
            ("price", price),
            ("sessions_per_week", Ok(Number::SessionsPerWeek(service, stage, charge))),
            ("trim_point", Ok(Number::TrimPoint(service, stage))),
        ];
        numbers.into_iter().filter_map(|(key, number)| self.reading(key, number)).collect()
    }

    /// The areas that a row of `demand` speaks for.
    fn areas_of_rate(&self, service: ServiceId) -> Vec<HomeAreaId> {
        if self.value("home_area") != Some("*") {
            return self.areas("home_area");
        }
        let id = self.scenario.services[service].id.as_str();
        let rows = self.scenario.inputs.iter();
        let rows = rows.filter(|row| row.table == "demand" && row.value("service") == Some(id));
        let own: BTreeSet<HomeAreaId> =
            rows.filter_map(|row| row.value("home_area")).flat_map(|id| areas(self.scenario, id)).collect();
        self.scenario.geography.home_areas.ids().filter(|area| !own.contains(area)).collect()
    }
}

/// Whoever has what an ICB had that is not there: those of its successors, and theirs, who are.
fn heirs<'a>(scenario: &'a Scenario, icb: &'a str) -> BTreeSet<&'a str> {
    let there = |icb: &str| scenario.geography.icbs.iter().any(|body| body.id == icb);
    let mut passed = BTreeSet::from([icb]);
    let mut open = vec![icb];
    while let Some(icb) = open.pop() {
        if there(icb) {
            continue;
        }
        let steps = scenario.inputs.iter().filter(|row| row.table == "successors" && row.value("icb") == Some(icb));
        open.extend(steps.filter_map(|row| row.value("successor")).filter(|successor| passed.insert(*successor)));
    }
    passed.into_iter().filter(|icb| there(icb)).collect()
}

fn service(scenario: &Scenario, wanted: &str) -> Option<ServiceId> {
    scenario.services.iter_ids().find(|(_, service)| service.id == wanted).map(|(id, _)| id)
}

fn areas(scenario: &Scenario, wanted: &str) -> Vec<HomeAreaId> {
    let all = scenario.geography.home_areas.iter_ids();
    // Parts of an area that is split are called area:successor.
    let is = |id: &str| id.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    all.filter(|(_, area)| is(&area.id)).map(|(id, _)| id).collect()
}
