//! Referral streams and where they go.

mod choice;
mod shares;

use super::providers::Travel;
use super::services::Draft;
use crate::domain::{Geography, Profile, Provider, Referral, StreamDemand};
use crate::ids::{HomeAreaId, Id as _, IndexVec, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::leaf;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use crate::units::DAYS_PER_YEAR;
use std::collections::{BTreeMap, BTreeSet};

/// The most streams, and the most routes of choice models.
const STREAMS: usize = 1_000_000;
const ROUTES: usize = 20_000_000;

/// What the referral tables say.
pub(super) struct Demand {
    pub(super) streams: Vec<StreamDemand>,
    pub(super) referral: Vec<Referral>,
    /// Whether any referral goes `elsewhere`.
    pub(super) elsewhere: bool,
}

/// The rows of a table by service.
type ByService<'a> = BTreeMap<ServiceId, Vec<Row<'a>>>;

/// What is known before services are looked at one by one.
struct Tables<'a, 't> {
    flows: ByService<'a>,
    demand: ByService<'a>,
    shares: ByService<'a>,
    provides: ByService<'a>,
    provided: BTreeSet<(ServiceId, &'a str)>,
    geography: &'t Geography,
    providers: &'t IndexVec<ProviderId, Provider>,
    travel: &'t Travel,
    profiles: &'t BTreeMap<String, Profile>,
}

/// The streams of a service by home area.
type Streams = BTreeMap<HomeAreaId, Referred>;

/// What a home area refers for a service.
struct Referred {
    per_day: f64,
    per_head: bool,
    profile: Profile,
    /// The row that says so.
    place: Place,
}

/// Builds streams and referral rules.
pub(super) fn build(
    cx: &mut Context<'_>,
    services: &[Draft<'_>],
    geography: &Geography,
    providers: &IndexVec<ProviderId, Provider>,
    travel: &Travel,
    profiles: &BTreeMap<String, Profile>,
) -> Demand {
    let provides = by_service(cx, "provides");
    let tables = Tables {
        provided: provides
            .iter()
            .flat_map(|(id, rows)| rows.iter().filter_map(|row| row.text("provider").map(|provider| (*id, provider))))
            .collect(),
        flows: by_service(cx, "flows"),
        demand: by_service(cx, "demand"),
        shares: by_service(cx, "shares"),
        provides,
        geography,
        providers,
        travel,
        profiles,
    };
    let mut demand = Demand { streams: Vec::new(), referral: Vec::new(), elsewhere: false };
    if too_large(cx, &tables, services) {
        demand.referral = services.iter().map(|_| Referral::Observed(Vec::new())).collect();
        return demand;
    }
    let elsewhere = ProviderId::new(providers.len());
    for (position, draft) in services.iter().enumerate() {
        let id = ServiceId::new(position);
        let (streams, referral) = service(cx, &tables, id, draft, elsewhere);
        if let Referral::Observed(areas) = &referral {
            demand.elsewhere |= areas.iter().any(|(_, shares)| shares.iter().any(|share| share.0 == elsewhere));
        }
        let streams = streams.into_iter().map(|(home_area, referred)| StreamDemand {
            home_area,
            service: id,
            per_day: referred.per_day,
            per_head: referred.per_head,
            profile: referred.profile,
        });
        demand.streams.extend(streams);
        demand.referral.push(referral);
    }
    demand.streams.sort_by_key(|stream| (stream.home_area, stream.service));
    demand
}

fn by_service<'a>(cx: &Context<'a>, table: &str) -> ByService<'a> {
    let mut rows = ByService::new();
    for row in cx.rows(table) {
        if let Some(service) = row.text("service").and_then(|id| cx.names.id(Target::Service, id)) {
            rows.entry(service).or_default().push(row);
        }
    }
    rows
}

/// Refuses what would not fit into memory, before it is spelt out.
fn too_large(cx: &mut Context<'_>, tables: &Tables<'_, '_>, services: &[Draft<'_>]) -> bool {
    let (mut streams, mut routes) = (0, 0);
    for (position, draft) in services.iter().enumerate() {
        let id = ServiceId::new(position);
        let rows = tables.demand.get(&id).map_or(&[][..], Vec::as_slice);
        let everywhere = rows.iter().any(|row| row.text("home_area") == Some("*"));
        let areas = if everywhere { tables.geography.home_areas.len() } else { rows.len() };
        let alternatives = if draft.row.is_some_and(|row| row.node("choice").is_some()) {
            tables.provides.get(&id).map_or(tables.providers.len(), Vec::len)
        } else {
            // Every area may take the rows for all areas.
            tables
                .shares
                .get(&id)
                .map_or(1, |rows| 1 + rows.iter().filter(|row| row.text("home_area") == Some("*")).count())
        };
        streams += areas;
        routes += areas.saturating_mul(alternatives);
    }
    let large = streams > STREAMS || routes > ROUTES;
    if large {
        cx.sink.report_plain(Code::TooLarge, cx.root.get("demand").map(|node| node.place), || {
            format!("the scenario has {streams} referral streams and {routes} routes")
        });
    }
    large
}

fn service(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    id: ServiceId,
    draft: &Draft<'_>,
    elsewhere: ProviderId,
) -> (Streams, Referral) {
    let name = &draft.service.id;
    let rows = |table: &'_ ByService<'_>| table.get(&id).map_or(0, Vec::len);
    let rule = draft.row.and_then(|row| row.node("choice"));
    let (flows, shares) = (tables.flows.get(&id), tables.shares.get(&id));
    let (streams, referral) = if let Some(flows) = flows {
        for (table, place) in [
            ("demand", tables.demand.get(&id).and_then(|rows| rows.first()).map(|row| row.place)),
            ("shares", shares.and_then(|rows| rows.first()).map(|row| row.place)),
            ("a choice model", rule.map(|node| node.place)),
        ] {
            if let Some(place) = place {
                cx.sink.report_plain(Code::TwoSources, Some(place), || {
                    format!("service {name} takes its referrals from flows, and here from {table}")
                });
            }
        }
        let profile = profile(tables, None, draft);
        shares::flows(cx, tables, id, flows, elsewhere, &profile)
    } else {
        let streams = rates(cx, tables, id, draft);
        let referral = match (shares, rule) {
            (Some(shares), Some(rule)) => {
                cx.sink.report_plain(Code::TwoSources, Some(rule.place), || {
                    format!("service {name} has rows in shares, and here a choice model")
                });
                shares::observed(cx, tables, id, draft, &streams, shares, elsewhere)
            }
            (Some(shares), None) => shares::observed(cx, tables, id, draft, &streams, shares, elsewhere),
            (None, Some(rule)) => choice::model(cx, tables, id, draft, &streams, rule),
            (None, None) => single(cx, tables, id, draft, &streams),
        };
        (streams, referral)
    };
    let readable = ["flows", "demand"].iter().all(|table| cx.whole(table));
    if streams.is_empty() && readable && !cx.sink.has_errors() {
        let place = draft.row.map(|row| row.place);
        let detail = if rows(&tables.flows) + rows(&tables.demand) == 0 { "no row" } else { "no rate above zero" };
        cx.sink.report_plain(Code::NoDemand, place, || format!("service {name} has {detail} in demand or flows"));
    }
    (streams, referral)
}

/// The profile that a row names, else that of the service.
fn profile(tables: &Tables<'_, '_>, row: Option<Row<'_>>, draft: &Draft<'_>) -> Profile {
    let named = |row: Row<'_>| row.text("profile").and_then(|name| tables.profiles.get(name)).cloned();
    row.and_then(named).or_else(|| draft.row.and_then(named)).unwrap_or(Profile::Constant)
}

/// The streams of a service from `demand`.
fn rates(cx: &mut Context<'_>, tables: &Tables<'_, '_>, id: ServiceId, draft: &Draft<'_>) -> Streams {
    let mut streams = Streams::new();
    let mut own: BTreeSet<HomeAreaId> = BTreeSet::new();
    let rows = tables.demand.get(&id).map_or(&[][..], Vec::as_slice);
    for row in rows {
        if let Some(area) = row.text("home_area").and_then(|area| cx.names.id(Target::HomeArea, area)) {
            own.insert(area);
            stream(cx, tables, draft, *row, area, &mut streams);
        }
    }
    for row in rows.iter().filter(|row| row.text("home_area") == Some("*")) {
        for area in tables.geography.home_areas.ids().filter(|area| !own.contains(area)) {
            stream(cx, tables, draft, *row, area, &mut streams);
        }
    }
    streams
}

fn stream(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    draft: &Draft<'_>,
    row: Row<'_>,
    area: HomeAreaId,
    streams: &mut Streams,
) {
    let Some(rate) = row.node("rate").and_then(|node| leaf::rate(node).ok()) else { return };
    let Some(home) = tables.geography.home_areas.get(area) else { return };
    let per_day = match (rate.per_100k, home.population) {
        (false, _) => rate.per_day,
        (true, Some(population)) => rate.per_day * population / 100_000.0,
        (true, None) => {
            // A table with unreadable cells may hold it after all.
            if !cx.sink.has_errors() || cx.whole("home_areas") {
                cx.sink.report(Code::NoPopulation, row.at("rate"), || {
                    let cure = format!("Fill the column population of home area {} in home_areas.", home.id);
                    (format!("home area {} has no population for a rate per 100k", home.id), cure)
                });
            }
            return;
        }
    };
    if per_day > 0.0 {
        let profile = profile(tables, Some(row), draft);
        streams.insert(area, Referred { per_day, per_head: rate.per_100k, profile, place: row.place });
    }
}

/// All referrals go to the only provider.
fn single(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    id: ServiceId,
    draft: &Draft<'_>,
    streams: &Streams,
) -> Referral {
    let candidates = choice::candidates(cx, tables, id);
    if let [(only, _)] = candidates.as_slice() {
        return Referral::Observed(streams.keys().map(|area| (*area, vec![(*only, 1.0)])).collect());
    }
    // Rows with unknown providers were reported.
    let readable = ["shares", "provides", "providers"].iter().all(|table| cx.whole(table))
        && !(candidates.is_empty() && tables.provides.contains_key(&id));
    if let Some(Referred { place, .. }) = streams.values().next()
        && readable
    {
        let count = candidates.len();
        cx.sink.report_plain(Code::NoRule, Some(*place), || {
            format!("it is not said where the patients of {} go: it has {count} providers and neither shares nor a choice model", draft.service.id)
        });
    }
    Referral::Observed(Vec::new())
}

/// Annual referrals as a daily rate.
fn per_day(per_year: f64) -> f64 {
    per_year / DAYS_PER_YEAR
}
