//! Demand scaled until as many places are occupied as were observed.

use super::{layer, reload};
use crate::cli::args::CalibrateArgs;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::{interrupt, load, settings};
use crate::experiment::{Replications, replicate};
use crate::ids::{OptionId, ServiceId};
use crate::results::{BedRow, Calibration, Prepared};
use crate::scenario::{Observations, Scenario};
use crate::store::ScenarioFolder;
use std::collections::{BTreeMap, BTreeSet};

/// Demand is scaled until places differ by at most this share, or so many times.
pub(super) const CLOSE: f64 = 0.005;
const TRIES: usize = 6;

/// Scales demand until as many places are occupied as were observed; false if they are not.
pub(super) fn scale(
    calibration: &mut Calibration<'_>,
    observations: &Observations,
    folder: &ScenarioFolder,
    option: OptionId,
    args: &CalibrateArgs,
    printer: Printer,
) -> Result<bool, Exit> {
    let scenario = calibration.scenario;
    alone(scenario, observations, printer)?;
    let (mut met, mut warm_up) = (false, None);
    for attempt in 0..=TRIES {
        folder.write(&layer::of(calibration)).map_err(|problem| {
            printer.error(&problem.to_string());
            Exit::Files
        })?;
        let mut made = reload(folder, printer)?;
        if attempt > 0 && made.run.chooses_warm_up {
            // Chosen once: another factor hardly changes it.
            if let Some(length) = warm_up {
                made.run.warm_up = length;
            } else {
                load::choose_warm_up(&mut made, settings::threads(args.threads), printer)?;
                warm_up = Some(made.run.warm_up);
            }
        }
        let found = occupied(&made, option, if attempt == 0 { 0 } else { args.replications }, args, printer)?;
        met = attempt > 0;
        for one in &mut calibration.services {
            let beds = observations.beds.iter().filter(|(key, _)| key.0 == one.fit.service);
            let id = one.fit.service;
            let first = scenario.services[id].stages.iter().next().and_then(|stage| stage.needs.first());
            let Some(pool) = first.map(|need| need.pool.clone()) else { continue };
            one.beds = beds
                .map(|(&(_, provider), &observed)| {
                    let provider = scenario.providers[provider].id.clone();
                    let (expected, simulated) =
                        found.get(&(provider.clone(), pool.clone())).copied().unwrap_or_default();
                    BedRow { provider, pool: pool.clone(), observed, expected, simulated }
                })
                .collect();
            if one.beds.is_empty() {
                continue;
            }
            let sum = |of: fn(&BedRow) -> f64| one.beds.iter().map(of).sum::<f64>();
            // The traffic equations first, then what was simulated.
            let occupied = if attempt == 0 { sum(|row| row.expected) } else { sum(|row| row.simulated) };
            let ratio = sum(|row| row.observed) / occupied;
            if !ratio.is_finite() || ratio <= 0.0 {
                printer.error(&format!(
                    "{}: {} places are observed as occupied and {} expected, so demand cannot be scaled",
                    scenario.services[id].id,
                    sum(|row| row.observed),
                    occupied
                ));
                return Err(Exit::Invalid);
            }
            if libm::fabs(ratio - 1.0) > CLOSE || attempt == 0 {
                met &= libm::fabs(ratio - 1.0) <= CLOSE;
                if attempt < TRIES {
                    // Full places hold no more patients, however many come: no leaps.
                    one.factor *= if attempt == 0 { ratio } else { ratio.clamp(0.5, 1.5) };
                }
            }
        }
        if met {
            break;
        }
    }
    Ok(met)
}

/// Refuses observed places of pools that patients of other services take, too.
fn alone(scenario: &Scenario, observations: &Observations, printer: Printer) -> Result<(), Exit> {
    let services: BTreeSet<ServiceId> = observations.beds.keys().map(|key| key.0).collect();
    for &service in &services {
        let Some(pool) = scenario.services[service].stages.iter().next().and_then(|stage| stage.needs.first()) else {
            continue;
        };
        let uses = |id: &ServiceId| {
            scenario.services[*id].stages.iter().flat_map(|stage| &stage.needs).any(|need| need.pool == pool.pool)
        };
        if let Some(other) = scenario.services.ids().find(|id| *id != service && uses(id)) {
            printer.error(&format!(
                "the occupied places of {} are in the pool {}, which {} uses, too: they cannot say how many patients of either \
                 there are. Give the services pools of their own, or leave {0} out of --beds",
                scenario.services[service].id, pool.pool, scenario.services[other].id
            ));
            return Err(Exit::Invalid);
        }
    }
    Ok(())
}

/// Occupied places by provider and pool: expected, and simulated.
type Occupied = BTreeMap<(String, String), (f64, f64)>;

/// Occupied places by provider and pool: by the traffic equations, and as the mean of some replications, if any.
fn occupied(
    scenario: &Scenario,
    option: OptionId,
    replications: u32,
    args: &CalibrateArgs,
    printer: Printer,
) -> Result<Occupied, Exit> {
    let simulations = load::compile(scenario, &[option], printer)?;
    let Some(simulation) = simulations.first() else { return Ok(Occupied::new()) };
    let mut found = Occupied::new();
    for (id, pool) in scenario.pools.iter_ids() {
        let key = (scenario.providers[pool.provider].id.clone(), pool.id.clone());
        found.insert(key, (simulation.model.expected.offered_load[id], 0.0));
    }
    if replications == 0 {
        return Ok(found);
    }
    let prepared = Prepared::new(scenario, simulation);
    let how = Replications {
        numbers: (0, replications),
        threads: settings::threads(args.threads).min(replications as usize),
        progress: &|_| {},
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    let ran = replicate(prepared.model, how, || prepared.measurer())
        .map_err(|problem| interrupt::stopped(problem, printer))?;
    let rows = prepared.layout.outline().rows().filter(|row| row.table.name == "pools" && row.period == "all");
    for row in rows.filter(|row| row.metric.name == "mean_occupied") {
        let mean = ran.numbers.iter().map(|values| values[row.position]).sum::<f64>() / ran.numbers.len() as f64;
        if let [provider, pool] = row.entity
            && let Some(both) = found.get_mut(&(provider.clone(), pool.clone()))
        {
            both.1 = mean;
        }
    }
    Ok(found)
}
