//! The capacity of a pool as a step function of time.

use crate::units::Ticks;
use jiff::civil::Date;

/// How many patients a pool can hold at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// This many places.
    Places(u32),
    /// No limit.
    Unlimited,
}

/// The capacity during a part of a calendar's cycle, or the slots of one session.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Level {
    /// This share of the pool's capacity, rounded down; of an unlimited one all, or nothing for zero.
    Share(f64),
    /// This capacity, whatever the pool's is.
    Fixed(Capacity),
}

impl Capacity {
    /// So many times the places, to the nearest whole one (a half up), but at least one where there was one. What has no
    /// limit keeps none.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Places(places) if places > 0 => {
                Self::Places(libm::floor(f64::from(places) * factor + 0.5 + ROUNDING).clamp(1.0, 4e9) as u32)
            }
            other => other,
        }
    }
}

impl Level {
    /// A stated number of places is multiplied; a share is one of what was multiplied.
    fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Fixed(capacity) => Self::Fixed(capacity.scaled(factor)),
            share @ Self::Share(_) => share,
        }
    }
}

impl CapacityCalendar {
    /// The calendar with so many times the places or slots that it states.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let parts = |parts: &[(Ticks, Level)]| parts.iter().map(|&(at, level)| (at, level.scaled(factor))).collect();
        let pattern = match &self.pattern {
            CalendarPattern::Steps(steps) => CalendarPattern::Steps(parts(steps)),
            CalendarPattern::Sessions(sessions) => CalendarPattern::Sessions(parts(sessions)),
        };
        Self { id: self.id.clone(), cycle: self.cycle, pattern }
    }
}

/// What a share of a whole number may miss by rounding, where it is meant to be whole.
const ROUNDING: f64 = 1e-9;

impl Level {
    /// What it makes of a pool's capacity.
    pub fn of(self, capacity: Capacity) -> Capacity {
        match (self, capacity) {
            (Self::Fixed(fixed), _) => fixed,
            (Self::Share(share), _) if share <= 0.0 => Capacity::Places(0),
            (Self::Share(_), Capacity::Unlimited) => Capacity::Unlimited,
            (Self::Share(share), Capacity::Places(places)) => {
                Capacity::Places(libm::floor(share * f64::from(places) + ROUNDING) as u32)
            }
        }
    }
}

/// A calendar that repeats. Cycles that divide a week are counted from Monday 00:00, others from the start date.
#[derive(Clone, PartialEq, Debug)]
pub struct CapacityCalendar {
    /// Slug.
    pub id: String,
    /// Length of the cycle.
    pub cycle: Ticks,
    /// What repeats.
    pub pattern: CalendarPattern,
}

/// What a calendar repeats.
#[derive(Clone, PartialEq, Debug)]
pub enum CalendarPattern {
    /// From each instant of the cycle, strictly rising from zero, a capacity until the next.
    Steps(Vec<(Ticks, Level)>),
    /// At each instant of the cycle, strictly rising, a session with so many slots: those who wait are served in order,
    /// slots that nobody takes are lost, and between sessions nobody starts.
    Sessions(Vec<(Ticks, Level)>),
}

/// A dated change of a pool's capacity: an opening, a closure, a strike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CapacityChange {
    /// Its first day.
    pub from: Date,
    /// The first day on which it no longer holds; none if it stays.
    pub until: Option<Date>,
    /// The capacity in place of the pool's own; a calendar goes on to apply to it.
    pub capacity: Capacity,
}

/// What becomes of patients in places that close.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtClose {
    /// They finish; nobody starts until fewer than the new capacity are left.
    Finish,
    /// Those who started last stop, go back to the head of the list, and go on from there when they get a place again.
    Suspend,
    /// Those who started last go back to the head of the list, and whoever takes them over begins with a stay drawn anew.
    HandOver,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_round_to_the_nearest_and_leave_a_place() {
        let of = |factor: f64, places: u32| Capacity::Places(places).scaled(factor);
        assert_eq!(
            (of(1.1, 4), of(1.1, 5), of(0.9, 4)),
            (Capacity::Places(4), Capacity::Places(6), Capacity::Places(4))
        );
        // 1.15 x 10 is a little less than 11.5 in binary.
        assert_eq!(
            (of(1.15, 10), of(0.1, 3), of(5.0, 0)),
            (Capacity::Places(12), Capacity::Places(1), Capacity::Places(0))
        );
        assert_eq!(Capacity::Unlimited.scaled(0.5), Capacity::Unlimited);
        assert_eq!(Level::Share(0.5).scaled(2.0), Level::Share(0.5));
    }

    #[test]
    fn shares_are_rounded_down_but_not_past_a_whole_number() {
        let of = |share: f64, places: u32| Level::Share(share).of(Capacity::Places(places));
        // 0.29 x 100 is a little less than 29 in binary.
        assert_eq!(of(0.29, 100), Capacity::Places(29));
        assert_eq!(of(0.299, 100), Capacity::Places(29));
        assert_eq!(of(0.0, 100), Capacity::Places(0));
        assert_eq!(Level::Share(0.1).of(Capacity::Unlimited), Capacity::Unlimited);
        assert_eq!(Level::Share(0.0).of(Capacity::Unlimited), Capacity::Places(0));
        assert_eq!(Level::Fixed(Capacity::Places(7)).of(Capacity::Unlimited), Capacity::Places(7));
    }
}
