//! Histograms of waits in whole milliseconds, on bins that are linear within each octave.
//!
//! The layout is fixed, so histograms add bin by bin, in any order, without loss.

/// The logarithm to base 2 of the first bin's upper end: 2^16 ms, about a minute.
const FIRST_OCTAVE: u32 = 16;
/// The logarithm to base 2 of the last bin's upper end: 2^40 ms, about 35 years.
const LAST_OCTAVE: u32 = 40;
/// The logarithm to base 2 of the bins in an octave.
const SUB_BITS: u32 = 5;

/// The number of bins: one for all waits of 1 to 2^16 - 1 ms, then 32 an octave up to 2^40 ms.
pub const BINS: usize = 1 + (((LAST_OCTAVE - FIRST_OCTAVE) as usize) << SUB_BITS);

/// Number the bins below this one would have, were the layout not cut at the first octave.
const OFFSET: u64 = ((FIRST_OCTAVE as u64) << SUB_BITS) - 1;

/// The bin of a positive wait in milliseconds: by its leading bit and the five bits after it.
///
/// Waits of 2^40 ms and more fall into the last bin. Waits of zero are to be counted apart; here they fall into bin 0.
#[inline]
pub fn bin(ticks: u64) -> usize {
    let ticks = ticks.clamp((1 << FIRST_OCTAVE) - 1, (1 << LAST_OCTAVE) - 1);
    let octave = ticks.ilog2();
    // The shifted wait is 32 to 63, so the two terms add up to 32 bins an octave.
    ((u64::from(octave - 1) << SUB_BITS) + (ticks >> (octave - SUB_BITS)) - OFFSET) as usize
}

/// The waits of a bin (below [`BINS`]) in milliseconds, from the first included to the second excluded.
///
/// Beyond the first bin, the width is 1/64 to 1/32 of the wait.
pub fn bounds(bin: usize) -> (u64, u64) {
    if bin == 0 {
        return (1, 1 << FIRST_OCTAVE);
    }
    let number = bin as u64 + OFFSET;
    let shift = (number >> SUB_BITS) - u64::from(SUB_BITS);
    let step = (1 << SUB_BITS) | (number & ((1 << SUB_BITS) - 1));
    (step << shift, (step + 1) << shift)
}

/// The wait in milliseconds that a share `p` of all waits does not exceed; nothing without waits.
///
/// `counts` are the positive waits by bin, `zeros` the number of waits of exactly zero. Within a bin the waits are taken
/// as evenly spread, but for its outermost twentieths. The result lies in the same bin as the exact sample quantile (the
/// smallest wait that at least a share `p` of waits does not exceed): off by at most 3 % of it, as a rule by far less; below
/// 2^16 ms by a minute.
pub fn quantile<C: Copy + Into<u64>>(counts: &[C], zeros: u64, p: f64) -> Option<f64> {
    let total = counts.iter().fold(zeros, |sum, &count| sum + count.into());
    if total == 0 {
        return None;
    }
    let rank = p.clamp(0.0, 1.0) * total as f64;
    let mut below = zeros as f64;
    if rank <= below {
        return Some(0.0);
    }
    let mut top = 0.0;
    for (bin, count) in counts.iter().enumerate().map(|(bin, &count)| (bin, count.into() as f64)).filter(|c| c.1 > 0.0)
    {
        let (low, high) = bounds(bin);
        top = high as f64;
        if rank <= below + count {
            let place = ((rank - below) / count).clamp(0.05, 0.95);
            return Some(low as f64 + place * (high - low) as f64);
        }
        below += count;
    }
    Some(top)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(waits: &[u64]) -> (Vec<u32>, u64) {
        let mut counts = vec![0; BINS];
        waits.iter().filter(|&&wait| wait > 0).for_each(|&wait| counts[bin(wait)] += 1);
        (counts, waits.iter().filter(|&&wait| wait == 0).count() as u64)
    }

    #[test]
    fn bins_tile_the_waits() {
        assert_eq!(BINS, 769);
        for b in 0..BINS {
            let (low, high) = bounds(b);
            assert_eq!((bin(low), bin(high - 1)), (b, b));
            if b + 1 < BINS {
                assert_eq!(bounds(b + 1).0, high);
            }
        }
        assert_eq!(bounds(BINS - 1).1, 1 << 40);
        assert_eq!((bin(0), bin(u64::MAX)), (0, BINS - 1));
    }

    #[test]
    fn zeros_count_as_waits() {
        let (counts, zeros) = filled(&[0, 0, 0, 1 << 20]);
        assert_eq!(quantile(&counts, zeros, 0.75), Some(0.0));
        assert!(quantile(&counts, zeros, 0.76).unwrap() >= f64::from(1 << 20));
        assert_eq!(quantile::<u32>(&[], 0, 0.5), None);
    }

    proptest! {
        #[test]
        fn a_bin_is_narrow(wait in 1_u64 << 16..1 << 40) {
            let (low, high) = bounds(bin(wait));
            prop_assert!(low <= wait && wait < high && (high - low) * 32 <= low);
        }

        /// Against the exact sample quantile, within a bin's width.
        #[test]
        fn quantiles_are_within_a_bin(
            waits in prop::collection::vec(prop_oneof![Just(0_u64), 1_u64 << 16..1 << 40, 1_u64 << 16..1 << 20], 1..80),
            p in 0.01_f64..1.0,
        ) {
            let (counts, zeros) = filled(&waits);
            let mut ascending = waits.clone();
            ascending.sort_unstable();
            let exact = ascending[((p * waits.len() as f64).ceil() as usize).max(1) - 1] as f64;
            let estimate = quantile(&counts, zeros, p).unwrap();
            prop_assert!((estimate - exact).abs() <= 0.03 * exact);
        }

        /// Adding bin by bin is counting all waits together.
        #[test]
        fn merging_is_addition(left in prop::collection::vec(0_u64..1 << 41, 0..40), right in prop::collection::vec(0_u64..1 << 41, 0..40)) {
            let (mut sum, zeros) = filled(&left);
            let (other, more) = filled(&right);
            sum.iter_mut().zip(other).for_each(|(a, b)| *a += b);
            prop_assert_eq!((sum, zeros + more), filled(&[left, right].concat()));
        }
    }
}
