//! Bounds of a request, and who we say we are.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::guard::{AddressKind, Guard, Net, literal};

/// Bounds of a request, and who we say we are. Durations are written as `10s`, `2m`; sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FetchSettings {
    /// The product token of the User-Agent, which robots.txt is matched against. Default `auslese`. Letters, `_` and
    /// `-`. There is no way to pose as a browser.
    pub product: String,
    /// Where the operator can be reached: the address of a page, or a mail address, put into the User-Agent. Default:
    /// empty, and the User-Agent says that there is none.
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
    /// Ports that may be asked; those of the sites that a crawl names are added. Default 80, 443, 8000, 8008, 8080, 8081,
    /// 8443, 8888.
    pub ports: Vec<u16>,
    /// Whether private, loopback and link-local addresses may be asked, at any port. Default false.
    pub allow_private: bool,
    /// Addresses that may be asked though they are not public: one's own servers, without the rest of the network that
    /// `allow_private` opens. Written `10.0.0.5`, `192.168.1.0/24`, `fd00::/8`. Default none.
    pub allow_addresses: Vec<String>,
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
            ports: vec![80, 443, 8000, 8008, 8080, 8081, 8443, 8888],
            allow_private: false,
            allow_addresses: Vec::new(),
            max_idle_per_host: 16,
        }
    }
}

impl FetchSettings {
    /// The User-Agent that is sent: `product/version (+contact)`; without a contact it says so.
    #[must_use]
    pub fn user_agent(&self) -> String {
        let comment = match self.contact.as_str() {
            "" => "article crawler; its operator left no contact".to_owned(),
            contact => format!("+{contact}"),
        };
        format!("{}/{} ({comment})", self.product, env!("CARGO_PKG_VERSION"))
    }

    /// Whether the options make sense, and the User-Agent is honest.
    ///
    /// # Errors
    /// Names the first option that does not, and what it may be.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let error = |option, message: &str| Err(SettingsError { option, message: message.to_owned() });
        let token = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-');
        if self.product.is_empty() || !self.product.bytes().all(token) {
            return error("product", "expected a product token: letters, `_` and `-`");
        }
        let product = self.product.to_ascii_lowercase();
        if product.split(['-', '_']).any(|part| OTHERS.contains(&part)) {
            return error("product", "names another program; a crawler says what it is");
        }
        let contact = &self.contact;
        let is_plain = contact.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'\\'));
        let is_address = contact.contains('@') || contact.starts_with("http://") || contact.starts_with("https://");
        if !(contact.is_empty() || is_plain && is_address) {
            return error("contact", "expected the address of a page (https://…) or a mail address, without spaces");
        }
        let times = [
            ("connect_timeout", self.connect_timeout),
            ("header_timeout", self.header_timeout),
            ("chunk_timeout", self.chunk_timeout),
            ("total_timeout", self.total_timeout),
        ];
        for (option, time) in times {
            if time.is_zero() || time > MAX_TIME {
                return error(option, "expected more than 0s and at most a day");
            }
        }
        for (option, size) in [("max_body", self.max_body), ("max_inflated", self.max_inflated)] {
            if size == 0 || size > MAX_SIZE {
                return error(option, "expected at least 1 byte and at most 4 GiB");
            }
        }
        if self.ports.is_empty() || self.ports.contains(&0) {
            return error("ports", "expected at least one port, from 1 to 65535");
        }
        if let Some(wrong) = self.allow_addresses.iter().find(|text| text.parse::<Net>().is_err()) {
            let message = format!("expected addresses like 10.0.0.5 or 192.168.1.0/24, got {wrong:?}");
            return error("allow_addresses", &message);
        }
        if self.max_url == 0 { error("max_url", "expected at least 1 byte") } else { Ok(()) }
    }

    /// The address written as the host of a URL, where these settings refuse it; none for names, which are judged when they
    /// are resolved.
    #[must_use]
    pub fn refuse_literal(&self, url: &Url) -> Option<(IpAddr, AddressKind)> {
        let address = literal(url)?;
        Guard::new(self).refuse(address).map(|kind| (address, kind))
    }
}

/// Longest time limit.
const MAX_TIME: Duration = Duration::from_secs(86_400);
/// Largest body limit.
const MAX_SIZE: u64 = 4 << 30;
/// Programs that we do not pose as.
const OTHERS: [&str; 12] = [
    "mozilla",
    "chrome",
    "chromium",
    "safari",
    "firefox",
    "gecko",
    "opera",
    "edge",
    "googlebot",
    "bingbot",
    "applebot",
    "yandexbot",
];

/// An option that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fetch.{option}: {message}")]
pub struct SettingsError {
    /// The option's name.
    pub option: &'static str,
    /// What is wrong, and what it may be.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_names_product_and_contact() {
        let mut settings = FetchSettings::default();
        let version = env!("CARGO_PKG_VERSION");
        assert!(settings.user_agent().starts_with(&format!("auslese/{version} (")), "{}", settings.user_agent());
        assert!(settings.user_agent().contains("no contact"));
        settings.contact = "https://example.org/crawler".to_owned();
        assert_eq!(settings.user_agent(), format!("auslese/{version} (+https://example.org/crawler)"));
    }

    #[test]
    fn it_is_read_from_toml() {
        let settings: FetchSettings = toml::from_str("header_timeout = \"5s\"\nmax_body = 1000").unwrap();
        assert_eq!((settings.header_timeout, settings.max_body), (Duration::from_secs(5), 1_000));
        assert_eq!(toml::from_str::<FetchSettings>(&toml::to_string(&settings).unwrap()).unwrap(), settings);
        assert!(toml::from_str::<FetchSettings>("user_agent = \"Mozilla/5.0\"").is_err(), "no disguise");
    }

    #[test]
    fn options_that_make_no_sense() {
        let with = |change: fn(&mut FetchSettings)| {
            let mut settings = FetchSettings::default();
            change(&mut settings);
            settings.validate().map_err(|e| e.option)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|s| s.contact = "me@example.org".to_owned()), Ok(()));
        for product in ["", "my bot", "bot/2", "Mozilla", "Googlebot", "my-Chrome"] {
            let settings = FetchSettings { product: product.to_owned(), ..FetchSettings::default() };
            assert_eq!(settings.validate().unwrap_err().option, "product", "{product:?}");
        }
        for contact in ["example.org", "me@example.org\r\nX: y", "a@b) Mozilla/5.0 (", "me @example.org"] {
            let settings = FetchSettings { contact: contact.to_owned(), ..FetchSettings::default() };
            assert_eq!(settings.validate().unwrap_err().option, "contact", "{contact:?}");
        }
        assert_eq!(with(|s| s.total_timeout = Duration::ZERO), Err("total_timeout"));
        assert_eq!(with(|s| s.header_timeout = Duration::MAX), Err("header_timeout"));
        assert_eq!(with(|s| s.max_body = u64::MAX), Err("max_body"));
        assert_eq!(with(|s| s.max_url = 0), Err("max_url"));
        assert_eq!(with(|s| s.ports.clear()), Err("ports"));
        assert_eq!(with(|s| s.ports.push(0)), Err("ports"));
        assert_eq!(with(|s| s.allow_addresses.push("10.0.0.0/8".to_owned())), Ok(()));
        assert_eq!(with(|s| s.allow_addresses.push("intranet.test".to_owned())), Err("allow_addresses"));
    }
}
