//! The archive that a crawl writes: warcio finds it right, its index is true, and it gives the records of the crawl again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use auslese::archive::{ArchiveFile, Entry, RecordKind};
use auslese::demo::{Route, Server, Site};
use auslese::engine::{self, Output, Stop};
use auslese::frontier::{FrontierError, OpenHow, SqliteFrontier};
use auslese::types::{Record, SourceKind};
use flate2::bufread::GzDecoder;
use serde_json::Value;

use super::crawl::{Bench, ids, small};
use crate::support::server::{Server as RawServer, response};
use crate::support::tools;

const PAGE: &str = "<!DOCTYPE html><html lang=de><head><title>Archiv geöffnet</title></head><body><h1>Archiv geöffnet</h1>\
    <p>Die Stadt Seefurt hat ihr Archiv für alle geöffnet. Wer die alten Pläne sehen will, meldet sich im Rathaus und \
    bekommt einen Platz am Lesetisch.</p><p>Das Angebot gilt vorerst bis zum Ende des Jahres, sagte die Leiterin des Hauses. \
    Danach soll der Rat neu darüber beraten, ob es dabei bleibt und wer die Kosten trägt.</p></body></html>";

/// A site with what archives find hard: encodings, redirects, dead links, the same page twice.
pub(crate) fn site(articles: usize) -> Site {
    let site = small(articles).site();
    let mut front = site.body("/").unwrap().to_vec();
    for link in ["eins", "zwei", "gepackt", "umzug", "fort"] {
        front.extend(format!("<p><a href=\"/meldungen/{link}.html\">Meldung {link}</a></p>").into_bytes());
    }
    let html = "text/html; charset=utf-8";
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, PAGE.replace("Seefurt", "Altenquast").as_bytes()).unwrap();
    site.route("/", Route::ok(html, front))
        .route("/meldungen/eins.html", Route::ok(html, PAGE))
        .route("/meldungen/zwei.html", Route::ok(html, PAGE))
        .route("/meldungen/gepackt.html", Route::ok(html, encoder.finish().unwrap()).header("Content-Encoding", "gzip"))
        .route("/meldungen/umzug.html", Route::status(301).header("Location", "/meldungen/eins.html"))
}

/// The finished WARC files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = listing.filter(|path| path.to_string_lossy().ends_with(".warc.gz")).collect();
    files.sort();
    files
}

/// What warcio says of a file: whether its digests are right, and where its captures are.
fn checked(file: &Path) -> Option<BTreeMap<u64, (String, String)>> {
    let warcio = tools::program("warcio")?;
    let check = Command::new(&warcio).args(["check", "-v"]).arg(file).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let index =
        Command::new(&warcio).args(["index", "-f", "offset,warc-type,warc-target-uri"]).arg(file).output().unwrap();
    assert!(index.status.success());
    let text = String::from_utf8(index.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let captures = rows.filter(|row| matches!(row["warc-type"].as_str(), Some("response" | "revisit")));
    let word = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    Some(
        captures
            .map(|row| {
                (word(&row, "offset").parse().unwrap(), (word(&row, "warc-type"), word(&row, "warc-target-uri")))
            })
            .collect(),
    )
}

/// The rows of the index beside a file.
fn index(file: &Path) -> Vec<(String, Value)> {
    let path = file.to_string_lossy().replace(".warc.gz", ".cdxj");
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.is_sorted(), "an index is searched by halves");
    let parts = |line: &&str| {
        let mut parts = line.splitn(3, ' ');
        let (key, _) = (parts.next().unwrap().to_owned(), parts.next().unwrap());
        (key, serde_json::from_str(parts.next().unwrap()).unwrap())
    };
    lines.iter().map(parts).collect()
}

/// Asserts that warcio and the index agree on a file.
fn index_is_true(file: &Path) {
    let Some(captures) = checked(file) else { return };
    let rows = index(file);
    assert_eq!(rows.len(), captures.len());
    let bytes = std::fs::read(file).unwrap();
    for (key, row) in rows {
        let number = |name: &str| -> u64 { row[name].as_str().unwrap().parse().unwrap() };
        let (kind, url) = &captures[&number("offset")];
        assert_eq!(row["url"].as_str().unwrap(), url);
        assert_eq!(kind == "revisit", row["mime"] == "warc/revisit", "{row}");
        assert!(key.starts_with("1,0,0,127:"), "{key}");
        assert_eq!(row["filename"].as_str().unwrap(), file.file_name().unwrap().to_str().unwrap());
        // The length is that of the member: behind it begins the next.
        let end = usize::try_from(number("offset") + number("length")).unwrap();
        let mut member = GzDecoder::new(&bytes[usize::try_from(number("offset")).unwrap()..end]);
        let mut text = Vec::new();
        member.read_to_end(&mut text).unwrap();
        assert!(text.starts_with(b"WARC/1.1\r\n") && member.into_inner().is_empty());
    }
}

/// A record without what only the crawl knows: its run, how the page was found, what redirected to it.
pub(crate) fn told_by_page(record: &Record) -> Record {
    let mut record = record.clone();
    record.run_id = None;
    record.discovered_via = auslese::types::Via::File;
    record.requested_url.clear();
    record.aliases.clear();
    record.duplicate_of = None;
    record.source.kind = SourceKind::Http;
    (record.source.path, record.source.offset, record.source.captured_at) = (None, None, None);
    record
}

fn extracted(folder: &Path) -> Vec<Record> {
    let output = Command::new(env!("CARGO_BIN_EXE_auslese")).arg("extract").arg(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn archiving(bench: &mut Bench) -> PathBuf {
    let folder = bench.folder.path().join("warc");
    bench.config.output.warc.clone_from(&folder);
    folder
}

#[test]
fn an_archive_gives_the_records_of_the_crawl_again() {
    let server = Server::start(site(30)).unwrap();
    let mut bench = Bench::new();
    let folder = archiving(&mut bench);
    bench.crawl(&server);
    let records = bench.records();
    assert_eq!(ids(&records).len(), 32, "what stands there twice is one article");
    let again = extracted(&folder);
    // The archive has the front page and the lists, too, which the crawl knows to be none of an article.
    assert!(again.len() > records.len());
    let by_place: BTreeMap<_, &Record> =
        again.iter().map(|record| (record.warc.clone().map(|w| (w.file, w.offset)), record)).collect();
    for record in &records {
        let place = record.warc.clone().map(|warc| (warc.file, warc.offset));
        assert!(place.is_some(), "{}", record.url);
        let same = by_place.get(&place).unwrap_or_else(|| panic!("{}: nothing at {place:?}", record.url));
        assert_eq!(told_by_page(same), told_by_page(record));
    }
}

#[test]
fn warcio_agrees_with_every_file_and_its_index() {
    let server = Server::start(site(30)).unwrap();
    let mut bench = Bench::new();
    let folder = archiving(&mut bench);
    bench.config.output.warc_size = 20_000;
    bench.config.output.batch = 8;
    bench.crawl(&server);
    let files = files(&folder);
    assert!(files.len() > 2, "files are finished by size: {files:?}");
    for file in &files {
        index_is_true(file);
    }
    let rows: Vec<Value> = files.iter().flat_map(|file| index(file)).map(|(_, row)| row).collect();
    let of = |path: &str| -> &Value {
        let url = format!("{}{path}", server.origin());
        rows.iter().find(|row| row["url"] == url.as_str()).unwrap_or_else(|| panic!("{path}"))
    };
    assert_eq!(of("/meldungen/umzug.html")["status"], "301");
    assert_eq!(of("/meldungen/fort.html")["status"], "404");
    let twice = [of("/meldungen/eins.html"), of("/meldungen/zwei.html")];
    assert_eq!(twice[0]["digest"], twice[1]["digest"]);
    let revisits = twice.iter().filter(|row| row["mime"] == "warc/revisit").count();
    assert_eq!(revisits, 1, "the same payload is stored once: {twice:?}");
}

/// Waits until the writer of a run that was dropped is gone, the output left as it is.
fn when_free(bench: &Bench) {
    let how = OpenHow { run_id: "look".to_owned(), now: jiff::Timestamp::now(), max_open: 1 };
    let began = std::time::Instant::now();
    while let Err(error) = SqliteFrontier::open(&bench.state(), &how) {
        assert!(matches!(error, FrontierError::Locked { .. }) && began.elapsed().as_secs() < 20, "{error}");
        std::thread::yield_now();
    }
}

#[test]
fn a_killed_crawl_leaves_an_archive_that_the_next_one_makes_whole() {
    let server = Server::start(site(120)).unwrap();
    let mut bench = Bench::new();
    let folder = archiving(&mut bench);
    bench.config.output.batch = 8;
    let plan = Bench::plan(&[&server.origin()]);
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let mut store = engine::open(&bench.state(), &Output::Folder(bench.output()), "killed", &bench.config).unwrap();
    store.observer = Some(Box::new(move |progress| {
        if progress.counters.records >= 40
            && let Some(tell) = tell.take()
        {
            let _ = tell.send(());
        }
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (config, stop) = (bench.config.clone(), Stop::new());
    runtime.block_on(async {
        tokio::select! {
            ended = engine::run(&config, &plan, store, &stop) => panic!("{ended:?}"),
            _ = told => {}
        }
    });
    drop(runtime);
    let part = folder.join("auslese-killed-00001.warc.gz.part");
    when_free(&bench);
    // What a machine that lost its power leaves behind the last commit: the beginning of a member, and zeros.
    let mut bytes = std::fs::read(&part).unwrap();
    let torn = bytes[..700].to_vec();
    bytes.extend(torn);
    bytes.extend([0; 500]);
    std::fs::write(&part, bytes).unwrap();
    bench.crawl(&server);
    assert!(!part.exists());
    let files = files(&folder);
    assert_eq!(files.len(), 2);
    for file in &files {
        index_is_true(file);
    }
    let records = bench.records();
    assert_eq!(ids(&records).len(), 122, "what stands there twice is one article");
    for record in &records {
        let warc = record.warc.as_ref().unwrap();
        let archive = ArchiveFile::find(&folder.join(&warc.file), &warc.file).unwrap().unwrap().remove(0);
        let Some(Entry::Record(found)) = archive.open_at(warc.offset, 1 << 24).unwrap().unwrap().next() else {
            panic!("{}: nothing at {}", warc.file, warc.offset);
        };
        assert!(matches!(found.kind, RecordKind::Response | RecordKind::Revisit));
        assert_eq!(found.header.target(), Some(record.url.as_str()));
    }
}

#[tokio::test]
async fn request_and_answer_are_kept_as_they_went_over_the_wire() {
    let server = RawServer::start(|path, _| match path {
        "/a?b=%20c" => response("200 Alles gut", &[("Content-Type", "text/html"), ("X-Eins", "1"), ("X-eins", "2")], PAGE.as_bytes()),
        _ => {
            let chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                           5\r\n<p>Ei\r\n5\r\nns</p\r\n1\r\n>\r\n0\r\n\r\n";
            crate::support::server::raw(chunked)
        }
    })
    .await;
    let settings = auslese::fetch::FetchSettings { allow_private: true, ..Default::default() };
    let fetcher = auslese::fetch::Fetcher::new(settings).unwrap().keep_exchanges();
    let ask = |path: &str| auslese::fetch::FetchRequest {
        url: server.url(path),
        via: auslese::types::Via::Seed,
        hops: Vec::new(),
        validators: None,
    };
    let plain = fetcher.fetch(ask("/a?b=%20c")).await.exchange.unwrap();
    assert_eq!(String::from_utf8(plain.request).unwrap(), server.requests()[0]);
    let head = String::from_utf8(plain.head).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 Alles gut\r\ncontent-length: "), "{head}");
    assert!(head.contains("\r\nx-eins: 1\r\nx-eins: 2\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!((plain.body.as_slice(), plain.protocol), (PAGE.as_bytes(), "http/1.1"));
    assert_eq!(plain.remote, Some("127.0.0.1".parse().unwrap()));
    let chunked = fetcher.fetch(ask("/chunked")).await.exchange.unwrap();
    assert_eq!(chunked.body, b"<p>Eins</p>");
    let head = String::from_utf8(chunked.head).unwrap();
    assert!(head.contains("\r\nx-orig-transfer-encoding: chunked\r\n"), "{head}");
    let asked: BTreeSet<String> = server.requests().into_iter().collect();
    assert!(asked.contains(&String::from_utf8(chunked.request).unwrap()));
}
