//! Candidates in: decided in memory, written with the transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::link::{Fault, Sql};
use super::rows::{self, Hash, Known, Rows, code, hash_of};
use crate::frontier::Offered;
use crate::frontier::common::{Address, Changes, DAY, SETTLED_AFTER, State, hops_text, micros};
use crate::types::{Candidate, HostKey, SkipReason, Via};

/// Ids that a worker takes at a time.
const BLOCK: i64 = 4_096;

/// Whether a known address that was settled becomes ready again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Offer,
    Reopen,
}

/// Ids for new addresses, in growing order. A block that a transaction took and did not keep is lost, which costs nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    next: i64,
    end: i64,
}

impl Ids {
    fn take(&mut self, sql: &mut Sql<'_>) -> Result<i64, Fault> {
        if self.next >= self.end {
            let block: i64 = sql.one("SELECT nextval('blocks')", &[])?.try_get(0)?;
            self.next = block * BLOCK;
            self.end = self.next + BLOCK;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

/// What bounds offers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) now: i64,
    /// How far that is ahead of the caller's time.
    pub(super) ahead: i64,
    pub(super) max_open: i64,
    /// What was settled so lately is not asked again, as another worker has just done it.
    pub(super) rest: i64,
}

/// What a second offer changes of a known address.
#[derive(Debug, Default)]
struct Refreshed {
    priority: i32,
    lastmod: Option<i64>,
    hops: Option<String>,
}

/// One transaction's rows, and what becomes of them.
pub(super) struct Work<'s, 'c> {
    pub(super) sql: &'s mut Sql<'c>,
    pub(super) rows: Rows,
    pub(super) changes: Changes,
    pub(super) bounds: Bounds,
    pub(super) ids: Ids,
    hosts: HashMap<HostKey, i64>,
    open: i64,
    new: Vec<(Hash, i64, Candidate)>,
    refreshed: BTreeMap<i64, Refreshed>,
    hinted: Vec<(i64, i64)>,
    /// Rows whose state or article the transaction changes.
    pub(super) dirty: BTreeSet<i64>,
}

impl<'s, 'c> Work<'s, 'c> {
    pub(super) fn new(sql: &'s mut Sql<'c>, bounds: Bounds, ids: Ids) -> Result<Self, Fault> {
        let open = sql.one("SELECT coalesce(sum(n), 0)::int8 FROM counts WHERE state <= 2", &[])?.try_get(0)?;
        let (rows, changes, hosts, new) = (Rows::default(), Changes::default(), HashMap::new(), Vec::new());
        let (refreshed, hinted, dirty) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Ok(Self { sql, rows, changes, bounds, ids, hosts, open, new, refreshed, hinted, dirty })
    }

    /// Brings the rows of candidates in.
    pub(super) fn expect<'a>(
        &mut self,
        candidates: impl Iterator<Item = &'a Candidate>,
        locked: bool,
    ) -> Result<(), Fault> {
        let (mut hashes, mut hosts) = (Vec::new(), BTreeSet::new());
        for candidate in candidates {
            if let Some(address) = Address::of(&candidate.url) {
                hashes.push(hash_of(&address));
                hosts.insert(address.host);
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        self.rows.fetch(self.sql, &hashes, locked)?;
        self.meet(hosts)
    }

    /// The ids of hosts; rows are made for new ones, each a group of its own.
    fn meet(&mut self, mut hosts: BTreeSet<HostKey>) -> Result<(), Fault> {
        hosts.retain(|host| !self.hosts.contains_key(host));
        if hosts.is_empty() {
            return Ok(());
        }
        for (key, id) in host_ids(self.sql, &hosts.into_iter().collect::<Vec<_>>())? {
            self.hosts.insert(key, id);
        }
        Ok(())
    }

    /// Takes candidates in whose rows are there, up to the bound.
    pub(super) fn take(&mut self, candidates: &[Candidate], mode: Mode) -> Result<Offered, Fault> {
        let mut offered = Offered::default();
        for candidate in candidates {
            // What a page names as its canonical address stands for a page that has just ended.
            let stands_in = candidate.via == Via::Canonical;
            let open = self.open.saturating_add(self.changes.open()).saturating_add(self.new.len() as i64);
            let full = !stands_in && open >= self.bounds.max_open;
            offered += self.one(candidate, mode, full)?;
        }
        Ok(offered)
    }

    /// Takes the target of a redirect in, whatever the bound: it stands for an address that was open.
    pub(super) fn take_target(&mut self, to: &Candidate) -> Result<Offered, Fault> {
        self.one(to, Mode::Offer, false)
    }

    fn one(&mut self, candidate: &Candidate, mode: Mode, full: bool) -> Result<Offered, Fault> {
        let Some(address) = Address::of(&candidate.url) else {
            return Ok(Offered { refused: 1, ..Offered::default() });
        };
        let hash = hash_of(&address);
        let Some(known) = self.rows.at(hash).cloned() else {
            if full {
                return Ok(Offered { full: 1, ..Offered::default() });
            }
            self.insert(candidate, &address, hash)?;
            return Ok(Offered { new: 1, ..Offered::default() });
        };
        self.refresh(candidate, &known);
        let unchanged = mode == Mode::Reopen && self.is_unchanged(candidate, &known);
        let has_moved = known.state == State::Alias && known.article.is_none();
        let settled = !unchanged && (has_moved || matches!(known.state, State::Done | State::Skipped | State::Dead));
        if mode == Mode::Reopen && settled {
            if full {
                return Ok(Offered { full: 1, ..Offered::default() });
            }
            self.open_again(known.id);
            return Ok(Offered { reopened: 1, ..Offered::default() });
        }
        Ok(Offered { known: 1, ..Offered::default() })
    }

    fn insert(&mut self, candidate: &Candidate, address: &Address<'_>, hash: Hash) -> Result<(), Fault> {
        let host = match self.hosts.get(&address.host) {
            Some(host) => *host,
            None => {
                self.meet(BTreeSet::from([address.host.clone()]))?;
                self.hosts.get(&address.host).copied().unwrap_or_default()
            }
        };
        let id = self.ids.take(self.sql)?;
        let known = Known {
            id,
            host,
            state: State::Ready,
            reason: String::new(),
            detail: None,
            priority: candidate.priority,
            lastmod: candidate.lastmod.map(micros),
            has_hops: !candidate.hops.is_empty(),
            fence: 0,
            article: None,
            attempts: 0,
            wake: None,
            changed_at: self.bounds.now,
            visited: None,
            was: None,
        };
        self.rows.add(hash, known);
        self.new.push((hash, id, candidate.clone()));
        Ok(())
    }

    /// What a second offer may change: a higher priority, a later date, the hops of a first redirect to an open address.
    fn refresh(&mut self, candidate: &Candidate, known: &Known) {
        let lastmod = candidate.lastmod.map(micros);
        let higher = candidate.priority > known.priority && known.state.is_open();
        let later = lastmod > known.lastmod;
        let hops = (!known.has_hops && known.state.is_open()).then(|| hops_text(&candidate.hops)).flatten();
        if !higher && !later && hops.is_none() {
            return;
        }
        if let Some(row) = self.rows.known.get_mut(&known.id) {
            row.priority = if higher { candidate.priority } else { row.priority };
            row.lastmod = lastmod.max(row.lastmod);
            row.has_hops |= hops.is_some();
        }
        let refreshed = self.refreshed.entry(known.id).or_default();
        refreshed.priority = if higher { candidate.priority } else { known.priority };
        refreshed.lastmod = lastmod.max(known.lastmod);
        refreshed.hops = refreshed.hops.take().or(hops);
        if higher {
            self.changes.touched(known.host);
        }
        if later && let Some(lastmod) = lastmod {
            let end = if lastmod % DAY == 0 { lastmod.saturating_add(DAY) } else { lastmod };
            self.hinted.push((known.id, end));
        }
    }

    /// Whether a source that was read needs no reading again, by the date that is given for it, or because it has just been read.
    fn is_unchanged(&self, candidate: &Candidate, known: &Known) -> bool {
        if self.bounds.rest > 0 && known.changed_at > self.bounds.now.saturating_sub(self.bounds.rest) {
            return true;
        }
        let was_read = known.state == State::Skipped && known.reason == SkipReason::Source.as_str();
        match (candidate.lastmod.filter(|_| was_read), known.visited) {
            (Some(lastmod), Some(at)) => at >= micros(lastmod).saturating_add(SETTLED_AFTER),
            _ => false,
        }
    }

    /// Makes an address ready that was settled.
    pub(super) fn open_again(&mut self, id: i64) {
        let Some(row) = self.rows.known.get_mut(&id) else { return };
        self.changes.moved(row.host, (row.state, &row.reason), (State::Ready, ""));
        row.state = State::Ready;
        row.reason.clear();
        (row.detail, row.wake, row.attempts) = (None, None, 0);
        self.dirty.insert(id);
    }

    /// Writes everything; gives how many new addresses another worker entered at the same time, and the ids left.
    pub(super) fn write(mut self, shard: i32) -> Result<(u64, Ids), Fault> {
        let known = self.write_new()?;
        self.write_refreshed()?;
        write_dirty(self.sql, &self.rows, &self.dirty, self.bounds.now)?;
        rows::write(&self.changes, self.sql, shard)?;
        Ok((known, self.ids))
    }

    fn write_new(&mut self) -> Result<u64, Fault> {
        if self.new.is_empty() {
            return Ok(0);
        }
        // In an order that all share, so that two who enter the same addresses wait for one another and never in a circle.
        self.new.sort_unstable_by_key(|(hash, ..)| *hash);
        let rows = &self.rows.known;
        let hash: Vec<i64> = self.new.iter().map(|((hash, _), ..)| *hash).collect();
        let more: Vec<i64> = self.new.iter().map(|((_, more), ..)| *more).collect();
        let ids: Vec<i64> = self.new.iter().map(|(_, id, _)| *id).collect();
        let hosts: Vec<i64> = ids.iter().map(|id| rows.get(id).map_or(0, |row| row.host)).collect();
        let lastmod: Vec<Option<i64>> = self.new.iter().map(|(.., c)| c.lastmod.map(micros)).collect();
        let priority: Vec<i32> = self.new.iter().map(|(.., c)| c.priority).collect();
        let depth: Vec<i32> = self.new.iter().map(|(.., c)| i32::from(c.depth)).collect();
        let via: Vec<&str> = self.new.iter().map(|(.., c)| c.via.as_str()).collect();
        let rest: Vec<&str> =
            self.new.iter().map(|(.., c)| Address::of(&c.url).map_or("", |address| address.rest)).collect();
        let referrer: Vec<Option<&str>> =
            self.new.iter().map(|(.., c)| c.referrer.as_ref().map(url::Url::as_str)).collect();
        let hops: Vec<Option<String>> = self.new.iter().map(|(.., c)| hops_text(&c.hops)).collect();
        let entered = self.sql.rows(
            "INSERT INTO urls (hash, more, id, host, lastmod, priority, depth, via, rest, referrer, hops, state, changed_at)
             SELECT *, 0, $12 FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int4[], $7::int4[], $8::text[],
                 $9::text[], $10::text[], $11::text[])
             ON CONFLICT (hash, more) DO NOTHING RETURNING id",
            &[
                &hash, &more, &ids, &hosts, &lastmod, &priority, &depth, &via, &rest, &referrer, &hops, &self.bounds.now,
            ],
        )?;
        let known = (self.new.len() - entered.len()) as u64;
        for row in &entered {
            let id: i64 = row.try_get(0)?;
            if let Some(row) = rows.get(&id) {
                self.changes.entered(row.host);
            }
        }
        Ok(known)
    }

    fn write_refreshed(&mut self) -> Result<(), Fault> {
        if !self.refreshed.is_empty() {
            let ids: Vec<i64> = self.refreshed.keys().copied().collect();
            let priority: Vec<i32> = self.refreshed.values().map(|row| row.priority).collect();
            let lastmod: Vec<Option<i64>> = self.refreshed.values().map(|row| row.lastmod).collect();
            let hops: Vec<Option<&str>> = self.refreshed.values().map(|row| row.hops.as_deref()).collect();
            self.sql.run("SELECT id FROM urls WHERE id = ANY($1) ORDER BY id FOR UPDATE", &[&ids])?;
            self.sql.run(
                "UPDATE urls u SET priority = CASE WHEN state <= 2 THEN greatest(u.priority, c.priority) ELSE u.priority END,
                     lastmod = greatest(u.lastmod, c.lastmod), hops = coalesce(u.hops, c.hops)
                 FROM unnest($1::int8[], $2::int4[], $3::int8[], $4::text[]) c(id, priority, lastmod, hops) WHERE u.id = c.id",
                &[&ids, &priority, &lastmod, &hops],
            )?;
        }
        if !self.hinted.is_empty() {
            self.hinted.sort_unstable();
            let (ids, ends): (Vec<i64>, Vec<i64>) = self.hinted.iter().copied().unzip();
            self.sql.run(
                "UPDATE visits v SET next = greatest($1, hint_after), rank = 0, hinted = true
                 FROM (SELECT id, max(e) AS e FROM unnest($2::int8[], $3::int8[]) h(id, e) GROUP BY id) c
                 WHERE v.url = c.id AND next > greatest($1, hint_after) AND at < c.e AND was IS NULL",
                &[&self.bounds.now, &ids, &ends],
            )?;
        }
        Ok(())
    }
}

fn write_dirty(sql: &mut Sql<'_>, rows: &Rows, dirty: &BTreeSet<i64>, now: i64) -> Result<(), Fault> {
    let rows: Vec<&Known> = dirty.iter().filter_map(|id| rows.known.get(id)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let states: Vec<i16> = rows.iter().map(|row| code(row.state)).collect();
    let reasons: Vec<&str> = rows.iter().map(|row| row.reason.as_str()).collect();
    let details: Vec<Option<&str>> = rows.iter().map(|row| row.detail.as_deref()).collect();
    let wakes: Vec<Option<i64>> = rows.iter().map(|row| row.wake).collect();
    let articles: Vec<Option<&str>> = rows.iter().map(|row| row.article.as_deref()).collect();
    let attempts: Vec<i32> = rows.iter().map(|row| row.attempts).collect();
    sql.run(
        "UPDATE urls u SET state = c.state, reason = nullif(c.reason, ''), detail = c.detail, wake = c.wake,
             article = coalesce(c.article, u.article), attempts = c.attempts, changed_at = $1
         FROM unnest($2::int8[], $3::int2[], $4::text[], $5::text[], $6::int8[], $7::text[], $8::int4[])
             c(id, state, reason, detail, wake, article, attempts) WHERE u.id = c.id",
        &[&now, &ids, &states, &reasons, &details, &wakes, &articles, &attempts],
    )?;
    Ok(())
}

/// The ids of hosts; rows are made for new ones.
pub(super) fn host_ids(sql: &mut Sql<'_>, hosts: &[HostKey]) -> Result<Vec<(HostKey, i64)>, Fault> {
    let keys: Vec<&str> = hosts.iter().map(HostKey::as_str).collect();
    let find = "SELECT key, id FROM hosts WHERE key = ANY($1)";
    let read = |rows: Vec<postgres::Row>| -> Result<Vec<(HostKey, i64)>, Fault> {
        rows.iter().map(|row| Ok((HostKey::from_stored(row.try_get(0)?), row.try_get(1)?))).collect()
    };
    let found = read(sql.rows(find, &[&keys])?)?;
    if found.len() == keys.len() {
        return Ok(found);
    }
    let mut new: Vec<&str> =
        keys.iter().copied().filter(|key| !found.iter().any(|(known, _)| known.as_str() == *key)).collect();
    new.sort_unstable();
    sql.run(
        "WITH made AS (
             INSERT INTO hosts (id, grp, key) SELECT n, n, k FROM (SELECT nextval('host_ids') AS n, k FROM unnest($1::text[]) k) x
             ON CONFLICT (key) DO NOTHING RETURNING id)
         INSERT INTO groups (id) SELECT id FROM made",
        &[&new],
    )?;
    read(sql.rows(find, &[&keys])?)
}
