//! A warm-up chosen by rule: how much of a trial that begins as the run does has to be thrown away.

use super::{Observer, ReplicationError, Replications, replicate};
use crate::activity::PeriodActivity;
use crate::engine::Outcome;
use crate::ids::{FlowId, Id, IndexVec, OptionId, PoolId, ServiceId};
use crate::model::{CompileError, Model, compile};
use crate::scenario::Scenario;
use crate::stats::truncation::{head_against_rest, mser5};
use crate::units::{DAY, Ticks};
use std::collections::BTreeMap;
use thiserror::Error;

/// Looks during a trial.
const LOOKS: usize = 500;
/// Replications of a trial.
const REPLICATIONS: u32 = 20;
/// A trial of the length of the horizon is doubled so often before it is given up.
const DOUBLINGS: u32 = 2;
/// A pool is named if the part that it would cut differs from the rest at this level, divided by the number of pools.
const LEVEL: f64 = 0.01;

/// A warm-up and what it was chosen from.
#[derive(Clone, PartialEq, Debug)]
pub struct WarmUp {
    /// What is to be thrown away: the longest cut of all services, in whole days where the run lasts a month or more.
    pub length: Ticks,
    /// The length of the trials.
    pub trial: Ticks,
    /// For each simulation and service with patients the series that it was chosen from.
    pub series: Vec<Series>,
    /// Simulations and pools that are still not at rest after it.
    pub restless: Vec<(OptionId, PoolId)>,
}

impl WarmUp {
    /// Whether every service settled within the trials; otherwise half of a trial is thrown away and may not be enough.
    pub fn settled(&self) -> bool {
        self.series.iter().all(|series| series.settled)
    }
}

/// The patients of a service during the trials of one simulation, means over replications.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// The first option of the simulation.
    pub option: OptionId,
    /// The service.
    pub service: ServiceId,
    /// Between two looks, the mean number in a stage.
    pub present: Vec<f64>,
    /// At each look, those who wait for their first stage.
    pub waiting: Vec<f64>,
    /// How many of the values MSER-5 cuts, of their sum.
    pub cut: usize,
    /// Whether the cut lies before the middle of the trial, the farthest that it may.
    pub settled: bool,
}

/// Why there is no warm-up.
#[derive(Debug, Error)]
pub enum WarmUpError {
    /// The trial cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It could not be run.
    #[error(transparent)]
    Run(#[from] ReplicationError),
}

/// Chooses the warm-up of a scenario by MSER-5 on the mean over replications of the patients present and waiting, service by
/// service; the longest cut holds for all. Every simulation of the scenario has its own trial, so the choice does not depend
/// on the options that are wanted. `how` says how to run; its numbers are not used.
///
/// Source: K. P. White, M. J. Cobb and S. C. Spratt, Winter Simulation Conference (2000) 755-760.
///
/// # Errors
/// [`WarmUpError`].
pub fn choose_warm_up(scenario: &mut Scenario, how: Replications<'_>) -> Result<WarmUp, WarmUpError> {
    let run = scenario.run.clone();
    let chosen = choose(scenario, how);
    scenario.run = run;
    chosen
}

fn choose(scenario: &mut Scenario, how: Replications<'_>) -> Result<WarmUp, WarmUpError> {
    let horizon = scenario.run.horizon;
    let mut trial = horizon;
    for _ in 0..DOUBLINGS {
        let chosen = try_out(scenario, trial, how)?;
        if chosen.settled() {
            return Ok(chosen);
        }
        trial = Ticks(2 * trial.0);
    }
    try_out(scenario, trial, how)
}

/// Runs trials of one length.
fn try_out(scenario: &mut Scenario, trial: Ticks, how: Replications<'_>) -> Result<WarmUp, WarmUpError> {
    let horizon = scenario.run.horizon;
    // A trial is all warm-up: calendars and rules are as on the day of the start, and growth has not begun.
    (scenario.run.warm_up, scenario.run.horizon) = (trial, Ticks(DAY));
    let mut firsts: BTreeMap<FlowId, OptionId> = BTreeMap::new();
    for &id in &scenario.shown {
        firsts.entry(scenario.options[id].flow_rules).or_insert(id);
    }
    let mut trials: Vec<(OptionId, Model)> = Vec::new();
    for (rules, option) in firsts {
        let model = compile(scenario, rules)?;
        if !trials.iter().any(|(_, known)| known.fingerprint == model.fingerprint) {
            trials.push((option, model.looked_at_from_the_beginning(trial, LOOKS)));
        }
    }
    trials.sort_by_key(|(option, _)| *option);
    scenario.run.horizon = horizon;
    let how = Replications { numbers: (0, REPLICATIONS), ..how };
    let mut seen = Vec::new();
    for (option, model) in &trials {
        let replicated = replicate(model, how, || Looks::new(model, scenario.services.len()))?;
        seen.push((*option, Seen { model, services: scenario.services.len(), numbers: replicated.numbers }));
    }
    let series: Vec<Series> = seen.iter().flat_map(|(option, seen)| seen.series(*option)).collect();
    let cut = series.iter().map(|series| series.cut).max().unwrap_or(0);
    let restless = seen
        .iter()
        .flat_map(|(option, seen)| seen.restless(scenario, cut).into_iter().map(|pool| (*option, pool)))
        .collect();
    let length = cut as u64 * (trial.0 / LOOKS as u64);
    let length = if horizon.0 >= 30 * DAY { length.div_ceil(DAY) * DAY } else { length };
    Ok(WarmUp { length: Ticks(length), trial, series, restless })
}

/// What is seen of one replication: look by look the services' patients present, those waiting, and the pools'.
struct Looks<'a> {
    model: &'a Model,
    services: usize,
    values: Vec<f64>,
}

impl<'a> Looks<'a> {
    fn new(model: &'a Model, services: usize) -> Self {
        Self { model, services, values: Vec::new() }
    }
}

impl Observer for Looks<'_> {
    fn period(&mut self, activity: &PeriodActivity) {
        let length = activity.length as f64;
        let mut present: IndexVec<ServiceId, f64> = vec![0.0; self.services].into();
        let mut waiting = present.clone();
        for (id, cell) in activity.cells.iter_ids() {
            present[self.model.cells[id].service] += cell.stay as f64 / length;
        }
        for (id, list) in activity.waiting.iter_ids() {
            waiting[self.model.streams[id].service] += f64::from(list.patients);
        }
        self.values.extend(present.iter().chain(&waiting));
        self.values.extend(activity.pools.iter().map(|pool| (pool.occupied + pool.queued) as f64 / length));
    }

    fn finish(&mut self, _outcome: &Outcome) -> Vec<f64> {
        std::mem::take(&mut self.values)
    }
}

/// What was seen of all replications.
struct Seen<'a> {
    model: &'a Model,
    services: usize,
    numbers: Vec<Vec<f64>>,
}

impl Seen<'_> {
    /// One of the values of every look.
    fn column(&self, numbers: &[f64], column: usize) -> Vec<f64> {
        numbers.iter().skip(column).step_by(2 * self.services + self.model.pools.len()).copied().collect()
    }

    /// The same, as the mean over replications.
    fn mean(&self, column: usize) -> Vec<f64> {
        let mut mean = vec![0.0; LOOKS];
        for numbers in &self.numbers {
            mean.iter_mut().zip(self.column(numbers, column)).for_each(|(sum, value)| *sum += value);
        }
        for sum in &mut mean {
            *sum /= self.numbers.len() as f64;
        }
        mean
    }

    fn series(&self, option: OptionId) -> Vec<Series> {
        let one = |service: usize| {
            let (present, waiting) = (self.mean(service), self.mean(self.services + service));
            let total: Vec<f64> = present.iter().zip(&waiting).map(|(present, waiting)| present + waiting).collect();
            if total.iter().all(|&patients| patients == 0.0) {
                return None;
            }
            let truncation = mser5(&total)?;
            let (cut, settled) = (truncation.observations, truncation.settled);
            Some(Series { option, service: ServiceId::new(service), present, waiting, cut, settled })
        };
        (0..self.services).filter_map(one).collect()
    }

    /// Pools with places in scope that would need a longer cut: what MSER-5 would cut of the rest differs from what is left.
    fn restless(&self, scenario: &Scenario, cut: usize) -> Vec<PoolId> {
        let looked_at: Vec<PoolId> =
            scenario.pools.ids().filter(|&pool| scenario.providers[scenario.pools[pool].provider].in_scope).collect();
        let alpha = LEVEL / looked_at.len().max(1) as f64;
        let is_restless = |pool: &PoolId| {
            let column = 2 * self.services + pool.index();
            let Some(more) = mser5(&self.mean(column)[cut..]).filter(|more| more.observations > 0) else {
                return false;
            };
            let rows: Vec<Vec<f64>> =
                self.numbers.iter().map(|numbers| self.column(numbers, column).split_off(cut)).collect();
            head_against_rest(&rows, more.observations, alpha).is_some_and(|test| test.p_value < alpha)
        };
        looked_at.into_iter().filter(is_restless).collect()
    }
}
