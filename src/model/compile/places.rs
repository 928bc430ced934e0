//! Where providers lie from a home area: distances, bodies, who is able to treat.

use crate::domain::{FlowRule, Provider, Reach, Referral, Stage, TravelMeasure, great_circle_km};
use crate::ids::{HomeAreaId, ProviderId, SchemeId, ServiceId};
use crate::scenario::Scenario;
use std::collections::BTreeSet;

/// Kilometres from a home area to a provider, as stated or by great circle, if they are known.
pub(super) fn km(scenario: &Scenario, area: HomeAreaId, provider: ProviderId) -> Option<f64> {
    let stated = scenario.travel.get(&(area, provider)).and_then(|travel| travel.1);
    stated.or_else(|| {
        let from = scenario.geography.home_areas[area].position?;
        Some(great_circle_km(from, scenario.providers[provider].position?))
    })
}

/// What a choice model measures travel by; zero where it is unknown.
pub(super) fn travel(scenario: &Scenario, on: TravelMeasure, area: HomeAreaId, provider: ProviderId) -> f64 {
    let measured = match on {
        TravelMeasure::Km => km(scenario, area, provider),
        TravelMeasure::Minutes => scenario.travel.get(&(area, provider)).and_then(|travel| travel.0),
    };
    measured.unwrap_or(0.0)
}

/// The smallest body of the home area that the provider's host ICB belongs to as well.
pub(super) fn reach(scenario: &Scenario, scheme: Option<SchemeId>, area: HomeAreaId, provider: ProviderId) -> Reach {
    let geography = &scenario.geography;
    let Some(host) = scenario.providers[provider].host_icb else { return Reach::Nation };
    let home = geography.home_areas[area].icb;
    let same_footprint = |scheme: SchemeId| geography.same_footprint(scheme, home, host);
    if host == home {
        Reach::Icb
    } else if scheme.is_some_and(same_footprint) {
        Reach::Footprint
    } else if geography.same_region(host, home) {
        Reach::Region
    } else {
        Reach::Nation
    }
}

/// Whether patients of a home area are treated away from home in a stage at a provider, and so have its other stay.
pub fn is_away(scenario: &Scenario, stage: &Stage, area: HomeAreaId, provider: ProviderId) -> bool {
    stage.away.as_ref().is_some_and(|away| !within(scenario, away.from, away.scheme, area, provider))
}

/// Whether a provider lies within a reach of a home area.
///
/// A footprint may cross regions, so each body is asked for itself.
pub(super) fn within(
    scenario: &Scenario,
    limit: Reach,
    scheme: Option<SchemeId>,
    area: HomeAreaId,
    provider: ProviderId,
) -> bool {
    let geography = &scenario.geography;
    let Some(host) = scenario.providers[provider].host_icb else { return limit == Reach::Nation };
    let home = geography.home_areas[area].icb;
    match limit {
        Reach::Nation => true,
        Reach::Icb => host == home,
        Reach::Footprint => host == home || scheme.is_some_and(|scheme| geography.same_footprint(scheme, home, host)),
        Reach::Region => geography.same_region(host, home),
    }
}

/// The providers that can treat a service, `elsewhere` excluded, sorted.
pub(super) fn able(scenario: &Scenario, service: ServiceId) -> Vec<ProviderId> {
    let all: BTreeSet<ProviderId> = match &scenario.referral[service] {
        Referral::Observed(areas) => areas.iter().flat_map(|(_, shares)| shares).map(|share| share.0).collect(),
        Referral::Choice { attractions, .. } => attractions.iter().map(|alternative| alternative.0).collect(),
    };
    all.into_iter().filter(|&provider| !scenario.providers[provider].is_elsewhere()).collect()
}

/// Providers nearest first: those of smaller bodies before others, then by distance, then by id.
pub(super) fn nearest_first(
    scenario: &Scenario,
    scheme: Option<SchemeId>,
    area: HomeAreaId,
    providers: &mut [ProviderId],
) {
    providers.sort_by(|&a, &b| {
        let key = |provider| {
            let distance = km(scenario, area, provider).unwrap_or(f64::INFINITY);
            (reach(scenario, scheme, area, provider), distance)
        };
        let ((a_reach, a_km), (b_reach, b_km)) = (key(a), key(b));
        a_reach.cmp(&b_reach).then(a_km.total_cmp(&b_km)).then(a.cmp(&b))
    });
}

/// The providers to try, in order, by [`crate::domain::Overflow::Nearest`].
pub(super) fn nearest_candidates(
    scenario: &Scenario,
    rule: &FlowRule,
    service: ServiceId,
    area: HomeAreaId,
) -> Vec<ProviderId> {
    let mut candidates = able(scenario, service);
    candidates.retain(|&provider| {
        within(scenario, rule.reach, rule.scheme, area, provider)
            && rule.within_km.is_none_or(|limit| km(scenario, area, provider).is_some_and(|km| km <= limit))
    });
    nearest_first(scenario, rule.scheme, area, &mut candidates);
    candidates
}

/// A share of a stream's referrals that choose `provider` first; several for one provider if the choice is steered.
#[derive(Clone, Copy)]
pub(super) struct Pick {
    pub(super) provider: ProviderId,
    /// The choice without steering.
    pub(super) unsteered: ProviderId,
    pub(super) share: f64,
}

/// Steers shares (sorted by provider) to providers within the rule's first reach.
///
/// A patient whose choice lies within keeps it; the others choose again, in proportion, among those within. So the same
/// random number means the same provider wherever the rule allows it.
pub(super) fn steer(
    scenario: &Scenario,
    rule: &FlowRule,
    service: ServiceId,
    area: HomeAreaId,
    shares: &[(ProviderId, f64)],
) -> Vec<Pick> {
    let free = || shares.iter().map(|&(provider, share)| Pick { provider, unsteered: provider, share }).collect();
    if rule.first == Reach::Nation {
        return free();
    }
    let inside = |provider: ProviderId| within(scenario, rule.first, rule.scheme, area, provider);
    let mut preferred: Vec<(ProviderId, f64)> =
        shares.iter().copied().filter(|&(provider, share)| share > 0.0 && inside(provider)).collect();
    if preferred.is_empty() {
        let mut able: Vec<ProviderId> = able(scenario, service).into_iter().filter(|&p| inside(p)).collect();
        nearest_first(scenario, rule.scheme, area, &mut able);
        preferred.extend(able.first().map(|&nearest| (nearest, 1.0)));
    }
    let total: f64 = preferred.iter().map(|(_, share)| share).sum();
    if total <= 0.0 {
        return free();
    }
    let stays = |provider: &Provider| provider.is_elsewhere();
    shares
        .iter()
        .flat_map(|&(provider, share)| {
            if stays(&scenario.providers[provider]) || inside(provider) {
                vec![Pick { provider, unsteered: provider, share }]
            } else {
                let part = |&(to, part): &(ProviderId, f64)| Pick {
                    provider: to,
                    unsteered: provider,
                    share: share * part / total,
                };
                preferred.iter().map(part).collect()
            }
        })
        .collect()
}
