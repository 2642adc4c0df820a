//! Rows of addresses, brought into memory for one transaction, and the writing of what it changes.

use std::collections::{BTreeMap, HashMap};

use postgres::Row;
use url::Url;

use super::link::{Fault, Sql};
use crate::frontier::common::{Address, CandidateRow, Changes, State};
use crate::types::{Candidate, HostKey};

pub(super) fn state_of(code: i16) -> Result<State, Fault> {
    Ok(State::of(i64::from(code))?)
}

pub(super) fn code(state: State) -> i16 {
    // There are seven.
    i16::try_from(state.code()).unwrap_or_default()
}

/// Text as the server takes it: without zero bytes.
pub(super) fn plain(text: &str) -> String {
    text.replace('\0', "")
}

/// By which an address is found.
pub(super) type Hash = (i64, i64);

/// The hash of an address: that of the SQLite state, and 64 bits more.
pub(super) fn hash_of(address: &Address<'_>) -> Hash {
    (address.hash, address.more())
}

/// An address as it is, or will be when the transaction is written.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) host: i64,
    pub(super) state: State,
    pub(super) reason: String,
    pub(super) detail: Option<String>,
    pub(super) priority: i32,
    pub(super) lastmod: Option<i64>,
    pub(super) has_hops: bool,
    pub(super) fence: i64,
    pub(super) article: Option<String>,
    pub(super) attempts: i32,
    pub(super) wake: Option<i64>,
    pub(super) changed_at: i64,
    /// When it was visited last.
    pub(super) visited: Option<i64>,
    /// What it was before its visit was opened.
    pub(super) was: Option<(State, String)>,
}

macro_rules! select_known {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.host, u.state, coalesce(u.reason, ''), u.detail, u.priority, u.lastmod, u.hops IS NOT NULL, u.fence, \
             u.article, u.attempts, u.wake, u.changed_at, v.at, v.was, coalesce(v.was_reason, ''), u.hash, u.more FROM ",
            $rest
        )
    };
}

pub(super) const BY_ID_LOCKED: &str =
    select_known!("urls u LEFT JOIN visits v ON v.url = u.id WHERE u.id = ANY($1) ORDER BY u.id FOR UPDATE OF u");
const BY_HASH: &str = select_known!(
    "unnest($1::int8[], $2::int8[]) k(hash, more) JOIN urls u ON u.hash = k.hash AND u.more = k.more \
     LEFT JOIN visits v ON v.url = u.id"
);
const BY_HASH_LOCKED: &str = select_known!(
    "urls u LEFT JOIN visits v ON v.url = u.id \
     WHERE (u.hash, u.more) IN (SELECT * FROM unnest($1::int8[], $2::int8[])) ORDER BY u.id FOR UPDATE OF u"
);
const GAVE_WAY_LOCKED: &str = select_known!(
    "urls u LEFT JOIN visits v ON v.url = u.id WHERE u.reason = 'not_canonical' \
     AND md5(u.detail) IN (SELECT md5(d) FROM unnest($1::text[]) d) AND u.detail = ANY($1) ORDER BY u.id FOR UPDATE OF u"
);

fn known_row(row: &Row) -> Result<(Hash, Known), Fault> {
    let was: Option<i16> = row.try_get(14)?;
    let was_reason: String = row.try_get(15)?;
    let known = Known {
        id: row.try_get(0)?,
        host: row.try_get(1)?,
        state: state_of(row.try_get(2)?)?,
        reason: row.try_get(3)?,
        detail: row.try_get(4)?,
        priority: row.try_get(5)?,
        lastmod: row.try_get(6)?,
        has_hops: row.try_get(7)?,
        fence: row.try_get(8)?,
        article: row.try_get(9)?,
        attempts: row.try_get(10)?,
        wake: row.try_get(11)?,
        changed_at: row.try_get(12)?,
        visited: row.try_get(13)?,
        was: was.map(|was| Ok::<_, Fault>((state_of(was)?, was_reason))).transpose()?,
    };
    Ok(((row.try_get(16)?, row.try_get(17)?), known))
}

/// The candidate of a row; `columns` are `rest, priority, via, depth, lastmod, referrer, hops` from `at` on.
pub(super) fn candidate(row: &Row, at: usize, host: &HostKey) -> Result<Candidate, Fault> {
    let depth: i32 = row.try_get(at + 3)?;
    let row = CandidateRow {
        rest: row.try_get(at)?,
        priority: row.try_get(at + 1)?,
        via: row.try_get(at + 2)?,
        depth: u16::try_from(depth).unwrap_or(u16::MAX),
        lastmod: row.try_get(at + 4)?,
        referrer: row.try_get(at + 5)?,
        hops: row.try_get(at + 6)?,
    };
    Ok(row.read(host)?)
}

/// The addresses that a transaction works on.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) known: BTreeMap<i64, Known>,
    by_hash: HashMap<Hash, Option<i64>>,
    /// Pages that gave way to an address, by that address.
    gave_way: HashMap<String, Vec<i64>>,
}

impl Rows {
    fn keep(&mut self, rows: &[Row]) -> Result<Vec<i64>, Fault> {
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            let (hash, known) = known_row(row)?;
            ids.push(known.id);
            self.by_hash.insert(hash, Some(known.id));
            // What the transaction has changed already is newer.
            self.known.entry(known.id).or_insert(known);
        }
        Ok(ids)
    }

    /// Brings rows in by their ids, locked.
    pub(super) fn lock_ids(&mut self, sql: &mut Sql<'_>, ids: &[i64]) -> Result<(), Fault> {
        let rows = sql.rows(BY_ID_LOCKED, &[&ids])?;
        self.keep(&rows).map(drop)
    }

    /// Brings the rows of addresses in; locked where their state may be changed.
    pub(super) fn fetch(&mut self, sql: &mut Sql<'_>, hashes: &[Hash], locked: bool) -> Result<(), Fault> {
        let wanted: Vec<Hash> = hashes.iter().filter(|hash| !self.by_hash.contains_key(hash)).copied().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let (hash, more): (Vec<i64>, Vec<i64>) = wanted.iter().copied().unzip();
        let rows = sql.rows(if locked { BY_HASH_LOCKED } else { BY_HASH }, &[&hash, &more])?;
        for hash in wanted {
            self.by_hash.insert(hash, None);
        }
        self.keep(&rows).map(drop)
    }

    /// Brings the pages in that gave way to these addresses, locked.
    pub(super) fn fetch_gave_way(&mut self, sql: &mut Sql<'_>, urls: &[String]) -> Result<(), Fault> {
        if urls.is_empty() {
            return Ok(());
        }
        let rows = sql.rows(GAVE_WAY_LOCKED, &[&urls])?;
        for id in self.keep(&rows)? {
            if let Some(detail) = self.known.get(&id).and_then(|known| known.detail.clone()) {
                self.gave_way.entry(detail).or_default().push(id);
            }
        }
        Ok(())
    }

    /// A page gave way to an address in this transaction.
    pub(super) fn gives_way(&mut self, id: i64, to: &str) {
        self.gave_way.entry(to.to_owned()).or_default().push(id);
    }

    /// The pages that gave way to an address, in their order.
    pub(super) fn gave_way(&self, to: &str) -> Vec<i64> {
        let is_one = |id: &i64| {
            self.known.get(id).is_some_and(|known| {
                known.state == State::Skipped && known.reason == "not_canonical" && known.detail.as_deref() == Some(to)
            })
        };
        let mut ids: Vec<i64> = self.gave_way.get(to).into_iter().flatten().copied().filter(is_one).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    pub(super) fn add(&mut self, hash: Hash, known: Known) {
        self.by_hash.insert(hash, Some(known.id));
        self.known.insert(known.id, known);
    }

    /// The row of an address; fetched where the transaction has not met it yet.
    pub(super) fn find(&mut self, sql: &mut Sql<'_>, url: &Url) -> Result<Option<&Known>, Fault> {
        let Some(address) = Address::of(url) else { return Ok(None) };
        let hash = hash_of(&address);
        self.fetch(sql, &[hash], true)?;
        Ok(self.at(hash))
    }

    pub(super) fn at(&self, hash: Hash) -> Option<&Known> {
        self.known.get(&self.by_hash.get(&hash).copied().flatten()?)
    }
}

/// Writes the sums of a transaction. Rows are locked in one order by everybody, and the best address is looked for once they are, so that
/// none that was found meanwhile is missed.
pub(super) fn write(changes: &Changes, sql: &mut Sql<'_>, shard: i32) -> Result<(), Fault> {
    if !changes.hosts().is_empty() {
        write_hosts(changes, sql)?;
    }
    let counts: Vec<(State, &str, i64)> = changes.counts().collect();
    if !counts.is_empty() {
        let states: Vec<i16> = counts.iter().map(|(state, ..)| code(*state)).collect();
        let reasons: Vec<&str> = counts.iter().map(|(_, reason, _)| *reason).collect();
        let by: Vec<i64> = counts.iter().map(|(.., by)| *by).collect();
        sql.run(
            "INSERT INTO counts AS c (shard, state, reason, n) SELECT $1, * FROM unnest($2::int2[], $3::text[], $4::int8[])
             ON CONFLICT (shard, state, reason) DO UPDATE SET n = c.n + excluded.n",
            &[&shard, &states, &reasons, &by],
        )?;
    }
    Ok(())
}

fn write_hosts(changes: &Changes, sql: &mut Sql<'_>) -> Result<(), Fault> {
    let hosts = changes.hosts();
    let ids: Vec<i64> = hosts.keys().copied().collect();
    sql.run("SELECT id FROM hosts WHERE id = ANY($1) ORDER BY id FOR UPDATE", &[&ids])?;
    let by_state: [Vec<i64>; 7] =
        std::array::from_fn(|state| hosts.values().map(|host| host.by_state[state]).collect());
    let ok: Vec<Option<i64>> = hosts.values().map(|host| host.ok).collect();
    let error: Vec<Option<i64>> = hosts.values().map(|host| host.error).collect();
    let errors: Vec<i64> = hosts.values().map(|host| host.errors).collect();
    let why: Vec<Option<&str>> = hosts.values().map(|host| host.why).collect();
    let [d0, d1, d2, d3, d4, d5, d6] = &by_state;
    sql.run(
        "UPDATE hosts h SET n0 = n0 + c.d0, n1 = n1 + c.d1, n2 = n2 + c.d2, n3 = n3 + c.d3, n4 = n4 + c.d4, n5 = n5 + c.d5,
             n6 = n6 + c.d6, last_ok = coalesce(c.ok, last_ok), last_error = coalesce(c.error, last_error),
             last_why = coalesce(c.why, last_why),
             error_streak = CASE WHEN c.ok IS NULL THEN error_streak ELSE 0 END + c.errors, best = b.priority, best_url = b.id
         FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[],
                 $10::int8[], $11::int8[], $12::text[]) c(host, d0, d1, d2, d3, d4, d5, d6, ok, error, errors, why)
             LEFT JOIN LATERAL (SELECT priority, id FROM urls WHERE host = c.host AND state = 0
                 ORDER BY priority DESC, id LIMIT 1) b ON true
         WHERE h.id = c.host",
        &[&ids, d0, d1, d2, d3, d4, d5, d6, &ok, &error, &errors, &why],
    )?;
    Ok(())
}
