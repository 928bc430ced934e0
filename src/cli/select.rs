//! `tierflow select`: the best of several options by one metric, with a stated probability of being right.

mod text;

use super::args::{Format, Procedure as Named};
use super::estimate::Estimate;
use super::exit::Exit;
use super::printer::Printer;
use super::progress::Progress;
use super::run;
use super::settings::SelectSettings;
use super::{interrupt, load, numbers, out_folder, suggest};
use crate::experiment::{Procedure, ReplicationError, Replications, Rules, SelectionError, Simulation};
use crate::random::MAX_REPLICATION;
use crate::results::{AskError, Contest, Making, Question, Selected, SelectionEntry, TargetError, Wish};
use crate::scenario::{self, Scenario};
use crate::stats::stopping::Precision;
use crate::store::{StoreError, table_json, write_csv, write_tables};
use std::path::Path;

/// The stated probability unless another is asked for.
const PROBABILITY: f64 = 0.95;
/// The most replications of an option unless it is said.
const MOST: u32 = 1_000;

pub(super) fn select(settings: &SelectSettings, printer: Printer) -> Exit {
    attempt(settings, true, printer).unwrap_or_else(|exit| exit)
}

/// Writes the results folder and prints no result.
pub(super) fn write(settings: &SelectSettings, printer: Printer) -> Result<(), Exit> {
    attempt(settings, false, printer).map(|_| ())
}

fn attempt(settings: &SelectSettings, shows: bool, printer: Printer) -> Result<Exit, Exit> {
    let (wish, procedure) = wish(settings, printer)?;
    let mut loaded = scenario::load(&settings.scenario, &settings.overrides);
    load::say(&loaded, printer);
    let Some(scenario) = &mut loaded.scenario else { return Err(load::failure(&loaded)) };
    interrupt::listen(printer, "stopping after the replications under way");
    let options = run::chosen_options(scenario, &settings.options, printer)?;
    if options.len() < 2 {
        printer.error(
            "there is nothing to select from: the scenario needs a second tiering option, or --options another one",
        );
        return Err(Exit::Usage);
    }
    load::choose_warm_up(scenario, settings.threads, printer)?;
    let scenario = &*scenario;
    let simulations = load::compile(scenario, &options, printer)?;
    let contest = Contest::new(scenario, &simulations);
    run::payable(&contest.prepared, printer)?;
    let question = contest.ask(&wish, settings.year.as_deref(), settings.smallest).map_err(|problem| {
        printer.error(&asked(&problem, &wish, settings));
        Exit::Usage
    })?;
    let rules = Rules { procedure, zone: question.zone, first: settings.first, smallest: question.smallest };
    possible(&rules, &question, printer)?;
    weigh(scenario, &simulations, &question, &rules, settings, printer)?;
    let out = settings.out.clone().unwrap_or_else(|| Path::new("results").join(format!("{}-select", scenario.name)));
    let files = |problem: String| {
        printer.error(&problem);
        Exit::Files
    };
    out_folder::check(&out).map_err(files)?;
    let progress = Progress::at_most(printer, most_in_all(&rules, &question));
    let how = Replications {
        numbers: (0, 0),
        threads: settings.threads,
        progress: &|finished| progress.finished(finished),
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    let found = contest.select(&question, &rules, how);
    progress.clear();
    let selection = found.map_err(|problem| unselected(&problem, &question, scenario, printer))?;
    let making = Making {
        files: out_folder::source_files(&loaded.sources, &settings.overrides),
        overrides: settings.overrides.clone(),
        selection: Some(entry(settings, &wish, &question, &rules)),
        ..Making::default()
    };
    let selected = contest.selected(question, selection, making);
    let text = if shows { printed(&selected, &rules, &wish, settings, printer) } else { String::new() };
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    write_tables(&out, &selected.manifest, |name| selected.sheet(name))
        .map_err(|problem: StoreError| files(problem.to_string()))?;
    if !shows {
        return Ok(Exit::Done);
    }
    let exit = super::finish(
        printer,
        &text,
        if selected.selection.ending.is_open() { Exit::TargetMissed } else { Exit::Done },
    );
    let blank_line = if settings.format == Format::Table { "\n" } else { "" };
    let tables = numbers::of(selected.manifest.tables.len(), "table", "tables");
    printer.note(&format!("{blank_line}results folder: {} ({tables} and manifest.json)", out.display()));
    Ok(exit)
}

/// What the options are judged by; everything that is wrong on the command line alone is said at once.
fn wish(settings: &SelectSettings, printer: Printer) -> Result<(Wish, Procedure), Exit> {
    let mut faults = Vec::new();
    let procedure = procedure(settings, &mut faults);
    let read = Wish::new(&settings.best, &settings.indifference).map_err(|problem| match &problem {
        TargetError::Form(text) => {
            format!("`{text}` is no metric of an entity: write such as net_cost_gbp[QMJ] or pools.utilisation[RRV/beds]")
        }
        TargetError::Tolerance { text, unit } => format!(
            "`{text}` is no indifference zone of a metric in {unit}: write the difference that does not matter, a positive number \
             in {unit}, or per cent of the mean such as 1%"
        ),
        TargetError::Metric(name) => run::unknown_metric(name),
        TargetError::Table(name) => run::unknown_table(name),
    });
    match (read, procedure) {
        (Ok(wish), Some(procedure)) if faults.is_empty() => return Ok((wish, procedure)),
        (read, _) => faults.extend(read.err()),
    }
    for fault in &faults {
        printer.error(fault);
    }
    Err(Exit::Usage)
}

/// The procedure with its numbers, and what is wrong with those; nothing without a budget to spend.
fn procedure(settings: &SelectSettings, faults: &mut Vec<String>) -> Option<Procedure> {
    let mut refuse = |given: bool, why: &str| {
        if given {
            faults.push(why.to_owned());
        }
    };
    if settings.procedure == Named::Ocba {
        refuse(
            settings.probability.is_some(),
            "--probability is for kn and rinott: ocba promises none, and reports an approximate one. Leave it out, or choose \
             another --procedure",
        );
        refuse(
            settings.max_replications.is_some(),
            "--max-replications is for kn and rinott: give ocba a --budget of replications of all simulations together",
        );
        refuse(
            settings.budget.is_none(),
            "ocba needs a --budget: how many replications of all simulations together, such as --budget 500",
        );
        return settings.budget.map(|budget| Procedure::Ocba { budget });
    }
    refuse(
        settings.budget.is_some(),
        "--budget is for ocba: kn and rinott run as many replications as they need, up to --max-replications. Add --procedure \
         ocba, or leave it out",
    );
    let probability = settings.probability.unwrap_or(PROBABILITY);
    let most = settings.max_replications.unwrap_or(MOST);
    if most < settings.first {
        faults.push(format!(
            "--max-replications {most} is below the first stage of {} replications (--first): raise the one or lower the other",
            settings.first
        ));
    }
    Some(match settings.procedure {
        Named::Rinott => Procedure::Rinott { probability, most },
        _ => Procedure::Kn { probability, most },
    })
}

/// Why a question cannot be asked of this scenario, and what to do.
fn asked(problem: &AskError, wish: &Wish, settings: &SelectSettings) -> String {
    let text = &wish.text;
    let first_of = |names: &[String]| -> String {
        let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
        let more = names.len().saturating_sub(shown.len());
        shown.join(", ") + &if more > 0 { format!(" and {} more", numbers::count(more)) } else { String::new() }
    };
    match problem {
        AskError::NoRows => format!("`{text}`: nothing in this scenario has that metric"),
        AskError::Entity(name, known) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!("`{text}`: nothing with this metric is called `{name}`. {}", suggest::nearest(name, &known))
        }
        AskError::Several(names) => {
            let name = text.split('[').next().unwrap_or(text);
            let example = names.first().map_or("", String::as_str);
            format!(
                "`{text}` fits {}: {}. Name one, such as {name}[{example}]",
                numbers::of(names.len(), "entity", "entities"),
                first_of(names)
            )
        }
        AskError::Period(known) => {
            let year = settings.year.as_deref().unwrap_or_default();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let more = if known == ["all"] { " Years are reported with --set run.periods=financial-year" } else { "" };
            format!("the results have no period `{year}`. There are: {}.{more}", known.join(", "))
        }
        AskError::NotInPeriod => format!("`{text}` is not given for this period: leave out --year"),
        AskError::Event(metric) => format!(
            "`{}` is 0 or 1 in a replication, and the procedures need values that are about normal: select by the amount behind \
             it, or compare the chances with `tierflow compare --metric {}`",
            metric.name, metric.name
        ),
        AskError::Neither(metric) => {
            format!("neither way of `{}` is better: say which is wanted with --smallest or --largest", metric.name)
        }
        AskError::TooFew(absent) => format!(
            "`{text}` exists under fewer than two of the options (not under {}): choose a body that all have, such as an ICB in \
             the table icbs",
            first_of(absent)
        ),
        AskError::Pairs => {
            "the procedures need independent replications, and those of this scenario are antithetic pairs: --set \
             run.antithetic=false"
                .to_owned()
        }
    }
}

/// Refuses what no procedure can promise for so many options.
fn possible(rules: &Rules, question: &Question, printer: Printer) -> Result<(), Exit> {
    let options = question.options().len();
    let fault = match rules.procedure {
        Procedure::Kn { probability, .. } | Procedure::Rinott { probability, .. }
            if probability * options as f64 <= 1.0 =>
        {
            Some(format!(
                "a blind choice among {options} options is right with {}: --probability has to be more",
                text::percent(1.0 / options as f64)
            ))
        }
        Procedure::Rinott { most, .. } if u64::from(most) * options as u64 > u64::from(MAX_REPLICATION) => {
            Some(format!(
                "{options} options with replications of their own, {} each, are more than the {} that there are: lower \
                 --max-replications",
                numbers::count(most as usize),
                numbers::count(MAX_REPLICATION as usize)
            ))
        }
        Procedure::Ocba { budget } if u64::from(budget) < u64::from(rules.first) * question.simulated() as u64 => {
            Some(format!(
                "--budget {budget} is less than the first stage of {}, {} each: raise it, or lower --first",
                numbers::of(question.simulated(), "simulation", "simulations"),
                numbers::of(rules.first as usize, "replication", "replications")
            ))
        }
        _ => None,
    };
    fault.map_or(Ok(()), |fault| {
        printer.error(&fault);
        Err(Exit::Usage)
    })
}

/// The most replications of all simulations together.
fn most_in_all(rules: &Rules, question: &Question) -> u32 {
    match rules.procedure {
        Procedure::Kn { most, .. } => most.saturating_mul(question.simulated() as u32),
        Procedure::Rinott { most, .. } => most.saturating_mul(question.options().len() as u32),
        Procedure::Ocba { budget } => budget,
    }
}

/// Refuses what would never end.
fn weigh(
    scenario: &Scenario,
    simulations: &[Simulation],
    question: &Question,
    rules: &Rules,
    settings: &SelectSettings,
    printer: Printer,
) -> Result<(), Exit> {
    let each = most_in_all(rules, question).div_ceil(question.simulated().max(1) as u32);
    match Estimate::new(scenario, simulations, each, settings.threads).refusal() {
        Some(refusal) if !settings.allow_large => {
            printer.error(&format!("{refusal}. That is if all of --max-replications or --budget is needed"));
            Err(Exit::Invalid)
        }
        _ => Ok(()),
    }
}

fn unselected(problem: &SelectionError, question: &Question, scenario: &Scenario, printer: Printer) -> Exit {
    let option = |option: usize| question.options().nth(option).unwrap_or_default();
    let (text, exit) = match problem {
        SelectionError::Run(problem @ ReplicationError::Interrupted) => (problem.to_string(), Exit::Interrupted),
        SelectionError::Run(problem @ ReplicationError::Engine { .. }) => (problem.to_string(), Exit::Invalid),
        SelectionError::Undefined { option: which, replication } => (
            format!(
                "`{}` of {} has no value under `{}` in replication {replication}: nothing happened that it could be a mean or share \
                 of. The procedures need a value in every replication: take a longer time (--set run.horizon), or a metric that \
                 is always defined",
                question.metric.name,
                text::entity(question, scenario),
                option(*which)
            ),
            Exit::Usage,
        ),
        SelectionError::NoZone => (
            format!(
                "the mean under `{}`, the first option, is 0, so per cent of it are no indifference zone: state it in {}",
                option(0),
                question.metric.unit
            ),
            Exit::Usage,
        ),
        SelectionError::Impossible => (problem.to_string(), Exit::Usage),
    };
    printer.error(&text);
    exit
}

/// What the manifest says of it.
fn entry(settings: &SelectSettings, wish: &Wish, question: &Question, rules: &Rules) -> SelectionEntry {
    let (procedure, probability, most) = match rules.procedure {
        Procedure::Kn { probability, most } => ("kn", Some(probability), most),
        Procedure::Rinott { probability, most } => ("rinott", Some(probability), most),
        Procedure::Ocba { budget } => ("ocba", None, budget),
    };
    SelectionEntry {
        best: wish.text.clone(),
        indifference: settings.indifference.trim().to_owned(),
        procedure: procedure.to_owned(),
        probability: probability.map(|probability| probability.to_string()),
        first: rules.first,
        most,
        period: question.period.clone(),
        direction: if question.smallest { "smallest" } else { "largest" }.to_owned(),
    }
}

/// What goes to standard output.
fn printed(selected: &Selected<'_>, rules: &Rules, wish: &Wish, settings: &SelectSettings, printer: Printer) -> String {
    let Some(sheet) = selected.sheet("selection") else { return String::new() };
    match settings.format {
        Format::Table => {
            let relative = matches!(wish.zone, Precision::Relative(_)).then_some(settings.indifference.trim());
            text::shown(selected, rules, relative, printer)
        }
        Format::Json => table_json(sheet),
        Format::Csv => {
            let mut text = Vec::new();
            // Writing into memory cannot fail.
            let _ = write_csv(sheet, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}
