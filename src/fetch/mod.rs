//! One request, one outcome: reqwest, bounds, the address guard, decoding, and what each failure means.
//!
//! A redirect is data: its target goes back through the frontier, so that robots, pace and guard hold for it as for any
//! page. Waiting and retrying are decided elsewhere.
//!
//! - [`Fetcher`]: the client; pages, robots.txt and tdmrep.json.
//! - `guard` and `resolve`: which addresses may be asked; what is checked is what is connected to.
//! - `decode` and `content`: content encodings within bounds; which bodies are worth reading.
//! - `failure`: what each error and status means; [`Exchange`]: what went over the wire, for archives.
//!
//! Not taken from reqwest: redirects, cookies, decompression, none of which knows our bounds; and proxies from the environment
//! (`HTTP_PROXY` and the like are ignored): a proxy resolves names itself, so that nobody could check where it connects to.

mod client;
mod content;
mod decode;
mod exchange;
mod failure;
mod guard;
mod page;
mod resolve;
mod settings;
mod well_known;

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::pace::{RobotsAnswer, Signal, TdmRep};
use crate::types::{DeadReason, Fetched, RetryReason, Via};

pub use client::{FetchError, Fetcher, Network};
pub(crate) use content::{Content, is_binary, judge};
pub use decode::{DecodeError, gunzip};
pub(crate) use decode::{Encoding, Overflow, decode, parse_encodings};
pub use exchange::{Exchange, Truncated};
pub use guard::{AddressKind, refuse, refuse_literal};
pub use resolve::{Looking, Lookup, SystemLookup};
pub use settings::{FetchSettings, SettingsError};

/// What to fetch.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// The address.
    pub url: Url,
    /// How it was found.
    pub via: Via,
    /// The addresses that redirected here, the first asked for first.
    pub hops: Vec<Url>,
    /// What is known of an earlier version, for a conditional request.
    pub validators: Option<Validators>,
}

/// What an earlier response said of its version ([RFC 9110, section 8.8](https://www.rfc-editor.org/rfc/rfc9110#section-8.8)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag` as sent.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
}

/// How a request ended, with what the pacer and the log need.
#[derive(Debug)]
pub struct FetchReply {
    /// How it ended.
    pub outcome: FetchOutcome,
    /// What the pacer must know.
    pub signal: Signal,
    /// When it was sent: what [`Pacer::finish`](crate::pace::Pacer::finish) compares with the last penalty.
    pub started_at: Timestamp,
    /// Body bytes that came over the wire.
    pub wire_bytes: u64,
    /// What went over the wire, where [`Fetcher::keep_exchanges`] was asked for and an answer was read.
    pub exchange: Option<Box<Exchange>>,
}

/// How a request ended.
#[derive(Debug)]
pub enum FetchOutcome {
    /// A page.
    Done(Box<Fetched>),
    /// Another address is to be asked; judged already (chain length, loop, scheme), not yet by robots and rules.
    Redirect {
        /// The target.
        to: Url,
        /// 301, 302, 303, 307 or 308.
        status: u16,
    },
    /// 304: unchanged since the validators.
    NotModified,
    /// To be tried again later.
    Retry {
        /// Why.
        reason: RetryReason,
        /// How long the server asks to wait.
        after: Option<Duration>,
        /// For the log; names the address, without credentials.
        detail: String,
    },
    /// Failed for good.
    Dead {
        /// Why.
        reason: DeadReason,
        /// For the log; names the address, without credentials.
        detail: String,
    },
}

/// The answer to a request for robots.txt.
#[derive(Debug)]
pub struct RobotsFetch {
    /// What it means.
    pub answer: RobotsAnswer,
    /// What came, where it is worth keeping for a day: the last status and the body, cut at what is parsed (500 KiB). None
    /// where nothing could be had, which is asked for again.
    pub kept: Option<(u16, Vec<u8>)>,
    /// Why the host can never be asked for anything, where that is so: no such host, address refused, TLS. Its pages are
    /// then dead for the same reason, rather than waiting for a robots.txt that never comes.
    pub dead: Option<DeadReason>,
    /// What the pacer must know of the host asked.
    pub signal: Signal,
    /// When it was sent.
    pub started_at: Timestamp,
    /// The address that answered, after redirects; none where the host's name makes no address.
    pub url: Option<Url>,
    /// For the log.
    pub detail: String,
}

/// The answer to a request for `/.well-known/tdmrep.json`.
#[derive(Debug)]
pub struct TdmFetch {
    /// What the site reserves; empty where there is no file; none where it could not be had and should be asked for again.
    pub rules: Option<TdmRep>,
    /// What the pacer must know of the host asked.
    pub signal: Signal,
    /// When it was sent.
    pub started_at: Timestamp,
    /// For the log.
    pub detail: String,
}
