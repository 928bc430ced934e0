//! Patients who wait at the start.

use super::overflow::able;
use super::services::Draft;
use super::sites::Sites;
use crate::domain::{Class, Pool, Provider, StreamDemand, WaitingAtStart, WhenFull};
use crate::ids::{HomeAreaId, Id as _, IndexVec, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::read::{Context, Row};
use crate::units::Ticks;
use std::collections::BTreeSet;

/// The most patients who wait.
const PATIENTS: u64 = 20_000_000;

/// What the rows are checked against.
pub(super) struct Surroundings<'t> {
    pub(super) services: &'t [Draft<'t>],
    pub(super) sites: &'t [Sites],
    pub(super) providers: &'t IndexVec<ProviderId, Provider>,
    pub(super) streams: &'t [StreamDemand],
    pub(super) pools: &'t [Pool],
}

/// Reads `waiting_at_start`, sorted.
pub(super) fn build(cx: &mut Context<'_>, around: &Surroundings<'_>) -> Vec<WaitingAtStart> {
    let referred: BTreeSet<(ServiceId, HomeAreaId)> =
        around.streams.iter().map(|stream| (stream.service, stream.home_area)).collect();
    let key = |w: &WaitingAtStart| (w.service, w.home_area, w.provider, w.class, w.waited);
    let mut all = Vec::new();
    let mut total = 0_u64;
    for row in cx.rows("waiting_at_start") {
        let Some(waiting) = waiting(cx, row, around) else { continue };
        able(cx, row, "provider", waiting.service, waiting.provider, around.sites, around.providers);
        check(cx, row, &waiting, around, &referred);
        total += u64::from(waiting.patients);
        all.push(waiting);
    }
    if total > PATIENTS {
        cx.sink.report(Code::TooLarge, cx.root.get("waiting_at_start").map(|node| node.place), || {
            let message = format!("{total} patients wait at the start, more than {PATIENTS}");
            (message, "Check the column patients.".to_owned())
        });
    }
    twice(cx, around);
    all.sort_by_key(key);
    all
}

/// Rows as stated: those of a home area that is split are shared out, and may add up.
fn twice(cx: &mut Context<'_>, around: &Surroundings<'_>) {
    let mut seen = BTreeSet::new();
    for row in cx.stated_rows("waiting_at_start") {
        let key = (|| {
            let service = cx.names.id(Target::Service, row.text("service")?)?;
            let patients = (service, row.text("home_area")?, row.text("provider")?);
            Some((patients, class(row, service, around)?, waited(row)?))
        })();
        if key.is_some_and(|key| !seen.insert(key)) {
            cx.sink.report(Code::Duplicate, Some(row.place), || {
                let cure = "Add them up in one row.".to_owned();
                ("two rows of waiting_at_start are about the same patients".to_owned(), cure)
            });
        }
    }
}

/// Their class; the last that the service has where none is stated.
fn class(row: Row<'_>, service: ServiceId, around: &Surroundings<'_>) -> Option<Class> {
    if let Some(name) = row.text("class") {
        return Class::ALL.into_iter().find(|class| class.to_string() == name);
    }
    let draft = around.services.get(service.index());
    Some(draft.and_then(|draft| draft.service.classes_present().pop()).unwrap_or_default())
}

fn waited(row: Row<'_>) -> Option<Ticks> {
    row.node("waited").map_or(Some(Ticks(0)), |_| row.ticks("waited"))
}

fn waiting(cx: &Context<'_>, row: Row<'_>, around: &Surroundings<'_>) -> Option<WaitingAtStart> {
    let service: ServiceId = cx.names.id(Target::Service, row.text("service")?)?;
    Some(WaitingAtStart {
        service,
        home_area: cx.names.id(Target::HomeArea, row.text("home_area")?)?,
        provider: cx.names.id(Target::Provider, row.text("provider")?)?,
        class: class(row, service, around)?,
        patients: row.whole("patients", 1, 10_000_000)? as u32,
        waited: waited(row)?,
    })
}

fn check(
    cx: &mut Context<'_>,
    row: Row<'_>,
    waiting: &WaitingAtStart,
    around: &Surroundings<'_>,
    referred: &BTreeSet<(ServiceId, HomeAreaId)>,
) {
    let Some(service) = around.services.get(waiting.service.index()).map(|draft| &draft.service) else { return };
    let Some(first) = service.stages.iter().next() else { return };
    let mut bad = |key: &str, message: String, cure: String| {
        cx.sink.report(Code::BadWaiting, row.at(key), || (message, cure));
    };
    let name = &service.id;
    let Some(pool) = first.pool() else {
        let message = format!("the first stage of {name} needs no pool, so nobody waits for it");
        bad("service", message, format!("Give the stage {} a pool, or remove the row.", first.id));
        return;
    };
    if !service.classes_present().contains(&waiting.class) {
        let message = format!("{name} has no {} patients", waiting.class);
        let cure = match service.classes {
            Some(_) => format!("Give the class a share in the classes of {name}, or name another class."),
            None => format!("Clear the class, or add classes to [services.{name}]."),
        };
        bad("class", message, cure);
    }
    let owned = around
        .pools
        .binary_search_by(|known| (known.provider, known.id.as_str()).cmp(&(waiting.provider, pool)))
        .ok()
        .map(|at| &around.pools[at]);
    if first.when_full.or(owned.map(|pool| pool.when_full)) == Some(WhenFull::Refuse) {
        let message = format!("the first stage of {name} refuses patients there, so nobody waits for it");
        bad("provider", message, "Let the pool or the stage wait, or remove the row.".to_owned());
    }
    let readable = ["demand", "flows", "home_areas"].iter().all(|table| cx.whole(table));
    if readable && !referred.contains(&(waiting.service, waiting.home_area)) {
        let area = row.text("home_area").unwrap_or_default();
        cx.sink.report(Code::BadWaiting, row.at("home_area"), || {
            let message = format!("{area} has no referrals for {name}, so nobody from there waits");
            (message, format!("Add {area} to demand or flows of {name}, or remove the row."))
        });
    }
}
