//! Sets of flow rules: for each service what its own section says, else its set, else the set `base`.

use super::distances::Distances;
use super::services::Draft;
use super::sites::Sites;
use super::stages::{only_scheme, which_footprints};
use crate::domain::{
    Class, FlowRule, FlowRules, Overflow, OverflowTable, Provider, Reach, Service, StreamDemand, WaitingList,
};
use crate::ids::{FlowId, Id as _, IndexVec, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// The most sets, and the most pairs of set and service.
const SETS: usize = 1_000;
const RULES: usize = 10_000_000;

/// What flow rules are checked against.
pub(super) struct Surroundings<'t> {
    pub(super) sites: &'t [Sites],
    pub(super) providers: &'t IndexVec<ProviderId, Provider>,
    pub(super) streams: &'t [StreamDemand],
    pub(super) distances: Distances<'t>,
    pub(super) overflow: &'t OverflowTable,
}

/// Builds the sets, sorted by id; `base` is always there.
pub(super) fn build(
    cx: &mut Context<'_>,
    services: &[Draft<'_>],
    around: &Surroundings<'_>,
) -> IndexVec<FlowId, FlowRules> {
    let ids: Vec<String> = cx.names.all(Target::FlowRules).to_vec();
    if ids.len() > SETS || ids.len().saturating_mul(services.len()) > RULES {
        cx.sink.report(Code::TooLarge, cx.root.get("flow_rules").map(|node| node.place), || {
            let message = format!("{} sets of flow rules for {} services are too many", ids.len(), services.len());
            (message, format!("Keep to {SETS} sets and {RULES} pairs of set and service."))
        });
        return ids.into_iter().map(|id| FlowRules { id, rules: IndexVec::new() }).collect();
    }
    let sets: BTreeMap<&str, Set<'_>> =
        cx.sections("flow_rules").map(|(name, row)| (&*name.text, Set::read(row))).collect();
    let mut checker = Checker { cx, around, listed: BTreeSet::new(), far: BTreeMap::new(), reported: BTreeSet::new() };
    checker.listed = around.overflow.keys().map(|key| key.0).collect();
    let mut built = IndexVec::new();
    for id in ids {
        let layers = [sets.get(id.as_str()), sets.get(FlowRules::BASE)];
        let rules = services.iter().enumerate().map(|(position, draft)| {
            let said = Said { layers: layers.map(|set| set.map(|set| set.layers(&draft.service))) };
            checker.rule(&said, ServiceId::new(position), &draft.service.id)
        });
        built.push(FlowRules { rules: rules.collect(), id });
    }
    unused(cx, &built);
    built
}

/// Warns of sets that no option names, and of rows of `overflow` that no rule asks for.
fn unused(cx: &mut Context<'_>, sets: &IndexVec<FlowId, FlowRules>) {
    let used: BTreeSet<&str> = cx.sections("options").filter_map(|(_, row)| row.text("flow_rules")).collect();
    // Where there are errors something may only seem unused.
    for (name, row) in cx.sections("flow_rules") {
        if &*name.text != FlowRules::BASE && !used.contains(&*name.text) && !cx.sink.has_errors() {
            cx.sink.report(Code::Unused, Some(row.place), || {
                let cure = format!("Add flow_rules = \"{}\" to an option, or remove the set.", name.text);
                (format!("no option has the flow rules {}", name.text), cure)
            });
        }
    }
    let mut seen = BTreeSet::new();
    for row in cx.rows("overflow") {
        let Some(id) = row.text("service").and_then(|id| cx.names.id::<ServiceId>(Target::Service, id)) else {
            continue;
        };
        let listed = |set: &FlowRules| set.rules.get(id).is_some_and(|rule| rule.overflow == Overflow::Listed);
        if seen.insert(id) && !sets.iter().any(listed) && !cx.sink.has_errors() {
            let service = row.text("service").unwrap_or_default();
            cx.sink.report(Code::Unused, Some(row.place), || {
                let cure = format!("Set overflow = \"listed\" in [flow_rules.base.of.{service}], or remove the rows.");
                (format!("no flow rule asks for the listed overflow of {service}"), cure)
            });
        }
    }
}

/// A section of `flow_rules`.
struct Set<'a> {
    row: Row<'a>,
    /// The services that its general keys apply to; nothing if by delegation or to all.
    listed: Option<BTreeSet<&'a str>>,
    of: BTreeMap<&'a str, Row<'a>>,
}

impl<'a> Set<'a> {
    fn read(row: Row<'a>) -> Self {
        let texts = |list: &'a [Node]| list.iter().filter_map(Node::text).collect();
        let entries = row.node("of").and_then(Node::table).map_or(&[][..], |map| &map.entries);
        Self {
            row,
            listed: row.node("services").and_then(Node::array).map(texts),
            of: entries.iter().filter_map(|(name, node)| Row::of(node).map(|row| (&*name.text, row))).collect(),
        }
    }

    /// What it says about a service: the service's own section, then the general keys.
    fn layers(&self, service: &Service) -> [Option<Row<'a>>; 2] {
        let applies = match (&self.listed, self.row.text("services")) {
            (Some(listed), _) => listed.contains(service.id.as_str()),
            (None, Some("delegated")) => service.delegation.is_suitable(),
            (None, _) => true,
        };
        [self.of.get(service.id.as_str()).copied(), applies.then_some(self.row)]
    }
}

/// All that is said about a service, the first to say something holds.
struct Said<'a> {
    layers: [Option<[Option<Row<'a>>; 2]>; 2],
}

impl<'a> Said<'a> {
    fn node(&self, key: &str) -> Option<&'a Node> {
        self.layers.iter().flatten().flatten().flatten().find_map(|row| row.node(key))
    }
    fn text(&self, key: &str) -> Option<&'a str> {
        self.node(key).and_then(Node::text)
    }
    fn place(&self, key: &str) -> Option<Place> {
        self.node(key).map(|node| node.place)
    }
}

struct Checker<'c, 'a, 't> {
    cx: &'c mut Context<'a>,
    around: &'t Surroundings<'t>,
    /// Services with rows in `overflow`.
    listed: BTreeSet<ServiceId>,
    /// A missing distance of each service that was asked for.
    far: BTreeMap<ServiceId, Option<String>>,
    /// What was reported; sets inherit from `base`.
    reported: BTreeSet<(Place, Code, Option<ServiceId>)>,
}

impl Checker<'_, '_, '_> {
    fn rule(&mut self, said: &Said<'_>, service: ServiceId, name: &str) -> FlowRule {
        let plain = FlowRule::PLAIN;
        let rule = FlowRule {
            scheme: match said.text("footprints") {
                Some(scheme) => self.cx.names.id(Target::Scheme, scheme),
                None => only_scheme(self.cx),
            },
            first: match said.text("first") {
                Some("own-icb") => Reach::Icb,
                Some("own-footprint") => Reach::Footprint,
                Some("own-region") => Reach::Region,
                _ => plain.first,
            },
            overflow: match said.text("overflow") {
                Some("nearest") => Overflow::Nearest,
                Some("listed") => Overflow::Listed,
                _ => plain.overflow,
            },
            reach: match said.text("reach") {
                Some("icb") => Reach::Icb,
                Some("footprint") => Reach::Footprint,
                Some("region") => Reach::Region,
                _ => plain.reach,
            },
            within_km: said.node("within_km").and_then(|node| crate::scenario::leaf::number(node).ok()),
            classes: match said.node("classes").and_then(Node::array) {
                Some(named) => Class::ALL.map(|class| {
                    let word = class.to_string();
                    named.iter().any(|node| node.text() == Some(&word))
                }),
                None => plain.classes,
            },
            list: match said.text("list") {
                Some("shared") => WaitingList::Shared,
                _ => plain.list,
            },
        };
        self.check(&rule, said, service, name);
        rule
    }

    fn check(&mut self, rule: &FlowRule, said: &Said<'_>, service: ServiceId, name: &str) {
        for (key, reach) in [("first", rule.first), ("reach", rule.reach)] {
            if reach == Reach::Footprint
                && rule.scheme.is_none()
                && let Some(place) = said.place(key)
                && self.reported.insert((place, Code::WhichFootprints, None))
            {
                which_footprints(self.cx, place, said.node("footprints").is_some());
            }
        }
        if rule.list == WaitingList::Shared
            && rule.overflow == Overflow::None
            && let Some(place) = said.place("list")
            && self.reported.insert((place, Code::BadFlowRule, None))
        {
            self.cx.sink.report(Code::BadFlowRule, Some(place), || {
                let cure = "Add overflow = \"nearest\" or \"listed\", or set list = \"own\".";
                (format!("{name} has a shared list, but no overflow to share it with"), cure.to_owned())
            });
        }
        let place = said.place("overflow");
        if rule.overflow == Overflow::Listed
            && !self.listed.contains(&service)
            && self.cx.whole("overflow")
            && !self.cx.rows("overflow").any(|row| row.text("service") == Some(name))
            && let Some(place) = place
            && self.reported.insert((place, Code::BadFlowRule, Some(service)))
        {
            self.cx.sink.report(Code::BadFlowRule, Some(place), || {
                let cure = format!("Add rows such as {name},FROM,TO,1 to overflow, or use \"nearest\".");
                (format!("overflow has no rows for {name}"), cure)
            });
        }
        let nearest = rule.overflow == Overflow::Nearest;
        if let Some(place) = (if nearest { place } else { said.place("within_km") })
            && (nearest || rule.within_km.is_some() && rule.overflow == Overflow::Listed)
            && !self.reported.contains(&(place, Code::NoDistance, Some(service)))
            && let Some(pair) = self.unknown_distance(service)
        {
            self.reported.insert((place, Code::NoDistance, Some(service)));
            self.cx.sink.report_plain(Code::NoDistance, Some(place), || {
                format!("the overflow of {name} needs the kilometres {pair}, which are not known")
            });
        }
    }

    /// A home area with demand and an able provider whose distance is not known, in words.
    fn unknown_distance(&mut self, service: ServiceId) -> Option<String> {
        let around = self.around;
        let readable = ["travel", "home_areas", "providers"].iter().all(|table| self.cx.whole(table));
        let find = || {
            let able: Vec<ProviderId> = around.sites.get(service.index())?.able(around.providers).collect();
            let areas = around.streams.iter().filter(|stream| stream.service == service);
            around.distances.unknown(areas.map(|stream| stream.home_area), &able)
        };
        self.far.entry(service).or_insert_with(|| if readable { find() } else { None }).clone()
    }
}
