//! What becomes of a page that was processed: its article written once, its sources noted.

use url::Url;

use super::Writer;
use crate::engine::EngineError;
use crate::engine::process::{ArticleLine, Content, PageEnd, Processed};
use crate::frontier::{Outcome, UrlState};
use crate::site::UrlKind;
use crate::types::{Candidate, Lease, SkipReason, WarcRef};

impl Writer {
    pub(super) fn take_page(
        &mut self,
        lease: &Lease,
        page: Processed,
        place: Option<WarcRef>,
    ) -> Result<(Outcome, Vec<Candidate>), EngineError> {
        let Processed { end, is_source, mut found, kinds, refused, canonical } = page;
        self.counters.pages += 1;
        self.counters.sources += u64::from(is_source);
        for (reason, times) in refused {
            self.counters.refuse(reason, times);
        }
        if is_source {
            self.note_sources(&found, &kinds)?;
        }
        let outcome = match end {
            PageEnd::Skip(reason, detail) => self.skip(lease, reason, detail),
            PageEnd::Dead(reason, detail) => self.die(lease, reason, detail),
            PageEnd::Article(article) => {
                let known = match &canonical {
                    Some(canonical) => self.frontier.known(&canonical.candidate.url)?,
                    None => None,
                };
                match (canonical, known) {
                    (None, _) => self.write(lease, article, place)?,
                    // What the page names gave no article: its word is not to be trusted.
                    (Some(canonical), Some(UrlState::Skipped(_) | UrlState::Dead(_))) => {
                        self.write(lease, article.under(canonical.own_id, canonical.own_url), place)?
                    }
                    (Some(canonical), Some(UrlState::Done | UrlState::Alias)) => {
                        match self.frontier.article(&article.article.id)? {
                            Some(known) => self.alias(lease, known.id),
                            None => self.write(lease, article.under(canonical.own_id, canonical.own_url), place)?,
                        }
                    }
                    (Some(canonical), Some(UrlState::Ready | UrlState::Waiting | UrlState::Leased)) => {
                        self.give_way(lease, canonical.candidate.url)
                    }
                    (Some(canonical), None) => {
                        let url = canonical.candidate.url.clone();
                        found.push(canonical.candidate);
                        self.give_way(lease, url)
                    }
                }
            }
        };
        Ok((outcome, found))
    }

    /// Writes an article unless it is in the output already.
    fn write(&mut self, lease: &Lease, article: ArticleLine, place: Option<WarcRef>) -> Result<Outcome, EngineError> {
        let ArticleLine { article, content, roles, folder } = article;
        // The lease may have ended and been handed out again while the page waited.
        if lease.expires <= self.clock.now() && !self.frontier.is_current(lease)? {
            return Ok(Outcome::Released);
        }
        if self.state.ids.contains(&article.id) {
            return Ok(self.alias(lease, article.id));
        }
        if let Some(known) = self.frontier.article(&article.id)? {
            if known.url == article.url {
                self.counters.unchanged += 1;
                return Ok(Outcome::Written(Vec::new()));
            }
            return Ok(self.alias(lease, known.id));
        }
        let line = match content {
            Content::Line(line) => line,
            Content::Record(mut record) => {
                record.warc = place;
                crate::sink::Line::of(&record)?
            }
        };
        self.sinks.append(&folder, &line)?;
        self.counters.records += 1;
        for (role, times) in roles {
            *self.counters.blocks.entry(role).or_default() += times;
        }
        self.state.ids.insert(article.id.clone());
        Ok(Outcome::Written(vec![article]))
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

    /// Notes which addresses of a source are to be asked in this run though the state knows them: feeds and sitemaps
    /// always; further pages of a list only where this one named something new, or every run would walk to its end.
    fn note_sources(&mut self, found: &[Candidate], kinds: &[UrlKind]) -> Result<(), EngineError> {
        let mut news = None;
        for (candidate, kind) in found.iter().zip(kinds) {
            let again = match kind {
                UrlKind::Feed | UrlKind::Sitemap => true,
                UrlKind::Listing => match news {
                    Some(news) => news,
                    None => *news.insert(self.has_news(found, kinds)?),
                },
                UrlKind::Article | UrlKind::Page => false,
            };
            if again {
                self.state.sources.push(candidate.clone());
            }
        }
        Ok(())
    }

    fn has_news(&self, found: &[Candidate], kinds: &[UrlKind]) -> Result<bool, EngineError> {
        for (candidate, kind) in found.iter().zip(kinds) {
            if matches!(kind, UrlKind::Article | UrlKind::Page) && self.frontier.known(&candidate.url)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
