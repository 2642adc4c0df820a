//! How a lease ends.

use jiff::Timestamp;
use url::Url;

use crate::types::{Candidate, DeadReason, Lease, RetryReason, SkipReason, Visit};

/// The end of one lease, and what the page gave to the frontier.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The lease as it was handed out.
    pub lease: Lease,
    /// How it ended.
    pub outcome: Outcome,
    /// Addresses found on the page, offered in the same transaction.
    pub found: Vec<Candidate>,
    /// Sources among them that are to be asked though the state knows them, as by [`reopen`](super::Frontier::reopen); in the same
    /// transaction.
    pub again: Vec<Candidate>,
    /// What is kept for the next visit of the address; none leaves what is kept.
    pub visit: Option<Visit>,
}

impl Settlement {
    /// The end of a lease of which nothing else is to be stored.
    #[must_use]
    pub const fn new(lease: Lease, outcome: Outcome) -> Self {
        Self { lease, outcome, found: Vec::new(), again: Vec::new(), visit: None }
    }
}

/// How a lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The page's records are in the output, within the marks given to the same settle.
    Written(Vec<Article>),
    /// The page gives no record, and that is right.
    Skipped {
        /// Why.
        reason: SkipReason,
        /// For the log and the state.
        detail: Option<String>,
    },
    /// The page names another address as its canonical one, and gives way to it: skipped as not canonical. Where that
    /// address ends without an article, in this settle or any other, or leads back here, the page becomes ready again.
    NotCanonical {
        /// The address it names.
        canonical: Url,
    },
    /// To be tried again later.
    Retry {
        /// Not before this time.
        not_before: Timestamp,
        /// Why.
        reason: RetryReason,
        /// For the log and the state.
        detail: Option<String>,
    },
    /// Failed for good.
    Dead {
        /// Why.
        reason: DeadReason,
        /// For the log and the state.
        detail: Option<String>,
    },
    /// The page is the article of this id, which is in the output already: the address becomes its alias.
    Alias {
        /// [`Article::id`].
        of: String,
    },
    /// The address redirects. The target, which carries its hops, goes into the frontier even where that is full.
    Redirected {
        /// Where to.
        to: Candidate,
    },
    /// The article of the address stands in the output as it is, or nothing can be said of it now: the address is what it was before
    /// it was asked.
    Kept {
        /// Why the visit gave nothing, where that was the server's or the network's fault.
        failed: Option<RetryReason>,
    },
    /// The article has changed; its new version is in the output, within the marks given to the same settle. Addresses that redirected
    /// here are its aliases, and visited no more.
    Updated(Article),
    /// The article is gone, which the output says within the marks given to the same settle.
    Gone {
        /// Why the address is dead.
        reason: DeadReason,
        /// [`Article::id`].
        article: String,
    },
    /// Given back untouched, as when a run is stopped: ready at once, the attempt not counted.
    Released,
}

/// The identity of a written article, and what its next version is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Article {
    /// The record's `id`.
    pub id: String,
    /// The record's `url`.
    pub url: String,
    /// The record's `version_id`.
    pub version_id: String,
    /// The record's `content_hash`.
    pub content_hash: String,
    /// The record's `simhash`, by which near articles are found; none for short texts, and for articles that repeat another.
    pub simhash: Option<u64>,
    /// Fingerprints of its parts, as `revisit::Facets` writes them; empty for articles of an earlier version of this software.
    pub facets: Vec<u8>,
    /// Whether the output says that it is gone.
    pub gone: bool,
}

/// What a settle did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Leases ended.
    pub settled: u64,
    /// Keys of leases that were refused: expired and handed out again, or settled before. Nothing of them was stored,
    /// nor what their pages offered.
    pub refused: Vec<i64>,
    /// Ids of written articles that were in the output before. Empty where the caller asked
    /// [`article`](super::Frontier::article) before it wrote.
    pub doubled: Vec<String>,
    /// What became of the addresses found.
    pub offered: Offered,
    /// Nothing was stored: the output holds records of leases that are refused, or articles that another worker wrote meanwhile
    /// (`refused`, `doubled`). Only of states that are shared.
    pub withdrawn: bool,
}

/// What became of candidates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offered {
    /// Taken.
    pub new: u64,
    /// Known before; their state is kept.
    pub known: u64,
    /// Known and settled, now ready again ([`reopen`](super::Frontier::reopen) only).
    pub reopened: u64,
    /// Not taken, as the frontier holds as many open addresses as it may.
    pub full: u64,
    /// Not taken, as the address is not `http` or `https`, or has no host.
    pub refused: u64,
}

impl std::ops::AddAssign for Offered {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.known += other.known;
        self.reopened += other.reopened;
        self.full += other.full;
        self.refused += other.refused;
    }
}
