//! A worker joins, lives, gives back what others are due.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::link::{Fault, Link, TimeOf};
use super::offer::{Bounds, Ids};
use super::{PostgresFrontier, explain, groups, lease, schema};
use crate::frontier::common::time;
use crate::frontier::lock::machine;
use crate::frontier::{FrontierError, Holder};
use crate::types::HostKey;

/// A worker takes its leases for over so much earlier than the others: their clocks are read over the network.
const MARGIN: Duration = Duration::from_secs(1);
/// A lease is made longer when a fifth of it is over.
const RENEWALS: i64 = 5;
/// A rate is that of so long a time.
const RATE_OF: i64 = 10_000_000;
/// How long a session of the same name that has just ended may take to be noticed.
const NAME_PATIENCE: Duration = Duration::from_secs(5);

/// How a worker joins.
#[derive(Debug, Clone)]
pub struct OpenWorker {
    /// Its run, which names one run only.
    pub run_id: String,
    /// Its name among the workers. One that joins under the name of one that died has at once what that one had; two of one name cannot
    /// be.
    pub worker: String,
    /// The present, as the caller has it.
    pub now: Timestamp,
    /// Whose time holds.
    pub time_of: TimeOf,
    /// How many open addresses there may be.
    pub max_open: u64,
    /// How long hosts are leased to a worker that is not heard of.
    pub host_lease: Duration,
    /// What was settled so lately is not asked again as a source: another worker has just asked it.
    pub source_rest: Duration,
}

/// What was found on joining.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Joined {
    /// The state is new.
    pub created: bool,
    /// The worker of this name did not end cleanly.
    pub unclean: bool,
    /// Leases that it still held; they are ready again.
    pub released: u64,
}

impl PostgresFrontier {
    /// Joins the crawl that a database holds; makes the state where there is none.
    ///
    /// # Errors
    /// [`FrontierError::Locked`] while a worker of this name lives; others when the server cannot be reached, refuses us, or holds a
    /// state of a newer version.
    pub fn join(address: &str, how: &OpenWorker) -> Result<(Self, Joined), FrontierError> {
        let mut link = Link::new(address, how.time_of)
            .map_err(|fault| explain(&PathBuf::from("postgres://"), "read its address", fault))?;
        let name = PathBuf::from(link.name());
        let fail = |doing| {
            let name = name.clone();
            move |fault| explain(&name, doing, fault)
        };
        let before = schema::migrate(&mut link).map_err(fail("bring it to the format of this version"))?;
        if !lock_name(&mut link, &how.worker).map_err(fail("lock the worker's name"))? {
            let holder = holder_of(&mut link, &how.worker).map_err(fail("look who has the worker's name"))?;
            return Err(FrontierError::Locked { path: name, holder });
        }
        let (now, ahead) = link.now(how.now).map_err(fail("read its clock"))?;
        let machine = machine();
        let entered = link.read(|sql| groups::enter(sql, &how.worker, &machine, now)).map_err(fail("join"))?;
        link.enter(entered.me, entered.tx);
        let span = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let margin = if how.time_of == TimeOf::Server { MARGIN } else { Duration::ZERO };
        let max_open = i64::try_from(how.max_open).unwrap_or(i64::MAX);
        let bounds = Bounds { now, ahead, max_open, rest: span(how.source_rest) };
        let mut frontier = Self {
            link: RefCell::new(link),
            name,
            run_id: how.run_id.clone(),
            bounds,
            ids: Ids::default(),
            host_lease: span(how.host_lease),
            margin: span(margin),
            until: now,
            groups: BTreeSet::new(),
            share: usize::MAX,
            surplus: Vec::new(),
            beat: None,
            done: (0, 0),
            clock: now,
            stored_clock: now,
        };
        let released = frontier.take_over(entered.unended, now)?;
        let joined = Joined { created: before == 0, unclean: entered.unended, released };
        Ok((frontier, joined))
    }

    /// Moves waits where the clock jumped back, and frees what this worker's predecessor had.
    fn take_over(&mut self, crashed: bool, now: i64) -> Result<u64, FrontierError> {
        let me = self.link.get_mut().me;
        self.change("take over what the last worker of this name held", |sql, changes| {
            let seen = sql.maybe("SELECT seen FROM clock FOR UPDATE", &[])?;
            let seen: Option<i64> = seen.map(|row| row.try_get(0)).transpose()?;
            let back = seen.map_or(0, |seen| seen.saturating_sub(now));
            if back > super::CLOCK_TOLERANCE {
                lease::shift_waits(sql, back, now)?;
            }
            if back > super::CLOCK_TOLERANCE || seen.is_none_or(|seen| seen < now) {
                super::store_clock(sql, now)?;
            }
            let had = groups::renew(sql, me, now)?;
            let released = groups::release(sql, &had, crashed, now, changes)?;
            groups::free(sql, &had, now)?;
            Ok(released)
        })
    }

    /// Says that the worker lives, makes its leases longer, and finds out what it is due; says when to do so again.
    pub(super) fn keep_alive(&mut self, now: Timestamp) -> Result<Option<Duration>, FrontierError> {
        let (now, _) = self.tick(now)?;
        let every = (self.host_lease / RENEWALS).min(5_000_000);
        if let Some(left) =
            self.beat.map(|beat| beat.saturating_add(every).saturating_sub(now)).filter(|left| *left > 0)
        {
            return Ok(Some(Duration::from_micros(left.unsigned_abs())));
        }
        let (me, until, lease) = (self.link.get_mut().me, now.saturating_add(self.host_lease), self.host_lease);
        let done = self.done;
        let (groups, share) = self.change("say that the worker lives", |sql, _| {
            groups::beat(sql, me, done, now, RATE_OF)?;
            groups::forget(sql, now, lease)?;
            Ok((groups::renew(sql, me, until)?, groups::fair_share(sql, now, lease)?))
        })?;
        self.groups = groups.into_iter().collect();
        (self.until, self.share, self.beat) = (until, share, Some(now));
        let surplus = self.groups.len().saturating_sub(share);
        // The same ones each time, so that they come to rest.
        self.surplus = self.groups.iter().rev().take(surplus).copied().collect();
        Ok(Some(Duration::from_micros(every.unsigned_abs())))
    }

    /// Gives back what is at rest; see [`groups::cede`].
    pub(super) fn give_back(
        &mut self,
        at_hand: &dyn Fn(&HostKey) -> bool,
        now: Timestamp,
    ) -> Result<Vec<HostKey>, FrontierError> {
        let (now, _) = self.tick(now)?;
        if self.groups.is_empty() {
            return Ok(Vec::new());
        }
        let (me, surplus) = (self.link.get_mut().me, self.surplus.clone());
        let ceded = self.change_lightly("give hosts back", |sql, _| groups::cede(sql, me, &surplus, at_hand, now))?;
        for (group, _) in &ceded {
            self.groups.remove(group);
        }
        Ok(ceded.into_iter().map(|(_, host)| host).collect())
    }
}

/// Takes the name for this session; whether nobody else has it.
fn lock_name(link: &mut Link, name: &str) -> Result<bool, Fault> {
    let began = Instant::now();
    loop {
        let locked = link.read(|sql| {
            Ok(sql
                .one("SELECT pg_try_advisory_lock(hashtextextended('auslese worker ' || $1, 0))", &[&name])?
                .try_get(0)?)
        })?;
        if locked || began.elapsed() > NAME_PATIENCE {
            return Ok(locked);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn holder_of(link: &mut Link, name: &str) -> Result<Option<Holder>, Fault> {
    link.read(|sql| {
        let row = sql.maybe("SELECT pid, machine, coalesce(run, '?'), began FROM workers WHERE name = $1", &[&name])?;
        row.map(|row| {
            Ok(Holder {
                pid: u32::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default(),
                host: row.try_get(1)?,
                run_id: row.try_get(2)?,
                since: time("workers.began", row.try_get(3)?)?,
            })
        })
        .transpose()
    })
}
