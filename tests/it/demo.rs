//! The fixture sites, served and crawled for real; and the command that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use auslese::demo::{Server, Site};
use auslese::engine::{self, Config, End, Output, Plan, Stop, Summary};
use auslese::site::Sites;
use auslese::types::{DeadReason, Record, SkipReason};
use url::Url;

/// Crawls a fixture site at once and gives the summary and what was written.
fn crawl(name: &str, folder: &Path) -> (Server, Summary, Vec<Record>) {
    let server = Server::start(Site::embedded(name).unwrap()).unwrap();
    let url = Url::parse(&server.origin()).unwrap();
    let mut plan = Plan::new();
    plan.add_url(Sites::embedded().unwrap().for_url(&url), &url);
    let mut config = Config::default();
    config.fetch.allow_private = true;
    config.pace.delay = Duration::ZERO;
    config.pace.backoff = Duration::from_millis(50);
    config.crawl.retry_after = Duration::from_millis(50);
    let run_id = engine::new_run_id(jiff::Timestamp::now());
    let output = Output::Folder(folder.join("out"));
    let store = engine::open(&folder.join("state.db"), &output, &run_id, &config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let summary = runtime.block_on(engine::run(&config, &plan, store, &Stop::new())).unwrap();
    let records = summary
        .files
        .iter()
        .flat_map(|file| std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    (server, summary, records)
}

fn expected(table: &BTreeMap<String, toml::Value>, key: &str) -> Option<u64> {
    table.get(key).map(|value| u64::try_from(value.as_integer().unwrap()).unwrap())
}

#[test]
fn a_crawl_of_each_fixture_site_gives_what_its_manifest_says() {
    for name in Site::embedded_names() {
        let folder = tempfile::tempdir().unwrap();
        let (server, summary, records) = crawl(name, folder.path());
        let expect = &server.site().expect;
        let counters = &summary.counters;
        assert_eq!((summary.end, summary.pending), (End::Finished, 0), "{name}");
        let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids.len(), records.len(), "{name}: an article was written twice");
        let articles = expected(expect, "articles").unwrap();
        assert_eq!(records.len() as u64, articles, "{name}: {}", summary.table());
        if let Some(redirects) = expected(expect, "redirects") {
            assert_eq!(counters.redirected, redirects, "{name}");
        }
        for (reason, times) in expect.get("dead").and_then(toml::Value::as_table).into_iter().flatten() {
            let reason = DeadReason::ALL.iter().find(|known| known.as_str() == reason).unwrap();
            let times = u64::try_from(times.as_integer().unwrap()).unwrap();
            assert_eq!(counters.dead.get(reason).copied().unwrap_or(0), times, "{name}: {reason}");
        }
        for (reason, times) in expect.get("skipped").and_then(toml::Value::as_table).into_iter().flatten() {
            let reason = SkipReason::from_name(reason).unwrap();
            let count = |reason| {
                counters.skipped.get(&reason).copied().unwrap_or(0)
                    + counters.refused.get(&reason).copied().unwrap_or(0)
            };
            // Whether the article was written before its printer page came is a matter of order.
            let counted = count(reason) + if reason == SkipReason::NotCanonical { count(SkipReason::Alias) } else { 0 };
            assert_eq!(counted, u64::try_from(times.as_integer().unwrap()).unwrap(), "{name}: {reason}");
        }
        assert_eq!(counters.failed, 0, "{name}");
    }
}

#[test]
fn robots_txt_of_the_fixture_site_is_obeyed_and_its_503_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let (server, summary, _) = crawl("amtsblick.test", folder.path());
    let log = server.log();
    let forbidden = |path: &str| {
        path.starts_with("/suche")
            || path.starts_with("/firmennews_")
            || path == "/intern/rundschreiben.html"
            || path.contains("druck=")
    };
    assert!(!log.iter().any(|request| forbidden(&request.path)));
    assert!(log.iter().any(|request| request.path == "/intern/presse.html"), "what Allow allows is asked");
    let refused: BTreeSet<&str> =
        log.iter().filter(|request| request.status == 503).map(|request| request.path.as_str()).collect();
    assert!(!refused.is_empty());
    for path in refused {
        assert!(log.iter().any(|request| request.path == path && request.status == 200), "{path} did not recover");
    }
    assert!(log.iter().all(|request| request.at_once == 1));
    assert_eq!(summary.counters.robots_requests, 2, "robots.txt and tdmrep.json");
}

#[test]
fn the_command_shows_a_summary_a_file_and_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let out = Command::new(env!("CARGO_BIN_EXE_auslese"))
        .args(["demo", "--output"])
        .arg(folder.path().join("demo"))
        .env_remove("AUSLESE_LOG")
        .output()
        .unwrap();
    let (shown, words) = (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
    assert_eq!(out.status.code(), Some(0), "{words}");
    assert!(began.elapsed() < Duration::from_secs(20));
    for part in ["requests", "pages", "skipped", "records", "blocks", "bytes", "time", "headline", "confidence"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let file = shown.lines().find_map(|line| line.strip_prefix("file ")).unwrap().trim();
    assert!(std::fs::read_to_string(file).unwrap().lines().count() > 0);
}
