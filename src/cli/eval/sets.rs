//! A benchmark: `gold.jsonl`, a row a page, beside the pages.

use std::path::Path;

use auslese::eval::{PageFacts, PageFigures, Said, SetScore, TextScore};
use auslese::parse::InputFormat;
use auslese::types::Record;
use serde::Deserialize;
use url::Url;

use super::{Args, Report, name_of, report, shortfalls};
use crate::cli::pages::{self, Extractor};
use crate::cli::{CliError, ordered};

/// A page of gold; what a set does not know is absent.
#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    #[serde(alias = "html")]
    page: Option<String>,
    url: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
    with: Option<Vec<String>>,
    without: Option<Vec<String>>,
    title: Option<String>,
    authors: Option<Vec<String>>,
    date: Option<String>,
}

pub(super) fn run(folder: &Path, gold: &Path, args: &Args) -> Result<Report, CliError> {
    let extractor = Extractor::new(&args.profiles, args.site.as_deref(), InputFormat::Auto)?;
    let rows = rows(gold, args.de)?;
    let mut figures: Vec<PageFigures> = Vec::with_capacity(rows.len());
    let threads = args.threads.unwrap_or_else(ordered::threads);
    ordered::map(
        rows.into_iter(),
        threads,
        |row| measure(&extractor, folder, &row),
        |page| {
            figures.push(page);
            Ok::<(), CliError>(())
        },
    )?;
    let score = SetScore::of(&figures);
    let name = name_of(folder);
    Ok(Report {
        text: report::set(&name, &score, &figures, args.worst),
        json: report::set_json(&name, &score),
        short: shortfalls(&args.require, |key| score.figure(key)),
    })
}

fn rows(gold: &Path, de: bool) -> Result<Vec<Row>, CliError> {
    let at_fault = |number: usize, error: &dyn std::fmt::Display| {
        CliError::Usage(format!("{}, line {number}: {error} (see the README for the shape of gold)", gold.display()))
    };
    let mut rows = Vec::new();
    for (at, line) in pages::lines(gold).map_err(|error| at_fault(0, &error))?.enumerate() {
        let line = line.map_err(|error| at_fault(at + 1, &error))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row: Row = serde_json::from_slice(&line).map_err(|error| at_fault(at + 1, &error))?;
        if !de || is_german_speaking(row.url.as_deref()) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn is_german_speaking(url: Option<&str>) -> bool {
    let url = url.and_then(|url| Url::parse(url).ok());
    let country = url.as_ref().and_then(Url::host_str).and_then(|host| host.rsplit('.').next());
    matches!(country, Some("de" | "at" | "ch"))
}

/// The figures of one page. A page that cannot be read counts as one without text.
fn measure(extractor: &Extractor, folder: &Path, row: &Row) -> PageFigures {
    let record = record(extractor, folder, row);
    let text = record.as_ref().map_or("", |record| record.text.as_str());
    let mut page = PageFigures {
        id: row.id.clone(),
        url: row.url.clone().unwrap_or_default(),
        kind: row.kind.clone().unwrap_or_default(),
        empty: text.trim().is_empty(),
        text: row.text.as_deref().map(|gold| TextScore::of(text, gold)),
        ..PageFigures::default()
    };
    let list = |list: &'_ Option<Vec<String>>| list.clone().unwrap_or_default();
    let (with, without) = (list(&row.with), list(&row.without));
    page.count_segments(text, with.iter().map(String::as_str), without.iter().map(String::as_str));
    page.facts = facts(record.as_ref(), row);
    page
}

/// Metadata against gold.
fn facts(record: Option<&Record>, row: &Row) -> PageFacts {
    let authors: Vec<String> = record.iter().flat_map(|record| &record.authors).map(|one| one.name.clone()).collect();
    let said = Said {
        headline: record.and_then(|record| record.headline.as_deref()),
        kicker: record.and_then(|record| record.kicker.as_deref()),
        published: record.and_then(|record| record.date_published.as_deref()),
        modified: record.and_then(|record| record.date_modified.as_deref()),
        authors: &authors,
    };
    let source = record.and_then(|record| record.date_published_source);
    let mut facts = PageFacts {
        confidence: record.map_or(0.0, |record| record.confidence),
        date_source: source.and_then(|source| serde_json::to_value(source).ok()?.as_str().map(str::to_owned)),
        ..PageFacts::default()
    };
    facts.compare_title(&said, row.title.as_deref().unwrap_or_default());
    facts.compare_date(&said, row.date.as_deref().unwrap_or_default());
    facts.compare_authors(&said, row.authors.as_deref().unwrap_or_default());
    facts
}

fn record(extractor: &Extractor, folder: &Path, row: &Row) -> Option<Record> {
    let label = row.page.as_deref()?;
    let url = row.url.as_deref().and_then(|url| Url::parse(url).ok());
    let extracted = pages::read(&folder.join(label), label, url.as_ref()).and_then(|page| extractor.extract(&page));
    match extracted {
        Ok(extraction) => Some(extraction.record),
        Err(unfit) => {
            tracing::warn!("{label}: {unfit} (counted as a page without text)");
            None
        }
    }
}
