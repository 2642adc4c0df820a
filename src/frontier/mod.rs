//! What is still to be fetched, what was, and how far the output is committed: the state of a crawl.
//!
//! An address goes `ready → leased → settled`; a retry waits and is ready again; a lease that is not settled in time is
//! handed out again under a new fence, and the late settlement refused. A host is picked because it is ready, so nobody
//! sleeps while holding a worker's place. [`Frontier::settle`] stores the ends of leases, the addresses found, the
//! articles written and the committed length of the output in one transaction: state and output move together.
//!
//! Parts: the [`Frontier`] trait with its nouns here and in `settle`; [`SqliteFrontier`], for one machine; with the feature `postgres`,
//! `PostgresFrontier`, for many workers; `common`, which both store alike; a conformance suite that every backend runs. Not here: pace and robots rules (`pace`), who is busy (the engine's word,
//! the `room` of [`Frontier::lease`]), bytes of records (`sink`). Time is passed in; a clock that jumps back by more
//! than a minute moves all waits with it.

mod common;
#[cfg(test)]
mod conformance;
mod error;
mod lock;
#[cfg(test)]
mod model;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
mod settle;
mod shared;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::pace::Penalty;
use crate::types::{Candidate, DeadReason, HostKey, Lease, SegmentMark, SkipReason};

pub use error::FrontierError;
#[cfg(feature = "postgres")]
pub use postgres::{Joined, OpenWorker, PostgresFrontier, TimeOf};
pub use settle::{Article, Offered, Outcome, Settled, Settlement};
#[cfg(not(feature = "postgres"))]
pub(crate) use shared::not_built;
pub use shared::{KnownUrls, SharedView, WorkerState};
pub use sqlite::{HostHealth, OpenHow, Opened, SqliteFrontier, StateView};

/// The state of a crawl. One writer; each call that changes something is one transaction.
pub trait Frontier: Send {
    /// Takes candidates in. A known address keeps its state; its priority may rise, a later `lastmod` is recorded.
    /// Open addresses are bounded; what does not fit is counted as `full`.
    ///
    /// # Errors
    /// When the store fails; nothing of the call is stored then. The same holds for every method here.
    fn offer(&mut self, candidates: &[Candidate], now: Timestamp) -> Result<Offered, FrontierError>;

    /// Like [`offer`](Self::offer), but addresses that were settled become ready again, for sources asked in every run.
    /// Aliases of articles and addresses that wait for a retry are left alone, and so are sources that were read days after their
    /// `lastmod`.
    ///
    /// # Errors
    /// When the store fails.
    fn reopen(&mut self, candidates: &[Candidate], now: Timestamp) -> Result<Offered, FrontierError>;

    /// Hands out at most `max` addresses of ready hosts, hosts with the best address first, of a host the best and then
    /// the oldest. `room` says how many addresses of a host the caller takes now, 0 where the host is busy; it is asked
    /// once a host and call. The cost depends on the addresses handed out and the busy hosts passed over, not on how
    /// many addresses are stored.
    ///
    /// # Errors
    /// When the store fails.
    fn lease(
        &mut self,
        now: Timestamp,
        lease_for: Duration,
        max: usize,
        room: &dyn Fn(&HostKey) -> usize,
    ) -> Result<Vec<Lease>, FrontierError>;

    /// Whether the lease still holds: neither settled nor handed out again. Ask before writing the page's records;
    /// as there is one writer, the answer holds until the next `lease` or `settle`.
    ///
    /// # Errors
    /// When the store fails.
    fn is_current(&self, lease: &Lease) -> Result<bool, FrontierError>;

    /// Ends leases and stores how far the output is committed, all or nothing, safe against loss of power on return.
    ///
    /// # Errors
    /// When the store fails; the output is then cut back to the last mark stored.
    fn settle(
        &mut self,
        settlements: &[Settlement],
        output: &[SegmentMark],
        now: Timestamp,
    ) -> Result<Settled, FrontierError>;

    /// Hands out nothing of the host until then. A hold can only grow.
    ///
    /// # Errors
    /// When the store fails.
    fn hold(&mut self, host: &HostKey, until: Timestamp, reason: &str, now: Timestamp) -> Result<(), FrontierError>;

    /// The next time at which something of the hosts that `wanted` names becomes ready by itself: a retry, a hold or a
    /// lease ends; not before `now`. What other runs left of other hosts does not count, nor do hosts that are ready
    /// already: [`lease`](Self::lease) hands them out. The cost depends on the number of hosts.
    ///
    /// # Errors
    /// When the store fails.
    fn next_ready(&self, now: Timestamp, wanted: &dyn Fn(&HostKey) -> bool)
    -> Result<Option<Timestamp>, FrontierError>;

    /// How many addresses are in which state. Cheap.
    ///
    /// # Errors
    /// When the store fails.
    fn counts(&self) -> Result<Counts, FrontierError>;

    /// What is known of an address.
    ///
    /// # Errors
    /// When the store fails.
    fn known(&self, url: &Url) -> Result<Option<UrlState>, FrontierError>;

    /// The written article of this id.
    ///
    /// # Errors
    /// When the store fails.
    fn article(&self, id: &str) -> Result<Option<Article>, FrontierError>;

    /// The article that has the address: its own, or another one of it.
    ///
    /// # Errors
    /// When the store fails.
    fn owner(&self, url: &Url) -> Result<Option<Article>, FrontierError>;

    /// Articles of the same text, or of one whose simhash is near, the nearest first; at most 16. The cost depends on how many are near,
    /// not on how many there are.
    ///
    /// # Errors
    /// When the store fails.
    fn near(&self, simhash: Option<u64>, content_hash: &str) -> Result<Vec<Article>, FrontierError>;

    /// Makes addresses ready whose next visit is due, as many of a host as `room` says; behind all that is ready otherwise. Visits
    /// that decide something come first, then the longest due. Says how many of which host.
    ///
    /// # Errors
    /// When the store fails.
    fn revisit(
        &mut self,
        now: Timestamp,
        room: &dyn Fn(&HostKey) -> usize,
    ) -> Result<Vec<(HostKey, u64)>, FrontierError>;

    /// The other addresses of an article, in the order in which they were found; at most 100.
    ///
    /// # Errors
    /// When the store fails.
    fn aliases(&self, id: &str) -> Result<Vec<String>, FrontierError>;

    /// Keeps a host's robots.txt as it was fetched.
    ///
    /// # Errors
    /// When the store fails.
    fn put_robots(&mut self, host: &HostKey, copy: &RobotsCopy) -> Result<(), FrontierError>;

    /// The robots.txt kept for the host.
    ///
    /// # Errors
    /// When the store fails.
    fn robots(&self, host: &HostKey) -> Result<Option<RobotsCopy>, FrontierError>;

    /// Keeps what recurs on a host's pages, in place of what was kept before. A loss of power may take it back.
    ///
    /// # Errors
    /// When the store fails.
    fn put_sketch(&mut self, host: &HostKey, sketch: &str, now: Timestamp) -> Result<(), FrontierError>;

    /// What is kept of what recurs on a host's pages.
    ///
    /// # Errors
    /// When the store fails.
    fn sketch(&self, host: &HostKey) -> Result<Option<String>, FrontierError>;

    /// What earlier runs kept of how a host is to be treated.
    ///
    /// # Errors
    /// When the store fails.
    fn manners(&self, host: &HostKey) -> Result<HostManners, FrontierError>;

    /// Keeps what holds a host back; none where nothing does any more.
    ///
    /// # Errors
    /// When the store fails.
    fn keep_penalty(&mut self, host: &HostKey, penalty: Option<&Penalty>) -> Result<(), FrontierError>;

    /// Counts requests to hosts on a day; another day than the last begins at 0.
    ///
    /// # Errors
    /// When the store fails.
    fn spend(&mut self, spent: &[(HostKey, i32, u64)]) -> Result<(), FrontierError>;

    /// Lifts every hold of these reasons.
    ///
    /// # Errors
    /// When the store fails.
    fn lift(&mut self, reasons: &[&str]) -> Result<(), FrontierError>;

    /// Enters a run in the history, before it writes output. A run of this id that was entered before is begun anew. Visits that an
    /// earlier run opened and did not make are closed, here and in [`end_run`](Self::end_run).
    ///
    /// # Errors
    /// When the store fails.
    fn begin_run(&mut self, run_id: &str, now: Timestamp) -> Result<(), FrontierError>;

    /// Notes that the run ended cleanly, with its summary.
    ///
    /// # Errors
    /// When the store fails.
    fn end_run(&mut self, run_id: &str, summary: &serde_json::Value, now: Timestamp) -> Result<(), FrontierError>;

    /// The run of this id.
    ///
    /// # Errors
    /// When the store fails.
    fn run(&self, run_id: &str) -> Result<Option<Run>, FrontierError>;

    /// The last runs, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    fn runs(&self, max: usize) -> Result<Vec<Run>, FrontierError>;

    /// Every segment of output that the state knows, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    fn segments(&self) -> Result<Vec<Segment>, FrontierError>;

    /// Notes that a segment is finished, with its last length, after it got its final name. A segment of no records is
    /// forgotten, as its file was removed.
    ///
    /// # Errors
    /// When the store fails.
    fn finish_segment(&mut self, mark: &SegmentMark, now: Timestamp) -> Result<(), FrontierError>;

    /// Whether other workers use the state at the same time. Then hosts are leased to one of them each, and what it learns of a host must
    /// be stored as it learns it.
    fn is_shared(&self) -> bool {
        false
    }

    /// Tells the other workers that this one lives, and keeps its hosts for it; says when to call again, where that is needed.
    ///
    /// # Errors
    /// When the store fails.
    fn tend(&mut self, _now: Timestamp) -> Result<Option<Duration>, FrontierError> {
        Ok(None)
    }

    /// Gives hosts back that others are due, or that have nothing to do now; says which. Of those that `at_hand` names something is under
    /// way still: they stay.
    ///
    /// # Errors
    /// When the store fails.
    fn cede(&mut self, _at_hand: &dyn Fn(&HostKey) -> bool, _now: Timestamp) -> Result<Vec<HostKey>, FrontierError> {
        Ok(Vec::new())
    }

    /// Says on which machine a host stands, before anything is asked of it: hosts of one machine are leased together. Whether the host is
    /// still this worker's; where it is not, its leases are void.
    ///
    /// # Errors
    /// When the store fails.
    fn share(&mut self, _host: &HostKey, _machine: &str, _now: Timestamp) -> Result<bool, FrontierError> {
        Ok(true)
    }
}

/// A name for this process among workers: its machine and number.
#[must_use]
pub fn worker_name() -> String {
    format!("{}-{}", lock::machine(), std::process::id())
}

/// How many addresses are in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// May be handed out, unless their host is held.
    pub ready: u64,
    /// Wait for a retry.
    pub waiting: u64,
    /// Handed out.
    pub leased: u64,
    /// Their records are written.
    pub done: u64,
    /// Other addresses of articles, and addresses that redirect.
    pub aliases: u64,
    /// No record, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Failed for good, by reason.
    pub dead: BTreeMap<DeadReason, u64>,
}

impl Counts {
    /// Addresses that are not settled.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.ready + self.waiting + self.leased
    }

    /// Whether nothing is left to do, now or later.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.open() == 0
    }
}

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UrlState {
    /// May be handed out.
    Ready,
    /// Waits for a retry.
    Waiting,
    /// Handed out.
    Leased,
    /// Its records are written.
    Done,
    /// Another address of an article, or redirects.
    Alias,
    /// Gave no record.
    Skipped(SkipReason),
    /// Failed for good.
    Dead(DeadReason),
}

/// How a host is to be treated, as earlier runs left it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostManners {
    /// What holds it back.
    pub penalty: Option<Penalty>,
    /// The last day on which requests were counted, and how many.
    pub spent: Option<(i32, u64)>,
    /// When another worker may have asked it last.
    pub asked: Option<Timestamp>,
}

/// A host's robots.txt as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsCopy {
    /// The status; none where no answer came.
    pub status: Option<u16>,
    /// The body, cut at the limit; empty where there was none.
    pub body: Vec<u8>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
}

/// One run in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; none while it runs, or where it was killed.
    pub ended: Option<Timestamp>,
    /// What it said at its end.
    pub summary: Option<serde_json::Value>,
}

/// A segment of output as the state knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// How far it is committed.
    pub mark: SegmentMark,
    /// Whether it got its final name.
    pub finished: bool,
}

/// Who holds a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// The machine it runs on; empty where that is not said.
    pub host: String,
    /// Its run.
    pub run_id: String,
    /// Since when.
    pub since: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = if self.host.is_empty() { "" } else { " on " };
        write!(f, "run {} (process {}{on}{}) since {}", self.run_id, self.pid, self.host, self.since)
    }
}
