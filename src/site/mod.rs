//! What is known about a site: sources, URL rules, pace, templates by date, cues. One TOML file a site; no Rust to add one.
//!
//! A profile (`profile`, as it stands in the file) is compiled once (`compile`) into a [`Site`], whose selectors and
//! regular expressions are ready and whose faults name file and line. [`Sites`] holds them all and finds the one for an
//! address; a site without a profile gets `_default`, bound to its host. [`Site::judge`] says what an address is, or why it is
//! not wanted (`judge`, `traps`).
//!
//! Not for: reading files (the command line hands over their texts), robots.txt and pace (see [`crate::pace`]).

mod compile;
mod error;
mod judge;
mod profile;
mod range;
mod scope;
mod sites;
mod template;
mod traps;

use std::sync::Arc;
use std::time::Duration;

use scraper::Selector;
use serde::{Deserialize, Serialize};
use url::Url;

pub use error::{Fault, SiteError, SiteErrors};
pub use range::NumberRange;
pub use sites::{DEFAULT_SITE, Sites};
pub use template::{Cue, CueScope, Template};

use crate::pace::Hours;
use crate::types::{Via, canonicalize};
use compile::Compiled;
use scope::Scope;

/// What an address of a site leads to, as far as the address tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrlKind {
    /// One article.
    Article,
    /// A list of pointers to articles; followed, never a record.
    Listing,
    /// An RSS, Atom or JSON feed.
    Feed,
    /// A sitemap or sitemap index.
    Sitemap,
    /// A page of the site; whether it holds an article is for the classifier to say.
    Page,
}

impl UrlKind {
    /// The name used in profiles and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            UrlKind::Article => "article",
            UrlKind::Listing => "listing",
            UrlKind::Feed => "feed",
            UrlKind::Sitemap => "sitemap",
            UrlKind::Page => "page",
        }
    }
}

impl std::fmt::Display for UrlKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a profile says about pace; none where it says nothing, so that the configuration's own values hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SitePace {
    /// Time between the starts of two requests to a host. robots.txt can only make it longer.
    pub delay: Option<Duration>,
    /// Requests at a time to a host, at least 1.
    pub per_host: Option<u16>,
    /// Requests to a host in a run, at most; 0 means as many as there are.
    pub requests_per_run: Option<u64>,
    /// Requests to a host in a day of the profile's time zone, at most; 0 means as many as there are.
    pub requests_per_day: Option<u64>,
}

/// What a profile says about the site's wishes towards robots. robots.txt itself is always obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteRobots {
    /// Whether `noindex` and `noarchive` (meta tag, `X-Robots-Tag`) are obeyed.
    pub obey_meta_robots: bool,
    /// Whether `nofollow` (page, header, link) is obeyed.
    pub obey_nofollow: bool,
}

/// What a profile says about how much of a site is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteLimits {
    /// Links between a seed and a page, at most.
    pub depth: Option<u16>,
    /// Pages fetched in a run, at most.
    pub pages: Option<u64>,
    /// Visits to articles of earlier runs in a run, at most.
    pub revisits: Option<u64>,
}

/// A compiled profile, bound to the hosts it holds for. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Site {
    compiled: Arc<Compiled>,
    scope: Arc<Scope>,
}

impl Site {
    /// The profile's name, as recorded in `profile`: the file's name without `.toml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.compiled.name
    }

    /// A hash of the profile's text: another one where anything in it was changed.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.compiled.digest
    }

    /// The file that the profile stands in.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.compiled.file
    }

    /// The name that the site gives itself.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.compiled.title.as_deref()
    }

    /// The language of its articles, ISO 639-1.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.compiled.language.as_deref()
    }

    /// The address that paths of the profile are relative to; none for `_default` while it is bound to no host.
    #[must_use]
    pub fn home(&self) -> Option<&Url> {
        self.scope.home.as_ref()
    }

    /// The hosts that it holds for, as in the profile.
    pub fn hosts(&self) -> impl Iterator<Item = String> + '_ {
        self.scope.hosts.iter().map(ToString::to_string)
    }

    /// Where a crawl of the site starts: its feeds, sitemaps, listings and seeds, in this order, without repetition.
    /// [`Via`] says what kind of source each is; [`Site::judge`] gives its kind.
    #[must_use]
    pub fn start(&self) -> Vec<(Url, Via)> {
        self.scope.sources.iter().map(|source| (source.url.clone(), source.via)).collect()
    }

    /// The canonical form of an address: the one to fetch. Idempotent.
    #[must_use]
    pub fn canonical(&self, url: &Url) -> Url {
        let url = canonicalize(url, &self.compiled.canonical);
        let url = self.to_home(url);
        match self.compiled.identities.iter().filter(|rule| rule.rewrite).find_map(|rule| rule.apply(&url)) {
            Some(rewritten) => canonicalize(&rewritten, &self.compiled.canonical),
            None => url,
        }
    }

    /// What makes an article the same article under several addresses: `host/path?query` of the canonical form,
    /// without scheme and `www.`, shortened by the profile's identity rules. Not an address to fetch.
    #[must_use]
    pub fn identity(&self, url: &Url) -> String {
        self.identity_of_canonical(&self.canonical(url))
    }

    /// As [`Site::identity`], for an address that is in canonical form already.
    #[must_use]
    pub fn identity_of_canonical(&self, url: &Url) -> String {
        match self.compiled.identities.iter().find_map(|rule| rule.apply(url)) {
            Some(article) => scope::without_origin(&article),
            None => scope::without_origin(url),
        }
    }

    /// Whether an address belongs to the site.
    #[must_use]
    pub fn contains(&self, url: &Url) -> bool {
        self.scope.contains(url)
    }

    /// The template for pages of a day (ISO 8601; year and month are enough): of the capture where known, else of the
    /// publication. Without a date, or where no version covers it, everything that any version knows.
    #[must_use]
    pub fn template_for(&self, date: Option<&str>) -> &Template {
        self.compiled.template_for(date)
    }

    /// Every version of the template, oldest first.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.compiled.versions.iter().map(|version| &version.template)
    }

    /// The days of each version, in the order of [`Site::templates`]: `until 2025-01-01`, `from 2020-01-01 until 2025-01-01`.
    pub fn template_days(&self) -> impl Iterator<Item = String> + '_ {
        self.compiled.versions.iter().map(compile::Version::days)
    }

    /// How many rules keep and how many drop addresses.
    #[must_use]
    pub fn rule_counts(&self) -> (usize, usize) {
        let keep = self.compiled.rules.iter().filter(|rule| rule.keep.is_some()).count();
        (keep, self.compiled.rules.len() - keep)
    }

    /// What becomes of addresses that no rule matches: `page` or `drop`.
    #[must_use]
    pub fn otherwise(&self) -> &'static str {
        match self.compiled.otherwise {
            profile::Otherwise::Page => "page",
            profile::Otherwise::Drop => "drop",
        }
    }

    /// Whether an address looks like another page of a list, by the profile's pattern.
    #[must_use]
    pub fn is_pagination(&self, url: &Url) -> bool {
        self.compiled.pagination.as_ref().is_some_and(|pattern| pattern.is_match(&judge::path_and_query(url)))
    }

    /// Whether the profile has a pattern for other pages of a list.
    #[must_use]
    pub fn has_pagination(&self) -> bool {
        self.compiled.pagination.is_some()
    }

    /// Elements that lead to the next page of a list.
    #[must_use]
    pub fn pagination_selectors(&self) -> &[Selector] {
        &self.compiled.pagination_selectors
    }

    /// What the profile says about pace.
    #[must_use]
    pub fn pace(&self) -> SitePace {
        self.compiled.pace
    }

    /// Hours in which the site is not asked, and its time zone.
    #[must_use]
    pub fn hours(&self) -> &Hours {
        &self.compiled.hours
    }

    /// What the profile says about meta robots.
    #[must_use]
    pub fn robots(&self) -> SiteRobots {
        self.compiled.robots
    }

    /// What the profile says about limits.
    #[must_use]
    pub fn limits(&self) -> SiteLimits {
        self.compiled.limits
    }

    /// Ranges of numbers for backfilling.
    #[must_use]
    pub fn ranges(&self) -> &[NumberRange] {
        &self.compiled.ranges
    }

    /// The same profile for a copy of the site elsewhere (a mirror, a test server): paths and rules stay, home and hosts are
    /// those of `origin`.
    #[must_use]
    pub fn at(&self, origin: &Url) -> Self {
        Self { compiled: Arc::clone(&self.compiled), scope: Arc::new(Scope::at(origin, &self.compiled)) }
    }

    /// Where all hosts serve the same pages, the address at the home's.
    fn to_home(&self, mut url: Url) -> Url {
        let Some(home) = self.scope.home.as_ref().filter(|_| self.compiled.one_origin && self.contains(&url)) else {
            return url;
        };
        // None of these can fail between two http(s) addresses with hosts; were one to, the address stays as it is.
        let moved = url.set_scheme(home.scheme()).and_then(|()| url.set_port(home.port()));
        if moved.is_ok() {
            let _unchanged_on_error = url.set_host(home.host_str());
        }
        url
    }
}
