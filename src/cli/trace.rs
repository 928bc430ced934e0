//! `tierflow trace`: the event log of one replication.

mod listener;

use super::args::{LogFormat, Seed, TraceArgs};
use super::exit::Exit;
use super::printer::Printer;
use super::settings::{overrides, threads};
use super::{interrupt, load, numbers, suggest};
use crate::engine::{EngineError, Workspace, run_traced};
use crate::ids::OptionId;
use crate::model::Model;
use crate::results::EventNames;
use crate::scenario::Scenario;
use crate::store::{EventCsv, EventXes, NewFile, StoreError};
use listener::{Listener, Log};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

pub(super) fn trace(args: TraceArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: TraceArgs, printer: Printer) -> Result<Exit, Exit> {
    let random = matches!(args.seed, Some(Seed::Random));
    let overrides = overrides(args.set.set, args.seed);
    let mut scenario = load::scenario(&args.scenario, &overrides, printer)?;
    let wanted = option(&scenario, args.option.as_deref(), printer)?;
    let (replication, all) = (args.replication, scenario.run.replications);
    if replication >= all {
        printer.error(&format!(
            "there is no replication {replication}: the scenario has {}, numbered from 0 to {}. Choose another with \
             --replication, or add --set run.replications={}",
            numbers::of(all as usize, "replication", "replications"),
            all - 1,
            u64::from(replication) + 1
        ));
        return Err(Exit::Usage);
    }
    interrupt::listen(printer, "stopping");
    load::choose_warm_up(&mut scenario, threads(None), printer)?;
    let file = args.out.as_deref().map(|path| NewFile::create(path, args.force)).transpose();
    let file = file.map_err(|problem| refused(&problem, printer))?;
    let options: Vec<OptionId> = wanted.map_or_else(|| scenario.shown.clone(), |option| vec![option]);
    let simulations = load::compile(&scenario, &options, printer)?;
    let Some(simulation) = simulations.first() else { return Err(Exit::Usage) };
    let name = &scenario.options[simulation.options[0]].id;
    if simulations.len() > 1 {
        printer.note(&format!(
            "patients flow differently between the options: this is the log of the reference, `{name}`; choose another \
             with --option"
        ));
    }
    if random {
        printer.note(&format!("seed {}", scenario.run.seed));
    }
    let format = args.format.unwrap_or_else(|| by_ending(args.out.as_deref()));
    let title = format!("{}: option {name}, replication {replication}, seed {}", scenario.title, scenario.run.seed);
    let task = Task { scenario: &scenario, model: &simulation.model, replication, format, title, printer };
    let events = match file {
        Some(mut file) => {
            let events = task.write(&mut file)?;
            file.finish().map_err(|problem| refused(&problem, printer))?;
            events
        }
        None => task.write(printer.stream())?,
    };
    let place = args.out.as_deref().map_or_else(String::new, |path| format!(" in {}", path.display()));
    printer.note(&format!("{} of replication {replication}{place}", numbers::of(events as usize, "event", "events")));
    Ok(Exit::Done)
}

/// XES if the file is called so.
fn by_ending(out: Option<&Path>) -> LogFormat {
    let xes = out.and_then(Path::extension).is_some_and(|ending| ending.eq_ignore_ascii_case("xes"));
    if xes { LogFormat::Xes } else { LogFormat::Csv }
}

fn option(scenario: &Scenario, wanted: Option<&str>, printer: Printer) -> Result<Option<OptionId>, Exit> {
    let Some(wanted) = wanted else { return Ok(None) };
    let found = scenario.options.iter_ids().find(|(_, option)| option.id == wanted);
    if let Some((id, _)) = found {
        return Ok(Some(id));
    }
    let known: Vec<&str> = scenario.options.iter().map(|option| option.id.as_str()).collect();
    printer.error(&format!("the scenario has no tiering option `{wanted}`. {}", suggest::nearest(wanted, &known)));
    Err(Exit::Usage)
}

fn refused(problem: &StoreError, printer: Printer) -> Exit {
    printer.error(&problem.to_string());
    Exit::Files
}

/// A log to be written.
struct Task<'a> {
    scenario: &'a Scenario,
    model: &'a Model,
    replication: u32,
    format: LogFormat,
    title: String,
    printer: Printer,
}

impl Task<'_> {
    /// Simulates and writes; returns the number of events.
    fn write(&self, mut out: impl Write) -> Result<u64, Exit> {
        let names = EventNames::new(self.scenario, self.model);
        match self.format {
            LogFormat::Csv => {
                let log = EventCsv::new(&names, out).or_else(|error| self.unwritten(&error))?;
                let mut log = self.simulate(log)?;
                log.finish().or_else(|error| self.unwritten(&error))?;
                Ok(log.events())
            }
            LogFormat::Xes => {
                let log = self.simulate(EventXes::default())?;
                let events = log.events();
                if interrupt::before_writing() {
                    return Err(Exit::Interrupted);
                }
                let mut out = BufWriter::with_capacity(1 << 18, &mut out);
                let written = log.write(&names, &self.title, &mut out).and_then(|()| out.flush());
                written.or_else(|error| self.unwritten(&error))?;
                Ok(events)
            }
        }
    }

    /// Runs the replication with somebody who listens.
    fn simulate<L: Log>(&self, log: L) -> Result<L, Exit> {
        let mut listener = Listener::new(log);
        let mut workspace = Workspace::default();
        let outcome = run_traced(self.model, self.replication, &mut workspace, &mut |_| (), &mut listener);
        if let Some(error) = &listener.failed {
            self.unwritten(error)?;
        }
        if listener.log.is_too_many() {
            self.printer.error(&format!(
                "the log has more than {} events, too many to group by case in memory: shorten it, such as with --set \
                 run.horizon=\"30 d\", or write CSV with --format csv",
                numbers::count(EventXes::MOST)
            ));
            return Err(Exit::Invalid);
        }
        if interrupt::is_cancelled() || outcome == Err(EngineError::Stopped) {
            return Err(Exit::Interrupted);
        }
        if let Err(problem) = outcome {
            self.printer.error(&format!("replication {}: {problem}", self.replication));
            return Err(Exit::Invalid);
        }
        Ok(listener.log)
    }

    /// A reader who has gone away has seen enough; everything else is an error.
    fn unwritten<T>(&self, error: &io::Error) -> Result<T, Exit> {
        if error.kind() == ErrorKind::BrokenPipe {
            return Err(Exit::Done);
        }
        self.printer.error(&format!("cannot write the log: {error}; check that the disk has room"));
        Err(Exit::Files)
    }
}
