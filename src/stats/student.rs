//! Student's t distribution and the interval of a mean.

use super::Interval;
use super::moments::Moments;
use super::special::{beta_tails, normal_quantile, solve_increasing};
use libm::{exp, lgamma, log, log1p, sqrt};
use std::f64::consts::PI;

/// The value that a Student t variable with `df` > 0 degrees of freedom stays below with probability `p` in (0, 1).
///
/// Inverts P(T > t) = I(df / (df + t^2); df / 2, 1 / 2) / 2 (Abramowitz and Stegun 26.7.1) by safeguarded Newton steps;
/// accurate to a relative 1e-9 or better up to 10,000 degrees of freedom.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    let tail = p.min(1.0 - p);
    if tail >= 0.5 {
        return 0.0;
    }
    let upper = |t: f64| 0.5 * beta_tails(0.5 * df, 0.5, df / (df + t * t)).0;
    let scale = lgamma(0.5 * (df + 1.0)) - lgamma(0.5 * df) - 0.5 * log(df * PI);
    let density = |t: f64| exp(scale - 0.5 * (df + 1.0) * log1p(t * t / df));
    let start = -normal_quantile(tail);
    let mut high = 2.0 * start + 1.0;
    while upper(high) > tail {
        high *= 2.0;
    }
    let excess = |t: f64| {
        let survival = upper(t);
        (log(tail) - log(survival), density(t) / survival)
    };
    let t = solve_increasing(excess, 0.0, high, start);
    if p < 0.5 { -t } else { t }
}

/// The 95 % Student interval of the mean of independent values: mean -+ t(0.975; n - 1) sd / sqrt(n).
///
/// Nothing below two values, or where a value is not finite.
pub fn mean_interval(values: &[f64]) -> Option<Interval> {
    MeanIntervals::default().of(values)
}

/// Many intervals of means: the quantile is computed once for each number of values that follows another.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct MeanIntervals {
    /// The last number of values, and its quantile.
    last: (usize, f64),
}

impl MeanIntervals {
    /// As [`mean_interval`].
    pub fn of(&mut self, values: &[f64]) -> Option<Interval> {
        let moments: Moments = values.iter().copied().collect();
        let (mean, sd, count) = (moments.mean()?, moments.sd()?, values.len());
        if self.last.0 != count {
            self.last = (count, student_t_quantile(0.975, count as f64 - 1.0));
        }
        let half = self.last.1 * sd / sqrt(count as f64);
        half.is_finite().then_some(Interval { low: mean - half, high: mean + half })
    }
}

/// P(|T| > |t|) of a Student t variable with `df` > 0 degrees of freedom: the two-sided p-value of the statistic `t`.
///
/// I(df / (df + t^2); df / 2, 1 / 2), Abramowitz and Stegun 26.7.1; accurate to a relative 1e-12 or so however small.
pub fn student_t_two_sided(t: f64, df: f64) -> f64 {
    beta_tails(0.5 * df, 0.5, df / (df + t * t)).0
}

/// The mean of independent normal values with its interval, and the test that it is zero (W. S. Gosset, 1908).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MeanTest {
    /// The number of values.
    pub count: u64,
    /// Their mean, in their unit.
    pub mean: f64,
    /// Their sample standard deviation (divisor n - 1).
    pub sd: f64,
    /// mean -+ t(1 - alpha / 2; n - 1) sd / sqrt(n).
    pub interval: Interval,
    /// The two-sided p-value of "the mean is zero". Where all values are equal: 1 if they are zero, else 0.
    pub p_value: f64,
}

impl MeanTest {
    /// The test of values (those that are not finite are left out), with an interval that misses the mean with
    /// probability `alpha`: 0.05 for one of 95 %, 0.05 / k for each of k that hold together (Bonferroni).
    ///
    /// Nothing below two finite values, or for `alpha` outside (0, 1).
    pub fn of(values: impl IntoIterator<Item = f64>, alpha: f64) -> Option<Self> {
        let moments: Moments = values.into_iter().filter(|value| value.is_finite()).collect();
        let (count, mean, sd) = (moments.count(), moments.mean()?, moments.sd()?);
        let df = count as f64 - 1.0;
        Self::from_error(count, mean, sd, sd / sqrt(count as f64), df, alpha)
    }

    /// The test of an estimate with a standard error on `df` degrees of freedom.
    pub(super) fn from_error(count: u64, mean: f64, sd: f64, error: f64, df: f64, alpha: f64) -> Option<Self> {
        if !(0.0 < alpha && alpha < 1.0 && error.is_finite()) {
            return None;
        }
        if error == 0.0 {
            let p_value = f64::from(u8::from(mean == 0.0));
            return Some(Self { count, mean, sd, interval: Interval { low: mean, high: mean }, p_value });
        }
        // The lower quantile, because 1 - alpha / 2 would lose the digits of a small alpha.
        let half = -student_t_quantile(0.5 * alpha, df) * error;
        let interval = Interval { low: mean - half, high: mean + half };
        Some(Self { count, mean, sd, interval, p_value: student_t_two_sided(mean / error, df) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn agrees_with_statrs_and_with_closed_forms() {
        for df in [1.0, 2.0, 3.0, 4.5, 7.0, 11.0, 29.0, 99.0, 999.0, 9_999.0] {
            let oracle = StudentsT::new(0.0, 1.0, df).unwrap();
            for p in [0.001, 0.025, 0.3, 0.6, 0.95, 0.975, 0.9999] {
                let t = student_t_quantile(p, df);
                assert!((oracle.cdf(t) - p).abs() < 1e-9 * p.min(1.0 - p), "df {df}, p {p}: {t}");
                assert!((oracle.inverse_cdf(p) - t).abs() < 1e-9 * (1.0 + t.abs()), "df {df}, p {p}: {t}");
            }
        }
        assert!((student_t_quantile(0.975, 1.0) / libm::tan(0.475 * PI) - 1.0).abs() < 1e-13);
        let two = |p: f64| (2.0 * p - 1.0) * sqrt(2.0 / (4.0 * p * (1.0 - p)));
        assert!((student_t_quantile(0.9, 2.0) / two(0.9) - 1.0).abs() < 1e-13);
        assert_eq!(student_t_quantile(0.5, 3.0), 0.0);
    }

    /// Verification case A17 (b) and (c).
    #[test]
    fn intervals_of_the_verification_cases() {
        let values = [10.2, 9.1, 11.4, 10.8, 8.9, 9.9, 10.5, 11.1, 9.4, 10.0, 10.3, 9.7];
        for (count, expected) in [(6, 0.100_75), (7, 0.082_03), (12, 0.048_43)] {
            let interval = mean_interval(&values[..count]).unwrap();
            let mean = 0.5 * (interval.low + interval.high);
            assert!((interval.half_width() / mean - expected).abs() < 5e-6);
        }
        let a = [12.1, 15.3, 11.8, 14.2, 13.7, 12.9, 16.0, 13.3];
        let b = [10.9, 13.9, 11.1, 12.6, 12.4, 11.2, 14.1, 12.5];
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let paired = mean_interval(&differences).unwrap();
        assert!((paired.half_width() - 0.351_157).abs() < 5e-7 && paired.contains(1.325));
        assert_eq!(mean_interval(&[1.0]), None);
    }

    #[test]
    fn p_values_agree_with_statrs_and_with_closed_forms() {
        for df in [1.0, 2.0, 3.5, 19.0, 400.0] {
            let oracle = StudentsT::new(0.0, 1.0, df).unwrap();
            for t in [0.0, 0.3, 1.0, 2.5, 7.0] {
                let p = student_t_two_sided(-t, df);
                assert!((p - 2.0 * oracle.sf(t)).abs() < 1e-12, "df {df}, t {t}: {p}");
            }
        }
        // One degree of freedom is Cauchy's law, also far out.
        let far = student_t_two_sided(1e8, 1.0);
        assert!((far / (2.0 * libm::atan(1e-8) / PI) - 1.0).abs() < 1e-10);
    }

    #[test]
    fn equal_values_have_an_exact_answer() {
        let test = MeanTest::of([0.0; 5], 0.05).unwrap();
        assert_eq!((test.mean, test.interval.half_width(), test.p_value), (0.0, 0.0, 1.0));
        let test = MeanTest::of([2.0, 2.0, f64::NAN], 0.05).unwrap();
        assert_eq!((test.count, test.interval.low, test.interval.high, test.p_value), (2, 2.0, 2.0, 0.0));
        assert_eq!(MeanTest::of([1.0, f64::NAN], 0.05), None);
        assert_eq!(MeanTest::of([1.0, 2.0], 0.0), None);
    }
}
