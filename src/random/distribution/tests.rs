use proptest::prelude::*;

use super::*;

/// One distribution of each kind, and some of awkward shapes.
pub(in crate::random) fn zoo() -> Vec<Distribution> {
    vec![
        Distribution::Exponential { mean: 4.2 },
        Distribution::lognormal_by_mean_sd(7.4, 8.61),
        Distribution::Lognormal { mu: -1.4285, sigma: 1.6902 },
        Distribution::lognormal_by_mean_sd(30.0, 2.0),
        Distribution::Gamma { shape: 0.3, scale: 5.0 },
        Distribution::Gamma { shape: 2.5, scale: 2.0 },
        Distribution::Gamma { shape: 80.0, scale: 0.1 },
        Distribution::Weibull { shape: 0.7, scale: 5.0 },
        Distribution::Weibull { shape: 3.0, scale: 5.0 },
        Distribution::Triangular { low: 1.0, mode: 2.0, high: 6.0 },
        Distribution::Triangular { low: 0.0, mode: 0.0, high: 3.0 },
        Distribution::FlooredNormal { mean: 16.0, sd: 1.732, floor: 0.5 },
        Distribution::FlooredNormal { mean: 1.0, sd: 1.5, floor: 0.0 },
        Distribution::Erlang { phases: 3, mean: 9.0 },
        Distribution::Hyperexponential { branches: vec![(0.7, 2.0), (0.25, 9.0), (0.05, 60.0)] },
        Distribution::Uniform { low: 2.0, high: 5.0 },
    ]
}

/// Distributions with atoms, whose quantiles are steps.
pub(in crate::random) fn steps() -> Vec<Distribution> {
    vec![Distribution::Deterministic { value: 3.0 }, Distribution::Empirical { values: vec![0.0, 1.5, 1.5, 4.0, 30.0] }]
}

#[test]
fn the_zoo_is_valid_and_nonsense_is_not() {
    for distribution in zoo().into_iter().chain(steps()) {
        assert_eq!(distribution.check(), Ok(()), "{distribution:?}");
    }
    for nonsense in [
        Distribution::Exponential { mean: 0.0 },
        Distribution::Lognormal { mu: f64::NAN, sigma: 1.0 },
        Distribution::Lognormal { mu: 1.0, sigma: 40.0 },
        Distribution::Gamma { shape: 1e9, scale: 1.0 },
        Distribution::Weibull { shape: 0.001, scale: 1.0 },
        Distribution::Uniform { low: 2.0, high: 1.0 },
        Distribution::Triangular { low: 0.0, mode: 4.0, high: 3.0 },
        Distribution::FlooredNormal { mean: 1.0, sd: 1.0, floor: -1.0 },
        Distribution::Erlang { phases: 0, mean: 1.0 },
        Distribution::Hyperexponential { branches: vec![(0.5, 1.0)] },
        Distribution::Hyperexponential { branches: vec![] },
        Distribution::Empirical { values: vec![2.0, 1.0] },
        Distribution::Empirical { values: vec![] },
    ] {
        assert!(nonsense.check().is_err(), "{nonsense:?}");
    }
}

#[test]
fn scaled_distributions_are_those_of_the_scaled_quantity() {
    for distribution in zoo().into_iter().chain(steps()) {
        let scaled = distribution.scaled(1.1);
        let near =
            |got: f64, want: f64| assert!((got - want).abs() <= 1e-9 * want.abs(), "{distribution:?}: {got} {want}");
        near(scaled.mean(), 1.1 * distribution.mean());
        near(scaled.variance(), 1.21 * distribution.variance());
        near(scaled.quantile(0.9), 1.1 * distribution.quantile(0.9));
        near(scaled.mean_excess(2.2), 1.1 * distribution.mean_excess(2.0));
    }
}

/// F(Q(u)) = u in both tails, from 2^-65 on, wherever the law is continuous there.
#[test]
fn quantiles_invert_the_distribution_function() {
    for distribution in zoo() {
        let floor = if let Distribution::FlooredNormal { floor, .. } = distribution { floor } else { -1.0 };
        for exponent in 1..=65 {
            let p = libm::exp2(-f64::from(exponent));
            let (low, high) = (distribution.quantile(p), distribution.quantile_upper(p));
            // Near the end of a bounded support, the place itself has only 53 bits.
            let tolerance = |x: f64, slope: f64| 1e-11 + 4.0 * f64::EPSILON * x.max(distribution.mean()) * slope / p;
            let slope = |x: f64| {
                let step = x.abs() * 1e-6;
                (distribution.cdf(x + step) - distribution.cdf(x - step)).abs() / (2.0 * step)
                    + 1.0 / distribution.mean()
            };
            if low > floor && low > 1e-200 {
                let error = distribution.cdf(low) / p - 1.0;
                assert!(error.abs() < tolerance(low, slope(low)), "{distribution:?} at {p}: {low}, error {error}");
            }
            if high > floor {
                let error = distribution.survival(high) / p - 1.0;
                assert!(
                    error.abs() < tolerance(high, slope(high)),
                    "{distribution:?} at 1 - {p}: {high}, error {error}"
                );
            }
        }
    }
}

/// Means, variances and excesses against quadrature of the quantile function: 2,000 cells in each octave of either tail.
#[test]
fn moments_and_excesses_are_integrals_of_the_quantiles() {
    const CELLS: u32 = 2_000;
    for (distribution, tolerance) in zoo().into_iter().map(|d| (d, 1e-6)).chain(steps().into_iter().map(|d| (d, 2e-4)))
    {
        let mut values = Vec::new();
        for octave in 1..=64 {
            let start = 0.5 * libm::exp2(-f64::from(octave));
            let weight = start / f64::from(CELLS);
            for tail in (0..CELLS).map(|i| start + weight * (f64::from(i) + 0.5)) {
                values.extend([(weight, distribution.quantile(tail)), (weight, distribution.quantile_upper(tail))]);
            }
        }
        let average = |f: &dyn Fn(f64) -> f64| values.iter().map(|&(weight, x)| weight * f(x)).sum::<f64>();
        let (mean, variance) = (distribution.mean(), distribution.variance());
        assert!((average(&|x| x) - mean).abs() < tolerance * mean, "{distribution:?}: mean {mean}");
        let second = average(&|x| (x - mean) * (x - mean));
        assert!((second - variance).abs() <= 10.0 * tolerance * variance, "{distribution:?}: {variance}, {second}");
        for threshold in [-1.0, 0.0, 0.4, 1.2, 3.1, 5.5, 20.0, 100.0] {
            let excess = average(&|x| (x - threshold).max(0.0));
            let exact = distribution.mean_excess(threshold);
            assert!(
                (excess - exact).abs() < tolerance * (1.0 + mean),
                "{distribution:?} over {threshold}: {exact}, {excess}"
            );
            let over = average(&|x| f64::from(u8::from(x > threshold)));
            assert!((over - distribution.survival(threshold)).abs() < 5e-4, "{distribution:?} {threshold}");
        }
    }
}

/// Verification case A16, to the digits shown.
#[test]
fn case_a16() {
    for (mean, sd, trim, excess, over) in
        [(7.4, 8.61, 20.0, 0.757_574, 0.062_119), (4.0, 5.0, 10.0, 0.527_509, 0.076_415)]
    {
        let stay = Distribution::lognormal_by_mean_sd(mean, sd);
        assert!((stay.mean() - mean).abs() < 1e-12 && (stay.variance().sqrt() - sd).abs() < 1e-12);
        assert!((stay.mean_excess(trim) - excess).abs() < 5.1e-7);
        assert!((stay.survival(trim) - over).abs() < 5.1e-7);
    }
    let stay = Distribution::lognormal_by_mean_sd(7.4, 8.61);
    assert!((3_000.0 + 250.0 * stay.mean_excess(20.0) - 3_189.393).abs() < 5.1e-4);
    assert_eq!(Distribution::lognormal_by_mean_sd(2.0, 0.0), Distribution::Deterministic { value: 2.0 });
}

/// Closed forms of the stationary residual law: exponential again; uniform for a constant; and the general identity
/// that the size-biased lognormal is lognormal with mu + sigma^2, through P(R > x) = `P(X* > x) - x P(X > x) / m`.
#[test]
fn residual_laws_have_their_closed_forms() {
    let exponential = Distribution::Exponential { mean: 4.0 };
    let constant = Distribution::Deterministic { value: 3.0 };
    let (mu, sigma) = (0.5, 0.9);
    let lognormal = Distribution::Lognormal { mu, sigma };
    let biased = Distribution::Lognormal { mu: mu + sigma * sigma, sigma };
    // An Erlang stay of 3 phases is met in each phase alike.
    let erlang = Distribution::Erlang { phases: 3, mean: 6.0 };
    for i in 1..100 {
        let u = f64::from(i) / 100.0;
        let at = |d: &Distribution| d.residual_at(Tails::from_lower(u));
        assert!((at(&exponential) / exponential.quantile(u) - 1.0).abs() < 1e-12);
        assert!((at(&constant) - 3.0 * u).abs() < 1e-12);
        let x = at(&lognormal);
        let survival = biased.survival(x) - x * lognormal.survival(x) / lognormal.mean();
        assert!((survival - (1.0 - u)).abs() < 1e-12);
        let x = at(&erlang);
        let phases = (1..=3).map(|phases| Distribution::Erlang { phases, mean: 2.0 * f64::from(phases) }.cdf(x));
        assert!((phases.sum::<f64>() / 3.0 - u).abs() < 1e-12);
    }
}

proptest! {
    #[test]
    fn gamma_quantiles_invert_for_any_shape(shape in -5.0_f64..8.0, octave in 0.0_f64..64.0, upper in any::<bool>()) {
        let (shape, p) = (libm::exp(shape), 0.5 * libm::exp2(-octave));
        let distribution = Distribution::Gamma { shape, scale: 1.0 };
        if upper {
            let error = distribution.survival(distribution.quantile_upper(p)) / p - 1.0;
            prop_assert!(error.abs() < 1e-10, "{}", error);
        } else if distribution.quantile(p) > 1e-290 {
            let error = distribution.cdf(distribution.quantile(p)) / p - 1.0;
            prop_assert!(error.abs() < 1e-10, "{}", error);
        }
    }
}
