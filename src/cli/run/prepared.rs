//! Simulations with what they are measured by, run one after the other.

use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::progress::Progress;
use crate::cli::settings::RunSettings;
use crate::cli::{interrupt, stopwatch};
use crate::experiment::{Replicated, ReplicationError, Replications, Simulation, replicate};
use crate::ledger::{Arrangements, Tariff};
use crate::model::Model;
use crate::results::{Layout, Measurer};
use crate::scenario::Scenario;

/// A simulation, ready to run. Cells differ between models, and with them everything that knows cells.
pub(super) struct Prepared<'a> {
    pub(super) model: &'a Model,
    pub(super) tariff: Tariff,
    arrangements: Vec<Arrangements>,
    pub(super) layout: Layout,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(scenario: &Scenario, simulation: &'a Simulation) -> Self {
        let model = &simulation.model;
        let tariff = Tariff::compile(scenario, model);
        let arrangements: Vec<Arrangements> =
            simulation.options.iter().map(|&option| Arrangements::compile(scenario, model, &tariff, option)).collect();
        let layout = Layout::new(scenario, model, &tariff, &arrangements);
        Self { model, tariff, arrangements, layout }
    }

    fn measurer(&self) -> Measurer<'_> {
        Measurer::new(&self.layout, &self.model.calendar, &self.tariff, &self.arrangements)
    }
}

/// Runs all replications of all simulations.
pub(super) fn simulate(
    scenario: &Scenario,
    prepared: &[Prepared<'_>],
    settings: &RunSettings,
    printer: Printer,
) -> Result<Vec<Replicated>, Exit> {
    let replications = scenario.run.replications;
    let progress = Progress::new(printer, replications.saturating_mul(prepared.len() as u32));
    let run = |(i, one): (usize, &Prepared<'_>)| {
        let before = replications.saturating_mul(i as u32);
        let how = Replications {
            numbers: (0, replications),
            threads: settings.threads.min(replications as usize),
            progress: &|finished| progress.finished(before.saturating_add(finished)),
            cancelled: &interrupt::CANCELLED,
            stopwatch: if settings.timings { &stopwatch::seconds } else { &|| 0.0 },
        };
        replicate(one.model, how, || one.measurer())
    };
    let replicated: Result<Vec<Replicated>, ReplicationError> = prepared.iter().enumerate().map(run).collect();
    progress.clear();
    replicated.map_err(|problem| {
        printer.error(&problem.to_string());
        match problem {
            ReplicationError::Interrupted => Exit::Interrupted,
            ReplicationError::Engine { .. } => Exit::Invalid,
        }
    })
}
