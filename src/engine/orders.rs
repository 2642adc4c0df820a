//! What the writer is told and asked: the ends of leases, wishes for new ones, and the rest.

use std::collections::HashSet;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::process::Processed;
use super::summary::End as RunEnd;
use crate::archive::Packed;
use crate::fetch::Exchange;
use crate::frontier::{HostManners, RobotsCopy};
use crate::pace::Penalty;
use crate::types::{Candidate, DeadReason, HostKey, Lease, RetryReason, SkipReason};

/// How one fetch ended.
#[derive(Debug)]
pub(super) enum End {
    /// A page came and was processed. The permit stands for its bytes until they are written.
    Page(Box<Processed>, OwnedSemaphorePermit),
    /// Another address is to be asked.
    Redirect(Box<Candidate>),
    /// Unchanged since the last time.
    NotModified,
    /// Not fetched, and that is right.
    Skip(SkipReason, Option<String>),
    /// To be tried again.
    Retry {
        /// Not before.
        not_before: Timestamp,
        /// Why.
        reason: RetryReason,
        /// For the log.
        detail: String,
    },
    /// Failed for good.
    Dead(DeadReason, String),
    /// Given back untouched.
    Released,
}

/// What the writer is asked to do.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all orders are of the largest kind")]
pub(super) enum Order {
    /// A lease ended.
    Settle {
        lease: Lease,
        end: End,
        /// Whether a request was sent for it.
        requested: bool,
        /// Body bytes over the wire.
        bytes: u64,
        /// What went over the wire, where there is an archive.
        packed: Option<Box<Packed>>,
    },
    /// Leases are wanted.
    Lease(Ask),
    /// Nothing of the host is wanted until then.
    Hold { host: HostKey, until: Timestamp, reason: &'static str },
    /// Sources to be asked once in this run, whatever the state says of them.
    Sources(Vec<Candidate>),
    /// Addresses to be asked where the state does not know them.
    Offer(Vec<Candidate>),
    /// A request for robots.txt or tdmrep.json was sent.
    RobotsAsked,
    /// A request to a host started that counts against its budget of the day.
    Spent { host: HostKey, day: i32 },
    /// What holds a host back is to be kept for later runs.
    KeepPenalty { host: HostKey, penalty: Option<Penalty> },
    /// A host is closed for a time.
    HostClosed { host: HostKey, penalty: Penalty },
    /// The machine that a host stands on is known, and the state is shared.
    Share { host: HostKey, machine: u128 },
    /// A host's robots.txt came: to be kept for later runs.
    KeepRobots { host: HostKey, copy: RobotsCopy },
    /// A host is given up for this run.
    HostFailed { host: HostKey, detail: String },
    /// The run is over: store everything and end. Why is for its history; none where it failed.
    Finish(Option<RunEnd>),
}

/// A wish for leases.
#[derive(Debug)]
pub(super) struct Ask {
    /// At most so many.
    pub(super) max: usize,
    /// What the hosts at hand can take.
    pub(super) rooms: FxHashMap<HostKey, usize>,
    /// What every other host of the plan can take.
    pub(super) room: usize,
    /// Sites of which nothing more is wanted.
    pub(super) closed: Vec<usize>,
    /// Hosts that are given up for this run.
    pub(super) failed: HashSet<HostKey>,
    /// Where the answer goes.
    pub(super) reply: oneshot::Sender<Leased>,
}

/// The answer to [`Ask`].
#[derive(Debug, Default)]
pub(super) struct Leased {
    pub(super) leases: Vec<Lease>,
    /// The robots.txt that the state keeps of hosts that come up for the first time in this run.
    pub(super) robots: Vec<(HostKey, RobotsCopy)>,
    /// What it keeps of how they are to be treated.
    pub(super) manners: Vec<(HostKey, HostManners)>,
    /// Leases that are handed out and not settled yet, these not among them.
    pub(super) outstanding: usize,
    /// When something becomes ready by itself; only where there are no leases.
    pub(super) next_ready: Option<Timestamp>,
}

/// A lease on its way: settled once, given back where that never happens (a cancelled task, a fault).
#[derive(Debug)]
pub(super) struct Claim {
    lease: Option<Lease>,
    orders: std::sync::mpsc::Sender<Order>,
}

impl Claim {
    pub(super) const fn new(lease: Lease, orders: std::sync::mpsc::Sender<Order>) -> Self {
        Self { lease: Some(lease), orders }
    }

    pub(super) const fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// Ends the lease.
    pub(super) fn settle(mut self, end: End, requested: bool, bytes: u64) {
        if let Some(lease) = self.lease.take() {
            // A writer that is gone has said why at its end.
            let _ = self.orders.send(Order::Settle { lease, end, requested, bytes, packed: None });
        }
    }

    /// Ends the lease of a page that was asked for; what went over the wire goes into the archive with it.
    pub(super) fn settle_archived(mut self, end: End, bytes: u64, exchange: Option<&Exchange>) {
        let packed = exchange.and_then(|exchange| Packed::of(exchange).ok()).map(Box::new);
        if let Some(lease) = self.lease.take() {
            let _ = self.orders.send(Order::Settle { lease, end, requested: true, bytes, packed });
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            let _ =
                self.orders.send(Order::Settle { lease, end: End::Released, requested: false, bytes: 0, packed: None });
        }
    }
}
