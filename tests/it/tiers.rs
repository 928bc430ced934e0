//! Arrangements and geography in time: what changes with a date is who carries patients and money, never how many or how
//! much.

mod amounts;
mod names;

use crate::support::{compile, load, parse, simulate};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tierflow::activity::PeriodActivity;
use tierflow::domain::BudgetBasis;
use tierflow::ids::{BudgetId, IcbId, Id as _, OptionId, ServiceId};
use tierflow::ledger::{Accounts, Arrangements, Settlement, Tariff, account, coverage};
use tierflow::model::Model;
use tierflow::scenario::Scenario;
use tierflow::units::Pence;

/// What the bodies of one option carry in some base periods.
#[derive(PartialEq, Eq, Debug)]
struct Carried {
    /// What each commissioner owes.
    paid: BTreeMap<String, Pence>,
    /// What each ICB bears after sharing.
    net: BTreeMap<String, Pence>,
    nation: Pence,
    /// Drugs and devices passed through.
    drugs: Pence,
    earned: Pence,
}

impl Carried {
    fn total(&self) -> Pence {
        self.paid.values().copied().sum()
    }
}

fn option(scenario: &Scenario, id: &str) -> OptionId {
    scenario.options.iter_ids().find(|(_, option)| option.id == id).unwrap().0
}

/// The accounts of the base periods that begin in a financial year, or of all.
fn carried(scenario: &Scenario, model: &Model, periods: &[PeriodActivity], id: &str, year: Option<i16>) -> Carried {
    let tariff = Tariff::compile(scenario, model);
    let arrangements = Arrangements::compile(scenario, model, &tariff, option(scenario, id));
    let mut sum = Accounts::new(&arrangements);
    for (base, (activity, period)) in periods.iter().zip(&model.calendar.base).enumerate() {
        let first = period.first_day;
        let of = if first.month() >= 4 { first.year() } else { first.year() - 1 };
        if year.is_none_or(|year| year == of) {
            sum.add(&account(&arrangements, base, &tariff.value(activity)));
        }
    }
    let mut settlement = Settlement::new(arrangements.icbs);
    settlement.settle(&arrangements, &sum.borne);
    let geography = &scenario.geography;
    let body = |(i, body): (usize, &tierflow::ledger::Body)| (body.id(geography).to_owned(), sum.cost(i));
    Carried {
        paid: arrangements.commissioners.iter().enumerate().map(body).filter(|(_, pence)| pence.0 != 0).collect(),
        net: settlement.net_cost.iter_ids().map(|(icb, pence)| (geography.icbs[icb].id.clone(), *pence)).collect(),
        nation: settlement.nation,
        drugs: sum.drugs.iter().copied().sum(),
        earned: sum.income.iter().copied().sum(),
    }
}

/// England without transfers, whose candidates depend on the own ICB.
const NO_TRANSFERS: [&str; 3] = [
    "flow_rules.base.of.adult-critical-care.overflow=\"none\"",
    "flow_rules.base.of.neonatal-critical-care.overflow=\"none\"",
    "flow_rules.base.of.paediatric-intensive-care.overflow=\"none\"",
];

/// The successors of England's ICBs in groups that share none.
const GROUPS: [(&[&str], &[&str]); 3] = [
    (&["QMM", "QJG", "QH8", "QM7", "QHG", "QUE"], &["norfolk-and-suffolk", "essex", "central-east"]),
    (&["QMJ", "QRV"], &["north-west-and-north-central-london"]),
    (&["QNQ", "QNX", "QXU", "QU9", "QRL"], &["surrey-and-sussex", "thames-valley", "hampshire-and-the-isle-of-wight"]),
];

#[test]
fn merged_icbs_carry_what_their_predecessors_carried() {
    let old = load("scenarios/england", &NO_TRANSFERS);
    let new = load("scenarios/england", &[&NO_TRANSFERS[..], &["bodies_as_of=2026-04-01"]].concat());
    assert_eq!((old.geography.icbs.len(), new.geography.icbs.len()), (42, 36));
    // The same patients in the same home areas, whatever the day.
    let ids = |scenario: &Scenario| scenario.geography.home_areas.iter().map(|a| a.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&old), ids(&new));
    let (model, again) = (compile(&old), compile(&new));
    assert_eq!(model.fingerprint, again.fingerprint);
    let (periods, _) = simulate(&model, 0);
    let grouped: BTreeSet<&str> = GROUPS.iter().flat_map(|(before, _)| *before).copied().collect();
    for option in &old.options {
        let [before, after] = [(&old, &model), (&new, &again)]
            .map(|(scenario, model)| carried(scenario, model, &periods, &option.id, None));
        assert_eq!((before.total(), before.nation), (after.total(), after.nation), "{}", option.id);
        assert_eq!((after.total() + after.drugs, after.drugs), (after.earned, before.drugs));
        assert_eq!(after.net.values().copied().sum::<Pence>() + after.nation, after.total(), "{}", option.id);
        // A cap protects an ICB from its own over- and underspend: in a merged one those of its predecessors net off first.
        if option.id == "multi-icb-cap-collar" {
            continue;
        }
        // Pools share out by contributions, which are rounded once for each member: to the penny only without them.
        let pooled = ["multi-icb", "multi-icb-by-use", "regional"].contains(&&*option.id);
        let slack = if pooled { 100_000 } else { 0 };
        let close = |one: Pence, other: Pence, what: &str| {
            assert!((one.0 - other.0).abs() <= slack, "{} {what}: {one:?} {other:?}", option.id);
        };
        for (predecessors, successors) in GROUPS {
            let sum = |net: &BTreeMap<String, Pence>, icbs: &[&str]| icbs.iter().map(|icb| net[*icb]).sum::<Pence>();
            close(sum(&before.net, predecessors), sum(&after.net, successors), predecessors[0]);
        }
        for (icb, &pence) in before.net.iter().filter(|(icb, _)| !grouped.contains(icb.as_str())) {
            close(pence, after.net[icb], icb);
        }
    }
}

/// A split hands on people and waiting patients by its weights.
#[test]
fn parts_have_their_share_of_people() {
    let scenario = load("scenarios/england", &[]);
    let part = |id: &str| scenario.geography.home_areas.iter().find(|area| area.id == id).unwrap();
    let (essex, rest) = (part("QJG:essex"), part("QJG:norfolk-and-suffolk"));
    let share = essex.population.unwrap() / (essex.population.unwrap() + rest.population.unwrap());
    assert!((share - 0.349).abs() < 0.0005, "{share}");
    let share = part("QM7:essex").population.unwrap() / part("QM7:central-east").population.unwrap();
    assert!((share - 0.210 / 0.790).abs() < 0.001, "{share}");
    assert_eq!(essex.position, rest.position);
    let waiting = |id: &str| -> u32 {
        let rows = scenario.waiting_at_start.iter();
        rows.filter(|row| scenario.geography.home_areas[row.home_area].id == id).map(|row| row.patients).sum()
    };
    let (one, other) = (waiting("QJG:essex"), waiting("QJG:norfolk-and-suffolk"));
    let share = f64::from(one) / f64::from(one + other);
    assert!(one > 100 && (share - 0.349).abs() < 0.01, "{one} of {}", one + other);
}

/// What holds on a day of the timeline holds in that year of an option that follows the dates.
#[test]
fn phases_are_the_frozen_options_one_after_the_other() {
    let three_years = ["run.start=2024-10-01", "run.horizon=\"3 years\"", "run.periods=\"all\""];
    let scenario = load("scenarios/north-central-london", &three_years);
    let model = compile(&scenario);
    let (periods, _) = simulate(&model, 0);
    let carried = |id, year| carried(&scenario, &model, &periods, id, year);
    let years = [(2024, "delegated-2024"), (2025, "delegated-2025"), (2026, "delegated-2025"), (2027, "transfer-2027")];
    for (year, frozen) in years {
        let phased = carried("phased", Some(year));
        assert!(phased.total().0 > 10_000_000, "{year}");
        assert_eq!(phased, carried(frozen, Some(year)), "{year}");
    }
    let (phased, frozen) = (carried("phased", None), carried("delegated-2025", None));
    assert_eq!(phased.total(), frozen.total());
    assert!(phased.nation > frozen.nation, "NHS England pays for London until April 2025");
    // Bodies of any phase have their rows; coverage is by days of the run.
    let tariff = Tariff::compile(&scenario, &model);
    let compiled = |id| Arrangements::compile(&scenario, &model, &tariff, option(&scenario, id));
    let (all, early, late) = (compiled("phased"), compiled("delegated-2024"), compiled("transfer-2027"));
    for one in [&early, &late] {
        assert!(one.deciders.iter().all(|body| all.deciders.contains(body)));
        assert!(one.commissioners.iter().all(|body| all.commissioners.contains(body)));
    }
    let lines = |arrangements: &Arrangements| arrangements.lines.len();
    assert!(lines(&all) > lines(&early).max(lines(&late)));
    let nation = all.commissioners[all.commissioners.len() - 1];
    let share = |id| coverage(&scenario, &model, &tariff, option(&scenario, id)).of(nation);
    let between = [share("delegated-2024"), share("delegated-2025")];
    let (low, high) = (between[0].min(between[1]), between[0].max(between[1]));
    assert!(low < share("phased") && share("phased") < high, "{} {between:?}", share("phased"));
}

/// A joint committee decides and moves no money: NHS England pays, as under a national tier.
#[test]
fn joint_committees_decide_and_pay_nothing() {
    let scenario = load("scenarios/north-central-london", &[]);
    let model = compile(&scenario);
    let (periods, _) = simulate(&model, 0);
    let of = |id| carried(&scenario, &model, &periods, id, None);
    assert_eq!(of("joint-2023"), of("national"));
    let tariff = Tariff::compile(&scenario, &model);
    let deciders = |id| Arrangements::compile(&scenario, &model, &tariff, option(&scenario, id)).deciders;
    assert_ne!(deciders("joint-2023"), deciders("national"));
    // The statutory transfer moves the contracts to the regions' offices, and no money either.
    assert_eq!(of("transfer-2027"), of("delegated-2025"));
}

/// Offices for pan-ICB commissioning, one a region, are the regions under other names.
#[test]
fn a_scheme_of_one_footprint_a_region_is_the_regions() {
    let offices =
        ["options.multi-icb.footprints=\"opics-2026\"", "options.multi-icb.flow_rules=\"base\"", NO_TRANSFERS[0]];
    for day in [None, Some("bodies_as_of=2026-04-01")] {
        let overrides: Vec<&str> = offices.into_iter().chain(day).collect();
        let scenario = load("scenarios/north-central-london", &overrides);
        let model = compile(&scenario);
        let (periods, _) = simulate(&model, 0);
        let of = |id| carried(&scenario, &model, &periods, id, None);
        let (offices, regions) = (of("multi-icb"), of("regional"));
        assert_eq!(offices.net, regions.net);
        assert_eq!(offices.paid["opic-london"], regions.paid["Y56"]);
    }
}

/// Another nation pays for its own residents under every option, and takes part in nothing else.
#[test]
fn other_nations_pay_for_themselves() {
    let scenario = load("scenarios/mechanisms/other-nations.toml", &[]);
    let model = compile(&scenario);
    let (periods, _) = simulate(&model, 0);
    let wales: Vec<Pence> =
        scenario.options.iter().map(|o| carried(&scenario, &model, &periods, &o.id, None).paid["wales"]).collect();
    assert!(wales.len() >= 3 && wales[0].0 > 10_000_000 && wales.iter().all(|pence| *pence == wales[0]), "{wales:?}");
    for option in &scenario.options {
        let all = carried(&scenario, &model, &periods, &option.id, None);
        assert_eq!(all.net["wales"], wales[0], "{}", option.id);
        assert_eq!(all.total(), all.earned);
        assert_eq!(all.net.values().copied().sum::<Pence>() + all.nation, all.total());
    }
}

/// Three ICBs and their successors by random weights: one is split in two, of which one merges with another ICB, and a year
/// later is split again.
fn random(weights: [f64; 2], day: &str) -> Scenario {
    let [first, second] = weights;
    parse(&format!(
        r#"
{day}
run = {{ horizon = "1 year" }}
regions = [{{ id = "Y1" }}, {{ id = "Y2" }}]
icbs = [{{ id = "A", region = "Y1" }}, {{ id = "B", region = "Y1" }}, {{ id = "C", region = "Y2" }}]
successors = [
  {{ icb = "A", successor = "A", weight = {first:.6}, from = 2026-04-01 }},
  {{ icb = "A", successor = "ab", weight = {:.6}, from = 2026-04-01 }},
  {{ icb = "B", successor = "ab", from = 2026-04-01 }},
  {{ icb = "ab", successor = "ab-1", weight = {second:.6}, from = 2027-04-01 }},
  {{ icb = "ab", successor = "ab-2", weight = {:.6}, from = 2027-04-01 }},
]
home_areas = [
  {{ id = "a", icb = "A", population = 1000000, need_weighted_population = 900000, latitude = 51.0, longitude = 0.0 }},
  {{ id = "b", icb = "B", population = 600000, need_weighted_population = 700000, latitude = 51.5, longitude = 0.0 }},
  {{ id = "c", icb = "C", population = 400000, need_weighted_population = 400000, latitude = 52.0, longitude = 0.0 }},
  {{ id = "d", icb = "A", successor = "ab-2", population = 100000, need_weighted_population = 100000 }},
]
footprints = [
  {{ scheme = "s", id = "f", icb = "A" }}, {{ scheme = "s", id = "f", icb = "B" }}, {{ scheme = "s", id = "g", icb = "C" }},
]
providers = [
  {{ id = "P", host_icb = "A", successor_host = "ab-1", market_forces_factor = 1.1 }},
  {{ id = "Q", host_icb = "C" }},
]
pools = [{{ provider = "*", pool = "beds", capacity = 40 }}]
demand = [
  {{ service = "s1", home_area = "*", rate = "300 per year" }},
  {{ service = "s2", home_area = "*", rate = "50 per 100k per year" }},
]
shares = [
  {{ service = "s1", home_area = "*", provider = "P", share = 0.6 }},
  {{ service = "s1", home_area = "*", provider = "Q", share = 0.4 }},
]
flows = [
  {{ service = "s3", home_area = "a", provider = "P", per_year = 400 }},
  {{ service = "s3", home_area = "b", provider = "Q", per_year = 120 }},
]
provides = [{{ service = "s2", provider = "P" }}]
waiting_at_start = [
  {{ service = "s1", home_area = "a", provider = "P", patients = 7 }},
  {{ service = "s1", home_area = "a", provider = "Q", patients = 1, waited = "3 d" }},
  {{ service = "s1", home_area = "a", provider = "Q", patients = 1, waited = "4 d" }},
  {{ service = "s1", home_area = "b", provider = "P", patients = 5 }},
]
prices = [
  {{ service = "s1", stage = "w", per = "finish", price = "£1,234.56" }},
  {{ service = "s2", stage = "w", per = "bed-day", price = "£99.99" }},
  {{ service = "s3", stage = "w", per = "start", price = "£10,000" }},
]
low_volume_blocks = [
  {{ icb = "A", provider = "P", per_year = "£1,000.01" }},
  {{ icb = "B", provider = "P", per_year = "£333.33" }},
]
plans = [
  {{ icb = "A", provider = "P", service = "s3", per_year = "£3,999,999.99" }},
  {{ icb = "B", provider = "Q", service = "s3", per_year = "£1m" }},
]
budget_lines = [
  {{ icb = "A", service = "s1", per_year = "£400,000.01" }}, {{ icb = "A", service = "s2", per_year = "£100,000" }},
  {{ icb = "A", service = "s3", per_year = "£4,000,000" }}, {{ icb = "B", service = "s1", per_year = "£400,000" }},
  {{ icb = "B", service = "s2", per_year = "£70,000.50" }}, {{ icb = "B", service = "s3", per_year = "£1m" }},
  {{ icb = "C", service = "s1", per_year = "£400,000" }}, {{ icb = "C", service = "s2", per_year = "£60,000" }},
]
[payments.blocks]
low_volume = "table"
delegated_inside = true
[budgets.lines]
basis = "stated"
[services.s1]
specialised_share = 0.37
stages = [{{ id = "w", pool = "beds", stay = {{ exponential = {{ mean = "6 d" }} }} }}]
[services.s2]
delegation = "suitable-later"
stages = [{{ id = "w", pool = "beds", stay = {{ exponential = {{ mean = "3 d" }} }} }}]
[services.s3]
stages = [{{ id = "w", pool = "beds", stay = {{ exponential = {{ mean = "9 d" }} }} }}]
[options.single]
tier = "single-icb"
[options.stated]
tier = "single-icb"
payment = "blocks"
budget = "lines"
[options.pooled]
tier = "multi-icb"
footprints = "s"
[options.national]
tier = "national"
"#,
        1.0 - first,
        1.0 - second,
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Random weights: patients, people and money of the old and the new bodies add up, to the penny.
    #[test]
    fn a_split_hands_on_all_and_no_more(weights in prop::array::uniform2(0.01_f64..0.99)) {
        let days = ["", "bodies_as_of = 2026-04-01", "bodies_as_of = 2027-04-01"];
        let scenarios = days.map(|day| random(weights, day));
        let models: Vec<Model> = scenarios.iter().map(compile).collect();
        let bodies: [&[&str]; 3] = [&["A", "B", "C"], &["A", "C", "ab"], &["A", "C", "ab-1", "ab-2"]];
        let (periods, _) = simulate(&models[0], 0);
        let areas: Vec<&str> = scenarios[0].geography.home_areas.iter().map(|area| area.id.as_str()).collect();
        prop_assert_eq!(areas, ["a:A", "a:ab:ab-1", "a:ab:ab-2", "b:ab-1", "b:ab-2", "c", "d"]);
        let persons: f64 = scenarios[0].geography.home_areas.iter().filter_map(|area| area.population).sum();
        prop_assert!((persons - 2.1e6).abs() < 1e-3);
        let waiting: u32 = scenarios[0].waiting_at_start.iter().map(|row| row.patients).sum();
        prop_assert_eq!(waiting, 14);
        let per_year: f64 = scenarios[0].demand.iter().map(|stream| stream.per_day).sum::<f64>() * 365.25;
        prop_assert!((per_year - (1200.0 + 1050.0 + 520.0)).abs() < 1e-6, "{}", per_year);
        // A home area smaller than an ICB goes one way.
        let of_d = scenarios.each_ref().map(|scenario| {
            let area = scenario.geography.home_areas.iter().find(|area| area.id == "d").unwrap();
            (scenario.geography.icbs[area.icb].id.as_str(), area.population)
        });
        prop_assert_eq!(of_d, ["A", "ab", "ab-2"].map(|icb| (icb, Some(1e5))));
        // What the residents of each home area cost, whoever pays.
        let values = Tariff::compile(&scenarios[0], &models[0]);
        let mut worth: BTreeMap<&str, Pence> = BTreeMap::new();
        for (period, activity) in periods.iter().enumerate() {
            prop_assert_eq!(period, 0);
            for (id, price) in values.value(activity).price.iter_ids() {
                let area = models[0].cells[id].home_area;
                *worth.entry(scenarios[0].geography.home_areas[area].id.as_str()).or_default() += *price;
            }
        }
        for ((scenario, model), bodies) in scenarios.iter().zip(&models).zip(bodies) {
            prop_assert_eq!(model.fingerprint, models[0].fingerprint);
            let ids: Vec<&str> = scenario.geography.icbs.iter().map(|icb| icb.id.as_str()).collect();
            prop_assert_eq!(ids, bodies);
            let single = carried(scenario, model, &periods, "single", None);
            for (icb, body) in scenario.geography.icbs.iter_ids() {
                let areas = scenario.geography.home_areas.iter().filter(|area| area.icb == icb);
                let own: Pence = areas.map(|area| worth.get(area.id.as_str()).copied().unwrap_or_default()).sum();
                prop_assert_eq!(single.net[&body.id], own, "{} {}", icb.index(), &body.id);
            }
            // Amounts of a year are shared in whole pence.
            let agreed = &scenario.agreed;
            let all = agreed.blocks.values().chain(agreed.plans.values()).copied().sum::<Pence>();
            prop_assert_eq!(all, Pence(100_001 + 33_333 + 399_999_999 + 100_000_000));
            let BudgetBasis::Stated(lines) = &scenario.budgets[BudgetId(0)].basis else { panic!("stated") };
            prop_assert_eq!(lines.values().copied().sum::<Pence>(), Pence(643_000_051));
            let to_c = |(key, pence): (&(IcbId, ServiceId), &Pence)| {
                (scenario.geography.icbs[key.0].id == "C").then_some(*pence)
            };
            prop_assert_eq!(lines.iter().filter_map(to_c).sum::<Pence>(), Pence(46_000_000));
            for id in ["pooled", "national"] {
                let other = carried(scenario, model, &periods, id, None);
                prop_assert_eq!(other.total(), single.total());
                prop_assert_eq!(other.total(), other.earned);
                prop_assert_eq!(other.net.values().copied().sum::<Pence>() + other.nation, single.total());
            }
        }
    }
}
