//! What activity is worth.

use crate::activity::{Cell, Incidents, PeriodActivity};
use crate::domain::{AtClose, ChargeUnit, LocalCosts, Preemption};
use crate::ids::{CellId, HomeAreaId, Id, IndexVec, LineId, PoolId, ProviderId};
use crate::model::{ChangeKind, Model, is_away};
use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::stats::rounding::div_round_half_even;
use crate::units::{Billionths, DAY, Pence, Ticks};
use std::collections::BTreeMap;

/// Sessions a week are whole thousandths.
const SESSION_PARTS: i128 = 1_000;
/// Rates count pence in parts of this size: billionths of a factor x thousandths of a session x ticks of a week.
const PARTS: i128 = 1_000_000_000 * TIME_PARTS;
/// The part of [`PARTS`] that makes a price per tick of a price per day or week.
const TIME_PARTS: i128 = SESSION_PARTS * 7 * DAY as i128;

/// The prices of one line at one provider, in whole [`PARTS`] of a penny.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    start: i128,
    finish: i128,
    /// For each tick in the place.
    tick: i128,
    /// For each tick of a finished stay beyond the trim point.
    excess_tick: i128,
    reneged: i128,
    refused: i128,
    cancelled: i128,
    transfer_in: i128,
    /// Passed through, for each start.
    drugs: i128,
}

impl Rate {
    /// Pence for what a cell holds, in parts. Saturates, far beyond any money there is.
    fn parts(&self, cell: &Cell, excess: u64, incidents: &Incidents) -> i128 {
        let charges = [
            (self.start, u64::from(cell.starts)),
            (self.finish, u64::from(cell.finishes)),
            (self.tick, cell.stay),
            (self.excess_tick, excess),
            (self.reneged, u64::from(incidents.reneged)),
            (self.refused, u64::from(cell.refused)),
            (self.cancelled, u64::from(incidents.cancelled)),
            (self.transfer_in, u64::from(incidents.transferred_in)),
        ];
        charges.iter().fold(0, |sum: i128, &(rate, units)| sum.saturating_add(rate.saturating_mul(i128::from(units))))
    }
}

/// What the activity of one period is worth, by cell.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Values {
    /// All charges but drugs and devices.
    pub price: IndexVec<CellId, Pence>,
    /// Of these, for excess bed-days; empty if nothing was kept of them.
    pub excess: IndexVec<CellId, Pence>,
    /// Drugs and devices that are passed through; empty if there are none.
    pub drugs: IndexVec<CellId, Pence>,
}

/// Whole pence of parts, half to even.
fn pence(parts: i128) -> Pence {
    let pence = div_round_half_even(parts, PARTS);
    Pence(i64::try_from(pence).unwrap_or(if pence < 0 { i64::MIN } else { i64::MAX }))
}

/// All prices, each with the Market Forces Factor of each provider: no option changes them.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// By line and provider, line first.
    rates: Vec<Rate>,
    providers: usize,
    /// Where the rate of each cell stands.
    rate_of_cell: IndexVec<CellId, u32>,
    /// Mean ticks of a stay, and of a stay beyond the trim point; at home, and away from it.
    mean_ticks: IndexVec<LineId, [(f64, f64); 2]>,
    any_drugs: bool,
}

impl Tariff {
    /// Multiplies every price by every provider's Market Forces Factor, exactly.
    ///
    /// A price that includes local costs is multiplied by the factor over the line's activity-weighted mean factor, in
    /// whole billionths (half to even); sessions a week count in whole thousandths.
    pub fn compile(scenario: &Scenario, model: &Model) -> Self {
        let providers = scenario.providers.len();
        let mut rates = Vec::with_capacity(model.lines.len() * providers);
        let mut mean_ticks = IndexVec::new();
        for (line_id, line) in model.lines.iter_ids() {
            let stage = &scenario.services[line.service].stages[line.stage];
            let mean_factor = Billionths::from_f64(model.expected.mean_market_forces_factor[line_id]);
            let point = (line.service, stage.point_of_delivery.clone());
            for provider in &scenario.providers {
                let mut rate = Rate::default();
                for charge in &stage.charges {
                    let factor = if charge.unit == ChargeUnit::Drugs {
                        i128::from(Billionths::ONE.0)
                    } else {
                        let local = local_factor(charge.local_costs, provider.market_forces_factor, mean_factor);
                        topped_up(local, provider.top_ups.get(&point).copied())
                    };
                    let (rate, parts) = match charge.unit {
                        ChargeUnit::Start => (&mut rate.start, TIME_PARTS),
                        ChargeUnit::Finish => (&mut rate.finish, TIME_PARTS),
                        ChargeUnit::Reneged => (&mut rate.reneged, TIME_PARTS),
                        ChargeUnit::Refused => (&mut rate.refused, TIME_PARTS),
                        ChargeUnit::Cancelled => (&mut rate.cancelled, TIME_PARTS),
                        ChargeUnit::TransferIn => (&mut rate.transfer_in, TIME_PARTS),
                        ChargeUnit::Drugs => (&mut rate.drugs, TIME_PARTS),
                        ChargeUnit::BedDay => (&mut rate.tick, SESSION_PARTS * 7),
                        ChargeUnit::Session { per_week } => {
                            (&mut rate.tick, libm::round(per_week * SESSION_PARTS as f64) as i128)
                        }
                        ChargeUnit::ExcessBedDay => (&mut rate.excess_tick, SESSION_PARTS * 7),
                    };
                    let price = i128::from(charge.price.0).saturating_mul(factor);
                    *rate = rate.saturating_add(price.saturating_mul(parts));
                }
                rates.push(rate);
            }
            let ticks = |stay: &Distribution| {
                let excess_days = stage.trim_point.map_or(0.0, |trim| stay.mean_excess(trim.days()));
                (stay.mean() * DAY as f64, excess_days * DAY as f64)
            };
            let away = stage.away.as_ref().map_or(&stage.stay, |away| &away.stay);
            mean_ticks.push([ticks(&stage.stay), ticks(away)]);
        }
        let rate_of_cell =
            model.cells.iter().map(|cell| (cell.line.index() * providers + cell.provider.index()) as u32).collect();
        let any_drugs = rates.iter().any(|rate| rate.drugs != 0);
        Self { rates, providers, rate_of_cell, mean_ticks, any_drugs }
    }

    /// The money for the activity of one period: by cell, all of its charges together, rounded once to whole pence (half
    /// to even).
    pub fn value(&self, activity: &PeriodActivity) -> Values {
        let rate = |id: CellId| &self.rates[self.rate_of_cell[id] as usize];
        let cells = || activity.cells.iter_ids();
        let excess = |id: CellId| activity.excess.get(id).copied().unwrap_or(0);
        let price = |(id, cell): (CellId, &Cell)| {
            let incidents = activity.incidents.get(id).copied().unwrap_or_default();
            pence(rate(id).parts(cell, excess(id), &incidents))
        };
        let drugs = |(id, cell): (CellId, &Cell)| pence(rate(id).drugs.saturating_mul(i128::from(cell.starts)));
        let beyond = |id: CellId| pence(rate(id).excess_tick.saturating_mul(i128::from(excess(id))));
        Values {
            price: cells().map(price).collect(),
            excess: activity.excess.ids().map(beyond).collect(),
            drugs: if self.any_drugs { cells().map(drugs).collect() } else { IndexVec::new() },
        }
    }

    /// The pence that one stay of somebody from a home area is expected to cost: every charge on its mean units.
    pub fn expected_stay(&self, scenario: &Scenario, model: &Model, at: (LineId, ProviderId), area: HomeAreaId) -> f64 {
        let line = &model.lines[at.0];
        let stage = &scenario.services[line.service].stages[line.stage];
        self.expected(at, is_away(scenario, stage, area, at.1))
    }

    /// The pence that are passed through for the drugs and devices of one stay.
    pub fn drugs_per_start(&self, line: LineId, provider: ProviderId) -> f64 {
        self.rates[line.index() * self.providers + provider.index()].drugs as f64 / PARTS as f64
    }

    fn expected(&self, (line, provider): (LineId, ProviderId), away: bool) -> f64 {
        let rate = &self.rates[line.index() * self.providers + provider.index()];
        let (stay, excess) = self.mean_ticks[line][usize::from(away)];
        let parts = rate.start as f64 + rate.finish as f64 + rate.tick as f64 * stay + rate.excess_tick as f64 * excess;
        parts / PARTS as f64
    }
}

impl Tariff {
    /// The pence that a run is expected to cost at most: every stay wherever it is dearest, after the patient was
    /// transferred and refused as often as can be, lost patience, and was sent home for each place that an emergency took
    /// or that closed.
    pub fn expected_total(&self, model: &Model) -> f64 {
        let days = Ticks(model.end - model.warm_up).days();
        let waiting = model.waiting.iter().map(|group| (group.cell, f64::from(group.number)));
        let stays = model.expected.stays_per_day.iter_ids().map(|(id, stays)| (id, stays * days));
        let cost = |(id, number): (CellId, f64)| number * self.at_most_per_stay(model, model.cells[id].line);
        let cancelled = self.rates.iter().map(|rate| rate.cancelled).max().unwrap_or(0) as f64 / PARTS as f64;
        stays.chain(waiting).map(cost).sum::<f64>() + cancelled * (places_closed(model) + preempting(model) * days)
    }

    /// The most pence that one stay is expected to cost at any provider, whatever happens before it.
    fn at_most_per_stay(&self, model: &Model, line: LineId) -> f64 {
        let service = model.lines[line].service;
        let returns = model.rules.as_ref().and_then(|rules| rules.services.get(service)?.returns.as_ref());
        let attempts = returns.map_or(1.0, |returns| f64::from(returns.at_most) + 1.0);
        let at = |provider: usize| {
            let rate = &self.rates[line.index() * self.providers + provider];
            let each_time = rate.refused as f64 + rate.transfer_in as f64;
            let here = (line, ProviderId::new(provider));
            self.expected(here, false).max(self.expected(here, true))
                + (each_time * attempts + rate.reneged as f64 + rate.drugs as f64) / PARTS as f64
        };
        (0..self.providers).map(at).fold(0.0, f64::max)
    }
}

/// Stays a day that may take the place of another patient.
fn preempting(model: &Model) -> f64 {
    let Some(rules) = &model.rules else { return 0.0 };
    let cells = model.expected.stays_per_day.iter_ids();
    cells
        .filter(|(id, _)| rules.pools[model.cell_pools[*id]].preemption != Preemption::Never)
        .map(|(_, stays)| stays)
        .sum()
}

/// How many places close in a run whose patients are sent home.
fn places_closed(model: &Model) -> f64 {
    let Some(rules) = &model.rules else { return 0.0 };
    let mut now: BTreeMap<PoolId, u32> = BTreeMap::new();
    let mut closed = 0.0;
    for change in &rules.changes {
        if let ChangeKind::Places(places) = change.what
            && rules.pools[change.pool].at_close != AtClose::Finish
        {
            let before = now.insert(change.pool, places).unwrap_or(model.pools[change.pool].capacity);
            // Of places without limit as many are taken as patients are expected, by and large.
            let load = model.expected.offered_load[change.pool];
            let taken = if before == u32::MAX { 100.0 + 2.0 * load } else { f64::from(before) };
            closed += (taken - f64::from(places)).max(0.0);
        }
    }
    closed
}

/// A factor with a top-up on it, in whole billionths (half to even).
fn topped_up(factor: i128, top_up: Option<Billionths>) -> i128 {
    let Some(top_up) = top_up else { return factor };
    let one = i128::from(Billionths::ONE.0);
    div_round_half_even(factor * (one + i128::from(top_up.0)), one)
}

/// The factor on a price in billionths.
fn local_factor(local_costs: LocalCosts, factor: Billionths, mean: Billionths) -> i128 {
    match local_costs {
        LocalCosts::Added => i128::from(factor.0),
        LocalCosts::Included => {
            div_round_half_even(i128::from(factor.0) * i128::from(Billionths::ONE.0), i128::from(mean.0.max(1)))
        }
    }
}
