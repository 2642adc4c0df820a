//! Pages with the role of every block: `x.gold.json` beside `x.html` or `x.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use auslese::eval::{RoleScore, fields_equal};
use auslese::extract::Extractor;
use auslese::parse::InputFormat;
use auslese::types::{Record, Role};
use serde_json::Value;
use url::Url;

use super::{Args, Report, name_of, report, shortfalls};
use crate::cli::pages;
use crate::cli::{CliError, ordered};

/// The fields that are compared as a whole.
const FIELDS: [&str; 14] = [
    "page_type",
    "headline",
    "kicker",
    "subtitle",
    "lead",
    "text",
    "date_published",
    "date_modified",
    "authors",
    "section",
    "keywords",
    "language",
    "images",
    "links",
];
const ITEMS: [&str; 3] = ["teasers", "advertisements", "vendors"];

/// A page that is not all right.
pub(super) struct Miss {
    pub(super) page: String,
    pub(super) wrong: Vec<String>,
}

struct Measured {
    page: String,
    gold: Value,
    record: Option<Record>,
}

pub(super) fn run(folder: &Path, args: &Args) -> Result<Report, CliError> {
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), InputFormat::Auto)?;
    let mut golds = Vec::new();
    find(folder, &mut golds).map_err(|error| CliError::Usage(format!("{}: {error}", folder.display())))?;
    if golds.is_empty() {
        let message = format!("{}: neither gold.jsonl nor *.gold.json in there (see the README)", folder.display());
        return Err(CliError::Usage(message));
    }
    golds.sort();
    let (mut score, mut misses, mut pages) = (RoleScore::default(), Vec::new(), 0);
    let threads = args.threads.unwrap_or_else(ordered::threads);
    ordered::map(
        golds.into_iter(),
        threads,
        |gold| measure(&extractor, &gold),
        |measured| {
            let measured = measured?;
            pages += 1;
            let wrong = add(&mut score, &measured);
            if !wrong.is_empty() {
                misses.push(Miss { page: measured.page, wrong });
            }
            Ok::<(), CliError>(())
        },
    )?;
    misses.sort_by_key(|miss| std::cmp::Reverse(miss.wrong.len()));
    misses.truncate(args.worst);
    let name = name_of(folder);
    Ok(Report {
        text: report::roles(&name, pages, &score, &misses),
        json: report::roles_json(&name, pages, &score),
        short: shortfalls(&args.require, |key| figure(&score, key)),
    })
}

fn find(folder: &Path, to: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), to)?;
        } else if entry.file_name().to_string_lossy().ends_with(".gold.json") {
            to.push(entry.path());
        }
    }
    Ok(())
}

fn measure(extractor: &Extractor, gold_file: &Path) -> Result<Measured, CliError> {
    let at_fault = |error: &dyn std::fmt::Display| CliError::Usage(format!("{}: {error}", gold_file.display()));
    let bytes = fs::read(gold_file).map_err(|error| at_fault(&error))?;
    let gold: Value = serde_json::from_slice(&bytes).map_err(|error| at_fault(&error))?;
    let name = gold_file.to_string_lossy();
    let stem = name.strip_suffix(".gold.json").unwrap_or(&name);
    let page = ["html", "txt", "html.gz", "txt.gz"]
        .iter()
        .map(|kind| format!("{stem}.{kind}"))
        .find(|path| Path::new(path).is_file());
    let page = page.ok_or_else(|| at_fault(&"no page beside it (html or txt)"))?;
    let url = gold["url"].as_str().and_then(|url| Url::parse(url).ok());
    let extracted = pages::read(Path::new(&page), &page, url.as_ref()).and_then(|fetched| extractor.extract(&fetched));
    let record = extracted.map(|extraction| extraction.record).map_err(|unfit| tracing::warn!("{page}: {unfit}")).ok();
    Ok(Measured { page, gold, record })
}

/// Adds a page; returns what is wrong with it.
fn add(score: &mut RoleScore, measured: &Measured) -> Vec<String> {
    let Measured { gold, record, .. } = measured;
    let mut wrong = Vec::new();
    let got = record.as_ref().and_then(|record| serde_json::to_value(record).ok()).unwrap_or(Value::Null);
    for name in FIELDS {
        let Some(wanted) = gold.get(name) else { continue };
        let right = got.get(name).is_some_and(|got| alike(wanted, got));
        score.add_field(name, right);
        if !right {
            wrong.push(name.to_owned());
        }
    }
    let none = Vec::new();
    for kind in ITEMS {
        let list = |of: &'_ Value| of.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
        let (wanted, found) = (list(gold), list(&got));
        score.add_items(kind, &wanted, &found);
        if wanted.len() != found.len() || wanted.iter().zip(&found).any(|(a, b)| !fields_equal(a, b)) {
            wrong.push(kind.to_owned());
        }
    }
    if let Some(blocks) = gold.get("blocks").and_then(Value::as_array) {
        let blocks: Vec<(Role, String)> = blocks.iter().filter_map(block).collect();
        let got = record.as_ref().map_or(&none, |record| &record.blocks);
        score.add_blocks(&blocks, got);
        let right = got.len() == blocks.len() && got.iter().zip(&blocks).all(|(a, b)| (a.role, &a.text) == (b.0, &b.1));
        if !right {
            let off = got.iter().zip(&blocks).find(|(a, b)| (a.role, &a.text) != (b.0, &b.1));
            let what = off.map(|(got, gold)| format!("{} for {}: {:.40}", got.role, gold.0, gold.1));
            wrong.push(format!("roles ({})", what.unwrap_or_else(|| "another number of blocks".to_owned())));
        }
    }
    wrong
}

fn block(block: &Value) -> Option<(Role, String)> {
    let role = serde_json::from_value(block.get("role")?.clone()).ok()?;
    Some((role, block.get("text")?.as_str()?.to_owned()))
}

/// Lists element by element, so that fields which gold leaves out of an element do not count.
fn alike(gold: &Value, got: &Value) -> bool {
    match (gold, got) {
        (Value::Array(gold), Value::Array(got)) => {
            gold.len() == got.len() && gold.iter().zip(got).all(|(gold, got)| fields_equal(gold, got))
        }
        _ => fields_equal(gold, got),
    }
}

/// A figure by the name that `--require` takes.
fn figure(score: &RoleScore, key: &str) -> Option<f64> {
    if key == "roles" {
        return Some(score.accuracy());
    }
    if let Some(items) = score.items.get(key) {
        return Some(items.figures()[2]);
    }
    score.fields.get(key).map(|&(right, all)| right as f64 / all.max(1) as f64)
}
