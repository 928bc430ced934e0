//! The command line: the only floor that prints or exits.
//!
//! What was typed (`args`) becomes what it means (`settings`); each command is a file of its own. The result goes to
//! standard output, everything else to standard error.

mod account;
mod args;
mod attribute;
mod batch;
mod calibrate;
mod check;
mod estimate;
mod exit;
mod explain;
mod grid;
mod interrupt;
mod load;
mod new;
mod numbers;
mod out_folder;
mod plan;
mod printer;
mod progress;
mod recommend;
mod reference;
mod render;
mod reproduce;
mod run;
mod scenario_words;
mod schema;
mod select;
mod settings;
mod sites;
mod stopwatch;
mod suggest;
mod text;
mod trace;

pub use reference::commands_markdown;

use args::{Command, CommandLine};
use clap::Parser;
use exit::Exit;
use printer::Printer;
use settings::{AccountSettings, RecommendSettings, RunSettings, SelectSettings};
use std::ffi::OsString;
use std::process::ExitCode;

/// Does what a command line says, the program's name included, and returns the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let exit = match CommandLine::try_parse_from(args) {
        Ok(line) => dispatch(line.command),
        Err(refusal) => refuse(&refusal),
    };
    exit.into()
}

fn dispatch(command: Command) -> Exit {
    let quiet = match &command {
        Command::Run(args) => args.quiet,
        Command::Compare(args) => args.run.quiet,
        Command::Batch(args) => args.quiet,
        Command::Reproduce(args) => args.quiet,
        Command::Attribute(args) => args.quiet,
        Command::Select(args) => args.how.quiet,
        Command::Plan(args) => args.how.quiet,
        Command::Recommend(args) => args.how.quiet,
        Command::Account(args) => args.quiet,
        Command::Calibrate(args) => args.quiet,
        Command::Sites(args) => args.quiet,
        _ => false,
    };
    let printer = Printer::new(quiet);
    exit::own_up_to_panics(printer);
    match command {
        Command::Check(args) => check::check(&args, printer),
        Command::Run(args) => run::run(&RunSettings::new(args), printer),
        Command::Compare(args) => run::run(&RunSettings::compared(args), printer),
        Command::Batch(args) => batch::batch(&args, printer),
        Command::Select(args) => select::select(&SelectSettings::new(args), printer),
        Command::Plan(args) => plan::plan(&plan::PlanSettings::new(args), printer),
        Command::Recommend(args) => recommend::recommend(&RecommendSettings::new(args), printer),
        Command::Reproduce(args) => reproduce::reproduce(&args, printer),
        Command::Attribute(args) => attribute::attribute(args, printer),
        Command::Account(args) => account::account(&AccountSettings::new(args), printer),
        Command::Calibrate(args) => calibrate::calibrate(&args, printer),
        Command::Sites(args) => sites::sites(&args, printer),
        Command::Trace(args) => trace::trace(args, printer),
        Command::Explain(args) => explain::explain(&args, printer),
        Command::Schema(args) => schema::schema(&args, printer),
        Command::New(args) => new::new(&args, printer),
    }
}

/// Help and version are results; anything else that clap says is about a command line that makes no sense.
fn refuse(refusal: &clap::Error) -> Exit {
    let printer = Printer::new(false);
    if refusal.use_stderr() {
        printer.aside(&printer.paint_message().styled(&refusal.render()));
        return Exit::Usage;
    }
    finish(printer, &printer.paint_result().styled(&refusal.render()), Exit::Done)
}

/// Prints a result and ends with `exit`, or says why it cannot be printed.
fn finish(printer: Printer, text: &str, exit: Exit) -> Exit {
    match printer.result(text) {
        Ok(()) => exit,
        Err(error) => {
            printer.error(&format!("cannot write to standard output: {error}"));
            Exit::Files
        }
    }
}
