use proptest::prelude::*;

use std::sync::LazyLock;

use super::*;
use crate::random::distribution::tests::{steps, zoo};

/// The exact quantile of a word, from whichever tail is smaller.
fn exact(distribution: &Distribution, word: u64) -> f64 {
    let probability = |tail: u64| (tail as f64 + 0.5) * libm::exp2(-64.0);
    if word >> 63 == 0 {
        distribution.quantile(probability(word))
    } else {
        distribution.quantile_upper(probability(!word))
    }
}

#[test]
fn errors_of_smooth_laws_are_small() {
    for distribution in zoo() {
        let table = QuantileTable::compile(&distribution, 1.0);
        assert!(table.error() < GOAL, "{distribution:?}: {} with 2^{} cells", table.error(), table.bits);
        let residual = QuantileTable::compile_residual(&distribution, 1.0);
        assert!(residual.error() < GOAL, "residual of {distribution:?}: {} with 2^{}", residual.error(), residual.bits);
    }
}

/// The most awkward laws that pass the check make tables nevertheless, if not always of the error aimed at.
#[test]
fn extreme_laws_make_tables() {
    for distribution in [
        Distribution::Gamma { shape: 0.01, scale: 1.0 },
        Distribution::Gamma { shape: 1e5, scale: 1.0 },
        Distribution::Erlang { phases: 100_000, mean: 1.0 },
        Distribution::Lognormal { mu: 0.0, sigma: 5.0 },
        Distribution::Lognormal { mu: 0.0, sigma: 1e-9 },
        Distribution::Weibull { shape: 0.2, scale: 1.0 },
        Distribution::Weibull { shape: 500.0, scale: 1.0 },
        Distribution::FlooredNormal { mean: -50.0, sd: 1.0, floor: 0.0 },
        Distribution::Hyperexponential { branches: vec![(0.999, 1e-6), (0.001, 1e6)] },
        Distribution::Triangular { low: 1.0, mode: 1.0, high: 1.0 + 1e-12 },
    ] {
        assert_eq!(distribution.check(), Ok(()));
        for table in [QuantileTable::compile(&distribution, 1.0), QuantileTable::compile_residual(&distribution, 1.0)] {
            for word in [0, 1 << 38, 1 << 50, 1 << 63, !(1 << 50), u64::MAX] {
                assert!(table.draw(word) >= 0.0 && table.draw(word).is_finite(), "{:?}", table.law);
            }
        }
    }
}

/// Random words, and words at every octave of both tails, agree with the exact quantile within the error stated.
#[test]
fn the_stated_error_holds_everywhere() {
    for distribution in zoo() {
        let table = QuantileTable::compile(&distribution, 8.64e7);
        let smallest = SMALL * distribution.mean();
        for i in 0..20_000_u64 {
            let random = i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let tail = random >> (i % 64);
            for word in [tail, !tail] {
                let value = exact(&distribution, word);
                let error = (table.draw(word) / 8.64e7 - value).abs() / value.max(smallest);
                // A little more than at the cells' middles: the third-order terms.
                assert!(error <= 1.1 * table.error() + 1e-12, "{distribution:?}, {word:#x}: {error}");
            }
        }
    }
}

#[test]
fn knots_are_non_decreasing_and_meet_at_the_median() {
    for distribution in zoo().into_iter().chain(steps()) {
        for table in [QuantileTable::compile(&distribution, 1.0), QuantileTable::compile_residual(&distribution, 1.0)] {
            let (lower, upper) = table.knots.split_at(table.knots.len() / 2);
            assert!(lower.is_sorted() && upper.iter().rev().is_sorted(), "{:?}", table.law);
            assert!(lower.last() <= upper.last(), "{:?}", table.law);
        }
    }
}

#[test]
fn tails_of_knots_are_exact() {
    assert_eq!((tail_at(0.0, 5), tail_at(768.0, 5)), (libm::exp2(-25.0), 0.5));
    assert_eq!((tail_at(16.0, 5), tail_at(32.0, 5)), (1.5 * libm::exp2(-25.0), libm::exp2(-24.0)));
}

static TABLES: LazyLock<Vec<QuantileTable>> =
    LazyLock::new(|| zoo().iter().map(|distribution| QuantileTable::compile(distribution, 8.64e7)).collect());

proptest! {
    /// Near and far: words that differ by any power of two.
    #[test]
    fn draws_never_fall_as_the_word_rises(word in any::<u64>(), far in 0_u32..64, tail in 0_u32..64, which in 0_usize..16) {
        let table = &TABLES[which];
        for word in [word >> tail, !(word >> tail)] {
            let next = word.saturating_add(1 << far);
            prop_assert!(table.draw(word) <= table.draw(next), "{} {}", word, next);
        }
    }
}
