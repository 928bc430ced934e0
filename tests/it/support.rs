//! Scenarios from text and activity from scenarios, shared by the tests.

use std::path::Path;
use tierflow::activity::{AuditActivity, PeriodActivity};
use tierflow::engine::{self, Outcome, Workspace};
use tierflow::ids::OptionId;
use tierflow::model::{self, Model};
use tierflow::scenario::{self, Scenario};

/// A folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Loads a scenario of the repository that must be valid.
pub(crate) fn load(path: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let loaded = scenario::load(&root().join(path), &overrides);
    let text = loaded.render();
    loaded.scenario.unwrap_or_else(|| panic!("{path}:\n{text}"))
}

/// The scenario of a TOML text that must be valid.
pub(crate) fn parse(text: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    let loaded = scenario::load(&path, &[]);
    let rendered = loaded.render();
    loaded.scenario.unwrap_or_else(|| panic!("{rendered}"))
}

/// Compiles a scenario that must compile.
pub(crate) fn compile(scenario: &Scenario) -> Model {
    model::compile(scenario, scenario.options[OptionId(0)].flow_rules).unwrap()
}

/// One replication: its base periods and its outcome.
pub(crate) fn simulate(model: &Model, replication: u32) -> (Vec<PeriodActivity>, Outcome) {
    simulate_in(model, replication, &mut Workspace::default())
}

/// One replication in a workspace that may have been used before.
pub(crate) fn simulate_in(
    model: &Model,
    replication: u32,
    workspace: &mut Workspace,
) -> (Vec<PeriodActivity>, Outcome) {
    let mut periods = Vec::new();
    let outcome = engine::run(model, replication, workspace, &mut |period| periods.push(period.clone())).unwrap();
    (periods, outcome)
}

/// What audits found in one replication.
pub(crate) fn audits(model: &Model, replication: u32) -> AuditActivity {
    simulate(model, replication).1.audits
}
