//! A scenario folder that extends another: some sections, and whole tables in place of the inherited ones.

use super::StoreError;
use super::csv::{number, write_csv};
use super::folder::{Temporary, beside, io_error, parent, remove};
use crate::results::Sheet;
use crate::scenario::{Provenance, Scenario, overrides_as_layer, quoted};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// How the first line of such a scenario begins: a folder with it may be replaced.
const MARK: &str = "# Written by tierflow ";
const FILE: &str = "scenario.toml";
/// The file of the overrides (`--set`) that the scenario below was read with.
const SETTINGS: &str = "settings.toml";

/// A row of a table: cells by column.
pub type Cells = BTreeMap<String, String>;

/// The columns of a table before those of provenance.
const LAST: [&str; 5] = ["provenance", "source", "note", "owner", "date"];

/// A layer over a scenario.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Layer {
    /// Comment lines for the top of the file; the first says by which command it was written, such as `calibrate`.
    pub comments: Vec<String>,
    /// Sections, as TOML.
    pub sections: String,
    /// Tables by name, with their rows.
    pub tables: BTreeMap<String, Vec<Cells>>,
}

/// The rows of a table as the scenario states them, but those of some services. Nothing if there is no such table.
pub fn rows_without(scenario: &Scenario, table: &str, services: &BTreeSet<&str>) -> Option<Vec<Cells>> {
    let mut rows = scenario.inputs.iter().filter(|input| input.table == table).peekable();
    rows.peek()?;
    let others = rows.filter(|input| input.value("service").is_none_or(|service| !services.contains(service)));
    let cells = others.map(|input| {
        let stated = input.values.iter().filter(|value| value.stated);
        let mut cells: Cells = stated.map(|value| (value.key.to_owned(), value.shown.clone())).collect();
        let provenance = match input.provenance {
            Provenance::Assumed => "assumed",
            Provenance::Derived => "derived",
            Provenance::Published => "published",
            Provenance::Unstated => "",
        };
        let told = [provenance, &input.source, &input.note, &input.owner, &input.date];
        let told = LAST.iter().zip(told).filter(|(_, text)| !text.is_empty());
        cells.extend(told.map(|(key, text)| ((*key).to_owned(), text.to_owned())));
        cells
    });
    Some(cells.collect())
}

/// What a scenario without the table `provides` leaves unsaid: who treats the services that are not among these.
pub fn able_providers(scenario: &Scenario, services: &BTreeSet<&str>) -> Vec<Cells> {
    let others = scenario.services.iter_ids().filter(|(_, service)| !services.contains(service.id.as_str()));
    let pairs = others.flat_map(|(id, service)| {
        let able = scenario.providers.iter_ids();
        let able = able.filter(move |&(provider, one)| one.id != "elsewhere" && scenario.can_treat(id, provider));
        able.map(|(_, provider)| {
            let cells = [("service", &service.id), ("provider", &provider.id)];
            cells.into_iter().map(|(key, text)| (key.to_owned(), text.clone())).collect()
        })
    });
    pairs.collect()
}

/// A number with nine significant digits.
pub fn nine_digits(value: f64) -> String {
    number(format!("{value:.8e}").parse().unwrap_or(value))
}

/// A scenario folder under way: under a temporary name beside its place until [`Self::finish`].
#[derive(Debug)]
pub struct ScenarioFolder {
    target: PathBuf,
    fresh: Temporary,
    extends: String,
}

impl ScenarioFolder {
    /// Begins a folder over a scenario that was read with some overrides, which become a layer between the two. What is there
    /// already is replaced only if it is such a folder.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin(target: &Path, base: &Path, overrides: &[String]) -> Result<Self, StoreError> {
        let name = target.file_name().ok_or_else(|| StoreError::NoName(target.to_owned()))?;
        check_layer(target)?;
        let folder = parent(target);
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        let file = if base.is_dir() { base.join(FILE) } else { base.to_owned() };
        let file = fs::canonicalize(&file).map_err(io_error("find", &file))?;
        let place = fs::canonicalize(folder).map_err(io_error("find", folder))?.join(name);
        let fresh = Temporary(beside(folder, name, "new"));
        remove(&fresh.0)?;
        fs::create_dir(&fresh.0).map_err(io_error("create", &fresh.0))?;
        let below = relative(&place, &file);
        let mut new = Self { target: target.to_owned(), fresh, extends: below };
        if !overrides.is_empty() {
            let from_there = |csv: &Path| {
                let found = fs::canonicalize(csv);
                found.map_or_else(|_| csv.to_string_lossy().into_owned(), |csv| relative(&place, &csv))
            };
            let settings = overrides_as_layer(overrides, from_there);
            let text = format!("{MARK}from --set\n\nextends = {}\n\n{settings}", quoted(&new.extends));
            new.put(SETTINGS, text.as_bytes())?;
            SETTINGS.clone_into(&mut new.extends);
        }
        Ok(new)
    }

    /// The folder, for loading it as it is now.
    pub fn path(&self) -> &Path {
        &self.fresh.0
    }

    /// Writes the scenario, in place of what was written before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(&self, layer: &Layer) -> Result<(), StoreError> {
        let mut text = String::new();
        for (i, line) in layer.comments.iter().enumerate() {
            let _ = writeln!(text, "{}{line}", if i == 0 { MARK } else { "# " });
        }
        let _ = writeln!(text, "\nextends = {}\n", quoted(&self.extends));
        for (table, rows) in &layer.tables {
            if rows.is_empty() {
                let _ = writeln!(text, "{table} = []");
            } else {
                let _ = writeln!(text, "{table} = \"{table}.csv\"");
                self.put(&format!("{table}.csv"), &csv(rows))?;
            }
        }
        let _ = write!(text, "\n{}", layer.sections);
        self.put(FILE, text.as_bytes())
    }

    /// Writes a table beside the scenario, which reads it not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn beside(&self, sheet: Sheet<'_>) -> Result<(), StoreError> {
        let name = format!("{}.csv", sheet.table.name);
        let mut bytes = Vec::new();
        write_csv(sheet, &mut bytes).map_err(io_error("write", &self.target.join(&name)))?;
        self.put(&name, &bytes)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.fresh.0.join(name);
        fs::write(&path, bytes).map_err(io_error("write", &path))
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn finish(self) -> Result<(), StoreError> {
        check_layer(&self.target)?;
        remove(&self.target)?;
        fs::rename(&self.fresh.0, &self.target).map_err(io_error("create", &self.target))
    }
}

/// Whether a scenario folder may be put here: nothing is there, an empty folder, or one that was written so, with nothing but
/// plain files in it.
///
/// # Errors
/// [`StoreError::NoName`] and [`StoreError::NotOurs`].
pub fn check_layer(target: &Path) -> Result<(), StoreError> {
    if target.file_name().is_none() {
        return Err(StoreError::NoName(target.to_owned()));
    }
    let Ok(found) = target.symlink_metadata() else { return Ok(()) };
    let mut entries = fs::read_dir(target).into_iter().flatten().peekable();
    let marked = fs::read_to_string(target.join(FILE)).is_ok_and(|text| text.starts_with(MARK));
    let plain = |path: PathBuf| {
        path.ends_with(FILE) || path.ends_with(SETTINGS) || path.extension().is_some_and(|ending| ending == "csv")
    };
    let ours = found.is_dir()
        && (entries.peek().is_none() || marked && entries.all(|entry| entry.is_ok_and(|entry| plain(entry.path()))));
    if ours { Ok(()) } else { Err(StoreError::NotALayer(target.to_owned())) }
}

fn csv(rows: &[Cells]) -> Vec<u8> {
    // Ids first, in the order of the language's tables, then the rest.
    let first = ["service", "home_area", "provider", "from", "to"];
    let all: BTreeSet<&str> = rows.iter().flat_map(|row| row.keys().map(String::as_str)).collect();
    let rest = all.iter().filter(|name| !first.contains(name) && !LAST.contains(name));
    let columns: Vec<&str> = first.iter().chain(rest).chain(&LAST).copied().filter(|name| all.contains(name)).collect();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let lines = rows.iter().map(|row| columns.iter().map(|name| row.get(*name).map_or("", String::as_str)).collect());
    for line in std::iter::once(columns.clone()).chain(lines) {
        // Writing into memory cannot fail.
        let _ = writer.write_record(&line);
    }
    writer.into_inner().unwrap_or_default()
}

/// The way from a folder to a file, both absolute, with `/`; the file itself where there is none.
fn relative(folder: &Path, file: &Path) -> String {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return file.to_string_lossy().into_owned();
    }
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down =
        file.components().skip(shared).map(|part: Component<'_>| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_others_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base.toml");
        fs::write(&base, "").unwrap();
        let target = folder.path().join("deep/out");
        let layer = Layer { comments: vec!["x".into()], ..Layer::default() };
        for _ in 0..2 {
            let new = ScenarioFolder::begin(&target, &base, &[]).unwrap();
            new.write(&layer).unwrap();
            new.finish().unwrap();
        }
        let text = fs::read_to_string(target.join(FILE)).unwrap();
        assert!(text.starts_with("# Written by tierflow x\n\nextends = \"../../base.toml\""), "{text}");
        fs::write(target.join("notes.txt"), "mine").unwrap();
        assert!(matches!(ScenarioFolder::begin(&target, &base, &[]), Err(StoreError::NotALayer(_))));
        assert!(matches!(ScenarioFolder::begin(&base, &base, &[]), Err(StoreError::NotALayer(_))));
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
        assert_eq!(nine_digits(0.123_456_789_012), "0.123456789");
    }
}
