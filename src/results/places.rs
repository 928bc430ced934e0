//! When a pool has how many places, as far as it is known beforehand.

use crate::domain::{CalendarPattern, Capacity, Pool};

/// What is known of a pool's places over the whole time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Places {
    /// They have a limit at some time.
    pub(super) limited: bool,
    /// They have a limit at all times.
    pub(super) always_limited: bool,
    /// There are some at some time.
    pub(super) some: bool,
    /// The number, where nothing ever changes it.
    pub(super) constant: Option<u32>,
    /// It holds sessions: between them nobody starts.
    pub(super) sessions: bool,
}

impl Places {
    pub(super) fn of(pool: &Pool) -> Self {
        let own = [pool.capacity].into_iter().chain(pool.changes.iter().map(|change| change.capacity));
        let pattern = pool.calendar.as_ref().map(|calendar| &calendar.pattern);
        let levels: Vec<Capacity> = match pattern {
            Some(CalendarPattern::Steps(steps) | CalendarPattern::Sessions(steps)) => {
                own.flat_map(|own| steps.iter().map(move |&(_, level)| level.of(own))).collect()
            }
            None => own.collect(),
        };
        let sessions = matches!(pattern, Some(CalendarPattern::Sessions(_)));
        let constant = match (pool.capacity, pool.changes.is_empty() && pattern.is_none()) {
            (Capacity::Places(places), true) => Some(places),
            _ => None,
        };
        Self {
            limited: sessions || levels.iter().any(|level| *level != Capacity::Unlimited),
            always_limited: sessions || levels.iter().all(|level| *level != Capacity::Unlimited),
            some: levels.iter().any(|level| *level != Capacity::Places(0)),
            constant,
            sessions,
        }
    }

    /// Whether it offers a known number of places for all of the time.
    pub(super) fn offers(&self) -> bool {
        self.always_limited && self.some && !self.sessions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CapacityCalendar, CapacityChange, Level};
    use crate::ids::ProviderId;
    use crate::units::{DAY, HOUR, Ticks};
    use jiff::civil::date;

    fn pool(capacity: Capacity, pattern: Option<CalendarPattern>) -> Pool {
        let calendar = pattern.map(|pattern| CapacityCalendar { id: "c".to_owned(), cycle: Ticks(DAY), pattern });
        Pool { calendar, ..Pool::plain(ProviderId(0), "p", capacity) }
    }

    #[test]
    fn calendars_and_changes_limit_places() {
        let plain = Places::of(&pool(Capacity::Places(3), None));
        assert_eq!((plain.constant, plain.limited, plain.always_limited, plain.some), (Some(3), true, true, true));
        let closed = Places::of(&pool(Capacity::Places(0), None));
        assert!(!closed.some && closed.constant == Some(0));
        let none = Places::of(&pool(Capacity::Unlimited, None));
        assert!(!none.limited && none.some);
        let at_night = CalendarPattern::Steps(vec![(Ticks(0), Level::Share(0.0)), (Ticks(HOUR), Level::Share(1.0))]);
        let by_day = Places::of(&pool(Capacity::Unlimited, Some(at_night.clone())));
        assert!(by_day.limited && !by_day.always_limited && by_day.some && by_day.constant.is_none());
        assert!(Places::of(&pool(Capacity::Places(2), Some(at_night))).always_limited);
        let clinic = CalendarPattern::Sessions(vec![(Ticks(HOUR), Level::Fixed(Capacity::Places(8)))]);
        assert!(Places::of(&pool(Capacity::Unlimited, Some(clinic))).sessions);
        let change = CapacityChange { from: date(2025, 5, 1), until: None, capacity: Capacity::Unlimited };
        let opened = Places::of(&Pool { changes: vec![change], ..pool(Capacity::Places(2), None) });
        assert!(opened.limited && !opened.always_limited && opened.constant.is_none());
    }
}
