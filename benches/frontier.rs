//! What the frontier costs: offers, leases and settlements a second, bytes on disk an address, memory.
//!
//! `cargo bench --bench frontier -- 1000000 [10000000 …] [flat]`: how many addresses to offer; 100,000 without an argument.
//! `cargo bench --features postgres --bench frontier -- postgres://user@host/database 1000000`: the same in an empty database.
//! The addresses are those of an archive: 200 hosts, dated paths, offered in batches of 5,000 in the order of a sitemap. `flat` adds the
//! worst case: as many addresses of one host, all of one folder. `near` adds the index of near-duplicate texts: what an article costs in it,
//! with a tenth as many articles as addresses.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a bench that cannot go on has failed")]

use std::path::Path;
use std::time::{Duration, Instant};

use auslese::frontier::{Article, Frontier, OpenHow, Outcome, Settlement, SqliteFrontier};
use auslese::types::{Candidate, HostKey, Lease, SegmentMark, Via};
use jiff::Timestamp;

const BATCH: usize = 5_000;
const HOSTS: usize = 200;
/// Look-ups of near texts.
const LOOK_UPS: usize = 20_000;
/// Where the numbers begin that stand for contents, fingerprints and new texts.
const TEXTS: u64 = 1 << 40;
const PRINTS: u64 = 1 << 41;
const NEW: u64 = 1 << 42;

/// How addresses are spread over hosts and folders.
#[derive(Clone, Copy)]
enum Spread {
    Archive,
    Flat,
}

fn page(n: usize, spread: Spread) -> Candidate {
    // A host is offered a batch at a time, as sitemaps are read.
    let (host, day) = ((n / BATCH) % HOSTS, n / 40);
    let url = match spread {
        Spread::Archive => format!(
            "https://www.blatt-{host}.example.org/{}/{:02}/{:02}/der-rat-der-stadt-hat-entschieden-{n}.html",
            2001 + day / 336 % 25,
            day / 28 % 12 + 1,
            day % 28 + 1
        ),
        Spread::Flat => {
            format!("https://www.blatt.example.org/meldung_{n}_Der-Rat-der-Stadt-hat-ueber-den-Markt-entschieden.html")
        }
    };
    Candidate {
        url: url.parse().unwrap(),
        via: Via::Sitemap,
        priority: i32::try_from(n % 3).unwrap(),
        depth: 1,
        lastmod: Some(Timestamp::UNIX_EPOCH),
        referrer: None,
        hops: Vec::new(),
    }
}

fn per_second(n: usize, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64()
}

fn file_size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// Peak memory of this process in MB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Processor time of this process so far, in clock ticks of 10 ms, where the system tells: on a busy machine the honest measure.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|n| fields.get(*n)?.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}

/// Leases and settles `pages` pages, `at_once` a transaction; the mean of a lease call and of a settle call.
fn crawl(frontier: &mut dyn Frontier, pages: usize, at_once: usize, now: Timestamp) -> (Duration, Duration) {
    let (mut leasing, mut settling) = (Duration::ZERO, Duration::ZERO);
    let rounds = pages / at_once;
    let room = |_: &HostKey| 1;
    for round in 0..rounds {
        let began = Instant::now();
        let leases = frontier.lease(now, Duration::from_secs(600), at_once, &room).unwrap();
        leasing += began.elapsed();
        let settlements: Vec<_> = leases
            .into_iter()
            .map(|lease| {
                let url = lease.candidate.url.to_string();
                let id = format!("{:016x}{:016x}", lease.key, round);
                let article =
                    Article { id, url, version_id: "0".repeat(32), content_hash: "0".repeat(64), ..Article::default() };
                Settlement::new(lease, Outcome::Written(vec![article]))
            })
            .collect();
        let mark = SegmentMark { root: "/".into(), file: "a/b.jsonl".into(), bytes: 1, records: 1 };
        let began = Instant::now();
        frontier.settle(&settlements, &[mark], now).unwrap();
        settling += began.elapsed();
    }
    let rounds = u32::try_from(rounds.max(1)).unwrap();
    (leasing / rounds, settling / rounds)
}

fn measure(addresses: usize, spread: Spread) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let how = OpenHow { run_id: "bench".into(), now: Timestamp::UNIX_EPOCH, max_open: u64::MAX };
    let (frontier, _) = SqliteFrontier::open(&path, &how).unwrap();
    // Closing brings the log into the file.
    measure_in(Box::new(frontier), addresses, spread, &|| file_size(&path));
}

/// The same in a database.
#[cfg(feature = "postgres")]
fn measure_shared(address: &str, addresses: usize, spread: Spread) {
    use auslese::frontier::{OpenWorker, PostgresFrontier, SharedView, TimeOf};
    let how = OpenWorker {
        run_id: "bench".into(),
        worker: "bench".into(),
        now: Timestamp::UNIX_EPOCH,
        time_of: TimeOf::Caller,
        max_open: u64::MAX,
        host_lease: Duration::from_secs(3_600),
        source_rest: Duration::ZERO,
    };
    let (frontier, _) = PostgresFrontier::join(address, &how).unwrap();
    measure_in(Box::new(frontier), addresses, spread, &|| SharedView::look(address, 0).unwrap().bytes);
}

fn measure_in(mut frontier: Box<dyn Frontier>, addresses: usize, spread: Spread, bytes: &dyn Fn() -> u64) {
    let now = Timestamp::UNIX_EPOCH;
    for known in [false, true] {
        let (mut took, mut busy) = (Duration::ZERO, Duration::ZERO);
        for start in (0..addresses).step_by(BATCH) {
            let batch: Vec<_> = (start..(start + BATCH).min(addresses)).map(|n| page(n, spread)).collect();
            let (began, processor) = (Instant::now(), processor_time());
            frontier.offer(&batch, now).unwrap();
            took += began.elapsed();
            busy += processor_time().zip(processor).map_or(Duration::ZERO, |(after, before)| after - before);
        }
        let what = if known { "known" } else { "new" };
        let (wall, processor) = (per_second(addresses, took), per_second(addresses, busy));
        println!(
            "{addresses:>9} addresses: {wall:.0} offers of {what} ones a second, {processor:.0} a second of processor time"
        );
    }
    for at_once in if matches!(spread, Spread::Archive) { &[1, 16, 128][..] } else { &[1] } {
        let (lease, settle) = crawl(&mut *frontier, 2_000, *at_once, now);
        println!("{addresses:>9} addresses: {at_once:>3} at once: a lease takes {lease:?}, a settle {settle:?}");
    }
    drop(frontier);
    let bytes = bytes() as f64 / addresses as f64;
    let text =
        (0..1_000).map(|n| page(n * (addresses / 1_000).max(1), spread).url.as_str().len()).sum::<usize>() / 1_000;
    println!("{addresses:>9} addresses: {bytes:.0} bytes on disk an address of {text} bytes");
    if let Some(memory) = peak_memory() {
        println!("{addresses:>9} addresses: {memory} MB of memory at the peak");
    }
}

/// Numbers that look like chance, as fingerprints of different texts do (splitmix64).
fn scattered(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The article of an address, without what the index takes where that is wanted.
fn written(lease: &Lease, with_near: bool) -> Outcome {
    let n = lease.key.unsigned_abs();
    let content_hash = if with_near { format!("{:016x}", scattered(n + TEXTS)).repeat(4) } else { "-".repeat(64) };
    Outcome::Written(vec![Article {
        id: format!("{:016x}{n:016x}", scattered(n)),
        url: lease.candidate.url.to_string(),
        version_id: "0".repeat(32),
        content_hash,
        simhash: with_near.then(|| scattered(n + PRINTS)),
        ..Article::default()
    }])
}

/// A state with so many articles, entered with fingerprints of their texts or without; the processor time of the settles, and the file's
/// bytes.
fn state_of(path: &Path, articles: usize, with_near: bool) -> (Duration, u64) {
    let now = Timestamp::UNIX_EPOCH;
    let how = OpenHow { run_id: "bench".into(), now, max_open: u64::MAX };
    let (mut frontier, _) = SqliteFrontier::open(path, &how).unwrap();
    for start in (0..articles).step_by(BATCH) {
        let batch: Vec<_> = (start..(start + BATCH).min(articles)).map(|n| page(n, Spread::Archive)).collect();
        frontier.offer(&batch, now).unwrap();
    }
    let mut busy = Duration::ZERO;
    loop {
        let leases = frontier.lease(now, Duration::from_secs(600), 64, &|_| 64).unwrap();
        if leases.is_empty() {
            break;
        }
        let settlements: Vec<_> =
            leases.iter().map(|lease| Settlement::new(lease.clone(), written(lease, with_near))).collect();
        let began = processor_time();
        frontier.settle(&settlements, &[], now).unwrap();
        busy += processor_time().zip(began).map_or(Duration::ZERO, |(after, before)| after - before);
    }
    drop(frontier);
    (busy, file_size(path))
}

/// What the index of near texts costs an article: its entry, the look-up before that, bytes.
fn measure_near(articles: usize) {
    let dir = tempfile::tempdir().unwrap();
    let paths = ["without.db", "with.db"].map(|name| dir.path().join(name));
    let (without, plain) = state_of(&paths[0], articles, false);
    let (with, indexed) = state_of(&paths[1], articles, true);
    let how = OpenHow { run_id: "again".into(), now: Timestamp::UNIX_EPOCH, max_open: u64::MAX };
    let (frontier, _) = SqliteFrontier::open(&paths[1], &how).unwrap();
    let began = processor_time();
    let found: usize = (0..LOOK_UPS as u64)
        .map(|n| {
            frontier.near(Some(scattered(n + NEW)), &format!("{:016x}", scattered(n + NEW + TEXTS))).unwrap().len()
        })
        .sum();
    let look_ups = processor_time().zip(began).map_or(Duration::ZERO, |(after, before)| after - before);
    let micros = |busy: Duration, of: usize| busy.as_secs_f64() * 1e6 / of as f64;
    println!(
        "{articles:>9} articles: near texts, in processor time: a settle {:.0} µs an article with the index and {:.0} without, a look-up \
         {:.0} µs ({found} found); {:.0} bytes an article",
        micros(with, articles),
        micros(without, articles),
        micros(look_ups, LOOK_UPS),
        indexed.saturating_sub(plain) as f64 / articles as f64
    );
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    #[cfg(feature = "postgres")]
    if let Some(address) = std::env::args().find(|arg| arg.starts_with("postgres://")) {
        for addresses in sizes {
            measure_shared(&address, addresses, Spread::Archive);
        }
        return;
    }
    for addresses in if sizes.is_empty() { vec![100_000] } else { sizes } {
        measure(addresses, Spread::Archive);
        if std::env::args().any(|arg| arg == "flat") {
            println!("one host, one folder:");
            measure(addresses, Spread::Flat);
        }
        if std::env::args().any(|arg| arg == "near") {
            measure_near(addresses / 10);
        }
    }
}
