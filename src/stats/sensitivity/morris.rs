//! Screening by elementary effects.

use super::design::below;
use super::{difference, replications};
use crate::random::{Generator, MAX_ORDINAL, Purpose, StreamKey};
use crate::stats::Interval;
use crate::stats::moments::Moments;
use crate::stats::student::MeanTest;
use libm::sqrt;

/// A design of random trajectories through the grid of p levels 0, 1/(p - 1), ..., 1 in each factor.
///
/// Each trajectory visits d + 1 points, each factor changing once by p / (2 (p - 1)), in a random order, up or down. Source:
/// M. D. Morris, Technometrics 33 (1991) 161-174.
#[derive(Clone, PartialEq, Debug)]
pub struct Morris {
    factors: usize,
    points: Vec<Vec<f64>>,
    /// The factor that changes on the way to a point, and by how much; nothing at the beginning of a trajectory.
    steps: Vec<Option<(usize, f64)>>,
}

/// What a factor does, from its elementary effects (change of the output for a change of the factor by 1) over
/// trajectories.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Effect {
    /// The mean of the effects, and its interval. Effects of different signs cancel in it.
    pub mu: MeanTest,
    /// The mean of the sizes of the effects: how much the factor matters. Source: F. Campolongo, J. Cariboni and
    /// A. Saltelli, Environmental Modelling & Software 22 (2007) 1509-1518.
    pub mu_star: f64,
    /// The Student interval of `mu_star`, cut at zero.
    pub mu_star_interval: Interval,
    /// The standard deviation of the effects: how far the factor's effect depends on where it is and on the other factors.
    /// With two or more replications, corrected for chance and zero where nothing is left.
    pub sigma: f64,
    /// Whether chance alone would give a larger standard deviation than was found.
    pub clamped: bool,
    /// The standard error of a single elementary effect by chance; nothing with one replication. A factor without any effect
    /// has a `mu_star` of about 0.8 times this.
    pub noise: Option<f64>,
}

impl Morris {
    /// `trajectories` (two or more; ten are usual) through `factors` with an even number of `levels` (four are usual). A
    /// function of its arguments alone. Nothing for fewer, or for levels that are odd or none.
    pub fn new(trajectories: usize, factors: usize, levels: usize, seed: u64) -> Option<Self> {
        let sound = trajectories > 1 && trajectories < MAX_ORDINAL as usize && factors > 0;
        if !sound || levels < 2 || !levels.is_multiple_of(2) {
            return None;
        }
        let generator = Generator::new(seed, 0);
        let stream = StreamKey::of(&["design", "morris"]);
        let grid = levels as f64 - 1.0;
        let change = levels / 2;
        let (mut points, mut steps) = (Vec::new(), Vec::new());
        for trajectory in 0..trajectories {
            let words = |factor: usize, visit| {
                generator.words(stream, 0, trajectory as u32, Purpose::Count, 2 * factor as u32 + visit)
            };
            let up: Vec<bool> = (0..factors).map(|factor| words(factor, 0)[0] >> 63 == 0).collect();
            let mut order: Vec<usize> = (0..factors).collect();
            for i in (1..factors).rev() {
                order.swap(i, below(words(i, 1)[0], i + 1));
            }
            // The lower of a factor's two levels is any of the first half.
            let mut at: Vec<usize> = (0..factors)
                .map(|factor| below(words(factor, 0)[1], change) + if up[factor] { 0 } else { change })
                .collect();
            let place = |at: &[usize]| at.iter().map(|&level| level as f64 / grid).collect::<Vec<f64>>();
            points.push(place(&at));
            steps.push(None);
            for factor in order {
                at[factor] = if up[factor] { at[factor] + change } else { at[factor] - change };
                points.push(place(&at));
                let size = change as f64 / grid;
                steps.push(Some((factor, if up[factor] { size } else { -size })));
            }
        }
        Some(Self { factors, points, steps })
    }

    /// The points to evaluate: trajectories x (factors + 1) rows of `factors` coordinates.
    pub fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The effects of the factors, given a row of replications for each point; intervals miss with probability `alpha`.
    ///
    /// Nothing for rows that are missing, of different lengths or empty, for values that are not finite, or for `alpha`
    /// outside (0, 1).
    pub fn effects(&self, outputs: &[Vec<f64>], alpha: f64) -> Option<Vec<Effect>> {
        replications(outputs, self.points.len())?;
        let mut effects = vec![Vec::new(); self.factors];
        let mut noises = vec![Moments::default(); self.factors];
        for (after, step) in self.steps.iter().enumerate() {
            if let Some((factor, size)) = *step {
                let (change, noise) = difference(&outputs[after], &outputs[after - 1]);
                effects[factor].push(change / size);
                if let Some(noise) = noise {
                    noises[factor].push(noise / (size * size));
                }
            }
        }
        let effect = |(effects, noise): (Vec<f64>, Moments)| {
            let mu = MeanTest::of(effects.iter().copied(), alpha)?;
            let sizes = MeanTest::of(effects.iter().map(|effect| effect.abs()), alpha)?;
            let left = mu.sd * mu.sd - noise.mean().unwrap_or(0.0);
            Some(Effect {
                mu,
                mu_star: sizes.mean,
                mu_star_interval: Interval { low: sizes.interval.low.max(0.0), high: sizes.interval.high },
                sigma: sqrt(left.max(0.0)),
                clamped: left < 0.0,
                noise: noise.mean().map(sqrt),
            })
        };
        effects.into_iter().zip(noises).map(effect).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::unit;
    use crate::stats::special::normal_quantile;

    /// The test function of Morris (1991), section 3, with the coefficients that he gives; those that he draws at random
    /// are zero here, so that effects are known: of 20 factors, 8 to 10 have the effect 40, 11 to 20 none.
    fn function(x: &[f64]) -> f64 {
        let w: Vec<f64> = x
            .iter()
            .enumerate()
            .map(|(i, &x)| if [2, 4, 6].contains(&i) { 2.0 * (1.1 * x / (x + 0.1) - 0.5) } else { 2.0 * (x - 0.5) })
            .collect();
        let mut y: f64 = w[..10].iter().map(|w| 20.0 * w).sum();
        for i in 0..6 {
            for j in i + 1..6 {
                y -= 15.0 * w[i] * w[j];
                for k in j + 1..5 {
                    y -= 10.0 * w[i] * w[j] * w[k];
                    for l in k + 1..4 {
                        y += 5.0 * w[i] * w[j] * w[k] * w[l];
                    }
                }
            }
        }
        y
    }

    fn outputs(design: &Morris, f: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
        design.points().iter().map(|x| vec![f(x)]).collect()
    }

    #[test]
    fn the_function_of_morris_is_screened() {
        let design = Morris::new(10, 20, 4, 1).unwrap();
        assert_eq!(design.points().len(), 210);
        let effects = design.effects(&outputs(&design, function), 0.05).unwrap();
        for (factor, effect) in effects.iter().enumerate() {
            let Effect { mu, mu_star, sigma, .. } = *effect;
            match factor {
                // Bent or in interactions.
                0..7 => assert!(sigma > 1.0 && mu_star > 10.0, "{factor}: {effect:?}"),
                7..10 => assert!((mu.mean - 40.0).abs() < 1e-9 && (mu_star - 40.0).abs() < 1e-9 && sigma < 1e-9),
                _ => assert!(mu_star < 1e-9 && sigma < 1e-9, "{factor}: {effect:?}"),
            }
            assert!(effect.noise.is_none() && mu_star >= mu.mean.abs() - 1e-9);
        }
        // Factor 7 is bent alone: its effect is the slope from 0 to 2/3 or from 1/3 to 1 of 20 w.
        let g = |x: f64| 40.0 * 1.1 * x / (x + 0.1);
        let slopes = [(g(2.0 / 3.0) - g(0.0)) * 1.5, (g(1.0) - g(1.0 / 3.0)) * 1.5];
        assert!(effects[6].mu.mean > slopes[1] && effects[6].mu.mean < slopes[0]);
    }

    #[test]
    fn trajectories_change_each_factor_once_within_the_grid() {
        let design = Morris::new(6, 5, 6, 9).unwrap();
        for trajectory in design.points().chunks_exact(6) {
            let mut changed = [0; 5];
            for pair in trajectory.windows(2) {
                let moves: Vec<usize> = (0..5).filter(|&i| pair[0][i] != pair[1][i]).collect();
                assert_eq!(moves.len(), 1);
                changed[moves[0]] += 1;
                assert!(((pair[0][moves[0]] - pair[1][moves[0]]).abs() - 0.6).abs() < 1e-12);
            }
            assert_eq!(changed, [1; 5]);
            assert!(
                trajectory
                    .iter()
                    .flatten()
                    .all(|x| (0.0..=1.0).contains(x) && (5.0 * x - (5.0 * x).round()).abs() < 1e-9)
            );
        }
        assert_eq!(Morris::new(6, 5, 6, 9).unwrap(), design);
        assert_ne!(Morris::new(6, 5, 6, 10).unwrap(), design);
        assert!(Morris::new(1, 5, 4, 1).is_none() && Morris::new(4, 0, 4, 1).is_none());
        assert!(Morris::new(4, 5, 3, 1).is_none() && Morris::new(4, 5, 0, 1).is_none());
    }

    /// A linear factor under noise: sigma^2, zero in truth, is estimated without bias before it is cut, and the noise of an
    /// effect is known: two points of variance 4, four replications, a step of 2/3.
    #[test]
    fn noise_is_taken_off() {
        let design = Morris::new(20, 2, 4, 1).unwrap();
        let stream = StreamKey::of(&["morris noise"]);
        let (mut mean, mut noise, mut clamped) = (Moments::default(), Moments::default(), 0);
        for experiment in 0..500 {
            let generator = Generator::new(1, experiment);
            let normal =
                |point: usize, r| normal_quantile(unit(generator.words(stream, r, point as u32, Purpose::Count, 0)[0]));
            // Common to all points in a replication: no effect is touched by it.
            let row = |(i, x): (usize, &Vec<f64>)| {
                (0..4).map(|r| 5.0 * x[0] + 100.0 * f64::from(r) + 2.0 * normal(i, r)).collect::<Vec<f64>>()
            };
            let rows: Vec<Vec<f64>> = design.points().iter().enumerate().map(row).collect();
            let effects = design.effects(&rows, 0.05).unwrap();
            mean.push(effects[0].mu.mean);
            noise.push(effects[0].noise.unwrap().powi(2));
            clamped += u32::from(effects[0].clamped);
        }
        let z = |moments: &Moments, truth: f64| {
            (moments.mean().unwrap() - truth) / (moments.sd().unwrap() / 500.0_f64.sqrt())
        };
        assert!(z(&mean, 5.0).abs() < 4.0 && z(&noise, 2.0 * 4.0 / 4.0 * 2.25).abs() < 4.0);
        // Without a true variance about half of the estimates fall below zero.
        assert!((150..350).contains(&clamped), "{clamped}");
    }

    #[test]
    fn bad_outputs_have_no_effects() {
        let design = Morris::new(2, 1, 2, 1).unwrap();
        assert!(design.effects(&vec![vec![1.0]; 4], 0.05).is_some());
        assert!(design.effects(&vec![vec![1.0]; 3], 0.05).is_none());
        assert!(design.effects(&[vec![1.0], vec![1.0, 2.0], vec![1.0], vec![1.0]], 0.05).is_none());
        assert!(design.effects(&vec![vec![f64::NAN]; 4], 0.05).is_none());
        assert!(design.effects(&vec![vec![]; 4], 0.05).is_none());
        assert!(design.effects(&vec![vec![1.0]; 4], 1.0).is_none());
    }
}
