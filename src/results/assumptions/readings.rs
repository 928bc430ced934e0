//! Which numbers an input holds.

use super::numbers::Number;
use crate::domain::{BudgetBasis, ChargeUnit, LowVolume};
use crate::ids::{BudgetId, HomeAreaId, IcbId, ProviderId, ServiceId};
use crate::scenario::{InputRow, Scenario};
use crate::units::Pence;

/// A number of an input, or the part of it that has none.
pub(super) struct Reading {
    /// The key that holds it, or those that hold none; empty: the whole input.
    pub(super) key: &'static str,
    /// Its value as stated.
    pub(super) value: String,
    pub(super) number: Result<Number, &'static str>,
}

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
const NOT_USED: &str = "says nothing about the bodies of the results";

/// The numbers of an input, and what of it has none: at least one reading.
pub(super) fn readings(scenario: &Scenario, input: &InputRow) -> Vec<Reading> {
    let row = Row { scenario, input };
    let mut readings = row.readings();
    if readings.is_empty() {
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
        readings.push(Reading { key: "", value: input.values.clone(), number: Err(why) });
    }
    readings
}

/// An input with the scenario that it is of.
struct Row<'a> {
    scenario: &'a Scenario,
    input: &'a InputRow,
}

impl<'a> Row<'a> {
    fn value(&self, key: &str) -> Option<&'a str> {
        value(self.input, key)
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

    /// The home area, or its parts where its ICB is ever split.
    fn areas(&self, key: &str) -> Vec<HomeAreaId> {
        self.value(key).map_or_else(Vec::new, |id| areas(self.scenario, id))
    }

    fn readings(&self) -> Vec<Reading> {
        let mut readings = Vec::new();
        let mut add = |key: &'static str, number: Option<Number>| {
            if let Some(value) = self.value(key) {
                readings.push(Reading { key, value: value.to_owned(), number: number.ok_or(NOT_USED) });
            }
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
                add("per_year", pair.map(|(service, to)| Number::Flow(service, self.areas("home_area"), to)));
            }
            ["home_areas"] => {
                let areas = self.areas("id");
                let per_head = services_per_head(self.scenario, &areas);
                add("population", Some(Number::Population(areas, per_head)));
                if let Some(value) = self.value("need_weighted_population") {
                    let (key, value) = ("need_weighted_population", value.to_owned());
                    readings.push(Reading { key, value, number: Err(FEEDS_POOLS) });
                }
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
            if let Some(value) = self.value(key) {
                readings.push(Reading { key, value: value.to_owned(), number: number.ok_or(NOT_USED) });
            }
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
            if let Some(value) = self.value(key) {
                readings.push(Reading { key, value: value.to_owned(), number: Err(why) });
            }
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
                Err(NOT_EXPECTED)
            }
            _ => Ok(Number::Price(service, stage, charge)),
        };
        let numbers = [
            ("price", price),
            ("sessions_per_week", Ok(Number::SessionsPerWeek(service, stage, charge))),
            ("trim_point", Ok(Number::TrimPoint(service, stage))),
        ];
        let stated = numbers.into_iter().filter_map(|(key, number)| Some((key, self.value(key)?.to_owned(), number)));
        stated.map(|(key, value, number)| Reading { key, value, number }).collect()
    }

    /// The areas that a row of `demand` speaks for.
    fn areas_of_rate(&self, service: ServiceId) -> Vec<HomeAreaId> {
        if self.value("home_area") != Some("*") {
            return self.areas("home_area");
        }
        let own: Vec<HomeAreaId> = demand_rows(self.scenario, service)
            .filter_map(|row| value(row, "home_area"))
            .flat_map(|id| areas(self.scenario, id))
            .collect();
        self.scenario.geography.home_areas.ids().filter(|area| !own.contains(area)).collect()
    }
}

fn demand_rows(scenario: &Scenario, service: ServiceId) -> impl Iterator<Item = &InputRow> {
    let id = scenario.services[service].id.as_str();
    scenario.inputs.iter().filter(move |row| row.table == "demand" && value(row, "service") == Some(id))
}

/// The services of which some areas have demand per head.
fn services_per_head(scenario: &Scenario, wanted: &[HomeAreaId]) -> Vec<ServiceId> {
    let per_head = |row: &InputRow| value(row, "rate").is_some_and(|rate| rate.contains("100k"));
    let named = |service, area: HomeAreaId| {
        let mut own = demand_rows(scenario, service)
            .filter(|row| value(row, "home_area").is_some_and(|id| areas(scenario, id).contains(&area)));
        let mut all = demand_rows(scenario, service).filter(|row| value(row, "home_area") == Some("*"));
        own.next().or_else(|| all.next()).is_some_and(per_head)
    };
    scenario.services.ids().filter(|&service| wanted.iter().any(|&area| named(service, area))).collect()
}

/// The value of a key of an input.
pub(super) fn value<'a>(input: &'a InputRow, key: &str) -> Option<&'a str> {
    let pairs = input.values.split("; ").filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value)
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
