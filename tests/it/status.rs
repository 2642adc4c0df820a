//! `auslese status`: what a state says of its runs, hosts and files, also while a run holds it.

use std::process::{Command, Output};
use std::time::Duration;

use auslese::demo::{Route, Server, Site};
use auslese::frontier::{OpenHow, SqliteFrontier};
use serde_json::Value;

use super::crawl::{Bench, auslese, finish, small, until_asked};
use super::faults::Disk;

fn status(bench: &Bench, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.arg("status").arg("--state").arg(bench.state()).args(more).env_remove("AUSLESE_LOG").output().unwrap()
}

fn json(bench: &Bench) -> Value {
    let out = status(bench, &["--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn runs_hosts_and_files_are_told() {
    let server = Server::start(small(12).site()).unwrap();
    let bench = Bench::new();
    let mut plan = Bench::plan(&[&server.origin()]);
    plan.limit = Some(5);
    bench.run(&plan);
    bench.crawl(&server);
    let told = json(&bench);
    assert_eq!(told["runs"][1]["end"], "limit");
    assert_eq!((&told["runs"][0]["end"], &told["runs"][0]["failed"]), (&"finished".into(), &0.into()));
    let records = |run: usize| told["runs"][run]["records"].as_u64().unwrap();
    assert_eq!(records(0) + records(1), 12);
    assert_eq!(told["running"], Value::Null);
    let host = &told["hosts"][0];
    assert_eq!(host["host"], server.origin().trim_end_matches('/'));
    assert_eq!((&host["done"], &host["ready"], &host["error_streak"]), (&12.into(), &0.into(), &0.into()));
    assert!(host["last_success"].is_string());
    let files = told["files"].as_array().unwrap();
    assert!(files.iter().all(|file| file["complete"] == true && file["file"].as_str().unwrap().contains("/articles-")));
    let text = String::from_utf8(status(&bench, &["--runs", "1"]).stdout).unwrap();
    assert!(text.contains("no run") && text.contains("finished") && !text.contains(" limit "), "{text}");
    assert!(text.contains("12 done") && text.contains(host["host"].as_str().unwrap()), "{text}");
}

#[test]
fn a_state_is_looked_at_while_a_run_holds_it_and_after_a_kill() {
    let server = Server::start_slow(small(100).site(), std::time::Duration::from_millis(5)).unwrap();
    let bench = Bench::new();
    let mut child = auslese(&bench, &server, &[]).spawn().unwrap();
    until_asked(&server, 30);
    let told = json(&bench);
    assert_eq!((&told["running"]["pid"], &told["runs"][0]["end"]), (&child.id().into(), &"running".into()));
    assert_eq!(told["running"]["run_id"], told["runs"][0]["run_id"]);
    child.kill().unwrap();
    child.wait().unwrap();
    let told = json(&bench);
    assert_eq!((&told["running"], &told["runs"][0]["end"]), (&Value::Null, &"killed".into()));
    assert!(told["addresses"]["done"].as_u64().unwrap() >= told["runs"][0]["records"].as_u64().unwrap());
    let (code, words) = finish(auslese(&bench, &server, &[]).spawn().unwrap(), std::time::Duration::from_secs(60));
    assert_eq!(code, Some(0), "it took nothing from the crawl: {words}");
    assert_eq!(json(&bench)["runs"][0]["end"], "finished");
}

#[test]
fn what_is_no_state_is_named() {
    let bench = Bench::new();
    let out = status(&bench, &[]);
    let words = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{words}");
    assert!(words.contains("state.db: there is none") && !bench.state().exists(), "{words}");
    for more in [&["segments"][..], &["export", "--format", "csv", "--output", "-"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
        let out = command.args(more).arg("--state").arg(bench.state()).env_remove("AUSLESE_LOG").output().unwrap();
        let words = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{more:?}: {words}");
        assert!(words.contains("state.db: there is none") && !bench.state().exists(), "{words}");
    }
    std::fs::write(bench.state(), "Eine Einkaufsliste, keine Datenbank. ".repeat(50)).unwrap();
    assert_eq!(status(&bench, &[]).status.code(), Some(2));
}

#[test]
fn a_state_on_a_disk_that_cannot_be_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path().join("disk"), "8m") else { return };
    let state = disk.at.join("state.db");
    let how = OpenHow { run_id: "r".into(), now: jiff::Timestamp::UNIX_EPOCH, max_open: 9 };
    drop(SqliteFrontier::open(&state, &how).unwrap());
    disk.remount("ro");
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    let out = command.arg("status").arg("--state").arg(&state).output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn the_summary_goes_where_it_is_asked_to() {
    let server = Server::start(small(4).site()).unwrap();
    let bench = Bench::new();
    let crawl = |more: &[&str]| auslese(&bench, &server, more).output().unwrap();
    let out = crawl(&["--summary", "json"]);
    let summary: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&summary["end"], &summary["records"]), (&"finished".into(), &4.into()));
    assert!(out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    let out = crawl(&["--summary", "stdout", "--quiet"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.starts_with("finished: 0 records of ") && text.lines().count() == 1, "{text}");
    let out = crawl(&[]);
    assert!(out.stdout.is_empty() && String::from_utf8_lossy(&out.stderr).starts_with("finished: "));
    let folder = bench.folder.path().join("other.db");
    let mut command = Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args(["crawl", &server.origin(), "--allow-private", "--output", "-", "--summary", "json", "--state"]);
    assert_eq!(command.arg(folder).output().unwrap().status.code(), Some(2));
}

#[test]
fn what_keeps_a_host_and_what_it_had_today_are_told() {
    let broken = ["/a", "/b", "/c", "/d"].iter().fold(Site::new(""), |site, path| site.route(path, Route::status(500)));
    let links = "<a href=/a>a</a> <a href=/b>b</a> <a href=/c>c</a> <a href=/d>d</a>";
    let server = Server::start(broken.route("/", Route::ok("text/html; charset=utf-8", links))).unwrap();
    let mut bench = Bench::new();
    let pace = &mut bench.config.pace;
    (pace.per_host, pace.close_after, pace.requests_per_day) = (1, 3, 50);
    (pace.backoff, pace.close, pace.max_close) =
        (Duration::from_millis(1), Duration::from_secs(3_600), Duration::from_secs(7_200));
    bench.crawl(&server);
    let host = &json(&bench)["hosts"][0];
    assert_eq!((&host["closings"], &host["not_before_why"]), (&1.into(), &"closed, time 1 in a row".into()), "{host}");
    let until: jiff::Timestamp = host["not_before"].as_str().unwrap().parse().unwrap();
    assert!(until > jiff::Timestamp::now(), "{host}");
    // The day may have changed since.
    let today = host["requests_today"].as_u64().unwrap();
    assert!(today == 0 || today >= 4, "{host}");
    let text = String::from_utf8(status(&bench, &[]).stdout).unwrap();
    assert!(text.contains("(closed, time 1 in a row)") && text.contains("  today  "), "{text}");
}
