//! What a fetched page, feed or sitemap adds to the frontier: pure functions over bytes and trees.
//!
//! [`discover`] is the one entry. It looks at the content ([`sniff`]), reads it (`feed`, `sitemap`, `listing`, `links`), and
//! passes every address through one gate (`gather`): canonical form, judgement by the site's rules, no repetition, a priority. What is
//! refused is returned with its reason. Every part is linear and bounded.
//!
//! [`WebArchive`] asks a web archive for the captures of a site (`cdx`), within a [`Window`] of days.
//!
//! Not for: fetching, robots.txt, knowing what is in the frontier already.

mod cdx;
mod dates;
mod error;
mod feed;
mod gather;
mod links;
mod listing;
mod sitemap;
mod sniff;
mod wayback;
mod window;
mod xml;

pub use cdx::{CdxCapture, CdxPage, Choice};
pub use error::SourceError;
pub use gather::priority;
pub use sniff::{Format, sniff};
pub use wayback::{NotAnArchive, WebArchive};
pub use window::{Window, days_of};

use jiff::Timestamp;

use crate::parse::Page;
use crate::site::{Site, UrlKind};
use crate::types::{Candidate, Fetched, SkipReason};
use gather::Gather;

/// Addresses taken from one page, at most; those beyond are counted in [`Discovery::omitted`].
pub const MAX_LINKS: usize = 10_000;

/// What is known about a response when its addresses are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The site it belongs to.
    pub site: &'a Site,
    /// What the address was judged to lead to.
    pub kind: UrlKind,
    /// Its depth, as in its candidate.
    pub depth: u16,
    /// Whether a header (`X-Robots-Tag`) forbids following its links; the page's own meta tag is looked at here.
    pub nofollow: bool,
    /// The present, for calendars and for what is new.
    pub now: Timestamp,
}

/// What a response adds to the frontier.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// What the response is.
    pub format: Format,
    /// Addresses to offer: canonical, judged, without repetition, in the order of the source. `depth` and `referrer` are set.
    pub candidates: Vec<Candidate>,
    /// What each candidate leads to; as many as candidates, in their order.
    pub kinds: Vec<UrlKind>,
    /// Addresses that are not wanted, each once, with the reason.
    pub refused: Vec<Refused>,
    /// Addresses that were there again.
    pub repeated: u64,
    /// Addresses beyond the bounds, not looked at.
    pub omitted: u64,
    /// What was odd, though something could be read.
    pub warnings: Vec<String>,
}

/// An address that is not wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Canonical where it is an address at all, else as written, cut at 2,048 bytes.
    pub address: String,
    /// Why.
    pub reason: SkipReason,
}

/// What a response adds to the frontier.
///
/// `page` is the parsed page where the response is HTML; feeds and sitemaps are read from the bytes.
///
/// # Errors
/// A feed or sitemap that cannot be read, or that is none though the profile says so.
pub fn discover(fetched: &Fetched, page: Option<&Page>, context: &Context<'_>) -> Result<Discovery, SourceError> {
    let format = match sniff(fetched) {
        Format::Other if context.kind == UrlKind::Sitemap && sniff::begins_with_address(fetched) => Format::Sitemap,
        format => format,
    };
    let mut gather = Gather::new(fetched, context);
    match (format, context.kind) {
        (Format::Feed | Format::Sitemap, _) => read_source(fetched, format, &mut gather)?,
        (_, expected @ (UrlKind::Feed | UrlKind::Sitemap)) => return Err(no_source(fetched, format, expected)),
        (Format::Html | Format::Other, _) => {
            if let Some(page) = page {
                links::read(page, context, &mut gather);
            }
        }
    }
    Ok(gather.finish(format))
}

/// Reads a feed or sitemap.
fn read_source(fetched: &Fetched, format: Format, gather: &mut Gather<'_>) -> Result<(), SourceError> {
    let inflated;
    let bytes = if sitemap::is_gzip(&fetched.body) {
        let fault;
        (inflated, fault) = sitemap::inflate(&fetched.body, sitemap::MAX_BYTES)?;
        if let Some(fault) = fault {
            gather.warn(format!("damaged gzip data after {} bytes: {fault}", inflated.len()));
        }
        &inflated
    } else {
        &fetched.body
    };
    let text = xml::decode(bytes, fetched.header("content-type"));
    match format {
        Format::Feed => feed::read(&text, &fetched.final_url, gather),
        _ => sitemap::read(&text, &fetched.final_url, gather),
    }
}

/// Why a response is not the feed or sitemap that it should be.
fn no_source(fetched: &Fetched, format: Format, expected: UrlKind) -> SourceError {
    if fetched.body.iter().all(u8::is_ascii_whitespace) {
        return SourceError::Empty { expected };
    }
    let start = fetched.body.get(..fetched.body.len().min(65_536)).unwrap_or_default();
    let text = xml::decode(start, fetched.header("content-type"));
    if format == Format::Html {
        return SourceError::Html { expected, title: title(&text) };
    }
    let shown = text.trim_start().chars().take(40).map(|c| if c.is_control() { ' ' } else { c });
    let begins = shown.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    SourceError::Unknown { expected, begins }
}

/// The `<title>` of a page, for a message.
fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find('<')?;
    let title = xml::unescaped(html.get(start..end)?).split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| title.chars().take(100).collect())
}
