//! When the patients of a stream are referred: a Poisson process with a constant or periodic rate.
//!
//! Each week (a window) has a Poisson number of referrals, drawn by inversion; each referral then has its own instant,
//! drawn through the inverse of the cumulative rate. This is exact, and a higher rate adds patients without moving any.

use crate::domain::Profile;
use crate::random::{PoissonQuantile, unit};
use crate::units::WEEK;
use std::f64::consts::TAU;

/// The rate of a stream as a function of time.
#[derive(Clone, Debug)]
pub enum Intensity {
    /// The same in every window.
    Constant {
        /// The number of referrals in a window.
        count: PoissonQuantile,
    },
    /// A base rate times a periodic factor.
    Periodic {
        /// Referrals a tick before the factor.
        per_tick: f64,
        /// The factor.
        cycle: Cycle,
    },
}

impl Intensity {
    /// The intensity of a rate a tick with a profile, `phase` ticks of whose cycle have passed at tick zero.
    pub fn new(per_tick: f64, profile: &Profile, phase: u64) -> Self {
        match Cycle::new(profile, phase) {
            None => Self::Constant { count: PoissonQuantile::new(per_tick * WEEK as f64) },
            Some(cycle) => Self::Periodic { per_tick, cycle },
        }
    }

    /// Mean referrals a tick, over whole cycles.
    pub fn mean_per_tick(&self) -> f64 {
        match self {
            Self::Constant { count } => count.mean() / WEEK as f64,
            Self::Periodic { per_tick, cycle } => per_tick * cycle.area / cycle.length as f64,
        }
    }

    /// Mean referrals from one tick to another.
    pub fn mean_between(&self, from: u64, to: u64) -> f64 {
        match self {
            Self::Constant { count } => count.mean() * (to - from) as f64 / WEEK as f64,
            Self::Periodic { per_tick, cycle } => per_tick * (cycle.cumulative(to) - cycle.cumulative(from)),
        }
    }

    /// The mean number of referrals in a window, the largest of those that begin before a tick.
    pub fn largest_mean(&self, end: u64) -> f64 {
        match self {
            Self::Constant { count } => count.mean(),
            Self::Periodic { .. } => {
                (0..=end / WEEK).map(|window| self.window(window * WEEK).count.mean()).fold(0.0, f64::max)
            }
        }
    }

    /// The window that begins at a tick.
    #[inline]
    pub fn window(&self, start: u64) -> Window<'_> {
        match self {
            Self::Constant { count } => Window { start, count: *count, curve: None },
            Self::Periodic { per_tick, cycle } => {
                let (from, to) = (cycle.cumulative(start), cycle.cumulative(start + WEEK));
                Window {
                    start,
                    count: PoissonQuantile::new(per_tick * (to - from)),
                    curve: Some((cycle, from, to - from)),
                }
            }
        }
    }
}

/// One week of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    start: u64,
    /// The number of referrals in it.
    pub count: PoissonQuantile,
    /// The cycle, its integral up to the start, and within the window.
    curve: Option<(&'a Cycle, f64, f64)>,
}

impl Window<'_> {
    /// The same week with its rate multiplied.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { count: PoissonQuantile::new(self.count.mean() * factor), ..self }
    }

    /// The instant of a referral, by its random word.
    #[inline]
    pub fn instant(&self, word: u64) -> u64 {
        match self.curve {
            None => self.start + ((u128::from(word) * u128::from(WEEK)) >> 64) as u64,
            Some((cycle, from, area)) => {
                cycle.inverse(from + unit(word) * area).clamp(self.start, self.start + WEEK - 1)
            }
        }
    }
}

/// A periodic factor and its integral.
#[derive(Clone, Debug)]
pub struct Cycle {
    length: u64,
    phase: u64,
    /// Integral of the factor over one cycle, in ticks.
    area: f64,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    /// Steps: start, factor, integral up to the start.
    Steps(Vec<(f64, f64, f64)>),
    Wave {
        amplitude: f64,
        peak: f64,
    },
}

impl Cycle {
    fn new(profile: &Profile, phase: u64) -> Option<Self> {
        match profile {
            Profile::Constant => None,
            Profile::Piecewise { cycle, steps } => {
                let ends = steps.iter().skip(1).map(|step| step.0.0).chain([cycle.0]);
                let mut area = 0.0;
                let mut rows = Vec::with_capacity(steps.len());
                for (&(from, factor), to) in steps.iter().zip(ends) {
                    rows.push((from.0 as f64, factor, area));
                    area += factor * (to - from.0) as f64;
                }
                Some(Self { length: cycle.0, phase, area, shape: Shape::Steps(rows) })
            }
            Profile::Sinusoidal { cycle, amplitude, peak } => Some(Self {
                length: cycle.0,
                phase,
                area: cycle.0 as f64,
                shape: Shape::Wave { amplitude: *amplitude, peak: peak.0 as f64 },
            }),
        }
    }

    /// The integral of the factor from the beginning of the cycle that contains tick zero to a tick.
    fn cumulative(&self, tick: u64) -> f64 {
        let x = tick + self.phase;
        (x / self.length) as f64 * self.area + self.within((x % self.length) as f64)
    }

    fn within(&self, position: f64) -> f64 {
        match &self.shape {
            Shape::Steps(steps) => {
                let (start, factor, area) = steps[steps.partition_point(|s| s.0 <= position).saturating_sub(1)];
                area + factor * (position - start)
            }
            Shape::Wave { amplitude, peak } => {
                let angle = TAU / self.length as f64;
                position + amplitude / angle * (libm::sin(angle * (position - peak)) + libm::sin(angle * peak))
            }
        }
    }

    /// The tick at which the cumulative factor reaches a value.
    fn inverse(&self, value: f64) -> u64 {
        let cycles = (value / self.area).floor();
        let rest = (value - cycles * self.area).clamp(0.0, self.area);
        let position = match &self.shape {
            Shape::Steps(steps) => {
                let (start, factor, area) = steps[steps.partition_point(|s| s.2 <= rest).saturating_sub(1)];
                if factor > 0.0 { start + (rest - area) / factor } else { start }
            }
            Shape::Wave { amplitude, peak } => self.invert_wave(rest, *amplitude, *peak),
        };
        (cycles as u64 * self.length + position as u64).saturating_sub(self.phase)
    }

    /// Newton's method, kept inside a bracket that bisection shrinks, to a tenth of a millisecond.
    fn invert_wave(&self, value: f64, amplitude: f64, peak: f64) -> f64 {
        let angle = TAU / self.length as f64;
        let (mut low, mut high) = (0.0, self.length as f64);
        let mut x = value;
        for _ in 0..100 {
            let error = self.within(x) - value;
            if error > 0.0 {
                high = x;
            } else {
                low = x;
            }
            if error.abs() < 1e-2 || high - low < 1e-1 {
                break;
            }
            let slope = 1.0 + amplitude * libm::cos(angle * (x - peak));
            let newton = x - error / slope;
            x = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{DAY, HOUR, Ticks};

    fn check(profile: &Profile, phase: u64) {
        let cycle = Cycle::new(profile, phase).unwrap();
        for start in [0, WEEK, 7 * WEEK] {
            let (from, to) = (cycle.cumulative(start), cycle.cumulative(start + WEEK));
            for i in 1..500_u64 {
                let tick = start + i * WEEK / 500;
                let value = cycle.cumulative(tick);
                assert!(value >= from && value <= to);
                let back = cycle.inverse(value);
                assert!((cycle.cumulative(back) - value).abs() < 2.0, "{tick} {back}");
            }
        }
    }

    #[test]
    fn inverse_undoes_the_cumulative_rate() {
        check(&Profile::Sinusoidal { cycle: Ticks(DAY), amplitude: 0.6, peak: Ticks(6 * HOUR) }, 0);
        check(&Profile::Sinusoidal { cycle: Ticks(DAY), amplitude: 1.0, peak: Ticks(6 * HOUR) }, 5 * HOUR);
        let steps = vec![(Ticks(0), 0.0), (Ticks(8 * HOUR), 2.0), (Ticks(18 * HOUR), 0.5)];
        check(&Profile::Piecewise { cycle: Ticks(DAY), steps: steps.clone() }, 3 * HOUR);
        check(&Profile::Piecewise { cycle: Ticks(365 * DAY / 4), steps }, 3 * HOUR);
    }

    /// The density of instants follows the profile: 24 hourly counts of a sinusoidal day, chi-square with 23 degrees of
    /// freedom, upper 1e-6 limit 75.
    #[test]
    fn instants_follow_the_profile() {
        let profile = Profile::Sinusoidal { cycle: Ticks(DAY), amplitude: 0.6, peak: Ticks(6 * HOUR) };
        let intensity = Intensity::new(1e-6, &profile, 0);
        let window = intensity.window(3 * WEEK);
        let mut counts = [0_u32; 24];
        let n = 200_000_u64;
        for i in 0..n {
            let word = crate::random::philox2x64(1, [i, 0])[0];
            counts[(window.instant(word) % DAY / HOUR) as usize] += 1;
        }
        let mut chi2 = 0.0;
        for (hour, &count) in counts.iter().enumerate() {
            let wave = |h: f64| h + 0.6 * 24.0 / TAU * libm::sin(TAU * (h - 6.0) / 24.0);
            let expected = n as f64 * (wave(hour as f64 + 1.0) - wave(hour as f64)) / 24.0;
            chi2 += (f64::from(count) - expected).powi(2) / expected;
        }
        assert!(chi2 < 75.0, "{chi2}");
    }
}
