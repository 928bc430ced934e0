//! Quantiles of a metric over replications, and when there are too few replications to state one.

/// The sample quantile of type 7 of values in ascending order: linear between the order statistics at (n - 1) p.
///
/// Source: R. J. Hyndman and Y. Fan, American Statistician 50 (1996) 361-365. Nothing without values.
pub fn type7(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = position as usize;
    let (left, right) = (ascending[below], ascending[(below + 1).min(last)]);
    Some(left + (right - left) * (position - below as f64))
}

/// The smallest number of values for which the `p` quantile may be stated.
///
/// It is where the distribution-free 95 % interval of the quantile (between two order statistics; H. A. David and
/// H. N. Nagaraja, *Order Statistics*, section 7.1) first has both ends. All `n` values lie above the quantile with
/// probability (1 - p)^n; while that exceeds 0.025, not even the smallest value bounds the quantile from below. For the
/// 5 % quantile 0.95^n > 0.025 until n = 72; for the median 0.5^n > 0.025 until n = 6.
pub fn least_sample(p: f64) -> usize {
    let rarer = p.min(1.0 - p);
    libm::ceil(libm::log(0.025) / libm::log1p(-rarer)) as usize
}

/// The 5 %, 50 % and 95 % quantiles of a metric over replications; each is absent below its [`least_sample`].
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LikelyRange {
    /// The 5 % quantile, from 72 values on.
    pub p05: Option<f64>,
    /// The median, from 6 values on.
    pub p50: Option<f64>,
    /// The 95 % quantile, from 72 values on.
    pub p95: Option<f64>,
}

impl LikelyRange {
    /// The range of finite values in any order.
    pub fn of(values: &[f64]) -> Self {
        let mut ascending = values.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        let stated = |p: f64| type7(&ascending, p).filter(|_| ascending.len() >= least_sample(p));
        Self { p05: stated(0.05), p50: stated(0.5), p95: stated(0.95) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type7_interpolates_as_r_does() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(type7(&values, 0.0), Some(1.0));
        assert_eq!(type7(&values, 0.5), Some(3.0));
        assert_eq!(type7(&values, 0.9), Some(4.0 + 4.0 * (2.7 - 2.0)));
        assert_eq!(type7(&values, 1.0), Some(8.0));
        assert_eq!(type7(&[], 0.5), None);
    }

    #[test]
    fn quantiles_need_enough_values() {
        assert_eq!((least_sample(0.05), least_sample(0.5), least_sample(0.95)), (72, 6, 72));
        let values: Vec<f64> = (0..72).rev().map(f64::from).collect();
        assert!(LikelyRange::of(&values).p05.is_some() && LikelyRange::of(&values[1..]).p05.is_none());
        assert!(LikelyRange::of(&values[..6]).p50.is_some() && LikelyRange::of(&values[..5]).p50.is_none());
    }
}
