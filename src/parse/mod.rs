//! Bytes → [`Page`]: character set, document tree, metadata, links and dates.
//!
//! Not for: deciding what belongs to the article (see [`crate::segment`] and [`crate::classify`]).

mod dom;

pub use dom::Dom;

use url::Url;

use crate::types::Meta;

/// A page, decoded and parsed.
#[derive(Debug)]
pub struct Page {
    /// The address that its links are relative to (before `<base>`).
    pub url: Url,
    /// What it says about itself.
    pub meta: Meta,
    /// Its content.
    pub content: Content,
    /// The character set it was decoded with, as named by the WHATWG Encoding Standard.
    pub charset: &'static str,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// The content of a page.
#[derive(Debug)]
pub enum Content {
    /// An HTML tree.
    Html(Dom),
    /// Plain text, line feeds normalised.
    Text(String),
}

impl Page {
    /// The base of the page's links: `<base href>` where given, else its address.
    #[must_use]
    pub fn base(&self) -> Url {
        self.meta.base.as_deref().and_then(|base| self.url.join(base).ok()).unwrap_or_else(|| self.url.clone())
    }
}
