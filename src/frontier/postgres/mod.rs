//! The frontier in PostgreSQL, for many workers who share one crawl.
//!
//! A *group* of hosts (those that share a pace: a host, or the hosts of one machine) is leased to one worker, which alone asks them;
//! within it everything is as in the SQLite state. Addresses of other hosts that it finds go in all the same. A transaction brings the
//! rows that it works on into memory, decides there, and writes all at once, so that a batch costs a few round trips. None is open while
//! something is fetched.
//!
//! Parts: `link` (connection, transactions, time) with `tls`, `schema`, `rows` and `offer` (a transaction's work), `settle`, `lease`, `groups` (who
//! has what), `visits`, `near`, `kept`, `view`.

mod groups;
mod kept;
mod lease;
mod link;
mod near;
mod offer;
mod rows;
mod schema;
mod settle;
#[cfg(test)]
mod tests;
mod tls;
mod view;
mod visits;
mod worker;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::common::{Changes, LookUp as _, Unreadable, micros, time, url_state};
use super::{
    Article, Counts, Frontier, FrontierError, HostManners, Offered, Outcome, RobotsCopy, Run, Segment, Settled,
    Settlement, UrlState,
};
use crate::pace::Penalty;
use crate::types::{Candidate, HostKey, Lease, SegmentMark};
use lease::{Ask, Idle};
use link::{Fault, Link, Sql};
use offer::{Bounds, Ids, Mode, Work};
use rows::Rows;
use settle::How;

pub use link::TimeOf;
pub(super) use view::{known, look};
pub use worker::{Joined, OpenWorker};

/// Clocks are corrected by small steps all the time; only a larger jump back is one.
const CLOCK_TOLERANCE: i64 = 60 * 1_000_000;
/// The time last seen is stored this often.
const CLOCK_STORED: i64 = 10 * 1_000_000;
/// A worker with nothing to do looks this often for what others leave.
const LOOK_EVERY: i64 = 500_000;

/// The frontier in PostgreSQL, as one worker has it.
pub struct PostgresFrontier {
    link: RefCell<Link>,
    name: PathBuf,
    run_id: String,
    bounds: Bounds,
    ids: Ids,
    /// How long a group is leased, and by how much earlier this worker takes the lease for over.
    host_lease: i64,
    margin: i64,
    /// Until when it has its groups.
    until: i64,
    groups: BTreeSet<i64>,
    /// Groups that it may have, and those that it is to give back.
    share: usize,
    surplus: Vec<i64>,
    /// When it last said that it lives.
    beat: Option<i64>,
    /// Pages settled, and records among them.
    done: (u64, u64),
    /// The latest time seen, and stored.
    clock: i64,
    stored_clock: i64,
}

impl PostgresFrontier {
    /// Runs `work` in one transaction and writes the sums of its changes at the end.
    fn change<T>(
        &mut self,
        doing: &'static str,
        mut work: impl FnMut(&mut Sql<'_>, &mut Changes) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        let shard = self.shard();
        let done = self.link.get_mut().change(|sql| {
            let mut changes = Changes::default();
            let value = work(sql, &mut changes)?;
            rows::write(&changes, sql, shard)?;
            Ok(value)
        });
        done.map_err(|fault| self.explain(doing, fault))
    }

    /// As `change`, but a crash of the server may take it back.
    fn change_lightly<T>(
        &mut self,
        doing: &'static str,
        mut work: impl FnMut(&mut Sql<'_>, &mut Changes) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        self.change(doing, |sql, changes| {
            sql.lightly()?;
            work(sql, changes)
        })
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnMut(&mut Sql<'_>) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        let done = self.link.borrow_mut().read(work);
        done.map_err(|fault| self.explain(doing, fault))
    }

    fn shard(&self) -> i32 {
        i32::try_from(self.link.borrow().me.id % 256).unwrap_or(0)
    }

    fn explain(&self, doing: &'static str, fault: Fault) -> FrontierError {
        explain(&self.name, doing, fault)
    }

    /// The present, and how far it is ahead of the caller's.
    fn now(&self, callers: Timestamp) -> Result<(i64, i64), FrontierError> {
        let now = self.link.borrow_mut().now(callers);
        now.map_err(|fault| self.explain("read its clock", fault))
    }

    /// Notes the time, and moves the waits where it jumped back.
    fn tick(&mut self, callers: Timestamp) -> Result<(i64, i64), FrontierError> {
        let (now, ahead) = self.now(callers)?;
        if self.clock.saturating_sub(now) > CLOCK_TOLERANCE {
            self.change("move its waits with the clock", |sql, _| {
                // Another worker may have seen it first.
                let seen = sql.maybe("SELECT seen FROM clock FOR UPDATE", &[])?;
                let seen: i64 = seen.map_or(Ok(now), |row| row.try_get(0))?;
                let back = seen.saturating_sub(now);
                if back > CLOCK_TOLERANCE {
                    lease::shift_waits(sql, back, now)?;
                    store_clock(sql, now)?;
                }
                Ok(())
            })?;
            self.until = self.until.saturating_sub(self.clock.saturating_sub(now));
            (self.clock, self.stored_clock) = (now, now);
            self.beat = None;
        } else if now.saturating_sub(self.stored_clock) > CLOCK_STORED {
            self.change_lightly("note the time", |sql, _| {
                sql.run("UPDATE clock SET seen = greatest(seen, $1)", &[&now]).map(drop)
            })?;
            self.stored_clock = now;
        }
        self.clock = self.clock.max(now);
        (self.bounds.now, self.bounds.ahead) = (now, ahead);
        Ok((now, ahead))
    }

    fn take_in(&mut self, candidates: &[Candidate], mode: Mode, now: Timestamp) -> Result<Offered, FrontierError> {
        self.tick(now)?;
        let (bounds, shard, ids) = (self.bounds, self.shard(), self.ids.clone());
        let mut ids_left = ids.clone();
        let offered = self.link.get_mut().change(|sql| {
            let mut work = Work::new(sql, bounds, ids.clone())?;
            work.expect(candidates.iter(), mode == Mode::Reopen)?;
            let mut offered = work.take(candidates, mode)?;
            let (known, left) = work.write(shard)?;
            offered.new -= known.min(offered.new);
            offered.known += known;
            ids_left = left;
            Ok(offered)
        });
        self.ids = ids_left;
        offered.map_err(|fault| self.explain("take addresses in", fault))
    }
}

impl Frontier for PostgresFrontier {
    fn offer(&mut self, candidates: &[Candidate], now: Timestamp) -> Result<Offered, FrontierError> {
        self.take_in(candidates, Mode::Offer, now)
    }

    fn reopen(&mut self, candidates: &[Candidate], now: Timestamp) -> Result<Offered, FrontierError> {
        self.take_in(candidates, Mode::Reopen, now)
    }

    fn lease(
        &mut self,
        now: Timestamp,
        lease_for: Duration,
        max: usize,
        room: &dyn Fn(&HostKey) -> usize,
    ) -> Result<Vec<Lease>, FrontierError> {
        self.tend(now)?;
        let (now, ahead) = self.tick(now)?;
        let me = self.link.get_mut().me;
        let surplus = self.surplus.clone();
        let ask = Ask {
            me,
            now,
            ahead,
            lease_for,
            max,
            more: self.share.saturating_sub(self.groups.len()),
            surplus: &surplus,
            until: (self.until, now.saturating_add(self.host_lease)),
            margin: self.margin,
        };
        let shard = self.shard();
        let mut rooms: HashMap<HostKey, usize> = HashMap::new();
        let done = self.link.get_mut().change(|sql| {
            let mut changes = Changes::default();
            lease::wake(sql, me, now, &mut changes)?;
            // What is ready is known only when the changes of waking are written.
            rows::write(&changes, sql, shard)?;
            let mut changes = Changes::default();
            let mut room = |host: &HostKey| *rooms.entry(host.clone()).or_insert_with_key(room);
            let (leases, taken) = lease::lease(sql, &ask, &mut room, &mut changes)?;
            rows::write(&changes, sql, shard)?;
            if taken.is_empty() {
                sql.lightly()?;
            }
            Ok((leases, taken))
        });
        let (leases, taken) = done.map_err(|fault| self.explain("hand addresses out", fault))?;
        self.groups.extend(taken);
        Ok(leases)
    }

    fn is_current(&self, lease: &Lease) -> Result<bool, FrontierError> {
        self.read("look a lease up", |sql| {
            let row =
                sql.maybe("SELECT state = 2 AND fence = $2 FROM urls WHERE id = $1", &[&lease.key, &lease.fence])?;
            Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
        })
    }

    fn settle(
        &mut self,
        settlements: &[Settlement],
        output: &[SegmentMark],
        now: Timestamp,
    ) -> Result<Settled, FrontierError> {
        let (now, ahead) = self.tick(now)?;
        let moved = moved_by(settlements, ahead);
        let settlements = moved.as_deref().unwrap_or(settlements);
        let (run_id, bounds, shard) = (self.run_id.clone(), self.bounds, self.shard());
        let how = How { run_id: &run_id, bounds, shard, is_whole: !output.is_empty() };
        let ids = self.ids.clone();
        let done = self.link.get_mut().change(|sql| {
            for mark in output {
                kept::store_mark(sql, mark, mark.is_object(), now)?;
            }
            settle::settle(sql, settlements, how, ids.clone())
        });
        let (settled, ids) = match done {
            Err(Fault::Withdrawn(settled)) => return Ok(*settled),
            done => done.map_err(|fault| self.explain("settle leases", fault))?,
        };
        self.ids = ids;
        self.done.0 += settled.settled;
        let written = |settlement: &Settlement| matches!(&settlement.outcome, Outcome::Written(a) if !a.is_empty());
        self.done.1 += settlements.iter().filter(|settlement| written(settlement)).count() as u64;
        Ok(settled)
    }

    fn hold(&mut self, host: &HostKey, until: Timestamp, reason: &str, now: Timestamp) -> Result<(), FrontierError> {
        let (now, ahead) = self.tick(now)?;
        let until = micros(until).saturating_add(ahead);
        if until <= now {
            return Ok(());
        }
        self.change_lightly("hold a host", |sql, _| {
            let id = kept::host_id(sql, host)?;
            sql.run(
                "UPDATE hosts SET held_until = $2, held_why = $3 WHERE id = $1 AND coalesce(held_until, $2::int8 - 1) < $2",
                &[&id, &until, &reason],
            )?;
            Ok(())
        })
    }

    fn next_ready(
        &self,
        now: Timestamp,
        wanted: &dyn Fn(&HostKey) -> bool,
    ) -> Result<Option<Timestamp>, FrontierError> {
        let (present, ahead) = self.now(now)?;
        let me = self.link.borrow().me;
        let is_full = self.groups.len() >= self.share;
        let idle = Idle { me, surplus: &self.surplus, look_again: present.saturating_add(LOOK_EVERY), is_full };
        self.read("look when it goes on", |sql| {
            let first = lease::next_wake(sql, idle, wanted)?;
            first.map(|first| Ok(time("urls.wake", first.saturating_sub(ahead))?.max(now))).transpose()
        })
    }

    fn counts(&self) -> Result<Counts, FrontierError> {
        self.read("count its addresses", view::counts)
    }

    fn known(&self, url: &Url) -> Result<Option<UrlState>, FrontierError> {
        self.read("look an address up", |sql| {
            let known = Rows::default().find(sql, url)?.cloned();
            Ok(known.map(|known| url_state(known.state, &known.reason)).transpose()?)
        })
    }

    fn article(&self, id: &str) -> Result<Option<Article>, FrontierError> {
        self.read("look an article up", |sql| kept::article(sql, id))
    }

    fn owner(&self, url: &Url) -> Result<Option<Article>, FrontierError> {
        self.read("look an article up", |sql| sql.owner(url))
    }

    fn near(&self, simhash: Option<u64>, content_hash: &str) -> Result<Vec<Article>, FrontierError> {
        self.read("look for near articles", |sql| sql.near(simhash, content_hash))
    }

    fn revisit(
        &mut self,
        now: Timestamp,
        room: &dyn Fn(&HostKey) -> usize,
    ) -> Result<Vec<(HostKey, u64)>, FrontierError> {
        let (now, _) = self.tick(now)?;
        let (me, until) = (self.link.get_mut().me, now.saturating_add(self.host_lease));
        let mut rooms: HashMap<HostKey, usize> = HashMap::new();
        let may_claim = self.groups.len() < self.share;
        let (opened, taken) = self.change("open visits", |sql, changes| {
            let hosts = sql.rows(
                "SELECT h.id, h.key, g.id, g.worker IS NOT NULL FROM hosts h JOIN groups g ON g.id = h.grp
                 WHERE (g.worker = $1 OR (g.worker IS NULL AND $2))
                     AND EXISTS (SELECT FROM visits v WHERE v.host = h.id AND v.next IS NOT NULL) ORDER BY h.id",
                &[&me.id, &may_claim],
            )?;
            let (mut opened, mut taken) = (Vec::new(), BTreeSet::new());
            for row in hosts {
                let key = HostKey::from_stored(row.try_get(1)?);
                let (host, group, is_mine): (i64, i64, bool) = (row.try_get(0)?, row.try_get(2)?, row.try_get(3)?);
                let room = *rooms.entry(key.clone()).or_insert_with_key(room);
                if room == 0 {
                    continue;
                }
                let room = i64::try_from(room).unwrap_or(i64::MAX);
                let count = visits::open_host(sql, host, now, room, changes)?;
                if count > 0 {
                    if !is_mine && !taken.contains(&group) {
                        taken.extend(groups::claim(sql, me, &[group], until)?);
                    }
                    opened.push((key, count.unsigned_abs()));
                }
            }
            Ok((opened, taken))
        })?;
        self.groups.extend(taken);
        Ok(opened)
    }

    fn aliases(&self, id: &str) -> Result<Vec<String>, FrontierError> {
        self.read("look aliases up", |sql| kept::aliases(sql, id))
    }

    fn put_robots(&mut self, host: &HostKey, copy: &RobotsCopy) -> Result<(), FrontierError> {
        self.change_lightly("keep a robots.txt", |sql, _| kept::put_robots(sql, host, copy))
    }

    fn put_sketch(&mut self, host: &HostKey, sketch: &str, now: Timestamp) -> Result<(), FrontierError> {
        let (now, _) = self.tick(now)?;
        self.change_lightly("keep what recurs on a host", |sql, _| kept::put_sketch(sql, host, sketch, now))
    }

    fn sketch(&self, host: &HostKey) -> Result<Option<String>, FrontierError> {
        self.read("look up what recurs on a host", |sql| kept::sketch(sql, host))
    }

    fn robots(&self, host: &HostKey) -> Result<Option<RobotsCopy>, FrontierError> {
        self.read("look a robots.txt up", |sql| kept::robots(sql, host))
    }

    fn manners(&self, host: &HostKey) -> Result<HostManners, FrontierError> {
        // The caller's time is not given; how far it is off was seen at the last call.
        let ahead = self.bounds.ahead;
        self.read("look a host up", |sql| kept::manners(sql, host, ahead))
    }

    fn keep_penalty(&mut self, host: &HostKey, penalty: Option<&Penalty>) -> Result<(), FrontierError> {
        let (ahead, me) = (self.bounds.ahead, self.link.get_mut().me);
        self.change_lightly("keep a host's rest", |sql, _| kept::keep_penalty(sql, me, host, penalty, ahead))
    }

    fn spend(&mut self, spent: &[(HostKey, i32, u64)]) -> Result<(), FrontierError> {
        self.change_lightly("count requests", |sql, _| kept::spend(sql, spent))
    }

    fn lift(&mut self, reasons: &[&str]) -> Result<(), FrontierError> {
        self.change_lightly("lift holds", |sql, _| {
            sql.run(
                "UPDATE hosts SET held_until = NULL, held_why = NULL WHERE id IN (
                     SELECT id FROM hosts WHERE held_until IS NOT NULL AND held_why = ANY($1) ORDER BY id FOR UPDATE)",
                &[&reasons],
            )?;
            Ok(())
        })
    }

    fn begin_run(&mut self, run_id: &str, now: Timestamp) -> Result<(), FrontierError> {
        let (now, _) = self.tick(now)?;
        let me = self.link.get_mut().me;
        self.change("enter the run", |sql, changes| {
            visits::close(sql, me, now, changes)?;
            sql.run("UPDATE workers SET run = $2 WHERE id = $1", &[&me.id, &run_id])?;
            kept::begin_run(sql, run_id, now)
        })
    }

    fn end_run(&mut self, run_id: &str, summary: &serde_json::Value, now: Timestamp) -> Result<(), FrontierError> {
        let (now, _) = self.tick(now)?;
        let (me, done) = (self.link.get_mut().me, self.done);
        self.change("note the end of the run", |sql, changes| {
            visits::close(sql, me, now, changes)?;
            kept::end_run(sql, run_id, summary, now)?;
            let groups = groups::renew(sql, me, now)?;
            groups::release(sql, &groups, false, now, changes)?;
            groups::free(sql, &groups, now)?;
            groups::beat(sql, me, done, now, i64::MAX)?;
            sql.run("UPDATE workers SET ended = true WHERE id = $1", &[&me.id]).map(drop)
        })?;
        self.groups.clear();
        Ok(())
    }

    fn run(&self, run_id: &str) -> Result<Option<Run>, FrontierError> {
        self.read("read its history", |sql| kept::run(sql, run_id))
    }

    fn runs(&self, max: usize) -> Result<Vec<Run>, FrontierError> {
        self.read("read its history", |sql| kept::runs(sql, max))
    }

    fn segments(&self) -> Result<Vec<Segment>, FrontierError> {
        self.read("read its segments", kept::segments)
    }

    fn finish_segment(&mut self, mark: &SegmentMark, now: Timestamp) -> Result<(), FrontierError> {
        let (now, _) = self.tick(now)?;
        self.change("note a finished segment", |sql, _| {
            if mark.records == 0 {
                sql.run("DELETE FROM segments WHERE file = $1", &[&mark.file]).map(drop)
            } else {
                kept::store_mark(sql, mark, true, now)
            }
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn tend(&mut self, now: Timestamp) -> Result<Option<Duration>, FrontierError> {
        self.keep_alive(now)
    }

    fn cede(&mut self, at_hand: &dyn Fn(&HostKey) -> bool, now: Timestamp) -> Result<Vec<HostKey>, FrontierError> {
        self.give_back(at_hand, now)
    }

    fn share(&mut self, host: &HostKey, machine: &str, now: Timestamp) -> Result<bool, FrontierError> {
        let (now, _) = self.tick(now)?;
        let (me, until) = (self.link.get_mut().me, now.saturating_add(self.host_lease));
        let is_mine = self.change("put a host to its machine", |sql, changes| {
            let id = kept::host_id(sql, host)?;
            groups::share(sql, me, id, machine, until, now, changes)
        })?;
        Ok(is_mine)
    }
}

fn store_clock(sql: &mut Sql<'_>, now: i64) -> Result<(), Fault> {
    sql.run("INSERT INTO clock VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET seen = excluded.seen", &[&now])?;
    Ok(())
}

/// The settlements in the server's time; none where they are as they are.
fn moved_by(settlements: &[Settlement], ahead: i64) -> Option<Vec<Settlement>> {
    let waits = |settlement: &Settlement| matches!(settlement.outcome, Outcome::Retry { .. });
    if ahead == 0 || !settlements.iter().any(waits) {
        return None;
    }
    let by = jiff::SignedDuration::from_micros(ahead);
    let mut moved = settlements.to_vec();
    for settlement in &mut moved {
        if let Outcome::Retry { not_before, .. } = &mut settlement.outcome {
            *not_before = not_before.saturating_add(by).unwrap_or(*not_before);
        }
    }
    Some(moved)
}

fn explain(name: &std::path::Path, doing: &'static str, fault: Fault) -> FrontierError {
    let path = name.to_owned();
    match fault {
        Fault::Address(why) => FrontierError::Address { path, why },
        Fault::Sql(error) => FrontierError::Database { path, doing, source: Box::new(error) },
        Fault::Gone(error) => FrontierError::Unreachable { path, doing, said: link::words(&error) },
        Fault::Stored(Unreadable { what, value }) => FrontierError::Stored { path, what, value },
        Fault::Newer(found) => FrontierError::Newer { path, found, known: schema::newest() },
        // Never comes this far.
        Fault::Withdrawn(_) | Fault::Displaced => FrontierError::Displaced { path },
    }
}
