//! Every page of the fixture sites against the record it must give. Pages are found, not listed: one without gold fails, and
//! gold without a page fails. The gold is made together with the pages (`fixtures/make/site.py`), never by the extractor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use auslese::parse::{Input, InputFormat, ParseLimits, parse_bytes};
use auslese::segment::segment;
use auslese::site::Template;
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

/// File → (address, content type), as the manifest of a site serves it; the first route of a file counts.
fn served(site: &Path) -> BTreeMap<PathBuf, (Url, Option<String>)> {
    let manifest: toml::Table = std::fs::read_to_string(site.join("site.toml")).unwrap().parse().unwrap();
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

/// The pages of every site with their gold.
fn cases() -> Vec<Case> {
    let root = sites_folder();
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(&root).unwrap() {
        let site = entry.unwrap().path();
        let routes = served(&site);
        for page in files_below(&site).into_iter().filter(|path| path.extension().is_some_and(|e| e == "html")) {
            let gold_file = page.with_extension("gold.json");
            let gold = std::fs::read_to_string(&gold_file)
                .unwrap_or_else(|error| panic!("{}: a page without gold: {error}", gold_file.display()));
            let (url, content_type) =
                routes.get(&page).unwrap_or_else(|| panic!("{}: no route serves it", page.display())).clone();
            cases.push(Case {
                name: page.strip_prefix(&root).unwrap().with_extension("").display().to_string(),
                body: std::fs::read(&page).unwrap(),
                content_type,
                url,
                gold: serde_json::from_str(&gold).unwrap_or_else(|error| panic!("{}: {error}", gold_file.display())),
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
            assert!(file.with_file_name(format!("{stem}.html")).exists(), "{}: gold without a page", file.display());
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
        let gold: Vec<String> = blocks.iter().map(|b| b["text"].as_str().unwrap().to_owned()).collect();
        let differences = line_differences(&gold, &got);
        if !differences.is_empty() {
            report += &format!("{} ({}):\n  {}\n", case.name, page.charset, differences.join("\n  "));
        }
    }
    assert!(report.is_empty(), "blocks (- expected, + got):\n{report}");
}
