//! Which inputs matter: designs over the unit cube, screening after Morris and indices after Sobol.
//!
//! Points lie in [0, 1]^d; the caller maps each coordinate to its input. Outputs are given as one row a point, with one
//! value for each replication at it; replications are to use the same random numbers at every point. With two or more,
//! what chance adds to variances between inputs is estimated and taken off.

mod design;
mod morris;
mod sobol;

pub use design::{grid, grid_size, latin_hypercube};
pub use morris::{Effect, Morris};
pub use sobol::{FactorIndices, Index, Indices, Sobol};

/// The length of the rows, if all `points` are there with equally many finite values, at least one.
fn replications(outputs: &[Vec<f64>], points: usize) -> Option<usize> {
    let length = outputs.first()?.len();
    let regular = |row: &Vec<f64>| row.len() == length && row.iter().all(|value| value.is_finite());
    (length > 0 && outputs.len() == points && outputs.iter().all(regular)).then_some(length)
}

/// The mean of the differences of two rows, and the variance of that mean over replications; nothing for the variance with
/// one replication.
fn difference(a: &[f64], b: &[f64]) -> (f64, Option<f64>) {
    let moments: crate::stats::moments::Moments = a.iter().zip(b).map(|(a, b)| a - b).collect();
    (moments.mean().unwrap_or_default(), moments.variance().map(|variance| variance / a.len() as f64))
}
