use std::sync::LazyLock;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::Distribution as _;

use super::*;
use crate::random::distribution::tests::{steps, zoo};
use crate::random::{Generator, Purpose, StreamKey};

const DAY: f64 = 8.64e7;
const DRAWS: u32 = 40_000;

/// Draws of a sampler in days, ascending.
fn draws(sampler: &Sampler) -> Vec<f64> {
    let (generator, stream) = (Generator::new(1, 0), StreamKey::of(&["sampler"]));
    let words = (0..DRAWS).map(|i| generator.words(stream, 0, i, Purpose::Stage, 0)[0]);
    ascending(words.map(|word| sampler.draw(word) as f64 / DAY).collect())
}

fn ascending(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The statistic of Kolmogorov and Smirnov for one sample against a law, times the root of its size; 2.23 is exceeded
/// with probability 1e-4 under the hypothesis.
fn against_law(sample: &[f64], law: impl Fn(f64) -> f64) -> f64 {
    let n = sample.len() as f64;
    let distance = |(i, &x): (usize, &f64)| ((i as f64 + 1.0) / n - law(x)).abs().max((law(x) - i as f64 / n).abs());
    sample.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

/// The same for two samples in ascending order.
fn against_sample(one: &[f64], two: &[f64]) -> f64 {
    let share = |sample: &[f64], x: f64| sample.partition_point(|&y| y <= x) as f64 / sample.len() as f64;
    let distance = one.iter().chain(two).map(|&x| (share(one, x) - share(two, x)).abs()).fold(0.0, f64::max);
    distance * (one.len() as f64 * two.len() as f64 / (one.len() + two.len()) as f64).sqrt()
}

/// Each law's draws: mean within 4.5 standard errors, and Kolmogorov-Smirnov against its distribution function and that
/// of its residual law (at the level 1e-4 each) where these are continuous.
#[test]
fn draws_follow_their_law() {
    for distribution in zoo().into_iter().chain(steps()) {
        let sample = draws(&Sampler::compile(&distribution, DAY));
        let average = sample.iter().sum::<f64>() / f64::from(DRAWS);
        let limit = 4.5 * (distribution.variance() / f64::from(DRAWS)).sqrt() + 1e-6;
        assert!((average - distribution.mean()).abs() < limit, "{distribution:?}: mean {average}");
        if !distribution.has_atoms() {
            let statistic = against_law(&sample, |x| distribution.cdf(x));
            assert!(statistic < 2.23, "{distribution:?}: {statistic}");
        }
        let residual = draws(&Sampler::residual(&distribution, DAY));
        let statistic = against_law(&residual, |x| distribution.residual_tails(x).lower);
        assert!(statistic < 2.23, "residual of {distribution:?}: {statistic}");
    }
}

impl Distribution {
    fn has_atoms(&self) -> bool {
        matches!(self, Self::Deterministic { .. } | Self::Empirical { .. } | Self::FlooredNormal { .. })
    }
}

/// The crate `rand_distr` as an independent oracle: two samples, Kolmogorov-Smirnov at the level 1e-4 each.
#[test]
fn draws_agree_with_rand_distr() {
    fn check(distribution: &Distribution, oracle: impl rand_distr::Distribution<f64>) {
        let mut random = StdRng::seed_from_u64(7);
        let theirs = ascending((0..DRAWS).map(|_| oracle.sample(&mut random)).collect());
        let statistic = against_sample(&draws(&Sampler::compile(distribution, DAY)), &theirs);
        assert!(statistic < 2.23, "{distribution:?}: {statistic}");
    }
    check(&Distribution::Exponential { mean: 4.2 }, rand_distr::Exp::new(1.0 / 4.2).unwrap());
    let (mu, sigma) = (-1.4285, 1.6902);
    check(&Distribution::Lognormal { mu, sigma }, rand_distr::LogNormal::new(mu, sigma).unwrap());
    for shape in [0.3, 2.5, 80.0] {
        check(&Distribution::Gamma { shape, scale: 2.0 }, rand_distr::Gamma::new(shape, 2.0).unwrap());
    }
    for shape in [0.7, 3.0] {
        check(&Distribution::Weibull { shape, scale: 5.0 }, rand_distr::Weibull::new(5.0, shape).unwrap());
    }
    let (low, mode, high) = (1.0, 2.0, 6.0);
    check(&Distribution::Triangular { low, mode, high }, rand_distr::Triangular::new(low, high, mode).unwrap());
    check(&Distribution::Uniform { low, high }, rand_distr::Uniform::new(low, high).unwrap());
    check(&Distribution::Erlang { phases: 3, mean: 9.0 }, rand_distr::Gamma::new(3.0, 3.0).unwrap());
    let floored = rand_distr::Normal::new(1.0, 1.5).unwrap().map(|x: f64| x.max(0.0));
    check(&Distribution::FlooredNormal { mean: 1.0, sd: 1.5, floor: 0.0 }, floored);
}

#[test]
fn exact_samplers_are_exact() {
    assert_eq!(Sampler::compile(&Distribution::Deterministic { value: 1.5 }, 1000.0), Sampler::Constant(1500));
    let values = vec![1.0, 2.0, 9.0];
    let empirical = Sampler::compile(&Distribution::Empirical { values }, 1.0);
    let third = u64::MAX / 3;
    let spans = [0, third, third + 1, 2 * third + 1, u64::MAX].map(|word| empirical.draw(word));
    assert_eq!(spans, [1, 1, 2, 9, 9]);
    let uniform = Sampler::compile(&Distribution::Uniform { low: 2.0, high: 5.0 }, 10.0);
    assert_eq!([0, 1 << 63, u64::MAX].map(|word| uniform.draw(word)), [20, 35, 50]);
    assert_eq!(Sampler::residual(&Distribution::Deterministic { value: 0.0 }, 1.0).draw(u64::MAX), 0);
    assert_eq!(Sampler::residual(&Distribution::Empirical { values: vec![0.0] }, 1.0).draw(u64::MAX), 0);
}

#[test]
fn spans_are_cut_at_the_longest() {
    let endless = Sampler::compile(&Distribution::Deterministic { value: 1e300 }, DAY);
    assert_eq!(endless.draw(0), Sampler::LONGEST);
    let wide = Sampler::compile(&Distribution::Uniform { low: 0.0, high: 1e300 }, DAY);
    assert_eq!(wide.draw(u64::MAX), Sampler::LONGEST);
    let heavy = Sampler::compile(&Distribution::Lognormal { mu: 20.0, sigma: 3.0 }, DAY);
    assert_eq!(heavy.draw(u64::MAX), Sampler::LONGEST);
}

/// The floor is an atom, met exactly by the right share of words.
#[test]
fn the_floor_is_met_exactly() {
    let sampler = Sampler::compile(&Distribution::FlooredNormal { mean: 1.0, sd: 1.5, floor: 0.5 }, 1e6);
    let share = libm::erfc(0.5 / 1.5 * std::f64::consts::FRAC_1_SQRT_2) / 2.0;
    let word = (share * libm::exp2(64.0)) as u64;
    assert_eq!(sampler.draw(word - (word >> 10)), 500_000);
    assert!(sampler.draw(word + (word >> 10)) > 500_000);
}

static SAMPLERS: LazyLock<Vec<Sampler>> = LazyLock::new(|| {
    let all = zoo().into_iter().chain(steps());
    all.flat_map(|distribution| [Sampler::compile(&distribution, DAY), Sampler::residual(&distribution, DAY)]).collect()
});

proptest! {
    #[test]
    fn spans_never_shrink_as_the_word_rises(word in any::<u64>(), step in any::<u64>(), shift in 0_u32..64, which in 0_usize..36) {
        let next = word.saturating_add(step >> shift);
        let sampler = &SAMPLERS[which];
        prop_assert!(sampler.draw(word) <= sampler.draw(next));
    }
}

/// Given that it lasts longer than a median, an exponential span has a median twice as long; a constant has no choice.
#[test]
fn spans_beyond_a_bound_have_the_conditional_law() {
    let exponential = Sampler::compile(&Distribution::Exponential { mean: 1.0 }, 1e6);
    let median = exponential.draw(1 << 63);
    let beyond = exponential.draw_beyond(1 << 63, median);
    assert!((beyond as f64 / (2.0 * median as f64) - 1.0).abs() < 1e-4, "{beyond} after {median}");
    assert!(exponential.draw_beyond(0, median) > median);
    let constant = Sampler::Constant(30);
    assert_eq!((constant.draw_beyond(7, 10), constant.draw_beyond(7, 30)), (30, 30));
}
