//! How much of the variance comes from uncertain inputs, where every point of the inputs meets the same chance.

use super::Interval;
use super::nested::f_upper;
use super::student::student_t_quantile;
use libm::sqrt;

/// The variance of a metric split between inputs and chance, from K points of the inputs and the same n replications (the
/// same random numbers) at each of them.
///
/// The metric is a function of the inputs and of chance, which are independent; so it is a mean, an effect of the inputs, one
/// of chance and one of both together (W. Hoeffding, 1948), and the mean squares of the two-way table have the expectations
/// (S. R. Searle, G. Casella and C. E. `McCulloch`, *Variance Components* (1992), section 4.3, with one value a cell):
/// both + n inputs between points, both + K chance between replications, and both.
/// The variance *from inputs* is that of the expectation at given inputs; the variance *from chance* is the mean of the
/// variance at given inputs: the other two parts together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Crossed {
    /// The mean over points and replications.
    pub mean: f64,
    /// The interval of the mean: both points and replications are samples.
    pub mean_interval: Interval,
    /// The variance from inputs, corrected for chance; zero where the estimate is negative.
    pub inputs: f64,
    /// Whether that estimate was negative: the inputs show no effect beyond chance.
    pub clamped: bool,
    /// The variance from chance.
    pub chance: f64,
    /// inputs / (inputs + chance); nothing where both are zero.
    pub share: Option<f64>,
    /// The interval of the share, cut at zero; nothing without chance.
    pub share_interval: Option<Interval>,
    /// The interval in which one more value lies, its inputs and its chance drawn anew.
    pub prediction: Interval,
}

/// Splits the variance of `points`, each with one value for each replication, in the same order; intervals miss with
/// probability `alpha`.
///
/// The interval of the share is that of F = (mean square of inputs) / chance, in which chance, a sum of mean squares, has the
/// degrees of freedom of F. E. Satterthwaite (*Biometrics Bulletin* 2 (1946), 110-114), and the part of both is taken as
/// estimated; the intervals of the mean and of one more value are Student's with such degrees of freedom. All hold for values
/// that are about normal.
///
/// Nothing below two points or two replications, for points of different lengths, values that are not finite, or `alpha`
/// outside (0, 1).
pub fn crossed(points: &[Vec<f64>], alpha: f64) -> Option<Crossed> {
    let (many, each) = (points.len(), points.first()?.len());
    let fits = points.iter().all(|values| values.len() == each && values.iter().all(|value| value.is_finite()));
    if many < 2 || each < 2 || !fits || !(0.0 < alpha && alpha < 1.0) {
        return None;
    }
    let (k, n) = (many as f64, each as f64);
    // Sums of squares lose digits unless values are near zero.
    let origin = points[0][0];
    let at = |i: usize, j: usize| points[i][j] - origin;
    let rows: Vec<f64> = (0..many).map(|i| (0..each).map(|j| at(i, j)).sum::<f64>() / n).collect();
    let columns: Vec<f64> = (0..each).map(|j| (0..many).map(|i| at(i, j)).sum::<f64>() / k).collect();
    let grand = rows.iter().sum::<f64>() / k;
    let squares = |means: &[f64]| means.iter().map(|mean| (mean - grand).powi(2)).sum::<f64>();
    let rest = |i: usize, j: usize| (at(i, j) - rows[i] - columns[j] + grand).powi(2);
    let [df_inputs, df_chance, df_both] = [k - 1.0, n - 1.0, (k - 1.0) * (n - 1.0)];
    let of_inputs = n * squares(&rows) / df_inputs;
    let of_chance = k * squares(&columns) / df_chance;
    let of_both =
        (0..many).flat_map(|i| (0..each).map(move |j| (i, j))).map(|(i, j)| rest(i, j)).sum::<f64>() / df_both;

    let estimate = (of_inputs - of_both) / n;
    let (inputs, clamped) = (estimate.max(0.0), estimate < 0.0);
    let parts = [(of_chance / k, df_chance), (of_both * (1.0 - 1.0 / k), df_both)];
    let chance = parts[0].0 + parts[1].0;
    let share = (inputs + chance > 0.0).then(|| inputs / (inputs + chance));
    let share_interval = (chance > 0.0).then(|| {
        let df = satterthwaite(chance, &parts);
        let share = |quantile: f64| {
            let ratio = ((of_inputs / quantile - of_both) / (n * chance)).max(0.0);
            ratio / (1.0 + ratio)
        };
        Interval {
            low: share(f_upper(0.5 * alpha, df_inputs, df)),
            // The lower quantile is one over the upper one with its degrees of freedom exchanged.
            high: share(1.0 / f_upper(0.5 * alpha, df, df_inputs)),
        }
    });
    let mean = origin + grand;
    let around = |variance: f64, parts: &[(f64, f64)]| {
        let half = if variance > 0.0 {
            -student_t_quantile(0.5 * alpha, satterthwaite(variance, parts)) * sqrt(variance)
        } else {
            0.0
        };
        Interval { low: mean - half, high: mean + half }
    };
    // Its estimate may not fall below either part alone.
    let parts = [of_inputs, of_chance, of_both].map(|square| square / (k * n));
    let of_mean = (parts[0] + parts[1] - parts[2]).max(parts[0]).max(parts[1]);
    let of_one = inputs + chance + of_mean;
    let dfs = |weights: [f64; 3]| {
        let of = |i: usize| weights[i] * parts[i];
        [(of(0), df_inputs), (of(1), df_chance), (of(2), df_both)]
    };
    Some(Crossed {
        mean,
        mean_interval: around(of_mean, &dfs([1.0; 3])),
        inputs,
        clamped,
        chance,
        share,
        share_interval,
        // Of the sum: inputs / n and chance / K as above, each with its share of the error of the mean.
        prediction: around(of_one, &dfs([k + 1.0, n + 1.0, k * n - k - n - 1.0])),
    })
}

/// The degrees of freedom of a sum of independent mean squares, each with its own.
fn satterthwaite(sum: f64, parts: &[(f64, f64)]) -> f64 {
    let spread: f64 = parts.iter().map(|(part, df)| part * part / df).sum();
    if spread > 0.0 { (sum * sum / spread).max(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Generator, Purpose, StreamKey, unit};
    use crate::stats::moments::Moments;
    use crate::stats::special::normal_quantile;

    /// Values of `points` x `each` with these standard deviations of inputs, chance and both; and one more value.
    fn drawn(experiment: u32, size: (u32, u32), sd: [f64; 3]) -> (Vec<Vec<f64>>, f64) {
        let generator = Generator::new(3, experiment);
        let stream = StreamKey::of(&["crossed"]);
        let normal = |i, j| normal_quantile(unit(generator.words(stream, 0, i, Purpose::Count, j)[0]));
        let value = |i, j| 7.0 + sd[0] * normal(i, 0) + sd[1] * normal(0, j) + sd[2] * normal(i, j);
        let points = (1..=size.0).map(|i| (1..=size.1).map(|j| value(i, j)).collect()).collect();
        (points, value(size.0 + 1, size.1 + 1))
    }

    #[test]
    fn a_small_table_by_hand() {
        // Means of points 2, 5, 8; of replications 4, 5, 6; nothing of both. Squares 3 x 9 = 27 and 3 x 1 = 3.
        let split = crossed(&[vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0], vec![7.0, 8.0, 9.0]], 0.05).unwrap();
        assert_eq!((split.mean, split.inputs, split.chance, split.clamped), (5.0, 9.0, 1.0, false));
        assert_eq!(split.share, Some(0.9));
        // F(0.975; 2, 2) = 39 of any table: 9 / 39 and 9 x 39 times chance.
        let interval = split.share_interval.unwrap();
        let share = |ratio: f64| ratio / (1.0 + ratio);
        assert!((interval.low - share(9.0 / 39.0)).abs() < 1e-9 && (interval.high - share(351.0)).abs() < 1e-9);
        // Of the mean: (27 + 3) / 9.
        let df = satterthwaite(30.0, &[(27.0, 2.0), (3.0, 2.0)]);
        let half = student_t_quantile(0.975, df) * sqrt(30.0 / 9.0);
        assert!((split.mean_interval.half_width() - half).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_split_is_not() {
        assert!(crossed(&[vec![1.0, 2.0]], 0.05).is_none() && crossed(&[vec![1.0], vec![2.0]], 0.05).is_none());
        assert!(crossed(&[vec![1.0, 2.0], vec![1.0]], 0.05).is_none());
        assert!(crossed(&[vec![1.0, f64::NAN], vec![1.0, 2.0]], 0.05).is_none());
        let same = crossed(&[vec![4.0; 3], vec![4.0; 3]], 0.05).unwrap();
        assert_eq!((same.share, same.inputs, same.chance, same.prediction.half_width()), (None, 0.0, 0.0, 0.0));
        // Chance alone, the same at every point: nothing from inputs.
        let chance = crossed(&[vec![1.0, 2.0, 4.0], vec![1.0, 2.0, 4.0]], 0.05).unwrap();
        assert_eq!((chance.inputs, chance.share), (0.0, Some(0.0)));
    }

    /// Both parts without bias, and all intervals cover what they say, also where inputs have little or no effect.
    #[test]
    fn estimates_are_unbiased_and_intervals_cover() {
        const EXPERIMENTS: u32 = 2_000;
        for (size, sd) in [
            ((20, 20), [1.0, 1.0, 0.5]),
            ((10, 30), [0.3, 1.0, 0.2]),
            ((30, 10), [2.0, 1.0, 1.0]),
            ((20, 20), [0.5, 0.0, 1.0]),
        ] {
            let truth = [sd[0] * sd[0], sd[1] * sd[1] + sd[2] * sd[2]];
            let (mut inputs, mut chance, mut covered) = (Moments::default(), Moments::default(), [0_u32; 3]);
            for experiment in 0..EXPERIMENTS {
                let (points, next) = drawn(experiment, size, sd);
                let split = crossed(&points, 0.05).unwrap();
                inputs.push(split.inputs);
                chance.push(split.chance);
                covered[0] += u32::from(split.share_interval.unwrap().contains(truth[0] / (truth[0] + truth[1])));
                covered[1] += u32::from(split.mean_interval.contains(7.0));
                covered[2] += u32::from(split.prediction.contains(next));
            }
            for (moments, truth) in [(inputs, truth[0]), (chance, truth[1])] {
                let error = moments.sd().unwrap() / f64::from(EXPERIMENTS).sqrt();
                assert!((moments.mean().unwrap() - truth).abs() < 4.0 * error, "{size:?} {sd:?} {truth}");
            }
            // Four standard errors of 95 % are 1.95 % of experiments.
            for (what, covered) in ["share", "mean", "prediction"].into_iter().zip(covered) {
                let share = f64::from(covered) / f64::from(EXPERIMENTS);
                assert!((0.93..=0.985).contains(&share), "{what} {size:?} {sd:?}: {share}");
            }
        }
    }
}
