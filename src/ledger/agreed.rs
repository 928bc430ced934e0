//! What was agreed beforehand: the activity behind fixed payments, and amounts for a financial year in its parts.

use super::Tariff;
use crate::domain::Lever;
use crate::ids::{CellId, IcbId, IndexVec, ProviderId, ServiceId};
use crate::model::{BasePeriod, CellPlan, Model};
use crate::scenario::Scenario;
use crate::units::{DAY, DAYS_PER_YEAR, Pence};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the agreed activity of each cell is worth.
pub(super) struct Plan {
    /// Pence a day of a mean year.
    pub(super) per_day: IndexVec<CellId, f64>,
    /// Whether it is a part of what the scenario states for a financial year.
    stated: IndexVec<CellId, bool>,
}

impl Plan {
    /// Stays by the traffic equations at the price of a mean stay, scaled to what the scenario states for the ICB, the
    /// provider and the service. Factors on demand and stays are not known when contracts are made; those on prices are.
    pub(super) fn new(scenario: &Scenario, model: &Model, tariff: &Tariff) -> Self {
        let known = scenario.agreed();
        let own = matches!(known, Cow::Owned(_)).then(|| Tariff::compile(&known, model));
        let tariff = own.as_ref().unwrap_or(tariff);
        let worth = |cell: &CellPlan| tariff.expected_stay(&known, model, (cell.line, cell.provider), cell.home_area);
        let expected = model.expected.stays_per_day.iter().zip(&model.cells);
        // What is expected is proportional to demand.
        let planned = |stays: f64, cell: &CellPlan| stays / scenario.factors.of(cell.service, Lever::Demand);
        let mut per_day: IndexVec<CellId, f64> =
            expected.map(|(&stays, cell)| planned(stays, cell) * worth(cell)).collect();
        let mut stated: IndexVec<CellId, bool> = vec![false; per_day.len()].into();
        let key = |cell: &CellPlan| (scenario.geography.home_areas[cell.home_area].icb, cell.provider, cell.service);
        let mut sums: BTreeMap<(IcbId, ProviderId, ServiceId), f64> = BTreeMap::new();
        for (pence, cell) in per_day.iter().zip(&model.cells) {
            *sums.entry(key(cell)).or_default() += pence * DAYS_PER_YEAR;
        }
        for (id, cell) in model.cells.iter_ids() {
            let key = key(cell);
            if let Some(pence) = scenario.agreed.plans.get(&key)
                && sums[&key] > 0.0
            {
                per_day[id] *= pence.0 as f64 / sums[&key];
                stated[id] = true;
            }
        }
        Self { per_day, stated }
    }

    /// What falls on a base period.
    pub(super) fn in_period(&self, cell: CellId, base: &BasePeriod) -> Pence {
        if self.stated[cell] {
            in_period(self.per_day[cell] * DAYS_PER_YEAR, base)
        } else {
            Pence(libm::round(self.per_day[cell] * base.length as f64 / DAY as f64) as i64)
        }
    }
}

/// What falls on a base period of an amount for its financial year, by days from 1 April; the parts of a year add up to
/// the rounded amount.
pub(super) fn in_period(pence_a_year: f64, base: &BasePeriod) -> Pence {
    let (first, days) = base.financial_year();
    let before = first.until(base.first_day).map_or(0, |span| i64::from(span.get_days()));
    let until = |ticks: u64| {
        let share = (before as f64 + ticks as f64 / DAY as f64) / days;
        libm::round(pence_a_year * share) as i64
    };
    Pence(until(base.length) - until(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Calendar, Cuts};
    use crate::scenario::Periods;
    use jiff::civil::date;

    #[test]
    fn the_parts_of_a_year_add_up() {
        for periods in [Periods::Months, Periods::FinancialYears] {
            let calendar = Calendar::new(date(2027, 4, 1), 0, 366 * DAY, periods, &Cuts::default());
            let sum: Pence = calendar.base.iter().map(|base| in_period(1_000_003.0, base)).sum();
            assert_eq!(sum, Pence(1_000_003));
        }
    }
}
