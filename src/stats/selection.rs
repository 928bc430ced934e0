//! Selecting the best of several systems with a stated probability of being right.
//!
//! Larger is better; negate a metric of which less is better. *Correct selection* means: whenever the best mean is ahead
//! of all others by the indifference zone `delta` or more, the best system is selected with probability `p_star` or more.
//! The guarantees are for normal observations that are independent between stages.

mod kn;
mod ocba;
mod rinott;

pub use kn::Kn;
pub use ocba::{ocba_next, ocba_shares};
pub use rinott::{rinott_h, rinott_sizes};

/// The system with the largest mean, the first of equals; nothing without systems or where a mean is not a number.
pub fn best(means: &[f64]) -> Option<usize> {
    if means.iter().any(|mean| mean.is_nan()) {
        return None;
    }
    (0..means.len()).reduce(|best, i| if means[i] > means[best] { i } else { best })
}

/// Whether a procedure can give its guarantee: `p_star` above that of a blind choice and below 1, a positive zone.
fn possible(systems: usize, first_stage: usize, delta: f64, p_star: f64) -> bool {
    systems > 0
        && first_stage > 1
        && delta > 0.0
        && delta.is_finite()
        && p_star < 1.0
        && (p_star > 1.0 / systems as f64 || (systems == 1 && p_star > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Generator, Purpose, StreamKey, unit};
    use crate::stats::moments::Moments;
    use crate::stats::special::normal_quantile;

    const MACRO_REPLICATIONS: u32 = 1_000;
    const FIRST_STAGE: usize = 20;
    const P_STAR: f64 = 0.95;
    /// With a standard deviation of 1, some 100 to 250 observations of each system are needed.
    const DELTA: f64 = 0.25;

    /// Normal observations with a common part.
    struct Source {
        generator: Generator,
        stream: StreamKey,
        correlation: f64,
    }

    impl Source {
        fn new(replication: u32, correlation: f64) -> Self {
            let stream = StreamKey::of(&["selection"]);
            Self { generator: Generator::new(1, replication), stream, correlation }
        }

        fn normal(&self, system: u32, stage: usize) -> f64 {
            normal_quantile(unit(self.generator.words(self.stream, system, stage as u32, Purpose::Count, 0)[0]))
        }

        /// Observation of a system at a stage; the common part is that of a system of its own.
        fn draw(&self, system: usize, stage: usize) -> f64 {
            let own = self.normal(system as u32 + 1, stage);
            self.correlation.sqrt() * self.normal(0, stage) + (1.0 - self.correlation).sqrt() * own
        }

        /// In the slippage configuration the last system is better than all others by exactly `DELTA`.
        fn slippage(&self, systems: usize, system: usize, stage: usize) -> f64 {
            self.draw(system, stage) + if system + 1 == systems { DELTA } else { 0.0 }
        }
    }

    fn share_right(selects_best: impl Fn(u32) -> bool) -> f64 {
        let right = (0..MACRO_REPLICATIONS).filter(|&replication| selects_best(replication)).count();
        right as f64 / f64::from(MACRO_REPLICATIONS)
    }

    #[test]
    fn kn_is_right_as_often_as_stated() {
        for systems in [2, 5, 10] {
            for correlation in [0.0, 0.5] {
                let right = share_right(|replication| {
                    let source = Source::new(replication, correlation);
                    let mut kn = Kn::new(systems, FIRST_STAGE, DELTA, P_STAR).unwrap();
                    while kn.selected().is_none() {
                        let stage = kn.stages();
                        let values: Vec<f64> =
                            kn.contenders().iter().map(|&i| source.slippage(systems, i, stage)).collect();
                        assert!(kn.observe(&values));
                    }
                    kn.selected() == Some(systems - 1)
                });
                assert!(right >= P_STAR - 0.02, "{systems} systems, correlation {correlation}: {right}");
            }
        }
    }

    /// Rinott's procedure is for independent systems.
    #[test]
    fn rinott_is_right_as_often_as_stated() {
        for systems in [2, 5, 10] {
            let h = rinott_h(systems, FIRST_STAGE, P_STAR).unwrap();
            let right = share_right(|replication| {
                let source = Source::new(replication, 0.0);
                let sample = |i, size| (0..size).map(|r| source.slippage(systems, i, r)).collect::<Vec<f64>>();
                let first: Vec<Vec<f64>> = (0..systems).map(|i| sample(i, FIRST_STAGE)).collect();
                let sizes = rinott_sizes(&first, DELTA, h).unwrap();
                let mean = |(i, &size): (usize, &u64)| sample(i, size as usize).iter().sum::<f64>() / size as f64;
                best(&sizes.iter().enumerate().map(mean).collect::<Vec<f64>>()) == Some(systems - 1)
            });
            assert!(right >= P_STAR - 0.02, "{systems} systems: {right}");
        }
    }

    /// The first experiment of Chen et al. (2000): ten systems N(i, 6^2); here a budget of 400, in steps of 20 after ten of
    /// each. Compared on the same observations.
    #[test]
    fn ocba_beats_equal_allocation() {
        const SYSTEMS: usize = 10;
        const BUDGET: u64 = 400;
        let run = |replication: u32| {
            let source = Source::new(replication, 0.0);
            let moments = |i: usize, size: u64| -> Moments {
                (0..size as usize).map(|r| i as f64 + 6.0 * source.draw(i, r)).collect()
            };
            let right = |counts: &[u64]| {
                let means: Vec<f64> = (0..SYSTEMS).map(|i| moments(i, counts[i]).mean().unwrap()).collect();
                f64::from(u8::from(best(&means) == Some(SYSTEMS - 1)))
            };
            let mut counts = vec![10; SYSTEMS];
            while counts.iter().sum::<u64>() < BUDGET {
                let sampled: Vec<Moments> = (0..SYSTEMS).map(|i| moments(i, counts[i])).collect();
                let means: Vec<f64> = sampled.iter().map(|m| m.mean().unwrap()).collect();
                let variances: Vec<f64> = sampled.iter().map(|m| m.variance().unwrap()).collect();
                let more = ocba_next(&means, &variances, &counts, 20).unwrap();
                counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
            }
            assert_eq!(counts.iter().sum::<u64>(), BUDGET);
            right(&counts) - right(&[BUDGET / SYSTEMS as u64; SYSTEMS])
        };
        let gain: Moments = (0..MACRO_REPLICATIONS).map(run).collect();
        let z = gain.mean().unwrap() / (gain.sd().unwrap() / f64::from(MACRO_REPLICATIONS).sqrt());
        assert!(z > 4.0, "{z}");
    }

    #[test]
    fn the_best_is_the_first_of_equals() {
        assert_eq!(best(&[1.0, 3.0, 3.0]), Some(1));
        assert_eq!(best(&[]), None);
        assert_eq!(best(&[1.0, f64::NAN]), None);
    }
}
