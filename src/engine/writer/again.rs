//! What becomes of an address that was asked before: an article that changed, stayed or went, a source that did not change; and
//! which visits a run makes.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use url::Url;

use super::pages::with_validators;
use super::{Taken, Writer};
use crate::classify::Classifier;
use crate::engine::EngineError;
use crate::engine::orders::{Ask, End};
use crate::engine::process::{ArticleLine, PageEnd, Processed, folder_of};
use crate::extract::{Gone, tombstone};
use crate::frontier::{Article, Outcome};
use crate::revisit::{Facets, Subject, after_failure, after_missing, after_visit};
use crate::sink::Line;
use crate::site::UrlKind;
use crate::source::priority;
use crate::types::{Before, Candidate, DeadReason, HostKey, Lease, Record, RecordType, SkipReason, Via, Visit};

/// Nothing has changed.
const KEPT: Outcome = Outcome::Kept { failed: None };
/// A run that goes on for long looks for visits that have become due in its course, so often.
const LOOK_EVERY: Duration = Duration::from_secs(60);

impl Writer {
    /// Makes visits ready that are due, of sites of which nothing else is under way, within what each may still have; whether there are
    /// any.
    pub(super) fn open_visits(&mut self, ask: &Ask) -> Result<bool, EngineError> {
        let (visited, under_way) = (&mut self.state.visited, &self.state.under_way);
        let left = self.limits.revisits.iter().enumerate();
        let idle: BTreeSet<usize> = left
            .filter(|(site, left)| **left > 0 && !ask.closed.contains(site))
            .map(|(site, _)| site)
            // What is new may still come of what is under way.
            .filter(|site| under_way.get(site).is_none_or(|leases| *leases == 0))
            .filter(|site| visited.get(site).is_none_or(|at: &Instant| at.elapsed() >= LOOK_EVERY))
            .collect();
        if idle.is_empty() {
            return Ok(false);
        }
        visited.extend(idle.iter().map(|site| (*site, Instant::now())));
        let now = self.clock.now();
        let territory = &self.territory;
        // What a site may still have is given to its first host and what that leaves to the next, until all were asked.
        let left = RefCell::new(self.limits.revisits.clone());
        let asked: RefCell<BTreeSet<HostKey>> = RefCell::default();
        let mut opened = 0;
        loop {
            let given: RefCell<Vec<(HostKey, usize, u64)>> = RefCell::default();
            let room = |host: &HostKey| {
                let site = territory.borrow_mut().index_of(host);
                let site = site.filter(|site| idle.contains(site) && !ask.failed.contains(host));
                let Some(site) = site.filter(|_| !asked.borrow().contains(host)) else { return 0 };
                let share = left.borrow_mut().get_mut(site).map_or(0, std::mem::take);
                if share > 0 {
                    asked.borrow_mut().insert(host.clone());
                    given.borrow_mut().push((host.clone(), site, share));
                }
                usize::try_from(share).unwrap_or(usize::MAX)
            };
            let made = self.frontier.revisit(now, &room)?;
            let given = given.into_inner();
            if given.is_empty() {
                break;
            }
            for (host, site, share) in given {
                let used = made.iter().find(|(made, _)| *made == host).map_or(0, |(_, used)| *used);
                opened += used;
                if let Some(left) = left.borrow_mut().get_mut(site) {
                    *left += share.saturating_sub(used);
                }
            }
        }
        self.limits.revisits = left.into_inner();
        Ok(opened > 0)
    }

    /// The article that the address gave before.
    pub(super) fn article_before(&self, lease: &Lease) -> Result<Option<Article>, EngineError> {
        match lease.before.as_deref().and_then(|before| before.article.as_deref()) {
            Some(id) => Ok(self.frontier.article(id)?),
            None => Ok(None),
        }
    }

    /// A page at the address of an article that was written: the same, another version, or nothing that can be used.
    pub(super) fn compare(&mut self, lease: &Lease, page: Processed, known: &Article) -> Result<Taken, EngineError> {
        let Processed { end, found, canonical, validators, .. } = page;
        let before = visit_before(lease);
        let kept = |visit| Taken { visit: Some(visit), ..Taken::from(KEPT) };
        let line = match end {
            PageEnd::Article(line) => line,
            PageEnd::Skip(reason, detail) => {
                // Counted and told as ever; what the state holds of the article stays.
                self.skip(lease, reason, detail);
                return Ok(Taken { found, ..kept(after_failure(&before, self.clock.now())) });
            }
            PageEnd::StandIn(stand_in) => {
                self.counters.retry(stand_in.reason());
                tracing::info!(url = %lease.candidate.url, reason = %stand_in.reason(), "a visit found something else than the article");
                return Ok(kept(after_failure(&before, self.clock.now())));
            }
            PageEnd::Dead(reason, detail) => {
                self.miss(lease, reason, &detail);
                return Ok(kept(after_failure(&before, self.clock.now())));
            }
        };
        if self.is_late(lease)? {
            return Ok(Outcome::Released.into());
        }
        let elsewhere = match &canonical {
            Some(canonical) => self.frontier.owner(&canonical.candidate.url)?.is_some_and(|owner| owner.id != known.id),
            None => false,
        };
        if elsewhere || self.state.articles.iter().any(|other| other.id == known.id) {
            // It stands for another article now, or another of its addresses was faster.
            self.skip(lease, SkipReason::NotCanonical, None);
            let visit = after_visit(Subject::Article, Some(&before), None, false, self.clock.now());
            return Ok(Taken { found, ..kept(visit) });
        }
        // The address that it was first written under is its address, whatever it says today.
        let line = if line.article.id == known.id && canonical.is_none() {
            line
        } else {
            line.under(known.id.clone(), known.url.clone())
        };
        let mut changed = changed_in(known, &line.article);
        if known.gone {
            changed.insert(0, "record_type".to_owned());
        }
        let visit = after_visit(Subject::Article, Some(&before), None, !changed.is_empty(), self.clock.now());
        let visit = Some(with_validators(visit, validators));
        let outcome = if !changed.is_empty() {
            self.write_update(lease, line, known, changed)?
        } else if known.facets.is_empty() {
            // Written by an earlier version of this software: from now on its parts are known.
            self.counters.unchanged += 1;
            Outcome::Updated(line.article)
        } else if facets(known).has_other_reader(&facets(&line.article)) {
            // The same article, read otherwise. What was written stays its version; the next reading is compared with this one.
            tracing::debug!(url = %lease.candidate.url, id = known.id, "read otherwise, and the same page");
            self.counters.unchanged += 1;
            Outcome::Updated(Article { facets: line.article.facets, ..known.clone() })
        } else {
            self.counters.unchanged += 1;
            KEPT
        };
        Ok(Taken { found, visit, ..Taken::from(outcome) })
    }

    /// Writes a new version of an article.
    pub(super) fn write_update(
        &mut self,
        lease: &Lease,
        line: ArticleLine,
        known: &Article,
        mut changed: Vec<String>,
    ) -> Result<Outcome, EngineError> {
        let line = if changed.iter().any(|field| field == "url") {
            // At a new address: the article keeps its id, and may have changed on the way.
            changed.extend(changed_in(known, &line.article));
            let url = line.article.url.clone();
            line.under(known.id.clone(), url)
        } else {
            line
        };
        let mut aliases = self.frontier.aliases(&known.id)?;
        aliases.extend((known.url != line.article.url).then(|| known.url.clone()));
        let repeats = self.near(&line.article)?.into_iter().next().map(|near| near.id);
        tracing::debug!(url = %lease.candidate.url, id = known.id, ?changed, "a new version");
        let finish = |record: &mut Record| {
            record.record_type = RecordType::Update;
            record.changed.clone_from(&changed);
            for alias in &aliases {
                if *alias != record.url && !record.aliases.contains(alias) {
                    record.aliases.push(alias.clone());
                }
            }
        };
        let article = self.append(line, repeats, Some(&finish))?;
        self.counters.updates += 1;
        Ok(Outcome::Updated(article))
    }

    /// The end, without a page, of a visit that is due or of an address that has an article; any other end is given back.
    pub(super) fn look_again(&mut self, lease: &Lease, end: End) -> Result<Result<Taken, End>, EngineError> {
        let known = self.article_before(lease)?;
        let is_due = lease.before.as_deref().is_some_and(|before| before.due);
        if known.is_none() && !is_due {
            return Ok(Err(end));
        }
        let (now, before, url) = (self.clock.now(), visit_before(lease), &lease.candidate.url);
        let kept = |visit| Taken { visit: Some(visit), ..Taken::from(KEPT) };
        let taken = match (end, known) {
            (End::NotModified, known) => {
                self.counters.unchanged += 1;
                let subject = if known.is_some() { Subject::Article } else { Subject::List };
                let visit = after_visit(subject, Some(&before), None, false, now);
                let Visit { etag, last_modified, sources, .. } = before;
                kept(Visit { etag, last_modified, sources, ..visit })
            }
            // Where it leads is asked; if that is the article, it has moved, else it is looked for here again.
            (End::Redirect(to), Some(_)) => {
                tracing::debug!(%url, to = %to.url, "redirected");
                self.counters.redirected += 1;
                Taken { found: vec![*to], ..kept(after_failure(&before, now)) }
            }
            (End::Retry { reason, detail, .. }, _) => {
                tracing::info!(%url, %reason, detail, "a visit failed, and is made again tomorrow");
                self.counters.retry(reason);
                let visit = Some(after_failure(&before, now));
                Taken { visit, ..Taken::from(Outcome::Kept { failed: Some(reason) }) }
            }
            (End::Skip(reason, detail), Some(_)) => {
                self.skip(lease, reason, detail);
                kept(after_failure(&before, now))
            }
            (End::Dead(reason @ (DeadReason::NotFound | DeadReason::Gone), detail), Some(known)) => {
                self.missing(lease, reason, &detail, &known)?
            }
            (End::Dead(reason, detail), Some(_)) => {
                self.miss(lease, reason, &detail);
                kept(after_failure(&before, now))
            }
            (end, _) => return Ok(Err(end)),
        };
        Ok(Ok(taken))
    }

    /// The server says that there is no such page. Said once it may be a mistake; said again days later, the article is gone.
    fn missing(
        &mut self,
        lease: &Lease,
        reason: DeadReason,
        detail: &str,
        known: &Article,
    ) -> Result<Taken, EngineError> {
        let (now, before) = (self.clock.now(), visit_before(lease));
        if known.gone {
            self.counters.unchanged += 1;
            let visit = after_visit(Subject::Article, Some(&before), None, false, now);
            let visit = Visit { missing_since: before.missing_since, ..visit };
            return Ok(Taken { visit: Some(visit), ..Taken::from(KEPT) });
        }
        if let Some(visit) = after_missing(&before, now) {
            tracing::info!(url = %lease.candidate.url, %reason, detail, "an article is missing; it is looked for again in some days");
            self.counters.missing += 1;
            return Ok(Taken { visit: Some(visit), ..Taken::from(KEPT) });
        }
        if self.is_late(lease)? {
            return Ok(Outcome::Released.into());
        }
        self.write_tombstone(lease, reason, known)?;
        let visit = after_visit(Subject::Article, Some(&before), None, true, now);
        let visit = Visit { missing_since: before.missing_since, ..visit };
        Ok(Taken { visit: Some(visit), ..Taken::from(Outcome::Gone { reason, article: known.id.clone() }) })
    }

    fn write_tombstone(&mut self, lease: &Lease, reason: DeadReason, known: &Article) -> Result<(), EngineError> {
        let index = self.territory.borrow_mut().index_of(&lease.host);
        let site = index.and_then(|index| self.territory.borrow().site(index).cloned());
        let (Some(site), Ok(url)) = (site, Url::parse(&known.url)) else { return Ok(()) };
        let aliases = self.frontier.aliases(&known.id)?;
        let mut record = tombstone(&Gone {
            id: &known.id,
            url: &url,
            version_id: &known.version_id,
            content_hash: &known.content_hash,
            aliases: &aliases,
            requested: &lease.candidate.url,
            status: if reason == DeadReason::Gone { 410 } else { 404 },
            at: self.clock.now(),
            via: lease.candidate.via,
            site: &site,
            model: Classifier::embedded().model_name(),
        });
        record.run_id = Some(self.run_id.clone());
        tracing::info!(url = known.url, id = known.id, %reason, "an article is gone");
        self.put(folder_of(&site, &record.source_domain), Line::of(&record)?);
        self.counters.records += 1;
        self.counters.tombstones += 1;
        Ok(())
    }

    /// A visit to a known page failed: told and counted, no failure of the run.
    fn miss(&mut self, lease: &Lease, reason: DeadReason, detail: &str) {
        tracing::info!(url = %lease.candidate.url, %reason, detail, "a visit failed");
        self.counters.miss(reason);
    }

    /// A source has not changed: neither has what it names, but for the sources among that.
    pub(super) fn source_unchanged(&mut self, lease: &Lease) -> Taken {
        self.counters.unchanged += 1;
        let before = visit_before(lease);
        let (now, depth) = (self.clock.now(), lease.candidate.depth.saturating_add(1));
        let candidate = |(url, lastmod): &(Url, _)| Candidate {
            url: url.clone(),
            via: Via::Sitemap,
            priority: priority(Via::Sitemap, UrlKind::Sitemap, depth, *lastmod, now),
            depth,
            lastmod: *lastmod,
            referrer: Some(lease.candidate.url.clone()),
            hops: Vec::new(),
        };
        let again = self.once(before.sources.iter().map(candidate).collect());
        let outcome = Outcome::Skipped { reason: SkipReason::Source, detail: None };
        Taken { again, visit: Some(Visit { at: now, ..before }), ..Taken::from(outcome) }
    }
}

/// What the visits before left; nothing where there were none.
fn visit_before(lease: &Lease) -> Visit {
    lease.before.as_deref().map(|Before { visit, .. }| visit.clone()).unwrap_or_default()
}

/// The fields in which a version differs from the one that the state knows. Of an article of an earlier version of this software only
/// the text is known.
pub(super) fn changed_in(known: &Article, article: &Article) -> Vec<String> {
    if known.facets.is_empty() {
        return if known.content_hash == article.content_hash { Vec::new() } else { vec!["text".to_owned()] };
    }
    facets(known).changed_in(&facets(article))
}

fn facets(article: &Article) -> Facets {
    Facets::from_bytes(article.facets.clone())
}
