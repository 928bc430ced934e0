//! What must hold in every scenario, tried on random small ones.
//!
//! `TIERFLOW_SLOW=1` tries twenty times as many.

mod compare;
mod excess;
mod order;
mod passing;
mod places;
mod pools;
mod random;
mod replay;
mod scope;
mod starts;

use proptest::prelude::*;
use proptest::test_runner::Config;
use random::Random;
use std::collections::BTreeMap;
use tierflow::activity::PeriodActivity;
use tierflow::engine::{self, Event, Outcome, Workspace};
use tierflow::ids::OptionId;
use tierflow::model::{self, Model};
use tierflow::random::Patient;
use tierflow::scenario::{self, Scenario};

/// So many cases, or twenty times as many.
fn cases(number: u32) -> Config {
    let slow = std::env::var_os("TIERFLOW_SLOW").is_some();
    let cases = if slow { 20 * number } else { number };
    Config { cases, max_global_rejects: 100 * cases, failure_persistence: None, ..Config::default() }
}

/// A random scenario; nothing if it has mistakes.
fn scenario_of(random: &Random, names: random::Names) -> Option<Scenario> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, random.text(names)).unwrap();
    scenario::load(&path, &[]).scenario
}

/// Its model.
fn model_of(random: &Random, names: random::Names) -> Option<Model> {
    let scenario = scenario_of(random, names)?;
    model::compile(&scenario, scenario.options[OptionId(0)].flow_rules).ok()
}

/// More events than any of the small scenarios has: past it the engine runs in a circle.
const MOST: usize = 2_000_000;

/// One replication with its log.
fn traced(model: &Model, replication: u32) -> (Vec<PeriodActivity>, Outcome, Vec<Event>) {
    traced_in(model, replication, Workspace::default())
}

/// The same in a given workspace.
fn traced_in(model: &Model, replication: u32, mut workspace: Workspace) -> (Vec<PeriodActivity>, Outcome, Vec<Event>) {
    let (mut periods, mut events) = (Vec::new(), Vec::new());
    let note = |event| {
        events.push(event);
        assert!(events.len() < MOST, "the engine runs in a circle");
    };
    let sink = &mut |period: &PeriodActivity| periods.push(period.clone());
    let outcome = engine::run_traced(model, replication, &mut workspace, sink, note).unwrap();
    (periods, outcome, events)
}

/// The log of each patient.
fn by_patient(events: &[Event]) -> BTreeMap<Patient, Vec<Event>> {
    let mut patients: BTreeMap<Patient, Vec<Event>> = BTreeMap::new();
    for &event in events {
        patients.entry(event.patient).or_default().push(event);
    }
    patients
}

proptest! {
    #![proptest_config(cases(64))]

    /// Patients are conserved; every count and every time integral of the engine is that of the log; places, slots and
    /// reservations are respected at each start; and nobody who listens changes anything.
    #[test]
    fn the_log_tells_the_same_story(random in random::scenarios()) {
        let Some(model) = model_of(&random, random::PLAIN) else { return Err(TestCaseError::reject("mistakes")) };
        for replication in 0..2 {
            let (periods, outcome, events) = traced(&model, replication);
            replay::check(&model, &periods, &outcome, &events);
            let mut untraced = Vec::new();
            let sink = &mut |period: &PeriodActivity| untraced.push(period.clone());
            prop_assert_eq!(engine::run(&model, replication, &mut Workspace::default(), sink).unwrap(), outcome);
            prop_assert_eq!(untraced, periods);
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    /// From how many patients on a list has a tail without rows changes nothing at all.
    #[test]
    fn tails_change_nothing(random in random::scenarios()) {
        let Some(model) = model_of(&random, random::PLAIN) else { return Err(TestCaseError::reject("mistakes")) };
        for replication in 0..2 {
            let (periods, outcome, events) = traced(&model, replication);
            for (long, batch) in [(1, 1), (2, 3)] {
                let with = traced_in(&model, replication, Workspace::with_tails(long, batch));
                let differ = with.2.iter().zip(&events).find(|(with, without)| with != without);
                prop_assert!(differ.is_none(), "{:?}", differ);
                prop_assert!(with.2.len() == events.len() && with.0 == periods && with.1 == outcome);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    /// Every share of every table lies in [0, 1] in every month, those of lists that were long before included.
    #[test]
    fn shares_are_shares(random in random::scenarios()) {
        let scenario = scenario_of(&random, random::PLAIN).filter(|_| model_of(&random, random::PLAIN).is_some());
        let Some(scenario) = scenario else { return Err(TestCaseError::reject("mistakes")) };
        for replication in 0..2 {
            let checked = crate::support::check_shares(&scenario, replication);
            prop_assert!(checked.is_ok(), "{:?}", checked);
        }
    }
}
