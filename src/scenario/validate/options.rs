//! Tiering options.

use super::services::Draft;
use crate::domain::{
    Arrangement, Contribution, Delegation, FlowRules, Geography, PaymentRules, Phase, Provider, RiskShare, Role,
    ShareRule, Tier, TieringOption,
};
use crate::ids::{FlowId, Id, IndexVec, OptionId, PaymentId, ProviderId, SchemeId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use crate::scenario::source::Place;
use std::collections::{BTreeMap, BTreeSet};

/// The most options, and the most pairs of option and service.
const OPTIONS: usize = 1_000;
const ARRANGEMENTS: usize = 10_000_000;

/// Builds the options in the order of the file, or the option `base`.
pub(super) fn build(
    cx: &mut Context<'_>,
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
    for (name, row) in sections {
        let option = option(cx, &name.text, row, services, geography, base);
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

fn role(row: Row<'_>, key: &str) -> Option<Role> {
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

fn option(
    cx: &Context<'_>,
    id: &str,
    row: Row<'_>,
    services: &[Draft<'_>],
    geography: &Geography,
    base: FlowId,
) -> Option<TieringOption> {
    let national = Arrangement::all(Role::Nation);
    tier(row)?;
    let moved = arrangement(row, national);
    let listed: Option<BTreeSet<&str>> =
        row.node("services").and_then(Node::array).map(|list| list.iter().filter_map(Node::text).collect());
    let all = row.text("services") == Some("all");
    let own: BTreeMap<&str, Row<'_>> = row
        .node("arrangements")
        .and_then(Node::table)
        .into_iter()
        .flat_map(|map| &map.entries)
        .filter_map(|(name, node)| Row::of(node).map(|row| (&*name.text, row)))
        .collect();
    let arrangements = services
        .iter()
        .map(|draft| {
            let service = &draft.service;
            let moves = match &listed {
                Some(listed) => listed.contains(service.id.as_str()),
                None => all || service.delegation == Delegation::Delegated,
            };
            let general = if moves { moved } else { national };
            own.get(service.id.as_str()).map_or(general, |row| arrangement(*row, general))
        })
        .collect();
    Some(TieringOption {
        flow_rules: row.text("flow_rules").and_then(|set| cx.names.id(Target::FlowRules, set)).unwrap_or(base),
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
        phases: vec![everywhere(geography, arrangements)],
    })
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
    let shared = |bodies: Vec<usize>| {
        let mut seen = BTreeSet::new();
        bodies.into_iter().any(|body| !seen.insert(body))
    };
    let regions = pooled(Role::Region) && shared(geography.icbs.iter().map(|icb| icb.region.index()).collect());
    let footprints = pooled(Role::Footprint)
        && option
            .scheme
            .and_then(|scheme| geography.schemes.get(scheme))
            .is_some_and(|scheme| shared(scheme.footprint_of.iter().map(|footprint| footprint.index()).collect()));
    if !(regions || footprints) || !cx.whole("home_areas") {
        return;
    }
    let (column, other) = match option.contribution {
        Contribution::NeedWeightedPopulation => ("need_weighted_population", "registered-population"),
        Contribution::RegisteredPopulation => ("population", "need-weighted-population"),
    };
    let lacks = geography.home_areas.iter().find(|area| {
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
