//! An address that may become a page, and the right to fetch it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Before, HostKey};

/// An address on its way into the frontier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The canonical address.
    pub url: Url,
    /// How it was found.
    pub via: Via,
    /// Fetched earlier when larger.
    pub priority: i32,
    /// Links between a seed and this page.
    pub depth: u16,
    /// When the source says the page was published or changed.
    pub lastmod: Option<Timestamp>,
    /// The page that named it; none for seeds.
    pub referrer: Option<Url>,
    /// The addresses that redirected here, the first asked for first; empty where nothing redirected.
    /// A redirect goes back through the frontier, so that robots, pace and guard hold for its target as for any page.
    pub hops: Vec<Url>,
}

/// How an address was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Named by the user or the profile.
    Seed,
    /// An RSS or Atom feed.
    Feed,
    /// A sitemap or sitemap index.
    Sitemap,
    /// A listing page of the profile.
    Listing,
    /// The next page of a listing.
    Pagination,
    /// A link on an article or another page.
    Link,
    /// `rel=canonical`.
    Canonical,
    /// The target of a redirect.
    Redirect,
    /// A range of numbers or dates in the address.
    Range,
    /// An index of captures.
    Cdx,
    /// A file given by the user.
    File,
}

impl Via {
    /// Every way.
    pub const ALL: &'static [Via] = &[
        Via::Seed,
        Via::Feed,
        Via::Sitemap,
        Via::Listing,
        Via::Pagination,
        Via::Link,
        Via::Canonical,
        Via::Redirect,
        Via::Range,
        Via::Cdx,
        Via::File,
    ];

    /// The way of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|via| via.as_str() == name)
    }

    /// The name used in records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Via::Seed => "seed",
            Via::Feed => "feed",
            Via::Sitemap => "sitemap",
            Via::Listing => "listing",
            Via::Pagination => "pagination",
            Via::Link => "link",
            Via::Canonical => "canonical",
            Via::Redirect => "redirect",
            Via::Range => "range",
            Via::Cdx => "cdx",
            Via::File => "file",
        }
    }
}

impl std::fmt::Display for Via {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The right, for a time, to fetch one address. A lease that is not settled before it expires is handed out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The frontier's key of the address.
    pub key: i64,
    /// The address.
    pub candidate: Candidate,
    /// Whose pace applies.
    pub host: HostKey,
    /// How often it was tried before, 0 for the first time.
    pub attempt: u32,
    /// When the lease ends.
    pub expires: Timestamp,
    /// Grows with every lease of this address; a settlement with an old number is refused.
    pub fence: i64,
    /// What earlier visits left; none for the first.
    pub before: Option<Box<Before>>,
}
