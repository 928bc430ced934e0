//! The program as users run it.

use crate::support::tierflow;
use std::fs;
use std::path::Path;

/// Runs what must end well.
pub(crate) fn done(folder: &Path, args: &[&str]) -> String {
    let output = tierflow(folder).args(args).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}\n{err}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs what must end with a code, and returns what it says.
pub(crate) fn refused(folder: &Path, args: &[&str], code: i32) -> String {
    let output = tierflow(folder).args(args).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{err}");
    err
}

/// The fields of a table of a results folder, its header first.
pub(crate) fn table(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = fs::read(folder.join(format!("{name}.csv"))).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}
