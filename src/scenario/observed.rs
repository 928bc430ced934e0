//! Observations beside a scenario: who went where, how long waits were, how many places were occupied. Read with every mistake
//! reported at once.

use super::codes::Code;
use super::diagnostic::{Diagnostic, Sink, quote, suggestion};
use super::grammar::{self, OBSERVED_BEDS, OBSERVED_FLOWS, OBSERVED_WAITS, Section};
use super::names::Names;
use super::node::{Node, Value};
use super::read::Row;
use super::source::{Place, SourceMap};
use super::{Scenario, csv_table};
use crate::ids::{HomeAreaId, ProviderId, ServiceId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A home area as the files list it: itself, or the parts that a split of its ICB makes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Its id.
    pub id: String,
    /// The home areas of the scenario that it is; at least one.
    pub areas: Vec<HomeAreaId>,
}

/// The home areas as the files list them, sorted by id.
pub fn origins(scenario: &Scenario) -> Vec<Origin> {
    let mut origins: BTreeMap<&str, Vec<HomeAreaId>> = BTreeMap::new();
    for (area, home) in scenario.geography.home_areas.iter_ids() {
        let whole = home.id.split(':').next().unwrap_or(&home.id);
        origins.entry(whole).or_default().push(area);
    }
    origins.into_iter().map(|(id, areas)| Origin { id: id.to_owned(), areas }).collect()
}

/// Where observations are.
#[derive(Clone, Copy, Default, Debug)]
pub struct ObservedFiles<'p> {
    /// Columns service, `home_area`, provider, patients and period.
    pub flows: Option<&'p Path>,
    /// Columns service, provider, `wait_days` and period.
    pub waits: Option<&'p Path>,
    /// Columns service, provider and occupied.
    pub beds: Option<&'p Path>,
}

/// What was observed. Periods are as written, empty where the file has none.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Observations {
    /// Patients by service, period, position among [`origins`], and provider.
    pub flows: BTreeMap<(ServiceId, String, usize, ProviderId), f64>,
    /// Waits in days by service, period and provider.
    pub waits: BTreeMap<(ServiceId, String, ProviderId), f64>,
    /// Occupied places by service and provider.
    pub beds: BTreeMap<(ServiceId, ProviderId), f64>,
}

/// What became of the files.
#[derive(Debug)]
pub struct LoadedObservations {
    /// The observations, if nothing is wrong with them.
    pub observations: Option<Observations>,
    /// All errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of all files, for the places of diagnostics.
    pub sources: SourceMap,
}

impl LoadedObservations {
    /// Whether a file could not even be read, rather than being wrong.
    pub fn unreadable(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code.is_io())
    }

    /// All diagnostics as plain text.
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|diagnostic| diagnostic.render(&self.sources)).collect::<Vec<_>>().join("\n")
    }
}

/// Loads observations of a scenario's services.
///
/// Never fails: mistakes of all kinds are in the diagnostics, all at once.
pub fn load_observations(scenario: &Scenario, files: ObservedFiles<'_>) -> LoadedObservations {
    let mut reader = Reader {
        scenario,
        origins: origins(scenario),
        sources: SourceMap::default(),
        sink: Sink::default(),
        found: Observations::default(),
    };
    reader.flows(files.flows);
    reader.waits(files.waits);
    reader.beds(files.beds);
    let Reader { sources, sink, found, .. } = reader;
    let observations = (!sink.has_errors()).then_some(found);
    LoadedObservations { observations, diagnostics: sink.finish(), sources }
}

struct Reader<'s> {
    scenario: &'s Scenario,
    origins: Vec<Origin>,
    sources: SourceMap,
    sink: Sink,
    found: Observations,
}

impl Reader<'_> {
    /// The rows of a file, checked against its columns.
    fn rows(&mut self, path: Option<&Path>, section: &'static Section) -> Vec<Node> {
        let Some(path) = path else { return Vec::new() };
        let file = match self.sources.read(path) {
            Ok(file) => file,
            Err(fault) => {
                self.sink.report(fault.code(false), None, || (fault.message.clone(), fault.cure.to_owned()));
                return Vec::new();
            }
        };
        let rows = csv_table::rows(&self.sources, file, section, &mut self.sink).unwrap_or_default();
        for row in rows.iter().filter(|row| matches!(row.value, Value::Table(_))) {
            grammar::check(row, section, &Names::default(), &mut self.sink);
        }
        rows
    }

    fn service(&mut self, row: Row<'_>) -> Option<ServiceId> {
        let name = row.text("service")?;
        let found = self.scenario.services.iter_ids().find(|(_, service)| service.id == name);
        if found.is_none() {
            let known: Vec<&str> = self.scenario.services.iter().map(|service| service.id.as_str()).collect();
            self.unknown("service", name, row.at("service"), &known);
        }
        found.map(|(id, _)| id)
    }

    /// A provider that can treat a service.
    fn provider(&mut self, row: Row<'_>, service: Option<ServiceId>) -> Option<ProviderId> {
        let name = row.text("provider")?;
        let found = self.scenario.providers.iter_ids().find(|(_, provider)| provider.id == name).map(|(id, _)| id);
        let Some(provider) = found else {
            let known: Vec<&str> = self.scenario.providers.iter().map(|provider| provider.id.as_str()).collect();
            self.unknown("provider", name, row.at("provider"), &known);
            return None;
        };
        let service = service?;
        if !self.scenario.can_treat(service, provider) {
            let service = &self.scenario.services[service].id;
            self.sink.report_plain(Code::ObservedElsewhere, Some(row.at("provider")), || {
                format!("{name} cannot treat {service} in the scenario")
            });
            return None;
        }
        Some(provider)
    }

    fn unknown(&mut self, what: &str, name: &str, place: Place, known: &[&str]) {
        self.sink.report(Code::UnknownName, Some(place), || {
            (format!("the scenario has no {what} {}", quote(name)), suggestion(name, known.iter().copied()))
        });
    }

    fn twice(&mut self, row: Row<'_>) {
        self.sink.report_plain(Code::Duplicate, Some(row.place), || "there is a row for the same above".to_owned());
    }

    fn flows(&mut self, path: Option<&Path>) {
        for node in self.rows(path, &OBSERVED_FLOWS) {
            let Some(row) = Row::of(&node) else { continue };
            let service = self.service(row);
            let provider = self.provider(row, service);
            let origin = row.text("home_area").and_then(|name| {
                let found = self.origins.iter().position(|origin| origin.id == name);
                if found.is_none() {
                    let known: Vec<String> = self.origins.iter().map(|origin| origin.id.clone()).collect();
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    self.unknown("home area", name, row.at("home_area"), &known);
                }
                found
            });
            let period = row.text("period").unwrap_or_default().to_owned();
            if let (Some(service), Some(provider), Some(origin), Some(patients)) =
                (service, provider, origin, row.number("patients"))
                && self.found.flows.insert((service, period, origin, provider), patients).is_some()
            {
                self.twice(row);
            }
        }
    }

    fn waits(&mut self, path: Option<&Path>) {
        let nodes = self.rows(path, &OBSERVED_WAITS);
        let mut places: BTreeMap<ServiceId, Place> = BTreeMap::new();
        for node in &nodes {
            let Some(row) = Row::of(node) else { continue };
            let service = self.service(row);
            let provider = self.provider(row, service);
            let period = row.text("period").unwrap_or_default().to_owned();
            if let (Some(service), Some(provider), Some(wait)) = (service, provider, row.number("wait_days")) {
                places.entry(service).or_insert(row.place);
                if self.found.waits.insert((service, period, provider), wait).is_some() {
                    self.twice(row);
                }
            }
        }
        // A provider's wait is known in every period with patients, or the service has no effect of waits.
        for (service, place) in places {
            let of = |key: &&(ServiceId, String, usize, ProviderId)| key.0 == service;
            let keys = || self.found.flows.keys().filter(of);
            let periods: BTreeSet<&String> = keys().map(|key| &key.1).collect();
            let providers: BTreeSet<ProviderId> = keys().map(|key| key.3).collect();
            let pairs = periods.iter().flat_map(|period| providers.iter().map(|&provider| (*period, provider)));
            let missing: Vec<(String, ProviderId)> = pairs
                .filter(|&(period, provider)| !self.found.waits.contains_key(&(service, period.clone(), provider)))
                .map(|(period, provider)| (period.clone(), provider))
                .collect();
            if let Some((period, provider)) = missing.first() {
                let when = if period.is_empty() { String::new() } else { format!(" in {}", quote(period)) };
                let more = if missing.len() > 1 { format!(", nor {} more", missing.len() - 1) } else { String::new() };
                let (service, provider) = (&self.scenario.services[service].id, &self.scenario.providers[*provider].id);
                self.sink.report_plain(Code::WaitMissing, Some(place), || {
                    format!("the wait for {service} at {provider}{when} is not given{more}")
                });
            }
        }
    }

    fn beds(&mut self, path: Option<&Path>) {
        for node in self.rows(path, &OBSERVED_BEDS) {
            let Some(row) = Row::of(&node) else { continue };
            let service = self.service(row);
            let provider = self.provider(row, service);
            if let (Some(service), Some(provider), Some(occupied)) = (service, provider, row.number("occupied")) {
                let first = self.scenario.services[service].stages.iter().next();
                if first.is_none_or(|stage| stage.needs.is_empty()) {
                    let service = &self.scenario.services[service].id;
                    self.sink.report_plain(Code::NoBeds, Some(row.at("service")), || {
                        format!("the first stage of {service} needs no pool")
                    });
                }
                if self.found.beds.insert((service, provider), occupied).is_some() {
                    self.twice(row);
                }
            }
        }
    }
}
