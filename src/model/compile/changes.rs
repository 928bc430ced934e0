//! The capacity of pools as a step function of time.

use super::{CompileError, phase};
use crate::domain::{CalendarPattern, Capacity, CapacityCalendar, Level, Pool};
use crate::ids::PoolId;
use crate::model::{Change, ChangeKind};
use crate::scenario::Scenario;
use crate::units::{DAY, Ticks};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The most changes of a model: 48 MB.
const MOST: usize = 2_000_000;

/// The capacity of each pool at tick zero, and all later changes in order.
pub(super) fn compile(scenario: &Scenario) -> Result<(Vec<u32>, Vec<Change>), CompileError> {
    let end = scenario.run.warm_up.0 + scenario.run.horizon.0;
    let mut starts = Vec::with_capacity(scenario.pools.len());
    let mut changes = Vec::new();
    for (id, pool) in scenario.pools.iter_ids() {
        starts.push(of_pool(scenario, id, pool, end, &mut changes));
        if changes.len() > MOST {
            let provider = scenario.providers[pool.provider].id.clone();
            return Err(CompileError::TooManyChanges { provider, pool: pool.id.clone() });
        }
    }
    changes.sort_unstable();
    Ok((starts, changes))
}

/// Places as the engine counts them; `u32::MAX` without limit.
pub(super) fn places(capacity: Capacity) -> u32 {
    match capacity {
        Capacity::Places(places) => places,
        Capacity::Unlimited => u32::MAX,
    }
}

/// What a calendar's level makes of a capacity.
fn level(level: Level, base: u32) -> u32 {
    places(level.of(if base == u32::MAX { Capacity::Unlimited } else { Capacity::Places(base) }))
}

fn of_pool(scenario: &Scenario, id: PoolId, pool: &Pool, end: u64, changes: &mut Vec<Change>) -> u32 {
    let base = base_steps(scenario, pool, end);
    let base_at = |at: u64| base[base.partition_point(|&(from, _)| from <= at) - 1].1;
    let mut instants: BTreeSet<u64> = base.iter().map(|&(at, _)| at).collect();
    let places_at: Box<dyn Fn(u64) -> u32> = match &pool.calendar {
        None => Box::new(base_at),
        Some(CapacityCalendar { cycle, pattern, .. }) => {
            let (cycle, passed) = (cycle.0, phase(scenario, cycle.0));
            match pattern {
                CalendarPattern::Sessions(sessions) => {
                    for (at, number) in instants_of(sessions, cycle, passed, end) {
                        let slots = level(sessions[number].1, base_at(at));
                        let what = ChangeKind::Session { number: number as u32, slots };
                        changes.push(Change { at, pool: id, what });
                    }
                    // Nobody starts between sessions.
                    return 0;
                }
                CalendarPattern::Steps(steps) => {
                    instants.extend(instants_of(steps, cycle, passed, end).map(|(at, _)| at));
                    Box::new(move |at| {
                        let step = steps.partition_point(|(from, _)| from.0 <= (at + passed) % cycle).max(1) - 1;
                        level(steps[step].1, base_at(at))
                    })
                }
            }
        }
    };
    let start = places_at(0);
    let mut now = start;
    for at in instants {
        let places = places_at(at);
        if places != now {
            changes.push(Change { at, pool: id, what: ChangeKind::Places(places) });
            now = places;
        }
    }
    start
}

/// A pool's capacity before its calendar: from each instant, rising from zero, so many places.
///
/// Before the first day of the results everything is as on that day.
fn base_steps(scenario: &Scenario, pool: &Pool, end: u64) -> Vec<(u64, u32)> {
    let run = &scenario.run;
    let instant = |day: Date| {
        let days = run.start.until(day).map_or(0, |span| i64::from(span.get_days()));
        if days <= 0 { 0 } else { run.warm_up.0 + days.unsigned_abs() * DAY }
    };
    let own = places(pool.capacity);
    let mut steps = vec![(0, own)];
    for change in &pool.changes {
        steps.push((instant(change.from), places(change.capacity)));
        if let Some(until) = change.until {
            steps.push((instant(until), own));
        }
    }
    // Of several at one instant the last holds.
    steps.reverse();
    steps.sort_by_key(|step| step.0);
    steps.dedup_by_key(|step| step.0);
    steps.retain(|&(at, _)| at < end);
    steps
}

/// Instants before `end` at which the parts of a cycle begin, with the number of the part.
fn instants_of(
    parts: &[(Ticks, Level)],
    cycle: u64,
    passed: u64,
    end: u64,
) -> impl Iterator<Item = (u64, usize)> + use<'_> {
    let cycles = (end + passed) / cycle + 1;
    (0..cycles)
        .flat_map(move |turn| parts.iter().enumerate().map(move |(number, (from, _))| (turn * cycle + from.0, number)))
        .filter_map(move |(at, number)| Some((at.checked_sub(passed)?, number)))
        .take_while(move |&(at, _)| at < end)
        .take(MOST + 1)
}

/// The mean number of places over a calendar's cycle, or of slots a tick of it for sessions, of a pool's own capacity.
pub(super) fn mean_places(pool: &Pool) -> f64 {
    let own = places(pool.capacity);
    let Some(CapacityCalendar { cycle, pattern, .. }) = &pool.calendar else { return f64::from(own) };
    match pattern {
        CalendarPattern::Steps(steps) => {
            let ends = steps.iter().skip(1).map(|step| step.0).chain([*cycle]);
            let area = steps
                .iter()
                .zip(ends)
                .map(|(&(from, share), to)| f64::from(level(share, own)) * (to.0 - from.0) as f64);
            area.sum::<f64>() / cycle.0 as f64
        }
        CalendarPattern::Sessions(sessions) => {
            sessions.iter().map(|&(_, slots)| f64::from(level(slots, own))).sum::<f64>() / cycle.0 as f64
        }
    }
}
