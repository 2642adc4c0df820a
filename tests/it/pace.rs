//! Manners over runs, by real crawls: rests, closed hosts, storms of refusals, budgets, quiet hours, machines with many names.

use std::time::Duration;

use auslese::demo::{Generated, Request, Route, Server, Site};
use auslese::engine::{Clock, Config, End, Plan, Summary};
use auslese::fetch::Network;
use auslese::site::Sites;
use auslese::types::{DeadReason, RetryReason};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::crawl::{Bench, ids, small};

fn html(page: impl Into<Vec<u8>>) -> Route {
    Route::ok("text/html; charset=utf-8", page)
}

fn article(number: usize) -> Route {
    html(small(number + 1).site().body(&Generated::article_path(number)).unwrap().to_vec())
}

/// A bench whose runs end rather than wait.
fn bench(change: impl FnOnce(&mut Config)) -> Bench {
    let mut bench = Bench::new();
    bench.config.crawl.patience = Duration::from_millis(10);
    bench.config.pace.close = Duration::from_secs(3_600);
    bench.config.pace.max_close = Duration::from_secs(86_400);
    change(&mut bench.config);
    bench
}

/// A run that begins so many minutes from now.
fn run_in(bench: &Bench, plan: &Plan, minutes: i64) -> Summary {
    bench.run_within(plan, &Network::default(), Clock::ahead(SignedDuration::from_mins(minutes)))
}

fn crawl_in(bench: &Bench, server: &Server, minutes: i64) -> Summary {
    run_in(bench, &Bench::plan(&[&server.origin()]), minutes)
}

/// The requests since the last look.
fn since(server: &Server, seen: &mut usize) -> Vec<String> {
    let log = server.log();
    let new = log[*seen..].iter().map(|request: &Request| request.path.clone()).collect();
    *seen = log.len();
    new
}

#[test]
fn a_retry_after_of_hours_is_kept_across_runs() {
    let busy = Route::status(429).header("retry-after", "7200");
    let site =
        Site::new("").route("/", html("<a href=/a>a</a> <a href=/b>b</a>")).route("/a", busy).route("/b", article(1));
    let server = Server::start(site).unwrap();
    let bench = bench(|config| config.pace.per_host = 1);
    let mut seen = 0;
    assert_eq!(crawl_in(&bench, &server, 0).end, End::Waiting);
    assert_eq!(
        since(&server, &mut seen).last().map(String::as_str),
        Some("/a"),
        "nothing more after the word of the server"
    );
    for minutes in [1, 60, 118] {
        assert_eq!(crawl_in(&bench, &server, minutes).end, End::Waiting);
        assert!(since(&server, &mut seen).is_empty(), "asked again after {minutes} minutes");
    }
    server.put("/a", article(0));
    assert_eq!(crawl_in(&bench, &server, 122).end, End::Finished);
    assert_eq!(ids(&bench.records()).len(), 2);
}

#[test]
fn a_host_that_fails_is_closed_for_a_time_that_doubles_over_runs() {
    let mut site = Site::new("").route("/", html((0..9).map(|n| format!("<a href=/{n}>{n}</a> ")).collect::<String>()));
    for n in 0..9 {
        site = site.route(&format!("/{n}"), Route::status(500));
    }
    let server = Server::start(site).unwrap();
    let bench = bench(|config| {
        config.pace.per_host = 1;
        config.pace.close_after = 3;
        config.pace.backoff = Duration::from_millis(1);
        config.crawl.max_attempts = 20;
    });
    let mut seen = 0;
    let first = crawl_in(&bench, &server, 0);
    assert_eq!((first.end, first.counters.hosts_closed), (End::Waiting, 1), "{first:?}");
    assert_eq!(first.counters.retried[&RetryReason::ServerError], 3);
    assert!(first.counters.failed > 0, "whoever reads exit codes hears of it");
    since(&server, &mut seen);
    server.put("/", Route::status(500));
    // Closed for an hour, then two, then four: each time one request tries it. The times have a minute to spare.
    let mut opens = 0;
    for hours in [1, 2, 4, 8] {
        let early = crawl_in(&bench, &server, opens + hours * 60 - 2);
        assert_eq!((early.end, since(&server, &mut seen).len()), (End::Waiting, 0), "{hours} h: {early:?}");
        opens += hours * 60 + 2;
        let tried = crawl_in(&bench, &server, opens);
        assert_eq!((tried.counters.hosts_closed, since(&server, &mut seen).len()), (1, 1), "{hours} h: {tried:?}");
    }
    server.put("/", html("<p>Guten Tag</p>"));
    for n in 0..9 {
        server.put(&format!("/{n}"), article(n));
    }
    let well = crawl_in(&bench, &server, opens + 16 * 60 + 2);
    assert_eq!((well.end, well.counters.hosts_closed), (End::Finished, 0), "{well:?}");
    assert_eq!(ids(&bench.records()).len(), 9, "nothing is lost");
    server.put("/", Route::status(500));
    let again = crawl_in(&bench, &server, opens + 17 * 60);
    assert_eq!(again.counters.hosts_closed, 0, "an answer in between: it begins anew");
}

#[test]
fn a_storm_of_refusals_stops_the_host_and_loses_no_page() {
    let pages = 40;
    let links: String = (0..pages).map(|n| format!("<a href=/{n}>{n}</a> ")).collect();
    let mut site = Site::new("").route("/", html(links));
    for n in 0..pages {
        site = site.route(&format!("/{n}"), Route::status(403));
    }
    let server = Server::start(site).unwrap();
    let bench = bench(|config| {
        config.pace.per_host = 2;
        config.pace.refusals = 5;
    });
    let mut seen = 0;
    let storm = crawl_in(&bench, &server, 0);
    assert_eq!((storm.end, storm.counters.hosts_closed), (End::Waiting, 1), "{storm:?}");
    let refused = storm.counters.retried[&RetryReason::Refused];
    assert!((5..=6).contains(&refused), "{refused} pages were asked for in a storm");
    assert!(storm.counters.dead.is_empty());
    since(&server, &mut seen);
    assert_eq!(crawl_in(&bench, &server, 30).end, End::Waiting);
    assert!(since(&server, &mut seen).is_empty());
    for n in 0..pages - 1 {
        server.put(&format!("/{n}"), article(n));
    }
    // A day later the pages that were refused are asked once more; one that is refused still is dead.
    crawl_in(&bench, &server, 90);
    let last = crawl_in(&bench, &server, 25 * 60);
    let after = crawl_in(&bench, &server, 50 * 60);
    assert_eq!(ids(&bench.records()).len(), pages - 1, "{last:?}");
    let dead = |summary: &Summary| summary.counters.dead.get(&DeadReason::Forbidden).copied().unwrap_or(0);
    assert_eq!(dead(&last) + dead(&after), 1, "{last:?} {after:?}");
}

#[test]
fn hosts_of_one_address_share_one_pace() {
    let delay = Duration::from_millis(40);
    let servers: Vec<Server> = (0..3).map(|_| Server::start(small(6).site()).unwrap()).collect();
    let origins: Vec<String> = servers.iter().map(Server::origin).collect();
    let plan = Bench::plan(&origins.iter().map(String::as_str).collect::<Vec<_>>());
    let bench = bench(|config| {
        config.pace.delay = delay;
        config.pace.per_host = 1;
        config.pace.jitter = 0.0;
        config.crawl.patience = Duration::from_secs(60);
    });
    let began = std::time::Instant::now();
    let summary = bench.run(&plan);
    let elapsed = began.elapsed();
    assert_eq!((summary.end, summary.counters.records), (End::Finished, 18));
    let requests = summary.counters.requests + summary.counters.robots_requests;
    let least = delay * u32::try_from(requests - 1).unwrap();
    assert!(elapsed >= least, "{requests} requests to one machine in {elapsed:?}, not before {least:?}");
    // Each got its turn: the first to end did not end before the others had begun.
    for server in &servers {
        assert!(server.log().len() > 6);
    }
}

#[test]
fn the_budgets_of_a_run_and_a_day_hold() {
    let server = Server::start(small(30).site()).unwrap();
    let per_run = bench(|config| config.pace.requests_per_run = 12);
    let mut seen = 0;
    let first = crawl_in(&per_run, &server, 0);
    assert_eq!((first.end, since(&server, &mut seen).len()), (End::Waiting, 12), "{first:?}");
    assert_eq!((crawl_in(&per_run, &server, 1).end, since(&server, &mut seen).len()), (End::Waiting, 12));

    let server = Server::start(small(60).site()).unwrap();
    let per_day = bench(|config| {
        config.pace.requests_per_run = 12;
        config.pace.requests_per_day = 20;
    });
    // Noon of a day, so that the runs below are on one day.
    let now = Timestamp::now();
    let noon = now.to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap().at(12, 0, 0, 0);
    let noon = noon.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().duration_since(now).as_mins() + 1;
    let mut seen = 0;
    for (minutes, requests) in [(0, 12), (10, 8), (20, 0), (11 * 60, 0), (12 * 60 + 5, 12)] {
        let summary = crawl_in(&per_day, &server, noon + minutes);
        assert_eq!(since(&server, &mut seen).len(), requests, "{minutes} minutes after noon: {summary:?}");
    }
    // A budget that was lifted holds nothing up: the hold was made of it.
    assert_eq!(crawl_in(&per_day, &server, noon + 12 * 60 + 10).end, End::Waiting);
    let mut lifted = per_day;
    (lifted.config.pace.requests_per_run, lifted.config.pace.requests_per_day) = (0, 0);
    assert_eq!(crawl_in(&lifted, &server, noon + 12 * 60 + 20).end, End::Finished);
    assert_eq!(ids(&lifted.records()).len(), 60);
}

const PROFILE: &str = r#"
home = "ORIGIN/"

[sources]
listings = ["/"]

[urls]
otherwise = "page"

[pace]
delay = "0s"
quiet = ["20:00-24:00", "00:00-06:30"]
time_zone = "Europe/Berlin"
"#;

#[test]
fn nothing_is_asked_in_quiet_hours() {
    let server = Server::start(small(5).site()).unwrap();
    let origin = server.origin();
    let text = PROFILE.replace("ORIGIN", &origin);
    let sites = Sites::load([("anzeiger.toml", text.as_str())]).unwrap();
    let mut plan = Plan::new();
    plan.add_site(sites.for_url(&Url::parse(&origin).unwrap()));
    let bench = bench(|_| {});
    // Minutes from now to a time of tomorrow in Berlin.
    let now = Timestamp::now();
    let at = |hour: i8, minute: i8| {
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let day = now.to_zoned(zone.clone()).date().tomorrow().unwrap();
        day.at(hour, minute, 0, 0).to_zoned(zone).unwrap().timestamp().duration_since(now).as_mins() + 1
    };
    for (hour, minute) in [(2, 0), (6, 28)] {
        let night = run_in(&bench, &plan, at(hour, minute));
        assert_eq!((night.end, night.counters.requests, server.log().len()), (End::Waiting, 0, 0), "{hour}:{minute}");
    }
    let morning = run_in(&bench, &plan, at(6, 31));
    assert_eq!((morning.end, morning.counters.records), (End::Finished, 5));
    let asked = server.log().len();
    assert_eq!(run_in(&bench, &plan, at(22, 0)).end, End::Waiting);
    assert_eq!(server.log().len(), asked);
}

#[test]
fn wrong_hours_are_named_with_their_line() {
    for (wrong, line, what) in [
        ("quiet = [\"22-6\"]", 3, "no span of the day"),
        ("quiet = [\"00:00-12:00\", \"12:00-24:00\"]", 3, "no time of the day is left"),
        ("time_zone = \"Europe/Grauwiek\"", 3, "no time zone"),
    ] {
        let text = format!("home = \"https://www.anzeiger.test/\"\n[pace]\n{wrong}\n");
        let error = Sites::load([("anzeiger.toml", text.as_str())]).unwrap_err().to_string();
        assert!(error.contains(&format!("anzeiger.toml:{line}")) && error.contains(what), "{error}");
    }
}
