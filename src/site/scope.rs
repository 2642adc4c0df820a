//! The hosts that a profile holds for, and its sources as addresses there.

use std::fmt;

use url::Url;

use super::UrlKind;
use super::compile::Compiled;
use crate::types::{Via, canonicalize};

/// Where a profile holds.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) home: Option<Url>,
    pub(super) hosts: Vec<HostPattern>,
    pub(super) sources: Vec<Source>,
}

/// A source that the profile names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) url: Url,
    pub(super) via: Via,
    pub(super) kind: UrlKind,
}

/// A host, with or without `www.`, over http or https; the port only where it is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPattern {
    host: String,
    port: Option<u16>,
    subdomains: bool,
}

impl Scope {
    /// The profile's sources and home at another origin.
    pub(super) fn at(origin: &Url, compiled: &Compiled) -> Self {
        let mut home = origin.clone();
        home.set_path("/");
        home.set_query(None);
        home.set_fragment(None);
        let hosts = HostPattern::of(&home).into_iter().collect();
        let sources = sources(&home, compiled).filter_map(Result::ok).collect();
        Self { home: Some(home), hosts, sources }
    }

    pub(super) fn contains(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = bare_host(host);
        self.hosts.iter().any(|pattern| pattern.port == url.port() && pattern.matches(host))
    }
}

/// The sources of a profile as addresses below a home; an error is the place in the file and the address as written.
pub(super) fn sources<'a>(
    home: &'a Url,
    compiled: &'a Compiled,
) -> impl Iterator<Item = Result<Source, (usize, &'a str, url::ParseError)>> + 'a {
    compiled.sources.iter().map(move |(written, line, via, kind)| {
        let url = home.join(written).map_err(|error| (*line, written.as_str(), error))?;
        Ok(Source { url: canonicalize(&url, &compiled.canonical), via: *via, kind: *kind })
    })
}

impl HostPattern {
    /// A host as a profile writes it: `example.org`, `*.example.org`, `127.0.0.1:8080`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (subdomains, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // The parser of addresses knows IDNA, IPv4 and IPv6.
        let url = Url::parse(&format!("http://{rest}/")).ok()?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !plain || rest.ends_with('/') {
            return None;
        }
        Some(Self { subdomains, ..Self::of(&url)? })
    }

    /// The host of an address.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = bare_host(url.host_str()?).to_owned();
        Some(Self { host, port: url.port(), subdomains: false })
    }

    fn matches(&self, host: &str) -> bool {
        match host.strip_suffix(self.host.as_str()) {
            Some("") => true,
            Some(front) => self.subdomains && front.ends_with('.'),
            None => false,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.subdomains { "*." } else { "" };
        match self.port {
            Some(port) => write!(f, "{star}{}:{port}", self.host),
            None => write!(f, "{star}{}", self.host),
        }
    }
}

/// A host without `www.` and the dot of the root.
fn bare_host(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.strip_prefix("www.").unwrap_or(host)
}

/// `host[:port]/path[?query]`.
pub(super) fn without_origin(url: &Url) -> String {
    let mut text = String::with_capacity(url.as_str().len());
    text.push_str(bare_host(url.host_str().unwrap_or_default()));
    if let Some(port) = url.port() {
        text.push(':');
        text.push_str(&port.to_string());
    }
    text.push_str(url.path());
    if let Some(query) = url.query() {
        text.push('?');
        text.push_str(query);
    }
    text
}
