//! Batches: scenarios x points in the space of some parameters, read with every mistake reported at once.

mod points;
mod range;
mod read;

pub use range::Range;

use super::diagnostic::{Diagnostic, Sink};
use super::source::{self, SourceMap};
use super::{Scenario, grammar, names, node};
use std::path::{Path, PathBuf};

/// A batch of runs. Its cells are its scenarios times its points; all options of a cell share its simulations.
#[derive(Clone, PartialEq, Debug)]
pub struct Batch {
    /// Its name: the file's without its ending, or the folder's with `-batch` if the file is called `batch.toml`.
    pub name: String,
    /// One line.
    pub title: String,
    /// What is run; at least one.
    pub scenarios: Vec<BatchScenario>,
    /// Ids of the only tiering options wanted; none for all.
    pub options: Vec<String>,
    /// The number of replications of every cell, where the scenarios' own do not hold.
    pub replications: Option<u32>,
    /// The precision that decides about it instead, and the most replications for that.
    pub precision: Option<(String, u32)>,
    /// Metrics of interest, each with its table.
    pub metrics: Vec<(String, String)>,
    /// What differs between points, in the order of the file.
    pub parameters: Vec<Parameter>,
    /// Which points there are.
    pub design: Design,
}

/// A scenario of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchScenario {
    /// What the results call it: its name, or its path as written where several have the same name.
    pub label: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Something that differs between points.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// Its name: a slug.
    pub name: String,
    /// The keys of the scenario that get its value; at least one.
    pub keys: Vec<String>,
    /// Its values.
    pub values: Values,
}

/// The values of a parameter.
#[derive(Clone, PartialEq, Debug)]
pub enum Values {
    /// These, for a grid; at least one.
    Grid(Vec<Value>),
    /// Any of a range.
    Range(Range),
    /// Those of the points of a list.
    Listed,
}

/// A value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// As readers see it: a text without its quotes.
    pub shown: String,
    /// As the right side of an override: TOML, or a plain text.
    pub toml: String,
}

/// Which points of the space of parameters there are.
#[derive(Clone, PartialEq, Debug)]
pub enum Design {
    /// All combinations of values, the last parameter running fastest. Without parameters this is one point.
    Grid,
    /// Stated ones: a value for each parameter.
    List(Vec<Vec<Value>>),
    /// Spread over all ranges.
    LatinHypercube {
        /// How many.
        points: usize,
        /// Seed of the design.
        seed: u64,
    },
    /// Morris's screening.
    Morris {
        /// How many ways through the ranges.
        trajectories: usize,
        /// How many values of each parameter, an even number.
        levels: usize,
        /// Seed of the design.
        seed: u64,
    },
    /// Sobol's indices.
    Sobol {
        /// How many base points.
        points: usize,
        /// Seed of the design.
        seed: u64,
    },
}

/// What a batch file may name that other floors know.
#[derive(Clone, Debug)]
pub struct Words {
    /// All metrics: table and name.
    pub metrics: Vec<(String, String)>,
    /// Those of a batch that names none.
    pub usual: Vec<(String, String)>,
    /// What is wrong with a precision, and the cure, if something is.
    pub precision: fn(&str) -> Option<(String, String)>,
}

/// What became of a batch file.
#[derive(Debug)]
pub struct LoadedBatch {
    /// The batch, if nothing is wrong with it or with its scenarios.
    pub batch: Option<Batch>,
    /// All errors and warnings, those of the scenarios included.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of all files, for the places of diagnostics.
    pub sources: SourceMap,
}

impl LoadedBatch {
    /// Whether the file itself could not be read, rather than being wrong.
    pub fn unreadable(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code.is_io())
    }

    /// All diagnostics as plain text.
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|diagnostic| diagnostic.render(&self.sources)).collect::<Vec<_>>().join("\n")
    }
}

/// Loads a batch file and its scenarios, these without any of the parameters.
///
/// Never fails: mistakes of all kinds are in the diagnostics, all at once.
pub fn load_batch(path: &Path, words: &Words) -> LoadedBatch {
    let mut sources = SourceMap::default();
    let mut sink = Sink::default();
    let batch = load(path, words, &mut sources, &mut sink).filter(|_| !sink.has_errors());
    LoadedBatch { batch, diagnostics: sink.finish(), sources }
}

fn load(path: &Path, words: &Words, sources: &mut SourceMap, sink: &mut Sink) -> Option<Batch> {
    let file = match sources.read(path) {
        Ok(file) => file,
        Err(fault) => {
            sink.report(fault.code(false), None, || (fault.message.clone(), fault.cure.to_owned()));
            return None;
        }
    };
    let table = node::parse(sources, file, sink)?;
    let root = node::Node { place: source::Place::new(file, 0..0), value: node::Value::Table(table) };
    grammar::check(&root, &grammar::BATCH, &names::Names::default(), sink);
    read::Reader { words, sources, sink }.batch(path, &root)
}

/// The name of the batch of a file.
fn name(path: &Path) -> String {
    let identity = source::identity(path);
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem(&identity).unwrap_or_else(|| "batch".to_owned());
    let folder = identity.parent().and_then(Path::file_name);
    match folder {
        Some(folder) if stem == "batch" => format!("{}-batch", folder.to_string_lossy()),
        _ => stem,
    }
}

/// The scenarios under labels that tell them apart.
fn labelled(read: Vec<(String, PathBuf, Option<Scenario>)>) -> Vec<BatchScenario> {
    let names: Vec<Option<String>> =
        read.iter().map(|(.., scenario)| scenario.as_ref().map(|scenario| scenario.name.clone())).collect();
    let label = |(i, (written, path, _)): (usize, (String, PathBuf, _))| {
        let own = names[i].clone().filter(|own| names.iter().flatten().filter(|name| *name == own).count() == 1);
        BatchScenario { label: own.unwrap_or(written), path }
    };
    read.into_iter().enumerate().map(label).collect()
}
