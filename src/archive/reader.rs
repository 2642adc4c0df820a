//! The records of a WARC file, one after the other, whatever stands between them.
//!
//! A file is a row of gzip members or zstd frames, a record each as a rule, or plain. A member is opened, its records are read, and
//! the next begins where it ended. Where a member or record is not as it must be, a [`Fault`] says so and `resync` finds
//! the next.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

use super::header::{Header, RecordKind};
use super::resync;
use super::source::Source;
use crate::types::ArchiveReason;

pub(super) const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];
pub(super) const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A skippable frame that holds a file's dictionary
/// ([zstd for WARC](https://iipc.github.io/warc-specifications/specifications/warc-zstd/)).
const ZSTD_DICTIONARY: u32 = 0x184D_2A5D;
const ZSTD_SKIPPABLE: std::ops::RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;
/// Bytes of a dictionary, inflated.
const MAX_DICTIONARY: usize = 32 << 20;
/// The largest zstd window: 128 MiB, the most that other tools write without being asked to.
const ZSTD_WINDOW_LOG: u32 = 27;
/// Of a block that is too long, so much is kept: its HTTP head, which says whether it was a page at all.
const HEAD: u64 = 64 << 10;
/// Blocks that are not wanted are read to their end up to here; longer ones are jumped over.
const MAX_PASSED: u64 = 64 << 20;

/// A record with its block, the bytes as they are in the archive.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// Where it begins in the file as it is on disk; of records in one gzip member, where the member begins.
    pub offset: u64,
    /// What it is.
    pub kind: RecordKind,
    /// Its header.
    pub header: Header,
    /// Its block: the HTTP message, or the page.
    pub block: Vec<u8>,
    /// The block is longer than is read; this is its beginning.
    pub is_cut: bool,
}

/// Something that is not a record as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins.
    pub offset: u64,
    /// What is wrong.
    pub reason: ArchiveReason,
    /// For the log.
    pub detail: String,
}

/// What comes next in an archive.
#[derive(Debug)]
pub enum Entry {
    /// A record that may be a page.
    Record(Box<RawRecord>),
    /// Something that is not a record as it must be; reading goes on behind it.
    Fault(Fault),
}

/// Reads records. Records that can give no page (requests, descriptions of the crawl) are passed over.
pub struct WarcReader {
    state: State,
    /// Longest block that is read, in bytes.
    max_block: u64,
    dictionary: Option<Vec<u8>>,
    /// Bytes that were read again after damage.
    again: u64,
}

#[expect(clippy::large_enum_variant, reason = "there is one for a file")]
enum State {
    Between(Source),
    /// In a member that begins at the offset; in a plain file the offset is that of the record.
    Inside(Body, u64),
    Ended,
}

enum Body {
    Plain(Source),
    Gzip(BufReader<GzDecoder<Source>>),
    Zstd(BufReader<zstd::stream::read::Decoder<'static, Source>>),
}

impl Body {
    fn reader(&mut self) -> &mut dyn BufRead {
        match self {
            Body::Plain(source) => source,
            Body::Gzip(reader) => reader,
            Body::Zstd(reader) => reader,
        }
    }

    fn into_source(self) -> Source {
        match self {
            Body::Plain(source) => source,
            Body::Gzip(reader) => reader.into_inner().into_inner(),
            Body::Zstd(reader) => reader.into_inner().finish(),
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self, Body::Plain(_))
    }
}

/// What was read of a body.
enum Read1 {
    /// Its end.
    End,
    /// A record that gives no page.
    Passed,
    Record(Box<RawRecord>),
    /// A block too long to be read to its end: the record's beginning where it may be a page, and what is left of the block.
    Long(Option<Box<RawRecord>>, u64),
    Wrong(ArchiveReason, String),
}

impl WarcReader {
    pub(super) fn new(source: Source, max_block: u64) -> Self {
        Self { state: State::Between(source), max_block, dictionary: None, again: 0 }
    }

    /// Takes over what another reader of the same file needed to know.
    pub(super) fn go_to(&mut self, offset: u64) -> io::Result<bool> {
        match &mut self.state {
            State::Between(source) => {
                if source.peek(4)?.starts_with(&ZSTD_DICTIONARY.to_le_bytes()) {
                    read_skippable(source, &mut self.dictionary)?;
                }
                source.seek(offset)
            }
            State::Inside(..) | State::Ended => Ok(false),
        }
    }

    /// Where the member of the record that was read last ends; reads on to its end.
    pub(super) fn member_end(&mut self) -> Option<u64> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Inside(mut body, _) => {
                let read = io::copy(body.reader(), &mut io::sink());
                let source = body.into_source();
                let end = source.position();
                self.state = State::Between(source);
                read.ok().map(|_| end)
            }
            state => {
                self.state = state;
                None
            }
        }
    }

    /// Opens what begins here. A fault where it is nothing that a WARC file is made of.
    fn open(&mut self, mut source: Source) -> io::Result<Option<Fault>> {
        let offset = source.position();
        let start = source.peek(8)?;
        let magic = start.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
        let body = if start.is_empty() {
            self.state = State::Ended;
            return Ok(None);
        } else if start.starts_with(&GZIP) {
            Body::Gzip(BufReader::with_capacity(16 << 10, GzDecoder::new(source)))
        } else if start.starts_with(&ZSTD) {
            let mut decoder = match &self.dictionary {
                Some(dictionary) => zstd::stream::read::Decoder::with_dictionary(source, dictionary)?,
                None => zstd::stream::read::Decoder::with_buffer(source)?,
            }
            .single_frame();
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Body::Zstd(BufReader::with_capacity(16 << 10, decoder))
        } else if magic.is_some_and(|magic| ZSTD_SKIPPABLE.contains(&magic)) {
            let read = read_skippable(&mut source, &mut self.dictionary);
            self.state = State::Between(source);
            return read.map(|()| None);
        } else if start.iter().all(|byte| *byte == 0) {
            // Padding, as left behind by a machine that lost its power.
            let fault = Fault { offset, reason: ArchiveReason::Damaged, detail: "nothing but zeros".to_owned() };
            self.resync(source, offset + 8)?;
            return Ok(Some(fault));
        } else {
            Body::Plain(source)
        };
        self.state = State::Inside(body, offset);
        Ok(None)
    }

    fn resync(&mut self, mut source: Source, from: u64) -> io::Result<()> {
        let here = source.position();
        let from = resync::place(from, here, &mut self.again);
        source.seek(from)?;
        self.state = if resync::find(&mut source)? { State::Between(source) } else { State::Ended };
        Ok(())
    }

    fn step(&mut self) -> io::Result<Option<Entry>> {
        let (mut body, member) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => return Ok(None),
            State::Between(source) => return Ok(self.open(source)?.map(Entry::Fault)),
            State::Inside(body, member) => (body, member),
        };
        let offset = match &mut body {
            Body::Plain(source) => {
                skip_blanks(source)?;
                source.position()
            }
            _ => member,
        };
        let is_packed = !body.is_plain();
        let read = read_record(body.reader(), offset, self.max_block, is_packed);
        let fault = |reason, detail| Ok(Some(Entry::Fault(Fault { offset, reason, detail })));
        match read {
            Ok(Read1::End) => {
                self.state = State::Between(body.into_source());
                Ok(None)
            }
            // What follows a record of a plain file may be of any kind: parts are joined with `cat`.
            Ok(Read1::Passed) => {
                self.go_on(body, member);
                Ok(None)
            }
            Ok(Read1::Record(record)) => {
                self.go_on(body, member);
                Ok(Some(Entry::Record(record)))
            }
            Ok(Read1::Long(record, left)) => {
                self.jump(body, offset, left)?;
                Ok(record.map(Entry::Record))
            }
            Ok(Read1::Wrong(reason, detail)) => {
                self.resync(body.into_source(), offset + 1)?;
                fault(reason, detail)
            }
            Err(error) => {
                let source = body.into_source();
                if source.has_failed() {
                    return Err(error);
                }
                self.resync(source, offset + 1)?;
                match error.kind() {
                    io::ErrorKind::UnexpectedEof => fault(ArchiveReason::Truncated, "it is cut off".to_owned()),
                    _ => fault(ArchiveReason::Damaged, format!("damaged data: {error}")),
                }
            }
        }
    }

    /// Passes over the rest of a long block without reading it. Where no record follows in a plain file, the length was a lie, and the
    /// next record is looked for.
    fn jump(&mut self, body: Body, record: u64, left: u64) -> io::Result<()> {
        let is_plain = body.is_plain();
        let mut source = body.into_source();
        let here = source.position();
        if !is_plain {
            return self.resync(source, here);
        }
        let skipped = source.skip(left);
        if source.has_failed() {
            return skipped;
        }
        if skipped.is_ok() && matches!(source.peek(1)?, [b'\r' | b'\n' | b'W', ..]) {
            self.state = State::Between(source);
            return Ok(());
        }
        source.seek(here)?;
        self.resync(source, record + 1)
    }

    fn go_on(&mut self, body: Body, member: u64) {
        self.state = match body {
            Body::Plain(source) => State::Between(source),
            body => State::Inside(body, member),
        };
    }

    fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }
}

impl Iterator for WarcReader {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while !self.is_ended() {
            match self.step() {
                Ok(Some(entry)) => return Some(entry),
                Ok(None) => {}
                Err(error) => {
                    self.state = State::Ended;
                    let detail = format!("the file cannot be read on: {error}");
                    return Some(Entry::Fault(Fault { offset: 0, reason: ArchiveReason::Truncated, detail }));
                }
            }
        }
        None
    }
}

/// Reads one record and sees that it ends where it should.
fn read_record(reader: &mut dyn BufRead, offset: u64, max_block: u64, is_packed: bool) -> io::Result<Read1> {
    let header = match Header::read(reader)? {
        None => return Ok(Read1::End),
        Some(Err(what)) => return Ok(Read1::Wrong(ArchiveReason::BadHeader, what.to_owned())),
        Some(Ok(header)) => header,
    };
    let kind = header.kind();
    let Some(length) = header.length() else {
        return Ok(Read1::Wrong(ArchiveReason::BadHeader, "it names no length".to_owned()));
    };
    if kind == RecordKind::Other {
        if length > MAX_PASSED {
            return Ok(Read1::Long(None, length));
        }
        if io::copy(&mut reader.take(length), &mut io::sink())? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        return Ok(ending(reader, is_packed)?.unwrap_or(Read1::Passed));
    }
    let is_cut = length > max_block;
    let wanted = if is_cut { HEAD.min(length) } else { length };
    let mut block = Vec::with_capacity(usize::try_from(wanted.min(1 << 20)).unwrap_or(0));
    if (reader.take(wanted).read_to_end(&mut block)? as u64) < wanted {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let record = Box::new(RawRecord { offset, kind, header, block, is_cut });
    if is_cut {
        return Ok(Read1::Long(Some(record), length - wanted));
    }
    Ok(ending(reader, is_packed)?.unwrap_or(Read1::Record(record)))
}

/// Two line ends follow a record, and then the next or the end. Some writers leave line ends out; anything else means that the
/// length is not what the header says.
fn ending(reader: &mut dyn BufRead, is_packed: bool) -> io::Result<Option<Read1>> {
    loop {
        match reader.fill_buf()? {
            [] => return Ok(None),
            [b'\r' | b'\n', ..] => reader.consume(1),
            // The next record. Within a member it is no other compressed one, and where data are damaged any letter may come.
            next if is_packed && begins_record(next) => return Ok(None),
            [b'W' | 0x1f | 0x28 | 0x50..=0x5f, ..] if !is_packed => return Ok(None),
            _ => {
                // Damaged data often show their check sum's fault only at their end.
                if is_packed {
                    io::copy(&mut reader.take(MAX_PASSED), &mut io::sink())?;
                }
                let detail = "its block is longer or shorter than its header says".to_owned();
                return Ok(Some(Read1::Wrong(ArchiveReason::BadLength, detail)));
            }
        }
    }
}

/// Whether these bytes, of which only the first may be there yet, begin a record.
fn begins_record(next: &[u8]) -> bool {
    next.iter().zip(b"WARC/").all(|(found, wanted)| found == wanted)
}

fn skip_blanks(source: &mut Source) -> io::Result<()> {
    while let [b'\r' | b'\n' | b' ', ..] = source.fill_buf()? {
        source.consume(1);
    }
    Ok(())
}

/// Reads a skippable frame: the file's dictionary, or something that is passed over.
fn read_skippable(source: &mut Source, dictionary: &mut Option<Vec<u8>>) -> io::Result<()> {
    let mut head = [0; 8];
    source.read_exact(&mut head)?;
    let [a, b, c, d, length @ ..] = head;
    let length = u32::from_le_bytes(length);
    if u32::from_le_bytes([a, b, c, d]) != ZSTD_DICTIONARY || length as usize > MAX_DICTIONARY {
        return source.skip(length.into());
    }
    let mut data = Vec::new();
    source.take(length.into()).read_to_end(&mut data)?;
    if data.starts_with(&ZSTD) {
        data = zstd::bulk::decompress(&data, MAX_DICTIONARY)?;
    }
    *dictionary = Some(data);
    Ok(())
}
