//! Probabilities that keep both tails, and the quantiles that have to be searched for.

use crate::stats::special::{gamma_tails, normal_quantile, solve_increasing};
use libm::{exp, expm1, lgamma, log, log1p, sqrt};

/// A probability with its complement, each accurate on its own however small it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tails {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl Tails {
    /// All probability lies above.
    pub(crate) const ABOVE: Self = Self { lower: 0.0, upper: 1.0 };

    pub(crate) fn from_lower(u: f64) -> Self {
        Self { lower: u, upper: 1.0 - u }
    }

    pub(crate) fn from_upper(v: f64) -> Self {
        Self { lower: 1.0 - v, upper: v }
    }

    /// Minus the logarithm of the upper tail: the standard exponential quantile.
    pub(super) fn exponential(self) -> f64 {
        if self.lower < 0.5 { -log1p(-self.lower) } else { -log(self.upper) }
    }

    pub(super) fn normal(self) -> f64 {
        if self.lower <= self.upper { normal_quantile(self.lower) } else { -normal_quantile(self.upper) }
    }
}

/// The quantile of the standard gamma distribution.
///
/// Newton's steps for the logarithm of the smaller tail as a function of y = ln x, so that the far tails and the
/// smallest shapes converge; started from the approximation of E. B. Wilson and M. M. Hilferty, PNAS 17 (1931) 684-688,
/// or, where that fails, from P(a, x) ~ x^a / Gamma(a + 1).
pub(super) fn gamma_quantile(shape: f64, tails: Tails) -> f64 {
    let power_law = (log(tails.lower) + lgamma(shape + 1.0)) / shape;
    let cube = 1.0 - 1.0 / (9.0 * shape) + tails.normal() / (3.0 * sqrt(shape));
    let start = if cube > 0.0 { (log(shape) + 3.0 * log(cube)).max(power_law) } else { power_law };
    // P(a, x) <= x^a / Gamma(a + 1), so the power law lies below the quantile; below e^-700 it is the quantile.
    if power_law < -700.0 {
        return exp(power_law);
    }
    let excess = |y: f64| {
        let x = exp(y);
        let (p, q) = gamma_tails(shape, x);
        let density = exp(shape * y - x - lgamma(shape));
        if tails.lower <= tails.upper {
            (log(p / tails.lower), density / p)
        } else {
            (log(tails.upper / q), density / q)
        }
    };
    // 46 > -ln of the smallest tail that a word of 64 bits can have; the quantile is below shape + 46 + its spread.
    let roof = log(shape + 60.0 + 15.0 * sqrt(shape)).max(start);
    exp(solve_increasing(excess, power_law.min(roof) - 1e-9, roof + 1.0, start))
}

/// The quantile of a mixture of exponentials, between the quantiles of its shortest and of its longest branch.
pub(super) fn hyperexponential_quantile(branches: &[(f64, f64)], tails: Tails) -> f64 {
    let law = |x: f64| {
        branches.iter().fold((0.0, 0.0, 0.0), |(lower, upper, density), (p, m)| {
            let survival = p * exp(-x / m);
            (lower - p * expm1(-x / m), upper + survival, density + survival / m)
        })
    };
    let means = || branches.iter().filter(|b| b.0 > 0.0).map(|b| b.1);
    let (shortest, longest) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
    let excess = |x: f64| {
        let (lower, upper, density) = law(x);
        if tails.lower <= tails.upper {
            (log(lower / tails.lower), density / lower)
        } else {
            (log(tails.upper / upper), density / upper)
        }
    };
    let unit = tails.exponential();
    solve_increasing(excess, shortest * unit, longest * unit, shortest * unit)
}
