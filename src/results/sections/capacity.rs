//! Pools, their classes, and what audits see of them.

use super::{Content, Entities, Instant};
use crate::domain::CalendarPattern;
use crate::ids::PoolId;
use crate::model::Model;
use crate::results::places::Places;
use crate::results::plan::{Plan, PoolFacts};
use crate::results::table::audits::Audited;
use crate::results::table::expected::listed;
use crate::results::table::pools::Place;
use crate::results::table::settling::Parts;
use crate::scenario::Scenario;
use crate::units::{HOUR, Ticks};
use std::collections::BTreeMap;

pub(super) fn places(scenario: &Scenario, plan: &Plan) -> Entities {
    let (rows, names): (Vec<PoolId>, Vec<Vec<String>>) = listed_pools(scenario).unzip();
    let fact = |id: &PoolId| {
        let places = Places::of(&scenario.pools[*id]);
        let PoolFacts { can, standard, trim } = plan.pools[*id];
        Place { limited: places.limited, offers: places.offers(), constant: places.constant, can, standard, trim }
    };
    let facts = rows.iter().map(fact).collect();
    (names, Content::Pools(rows, facts))
}

pub(super) fn classes(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let listed: BTreeMap<PoolId, Vec<String>> = listed_pools(scenario).collect();
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (id, &(pool, class)) in model.classes.pools.iter_ids() {
        let Some(name) = listed.get(&pool) else { continue };
        names.push(name.iter().cloned().chain([class.to_string()]).collect());
        rows.push(id);
        let PoolFacts { can, standard, trim } = plan.classes[id];
        facts.push(Place { can, standard, trim, ..Place::default() });
    }
    (names, Content::Classes(rows, facts))
}

pub(super) fn occupancy(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let numbers = |pool| if model.audits.occupancy_every.is_some() { model.audits.largest[pool] + 1 } else { 0 };
    let step = |pool, n: u32| (n.to_string(), n as usize, audited(scenario, plan, pool));
    expanded(scenario, |pool| (0..numbers(pool)).map(|n| step(pool, n)).collect(), Content::Occupancy)
}

pub(super) fn profile(scenario: &Scenario, model: &Model, plan: &Plan) -> Entities {
    let (every, instants) = model.audits.profile.unwrap_or_default();
    let hour = |ticks: f64| (ticks / HOUR as f64).to_string();
    let steps = |pool: PoolId| {
        let fact = audited(scenario, plan, pool);
        let audits = (0..instants).map(|i| (hour(f64::from(i) * every as f64), Instant::Audit(i as usize), fact));
        let sessions = sessions(scenario, model, pool).into_iter().enumerate();
        let sessions = sessions
            .map(|(i, at)| (hour(at.0 as f64), Instant::Session(i), Audited { session: true, ..fact }))
            .collect::<Vec<_>>();
        audits.chain(sessions).collect()
    };
    expanded(scenario, steps, Content::Profile)
}

pub(super) fn settling(scenario: &Scenario, model: &Model) -> Entities {
    let (rows, names): (Vec<PoolId>, Vec<Vec<String>>) = listed_pools(scenario).unzip();
    let early = model.calendar.first_part();
    let facts = vec![Parts { early, later: model.calendar.length() - early }; rows.len()];
    (names, Content::Settling(rows, facts))
}

/// The pools that are listed, and the first columns of their rows.
fn listed_pools(scenario: &Scenario) -> impl Iterator<Item = (PoolId, Vec<String>)> {
    let listed = scenario.pools.iter_ids().filter(|(_, pool)| listed(&scenario.providers[pool.provider]));
    listed.map(|(id, pool)| (id, vec![scenario.providers[pool.provider].id.clone(), pool.id.clone()]))
}

fn audited(scenario: &Scenario, plan: &Plan, pool: PoolId) -> Audited {
    let waits = plan.pools[pool].can.waits;
    Audited { limited: Places::of(&scenario.pools[pool]).limited, waits, session: false }
}

/// When in the cycle of its calendar a pool holds the sessions that the model counts.
fn sessions(scenario: &Scenario, model: &Model, pool: PoolId) -> Vec<Ticks> {
    let counted = model.rules.as_ref().and_then(|rules| rules.pools.get(pool)).map_or(0, |rules| rules.sessions);
    match scenario.pools[pool].calendar.as_ref().map(|calendar| &calendar.pattern) {
        Some(CalendarPattern::Sessions(sessions)) => {
            sessions.iter().map(|session| session.0).take(counted as usize).collect()
        }
        _ => Vec::new(),
    }
}

/// A row for each listed pool and each of its numbers or instants.
fn expanded<S>(
    scenario: &Scenario,
    steps: impl Fn(PoolId) -> Vec<(String, S, Audited)>,
    content: fn(Vec<(PoolId, S)>, Vec<Audited>) -> Content,
) -> Entities {
    let (mut names, mut rows, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    for (pool, name) in listed_pools(scenario) {
        for (label, step, fact) in steps(pool) {
            names.push(name.iter().cloned().chain([label]).collect());
            rows.push((pool, step));
            facts.push(fact);
        }
    }
    (names, content(rows, facts))
}
