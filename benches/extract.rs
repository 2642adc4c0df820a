//! What each stage of an extraction costs, on fixed pages: `cargo bench --bench extract [-- parse|segment|classify|assemble|line]`.
//!
//! The pages are two fixtures of articles, one whose tags have attributes without end, and a generated page of 45 KB with
//! the markup of a news site (as in `benches/crawl.rs`). Each stage takes what the one before made; `assemble` runs `classify`
//! within. `examples/stage_times.rs` measures the same stages on a whole set of pages.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that cannot go on has failed")]

use std::hint::black_box;
use std::path::Path;

use auslese::classify::Classifier;
use auslese::demo::Generated;
use auslese::extract::assemble;
use auslese::parse::{ParseLimits, parse};
use auslese::segment::segment;
use auslese::sink::Line;
use auslese::site::{Sites, Template};
use auslese::types::{Fetched, Origin, Via};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use url::Url;

const FIXTURES: [(&str, &str); 3] = [
    ("article", "fixtures/sites/amtsblick.test/pages/2025/meldung_311.html"),
    ("attributes", "fixtures/hostile/pages/attributes.html"),
    ("archive", "fixtures/sites/amtsblick.test/pages/2025/meldung_307.html"),
];

fn fetched(name: &str, body: Vec<u8>) -> Fetched {
    let url = Url::parse(&format!("https://example.org/{name}.html")).unwrap();
    Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
        body,
        fetched_at: Timestamp::UNIX_EPOCH,
        origin: Origin::Http,
        via: Via::Link,
    }
}

fn pages() -> Vec<(&'static str, Fetched)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<_> =
        FIXTURES.iter().map(|(name, path)| (*name, fetched(name, std::fs::read(root.join(path)).unwrap()))).collect();
    let generated = Generated { articles: 1_000, page_bytes: 45_000, seed: 1 };
    pages.push(("generated", fetched("generated", generated.article(7).into_bytes())));
    pages
}

fn stages(criterion: &mut Criterion) {
    let (limits, template, classifier) = (ParseLimits::default(), Template::default(), Classifier::embedded());
    let site = Sites::embedded().unwrap().for_url(&"https://example.org/".parse().unwrap());
    for (name, page) in pages() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(page.body.len() as u64));
        group.bench_function(BenchmarkId::from_parameter("parse"), |bench| {
            bench.iter(|| parse(black_box(&page), &limits).unwrap());
        });
        let parsed = parse(&page, &limits).unwrap();
        group.bench_function(BenchmarkId::from_parameter("segment"), |bench| {
            bench.iter(|| segment(black_box(&parsed), &template));
        });
        let segments = segment(&parsed, &template);
        group.bench_function(BenchmarkId::from_parameter("classify"), |bench| {
            let classify = |segments| classifier.classify(&parsed, segments, &template);
            bench.iter_batched(|| segments.clone(), classify, BatchSize::SmallInput);
        });
        group.bench_function(BenchmarkId::from_parameter("assemble"), |bench| {
            let setup = || parse(&page, &limits).unwrap();
            bench.iter_batched(setup, |parsed| assemble(parsed, &page, &site, classifier), BatchSize::SmallInput);
        });
        let record = assemble(parse(&page, &limits).unwrap(), &page, &site, classifier).record;
        group.bench_function(BenchmarkId::from_parameter("line"), |bench| {
            bench.iter(|| Line::of(black_box(&record)).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
