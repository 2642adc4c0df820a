//! The archive that a crawl writes: WARC 1.1, a gzip member a record, with an index beside each finished file.
//!
//! It is safe in the way of the JSON lines (see [`sink`](crate::sink)): members are appended, flushed to the disk, and the length
//! becomes part of the transaction that settles the leases they belong to. A file is called `<name>.warc.gz.part` until it
//! is finished; a killed run leaves it, and the next start cuts it to the committed length, names it and writes its index
//! ([`recover_archive`]).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::cdxj::CdxEntry;
use super::pack::{Capture, Packed, base32, date, new_id, record};
use super::{ArchiveFile, Entry, RecordKind};
use crate::sink::{SinkError, sync_folder};
use crate::types::{SegmentMark, WarcRef};

/// The end of a finished file's name.
const FINISHED: &str = ".warc.gz";
const PART: &str = ".part";
const PREFIX: &str = "auslese-";
/// Payloads remembered, so that the same is not stored twice: some 20 MB. Later ones are stored again.
const MAX_SEEN: usize = 100_000;

/// What the head of every file says of the crawl, beside its software.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarcInfo {
    /// Who runs the crawl: where they can be reached.
    pub operator: String,
    /// The `User-Agent` sent.
    pub user_agent: String,
}

/// Writes exchanges to WARC files in a folder.
#[derive(Debug)]
pub struct WarcSink {
    /// Absolute.
    folder: PathBuf,
    run: String,
    info: WarcInfo,
    /// Bytes from which on a file is finished.
    max_bytes: u64,
    number: u32,
    current: Option<Current>,
    /// Where a payload was stored first.
    seen: FxHashMap<[u8; 20], Capture>,
    broken: bool,
}

/// The file that is being written.
#[derive(Debug)]
struct Current {
    name: String,
    part: PathBuf,
    file: File,
    buffer: Vec<u8>,
    /// Given to the file.
    written: u64,
    /// In the state.
    committed: u64,
    entries: Vec<CdxEntry>,
    committed_entries: usize,
}

impl Current {
    fn length(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl WarcSink {
    /// An archive in this folder, which is made where there is none. Nothing is written before the first exchange.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(folder: &Path, run_id: &str, info: WarcInfo, max_bytes: u64) -> Result<Self, SinkError> {
        crate::sink::check_folder(folder)?;
        let folder = folder.canonicalize().map_err(|e| SinkError::io(folder, "find the folder", e))?;
        let (run, seen) = (run_id.to_owned(), FxHashMap::default());
        Ok(Self { folder, run, info, max_bytes, number: 0, current: None, seen, broken: false })
    }

    /// Adds an exchange and says where its answer lies. It is not safe before [`Self::flush`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, packed: Packed) -> Result<WarcRef, SinkError> {
        if self.broken {
            return Err(SinkError::Broken { path: self.folder.clone() });
        }
        let known = self.seen.get(&packed.digest).filter(|_| packed.has_payload && packed.status == 200);
        let (response, mime) = match known {
            Some(first) => {
                let revisit = packed.revisit(first).map_err(|e| SinkError::io(&self.folder, "compress", e))?;
                (revisit, "warc/revisit".to_owned())
            }
            None => (packed.response, packed.mime),
        };
        if known.is_none() && packed.has_payload && packed.status == 200 && self.seen.len() < MAX_SEEN {
            self.seen.insert(packed.digest, Capture { url: packed.url.clone(), at: packed.at });
        }
        if self.current.is_none() {
            let begun = self.begin(packed.at).map_err(|e| SinkError::io(&self.folder, "begin a file in", e))?;
            self.current = Some(begun);
        }
        let Some(current) = &mut self.current else { return Err(SinkError::Broken { path: self.folder.clone() }) };
        let offset = current.length();
        current.entries.push(CdxEntry {
            url: packed.url,
            at: packed.at,
            mime,
            status: packed.status,
            digest: base32(&packed.digest),
            offset,
            length: response.len() as u64,
        });
        current.buffer.extend_from_slice(&response);
        current.buffer.extend_from_slice(&packed.request);
        let place = WarcRef { file: current.name.clone(), offset };
        if current.buffer.len() > 1 << 20 {
            let handed = current.hand_over();
            handed.map_err(|e| self.undo(e))?;
        }
        Ok(place)
    }

    /// Begins a file with the description of the crawl.
    fn begin(&mut self, now: Timestamp) -> io::Result<Current> {
        self.number += 1;
        let name = format!("{PREFIX}{}-{:05}{FINISHED}", self.run, self.number);
        let part = self.folder.join(format!("{name}{PART}"));
        let file = OpenOptions::new().write(true).create_new(true).open(&part)?;
        sync_folder(&self.folder)?;
        let body = format!(
            "software: auslese/{}\r\nformat: WARC File Format 1.1\r\nconformsTo: \
             https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n\
             isPartOf: {}\r\nrobots: obey (RFC 9309)\r\nhttp-header-user-agent: {}\r\noperator: {}\r\n",
            env!("CARGO_PKG_VERSION"),
            self.run,
            self.info.user_agent,
            if self.info.operator.is_empty() { "not told" } else { &self.info.operator },
        );
        let fields = format!("WARC-Record-ID: <{}>\r\nWARC-Date: {}\r\nWARC-Filename: {name}\r\n", new_id(), date(now));
        let buffer = record("warcinfo", &fields, "application/warc-fields", &[body.as_bytes()])?;
        Ok(Current { name, part, file, buffer, written: 0, committed: 0, entries: Vec::new(), committed_entries: 0 })
    }

    /// Brings every member to the disk and gives the mark to be stored.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn flush(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        let Some(current) = &mut self.current else { return Ok(None) };
        if current.length() == current.committed {
            return Ok(None);
        }
        let flushed = current.hand_over().and_then(|()| current.file.sync_data());
        flushed.map_err(|e| self.undo(e))?;
        Ok(self.mark())
    }

    fn mark(&self) -> Option<SegmentMark> {
        let current = self.current.as_ref()?;
        let (root, file) = (self.folder.clone(), current.name.clone());
        Some(SegmentMark { root, file, bytes: current.written, records: current.entries.len() as u64 })
    }

    /// The mark of the last flush is in the state.
    pub fn committed(&mut self) {
        if let Some(current) = &mut self.current {
            current.committed = current.written;
            current.committed_entries = current.entries.len();
        }
    }

    /// Cuts off what the state does not know.
    ///
    /// # Errors
    /// When the file cannot be cut.
    pub fn roll_back(&mut self) -> Result<(), SinkError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        self.broken = true;
        current.buffer.clear();
        current.entries.truncate(current.committed_entries);
        let cut = current.file.set_len(current.committed);
        cut.and_then(|()| current.file.seek(SeekFrom::Start(current.committed)).map(drop))
            .map_err(|e| SinkError::io(&current.part, "cut", e))?;
        current.written = current.committed;
        self.broken = false;
        Ok(())
    }

    fn undo(&mut self, error: io::Error) -> SinkError {
        let path = self.current.as_ref().map_or(&self.folder, |current| &current.part).clone();
        // If this fails too, nothing more is taken, and the next start cuts the file.
        let _ = self.roll_back();
        SinkError::io(&path, "write", error)
    }

    /// Finishes the file that is large enough. Call it where everything is committed.
    ///
    /// # Errors
    /// When the file cannot be renamed, or its index not be written.
    pub fn rotate(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        let is_full = self.current.as_ref().is_some_and(|current| current.committed >= self.max_bytes);
        if is_full { self.finish() } else { Ok(None) }
    }

    /// Gives the file its final name, and an index.
    ///
    /// # Errors
    /// As [`Self::rotate`].
    pub fn finish(&mut self) -> Result<Option<SegmentMark>, SinkError> {
        if self.broken {
            return Err(SinkError::Broken { path: self.folder.clone() });
        }
        let Some(mark) = self.mark() else { return Ok(None) };
        let Some(current) = self.current.take() else { return Ok(None) };
        if current.committed == 0 {
            fs::remove_file(&current.part).map_err(|e| SinkError::io(&current.part, "remove", e))?;
            return Ok(None);
        }
        let path = self.folder.join(&current.name);
        publish(&current.part, &path, current.entries).map_err(|e| SinkError::io(&path, "finish", e))?;
        Ok(Some(SegmentMark { bytes: current.committed, ..mark }))
    }
}

/// Whether a mark is that of an archive.
#[must_use]
pub fn is_archive_mark(mark: &SegmentMark) -> bool {
    mark.file.ends_with(FINISHED)
}

/// Brings a file of a killed run to what the state knows: cuts it to its mark, names it and writes its index. It may be cut
/// short at any instant and be done again. What is odd is told in words.
///
/// # Errors
/// When the file cannot be cut, read or renamed.
pub fn recover_archive(mark: &SegmentMark) -> Result<(SegmentMark, Option<String>), SinkError> {
    let path = mark.root.join(&mark.file);
    let part = mark.root.join(format!("{}{PART}", mark.file));
    let fault = |doing| {
        let part = part.clone();
        move |e| SinkError::io(&part, doing, e)
    };
    let empty = SegmentMark { bytes: 0, records: 0, ..mark.clone() };
    if !part.exists() {
        let gone = !path.exists() && mark.records > 0;
        let warning =
            gone.then(|| format!("archive {}: the file is gone with {} captures", path.display(), mark.records));
        return Ok((if gone { empty } else { mark.clone() }, warning));
    }
    let found = fs::metadata(&part).map_err(fault("read"))?.len();
    let bytes = mark.bytes.min(found);
    if bytes == 0 {
        fs::remove_file(&part).map_err(fault("remove"))?;
        return Ok((empty, None));
    }
    let file = OpenOptions::new().write(true).open(&part).map_err(fault("open"))?;
    file.set_len(bytes).and_then(|()| file.sync_all()).map_err(fault("cut"))?;
    let entries = index(&part).map_err(fault("read"))?;
    let records = entries.len() as u64;
    publish(&part, &path, entries).map_err(fault("finish"))?;
    let short = found < mark.bytes;
    let warning =
        short.then(|| format!("archive {}: {} bytes were committed, {found} are there", path.display(), mark.bytes));
    Ok((SegmentMark { bytes, records, ..mark.clone() }, warning))
}

/// Writes the index of a file and gives both their names. The index comes first, so that no archive is without one.
fn publish(part: &Path, path: &Path, mut entries: Vec<CdxEntry>) -> io::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut lines: Vec<String> = entries.drain(..).map(|entry| entry.line(name)).collect();
    lines.sort_unstable();
    let index = path.with_file_name(format!("{}.cdxj", name.strip_suffix(FINISHED).unwrap_or(name)));
    let index_part = index.with_extension("cdxj.part");
    let mut file = BufWriter::new(File::create(&index_part)?);
    for line in &lines {
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&index_part, &index)?;
    fs::rename(part, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// The captures of a file of ours, read from it.
fn index(part: &Path) -> io::Result<Vec<CdxEntry>> {
    let label = part.display().to_string();
    let file = ArchiveFile::plain(part, &label);
    let mut entries: Vec<CdxEntry> = Vec::new();
    let mut reader = file.open(u64::MAX)?;
    while let Some(entry) = reader.next() {
        let Entry::Record(record) = entry else { continue };
        let header = &record.header;
        let head = super::http::Message::parse(&record.block);
        let status = head.as_ref().map_or(0, |head| head.status);
        let kind = head.as_ref().and_then(|head| head.headers.iter().find(|(name, _)| name == "content-type"));
        let mime = kind.map(|(_, value)| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let mime = match record.kind {
            RecordKind::Revisit => "warc/revisit".to_owned(),
            _ => mime.filter(|mime| !mime.is_empty()).unwrap_or_else(|| "unk".to_owned()),
        };
        let digest = header.get("WARC-Payload-Digest").unwrap_or_default();
        entries.push(CdxEntry {
            url: header.target().unwrap_or_default().to_owned(),
            at: header.date().unwrap_or(Timestamp::UNIX_EPOCH),
            mime,
            status,
            digest: digest.strip_prefix("sha1:").unwrap_or(digest).to_owned(),
            offset: record.offset,
            length: reader.member_end().map_or(0, |end| end.saturating_sub(record.offset)),
        });
    }
    Ok(entries)
}
