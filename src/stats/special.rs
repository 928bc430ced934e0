//! Special functions and a root finder, on `libm` alone: the same bytes on every machine.

use libm::{erfc, exp, lgamma, log, log1p, sqrt};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The density of the standard normal distribution.
pub fn normal_density(z: f64) -> f64 {
    exp(-0.5 * z * z) / sqrt(2.0 * PI)
}

/// P(Z <= z) of the standard normal distribution, accurate to a relative 1e-15 or so in the lower tail as well.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

/// The value that a standard normal variable stays below with probability `p` in (0, 1).
///
/// Accurate to a relative 1e-15 for small `p`; near 1, use `-normal_quantile(1 - p)` with an exact `1 - p`.
/// Source: M. J. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988) 477-484, routine PPND16.
#[expect(clippy::excessive_precision, reason = "the coefficients as published")]
pub fn normal_quantile(p: f64) -> f64 {
    const CENTRE: ([f64; 8], [f64; 8]) = (
        [
            3.387_132_872_796_366_608_0,
            1.331_416_678_917_843_774_5e2,
            1.971_590_950_306_551_442_7e3,
            1.373_169_376_550_946_112_5e4,
            4.592_195_393_154_987_145_7e4,
            6.726_577_092_700_870_085_3e4,
            3.343_057_558_358_812_810_5e4,
            2.509_080_928_730_122_672_7e3,
        ],
        [
            1.0,
            4.231_333_070_160_091_125_2e1,
            6.871_870_074_920_579_083_0e2,
            5.394_196_021_424_751_107_7e3,
            2.121_379_430_158_659_586_7e4,
            3.930_789_580_009_271_061_0e4,
            2.872_908_573_572_194_267_4e4,
            5.226_495_278_852_854_561_0e3,
        ],
    );
    const SHOULDER: ([f64; 8], [f64; 8]) = (
        [
            1.423_437_110_749_683_577_34,
            4.630_337_846_156_545_295_90,
            5.769_497_221_460_691_405_50,
            3.647_848_324_763_204_605_04,
            1.270_458_252_452_368_382_58,
            2.417_807_251_774_506_117_70e-1,
            2.272_384_498_926_918_458_33e-2,
            7.745_450_142_783_414_076_40e-4,
        ],
        [
            1.0,
            2.053_191_626_637_758_821_87,
            1.676_384_830_183_803_849_40,
            6.897_673_349_851_000_045_50e-1,
            1.481_039_764_274_800_745_90e-1,
            1.519_866_656_361_645_719_66e-2,
            5.475_938_084_995_344_946_00e-4,
            1.050_750_071_644_416_843_24e-9,
        ],
    );
    const TAIL: ([f64; 8], [f64; 8]) = (
        [
            6.657_904_643_501_103_777_20,
            5.463_784_911_164_114_369_90,
            1.784_826_539_917_291_335_80,
            2.965_605_718_285_048_912_30e-1,
            2.653_218_952_657_612_309_30e-2,
            1.242_660_947_388_078_438_60e-3,
            2.711_555_568_743_487_578_15e-5,
            2.010_334_399_292_288_132_65e-7,
        ],
        [
            1.0,
            5.998_322_065_558_879_376_90e-1,
            1.369_298_809_227_358_053_10e-1,
            1.487_536_129_085_061_485_25e-2,
            7.868_691_311_456_132_591_00e-4,
            1.846_318_317_510_054_681_80e-5,
            1.421_511_758_316_445_888_70e-7,
            2.044_263_103_389_939_785_64e-15,
        ],
    );
    fn ratio((above, below): &([f64; 8], [f64; 8]), x: f64) -> f64 {
        let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, a| sum * x + a);
        horner(above) / horner(below)
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&CENTRE, 0.180_625 - q * q);
    }
    let r = sqrt(-log(if q < 0.0 { p } else { 1.0 - p }));
    let z = if r <= 5.0 { ratio(&SHOULDER, r - 1.6) } else { ratio(&TAIL, r - 5.0) };
    if q < 0.0 { -z } else { z }
}

/// The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P, for a > 0 and x >= 0.
///
/// The smaller of the two is accurate in itself, not only as a difference from 1. Power series below x = a + 1,
/// Legendre's continued fraction above (Abramowitz and Stegun 6.5.29, 6.5.31).
pub fn gamma_tails(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    let factor = exp(a * log(x) - x - lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        let p = (factor * sum).min(1.0);
        (p, 1.0 - p)
    } else {
        let step = |n: f64| (n * (a - n), x + 2.0 * n + 1.0 - a);
        let q = (factor / continued_fraction(x + 1.0 - a, step)).min(1.0);
        (1.0 - q, q)
    }
}

/// The regularised incomplete beta function I(x; a, b) and its complement, for a, b > 0 and x in [0, 1].
///
/// Continued fraction of Abramowitz and Stegun 26.5.8, on the side where it converges fast.
pub fn beta_tails(a: f64, b: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x >= 1.0 {
        return (1.0, 0.0);
    }
    let factor = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b));
    // I(x; a, b) is this, where x is not above the mean by much.
    let lower = |a: f64, b: f64, x: f64| {
        let step = |n: f64| {
            let k = libm::floor(n / 2.0);
            let numerator = if n % 2.0 == 0.0 {
                k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k))
            } else {
                -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0))
            };
            (numerator, 1.0)
        };
        (factor / (a * continued_fraction(1.0, step))).min(1.0)
    };
    if x < (a + 1.0) / (a + b + 2.0) {
        let p = lower(a, b, x);
        (p, 1.0 - p)
    } else {
        let q = lower(b, a, 1.0 - x);
        (1.0 - q, q)
    }
}

/// b0 + a1 / (b1 + a2 / (b2 + ...)) with (`a_n`, `b_n`) = `step(n)`, by the modified method of Lentz (Thompson and
/// Barnett, J. Comput. Phys. 64 (1986) 490-509).
fn continued_fraction(b0: f64, step: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let nonzero = |x: f64| if x.abs() < TINY { TINY } else { x };
    let mut value = nonzero(b0);
    let (mut c, mut d) = (value, 0.0);
    for n in 1..100_000 {
        let (a, b) = step(f64::from(n));
        d = 1.0 / nonzero(b + a * d);
        c = nonzero(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The root of an increasing function within [`low`, `high`], to the last bits.
///
/// `function` returns the value and the slope. Newton's steps, each kept inside the shrinking bracket; where a step
/// leaves it or fails to halve, the bracket is halved instead, so that it always ends. An undefined value counts as
/// positive.
pub fn solve_increasing(function: impl Fn(f64) -> (f64, f64), low: f64, high: f64, start: f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let mut x = start.clamp(low, high);
    let mut last_step = high - low;
    for _ in 0..300 {
        let (value, slope) = function(x);
        if value == 0.0 {
            return x;
        }
        if value < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - value / slope;
        let fast = newton > low && newton < high && (newton - x).abs() < 0.5 * last_step;
        let next = if fast { newton } else { low + 0.5 * (high - low) };
        last_step = (next - x).abs();
        if last_step <= 2.0 * f64::EPSILON * next.abs() {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::function::{beta::beta_reg, gamma::gamma_lr};

    #[test]
    fn normal_quantile_inverts_the_error_function_in_both_tails() {
        for exponent in 1..=300 {
            for mantissa in [0.6, 0.77, 1.0] {
                let p = mantissa * libm::exp2(-f64::from(exponent));
                let back = normal_cdf(normal_quantile(p));
                // An error of the last bit of z moves p by z^2 last bits; three are granted.
                let bits = 4.0 + 3.0 * normal_quantile(p).powi(2);
                assert!((back / p - 1.0).abs() < bits * f64::EPSILON, "{p}: {back}");
            }
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        // Published checks of AS 241.
        assert!((normal_quantile(0.25) + 0.674_489_750_196_081_7).abs() < 1e-15);
        assert!((normal_quantile(1e-20) + 9.262_340_089_798_408).abs() < 1e-14);
    }

    #[test]
    fn gamma_tails_are_the_poisson_and_exponential_laws() {
        for x in [1e-9, 0.1, 1.0, 3.0, 50.0, 400.0] {
            let (p, q) = gamma_tails(1.0, x);
            assert!((q / exp(-x) - 1.0).abs() < 1e-13 && (p / -libm::expm1(-x) - 1.0).abs() < 1e-13, "{x}");
            // Q(3, x) = P(Poisson(x) <= 2).
            let poisson = exp(-x) * (1.0 + x + x * x / 2.0);
            assert!((gamma_tails(3.0, x).1 / poisson - 1.0).abs() < 1e-12, "{x}");
        }
    }

    proptest! {
        #[test]
        fn incomplete_functions_agree_with_statrs(a in 0.05_f64..200.0, b in 0.05_f64..200.0, u in 0.001_f64..0.999) {
            prop_assert!((beta_tails(a, b, u).0 - beta_reg(a, b, u)).abs() < 1e-11);
            let x = a * u * 2.0;
            prop_assert!((gamma_tails(a, x).0 - gamma_lr(a, x)).abs() < 1e-11);
        }
    }

    #[test]
    fn the_solver_survives_flat_and_steep_places() {
        let cube = |x: f64| (x * x * x, 3.0 * x * x);
        assert!(solve_increasing(cube, -1.0, 8.0, 5.0).abs() < 1e-40);
        let steep = |x: f64| (libm::atan(1e6 * (x - 0.3)), 1e6 / (1.0 + 1e12 * (x - 0.3) * (x - 0.3)));
        assert!((solve_increasing(steep, 0.0, 1e9, 1e9) - 0.3).abs() < 1e-15);
    }
}
