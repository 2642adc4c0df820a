//! What a run is to crawl.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use url::Url;

use crate::classify::Sketch;
use crate::pace::PaceOverride;
use crate::site::{Site, UrlKind};
use crate::source::{WebArchive, Window, priority};
use crate::types::{Candidate, HostKey, Via};

/// What a run is to crawl, and how much of it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    sites: Vec<Site>,
    start: Vec<(Url, Via)>,
    ranges: Vec<Url>,
    /// What of a site's history is wanted, and from where; none for a crawl of the site as it is.
    pub backfill: Option<Arc<Backfill>>,
    /// Pages to fetch at most.
    pub limit: Option<u64>,
    /// Time after which nothing new is fetched.
    pub time: Option<Duration>,
    /// Pace that goes before what profiles say (robots.txt can still slow it).
    pub pace: PaceOverride,
    /// What recurs on the pages, learnt before; used as it is, whatever the configuration says.
    pub sketch: Option<Arc<Sketch>>,
}

impl Plan {
    /// An empty plan.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a site from where its profile says it starts.
    pub fn add_site(&mut self, site: Site) {
        self.start.extend(site.start());
        self.claim(site);
    }

    /// Adds the addresses that the profile's ranges stand for, of dated ones those within the window.
    pub fn add_ranges(&mut self, site: &Site) {
        let window = self.backfill.as_ref().map(|backfill| backfill.window).unwrap_or_default();
        let Some(home) = site.home() else { return };
        let addresses = site.ranges().iter().flat_map(|range| range.addresses(window.from, window.to));
        self.ranges.extend(addresses.filter_map(|address| Some(site.canonical(&home.join(&address).ok()?))));
    }

    /// Whether there is nothing to begin with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start.is_empty() && self.ranges.is_empty()
    }

    /// The addresses of the ranges, as candidates, the first first. Unlike those that a run starts from, they are asked once.
    #[must_use]
    pub fn range_candidates(&self, now: Timestamp) -> Vec<Candidate> {
        let site = |url: &Url| self.sites.iter().find(|site| site.contains(url));
        let kind = |url: &Url| site(url).and_then(|site| site.judge(url, 0, now).ok()).unwrap_or(UrlKind::Article);
        let candidate = |url: &Url| Candidate {
            url: url.clone(),
            via: Via::Range,
            priority: priority(Via::Range, kind(url), 0, None, now),
            depth: 0,
            lastmod: None,
            referrer: None,
            hops: Vec::new(),
        };
        self.ranges.iter().map(candidate).collect()
    }

    /// Adds a site as the plan's archive has it; its own servers are not asked.
    pub fn add_archived(&mut self, site: Site) {
        if let Some(archive) = self.backfill.as_ref().and_then(|backfill| backfill.archive.as_ref()) {
            self.start.extend(archive.questions(&site).into_iter().map(|url| (url, Via::Cdx)));
        }
        self.claim(site);
    }

    /// Adds one address of a site. Where it is the site's front page, what the profile names is added too.
    pub fn add_url(&mut self, site: Site, url: &Url) {
        self.start.push((site.canonical(url), Via::Seed));
        if url.path() == "/" && url.query().is_none() {
            self.start.extend(site.start());
        }
        self.claim(site);
    }

    fn claim(&mut self, site: Site) {
        let same = |known: &Site| known.name() == site.name() && known.home() == site.home();
        if !self.sites.iter().any(same) {
            self.sites.push(site);
        }
    }

    /// The sites in the order in which they were added.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// The addresses that the run starts from, as candidates, each once.
    #[must_use]
    pub fn candidates(&self, now: Timestamp) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (url, via) in &self.start {
            if candidates.iter().any(|known| known.url == *url) {
                continue;
            }
            let kind = match via {
                Via::Feed => UrlKind::Feed,
                Via::Sitemap => UrlKind::Sitemap,
                _ => UrlKind::Listing,
            };
            candidates.push(Candidate {
                url: url.clone(),
                via: *via,
                priority: priority(*via, kind, 0, None, now),
                depth: 0,
                lastmod: None,
                referrer: None,
                hops: Vec::new(),
            });
        }
        candidates
    }
}

/// What of a site's history is wanted.
#[derive(Debug, Clone, Default)]
pub struct Backfill {
    /// The archive that has the pages; none where the site still has them.
    pub archive: Option<WebArchive>,
    /// The days of publication, or of capture where no other is known.
    pub window: Window,
}

/// Finds the site of an address, hosts remembered. What belongs to no site of the plan is left alone.
#[derive(Debug, Clone)]
pub(super) struct Territory {
    sites: Arc<[Site]>,
    /// The server of an archive, which stands for the plan's first site.
    archive: Option<HostKey>,
    by_host: FxHashMap<HostKey, Option<usize>>,
}

/// Hosts remembered at most; more are looked up each time.
const REMEMBERED: usize = 65_536;

impl Territory {
    pub(super) fn new(plan: &Plan) -> Self {
        let archive = plan.backfill.as_ref().and_then(|backfill| backfill.archive.as_ref());
        let archive = archive.map(|archive| archive.host().clone());
        Self { sites: plan.sites.clone().into(), archive, by_host: FxHashMap::default() }
    }

    /// The site of a host, as its place in the plan.
    pub(super) fn index_of(&mut self, host: &HostKey) -> Option<usize> {
        if let Some(known) = self.by_host.get(host) {
            return *known;
        }
        let found = self.look_up(host);
        if self.by_host.len() < REMEMBERED {
            self.by_host.insert(host.clone(), found);
        }
        found
    }

    /// The same without remembering.
    pub(super) fn look_up(&self, host: &HostKey) -> Option<usize> {
        if let Some(known) = self.by_host.get(host) {
            return *known;
        }
        if self.archive.as_ref() == Some(host) {
            return Some(0);
        }
        let url = Url::parse(host.as_str()).ok()?;
        self.sites.iter().position(|site| site.contains(&url))
    }

    pub(super) fn site(&self, index: usize) -> Option<&Site> {
        self.sites.get(index)
    }
}
