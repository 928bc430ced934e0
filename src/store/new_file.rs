//! One file, written under a temporary name beside its place, then renamed.

use super::StoreError;
use super::folder::{beside, io_error, parent};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file under way. Until [`Self::finish`] its place stays as it is; if that never comes, nothing is left behind.
#[derive(Debug)]
pub struct NewFile {
    target: PathBuf,
    fresh: PathBuf,
    out: BufWriter<File>,
}

impl NewFile {
    /// Begins a file. An existing one is only replaced if that is wanted, and nothing but a plain file ever is. Parents are
    /// created.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn create(target: &Path, replace: bool) -> Result<Self, StoreError> {
        let name = target.file_name().ok_or_else(|| StoreError::NoFileName(target.to_owned()))?;
        match target.symlink_metadata() {
            Ok(found) if !found.is_file() => return Err(StoreError::NoFile(target.to_owned())),
            Ok(_) if !replace => return Err(StoreError::Exists(target.to_owned())),
            _ => {}
        }
        let parent = parent(target);
        fs::create_dir_all(parent).map_err(io_error("create", parent))?;
        let fresh = beside(parent, name, "new");
        let out = File::create(&fresh).map_err(io_error("create", &fresh))?;
        Ok(Self { target: target.to_owned(), fresh, out: BufWriter::with_capacity(1 << 18, out) })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.out.flush().map_err(io_error("write", &self.target))?;
        fs::rename(&self.fresh, &self.target).map_err(io_error("create", &self.target))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It has been renamed, or there is nobody left to tell.
        let _ = fs::remove_file(&self.fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_absent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/log.csv");
        let mut file = NewFile::create(&path, false).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 0);
        let write = |replace, text: &[u8]| {
            let mut file = NewFile::create(&path, replace)?;
            file.write_all(text).unwrap();
            file.finish()
        };
        write(false, b"first").unwrap();
        assert!(matches!(write(false, b"second"), Err(StoreError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write(true, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
        assert!(matches!(NewFile::create(folder.path(), true), Err(StoreError::NoFile(_))));
        assert!(matches!(NewFile::create(Path::new("/"), true), Err(StoreError::NoFileName(_))));
    }
}
