//! Where each activity cell counts.

use super::chances::{Chances, chances, pools_held, pools_needed};
use super::places::Places;
use super::table::dashboard::Held;
use crate::domain::{AtClose, Class, Preemption};
use crate::ids::{
    CellId, ClassRowId, FootprintId, IcbId, Id, IndexVec, PoolId, ProviderId, ServiceId, StageId, StreamId,
};
use crate::model::Model;
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::ops::Range;

/// For each cell the rows of the tables that it counts in, resolved once.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) cells: IndexVec<CellId, CellPlace>,
    pub(super) streams: IndexVec<StreamId, StreamPlace>,
    /// By scheme of footprints: the footprint of each ICB.
    pub(super) schemes: Vec<IndexVec<IcbId, Option<FootprintId>>>,
    pub(super) flows: Vec<(IcbId, ProviderId, ServiceId)>,
    /// Services at providers, in order, with what they are held to.
    pub(super) sites: Vec<(ServiceId, ProviderId, Held)>,
    /// The first pool of each.
    pub(super) site_pools: Vec<Option<PoolId>>,
    pub(super) icbs: usize,
    /// Of all schemes.
    pub(super) footprints: usize,
    /// By provider: its host, and whether it is known where it lies (elsewhere is in no body's area).
    pub(super) hosts: IndexVec<ProviderId, (Option<IcbId>, bool)>,
    pub(super) providers: usize,
    pub(super) services: usize,
    pub(super) pathways: usize,
    /// By pool, the hidden one included.
    pub(super) pools: IndexVec<PoolId, PoolFacts>,
    /// By class of a pool what is known of its patients.
    pub(super) classes: IndexVec<ClassRowId, PoolFacts>,
    /// Pools of which stages need places too, beside the one on whose list the patients wait.
    pub(super) secondary: Vec<(PoolId, Option<ClassRowId>)>,
}

/// What is known of a pool, or of one class of its patients.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PoolFacts {
    /// Waiting and leaving the list: of patients who stand on its list. Blocking: of its own places.
    pub(super) can: Chances,
    /// Some stage whose patients stand on its list has a waiting standard.
    pub(super) standard: bool,
    /// Some stage whose patients stand on its list has a trim point.
    pub(super) trim: bool,
}

impl PoolFacts {
    /// Patients of a cell seize its places; `listed` says whether they stand on its list meanwhile.
    fn add(&mut self, chances: Chances, listed: bool) {
        let Chances { waits, reneges, .. } = chances;
        let here = Chances { waits: listed && waits, reneges: listed && reneges, blocks: false, ..chances };
        self.can = self.can.or(here);
    }
}

/// Where one cell counts.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one cell")]
pub(super) struct CellPlace {
    pub(super) icb: IcbId,
    pub(super) provider: ProviderId,
    pub(super) service: ServiceId,
    pub(super) pool: PoolId,
    /// The row of its class in the pool, where the pool has classes.
    pub(super) class_row: Option<ClassRowId>,
    /// In [`Plan::secondary`].
    pub(super) secondary: Range<u32>,
    /// Position among the flows.
    pub(super) flow: u32,
    /// Position among the sites.
    pub(super) site: u32,
    /// Its stays count for the minimum volume of the site.
    pub(super) counts: bool,
    /// It begins farther from home than the standard allows.
    pub(super) beyond: bool,
    /// The ICB that hosts the provider.
    pub(super) host: Option<IcbId>,
    /// Kilometres from home; not a number where unknown.
    pub(super) km: f64,
    pub(super) first_stage: bool,
    /// The stage has a pool.
    pub(super) in_pool: bool,
    pub(super) chances: Chances,
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
        let mut sites: BTreeMap<(ServiceId, ProviderId), Held> = BTreeMap::new();
        for cell in &model.cells {
            let key = (cell.service, cell.provider);
            let standard = scenario.standards.of(cell.service, cell.provider);
            sites.entry(key).or_insert_with(|| Held { standard, ..Held::default() });
        }
        let site_of: BTreeMap<(ServiceId, ProviderId), u32> = sites.keys().copied().zip(0..).collect();
        let mut first_pools: Vec<Option<(StageId, PoolId)>> = vec![None; sites.len()];
        let chances = chances(scenario, model);
        let rows: BTreeMap<(PoolId, Class), ClassRowId> =
            model.classes.pools.iter_ids().map(|(id, &row)| (row, id)).collect();
        let mut secondary: Vec<(PoolId, Option<ClassRowId>)> = Vec::new();
        let mut cells: IndexVec<CellId, CellPlace> = IndexVec::new();
        for (id, cell) in model.cells.iter_ids() {
            let (icb, provider) = (icb_of(cell.home_area), &scenario.providers[cell.provider]);
            let line = &model.lines[cell.line];
            let first = secondary.len() as u32;
            if let Some(rules) = &model.rules {
                let others = pools_needed(model, rules, id).skip(1);
                secondary.extend(others.map(|pool| (pool, rows.get(&(pool, cell.class)).copied())));
            }
            let key = (cell.service, cell.provider);
            let site = site_of[&key];
            let held = sites.entry(key).or_default();
            let km = model.routes[cell.route].km.unwrap_or(f64::NAN);
            let in_pool = scenario.services[cell.service].stages[cell.stage].pool().is_some();
            held.waits |= chances[id].waits && line.standard != u64::MAX;
            held.distance |= !km.is_nan();
            let pool = &mut first_pools[site as usize];
            if in_pool && pool.is_none_or(|known| (cell.stage, cell.pool) < known) {
                *pool = Some((cell.stage, cell.pool));
            }
            cells.push(CellPlace {
                icb,
                provider: cell.provider,
                service: cell.service,
                pool: cell.pool,
                class_row: rows.get(&(cell.pool, cell.class)).copied(),
                secondary: first..secondary.len() as u32,
                flow: flows[&(icb, cell.provider, cell.service)],
                site,
                counts: cell.stage == held.standard.volume_stage.unwrap_or(StageId(0)),
                beyond: held.standard.maximum_km.is_some_and(|limit| km > limit),
                host: provider.host_icb,
                km,
                first_stage: cell.stage.index() == 0,
                in_pool,
                chances: chances[id],
                standard: line.standard != u64::MAX,
                trim: line.trim != u64::MAX,
                outside_region: provider.host_icb.is_some_and(|host| !geography.same_region(host, icb)),
                elsewhere: provider.is_elsewhere(),
            });
        }
        for (held, pool) in sites.values_mut().zip(&first_pools) {
            held.offers =
                pool.and_then(|(_, pool)| scenario.pools.get(pool)).is_some_and(|pool| Places::of(pool).offers());
        }
        let (pools, classes) = pool_facts(scenario, model, &cells, &secondary, &rows);
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
            sites: sites.into_iter().map(|((service, provider), held)| (service, provider, held)).collect(),
            site_pools: first_pools.into_iter().map(|pool| pool.map(|(_, pool)| pool)).collect(),
            icbs: geography.icbs.len(),
            footprints: geography.footprints.len(),
            hosts: scenario
                .providers
                .iter()
                .map(|provider| (provider.host_icb, provider.is_elsewhere() || provider.host_icb.is_some()))
                .collect(),
            providers: scenario.providers.len(),
            services: scenario.services.len(),
            pathways: model.classes.pathways.len(),
            pools,
            classes,
            secondary,
        }
    }

    /// The other pools of which a cell's stage needs places.
    pub(super) fn secondary(&self, place: &CellPlace) -> &[(PoolId, Option<ClassRowId>)] {
        &self.secondary[place.secondary.start as usize..place.secondary.end as usize]
    }
}

type Facts = (IndexVec<PoolId, PoolFacts>, IndexVec<ClassRowId, PoolFacts>);

/// What the cells of each pool and class say of it.
fn pool_facts(
    scenario: &Scenario,
    model: &Model,
    cells: &IndexVec<CellId, CellPlace>,
    secondary: &[(PoolId, Option<ClassRowId>)],
    rows: &BTreeMap<(PoolId, Class), ClassRowId>,
) -> Facts {
    let mut pools: IndexVec<PoolId, PoolFacts> = vec![PoolFacts::default(); model.pools.len()].into();
    let mut classes: IndexVec<ClassRowId, PoolFacts> = vec![PoolFacts::default(); model.classes.pools.len()].into();
    let mut used: IndexVec<PoolId, bool> = vec![false; model.pools.len()].into();
    for (id, place) in cells.iter_ids() {
        used[place.pool] = true;
        let own = [&mut pools[place.pool]].into_iter().chain(place.class_row.map(|row| &mut classes[row]));
        for facts in own {
            facts.add(place.chances, true);
            facts.standard |= place.standard;
            facts.trim |= place.trim;
        }
        for &(pool, row) in &secondary[place.secondary.start as usize..place.secondary.end as usize] {
            used[pool] = true;
            pools[pool].add(place.chances, false);
            if let Some(row) = row {
                classes[row].add(place.chances, false);
            }
        }
        if let Some(rules) = model.rules.as_ref().filter(|_| place.chances.blocks) {
            for pool in pools_held(model, rules, id) {
                pools[pool].can.blocks = true;
                if let Some(&row) = rows.get(&(pool, model.cells[id].class)) {
                    classes[row].can.blocks = true;
                }
            }
        }
    }
    for (id, pool) in scenario.pools.iter_ids() {
        let (facts, refuses) = (&mut pools[id], model.pools[id].refuses);
        let limited = Places::of(pool).limited;
        if !used[id] {
            // Nobody says otherwise.
            (facts.can.waits, facts.can.refuses) = (limited && !refuses, limited && refuses);
        }
        // Those who lose their places go back to the list.
        facts.can.waits |= model.rules.is_some()
            && limited
            && (pool.preemption != Preemption::Never || pool.at_close != AtClose::Finish);
    }
    (pools, classes)
}
