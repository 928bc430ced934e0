//! The results folder before there are results: whether it can be written, and from what.

use crate::results::SourceFile;
use crate::scenario::{Place, SourceMap};
use crate::store::MANIFEST;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Finds out before a long simulation whether its results can be written here.
///
/// # Errors
/// Why not, and what to do.
pub(super) fn check(target: &Path) -> Result<(), String> {
    let other = "choose another folder with --out";
    if target.file_name().is_none() {
        return Err(format!("`{}` cannot be a results folder: name a folder with --out", target.display()));
    }
    if target.symlink_metadata().is_ok() {
        let empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        let ours = fs::read_to_string(target.join(MANIFEST)).is_ok_and(|text| text.contains("\"tierflow\""));
        if !empty && !ours {
            let what = "exists and holds no tierflow manifest, so it is not replaced";
            return Err(format!("`{}` {what}: {other}, or remove it", target.display()));
        }
    }
    let Some(folder) = target
        .ancestors()
        .skip(1)
        .map(|folder| if folder == Path::new("") { Path::new(".") } else { folder })
        .find(|folder| folder.exists())
    else {
        return Err(format!("no folder above `{}` exists: {other}", target.display()));
    };
    let probe = folder.join(format!(".tierflow-probe-{}", std::process::id()));
    fs::create_dir(&probe)
        .and_then(|()| fs::remove_dir(&probe))
        .map_err(|error| format!("cannot write into `{}`: {error}; {other}", folder.display()))
}

/// The files of a scenario, named relative to its first, with the hash of their text.
pub(super) fn source_files(sources: &SourceMap) -> Vec<SourceFile> {
    let home = sources.names().next().map(Path::new).and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let files = (0..).zip(sources.names()).filter(|(_, name)| *name != "--set").map(|(file, name)| {
        let text = sources.text(Place { file, start: 0, end: 0 });
        SourceFile {
            name: relative(&home, Path::new(name)),
            blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        }
    });
    files.collect()
}

/// A path as seen from a folder, both as typed.
fn relative(from: &Path, path: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        let named = path.components().filter(|part| !matches!(part, Component::CurDir));
        named.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (from, path) = (parts(from), parts(path));
    let shared = from.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(path[shared..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
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
        let from = Path::new("scenarios/ncl");
        assert_eq!(relative(from, Path::new("scenarios/ncl/scenario.toml")), "scenario.toml");
        assert_eq!(relative(from, Path::new("scenarios/england/icbs.csv")), "../england/icbs.csv");
        assert_eq!(relative(Path::new(""), Path::new("a.toml")), "a.toml");
    }
}
