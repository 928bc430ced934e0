//! From text to a validated [`Scenario`], with every mistake reported at once.
//!
//! The way of a scenario: files ([`SourceMap`]) -> trees with places -> layers merged -> checked against the catalogue
//! of the language (`grammar`) -> ICBs of the chosen day (`succession`) -> built and cross-checked (`validate`). Only `source` touches files. Nothing here
//! panics on any input; what cannot be understood becomes a [`Diagnostic`] with a place and a cure.

mod batch;
mod codes;
mod csv_table;
mod diagnostic;
mod factors;
mod grammar;
mod layer;
mod leaf;
mod names;
mod node;
mod observed;
mod read;
mod source;
mod succession;
mod validate;
mod validated;

pub use batch::{Batch, BatchScenario, Design, LoadedBatch, Parameter, Range, Value, Values, Words, load_batch};
pub use codes::{Code, diagnostics_markdown};
pub(crate) use diagnostic::suggestion;
pub use diagnostic::{Diagnostic, Severity};
pub use grammar::{batch_json_schema, explain_key, json_schema, key_names};
pub use node::quoted;
pub use observed::{LoadedObservations, Observations, ObservedFiles, Origin, load_observations, origins};
pub use source::{Place, SourceMap, Spot};
pub use validated::{Audits, InputRow, InputValue, Periods, Provenance, Run, Scenario};

use std::path::Path;

/// What became of a scenario.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario, if nothing is wrong with it; there may be warnings.
    pub scenario: Option<Scenario>,
    /// All errors and warnings, by file and position.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of all files, for the places of diagnostics.
    pub sources: SourceMap,
}

impl Loaded {
    /// Whether the scenario could not even be read, rather than being wrong.
    pub fn unreadable(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code.is_io())
    }

    /// All diagnostics as plain text.
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|diagnostic| diagnostic.render(&self.sources)).collect::<Vec<_>>().join("\n")
    }
}

/// Loads a scenario from a folder or a TOML file, with overrides such as `run.replications=50` as its last layer.
///
/// Never fails: mistakes of all kinds are in the diagnostics, all at once.
pub fn load(path: &Path, overrides: &[String]) -> Loaded {
    let mut sources = SourceMap::default();
    let mut sink = diagnostic::Sink::default();
    let scenario = read_into(path, None, overrides, &mut sources, &mut sink);
    let scenario = scenario.filter(|_| !sink.has_errors());
    Loaded { scenario, diagnostics: sink.finish(), sources }
}

/// Overrides of a valid scenario as the text of a layer, in which they hold without being stated again. `from_there` says how that
/// layer finds a CSV file that they name.
pub fn overrides_as_layer(overrides: &[String], from_there: impl Fn(&Path) -> String) -> String {
    layer::overrides_as_layer(overrides, from_there)
}

/// Reads a scenario beside what is read already; `named_at` is where another file names it, if one does.
fn read_into(
    path: &Path,
    named_at: Option<Place>,
    overrides: &[String],
    sources: &mut SourceMap,
    sink: &mut diagnostic::Sink,
) -> Option<Scenario> {
    layer::load(path, named_at, overrides, sources, sink).and_then(|root| {
        let names = root.table().map(names::Names::collect)?;
        grammar::check(&root, &grammar::ROOT, &names, sink);
        let resolved = succession::resolve(&root, sink);
        let root_of_day = resolved.as_ref().and_then(|resolved| resolved.root.table());
        let names = root_of_day.map_or(names, names::Names::collect);
        let mut cx = read::Context::new(&root, resolved.as_ref(), &names, sources, sink)?;
        validate::build(&mut cx, source::scenario_name(path))
    })
}
