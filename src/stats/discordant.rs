//! The difference of two probabilities that were observed on the same random numbers.

use super::Interval;
use super::binomial::clopper_pearson_at;
use super::special::beta_tails;

/// The difference P(A) - P(B) of two events over the same replications.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PairedEvents {
    /// The number of pairs.
    pub count: u64,
    /// The difference of the observed shares.
    pub difference: f64,
    /// An interval that misses P(A) - P(B) with at most the probability asked for.
    pub interval: Interval,
    /// The exact two-sided p-value of "equally probable".
    pub p_value: f64,
}

/// Compares two events, given in each pair as 1 or 0; pairs with a value that is not a number are left out.
///
/// Only discordant pairs tell: the p-value is the sign test of Q. `McNemar`, Psychometrika 12 (1947) 153-157, with its exact
/// binomial tails. The interval is the difference of two intervals of Clopper and Pearson for the probabilities of "A alone"
/// and of "B alone", each at `alpha` / 2 (Bonferroni), so it is conservative. Nothing without pairs.
pub fn paired_events(a: &[f64], b: &[f64], alpha: f64) -> Option<PairedEvents> {
    let pairs = || a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let count = pairs().count() as u64;
    let alone = |hit: fn(f64, f64) -> bool| pairs().filter(|(a, b)| hit(**a, **b)).count() as u64;
    let (first, second) = (alone(|a, b| a > 0.5 && b < 0.5), alone(|a, b| a < 0.5 && b > 0.5));
    let of_first = clopper_pearson_at(first, count, 0.5 * alpha)?;
    let of_second = clopper_pearson_at(second, count, 0.5 * alpha)?;
    let interval = Interval { low: of_first.low - of_second.high, high: of_first.high - of_second.low };
    let difference = (first as f64 - second as f64) / count as f64;
    Some(PairedEvents { count, difference, interval, p_value: sign_test(first, second) })
}

/// The exact two-sided p-value of so many coins of one side and of the other: twice the smaller tail, at most 1.
fn sign_test(one: u64, other: u64) -> f64 {
    let (few, many) = (one.min(other), one.max(other));
    if few == many {
        return 1.0;
    }
    // P(Binomial(n, 1/2) <= k) = I(1/2; n - k, k + 1), Abramowitz and Stegun 26.5.24.
    (2.0 * beta_tails(many as f64, few as f64 + 1.0, 0.5).0).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_test_is_the_binomial() {
        // 0 of 5: 2 / 32; 1 of 5: 2 (1 + 5) / 32; 2 of 10: 2 (1 + 10 + 45) / 1024.
        for (one, other, exact) in [(0, 5, 2.0 / 32.0), (4, 1, 12.0 / 32.0), (2, 8, 112.0 / 1024.0), (3, 3, 1.0)] {
            assert!((sign_test(one, other) - exact).abs() < 1e-12, "{one} {other}");
        }
    }

    #[test]
    fn concordant_pairs_tell_nothing_but_their_number() {
        let a = [1.0, 1.0, 0.0, 1.0, f64::NAN];
        let same = paired_events(&a, &a, 0.05).unwrap();
        assert_eq!((same.count, same.difference, same.p_value), (4, 0.0, 1.0));
        assert!(same.interval.low < 0.0 && same.interval.high > 0.0);
        let none = [0.0; 5];
        let more = paired_events(&a, &none, 0.05).unwrap();
        assert_eq!((more.count, more.difference, more.p_value), (4, 0.75, 0.25));
        assert!(more.interval.contains(0.75) && more.interval.high <= 1.0);
        assert_eq!(paired_events(&[], &[], 0.05), None);
    }
}
