//! Opening a state: the lock, the format, the check after a run that was killed, and what that run still held.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::frontier::common::micros;
use crate::frontier::lock::{StateLock, machine};
use crate::frontier::schema::{MIGRATIONS, migrate};
use crate::frontier::{FrontierError, Holder};

use super::lease::{release_all, shift_waits};
use super::recent::Recent;
use super::{SqliteFrontier, failed};

/// Pages kept in memory, in KiB: the bound on the memory of the state, whatever its size.
const CACHE_KIB: i64 = 32 * 1024;

/// How to open a state.
#[derive(Debug, Clone)]
pub struct OpenHow {
    /// The run that opens it, named to whoever finds it locked. It names one run only.
    pub run_id: String,
    /// The present.
    pub now: Timestamp,
    /// How many open addresses (ready, waiting or leased) it may hold.
    pub max_open: u64,
}

/// What was found on opening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// The state is new.
    pub created: bool,
    /// The format it had, where that was older.
    pub migrated_from: Option<i64>,
    /// The run before did not end cleanly; the file was checked and is whole.
    pub unclean: bool,
    /// Leases that the run before still held; they are ready again.
    pub released: u64,
    /// By how much the clock is behind the last time the state saw; waits were moved by that.
    pub clock_back: Option<Duration>,
}

impl SqliteFrontier {
    /// Opens the state for one run, making it where there is none.
    ///
    /// # Errors
    /// [`FrontierError::Locked`] while another run holds it; other variants when the file cannot be opened, is no state, is
    /// damaged, or of a newer version. The file is left as it is then.
    pub fn open(path: &Path, how: &OpenHow) -> Result<(Self, Opened), FrontierError> {
        let path = resolve(path)?;
        let holder = Holder { pid: std::process::id(), host: machine(), run_id: how.run_id.clone(), since: how.now };
        let lock = StateLock::acquire(&path, &holder)?;
        let mut conn = connect(&path)?;
        let found = migrate(&mut conn, &path, MIGRATIONS)?;
        sync_folder(&path)?;
        let mut frontier = Self {
            conn,
            path,
            run_id: how.run_id.clone(),
            max_open: i64::try_from(how.max_open).unwrap_or(i64::MAX),
            clock: micros(how.now),
            durable: true,
            recent: Recent::default(),
            _lock: lock,
        };
        let mut opened = Opened {
            created: found.version == 0,
            migrated_from: (found.version != 0 && found.version < newest()).then_some(found.version),
            ..Opened::default()
        };
        opened.unclean = frontier.ended_badly()?;
        if opened.unclean {
            frontier.check()?;
        }
        frontier.take_over(how.now, &mut opened)?;
        Ok((frontier, opened))
    }

    fn ended_badly(&self) -> Result<bool, FrontierError> {
        self.conn
            .query_row("SELECT ended IS NULL FROM runs ORDER BY number DESC LIMIT 1", [], |row| row.get(0))
            .optional()
            .map(|ended| ended.unwrap_or(false))
            .map_err(|e| failed(&self.path, "read its history", e))
    }

    fn check(&self) -> Result<(), FrontierError> {
        let doing = "check it";
        let found: String = self
            .conn
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|e| failed(&self.path, doing, e))?;
        if found == "ok" { Ok(()) } else { Err(FrontierError::Corrupt { path: self.path.clone(), detail: found }) }
    }

    /// Moves waits where the clock jumped back, and gives back what is leased still.
    fn take_over(&mut self, now: Timestamp, opened: &mut Opened) -> Result<(), FrontierError> {
        let seen: Option<i64> = self
            .conn
            .query_row("SELECT seen FROM clock", [], |row| row.get(0))
            .optional()
            .map_err(|e| failed(&self.path, "read its clock", e))?;
        let now = micros(now);
        let crashed = opened.unclean;
        let back = seen.and_then(|seen| super::jump_back(seen, now));
        opened.clock_back = back.map(|back| Duration::from_micros(back.unsigned_abs()));
        opened.released = self.change("take over what the last run held", |tx, _| {
            if let Some(back) = back {
                shift_waits(tx, back, now)?;
            }
            super::store_clock(tx, now)?;
            release_all(tx, crashed, now)
        })?;
        Ok(())
    }
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The file itself, so that two names of one state share one lock.
fn resolve(path: &Path) -> Result<PathBuf, FrontierError> {
    let access = |source| FrontierError::Access { path: path.to_owned(), doing: "find its folder", source };
    if path.exists() {
        return path.canonicalize().map_err(access);
    }
    let Some(name) = path.file_name() else {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "this names no file");
        return Err(FrontierError::Access { path: path.to_owned(), doing: "make it", source });
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|source| FrontierError::Access {
        path: path.to_owned(),
        doing: "make its folder",
        source,
    })?;
    Ok(folder.canonicalize().map_err(access)?.join(name))
}

/// A new file's name must survive a loss of power as its content does.
fn sync_folder(path: &Path) -> Result<(), FrontierError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| FrontierError::Access {
        path: path.to_owned(),
        doing: "sync its folder",
        source,
    })
}

/// Opens the database with the settings that keep it whole: a write-ahead log, synced at every commit.
fn connect(path: &Path) -> Result<Connection, FrontierError> {
    if path.is_dir() {
        return Err(FrontierError::NotAState { path: path.to_owned(), why: "it is a folder" });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fail = |e| failed(path, "open it", e);
    let conn = Connection::open_with_flags(path, flags).map_err(fail)?;
    // SQLite opens a file it may not write for reading, without a word.
    if conn.is_readonly("main").map_err(fail)? {
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        return Err(FrontierError::Access { path: path.to_owned(), doing: "write it", source });
    }
    // Readers of the state (`status`) only hold it up for moments.
    conn.busy_timeout(Duration::from_secs(10)).map_err(fail)?;
    conn.set_prepared_statement_cache_capacity(64);
    // Else every statement with a bound `LIMIT` is compiled anew each time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fail)?;
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).map_err(fail)?;
    for (name, value) in
        [("synchronous", 2), ("cache_size", -CACHE_KIB), ("journal_size_limit", 64 << 20), ("temp_store", 2)]
    {
        conn.pragma_update(None, name, value).map_err(fail)?;
    }
    Ok(conn)
}
