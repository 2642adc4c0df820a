//! Where records go: JSON lines in segments that are whole at any instant, or a stream.
//!
//! A record becomes a [`Line`] where it was made, off the writer's thread. The writer appends lines, flushes them to the
//! disk, and has the frontier store the [`SegmentMark`] in the transaction that settles their leases. A run writes
//! `<output>/<site>/articles-<run>-<number>.part` and renames it to `.jsonl` (`.jsonl.gz`, `.jsonl.zst`) when it is large or old
//! enough ([`Rotation`]), and at the end. A killed run leaves a `.part`: the next start cuts it to the stored mark and renames it
//! ([`recover`]), then opens a segment of its own. So a reader of `*.jsonl*` never sees half a line, and no line that the state does
//! not know.
//!
//! Parts: `folder` (names), `frames` (compression), `jsonl`, `objects` and `stdout` (sinks), `recover`, `room` (what the disk still takes). Not
//! here: what a record is (`types`), which records are written (`engine`). The WARC files of a
//! crawl are written in the same way (`archive`).

mod error;
mod folder;
mod frames;
mod jsonl;
mod objects;
mod recover;
mod room;
mod stdout;

use jiff::Timestamp;
use serde::Serialize;

use crate::types::SegmentMark;

pub use error::SinkError;
pub use folder::check_folder;
pub(crate) use folder::sync_folder;
pub use frames::Compression;
pub use jsonl::{JsonlSink, Rotation, SegmentForm};
pub use objects::{ObjectSink, Objects, Stored, is_address};
pub use recover::{OutputWarning, Recovered, recover};
pub use room::Room;
pub use stdout::{StdoutSink, StreamSink};

/// A record as its line of JSON, without the line feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(Vec<u8>);

impl Line {
    /// Serialises a record ([`types::Record`](crate::types::Record) or another kind of line). JSON as written here holds no line
    /// feed.
    ///
    /// # Errors
    /// When the record cannot be JSON, as where a map's key is no string.
    pub fn of(record: &impl Serialize) -> Result<Self, SinkError> {
        Ok(Self(serde_json::to_vec(record)?))
    }

    /// The bytes, without line feed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A place for lines. The order of calls is: `append`…, `flush`, settle in the frontier with the mark, `rotate`, and so on; `finish`
/// after the last settle.
pub trait Sink: Send {
    /// Adds a line. It is not safe before `flush`.
    ///
    /// # Errors
    /// When the output cannot be written. All lines since the last flush are cut off then: give their leases back.
    fn append(&mut self, line: &Line) -> Result<(), SinkError>;

    /// Brings every line to the disk and gives the mark to be stored. None from streams, and where nothing was written.
    ///
    /// # Errors
    /// As `append`.
    fn flush(&mut self) -> Result<Option<SegmentMark>, SinkError>;

    /// Cuts off what was written after the mark, where the frontier could not store a later one; `None` cuts everything.
    /// Streams cannot take back.
    ///
    /// # Errors
    /// When the file cannot be cut.
    fn roll_back(&mut self, to: Option<&SegmentMark>) -> Result<(), SinkError>;

    /// Gives the segment its final name. The mark is for [`Frontier::finish_segment`](crate::frontier::Frontier::finish_segment).
    /// None from streams, and where nothing was written. Later calls write nothing.
    ///
    /// # Errors
    /// When lines are not flushed, or the file cannot be renamed.
    fn finish(&mut self) -> Result<Option<SegmentMark>, SinkError>;

    /// After a settle: finishes the segment where it is large or old enough, as `finish` does; lines that come later go to the next.
    /// None where it goes on, and from streams.
    ///
    /// # Errors
    /// As `finish`.
    fn rotate(&mut self, _now: Timestamp) -> Result<Option<SegmentMark>, SinkError> {
        Ok(None)
    }

    /// When the segment will be old enough, as far as `rotate` knows.
    fn due(&self) -> Option<Timestamp> {
        None
    }
}
