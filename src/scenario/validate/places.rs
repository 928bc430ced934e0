//! How many places a pool has, over the cycle of its calendar and the run.

use crate::domain::{CalendarPattern, Capacity, CapacityCalendar, Level, Pool};
use crate::scenario::validated::Run;
use crate::units::Ticks;
use jiff::ToSpan as _;
use jiff::civil::Date;

/// Places as a number.
fn number(capacity: Capacity) -> f64 {
    match capacity {
        Capacity::Places(places) => f64::from(places),
        Capacity::Unlimited => f64::INFINITY,
    }
}

/// The most places, or slots of a session, that the pool has at any time of the run.
pub(super) fn most(pool: &Pool, run: &Run) -> f64 {
    let levels: Vec<Level> = match &pool.calendar {
        Some(CapacityCalendar {
            pattern: CalendarPattern::Steps(parts) | CalendarPattern::Sessions(parts), ..
        }) => parts.iter().map(|part| part.1).collect(),
        None => vec![Level::Share(1.0)],
    };
    let capacities = in_run(pool, run);
    let all = capacities.iter().flat_map(|capacity| levels.iter().map(|level| number(level.of(*capacity))));
    all.fold(0.0, f64::max)
}

/// The first day after the run.
fn after(run: &Run) -> Date {
    let days = libm::ceil(run.horizon.days()) as i64;
    run.start.checked_add(days.days()).unwrap_or(Date::MAX)
}

/// The capacities, before the calendar, that hold at some time of the run. The warm-up is held as on its first day.
fn in_run(pool: &Pool, run: &Run) -> Vec<Capacity> {
    let (begin, end) = (run.start, after(run));
    let mut capacities = Vec::new();
    // Up to here the changes looked at leave no gap.
    let mut covered = begin;
    for change in &pool.changes {
        let until = change.until.unwrap_or(Date::MAX);
        if change.from >= end || until <= begin {
            continue;
        }
        capacities.push(change.capacity);
        if change.from > covered {
            capacities.push(pool.capacity);
        }
        covered = covered.max(until);
    }
    if covered < end {
        capacities.push(pool.capacity);
    }
    capacities
}

/// What a pool offers in the long run.
pub(super) enum Offer {
    /// Mean places, infinite if unlimited.
    Places(f64),
    /// Slots of sessions a day.
    SlotsPerDay(f64),
}

/// What the pool offers over its calendar's cycle, after the last change in the run that stays.
pub(super) fn in_the_long_run(pool: &Pool, run: &Run) -> Offer {
    let end = after(run);
    let lasting = pool.changes.iter().rev().find(|change| change.until.is_none() && change.from < end);
    let capacity = lasting.map_or(pool.capacity, |change| change.capacity);
    let Some(CapacityCalendar { cycle, pattern, .. }) = &pool.calendar else {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CapacityChange;
    use crate::ids::ProviderId;
    use crate::scenario::Periods;
    use crate::units::{DAY, HOUR};
    use jiff::civil::date;

    fn pool(parts: &[(u64, Level)]) -> Pool {
        let pattern = CalendarPattern::Steps(parts.iter().map(|&(hour, level)| (Ticks(hour * HOUR), level)).collect());
        let calendar = CapacityCalendar { id: String::new(), cycle: Ticks(DAY), pattern };
        Pool { calendar: Some(calendar), ..Pool::plain(ProviderId(0), "", Capacity::Places(5)) }
    }

    fn run() -> Run {
        Run {
            start: date(2025, 4, 1),
            horizon: Ticks(365 * DAY),
            warm_up: Ticks(30 * DAY),
            replications: 1,
            seed: 0,
            periods: Periods::All,
        }
    }

    #[test]
    fn mean_places_are_rounded_down_part_by_part() {
        let pool = pool(&[(0, Level::Share(0.0)), (8, Level::Share(0.5)), (20, Level::Fixed(Capacity::Places(6)))]);
        // 12 h of floor(2.5) and 4 h of 6.
        assert!(matches!(in_the_long_run(&pool, &run()), Offer::Places(mean) if (mean - 2.0).abs() < 1e-12));
        assert_eq!(most(&pool, &run()), 6.0);
    }

    #[test]
    fn a_change_over_the_whole_run_hides_the_capacity() {
        let closed = |from, until| CapacityChange { from, until, capacity: Capacity::Places(0) };
        let mut pool = Pool::plain(ProviderId(0), "", Capacity::Places(5));
        pool.changes = vec![closed(date(2025, 4, 1), Some(date(2025, 6, 1))), closed(date(2025, 6, 1), None)];
        // The warm-up is as on the first day, whatever held before.
        assert_eq!(most(&pool, &run()), 0.0);
        pool.changes[0].until = Some(date(2025, 5, 31));
        assert_eq!(most(&pool, &run()), 5.0);
    }

    #[test]
    fn a_change_after_the_run_has_no_effect_in_the_long_run() {
        let mut pool = Pool::plain(ProviderId(0), "", Capacity::Places(5));
        let opened = |from| CapacityChange { from, until: None, capacity: Capacity::Places(50) };
        pool.changes = vec![opened(date(2026, 4, 1))];
        assert!(matches!(in_the_long_run(&pool, &run()), Offer::Places(5.0)));
        pool.changes = vec![opened(date(2026, 3, 31))];
        assert!(matches!(in_the_long_run(&pool, &run()), Offer::Places(50.0)));
    }
}
