//! States as earlier versions left them (`fixtures/states`), opened by this one: nothing of them is lost.

use super::*;
use crate::frontier::Outcome;
use crate::frontier::conformance::{at, page};
use crate::frontier::schema::{MIGRATIONS, migrate};
use crate::types::{DeadReason, SkipReason};

/// The version and the text of every state kept.
fn kept() -> Vec<(usize, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/states");
    let mut kept: Vec<(usize, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let version = path.file_stem().unwrap().to_str().unwrap().strip_prefix('v').unwrap().parse().unwrap();
            (version, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    kept.sort();
    kept
}

fn state(sql: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    conn.execute_batch(sql).unwrap();
    (dir, path)
}

/// Opens the state with this version and looks whether everything is there and goes on.
fn goes_on(path: &Path, version: usize) {
    let how = OpenHow { run_id: "now".into(), now: at(60), max_open: 100 };
    let (mut f, opened) = SqliteFrontier::open(path, &how).unwrap();
    let older = version < MIGRATIONS.len();
    assert_eq!(opened.migrated_from, older.then(|| i64::try_from(version).unwrap()));
    assert_eq!((opened.unclean, opened.released, opened.created), (true, 1, false));
    f.begin_run("now", at(60)).unwrap();
    let counts = f.counts().unwrap();
    assert_eq!((counts.ready, counts.waiting, counts.leased, counts.done, counts.aliases), (4, 1, 0, 1, 1));
    assert_eq!(counts.skipped.values().sum::<u64>(), 3);
    assert_eq!(counts.dead[&DeadReason::NotFound], 1);
    let known =
        |f: &SqliteFrontier, path: &str| f.known(&format!("http://www.musterau.test{path}").parse().unwrap()).unwrap();
    assert_eq!(known(&f, "/impressum"), Some(UrlState::Skipped(SkipReason::NoArticle)));
    assert_eq!(known(&f, "/meldungen/5-archiv"), Some(UrlState::Done));
    let article = f.article("a5").unwrap().unwrap();
    assert_eq!((article.version_id.as_str(), article.content_hash.as_str()), ("v-a5", "00ff"));
    assert_eq!(f.aliases("a5").unwrap(), ["http://www.musterau.test/meldungen/5-archiv?druck=1"]);
    let host = HostKey::of(&"http://www.musterau.test/".parse().unwrap()).unwrap();
    let robots = f.robots(&host).unwrap().unwrap();
    assert!(robots.status == Some(200) && robots.body.starts_with(b"User-agent: *"));
    let runs = f.runs(9).unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>().len(), 3);
    assert!(runs[1].ended.is_none() && runs[2].summary.as_ref().unwrap()["records"] == 1);
    let segments = f.segments().unwrap();
    assert_eq!(segments.iter().map(|s| (s.mark.bytes, s.finished)).collect::<Vec<_>>(), [(3, true), (19, false)]);
    // What was known stays known, what is ready is handed out, the best first; the other host rests.
    let again = page("http://www.musterau.test/meldungen/5-archiv");
    assert_eq!(f.offer(&[again], at(61)).unwrap().known, 1);
    let leases = f.lease(at(61), Duration::from_secs(60), 9, &|_| 9).unwrap();
    let paths: Vec<&str> = leases.iter().map(|lease| lease.candidate.url.path()).collect();
    assert_eq!(paths, ["/meldungen/1-markt", "/meldungen/2-bruecke", "/meldungen/3-rathaus", "/meldungen/4-schule"]);
    assert_eq!(leases[1].candidate.hops.len(), 2);
    // The page that gave way to the first comes back where that gives nothing.
    let gone = Outcome::Dead { reason: DeadReason::NotFound, detail: None };
    let settlement = Settlement::new(leases[0].clone(), gone);
    assert_eq!(f.settle(&[settlement], &[], at(62)).unwrap().settled, 1);
    assert_eq!(f.known(&"http://alt.test/kopie".parse().unwrap()).unwrap(), Some(UrlState::Ready));
    let after = f.lease(at(7_300), Duration::from_secs(60), 9, &|_| 9).unwrap();
    assert!(after.iter().any(|lease| lease.candidate.url.as_str() == "https://blatt.quellstadt.test:8443/meldung/10"));
}

#[test]
fn a_state_of_every_earlier_version_goes_on() {
    let kept = kept();
    assert_eq!(kept.first().unwrap().0, 1, "the first version is kept for ever");
    for (version, sql) in kept {
        for start in version..=MIGRATIONS.len() {
            let (_dir, path) = state(&sql);
            // As if a version in between had opened it once.
            migrate(&mut Connection::open(&path).unwrap(), &path, &MIGRATIONS[..start]).unwrap();
            goes_on(&path, start);
        }
    }
}

#[test]
fn a_migration_that_is_cut_off_is_done_again() {
    let (version, sql) = kept().swap_remove(0);
    let mut cuts = 0;
    for room in 0..8 {
        let (_dir, path) = state(&sql);
        let mut conn = Connection::open(&path).unwrap();
        let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        // The statement that needs one page more fails, as on a full disk; what it began is gone, as after a kill.
        conn.pragma_update(None, "max_page_count", pages + room).unwrap();
        cuts += usize::from(migrate(&mut conn, &path, MIGRATIONS).is_err());
        let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        drop(conn);
        let found = usize::try_from(found).unwrap();
        assert!((version..=MIGRATIONS.len()).contains(&found));
        goes_on(&path, found);
    }
    assert!(cuts > 0);
}
