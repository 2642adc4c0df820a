//! A frontier as simple as can be, in vectors and maps: what the real ones are held against, step by step at random.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

use super::conformance::{Backend, at, end, page};
use super::{Article, Counts, Outcome, UrlState};
use crate::types::{Candidate, DeadReason, HostKey, Lease, RetryReason, SkipReason};

struct Entry {
    candidate: Candidate,
    state: UrlState,
    attempts: u32,
    /// Leases so far, the fence of the last one being this number.
    leases: i64,
    wake: Timestamp,
}

/// The order of entries is their age.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    held: BTreeMap<HostKey, Timestamp>,
}

impl Model {
    fn offer(&mut self, candidate: &Candidate) -> bool {
        match self.entries.iter_mut().find(|entry| entry.candidate.url == candidate.url) {
            Some(entry) => {
                if matches!(entry.state, UrlState::Ready | UrlState::Waiting | UrlState::Leased) {
                    entry.candidate.priority = entry.candidate.priority.max(candidate.priority);
                }
                false
            }
            None => {
                let wake = Timestamp::MAX;
                let candidate = candidate.clone();
                self.entries.push(Entry { candidate, state: UrlState::Ready, attempts: 0, leases: 0, wake });
                true
            }
        }
    }

    fn wake(&mut self, now: Timestamp) {
        for entry in &mut self.entries {
            if matches!(entry.state, UrlState::Waiting | UrlState::Leased) && entry.wake <= now {
                entry.state = UrlState::Ready;
            }
        }
        self.held.retain(|_, until| *until > now);
    }

    /// The addresses to be handed out, in order.
    fn lease(&mut self, now: Timestamp, lease_for: i64, max: usize, room: &dyn Fn(&HostKey) -> usize) -> Vec<String> {
        self.wake(now);
        let mut by_host: BTreeMap<HostKey, Vec<usize>> = BTreeMap::new();
        for (n, entry) in self.entries.iter().enumerate() {
            let host = HostKey::of(&entry.candidate.url).unwrap();
            if entry.state == UrlState::Ready && !self.held.contains_key(&host) {
                by_host.entry(host).or_default().push(n);
            }
        }
        let rank = |n: &usize| (-i64::from(self.entries[*n].candidate.priority), *n);
        let mut hosts: Vec<(HostKey, Vec<usize>)> = by_host.into_iter().collect();
        for (_, ready) in &mut hosts {
            ready.sort_by_key(rank);
        }
        hosts.sort_by_key(|(_, ready)| rank(&ready[0]));
        let picked: Vec<usize> =
            hosts.iter().flat_map(|(host, ready)| ready.iter().take(room(host))).take(max).copied().collect();
        picked
            .iter()
            .map(|n| {
                let entry = &mut self.entries[*n];
                entry.state = UrlState::Leased;
                entry.attempts += 1;
                entry.leases += 1;
                entry.wake = now + jiff::SignedDuration::from_secs(lease_for);
                entry.candidate.url.to_string()
            })
            .collect()
    }

    fn settle(&mut self, lease: &Lease, outcome: &Outcome) -> bool {
        let entry = self.entries.iter_mut().find(|entry| entry.candidate.url == lease.candidate.url).unwrap();
        if entry.state != UrlState::Leased || entry.leases != lease.fence {
            return false;
        }
        let mut target = None;
        entry.state = match outcome {
            Outcome::Written(_) => UrlState::Done,
            Outcome::Skipped { reason, .. } => UrlState::Skipped(*reason),
            Outcome::NotCanonical { .. } => UrlState::Skipped(SkipReason::NotCanonical),
            Outcome::Dead { reason, .. } => UrlState::Dead(*reason),
            Outcome::Retry { not_before, .. } => {
                entry.wake = *not_before;
                UrlState::Waiting
            }
            Outcome::Kept { .. } | Outcome::Updated(_) => UrlState::Done,
            Outcome::Gone { reason, .. } => UrlState::Dead(*reason),
            Outcome::Alias { .. } => UrlState::Alias,
            Outcome::Redirected { to } => {
                target = Some(to);
                UrlState::Alias
            }
            Outcome::Released => {
                entry.attempts -= 1;
                UrlState::Ready
            }
        };
        if let Some(to) = target {
            self.offer(to);
        }
        true
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            match entry.state {
                UrlState::Ready => counts.ready += 1,
                UrlState::Waiting => counts.waiting += 1,
                UrlState::Leased => counts.leased += 1,
                UrlState::Done => counts.done += 1,
                UrlState::Alias => counts.aliases += 1,
                UrlState::Skipped(reason) => *counts.skipped.entry(reason).or_default() += 1,
                UrlState::Dead(reason) => *counts.dead.entry(reason).or_default() += 1,
            }
        }
        counts
    }

    /// What a new run does to leases of the run before, which did not begin formally, so nothing counts as a crash.
    fn take_over(&mut self) {
        for entry in &mut self.entries {
            if entry.state == UrlState::Leased {
                entry.state = UrlState::Ready;
                entry.attempts -= 1;
            }
        }
    }
}

fn some_page(rng: &mut Rng) -> Candidate {
    let url = format!("http://h{}.test/{}", rng.u32(..6), rng.u32(..60));
    Candidate { priority: rng.i32(-3..4), ..page(&url) }
}

fn some_outcome(rng: &mut Rng, now: i64, lease: &Lease) -> Outcome {
    match rng.u32(..8) {
        0 | 1 => {
            let url = lease.candidate.url.to_string();
            Outcome::Written(vec![Article {
                id: url.clone(),
                url,
                version_id: "v".into(),
                content_hash: "h".into(),
                ..Article::default()
            }])
        }
        2 => Outcome::Skipped { reason: rng.choice(SkipReason::ALL).copied().unwrap(), detail: None },
        3 => Outcome::Dead { reason: rng.choice(DeadReason::ALL).copied().unwrap(), detail: None },
        4 => Outcome::Redirected { to: some_page(rng) },
        5 => Outcome::Released,
        6 => Outcome::Alias { of: "nothing".into() },
        7 => Outcome::Kept { failed: None },
        8 => Outcome::Gone { reason: DeadReason::Gone, article: "nothing".into() },
        _ => Outcome::Retry { not_before: at(now + rng.i64(-5..80)), reason: RetryReason::Timeout, detail: None },
    }
}

/// Random steps on both; they must agree after each.
pub(super) fn agrees_with_the_model(backend: &dyn Backend, seed: u64, steps: usize) {
    let mut rng = Rng::with_seed(seed);
    let mut model = Model::default();
    let mut frontier = backend.open("run", at(0), u64::MAX);
    let mut held: Vec<Lease> = Vec::new();
    let mut now = 0;
    for step in 0..steps {
        now += rng.choice([0, 0, 1, 5, 40]).unwrap();
        match rng.u32(..20) {
            0..6 => {
                let candidates: Vec<_> = (0..rng.usize(..8)).map(|_| some_page(&mut rng)).collect();
                let offered = frontier.offer(&candidates, at(now)).unwrap();
                assert_eq!(offered.new, candidates.iter().filter(|c| model.offer(c)).count() as u64, "step {step}");
            }
            6..12 => {
                let (max, share, busy) = (rng.usize(..6), rng.usize(1..4), rng.u32(..6));
                let busy = format!("http://h{busy}.test");
                let room = move |host: &HostKey| if host.as_str() == busy { 0 } else { share };
                let leases = frontier.lease(at(now), Duration::from_secs(30), max, &room).unwrap();
                let got: Vec<_> = leases.iter().map(|lease| lease.candidate.url.to_string()).collect();
                assert_eq!(got, model.lease(at(now), 30, max, &room), "step {step}");
                held.extend(leases);
            }
            12..18 => {
                for _ in 0..rng.usize(..4).min(held.len()) {
                    // Now and then one is settled twice, or late.
                    let n = rng.usize(..held.len());
                    let lease = if rng.u32(..5) == 0 { held[n].clone() } else { held.swap_remove(n) };
                    let outcome = some_outcome(&mut rng, now, &lease);
                    let current = frontier.is_current(&lease).unwrap();
                    let settled = frontier.settle(&[end(&lease, outcome.clone())], &[], at(now)).unwrap();
                    assert_eq!(settled.settled == 1, model.settle(&lease, &outcome), "step {step}");
                    assert_eq!(settled.settled == 1, current, "step {step}");
                    if held.is_empty() {
                        break;
                    }
                }
            }
            18 => {
                let host = HostKey::from_stored(format!("http://h{}.test", rng.u32(..6)));
                let until = at(now + rng.i64(-5..60));
                frontier.hold(&host, until, "test", at(now)).unwrap();
                if until > at(now) {
                    let hold = model.held.entry(host).or_insert(until);
                    *hold = until.max(*hold);
                }
            }
            _ => {
                drop(frontier);
                frontier = backend.open("run", at(now), u64::MAX);
                model.take_over();
            }
        }
        assert_eq!(frontier.counts().unwrap(), model.counts(), "step {step}");
    }
    for entry in &model.entries {
        assert_eq!(frontier.known(&entry.candidate.url).unwrap(), Some(entry.state));
    }
}
