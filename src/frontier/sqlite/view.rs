//! A state as it is now, read beside the run that may be writing it: no lock is taken, nothing is changed, and everything read is of
//! one instant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use url::Url;

use crate::frontier::common::{Address, State, time, url_state};
use crate::frontier::lock::holder_of;
use crate::frontier::schema::{HASHED_SINCE, HEALTH_SINCE, MANNERS_SINCE, MIGRATIONS, version_of};
use crate::frontier::{Counts, FrontierError, Holder, Run, Segment, UrlState};
use crate::types::HostKey;

use super::rows::{Fault, find, find_by_text};
use super::{counts, explain, failed, history};

/// How a host is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostHealth {
    /// The host.
    pub host: HostKey,
    /// Its addresses: may be handed out, unless it is held.
    pub ready: u64,
    /// Wait for a retry.
    pub waiting: u64,
    /// Handed out.
    pub leased: u64,
    /// Written, aliases among them.
    pub done: u64,
    /// Gave no record.
    pub skipped: u64,
    /// Failed for good.
    pub dead: u64,
    /// Nothing is asked of it before.
    pub held_until: Option<Timestamp>,
    /// Why.
    pub held_why: Option<String>,
    /// When it last answered as it should. None also in states that an earlier version left.
    pub last_success: Option<Timestamp>,
    /// When a request to it last failed.
    pub last_error: Option<Timestamp>,
    /// Why, by the name of the reason.
    pub last_reason: Option<String>,
    /// Failures since it last answered as it should.
    pub error_streak: u64,
    /// It rests after failures, or is closed, until then.
    pub rests_until: Option<Timestamp>,
    /// How often in a row it was closed.
    pub closings: u64,
    /// The last day on which its requests were counted ([`Hours::day`](crate::pace::Hours::day)), and how many; none where it has no budget
    /// of a day.
    pub spent: Option<(i32, u64)>,
}

impl HostHealth {
    fn of(host: HostKey) -> Self {
        Self {
            host,
            ready: 0,
            waiting: 0,
            leased: 0,
            done: 0,
            skipped: 0,
            dead: 0,
            held_until: None,
            held_why: None,
            last_success: None,
            last_error: None,
            last_reason: None,
            error_streak: 0,
            rests_until: None,
            closings: 0,
            spent: None,
        }
    }
}

/// A state, opened for looking at it.
#[derive(Debug)]
pub struct StateView {
    conn: Connection,
    path: PathBuf,
    version: i64,
}

impl StateView {
    /// Opens the state of one instant. It may be in use, and of an earlier format.
    ///
    /// # Errors
    /// When there is none, it cannot be read, is no state, or of a newer version.
    pub fn open(path: &Path) -> Result<Self, FrontierError> {
        let access = |source| FrontierError::Access { path: path.to_owned(), doing: "read it", source };
        let path = path.canonicalize().map_err(access)?;
        let doing = "read it";
        let conn = match connect(&path, "") {
            // Without a log nobody writes; in a folder that may not be written, SQLite must be told so.
            Err(_) if !with_end(&path, "-wal").exists() => connect(&path, "?immutable=1"),
            connected => connected,
        };
        let conn = conn.map_err(|e| failed(&path, doing, e))?;
        let version = version_of(&conn, &path, MIGRATIONS)?;
        if version == 0 {
            return Err(FrontierError::NotAState { path, why: "it is empty" });
        }
        Ok(Self { conn, path, version })
    }

    /// The version of its format.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes on the disk, its log included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
        size(&self.path) + size(&with_end(&self.path, "-wal"))
    }

    /// The run that holds it.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        holder_of(&self.path)
    }

    /// How many addresses are in which state.
    ///
    /// # Errors
    /// When the file cannot be read. The same holds for every method here.
    pub fn counts(&self) -> Result<Counts, FrontierError> {
        self.read("count its addresses", counts)
    }

    /// The last runs, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn runs(&self, max: usize) -> Result<Vec<Run>, FrontierError> {
        self.read("read its history", |conn| history::runs(conn, max))
    }

    /// Every segment of output that it knows, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn segments(&self) -> Result<Vec<Segment>, FrontierError> {
        self.read("read its segments", history::segments)
    }

    /// What is known of an address. In a state that an earlier version left, it is looked for among all of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn known(&self, url: &Url) -> Result<Option<UrlState>, FrontierError> {
        self.read("look an address up", |conn| {
            let Some(address) = Address::of(url) else { return Ok(None) };
            let known = match self.version >= HASHED_SINCE {
                true => find(conn, &address)?,
                false => find_by_text(conn, &address)?,
            };
            Ok(known.map(|known| url_state(known.state, &known.reason)).transpose()?)
        })
    }

    /// Every host, by its key. In a state that an earlier version left, the addresses are counted one by one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn hosts(&self) -> Result<Vec<HostHealth>, FrontierError> {
        self.read("read its hosts", |conn| hosts(conn, self.version))
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, FrontierError> {
        work(&self.conn).map_err(|fault| explain(&self.path, doing, fault))
    }
}

fn hosts(conn: &Connection, version: i64) -> Result<Vec<HostHealth>, Fault> {
    let with_health = version >= HEALTH_SINCE;
    let health = match with_health {
        true => "last_ok, last_error, last_why, error_streak",
        false => "NULL, NULL, NULL, 0",
    };
    let manners = match version >= MANNERS_SINCE {
        true => "rests_until, closings, spent_day, spent",
        false => "NULL, 0, NULL, 0",
    };
    let mut hosts = BTreeMap::new();
    let mut statement =
        conn.prepare(&format!("SELECT id, key, held_until, held_why, {health}, {manners} FROM hosts"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let at = |what, column| -> Result<Option<Timestamp>, Fault> {
            Ok(row.get::<_, Option<i64>>(column)?.map(|micros| time(what, micros)).transpose()?)
        };
        let host = HostHealth {
            held_until: at("hosts.held_until", 2)?,
            held_why: row.get(3)?,
            last_success: at("hosts.last_ok", 4)?,
            last_error: at("hosts.last_error", 5)?,
            last_reason: row.get(6)?,
            error_streak: row.get::<_, i64>(7)?.unsigned_abs(),
            rests_until: at("hosts.rests_until", 8)?,
            closings: row.get::<_, i64>(9)?.unsigned_abs(),
            spent: row.get::<_, Option<i32>>(10)?.zip(Some(row.get::<_, i64>(11)?.unsigned_abs())),
            ..HostHealth::of(HostKey::from_stored(row.get(1)?))
        };
        hosts.insert(row.get::<_, i64>(0)?, host);
    }
    let mut statement = conn.prepare(match with_health {
        true => "SELECT host, state, n FROM host_counts",
        false => "SELECT host, state, count(*) FROM urls GROUP BY host, state",
    })?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(host) = hosts.get_mut(&row.get::<_, i64>(0)?) else { continue };
        let n = row.get::<_, i64>(2)?.unsigned_abs();
        match State::of(row.get(1)?)? {
            State::Ready => host.ready += n,
            State::Waiting => host.waiting += n,
            State::Leased => host.leased += n,
            State::Done | State::Alias => host.done += n,
            State::Skipped => host.skipped += n,
            State::Dead => host.dead += n,
        }
    }
    let mut hosts: Vec<HostHealth> = hosts.into_values().collect();
    hosts.sort_by(|a, b| a.host.cmp(&b.host));
    Ok(hosts)
}

/// Opens the file for reading, and begins the one transaction in which all is read.
fn connect(path: &Path, parameters: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(uri(path, parameters), flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    Ok(conn)
}

/// The path as SQLite's URI (<https://sqlite.org/uri.html>).
fn uri(path: &Path, parameters: &str) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let encoded = percent_encoding::percent_encode(path.as_os_str().as_bytes(), PATH);
    format!("file:{encoded}{parameters}")
}

/// What a path must not hold in a URI.
const PATH: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
