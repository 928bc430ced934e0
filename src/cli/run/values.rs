//! A column of results as text: one unit, one number of decimals, mean and half-width.

use crate::cli::numbers::{NO_VALUE, decimals, fixed};
use crate::results::SummaryRow;

/// How the numbers of one column are written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Scale {
    /// The unit for the header.
    pub(in crate::cli) unit: String,
    factor: f64,
    decimals: usize,
}

impl Scale {
    /// A scale on which the values of a column are told apart, given their unit in the catalogue.
    ///
    /// The decimals follow the simulation errors: the middle one shows two digits. Without errors the largest value shows
    /// four.
    pub(in crate::cli) fn new(unit: &str, rows: &[&SummaryRow]) -> Self {
        let means = || rows.iter().filter_map(|row| row.mean).map(f64::abs);
        let largest = means().fold(0.0, f64::max);
        let (unit, factor) = match unit {
            "GBP" if largest >= 1e6 => ("£m".to_owned(), 1e-6),
            "GBP" if largest >= 1e4 => ("£ thousand".to_owned(), 1e-3),
            "GBP" => ("£".to_owned(), 1.0),
            "GBP per person" => ("£ per person".to_owned(), 1.0),
            "share" | "probability" => ("%".to_owned(), 100.0),
            other => (other.to_owned(), 1.0),
        };
        let mut errors: Vec<f64> = rows.iter().filter_map(|row| half_width(row)).filter(|&half| half > 0.0).collect();
        errors.sort_unstable_by(f64::total_cmp);
        let whole = means().all(|mean| mean * factor == libm::round(mean * factor));
        let decimals = match errors.get(errors.len() / 2) {
            Some(error) => decimals(error * factor, 2, 4),
            None if whole => 0,
            None => decimals(largest * factor, 4, 4),
        };
        Self { unit, factor, decimals: decimals.min(if unit_is_percent(factor) { 2 } else { 4 }) }
    }

    /// The same with at most so many decimals.
    pub(super) fn rounded(self, most: usize) -> Self {
        Self { decimals: self.decimals.min(most), ..self }
    }

    /// The mean alone.
    pub(super) fn mean(&self, row: &SummaryRow) -> String {
        row.mean.map_or_else(|| NO_VALUE.to_owned(), |mean| self.number(mean))
    }

    /// Any number in the catalogue's unit.
    pub(in crate::cli) fn number(&self, value: f64) -> String {
        fixed(value * self.factor, self.decimals)
    }

    /// A number with its unit, for running text: `£1.2m`, `3.4 %`.
    pub(in crate::cli) fn with_unit(&self, value: f64) -> String {
        let number = self.number(value);
        match self.unit.strip_prefix('£') {
            Some(unit) => format!("£{number}{unit}"),
            None => format!("{number} {}", self.unit),
        }
    }

    /// Mean and half-width: `812.3 ± 1.2`.
    pub(in crate::cli) fn mean_and_error(&self, row: &SummaryRow) -> String {
        match half_width(row) {
            Some(half) if half > 0.0 => format!("{} ± {}", self.mean(row), self.number(half)),
            _ => self.mean(row),
        }
    }
}

fn unit_is_percent(factor: f64) -> bool {
    factor == 100.0
}

/// Half the width of the interval of the mean: the simulation error.
pub(super) fn half_width(row: &SummaryRow) -> Option<f64> {
    row.interval.map(|interval| (interval.high - interval.low) / 2.0)
}
