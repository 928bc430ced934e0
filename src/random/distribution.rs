//! Distributions of stays and other non-negative quantities: exact quantiles, moments and excesses.
//!
//! Values are numbers without a unit; whoever compiles a scenario decides what they count (days, as a rule).

mod excess;
mod tails;

use crate::stats::special::{gamma_tails, normal_cdf, normal_density};
use libm::{exp, expm1, log, log1p, pow, sqrt, tgamma};

pub(crate) use tails::Tails;
use tails::{gamma_quantile, hyperexponential_quantile};

/// A distribution of a non-negative quantity. [`Self::check`] states what its parameters must satisfy.
///
/// Formulas without a source named are elementary; the others are from N. L. Johnson, S. Kotz and N. Balakrishnan,
/// *Continuous Univariate Distributions*, 2nd edition (1994-95), in the chapter of each distribution.
#[derive(Clone, PartialEq, Debug)]
pub enum Distribution {
    /// Exponential with a mean.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// Always the same value.
    Deterministic {
        /// The value.
        value: f64,
    },
    /// exp(N(mu, sigma^2)); see also [`Self::lognormal_by_mean_sd`].
    Lognormal {
        /// The mean of the logarithm.
        mu: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma, with mean shape * scale.
    Gamma {
        /// The shape.
        shape: f64,
        /// The scale.
        scale: f64,
    },
    /// Weibull, with survival exp(-(x / scale)^shape).
    Weibull {
        /// The shape.
        shape: f64,
        /// The scale.
        scale: f64,
    },
    /// Uniform on an interval.
    Uniform {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Triangular on an interval.
    Triangular {
        /// The lower end.
        low: f64,
        /// The most likely value.
        mode: f64,
        /// The upper end.
        high: f64,
    },
    /// max(floor, N(mean, sd^2)): all that falls below the floor is put on the floor.
    FlooredNormal {
        /// The mean before flooring.
        mean: f64,
        /// The standard deviation before flooring.
        sd: f64,
        /// The smallest value.
        floor: f64,
    },
    /// The sum of independent exponential phases: Gamma with a whole shape.
    Erlang {
        /// The number of phases.
        phases: u32,
        /// The mean of the sum.
        mean: f64,
    },
    /// One of several exponentials.
    Hyperexponential {
        /// The probability and the mean of each; probabilities add up to 1.
        branches: Vec<(f64, f64)>,
    },
    /// A value observed, each as likely as any other.
    Empirical {
        /// The values in ascending order.
        values: Vec<f64>,
    },
}

/// A parameter that no distribution of its kind can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadDistribution(&'static str);

/// The largest shape of a gamma distribution: the work for a quantile grows with its root.
const MOST_PHASES: f64 = 1e5;

impl Distribution {
    /// The lognormal distribution with an arithmetic mean and standard deviation (deterministic where `sd` is zero):
    /// sigma^2 = ln(1 + (sd / mean)^2), mu = ln mean - sigma^2 / 2.
    pub fn lognormal_by_mean_sd(mean: f64, sd: f64) -> Self {
        if sd == 0.0 {
            return Self::Deterministic { value: mean };
        }
        let variance = log1p((sd / mean) * (sd / mean));
        Self::Lognormal { mu: log(mean) - 0.5 * variance, sigma: sqrt(variance) }
    }

    /// The distribution of `factor` times the quantity; the factor is positive.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Exponential { mean } => Self::Exponential { mean: mean * factor },
            Self::Deterministic { value } => Self::Deterministic { value: value * factor },
            Self::Lognormal { mu, sigma } => Self::Lognormal { mu: mu + log(factor), sigma: *sigma },
            Self::Gamma { shape, scale } => Self::Gamma { shape: *shape, scale: scale * factor },
            Self::Weibull { shape, scale } => Self::Weibull { shape: *shape, scale: scale * factor },
            Self::Uniform { low, high } => Self::Uniform { low: low * factor, high: high * factor },
            Self::Triangular { low, mode, high } => {
                Self::Triangular { low: low * factor, mode: mode * factor, high: high * factor }
            }
            Self::FlooredNormal { mean, sd, floor } => {
                Self::FlooredNormal { mean: mean * factor, sd: sd * factor, floor: floor * factor }
            }
            Self::Erlang { phases, mean } => Self::Erlang { phases: *phases, mean: mean * factor },
            Self::Hyperexponential { branches } => {
                Self::Hyperexponential { branches: branches.iter().map(|(p, mean)| (*p, mean * factor)).collect() }
            }
            Self::Empirical { values } => {
                Self::Empirical { values: values.iter().map(|value| value * factor).collect() }
            }
        }
    }

    /// Whether the parameters are possible; all other methods presuppose it.
    ///
    /// # Errors
    /// Says in words which condition is broken: all parameters finite, means, shapes and scales positive, standard
    /// deviations positive, gamma shapes from 0.01 to 100,000 (beyond, a stay is constant for all purposes), supports
    /// non-negative, ordered and not a single point, probabilities adding up to 1 within 1e-9, values sorted and at least
    /// one; mean and variance finite.
    pub fn check(&self) -> Result<(), BadDistribution> {
        let positive = |x: f64| x > 0.0 && x < f64::INFINITY;
        let amount = |x: f64| (0.0..f64::INFINITY).contains(&x);
        let (good, rule) = match self {
            Self::Exponential { mean } => (positive(*mean), "the mean must be positive"),
            Self::Deterministic { value } => (amount(*value), "the value must not be negative"),
            Self::Lognormal { mu, sigma } => (mu.is_finite() && positive(*sigma), "sigma must be positive, mu finite"),
            Self::Gamma { shape, scale } => (
                (0.01..=MOST_PHASES).contains(shape) && positive(*scale),
                "the shape must be from 0.01 to 100,000, and the scale positive",
            ),
            Self::Weibull { shape, scale } => {
                (positive(*shape) && positive(*scale), "shape and scale must be positive")
            }
            Self::Uniform { low, high } => {
                (amount(*low) && amount(*high) && low < high, "it must hold that 0 <= low < high")
            }
            Self::Triangular { low, mode, high } => (
                amount(*low) && amount(*high) && low <= mode && mode <= high && low < high,
                "it must hold that 0 <= low <= mode <= high and low < high",
            ),
            Self::FlooredNormal { mean, sd, floor } => {
                (mean.is_finite() && positive(*sd) && amount(*floor), "sd must be positive, the floor not negative")
            }
            Self::Erlang { phases, mean } => (
                (1.0..=MOST_PHASES).contains(&f64::from(*phases)) && positive(*mean),
                "there must be 1 to 100,000 phases, and the mean must be positive",
            ),
            Self::Hyperexponential { branches } => (
                branches.iter().all(|&(p, m)| amount(p) && positive(m))
                    && (branches.iter().map(|b| b.0).sum::<f64>() - 1.0).abs() < 1e-9,
                "probabilities must add up to 1, and the means must be positive",
            ),
            Self::Empirical { values } => (
                !values.is_empty() && values.iter().all(|&x| amount(x)) && values.is_sorted(),
                "there must be values, none negative, in ascending order",
            ),
        };
        if !good {
            Err(BadDistribution(rule))
        } else if !self.mean().is_finite() || !self.variance().is_finite() {
            Err(BadDistribution("mean and variance must be finite"))
        } else {
            Ok(())
        }
    }

    /// The value that is not exceeded with probability `u` in (0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        self.at(Tails::from_lower(u))
    }

    /// The value that is exceeded with probability `v` in (0, 1): `quantile(1 - v)`, accurate for the smallest `v`.
    pub fn quantile_upper(&self, v: f64) -> f64 {
        self.at(Tails::from_upper(v))
    }

    /// The quantile at a probability given with its complement.
    pub(crate) fn at(&self, tails: Tails) -> f64 {
        match self {
            Self::Exponential { mean } => mean * tails.exponential(),
            Self::Deterministic { value } => *value,
            Self::Lognormal { mu, sigma } => exp(mu + sigma * tails.normal()),
            Self::Gamma { shape, scale } => scale * gamma_quantile(*shape, tails),
            Self::Weibull { shape, scale } => scale * pow(tails.exponential(), 1.0 / shape),
            Self::Uniform { low, high } => low + (high - low) * tails.lower,
            Self::Triangular { low, mode, high } => {
                let width = high - low;
                if tails.lower * width <= mode - low {
                    low + sqrt(tails.lower * width * (mode - low))
                } else {
                    high - sqrt(tails.upper * width * (high - mode))
                }
            }
            Self::FlooredNormal { mean, sd, floor } => (mean + sd * tails.normal()).max(*floor),
            Self::Erlang { phases, mean } => {
                let shape = f64::from(*phases);
                mean / shape * gamma_quantile(shape, tails)
            }
            Self::Hyperexponential { branches } => hyperexponential_quantile(branches, tails),
            Self::Empirical { values } => {
                let count = values.len();
                values[((tails.lower * count as f64) as usize).min(count - 1)]
            }
        }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Exponential { mean } | Self::Erlang { mean, .. } => *mean,
            Self::Deterministic { value } => *value,
            Self::Lognormal { mu, sigma } => exp(mu + 0.5 * sigma * sigma),
            Self::Gamma { shape, scale } => shape * scale,
            Self::Weibull { shape, scale } => scale * tgamma(1.0 + 1.0 / shape),
            Self::Uniform { low, high } => 0.5 * (low + high),
            Self::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Self::FlooredNormal { mean, sd, floor } => floor + normal_excess(*mean, *sd, *floor),
            Self::Hyperexponential { branches } => branches.iter().map(|(p, m)| p * m).sum(),
            Self::Empirical { values } => values.iter().sum::<f64>() / values.len() as f64,
        }
    }

    /// The variance.
    pub fn variance(&self) -> f64 {
        match self {
            Self::Exponential { mean } => mean * mean,
            Self::Deterministic { .. } => 0.0,
            Self::Lognormal { mu, sigma } => expm1(sigma * sigma) * exp(2.0 * mu + sigma * sigma),
            Self::Gamma { shape, scale } => shape * scale * scale,
            Self::Weibull { shape, scale } => {
                let (first, second) = (tgamma(1.0 + 1.0 / shape), tgamma(1.0 + 2.0 / shape));
                scale * scale * (second - first * first)
            }
            Self::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Self::Triangular { low, mode, high } => {
                let (left, right) = (mode - low, high - mode);
                (left * left + left * right + right * right) / 18.0
            }
            Self::FlooredNormal { mean, sd, floor } => {
                // The excess over the floor, W = max(0, N(mean - floor, sd^2)).
                let (m, z) = (mean - floor, (floor - mean) / sd);
                let first = normal_excess(*mean, *sd, *floor);
                let second = (m * m + sd * sd) * normal_cdf(-z) + m * sd * normal_density(z);
                second - first * first
            }
            Self::Erlang { phases, mean } => mean * mean / f64::from(*phases),
            Self::Hyperexponential { branches } => {
                let mean = self.mean();
                branches.iter().map(|(p, m)| p * (m * m + (m - mean) * (m - mean))).sum()
            }
            Self::Empirical { values } => {
                let mean = self.mean();
                values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / values.len() as f64
            }
        }
    }

    /// P(X <= x).
    pub fn cdf(&self, x: f64) -> f64 {
        self.tails(x).lower
    }

    /// P(X > x), accurate however small it is.
    pub fn survival(&self, x: f64) -> f64 {
        self.tails(x).upper
    }

    /// P(X <= x) and P(X > x).
    pub(crate) fn tails(&self, x: f64) -> Tails {
        let exponential = |e: f64| if e > 0.0 { Tails { lower: -expm1(-e), upper: exp(-e) } } else { Tails::ABOVE };
        let gamma = |shape: f64, x: f64| {
            let (lower, upper) = gamma_tails(shape, x);
            Tails { lower, upper }
        };
        match self {
            Self::Exponential { mean } => exponential(x / mean),
            Self::Deterministic { value } => Tails::from_lower(f64::from(u8::from(x >= *value))),
            Self::Lognormal { .. } | Self::Gamma { .. } | Self::Weibull { .. } if x <= 0.0 => Tails::ABOVE,
            Self::Lognormal { mu, sigma } => {
                let z = (log(x) - mu) / sigma;
                Tails { lower: normal_cdf(z), upper: normal_cdf(-z) }
            }
            Self::Gamma { shape, scale } => gamma(*shape, x / scale),
            Self::Weibull { shape, scale } => exponential(pow(x / scale, *shape)),
            Self::Uniform { low, high } => {
                let x = x.clamp(*low, *high);
                Tails { lower: (x - low) / (high - low), upper: (high - x) / (high - low) }
            }
            Self::Triangular { low, mode, high } => {
                let x = x.clamp(*low, *high);
                let (left, right, width, to_mode) = (mode - low, high - mode, high - low, (x - mode).abs());
                // 1 - (a - d)^2 / (a width) = (a b + d (2 a - d)) / (a width) where a + b = width: nothing is lost.
                let rest = |a: f64, b: f64| (a * b + to_mode * (2.0 * a - to_mode)) / (a * width);
                if x < *mode {
                    Tails { lower: (x - low) * (x - low) / (width * left), upper: rest(left, right) }
                } else if right > 0.0 {
                    Tails { lower: rest(right, left), upper: (high - x) * (high - x) / (width * right) }
                } else {
                    Tails::from_upper(0.0)
                }
            }
            Self::FlooredNormal { floor, .. } if x < *floor => Tails::ABOVE,
            Self::FlooredNormal { mean, sd, .. } => {
                let z = (x - mean) / sd;
                Tails { lower: normal_cdf(z), upper: normal_cdf(-z) }
            }
            Self::Erlang { phases, mean } => gamma(f64::from(*phases), x * f64::from(*phases) / mean),
            Self::Hyperexponential { branches } => {
                branches.iter().fold(Tails { lower: 0.0, upper: 0.0 }, |sum, (p, m)| {
                    let branch = exponential(x / m);
                    Tails { lower: sum.lower + p * branch.lower, upper: sum.upper + p * branch.upper }
                })
            }
            Self::Empirical { values } => {
                let (count, below) = (values.len(), values.partition_point(|&value| value <= x));
                Tails { lower: below as f64 / count as f64, upper: (count - below) as f64 / count as f64 }
            }
        }
    }
}

/// E[(N(mean, sd^2) - t)+] = sd phi(z) - (t - mean) P(Z > z) with z = (t - mean) / sd.
fn normal_excess(mean: f64, sd: f64, t: f64) -> f64 {
    let z = (t - mean) / sd;
    sd * normal_density(z) - (t - mean) * normal_cdf(-z)
}

#[cfg(test)]
pub(in crate::random) mod tests;
