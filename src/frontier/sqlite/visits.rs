//! Visits: what is kept of them, and which are due.
//!
//! A visit that is due is opened: its address becomes ready with a priority below every other, and `visits.was` keeps what it was. What
//! is open and not handed out when a run ends, or when the next begins, is closed again, so that no run makes more visits than it may.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::frontier::common::{
    Changes, DAY, SETTLED_AFTER, State, VISIT_PRIORITY, micros, sources, sources_text, time,
};
use crate::types::{Before, HostKey, Visit};

use super::rows::Fault;

/// The columns that [`before`] reads, in its order; for a query that joins `visits` as `v` to `urls`.
pub(super) const COLUMNS: &str = "v.at, v.born, v.next, v.rank, v.history, v.etag, v.last_modified, v.hinted, v.hint_after, \
     v.misled, v.missing_since, v.sources, v.was IS NOT NULL, urls.article";

/// What is known of an address that was asked before; none where nothing is.
pub(super) fn before(row: &Row<'_>, from: usize) -> Result<Option<Box<Before>>, Fault> {
    let article: Option<String> = row.get(from + 13)?;
    let Some(at) = row.get::<_, Option<i64>>(from)? else {
        let unknown = |article| Before { visit: Visit::default(), article: Some(article), due: false };
        return Ok(article.map(unknown).map(Box::new));
    };
    let moment = |what, n: usize| -> Result<Option<Timestamp>, Fault> {
        Ok(row.get::<_, Option<i64>>(from + n)?.map(|micros| time(what, micros)).transpose()?)
    };
    let visit = Visit {
        at: time("visits.at", at)?,
        born: time("visits.born", row.get(from + 1)?)?,
        next: moment("visits.next", 2)?,
        rank: row.get(from + 3)?,
        history: row.get(from + 4)?,
        etag: row.get(from + 5)?,
        last_modified: row.get(from + 6)?,
        hinted: row.get(from + 7)?,
        hint_after: time("visits.hint_after", row.get(from + 8)?)?,
        misled: row.get(from + 9)?,
        missing_since: moment("visits.missing_since", 10)?,
        sources: sources(row.get::<_, Option<String>>(from + 11)?.as_deref().unwrap_or_default())?,
    };
    Ok(Some(Box::new(Before { visit, article, due: row.get(from + 12)? })))
}

/// Keeps what a visit left.
pub(super) fn store(conn: &Connection, url: i64, host: i64, visit: &Visit) -> Result<(), Fault> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO visits (url, host, at, born, next, rank, history, etag, last_modified, hinted, hint_after, misled,
             missing_since, sources, was, was_reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, NULL, NULL)",
    )?
    .execute(params![
        url,
        host,
        micros(visit.at),
        micros(visit.born),
        visit.next.map(micros),
        visit.rank,
        visit.history,
        visit.etag,
        visit.last_modified,
        visit.hinted,
        micros(visit.hint_after),
        visit.misled,
        visit.missing_since.map(micros),
        sources_text(&visit.sources),
    ])?;
    Ok(())
}

/// The address is visited no more: another one stands for it.
pub(super) fn end(conn: &Connection, url: i64) -> Result<(), Fault> {
    conn.prepare_cached("UPDATE visits SET next = NULL, was = NULL, was_reason = NULL WHERE url = ?1")?
        .execute([url])?;
    Ok(())
}

/// What the address was before its visit was opened, with its reason.
pub(super) fn was(conn: &Connection, url: i64) -> Result<Option<(State, String)>, Fault> {
    let found: Option<(i64, String)> = conn
        .prepare_cached("SELECT was, ifnull(was_reason, '') FROM visits WHERE url = ?1 AND was IS NOT NULL")?
        .query_row([url], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(state, reason)| Ok((State::of(state)?, reason))).transpose()
}

/// The visit that was opened is over.
pub(super) fn settled(conn: &Connection, url: i64) -> Result<(), Fault> {
    conn.prepare_cached("UPDATE visits SET was = NULL, was_reason = NULL WHERE url = ?1 AND was IS NOT NULL")?
        .execute([url])?;
    Ok(())
}

/// Opens visits that are due, `room` of each host, those that decide something first, then the longest due. The cost depends on the
/// hosts and on what is opened.
pub(super) fn open_due(
    conn: &Connection,
    now: i64,
    room: &dyn Fn(&HostKey) -> usize,
    changes: &mut Changes,
) -> Result<Vec<(HostKey, u64)>, Fault> {
    let mut opened = Vec::new();
    let mut next_host = conn.prepare_cached(
        "SELECT id, key FROM hosts WHERE id = (SELECT min(host) FROM visits WHERE host > ?1 AND next IS NOT NULL)",
    )?;
    let mut after = i64::MIN;
    while let Some((host, key)) =
        next_host.query_row([after], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?
    {
        after = host;
        let key = HostKey::from_stored(key);
        let room = room(&key);
        let count = if room > 0 { open_host(conn, host, now, room, changes)? } else { 0 };
        if count > 0 {
            opened.push((key, count));
        }
    }
    Ok(opened)
}

fn open_host(conn: &Connection, host: i64, now: i64, room: usize, changes: &mut Changes) -> Result<u64, Fault> {
    let mut due = conn.prepare_cached(
        "SELECT v.url, urls.state, ifnull(urls.reason, '') FROM visits v JOIN urls ON urls.id = v.url
         WHERE v.host = ?1 AND v.rank = ?2 AND v.next <= ?3 AND v.next IS NOT NULL ORDER BY v.next LIMIT ?4",
    )?;
    let mut open = conn.prepare_cached(
        "UPDATE urls SET state = 0, attempts = 0, wake = NULL, priority = ?2, changed_at = ?3 WHERE id = ?1",
    )?;
    let mut note = conn.prepare_cached("UPDATE visits SET was = ?2, was_reason = nullif(?3, '') WHERE url = ?1")?;
    let mut count = 0;
    for rank in [Visit::HINTED, Visit::NEW, Visit::BY_RATE] {
        let left = i64::try_from(room).unwrap_or(i64::MAX).saturating_sub(count);
        let found: Vec<(i64, i64, String)> = due
            .query_map(params![host, rank, now, left], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for (url, state, reason) in found {
            let state = State::of(state)?;
            // What is open is asked anyhow.
            if state.is_open() || state == State::Alias {
                continue;
            }
            open.execute(params![url, VISIT_PRIORITY - i32::from(rank), now])?;
            note.execute(params![url, state.code(), reason])?;
            changes.moved(host, (state, &reason), (State::Ready, ""));
            count += 1;
        }
    }
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Closes what is open and not handed out: it is what it was, and as due as before.
pub(super) fn close(conn: &Connection, now: i64, changes: &mut Changes) -> Result<(), Fault> {
    let mut open = conn.prepare_cached(
        "SELECT v.url, urls.host, urls.state, v.was, ifnull(v.was_reason, '') FROM visits v JOIN urls ON urls.id = v.url
         WHERE v.was IS NOT NULL AND urls.state <> 2",
    )?;
    let found: Vec<(i64, i64, i64, i64, String)> = open
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
        .collect::<Result<_, _>>()?;
    let mut back = conn.prepare_cached(
        "UPDATE urls SET state = ?2, reason = nullif(?3, ''), wake = NULL, changed_at = ?4 WHERE id = ?1",
    )?;
    for (url, host, state, was, reason) in found {
        let (state, was) = (State::of(state)?, State::of(was)?);
        if state.is_open() {
            back.execute(params![url, was.code(), reason, now])?;
            changes.moved(host, (state, ""), (was, &reason));
        }
        settled(conn, url)?;
    }
    Ok(())
}

/// A source dates the page later than its last visit: the next one is brought forward, as far as such dates are believed.
pub(super) fn hint(conn: &Connection, url: i64, lastmod: i64, now: i64) -> Result<(), Fault> {
    let end = if lastmod % DAY == 0 { lastmod.saturating_add(DAY) } else { lastmod };
    conn.prepare_cached(
        "UPDATE visits SET next = max(?2, hint_after), rank = ?3, hinted = 1
         WHERE url = ?1 AND next > max(?2, hint_after) AND at < ?4 AND was IS NULL",
    )?
    .execute(params![url, now, Visit::HINTED, end])?;
    Ok(())
}

/// Whether a sitemap was read so late after the date that its index gives for it that it cannot have changed.
pub(super) fn is_known(conn: &Connection, url: i64, lastmod: i64) -> Result<bool, Fault> {
    let at: Option<i64> =
        conn.prepare_cached("SELECT at FROM visits WHERE url = ?1")?.query_row([url], |row| row.get(0)).optional()?;
    Ok(at.is_some_and(|at| at >= lastmod.saturating_add(SETTLED_AFTER)))
}

/// Moves visits by as much as the clock jumped back.
pub(super) fn shift(conn: &Connection, back: i64, now: i64) -> Result<(), Fault> {
    conn.execute(
        "UPDATE visits SET next = max(next - ?1, ?2), at = min(at, ?2), missing_since = min(missing_since, ?2),
             hint_after = min(hint_after, ?2) WHERE next IS NOT NULL OR at > ?2",
        [back, now],
    )?;
    Ok(())
}
