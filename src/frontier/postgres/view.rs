//! A state as it is now: looked at beside the workers, in one transaction that changes nothing.

use jiff::Timestamp;
use url::Url;

use super::link::{Fault, Link, Sql, TimeOf};
use super::rows::{Hash, Rows, hash_of, state_of};
use super::{explain, kept, schema};
use crate::frontier::common::{Address, count, time, url_state};
use crate::frontier::{Counts, FrontierError, HostHealth, KnownUrls, SharedView, WorkerState};
use crate::types::HostKey;

/// Addresses that are looked for with one statement.
const AT_ONCE: usize = 10_000;

/// Looks at a state.
pub(in crate::frontier) fn look(address: &str, runs: usize) -> Result<SharedView, FrontierError> {
    let (name, looked) = beside(address, |sql, name, version| {
        let bytes = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::int8 FROM pg_class
                WHERE relnamespace = 'auslese'::regnamespace AND relkind = 'r'";
        Ok(SharedView {
            name: name.to_owned(),
            version,
            bytes: sql.one(bytes, &[])?.try_get::<_, i64>(0)?.unsigned_abs(),
            counts: counts(sql)?,
            runs: kept::runs(sql, runs)?,
            hosts: hosts(sql)?,
            segments: kept::segments(sql)?,
            workers: workers(sql)?,
        })
    })?;
    looked.ok_or_else(|| FrontierError::NotAState { path: name.into(), why: "the database holds no state" })
}

/// What a state knows of addresses, and its counts; none where there is no state.
pub(in crate::frontier) fn known(address: &str, urls: &[&Url]) -> Result<Option<KnownUrls>, FrontierError> {
    let hashes: Vec<Option<Hash>> = urls.iter().map(|url| Address::of(url).map(|address| hash_of(&address))).collect();
    let (_, known) = beside(address, |sql, _, _| {
        let mut rows = Rows::default();
        for some in hashes.chunks(AT_ONCE) {
            rows.fetch(sql, &some.iter().copied().flatten().collect::<Vec<_>>(), false)?;
        }
        let state_of = |hash: &Option<Hash>| {
            let known = hash.and_then(|hash| rows.at(hash));
            known.map(|known| url_state(known.state, &known.reason)).transpose()
        };
        Ok(KnownUrls { counts: counts(sql)?, states: hashes.iter().map(state_of).collect::<Result<_, _>>()? })
    })?;
    Ok(known)
}

/// Reads at one instant, and changes nothing; none where the database holds no state. With the name of the state.
fn beside<T>(
    address: &str,
    mut work: impl FnMut(&mut Sql<'_>, &str, i64) -> Result<T, Fault>,
) -> Result<(String, Option<T>), FrontierError> {
    let link = Link::new(address, TimeOf::Caller);
    let mut link = link.map_err(|fault| explain("postgres://".as_ref(), "read its address", fault))?.impatient();
    let name = link.name();
    let looked = link.read(|sql| {
        sql.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        match schema::version(sql)? {
            None => Ok(None),
            Some(version) if version > schema::newest() => Err(Fault::Newer(version)),
            Some(version) => work(sql, &name, version).map(Some),
        }
    });
    let looked = looked.map_err(|fault| explain(name.as_ref(), "read it", fault))?;
    Ok((name, looked))
}

pub(super) fn counts(sql: &mut Sql<'_>) -> Result<Counts, Fault> {
    let mut counts = Counts::default();
    let rows =
        sql.rows("SELECT state, reason, sum(n)::int8 FROM counts GROUP BY state, reason HAVING sum(n) <> 0", &[])?;
    for row in rows {
        let (state, reason, n): (i16, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        count(&mut counts, state_of(state)?, &reason, n)?;
    }
    Ok(counts)
}

fn hosts(sql: &mut Sql<'_>) -> Result<Vec<HostHealth>, Fault> {
    let rows = sql.rows(
        "SELECT key, held_until, held_why, last_ok, last_error, last_why, error_streak, n0, n1, n2, n3 + n4, n5, n6,
         rests_until, closings, spent_day, spent FROM hosts ORDER BY key COLLATE \"C\"",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            let at = |what, column| -> Result<Option<Timestamp>, Fault> {
                Ok(row.try_get::<_, Option<i64>>(column)?.map(|micros| time(what, micros)).transpose()?)
            };
            let n = |column: usize| -> Result<u64, Fault> { Ok(row.try_get::<_, i64>(column)?.unsigned_abs()) };
            Ok(HostHealth {
                host: HostKey::from_stored(row.try_get(0)?),
                held_until: at("hosts.held_until", 1)?,
                held_why: row.try_get(2)?,
                last_success: at("hosts.last_ok", 3)?,
                last_error: at("hosts.last_error", 4)?,
                last_reason: row.try_get(5)?,
                error_streak: n(6)?,
                ready: n(7)?,
                waiting: n(8)?,
                leased: n(9)?,
                done: n(10)?,
                skipped: n(11)?,
                dead: n(12)?,
                rests_until: at("hosts.rests_until", 13)?,
                closings: n(14)?,
                spent: row.try_get::<_, Option<i32>>(15)?.zip(Some(n(16)?)),
            })
        })
        .collect()
}

fn workers(sql: &mut Sql<'_>) -> Result<Vec<WorkerState>, Fault> {
    let rows = sql.rows(
        "SELECT w.name, w.machine, w.pid, w.run, w.began, w.seen, w.ended, w.settled, w.records, w.rate, x.hosts, x.leased, x.until
         FROM workers w CROSS JOIN LATERAL (
             SELECT count(*) AS hosts, coalesce(sum(h.n2), 0)::int8 AS leased, max(g.leased_until) AS until
             FROM groups g JOIN hosts h ON h.grp = g.id WHERE g.worker = w.id) x
         ORDER BY w.name COLLATE \"C\"",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            let n = |column: usize| -> Result<u64, Fault> { Ok(row.try_get::<_, i64>(column)?.unsigned_abs()) };
            Ok(WorkerState {
                name: row.try_get(0)?,
                machine: row.try_get(1)?,
                pid: u32::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default(),
                run_id: row.try_get(3)?,
                began: time("workers.began", row.try_get(4)?)?,
                seen: time("workers.seen", row.try_get(5)?)?,
                ended: row.try_get(6)?,
                settled: n(7)?,
                records: n(8)?,
                rate: row.try_get(9)?,
                hosts: n(10)?,
                leased: n(11)?,
                until: row.try_get::<_, Option<i64>>(12)?.map(|at| time("groups.leased_until", at)).transpose()?,
            })
        })
        .collect()
}
