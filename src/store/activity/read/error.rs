//! What can be wrong with stored activity.

use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why stored activity is of no use.
#[derive(Debug, Error)]
pub enum StoredError {
    /// The folder has no manifest of tierflow.
    #[error("`{}` is no results folder: it has no manifest of tierflow. Name a folder that `tierflow run` has written", .0.display())]
    NoResults(PathBuf),
    /// Another version wrote it.
    #[error("`{}` was written by tierflow {theirs}, and this is {}: what a count means may differ. Run the scenario again with this version", folder.display(), env!("CARGO_PKG_VERSION"))]
    Version {
        /// The folder.
        folder: PathBuf,
        /// The version that wrote it.
        theirs: String,
    },
    /// It was run with `--activity none`, or is itself the result of `account`.
    #[error("`{}` holds no activity. Run the scenario again with --activity replications", .0.display())]
    NoActivity(PathBuf),
    /// Reading failed.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A row is not what a run writes.
    #[error("{}:{line}:{column}: {what}. The file is not as the run wrote it: run the scenario again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// From 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// Its rows are in order, but they are not those that the run wrote.
    #[error("`{}` was changed since the run wrote it (its BLAKE3 hash is not that of the manifest): run the scenario again", .0.display())]
    Changed(PathBuf),
    /// The cells of the scenario have other names.
    #[error("{}:{line}: cell {cell} has the {column} `{stored}`, but `{wanted}` in the scenario: the activity belongs to other places, services or classes", path.display())]
    OtherCell {
        /// The table of cells.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// The cell's number.
        cell: usize,
        /// What differs.
        column: &'static str,
        /// In the table.
        stored: String,
        /// In the scenario.
        wanted: String,
    },
    /// An option needs a base period to begin where the stored ones do not.
    #[error(
        "the options need money to be counted from {day} on, but the activity is only stored by the periods that begin on {stored}. Run the scenario again with these options in it, or with periods = \"month\""
    )]
    NoCut {
        /// First day of the period that is missing.
        day: String,
        /// First days of those that are stored.
        stored: String,
    },
}

impl StoredError {
    /// Whether the files are in order, and it is the scenario that does not fit them.
    pub fn is_misfit(&self) -> bool {
        matches!(self, Self::OtherCell { .. } | Self::NoCut { .. })
    }
}
