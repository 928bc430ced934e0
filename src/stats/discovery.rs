//! Many tests at once: p-values adjusted so that the false discovery rate is controlled.
//!
//! The rate is the expected share of false rejections among all rejections. Rejecting where the adjusted p-value is at
//! most q keeps it at most q.

/// The adjusted p-values of Benjamini and Hochberg, in the order of `p_values`: valid for tests that are independent or
/// depend positively.
///
/// min over j >= i of p(j) m / j, at most 1, with p(1) <= ... <= p(m). Values that are not numbers stay so and are not
/// counted. Source: Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    adjusted(p_values, |_| 1.0)
}

/// The adjusted p-values of Benjamini and Yekutieli: valid for tests that depend on each other in any way.
///
/// Those of [`benjamini_hochberg`] times 1 + 1/2 + ... + 1/m before the limit at 1. Differences between bodies may depend
/// negatively (what one pays less another pays more), so verdicts over bodies use these. Source: Y. Benjamini and
/// D. Yekutieli, Annals of Statistics 29 (2001) 1165-1188, theorem 1.3.
pub fn benjamini_yekutieli(p_values: &[f64]) -> Vec<f64> {
    adjusted(p_values, |tests| (1..=tests).map(|i| 1.0 / i as f64).sum())
}

fn adjusted(p_values: &[f64], penalty: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut descending: Vec<usize> = (0..p_values.len()).filter(|&i| !p_values[i].is_nan()).collect();
    descending.sort_by(|&i, &j| p_values[j].total_cmp(&p_values[i]));
    let tests = descending.len();
    let factor = tests as f64 * penalty(tests);
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut least = 1.0_f64;
    for (above, &i) in descending.iter().enumerate() {
        least = least.min(p_values[i] * factor / (tests - above) as f64);
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::special::normal_cdf;

    /// The example of Benjamini and Hochberg (1995), section 3.3: 15 tests, of which their procedure rejects four at 5 %
    /// (Bonferroni's three), because p(4) = 0.0095 <= 4/15 0.05 = 0.013.
    const PUBLISHED: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ];

    #[test]
    fn the_published_example() {
        let adjusted = benjamini_hochberg(&PUBLISHED);
        assert_eq!(adjusted.iter().filter(|&&p| p <= 0.05).count(), 4);
        assert!((adjusted[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-15);
        // 0.0201 x 15 / 5 stays; the sixth takes what is smaller for the seventh.
        assert!((adjusted[4] - 0.0603).abs() < 1e-12 && (adjusted[5] - 0.0298 * 15.0 / 7.0).abs() < 1e-15);
        let harmonic: f64 = (1..=15).map(|i| 1.0 / f64::from(i)).sum();
        for (plain, careful) in adjusted.iter().zip(benjamini_yekutieli(&PUBLISHED)) {
            assert!((careful - (plain * harmonic).min(1.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn order_and_gaps_do_not_matter() {
        let mut shuffled: Vec<f64> = PUBLISHED.iter().rev().copied().collect();
        shuffled.insert(4, f64::NAN);
        let adjusted = benjamini_hochberg(&shuffled);
        assert!(adjusted[4].is_nan());
        let back: Vec<f64> = adjusted.into_iter().filter(|p| !p.is_nan()).rev().collect();
        assert_eq!(back, benjamini_hochberg(&PUBLISHED));
        assert!(benjamini_yekutieli(&[]).is_empty());
    }

    /// With independent tests, of which m0 of m are of nothing, the rate of Benjamini and Hochberg's procedure is exactly
    /// q m0 / m (Benjamini and Yekutieli 2001, theorem 5.1).
    #[test]
    fn the_rate_is_the_theorem() {
        use crate::random::{Generator, Purpose, StreamKey, unit};
        use crate::stats::{moments::Moments, special::normal_quantile};
        let stream = StreamKey::of(&["discovery"]);
        let share = |trial: u32| {
            let generator = Generator::new(1, trial);
            let p = |i: u32| {
                let z = normal_quantile(unit(generator.words(stream, 0, i, Purpose::Count, 0)[0]));
                let shift = if i < 15 { 0.0 } else { 3.0 };
                2.0 * normal_cdf(-(z + shift).abs())
            };
            let adjusted = benjamini_hochberg(&(0..20).map(p).collect::<Vec<f64>>());
            let rejected = |part: &[f64]| part.iter().filter(|&&p| p <= 0.2).count() as f64;
            rejected(&adjusted[..15]) / rejected(&adjusted).max(1.0)
        };
        let rate: Moments = (0..4_000).map(share).collect();
        let z = (rate.mean().unwrap() - 0.2 * 0.75) / (rate.sd().unwrap() / 4_000.0_f64.sqrt());
        assert!(z.abs() < 4.0, "{z}");
    }
}
