//! Extractors in Rust on the pages of a set, one process a system, on one thread.
//!
//! ```text
//! auslese-peers decode SET FOLDER      SET/gold.jsonl's pages, inflated and decoded, as FOLDER/<id>.html, and FOLDER/pages.tsv
//! auslese-peers run SYSTEM FOLDER      a line {"id", "text"} a page on stdout; at the end the cost on stderr, as JSON
//! ```
//! All systems read the same decoded pages; only the time of extraction counts, not that of reading and writing.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use auslese::classify::Classifier;
use auslese::site::Sites;
use auslese::types::{Fetched, Origin, Via};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

type Fault = Box<dyn Error>;

/// From a decoded page and its address to the text.
type Extractor = Box<dyn Fn(&str, &Url) -> String>;

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["decode", set, folder] => decode(Path::new(set), Path::new(folder)),
        ["run", system, folder] => run(system, Path::new(folder)),
        _ => Err("usage: auslese-peers decode SET FOLDER | run SYSTEM FOLDER".into()),
    }
}

fn decode(set: &Path, folder: &Path) -> Result<(), Fault> {
    fs::create_dir_all(folder)?;
    let mut list = fs::File::create(folder.join("pages.tsv"))?;
    for line in BufReader::new(fs::File::open(set.join("gold.jsonl"))?).lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        let page = fs::File::open(set.join(text("page")))?;
        flate2::read::MultiGzDecoder::new(page).read_to_end(&mut bytes)?;
        // Guessed from the bytes for all alike; none is asked how well it reads charsets.
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(&bytes, true);
        let (html, _, _) = detector.guess(None, Utf8Detection::Allow).decode(&bytes);
        fs::write(folder.join(format!("{}.html", text("id"))), html.as_bytes())?;
        let url = Url::parse(&text("url")).or_else(|_| Url::parse("http://unknown.test/"))?;
        writeln!(list, "{}\t{url}", text("id"))?;
    }
    Ok(())
}

fn run(system: &str, folder: &Path) -> Result<(), Fault> {
    let extract = extractor(system)?;
    let (mut pages, mut bytes, mut seconds, mut failed) = (0, 0, 0.0, 0);
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(fs::File::open(folder.join("pages.tsv"))?).lines() {
        let line = line?;
        let (id, url) = line.split_once('\t').ok_or("pages.tsv: no tabulator")?;
        let (html, url) = (fs::read_to_string(folder.join(format!("{id}.html")))?, Url::parse(url)?);
        let before = cpu_seconds()?;
        // A panic is the system's answer to this page, not ours.
        let text = catch_unwind(AssertUnwindSafe(|| extract(&html, &url)));
        seconds += cpu_seconds()? - before;
        pages += 1;
        bytes += html.len();
        failed += usize::from(text.is_err());
        writeln!(out, "{}", json!({"id": id, "text": text.unwrap_or_default()}))?;
    }
    eprintln!("{}", json!({"pages": pages, "bytes": bytes, "cpu_seconds": seconds, "panics": failed}));
    Ok(())
}

fn extractor(system: &str) -> Result<Extractor, Fault> {
    Ok(match system {
        "auslese" => {
            let (sites, classifier) = (Sites::embedded()?, Classifier::embedded());
            Box::new(move |html, url| {
                let page = Fetched {
                    requested: url.clone(),
                    final_url: url.clone(),
                    hops: Vec::new(),
                    status: 200,
                    headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
                    body: html.as_bytes().to_vec(),
                    fetched_at: Timestamp::UNIX_EPOCH,
                    origin: Origin::Http,
                    via: Via::File,
                };
                auslese::extract::extract(&page, sites.default_site(), &classifier)
                    .map(|extraction| extraction.record.text)
                    .unwrap_or_default()
            })
        }
        "rs-trafilatura" => {
            Box::new(|html, _| rs_trafilatura::extract(html).map(|result| result.content_text).unwrap_or_default())
        }
        "trafilatura-rs" => Box::new(|html, url| {
            let options = trafilatura::Options::default().with_fallback(true).with_url(url.clone());
            trafilatura::extract(html, &options).map(|result| result.content_text).unwrap_or_default()
        }),
        "dom_smoothie" => Box::new(|html, url| {
            dom_smoothie::Readability::new(html, Some(url.as_str()), None)
                .and_then(|mut page| page.parse())
                .map(|article| article.text_content.to_string())
                .unwrap_or_default()
        }),
        // The wall: the parser that ours stands on, and nothing extracted.
        "scraper-parse-alone" => Box::new(|html, _| {
            std::hint::black_box(scraper::Html::parse_document(html));
            String::new()
        }),
        _ => return Err(format!("{system} is not known").into()),
    })
}

/// CPU time of this thread, to the nanosecond, as Linux counts it.
fn cpu_seconds() -> Result<f64, Fault> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(stat.split_whitespace().next().ok_or("schedstat is empty")?.parse::<f64>()? / 1e9)
}
