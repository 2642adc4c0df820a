//! Pages with what their record must hold: `x.gold.json` beside `x.html` or `x.txt`. Fields that gold does not name do not count.

use std::fs;
use std::path::{Path, PathBuf};

use auslese::eval::fields_equal;
use auslese::extract::Extractor;
use auslese::types::{Record, Role};
use serde_json::Value;
use url::Url;

use super::{CliError, pages};

/// The fields that are compared as a whole.
pub(super) const FIELDS: [&str; 15] = [
    "page_type",
    "template",
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
/// The fields that are lists of items.
pub(super) const ITEMS: [&str; 3] = ["teasers", "advertisements", "vendors"];

/// A page with what it must give and what it gave.
pub(super) struct Measured {
    pub(super) page: String,
    pub(super) gold: Value,
    pub(super) record: Option<Record>,
}

/// A field that is not as gold has it.
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) wanted: String,
    pub(super) got: String,
}

/// The files of gold below a folder, sorted.
pub(super) fn find(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut golds = Vec::new();
    gather(folder, &mut golds)?;
    golds.sort();
    Ok(golds)
}

fn gather(folder: &Path, to: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), to)?;
        } else if entry.file_name().to_string_lossy().ends_with(".gold.json") {
            to.push(entry.path());
        }
    }
    Ok(())
}

/// Extracts the page beside a file of gold.
pub(super) fn measure(extractor: &Extractor, gold_file: &Path) -> Result<Measured, CliError> {
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

/// The fields that are wrong.
pub(super) fn wrong(measured: &Measured) -> Vec<Wrong> {
    let got = measured.record.as_ref().and_then(|record| serde_json::to_value(record).ok()).unwrap_or(Value::Null);
    let mut wrong = Vec::new();
    for field in FIELDS.into_iter().chain(ITEMS) {
        let Some(wanted) = measured.gold.get(field) else { continue };
        let got = got.get(field).unwrap_or(&Value::Null);
        if !alike(wanted, got) {
            let (wanted, got) = apart(wanted, got);
            wrong.push(Wrong { field, wanted, got });
        }
    }
    if let Some(blocks) = measured.gold.get("blocks").and_then(Value::as_array) {
        let wanted: Vec<(Role, String)> = blocks.iter().filter_map(block).collect();
        let got = measured.record.as_ref().map(|record| record.blocks.as_slice()).unwrap_or_default();
        let off = (0..wanted.len().max(got.len())).find(|at| {
            let one = wanted.get(*at).map(|(role, text)| (*role, text.as_str()));
            one != got.get(*at).map(|block| (block.role, block.text.as_str()))
        });
        if let Some(at) = off {
            let said = |block: Option<(Role, &str)>| match block {
                Some((role, text)) => format!("block {at}: {role} \"{}\"", shown(text)),
                None => format!("no block {at}"),
            };
            wrong.push(Wrong {
                field: "blocks",
                wanted: said(wanted.get(at).map(|(role, text)| (*role, text.as_str()))),
                got: said(got.get(at).map(|block| (block.role, block.text.as_str()))),
            });
        }
    }
    wrong
}

/// Two values as they are shown, from where they part.
fn apart(wanted: &Value, got: &Value) -> (String, String) {
    if let (Value::Array(one), Value::Array(other)) = (wanted, got) {
        let at = one.iter().zip(other).position(|(one, other)| !fields_equal(one, other));
        let at = at.unwrap_or_else(|| one.len().min(other.len()));
        let item = |list: &[Value]| match list.get(at) {
            Some(item) => format!("{} of {}: {}", at + 1, list.len(), shown(&item.to_string())),
            None => format!("{} in all", list.len()),
        };
        return (item(one), item(other));
    }
    if let (Value::String(one), Value::String(other)) = (wanted, got) {
        let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
        // A few words before, so that the place is found.
        let from = |text: &str| {
            let skipped = same.saturating_sub(20);
            let tail: String = text.chars().skip(skipped).collect();
            let mark = if skipped > 0 { "…" } else { "" };
            format!("\"{mark}{}\"", shown(&tail))
        };
        return (from(one), from(other));
    }
    (shown(&wanted.to_string()), shown(&got.to_string()))
}

/// The beginning of a text, in one line.
fn shown(text: &str) -> String {
    const LONG: usize = 100;
    let line: String = text.chars().take(LONG).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONG).is_some() { line + "…" } else { line }
}

/// A block of gold: its role and text.
pub(super) fn block(block: &Value) -> Option<(Role, String)> {
    let role = serde_json::from_value(block.get("role")?.clone()).ok()?;
    Some((role, block.get("text")?.as_str()?.to_owned()))
}

/// Lists element by element, so that fields which gold leaves out of an element do not count.
pub(super) fn alike(gold: &Value, got: &Value) -> bool {
    match (gold, got) {
        (Value::Array(gold), Value::Array(got)) => {
            gold.len() == got.len() && gold.iter().zip(got).all(|(gold, got)| fields_equal(gold, got))
        }
        _ => fields_equal(gold, got),
    }
}
