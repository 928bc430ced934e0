//! The events of one replication in words and numbers, for whoever writes them down.

use super::chances::pools_needed;
use crate::engine::{Event, Held};
use crate::ids::{CellId, IndexVec, PoolId};
use crate::model::{InitialSource, Model};
use crate::random::{Patient, StreamKey};
use crate::scenario::Scenario;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The columns of an event log with their meaning.
pub const EVENT_COLUMNS: [(&str, &str); 14] = [
    ("event", "number of the event, from 0; events of the same millisecond keep this order"),
    (
        "case",
        "the patient: home area/service:w and the week of referral:number in it (other forms for those there at the start)",
    ),
    ("time", "when, as civil time; days have 24 hours, there is no summer time"),
    ("ms", "the same in milliseconds from the beginning of the warm-up; negative before it"),
    ("activity", "slug of the stage"),
    ("what", "what happened"),
    ("provider", "ODS code, or elsewhere"),
    (
        "pool",
        "pools whose places the stage needs, the one on whose list patients wait first; blank for a stage without",
    ),
    ("holds", "places that the patient holds after the event, provider/pool=places"),
    ("home_area", "code of the home area"),
    ("home_icb", "ODS code of its ICB"),
    ("service", "slug of the service"),
    ("class", "emergency, urgent or elective; elective where the service states none"),
    (
        "lasted_ms",
        "what the event ends, in milliseconds: at starts the wait, at ends the whole stay, at completed everything since the referral; blank where it is not known",
    ),
];

/// One event as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRow<'a> {
    /// The patient.
    pub case: String,
    /// Civil time.
    pub time: String,
    /// Milliseconds from the beginning of the warm-up.
    pub ms: i64,
    /// The stage.
    pub activity: &'a str,
    /// What happened.
    pub what: &'static str,
    /// Who treats.
    pub provider: &'a str,
    /// The pools that the stage needs.
    pub pool: &'a str,
    /// The places held afterwards.
    pub holds: String,
    /// Where the patient lives.
    pub home_area: &'a str,
    /// Its ICB.
    pub home_icb: &'a str,
    /// For what.
    pub service: &'a str,
    /// The class of the patient.
    pub class: String,
    /// Milliseconds of what the event ends.
    pub lasted: Option<u64>,
}

/// Turns events into rows: has the names that the engine does not know.
#[derive(Debug)]
pub struct EventNames<'a> {
    scenario: &'a Scenario,
    model: &'a Model,
    /// The beginning of the warm-up.
    begin: DateTime,
    /// What is common to the cases of a stream, or of a group that is there at the start.
    cases: BTreeMap<StreamKey, Cases>,
    pools: IndexVec<CellId, String>,
}

#[derive(Debug)]
enum Cases {
    /// Of a stream, numbered in each week.
    Referred(String),
    /// Of a group that is there at the start, numbered throughout.
    AtStart(String),
}

impl<'a> EventNames<'a> {
    /// The names of a scenario in one of its models.
    pub fn new(scenario: &'a Scenario, model: &'a Model) -> Self {
        let day = scenario.run.start.to_datetime(jiff::civil::Time::midnight());
        let begin = day.saturating_sub(span(model.warm_up.cast_signed()));
        let pools = model.cells.ids().map(|cell| pools_of(scenario, model, cell)).collect();
        Self { scenario, model, begin, cases: cases(scenario, model), pools }
    }

    /// The scenario.
    pub fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// What a patient is called: the same in every replication, option and scenario that has the same home area and service.
    pub fn case(&self, patient: Patient) -> String {
        match self.cases.get(&patient.stream()) {
            Some(Cases::Referred(name)) => format!("{name}:w{}:{}", patient.window(), patient.ordinal()),
            Some(Cases::AtStart(name)) => format!("{name}:{}", patient.ordinal()),
            // Every key of a model is in the table.
            None => format!("{}:{}:{}", patient.stream().value(), patient.window(), patient.ordinal()),
        }
    }

    /// Civil time of an instant, to the millisecond.
    pub fn time(&self, ms: i64) -> String {
        format!("{:.3}", self.begin.saturating_add(span(ms)))
    }

    /// The words and numbers of an event.
    pub fn row(&self, event: &Event) -> EventRow<'_> {
        let (scenario, cell) = (self.scenario, &self.model.cells[event.cell]);
        let (area, service) = (&scenario.geography.home_areas[cell.home_area], &scenario.services[cell.service]);
        EventRow {
            case: self.case(event.patient),
            time: self.time(event.at),
            ms: event.at,
            activity: &service.stages[cell.stage].id,
            what: event.kind.word(),
            provider: &scenario.providers[cell.provider].id,
            pool: &self.pools[event.cell],
            holds: event.held.map_or_else(String::new, |held| self.holds(held)),
            home_area: &area.id,
            home_icb: &scenario.geography.icbs[area.icb].id,
            service: &service.id,
            class: cell.class.to_string(),
            lasted: event.lasted,
        }
    }

    fn holds(&self, held: Held) -> String {
        let mut text = String::new();
        for (pool, places) in places(self.model, held) {
            let Some(plan) = self.scenario.pools.get(pool) else { continue };
            let (space, provider) =
                (if text.is_empty() { "" } else { " " }, &self.scenario.providers[plan.provider].id);
            // Writing to a String cannot fail.
            let _ = write!(text, "{space}{provider}/{}={places}", plan.id);
        }
        text
    }
}

/// Milliseconds as jiff counts them.
fn span(ms: i64) -> SignedDuration {
    SignedDuration::from_millis(ms)
}

/// The pools with the numbers of places that somebody holds.
fn places(model: &Model, held: Held) -> Vec<(PoolId, u32)> {
    let Some(rules) = &model.rules else { return vec![(model.cell_pools[held.cell], 1)] };
    let range = &rules.cells[held.cell].holdings;
    let holdings = rules.holdings[range.start as usize..range.end as usize].iter().enumerate();
    holdings.filter(|(i, _)| held.mask & 1 << i != 0).map(|(_, holding)| (holding.pool, holding.places)).collect()
}

fn pools_of(scenario: &Scenario, model: &Model, cell: CellId) -> String {
    let own = model.cell_pools[cell];
    let needed: Vec<PoolId> = match &model.rules {
        Some(rules) => pools_needed(model, rules, cell).collect(),
        None => vec![own],
    };
    let names = needed.iter().filter_map(|&pool| scenario.pools.get(pool)).map(|pool| pool.id.as_str());
    names.collect::<Vec<_>>().join(" ")
}

/// Ids have no slash and no colon, so no two of these are the same.
fn cases(scenario: &Scenario, model: &Model) -> BTreeMap<StreamKey, Cases> {
    let name = |area, service| {
        let (area, service) = (&scenario.geography.home_areas[area], &scenario.services[service]);
        format!("{}/{}", area.id, service.id)
    };
    let mut cases: BTreeMap<StreamKey, Cases> = BTreeMap::new();
    for stream in &model.streams {
        cases.insert(stream.key, Cases::Referred(name(stream.home_area, stream.service)));
    }
    for group in &model.initial {
        let text = match &group.source {
            InitialSource::Stationary { stream, stage, .. } => {
                let stream = &model.streams[*stream];
                let stage = &scenario.services[stream.service].stages[*stage].id;
                format!("{}/{stage}:start", name(stream.home_area, stream.service))
            }
            InitialSource::Given { places, .. } => {
                let pool = places.first().and_then(|place| scenario.pools.get(model.cell_pools[place.cell]));
                let provider = pool.map_or("", |pool| &scenario.providers[pool.provider].id);
                format!("{provider}/{}:start", pool.map_or("", |pool| &pool.id))
            }
        };
        cases.insert(group.key, Cases::AtStart(text));
    }
    for group in &model.waiting {
        let cell = &model.cells[group.cell];
        let (name, provider) = (name(cell.home_area, cell.service), &scenario.providers[cell.provider].id);
        let text = format!("{name}/{provider}/{}/{}:listed", cell.class, group.waited);
        cases.insert(group.key, Cases::AtStart(text));
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_a_civil_time() {
        let day = jiff::civil::date(2025, 3, 30).to_datetime(jiff::civil::Time::midnight());
        let time = |ms| format!("{:.3}", day.saturating_add(span(ms)));
        assert_eq!(time(0), "2025-03-30T00:00:00.000");
        assert_eq!(time(26 * 3_600_000 + 61_007), "2025-03-31T02:01:01.007");
        assert_eq!(time(-1), "2025-03-29T23:59:59.999");
    }
}
