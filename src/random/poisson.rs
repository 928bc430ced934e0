//! Poisson counts by inversion.

use super::address::unit;
use libm::{exp, floor, log1p, sqrt};
use std::f64::consts::PI;

/// Below this mean the search starts at zero.
const SMALL_MEAN: f64 = 16.0;
/// Terms below this share of a unit no longer move a sum of probabilities.
const NEGLIGIBLE: f64 = 1e-18;

/// The quantile function of a Poisson distribution, anchored at its mode.
///
/// `draw` gives the smallest k with P(N <= k) >= u, by a search from the anchor: non-decreasing in the word, and, but
/// for rounding (about 1e-13 in probability), in the mean at a fixed word, so that growth adds patients and shifts
/// none. Building it and drawing from it both take O(sqrt(mean)) steps and no memory. Means up to 1e7.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PoissonQuantile {
    mean: f64,
    /// Where the search starts.
    anchor: f64,
    /// P(N = anchor).
    mass: f64,
    /// P(N <= anchor).
    below: f64,
}

impl PoissonQuantile {
    /// The distribution with a mean from 0 to 1e7; a mean that is negative or undefined counts as 0.
    ///
    /// The mass at the mode is exp(-stirling(k) - deviance(k)) / sqrt(2 pi k), free of cancellation (C. Loader, "Fast and
    /// accurate computation of binomial probabilities", 2000); the masses below it are summed downwards.
    #[inline]
    pub fn new(mean: f64) -> Self {
        let mean = mean.max(0.0);
        if mean < SMALL_MEAN {
            let mass = exp(-mean);
            return Self { mean, anchor: 0.0, mass, below: mass };
        }
        let anchor = floor(mean);
        let mass = mode_mass(anchor, mean);
        let (mut below, mut term, mut k) = (0.0, mass, anchor);
        while term > NEGLIGIBLE {
            below += term;
            term *= k / mean;
            k -= 1.0;
        }
        Self { mean, anchor, mass, below }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The count of a word.
    #[inline]
    pub fn draw(&self, word: u64) -> u32 {
        let u = unit(word);
        let (mut k, mut mass, mut below) = (self.anchor, self.mass, self.below);
        if u > below {
            // Upwards, until enough lies below; or until nothing more comes.
            while u > below && (k < self.mean || mass > NEGLIGIBLE) {
                k += 1.0;
                mass *= self.mean / k;
                below += mass;
            }
        } else {
            // Downwards, while enough lies below without k.
            while k > 0.0 && below - mass >= u {
                below -= mass;
                mass *= k / self.mean;
                k -= 1.0;
            }
        }
        k as u32
    }
}

/// P(N = k) for k = floor(mean) >= 16: Stirling's series to the fourth term is exact to 2e-14 there.
fn mode_mass(k: f64, mean: f64) -> f64 {
    let r = 1.0 / (k * k);
    let stirling = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r / 1680.0))) / k;
    let ratio = (mean - k) / k;
    let deviance = k * (ratio - log1p(ratio));
    exp(-stirling - deviance) / sqrt(2.0 * PI * k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Generator, Purpose, StreamKey};
    use proptest::prelude::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF, Discrete, DiscreteCDF, Poisson};

    const MEANS: [f64; 12] = [0.001, 0.3, 1.0, 4.7, 15.999, 16.0, 31.4, 200.5, 999.0, 12_345.6, 1e6, 1e7];

    /// The count is where the distribution function of statrs passes u: exactly, unless u is within 1e-10 of a step.
    #[test]
    fn inverts_the_distribution_function_of_statrs() {
        for mean in MEANS {
            let (table, oracle) = (PoissonQuantile::new(mean), Poisson::new(mean).unwrap());
            for i in 0..=64_u64 {
                let word = (i << 58).wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 8);
                let (k, u) = (u64::from(table.draw(word)), unit(word));
                assert!(oracle.cdf(k) >= u - 1e-10, "mean {mean}, u {u}: {k}");
                assert!(k == 0 || oracle.cdf(k - 1) < u + 1e-10, "mean {mean}, u {u}: {k}");
            }
        }
    }

    #[test]
    fn mass_at_the_mode_is_exact() {
        for mean in [16.0_f64, 16.99, 100.5, 5e3] {
            let k = mean.floor();
            let direct: f64 = (1..=k as u32).fold(-mean, |sum, i| sum + (mean / f64::from(i)).ln());
            assert!((mode_mass(k, mean) / direct.exp() - 1.0).abs() < 1e-11, "{mean}");
        }
        // Continuity where the two ways meet.
        let (small, large) = (PoissonQuantile::new(16.0 - 1e-12), PoissonQuantile::new(16.0));
        for i in 0..1000_u64 {
            let word = i << 54 | 1 << 53;
            assert_eq!(small.draw(word), large.draw(word));
        }
    }

    #[test]
    fn extreme_words_and_means_end() {
        for mean in MEANS {
            let table = PoissonQuantile::new(mean);
            let (low, high) = (f64::from(table.draw(0)), f64::from(table.draw(u64::MAX)));
            assert!(low <= mean && high >= mean && high < mean + 10.0 * mean.sqrt() + 20.0, "{mean}: {low} {high}");
        }
        for none in [0.0, -1.0, f64::NAN] {
            assert_eq!(PoissonQuantile::new(none).draw(u64::MAX), 0);
        }
    }

    /// Mean and variance within 4.5 standard errors; chi-square over the likely counts at level 1e-4.
    #[test]
    fn draws_follow_the_distribution() {
        const DRAWS: u32 = 40_000;
        let (generator, stream) = (Generator::new(1, 0), StreamKey::of(&["poisson"]));
        for mean in [0.3, 4.7, 31.4, 999.0] {
            let table = PoissonQuantile::new(mean);
            let counts: Vec<u32> =
                (0..DRAWS).map(|i| table.draw(generator.words(stream, 0, i, Purpose::Count, 0)[0])).collect();
            let n = f64::from(DRAWS);
            let average = counts.iter().map(|&k| f64::from(k)).sum::<f64>() / n;
            let variance = counts.iter().map(|&k| (f64::from(k) - mean).powi(2)).sum::<f64>() / n;
            assert!((average - mean).abs() < 4.5 * (mean / n).sqrt(), "mean {mean}: {average}");
            let spread = ((mean + 2.0 * mean * mean) / n).sqrt();
            assert!((variance - mean).abs() < 4.5 * spread, "mean {mean}: variance {variance}");
            let oracle = Poisson::new(mean).unwrap();
            let likely: Vec<u64> = (0..2000).filter(|&k| n * oracle.pmf(k) >= 10.0).collect();
            let chi: f64 = likely
                .iter()
                .map(|&k| {
                    let expected = n * oracle.pmf(k);
                    let observed = counts.iter().filter(|&&c| u64::from(c) == k).count() as f64;
                    (observed - expected).powi(2) / expected
                })
                .sum();
            // The unlikely counts make up the cell that is left out, so the degrees of freedom are those listed.
            let p = ChiSquared::new(likely.len() as f64).unwrap().cdf(chi);
            assert!(p < 1.0 - 1e-4, "mean {mean}: chi-square {chi}");
        }
    }

    proptest! {
        #[test]
        fn more_of_either_is_never_fewer(word in any::<u64>(), step in any::<u64>(), mean in 0.0_f64..2000.0, more in 0.0_f64..50.0) {
            let table = PoissonQuantile::new(mean);
            prop_assert!(table.draw(word) <= table.draw(word.saturating_add(step)));
            prop_assert!(table.draw(word) <= PoissonQuantile::new(mean + more).draw(word));
        }
    }
}
