//! An exchange → the records of a WARC file, each compressed by itself. This is what costs time, and is done off the thread that
//! writes.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use sha1::{Digest, Sha1};

use crate::fetch::{Exchange, Truncated};

/// The profile of a revisit record whose payload is that of an earlier one (WARC 1.1, section 6.7.2).
const IDENTICAL: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The records of one exchange.
#[derive(Debug)]
pub struct Packed {
    pub(super) url: String,
    pub(super) at: Timestamp,
    pub(super) status: u16,
    pub(super) mime: String,
    /// SHA-1 of the payload.
    pub(super) digest: [u8; 20],
    pub(super) has_payload: bool,
    pub(super) response: Vec<u8>,
    pub(super) request: Vec<u8>,
    /// What a revisit record in place of the response is made of.
    fields: String,
    head: Vec<u8>,
}

/// An earlier capture of the same payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capture {
    pub(super) url: String,
    pub(super) at: Timestamp,
}

impl Packed {
    /// Makes the records.
    ///
    /// # Errors
    /// Never, as nothing is written but memory; the compressor's signature has it.
    pub fn of(exchange: &Exchange) -> io::Result<Self> {
        let url = exchange.url.as_str().split('#').next().unwrap_or_default().to_owned();
        let (response_id, request_id) = (new_id(), new_id());
        let digest: [u8; 20] = Sha1::digest(&exchange.body).into();
        let mut fields = format!("WARC-Record-ID: <{response_id}>\r\n");
        common(&mut fields, &url, exchange);
        let _ = write!(fields, "WARC-Payload-Digest: {}\r\n", sha1(&digest));
        if let Some(truncated) = exchange.truncated {
            let why = match truncated {
                Truncated::Length => "length",
                Truncated::Disconnect => "disconnect",
            };
            let _ = write!(fields, "WARC-Truncated: {why}\r\n");
        }
        let response =
            record("response", &fields, "application/http; msgtype=response", &[&exchange.head, &exchange.body])?;
        let mut asked = format!("WARC-Record-ID: <{request_id}>\r\nWARC-Concurrent-To: <{response_id}>\r\n");
        common(&mut asked, &url, exchange);
        let request = record("request", &asked, "application/http; msgtype=request", &[&exchange.request])?;
        let mime = exchange.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        Ok(Self {
            url,
            at: exchange.at,
            status: exchange.status,
            mime: if mime.is_empty() { "unk".to_owned() } else { mime.to_ascii_lowercase() },
            digest,
            has_payload: !exchange.body.is_empty(),
            response,
            request,
            fields,
            head: exchange.head.clone(),
        })
    }

    /// The record that stands for the response where its payload is in the archive already.
    pub(super) fn revisit(&self, of: &Capture) -> io::Result<Vec<u8>> {
        let mut fields = self.fields.clone();
        let _ = write!(
            fields,
            "WARC-Profile: {IDENTICAL}\r\nWARC-Refers-To-Target-URI: {}\r\nWARC-Refers-To-Date: {}\r\n",
            of.url,
            date(of.at)
        );
        record("revisit", &fields, "application/http; msgtype=response", &[&self.head])
    }
}

fn common(fields: &mut String, url: &str, exchange: &Exchange) {
    let _ = write!(fields, "WARC-Date: {}\r\nWARC-Target-URI: {url}\r\n", date(exchange.at));
    if let Some(remote) = exchange.remote {
        let _ = write!(fields, "WARC-IP-Address: {remote}\r\n");
    }
    if exchange.protocol != "http/1.1" {
        let _ = write!(fields, "WARC-Protocol: {}\r\n", exchange.protocol);
    }
}

/// A record in a gzip member of its own.
pub(super) fn record(kind: &str, fields: &str, content_type: &str, block: &[&[u8]]) -> io::Result<Vec<u8>> {
    let mut hash = Sha1::new();
    block.iter().for_each(|part| hash.update(part));
    let digest: [u8; 20] = hash.finalize().into();
    let length: usize = block.iter().map(|part| part.len()).sum();
    let mut member = GzEncoder::new(Vec::with_capacity(length / 3 + 512), Compression::default());
    write!(
        member,
        "WARC/1.1\r\nWARC-Type: {kind}\r\n{fields}WARC-Block-Digest: {}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n",
        sha1(&digest)
    )?;
    for part in block {
        member.write_all(part)?;
    }
    member.write_all(b"\r\n\r\n")?;
    member.finish()
}

/// To the second, so that a capture is referred to by the date that indexes have.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A random UUID (RFC 9562, version 4).
pub(super) fn new_id() -> String {
    let mut bytes = fastrand::u128(..).to_be_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::from("urn:uuid:");
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        let _ = write!(id, "{byte:02x}");
    }
    id
}

fn sha1(digest: &[u8; 20]) -> String {
    format!("sha1:{}", base32(digest))
}

/// RFC 4648, which is how archives write SHA-1: 20 bytes are 32 letters, without padding.
pub(super) fn base32(digest: &[u8; 20]) -> String {
    digest
        .chunks(5)
        .flat_map(|five| {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8).rev().map(move |at| char::from(BASE32[(bits >> (at * 5) & 31) as usize]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_archives_do() {
        let digest: [u8; 20] = Sha1::digest(b"").into();
        assert_eq!(sha1(&digest), "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
    }

    #[test]
    fn ids_are_random_uuids() {
        let (one, two) = (new_id(), new_id());
        assert_ne!(one, two);
        assert_eq!(one.len(), "urn:uuid:".len() + 36);
        assert_eq!(one.as_bytes()[9 + 14], b'4');
    }
}
