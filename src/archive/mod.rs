//! Archives of the web: WARC files (ISO 28500, versions 1.0 and 1.1) with their kin, read and written.
//!
//! - [`ArchiveFile`]: a WARC or WET file, plain, gzip or zstd (`.warc.zst`, with its dictionary), or one of those within a WACZ.
//! - [`WarcReader`]: its records one after the other, with their offsets. What is cut off, damaged or mislabelled is told with a
//!   [`Fault`] and passed over; reading goes on at the next record that is whole.
//! - [`Collection`]: files given together, among which a `revisit` record finds the capture that it repeats.
//! - [`page_of`]: a record's page as a [`Fetched`](crate::types::Fetched), or the reason why it is none.
//! - [`WarcSink`]: the archive that a crawl writes, with a CDXJ index; [`Packed`]: an exchange made ready for it.
//!
//! Own code for reading, because no library does what is promised here: offsets in the file as it lies on the disk, and going on behind damage
//! without reading anything twice more than a few times. Every bound is in this module; cost is linear in the file.

mod capture;
mod cdxj;
mod collection;
mod file;
mod header;
mod http;
mod pack;
mod reader;
mod resync;
mod sink;
mod source;

pub use capture::{ArchiveLimits, page_of};
pub use collection::{Collection, Reading};
pub use file::{ArchiveError, ArchiveFile, is_archive_name};
pub use header::{Header, RecordKind};
pub use pack::Packed;
pub use reader::{Entry, Fault, RawRecord, WarcReader};
pub use sink::{WarcInfo, WarcSink, is_archive_mark, recover_archive};
