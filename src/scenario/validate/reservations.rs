//! Places kept for some home areas.

use super::changes::known_pool;
use super::pools::PoolRows;
use super::stages::{scheme, which_footprints};
use crate::domain::{CalendarPattern, Capacity, Geography, Pool, Provider, Reservation, ReservationKind};
use crate::ids::{FlowId, FootprintId, HomeAreaId, IcbId, IndexVec, ProviderId, RegionId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::grammar::Target;
use crate::scenario::read::Context;
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// The most home areas over all reservations.
const AREAS: usize = 20_000_000;

/// Reads `reservations` into the pools.
pub(super) fn attach(
    cx: &mut Context<'_>,
    pools: &mut [Pool],
    rows: &PoolRows<'_>,
    geography: &Geography,
    providers: &IndexVec<ProviderId, Provider>,
) {
    let bodies = Bodies::of(geography);
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, pool) in pools.iter().enumerate() {
        by_name.entry(pool.id.clone()).or_default().push(at);
    }
    let mut seen = BTreeSet::new();
    let mut areas = 0;
    let mut fences: BTreeMap<usize, Fences> = BTreeMap::new();
    for row in cx.rows("reservations") {
        let (Some(owner), Some(name), Some(whose)) = (row.text("provider"), row.text("pool"), row.text("for")) else {
            continue;
        };
        let owner_id: Option<ProviderId> = cx.names.id(Target::Provider, owner);
        if owner_id.is_none() && owner != "*" {
            continue;
        }
        known_pool(cx, row, rows);
        let flow_rules: Option<FlowId> = match row.text("flow_rules") {
            Some(set) => match cx.names.id(Target::FlowRules, set) {
                Some(set) => Some(set),
                None => continue,
            },
            None => None,
        };
        let scheme = scheme(cx, row);
        if whose == "own-footprint" && scheme.is_none() {
            which_footprints(cx, row.at("for"), row.node("footprints").is_some());
            continue;
        }
        let mut used = false;
        for &at in by_name.get(name).map_or(&[][..], Vec::as_slice) {
            let pool = &mut pools[at];
            let Some(provider) = providers.get(pool.provider).filter(|provider| provider.in_scope) else { continue };
            if owner_id.is_some_and(|owner| owner != pool.provider) {
                continue;
            }
            used = true;
            if !seen.insert((at, whose, flow_rules)) {
                cx.sink.report(Code::Duplicate, Some(row.place), || {
                    let message = format!("the pool {} of {} is reserved for {whose} twice", quote(name), provider.id);
                    (message, "Remove one of them, or add their places.".to_owned())
                });
                continue;
            }
            if pool.calendar.as_ref().is_some_and(|calendar| matches!(calendar.pattern, CalendarPattern::Sessions(_))) {
                cx.sink.report(Code::PoolRule, Some(row.place), || {
                    let message = format!("the pool {} has sessions, so reservations have no use", quote(name));
                    (message, "Remove the row, or give the pool another calendar.".to_owned())
                });
            }
            let place = owner_place(geography, provider.host_icb, whose, scheme);
            let home_areas = match place {
                Some(body) => bodies.areas(&body),
                None if whose.starts_with("own-") => {
                    cx.sink.report(Code::BadReservation, row.at("for"), || {
                        let message = format!("{whose} needs the host ICB of {}, which is not stated", provider.id);
                        (message, "Fill the column host_icb of providers, or name the body.".to_owned())
                    });
                    continue;
                }
                None => match named(cx, geography, &bodies, whose) {
                    Some(areas) => areas,
                    None => continue,
                },
            };
            if home_areas.is_empty() {
                cx.sink.report(Code::BadReservation, row.at("for"), || {
                    let cure = "Name a body with home areas, or add them to home_areas.";
                    (format!("nobody lives in {whose}, so places for it have no use"), cure.to_owned())
                });
                continue;
            }
            areas += home_areas.len();
            if areas > AREAS {
                cx.sink.report_plain(Code::TooLarge, Some(row.place), || {
                    format!("the reservations are for over {AREAS} home areas in all")
                });
                return;
            }
            let kind = match row.text("kind") {
                Some("ring-fence") => ReservationKind::RingFence,
                _ => ReservationKind::LastFree,
            };
            let places = row.whole("places", 1, 1_000_000_000).unwrap_or(1) as u32;
            pool.reservations.push(Reservation { places, home_areas, kind, flow_rules });
            if kind == ReservationKind::RingFence {
                fences.entry(at).or_default().add(places, flow_rules, pool.capacity, Some(row.at("places")));
            }
        }
        // Where there are errors a pool may only seem unused.
        let known = owner_id.map(|owner| providers.get(owner).is_some_and(|owner| owner.in_scope));
        if !used && known.unwrap_or(true) && !cx.sink.has_errors() {
            cx.sink.report_plain(Code::PoolUnused, Some(row.place), || {
                format!("nobody uses the pool {} that is reserved here", quote(name))
            });
        }
    }
    for (at, fences) in &fences {
        too_many(cx, &pools[*at], fences, providers);
    }
    sort(pools);
}

/// The order of rows in a file has no effect.
fn sort(pools: &mut [Pool]) {
    for pool in pools {
        pool.reservations.sort_by(|a, b| {
            let key = |r: &Reservation| (r.kind == ReservationKind::LastFree, r.flow_rules, r.places);
            (key(a), &a.home_areas).cmp(&(key(b), &b.home_areas))
        });
    }
}

/// The ring fences of one pool.
#[derive(Default)]
struct Fences {
    /// Places under every set of flow rules.
    all: u64,
    /// More of them under one set.
    under: BTreeMap<FlowId, u64>,
    /// The most of `under`.
    most: u64,
    /// The row with which they exceed the capacity.
    over: Option<Place>,
}

impl Fences {
    /// Places fenced under the set of flow rules with the most.
    fn total(&self) -> u64 {
        self.all + self.most
    }

    fn add(&mut self, places: u32, set: Option<FlowId>, capacity: Capacity, place: Option<Place>) {
        match set {
            None => self.all += u64::from(places),
            Some(set) => {
                let under = self.under.entry(set).or_default();
                *under += u64::from(places);
                self.most = self.most.max(*under);
            }
        }
        if matches!(capacity, Capacity::Places(most) if self.total() > u64::from(most)) {
            self.over = self.over.or(place);
        }
    }
}

/// Reports ring fences that together exceed the capacity, under any set of flow rules.
fn too_many(cx: &mut Context<'_>, pool: &Pool, fences: &Fences, providers: &IndexVec<ProviderId, Provider>) {
    let (Capacity::Places(places), Some(place)) = (pool.capacity, fences.over) else { return };
    cx.sink.report(Code::BadReservation, Some(place), || {
        let message = format!(
            "{} places of the pool {} of {} are ring-fenced, but it has {places}",
            fences.total(),
            quote(&pool.id),
            providers[pool.provider].id
        );
        (message, "Fence fewer places, or raise the capacity.".to_owned())
    });
}

/// What a reservation is for.
enum Body {
    Area(HomeAreaId),
    Icb(IcbId),
    Footprint(FootprintId),
    Region(RegionId),
}

/// The provider's own body, if the word means one and its host ICB is known.
fn owner_place(
    geography: &Geography,
    host: Option<IcbId>,
    word: &str,
    scheme: Option<crate::ids::SchemeId>,
) -> Option<Body> {
    match word {
        "own-icb" => Some(Body::Icb(host?)),
        "own-footprint" => {
            geography.schemes.get(scheme?)?.footprint_of.get(host?).copied().flatten().map(Body::Footprint)
        }
        "own-region" => geography.icbs.get(host?)?.region.map(Body::Region),
        _ => None,
    }
}

/// The home areas of a home area, ICB, footprint or region of this name, in this order.
fn named(cx: &Context<'_>, geography: &Geography, bodies: &Bodies, name: &str) -> Option<Vec<HomeAreaId>> {
    let names = cx.names;
    let parts = parts(geography, name);
    if !parts.is_empty() {
        return Some(parts);
    }
    (names.id(Target::HomeArea, name).map(Body::Area))
        .or_else(|| names.id(Target::Icb, name).map(Body::Icb))
        .or_else(|| names.id(Target::Footprint, name).map(Body::Footprint))
        .or_else(|| names.id(Target::Region, name).map(Body::Region))
        .map(|body| bodies.areas(&body))
}

/// The parts of a home area whose ICB is split.
fn parts(geography: &Geography, whole: &str) -> Vec<HomeAreaId> {
    let is_part = |id: &str| id.split_once(':').is_some_and(|(before, _)| before == whole);
    geography.home_areas.iter_ids().filter(|(_, area)| is_part(&area.id)).map(|(id, _)| id).collect()
}

/// The home areas of all bodies, sorted.
struct Bodies {
    icbs: BTreeMap<IcbId, Vec<HomeAreaId>>,
    footprints: BTreeMap<FootprintId, Vec<HomeAreaId>>,
    regions: BTreeMap<RegionId, Vec<HomeAreaId>>,
}

impl Bodies {
    fn of(geography: &Geography) -> Self {
        let mut bodies = Self { icbs: BTreeMap::new(), footprints: BTreeMap::new(), regions: BTreeMap::new() };
        for (id, area) in geography.home_areas.iter_ids() {
            bodies.icbs.entry(area.icb).or_default().push(id);
            if let Some(region) = geography.icbs.get(area.icb).and_then(|icb| icb.region) {
                bodies.regions.entry(region).or_default().push(id);
            }
            for scheme in &geography.schemes {
                if let Some(Some(footprint)) = scheme.footprint_of.get(area.icb) {
                    bodies.footprints.entry(*footprint).or_default().push(id);
                }
            }
        }
        bodies
    }

    fn areas(&self, body: &Body) -> Vec<HomeAreaId> {
        match body {
            Body::Area(area) => Some(vec![*area]),
            Body::Icb(icb) => self.icbs.get(icb).cloned(),
            Body::Footprint(footprint) => self.footprints.get(footprint).cloned(),
            Body::Region(region) => self.regions.get(region).cloned(),
        }
        .unwrap_or_default()
    }
}
