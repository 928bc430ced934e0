//! From a path to a scenario and its model, with everything said that there is to say.

use super::exit::Exit;
use super::interrupt;
use super::printer::Printer;
use super::render;
use super::suggest;
use crate::experiment::{self, ReplicationError, Replications, Simulation, WarmUp, WarmUpError, simulations};
use crate::ids::{Id as _, OptionId, ServiceId};
use crate::scenario::{self, Loaded, Scenario};
use std::path::Path;

/// Loads a scenario that has to be valid; diagnostics go to standard error, warnings only if wanted.
///
/// # Errors
/// The exit code of a scenario that is wrong or cannot be read.
pub(super) fn scenario(path: &Path, overrides: &[String], printer: Printer) -> Result<Scenario, Exit> {
    let loaded = scenario::load(path, overrides);
    say(&loaded, printer);
    let exit = failure(&loaded);
    loaded.scenario.ok_or(exit)
}

/// Prints diagnostics on standard error.
pub(super) fn say(loaded: &Loaded, printer: Printer) {
    let text = render::diagnostics(&loaded.diagnostics, &loaded.sources, printer.paint_message());
    if loaded.scenario.is_some() {
        if !text.is_empty() {
            printer.note(&text);
        }
    } else {
        printer.aside(&text);
        printer.error(&render::tally(&loaded.diagnostics).unwrap_or_else(|| "no scenario".to_owned()));
    }
}

/// How a command ends that has no scenario.
pub(super) fn failure(loaded: &Loaded) -> Exit {
    if loaded.unreadable() { Exit::Files } else { Exit::Invalid }
}

/// Chooses the warm-up of a scenario that says `auto`, and states it in the scenario.
///
/// # Errors
/// The exit code of trials that cannot be run.
pub(super) fn choose_warm_up(
    scenario: &mut Scenario,
    threads: usize,
    printer: Printer,
) -> Result<Option<WarmUp>, Exit> {
    if !scenario.run.chooses_warm_up {
        return Ok(None);
    }
    printer.note("trials for the warm-up ...");
    let how = Replications {
        numbers: (0, 0),
        threads,
        progress: &|_| {},
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    let chosen = experiment::choose_warm_up(scenario, how).map_err(|problem| {
        printer.error(&problem.to_string());
        match problem {
            WarmUpError::Run(ReplicationError::Interrupted) => Exit::Interrupted,
            _ => Exit::Invalid,
        }
    })?;
    scenario.run.warm_up = chosen.length;
    Ok(Some(chosen))
}

/// The simulations that some options need, or what is too large about them.
///
/// # Errors
/// [`Exit::Invalid`].
pub(super) fn compile(scenario: &Scenario, options: &[OptionId], printer: Printer) -> Result<Vec<Simulation>, Exit> {
    simulations(scenario, options).map_err(|error| {
        printer.error(&error.to_string());
        Exit::Invalid
    })
}

/// The simulations that a scenario needs, unless other options are asked for.
///
/// # Errors
/// [`Exit::Invalid`].
pub(super) fn compile_shown(scenario: &Scenario, printer: Printer) -> Result<Vec<Simulation>, Exit> {
    compile(scenario, &scenario.shown, printer)
}

/// A tiering option by its id; without one the first that is shown.
///
/// # Errors
/// [`Exit::Usage`].
pub(super) fn option(scenario: &Scenario, id: Option<&str>, printer: Printer) -> Result<OptionId, Exit> {
    let Some(id) = id else { return Ok(scenario.shown.first().copied().unwrap_or(OptionId(0))) };
    let known: Vec<&str> = scenario.options.iter().map(|option| option.id.as_str()).collect();
    scenario.options.iter_ids().find(|(_, option)| option.id == id).map(|(id, _)| id).ok_or_else(|| {
        printer.error(&format!("`{}` has no tiering option `{id}`. {}", scenario.name, suggest::nearest(id, &known)));
        Exit::Usage
    })
}

/// A service by its id, its name or a part of it.
///
/// # Errors
/// [`Exit::Usage`].
pub(super) fn service(scenario: &Scenario, text: &str, printer: Printer) -> Result<ServiceId, Exit> {
    let known: Vec<suggest::Named<'_>> =
        scenario.services.iter().map(|service| (service.id.as_str(), service.name.as_str())).collect();
    let found = suggest::named(text, &known, ["service", "services"]);
    found.map(ServiceId::new).map_err(|problem| {
        printer.error(&problem);
        Exit::Usage
    })
}
