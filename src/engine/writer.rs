//! The one writer: owns state and output, so that they move together.
//!
//! Ends of pages come in one by one and are stored in batches: records appended, brought to the disk, then every lease of
//! the batch settled in one transaction with the output's mark. Leases are handed out here too, in turn with what was
//! settled before, so that no queue can grow without bound.

mod again;
mod batch;
mod captures;
mod pages;
mod range;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustc_hash::{FxBuildHasher, FxHashMap};
use tokio::sync::mpsc;
use url::Url;

use super::counters::{Counters, is_failure};
use super::drift::{Confidence, Drift};
use super::orders::{Ask, End, Leased, Order};
use super::plan::{Backfill, Territory};
use super::process::PageEnd;
use super::recurring::Recurring;
use super::run::{Event, QUIET, SPENT};
use super::sinks::Sinks;
use super::summary::End as RunEnd;
use super::{Clock, EngineError, Progress};
use batch::Held;
use range::Range;

use crate::frontier::{Article, Frontier, HostManners, Outcome, RobotsCopy, Settlement};
use crate::pace::Penalty;
use crate::revisit::Facets;
use crate::sink::Room;
use crate::types::{Candidate, DeadReason, HostKey, Lease, RetryReason, SkipReason, Via, Visit, WarcRef};

/// Addresses past the end of a range that are settled in one transaction.
const LEFT_OUT: usize = 1_024;

/// Runs whose summaries are looked at for how sure the classifier was.
const EARLIER: usize = 100;

/// Sources and lists asked again in one run, at most.
const MAX_REOPENED: usize = 1 << 20;

/// What the writer leaves behind.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) counters: Counters,
    pub(super) pending: u64,
    pub(super) files: Vec<PathBuf>,
    pub(super) confidence: BTreeMap<String, Confidence>,
}

/// What the state keeps of hosts.
type Kept = (Vec<(HostKey, RobotsCopy)>, Vec<(HostKey, HostManners)>);

/// What the writer needs to know.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) lease: Duration,
    pub(super) batch: usize,
    pub(super) batch_time: Duration,
    /// Permits of pages from which on the batch is stored.
    pub(super) weight: usize,
    /// What has records is gathered to segments worth an object.
    pub(super) is_gathering: bool,
    /// Visits that may still be made in this run, by the sites' places in the plan.
    pub(super) revisits: Vec<u64>,
}

/// Called with the counters as they stand, at most a few times a second.
pub type Observer = Box<dyn FnMut(&Progress<'_>) + Send>;

pub(super) struct Writer {
    run_id: String,
    pub(super) frontier: Box<dyn Frontier>,
    pub(super) sinks: Sinks,
    room: Room,
    pub(super) territory: RefCell<Territory>,
    pub(super) limits: Limits,
    pub(super) events: mpsc::UnboundedSender<Event>,
    pub(super) observer: Option<Observer>,
    pub(super) counters: Counters,
    pub(super) clock: Clock,
    pub(super) recurring: Arc<Recurring>,
    range: Range,
    pub(super) drift: Drift,
    /// What of a site's history is wanted; lists are gone through to their end then.
    pub(super) backfill: Option<Arc<Backfill>>,
    state: State,
}

#[derive(Default)]
struct State {
    batch: Vec<Settlement>,
    /// What each of them holds.
    held: Vec<Held>,
    /// What the settlement that is being made will hold.
    present: Held,
    /// Permits that the batch holds, and settlements in it without lines.
    weight: usize,
    bare: usize,
    /// No other worker shares the state; else when to tell them of this one, and when hosts were last given back.
    is_alone: bool,
    tend_at: Option<Instant>,
    ceded_at: Option<Instant>,
    /// The articles written in the batch, which the state does not know yet.
    articles: Vec<Article>,
    /// Hosts handed out in this run.
    met: HashSet<HostKey>,
    since: Option<Instant>,
    outstanding: usize,
    /// Requests that count against budgets of the day, to be stored with the batch.
    spent: BTreeMap<(HostKey, i32), u64>,
    /// A disk keeps no more than its reserve; the run has been told.
    no_room: bool,
    /// The last wish for leases was in vain: what is found next is wanted at once.
    starving: bool,
    /// Hashes of the sources that this run has asked for.
    reopened: HashSet<u64, FxBuildHasher>,
    /// Leases handed out whose end is not stored, by the sites' places in the plan.
    under_way: FxHashMap<usize, usize>,
    /// The host that answered last, and the day of its page.
    host: Option<HostKey>,
    reached: Option<String>,
    /// When visits of a site that are due were last looked for.
    visited: FxHashMap<usize, Instant>,
}

/// What the end of a lease comes to.
struct Taken {
    outcome: Outcome,
    found: Vec<Candidate>,
    again: Vec<Candidate>,
    visit: Option<Visit>,
    /// The address that the article had before, where it has moved here without a redirect.
    moved_from: Option<Url>,
}

impl From<Outcome> for Taken {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, found: Vec::new(), again: Vec::new(), visit: None, moved_from: None }
    }
}

impl Writer {
    #[expect(clippy::too_many_arguments, reason = "one place makes it")]
    pub(super) fn new(
        run_id: String,
        frontier: Box<dyn Frontier>,
        sinks: Sinks,
        room: Room,
        territory: Territory,
        limits: Limits,
        events: mpsc::UnboundedSender<Event>,
        observer: Option<Observer>,
        clock: Clock,
        recurring: Arc<Recurring>,
    ) -> Self {
        let territory = RefCell::new(territory);
        let (counters, state, range) = (Counters::default(), State::default(), Range::default());
        Self {
            run_id,
            frontier,
            sinks,
            room,
            territory,
            limits,
            events,
            observer,
            counters,
            clock,
            recurring,
            range,
            drift: Drift::default(),
            backfill: None,
            state,
        }
    }

    /// Works until told to finish, or until nobody is left who could say anything.
    pub(super) fn run(mut self, orders: &Receiver<Order>) -> Result<Written, EngineError> {
        let ended = self.serve(orders);
        if ended.is_err() {
            self.give_up();
        }
        let (files, confidence) = (self.sinks.files(), self.drift.hosts());
        ended.map(|pending| Written { counters: self.counters, pending, files, confidence })
    }

    fn serve(&mut self, orders: &Receiver<Order>) -> Result<u64, EngineError> {
        let earlier = self.frontier.runs(EARLIER)?;
        self.drift.take_up(earlier.iter().filter_map(|run| run.summary.as_ref()));
        self.frontier.begin_run(&self.run_id, self.clock.now())?;
        self.frontier.lift(&[QUIET, SPENT])?;
        self.tend()?;
        loop {
            let order = match self.patience() {
                Some(patience) => orders.recv_timeout(patience),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match order {
                Ok(Order::Finish(end)) => {
                    self.flush()?;
                    self.sinks.finish(&mut *self.frontier)?;
                    return self.conclude(end);
                }
                Ok(order) => self.obey(order)?,
                Err(RecvTimeoutError::Timeout) => {}
                // The run was dropped: what is stored stays, the next run takes up the rest.
                Err(RecvTimeoutError::Disconnected) => {
                    self.flush()?;
                    return Ok(0);
                }
            }
            if self.is_due() {
                self.flush()?;
            } else if self.state.starving && !self.state.batch.is_empty() {
                self.flush_wanted()?;
            }
            self.tend()?;
            if self.sinks.due().is_some_and(|due| due <= self.clock.now()) {
                self.flush()?;
                self.sinks.rotate(&mut *self.frontier)?;
            }
        }
    }

    /// How long the next order may take: until the batch, or a segment of the output, is old enough.
    fn patience(&self) -> Option<Duration> {
        let batch = self.state.since.map(|since| self.limits.batch_time.saturating_sub(since.elapsed()));
        let due =
            self.sinks.due().map(|due| Duration::try_from(due.duration_since(self.clock.now())).unwrap_or_default());
        let tend = self.state.tend_at.map(|at| at.saturating_duration_since(Instant::now()));
        [batch, due, tend].into_iter().flatten().min()
    }

    /// Notes the end of the run in its history: the counters, why it ended, and what is left.
    fn conclude(&mut self, end: Option<RunEnd>) -> Result<u64, EngineError> {
        self.keep_sketches(true)?;
        let pending = self.frontier.counts()?.open();
        let mut summary = serde_json::to_value(&self.counters).unwrap_or_default();
        if let Some(summary) = summary.as_object_mut() {
            summary.insert("end".to_owned(), serde_json::to_value(end).unwrap_or_default());
            summary.insert("pending".to_owned(), pending.into());
            summary.insert("confidence".to_owned(), serde_json::to_value(self.drift.hosts()).unwrap_or_default());
        }
        self.frontier.end_run(&self.run_id, &summary, self.clock.now())?;
        self.range.tell();
        Ok(pending)
    }

    /// Has the state keep what recurs on hosts, where that changed. After the settle, so that a kill loses counts and doubles none.
    fn keep_sketches(&mut self, at_end: bool) -> Result<(), EngineError> {
        for (host, sketch) in self.recurring.unsaved(at_end) {
            self.frontier.put_sketch(&host, &sketch.to_json(), self.clock.now())?;
        }
        Ok(())
    }

    /// Has the run end where a disk keeps no more than its reserve.
    fn look_for_room(&mut self) {
        if self.state.no_room {
            return;
        }
        if let Err(error) = self.room.check() {
            tracing::warn!("ending: {error}");
            self.state.no_room = true;
            self.tell(Event::NoRoom);
        }
    }

    fn obey(&mut self, order: Order) -> Result<(), EngineError> {
        match order {
            Order::Settle { lease, end, requested, bytes, packed } => {
                self.counters.requests += u64::from(requested);
                self.counters.bytes += bytes;
                let place = packed.map(|packed| self.sinks.keep(*packed)).transpose()?.flatten();
                self.take(lease, end, place)
            }
            Order::Lease(ask) => self.lease(ask),
            Order::Hold { host, until, reason } => Ok(self.frontier.hold(&host, until, reason, self.clock.now())?),
            Order::Sources(candidates) => self.reopen(candidates),
            Order::Offer(candidates) => self.offer(&candidates),
            Order::RobotsAsked => {
                self.counters.robots_requests += 1;
                Ok(())
            }
            Order::Spent { host, day } => {
                self.state.since.get_or_insert_with(Instant::now);
                *self.state.spent.entry((host, day)).or_default() += 1;
                Ok(())
            }
            Order::KeepPenalty { host, penalty } => Ok(self.frontier.keep_penalty(&host, penalty.as_ref())?),
            Order::HostClosed { host, penalty } => {
                let Penalty { closings, until, .. } = penalty;
                tracing::warn!(%host, %until, closings, "host closed: it failed again and again, or refused everything");
                self.counters.hosts_closed += 1;
                self.counters.failed += 1;
                Ok(())
            }
            Order::KeepRobots { host, copy } => Ok(self.frontier.put_robots(&host, &copy)?),
            Order::Share { host, machine } => {
                let is_mine = self.frontier.share(&host, &format!("{machine:032x}"), self.clock.now())?;
                self.tell(Event::Shared(host, is_mine));
                Ok(())
            }
            Order::HostFailed { host, detail } => {
                tracing::warn!(%host, detail, "host given up for this run");
                self.counters.retry(RetryReason::RobotsUnavailable);
                self.counters.failed += 1;
                Ok(())
            }
            Order::Finish(_) => Ok(()),
        }
    }

    fn lease(&mut self, ask: Ask) -> Result<(), EngineError> {
        self.cede(&|host| ask.rooms.contains_key(host))?;
        let mut leases = self.hand_out_wanted(&ask)?;
        if leases.is_empty() && !self.state.batch.is_empty() {
            self.flush_wanted()?;
            leases = self.hand_out_wanted(&ask)?;
        }
        if self.open_visits(&ask)? && leases.is_empty() {
            leases = self.hand_out_wanted(&ask)?;
        }
        self.state.starving = leases.is_empty();
        let next_ready = if leases.is_empty() { self.next_ready(&ask)? } else { None };
        let (robots, manners) = self.kept(&leases)?;
        let outstanding = self.state.outstanding;
        self.state.outstanding += leases.len();
        // Where nobody waits for the answer any more, the run is over, and the leases end with it.
        let _ = ask.reply.send(Leased { leases, robots, manners, outstanding, next_ready });
        Ok(())
    }

    /// When something of this run's hosts becomes ready by itself; what else the state holds is for other runs.
    fn next_ready(&self, ask: &Ask) -> Result<Option<Timestamp>, EngineError> {
        let wanted = |host: &HostKey| match self.territory.borrow_mut().index_of(host) {
            Some(site) => !ask.closed.contains(&site) && !ask.failed.contains(host),
            None => false,
        };
        Ok(self.frontier.next_ready(self.clock.now(), &wanted)?)
    }

    /// What the state keeps of hosts that come up for the first time: their robots.txt, and how they are to be treated.
    fn kept(&mut self, leases: &[Lease]) -> Result<Kept, EngineError> {
        let (mut robots, mut manners) = Kept::default();
        for lease in leases {
            let host = &lease.host;
            if !self.state.met.contains(host) {
                self.state.met.insert(host.clone());
                if self.recurring.grows()
                    && let Some(kept) = self.frontier.sketch(host)?
                {
                    self.recurring.take_up(host, &kept);
                }
                robots.extend(self.frontier.robots(host)?.map(|copy| (host.clone(), copy)));
                manners.push((host.clone(), self.frontier.manners(host)?));
            }
        }
        Ok((robots, manners))
    }

    /// Of the addresses of a range that lie past its end nothing is asked: they are settled as they are. Says whether there were any.
    fn leave_out(&mut self, leases: &mut Vec<Lease>) -> bool {
        if !self.range.is_past() {
            return false;
        }
        let (past, kept) = std::mem::take(leases).into_iter().partition(|lease| lease.candidate.via == Via::Range);
        *leases = kept;
        let past: Vec<Lease> = past;
        let any = !past.is_empty();
        for lease in past {
            self.state.since.get_or_insert_with(Instant::now);
            self.counters.skip(SkipReason::OutOfRange);
            let outcome = Outcome::Skipped { reason: SkipReason::OutOfRange, detail: None };
            self.push(Settlement::new(lease, outcome));
        }
        any
    }

    /// Leases of addresses that are wanted.
    fn hand_out_wanted(&mut self, ask: &Ask) -> Result<Vec<Lease>, EngineError> {
        loop {
            let mut leases = self.hand_out(ask)?;
            if !self.leave_out(&mut leases) || !leases.is_empty() {
                return Ok(leases);
            }
            if self.state.batch.len() >= LEFT_OUT {
                self.flush()?;
            }
        }
    }

    fn hand_out(&mut self, ask: &Ask) -> Result<Vec<Lease>, EngineError> {
        let room = |host: &HostKey| match self.territory.borrow_mut().index_of(host) {
            Some(site) if !ask.closed.contains(&site) && !ask.failed.contains(host) => {
                ask.rooms.get(host).copied().unwrap_or(ask.room)
            }
            _ => 0,
        };
        let leases = self.frontier.lease(self.clock.now(), self.limits.lease, ask.max, &room)?;
        for lease in &leases {
            if let Some(site) = self.territory.borrow_mut().index_of(&lease.host) {
                *self.state.under_way.entry(site).or_default() += 1;
            }
        }
        Ok(leases)
    }

    /// Takes the end of a lease into the batch.
    fn take(&mut self, mut lease: Lease, end: End, place: Option<WarcRef>) -> Result<(), EngineError> {
        self.note_reached(&lease, &end);
        self.be_original(&mut lease);
        self.state.outstanding = self.state.outstanding.saturating_sub(1);
        self.state.since.get_or_insert_with(Instant::now);
        let is_due = lease.before.as_deref().is_some_and(|before| before.due);
        self.counters.revisits += u64::from(is_due && !matches!(end, End::Released));
        let mut taken = match end {
            End::Page(processed, permit) => {
                self.range.note(&lease, false);
                self.hold_permit(permit);
                self.take_page(&lease, *processed, place)?
            }
            end => match self.look_again(&lease, end)? {
                Ok(taken) => taken,
                Err(end) => self.take_end(&lease, end),
            },
        };
        if is_due && taken.visit.is_none() {
            // What a visit was for is no longer there.
            taken.visit = lease.before.as_deref().map(|before| Visit { next: None, ..before.visit.clone() });
        }
        let Taken { outcome, found, again, visit, moved_from } = taken;
        lease.candidate.hops.extend(moved_from);
        self.push(Settlement { lease, outcome, found, again, visit });
        Ok(())
    }

    /// Where the run has come to, for those who watch it.
    fn note_reached(&mut self, lease: &Lease, end: &End) {
        let End::Page(processed, _) = end else { return };
        if self.state.host.as_ref() != Some(&lease.host) {
            self.state.host = Some(lease.host.clone());
            self.state.reached = None;
        }
        let captured = self.archive().and_then(|archive| archive.capture(&lease.candidate.url));
        let day = match (captured, &processed.end) {
            (Some((at, _)), _) => Some(at.strftime("%Y-%m-%d").to_string()),
            (None, PageEnd::Article(line)) => Facets::from_bytes(line.article.facets.clone())
                .told()
                .and_then(|told| told.day)
                .map(|day| day.to_string()),
            (None, _) => None,
        };
        if day.is_some() {
            self.state.reached = day;
        }
    }

    /// The end of a lease without a page, of an address that has no article.
    fn take_end(&mut self, lease: &Lease, end: End) -> Taken {
        let url = &lease.candidate.url;
        match end {
            End::Redirect(to) => {
                tracing::debug!(%url, to = %to.url, "redirected");
                self.counters.redirected += 1;
                // A source that has moved is asked where it is now.
                let is_source = self.state.reopened.contains(&FxBuildHasher.hash_one(url.as_str()));
                let again = if is_source { self.once(vec![(*to).clone()]) } else { Vec::new() };
                Taken { again, ..Taken::from(Outcome::Redirected { to: *to }) }
            }
            End::NotModified => self.source_unchanged(lease),
            End::Skip(reason, detail) => self.skip(lease, reason, detail).into(),
            End::Retry { not_before, reason, detail } => {
                tracing::info!(%url, %reason, detail, %not_before, "to be tried again");
                self.counters.retry(reason);
                Outcome::Retry { not_before, reason, detail: Some(detail) }.into()
            }
            End::Dead(reason, detail) => {
                self.range.note(lease, matches!(reason, DeadReason::NotFound | DeadReason::Gone));
                Taken { again: self.ask_for_next(lease, true), ..Taken::from(self.die(lease, reason, detail)) }
            }
            End::Page(..) | End::Released => Outcome::Released.into(),
        }
    }

    pub(super) fn skip(&mut self, lease: &Lease, reason: SkipReason, detail: Option<String>) -> Outcome {
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

    fn offer(&mut self, candidates: &[Candidate]) -> Result<(), EngineError> {
        let offered = self.frontier.offer(candidates, self.clock.now())?;
        self.counters.found += offered.new;
        if offered.full > 0 {
            self.counters.refuse(SkipReason::FrontierFull, offered.full);
        }
        self.tell(Event::Written);
        Ok(())
    }

    fn reopen(&mut self, candidates: Vec<Candidate>) -> Result<(), EngineError> {
        let fresh = self.once(candidates);
        if !fresh.is_empty() {
            let offered = self.frontier.reopen(&fresh, self.clock.now())?;
            self.counters.found += offered.new;
            self.tell(Event::Written);
        }
        Ok(())
    }

    /// Those that this run has not asked for yet: each source is asked once a run.
    fn once(&mut self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let reopened = &mut self.state.reopened;
        let fresh = |candidate: &Candidate| {
            reopened.len() < MAX_REOPENED && reopened.insert(FxBuildHasher.hash_one(candidate.url.as_str()))
        };
        candidates.into_iter().filter(fresh).collect()
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
            settlement.again.clear();
        }
        if let Err(error) = self.frontier.settle(&batch, &[], self.clock.now()) {
            tracing::debug!(%error, "the leases of the last batch could not be given back; they expire");
        }
    }
}
