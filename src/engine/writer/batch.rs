//! The batch: ends of leases, each with the lines that it puts into the output, stored together.
//!
//! Lines go to the sinks when the batch is stored, so that one whose lease turns out to be another's, or whose article another worker has
//! just written, can be left out: the batch is then taken back and stored anew without it. Where the output is objects, what has lines is
//! gathered until a segment is worth it; what has none is stored as soon as something is wanted.

use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use super::Writer;
use crate::engine::run::Event;
use crate::engine::{EngineError, Progress};
use crate::frontier::{Outcome, Settled, Settlement};
use crate::sink::Line;
use crate::types::{HostKey, SkipReason};

/// Hosts are given back at most so often.
const CEDE_EVERY: Duration = Duration::from_millis(500);

/// What a settlement of the batch holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Lines, each with the folder that it goes to.
    lines: Vec<(String, Line)>,
    /// Stands for the bytes of the page.
    permit: Option<OwnedSemaphorePermit>,
}

impl Writer {
    /// Puts a line into the output with the settlement that is being made.
    pub(super) fn put(&mut self, folder: String, line: Line) {
        self.state.present.lines.push((folder, line));
    }

    /// Takes the permit of the page that is being settled.
    pub(super) fn hold_permit(&mut self, permit: OwnedSemaphorePermit) {
        self.state.present.permit = Some(permit);
    }

    /// Adds a settlement with what was put into the output for it.
    pub(super) fn push(&mut self, settlement: Settlement) {
        let held = std::mem::take(&mut self.state.present);
        self.state.weight += held.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        self.state.bare += usize::from(held.lines.is_empty());
        self.state.batch.push(settlement);
        self.state.held.push(held);
    }

    /// Whether the batch is to be stored now.
    pub(super) fn is_due(&self) -> bool {
        let full = self.state.batch.len() >= self.limits.batch || self.state.weight >= self.limits.weight;
        full || self.state.since.is_some_and(|since| since.elapsed() >= self.limits.batch_time)
    }

    /// Stores what somebody waits for.
    pub(super) fn flush_wanted(&mut self) -> Result<(), EngineError> {
        // With nothing under way, what is gathered may be all that names further addresses.
        if self.limits.is_gathering && self.state.outstanding > 0 { self.flush_bare() } else { self.flush() }
    }

    /// Stores the batch: records to the disk, then its leases with the output's mark, all or nothing.
    pub(super) fn flush(&mut self) -> Result<(), EngineError> {
        self.state.since = None;
        self.store_spent()?;
        let batch = std::mem::take(&mut self.state.batch);
        let held = std::mem::take(&mut self.state.held);
        (self.state.weight, self.state.bare) = (0, 0);
        self.store(batch, held)?;
        self.state.articles.clear();
        Ok(())
    }

    /// Stores what has no lines.
    fn flush_bare(&mut self) -> Result<(), EngineError> {
        if self.state.bare == 0 {
            return Ok(());
        }
        self.store_spent()?;
        let batch = std::mem::take(&mut self.state.batch).into_iter().zip(std::mem::take(&mut self.state.held));
        let (bare, full): (Vec<_>, Vec<_>) = batch.partition(|(_, held)| held.lines.is_empty());
        (self.state.batch, self.state.held) = full.into_iter().unzip();
        let permits = |held: &super::batch::Held| held.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        self.state.weight = self.state.held.iter().map(permits).sum();
        self.state.bare = 0;
        if self.state.batch.is_empty() {
            self.state.since = None;
        }
        let (bare, held) = bare.into_iter().unzip();
        self.store(bare, held)
    }

    fn store_spent(&mut self) -> Result<(), EngineError> {
        if !self.state.spent.is_empty() {
            let spent = std::mem::take(&mut self.state.spent);
            let spent: Vec<_> = spent.into_iter().map(|((host, day), requests)| (host, day, requests)).collect();
            self.frontier.spend(&spent)?;
        }
        Ok(())
    }

    fn store(&mut self, mut batch: Vec<Settlement>, mut held: Vec<Held>) -> Result<(), EngineError> {
        if batch.is_empty() {
            return Ok(());
        }
        let hosts: Vec<HostKey> = batch.iter().map(|settlement| settlement.lease.host.clone()).collect();
        let settled = loop {
            let settled = self.settle(&batch, &held)?;
            if !settled.withdrawn {
                break settled;
            }
            self.withdraw(&settled, &mut batch, &mut held);
        };
        self.sinks.committed();
        self.keep_sketches(false)?;
        self.sinks.rotate(&mut *self.frontier)?;
        if !settled.refused.is_empty() {
            tracing::warn!(leases = settled.refused.len(), "leases had expired; their pages are fetched again");
        }
        self.counters.found += settled.offered.new;
        if settled.offered.full > 0 {
            self.counters.refuse(SkipReason::FrontierFull, settled.offered.full);
        }
        for host in hosts {
            let site = self.territory.borrow_mut().index_of(&host);
            if let Some(under_way) = site.and_then(|site| self.state.under_way.get_mut(&site)) {
                *under_way = under_way.saturating_sub(1);
            }
        }
        drop(held);
        self.state.starving = false;
        self.tell(Event::Written);
        self.look_for_room();
        let pending = self.frontier.counts()?.open();
        if let Some(observer) = &mut self.observer {
            observer(&Progress {
                counters: &self.counters,
                pending,
                host: self.state.host.as_ref(),
                reached: self.state.reached.as_deref(),
            });
        }
        Ok(())
    }

    fn settle(&mut self, batch: &[Settlement], held: &[Held]) -> Result<Settled, EngineError> {
        for (folder, line) in held.iter().flat_map(|held| &held.lines) {
            self.sinks.append(folder, line)?;
        }
        let marks = self.sinks.flush()?;
        let settled = self.frontier.settle(batch, &marks, self.clock.now());
        if settled.as_ref().map_or(true, |settled| settled.withdrawn) {
            self.sinks.roll_back()?;
        }
        Ok(settled?)
    }

    /// Leaves out what may not stand: pages of leases that are another's by now, and articles that another worker has written.
    fn withdraw(&mut self, settled: &Settled, batch: &mut Vec<Settlement>, held: &mut Vec<Held>) {
        tracing::info!(
            refused = settled.refused.len(),
            doubled = settled.doubled.len(),
            "a segment is made anew without what other workers have by now"
        );
        let mut kept = (Vec::new(), Vec::new());
        for (mut settlement, mut with) in std::mem::take(batch).into_iter().zip(std::mem::take(held)) {
            if settled.refused.contains(&settlement.lease.key) {
                self.counters.records = self.counters.records.saturating_sub(with.lines.len() as u64);
                continue;
            }
            let doubled = match &settlement.outcome {
                Outcome::Written(articles) => articles.iter().find(|article| settled.doubled.contains(&article.id)),
                _ => None,
            };
            if let Some(of) = doubled.map(|article| article.id.clone()) {
                self.counters.records = self.counters.records.saturating_sub(with.lines.len() as u64);
                self.counters.skip(SkipReason::Alias);
                settlement.outcome = Outcome::Alias { of };
                with.lines.clear();
            }
            kept.0.push(settlement);
            kept.1.push(with);
        }
        (*batch, *held) = kept;
    }

    /// Tells other workers that this one lives, where there are any.
    pub(super) fn tend(&mut self) -> Result<(), EngineError> {
        if self.state.tend_at.is_some_and(|at| at > Instant::now()) || self.state.is_alone {
            return Ok(());
        }
        let next = self.frontier.tend(self.clock.now())?;
        self.state.is_alone = next.is_none();
        self.state.tend_at = next.map(|next| Instant::now() + next);
        Ok(())
    }

    /// Gives back the hosts that others are due; of those in `at_hand` something is under way. What is kept of them is read again should
    /// they come back.
    pub(super) fn cede(&mut self, at_hand: &dyn Fn(&HostKey) -> bool) -> Result<(), EngineError> {
        if self.state.is_alone || self.state.ceded_at.is_some_and(|at| at.elapsed() < CEDE_EVERY) {
            return Ok(());
        }
        self.state.ceded_at = Some(Instant::now());
        for host in self.frontier.cede(at_hand, self.clock.now())? {
            tracing::debug!(%host, "host given back");
            self.state.met.remove(&host);
        }
        Ok(())
    }
}
