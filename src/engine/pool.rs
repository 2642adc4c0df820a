//! The threads that parse: away from the async ones, as many as there are processors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::orders::{Claim, End};
use super::plan::Backfill;
use super::process::{PageEnd, Processed, Task, process};
use super::recurring::Recurring;
use super::{Clock, EngineError};
use crate::classify::Classifier;
use crate::fetch::Exchange;
use crate::parse::ParseLimits;
use crate::site::Site;
use crate::types::{DeadReason, Fetched};

/// A page to be processed.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) claim: Claim,
    pub(super) fetched: Box<Fetched>,
    pub(super) site: Site,
    pub(super) tdm: Option<(bool, Option<String>)>,
    /// Stands for the page's bytes.
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) wire_bytes: u64,
    /// What went over the wire, where there is an archive.
    pub(super) exchange: Option<Box<Exchange>>,
    pub(super) backfill: Option<Arc<Backfill>>,
}

/// The threads. They end after the jobs at hand when every sender of jobs is gone.
#[derive(Debug)]
pub(super) struct Pool {
    abandoned: Arc<AtomicBool>,
    /// Closed when the last thread has ended.
    ended: tokio::sync::mpsc::Receiver<()>,
}

impl Pool {
    /// Starts the threads; jobs go in by the sender.
    pub(super) fn start(
        threads: usize,
        run_id: &str,
        max_depth: u16,
        clock: Clock,
        recurring: &Arc<Recurring>,
    ) -> Result<(Self, Sender<Job>), EngineError> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let abandoned = Arc::new(AtomicBool::new(false));
        let (alive, ended) = tokio::sync::mpsc::channel(1);
        for number in 0..threads.max(1) {
            let worker = Worker {
                queue: Arc::clone(&queue),
                abandoned: Arc::clone(&abandoned),
                run_id: run_id.to_owned(),
                max_depth,
                clock,
                recurring: Arc::clone(recurring),
                limits: ParseLimits::default(),
                _alive: alive.clone(),
            };
            std::thread::Builder::new()
                .name(format!("parser-{number}"))
                .spawn(move || worker.work())
                .map_err(EngineError::Thread)?;
        }
        Ok((Self { abandoned, ended }, jobs))
    }

    /// Gives the jobs that no thread has taken up back.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    /// Ends when every thread has ended; every sender of jobs must be gone.
    pub(super) async fn ended(&mut self) {
        while self.ended.recv().await.is_some() {}
    }
}

#[derive(Debug)]
struct Worker {
    queue: Arc<Mutex<Receiver<Job>>>,
    abandoned: Arc<AtomicBool>,
    run_id: String,
    max_depth: u16,
    clock: Clock,
    recurring: Arc<Recurring>,
    limits: ParseLimits,
    _alive: tokio::sync::mpsc::Sender<()>,
}

impl Worker {
    fn work(&self) {
        loop {
            let job = self.queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            if !self.abandoned.load(Ordering::Relaxed) {
                self.process(job);
            }
        }
    }

    fn process(&self, job: Job) {
        let Job { claim, fetched, site, tdm, permit, wire_bytes, exchange, backfill } = job;
        let depth = claim.lease().map_or(0, |lease| lease.candidate.depth);
        let sketch = claim.lease().and_then(|lease| self.recurring.of(&lease.host));
        let task = Task {
            site: &site,
            depth,
            max_depth: self.max_depth,
            tdm: tdm.as_ref(),
            sketch: sketch.as_deref(),
            is_counted: self.recurring.grows(),
            is_archived: exchange.is_some(),
            backfill: backfill.as_deref(),
            run_id: &self.run_id,
            now: self.clock.now(),
        };
        // Nothing is meant to panic on any page; were one to, it must not take the crawl with it.
        let processed =
            catch_unwind(AssertUnwindSafe(|| process(&fetched, &task, Classifier::embedded(), &self.limits)));
        let processed = processed.unwrap_or_else(|_| {
            tracing::error!(url = %fetched.final_url, "a fault in auslese itself; please report the address");
            Processed::dead(DeadReason::Unreadable, "a fault in auslese itself".to_owned())
        });
        drop(fetched);
        let end = match processed {
            Processed { end: PageEnd::Dead(reason, detail), ref found, .. } if found.is_empty() => {
                End::Dead(reason, detail)
            }
            processed => End::Page(Box::new(processed), permit),
        };
        claim.settle_archived(end, wire_bytes, exchange.as_deref());
    }
}
