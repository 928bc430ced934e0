//! Whether a goal holds, and whether that is known.

use super::{Goal, Meet};
use crate::stats::Interval;
use crate::stats::moments::Moments;
use crate::stats::student::{MeanTest, student_t_quantile};

/// A value is known well enough when its 99 % interval misses the bound, or is this share of it wide to either side.
const CLOSE: f64 = 0.01;

/// What is seen of a goal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Seen {
    /// The mean over replications that have a value; not a number if none has.
    pub mean: f64,
    /// Its 95 % interval, from two replications on.
    pub interval: Option<Interval>,
    /// Whether the goal holds.
    pub holds: bool,
    /// Replications that have a value.
    pub replications: u64,
}

impl Seen {
    /// Whether the interval lies to one side of a bound.
    pub fn separated(&self, bound: f64) -> bool {
        self.interval.is_some_and(|interval| bound < interval.low || bound > interval.high)
    }
}

/// The values of one goal.
pub(super) fn column(values: &[Vec<f64>], goal: usize) -> impl Iterator<Item = f64> + '_ {
    values.iter().map(move |replication| replication[goal])
}

/// The mean of the values that there are.
pub(super) fn mean_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.filter(|value| !value.is_nan()).collect::<Moments>().mean()
}

/// Whether it is known on which side of the bound the mean lies, or that it is near.
pub(super) fn is_clear(goal: &Goal, values: impl Iterator<Item = f64>) -> bool {
    let Some(test) = MeanTest::of(values, 0.01) else { return true };
    let half = 0.5 * (test.interval.high - test.interval.low);
    goal.bound < test.interval.low || goal.bound > test.interval.high || half <= CLOSE * goal.bound.abs()
}

/// What is seen of a goal on some replications; `error` is that of a one-sided limit.
pub(super) fn seen(goal: &Goal, values: impl Iterator<Item = f64>, meet: Meet, error: f64) -> Seen {
    let moments: Moments = values.filter(|value| !value.is_nan()).collect();
    let (mean, count) = (moments.mean(), moments.count());
    let half = moments.sd().map(|sd| sd / libm::sqrt(count as f64));
    let quantile = |p: f64| student_t_quantile(p, count as f64 - 1.0);
    let interval = mean.zip(half).map(|(mean, error)| {
        let half = if error == 0.0 { 0.0 } else { quantile(0.975) * error };
        Interval { low: mean - half, high: mean + half }
    });
    let limit = match (meet, mean, half) {
        (Meet::Mean, mean, _) => mean,
        (Meet::Confidence, Some(mean), Some(half)) => {
            let half = if half == 0.0 { 0.0 } else { quantile(1.0 - error) * half };
            Some(if goal.at_most { mean + half } else { mean - half })
        }
        (Meet::Confidence, ..) => None,
    };
    // Where nothing happened in any replication nothing breaks the goal.
    let holds = mean.is_none()
        || limit.is_some_and(|limit| if goal.at_most { limit <= goal.bound } else { limit >= goal.bound });
    Seen { mean: mean.unwrap_or(f64::NAN), interval, holds, replications: count }
}
