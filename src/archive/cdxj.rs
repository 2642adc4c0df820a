//! The index beside a WARC file: CDXJ, a line a capture, sorted by key and time
//! (<https://specs.webrecorder.net/cdxj/0.1.0/>).

use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};
use serde_json::json;
use url::{Host, Url};

/// What is escaped in a key.
const KEPT: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'#');

/// A capture, as the index tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CdxEntry {
    pub(super) url: String,
    pub(super) at: Timestamp,
    pub(super) mime: String,
    pub(super) status: u16,
    /// Base 32, without the name of the algorithm.
    pub(super) digest: String,
    pub(super) offset: u64,
    /// Bytes of the record in the file.
    pub(super) length: u64,
}

impl CdxEntry {
    /// Its line, without the line feed.
    pub(super) fn line(&self, file: &str) -> String {
        let fields = json!({
            "url": self.url, "mime": self.mime, "status": self.status.to_string(), "digest": self.digest,
            "length": self.length.to_string(), "offset": self.offset.to_string(), "filename": file,
        });
        format!("{} {} {fields}", key_of(&self.url), self.at.strftime("%Y%m%d%H%M%S"))
    }
}

/// The key of an address: its host from the end, then the rest, so that a site stands together. The rules are those of the
/// Wayback Machine as pywb has them: nothing of `www.`, letters small, parameters sorted, no session ids.
pub(super) fn key_of(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_ascii_lowercase() };
    let host = match url.host() {
        Some(Host::Domain(name)) => reversed(without_www(name)),
        Some(Host::Ipv4(address)) => reversed(&address.to_string()),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return address.to_ascii_lowercase(),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut path = normal(url.path());
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(&path) } else { &path };
    let query = url.query().map(sorted).filter(|query| !query.is_empty());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{host}{port}){path}{query}")
}

fn reversed(host: &str) -> String {
    host.to_ascii_lowercase().split('.').rev().collect::<Vec<_>>().join(",")
}

fn without_www(host: &str) -> &str {
    let rest = host.strip_prefix("www").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    rest.and_then(|rest| rest.strip_prefix('.')).unwrap_or(host)
}

fn normal(part: &str) -> String {
    let bytes: Vec<u8> = percent_decode_str(part).collect();
    percent_encode(&bytes, KEPT).to_string().to_lowercase()
}

fn sorted(query: &str) -> String {
    let query = normal(query);
    let mut parameters: Vec<&str> = query.split('&').filter(|parameter| !is_session(parameter)).collect();
    parameters.sort_unstable();
    parameters.join("&")
}

fn is_session(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let is_id = value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_asp = name.starts_with("aspsessionid") && name.len() == 20 && value.len() == 24;
    matches!(name, "sid" | "phpsessid" | "jsessionid") && is_id || is_asp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_pywb() {
        let session = "0123456789abcdef0123456789abcdef";
        for (address, key) in [
            ("http://127.0.0.1:8080/x", "1,0,0,127:8080)/x"),
            ("http://www.Example.org/A/b/?b=2&a=1", "org,example)/a/b?a=1&b=2"),
            ("https://example.org:443/", "org,example)/"),
            ("http://www2.example.org/x/?", "org,example)/x"),
            ("http://example.org/a//b/../c", "org,example)/a/c"),
            ("http://example.org/%C3%A4?Q=%C3%84", "org,example)/%c3%a4?q=%c3%84"),
            ("http://xn--mller-kva.de/x", "de,xn--mller-kva)/x"),
            (&format!("http://example.org/a?PHPSESSID={session}&c=d"), "org,example)/a?c=d"),
            (&format!("http://example.org/?sid={session}"), "org,example)/"),
            ("http://example.org/a?b=", "org,example)/a?b="),
            ("http://[::1]:80/a", "::1)/a"),
            ("http://example.org/a%2Fb%2fc%7e", "org,example)/a/b/c~"),
            ("http://example.org:8080/a?x=http://b.org/", "org,example:8080)/a?x=http://b.org/"),
            ("http://wwwelt.example.org/", "org,example,wwwelt)/"),
        ] {
            assert_eq!(key_of(address), key, "{address}");
        }
    }
}
