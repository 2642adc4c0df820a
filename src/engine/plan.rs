//! What a run is to crawl.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use url::Url;

use crate::classify::Sketch;
use crate::pace::PaceOverride;
use crate::site::{Site, UrlKind};
use crate::source::priority;
use crate::types::{Candidate, HostKey, Via};

/// What a run is to crawl, and how much of it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    sites: Vec<Site>,
    start: Vec<(Url, Via)>,
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

/// Finds the site of an address, hosts remembered. What belongs to no site of the plan is left alone.
#[derive(Debug, Clone)]
pub(super) struct Territory {
    sites: Arc<[Site]>,
    by_host: FxHashMap<HostKey, Option<usize>>,
}

/// Hosts remembered at most; more are looked up each time.
const REMEMBERED: usize = 65_536;

impl Territory {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { sites: plan.sites.clone().into(), by_host: FxHashMap::default() }
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
        let url = Url::parse(host.as_str()).ok()?;
        self.sites.iter().position(|site| site.contains(&url))
    }

    pub(super) fn site(&self, index: usize) -> Option<&Site> {
        self.sites.get(index)
    }
}
