//! A scope holds the same patients under all options, and its providers have all their patients under each.

use super::{by_patient, traced};
use crate::support::parse;
use std::collections::{BTreeMap, BTreeSet};
use tierflow::engine::EventKind;
use tierflow::model::{self, Model};
use tierflow::random::Patient;
use tierflow::scenario::Scenario;

/// P1 is in the ICB of the north; P2 in that of the south, and P3 in the same region; P4 is in another region.
const FOUR: &str = r#"title = "four"
run.horizon = "60 d"
regions = [{ id = "R" }, { id = "S" }]
icbs = [{ id = "Q1", region = "R" }, { id = "Q2", region = "R" }, { id = "Q3", region = "R" }, { id = "Q4", region = "S" }]
home_areas = [
  { id = "north", icb = "Q1", latitude = 51.0, longitude = 0.0 },
  { id = "south", icb = "Q2", latitude = 51.1, longitude = 0.0 },
  { id = "west", icb = "Q4", latitude = 51.2, longitude = 0.0 },
]
providers = [
  { id = "P1", host_icb = "Q1", latitude = 51.0, longitude = 0.0 },
  { id = "P2", host_icb = "Q2", latitude = 51.1, longitude = 0.0 },
  { id = "P3", host_icb = "Q3", latitude = 51.2, longitude = 0.0 },
  { id = "P4", host_icb = "Q4", latitude = 51.3, longitude = 0.0 },
]
pools = [POOLS]
demand = [{ service = "s", home_area = "*", rate = "9 per day" }]
shares = [
  { service = "s", home_area = "*", provider = "P1", share = 0.2 },
  { service = "s", home_area = "*", provider = "P2", share = 0.3 },
  { service = "s", home_area = "*", provider = "P3", share = 0.1 },
  { service = "s", home_area = "*", provider = "P4", share = 0.4 },
]
flow_rules.own-icb = { first = "own-icb" }
flow_rules.own-region = { first = "own-region" }
flow_rules.sent-on = { overflow = "nearest" }
options.free = { tier = "single-icb" }
options.icb = { tier = "single-icb", flow_rules = "own-icb" }
options.region = { tier = "single-icb", flow_rules = "own-region" }
options.on = { tier = "single-icb", flow_rules = "sent-on" }
[[services.s.stages]]
id = "t"
pool = "beds"
stay = { exponential = { mean = "2 d" } }
"#;

/// The scenario with and without the scope, and its models in the order of the options.
fn models(pools: &str) -> [(Scenario, Vec<Model>); 2] {
    models_of("scope.providers = [\"P1\"]\n", pools)
}

fn models_of(scope: &str, pools: &str) -> [(Scenario, Vec<Model>); 2] {
    let text = FOUR.replace("POOLS", pools);
    [scope, ""].map(|scope| {
        let scenario = parse(&format!("{scope}{text}"));
        let compile = |option: &tierflow::domain::TieringOption| model::compile(&scenario, option.flow_rules).unwrap();
        let models = scenario.options.iter().map(compile).collect();
        (scenario, models)
    })
}

/// The patients, and where each started.
fn patients(scenario: &Scenario, model: &Model) -> BTreeMap<Patient, Option<String>> {
    let place = |events: &Vec<tierflow::engine::Event>| {
        let start = events.iter().find(|event| event.kind == EventKind::Starts)?;
        Some(scenario.providers[model.cells[start.cell].provider].id.clone())
    };
    by_patient(&traced(model, 0).2).iter().map(|(&patient, events)| (patient, place(events))).collect()
}

#[test]
fn all_options_have_the_same_patients_in_scope() {
    let [(part, some), (whole, all)] = models("{ provider = \"*\", pool = \"beds\", capacity = \"unlimited\" }");
    let some: Vec<_> = some.iter().map(|model| patients(&part, model)).collect();
    let all: Vec<_> = all.iter().map(|model| patients(&whole, model)).collect();
    let north = 540.0;
    for (part, whole) in some.iter().zip(&all) {
        assert_eq!(part.keys().collect::<Vec<_>>(), some[0].keys().collect::<Vec<_>>());
        // Each is where the whole scenario has them, and P1 has everybody.
        assert!(part.iter().all(|(patient, place)| whole[patient] == *place));
        let of_scope = |patients: &BTreeMap<Patient, Option<String>>| -> BTreeSet<Patient> {
            patients.iter().filter(|(_, place)| place.as_deref() == Some("P1")).map(|(&patient, _)| patient).collect()
        };
        assert_eq!(of_scope(part), of_scope(whole));
        assert!(part.len() < whole.len() && part.len() as f64 > north, "{} of {}", part.len(), whole.len());
    }
    // South's and west's first choices of P1, and of south's 0.4 for P4 the third that goes to P1 in the own region.
    let expected = 540.0 * (1.0 + 0.2 + 0.4 / 3.0 + 0.2);
    let found = some[0].len() as f64;
    assert!((found - expected).abs() < 4.5 * expected.sqrt(), "{found} {expected}");
}

/// Residents of an ICB that the scope names are followed wherever they go, each the same patient as without the scope.
#[test]
fn residents_of_named_icbs_are_all_in_scope() {
    let pools = "{ provider = \"*\", pool = \"beds\", capacity = \"unlimited\" }";
    let [(part, some), (whole, all)] = models_of("scope = { providers = [\"P1\"], icbs = [\"Q4\"] }\n", pools);
    let west = |scenario: &Scenario, model: &Model| -> BTreeMap<Patient, Option<String>> {
        let stream =
            model.streams.iter().find(|one| scenario.geography.home_areas[one.home_area].id == "west").unwrap();
        patients(scenario, model).into_iter().filter(|(patient, _)| patient.stream() == stream.key).collect()
    };
    for (one, other) in some.iter().zip(&all) {
        let found = west(&part, one);
        assert_eq!(found, west(&whole, other));
        assert!(found.len() > 400 && found.values().any(|place| place.as_deref() == Some("P4")), "{}", found.len());
        // South's patients of P4 are not: nothing follows from a provider that a resident goes to.
        assert!(patients(&part, one).len() < patients(&whole, other).len());
    }
    let followed: Vec<&str> = part.followed_icbs().into_iter().map(|icb| &*part.geography.icbs[icb].id).collect();
    assert_eq!(followed, ["Q1", "Q4"]);
    assert_eq!(whole.followed_icbs().len(), 4);
}

/// A provider out of scope that some choose first is a candidate for the others.
#[test]
fn first_choices_out_of_scope_are_candidates() {
    let [(part, some), _] = models("{ provider = \"*\", pool = \"beds\", capacity = 3, when_full = \"refuse\" }");
    let places: BTreeSet<(u32, String)> = {
        let of = |(patient, place): (Patient, Option<String>)| {
            let area = some[3].streams.iter().find(|stream| stream.key == patient.stream())?.home_area;
            Some((area.0, place?))
        };
        patients(&part, &some[3]).into_iter().filter_map(of).collect()
    };
    // Who finds P1 full goes to P2, the nearest of south's, and to P3, the nearest of west's in reach.
    assert!(places.contains(&(1, "P2".to_owned())) && places.iter().any(|(area, place)| *area == 2 && place != "P1"));
}
