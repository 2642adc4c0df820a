//! The crawl, end to end: real servers on loopback, the real state and output.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use auslese::demo::{Generated, Request, Route, Server, Site};
use auslese::engine::{self, Clock, Config, End, EngineError, Output, Plan, Stop, Summary};
use auslese::fetch::Network;
use auslese::frontier::FrontierError;
use auslese::site::Sites;
use auslese::types::{DeadReason, Record, RetryReason, SkipReason};
use tempfile::TempDir;
use url::Url;

/// The profile of a site that is not built in.
const PROFILE: &str = r#"
title = "Anzeiger"
language = "de"
home = "ORIGIN/"

[sources]
listings = ["/"]

[urls]
otherwise = "drop"

[[rule]]
keep = '^/meldungen/'
as = "article"

[[rule]]
keep = '^/liste/'
as = "listing"
"#;

/// A folder for output and state, and how the crawl is run in it.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) config: Config,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let mut config = Config::default();
        config.fetch.allow_private = true;
        config.pace.delay = Duration::ZERO;
        config.pace.per_host = 8;
        config.pace.backoff = Duration::from_millis(50);
        config.pace.close = Duration::from_millis(50);
        config.pace.max_close = Duration::from_millis(200);
        config.crawl.retry_after = Duration::from_millis(50);
        config.crawl.tdmrep = false;
        Self { folder: tempfile::tempdir().unwrap(), config }
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    pub(crate) fn plan(origins: &[&str]) -> Plan {
        let sites = Sites::embedded().unwrap();
        let mut plan = Plan::new();
        for origin in origins {
            let url = Url::parse(origin).unwrap();
            plan.add_url(sites.for_url(&url), &url);
        }
        plan
    }

    fn try_run(&self, plan: &Plan, stop: &Stop) -> Result<Summary, EngineError> {
        let run_id = engine::new_run_id(jiff::Timestamp::now());
        let store = engine::open(&self.state(), &Output::Folder(self.output()), &run_id, &self.config)?;
        runtime().block_on(engine::run(&self.config, plan, store, stop))
    }

    /// A run at another time, with other names, than the system's.
    pub(crate) fn run_within(&self, plan: &Plan, network: &Network, clock: Clock) -> Summary {
        let run_id = engine::new_run_id(clock.now());
        let output = Output::Folder(self.output());
        let store = engine::open_at(&self.state(), &output, &run_id, &self.config, clock).unwrap();
        runtime().block_on(engine::run_within(&self.config, plan, store, &Stop::new(), network)).unwrap()
    }

    pub(crate) fn run(&self, plan: &Plan) -> Summary {
        self.try_run(plan, &Stop::new()).unwrap()
    }

    /// A run that begins so much later than now.
    pub(crate) fn run_later(&self, plan: &Plan, ahead: jiff::SignedDuration) -> Summary {
        let store = self.open_later(ahead);
        runtime().block_on(engine::run(&self.config, plan, store, &Stop::new())).unwrap()
    }

    /// Opens state and output for a run that begins so much later than now.
    pub(crate) fn open_later(&self, ahead: jiff::SignedDuration) -> engine::Store {
        let clock = engine::Clock::ahead(ahead);
        let run_id = engine::new_run_id(clock.now());
        let began = Instant::now();
        loop {
            match engine::open_at(&self.state(), &Output::Folder(self.output()), &run_id, &self.config, clock) {
                Ok(store) => return store,
                // The writer of a dropped run takes a moment to let go of the state.
                Err(EngineError::Frontier(FrontierError::Locked { .. }))
                    if began.elapsed() < Duration::from_secs(20) =>
                {
                    std::thread::yield_now();
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) fn crawl(&self, server: &Server) -> Summary {
        self.run(&Self::plan(&[&server.origin()]))
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        records(&self.output())
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Every record of every segment that readers of `*.jsonl*` see. A line that is not whole is a failure.
fn records(output: &Path) -> Vec<Record> {
    let files = segments(output);
    files.iter().flat_map(|path| lines(path)).map(|line| serde_json::from_str(&line).unwrap()).collect()
}

/// The files that readers of `*.jsonl*` see, in the order of their names.
pub(crate) fn segments(output: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for site in std::fs::read_dir(output).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()) {
        let listing = std::fs::read_dir(site.path()).unwrap().map(|file| file.unwrap().path());
        files.extend(listing.filter(|path| path.file_name().unwrap().to_string_lossy().contains(".jsonl")));
    }
    files.sort();
    files
}

/// The lines of a segment, whatever its compression.
pub(crate) fn lines(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().unwrap().to_str() {
        Some("gz") => drop(flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap()),
        Some("zst") => drop(zstd::stream::read::Decoder::new(&bytes[..]).unwrap().read_to_string(&mut text).unwrap()),
        _ => text = String::from_utf8(bytes).unwrap(),
    }
    assert!(text.is_empty() || text.ends_with('\n'), "{}: torn", path.display());
    text.lines().map(str::to_owned).collect()
}

/// Ids, each once.
pub(crate) fn ids(records: &[Record]) -> BTreeSet<String> {
    let ids: BTreeSet<String> = records.iter().map(|record| record.id.clone()).collect();
    assert_eq!(ids.len(), records.len(), "an article was written twice");
    ids
}

pub(crate) fn asked(server: &Server) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for request in server.log() {
        *times.entry(request.path).or_default() += 1;
    }
    times
}

pub(crate) fn small(articles: usize) -> Generated {
    Generated { articles, page_bytes: 6_000, seed: 7 }
}

#[test]
fn a_static_site_without_robots_or_sitemap_is_crawled_wholly_and_each_page_once() {
    let server = Server::start(small(120).site()).unwrap();
    let bench = Bench::new();
    let summary = bench.crawl(&server);
    assert_eq!(summary.end, End::Finished);
    assert_eq!((summary.pending, summary.counters.failed), (0, 0));
    let asked = asked(&server);
    for number in 0..120 {
        assert_eq!(asked.get(&Generated::article_path(number)), Some(&1), "{number}");
    }
    assert_eq!(ids(&bench.records()).len(), 120);
    assert_eq!(summary.counters.records, 120);
    assert_eq!(summary.counters.pages, 120 + 3 + 1);
    assert_eq!(summary.counters.requests, summary.counters.pages);
    assert_eq!(summary.files.len(), 1);
    assert!(summary.counters.blocks.values().sum::<u64>() > 120 * 5);
}

#[test]
fn the_second_run_asks_sources_again_but_no_article() {
    let server = Server::start(small(60).site()).unwrap();
    let bench = Bench::new();
    bench.crawl(&server);
    let before = server.log().len();
    let second = bench.crawl(&server);
    assert_eq!((second.end, second.counters.records), (End::Finished, 0));
    let again: Vec<Request> = server.log().split_off(before);
    assert!(again.iter().any(|request| request.path == "/"), "the front page names what is new");
    assert!(!again.iter().any(|request| request.path.starts_with("/meldungen/")), "{again:?}");
    assert_eq!(ids(&bench.records()).len(), 60);
}

#[test]
fn a_limit_ends_the_run_cleanly_and_the_next_goes_on() {
    let server = Server::start(small(80).site()).unwrap();
    let bench = Bench::new();
    let mut plan = Bench::plan(&[&server.origin()]);
    plan.limit = Some(20);
    let first = bench.run(&plan);
    assert_eq!((first.end, first.counters.pages), (End::Limit, 20));
    assert!(first.pending > 0);
    let second = bench.crawl(&server);
    assert_eq!(second.end, End::Finished);
    assert_eq!(ids(&bench.records()).len(), 80);
    let twice =
        asked(&server).into_iter().filter(|(path, times)| path.starts_with("/meldungen/") && *times > 1).count();
    assert_eq!(twice, 0);
}

#[test]
fn the_time_asked_for_ends_the_run_cleanly() {
    let server = Server::start(small(20).site()).unwrap();
    let bench = Bench::new();
    let mut plan = Bench::plan(&[&server.origin()]);
    plan.time = Some(Duration::ZERO);
    assert_eq!(bench.run(&plan).end, End::Deadline);
    assert_eq!(bench.crawl(&server).end, End::Finished);
    assert_eq!(ids(&bench.records()).len(), 20);
}

#[test]
fn robots_txt_is_obeyed_and_asked_for_once_before_anything() {
    let robots = "User-agent: *\nDisallow: /liste/2/\nDisallow: /meldungen/3-\n\nUser-agent: other\nDisallow: /\n";
    let server = Server::start(small(100).site().route("/robots.txt", Route::ok("text/plain", robots))).unwrap();
    let bench = Bench::new();
    let summary = bench.crawl(&server);
    let log = server.log();
    assert_eq!(log.first().unwrap().path, "/robots.txt");
    assert_eq!(asked(&server)["/robots.txt"], 1);
    assert!(!log.iter().any(|request| request.path == "/liste/2/" || request.path.starts_with("/meldungen/3-")));
    assert!(summary.counters.skipped[&SkipReason::Robots] >= 2, "{:?}", summary.counters.skipped);
    assert!(log.iter().all(|request| request.user_agent.starts_with("auslese/")), "an honest name");
}

#[test]
fn pace_is_held_one_request_at_a_time() {
    let server = Server::start(small(6).site()).unwrap();
    let mut bench = Bench::new();
    let delay = Duration::from_millis(200);
    bench.config.pace.delay = delay;
    bench.config.pace.per_host = 1;
    bench.config.pace.jitter = 0.0;
    bench.crawl(&server);
    let log = server.log();
    assert!(log.len() > 6);
    assert!(log.iter().all(|request| request.at_once == 1));
    // The server sees a request a little after it was sent: a gap can look shorter by that, never the sum of all.
    let gaps: Vec<Duration> = log.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let least = gaps.iter().min().unwrap();
    assert!(*least >= delay.mul_f64(0.5), "{gaps:?}");
    let all = log.last().unwrap().at - log.first().unwrap().at;
    assert!(all >= delay.mul_f64(0.98) * u32::try_from(gaps.len()).unwrap(), "{all:?}");
}

#[test]
fn the_crawl_delay_of_robots_txt_slows_the_pace() {
    let robots = Route::ok("text/plain", "User-agent: *\nCrawl-delay: 0.1\n");
    let server = Server::start(small(6).site().route("/robots.txt", robots)).unwrap();
    let bench = Bench::new();
    bench.crawl(&server);
    let log = server.log();
    let all = log.last().unwrap().at - log[1].at;
    let gaps = u32::try_from(log.len() - 2).unwrap();
    assert!(all >= Duration::from_millis(98) * gaps, "{all:?} for {gaps} gaps");
}

#[test]
fn hosts_do_not_wait_for_one_another() {
    let slow = Server::start(
        small(8).site().route("/robots.txt", Route::ok("text/plain", "User-agent: *\nCrawl-delay: 0.2\n")),
    );
    let (slow, fast) = (slow.unwrap(), Server::start(small(100).site()).unwrap());
    let bench = Bench::new();
    let summary = bench.run(&Bench::plan(&[&slow.origin(), &fast.origin()]));
    assert_eq!((summary.end, summary.counters.records), (End::Finished, 108));
    assert!(fast.log().last().unwrap().at < slow.log().last().unwrap().at, "the fast host waited for the slow one");
    let folders = std::fs::read_dir(bench.output()).unwrap().count();
    assert!(folders >= 1);
}

#[test]
fn a_server_that_fails_for_a_while_loses_no_page() {
    let mut route = Route::ok("text/html", "<p>x");
    route.first = Some(auslese::demo::First {
        status: 503,
        times: 2,
        headers: BTreeMap::from([("retry-after".to_owned(), "0".to_owned())]),
    });
    let site = Site::new("")
        .route("/", Route::ok("text/html", "<a href=/a>a</a> <a href=/gone>b</a> <a href=/broken>c</a>"))
        .route("/a", route)
        .route("/broken", Route::status(500));
    let server = Server::start(site).unwrap();
    let mut bench = Bench::new();
    bench.config.crawl.max_attempts = 3;
    let summary = bench.crawl(&server);
    assert_eq!(summary.end, End::Finished);
    assert_eq!(asked(&server)["/a"], 3);
    assert_eq!(asked(&server)["/broken"], 3, "as often as allowed");
    assert_eq!(summary.counters.retried[&RetryReason::ServerError], 4);
    assert_eq!(summary.counters.dead[&DeadReason::RetriesExhausted], 1);
    assert_eq!(summary.counters.dead[&DeadReason::NotFound], 1);
    assert_eq!(summary.counters.failed, 1, "a dead link is none, a page that died by retries is one");
}

#[test]
fn a_host_whose_robots_txt_cannot_be_had_is_not_asked() {
    let server = Server::start(small(5).site().route("/robots.txt", Route::status(503))).unwrap();
    let bench = Bench::new();
    let mut quick = bench;
    quick.config.crawl.patience = Duration::from_millis(10);
    let summary = quick.crawl(&server);
    assert_eq!(summary.end, End::Waiting);
    assert_eq!(summary.counters.pages, 0);
    assert!(server.log().iter().all(|request| request.path == "/robots.txt"), "never \"allowed\"");
}

#[test]
fn one_article_under_many_addresses_is_one_record() {
    let page = small(1).site();
    let server = Server::start(page).unwrap();
    let body = server.site().body(&Generated::article_path(0)).unwrap().to_vec();
    let printed =
        String::from_utf8(body.clone()).unwrap().replace("</head>", "<link rel=canonical href=\"/a\"></head>");
    let site = Site::new("")
        .route(
            "/",
            Route::ok("text/html", "<a href=/a?print=1>p</a> <a href=/old>o</a> <a href=/a>a</a> <a href=/loop>l</a>"),
        )
        .route("/a", Route::ok("text/html; charset=utf-8", body))
        .route("/a?print=1", Route::ok("text/html; charset=utf-8", printed))
        .route("/old", Route::status(301).header("location", "/older"))
        .route("/older", Route::status(302).header("location", "/a"))
        .route("/loop", Route::status(301).header("location", "/loop2"))
        .route("/loop2", Route::status(301).header("location", "/loop"));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    let summary = bench.crawl(&server);
    let records = bench.records();
    assert_eq!(ids(&records).len(), 1);
    assert!(records[0].url.ends_with("/a"), "{}", records[0].url);
    assert_eq!(asked(&server)["/a"], 1);
    assert_eq!(summary.counters.dead.get(&DeadReason::RedirectLoop), Some(&1), "{:?}", summary.counters.dead);
    assert_eq!(summary.counters.redirected, 3);
}

#[test]
fn a_canonical_address_that_leads_nowhere_loses_no_article() {
    let server = Server::start(small(2).site()).unwrap();
    let body = String::from_utf8(server.site().body(&Generated::article_path(0)).unwrap().to_vec()).unwrap();
    let bad = body.replace("</head>", "<link rel=canonical href=\"/nowhere\"></head>");
    let other = String::from_utf8(server.site().body(&Generated::article_path(1)).unwrap().to_vec()).unwrap();
    let home = other.replace("</head>", "<link rel=canonical href=\"/\"></head>");
    let site = Site::new("")
        .route("/", Route::ok("text/html", "<a href=/nowhere>n</a> <a href=/late>b</a> <a href=/home>h</a>"))
        .route("/late", Route::ok("text/html; charset=utf-8", bad))
        .route("/home", Route::ok("text/html; charset=utf-8", home));
    let server = Server::start(site).unwrap();
    let mut bench = Bench::new();
    bench.config.pace.per_host = 1;
    bench.crawl(&server);
    let urls: BTreeSet<String> =
        bench.records().iter().map(|record| Url::parse(&record.url).unwrap().path().to_owned()).collect();
    assert_eq!(urls, BTreeSet::from(["/late".to_owned(), "/home".to_owned()]));
}

#[test]
fn a_run_that_is_dropped_in_the_middle_loses_and_doubles_nothing() {
    let server = Server::start_slow(small(60).site(), Duration::from_millis(5)).unwrap();
    let bench = Bench::new();
    let plan = Bench::plan(&[&server.origin()]);
    for millis in [120, 260] {
        let run_id = engine::new_run_id(jiff::Timestamp::now());
        let store = open_when_free(&bench, &run_id);
        let runtime = runtime();
        let stop = Stop::new();
        let run = engine::run(&bench.config, &plan, store, &stop);
        let _cut_off = runtime.block_on(async { tokio::time::timeout(Duration::from_millis(millis), run).await });
    }
    let run_id = engine::new_run_id(jiff::Timestamp::now());
    let store = open_when_free(&bench, &run_id);
    let summary = runtime().block_on(engine::run(&bench.config, &plan, store, &Stop::new())).unwrap();
    assert_eq!(summary.end, End::Finished);
    assert_eq!(ids(&bench.records()).len(), 60);
}

/// The writer of a dropped run takes a moment to let go of the state.
fn open_when_free(bench: &Bench, run_id: &str) -> engine::Store {
    let began = Instant::now();
    loop {
        match engine::open(&bench.state(), &Output::Folder(bench.output()), run_id, &bench.config) {
            Ok(store) => return store,
            Err(EngineError::Frontier(FrontierError::Locked { .. })) if began.elapsed() < Duration::from_secs(20) => {
                std::thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

// The binary.

pub(crate) fn auslese(bench: &Bench, server: &Server, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["crawl", &format!("{}/", server.origin()), "--allow-private", "--output"]).arg(bench.output());
    command.arg("--state").arg(bench.state()).args(["--delay", "0s"]).args(more);
    command.env_remove("AUSLESE_LOG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The end of a run, and its words. The wait costs no processor time, which the run may need.
pub(crate) fn finish(mut child: Child, within: Duration) -> (Option<i32>, String) {
    let (ended, watched) = std::sync::mpsc::channel::<()>();
    let id = child.id().to_string();
    let watch = std::thread::spawn(move || {
        let is_late = watched.recv_timeout(within) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        is_late && Command::new("kill").args(["-9", &id]).status().unwrap().success()
    });
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    let status = child.wait().unwrap();
    drop(ended);
    assert!(!watch.join().unwrap(), "still running after {within:?}: {words}");
    (status.code(), words)
}

pub(crate) fn until_asked(server: &Server, requests: usize) {
    let began = Instant::now();
    while server.log().len() < requests {
        assert!(began.elapsed() < Duration::from_secs(60), "the server was not asked");
        std::thread::yield_now();
    }
}

/// Waits until a run that is under way has settled so many records: their bytes and the mark are on the disk then.
pub(crate) fn until_settled(bench: &Bench, records: i64) {
    let began = Instant::now();
    let settled = || -> rusqlite::Result<i64> {
        let conn = rusqlite::Connection::open_with_flags(bench.state(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        conn.query_row("SELECT COALESCE(SUM(records), 0) FROM segments", [], |row| row.get(0))
    };
    // Until the run has made it there is no state, and then no table.
    while settled().unwrap_or(0) < records {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing was settled");
        std::thread::yield_now();
    }
}

#[test]
fn killed_at_any_moment_and_started_again_it_loses_doubles_and_tears_nothing() {
    let server = Server::start_slow(small(150).site(), Duration::from_millis(2)).unwrap();
    let bench = Bench::new();
    for requests in [3, 40, 41, 90, 130] {
        let mut child = auslese(&bench, &server, &["--per-host", "4"]).spawn().unwrap();
        until_asked(&server, server.log().len().max(requests));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, words) =
        finish(auslese(&bench, &server, &["--per-host", "4"]).spawn().unwrap(), Duration::from_secs(120));
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(ids(&bench.records()).len(), 150);
}

#[test]
fn a_signal_ends_the_run_with_the_state_saved() {
    let server = Server::start_slow(small(200).site(), Duration::from_millis(20)).unwrap();
    let bench = Bench::new();
    let child = auslese(&bench, &server, &["--per-host", "2"]).spawn().unwrap();
    until_asked(&server, 30);
    let began = Instant::now();
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let (code, words) = finish(child, Duration::from_secs(10));
    assert_eq!(code, Some(5), "{words}");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(words.contains("interrupted"), "{words}");
    let mut files = std::fs::read_dir(bench.output().join("127.0.0.1")).unwrap().flatten();
    assert!(files.all(|file| file.path().extension().is_some_and(|end| end == "jsonl")), "a segment is unfinished");
    let (code, words) =
        finish(auslese(&bench, &server, &["--per-host", "8"]).spawn().unwrap(), Duration::from_secs(120));
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(ids(&bench.records()).len(), 200);
    let twice =
        asked(&server).into_iter().filter(|(path, times)| path.starts_with("/meldungen/") && *times > 1).count();
    assert_eq!(twice, 0, "what was under way had been finished and saved");
}

#[test]
fn a_second_run_on_the_same_state_exits_with_3() {
    let server = Server::start_slow(small(100).site(), Duration::from_millis(20)).unwrap();
    let bench = Bench::new();
    let mut first = auslese(&bench, &server, &["--per-host", "1"]).spawn().unwrap();
    until_asked(&server, 5);
    let (code, words) = finish(auslese(&bench, &server, &[]).spawn().unwrap(), Duration::from_secs(30));
    assert_eq!(code, Some(3), "{words}");
    assert!(words.contains(&format!("process {} on ", first.id())), "it says who holds it: {words}");
    assert!(words.contains("held by run 20") && words.contains(" since 20"), "{words}");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let server = Server::start(small(1).site()).unwrap();
    let bench = Bench::new();
    std::fs::write(bench.output(), "a file where the folder should be").unwrap();
    let (code, words) = finish(auslese(&bench, &server, &[]).spawn().unwrap(), Duration::from_secs(30));
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains(&bench.output().display().to_string()), "{words}");
    assert!(server.log().is_empty(), "nothing was asked in vain");
}

#[test]
fn private_addresses_are_refused_unless_allowed() {
    let server = Server::start(small(1).site()).unwrap();
    let mut bench = Bench::new();
    bench.config.fetch.allow_private = false;
    bench.config.crawl.patience = Duration::from_millis(10);
    let summary = bench.crawl(&server);
    assert_eq!(summary.counters.pages, 0);
    assert!(summary.counters.failed > 0, "{summary:?}");
    assert!(server.log().is_empty());
}

#[test]
fn a_full_disk_ends_the_run_and_is_named() {
    let server = Server::start(small(10).site()).unwrap();
    let bench = Bench::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["crawl", &server.origin(), "--allow-private", "--output", "-", "--delay", "0s", "--state"]);
    command.arg(bench.state()).env_remove("AUSLESE_LOG").stderr(Stdio::piped());
    // Every write to /dev/full fails as on a full disk.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, words) = finish(command.stdout(full).spawn().unwrap(), Duration::from_secs(60));
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("disk is full"), "{words}");
    bench.crawl(&server);
    assert_eq!(ids(&bench.records()).len(), 10, "what did not fit is fetched again");
}

#[test]
fn profiles_of_a_folder_are_crawled_by_name() {
    let server = Server::start(small(10).site()).unwrap();
    let bench = Bench::new();
    let profiles = bench.folder.path().join("config");
    std::fs::create_dir(&profiles).unwrap();
    let profile = PROFILE.replace("ORIGIN", server.origin().trim_end_matches('/'));
    std::fs::write(profiles.join("anzeiger.test.toml"), profile).unwrap();
    let crawl = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
        command.arg("crawl").args(arguments).arg("--output").arg(bench.output()).arg("--config-dir").arg(&profiles);
        command.args(["--allow-private", "--delay", "0s"]).env_remove("AUSLESE_LOG").output().unwrap()
    };
    let out = crawl(&["anzeiger.test"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    let records = bench.records();
    assert_eq!(ids(&records).len(), 10);
    assert!(records.iter().all(|record| record.profile == "anzeiger.test"), "{:?}", records[0].profile);
    let out = crawl(&[]);
    let words = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{words}");
    assert!(words.contains("anzeiger.test") && words.contains("https://example.org/"), "{words}");
}

#[test]
fn records_stream_to_stdout() {
    let server = Server::start(small(10).site()).unwrap();
    let bench = Bench::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["crawl", &server.origin(), "--allow-private", "--output", "-", "--delay", "0s", "--state"]);
    let out = command.arg(bench.state()).env_remove("AUSLESE_LOG").output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    let lines = String::from_utf8(out.stdout).unwrap();
    let records: Vec<Record> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ids(&records).len(), 10);
}
