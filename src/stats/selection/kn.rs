//! The fully sequential procedure of Kim and Nelson.

use super::possible;
use libm::{floor, pow};

/// The procedure KN with c = 1, fed one vector of observations a stage.
///
/// After the first stage of n0 observations of every system, one of each system still in contention is taken a stage. A
/// system is dropped once another's mean is ahead by more than W = max(0, (h^2 S^2 / delta - r delta) / (2 r)), with r
/// the number of stages, S^2 the variance of the two systems' differences in the first stage, h^2 = 2 eta (n0 - 1) and
/// eta = ((2 (1 - P*) / (k - 1))^(-2 / (n0 - 1)) - 1) / 2. It works on differences, so common random numbers are allowed
/// and help. Source: S.-H. Kim and B. L. Nelson, ACM Transactions on Modeling and Computer Simulation 11 (2001) 251-273.
#[derive(Clone, PartialEq, Debug)]
pub struct Kn {
    delta: f64,
    first_stage: usize,
    /// h^2.
    factor: f64,
    contenders: Vec<usize>,
    stages: usize,
    /// Of each system, over the stages that it took part in.
    sums: Vec<f64>,
    /// The first stage: rows of all systems. Given up when it is over.
    first: Vec<Vec<f64>>,
    /// h^2 S^2 / delta^2 of each pair, systems by systems: W is zero from this number of stages on.
    limits: Vec<f64>,
    selected: Option<usize>,
}

impl Kn {
    /// Begins a selection among `systems` with a first stage of `first_stage` observations (two or more; ten or more are
    /// advised). One system is selected at once. Nothing where `p_star` is not between 1 / systems and 1 or `delta` is not
    /// positive.
    pub fn new(systems: usize, first_stage: usize, delta: f64, p_star: f64) -> Option<Self> {
        if !possible(systems, first_stage, delta, p_star) {
            return None;
        }
        let df = first_stage as f64 - 1.0;
        let eta = 0.5 * (pow(2.0 * (1.0 - p_star) / (systems as f64 - 1.0), -2.0 / df) - 1.0);
        Some(Self {
            delta,
            first_stage,
            // Below 2 (1 - P*) = k - 1 no boundary is needed.
            factor: (2.0 * eta * df).max(0.0),
            contenders: (0..systems).collect(),
            stages: 0,
            sums: vec![0.0; systems],
            first: Vec::new(),
            limits: Vec::new(),
            selected: (systems == 1).then_some(0),
        })
    }

    /// The systems still in contention, in ascending order: those that the next stage needs an observation of.
    pub fn contenders(&self) -> &[usize] {
        &self.contenders
    }

    /// The number of stages so far.
    pub fn stages(&self) -> usize {
        self.stages
    }

    /// The selected system, once there is one. Systems that are equal to the last bit are never told apart; the first of
    /// them is selected when all boundaries have closed.
    pub fn selected(&self) -> Option<usize> {
        self.selected
    }

    /// The mean of a system over the stages it took part in, which are all stages while it is in contention.
    pub fn mean(&self, system: usize) -> Option<f64> {
        let in_contention = self.contenders.contains(&system) && self.stages > 0;
        in_contention.then(|| self.sums[system] / self.stages as f64)
    }

    /// The largest number of stages that the systems in contention can need; known after the first stage.
    pub fn most_stages(&self) -> Option<u64> {
        if self.limits.is_empty() {
            return None;
        }
        let largest = self.pairs().map(|(i, j)| self.limit(i, j)).fold(0.0, f64::max);
        Some((floor(largest) as u64 + 1).max(self.stages as u64))
    }

    /// Takes one stage: an observation of each system in [`Self::contenders`], in that order, on common random numbers
    /// where one likes. Returns whether it was taken: not if a system is selected already, if their number is wrong, or
    /// where one is not finite.
    pub fn observe(&mut self, values: &[f64]) -> bool {
        if self.selected.is_some()
            || values.len() != self.contenders.len()
            || !values.iter().all(|value| value.is_finite())
        {
            return false;
        }
        self.stages += 1;
        for (&system, value) in self.contenders.iter().zip(values) {
            self.sums[system] += value;
        }
        if self.stages <= self.first_stage {
            self.first.push(values.to_vec());
            if self.stages < self.first_stage {
                return true;
            }
            self.end_first_stage();
        }
        self.screen();
        true
    }

    fn end_first_stage(&mut self) {
        let systems = self.sums.len();
        let stages = self.first_stage as f64;
        self.limits = vec![0.0; systems * systems];
        for i in 0..systems {
            for j in 0..i {
                let mean = (self.sums[i] - self.sums[j]) / stages;
                let squares: f64 = self.first.iter().map(|row| (row[i] - row[j] - mean).powi(2)).sum();
                let limit = self.factor * squares / (stages - 1.0) / (self.delta * self.delta);
                self.limits[i * systems + j] = limit;
                self.limits[j * systems + i] = limit;
            }
        }
        self.first = Vec::new();
    }

    fn limit(&self, i: usize, j: usize) -> f64 {
        self.limits[i * self.sums.len() + j]
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.contenders.iter().enumerate().flat_map(|(at, &i)| self.contenders[..at].iter().map(move |&j| (i, j)))
    }

    fn screen(&mut self) {
        let stages = self.stages as f64;
        // In sums over stages: r W = max(0, delta / 2 (limit - r)).
        let lead = |i, j| (0.5 * self.delta * (self.limit(i, j) - stages)).max(0.0);
        let stays = |&&i: &&usize| self.contenders.iter().all(|&j| j == i || self.sums[i] >= self.sums[j] - lead(i, j));
        let left: Vec<usize> = self.contenders.iter().filter(stays).copied().collect();
        self.contenders = left;
        // When all boundaries have closed, only systems with the same mean are left.
        if self.contenders.len() == 1 || self.pairs().all(|(i, j)| self.limit(i, j) <= stages) {
            self.selected = self.contenders.first().copied();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The equation that defines eta, (1 + 2 eta)^(-(n0 - 1) / 2) / 2 = alpha / (k - 1).
    #[test]
    fn the_factor_solves_its_equation() {
        for (systems, first_stage, p_star) in [(2_usize, 10_usize, 0.9), (5, 20, 0.95), (100, 10, 0.99)] {
            let kn = Kn::new(systems, first_stage, 1.0, p_star).unwrap();
            let df = first_stage as f64 - 1.0;
            let left = 0.5 * (1.0 + kn.factor / df).powf(-0.5 * df);
            assert!((left - (1.0 - p_star) / (systems as f64 - 1.0)).abs() < 1e-12);
        }
    }

    /// A deterministic course by hand. Differences -1, 1, -1, 1 have variance 4/3; P* = 0.9, n0 = 4: h^2 =
    /// 3 (0.2^(-2/3) - 1) = 5.7720; delta = 1, so the boundary in sums is (7.696 - r) / 2.
    #[test]
    fn a_course_by_hand() {
        let mut kn = Kn::new(2, 4, 1.0, 0.9).unwrap();
        for sign in [-1.0, 1.0, -1.0, 1.0] {
            assert!(kn.observe(&[0.0, sign]));
            assert_eq!(kn.selected(), None);
        }
        assert_eq!(kn.most_stages(), Some(8));
        // Ahead by 1 after five stages (boundary 1.35), by 1 after six (0.85).
        assert!(kn.observe(&[0.0, 1.0]));
        assert_eq!((kn.selected(), kn.mean(1)), (None, Some(0.2)));
        assert!(kn.observe(&[0.0, 0.0]));
        assert_eq!((kn.selected(), kn.stages(), kn.contenders()), (Some(1), 6, [1].as_slice()));
        assert!(!kn.observe(&[1.0]), "it is over");
    }

    #[test]
    fn equal_systems_end_and_bad_vectors_are_refused() {
        let mut kn = Kn::new(3, 3, 0.5, 0.9).unwrap();
        assert!(!kn.observe(&[1.0, 2.0]) && !kn.observe(&[1.0, 2.0, f64::NAN]));
        assert_eq!(kn.stages(), 0);
        for x in [0.1, 0.7, 0.2] {
            assert!(kn.observe(&[x, x + 3.0, x + 3.0]));
        }
        // The first is far behind; the others never differ.
        assert_eq!((kn.selected(), kn.contenders()), (Some(1), [1, 2].as_slice()));
        assert_eq!(Kn::new(1, 5, 1.0, 0.9).unwrap().selected(), Some(0));
        assert!(Kn::new(2, 5, 1.0, 0.5).is_none() && Kn::new(2, 1, 1.0, 0.9).is_none());
        assert!(Kn::new(2, 5, 0.0, 0.9).is_none() && Kn::new(0, 5, 1.0, 0.9).is_none());
    }
}
