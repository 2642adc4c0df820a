//! Who has which hosts. A group (a host, or the hosts of one machine) is one worker's until its lease ends; that worker alone asks its
//! hosts. It makes the lease longer while it lives. What a dead worker had is taken over when its leases end: by then its last request is
//! over, as none is begun that might outlast the lease.

use super::link::{Fault, Me, Sql};
use crate::frontier::common::{Changes, State};
use crate::types::HostKey;

/// An address that died with this many runs goes behind all others: it may be what kills them.
const CRASHES_TOLERATED: i16 = 3;
/// Where it goes.
const LAST_PRIORITY: i32 = -1_000_000_000;
/// A worker that was not heard of for so many lease times is forgotten, where nothing is left of it.
const FORGOTTEN_AFTER: i64 = 1_000;

/// Takes groups that nobody has; gives those that were got. The commit must be durable: what is asked now must not be another's after a
/// crash of the server.
pub(super) fn claim(sql: &mut Sql<'_>, me: Me, groups: &[i64], until: i64) -> Result<Vec<i64>, Fault> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sql.rows(
        "UPDATE groups SET worker = $1, leased_until = $2, fence = fence + 1 WHERE id IN (
             SELECT id FROM groups WHERE id = ANY($3) AND worker IS NULL ORDER BY id FOR UPDATE SKIP LOCKED) RETURNING id",
        &[&me.id, &until, &groups],
    )?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Makes the leases of a worker longer; gives its groups.
pub(super) fn renew(sql: &mut Sql<'_>, me: Me, until: i64) -> Result<Vec<i64>, Fault> {
    let rows = sql.rows("UPDATE groups SET leased_until = $2 WHERE worker = $1 RETURNING id", &[&me.id, &until])?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Frees the groups of workers whose leases have ended.
pub(super) fn sweep(sql: &mut Sql<'_>, me: Me, now: i64, changes: &mut Changes) -> Result<(), Fault> {
    let rows = sql.rows(
        "SELECT id, worker FROM groups WHERE worker IS NOT NULL AND leased_until <= $1 AND worker <> $2 ORDER BY id
         FOR UPDATE SKIP LOCKED",
        &[&now, &me.id],
    )?;
    let groups: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if groups.is_empty() {
        return Ok(());
    }
    tracing::warn!(groups = groups.len(), "taking over the hosts of a worker that was not heard of");
    release(sql, &groups, true, now, changes)?;
    free(sql, &groups, now)
}

/// Gives groups back, which were last asked at `now` at the latest.
pub(super) fn free(sql: &mut Sql<'_>, groups: &[i64], now: i64) -> Result<(), Fault> {
    sql.run(
        "UPDATE groups SET worker = NULL, leased_until = NULL, fence = fence + 1, asked_at = $2 WHERE id = ANY($1)",
        &[&groups, &now],
    )?;
    Ok(())
}

/// Makes ready what is leased of groups; the attempts do not count, as nothing is known of them. Gives how many.
pub(super) fn release(
    sql: &mut Sql<'_>,
    groups: &[i64],
    crashed: bool,
    now: i64,
    changes: &mut Changes,
) -> Result<u64, Fault> {
    let crashes = i16::from(crashed);
    let rows = sql.rows(
        "UPDATE urls SET state = 0, wake = NULL, attempts = greatest(attempts - 1, 0), crashes = crashes + $2, changed_at = $3,
             priority = CASE WHEN crashes + $2 >= $4 THEN least(priority, $5) ELSE priority END
         WHERE id IN (SELECT u.id FROM urls u JOIN hosts h ON h.id = u.host
             WHERE h.grp = ANY($1) AND u.wake IS NOT NULL AND u.state = 2 ORDER BY u.id FOR UPDATE OF u)
         RETURNING host",
        &[&groups, &crashes, &now, &CRASHES_TOLERATED, &LAST_PRIORITY],
    )?;
    for row in &rows {
        changes.moved(row.try_get(0)?, (State::Leased, ""), (State::Ready, ""));
    }
    Ok(rows.len() as u64)
}

/// How many groups a worker may have, so that those who live share them: and how many have something to do.
pub(super) fn fair_share(sql: &mut Sql<'_>, now: i64, heard_within: i64) -> Result<usize, Fault> {
    let row = sql.one(
        "SELECT (SELECT count(DISTINCT grp) FROM hosts WHERE n0 + n1 + n2 > 0),
             (SELECT count(*) FROM workers WHERE NOT ended AND seen > $1)",
        &[&now.saturating_sub(heard_within)],
    )?;
    let (groups, workers): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if workers <= 1 {
        return Ok(usize::MAX);
    }
    Ok(usize::try_from((groups + workers - 1) / workers).unwrap_or(usize::MAX).max(1))
}

/// Gives groups back that are at rest: nothing of them is leased, the worker has nothing of them at hand, and there is nothing to do now,
/// or they are more than its share.
pub(super) fn cede(
    sql: &mut Sql<'_>,
    me: Me,
    surplus: &[i64],
    at_hand: &dyn Fn(&HostKey) -> bool,
    now: i64,
) -> Result<Vec<(i64, HostKey)>, Fault> {
    let rows = sql.rows(
        "SELECT g.id, h.key FROM groups g JOIN hosts h ON h.grp = g.id WHERE g.worker = $1
             AND (g.id = ANY($2) OR NOT EXISTS (
                 SELECT FROM hosts o WHERE o.grp = g.id AND (o.n2 > 0 OR (o.best IS NOT NULL AND o.held_until IS NULL))))
             AND NOT EXISTS (SELECT FROM hosts o WHERE o.grp = g.id AND o.n2 > 0)",
        &[&me.id, &surplus],
    )?;
    let mut hosts: Vec<(i64, HostKey)> = Vec::with_capacity(rows.len());
    for row in &rows {
        hosts.push((row.try_get(0)?, HostKey::from_stored(row.try_get(1)?)));
    }
    let busy: Vec<i64> = hosts.iter().filter(|(_, host)| at_hand(host)).map(|(group, _)| *group).collect();
    hosts.retain(|(group, _)| !busy.contains(group));
    let mut groups: Vec<i64> = hosts.iter().map(|(group, _)| *group).collect();
    groups.sort_unstable();
    groups.dedup();
    if !groups.is_empty() {
        free(sql, &groups, now)?;
    }
    Ok(hosts)
}

/// Puts a host among those of its machine. Says whether the worker has it still: the machine may be another's.
pub(super) fn share(
    sql: &mut Sql<'_>,
    me: Me,
    host: i64,
    machine: &str,
    until: i64,
    now: i64,
    changes: &mut Changes,
) -> Result<bool, Fault> {
    let own: i64 = sql.one("SELECT grp FROM hosts WHERE id = $1", &[&host])?.try_get(0)?;
    sql.run(
        "UPDATE groups SET machine = $2 WHERE id = $1 AND machine IS NULL AND NOT EXISTS (SELECT FROM groups WHERE machine = $2)",
        &[&own, &machine],
    )?;
    let row = sql.maybe("SELECT id, worker FROM groups WHERE machine = $1 FOR UPDATE", &[&machine])?;
    let (group, worker): (i64, Option<i64>) = match row {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        // The host has moved from a machine to one that no other stands on.
        None => {
            let made = "INSERT INTO groups (id, machine) VALUES (nextval('host_ids'), $1) RETURNING id";
            (sql.one(made, &[&machine])?.try_get(0)?, None)
        }
    };
    if group == own {
        return Ok(true);
    }
    let is_mine = match worker {
        Some(worker) => worker == me.id,
        None => !claim(sql, me, &[group], until)?.is_empty(),
    };
    if !is_mine {
        let leased = sql.rows(
            "UPDATE urls SET state = 0, wake = NULL, attempts = greatest(attempts - 1, 0), changed_at = $2
             WHERE host = $1 AND wake IS NOT NULL AND state = 2 RETURNING id",
            &[&host, &now],
        )?;
        for _ in &leased {
            changes.moved(host, (State::Leased, ""), (State::Ready, ""));
        }
    }
    sql.run("UPDATE hosts SET grp = $2 WHERE id = $1", &[&host, &group])?;
    // Nobody asks for what no host belongs to.
    sql.run("DELETE FROM groups g WHERE id = $1 AND NOT EXISTS (SELECT FROM hosts WHERE grp = g.id)", &[&own])?;
    Ok(is_mine)
}

/// What a worker was.
pub(super) struct Entered {
    pub(super) me: Me,
    pub(super) tx: i64,
    /// The run that it did not end.
    pub(super) unended: bool,
}

/// Enters a worker under its name; whoever had the name before is displaced.
pub(super) fn enter(sql: &mut Sql<'_>, name: &str, machine: &str, now: i64) -> Result<Entered, Fault> {
    let before = sql.maybe(
        "SELECT w.run IS NOT NULL AND r.id IS NOT NULL AND r.ended IS NULL FROM workers w LEFT JOIN runs r ON r.id = w.run
         WHERE w.name = $1",
        &[&name],
    )?;
    let unended = before.map(|row| row.try_get(0)).transpose()?.unwrap_or(false);
    let row = sql.one(
        "INSERT INTO workers AS w (name, epoch, machine, pid, began, seen) VALUES ($1, 1, $2, $3, $4, $4) ON CONFLICT (name) DO UPDATE
         SET epoch = w.epoch + 1, machine = excluded.machine, pid = excluded.pid, began = excluded.began, seen = excluded.seen, run = NULL,
             ended = false, settled = 0, records = 0, marked = 0, marked_at = 0, rate = NULL
         RETURNING id, epoch, tx",
        &[&name, &machine, &i64::from(std::process::id()), &now],
    )?;
    let me = Me { id: row.try_get(0)?, epoch: row.try_get(1)? };
    Ok(Entered { me, tx: row.try_get(2)?, unended })
}

/// Says that the worker lives.
pub(super) fn beat(sql: &mut Sql<'_>, me: Me, done: (u64, u64), now: i64, mark_after: i64) -> Result<(), Fault> {
    let (settled, records) = (done.0 as i64, done.1 as i64);
    sql.run(
        "UPDATE workers SET seen = $2, settled = $3, records = $4,
             rate = CASE WHEN $2 - marked_at >= $5 AND marked_at > 0 THEN ($3 - marked) * 1e6 / ($2 - marked_at) ELSE rate END,
             marked = CASE WHEN $2 - marked_at >= $5 THEN $3 ELSE marked END,
             marked_at = CASE WHEN $2 - marked_at >= $5 THEN $2 ELSE marked_at END
         WHERE id = $1",
        &[&me.id, &now, &settled, &records, &mark_after],
    )?;
    Ok(())
}

/// Forgets workers long gone.
pub(super) fn forget(sql: &mut Sql<'_>, now: i64, lease: i64) -> Result<(), Fault> {
    sql.run(
        "DELETE FROM workers w WHERE (ended OR seen < $1) AND seen < $1 AND NOT EXISTS (SELECT FROM groups WHERE worker = w.id)",
        &[&now.saturating_sub(lease.saturating_mul(FORGOTTEN_AFTER))],
    )?;
    Ok(())
}
