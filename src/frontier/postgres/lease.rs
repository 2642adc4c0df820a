//! Addresses out: what has waited long enough becomes ready, then ready hosts are handed out, the best first: those that the worker has,
//! and as many more of those that nobody has as it needs and is due.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::groups;
use super::link::{Fault, Me, Sql};
use super::rows::{candidate, state_of};
use super::visits::{self, visit_columns};
use crate::frontier::common::{Changes, State, micros, time};
use crate::types::{HostKey, Lease};

/// Waits that end are woken this many a call.
const WAKE_AT_ONCE: i64 = 5_000;
/// Hosts that nobody has, looked at at a time.
const PAGE: i64 = 256;

/// What a worker may take.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    pub(super) me: Me,
    pub(super) now: i64,
    /// How far `now` is ahead of the caller's time.
    pub(super) ahead: i64,
    pub(super) lease_for: Duration,
    pub(super) max: usize,
    /// Groups that it may take beside those it has.
    pub(super) more: usize,
    /// Groups that it is to give back.
    pub(super) surplus: &'a [i64],
    /// Until when it has its groups, and those that it takes now.
    pub(super) until: (i64, i64),
    /// Its own last moment lies so long before.
    pub(super) margin: i64,
}

/// A host with something ready.
#[derive(Debug, Clone)]
struct Ready {
    host: i64,
    key: HostKey,
    group: i64,
    is_mine: bool,
    ready: usize,
    rank: (i64, i64),
}

const OWN: &str = "
    SELECT h.id, h.key, h.grp, true, h.n0, h.best, h.best_url FROM groups g JOIN hosts h ON h.grp = g.id
    WHERE g.worker = $1 AND h.best IS NOT NULL AND h.held_until IS NULL AND NOT g.id = ANY($2) ORDER BY h.best DESC, h.best_url";
const FREE: &str = "
    SELECT h.id, h.key, h.grp, false, h.n0, h.best, h.best_url FROM hosts h JOIN groups g ON g.id = h.grp
    WHERE h.best IS NOT NULL AND h.held_until IS NULL AND g.worker IS NULL AND (h.best < $1 OR (h.best = $1 AND h.best_url > $2))
    ORDER BY h.best DESC, h.best_url LIMIT $3";

fn ready(rows: &[postgres::Row]) -> Result<Vec<Ready>, Fault> {
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get(4)?;
            Ok(Ready {
                host: row.try_get(0)?,
                key: HostKey::from_stored(row.try_get(1)?),
                group: row.try_get(2)?,
                is_mine: row.try_get(3)?,
                ready: usize::try_from(count).unwrap_or(0),
                rank: (-row.try_get::<_, i64>(5)?, row.try_get(6)?),
            })
        })
        .collect()
}

/// Hands out leases; gives also the groups taken.
pub(super) fn lease(
    sql: &mut Sql<'_>,
    ask: &Ask<'_>,
    room: &mut dyn FnMut(&HostKey) -> usize,
    changes: &mut Changes,
) -> Result<(Vec<Lease>, Vec<i64>), Fault> {
    let mut taken = Vec::new();
    let mut lost = BTreeSet::new();
    loop {
        let mut chosen = choose(sql, ask, &lost, ask.more - taken.len().min(ask.more), room)?;
        let wanted: BTreeSet<i64> =
            chosen.iter().filter(|(host, _)| !host.is_mine).map(|(host, _)| host.group).collect();
        let got = groups::claim(sql, ask.me, &wanted.iter().copied().collect::<Vec<_>>(), ask.until.1)?;
        let missed: Vec<i64> = wanted.iter().copied().filter(|group| !got.contains(group)).collect();
        chosen.retain(|(host, _)| host.is_mine || got.contains(&host.group));
        taken.extend(got);
        // Somebody else was faster everywhere: there may be others.
        if chosen.is_empty() && !missed.is_empty() {
            lost.extend(missed);
            continue;
        }
        return Ok((hand_out(sql, ask, &chosen, changes)?, taken));
    }
}

/// Hosts to take addresses of, the best first, with how many.
fn choose(
    sql: &mut Sql<'_>,
    ask: &Ask<'_>,
    lost: &BTreeSet<i64>,
    more: usize,
    room: &mut dyn FnMut(&HostKey) -> usize,
) -> Result<Vec<(Ready, usize)>, Fault> {
    let mut found: Vec<(Ready, usize)> = Vec::new();
    for host in ready(&sql.rows(OWN, &[&ask.me.id, &ask.surplus])?)? {
        let share = room(&host.key).min(host.ready);
        if share > 0 {
            found.push((host, share));
        }
    }
    let mut after = (i64::MAX, i64::MAX);
    let (mut free, mut sum) = (BTreeSet::new(), 0);
    while more > 0 && free.len() < more && sum < ask.max {
        let page = ready(&sql.rows(FREE, &[&after.0, &after.1, &PAGE])?)?;
        let Some(last) = page.last() else { break };
        after = (-last.rank.0, last.rank.1);
        let is_last = (page.len() as i64) < PAGE;
        for host in page.into_iter().filter(|host| !lost.contains(&host.group)) {
            let share = room(&host.key).min(host.ready);
            if share > 0 && (free.len() < more || free.contains(&host.group)) {
                free.insert(host.group);
                sum += share;
                found.push((host, share));
            }
        }
        if is_last {
            break;
        }
    }
    found.sort_by_key(|(host, _)| host.rank);
    let mut left = ask.max;
    for (_, share) in &mut found {
        *share = left.min(*share);
        left -= *share;
    }
    found.retain(|(_, share)| *share > 0);
    Ok(found)
}

const ADDRESSES: &str = concat!(
    "SELECT u.id, c.host, u.attempts, u.fence, u.rest, u.priority, u.via, u.depth, u.lastmod, u.referrer, u.hops, ",
    visit_columns!(),
    " FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY c(host, share, n)
         CROSS JOIN LATERAL (SELECT * FROM urls WHERE host = c.host AND state = 0 ORDER BY priority DESC, id LIMIT c.share) u
         LEFT JOIN visits v ON v.url = u.id ORDER BY c.n, u.priority DESC, u.id"
);

fn hand_out(
    sql: &mut Sql<'_>,
    ask: &Ask<'_>,
    chosen: &[(Ready, usize)],
    changes: &mut Changes,
) -> Result<Vec<Lease>, Fault> {
    let hosts: Vec<i64> = chosen.iter().map(|(host, _)| host.host).collect();
    if hosts.is_empty() {
        return Ok(Vec::new());
    }
    let shares: Vec<i64> = chosen.iter().map(|(_, share)| i64::try_from(*share).unwrap_or(i64::MAX)).collect();
    let by_id: BTreeMap<i64, &Ready> = chosen.iter().map(|(host, _)| (host.host, host)).collect();
    let expires = expiry(ask);
    let mut leases = Vec::new();
    let (mut ids, mut ends) = (Vec::new(), Vec::new());
    for row in sql.rows(ADDRESSES, &[&hosts, &shares])? {
        let host: i64 = row.try_get(1)?;
        let Some(ready) = by_id.get(&host) else { continue };
        let until = if ready.is_mine { ask.until.0 } else { ask.until.1 };
        let end = expires.min(until.saturating_sub(ask.margin));
        let attempt: i32 = row.try_get(2)?;
        ids.push(row.try_get::<_, i64>(0)?);
        ends.push(end);
        leases.push(Lease {
            key: row.try_get(0)?,
            candidate: candidate(&row, 4, &ready.key)?,
            host: ready.key.clone(),
            attempt: attempt.unsigned_abs(),
            expires: time("urls.wake", end.saturating_sub(ask.ahead)).unwrap_or(Timestamp::MAX),
            fence: row.try_get::<_, i64>(3)? + 1,
            before: visits::before(&row, 11)?,
        });
    }
    // Others only wake such addresses, or raise their priority; whoever was first, the fence has grown once.
    let updated = sql.rows(
        "UPDATE urls u SET state = 2, wake = c.wake, fence = fence + 1, attempts = attempts + 1, changed_at = $3
         FROM unnest($1::int8[], $2::int8[]) c(id, wake) WHERE u.id = c.id AND u.state = 0 RETURNING u.id, u.host",
        &[&ids, &ends, &ask.now],
    )?;
    let mut leased = BTreeSet::new();
    for row in updated {
        leased.insert(row.try_get::<_, i64>(0)?);
        changes.moved(row.try_get(1)?, (State::Ready, ""), (State::Leased, ""));
    }
    leases.retain(|lease| leased.contains(&lease.key));
    for host in hosts {
        changes.touched(host);
    }
    Ok(leases)
}

/// When a lease of the length asked for ends.
fn expiry(ask: &Ask<'_>) -> i64 {
    let now = Timestamp::from_microsecond(ask.now).unwrap_or(Timestamp::MAX);
    let end = SignedDuration::try_from(ask.lease_for).ok().and_then(|span| now.checked_add(span).ok());
    micros(end.unwrap_or(Timestamp::MAX))
}

/// Makes ready what has waited long enough, and what this worker leased too long ago.
pub(super) fn wake(sql: &mut Sql<'_>, me: Me, now: i64, changes: &mut Changes) -> Result<(), Fault> {
    sql.run(
        "UPDATE hosts SET held_until = NULL, held_why = NULL WHERE id IN (
             SELECT id FROM hosts WHERE held_until <= $1 ORDER BY id FOR UPDATE SKIP LOCKED)",
        &[&now],
    )?;
    let due = sql.rows(
        "SELECT u.id, u.host, u.state FROM urls u JOIN hosts h ON h.id = u.host JOIN groups g ON g.id = h.grp
         WHERE u.wake <= $1 AND (u.state = 1 OR g.worker = $2 OR g.worker IS NULL) ORDER BY u.wake LIMIT $3
         FOR UPDATE OF u SKIP LOCKED",
        &[&now, &me.id, &WAKE_AT_ONCE],
    )?;
    let mut ids: Vec<i64> = Vec::with_capacity(due.len());
    for row in &due {
        ids.push(row.try_get(0)?);
        changes.moved(row.try_get(1)?, (state_of(row.try_get(2)?)?, ""), (State::Ready, ""));
    }
    if !ids.is_empty() {
        sql.run("UPDATE urls SET state = 0, wake = NULL, changed_at = $2 WHERE id = ANY($1)", &[&ids, &now])?;
    }
    groups::sweep(sql, me, now, changes)
}

/// What a worker that got nothing looks at: hosts that others have may become free at any time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Idle<'a> {
    pub(super) me: Me,
    /// Groups that it is to give back.
    pub(super) surplus: &'a [i64],
    /// When to look again for what others have.
    pub(super) look_again: i64,
    /// Whether it has as many groups as it is due.
    pub(super) is_full: bool,
}

/// When the first wait ends of a host that is wanted. What waits on a host that is held waits at least as long as it.
pub(super) fn next_wake(
    sql: &mut Sql<'_>,
    idle: Idle<'_>,
    wanted: &dyn Fn(&HostKey) -> bool,
) -> Result<Option<i64>, Fault> {
    let rows = sql.rows(
        "SELECT h.key, h.held_until, h.best IS NOT NULL,
             (SELECT min(wake) FROM urls WHERE host = h.id AND wake IS NOT NULL), coalesce(g.worker = $1 AND NOT g.id = ANY($2), false), g.worker IS NULL
         FROM hosts h JOIN groups g ON g.id = h.grp WHERE n0 + n1 + n2 > 0",
        &[&idle.me.id, &idle.surplus],
    )?;
    let mut first: Option<i64> = None;
    for row in &rows {
        let (held, wake): (Option<i64>, Option<i64>) = (row.try_get(1)?, row.try_get(3)?);
        let (has_ready, is_mine, is_free): (bool, bool, bool) = (row.try_get(2)?, row.try_get(4)?, row.try_get(5)?);
        let is_others = !(is_mine || is_free) || (is_free && idle.is_full);
        let next = match held {
            Some(held) if has_ready => Some(held),
            Some(held) => wake.map(|wake| wake.max(held)),
            None if is_others => Some(idle.look_again),
            None => wake,
        };
        if let Some(next) = next
            && first.is_none_or(|first| next < first)
            && wanted(&HostKey::from_stored(row.try_get(0)?))
        {
            first = Some(next);
        }
    }
    Ok(first)
}

/// Moves every wait by as much as the clock jumped back, so that none grows by it. What is due already is due now.
pub(super) fn shift_waits(sql: &mut Sql<'_>, back: i64, now: i64) -> Result<(), Fault> {
    let args: super::link::Params<'_> = &[&back, &now];
    sql.run("UPDATE urls SET wake = greatest(wake - $1, $2) WHERE wake IS NOT NULL", args)?;
    sql.run("UPDATE hosts SET held_until = greatest(held_until - $1, $2) WHERE held_until IS NOT NULL", args)?;
    sql.run("UPDATE hosts SET rests_until = greatest(rests_until - $1, $2) WHERE rests_until IS NOT NULL", args)?;
    sql.run("UPDATE groups SET leased_until = leased_until - $1, asked_at = least(asked_at, $2)", args)?;
    visits::shift(sql, back, now)
}
