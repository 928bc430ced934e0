//! Mean excesses, and the stationary residual law that they are the survival function of.

use super::{Distribution, Tails, normal_excess};
use crate::stats::special::{gamma_tails, normal_cdf, solve_increasing};
use libm::{exp, log, pow, tgamma};

impl Distribution {
    /// E[(X - threshold)+], in closed form: the mean excess of stays over a trim point.
    ///
    /// Sources: lognormal, as in F. Black and M. Scholes, J. Political Economy 81 (1973) 637-654; gamma and Weibull,
    /// from the incomplete gamma function (S. A. Klugman, H. H. Panjer and G. E. Willmot, *Loss Models*, 4th edition,
    /// appendix A: limited expected values).
    pub fn mean_excess(&self, threshold: f64) -> f64 {
        let t = threshold;
        if t <= 0.0 {
            return self.mean() - t;
        }
        let gamma = |shape: f64, scale: f64| {
            let x = t / scale;
            shape * scale * gamma_tails(shape + 1.0, x).1 - t * gamma_tails(shape, x).1
        };
        let excess = match self {
            Self::Exponential { mean } => mean * exp(-t / mean),
            Self::Deterministic { value } => value - t,
            Self::Lognormal { mu, sigma } => {
                let d = (mu - log(t)) / sigma;
                self.mean() * normal_cdf(d + sigma) - t * normal_cdf(d)
            }
            Self::Gamma { shape, scale } => gamma(*shape, *scale),
            Self::Erlang { phases, mean } => gamma(f64::from(*phases), mean / f64::from(*phases)),
            Self::Weibull { shape, scale } => {
                let (a, x) = (1.0 + 1.0 / shape, pow(t / scale, *shape));
                scale * tgamma(a) * gamma_tails(a, x).1 - t * exp(-x)
            }
            Self::Uniform { low, high } if t > *low => {
                let right = (high - t).max(0.0);
                right * right / (2.0 * (high - low))
            }
            Self::Triangular { low, mode, high } if t > *low => {
                if t < *mode {
                    let left = t - low;
                    self.mean() - t + left * left * left / (3.0 * (high - low) * (mode - low))
                } else {
                    let right = (high - t).max(0.0);
                    if right > 0.0 { right * right * right / (3.0 * (high - low) * (high - mode)) } else { 0.0 }
                }
            }
            Self::FlooredNormal { mean, sd, floor } if t > *floor => normal_excess(*mean, *sd, t),
            Self::Uniform { .. } | Self::Triangular { .. } | Self::FlooredNormal { .. } => self.mean() - t,
            Self::Hyperexponential { branches } => branches.iter().map(|(p, m)| p * m * exp(-t / m)).sum(),
            Self::Empirical { values } => {
                let over = &values[values.partition_point(|&value| value <= t)..];
                over.iter().map(|value| value - t).sum::<f64>() / values.len() as f64
            }
        };
        excess.max(0.0)
    }

    /// P(R <= x) and P(R > x) of the residual R of a stay met at a random moment: the stationary residual law
    /// `F_e(x)` = (1 / m) integral of P(X > y) over y from 0 to x, so that P(R > x) = E[(X - x)+] / m.
    ///
    /// Source: D. R. Cox, *Renewal Theory* (1962), section 5.2. The lower tail is a difference from 1, exact to 1e-15
    /// or so in absolute terms.
    pub(crate) fn residual_tails(&self, x: f64) -> Tails {
        Tails::from_upper((self.mean_excess(x.max(0.0)) / self.mean()).min(1.0))
    }

    /// The quantile of the stationary residual law; zero where the mean is zero.
    pub(crate) fn residual_at(&self, tails: Tails) -> f64 {
        let mean = self.mean();
        if mean <= 0.0 {
            return 0.0;
        }
        // F_e has slope P(X > x) / m <= 1 / m, so the quantile is at least u m; it is reached at once where no stay is
        // as short as that.
        let floor = tails.lower * mean;
        if self.survival(floor) == 1.0 {
            return floor;
        }
        let lower = tails.lower <= tails.upper;
        let excess = |x: f64| {
            let (law, slope) = (self.residual_tails(x), self.survival(x) / mean);
            if lower { (law.lower - tails.lower, slope) } else { (log(tails.upper / law.upper), slope / law.upper) }
        };
        let mut roof = mean;
        while excess(roof).0 < 0.0 {
            roof *= 2.0;
        }
        solve_increasing(excess, floor, roof, floor)
    }
}
