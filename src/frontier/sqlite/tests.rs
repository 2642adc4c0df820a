//! The SQLite frontier under the conformance suite, against the model, and what is its own: the file.

use super::*;
use crate::frontier::conformance::{Backend, at, conformance, page};
use crate::frontier::model::agrees_with_the_model;
use crate::types::{DeadReason, SkipReason};

struct Sqlite {
    dir: tempfile::TempDir,
}

impl Sqlite {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("state.db")
    }

    fn try_open(&self, run_id: &str, now: Timestamp) -> Result<(SqliteFrontier, Opened), FrontierError> {
        SqliteFrontier::open(&self.path(), &OpenHow { run_id: run_id.into(), now, max_open: 1_000_000 })
    }
}

impl Backend for Sqlite {
    fn open(&self, run_id: &str, now: Timestamp, max_open: u64) -> Box<dyn Frontier> {
        let how = OpenHow { run_id: run_id.into(), now, max_open };
        Box::new(SqliteFrontier::open(&self.path(), &how).unwrap().0)
    }
}

conformance!(Sqlite::new());

#[test]
fn random_steps_agree_with_the_model() {
    for seed in 0..12 {
        agrees_with_the_model(&Sqlite::new(), seed, 400);
    }
}

#[test]
fn two_names_of_one_state_share_its_lock() {
    let store = Sqlite::new();
    let (_held, _) = store.try_open("morning", at(0)).unwrap();
    let link = store.dir.path().join("link.db");
    std::os::unix::fs::symlink(store.path(), &link).unwrap();
    let how = OpenHow { run_id: "noon".into(), now: at(1), max_open: 9 };
    let error = SqliteFrontier::open(&link, &how).unwrap_err();
    assert!(matches!(&error, FrontierError::Locked { holder: Some(holder), .. } if holder.run_id == "morning"));
    assert!(error.to_string().contains("run morning (process"), "{error}");
}

#[test]
fn opening_says_what_it_found() {
    let store = Sqlite::new();
    let (mut f, opened) = store.try_open("one", at(1_000)).unwrap();
    assert_eq!(opened, Opened { created: true, ..Opened::default() });
    f.begin_run("one", at(1_000)).unwrap();
    f.offer(&[page("http://a.test/")], at(1_000)).unwrap();
    f.lease(at(1_000), Duration::from_secs(9), 1, &|_| 1).unwrap();
    drop(f);
    let (mut f, opened) = store.try_open("two", at(0)).unwrap();
    let clock_back = Some(Duration::from_secs(1_000));
    assert_eq!(opened, Opened { unclean: true, released: 1, clock_back, ..Opened::default() });
    f.begin_run("two", at(0)).unwrap();
    f.end_run("two", &serde_json::json!({}), at(1)).unwrap();
    drop(f);
    assert_eq!(store.try_open("three", at(2)).unwrap().1, Opened::default());
}

#[test]
fn a_file_that_is_no_state_is_named_and_left_alone() {
    let store = Sqlite::new();
    std::fs::write(store.path(), "Dies ist ein Brief an die Stadt Muster, keine Datenbank.".repeat(50)).unwrap();
    let before = std::fs::read(store.path()).unwrap();
    let error = store.try_open("one", at(0)).unwrap_err();
    assert!(matches!(error, FrontierError::NotAState { .. }), "{error:?}");
    assert!(error.to_string().contains("state.db"));
    assert_eq!(std::fs::read(store.path()).unwrap(), before);
    assert!(SqliteFrontier::open(store.dir.path(), &OpenHow { run_id: "x".into(), now: at(0), max_open: 1 }).is_err());
}

#[test]
fn another_programs_database_is_refused() {
    let store = Sqlite::new();
    Connection::open(store.path()).unwrap().execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    assert!(matches!(store.try_open("one", at(0)), Err(FrontierError::NotAState { .. })));
}

#[test]
fn a_newer_state_is_refused_and_named() {
    let store = Sqlite::new();
    store.try_open("one", at(0)).unwrap();
    Connection::open(store.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = store.try_open("two", at(0)).unwrap_err();
    assert!(matches!(error, FrontierError::Newer { found: 99, .. }), "{error:?}");
}

#[test]
fn damage_is_found_after_a_run_that_did_not_end() {
    let store = Sqlite::new();
    let (mut f, _) = store.try_open("one", at(0)).unwrap();
    f.begin_run("one", at(0)).unwrap();
    let pages: Vec<_> = (0..5_000).map(|n| page(&format!("http://a.test/{n}"))).collect();
    f.offer(&pages, at(0)).unwrap();
    drop(f);
    let mut bytes = std::fs::read(store.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 9_000].fill(0xA5);
    std::fs::write(store.path(), bytes).unwrap();
    let error = store.try_open("two", at(0)).unwrap_err();
    assert!(matches!(error, FrontierError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("move it away"), "{error}");
}

#[test]
fn a_full_disk_is_named_and_harms_nothing_committed() {
    let store = Sqlite::new();
    let (mut f, _) = store.try_open("one", at(0)).unwrap();
    f.offer(&[page("http://a.test/kept")], at(0)).unwrap();
    let pages: i64 = f.conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    // SQLite answers a reached page limit as it answers a full disk.
    f.conn.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let many: Vec<_> = (0..5_000).map(|n| page(&format!("http://a.test/{n}"))).collect();
    let error = f.offer(&many, at(1)).unwrap_err();
    assert!(matches!(error, FrontierError::DiskFull { .. }), "{error:?}");
    assert_eq!(f.counts().unwrap().ready, 1);
    f.conn.pragma_update(None, "max_page_count", 1 << 30).unwrap();
    assert_eq!(f.offer(&many, at(2)).unwrap().new, 5_000);
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let store = Sqlite::new();
    std::fs::write(store.path(), "").unwrap();
    let how = OpenHow { run_id: "x".into(), now: at(0), max_open: 1 };
    let error = SqliteFrontier::open(&store.path().join("below/state.db"), &how).unwrap_err();
    assert!(matches!(error, FrontierError::Access { .. }), "{error:?}");
}

#[test]
fn addresses_of_one_hash_stay_two() {
    let store = Sqlite::new();
    let (mut f, _) = store.try_open("one", at(0)).unwrap();
    f.offer(&[page("http://a.test/1"), page("http://b.test/1")], at(0)).unwrap();
    f.conn.execute("UPDATE urls SET hash = (SELECT hash FROM urls WHERE id = 1)", []).unwrap();
    let first: Url = "http://a.test/1".parse().unwrap();
    let address = Address::of(&first).unwrap();
    assert_eq!(find(&f.conn, &address).unwrap().unwrap().id, 1);
    let hash = address.hash;
    let second: Url = "http://b.test/1".parse().unwrap();
    let address = Address { hash, ..Address::of(&second).unwrap() };
    assert_eq!(find(&f.conn, &address).unwrap().unwrap().id, 2);
}

#[test]
fn no_query_on_the_way_of_a_page_scans_a_table() {
    let store = Sqlite::new();
    let (f, _) = store.try_open("one", at(0)).unwrap();
    for sql in [
        "SELECT id, key FROM hosts WHERE best IS NOT NULL AND held_until IS NULL ORDER BY best DESC, best_url",
        "SELECT id FROM urls WHERE host = 1 AND state = 0 ORDER BY priority DESC, id LIMIT 1",
        "SELECT id, host, state FROM urls WHERE wake <= 5 ORDER BY wake LIMIT 9",
        "SELECT min(wake) FROM urls WHERE host = 1 AND wake IS NOT NULL",
        "SELECT id FROM urls WHERE detail = 'x' AND reason = 'not_canonical'",
        "SELECT id FROM urls WHERE hash = 1 AND host = 2 AND rest = 'x'",
        "SELECT id FROM hosts WHERE key = 'x'",
        "UPDATE hosts SET held_until = NULL WHERE held_until <= 5",
        "SELECT min(host) FROM visits WHERE host > 5 AND next IS NOT NULL",
        "SELECT url FROM visits WHERE host = 1 AND rank = 2 AND next <= 5 AND next IS NOT NULL ORDER BY next LIMIT 9",
        "SELECT url FROM visits WHERE was IS NOT NULL AND url > 0",
        "SELECT print, article FROM near WHERE key = 1 LIMIT 9",
        "SELECT id FROM articles WHERE id >= 'a' AND id < 'b'",
        "SELECT article FROM aliases WHERE url = 'x'",
        "SELECT url FROM aliases WHERE article = 'x' ORDER BY id LIMIT 9",
    ] {
        let mut statement = f.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> = statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let plan = plan.join("; ");
        let walks = plan.contains("SCAN") && !plan.contains("USING INDEX hosts_ready");
        assert!(!walks && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
}

#[test]
fn hosts_are_counted_and_judged_by_how_leases_end() {
    use crate::frontier::Outcome;
    use crate::frontier::conformance::end;
    use crate::types::RetryReason;
    let store = Sqlite::new();
    let (mut f, _) = store.try_open("one", at(0)).unwrap();
    let pages: Vec<_> = (0..60).map(|n| page(&format!("http://{}.test/{n}", ["a", "b", "c"][n % 3]))).collect();
    f.offer(&pages, at(0)).unwrap();
    let leases = f.lease(at(1), Duration::from_secs(600), 60, &|_| 12).unwrap();
    assert_eq!(leases.len(), 36);
    let retry = |reason| Outcome::Retry { not_before: at(99), reason, detail: None };
    let settlements: Vec<_> = (0..)
        .zip(&leases)
        .map(|(n, lease)| {
            let outcome = match (lease.host.as_str(), n % 4) {
                ("http://a.test", 0) => Outcome::Dead { reason: DeadReason::NotFound, detail: None },
                ("http://a.test", 1) => Outcome::Skipped { reason: SkipReason::NoArticle, detail: None },
                ("http://b.test", _) => retry(RetryReason::Timeout),
                (_, 2) => Outcome::Released,
                _ => Outcome::Written(Vec::new()),
            };
            end(lease, outcome)
        })
        .collect();
    for (n, batch) in (2..).zip(settlements.chunks(5)) {
        f.settle(batch, &[], at(n)).unwrap();
    }
    // Beside the writer, which goes on.
    let view = StateView::open(&store.path()).unwrap();
    let hosts = view.hosts().unwrap();
    let [a, b, c] = &hosts[..] else { panic!("{hosts:?}") };
    assert_eq!((a.ready + a.done + a.skipped + a.dead, a.error_streak, a.last_error), (20, 0, None));
    assert!(a.dead > 0 && a.skipped > 0 && a.last_success.is_some());
    assert_eq!((b.ready, b.waiting, b.error_streak, b.last_success), (8, 12, 12, None));
    assert_eq!((b.last_reason.as_deref(), b.last_error.is_some()), (Some("timeout"), true));
    assert_eq!((c.ready + c.done, c.error_streak), (20, 0));
    let counted = "SELECT host, state, count(*) FROM urls GROUP BY host, state";
    let kept = "SELECT host, state, n FROM host_counts WHERE n <> 0 ORDER BY host, state";
    let all = |sql: &str| -> Vec<(i64, i64, i64)> {
        let mut statement = f.conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(all(kept), all(counted));
    assert_eq!(view.holder().unwrap().run_id, "one");
    for lease in &leases {
        assert_eq!(view.known(&lease.candidate.url).unwrap(), f.known(&lease.candidate.url).unwrap());
    }
    // What is written later is of a later instant.
    f.offer(&[page("http://d.test/")], at(50)).unwrap();
    assert_eq!(view.hosts().unwrap().len(), 3);
    assert_eq!(StateView::open(&store.path()).unwrap().hosts().unwrap().len(), 4);
    // It answers again.
    let leases =
        f.lease(at(100), Duration::from_secs(600), 1, &|host| usize::from(host.as_str() == "http://b.test")).unwrap();
    f.settle(&[end(&leases[0], Outcome::Written(Vec::new()))], &[], at(101)).unwrap();
    drop(f);
    let view = StateView::open(&store.path()).unwrap();
    let host = view.hosts().unwrap().swap_remove(1);
    assert_eq!(
        (host.error_streak, host.last_success, host.last_reason.as_deref()),
        (0, Some(at(101)), Some("timeout"))
    );
    assert_eq!(view.holder(), None);
}

#[test]
fn a_state_of_an_earlier_version_is_looked_at_as_it_is() {
    let store = Sqlite::new();
    let conn = Connection::open(store.path()).unwrap();
    conn.execute_batch(include_str!("../../../fixtures/states/v1.sql")).unwrap();
    drop(conn);
    let before = std::fs::read(store.path()).unwrap();
    let view = StateView::open(&store.path()).unwrap();
    assert_eq!((view.version(), view.counts().unwrap().ready, view.runs(9).unwrap().len()), (1, 3, 2));
    let hosts = view.hosts().unwrap();
    let host = hosts.iter().find(|host| host.host.as_str() == "http://www.musterau.test").unwrap();
    assert_eq!((host.ready, host.waiting, host.leased, host.done, host.skipped, host.dead), (2, 1, 1, 2, 2, 1));
    let known = |rest: &str| view.known(&format!("http://www.musterau.test{rest}").parse().unwrap()).unwrap();
    assert_eq!(known("/nie/genannt.html"), None);
    let stored: Vec<String> = Connection::open_with_flags(store.path(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap()
        .prepare(
            "SELECT rest FROM urls JOIN hosts ON hosts.id = host WHERE key = 'http://www.musterau.test' AND state = 0",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(stored.iter().map(|rest| known(rest)).collect::<Vec<_>>(), [Some(UrlState::Ready); 2]);
    drop(view);
    assert_eq!(std::fs::read(store.path()).unwrap(), before);
    std::fs::write(store.dir.path().join("empty.db"), "").unwrap();
    assert!(matches!(StateView::open(&store.dir.path().join("empty.db")), Err(FrontierError::NotAState { .. })));
    assert!(matches!(StateView::open(&store.dir.path().join("none.db")), Err(FrontierError::Access { .. })));
}

#[test]
fn addresses_of_a_folder_are_kept_together() {
    use crate::frontier::common::address_hash;
    let host = "https://www.musterau.test";
    let top = |rest: &str| address_hash(host, rest) >> 40;
    assert_eq!(top("/2019/05/04/markt.html"), top("/2019/05/04/bruecke.html?druck=1"));
    assert_eq!(top("/2019/05/04/markt/"), top("/2019/05/04/bruecke/"));
    assert_ne!(top("/2019/05/04/markt.html"), top("/2019/05/05/markt.html"));
    assert_ne!(address_hash(host, "/a/1"), address_hash("https://alt.musterau.test", "/a/1"));
    // Stored: never to be changed.
    assert_eq!(address_hash("http://a.test", "/b/c?d"), 1_111_258_471_299_227_322);
}
