//! Where each activity cell counts.

use crate::ids::{CellId, FootprintId, IcbId, Id, IndexVec, PoolId, ProviderId, ServiceId, StreamId};
use crate::model::Model;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// For each cell the rows of the tables that it counts in, resolved once.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) cells: IndexVec<CellId, CellPlace>,
    pub(super) streams: IndexVec<StreamId, StreamPlace>,
    /// By scheme of footprints: the footprint of each ICB.
    pub(super) schemes: Vec<IndexVec<IcbId, FootprintId>>,
    pub(super) flows: Vec<(IcbId, ProviderId, ServiceId)>,
    pub(super) icbs: usize,
    pub(super) providers: usize,
    pub(super) services: usize,
    pub(super) pools: IndexVec<PoolId, bool>,
}

/// Where one cell counts.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one cell")]
pub(super) struct CellPlace {
    pub(super) icb: IcbId,
    pub(super) provider: ProviderId,
    pub(super) service: ServiceId,
    pub(super) pool: PoolId,
    /// Position among the flows.
    pub(super) flow: u32,
    /// The ICB that hosts the provider.
    pub(super) host: Option<IcbId>,
    /// Kilometres from home; not a number where unknown.
    pub(super) km: f64,
    pub(super) first_stage: bool,
    /// The stage has a pool.
    pub(super) in_pool: bool,
    /// The pool has a limit, and patients wait when it is full.
    pub(super) waits: bool,
    /// The pool has a limit, and patients are refused when it is full.
    pub(super) refuses: bool,
    pub(super) standard: bool,
    pub(super) trim: bool,
    pub(super) outside_region: bool,
    /// The provider is `elsewhere`: outside every body.
    pub(super) elsewhere: bool,
}

/// Where the waiting list of one stream counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamPlace {
    pub(super) icb: IcbId,
    pub(super) service: ServiceId,
    /// The first stage has a waiting standard.
    pub(super) standard: bool,
}

impl Plan {
    pub(super) fn new(scenario: &Scenario, model: &Model) -> Self {
        let geography = &scenario.geography;
        let icb_of = |area| geography.home_areas[area].icb;
        let mut flows: BTreeMap<(IcbId, ProviderId, ServiceId), u32> = BTreeMap::new();
        for cell in &model.cells {
            flows.entry((icb_of(cell.home_area), cell.provider, cell.service)).or_default();
        }
        flows.values_mut().zip(0..).for_each(|(flow, position)| *flow = position);
        let limited: IndexVec<PoolId, bool> = model.pools.iter().map(|pool| pool.capacity != u32::MAX).collect();
        let cells = model
            .cells
            .iter()
            .map(|cell| {
                let (icb, provider) = (icb_of(cell.home_area), &scenario.providers[cell.provider]);
                let (line, pool) = (&model.lines[cell.line], &model.pools[cell.pool]);
                CellPlace {
                    icb,
                    provider: cell.provider,
                    service: cell.service,
                    pool: cell.pool,
                    flow: flows[&(icb, cell.provider, cell.service)],
                    host: provider.host_icb,
                    km: model.routes[cell.route].km.unwrap_or(f64::NAN),
                    first_stage: cell.stage.index() == 0,
                    in_pool: scenario.services[cell.service].stages[cell.stage].pool().is_some(),
                    waits: limited[cell.pool] && !pool.refuses,
                    refuses: limited[cell.pool] && pool.refuses,
                    standard: line.standard != u64::MAX,
                    trim: line.trim != u64::MAX,
                    outside_region: provider
                        .host_icb
                        .is_some_and(|host| geography.icbs[host].region != geography.icbs[icb].region),
                    elsewhere: provider.is_elsewhere(),
                }
            })
            .collect();
        let streams = model
            .streams
            .iter()
            .map(|stream| StreamPlace {
                icb: icb_of(stream.home_area),
                service: stream.service,
                standard: model.lines[model.first_line[stream.service]].standard != u64::MAX,
            })
            .collect();
        Self {
            cells,
            streams,
            schemes: geography.schemes.iter().map(|scheme| scheme.footprint_of.clone()).collect(),
            flows: flows.into_keys().collect(),
            icbs: geography.icbs.len(),
            providers: scenario.providers.len(),
            services: scenario.services.len(),
            pools: model.pools.iter().map(|pool| pool.capacity != u32::MAX && !pool.refuses).collect(),
        }
    }
}
