//! What becomes of a capture of a web archive: the article, a later version of it, another address of it, or nothing, and then the next
//! capture of the page is tried.
//!
//! Captures come in the order of their time, whatever their address. So the first that holds an article gives the `article`, and a later
//! one an `update` where the article has changed. One whose classifier is much less sure, or which holds less than half of the words, is no
//! newer version but a worse capture.

use jiff::Timestamp;
use url::Url;

use super::pages::{STOCK_WORDS, is_of_one_site};
use super::{Taken, Writer};
use crate::engine::EngineError;
use crate::engine::process::{ArticleLine, Canonical, Processed};
use crate::frontier::{Article, Outcome, UrlState};
use crate::revisit::{Facets, NEAR, Told, distance};
use crate::site::UrlKind;
use crate::source::{Choice, WebArchive};
use crate::types::{Candidate, Lease, Record, RecordType, RetryReason, SkipReason, Via};

/// Captures of a page that are tried at most for one that holds an article.
const TRIES: usize = 5;
/// An article of less confidence may be the capture's fault: the next is looked at, too.
const DOUBTFUL: f64 = 0.5;
/// A capture that the classifier is so much less sure of is a worse one.
const LESS_SURE: f64 = 0.15;

impl Writer {
    pub(super) fn archive(&self) -> Option<&WebArchive> {
        self.backfill.as_ref()?.archive.as_ref()
    }

    /// Where the lease is that of a capture, it goes on under the address that the page had: by that it is known, and not by its place
    /// in the archive.
    pub(super) fn be_original(&self, lease: &mut Lease) {
        let Some((_, original)) = self.archive().and_then(|archive| archive.capture(&lease.candidate.url)) else {
            return;
        };
        let index = self.territory.borrow_mut().index_of(&lease.host);
        let territory = self.territory.borrow();
        let site = index.and_then(|index| territory.site(index));
        lease.candidate.url = site.map_or(original.clone(), |site| site.canonical(&original));
        lease.candidate.hops.clear();
    }

    /// Whether a lease was that of a capture, and not of an index.
    pub(super) fn is_capture(&self, lease: &Lease) -> bool {
        let is_index = |archive: &WebArchive| archive.is_index(&lease.candidate.url);
        lease.candidate.via == Via::Cdx && self.archive().is_some_and(|archive| !is_index(archive))
    }

    /// The question for further captures of a page: this one is of no use. An address that need not be an article is not worth it unless
    /// something else stood in its place.
    pub(super) fn ask_for_next(&self, lease: &Lease, was_spoilt: bool) -> Vec<Candidate> {
        let (Some(archive), true) = (self.archive(), self.is_capture(lease)) else { return Vec::new() };
        if archive.choice() == Choice::All {
            // They come anyway.
            return Vec::new();
        }
        let (url, now) = (&lease.candidate.url, self.clock.now());
        let index = self.territory.borrow_mut().index_of(&lease.host);
        let territory = self.territory.borrow();
        let judged = index.and_then(|index| territory.site(index)).map(|site| site.judge(url, 0, now));
        let is_article = matches!(judged, Some(Ok(UrlKind::Article)));
        if is_article || was_spoilt { vec![archive.question_for(url, now)] } else { Vec::new() }
    }

    /// Of the captures of one page the first that was not tried, as long as few were.
    pub(super) fn keep_next(&self, lease: &Lease, page: &mut Processed) -> Result<(), EngineError> {
        if !self.archive().is_some_and(|archive| archive.asks_for_one(&lease.candidate.url)) {
            return Ok(());
        }
        let captures = std::mem::take(&mut page.found);
        page.kinds.clear();
        let mut tried = 0;
        let mut next = None;
        for capture in captures {
            match self.frontier.known(&capture.url)? {
                Some(UrlState::Ready | UrlState::Waiting | UrlState::Leased) => return Ok(()),
                Some(_) => tried += 1,
                None if next.is_none() => next = Some(capture),
                None => {}
            }
        }
        if let Some(next) = next.filter(|_| tried < TRIES) {
            page.found.push(next);
            page.kinds.push(UrlKind::Article);
        }
        Ok(())
    }

    /// The article of a capture.
    pub(super) fn take_capture(
        &mut self,
        lease: &Lease,
        line: ArticleLine,
        canonical: Option<Canonical>,
    ) -> Result<Taken, EngineError> {
        if self.is_late(lease)? {
            return Ok(Outcome::Released.into());
        }
        if self.is_of_this_batch(&line.article)? {
            // What it is compared with must be in the state.
            self.flush()?;
        }
        // Whether the page names its own address: the article's address is this one, from now on.
        let names_itself = line.names_itself;
        let (line, known) = self.known_as(line, canonical)?;
        let told = told(&line.article);
        let again = match told {
            Some(told) if told.confidence < DOUBTFUL => self.ask_for_next(lease, true),
            _ => Vec::new(),
        };
        if known.is_none() && line.born.is_none() && line.words < STOCK_WORDS && !self.near(&line.article)?.is_empty() {
            // The same few undated words as elsewhere: what the site said in place of the page, most likely.
            let reason = RetryReason::StockAnswer.to_string();
            let again = self.ask_for_next(lease, true);
            return Ok(Taken { again, ..Taken::from(self.skip(lease, SkipReason::NoArticle, Some(reason))) });
        }
        let outcome = match known {
            None => {
                let repeats = self.near(&line.article)?.into_iter().next().map(|near| near.id);
                if repeats.is_none() {
                    self.recurring.count(&lease.host, &line.prints);
                }
                Outcome::Written(vec![self.append(line, repeats, None)?])
            }
            Some(known) if is_older_or_worse(told, self::told(&known)) => self.same(lease, known.id),
            Some(known) => return self.take_version(lease, line, &known, names_itself, again),
        };
        Ok(Taken { again, ..Taken::from(outcome) })
    }

    /// A later capture of an article that is written.
    fn take_version(
        &mut self,
        lease: &Lease,
        line: ArticleLine,
        known: &Article,
        names_itself: bool,
        again: Vec<Candidate>,
    ) -> Result<Taken, EngineError> {
        let own = lease.candidate.url.to_string();
        let mut aliases = self.frontier.aliases(&known.id)?;
        let mut changed = Vec::new();
        let mut moved_from = None;
        let mut url = known.url.clone();
        if own != known.url {
            if names_itself {
                changed.push("url".to_owned());
                moved_from = Url::parse(&known.url).ok();
                aliases.push(std::mem::replace(&mut url, own));
            } else if !aliases.contains(&own) {
                changed.push("aliases".to_owned());
                aliases.push(own);
            }
        }
        changed.extend(super::again::changed_in(known, &line.article));
        if changed.is_empty() {
            return Ok(Taken { again, ..Taken::from(self.same(lease, known.id.clone())) });
        }
        tracing::debug!(url = %lease.candidate.url, id = known.id, ?changed, "a new version");
        let line = line.under(known.id.clone(), url);
        let repeats = self.near(&line.article)?.into_iter().next().map(|near| near.id);
        let finish = |record: &mut Record| {
            record.record_type = RecordType::Update;
            record.changed.clone_from(&changed);
            record.aliases.splice(0..0, aliases.iter().cloned());
            let mut seen = std::collections::HashSet::new();
            let url = record.url.clone();
            record.aliases.retain(|alias| *alias != url && seen.insert(alias.clone()));
        };
        let article = self.append(line, repeats, Some(&finish))?;
        self.counters.updates += 1;
        Ok(Taken { again, moved_from, ..Taken::from(Outcome::Updated(article)) })
    }

    /// Nothing new: the address is one of the article's.
    fn same(&mut self, lease: &Lease, id: String) -> Outcome {
        tracing::debug!(url = %lease.candidate.url, id, "a capture with nothing new");
        self.counters.skip(SkipReason::Alias);
        Outcome::Alias { of: id }
    }

    /// Whether an article that this batch writes may be the one at hand.
    fn is_of_this_batch(&self, article: &Article) -> Result<bool, EngineError> {
        let related = |known: &Article| {
            known.id == article.id || known.content_hash == article.content_hash || is_near(known, article)
        };
        Ok(self.state.articles.iter().any(related))
    }

    /// The article that the state knows of the page, and the line under what then is its identity.
    fn known_as(
        &self,
        line: ArticleLine,
        canonical: Option<Canonical>,
    ) -> Result<(ArticleLine, Option<Article>), EngineError> {
        let line = match canonical {
            None => line,
            Some(canonical) => {
                // The page's word for its address is taken where nothing speaks against it: some templates name one address on all pages.
                let named = match self.frontier.article(&line.article.id)? {
                    None => self.frontier.owner(&canonical.candidate.url)?,
                    named => named,
                };
                match named {
                    Some(known) if is_version(&known, &line.article) => return Ok((line, Some(known))),
                    Some(_) => line.under(canonical.own_id, canonical.own_url),
                    None => line,
                }
            }
        };
        if let Some(known) = self.frontier.article(&line.article.id)? {
            return Ok((line, Some(known)));
        }
        if let Some(known) = self.owner(&line.article.url)? {
            return Ok((line, Some(known)));
        }
        if line.born.is_none() && line.words < STOCK_WORDS {
            return Ok((line, None));
        }
        let near = self.frontier.near(line.article.simhash, &line.article.content_hash)?;
        let known = near.into_iter().find(|known| is_version(known, &line.article));
        Ok((line, known))
    }
}

/// Whether two captures are of one article: the same or nearly the same words under the same headline on one site, and no two days of
/// publication. (A day more or less is the same in another time zone.)
fn is_version(known: &Article, article: &Article) -> bool {
    let facets = |article: &Article| Facets::from_bytes(article.facets.clone());
    let day = |article: &Article| told(article).and_then(|told| told.day);
    let apart = day(known).zip(day(article)).map_or(0, |(one, other)| (one - other).get_days().abs());
    (known.content_hash == article.content_hash || is_near(known, article))
        && facets(known).agree(&facets(article), "headline")
        && apart <= 1
        && is_of_one_site(known, article)
}

fn is_near(known: &Article, article: &Article) -> bool {
    matches!((known.simhash, article.simhash), (Some(one), Some(other)) if distance(one, other) <= NEAR)
}

fn told(article: &Article) -> Option<Told> {
    Facets::from_bytes(article.facets.clone()).told()
}

/// Whether a capture says nothing that the known version does not say better.
fn is_older_or_worse(capture: Option<Told>, known: Option<Told>) -> bool {
    let (Some(capture), Some(known)) = (capture, known) else { return false };
    let is_worse = capture.confidence + LESS_SURE < known.confidence
        || (capture.words < known.words / 2 && capture.confidence <= known.confidence);
    capture.seen < known.seen || is_worse
}

/// Whether the live page at hand may differ from what the state knows of it, which is from an archive.
pub(super) fn is_from_archive(known: &Article) -> bool {
    told(known).is_some_and(|told| told.captured && told.seen > Timestamp::UNIX_EPOCH)
}
