//! Calendars: how capacity changes with hours and days, and sessions.

use crate::domain::{CalendarPattern, Capacity, CapacityCalendar, Level, Pool};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::leaf::{self, Fault};
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use crate::scenario::validated::Run;
use crate::units::Ticks;
use std::collections::{BTreeMap, BTreeSet};

/// The most parts of a cycle: each minute of a week.
const PARTS: usize = 10_080;
/// The most changes of capacity in a run, over all pools.
const CHANGES: u64 = 2_000_000;

/// Builds all calendars by id.
pub(super) fn build(cx: &mut Context<'_>) -> BTreeMap<String, CapacityCalendar> {
    let mut calendars = BTreeMap::new();
    for (name, row) in cx.sections("calendars") {
        if let Some((cycle, pattern)) = calendar(cx, row) {
            calendars.insert(name.text.to_string(), CapacityCalendar { id: name.text.to_string(), cycle, pattern });
        }
    }
    calendars
}

/// Warns of calendars that no row of `pools` names.
pub(super) fn unused(cx: &mut Context<'_>) {
    let used: BTreeSet<&str> = cx.rows("pools").filter_map(|row| row.text("calendar")).collect();
    for (name, row) in cx.sections("calendars") {
        // Where there are errors a calendar may only seem unused.
        if !used.contains(&*name.text) && !cx.sink.has_errors() {
            cx.sink.report_plain(Code::Unused, Some(row.place), || {
                format!("no pool has the calendar {}", quote(&name.text))
            });
        }
    }
}

fn calendar(cx: &mut Context<'_>, row: Row<'_>) -> Option<(Ticks, CalendarPattern)> {
    let mut bad = |key: &str, message: String| {
        cx.sink.report_plain(Code::BadCalendar, Some(row.at(key)), || message);
    };
    let cycle = row.ticks("cycle").filter(|cycle| cycle.0 > 0)?;
    let there = |key: &str| row.node(key).is_some();
    let (instants, levels) = match (there("from"), there("sessions")) {
        (true, false) => ("from", ["share", "places"]),
        (false, true) => ("sessions", ["slots", "slots"]),
        (false, false) if row.has_others(&["cycle", "share", "places", "slots", "provenance", "source", "note"]) => {
            return None;
        }
        (both, _) => {
            let message = if both { "both from and sessions" } else { "neither from nor sessions" };
            bad(if both { "sessions" } else { "cycle" }, format!("the calendar has {message}"));
            return None;
        }
    };
    if let Some(foreign) = ["share", "places", "slots"].into_iter().find(|key| there(key) && !levels.contains(key)) {
        bad(foreign, format!("{foreign} has no use beside {instants}"));
        return None;
    }
    let levels = match levels.map(there) {
        [true, true] if instants == "from" => {
            bad("places", "the calendar has both share and places".to_owned());
            return None;
        }
        [false, false] if instants == "from" => {
            bad("from", "the calendar has neither share nor places".to_owned());
            return None;
        }
        [false, false] => None,
        [first, _] => Some(if first { levels[0] } else { levels[1] }),
    };
    let at = self::instants(row.node(instants)?, Level::Share(1.0))?;
    let parts = match levels {
        Some(key) => {
            let read: fn(&Node) -> Result<Level, Fault> = match key {
                "share" => |node: &Node| leaf::share(node).map(Level::Share),
                "places" => |node: &Node| leaf::capacity(node).map(Level::Fixed),
                _ => slots,
            };
            let levels: Vec<Level> =
                row.node(key)?.array()?.iter().map(|node| read(node).ok()).collect::<Option<_>>()?;
            if levels.len() != at.len() {
                bad(key, format!("there are {} values of {instants} but {} of {key}", at.len(), levels.len()));
                return None;
            }
            at.iter().map(|part| part.0).zip(levels).collect()
        }
        None => at,
    };
    let steps = instants == "from";
    let rising = parts.is_sorted_by(|a, b| a.0 < b.0) && parts.last().is_none_or(|last| last.0 < cycle);
    let problem = if parts.is_empty() || parts.len() > PARTS {
        format!("a cycle has 1 to {PARTS} instants, not {}", parts.len())
    } else if !rising || (steps && parts[0].0 != Ticks(0)) {
        let zero = if steps { "from zero " } else { "" };
        format!("the instants do not rise {zero}within the cycle")
    } else if steps {
        return Some((cycle, CalendarPattern::Steps(parts)));
    } else {
        return Some((cycle, CalendarPattern::Sessions(parts)));
    };
    bad(instants, problem);
    None
}

fn instants(node: &Node, level: Level) -> Option<Vec<(Ticks, Level)>> {
    let read = |node: &Node| leaf::duration(node).ok().map(|days| (Ticks::from_days(days), level));
    node.array()?.iter().map(read).collect()
}

fn slots(node: &Node) -> Result<Level, Fault> {
    leaf::whole(node, 0, 1_000_000_000).map(|slots| Level::Fixed(Capacity::Places(slots as u32)))
}

/// Refuses calendars that change more often in a run than can be simulated.
pub(super) fn too_large(cx: &mut Context<'_>, pools: &[Pool], run: &Run) {
    let length = run.horizon.0 + run.warm_up.0;
    let changes = |calendar: &CapacityCalendar| {
        let (CalendarPattern::Steps(parts) | CalendarPattern::Sessions(parts)) = &calendar.pattern;
        (length / calendar.cycle.0.max(1) + 1).saturating_mul(parts.len() as u64)
    };
    let total = pools.iter().filter_map(|pool| pool.calendar.as_ref()).map(changes).fold(0, u64::saturating_add);
    if total > CHANGES {
        let place: Option<Place> = cx.root.get("calendars").map(|node| node.place);
        cx.sink.report(Code::TooLarge, place, || {
            let message = format!("the calendars change capacities {total} times in a run, more than {CHANGES}");
            (message, "Make cycles longer, use fewer parts, or shorten the run.".to_owned())
        });
    }
}
