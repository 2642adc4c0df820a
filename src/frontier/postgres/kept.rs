//! Articles, robots.txt, manners, runs and segments: what is kept beside the addresses.

use std::path::PathBuf;

use postgres::Row;

use super::link::{Fault, Me, Sql};
use super::offer::host_ids;
use super::rows::plain;
use crate::frontier::common::{Unreadable, micros, time};
use crate::frontier::{Article, HostManners, RobotsCopy, Run, Segment};
use crate::pace::Penalty;
use crate::types::{HostKey, SegmentMark};

const ALIASES_MAX: i64 = 100;
/// Runs kept in the history.
const RUNS_MAX: i64 = 10_000;

macro_rules! select_article {
    ($condition:literal) => {
        concat!("SELECT id, url, version_id, content_hash, facets, simhash, gone FROM articles WHERE ", $condition)
    };
}
pub(super) fn article(sql: &mut Sql<'_>, id: &str) -> Result<Option<Article>, Fault> {
    sql.maybe(select_article!("id = $1"), &[&id])?.as_ref().map(article_row).transpose()
}

pub(super) fn articles_between(sql: &mut Sql<'_>, from: &str, to: &str) -> Result<Vec<Article>, Fault> {
    sql.rows(select_article!("id >= $1 AND id < $2"), &[&from, &to])?.iter().map(article_row).collect()
}

fn article_row(row: &Row) -> Result<Article, Fault> {
    Ok(Article {
        id: row.try_get(0)?,
        url: row.try_get(1)?,
        version_id: row.try_get(2)?,
        content_hash: row.try_get(3)?,
        facets: row.try_get(4)?,
        simhash: row.try_get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
        gone: row.try_get(6)?,
    })
}

/// The article that has this other address.
pub(super) fn alias_of(sql: &mut Sql<'_>, url: &str) -> Result<Option<String>, Fault> {
    let row = sql.maybe("SELECT article FROM aliases WHERE md5(url) = md5($1) AND url = $1", &[&url])?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

pub(super) fn aliases(sql: &mut Sql<'_>, id: &str) -> Result<Vec<String>, Fault> {
    let rows = sql.rows("SELECT url FROM aliases WHERE article = $1 ORDER BY id LIMIT $2", &[&id, &ALIASES_MAX])?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) fn put_robots(sql: &mut Sql<'_>, host: &HostKey, copy: &RobotsCopy) -> Result<(), Fault> {
    sql.run(
        "INSERT INTO robots (host, status, body, fetched_at) VALUES ($1, $2, $3, $4) ON CONFLICT (host) DO UPDATE
         SET status = excluded.status, body = excluded.body, fetched_at = excluded.fetched_at",
        &[&host.as_str(), &copy.status.map(i32::from), &copy.body, &micros(copy.fetched_at)],
    )?;
    Ok(())
}

pub(super) fn robots(sql: &mut Sql<'_>, host: &HostKey) -> Result<Option<RobotsCopy>, Fault> {
    let row = sql.maybe("SELECT status, body, fetched_at FROM robots WHERE host = $1", &[&host.as_str()])?;
    row.map(|row| {
        let status: Option<i32> = row.try_get(0)?;
        Ok(RobotsCopy {
            status: status.and_then(|status| u16::try_from(status).ok()),
            body: row.try_get(1)?,
            fetched_at: time("robots.fetched_at", row.try_get(2)?)?,
        })
    })
    .transpose()
}

pub(super) fn put_sketch(sql: &mut Sql<'_>, host: &HostKey, sketch: &str, now: i64) -> Result<(), Fault> {
    sql.run(
        "INSERT INTO sketches (host, sketch, changed_at) VALUES ($1, $2, $3) ON CONFLICT (host) DO UPDATE
         SET sketch = excluded.sketch, changed_at = excluded.changed_at",
        &[&host.as_str(), &plain(sketch), &now],
    )?;
    Ok(())
}

pub(super) fn sketch(sql: &mut Sql<'_>, host: &HostKey) -> Result<Option<String>, Fault> {
    let row = sql.maybe("SELECT sketch FROM sketches WHERE host = $1", &[&host.as_str()])?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// How a host is to be treated, as those left it who had it before; times are moved by `ahead` to the caller's.
pub(super) fn manners(sql: &mut Sql<'_>, host: &HostKey, ahead: i64) -> Result<HostManners, Fault> {
    let row = sql.maybe(
        "SELECT level, closings, rests_until, spent_day, spent, asked_at FROM hosts JOIN groups g ON g.id = grp WHERE key = $1",
        &[&host.as_str()],
    )?;
    let Some(row) = row else { return Ok(HostManners::default()) };
    let small = |at: usize| -> Result<u8, Fault> { Ok(u8::try_from(row.try_get::<_, i64>(at)?).unwrap_or(u8::MAX)) };
    let moment = |what, at: usize| {
        let stored: Option<i64> = row.try_get(at)?;
        Ok::<_, Fault>(stored.map(|stored| time(what, stored.saturating_sub(ahead))).transpose()?)
    };
    let (level, closings) = (small(0)?, small(1)?);
    let day: Option<i32> = row.try_get(3)?;
    let spent: i64 = row.try_get(4)?;
    Ok(HostManners {
        penalty: moment("hosts.rests_until", 2)?.map(|until| Penalty { level, closings, until }),
        spent: day.map(|day| (day, u64::try_from(spent).unwrap_or(0))),
        asked: moment("groups.asked_at", 5)?,
    })
}

/// The id of a host; a row is made for a new one.
pub(super) fn host_id(sql: &mut Sql<'_>, host: &HostKey) -> Result<i64, Fault> {
    let found = host_ids(sql, std::slice::from_ref(host))?;
    found.first().map(|(_, id)| *id).ok_or_else(|| Unreadable { what: "hosts.key", value: host.to_string() }.into())
}

/// Keeps what holds a host back, unless another worker has it by now, who knows better.
pub(super) fn keep_penalty(
    sql: &mut Sql<'_>,
    me: Me,
    host: &HostKey,
    penalty: Option<&Penalty>,
    ahead: i64,
) -> Result<(), Fault> {
    let id = host_id(sql, host)?;
    let (level, closings) = penalty.map_or((0, 0), |penalty| (i64::from(penalty.level), i64::from(penalty.closings)));
    let until = penalty.map(|penalty| micros(penalty.until).saturating_add(ahead));
    sql.run(
        "UPDATE hosts SET level = $2, closings = $3, rests_until = $4 FROM groups g
         WHERE hosts.id = $1 AND g.id = hosts.grp AND coalesce(g.worker, $5) = $5",
        &[&id, &level, &closings, &until, &me.id],
    )?;
    Ok(())
}

pub(super) fn spend(sql: &mut Sql<'_>, spent: &[(HostKey, i32, u64)]) -> Result<(), Fault> {
    for (host, day, requests) in spent {
        let id = host_id(sql, host)?;
        sql.run(
            "UPDATE hosts SET spent = CASE WHEN spent_day = $2 THEN spent ELSE 0 END + $3, spent_day = $2 WHERE id = $1",
            &[&id, day, &i64::try_from(*requests).unwrap_or(i64::MAX)],
        )?;
    }
    Ok(())
}

pub(super) fn begin_run(sql: &mut Sql<'_>, id: &str, now: i64) -> Result<(), Fault> {
    // Begun anew, it is the newest again.
    sql.run("DELETE FROM runs WHERE id = $1", &[&id])?;
    let row = sql.one("INSERT INTO runs (id, began) VALUES ($1, $2) RETURNING number", &[&id, &now])?;
    let number: i64 = row.try_get(0)?;
    sql.run("DELETE FROM runs WHERE number <= $1", &[&(number - RUNS_MAX)])?;
    Ok(())
}

pub(super) fn end_run(sql: &mut Sql<'_>, id: &str, summary: &serde_json::Value, now: i64) -> Result<(), Fault> {
    sql.run("UPDATE runs SET ended = $2, summary = $3 WHERE id = $1", &[&id, &now, &plain(&summary.to_string())])?;
    Ok(())
}

pub(super) fn run(sql: &mut Sql<'_>, id: &str) -> Result<Option<Run>, Fault> {
    let row = sql.maybe("SELECT id, began, ended, summary FROM runs WHERE id = $1", &[&id])?;
    row.as_ref().map(run_row).transpose()
}

pub(super) fn runs(sql: &mut Sql<'_>, max: usize) -> Result<Vec<Run>, Fault> {
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let rows = sql.rows("SELECT id, began, ended, summary FROM runs ORDER BY number DESC LIMIT $1", &[&max])?;
    rows.iter().map(run_row).collect()
}

fn run_row(row: &Row) -> Result<Run, Fault> {
    let summary: Option<String> = row.try_get(3)?;
    Ok(Run {
        id: row.try_get(0)?,
        began: time("runs.began", row.try_get(1)?)?,
        ended: row.try_get::<_, Option<i64>>(2)?.map(|at| time("runs.ended", at)).transpose()?,
        summary: summary
            .map(|text| {
                serde_json::from_str(&text).map_err(|_| Unreadable { what: "runs.summary", value: text.clone() })
            })
            .transpose()?,
    })
}

pub(super) fn segments(sql: &mut Sql<'_>) -> Result<Vec<Segment>, Fault> {
    let rows = sql.rows("SELECT file, bytes, records, finished, root FROM segments ORDER BY number", &[])?;
    rows.iter()
        .map(|row| {
            let whole = |at: usize| -> Result<u64, Fault> { Ok(row.try_get::<_, i64>(at)?.unsigned_abs()) };
            let mark = SegmentMark {
                root: PathBuf::from(row.try_get::<_, String>(4)?),
                file: row.try_get(0)?,
                bytes: whole(1)?,
                records: whole(2)?,
            };
            Ok(Segment { mark, finished: row.try_get(3)? })
        })
        .collect()
}

/// Stores how far the output is committed.
pub(super) fn store_mark(sql: &mut Sql<'_>, mark: &SegmentMark, finished: bool, now: i64) -> Result<(), Fault> {
    let whole = |what, n: u64| i64::try_from(n).map_err(|_| Unreadable { what, value: n.to_string() });
    sql.run(
        "INSERT INTO segments (file, bytes, records, finished, changed_at, root) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (file) DO UPDATE SET bytes = excluded.bytes, records = excluded.records, finished = excluded.finished,
             changed_at = excluded.changed_at",
        &[
            &mark.file,
            &whole("segments.bytes", mark.bytes)?,
            &whole("segments.records", mark.records)?,
            &finished,
            &now,
            &mark.root.to_str().unwrap_or_default(),
        ],
    )?;
    Ok(())
}
