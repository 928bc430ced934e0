//! Whether a pool has room for what is asked of it.

use super::{CalendarPattern, Capacity, CapacityCalendar, Class, Pool, Stage, WhenFull};
use crate::units::Ticks;
use jiff::civil::Date;

/// What a pool offers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Offer {
    /// Mean places, infinite if unlimited.
    Places(f64),
    /// Slots of sessions a day.
    SlotsPerDay(f64),
}

/// What patients who wait until they are treated ask of a pool.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Asked {
    /// Mean number of places that would be held.
    pub places: f64,
    /// Places taken a day.
    pub taken_per_day: f64,
}

impl Offer {
    /// What it is compared with.
    pub fn of(self, asked: Asked) -> f64 {
        match self {
            Self::Places(_) => asked.places,
            Self::SlotsPerDay(_) => asked.taken_per_day,
        }
    }

    /// As a number.
    pub fn number(self) -> f64 {
        match self {
            Self::Places(number) | Self::SlotsPerDay(number) => number,
        }
    }
}

impl Stage {
    /// Whether patients of a class who find no place for it may leave, untreated or to come back.
    pub fn lets_go(&self, class: Class) -> bool {
        self.patience[class.index()].is_some() || self.when_full == Some(WhenFull::Refuse)
    }
}

impl Pool {
    /// What it offers in the days from the first up to the second: the mean over these days and its calendar's cycle, or,
    /// if that is less, what holds in the end, after the last change that stays.
    pub fn offer(&self, from: Date, to: Date) -> Offer {
        let lasting = self.changes.iter().rev().find(|change| change.until.is_none() && change.from < to);
        let in_the_end = self.over_cycle(lasting.map_or(self.capacity, |change| change.capacity));
        let number = self.mean(from, to).min(in_the_end.number());
        match in_the_end {
            Offer::Places(_) => Offer::Places(number),
            Offer::SlotsPerDay(_) => Offer::SlotsPerDay(number),
        }
    }

    /// What it offers, if that is no more than what is asked, so that its list grows without end.
    ///
    /// Nothing if its patients do not wait, or not all of them.
    pub fn overloaded(&self, asked: Asked, from: Date, to: Date) -> Option<Offer> {
        if self.when_full != WhenFull::Wait || self.list_limit.is_some() {
            return None;
        }
        let offer = self.offer(from, to);
        let asked = offer.of(asked);
        (asked > 0.0 && asked >= offer.number() * (1.0 - 1e-9)).then_some(offer)
    }

    /// The mean over the days and the calendar's cycle.
    fn mean(&self, from: Date, to: Date) -> f64 {
        let mut parts = Vec::new();
        let mut at = from;
        for change in &self.changes {
            let begin = change.from.max(at).min(to);
            let end = change.until.unwrap_or(to).min(to).max(begin);
            parts.push((days(at, begin), self.capacity));
            parts.push((days(begin, end), change.capacity));
            at = end;
        }
        parts.push((days(at, to), self.capacity));
        let parts = parts.into_iter().filter(|(days, _)| *days > 0.0);
        let (total, length) = parts.fold((0.0, 0.0), |(total, length), (days, capacity)| {
            (total + self.over_cycle(capacity).number() * days, length + days)
        });
        if length > 0.0 { total / length } else { self.over_cycle(self.capacity).number() }
    }

    /// The mean over its calendar's cycle, of a capacity.
    fn over_cycle(&self, capacity: Capacity) -> Offer {
        let Some(CapacityCalendar { cycle, pattern, .. }) = &self.calendar else {
            return Offer::Places(number(capacity));
        };
        match pattern {
            CalendarPattern::Steps(parts) => {
                let ends = parts.iter().skip(1).map(|part| part.0).chain([*cycle]);
                let area: f64 = parts
                    .iter()
                    .zip(ends)
                    .filter(|(part, end)| *end > part.0)
                    .map(|(part, end)| number(part.1.of(capacity)) * Ticks(end.0 - part.0.0).days())
                    .sum();
                Offer::Places(area / cycle.days())
            }
            CalendarPattern::Sessions(parts) => {
                let slots: f64 = parts.iter().map(|part| number(part.1.of(capacity))).sum();
                Offer::SlotsPerDay(slots / cycle.days())
            }
        }
    }
}

/// Places as a number.
fn number(capacity: Capacity) -> f64 {
    match capacity {
        Capacity::Places(places) => f64::from(places),
        Capacity::Unlimited => f64::INFINITY,
    }
}

fn days(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |span| f64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CapacityChange, Level};
    use crate::ids::ProviderId;
    use crate::units::{DAY, HOUR};
    use jiff::civil::date;

    fn plain(places: u32) -> Pool {
        Pool::plain(ProviderId(0), "", Capacity::Places(places))
    }

    fn change(from: Date, until: Option<Date>, places: u32) -> CapacityChange {
        CapacityChange { from, until, capacity: Capacity::Places(places) }
    }

    fn offer(pool: &Pool) -> f64 {
        pool.offer(date(2025, 4, 1), date(2025, 4, 11)).number()
    }

    fn overloaded(pool: &Pool, places: f64) -> bool {
        let asked = Asked { places, taken_per_day: 0.0 };
        pool.overloaded(asked, date(2025, 4, 1), date(2025, 4, 11)).is_some()
    }

    #[test]
    fn mean_places_are_rounded_down_part_by_part() {
        let level = [(0, Level::Share(0.0)), (8, Level::Share(0.5)), (20, Level::Fixed(Capacity::Places(6)))];
        let pattern = CalendarPattern::Steps(level.iter().map(|&(hour, level)| (Ticks(hour * HOUR), level)).collect());
        let calendar = CapacityCalendar { id: String::new(), cycle: Ticks(DAY), pattern };
        // 12 h of floor(2.5) and 4 h of 6.
        assert!((offer(&Pool { calendar: Some(calendar), ..plain(5) }) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn changes_count_as_long_as_they_hold_in_the_run() {
        let with = |changes| Pool { changes, ..plain(5) };
        assert_eq!(offer(&with(vec![change(date(2025, 4, 11), None, 50)])), 5.0);
        assert_eq!(offer(&with(vec![change(date(2025, 4, 6), None, 50)])), 27.5);
        assert_eq!(offer(&with(vec![change(date(2025, 3, 1), Some(date(2025, 4, 3)), 0)])), 4.0);
        // What holds in the end, if it is less.
        assert_eq!(offer(&with(vec![change(date(2025, 4, 10), None, 1)])), 1.0);
        let two = vec![change(date(2025, 4, 2), Some(date(2025, 4, 3)), 0), change(date(2025, 4, 3), None, 10)];
        assert_eq!(offer(&with(two)), 8.5);
    }

    #[test]
    fn lists_with_a_limit_settle() {
        assert!(overloaded(&plain(5), 5.0) && !overloaded(&plain(5), 4.9) && !overloaded(&plain(0), 0.0));
        assert!(!overloaded(&Pool { list_limit: Some(3), ..plain(5) }, 9.0));
        assert!(!overloaded(&Pool { when_full: WhenFull::Refuse, ..plain(5) }, 9.0));
        assert!(!overloaded(&Pool { capacity: Capacity::Unlimited, ..plain(5) }, 9.0));
    }
}
