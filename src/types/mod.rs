//! The nouns of the crawl: plain, owned data that every layer shares.
//!
//! A page becomes a record in one direction only:
//! [`Candidate`] → [`Lease`] → [`Fetched`] → [`Block`]s → [`Labelled`] blocks → [`Record`].
//! Nothing here performs I/O, reads a clock or knows a file; converting forward is the job of the layers above.

mod block;
mod candidate;
mod date;
mod fetched;
mod fnv;
mod host;
mod mark;
mod meta;
mod part;
mod reason;
mod record;
mod role;
mod url;
mod visit;

pub use block::{Block, BlockTag, Container, ContainerId, ImageRef, Labelled, Link, Reason, Segments};
pub use candidate::{Candidate, Lease, Via};
pub use date::{DateValue, Precision};
pub use fetched::{Fetched, Origin};
pub(crate) use fnv::Fnv;
pub use host::HostKey;
pub use mark::SegmentMark;
pub use meta::{Author, AuthorKind, Meta, MetaImage, MetaSource, PageType, RobotsDirectives, Sourced};
pub use part::Part;
pub use reason::{ArchiveReason, DeadReason, RetryReason, SkipReason};
pub use record::{
    Advertisement, BlockRecord, HttpInfo, ImageRecord, LinkRecord, Record, RecordType, Rights, SCHEMA_VERSION,
    SourceInfo, SourceKind, TeaserItem, Vendor, WarcRef,
};
pub use role::Role;
pub use url::{CanonicalRules, MAX_HREF, canonicalize, resolve, without_credentials};
pub use visit::{Before, Visit};
