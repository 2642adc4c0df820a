//! The fetcher against a real server: every outcome, and every bound.

mod bodies;
mod guard;
mod heads;
mod tls;
mod well_known;

use std::time::Duration;

use auslese::fetch::{FetchOutcome, FetchReply, FetchRequest, FetchSettings, Fetcher};
use auslese::types::{DeadReason, RetryReason, Via};
use url::Url;

/// Settings whose limits are reached within a test.
fn quick() -> FetchSettings {
    FetchSettings {
        allow_private: true,
        header_timeout: Duration::from_millis(200),
        connect_timeout: Duration::from_millis(200),
        chunk_timeout: Duration::from_millis(200),
        total_timeout: Duration::from_millis(600),
        max_body: 100_000,
        max_inflated: 1_000_000,
        ..FetchSettings::default()
    }
}

/// Settings whose time limits are never reached in a test.
fn patient() -> FetchSettings {
    FetchSettings { allow_private: true, ..FetchSettings::default() }
}

fn request(url: Url) -> FetchRequest {
    FetchRequest { url, via: Via::Link, hops: Vec::new(), validators: None }
}

async fn fetch(settings: FetchSettings, url: Url) -> FetchReply {
    Fetcher::new(settings).unwrap().fetch(request(url)).await
}

/// The reason of an outcome, as counted, or what else it is.
fn outcome(reply: &FetchReply) -> &'static str {
    match &reply.outcome {
        FetchOutcome::Done(_) => "done",
        FetchOutcome::Redirect { .. } => "redirect",
        FetchOutcome::NotModified => "not_modified",
        FetchOutcome::Retry { reason, .. } => RetryReason::as_str(*reason),
        FetchOutcome::Dead { reason, .. } => DeadReason::as_str(*reason),
    }
}

fn detail(reply: &FetchReply) -> &str {
    match &reply.outcome {
        FetchOutcome::Retry { detail, .. } | FetchOutcome::Dead { detail, .. } => detail,
        _ => "",
    }
}
