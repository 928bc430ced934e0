//! The two-stage procedure of Rinott.

use super::possible;
use crate::stats::moments::Moments;
use crate::stats::special::{normal_cdf, normal_density, solve_increasing};
use libm::{ceil, exp, expm1, lgamma, log, log1p, sqrt};

/// Rinott's constant h(k, n0, P*): the solution of E[ E[ Phi(h / sqrt(nu (1/X + 1/Y))) | Y ]^(k - 1) ] = P* for
/// independent chi-square X, Y with nu = n0 - 1 degrees of freedom.
///
/// Source: Y. Rinott, Communications in Statistics A7 (1978) 799-811; in this form R. E. Bechhofer, T. J. Santner and
/// D. M. Goldsman, *Design and Analysis of Experiments for Statistical Selection, Screening, and Multiple Comparisons*
/// (1995), page 61 and table 2.13. Both expectations by the trapezoidal rule in log X, log Y, which converges
/// exponentially for such integrands: about ten digits. Zero for one system; nothing for fewer than two observations, no
/// systems, or P* not between 1/k and 1.
pub fn rinott_h(systems: usize, first_stage: usize, p_star: f64) -> Option<f64> {
    if !possible(systems, first_stage, 1.0, p_star) {
        return None;
    }
    if systems == 1 {
        return Some(0.0);
    }
    let others = systems as f64 - 1.0;
    let nodes = chi_square_nodes(first_stage as f64 - 1.0);
    // The probability of a wrong selection and its slope. It is summed from small parts, so that it is exact also for
    // thousands of systems.
    let wrong = |h: f64| {
        let (mut probability, mut slope) = (0.0, 0.0);
        for &(y, outer) in &nodes {
            let (mut worse, mut density) = (0.0, 0.0);
            for &(x, inner) in &nodes {
                let scale = sqrt(x * y / (x + y));
                worse += inner * normal_cdf(-h * scale);
                density += inner * normal_density(h * scale) * scale;
            }
            probability -= outer * expm1(others * log1p(-worse));
            slope -= outer * others * exp((others - 1.0) * log1p(-worse)) * density;
        }
        (probability, slope)
    };
    let target = 1.0 - p_star;
    let mut high = 4.0;
    while wrong(high).0 > target {
        high *= 2.0;
    }
    let excess = |h: f64| {
        let (probability, slope) = wrong(h);
        (log(target / probability), -slope / probability)
    };
    Some(solve_increasing(excess, 0.0, high, 0.75 * high))
}

/// Nodes and weights of the expectation over X / nu, X chi-square with `nu` degrees of freedom.
///
/// The density of u = log(X / nu) is proportional to exp(nu / 2 (u - e^u)), largest at u = 0; the rule runs to where it
/// has fallen to e^-42, in steps of half its width, sqrt(2 / nu).
fn chi_square_nodes(nu: f64) -> Vec<(f64, f64)> {
    let step = 0.5 * sqrt(2.0 / nu).min(0.5);
    let exponent = |u: f64| 0.5 * nu * (u - expm1(u));
    let scale = step * exp(0.5 * nu * (log(0.5 * nu) - 1.0) - lgamma(0.5 * nu));
    let mut nodes = Vec::new();
    for (first, step) in [(0.0, step), (-step, -step)] {
        let mut u = first;
        while exponent(u) > -42.0 {
            nodes.push((exp(u), scale * exp(exponent(u))));
            u += step;
        }
    }
    nodes
}

/// How many observations of each system Rinott's procedure needs in all: max(n0, ceil(h^2 S^2 / delta^2)), given the n0
/// of the first stage.
///
/// Take the rest, and select the [`best`](super::best) mean over all. The systems have to be independent of each other:
/// no common random numbers. `h` is [`rinott_h`] for this number of systems and size of the first stage. Nothing where
/// first stages have different sizes, fewer than two values or values that are not finite, or for a zone that is not
/// positive.
pub fn rinott_sizes(first: &[Vec<f64>], delta: f64, h: f64) -> Option<Vec<u64>> {
    let size = first.first()?.len();
    let regular = first.iter().all(|values| values.len() == size && values.iter().all(|value| value.is_finite()));
    if !(regular && delta > 0.0 && h.is_finite()) {
        return None;
    }
    let total = |values: &Vec<f64>| {
        let sd = values.iter().copied().collect::<Moments>().sd()?;
        Some((ceil((h * sd / delta).powi(2)) as u64).max(size as u64))
    };
    first.iter().map(total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::special::normal_quantile;
    use crate::stats::student::student_t_quantile;

    fn near(found: f64, published: f64) -> bool {
        (found - published).abs() <= 1e-3
    }

    /// For two systems Rinott's constant is that of Dudewicz and Dalal, whose table is in A. M. Law, *Simulation Modeling
    /// and Analysis*, table 10.11 (h1, first row of each part).
    #[test]
    fn two_systems_have_the_constants_of_the_textbook() {
        for (first_stage, p_star, published) in
            [(20, 0.90, 1.896), (40, 0.90, 1.852), (20, 0.95, 2.453), (40, 0.95, 2.386)]
        {
            let h = rinott_h(2, first_stage, p_star).unwrap();
            assert!(near(h, published), "{first_stage}, {p_star}: {h}");
        }
    }

    /// Values of the authors' program behind table 2.13 of Bechhofer, Santner and Goldsman, as printed in the checks of the
    /// simulation library JSL (class `Rinott`), 50 degrees of freedom.
    #[test]
    fn many_systems_have_the_constants_of_the_authors_program() {
        for (systems, p_star, published) in [(10, 0.975, 4.045), (1_000, 0.975, 6.057), (1_000, 0.9, 5.488)] {
            let h = rinott_h(systems, 51, p_star).unwrap();
            assert!(near(h, published), "{systems}, {p_star}: {h}");
        }
    }

    /// Two and one degrees of freedom, where the integrands are widest, against nested adaptive quadrature in R (public
    /// checks of an output analyser: 10.7548339283 and "near 47.02").
    #[test]
    fn small_first_stages_agree_with_adaptive_quadrature() {
        assert!((rinott_h(4, 3, 0.975).unwrap() - 10.754_833_928_3).abs() < 1e-8);
        assert!((rinott_h(3, 2, 0.975).unwrap() - 47.02).abs() < 0.005);
    }

    /// With the variances known, X / nu = Y / nu = 1 and h = sqrt(2) z(P*^(1 / (k - 1))).
    #[test]
    fn the_limit_is_the_case_of_known_variances() {
        for systems in [2, 3, 5, 10, 100] {
            for p_star in [0.9, 0.95, 0.99] {
                let one = libm::pow(p_star, 1.0 / (f64::from(systems) - 1.0));
                let limit = 2.0_f64.sqrt() * normal_quantile(one);
                let h = rinott_h(systems as usize, 1_000_001, p_star).unwrap();
                assert!((h / limit - 1.0).abs() < 2e-5, "{systems}, {p_star}: {h} and {limit}");
            }
        }
    }

    /// Weights add to 1 and have the mean and variance of a chi-square variable over nu: 1 and 2 / nu.
    #[test]
    fn nodes_have_the_moments_of_chi_square() {
        for nu in [1.0, 2.0, 9.0, 19.0, 399.0, 1e6] {
            let nodes = chi_square_nodes(nu);
            let expectation = |f: &dyn Fn(f64) -> f64| nodes.iter().map(|&(x, w)| w * f(x)).sum::<f64>();
            assert!((expectation(&|_| 1.0) - 1.0).abs() < 1e-8, "{nu}");
            assert!((expectation(&|x| x) - 1.0).abs() < 1e-8);
            assert!((expectation(&|x| (x - 1.0).powi(2)) * nu / 2.0 - 1.0).abs() < 1e-7);
        }
    }

    #[test]
    fn sizes_follow_the_variances_and_bad_shapes_have_no_answer() {
        let h = rinott_h(2, 3, 0.9).unwrap();
        // Variances 1 and 0: the second needs no more than it has.
        let sizes = rinott_sizes(&[vec![1.0, 2.0, 3.0], vec![5.0; 3]], 0.1, h).unwrap();
        assert_eq!(sizes, [(100.0 * h * h).ceil() as u64, 3]);
        assert_eq!(rinott_sizes(&[vec![1.0, 2.0], vec![1.0]], 0.1, h), None);
        assert_eq!(rinott_sizes(&[vec![1.0, f64::NAN], vec![1.0, 2.0]], 0.1, h), None);
        assert_eq!(rinott_sizes(&[vec![1.0, 2.0], vec![1.0, 2.0]], 0.0, h), None);
        assert_eq!(
            (rinott_h(2, 20, 0.5), rinott_h(2, 20, 1.0), rinott_h(2, 1, 0.9), rinott_h(0, 20, 0.9)),
            (None, None, None, None)
        );
        assert_eq!(rinott_h(1, 20, 0.9), Some(0.0));
        // Known from Student's law: with one other system, h is above the constant for a known mean.
        assert!(rinott_h(2, 20, 0.95).unwrap() > student_t_quantile(0.95, 19.0));
    }
}
