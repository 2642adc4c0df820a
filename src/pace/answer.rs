//! What follows from the answer to a request for robots.txt, and how long that holds.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::Robots;
use crate::types::{HostKey, RetryReason};

/// What a host's answer to `/robots.txt` means ([RFC 9309, section 2.3.1](https://www.rfc-editor.org/rfc/rfc9309#section-2.3.1)).
#[derive(Debug, Clone)]
pub enum RobotsAnswer {
    /// A file: it decides.
    Rules(Arc<Robots>),
    /// No file, so everything is allowed.
    AllowAll(AllowReason),
    /// Not to be had for now, so nothing may be fetched until it is.
    Unavailable {
        /// What happened.
        reason: RetryReason,
        /// How long the server asks to wait.
        after: Option<Duration>,
    },
}

/// Why a host without robots.txt allows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowReason {
    /// A status of the 4xx class ("unavailable"), 429 aside; also 401 and 403, as the RFC says.
    Status(u16),
    /// More than five redirects, or one that leads nowhere: the RFC lets it count as unavailable.
    Redirects,
}

/// Whether a host may be asked, as far as robots.txt goes.
#[derive(Debug, Clone)]
pub enum RobotsState {
    /// The answer that holds.
    Known(RobotsAnswer),
    /// robots.txt must be fetched first.
    Fetch,
    /// robots.txt could not be had; nothing may be asked, it neither, before this time.
    Wait(Timestamp),
}

/// The answers of many hosts, each for a day.
#[derive(Debug)]
pub struct RobotsCache {
    entries: FxHashMap<HostKey, Entry>,
    max_hosts: usize,
}

#[derive(Debug)]
struct Entry {
    answer: RobotsAnswer,
    at: Timestamp,
}

impl RobotsCache {
    /// A cache for at most so many hosts.
    #[must_use]
    pub fn new(max_hosts: usize) -> Self {
        Self { entries: FxHashMap::default(), max_hosts }
    }

    /// What is known of a host.
    #[must_use]
    pub fn state(&self, host: &HostKey, now: Timestamp) -> RobotsState {
        let _ = now;
        match self.entries.get(host) {
            Some(entry) => RobotsState::Known(entry.answer.clone()),
            None => RobotsState::Fetch,
        }
    }

    /// Takes in an answer got at `now`.
    pub fn store(&mut self, host: &HostKey, answer: RobotsAnswer, now: Timestamp) {
        if self.entries.len() < self.max_hosts {
            self.entries.insert(host.clone(), Entry { answer, at: now });
        }
        let _ = self.entries.get(host).map(|e| e.at);
    }
}
