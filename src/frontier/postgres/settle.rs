//! Leases end. The rows that the settlements touch are brought in with a few queries, the ends are decided in memory in their order, and
//! all is written at once, whatever their number.

use std::collections::BTreeSet;

use url::Url;

use super::link::{Fault, Sql};
use super::offer::{Bounds, Ids, Mode, Work};
use super::rows::{Known, hash_of, plain};
use super::{near, visits};
use crate::frontier::common::{Address, State, Unreadable, micros};
use crate::frontier::{Article, Offered, Outcome, Settled, Settlement};
use crate::types::{Candidate, SkipReason, Visit};

/// A canonical address is followed through so many redirects.
const FOLLOWED: usize = 10;

/// One settle, within a transaction.
pub(super) struct Ending<'w, 's, 'c> {
    work: &'w mut Work<'s, 'c>,
    now: i64,
    aliases: Vec<(String, String)>,
    visits: Vec<(i64, i64, Visit)>,
    /// Visits that are over, and addresses that are visited no more.
    visited: Vec<i64>,
    ended: Vec<i64>,
}

/// What is the same for a whole settle.
#[derive(Debug, Clone, Copy)]
pub(super) struct How<'a> {
    pub(super) run_id: &'a str,
    pub(super) bounds: Bounds,
    pub(super) shard: i32,
    /// Records of these settlements are in a segment that is entered with them: it counts as a whole or not at all.
    pub(super) is_whole: bool,
}

/// Settles in a transaction. Where a record of the segment may not stand, everything is taken back ([`Fault::Withdrawn`]).
pub(super) fn settle(
    sql: &mut Sql<'_>,
    settlements: &[Settlement],
    how: How<'_>,
    ids: Ids,
) -> Result<(Settled, Ids), Fault> {
    let mut settled = Settled::default();
    let mut work = Work::new(sql, how.bounds, ids.clone())?;
    let leases: Vec<i64> = settlements.iter().map(|settlement| settlement.lease.key).collect();
    work.rows.lock_ids(work.sql, &leases)?;
    let mut ended = BTreeSet::new();
    let mut valid = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let lease = &settlement.lease;
        let holds =
            work.rows.known.get(&lease.key).is_some_and(|row| row.state == State::Leased && row.fence == lease.fence);
        if holds && ended.insert(lease.key) {
            valid.push(settlement);
        } else {
            settled.refused.push(lease.key);
            settled.withdrawn |= how.is_whole && has_record(&settlement.outcome);
        }
    }
    let fresh = write_articles(work.sql, &valid, how)?;
    let articles = valid.iter().flat_map(|settlement| written(&settlement.outcome));
    let mut met: BTreeSet<&str> = BTreeSet::new();
    for article in articles {
        if !fresh.contains(&article.id) || !met.insert(&article.id) {
            settled.doubled.push(article.id.clone());
            settled.withdrawn |= how.is_whole;
        }
    }
    if settled.withdrawn {
        return Err(Fault::Withdrawn(Box::new(settled)));
    }
    expect(&mut work, &valid)?;
    let mut ending = Ending {
        work: &mut work,
        now: how.bounds.now,
        aliases: Vec::new(),
        visits: Vec::new(),
        visited: Vec::new(),
        ended: Vec::new(),
    };
    for settlement in valid {
        settled.offered += ending.one(settlement)?;
        settled.settled += 1;
    }
    ending.write()?;
    let (known, ids) = work.write(how.shard)?;
    settled.offered.new -= known.min(settled.offered.new);
    settled.offered.known += known;
    Ok((settled, ids))
}

fn written(outcome: &Outcome) -> &[Article] {
    match outcome {
        Outcome::Written(articles) => articles,
        _ => &[],
    }
}

fn has_record(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Written(articles) => !articles.is_empty(),
        Outcome::Updated(_) | Outcome::Gone { .. } => true,
        _ => false,
    }
}

/// Enters the articles that nobody has written; gives their ids.
fn write_articles(sql: &mut Sql<'_>, valid: &[&Settlement], how: How<'_>) -> Result<BTreeSet<String>, Fault> {
    let mut articles: Vec<&Article> = valid.iter().flat_map(|settlement| written(&settlement.outcome)).collect();
    articles.sort_by(|a, b| a.id.cmp(&b.id));
    articles.dedup_by(|a, b| a.id == b.id);
    if articles.is_empty() {
        return Ok(BTreeSet::new());
    }
    let column = |of: fn(&Article) -> &str| -> Vec<&str> { articles.iter().map(|article| of(article)).collect() };
    let facets: Vec<&[u8]> = articles.iter().map(|article| article.facets.as_slice()).collect();
    let simhash: Vec<Option<i64>> = articles.iter().map(|article| article.simhash.map(u64::cast_signed)).collect();
    let rows = sql.rows(
        "INSERT INTO articles (id, url, version_id, content_hash, facets, simhash, first_run, written_at)
         SELECT *, $7, $8 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::int8[])
         ON CONFLICT (id) DO NOTHING RETURNING id",
        &[
            &column(|a| &a.id),
            &column(|a| &a.url),
            &column(|a| &a.version_id),
            &column(|a| &a.content_hash),
            &facets,
            &simhash,
            &how.run_id,
            &how.bounds.now,
        ],
    )?;
    let fresh: BTreeSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let new: Vec<&Article> = articles.into_iter().filter(|article| fresh.contains(&article.id)).collect();
    near::enter(sql, &new)?;
    Ok(fresh)
}

/// Brings in what the settlements will ask for: locked where its state may be changed.
fn expect(work: &mut Work<'_, '_>, valid: &[&Settlement]) -> Result<(), Fault> {
    let mut hashes = Vec::new();
    let mut may_recall = Vec::new();
    for settlement in valid {
        let from = &settlement.lease.candidate;
        let mut hash = |url: &Url| hashes.extend(Address::of(url).map(|address| hash_of(&address)));
        match &settlement.outcome {
            Outcome::Redirected { to } => hash(&to.url),
            Outcome::NotCanonical { canonical } => hash(canonical),
            Outcome::Updated(_) => from.hops.iter().for_each(&mut hash),
            _ => {}
        }
        settlement.again.iter().for_each(|candidate| hash(&candidate.url));
        if matches!(settlement.outcome, Outcome::Dead { .. } | Outcome::Skipped { .. } | Outcome::Redirected { .. }) {
            may_recall.extend(from.hops.iter().chain([&from.url]).map(Url::to_string));
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    work.rows.fetch(work.sql, &hashes, true)?;
    work.rows.fetch_gave_way(work.sql, &may_recall)?;
    let found = valid.iter().flat_map(|settlement| {
        let target = match &settlement.outcome {
            Outcome::Redirected { to } => Some(to),
            _ => None,
        };
        settlement.found.iter().chain(&settlement.again).chain(target)
    });
    work.expect(found, false)
}

impl Ending<'_, '_, '_> {
    fn row(&self, id: i64) -> Result<Known, Fault> {
        self.work
            .rows
            .known
            .get(&id)
            .cloned()
            .ok_or_else(|| Unreadable { what: "urls.id", value: id.to_string() }.into())
    }

    fn one(&mut self, settlement: &Settlement) -> Result<Offered, Fault> {
        let from = &settlement.lease.candidate;
        let row = self.row(settlement.lease.key)?;
        let mut offered = Offered::default();
        let mut given_way_to = None;
        let end = Known { reason: String::new(), detail: None, wake: None, ..row.clone() };
        let why = |state, reason: &str, detail: &Option<String>| Known {
            state,
            reason: reason.to_owned(),
            detail: detail.as_deref().map(plain),
            ..end.clone()
        };
        let end = match &settlement.outcome {
            Outcome::Written(articles) => {
                for article in articles {
                    self.alias(from, &article.id);
                }
                let article = articles.first().map(|article| article.id.clone());
                Known { state: State::Done, article: article.or(end.article.clone()), ..end }
            }
            Outcome::NotCanonical { canonical } => {
                given_way_to = Some(canonical);
                self.work.rows.gives_way(row.id, canonical.as_str());
                why(State::Skipped, SkipReason::NotCanonical.as_str(), &Some(canonical.to_string()))
            }
            Outcome::Skipped { reason, detail } => why(State::Skipped, reason.as_str(), detail),
            Outcome::Retry { not_before, reason, detail } => {
                Known { wake: Some(micros(*not_before)), ..why(State::Waiting, reason.as_str(), detail) }
            }
            Outcome::Dead { reason, detail } => why(State::Dead, reason.as_str(), detail),
            Outcome::Alias { of } => {
                self.alias(from, of);
                Known { state: State::Alias, article: Some(of.clone()), ..end }
            }
            Outcome::Redirected { to } => {
                offered += self.work.take_target(to)?;
                if let Some(article) = self.find(&to.url)?.and_then(|target| target.article) {
                    // Nobody will come by again to note the alias.
                    self.alias(from, &article);
                }
                Known { state: State::Alias, detail: Some(to.url.to_string()), ..end }
            }
            Outcome::Kept { .. } => {
                let (state, reason) = row.was.clone().unwrap_or((State::Done, String::new()));
                Known { state, reason, ..end }
            }
            Outcome::Updated(article) => {
                self.update(article)?;
                self.alias(from, &article.id);
                self.forward(from, &article.id)?;
                Known { state: State::Done, article: Some(article.id.clone()), ..end }
            }
            Outcome::Gone { reason, article } => {
                self.work.sql.run("UPDATE articles SET gone = true WHERE id = $1", &[article])?;
                why(State::Dead, reason.as_str(), &None)
            }
            Outcome::Released => Known { state: State::Ready, attempts: (end.attempts - 1).max(0), ..end },
        };
        self.end(&row, end);
        self.work.changes.judge(row.host, &settlement.outcome, self.now);
        self.keep_visit(settlement, &row);
        offered += self.work.take(&settlement.found, Mode::Offer)?;
        offered += self.work.take(&settlement.again, Mode::Reopen)?;
        match given_way_to {
            Some(canonical) if self.gives_nothing(canonical, &from.url)? => self.work.open_again(row.id),
            Some(_) => {}
            None if self.is_in_vain(&settlement.outcome)? => self.recall(from),
            None => {}
        }
        Ok(offered)
    }

    fn find(&mut self, url: &Url) -> Result<Option<Known>, Fault> {
        Ok(self.work.rows.find(self.work.sql, url)?.cloned())
    }

    fn end(&mut self, row: &Known, end: Known) {
        self.work.changes.moved(row.host, (State::Leased, ""), (end.state, &end.reason));
        self.work.dirty.insert(row.id);
        self.work.rows.known.insert(row.id, end);
    }

    /// Whether the end of an address is one without an article, now or later.
    fn is_in_vain(&mut self, outcome: &Outcome) -> Result<bool, Fault> {
        Ok(match outcome {
            Outcome::Dead { .. } | Outcome::Skipped { .. } => true,
            Outcome::Redirected { to } if Address::of(&to.url).is_none() => true,
            Outcome::Redirected { to } => {
                self.find(&to.url)?.is_some_and(|target| matches!(target.state, State::Skipped | State::Dead))
            }
            _ => false,
        })
    }

    /// Whether the address that a page named as its canonical one has ended without an article, or leads back to the page.
    fn gives_nothing(&mut self, canonical: &Url, page: &Url) -> Result<bool, Fault> {
        let mut url = canonical.clone();
        for _ in 0..FOLLOWED {
            let Some(known) = self.find(&url)? else { return Ok(false) };
            match known.state {
                State::Skipped | State::Dead => return Ok(true),
                State::Alias => {}
                State::Ready | State::Waiting | State::Leased | State::Done => return Ok(false),
            }
            match known.detail.and_then(|target| Url::parse(&target).ok()) {
                Some(target) if target == *page => return Ok(true),
                Some(target) => url = target,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The pages that gave way to an address, or to one that redirected to it, are asked again: it has no article for them.
    fn recall(&mut self, from: &Candidate) {
        for url in from.hops.iter().chain([&from.url]) {
            for page in self.work.rows.gave_way(url.as_str()) {
                self.work.open_again(page);
            }
        }
    }

    /// Keeps what the visit left; where another address stands for this one, it is visited no more.
    fn keep_visit(&mut self, settlement: &Settlement, row: &Known) {
        match &settlement.outcome {
            Outcome::Alias { .. } | Outcome::Redirected { .. } | Outcome::NotCanonical { .. } => {
                self.ended.push(row.id)
            }
            Outcome::Retry { .. } | Outcome::Released => {}
            _ => match &settlement.visit {
                Some(visit) => self.visits.push((row.id, row.host, visit.clone())),
                None => self.visited.push(row.id),
            },
        }
    }

    /// A new version takes the place of the one before.
    fn update(&mut self, article: &Article) -> Result<(), Fault> {
        let sql = &mut *self.work.sql;
        if let Some(before) = super::kept::article(sql, &article.id)? {
            near::leave(sql, &before)?;
        }
        near::enter(sql, &[article])?;
        sql.run(
            "UPDATE articles SET url = $2, version_id = $3, content_hash = $4, facets = $5, simhash = $6, gone = false WHERE id = $1",
            &[
                &article.id,
                &article.url,
                &article.version_id,
                &article.content_hash,
                &article.facets,
                &article.simhash.map(u64::cast_signed),
            ],
        )?;
        // Its own address is no other address of it any more.
        let own = "DELETE FROM aliases WHERE md5(url) = md5($1) AND url = $1 AND article = $2";
        sql.run(own, &[&article.url, &article.id])?;
        Ok(())
    }

    /// The addresses of the article that have led here by redirects are other addresses of it from now on.
    fn forward(&mut self, from: &Candidate, article: &str) -> Result<(), Fault> {
        for url in &from.hops {
            let Some(known) = self.find(url)? else { continue };
            if known.state == State::Done && known.article.as_deref() == Some(article) {
                let id = known.id;
                self.work.changes.moved(known.host, (State::Done, ""), (State::Alias, ""));
                self.work
                    .rows
                    .known
                    .insert(id, Known { state: State::Alias, detail: Some(from.url.to_string()), ..known });
                self.work.dirty.insert(id);
                self.ended.push(id);
            }
        }
        Ok(())
    }

    /// The address and those that redirected to it are other addresses of the article, but for its own.
    fn alias(&mut self, from: &Candidate, article: &str) {
        let of = |url: &Url| (url.to_string(), article.to_owned());
        self.aliases.extend(from.hops.iter().chain([&from.url]).map(of));
    }

    fn write(mut self) -> Result<(), Fault> {
        let sql = &mut *self.work.sql;
        if !self.aliases.is_empty() {
            let urls: Vec<&str> = self.aliases.iter().map(|(url, _)| url.as_str()).collect();
            let articles: Vec<&str> = self.aliases.iter().map(|(_, article)| article.as_str()).collect();
            sql.run(
                "INSERT INTO aliases (url, article) SELECT x.url, a.id
                 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY x(url, article, n)
                     JOIN articles a ON a.id = x.article AND a.url <> x.url ORDER BY x.n ON CONFLICT DO NOTHING",
                &[&urls, &articles],
            )?;
        }
        // The last word on an address holds.
        let mut seen = BTreeSet::new();
        self.visits.reverse();
        self.visits.retain(|(url, ..)| seen.insert(*url));
        visits::store(sql, &self.visits)?;
        visits::over(sql, &self.visited, &self.ended)
    }
}
