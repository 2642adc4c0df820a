//! SIGKILL at random instants: the binary crawls a site of 1,000 pages on loopback, is killed again and again (while it opens,
//! migrates and recovers its state, crawls, begins a new file, ends) and started again until it is through. Every article must then
//! be there exactly once, as after a crawl that nobody disturbed. A reader of `*.jsonl*` must never see a line that is not whole, nor
//! a file that changes.
//!
//! ```text
//! cargo test --test it kills::                              25 kills
//! cargo test --test it kills:: -- --ignored --nocapture     200 kills
//! ```

use std::collections::{BTreeSet, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use auslese::demo::{Generated, Server};
use fastrand::Rng;
use serde_json::Value;

use super::crawl::{Bench, lines, segments};

const PAGES: usize = 1_000;
/// Addresses of another site in an old state, so that its migration takes its time.
const OTHERS: i64 = 20_000;

#[test]
fn twenty_five_kills_lose_double_and_tear_nothing() {
    survive(25, 11);
}

#[test]
#[ignore = "minutes long; the one above is its short form"]
fn two_hundred_kills_lose_double_and_tear_nothing() {
    survive(200, 12);
}

fn survive(wanted: usize, seed: u64) {
    let started = Instant::now();
    let server = Server::start(Generated { articles: PAGES, page_bytes: 2_000, seed: 3 }.site()).unwrap();
    let mut rng = Rng::with_seed(seed);
    let undisturbed = Round::new(&server, "none", false);
    let before = started.elapsed();
    undisturbed.through();
    let whole = started.elapsed() - before;
    // From its start to its first request.
    let opening = server.log()[0].at.saturating_sub(before);
    let expected = undisturbed.ids();
    assert_eq!(expected.len(), PAGES);
    let newest = undisturbed.version();
    let (mut kills, mut rounds, mut opened, mut migrated) = (0, 0, 0, 0);
    while kills < wanted {
        let round = Round::new(&server, ["zstd", "none", "gzip"][rounds % 3], rounds % 2 == 0);
        let (before, mut old) = (kills, round.old);
        while kills < wanted {
            let asked = server.log().len();
            let most = match rng.u8(..3) {
                // Each later than the one before, until it gets through.
                _ if old => opening * (1 << (kills - before).min(10)) / 2,
                0 => opening,
                _ => opening + whole / 20,
            };
            if round.lives_through(most.mul_f64(rng.f64())) {
                break;
            }
            kills += 1;
            round.look();
            migrated += usize::from(old);
            opened += usize::from(!old && server.log().len() == asked);
            old = old && round.version() < newest;
        }
        round.through();
        assert_eq!(round.ids(), expected, "round {rounds}");
        round.others_are_there();
        eprintln!("round {rounds}: {} kills, {} files", kills - before, round.seen.borrow().len());
        rounds += 1;
    }
    eprintln!(
        "{kills} kills: {migrated} until the state was migrated, {opened} before the first request, the others after it"
    );
}

/// One crawl, from nothing (or an old state) to its end.
struct Round<'s> {
    bench: Bench,
    server: &'s Server,
    old: bool,
    /// Files that a reader has seen, and their bytes.
    seen: std::cell::RefCell<HashMap<PathBuf, u64>>,
}

impl<'s> Round<'s> {
    fn new(server: &'s Server, compression: &str, old: bool) -> Self {
        let bench = Bench::new();
        let config = format!(
            "[crawl]\ntdmrep = false\n[output]\ncompression = \"{compression}\"\nrotate_size = 60000\nbatch_time = \"20ms\"\nreserve = 0\n"
        );
        std::fs::write(bench.folder.path().join("config.toml"), config).unwrap();
        if old {
            old_state(&bench.state());
        }
        Self { bench, server, old, seen: std::cell::RefCell::default() }
    }

    fn start(&self) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
        command.args(["crawl", &format!("{}/", self.server.origin()), "--allow-private", "--delay", "0s"]);
        command.args(["--per-host", "8", "--output"]).arg(self.bench.output()).arg("--state").arg(self.bench.state());
        command.arg("--config").arg(self.bench.folder.path().join("config.toml")).env_remove("AUSLESE_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap()
    }

    fn log(&self) -> PathBuf {
        self.bench.folder.path().join("log")
    }

    /// Whether a run comes to its end in this time; else it is killed.
    fn lives_through(&self, lifetime: Duration) -> bool {
        let mut child = self.start();
        let in_time = end_of(&mut child).recv_timeout(lifetime).is_ok();
        if !in_time {
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        // It may have ended by itself just before it was killed.
        assert!(status.success() || (!in_time && status.code().is_none()), "{status}: {}", self.words());
        assert!(!self.words().contains("panicked"), "{}", self.words());
        status.success()
    }

    /// The version of the state's format. Looked up in a copy: opening the state would tidy it.
    fn version(&self) -> i64 {
        let folder = tempfile::tempdir().unwrap();
        for end in ["", "-wal"] {
            let from = PathBuf::from(format!("{}{end}", self.bench.state().display()));
            if from.exists() {
                std::fs::copy(from, folder.path().join(format!("copy{end}"))).unwrap();
            }
        }
        let conn = rusqlite::Connection::open(folder.path().join("copy")).unwrap();
        conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    fn through(&self) {
        assert!(self.lives_through(Duration::from_secs(300)), "it never gets through: {}", self.words());
        self.look();
    }

    fn words(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Looks at the output as a reader does: what has its name is whole, and stays as it is.
    fn look(&self) {
        let mut seen = self.seen.borrow_mut();
        for path in segments(&self.bench.output()) {
            let bytes = std::fs::metadata(&path).unwrap().len();
            let before = *seen.entry(path.clone()).or_insert_with(|| {
                for line in lines(&path) {
                    assert!(serde_json::from_str::<Value>(&line).unwrap()["id"].is_string());
                }
                bytes
            });
            assert_eq!(before, bytes, "{} changed", path.display());
        }
    }

    /// The ids of all records, each there once.
    fn ids(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for line in segments(&self.bench.output()).iter().flat_map(|path| lines(path)) {
            let record: Value = serde_json::from_str(&line).unwrap();
            assert!(ids.insert(record["id"].as_str().unwrap().to_owned()), "{} was written twice", record["url"]);
        }
        let folder = self.bench.output().join("127.0.0.1");
        let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left.len(), segments(&self.bench.output()).len(), "something is left over: {left:?}");
        ids
    }

    /// What an old state held of other sites is as it was.
    fn others_are_there(&self) {
        let conn = rusqlite::Connection::open(self.bench.state()).unwrap();
        let sql = "SELECT count(*) FROM urls JOIN hosts ON hosts.id = urls.host WHERE hosts.key = ?1 AND state = 0";
        let count: i64 = conn.query_row(sql, ["http://other.test"], |row| row.get(0)).unwrap();
        assert_eq!(count, if self.old { OTHERS } else { 0 });
    }
}

/// Tells when the child has ended: its end of the pipe is closed then.
fn end_of(child: &mut Child) -> Receiver<()> {
    let (tell, told) = channel();
    let mut out = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        let _ = out.read_to_end(&mut Vec::new());
        let _ = tell.send(());
    });
    told
}

/// A state of the first format, with many addresses of a site that is not crawled here.
fn old_state(path: &Path) {
    let sql = include_str!("../../fixtures/states/v1.sql");
    let mut conn = rusqlite::Connection::open(path).unwrap();
    let tx = conn.transaction().unwrap();
    tx.execute_batch(sql).unwrap();
    tx.execute_batch(
        "DELETE FROM segments; UPDATE runs SET ended = began; INSERT INTO hosts VALUES (9, 'http://other.test', 0, 1001, NULL, NULL)",
    )
    .unwrap();
    tx.execute(
        "WITH RECURSIVE n (n) AS (SELECT 1001 UNION ALL SELECT n + 1 FROM n WHERE n < 1000 + ?1)
         INSERT INTO urls (id, hash, host, rest, state, priority, via, depth, changed_at)
         SELECT n, n, 9, '/' || n, 0, 0, 'link', 1, 0 FROM n",
        [OTHERS],
    )
    .unwrap();
    tx.execute("UPDATE counts SET n = n + ?1 WHERE state = 0", [OTHERS]).unwrap();
    tx.commit().unwrap();
}
