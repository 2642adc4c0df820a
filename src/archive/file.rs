//! Archive files: what is one, and how it is opened.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use flate2::read::DeflateDecoder;

use super::reader::{WarcReader, ZSTD};
use super::source::{Section, Source};

/// The ends of archives' names, in lower case.
const NAMES: [&str; 6] = [".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz", ".wacz"];
const ZIP: &[u8] = b"PK\x03\x04";

/// Why an archive could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("cannot be read")]
    Read(#[from] io::Error),
    /// A WACZ that is no ZIP file, or a damaged one.
    #[error("no usable WACZ: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// A WACZ without any WARC file.
    #[error("the WACZ holds no WARC file below archive/")]
    Empty,
    /// A file in the WACZ is packed in a way that cannot be read.
    #[error("{0} in the WACZ is neither stored nor deflated")]
    Packing(String),
}

/// A file of records: a WARC file, or one within a WACZ.
#[derive(Debug, Clone)]
pub struct ArchiveFile {
    path: PathBuf,
    label: String,
    part: Option<Part>,
}

/// A file within a WACZ.
#[derive(Debug, Clone, Copy)]
struct Part {
    begin: u64,
    length: u64,
    deflated: bool,
}

/// Whether a file's name is that of an archive.
#[must_use]
pub fn is_archive_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|end| name.ends_with(end))
}

impl ArchiveFile {
    /// The files of records that a path stands for: itself, or those within a WACZ. None where it is no archive, by its name and
    /// its first bytes. `label` is the path as the user gives it.
    ///
    /// # Errors
    /// When the file cannot be read, or is a WACZ without records.
    pub fn find(path: &Path, label: &str) -> Result<Option<Vec<Self>>, ArchiveError> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Ok(None);
        }
        let mut head = Vec::new();
        (&mut file).take(4096).read_to_end(&mut head)?;
        let named = is_archive_name(label) || is_archive_name(&path.to_string_lossy());
        if head.starts_with(ZIP) && named {
            return wacz(file, path, label).map(Some);
        }
        let is_warc = named || begins_record(&head);
        Ok(is_warc.then(|| vec![Self { path: path.to_owned(), label: label.to_owned(), part: None }]))
    }

    /// A file of which is known that it is a WARC file.
    pub(super) fn plain(path: &Path, label: &str) -> Self {
        Self { path: path.to_owned(), label: label.to_owned(), part: None }
    }

    /// The path as the user gives it; of a file in a WACZ, with its name therein.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The file on the disk.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the records from the first on. `max_block` is the longest block that is read whole, in bytes.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(&self, max_block: u64) -> io::Result<WarcReader> {
        let mut file = File::open(&self.path)?;
        let source = match self.part {
            None => Source::seekable(file),
            Some(part) if part.deflated => {
                file.seek(SeekFrom::Start(part.begin))?;
                Source::forward(DeflateDecoder::new(BufReader::new(file.take(part.length))))
            }
            Some(part) => Source::seekable(Section::new(file, part.begin, part.length)?),
        };
        Ok(WarcReader::new(source, max_block))
    }

    /// Reads the records from an offset on; none where the file can only be read from its beginning.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open_at(&self, offset: u64, max_block: u64) -> io::Result<Option<WarcReader>> {
        let mut reader = self.open(max_block)?;
        Ok(reader.go_to(offset)?.then_some(reader))
    }
}

/// Whether a file that begins so is a WARC file, whatever its name.
fn begins_record(head: &[u8]) -> bool {
    let mut start = [0; 5];
    let read = if head.starts_with(&ZSTD) {
        zstd::stream::read::Decoder::new(head).and_then(|mut decoder| decoder.read_exact(&mut start))
    } else if head.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(head).read_exact(&mut start)
    } else {
        (&mut &*head).read_exact(&mut start)
    };
    read.is_ok() && &start == b"WARC/"
}

/// The WARC files within a WACZ (<https://specs.webrecorder.net/wacz/1.1.1/>): those below `archive/`.
fn wacz(file: File, path: &Path, label: &str) -> Result<Vec<ArchiveFile>, ArchiveError> {
    let mut zip = zip::ZipArchive::new(BufReader::new(file))?;
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index)?;
        let name = entry.name()?.into_owned();
        if !name.starts_with("archive/") || !is_archive_name(&name) {
            continue;
        }
        let deflated = match entry.compression() {
            zip::CompressionMethod::Stored => false,
            #[expect(deprecated, reason = "the name of the method is not part of the build without its decoder")]
            zip::CompressionMethod::Unsupported(8) => true,
            _ => return Err(ArchiveError::Packing(name)),
        };
        let begin = entry.data_start().ok_or(ArchiveError::Empty)?;
        let part = Part { begin, length: entry.compressed_size(), deflated };
        files.push(ArchiveFile { path: path.to_owned(), label: format!("{label}/{name}"), part: Some(part) });
    }
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}
