//! Scenarios from text, activity from scenarios, and the program from outside, shared by the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tierflow::activity::{AuditActivity, PeriodActivity};
use tierflow::engine::{self, Outcome, Workspace};
use tierflow::experiment::{Observer, simulations};
use tierflow::ids::OptionId;
use tierflow::ledger::{Arrangements, Tariff};
use tierflow::model::{self, Model};
use tierflow::results::{Kind, Layout, Measurer};
use tierflow::scenario::{self, Scenario};

/// A folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in a folder, its lines 80 columns wide.
pub(crate) fn tierflow(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierflow"));
    command.current_dir(folder).env("COLUMNS", "80").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// All files of a folder with their bytes.
pub(crate) fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into(), std::fs::read(entry.path()).unwrap())).collect()
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

/// That every share of every table, entity and period of one replication, under all options, lies in [0, 1]; gives how many
/// there are. Utilisation alone may exceed 1: patients finish in places that have closed.
pub(crate) fn check_shares(scenario: &Scenario, replication: u32) -> Result<usize, String> {
    let options: Vec<_> = scenario.options.ids().collect();
    let mut shares = 0;
    for simulation in simulations(scenario, &options).map_err(|error| format!("{error:?}"))? {
        let model = &simulation.model;
        let tariff = Tariff::compile(scenario, model);
        let arrangements: Vec<_> =
            simulation.options.iter().map(|&option| Arrangements::compile(scenario, model, &tariff, option)).collect();
        let layout = Layout::new(scenario, model, &tariff, &arrangements);
        let mut measurer = Measurer::new(&layout, &model.calendar, &tariff, &arrangements);
        let mut sink = |period: &PeriodActivity| measurer.period(period);
        let outcome = engine::run(model, replication, &mut Workspace::default(), &mut sink).unwrap();
        let values = measurer.finish(&outcome);
        for row in layout.outline().rows().filter(|row| row.metric.kind == Kind::Share) {
            let value = values[row.position];
            let most = if row.metric.name == "utilisation" { f64::INFINITY } else { 1.0 };
            if !value.is_nan() && !(0.0..=most).contains(&value) {
                let (table, period, metric) = (row.table.name, row.period, row.metric.name);
                return Err(format!("{table}.{metric} of {:?} in {period} is {value}", row.entity));
            }
            shares += usize::from(!value.is_nan());
        }
    }
    Ok(shares)
}
