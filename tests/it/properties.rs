//! What must hold in every scenario, tried on random small ones.
//!
//! `TIERFLOW_SLOW=1` tries twenty times as many.

mod random;
mod replay;

use crate::support::compile;
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::path::Path;
use tierflow::engine::{self, Workspace};
use tierflow::scenario::{self, Scenario};

/// So many cases, or twenty times as many.
fn cases(number: u32) -> Config {
    let slow = std::env::var_os("TIERFLOW_SLOW").is_some();
    Config { cases: if slow { 20 * number } else { number }, failure_persistence: None, ..Config::default() }
}

/// The scenario of a text; nothing if it has mistakes.
fn try_parse(text: &str) -> Result<Scenario, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.toml");
    std::fs::write(Path::new(&path), text).unwrap();
    let loaded = scenario::load(&path, &[]);
    let rendered = loaded.render();
    loaded.scenario.ok_or(rendered)
}

proptest! {
    #![proptest_config(cases(64))]

    /// Patients are conserved; every count and every time integral of the engine is that of the log; places, slots and
    /// reservations are respected at each start; and nobody who listens changes anything.
    #[test]
    fn the_log_tells_the_same_story(dice in random::dice()) {
        let text = random::text(&dice, random::PLAIN);
        let scenario = match try_parse(&text) {
            Ok(scenario) => scenario,
            Err(mistakes) => {
                if std::env::var_os("SHOW").is_some() { eprintln!("{mistakes}"); }
                return Err(TestCaseError::reject("mistakes"));
            }
        };
        let model = compile(&scenario);
        if std::env::var_os("SHOW").is_some() { std::fs::write("/tmp/props-last.toml", &text).unwrap(); }
        for replication in 0..2 {
            let (periods, outcome, events) = replay::traced(&model, replication);
            replay::check(&model, &periods, &outcome, &events);
            let mut untraced = Vec::new();
            let sink = &mut |period: &tierflow::activity::PeriodActivity| untraced.push(period.clone());
            prop_assert_eq!(engine::run(&model, replication, &mut Workspace::default(), sink).unwrap(), outcome);
            prop_assert_eq!(untraced, periods);
        }
    }
}
