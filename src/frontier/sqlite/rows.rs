//! Rows of the tables, and the bookkeeping that every change shares.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use url::Url;

use crate::types::{Candidate, Fnv, HostKey, Via};

/// A failure inside a transaction: the database's, or a value that cannot be read back.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Stored { what: &'static str, value: String },
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// `urls.state`. The numbers are stored: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::frontier) enum State {
    Ready = 0,
    Waiting = 1,
    Leased = 2,
    Done = 3,
    Alias = 4,
    Skipped = 5,
    Dead = 6,
}

impl State {
    pub(in crate::frontier) const fn code(self) -> i64 {
        self as i64
    }

    pub(in crate::frontier) fn of(code: i64) -> Option<Self> {
        [Self::Ready, Self::Waiting, Self::Leased, Self::Done, Self::Alias, Self::Skipped, Self::Dead]
            .into_iter()
            .find(|state| state.code() == code)
    }

    pub(super) fn from_code(code: i64) -> Result<Self, Fault> {
        Self::of(code).ok_or_else(|| Fault::Stored { what: "urls.state", value: code.to_string() })
    }

    pub(in crate::frontier) const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Waiting | Self::Leased)
    }
}

/// Microseconds since 1970.
pub(in crate::frontier) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

pub(super) fn time(what: &'static str, micros: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_microsecond(micros).map_err(|_| Fault::Stored { what, value: micros.to_string() })
}

/// An address as the table splits it.
#[derive(Debug, Clone)]
pub(in crate::frontier) struct Address<'a> {
    pub(in crate::frontier) host: HostKey,
    /// From the path on; the whole address where that does not start with its host's key.
    pub(in crate::frontier) rest: &'a str,
    pub(in crate::frontier) hash: i64,
}

impl<'a> Address<'a> {
    /// None for what no host serves, and for addresses with a name or password in them, which are not stored.
    pub(in crate::frontier) fn of(url: &'a Url) -> Option<Self> {
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = HostKey::of(url)?;
        let whole = url.as_str();
        let rest = whole.strip_prefix(host.as_str()).filter(|rest| rest.starts_with('/')).unwrap_or(whole);
        let hash = address_hash(host.as_str(), rest);
        Some(Self { host, rest, hash })
    }
}

/// The hash that an address is found by: 12 bits of its host, 12 of its folder, 40 of all of it.
///
/// Addresses come by host and folder (the links of a page, the lines of a sitemap). With hashes all over the index each of them
/// would change a page of its own: 4 KiB written for 15 bytes.
pub(in crate::frontier) fn address_hash(host: &str, rest: &str) -> i64 {
    let path = rest.find(['?', '#']).map_or(rest, |end| &rest[..end]);
    let folder = path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut whole = Sha256::new();
    if rest.starts_with('/') {
        whole.update(host.as_bytes());
    }
    whole.update(rest.as_bytes());
    let low = whole.finalize().iter().take(5).fold(0_u64, |low, byte| (low << 8) | u64::from(*byte));
    (bits(host) << 52 | bits(folder) << 40 | low).cast_signed()
}

/// 12 bits of a text (FNV-1a, folded).
fn bits(text: &str) -> u64 {
    let hash = Fnv::default().bytes(text.as_bytes()).plain();
    (hash ^ (hash >> 12) ^ (hash >> 24) ^ (hash >> 36) ^ (hash >> 48)) & 0xfff
}

pub(super) fn parse_url(what: &'static str, text: &str) -> Result<Url, Fault> {
    Url::parse(text).map_err(|_| Fault::Stored { what, value: text.to_owned() })
}

pub(super) fn whole_url(host: &HostKey, rest: &str) -> Result<Url, Fault> {
    if rest.starts_with('/') { parse_url("urls.rest", &format!("{host}{rest}")) } else { parse_url("urls.rest", rest) }
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
        state: State::from_code(row.get(2)?)?,
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
    let rest: String = row.get(at)?;
    let via: String = row.get(at + 2)?;
    let referrer: Option<String> = row.get(at + 5)?;
    let hops: Option<String> = row.get(at + 6)?;
    Ok(Candidate {
        url: whole_url(host, &rest)?,
        priority: row.get(at + 1)?,
        via: Via::from_name(&via).ok_or(Fault::Stored { what: "urls.via", value: via })?,
        depth: row.get(at + 3)?,
        lastmod: row.get::<_, Option<i64>>(at + 4)?.map(|micros| time("urls.lastmod", micros)).transpose()?,
        referrer: referrer.map(|text| parse_url("urls.referrer", &text)).transpose()?,
        hops: hops
            .iter()
            .flat_map(|text| text.split('\n'))
            .map(|hop| parse_url("urls.hops", hop))
            .collect::<Result<_, _>>()?,
    })
}

/// Hops as one column: a line each. Addresses hold no line feed.
pub(in crate::frontier) fn hops_text(hops: &[Url]) -> Option<String> {
    (!hops.is_empty()).then(|| hops.iter().map(Url::as_str).collect::<Vec<_>>().join("\n"))
}

/// What a transaction changed, written in one go at its end: the counts, and the best address of each host touched.
#[derive(Debug, Default)]
pub(super) struct Changes {
    counts: BTreeMap<(State, String), i64>,
    by_host: BTreeMap<(i64, State), i64>,
    health: BTreeMap<i64, Health>,
    hosts: BTreeSet<i64>,
    open: i64,
}

impl Changes {
    /// A new address.
    pub(super) fn entered(&mut self, host: i64, state: State) {
        self.count(host, state, "", 1);
        self.hosts.insert(host);
    }

    /// An address went from one state to another; the reasons are those of skipped and dead ones, else empty.
    pub(super) fn moved(&mut self, host: i64, from: (State, &str), to: (State, &str)) {
        self.count(host, from.0, from.1, -1);
        self.count(host, to.0, to.1, 1);
        self.hosts.insert(host);
    }

    /// A host answered as it should.
    pub(super) fn succeeded(&mut self, host: i64, now: i64) {
        let health = self.health.entry(host).or_default();
        (health.ok, health.errors) = (Some(now), 0);
    }

    /// A host failed.
    pub(super) fn failed(&mut self, host: i64, why: &'static str, now: i64) {
        let health = self.health.entry(host).or_default();
        health.errors += 1;
        (health.error, health.why) = (Some(now), Some(why));
    }

    /// A host whose best address may be another one now.
    pub(super) fn touched(&mut self, host: i64) {
        self.hosts.insert(host);
    }

    /// By how much the number of open addresses has grown.
    pub(super) fn open(&self) -> i64 {
        self.open
    }

    fn count(&mut self, host: i64, state: State, reason: &str, by: i64) {
        *self.by_host.entry((host, state)).or_default() += by;
        let reason = if matches!(state, State::Skipped | State::Dead) { reason } else { "" };
        *self.counts.entry((state, reason.to_owned())).or_default() += by;
        if state.is_open() {
            self.open += by;
        }
    }

    /// Writes the sums.
    pub(super) fn write(self, conn: &Connection) -> Result<(), Fault> {
        self.write_health(conn)?;
        let mut count = conn.prepare_cached(
            "INSERT INTO counts (state, reason, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((state, reason), by) in &self.counts {
            if *by != 0 {
                count.execute(params![state.code(), reason, by])?;
            }
        }
        let mut count = conn.prepare_cached(
            "INSERT INTO host_counts (host, state, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((host, state), by) in &self.by_host {
            if *by != 0 {
                count.execute(params![host, state.code(), by])?;
            }
        }
        let mut best = conn.prepare_cached(
            "SELECT priority, id FROM urls WHERE host = ?1 AND state = 0 ORDER BY priority DESC, id LIMIT 1",
        )?;
        let mut store = conn.prepare_cached(
            "UPDATE hosts SET best = ?2, best_url = ?3 WHERE id = ?1 AND (best IS NOT ?2 OR best_url IS NOT ?3)",
        )?;
        for host in &self.hosts {
            let found: Option<(i64, i64)> = best.query_row([host], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            store.execute(params![host, found.map(|f| f.0), found.map(|f| f.1)])?;
        }
        Ok(())
    }

    fn write_health(&self, conn: &Connection) -> Result<(), Fault> {
        let mut update = conn.prepare_cached(
            "UPDATE hosts SET last_ok = ifnull(?2, last_ok), last_error = ifnull(?3, last_error), last_why = ifnull(?4, last_why),
                 error_streak = iif(?2 IS NULL, error_streak, 0) + ?5 WHERE id = ?1",
        )?;
        for (host, health) in &self.health {
            update.execute(params![host, health.ok, health.error, health.why, health.errors])?;
        }
        Ok(())
    }
}

/// How a host did in a transaction.
#[derive(Debug, Default)]
struct Health {
    /// When it answered as it should.
    ok: Option<i64>,
    /// When it failed last.
    error: Option<i64>,
    /// Failures since it answered as it should.
    errors: i64,
    /// Why it failed last.
    why: Option<&'static str>,
}
