//! From text to a validated [`Scenario`], with every mistake reported at once.
//!
//! The way of a scenario: files ([`SourceMap`]) -> trees with places -> layers merged -> checked against the catalogue
//! of the language (`grammar`) -> ICBs of the chosen day (`succession`) -> built and cross-checked (`validate`). Only `source` touches files. Nothing here
//! panics on any input; what cannot be understood becomes a [`Diagnostic`] with a place and a cure.

mod codes;
mod csv_table;
mod diagnostic;
mod grammar;
mod layer;
mod leaf;
mod names;
mod node;
mod read;
mod source;
mod succession;
mod validate;
mod validated;

pub use codes::{Code, diagnostics_markdown};
pub use diagnostic::{Diagnostic, Severity};
pub use grammar::{explain_key, json_schema, key_names};
pub use source::{Place, SourceMap, Spot};
pub use validated::{Audits, InputRow, Periods, Provenance, Run, Scenario};

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
    let scenario = layer::load(path, overrides, &mut sources, &mut sink).and_then(|root| {
        let names = root.table().map(names::Names::collect)?;
        grammar::check(&root, &grammar::ROOT, &names, &mut sink);
        let resolved = succession::resolve(&root, &mut sink);
        let root_of_day = resolved.as_ref().and_then(|resolved| resolved.root.table());
        let names = root_of_day.map_or(names, names::Names::collect);
        let mut cx = read::Context::new(&root, resolved.as_ref(), &names, &mut sources, &mut sink)?;
        validate::build(&mut cx, source::scenario_name(path))
    });
    let scenario = scenario.filter(|_| !sink.has_errors());
    Loaded { scenario, diagnostics: sink.finish(), sources }
}
