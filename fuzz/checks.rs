//! What must hold of any bytes whatever: no panic, and what each function promises. The fuzz targets run these on bytes that they
//! make up, and `cargo test` (`tests/it/fuzz.rs`) on the seeds, on what was ever found, and on the hostile fixtures.

use std::io::Write as _;
use std::sync::OnceLock;

use auslese::archive::{ArchiveFile, ArchiveLimits, Entry, page_of};
use auslese::classify::Classifier;
use auslese::extract::extract;
use auslese::pace::Robots;
use auslese::site::{Site, Sites, UrlKind};
use auslese::source::{CdxPage, Choice, Context, Discovery, MAX_LINKS, WebArchive, Window, discover, sniff};
use auslese::types::{CanonicalRules, Fetched, Origin, Record, Via, canonicalize, resolve};
use jiff::Timestamp;
use url::Url;

/// A check.
pub type Check = fn(&[u8]);

/// Every check, by its name.
pub const ALL: &[(&str, Check)] = &[
    ("url", url),
    ("robots", robots),
    ("feed", feed),
    ("sitemap", sitemap),
    ("page", page),
    ("warc", warc),
    ("cdx", cdx),
];

/// Types that say what is to be guessed, and encodings that are and are not what they say. A line feed at the end stands for UTF-8, `>`
/// for a page that says nothing.
const TYPES: [&str; 8] = [
    "application/xhtml+xml",
    "text/html; charset=windows-1252",
    "text/html; charset=utf-8",
    "text/html; charset=utf-16le",
    "text/html; charset=iso-2022-jp",
    "text/html; charset=gb18030",
    "text/html",
    "text/plain; charset=utf-8",
];

fn sites() -> &'static Sites {
    static SITES: OnceLock<Sites> = OnceLock::new();
    SITES.get_or_init(|| Sites::embedded().unwrap())
}

fn base() -> &'static Url {
    static BASE: OnceLock<Url> = OnceLock::new();
    BASE.get_or_init(|| Url::parse("http://rabensund.test/meldungen/7-faehre.html").unwrap())
}

fn site() -> Site {
    sites().default_site().at(base())
}

fn now() -> Timestamp {
    Timestamp::from_second(1_750_000_000).unwrap()
}

fn fetched(content_type: &str, body: &[u8]) -> Fetched {
    Fetched {
        requested: base().clone(),
        final_url: base().clone(),
        hops: Vec::new(),
        status: 200,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.to_vec(),
        fetched_at: now(),
        origin: Origin::Http,
        via: Via::Link,
    }
}

/// An address on each line; the first is what the others are relative to.
pub fn url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let from = Url::parse(first).unwrap_or_else(|_| base().clone());
    let site = sites().for_url(&from).at(base());
    let rules = CanonicalRules { strip_params: vec!["seite*".to_owned()], sort_query: first.len() % 2 == 1 };
    for line in lines.take(50).chain([first]) {
        let Some(found) = resolve(&from, line) else { continue };
        assert!(found.username().is_empty() && found.password().is_none(), "{found}: credentials");
        for rules in [&rules, &CanonicalRules::default()] {
            let canonical = canonicalize(&found, rules);
            assert_eq!(canonicalize(&canonical, rules), canonical, "{found}: its canonical form has another one");
            assert_eq!(Url::parse(canonical.as_str()).as_ref(), Ok(&canonical), "{found}: reads back as another");
            if matches!(found.scheme(), "http" | "https") {
                assert!(canonical.fragment().is_none(), "{found}: a fragment");
                assert_eq!(canonical.host_str().is_some(), found.host_str().is_some(), "{found}: its host");
            }
        }
        let canonical = site.canonical(&found);
        assert_eq!(site.canonical(&canonical), canonical, "{found}: canonical to the site");
        assert_eq!(site.identity(&canonical), site.identity(&found), "{found}: its identity");
        let _ = site.judge(&canonical, 3, now());
    }
}

/// A robots.txt; its own patterns are the paths that it is asked about.
pub fn robots(data: &[u8]) {
    let robots = Robots::parse(data);
    assert!(robots.sitemaps().len() <= data.len());
    let text = String::from_utf8_lossy(data);
    let patterns = text.lines().filter_map(|line| line.split_once(':')).map(|(_, value)| value.trim()).take(40);
    for path in patterns.chain(["/", "/robots.txt", "/a/b?c=d", "/%C3%A4"]) {
        let Ok(url) = base().join(path) else { continue };
        for agent in ["auslese", "AUSLESE/1.0", "*", ""] {
            let verdict = robots.check(agent, &url);
            assert!(verdict.allowed || verdict.rule.is_some(), "{url}: refused by no rule");
            assert!(verdict.allowed || url.path() != "/robots.txt", "robots.txt itself is refused");
            assert_eq!(verdict.crawl_delay, robots.crawl_delay(agent), "{agent}");
        }
    }
}

fn discover_in(kind: UrlKind, fetched: &Fetched) {
    let site = site();
    let context = Context { site: &site, kind, depth: 1, nofollow: false, now: now() };
    match discover(fetched, None, &context) {
        Ok(found) => hold(&found),
        Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
    }
}

/// What is promised of addresses that are found.
fn hold(found: &Discovery) {
    assert!(found.candidates.len() <= MAX_LINKS.max(50_000), "{}", found.candidates.len());
    assert_eq!(found.candidates.len(), found.kinds.len());
    let mut seen = std::collections::HashSet::new();
    for candidate in &found.candidates {
        let url = &candidate.url;
        assert!(matches!(url.scheme(), "http" | "https"), "{url}: its scheme");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
        assert!(seen.insert(url.as_str()), "{url}: twice");
    }
    for warning in &found.warnings {
        assert!(warning.len() < 1_000, "a warning of {} bytes", warning.len());
    }
    for refused in &found.refused {
        assert!(refused.address.len() <= 2_048 + 3, "{} bytes of a refused address", refused.address.len());
    }
}

/// A feed of any form.
pub fn feed(data: &[u8]) {
    discover_in(UrlKind::Feed, &fetched("application/rss+xml", data));
}

/// A sitemap, an index of them, or a list of addresses; packed or not.
pub fn sitemap(data: &[u8]) {
    for kind in ["application/xml", "text/plain"] {
        discover_in(UrlKind::Sitemap, &fetched(kind, data));
    }
}

/// A page, its last byte for what it says it is: decoded, parsed, cut into blocks, classified, assembled, its links read.
pub fn page(data: &[u8]) {
    let Some((last, body)) = data.split_last() else { return };
    let content_type = TYPES[usize::from(*last) % TYPES.len()];
    let fetched = fetched(content_type, body);
    let _ = sniff(&fetched);
    let site = site();
    let Ok(extraction) = extract(&fetched, &site, Classifier::embedded()) else { return };
    let record = &extraction.record;
    assert!((0.0..=1.0).contains(&record.confidence), "confidence {}", record.confidence);
    assert!(!record.text.is_empty() || record.word_count == 0, "{} words of no text", record.word_count);
    let line = serde_json::to_string(record).unwrap();
    assert!(!line.contains('\n'), "a line of two lines");
    let back: Record = serde_json::from_str(&line).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), line, "the record reads back as another one");
    // No encoding gives more characters than bytes, and no named character more than it has letters.
    let shown: usize = record.blocks.iter().map(|block| block.text.chars().filter(|c| *c != ' ').count()).sum();
    assert!(shown <= body.len(), "{shown} characters of {} bytes", body.len());
    let context = Context { site: &site, kind: UrlKind::Page, depth: 1, nofollow: false, now: now() };
    if let Ok(found) = discover(&fetched, Some(&extraction.page), &context) {
        hold(&found);
    }
}

/// An archive: WARC, plain or packed, or WACZ.
pub fn warc(data: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(data).unwrap();
    let limits = ArchiveLimits { max_block: 1 << 20, max_inflated: 1 << 20 };
    for name in ["a.warc.gz", "a.wacz"] {
        let Ok(Some(files)) = ArchiveFile::find(file.path(), name) else { continue };
        for file in files {
            let Ok(reader) = file.open(limits.max_block) else { continue };
            let mut entries = 0;
            for entry in reader {
                entries += 1;
                assert!(entries <= 1_000_000, "it has no end");
                if let Entry::Record(record) = entry {
                    assert!(record.block.len() as u64 <= limits.max_block, "{} bytes", record.block.len());
                    if let Ok(page) = page_of(*record, name, &limits) {
                        assert!(page.body.len() as u64 <= limits.max_inflated, "{} bytes", page.body.len());
                    }
                }
            }
        }
    }
}

/// The answer of a CDX server.
pub fn cdx(data: &[u8]) {
    if let Ok(page) = CdxPage::read(data) {
        for choice in [Choice::Earliest, Choice::Latest, Choice::All] {
            assert!(choice.of(&page.captures).len() <= page.captures.len());
        }
    }
    let server = Url::parse("http://archiv.test/web/cdx").unwrap();
    let archive = WebArchive::new(&server, Choice::Earliest, Window::default()).unwrap();
    let mut answer = fetched("application/json", data);
    answer.final_url = server;
    if let Ok(found) = archive.read_index(&answer, &site(), now()) {
        for candidate in found.candidates.iter().filter(|candidate| !archive.is_index(&candidate.url)) {
            assert!(archive.capture(&candidate.url).is_some(), "{}: no capture's address", candidate.url);
        }
    }
}
