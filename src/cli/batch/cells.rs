//! Cells before they are run: all are loaded first, so that all mistakes come at once, and those that are there are known.

use super::{activity, folder};
use crate::cli::args::{BatchArgs, Format};
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::settings::{RunSettings, threads};
use crate::cli::{out_folder, render, run};
use crate::experiment::Cell;
use crate::results::{ActivityKind, Manifest, PrecisionEntry, SourceFile};
use crate::scenario::{self, Batch, Loaded, LoadedBatch, Scenario, Severity};
use crate::store::{CellFolder, cell_manifest};
use std::path::{Path, PathBuf};

/// A cell that can be run.
pub(super) struct Ready<'a> {
    pub(super) cell: &'a Cell,
    /// Where its results are, or will be.
    pub(super) folder: PathBuf,
    /// How it is run.
    pub(super) settings: RunSettings,
    /// Whether its results are there and are those of this batch.
    pub(super) done: bool,
    /// Its own number of replications, or the most.
    pub(super) replications: u32,
}

impl Ready<'_> {
    /// As the tables over all cells see it.
    pub(super) fn as_folder<'a>(&'a self, batch: &'a Batch) -> CellFolder<'a> {
        CellFolder {
            name: &self.cell.name,
            scenario: &batch.scenarios[self.cell.scenario].label,
            values: self.cell.values.iter().map(|value| value.shown.as_str()).collect(),
            folder: self.folder.clone(),
        }
    }
}

/// What a manifest has to say for a cell not to be run again.
struct Wanted<'a> {
    files: Vec<SourceFile>,
    settings: &'a RunSettings,
    options: Vec<String>,
    scenario: &'a Scenario,
}

impl Wanted<'_> {
    fn is(&self, manifest: &Manifest) -> bool {
        let kind = match self.settings.activity {
            ActivityKind::None => None,
            ActivityKind::Total => Some("total"),
            ActivityKind::Replications => Some("replications"),
        };
        let precision = &self.settings.precision;
        manifest.tierflow == env!("CARGO_PKG_VERSION")
            && manifest.files == self.files
            && manifest.overrides == self.settings.overrides
            && manifest.seed == self.scenario.run.seed
            && manifest.precision == *precision
            && (precision.is_some() || manifest.replications == self.scenario.run.replications as usize)
            && manifest.options.iter().map(|option| &option.id).eq(&self.options)
            && manifest.activity.as_ref().map(|activity| activity.kind.as_str()) == kind
            && manifest.reference.is_none()
            && manifest.stored.is_none()
    }
}

/// Loads cells.
///
/// # Errors
/// [`Exit::Invalid`] with the mistakes of all of them, each once.
pub(super) fn ready<'a>(
    batch: &Batch,
    cells: &'a [Cell],
    base: &LoadedBatch,
    out: &Path,
    args: &BatchArgs,
    printer: Printer,
) -> Result<Vec<Ready<'a>>, Exit> {
    let mut said = Said { base, texts: Vec::new() };
    let mut ready = Vec::new();
    for cell in cells {
        let settings = settings(batch, cell, out, args);
        let loaded = scenario::load(&settings.scenario, &settings.overrides);
        said.add(cell, &loaded, printer);
        let Some(scenario) = &loaded.scenario else { continue };
        let options = run::chosen_options(scenario, &settings.options, printer)?;
        let folder = folder(out, &cell.name);
        let wanted = Wanted {
            files: out_folder::source_files(&loaded.sources, &settings.overrides),
            settings: &settings,
            options: options.iter().map(|&id| scenario.options[id].id.clone()).collect(),
            scenario,
        };
        let done = cell_manifest(&folder).is_some_and(|manifest| wanted.is(&manifest));
        let most = settings.precision.as_ref().map(|wanted| wanted.max_replications);
        let replications = most.unwrap_or(scenario.run.replications);
        ready.push(Ready { cell, folder, settings, done, replications });
    }
    said.say(printer);
    if ready.len() < cells.len() {
        printer.error(&format!("{} of {} cells cannot be run", cells.len() - ready.len(), cells.len()));
        return Err(Exit::Invalid);
    }
    Ok(ready)
}

fn settings(batch: &Batch, cell: &Cell, out: &Path, args: &BatchArgs) -> RunSettings {
    RunSettings {
        control_variates: false,
        inputs: None,
        scenario: batch.scenarios[cell.scenario].path.clone(),
        overrides: cell.overrides.clone(),
        format: Format::Table,
        table: None,
        out: Some(folder(out, &cell.name)),
        options: batch.options.clone(),
        boards: Vec::new(),
        threads: threads(args.threads),
        activity: activity(args.activity),
        timings: false,
        allow_large: args.allow_large,
        precision: batch
            .precision
            .clone()
            .map(|(targets, max_replications)| PrecisionEntry { targets, max_replications }),
        comparison: None,
    }
}

/// What cells have to say beyond what their scenarios said without parameters.
struct Said<'a> {
    base: &'a LoadedBatch,
    /// Text, severity, the first cell that says it, and how many do.
    texts: Vec<(String, Severity, String, usize)>,
}

impl Said<'_> {
    fn add(&mut self, cell: &Cell, loaded: &Loaded, printer: Printer) {
        for one in &loaded.diagnostics {
            let known = |other: &scenario::Diagnostic| other.code == one.code && other.message == one.message;
            if self.base.diagnostics.iter().any(known) {
                continue;
            }
            let text = render::diagnostic(one, &loaded.sources, printer.paint_message());
            match self.texts.iter_mut().find(|(earlier, ..)| *earlier == text) {
                Some((.., count)) => *count += 1,
                None => self.texts.push((text, one.severity, cell.name.clone(), 1)),
            }
        }
    }

    fn say(&self, printer: Printer) {
        for (text, severity, cell, count) in self.texts.iter().take(MOST_SAID) {
            let more = if *count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let text = format!("in cell {cell}{more}:\n{text}");
            match severity {
                Severity::Error => printer.aside(&text),
                Severity::Warning => printer.note(&text),
            }
        }
        if self.texts.len() > MOST_SAID {
            printer.aside(&format!("and {} more of other kinds", self.texts.len() - MOST_SAID));
        }
    }
}

/// How many different messages of cells are shown.
const MOST_SAID: usize = 20;
