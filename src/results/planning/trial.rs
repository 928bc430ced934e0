//! A scenario simulated with other places.

use super::{Planner, Target, Variable};
use crate::activity::PeriodActivity;
use crate::domain::{Capacity, CapacityChange};
use crate::engine::Outcome;
use crate::experiment::{Observer, Planned, Replications, Trial, TrialError, replicate, simulations};
use crate::ids::PoolId;
use crate::results::Prepared;
use crate::results::selection::Picked;
use crate::results::table::pools::POOLS;
use crate::scenario::Scenario;
use crate::units::{DAY, Ticks};
use std::collections::BTreeMap;
use std::ops::Range;

/// The scenario with so many places of each variable.
pub(super) fn with_places(scenario: &Scenario, variables: &[Variable], places: &[u32]) -> Scenario {
    let mut changed = scenario.clone();
    let mut begun: Vec<PoolId> = Vec::new();
    for (variable, &places) in variables.iter().zip(places) {
        let pool = &mut changed.pools[variable.pool];
        match &variable.year {
            Some((from, _)) if begun.contains(&variable.pool) => {
                pool.changes.push(CapacityChange { from: *from, until: None, capacity: Capacity::Places(places) });
            }
            _ => pool.capacity = Capacity::Places(places),
        }
        if !begun.contains(&variable.pool) {
            pool.occupied_at_start = pool.occupied_at_start.map(|present| present.min(places));
            for reservation in &mut pool.reservations {
                reservation.places = reservation.places.min(places);
            }
            begun.push(variable.pool);
        }
    }
    changed
}

/// The trials of a plan.
pub(super) struct Places<'p> {
    planner: &'p Planner<'p>,
    how: Replications<'p>,
    finished: u32,
    /// Of a system without limits: by replication and pool how many audits found how many present.
    present: BTreeMap<u32, Vec<f64>>,
}

impl<'p> Places<'p> {
    pub(super) fn new(planner: &'p Planner<'_>, how: Replications<'p>) -> Self {
        Self { planner, how, finished: 0, present: BTreeMap::new() }
    }

    /// Simulates with limits.
    fn limited(&mut self, places: &[u32], numbers: &Range<u32>) -> Result<Vec<Vec<f64>>, TrialError> {
        let planner = self.planner;
        let changed = with_places(planner.scenario, &planner.variables, places);
        let simulation = simulations(&changed, &[planner.option])?;
        let prepared = Prepared::new(&changed, &simulation[0]);
        let positions: Vec<usize> = planner.targets.iter().map(|target| position(&prepared, planner, target)).collect();
        let picked = || Picked { measurer: prepared.measurer(), positions: &positions };
        let ran = self.how.part(self.finished, numbers.clone(), |how| replicate(prepared.model, how, picked))?;
        self.finished += numbers.len() as u32;
        Ok(ran.numbers)
    }

    /// Simulates without limits, and judges every number of places from the same audits.
    fn unlimited(&mut self, places: &[u32], numbers: &Range<u32>) -> Result<Vec<Vec<f64>>, TrialError> {
        let planner = self.planner;
        let missing: Vec<u32> = numbers.clone().filter(|number| !self.present.contains_key(number)).collect();
        if let (Some(&first), Some(&last)) = (missing.first(), missing.last()) {
            let mut open = planner.scenario.clone();
            for pool in &mut open.pools {
                pool.capacity = Capacity::Unlimited;
                pool.calendar = None;
                pool.changes = Vec::new();
                pool.reservations = Vec::new();
            }
            open.audits.occupancy_every = Some(Ticks(DAY));
            let simulation = simulations(&open, &[planner.option])?;
            let model = &simulation[0].model;
            let pools: Vec<PoolId> = planner.variables.iter().map(|variable| variable.pool).collect();
            let audited = || Audited { pools: &pools };
            let ran = self.how.part(self.finished, first..last + 1, |how| replicate(model, how, audited))?;
            self.finished += last + 1 - first;
            self.present.extend((first..=last).zip(ran.numbers));
        }
        let value = |counts: &[f64], target: &Target| {
            let knob = target.goal.knob.unwrap_or(0);
            let (own, places) = (counts_of(counts, knob), places[knob] as usize);
            let within: f64 = own.iter().take(places + 1).sum();
            // Where there are always more, all places are always busy.
            if within > 0.0 { own.get(places).copied().unwrap_or(0.0) / within } else { 1.0 }
        };
        let of = |number: u32| planner.targets.iter().map(|target| value(&self.present[&number], target)).collect();
        Ok(numbers.clone().map(of).collect())
    }
}

impl Trial for Places<'_> {
    fn run(&mut self, places: &[u32], numbers: Range<u32>) -> Result<Vec<Vec<f64>>, TrialError> {
        if self.planner.rules.aims.iter().any(super::Aim::is_without_limits) {
            self.unlimited(places, &numbers)
        } else {
            self.limited(places, &numbers)
        }
    }
}

/// Where the value of a target stands; rows exist whatever the places.
fn position(prepared: &Prepared<'_>, planner: &Planner<'_>, target: &Target) -> usize {
    let aim = &planner.rules.aims[target.aim];
    let rows = prepared.layout.outline().rows_of(aim.table);
    let mut rows =
        rows.filter(|row| row.metric == aim.metric && row.entity == target.entity && row.period == target.period);
    rows.next().map_or(usize::MAX, |row| row.position)
}

/// The share of each pool's requests that it does not treat, on the replications of the confirmation.
pub(super) fn turned_away(
    planner: &Planner<'_>,
    planned: &Planned,
    how: Replications<'_>,
) -> Result<Vec<Option<f64>>, TrialError> {
    if planner.rules.aims.iter().any(super::Aim::is_without_limits) {
        return Ok(vec![None; planner.variables.len()]);
    }
    let changed = with_places(planner.scenario, &planner.variables, &planned.places);
    let simulation = simulations(&changed, &[planner.option])?;
    let prepared = Prepared::new(&changed, &simulation[0]);
    let outline = prepared.layout.outline();
    let metrics = ["refused_share", "overflow_share"];
    // A pool that turns nobody away has no row of it.
    let of = |variable: &Variable| -> Vec<usize> {
        let entity = super::entity(planner.scenario, variable.pool);
        let own = outline.rows_of(&POOLS).filter(|row| row.entity == entity && row.period == variable.period());
        own.filter(|row| metrics.contains(&row.metric.name)).map(|row| row.position).collect()
    };
    let positions: Vec<Vec<usize>> = planner.variables.iter().map(of).collect();
    let all = positions.concat();
    let picked = || Picked { measurer: prepared.measurer(), positions: &all };
    let ran = how.part(0, planned.block.clone(), |how| replicate(prepared.model, how, picked))?;
    let mut begin = 0;
    let share = |own: &Vec<usize>| {
        let columns = begin..begin + own.len();
        begin = columns.end;
        let sums = ran.numbers.iter().map(|numbers| numbers[columns.clone()].iter().sum::<f64>());
        let known: Vec<f64> = sums.filter(|sum| sum.is_finite()).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    Ok(positions.iter().map(share).collect())
}

/// How many audits found how many patients, pool after pool, each with the number of its counts before it.
struct Audited<'p> {
    pools: &'p [PoolId],
}

impl Observer for Audited<'_> {
    fn period(&mut self, _activity: &PeriodActivity) {}

    fn finish(&mut self, outcome: &Outcome) -> Vec<f64> {
        let mut all = Vec::new();
        for &pool in self.pools {
            let counts = outcome.audits.present.get(pool).map_or(&[][..], Vec::as_slice);
            all.push(counts.len() as f64);
            all.extend(counts.iter().map(|&count| f64::from(count)));
        }
        all
    }
}

fn counts_of(all: &[f64], pool: usize) -> &[f64] {
    let mut at = 0;
    for _ in 0..pool {
        at += 1 + all[at] as usize;
    }
    &all[at + 1..at + 1 + all[at] as usize]
}
