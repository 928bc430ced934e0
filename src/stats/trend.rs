//! Whether a queue grows from year to year.

use super::student::MeanTest;

/// The test that the mean slope of a series over its steps is zero, over replications.
///
/// Each row of `series` is one replication, its values one step (a year) apart, all rows of one length; the slope of a
/// row is by least squares, sum((t - tbar) y) / sum((t - tbar)^2), in units of the metric a step. Slopes of replications
/// are independent, so their Student test is valid whatever the dependence within a row. Rows with a value that is not
/// finite are left out. Nothing below two steps, below two rows, for rows of different lengths, or for `alpha` outside
/// (0, 1).
pub fn trend(series: &[Vec<f64>], alpha: f64) -> Option<MeanTest> {
    let steps = series.first()?.len();
    if steps < 2 || series.iter().any(|row| row.len() != steps) {
        return None;
    }
    let middle = 0.5 * (steps as f64 - 1.0);
    let spread: f64 = (0..steps).map(|t| (t as f64 - middle).powi(2)).sum();
    let slope = |row: &Vec<f64>| row.iter().enumerate().map(|(t, y)| (t as f64 - middle) * y).sum::<f64>() / spread;
    MeanTest::of(series.iter().map(slope), alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_by_hand() {
        // Lines have their own slope, whatever their height; a peak in the middle has none.
        let rows = vec![vec![7.0, 9.0, 11.0, 13.0], vec![0.0, 4.0, 8.0, 12.0], vec![5.0, 8.0, 8.0, 5.0]];
        let test = trend(&rows, 0.05).unwrap();
        assert_eq!((test.count, test.mean, test.sd), (3, 2.0, 2.0));
        // Two degrees of freedom: P(|T| > t) = 1 - t / sqrt(2 + t^2), here t = sqrt(3).
        assert!((test.p_value - (1.0 - (3.0_f64 / 5.0).sqrt())).abs() < 1e-12);
        assert!(test.interval.contains(0.0));
        let gap = [rows.clone(), vec![vec![1.0, f64::NAN, 2.0, 3.0]]].concat();
        assert_eq!(trend(&gap, 0.05), Some(test));
    }

    #[test]
    fn shapes_without_a_slope_have_no_answer() {
        assert_eq!(trend(&[], 0.05), None);
        assert_eq!(trend(&[vec![1.0], vec![2.0]], 0.05), None);
        assert_eq!(trend(&[vec![1.0, 2.0], vec![2.0]], 0.05), None);
        assert_eq!(trend(&[vec![1.0, 2.0]], 0.05), None);
        assert_eq!(trend(&[vec![1.0, 1.0], vec![2.0, 2.0]], 0.05).unwrap().p_value, 1.0);
    }
}
