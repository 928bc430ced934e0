//! A pool as queueing theory sees it, and whether theory is exact for it.

use crate::domain::{Preemption, StageSite, WhenFull};
use crate::ids::{CellId, Id, PoolId, ServiceId};
use crate::model::{Intensity, Model};
use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::theory::staffing::{Station, peak_offered_load};
use crate::units::{DAY, Ticks};

/// Parts of a cycle in which the rate is taken as constant.
const PARTS: u64 = 500;

/// What theory says of a pool.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Theory {
    /// At its mean load.
    pub(super) station: Station,
    /// The same at the highest load of the cycle, where referrals have one.
    pub(super) at_peak: Station,
    /// Whether the formulas of the station are exact, and not a place to begin.
    pub(super) exact: bool,
    /// Whether the number present without limits is a Poisson number.
    pub(super) exact_without_limits: bool,
}

/// The station of a pool; nothing for one that nobody asks for.
pub(super) fn theory(scenario: &Scenario, model: &Model, pool: PoolId) -> Option<Theory> {
    let expected = &model.expected;
    let cells: Vec<CellId> = model.cells.ids().filter(|&cell| model.cell_pools[cell] == pool).collect();
    let rate: f64 = cells.iter().map(|&cell| expected.stays_per_day[cell]).sum();
    let load = expected.offered_load[pool];
    if rate <= 0.0 || load <= 0.0 {
        return None;
    }
    let stage = |cell: CellId| {
        let plan = &model.cells[cell];
        &scenario.services[plan.service].stages[plan.stage]
    };
    let service = load / rate;
    let place = &scenario.pools[pool];
    let full = |cell: CellId| stage(cell).when_full.unwrap_or(place.when_full);
    let patience = |cell: CellId| stage(cell).patience[model.cells[cell].class.index()].as_ref();
    let refuses = cells.iter().all(|&cell| full(cell) == WhenFull::Refuse);
    let mean_patience = |distribution: &Distribution| distribution.mean();
    let impatient: Vec<f64> = cells.iter().filter_map(|&cell| patience(cell).map(mean_patience)).collect();
    let station = |rate: f64| {
        if refuses {
            Station::Loss { rate, service }
        } else if impatient.len() == cells.len() && impatient.iter().all(|&mean| mean > 0.0) {
            Station::Impatient { rate, service, patience: impatient.iter().sum::<f64>() / impatient.len() as f64 }
        } else {
            Station::Delay { rate, service }
        }
    };
    let plain = is_plain(scenario, model, pool, &cells);
    let memoryless = |distribution: &Distribution| matches!(distribution, Distribution::Exponential { .. });
    let same_stays = cells.iter().all(|&cell| {
        let stay = &stage(cell).stay;
        memoryless(stay) && (stay.mean() - service).abs() <= 1e-9 * service
    });
    let exact = plain
        && match station(rate) {
            Station::Loss { .. } => true,
            Station::Delay { .. } => {
                same_stays && impatient.is_empty() && cells.iter().all(|&cell| full(cell) == WhenFull::Wait)
            }
            Station::Impatient { patience: mean, .. } => {
                let one_class = cells.iter().all(|&cell| model.cells[cell].class == model.cells[cells[0]].class);
                same_stays
                    && one_class
                    && cells.iter().all(|&cell| full(cell) == WhenFull::Wait)
                    && cells.iter().all(|&cell| {
                        patience(cell).is_some_and(|law| memoryless(law) && (law.mean() - mean).abs() <= 1e-9 * mean)
                    })
            }
        };
    let peak = peak(scenario, model, &cells, rate, service);
    let steady = is_steady(scenario, model, &cells);
    Some(Theory {
        station: station(rate),
        at_peak: station(rate * peak.max(load) / load),
        exact,
        exact_without_limits: steady && simple_places(scenario, pool, &cells, model),
    })
}

/// Poisson arrivals from outside at a constant rate, one place each, left at the end of the stay: nothing but the pool's own places
/// decides.
fn is_plain(scenario: &Scenario, model: &Model, pool: PoolId, cells: &[CellId]) -> bool {
    let place = &scenario.pools[pool];
    is_steady(scenario, model, cells)
        && simple_places(scenario, pool, cells, model)
        && place.calendar.is_none()
        && place.changes.is_empty()
        && place.list_limit.is_none()
        && place.preemption == Preemption::Never
        && place.reservations.is_empty()
        && cells.iter().all(|&cell| {
            let plan = &model.cells[cell];
            let service = &scenario.services[plan.service];
            let stage = &service.stages[plan.stage];
            let by_waits = model
                .rules
                .as_deref()
                .and_then(|rules| rules.services.get(plan.service))
                .is_some_and(|rules| rules.wait_decay > 0.0);
            // Referrals come here first, and come here once.
            plan.stage.index() == 0
                && (model.expected.visits[plan.line] - 1.0).abs() < 1e-12
                && service.returns.is_none()
                && stage.rises.is_empty()
                && sends_nobody(model, plan.service)
                && !by_waits
                && !service.stages.iter().any(|next| next.when_full == Some(WhenFull::Block))
        })
}

/// Whether no patient of a service goes on to another provider, so that none comes from one either.
fn sends_nobody(model: &Model, service: ServiceId) -> bool {
    model.rules.as_deref().is_none_or(|rules| {
        let plans = model.cells.iter_ids().filter(|(_, plan)| plan.service == service);
        plans.filter_map(|(id, _)| rules.cells.get(id)).all(|cell| cell.candidates.is_empty())
    })
}

/// One place of this pool alone, for the stage alone, and the same stay for everybody of a stage.
fn simple_places(scenario: &Scenario, pool: PoolId, cells: &[CellId], model: &Model) -> bool {
    let id = &scenario.pools[pool].id;
    cells.iter().all(|&cell| {
        let plan = &model.cells[cell];
        let service = &scenario.services[plan.service];
        let stage = &service.stages[plan.stage];
        stage.needs.len() == 1
            && stage.needs[0].places == 1
            && stage.site == StageSite::Here
            && stage.away.is_none()
            // Nobody keeps the place on the way to another stage.
            && stage.next.iter().all(|next| !service.stages[next.stage].keeps.contains(id))
    }) && !scenario.services.iter().any(|service| {
        // Somebody else's second place.
        service.stages.iter().any(|stage| stage.needs.iter().skip(1).any(|need| need.pool == *id))
    })
}

/// Single referrals at constant and certain rates.
fn is_steady(scenario: &Scenario, model: &Model, cells: &[CellId]) -> bool {
    model.variation.is_none()
        && cells.iter().all(|&cell| {
            let plan = &model.cells[cell];
            matches!(model.streams[plan.stream].intensity, Intensity::Constant { .. })
                && scenario.services[plan.service].batches.len() <= 1
        })
}

/// The highest mean number present over the longest cycle of referrals, by the modified offered load.
fn peak(scenario: &Scenario, model: &Model, cells: &[CellId], rate: f64, service: f64) -> f64 {
    let cycles = scenario.demand.iter().filter_map(|stream| match &stream.profile {
        crate::domain::Profile::Constant => None,
        crate::domain::Profile::Piecewise { cycle, .. } | crate::domain::Profile::Sinusoidal { cycle, .. } => {
            Some(cycle.0)
        }
    });
    let Some(cycle) = cycles.max() else { return rate * service };
    let step = (cycle / PARTS).max(1);
    let rates: Vec<f64> = (0..PARTS)
        .map(|part| {
            let of = |&cell: &CellId| {
                let intensity = &model.streams[model.cells[cell].stream].intensity;
                let mean = intensity.mean_per_tick() * step as f64;
                let now = intensity.mean_between(part * step, (part + 1) * step);
                if mean > 0.0 { model.expected.stays_per_day[cell] * now / mean } else { 0.0 }
            };
            cells.iter().map(of).sum()
        })
        .collect();
    peak_offered_load(&rates, Ticks(cycle).0 as f64 / DAY as f64, service)
}
