//! Years of runs against a real server, in the time of a test: what is asked again, when, and what becomes of it.

use std::sync::LazyLock;
use std::time::Duration;

use auslese::demo::{Generated, Request, Route, Server, Site};
use auslese::engine::{self, Stop, Summary};
use auslese::types::{Record, RecordType};
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use crate::crawl::{Bench, ids, runtime};

const HTML: &str = "text/html; charset=utf-8";

const fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

const fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

/// The page of an invented article that was published some minutes ago.
fn page(number: usize) -> String {
    let site = Generated { articles: number + 1, page_bytes: 9_000, seed: 11 }.site();
    let body = site.body(&Generated::article_path(number)).unwrap();
    static PUBLISHED: LazyLock<String> =
        LazyLock::new(|| (Timestamp::now() - SignedDuration::from_mins(5)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let dates = Regex::new(r"\d{4}-\d\d-\d\dT08:00:00\+01:00").unwrap();
    let page = dates.replace_all(str::from_utf8(body).unwrap(), PUBLISHED.as_str()).into_owned();
    // What it points to is not there, and the day in words would be another one.
    let page = Regex::new(r"/meldungen/\d+-bericht\.html").unwrap().replace_all(&page, "#");
    Regex::new(r"<p class=.post__date.>[^<]*</p>").unwrap().replace(&page, "").into_owned()
}

/// The page with a sentence more in its text.
fn corrected(page: &str) -> String {
    page.replacen("<p>", "<p>In einer früheren Fassung stand hier eine andere Zahl; sie ist berichtigt. ", 1)
}

fn tagged(page: impl Into<Vec<u8>>, etag: &str) -> Route {
    Route::ok(HTML, page).header("etag", etag)
}

/// A front page that names these articles.
fn front(paths: &[&str]) -> String {
    let links: String = paths.iter().map(|path| format!("<li><a href=\"{path}\">Meldung {path}</a>")).collect();
    format!("<!doctype html><html lang=de><title>Anzeiger</title><h1>Anzeiger</h1><ul>{links}</ul>")
}

/// A site of articles below `/a`, each with a tag.
fn site(articles: usize) -> Site {
    let paths: Vec<String> = (0..articles).map(|n| format!("/a{n}")).collect();
    let named: Vec<&str> = paths.iter().map(String::as_str).collect();
    let site = Site::new("").route("/", tagged(front(&named), "\"front\""));
    paths.iter().enumerate().fold(site, |site, (n, path)| site.route(path, tagged(page(n), "\"1\"")))
}

/// A run so much later, and what it asked for but robots.txt.
fn run(bench: &Bench, server: &Server, ahead: SignedDuration) -> (Summary, Vec<Request>) {
    let before = server.log().len();
    let summary = bench.run_later(&Bench::plan(&[&server.origin()]), ahead);
    assert_eq!((summary.pending, summary.counters.failed), (0, 0), "{}", summary.table());
    let mut asked = server.log().split_off(before);
    asked.retain(|request| request.path != "/robots.txt");
    (summary, asked)
}

fn records_of(bench: &Bench, kind: RecordType) -> Vec<Record> {
    bench.records().into_iter().filter(|record| record.record_type == kind).collect()
}

fn paths(asked: &[Request]) -> Vec<&str> {
    let mut paths: Vec<&str> = asked.iter().map(|request| request.path.as_str()).collect();
    paths.sort_unstable();
    paths
}

#[test]
fn new_articles_are_looked_at_after_an_hour_and_unchanged_ones_cost_a_304() {
    let server = Server::start(site(3)).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, hours(0)).0.counters.records, 3);
    let (summary, asked) = run(&bench, &server, SignedDuration::from_mins(20));
    assert_eq!(paths(&asked), ["/"], "nothing is due");
    assert_eq!((asked[0].status, summary.counters.unchanged), (304, 1));
    let (summary, asked) = run(&bench, &server, hours(2));
    assert_eq!(paths(&asked), ["/", "/a0", "/a1", "/a2"]);
    assert!(asked.iter().all(|request| request.conditional && request.status == 304), "{asked:?}");
    let counters = &summary.counters;
    assert_eq!((counters.revisits, counters.unchanged, counters.records, counters.bytes), (3, 4, 0, 0));
    assert_eq!(paths(&run(&bench, &server, hours(3)).1), ["/"], "not before a day");
    assert_eq!(run(&bench, &server, hours(25)).0.counters.revisits, 3);
    assert_eq!(run(&bench, &server, days(5)).0.counters.revisits, 0);
    assert_eq!(run(&bench, &server, days(8)).0.counters.revisits, 3);
    assert_eq!(run(&bench, &server, days(31)).0.counters.revisits, 3);
    assert_eq!(run(&bench, &server, days(45)).0.counters.revisits, 0);
    assert_eq!(ids(&bench.records()).len(), 3);
}

#[test]
fn a_changed_article_is_an_update_and_a_new_teaser_beside_it_is_not() {
    let server = Server::start(site(3)).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    let first = bench.records();
    server.put("/a1", tagged(corrected(&page(1)), "\"2\""));
    let teaser = "<div class=\"teaser\"><h4><a href=\"/a0\">Der Brunnen am Markt läuft wieder</a></h4></div></aside>";
    let around = page(2).replace("</aside>", teaser);
    assert_ne!(around, page(2));
    server.put("/a2", tagged(around, "\"2\""));
    let (summary, _) = run(&bench, &server, hours(2));
    assert_eq!((summary.counters.records, summary.counters.updates, summary.counters.unchanged), (1, 1, 3));
    let updates = records_of(&bench, RecordType::Update);
    let old = first.iter().find(|record| record.url.ends_with("/a1")).unwrap();
    assert_eq!((&updates[0].id, &updates[0].url), (&old.id, &old.url));
    assert_ne!(updates[0].version_id, old.version_id);
    assert_eq!(
        updates[0].changed,
        ["lead", "text"].into_iter().filter(|part| *part == "text" || updates[0].lead != old.lead).collect::<Vec<_>>()
    );
    assert!(updates[0].text.contains("früheren Fassung"));
    assert_eq!(run(&bench, &server, hours(26)).0.counters.updates, 0, "told once");
    assert!(summary.line().contains("(1 updates, 0 gone)"), "{}", summary.line());
}

#[test]
fn no_run_makes_more_visits_than_the_site_may_have() {
    let server = Server::start(site(9)).unwrap();
    let mut bench = Bench::new();
    run(&bench, &server, hours(0));
    bench.config.crawl.revisits = 4;
    let mut seen = Vec::new();
    for (later, visits) in [(2, 4), (3, 4), (4, 1), (5, 0)] {
        let (summary, asked) = run(&bench, &server, hours(later));
        assert_eq!(summary.counters.revisits, visits, "after {later} h");
        seen.extend(asked.into_iter().map(|request| request.path).filter(|path| path != "/"));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 9, "each had its turn");
    bench.config.crawl.revisits = 0;
    assert_eq!(run(&bench, &server, days(400)).0.counters.revisits, 0);
}

#[test]
fn new_pages_come_before_visits() {
    let server = Server::start(site(4)).unwrap();
    let mut bench = Bench::new();
    bench.config.pace.per_host = 1;
    run(&bench, &server, hours(0));
    server.put("/", Route::ok(HTML, front(&["/a0", "/neu1", "/neu2"])));
    server.put("/neu1", Route::ok(HTML, page(21)));
    server.put("/neu2", Route::ok(HTML, page(22)));
    let (summary, asked) = run(&bench, &server, hours(2));
    let order: Vec<&str> = asked.iter().map(|request| request.path.as_str()).collect();
    assert_eq!((order.len(), summary.counters.records), (7, 2));
    assert_eq!(order[..3], ["/", "/neu1", "/neu2"]);
}

#[test]
fn an_article_is_gone_when_the_server_says_so_twice_days_apart_and_may_come_back() {
    let server = Server::start(site(2)).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    let id = bench.records().iter().find(|record| record.url.ends_with("/a0")).unwrap().id.clone();
    server.put("/a0", Route::status(404));
    let (summary, _) = run(&bench, &server, hours(2));
    assert_eq!((summary.counters.missing, summary.counters.tombstones), (1, 0), "once may be a mistake");
    assert_eq!(run(&bench, &server, hours(20)).0.counters.missing, 0, "too soon to ask again");
    let (summary, _) = run(&bench, &server, days(4));
    assert_eq!((summary.counters.tombstones, summary.counters.records), (1, 1));
    let gone = records_of(&bench, RecordType::Tombstone);
    assert_eq!((gone.len(), &gone[0].id, gone[0].http.status), (1, &id, Some(404)));
    assert!(gone[0].text.is_empty() && gone[0].run_id.is_some());
    assert_eq!(run(&bench, &server, days(40)).0.counters.tombstones, 0, "told once");
    server.put("/a0", Route::ok(HTML, page(0)));
    assert_eq!(run(&bench, &server, days(800)).0.counters.updates, 1);
    let back = records_of(&bench, RecordType::Update);
    assert_eq!((&back[0].id, back[0].changed.join(" ")), (&id, "record_type".to_owned()));
}

#[test]
fn a_page_that_is_missing_for_a_day_is_no_loss() {
    let server = Server::start(site(1)).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    for status in [404, 503] {
        server.put("/a0", Route::status(status));
        run(&bench, &server, if status == 404 { hours(2) } else { days(5) });
    }
    server.put("/a0", tagged(page(0), "\"1\""));
    let (summary, _) = run(&bench, &server, days(7));
    assert_eq!((summary.counters.revisits, summary.counters.records), (1, 0));
    server.put("/a0", Route::status(404));
    assert_eq!(run(&bench, &server, days(400)).0.counters.tombstones, 0, "it counts from the first time anew");
    assert_eq!(bench.records().len(), 1);
}

#[test]
fn an_article_that_moves_keeps_its_id() {
    let server = Server::start(site(2)).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    let old = bench.records().into_iter().find(|record| record.url.ends_with("/a0")).unwrap();
    server.put("/a0", Route::status(301).header("location", "/neue-adresse"));
    server.put("/neue-adresse", Route::ok(HTML, page(0)));
    server.put("/", Route::ok(HTML, front(&["/neue-adresse", "/a1"])));
    // Found by the list before the visit, or by the redirect: one article in any case.
    let (summary, _) = run(&bench, &server, hours(2));
    let (updates, all) = (records_of(&bench, RecordType::Update), bench.records());
    assert!(all.iter().all(|record| record.id == old.id || record.url.ends_with("/a1")), "{}", summary.table());
    assert!(updates.len() <= 1);
    for update in updates {
        assert!(update.url.ends_with("/neue-adresse") && update.changed.contains(&"url".to_owned()));
        assert!(update.aliases.contains(&old.url), "{:?}", update.aliases);
    }
    run(&bench, &server, days(3));
    assert_eq!(bench.records().len(), all.len(), "no second article later");
}

#[test]
fn a_redirect_of_a_visit_leads_to_the_article_at_its_new_address() {
    let server = Server::start(site(1)).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    let old = bench.records().remove(0);
    server.put("/a0", Route::status(301).header("location", "/neue-adresse"));
    server.put("/neue-adresse", Route::ok(HTML, corrected(&page(0))));
    run(&bench, &server, hours(2));
    let updates = records_of(&bench, RecordType::Update);
    assert_eq!((updates.len(), &updates[0].id), (1, &old.id));
    assert!(updates[0].url.ends_with("/neue-adresse") && updates[0].aliases.contains(&old.url));
    assert!(["url", "text"].iter().all(|part| updates[0].changed.iter().any(|changed| changed == part)));
    let (_, asked) = run(&bench, &server, days(3));
    assert_eq!(paths(&asked), ["/", "/neue-adresse"], "the old address has done its work");
    // Where an address leads to another article, the one that stood there is not rewritten.
    server.put("/neue-adresse", Route::status(302).header("location", "/anderes"));
    server.put("/anderes", Route::ok(HTML, page(7)));
    run(&bench, &server, days(20));
    let articles = records_of(&bench, RecordType::Article);
    assert_eq!(ids(&articles).len(), 2);
}

#[test]
fn one_article_under_addresses_that_say_nothing_of_each_other_is_one_record() {
    let near = page(3).replacen("prüft", "untersucht", 1).replacen("(3)", "(33)", 99);
    let paths = ["/a3", "/drucken/a3", "/a3?ref=brief", "/kopie", "/anders"];
    let site = Site::new("")
        .route("/", Route::ok(HTML, front(&paths)))
        .route("/a3", Route::ok(HTML, page(3)))
        .route("/drucken/a3", Route::ok(HTML, page(3)))
        .route("/a3?ref=brief", Route::ok(HTML, page(3)))
        .route("/kopie", Route::ok(HTML, near))
        .route("/anders", Route::ok(HTML, page(8)));
    for batch in [1, 64] {
        let server = Server::start(site.clone()).unwrap();
        let mut bench = Bench::new();
        bench.config.pace.per_host = 1;
        bench.config.output.batch = batch;
        run(&bench, &server, hours(0));
        let records = bench.records();
        assert_eq!(ids(&records).len(), 3, "{:?}", records.iter().map(|r| &r.url).collect::<Vec<_>>());
        let one = |end: &str| records.iter().find(|record| record.url.ends_with(end)).unwrap();
        let of = &records.iter().find(|record| record.url.contains("a3")).unwrap().id;
        assert_eq!(one("/kopie").duplicate_of.as_ref(), Some(of), "nearly the same text");
        assert_eq!(one("/anders").duplicate_of, None);
    }
}

#[test]
fn sitemaps_that_their_index_dates_as_read_are_left_alone_and_a_date_brings_a_visit_forward() {
    let day = |n: i64| (Timestamp::now() + days(n)).strftime("%Y-%m-%d").to_string();
    let index = |second: i64| {
        let entry = |name: &str, day: String| {
            format!("<sitemap><loc>http://s.test/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>")
        };
        format!("<sitemapindex>{}{}</sitemapindex>", entry("alt", day(-9)), entry("neu", day(second)))
    };
    let map = |paths: &[(&str, String)]| {
        let urls: String = paths
            .iter()
            .map(|(path, day)| format!("<url><loc>http://s.test{path}</loc><lastmod>{day}</lastmod></url>"))
            .collect();
        format!("<urlset>{urls}</urlset>")
    };
    let xml = |text: String| Route::ok("application/xml", text);
    let robots = "Sitemap: http://s.test/index.xml\n";
    let site = Site::new("http://s.test")
        .route("/robots.txt", Route::ok("text/plain", robots))
        .route("/", tagged(front(&[]), "\"0\""))
        .route("/index.xml", xml(index(-9)).header("etag", "\"i1\""))
        .route("/alt.xml", xml(map(&[("/a0", day(-9))])))
        .route("/neu.xml", xml(map(&[("/a1", day(-9)), ("/a2", day(-9))])))
        .route("/a0", tagged(page(0), "\"1\""))
        .route("/a1", tagged(page(1), "\"1\""))
        .route("/a2", tagged(page(2), "\"1\""));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, hours(0)).0.counters.records, 3);
    run(&bench, &server, hours(26));
    run(&bench, &server, days(8));
    let (_, asked) = run(&bench, &server, days(12));
    assert_eq!(paths(&asked), ["/", "/index.xml"], "read days after their dates");
    // The next visit by the article's age would be after a month.
    let rebased = |text: String| text.replace("http://s.test", &server.origin());
    server.put("/index.xml", xml(rebased(index(13))).header("etag", "\"i2\""));
    server.put("/neu.xml", xml(rebased(map(&[("/a1", day(13)), ("/a2", day(-9)), ("/a5", day(13))]))));
    server.put("/a1", tagged(corrected(&page(1)), "\"2\""));
    server.put("/a5", tagged(page(5), "\"1\""));
    let (summary, asked) = run(&bench, &server, days(14));
    assert_eq!(paths(&asked), ["/", "/a1", "/a5", "/index.xml", "/neu.xml"], "{}", summary.table());
    assert_eq!((summary.counters.updates, summary.counters.records), (1, 2));
    // The index says "not modified"; what it names was changed too lately to be sure of.
    let (_, asked) = run(&bench, &server, days(14) + hours(2));
    assert!(paths(&asked).contains(&"/neu.xml") && !paths(&asked).contains(&"/alt.xml"), "{asked:?}");
    assert_eq!(asked.iter().find(|request| request.path == "/index.xml").unwrap().status, 304);
}

#[test]
fn a_front_page_that_has_moved_is_followed_in_every_run() {
    let site = site(1)
        .route("/", Route::status(301).header("location", "/start"))
        .route("/start", Route::ok(HTML, front(&["/a0"])));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    server.put("/start", Route::ok(HTML, front(&["/a0", "/neu"])));
    server.put("/neu", Route::ok(HTML, page(9)));
    assert_eq!(run(&bench, &server, SignedDuration::from_mins(9)).0.counters.records, 1);
}

#[test]
fn pages_of_a_feed_are_followed_only_while_they_name_something_new() {
    let feed = |items: &[&str], next: Option<&str>| {
        let items: String = items.iter().map(|path| format!("<item><link>http://s.test{path}</link></item>")).collect();
        let next =
            next.map(|next| format!("<atom:link rel=\"next\" href=\"http://s.test{next}\"/>")).unwrap_or_default();
        Route::ok(
            "application/rss+xml",
            format!(
                "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>{next}{items}</channel></rss>"
            ),
        )
    };
    let start = "<!doctype html><html lang=de><head><title>Anzeiger</title>\
        <link rel=alternate type=\"application/rss+xml\" href=\"/feed/\"></head><h1>Anzeiger</h1>";
    let site = Site::new("http://s.test")
        .route("/", tagged(start, "\"0\""))
        .route(
            "/feed/",
            feed(&["/a0"], Some("/feed/?paged=2")).header("last-modified", "Mon, 03 Mar 2025 08:00:00 GMT"),
        )
        .route("/feed/?paged=2", feed(&["/a1"], None))
        .route("/a0", tagged(page(0), "\"1\""))
        .route("/a1", tagged(page(1), "\"1\""));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    assert_eq!(run(&bench, &server, hours(0)).0.counters.records, 2);
    let (_, asked) = run(&bench, &server, SignedDuration::from_mins(9));
    assert_eq!(paths(&asked), ["/", "/feed/"], "the front page has not changed; its feed is asked all the same");
    assert!(asked.iter().all(|request| request.status == 304), "{asked:?}");
}

#[test]
fn a_run_dropped_amid_updates_loses_and_doubles_none() {
    let server = Server::start_slow(site(40), Duration::from_millis(3)).unwrap();
    let bench = Bench::new();
    run(&bench, &server, hours(0));
    for n in 0..40 {
        server.put(&format!("/a{n}"), tagged(corrected(&page(n)), "\"2\""));
    }
    let plan = Bench::plan(&[&server.origin()]);
    for millis in [60, 90, 140] {
        let store = bench.open_later(hours(2));
        let stop = Stop::new();
        let run = engine::run(&bench.config, &plan, store, &stop);
        let _cut_off = runtime().block_on(async { tokio::time::timeout(Duration::from_millis(millis), run).await });
    }
    drop(bench.open_later(hours(2)));
    run(&bench, &server, hours(2));
    assert_eq!(ids(&records_of(&bench, RecordType::Update)).len(), 40);
    assert_eq!(ids(&records_of(&bench, RecordType::Article)).len(), 40);
}

fn hostile(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile/stand-ins");
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn what_stands_in_for_a_page_is_counted_and_the_page_tried_again_until_it_is_there() {
    let walls = ["blocked-firewall", "captcha-german", "consent-german", "login-german", "notfound-german"];
    let paths = ["/a0", "/a1", "/a2", "/a3", "/a4"];
    let site = paths
        .iter()
        .zip(walls)
        .fold(site(5), |site, (path, wall)| site.route(path, Route::ok(HTML, hostile(&format!("{wall}.html")))));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    let plan = Bench::plan(&[&server.origin()]);
    let first = bench.run_later(&plan, hours(0));
    assert_eq!((first.counters.records, first.pending, first.counters.failed), (0, 5, 0), "{}", first.table());
    let reasons: Vec<&str> = first.counters.retried.keys().map(|reason| reason.as_str()).collect();
    assert_eq!(reasons, ["block_page", "captcha", "consent_wall", "login_wall", "soft_not_found"]);
    server.put("/a0", Route::ok(HTML, page(0)));
    assert_eq!(bench.run_later(&plan, hours(2)).counters.requests, 1, "the front page only");
    let later = bench.run_later(&plan, hours(7));
    assert_eq!((later.counters.records, later.pending), (1, 4));
    for time in [days(2), days(6), days(14)] {
        bench.run_later(&plan, time);
    }
    let last = bench.run_later(&plan, days(30));
    assert_eq!(last.pending, 0, "given up in the end");
    assert_eq!(ids(&records_of(&bench, RecordType::Article)).len(), 1);
    assert_eq!(last.counters.revisits, 1, "the article is looked at as ever");
    server.put("/a0", Route::ok(HTML, hostile("consent-german.html")));
    assert_eq!(bench.run_later(&plan, days(400)).counters.records, 0, "a wall is no new version");
}

#[test]
fn a_stock_answer_takes_no_article_away() {
    let stock = "<!doctype html><html lang=de><title>Hafenbote</title><body><article><h1>Wir sind gleich zurück</h1>\
        <p>Unser Archiv wird gerade umgebaut, und die Meldung, die Sie lesen möchten, steht deshalb für kurze Zeit nicht bereit.</p>\
        <p>Die Redaktion arbeitet daran, dass alles bald wieder an seinem Platz ist, und dankt allen, die ein wenig Geduld haben.</p>\
        </article></body></html>";
    let site = (0..4).fold(site(4), |site, n| site.route(&format!("/a{n}"), Route::ok(HTML, stock)));
    let server = Server::start(site).unwrap();
    let bench = Bench::new();
    let plan = Bench::plan(&[&server.origin()]);
    let first = bench.run_later(&plan, hours(0));
    assert!(first.counters.records <= 1, "{}", first.table());
    for n in 0..4 {
        server.put(&format!("/a{n}"), Route::ok(HTML, page(n)));
    }
    bench.run_later(&plan, hours(7));
    let (articles, updates) = (records_of(&bench, RecordType::Article), records_of(&bench, RecordType::Update));
    let true_ones = articles.iter().chain(&updates).filter(|record| !record.text.contains("umgebaut"));
    assert_eq!(true_ones.count(), 4, "{:?}", updates.iter().map(|record| &record.text).collect::<Vec<_>>());
}

#[test]
fn an_article_named_on_the_command_line_is_looked_at_in_every_run() {
    let server = Server::start(site(1)).unwrap();
    let bench = Bench::new();
    let plan = Bench::plan(&[&format!("{}/a0", server.origin())]);
    assert_eq!(bench.run_later(&plan, hours(0)).counters.records, 1);
    server.put("/a0", tagged(corrected(&page(0)), "\"2\""));
    assert_eq!(bench.run_later(&plan, SignedDuration::from_mins(1)).counters.updates, 1);
    server.put("/a0", Route::status(500));
    let failed = bench.run_later(&plan, SignedDuration::from_mins(2));
    assert_eq!((failed.counters.failed, failed.pending), (0, 0));
}
