//! Records that were written, read back: files of JSONL as crawls and extractions leave them.
//!
//! - [`files`]: the files below a folder, in the order in which they were written; [`lines`]: what stands in one, inflated.
//! - [`compact`]: versions, updates and tombstones folded to one line an article.
//! - [`Table`]: records as rows of CSV; with the feature `parquet`, as a table of nested columns.
//!
//! Files are read as streams; what is kept in memory is a few bytes an article.

mod compact;
#[cfg(feature = "parquet")]
mod parquet;
mod table;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

pub use compact::{Compacted, compact};
#[cfg(feature = "parquet")]
pub use parquet::{ParquetError, ParquetTable};
pub use table::Table;

/// Why records cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A folder without files of records.
    #[error("{path} holds no files of records (*.jsonl, *.jsonl.gz, *.jsonl.zst)")]
    Nothing {
        /// Which.
        path: String,
    },
    /// The result cannot be written.
    #[error("cannot write the result")]
    Write(#[source] io::Error),
}

/// A line that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: String,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.fault)
    }
}

/// The files of records that the paths name: files as they are, folders with all below them, in the order of their names, which
/// is that of the runs that wrote them.
///
/// # Errors
/// When a path cannot be read, or a folder holds no such file.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CorpusError> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        if path.is_dir() {
            walk(path, &mut found)?;
            if found.len() == before {
                return Err(CorpusError::Nothing { path: path.display().to_string() });
            }
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), CorpusError> {
    let unreadable = |source| CorpusError::Read { path: folder.display().to_string(), source };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            walk(&entry.path(), found)?;
        } else if is_records(&entry.file_name().to_string_lossy()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn is_records(name: &str) -> bool {
    [".jsonl", ".jsonl.gz", ".jsonl.zst"].iter().any(|end| name.ends_with(end))
}

/// Lines of a text file, plain, gzip or zstd whatever its name, one after the other; `-` is stdin.
///
/// # Errors
/// When the file cannot be opened, or is cut off in its first bytes.
pub fn lines(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Vec<u8>>> + Send + use<>> {
    let mut file: Box<dyn BufRead + Send> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::with_capacity(1 << 16, File::open(path)?))
    };
    if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        file = Box::new(BufReader::new(MultiGzDecoder::new(file)));
    } else if file.fill_buf()?.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        file = Box::new(BufReader::new(zstd::stream::read::Decoder::with_buffer(file)?));
    }
    Ok(file.split(b'\n'))
}

/// Takes a line: its file's place in the list, its number from 1, and its text.
pub type Visit<'a> = dyn FnMut(usize, u64, &[u8]) -> Result<(), CorpusError> + 'a;

/// Calls `visit` with every line of the files that is not blank, with its file's place in the list and its number, from 1.
/// A file that breaks off (its compression is damaged) is read up to there and named.
///
/// # Errors
/// When a file cannot be opened, or `visit` fails.
pub fn each_line(files: &[PathBuf], bad: &mut dyn FnMut(BadLine), visit: &mut Visit<'_>) -> Result<(), CorpusError> {
    for (at, file) in files.iter().enumerate() {
        let unreadable = |source| CorpusError::Read { path: file.display().to_string(), source };
        for (number, line) in (1..).zip(lines(file).map_err(unreadable)?) {
            match line {
                Ok(line) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(line) => visit(at, number, &line)?,
                Err(error) => {
                    bad(BadLine { file: file.clone(), line: number, fault: format!("the file breaks off: {error}") });
                    break;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn files_come_in_the_order_of_their_names_and_nothing_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/articles-2.jsonl", "b/articles-1.jsonl.gz", "a/x.jsonl.zst", "a/y.jsonl.part", "a/z.db"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            File::create(path).unwrap();
        }
        let found = files(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a/x.jsonl.zst", "b/articles-1.jsonl.gz", "b/articles-2.jsonl"]);
        std::fs::create_dir(folder.path().join("leer")).unwrap();
        let error = files(&[folder.path().join("leer")]).unwrap_err().to_string();
        assert!(error.contains("leer holds no files of records"), "{error}");
    }

    #[test]
    fn a_file_that_breaks_off_is_read_up_to_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl.gz");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        gzip.write_all(&b"{\"a\":1}\n".repeat(9_000)).unwrap();
        let whole = gzip.finish().unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let (mut seen, mut faults) = (0, Vec::new());
        let mut count = |_: usize, _: u64, line: &[u8]| {
            seen += usize::from(line == b"{\"a\":1}");
            Ok(())
        };
        each_line(&[path], &mut |fault| faults.push(fault.to_string()), &mut count).unwrap();
        assert!(seen > 1_000, "{seen}");
        assert!(faults.len() == 1 && faults[0].contains("breaks off"), "{faults:?}");
    }
}
