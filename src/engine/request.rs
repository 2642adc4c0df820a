//! One request under way: its answer goes to the parsers or, where there is no page, straight to the writer.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, mpsc};
use url::Url;

use super::config::CrawlSettings;
use super::pool::Job;
use super::run::Event;
use super::writer::{Claim, End};
use crate::fetch::{FetchOutcome, FetchRequest, Fetcher};
use crate::pace::Signal;
use crate::site::Site;
use crate::types::{Candidate, DeadReason, Fetched, HostKey, Lease, RetryReason, Via};

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
            validators: None,
        };
        let reply = self.fetcher.fetch(request).await;
        let gave_page = matches!(reply.outcome, FetchOutcome::Done(_));
        self.tell(Event::Sent(Sent { host, site, started_at: reply.started_at, signal: reply.signal, gave_page }));
        let wire_bytes = reply.wire_bytes;
        match reply.outcome {
            FetchOutcome::Done(fetched) => self.pass_on(claim, fetched, profile, tdm, wire_bytes).await,
            outcome => {
                let end = end_of(outcome, lease, &profile, &self.settings);
                claim.settle(end, true, wire_bytes);
            }
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
    ) {
        let size = (fetched.body.len() as u64).div_ceil(PERMIT).clamp(1, budget_of(&self.settings) as u64);
        let permits = u32::try_from(size).unwrap_or(u32::MAX);
        // The budget is never closed; were it, the page goes back by the claim's end.
        let Ok(permit) = Arc::clone(&self.budget).acquire_many_owned(permits).await else { return };
        // A pool that is gone gives the job back, and the claim with it.
        let _ = self.jobs.send(Job { claim, fetched, site, tdm, permit, wire_bytes });
    }

    /// Fetches a host's robots.txt.
    pub(super) async fn robots(self, host: HostKey) {
        let fetch = self.fetcher.robots(&host).await;
        self.tell(Event::Robots(host, Box::new(fetch)));
    }

    /// Fetches a host's tdmrep.json.
    pub(super) async fn tdm(self, host: HostKey) {
        let fetch = self.fetcher.tdmrep(&host).await;
        self.tell(Event::Tdm(host, Box::new(fetch)));
    }

    fn tell(&self, event: Event) {
        // A scheduler that is gone needs no news.
        let _ = self.events.send(event);
    }
}

/// The permits that stand for the bytes allowed.
pub(super) fn budget_of(settings: &CrawlSettings) -> usize {
    usize::try_from(settings.max_queued.div_ceil(PERMIT)).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS >> 3)
}

/// How a request without a page ends.
fn end_of(outcome: FetchOutcome, lease: &Lease, site: &Site, settings: &CrawlSettings) -> End {
    match outcome {
        FetchOutcome::Redirect { to, status } => redirect(lease, &to, status, site),
        FetchOutcome::Retry { reason, after, detail } => retry(lease, reason, after, detail, settings),
        FetchOutcome::Dead { reason, detail } => End::Dead(reason, detail),
        FetchOutcome::NotModified | FetchOutcome::Done(_) => End::NotModified,
    }
}

/// A redirect's target is an address like any other: the site's rules, robots.txt and pace hold for it.
fn redirect(lease: &Lease, to: &Url, status: u16, site: &Site) -> End {
    let from = &lease.candidate;
    let mut hops = from.hops.clone();
    hops.push(from.url.clone());
    let mut target = site.canonical(to);
    // A site that redirects the canonical form of an address to another form of it: that form is the one to fetch.
    if hops.contains(&target) {
        target = to.clone();
    }
    if hops.contains(&target) {
        return End::Dead(DeadReason::RedirectLoop, format!("{status} to {target}"));
    }
    if let Err(reason) = site.judge(&target, from.depth, Timestamp::now()) {
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
fn retry(lease: &Lease, reason: RetryReason, after: Option<Duration>, detail: String, settings: &CrawlSettings) -> End {
    let attempts = lease.attempt.saturating_add(1);
    if attempts >= settings.max_attempts {
        return End::Dead(DeadReason::RetriesExhausted, format!("{attempts} attempts, the last: {reason}: {detail}"));
    }
    let doubled = settings.retry_after.saturating_mul(1_u32.checked_shl(lease.attempt.min(30)).unwrap_or(u32::MAX));
    let jitter = u32::try_from(lease.key.unsigned_abs() % 64).unwrap_or(0);
    let rest = doubled.min(settings.max_retry_after);
    let rest = (rest + rest * jitter / 256).max(after.unwrap_or_default());
    let rest = SignedDuration::try_from(rest).unwrap_or(SignedDuration::from_hours(24));
    let now = Timestamp::now();
    End::Retry { not_before: now.saturating_add(rest).unwrap_or(now), reason, detail }
}
