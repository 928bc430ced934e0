//! How much values vary: the interval of a relative standard deviation.

use super::Interval;
use super::moments::Moments;
use super::special::{gamma_tails, normal_quantile, solve_increasing};
use libm::{exp, lgamma, log, sqrt};

/// The value that a chi-square variable with `df` > 0 degrees of freedom stays below with probability `p` in (0, 1).
///
/// Inverts the regularised incomplete gamma function by safeguarded Newton steps from the start of E. B. Wilson and M. M.
/// Hilferty, "The distribution of chi-square", PNAS 17 (1931) 684-688.
pub fn chi_square_quantile(p: f64, df: f64) -> f64 {
    let a = 0.5 * df;
    let spread = 2.0 / (9.0 * df);
    let start = df * libm::pow((1.0 - spread + normal_quantile(p) * sqrt(spread)).max(1e-3), 3.0);
    let mut high = 2.0 * start + 10.0;
    while gamma_tails(a, 0.5 * high).0 < p {
        high *= 2.0;
    }
    let density = |x: f64| 0.5 * exp((a - 1.0) * log(0.5 * x) - 0.5 * x - lgamma(a));
    solve_increasing(|x| (gamma_tails(a, 0.5 * x).0 - p, density(x)), 0.0, high, start)
}

/// A standard deviation over its mean, estimated from `count` independent values.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RelativeSd {
    /// The estimate.
    pub value: f64,
    /// Of how many values.
    pub count: u64,
}

impl RelativeSd {
    /// Nothing below two values, or where the mean is not positive.
    pub fn of(values: &[f64]) -> Option<Self> {
        let moments: Moments = values.iter().copied().collect();
        let (mean, sd) = (moments.mean()?, moments.sd()?);
        let value = sd / mean;
        (mean > 0.0 && value.is_finite()).then_some(Self { value, count: moments.count() })
    }

    /// The 95 % interval if so many values had been drawn: that of the standard deviation of normal values by the chi-square
    /// distribution, over the mean as estimated. The error of the mean is left out: it is smaller by the factor of the
    /// relative standard deviation itself.
    pub fn interval_at(self, count: u64) -> Interval {
        let df = count as f64 - 1.0;
        let end = |p: f64| self.value * sqrt(df / chi_square_quantile(p, df));
        Interval { low: end(0.975), high: end(0.025) }
    }

    /// The 95 % interval.
    pub fn interval(self) -> Interval {
        self.interval_at(self.count)
    }

    /// The least number of values whose interval would not contain a threshold, up to a million.
    pub fn count_to_decide(self, threshold: f64) -> Option<u64> {
        const MOST: u64 = 1_000_000;
        let open = |count: u64| self.interval_at(count).contains(threshold);
        if open(MOST) {
            return None;
        }
        let (mut low, mut high) = (1, MOST);
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            if open(middle) { low = middle } else { high = middle }
        }
        Some(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn quantiles_agree_with_statrs() {
        for df in [1.0, 2.0, 5.0, 19.0, 99.0, 2_000.0] {
            let law = ChiSquared::new(df).unwrap();
            for p in [0.001, 0.025, 0.5, 0.975, 0.999] {
                let x = chi_square_quantile(p, df);
                assert!((law.cdf(x) - p).abs() < 1e-9, "{p} {df} {x}");
            }
        }
    }

    /// Published: chi-square of 19 degrees of freedom at 2.5 % and 97.5 % is 8.907 and 32.852.
    #[test]
    fn intervals_by_hand() {
        let values: Vec<f64> = (0..20).map(|i| if i % 2 == 0 { 9.0 } else { 11.0 }).collect();
        let found = RelativeSd::of(&values).unwrap();
        let value = (20.0_f64 / 19.0).sqrt() / 10.0;
        assert!((found.value - value).abs() < 1e-12 && found.count == 20);
        let interval = found.interval();
        assert!((interval.low - value * (19.0_f64 / 32.852).sqrt()).abs() < 1e-5);
        assert!((interval.high - value * (19.0_f64 / 8.907).sqrt()).abs() < 1e-5);
        // 0.1026: a threshold of 0.11 is nearer than twenty values can tell.
        let needed = found.count_to_decide(0.11).unwrap();
        assert!(found.interval_at(needed).high < 0.11 && found.interval_at(needed - 1).high >= 0.11);
        assert_eq!(found.count_to_decide(value), None);
        assert_eq!(RelativeSd::of(&[1.0]), None);
        assert_eq!(RelativeSd::of(&[0.0, 0.0]), None);
    }
}
