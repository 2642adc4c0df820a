//! What follows from the answer to a request for robots.txt, and how long that holds.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::Robots;
use crate::types::{HostKey, RetryReason};

/// How long an answer holds (RFC 9309, section 2.4).
const FRESH: Duration = Duration::from_secs(86_400);
/// How long to wait after the first answer that was none; doubles with each.
const RETRY: Duration = Duration::from_secs(5);
/// The longest such wait, where the server does not ask for a longer one.
const MAX_RETRY: Duration = Duration::from_secs(3_600);

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

impl RobotsAnswer {
    /// What a status means, once redirects are followed: 2xx parses, 4xx allows, 429 and all others make us wait.
    #[must_use]
    pub fn of(status: u16, body: &[u8], after: Option<Duration>) -> Self {
        match status {
            200..=299 => Self::Rules(Arc::new(Robots::parse(body))),
            429 => Self::Unavailable { reason: RetryReason::TooManyRequests, after },
            400..=499 => Self::AllowAll(AllowReason::Status(status)),
            _ => Self::Unavailable { reason: RetryReason::ServerError, after },
        }
    }
}

/// Whether a host may be asked, as far as robots.txt goes.
#[derive(Debug, Clone)]
pub enum RobotsState {
    /// The answer that holds: rules or none, never [`RobotsAnswer::Unavailable`].
    Known(RobotsAnswer),
    /// robots.txt must be fetched first.
    Fetch,
    /// robots.txt could not be had; nothing may be asked, it neither, before this time.
    Wait(Timestamp),
}

/// The answers of many hosts, each for a day.
///
/// While robots.txt cannot be had, rules from before go on to hold, however old, as the RFC allows; it is asked for again
/// ever less often. A host without such rules is not asked for anything: it never counts as allowed, not after 30 days either.
#[derive(Debug)]
pub struct RobotsCache {
    entries: FxHashMap<HostKey, Entry>,
    max_hosts: usize,
}

#[derive(Debug, Default)]
struct Entry {
    /// The last answer that says something, and when it came.
    answer: Option<(RobotsAnswer, Timestamp)>,
    /// Failures since.
    failures: u32,
    /// When to ask again after a failure.
    retry_at: Option<Timestamp>,
}

impl Entry {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.answer.as_ref().is_some_and(|(_, at)| now.duration_since(*at) < signed(FRESH))
    }

    fn state(&self, now: Timestamp) -> RobotsState {
        match (&self.answer, self.retry_at) {
            (Some((answer, _)), _) if self.is_fresh(now) => RobotsState::Known(answer.clone()),
            (Some((answer @ RobotsAnswer::Rules(_), _)), Some(retry_at)) if now < retry_at => {
                RobotsState::Known(answer.clone())
            }
            (_, Some(retry_at)) if now < retry_at => RobotsState::Wait(retry_at),
            _ => RobotsState::Fetch,
        }
    }
}

impl RobotsCache {
    /// A cache for at most so many hosts, at least one.
    #[must_use]
    pub fn new(max_hosts: usize) -> Self {
        Self { entries: FxHashMap::default(), max_hosts: max_hosts.max(1) }
    }

    /// What is known of a host.
    #[must_use]
    pub fn state(&self, host: &HostKey, now: Timestamp) -> RobotsState {
        self.entries.get(host).map_or(RobotsState::Fetch, |entry| entry.state(now))
    }

    /// Takes in an answer got at `now`.
    pub fn store(&mut self, host: &HostKey, answer: RobotsAnswer, now: Timestamp) {
        if self.entries.len() >= self.max_hosts && !self.entries.contains_key(host) {
            self.make_room(now);
        }
        let entry = self.entries.entry(host.clone()).or_default();
        match answer {
            RobotsAnswer::Unavailable { after, .. } => {
                let backoff = RETRY.saturating_mul(1 << entry.failures.min(20)).min(MAX_RETRY);
                entry.failures = entry.failures.saturating_add(1);
                let wait = backoff.max(after.unwrap_or_default().min(FRESH));
                entry.retry_at = Some(now.saturating_add(signed(wait)).unwrap_or(Timestamp::MAX));
            }
            answer => *entry = Entry { answer: Some((answer, now)), failures: 0, retry_at: None },
        }
    }

    /// Drops what no longer holds; where that is too little, the oldest eighth. What is dropped is asked for again.
    fn make_room(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| entry.is_fresh(now) || entry.retry_at.is_some_and(|at| now < at));
        if self.entries.len() < self.max_hosts {
            return;
        }
        let age = |entry: &Entry| entry.answer.as_ref().map(|(_, at)| *at).or(entry.retry_at);
        let mut ages: Vec<_> = self.entries.values().map(age).collect();
        let (_, cut, _) = ages.select_nth_unstable(self.max_hosts / 8);
        let cut = *cut;
        self.entries.retain(|_, entry| age(entry) > cut);
    }
}

fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> HostKey {
        HostKey::of(&format!("http://{name}/").parse().unwrap()).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn kind(state: &RobotsState) -> String {
        match state {
            RobotsState::Known(RobotsAnswer::Rules(_)) => "rules".to_owned(),
            RobotsState::Known(RobotsAnswer::AllowAll(_)) => "allow".to_owned(),
            RobotsState::Known(RobotsAnswer::Unavailable { .. }) => "never".to_owned(),
            RobotsState::Fetch => "fetch".to_owned(),
            RobotsState::Wait(until) => format!("wait {}", until.as_second() - 1_700_000_000),
        }
    }

    #[test]
    fn statuses() {
        let kind = |status| match RobotsAnswer::of(status, b"User-agent: *\nDisallow: /", None) {
            RobotsAnswer::Rules(_) => "rules",
            RobotsAnswer::AllowAll(_) => "allow",
            RobotsAnswer::Unavailable { .. } => "wait",
        };
        for (status, expected) in [
            (200, "rules"),
            (204, "rules"),
            (400, "allow"),
            (401, "allow"),
            (403, "allow"),
            (404, "allow"),
            (410, "allow"),
            (429, "wait"),
            (451, "allow"),
            (500, "wait"),
            (503, "wait"),
            (599, "wait"),
            (304, "wait"),
            (100, "wait"),
            (700, "wait"),
        ] {
            assert_eq!(kind(status), expected, "{status}");
        }
    }

    #[test]
    fn an_answer_holds_a_day() {
        let mut cache = RobotsCache::new(10);
        let host = host("example.org");
        assert_eq!(kind(&cache.state(&host, at(0))), "fetch");
        cache.store(&host, RobotsAnswer::of(200, b"", None), at(0));
        assert_eq!(kind(&cache.state(&host, at(86_399))), "rules");
        assert_eq!(kind(&cache.state(&host, at(86_400))), "fetch");
        cache.store(&host, RobotsAnswer::of(404, b"", None), at(86_400));
        assert_eq!(kind(&cache.state(&host, at(86_401))), "allow");
    }

    #[test]
    fn what_cannot_be_had_never_allows() {
        let mut cache = RobotsCache::new(10);
        let host = host("example.org");
        let down = |after: Option<u64>| RobotsAnswer::of(503, b"", after.map(Duration::from_secs));
        cache.store(&host, down(None), at(0));
        assert_eq!(kind(&cache.state(&host, at(4))), "wait 5");
        assert_eq!(kind(&cache.state(&host, at(5))), "fetch");
        cache.store(&host, down(None), at(5));
        assert_eq!(kind(&cache.state(&host, at(6))), "wait 15");
        cache.store(&host, down(Some(7_200)), at(15));
        assert_eq!(kind(&cache.state(&host, at(16))), "wait 7215");
        for n in 0..40 {
            cache.store(&host, down(Some(1)), at(n));
        }
        assert_eq!(kind(&cache.state(&host, at(40))), "wait 3639");
        assert_eq!(kind(&cache.state(&host, at(40 * 86_400))), "fetch", "after 30 days it is still to be asked for");
        cache.store(&host, RobotsAnswer::of(200, b"", None), at(50));
        assert_eq!(kind(&cache.state(&host, at(51))), "rules");
    }

    #[test]
    fn old_rules_hold_while_the_host_is_down_but_an_old_absence_does_not() {
        let mut cache = RobotsCache::new(10);
        let (rules, absent) = (host("example.org"), host("example.test"));
        cache.store(&rules, RobotsAnswer::of(200, b"User-agent: *\nDisallow: /", None), at(0));
        cache.store(&absent, RobotsAnswer::of(404, b"", None), at(0));
        for host in [&rules, &absent] {
            cache.store(host, RobotsAnswer::of(500, b"", None), at(90_000));
        }
        assert_eq!(kind(&cache.state(&rules, at(90_001))), "rules");
        assert_eq!(kind(&cache.state(&rules, at(90_005))), "fetch");
        assert_eq!(kind(&cache.state(&absent, at(90_001))), "wait 90005");
    }

    #[test]
    fn it_keeps_at_most_so_many_hosts() {
        let mut cache = RobotsCache::new(16);
        for n in 0..1_000 {
            cache.store(&host(&format!("h{n}.test")), RobotsAnswer::of(404, b"", None), at(n));
            assert!(cache.entries.len() <= 16);
            assert_eq!(kind(&cache.state(&host(&format!("h{n}.test")), at(n))), "allow");
        }
        let mut one = RobotsCache::new(0);
        one.store(&host("a.test"), RobotsAnswer::of(404, b"", None), at(0));
        one.store(&host("b.test"), RobotsAnswer::of(404, b"", None), at(0));
        assert_eq!(one.entries.len(), 1);
    }
}
