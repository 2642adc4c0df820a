//! Addresses out: what has waited long enough becomes ready, then ready hosts are handed out, the best first.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use crate::frontier::common::{Changes, State, micros};
use crate::types::{HostKey, Lease};

use super::rows::{Fault, candidate, write};
use super::visits;

/// Waits and leases that end are woken this many a call, so that a call stays short after a long pause; the rest is woken by the
/// next calls.
const WAKE_AT_ONCE: i64 = 5_000;

/// An address that died with this many runs goes behind all others: it may be what kills them.
const CRASHES_TOLERATED: i64 = 3;
/// Where it goes.
const LAST_PRIORITY: i64 = -1_000_000_000;

/// How many addresses to hand out, and for how long.
pub(super) struct Ask {
    pub(super) now: Timestamp,
    pub(super) lease_for: Duration,
    pub(super) max: usize,
}

/// Hands out leases.
pub(super) fn lease(
    conn: &Connection,
    ask: &Ask,
    room: &dyn Fn(&HostKey) -> usize,
    changes: &mut Changes,
) -> Result<Vec<Lease>, Fault> {
    let expires = expiry(ask.now, ask.lease_for);
    let mut leases = Vec::new();
    let mut hosts = conn.prepare_cached(
        "SELECT id, key FROM hosts WHERE best IS NOT NULL AND held_until IS NULL ORDER BY best DESC, best_url",
    )?;
    let mut rows = hosts.query([])?;
    while leases.len() < ask.max {
        let Some(row) = rows.next()? else { break };
        let host: i64 = row.get(0)?;
        let key = HostKey::from_stored(row.get(1)?);
        let share = room(&key).min(ask.max - leases.len());
        if share > 0 {
            best_of(conn, host, &key, share, expires, &mut leases)?;
            changes.touched(host);
        }
    }
    // Only now, as changing hosts while they are read could show one twice.
    drop(rows);
    let mut update = conn.prepare_cached(
        "UPDATE urls SET state = 2, wake = ?2, fence = fence + 1, attempts = attempts + 1, changed_at = ?3
         WHERE id = ?1 RETURNING host",
    )?;
    for lease in &leases {
        let host = update.query_row(params![lease.key, micros(expires), micros(ask.now)], |row| row.get(0))?;
        changes.moved(host, (State::Ready, ""), (State::Leased, ""));
    }
    Ok(leases)
}

/// The best and then oldest ready addresses of a host.
fn best_of(
    conn: &Connection,
    host: i64,
    key: &HostKey,
    share: usize,
    expires: Timestamp,
    leases: &mut Vec<Lease>,
) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT urls.id, attempts, fence, rest, priority, via, depth, lastmod, referrer, hops, {} FROM urls
         LEFT JOIN visits v ON v.url = urls.id WHERE urls.host = ?1 AND state = 0 ORDER BY priority DESC, urls.id LIMIT ?2",
        visits::COLUMNS
    ))?;
    let mut rows = statement.query(params![host, i64::try_from(share).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        leases.push(Lease {
            key: row.get(0)?,
            candidate: candidate(row, 3, key)?,
            host: key.clone(),
            attempt: row.get(1)?,
            expires,
            fence: row.get::<_, i64>(2)? + 1,
            before: visits::before(row, 10)?,
        });
    }
    Ok(())
}

/// When a lease of this length ends.
fn expiry(now: Timestamp, lease_for: Duration) -> Timestamp {
    SignedDuration::try_from(lease_for).ok().and_then(|span| now.checked_add(span).ok()).unwrap_or(Timestamp::MAX)
}

/// Makes ready what has waited long enough, and what was leased too long.
pub(super) fn wake(conn: &Connection, now: i64, changes: &mut Changes) -> Result<(), Fault> {
    conn.prepare_cached("UPDATE hosts SET held_until = NULL, held_why = NULL WHERE held_until <= ?1")?
        .execute([now])?;
    let mut due = conn.prepare_cached("SELECT id, host, state FROM urls WHERE wake <= ?1 ORDER BY wake LIMIT ?2")?;
    let due: Vec<(i64, i64, i64)> = due
        .query_map(params![now, WAKE_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut update = conn.prepare_cached("UPDATE urls SET state = 0, wake = NULL, changed_at = ?2 WHERE id = ?1")?;
    for (id, host, state) in due {
        update.execute(params![id, now])?;
        changes.moved(host, (State::of(state)?, ""), (State::Ready, ""));
    }
    Ok(())
}

/// When the first wait ends of a host that is wanted. What waits on a host that is held waits at least as long as it.
pub(super) fn next_wake(conn: &Connection, wanted: &dyn Fn(&HostKey) -> bool) -> Result<Option<i64>, Fault> {
    let mut hosts = conn.prepare_cached(
        "SELECT key, held_until, best IS NOT NULL, (SELECT min(wake) FROM urls WHERE host = hosts.id AND wake IS NOT NULL)
         FROM hosts",
    )?;
    let mut rows = hosts.query([])?;
    let mut first: Option<i64> = None;
    while let Some(row) = rows.next()? {
        let (held, has_ready, wake): (Option<i64>, bool, Option<i64>) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let next = match held {
            Some(held) if has_ready => Some(held),
            Some(held) => wake.map(|wake| wake.max(held)),
            None => wake,
        };
        if let Some(next) = next
            && first.is_none_or(|first| next < first)
            && wanted(&HostKey::from_stored(row.get(0)?))
        {
            first = Some(next);
        }
    }
    Ok(first)
}

/// Gives back what a run that is over still held; the attempts do not count, as nothing is known of them.
pub(super) fn release_all(conn: &Connection, crashed: bool, now: i64) -> Result<u64, Fault> {
    let mut changes = Changes::default();
    let mut leased = conn.prepare_cached("SELECT id, host FROM urls WHERE wake IS NOT NULL AND state = 2")?;
    let leased: Vec<(i64, i64)> =
        leased.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut update = conn.prepare_cached(
        "UPDATE urls SET state = 0, wake = NULL, attempts = max(attempts - 1, 0), crashes = crashes + ?2, changed_at = ?3,
             priority = CASE WHEN crashes + ?2 >= ?4 THEN min(priority, ?5) ELSE priority END
         WHERE id = ?1",
    )?;
    for (id, host) in &leased {
        update.execute(params![id, i64::from(crashed), now, CRASHES_TOLERATED, LAST_PRIORITY])?;
        changes.moved(*host, (State::Leased, ""), (State::Ready, ""));
    }
    write(&changes, conn)?;
    Ok(u64::try_from(leased.len()).unwrap_or(u64::MAX))
}

/// Moves every wait by as much as the clock jumped back, so that none grows by it. What is due already is due now.
pub(super) fn shift_waits(conn: &Connection, back: i64, now: i64) -> Result<(), Fault> {
    conn.execute("UPDATE urls SET wake = max(wake - ?1, ?2) WHERE wake IS NOT NULL", [back, now])?;
    conn.execute("UPDATE hosts SET held_until = max(held_until - ?1, ?2) WHERE held_until IS NOT NULL", [back, now])?;
    conn.execute(
        "UPDATE hosts SET rests_until = max(rests_until - ?1, ?2) WHERE rests_until IS NOT NULL",
        [back, now],
    )?;
    visits::shift(conn, back, now)?;
    Ok(())
}
