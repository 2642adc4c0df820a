//! One fetched page → its article, or the reason why there is none, and the addresses that it names. A pure function:
//! what the frontier knows is the writer's to ask.

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use super::plan::Backfill;
use crate::classify::{Classifier, Sketch};
use crate::extract::{StandIn, article_id, assemble_with, directives, stand_in};
use crate::fetch::Validators;
use crate::frontier::Article;
use crate::parse::{Page, ParseLimits, parse};
use crate::revisit::{Facets, imprint_of, published_at, simhash_bits};
use crate::sink::{Line, SinkError};
use crate::site::{Site, UrlKind};
use crate::source::{Context, Discovery, Format, discover, priority, sniff};
use crate::types::{Candidate, DeadReason, Fetched, Meta, Origin, Record, Role, SkipReason, Via, resolve};

/// What is known of a page before it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The site it belongs to.
    pub site: &'a Site,
    /// Links between a seed and this page.
    pub depth: u16,
    /// The most that the configuration allows.
    pub max_depth: u16,
    /// The reservation of text and data mining that the site states for this address.
    pub tdm: Option<&'a (bool, Option<String>)>,
    /// What recurs on other pages of the host.
    pub sketch: Option<&'a Sketch>,
    /// Whether its blocks are to be counted among those of the host.
    pub is_counted: bool,
    /// Whether the page goes into an archive, so that the record's line is made where its place is known.
    pub is_archived: bool,
    /// What of the site's history is wanted.
    pub backfill: Option<&'a Backfill>,
    /// The run's name.
    pub run_id: &'a str,
    /// The present.
    pub now: Timestamp,
}

/// What a page gave.
#[derive(Debug)]
pub struct Processed {
    /// The article, or why there is none.
    pub end: PageEnd,
    /// Whether the page is a feed, a sitemap or a listing.
    pub is_source: bool,
    /// Addresses to offer.
    pub found: Vec<Candidate>,
    /// What each of them leads to.
    pub kinds: Vec<UrlKind>,
    /// Addresses that are not wanted, by reason.
    pub refused: BTreeMap<SkipReason, u64>,
    /// The address that the page names as its canonical one, where it is another one of the site.
    pub canonical: Option<Canonical>,
    /// `ETag` and `Last-Modified`, for the next visit.
    pub validators: Validators,
}

/// How a page ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most pages are of the largest kind")]
pub enum PageEnd {
    /// An article.
    Article(ArticleLine),
    /// No record, and that is right.
    Skip(SkipReason, Option<String>),
    /// Not the page, but something in its place.
    StandIn(StandIn),
    /// Not usable, for good.
    Dead(DeadReason, String),
}

/// An article on its way to the output.
#[derive(Debug)]
pub struct ArticleLine {
    /// Its identity.
    pub article: Article,
    /// Its line, or what it will be made of.
    pub content: Content,
    /// Its blocks by role.
    pub roles: Vec<(Role, u64)>,
    /// The folder of its site in the output.
    pub folder: String,
    /// When it appeared, as it says.
    pub born: Option<Timestamp>,
    /// Words of its text.
    pub words: u64,
    /// What is counted of it among the host's pages; empty where nothing is.
    pub prints: Vec<u64>,
    /// Whether the page names its own address as the canonical one.
    pub names_itself: bool,
}

/// The content of a line.
#[derive(Debug)]
pub enum Content {
    /// The line.
    Line(Line),
    /// The record, where its identity is not decided yet.
    Record(Box<Record>),
}

/// Another address that a page names as its canonical one.
#[derive(Debug)]
pub struct Canonical {
    /// That address, to be offered where it is not known.
    pub candidate: Candidate,
    /// The id of the article were the page's word not taken.
    pub own_id: String,
    /// The address of the article in that case.
    pub own_url: String,
}

impl Content {
    /// The record; the line where that cannot be read back.
    pub(super) fn into_record(self) -> Result<Box<Record>, Line> {
        match self {
            Self::Record(record) => Ok(record),
            Self::Line(line) => serde_json::from_slice(line.as_bytes()).map(Box::new).map_err(|_| line),
        }
    }

    /// The line.
    pub(super) fn into_line(self) -> Result<Line, SinkError> {
        match self {
            Self::Record(record) => Line::of(&record),
            Self::Line(line) => Ok(line),
        }
    }
}

impl ArticleLine {
    /// The same article under another identity.
    #[must_use]
    pub(super) fn under(mut self, id: String, url: String) -> Self {
        if let Content::Record(record) = &mut self.content {
            record.id.clone_from(&id);
            record.url.clone_from(&url);
        } else if self.article.id != id || self.article.url != url {
            self.content = match self.content.into_record() {
                Ok(mut record) => {
                    record.id.clone_from(&id);
                    record.url.clone_from(&url);
                    Content::Record(record)
                }
                // It was written by us a moment ago: it can be read.
                Err(line) => Content::Line(line),
            };
        }
        self.article.id = id;
        self.article.url = url;
        self
    }
}

impl Processed {
    /// A page of no use.
    pub(super) fn dead(reason: DeadReason, detail: String) -> Self {
        let (end, found, kinds, refused) = (PageEnd::Dead(reason, detail), Vec::new(), Vec::new(), BTreeMap::new());
        Self { end, is_source: false, found, kinds, refused, canonical: None, validators: Validators::default() }
    }
}

/// Turns a fetched page into its article and the addresses that it names.
#[must_use]
pub fn process(fetched: &Fetched, task: &Task<'_>, classifier: &Classifier, limits: &ParseLimits) -> Processed {
    let site = task.site;
    if let Some(archive) = task.backfill.and_then(|backfill| backfill.archive.as_ref())
        && archive.is_index(&fetched.final_url)
    {
        return match archive.read_index(fetched, site, task.now) {
            Ok(discovery) => {
                let mut processed = with_discovery(PageEnd::Skip(SkipReason::Source, None), discovery, task);
                processed.is_source = true;
                processed
            }
            Err(error) => Processed::dead(DeadReason::Malformed, error),
        };
    }
    let url = site.canonical(&fetched.final_url);
    // What led here was allowed when it was found; a profile changed since then leaves the page to the classifier.
    let kind = site.judge(&url, task.depth, task.now).unwrap_or(UrlKind::Page);
    let mut context = Context { site, kind, depth: task.depth, nofollow: false, now: task.now };
    let format = sniff(fetched);
    if matches!(format, Format::Feed | Format::Sitemap) || matches!(kind, UrlKind::Feed | UrlKind::Sitemap) {
        context.nofollow = directives(&Meta::default(), fetched).nofollow;
        return match discover(fetched, None, &context) {
            Ok(discovery) => {
                let mut processed = with_discovery(PageEnd::Skip(SkipReason::Source, None), discovery, task);
                processed.is_source = true;
                processed.validators = validators_of(fetched);
                processed
            }
            Err(error) => Processed::dead(DeadReason::Malformed, error.to_string()),
        };
    }
    let page = match parse(fetched, limits) {
        Ok(page) => page,
        Err(error) => return Processed::dead(error.reason(), error.to_string()),
    };
    let robots = directives(&page.meta, fetched);
    if matches!(fetched.origin, Origin::Wayback { .. }) {
        // Its links lead out of the archive.
        let canonical = canonical_of(&page, &url, task);
        let end = match robots.noindex && site.robots().obey_meta_robots {
            true => PageEnd::Skip(SkipReason::Noindex, None),
            false => article_of(fetched, page, &url, task, classifier, canonical.is_some()),
        };
        let (found, kinds, refused) = (Vec::new(), Vec::new(), BTreeMap::new());
        let validators = Validators::default();
        return Processed { end, is_source: false, found, kinds, refused, canonical, validators };
    }
    context.nofollow = robots.nofollow;
    let discovery = match discover(fetched, Some(&page), &context) {
        Ok(discovery) => discovery,
        Err(error) => return Processed::dead(DeadReason::Malformed, error.to_string()),
    };
    let canonical = canonical_of(&page, &url, task);
    let end = if robots.noindex && site.robots().obey_meta_robots {
        PageEnd::Skip(SkipReason::Noindex, None)
    } else if kind == UrlKind::Listing {
        PageEnd::Skip(SkipReason::Listing, None)
    } else {
        article_of(fetched, page, &url, task, classifier, canonical.is_some())
    };
    let mut processed = with_discovery(end, discovery, task);
    processed.is_source = kind == UrlKind::Listing;
    processed.canonical = canonical;
    processed.validators = validators_of(fetched);
    processed
}

fn validators_of(fetched: &Fetched) -> Validators {
    let header = |name: &str| fetched.header(name).map(str::to_owned);
    Validators { etag: header("etag"), last_modified: header("last-modified") }
}

fn with_discovery(end: PageEnd, discovery: Discovery, task: &Task<'_>) -> Processed {
    let mut refused = BTreeMap::new();
    for address in &discovery.refused {
        tracing::trace!(url = address.address, reason = %address.reason, "link refused");
        *refused.entry(address.reason).or_default() += 1;
    }
    for warning in &discovery.warnings {
        tracing::info!(warning, "source read with warnings");
    }
    let (mut found, mut kinds) = (discovery.candidates, discovery.kinds);
    if let Some(from) = task.backfill.and_then(|backfill| backfill.window.from) {
        // What was last changed before the span was published before it.
        let is_early = |candidate: &Candidate| {
            candidate.lastmod.is_some_and(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date() < from)
        };
        let early = found.iter().filter(|candidate| is_early(candidate)).count() as u64;
        if early > 0 {
            *refused.entry(SkipReason::OutOfRange).or_default() += early;
            kinds = found.iter().zip(kinds).filter(|(c, _)| !is_early(c)).map(|(_, kind)| kind).collect();
            found.retain(|candidate| !is_early(candidate));
        }
    }
    if task.depth >= task.max_depth {
        let deep = found.iter().filter(|candidate| candidate.depth > task.max_depth).count() as u64;
        if deep > 0 {
            *refused.entry(SkipReason::TooDeep).or_default() += deep;
            kinds = found.iter().zip(kinds).filter(|(c, _)| c.depth <= task.max_depth).map(|(_, kind)| kind).collect();
            found.retain(|candidate| candidate.depth <= task.max_depth);
        }
    }
    Processed { end, is_source: false, found, kinds, refused, canonical: None, validators: Validators::default() }
}

/// The canonical address that the page names, where it is another article of the site than `own`.
///
/// An address that cannot be an article (a front page, a list, a refused one) is a mistake of the template, as is often
/// seen: all articles naming the front page would else be one.
fn canonical_of(page: &Page, own: &Url, task: &Task<'_>) -> Option<Canonical> {
    let site = task.site;
    let written = page.meta.canonical.first()?;
    let url = site.canonical(&resolve(&page.base(), &written.value)?);
    let identity = site.identity(own);
    if site.identity(&url) == identity || (url.path() == "/" && url.query().is_none()) {
        return None;
    }
    match site.judge(&url, task.depth, task.now) {
        Ok(UrlKind::Article | UrlKind::Page) => {}
        Ok(UrlKind::Listing | UrlKind::Feed | UrlKind::Sitemap) | Err(_) => return None,
    }
    let candidate = Candidate {
        priority: priority(Via::Canonical, UrlKind::Article, task.depth, None, task.now),
        url,
        via: Via::Canonical,
        depth: task.depth,
        lastmod: None,
        referrer: Some(own.clone()),
        hops: Vec::new(),
    };
    Some(Canonical { candidate, own_id: article_id(&identity), own_url: own.to_string() })
}

fn article_of(
    fetched: &Fetched,
    page: Page,
    own: &Url,
    task: &Task<'_>,
    classifier: &Classifier,
    undecided: bool,
) -> PageEnd {
    let extraction = assemble_with(page, fetched, task.site, classifier, task.sketch);
    if let Some(stand_in) = stand_in(&extraction, fetched) {
        return PageEnd::StandIn(stand_in);
    }
    if let Some(reason) = extraction.skip_reason() {
        return PageEnd::Skip(reason, None);
    }
    let named = extraction.page.meta.canonical.first().and_then(|said| resolve(&extraction.page.base(), &said.value));
    let names_itself = named.is_some_and(|named| task.site.identity(&named) == task.site.identity(own));
    let prints = if task.is_counted { extraction.fingerprints() } else { Vec::new() };
    let imprint = imprint_of(&extraction, task.site);
    let mut record = extraction.record;
    let day = record.date_published.as_deref().unwrap_or(&record.fetched_at);
    if task.backfill.is_some_and(|backfill| !backfill.window.has(day)) {
        return PageEnd::Skip(SkipReason::OutOfRange, Some(day.to_owned()));
    }
    if !undecided {
        // The page's word for its address was not taken.
        let id = article_id(&task.site.identity(own));
        if record.id != id {
            (record.id, record.url) = (id, own.to_string());
        }
    }
    record.run_id = Some(task.run_id.to_owned());
    if let Some((reserved, policy)) = task.tdm
        && record.rights.tdm_reservation.is_none()
    {
        record.rights.tdm_reservation = Some(*reserved);
        record.rights.tdm_policy.clone_from(policy);
    }
    let mut roles: BTreeMap<Role, u64> = BTreeMap::new();
    for block in &record.blocks {
        *roles.entry(block.role).or_default() += 1;
    }
    let article = Article {
        id: record.id.clone(),
        url: record.url.clone(),
        version_id: record.version_id.clone(),
        content_hash: record.content_hash.clone(),
        simhash: record.simhash.as_deref().and_then(simhash_bits),
        facets: Facets::of(&record).with_imprint(&imprint).as_bytes().to_vec(),
        gone: false,
    };
    let words = record.word_count;
    let born = record.date_published.as_deref().and_then(published_at);
    let folder = folder_of(task.site, &record.source_domain);
    let content = if undecided || task.is_archived {
        Content::Record(Box::new(record))
    } else {
        match Line::of(&record) {
            Ok(line) => Content::Line(line),
            Err(error) => return PageEnd::Dead(DeadReason::Unreadable, error.to_string()),
        }
    };
    let roles = roles.into_iter().collect();
    PageEnd::Article(ArticleLine { article, content, roles, folder, born, words, prints, names_itself })
}

/// The folder of a site in the output: the profile's name, or the host where there is no profile of its own.
pub(super) fn folder_of(site: &Site, domain: &str) -> String {
    if site.name() == crate::site::DEFAULT_SITE { domain.to_owned() } else { site.name().to_owned() }
}
