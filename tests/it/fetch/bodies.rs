//! What the body decides: lengths, encodings, bombs, speed.

use std::io::Write;
use std::time::Duration;

use auslese::fetch::FetchOutcome;

use super::{fetch, outcome, patient, quick};
use crate::support::server::{Server, Step, raw, response};

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

fn page() -> Vec<u8> {
    format!("<html>{}</html>", "<p>In Hohenmoor tagt der Rat.</p>".repeat(2_000)).into_bytes()
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

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn brotli(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4_096, 5, 22).write_all(data).unwrap();
    out
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).unwrap()
}

type Encode = fn(&[u8]) -> Vec<u8>;

const ENCODINGS: [(&str, Encode); 5] =
    [("gzip", gzip), ("deflate", zlib), ("deflate", deflate), ("br", brotli), ("zstd", zstd)];

async fn body_of(headers: &'static [(&'static str, &'static str)], body: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let server = Server::start(move |_, _| response("200 OK", headers, &body)).await;
    let reply = fetch(quick(), server.url("/")).await;
    match reply.outcome {
        FetchOutcome::Done(page) => Ok(page.body),
        _ => Err(outcome(&reply)),
    }
}

#[tokio::test]
async fn every_encoding_valid_truncated_garbage_and_bomb() {
    let page = page();
    for (name, encode) in ENCODINGS {
        let headers: &'static [(&str, &str)] = Box::leak(Box::new([HTML, ("Content-Encoding", name)]));
        let wire = encode(&page);
        assert_eq!(body_of(headers, wire.clone()).await.unwrap(), page, "{name}");
        assert_eq!(body_of(headers, wire[..wire.len() / 2].to_vec()).await, Err("bad_encoding"), "{name} truncated");
        assert_eq!(body_of(headers, b"<html>kein Archiv</html>".to_vec()).await, Err("bad_encoding"), "{name} garbage");
        let bomb = encode(&vec![b' '; 8 << 20]);
        assert_eq!(body_of(headers, bomb).await, Err("inflated_too_large"), "{name} bomb");
        assert_eq!(body_of(headers, Vec::new()).await, Err("empty_body"), "{name} empty");
    }
    let chained = gzip(&brotli(&page));
    assert_eq!(body_of(&[HTML, ("Content-Encoding", "br, gzip")], chained).await.unwrap(), page);
    let matryoshka = gzip(&gzip(&gzip(&vec![b' '; 8 << 20])));
    assert_eq!(body_of(&[HTML, ("Content-Encoding", "gzip, gzip, gzip")], matryoshka).await, Err("inflated_too_large"));
    assert_eq!(body_of(&[HTML, ("Content-Encoding", "gzip,gzip,gzip,gzip")], gzip(b"x")).await, Err("bad_encoding"));
    assert_eq!(body_of(&[HTML, ("Content-Encoding", "compress")], b"x".to_vec()).await, Err("bad_encoding"));
}

#[tokio::test]
async fn gzip_files_come_inflated() {
    let sitemap = b"<?xml version=\"1.0\"?><urlset/>";
    assert_eq!(body_of(&[("Content-Type", "application/x-gzip")], gzip(sitemap)).await.unwrap(), sitemap);
    assert_eq!(body_of(&[("Content-Type", "application/gzip")], sitemap.to_vec()).await.unwrap(), sitemap);
    let bomb = gzip(&vec![b' '; 8 << 20]);
    assert_eq!(body_of(&[("Content-Type", "application/gzip")], bomb).await, Err("inflated_too_large"));
    assert_eq!(body_of(&[("Content-Type", "text/html")], gzip(sitemap)).await, Err("binary"), "unsaid");
}

#[tokio::test]
async fn no_type_and_wrong_types() {
    assert_eq!(body_of(&[], b"<p>Hallo</p>".to_vec()).await.unwrap(), b"<p>Hallo</p>");
    assert_eq!(body_of(&[], b"%PDF-1.4".to_vec()).await, Err("binary"));
    assert_eq!(body_of(&[HTML], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec()).await, Err("binary"));
    assert_eq!(body_of(&[HTML], Vec::new()).await, Err("empty_body"));
}

#[tokio::test]
async fn bodies_that_do_not_end_as_they_should() {
    let server = Server::start(|path, _| {
        let head = |length: &str| format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{length}\r\n").into_bytes();
        let chunked = "Transfer-Encoding: chunked\r\n";
        match path {
            "/short" => raw([head("Content-Length: 100\r\n"), b"<p>".to_vec()].concat()),
            "/long" => raw([head("Content-Length: 3\r\n"), b"<p>und mehr".to_vec()].concat()),
            "/unsaid" => raw([head(""), b"<p>bis zum Schluss".to_vec()].concat()),
            "/chunked" => raw([head(chunked), b"3\r\n<p>\r\n2\r\nja\r\n0\r\n\r\n".to_vec()].concat()),
            "/chunked-cut" => raw([head(chunked), b"3\r\n<p>\r\n".to_vec()].concat()),
            "/chunked-odd" => raw([head(chunked), b"3\r\n<p>\r\nxyz\r\n".to_vec()].concat()),
            "/reset" => vec![Step::Send([head("Content-Length: 100\r\n"), b"<p>".to_vec()].concat()), Step::Reset],
            "/announced" => raw(head("Content-Length: 99999999999\r\n")),
            "/endless" => vec![Step::Send(head("")), Step::Forever(vec![b'x'; 30_000], Duration::ZERO)],
            "/stops" => vec![Step::Send([head("Content-Length: 100\r\n"), b"<p>".to_vec()].concat()), Step::Hang],
            _ => vec![
                Step::Send(head("Content-Length: 90000\r\n")),
                Step::Forever(b"x".to_vec(), Duration::from_millis(30)),
            ],
        }
    })
    .await;
    for (path, expected) in [
        ("/short", "broken"),
        ("/long", "done"),
        ("/unsaid", "done"),
        ("/chunked", "done"),
        ("/chunked-cut", "broken"),
        ("/chunked-odd", "broken"),
        ("/reset", "broken"),
        ("/announced", "body_too_large"),
        ("/endless", "body_too_large"),
        ("/stops", "timeout"),
        ("/a-byte-at-a-time", "timeout"),
    ] {
        let reply = fetch(quick(), server.url(path)).await;
        assert_eq!(outcome(&reply), expected, "{path}: {:?}", reply.outcome);
        if let FetchOutcome::Done(page) = reply.outcome {
            assert!(page.body.starts_with(b"<p>"));
        }
    }
}

#[tokio::test]
async fn large_pages_pass_within_the_limits() {
    let body = b"<p>Zeile</p>\n".repeat(300_000);
    let wire = gzip(&body);
    let server = Server::start(move |path, _| match path {
        "/gzip" => response("200 OK", &[HTML, ("Content-Encoding", "gzip")], &wire),
        _ => response("200 OK", &[HTML], &b"<p>Zeile</p>\n".repeat(300_000)),
    })
    .await;
    for path in ["/gzip", "/plain"] {
        let reply = fetch(patient(), server.url(path)).await;
        let FetchOutcome::Done(page) = reply.outcome else { panic!("{path}: {:?}", reply.outcome) };
        assert!(page.body == body, "{path}");
    }
}
