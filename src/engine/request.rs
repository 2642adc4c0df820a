//! One request under way: its answer goes to the parsers or, where there is no page, straight to the writer.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::task::Poll;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, mpsc};
use url::Url;

use super::Clock;
use super::config::CrawlSettings;
use super::orders::{Claim, End};
use super::plan::Backfill;
use super::pool::Job;
use super::run::Event;
use crate::fetch::{Exchange, FetchOutcome, FetchReply, FetchRequest, Fetcher, RobotsFetch, TdmFetch, Validators};
use crate::pace::{RobotsAnswer, Signal};
use crate::site::Site;
use crate::source::WebArchive;
use crate::types::{Candidate, DeadReason, Fetched, HostKey, Lease, RetryReason, Via, Visit};

/// When a page that was refused (403 and the like) is asked once more.
const FORBIDDEN_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Bytes that one permit of the budget stands for.
const PERMIT: u64 = 1024;

/// What the scheduler is told of the end of a request.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) host: HostKey,
    /// The site's place in the plan.
    pub(super) site: usize,
    pub(super) started_at: Timestamp,
    pub(super) signal: Signal,
    /// Whether a page came.
    pub(super) gave_page: bool,
}

/// What every request needs. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    pub(super) fetcher: Fetcher,
    pub(super) settings: Arc<CrawlSettings>,
    pub(super) jobs: Sender<Job>,
    pub(super) events: mpsc::UnboundedSender<Event>,
    /// Room for the bytes of pages that are fetched and not yet written.
    pub(super) budget: Arc<Semaphore>,
    pub(super) clock: Clock,
    pub(super) backfill: Option<Arc<Backfill>>,
}

impl Requests {
    /// Fetches a page and passes it on.
    pub(super) async fn page(
        self,
        claim: Claim,
        host: HostKey,
        site: usize,
        profile: Site,
        tdm: Option<(bool, Option<String>)>,
    ) {
        let Some(lease) = claim.lease() else { return };
        let candidate = &lease.candidate;
        let request = FetchRequest {
            url: candidate.url.clone(),
            via: candidate.via,
            hops: candidate.hops.clone(),
            validators: lease.before.as_deref().and_then(|before| validators_of(&before.visit)),
        };
        let started_at = self.clock.now();
        let fetch = async {
            let FetchReply { outcome, signal, started_at, wire_bytes, mut exchange } =
                self.fetcher.fetch(request).await;
            if let Some(exchange) = &mut exchange {
                exchange.at = self.clock.of(exchange.at);
            }
            let came = match outcome {
                FetchOutcome::Done(mut fetched) => {
                    fetched.fetched_at = self.clock.of(fetched.fetched_at);
                    if let Some(archive) = self.archive() {
                        archive.restore(&mut fetched);
                    }
                    Ok(fetched)
                }
                // An archive leads from a time to the next one that it has.
                FetchOutcome::Redirect { to, .. }
                    if self.archive().is_some_and(|archive| archive.capture(&to).is_some()) =>
                {
                    let mut hops = candidate.hops.clone();
                    hops.push(candidate.url.clone());
                    Err(End::Redirect(Box::new(Candidate { url: to, hops, ..candidate.clone() })))
                }
                outcome => Err(end_of(outcome, lease, &profile, &self.settings, self.clock.now())),
            };
            (came, signal, self.clock.of(started_at), wire_bytes, exchange)
        };
        // Nothing is meant to panic on any answer; were it to, the page and its place must not be lost with the task.
        let (came, signal, started_at, wire_bytes, exchange) = guarded(fetch).await.unwrap_or_else(|Panicked| {
            tracing::error!(url = %candidate.url, "a fault in auslese itself; please report the address");
            let end = End::Dead(DeadReason::Unreadable, "a fault in auslese itself".to_owned());
            (Err(end), Signal::Unsent, started_at, 0, None)
        });
        self.tell(Event::Sent(Sent { host, site, started_at, signal, gave_page: came.is_ok() }));
        match came {
            Ok(fetched) => self.pass_on(claim, fetched, profile, tdm, wire_bytes, exchange).await,
            Err(end) => claim.settle_archived(end, wire_bytes, exchange.as_deref()),
        }
        self.tell(Event::Freed);
    }

    /// Waits for room among the pages that are fetched and not yet written; this is what slows fetching down to the
    /// speed of parsing and writing.
    async fn pass_on(
        &self,
        claim: Claim,
        fetched: Box<Fetched>,
        site: Site,
        tdm: Option<(bool, Option<String>)>,
        wire_bytes: u64,
        exchange: Option<Box<Exchange>>,
    ) {
        let wire = exchange.as_ref().map_or(0, |exchange| exchange.body.len());
        let size = ((fetched.body.len() + wire) as u64).div_ceil(PERMIT).clamp(1, budget_of(&self.settings) as u64);
        let permits = u32::try_from(size).unwrap_or(u32::MAX);
        // The budget is never closed; were it, the page goes back by the claim's end.
        let Ok(permit) = Arc::clone(&self.budget).acquire_many_owned(permits).await else { return };
        // A pool that is gone gives the job back, and the claim with it.
        let _ = self.jobs.send(Job {
            claim,
            fetched,
            site,
            tdm,
            permit,
            wire_bytes,
            exchange,
            backfill: self.backfill.clone(),
        });
    }

    /// Fetches a host's robots.txt.
    pub(super) async fn robots(self, host: HostKey) {
        let started_at = self.clock.now();
        let mut fetch = guarded(self.fetcher.robots(&host)).await.unwrap_or_else(|Panicked| RobotsFetch {
            answer: RobotsAnswer::Unavailable { reason: RetryReason::Broken, after: None },
            kept: None,
            dead: None,
            signal: Signal::Unsent,
            started_at,
            url: None,
            detail: "a fault in auslese itself; please report it".to_owned(),
        });
        fetch.started_at = started_at;
        self.tell(Event::Robots(host, Box::new(fetch)));
    }

    /// Finds the machine that a host stands on.
    pub(super) async fn machine(self, host: HostKey) {
        let machine = guarded(self.fetcher.machine(&host)).await.ok().flatten();
        self.tell(Event::Machine(host, machine));
    }

    /// Fetches a host's tdmrep.json.
    pub(super) async fn tdm(self, host: HostKey) {
        let started_at = self.clock.now();
        let mut fetch = guarded(self.fetcher.tdmrep(&host)).await.unwrap_or_else(|Panicked| {
            let detail = "a fault in auslese itself; please report it".to_owned();
            TdmFetch { rules: None, signal: Signal::Unsent, started_at, detail }
        });
        fetch.started_at = started_at;
        self.tell(Event::Tdm(host, Box::new(fetch)));
    }

    fn archive(&self) -> Option<&WebArchive> {
        self.backfill.as_ref()?.archive.as_ref()
    }

    fn tell(&self, event: Event) {
        // A scheduler that is gone needs no news.
        let _ = self.events.send(event);
    }
}

/// The future panicked; the panic's own message is on stderr.
#[derive(Debug)]
struct Panicked;

/// Drives a future to its end, or to a panic of its own.
async fn guarded<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        // It is not polled again.
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

/// The permits that stand for the bytes allowed.
pub(super) fn budget_of(settings: &CrawlSettings) -> usize {
    usize::try_from(settings.max_queued.div_ceil(PERMIT)).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS >> 3)
}

/// What an earlier visit left for a conditional request.
fn validators_of(visit: &Visit) -> Option<Validators> {
    let validators = Validators { etag: visit.etag.clone(), last_modified: visit.last_modified.clone() };
    (validators != Validators::default()).then_some(validators)
}

/// How a request without a page ends.
fn end_of(outcome: FetchOutcome, lease: &Lease, site: &Site, settings: &CrawlSettings, now: Timestamp) -> End {
    match outcome {
        FetchOutcome::Redirect { to, status } => redirect(lease, &to, status, site, now),
        FetchOutcome::Retry { reason, after, detail } => retry(lease, reason, after, detail, settings, now),
        // Who guards a site by its looks refuses everything for a while: a page is asked once more, a day later.
        FetchOutcome::Dead { reason: DeadReason::Forbidden, detail } if lease.attempt == 0 => {
            let not_before = now.saturating_add(FORBIDDEN_AGAIN).unwrap_or(now);
            End::Retry { not_before, reason: RetryReason::Refused, detail }
        }
        FetchOutcome::Dead { reason, detail } => End::Dead(reason, detail),
        FetchOutcome::NotModified | FetchOutcome::Done(_) => End::NotModified,
    }
}

/// A redirect's target is an address like any other: the site's rules, robots.txt and pace hold for it.
fn redirect(lease: &Lease, to: &Url, status: u16, site: &Site, now: Timestamp) -> End {
    let from = &lease.candidate;
    let mut hops = from.hops.clone();
    hops.push(from.url.clone());
    let mut target = site.canonical(to);
    // A site that redirects the canonical form of an address to another form of it: that form is the one to fetch, once.
    // A server that then names yet another form (a new session id each time) would never come to an end.
    if hops.contains(&target) {
        let forms = hops.iter().filter(|hop| site.canonical(hop) == target).count();
        target = to.clone();
        if forms > 1 || hops.contains(&target) {
            return End::Dead(DeadReason::RedirectLoop, format!("{status} to {target}"));
        }
    }
    if let Err(reason) = site.judge(&target, from.depth, now) {
        // What a source of the profile or robots.txt leads to may stand outside its rules.
        let is_source = matches!(from.via, Via::Sitemap | Via::Feed | Via::Seed) && site.judge_source(&target).is_ok();
        if !is_source {
            return End::Dead(DeadReason::RedirectRefused, format!("{status} to {target}: {reason}"));
        }
    }
    let via = if matches!(from.via, Via::Seed) { Via::Seed } else { Via::Redirect };
    End::Redirect(Box::new(Candidate { url: target, via, hops, referrer: from.referrer.clone(), ..from.clone() }))
}

/// Waits double from attempt to attempt, with the lease's key for jitter so that pages that failed together do not come
/// back together; what the server asks for is a lower bound.
fn retry(
    lease: &Lease,
    reason: RetryReason,
    after: Option<Duration>,
    detail: String,
    settings: &CrawlSettings,
    now: Timestamp,
) -> End {
    let attempts = lease.attempt.saturating_add(1);
    if attempts >= settings.max_attempts {
        return End::Dead(DeadReason::RetriesExhausted, format!("{attempts} attempts, the last: {reason}: {detail}"));
    }
    let doubled = settings.retry_after.saturating_mul(1_u32.checked_shl(lease.attempt.min(30)).unwrap_or(u32::MAX));
    let jitter = u32::try_from(lease.key.unsigned_abs() % 64).unwrap_or(0);
    let rest = doubled.min(settings.max_retry_after);
    let rest = (rest + rest * jitter / 256).max(after.unwrap_or_default());
    let rest = SignedDuration::try_from(rest).unwrap_or(SignedDuration::from_hours(24));
    End::Retry { not_before: now.saturating_add(rest).unwrap_or(now), reason, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Sites;

    fn lease(url: &str, hops: &[&str]) -> Lease {
        let url: Url = url.parse().unwrap();
        let host = HostKey::of(&url).unwrap();
        let hops = hops.iter().map(|hop| hop.parse().unwrap()).collect();
        let candidate = Candidate { url, via: Via::Link, priority: 0, depth: 1, lastmod: None, referrer: None, hops };
        Lease { key: 1, candidate, host, attempt: 0, expires: Timestamp::MAX, fence: 1, before: None }
    }

    fn redirected(from: &str, hops: &[&str], to: &str) -> String {
        let to: Url = to.parse().unwrap();
        let site = Sites::embedded().unwrap().for_url(&to);
        match redirect(&lease(from, hops), &to, 302, &site, Timestamp::UNIX_EPOCH) {
            End::Redirect(candidate) => candidate.url.to_string(),
            End::Dead(reason, _) => reason.to_string(),
            end => panic!("{end:?}"),
        }
    }

    #[test]
    fn a_session_id_of_the_server_is_taken_once() {
        let (page, one, two) = (
            "http://example.org/a",
            "http://example.org/a?PHPSESSID=0123456789abcdef0123456789abcdef",
            "http://example.org/a?PHPSESSID=fedcba9876543210fedcba9876543210",
        );
        assert_eq!(redirected(page, &[], one), one, "the form that the server answers at");
        assert_eq!(redirected(one, &[page], two), "redirect_loop");
        assert_eq!(redirected(page, &[], page), "redirect_loop");
        assert_eq!(
            redirected(page, &[], "http://example.org/b?PHPSESSID=0123456789abcdef0123456789abcdef"),
            "http://example.org/b"
        );
    }

    #[tokio::test]
    async fn a_panic_in_a_request_is_its_end_only() {
        assert!(guarded(async { panic!("on purpose") }).await.is_err());
        let late = async {
            tokio::task::yield_now().await;
            panic!("on purpose")
        };
        assert!(guarded(late).await.is_err());
        assert_eq!(guarded(async { 7 }).await.unwrap(), 7);
    }
}
