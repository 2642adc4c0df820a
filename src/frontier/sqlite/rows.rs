//! Rows of the tables, and the bookkeeping that every change shares.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::frontier::common::{Address, CandidateRow, Changes, State, Unreadable};
use crate::types::{Candidate, HostKey};

/// A failure inside a transaction: the database's, or a value that cannot be read back.
#[derive(Debug)]
pub(in crate::frontier) enum Fault {
    Sql(rusqlite::Error),
    Stored(Unreadable),
}

impl From<Unreadable> for Fault {
    fn from(value: Unreadable) -> Self {
        Self::Stored(value)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// What is known of an address.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) host: i64,
    pub(super) state: State,
    pub(super) reason: String,
    pub(super) priority: i64,
    pub(super) lastmod: Option<i64>,
    pub(super) has_hops: bool,
    pub(super) fence: i64,
    pub(super) article: Option<String>,
}

macro_rules! known {
    ($condition:literal) => {
        concat!(
            "SELECT id, host, state, ifnull(reason, ''), priority, lastmod, hops IS NOT NULL, fence, article FROM urls WHERE ",
            $condition
        )
    };
}
const FIND: &str = known!("hash = ?1 AND host = ?2 AND rest = ?3");
const FIND_BY_TEXT: &str = known!("host = ?1 AND rest = ?2");
const BY_ID: &str = known!("id = ?1");

fn known_row(row: &Row<'_>) -> Result<Known, Fault> {
    Ok(Known {
        id: row.get(0)?,
        host: row.get(1)?,
        state: State::of(row.get(2)?)?,
        reason: row.get(3)?,
        priority: row.get(4)?,
        lastmod: row.get(5)?,
        has_hops: row.get(6)?,
        fence: row.get(7)?,
        article: row.get(8)?,
    })
}

/// The row of an address, by hash and then by text, so that two addresses of one hash stay two.
pub(super) fn find(conn: &Connection, address: &Address<'_>) -> Result<Option<Known>, Fault> {
    match known_host(conn, &address.host)? {
        Some(host) => find_at(conn, host, address),
        None => Ok(None),
    }
}

/// The same where the host's row is known.
pub(super) fn find_at(conn: &Connection, host: i64, address: &Address<'_>) -> Result<Option<Known>, Fault> {
    let mut statement = conn.prepare_cached(FIND)?;
    let mut rows = statement.query(params![address.hash, host, address.rest])?;
    rows.next()?.map(known_row).transpose()
}

/// The same by the text alone, in a state whose hashes are of an earlier kind: every address is looked at.
pub(super) fn find_by_text(conn: &Connection, address: &Address<'_>) -> Result<Option<Known>, Fault> {
    let Some(host) = known_host(conn, &address.host)? else { return Ok(None) };
    let mut statement = conn.prepare_cached(FIND_BY_TEXT)?;
    let mut rows = statement.query(params![host, address.rest])?;
    rows.next()?.map(known_row).transpose()
}

pub(super) fn by_id(conn: &Connection, id: i64) -> Result<Option<Known>, Fault> {
    let mut statement = conn.prepare_cached(BY_ID)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(known_row).transpose()
}

/// The host's id, where it has a row.
pub(super) fn known_host(conn: &Connection, host: &HostKey) -> Result<Option<i64>, Fault> {
    Ok(conn
        .prepare_cached("SELECT id FROM hosts WHERE key = ?1")?
        .query_row([host.as_str()], |row| row.get(0))
        .optional()?)
}

/// The host's id; a row is made for a new host.
pub(super) fn host_id(conn: &Connection, host: &HostKey) -> Result<i64, Fault> {
    match known_host(conn, host)? {
        Some(id) => Ok(id),
        None => Ok(conn.prepare_cached("INSERT INTO hosts (key) VALUES (?1)")?.insert([host.as_str()])?),
    }
}

/// The candidate of a row; `columns` are `rest, priority, via, depth, lastmod, referrer, hops` from `at` on.
pub(super) fn candidate(row: &Row<'_>, at: usize, host: &HostKey) -> Result<Candidate, Fault> {
    let row = CandidateRow {
        rest: row.get(at)?,
        priority: row.get(at + 1)?,
        via: row.get(at + 2)?,
        depth: row.get(at + 3)?,
        lastmod: row.get(at + 4)?,
        referrer: row.get(at + 5)?,
        hops: row.get(at + 6)?,
    };
    Ok(row.read(host)?)
}

/// Writes the sums of a transaction, and the best address of each host touched.
pub(super) fn write(changes: &Changes, conn: &Connection) -> Result<(), Fault> {
    let mut count = conn.prepare_cached(
        "INSERT INTO counts (state, reason, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n",
    )?;
    for (state, reason, by) in changes.counts() {
        count.execute(params![state.code(), reason, by])?;
    }
    let mut health = conn.prepare_cached(
        "UPDATE hosts SET last_ok = ifnull(?2, last_ok), last_error = ifnull(?3, last_error), last_why = ifnull(?4, last_why),
             error_streak = iif(?2 IS NULL, error_streak, 0) + ?5 WHERE id = ?1",
    )?;
    let mut count = conn.prepare_cached(
        "INSERT INTO host_counts (host, state, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n",
    )?;
    let mut best = conn.prepare_cached(
        "SELECT priority, id FROM urls WHERE host = ?1 AND state = 0 ORDER BY priority DESC, id LIMIT 1",
    )?;
    let mut store = conn.prepare_cached(
        "UPDATE hosts SET best = ?2, best_url = ?3 WHERE id = ?1 AND (best IS NOT ?2 OR best_url IS NOT ?3)",
    )?;
    for (host, touched) in changes.hosts() {
        if touched.ok.is_some() || touched.error.is_some() {
            health.execute(params![host, touched.ok, touched.error, touched.why, touched.errors])?;
        }
        for (state, by) in State::ALL.into_iter().zip(touched.by_state) {
            if by != 0 {
                count.execute(params![host, state.code(), by])?;
            }
        }
        let found: Option<(i64, i64)> = best.query_row([host], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        store.execute(params![host, found.map(|f| f.0), found.map(|f| f.1)])?;
    }
    Ok(())
}
