//! The tables of the PostgreSQL state, in the schema `auslese`, and how an older state becomes a newer one.
//!
//! A migration, once released, is never changed: a new one is added at the end, each in a transaction of its own, under a lock that
//! workers who start at the same time wait for.

use super::link::{Fault, Link, Sql};

/// What brings a state from version n to n + 1, n being the place in the list.
pub(super) const MIGRATIONS: &[&str] = &[V1];

/// Whoever migrates holds this lock ("AUSL").
const LOCK: i64 = 0x4155_534C;

/// Times are microseconds since 1970 UTC, as the database server has them. `urls.state`: see `common::State`.
///
/// An address is found by 128 bits of hash, the first of which keep the addresses of a folder together. A host belongs to a group:
/// what shares a pace, a host or a machine. A worker has a group until `leased_until`; `fence` counts those who had it, `asked_at` is
/// the last time at which it may have been asked by any of them. `hosts.n0` to `n6` count addresses by state; `counts` has a shard for each
/// worker, so that none waits for another.
const V1: &str = "
CREATE SEQUENCE blocks;
CREATE SEQUENCE host_ids;

CREATE TABLE workers (
    id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE,
    epoch int8 NOT NULL DEFAULT 0,
    tx int8 NOT NULL DEFAULT 0,
    run text,
    machine text NOT NULL,
    pid int8 NOT NULL,
    began int8 NOT NULL,
    seen int8 NOT NULL,
    ended bool NOT NULL DEFAULT false,
    settled int8 NOT NULL DEFAULT 0,
    records int8 NOT NULL DEFAULT 0,
    marked_at int8 NOT NULL DEFAULT 0,
    marked int8 NOT NULL DEFAULT 0,
    rate float8
);

CREATE TABLE groups (
    id int8 PRIMARY KEY,
    machine text UNIQUE,
    worker int8,
    leased_until int8,
    fence int8 NOT NULL DEFAULT 0,
    asked_at int8
);
CREATE INDEX groups_leased ON groups (leased_until) WHERE worker IS NOT NULL;
CREATE INDEX groups_worker ON groups (worker) WHERE worker IS NOT NULL;

CREATE TABLE hosts (
    id int8 PRIMARY KEY,
    grp int8 NOT NULL,
    key text NOT NULL UNIQUE,
    best int8,
    best_url int8,
    held_until int8,
    held_why text,
    n0 int8 NOT NULL DEFAULT 0,
    n1 int8 NOT NULL DEFAULT 0,
    n2 int8 NOT NULL DEFAULT 0,
    n3 int8 NOT NULL DEFAULT 0,
    n4 int8 NOT NULL DEFAULT 0,
    n5 int8 NOT NULL DEFAULT 0,
    n6 int8 NOT NULL DEFAULT 0,
    last_ok int8,
    last_error int8,
    last_why text,
    error_streak int8 NOT NULL DEFAULT 0,
    level int8 NOT NULL DEFAULT 0,
    closings int8 NOT NULL DEFAULT 0,
    rests_until int8,
    spent_day int4,
    spent int8 NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX hosts_ready ON hosts (best DESC, best_url) WHERE best IS NOT NULL AND held_until IS NULL;
CREATE INDEX hosts_held ON hosts (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX hosts_grp ON hosts (grp);

CREATE TABLE urls (
    id int8 PRIMARY KEY,
    hash int8 NOT NULL,
    more int8 NOT NULL,
    host int8 NOT NULL,
    lastmod int8,
    wake int8,
    changed_at int8 NOT NULL,
    fence int8 NOT NULL DEFAULT 0,
    priority int4 NOT NULL,
    depth int4 NOT NULL,
    attempts int4 NOT NULL DEFAULT 0,
    state int2 NOT NULL,
    crashes int2 NOT NULL DEFAULT 0,
    via text NOT NULL,
    rest text NOT NULL,
    referrer text,
    hops text,
    reason text,
    detail text,
    article text
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE UNIQUE INDEX urls_hash ON urls (hash, more);
CREATE INDEX urls_ready ON urls (host, priority DESC, id) WHERE state = 0;
CREATE INDEX urls_wake ON urls (wake) WHERE wake IS NOT NULL;
CREATE INDEX urls_host_wake ON urls (host, wake) WHERE wake IS NOT NULL;
CREATE INDEX urls_canonical ON urls (md5(detail)) WHERE reason = 'not_canonical';

CREATE TABLE counts (
    shard int4 NOT NULL,
    state int2 NOT NULL,
    reason text NOT NULL,
    n int8 NOT NULL,
    PRIMARY KEY (shard, state, reason)
) WITH (fillfactor = 50);

CREATE TABLE articles (
    id text COLLATE \"C\" PRIMARY KEY,
    url text NOT NULL,
    version_id text NOT NULL,
    content_hash text NOT NULL,
    first_run text NOT NULL,
    written_at int8 NOT NULL,
    facets bytea NOT NULL,
    simhash int8,
    gone bool NOT NULL DEFAULT false
);
CREATE TABLE aliases (
    id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    url text NOT NULL,
    article text NOT NULL
);
CREATE UNIQUE INDEX aliases_url ON aliases (md5(url));
CREATE INDEX aliases_article ON aliases (article);
CREATE TABLE near (
    key int8 NOT NULL,
    print int8 NOT NULL,
    article int8 NOT NULL,
    PRIMARY KEY (key, print, article)
);

CREATE TABLE visits (
    url int8 PRIMARY KEY,
    host int8 NOT NULL,
    at int8 NOT NULL,
    born int8 NOT NULL,
    next int8,
    rank int2 NOT NULL,
    history bytea NOT NULL,
    etag text,
    last_modified text,
    hinted bool NOT NULL,
    hint_after int8 NOT NULL,
    misled int2 NOT NULL,
    missing_since int8,
    sources text,
    was int2,
    was_reason text
);
CREATE INDEX visits_due ON visits (host, rank, next) WHERE next IS NOT NULL;
CREATE INDEX visits_open ON visits (url) WHERE was IS NOT NULL;

CREATE TABLE robots (host text PRIMARY KEY, status int4, body bytea NOT NULL, fetched_at int8 NOT NULL);
CREATE TABLE sketches (host text PRIMARY KEY, sketch text NOT NULL, changed_at int8 NOT NULL);
CREATE TABLE runs (
    number int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text NOT NULL UNIQUE,
    began int8 NOT NULL,
    ended int8,
    summary text
);
CREATE TABLE segments (
    number int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    file text NOT NULL UNIQUE,
    root text NOT NULL,
    bytes int8 NOT NULL,
    records int8 NOT NULL,
    finished bool NOT NULL,
    changed_at int8 NOT NULL
);
CREATE TABLE clock (one int4 PRIMARY KEY CHECK (one = 1), seen int8 NOT NULL);
";

/// Brings the state to the newest version; gives the version before, 0 for a new one. The lock is taken in a transaction before: one
/// that has looked for a table and waited then would not see that it was made meanwhile.
pub(super) fn migrate(link: &mut Link) -> Result<i64, Fault> {
    if let Some(version) = link.read(version)?
        && version >= newest()
    {
        return if version > newest() { Err(Fault::Newer(version)) } else { Ok(version) };
    }
    link.read(|sql| sql.run("SELECT pg_advisory_lock($1)", &[&LOCK]))?;
    let before = link.read(step);
    link.read(|sql| sql.run("SELECT pg_advisory_unlock($1)", &[&LOCK]))?;
    before
}

fn step(sql: &mut Sql<'_>) -> Result<i64, Fault> {
    let before = version(sql)?.unwrap_or(0);
    if before == 0 {
        sql.batch("CREATE SCHEMA IF NOT EXISTS auslese; CREATE TABLE IF NOT EXISTS format (version int8 NOT NULL)")?;
    }
    for (to, migration) in (1_i64..).zip(MIGRATIONS).skip_while(|(to, _)| *to <= before) {
        sql.batch(migration)?;
        sql.batch("DELETE FROM format")?;
        sql.run("INSERT INTO format VALUES ($1)", &[&to])?;
    }
    Ok(before)
}

/// The version of the state; none where there is no state.
pub(super) fn version(sql: &mut Sql<'_>) -> Result<Option<i64>, Fault> {
    let there: bool = sql.one("SELECT to_regclass('auslese.format') IS NOT NULL", &[])?.try_get(0)?;
    if !there {
        return Ok(None);
    }
    sql.maybe("SELECT version FROM format", &[])?.map(|row| Ok(row.try_get(0)?)).transpose()
}

pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
