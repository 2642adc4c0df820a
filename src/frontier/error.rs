//! What can go wrong with the state, each with what to do about it.

use std::path::PathBuf;

use super::Holder;

/// A fault of the frontier's store. Expected failures of pages are data ([`Outcome`](super::Outcome)), never this.
#[derive(Debug, thiserror::Error)]
pub enum FrontierError {
    /// Another run holds the state; the command line ends with exit code 3.
    #[error("state {}: {}; wait for it to end, or name another state file", path.display(), held_by(holder.as_ref()))]
    Locked {
        /// The state file.
        path: PathBuf,
        /// Who holds it, where the lock file says so.
        holder: Option<Holder>,
    },
    /// The state was written by a newer version of this software.
    #[error(
        "state {}: its format is version {found}, this program knows {known} and older; update the program, or name \
         another state file", path.display()
    )]
    Newer {
        /// The state file.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// The file is no state of this software.
    #[error("state {}: {why}; name another state file, the file was left as it is", path.display())]
    NotAState {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        why: &'static str,
    },
    /// The address of the state cannot be used.
    #[error("state {}: {why}", path.display())]
    Address {
        /// The address, as far as it can be said.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The state is damaged.
    #[error(
        "state {}: the file is damaged ({detail}); restore a copy, or move it away (with its -wal and -shm files) to \
         start anew: pages already in the output are then fetched and written again", path.display()
    )]
    Corrupt {
        /// The state file.
        path: PathBuf,
        /// What the check found.
        detail: String,
    },
    /// No room on the disk. Nothing committed is harmed.
    #[error("state {}: the disk is full; make room and start again, nothing is lost", path.display())]
    DiskFull {
        /// The state file.
        path: PathBuf,
    },
    /// The state or its folder cannot be opened or written.
    #[error("state {}: cannot {doing}; check that the folder exists and may be written", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The database failed otherwise.
    #[error("state {}: cannot {doing}", path.display())]
    Database {
        /// The state file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database server was not there for as long as a worker waits.
    #[error("state {}: cannot {doing}: the server cannot be reached ({said}); check its address and that it runs", path.display())]
    Unreachable {
        /// The server and database.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What was said last.
        said: String,
    },
    /// Another process has taken this worker's name.
    #[error("state {}: another process works under this worker's name; give each worker its own (crawl.worker)", path.display())]
    Displaced {
        /// The server and database.
        path: PathBuf,
    },
    /// A stored value cannot be read back.
    #[error("state {}: {what} holds {value:?}, which cannot be read; the file was changed from outside", path.display())]
    Stored {
        /// The state file.
        path: PathBuf,
        /// Which column.
        what: &'static str,
        /// Its value.
        value: String,
    },
}

fn held_by(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another run holds it".to_owned(), |holder| format!("held by {holder}"))
}
