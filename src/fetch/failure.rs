//! What each failure means: tried again or given up, and what the pacer hears of it.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use super::FetchOutcome;
use super::decode::DecodeError;
use super::resolve::ResolveFault;
use crate::pace::Signal;
use crate::types::{DeadReason, RetryReason, without_credentials};

/// Characters of an address that a message shows.
const SHOWN: usize = 300;

/// A request that gave no page.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    pub(super) signal: Signal,
    /// Names the address, without credentials.
    pub(super) detail: String,
}

/// Whether it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureKind {
    Retry { reason: RetryReason, after: Option<Duration> },
    Dead(DeadReason),
}

impl FailureKind {
    pub(super) fn retry(reason: RetryReason) -> Self {
        Self::Retry { reason, after: None }
    }
}

impl Failure {
    pub(super) fn new(kind: FailureKind, signal: Signal, url: &Url, what: impl std::fmt::Display) -> Self {
        Self { kind, signal, detail: format!("{}: {what}", shown(url)) }
    }

    pub(super) fn dead(reason: DeadReason, signal: Signal, url: &Url, what: impl std::fmt::Display) -> Self {
        Self::new(FailureKind::Dead(reason), signal, url, what)
    }

    /// A time limit that ran out.
    pub(super) fn timeout(url: &Url, what: impl std::fmt::Display) -> Self {
        Self::new(FailureKind::retry(RetryReason::Timeout), Signal::Timeout, url, what)
    }

    /// What the client reports: looks through the chain of causes for the one that tells most.
    pub(super) fn of(error: reqwest::Error, url: &Url) -> Self {
        let error = error.without_url();
        let (kind, signal) = classify(&error);
        Self::new(kind, signal, url, chain(&error))
    }

    /// A body that could not be decoded; `signal` is that of the response, which was fine.
    pub(super) fn of_decoding(error: &DecodeError, signal: Signal, url: &Url) -> Self {
        let reason = match error {
            DecodeError::TooLarge(_) => DeadReason::InflatedTooLarge,
            DecodeError::Unknown(_) | DecodeError::Damaged(..) => DeadReason::BadEncoding,
        };
        Self::dead(reason, signal, url, chain(error))
    }

    pub(super) fn into_outcome(self) -> FetchOutcome {
        match self.kind {
            FailureKind::Retry { reason, after } => FetchOutcome::Retry { reason, after, detail: self.detail },
            FailureKind::Dead(reason) => FetchOutcome::Dead { reason, detail: self.detail },
        }
    }
}

/// What a status without a page means; none for those that carry one (2xx) or lead on (3xx with a target, 304).
pub(super) fn of_status(status: u16, after: Option<Duration>) -> Option<FailureKind> {
    Some(match status {
        200..=203 => return None,
        204 | 205 => FailureKind::Dead(DeadReason::EmptyBody),
        404 => FailureKind::Dead(DeadReason::NotFound),
        410 => FailureKind::Dead(DeadReason::Gone),
        401 | 402 | 403 | 407 | 451 => FailureKind::Dead(DeadReason::Forbidden),
        408 => FailureKind::Retry { reason: RetryReason::Timeout, after },
        429 => FailureKind::Retry { reason: RetryReason::TooManyRequests, after },
        400..=499 => FailureKind::Dead(DeadReason::ClientError),
        500..=599 => FailureKind::Retry { reason: RetryReason::ServerError, after },
        _ => FailureKind::Dead(DeadReason::UnexpectedStatus),
    })
}

/// What a status tells the pacer.
pub(super) fn signal_of(status: u16, latency: Duration, retry_after: Option<Duration>) -> Signal {
    match status {
        429 | 503 => Signal::Throttled { retry_after },
        408 => Signal::Timeout,
        401 | 402 | 403 | 407 | 451 => Signal::Refused,
        500..=599 => Signal::ServerError,
        _ => Signal::Ok { latency },
    }
}

fn classify(error: &reqwest::Error) -> (FailureKind, Signal) {
    let dead = |reason| FailureKind::Dead(reason);
    let retry = FailureKind::retry;
    if let Some(fault) = find::<ResolveFault>(error) {
        return match fault {
            ResolveFault::NoSuchHost { .. } => (dead(DeadReason::NoSuchHost), Signal::Unsent),
            ResolveFault::Refused { .. } => (dead(DeadReason::AddressRefused), Signal::Unsent),
            ResolveFault::Temporary { .. } => (retry(RetryReason::Dns), Signal::ConnectError),
        };
    }
    if find::<rustls::Error>(error).is_some() {
        return (dead(DeadReason::Tls), Signal::ConnectError);
    }
    if error.is_timeout() {
        return (retry(RetryReason::Timeout), Signal::Timeout);
    }
    if error.is_connect() {
        return (retry(RetryReason::Connect), Signal::ConnectError);
    }
    if find::<hyper::Error>(error).is_some_and(|e| e.is_parse() || e.is_parse_too_large()) {
        return (dead(DeadReason::BadResponse), Signal::ServerError);
    }
    if error.is_builder() {
        // The address passes for a URL, but not for a request's target.
        return (dead(DeadReason::ClientError), Signal::Unsent);
    }
    (retry(RetryReason::Broken), Signal::ConnectError)
}

/// The first error of a type in the chain of causes. `io::Error` hides what it wraps from `source`, so it is opened.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// The words of an error and its causes, each once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

/// An address for messages: no credentials, not endless.
pub(super) fn shown(url: &Url) -> String {
    let url = without_credentials(url.clone());
    match url.as_str().char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", url.as_str().get(..end).unwrap_or_default()),
        None => url.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_no_credentials_and_no_endless_address() {
        let url: Url = "http://me:secret@example.org/a".parse().unwrap();
        assert_eq!(shown(&url), "http://example.org/a");
        let long: Url = format!("http://example.org/{}", "a".repeat(5_000)).parse().unwrap();
        assert_eq!(shown(&long).chars().count(), SHOWN + 1);
    }

    #[test]
    fn statuses() {
        let kind = |status| of_status(status, None);
        for (status, reason) in [
            (204, DeadReason::EmptyBody),
            (304, DeadReason::UnexpectedStatus),
            (400, DeadReason::ClientError),
            (401, DeadReason::Forbidden),
            (404, DeadReason::NotFound),
            (410, DeadReason::Gone),
            (418, DeadReason::ClientError),
            (451, DeadReason::Forbidden),
            (101, DeadReason::UnexpectedStatus),
            (206, DeadReason::UnexpectedStatus),
            (999, DeadReason::UnexpectedStatus),
        ] {
            assert_eq!(kind(status), Some(FailureKind::Dead(reason)), "{status}");
        }
        assert_eq!(kind(200), None);
        assert_eq!(kind(502), Some(FailureKind::retry(RetryReason::ServerError)));
    }

    #[test]
    fn wrapped_errors_are_found() {
        let inner = ResolveFault::NoSuchHost { host: "x.test".to_owned() };
        let outer = io::Error::other(io::Error::other(inner));
        assert!(find::<ResolveFault>(&outer).is_some());
        assert!(find::<rustls::Error>(&outer).is_none());
    }
}
