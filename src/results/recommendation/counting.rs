//! What a replication leaves that tiers are judged by: patients by flow, and what they travel and cost.

use crate::activity::PeriodActivity;
use crate::engine::Outcome;
use crate::experiment::Observer;
use crate::ids::{CellId, HomeAreaId, IcbId, Id, IndexVec, ProviderId, ServiceId, StageId};
use crate::ledger::Tariff;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::DAYS_PER_YEAR;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Less than this of a financial year is rounding.
const YEAR_ROUNDING: f64 = 1e-9;

/// Patients of an ICB at a provider for a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Flow {
    pub(super) service: ServiceId,
    pub(super) icb: IcbId,
    pub(super) provider: ProviderId,
}

/// Where in the values of a replication each number stands: patients by flow; then by ICB and service those who travelled far,
/// those whose distance is known, and the cost of each whole financial year.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) flows: Vec<Flow>,
    /// By cell: the flow, if it is a first stage.
    flow_of: IndexVec<CellId, Option<usize>>,
    /// By cell: ICB and service as one position.
    pair_of: IndexVec<CellId, usize>,
    /// By cell: whether the way is far, where it is known.
    far: IndexVec<CellId, Option<bool>>,
    /// By base period the whole year that it belongs to, if it belongs to one.
    year_of: Vec<Option<usize>>,
    pub(super) years: usize,
    pub(super) services: usize,
    pairs: usize,
    /// Years of 365.25 days simulated.
    pub(super) length: f64,
}

impl Places {
    /// Of a model; `far_km` says from where on a journey for a service is far.
    pub(super) fn new(scenario: &Scenario, model: &Model, far_km: impl Fn(ServiceId) -> f64) -> Self {
        let icb = |area: HomeAreaId| scenario.geography.home_areas[area].icb;
        let services = scenario.services.len();
        let flow = |id: CellId| {
            let cell = &model.cells[id];
            Flow { service: cell.service, icb: icb(cell.home_area), provider: cell.provider }
        };
        let flows: BTreeSet<Flow> = model.cells.ids().map(flow).collect();
        let flows: Vec<Flow> = flows.into_iter().collect();
        let first = |id: CellId| model.cells[id].stage == StageId(0);
        let mut lengths: BTreeMap<usize, f64> = BTreeMap::new();
        for base in &model.calendar.base {
            *lengths.entry(base.year).or_default() += base.years();
        }
        let whole: Vec<usize> =
            lengths.into_iter().filter(|(_, length)| *length > 1.0 - YEAR_ROUNDING).map(|(year, _)| year).collect();
        let collected = model.calendar.base.iter().map(|base| base.length).sum::<u64>();
        Self {
            flow_of: model.cells.ids().map(|id| first(id).then(|| flows.binary_search(&flow(id)).ok())?).collect(),
            pair_of: model.cells.ids().map(|id| flow(id).icb.index() * services + flow(id).service.index()).collect(),
            far: model
                .cells
                .ids()
                .map(|id| model.routes[model.cells[id].route].km.map(|km| km > far_km(model.cells[id].service)))
                .collect(),
            year_of: model.calendar.base.iter().map(|base| whole.iter().position(|year| *year == base.year)).collect(),
            years: whole.len(),
            services,
            pairs: scenario.geography.icbs.len() * services,
            length: crate::units::Ticks(collected).days() / DAYS_PER_YEAR,
            flows,
        }
    }

    pub(super) fn far_at(&self, pair: usize) -> usize {
        self.flows.len() + pair
    }

    pub(super) fn known_at(&self, pair: usize) -> usize {
        self.flows.len() + self.pairs + pair
    }

    pub(super) fn cost_at(&self, year: usize, pair: usize) -> usize {
        self.flows.len() + (2 + year) * self.pairs + pair
    }

    /// Where the flows of a service stand.
    pub(super) fn of_service(&self, service: ServiceId) -> Range<usize> {
        let before =
            |end: bool| self.flows.partition_point(|flow| flow.service < service || end && flow.service == service);
        before(false)..before(true)
    }

    fn len(&self) -> usize {
        self.flows.len() + (2 + self.years) * self.pairs
    }
}

/// Counts one replication after the other.
pub(super) struct Counter<'a> {
    places: &'a Places,
    tariff: &'a Tariff,
    base: usize,
    /// Patients, and pence.
    sums: Vec<i64>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(places: &'a Places, tariff: &'a Tariff) -> Self {
        Self { places, tariff, base: 0, sums: vec![0; places.len()] }
    }
}

impl Observer for Counter<'_> {
    fn period(&mut self, activity: &PeriodActivity) {
        let places = self.places;
        for (id, cell) in activity.cells.iter_ids().filter(|(_, cell)| cell.starts > 0) {
            let Some(flow) = places.flow_of[id] else { continue };
            let patients = i64::from(cell.starts);
            self.sums[flow] += patients;
            if let Some(far) = places.far[id] {
                self.sums[places.known_at(places.pair_of[id])] += patients;
                self.sums[places.far_at(places.pair_of[id])] += if far { patients } else { 0 };
            }
        }
        if let Some(year) = places.year_of[self.base] {
            for (id, price) in self.tariff.value(activity).price.iter_ids() {
                self.sums[places.cost_at(year, places.pair_of[id])] += price.0;
            }
        }
        self.base += 1;
    }

    fn finish(&mut self, _outcome: &Outcome) -> Vec<f64> {
        self.base = 0;
        std::mem::replace(&mut self.sums, vec![0; self.places.len()]).into_iter().map(|sum| sum as f64).collect()
    }
}
