//! A benchmark: `gold.jsonl`, a row a page, beside the pages.

use std::collections::HashMap;
use std::path::Path;

use auslese::corpus;
use auslese::eval::{PageFacts, PageFigures, Said, SetScore, TextScore};
use auslese::extract::Extractor;
use auslese::parse::InputFormat;
use auslese::types::Record;
use serde::Deserialize;
use url::Url;

use super::{Args, Report, name_of, report, shortfalls};
use crate::cli::pages;
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
    let rows = rows(gold, args.de)?;
    let figures = match &args.records {
        Some(file) => given(file, rows)?,
        None => extracted(folder, rows, args)?,
    };
    let score = SetScore::of(&figures);
    let name = name_of(folder);
    Ok(Report {
        text: report::set(&name, &score, &figures, args.worst),
        json: report::set_json(&name, &score),
        short: shortfalls(&args.require, |key| score.figure(key)),
    })
}

/// Figures of what we extract now.
fn extracted(folder: &Path, rows: Vec<Row>, args: &Args) -> Result<Vec<PageFigures>, CliError> {
    let extractor = pages::extractor(&args.profiles, args.site.as_deref(), InputFormat::Auto)?;
    let mut figures: Vec<PageFigures> = Vec::with_capacity(rows.len());
    let threads = args.threads.unwrap_or_else(ordered::threads);
    ordered::map(
        rows.into_iter(),
        threads,
        |row| {
            let answer = record(&extractor, folder, &row).map(Answer::from);
            measure(&row, &answer.unwrap_or_default())
        },
        |page| {
            figures.push(page);
            Ok::<(), CliError>(())
        },
    )?;
    Ok(figures)
}

/// Figures of what somebody extracted. A page without a line counts as one without text.
fn given(file: &Path, rows: Vec<Row>) -> Result<Vec<PageFigures>, CliError> {
    let at_fault = |number: usize, error: &dyn std::fmt::Display| {
        CliError::Usage(format!(
            "{}, line {number}: {error} (a record, or a line with `id` and `text`)",
            file.display()
        ))
    };
    let mut answers: HashMap<String, Answer> = HashMap::new();
    for (at, line) in corpus::lines(file).map_err(|error| at_fault(0, &error))?.enumerate() {
        let line = line.map_err(|error| at_fault(at + 1, &error))?;
        let answer: Answer = serde_json::from_slice(&line).map_err(|error| at_fault(at + 1, &error))?;
        let path = answer.source.as_ref().and_then(|source| source.path.as_deref());
        let page = path.map(stem).or(answer.id.as_deref()).unwrap_or_default().to_owned();
        answers.insert(page, answer);
    }
    let none = Answer::default();
    let of = |row: &Row| {
        let by_page = row.page.as_deref().and_then(|page| answers.get(stem(page)));
        measure(row, by_page.or_else(|| answers.get(&row.id)).unwrap_or(&none))
    };
    Ok(rows.iter().map(of).collect())
}

/// The name of a page's file without what comes after its first `.html`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(".html").next().unwrap_or(name)
}

/// What was made of a page: the fields of a record that gold can be held against.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    id: Option<String>,
    source: Option<AnswerSource>,
    #[serde(default)]
    text: String,
    headline: Option<String>,
    kicker: Option<String>,
    date_published: Option<String>,
    date_published_source: Option<String>,
    date_modified: Option<String>,
    #[serde(default)]
    authors: Vec<AnswerAuthor>,
    #[serde(default)]
    confidence: f64,
}

#[derive(Debug, Deserialize)]
struct AnswerSource {
    path: Option<String>,
}

#[derive(Debug, Deserialize)]
struct AnswerAuthor {
    name: String,
}

impl From<Record> for Answer {
    fn from(record: Record) -> Self {
        // As its line would say it.
        let source = record.date_published_source.and_then(|source| serde_json::to_value(source).ok());
        Self {
            id: None,
            source: None,
            text: record.text,
            headline: record.headline,
            kicker: record.kicker,
            date_published: record.date_published,
            date_published_source: source.and_then(|source| source.as_str().map(str::to_owned)),
            date_modified: record.date_modified,
            authors: record.authors.into_iter().map(|author| AnswerAuthor { name: author.name }).collect(),
            confidence: record.confidence,
        }
    }
}

fn rows(gold: &Path, de: bool) -> Result<Vec<Row>, CliError> {
    let at_fault = |number: usize, error: &dyn std::fmt::Display| {
        CliError::Usage(format!("{}, line {number}: {error} (see the README for the shape of gold)", gold.display()))
    };
    let mut rows = Vec::new();
    for (at, line) in corpus::lines(gold).map_err(|error| at_fault(0, &error))?.enumerate() {
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

/// The figures of one page.
fn measure(row: &Row, answer: &Answer) -> PageFigures {
    let text = answer.text.as_str();
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
    page.facts = facts(answer, row);
    page
}

/// Metadata against gold.
fn facts(answer: &Answer, row: &Row) -> PageFacts {
    let authors: Vec<String> = answer.authors.iter().map(|one| one.name.clone()).collect();
    let said = Said {
        headline: answer.headline.as_deref(),
        kicker: answer.kicker.as_deref(),
        published: answer.date_published.as_deref(),
        modified: answer.date_modified.as_deref(),
        authors: &authors,
    };
    let mut facts = PageFacts {
        confidence: answer.confidence,
        date_source: answer.date_published_source.clone(),
        ..PageFacts::default()
    };
    facts.compare_title(&said, row.title.as_deref().unwrap_or_default());
    facts.compare_date(&said, row.date.as_deref().unwrap_or_default());
    facts.compare_authors(&said, row.authors.as_deref().unwrap_or_default());
    facts
}

/// The record of a page; none where it cannot be read, which counts as a page without text.
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
