//! Candidates in.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::frontier::Offered;
use crate::frontier::common::{Address, Changes, State, hops_text, micros};
use crate::types::{Candidate, HostKey, SkipReason, Via};

use super::recent::Recent;
use super::rows::{Fault, Known, find_at, host_id, known_host};
use super::visits;

/// Whether a known address that was settled becomes ready again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Offer,
    Reopen,
}

/// One transaction's offers.
pub(super) struct Offers<'c> {
    conn: &'c Connection,
    now: i64,
    /// Open addresses before the transaction, and how many there may be.
    open: i64,
    max_open: i64,
    hosts: HashMap<HostKey, i64>,
    recent: &'c mut Recent,
}

impl<'c> Offers<'c> {
    pub(super) fn new(conn: &'c Connection, now: i64, max_open: i64, recent: &'c mut Recent) -> Result<Self, Fault> {
        let open = conn
            .prepare_cached("SELECT ifnull(sum(n), 0) FROM counts WHERE state <= 2")?
            .query_row([], |row| row.get(0))?;
        Ok(Self { conn, now, open, max_open, hosts: HashMap::new(), recent })
    }

    /// Takes them in, up to the bound.
    pub(super) fn take(
        &mut self,
        candidates: &[Candidate],
        mode: Mode,
        changes: &mut Changes,
    ) -> Result<Offered, Fault> {
        let mut offered = Offered::default();
        for candidate in candidates {
            // What a page names as its canonical address stands for a page that has just ended.
            let stands_in = candidate.via == Via::Canonical;
            let full = !stands_in && self.open.saturating_add(changes.open()) >= self.max_open;
            offered += self.one(candidate, mode, full, changes)?;
        }
        Ok(offered)
    }

    /// Takes the target of a redirect in, whatever the bound: it stands for an address that was open.
    pub(super) fn take_target(&mut self, to: &Candidate, changes: &mut Changes) -> Result<Offered, Fault> {
        self.one(to, Mode::Offer, false, changes)
    }

    fn one(&mut self, candidate: &Candidate, mode: Mode, full: bool, changes: &mut Changes) -> Result<Offered, Fault> {
        if mode == Mode::Offer && self.recent.holds(candidate) {
            return Ok(Offered { known: 1, ..Offered::default() });
        }
        let Some(address) = Address::of(&candidate.url) else {
            return Ok(Offered { refused: 1, ..Offered::default() });
        };
        let host = self.host(&address.host)?;
        let known = host.map(|host| find_at(self.conn, host, &address)).transpose()?.flatten();
        match known {
            Some(known) => {
                self.refresh(candidate, &known, changes)?;
                self.recent.add(candidate);
                let unchanged = mode == Mode::Reopen && self.is_unchanged(candidate, &known)?;
                let has_moved = known.state == State::Alias && known.article.is_none();
                let settled =
                    !unchanged && (has_moved || matches!(known.state, State::Done | State::Skipped | State::Dead));
                if mode == Mode::Reopen && settled {
                    if full {
                        return Ok(Offered { full: 1, ..Offered::default() });
                    }
                    self.open_again(&known, changes)?;
                    return Ok(Offered { reopened: 1, ..Offered::default() });
                }
                Ok(Offered { known: 1, ..Offered::default() })
            }
            None if full => Ok(Offered { full: 1, ..Offered::default() }),
            None => {
                self.insert(candidate, &address, changes)?;
                self.recent.add(candidate);
                Ok(Offered { new: 1, ..Offered::default() })
            }
        }
    }

    /// The host's row, looked up once a transaction.
    fn host(&mut self, key: &HostKey) -> Result<Option<i64>, Fault> {
        if let Some(id) = self.hosts.get(key) {
            return Ok(Some(*id));
        }
        let id = known_host(self.conn, key)?;
        if let Some(id) = id {
            self.hosts.insert(key.clone(), id);
        }
        Ok(id)
    }

    fn insert(&mut self, candidate: &Candidate, address: &Address<'_>, changes: &mut Changes) -> Result<(), Fault> {
        let host = match self.host(&address.host)? {
            Some(id) => id,
            None => {
                let id = host_id(self.conn, &address.host)?;
                self.hosts.insert(address.host.clone(), id);
                id
            }
        };
        self.conn
            .prepare_cached(
                "INSERT INTO urls (hash, host, rest, state, priority, via, depth, lastmod, referrer, hops, changed_at)
                 VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                address.hash,
                host,
                address.rest,
                candidate.priority,
                candidate.via.as_str(),
                candidate.depth,
                candidate.lastmod.map(micros),
                candidate.referrer.as_ref().map(url::Url::as_str),
                hops_text(&candidate.hops),
                self.now,
            ])?;
        changes.entered(host);
        Ok(())
    }

    /// What a second offer may change: a higher priority, a later date, the hops of a first redirect to an open address.
    fn refresh(&self, candidate: &Candidate, known: &Known, changes: &mut Changes) -> Result<(), Fault> {
        let lastmod = candidate.lastmod.map(micros);
        let higher = i64::from(candidate.priority) > known.priority && known.state.is_open();
        let later = lastmod > known.lastmod;
        let hops = (!known.has_hops && known.state.is_open()).then(|| hops_text(&candidate.hops)).flatten();
        if !higher && !later && hops.is_none() {
            return Ok(());
        }
        let priority = if higher { i64::from(candidate.priority) } else { known.priority };
        self.conn
            .prepare_cached("UPDATE urls SET priority = ?2, lastmod = ?3, hops = ifnull(hops, ?4) WHERE id = ?1")?
            .execute(params![known.id, priority, lastmod.max(known.lastmod), hops])?;
        if higher {
            changes.touched(known.host);
        }
        if later && let Some(lastmod) = lastmod {
            visits::hint(self.conn, known.id, lastmod, self.now)?;
        }
        Ok(())
    }

    /// Whether a source that was read needs no reading again, by the date that is given for it.
    fn is_unchanged(&self, candidate: &Candidate, known: &Known) -> Result<bool, Fault> {
        let was_read = known.state == State::Skipped && known.reason == SkipReason::Source.as_str();
        match candidate.lastmod.filter(|_| was_read) {
            Some(lastmod) => visits::is_known(self.conn, known.id, micros(lastmod)),
            None => Ok(false),
        }
    }

    pub(super) fn open_again(&self, known: &Known, changes: &mut Changes) -> Result<(), Fault> {
        self.conn
            .prepare_cached(
                "UPDATE urls SET state = 0, attempts = 0, wake = NULL, reason = NULL, detail = NULL, changed_at = ?2 WHERE id = ?1",
            )?
            .execute(params![known.id, self.now])?;
        changes.moved(known.host, (known.state, &known.reason), (State::Ready, ""));
        Ok(())
    }
}
