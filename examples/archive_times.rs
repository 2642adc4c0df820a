//! What reading an archive costs beside extracting its pages, on one thread; and archives of generated pages to measure it on.
//!
//! ```text
//! cargo run --release --example archive_times -- make FILE.warc.gz PAGES BYTES
//! cargo run --release --example archive_times -- times FILE.warc.gz
//! ```
//! `benches/archive/compare` uses both.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use auslese::archive::{ArchiveFile, ArchiveLimits, Collection, Entry, RawRecord, page_of};
use auslese::demo::Generated;
use auslese::extract::Extractor;
use auslese::parse::InputFormat;
use auslese::site::Sites;
use auslese::types::Fetched;
use flate2::Compression;
use flate2::write::GzEncoder;

/// As `auslese extract` bounds records.
const LIMITS: ArchiveLimits = ArchiveLimits { max_block: 21 << 20, max_inflated: 50 << 20 };

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", file, pages, bytes] => make(Path::new(file), pages.parse()?, bytes.parse()?),
        ["times", file] => times(Path::new(file)),
        _ => Err("usage: archive_times make FILE.warc.gz PAGES BYTES | times FILE.warc.gz".into()),
    }
}

/// Writes generated pages as responses, gzip a record.
fn make(path: &Path, pages: usize, bytes: usize) -> Result<(), Box<dyn Error>> {
    let made = Generated { articles: pages, page_bytes: bytes, seed: 1 };
    let mut to = BufWriter::new(File::create(path)?);
    for number in 0..pages {
        let body = made.article(number);
        let http = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let head = format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n\
             WARC-Date: 2024-05-06T07:08:09Z\r\nWARC-Target-URI: http://anzeiger.test{}\r\n\
             Content-Type: application/http;msgtype=response\r\nContent-Length: {}\r\n\r\n",
            Generated::article_path(number),
            http.len() + body.len()
        );
        let mut member = GzEncoder::new(Vec::new(), Compression::default());
        for part in [head.as_str(), http.as_str(), body.as_str(), "\r\n\r\n"] {
            member.write_all(part.as_bytes())?;
        }
        to.write_all(&member.finish()?)?;
    }
    to.flush()?;
    Ok(())
}

/// CPU time of this thread so far, as Linux tells it.
fn cpu() -> Result<Duration, Box<dyn Error>> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(told.split(' ').next().unwrap_or_default().parse()?))
}

/// Reads an archive's records, inflated and decoded; extracts every page; writes every line: each with its time.
fn times(path: &Path) -> Result<(), Box<dyn Error>> {
    let extractor = Extractor::new(Sites::embedded()?, None, InputFormat::Auto);
    let label = path.display().to_string();
    let output = path.with_extension("jsonl");
    let mut to = BufWriter::new(File::create(&output)?);
    let [mut reading, mut extracting, mut writing] = [Duration::ZERO; 3];
    let mut pages = 0_u64;
    let mut archive = Collection::new(LIMITS.max_block);
    for file in ArchiveFile::find(path, &label)?.unwrap_or_default() {
        let number = archive.add(file);
        let mut records = archive.read(number)?;
        loop {
            let began = cpu()?;
            let Some(entry) = archive.next(&mut records) else { break };
            let Entry::Record(record) = entry else { continue };
            let Some(fetched) = page(*record, &label) else { continue };
            let read = cpu()?;
            let Ok(extraction) = extractor.extract(&fetched) else { continue };
            let extracted = cpu()?;
            serde_json::to_writer(&mut to, &extraction.record)?;
            to.write_all(b"\n")?;
            let written = cpu()?;
            reading += read - began;
            extracting += extracted - read;
            writing += written - extracted;
            pages += 1;
        }
    }
    to.flush()?;
    std::fs::remove_file(output)?;
    let around = reading + writing;
    println!("{pages} pages");
    for (what, time) in [("reading, inflating", reading), ("extracting", extracting), ("writing", writing)] {
        println!("{what:<20} {:>8.2}", time.as_secs_f64());
    }
    println!("reading, inflating and writing: {:.2} of extracting", around.as_secs_f64() / extracting.as_secs_f64());
    Ok(())
}

fn page(record: RawRecord, label: &str) -> Option<Fetched> {
    page_of(record, label, &LIMITS).ok()
}
