//! The difference of two metrics that were measured on the same random numbers.

use super::Interval;
use super::moments::Moments;
use super::student::{MeanTest, student_t_quantile};
use libm::sqrt;

/// The difference A - B of two metrics over the same replications.
///
/// Source: A. M. Law, *Simulation Modeling and Analysis*, section 10.2.1 (the paired-t interval).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Paired {
    /// Count, mean, standard deviation, interval and p-value of the differences.
    pub difference: MeanTest,
    /// Whether every difference is exactly zero: the two options do the same.
    pub exactly_zero: bool,
    /// (Var A + Var B) / Var(A - B): how many times as many independent replications would be needed for the same
    /// interval. Nothing where the differences vary by no more than rounding.
    pub variance_ratio: Option<f64>,
}

/// The pairs of finite values.
fn pairs<'a>(a: &'a [f64], b: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    a.iter().copied().zip(b.iter().copied()).filter(|(a, b)| a.is_finite() && b.is_finite())
}

/// The paired comparison of `a` with `b`, both by replication; pairs with a value that is not finite are left out.
///
/// The interval misses the mean difference with probability `alpha`; for k intervals that hold together with 95 %, ask
/// for 0.05 / k (Bonferroni). Nothing where lengths differ, below two pairs, or for `alpha` outside (0, 1).
pub fn paired(a: &[f64], b: &[f64], alpha: f64) -> Option<Paired> {
    if a.len() != b.len() {
        return None;
    }
    let difference = MeanTest::of(pairs(a, b).map(|(a, b)| a - b), alpha)?;
    let (left, right): (Vec<f64>, Vec<f64>) = pairs(a, b).unzip();
    let variance = |values: &[f64]| values.iter().copied().collect::<Moments>().variance();
    let apart = variance(&left)? + variance(&right)?;
    let together = difference.sd * difference.sd;
    let largest = left.iter().chain(&right).fold(0.0_f64, |largest, value| largest.max(value.abs()));
    Some(Paired {
        difference,
        exactly_zero: left == right,
        variance_ratio: (difference.sd > 4.0 * f64::EPSILON * largest).then(|| apart / together),
    })
}

/// The interval of mean(A) - mean(B) for independent samples of any sizes and variances; what one would have without
/// pairing.
///
/// Source: B. L. Welch, Biometrika 34 (1947) 28-35, with the degrees of freedom of F. E. Satterthwaite, Biometrics
/// Bulletin 2 (1946) 110-114. Values that are not finite are left out. Nothing below two values on either side, or for
/// `alpha` outside (0, 1).
pub fn welch(a: &[f64], b: &[f64], alpha: f64) -> Option<Interval> {
    let sample = |values: &[f64]| {
        let moments: Moments = values.iter().copied().filter(|value| value.is_finite()).collect();
        let count = moments.count() as f64;
        Some((moments.mean()?, moments.variance()? / count, count - 1.0))
    };
    let ((mean_a, var_a, df_a), (mean_b, var_b, df_b)) = (sample(a)?, sample(b)?);
    if !(0.0 < alpha && alpha < 1.0) {
        return None;
    }
    let (difference, variance) = (mean_a - mean_b, var_a + var_b);
    if variance == 0.0 {
        return Some(Interval { low: difference, high: difference });
    }
    let df = variance * variance / (var_a * var_a / df_a + var_b * var_b / df_b);
    let half = -student_t_quantile(0.5 * alpha, df) * sqrt(variance);
    Some(Interval { low: difference - half, high: difference + half })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 8] = [12.1, 15.3, 11.8, 14.2, 13.7, 12.9, 16.0, 13.3];
    const B: [f64; 8] = [10.9, 13.9, 11.1, 12.6, 12.4, 11.2, 14.1, 12.5];

    /// Verification case A17 (c).
    #[test]
    fn the_verification_case() {
        let Paired { difference, exactly_zero, variance_ratio } = paired(&A, &B, 0.05).unwrap();
        assert_eq!(difference.count, 8);
        assert!((difference.mean - 1.325).abs() < 1e-12);
        assert_eq!(format!("{:.6}", difference.interval.half_width()), "0.351157");
        assert!(!exactly_zero);
        let welch = welch(&A, &B, 0.05).unwrap();
        assert_eq!(format!("[{:.6}, {:.6}]", welch.low, welch.high), "[-0.129323, 2.779323]");
        // Equal sizes: the ratio of the squared widths without the quantiles is the variance ratio.
        let half = |df: f64| student_t_quantile(0.975, df);
        let (va, vb) = (Moments::from_iter(A).variance().unwrap(), Moments::from_iter(B).variance().unwrap());
        let df = 7.0 * (va + vb).powi(2) / (va * va + vb * vb);
        let ratio = welch.half_width() / half(df) / (difference.interval.half_width() / half(7.0));
        assert!((variance_ratio.unwrap() - ratio * ratio).abs() < 1e-9);
    }

    #[test]
    fn the_interval_of_any_level_and_the_p_value_agree() {
        let p = paired(&A, &B, 0.05).unwrap().difference.p_value;
        // At the level of its p-value the interval ends at zero.
        let edge = paired(&A, &B, p).unwrap().difference.interval;
        assert!(edge.low.abs() < 1e-9, "{edge:?}");
        let wide = paired(&A, &B, 0.05 / 42.0).unwrap().difference.interval;
        assert!(wide.low < edge.low + 1.325 && wide.half_width() > 0.351_157);
    }

    #[test]
    fn pairs_with_a_gap_are_left_out_and_equal_pairs_are_zero() {
        let mut gap = A;
        gap[3] = f64::NAN;
        let some = paired(&gap, &B, 0.05).unwrap();
        let without = |x: &[f64; 8]| [&x[..3], &x[4..]].concat();
        assert_eq!(some, paired(&without(&A), &without(&B), 0.05).unwrap());
        let same = paired(&A, &A, 0.05).unwrap();
        assert!(same.exactly_zero && same.difference.p_value == 1.0 && same.variance_ratio.is_none());
        assert_eq!(same.difference.interval, Interval { low: 0.0, high: 0.0 });
        let apart = paired(&[1.1, 2.2, 3.3], &[0.1, 1.2, 2.3], 0.05).unwrap();
        assert!(!apart.exactly_zero && apart.variance_ratio.is_none());
        assert_eq!(paired(&A, &B[..7], 0.05), None);
        assert_eq!(paired(&[1.0, f64::NAN], &[1.0, 2.0], 0.05), None);
        assert_eq!(welch(&A, &B[..1], 0.05), None);
    }
}
