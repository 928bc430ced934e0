//! Exact division of whole numbers: money is rounded once and shared without a penny lost.

use std::cmp::Reverse;

/// The whole number nearest to `numerator / denominator`; halves go to the even neighbour.
///
/// # Panics
/// If `denominator` is zero.
pub fn div_round_half_even(numerator: i128, denominator: i128) -> i128 {
    let floor = numerator.div_euclid(denominator);
    let rest = numerator.rem_euclid(denominator).unsigned_abs();
    let missing = denominator.unsigned_abs() - rest;
    let up = rest > missing || (rest == missing && floor % 2 != 0);
    // Euclidean division leaves a rest >= 0, so the quotient grows away from `floor` with the denominator's sign.
    if up { floor + denominator.signum() } else { floor }
}

/// Shares a total among weights in whole units by largest remainders (Hamilton's method), in the order of the weights.
///
/// Each share is the exact quota `total * weight / sum` rounded towards zero or one further; the units left over go to
/// the largest remainders, among equals to the earliest. Shares add up to the total exactly; a negative total is shared
/// as its opposite. Nothing where all weights are zero.
pub fn split_by_largest_remainder(total: i64, weights: &[u64]) -> Option<Vec<i64>> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        return None;
    }
    let amount = u128::from(total.unsigned_abs());
    let quotas: Vec<u128> = weights.iter().map(|&weight| amount * u128::from(weight)).collect();
    let mut shares: Vec<u128> = quotas.iter().map(|quota| quota / sum).collect();
    let left_over = (amount - shares.iter().sum::<u128>()) as usize;
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&i| Reverse(quotas[i] % sum));
    by_remainder.iter().take(left_over).for_each(|&i| shares[i] += 1);
    let sign = i128::from(total.signum());
    Some(shares.iter().map(|&share| (sign * share as i128) as i64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_to_even() {
        let halves = [(-5, -2), (-3, -2), (-1, 0), (1, 0), (3, 2), (5, 2), (7, 4)];
        for (numerator, expected) in halves {
            assert_eq!(div_round_half_even(numerator, 2), expected);
            assert_eq!(div_round_half_even(-numerator, -2), expected);
        }
        assert_eq!(div_round_half_even(10, 3), 3);
        assert_eq!(div_round_half_even(-11, 3), -4);
        assert_eq!(div_round_half_even(11, -3), -4);
    }

    #[test]
    fn remainders_and_ties_are_shared_in_order() {
        assert_eq!(split_by_largest_remainder(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(split_by_largest_remainder(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        assert_eq!(split_by_largest_remainder(10, &[0, 15, 85]), Some(vec![0, 2, 8]));
        assert_eq!(split_by_largest_remainder(i64::MIN, &[u64::MAX]), Some(vec![i64::MIN]));
        assert_eq!(split_by_largest_remainder(5, &[0, 0]), None);
        assert_eq!(split_by_largest_remainder(5, &[]), None);
    }

    proptest! {
        #[test]
        fn rounding_is_to_the_nearest(n in -1_000_000_i128..1_000_000, d in prop_oneof![-999_i128..0, 1_i128..1000]) {
            let rounded = div_round_half_even(n, d);
            let twice = 2 * (n - rounded * d).abs();
            prop_assert!(twice < d.abs() || (twice == d.abs() && rounded % 2 == 0));
        }

        #[test]
        fn shares_add_up_and_stay_within_one_of_the_quota(
            total in any::<i64>(), weights in prop::collection::vec(prop_oneof![0_u64..9, any::<u64>()], 1..20),
        ) {
            prop_assume!(weights.iter().any(|&w| w > 0));
            let shares = split_by_largest_remainder(total, &weights).unwrap();
            prop_assert_eq!(shares.iter().map(|&s| i128::from(s)).sum::<i128>(), i128::from(total));
            let sum: f64 = weights.iter().map(|&w| w as f64).sum();
            for (&share, &weight) in shares.iter().zip(&weights) {
                let quota = total as f64 * (weight as f64 / sum);
                prop_assert!((share as f64 - quota).abs() <= 1.0 + 1e-12 * quota.abs());
                prop_assert!(weight > 0 || share == 0);
            }
        }
    }
}
