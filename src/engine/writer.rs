//! The one writer: owns state and output, so that they move together.
//!
//! Ends of pages come in one by one and are stored in batches: records appended, brought to the disk, then every lease of
//! the batch settled in one transaction with the output's mark. Leases are handed out here too, in turn with what was
//! settled before, so that no queue can grow without bound.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustc_hash::{FxBuildHasher, FxHashMap};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::counters::{Counters, is_failure};
use super::plan::Territory;
use super::process::{ArticleLine, Content, PageEnd, Processed};
use super::run::Event;
use super::sinks::Sinks;
use super::{EngineError, Progress};
use crate::frontier::{Frontier, Outcome, Settlement, UrlState};
use crate::site::UrlKind;
use crate::types::{Candidate, DeadReason, HostKey, Lease, RetryReason, SkipReason};

/// Sources and lists asked again in one run, at most.
const MAX_REOPENED: usize = 1 << 20;

/// How one fetch ended.
#[derive(Debug)]
pub(super) enum End {
    /// A page came and was processed. The permit stands for its bytes until they are written.
    Page(Box<Processed>, OwnedSemaphorePermit),
    /// Another address is to be asked.
    Redirect(Box<Candidate>),
    /// Unchanged since the last time.
    NotModified,
    /// Not fetched, and that is right.
    Skip(SkipReason, Option<String>),
    /// To be tried again.
    Retry {
        /// Not before.
        not_before: Timestamp,
        /// Why.
        reason: RetryReason,
        /// For the log.
        detail: String,
    },
    /// Failed for good.
    Dead(DeadReason, String),
    /// Given back untouched.
    Released,
}

/// What the writer is asked to do.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all orders are of the largest kind")]
pub(super) enum Order {
    /// A lease ended.
    Settle {
        lease: Lease,
        end: End,
        /// Whether a request was sent for it.
        requested: bool,
        /// Body bytes over the wire.
        bytes: u64,
    },
    /// Leases are wanted.
    Lease(Ask),
    /// Nothing of the host is wanted until then.
    Hold { host: HostKey, until: Timestamp, reason: &'static str },
    /// Sources to be asked once in this run, whatever the state says of them.
    Sources(Vec<Candidate>),
    /// A request for robots.txt or tdmrep.json was sent.
    RobotsAsked,
    /// A host is given up for this run.
    HostFailed { host: HostKey, detail: String },
    /// The run is over: store everything and end.
    Finish,
}

/// A wish for leases.
#[derive(Debug)]
pub(super) struct Ask {
    /// At most so many.
    pub(super) max: usize,
    /// What the hosts at hand can take.
    pub(super) rooms: FxHashMap<HostKey, usize>,
    /// What every other host of the plan can take.
    pub(super) room: usize,
    /// Sites of which nothing more is wanted.
    pub(super) closed: Vec<usize>,
    /// Where the answer goes.
    pub(super) reply: oneshot::Sender<Leased>,
}

/// The answer to [`Ask`].
#[derive(Debug, Default)]
pub(super) struct Leased {
    pub(super) leases: Vec<Lease>,
    /// Leases that are handed out and not settled yet, these not among them.
    pub(super) outstanding: usize,
    /// When something becomes ready by itself; only where there are no leases.
    pub(super) next_ready: Option<Timestamp>,
}

/// What the writer leaves behind.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) counters: Counters,
    pub(super) pending: u64,
    pub(super) files: Vec<PathBuf>,
}

/// What the writer needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) lease: Duration,
    pub(super) batch: usize,
    pub(super) batch_time: Duration,
}

/// Called with the counters as they stand, at most a few times a second.
pub type Observer = Box<dyn FnMut(&Progress<'_>) + Send>;

pub(super) struct Writer {
    run_id: String,
    pub(super) frontier: Box<dyn Frontier>,
    pub(super) sinks: Sinks,
    pub(super) territory: RefCell<Territory>,
    pub(super) limits: Limits,
    pub(super) events: mpsc::UnboundedSender<Event>,
    pub(super) observer: Option<Observer>,
    pub(super) counters: Counters,
    state: State,
}

#[derive(Default)]
struct State {
    batch: Vec<Settlement>,
    /// The permits of the pages in the batch.
    permits: Vec<OwnedSemaphorePermit>,
    /// Ids of the articles in the batch.
    ids: HashSet<String>,
    /// Sources found in the batch.
    sources: Vec<Candidate>,
    since: Option<Instant>,
    outstanding: usize,
    /// The last wish for leases was in vain: what is found next is wanted at once.
    starving: bool,
    /// Hashes of the sources that this run has asked for.
    reopened: HashSet<u64, FxBuildHasher>,
}

impl Writer {
    pub(super) fn new(
        run_id: String,
        frontier: Box<dyn Frontier>,
        sinks: Sinks,
        territory: Territory,
        limits: Limits,
        events: mpsc::UnboundedSender<Event>,
        observer: Option<Observer>,
    ) -> Self {
        let territory = RefCell::new(territory);
        let (counters, state) = (Counters::default(), State::default());
        Self { run_id, frontier, sinks, territory, limits, events, observer, counters, state }
    }

    /// Works until told to finish, or until nobody is left who could say anything.
    pub(super) fn run(mut self, orders: &Receiver<Order>) -> Result<Written, EngineError> {
        let ended = self.serve(orders);
        if ended.is_err() {
            self.give_up();
        }
        ended.map(|pending| Written { counters: self.counters, pending, files: self.sinks.files() })
    }

    fn serve(&mut self, orders: &Receiver<Order>) -> Result<u64, EngineError> {
        self.frontier.begin_run(&self.run_id, Timestamp::now())?;
        loop {
            let order = match self.state.since {
                Some(since) => orders.recv_timeout(self.limits.batch_time.saturating_sub(since.elapsed())),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match order {
                Ok(Order::Finish) => {
                    self.flush()?;
                    self.sinks.finish(&mut *self.frontier)?;
                    return self.conclude();
                }
                Ok(order) => self.obey(order)?,
                Err(RecvTimeoutError::Timeout) => {}
                // The run was dropped: what is stored stays, the next run takes up the rest.
                Err(RecvTimeoutError::Disconnected) => {
                    self.flush()?;
                    return Ok(0);
                }
            }
            let full = self.state.batch.len() >= self.limits.batch;
            let old = self.state.since.is_some_and(|since| since.elapsed() >= self.limits.batch_time);
            if full || old || (self.state.starving && !self.state.batch.is_empty()) {
                self.flush()?;
            }
        }
    }

    /// Notes the end of the run in its history.
    fn conclude(&mut self) -> Result<u64, EngineError> {
        let counters = serde_json::to_value(&self.counters).unwrap_or_default();
        self.frontier.end_run(&self.run_id, &counters, Timestamp::now())?;
        Ok(self.frontier.counts()?.open())
    }

    fn obey(&mut self, order: Order) -> Result<(), EngineError> {
        match order {
            Order::Settle { lease, end, requested, bytes } => {
                self.counters.requests += u64::from(requested);
                self.counters.bytes += bytes;
                self.take(lease, end)
            }
            Order::Lease(ask) => self.lease(ask),
            Order::Hold { host, until, reason } => Ok(self.frontier.hold(&host, until, reason, Timestamp::now())?),
            Order::Sources(candidates) => self.reopen(candidates),
            Order::RobotsAsked => {
                self.counters.robots_requests += 1;
                Ok(())
            }
            Order::HostFailed { host, detail } => {
                tracing::warn!(%host, detail, "host given up for this run");
                self.counters.retry(RetryReason::RobotsUnavailable);
                self.counters.failed += 1;
                Ok(())
            }
            Order::Finish => Ok(()),
        }
    }

    fn lease(&mut self, ask: Ask) -> Result<(), EngineError> {
        let mut leases = self.hand_out(&ask)?;
        if leases.is_empty() && !self.state.batch.is_empty() {
            self.flush()?;
            leases = self.hand_out(&ask)?;
        }
        self.state.starving = leases.is_empty();
        let next_ready = if leases.is_empty() { self.frontier.next_ready(Timestamp::now())? } else { None };
        let outstanding = self.state.outstanding;
        self.state.outstanding += leases.len();
        // Where nobody waits for the answer any more, the run is over, and the leases end with it.
        let _ = ask.reply.send(Leased { leases, outstanding, next_ready });
        Ok(())
    }

    fn hand_out(&mut self, ask: &Ask) -> Result<Vec<Lease>, EngineError> {
        let room = |host: &HostKey| match self.territory.borrow_mut().index_of(host) {
            Some(site) if !ask.closed.contains(&site) => ask.rooms.get(host).copied().unwrap_or(ask.room),
            _ => 0,
        };
        Ok(self.frontier.lease(Timestamp::now(), self.limits.lease, ask.max, &room)?)
    }

    /// Takes the end of a lease into the batch.
    fn take(&mut self, lease: Lease, end: End) -> Result<(), EngineError> {
        self.state.outstanding = self.state.outstanding.saturating_sub(1);
        self.state.since.get_or_insert_with(Instant::now);
        let url = &lease.candidate.url;
        let (outcome, found) = match end {
            End::Page(processed, permit) => {
                self.state.permits.push(permit);
                self.take_page(&lease, *processed)?
            }
            End::Redirect(to) => {
                tracing::debug!(%url, to = %to.url, "redirected");
                self.counters.redirected += 1;
                (Outcome::Redirected { to: *to }, Vec::new())
            }
            End::NotModified => {
                self.counters.unchanged += 1;
                (Outcome::Skipped { reason: SkipReason::Source, detail: None }, Vec::new())
            }
            End::Skip(reason, detail) => (self.skip(&lease, reason, detail), Vec::new()),
            End::Retry { not_before, reason, detail } => {
                tracing::info!(%url, %reason, detail, %not_before, "to be tried again");
                self.counters.retry(reason);
                (Outcome::Retry { not_before, reason, detail: Some(detail) }, Vec::new())
            }
            End::Dead(reason, detail) => (self.die(&lease, reason, detail), Vec::new()),
            End::Released => (Outcome::Released, Vec::new()),
        };
        self.state.batch.push(Settlement { lease, outcome, found });
        Ok(())
    }

    fn skip(&mut self, lease: &Lease, reason: SkipReason, detail: Option<String>) -> Outcome {
        let shown = detail.as_deref().unwrap_or_default();
        tracing::debug!(url = %lease.candidate.url, %reason, detail = shown, "skipped");
        self.counters.skip(reason);
        Outcome::Skipped { reason, detail }
    }

    fn die(&mut self, lease: &Lease, reason: DeadReason, detail: String) -> Outcome {
        let (url, via) = (&lease.candidate.url, lease.candidate.via);
        if is_failure(reason, via) {
            tracing::warn!(%url, %reason, detail, "failed for good");
        } else {
            tracing::info!(%url, %reason, detail, "dead link");
        }
        self.counters.die(reason, via);
        Outcome::Dead { reason, detail: Some(detail) }
    }

    fn take_page(&mut self, lease: &Lease, page: Processed) -> Result<(Outcome, Vec<Candidate>), EngineError> {
        let Processed { end, is_source, mut found, kinds, refused, canonical } = page;
        self.counters.pages += 1;
        self.counters.sources += u64::from(is_source);
        for (reason, times) in refused {
            self.counters.refuse(reason, times);
        }
        if is_source {
            self.note_sources(&found, &kinds)?;
        }
        let outcome = match end {
            PageEnd::Skip(reason, detail) => self.skip(lease, reason, detail),
            PageEnd::Dead(reason, detail) => self.die(lease, reason, detail),
            PageEnd::Article(article) => {
                let known = match &canonical {
                    Some(canonical) => self.frontier.known(&canonical.candidate.url)?,
                    None => None,
                };
                match (canonical, known) {
                    (None, _) => self.write(lease, article)?,
                    // What the page names gave no article: its word is not to be trusted.
                    (Some(canonical), Some(UrlState::Skipped(_) | UrlState::Dead(_))) => {
                        self.write(lease, article.under(canonical.own_id, canonical.own_url))?
                    }
                    (Some(canonical), Some(UrlState::Done | UrlState::Alias)) => {
                        match self.frontier.article(&article.article.id)? {
                            Some(known) => self.alias(lease, known.id),
                            None => self.write(lease, article.under(canonical.own_id, canonical.own_url))?,
                        }
                    }
                    (Some(_), Some(UrlState::Ready | UrlState::Waiting | UrlState::Leased)) => {
                        self.skip(lease, SkipReason::NotCanonical, None)
                    }
                    (Some(canonical), None) => {
                        let detail = Some(canonical.candidate.url.to_string());
                        found.push(canonical.candidate);
                        self.skip(lease, SkipReason::NotCanonical, detail)
                    }
                }
            }
        };
        Ok((outcome, found))
    }

    /// Writes an article unless it is in the output already.
    fn write(&mut self, lease: &Lease, article: ArticleLine) -> Result<Outcome, EngineError> {
        let ArticleLine { article, content, roles, folder } = article;
        // The lease may have ended and been handed out again while the page waited.
        if lease.expires <= Timestamp::now() && !self.frontier.is_current(lease)? {
            return Ok(Outcome::Released);
        }
        if self.state.ids.contains(&article.id) {
            return Ok(self.alias(lease, article.id));
        }
        if let Some(known) = self.frontier.article(&article.id)? {
            if known.url == article.url {
                self.counters.unchanged += 1;
                return Ok(Outcome::Written(Vec::new()));
            }
            return Ok(self.alias(lease, known.id));
        }
        let line = match content {
            Content::Line(line) => line,
            Content::Record(record) => crate::sink::Line::of(&record)?,
        };
        self.sinks.append(&folder, &line)?;
        self.counters.records += 1;
        for (role, times) in roles {
            *self.counters.blocks.entry(role).or_default() += times;
        }
        self.state.ids.insert(article.id.clone());
        Ok(Outcome::Written(vec![article]))
    }

    fn alias(&mut self, lease: &Lease, of: String) -> Outcome {
        tracing::debug!(url = %lease.candidate.url, reason = %SkipReason::Alias, of, "skipped");
        self.counters.skip(SkipReason::Alias);
        Outcome::Alias { of }
    }

    /// Notes which addresses of a source are to be asked in this run though the state knows them: feeds and sitemaps
    /// always; further pages of a list only where this one named something new, or every run would walk to its end.
    fn note_sources(&mut self, found: &[Candidate], kinds: &[UrlKind]) -> Result<(), EngineError> {
        let mut news = None;
        for (candidate, kind) in found.iter().zip(kinds) {
            let again = match kind {
                UrlKind::Feed | UrlKind::Sitemap => true,
                UrlKind::Listing => match news {
                    Some(news) => news,
                    None => *news.insert(self.has_news(found, kinds)?),
                },
                UrlKind::Article | UrlKind::Page => false,
            };
            if again {
                self.state.sources.push(candidate.clone());
            }
        }
        Ok(())
    }

    fn has_news(&self, found: &[Candidate], kinds: &[UrlKind]) -> Result<bool, EngineError> {
        for (candidate, kind) in found.iter().zip(kinds) {
            if matches!(kind, UrlKind::Article | UrlKind::Page) && self.frontier.known(&candidate.url)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn reopen(&mut self, candidates: Vec<Candidate>) -> Result<(), EngineError> {
        let reopened = &mut self.state.reopened;
        let fresh: Vec<Candidate> = candidates
            .into_iter()
            .filter(|candidate| {
                reopened.len() < MAX_REOPENED && reopened.insert(FxBuildHasher.hash_one(candidate.url.as_str()))
            })
            .collect();
        if !fresh.is_empty() {
            let offered = self.frontier.reopen(&fresh, Timestamp::now())?;
            self.counters.found += offered.new;
            self.tell(Event::Written);
        }
        Ok(())
    }

    /// Stores the batch: records to the disk, then its leases with the output's mark, all or nothing.
    fn flush(&mut self) -> Result<(), EngineError> {
        self.state.since = None;
        if self.state.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.state.batch);
        let marks = self.sinks.flush()?;
        let settled = match self.frontier.settle(&batch, &marks, Timestamp::now()) {
            Ok(settled) => settled,
            Err(error) => {
                self.sinks.roll_back()?;
                return Err(error.into());
            }
        };
        self.sinks.committed();
        if !settled.refused.is_empty() {
            tracing::warn!(leases = settled.refused.len(), "leases had expired; their pages are fetched again");
        }
        self.counters.found += settled.offered.new;
        if settled.offered.full > 0 {
            self.counters.refuse(SkipReason::FrontierFull, settled.offered.full);
        }
        self.state.permits.clear();
        self.state.ids.clear();
        let sources = std::mem::take(&mut self.state.sources);
        self.reopen(sources)?;
        self.state.starving = false;
        self.tell(Event::Written);
        let pending = self.frontier.counts()?.open();
        if let Some(observer) = &mut self.observer {
            observer(&Progress { counters: &self.counters, pending });
        }
        Ok(())
    }

    fn tell(&self, event: Event) {
        // A scheduler that is gone needs no news.
        let _ = self.events.send(event);
    }

    /// After a fault: gives the leases of the batch back, as far as the state still answers.
    fn give_up(&mut self) {
        let mut batch = std::mem::take(&mut self.state.batch);
        for settlement in &mut batch {
            settlement.outcome = Outcome::Released;
            settlement.found.clear();
        }
        if let Err(error) = self.frontier.settle(&batch, &[], Timestamp::now()) {
            tracing::debug!(%error, "the leases of the last batch could not be given back; they expire");
        }
    }
}

/// A lease on its way: settled once, given back where that never happens (a cancelled task, a fault).
#[derive(Debug)]
pub(super) struct Claim {
    lease: Option<Lease>,
    orders: std::sync::mpsc::Sender<Order>,
}

impl Claim {
    pub(super) const fn new(lease: Lease, orders: std::sync::mpsc::Sender<Order>) -> Self {
        Self { lease: Some(lease), orders }
    }

    pub(super) const fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// Ends the lease.
    pub(super) fn settle(mut self, end: End, requested: bool, bytes: u64) {
        if let Some(lease) = self.lease.take() {
            // A writer that is gone has said why at its end.
            let _ = self.orders.send(Order::Settle { lease, end, requested, bytes });
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            let _ = self.orders.send(Order::Settle { lease, end: End::Released, requested: false, bytes: 0 });
        }
    }
}
