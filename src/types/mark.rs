//! How far an output file is committed.

use std::path::PathBuf;

/// The committed part of one output segment. The state stores it in the transaction that settles the leases whose
/// records it covers, so that state and output always agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentMark {
    /// The output folder, absolute, for the day when a run is recovered by one that writes elsewhere.
    pub root: PathBuf,
    /// The finished file's path below the output folder, `/` between its parts: `example.org/articles-<run>-00001.jsonl`.
    /// Until the segment is finished the file is called `articles-<run>-00001.part`.
    pub file: String,
    /// Bytes that are on disk and belong to settled leases.
    pub bytes: u64,
    /// Lines in these bytes.
    pub records: u64,
}

impl SegmentMark {
    /// Whether the segment is an object of a store: whole from the first instant, and never changed. Its `root` is the store's address
    /// then (`s3://bucket/prefix`, `file:///folder`).
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.root.to_str().is_some_and(|root| root.contains("://"))
    }
}
