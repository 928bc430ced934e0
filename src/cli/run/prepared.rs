//! Simulations with what they are measured by, run one after the other.

use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::progress::Progress;
use crate::cli::settings::RunSettings;
use crate::cli::{interrupt, stopwatch};
use crate::experiment::{Replicated, ReplicationError, Replications, Simulation, replicate};
use crate::ledger::{Arrangements, Tariff};
use crate::model::Model;
use crate::results::{Layout, Measurer, StoredCells};
use crate::scenario::Scenario;
use crate::store::{ActivityWriter, Recorder};

/// A simulation, ready to run or to be accounted for. Cells differ between models, and with them everything that knows cells.
pub(in crate::cli) struct Prepared<'a> {
    pub(in crate::cli) model: &'a Model,
    pub(in crate::cli) tariff: Tariff,
    arrangements: Vec<Arrangements>,
    pub(in crate::cli) layout: Layout,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(scenario: &Scenario, simulation: &'a Simulation) -> Self {
        Self::with(scenario, simulation, Layout::new)
    }

    /// For activity that was stored.
    pub(in crate::cli) fn of_stored(scenario: &Scenario, simulation: &'a Simulation, stored: StoredCells) -> Self {
        Self::with(scenario, simulation, |scenario, model, tariff, options| {
            Layout::of_stored(scenario, model, tariff, options, stored)
        })
    }

    fn with(
        scenario: &Scenario,
        simulation: &'a Simulation,
        layout: impl Fn(&Scenario, &Model, &Tariff, &[Arrangements]) -> Layout,
    ) -> Self {
        let model = &simulation.model;
        let tariff = Tariff::compile(scenario, model);
        let arrangements: Vec<Arrangements> =
            simulation.options.iter().map(|&option| Arrangements::compile(scenario, model, &tariff, option)).collect();
        let layout = layout(scenario, model, &tariff, &arrangements);
        Self { model, tariff, arrangements, layout }
    }

    pub(in crate::cli) fn measurer(&self) -> Measurer<'_> {
        Measurer::new(&self.layout, &self.model.calendar, &self.tariff, &self.arrangements)
    }

    /// The option under which the simulation's own tables stand.
    fn first_option(&self) -> &str {
        self.layout.outline().options().first().map_or("", String::as_str)
    }
}

/// Runs all replications of all simulations, and has their activity written down if somebody wants it.
pub(super) fn simulate(
    scenario: &Scenario,
    prepared: &[Prepared<'_>],
    settings: &RunSettings,
    writer: Option<&ActivityWriter>,
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
        let option = one.first_option();
        if let Some(writer) = writer {
            writer.begin(scenario, one.model, option);
        }
        let replicated = replicate(one.model, how, || Recorder::new(one.measurer(), writer, option));
        if let Some(writer) = writer {
            writer.end(option);
        }
        replicated
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
