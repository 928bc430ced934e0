//! At which providers each stage takes place.

use super::distances::Distances;
use super::pathways;
use super::pools::PoolRows;
use super::services::Draft;
use crate::domain::{Provider, Referral, Service, StageSite, StreamDemand};
use crate::ids::{Id as _, IndexVec, ProviderId, StageId};
use crate::scenario::codes::Code;
use crate::scenario::diagnostic::quote;
use crate::scenario::read::Context;
use std::collections::BTreeSet;

/// The providers of one service's stages.
pub(super) struct Sites {
    /// Those that patients are referred to, `elsewhere` included; overflow leads nowhere else.
    pub(super) referred: BTreeSet<ProviderId>,
    /// For each stage, whether patients get there at the provider that they were referred to.
    pub(super) here: Vec<bool>,
    /// For each stage, the providers near home where they get there.
    pub(super) near_home: Vec<BTreeSet<ProviderId>>,
}

impl Sites {
    /// The providers where a stage takes place.
    pub(super) fn of(&self, stage: StageId) -> BTreeSet<ProviderId> {
        let mut providers = self.near_home.get(stage.index()).cloned().unwrap_or_default();
        if self.here.get(stage.index()).copied().unwrap_or(false) {
            providers.extend(&self.referred);
        }
        providers
    }

    /// The providers that can treat the service: where patients are referred to, without `elsewhere`.
    pub(super) fn able<'s>(
        &'s self,
        providers: &'s IndexVec<ProviderId, Provider>,
    ) -> impl Iterator<Item = ProviderId> + 's {
        let stated = |id: &ProviderId| providers.get(*id).is_some_and(|provider| !provider.is_elsewhere());
        self.referred.iter().copied().filter(stated)
    }
}

/// Finds the sites of every service, by its referrals and the pools near home.
pub(super) fn find(
    cx: &mut Context<'_>,
    services: &[Draft<'_>],
    referral: &[Referral],
    rows: &PoolRows<'_>,
) -> Vec<Sites> {
    let mut sites = Vec::new();
    for (draft, referral) in services.iter().zip(referral) {
        let referred = match referral {
            Referral::Observed(areas) => areas.iter().flat_map(|(_, shares)| shares).map(|share| share.0).collect(),
            Referral::Choice { attractions, .. } => attractions.iter().map(|alternative| alternative.0).collect(),
        };
        sites.push(of_service(&draft.service, referred, rows));
        for (id, stage) in draft.service.stages.iter_ids().skip(1) {
            if stage.site == StageSite::NearHome
                && let Some(pool) = stage.pool()
                && rows.providers(pool).next().is_none()
                && cx.whole("pools")
            {
                cx.sink.report(Code::BadSite, draft.at(id, "at"), || {
                    let message = format!(
                        "stage {} of {} is near home, but no provider has a row of its own for the pool {}",
                        quote(&stage.id),
                        draft.service.id,
                        quote(pool)
                    );
                    (message, format!("Add rows such as PROVIDER,{pool},12 to pools for the providers near home."))
                });
            }
        }
    }
    sites
}

/// Checks that the nearest provider of stages near home can be found.
pub(super) fn distances(
    cx: &mut Context<'_>,
    services: &[Draft<'_>],
    rows: &PoolRows<'_>,
    streams: &[StreamDemand],
    distances: Distances<'_>,
) {
    if !["travel", "home_areas", "providers", "pools"].iter().all(|table| cx.whole(table)) {
        return;
    }
    for (position, draft) in services.iter().enumerate() {
        for (id, stage) in draft.service.stages.iter_ids().skip(1) {
            let candidates: Vec<ProviderId> = match (stage.site, stage.pool()) {
                (StageSite::NearHome, Some(pool)) => rows.providers(pool).collect(),
                _ => continue,
            };
            let areas = streams.iter().filter(|stream| stream.service.index() == position);
            // The only one is the nearest.
            if candidates.len() > 1
                && let Some(pair) = distances.unknown(areas.map(|stream| stream.home_area), &candidates)
            {
                cx.sink.report_plain(Code::NoDistance, draft.at(id, "at"), || {
                    let (stage, service) = (quote(&stage.id), &draft.service.id);
                    format!("stage {stage} of {service} is near home, but the kilometres {pair} are not known")
                });
            }
        }
    }
}

fn of_service(service: &Service, referred: BTreeSet<ProviderId>, rows: &PoolRows<'_>) -> Sites {
    let stages = &service.stages;
    let near_home = |at: usize| at > 0 && stages[StageId::new(at)].site == StageSite::NearHome;
    // The way on from a stage, up to the next one near home.
    let on = |at: usize| pathways::forward(stages, at).into_iter().filter(|&to| !near_home(to)).collect();
    let here = pathways::closure(stages.len(), [0], on);
    let mut sites = vec![BTreeSet::new(); stages.len()];
    for at in (0..stages.len()).filter(|&at| near_home(at)) {
        let Some(pool) = stages[StageId::new(at)].pool() else { continue };
        let candidates: BTreeSet<ProviderId> = rows.providers(pool).collect();
        let reached = pathways::closure(stages.len(), [at], on);
        for (site, _) in sites.iter_mut().zip(reached).filter(|(_, reached)| *reached) {
            site.extend(&candidates);
        }
    }
    Sites { referred, here, near_home: sites }
}
