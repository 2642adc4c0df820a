//! Visits: what is kept of them, and which are due. As in the SQLite state, on the hosts that the worker has or may have.

use jiff::Timestamp;
use postgres::Row;

use super::link::{Fault, Me, Sql};
use super::rows::{code, plain, state_of};
use crate::frontier::common::{Changes, State, VISIT_PRIORITY, micros, sources, sources_text, time};
use crate::types::{Before, Visit};

/// The columns that [`before`] reads, in its order; for a query that joins `visits` as `v` to `urls` as `u`.
macro_rules! visit_columns {
    () => {
        "v.at, v.born, v.next, v.rank, v.history, v.etag, v.last_modified, v.hinted, v.hint_after, v.misled, v.missing_since, \
         v.sources, v.was IS NOT NULL, u.article"
    };
}
pub(super) use visit_columns;

/// What is known of an address that was asked before; none where nothing is.
pub(super) fn before(row: &Row, from: usize) -> Result<Option<Box<Before>>, Fault> {
    let article: Option<String> = row.try_get(from + 13)?;
    let Some(at) = row.try_get::<_, Option<i64>>(from)? else {
        let unknown = |article| Before { visit: Visit::default(), article: Some(article), due: false };
        return Ok(article.map(unknown).map(Box::new));
    };
    let moment = |what, n: usize| -> Result<Option<Timestamp>, Fault> {
        Ok(row.try_get::<_, Option<i64>>(from + n)?.map(|micros| time(what, micros)).transpose()?)
    };
    let small =
        |n: usize| -> Result<u8, Fault> { Ok(u8::try_from(row.try_get::<_, i16>(from + n)?).unwrap_or(u8::MAX)) };
    let visit = Visit {
        at: time("visits.at", at)?,
        born: time("visits.born", row.try_get(from + 1)?)?,
        next: moment("visits.next", 2)?,
        rank: small(3)?,
        history: row.try_get(from + 4)?,
        etag: row.try_get(from + 5)?,
        last_modified: row.try_get(from + 6)?,
        hinted: row.try_get(from + 7)?,
        hint_after: time("visits.hint_after", row.try_get(from + 8)?)?,
        misled: small(9)?,
        missing_since: moment("visits.missing_since", 10)?,
        sources: sources(row.try_get::<_, Option<String>>(from + 11)?.as_deref().unwrap_or_default())?,
    };
    Ok(Some(Box::new(Before { visit, article, due: row.try_get(from + 12)? })))
}

/// Keeps what visits left.
pub(super) fn store(sql: &mut Sql<'_>, visits: &[(i64, i64, Visit)]) -> Result<(), Fault> {
    if visits.is_empty() {
        return Ok(());
    }
    let numbers = |of: &dyn Fn(&Visit) -> i64| -> Vec<i64> { visits.iter().map(|(.., visit)| of(visit)).collect() };
    let maybe = |of: &dyn Fn(&Visit) -> Option<i64>| -> Vec<Option<i64>> {
        visits.iter().map(|(.., visit)| of(visit)).collect()
    };
    let small =
        |of: &dyn Fn(&Visit) -> u8| -> Vec<i16> { visits.iter().map(|(.., visit)| i16::from(of(visit))).collect() };
    let text = |of: &dyn Fn(&Visit) -> Option<String>| -> Vec<Option<String>> {
        visits.iter().map(|(.., visit)| of(visit).as_deref().map(plain)).collect()
    };
    let urls: Vec<i64> = visits.iter().map(|(url, ..)| *url).collect();
    let hosts: Vec<i64> = visits.iter().map(|(_, host, _)| *host).collect();
    let history: Vec<&[u8]> = visits.iter().map(|(.., visit)| visit.history.as_slice()).collect();
    let hinted: Vec<bool> = visits.iter().map(|(.., visit)| visit.hinted).collect();
    sql.run(
        "INSERT INTO visits (url, host, at, born, next, rank, history, etag, last_modified, hinted, hint_after, misled, missing_since,
             sources)
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int2[], $7::bytea[], $8::text[],
             $9::text[], $10::bool[], $11::int8[], $12::int2[], $13::int8[], $14::text[])
         ON CONFLICT (url) DO UPDATE SET host = excluded.host, at = excluded.at, born = excluded.born, next = excluded.next,
             rank = excluded.rank, history = excluded.history, etag = excluded.etag, last_modified = excluded.last_modified,
             hinted = excluded.hinted, hint_after = excluded.hint_after, misled = excluded.misled,
             missing_since = excluded.missing_since, sources = excluded.sources, was = NULL, was_reason = NULL",
        &[
            &urls,
            &hosts,
            &numbers(&|v| micros(v.at)),
            &numbers(&|v| micros(v.born)),
            &maybe(&|v| v.next.map(micros)),
            &small(&|v| v.rank),
            &history,
            &text(&|v| v.etag.clone()),
            &text(&|v| v.last_modified.clone()),
            &hinted,
            &numbers(&|v| micros(v.hint_after)),
            &small(&|v| v.misled),
            &maybe(&|v| v.missing_since.map(micros)),
            &text(&|v| sources_text(&v.sources)),
        ],
    )?;
    Ok(())
}

/// Visits that were opened are over; those of `ended` are made no more, as another address stands for theirs.
pub(super) fn over(sql: &mut Sql<'_>, visited: &[i64], ended: &[i64]) -> Result<(), Fault> {
    if !visited.is_empty() {
        sql.run(
            "UPDATE visits SET was = NULL, was_reason = NULL WHERE url = ANY($1) AND was IS NOT NULL",
            &[&visited],
        )?;
    }
    if !ended.is_empty() {
        sql.run("UPDATE visits SET next = NULL, was = NULL, was_reason = NULL WHERE url = ANY($1)", &[&ended])?;
    }
    Ok(())
}

/// Opens visits of a host that are due, at most `room`: those that decide something first, then the longest due.
pub(super) fn open_host(
    sql: &mut Sql<'_>,
    host: i64,
    now: i64,
    room: i64,
    changes: &mut Changes,
) -> Result<i64, Fault> {
    let due = sql.rows(
        "SELECT u.id, u.state, coalesce(u.reason, ''), v.rank FROM visits v JOIN urls u ON u.id = v.url
         WHERE v.host = $1 AND v.next <= $2 AND v.next IS NOT NULL AND u.state IN (3, 5, 6) ORDER BY v.rank, v.next LIMIT $3
         FOR UPDATE OF u",
        &[&host, &now, &room],
    )?;
    for row in &due {
        let (id, state, reason): (i64, i16, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let rank: i16 = row.try_get(3)?;
        sql.run(
            "UPDATE urls SET state = 0, attempts = 0, wake = NULL, priority = $2, changed_at = $3 WHERE id = $1",
            &[&id, &(VISIT_PRIORITY - i32::from(rank)), &now],
        )?;
        sql.run("UPDATE visits SET was = $2, was_reason = nullif($3, '') WHERE url = $1", &[&id, &state, &reason])?;
        changes.moved(host, (state_of(state)?, &reason), (State::Ready, ""));
    }
    Ok(due.len() as i64)
}

/// Closes what is open and not handed out, on the hosts that no other worker has: it is what it was, and as due as before.
pub(super) fn close(sql: &mut Sql<'_>, me: Me, now: i64, changes: &mut Changes) -> Result<(), Fault> {
    let open = sql.rows(
        "SELECT u.id, u.host, u.state, v.was, coalesce(v.was_reason, '') FROM visits v JOIN urls u ON u.id = v.url
             JOIN hosts h ON h.id = u.host JOIN groups g ON g.id = h.grp
         WHERE v.was IS NOT NULL AND u.state <> 2 AND (g.worker IS NULL OR g.worker = $1) ORDER BY u.id FOR UPDATE OF u",
        &[&me.id],
    )?;
    for row in &open {
        let (id, host): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (state, was): (State, State) = (state_of(row.try_get(2)?)?, state_of(row.try_get(3)?)?);
        let reason: String = row.try_get(4)?;
        if state.is_open() {
            sql.run(
                "UPDATE urls SET state = $2, reason = nullif($3, ''), wake = NULL, changed_at = $4 WHERE id = $1",
                &[&id, &code(was), &reason, &now],
            )?;
            changes.moved(host, (state, ""), (was, &reason));
        }
    }
    let ids: Vec<i64> = open.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    over(sql, &ids, &[])
}

/// Moves visits by as much as the clock jumped back.
pub(super) fn shift(sql: &mut Sql<'_>, back: i64, now: i64) -> Result<(), Fault> {
    sql.run(
        "UPDATE visits SET next = CASE WHEN next IS NOT NULL THEN greatest(next - $1, $2) END, at = least(at, $2),
             missing_since = CASE WHEN missing_since IS NOT NULL THEN least(missing_since, $2) END, hint_after = least(hint_after, $2)
         WHERE next IS NOT NULL OR at > $2",
        &[&back, &now],
    )?;
    Ok(())
}
