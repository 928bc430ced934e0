//! Optimal computing budget allocation.

use super::best;
use crate::stats::rounding::split_by_largest_remainder;
use libm::sqrt;

/// The shares of a budget that make a correct selection most likely, for systems with these means and variances.
///
/// With the best system b and distances d(i) from its mean: share(i) proportional to var(i) / d(i)^2, and
/// share(b) = sd(b) sqrt(sum of share(i)^2 / var(i)). Asymptotically optimal for independent normal systems. Source:
/// C.-H. Chen, J. Lin, E. Yucesan and S. E. Chick, Discrete Event Dynamic Systems 10 (2000) 251-270, theorem 1. A system
/// with the best mean but for its place in the list is taken to be as far away as the nearest of the others; systems that do
/// not vary need no budget, and if none does, shares are equal. Nothing below two systems or where a number is not finite
/// or a variance negative.
pub fn ocba_shares(means: &[f64], variances: &[f64]) -> Option<Vec<f64>> {
    let sound = |(mean, variance): (&f64, &f64)| mean.is_finite() && variance.is_finite() && *variance >= 0.0;
    if means.len() < 2 || means.len() != variances.len() || !means.iter().zip(variances).all(sound) {
        return None;
    }
    let top = best(means)?;
    let nearest = means.iter().map(|mean| means[top] - mean).filter(|&d| d > 0.0).fold(f64::INFINITY, f64::min);
    // Relative to the nearest distance, so that nothing overflows.
    let distance = |i: usize| if means[i] < means[top] { (means[top] - means[i]) / nearest } else { 1.0 };
    let mut shares: Vec<f64> = (0..means.len()).map(|i| variances[i] / distance(i).powi(2)).collect();
    let rivals = (0..means.len()).filter(|&i| i != top && variances[i] > 0.0);
    shares[top] = sqrt(variances[top] * rivals.map(|i| shares[i].powi(2) / variances[i]).sum::<f64>());
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        for share in &mut shares {
            *share /= sum;
        }
    } else {
        shares.fill(1.0 / means.len() as f64);
    }
    Some(shares)
}

/// How a further `budget` of observations is spread over systems that have `counts` already.
///
/// Each system's lack is what its share of the whole budget has over its count; the further budget is shared by lack, in
/// whole observations by largest remainder. Call it again with new means every few observations. Nothing where
/// [`ocba_shares`] has no answer or lengths differ.
pub fn ocba_next(means: &[f64], variances: &[f64], counts: &[u64], budget: u32) -> Option<Vec<u64>> {
    /// Lacks are weighed in these parts of the whole.
    const PARTS: f64 = (1_u64 << 40) as f64;
    let shares = ocba_shares(means, variances).filter(|shares| shares.len() == counts.len())?;
    let whole = counts.iter().sum::<u64>() as f64 + f64::from(budget);
    let lack = |(share, &count): (&f64, &u64)| ((share - count as f64 / whole).max(0.0) * PARTS) as u64;
    let lacks: Vec<u64> = shares.iter().zip(counts).map(lack).collect();
    let more = split_by_largest_remainder(i64::from(budget), &lacks).unwrap_or_else(|| vec![0; counts.len()]);
    Some(more.into_iter().map(i64::unsigned_abs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The optimality conditions themselves: share(i) d(i)^2 / var(i) is equal for all but the best, and
    /// share(b)^2 / var(b) is the sum of share(i)^2 / var(i).
    #[test]
    fn shares_fulfil_the_conditions() {
        let (means, variances) = ([1.0, 5.0, 3.0, 4.5], [4.0, 9.0, 1.0, 2.0]);
        let shares = ocba_shares(&means, &variances).unwrap();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        let signal = |i: usize| shares[i] * (5.0_f64 - means[i]).powi(2) / variances[i];
        assert!((signal(0) / signal(2) - 1.0).abs() < 1e-12 && (signal(3) / signal(2) - 1.0).abs() < 1e-12);
        let weight = |i: usize| shares[i].powi(2) / variances[i];
        assert!((weight(1) / (weight(0) + weight(2) + weight(3)) - 1.0).abs() < 1e-12);
        // Two systems: in proportion to their standard deviations.
        let two = ocba_shares(&[0.0, 1.0], &[4.0, 1.0]).unwrap();
        assert!((two[0] - 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn ties_and_constant_systems_have_shares() {
        let tied = ocba_shares(&[2.0, 2.0, 0.0], &[1.0, 1.0, 1.0]).unwrap();
        assert!((tied[1] - tied[2]).abs() < 1e-15 && tied[0] > tied[1]);
        assert_eq!(ocba_shares(&[1.0, 1.0], &[1.0, 1.0]), Some(vec![0.5, 0.5]));
        assert_eq!(ocba_shares(&[1.0, 2.0], &[0.0, 0.0]), Some(vec![0.5, 0.5]));
        assert_eq!(ocba_shares(&[1.0, 2.0, 0.0], &[1.0, 0.0, 0.0]), Some(vec![1.0, 0.0, 0.0]));
        assert_eq!(ocba_shares(&[1.0], &[1.0]), None);
        assert_eq!(ocba_shares(&[1.0, f64::NAN], &[1.0, 1.0]), None);
        assert_eq!(ocba_shares(&[1.0, 2.0], &[1.0, -1.0]), None);
    }

    #[test]
    fn what_a_system_has_is_counted() {
        // Shares 2/3 and 1/3 of 30: 20 and 10.
        let next = |counts: &[u64], budget| ocba_next(&[0.0, 1.0], &[4.0, 1.0], counts, budget);
        assert_eq!(next(&[10, 10], 10), Some(vec![10, 0]));
        assert_eq!(next(&[0, 0], 30), Some(vec![20, 10]));
        // Nothing is taken back.
        assert_eq!(next(&[2, 20], 8), Some(vec![8, 0]));
        assert_eq!(next(&[5, 5], 0).map(|more| more.iter().sum::<u64>()), Some(0));
        assert_eq!(next(&[5], 10), None);
    }
}
