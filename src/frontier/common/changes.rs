//! What a transaction changes, summed up to be written in one go at its end.

use std::collections::BTreeMap;

use super::State;
use crate::frontier::Outcome;
use crate::types::SkipReason;

/// The sums of a transaction: counts of all addresses, and what became of each host.
#[derive(Debug, Default)]
pub(in crate::frontier) struct Changes {
    counts: BTreeMap<(State, String), i64>,
    hosts: BTreeMap<i64, Touched>,
    open: i64,
}

/// What became of a host; its best address may be another one now.
#[derive(Debug, Default)]
pub(in crate::frontier) struct Touched {
    /// By how much its addresses of each state have grown, in the order of [`State::ALL`].
    pub(in crate::frontier) by_state: [i64; 7],
    /// When it answered as it should.
    pub(in crate::frontier) ok: Option<i64>,
    /// When it failed last.
    pub(in crate::frontier) error: Option<i64>,
    /// Failures since it answered as it should.
    pub(in crate::frontier) errors: i64,
    /// Why it failed last.
    pub(in crate::frontier) why: Option<&'static str>,
}

impl Changes {
    /// A new address, ready.
    pub(in crate::frontier) fn entered(&mut self, host: i64) {
        self.count(host, State::Ready, "", 1);
    }

    /// An address went from one state to another; the reasons are those of skipped and dead ones, else empty.
    pub(in crate::frontier) fn moved(&mut self, host: i64, from: (State, &str), to: (State, &str)) {
        self.count(host, from.0, from.1, -1);
        self.count(host, to.0, to.1, 1);
    }

    /// What the end of a lease says of the host.
    pub(in crate::frontier) fn judge(&mut self, host: i64, outcome: &Outcome, now: i64) {
        match outcome {
            // Nothing was asked.
            Outcome::Released | Outcome::Skipped { reason: SkipReason::Robots, .. } => {}
            Outcome::Retry { reason, .. } | Outcome::Kept { failed: Some(reason) } if !reason.is_of_page() => {
                self.failed(host, reason.as_str(), now);
            }
            Outcome::Dead { reason, .. } if reason.is_of_host() => self.failed(host, reason.as_str(), now),
            _ => self.succeeded(host, now),
        }
    }

    fn succeeded(&mut self, host: i64, now: i64) {
        let host = self.hosts.entry(host).or_default();
        (host.ok, host.errors) = (Some(now), 0);
    }

    fn failed(&mut self, host: i64, why: &'static str, now: i64) {
        let host = self.hosts.entry(host).or_default();
        host.errors += 1;
        (host.error, host.why) = (Some(now), Some(why));
    }

    /// A host whose best address may be another one now.
    pub(in crate::frontier) fn touched(&mut self, host: i64) {
        self.hosts.entry(host).or_default();
    }

    /// By how much the number of open addresses has grown.
    pub(in crate::frontier) const fn open(&self) -> i64 {
        self.open
    }

    /// By how much the addresses of each state and reason have grown, where they have.
    pub(in crate::frontier) fn counts(&self) -> impl Iterator<Item = (State, &str, i64)> {
        self.counts.iter().filter(|(_, by)| **by != 0).map(|((state, reason), by)| (*state, reason.as_str(), *by))
    }

    /// What became of each host, in the order that all lock their rows in.
    pub(in crate::frontier) const fn hosts(&self) -> &BTreeMap<i64, Touched> {
        &self.hosts
    }

    fn count(&mut self, host: i64, state: State, reason: &str, by: i64) {
        self.hosts.entry(host).or_default().by_state[state as usize] += by;
        let reason = if matches!(state, State::Skipped | State::Dead) { reason } else { "" };
        *self.counts.entry((state, reason.to_owned())).or_default() += by;
        if state.is_open() {
            self.open += by;
        }
    }
}
