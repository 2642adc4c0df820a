//! A record → the page that it holds, as a [`Fetched`]; or why it holds none.

use super::http::{Message, body_of};
use super::reader::RawRecord;
use super::{Fault, RecordKind};
use crate::fetch::{Content, DecodeError, is_binary, judge};
use crate::source::{Format, sniff};
use crate::types::{ArchiveReason, Fetched, Origin, Via};

/// What bounds the reading of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Bytes of a block as archived. Default 21 MiB: what a crawl fetches at most, and its head.
    pub max_block: u64,
    /// Bytes of a page once inflated. Default 50 MiB.
    pub max_inflated: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { max_block: 21 << 20, max_inflated: 50 << 20 }
    }
}

/// The page of a record. `path` is the archive as the user gives it.
///
/// # Errors
/// The reason why there is none; most records of an archive are none of a page.
pub fn page_of(record: RawRecord, path: &str, limits: &ArchiveLimits) -> Result<Fetched, Fault> {
    let offset = record.offset;
    let origin = Origin::Warc { path: path.to_owned(), offset };
    read(&record, origin, limits).map_err(|(reason, detail)| Fault { offset, reason, detail })
}

type Passed = (ArchiveReason, String);

fn read(record: &RawRecord, origin: Origin, limits: &ArchiveLimits) -> Result<Fetched, Passed> {
    let header = &record.header;
    let Some(url) = header.target_url() else {
        let what = header.target().unwrap_or("nothing").chars().take(200).collect::<String>();
        return Err((ArchiveReason::BadHeader, format!("its address is `{what}`")));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err((ArchiveReason::Scheme, format!("{url} is no page of the web")));
    }
    let Some(fetched_at) = header.date() else {
        return Err((ArchiveReason::BadHeader, "it says no date".to_owned()));
    };
    let (status, headers, raw) = match record.kind {
        RecordKind::Response => {
            let Some(message) = Message::parse(&record.block) else {
                return Err((ArchiveReason::NotHttp, format!("{url}: it holds no HTTP response")));
            };
            (message.status, message.headers, message.body)
        }
        RecordKind::Resource | RecordKind::Conversion => {
            let kind = header.get("Content-Type").unwrap_or_default().to_owned();
            (200, vec![("content-type".to_owned(), kind)], record.block.as_slice())
        }
        RecordKind::Revisit => return Err((ArchiveReason::Unresolved, format!("{url}: what it repeats is not here"))),
        RecordKind::Other => return Err((ArchiveReason::ContentType, format!("{url}: no record of a page"))),
    };
    if status != 200 {
        return Err((ArchiveReason::Status, format!("{url}: status {status}")));
    }
    let content_type = headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone());
    let other = || (ArchiveReason::ContentType, format!("{url}: {}", content_type.as_deref().unwrap_or("no type")));
    let is_for_machines = matches!(url.path(), "/robots.txt" | "/ads.txt") || url.path().starts_with("/.well-known/");
    if is_for_machines || judge(content_type.as_deref(), &url) != Content::Text {
        return Err(other());
    }
    if record.is_cut {
        return Err((ArchiveReason::TooLarge, format!("{url}: longer than {} bytes", limits.max_block)));
    }
    let is_truncated = header.get("WARC-Truncated").is_some();
    let (body, _) = body_of(&headers, raw, limits.max_inflated, is_truncated).map_err(|error| {
        let reason = if matches!(error, DecodeError::TooLarge(_)) {
            ArchiveReason::TooLarge
        } else {
            ArchiveReason::BadEncoding
        };
        (reason, format!("{url}: {error}"))
    })?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err((ArchiveReason::EmptyBody, format!("{url}: nothing in it")));
    }
    if is_binary(&body) {
        return Err((ArchiveReason::Binary, format!("{url}: no text, whatever its type says")));
    }
    let fetched = Fetched {
        requested: url.clone(),
        final_url: url.clone(),
        hops: Vec::new(),
        status,
        headers,
        body,
        fetched_at,
        origin,
        via: Via::File,
    };
    let is_page = match sniff(&fetched) {
        Format::Feed | Format::Sitemap => false,
        Format::Html => true,
        Format::Other => is_text(content_type.as_deref()),
    };
    if is_page { Ok(fetched) } else { Err(other()) }
}

/// Whether a type that is neither HTML by its look can be a page: plain text is, XML and JSON are not.
fn is_text(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_xml = essence.ends_with("xml") && essence != "application/xhtml+xml";
    !is_xml && !essence.ends_with("json")
}
