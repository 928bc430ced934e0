//! Quantities with their units in the type: time in milliseconds, money in pence, factors in billionths.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// Milliseconds in a second.
pub const SECOND: u64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: u64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: u64 = 60 * MINUTE;
/// Milliseconds in a day. Days have 24 hours: the simulation knows no summer time.
pub const DAY: u64 = 24 * HOUR;
/// Milliseconds in a week.
pub const WEEK: u64 = 7 * DAY;
/// Days in the year of "per year": the mean Julian year.
pub const DAYS_PER_YEAR: f64 = 365.25;

/// A point or a span of simulated time in whole milliseconds. Points count from the beginning of the warm-up.
///
/// Integers, so that sums of time are exact in any order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ticks(pub u64);

impl Ticks {
    /// The span of a number of days, to the nearest millisecond; negative and undefined spans become zero.
    pub fn from_days(days: f64) -> Self {
        Self((days * DAY as f64 + 0.5) as u64)
    }
    /// The span in days.
    pub fn days(self) -> f64 {
        self.0 as f64 / DAY as f64
    }
}

impl Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Ticks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// An exact amount of money in pence. Sums stop at the largest amount there is, and never turn around.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Pence(pub i64);

impl Pence {
    /// The amount in pounds, for display and statistics.
    pub fn pounds(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl Add for Pence {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Pence {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Pence {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Pence {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Pence {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self(0), Add::add)
    }
}

impl fmt::Display for Pence {
    /// Pounds and pence with thousands separated: `£1,234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}£{grouped}.{:02}", self.0.unsigned_abs() % 100)
    }
}

/// A dimensionless factor in whole billionths, such as a Market Forces Factor: exact under multiplication with pence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Billionths(pub i64);

impl Billionths {
    /// The factor one.
    pub const ONE: Self = Self(1_000_000_000);
    /// The nearest billionth.
    pub fn from_f64(factor: f64) -> Self {
        Self(libm::round(factor * 1e9) as i64)
    }
    /// The factor as a float.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_never_turns_around() {
        let most = Pence(i64::MAX);
        assert_eq!([most, Pence(1)].into_iter().sum::<Pence>(), most);
        assert_eq!(Pence(i64::MIN) - Pence(1), Pence(i64::MIN));
        assert_eq!(-Pence(i64::MIN), most);
    }

    #[test]
    fn money_reads_as_pounds() {
        assert_eq!(Pence(123_456_789).to_string(), "£1,234,567.89");
        assert_eq!(Pence(-5).to_string(), "-£0.05");
        assert_eq!(Pence(100_000).to_string(), "£1,000.00");
    }
}
