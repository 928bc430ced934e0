//! What a tenth more or less of each number changes, by hand.
//!
//! A0, A1 and A2 refer 2, 1 and 3 patients a day for a bed, and an eighth of that for dialysis (three sessions of £150 a week for
//! 20 days). With the factors 1.1 at P1, 0.9 at P2 and 1 elsewhere, by their shares: 2 x 1.0625 + 0.975 + 3 x 1.025 = 6.175.

mod agreed;

use super::super::assumptions::{Assumption, assumptions};
use super::*;
use crate::domain::{
    AlignedPayment, BudgetBasis, BudgetRules, Charge, ChargeUnit, Factors, Lever, LocalCosts, LowVolume, PaymentRules,
    StreamDemand,
};
use crate::ids::{BudgetId, IcbId, PaymentId, ServiceId, StageId};
use crate::ledger::expected_money;
use crate::random::Distribution;
use crate::scenario::{InputValue, Provenance};
use crate::units::{Billionths, DAYS_PER_YEAR, Pence};
use std::collections::BTreeSet;

const FACTORS: f64 = 2.0 * 1.0625 + 0.975 + 3.0 * 1.025;
/// What dialysis costs a day.
const DIALYSIS: f64 = 0.75 * 20.0 * 3.0 / 7.0 * 150.0;

/// A bed's stay: £3,000, and £250 for each day beyond 20.
fn stay() -> f64 {
    3_000.0 + 250.0 * Distribution::lognormal_by_mean_sd(7.4, 8.61).mean_excess(20.0)
}

/// A quarter goes on to a stage at home for £7, local costs included: at P1 so much for each patient.
const HOME_AT_P1: f64 = 0.25 * 7.0 * 1.1 * 6.0 / FACTORS;

/// Keys in brackets are defaults.
fn input(table: &str, values: &str) -> InputRow {
    let value = |pair: &str| {
        let (key, shown) = pair.split_once('=').unwrap();
        let stated = !key.starts_with('[');
        let key: &'static str = key.trim_matches(['[', ']']).to_owned().leak();
        InputValue { key, shown: shown.to_owned(), stated }
    };
    InputRow {
        table: table.to_owned(),
        values: values.split("; ").map(value).collect(),
        provenance: Provenance::Assumed,
        source: String::new(),
        note: String::new(),
        owner: String::new(),
        date: String::new(),
    }
}

fn results_with(mut scenario: Scenario, inputs: &[(&str, &str)]) -> Results<'static> {
    scenario.inputs = inputs.iter().map(|(table, values)| input(table, values)).collect();
    Bench::new(scenario).results(2)
}

/// The row of an input and key.
fn row<'a>(all: &'a [Assumption<'a>], table: &str, values: &str, key: &str) -> &'a Assumption<'a> {
    let fits = |one: &&Assumption<'_>| {
        one.table == table
            && one.key == key
            && one.inputs.iter().any(|found| found.values == input(table, values).values)
    };
    all.iter().find(fits).unwrap_or_else(|| panic!("no {table} {values} {key}"))
}

/// Pounds a year of a tenth more, which a tenth less takes away.
fn tenth(assumption: &Assumption<'_>) -> f64 {
    let effect = assumption.effect.as_ref().unwrap_or_else(|why| panic!("{assumption:?}: {why}"));
    let [Some(less), Some(more)] = effect.pounds else { panic!("{assumption:?}") };
    assert!((less + more).abs() < 0.02, "{assumption:?}");
    more
}

const ALL: &str = "expected cost of all commissioners under single-icb";

#[test]
fn effects_by_hand() {
    let beds = |per: &str| format!("service=beds; stage=stay; per={per}; price=1");
    let (finish, excess) = (beds("finish"), beds("excess-bed-day"));
    let session = "service=dialysis; stage=dialysis; per=session; price=150; sessions_per_week=3";
    let stage = "id=dialysis; stay={exponential = {mean = 20 d}}";
    let (everywhere, own) = ("service=dialysis; home_area=*; rate=1", "service=dialysis; home_area=A2; rate=2");
    let flow = "service=beds; home_area=A2; provider=P1; per_year=1";
    let persons = "id=A2; population=3000000; need_weighted_population=2500000";
    let bed = "id=stay; stay={exponential = {}}; next={home = 0.25}; patience={exponential = {}}";
    let mut per_head = scenario();
    let dialysis_of_a2 = |stream: &&mut StreamDemand| (stream.home_area.0, stream.service.0) == (2, 1);
    per_head.demand.iter_mut().find(dialysis_of_a2).unwrap().per_head = true;
    let results = results_with(
        per_head,
        &[
            ("prices", &finish),
            ("prices", &excess),
            ("prices", session),
            ("services.dialysis.stages", stage),
            ("services.beds.stages", bed),
            ("services.dialysis", "specialised_share=0.5"),
            ("demand", everywhere),
            ("demand", own),
            ("flows", flow),
            ("home_areas", persons),
            ("providers", "id=P1; name=One; market_forces_factor=1.1"),
            ("run", "horizon=61 d"),
        ],
    );
    let all = assumptions(&results);
    let year = DAYS_PER_YEAR;
    let elsewhere = (stay() * 1.1 + 0.25 * 7.0) * 3.0 * 0.5;
    for (table, values, key, want) in [
        ("prices", finish.as_str(), "price", 3_000.0 * FACTORS),
        ("prices", &excess, "price", (stay() - 3_000.0) * FACTORS),
        // Prices that include local costs come to the same over all providers.
        ("prices", session, "price", DIALYSIS),
        ("prices", session, "sessions_per_week", DIALYSIS),
        ("services.dialysis.stages", stage, "stay", DIALYSIS),
        ("services.beds.stages", bed, "next", 6.0 * 0.25 * 7.0),
        ("demand", own, "rate", DIALYSIS),
        ("flows", flow, "per_year", elsewhere),
        ("home_areas", persons, "population", DIALYSIS / 2.0),
        ("providers", "id=P1; name=One; market_forces_factor=1.1", "market_forces_factor", stay() * 1.1 * 3.25),
    ] {
        let found = row(&all, table, values, key);
        let (got, want) = (tenth(found), 0.1 * want * year);
        assert!((got - want).abs() < 1e-6 * want + 0.01, "{table} {values} {key}: {got} against {want}");
        assert_eq!(found.effect.as_ref().unwrap().metric, ALL);
    }
    // Two rows of one service are one number. By itself the row for all areas speaks for those without their own: half of it.
    let demand = row(&all, "demand", everywhere, "rate");
    let shown = (demand.inputs.len(), demand.what.as_str(), demand.value.as_str());
    assert_eq!(shown, (2, "service=dialysis", "2 different"));
    for published in [own, everywhere] {
        let mut results = results_with(scenario(), &[("demand", everywhere), ("demand", own)]);
        let mut scenario = results.scenario.clone();
        let one = scenario.inputs.iter_mut().find(|found| found.values == input("demand", published).values).unwrap();
        one.provenance = Provenance::Published;
        results.scenario = Box::leak(Box::new(scenario));
        let found = assumptions(&results);
        assert!((tenth(&found[0]) - 0.05 * DIALYSIS * year).abs() < 0.1, "{found:?}");
    }
    // Where boards pay for all, the specialised share moves nothing; in a pool it does. East has 2 x 1.0625 + 0.975 of the money.
    let share = row(&all, "services.dialysis", "specialised_share=0.5", "specialised_share");
    assert_eq!(share.effect.as_ref().unwrap().metric, "expected cost of east under multi-icb");
    assert!((tenth(share) - 0.1 * 0.5 * DIALYSIS * (3.1 / FACTORS) * year).abs() < 1.0, "{share:?}");
    // What has no number, or none that expected values know, comes last.
    let unknown: Vec<&str> = all.iter().filter(|one| one.effect.is_err()).map(|one| one.key).collect();
    assert_eq!(unknown, ["patience", "need_weighted_population", ""]);
    let sizes: Vec<f64> =
        all.iter().map(|one| one.effect.iter().flat_map(|e| e.pounds).flatten().fold(-1.0, f64::max)).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
}

/// What is expected of the scenario as the effects see it, service by service, is what is expected of the model that was simulated.
#[test]
fn effects_of_all_prices_are_a_tenth_of_the_cost() {
    let all = ["stay; per=finish", "stay; per=excess-bed-day", "home; per=start"]
        .map(|one| format!("service=beds; stage={one}; price=1"));
    let mut inputs: Vec<(&str, &str)> = all.iter().map(|values| ("prices", values.as_str())).collect();
    inputs.push(("prices", "service=dialysis; stage=dialysis; per=session; price=150"));
    let results = results_with(scenario(), &inputs);
    let sum: f64 = assumptions(&results).iter().map(tenth).sum();
    let (scenario, model) = (results.scenario, results.parts[0].model);
    let money = expected_money(scenario, model, &Tariff::compile(scenario, model), OptionId(0));
    let cost: f64 = money.cost.values().sum();
    assert!((sum - 0.1 * cost).abs() < 0.05, "{sum} against {cost}");
    let by_hand = (stay() * FACTORS + 6.0 * 0.25 * 7.0 + DIALYSIS) * DAYS_PER_YEAR;
    assert!((cost - by_hand).abs() < 1e-6 * by_hand, "{cost} against {by_hand}");
}

#[test]
fn whose_money_is_looked_at() {
    let finish = "service=beds; stage=stay; per=finish; price=1";
    let mut one = scenario();
    one.assumption_metric = Some("I2".to_owned());
    let results = results_with(one.clone(), &[("prices", finish)]);
    let found = assumptions(&results);
    assert!((tenth(&found[0]) - 300.0 * 3.0 * 1.025 * DAYS_PER_YEAR).abs() < 0.05, "{found:?}");
    assert_eq!(found[0].effect.as_ref().unwrap().metric, "expected cost of I2 under single-icb");
    // NHS England pays nothing under the reference.
    one.assumption_metric = Some("nhs-england".to_owned());
    let results = results_with(one, &[("prices", finish)]);
    let found = assumptions(&results);
    assert!((tenth(&found[0]) - 300.0 * FACTORS * DAYS_PER_YEAR).abs() < 0.05, "{found:?}");
    assert_eq!(found[0].effect.as_ref().unwrap().metric, "expected cost of nhs-england under national");
}

/// A share of 0.95 cannot be a tenth larger, but smaller.
#[test]
fn impossible_changes_are_said() {
    let mut scenario = scenario();
    scenario.services[ServiceId(1)].specialised_share = 0.95;
    let results = results_with(scenario, &[("services.dialysis", "specialised_share=0.95")]);
    let found = assumptions(&results);
    let [Some(less), None] = found[0].effect.as_ref().unwrap().pounds else { panic!("{found:?}") };
    assert!(less < 0.0);
    assert_eq!(found[0].remark(), Some("a tenth more is not possible"));
}

/// A tenth of five pence is half a penny, on every session.
#[test]
fn effects_are_rounded_once() {
    let mut scenario = scenario();
    scenario.services[ServiceId(1)].stages[StageId(0)].charges[0].price = Pence(5);
    let results = results_with(scenario, &[("prices", "service=dialysis; stage=dialysis; per=session; price=£0.05")]);
    let (got, want) = (tenth(&assumptions(&results)[0]), 0.1 * DIALYSIS / 3_000.0 * DAYS_PER_YEAR);
    assert!((got - want).abs() < 0.01, "{got} against {want}");
}

/// A name may hold what separates keys.
#[test]
fn names_are_not_read_as_keys() {
    let mut results = results_with(scenario(), &[("providers", "id=P1; name=One; market_forces_factor=1.1")]);
    let mut scenario = results.scenario.clone();
    scenario.inputs[0].values[1].shown = "One; market_forces_factor=7; id=P2".to_owned();
    results.scenario = Box::leak(Box::new(scenario));
    let found = assumptions(&results);
    assert_eq!((found[0].value.as_str(), found.len()), ("1.1", 1));
    assert!((tenth(&found[0]) - 0.1 * stay() * 1.1 * 3.25 * DAYS_PER_YEAR).abs() < 1.0, "{found:?}");
}

/// Defaults are no assumptions of anybody unless they matter, and then they are said to be defaults.
#[test]
fn defaults_are_listed_where_they_matter() {
    let mut scenario = scenario();
    scenario.payments.push(PaymentRules {
        id: "fixed".to_owned(),
        aligned: Some(AlignedPayment {
            variable_classes: BTreeSet::new(),
            variable_points: BTreeSet::new(),
            rate: Billionths::ONE,
        }),
        ..PaymentRules::activity()
    });
    scenario.options[OptionId(1)].payment = PaymentId(1);
    let rows = [
        ("services.dialysis", "[specialised_share]=1; starting_state=stationary"),
        ("payments.fixed", "aligned={}; [contract_line_cost]=£0"),
        ("calendars.none", "sessions={}"),
    ];
    let results = results_with(scenario, &rows);
    let found = assumptions(&results);
    let shown = |one: &Assumption<'_>| (one.table.to_owned(), one.key, one.value.clone(), one.who()[2].to_owned());
    let shown: Vec<_> = found.iter().map(shown).collect();
    let row = |key: &'static str, value: &str, source: &str| {
        ("services.dialysis".to_owned(), key, value.to_owned(), source.to_owned())
    };
    assert_eq!(shown, [row("specialised_share", "1 (default)", "default"), row("", "starting_state=stationary", "")]);
    assert!(found[0].effect.as_ref().unwrap().pounds[0].unwrap().abs() > 1.0);
}

/// Amounts of an ICB that gave way, and flows of nobody.
#[test]
fn rows_without_a_body_say_who_has_it() {
    let plan = |icb: &str| format!("icb={icb}; provider=P1; service=beds; per_year=£1");
    let (one, two, none) = (plan("OLD"), plan("OLDEST"), plan("FUTURE"));
    let flow = "service=beds; home_area=A0; provider=nowhere; per_year=0";
    let successors = ["icb=OLD; successor=I1; weight=0.5", "icb=OLD; successor=I0; weight=0.5"];
    let mut inputs: Vec<(&str, &str)> = [&one, &two, &none].map(|plan| ("plans", plan.as_str())).to_vec();
    inputs.extend(successors.map(|values| ("successors", values)));
    // Who comes after a body of the day is none of the results.
    inputs.extend([("successors", "icb=OLDEST; successor=OLD"), ("successors", "icb=I1; successor=I2")]);
    inputs.push(("flows", flow));
    let results = results_with(scenario(), &inputs);
    let found = assumptions(&results);
    let remark = |table: &str, values: &str| row(&found, table, values, "per_year").remark().unwrap().to_owned();
    assert_eq!(remark("plans", &one), "handed on to successors: I0, I1");
    assert_eq!(remark("plans", &two), "handed on to successors: I0, I1");
    assert_eq!(remark("plans", &none), "says nothing about the bodies of the results, which are those of another day");
    assert_eq!(remark("flows", flow), "nobody goes there, and a tenth more or less is nobody, too");
}
