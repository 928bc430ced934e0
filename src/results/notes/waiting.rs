//! Lists that never settle, and patients who wait for each other.

use super::{Note, NoteKind};
use crate::domain::{Asked, Offer};
use crate::ids::PoolId;
use crate::model::Model;
use crate::results::Part;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Pools that those who wait until they are treated ask for no less than they offer: their figures depend on the horizon.
pub(super) fn overloaded(scenario: &Scenario, model: &Model) -> Option<Note> {
    let named = |(id, load, offer): (PoolId, Asked, Offer)| {
        let (asked, number) = (offer.of(load), rounded(offer.number()));
        let pool = &scenario.pools[id];
        let provider = &scenario.providers[pool.provider].id;
        match offer {
            Offer::Places(_) => format!("{provider} {} (load {asked:.1} on {number} places)", pool.id),
            Offer::SlotsPerDay(_) => {
                format!("{provider} {} ({asked:.1} patients a day for {number} slots a day)", pool.id)
            }
        }
    };
    let list: Vec<String> = overloaded_pools(scenario, model).map(named).collect();
    let lead =
        "These waiting lists never settle, so waits, spells and costs depend on the horizon and are too low: add places, or let patients lose patience or go elsewhere".to_owned();
    (!list.is_empty()).then_some(Note { kind: NoteKind::Overloaded, lead, list })
}

/// These pools with what is asked of them and what they offer.
pub(super) fn overloaded_pools(scenario: &Scenario, model: &Model) -> impl Iterator<Item = (PoolId, Asked, Offer)> {
    let loads = loads(scenario, model);
    scenario.pools.iter_ids().filter_map(move |(id, pool)| {
        let load = loads.get(&id).copied().unwrap_or_default();
        Some((id, load, pool.overloaded(load, scenario.run.start, scenario.run.end())?))
    })
}

/// What is asked of each pool by patients who do not lose patience, are not refused, and do not go to another provider.
fn loads(scenario: &Scenario, model: &Model) -> BTreeMap<PoolId, Asked> {
    let mut loads: BTreeMap<PoolId, Asked> = BTreeMap::new();
    for (id, cell) in model.cells.iter_ids() {
        let stage = &scenario.services[cell.service].stages[cell.stage];
        let rules = model.rules.as_deref();
        let plan = rules.and_then(|rules| rules.cells.get(id));
        let looks_at_waits =
            rules.and_then(|rules| rules.services.get(cell.service)).is_some_and(|s| s.wait_decay > 0.0);
        if stage.lets_go(cell.class) || looks_at_waits || plan.is_some_and(|plan| !plan.candidates.is_empty()) {
            continue;
        }
        let stays = model.expected.stays_per_day[id];
        let away = stage.away.as_ref().filter(|_| plan.is_some_and(|plan| plan.away));
        let days = away.map_or(model.expected.mean_stay_days[cell.line], |away| away.stay.mean());
        let mut add = |pool: PoolId, places: f64| {
            let asked = loads.entry(pool).or_default();
            asked.places += stays * days * places;
            asked.taken_per_day += stays * places;
        };
        match (rules, plan) {
            (Some(rules), Some(plan)) => {
                let holdings = &rules.holdings[plan.holdings.start as usize..plan.holdings.end as usize];
                holdings
                    .iter()
                    .filter(|holding| holding.needed)
                    .for_each(|holding| add(holding.pool, f64::from(holding.places)));
            }
            _ => add(cell.pool, 1.0),
        }
    }
    loads
}

/// Whole numbers as such, others with one decimal.
fn rounded(value: f64) -> String {
    if value.fract() == 0.0 { value.to_string() } else { format!("{value:.1}") }
}

pub(super) fn exchanged(part: &Part<'_>, replications: usize) -> Option<Note> {
    let mean = part.exchanges as f64 / replications as f64;
    let lead =
        format!("Closed rings of blocked patients were resolved by exchange, {} times a replication", rounded(mean));
    (part.exchanges > 0).then(|| Note::plain(NoteKind::Exchanged, lead))
}

pub(super) fn standstill(part: &Part<'_>, replications: usize) -> Option<Note> {
    let mean = rounded(part.stuck as f64 / replications as f64);
    let lead = format!(
        "{mean} patients a replication held places over the whole second half of it, blocked or while on a list: they wait for each other's places for ever, and a ring in which somebody holds or wants several places cannot be exchanged. Let one of the stages wait instead of blocking, let it keep nothing, or let the pool whose list it is allow overtaking"
    );
    (part.stuck > 0).then(|| Note::plain(NoteKind::Standstill, lead))
}
