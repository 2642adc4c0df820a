//! Where the time of an extraction goes: `stage_times GOLD_DIR` reads a set of pages (`gold.jsonl` and its pages) and prints for each
//! stage its share and the megabytes of HTML a second, on one thread. `Dom` alone is the wall that the parser sets.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use auslese::classify::{BodyModel, Classifier};
use auslese::parse::{Dom, Input, InputFormat, Page, ParseLimits, parse_bytes};
use auslese::segment::segment;
use auslese::site::Template;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("usage: stage_times GOLD_DIR")?);
    let mut pages = Vec::new();
    for line in BufReader::new(File::open(dir.join("gold.jsonl"))?).lines() {
        let gold: serde_json::Value = serde_json::from_str(&line?)?;
        let mut bytes = Vec::new();
        let path = dir.join(gold["page"].as_str().unwrap_or_default());
        flate2::read::MultiGzDecoder::new(File::open(path)?).read_to_end(&mut bytes)?;
        let url: url::Url =
            gold["url"].as_str().unwrap_or_default().parse().or_else(|_| "http://unknown.test/".parse())?;
        pages.push((url, bytes));
    }
    let bytes: usize = pages.iter().map(|(_, b)| b.len()).sum();
    let (template, classifier, model) = (Template::default(), Classifier::embedded(), BodyModel::embedded()?);
    let mut times = [Duration::ZERO; 6];
    let mut blocks = 0;
    for (url, bytes) in &pages {
        let text = String::from_utf8_lossy(bytes);
        let start = Instant::now();
        let dom = Dom::parse(&text);
        times[0] += start.elapsed();
        drop(dom);
        let start = Instant::now();
        let plain = scraper::Html::parse_document(&text);
        times[5] += start.elapsed();
        drop(plain);
        let input = Input { url, content_type: None, path: None, body: bytes, format: InputFormat::Html };
        let start = Instant::now();
        let Ok(page): Result<Page, _> = parse_bytes(&input, &ParseLimits::default()) else { continue };
        times[1] += start.elapsed();
        let start = Instant::now();
        let segments = segment(&page, &template);
        times[2] += start.elapsed();
        let start = Instant::now();
        blocks += model.probabilities(&page, &segments).len();
        times[3] += start.elapsed();
        let start = Instant::now();
        let _ = classifier.classify(&page, segments, &template);
        times[4] += start.elapsed();
    }
    println!("{} pages, {:.1} MB, {blocks} blocks", pages.len(), bytes as f64 / 1e6);
    for (name, time) in
        ["Dom alone", "parse", "segment", "body model", "classify, with the model", "scraper alone"].iter().zip(times)
    {
        println!("{name:26} {:8.3} s {:8.1} MB/s", time.as_secs_f64(), bytes as f64 / 1e6 / time.as_secs_f64());
    }
    Ok(())
}
