//! How large a run will be, before it begins.

use super::numbers;
use crate::activity::{Cell, Incidents, PoolTime};
use crate::domain::{Capacity, Returns, WhenFull};
use crate::experiment::Simulation;
use crate::ids::PoolId;
use crate::model::Model;
use crate::results::{ActivityKind, Counts};
use crate::scenario::Scenario;
use crate::stats::histogram::BINS;
use crate::units::DAY;

/// More events than this are refused.
const MOST_EVENTS: f64 = 1e12;
/// More bytes than this are refused.
const MOST_BYTES: f64 = 8e9;
/// Nanoseconds an event, by and large (docs/performance.md).
const NANOSECONDS_PER_EVENT: f64 = 100.0;
/// Bytes of a patient who is present: its row, its place in the event list, and room to grow.
const BYTES_PER_PATIENT: f64 = 200.0;
/// Bytes of a referral that is drawn ahead.
const BYTES_PER_REFERRAL: f64 = 100.0;

/// The size of a run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Estimate {
    /// Events of all replications.
    pub(super) events: f64,
    /// Bytes of memory.
    pub(super) bytes: f64,
    /// Replications that really run at once.
    threads: f64,
}

impl Estimate {
    /// Of so many replications of simulations that run one after the other.
    pub(super) fn new(scenario: &Scenario, simulations: &[Simulation], replications: u32, threads: usize) -> Self {
        let none = Self { events: 0.0, bytes: 0.0, threads: (threads as f64).min(f64::from(replications)) };
        simulations
            .iter()
            .flat_map(|simulation| [Some(&simulation.model), simulation.varied.as_ref()])
            .flatten()
            .map(|model| Self::of_one(scenario, model, replications, threads))
            .fold(none, |all, one| Self { events: all.events + one.events, bytes: all.bytes.max(one.bytes), ..all })
    }

    /// Expected by the traffic equations; a pool that is offered more than it can treat gets a growing waiting list.
    fn of_one(scenario: &Scenario, model: &Model, replications: u32, threads: usize) -> Self {
        let days = model.end as f64 / DAY as f64;
        let referrals_per_day: f64 = model.expected.in_scope_per_day.iter().sum();
        let stays_per_day: f64 = model.expected.stays_per_day.iter().sum();
        let replications = f64::from(replications);
        let threads = (threads as f64).min(replications);
        let present: f64 = scenario.pools.ids().map(|pool| present_at_most(scenario, model, pool, days)).sum::<f64>()
            + model.expected.offered_load[model.no_pool()];
        // Each period is held once, and summed up to every reporting period it belongs to.
        let incidents = if model.rules.is_some() { size_of::<Incidents>() } else { 0 };
        let period = (model.cells.len() * (size_of::<Cell>() + 16 + incidents)
            + (model.pools.len() + model.classes.pools.len()) * (size_of::<PoolTime>() + 4 * BINS)
            + model.streams.len() * 4 * BINS) as f64;
        let audits: f64 = model.audits.largest.iter().map(|&largest| f64::from(largest) * 8.0).sum();
        let workspace = period * (1.0 + model.calendar.reports.len() as f64)
            + audits
            + present * BYTES_PER_PATIENT
            + referrals_per_day * 7.0 * BYTES_PER_REFERRAL;
        let changes = model.rules.as_ref().map_or(0, |rules| rules.changes.len()) as f64;
        let per_day = referrals_per_day + returns_per_day(scenario, model) + stays_per_day + patience_per_day(model);
        Self { events: (per_day * days + changes) * replications, bytes: workspace * threads, threads }
    }

    /// With so many numbers kept from each replication.
    pub(super) fn with_numbers(self, numbers: usize, replications: u32) -> Self {
        Self { bytes: self.bytes + 8.0 * numbers as f64 * f64::from(replications), ..self }
    }

    /// With sums of activity kept, if they are.
    pub(super) fn with_activity(self, simulations: &[Simulation], kind: ActivityKind) -> Self {
        if kind != ActivityKind::Total {
            return self;
        }
        let rows = simulations.iter().map(|one| one.model.cells.len() * one.model.calendar.base.len());
        Self { bytes: self.bytes + (rows.sum::<usize>() * size_of::<Counts>()) as f64, ..self }
    }

    /// How long it will take.
    pub(super) fn seconds(&self) -> f64 {
        self.events * NANOSECONDS_PER_EVENT * 1e-9 / self.threads
    }

    /// Why it should not be begun, if it should not.
    pub(super) fn refusal(&self) -> Option<String> {
        let what = match self {
            _ if self.events > MOST_EVENTS => format!("about {} events", numbers::roughly(self.events)),
            _ if self.bytes > MOST_BYTES => format!("about {} GB of memory", numbers::fixed(self.bytes / 1e9, 1)),
            _ => return None,
        };
        Some(format!(
            "this run is too large: {what}, {} on this machine. Shorten the horizon, run fewer replications or limit the \
             scope; --allow-large runs it all the same",
            numbers::spell_of_time(self.seconds())
        ))
    }

    /// A word of warning about a long run.
    pub(super) fn warning(&self) -> Option<String> {
        (self.seconds() > 60.0).then(|| {
            format!(
                "this run will take about {}: {} events",
                numbers::spell_of_time(self.seconds()),
                numbers::roughly(self.events)
            )
        })
    }
}

/// The most returns a day: as if every patient who can be refused were, each time.
fn returns_per_day(scenario: &Scenario, model: &Model) -> f64 {
    let Some(rules) = &model.rules else { return 0.0 };
    let each = model.first_cells.iter_ids().filter_map(|(route, cell)| {
        let cell = (*cell)?;
        let plan = &model.cells[cell];
        let returns = scenario.services[plan.service].returns.as_ref()?;
        let limited = rules.pools[model.cell_pools[cell]].list_limit != u32::MAX;
        let refuses = limited || rules.cells[cell].when_full == WhenFull::Refuse;
        refuses.then(|| model.expected.in_scope_per_day[route] * times(returns))
    });
    each.sum()
}

/// The mean times that a patient comes back who is always refused.
fn times(returns: &Returns) -> f64 {
    let (share, most) = (returns.share, f64::from(returns.at_most));
    if share >= 1.0 { most } else { share * (1.0 - libm::pow(share, most)) / (1.0 - share) }
}

/// Stays a day whose patients may lose patience before: an instant more for each.
fn patience_per_day(model: &Model) -> f64 {
    let Some(rules) = &model.rules else { return 0.0 };
    let impatient =
        model.cells.iter_ids().filter(|(_, cell)| rules.lines[cell.line].patience[cell.class.index()].is_some());
    impatient.map(|(id, _)| model.expected.stays_per_day[id]).sum()
}

/// About how many patients a pool holds at the end, those waiting included.
fn present_at_most(scenario: &Scenario, model: &Model, pool: PoolId, days: f64) -> f64 {
    let load = model.expected.offered_load[pool];
    let plan = &scenario.pools[pool];
    match (plan.capacity, plan.when_full) {
        (Capacity::Places(places), WhenFull::Wait) if load > f64::from(places) => {
            let requests: f64 = model
                .cells
                .iter_ids()
                .filter(|(_, cell)| cell.pool == pool)
                .map(|(cell, _)| model.expected.stays_per_day[cell])
                .sum();
            f64::from(places) + requests * days * (1.0 - f64::from(places) / load)
        }
        (Capacity::Places(places), _) => load.min(f64::from(places)),
        (Capacity::Unlimited, _) => load,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;

    #[test]
    fn the_refused_come_back_a_geometric_number_of_times() {
        let returns = |share, at_most| Returns { share, after: Distribution::Exponential { mean: 1.0 }, at_most };
        assert_eq!(times(&returns(1.0, 1000)), 1000.0);
        assert_eq!(times(&returns(0.5, 3)), 0.875);
        assert_eq!(times(&returns(0.0, 3)), 0.0);
    }
}
