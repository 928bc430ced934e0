//! Kilometres between home areas and providers.

use super::providers::Travel;
use crate::domain::{Geography, Provider, great_circle_km};
use crate::ids::{HomeAreaId, IndexVec, ProviderId};

/// What distances are taken from.
#[derive(Clone, Copy)]
pub(super) struct Distances<'t> {
    pub(super) geography: &'t Geography,
    pub(super) providers: &'t IndexVec<ProviderId, Provider>,
    pub(super) travel: &'t Travel,
}

impl Distances<'_> {
    /// The kilometres of the table `travel`, else of the great circle; nothing if neither is known.
    pub(super) fn km(&self, area: HomeAreaId, provider: ProviderId) -> Option<f64> {
        let stated = self.travel.get(&(area, provider)).and_then(|travel| travel.1);
        let (home, to) = (self.geography.home_areas.get(area)?, self.providers.get(provider)?);
        stated.or_else(|| Some(great_circle_km(home.position?, to.position?)))
    }

    /// A pair whose distance is not known, in words.
    pub(super) fn unknown(
        &self,
        mut areas: impl Iterator<Item = HomeAreaId>,
        providers: &[ProviderId],
    ) -> Option<String> {
        areas.find_map(|area| {
            let provider = *providers.iter().find(|provider| self.km(area, **provider).is_none())?;
            let (home, to) = (self.geography.home_areas.get(area)?, self.providers.get(provider)?);
            Some(format!("from {} to {}", home.id, to.id))
        })
    }
}
