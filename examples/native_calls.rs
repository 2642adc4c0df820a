//! The native call, page after page on one thread: what the wheel's call is held against (`benches/batch/wheel`).
//!
//! ```text
//! native_calls generate PAGES BYTES FOLDER     writes generated pages, those of benches/crawl.rs
//! native_calls run FOLDER ROUNDS               for each round a line: its CPU seconds (Linux: proc(5), schedstat)
//! ```

use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use auslese::demo::Generated;
use auslese::extract::Extractor;
use auslese::parse::InputFormat;
use auslese::site::Sites;
use auslese::types::{Fetched, Origin, Via};
use jiff::Timestamp;
use url::Url;

const ADDRESS: &str = "https://example.org/meldung";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", pages, bytes, folder] => generate(pages.parse()?, bytes.parse()?, Path::new(folder)),
        ["run", folder, rounds] => run(Path::new(folder), rounds.parse()?),
        _ => Err("usage: native_calls generate PAGES BYTES FOLDER | run FOLDER ROUNDS".into()),
    }
}

fn generate(pages: usize, bytes: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let site = Generated { articles: pages, page_bytes: bytes, seed: 7 };
    for number in 0..pages {
        std::fs::write(folder.join(format!("{number:05}.html")), site.article(number))?;
    }
    Ok(())
}

fn run(folder: &Path, rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let pages: Vec<Vec<u8>> = paths.iter().map(std::fs::read).collect::<std::io::Result<_>>()?;
    let extractor = Extractor::new(Sites::embedded()?, None, InputFormat::Auto);
    for round in 0..=rounds {
        let before = cpu_seconds()?;
        for page in &pages {
            black_box(call(&extractor, page)?);
        }
        // Patterns are compiled once a process: the first round only warms up.
        if round > 0 {
            println!("{:.6}", cpu_seconds()? - before);
        }
    }
    Ok(())
}

/// What `auslese.extract` does natively: the page's bytes are the caller's, the record is made and dropped.
fn call(extractor: &Extractor, page: &[u8]) -> Result<usize, Box<dyn Error>> {
    let url = Url::parse(ADDRESS)?;
    let page = Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: Vec::new(),
        body: page.to_vec(),
        fetched_at: Timestamp::now(),
        origin: Origin::File { path: String::new() },
        via: Via::File,
    };
    Ok(extractor.extract(&page)?.record.blocks.len())
}

/// What this thread has used, in seconds.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: u64 = text.split(' ').next().ok_or("schedstat is empty")?.parse()?;
    Ok(nanoseconds as f64 / 1e9)
}
