//! Antithetic pairs: what may be said of replications of which each odd one mirrors the one before.
//!
//! Values come in the order of the replications, 2k and 2k + 1 belonging together. Pairs are independent of each other, the
//! two values of a pair are not; each value alone has the law of any replication. So means and quantiles are those of all
//! values, and everything that says how well a mean is known is computed from pairs.

use super::Interval;
use super::binomial::clopper_pearson_at;
use super::discordant::{PairedEvents, paired_events};
use super::moments::Moments;

/// The mean of each pair; not a number unless both values are numbers.
pub fn pair_means(values: &[f64]) -> Vec<f64> {
    values.chunks(2).map(|pair| if let [one, other] = pair { 0.5 * (one + other) } else { f64::NAN }).collect()
}

/// One independent value a pair, whose mean is the mean m of all values that are numbers, and whose standard error is that of m:
/// the mean of the pair, and where some values are missing m + (sum of the pair's deviations from m) x pairs / values.
///
/// Source of the latter: the ratio estimator of cluster sampling, W. G. Cochran, *Sampling Techniques*, section 9A.
/// Pairs without a number are left out.
pub fn by_pair(values: &[f64]) -> Vec<f64> {
    if !values.iter().any(|value| value.is_nan()) && values.len().is_multiple_of(2) {
        return pair_means(values);
    }
    let known = || values.chunks(2).map(|pair| pair.iter().filter(|value| !value.is_nan()));
    let count = known().flatten().count() as f64;
    let mean = known().flatten().sum::<f64>() / count;
    let pairs = known().filter(|pair| pair.clone().next().is_some()).count() as f64;
    let deviation = |pair: Vec<&f64>| pair.iter().map(|value| **value - mean).sum::<f64>();
    known()
        .map(Iterator::collect::<Vec<_>>)
        .filter(|pair| !pair.is_empty())
        .map(|pair| mean + deviation(pair) * pairs / count)
        .collect()
}

/// The even and the odd replications.
fn halves(values: &[f64]) -> [Vec<f64>; 2] {
    [0, 1].map(|first| values.iter().skip(first).step_by(2).copied().collect())
}

/// An interval for the probability of an event that is given as 1 or 0 in each replication; values that are not numbers are left
/// out.
///
/// Each half alone is independent replications, with the interval of Clopper and Pearson at `alpha` / 2; both hold with
/// probability 1 - `alpha` at least however the halves depend on each other, and then so does their mean, weighted by the
/// numbers of values. Nothing unless both halves have values.
pub fn event_interval(values: &[f64], alpha: f64) -> Option<Interval> {
    let [even, odd] = halves(values).map(|half| {
        let known: Vec<f64> = half.into_iter().filter(|value| !value.is_nan()).collect();
        let hits = known.iter().filter(|&&value| value > 0.5).count() as u64;
        clopper_pearson_at(hits, known.len() as u64, 0.5 * alpha).map(|interval| (interval, known.len() as f64))
    });
    Some(weighted(even?, odd?))
}

fn weighted(one: (Interval, f64), other: (Interval, f64)) -> Interval {
    let ((one, n), (other, m)) = (one, other);
    let mean = |a: f64, b: f64| (n * a + m * b) / (n + m);
    Interval { low: mean(one.low, other.low), high: mean(one.high, other.high) }
}

/// Two events compared as by [`paired_events`], but over antithetic pairs: of the halves, each at `alpha` / 2, the mean of the
/// intervals and twice the smaller p-value, which hold however the halves depend on each other.
pub fn paired_events_by_pair(a: &[f64], b: &[f64], alpha: f64) -> Option<PairedEvents> {
    let ([a_even, a_odd], [b_even, b_odd]) = (halves(a), halves(b));
    let even = paired_events(&a_even, &b_even, 0.5 * alpha)?;
    let odd = paired_events(&a_odd, &b_odd, 0.5 * alpha)?;
    let (n, m) = (even.count as f64, odd.count as f64);
    Some(PairedEvents {
        count: even.count + odd.count,
        difference: (n * even.difference + m * odd.difference) / (n + m),
        interval: weighted((even.interval, n), (odd.interval, m)),
        p_value: (2.0 * even.p_value.min(odd.p_value)).min(1.0),
    })
}

/// The share of the variance of a mean that pairs take away: 1 - variance of the mean of a pair / half the variance of a value,
/// over pairs of numbers; negative where pairs do harm. It is minus the correlation within pairs. Nothing below two pairs, or
/// where values do not vary.
pub fn reduction(values: &[f64]) -> Option<f64> {
    let pairs = || values.chunks_exact(2).filter(|pair| pair.iter().all(|value| value.is_finite()));
    let of = |value: fn(&[f64]) -> f64| pairs().map(value).collect::<Moments>().variance();
    let single = 0.5 * (of(|pair| pair[0])? + of(|pair| pair[1])?);
    let mean = of(|pair| 0.5 * (pair[0] + pair[1]))?;
    (single > 0.0).then(|| 1.0 - mean / (0.5 * single))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Generator, Purpose, StreamKey, unit};
    use crate::stats::student::mean_interval;

    #[test]
    fn whole_pairs_are_their_means_and_gaps_keep_the_mean() {
        assert_eq!(by_pair(&[1.0, 3.0, 5.0, 6.0]), [2.0, 5.5]);
        assert!(pair_means(&[1.0, f64::NAN, 4.0])[..].iter().all(|mean| mean.is_nan()));
        let gap = by_pair(&[1.0, f64::NAN, 2.0, 6.0, f64::NAN, f64::NAN]);
        assert_eq!(gap.len(), 2);
        assert!((gap.iter().sum::<f64>() / 2.0 - 3.0).abs() < 1e-12, "{gap:?}");
        // Deviations -2, and -1 + 3 = 2, times 2 pairs / 3 values.
        assert!((gap[0] - (3.0 - 4.0 / 3.0)).abs() < 1e-12 && (gap[1] - (3.0 + 4.0 / 3.0)).abs() < 1e-12);
        assert!(by_pair(&[f64::NAN; 4]).is_empty());
    }

    #[test]
    fn the_reduction_is_minus_the_correlation() {
        assert!((reduction(&[1.0, 3.0, 2.0, 2.0, 3.0, 1.0]).unwrap() - 1.0).abs() < 1e-12);
        assert!((reduction(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]).unwrap() + 1.0).abs() < 1e-12);
        // Halves 1 2 3 and 2 3 1: covariance -0.5, variances 1.
        assert!((reduction(&[1.0, 2.0, 2.0, 3.0, 3.0, 1.0]).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!((reduction(&[1.0, 2.0]), reduction(&[1.0; 6])), (None, None));
    }

    /// Events of antithetic pairs (perfectly dependent both ways): intervals hold in 95 % at least; Student's over pairs does
    /// for means.
    #[test]
    fn intervals_cover_whatever_the_dependence() {
        const EXPERIMENTS: u32 = 2_000;
        let stream = StreamKey::of(&["antithetic"]);
        let (mut opposed, mut alike, mut means) = (0, 0, 0);
        for experiment in 0..EXPERIMENTS {
            let generator = Generator::new(1, experiment);
            let draws: Vec<f64> = (0..20).map(|i| unit(generator.words(stream, 0, i, Purpose::Count, 0)[0])).collect();
            let event = |u: f64| f64::from(u8::from(u < 0.3));
            let pairs = |other: fn(f64) -> f64| -> Vec<f64> { draws.iter().flat_map(|&u| [u, other(u)]).collect() };
            let events = |other| -> Vec<f64> { pairs(other).into_iter().map(event).collect() };
            opposed += u32::from(event_interval(&events(|u| 1.0 - u), 0.05).unwrap().contains(0.3));
            alike += u32::from(event_interval(&events(|u| u), 0.05).unwrap().contains(0.3));
            let curved: Vec<f64> = pairs(|u| 1.0 - u).into_iter().map(|u| u * u).collect();
            means += u32::from(mean_interval(&by_pair(&curved)).unwrap().contains(1.0 / 3.0));
        }
        // Four standard errors of a coverage of 95 %.
        let least = (0.95 - 4.0 * (0.95_f64 * 0.05 / f64::from(EXPERIMENTS)).sqrt()) * f64::from(EXPERIMENTS);
        assert!(f64::from(opposed.min(alike).min(means)) > least, "{opposed} {alike} {means}");
    }

    #[test]
    fn events_are_compared_by_halves() {
        let a = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let none = [0.0; 8];
        let found = paired_events_by_pair(&a, &none, 0.05).unwrap();
        assert_eq!((found.count, found.difference), (8, 0.5));
        // The even half alone: 4 of 4 discordant, p = 2 / 16, twice.
        assert!((found.p_value - 0.25).abs() < 1e-12);
        assert!(found.interval.contains(0.5));
        assert_eq!(event_interval(&[1.0], 0.05), None);
    }
}
