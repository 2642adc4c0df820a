//! Which host is next: leases at hand by host, and who waits for what.
//!
//! A host with leases is ready, waits for a time, or is busy with as many requests as it may have. Only ready hosts are
//! looked at, so that the cost of a fetch does not hang on the number of hosts that wait.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::types::{HostKey, Lease};

/// Leases at hand, by host.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: FxHashMap<HostKey, Host>,
    ready: VecDeque<HostKey>,
    timers: BinaryHeap<Reverse<(Timestamp, HostKey)>>,
    queued: usize,
}

#[derive(Debug, Default)]
struct Host {
    leases: VecDeque<Lease>,
    in_flight: usize,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// No lease at hand.
    #[default]
    Idle,
    /// In the queue of ready hosts.
    Ready,
    /// Not before this time.
    Until(Timestamp),
    /// Until one of its requests ends.
    Busy,
}

impl Hosts {
    /// Takes leases in.
    pub(super) fn add(&mut self, leases: Vec<Lease>) {
        for lease in leases {
            let key = lease.host.clone();
            let host = self.hosts.entry(key.clone()).or_default();
            host.leases.push_back(lease);
            self.queued += 1;
            if host.phase == Phase::Idle {
                host.phase = Phase::Ready;
                self.ready.push_back(key);
            }
        }
    }

    /// Leases at hand.
    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    /// Leases at hand of a host.
    pub(super) fn queued_of(&self, host: &HostKey) -> usize {
        self.hosts.get(host).map_or(0, |host| host.leases.len())
    }

    /// The next ready host. It must be given back by [`Self::ready`], [`Self::wait`] or [`Self::busy`].
    pub(super) fn pop_ready(&mut self) -> Option<HostKey> {
        while let Some(key) = self.ready.pop_front() {
            match self.hosts.get_mut(&key) {
                Some(host) if host.phase == Phase::Ready => {
                    host.phase = Phase::Idle;
                    return Some(key);
                }
                _ => {}
            }
        }
        None
    }

    /// The first lease of a host.
    pub(super) fn peek(&self, key: &HostKey) -> Option<&Lease> {
        self.hosts.get(key)?.leases.front()
    }

    /// Takes the first lease of a host.
    pub(super) fn pop(&mut self, key: &HostKey) -> Option<Lease> {
        let lease = self.hosts.get_mut(key)?.leases.pop_front()?;
        self.queued -= 1;
        Some(lease)
    }

    /// Takes every lease of a host, to give them back.
    pub(super) fn drain(&mut self, key: &HostKey) -> Vec<Lease> {
        let Some(host) = self.hosts.get_mut(key) else { return Vec::new() };
        let leases: Vec<Lease> = std::mem::take(&mut host.leases).into();
        self.queued -= leases.len();
        self.settle_idle(key);
        leases
    }

    /// Takes every lease.
    pub(super) fn drain_all(&mut self) -> Vec<Lease> {
        let mut all = Vec::with_capacity(self.queued);
        for host in self.hosts.values_mut() {
            all.extend(std::mem::take(&mut host.leases));
        }
        self.queued = 0;
        all
    }

    /// The host may be asked again at once, where it has leases.
    pub(super) fn ready(&mut self, key: HostKey) {
        match self.hosts.get_mut(&key) {
            Some(host) if !host.leases.is_empty() => {
                if host.phase != Phase::Ready {
                    host.phase = Phase::Ready;
                    self.ready.push_back(key);
                }
            }
            _ => self.settle_idle(&key),
        }
    }

    /// The host waits.
    pub(super) fn wait(&mut self, key: HostKey, until: Timestamp) {
        if let Some(host) = self.hosts.get_mut(&key) {
            host.phase = Phase::Until(until);
            self.timers.push(Reverse((until, key)));
        }
    }

    /// The host waits for one of its requests.
    pub(super) fn busy(&mut self, key: &HostKey) {
        if let Some(host) = self.hosts.get_mut(key) {
            host.phase = Phase::Busy;
        }
    }

    /// A request to the host starts.
    pub(super) fn started(&mut self, key: &HostKey) {
        self.hosts.entry(key.clone()).or_default().in_flight += 1;
    }

    /// A request to the host ended.
    pub(super) fn ended(&mut self, key: &HostKey) {
        let Some(host) = self.hosts.get_mut(key) else { return };
        host.in_flight = host.in_flight.saturating_sub(1);
        if host.phase == Phase::Busy {
            host.phase = Phase::Idle;
        }
        if host.phase == Phase::Idle {
            self.ready(key.clone());
        }
    }

    /// A request of another host ended that this one was busy with.
    pub(super) fn freed(&mut self, key: &HostKey) {
        if let Some(host) = self.hosts.get_mut(key)
            && host.phase == Phase::Busy
        {
            host.phase = Phase::Idle;
            self.ready(key.clone());
        }
    }

    /// Wakes the hosts whose time has come.
    pub(super) fn wake(&mut self, now: Timestamp) {
        while self.timers.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Some(Reverse((at, key))) = self.timers.pop() else { return };
            // A timer that was overtaken by a later word about its host is void.
            if self.hosts.get(&key).is_some_and(|host| host.phase == Phase::Until(at)) {
                if let Some(host) = self.hosts.get_mut(&key) {
                    host.phase = Phase::Idle;
                }
                self.ready(key);
            }
        }
    }

    /// When the next host wakes.
    pub(super) fn next_timer(&self) -> Option<Timestamp> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// The hosts that have enough, or that wait, with the leases that they could take.
    pub(super) fn rooms(&self, target: impl Fn(&HostKey) -> usize) -> FxHashMap<HostKey, usize> {
        let room = |key: &HostKey, host: &Host| match host.phase {
            Phase::Until(_) if !host.leases.is_empty() => 0,
            _ => target(key).saturating_sub(host.leases.len()),
        };
        self.hosts.iter().map(|(key, host)| (key.clone(), room(key, host))).collect()
    }

    /// Forgets a host of which nothing is left.
    fn settle_idle(&mut self, key: &HostKey) {
        if let Some(host) = self.hosts.get_mut(key)
            && host.leases.is_empty()
        {
            host.phase = Phase::Idle;
            if host.in_flight == 0 {
                self.hosts.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Candidate, Via};

    fn lease(key: i64, url: &str) -> Lease {
        let url: url::Url = url.parse().unwrap();
        let host = HostKey::of(&url).unwrap();
        let candidate =
            Candidate { url, via: Via::Link, priority: 0, depth: 0, lastmod: None, referrer: None, hops: Vec::new() };
        Lease { key, candidate, host, attempt: 0, expires: Timestamp::UNIX_EPOCH, fence: 1, before: None }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_host_that_waits_holds_up_no_other() {
        let mut hosts = Hosts::default();
        hosts.add(vec![lease(1, "http://a.test/1"), lease(2, "http://a.test/2"), lease(3, "http://b.test/1")]);
        let a = hosts.pop_ready().unwrap();
        assert_eq!(a.as_str(), "http://a.test");
        hosts.wait(a.clone(), at(10));
        let b = hosts.pop_ready().unwrap();
        assert_eq!(hosts.pop(&b).unwrap().key, 3);
        hosts.ready(b);
        assert_eq!(hosts.pop_ready(), None);
        assert_eq!(hosts.next_timer(), Some(at(10)));
        hosts.wake(at(9));
        assert_eq!(hosts.pop_ready(), None);
        hosts.wake(at(10));
        assert_eq!(hosts.pop_ready(), Some(a));
        assert_eq!(hosts.queued(), 2);
    }

    #[test]
    fn a_busy_host_is_ready_again_when_a_request_ends() {
        let mut hosts = Hosts::default();
        hosts.add(vec![lease(1, "http://a.test/1"), lease(2, "http://a.test/2")]);
        let a = hosts.pop_ready().unwrap();
        hosts.pop(&a).unwrap();
        hosts.started(&a);
        hosts.busy(&a);
        assert_eq!(hosts.pop_ready(), None);
        hosts.ended(&a);
        assert_eq!(hosts.pop_ready(), Some(a.clone()));
        assert_eq!(hosts.rooms(|_| 4)[&a], 3);
        assert_eq!(hosts.drain(&a).len(), 1);
        assert!(hosts.rooms(|_| 4).is_empty(), "a host of which nothing is left is forgotten");
    }
}
