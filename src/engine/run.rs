//! The run: one task that decides which host is asked next, and the requests under way.
//!
//! ```text
//! frontier ─ leases of ready hosts ─▶ [hosts at hand] ─ robots, pace ─▶ fetch ─▶ parsers ─▶ writer ─▶ output + frontier
//! ```
//! Nobody sleeps in a slot: where nothing may start, the task waits for the first of a host's time, the end of a request, news
//! from the writer, and the end of the run.

mod aside;
mod manners;

pub(super) use manners::{QUIET, SPENT};

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::config::Config;
use super::hosts::Hosts;
use super::orders::{Ask, Claim, End as LeaseEnd, Leased, Order};
use super::pages::Pages;
use super::plan::Territory;
use super::request::{Requests, Sent};
use super::summary::End as RunEnd;
use super::{Clock, EngineError, Plan, Stop};
use crate::fetch::{RobotsFetch, TdmFetch};
use crate::pace::{
    Budget, PaceOverride, Pacer, Penalty, RobotsAnswer, RobotsCache, RobotsState, Signal, Spent, Start, TdmRep,
};
use crate::types::{HostKey, Lease, SkipReason};

/// Hosts whose robots.txt is kept in memory.
const ROBOTS_HOSTS: usize = 16_384;
/// Wishes for leases are at least so far apart while requests are under way.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// What waits longer is given back to the frontier.
const LONG_WAIT: Duration = Duration::from_secs(60);

/// What the scheduler is told.
#[derive(Debug)]
pub(super) enum Event {
    /// A request for a page ended: the host may be asked again.
    Sent(Sent),
    /// The task of a request ended: its place is free.
    Freed,
    /// An answer to a request for robots.txt.
    Robots(HostKey, Box<RobotsFetch>),
    /// The machine that a host stands on, where it could be found.
    Machine(HostKey, Option<u128>),
    /// Whether a host is this worker's still, now that its machine is known.
    Shared(HostKey, bool),
    /// An answer to a request for tdmrep.json.
    Tdm(HostKey, Box<TdmFetch>),
    /// The writer stored something, so that there may be new leases.
    Written,
    /// A disk keeps no more than its reserve.
    NoRoom,
    /// The writer ended, of itself or by a fault: nothing can be stored any more.
    WriterEnded,
}

/// What a host is known for in this run.
#[derive(Debug, Default)]
struct Known {
    site: usize,
    per_host: usize,
    robots_failures: u32,
    /// A request for robots.txt or tdmrep.json is under way.
    asking: bool,
    tdm: Option<TdmRep>,
    /// Requests for tdmrep.json.
    tdm_tries: u32,
    /// Not asked again in this run.
    failed: bool,
    /// The machine it stands on was asked for.
    located: bool,
    budget: Budget,
    spent: Spent,
    /// The penalty as the state has it.
    kept: Option<Penalty>,
}

/// The scheduler.
pub(super) struct Run {
    config: Config,
    /// Other workers share the state.
    pub(super) is_shared: bool,
    territory: Territory,
    requests: Requests,
    orders: std::sync::mpsc::Sender<Order>,
    events: mpsc::UnboundedReceiver<Event>,
    clock: Clock,
    pacer: Pacer,
    robots: RobotsCache,
    agent: String,
    pace: PaceOverride,
    known: FxHashMap<HostKey, Known>,
    hosts: Hosts,
    tasks: JoinSet<()>,
    /// Places taken: requests under way, and pages that wait for room in the parsers' queue.
    taken: usize,
    pages: Pages,
    asking: Option<oneshot::Receiver<Leased>>,
    hungry: bool,
    writer_ended: bool,
    no_room: bool,
    last_ask: Option<Instant>,
    /// The answer to the last wish, where it gave nothing.
    idle: Option<Leased>,
}

impl Run {
    pub(super) fn new(
        config: &Config,
        plan: &Plan,
        requests: Requests,
        orders: std::sync::mpsc::Sender<Order>,
        events: mpsc::UnboundedReceiver<Event>,
    ) -> Self {
        let seed = u64::try_from(Timestamp::now().as_nanosecond().unsigned_abs() & u128::from(u64::MAX)).unwrap_or(0);
        Self {
            pacer: Pacer::new(config.pace.clone(), seed),
            robots: RobotsCache::new(ROBOTS_HOSTS),
            agent: config.fetch.product.clone(),
            config: config.clone(),
            is_shared: false,
            clock: requests.clock,
            territory: Territory::new(plan),
            requests,
            orders,
            events,
            pace: plan.pace,
            known: FxHashMap::default(),
            hosts: Hosts::default(),
            tasks: JoinSet::new(),
            taken: 0,
            pages: Pages::new(plan),
            asking: None,
            hungry: true,
            writer_ended: false,
            no_room: false,
            last_ask: None,
            idle: None,
        }
    }

    /// Crawls until nothing is left, or until told to stop.
    pub(super) async fn crawl(
        &mut self,
        stop: &Stop,
        deadline: Option<tokio::time::Instant>,
    ) -> Result<RunEnd, EngineError> {
        let asked = stop.asked();
        tokio::pin!(asked);
        loop {
            let now = self.clock.now();
            self.hosts.wake(now);
            if self.idle.as_ref().is_some_and(|idle| idle.next_ready.is_some_and(|at| at <= now)) {
                self.idle = None;
                self.hungry = true;
            }
            self.start_ready(now);
            self.ask();
            if let Some(end) = self.end(now) {
                return Ok(end);
            }
            let timer = self.next_timer(now);
            tokio::select! {
                biased;
                () = &mut asked => return Ok(RunEnd::Interrupted),
                () = until(deadline) => return Ok(RunEnd::Deadline),
                leased = answer(&mut self.asking) => self.take_leases(leased?),
                event = self.events.recv() => {
                    let Some(event) = event else { return Err(EngineError::Lost("writer")) };
                    self.take(event);
                    while let Ok(event) = self.events.try_recv() {
                        self.take(event);
                    }
                    if self.writer_ended {
                        return Err(EngineError::Lost("writer"));
                    }
                    if self.no_room {
                        return Ok(RunEnd::NoRoom);
                    }
                }
                () = until(timer) => {}
            }
            while self.tasks.try_join_next().is_some() {}
        }
    }

    /// Lets what is under way end, for a time; gives the rest back.
    pub(super) async fn wind_down(mut self, grace: Duration) {
        self.give_back_all();
        self.keep_all();
        let ended = tokio::time::timeout(grace, async { while self.tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!(
                requests = self.tasks.len(),
                "requests under way were cut off; their pages are fetched by the next run"
            );
            self.tasks.shutdown().await;
        }
        // Leases that were on their way to us.
        if let Some(asking) = self.asking.take()
            && let Ok(leased) = asking.await
        {
            self.hosts.add(leased.leases);
            self.give_back_all();
        }
    }

    fn give_back_all(&mut self) {
        for lease in self.hosts.drain_all() {
            drop(Claim::new(lease, self.orders.clone()));
        }
    }

    /// Whether the run is over, nothing being under way.
    fn end(&mut self, now: Timestamp) -> Option<RunEnd> {
        if self.taken > 0 || self.known.values().any(|host| host.asking) {
            return None;
        }
        if self.pages.all_started() {
            return Some(RunEnd::Limit);
        }
        let idle = self.idle.as_ref()?;
        if self.hosts.queued() > 0 || self.asking.is_some() || self.hungry || idle.outstanding > 0 {
            return None;
        }
        match idle.next_ready {
            None if self.known.values().any(|host| host.failed) || !self.pages.closed().is_empty() => {
                Some(RunEnd::Waiting)
            }
            None => Some(RunEnd::Finished),
            Some(at) if wait(now, at) > self.config.crawl.patience => Some(RunEnd::Waiting),
            Some(_) => None,
        }
    }

    /// Asks for leases where some are wanted.
    fn ask(&mut self) {
        let free = self.config.crawl.concurrency.saturating_sub(self.taken);
        let soon = self.taken > 0 && self.last_ask.is_some_and(|at| at.elapsed() < ASK_EVERY);
        if !self.hungry || self.asking.is_some() || free == 0 || soon || self.pages.all_started() {
            return;
        }
        let (reply, asking) = oneshot::channel();
        let target = |host: &HostKey| match self.known.get(host) {
            Some(known) if known.failed => 0,
            Some(known) => known.per_host * 2,
            None => usize::from(self.config.pace.per_host) * 2,
        };
        let rooms = self.hosts.rooms(target);
        let failed = self.known.iter().filter(|(_, known)| known.failed).map(|(host, _)| host.clone()).collect();
        let room = usize::from(self.pace.per_host.unwrap_or(self.config.pace.per_host)) * 2;
        let max = self.config.crawl.concurrency * 2;
        let ask = Ask { max, rooms, room, closed: self.pages.closed(), failed, reply };
        // A writer that is gone is noticed by its silence.
        let _ = self.orders.send(Order::Lease(ask));
        self.asking = Some(asking);
        self.hungry = false;
        self.last_ask = Some(Instant::now());
    }

    fn take_leases(&mut self, mut leased: Leased) {
        self.asking = None;
        let leases = std::mem::take(&mut leased.leases);
        for lease in &leases {
            self.meet(&lease.host);
        }
        let now = self.clock.now();
        for (host, manners) in std::mem::take(&mut leased.manners) {
            self.remember(&host, manners, now);
        }
        for (host, copy) in std::mem::take(&mut leased.robots) {
            self.take_kept_robots(&host, &copy);
        }
        self.idle = leases.is_empty().then_some(leased);
        self.hosts.add(leases);
    }

    /// Starts what may start now.
    fn start_ready(&mut self, now: Timestamp) {
        while self.taken < self.config.crawl.concurrency && !self.pages.all_started() {
            let Some(host) = self.hosts.pop_ready() else { return };
            self.start_one(host, now);
        }
    }

    /// Starts one request to a host, or finds out what it waits for.
    fn start_one(&mut self, host: HostKey, now: Timestamp) {
        let Some(known) = self.known.get(&host) else { return };
        if known.asking {
            self.hosts.busy(&host);
            return;
        }
        if self.pages.is_closed(known.site) || known.failed {
            self.give_back(&host);
            return;
        }
        // Nothing is begun, be it for a page or robots.txt, that might outlast the lease: the host may be another worker's then.
        if self.hosts.peek(&host).is_some_and(|lease| !self.is_in_time(lease, now)) {
            drop(self.hosts.pop(&host).map(|lease| Claim::new(lease, self.orders.clone())));
            self.hungry = true;
            self.hosts.ready(host);
            return;
        }
        if !self.may_ask(&host, now) {
            return;
        }
        let Some(known) = self.known.get(&host) else { return };
        let rules = match self.robots.state(&host, now) {
            RobotsState::Fetch => return self.ask_robots(host, now),
            RobotsState::Wait(until) => return self.hold(&host, until, "robots.txt cannot be had"),
            RobotsState::Known(RobotsAnswer::Unavailable { .. }) => {
                let until = now.saturating_add(SignedDuration::from_secs(60)).unwrap_or(now);
                return self.hold(&host, until, "robots.txt cannot be had");
            }
            RobotsState::Known(RobotsAnswer::AllowAll(_)) => None,
            RobotsState::Known(RobotsAnswer::Rules(rules)) => Some(rules),
        };
        if self.wants_tdm(&host, rules.as_deref()) {
            return self.ask_tdm(host, now);
        }
        let site = known.site;
        while let Some(lease) = self.hosts.peek(&host) {
            let forbidden = rules.as_ref().and_then(|rules| {
                let verdict = rules.check(&self.agent, &lease.candidate.url);
                (!verdict.allowed).then(|| verdict.rule.map(|rule| format!("line {}", rule.line)))
            });
            let Some(detail) = forbidden else { break };
            if let Some(lease) = self.hosts.pop(&host) {
                let claim = Claim::new(lease, self.orders.clone());
                claim.settle(LeaseEnd::Skip(SkipReason::Robots, detail), false, 0);
            }
        }
        if self.hosts.queued_of(&host) == 0 {
            self.hungry = true;
            self.hosts.ready(host);
            return;
        }
        match self.pacer.try_start(&host, now) {
            Start::Go => self.fetch(host, site),
            Start::Busy => self.hosts.busy(&host),
            Start::NotBefore(until) => self.rest(host, now, until),
        }
    }

    fn fetch(&mut self, host: HostKey, site: usize) {
        let now = self.clock.now();
        // A lease that would end before its page is there goes back with its claim.
        let lease = self.hosts.pop(&host);
        let lease = lease.and_then(|lease| match self.is_in_time(&lease, now) {
            true => Some(lease),
            false => {
                drop(Claim::new(lease, self.orders.clone()));
                None
            }
        });
        let (Some(lease), Some(known), Some(profile)) = (lease, self.known.get(&host), self.territory.site(site))
        else {
            self.pacer.finish(&host, now, now, Signal::Unsent);
            self.hungry = true;
            self.hosts.ready(host);
            return;
        };
        let url = &lease.candidate.url;
        let tdm = known
            .tdm
            .as_ref()
            .and_then(|tdm| tdm.reservation_for(&url[url::Position::BeforePath..url::Position::AfterQuery]));
        self.taken += 1;
        self.pages.start(site);
        self.hosts.started(&host);
        self.hungry |= self.hosts.queued_of(&host) < known.per_host;
        let claim = Claim::new(lease, self.orders.clone());
        let profile = profile.clone();
        self.spend(&host, now);
        self.tasks.spawn(self.requests.clone().page(claim, host.clone(), site, profile, tdm));
        self.hosts.ready(host);
    }

    fn is_in_time(&self, lease: &Lease, now: Timestamp) -> bool {
        wait(now, lease.expires) > self.config.fetch.total_timeout
    }

    fn hold(&mut self, host: &HostKey, until: Timestamp, reason: &'static str) {
        tracing::info!(%host, %until, reason, "host held");
        // In this order, or the leases given back would be handed out again.
        let _ = self.orders.send(Order::Hold { host: host.clone(), until, reason });
        self.give_back(host);
    }

    fn give_back(&mut self, host: &HostKey) {
        for lease in self.hosts.drain(host) {
            drop(Claim::new(lease, self.orders.clone()));
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Sent(sent) => {
                self.finished(&sent.host, sent.started_at, sent.signal);
                self.hosts.ended(&sent.host);
                if !sent.gave_page {
                    self.pages.take_back(sent.site);
                }
            }
            Event::Freed => self.taken = self.taken.saturating_sub(1),
            Event::Robots(host, fetch) => self.take_robots(&host, *fetch),
            Event::Machine(host, machine) => self.take_machine(&host, machine),
            Event::Shared(host, is_mine) => self.take_shared(&host, is_mine),
            Event::Tdm(host, fetch) => self.take_tdm(&host, *fetch),
            Event::Written => self.hungry = true,
            Event::NoRoom => self.no_room = true,
            Event::WriterEnded => self.writer_ended = true,
        }
    }

    /// When something happens by itself.
    fn next_timer(&self, now: Timestamp) -> Option<tokio::time::Instant> {
        let host = if self.taken < self.config.crawl.concurrency { self.hosts.next_timer() } else { None };
        let frontier = self.idle.as_ref().and_then(|idle| idle.next_ready).filter(|_| self.asking.is_none());
        let first = [host, frontier].into_iter().flatten().min().map(|at| wait(now, at));
        let may_ask = self.hungry && self.asking.is_none() && self.taken < self.config.crawl.concurrency;
        let ask = (may_ask && self.taken > 0 && !self.pages.all_started()).then_some(ASK_EVERY);
        [first, ask].into_iter().flatten().min().map(|span| tokio::time::Instant::now() + span)
    }
}

fn wait(now: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default()
}

async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn answer(asking: &mut Option<oneshot::Receiver<Leased>>) -> Result<Leased, EngineError> {
    match asking {
        Some(receiver) => {
            let answered = receiver.await;
            // An answer comes once; whoever waited again would wait for nothing.
            *asking = None;
            answered.map_err(|_| EngineError::Lost("writer"))
        }
        None => std::future::pending().await,
    }
}
