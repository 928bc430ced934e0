//! Shares of variance: first-order and total indices.

use super::design::{below, latin_hypercube};
use super::{difference, replications};
use crate::random::{Generator, MAX_ORDINAL, MAX_VISIT, Patient, Purpose, StreamKey};
use crate::stats::Interval;
use crate::stats::moments::Moments;
use crate::stats::quantile::type7;

/// A design of n base rows: for each, the points A and B, and for each factor the point A with that coordinate of B.
///
/// Source: A. Saltelli, P. Annoni, I. Azzini, F. Campolongo, M. Ratto and S. Tarantola, Computer Physics Communications 181
/// (2010) 259-270.
#[derive(Clone, PartialEq, Debug)]
pub struct Sobol {
    factors: usize,
    points: Vec<Vec<f64>>,
}

/// An index with its interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Index {
    /// The share of the variance between inputs; zero where the estimate is negative.
    pub estimate: f64,
    /// The percentile bootstrap interval over base rows, cut at zero.
    pub interval: Interval,
    /// Whether the estimate was negative.
    pub clamped: bool,
}

/// The indices of a factor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FactorIndices {
    /// What knowing the factor alone would take away of the variance.
    pub first: Index,
    /// What would be left if all other factors were known.
    pub total: Index,
}

/// The indices of all factors.
#[derive(Clone, PartialEq, Debug)]
pub struct Indices {
    /// The variance of the output between inputs, corrected for chance if there are two or more replications; zero where
    /// the estimate is negative.
    pub variance: f64,
    /// Whether the estimate of the variance was negative: the inputs show no effect beyond chance.
    pub clamped: bool,
    /// What chance had added to the variance of means over replications, and has been taken off; nothing with one.
    pub noise: Option<f64>,
    /// The indices by factor; nothing where the variance is zero.
    pub factors: Option<Vec<FactorIndices>>,
}

impl Sobol {
    /// The design over a Latin hypercube of `base` rows in twice `factors` dimensions; a function of its arguments alone.
    pub fn new(base: usize, factors: usize, seed: u64) -> Option<Self> {
        Self::from_rows(&latin_hypercube(base, factors.checked_mul(2)?, seed)?)
    }

    /// The design over given base rows of twice as many uniform numbers as there are factors. Nothing below two rows, for
    /// rows of different or odd lengths, or without factors.
    pub fn from_rows(rows: &[Vec<f64>]) -> Option<Self> {
        let length = rows.first()?.len();
        let sound = length > 0 && length.is_multiple_of(2) && rows.iter().all(|row| row.len() == length);
        if !sound || rows.len() < 2 || rows.len() >= MAX_ORDINAL as usize {
            return None;
        }
        let factors = length / 2;
        let mut points = Vec::with_capacity(rows.len() * (factors + 2));
        for row in rows {
            let (a, b) = row.split_at(factors);
            points.extend([a.to_vec(), b.to_vec()]);
            points.extend((0..factors).map(|factor| {
                let mut point = a.to_vec();
                point[factor] = b[factor];
                point
            }));
        }
        Some(Self { factors, points })
    }

    /// The points to evaluate: base x (factors + 2) rows of `factors` coordinates.
    pub fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The indices, given a row of replications for each point; intervals miss with probability `alpha` and come from
    /// `resamples` bootstrap samples of the base rows (1,000 are usual), drawn by `seed`.
    ///
    /// First-order: mean of b (c - a) over the variance (Saltelli et al. 2010, table 2 b), total: mean of (a - c)^2 / 2 over
    /// the variance (M. J. W. Jansen, Computer Physics Communications 117 (1999) 35-43), where a, b, c are the outputs at A,
    /// B and A with the factor of B, less their mean. With R replications these are means, and E(a - c)^2 holds the
    /// variance of the difference over replications, divided by R; that is taken off, in the same way the covariance in
    /// the product, and the residual mean square of points x replications in the variance. So the result is right
    /// also when replications share their random numbers between points. Nothing for rows that are missing, of different
    /// lengths or empty, for values that are not finite, for no resamples or beyond 2^20, or for `alpha` outside (0, 1).
    pub fn indices(&self, outputs: &[Vec<f64>], resamples: u32, seed: u64, alpha: f64) -> Option<Indices> {
        let replications = replications(outputs, self.points.len())? as f64;
        if !(0.0 < alpha && alpha < 1.0) || resamples == 0 || resamples >= MAX_VISIT {
            return None;
        }
        let rows = self.contributions(outputs);
        let whole = Sums::of(self.factors, rows.iter());
        let (variance, noise) = whole.variance();
        let clamped = variance < 0.0;
        let noise = (replications > 1.0).then_some(noise);
        if variance <= 0.0 {
            return Some(Indices { variance: 0.0, clamped, noise, factors: None });
        }

        let generator = Generator::new(seed, 0);
        let stream = StreamKey::of(&["design", "sobol bootstrap"]);
        let patients: Vec<Patient> = (0..rows.len()).map(|i| Patient::new(stream, 0, i as u32)).collect();
        let mut drawn = vec![Vec::with_capacity(resamples as usize); 2 * self.factors];
        for resample in 0..resamples {
            let pick =
                |&patient: &Patient| &rows[below(generator.words_of(patient, Purpose::Count, resample)[0], rows.len())];
            let sums = Sums::of(self.factors, patients.iter().map(pick));
            if sums.variance().0 > 0.0 {
                drawn.iter_mut().zip(sums.shares()).for_each(|(drawn, share)| drawn.push(share));
            }
        }
        let index = |(estimate, mut drawn): (f64, Vec<f64>)| {
            drawn.sort_unstable_by(f64::total_cmp);
            let end = |p: f64| type7(&drawn, p).unwrap_or(estimate).max(0.0);
            let interval = Interval { low: end(0.5 * alpha), high: end(1.0 - 0.5 * alpha) };
            Index { estimate: estimate.max(0.0), interval, clamped: estimate < 0.0 }
        };
        let indices: Vec<Index> = whole.shares().into_iter().zip(drawn).map(index).collect();
        let (first, total) = indices.split_at(self.factors);
        let factors = first.iter().zip(total).map(|(&first, &total)| FactorIndices { first, total }).collect();
        Some(Indices { variance, clamped, noise, factors: Some(factors) })
    }

    /// What each base row adds to the sums.
    fn contributions(&self, outputs: &[Vec<f64>]) -> Vec<Contribution> {
        let size = self.factors + 2;
        let length = outputs[0].len();
        let independent = || outputs.chunks_exact(size).flat_map(|group| &group[..2]);
        let count = independent().count() as f64;
        // The mean of each replication over the points A and B: what chance has in common at all points.
        let mut common = vec![0.0; length];
        for row in independent() {
            common.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / count);
        }
        let grand = mean(&common);
        let row = |group: &[Vec<f64>]| {
            let (a, b) = (&group[0], &group[1]);
            let noise = [a, b].iter().map(|point| difference(point, &common).1.unwrap_or(0.0)).sum();
            let b_mean = mean(b) - grand;
            let (first, total) = group[2..]
                .iter()
                .map(|c| {
                    let (change, noise) = difference(c, a);
                    let product = b_mean * change - covariance_of_means(b, c, a);
                    (product, 0.5 * (change * change - noise.unwrap_or(0.0)))
                })
                .unzip();
            Contribution { means: [mean(a) - grand, b_mean], noise, first, total }
        };
        outputs.chunks_exact(size).map(row).collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The covariance, over replications, of the mean of `b` with the mean of `c` - `a`; zero with one replication.
fn covariance_of_means(b: &[f64], c: &[f64], a: &[f64]) -> f64 {
    let count = b.len() as f64;
    if count < 2.0 {
        return 0.0;
    }
    let (b_mean, change) = (mean(b), mean(c) - mean(a));
    let products = b.iter().zip(c.iter().zip(a)).map(|(b, (c, a))| (b - b_mean) * (c - a - change));
    products.sum::<f64>() / (count - 1.0) / count
}

/// What a base row adds to the sums.
#[derive(Clone, PartialEq, Debug)]
struct Contribution {
    /// The centred means at A and B.
    means: [f64; 2],
    /// The variance of these means over replications, less what is common to all points; summed over both.
    noise: f64,
    /// By factor.
    first: Vec<f64>,
    /// By factor.
    total: Vec<f64>,
}

/// Sums over base rows.
struct Sums {
    means: Moments,
    noise: f64,
    rows: f64,
    first: Vec<f64>,
    total: Vec<f64>,
}

impl Sums {
    fn of<'a>(factors: usize, rows: impl Iterator<Item = &'a Contribution>) -> Self {
        let (first, total) = (vec![0.0; factors], vec![0.0; factors]);
        let mut sums = Self { means: Moments::default(), noise: 0.0, rows: 0.0, first, total };
        for row in rows {
            row.means.iter().for_each(|&mean| sums.means.push(mean));
            sums.noise += row.noise;
            sums.rows += 1.0;
            sums.first.iter_mut().zip(&row.first).for_each(|(sum, first)| *sum += first);
            sums.total.iter_mut().zip(&row.total).for_each(|(sum, total)| *sum += total);
        }
        sums
    }

    /// The variance between inputs, corrected, and the noise that was taken off.
    fn variance(&self) -> (f64, f64) {
        // The residual mean square of 2n points x R replications has (2n - 1) (R - 1) degrees of freedom.
        let noise = self.noise / (2.0 * self.rows - 1.0);
        (self.means.variance().unwrap_or(0.0) - noise, noise)
    }

    /// First-order shares, then total shares.
    fn shares(&self) -> Vec<f64> {
        let whole = self.rows * self.variance().0;
        self.first.iter().chain(&self.total).map(|sum| sum / whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::unit;
    use crate::stats::special::normal_quantile;
    use std::f64::consts::PI;

    /// T. Ishigami and T. Homma (1990), with a = 7 and b = 0.1, and a fourth factor that does nothing.
    fn ishigami(x: &[f64]) -> f64 {
        let x: Vec<f64> = x.iter().map(|x| PI * (2.0 * x - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    /// Its variance, and the known first-order and total shares.
    fn ishigami_truth() -> (f64, [f64; 4], [f64; 4]) {
        let one = 0.5 * (1.0 + 0.1 * PI.powi(4) / 5.0).powi(2);
        let two = 49.0 / 8.0;
        let one_three = 0.01 * PI.powi(8) * (1.0 / 18.0 - 1.0 / 50.0);
        let all = one + two + one_three;
        let shares = |parts: [f64; 4]| parts.map(|part| part / all);
        (all, shares([one, two, 0.0, 0.0]), shares([one + one_three, two, one_three, 0.0]))
    }

    fn outputs(design: &Sobol, f: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
        design.points().iter().map(|x| vec![f(x)]).collect()
    }

    /// An estimate within four of its own standard errors, by the bootstrap interval, and that interval short.
    fn check(index: Index, truth: f64, short: f64, what: &str) {
        let error = index.interval.half_width() / 1.96;
        assert!((index.estimate - truth).abs() <= 4.0 * error + 1e-12, "{what}: {index:?}, truth {truth}");
        assert!(index.interval.half_width() < short, "{what}: {index:?}");
    }

    /// The published values: S = .3139, .4424, 0; T = .5576, .4424, .2437.
    #[test]
    fn the_function_of_ishigami() {
        let (variance, first, total) = ishigami_truth();
        let rounded = |shares: [f64; 4]| shares.map(|share| (share * 1e4).round() / 1e4);
        assert_eq!((rounded(first), rounded(total)), ([0.3139, 0.4424, 0.0, 0.0], [0.5576, 0.4424, 0.2437, 0.0]));
        let design = Sobol::new(4_000, 4, 1).unwrap();
        let found = design.indices(&outputs(&design, ishigami), 500, 1, 0.05).unwrap();
        assert!((found.variance / variance - 1.0).abs() < 0.05 && found.noise.is_none() && !found.clamped);
        for (i, factor) in found.factors.unwrap().into_iter().enumerate() {
            check(factor.first, first[i], 0.06, &format!("first {i}"));
            check(factor.total, total[i], 0.05, &format!("total {i}"));
        }
    }

    /// The G function of Sobol (Saltelli and Sobol 1995) with a = 0, 1, 4.5, 9: with v(i) = 1 / (3 (1 + a(i))^2), the
    /// variance is the product of 1 + v less 1, a factor's own part v(i), its total v(i) times the product over the others.
    #[test]
    fn the_function_g() {
        let a = [0.0, 1.0, 4.5, 9.0];
        let function = |x: &[f64]| x.iter().zip(a).map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product();
        let v = a.map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)));
        let product: f64 = v.iter().map(|v| 1.0 + v).product();
        let variance = product - 1.0;
        let design = Sobol::new(4_000, 4, 1).unwrap();
        let found = design.indices(&outputs(&design, function), 500, 1, 0.05).unwrap();
        assert!((found.variance / variance - 1.0).abs() < 0.05);
        for (i, factor) in found.factors.unwrap().into_iter().enumerate() {
            check(factor.first, v[i] / variance, 0.06, &format!("first {i}"));
            check(factor.total, v[i] * product / (1.0 + v[i]) / variance, 0.05, &format!("total {i}"));
        }
    }

    /// Normal noise by point and replication.
    fn noise(experiment: u32) -> impl Fn(usize, u32) -> f64 {
        let (generator, stream) = (Generator::new(1, experiment), StreamKey::of(&["sobol noise"]));
        move |point, replication| {
            normal_quantile(unit(generator.words(stream, replication, point as u32, Purpose::Count, 0)[0]))
        }
    }

    /// With noise as large as the effect of the inputs, four replications on partly common numbers: variance and indices
    /// have no bias; without the correction the factor that does nothing would seem to explain a fifth.
    #[test]
    fn noise_is_taken_off() {
        const EXPERIMENTS: u32 = 100;
        let (variance, first, total) = ishigami_truth();
        let sd = variance.sqrt();
        let mut found = vec![Moments::default(); 9];
        let mut naive = Moments::default();
        for experiment in 0..EXPERIMENTS {
            let design = Sobol::new(400, 4, u64::from(experiment)).unwrap();
            let normal = noise(experiment);
            let common: Vec<f64> = (0..4).map(|r| 3.0 * sd * normal(1 << 23, r)).collect();
            let row = |(i, x): (usize, &Vec<f64>)| -> Vec<f64> {
                (0..4).map(|r| ishigami(x) + common[r as usize] + sd * normal(i, r)).collect()
            };
            let rows: Vec<Vec<f64>> = design.points().iter().enumerate().map(row).collect();
            let sums = Sums::of(4, design.contributions(&rows).iter());
            // Before they are cut at zero.
            found[0].push(sums.variance().0);
            found[1..].iter_mut().zip(sums.shares()).for_each(|(found, share)| found.push(share));
            let shown = design.indices(&rows, 20, 1, 0.05).unwrap();
            assert!(shown.variance >= 0.0 && shown.noise.is_some());
            let at_least_zero = |index: Index| index.estimate >= 0.0 && index.interval.low >= 0.0;
            assert!(shown.factors.unwrap().iter().all(|f| at_least_zero(f.first) && at_least_zero(f.total)));
            let means: Vec<Vec<f64>> = rows.iter().map(|row| vec![mean(row)]).collect();
            naive.push(design.indices(&means, 1, 1, 0.05).unwrap().factors.unwrap()[3].total.estimate);
        }
        let truth = std::iter::once(variance).chain(first).chain(total);
        for (i, (found, truth)) in found.iter().zip(truth).enumerate() {
            let error = found.sd().unwrap() / f64::from(EXPERIMENTS).sqrt();
            // A ratio of estimates has a bias of the order 1 / n.
            let bias = if i == 0 { 0.0 } else { 1.0 / 400.0 };
            assert!((found.mean().unwrap() - truth).abs() < 4.0 * error + bias, "{i}: {found:?}, truth {truth}");
        }
        assert!(naive.mean().unwrap() > 0.15, "{naive:?}");
    }

    /// Noise alone: about half of the variances are below zero, and are shown as zero, without indices.
    #[test]
    fn noise_alone_has_no_indices() {
        let design = Sobol::new(30, 2, 1).unwrap();
        let clamped = (0..200).filter(|&experiment| {
            let normal = noise(experiment);
            let row = |i| (0..3).map(|r| normal(i, r)).collect();
            let rows: Vec<Vec<f64>> = (0..design.points().len()).map(row).collect();
            let found = design.indices(&rows, 10, 1, 0.05).unwrap();
            assert_eq!(found.clamped, found.factors.is_none());
            assert!(found.variance > 0.0 || found.clamped);
            found.clamped
        });
        assert!((60..140).contains(&clamped.count()));
    }

    /// The bootstrap interval of a total index covers nearly as often as stated, over independent base rows.
    #[test]
    fn intervals_cover() {
        const EXPERIMENTS: u32 = 300;
        let (_, first, total) = ishigami_truth();
        let (mut first_covered, mut total_covered) = (0, 0);
        for experiment in 0..EXPERIMENTS {
            let generator = Generator::new(1, experiment);
            let stream = StreamKey::of(&["sobol rows"]);
            let uniform = |i, j| unit(generator.words(stream, j, i, Purpose::Count, 0)[0]);
            let rows: Vec<Vec<f64>> = (0..300).map(|i| (0..8).map(|j| uniform(i, j)).collect()).collect();
            let design = Sobol::from_rows(&rows).unwrap();
            let found = design.indices(&outputs(&design, ishigami), 200, 1, 0.05).unwrap().factors.unwrap();
            first_covered += u32::from(found[1].first.interval.contains(first[1]));
            total_covered += u32::from(found[0].total.interval.contains(total[0]));
        }
        // 95 % less four standard errors of the share, less two for the bootstrap, which is exact only for many rows.
        for covered in [first_covered, total_covered] {
            let share = f64::from(covered) / f64::from(EXPERIMENTS);
            assert!((0.88..=0.995).contains(&share), "{share}");
        }
    }

    #[test]
    fn designs_and_shapes() {
        let design = Sobol::from_rows(&[vec![0.1, 0.2, 0.3, 0.4], vec![0.5, 0.6, 0.7, 0.8]]).unwrap();
        assert_eq!(design.points()[..4], [[0.1, 0.2], [0.3, 0.4], [0.3, 0.2], [0.1, 0.4]]);
        assert_eq!(design.points().len(), 8);
        assert!(Sobol::from_rows(&[vec![0.1, 0.2, 0.3], vec![0.1, 0.2, 0.3]]).is_none());
        assert!(Sobol::from_rows(&[vec![0.1, 0.2]]).is_none() && Sobol::new(5, 0, 1).is_none());
        assert!(Sobol::from_rows(&[vec![0.1, 0.2], vec![0.1]]).is_none());
        let flat = design.indices(&vec![vec![2.0]; 8], 10, 1, 0.05).unwrap();
        assert_eq!((flat.variance, flat.clamped, flat.factors), (0.0, false, None));
        assert_eq!(design.indices(&vec![vec![2.0]; 7], 10, 1, 0.05), None);
        assert_eq!(design.indices(&vec![vec![f64::NAN]; 8], 10, 1, 0.05), None);
        assert_eq!(design.indices(&vec![vec![2.0]; 8], 0, 1, 0.05), None);
    }
}
