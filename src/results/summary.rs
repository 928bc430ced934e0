//! From one number a replication to mean, interval and likely range.

use super::table::Kind;
use crate::scenario::Run;
use crate::stats::Interval;
use crate::stats::antithetic::{by_pair, event_interval};
use crate::stats::binomial::clopper_pearson;
use crate::stats::moments::Moments;
use crate::stats::quantile::LikelyRange;
use crate::stats::student::MeanIntervals;

/// How the replications of a run depend on each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sampling {
    /// Not at all.
    Independent,
    /// In pairs, as [`crate::stats::antithetic`].
    AntitheticPairs,
}

impl Sampling {
    /// That of a run.
    pub fn of(run: &Run) -> Self {
        if run.antithetic { Self::AntitheticPairs } else { Self::Independent }
    }
}

/// The summary of one row over replications. Absent: undefined if the mean is absent too, else too few replications.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SummaryRow {
    /// The mean over the replications in which the metric is defined.
    pub mean: Option<f64>,
    /// The 95 % interval of the mean: the simulation error. From two replications on.
    pub interval: Option<Interval>,
    /// The standard deviation over replications, from two on.
    pub sd: Option<f64>,
    /// The 5 %, 50 % and 95 % quantiles over replications, where there are enough.
    pub likely: LikelyRange,
    /// The number of replications in which the metric is defined.
    pub replications: u32,
}

impl SummaryRow {
    /// Summarises the values of one row; values that are not numbers are left out.
    ///
    /// The interval is Student's, of shares cut at 0 and 1; of events, which are 0 or 1 in each replication, it is
    /// that of Clopper and Pearson. Of antithetic pairs the interval alone is computed from pairs.
    pub fn of(kind: Kind, values: &[f64], sampling: Sampling) -> Self {
        Self::with(&mut MeanIntervals::default(), kind, values, sampling)
    }

    fn with(intervals: &mut MeanIntervals, kind: Kind, values: &[f64], sampling: Sampling) -> Self {
        let defined: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let moments: Moments = defined.iter().copied().collect();
        let mut of_mean = || match sampling {
            Sampling::Independent => intervals.of(&defined),
            Sampling::AntitheticPairs => intervals.of(&by_pair(values)),
        };
        let interval = match kind {
            Kind::Mean | Kind::Fixed => of_mean(),
            Kind::Share => {
                // Closed places and patients of earlier periods may take a ratio above 1: then that is no bound.
                let most = if defined.iter().all(|&value| value <= 1.0) { 1.0 } else { f64::INFINITY };
                of_mean().map(|interval| Interval { low: interval.low.max(0.0), high: interval.high.min(most) })
            }
            Kind::Event => match sampling {
                Sampling::Independent => {
                    clopper_pearson(defined.iter().filter(|&&value| value > 0.5).count() as u64, defined.len() as u64)
                }
                Sampling::AntitheticPairs => event_interval(values, 0.05),
            },
        };
        Self {
            mean: moments.mean(),
            interval,
            sd: moments.sd(),
            likely: LikelyRange::of(&defined),
            replications: defined.len() as u32,
        }
    }
}

/// Summarises rows one after the other.
pub(super) struct Summariser<'a> {
    numbers: &'a [Vec<f64>],
    /// Of how many replications the values are means already, if they are.
    summed: Option<u32>,
    sampling: Sampling,
    values: Vec<f64>,
    intervals: MeanIntervals,
}

impl<'a> Summariser<'a> {
    /// Of the values of each replication, in the order of the rows.
    pub(super) fn new(numbers: &'a [Vec<f64>], summed: Option<u32>, sampling: Sampling) -> Self {
        let values = Vec::with_capacity(numbers.len());
        Self { numbers, summed, sampling, values, intervals: MeanIntervals::default() }
    }

    /// The summary of the row at a position.
    pub(super) fn row(&mut self, kind: Kind, position: usize) -> SummaryRow {
        self.values.clear();
        self.values.extend(self.numbers.iter().map(|replication| replication[position]));
        let row = SummaryRow::with(&mut self.intervals, kind, &self.values, self.sampling);
        match self.summed {
            Some(replications) => SummaryRow { replications: row.replications * replications, ..row },
            None => row,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_replications_are_left_out() {
        let row = SummaryRow::of(Kind::Mean, &[1.0, f64::NAN, 3.0], Sampling::Independent);
        assert_eq!((row.mean, row.replications), (Some(2.0), 2));
        assert!(row.sd.is_some() && row.interval.is_some() && row.likely.p50.is_none());
        let none = SummaryRow::of(Kind::Share, &[f64::NAN; 3], Sampling::Independent);
        assert_eq!(none, SummaryRow::default());
        let one = SummaryRow::of(Kind::Mean, &[5.0], Sampling::Independent);
        assert_eq!((one.mean, one.interval, one.sd), (Some(5.0), None, None));
    }

    #[test]
    fn shares_and_events_stay_within_zero_and_one() {
        let share = SummaryRow::of(Kind::Share, &[0.0, 0.5, 1.0], Sampling::Independent).interval.unwrap();
        assert_eq!((share.low, share.high), (0.0, 1.0));
        let above = SummaryRow::of(Kind::Share, &[0.9, 1.0, 1.1], Sampling::Independent).interval.unwrap();
        assert!(above.low > 0.0 && above.high > 1.1);
        let event = SummaryRow::of(Kind::Event, &[0.0, 1.0, 1.0, 1.0], Sampling::Independent);
        assert_eq!((event.mean, event.interval), (Some(0.75), clopper_pearson(3, 4)));
    }

    /// Only the interval knows of pairs; one pair has none.
    #[test]
    fn intervals_of_antithetic_pairs_are_over_pairs() {
        let values = [1.0, 4.0, 2.0, 4.0, 3.0, 1.0];
        let [alone, paired] = [Sampling::Independent, Sampling::AntitheticPairs]
            .map(|sampling| SummaryRow::of(Kind::Mean, &values, sampling));
        assert_eq!(paired.interval, MeanIntervals::default().of(&[2.5, 3.0, 2.0]));
        assert_eq!(SummaryRow { interval: None, ..alone }, SummaryRow { interval: None, ..paired });
        assert_eq!(SummaryRow::of(Kind::Mean, &values[..2], Sampling::AntitheticPairs).interval, None);
    }
}
