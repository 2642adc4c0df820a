//! What a response is, by its first bytes; servers say `text/html` of feeds and `application/xml` of pages.

use url::Url;

use super::{sitemap, xml};
use crate::types::Fetched;

/// What a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RSS, Atom, RDF or JSON Feed.
    Feed,
    /// A sitemap: XML or plain text, perhaps compressed.
    Sitemap,
    /// HTML or XHTML.
    Html,
    /// Anything else.
    Other,
}

impl Format {
    /// The name used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Feed => "feed",
            Format::Sitemap => "sitemap",
            Format::Html => "html",
            Format::Other => "other",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// So much of a body is looked at, in bytes: comments and processing instructions may precede the root.
const WINDOW: usize = 16_384;

/// What a response is. Looks at no more than its first 16 KiB.
#[must_use]
pub fn sniff(fetched: &Fetched) -> Format {
    let content_type = fetched.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let start = fetched.body.get(..WINDOW.min(fetched.body.len())).unwrap_or_default();
    if sitemap::is_gzip(start) {
        // Cut off in mid-stream on purpose: what was inflated before the cut is what is wanted.
        return match sitemap::inflate(start, WINDOW * 1_100) {
            Ok((inflated, _)) => sniff_bytes(inflated.get(..WINDOW.min(inflated.len())).unwrap_or_default(), ""),
            Err(_) => Format::Other,
        };
    }
    sniff_bytes(start, &content_type)
}

fn sniff_bytes(start: &[u8], content_type: &str) -> Format {
    // The window may cut a character in two; the end of it means nothing here.
    let valid = std::str::from_utf8(start).map_or_else(|error| error.valid_up_to(), str::len);
    let start = if start.len() - valid < 4 { start.get(..valid).unwrap_or(start) } else { start };
    let text = xml::decode(start, Some(content_type));
    let text = text.trim_start();
    if text.starts_with('{') {
        return if text.contains("jsonfeed.org/version") { Format::Feed } else { Format::Other };
    }
    match root(text) {
        Some(root) => match root.rsplit(':').next().unwrap_or(root).to_ascii_lowercase().as_str() {
            "rss" | "feed" | "entry" | "channel" => Format::Feed,
            "rdf" if text.contains("/rss/") || text.contains("my.netscape.com") => Format::Feed,
            "urlset" | "sitemapindex" => Format::Sitemap,
            "rdf" => Format::Other,
            _ if content_type.contains("xml") && !content_type.contains("xhtml") && !text.contains("<html") => {
                Format::Other
            }
            _ => Format::Html,
        },
        None if is_text_sitemap(text) => Format::Sitemap,
        None if content_type.contains("html") || text.contains("<html") || text.contains("<body") => Format::Html,
        None => Format::Other,
    }
}

/// The name of the root element, where the text begins as XML or HTML does.
fn root(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        let rest = text.strip_prefix('<')?;
        if let Some(comment) = rest.strip_prefix("!--") {
            text = comment.split_once("-->")?.1;
        } else if rest.starts_with('?') {
            text = rest.split_once("?>")?.1;
        } else if rest.starts_with('!') {
            text = skip_doctype(rest)?;
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<')).unwrap_or(rest.len());
            return rest.get(..end).filter(|name| name.starts_with(|c: char| c.is_alphabetic()));
        }
    }
}

/// What follows a document type, an internal subset included.
fn skip_doctype(text: &str) -> Option<&str> {
    let end = text.find('>')?;
    match text.find('[').filter(|subset| *subset < end) {
        Some(_) => text.split_once(']')?.1.split_once('>').map(|(_, rest)| rest),
        None => text.get(end + 1..),
    }
}

/// Whether the first lines are addresses and nothing else.
fn is_text_sitemap(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).peekable();
    lines.peek().is_some() && lines.all(is_address)
}

fn is_address(line: &str) -> bool {
    !line.contains(char::is_whitespace) && Url::parse(line).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether text begins with an address: enough for a sitemap where one is expected, whatever stands below.
pub(super) fn begins_with_address(fetched: &Fetched) -> bool {
    let start = fetched.body.get(..WINDOW.min(fetched.body.len())).unwrap_or_default();
    let text = xml::decode(start, fetched.header("content-type"));
    text.lines().map(str::trim).find(|line| !line.is_empty()).is_some_and(is_address)
}
