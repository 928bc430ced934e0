//! The rules of pools, flow rules and who waits at the start, in words.

use crate::cli::numbers;
use crate::cli::scenario_words as words;
use crate::domain::{
    AtClose, CalendarPattern, Capacity, CapacityCalendar, FlowRule, FlowRules, Level, ListOrder, Overflow, Pool,
    Preemption, Reach, Reservation, ReservationKind, WaitingList, WhenFull,
};
use crate::scenario::Scenario;
use crate::units::{DAY, Ticks, WEEK};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many names are spelt out.
const NAMED: usize = 6;

/// The pools with rules beyond their capacity, a line for those with the same ones.
pub(super) fn pools(scenario: &Scenario) -> Vec<String> {
    let mut alike: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for pool in &scenario.pools {
        let rules = pool_rules(pool, scenario);
        if !rules.is_empty() {
            alike.entry((&pool.id, rules)).or_default().push(&scenario.providers[pool.provider].id);
        }
    }
    alike.into_iter().map(|((pool, rules), providers)| format!("`{pool}` of {}: {rules}", listed(&providers))).collect()
}

fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED { format!("{shown} and {} more", names.len() - NAMED) } else { shown }
}

fn pool_rules(pool: &Pool, scenario: &Scenario) -> String {
    let mut rules = Vec::new();
    if pool.when_full == WhenFull::Refuse {
        rules.push(words::when_full(pool.when_full).to_owned() + " when it is full");
    }
    if let Some(limit) = pool.list_limit {
        let most = numbers::of(limit as usize, "patient waits", "patients wait");
        rules.push(format!("at most {most}, more are refused"));
    }
    if pool.order == ListOrder::BreachDate {
        rules.push("whose breach date comes first is next".to_owned());
    }
    if pool.overtaking {
        rules.push("others may start while the first on the list cannot".to_owned());
    }
    match pool.preemption {
        Preemption::Never => {}
        Preemption::Resume => rules.push("emergencies take places from electives, who go on later".to_owned()),
        Preemption::Restart => rules.push("emergencies take places from electives, who begin anew later".to_owned()),
    }
    rules.extend(pool.calendar.as_ref().map(calendar));
    for change in &pool.changes {
        let until = change.until.map_or_else(String::new, |until| format!(" until before {until}"));
        rules.push(format!("{} from {}{until}", places(change.capacity), change.from));
    }
    match pool.at_close {
        AtClose::Finish => {}
        AtClose::Suspend => rules.push("when places close, patients go on later from where they were".to_owned()),
        AtClose::HandOver => rules.push("when places close, patients begin anew later".to_owned()),
    }
    rules.extend(pool.reservations.iter().map(|reservation| reserved(reservation, scenario)));
    rules.join("; ")
}

fn places(capacity: Capacity) -> String {
    match capacity {
        Capacity::Places(places) => numbers::of(places as usize, "place", "places"),
        Capacity::Unlimited => "no limit".to_owned(),
    }
}

fn calendar(calendar: &CapacityCalendar) -> String {
    let from = if WEEK.is_multiple_of(calendar.cycle.0) { ", from Monday 0:00" } else { "" };
    let (parts, what) = match &calendar.pattern {
        CalendarPattern::Steps(parts) => (parts, "capacity by the calendar"),
        CalendarPattern::Sessions(parts) => (parts, "sessions by the calendar"),
    };
    let shown: Vec<String> = parts.iter().take(NAMED).map(|part| format!("{} {}", at(part.0), level(part.1))).collect();
    let more = if parts.len() > NAMED { format!(", and {} more", parts.len() - NAMED) } else { String::new() };
    let cycle = words::span(calendar.cycle);
    format!("{what} `{}` in a cycle of {cycle}{from} ({}{more})", calendar.id, shown.join(", "))
}

/// An instant of a cycle: `day 2 9:00`.
fn at(instant: Ticks) -> String {
    let minutes = instant.0 % DAY / 60_000;
    format!("day {} {}:{:02}", instant.0 / DAY + 1, minutes / 60, minutes % 60)
}

fn level(level: Level) -> String {
    match level {
        Level::Share(share) => numbers::percent(share, 0),
        Level::Fixed(capacity) => places(capacity),
    }
}

fn reserved(reservation: &Reservation, scenario: &Scenario) -> String {
    let areas: Vec<&str> = reservation
        .home_areas
        .iter()
        .take(NAMED + 1)
        .map(|area| scenario.geography.home_areas[*area].id.as_str())
        .collect();
    let whose = if reservation.home_areas.len() > NAMED {
        numbers::of(reservation.home_areas.len(), "home area", "home areas")
    } else {
        listed(&areas)
    };
    let kept = |one: &str, many: &str| numbers::of(reservation.places as usize, one, many);
    let kind = match reservation.kind {
        ReservationKind::LastFree => format!("the last {} only for {whose}", kept("free place", "free places")),
        ReservationKind::RingFence => format!("{} ring-fenced for {whose}", kept("place", "places")),
    };
    let set = reservation.flow_rules.and_then(|set| scenario.flow_rules.get(set));
    set.map_or(kind.clone(), |set| format!("{kind} under the flow rules `{}`", set.id))
}

/// The sets of flow rules, a line for the services with the same rule; nothing if none says anything.
pub(super) fn flow(scenario: &Scenario) -> Vec<String> {
    let plain = |set: &FlowRules| set.rules.iter().all(|rule| rule_words(rule, scenario).is_none());
    if scenario.flow_rules.iter().all(plain) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for set in &scenario.flow_rules {
        let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (service, rule) in set.rules.iter_ids() {
            let rule = rule_words(rule, scenario).unwrap_or_else(|| "no rules".to_owned());
            alike.entry(rule).or_default().push(&scenario.services[service].id);
        }
        let only = alike.len() == 1;
        for (rule, services) in alike {
            let whom = if only { "all services".to_owned() } else { listed(&services) };
            lines.push(format!("`{}`, {whom}: {rule}", set.id));
        }
    }
    lines
}

fn rule_words(rule: &FlowRule, scenario: &Scenario) -> Option<String> {
    let body = |reach: Reach| match (reach, rule.scheme) {
        (Reach::Icb, _) => "the patient's ICB".to_owned(),
        (Reach::Footprint, Some(scheme)) => format!("its footprint ({})", scenario.geography.schemes[scheme].id),
        (Reach::Footprint, None) => "its footprint".to_owned(),
        (Reach::Region, _) => "its region".to_owned(),
        (Reach::Nation, _) => "the nation".to_owned(),
    };
    let mut said = Vec::new();
    if rule.first != Reach::Nation {
        said.push(format!("the first choice lies within {}, if a provider there can treat", body(rule.first)));
    }
    let order = match rule.overflow {
        Overflow::None => None,
        Overflow::Nearest => Some("the nearest provider with a place"),
        Overflow::Listed => Some("the first provider with a place in the table overflow"),
    };
    if let Some(order) = order {
        // Writing to a String cannot fail.
        let mut text = format!("who finds it full goes to {order}, within {}", body(rule.reach));
        if let Some(km) = rule.within_km {
            let _ = write!(text, " and {km} km");
        }
        if rule.list == WaitingList::Shared {
            text += ", else waits for all of them on one list";
        }
        said.push(text);
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// How many wait at the start, by service.
pub(super) fn waiting(scenario: &Scenario) -> Vec<String> {
    let mut patients: BTreeMap<_, u64> = BTreeMap::new();
    for waiting in &scenario.waiting_at_start {
        *patients.entry(waiting.service).or_default() += u64::from(waiting.patients);
    }
    patients
        .into_iter()
        .map(|(service, patients)| {
            let wait = if patients == 1 { "patient waits" } else { "patients wait" };
            format!("{} {wait} for {} at the start", numbers::fixed(patients as f64, 0), scenario.services[service].id)
        })
        .collect()
}
