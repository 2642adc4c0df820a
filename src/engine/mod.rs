//! The crawl: state, fetcher, parsers and output at work together.
//!
//! 1. The scheduler (`run`) asks the writer for leases of hosts that are ready, looks at robots.txt and pace (`hosts` says whose
//!    turn it is), and starts requests (`request`).
//! 2. Pages go to the parsers (`pool`), which turn each into its article and the addresses it names ([`process()`], a pure
//!    function). Bytes that are fetched and not yet written are bounded.
//! 3. The writer (`writer`, `sinks`), the only owner of state and output, appends records and then settles their leases in one
//!    transaction, batch by batch.
//!
//! What a run crawls is a [`Plan`], how is a [`Config`], what came of it a [`Summary`]; [`Stop`] ends it early. Not here: how an
//! address is judged, a page fetched or a block named; and nothing that knows a terminal.

mod clock;
mod config;
mod counters;
mod drift;
mod error;
mod hosts;
mod open;
mod orders;
mod pages;
mod plan;
mod pool;
mod process;
mod recurring;
mod request;
mod resolve;
mod run;
mod sinks;
mod stop;
mod summary;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc, oneshot};

pub use clock::Clock;
pub use config::{Config, ConfigError, CrawlSettings, OutputSettings};
pub use counters::{Counters, is_failure};
pub use drift::Confidence;
pub use error::EngineError;
pub use open::{Output, new_run_id, open, open_at};
pub use plan::{Backfill, Plan};
pub use process::{ArticleLine, Canonical, Content, PageEnd, Processed, Task, process};
pub use resolve::{Origin, PREFIX, Resolved};
pub use sinks::OpenSink;
pub use stop::Stop;
pub use summary::{End, Summary, bytes, duration};
pub use writer::Observer;

use crate::archive::WarcSink;
use crate::fetch::{Fetcher, Network};
use crate::frontier::Frontier;
use crate::sink::{Room, is_address};
use crate::types::HostKey;
use orders::Order;
use plan::Territory;
use pool::Pool;
use recurring::Recurring;
use request::Requests;
use run::Run;
use sinks::Sinks;
use writer::{Limits, Writer, Written};

/// Pages whose records become one object, at most.
const SEGMENT_PAGES: usize = 4_096;

/// Where a run keeps its state and puts its records.
pub struct Store {
    /// The run's name.
    pub run_id: String,
    /// The state, opened for this run.
    pub frontier: Box<dyn Frontier>,
    /// Opens the sink of a site's folder.
    pub open_sink: OpenSink,
    /// The folder that segments are in; none for streams.
    pub output: Option<PathBuf>,
    /// The archive of what goes over the wire, where one is wanted.
    pub archive: Option<WarcSink>,
    /// The disks that must keep a reserve.
    pub room: Room,
    /// Who wants to see the counters while they grow.
    pub observer: Option<Observer>,
    /// The time of the run, as the state was opened by it.
    pub clock: Clock,
}

/// How a run stands.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The counters so far.
    pub counters: &'a Counters,
    /// Addresses that wait to be fetched.
    pub pending: u64,
    /// The host that answered last.
    pub host: Option<&'a HostKey>,
    /// The day of what it answered: of the capture, else of the article's publication.
    pub reached: Option<&'a str>,
}

/// Crawls what the plan names until nothing is left, or until told to stop.
///
/// Dropping the future is as good as a kill: what was stored stays, leases are handed out again by the next run.
///
/// # Errors
/// Faults of ours or of the machine. What pages and servers do is counted, never an error.
pub async fn run(config: &Config, plan: &Plan, store: Store, stop: &Stop) -> Result<Summary, EngineError> {
    run_within(config, plan, store, stop, &Network::default()).await
}

/// The same in another surrounding than the system's: names, roots of TLS.
///
/// # Errors
/// As [`run`].
pub async fn run_within(
    config: &Config,
    plan: &Plan,
    store: Store,
    stop: &Stop,
    network: &Network,
) -> Result<Summary, EngineError> {
    config.validate().map_err(EngineError::Config)?;
    let clock = store.clock;
    let start = plan.candidates(clock.now());
    if start.is_empty() && plan.is_empty() {
        return Err(EngineError::NothingToDo);
    }
    let began = Instant::now();
    let run_id = store.run_id.clone();
    let parsers = match config.crawl.parsers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        parsers => parsers,
    };
    // Who names a site at another port than the usual ones wants it asked there.
    let mut fetch = config.fetch.clone();
    fetch.ports.extend(start.iter().filter_map(|candidate| candidate.url.port()));
    let fetcher = Fetcher::within(fetch, network)?;
    let fetcher = if store.archive.is_some() { fetcher.keep_exchanges() } else { fetcher };
    let recurring = Arc::new(Recurring::new(config.crawl.recurring, plan.sketch.clone()));
    let (mut pool, jobs) = Pool::start(parsers, &run_id, config.crawl.max_depth, clock, &recurring)?;
    let (events_in, events) = mpsc::unbounded_channel();
    let is_shared = store.frontier.is_shared();
    let (orders, written) = start_writer(config, plan, store, events_in.clone(), recurring)?;
    // The writer lives until told otherwise: an order that cannot be sent shows at its end.
    let _ = orders.send(Order::Sources(start));
    let ranges = plan.range_candidates(clock.now());
    if !ranges.is_empty() {
        let _ = orders.send(Order::Offer(ranges));
    }
    let settings = Arc::new(config.crawl.clone());
    let budget = Arc::new(Semaphore::new(request::budget_of(&settings)));
    let backfill = plan.backfill.clone();
    let requests = Requests { fetcher, settings, jobs, events: events_in, budget, clock, backfill };
    let mut run = Run::new(config, plan, requests, orders.clone(), events);
    run.is_shared = is_shared;
    let deadline = plan.time.map(|span| tokio::time::Instant::now() + span);
    let end = run.crawl(stop, deadline).await;
    let grace = tokio::time::Instant::now() + config.crawl.grace;
    run.wind_down(config.crawl.grace).await;
    // Pages at hand are processed as long as the grace lasts; what is left goes back with its lease.
    if tokio::time::timeout_at(grace, pool.ended()).await.is_err() {
        pool.abandon();
    }
    drop(pool);
    let _ = orders.send(Order::Finish(end.as_ref().ok().copied()));
    drop(orders);
    let written = written.await.map_err(|_| EngineError::Lost("writer"))??;
    let Written { counters, pending, files, confidence } = written;
    Ok(Summary { run_id, end: end?, elapsed: began.elapsed(), pending, counters, confidence, files })
}

/// Tells the scheduler that the writer's thread has ended, also where it panicked.
struct AtEnd(mpsc::UnboundedSender<run::Event>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        // A scheduler that is gone needs no news.
        let _ = self.0.send(run::Event::WriterEnded);
    }
}

type WriterEnd = oneshot::Receiver<Result<Written, EngineError>>;

fn start_writer(
    config: &Config,
    plan: &Plan,
    store: Store,
    events: mpsc::UnboundedSender<run::Event>,
    recurring: Arc<Recurring>,
) -> Result<(std::sync::mpsc::Sender<Order>, WriterEnd), EngineError> {
    let (orders, queue) = std::sync::mpsc::channel();
    let (done, written) = oneshot::channel();
    let is_gathering = store.output.as_ref().is_some_and(|root| is_address(root));
    let limits = Limits {
        lease: config.crawl.lease,
        batch: if is_gathering { config.output.batch.max(SEGMENT_PAGES) } else { config.output.batch },
        batch_time: if is_gathering { config.output.segment_time } else { config.output.batch_time },
        weight: if is_gathering { request::budget_of(&config.crawl) / 2 } else { usize::MAX },
        is_gathering,
        revisits: plan.sites().iter().map(|site| site.limits().revisits.unwrap_or(config.crawl.revisits)).collect(),
    };
    let Store { run_id, frontier, open_sink, output, archive, room, observer, clock } = store;
    let sinks = Sinks::new(open_sink, output, clock, archive);
    let at_end = AtEnd(events.clone());
    let territory = Territory::new(plan);
    let mut writer = Writer::new(run_id, frontier, sinks, room, territory, limits, events, observer, clock, recurring);
    writer.backfill.clone_from(&plan.backfill);
    let write = move || {
        let _at_end = at_end;
        // Nobody waits for it where the run was dropped.
        let _ = done.send(writer.run(&queue));
    };
    std::thread::Builder::new().name("writer".to_owned()).spawn(write).map_err(EngineError::Thread)?;
    Ok((orders, written))
}
