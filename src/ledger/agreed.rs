//! What was agreed beforehand: the activity behind fixed payments, and amounts for a financial year in its parts.

use super::Tariff;
use crate::ids::{CellId, IcbId, IndexVec, ProviderId, ServiceId};
use crate::model::{BasePeriod, Model};
use crate::scenario::Scenario;
use crate::units::{DAY, DAYS_PER_YEAR, Pence};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The worth of the agreed activity of each cell, pence a day: stays by the traffic equations at the price of a mean stay,
/// scaled to what the scenario states for the ICB, the provider and the service.
pub(super) fn plan(scenario: &Scenario, model: &Model, tariff: &Tariff) -> IndexVec<CellId, f64> {
    let expected = model.expected.stays_per_day.iter().zip(&model.cells);
    let mut plan: IndexVec<CellId, f64> =
        expected.map(|(stays, cell)| stays * tariff.expected_per_stay(cell.line, cell.provider)).collect();
    if scenario.agreed.plans.is_empty() {
        return plan;
    }
    let mut sums: BTreeMap<(IcbId, ProviderId, ServiceId), f64> = BTreeMap::new();
    let key = |cell: &crate::model::CellPlan| {
        (scenario.geography.home_areas[cell.home_area].icb, cell.provider, cell.service)
    };
    for (pence, cell) in plan.iter().zip(&model.cells) {
        *sums.entry(key(cell)).or_default() += pence * DAYS_PER_YEAR;
    }
    for (pence, cell) in plan.iter_mut().zip(&model.cells) {
        let key = key(cell);
        if let Some(stated) = scenario.agreed.plans.get(&key)
            && sums[&key] > 0.0
        {
            *pence *= stated.0 as f64 / sums[&key];
        }
    }
    plan
}

/// What falls on a base period of an amount for its financial year, by days from 1 April; the parts of a year add up to
/// the rounded amount.
pub(super) fn in_period(pence_a_year: f64, base: &BasePeriod) -> Pence {
    let (first, days) = financial_year(base.first_day);
    let before = first.until(base.first_day).map_or(0, |span| i64::from(span.get_days()));
    let until = |ticks: u64| {
        let share = (before as f64 + ticks as f64 / DAY as f64) / days;
        libm::round(pence_a_year * share) as i64
    };
    Pence(until(base.length) - until(0))
}

/// 1 April of a day's financial year, and the days in it.
fn financial_year(day: Date) -> (Date, f64) {
    let year = if day.month() >= 4 { day.year() } else { day.year() - 1 };
    let first = Date::new(year, 4, 1).unwrap_or(Date::MIN);
    let next = first.checked_add(1.year()).unwrap_or(Date::MAX);
    (first, first.until(next).map_or(365.0, |span| f64::from(span.get_days())))
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
