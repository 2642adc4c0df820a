//! State and output under kill -9: a child process crawls an invented site, its parent kills it again and again, and in the end every
//! article is there exactly once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use auslese::frontier::{Article, Frontier, FrontierError, OpenHow, Outcome, Settlement, SqliteFrontier};
use auslese::sink::{JsonlSink, Line, SegmentForm, Sink, check_folder, recover};
use auslese::types::{Candidate, Lease, RetryReason, SkipReason, Via};
use jiff::Timestamp;
use serde_json::{Value, json};

const PAGES: usize = 240;
/// Names the folder to a child; without it the children's tests do nothing.
const FOLDER: &str = "AUSLESE_TEST_FOLDER";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn page(n: usize) -> Candidate {
    Candidate {
        url: format!("http://h{}.test/{n}", n % 5).parse().unwrap(),
        via: Via::Link,
        priority: 0,
        depth: 0,
        lastmod: None,
        referrer: None,
        hops: Vec::new(),
    }
}

/// The site: page n names pages 2n + 1 and 2n + 2; every seventh is no article, every eleventh fails twice, and pages that differ by
/// a hundred are one article.
fn visit(lease: &Lease, now: Timestamp) -> (Option<Article>, Settlement) {
    let n: usize = lease.candidate.url.path().trim_start_matches('/').parse().unwrap();
    let found = [2 * n + 1, 2 * n + 2].into_iter().filter(|n| *n < PAGES).map(page).collect();
    let mut settlement = Settlement { found, ..Settlement::new(lease.clone(), Outcome::Released) };
    if n % 7 == 6 {
        settlement.outcome = Outcome::Skipped { reason: SkipReason::NoArticle, detail: None };
    } else if n % 11 == 5 && lease.attempt < 2 {
        settlement.outcome = Outcome::Retry { not_before: now, reason: RetryReason::Timeout, detail: None };
        settlement.found.clear();
    } else {
        let id = format!("article-{}", n % 100);
        let url = lease.candidate.url.to_string();
        return (
            Some(Article { id, url, version_id: "v".into(), content_hash: "c".into(), ..Article::default() }),
            settlement,
        );
    }
    (None, settlement)
}

fn expected() -> BTreeMap<String, u64> {
    (0..PAGES).filter(|n| n % 7 != 6).map(|n| (format!("article-{}", n % 100), 1)).collect()
}

/// A crawl as the engine does it. It tells each step on stdout, so that its parent can kill it anywhere.
fn crawl(folder: &Path) {
    let run_id = format!("run-{}", std::process::id());
    let how = OpenHow { run_id: run_id.clone(), now: at(0), max_open: 10_000 };
    let (mut frontier, _) = SqliteFrontier::open(&folder.join("state.db"), &how).unwrap();
    println!("open");
    let output = folder.join("output");
    check_folder(&output).unwrap();
    let ours = |run: &str| frontier.run(run).unwrap().is_some();
    let recovered = recover(&output, &frontier.segments().unwrap(), &ours).unwrap();
    assert_eq!(recovered.warnings, []);
    println!("recovered");
    for mark in &recovered.finished {
        frontier.finish_segment(mark, at(0)).unwrap();
    }
    frontier.begin_run(&run_id, at(0)).unwrap();
    let mut sink = JsonlSink::open(&output, "site", &run_id, &SegmentForm::default()).unwrap();
    frontier.offer(&[page(0)], at(0)).unwrap();
    println!("began");
    loop {
        let leases = frontier.lease(at(1), Duration::from_secs(60), 6, &|_| 2).unwrap();
        if leases.is_empty() {
            break;
        }
        println!("leased");
        commit(&mut frontier, &mut sink, &leases);
        println!("settled");
    }
    if let Some(mark) = sink.finish().unwrap() {
        println!("renamed");
        frontier.finish_segment(&mark, at(2)).unwrap();
    }
    frontier.end_run(&run_id, &json!({}), at(2)).unwrap();
    assert!(frontier.counts().unwrap().is_done());
    println!("through");
}

fn commit(frontier: &mut SqliteFrontier, sink: &mut JsonlSink, leases: &[Lease]) {
    let mut settlements: Vec<Settlement> = Vec::new();
    for lease in leases {
        let (article, mut settlement) = visit(lease, at(1));
        if let Some(article) = article {
            let in_batch =
                settlements.iter().any(|s| matches!(&s.outcome, Outcome::Written(a) if a[0].id == article.id));
            if in_batch || frontier.article(&article.id).unwrap().is_some() {
                settlement.outcome = Outcome::Alias { of: article.id };
            } else {
                let line = json!({"id": article.id, "text": "Der Rat der Stadt hat entschieden. ".repeat(200)});
                sink.append(&Line::of(&line).unwrap()).unwrap();
                settlement.outcome = Outcome::Written(vec![article]);
            }
        }
        settlements.push(settlement);
    }
    println!("appended");
    let mark = sink.flush().unwrap();
    println!("flushed");
    let settled = frontier.settle(&settlements, mark.as_slice(), at(1)).unwrap();
    assert_eq!((settled.refused.len(), settled.doubled.len()), (0, 0));
}

#[test]
#[ignore = "the child of kill_9_at_any_instant_loses_doubles_and_tears_nothing"]
fn child_that_crawls() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        crawl(&PathBuf::from(folder));
    }
}

#[test]
#[ignore = "the child of a_state_held_by_another_process_is_refused_until_that_dies"]
fn child_that_holds_the_state() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let how = OpenHow { run_id: "elsewhere".into(), now: at(7), max_open: 1 };
        let _held = SqliteFrontier::open(&PathBuf::from(folder).join("state.db"), &how).unwrap();
        println!("holding");
        // Until it is killed, or its parent dies and closes the pipe.
        let _ = std::io::stdin().lines().next();
    }
}

fn start(child: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("frontier::{child}"), "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads at most so many steps of the child; whether it said that it is through.
fn follow(said: &mut impl BufRead, steps: usize) -> bool {
    said.lines().map_while(Result::ok).take(steps).any(|line| line.contains("through"))
}

fn lines_by_id(output: &Path) -> BTreeMap<String, u64> {
    let mut ids = BTreeMap::new();
    for entry in std::fs::read_dir(output.join("site")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.extension().is_some_and(|e| e == "jsonl"), "{}", path.display());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with('\n'), "{}", path.display());
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            *ids.entry(record["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    ids
}

#[test]
fn kill_9_at_any_instant_loses_doubles_and_tears_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = fastrand::Rng::with_seed(21);
    let mut kills = 0;
    loop {
        let mut child = start("child_that_crawls", dir.path());
        // The child goes on while its words are read, so the kill falls anywhere around the step counted.
        let steps = rng.usize(1..28);
        // Kept open until the child is dead, or its next word would fail.
        let mut said = BufReader::new(child.stdout.take().unwrap());
        if follow(&mut said, steps) {
            assert!(child.wait().unwrap().success());
            break;
        }
        child.kill().unwrap();
        let killed = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&killed.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        kills += 1;
        assert!(kills < 500, "it never gets through");
    }
    assert!(kills >= 5, "killed {kills} times only");
    assert_eq!(lines_by_id(&dir.path().join("output")), expected());
}

#[test]
fn a_state_held_by_another_process_is_refused_until_that_dies() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = start("child_that_holds_the_state", dir.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("holding")));
    let how = OpenHow { run_id: "here".into(), now: at(8), max_open: 1 };
    let state = dir.path().join("state.db");
    let error = SqliteFrontier::open(&state, &how).unwrap_err();
    let FrontierError::Locked { holder: Some(holder), .. } = &error else { panic!("{error:?}") };
    assert_eq!((holder.pid, holder.run_id.as_str(), holder.since), (child.id(), "elsewhere", at(7)));
    assert!(error.to_string().contains("since 2023-11-14T22:13:27Z"), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();
    SqliteFrontier::open(&state, &how).unwrap();
}
