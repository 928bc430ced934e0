//! Conditional logit by maximum likelihood: which of several alternatives is chosen, by what is known of each.
//!
//! In a choice set an alternative with covariates x and offset o has the probability exp(o + x b) over the sum of these of its
//! set. The log-likelihood is concave, so Newton's method with halved steps finds its maximum. Standard errors come from the
//! information matrix, scaled by the estimated dispersion (Pearson's chi-square over its degrees of freedom), so they hold where
//! counts vary more than multinomial ones do and do not change with the unit of the counts.
//!
//! Sources: D. `McFadden`, "Conditional logit analysis of qualitative choice behavior", in Zarembka (ed.), Frontiers in
//! Econometrics (1974) 105-142; R. W. M. Wedderburn, "Quasi-likelihood functions, generalized linear models, and the
//! Gauss-Newton method", Biometrika 61 (1974) 439-447.

use super::Interval;
use super::student;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Singular values of the centred and scaled covariates below this share of the largest count as none.
const RANK: f64 = 1e-6;
/// A coefficient that takes this much of the information away has no finite estimate.
const LOST: f64 = 1e-8;
/// Newton's steps; a dozen are usual.
const STEPS: usize = 100;

/// One alternative of a choice set.
#[derive(Clone, PartialEq, Debug)]
pub struct Alternative {
    /// How many chose it: not negative, a whole number or not.
    pub count: f64,
    /// What is known of its utility.
    pub offset: f64,
    /// Its covariates that are not zero: column and value, each column once.
    pub row: Vec<(usize, f64)>,
}

impl Alternative {
    fn utility(&self, estimates: &DVector<f64>) -> f64 {
        self.offset + self.row.iter().map(|&(column, value)| value * estimates[column]).sum::<f64>()
    }
}

/// Why coefficients cannot be estimated. Columns are numbered from 0.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FitError {
    /// Within the choice sets these columns are combinations of each other: one group for each combination.
    #[error("columns {0:?} are combinations of each other")]
    Collinear(Vec<Vec<usize>>),
    /// The likelihood grows without end: some covariate tells the chosen from the others without exception. The columns that run
    /// away.
    #[error("the estimates of columns {0:?} are not finite")]
    Unbounded(Vec<usize>),
    /// No more cells than coefficients: nothing is left to estimate the dispersion by.
    #[error("there are no more observations than coefficients")]
    TooFew,
}

/// A fitted model.
#[derive(Clone, PartialEq, Debug)]
pub struct Fit {
    /// Coefficients by column.
    pub estimates: Vec<f64>,
    /// Their standard errors, scaled by the dispersion.
    pub errors: Vec<f64>,
    /// Pearson's chi-square over its degrees of freedom: 1 for multinomial counts.
    pub dispersion: f64,
    /// Cells less choice sets less coefficients.
    pub degrees: usize,
    /// Log-likelihood at the estimates, without the multinomial coefficient.
    pub log_likelihood: f64,
    /// The same with all coefficients zero.
    pub null_log_likelihood: f64,
    /// Twice the log-likelihood that is missing to a perfect fit.
    pub deviance: f64,
    /// Probabilities of the alternatives, by choice set.
    pub shares: Vec<Vec<f64>>,
}

impl Fit {
    /// `McFadden`'s measure: the part of the null log-likelihood that is explained.
    pub fn r_squared(&self) -> f64 {
        1.0 - self.log_likelihood / self.null_log_likelihood
    }

    /// The 95 % interval of a coefficient, by Student's t.
    pub fn interval(&self, column: usize) -> Interval {
        let half = student::student_t_quantile(0.975, self.degrees as f64) * self.errors[column];
        Interval { low: self.estimates[column] - half, high: self.estimates[column] + half }
    }
}

/// Likelihood, gradient and information at some estimates.
struct Look {
    log_likelihood: f64,
    gradient: DVector<f64>,
    information: DMatrix<f64>,
}

/// Fits the coefficients of `columns` covariates to the counts of all choice sets.
///
/// # Errors
/// [`FitError`].
pub fn fit(sets: &[Vec<Alternative>], columns: usize) -> Result<Fit, FitError> {
    let chosen = |set: &&Vec<Alternative>| set.iter().map(|one| one.count).sum::<f64>() > 0.0;
    let cells: usize = sets.iter().filter(chosen).map(|set| set.len() - 1).sum();
    let start = look(sets, &DVector::zeros(columns));
    // All columns of about one size, so that what is small is small.
    let scale =
        start.information.diagonal().map(|of_column| if of_column > 0.0 { 1.0 / of_column.sqrt() } else { 1.0 });
    check_rank(&scaled(&start.information, &scale))?;
    let degrees = cells.checked_sub(columns).filter(|&degrees| degrees > 0).ok_or(FitError::TooFew)?;
    let total: f64 = sets.iter().flatten().map(|one| one.count).sum();
    let mut estimates = DVector::zeros(columns);
    let mut here = start;
    let null_log_likelihood = here.log_likelihood;
    let mut found = columns == 0;
    for _ in 0..STEPS {
        if found {
            break;
        }
        let Some(factor) = scaled(&here.information, &scale).cholesky() else { break };
        let step = factor.solve(&here.gradient.component_mul(&scale)).component_mul(&scale);
        let promised = step.dot(&here.gradient);
        let (mut length, mut next) = (1.0, look(sets, &(&estimates + &step)));
        while next.log_likelihood < here.log_likelihood - 1e-12 * (1.0 + here.log_likelihood.abs()) && length > 1e-9 {
            length *= 0.5;
            next = look(sets, &(&estimates + &step * length));
        }
        estimates += step * length;
        here = next;
        found = promised <= 1e-14 * total && length == 1.0;
    }
    let information = scaled(&here.information, &scale);
    let runaways = runaways(&information);
    if !found || !runaways.is_empty() {
        return Err(FitError::Unbounded(runaways));
    }
    let inverse = information.cholesky().ok_or(FitError::Unbounded(Vec::new()))?.inverse();
    let shares: Vec<Vec<f64>> = sets.iter().map(|set| probabilities(set, &estimates).0).collect();
    let (mut pearson, mut deviance) = (0.0, 0.0);
    for (set, shares) in sets.iter().zip(&shares) {
        let total: f64 = set.iter().map(|one| one.count).sum();
        for (one, share) in set.iter().zip(shares).filter(|_| total > 0.0) {
            let expected = total * share;
            pearson += (one.count - expected) * (one.count - expected) / expected.max(f64::MIN_POSITIVE);
            if one.count > 0.0 {
                deviance += 2.0 * one.count * libm::log(one.count / expected);
            }
        }
    }
    let dispersion = pearson / degrees as f64;
    let error = |column: usize| (dispersion * inverse[(column, column)]).sqrt() * scale[column];
    Ok(Fit {
        errors: (0..columns).map(error).collect(),
        estimates: estimates.iter().copied().collect(),
        dispersion,
        degrees,
        log_likelihood: here.log_likelihood,
        null_log_likelihood,
        deviance,
        shares,
    })
}

/// The probabilities of a choice set, and the logarithm of what its exponentials add up to.
fn probabilities(set: &[Alternative], estimates: &DVector<f64>) -> (Vec<f64>, f64) {
    let utilities: Vec<f64> = set.iter().map(|one| one.utility(estimates)).collect();
    let best = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = utilities.iter().map(|utility| libm::exp(utility - best)).collect();
    let total: f64 = weights.iter().sum();
    (weights.iter().map(|weight| weight / total).collect(), best + libm::log(total))
}

fn look(sets: &[Vec<Alternative>], estimates: &DVector<f64>) -> Look {
    let columns = estimates.len();
    let mut gradient = DVector::zeros(columns);
    let mut information = DMatrix::zeros(columns, columns);
    let mut log_likelihood = 0.0;
    for set in sets {
        let total: f64 = set.iter().map(|one| one.count).sum();
        if total <= 0.0 {
            continue;
        }
        let (shares, whole) = probabilities(set, estimates);
        let mut mean = DVector::<f64>::zeros(columns);
        for (one, &share) in set.iter().zip(&shares) {
            if one.count > 0.0 {
                log_likelihood += one.count * (one.utility(estimates) - whole);
            }
            let surplus = one.count - total * share;
            for (at, &(column, value)) in one.row.iter().enumerate() {
                gradient[column] += surplus * value;
                mean[column] += share * value;
                for &(other, factor) in &one.row[..=at] {
                    let product = total * share * value * factor;
                    information[(column, other)] += product;
                    if other != column {
                        information[(other, column)] += product;
                    }
                }
            }
        }
        information.ger(-total, &mean, &mean, 1.0);
    }
    Look { log_likelihood, gradient, information }
}

fn scaled(matrix: &DMatrix<f64>, scale: &DVector<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)] * scale[i] * scale[j])
}

/// Finds combinations of columns that do not vary within any choice set. The eigenvalues of the information at zero are the
/// squares of the singular values of the centred, weighted and scaled covariates.
fn check_rank(information: &DMatrix<f64>) -> Result<(), FitError> {
    if information.is_empty() {
        return Ok(());
    }
    let eigen = SymmetricEigen::new(information.clone());
    let largest = eigen.eigenvalues.max().max(f64::MIN_POSITIVE);
    let mut groups = Vec::new();
    for (value, vector) in eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()) {
        if *value < RANK * RANK * largest {
            let weight = vector.amax();
            groups.push((0..vector.len()).filter(|&column| vector[column].abs() > 1e-4 * weight).collect());
        }
    }
    groups.sort();
    if groups.is_empty() { Ok(()) } else { Err(FitError::Collinear(groups)) }
}

/// The columns about which next to nothing is known at the estimates, although the covariates vary.
fn runaways(information: &DMatrix<f64>) -> Vec<usize> {
    if information.is_empty() {
        return Vec::new();
    }
    let eigen = SymmetricEigen::new(information.clone());
    let lost = eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()).filter(|(value, _)| **value < LOST);
    let mut columns: Vec<usize> = lost
        .flat_map(|(_, vector)| {
            let weight = vector.amax();
            (0..vector.len()).filter(|&column| vector[column].abs() > 0.1 * weight).collect::<Vec<_>>()
        })
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rows: &[(f64, &[(usize, f64)])]) -> Vec<Alternative> {
        rows.iter().map(|&(count, row)| Alternative { count, offset: 0.0, row: row.to_vec() }).collect()
    }

    /// Two alternatives and one difference: b = ln(n1 / n2) / x, its variance (1/n1 + 1/n2) / x^2 before the dispersion.
    #[test]
    fn two_alternatives_are_the_closed_form() {
        // The second set has as many of each and no difference, so it adds a degree of freedom and no chi-square.
        let sets = [set(&[(70.0, &[(0, 2.0)]), (30.0, &[])]), set(&[(10.0, &[]), (10.0, &[])])];
        let found = fit(&sets, 1).unwrap();
        assert!((found.estimates[0] - libm::log(70.0 / 30.0) / 2.0).abs() < 1e-12);
        assert!(found.dispersion < 1e-20 && found.degrees == 1);
        let sets = [set(&[(70.0, &[(0, 2.0)]), (30.0, &[])]), set(&[(14.0, &[]), (10.0, &[])])];
        let found = fit(&sets, 1).unwrap();
        // Pearson's chi-square of 14 and 10 against 12 and 12.
        assert!((found.dispersion - 8.0 / 12.0).abs() < 1e-10);
        let error = f64::sqrt(8.0 / 12.0 * (1.0 / 70.0 + 1.0 / 30.0)) / 2.0;
        assert!((found.errors[0] - error).abs() < 1e-12, "{} {error}", found.errors[0]);
        let likelihood = 70.0 * libm::log(0.7) + 30.0 * libm::log(0.3) + 24.0 * libm::log(0.5);
        assert!((found.log_likelihood - likelihood).abs() < 1e-10);
        assert!((found.null_log_likelihood - 124.0 * libm::log(0.5)).abs() < 1e-10);
    }

    /// Gradient and information are differences of the likelihood and of the gradient, and the gradient is zero at the estimates.
    #[test]
    fn derivatives_are_finite_differences() {
        let sets: Vec<Vec<Alternative>> = (0..5)
            .map(|i| {
                let x = |j: usize| libm::sin((3 * i + 7 * j) as f64);
                (0..4)
                    .map(|j| Alternative {
                        count: ((i * 5 + j * 3) % 7) as f64,
                        offset: 0.1 * j as f64,
                        row: vec![(0, x(j)), (1, x(j + 9) * 2.0), (2, f64::from(u8::from(j == 2)))],
                    })
                    .collect()
            })
            .collect();
        let at = DVector::from_vec(vec![0.3, -0.2, 0.5]);
        let here = look(&sets, &at);
        for column in 0..3 {
            let mut step = DVector::zeros(3);
            step[column] = 1e-5;
            let (up, down) = (look(&sets, &(&at + &step)), look(&sets, &(&at - &step)));
            let slope = (up.log_likelihood - down.log_likelihood) / 2e-5;
            assert!((slope - here.gradient[column]).abs() < 1e-6, "{slope} {}", here.gradient[column]);
            for other in 0..3 {
                let bend = -(up.gradient[other] - down.gradient[other]) / 2e-5;
                assert!((bend - here.information[(column, other)]).abs() < 1e-6);
            }
        }
        let found = fit(&sets, 3).unwrap();
        let there = look(&sets, &DVector::from_vec(found.estimates.clone()));
        assert!(there.gradient.amax() < 1e-9, "{}", there.gradient);
    }

    /// What the data cannot tell apart is named, and what runs away is no estimate.
    #[test]
    fn what_is_not_identified_is_named() {
        // Column 2 is the same for an alternative in every set: a combination of the two attractions.
        let row = |travel: f64, who: usize| match who {
            1 => vec![(0, travel), (1, 1.0), (3, 4.0)],
            2 => vec![(0, travel), (2, 1.0), (3, 6.0)],
            _ => vec![(0, travel)],
        };
        let sets: Vec<Vec<Alternative>> = (0..6)
            .map(|i| {
                (0..3)
                    .map(|j| Alternative {
                        count: (5 + i + j) as f64,
                        offset: 0.0,
                        row: row(((i + 1) * (j + 2) % 5) as f64, j),
                    })
                    .collect()
            })
            .collect();
        assert_eq!(fit(&sets, 4), Err(FitError::Collinear(vec![vec![1, 2, 3]])));
        // Everybody takes what is nearer.
        let sets: Vec<_> =
            (1..6).map(|i| set(&[(0.0, &[(0, f64::from(i))]), (9.0, &[]), (0.0, &[(0, 2.0)])])).collect();
        assert_eq!(fit(&sets, 1), Err(FitError::Unbounded(vec![0])));
        assert_eq!(fit(&[set(&[(7.0, &[(0, 1.0)]), (3.0, &[])])], 1), Err(FitError::TooFew));
    }
}
