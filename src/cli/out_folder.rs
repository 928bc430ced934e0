//! The results folder before there are results: whether it can be written, and from what.

use crate::results::SourceFile;
use crate::scenario::{Place, SourceMap};
use crate::store::check_replaceable;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// What a probe is called, between points and before the number of its process.
pub(super) const PROBE: &str = "tierflow-probe";

/// Finds out before a long simulation whether its results can be written here.
///
/// # Errors
/// Why not, and what to do.
pub(super) fn check(target: &Path) -> Result<(), String> {
    let other = "choose another folder with --out";
    check_replaceable(target).map_err(|problem| problem.to_string())?;
    let Some(folder) = target
        .ancestors()
        .skip(1)
        .map(|folder| if folder == Path::new("") { Path::new(".") } else { folder })
        .find(|folder| folder.exists())
    else {
        return Err(format!("no folder above `{}` exists: {other}", target.display()));
    };
    let probe = folder.join(format!(".{PROBE}.{}", std::process::id()));
    // Another batch may have taken it for one that was left behind.
    let removed = || {
        fs::remove_dir(&probe).or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    };
    fs::create_dir(&probe)
        .and_then(|()| removed())
        .map_err(|error| format!("cannot write into `{}`: {error}; {other}", folder.display()))
}

/// Where results go that nobody named a folder for: never into the folder of the scenario, which may lie in `results` itself.
pub(super) fn by_name(scenario: &Path, name: &str) -> PathBuf {
    let out = Path::new("results").join(name);
    let home = if scenario.is_dir() { scenario } else { scenario.parent().unwrap_or(Path::new("")) };
    let real = |path: &Path| fs::canonicalize(path).ok();
    match (real(&out), real(home)) {
        (Some(there), Some(here)) if there == here => Path::new("results").join(format!("{name}-run")),
        _ => out,
    }
}

/// The files of a scenario, named relative to its first, with the hash of their text.
pub(super) fn source_files(sources: &SourceMap, overrides: &[String]) -> Vec<SourceFile> {
    let home = sources.names().next().map(Path::new).and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let files = (0..).zip(sources.names()).filter(|(_, name)| *name != "--set").map(|(file, name)| {
        let text = sources.text(Place { file, start: 0, end: 0 });
        let path = Path::new(name);
        // An absolute path of the command line says where somebody keeps a file, not where the scenario has it.
        let placed = path.is_relative() || !overrides.iter().any(|text| text.contains(name));
        let relative = relative(&home, path).filter(|_| placed);
        SourceFile {
            name: relative.unwrap_or_else(|| path.file_name().unwrap_or_default().to_string_lossy().into_owned()),
            blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        }
    });
    files.collect()
}

/// A path as seen from a folder, both as typed; nothing where that cannot be said without knowing where they lie.
fn relative(from: &Path, path: &Path) -> Option<String> {
    let parts =
        |path: &Path| -> PathBuf { path.components().filter(|part| !matches!(part, Component::CurDir)).collect() };
    let (from, path) = (parts(from), parts(path));
    if from.is_absolute() != path.is_absolute() {
        return None;
    }
    let shared = from.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up: Vec<Component<'_>> = from.components().skip(shared).collect();
    let down: Vec<Component<'_>> = path.components().skip(shared).collect();
    let named = |part: &Component<'_>| matches!(part, Component::Normal(_));
    // Nobody knows by what name to come back from `..`; on the way down it may still lead out of a folder that has one.
    if !up.iter().all(named) || !down.iter().all(|part| named(part) || matches!(part, Component::ParentDir)) {
        return None;
    }
    let down = down.iter().map(|part| part.as_os_str().to_string_lossy());
    Some(up.iter().map(|_| "..".into()).chain(down).collect::<Vec<_>>().join("/"))
}

/// A folder beside a target that does not exist yet.
pub(super) fn beside(target: &Path, what: &str) -> Option<PathBuf> {
    let name = target.file_name()?.to_string_lossy();
    Some(target.with_file_name(format!(".{name}.{what}-{}", std::process::id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_scenario() {
        let seen = |from: &str, path: &str| relative(Path::new(from), Path::new(path));
        let is = |from: &str, path: &str, name: &str| assert_eq!(seen(from, path).as_deref(), Some(name));
        is("scenarios/ncl", "scenarios/ncl/scenario.toml", "scenario.toml");
        is("scenarios/ncl", "scenarios/england/icbs.csv", "../england/icbs.csv");
        is("", "a.toml", "a.toml");
        is("./ncl", "ncl/a.csv", "a.csv");
        is("/home/me/ncl", "/home/me/england/icbs.csv", "../england/icbs.csv");
        is("../ncl", "../../england/icbs.csv", "../../england/icbs.csv");
        assert_eq!(seen("scenarios/ncl", "/tmp/pools.csv"), None);
        assert_eq!(seen("/home/me/ncl", "pools.csv"), None);
        assert_eq!(seen("../ncl", "pools.csv"), None);
    }
}
