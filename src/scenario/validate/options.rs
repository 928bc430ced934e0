//! Tiering options.

use super::providers::named_once;
use super::services::Draft;
use super::timelines::{self, Timeline};
use crate::domain::{
    Arrangement, Contribution, FlowRules, Geography, IcbKind, PaymentRules, Phase, Provider, RiskShare, Role, Service,
    ShareRule, Tier, TieringOption,
};
use crate::ids::{FlowId, Id, IndexVec, OptionId, PaymentId, ProviderId, SchemeId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::{OPTION, Target};
use crate::scenario::leaf;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use crate::scenario::validated::Run;
use std::collections::{BTreeMap, BTreeSet};

/// The most options, and the most pairs of option and service.
const OPTIONS: usize = 1_000;
const ARRANGEMENTS: usize = 10_000_000;

/// The keys that say what a timeline says.
const TIER_KEYS: [&str; 5] = ["tier", "services", "pays", "contracts", "bears_variance"];

/// Builds the options in the order of the file, or the option `base`.
pub(super) fn build(
    cx: &mut Context<'_>,
    run: Option<&Run>,
    services: &[Draft<'_>],
    geography: &Geography,
    providers: &IndexVec<ProviderId, Provider>,
) -> IndexVec<OptionId, TieringOption> {
    let mut options = IndexVec::new();
    let mut hosts = false;
    let base = cx.names.id(Target::FlowRules, FlowRules::BASE).unwrap_or(FlowId(0));
    let sections: Vec<_> = cx.sections("options").collect();
    if sections.len() > OPTIONS || sections.len().saturating_mul(services.len()) > ARRANGEMENTS {
        cx.sink.report(Code::TooLarge, sections.first().map(|(_, row)| row.place), || {
            let message = format!("{} options for {} services are too many", sections.len(), services.len());
            (message, format!("Keep to {OPTIONS} options and {ARRANGEMENTS} pairs of option and service."))
        });
        return options;
    }
    let timelines = timelines::build(cx, services, geography);
    let around = Around { run, services, geography, timelines: &timelines, base };
    for (name, row) in sections {
        let option = option(cx, &name.text, row, &around);
        if let Some(option) = option {
            check(cx, &option, row, geography);
            hosts |= option.arrangements().any(|arrangement| arrangement.contracts == Role::HostIcb);
            options.push(option);
        }
    }
    if hosts {
        host_icbs(cx, providers);
    }
    if options.is_empty() {
        options.push(TieringOption {
            id: "base".to_owned(),
            name: "base".to_owned(),
            scheme: None,
            flow_rules: base,
            contribution: Contribution::NeedWeightedPopulation,
            risk_share: RiskShare::default(),
            payment: activity(cx),
            budget: None,
            phases: vec![everywhere(geography, services.iter().map(|_| Arrangement::all(Role::Icb)).collect())],
        });
    }
    options
}

/// The options that are accounted for unless others are asked for: those that `[run]` lists, or all.
///
/// An option of the file itself that is not listed is likely forgotten; those of the scenarios below are left out on purpose.
pub(super) fn shown(cx: &mut Context<'_>, options: &IndexVec<OptionId, TieringOption>) -> Vec<OptionId> {
    let Some(node) = cx.section("run").and_then(|row| row.node("options")) else { return options.ids().collect() };
    let listed = named_once(cx, node, "run.options");
    if listed.is_empty() {
        cx.sink.report(Code::OutOfRange, Some(node.place), || {
            ("no option is left".to_owned(), "List the options to account for, or remove the key.".to_owned())
        });
        return Vec::new();
    }
    let own: Vec<_> = cx.sections("options").filter(|(name, _)| name.place.file == cx.top.file).collect();
    for (name, row) in own.into_iter().filter(|(name, _)| !listed.contains(&*name.text)) {
        cx.sink.report(Code::Unused, Some(row.place), || {
            let message = format!("option {} is not among the options of [run]", name.text);
            (message, format!("Add \"{}\" there, or name it by --option.", name.text))
        });
    }
    options.iter_ids().filter(|(_, option)| listed.contains(option.id.as_str())).map(|(id, _)| id).collect()
}

/// What options are built from.
struct Around<'t> {
    run: Option<&'t Run>,
    services: &'t [Draft<'t>],
    geography: &'t Geography,
    timelines: &'t BTreeMap<&'t str, Timeline>,
    base: FlowId,
}

/// The same arrangements in all regions, since ever.
fn everywhere(geography: &Geography, arrangements: IndexVec<ServiceId, Arrangement>) -> Phase {
    Phase { from: None, arrangements: vec![arrangements; geography.regions.len()].into() }
}

/// The payment rules of options that name none.
fn activity(cx: &Context<'_>) -> PaymentId {
    cx.names.id(Target::Payment, PaymentRules::BASE).unwrap_or(PaymentId(0))
}

fn risk_share(row: Row<'_>) -> RiskShare {
    let limit = row.section("risk_share").and_then(|section| section.share("cap_and_collar"));
    let rule = match (limit, row.text("risk_share")) {
        (Some(limit), _) => ShareRule::CapAndCollar { limit },
        (None, Some("none")) => ShareRule::None,
        (None, Some("by-use")) => ShareRule::ByUse,
        _ => ShareRule::ByContribution,
    };
    RiskShare { rule, top_slice: row.flag("top_slice") }
}

fn tier(row: Row<'_>) -> Option<Tier> {
    Some(match row.text("tier")? {
        "single-icb" => Tier::SingleIcb,
        "multi-icb" => Tier::MultiIcb,
        "regional" => Tier::Regional,
        "national" => Tier::National,
        _ => return None,
    })
}

/// The keys of the four roles.
pub(super) const BODY_ROLES: [&str; 4] = ["decides", "pays", "contracts", "bears_variance"];

/// A role that a row gives.
pub(super) fn role(row: Row<'_>, key: &str) -> Option<Role> {
    Some(match row.text(key)? {
        "icb" => Role::Icb,
        "footprint" => Role::Footprint,
        "region" => Role::Region,
        "nhs-england" => Role::Nation,
        "host-icb" => Role::HostIcb,
        _ => return None,
    })
}

/// The roles that a section gives, over those of its tier, over what holds otherwise.
fn arrangement(row: Row<'_>, otherwise: Arrangement) -> Arrangement {
    let base = tier(row).map_or(otherwise, |tier| Arrangement::all(tier.role()));
    Arrangement {
        state: base.state,
        decides: base.decides,
        pays: role(row, "pays").unwrap_or(base.pays),
        contracts: role(row, "contracts").unwrap_or(base.contracts),
        bears_variance: role(row, "bears_variance").unwrap_or(base.bears_variance),
    }
}

/// The arrangements that an option's tier gives, the same everywhere and for ever.
fn by_tier(row: Row<'_>, around: &Around<'_>) -> Option<Vec<Phase>> {
    let national = Arrangement::all(Role::Nation);
    tier(row)?;
    let moved = arrangement(row, national);
    let listed: Option<BTreeSet<&str>> =
        row.node("services").and_then(Node::array).map(|list| list.iter().filter_map(Node::text).collect());
    let all = row.text("services") == Some("all");
    let moves = |service: &Service| match &listed {
        Some(listed) => listed.contains(service.id.as_str()),
        None => all || service.delegation.is_suitable(),
    };
    let services = around.services.iter().map(|draft| if moves(&draft.service) { moved } else { national });
    Some(vec![everywhere(around.geography, services.collect())])
}

/// The arrangements of the option's timeline: of one day for ever, or of each day of the run.
fn by_timeline(cx: &mut Context<'_>, row: Row<'_>, around: &Around<'_>) -> Option<Vec<Phase>> {
    let name = row.text("timeline")?;
    let timeline = around.timelines.get(name)?;
    let days = match row.node("as_of") {
        Some(node) => leaf::date(node).ok().map(|day| (day, day))?,
        None => around.run.map(|run| (run.start, run.end()))?,
    };
    let phases = timeline.phases(around.services, around.geography, days);
    if phases.is_none() {
        let (key, what) = match row.node("as_of") {
            Some(_) => ("as_of", format!("nothing of {}", days.0)),
            None => ("timeline", format!("nothing of some days of the run, from {} to {}", days.0, days.1)),
        };
        cx.sink.report(Code::TimelineGap, row.at(key), || {
            let cure = "Add rows for these days, or name another day with `as_of`.".to_owned();
            (format!("the timeline {name} goes {} and says {what}", timeline.reach()), cure)
        });
    }
    phases
}

fn option(cx: &mut Context<'_>, id: &str, row: Row<'_>, around: &Around<'_>) -> Option<TieringOption> {
    either(cx, id, row);
    let mut phases = match row.node("timeline") {
        Some(_) => by_timeline(cx, row, around)?,
        None => by_tier(row, around)?,
    };
    let own = row.node("arrangements").and_then(Node::table).into_iter().flat_map(|map| &map.entries);
    for (name, node) in own {
        let (Some(row), Some(service)) = (Row::of(node), cx.names.id::<ServiceId>(Target::Service, &name.text)) else {
            continue;
        };
        for general in phases.iter_mut().flat_map(|phase| &mut phase.arrangements) {
            general[service] = arrangement(row, general[service]);
        }
    }
    Some(TieringOption {
        flow_rules: row.text("flow_rules").and_then(|set| cx.names.id(Target::FlowRules, set)).unwrap_or(around.base),
        id: id.to_owned(),
        name: row.name(id),
        scheme: row.text("footprints").and_then(|scheme| cx.names.id::<SchemeId>(Target::Scheme, scheme)),
        contribution: match row.text("contribution") {
            Some("registered-population") => Contribution::RegisteredPopulation,
            _ => Contribution::NeedWeightedPopulation,
        },
        risk_share: risk_share(row),
        payment: row.text("payment").and_then(|set| cx.names.id(Target::Payment, set)).unwrap_or_else(|| activity(cx)),
        budget: row.text("budget").and_then(|set| cx.names.id(Target::Budget, set)),
        phases,
    })
}

/// A tier or a timeline, each with the keys that go with it.
fn either(cx: &mut Context<'_>, id: &str, row: Row<'_>) {
    let mut wrong = |key: &str, message: String, cure: &str| {
        cx.sink.report(Code::TimelineOrTier, row.at(key), || (message, cure.to_owned()));
    };
    if row.node("timeline").is_some() {
        if let Some(key) = TIER_KEYS.into_iter().find(|key| row.node(key).is_some()) {
            let cure = "Remove one of them; one service's own arrangement goes into [options.ID.arrangements.SERVICE].";
            wrong(key, format!("option {id} has a timeline, which says all that {key} could say"), cure);
        }
    } else if row.node("as_of").is_some() {
        wrong("as_of", format!("option {id} has `as_of`, but no timeline"), "Add `timeline`, or remove `as_of`.");
    } else if row.node("tier").is_none() && row.table.entries.iter().all(|(key, _)| OPTION.key(&key.text).is_some()) {
        // Otherwise it may be misspelt.
        wrong(
            "id",
            format!("option {id} has neither a tier nor a timeline"),
            "Add, for instance, tier = \"single-icb\".",
        );
    }
}

fn check(cx: &mut Context<'_>, option: &TieringOption, row: Row<'_>, geography: &Geography) {
    let roles = |arrangement: &Arrangement| {
        [arrangement.decides, arrangement.pays, arrangement.contracts, arrangement.bears_variance]
    };
    let footprints = option.arrangements().any(|arrangement| roles(arrangement).contains(&Role::Footprint));
    if footprints && row.node("footprints").is_none() {
        let known: Vec<&str> = cx.names.all(Target::Scheme).iter().map(String::as_str).collect();
        cx.sink.report(Code::NoScheme, row.place, || {
            let cure = match known.first() {
                Some(scheme) => format!("Add footprints = \"{scheme}\" to [options.{}].", option.id),
                None => "Add a table footprints with scheme, id and icb, and name the scheme here.".to_owned(),
            };
            (format!("option {} gives a role to the footprint without a scheme", option.id), cure)
        });
    }
    contribution(cx, option, row.place, geography);
    sharing(cx, option, row);
}

/// Rules for sharing need somebody who shares, and what they are about.
fn sharing(cx: &mut Context<'_>, option: &TieringOption, row: Row<'_>) {
    let together = |arrangement: &Arrangement| matches!(arrangement.bears_variance, Role::Footprint | Role::Region);
    let pool = option.arrangements().any(together);
    let RiskShare { rule, top_slice } = option.risk_share;
    for (key, asks) in [("risk_share", rule != ShareRule::None), ("top_slice", top_slice)] {
        if !pool && asks && row.node(key).is_some() {
            cx.sink.report_plain(Code::NoPool, row.at(key), || {
                format!("option {} has {key}, but nobody bears over- and underspends together", option.id)
            });
        }
    }
    if matches!(rule, ShareRule::CapAndCollar { .. }) && row.node("budget").is_none() {
        cx.sink.report_plain(Code::CapWithoutBudget, row.at("risk_share"), || {
            format!("option {} caps over- and underspends, but has no budget", option.id)
        });
    }
    let split = option.arrangements().find(|arrangement| arrangement.pays != arrangement.bears_variance);
    if let Some(split) = split.filter(|_| row.node("budget").is_none()) {
        let key =
            ["bears_variance", "pays", "arrangements", "timeline"].into_iter().find(|key| row.node(key).is_some());
        cx.sink.report_plain(Code::BearerWithoutBudget, row.at(key.unwrap_or("tier")), || {
            let (pays, bears) = (split.pays, split.bears_variance);
            format!("option {}: pays is {pays}, bears_variance is {bears}, and there is no budget", option.id)
        });
    }
    let excess = |row: Row<'_>| row.text("per") == Some("excess-bed-day");
    if top_slice && cx.whole("prices") && !cx.rows("prices").any(excess) {
        cx.sink.report_plain(Code::NothingToSlice, row.at("top_slice"), || {
            format!("option {} has a top slice, but nothing is charged for excess bed-days", option.id)
        });
    }
}

/// The pool of a body of several ICBs needs their populations.
fn contribution(cx: &mut Context<'_>, option: &TieringOption, place: Place, geography: &Geography) {
    let pooled = |role: Role| {
        option.arrangements().any(|arrangement| arrangement.pays == role || arrangement.bears_variance == role)
    };
    let shared = |bodies: Vec<Option<usize>>| {
        let mut seen = BTreeSet::new();
        bodies.into_iter().flatten().any(|body| !seen.insert(body))
    };
    let regions = pooled(Role::Region) && shared(geography.icbs.iter().map(|icb| icb.region.map(Id::index)).collect());
    let footprints = pooled(Role::Footprint)
        && option.scheme.and_then(|scheme| geography.schemes.get(scheme)).is_some_and(|scheme| {
            shared(scheme.footprint_of.iter().map(|footprint| footprint.map(Id::index)).collect())
        });
    if !(regions || footprints) || !cx.whole("home_areas") {
        return;
    }
    let (column, other) = match option.contribution {
        Contribution::NeedWeightedPopulation => ("need_weighted_population", "registered-population"),
        Contribution::RegisteredPopulation => ("population", "need-weighted-population"),
    };
    let boards = geography.home_areas.iter().filter(|area| geography.icbs[area.icb].kind == IcbKind::Board);
    let lacks = boards.into_iter().find(|area| {
        let population = match option.contribution {
            Contribution::NeedWeightedPopulation => area.need_weighted_population,
            Contribution::RegisteredPopulation => area.population,
        };
        population.is_none_or(|persons| persons <= 0.0)
    });
    if let Some(area) = lacks {
        cx.sink.report(Code::NoContribution, Some(place), || {
            let message = format!(
                "option {} feeds a pool in proportion to {column}, which home area {} does not state",
                option.id, area.id
            );
            (message, format!("Fill the column {column} of home_areas, or set contribution = \"{other}\"."))
        });
    }
}

fn host_icbs(cx: &mut Context<'_>, providers: &IndexVec<ProviderId, Provider>) {
    for row in cx.rows("providers") {
        let id = row.text("id").unwrap_or_default();
        let provider = cx.names.id(Target::Provider, id).and_then(|id| providers.get(id));
        if provider.is_some_and(|provider| provider.host_icb.is_none()) && row.node("host_icb").is_none() {
            cx.sink.report_plain(Code::NoHostIcb, Some(row.place), || {
                format!("an option lets host ICBs hold contracts, but {id} has no host_icb")
            });
        }
    }
}
