//! Two results folders, byte by byte.

use super::folder::MANIFEST;
use crate::results::Manifest;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why folders could not be compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// The folder has no manifest that this version can read.
    #[error("`{}` is no results folder: it has no manifest of tierflow. Name a folder that `tierflow run` has written", .0.display())]
    NoResults(PathBuf),
    /// Reading failed.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The first difference of two folders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// A file of the first that the second lacks.
    Missing(String),
    /// A file of the second that the first lacks.
    Added(String),
    /// A line that is not the same.
    Row {
        /// Name of the file.
        file: String,
        /// From 1.
        line: u64,
        /// In the first folder; nothing if the file ends before.
        old: Option<String>,
        /// In the second.
        new: Option<String>,
    },
}

/// The manifest of a results folder.
///
/// # Errors
/// [`CompareError::NoResults`].
pub fn read_manifest(folder: &Path) -> Result<Manifest, CompareError> {
    let text = fs::read_to_string(folder.join(MANIFEST)).ok();
    text.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(|| CompareError::NoResults(folder.to_owned()))
}

/// The first difference of two folders, files in the order of their names and the manifest last, which holds hashes of
/// others.
///
/// # Errors
/// What cannot be read.
pub fn compare_folders(old: &Path, new: &Path) -> Result<Option<Difference>, CompareError> {
    let (before, after) = (names(old)?, names(new)?);
    if let Some(name) = before.difference(&after).next() {
        return Ok(Some(Difference::Missing(name.clone())));
    }
    if let Some(name) = after.difference(&before).next() {
        return Ok(Some(Difference::Added(name.clone())));
    }
    let (manifest, tables): (Vec<&String>, Vec<&String>) = before.iter().partition(|name| *name == MANIFEST);
    for name in tables.into_iter().chain(manifest) {
        if let Some(difference) = compare_files(name, &old.join(name), &new.join(name))? {
            return Ok(Some(difference));
        }
    }
    Ok(None)
}

fn names(folder: &Path) -> Result<BTreeSet<String>, CompareError> {
    let failed = |source| CompareError::Io { path: folder.to_owned(), source };
    let entries: io::Result<Vec<fs::DirEntry>> = fs::read_dir(folder).map_err(failed)?.collect();
    Ok(entries.map_err(failed)?.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn compare_files(name: &str, old: &Path, new: &Path) -> Result<Option<Difference>, CompareError> {
    let open = |path: &Path| -> Result<BufReader<File>, CompareError> {
        let file = File::open(path).map_err(|source| CompareError::Io { path: path.to_owned(), source })?;
        Ok(BufReader::with_capacity(1 << 18, file))
    };
    let (mut before, mut after) = (open(old)?, open(new)?);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for line in 1.. {
        let read = |file: &mut BufReader<File>, path: &Path, text: &mut Vec<u8>| {
            text.clear();
            file.read_until(b'\n', text).map_err(|source| CompareError::Io { path: path.to_owned(), source })
        };
        let ended = (read(&mut before, old, &mut a)? == 0, read(&mut after, new, &mut b)? == 0);
        if a != b {
            let text =
                |bytes: &[u8], ended: bool| (!ended).then(|| String::from_utf8_lossy(bytes).trim_end().to_owned());
            let (old, new) = (text(&a, ended.0), text(&b, ended.1));
            return Ok(Some(Difference::Row { file: name.to_owned(), line, old, new }));
        }
        if ended.0 {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let write = |folder: usize, name: &str, text: &str| fs::write(folders[folder].path().join(name), text).unwrap();
        let compare = || compare_folders(folders[0].path(), folders[1].path()).unwrap();
        for folder in 0..2 {
            write(folder, MANIFEST, "{}\n");
            write(folder, "icbs.csv", "a,b\n1,2\n3,4\n");
        }
        assert_eq!(compare(), None);
        write(1, "icbs.csv", "a,b\n1,2\n3,5\n");
        write(1, MANIFEST, "{ }\n");
        let row = |line, old: Option<&str>, new: Option<&str>| Difference::Row {
            file: "icbs.csv".into(),
            line,
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        assert_eq!(compare(), Some(row(3, Some("3,4"), Some("3,5"))));
        write(1, "icbs.csv", "a,b\n1,2\n");
        assert_eq!(compare(), Some(row(3, Some("3,4"), None)));
        write(1, "notes.csv", "");
        assert_eq!(compare(), Some(Difference::Added("notes.csv".into())));
        assert!(matches!(read_manifest(folders[1].path()), Err(CompareError::NoResults(_))));
    }
}
