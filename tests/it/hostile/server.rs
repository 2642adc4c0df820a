//! A hostile server, on loopback, byte by byte: each behaviour through a whole crawl, which must count its reason, end in bounded
//! time, and go on to the good pages of the same server and of another one.

use std::io::Write as _;
use std::time::{Duration, Instant};

use auslese::demo::Generated;
use auslese::engine::Summary;

use crate::crawl::{Bench, small};
use crate::support::server::{Server, Step, raw, response};

/// One behaviour: what `at` is answered with, the counter that must hear of it, and whether the good page of the same server is
/// still written.
struct Row {
    name: &'static str,
    at: &'static str,
    steps: fn() -> Vec<Step>,
    /// `group.reason` of the counters; a group alone is a plain counter.
    counted: &'static str,
    good: bool,
}

const fn odd(name: &'static str, counted: &'static str, steps: fn() -> Vec<Step>) -> Row {
    Row { name, at: "/odd", steps, counted, good: true }
}

const fn robots(name: &'static str, counted: &'static str, good: bool, steps: fn() -> Vec<Step>) -> Row {
    Row { name, at: "/robots.txt", steps, counted, good }
}

pub(super) const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

pub(super) fn ok(headers: &[(&str, &str)], body: &[u8]) -> Vec<Step> {
    response("200 OK", &[&[HTML], headers].concat(), body)
}

fn head(more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{more}\r\n").into_bytes()
}

fn after_head(more: &str, body: &[u8], then: Vec<Step>) -> Vec<Step> {
    let mut steps = vec![Step::Send([&head(more), body].concat())];
    steps.extend(then);
    steps
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn brotli(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4_096, 5, 22).write_all(data).unwrap();
    out
}

fn spaces() -> Vec<u8> {
    vec![b' '; 8 << 20]
}

fn half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}

/// A page in which an article could be, of as many paragraphs.
pub(super) fn text(paragraphs: usize) -> Vec<u8> {
    "<p>In Hohenmoor tagt heute der Rat der Stadt.</p>\n".repeat(paragraphs).into_bytes()
}

const SLOW: Duration = Duration::from_millis(25);

const HEADS: &[Row] = &[
    odd("says nothing", "retried.timeout", || vec![Step::Hang]),
    odd("half a head", "retried.timeout", || vec![Step::Send(b"HTTP/1.1 200 OK\r\nConte".to_vec()), Step::Hang]),
    odd("a head without end", "retried.timeout", || {
        vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Forever(b"X: y\r\n".to_vec(), SLOW)]
    }),
    odd("reset before the head", "retried.broken", || vec![Step::Reset]),
    odd("reset within the head", "retried.broken", || vec![Step::Send(b"HTTP/1.1 200".to_vec()), Step::Reset]),
    odd("closed at once", "retried.broken", Vec::new),
    odd("another protocol", "dead.bad_response", || raw("SSH-2.0-OpenSSH_9.2\r\n")),
    odd("a thousand cookies", "dead.bad_response", || {
        let cookies: String = (0..1_000).map(|n| format!("Set-Cookie: c{n}=1\r\n")).collect();
        raw(head(&cookies))
    }),
    odd("a giant header", "dead.bad_response", || raw(head(&format!("X: {}\r\n", "x".repeat(2_000_000))))),
    odd("invalid bytes in headers", "skipped.no_article", || {
        raw([&head("")[..head("").len() - 2], b"X\xFF: \x01\r\nX-Latin: Stra\xDFe\r\n\r\n<p>kurz</p>"].concat())
    }),
    odd("a length that is no number", "dead.bad_response", || raw(head("Content-Length: zwei\r\n"))),
    odd("two lengths", "dead.bad_response", || {
        raw([head("Content-Length: 3\r\nContent-Length: 9\r\n"), b"<p>".to_vec()].concat())
    }),
    odd("interim answers without end", "retried.timeout", || {
        vec![Step::Forever(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".to_vec(), SLOW)]
    }),
    odd("204 unasked", "dead.empty_body", || raw("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
    odd("206 unasked", "dead.unexpected_status", || response("206 Partial Content", &[HTML], b"<p>Teil</p>")),
    odd("304 unasked", "dead.unexpected_status", || raw("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")),
    odd("a status that is none", "dead.unexpected_status", || response("999 Nein", &[HTML], b"?")),
    odd("429 with a negative wait", "retried.too_many_requests", || response("429 No", &[("Retry-After", "-5")], b"")),
    odd("429 with garbage", "retried.too_many_requests", || response("429 No", &[("Retry-After", "bald")], b"")),
    odd("429 with a date that is past", "retried.too_many_requests", || {
        response("429 No", &[("Retry-After", "Sat, 01 Jan 2000 00:00:00 GMT")], b"")
    }),
    Row {
        name: "429 for ever",
        at: "/odd",
        steps: || response("429 No", &[("Retry-After", "99999999999999999999")], b""),
        counted: "retried.too_many_requests",
        good: false,
    },
];

const BODIES: &[Row] = &[
    odd("the body does not come", "retried.timeout", || after_head("Content-Length: 90\r\n", b"<p>", vec![Step::Hang])),
    odd("a byte at a time", "retried.timeout", || {
        after_head("Content-Length: 90000\r\n", b"", vec![Step::Forever(b"x".to_vec(), SLOW)])
    }),
    odd("a body without end", "dead.body_too_large", || {
        after_head("", b"", vec![Step::Forever(vec![b'x'; 30_000], Duration::ZERO)])
    }),
    odd("announced too large", "dead.body_too_large", || raw(head("Content-Length: 99999999999\r\n"))),
    odd("shorter than its length", "retried.broken", || {
        raw([head("Content-Length: 100\r\n"), b"<p>".to_vec()].concat())
    }),
    odd("longer than its length", "skipped.no_article", || raw([head("Content-Length: 3\r\n"), text(5)].concat())),
    odd("reset within the body", "retried.broken", || after_head("Content-Length: 100\r\n", b"<p>", vec![Step::Reset])),
    odd("chunks of garbage", "retried.broken", || {
        raw([head("Transfer-Encoding: chunked\r\n"), b"3\r\n<p>\r\nxyz\r\n".to_vec()].concat())
    }),
    odd("a chunk of all there is", "retried.broken", || {
        raw([head("Transfer-Encoding: chunked\r\n"), b"FFFFFFFFFFFFFFFFF\r\n<p>".to_vec()].concat())
    }),
    odd("an empty body", "dead.empty_body", || ok(&[], b"")),
    odd("truncated gzip", "dead.bad_encoding", || ok(&[("Content-Encoding", "gzip")], &half(gzip(&text(500))))),
    odd("truncated deflate", "dead.bad_encoding", || ok(&[("Content-Encoding", "deflate")], &half(zlib(&text(500))))),
    odd("truncated brotli", "dead.bad_encoding", || ok(&[("Content-Encoding", "br")], &half(brotli(&text(500))))),
    odd("truncated zstd", "dead.bad_encoding", || {
        ok(&[("Content-Encoding", "zstd")], &half(zstd::encode_all(&text(500)[..], 3).unwrap()))
    }),
    odd("no gzip though it says so", "dead.bad_encoding", || ok(&[("Content-Encoding", "gzip")], &text(5))),
    odd("an encoding that nobody asked for", "dead.bad_encoding", || ok(&[("Content-Encoding", "compress")], b"x")),
    odd("four encodings", "dead.bad_encoding", || ok(&[("Content-Encoding", "gzip,gzip,gzip,gzip")], &gzip(b"x"))),
    odd("a bomb of gzip", "dead.inflated_too_large", || ok(&[("Content-Encoding", "gzip")], &gzip(&spaces()))),
    odd("a bomb of deflate", "dead.inflated_too_large", || ok(&[("Content-Encoding", "deflate")], &zlib(&spaces()))),
    odd("a bomb of brotli", "dead.inflated_too_large", || ok(&[("Content-Encoding", "br")], &brotli(&spaces()))),
    odd("a bomb of zstd", "dead.inflated_too_large", || {
        ok(&[("Content-Encoding", "zstd")], &zstd::encode_all(&spaces()[..], 3).unwrap())
    }),
    odd("bombs within bombs", "dead.inflated_too_large", || {
        ok(&[("Content-Encoding", "br, gzip")], &gzip(&brotli(&spaces())))
    }),
    odd("an image that says it is a page", "dead.binary", || ok(&[], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")),
    odd("a page that says it is an image", "dead.content_type", || {
        response("200 OK", &[("Content-Type", "image/png")], &text(5))
    }),
    odd("UTF-8 that says it is UTF-16", "skipped.no_article", || {
        response("200 OK", &[("Content-Type", "text/html; charset=utf-16le")], &text(1))
    }),
    odd("byte order marks of all kinds", "skipped.no_article", || {
        ok(&[], b"\xEF\xBB\xBF\xFF\xFE\xEF\xBB\xBF<p>kurz</p>")
    }),
];

const WAYS: &[Row] = &[
    odd("a redirect to itself", "dead.redirect_loop", || response("302 F", &[("Location", "/odd")], b"")),
    odd("a redirect to nowhere", "dead.bad_redirect", || response("301 M", &[], b"")),
    odd("a redirect to another scheme", "dead.bad_redirect", || {
        response("302 F", &[("Location", "file:///etc/passwd")], b"")
    }),
    odd("a redirect to a script", "dead.bad_redirect", || response("302 F", &[("Location", "javascript:x()")], b"")),
    odd("a redirect to another site", "dead.redirect_refused", || {
        response("302 F", &[("Location", "http://anderswo.test/")], b"")
    }),
    odd("a redirect of a megabyte", "dead.bad_response", || {
        response("302 F", &[("Location", &format!("/{}", "x".repeat(1 << 20)))], b"")
    }),
    odd("a redirect of nine kilobytes", "dead.bad_redirect", || {
        response("302 F", &[("Location", &format!("/{}", "x".repeat(9_000)))], b"")
    }),
    odd("a link of a megabyte", "skipped.no_article", || {
        ok(&[], format!("<a href='/{}'>x</a>", "x".repeat(1 << 20)).as_bytes())
    }),
    odd("paths that repeat themselves", "refused.trap_repeat", || ok(&[], b"<a href='/a/b/a/b/a/b/a/b/a/b/odd'>x</a>")),
    odd("an endless calendar", "refused.trap_calendar", || ok(&[], b"<a href='/kalender?month=1&amp;year=2999'>x</a>")),
    odd("queries that grow", "refused.trap_query", || {
        let query: String = (0..40).map(|n| format!("p{n}=1&amp;")).collect();
        ok(&[], format!("<a href='/x?{query}'>x</a>").as_bytes())
    }),
    odd("addresses of other schemes", "refused.scheme", || ok(&[], b"<a href='ftp://x.test/'>x</a>")),
    robots("robots.txt of ten megabytes", "records", true, || {
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\nUser-agent: *\nDisallow: /vorn\n".to_vec()),
            Step::Forever(b"# Rauschen\n".repeat(1_000), Duration::ZERO),
        ]
    }),
    robots("robots.txt of zeros", "records", true, || response("200 OK", &[], &[0; 5_000])),
    robots("robots.txt that is a page", "records", true, || ok(&[], b"<html><p>Nicht gefunden</p></html>")),
    robots("robots.txt that redirects for ever", "records", true, || {
        response("302 F", &[("Location", "/robots.txt")], b"")
    }),
    robots("robots.txt that fails", "robots_requests", false, || response("500 No", &[], b"")),
    robots("robots.txt that never comes", "robots_requests", false, || vec![Step::Hang]),
    robots("robots.txt that redirects inwards", "robots_requests", false, || {
        response("302 F", &[("Location", "http://127.0.0.9:9/robots.txt")], b"")
    }),
    Row {
        name: "a feed that is a page",
        at: "/feed/",
        steps: || ok(&[], b"<!DOCTYPE html><html><title>Fehler</title><p>Fehler</p></html>"),
        counted: "dead.malformed",
        good: true,
    },
    Row {
        name: "a feed whose entities grow",
        at: "/feed/",
        steps: || {
            let mut feed = String::from("<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'>");
            for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f"), ("h", "g")] {
                feed.push_str(&format!("<!ENTITY {name} '{}'>", format!("&{of};").repeat(10)));
            }
            feed.push_str("]><rss><channel><item><title>&h;</title><link>/good?x=1</link></item></channel></rss>");
            response("200 OK", &[("Content-Type", "application/rss+xml")], feed.as_bytes())
        },
        counted: "skipped.source",
        good: true,
    },
    Row {
        name: "a feed that names a file of ours",
        at: "/feed/",
        steps: || {
            let feed = "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel><item>\
                        <link>/&x;</link></item></channel></rss>";
            response("200 OK", &[("Content-Type", "application/rss+xml")], feed.as_bytes())
        },
        counted: "skipped.source",
        good: true,
    },
];

/// Limits that are reached within a test, and attempts enough for the good pages on a machine that is busy.
pub(super) fn quick() -> Bench {
    let mut bench = Bench::new();
    let fetch = &mut bench.config.fetch;
    fetch.connect_timeout = Duration::from_millis(500);
    fetch.header_timeout = Duration::from_millis(500);
    fetch.chunk_timeout = Duration::from_millis(700);
    fetch.total_timeout = Duration::from_millis(1_500);
    fetch.max_body = 2_000_000;
    fetch.max_inflated = 3_000_000;
    bench.config.crawl.max_attempts = 3;
    bench.config.crawl.retry_after = Duration::from_millis(1);
    bench.config.crawl.patience = Duration::from_secs(1);
    bench.config.pace.per_host = 1;
    bench.config.pace.backoff = Duration::from_millis(1);
    bench.config.pace.close_after = 100;
    bench
}

pub(super) fn counted(summary: &Summary, what: &str) -> u64 {
    let counters = serde_json::to_value(&summary.counters).unwrap();
    let value = what.split('.').fold(&counters, |value, name| &value[name]);
    value.as_u64().unwrap_or(0)
}

/// What a behaviour did to a crawl; nothing where all is as it must be.
fn fault_of(row: &Row, runtime: &tokio::runtime::Runtime) -> Option<String> {
    let page = |number: usize| small(number + 1).site().body(&Generated::article_path(number)).unwrap().to_vec();
    let (good, far) = (page(0), page(1));
    let (at, steps) = (row.at, row.steps);
    let hostile = runtime.block_on(Server::start(move |path, _| match path {
        _ if path == at => steps(),
        "/" => ok(&[], b"<p><a href=/odd>eins</a> <a href=/feed/>zwei</a> <a href=/good>drei</a></p>"),
        "/good" => ok(&[], &good),
        _ => response("404 Not Found", &[HTML], b"?"),
    }));
    let neighbour = runtime.block_on(Server::start(move |path, _| match path {
        "/" => ok(&[], b"<a href=/far>fern</a>"),
        "/far" => ok(&[], &far),
        _ => response("404 Not Found", &[HTML], b"?"),
    }));
    let bench = quick();
    let plan = Bench::plan(&[hostile.url("/").as_str(), neighbour.url("/").as_str()]);
    let began = Instant::now();
    let summary = bench.run(&plan);
    let elapsed = began.elapsed();
    let records = bench.records();
    let written = |path: &str| records.iter().any(|record| record.url.ends_with(path));
    let mut faults = Vec::new();
    // The two front pages are no articles either.
    let usual = if row.counted == "skipped.no_article" { 2 } else { 0 };
    if counted(&summary, row.counted) <= usual {
        faults.push(format!("nothing counted as {}", row.counted));
    }
    if !written("/far") {
        faults.push("the page of the neighbour was not written".to_owned());
    }
    if written("/good") != row.good {
        faults.push(format!("the good page was {}written", if row.good { "not " } else { "" }));
    }
    if elapsed > Duration::from_secs(30) {
        faults.push(format!("it took {elapsed:?}"));
    }
    if std::fs::read_dir(bench.output()).into_iter().flatten().count() == 0 {
        faults.push("nothing was written".to_owned());
    }
    let text = serde_json::to_string(&records).unwrap();
    if text.contains("root:") {
        faults.push("a file of ours was read".to_owned());
    }
    (!faults.is_empty()).then(|| format!("{}: {} ({:?})", row.name, faults.join(", "), summary.counters))
}

fn all_hold(rows: &[Row]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let faults: Vec<String> = rows.iter().filter_map(|row| fault_of(row, &runtime)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Limits as in [`quick`], for the binary.
const LIMITS: &str = "[fetch]\nconnect_timeout = \"500ms\"\nheader_timeout = \"500ms\"\nchunk_timeout = \"700ms\"\n\
    total_timeout = \"1500ms\"\nmax_body = 2000000\nmax_inflated = 3000000\n\
    [crawl]\nmax_attempts = 3\nretry_after = \"1ms\"\npatience = \"1s\"\ntdmrep = false\n\
    [pace]\nbackoff = \"1ms\"\nmax_backoff = \"20ms\"\nclose_after = 200\nrefusals = 200\n";

/// All behaviours of pages at once, met by the binary: it gets through, and its memory stays small whatever they send.
#[test]
fn one_crawl_through_all_of_it_stays_small() {
    let rows: Vec<&Row> =
        [HEADS, BODIES, WAYS].into_iter().flatten().filter(|row| row.at == "/odd" && row.good).collect();
    assert!(rows.len() > 50, "{}", rows.len());
    let answers: Vec<fn() -> Vec<Step>> = rows.iter().map(|row| row.steps).collect();
    let links: String = (0..rows.len()).map(|n| format!("<a href=/odd/{n}>{n}</a> ")).collect();
    let good = small(1).site().body(&Generated::article_path(0)).unwrap().to_vec();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let hostile = runtime.block_on(Server::start(move |path, _| match path.strip_prefix("/odd/") {
        Some(n) => answers[n.parse::<usize>().unwrap()](),
        None if path == "/" => ok(&[], format!("<p>{links}<a href=/good>gut</a></p>").as_bytes()),
        None if path == "/good" => ok(&[], &good),
        None => response("404 Not Found", &[HTML], b"?"),
    }));
    let bench = quick();
    let (config, metrics) = (bench.folder.path().join("limits.toml"), bench.folder.path().join("metrics"));
    std::fs::write(&config, LIMITS).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auslese"));
    command.args([
        "crawl",
        hostile.url("/").as_str(),
        "--allow-private",
        "--delay",
        "0s",
        "--per-host",
        "4",
        "--quiet",
    ]);
    command.arg("--config").arg(&config).arg("--metrics-file").arg(&metrics);
    command.arg("--output").arg(bench.output()).arg("--state").arg(bench.state()).env_remove("AUSLESE_LOG");
    let began = Instant::now();
    let done = command.output().unwrap();
    assert_eq!(done.status.code(), Some(4), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
    assert!(bench.records().iter().any(|record| record.url.ends_with("/good")));
    let metrics = std::fs::read_to_string(metrics).unwrap();
    let peak = metrics.lines().find(|line| line.starts_with("auslese_peak_memory_bytes")).unwrap();
    let peak: f64 = peak.rsplit(' ').next().unwrap().parse().unwrap();
    println!("{} behaviours, {:.0} MB at the peak, {:?}", rows.len(), peak / 1e6, began.elapsed());
    assert!(peak < 400e6, "{peak} bytes");
}

#[test]
fn heads_of_any_kind() {
    all_hold(HEADS);
}

#[test]
fn bodies_of_any_kind() {
    all_hold(BODIES);
}

#[test]
fn ways_and_files_of_any_kind() {
    all_hold(WAYS);
}
