//! Mean and variance of a stream of numbers.

/// Count, mean and sum of squared deviations, accumulated in one pass.
///
/// Source: B. P. Welford, Technometrics 4 (1962) 419-420; merging: T. F. Chan, G. H. Golub and R. J. `LeVeque`,
/// American Statistician 37 (1983) 242-247. Merging in a fixed order gives the same bits for any number of threads.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
}

impl Moments {
    /// Adds one value.
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let deviation = value - self.mean;
        self.mean += deviation / self.count as f64;
        self.squares += deviation * (value - self.mean);
    }

    /// Adds all values of another accumulator.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let count = self.count + other.count;
        let deviation = other.mean - self.mean;
        let share = other.count as f64 / count as f64;
        self.mean += deviation * share;
        self.squares += other.squares + deviation * deviation * self.count as f64 * share;
        self.count = count;
    }

    /// The number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; nothing without values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The unbiased sample variance (divisor n - 1); nothing below two values.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// The sample standard deviation; nothing below two values.
    pub fn sd(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.push(value));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_samples_by_hand() {
        let moments: Moments = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter().collect();
        assert_eq!((moments.count(), moments.mean()), (8, Some(5.0)));
        assert!((moments.variance().unwrap() - 32.0 / 7.0).abs() < 1e-14);
        let none = Moments::default();
        assert_eq!((none.mean(), none.variance()), (None, None));
        assert_eq!(Moments::from_iter([3.0]).sd(), None);
    }

    proptest! {
        /// Merging parts gives the moments of the whole, also far from zero.
        #[test]
        fn merging_is_pushing(values in prop::collection::vec(1e6_f64..1e6 + 10.0, 2..60), cut in 0_usize..60) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let whole: Moments = values.iter().copied().collect();
            let mut merged: Moments = left.iter().copied().collect();
            merged.merge(&right.iter().copied().collect());
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert!((merged.mean().unwrap() - whole.mean().unwrap()).abs() < 1e-8);
            prop_assert!((merged.variance().unwrap() - whole.variance().unwrap()).abs() < 1e-7);
        }
    }
}
