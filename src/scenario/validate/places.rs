//! How many places a pool has, over the cycle of its calendar and the run.

use crate::domain::{CalendarPattern, Capacity, CapacityCalendar, Level, Pool};
use crate::scenario::validated::Run;
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

/// The capacities, before the calendar, that hold at some time of the run. The warm-up is held as on its first day.
fn in_run(pool: &Pool, run: &Run) -> Vec<Capacity> {
    let (begin, end) = (run.start, run.end());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CapacityChange;
    use crate::ids::ProviderId;
    use crate::scenario::Periods;
    use crate::units::{DAY, HOUR, Ticks};
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
            chooses_warm_up: false,
            replications: 1,
            antithetic: false,
            seed: 0,
            periods: Periods::All,
        }
    }

    #[test]
    fn the_most_of_all_parts() {
        let pool = pool(&[(0, Level::Share(0.0)), (8, Level::Share(0.5)), (20, Level::Fixed(Capacity::Places(6)))]);
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
}
