//! Sitemaps as sitemaps.org has them: lists of addresses, indexes of such lists, plain text, each perhaps compressed.
//!
//! Bounds are those of the protocol, 50,000 addresses and 50 MiB inflated; what is beyond is counted or refused.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use url::Url;

use super::SourceError;
use super::dates;
use super::gather::{Found, Gather};
use super::xml::{Break, Step, Walk};
use crate::site::UrlKind;
use crate::types::{Via, resolve};

/// Addresses of a sitemap, at most.
pub(super) const MAX_ADDRESSES: usize = 50_000;
/// Bytes of a sitemap, inflated, at most.
pub(super) const MAX_BYTES: usize = 52_428_800;

/// Whether data are compressed by gzip.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Inflates gzip data up to a limit. Damaged data give what could be read, with the fault.
pub(super) fn inflate(bytes: &[u8], limit: usize) -> Result<(Vec<u8>, Option<std::io::Error>), SourceError> {
    let mut inflated = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let end = MultiGzDecoder::new(bytes).take(bound).read_to_end(&mut inflated);
    if inflated.len() > limit {
        return Err(SourceError::TooLarge { limit });
    }
    match end {
        Err(source) if inflated.is_empty() => Err(SourceError::Gzip { read: 0, source }),
        end => Ok((inflated, end.err())),
    }
}

/// Offers the addresses of a sitemap or sitemap index.
pub(super) fn read(text: &str, base: &Url, gather: &mut Gather<'_>) -> Result<(), SourceError> {
    if text.len() > MAX_BYTES {
        return Err(SourceError::TooLarge { limit: MAX_BYTES });
    }
    if text.trim_start().starts_with('<') {
        read_xml(text, base, gather)
    } else {
        read_text(text, base, gather);
        Ok(())
    }
}

/// One address a line.
fn read_text(text: &str, base: &Url, gather: &mut Gather<'_>) {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        if at >= MAX_ADDRESSES {
            gather.omit(1);
            continue;
        }
        // The protocol wants whole addresses: a line that is none is a mistake, not a path.
        let url = if Url::parse(line).is_ok() { resolve(base, line) } else { None };
        gather.take(Found { url, written: line.to_owned(), ..Found::default() }, Via::Sitemap);
    }
}

/// An entry as it is being read.
#[derive(Debug, Default)]
struct Entry {
    location: String,
    changed: String,
    published: String,
}

/// Reads a sitemap or index in XML.
fn read_xml(text: &str, base: &Url, gather: &mut Gather<'_>) -> Result<(), SourceError> {
    let mut walk = Walk::new(text);
    let mut entry: Option<Entry> = None;
    let mut field: Option<String> = None;
    let mut entries = 0;
    while let Some(step) = walk.next() {
        match step {
            Step::Open { name, .. } if matches!(name.as_str(), "url" | "sitemap") => entry = Some(Entry::default()),
            Step::Open { name, .. } => field = Some(name),
            Step::Text(text) => {
                let target = entry.as_mut().zip(field.as_deref()).and_then(|(entry, field)| match field {
                    "loc" => Some(&mut entry.location),
                    "lastmod" => Some(&mut entry.changed),
                    "news:publication_date" | "publication_date" => Some(&mut entry.published),
                    _ => None,
                });
                if let Some(target) = target.filter(|target| target.len() < 65_536) {
                    target.push_str(&text);
                }
            }
            Step::Close(name) if matches!(name.as_str(), "url" | "sitemap") => {
                let Some(entry) = entry.take() else { continue };
                entries += 1;
                if entries > MAX_ADDRESSES {
                    gather.omit(1);
                } else {
                    offer(entry, name == "sitemap", base, gather);
                }
            }
            Step::Close(_) => field = None,
        }
    }
    if let Some(Break { line, column, problem }) = walk.fault().cloned() {
        if entries == 0 {
            return Err(SourceError::Malformed { expected: UrlKind::Sitemap, line, column, problem });
        }
        let read = entries.min(MAX_ADDRESSES);
        gather.warn(format!("malformed sitemap, line {line}, column {column}: {problem}; {read} entries were read"));
    }
    Ok(())
}

fn offer(entry: Entry, is_sitemap: bool, base: &Url, gather: &mut Gather<'_>) {
    let location = entry.location.trim();
    let found = Found {
        url: if location.is_empty() { None } else { resolve(base, location) },
        written: if location.is_empty() { "(entry without <loc>)".to_owned() } else { location.to_owned() },
        lastmod: dates::parse(&entry.changed).or_else(|| dates::parse(&entry.published)),
        nofollow: false,
        source_kind: is_sitemap.then_some(UrlKind::Sitemap),
    };
    gather.take(found, Via::Sitemap);
}
