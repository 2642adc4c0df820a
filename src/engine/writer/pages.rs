//! What becomes of a page that was processed: its article written once, its sources noted.

use jiff::SignedDuration;
use url::Url;

use super::again::changed_in;
use super::captures::is_from_archive;
use super::{Taken, Writer};
use crate::engine::EngineError;
use crate::engine::drift::Confidence;
use crate::engine::process::{ArticleLine, Canonical, Content, PageEnd, Processed};
use crate::fetch::Validators;
use crate::frontier::{Article, Outcome, UrlState};
use crate::revisit::{Facets, NEAR, Subject, after_visit, distance};
use crate::site::UrlKind;
use crate::types::{Candidate, DeadReason, Lease, Record, RetryReason, SkipReason, Via, Visit, WarcRef};

/// Hours before a page is tried again in whose place something else came, from time to time.
const RESTS: [i64; 4] = [6, 24, 72, 168];
/// A text of fewer words and without a date that stands at two addresses is taken for a stock answer, not for one article.
pub(super) const STOCK_WORDS: u64 = 150;
/// Sources of a page that are kept for when it says "not modified"; a page with more is asked without condition.
const MAX_SOURCES: usize = 1_000;

impl Writer {
    pub(super) fn take_page(
        &mut self,
        lease: &Lease,
        mut page: Processed,
        place: Option<WarcRef>,
    ) -> Result<Taken, EngineError> {
        if let PageEnd::Article(ArticleLine { content: Content::Record(record), .. }) = &mut page.end {
            record.warc = place;
        }
        self.counters.pages += 1;
        self.counters.sources += u64::from(page.is_source);
        for (reason, times) in &page.refused {
            self.counters.refuse(*reason, *times);
        }
        self.keep_next(lease, &mut page)?;
        let is_list = page.is_source || matches!(page.end, PageEnd::Skip(SkipReason::Listing, _));
        let has_news = is_list && self.has_news(&page.found, &page.kinds)?;
        let mut again = if page.is_source { self.sources_of(&page, has_news) } else { Vec::new() };
        if let Some(known) = self.article_before(lease)? {
            let taken = self.compare(lease, page, &known)?;
            return Ok(Taken { again, ..taken });
        }
        let mut visit = self.list_visit(lease, &page, has_news);
        let Processed { end, mut found, canonical, validators, .. } = page;
        let is_capture = self.is_capture(lease);
        let outcome = match end {
            PageEnd::Skip(reason, detail) => {
                if reason == SkipReason::NoArticle {
                    again.extend(self.ask_for_next(lease, false));
                }
                self.skip(lease, reason, detail)
            }
            // A capture stays what it is: there is nothing to wait for.
            PageEnd::StandIn(stand_in) if is_capture => {
                again.extend(self.ask_for_next(lease, true));
                self.skip(lease, SkipReason::NoArticle, Some(stand_in.reason().to_string()))
            }
            PageEnd::StandIn(stand_in) => self.put_off(lease, stand_in.reason()),
            PageEnd::Dead(reason, detail) => {
                again.extend(self.ask_for_next(lease, true));
                self.die(lease, reason, detail)
            }
            PageEnd::Article(article) if is_capture => return self.take_capture(lease, article, canonical),
            PageEnd::Article(article) => {
                let first = after_visit(Subject::Article, None, article.born, false, self.clock.now());
                visit = Some(with_validators(first, validators));
                self.take_article(lease, article, canonical, &mut found)?
            }
        };
        // A capture stays as it is.
        let visit = visit.filter(|_| lease.candidate.via != Via::Cdx);
        Ok(Taken { outcome, found, again, visit, moved_from: None })
    }

    /// An article of an address that gave none before; the address that the page names as its own goes before.
    fn take_article(
        &mut self,
        lease: &Lease,
        article: ArticleLine,
        canonical: Option<Canonical>,
        found: &mut Vec<Candidate>,
    ) -> Result<Outcome, EngineError> {
        let known = match &canonical {
            Some(canonical) => self.frontier.known(&canonical.candidate.url)?,
            None => None,
        };
        match (canonical, known) {
            (None, _) => self.write(lease, article),
            // What the page names gave no article: its word is not to be trusted.
            (Some(canonical), Some(UrlState::Skipped(_) | UrlState::Dead(_))) => {
                self.write(lease, article.under(canonical.own_id, canonical.own_url))
            }
            (Some(canonical), Some(UrlState::Done | UrlState::Alias)) => {
                match self.frontier.article(&article.article.id)? {
                    Some(known) => Ok(self.alias(lease, known.id)),
                    None => self.write(lease, article.under(canonical.own_id, canonical.own_url)),
                }
            }
            (Some(canonical), Some(UrlState::Ready | UrlState::Waiting | UrlState::Leased)) => {
                Ok(self.give_way(lease, canonical.candidate.url))
            }
            (Some(canonical), None) => {
                let url = canonical.candidate.url.clone();
                found.push(canonical.candidate);
                Ok(self.give_way(lease, url))
            }
        }
    }

    /// Writes an article unless it is in the output already.
    fn write(&mut self, lease: &Lease, line: ArticleLine) -> Result<Outcome, EngineError> {
        // The lease may have ended and been handed out again while the page waited.
        if self.is_late(lease)? {
            return Ok(Outcome::Released);
        }
        if self.state.articles.iter().any(|known| known.id == line.article.id) {
            return Ok(self.alias(lease, line.article.id));
        }
        if let Some(known) = self.frontier.article(&line.article.id)? {
            let changed = changed_in(&known, &line.article);
            if is_from_archive(&known) && !changed.is_empty() && !known.gone {
                // What an archive had was older.
                return self.write_update(lease, line.under(known.id.clone(), known.url.clone()), &known, changed);
            }
            if known.url == line.article.url {
                self.counters.unchanged += 1;
                return Ok(Outcome::Written(Vec::new()));
            }
            return Ok(self.alias(lease, known.id));
        }
        if let Some(known) = self.moved(lease, &line.article)? {
            return self.write_update(lease, line, &known, vec!["url".to_owned()]);
        }
        if let Some(known) = self.owner(&line.article.url)? {
            return Ok(self.alias(lease, known.id));
        }
        let near = self.near(&line.article)?;
        let is_stock = line.born.is_none() && line.words < STOCK_WORDS;
        if let Some(same) = near.iter().find(|known| is_same(known, &line.article)) {
            let id = same.id.clone();
            return Ok(if is_stock { self.put_off(lease, RetryReason::StockAnswer) } else { self.alias(lease, id) });
        }
        let repeats = near.into_iter().next().map(|known| known.id);
        if repeats.is_none() {
            // What is printed again must not count as what every page has.
            self.recurring.count(&lease.host, &line.prints);
        }
        self.append(line, repeats, None).map(|article| Outcome::Written(vec![article]))
    }

    /// Something else came in place of the page: it is tried again, later each time, and given up in the end.
    fn put_off(&mut self, lease: &Lease, reason: RetryReason) -> Outcome {
        let Some(rest) = usize::try_from(lease.attempt).ok().and_then(|attempt| RESTS.get(attempt)) else {
            let dead = match reason {
                RetryReason::SoftNotFound => DeadReason::NotFound,
                _ => DeadReason::NoContent,
            };
            return self.die(lease, dead, format!("{reason} each time"));
        };
        let now = self.clock.now();
        let not_before = now.saturating_add(SignedDuration::from_hours(*rest)).unwrap_or(now);
        tracing::info!(url = %lease.candidate.url, %reason, %not_before, "something else came in place of the page");
        self.counters.retry(reason);
        Outcome::Retry { not_before, reason, detail: None }
    }

    /// Whether somebody else has the lease by now.
    pub(super) fn is_late(&self, lease: &Lease) -> Result<bool, EngineError> {
        Ok(lease.expires <= self.clock.now() && !self.frontier.is_current(lease)?)
    }

    /// The article that one of the addresses had that redirected here, where it is this one.
    fn moved(&self, lease: &Lease, article: &Article) -> Result<Option<Article>, EngineError> {
        for hop in &lease.candidate.hops {
            let known = self.frontier.owner(hop)?;
            let in_batch = |known: &Article| self.state.articles.iter().any(|other| other.id == known.id);
            if let Some(known) = known.filter(|known| resembles(known, article) && !in_batch(known)) {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    pub(super) fn owner(&self, url: &str) -> Result<Option<Article>, EngineError> {
        Ok(match Url::parse(url) {
            Ok(url) => self.frontier.owner(&url)?,
            Err(_) => None,
        })
    }

    /// Articles of the same or nearly the same text, those of this batch among them.
    pub(super) fn near(&self, article: &Article) -> Result<Vec<Article>, EngineError> {
        let mut near = self.frontier.near(article.simhash, &article.content_hash)?;
        let apart = |known: &&Article| match (known.simhash, article.simhash) {
            _ if known.content_hash == article.content_hash => true,
            (Some(one), Some(other)) => distance(one, other) <= NEAR,
            _ => false,
        };
        near.extend(self.state.articles.iter().filter(apart).cloned());
        near.retain(|known| known.id != article.id);
        Ok(near)
    }

    /// Puts an article into the output, as the repetition of another one where it is; gives what the state is to know of it.
    pub(super) fn append(
        &mut self,
        line: ArticleLine,
        repeats: Option<String>,
        finish: Option<&dyn Fn(&mut Record)>,
    ) -> Result<Article, EngineError> {
        let ArticleLine { mut article, mut content, roles, folder, .. } = line;
        if repeats.is_some() {
            // Only what is new is found again as near.
            article.simhash = None;
        }
        if repeats.is_some() || finish.is_some() {
            content = match content.into_record() {
                Ok(mut record) => {
                    record.duplicate_of = repeats;
                    if let Some(finish) = finish {
                        finish(&mut record);
                    }
                    Content::Record(record)
                }
                Err(line) => Content::Line(line),
            };
        }
        let line = content.into_line()?;
        self.put(folder, line);
        self.counters.records += 1;
        self.watch(&article);
        for (role, times) in roles {
            *self.counters.blocks.entry(role).or_default() += times;
        }
        self.state.articles.push(article.clone());
        Ok(article)
    }

    /// Watches how sure the classifier is of a host's articles.
    fn watch(&mut self, article: &Article) {
        let told = Facets::from_bytes(article.facets.clone()).told();
        let Some((told, host)) = told.zip(Url::parse(&article.url).ok()) else { return };
        let host = host.host_str().unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(host);
        if let Some(Confidence { usual, recent, .. }) = self.drift.note(host, told.confidence) {
            tracing::warn!(
                host,
                usual,
                recent,
                "the classifier is less sure of a host's articles than before: has its template changed?"
            );
        }
        self.counters.hosts_falling = self.drift.falling();
    }

    /// The page's article is expected at another address; where that has none, the frontier makes the page ready again.
    fn give_way(&mut self, lease: &Lease, canonical: Url) -> Outcome {
        tracing::debug!(url = %lease.candidate.url, reason = %SkipReason::NotCanonical, %canonical, "skipped");
        self.counters.skip(SkipReason::NotCanonical);
        Outcome::NotCanonical { canonical }
    }

    fn alias(&mut self, lease: &Lease, of: String) -> Outcome {
        tracing::debug!(url = %lease.candidate.url, reason = %SkipReason::Alias, of, "skipped");
        self.counters.skip(SkipReason::Alias);
        Outcome::Alias { of }
    }

    /// The addresses of a source that are to be asked in this run though the state knows them: feeds and sitemaps always; further
    /// pages of a list or a feed only where this one named something new, or every run would walk to its end.
    fn sources_of(&mut self, page: &Processed, has_news: bool) -> Vec<Candidate> {
        let wanted = |(candidate, kind): (&Candidate, &UrlKind)| {
            let again = match kind {
                UrlKind::Feed | UrlKind::Sitemap if candidate.via != Via::Pagination => true,
                // A backfill goes to the end of a list, whatever is new in it.
                UrlKind::Listing if self.backfill.is_some() && candidate.via != Via::Cdx => true,
                UrlKind::Feed | UrlKind::Sitemap | UrlKind::Listing => has_news,
                UrlKind::Article | UrlKind::Page => false,
            };
            again.then(|| candidate.clone())
        };
        let wanted = page.found.iter().zip(&page.kinds).filter_map(wanted).collect();
        self.once(wanted)
    }

    fn has_news(&self, found: &[Candidate], kinds: &[UrlKind]) -> Result<bool, EngineError> {
        for (candidate, kind) in found.iter().zip(kinds) {
            if matches!(kind, UrlKind::Article | UrlKind::Page) && self.frontier.known(&candidate.url)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is kept of a visit to a source or a list; none for other pages.
    fn list_visit(&self, lease: &Lease, page: &Processed, has_news: bool) -> Option<Visit> {
        let before = lease.before.as_deref().map(|before| &before.visit);
        let now = self.clock.now();
        let is_start = matches!(lease.candidate.via, Via::Seed);
        let visit = match &page.end {
            PageEnd::Skip(..) if page.is_source || is_start => {
                let is_source = |kind: &UrlKind, via: Via| {
                    matches!(kind, UrlKind::Feed | UrlKind::Sitemap) && via != Via::Pagination
                };
                let sources: Vec<_> = page
                    .found
                    .iter()
                    .zip(&page.kinds)
                    .filter(|(candidate, kind)| is_source(kind, candidate.via))
                    .map(|(candidate, _)| (candidate.url.clone(), candidate.lastmod))
                    .collect();
                let born = before.map_or(now, |visit| visit.born);
                if sources.len() > MAX_SOURCES {
                    return Some(Visit { at: now, born, ..Visit::default() });
                }
                Visit { at: now, born, sources, ..Visit::default() }
            }
            PageEnd::Skip(SkipReason::Listing, _) => after_visit(Subject::List, before, None, has_news, now),
            _ => return None,
        };
        Some(with_validators(visit, page.validators.clone()))
    }
}

/// The visit with what the server said of the version.
pub(super) fn with_validators(visit: Visit, validators: Validators) -> Visit {
    let Validators { etag, last_modified } = validators;
    Visit { etag, last_modified, ..visit }
}

/// Whether two addresses show one article: the same words under the same headline on the same day, on one site.
fn is_same(known: &Article, article: &Article) -> bool {
    let facets = |article: &Article| Facets::from_bytes(article.facets.clone());
    let (one, other) = (facets(known), facets(article));
    known.content_hash == article.content_hash
        && one.agree(&other, "headline")
        && one.agree(&other, "date_published")
        && is_of_one_site(known, article)
}

/// Whether two articles are of one host, with or without `www.`.
pub(super) fn is_of_one_site(known: &Article, article: &Article) -> bool {
    let site = |article: &Article| {
        let url = Url::parse(&article.url).ok()?;
        let host = url.host_str()?;
        Some((host.strip_prefix("www.").unwrap_or(host).to_owned(), url.port()))
    };
    site(known) == site(article)
}

/// Whether what an address redirects to is the article that it had.
fn resembles(known: &Article, article: &Article) -> bool {
    let facets = |article: &Article| Facets::from_bytes(article.facets.clone());
    let near = matches!((known.simhash, article.simhash), (Some(one), Some(other)) if distance(one, other) <= NEAR);
    near || known.content_hash == article.content_hash || facets(known).agree(&facets(article), "headline")
}
