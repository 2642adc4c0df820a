//! Bounds of a request, and who we say we are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds of a request, and who we say we are. Durations are written as `10s`, `2m`; sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FetchSettings {
    /// The product token of the User-Agent, which robots.txt is matched against. Default `auslese`. Letters, `_` and
    /// `-`. There is no way to pose as a browser.
    pub product: String,
    /// Where the operator can be reached: an address of a page or a mail address, put into the User-Agent. Default: empty,
    /// which names the project itself.
    pub contact: String,
    /// Time to connect, TLS included. Default 10 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub connect_timeout: Duration,
    /// Time from sending to the head of the answer. Default 30 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub header_timeout: Duration,
    /// Time between two pieces of the body. Default 30 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub chunk_timeout: Duration,
    /// Time for the whole request. Default 2 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub total_timeout: Duration,
    /// Body bytes on the wire. Default 20 MiB.
    pub max_body: u64,
    /// Body bytes once inflated. Default 50 MiB.
    pub max_inflated: u64,
    /// Length of an address. Default 8 KiB.
    pub max_url: usize,
    /// Redirects in a row. Default 10.
    pub max_redirects: usize,
    /// Whether private, loopback and link-local addresses may be asked. Default false.
    pub allow_private: bool,
    /// Idle connections kept open to a host. Default 16.
    pub max_idle_per_host: usize,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            product: "auslese".to_owned(),
            contact: String::new(),
            connect_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(30),
            chunk_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(120),
            max_body: 20 << 20,
            max_inflated: 50 << 20,
            max_url: 8 << 10,
            max_redirects: 10,
            allow_private: false,
            max_idle_per_host: 16,
        }
    }
}

impl FetchSettings {
    /// The User-Agent that is sent: `product/version (+contact)`.
    #[must_use]
    pub fn user_agent(&self) -> String {
        format!("{}/{} (+{})", self.product, env!("CARGO_PKG_VERSION"), self.contact)
    }
}
