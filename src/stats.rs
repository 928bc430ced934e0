//! Statistics of simulation output: moments, intervals, quantiles, histograms of waits and exact division of money;
//! comparison, stopping, selection and sensitivity.

pub mod antithetic;
pub mod binomial;
pub mod conditional_logit;
pub mod control_variates;
pub mod crossed;
pub mod discordant;
pub mod discovery;
pub mod dispersion;
pub mod histogram;
pub mod moments;
pub mod nested;
pub mod paired;
pub mod quantile;
pub mod rounding;
pub mod selection;
pub mod sensitivity;
pub mod special;
pub mod stopping;
pub mod student;
pub mod trend;
pub mod truncation;

/// A closed interval of real numbers, in the unit of the estimate that it belongs to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, not below the lower one.
    pub high: f64,
}

impl Interval {
    /// Half of the width.
    pub fn half_width(self) -> f64 {
        0.5 * (self.high - self.low)
    }

    /// Whether a value lies within the interval, its ends included.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
