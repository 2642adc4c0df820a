//! What can go wrong with the output, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// A fault of the output.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// No room on the disk. What was committed is whole; the batch that did not fit was cut off.
    #[error("output {}: the disk is full; make room and start again, nothing committed is lost", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// A disk keeps less than the reserve that was asked for.
    #[error(
        "{}: {} MB are free on its disk, less than the reserve of {} MB (output.reserve); make room and start again, nothing is lost",
        path.display(), free / 1_000_000, reserve / 1_000_000
    )]
    NoRoom {
        /// What lies on the disk.
        path: PathBuf,
        /// Bytes that are free.
        free: u64,
        /// Bytes that should be.
        reserve: u64,
    },
    /// A file or folder cannot be made, read, written or renamed.
    #[error("output {}: cannot {doing}; check that the folder exists and may be written", path.display())]
    Access {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The place of a new segment is taken.
    #[error("output {}: the file is there already; a run id names one run only, give another", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A segment was to be finished, or cut, while lines were not flushed or beyond its length: a fault of the caller.
    #[error("output {}: {what}; this is a fault of the program, please report it", path.display())]
    Order {
        /// The file.
        path: PathBuf,
        /// What was asked out of order.
        what: &'static str,
    },
    /// A failed write could not be cut off; the file is recovered at the next start.
    #[error("output {}: an earlier write failed and could not be undone; start again, the file is then recovered", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
    },
    /// The address of a store is none, or names one that is not known.
    #[error("output {address}: {why}")]
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// A store of objects failed.
    #[error("output {address}: cannot {doing}; nothing that is in the manifest is lost")]
    Store {
        /// The store's address.
        address: String,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The reader of a stream went away.
    #[error(
        "output: the reader of the stream closed it; records that it did not take are fetched again in the next run"
    )]
    Closed,
    /// A record cannot be written as JSON.
    #[error("output: the record cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl SinkError {
    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path: path.to_owned() },
            _ => Self::Access { path: path.to_owned(), doing, source },
        }
    }
}
