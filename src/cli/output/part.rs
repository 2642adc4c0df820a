//! A file that is being written, beside the place where it will be.
//!
//! It is called `.<name>.part`, so that no reader of the folder takes it for data, and is locked (`flock`) for as long as it is
//! written: the lock ends with the process, however that ends. So what a killed run left is told from what another run is
//! writing at this moment; the former is written over, beside the latter stands `.<name>.2.part`, and whichever is done last has
//! the name.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Runs that write the same file at once.
const MOST: usize = 16;

/// A file under way. Dropped without [`Part::publish`], it is removed.
pub(super) struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    /// Opens a part for the file at `path`.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        for number in 1..=MOST {
            if let Some(part) = Self::take(numbered(path, number))? {
                return Ok(part);
            }
        }
        Err(io::Error::new(ErrorKind::ResourceBusy, format!("{MOST} others are writing it")))
    }

    /// Opens and locks the part of this name; none where another run has it.
    fn take(path: PathBuf) -> io::Result<Option<Self>> {
        loop {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                // A file system without locks: nobody else has this name, and what a killed run leaves stays.
                Err(TryLockError::Error(_)) => {
                    let _ = fs::remove_file(&path);
                    let path = path.with_extension(format!("{:016x}.part", random()));
                    let file = File::create_new(&path)?;
                    return Ok(Some(Self { file, path }));
                }
            }
            // Whoever had it may have given it its name, or removed it, between opening and locking.
            if is_at(&file, &path) {
                file.set_len(0)?;
                return Ok(Some(Self { file, path }));
            }
        }
    }

    /// Makes the data durable and gives the file its name.
    pub(super) fn publish(self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        // What is left of others that were killed at it.
        for number in 1..=MOST {
            let other = numbered(path, number);
            if other == self.path || !other.exists() {
                continue;
            }
            if let Ok(Some(other)) = Self::take(other) {
                drop(other);
            }
        }
        Ok(())
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Once published, the name may be another's.
        if is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether the open file is the one at this path.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(if number == 1 { ".part".to_owned() } else { format!(".{number}.part") });
    path.with_file_name(name)
}

fn random() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn written(path: &Path, text: &str) -> Part {
        let mut part = Part::create(path).unwrap();
        part.write_all(text.as_bytes()).unwrap();
        part
    }

    #[test]
    fn what_a_killed_run_left_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        for number in [1, 2, 5] {
            fs::write(numbered(&path, number), "half a line of the longer kind").unwrap();
        }
        let part = written(&path, "whole\n");
        assert!(!path.exists());
        part.publish(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole\n");
        assert_eq!(names(folder.path()), ["a.jsonl"]);
    }

    #[test]
    fn two_at_once_do_not_write_into_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let (first, second) = (written(&path, "first\n"), written(&path, "second\n"));
        assert_eq!(names(folder.path()), [".a.jsonl.2.part", ".a.jsonl.part"]);
        first.publish(&path).unwrap();
        assert_eq!(names(folder.path()), [".a.jsonl.2.part", "a.jsonl"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
        let third = written(&path, "third\n");
        drop(third);
        second.publish(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
        assert_eq!(names(folder.path()), ["a.jsonl"]);
    }
}
