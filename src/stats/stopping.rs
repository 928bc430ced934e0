//! How many replications: rounds of looking, and the rule that ends them.

use super::student::{MeanIntervals, student_t_quantile};
use libm::{ceil, sqrt};

/// The number of replications at the first look.
pub const FIRST_LOOK: u32 = 20;

/// The numbers of replications after which the precision is looked at: 20, then a quarter more each time, rounded up
/// (25, 32, 40, 50, 63, ...), at last `cap`.
///
/// They depend on nothing but the cap, so that results do not depend on threads; and looks far apart keep small the
/// bias of stopping when the interval happens to be short.
pub fn looks(cap: u32) -> impl Iterator<Item = u32> {
    let next = move |&look: &u32| (look < cap).then(|| look.saturating_add(look.div_ceil(4)).min(cap));
    std::iter::successors((cap > 0).then_some(FIRST_LOOK.min(cap)), next)
}

/// How short the half-width of an interval has to be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Precision {
    /// At most this share of the size of the mean.
    Relative(f64),
    /// At most this, in the unit of the metric.
    Absolute(f64),
}

impl Precision {
    /// Whether a half-width is short enough. A mean of zero has no relative precision: it is never reached.
    pub fn holds(self, mean: f64, half_width: f64) -> bool {
        match self {
            Self::Relative(share) => mean != 0.0 && half_width <= share * mean.abs(),
            Self::Absolute(limit) => half_width <= limit,
        }
    }
}

/// What the values of a metric say about its precision.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reached {
    /// The number of values.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Half of the width of the 95 % Student interval of the mean.
    pub half_width: f64,
    /// Whether the precision is reached.
    pub reached: bool,
}

/// Looks at the values of a metric over replications; those that are not finite are left out.
///
/// Nothing, which is to count as not reached, below two finite values: then there is no interval.
pub fn look(values: &[f64], precision: Precision) -> Option<Reached> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let interval = MeanIntervals::default().of(&finite)?;
    let (mean, half_width) = (0.5 * (interval.low + interval.high), interval.half_width());
    Some(Reached { count: finite.len(), mean, half_width, reached: precision.holds(mean, half_width) })
}

/// The first number of values, at least three, at which the precision is reached when looking after each value.
///
/// Source: the confidence-interval method of S. Robinson, *Simulation: The Practice of Model Development and Use*,
/// section 9.6.1.
pub fn first_reached(values: &[f64], precision: Precision) -> Option<Reached> {
    (3..=values.len()).filter_map(|count| look(&values[..count], precision)).find(|look| look.reached)
}

/// The smallest number of values with standard deviation `sd` whose 95 % interval has a half-width of at most
/// `half_width`: t(0.975; n - 1) sd / sqrt(n).
///
/// Nothing for a half-width that is not positive, or beyond a billion values.
pub fn count_for(sd: f64, half_width: f64) -> Option<u64> {
    const MOST: u64 = 1_000_000_000;
    let enough = |n: u64| student_t_quantile(0.975, n as f64 - 1.0) * sd <= half_width * sqrt(n as f64);
    if !(half_width > 0.0 && sd >= 0.0 && enough(MOST)) {
        return None;
    }
    // The normal quantile is below Student's, so the answer is not below this; doubling then brackets it.
    let mut low = (ceil((1.959_963 * sd / half_width).powi(2)) as u64).saturating_sub(1).max(1);
    let mut high = 2 * low + 1;
    while !enough(high) {
        (low, high) = (high, 2 * high);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 12] = [10.2, 9.1, 11.4, 10.8, 8.9, 9.9, 10.5, 11.1, 9.4, 10.0, 10.3, 9.7];

    /// Verification case A17 (b).
    #[test]
    fn the_verification_case() {
        let first = |share: f64| first_reached(&VALUES, Precision::Relative(share)).unwrap();
        let shown = |look: Reached| format!("{:.5}", look.half_width / look.mean);
        assert_eq!((first(0.10).count, shown(first(0.10)).as_str()), (7, "0.08203"));
        assert_eq!((first(0.05).count, shown(first(0.05)).as_str()), (12, "0.04843"));
        let six = look(&VALUES[..6], Precision::Relative(0.10)).unwrap();
        assert_eq!((six.reached, shown(six).as_str()), (false, "0.10075"));
        assert_eq!(first_reached(&VALUES, Precision::Relative(0.01)), None);
    }

    #[test]
    fn looks_grow_by_a_quarter_and_end_at_the_cap() {
        let to = |cap| looks(cap).collect::<Vec<u32>>();
        assert_eq!(to(100), [20, 25, 32, 40, 50, 63, 79, 99, 100]);
        assert_eq!(to(99), [20, 25, 32, 40, 50, 63, 79, 99]);
        assert_eq!((to(20), to(7), to(0)), (vec![20], vec![7], vec![]));
        assert_eq!(looks(u32::MAX).last(), Some(u32::MAX));
    }

    #[test]
    fn nothing_happening_is_not_precision() {
        assert!(!look(&[0.0; 30], Precision::Relative(0.05)).unwrap().reached);
        assert!(look(&[0.0; 30], Precision::Absolute(0.05)).unwrap().reached);
        assert_eq!(look(&[f64::NAN; 30], Precision::Absolute(1.0)), None);
        let negative: Vec<f64> = VALUES.iter().map(|value| -value).collect();
        assert!(look(&negative, Precision::Relative(0.05)).unwrap().reached);
    }

    #[test]
    fn counts_are_the_smallest_that_do() {
        let half = |n: u64, sd: f64| student_t_quantile(0.975, n as f64 - 1.0) * sd / (n as f64).sqrt();
        for (sd, target) in [(1.0, 0.5), (1.0, 3.0), (12.0, 0.1), (0.3, 0.01), (1.0, 100.0)] {
            let n = count_for(sd, target).unwrap();
            assert!(half(n, sd) <= target, "{n}");
            assert!(n == 2 || half(n - 1, sd) > target, "{n}");
        }
        assert_eq!(count_for(0.0, 0.1), Some(2));
        assert_eq!((count_for(1.0, 0.0), count_for(1.0, 1e-9), count_for(f64::NAN, 1.0)), (None, None, None));
    }
}
