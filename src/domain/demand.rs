//! How many patients are referred, and when.

use super::Class;
use crate::ids::{HomeAreaId, ProviderId, ServiceId};
use crate::units::Ticks;

/// The referrals of one home area for one service.
#[derive(Clone, PartialEq, Debug)]
pub struct StreamDemand {
    /// Where the patients live.
    pub home_area: HomeAreaId,
    /// What they are referred for.
    pub service: ServiceId,
    /// Mean referrals a day, before the profile.
    pub per_day: f64,
    /// Whether they are stated for so many registered persons, and so follow the population.
    pub per_head: bool,
    /// How the rate changes with time.
    pub profile: Profile,
}

/// What demand varies by, beyond the chance of a Poisson process with known rates.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Uncertainty {
    /// Coefficient of variation of the rates themselves: one factor for each service, the same in all home areas.
    pub rate_cv: f64,
    /// Variance of a home area's yearly referrals for a service over their mean, rates being known; 1 is chance alone.
    pub variance_ratio: f64,
}

/// Patients who wait for the first stage when the simulation begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitingAtStart {
    /// What they wait for.
    pub service: ServiceId,
    /// Where they live.
    pub home_area: HomeAreaId,
    /// Where they wait.
    pub provider: ProviderId,
    /// Their class.
    pub class: Class,
    /// How many.
    pub patients: u32,
    /// How long they have waited at the start.
    pub waited: Ticks,
}

/// A periodic factor on a rate. Cycles that divide a week are counted from Monday 00:00, others from the start date.
#[derive(Clone, PartialEq, Debug)]
pub enum Profile {
    /// Always one.
    Constant,
    /// Steps: from each instant of the cycle a factor, until the next.
    Piecewise {
        /// Length of the cycle.
        cycle: Ticks,
        /// Instants, strictly rising from zero, each with its factor (not negative, not all zero).
        steps: Vec<(Ticks, f64)>,
    },
    /// 1 + amplitude cos(2 pi (t - peak) / cycle).
    Sinusoidal {
        /// Length of the cycle.
        cycle: Ticks,
        /// In [0, 1].
        amplitude: f64,
        /// Instant of the highest rate.
        peak: Ticks,
    },
}

impl Profile {
    /// The mean factor over a cycle.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant | Self::Sinusoidal { .. } => 1.0,
            Self::Piecewise { cycle, steps } => {
                let ends = steps.iter().skip(1).map(|step| step.0).chain([*cycle]);
                let area: f64 = steps.iter().zip(ends).map(|(&(from, factor), to)| factor * (to - from).0 as f64).sum();
                area / cycle.0 as f64
            }
        }
    }
}
