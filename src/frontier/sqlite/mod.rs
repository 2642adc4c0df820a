//! The frontier in one SQLite file, for one machine and one run at a time.
//!
//! Durability: a write-ahead log, synced at every commit (`synchronous=FULL`), so that a settle that returned survives a loss of
//! power. Only leases and holds commit without sync: the log keeps its order, so whatever is settled later carries them along, and
//! a lease that is lost with the power is an address that is ready again. Readers may look at the file meanwhile.

mod history;
mod lease;
mod manners;
#[cfg(test)]
mod migration_tests;
mod near;
mod offer;
mod open;
mod recent;
mod rows;
mod settle;
#[cfg(test)]
mod tests;
mod view;
mod visits;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};
use url::Url;

use crate::pace::Penalty;
use crate::types::{Candidate, HostKey, Lease, SegmentMark};

use super::common::{Address, Changes, LookUp as _, State, Unreadable, count, micros, time, url_state};
use super::lock::StateLock;
use super::{
    Article, Counts, Frontier, FrontierError, HostManners, Offered, RobotsCopy, Run, Segment, Settled, Settlement,
    UrlState,
};
use lease::Ask;
use offer::{Mode, Offers};
use recent::Recent;
use rows::{Fault, by_id, find, host_id};
use settle::Ending;

pub use open::{OpenHow, Opened};
pub use view::{HostHealth, StateView};

/// Clocks are corrected by small steps all the time; only a larger jump back is one.
const CLOCK_TOLERANCE: i64 = 60 * 1_000_000;

/// The frontier in one SQLite file.
#[derive(Debug)]
pub struct SqliteFrontier {
    conn: Connection,
    path: PathBuf,
    run_id: String,
    max_open: i64,
    /// The latest time seen, microseconds.
    clock: i64,
    /// Whether commits are synced now.
    durable: bool,
    /// Addresses that were offered a moment ago.
    recent: Recent,
    // After the connection, as fields are dropped in order: the lock must be the last to go.
    _lock: StateLock,
}

impl SqliteFrontier {
    /// Runs `work` in one transaction and writes the sums of its changes at the end.
    fn change<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        let run = || -> Result<T, Fault> {
            end_reading(&self.conn)?;
            if !self.durable {
                self.conn.execute_batch("PRAGMA synchronous = FULL")?;
                self.durable = true;
            }
            transact(&mut self.conn, work)
        };
        run().map_err(|fault| explain(&self.path, doing, fault))
    }

    /// As `change`, but a loss of power may take it back, in the order of commits.
    fn change_lightly<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        let run = || -> Result<T, Fault> {
            end_reading(&self.conn)?;
            if self.durable {
                self.conn.execute_batch("PRAGMA synchronous = NORMAL")?;
                self.durable = false;
            }
            transact(&mut self.conn, work)
        };
        run().map_err(|fault| explain(&self.path, doing, fault))
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        work(&self.conn).map_err(|fault| explain(&self.path, doing, fault))
    }

    /// As `read`; what is read until the next change shares one look at the file, as taking its locks for each costs more than most
    /// readings do.
    fn look_up<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        self.read(doing, |conn| {
            if conn.is_autocommit() {
                conn.prepare_cached("BEGIN")?.execute([])?;
            }
            work(conn)
        })
    }

    /// Notes the time, and moves the waits where it jumped back.
    fn tick(&mut self, now: Timestamp) -> Result<i64, FrontierError> {
        let now = micros(now);
        if let Some(back) = jump_back(self.clock, now) {
            self.change("move its waits with the clock", |tx, _| {
                lease::shift_waits(tx, back, now)?;
                store_clock(tx, now)
            })?;
            self.clock = now;
        }
        self.clock = self.clock.max(now);
        Ok(now)
    }

    /// What was offered counts as known only where it was stored.
    fn keep_recent(&mut self, recent: Recent, stored: bool) {
        if stored {
            self.recent = recent;
        }
    }

    fn take_in(&mut self, candidates: &[Candidate], mode: Mode, now: Timestamp) -> Result<Offered, FrontierError> {
        let now = self.tick(now)?;
        let max_open = self.max_open;
        let mut recent = std::mem::take(&mut self.recent);
        let taken = self.change("take addresses in", |tx, changes| {
            store_clock(tx, now)?;
            Offers::new(tx, now, max_open, &mut recent)?.take(candidates, mode, changes)
        });
        self.keep_recent(recent, taken.is_ok());
        taken
    }
}

impl Frontier for SqliteFrontier {
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
        let at = self.tick(now)?;
        let ask = Ask { now, lease_for, max };
        let doing = "hand addresses out";
        // Two transactions, as what is ready is known only when the changes of waking are written.
        self.change_lightly(doing, |tx, changes| lease::wake(tx, at, changes))?;
        self.change_lightly(doing, |tx, changes| lease::lease(tx, &ask, room, changes))
    }

    fn is_current(&self, lease: &Lease) -> Result<bool, FrontierError> {
        self.look_up("look a lease up", |conn| {
            Ok(by_id(conn, lease.key)?.is_some_and(|row| row.state == State::Leased && row.fence == lease.fence))
        })
    }

    fn settle(
        &mut self,
        settlements: &[Settlement],
        output: &[SegmentMark],
        now: Timestamp,
    ) -> Result<Settled, FrontierError> {
        let now = self.tick(now)?;
        let max_open = self.max_open;
        let run_id = self.run_id.clone();
        let mut recent = std::mem::take(&mut self.recent);
        let settled = self.change("settle leases", |tx, changes| {
            store_clock(tx, now)?;
            for mark in output {
                history::store_mark(tx, mark, mark.is_object(), now)?;
            }
            let mut offers = Offers::new(tx, now, max_open, &mut recent)?;
            Ending { conn: tx, run_id: &run_id, now }.all(settlements, &mut offers, changes)
        });
        self.keep_recent(recent, settled.is_ok());
        settled
    }

    fn hold(&mut self, host: &HostKey, until: Timestamp, reason: &str, now: Timestamp) -> Result<(), FrontierError> {
        let now = self.tick(now)?;
        let until = micros(until);
        if until <= now {
            return Ok(());
        }
        self.change_lightly("hold a host", |tx, _| {
            let id = host_id(tx, host)?;
            tx.prepare_cached(
                "UPDATE hosts SET held_until = ?2, held_why = ?3 WHERE id = ?1 AND ifnull(held_until, ?2 - 1) < ?2",
            )?
            .execute(params![id, until, reason])?;
            Ok(())
        })
    }

    fn next_ready(
        &self,
        now: Timestamp,
        wanted: &dyn Fn(&HostKey) -> bool,
    ) -> Result<Option<Timestamp>, FrontierError> {
        self.read("look when it goes on", |conn| {
            let first = lease::next_wake(conn, wanted)?;
            first.map(|first| Ok(time("urls.wake", first)?.max(now))).transpose()
        })
    }

    fn counts(&self) -> Result<Counts, FrontierError> {
        self.read("count its addresses", counts)
    }

    fn known(&self, url: &Url) -> Result<Option<UrlState>, FrontierError> {
        self.look_up("look an address up", |conn| {
            let Some(address) = Address::of(url) else { return Ok(None) };
            Ok(find(conn, &address)?.map(|known| url_state(known.state, &known.reason)).transpose()?)
        })
    }

    fn article(&self, id: &str) -> Result<Option<Article>, FrontierError> {
        self.look_up("look an article up", |conn| history::article(conn, id))
    }

    fn owner(&self, url: &Url) -> Result<Option<Article>, FrontierError> {
        self.look_up("look an article up", |mut conn| conn.owner(url))
    }

    fn near(&self, simhash: Option<u64>, content_hash: &str) -> Result<Vec<Article>, FrontierError> {
        self.look_up("look for near articles", |mut conn| conn.near(simhash, content_hash))
    }

    fn revisit(
        &mut self,
        now: Timestamp,
        room: &dyn Fn(&HostKey) -> usize,
    ) -> Result<Vec<(HostKey, u64)>, FrontierError> {
        let now = self.tick(now)?;
        self.change_lightly("open visits", |tx, changes| visits::open_due(tx, now, room, changes))
    }

    fn aliases(&self, id: &str) -> Result<Vec<String>, FrontierError> {
        self.look_up("look aliases up", |conn| history::aliases(conn, id))
    }

    fn put_robots(&mut self, host: &HostKey, copy: &RobotsCopy) -> Result<(), FrontierError> {
        self.change_lightly("keep a robots.txt", |tx, _| history::put_robots(tx, host, copy))
    }

    fn put_sketch(&mut self, host: &HostKey, sketch: &str, now: Timestamp) -> Result<(), FrontierError> {
        let now = self.tick(now)?;
        self.change_lightly("keep what recurs on a host", |tx, _| history::put_sketch(tx, host, sketch, now))
    }

    fn sketch(&self, host: &HostKey) -> Result<Option<String>, FrontierError> {
        self.read("look up what recurs on a host", |conn| history::sketch(conn, host))
    }

    fn robots(&self, host: &HostKey) -> Result<Option<RobotsCopy>, FrontierError> {
        self.read("look a robots.txt up", |conn| history::robots(conn, host))
    }

    fn manners(&self, host: &HostKey) -> Result<HostManners, FrontierError> {
        self.read("look a host up", |conn| manners::manners(conn, host))
    }

    fn keep_penalty(&mut self, host: &HostKey, penalty: Option<&Penalty>) -> Result<(), FrontierError> {
        self.change_lightly("keep a host's rest", |tx, _| manners::keep_penalty(tx, host, penalty))
    }

    fn spend(&mut self, spent: &[(HostKey, i32, u64)]) -> Result<(), FrontierError> {
        self.change_lightly("count requests", |tx, _| manners::spend(tx, spent))
    }

    fn lift(&mut self, reasons: &[&str]) -> Result<(), FrontierError> {
        self.change_lightly("lift holds", |tx, _| manners::lift(tx, reasons))
    }

    fn begin_run(&mut self, run_id: &str, now: Timestamp) -> Result<(), FrontierError> {
        let now = self.tick(now)?;
        self.change("enter the run", |tx, changes| {
            visits::close(tx, now, changes)?;
            history::begin_run(tx, run_id, now)
        })
    }

    fn end_run(&mut self, run_id: &str, summary: &serde_json::Value, now: Timestamp) -> Result<(), FrontierError> {
        let now = self.tick(now)?;
        self.change("note the end of the run", |tx, changes| {
            store_clock(tx, now)?;
            visits::close(tx, now, changes)?;
            history::end_run(tx, run_id, summary, now)
        })
    }

    fn run(&self, run_id: &str) -> Result<Option<Run>, FrontierError> {
        self.read("read its history", |conn| history::run(conn, run_id))
    }

    fn runs(&self, max: usize) -> Result<Vec<Run>, FrontierError> {
        self.read("read its history", |conn| history::runs(conn, max))
    }

    fn segments(&self) -> Result<Vec<Segment>, FrontierError> {
        self.read("read its segments", history::segments)
    }

    fn finish_segment(&mut self, mark: &SegmentMark, now: Timestamp) -> Result<(), FrontierError> {
        let now = self.tick(now)?;
        self.change("note a finished segment", |tx, _| {
            if mark.records == 0 {
                history::forget_segment(tx, &mark.file)
            } else {
                history::store_mark(tx, mark, true, now)
            }
        })
    }
}

/// Ends what [`SqliteFrontier::look_up`] began.
fn end_reading(conn: &Connection) -> Result<(), Fault> {
    if !conn.is_autocommit() {
        conn.prepare_cached("COMMIT")?.execute([])?;
    }
    Ok(())
}

fn transact<T>(
    conn: &mut Connection,
    work: impl FnOnce(&Transaction<'_>, &mut Changes) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut changes = Changes::default();
    let value = work(&tx, &mut changes)?;
    rows::write(&changes, &tx)?;
    tx.commit()?;
    Ok(value)
}

/// By how much the clock went back, where that is more than a correction.
fn jump_back(seen: i64, now: i64) -> Option<i64> {
    Some(seen.saturating_sub(now)).filter(|back| *back > CLOCK_TOLERANCE)
}

fn store_clock(conn: &Connection, now: i64) -> Result<(), Fault> {
    conn.prepare_cached("INSERT INTO clock (one, seen) VALUES (1, ?1) ON CONFLICT DO UPDATE SET seen = excluded.seen")?
        .execute([now])?;
    Ok(())
}

fn counts(conn: &Connection) -> Result<Counts, Fault> {
    let mut counts = Counts::default();
    let mut statement = conn.prepare_cached("SELECT state, reason, n FROM counts WHERE n <> 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let reason: String = row.get(1)?;
        count(&mut counts, State::of(row.get(0)?)?, &reason, row.get(2)?)?;
    }
    Ok(counts)
}

fn explain(path: &Path, doing: &'static str, fault: Fault) -> FrontierError {
    match fault {
        Fault::Sql(error) => failed(path, doing, error),
        Fault::Stored(Unreadable { what, value }) => FrontierError::Stored { path: path.to_owned(), what, value },
    }
}

/// What a failure of SQLite means to whoever runs the crawl.
pub(super) fn failed(path: &Path, doing: &'static str, error: rusqlite::Error) -> FrontierError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => FrontierError::NotAState { path, why: "it is no SQLite database" },
        Some(ErrorCode::DatabaseCorrupt) => FrontierError::Corrupt { path, detail: error.to_string() },
        Some(ErrorCode::DiskFull) => FrontierError::DiskFull { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            FrontierError::Access { path, doing, source: std::io::Error::other(error) }
        }
        _ => FrontierError::Database { path, doing, source: Box::new(error) },
    }
}
