//! The tables of the SQLite state, and how an older state becomes a newer one.
//!
//! `PRAGMA user_version` counts the migrations applied; `PRAGMA application_id` says that the file is ours. A migration, once
//! released, is never changed: a new one is added at the end, each in a transaction of its own.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::FrontierError;
use super::common::address_hash;
use super::sqlite::failed;

/// "AUSL".
const APPLICATION_ID: i64 = 0x4155_534C;

/// What brings a state from version n to n + 1, n being the place in the list.
pub(super) const MIGRATIONS: &[&str] = &[V1, V2, V3, V4, V5, V6];

/// The first version that knows how hosts are doing.
pub(super) const HEALTH_SINCE: i64 = 3;

/// The first version that finds addresses by [`address_hash`].
pub(super) const HASHED_SINCE: i64 = 3;

/// The first version that knows how hosts are to be treated.
pub(super) const MANNERS_SINCE: i64 = 6;

/// Times are microseconds since 1970 UTC. `state`: see `common::State`.
///
/// An address is found by a 64-bit hash, verified by its text, and stored as its host and the rest. `hosts.best` is the priority of
/// the host's best ready address, null where none is ready; with it and `hosts_ready` a lease never looks at addresses it does not
/// hand out. `urls.wake` is when a wait or a lease ends, null in every other state.
const V1: &str = "
CREATE TABLE hosts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    best INTEGER,
    best_url INTEGER,
    held_until INTEGER,
    held_why TEXT
);
CREATE INDEX hosts_ready ON hosts (best DESC, best_url) WHERE best IS NOT NULL AND held_until IS NULL;
CREATE INDEX hosts_held ON hosts (held_until) WHERE held_until IS NOT NULL;

CREATE TABLE urls (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    host INTEGER NOT NULL REFERENCES hosts (id),
    rest TEXT NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    via TEXT NOT NULL,
    depth INTEGER NOT NULL,
    lastmod INTEGER,
    referrer TEXT,
    hops TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    wake INTEGER,
    reason TEXT,
    detail TEXT,
    article TEXT,
    changed_at INTEGER NOT NULL
);
CREATE INDEX urls_hash ON urls (hash);
CREATE INDEX urls_ready ON urls (host, priority DESC, id) WHERE state = 0;
CREATE INDEX urls_wake ON urls (wake) WHERE wake IS NOT NULL;

CREATE TABLE counts (
    state INTEGER NOT NULL,
    reason TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (state, reason)
) WITHOUT ROWID;

CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    version_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    first_run TEXT NOT NULL,
    written_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE aliases (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    article TEXT NOT NULL REFERENCES articles (id)
);
CREATE INDEX aliases_article ON aliases (article);

CREATE TABLE robots (
    host TEXT PRIMARY KEY,
    status INTEGER,
    body BLOB NOT NULL,
    fetched_at INTEGER NOT NULL
);

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    began INTEGER NOT NULL,
    ended INTEGER,
    summary TEXT
);
CREATE TABLE segments (
    number INTEGER PRIMARY KEY,
    file TEXT NOT NULL UNIQUE,
    root TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL
);

CREATE TABLE clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seen INTEGER NOT NULL
);
";

/// A host's next wait, without a look at those of other hosts; and the pages that gave way to another address, by that address.
const V2: &str = "
CREATE INDEX urls_host_wake ON urls (host, wake) WHERE wake IS NOT NULL;
CREATE INDEX urls_canonical ON urls (detail) WHERE reason = 'not_canonical';
";

/// How hosts are doing, and their addresses by state (`host_counts`); and addresses found by a hash that keeps those of a folder
/// together (`address_hash`), as they are offered together.
const V3: &str = "
ALTER TABLE hosts ADD COLUMN last_ok INTEGER;
ALTER TABLE hosts ADD COLUMN last_error INTEGER;
ALTER TABLE hosts ADD COLUMN last_why TEXT;
ALTER TABLE hosts ADD COLUMN error_streak INTEGER NOT NULL DEFAULT 0;

CREATE TABLE host_counts (
    host INTEGER NOT NULL,
    state INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (host, state)
) WITHOUT ROWID;
INSERT INTO host_counts (host, state, n) SELECT host, state, count(*) FROM urls GROUP BY host, state;

DROP INDEX urls_hash;
UPDATE urls SET hash = address_hash((SELECT key FROM hosts WHERE id = urls.host), rest);
CREATE INDEX urls_hash ON urls (hash);
";

/// Visits: what each left, and when the next is due; `was` is the state of an address whose visit is open. Articles keep fingerprints of
/// their parts, and are found by those of their text (`near`). What an earlier version wrote is looked at a month after it did.
const V4: &str = "
CREATE TABLE visits (
    url INTEGER PRIMARY KEY REFERENCES urls (id),
    host INTEGER NOT NULL REFERENCES hosts (id),
    at INTEGER NOT NULL,
    born INTEGER NOT NULL,
    next INTEGER,
    rank INTEGER NOT NULL,
    history BLOB NOT NULL,
    etag TEXT,
    last_modified TEXT,
    hinted INTEGER NOT NULL,
    hint_after INTEGER NOT NULL,
    misled INTEGER NOT NULL,
    missing_since INTEGER,
    sources TEXT,
    was INTEGER,
    was_reason TEXT
);
CREATE INDEX visits_due ON visits (host, rank, next) WHERE next IS NOT NULL;
CREATE INDEX visits_open ON visits (url) WHERE was IS NOT NULL;
INSERT INTO visits (url, host, at, born, next, rank, history, hinted, hint_after, misled)
    SELECT id, host, changed_at, changed_at, changed_at + 2592000000000, 2, x'', 0, changed_at, 0 FROM urls
    WHERE state = 3 AND article IS NOT NULL;

ALTER TABLE articles ADD COLUMN facets BLOB NOT NULL DEFAULT x'';
ALTER TABLE articles ADD COLUMN simhash INTEGER;
ALTER TABLE articles ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
CREATE TABLE near (
    key INTEGER NOT NULL,
    print INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (key, print, article)
) WITHOUT ROWID;
";

/// What recurs on the pages of a host, as JSON.
const V5: &str = "
CREATE TABLE sketches (
    host TEXT PRIMARY KEY,
    sketch TEXT NOT NULL,
    changed_at INTEGER NOT NULL
);
";

/// How hosts are to be treated, over runs: failures (`pace::Penalty`), and the requests of a day.
const V6: &str = "
ALTER TABLE hosts ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN closings INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN rests_until INTEGER;
ALTER TABLE hosts ADD COLUMN spent_day INTEGER;
ALTER TABLE hosts ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
";

/// What [`migrate`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The version before; 0 for a new state.
    pub(super) version: i64,
}

/// Brings the state to the newest version of the list, or says why it cannot be.
pub(super) fn migrate(conn: &mut Connection, path: &Path, migrations: &[&str]) -> Result<Found, FrontierError> {
    let version = version_of(conn, path, migrations)?;
    let doing = "bring it to the format of this version";
    define(conn).map_err(|e| failed(path, doing, e))?;
    for (to, sql) in (1_i64..).zip(migrations).skip_while(|(to, _)| *to <= version) {
        step(conn, to, sql).map_err(|e| failed(path, doing, e))?;
    }
    Ok(Found { version })
}

/// The version of a state; 0 for an empty file. Changes nothing.
pub(super) fn version_of(conn: &Connection, path: &Path, migrations: &[&str]) -> Result<i64, FrontierError> {
    let pragma = |conn: &Connection, name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let fail = |e| failed(path, "read its version", e);
    let version = pragma(conn, "user_version").map_err(fail)?;
    let application = pragma(conn, "application_id").map_err(fail)?;
    let objects: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
    if application != APPLICATION_ID && (objects > 0 || application != 0 || version != 0) {
        return Err(FrontierError::NotAState { path: path.to_owned(), why: "it is a database of another program" });
    }
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(FrontierError::Newer { path: path.to_owned(), found: version, known });
    }
    Ok(version)
}

/// The functions that migrations call. As these, once released they never change.
fn define(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("address_hash", 2, flags, |call| {
        let (host, rest): (String, String) = (call.get(0)?, call.get(1)?);
        Ok(address_hash(&host, &rest))
    })
}

fn step(conn: &mut Connection, to: i64, sql: &str) -> rusqlite::Result<()> {
    let tx = conn.transaction()?;
    tx.execute_batch(sql)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", to)?;
    tx.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);";
    const B: &str = "ALTER TABLE t ADD COLUMN y INTEGER; UPDATE t SET y = x + 1;";
    const BAD: &str = "UPDATE t SET y = 99; SELECT * FROM missing;";

    fn version(conn: &Connection) -> i64 {
        conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn every_earlier_version_reaches_the_newest() {
        for start in 0..=2 {
            let mut conn = Connection::open_in_memory().unwrap();
            migrate(&mut conn, Path::new("s"), &[A, B][..start]).unwrap();
            let found = migrate(&mut conn, Path::new("s"), &[A, B]).unwrap();
            assert_eq!(found.version, i64::try_from(start).unwrap());
            assert_eq!(version(&conn), 2);
            assert_eq!(conn.query_row("SELECT y FROM t", [], |r| r.get::<_, i64>(0)).unwrap(), 2);
        }
    }

    #[test]
    fn a_failed_migration_leaves_the_version_before() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, Path::new("s"), &[A, B]).unwrap();
        assert!(migrate(&mut conn, Path::new("s"), &[A, B, BAD]).is_err());
        assert_eq!(version(&conn), 2);
        assert_eq!(conn.query_row("SELECT y FROM t", [], |r| r.get::<_, i64>(0)).unwrap(), 2);
    }

    #[test]
    fn the_released_list_makes_a_state_from_every_version() {
        for start in 0..MIGRATIONS.len() {
            let mut conn = Connection::open_in_memory().unwrap();
            migrate(&mut conn, Path::new("s"), &MIGRATIONS[..start]).unwrap();
            migrate(&mut conn, Path::new("s"), MIGRATIONS).unwrap();
            assert_eq!(version(&conn), i64::try_from(MIGRATIONS.len()).unwrap());
        }
    }

    #[test]
    fn what_the_second_version_wrote_is_looked_at_a_month_later() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, Path::new("s"), &MIGRATIONS[..2]).unwrap();
        conn.execute_batch(
            "INSERT INTO hosts (id, key) VALUES (1, 'http://a.test');
             INSERT INTO articles VALUES ('0f', 'http://a.test/1', 'v', 'c', 'r', 7);
             INSERT INTO urls (id, hash, host, rest, state, priority, via, depth, article, changed_at)
                 VALUES (1, 1, 1, '/1', 3, 0, 'link', 1, '0f', 1000), (2, 2, 1, '/2', 5, 0, 'link', 1, NULL, 1000);",
        )
        .unwrap();
        migrate(&mut conn, Path::new("s"), MIGRATIONS).unwrap();
        let visits: Vec<(i64, i64)> = conn
            .prepare("SELECT url, next FROM visits")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(visits, [(1, 1000 + 30 * 24 * 3_600 * 1_000_000)]);
        let (facets, gone): (Vec<u8>, i64) =
            conn.query_row("SELECT facets, gone FROM articles", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!((facets, gone), (Vec::new(), 0));
    }

    #[test]
    fn a_newer_state_and_a_foreign_database_are_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, Path::new("s"), &[A, B]).unwrap();
        let newer = migrate(&mut conn, Path::new("s"), &[A]).unwrap_err();
        assert!(matches!(newer, FrontierError::Newer { found: 2, known: 1, .. }));
        assert!(newer.to_string().contains("update the program"));
        let mut other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
        assert!(matches!(migrate(&mut other, Path::new("s"), &[A]), Err(FrontierError::NotAState { .. })));
    }
}
