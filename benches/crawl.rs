//! What a crawl costs beside a bare loop that only fetches and parses the same pages.
//!
//! ```text
//! cargo bench --bench crawl -- [PAGES] [BYTES]
//! ```
//! The bench starts itself three times: as the server of a generated site (whose CPU is not counted), as the bare loop (reqwest
//! and `scraper::Html::parse_document`, the addresses known), and as our crawl with everything on: state, pace logic, robots.txt,
//! extraction, JSONL. It prints the CPU time and the peak memory of the two, as Linux counts them for each process, and the ratio.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench that cannot go on has failed")]
#![allow(missing_docs, reason = "a program")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use auslese::demo::{Generated, Server};
use auslese::engine::{self, Config, Output, Plan, Stop};
use auslese::site::Sites;
use tokio::task::JoinSet;
use url::Url;

/// Requests at once, in both.
const AT_ONCE: usize = 16;
/// Linux counts CPU time in hundredths of a second, on every architecture that we know of.
const TICKS: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--serve", pages, bytes] => serve(&site(pages, bytes)),
        ["--bare", origin, pages] => measure(|| bare(origin, pages.parse().unwrap())),
        ["--ours", origin, _] => measure(|| ours(origin)),
        // `cargo test --benches` runs it too: a small site shows that it works.
        [] if cfg!(debug_assertions) => compare("60", "10000"),
        [] => compare("5000", "45000"),
        [pages] => compare(pages, "45000"),
        [pages, bytes, ..] => compare(pages, bytes),
    }
}

fn site(pages: &str, bytes: &str) -> Generated {
    Generated { articles: pages.parse().unwrap(), page_bytes: bytes.parse().unwrap(), seed: 1 }
}

fn serve(generated: &Generated) {
    let server = Server::start(generated.site()).unwrap();
    println!("{}", server.origin());
    // It ends when the parent closes its side.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn spawn(words: &[&str]) -> Child {
    let own = std::env::current_exe().unwrap();
    Command::new(own).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn compare(pages: &str, bytes: &str) {
    let mut server = spawn(&["--serve", pages, bytes]);
    let origin = first_line(&mut server);
    println!("{pages} pages of {bytes} bytes on {origin}, {AT_ONCE} requests at once");
    println!("{:<10} {:>10} {:>10} {:>12} {:>10}", "", "CPU s", "wall s", "CPU ms/page", "peak MB");
    let count: f64 = pages.parse().unwrap();
    let mut cpu = Vec::new();
    for mode in ["bare", "ours"] {
        let mut child = spawn(&[&format!("--{mode}"), &origin, pages]);
        let line = first_line(&mut child);
        assert!(child.wait().unwrap().success(), "{mode} failed");
        let figures: Vec<f64> = line.split(' ').map(|figure| figure.parse().unwrap()).collect();
        println!(
            "{mode:<10} {:>10.2} {:>10.2} {:>12.3} {:>10.1}",
            figures[0],
            figures[1],
            figures[0] * 1000.0 / count,
            figures[2] / 1024.0
        );
        cpu.push(figures[0]);
    }
    println!("ratio      {:>10.2}", cpu[1] / cpu[0]);
    drop(server.stdin.take());
    server.wait().unwrap();
}

/// Runs the work and prints this process's CPU seconds, wall seconds and peak memory in KiB.
fn measure(work: impl FnOnce()) {
    let began = Instant::now();
    work();
    println!("{} {} {}", cpu_seconds(), began.elapsed().as_secs_f64(), peak_kib());
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name in brackets may hold spaces; utime and stime are fields 14 and 15.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(14) + ticks(15)) / TICKS
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Fetches and parses every page, and keeps nothing.
fn bare(origin: &str, pages: usize) {
    runtime().block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().pool_max_idle_per_host(AT_ONCE).build().unwrap();
        let mut tasks = JoinSet::new();
        for number in 0..pages {
            if tasks.len() >= AT_ONCE {
                tasks.join_next().await.unwrap().unwrap();
            }
            let (client, url) = (client.clone(), format!("{origin}{}", Generated::article_path(number)));
            tasks.spawn(async move {
                let body = client.get(url).send().await.unwrap().text().await.unwrap();
                let nodes =
                    tokio::task::spawn_blocking(move || scraper::Html::parse_document(&body).tree.nodes().count());
                assert!(nodes.await.unwrap() > 100);
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    });
}

/// The crawl as the command line runs it with `--concurrency 16 --per-host 16 --delay 0s`.
fn ours(origin: &str) {
    let folder = tempfile::tempdir().unwrap();
    let url = Url::parse(origin).unwrap();
    let mut plan = Plan::new();
    plan.add_url(Sites::embedded().unwrap().for_url(&url), &url);
    plan.pace.delay = Some(Duration::ZERO);
    plan.pace.per_host = Some(u16::try_from(AT_ONCE).unwrap());
    let mut config = Config::default();
    config.fetch.allow_private = true;
    config.crawl.concurrency = AT_ONCE;
    let run_id = engine::new_run_id(jiff::Timestamp::now());
    let output = Output::Folder(folder.path().join("out"));
    let store = engine::open(&folder.path().join("state.db"), &output, &run_id, &config).unwrap();
    let summary = runtime().block_on(engine::run(&config, &plan, store, &Stop::new())).unwrap();
    assert_eq!(summary.counters.failed, 0);
    eprintln!("{}", summary.line());
}
