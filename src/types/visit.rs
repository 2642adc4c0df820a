//! What the visits to an address leave behind for the next one.

use jiff::Timestamp;
use url::Url;

/// What is kept of the visits to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// When the address last gave an answer (a page, or "not modified").
    pub at: Timestamp,
    /// When the article appeared: as it says, at the latest when it was first seen.
    pub born: Timestamp,
    /// When to look again; none for what is asked in every run, or never.
    pub next: Option<Timestamp>,
    /// Which visits come first where there are more than may be made; see the constants.
    pub rank: u8,
    /// What changed when, as `revisit::History` writes it.
    pub history: Vec<u8>,
    /// `ETag` as sent.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
    /// Whether the next visit was brought forward because a source said that the page had changed.
    pub hinted: bool,
    /// Before this time no source is believed who says so.
    pub hint_after: Timestamp,
    /// How often in a row that was not true.
    pub misled: u8,
    /// Since when the server says that there is no such page.
    pub missing_since: Option<Timestamp>,
    /// Feeds and sitemaps that the page names, with the dates it gives for them: to be asked also where the page itself has not changed.
    pub sources: Vec<(Url, Option<Timestamp>)>,
}

impl Visit {
    /// A source said that the page has changed.
    pub const HINTED: u8 = 0;
    /// The page is new, or a second look decides something.
    pub const NEW: u8 = 1;
    /// Due by the rate at which it changes.
    pub const BY_RATE: u8 = 2;
}

impl Default for Visit {
    fn default() -> Self {
        Self {
            at: Timestamp::UNIX_EPOCH,
            born: Timestamp::UNIX_EPOCH,
            next: None,
            rank: Self::BY_RATE,
            history: Vec::new(),
            etag: None,
            last_modified: None,
            hinted: false,
            hint_after: Timestamp::UNIX_EPOCH,
            misled: 0,
            missing_since: None,
            sources: Vec::new(),
        }
    }
}

/// What is known of an address that is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// What its visits left.
    pub visit: Visit,
    /// The `id` of the article that it gave.
    pub article: Option<String>,
    /// Whether it is asked because a visit is due, and not because a source or the user names it.
    pub due: bool,
}
