//! What a run counts: every end of every page, by reason.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::types::{DeadReason, RetryReason, Role, SkipReason, Via};

/// The counters of a run. Each page that was asked for ends in exactly one of `records`, `skipped`, `redirected`,
/// `unchanged`, `missing`, `retried` and `dead`; addresses refused before they were asked for are in `refused`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests sent for pages, feeds, sitemaps and lists, repetitions included; robots.txt is not in it.
    pub requests: u64,
    /// Requests for robots.txt and tdmrep.json.
    pub robots_requests: u64,
    /// Answers with a page.
    pub pages: u64,
    /// Of these, feeds, sitemaps and listings.
    pub sources: u64,
    /// Body bytes over the wire.
    pub bytes: u64,
    /// Records written.
    pub records: u64,
    /// Of these, new versions of articles written before.
    pub updates: u64,
    /// Of these, articles that are gone.
    pub tombstones: u64,
    /// Visits made to pages because it was time to look again.
    pub revisits: u64,
    /// Articles that the server says are not there, while a later visit has yet to say so too.
    pub missing: u64,
    /// Answers that led elsewhere.
    pub redirected: u64,
    /// Answers that said "not modified".
    pub unchanged: u64,
    /// Addresses new in the frontier.
    pub found: u64,
    /// Pages fetched that gave no record, and addresses that robots.txt forbids, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Addresses seen and not wanted, by reason; one address is counted as often as it was seen.
    pub refused: BTreeMap<SkipReason, u64>,
    /// Pages to be tried again, by reason.
    pub retried: BTreeMap<RetryReason, u64>,
    /// Pages that failed for good, by reason.
    pub dead: BTreeMap<DeadReason, u64>,
    /// Of these, how many are a failure of the run; see [`is_failure`].
    pub failed: u64,
    /// Hosts closed for a time because they failed again and again, or refused everything.
    pub hosts_closed: u64,
    /// Hosts of whose articles the classifier has become less sure: see [`super::Confidence`].
    pub hosts_falling: u64,
    /// Blocks of the records by role.
    pub blocks: BTreeMap<Role, u64>,
}

impl Counters {
    /// Counts a page that gave no record.
    pub fn skip(&mut self, reason: SkipReason) {
        bump(&mut self.skipped, reason, 1);
    }

    /// Counts an address that was not wanted.
    pub fn refuse(&mut self, reason: SkipReason, times: u64) {
        bump(&mut self.refused, reason, times);
    }

    /// Counts a page that is tried again.
    pub fn retry(&mut self, reason: RetryReason) {
        bump(&mut self.retried, reason, 1);
    }

    /// Counts a page that failed for good.
    pub fn die(&mut self, reason: DeadReason, via: Via) {
        bump(&mut self.dead, reason, 1);
        self.failed += u64::from(is_failure(reason, via));
    }

    /// Counts a visit to a known page that failed: no failure of the run, for the page is tried again.
    pub fn miss(&mut self, reason: DeadReason) {
        bump(&mut self.dead, reason, 1);
    }

    /// Counts a block of a record.
    pub fn block(&mut self, role: Role) {
        bump(&mut self.blocks, role, 1);
    }
}

fn bump<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, by: u64) {
    *counts.entry(key).or_default() += by;
}

/// The sum of a counter.
pub(super) fn total<K>(counts: &BTreeMap<K, u64>) -> u64 {
    counts.values().sum()
}

/// Whether a page that is dead for this reason makes the run end with "some pages failed".
///
/// The one place that decides it, in the sense of somebody who reads exit codes of a scheduled run: what a site's own
/// links do to it every day is no failure (a dead link, a link to a PDF or to another site), and is only counted; what
/// the user or the profile named, and what would have been an article had the server done its work, is one.
#[must_use]
pub const fn is_failure(reason: DeadReason, via: Via) -> bool {
    let named = matches!(via, Via::Seed | Via::File);
    match reason {
        DeadReason::NotFound
        | DeadReason::Gone
        | DeadReason::ContentType
        | DeadReason::BadRedirect
        | DeadReason::RedirectRefused
        | DeadReason::AddressRefused
        | DeadReason::NoSuchHost => named,
        DeadReason::Forbidden
        | DeadReason::ClientError
        | DeadReason::UnexpectedStatus
        | DeadReason::RetriesExhausted
        | DeadReason::TooManyRedirects
        | DeadReason::RedirectLoop
        | DeadReason::Tls
        | DeadReason::BodyTooLarge
        | DeadReason::InflatedTooLarge
        | DeadReason::BadEncoding
        | DeadReason::BadResponse
        | DeadReason::EmptyBody
        | DeadReason::Binary
        | DeadReason::NoContent
        | DeadReason::Malformed
        | DeadReason::Unreadable => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_no_failure_but_a_dead_seed_is() {
        let mut counters = Counters::default();
        counters.die(DeadReason::NotFound, Via::Link);
        counters.die(DeadReason::Gone, Via::Feed);
        counters.die(DeadReason::ContentType, Via::Link);
        assert_eq!(counters.failed, 0);
        counters.die(DeadReason::NotFound, Via::Seed);
        counters.die(DeadReason::RetriesExhausted, Via::Link);
        assert_eq!(counters.failed, 2);
        assert_eq!(counters.dead[&DeadReason::NotFound], 2);
        assert_eq!(total(&counters.dead), 5);
    }
}
