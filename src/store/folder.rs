//! A results folder: written whole beside its place under a temporary name, then renamed.

use super::activity::ActivityFiles;
use super::csv::write_csv;
use super::json::{is_manifest, manifest_json};
use crate::results::{Manifest, Results, Sheet, catalogue};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file that marks a folder as results of tierflow.
pub const MANIFEST: &str = "manifest.json";

/// What may be advised beside another name: nobody is told to remove a scenario.
fn removal(target: &Path) -> &'static str {
    if target.join("scenario.toml").exists() { " (it is a scenario)" } else { ", or remove it" }
}

/// Why results could not be written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The place is taken by something that tierflow did not write.
    #[error("`{}` exists and holds no tierflow manifest, so it is not replaced: choose another folder with --out{}", .0.display(), removal(.0))]
    NotOurs(PathBuf),
    /// The place is taken by something else than a scenario that tierflow wrote.
    #[error("`{}` exists and is no scenario that tierflow wrote, so it is not replaced: choose another folder with --out{}", .0.display(), removal(.0))]
    NotALayer(PathBuf),
    /// The place has no name, such as `..` or `/`.
    #[error("`{}` cannot be a results folder: name a folder with --out", .0.display())]
    NoName(PathBuf),
    /// There is a file already.
    #[error("`{}` exists and is left as it is: choose another file with --out, or replace it with --force", .0.display())]
    Exists(PathBuf),
    /// The place is taken by a folder, a device or a link.
    #[error("`{}` is no plain file, so it is not replaced: choose another with --out", .0.display())]
    NoFile(PathBuf),
    /// The place has no name, such as `..` or `/`.
    #[error("`{}` cannot be a file: name one with --out", .0.display())]
    NoFileName(PathBuf),
    /// Reading or writing failed.
    #[error("cannot {action} `{}`: {source}; check that the folder may be written and that the disk has room, or choose another with --out", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Writes all tables and the manifest into a folder. An existing folder is replaced if it holds a tierflow manifest, or
/// nothing at all; until the new one is complete it stays as it is. Parents are created. Activity that is stored beside the
/// tables moves in with them.
///
/// # Errors
/// [`StoreError`]; nothing half-written is left behind.
pub fn write_folder(target: &Path, results: &Results, activity: Option<&ActivityFiles>) -> Result<(), StoreError> {
    let sheets = results.tables().into_iter().filter_map(|table| results.sheet(table.name));
    write_whole(target, &results.manifest, sheets, activity)
}

/// Writes the tables that a manifest names, and the manifest, into a folder, as [`write_folder`].
///
/// # Errors
/// [`StoreError`]; nothing half-written is left behind.
pub fn write_tables<'s>(
    target: &Path,
    manifest: &Manifest,
    sheet: impl Fn(&str) -> Option<Sheet<'s>>,
) -> Result<(), StoreError> {
    write_whole(target, manifest, manifest.tables.iter().filter_map(|table| sheet(table)), None)
}

fn write_whole<'s>(
    target: &Path,
    manifest: &Manifest,
    sheets: impl Iterator<Item = Sheet<'s>>,
    activity: Option<&ActivityFiles>,
) -> Result<(), StoreError> {
    let name = target.file_name().ok_or_else(|| StoreError::NoName(target.to_owned()))?;
    check_replaceable(target)?;
    let parent = parent(target);
    fs::create_dir_all(parent).map_err(io_error("create", parent))?;
    let fresh = Temporary(beside(parent, name, "new"));
    remove(&fresh.0)?;
    fs::create_dir(&fresh.0).map_err(io_error("create", &fresh.0))?;
    activity.map_or(Ok(()), |files| files.move_to(&fresh.0))?;
    write_files(&fresh.0, manifest, sheets)?;
    // A folder cannot be renamed over a full one: the old one steps aside first, and comes back if the new one fails.
    let old = beside(parent, name, "old");
    remove(&old)?;
    let replaces = target.symlink_metadata().is_ok();
    if replaces {
        fs::rename(target, &old).map_err(io_error("replace", target))?;
    }
    if let Err(error) = fs::rename(&fresh.0, target) {
        if replaces {
            fs::rename(&old, target).map_err(io_error("restore", target))?;
        }
        return Err(io_error("create", target)(error));
    }
    remove(&old)
}

/// The folder that something lies in.
pub(super) fn parent(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A temporary name beside another.
pub(super) fn beside(parent: &Path, name: &OsStr, what: &str) -> PathBuf {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{what}-{}", std::process::id()));
    parent.join(hidden)
}

/// Whether [`write_folder`] may put results here: nothing is there, or nothing but results of tierflow.
///
/// # Errors
/// [`StoreError::NoName`] and [`StoreError::NotOurs`].
pub fn check_replaceable(target: &Path) -> Result<(), StoreError> {
    if target.file_name().is_none() {
        return Err(StoreError::NoName(target.to_owned()));
    }
    if target.symlink_metadata().is_err() {
        return Ok(());
    }
    let empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    let manifest = fs::read_to_string(target.join(MANIFEST)).is_ok_and(|text| is_manifest(&text));
    if empty
        || (manifest
            && fs::read_dir(target)
                .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_ours(&entry)))))
    {
        Ok(())
    } else {
        Err(StoreError::NotOurs(target.to_owned()))
    }
}

/// Whether a results folder may hold this: a plain file, the manifest or a CSV with the name of a table. Notes that a
/// planner keeps beside the results are not ours to delete.
fn is_ours(entry: &fs::DirEntry) -> bool {
    let (path, name) = (entry.path(), entry.file_name());
    let table = path.extension().is_some_and(|ending| ending == "csv")
        && path.file_stem().is_some_and(|stem| catalogue().iter().any(|entry| stem == entry.table.name));
    entry.file_type().is_ok_and(|kind| kind.is_file()) && (table || name == MANIFEST)
}

fn write_files<'s>(
    folder: &Path,
    manifest: &Manifest,
    sheets: impl Iterator<Item = Sheet<'s>>,
) -> Result<(), StoreError> {
    for sheet in sheets {
        write_file(&folder.join(format!("{}.csv", sheet.table.name)), |out| write_csv(sheet, out))?;
    }
    // The manifest last: a folder that has it is complete.
    write_file(&folder.join(MANIFEST), |out| out.write_all(manifest_json(manifest).as_bytes()))
}

fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), StoreError> {
    let write_all = || {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    write_all().map_err(io_error("write", path))
}

pub(super) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", path)(error)),
        _ => Ok(()),
    }
}

/// A folder that is gone when this goes out of scope, whatever happened meanwhile.
#[derive(Debug)]
pub(super) struct Temporary(pub(super) PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // It has been renamed, or there is nobody left to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
