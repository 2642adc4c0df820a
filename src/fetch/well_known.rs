//! Files at a known place of a host: robots.txt and tdmrep.json. Redirects are followed here, since these files speak for
//! the host that was asked, wherever they lie; each hop is bounded and guarded like any request.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::client::Ask;
use super::decode::Overflow;
use super::failure::{Failure, FailureKind, shown};
use super::{Fetcher, RobotsFetch, TdmFetch};
use crate::pace::{AllowReason, RobotsAnswer, Signal, TdmRep, judge_redirect};
use crate::types::{DeadReason, HostKey, RetryReason};

/// RFC 9309, section 2.3.1.2.
const MAX_REDIRECTS: usize = 5;
/// One more than is parsed of a robots.txt, so that the parser sees that there is more.
const MAX_ROBOTS: u64 = (500 << 10) + 1;
const MAX_TDM: u64 = 1 << 20;

/// Where the redirects led.
struct Landing {
    end: End,
    /// The address that answered last.
    url: Option<Url>,
    /// What the last answer of the host itself tells its pacer.
    signal: Signal,
    started_at: Timestamp,
    redirected: bool,
}

enum End {
    Answer {
        status: u16,
        body: Vec<u8>,
        after: Option<Duration>,
    },
    /// Too many redirects, or one that leads nowhere.
    Lost(String),
    Failed(Failure),
}

impl Fetcher {
    /// Fetches a host's robots.txt, following up to five redirects, also to other hosts. Of its body 500 KiB are read.
    pub async fn robots(&self, host: &HostKey) -> RobotsFetch {
        let landing = self.land(host, "/robots.txt", "text/plain,*/*;q=0.5", MAX_ROBOTS).await;
        let (mut dead, mut kept) = (None, None);
        let (answer, detail) = match landing.end {
            End::Answer { status, body, after } => {
                let answer = RobotsAnswer::of(status, &body, after);
                if !matches!(answer, RobotsAnswer::Unavailable { .. }) {
                    kept = Some((status, body));
                }
                (answer, format!("{}: status {status}", place(&landing.url)))
            }
            End::Lost(detail) => (RobotsAnswer::AllowAll(AllowReason::Redirects), detail),
            End::Failed(failure) => {
                if let FailureKind::Dead(reason) = failure.kind
                    && !landing.redirected
                    && matches!(reason, DeadReason::NoSuchHost | DeadReason::AddressRefused | DeadReason::Tls)
                {
                    dead = Some(reason);
                }
                (unavailable(failure.kind), failure.detail)
            }
        };
        let Landing { url, signal, started_at, .. } = landing;
        RobotsFetch { answer, kept, dead, signal, started_at, url, detail }
    }

    /// Fetches a host's `/.well-known/tdmrep.json`, following up to five redirects. Without a file, or with one that is
    /// none, nothing is reserved there; what a page itself says still counts.
    pub async fn tdmrep(&self, host: &HostKey) -> TdmFetch {
        let landing = self.land(host, "/.well-known/tdmrep.json", "application/json,*/*;q=0.5", MAX_TDM).await;
        let (rules, detail) = match landing.end {
            End::Answer { status: status @ 200..=299, body, .. } => match TdmRep::parse(&body) {
                Ok(rules) => (Some(rules), format!("{}: status {status}", place(&landing.url))),
                Err(error) => (Some(TdmRep::default()), format!("{}: {error}", place(&landing.url))),
            },
            End::Answer { status, .. } => {
                let absent = (400..=499).contains(&status) && status != 429;
                (absent.then(TdmRep::default), format!("{}: status {status}", place(&landing.url)))
            }
            End::Lost(detail) => (Some(TdmRep::default()), detail),
            End::Failed(failure) => (None, failure.detail),
        };
        TdmFetch { rules, signal: landing.signal, started_at: landing.started_at, detail }
    }

    async fn land(&self, host: &HostKey, path: &str, accept: &'static str, limit: u64) -> Landing {
        let started_at = Timestamp::now();
        let deadline = self.deadline();
        let mut hops: Vec<Url> = Vec::new();
        let mut signal = Signal::Unsent;
        let mut url = match Url::parse(host.as_str()).and_then(|base| base.join(path)) {
            Ok(url) => url,
            Err(error) => {
                let detail = format!("{host}: {error}");
                let kind = FailureKind::Dead(DeadReason::NoSuchHost);
                let end = End::Failed(Failure { kind, signal, detail });
                return Landing { end, url: None, signal, started_at, redirected: false };
            }
        };
        let end = loop {
            let ask = Ask { url: &url, accept, validators: None, deadline };
            let step = self.step(ask, &hops, limit).await;
            if HostKey::of(&url).as_ref() == Some(host) {
                signal = step.signal;
            }
            match step.next {
                Next::End(end) => break end,
                Next::Hop(to) => hops.push(std::mem::replace(&mut url, to)),
            }
        };
        Landing { end, url: Some(url), signal, started_at, redirected: !hops.is_empty() }
    }

    async fn step(&self, ask: Ask<'_>, hops: &[Url], limit: u64) -> Step {
        let mut answer = match self.send(ask).await {
            Ok(answer) => answer,
            Err(failure) => return Step { signal: failure.signal, next: Next::End(End::Failed(failure)) },
        };
        let (status, signal, after) = (answer.status(), answer.signal(), answer.retry_after);
        let next = match status {
            200..=299 => {
                let read = self.read(&mut answer, ask, limit, Overflow::Cut).await;
                let body = match read {
                    Ok(wire) => self.decode(&answer, ask.url, wire, limit, Overflow::Cut).await,
                    Err(failure) => Err(failure),
                };
                match body {
                    Ok(body) => Next::End(End::Answer { status, body, after }),
                    Err(failure) => return Step { signal: failure.signal, next: Next::End(End::Failed(failure)) },
                }
            }
            301 | 302 | 303 | 307 | 308 => {
                let location = answer.header("location");
                let max_url = self.settings().max_url;
                let judged = judge_redirect(hops, ask.url, location.as_deref(), MAX_REDIRECTS, max_url);
                self.drain(answer, None).await;
                match judged {
                    Ok(to) => Next::Hop(to),
                    Err(fault) => Next::End(End::Lost(format!("{}: {fault}", shown(ask.url)))),
                }
            }
            _ => {
                self.drain(answer, None).await;
                Next::End(End::Answer { status, body: Vec::new(), after })
            }
        };
        Step { signal, next }
    }
}

struct Step {
    signal: Signal,
    next: Next,
}

enum Next {
    End(End),
    Hop(Url),
}

fn place(url: &Option<Url>) -> String {
    url.as_ref().map(shown).unwrap_or_default()
}

/// What a failure means for robots.txt: never that all is allowed.
fn unavailable(kind: FailureKind) -> RobotsAnswer {
    match kind {
        FailureKind::Retry { reason, after } => RobotsAnswer::Unavailable { reason, after },
        FailureKind::Dead(DeadReason::BadEncoding | DeadReason::BadResponse) => {
            RobotsAnswer::Unavailable { reason: RetryReason::Broken, after: None }
        }
        FailureKind::Dead(_) => RobotsAnswer::Unavailable { reason: RetryReason::Connect, after: None },
    }
}
