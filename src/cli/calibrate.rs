//! `tierflow calibrate`: choice models fitted to observed flows, and demand scaled to observed places.

mod layer;
mod text;

use super::args::{By, CalibrateArgs, Format, Model, On};
use super::exit::Exit;
use super::printer::Printer;
use super::{interrupt, load, render, settings, suggest};
use crate::domain::TravelMeasure;
use crate::experiment::{
    Attraction, CalibrationProblem, CalibrationRules, Law, Replications, ServiceFit, calibrate_service, replicate,
};
use crate::ids::{OptionId, ServiceId};
use crate::results::{BedRow, Calibration, FittedService, Prepared};
use crate::scenario::{
    self, LoadedObservations, Observations, ObservedFiles, Origin, Scenario, load_observations, origins,
};
use crate::stats::conditional_logit::FitError;
use crate::store::{ScenarioFolder, StoreError, check_layer, table_json, write_csv};
use std::collections::{BTreeMap, BTreeSet};

/// Demand is scaled until places differ by at most this share, or so many times.
const CLOSE: f64 = 0.005;
const TRIES: usize = 6;

pub(super) fn calibrate(args: &CalibrateArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: &CalibrateArgs, printer: Printer) -> Result<Exit, Exit> {
    let files = |problem: StoreError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let scenario = load::scenario(&args.scenario, &[], printer)?;
    let scenario = &scenario;
    check_layer(&args.out).map_err(files)?;
    let wanted =
        ObservedFiles { flows: args.flows.as_deref(), waits: args.waits.as_deref(), beds: args.beds.as_deref() };
    let observations = observed(load_observations(scenario, wanted), printer)?;
    let origins = origins(scenario);
    let services = services(scenario, args, &observations, printer)?;
    let rules = CalibrationRules {
        laws: match args.model {
            Model::Best => &[Law::Logit, Law::Huff],
            Model::Logit => &[Law::Logit],
            Model::Huff => &[Law::Huff],
        },
        on: match args.on {
            On::Km => TravelMeasure::Km,
            On::Minutes => TravelMeasure::Minutes,
        },
        at_least: args.at_least,
        attraction: match args.attraction {
            By::Provider => Attraction::Free,
            By::Places => Attraction::Places,
        },
    };
    let fits = fit_all(scenario, &origins, &services, &observations, &rules, printer)?;
    let mut calibration = Calibration {
        scenario,
        origins: &origins,
        services: fits.into_iter().map(|fit| FittedService { fit, factor: 1.0, beds: Vec::new() }).collect(),
    };
    interrupt::listen(printer, "stopping after the replications under way");
    let folder = ScenarioFolder::begin(&args.out, &args.scenario).map_err(files)?;
    let met = if observations.beds.is_empty() {
        folder.write(&layer::of(&calibration)).map_err(files)?;
        reload(&folder, printer)?;
        true
    } else {
        scale(&mut calibration, &observations, &folder, args, printer)?
    };
    for table in ["calibration", "calibration_fit", "calibration_beds"] {
        calibration.sheet(table).map_or(Ok(()), |sheet| folder.beside(sheet)).map_err(files)?;
    }
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    folder.finish().map_err(files)?;
    let exit =
        super::finish(printer, &shown(&calibration, args, printer), if met { Exit::Done } else { Exit::TargetMissed });
    if args.format == Format::Table {
        printer.note(&format!("\nscenario: {}; next: tierflow check {0}", args.out.display()));
    }
    Ok(exit)
}

fn shown(calibration: &Calibration<'_>, args: &CalibrateArgs, printer: Printer) -> String {
    match args.format {
        Format::Table => text::shown(calibration, printer),
        Format::Json => calibration.sheet("calibration").map(table_json).unwrap_or_default(),
        Format::Csv => {
            let mut bytes = Vec::new();
            // Writing into memory cannot fail.
            let _ = calibration.sheet("calibration").map(|sheet| write_csv(sheet, &mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// What is in the files, or what is wrong with them.
fn observed(loaded: LoadedObservations, printer: Printer) -> Result<Observations, Exit> {
    let exit = if loaded.unreadable() { Exit::Files } else { Exit::Invalid };
    let text = render::diagnostics(&loaded.diagnostics, &loaded.sources, printer.paint_message());
    if !text.is_empty() {
        printer.aside(&text);
    }
    loaded.observations.ok_or_else(|| {
        printer.error(&render::tally(&loaded.diagnostics).unwrap_or_else(|| "no observations".to_owned()));
        exit
    })
}

/// The services to calibrate, in the order of the scenario.
fn services(
    scenario: &Scenario,
    args: &CalibrateArgs,
    observations: &Observations,
    printer: Printer,
) -> Result<Vec<ServiceId>, Exit> {
    let known: Vec<&str> = scenario.services.iter().map(|service| service.id.as_str()).collect();
    let mut wrong = false;
    for name in args.services.iter().filter(|name| !known.contains(&name.as_str())) {
        printer.error(&format!("the scenario has no service `{name}`. {}", suggest::nearest(name, &known)));
        wrong = true;
    }
    if wrong {
        return Err(Exit::Usage);
    }
    let in_file: BTreeSet<ServiceId> = observations.flows.keys().map(|key| key.0).collect();
    let several = |id: ServiceId| {
        matches!(&scenario.referral[id], crate::domain::Referral::Observed(areas)
            if areas.iter().flat_map(|(_, shares)| shares).map(|share| share.0).collect::<BTreeSet<_>>().len() > 1)
    };
    let chosen = |&id: &ServiceId| {
        if args.services.is_empty() {
            if args.flows.is_some() { in_file.contains(&id) } else { several(id) }
        } else {
            args.services.contains(&scenario.services[id].id)
        }
    };
    let services: Vec<ServiceId> = scenario.services.ids().filter(chosen).collect();
    if services.is_empty() {
        printer.error(
            "there is nothing to calibrate: no service of the scenario has observed shares of several providers. Name a file \
             with observed patients by --flows",
        );
        return Err(Exit::Usage);
    }
    let others = observations.waits.keys().map(|key| key.0).chain(observations.beds.keys().map(|key| key.0));
    let others: BTreeSet<ServiceId> = others.filter(|id| !services.contains(id)).collect();
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|&id| scenario.services[id].id.as_str()).collect();
        printer.error(&format!(
            "waits or occupied places are given for {}, which is not calibrated: leave its rows out, or add it to --services",
            names.join(", ")
        ));
        return Err(Exit::Usage);
    }
    Ok(services)
}

/// Fits all services, or says what is wrong with each that cannot be fitted.
fn fit_all(
    scenario: &Scenario,
    origins: &[Origin],
    services: &[ServiceId],
    observations: &Observations,
    rules: &CalibrationRules,
    printer: Printer,
) -> Result<Vec<ServiceFit>, Exit> {
    let mut fits = Vec::new();
    for &service in services {
        match calibrate_service(scenario, origins, service, observations, rules) {
            Ok(fit) => fits.push(fit),
            Err(problem) => printer.error(&refused(&scenario.services[service].id, &problem)),
        }
    }
    if fits.len() == services.len() { Ok(fits) } else { Err(Exit::Invalid) }
}

/// Why a service cannot be calibrated, and what to do.
fn refused(service: &str, problem: &CalibrationProblem) -> String {
    let what = match problem {
        CalibrationProblem::NoFlows => {
            "nobody has observed where its patients go: name a file with observed patients by \
             --flows, or leave it out of --services"
                .to_owned()
        }
        CalibrationProblem::OneProvider => {
            "all observed patients went to one provider, so there is no choice to fit: leave it out of --services"
                .to_owned()
        }
        CalibrationProblem::NoTravel(area, provider) => format!(
            "the travel from {area} to {provider} is not known: add it to the table travel, or positions of both for kilometres"
        ),
        CalibrationProblem::NoPlaces(provider) => format!(
            "the places of {provider} are not known (none, unlimited, or out of scope), so they make no attraction: give it a \
             capacity in pools, or use --attraction provider"
        ),
        CalibrationProblem::NoWait(provider) => format!(
            "the wait at {provider} is not given, though those at other providers are: add it to the file of --waits, or leave the \
             service out of the file"
        ),
        CalibrationProblem::Sign(what, estimate, error) => format!(
            "the fitted effect of {what} has the wrong sign: {estimate:.4} (standard error {error:.4}), as if patients preferred \
             more of it. A choice model takes none such: check the data, or leave {what} out"
        ),
        CalibrationProblem::Fit(FitError::TooFew, _) => {
            "there are no more observed shares than parameters: give more home areas, or use --attraction places"
                .to_owned()
        }
        CalibrationProblem::Fit(FitError::Unbounded(_), groups) => format!(
            "the estimates of {} have no end: some home areas, or all, take one provider without exception. Give data in which \
             patients choose, or use --attraction places",
            listed(groups.iter().flatten())
        ),
        CalibrationProblem::Fit(FitError::Collinear(_), groups) => {
            let each: Vec<String> = groups.iter().map(|group| listed(group.iter())).collect();
            let waits = groups.iter().flatten().any(|name| name == "wait_days");
            let cure = if waits {
                "An effect of waits needs waits that differ between periods (column period of --flows and --waits), or \
                 --attraction places; or leave --waits out"
            } else {
                "Leave one of them out"
            };
            format!("the data cannot tell these columns apart: {}. {cure}", each.join("; and "))
        }
    };
    format!("{service} cannot be calibrated: {what}")
}

/// A list of names, long ones cut short; the wait first.
fn listed<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_by_key(|name| *name != "wait_days");
    let more = names.len().saturating_sub(12);
    names.truncate(12);
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Loads the scenario that was written, which has to be valid.
fn reload(folder: &ScenarioFolder, printer: Printer) -> Result<Scenario, Exit> {
    let loaded = scenario::load(folder.path(), &[]);
    if loaded.scenario.is_none() {
        printer.error("the calibrated scenario is not valid:");
        load::say(&loaded, printer);
    }
    loaded.scenario.ok_or(Exit::Invalid)
}

/// Scales demand until as many places are occupied as were observed; false if they are not.
fn scale(
    calibration: &mut Calibration<'_>,
    observations: &Observations,
    folder: &ScenarioFolder,
    args: &CalibrateArgs,
    printer: Printer,
) -> Result<bool, Exit> {
    let scenario = calibration.scenario;
    alone(scenario, observations, printer)?;
    let mut met = false;
    for attempt in 0..=TRIES {
        folder.write(&layer::of(calibration)).map_err(|problem| {
            printer.error(&problem.to_string());
            Exit::Files
        })?;
        let made = reload(folder, printer)?;
        let found = occupied(&made, if attempt == 0 { 0 } else { args.replications }, args, printer)?;
        met = attempt > 0;
        for one in &mut calibration.services {
            let beds = observations.beds.iter().filter(|(key, _)| key.0 == one.fit.service);
            let id = one.fit.service;
            let first = scenario.services[id].stages.iter().next().and_then(|stage| stage.needs.first());
            let Some(pool) = first.map(|need| need.pool.clone()) else { continue };
            one.beds = beds
                .map(|(&(_, provider), &observed)| {
                    let provider = scenario.providers[provider].id.clone();
                    let (expected, simulated) =
                        found.get(&(provider.clone(), pool.clone())).copied().unwrap_or_default();
                    BedRow { provider, pool: pool.clone(), observed, expected, simulated }
                })
                .collect();
            if one.beds.is_empty() {
                continue;
            }
            let sum = |of: fn(&BedRow) -> f64| one.beds.iter().map(of).sum::<f64>();
            // The traffic equations first, then what was simulated.
            let occupied = if attempt == 0 { sum(|row| row.expected) } else { sum(|row| row.simulated) };
            let ratio = sum(|row| row.observed) / occupied;
            if !ratio.is_finite() || ratio <= 0.0 {
                printer.error(&format!(
                    "{}: {} places are observed as occupied and {} expected, so demand cannot be scaled",
                    scenario.services[id].id,
                    sum(|row| row.observed),
                    occupied
                ));
                return Err(Exit::Invalid);
            }
            if libm::fabs(ratio - 1.0) > CLOSE || attempt == 0 {
                met &= libm::fabs(ratio - 1.0) <= CLOSE;
                if attempt < TRIES {
                    // Full places hold no more patients, however many come: no leaps.
                    one.factor *= if attempt == 0 { ratio } else { ratio.clamp(0.5, 1.5) };
                }
            }
        }
        if met {
            break;
        }
    }
    Ok(met)
}

/// Refuses observed places of pools that patients of other services take, too.
fn alone(scenario: &Scenario, observations: &Observations, printer: Printer) -> Result<(), Exit> {
    let services: BTreeSet<ServiceId> = observations.beds.keys().map(|key| key.0).collect();
    for &service in &services {
        let Some(pool) = scenario.services[service].stages.iter().next().and_then(|stage| stage.needs.first()) else {
            continue;
        };
        let uses = |id: &ServiceId| {
            scenario.services[*id].stages.iter().flat_map(|stage| &stage.needs).any(|need| need.pool == pool.pool)
        };
        if let Some(other) = scenario.services.ids().find(|id| *id != service && uses(id)) {
            printer.error(&format!(
                "the occupied places of {} are in the pool {}, which {} uses, too: they cannot say how many patients of either \
                 there are. Give the services pools of their own, or leave {0} out of --beds",
                scenario.services[service].id, pool.pool, scenario.services[other].id
            ));
            return Err(Exit::Invalid);
        }
    }
    Ok(())
}

/// Occupied places by provider and pool: expected, and simulated.
type Occupied = BTreeMap<(String, String), (f64, f64)>;

/// Occupied places by provider and pool: by the traffic equations, and as the mean of some replications, if any.
fn occupied(scenario: &Scenario, replications: u32, args: &CalibrateArgs, printer: Printer) -> Result<Occupied, Exit> {
    let simulations = load::compile(scenario, &[OptionId(0)], printer)?;
    let Some(simulation) = simulations.first() else { return Ok(Occupied::new()) };
    let mut found = Occupied::new();
    for (id, pool) in scenario.pools.iter_ids() {
        let key = (scenario.providers[pool.provider].id.clone(), pool.id.clone());
        found.insert(key, (simulation.model.expected.offered_load[id], 0.0));
    }
    if replications == 0 {
        return Ok(found);
    }
    let prepared = Prepared::new(scenario, simulation);
    let how = Replications {
        numbers: (0, replications),
        threads: settings::threads(args.threads).min(replications as usize),
        progress: &|_| {},
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    let ran = replicate(prepared.model, how, || prepared.measurer()).map_err(|problem| {
        printer.error(&problem.to_string());
        if matches!(problem, crate::experiment::ReplicationError::Interrupted) {
            Exit::Interrupted
        } else {
            Exit::Invalid
        }
    })?;
    let rows = prepared.layout.outline().rows().filter(|row| row.table.name == "pools" && row.period == "all");
    for row in rows.filter(|row| row.metric.name == "mean_occupied") {
        let mean = ran.numbers.iter().map(|values| values[row.position]).sum::<f64>() / ran.numbers.len() as f64;
        if let [provider, pool] = row.entity
            && let Some(both) = found.get_mut(&(provider.clone(), pool.clone()))
        {
            both.1 = mean;
        }
    }
    Ok(found)
}
