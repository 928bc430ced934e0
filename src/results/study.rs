//! The simulations of a run, measured: more replications at any time, results at the end.

use super::{Layout, Making, Measurer, Results, Simulated, StoredCells};
use crate::experiment::{Observer, Replicated, ReplicationError, Replications, Simulation, replicate};
use crate::ledger::{Arrangements, Tariff};
use crate::model::Model;
use crate::scenario::Scenario;

/// A simulation, ready to run or to be accounted for. Cells differ between models, and with them everything that knows cells.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// Its model.
    pub model: &'a Model,
    /// What stays cost.
    pub tariff: Tariff,
    arrangements: Vec<Arrangements>,
    /// Its rows.
    pub layout: Layout,
    /// With demand that varies beyond chance.
    pub varied: Option<(&'a Model, Layout)>,
}

impl<'a> Prepared<'a> {
    /// A simulation with all rows that it can fill.
    pub fn new(scenario: &Scenario, simulation: &'a Simulation) -> Self {
        let mut all = Self::with(scenario, simulation, Layout::new);
        let layout = |model| (model, Layout::of_varied(scenario, model, &all.tariff, &all.arrangements));
        all.varied = simulation.varied.as_ref().map(layout).filter(|(_, layout)| !layout.is_empty());
        all
    }

    /// For activity that was stored.
    pub fn of_stored(scenario: &Scenario, simulation: &'a Simulation, stored: StoredCells) -> Self {
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

    /// Turns activity into the values of the rows.
    pub fn measurer(&self) -> Measurer<'_> {
        Measurer::new(&self.layout, &self.model.calendar, &self.tariff, &self.arrangements)
    }

    /// The same of demand that varies beyond chance: of its layout and model.
    pub(super) fn varied_measurer<'m>(&'m self, layout: &'m Layout, model: &'m Model) -> Measurer<'m> {
        Measurer::new(layout, &model.calendar, &self.tariff, &self.arrangements)
    }

    /// How many rows it has in all.
    pub fn rows(&self) -> usize {
        self.layout.len() + self.varied.as_ref().map_or(0, |(_, layout)| layout.len())
    }

    /// The option under which the simulation's own tables stand.
    pub fn first_option(&self) -> &str {
        self.layout.outline().options().first().map_or("", String::as_str)
    }
}

/// What a simulation left so far.
#[derive(Clone, PartialEq, Debug, Default)]
struct Ran {
    by_chance: Replicated,
    /// With demand that varies beyond chance, where that is simulated too.
    varied: Replicated,
}

/// The simulations of a run and what their replications left so far. All have the same number of replications.
#[derive(Debug)]
pub struct Study<'a> {
    pub(super) scenario: &'a Scenario,
    /// The simulations, in the order of their first options.
    pub prepared: Vec<Prepared<'a>>,
    ran: Vec<Ran>,
}

/// Somebody who sees the activity of simulations beside those who measure it.
pub trait Watch: Sync {
    /// Has the activity of the simulation at this position seen on its way to the measurer.
    fn watch<'m>(&'m self, measurer: Measurer<'m>, simulation: usize) -> Box<dyn Observer + 'm>;
}

/// Nobody sees the activity but those who measure it.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn watch<'m>(&'m self, measurer: Measurer<'m>, _simulation: usize) -> Box<dyn Observer + 'm> {
        Box::new(measurer)
    }
}

impl<'a> Study<'a> {
    /// Nothing has been run yet.
    pub fn new(scenario: &'a Scenario, simulations: &'a [Simulation]) -> Self {
        let prepared: Vec<Prepared<'_>> = simulations.iter().map(|one| Prepared::new(scenario, one)).collect();
        let ran = prepared.iter().map(|_| Ran::default()).collect();
        Self { scenario, prepared, ran }
    }

    /// How many replications there are of each simulation.
    pub fn replications(&self) -> u32 {
        self.ran.first().map_or(0, |ran| ran.by_chance.numbers.len() as u32)
    }

    /// How many simulations are run, those with demand beyond chance included.
    pub fn count(&self) -> usize {
        self.prepared.len() + self.prepared.iter().filter(|one| one.varied.is_some()).count()
    }

    /// Runs the replications that `how` names, which follow those that there are. `how.progress` hears of those of all
    /// simulations together.
    ///
    /// # Errors
    /// The first of any simulation; then the study is of no further use.
    pub fn extend(&mut self, how: Replications<'_>, watch: &dyn Watch) -> Result<(), ReplicationError> {
        let each = how.numbers.1.saturating_sub(how.numbers.0);
        let mut finished_before = (0..).map(|simulation: u32| simulation.saturating_mul(each));
        let mut next = || finished_before.next().unwrap_or(u32::MAX);
        for (position, (one, ran)) in self.prepared.iter().zip(&mut self.ran).enumerate() {
            let first = next();
            let how = Replications { progress: &|finished| (how.progress)(first.saturating_add(finished)), ..how };
            ran.by_chance.append(replicate(one.model, how, || watch.watch(one.measurer(), position))?);
            if let Some((model, layout)) = &one.varied {
                let first = next();
                let how = Replications { progress: &|finished| (how.progress)(first.saturating_add(finished)), ..how };
                ran.varied.append(replicate(model, how, || one.varied_measurer(layout, model))?);
            }
        }
        Ok(())
    }

    /// What all replications so far cost: events, and processor seconds of the engine.
    pub fn effort(&self) -> (u64, f64) {
        let all = || self.ran.iter().flat_map(|ran| [&ran.by_chance, &ran.varied]);
        (all().map(|one| one.events).sum(), all().map(|one| one.engine_seconds).sum())
    }

    /// The rows of each simulation and the values of its replications so far, those with demand beyond chance included.
    pub fn numbers(&self) -> impl Iterator<Item = (&Layout, &[Vec<f64>])> {
        self.prepared.iter().zip(&self.ran).flat_map(|(one, ran)| {
            let own = (&one.layout, ran.by_chance.numbers.as_slice());
            let varied = one.varied.as_ref().map(|(_, layout)| (layout, ran.varied.numbers.as_slice()));
            std::iter::once(own).chain(varied)
        })
    }

    /// The results of all replications.
    pub fn results(self, making: Making) -> Results<'a> {
        let simulated = self.prepared.into_iter().zip(self.ran).map(|(one, ran)| Simulated {
            model: one.model,
            layout: one.layout,
            replicated: ran.by_chance,
            varied: one.varied.map(|(_, layout)| (layout, ran.varied.numbers)),
        });
        Results::new(self.scenario, simulated.collect(), making)
    }
}
