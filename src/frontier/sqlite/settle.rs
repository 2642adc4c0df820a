//! Leases end.

use rusqlite::{Connection, OptionalExtension, params};
use url::Url;

use crate::frontier::common::{Address, Changes, State, micros};
use crate::frontier::{Article, Offered, Outcome, Settled, Settlement};
use crate::types::{Candidate, SkipReason};

use super::offer::{Mode, Offers};
use super::rows::{Fault, Known, by_id, find};
use super::{history, near, visits};

/// A canonical address is followed through so many redirects.
const FOLLOWED: usize = 10;

/// Where a row goes.
struct End<'a> {
    state: State,
    reason: &'a str,
    detail: Option<&'a str>,
    wake: Option<i64>,
    article: Option<&'a str>,
    /// Taken off the attempts.
    uncounted: i64,
}

impl<'a> End<'a> {
    fn of(state: State) -> Self {
        End { state, reason: "", detail: None, wake: None, article: None, uncounted: 0 }
    }

    fn why(self, reason: &'a str, detail: Option<&'a String>) -> Self {
        End { reason, detail: detail.map(String::as_str), ..self }
    }
}

/// One settle, within a transaction.
pub(super) struct Ending<'c> {
    pub(super) conn: &'c Connection,
    pub(super) run_id: &'c str,
    pub(super) now: i64,
}

impl Ending<'_> {
    pub(super) fn all(
        &self,
        settlements: &[Settlement],
        offers: &mut Offers<'_>,
        changes: &mut Changes,
    ) -> Result<Settled, Fault> {
        let mut settled = Settled::default();
        for settlement in settlements {
            let lease = &settlement.lease;
            match by_id(self.conn, lease.key)? {
                Some(row) if row.state == State::Leased && row.fence == lease.fence => {
                    let offered = self.one(settlement, &row, offers, changes, &mut settled.doubled)?;
                    settled.offered += offered;
                    settled.settled += 1;
                }
                _ => settled.refused.push(lease.key),
            }
        }
        Ok(settled)
    }

    fn one(
        &self,
        settlement: &Settlement,
        row: &Known,
        offers: &mut Offers<'_>,
        changes: &mut Changes,
        doubled: &mut Vec<String>,
    ) -> Result<Offered, Fault> {
        let from = &settlement.lease.candidate;
        let mut offered = Offered::default();
        let mut given_way_to = None;
        let was;
        let end = match &settlement.outcome {
            Outcome::Written(articles) => {
                for article in articles {
                    if !self.write(article)? {
                        doubled.push(article.id.clone());
                    }
                    self.alias(from, &article.id)?;
                }
                End { article: articles.first().map(|a| a.id.as_str()), ..End::of(State::Done) }
            }
            Outcome::NotCanonical { canonical } => {
                given_way_to = Some(canonical);
                let end = End::of(State::Skipped);
                End { reason: SkipReason::NotCanonical.as_str(), detail: Some(canonical.as_str()), ..end }
            }
            Outcome::Skipped { reason, detail } => End::of(State::Skipped).why(reason.as_str(), detail.as_ref()),
            Outcome::Retry { not_before, reason, detail } => {
                let wake = Some(micros(*not_before));
                End { wake, ..End::of(State::Waiting).why(reason.as_str(), detail.as_ref()) }
            }
            Outcome::Dead { reason, detail } => End::of(State::Dead).why(reason.as_str(), detail.as_ref()),
            Outcome::Alias { of } => {
                self.alias(from, of)?;
                End { article: Some(of), ..End::of(State::Alias) }
            }
            Outcome::Redirected { to } => {
                offered += offers.take_target(to, changes)?;
                self.alias_of_target(from, to)?;
                End { detail: Some(to.url.as_str()), ..End::of(State::Alias) }
            }
            Outcome::Kept { .. } => {
                let (state, reason) = visits::was(self.conn, row.id)?.unwrap_or((State::Done, String::new()));
                was = reason;
                End { reason: &was, ..End::of(state) }
            }
            Outcome::Updated(article) => {
                self.update(article)?;
                self.alias(from, &article.id)?;
                self.forward(from, &article.id, changes)?;
                End { article: Some(&article.id), ..End::of(State::Done) }
            }
            Outcome::Gone { reason, article } => {
                self.conn.prepare_cached("UPDATE articles SET gone = 1 WHERE id = ?1")?.execute([article])?;
                End { reason: reason.as_str(), ..End::of(State::Dead) }
            }
            Outcome::Released => End { uncounted: 1, ..End::of(State::Ready) },
        };
        self.end(row, &end, changes)?;
        changes.judge(row.host, &settlement.outcome, self.now);
        self.keep_visit(settlement, row)?;
        offered += offers.take(&settlement.found, Mode::Offer, changes)?;
        offered += offers.take(&settlement.again, Mode::Reopen, changes)?;
        match given_way_to {
            Some(canonical) if self.gives_nothing(canonical, &from.url)? => {
                if let Some(row) = by_id(self.conn, row.id)? {
                    offers.open_again(&row, changes)?;
                }
            }
            Some(_) => {}
            None if self.is_in_vain(&settlement.outcome)? => self.recall(from, offers, changes)?,
            None => {}
        }
        Ok(offered)
    }

    /// Whether the end of an address is one without an article, now or later.
    fn is_in_vain(&self, outcome: &Outcome) -> Result<bool, Fault> {
        Ok(match outcome {
            Outcome::Dead { .. } | Outcome::Skipped { .. } => true,
            Outcome::Redirected { to } => match Address::of(&to.url) {
                Some(address) => find(self.conn, &address)?
                    .is_some_and(|target| matches!(target.state, State::Skipped | State::Dead)),
                None => true,
            },
            Outcome::Written(_)
            | Outcome::Alias { .. }
            | Outcome::NotCanonical { .. }
            | Outcome::Retry { .. }
            | Outcome::Kept { .. }
            | Outcome::Updated(_)
            | Outcome::Gone { .. }
            | Outcome::Released => false,
        })
    }

    /// Whether the address that a page named as its canonical one has ended without an article, or leads back to the page.
    fn gives_nothing(&self, canonical: &Url, page: &Url) -> Result<bool, Fault> {
        let mut url = canonical.clone();
        for _ in 0..FOLLOWED {
            let Some(known) = Address::of(&url).map(|address| find(self.conn, &address)).transpose()?.flatten() else {
                return Ok(false);
            };
            match known.state {
                State::Skipped | State::Dead => return Ok(true),
                State::Alias => {}
                State::Ready | State::Waiting | State::Leased | State::Done => return Ok(false),
            }
            let target: Option<String> = self
                .conn
                .prepare_cached("SELECT detail FROM urls WHERE id = ?1 AND detail IS NOT NULL")?
                .query_row([known.id], |row| row.get(0))
                .optional()?;
            match target.and_then(|target| Url::parse(&target).ok()) {
                Some(target) if target == *page => return Ok(true),
                Some(target) => url = target,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The pages that gave way to an address, or to one that redirected to it, are asked again: it has no article for them.
    fn recall(&self, from: &Candidate, offers: &Offers<'_>, changes: &mut Changes) -> Result<(), Fault> {
        let mut waiting = self
            .conn
            .prepare_cached("SELECT id FROM urls WHERE detail = ?1 AND reason = 'not_canonical' ORDER BY id")?;
        for url in from.hops.iter().chain([&from.url]) {
            let pages: Vec<i64> = waiting.query_map([url.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for page in pages {
                if let Some(row) = by_id(self.conn, page)? {
                    offers.open_again(&row, changes)?;
                }
            }
        }
        Ok(())
    }

    fn end(&self, row: &Known, end: &End<'_>, changes: &mut Changes) -> Result<(), Fault> {
        self.conn
            .prepare_cached(
                "UPDATE urls SET state = ?2, reason = nullif(?3, ''), detail = ?4, wake = ?5, article = ifnull(?6, article),
                     attempts = max(attempts - ?7, 0), changed_at = ?8 WHERE id = ?1",
            )?
            .execute(params![
                row.id,
                end.state.code(),
                end.reason,
                end.detail,
                end.wake,
                end.article,
                end.uncounted,
                self.now
            ])?;
        changes.moved(row.host, (State::Leased, ""), (end.state, end.reason));
        Ok(())
    }

    /// Keeps what the visit left; where another address stands for this one, it is visited no more.
    fn keep_visit(&self, settlement: &Settlement, row: &Known) -> Result<(), Fault> {
        match &settlement.outcome {
            Outcome::Alias { .. } | Outcome::Redirected { .. } | Outcome::NotCanonical { .. } => {
                visits::end(self.conn, row.id)
            }
            Outcome::Retry { .. } | Outcome::Released => Ok(()),
            _ => match &settlement.visit {
                Some(visit) => visits::store(self.conn, row.id, row.host, visit),
                None => visits::settled(self.conn, row.id),
            },
        }
    }

    /// A new version takes the place of the one before.
    fn update(&self, article: &Article) -> Result<(), Fault> {
        if let Some(before) = history::article(self.conn, &article.id)? {
            near::leave(self.conn, &before)?;
        }
        near::enter(self.conn, article)?;
        self.conn
            .prepare_cached(
                "UPDATE articles SET url = ?2, version_id = ?3, content_hash = ?4, facets = ?5, simhash = ?6, gone = 0 WHERE id = ?1",
            )?
            .execute(params![
                article.id,
                article.url,
                article.version_id,
                article.content_hash,
                article.facets,
                article.simhash.map(u64::cast_signed)
            ])?;
        // Its own address is no other address of it any more.
        self.conn
            .prepare_cached("DELETE FROM aliases WHERE url = ?1 AND article = ?2")?
            .execute([&article.url, &article.id])?;
        Ok(())
    }

    /// The addresses of the article that have led here by redirects are other addresses of it from now on.
    fn forward(&self, from: &Candidate, article: &str, changes: &mut Changes) -> Result<(), Fault> {
        for url in &from.hops {
            let Some(known) = Address::of(url).map(|address| find(self.conn, &address)).transpose()?.flatten() else {
                continue;
            };
            if known.state == State::Done && known.article.as_deref() == Some(article) {
                self.conn
                    .prepare_cached("UPDATE urls SET state = ?2, detail = ?3, changed_at = ?4 WHERE id = ?1")?
                    .execute(params![known.id, State::Alias.code(), from.url.as_str(), self.now])?;
                changes.moved(known.host, (State::Done, ""), (State::Alias, ""));
                visits::end(self.conn, known.id)?;
            }
        }
        Ok(())
    }

    /// Whether the article is new.
    fn write(&self, article: &Article) -> Result<bool, Fault> {
        let rows = self
            .conn
            .prepare_cached(
                "INSERT INTO articles (id, url, version_id, content_hash, first_run, written_at, facets, simhash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                article.id,
                article.url,
                article.version_id,
                article.content_hash,
                self.run_id,
                self.now,
                article.facets,
                article.simhash.map(u64::cast_signed)
            ])?;
        if rows == 1 {
            near::enter(self.conn, article)?;
        }
        Ok(rows == 1)
    }

    /// The address and those that redirected to it are other addresses of the article, but for its own.
    fn alias(&self, from: &Candidate, article: &str) -> Result<(), Fault> {
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO aliases (url, article) SELECT ?1, id FROM articles WHERE id = ?2 AND url <> ?1 ON CONFLICT (url) DO NOTHING",
        )?;
        for url in from.hops.iter().chain([&from.url]) {
            insert.execute(params![url.as_str(), article])?;
        }
        Ok(())
    }

    /// A redirect to a page whose article is written already: nobody will come by again to note the alias.
    fn alias_of_target(&self, from: &Candidate, to: &Candidate) -> Result<(), Fault> {
        let Some(address) = Address::of(&to.url) else { return Ok(()) };
        if let Some(article) = find(self.conn, &address)?.and_then(|known| known.article) {
            self.alias(from, &article)?;
        }
        Ok(())
    }
}
