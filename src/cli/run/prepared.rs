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
use std::cell::Cell;

/// A simulation, ready to run or to be accounted for. Cells differ between models, and with them everything that knows cells.
pub(in crate::cli) struct Prepared<'a> {
    pub(in crate::cli) model: &'a Model,
    pub(in crate::cli) tariff: Tariff,
    arrangements: Vec<Arrangements>,
    pub(in crate::cli) layout: Layout,
    /// With demand that varies beyond chance.
    pub(in crate::cli) varied: Option<(&'a Model, Layout)>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(scenario: &Scenario, simulation: &'a Simulation) -> Self {
        let mut all = Self::with(scenario, simulation, Layout::new);
        let layout = |model| (model, Layout::of_varied(scenario, model, &all.tariff, &all.arrangements));
        all.varied = simulation.varied.as_ref().map(layout).filter(|(_, layout)| !layout.is_empty());
        all
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
        Self { model, tariff, arrangements, layout, varied: None }
    }

    pub(in crate::cli) fn measurer(&self) -> Measurer<'_> {
        Measurer::new(&self.layout, &self.model.calendar, &self.tariff, &self.arrangements)
    }

    /// How many rows it has in all.
    pub(in crate::cli) fn rows(&self) -> usize {
        self.layout.len() + self.varied.as_ref().map_or(0, |(_, layout)| layout.len())
    }

    /// The option under which the simulation's own tables stand.
    fn first_option(&self) -> &str {
        self.layout.outline().options().first().map_or("", String::as_str)
    }
}

/// What a simulation left, and what it left with demand that varies beyond chance.
pub(super) type Ran = (Replicated, Option<Replicated>);

/// Runs all replications of all simulations, and has their activity written down if somebody wants it.
pub(super) fn simulate<'a>(
    scenario: &Scenario,
    prepared: &'a [Prepared<'_>],
    settings: &RunSettings,
    writer: Option<&'a ActivityWriter>,
    printer: Printer,
) -> Result<Vec<Ran>, Exit> {
    let replications = scenario.run.replications;
    let count = prepared.len() + prepared.iter().filter(|one| one.varied.is_some()).count();
    let progress = Progress::new(printer, replications.saturating_mul(count as u32));
    let before = Cell::new(0_u32);
    let run = |model: &Model, observer: &(dyn Fn() -> Recorder<'a, Measurer<'a>> + Sync)| {
        let first = before.replace(before.get().saturating_add(replications));
        let how = Replications {
            numbers: (0, replications),
            threads: settings.threads.min(replications as usize),
            progress: &|finished| progress.finished(first.saturating_add(finished)),
            cancelled: &interrupt::CANCELLED,
            stopwatch: if settings.timings { &stopwatch::seconds } else { &|| 0.0 },
        };
        replicate(model, how, observer)
    };
    let both = |one: &'a Prepared<'_>| {
        let option = one.first_option();
        if let Some(writer) = writer {
            writer.begin(scenario, one.model, option);
        }
        let replicated = run(one.model, &|| Recorder::new(one.measurer(), writer, option));
        if let Some(writer) = writer {
            writer.end(option);
        }
        let again = |(model, layout): &'a (&Model, Layout)| {
            let measurer = || Measurer::new(layout, &model.calendar, &one.tariff, &one.arrangements);
            run(model, &|| Recorder::new(measurer(), None, option))
        };
        Ok((replicated?, one.varied.as_ref().map(again).transpose()?))
    };
    let replicated: Result<Vec<Ran>, ReplicationError> = prepared.iter().map(both).collect();
    progress.clear();
    replicated.map_err(|problem| {
        printer.error(&problem.to_string());
        match problem {
            ReplicationError::Interrupted => Exit::Interrupted,
            ReplicationError::Engine { .. } => Exit::Invalid,
        }
    })
}
