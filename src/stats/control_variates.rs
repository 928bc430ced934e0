//! Control variates: quantities of known expectation that explain a part of chance.

use super::Interval;
use super::student::student_t_quantile;
use libm::sqrt;

/// A control is dropped if the controls before it explain all of its variance but this share.
const LEAST_OWN_SHARE: f64 = 1e-8;

/// A mean estimated with control variates.
///
/// With n replications, q controls C of known means mu and the regression of Y on C (slopes b, residual variance s^2 on
/// n - q - 1 degrees of freedom), the estimate is Ybar - b'(Cbar - mu) and its squared error
/// s^2 (1/n + (Cbar - mu)' S^-1 (Cbar - mu) / (n - 1)) with the sample covariance S of the controls. Exact for jointly
/// normal Y and C; the second term is the price of estimating b. Source: S. S. Lavenberg and P. D. Welch, "A perspective
/// on the use of control variables to increase the efficiency of Monte Carlo simulations", Management Science 27 (1981)
/// 322-335.
#[derive(Clone, PartialEq, Debug)]
pub struct Controlled {
    /// The estimate, in the unit of the metric.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The Student interval on n - q - 1 degrees of freedom.
    pub interval: Interval,
    /// The number of replications used.
    pub count: usize,
    /// The controls used, as indices, in their order.
    pub used: Vec<usize>,
    /// The share of the plain mean's variance that is taken away:
    /// 1 - (1 - adjusted R^2) (n - 2) / (n - q - 2). The factor is the loss of Lavenberg and Welch for estimating q slopes;
    /// so the share is negative where the controls explain too little.
    pub reduction: f64,
}

/// Estimates the mean of `values` over replications with `controls`, each a column over the same replications and its
/// known mean; the interval misses with probability `alpha`.
///
/// Replications with a value or a control that is not finite are left out. A control that does not vary, or of whose
/// variance the controls before it explain all but 1e-8, is dropped. Nothing if none is left, if n <= q + 2, if lengths
/// differ, where the values do not vary, or for `alpha` outside (0, 1).
pub fn control(values: &[f64], controls: &[(&[f64], f64)], alpha: f64) -> Option<Controlled> {
    if !(0.0 < alpha && alpha < 1.0) || controls.iter().any(|(column, _)| column.len() != values.len()) {
        return None;
    }
    let whole = |&row: &usize| values[row].is_finite() && controls.iter().all(|(column, _)| column[row].is_finite());
    let rows: Vec<usize> = (0..values.len()).filter(whole).collect();
    let count = rows.len();
    let centred = |column: &[f64]| {
        let mean = rows.iter().map(|&row| column[row]).sum::<f64>() / count as f64;
        (mean, rows.iter().map(|&row| column[row] - mean).collect::<Vec<f64>>())
    };

    // Gram and Schmidt: `basis` holds orthonormal combinations of the centred controls, each with the distance of the same
    // combination of means from its expectation. Slopes are then projections, and S^-1 is a sum of squares.
    let mut basis: Vec<(Vec<f64>, f64)> = Vec::new();
    let mut used = Vec::new();
    for (index, &(column, expected)) in controls.iter().enumerate() {
        let (mean, mut own) = centred(column);
        let mut distance = mean - expected;
        let before = dot(&own, &own);
        // Twice, so that rounding leaves nothing of the others.
        for _ in 0..2 {
            for (other, its_distance) in &basis {
                let share = dot(&own, other);
                own.iter_mut().zip(other).for_each(|(x, y)| *x -= share * y);
                distance -= share * its_distance;
            }
        }
        let left = dot(&own, &own);
        if left > LEAST_OWN_SHARE * before {
            let length = sqrt(left);
            for x in &mut own {
                *x /= length;
            }
            basis.push((own, distance / length));
            used.push(index);
        }
    }

    let (plain, mut residual) = centred(values);
    let total = dot(&residual, &residual);
    if used.is_empty() || count <= used.len() + 2 || !(total > 0.0 && expected_are_finite(controls)) {
        return None;
    }
    let (mut estimate, mut distances) = (plain, 0.0);
    for (own, distance) in &basis {
        let slope = dot(&residual, own);
        residual.iter_mut().zip(own).for_each(|(x, y)| *x -= slope * y);
        estimate -= slope * distance;
        distances += distance * distance;
    }
    let (n, q) = (count as f64, used.len() as f64);
    let variance = dot(&residual, &residual) / (n - q - 1.0);
    let standard_error = sqrt(variance * (1.0 / n + distances));
    let half = -student_t_quantile(0.5 * alpha, n - q - 1.0) * standard_error;
    let unexplained = variance / (total / (n - 1.0));
    Some(Controlled {
        estimate,
        standard_error,
        interval: Interval { low: estimate - half, high: estimate + half },
        count,
        used,
        reduction: 1.0 - unexplained * (n - 2.0) / (n - q - 2.0),
    })
}

fn expected_are_finite(controls: &[(&[f64], f64)]) -> bool {
    controls.iter().all(|(_, expected)| expected.is_finite())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Generator, Purpose, StreamKey, unit};
    use crate::stats::moments::Moments;
    use crate::stats::special::normal_quantile;
    use nalgebra::{DMatrix, DVector};

    /// Normal numbers of an experiment: `columns` of length `count`.
    fn normals(experiment: u32, columns: u32, count: u32) -> Vec<Vec<f64>> {
        let generator = Generator::new(1, experiment);
        let stream = StreamKey::of(&["control variates"]);
        let draw = |c, i| normal_quantile(unit(generator.words(stream, c, i, Purpose::Count, 0)[0]));
        (0..columns).map(|c| (0..count).map(|i| draw(c, i)).collect()).collect()
    }

    /// Against the formula of the paper, in matrices.
    #[test]
    fn orthogonal_columns_are_the_matrix_formula() {
        let x = normals(0, 3, 12);
        let c1: Vec<f64> = x[0].iter().map(|x| 50.0 + 3.0 * x).collect();
        let c2: Vec<f64> = x[0].iter().zip(&x[1]).map(|(x, y)| 0.2 * (x + 0.5 * y)).collect();
        let y: Vec<f64> = (0..12).map(|i| 7.0 + 2.0 * x[0][i] - x[1][i] + 0.5 * x[2][i]).collect();
        let expected = [50.5, -0.03];
        let found = control(&y, &[(&c1, expected[0]), (&c2, expected[1])], 0.05).unwrap();

        let n = 12.0;
        let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
        let centred = DMatrix::from_fn(12, 2, |i, j| [&c1, &c2][j][i] - mean([&c1, &c2][j]));
        let response = DVector::from_fn(12, |i, _| y[i] - mean(&y));
        let covariance = centred.transpose() * &centred / (n - 1.0);
        let inverse = covariance.try_inverse().unwrap();
        let slopes = &inverse * centred.transpose() * &response / (n - 1.0);
        let distance = DVector::from_fn(2, |j, _| mean([&c1, &c2][j]) - expected[j]);
        let rest = &response - &centred * &slopes;
        let variance = rest.dot(&rest) / (n - 3.0);
        let error = (variance * (1.0 / n + distance.dot(&(&inverse * &distance)) / (n - 1.0))).sqrt();
        assert!((found.estimate - (mean(&y) - slopes.dot(&distance))).abs() < 1e-10);
        assert!((found.standard_error - error).abs() < 1e-10);
        assert!((found.interval.half_width() - 2.262_157 * error).abs() < 1e-6, "t(0.975; 9) of any table");
        let r2 = 1.0 - rest.dot(&rest) / response.dot(&response);
        let adjusted = 1.0 - (1.0 - r2) * (n - 1.0) / (n - 3.0);
        assert!((found.reduction - (1.0 - (1.0 - adjusted) * (n - 2.0) / (n - 4.0))).abs() < 1e-10);
    }

    /// 2,000 experiments of 20 replications: the interval covers in 95 %, and the variance of the estimate is
    /// (1 - rho^2) (n - 2) / (n - q - 2) of the plain mean's (Lavenberg and Welch 1981), here 0.36 x 18 / 16.
    #[test]
    fn intervals_cover_and_the_variance_is_as_stated() {
        const EXPERIMENTS: u32 = 2_000;
        let (mut covered, mut estimates, mut reductions) = (0, Moments::default(), Moments::default());
        for experiment in 0..EXPERIMENTS {
            let x = normals(experiment, 3, 20);
            let y: Vec<f64> = (0..20).map(|i| 5.0 + 0.8 * x[0][i] + 0.6 * x[2][i]).collect();
            // The second control is of no use.
            let found = control(&y, &[(&x[0], 0.0), (&x[1], 0.0)], 0.05).unwrap();
            covered += u32::from(found.interval.contains(5.0));
            estimates.push(found.estimate);
            reductions.push(found.reduction);
        }
        let share = f64::from(covered) / f64::from(EXPERIMENTS);
        assert!((share - 0.95).abs() < 4.0 * (0.95_f64 * 0.05 / f64::from(EXPERIMENTS)).sqrt(), "{share}");
        assert!(
            (estimates.mean().unwrap() - 5.0).abs() < 4.0 * estimates.sd().unwrap() / f64::from(EXPERIMENTS).sqrt()
        );
        // A variance estimated from normal values has relative standard error sqrt(2 / n).
        let ratio = estimates.variance().unwrap() / (1.0 / 20.0);
        let expected = 0.36 * 18.0 / 16.0;
        assert!((ratio / expected - 1.0).abs() < 4.0 * (2.0 / f64::from(EXPERIMENTS)).sqrt(), "{ratio}");
        // E(1 - R^2) = (n - q - 1) / (n - 1) (1 - rho^2) F(1, 1; (n + 1) / 2; rho^2) with the hypergeometric function
        // (J. Wishart, Biometrika 22 (1931) 353-361): 1 - adjusted R^2 is a little above 1 - rho^2.
        let (mut term, mut series) = (1.0, 1.0);
        for k in 0..100 {
            let k = f64::from(k);
            term *= 0.64 * (k + 1.0) / (10.5 + k);
            series += term;
        }
        let z =
            (reductions.mean().unwrap() - (1.0 - expected * series)) / (reductions.sd().unwrap() / 2_000.0_f64.sqrt());
        assert!(z.abs() < 4.0, "{z}");
    }

    #[test]
    fn collinear_controls_are_dropped_and_too_few_replications_have_no_answer() {
        let x = normals(7, 3, 9);
        let twice: Vec<f64> = x[0].iter().map(|x| 2.0 * x - 4.0).collect();
        let flat = vec![3.0; 9];
        let one = control(&x[2], &[(&x[0], 0.0)], 0.05).unwrap();
        let same = control(&x[2], &[(&flat, 3.0), (&x[0], 0.0), (&twice, -4.0)], 0.05).unwrap();
        assert_eq!((same.used.clone(), same.estimate), (vec![1], one.estimate));
        assert_eq!(control(&x[2], &[(&flat, 3.0)], 0.05), None);
        assert_eq!(control(&x[2], &[(&x[0][..8], 0.0)], 0.05), None);
        assert_eq!(control(&flat, &[(&x[0], 0.0)], 0.05), None);
        let short = |n: usize| control(&x[2][..n], &[(&x[0][..n], 0.0), (&x[1][..n], 0.0)], 0.05);
        assert!(short(4).is_none() && short(5).is_some());
        let mut gap = x[2].clone();
        gap[8] = f64::NAN;
        assert_eq!(control(&gap, &[(&x[0], 0.0)], 0.05), control(&x[2][..8], &[(&x[0][..8], 0.0)], 0.05));
        // What explains nothing costs.
        assert!(control(&x[2], &[(&x[0], 0.0), (&x[1], 0.0)], 0.05).unwrap().reduction < 1.0);
    }
}
