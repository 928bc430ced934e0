//! Pools: the rows for all providers spelt out, those out of scope made unlimited.

use super::services::Draft;
use super::sites::Sites;
use crate::domain::{
    AtClose, CalendarPattern, Capacity, CapacityCalendar, ListOrder, Pool, Preemption, Provider, WhenFull,
};
use crate::ids::{IndexVec, ProviderId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// Calendars by id.
pub(super) type Calendars = BTreeMap<String, CapacityCalendar>;

/// The rows of `pools`.
pub(super) struct PoolRows<'a> {
    /// By pool, then provider.
    own: BTreeMap<&'a str, BTreeMap<ProviderId, Row<'a>>>,
    /// Those for all providers.
    common: BTreeMap<&'a str, Row<'a>>,
}

impl<'a> PoolRows<'a> {
    pub(super) fn read(cx: &Context<'a>) -> Self {
        let mut rows = Self { own: BTreeMap::new(), common: BTreeMap::new() };
        for row in cx.rows("pools") {
            let (Some(provider), Some(pool)) = (row.text("provider"), row.text("pool")) else { continue };
            if provider == "*" {
                rows.common.entry(pool).or_insert(row);
            } else if let Some(provider) = cx.names.id(Target::Provider, provider) {
                rows.own.entry(pool).or_default().entry(provider).or_insert(row);
            }
        }
        rows
    }

    /// The providers with a row of their own for a pool.
    pub(super) fn providers(&self, pool: &str) -> impl Iterator<Item = ProviderId> {
        self.own.get(pool).into_iter().flat_map(|rows| rows.keys().copied())
    }

    /// The row that holds for a provider's pool.
    pub(super) fn of(&self, provider: ProviderId, pool: &str) -> Option<Row<'a>> {
        self.own.get(pool).and_then(|rows| rows.get(&provider)).or_else(|| self.common.get(pool)).copied()
    }

    /// Whether any row is about a pool of this name.
    pub(super) fn names(&self, pool: &str) -> bool {
        self.own.contains_key(pool) || self.common.contains_key(pool)
    }
}

/// Builds the pools, sorted by provider and id.
pub(super) fn build(
    cx: &mut Context<'_>,
    services: &[Draft<'_>],
    sites: &[Sites],
    rows: &PoolRows<'_>,
    calendars: &Calendars,
    providers: &IndexVec<ProviderId, Provider>,
) -> Vec<Pool> {
    for row in cx.rows("pools") {
        start(cx, row);
        fits(cx, row, calendars);
        closes(cx, row, services, sites);
    }
    let needed = needed(services, sites);
    let readable = cx.whole("pools");
    let mut pools: BTreeMap<(ProviderId, &str), Pool> = BTreeMap::new();
    for (&(provider, name), &place) in &needed {
        let Some(owner) = providers.get(provider) else { continue };
        let row = rows.of(provider, name);
        if row.is_none() && owner.in_scope && readable {
            cx.sink.report(Code::PoolMissing, place, || {
                let id = &owner.id;
                let cure = format!("Add a row such as {id},{name},12 to pools, or *,{name},12 for all providers.");
                (format!("provider {id} has no pool {}", quote(name)), cure)
            });
        }
        pools.insert((provider, name), pool(row, provider, name, owner.in_scope, calendars));
    }
    for (name, own) in &rows.own {
        for (&provider, row) in own {
            let in_scope = providers.get(provider).is_some_and(|owner| owner.in_scope);
            pools.entry((provider, name)).or_insert_with(|| pool(Some(*row), provider, name, in_scope, calendars));
            if !needed.contains_key(&(provider, name)) {
                unused(cx, *row, name);
            }
        }
    }
    let names: BTreeSet<&str> = needed.keys().map(|key| key.1).collect();
    for (name, row) in rows.common.iter().filter(|(name, _)| !names.contains(*name)) {
        unused(cx, *row, name);
    }
    for (name, own) in &rows.own {
        for &provider in own.keys() {
            pools.entry((provider, name)).and_modify(|pool| pool.own_row = true);
        }
    }
    pools.into_values().collect()
}

/// Each provider's pools that its patients' stages seize, and the place of such a stage.
fn needed<'s>(services: &'s [Draft<'_>], sites: &[Sites]) -> BTreeMap<(ProviderId, &'s str), Option<Place>> {
    let mut needed = BTreeMap::new();
    for (draft, sites) in services.iter().zip(sites) {
        for (id, stage) in draft.service.stages.iter_ids().filter(|(_, stage)| !stage.needs.is_empty()) {
            let place = draft.at(id, "");
            for provider in sites.of(id) {
                for need in &stage.needs {
                    needed.entry((provider, need.pool.as_str())).or_insert(place);
                }
            }
        }
    }
    needed
}

fn pool(row: Option<Row<'_>>, provider: ProviderId, name: &str, in_scope: bool, calendars: &Calendars) -> Pool {
    let unlimited = Pool::plain(provider, name, Capacity::Unlimited);
    let Some(row) = row.filter(|_| in_scope) else {
        return unlimited;
    };
    Pool {
        capacity: row.node("capacity").and_then(|node| leaf::capacity(node).ok()).unwrap_or(Capacity::Unlimited),
        calendar: row.text("calendar").and_then(|name| calendars.get(name)).cloned(),
        at_close: match row.text("at_close") {
            Some("suspend") => AtClose::Suspend,
            Some("hand-over") => AtClose::HandOver,
            _ => AtClose::Finish,
        },
        when_full: match row.text("when_full") {
            Some("refuse") => WhenFull::Refuse,
            _ => WhenFull::Wait,
        },
        list_limit: row.whole("list_limit", 0, 1_000_000_000).map(|patients| patients as u32),
        order: match row.text("order") {
            Some("breach-date") => ListOrder::BreachDate,
            _ => ListOrder::Joined,
        },
        overtaking: row.flag("overtaking"),
        preemption: match row.text("preemption") {
            Some("resume") => Preemption::Resume,
            Some("restart") => Preemption::Restart,
            _ => Preemption::Never,
        },
        occupied_at_start: row.whole("occupied_at_start", 0, 1_000_000_000).map(|present| present as u32),
        ..unlimited
    }
}

fn start(cx: &mut Context<'_>, row: Row<'_>) {
    let capacity = row.node("capacity").and_then(|node| leaf::capacity(node).ok());
    if let (Some(Capacity::Places(places)), Some(present)) =
        (capacity, row.whole("occupied_at_start", 0, 1_000_000_000))
        && present > u64::from(places)
    {
        cx.sink.report_plain(Code::StartOverCapacity, row.at("occupied_at_start"), || {
            format!("{present} patients are present at the start of a pool with {places} places")
        });
    }
}

/// Rules of a row that have no use beside each other.
fn fits(cx: &mut Context<'_>, row: Row<'_>, calendars: &Calendars) {
    let pool = row.text("pool").unwrap_or_default();
    if row.text("when_full") == Some("refuse") && row.node("list_limit").is_some() {
        cx.sink.report(Code::PoolRule, row.at("list_limit"), || {
            let message = format!("the pool {} refuses patients, so its list has no limit", quote(pool));
            (message, "Clear list_limit, or let the pool wait.".to_owned())
        });
    }
    let sessions = row
        .text("calendar")
        .and_then(|name| calendars.get(name))
        .is_some_and(|calendar| matches!(calendar.pattern, CalendarPattern::Sessions(_)));
    for (key, plain) in [("preemption", "never"), ("at_close", "finish"), ("occupied_at_start", "")] {
        if sessions && row.node(key).is_some() && row.text(key) != Some(plain) {
            cx.sink.report(Code::PoolRule, row.at(key), || {
                let message = format!("the pool {} has sessions, so {key} has no use", quote(pool));
                (message, format!("Clear {key}, or give the pool another calendar."))
            });
        }
    }
}

/// Patients who have a place beside the one whose list they were on cannot be stopped where it closes.
fn closes(cx: &mut Context<'_>, row: Row<'_>, services: &[Draft<'_>], sites: &[Sites]) {
    let (Some(name), Some(rule @ ("suspend" | "hand-over"))) = (row.text("pool"), row.text("at_close")) else { return };
    let provider = row.text("provider").unwrap_or_default();
    let owner = cx.names.id(Target::Provider, provider);
    for (draft, sites) in services.iter().zip(sites) {
        let service = &draft.service;
        let beside = service.stages.iter_ids().find(|(id, stage)| {
            let (first, more) = (stage.needs.first(), stage.needs.iter().skip(1));
            let holds = more.map(|need| need.pool.as_str()).chain(stage.keeps.iter().map(String::as_str));
            let there = provider == "*" || owner.is_some_and(|owner| sites.of(*id).contains(&owner));
            there && first.is_none_or(|first| first.pool != name) && holds.into_iter().any(|pool| pool == name)
        });
        if let Some((_, stage)) = beside {
            cx.sink.report(Code::PoolRule, Some(row.at("at_close")), || {
                let message = format!(
                    "stage {} of {} holds a place of the pool {} beside another, so its patients cannot {rule} there",
                    quote(&stage.id),
                    service.id,
                    quote(name),
                );
                let cure = "Name the pool first in the stage's needs, or let patients finish.";
                (message, cure.to_owned())
            });
        }
    }
}

// Where there are errors a pool may only seem unused.
fn unused(cx: &mut Context<'_>, row: Row<'_>, name: &str) {
    if !cx.sink.has_errors() {
        let provider = row.text("provider").unwrap_or_default();
        cx.sink.report_plain(Code::PoolUnused, Some(row.place), || {
            format!("nobody uses the pool {} of {}", quote(name), quote(provider))
        });
    }
}
