//! What is asked of a host beside its pages: robots.txt, kept across runs, and tdmrep.json.

use std::collections::HashSet;

use jiff::Timestamp;
use url::Url;

use super::Run;
use crate::engine::orders::Order;
use crate::fetch::{RobotsFetch, TdmFetch};
use crate::frontier::RobotsCopy;
use crate::pace::{Robots, RobotsAnswer, RobotsState, Start};
use crate::site::UrlKind;
use crate::source::priority;
use crate::types::{Candidate, HostKey, Via};

/// A host whose robots.txt cannot be had so often is left to the next run.
const ROBOTS_TRIES: u32 = 3;
/// A tdmrep.json that cannot be had so often is taken for none.
const TDM_TRIES: u32 = 2;

impl Run {
    pub(super) fn ask_robots(&mut self, host: HostKey, now: Timestamp) {
        if self.started_aside(&host, now) {
            self.tasks.spawn(self.requests.clone().robots(host));
        }
    }

    /// Whether tdmrep.json is to be asked for first. robots.txt holds for it as for any page; then nothing is known of it.
    pub(super) fn wants_tdm(&self, host: &HostKey, rules: Option<&Robots>) -> bool {
        let Some(known) = self.known.get(host) else { return false };
        if !self.config.crawl.tdmrep || known.tdm.is_some() || known.tdm_tries >= TDM_TRIES {
            return false;
        }
        let Ok(url) = Url::parse(&format!("{host}/.well-known/tdmrep.json")) else { return false };
        rules.is_none_or(|rules| rules.check(&self.agent, &url).allowed)
    }

    pub(super) fn ask_tdm(&mut self, host: HostKey, now: Timestamp) {
        if self.started_aside(&host, now) {
            if let Some(known) = self.known.get_mut(&host) {
                known.tdm_tries += 1;
            }
            self.tasks.spawn(self.requests.clone().tdm(host));
        }
    }

    /// Whether a request beside the pages may start: it keeps the host's pace as they do.
    fn started_aside(&mut self, host: &HostKey, now: Timestamp) -> bool {
        match self.pacer.try_start(host, now) {
            Start::Go => {}
            Start::Busy => {
                self.hosts.busy(host);
                return false;
            }
            Start::NotBefore(until) => {
                self.rest(host.clone(), now, until);
                return false;
            }
        }
        let _ = self.orders.send(Order::RobotsAsked);
        if let Some(known) = self.known.get_mut(host) {
            known.asking = true;
        }
        self.spend(host, now);
        self.taken += 1;
        self.hosts.started(host);
        self.hosts.busy(host);
        true
    }

    pub(super) fn take_robots(&mut self, host: &HostKey, fetch: RobotsFetch) {
        let now = self.clock.now();
        self.finished(host, fetch.started_at, fetch.signal);
        self.taken = self.taken.saturating_sub(1);
        let RobotsFetch { answer, kept, dead, detail, .. } = fetch;
        if let Some((status, body)) = kept {
            let copy = RobotsCopy { status: Some(status), body, fetched_at: now };
            let _ = self.orders.send(Order::KeepRobots { host: host.clone(), copy });
        }
        let reason = match answer {
            RobotsAnswer::Unavailable { reason, .. } => Some(reason),
            RobotsAnswer::AllowAll(_) | RobotsAnswer::Rules(_) => None,
        };
        self.heed(host, answer, now);
        // Rules from before go on to hold while the file cannot be had.
        let holds = matches!(self.robots.state(host, now), RobotsState::Known(_));
        if let Some(known) = self.known.get_mut(host) {
            known.asking = false;
            known.robots_failures = if reason.is_some() { known.robots_failures + 1 } else { 0 };
            // What no later try in this run can mend is not tried again; the next run may find it mended.
            let in_vain = dead.is_some() || known.robots_failures >= ROBOTS_TRIES;
            if let Some(reason) = reason {
                tracing::warn!(%host, %reason, detail, rules_of_before = holds, "robots.txt cannot be had");
                if in_vain && !holds && !known.failed {
                    known.failed = true;
                    let detail = format!("robots.txt could not be had: {detail}");
                    let _ = self.orders.send(Order::HostFailed { host: host.clone(), detail });
                }
            }
        }
        self.hosts.ended(host);
    }

    /// What the state keeps from an earlier run holds for a day from when it was fetched.
    pub(super) fn take_kept_robots(&mut self, host: &HostKey, copy: &RobotsCopy) {
        // Fetched in what is the future by now: the clock was wrong, then or now.
        if copy.fetched_at > self.clock.now() {
            return;
        }
        let Some(status) = copy.status else { return };
        let answer = RobotsAnswer::of(status, &copy.body, None);
        if !matches!(answer, RobotsAnswer::Unavailable { .. }) {
            self.heed(host, answer, copy.fetched_at);
        }
    }

    /// Takes in what robots.txt says, fetched at `at`.
    fn heed(&mut self, host: &HostKey, answer: RobotsAnswer, at: Timestamp) {
        if let RobotsAnswer::Rules(rules) = &answer {
            let now = self.clock.now();
            self.pacer.set_crawl_delay(host, rules.crawl_delay(&self.agent), now);
            self.offer_sitemaps(host, rules.sitemaps(), now);
        }
        self.robots.store(host, answer, at);
    }

    pub(super) fn take_tdm(&mut self, host: &HostKey, fetch: TdmFetch) {
        self.finished(host, fetch.started_at, fetch.signal);
        self.taken = self.taken.saturating_sub(1);
        if let Some(known) = self.known.get_mut(host) {
            known.asking = false;
            known.tdm = fetch.rules;
        }
        self.hosts.ended(host);
    }

    /// Offers the sitemaps that robots.txt names, as sources.
    fn offer_sitemaps(&mut self, host: &HostKey, sitemaps: &[String], now: Timestamp) {
        let Some(site) = self.territory.index_of(host).and_then(|index| self.territory.site(index)) else { return };
        if !self.config.crawl.robots_sitemaps {
            return;
        }
        let base = url::Url::parse(host.as_str()).ok();
        let mut seen = HashSet::new();
        let candidates: Vec<Candidate> = sitemaps
            .iter()
            .filter_map(|written| base.as_ref()?.join(written).ok())
            .map(|url| site.canonical(&url))
            .filter(|url| match site.judge_source(url) {
                Ok(()) => seen.insert(url.clone()),
                Err(reason) => {
                    tracing::debug!(%url, %reason, "sitemap of robots.txt refused");
                    false
                }
            })
            .map(|url| Candidate {
                url,
                via: Via::Sitemap,
                priority: priority(Via::Sitemap, UrlKind::Sitemap, 0, None, now),
                depth: 0,
                lastmod: None,
                referrer: base.as_ref().and_then(|base| base.join("/robots.txt").ok()),
                hops: Vec::new(),
            })
            .collect();
        if !candidates.is_empty() {
            let _ = self.orders.send(Order::Sources(candidates));
        }
    }
}
