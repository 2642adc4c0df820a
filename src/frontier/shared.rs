//! A state that many workers share, for who looks at it.

use jiff::Timestamp;
use url::Url;

use super::{Counts, FrontierError, HostHealth, Run, Segment, UrlState};

/// How a worker stands.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerState {
    /// Its name.
    pub name: String,
    /// The machine that it runs on.
    pub machine: String,
    /// Its process there.
    pub pid: u32,
    /// Its run.
    pub run_id: Option<String>,
    /// Since when.
    pub began: Timestamp,
    /// When it was heard of last.
    pub seen: Timestamp,
    /// Whether it ended cleanly.
    pub ended: bool,
    /// Hosts that it has.
    pub hosts: u64,
    /// Addresses that it has leased.
    pub leased: u64,
    /// Until when it has its hosts, should it not be heard of again.
    pub until: Option<Timestamp>,
    /// Addresses that it has settled.
    pub settled: u64,
    /// Records that it has written.
    pub records: u64,
    /// Addresses settled a second, lately.
    pub rate: Option<f64>,
}

/// A worker without hosts that was not heard of for so long is dead: it would say that it lives every few seconds.
const SILENCE: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

impl WorkerState {
    /// Whether it may be at work.
    #[must_use]
    pub fn lives(&self, now: Timestamp) -> bool {
        let heard = now.duration_since(self.seen) < SILENCE;
        !self.ended && (heard || self.until.is_some_and(|until| until > now))
    }
}

/// What a state knows of addresses that it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUrls {
    /// How many addresses are in which state, whatever was asked for.
    pub counts: Counts,
    /// The state of each, in the order of the question; none where it is not known.
    pub states: Vec<Option<UrlState>>,
}

/// Everything that a shared state says at one instant.
#[derive(Debug, Clone)]
pub struct SharedView {
    /// Its address, without a password.
    pub name: String,
    /// The version of its format.
    pub version: i64,
    /// Bytes in the database.
    pub bytes: u64,
    /// How many addresses are in which state.
    pub counts: Counts,
    /// The last runs, the newest first.
    pub runs: Vec<Run>,
    /// Every host, by its key.
    pub hosts: Vec<HostHealth>,
    /// Every segment, the oldest first.
    pub segments: Vec<Segment>,
    /// The workers, by their names.
    pub workers: Vec<WorkerState>,
}

impl SharedView {
    /// Looks at the state of an address (`postgres://user@host/database`), with its last `runs` runs. Nothing is changed, and everything
    /// is of one instant.
    ///
    /// # Errors
    /// When the server cannot be reached, or holds no state, or one of a newer version; and where this software was built without the
    /// feature `postgres`.
    #[cfg(feature = "postgres")]
    pub fn look(address: &str, runs: usize) -> Result<Self, FrontierError> {
        super::postgres::look(address, runs)
    }

    /// As it is without the feature.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "postgres"))]
    pub fn look(address: &str, _runs: usize) -> Result<Self, FrontierError> {
        Err(not_built(address))
    }

    /// What the state in a database knows of addresses; none where it holds no state.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    #[cfg(feature = "postgres")]
    pub fn known(address: &str, urls: &[&Url]) -> Result<Option<KnownUrls>, FrontierError> {
        super::postgres::known(address, urls)
    }

    /// As it is without the feature.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "postgres"))]
    pub fn known(address: &str, _urls: &[&Url]) -> Result<Option<KnownUrls>, FrontierError> {
        Err(not_built(address))
    }

    /// The runs of workers that live: what they have stored and not yet entered may still be.
    #[must_use]
    pub fn live_runs(&self, now: Timestamp) -> Vec<&str> {
        self.workers.iter().filter(|worker| worker.lives(now)).filter_map(|worker| worker.run_id.as_deref()).collect()
    }
}

/// What is said where a state in PostgreSQL is named and this software cannot use one.
#[cfg(not(feature = "postgres"))]
pub(crate) fn not_built(address: &str) -> FrontierError {
    // Without what may be a password.
    let place = address.rsplit_once('@').map_or(address, |(_, place)| place);
    FrontierError::NotAState {
        path: place.into(),
        why: "it is in PostgreSQL, and this auslese was built without it (cargo build --release --features postgres,object-store)",
    }
}
