//! Observed flows and shares.

use super::super::services::Draft;
use super::{Referred, Streams, Tables, per_day};
use crate::domain::{Profile, Provider, Referral};
use crate::ids::{HomeAreaId, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::read::{Context, Row};
use std::collections::BTreeMap;

/// How far shares may miss 1.
const TOLERANCE: f64 = 0.001;
/// Rounding of sums in binary.
const ROUNDING: f64 = 1e-9;

/// Streams and shares from a table of flows.
pub(super) fn flows(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    id: ServiceId,
    rows: &[Row<'_>],
    elsewhere: ProviderId,
    profile: &Profile,
) -> (Streams, Referral) {
    let mut flows: BTreeMap<HomeAreaId, (BTreeMap<ProviderId, f64>, Row<'_>)> = BTreeMap::new();
    for row in rows {
        let area = row.text("home_area").and_then(|area| cx.names.id(Target::HomeArea, area));
        let Some(provider) = destination(cx, tables, id, *row, elsewhere) else { continue };
        if let (Some(area), Some(per_year)) = (area, row.number("per_year"))
            && per_year > 0.0
        {
            *flows.entry(area).or_insert_with(|| (BTreeMap::new(), *row)).0.entry(provider).or_default() += per_year;
        }
    }
    let mut streams = Streams::new();
    let mut areas = Vec::new();
    for (area, (providers, row)) in flows {
        let total: f64 = providers.values().sum();
        let (per_day, profile) = (per_day(total), profile.clone());
        streams.insert(area, Referred { per_day, per_head: false, profile, place: row.place });
        areas.push((area, providers.into_iter().map(|(provider, flow)| (provider, flow / total)).collect()));
    }
    (streams, Referral::Observed(areas))
}

/// The provider of a row, if it provides the service.
fn destination(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    id: ServiceId,
    row: Row<'_>,
    elsewhere: ProviderId,
) -> Option<ProviderId> {
    let name = row.text("provider")?;
    if name == Provider::ELSEWHERE {
        return Some(elsewhere);
    }
    let provider = cx.names.id(Target::Provider, name)?;
    if tables.provides.contains_key(&id) && cx.whole("provides") && !tables.provided.contains(&(id, name)) {
        let service = row.text("service").unwrap_or_default();
        cx.sink.report(Code::NotProvided, row.at("provider"), || {
            let cure = format!("Add the row {service},{name} to provides, or remove this one.");
            (format!("{name} does not provide {service}"), cure)
        });
    }
    Some(provider)
}

/// The shares of each area with demand.
pub(super) fn observed(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    id: ServiceId,
    draft: &Draft<'_>,
    streams: &Streams,
    rows: &[Row<'_>],
    elsewhere: ProviderId,
) -> Referral {
    // The key `None` holds the rows for all areas.
    let mut groups: BTreeMap<Option<HomeAreaId>, Group<'_>> = BTreeMap::new();
    // Rows of unknown areas were reported.
    let mut whole = cx.whole("shares");
    for row in rows {
        let area = match row.text("home_area") {
            Some("*") => None,
            other => {
                let Some(area) = other.and_then(|area| cx.names.id(Target::HomeArea, area)) else {
                    whole = false;
                    continue;
                };
                Some(area)
            }
        };
        let group = groups.entry(area).or_insert_with(|| Group { first: *row, shares: BTreeMap::new(), whole: true });
        match (destination(cx, tables, id, *row, elsewhere), row.share("share")) {
            // A repeated row was reported; its sum would be another message about the same.
            (Some(provider), Some(share)) => group.whole &= group.shares.insert(provider, share).is_none(),
            _ => group.whole = false,
        }
    }
    let normalise = draft.row.is_some_and(|row| row.flag("normalise_shares"));
    let groups: BTreeMap<_, _> = groups
        .into_iter()
        .map(|(area, group)| (area, complete(cx, &draft.service.id, group, normalise, elsewhere)))
        .collect();
    let mut areas = Vec::new();
    for (area, Referred { place, .. }) in streams {
        match groups.get(&Some(*area)).or_else(|| groups.get(&None)) {
            Some(shares) => areas.push((*area, shares.clone())),
            None if whole => {
                let area = tables.geography.home_areas.get(*area).map_or("", |area| &area.id);
                cx.sink.report_plain(Code::NoRule, Some(*place), || {
                    format!("shares has no rows for the patients of {} from {area}", draft.service.id)
                });
            }
            None => {}
        }
    }
    Referral::Observed(areas)
}

/// The rows of one area.
struct Group<'a> {
    first: Row<'a>,
    shares: BTreeMap<ProviderId, f64>,
    whole: bool,
}

/// Shares that sum to one, with what is left `elsewhere`.
fn complete(
    cx: &mut Context<'_>,
    service: &str,
    group: Group<'_>,
    normalise: bool,
    elsewhere: ProviderId,
) -> Vec<(ProviderId, f64)> {
    let mut shares = group.shares;
    let total: f64 = shares.values().sum();
    let left = 1.0 - total;
    let missing = left > TOLERANCE + ROUNDING && !shares.contains_key(&elsewhere);
    let wrong = if normalise { total <= 0.0 } else { left < -(TOLERANCE + ROUNDING) || missing };
    if wrong && group.whole {
        let area = group.first.text("home_area").unwrap_or_default().to_owned();
        cx.sink.report(Code::ShareSum, Some(group.first.place), || {
            let message = format!("the shares of home area {area} for {service} sum to {}", rounded(total));
            let cure = if left > 0.0 && !normalise {
                format!(
                    "Correct them, add a row for provider elsewhere with share {}, \
                     or set normalise_shares = true in [services.{service}].",
                    rounded(left)
                )
            } else {
                Code::ShareSum.cure().to_owned()
            };
            (message, cure)
        });
    }
    if !normalise && left > ROUNDING {
        *shares.entry(elsewhere).or_default() += left;
    }
    let total: f64 = shares.values().sum();
    shares.into_iter().filter(|share| share.1 > 0.0).map(|(provider, share)| (provider, share / total)).collect()
}

/// Six decimals without trailing zeros.
fn rounded(share: f64) -> f64 {
    libm::round(share * 1e6) / 1e6
}
