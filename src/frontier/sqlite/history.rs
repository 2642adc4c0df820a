//! Articles, robots.txt, runs and segments: what is kept beside the addresses.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::frontier::common::{Unreadable, micros, time};
use crate::frontier::{Article, RobotsCopy, Run, Segment};
use crate::types::{HostKey, SegmentMark};

use super::rows::Fault;

const ALIASES_MAX: i64 = 100;
/// Runs kept in the history: more than a year of one every hour.
const RUNS_MAX: i64 = 10_000;

pub(super) fn article(conn: &Connection, id: &str) -> Result<Option<Article>, Fault> {
    Ok(conn
        .prepare_cached("SELECT id, url, version_id, content_hash, facets, simhash, gone FROM articles WHERE id = ?1")?
        .query_row([id], article_row)
        .optional()?)
}

pub(super) fn articles_between(conn: &Connection, from: &str, to: &str) -> Result<Vec<Article>, Fault> {
    Ok(conn
        .prepare_cached(
            "SELECT id, url, version_id, content_hash, facets, simhash, gone FROM articles WHERE id >= ?1 AND id < ?2",
        )?
        .query_map([from, to], article_row)?
        .collect::<Result<_, _>>()?)
}

fn article_row(row: &Row<'_>) -> rusqlite::Result<Article> {
    Ok(Article {
        id: row.get(0)?,
        url: row.get(1)?,
        version_id: row.get(2)?,
        content_hash: row.get(3)?,
        facets: row.get(4)?,
        simhash: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
        gone: row.get(6)?,
    })
}

/// The article that has this other address.
pub(super) fn alias_of(conn: &Connection, url: &str) -> Result<Option<String>, Fault> {
    Ok(conn
        .prepare_cached("SELECT article FROM aliases WHERE url = ?1")?
        .query_row([url], |row| row.get(0))
        .optional()?)
}

pub(super) fn aliases(conn: &Connection, id: &str) -> Result<Vec<String>, Fault> {
    Ok(conn
        .prepare_cached("SELECT url FROM aliases WHERE article = ?1 ORDER BY id LIMIT ?2")?
        .query_map(params![id, ALIASES_MAX], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

pub(super) fn put_robots(conn: &Connection, host: &HostKey, copy: &RobotsCopy) -> Result<(), Fault> {
    conn.prepare_cached(
        "INSERT INTO robots (host, status, body, fetched_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (host) DO UPDATE
         SET status = excluded.status, body = excluded.body, fetched_at = excluded.fetched_at",
    )?
    .execute(params![host.as_str(), copy.status, copy.body, micros(copy.fetched_at)])?;
    Ok(())
}

pub(super) fn robots(conn: &Connection, host: &HostKey) -> Result<Option<RobotsCopy>, Fault> {
    let mut statement = conn.prepare_cached("SELECT status, body, fetched_at FROM robots WHERE host = ?1")?;
    let mut rows = statement.query([host.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(RobotsCopy { status: row.get(0)?, body: row.get(1)?, fetched_at: time("robots.fetched_at", row.get(2)?)? }))
}

pub(super) fn put_sketch(conn: &Connection, host: &HostKey, sketch: &str, now: i64) -> Result<(), Fault> {
    conn.prepare_cached(
        "INSERT INTO sketches (host, sketch, changed_at) VALUES (?1, ?2, ?3) ON CONFLICT (host) DO UPDATE
         SET sketch = excluded.sketch, changed_at = excluded.changed_at",
    )?
    .execute(params![host.as_str(), sketch, now])?;
    Ok(())
}

pub(super) fn sketch(conn: &Connection, host: &HostKey) -> Result<Option<String>, Fault> {
    Ok(conn
        .prepare_cached("SELECT sketch FROM sketches WHERE host = ?1")?
        .query_row([host.as_str()], |row| row.get(0))
        .optional()?)
}

pub(super) fn begin_run(conn: &Connection, id: &str, now: i64) -> Result<(), Fault> {
    // Begun anew, it is the newest again.
    conn.execute("DELETE FROM runs WHERE id = ?1", [id])?;
    conn.execute("INSERT INTO runs (id, began) VALUES (?1, ?2)", params![id, now])?;
    conn.execute("DELETE FROM runs WHERE number <= ?1 - ?2", [conn.last_insert_rowid(), RUNS_MAX])?;
    Ok(())
}

pub(super) fn end_run(conn: &Connection, id: &str, summary: &serde_json::Value, now: i64) -> Result<(), Fault> {
    conn.execute("UPDATE runs SET ended = ?2, summary = ?3 WHERE id = ?1", params![id, now, summary.to_string()])?;
    Ok(())
}

pub(super) fn run(conn: &Connection, id: &str) -> Result<Option<Run>, Fault> {
    let mut statement = conn.prepare_cached("SELECT id, began, ended, summary FROM runs WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(run_row).transpose()
}

pub(super) fn runs(conn: &Connection, max: usize) -> Result<Vec<Run>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT id, began, ended, summary FROM runs ORDER BY number DESC LIMIT ?1")?;
    let mut rows = statement.query([i64::try_from(max).unwrap_or(i64::MAX)])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(run_row(row)?);
    }
    Ok(runs)
}

fn run_row(row: &Row<'_>) -> Result<Run, Fault> {
    let summary: Option<String> = row.get(3)?;
    Ok(Run {
        id: row.get(0)?,
        began: time("runs.began", row.get(1)?)?,
        ended: row.get::<_, Option<i64>>(2)?.map(|at| time("runs.ended", at)).transpose()?,
        summary: summary
            .map(|text| {
                serde_json::from_str(&text).map_err(|_| Unreadable { what: "runs.summary", value: text.clone() })
            })
            .transpose()?,
    })
}

pub(super) fn segments(conn: &Connection) -> Result<Vec<Segment>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT file, bytes, records, finished, root FROM segments ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next()? {
        let whole = |what, at| -> Result<u64, Fault> {
            let n: i64 = row.get(at)?;
            Ok(u64::try_from(n).map_err(|_| Unreadable { what, value: n.to_string() })?)
        };
        let mark = SegmentMark {
            root: PathBuf::from(row.get::<_, String>(4)?),
            file: row.get(0)?,
            bytes: whole("segments.bytes", 1)?,
            records: whole("segments.records", 2)?,
        };
        segments.push(Segment { mark, finished: row.get(3)? });
    }
    Ok(segments)
}

/// Stores how far the output is committed.
pub(super) fn store_mark(conn: &Connection, mark: &SegmentMark, finished: bool, now: i64) -> Result<(), Fault> {
    let whole = |what, n: u64| i64::try_from(n).map_err(|_| Unreadable { what, value: n.to_string() });
    conn.prepare_cached(
        "INSERT INTO segments (file, bytes, records, finished, changed_at, root) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (file) DO UPDATE SET bytes = excluded.bytes, records = excluded.records,
             finished = excluded.finished, changed_at = excluded.changed_at",
    )?
    .execute(params![
        mark.file,
        whole("segments.bytes", mark.bytes)?,
        whole("segments.records", mark.records)?,
        finished,
        now,
        // A folder whose name is no text cannot be kept; recovery then looks in the run's own folder only.
        mark.root.to_str().unwrap_or_default()
    ])?;
    Ok(())
}

pub(super) fn forget_segment(conn: &Connection, file: &str) -> Result<(), Fault> {
    conn.execute("DELETE FROM segments WHERE file = ?1", [file])?;
    Ok(())
}
