//! Every page of the fixture sites against the record it must give. Pages are found, not listed: one without gold fails, and
//! gold without a page fails. The gold is made together with the pages (`fixtures/make/site.py`), never by the extractor.
//!
//! What does not hold yet stands in `fixtures/known-gaps.toml`, page by page and field by field. The list can only shrink: a
//! gap that is not listed fails, and so does a listed one that is closed. To take closed gaps out of it:
//! `cargo test --test it golden::shrink -- --ignored` (with `AUSLESE_GOLDEN_ADD=1` new ones are written down too: the diff shows it).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use auslese::classify::Classifier;
use auslese::extract::extract;
use auslese::parse::{Input, InputFormat, ParseLimits, parse_bytes};
use auslese::segment::segment;
use auslese::site::{Site, Sites, Template};
use auslese::types::{Fetched, Origin, Via};
use serde_json::Value;
use url::Url;

/// A page of a fixture site and what it must give.
struct Case {
    /// Its path below `fixtures/sites`, without extension: how reports and `known-gaps.toml` name it.
    name: String,
    body: Vec<u8>,
    content_type: Option<String>,
    /// The address it is served at.
    url: Url,
    gold: Value,
}

fn sites_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sites")
}

/// Every file below a folder, sorted.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// File → (address, content type), as the manifest of a site serves it; the first route of a file counts. A folder without a
/// manifest holds pages that nobody serves.
fn served(site: &Path) -> BTreeMap<PathBuf, (Url, Option<String>)> {
    let Ok(manifest) = std::fs::read_to_string(site.join("site.toml")) else { return BTreeMap::new() };
    let manifest: toml::Table = manifest.parse().unwrap();
    let origin = Url::parse(manifest["origin"].as_str().unwrap()).unwrap();
    let mut served = BTreeMap::new();
    for route in manifest["route"].as_array().unwrap() {
        let Some(file) = route.get("file").and_then(toml::Value::as_str) else { continue };
        let url = origin.join(route["path"].as_str().unwrap()).unwrap();
        let content_type = route.get("content_type").and_then(toml::Value::as_str).map(str::to_owned);
        served.entry(site.join(file)).or_insert((url, content_type));
    }
    served
}

fn routed(site: &Path) -> bool {
    site.join("site.toml").is_file()
}

/// The pages of every site with their gold.
fn cases() -> Vec<Case> {
    let root = sites_folder();
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(&root).unwrap() {
        let site = entry.unwrap().path();
        let routes = served(&site);
        let is_page = |path: &PathBuf| path.extension().is_some_and(|e| e == "html" || (e == "txt" && !routed(&site)));
        for page in files_below(&site).into_iter().filter(is_page) {
            let gold_file = page.with_extension("gold.json");
            let gold = std::fs::read_to_string(&gold_file)
                .unwrap_or_else(|error| panic!("{}: a page without gold: {error}", gold_file.display()));
            let gold: Value =
                serde_json::from_str(&gold).unwrap_or_else(|error| panic!("{}: {error}", gold_file.display()));
            let unserved = || {
                assert!(!routed(&site), "{}: no route serves it", page.display());
                let url = Url::parse(gold["url"].as_str().unwrap()).unwrap();
                let text = page.extension().is_some_and(|e| e == "txt");
                (url, Some(if text { "text/plain; charset=utf-8" } else { "text/html; charset=utf-8" }.to_owned()))
            };
            let (url, content_type) = routes.get(&page).cloned().unwrap_or_else(unserved);
            cases.push(Case {
                name: page.strip_prefix(&root).unwrap().with_extension("").display().to_string(),
                body: std::fs::read(&page).unwrap(),
                content_type,
                url,
                gold,
            });
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!cases.is_empty(), "no fixture pages below {}", root.display());
    cases
}

/// A line a difference between two lists of lines, where they part and where they meet again.
fn line_differences(gold: &[String], got: &[String]) -> Vec<String> {
    let (rows, columns) = (gold.len(), got.len());
    let mut longest = vec![vec![0_u32; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if gold[row] == got[column] {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column, mut differences) = (0, 0, Vec::new());
    while row < rows || column < columns {
        if row < rows && column < columns && gold[row] == got[column] {
            (row, column) = (row + 1, column + 1);
        } else if column == columns || (row < rows && longest[row + 1][column] >= longest[row][column + 1]) {
            differences.push(format!("- {row:>3} {}", gold[row]));
            row += 1;
        } else {
            differences.push(format!("+ {column:>3} {}", got[column]));
            column += 1;
        }
    }
    differences
}

#[test]
fn gold_without_a_page_fails() {
    for file in files_below(&sites_folder()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".gold.json") {
            let page = |kind: &str| file.with_file_name(format!("{stem}.{kind}")).exists();
            assert!(page("html") || page("txt"), "{}: gold without a page", file.display());
        }
    }
}

#[test]
fn gold_agrees_with_itself() {
    for case in cases() {
        let Some(blocks) = case.gold.get("blocks").and_then(Value::as_array) else {
            assert_ne!(case.gold["page_type"], "article", "{}: an article needs blocks", case.name);
            continue;
        };
        let text_of = |wanted: &str| -> String {
            let texts =
                blocks.iter().filter(|block| block["role"] == wanted).filter_map(|block| block["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        };
        assert!(text_of("headline").ends_with(case.gold["headline"].as_str().unwrap()), "{}: headline", case.name);
        for line in case.gold["text"].as_str().unwrap().lines() {
            let holds = |block: &Value| block["text"].as_str().is_some_and(|text| text.contains(line));
            assert!(blocks.iter().any(holds), "{}: `{line}` is in the text but in no block", case.name);
        }
        for block in blocks {
            let role = block["role"].clone();
            let known: Result<auslese::types::Role, _> = serde_json::from_value(role);
            assert!(known.is_ok(), "{}: unknown role {}", case.name, block["role"]);
        }
    }
}

#[test]
fn every_page_is_cut_into_the_blocks_a_reader_sees() {
    let mut report = String::new();
    for case in cases() {
        let Some(blocks) = case.gold.get("blocks").and_then(Value::as_array) else { continue };
        let input = Input {
            url: &case.url,
            content_type: case.content_type.as_deref(),
            path: None,
            body: &case.body,
            format: InputFormat::Auto,
        };
        let page = parse_bytes(&input, &ParseLimits::default()).unwrap();
        let got: Vec<String> = segment(&page, &Template::default()).blocks.into_iter().map(|b| b.text).collect();
        let mut gold: Vec<String> = blocks.iter().map(|b| b["text"].as_str().unwrap().to_owned()).collect();
        // Two that run together in one line are for the classifier to part.
        if let [first, second, ..] = gold.as_slice()
            && got.first() == Some(&[first.as_str(), second].concat())
        {
            gold.splice(..2, [got[0].clone()]);
        }
        let differences = line_differences(&gold, &got);
        if !differences.is_empty() {
            report += &format!("{} ({}):\n  {}\n", case.name, page.charset, differences.join("\n  "));
        }
    }
    assert!(report.is_empty(), "blocks (- expected, + got):\n{report}");
}

/// With the site's own profile, and with the default profile alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Profile,
    Default,
}

impl Mode {
    const ALL: [Mode; 2] = [Mode::Profile, Mode::Default];

    fn name(self) -> &'static str {
        match self {
            Mode::Profile => "profile",
            Mode::Default => "default",
        }
    }

    fn site(self, sites: &Sites, url: &Url) -> Site {
        match self {
            Mode::Profile => sites.for_url(url),
            Mode::Default => sites.default_site().at(url),
        }
    }
}

/// What the library makes of a page.
fn record_of(case: &Case, site: &Site) -> Value {
    let fetched = Fetched {
        requested: case.url.clone(),
        final_url: case.url.clone(),
        hops: Vec::new(),
        status: 200,
        headers: case.content_type.iter().map(|value| ("content-type".to_owned(), value.clone())).collect(),
        body: case.body.clone(),
        fetched_at: "2025-08-01T10:00:00Z".parse().unwrap(),
        origin: Origin::Http,
        via: Via::Link,
    };
    let extraction = extract(&fetched, site, Classifier::embedded()).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    serde_json::to_value(extraction.record).unwrap()
}

/// Addresses in the form that `Url` gives them, so that `http://a.test` equals `http://a.test/`.
fn with_normal_addresses(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(with_normal_addresses).collect(),
        Value::Object(fields) => {
            let normal = |(key, value): (&String, &Value)| {
                let address = value.as_str().filter(|_| key == "url").and_then(|text| Url::parse(text).ok());
                (key.clone(), address.map_or_else(|| with_normal_addresses(value), |url| Value::from(url.as_str())))
            };
            Value::Object(fields.iter().map(normal).collect())
        }
        other => other.clone(),
    }
}

/// `role: text` of each block.
fn block_lines(blocks: &Value) -> Vec<String> {
    let line = |block: &Value| {
        format!("{:<13} {}", block["role"].as_str().unwrap_or("?"), block["text"].as_str().unwrap_or_default())
    };
    blocks.as_array().into_iter().flatten().map(line).collect()
}

/// Field → how it differs, for every field that the gold has.
fn differences(gold: &Value, record: &Value) -> BTreeMap<String, String> {
    let (gold, record) = (with_normal_addresses(gold), with_normal_addresses(record));
    let mut found = BTreeMap::new();
    for (field, expected) in gold.as_object().unwrap() {
        let got = record.get(field).unwrap_or(&Value::Null);
        if field == "blocks" {
            let lines = line_differences(&block_lines(expected), &block_lines(got));
            if !lines.is_empty() {
                found.insert(field.clone(), format!("- expected, + got\n      {}", lines.join("\n      ")));
            }
        } else if got != expected {
            found.insert(field.clone(), format!("\n      expected {}\n      got      {}", shown(expected), shown(got)));
        }
    }
    found
}

/// A value for a report: short ones whole, lists an item a line.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| format!("\n        {item}")).collect::<String>()
        }
        other => other.to_string(),
    }
}

/// Mode and page → field → difference.
fn all_differences() -> BTreeMap<(Mode, String), BTreeMap<String, String>> {
    let (cases, sites) = (cases(), Sites::embedded().unwrap());
    let mut all = BTreeMap::new();
    for mode in Mode::ALL {
        for case in &cases {
            let record = record_of(case, &mode.site(&sites, &case.url));
            all.insert((mode, case.name.clone()), differences(&case.gold, &record));
        }
    }
    all
}

fn gaps_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/known-gaps.toml")
}

/// Mode and page → the fields known not to hold yet.
fn known_gaps() -> BTreeMap<(Mode, String), BTreeSet<String>> {
    let table: toml::Table = std::fs::read_to_string(gaps_file()).unwrap().parse().unwrap();
    let mut gaps = BTreeMap::new();
    for mode in Mode::ALL {
        for (page, fields) in table.get(mode.name()).and_then(toml::Value::as_table).into_iter().flatten() {
            let fields = fields.as_array().unwrap().iter().map(|field| field.as_str().unwrap().to_owned()).collect();
            gaps.insert((mode, page.clone()), fields);
        }
    }
    gaps
}

/// How many pages each field holds on, and where it does not.
fn table(all: &BTreeMap<(Mode, String), BTreeMap<String, String>>) -> String {
    let mut out = String::new();
    for mode in Mode::ALL {
        let pages: Vec<_> = all.iter().filter(|((of, _), _)| *of == mode).collect();
        let mut fields: BTreeMap<&str, usize> = BTreeMap::new();
        for field in pages.iter().flat_map(|(_, found)| found.keys()) {
            *fields.entry(field).or_default() += 1;
        }
        let whole = pages.iter().filter(|(_, found)| found.is_empty()).count();
        let _ = writeln!(
            out,
            "{}: {whole} of {} pages hold in every field; pages a field fails on:",
            mode.name(),
            pages.len()
        );
        for (field, count) in fields {
            let _ = writeln!(out, "  {field:<26} {count:>4}");
        }
    }
    out
}

#[test]
fn every_page_gives_its_record() {
    let (all, known) = (all_differences(), known_gaps());
    let mut report = String::new();
    let none = BTreeSet::new();
    for ((mode, page), found) in &all {
        let listed = known.get(&(*mode, page.clone())).unwrap_or(&none);
        for (field, difference) in found.iter().filter(|(field, _)| !listed.contains(*field)) {
            let _ = writeln!(report, "{page} ({}): {field}: {difference}", mode.name());
        }
        for field in listed.iter().filter(|field| !found.contains_key(*field)) {
            let _ = writeln!(report, "{page} ({}): {field} holds now: take it out of known-gaps.toml", mode.name());
        }
    }
    for (mode, page) in known.keys().filter(|key| !all.contains_key(*key)) {
        let _ = writeln!(report, "known-gaps.toml lists {page} ({}), which is no page", mode.name());
    }
    let table = table(&all);
    println!("{table}");
    assert!(report.is_empty(), "{report}\n{table}");
}

#[test]
#[ignore = "rewrites fixtures/known-gaps.toml"]
fn shrink() {
    let (all, known) = (all_differences(), known_gaps());
    let adds = std::env::var_os("AUSLESE_GOLDEN_ADD").is_some();
    let mut text = String::from(
        "# Fields of fixture pages that do not hold yet; see tests/it/golden.rs. This list only shrinks.\n",
    );
    for mode in Mode::ALL {
        let _ = writeln!(text, "\n[{}]", mode.name());
        for ((_, page), found) in all.iter().filter(|((of, _), _)| *of == mode) {
            let listed = known.get(&(mode, page.clone()));
            let stays = |field: &&String| adds || listed.is_some_and(|listed| listed.contains(*field));
            let fields: Vec<String> = found.keys().filter(stays).map(|field| format!("\"{field}\"")).collect();
            if !fields.is_empty() {
                let _ = writeln!(text, "\"{page}\" = [{}]", fields.join(", "));
            }
        }
    }
    std::fs::write(gaps_file(), text).unwrap();
}

#[test]
fn differences_are_found_field_by_field() {
    let gold = serde_json::json!({
        "url": "http://a.test", "headline": "A", "blocks": [{"role": "body", "text": "x"}, {"role": "legal", "text": "y"}],
    });
    let record = serde_json::json!({
        "url": "http://a.test/", "headline": "B", "blocks": [{"role": "lead", "text": "x"}, {"role": "legal", "text": "y"}],
    });
    let found = differences(&gold, &record);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["blocks", "headline"]);
    assert!(found["blocks"].contains("- ") && found["blocks"].contains("+ "), "{}", found["blocks"]);
    assert_eq!(found["blocks"].lines().count(), 3);
}
