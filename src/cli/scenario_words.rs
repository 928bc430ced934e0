//! A scenario's parts in words and counts, shared by the commands.

use super::numbers;
use crate::domain::{CalendarPattern, Capacity, Pool, TieringOption, WhenFull};
use crate::experiment::Simulation;
use crate::ids::{PoolId, ProviderId};
use crate::model::Model;
pub(super) use crate::results::short_name as short;
use crate::scenario::{Provenance, Run, Scenario};
use crate::units::Ticks;
use jiff::ToSpan;
use std::collections::BTreeMap;

/// Names of everything that tables name by its id.
pub(super) struct Names<'a> {
    bodies: BTreeMap<&'a str, &'a str>,
    providers: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    /// The names in a scenario.
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        let geography = &scenario.geography;
        let mut bodies = BTreeMap::from([(TieringOption::NHS_ENGLAND, "NHS England")]);
        bodies.extend(geography.regions.iter().map(|region| (region.id.as_str(), region.name.as_str())));
        bodies.extend(geography.footprints.iter().map(|footprint| (footprint.id.as_str(), footprint.name.as_str())));
        bodies.extend(geography.icbs.iter().map(|icb| (icb.id.as_str(), icb.name.as_str())));
        let providers =
            scenario.providers.iter().map(|provider| (provider.id.as_str(), provider.name.as_str())).collect();
        Self { bodies, providers }
    }

    /// The id in a table's column, with its name if it has another one. Slugs say enough by themselves.
    pub(super) fn label(&self, column: &str, id: &str) -> String {
        let name = match column {
            "provider" => self.providers.get(id),
            "commissioner" | "decider" | "icb" | "home_icb" | "body" | "holder" | "footprint" => self.bodies.get(id),
            _ => None,
        };
        match name {
            Some(name) if id.contains('-') => short(name).to_owned(),
            Some(name) => labelled(id, name),
            None => id.to_owned(),
        }
    }
}

/// Code and short name of a provider.
pub(super) fn provider(scenario: &Scenario, id: ProviderId) -> String {
    let provider = &scenario.providers[id];
    labelled(&provider.id, &provider.name)
}

/// A code with its name, if it has another one.
pub(super) fn labelled(id: &str, name: &str) -> String {
    match name {
        "" => id.to_owned(),
        _ if name.eq_ignore_ascii_case(id) => short(name).to_owned(),
        _ => format!("{id} {}", short(name)),
    }
}

/// When a run takes place: `1 April 2025 to 31 March 2026 (365 days)`.
pub(super) fn when(run: &Run) -> String {
    let length = numbers::days(run.horizon.days());
    let last = (run.horizon.days() as i64).checked_sub(1).and_then(|days| run.start.checked_add(days.days()).ok());
    match last {
        Some(last) if last > run.start => format!("{} to {} ({length})", day(run.start), day(last)),
        _ => format!("{length} from {}", day(run.start)),
    }
}

/// A day in words.
pub(super) fn day(date: jiff::civil::Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// A time as it was probably written: `90 days`, `6 hours`.
pub(super) fn span(ticks: Ticks) -> String {
    numbers::days(ticks.days())
}

/// `37 of 60 input rows are assumed`, if any are.
pub(super) fn assumed(scenario: &Scenario) -> Option<String> {
    let assumed = scenario.inputs.iter().filter(|row| row.provenance == Provenance::Assumed).count();
    (assumed > 0).then(|| {
        let all = numbers::of(scenario.inputs.len(), "input row", "input rows");
        format!("{} of {all} {} assumed", numbers::count(assumed), if assumed == 1 { "is" } else { "are" })
    })
}

/// A pool with its places and what the traffic equations expect of it.
#[derive(Clone, Debug)]
pub(super) struct ExpectedLoad {
    pub(super) pool: PoolId,
    /// On average, where they change.
    pub(super) places: f64,
    /// Mean number of patients if there were no limit, by simulation.
    pub(super) patients: Vec<f64>,
}

impl ExpectedLoad {
    /// Patients by place in a simulation.
    pub(super) fn share(&self, simulation: usize) -> f64 {
        self.patients[simulation] / self.places
    }

    /// The largest of all simulations.
    fn largest_share(&self) -> f64 {
        self.patients.iter().copied().fold(0.0, f64::max) / self.places
    }

    /// Whether it depends on the flow rules.
    pub(super) fn differs(&self) -> bool {
        self.patients.iter().any(|patients| (patients - self.patients[0]).abs() > 1e-9 * self.patients[0])
    }
}

/// Limited pools with any load, fullest first.
pub(super) fn expected_loads(scenario: &Scenario, simulations: &[Simulation]) -> Vec<ExpectedLoad> {
    let Some(first) = simulations.first() else { return Vec::new() };
    let load = |(id, pool): (PoolId, &Pool)| {
        let places = mean_places(pool, &first.model, id).filter(|&places| places > 0.0)?;
        let patients = simulations.iter().map(|simulation| simulation.model.expected.offered_load[id]).collect();
        Some(ExpectedLoad { pool: id, places, patients })
    };
    let mut loads: Vec<ExpectedLoad> =
        scenario.pools.iter_ids().filter_map(load).filter(|load| load.largest_share() > 0.0).collect();
    loads.sort_by(|a, b| b.largest_share().total_cmp(&a.largest_share()).then(a.pool.cmp(&b.pool)));
    loads
}

/// The mean number of places of a pool that has a limit and holds no sessions, of which a load is no measure.
fn mean_places(pool: &Pool, model: &Model, id: PoolId) -> Option<f64> {
    let Capacity::Places(places) = pool.capacity else { return None };
    match pool.calendar.as_ref().map(|calendar| &calendar.pattern) {
        Some(CalendarPattern::Sessions(_)) => None,
        Some(CalendarPattern::Steps(_)) => Some(model.rules.as_ref()?.pools.get(id)?.mean_places),
        None => Some(f64::from(places)),
    }
}

/// `a, b and c`.
pub(super) fn and(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Which options share a simulation with the one that stands for all of them; nothing if none do.
pub(super) fn shared<'a>(groups: impl Iterator<Item = Vec<&'a str>>) -> Option<String> {
    let sentence = |group: Vec<&str>| {
        let (first, others) = group.split_first()?;
        (!others.is_empty()).then(|| format!("Under {} patients flow as under {first}.", and(others)))
    };
    let sentences: Vec<String> = groups.filter_map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// What happens at a full pool.
pub(super) fn when_full(rule: WhenFull) -> &'static str {
    match rule {
        WhenFull::Wait => "patients wait",
        WhenFull::Refuse => "patients are refused",
        WhenFull::Block => "patients stay where they are",
    }
}

/// Referrals a year that the scope holds.
pub(super) fn referrals_per_year(model: &Model) -> f64 {
    model.expected.in_scope_per_day.iter().sum::<f64>() * crate::units::DAYS_PER_YEAR
}
