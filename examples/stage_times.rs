//! Where the time of an extraction goes, on one thread, without the network: for each stage its seconds, its megabytes of HTML a
//! second, and its milliseconds a page. `Dom alone` is the wall that the parser sets, `scraper alone` that of a bare parse.
//!
//! ```text
//! cargo run --release --example stage_times -- GOLD_DIR          a set of pages: gold.jsonl and its pages
//! cargo run --release --example stage_times -- PAGES BYTES       generated pages, those of benches/crawl.rs
//! ```
//! For instruction counts, which no other program on the machine disturbs, run it under `valgrind --tool=callgrind` with
//! ten and with forty pages, and take the difference.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use auslese::classify::{BodyModel, Classifier};
use auslese::demo::Generated;
use auslese::extract::assemble;
use auslese::parse::{Dom, ParseLimits, parse};
use auslese::segment::segment;
use auslese::sink::Line;
use auslese::site::{Site, Sites, Template};
use auslese::types::{Fetched, Origin, Via};
use jiff::Timestamp;
use url::Url;

const STAGES: [&str; 8] = [
    "Dom alone",
    "parse",
    "segment",
    "body model",
    "classify, with the model",
    "assemble, with classify",
    "line",
    "scraper alone",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let pages = match arguments.as_slice() {
        [folder] => of_gold(&PathBuf::from(folder))?,
        [count, bytes] => generated(count.parse()?, bytes.parse()?)?,
        _ => return Err("usage: stage_times GOLD_DIR | PAGES BYTES".into()),
    };
    let bytes: usize = pages.iter().map(|page| page.body.len()).sum();
    let site = Sites::embedded()?.for_url(&"https://example.org/".parse()?);
    // Patterns are compiled once a process, at the first page.
    let model = BodyModel::embedded()?;
    for page in pages.iter().take(1) {
        run(page, &site, &model, &mut Times::default())?;
    }
    let mut times = Times::default();
    for page in &pages {
        run(page, &site, &model, &mut times)?;
    }
    println!("{} pages, {:.1} MB, {} blocks", pages.len(), bytes as f64 / 1e6, times.blocks);
    for (name, time) in STAGES.iter().zip(times.stages) {
        let (seconds, each) = (time.as_secs_f64(), 1000.0 / pages.len() as f64);
        println!(
            "{name:26} {seconds:8.3} s {:8.1} MB/s {:8.3} ms a page",
            bytes as f64 / 1e6 / seconds,
            seconds * each
        );
    }
    Ok(())
}

#[derive(Default)]
struct Times {
    stages: [Duration; STAGES.len()],
    blocks: usize,
}

impl Times {
    fn take<T>(&mut self, stage: usize, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.stages[stage] += start.elapsed();
        result
    }
}

fn run(fetched: &Fetched, site: &Site, model: &BodyModel, times: &mut Times) -> Result<(), Box<dyn Error>> {
    let (template, limits) = (Template::default(), ParseLimits::default());
    let classifier = Classifier::embedded();
    let text = String::from_utf8_lossy(&fetched.body);
    times.take(0, || drop(Dom::parse(&text)));
    times.take(7, || drop(scraper::Html::parse_document(&text)));
    let Ok(page) = times.take(1, || parse(fetched, &limits)) else { return Ok(()) };
    let segments = times.take(2, || segment(&page, &template));
    times.blocks += times.take(3, || model.read_page(&page, &segments)).body.len();
    times.take(4, || drop(classifier.classify(&page, segments, &template)));
    let extraction = times.take(5, || assemble(page, fetched, site, classifier));
    times.take(6, || Line::of(&extraction.record))?;
    Ok(())
}

fn fetched(url: Url, body: Vec<u8>) -> Fetched {
    Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body,
        fetched_at: Timestamp::UNIX_EPOCH,
        origin: Origin::Http,
        via: Via::Link,
    }
}

fn of_gold(folder: &Path) -> Result<Vec<Fetched>, Box<dyn Error>> {
    let mut pages = Vec::new();
    for line in BufReader::new(File::open(folder.join("gold.jsonl"))?).lines() {
        let gold: serde_json::Value = serde_json::from_str(&line?)?;
        let mut body = Vec::new();
        let path = folder.join(gold["page"].as_str().unwrap_or_default());
        flate2::read::MultiGzDecoder::new(File::open(path)?).read_to_end(&mut body)?;
        let url = gold["url"].as_str().unwrap_or_default().parse().or_else(|_| "http://unknown.test/".parse())?;
        pages.push(fetched(url, body));
    }
    Ok(pages)
}

fn generated(count: usize, bytes: usize) -> Result<Vec<Fetched>, Box<dyn Error>> {
    let generated = Generated { articles: count, page_bytes: bytes, seed: 1 };
    let mut pages = Vec::new();
    for number in 0..count {
        let path = Generated::article_path(number);
        let url = Url::parse("https://example.org/")?.join(&path)?;
        pages.push(fetched(url, generated.article(number).into_bytes()));
    }
    Ok(pages)
}
