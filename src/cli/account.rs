//! `tierflow account`: other options on the stored activity of a run, without simulating.

use super::exit::Exit;
use super::printer::Printer;
use super::progress::Progress;
use super::run::{Prepared, chosen_boards, chosen_options, known_table, payable, printed, say_where};
use super::settings::AccountSettings;
use super::{interrupt, load, out_folder};
use crate::experiment::{Replicated, Replications, Simulation, replay};
use crate::results::{
    ActivityKind, Making, Manifest, Results, Simulated, SourceFile, StoredCells, StoredEntry, comparisons,
};
use crate::scenario::{self, Place, Scenario};
use crate::store::{Stored, StoredError, StoredSimulation, write_folder};
use std::path::{Path, PathBuf};

pub(super) fn account(settings: &AccountSettings, printer: Printer) -> Exit {
    attempt(settings, printer).unwrap_or_else(|exit| exit)
}

fn attempt(settings: &AccountSettings, printer: Printer) -> Result<Exit, Exit> {
    let asked = known_table(settings.table.as_deref(), printer)?;
    let stored = Stored::open(&settings.results).map_err(|problem| refused(&problem, printer))?;
    // What the run changed holds here too; what is changed here comes above it.
    let overrides = [stored.manifest.overrides.clone(), settings.overrides.clone()].concat();
    let loaded = scenario::load(&settings.options, &overrides);
    load::say(&loaded, printer);
    let Some(scenario) = &loaded.scenario else {
        if !loaded.sources.text(Place { file: 0, start: 0, end: 0 }).contains("extends") {
            printer.aside(
                "A file of options begins with the scenario that they belong to: extends = \"path/scenario.toml\"",
            );
        }
        return Err(load::failure(&loaded));
    };
    if stored.kind == ActivityKind::Total {
        printer.note(
            "the run stored sums of its replications: means alone follow from them, no intervals, chances, budgets' overspends or \
             boards; for those run it again with --activity replications",
        );
    }
    let options = chosen_options(scenario, &settings.only, printer)?;
    let boards = chosen_boards(scenario, &settings.boards, printer)?;
    let simulations = load::compile(scenario, &options, printer)?;
    let files = out_folder::source_files(&loaded.sources, &overrides);
    let known = matching(scenario, &simulations, &stored.manifest, &files).map_err(|reason| {
        printer.error(&reason);
        Exit::Invalid
    })?;
    let cells = match stored.kind {
        ActivityKind::Total => StoredCells::Sums {
            replications: stored.manifest.replications as u32,
            proportional_sharing: scenario.options.iter().all(|option| option.budget.is_none()),
        },
        _ => StoredCells::Replications,
    };
    let prepared: Vec<Prepared<'_>> = simulations.iter().map(|one| Prepared::of_stored(scenario, one, cells)).collect();
    if let Some(name) = asked {
        has_rows(&prepared, name, cells, printer)?;
    }
    payable(&prepared, printer)?;
    let out = out(settings, scenario, printer)?;
    interrupt::listen(printer, "stopping after the replications under way");
    let sources: Result<Vec<StoredSimulation<'_>>, StoredError> =
        prepared.iter().zip(known).map(|(one, option)| stored.simulation(scenario, one.model, option)).collect();
    let sources = sources.map_err(|problem| refused(&problem, printer))?;
    let replicated = replayed(&stored, &prepared, &sources, settings, printer)?;
    drop(sources);
    let making = Making {
        files,
        overrides,
        activity: None,
        stored: Some(StoredEntry {
            scenario: stored.manifest.scenario.clone(),
            kind: stored.activity.kind.clone(),
            blake3: stored.activity.blake3.clone(),
        }),
    };
    let simulated = prepared
        .into_iter()
        .zip(replicated)
        .map(|(one, replicated)| Simulated { model: one.model, layout: one.layout, replicated, varied: None })
        .collect();
    let results = Results::new(scenario, simulated, making);
    let text = printed(scenario, &results, settings.format, asked, &boards, printer);
    if interrupt::before_writing() {
        return Err(Exit::Interrupted);
    }
    write_folder(&out, &results, None).map_err(|problem| {
        printer.error(&problem.to_string());
        Exit::Files
    })?;
    let exit = super::finish(printer, &text, Exit::Done);
    say_where(&out, &results, settings.format, printer);
    Ok(exit)
}

/// Makes sure that stored activity can fill a table of the catalogue.
fn has_rows(prepared: &[Prepared<'_>], name: &str, cells: StoredCells, printer: Printer) -> Result<(), Exit> {
    let filled = prepared.iter().any(|one| one.layout.outline().tables().iter().any(|table| table.name == name));
    let made = match name {
        _ if comparisons().contains(&name) => {
            let options: usize = prepared.iter().map(|one| one.layout.outline().options().len()).sum();
            let linear = match cells {
                StoredCells::Replications => true,
                StoredCells::Sums { proportional_sharing, .. } => proportional_sharing || name == "provider_impact",
            };
            options > 1 && linear
        }
        "replications" => cells == StoredCells::Replications,
        _ => ["expected", "inputs", "assumptions", "notes"].contains(&name),
    };
    if filled || made {
        return Ok(());
    }
    printer.error(&format!(
        "stored activity cannot fill the table `{name}`: see the results of the run, or run the scenario again with these options in it"
    ));
    Err(Exit::Usage)
}

fn refused(problem: &StoredError, printer: Printer) -> Exit {
    printer.error(&problem.to_string());
    if problem.is_misfit() { Exit::Invalid } else { Exit::Files }
}

/// Where to write: never over the activity that is read.
fn out(settings: &AccountSettings, scenario: &Scenario, printer: Printer) -> Result<PathBuf, Exit> {
    let named = || Path::new("results").join(format!("{}-account", scenario.name));
    let out = settings.out.clone().unwrap_or_else(named);
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    if same(&out, &settings.results) {
        printer.error(&format!(
            "`{}` holds the activity that is to be read: choose another folder with --out",
            out.display()
        ));
        return Err(Exit::Usage);
    }
    out_folder::check(&out).map_err(|problem| {
        printer.error(&problem);
        Exit::Files
    })?;
    Ok(out)
}

/// All replications of all simulations, from the stored activity.
fn replayed(
    stored: &Stored,
    prepared: &[Prepared<'_>],
    sources: &[StoredSimulation<'_>],
    settings: &AccountSettings,
    printer: Printer,
) -> Result<Vec<Replicated>, Exit> {
    let replications = if stored.kind == ActivityKind::Total { 1 } else { stored.manifest.replications as u32 };
    let progress = Progress::new(printer, replications.saturating_mul(prepared.len() as u32));
    let one = |(i, (one, source)): (usize, (&Prepared<'_>, &StoredSimulation<'_>))| {
        let before = replications.saturating_mul(i as u32);
        let how = Replications {
            numbers: (0, replications),
            threads: settings.threads.min(replications as usize),
            progress: &|finished| progress.finished(before.saturating_add(finished)),
            cancelled: &interrupt::CANCELLED,
            stopwatch: &|| 0.0,
        };
        let numbers = replay(how, |number, receive| source.read(number, receive), || one.measurer())?;
        Ok(Replicated { numbers, ..Replicated::default() })
    };
    let replicated: Result<Vec<Replicated>, Option<StoredError>> =
        prepared.iter().zip(sources).enumerate().map(one).collect();
    progress.clear();
    replicated.map_err(|problem| {
        if let Some(problem) = problem {
            return refused(&problem, printer);
        }
        printer.error("interrupted");
        Exit::Interrupted
    })
}

/// For each simulation the option under which its activity is stored.
///
/// # Errors
/// Why there is none, and what to do.
fn matching<'a>(
    scenario: &Scenario,
    simulations: &[Simulation],
    manifest: &'a Manifest,
    files: &[SourceFile],
) -> Result<Vec<&'a str>, String> {
    let run = &scenario.run;
    let again = "run the scenario again, or leave it as it was in the run";
    let same = |what: &str, here: String, there: String| {
        if here == there {
            return Ok(());
        }
        Err(format!("the stored activity has {what} {there}, the scenario {here}: {again}"))
    };
    same("the start", run.start.to_string(), manifest.start.clone())?;
    same("a horizon of", days(run.horizon.0), days(manifest.horizon_ms))?;
    same("a warm-up of", days(run.warm_up.0), days(manifest.warm_up_ms))?;
    same("the seed", run.seed.to_string(), manifest.seed.to_string())?;
    let of = |simulation: &Simulation| {
        let hash = blake3::Hash::from_bytes(simulation.model.fingerprint).to_hex();
        let found = manifest.options.iter().find(|option| option.flow_hash == hash.as_str());
        found.map(|option| option.id.as_str()).ok_or_else(|| not_simulated(scenario, simulation, manifest, files))
    };
    simulations.iter().map(of).collect()
}

fn days(milliseconds: u64) -> String {
    format!("{} days", crate::units::Ticks(milliseconds).days())
}

/// Why the activity of a simulation is not stored.
fn not_simulated(scenario: &Scenario, simulation: &Simulation, manifest: &Manifest, files: &[SourceFile]) -> String {
    let names: Vec<String> =
        simulation.options.iter().map(|&option| format!("`{}`", scenario.options[option].id)).collect();
    let names = names.join(", ");
    let rules = &scenario.flow_rules[simulation.model.flow_rules].id;
    let mut simulated: Vec<String> = manifest.options.iter().map(|option| format!("`{}`", option.flow_rules)).collect();
    simulated.sort();
    simulated.dedup();
    let (options, need) = if simulation.options.len() == 1 { ("option", "needs") } else { ("options", "need") };
    if !manifest.options.iter().any(|option| option.flow_rules == *rules) {
        return format!(
            "{options} {names} {need} the flow rules `{rules}`, but the run simulated {}: where patients go cannot be \
             changed without simulating. Run the scenario with these options in it, or choose others with --option",
            simulated.join(", ")
        );
    }
    let other = |file: &&SourceFile| {
        let known = manifest.files.iter().any(|known| known.blake3 == file.blake3);
        !known && Some(*file) != files.first()
    };
    let changed: Vec<String> = files.iter().filter(other).map(|file| format!("`{}`", file.name)).collect();
    let which = match changed.len() {
        0 => "something that moves patients differs from the run, such as demand, flows, pathways, pools, waiting \
              standards, trim points or flow rules"
            .to_owned(),
        1 => format!("{} is not the file of the run", changed[0]),
        _ => format!("{} are not the files of the run", changed.join(", ")),
    };
    format!(
        "{options} {names}: the flow rules `{rules}` were simulated, but on other inputs: {which}. Only options, payments, \
         budgets, prices and other money may differ; run the scenario again for anything else"
    )
}
