//! Bad input through the public functions: nothing panics, each gets its reason, and what comes out grows no faster than what
//! went in. Small files are found in `fixtures/hostile`; the large shapes are made here.

mod http2;
#[cfg(target_os = "linux")]
mod memory;
mod server;
mod shapes;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use auslese::classify::Classifier;
use auslese::extract::{Extraction, StandIn, Unfit, extract, stand_in};
use auslese::pace::Robots;
use auslese::site::{Sites, UrlKind};
use auslese::source::{Context, Discovery, SourceError, discover};
use auslese::types::{DeadReason, Fetched, Origin, Via};
use url::Url;

use shapes::SHAPES;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile").join(name)
}

/// The files of a folder that end so, sorted, with the name before it.
fn files(name: &str, end: &str) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| Some((path.file_name()?.to_str()?.strip_suffix(end)?.to_owned(), path)))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "nothing in {}", folder(name).display());
    found
}

fn fetched(content_type: &str, body: Vec<u8>) -> Fetched {
    let url = Url::parse("http://rabensund.test/source").unwrap();
    Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body,
        fetched_at: "2025-08-01T10:00:00Z".parse().unwrap(),
        origin: Origin::Http,
        via: Via::Link,
    }
}

fn extract_html(body: impl Into<Vec<u8>>) -> Result<Extraction, Unfit> {
    let fetched = fetched("text/html", body.into());
    let site = Sites::embedded().unwrap().default_site().at(&fetched.final_url);
    extract(&fetched, &site, Classifier::embedded())
}

fn discover_in(kind: UrlKind, content_type: &str, body: Vec<u8>) -> Result<Discovery, SourceError> {
    let fetched = fetched(content_type, body);
    let site = Sites::embedded().unwrap().default_site().at(&fetched.final_url);
    let context = Context { site: &site, kind, depth: 0, nofollow: false, now: fetched.fetched_at };
    discover(&fetched, None, &context)
}

/// Blocks that a page gave, and the characters of their words: between blocks that are taken together a space is put.
fn output_of(extraction: &Extraction) -> (usize, usize) {
    let blocks = &extraction.record.blocks;
    (blocks.len(), blocks.iter().map(|block| block.text.chars().filter(|c| *c != ' ').count()).sum())
}

#[test]
fn every_hostile_page_gives_what_stands_beside_it() {
    let mut report = String::new();
    for (name, path) in files("pages", ".html") {
        let beside = path.with_extension("toml");
        let expected: toml::Table = std::fs::read_to_string(&beside)
            .unwrap_or_else(|error| panic!("{}: {error}", beside.display()))
            .parse()
            .unwrap();
        let got = extract_html(std::fs::read(&path).unwrap());
        if let Some(fault) = fault_of(&expected, got) {
            let _ = writeln!(report, "{name}: {fault}");
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// The first word of a file's name says what stands in for the page: nothing where it is `article`.
#[test]
fn what_stands_in_for_a_page_is_told_from_articles_about_it() {
    let mut report = String::new();
    for (name, path) in files("stand-ins", ".html") {
        let page = fetched("text/html; charset=utf-8", std::fs::read(&path).unwrap());
        let site = Sites::embedded().unwrap().default_site().at(&page.final_url);
        let extraction = extract(&page, &site, Classifier::embedded()).unwrap();
        let found = stand_in(&extraction, &page);
        let expected = match name.split('-').next().unwrap() {
            "blocked" => Some(StandIn::Blocked),
            "captcha" => Some(StandIn::Captcha),
            "consent" => Some(StandIn::ConsentWall),
            "login" => Some(StandIn::LoginWall),
            "notfound" => Some(StandIn::NotFound),
            "article" => None,
            other => panic!("{other}"),
        };
        if found != expected {
            let _ = writeln!(report, "{name}: {found:?}, {} words", extraction.record.word_count);
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn a_page_for_signing_in_is_no_wall_before_another() {
    let mut page = fetched("text/html", std::fs::read(folder("stand-ins").join("login-german.html")).unwrap());
    for (path, wall) in
        [("/meldungen/7", true), ("/anmelden", false), ("/wp-login.php", false), ("/mein-konto/", false)]
    {
        page.final_url.set_path(path);
        let site = Sites::embedded().unwrap().default_site().at(&page.final_url);
        let extraction = extract(&page, &site, Classifier::embedded()).unwrap();
        assert_eq!(stand_in(&extraction, &page).is_some(), wall, "{path}");
    }
}

/// How what came differs from what had to come.
fn fault_of(expected: &toml::Table, got: Result<Extraction, Unfit>) -> Option<String> {
    let dead = expected.get("dead").and_then(toml::Value::as_str);
    let extraction = match (dead, got) {
        (Some(reason), Err(Unfit::Dead { reason: got, detail })) => {
            return (got.as_str() != reason || detail.is_empty()).then(|| format!("{got} ({detail}), not {reason}"));
        }
        (Some(reason), other) => return Some(format!("{:?}, not {reason}", other.map(|e| e.record.text))),
        (None, Err(error)) => return Some(format!("refused: {error}")),
        (None, Ok(extraction)) => extraction,
    };
    let blocks: Vec<&str> = extraction.record.blocks.iter().map(|block| block.text.as_str()).collect();
    if let Some(count) = expected.get("blocks").and_then(toml::Value::as_integer) {
        return (blocks.len() != usize::try_from(count).unwrap())
            .then(|| format!("{count} blocks expected: {blocks:?}"));
    }
    let texts = expected["contains"].as_array().unwrap().iter().filter_map(toml::Value::as_str);
    let missing: Vec<&str> = texts.filter(|text| !blocks.iter().any(|block| block.contains(text))).collect();
    (!missing.is_empty()).then(|| format!("{missing:?} in none of {blocks:?}"))
}

#[test]
fn no_hostile_feed_or_sitemap_does_harm() {
    for (name, path) in files("sources", "") {
        let kind = if name.starts_with("feed") { UrlKind::Feed } else { UrlKind::Sitemap };
        let content_type = if name.ends_with(".gz") { "application/gzip" } else { "application/xml" };
        let result = discover_in(kind, content_type, std::fs::read(&path).unwrap());
        // One address is in each of them at most, but for the sitemap that is packed forty times over.
        let most = if name.ends_with(".gz") { 40 } else { 1 };
        match &result {
            Ok(found) => {
                assert!(found.candidates.len() <= most, "{name}: {:?}", found.candidates);
                let all = format!("{:?} {:?} {:?}", found.candidates, found.refused, found.warnings);
                assert!(!all.contains("root:"), "{name}: a local file was read: {all}");
                assert!(all.len() < 20_000, "{name}: {} bytes came out", all.len());
            }
            Err(error) => {
                let text = error.to_string();
                assert!(!text.is_empty() && text.len() < 1_000 && !text.contains("root:"), "{name}: {text}");
            }
        }
        match name.as_str() {
            "feed-empty.xml" => assert!(matches!(result, Err(SourceError::Empty { .. })), "{name}: {result:?}"),
            "feed-is-html.xml" => assert!(matches!(result, Err(SourceError::Html { .. })), "{name}: {result:?}"),
            "feed-bad-dates.xml" | "feed-wrong-encoding.xml" => {
                assert_eq!(result.unwrap().candidates.len(), 1, "{name}: a fault beside the address must not lose it");
            }
            _ => {}
        }
    }
}

#[test]
fn bad_profiles_are_refused_with_file_line_and_what_is_wrong() {
    for (name, path) in files("profiles", ".toml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let (_, expected) = text.split_once("# must be refused at line ").unwrap();
        let (line, what) = expected.trim().split_once(':').unwrap();
        let file = format!("config/sites/{name}.toml");
        let errors = Sites::load([(file.as_str(), text.as_str())]).expect_err(&name).to_string();
        assert!(errors.contains(&format!("{file}:{line}")), "{name}: line {line} in {errors}");
        assert!(errors.contains(what.trim()), "{name}: `{}` in {errors}", what.trim());
    }
}

#[test]
fn a_gzip_bomb_is_bounded() {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..300 {
        packed.write_all(&chunk).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    let result = discover_in(UrlKind::Sitemap, "application/gzip", bomb.clone());
    assert!(result.as_ref().is_err() || result.as_ref().is_ok_and(|found| found.candidates.is_empty()), "{result:?}");
    match extract_html(bomb) {
        Err(Unfit::Dead { reason, .. }) => assert_eq!(reason, DeadReason::Binary),
        other => panic!("{:?}", other.map(|extraction| extraction.record.text.len())),
    }
}

#[test]
fn robots_txt_of_any_kind_is_read() {
    let url = Url::parse("http://rabensund.test/a").unwrap();
    let long_line = format!("User-agent: *\nDisallow: /{}\nDisallow: /a\n", "x".repeat(300_000)).into_bytes();
    let stars = format!("User-agent: *\nDisallow: /{}$\n", "*a".repeat(20_000)).into_bytes();
    let groups = "User-agent: x\nUser-agent: *\nDisallow: /a\n".repeat(10_000).into_bytes();
    let mixed = b"\xef\xbb\xbf\0\xff\rUSER-AGENT:*\r\rDISALLOW : /a\r".to_vec();
    for body in [Vec::new(), vec![0; 10_000], long_line, stars, groups, mixed] {
        let robots = Robots::parse(&body);
        let _ = robots.check("auslese", &url);
        let _ = robots.crawl_delay("auslese");
        assert!(robots.sitemaps().is_empty());
    }
}

/// What comes out of twice the page is at most twice as much, and never more text than went in. A fifth of the timed run's
/// size, because these tests run unoptimised.
#[test]
fn large_shapes_cost_no_more_than_they_hold() {
    for (name, size, shape) in SHAPES {
        let (half, whole) = (shape(size / 10), shape(size / 5));
        let (input, body) = (whole.chars().count(), whole.into_bytes());
        let small = output_of(&extract_html(half).unwrap_or_else(|error| panic!("{name}: {error}")));
        let large = output_of(&extract_html(body).unwrap_or_else(|error| panic!("{name}: {error}")));
        assert!(large.1 <= input, "{name}: {} characters of text from {input}", large.1);
        assert!(large.0 <= 2 * small.0 + 2, "{name}: {} blocks, {} from half of it", large.0, small.0);
        // Within the bounded depth the same text makes more blocks, with no space between them.
        assert!(large.1 <= 2 * small.1 + 1_024, "{name}: {} characters, {} from half of it", large.1, small.1);
    }
}

#[test]
fn a_hundred_thousand_nested_elements_are_read() {
    for tag in ["div", "b", "table"] {
        let extraction = extract_html(format!("{}Grund", format!("<{tag}>").repeat(100_000))).unwrap();
        let texts: Vec<&str> = extraction.record.blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["Grund"], "{tag}");
    }
}

/// Most of it data that no reader sees, as such pages are.
#[test]
fn a_page_of_thirty_megabytes_is_read() {
    let line = "<p>Die Fähre kommt um neun, der Wind kommt später, und die Möwen sind schon da.</p>\n";
    let data =
        format!("<script>var x = [{}];</script><img src='data:,{}'>", "1,".repeat(7_000_000), "x".repeat(15_000_000));
    let extraction = extract_html(format!("<h1>Fähre</h1>{data}{}", line.repeat(500))).unwrap();
    assert_eq!(output_of(&extraction).0, 501);
}

/// Time for twice the page, over time for the page, by the best of three. Wall time, so not for every run.
#[test]
#[ignore = "measures time: cargo test --release --test it hostile::time -- --ignored --nocapture"]
fn time_grows_with_the_page() {
    let time = |page: &str| -> Duration {
        let run = || {
            let start = Instant::now();
            let _ = extract_html(page);
            start.elapsed()
        };
        (0..3).map(|_| run()).min().unwrap()
    };
    for (name, size, shape) in SHAPES {
        let (half, whole) = (time(&shape(size / 2)), time(&shape(*size)));
        println!("{name:<24} {:>8.1} ms {:>8.1} ms", half.as_secs_f64() * 1e3, whole.as_secs_f64() * 1e3);
        let small_enough = whole < Duration::from_millis(40);
        assert!(small_enough || whole < half * 3, "{name}: {half:?}, and {whole:?} for twice the page");
    }
    let line = "<p>Die Fähre kommt um neun, der Wind kommt später, und die Möwen sind schon da.</p>\n";
    let thirty = time(&line.repeat(30_000_000 / line.len()));
    println!("thirty megabytes of text  {:>8.1} ms", thirty.as_secs_f64() * 1e3);
}
