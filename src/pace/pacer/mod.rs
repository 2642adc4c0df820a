//! Which host may be asked when.
//!
//! The law, in one line: the next start is no sooner than
//!
//! ```text
//! last start + max(delay, crawl-delay, min(factor · latency, max_adaptive_delay), backoff · 2^(level - 1)) + jitter
//! ```
//! and no sooner than the end of a rest, and only while fewer requests than allowed are under way.
//!
//! - *delay* is what was set (configuration, profile, command line), *crawl-delay* what robots.txt asks for. A governor limiter
//!   whose clock stands where the caller's time sets it keeps the longer of them; everything else only adds.
//! - *latency* is the usual one, from sending to the head of the answer: a quarter of the last answer's and three quarters of what
//!   it was, so that a server that gets slower is asked less often within a few requests.
//! - *level* rises by one with each failure (a time limit, a connection, 5xx, 429) and falls by one with each success of a
//!   request sent after the last failure; a late 200 of an older one says nothing of the host's state now, and failures of
//!   requests that were under way together count once. A failure is followed by a rest of `backoff · 2^(level - 1)`, at most
//!   `max_backoff`, or as long as `Retry-After` says where that is longer. Above level 0 there is one request at a time.
//! - A host is *closed* at level `close_after`, and by so many refusals (403 and the like) in a row as `refusals` says: for
//!   `close`, twice that the next time, at most `max_close`, as long as no success comes between. One request then tries it.
//!   [`Penalty`] holds all of it, to be kept across runs.
//! - Hosts on one machine ([`Pacer::share`]) share requests at once and the time between two starts (`machine`).
//!
//! So nothing that a server says or does makes it be asked faster than was set.
//!
//! Not for: waiting. [`Pacer::try_start`] says when to ask again; nobody sleeps here.

mod clock;
mod host;
mod machine;

use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{PaceOverride, PaceSettings};
use crate::types::HostKey;
use clock::{Moment, Time, nanos};
use host::{Host, Pace, Ready, Standing};
use machine::Machine;

/// Crawl-delays beyond this are cut to it.
const MAX_CRAWL_DELAY: Duration = Duration::from_secs(86_400);
/// Time between two attempts to make room for new hosts.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Decides for each host whether a request may start now.
#[derive(Debug)]
pub struct Pacer {
    settings: PaceSettings,
    time: Time,
    hosts: FxHashMap<HostKey, Host>,
    /// Kept apart from the state, which may be forgotten.
    overrides: FxHashMap<HostKey, PaceOverride>,
    /// The machine of each host that shares one; kept apart for the same reason.
    shares: FxHashMap<HostKey, u128>,
    machines: FxHashMap<u128, Machine>,
    jitter: Jitter,
    next_sweep: Moment,
}

/// Whether a request may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Now; it counts as started, and [`Pacer::finish`] must follow.
    Go,
    /// As many requests as allowed are under way: ask again after the next [`Pacer::finish`] of this host, or when
    /// [`Pacer::freed`] names it.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Penalty {
    /// How often the rest doubled.
    pub level: u8,
    /// How often in a row it was closed.
    pub closings: u8,
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
    pub fn new(settings: PaceSettings, seed: u64) -> Self {
        Self {
            settings,
            time: Time::default(),
            hosts: FxHashMap::default(),
            overrides: FxHashMap::default(),
            shares: FxHashMap::default(),
            machines: FxHashMap::default(),
            jitter: Jitter(seed),
            next_sweep: 0,
        }
    }

    /// Sets a host's own pace. Kept for as long as the pacer lives, so meant for the hosts of profiles.
    pub fn set_override(&mut self, host: &HostKey, pace: PaceOverride) {
        self.overrides.insert(host.clone(), pace);
    }

    /// Says on which machine a host stands. Hosts on one share its pace; where it is moved, it takes its requests along. Kept for
    /// as long as the pacer lives.
    pub fn share(&mut self, host: &HostKey, machine: u128) {
        let before = self.shares.insert(host.clone(), machine);
        let under_way = match self.hosts.get_mut(host) {
            Some(state) => {
                state.machine = Some(machine);
                state.in_flight()
            }
            None => 0,
        };
        if let Some(left) = before.and_then(|before| self.machines.get_mut(&before)) {
            left.left(under_way);
        }
        self.machines.entry(machine).or_default().joined(under_way);
    }

    /// The hosts that were told [`Start::Busy`] because of requests to this one's machine: they may be asked again. To be
    /// called after each [`Pacer::finish`].
    pub fn freed(&mut self, host: &HostKey) -> Vec<HostKey> {
        let machine = self.hosts.get(host).and_then(|state| self.machines.get_mut(&state.machine?));
        machine.map(Machine::take_turned_away).unwrap_or_default()
    }

    /// Sets the crawl-delay that a host's robots.txt asks for; it can only slow the host. At most a day. To be set anew
    /// with each robots.txt, since idle hosts are forgotten after a day.
    pub fn set_crawl_delay(&mut self, host: &HostKey, delay: Option<Duration>, now: Timestamp) {
        let now = self.time.set(now);
        let delay = delay.unwrap_or_default().min(MAX_CRAWL_DELAY);
        if self.make_room(host, now) {
            let pace = pace_of(&self.settings, &self.overrides, host);
            entry(&mut self.hosts, &self.shares, host).set_crawl_delay(pace, delay);
        }
    }

    /// Whether a request to the host may start now. After [`Start::Go`] it counts as started.
    pub fn try_start(&mut self, host: &HostKey, now: Timestamp) -> Start {
        let now = self.time.set(now);
        if !self.make_room(host, now) {
            return Start::NotBefore(self.time.timestamp(self.next_sweep));
        }
        let pace = pace_of(&self.settings, &self.overrides, host);
        let state = match self.hosts.get_mut(host) {
            Some(state) => state,
            None => entry(&mut self.hosts, &self.shares, host),
        };
        let mut machine = state.machine.and_then(|machine| self.machines.get_mut(&machine));
        match state.try_start(pace, &self.time.clock(), now, self.jitter.draw(), machine.as_deref_mut()) {
            Ready::Now => Start::Go,
            Ready::Busy => {
                if let Some(machine) = machine {
                    machine.turn_away(host);
                }
                Start::Busy
            }
            Ready::At(moment) => Start::NotBefore(self.time.timestamp(moment)),
        }
    }

    /// Takes in the end of a request that [`Pacer::try_start`] let go at `started_at`.
    pub fn finish(&mut self, host: &HostKey, now: Timestamp, started_at: Timestamp, signal: Signal) {
        let now = self.time.set(now);
        let started_at = self.time.moment(started_at);
        let pace = pace_of(&self.settings, &self.overrides, host);
        if let Some(state) = self.hosts.get_mut(host) {
            state.finish(pace, now, started_at, signal);
            if let Some(machine) = state.machine.and_then(|machine| self.machines.get_mut(&machine)) {
                machine.ended();
            }
        }
    }

    /// What holds a host back as of `now`, to be stored.
    #[must_use]
    pub fn penalty(&mut self, host: &HostKey, now: Timestamp) -> Option<Penalty> {
        let now = self.time.set(now);
        let Standing { level, closings, until } = self.hosts.get(host)?.standing(now)?;
        Some(Penalty { level, closings, until: self.time.timestamp(until) })
    }

    /// Sets what held a host back in an earlier run.
    pub fn restore(&mut self, host: &HostKey, penalty: Penalty, now: Timestamp) {
        let now = self.time.set(now);
        let until = self.time.moment(penalty.until);
        if self.make_room(host, now) {
            let pace = pace_of(&self.settings, &self.overrides, host);
            let standing = Standing { level: penalty.level, closings: penalty.closings, until };
            entry(&mut self.hosts, &self.shares, host).restore(pace, standing, now);
        }
    }

    /// Says that somebody else may have asked a host as late as `at`: its next start is as far from that as from one of our own.
    pub fn asked(&mut self, host: &HostKey, at: Timestamp, now: Timestamp) {
        let now = self.time.set(now);
        let at = self.time.moment(at).min(now);
        if self.make_room(host, now) {
            let pace = pace_of(&self.settings, &self.overrides, host);
            entry(&mut self.hosts, &self.shares, host).asked(pace, at);
        }
    }

    /// The state of a host; none where nothing is remembered.
    #[must_use]
    pub fn health(&mut self, host: &HostKey, now: Timestamp) -> Option<HostHealth> {
        let penalty = self.penalty(host, now);
        let pace = pace_of(&self.settings, &self.overrides, host);
        let state = self.hosts.get(host)?;
        Some(HostHealth { in_flight: state.in_flight(), delay: pace.spacing(state), latency: state.latency(), penalty })
    }

    /// Whether there is room for a host's state. When it is full, hosts are forgotten that may be asked at once anyway; if
    /// there are none, new ones must wait, so that memory stays bounded and no penalty is lost.
    fn make_room(&mut self, host: &HostKey, now: Moment) -> bool {
        let max = self.settings.max_hosts.max(1);
        if self.hosts.len() < max || self.hosts.contains_key(host) {
            return true;
        }
        if now >= self.next_sweep {
            let settings = &self.settings;
            self.hosts.retain(|_, state| !state.is_forgettable(settings, now));
            self.next_sweep = now + nanos(SWEEP_EVERY);
        }
        self.hosts.len() < max
    }
}

/// The state of a host; a new one stands on the machine that was named for it.
fn entry<'a>(
    hosts: &'a mut FxHashMap<HostKey, Host>,
    shares: &FxHashMap<HostKey, u128>,
    host: &HostKey,
) -> &'a mut Host {
    let state = hosts.entry(host.clone()).or_default();
    if state.machine.is_none() {
        state.machine = shares.get(host).copied();
    }
    state
}

fn pace_of<'a>(settings: &'a PaceSettings, overrides: &FxHashMap<HostKey, PaceOverride>, host: &HostKey) -> Pace<'a> {
    Pace { settings, own: overrides.get(host).copied().unwrap_or_default() }
}

/// Numbers for the jitter, from 0 to 1: SplitMix64 (Steele, Lea and Flood, 2014), enough where nothing depends on chance.
#[derive(Debug)]
struct Jitter(u64);

impl Jitter {
    fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // The top 53 bits: all that a double holds.
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests;
