//! How much of the beginning of a series to leave out.

use super::student::MeanTest;

/// The warm-up of one series by MSER-m: the cut after which the mean of the rest has the smallest estimated error.
///
/// The series is averaged in batches of m. For each number d of batches cut, the statistic is
/// sum((z - zbar)^2) / (n - d)^2 over the n - d batches z that are left; d runs from 0 to n / 2.
/// Sources: K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69
/// (1997) 323-334; m = 5: K. P. White, M. J. Cobb and S. C. Spratt, Winter Simulation Conference (2000) 755-760.
#[derive(Clone, PartialEq, Debug)]
pub struct Truncation {
    /// The number of batches to leave out; the smallest of equals.
    pub batches: usize,
    /// The number of values to leave out.
    pub observations: usize,
    /// The statistic at this cut, in the square of the unit of the values.
    pub statistic: f64,
    /// The mean of the batches that are left, in the unit of the values.
    pub mean: f64,
    /// Whether the smallest statistic lies before the end of the range. Otherwise the series is too short to tell: its
    /// first half differs from the second, and the warm-up may be longer than it.
    pub settled: bool,
    /// The statistic for each number of batches cut, from 0 to n / 2.
    pub curve: Vec<f64>,
}

/// MSER-5, the usual choice.
pub fn mser5(series: &[f64]) -> Option<Truncation> {
    mser(series, 5)
}

/// MSER with batches of `batch` values. Values that do not fill a last batch are not used.
///
/// Nothing below two batches, for batches of none, or where a value is not finite.
pub fn mser(series: &[f64], batch: usize) -> Option<Truncation> {
    let means: Vec<f64> =
        series.chunks_exact(batch.max(1)).map(|values| values.iter().sum::<f64>() / batch as f64).collect();
    let count = means.len();
    if count < 2 || !means.iter().all(|mean| mean.is_finite()) {
        return None;
    }
    // Backwards, so that each batch is added to those after it.
    let mut curve = vec![0.0; count / 2 + 1];
    let mut left = vec![0.0; count / 2 + 1];
    let (mut mean, mut squares) = (0.0, 0.0);
    for (cut, z) in means.iter().enumerate().rev() {
        let size = (count - cut) as f64;
        let deviation = z - mean;
        mean += deviation / size;
        squares += deviation * (z - mean);
        if cut < curve.len() {
            curve[cut] = squares / (size * size);
            left[cut] = mean;
        }
    }
    let best = (1..curve.len()).fold(0, |best, cut| if curve[cut] < curve[best] { cut } else { best });
    Some(Truncation {
        batches: best,
        observations: best * batch,
        statistic: curve[best],
        mean: left[best],
        settled: best + 1 < curve.len(),
        curve,
    })
}

/// Whether the part that a cut would leave out differs from the rest: the test of (mean of the first `cut` values) -
/// (mean of the others) over replications, which are the rows of `series`.
///
/// Replications are independent, so the test is valid however the values of one depend on each other. For k pools ask
/// for `alpha` = 0.01 / k. Nothing below two replications with values on both sides of the cut.
pub fn head_against_rest(series: &[Vec<f64>], cut: usize, alpha: f64) -> Option<MeanTest> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    MeanTest::of(
        series.iter().filter(|row| 0 < cut && cut < row.len()).map(|row| mean(&row[..cut]) - mean(&row[cut..])),
        alpha,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verification case A17 (a).
    #[test]
    fn the_verification_case() {
        let series: Vec<f64> =
            (1..=500).map(f64::from).map(|t| 5.0 + 20.0 * libm::exp(-t / 20.0) + libm::sin(t)).collect();
        let cut = mser5(&series).unwrap();
        assert_eq!((cut.batches, cut.observations, cut.settled), (17, 85, true));
        assert_eq!(format!("{:.6e}", cut.statistic), "3.847150e-4");
        assert_eq!(format!("{:.6}", cut.mean), "5.012835");
        assert_eq!(cut.curve.len(), 51);
        assert_eq!(cut.curve[17], cut.statistic);
    }

    /// The definition, summed out for every cut.
    #[test]
    fn the_curve_is_the_definition() {
        let series: Vec<f64> = (0..37).map(|t| f64::from(t * t % 11) + 1e3).collect();
        let cut = mser(&series, 2).unwrap();
        let z: Vec<f64> = series.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        for (d, statistic) in cut.curve.iter().enumerate() {
            let rest = &z[d..];
            let mean = rest.iter().sum::<f64>() / rest.len() as f64;
            let squares: f64 = rest.iter().map(|x| (x - mean).powi(2)).sum();
            assert!((statistic - squares / (rest.len() as f64).powi(2)).abs() < 1e-10);
        }
    }

    #[test]
    fn a_drift_is_not_settled_and_short_series_have_no_answer() {
        let drift: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(!mser5(&drift).unwrap().settled);
        let flat = mser5(&[3.0; 50]).unwrap();
        assert_eq!((flat.batches, flat.statistic, flat.mean, flat.settled), (0, 0.0, 3.0, true));
        assert_eq!(mser5(&[1.0; 9]), None);
        assert_eq!(mser(&[1.0; 9], 0), None);
        assert_eq!(mser(&[1.0, f64::NAN, 2.0], 1), None);
    }

    #[test]
    fn a_head_is_compared_over_replications() {
        // Differences of head and rest: 3, 4, 5, so t = 4 / (1 / sqrt(3)).
        let rows: Vec<Vec<f64>> = (3..6).map(|d| vec![f64::from(d), f64::from(d), 0.0, 0.0, 0.0]).collect();
        let test = head_against_rest(&rows, 2, 0.01).unwrap();
        assert_eq!((test.mean, test.sd), (4.0, 1.0));
        // P(|T| > t) with two degrees of freedom is 1 - t / sqrt(2 + t^2).
        let t = 4.0 * 3.0_f64.sqrt();
        assert!((test.p_value - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-12);
        assert_eq!(head_against_rest(&rows, 0, 0.01), None);
        assert_eq!(head_against_rest(&rows, 5, 0.01), None);
    }
}
