//! Addresses in one canonical form.

use serde::{Deserialize, Serialize};
use url::Url;

/// How addresses of a site are brought to one form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CanonicalRules {
    /// Query parameters that never change the page, beside the built-in tracking parameters and session ids;
    /// `*` at the end stands for any tail.
    pub strip_params: Vec<String>,
    /// Whether the order of query parameters means nothing, so that they may be sorted.
    pub sort_query: bool,
}

/// The canonical form of an address. (Placeholder until the rules are in.)
#[must_use]
pub fn canonicalize(url: &Url, _rules: &CanonicalRules) -> Url {
    url.clone()
}

/// An address as written in a page, made absolute.
#[must_use]
pub fn resolve(base: &Url, href: &str) -> Option<Url> {
    base.join(href.trim()).ok()
}
