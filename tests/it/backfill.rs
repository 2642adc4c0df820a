//! The years of a site: from a pywb that serves the archive of a crawl, and from the site itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use auslese::demo::{Generated, Route, Server, Site};
use auslese::frontier::{OpenHow, SqliteFrontier};
use auslese::types::{Record, SourceKind, Via};
use jiff::Timestamp;

use super::crawl::{Bench, ids, lines, segments, small};
use super::warc::{archiving, site, told_by_page};
use crate::support::pywb::Pywb;

pub(crate) fn backfill(folder: &Path, site: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(["backfill", site, "--allow-private", "--delay", "0s", "--output"])
        .arg(folder)
        .args(more)
        .env_remove("AUSLESE_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

pub(crate) fn records(folder: &Path) -> Vec<Record> {
    let files = segments(folder);
    files.iter().flat_map(|path| lines(path)).map(|line| serde_json::from_str(&line).unwrap()).collect()
}

pub(crate) fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[test]
fn a_crawl_comes_back_from_a_real_wayback_machine() {
    let server = Server::start(site(25)).unwrap();
    let origin = format!("{}/", server.origin());
    let mut bench = Bench::new();
    let folder = archiving(&mut bench);
    bench.crawl(&server);
    let crawled = bench.records();
    drop(server);
    let Some(pywb) = Pywb::start(&folder) else { return };
    let out = tempfile::tempdir().unwrap();
    let archive = ["--via", "wayback", "--cdx", &pywb.cdx()];

    let plan = words(&backfill(out.path(), &origin, &[&archive[..], &["--dry-run"]].concat()));
    assert!(plan.contains("done: 0; to fetch: "), "{plan}");
    assert!(!out.path().join("auslese.db").exists(), "a look leaves no state behind");

    // It stops and goes on.
    let first = backfill(out.path(), &origin, &[&archive[..], &["--limit", "12"]].concat());
    assert_eq!(first.status.code(), Some(0), "{}", words(&first));
    let second = backfill(out.path(), &origin, &archive);
    assert_eq!(second.status.code(), Some(0), "{}", words(&second));
    let got = records(out.path());
    // Two addresses have the same undated words: which of them is taken for the article hangs on who came first.
    let is_twin = |record: &&Record| record.url.ends_with("/eins.html") || record.url.ends_with("/zwei.html");
    assert_eq!((got.iter().filter(is_twin).count(), crawled.iter().filter(is_twin).count()), (1, 1));
    let single = |records: &[Record]| records.iter().filter(|record| !is_twin(record)).cloned().collect::<Vec<_>>();
    let (got, crawled) = (single(&got), single(&crawled));
    assert_eq!(ids(&got), ids(&crawled), "{}", words(&second));
    let by_id: BTreeMap<&str, &Record> = crawled.iter().map(|record| (record.id.as_str(), record)).collect();
    for record in &got {
        assert_eq!((record.source.kind, record.discovered_via), (SourceKind::Wayback, Via::Cdx));
        assert!(record.source.path.as_deref().unwrap().contains("id_/http://127.0.0.1:"));
        assert_eq!(record.source.captured_at.as_ref(), Some(&record.fetched_at));
        // The place in the archive is for pywb to know.
        let crawled = Record { warc: None, ..told_by_page(by_id[record.id.as_str()]) };
        assert_eq!(told_by_page(record), crawled);
    }
    let after = words(&backfill(out.path(), &origin, &[&archive[..], &["--dry-run"]].concat()));
    assert!(after.contains("to fetch: 0"), "{after}");
}

#[test]
fn only_the_wanted_years_are_written() {
    let server = Server::start(site(25)).unwrap();
    let origin = format!("{}/", server.origin());
    let mut bench = Bench::new();
    let folder = archiving(&mut bench);
    bench.crawl(&server);
    let crawled = bench.records();
    drop(server);
    let mut days: Vec<String> = crawled.iter().filter_map(|record| record.date_published.clone()).collect();
    days.sort();
    let (from, to) = (&days[5][..10], &days[15][..10]);
    let Some(pywb) = Pywb::start(&folder) else { return };
    let out = tempfile::tempdir().unwrap();
    let run = backfill(out.path(), &origin, &["--via", "wayback", "--cdx", &pywb.cdx(), "--from", from, "--to", to]);
    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    let mut got: Vec<String> = records(out.path()).into_iter().filter_map(|record| record.date_published).collect();
    got.sort();
    let expected: Vec<String> = days.iter().filter(|day| (from..=to).contains(&&day[..10])).cloned().collect();
    assert!(!expected.is_empty() && expected.len() < days.len());
    assert_eq!(got, expected);
}

#[test]
fn an_archive_that_refuses_is_left_alone() {
    let refusing =
        Site::new("http://archive.test").route("/all/cdx", Route::status(429)).route("/robots.txt", Route::status(404));
    let server = Server::start(refusing).unwrap();
    let out = tempfile::tempdir().unwrap();
    let cdx = format!("{}/all/cdx", server.origin());
    let run = backfill(out.path(), "http://amt.test/", &["--via", "wayback", "--cdx", &cdx]);
    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    let asked = server.log().iter().filter(|request| request.path.starts_with("/all/cdx")).count();
    assert_eq!(asked, 1, "it is not asked again: {}", words(&run));
}

/// The profile of a site with numbered articles, of which some were never written, and an archive by months.
fn profile(origin: &str, last: u64) -> String {
    format!(
        "title = \"Anzeiger\"\nlanguage = \"de\"\nhome = \"{origin}/\"\n[urls]\notherwise = \"drop\"\n\
         [[rule]]\nkeep = '^/meldungen/'\nas = \"article\"\n[[rule]]\nkeep = '^/archiv/'\nas = \"listing\"\n\
         [[range]]\ntemplate = \"/meldungen/{{n}}\"\nfirst = 1\nlast = {last}\n\
         [[range]]\ntemplate = \"/archiv/{{yyyy}}/{{mm}}/\"\nfirst = 2019\nlast = 2020\n"
    )
}

#[test]
fn ranges_are_gone_through_with_their_gaps_to_their_end() {
    let made = Generated { articles: 40, ..small(40) }.site();
    let mut anzeiger = Site::new("http://anzeiger.test");
    let html = "text/html; charset=utf-8";
    // Thirty numbers, every third of them a gap; ten more articles are only in the lists of two months.
    for number in (1..=30).filter(|number| number % 3 != 0) {
        let page = made.body(&Generated::article_path(number)).unwrap().to_vec();
        anzeiger = anzeiger.route(&format!("/meldungen/{number}"), Route::ok(html, page));
    }
    for number in 31..40 {
        let page = made.body(&Generated::article_path(number)).unwrap().to_vec();
        anzeiger = anzeiger.route(&format!("/meldungen/alt-{number}"), Route::ok(html, page));
        let list = format!("<a href=\"/meldungen/alt-{number}\">Eine alte Meldung aus dem Archiv des Anzeigers</a>");
        anzeiger = anzeiger.route(&format!("/archiv/2019/{:02}/", number - 30), Route::ok(html, list));
    }
    let server = Server::start(anzeiger).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sites = folder.path().join("sites");
    std::fs::create_dir(&sites).unwrap();
    std::fs::write(sites.join("anzeiger.test.toml"), profile(&server.origin(), 3_000)).unwrap();
    let out = folder.path().join("out");
    let more = ["--config-dir", sites.to_str().unwrap(), "--per-host", "8"];
    let plan = words(&backfill(&out, "anzeiger.test", &[&more[..], &["--dry-run"]].concat()));
    assert!(plan.contains("range: 3024 candidates"), "{plan}");
    let first = backfill(&out, "anzeiger.test", &[&more[..], &["--limit", "15"]].concat());
    assert_eq!(first.status.code(), Some(0), "{}", words(&first));
    let run = backfill(&out, "anzeiger.test", &[&more[..], &["-v"]].concat());
    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    let got = records(&out);
    assert!(got.len() >= 20, "{} records: {}", got.len(), words(&run));
    assert!(got.iter().any(|record| record.url.ends_with("/meldungen/29")));
    assert!(got.iter().any(|record| record.url.ends_with("/meldungen/alt-31")), "the lists of the months are read");
    let asked: Vec<String> = server.log().into_iter().map(|request| request.path).collect();
    let numbers = asked.iter().filter_map(|path| path.strip_prefix("/meldungen/")?.parse::<u64>().ok());
    let last = numbers.max().unwrap();
    // A thousand missing in a row behind 29, and what was under way then.
    assert!(
        (1_029..1_400).contains(&last),
        "past the end nothing is asked; the last was {last}: {}",
        words(&run).lines().filter(|line| !line.contains("dead link")).collect::<Vec<_>>().join("\n")
    );
    // A look goes on beside a run that holds the state, and leaves it as it is.
    let state = out.join("auslese.db");
    let how = OpenHow { run_id: "beside".into(), now: Timestamp::now(), max_open: 1 };
    let (held, _) = SqliteFrontier::open(&state, &how).unwrap();
    let before = std::fs::read(&state).unwrap();
    let again = words(&backfill(&out, "anzeiger.test", &[&more[..], &["--dry-run"]].concat()));
    assert!(again.contains("to fetch: 0"), "{again}");
    assert_eq!(std::fs::read(&state).unwrap(), before);
    drop(held);
}

/// A site with a sitemap, a list of several pages, and an archive of issues; the articles of each have their own numbers.
fn magazine(made: &Generated) -> Site {
    let html = "text/html; charset=utf-8";
    let mut site = Site::new("http://anzeiger.test").route("/robots.txt", Route::status(404));
    for number in 0..made.articles {
        site = site.route(&format!("/meldungen/{number}"), Route::ok(html, made.article(number)));
    }
    let link = |number: usize| {
        format!("<p><a href=\"/meldungen/{number}\">Eine Meldung des Anzeigers, Nummer {number}</a></p>")
    };
    let mut map = String::from("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">");
    for number in 0..12 {
        let lastmod = format!("{}-06-01", if number < 4 { 2009 } else { 2026 });
        map.push_str(&format!("<url><loc>/meldungen/{number}</loc><lastmod>{lastmod}</lastmod></url>"));
    }
    site = site.route("/sitemap.xml", Route::ok("application/xml", map + "</urlset>"));
    for page in 1..=4 {
        let links: String = (12 + (page - 1) * 5..12 + page * 5).map(link).collect();
        let next =
            if page < 4 { format!("<a rel=next href=\"/liste/{}\">weiter</a>", page + 1) } else { String::new() };
        site = site.route(&format!("/liste/{page}"), Route::ok(html, format!("<h1>Meldungen</h1>{links}{next}")));
    }
    let issues: String = (1..=4).map(|n| format!("<p><a href=\"/heftarchiv/{n}\">Ausgabe {n}</a></p>")).collect();
    site = site.route("/heftarchiv/", Route::ok(html, format!("<h1>Heftarchiv</h1>{issues}")));
    for issue in 1..=4 {
        let links: String = (32 + (issue - 1) * 2..32 + issue * 2).map(link).collect();
        site = site.route(&format!("/heftarchiv/{issue}"), Route::ok(html, format!("<h1>Ausgabe {issue}</h1>{links}")));
    }
    site
}

#[test]
fn sitemaps_lists_and_issues_are_gone_through_within_a_window() {
    let made = Generated { articles: 40, ..small(40) };
    let year = |number: usize| -> u16 {
        let page = made.article(number);
        let day = super::captures::between(&page, "post__date\">[", "]");
        day.rsplit('.').next().unwrap().parse().unwrap()
    };
    let server = Server::start(magazine(&made)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sites = folder.path().join("sites");
    std::fs::create_dir(&sites).unwrap();
    let profile = format!(
        "language = \"de\"\nhome = \"{}/\"\n[sources]\nsitemaps = [\"/sitemap.xml\"]\nlistings = [\"/liste/1\", \"/heftarchiv/\"]\n\
         [urls]\notherwise = \"drop\"\n[[rule]]\nkeep = '^/meldungen/'\n[[rule]]\nkeep = '^/(?:liste|heftarchiv)/'\nas = \"listing\"\n",
        server.origin()
    );
    std::fs::write(sites.join("anzeiger.test.toml"), profile).unwrap();
    let out = folder.path().join("out");
    let more = ["--config-dir", sites.to_str().unwrap(), "--from", "2014", "--to", "2019", "--per-host", "4"];
    let plan = words(&backfill(&out, "anzeiger.test", &[&more[..], &["--dry-run"]].concat()));
    assert!(
        plan.contains("sitemap: 8 candidates, 0 done") && plan.contains("name more while they are read: 2"),
        "{plan}"
    );
    let first = backfill(&out, "anzeiger.test", &[&more[..], &["--limit", "10"]].concat());
    assert_eq!(first.status.code(), Some(0), "{}", words(&first));
    let run = backfill(&out, "anzeiger.test", &[&more[..], &["--progress", "1ms"]].concat());
    assert_eq!(run.status.code(), Some(0), "{}", words(&run));
    let mut got: Vec<String> = records(&out).into_iter().map(|record| record.url).collect();
    got.sort();
    let wanted = (4..40).filter(|number| (2014..=2019).contains(&year(*number)));
    let mut wanted: Vec<String> = wanted.map(|number| format!("{}/meldungen/{number}", server.origin())).collect();
    wanted.sort();
    assert_eq!(got, wanted);
    assert!(wanted.len() > 8 && wanted.len() < 30);
    let asked: Vec<String> = server.log().into_iter().map(|request| request.path).collect();
    assert!((0..4).all(|number| !asked.contains(&format!("/meldungen/{number}"))), "changed before the window");
    // It says how it goes: how much is left, where it is, and which day it has come to.
    let said = words(&run);
    let line = said.lines().rfind(|line| line.contains(" to fetch, ") && line.contains("; at http://127.0.0.1:"));
    assert!(line.is_some_and(|line| line.contains(", 20")), "{said}");
    let after = words(&backfill(&out, "anzeiger.test", &[&more[..], &["--dry-run"]].concat()));
    assert!(after.contains("sitemap: 8 candidates, 8 done") && after.contains("to fetch: 0"), "{after}");
}
