//! The only reader of files: text, names and positions of everything that a scenario consists of.

use super::codes::Code;
use super::diagnostic::nearest;
use std::fs::OpenOptions;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 200_000_000;

/// A span of bytes in one of the files of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Which file, in the order of reading.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Place {
    pub(super) fn new(file: u32, span: std::ops::Range<usize>) -> Self {
        Self { file, start: span.start as u32, end: span.end as u32 }
    }
    /// The beginning of the same file.
    pub(super) fn of_file(self) -> Self {
        Self { file: self.file, start: 0, end: 0 }
    }
}

/// A file, or an override from the command line.
#[derive(Clone, Debug)]
struct SourceFile {
    name: String,
    text: String,
    /// Relative paths in it start here.
    folder: PathBuf,
    /// Byte offsets of the lines.
    lines: Vec<u32>,
}

/// A place for readers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spot<'s> {
    /// The file's path as typed, or `--set`.
    pub file: &'s str,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line's text, cut to 120 characters around the place.
    pub excerpt: String,
    /// Column of the place within the excerpt, from 1.
    pub excerpt_column: usize,
    /// How many characters of the excerpt belong to the place, at least 1.
    pub width: usize,
}

/// All files of a scenario with their text.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// Why a file has no text.
pub(super) struct ReadFault {
    pub(super) kind: ReadFaultKind,
    pub(super) message: String,
    pub(super) cure: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFaultKind {
    Io,
    Encoding,
    Empty,
}

impl ReadFault {
    /// The code, for the scenario given by the user or for a file that it names.
    pub(super) fn code(&self, named: bool) -> Code {
        match (self.kind, named) {
            (ReadFaultKind::Io, false) => Code::Unreadable,
            (ReadFaultKind::Io, true) => Code::NamedFile,
            (ReadFaultKind::Encoding, false) => Code::ScenarioEncoding,
            (ReadFaultKind::Encoding, true) => Code::Encoding,
            (ReadFaultKind::Empty, _) => Code::EmptyFile,
        }
    }
}

impl SourceMap {
    /// The names of all files, in the order of reading.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The text of the file of a place.
    pub fn text(&self, place: Place) -> &str {
        self.files.get(place.file as usize).map_or("", |file| &file.text)
    }

    /// Line, column and excerpt of a place.
    pub fn locate(&self, place: Place) -> Spot<'_> {
        let Some(file) = self.files.get(place.file as usize) else {
            return Spot { file: "", line: 1, column: 1, excerpt: String::new(), excerpt_column: 1, width: 1 };
        };
        let start = floor_boundary(&file.text, place.start as usize);
        let line = file.lines.partition_point(|&at| at as usize <= start).max(1);
        let from = file.lines[line - 1] as usize;
        let to = file.lines.get(line).map_or(file.text.len(), |&at| at as usize);
        let text = file.text[from..to].trim_end_matches(['\n', '\r']);
        let start_in_line = (start - from).min(text.len());
        let column = text[..start_in_line].chars().count() + 1;
        let end = floor_boundary(&file.text, place.end as usize).clamp(from + start_in_line, from + text.len());
        let width = file.text[from + start_in_line..end].chars().count();
        let first = column.saturating_sub(60);
        let excerpt: String =
            text.chars().skip(first).take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let excerpt_column = column - first;
        let width = width.min((excerpt.chars().count() + 1).saturating_sub(excerpt_column)).max(1);
        Spot { file: &file.name, line, column, excerpt, excerpt_column, width }
    }

    /// Where relative paths in the file of a place start.
    pub(super) fn folder(&self, place: Place) -> PathBuf {
        self.files.get(place.file as usize).map_or_else(PathBuf::new, |file| file.folder.clone())
    }

    /// Adds a text that is not a file, such as an override.
    pub(super) fn add(&mut self, name: &str, text: String, folder: PathBuf) -> u32 {
        let lines = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(i, _)| i as u32 + 1))
            .collect();
        self.files.push(SourceFile { name: name.to_owned(), text, folder, lines });
        (self.files.len() - 1) as u32
    }

    /// Reads a file: UTF-8 without its byte-order mark.
    pub(super) fn read(&mut self, path: &Path) -> Result<u32, ReadFault> {
        let name = display(path);
        let bytes = bytes(path).map_err(|problem| ReadFault {
            kind: ReadFaultKind::Io,
            message: format!("{name} {problem}"),
            cure: "Check the path and the right to read it.",
        })?;
        let text = decode(bytes).map_err(|problem| ReadFault {
            kind: ReadFaultKind::Encoding,
            message: format!("{name} is not UTF-8 text: {problem}"),
            cure: "Save the file as UTF-8; in Excel choose \"Save as\", type \"CSV UTF-8 (comma delimited)\".",
        })?;
        if text.trim().is_empty() {
            return Err(ReadFault {
                kind: ReadFaultKind::Empty,
                message: format!("{name} is empty"),
                cure: Code::EmptyFile.cure(),
            });
        }
        Ok(self.add(&name, text, path.parent().map(Path::to_path_buf).unwrap_or_default()))
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The file of a scenario that may be given as its folder; nothing if the folder has none.
pub(super) fn scenario_file(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return Some(path.to_path_buf());
    }
    let file = path.join("scenario.toml");
    file.exists().then_some(file)
}

/// The path without links and detours, by which a file is recognised.
pub(super) fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// The name of the scenario at a path: the folder's, or the file's without its ending.
pub(super) fn scenario_name(path: &Path) -> String {
    let path = identity(path);
    let named = if path.file_name().is_some_and(|name| name == "scenario.toml") {
        path.parent().and_then(Path::file_name)
    } else if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    named.map_or_else(|| "scenario".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// What lies where a path should lead, if its name is like the path's: a scenario's folder or file.
pub(super) fn like(path: &Path) -> Option<PathBuf> {
    let wrong = path.file_name()?.to_string_lossy();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = folder.read_dir().ok()?.flatten().map(|entry| entry.path());
    let scenarios = entries.filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "toml"));
    let mut names: Vec<String> =
        scenarios.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    nearest(&wrong, names.iter().map(String::as_str)).map(|name| path.with_file_name(name))
}

/// A path for readers: forward slashes, `a/../b` folded.
pub(super) fn display(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut root = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => root.push('/'),
            Component::Prefix(prefix) => root.push_str(&prefix.as_os_str().to_string_lossy()),
            Component::CurDir => {}
            Component::ParentDir if parts.last().is_some_and(|part| part != "..") => {
                parts.pop();
            }
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
        }
    }
    if parts.is_empty() && root.is_empty() {
        return ".".to_owned();
    }
    root + &parts.join("/")
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let explain = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let metadata = path.metadata().map_err(explain)?;
    // Pipes and devices could make reading wait for ever.
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    OpenOptions::new()
        .read(true)
        .open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(explain)?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("is larger than {} MB", LIMIT / 1_000_000));
    }
    Ok(bytes)
}

fn decode(mut bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err("it is UTF-16, which Excel calls \"Unicode text\"".to_owned());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err("it is a workbook or another packed file".to_owned());
    }
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let line = bytes[..at].split(|&byte| byte == b'\n').count();
        return Err(format!("line {line} holds a zero byte, so it is UTF-16 or no text at all"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = bytes[..at].split(|&byte| byte == b'\n').count();
        let hint = match bytes.get(at) {
            Some(0xA3) => ", a pound sign in Windows-1252",
            Some(0x91..=0x97) => ", a quotation mark or dash in Windows-1252",
            _ => "",
        };
        format!("line {line} holds the byte 0x{:02X}{hint}", bytes.get(at).copied().unwrap_or_default())
    })
}
