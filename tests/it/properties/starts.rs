//! Patients who are under way at the start, by the traffic equations: their number, where they are and what they keep.

use super::replay::check;
use super::{by_patient, traced};
use crate::support::{compile, parse};
use std::collections::BTreeMap;
use tierflow::engine::EventKind;
use tierflow::model;
use tierflow::scenario::Scenario;
use tierflow::units::DAY;

/// Every patient is first seen by P. The ward keeps patients from away longer; half of all go to the scan from the ward and keep
/// their beds, the other half leave it for a while; half then go to a bed near home, which for those from away is in O.
const PATHWAY: &str = r#"title = "stationary"
run = { horizon = "20 d", starting_state = "stationary" }
regions = [{ id = "R" }]
icbs = [{ id = "Q1", region = "R" }, { id = "Q2", region = "R" }]
home_areas = [
  { id = "own", icb = "Q1", latitude = 51.0, longitude = 0.0 },
  { id = "away", icb = "Q2", latitude = 51.5, longitude = 0.0 },
]
providers = [
  { id = "O", host_icb = "Q2", latitude = 51.5, longitude = 0.0 },
  { id = "P", host_icb = "Q1", latitude = 51.0, longitude = 0.0 },
]
pools = [
  { provider = "P", pool = "beds", capacity = "unlimited"GIVEN },
  { provider = "P", pool = "scanner", capacity = "unlimited" },
  { provider = "P", pool = "near", capacity = "unlimited" },
  { provider = "O", pool = "near", capacity = "unlimited" },
]
flows = [
  { service = "s", home_area = "own", provider = "P", per_year = 1461 },
  { service = "s", home_area = "away", provider = "P", per_year = 1461 },
]
[services.s]
CLASSES
[[services.s.stages]]
id = "ward"
pool = "beds"
stay = { exponential = { mean = "2 d" } }
away = { from = "icb", stay = { deterministic = { value = "3 d" } } }
next = { home = 0.5, scan = 0.5 }
[[services.s.stages]]
id = "home"
stay = { exponential = { mean = "1 d" } }
next = { scan = 1 }
[[services.s.stages]]
id = "scan"
pool = "scanner"
keeps = ["beds"]
stay = { exponential = { mean = "1 d" } }
next = { near = 0.5 }
[[services.s.stages]]
id = "near"
pool = "near"
at = "home"
stay = { exponential = { mean = "4 d" } }
"#;

fn pathway(given: &str, classes: &str) -> Scenario {
    parse(&PATHWAY.replace("GIVEN", given).replace("CLASSES", classes))
}

/// Patients present at the start by home area, provider, stage and number of places held, summed over replications.
fn present(scenario: &Scenario, replications: u32) -> BTreeMap<(String, String, String, u32), f64> {
    let model = compile(scenario);
    let mut present = BTreeMap::new();
    for replication in 0..replications {
        let (periods, outcome, events) = traced(&model, replication);
        check(&model, &periods, &outcome, &events);
        for event in events.iter().filter(|event| event.kind == EventKind::Present) {
            let cell = &model.cells[event.cell];
            let stage = &scenario.services[cell.service].stages[cell.stage].id;
            let area = &scenario.geography.home_areas[cell.home_area].id;
            let held = event.held.map_or(0, |held| held.mask.count_ones());
            let key = (area.clone(), scenario.providers[cell.provider].id.clone(), stage.clone(), held);
            *present.entry(key).or_insert(0.0) += 1.0;
        }
        // Nobody whose stay is always three days has had less, or more.
        for events in by_patient(&events).values().filter(|events| events[0].kind == EventKind::Present) {
            let cell = &model.cells[events[0].cell];
            let away = scenario.geography.home_areas[cell.home_area].id == "away" && cell.stage.0 == 0;
            if let Some(end) = events.iter().find(|event| event.kind == EventKind::Ends).filter(|_| away) {
                assert!((end.lasted.unwrap() as f64 / DAY as f64 - 3.0).abs() < 1e-6 && end.at <= 3 * DAY as i64);
            }
        }
    }
    present
}

/// Four referrals a day from each area. Each mean is that of a Poisson law; 4.5 standard errors (false alarm 1e-5 for each).
#[test]
fn stationary_starts_follow_the_traffic_equations() {
    let replications = 200;
    for classes in ["", "classes = { emergency = 0.4, elective = 0.6 }"] {
        let scenario = pathway("", classes);
        let found = present(&scenario, replications);
        let mut expected = BTreeMap::new();
        for (area, ward, near) in [("own", 8.0, "P"), ("away", 12.0, "O")] {
            let mut add = |provider: &str, stage: &str, held: u32, mean: f64| {
                expected.insert((area.to_owned(), provider.to_owned(), stage.to_owned(), held), mean);
            };
            add("P", "ward", 1, ward);
            add("P", "home", 0, 2.0);
            add("P", "scan", 1, 2.0);
            add("P", "scan", 2, 2.0);
            add(near, "near", 1, 8.0);
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (key, mean) in expected {
            let (sum, mean) = (found[&key], mean * f64::from(replications));
            assert!((sum - mean).abs() < 4.5 * mean.sqrt(), "{key:?}: {sum} of {mean}");
        }
    }
}

/// A pool whose number is given has patients in proportion to the time that they spend in it: two fifths are of the own area.
#[test]
fn given_numbers_follow_them_too() {
    let (replications, number) = (50, 30);
    let scenario = pathway(&format!(", occupied_at_start = {number}"), "");
    let found = present(&scenario, replications);
    let of = |area: &str| found[&(area.to_owned(), "P".to_owned(), "ward".to_owned(), 1)];
    let n = f64::from(replications * number);
    assert_eq!(of("own") + of("away"), n);
    assert!((of("own") - 0.4 * n).abs() < 4.5 * (0.24 * n).sqrt(), "{}", of("own"));
}

/// Patients of a batch are numbered as if each were the largest.
#[test]
fn batches_have_numbers_enough() {
    let text = |rate: u32, batches: &str| {
        format!(
            "title = \"batches\"\nrun.horizon = \"7 d\"\nproviders = [{{ id = \"P\" }}]\n\
             demand = [{{ service = \"s\", home_area = \"*\", rate = \"{rate} per day\" }}]\n\
             [services.s]\nbatches = [{batches}]\n\
             [[services.s.stages]]\nid = \"t\"\nstay = {{ exponential = {{ mean = \"1 d\" }} }}\n"
        )
    };
    let largest = format!("0.999999, {}0.000001", "0, ".repeat(62));
    let compile = |text: &str| {
        let scenario = parse(text);
        model::compile(&scenario, scenario.options[tierflow::ids::OptionId(0)].flow_rules)
    };
    assert!(compile(&text(18_000, &largest)).is_ok());
    assert!(compile(&text(19_000, "1")).is_ok());
    let error = compile(&text(19_000, &largest)).unwrap_err();
    assert_eq!(error, model::CompileError::TooManyInBatches { service: "s".to_owned(), largest: 64 });
    assert!(error.to_string().contains("batches of up to 64"), "{error}");
}
