//! `tierflow calibrate`: choice models fitted to observed flows, and demand scaled to observed places.

mod beds;
mod layer;
mod text;

use super::args::{By, CalibrateArgs, Format, Model, On};
use super::exit::Exit;
use super::printer::Printer;
use super::{interrupt, load, render};
use crate::domain::TravelMeasure;
use crate::experiment::{Attraction, CalibrationProblem, CalibrationRules, Law, ServiceFit, calibrate_service};
use crate::ids::ServiceId;
use crate::results::{Calibration, FittedService};
use crate::scenario::{
    self, LoadedObservations, Observations, ObservedFiles, Origin, Scenario, load_observations, origins,
};
use crate::stats::conditional_logit::FitError;
use crate::store::{ScenarioFolder, StoreError, check_layer, table_json, write_csv};
use std::collections::BTreeSet;

pub(super) fn calibrate(args: &CalibrateArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: &CalibrateArgs, printer: Printer) -> Result<Exit, Exit> {
    let files = |problem: StoreError| {
        printer.error(&problem.to_string());
        Exit::Files
    };
    let scenario = load::scenario(&args.scenario, &args.set.set, printer)?;
    let scenario = &scenario;
    let option = load::option(scenario, args.option.as_deref(), printer)?;
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
    let folder = ScenarioFolder::begin(&args.out, &args.scenario, &args.set.set).map_err(files)?;
    let met = if observations.beds.is_empty() {
        folder.write(&layer::of(&calibration)).map_err(files)?;
        reload(&folder, printer)?;
        true
    } else {
        beds::scale(&mut calibration, &observations, &folder, option, args, printer)?
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
        Format::Table => text::shown(calibration, args.flows.is_none(), printer),
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
    // All that are wrong are said.
    let named: Vec<Result<ServiceId, Exit>> =
        args.services.iter().map(|name| load::service(scenario, name, printer)).collect();
    let named: BTreeSet<ServiceId> = named.into_iter().collect::<Result<_, _>>()?;
    let in_file: BTreeSet<ServiceId> = observations.flows.keys().map(|key| key.0).collect();
    let several = |id: ServiceId| {
        matches!(&scenario.referral[id], crate::domain::Referral::Observed(areas)
            if areas.iter().flat_map(|(_, shares)| shares).map(|share| share.0).collect::<BTreeSet<_>>().len() > 1)
    };
    let chosen = |&id: &ServiceId| {
        if named.is_empty() {
            if args.flows.is_some() { in_file.contains(&id) } else { several(id) }
        } else {
            named.contains(&id)
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
