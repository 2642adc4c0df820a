//! What publishers ask of machines, obeyed and recorded by a real crawl; and articles that must not be lost on the way.

use std::collections::BTreeSet;
use std::time::Duration;

use auslese::demo::{Generated, Route, Server, Site};
use auslese::engine::End;
use auslese::frontier::{Frontier, OpenHow, RobotsCopy, SqliteFrontier};
use auslese::types::{DeadReason, HostKey, Record, SkipReason};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::crawl::{Bench, asked, ids, small};

const RULES: &str = "User-agent: *\nDisallow: /meldungen/3-\n";

fn host(server: &Server) -> HostKey {
    HostKey::of(&Url::parse(&server.origin()).unwrap()).unwrap()
}

/// The state, between two runs.
fn state(bench: &Bench) -> SqliteFrontier {
    let how = OpenHow { run_id: "between".to_owned(), now: Timestamp::now(), max_open: 1_000 };
    SqliteFrontier::open(&bench.state(), &how).unwrap().0
}

fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(hours)
}

fn times(server: &Server, path: &str) -> usize {
    asked(server).get(path).copied().unwrap_or(0)
}

/// The page of an article with something more in its head.
fn article(number: usize, head: &str) -> String {
    let site = small(number + 1).site();
    let body = site.body(&Generated::article_path(number)).unwrap().to_vec();
    String::from_utf8(body).unwrap().replace("</head>", &format!("{head}</head>"))
}

fn html(page: impl Into<Vec<u8>>) -> Route {
    Route::ok("text/html; charset=utf-8", page)
}

fn paths(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(|record| Url::parse(&record.url).unwrap().path().to_owned()).collect()
}

#[test]
fn robots_txt_holds_a_day_across_runs() {
    let server = Server::start(small(40).site().route("/robots.txt", Route::ok("text/plain", RULES))).unwrap();
    let bench = Bench::new();
    bench.crawl(&server);
    let kept = state(&bench).robots(&host(&server)).unwrap().unwrap();
    assert_eq!((kept.status, kept.body.as_slice()), (Some(200), RULES.as_bytes()));
    bench.crawl(&server);
    assert_eq!(times(&server, "/robots.txt"), 1, "the second run of the day has it from the state");
    // A day later, as the state sees it.
    let old = RobotsCopy { fetched_at: hours_ago(25), ..kept.clone() };
    state(&bench).put_robots(&host(&server), &old).unwrap();
    bench.crawl(&server);
    assert_eq!(times(&server, "/robots.txt"), 2);
    assert!(state(&bench).robots(&host(&server)).unwrap().unwrap().fetched_at > hours_ago(1));
    // What the state says was fetched in the future proves nothing.
    let future = RobotsCopy { fetched_at: hours_ago(-25), ..kept };
    state(&bench).put_robots(&host(&server), &future).unwrap();
    bench.crawl(&server);
    assert_eq!(times(&server, "/robots.txt"), 3);
}

#[test]
fn the_kept_robots_txt_is_obeyed() {
    let server = Server::start(small(40).site()).unwrap();
    let bench = Bench::new();
    let kept = RobotsCopy { status: Some(200), body: RULES.into(), fetched_at: hours_ago(23) };
    state(&bench).put_robots(&host(&server), &kept).unwrap();
    bench.crawl(&server);
    assert_eq!(times(&server, "/robots.txt"), 0);
    assert!(!asked(&server).keys().any(|path| path.starts_with("/meldungen/3-")));
    assert_eq!(ids(&bench.records()).len(), 39);
}

#[test]
fn a_robots_txt_that_cannot_be_had_is_never_kept_as_leave() {
    let server = Server::start(small(5).site().route("/robots.txt", Route::status(503))).unwrap();
    let mut bench = Bench::new();
    bench.config.crawl.patience = Duration::from_millis(10);
    bench.crawl(&server);
    assert_eq!(state(&bench).robots(&host(&server)).unwrap(), None);
    // Old leave is no leave either.
    let absent = RobotsCopy { status: Some(404), body: Vec::new(), fetched_at: hours_ago(30) };
    state(&bench).put_robots(&host(&server), &absent).unwrap();
    bench.config.crawl.patience = Duration::from_secs(60);
    assert_eq!(bench.crawl(&server).counters.pages, 0);
}

#[test]
fn old_rules_hold_while_robots_txt_cannot_be_had() {
    let server = Server::start(small(40).site().route("/robots.txt", Route::status(503))).unwrap();
    let bench = Bench::new();
    let rules = RobotsCopy { status: Some(200), body: RULES.into(), fetched_at: hours_ago(30) };
    state(&bench).put_robots(&host(&server), &rules).unwrap();
    let summary = bench.crawl(&server);
    assert_eq!(server.log()[0].path, "/robots.txt", "it is asked for first");
    assert_eq!((summary.end, summary.counters.failed), (End::Finished, 0));
    assert!(!asked(&server).keys().any(|path| path.starts_with("/meldungen/3-")));
    assert!(times(&server, &Generated::article_path(7)) == 1);
}

#[test]
fn what_other_sites_wait_for_does_not_hold_up_the_end() {
    let broken = Server::start(Site::new("").route("/", Route::status(500))).unwrap();
    let mut bench = Bench::new();
    bench.config.crawl.patience = Duration::from_millis(10);
    bench.config.crawl.retry_after = Duration::from_secs(120);
    assert_eq!(bench.crawl(&broken).end, End::Waiting);
    bench.config.crawl.patience = Duration::from_secs(600);
    let server = Server::start(small(5).site()).unwrap();
    let began = std::time::Instant::now();
    let summary = bench.crawl(&server);
    assert_eq!((summary.end, summary.counters.records), (End::Finished, 5));
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_page_whose_canonical_address_dies_later_is_written_after_all() {
    // The canonical address waits for a retry, dies, is noindex, or redirects back; the page came before.
    let site = Site::new("")
        .route("/", html("<a href=/a>a</a> <a href=/b>b</a> <a href=/c>c</a> <a href=/d>d</a> <a href=/e>e</a>"))
        .route("/a", html(article(0, "<link rel=canonical href=/a-dead>")))
        .route("/b", html(article(1, "<link rel=canonical href=/b-noindex>")))
        .route("/b-noindex", html(article(1, "<meta name=robots content=noindex>")))
        .route("/c", html(article(2, "<link rel=canonical href=/c/>")))
        .route("/c/", Route::status(301).header("location", "/c"))
        .route("/d", html(article(3, "<link rel=canonical href=/d-fails>")))
        .route("/d-fails", Route::status(500))
        .route("/e", html(article(4, "<link rel=canonical href=/e-main>")))
        .route("/e-main", html(article(4, "<link rel=canonical href=/e>")));
    for per_host in [1, 8] {
        let server = Server::start(site.clone()).unwrap();
        let mut bench = Bench::new();
        bench.config.pace.per_host = per_host;
        bench.config.crawl.max_attempts = 2;
        let summary = bench.crawl(&server);
        assert_eq!((summary.end, summary.pending), (End::Finished, 0));
        let records = bench.records();
        assert_eq!(ids(&records).len(), 5, "{:?}", paths(&records));
        let paths = paths(&records);
        for path in ["/a", "/b", "/c", "/d"] {
            assert!(paths.contains(path), "{path} is missing in {paths:?}");
        }
    }
}

#[test]
fn a_new_session_id_at_each_redirect_is_a_loop() {
    let session = |n: u32| format!("/a?PHPSESSID={n:032x}");
    let to = |n: u32| Route::status(302).header("location", &session(n));
    let site = Site::new("")
        .route("/", html("<a href=/a>a</a> <a href=/b>b</a>"))
        .route("/a", to(1))
        .route(&session(1), to(2))
        .route(&session(2), to(3))
        .route("/b", Route::status(302).header("location", "/b?PHPSESSID=00000000000000000000000000000001"))
        .route("/b?PHPSESSID=00000000000000000000000000000001", html(article(0, "")));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    let summary = bench.crawl(&server);
    assert_eq!(summary.counters.dead.get(&DeadReason::RedirectLoop), Some(&1), "{:?}", summary.counters.dead);
    assert_eq!(times(&server, &session(2)), 0);
    let records = bench.records();
    assert_eq!(records.len(), 1);
    assert!(records[0].url.ends_with("/b"), "{}", records[0].url);
}

#[test]
fn reservations_reach_the_record() {
    let rules = r#"[{"location": "/datei/*", "tdm-reservation": 1, "tdm-policy": "https://example.org/policy.json"},
                    {"location": "/frei/*", "tdm-reservation": 0}]"#;
    let robots = "User-agent: *\nAllow: /\n";
    let kopf =
        html(article(1, "")).header("tdm-reservation", "1").header("tdm-policy", "https://example.org/kopf.json");
    let meta = "<meta name=tdm-reservation content=1><meta name=tdm-policy content=\"https://example.org/meta.json\">";
    let site = Site::new("")
        .route("/robots.txt", Route::ok("text/plain", robots))
        .route("/.well-known/tdmrep.json", Route::ok("application/json", rules))
        .route(
            "/",
            html(
                "<a href=/datei/a>a</a> <a href=/kopf>b</a> <a href=/meta>c</a> <a href=/frei/d>d</a> <a href=/e>e</a>",
            ),
        )
        .route("/datei/a", html(article(0, "")))
        .route("/kopf", kopf)
        .route("/meta", html(article(2, meta)))
        .route("/frei/d", html(article(3, "")))
        .route("/e", html(article(4, "")));
    let server = Server::start(site).unwrap();
    let mut bench = Bench::new();
    bench.config.crawl.tdmrep = true;
    bench.crawl(&server);
    assert_eq!(times(&server, "/.well-known/tdmrep.json"), 1, "once a host");
    assert_eq!(server.log()[0].path, "/robots.txt", "robots.txt comes first");
    let records = bench.records();
    let said = |path: &str| {
        let record = records.iter().find(|record| record.url.ends_with(path)).unwrap();
        (record.rights.tdm_reservation, record.rights.tdm_policy.clone())
    };
    let policy = |name: &str| Some(format!("https://example.org/{name}.json"));
    assert_eq!(said("/datei/a"), (Some(true), policy("policy")));
    assert_eq!(said("/kopf"), (Some(true), policy("kopf")));
    assert_eq!(said("/meta"), (Some(true), policy("meta")));
    assert_eq!(said("/frei/d"), (Some(false), None));
    assert_eq!(said("/e"), (None, None));
}

#[test]
fn tdmrep_json_is_not_asked_for_where_robots_txt_forbids_it() {
    let robots = Route::ok("text/plain", "User-agent: *\nDisallow: /.well-known/\n");
    let server = Server::start(small(3).site().route("/robots.txt", robots)).unwrap();
    let mut bench = Bench::new();
    bench.config.crawl.tdmrep = true;
    assert_eq!(bench.crawl(&server).counters.records, 3);
    assert_eq!(times(&server, "/.well-known/tdmrep.json"), 0);
}

#[test]
fn robots_directives_of_pages_are_obeyed_and_recorded() {
    let link = |to: &str| format!("<p><a href=\"{to}\">weiter</a></p></body>");
    let with_link = |page: String, to: &str| page.replace("</body>", &link(to));
    let site = Site::new("")
        .route("/", html("<a href=/noindex-meta>1</a> <a href=/noindex-kopf>2</a> <a href=/nofollow-meta>3</a> <a href=/nofollow-kopf>4</a> <a href=/noarchive>5</a> <a href=/andere>6</a>"))
        .route("/noindex-meta", html(with_link(article(0, "<meta name=robots content=noindex>"), "/gefunden-1")))
        .route("/noindex-kopf", html(with_link(article(1, ""), "/gefunden-2")).header("x-robots-tag", "noindex"))
        .route("/nofollow-meta", html(with_link(article(2, "<meta name=robots content=nofollow>"), "/verboten-1")))
        .route("/nofollow-kopf", html(with_link(article(3, ""), "/verboten-2")).header("x-robots-tag", "nofollow"))
        .route("/noarchive", html(article(4, "<meta name=robots content=noarchive>")))
        .route("/andere", html(article(5, "")).header("x-robots-tag", "otherbot: noindex"));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    let summary = bench.crawl(&server);
    let records = bench.records();
    let expected = ["/nofollow-meta", "/nofollow-kopf", "/noarchive", "/andere"].map(str::to_owned);
    assert_eq!(paths(&records), BTreeSet::from(expected));
    assert_eq!(summary.counters.skipped[&SkipReason::Noindex], 2);
    for found in ["/gefunden-1", "/gefunden-2"] {
        assert_eq!(times(&server, found), 1, "noindex: its links are followed");
    }
    for forbidden in ["/verboten-1", "/verboten-2"] {
        assert_eq!(times(&server, forbidden), 0, "nofollow");
    }
    let rights = |path: &str| &records.iter().find(|record| record.url.ends_with(path)).unwrap().rights;
    assert!(rights("/noarchive").noarchive && !rights("/andere").noarchive);
    assert_eq!(rights("/noarchive").robots.as_deref(), Some("noarchive"));
    assert_eq!(rights("/nofollow-kopf").x_robots_tag.as_deref(), Some("nofollow"));
    assert_eq!(rights("/andere").x_robots_tag.as_deref(), Some("otherbot: noindex"));
}
