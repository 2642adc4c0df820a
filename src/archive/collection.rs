//! Archives given together: where a payload was archived first, for the records that only refer to it.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::io;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::http::Message;
use super::reader::{Entry, Fault, RawRecord, WarcReader};
use super::{ArchiveFile, RecordKind};
use crate::types::ArchiveReason;

/// Captures remembered: 2^20, some 40 MB. Later ones cannot be referred to.
const MAX_PLACES: usize = 1 << 20;
/// Records of one file that wait for what they refer to.
const MAX_WAITING: usize = 100_000;

/// Files of records given together.
#[derive(Debug, Default)]
pub struct Collection {
    files: Vec<ArchiveFile>,
    /// Whether every record of the file is in `places`.
    known: Vec<bool>,
    /// Captures by the hash of their digest, and of address and date.
    places: FxHashMap<u64, (u32, u64)>,
    max_block: u64,
}

/// A file that is being read.
pub struct Reading {
    file: usize,
    reader: Option<WarcReader>,
    /// Records whose original was not met yet.
    waiting: VecDeque<RawRecord>,
}

impl Collection {
    /// An empty collection; `max_block` as for [`ArchiveFile::open`].
    #[must_use]
    pub fn new(max_block: u64) -> Self {
        Self { max_block, ..Self::default() }
    }

    /// Adds a file and gives its number.
    pub fn add(&mut self, file: ArchiveFile) -> usize {
        self.files.push(file);
        self.known.push(false);
        self.files.len() - 1
    }

    /// The file of that number.
    #[must_use]
    pub fn file(&self, number: usize) -> Option<&ArchiveFile> {
        self.files.get(number)
    }

    /// Begins to read a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn read(&self, number: usize) -> io::Result<Reading> {
        let file = self.files.get(number).ok_or(io::ErrorKind::NotFound)?;
        Ok(Reading { file: number, reader: Some(file.open(self.max_block)?), waiting: VecDeque::new() })
    }

    /// The next entry of a file. Records that repeat an earlier capture come as the response that they stand for, those whose
    /// original comes later after all others.
    pub fn next(&mut self, reading: &mut Reading) -> Option<Entry> {
        while let Some(reader) = &mut reading.reader {
            match reader.next() {
                Some(Entry::Record(record)) if record.kind == RecordKind::Revisit => match self.resolve(&record) {
                    Some(whole) => return Some(Entry::Record(Box::new(whole))),
                    None if reading.waiting.len() < MAX_WAITING => reading.waiting.push_back(*record),
                    None => return Some(Entry::Record(record)),
                },
                Some(Entry::Record(record)) => {
                    self.remember(reading.file, &record);
                    return Some(Entry::Record(record));
                }
                Some(fault) => return Some(fault),
                None => {
                    reading.reader = None;
                    self.set_known(reading.file);
                }
            }
        }
        let record = reading.waiting.pop_front()?;
        loop {
            if let Some(whole) = self.resolve(&record) {
                return Some(Entry::Record(Box::new(whole)));
            }
            let Some(unread) = self.known.iter().position(|known| !known) else {
                let detail =
                    format!("{}: what it repeats is in none of the files", record.header.target().unwrap_or("?"));
                return Some(Entry::Fault(Fault { offset: record.offset, reason: ArchiveReason::Unresolved, detail }));
            };
            self.learn(unread);
        }
    }

    /// Reads a file only to know its captures.
    fn learn(&mut self, number: usize) {
        self.set_known(number);
        let Some(Ok(reader)) = self.files.get(number).map(|file| file.open(self.max_block)) else { return };
        for entry in reader {
            if let Entry::Record(record) = entry {
                self.remember(number, &record);
            }
        }
    }

    fn set_known(&mut self, number: usize) {
        if let Some(known) = self.known.get_mut(number) {
            *known = true;
        }
    }

    fn remember(&mut self, file: usize, record: &RawRecord) {
        if record.kind != RecordKind::Response || self.places.len() >= MAX_PLACES {
            return;
        }
        let place = (u32::try_from(file).unwrap_or(u32::MAX), record.offset);
        let header = &record.header;
        let keys =
            [header.get("WARC-Payload-Digest").map(by_digest), by_address(header.target(), header.get("WARC-Date"))];
        for key in keys.into_iter().flatten() {
            self.places.entry(key).or_insert(place);
        }
    }

    /// The response that a revisit record stands for, with the address and date of the revisit.
    fn resolve(&self, revisit: &RawRecord) -> Option<RawRecord> {
        let header = &revisit.header;
        let referred = by_address(header.get("WARC-Refers-To-Target-URI"), header.get("WARC-Refers-To-Date"));
        let digest = header.get("WARC-Payload-Digest");
        let keys = [referred, digest.map(by_digest)];
        keys.into_iter().flatten().find_map(|key| {
            let (file, offset) = *self.places.get(&key)?;
            let original = self.original(file as usize, offset)?;
            let told = original.header.get("WARC-Payload-Digest");
            let differs = digest.zip(told).is_some_and(|(a, b)| !a.eq_ignore_ascii_case(b));
            if differs { None } else { join(revisit, &original) }
        })
    }

    fn original(&self, file: usize, offset: u64) -> Option<RawRecord> {
        let mut reader = self.files.get(file)?.open_at(offset, self.max_block).ok()??;
        match reader.next()? {
            Entry::Record(record) if record.kind == RecordKind::Response && !record.is_cut => Some(*record),
            Entry::Record(_) | Entry::Fault(_) => None,
        }
    }
}

/// The head of the revisit, where it has one that speaks of the payload, and the body of the original.
fn join(revisit: &RawRecord, original: &RawRecord) -> Option<RawRecord> {
    let first = Message::parse(&original.block)?;
    let again = Message::parse(&revisit.block).filter(|message| message.status != 304);
    let block = match again {
        Some(message) => {
            let head = revisit.block.len() - message.body.len();
            let mut block = revisit.block[..head].to_vec();
            if !block.ends_with(b"\r\n\r\n") && !block.ends_with(b"\n\n") {
                block.extend_from_slice(b"\r\n\r\n");
            }
            block.extend_from_slice(first.body);
            block
        }
        None => original.block.clone(),
    };
    Some(RawRecord { kind: RecordKind::Response, block, ..revisit.clone() })
}

fn by_digest(digest: &str) -> u64 {
    FxBuildHasher.hash_one(digest.to_ascii_lowercase())
}

fn by_address(address: Option<&str>, date: Option<&str>) -> Option<u64> {
    let address = address?.trim_start_matches('<').trim_end_matches('>');
    // To the second: some write fractions in one place and not in the other.
    let second = date?.get(..19)?;
    Some(FxBuildHasher.hash_one((address, second)))
}
