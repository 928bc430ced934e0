//! How much of the variance comes from uncertain inputs, and how much from chance.

use super::Interval;
use super::binomial::beta_quantile;
use super::moments::Moments;

/// The variance of a metric split between inputs and chance, from K points of the inputs with replications at each.
///
/// One-way analysis of variance with random effects: the mean square between points has the expectation
/// within + `n0` between, where `n0` is the number of replications a point (with unequal numbers n(i) of sum N:
/// (N - sum n(i)^2 / N) / (K - 1)). So between is estimated without the chance that inner means still hold. Source:
/// S. R. Searle, G. Casella and C. E. `McCulloch`, *Variance Components*, sections 3.5 and 3.6.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Split {
    /// The variance between inputs, corrected for chance; zero where the estimate is negative.
    pub between: f64,
    /// Whether the estimate of `between` was negative: the inputs show no effect beyond chance.
    pub clamped: bool,
    /// The variance within one point of the inputs: of one replication, by chance alone.
    pub within: f64,
    /// between / (between + within), the share of inputs in the variance of one replication; nothing where both are zero.
    pub share: Option<f64>,
    /// The interval of the share, exact for normal values, from the F distribution of the ratio of mean squares; its ends
    /// are cut at zero. Nothing with unequal numbers of replications, or without variance within.
    pub share_interval: Option<Interval>,
}

/// Splits the variance of `points`, each the replications at one point of the inputs; the interval of the share misses
/// with probability `alpha`.
///
/// Replications have to be independent between points (no two points share a replication's random numbers; where they do:
/// [`super::crossed`]). Values that
/// are not finite are left out, and points without any. Nothing below two points, for one replication at every point
/// (inputs and chance cannot be told apart), or for `alpha` outside (0, 1).
pub fn split(points: &[Vec<f64>], alpha: f64) -> Option<Split> {
    let groups: Vec<Moments> = points
        .iter()
        .map(|values| values.iter().copied().filter(|value| value.is_finite()).collect())
        .filter(|group: &Moments| group.count() > 0)
        .collect();
    let total: f64 = groups.iter().map(|group| group.count() as f64).sum();
    let (df_between, df_within) = (groups.len() as f64 - 1.0, total - groups.len() as f64);
    if df_between < 1.0 || df_within < 1.0 || !(0.0 < alpha && alpha < 1.0) {
        return None;
    }
    // (count, mean) of each; every group has a mean.
    let means = || groups.iter().map(|group| (group.count() as f64, group.mean().unwrap_or_default()));
    let grand = means().map(|(count, mean)| count * mean).sum::<f64>() / total;
    let mean_square = means().map(|(count, mean)| count * (mean - grand).powi(2)).sum::<f64>() / df_between;
    let squares = |group: &Moments| group.variance().map_or(0.0, |variance| variance * (group.count() as f64 - 1.0));
    let within = groups.iter().map(squares).sum::<f64>() / df_within;
    let size = (total - means().map(|(count, _)| count * count).sum::<f64>() / total) / df_between;

    let between = (mean_square - within) / size;
    let balanced = groups.iter().all(|group| group.count() == groups[0].count());
    let share_interval = (balanced && within > 0.0).then(|| {
        let ratio = mean_square / within;
        let share = |quantile: f64| {
            let excess = (ratio / quantile - 1.0).max(0.0);
            excess / (excess + size)
        };
        Interval {
            low: share(f_upper(0.5 * alpha, df_between, df_within)),
            // The lower quantile is one over the upper one with its degrees of freedom exchanged.
            high: share(1.0 / f_upper(0.5 * alpha, df_within, df_between)),
        }
    });
    let clamped = between < 0.0;
    let between = between.max(0.0);
    let share = (between + within > 0.0).then(|| between / (between + within));
    Some(Split { between, clamped, within, share, share_interval })
}

/// The value that an F variable with `above` and `below` degrees of freedom exceeds with probability `tail`.
pub(super) fn f_upper(tail: f64, above: f64, below: f64) -> f64 {
    // below / (below + above F) is Beta(below / 2, above / 2).
    let x = beta_quantile(tail, 0.5 * below, 0.5 * above);
    below * (1.0 - x) / (above * x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Generator, Purpose, StreamKey, unit};
    use crate::stats::special::normal_quantile;
    use statrs::distribution::{ContinuousCDF, FisherSnedecor};

    /// Points whose inputs have variance `between`, with `sizes` replications of variance 1.
    fn drawn(experiment: u32, between: f64, sizes: &[u32]) -> Vec<Vec<f64>> {
        let generator = Generator::new(1, experiment);
        let stream = StreamKey::of(&["nested"]);
        let normal = |i, j| normal_quantile(unit(generator.words(stream, 0, i, Purpose::Count, j)[0]));
        let point = |(i, size): (u32, &u32)| {
            (1..=*size).map(|j| between.sqrt() * normal(i, 0) + normal(i, j)).collect::<Vec<f64>>()
        };
        (0..).zip(sizes).map(point).collect()
    }

    #[test]
    fn a_small_table_by_hand() {
        // Means 2, 5, 8 of pairs that differ by 2: within 2, mean square between 2 x 9 = 18, between (18 - 2) / 2.
        let split = split(&[vec![1.0, 3.0], vec![4.0, 6.0], vec![7.0, 9.0]], 0.05).unwrap();
        assert_eq!((split.between, split.within, split.clamped), (8.0, 2.0, false));
        assert!((split.share.unwrap() - 0.8).abs() < 1e-15);
        // F = 9 with 2 and 3 degrees of freedom; F(0.975; 2, 3) = 16.044, F(0.975; 3, 2) = 39.165 of any table.
        let interval = split.share_interval.unwrap();
        assert_eq!(interval.low, 0.0);
        let high = (9.0 * 39.165 - 1.0) / (9.0 * 39.165 + 1.0);
        assert!((interval.high - high).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn the_quantile_is_of_f() {
        for (above, below) in [(1.0, 5.0), (4.0, 100.0), (30.0, 30.0), (199.0, 1_800.0)] {
            for tail in [0.5, 0.025, 1e-4] {
                let f = f_upper(tail, above, below);
                assert!((FisherSnedecor::new(above, below).unwrap().sf(f) / tail - 1.0).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn noise_without_inputs_is_never_negative() {
        let clamped = (0..200).filter(|&e| {
            let split = split(&drawn(e, 0.0, &[5; 10]), 0.05).unwrap();
            assert!(split.between >= 0.0 && split.share_interval.unwrap().low >= 0.0);
            assert!(!split.clamped || split.between == 0.0);
            split.clamped
        });
        // The ratio of mean squares is F(9, 40): below one with probability 0.565 or so.
        let share = FisherSnedecor::new(9.0, 40.0).unwrap().cdf(1.0);
        let z = (clamped.count() as f64 - 200.0 * share) / (200.0 * share * (1.0 - share)).sqrt();
        assert!(z.abs() < 4.0, "{z}");
    }

    /// Both variances without bias, also with unequal sizes; the interval of the share covers in 95 %.
    #[test]
    fn estimates_are_unbiased_and_the_interval_covers() {
        const EXPERIMENTS: u32 = 2_000;
        for sizes in [[6_u32; 12].as_slice(), &[2, 1, 9, 4, 4, 12, 3, 7, 5, 1, 2, 8]] {
            let (mut between, mut within, mut covered) = (Moments::default(), Moments::default(), 0);
            for experiment in 0..EXPERIMENTS {
                let split = split(&drawn(experiment, 2.0, sizes), 0.05).unwrap();
                between.push(split.between);
                within.push(split.within);
                covered += u32::from(split.share_interval.is_some_and(|interval| interval.contains(2.0 / 3.0)));
            }
            for (moments, truth) in [(between, 2.0), (within, 1.0)] {
                let error = moments.sd().unwrap() / f64::from(EXPERIMENTS).sqrt();
                assert!((moments.mean().unwrap() - truth).abs() < 4.0 * error, "{moments:?}");
            }
            if sizes[0] == 6 {
                let share = f64::from(covered) / f64::from(EXPERIMENTS);
                assert!((share - 0.95).abs() < 4.0 * (0.95_f64 * 0.05 / f64::from(EXPERIMENTS)).sqrt(), "{share}");
            }
        }
    }

    #[test]
    fn one_replication_a_point_cannot_be_split() {
        assert_eq!(split(&[vec![1.0], vec![2.0], vec![3.0]], 0.05), None);
        assert_eq!(split(&[vec![1.0, 2.0], vec![f64::NAN]], 0.05), None);
        assert_eq!(split(&[], 0.05), None);
        let flat = split(&[vec![1.0, 1.0], vec![1.0, 1.0]], 0.05).unwrap();
        assert_eq!((flat.between, flat.within, flat.share, flat.share_interval), (0.0, 0.0, None, None));
    }
}
