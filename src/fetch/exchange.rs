//! A request and its answer as they went over the wire, for an archive.
//!
//! What the HTTP library gives is kept byte for byte: the body with its content encoding, the values of fields, their order, the
//! reason phrase. What it does not give: the case of names in answers (they are written in lower case), the order of fields of one
//! name among others, and how the body was cut into chunks (`Transfer-Encoding` is undone and kept as
//! `X-Orig-Transfer-Encoding`, so that no reader looks for chunks). HTTP/2 has no text to keep: its fields are written as those of
//! HTTP/1.1, as other crawlers do, and [`Exchange::protocol`] says so.

use std::net::IpAddr;

use hyper::ext::ReasonPhrase;
use jiff::Timestamp;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, TRANSFER_ENCODING, USER_AGENT};
use reqwest::{Response, Version};
use url::{Position, Url};

/// Why an exchange holds less than the server had to say (ISO 28500, section 5.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncated {
    /// Longer than was read.
    Length,
    /// The connection broke.
    Disconnect,
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The address asked.
    pub url: Url,
    /// When.
    pub at: Timestamp,
    /// The address of the machine that answered.
    pub remote: Option<IpAddr>,
    /// `http/1.0`, `http/1.1` or `h2`.
    pub protocol: &'static str,
    /// The request; it has no body.
    pub request: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
    /// `Content-Type` of the answer.
    pub content_type: Option<String>,
    /// The head of the answer, with the empty line.
    pub head: Vec<u8>,
    /// The body of the answer, its content encoding kept.
    pub body: Vec<u8>,
    /// Whether the body is not all of it.
    pub truncated: Option<Truncated>,
}

impl Exchange {
    /// What is known when the head of the answer is there.
    pub(super) fn of(url: &Url, sent: &HeaderMap, response: &Response) -> Self {
        let protocol = match response.version() {
            Version::HTTP_2 => "h2",
            Version::HTTP_10 => "http/1.0",
            _ => "http/1.1",
        };
        Self {
            url: url.clone(),
            at: Timestamp::now(),
            remote: response.remote_addr().map(|address| address.ip()),
            protocol,
            request: request(url, sent),
            status: response.status().as_u16(),
            content_type: response.headers().get("content-type").map(super::client::text_of),
            head: head(response),
            body: Vec::new(),
            truncated: None,
        }
    }
}

/// The request as it is sent over HTTP/1.1.
fn request(url: &Url, sent: &HeaderMap) -> Vec<u8> {
    let mut bytes = format!("GET {} HTTP/1.1\r\n", &url[Position::BeforePath..Position::AfterQuery]).into_bytes();
    for (name, value) in sent {
        field(&mut bytes, name.as_str(), value);
    }
    let host = &url[Position::BeforeHost..Position::BeforePath];
    bytes.extend_from_slice(format!("host: {host}\r\n\r\n").as_bytes());
    bytes
}

fn head(response: &Response) -> Vec<u8> {
    let status = response.status();
    let version = if response.version() == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut bytes = format!("{version} {} ", status.as_u16()).into_bytes();
    match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => bytes.extend_from_slice(reason.as_bytes()),
        None => bytes.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes()),
    }
    bytes.extend_from_slice(b"\r\n");
    for (name, value) in response.headers() {
        let name = if name == TRANSFER_ENCODING { "x-orig-transfer-encoding" } else { name.as_str() };
        field(&mut bytes, name, value);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

fn field(to: &mut Vec<u8>, name: &str, value: &HeaderValue) {
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b": ");
    to.extend_from_slice(value.as_bytes());
    to.extend_from_slice(b"\r\n");
}

/// The fields of a request in the order in which the client sends them.
pub(super) fn sent(accept: &'static str, conditions: Option<HeaderMap>, agent: &str) -> HeaderMap {
    let mut fields = HeaderMap::new();
    fields.insert("accept", HeaderValue::from_static(accept));
    fields.insert(ACCEPT_ENCODING, HeaderValue::from_static(super::client::ENCODINGS));
    fields.extend(conditions.unwrap_or_default());
    if let Ok(agent) = HeaderValue::from_str(agent) {
        fields.insert(USER_AGENT, agent);
    }
    fields
}
