//! Quantities of a simulation whose means are known without simulating.

use crate::domain::{Lever, StartingState};
use crate::ids::{IcbId, Id, IndexVec, PoolId, ProviderId, ServiceId};
use crate::model::{Intensity, Model, Stream};
use crate::results::layout::Row;
use crate::results::notes::{Note, NoteKind};
use crate::results::table::{Table, icbs, pools, services};
use crate::results::{Part, Results};
use crate::scenario::Scenario;
use crate::stats::student::MeanTest;
use crate::units::{DAY, WEEK};
use std::collections::{BTreeMap, BTreeSet};

/// Places in use are no control if they differ from theory at this level, divided by the number of pools.
const LEVEL: f64 = 0.001;

/// A quantity with a known mean.
pub(super) struct Control {
    pub(super) name: String,
    /// One value a replication.
    pub(super) values: Vec<f64>,
    pub(super) mean: f64,
}

/// Where the value of an entity stands in a replication, and its known mean.
type Known = (usize, f64);

/// The controls of one simulation.
pub(super) struct Controls<'a> {
    pub(super) options: &'a [String],
    numbers: &'a [Vec<f64>],
    scenario: &'a Scenario,
    by_icb: BTreeMap<&'a str, Known>,
    by_service: BTreeMap<ServiceId, Known>,
    by_pool: BTreeMap<PoolId, Known>,
    /// Who works where: the pools of stages that need none are left out.
    work: BTreeSet<(ServiceId, ProviderId, Option<PoolId>)>,
    /// Pools in the results whose mean is not known, and those that differ from what theory says.
    unknown: Vec<String>,
    doubtful: Vec<String>,
}

impl<'a> Controls<'a> {
    pub(super) fn new(results: &'a Results<'_>, part: &'a Part<'_>) -> Self {
        let (scenario, model, numbers) = (results.scenario, part.model, results.numbers.as_slice());
        let first = part.options.first().map_or("", String::as_str);
        let rows = |table: &'static Table, metric: &'static str| {
            let all = results.outline.rows_of(table);
            all.filter(move |row| row.option == first && row.period == "all" && row.metric.name == metric)
        };
        let icb_of = |stream: &Stream| scenario.geography.home_areas[stream.home_area].icb;
        let icb_means: BTreeMap<&str, f64> = means(model, icb_of)
            .into_iter()
            .map(|(icb, mean): (IcbId, f64)| (scenario.geography.icbs[icb].id.as_str(), mean))
            .collect();
        let service_means = means(model, |stream| stream.service);
        let service = |id: &str| scenario.services.iter_ids().find(|(_, service)| service.id == id).map(|(id, _)| id);
        let by_icb = rows(&icbs::ICBS, "referrals")
            .filter_map(|row| Some((row.entity[0].as_str(), (row.position, *icb_means.get(row.entity[0].as_str())?))))
            .collect();
        let by_service = rows(&services::SERVICES, "referrals")
            .filter_map(|row| {
                let id = service(&row.entity[0])?;
                Some((id, (row.position, *service_means.get(&id)?)))
            })
            .collect();
        let settled = settled(scenario, model);
        let pool_ids: BTreeMap<(&str, &str), PoolId> = scenario
            .pools
            .iter_ids()
            .map(|(id, pool)| ((scenario.providers[pool.provider].id.as_str(), pool.id.as_str()), id))
            .collect();
        let listed: Vec<(PoolId, Row<'_>)> = rows(&pools::POOLS, "mean_occupied")
            .filter_map(|row| Some((*pool_ids.get(&(row.entity[0].as_str(), row.entity[1].as_str()))?, row)))
            .collect();
        let level = LEVEL / listed.len().max(1) as f64;
        let (mut by_pool, mut unknown, mut doubtful) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (id, row) in listed {
            let mean = model.expected.offered_load[id];
            let away: Vec<f64> = numbers.iter().map(|values| values[row.position] - mean).collect();
            let test = MeanTest::of(results.independent(&away), 0.05);
            if !settled[id] {
                unknown.push(row.entity.join(" "));
            } else if test.is_some_and(|test| test.p_value < level && test.sd > 0.0) {
                doubtful.push(row.entity.join(" "));
            } else {
                by_pool.insert(id, (row.position, mean));
            }
        }
        let pool = |pool: PoolId| (pool != model.no_pool()).then_some(pool);
        let work = model.cells.iter().map(|cell| (cell.service, cell.provider, pool(cell.pool))).collect();
        Self { options: &part.options, numbers, scenario, by_icb, by_service, by_pool, work, unknown, doubtful }
    }

    /// The controls of a row: referrals of its residents or services, and the places in use at its pools.
    pub(super) fn of(&self, row: &Row<'_>) -> Vec<Control> {
        let entity = row.entity;
        let concerned = |&&(service, provider, pool): &&(ServiceId, ProviderId, Option<PoolId>)| match row.table.name {
            "services" | "pathways" => self.scenario.services[service].id == entity[0],
            "providers" => self.scenario.providers[provider].id == entity[0],
            "pools" => pool.is_some_and(|pool| {
                self.scenario.providers[provider].id == entity[0] && self.scenario.pools[pool].id == entity[1]
            }),
            _ => true,
        };
        let work: Vec<_> = self.work.iter().filter(concerned).collect();
        let services: BTreeSet<ServiceId> = work.iter().map(|work| work.0).collect();
        let pools: BTreeSet<PoolId> = work.iter().filter_map(|work| work.2).collect();
        let referrals = if row.table.name == "icbs" {
            let of_residents = [self.by_icb.get(entity[0].as_str()).copied()].into_iter().collect();
            self.sum("referrals of residents", of_residents)
        } else {
            self.sum("referrals", services.iter().map(|id| self.by_service.get(id).copied()).collect())
        };
        // Places in use over places are no estimate if places in use are known.
        let known = pools.iter().filter(|_| row.metric.name != "utilisation");
        let places = self.sum("places in use", known.map(|id| self.by_pool.get(id).copied()).collect());
        referrals.into_iter().chain(places).collect()
    }

    /// The sum of several quantities, if all of them are known and there are any.
    fn sum(&self, name: &str, known: Option<Vec<Known>>) -> Option<Control> {
        let known = known.filter(|known| !known.is_empty())?;
        let sum = |values: &Vec<f64>| known.iter().map(|&(position, _)| values[position]).sum();
        let mean = known.iter().map(|(_, mean)| mean).sum();
        Some(Control { name: name.to_owned(), values: self.numbers.iter().map(sum).collect(), mean })
    }

    pub(super) fn notes(&self, several: bool) -> Vec<Note> {
        let under = match self.options.first() {
            Some(option) if several => format!(" under {option}"),
            _ => String::new(),
        };
        let unknown = format!(
            "Places in use are no control{under} where their mean is not exactly known (other rules than one first-come list, \
             patients refused on the way, a profile, a list that grows, or a start without warm-up that is not stationary)"
        );
        let doubtful = format!(
            "Places in use are no control{under} where they differ from what theory says at the {} % level: the warm-up may be \
             too short",
            100.0 * LEVEL
        );
        [(unknown, &self.unknown), (doubtful, &self.doubtful)]
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(lead, list)| Note { kind: NoteKind::ControlVariates, lead, list: list.clone() })
            .collect()
    }
}

/// Mean referrals in the period of the results, in scope, by something that streams have. Left out where it depends on waits
/// whether a patient is in scope.
///
/// Referrals are a Poisson process of known intensity whose patients are kept or not by words of their own, so the mean is
/// exact.
fn means<K: Ord + Copy>(model: &Model, of: impl Fn(&Stream) -> K) -> BTreeMap<K, f64> {
    let (mut means, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    for stream in &model.streams {
        let per_tick = stream.intensity.mean_per_tick();
        let days = if per_tick > 0.0 { mean_referrals(model, stream) / (per_tick * DAY as f64) } else { 0.0 };
        let routes = (0..stream.routes as usize).map(|i| Id::new(stream.first_route.index() + i));
        let per_day: f64 = routes.clone().map(|route| model.expected.in_scope_per_day[route]).sum();
        *means.entry(of(stream)).or_insert(0.0) += per_day * days;
        let looks_at_waits = model.rules.as_ref().is_some_and(|rules| rules.services[stream.service].wait_decay > 0.0);
        if looks_at_waits && routes.into_iter().any(|route| model.first_cells[route].is_none()) {
            unknown.insert(of(stream));
        }
    }
    means.retain(|key, _| !unknown.contains(key));
    means
}

/// Mean referrals of a stream in the period of the results: rates that grow do so from week to week, when a week begins in a new
/// year.
fn mean_referrals(model: &Model, stream: &Stream) -> f64 {
    let Some(variation) = &model.variation else { return stream.intensity.mean_between(model.warm_up, model.end) };
    let week = |number: u64| {
        let (from, to) = ((number * WEEK).max(model.warm_up), ((number + 1) * WEEK).min(model.end));
        let grown = variation.grown(stream.service, variation.year(number * WEEK));
        grown * stream.intensity.mean_between(from, to)
    };
    (model.warm_up / WEEK..model.end.div_ceil(WEEK)).map(week).sum()
}

/// The pools in which as many places are in use on average as the traffic equations say: nobody is refused on the way there,
/// every list on the way is stable, referrals come at a constant rate that does not grow, and the start is stationary without
/// limits or has been warmed up. Of models with rules beyond one first-come list a pool none.
fn settled(scenario: &Scenario, model: &Model) -> IndexVec<PoolId, bool> {
    let mut services: IndexVec<ServiceId, bool> = vec![model.rules.is_none(); scenario.services.len()].into();
    for stream in &model.streams {
        services[stream.service] &= matches!(stream.intensity, Intensity::Constant { .. })
            && scenario.factors.of(stream.service, Lever::Growth) == 1.0;
    }
    for cell in &model.cells {
        let pool = &model.pools[cell.pool];
        let limited = pool.capacity != u32::MAX;
        let stable = !pool.refuses && model.expected.offered_load[cell.pool] < f64::from(pool.capacity);
        let stationary =
            scenario.services[cell.service].starting_state == StartingState::Stationary && !pool.given_start;
        let rested = model.warm_up > 0 || (stationary && !limited);
        services[cell.service] &= rested && (!limited || stable);
    }
    let mut settled: IndexVec<PoolId, bool> = vec![true; model.pools.len()].into();
    for cell in &model.cells {
        settled[cell.pool] &= services[cell.service];
    }
    settled
}
