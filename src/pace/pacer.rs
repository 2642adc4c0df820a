//! Which host may be asked when.

use std::time::Duration;

use jiff::Timestamp;

use super::{PaceOverride, PaceSettings};
use crate::types::HostKey;

/// Decides for each host whether a request may start now.
#[derive(Debug)]
pub struct Pacer {
    settings: PaceSettings,
}

/// Whether a request may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Now; it counts as started, and [`Pacer::finish`] must follow.
    Go,
    /// As many requests as allowed are under way: ask again after the next [`Pacer::finish`] of this host.
    Busy,
    /// Not before this time.
    NotBefore(Timestamp),
}

/// How a request ended, as far as pace goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The server answered as it should (2xx, 3xx, 404 and the like), its first byte after so long.
    Ok {
        /// From sending to the head of the answer.
        latency: Duration,
    },
    /// 429, or 503: slower.
    Throttled {
        /// How long the server asks to wait, from now.
        retry_after: Option<Duration>,
    },
    /// Another 5xx.
    ServerError,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    ConnectError,
    /// 401, 403, 451: neutral, unless many come in a row.
    Refused,
    /// Nothing was sent (address refused, shutdown): only the slot is freed.
    Unsent,
}

/// What a host is held back by, to keep across runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Penalty {
    /// How often the rest doubled, from 1.
    pub level: u8,
    /// Nothing is sent before.
    pub until: Timestamp,
}

/// The state of a host, for people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostHealth {
    /// Requests under way.
    pub in_flight: u16,
    /// Least time between two starts as it stands: set, crawl-delay, adaptive and backoff taken together; jitter not.
    pub delay: Duration,
    /// The usual latency.
    pub latency: Option<Duration>,
    /// What holds it back.
    pub penalty: Option<Penalty>,
}

impl Pacer {
    /// A pacer; `seed` makes its jitter repeatable.
    #[must_use]
    pub fn new(settings: PaceSettings, _seed: u64) -> Self {
        Self { settings }
    }

    /// Sets a host's own pace.
    pub fn set_override(&mut self, _host: &HostKey, _pace: PaceOverride, _now: Timestamp) {}

    /// Sets the crawl-delay that a host's robots.txt asks for; it can only slow the host. At most a day.
    pub fn set_crawl_delay(&mut self, _host: &HostKey, _delay: Option<Duration>, _now: Timestamp) {}

    /// Whether a request to the host may start now. After [`Start::Go`] it counts as started.
    pub fn try_start(&mut self, _host: &HostKey, now: Timestamp) -> Start {
        let _ = &self.settings;
        Start::NotBefore(now)
    }

    /// Takes in the end of a request that [`Pacer::try_start`] let go at `started_at`.
    pub fn finish(&mut self, _host: &HostKey, _now: Timestamp, _started_at: Timestamp, _signal: Signal) {}

    /// What holds a host back, to be stored.
    #[must_use]
    pub fn penalty(&self, _host: &HostKey) -> Option<Penalty> {
        None
    }

    /// Sets what held a host back in an earlier run.
    pub fn restore(&mut self, _host: &HostKey, _penalty: Penalty, _now: Timestamp) {}

    /// The state of a host; none where nothing is remembered.
    #[must_use]
    pub fn health(&self, _host: &HostKey) -> Option<HostHealth> {
        None
    }
}
