//! `tierflow reproduce`: a results folder run again from its manifest, and compared byte by byte.

use super::args::{Format, Procedure, ReproduceArgs};
use super::exit::Exit;
use super::printer::Printer;
use super::settings::{ComparisonSettings, FootprintSettings, RecommendSettings, RunSettings, SelectSettings, threads};
use super::{load, numbers, out_folder, plan, recommend, run, select};
use crate::results::{ActivityKind, Manifest, PlanEntry, RecommendationEntry, SelectionEntry};
use crate::scenario;
use crate::store::{Difference, compare_folders, read_manifest};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders deeper than this below the working folder are not looked into for the scenario.
const DEPTH: usize = 6;

pub(super) fn reproduce(args: &ReproduceArgs, printer: Printer) -> Exit {
    attempt(args, printer).unwrap_or_else(|exit| exit)
}

fn attempt(args: &ReproduceArgs, printer: Printer) -> Result<Exit, Exit> {
    let files = |problem: String| {
        printer.error(&problem);
        Exit::Files
    };
    let manifest = read_manifest(&args.results).map_err(|problem| files(problem.to_string()))?;
    if manifest.stored.is_some() {
        printer.error(&format!(
            "`{}` was written by `tierflow account`: reproduce the run whose activity it was computed from, and account again",
            args.results.display()
        ));
        return Err(Exit::Usage);
    }
    let ours = env!("CARGO_PKG_VERSION");
    if manifest.tierflow != ours {
        printer.note(&format!("the results were written by tierflow {}, and this is {ours}", manifest.tierflow));
    }
    let path = match &args.scenario {
        Some(path) => path.clone(),
        None => find(&manifest).ok_or_else(|| {
            files(format!(
                "the scenario `{}` of these results is not below this folder, or was changed since: no file has the BLAKE3 hash \
                 {} of the manifest. Name it with --scenario",
                manifest.scenario,
                manifest.files.first().map_or("", |file| file.blake3.as_str()),
            ))
        })?,
    };
    same_files(&path, &manifest, printer)?;
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    if args.out.as_ref().is_some_and(|out| same(out, &args.results)) {
        printer.error("--out names the results that are to be compared: choose another folder");
        return Err(Exit::Usage);
    }
    let kept = args.out.is_some();
    let folder = match &args.out {
        Some(out) => out.clone(),
        None => out_folder::beside(&args.results.canonicalize().unwrap_or_else(|_| args.results.clone()), "reproduced")
            .ok_or_else(|| files(format!("`{}` is no folder", args.results.display())))?,
    };
    let ran = match (&manifest.selection, &manifest.plan, &manifest.recommendation) {
        (Some(entry), ..) => select::write(&selection(args, path, folder.clone(), &manifest, entry), printer),
        (_, Some(entry), _) => plan::write(&planned(args, path, folder.clone(), &manifest, entry), printer),
        (.., Some(entry)) => recommend::write(&recommendation(args, path, folder.clone(), &manifest, entry), printer),
        _ => run::write(&settings(args, path, folder.clone(), &manifest), printer),
    };
    let compared =
        ran.and_then(|()| compare_folders(&args.results, &folder).map_err(|problem| files(problem.to_string())));
    if !kept {
        // Whether that works or not, the answer is known.
        let _ = fs::remove_dir_all(&folder);
    }
    match compared? {
        None => {
            let tables = numbers::of(manifest.tables.len(), "table", "tables");
            let text = format!("reproduced: manifest.json and {tables} are the same, byte for byte\n");
            Ok(super::finish(printer, &text, Exit::Done))
        }
        Some(difference) => {
            printer.error(&said(&difference));
            Err(Exit::NotReproduced)
        }
    }
}

fn said(difference: &Difference) -> String {
    match difference {
        Difference::Missing(name) => format!("not reproduced: the new results have no `{name}`"),
        Difference::Added(name) => format!("not reproduced: the new results have `{name}`, which the old ones lack"),
        Difference::Row { file, line, old, new } => {
            let of = |text: &Option<String>| text.clone().unwrap_or_else(|| "(the file ends)".to_owned());
            format!(
                "not reproduced: the first row that differs is line {line} of `{file}`\n  old: {}\n  new: {}",
                of(old),
                of(new)
            )
        }
    }
}

/// The plan that wrote a manifest.
fn planned(
    args: &ReproduceArgs,
    scenario: PathBuf,
    out: PathBuf,
    manifest: &Manifest,
    entry: &PlanEntry,
) -> plan::PlanSettings {
    plan::PlanSettings {
        scenario,
        overrides: manifest.overrides.clone(),
        option: manifest.options.first().map(|option| option.id.clone()),
        wanted: entry.clone(),
        format: Format::Table,
        out: Some(out),
        threads: threads(args.threads),
        allow_large: true,
    }
}

/// The selection that wrote a manifest.
fn selection(
    args: &ReproduceArgs,
    scenario: PathBuf,
    out: PathBuf,
    manifest: &Manifest,
    entry: &SelectionEntry,
) -> SelectSettings {
    let procedure = match entry.procedure.as_str() {
        "rinott" => Procedure::Rinott,
        "ocba" => Procedure::Ocba,
        _ => Procedure::Kn,
    };
    let ocba = procedure == Procedure::Ocba;
    SelectSettings {
        scenario,
        overrides: manifest.overrides.clone(),
        best: entry.best.clone(),
        indifference: entry.indifference.clone(),
        probability: entry.probability.as_ref().and_then(|probability| probability.parse().ok()),
        procedure,
        first: entry.first,
        max_replications: (!ocba).then_some(entry.most),
        budget: ocba.then_some(entry.most),
        options: manifest.options.iter().map(|option| option.id.clone()).collect(),
        year: Some(entry.period.clone()),
        smallest: Some(entry.direction == "smallest"),
        format: Format::Table,
        out: Some(out),
        threads: threads(args.threads),
        allow_large: true,
    }
}

/// The recommendation that wrote a manifest.
fn recommendation(
    args: &ReproduceArgs,
    scenario: PathBuf,
    out: PathBuf,
    manifest: &Manifest,
    entry: &RecommendationEntry,
) -> RecommendSettings {
    RecommendSettings {
        scenario,
        overrides: manifest.overrides.clone(),
        services: entry.services.clone(),
        boards: Vec::new(),
        option: manifest.options.first().map(|option| option.id.clone()),
        footprints: entry.footprints.as_ref().map(|wanted| FootprintSettings {
            groups: wanted.groups,
            least: Some(wanted.least),
            most: Some(wanted.most),
            most_population: wanted.most_population.map(|persons| persons as f64),
            as_bodies: wanted.as_bodies,
        }),
        format: Format::Table,
        out: Some(out),
        threads: threads(args.threads),
        allow_large: true,
    }
}

/// The run that wrote a manifest.
fn settings(args: &ReproduceArgs, scenario: PathBuf, out: PathBuf, manifest: &Manifest) -> RunSettings {
    RunSettings {
        scenario,
        overrides: manifest.overrides.clone(),
        format: Format::Table,
        table: None,
        out: Some(out),
        options: manifest.options.iter().map(|option| option.id.clone()).collect(),
        boards: Vec::new(),
        threads: threads(args.threads),
        activity: match manifest.activity.as_ref().map(|activity| activity.kind.as_str()) {
            None => ActivityKind::None,
            Some("total") => ActivityKind::Total,
            Some(_) => ActivityKind::Replications,
        },
        timings: false,
        allow_large: true,
        precision: manifest.precision.clone(),
        control_variates: manifest.control_variates,
        inputs: manifest.inputs,
        comparison: manifest
            .reference
            .clone()
            .map(|reference| ComparisonSettings { reference: Some(reference), metrics: Vec::new() }),
    }
}

/// Makes sure that the files of the scenario are those of the manifest.
fn same_files(path: &Path, manifest: &Manifest, printer: Printer) -> Result<(), Exit> {
    let loaded = scenario::load(path, &manifest.overrides);
    if loaded.scenario.is_none() {
        load::say(&loaded, printer);
        return Err(load::failure(&loaded));
    }
    let now = out_folder::source_files(&loaded.sources, &manifest.overrides);
    let hashes = |files: &[crate::results::SourceFile]| {
        let mut hashes: Vec<String> = files.iter().map(|file| file.blake3.clone()).collect();
        hashes.sort_unstable();
        hashes
    };
    if hashes(&now) == hashes(&manifest.files) {
        return Ok(());
    }
    let known = |file: &&crate::results::SourceFile| !manifest.files.iter().any(|old| old.blake3 == file.blake3);
    let mut changed: Vec<String> = now.iter().filter(known).map(|file| format!("`{}`", file.name)).collect();
    let gone = manifest.files.iter().filter(|old| !now.iter().any(|file| file.blake3 == old.blake3));
    changed.extend(gone.map(|file| format!("`{}`", file.name)));
    changed.dedup();
    printer.error(&format!(
        "not reproduced: the scenario is not the one that was run; other text (BLAKE3 hash) in {}",
        changed.join(", ")
    ));
    Err(Exit::NotReproduced)
}

/// The scenario file below the working folder that has the hash of the manifest's first file.
fn find(manifest: &Manifest) -> Option<PathBuf> {
    let wanted = manifest.files.first()?;
    let name = Path::new(&wanted.name).file_name()?.to_owned();
    // Folders of the scenario's name first: copies of one file are not told apart otherwise.
    let mut found = Vec::new();
    search(Path::new("."), &name, &wanted.blake3, DEPTH, &mut found);
    found.sort();
    let named = |path: &&PathBuf| path.components().any(|part| part.as_os_str() == OsStr::new(&manifest.scenario));
    found.iter().find(named).or(found.first()).cloned()
}

fn search(folder: &Path, name: &OsStr, hash: &str, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, own) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else { continue };
        let hidden = own.to_string_lossy().starts_with('.') || own == "target";
        if kind.is_dir() && depth > 0 && !hidden {
            search(&path, name, hash, depth - 1, found);
        } else if kind.is_file() && own == name {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            if blake3::hash(text.as_bytes()).to_hex().as_str() == hash {
                found.push(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path));
            }
        }
    }
}
