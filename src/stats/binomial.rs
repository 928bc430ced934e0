//! The interval of a probability.

use super::Interval;
use super::special::{beta_tails, solve_increasing};
use libm::{exp, lgamma, log, log1p};

/// The exact 95 % interval of Clopper and Pearson for a probability, from `hits` among `trials`.
///
/// As [`clopper_pearson_at`] with `alpha` = 0.05.
pub fn clopper_pearson(hits: u64, trials: u64) -> Option<Interval> {
    clopper_pearson_at(hits, trials, 0.05)
}

/// The exact interval of Clopper and Pearson that misses a probability with probability `alpha` at most.
///
/// Ends are the alpha / 2 quantile of Beta(hits, trials - hits + 1) and the 1 - alpha / 2 quantile of
/// Beta(hits + 1, trials - hits). Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413. Nothing without
/// trials or with more hits than trials.
pub fn clopper_pearson_at(hits: u64, trials: u64, alpha: f64) -> Option<Interval> {
    let tail = 0.5 * alpha;
    let misses = trials.checked_sub(hits).filter(|_| trials > 0)?;
    let (a, b) = (hits as f64, misses as f64);
    let low = if hits == 0 { 0.0 } else { beta_quantile(tail, a, b + 1.0) };
    let high = if misses == 0 { 1.0 } else { 1.0 - beta_quantile(tail, b, a + 1.0) };
    Some(Interval { low, high })
}

/// The value that a Beta(a, b) variable stays below with probability `p` in (0, 1).
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let scale = lgamma(a + b) - lgamma(a) - lgamma(b);
    let excess = |x: f64| {
        let below = beta_tails(a, b, x).0;
        let density = exp(scale + (a - 1.0) * log(x) + (b - 1.0) * log1p(-x));
        (log(below) - log(p), density / below)
    };
    solve_increasing(excess, 0.0, 1.0, a / (a + b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Beta, ContinuousCDF};

    #[test]
    fn ends_have_the_stated_tails() {
        for trials in [1_u64, 2, 10, 100, 5_000, 1_000_000] {
            for hits in [0, 1, trials / 3, trials / 2, trials - 1, trials] {
                let Interval { low, high } = clopper_pearson(hits, trials).unwrap();
                let (a, b) = (hits as f64, (trials - hits) as f64);
                if hits > 0 {
                    assert!((Beta::new(a, b + 1.0).unwrap().cdf(low) - 0.025).abs() < 1e-9, "{hits}/{trials}");
                }
                if hits < trials {
                    assert!((Beta::new(a + 1.0, b).unwrap().cdf(high) - 0.975).abs() < 1e-9, "{hits}/{trials}");
                }
            }
        }
        assert_eq!(clopper_pearson(0, 0), None);
        assert_eq!(clopper_pearson(2, 1), None);
    }

    #[test]
    fn no_hits_and_all_hits_have_closed_forms() {
        let none = clopper_pearson(0, 30).unwrap();
        assert_eq!(none.low, 0.0);
        assert!((none.high - (1.0 - 0.025_f64.powf(1.0 / 30.0))).abs() < 1e-14);
        let all = clopper_pearson(30, 30).unwrap();
        assert!((all.low - 0.025_f64.powf(1.0 / 30.0)).abs() < 1e-14 && all.high == 1.0);
    }
}
