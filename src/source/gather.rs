//! The gate that every address passes on its way to the frontier.

use jiff::Timestamp;
use rustc_hash::FxHashSet;
use url::Url;

use super::{Context, Discovery, Format, Refused};
use crate::site::UrlKind;
use crate::types::{Candidate, Fetched, SkipReason, Via};

/// Refused addresses are shown up to this length, in bytes.
const SHOWN: usize = 2_048;

/// An address as a source gives it.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Made absolute; none where it is no address.
    pub(super) url: Option<Url>,
    /// As written, for what cannot be made absolute.
    pub(super) written: String,
    /// When it was published or changed.
    pub(super) lastmod: Option<Timestamp>,
    /// Whether the source asks not to follow it.
    pub(super) nofollow: bool,
    /// What the source says it is, where that does not hang on the profile's rules (sitemaps in an index, feeds).
    pub(super) source_kind: Option<UrlKind>,
}

/// Collects the addresses of one response.
#[derive(Debug)]
pub(super) struct Gather<'a> {
    context: &'a Context<'a>,
    referrer: Url,
    /// Identities of what was decided, the response's own among them. The keys are a stranger's: no faster hash here.
    seen: FxHashSet<String>,
    /// Canonical addresses that were refused.
    refused_seen: FxHashSet<String>,
    /// Addresses with `nofollow`; one that stands elsewhere without it is taken all the same.
    nofollow: Vec<Url>,
    candidates: Vec<Candidate>,
    kinds: Vec<UrlKind>,
    refused: Vec<Refused>,
    repeated: u64,
    omitted: u64,
    warnings: Vec<String>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(fetched: &Fetched, context: &'a Context<'a>) -> Self {
        let own = [&fetched.requested, &fetched.final_url].into_iter().chain(&fetched.hops);
        let seen = own.map(|url| context.site.identity(url)).collect();
        Self {
            context,
            referrer: context.site.canonical(&fetched.final_url),
            seen,
            refused_seen: FxHashSet::default(),
            nofollow: Vec::new(),
            candidates: Vec::new(),
            kinds: Vec::new(),
            refused: Vec::new(),
            repeated: 0,
            omitted: 0,
            warnings: Vec::new(),
        }
    }

    /// Takes an address, or refuses it with a reason.
    pub(super) fn take(&mut self, found: Found, via: Via) {
        let Some(url) = found.url else {
            self.refuse(masked(found.written), SkipReason::InvalidUrl);
            return;
        };
        let site = self.context.site;
        let url = site.canonical(&url);
        if found.nofollow && site.robots().obey_nofollow {
            self.nofollow.push(url);
            return;
        }
        // The pages of a list stand side by side: a limit on depth is not there to cut a list short.
        let depth = if via == Via::Pagination { self.context.depth } else { self.context.depth.saturating_add(1) };
        let judged = match found.source_kind {
            Some(kind) => site.judge_source(&url).map(|()| kind),
            None => site.judge(&url, depth, self.context.now),
        };
        let kind = match judged {
            Ok(kind) => kind,
            Err(reason) => return self.refuse(url.into(), reason),
        };
        if !self.seen.insert(site.identity_of_canonical(&url)) {
            self.repeated += 1;
            return;
        }
        let priority = priority(via, kind, depth, found.lastmod, self.context.now);
        let referrer = Some(self.referrer.clone());
        let lastmod = found.lastmod;
        self.candidates.push(Candidate { url, via, priority, depth, lastmod, referrer, hops: Vec::new() });
        self.kinds.push(kind);
    }

    /// Counts an address that was given before, written and marked alike.
    pub(super) fn repeat(&mut self) {
        self.repeated += 1;
    }

    /// Counts addresses beyond a bound.
    pub(super) fn omit(&mut self, count: u64) {
        self.omitted += count;
    }

    /// Notes what was odd.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    fn refuse(&mut self, mut address: String, reason: SkipReason) {
        if address.len() > SHOWN {
            let end = (0..=SHOWN).rev().find(|at| address.is_char_boundary(*at)).unwrap_or(0);
            address.truncate(end);
        }
        if self.refused_seen.insert(address.clone()) {
            self.refused.push(Refused { address, reason });
        } else {
            self.repeated += 1;
        }
    }

    pub(super) fn finish(mut self, format: Format) -> Discovery {
        for url in std::mem::take(&mut self.nofollow) {
            if self.seen.contains(&self.context.site.identity_of_canonical(&url)) {
                self.repeated += 1;
            } else {
                self.refuse(url.into(), SkipReason::Nofollow);
            }
        }
        Discovery {
            format,
            candidates: self.candidates,
            kinds: self.kinds,
            refused: self.refused,
            repeated: self.repeated,
            omitted: self.omitted,
            warnings: self.warnings,
        }
    }
}

/// What cannot be read as an address may hold a user name and a password all the same: neither is shown.
fn masked(written: String) -> String {
    let Some((front, rest)) = written.split_once("//") else { return written };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@').and_then(|at| rest.get(at..)) {
        Some(kept) => format!("{front}//…{kept}"),
        None => written,
    }
}

/// The priority of an address: larger is fetched earlier.
///
/// Sources come first, for they name the rest (2,000 and more); then what a feed, a sitemap, a list, a link names (400, 300,
/// 200, 100). Within that, the newer the earlier (up to 70), and the nearer to the seed the earlier (up to 20).
#[must_use]
pub fn priority(via: Via, kind: UrlKind, depth: u16, lastmod: Option<Timestamp>, now: Timestamp) -> i32 {
    let kind = match kind {
        UrlKind::Sitemap | UrlKind::Feed => 2_000,
        UrlKind::Listing => 1_000,
        UrlKind::Article | UrlKind::Page => 0,
    };
    let via = match via {
        Via::Seed | Via::File | Via::Redirect | Via::Canonical => 500,
        Via::Feed => 400,
        Via::Sitemap => 300,
        Via::Listing | Via::Pagination => 200,
        Via::Link | Via::Range | Via::Cdx => 100,
    };
    // Halving ages: within a day 70, a week 56, a month 45, a year 27, ten years 13.
    let fresh = lastmod.map_or(0, |then| {
        let days = u64::try_from((now.as_second() - then.as_second()) / 86_400).unwrap_or(0) + 1;
        70_i32.saturating_sub(i32::try_from(days.ilog2()).unwrap_or(0) * 5)
    });
    kind + via + fresh - i32::from(depth.min(20))
}
