//! How hosts are to be treated, over runs: what holds them back, and what was asked of them today.

use rusqlite::{Connection, OptionalExtension, params};

use crate::frontier::HostManners;
use crate::frontier::common::{micros, time};
use crate::pace::Penalty;
use crate::types::HostKey;

use super::rows::{Fault, host_id};

pub(super) fn manners(conn: &Connection, host: &HostKey) -> Result<HostManners, Fault> {
    type Stored = (i64, i64, Option<i64>, Option<i32>, i64);
    let stored: Option<Stored> = conn
        .prepare_cached("SELECT level, closings, rests_until, spent_day, spent FROM hosts WHERE key = ?1")?
        .query_row([host.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .optional()?;
    let Some((level, closings, until, day, spent)) = stored else { return Ok(HostManners::default()) };
    let small = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
    let until = until.map(|until| time("hosts.rests_until", until)).transpose()?;
    Ok(HostManners {
        penalty: until.map(|until| Penalty { level: small(level), closings: small(closings), until }),
        spent: day.map(|day| (day, u64::try_from(spent).unwrap_or(0))),
        asked: None,
    })
}

pub(super) fn keep_penalty(conn: &Connection, host: &HostKey, penalty: Option<&Penalty>) -> Result<(), Fault> {
    let id = host_id(conn, host)?;
    let (level, closings) = penalty.map_or((0, 0), |penalty| (penalty.level, penalty.closings));
    let until = penalty.map(|penalty| micros(penalty.until));
    conn.prepare_cached("UPDATE hosts SET level = ?2, closings = ?3, rests_until = ?4 WHERE id = ?1")?
        .execute(params![id, level, closings, until])?;
    Ok(())
}

pub(super) fn spend(conn: &Connection, spent: &[(HostKey, i32, u64)]) -> Result<(), Fault> {
    let mut update = conn
        .prepare_cached("UPDATE hosts SET spent = iif(spent_day = ?2, spent, 0) + ?3, spent_day = ?2 WHERE id = ?1")?;
    for (host, day, requests) in spent {
        update.execute(params![host_id(conn, host)?, day, i64::try_from(*requests).unwrap_or(i64::MAX)])?;
    }
    Ok(())
}

/// A hold of another reason that was longer may have been written over: whoever lifts one looks at the host's penalty anew.
pub(super) fn lift(conn: &Connection, reasons: &[&str]) -> Result<(), Fault> {
    let mut update = conn.prepare_cached("UPDATE hosts SET held_until = NULL, held_why = NULL WHERE held_why = ?1")?;
    for reason in reasons {
        update.execute([reason])?;
    }
    Ok(())
}
