//! Several simulations in one run.

use super::*;
use crate::domain::FlowRules;
use crate::experiment::simulations;
use crate::ids::FlowId;

/// The example under its first, third and fifth option, and with a tenth of its patients under the others.
fn two() -> (Results<'static>, [Results<'static>; 2]) {
    let part = |share: f64, odd: u32, exchanges: u64| {
        let mut scenario = scenario();
        scenario.demand.iter_mut().for_each(|stream| stream.per_day *= share);
        let mut bench = Bench::new(scenario);
        bench.options.retain(|option| option.option.0 % 2 == odd);
        let bench: &'static Bench = Box::leak(Box::new(bench));
        let simulated = || {
            let layout = bench.layout();
            let numbers = bench.simulate(&layout, 2);
            let replicated = Replicated { numbers, exchanges, ..Replicated::default() };
            Simulated { model: &bench.model, layout, replicated, varied: None }
        };
        (simulated(), Results::new(&bench.scenario, vec![simulated()], Making::default()))
    };
    let ((first, alone), (second, other)) = (part(1.0, 0, 7), part(0.1, 1, 0));
    let scenario: &'static Scenario = Box::leak(Box::new(scenario()));
    (Results::new(scenario, vec![first, second], Making::default()), [alone, other])
}

#[test]
fn rows_stand_in_the_order_of_the_options() {
    let (both, [first, second]) = two();
    assert_eq!(both.outline.options(), ["single-icb", "multi-icb", "regional", "national", "committee"]);
    let options = |table: &str| {
        let mut options: Vec<&str> =
            both.outline.rows().filter(|row| row.table.name == table).map(|row| row.option).collect();
        options.dedup();
        options
    };
    assert_eq!(options("commissioners"), ["single-icb", "multi-icb", "regional", "national", "committee"]);
    for table in ["services", "flows", "pools", "pathways", "occupancy", "profile"] {
        assert_eq!(options(table), ["single-icb", "multi-icb"], "{table}");
    }
    // Every value is that of the simulation alone.
    let all: BTreeMap<[String; 5], f64> = [by_name(&first), by_name(&second)].into_iter().flatten().collect();
    // The reference of both is another than that of the second alone.
    let simulated = |key: &[String; 5]| !comparisons().contains(&key[0].as_str());
    let bits = |means: &BTreeMap<[String; 5], f64>| -> Vec<([String; 5], u64)> {
        means.iter().filter(|(key, _)| simulated(key)).map(|(key, mean)| (key.clone(), mean.to_bits())).collect()
    };
    assert_eq!(bits(&by_name(&both)), bits(&all));
    let rows = |results: &Results<'_>, table: &str| results.sheet(table).unwrap().rows.count();
    for table in ["expected", "icbs", "pools"] {
        assert_eq!(rows(&both, table), rows(&first, table) + rows(&second, table), "{table}");
    }
    let tables = |results: &Results<'_>| -> Vec<&str> { results.tables().iter().map(|table| table.name).collect() };
    assert_eq!(tables(&both), tables(&first));
}

#[test]
fn manifest_and_notes_tell_simulations_apart() {
    let (both, [first, second]) = two();
    let hashes: Vec<&str> = both.manifest.options.iter().map(|option| option.flow_hash.as_str()).collect();
    let [a, b] = [&first, &second].map(|results| results.manifest.model.as_str());
    assert!(a != b && both.manifest.model == a);
    assert_eq!(hashes, [a, b, a, b, a]);
    assert!(both.manifest.options.iter().all(|option| option.flow_rules == FlowRules::BASE));
    let texts: Vec<String> = both.notes.iter().map(Note::text).collect();
    let said = |text: &str| texts.iter().any(|note| note == text);
    assert!(
        said(
            "Under `single-icb`, `regional` and `committee`: closed rings of blocked patients were resolved by exchange, 3.5 times a replication."
        ),
        "{texts:#?}"
    );
    let overloaded: Vec<&String> = texts.iter().filter(|text| text.contains("never settle")).collect();
    assert!(
        overloaded.len() == 1 && overloaded[0].starts_with("Under `single-icb`, `regional` and `committee`: these")
    );
    // A simulation alone needs no names, and where all say the same neither.
    assert!(first.notes.iter().any(|note| note.text().starts_with("Closed rings")));
    assert!(second.notes.iter().all(|note| note.kind != NoteKind::Exchanged && note.kind != NoteKind::Overloaded));
    assert!(texts.iter().any(|text| text.starts_with("1 of 3 inputs is assumed")));
    assert!(!said("`single-icb` and `multi-icb` leave 1 body with the same cost: I2."));
}

#[test]
fn options_share_a_simulation_if_their_rules_make_the_same_model() {
    let mut scenario = scenario();
    let (plain, mut other) = (FlowRules::plain(2), FlowRules::plain(2));
    other.id = "other".to_owned();
    scenario.flow_rules = vec![plain, other].into();
    scenario.options[OptionId(1)].flow_rules = FlowId(1);
    let all: Vec<OptionId> = scenario.options.ids().collect();
    let shared = simulations(&scenario, &all).unwrap();
    assert_eq!(shared.iter().map(|one| one.options.len()).collect::<Vec<_>>(), [5], "rules of another name alone");
    assert_eq!(shared[0].options, all);
}
