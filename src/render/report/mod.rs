//! Many records as one HTML page that needs nothing else: what was got, from when, from where, how sure it is.
//!
//! `figures` counts the records, `charts` draws; `style.css` and `script.js` stand in the page, which may load and run nothing
//! else. Without its script the page shows the same; with it, tables can be sorted.

mod charts;
mod figures;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use figures::{CONFIDENCE_BINS, Figures, FiguresLine, LENGTH_BINS};

use super::html::{Html, attribute};
use charts::{Bars, SERIES, bars, series_class};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Rows of a table of names.
const ROWS: usize = 30;

/// The page could not be drawn: a fault of ours.
#[derive(Debug, thiserror::Error)]
#[error("the plots cannot be drawn: {message}")]
pub struct ReportError {
    message: String,
}

/// What the state of a crawl adds: its runs, and why pages failed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct History {
    /// The runs, the oldest first.
    pub runs: Vec<HistoryRun>,
    /// Pages that failed for good, by reason.
    pub dead: BTreeMap<String, u64>,
    /// Pages that gave no record, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// A run of a crawl.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HistoryRun {
    /// When it began, RFC 3339.
    pub began: String,
    /// How it ended.
    pub end: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Requests sent.
    pub requests: u64,
    /// Records written.
    pub records: u64,
    /// Pages that failed and count as failures.
    pub failed: u64,
}

/// Renders the page. `title` names what is reported on, `history` is what the state of the crawl knows, where there is one.
///
/// # Errors
/// Only by a fault of ours in drawing.
pub fn report(title: &str, figures: &Figures, history: Option<&History>) -> Result<String, ReportError> {
    let mut out = Html::default();
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy()));
    out.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.element("title", "", &format!("{title} – auslese report"));
    out.raw("\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    out.raw("<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n<header>\n");
    out.raw("<p class=\"mark\">auslese <b>report</b></p>\n").element("h1", " dir=\"auto\"", title);
    facts(&mut out, figures);
    out.raw("</header>\n<main id=\"main\">\n");
    months(&mut out, figures)?;
    out.raw("<div class=\"pair\">\n");
    confidence(&mut out, figures)?;
    lengths(&mut out, figures)?;
    out.raw("</div>\n");
    lowest(&mut out, figures);
    out.raw("<div class=\"pair\">\n");
    names(&mut out, "Authors", "Author", &figures.authors, figures.articles());
    names(&mut out, "Sections", "Section", &figures.sections, figures.articles());
    names(&mut out, "Template versions", "Version", &figures.templates, figures.articles());
    names(&mut out, "Sources", "Source", &figures.sources, figures.articles());
    out.raw("</div>\n");
    fetched(&mut out, figures)?;
    if let Some(history) = history {
        runs(&mut out, history);
    }
    out.raw("</main>\n<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    Ok(out.finish())
}

/// The policy: this style, this script, and nothing else from anywhere.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn facts(out: &mut Html, figures: &Figures) {
    let articles = figures.articles();
    let count = |kind: &str| figures.record_types.get(kind).copied().unwrap_or_default();
    let span = match (figures.months.keys().next(), figures.months.keys().next_back()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "no dates".to_owned(),
    };
    let facts = [
        ("Articles", grouped(articles)),
        ("Published", span),
        ("Months without one", grouped(figures.gaps().len() as u64)),
        ("Undated", grouped(figures.undated)),
        ("Words an article", grouped(figures.words / articles.max(1))),
        ("Without an author", grouped(figures.without_author)),
        ("Repeating another", grouped(figures.duplicates)),
        ("Updates", grouped(count("update"))),
        ("Gone", grouped(count("tombstone"))),
        ("Sites", grouped(figures.domains.len() as u64)),
    ];
    out.raw("<dl class=\"facts\">\n");
    for (name, value) in facts {
        out.raw("<div>").element("dt", "", name).element("dd", "", &value).raw("</div>\n");
    }
    out.raw("</dl>\n");
}

/// A number with spaces between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn figure(out: &mut Html, title: &str, caption: &str, svg: &str) {
    out.raw("<figure>").element("h2", "", title).raw(svg).element("figcaption", "", caption).raw("</figure>\n");
}

/// Articles a month, stacked by template version, gaps marked.
fn months(out: &mut Html, figures: &Figures) -> Result<(), ReportError> {
    let span = figures.span();
    let mut templates: Vec<(&String, u64)> = figures.templates.iter().map(|(name, count)| (name, *count)).collect();
    templates.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let series = |name: &str| templates.iter().position(|(other, _)| *other == name).unwrap_or_default();
    let heights: Vec<Vec<u64>> = span
        .iter()
        .map(|month| {
            let mut bar = vec![0; templates.len().clamp(1, SERIES.len())];
            let found = figures.months.get(&format!("{:04}-{:02}", month.year, month.month));
            for (template, count) in found.into_iter().flatten() {
                bar[series(template).min(SERIES.len() - 1)] += count;
            }
            bar
        })
        .collect();
    let long = span.len() > 48;
    let label = |at: usize| {
        let Some(month) = span.get(at) else { return String::new() };
        if long { month.year.to_string() } else { format!("{:04}-{:02}", month.year, month.month) }
    };
    let svg =
        bars(&Bars { size: (1120, 280), bars: &heights, mark_gaps: true, label: &label, labels: 12, centred: false })?;
    let gaps = figures.gaps();
    let caption = match gaps.len() {
        0 => "Articles by month of publication. No month between the first and the last is empty.".to_owned(),
        count => format!("Articles by month of publication; {count} months without one are marked: {}.", listed(&gaps)),
    };
    figure(out, "Articles a month", &caption, &svg);
    out.raw("<ul class=\"key\">");
    for (at, (name, count)) in templates.iter().take(SERIES.len()).enumerate() {
        let _ = write!(out, "<li><i class=\"{}\"></i>", series_class(at));
        let more = if at + 1 == SERIES.len() && templates.len() > SERIES.len() { " and others" } else { "" };
        out.text(&format!("{name}{more}: {}", grouped(*count))).raw("</li>");
    }
    out.raw("</ul>\n");
    let rows = figures.months.iter().map(|(month, counts)| (month.as_str(), counts.values().sum::<u64>()));
    details(out, "The months as a table", ["Month", "Articles"], rows);
    Ok(())
}

/// The first of many names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}

fn confidence(out: &mut Html, figures: &Figures) -> Result<(), ReportError> {
    let heights: Vec<Vec<u64>> = padded(&figures.confidence, CONFIDENCE_BINS);
    let label = |at: usize| format!("{:.2}", at as f64 / CONFIDENCE_BINS as f64);
    let svg =
        bars(&Bars { size: (540, 220), bars: &heights, mark_gaps: false, label: &label, labels: 5, centred: false })?;
    let low: u64 = figures.confidence.iter().take(CONFIDENCE_BINS / 2).sum();
    let caption = format!("Articles by confidence; {} are below 0.5.", grouped(low));
    out.raw("<section>");
    figure(out, "Confidence", &caption, &svg);
    let rows: Vec<(String, u64)> = figures.confidence.iter().enumerate().map(|(at, n)| (label(at), *n)).collect();
    details(out, "As a table", ["From", "Articles"], rows.iter().map(|(name, count)| (name.as_str(), *count)));
    out.raw("</section>\n");
    Ok(())
}

fn lengths(out: &mut Html, figures: &Figures) -> Result<(), ReportError> {
    let heights = padded(&figures.lengths, LENGTH_BINS.len() + 1);
    let label = |at: usize| match LENGTH_BINS.get(at) {
        Some(end) => format!("≤ {end}"),
        None => "more".to_owned(),
    };
    let svg =
        bars(&Bars { size: (540, 220), bars: &heights, mark_gaps: false, label: &label, labels: 10, centred: true })?;
    out.raw("<section>");
    figure(out, "Length", "Articles by the number of their words.", &svg);
    let rows: Vec<(String, u64)> = figures.lengths.iter().enumerate().map(|(at, n)| (label(at), *n)).collect();
    details(out, "As a table", ["Words", "Articles"], rows.iter().map(|(name, count)| (name.as_str(), *count)));
    out.raw("</section>\n");
    Ok(())
}

fn padded(counts: &[u64], length: usize) -> Vec<Vec<u64>> {
    (0..length).map(|at| vec![counts.get(at).copied().unwrap_or_default()]).collect()
}

fn fetched(out: &mut Html, figures: &Figures) -> Result<(), ReportError> {
    let days: Vec<(&String, u64)> = figures.days.iter().map(|(day, count)| (day, *count)).collect();
    let heights: Vec<Vec<u64>> = days.iter().map(|(_, count)| vec![*count]).collect();
    let label = |at: usize| days.get(at).map(|(day, _)| (*day).clone()).unwrap_or_default();
    let svg =
        bars(&Bars { size: (1120, 200), bars: &heights, mark_gaps: false, label: &label, labels: 8, centred: true })?;
    figure(out, "Pace", "Records by the day on which they were fetched; days without a record are left out.", &svg);
    details(out, "The days as a table", ["Day", "Records"], days.iter().map(|(day, count)| (day.as_str(), *count)));
    Ok(())
}

/// A table that is shown on demand, for whoever cannot see the plot.
fn details<'a>(out: &mut Html, summary: &str, columns: [&str; 2], rows: impl Iterator<Item = (&'a str, u64)>) {
    out.raw("<details>").element("summary", "", summary);
    table(out, summary, &columns);
    for (name, count) in rows {
        out.raw("<tr>").element("th", " scope=\"row\" dir=\"auto\"", name);
        number(out, count);
        out.raw("</tr>\n");
    }
    out.raw("</tbody></table></div></details>\n");
}

/// The head of a table that the script makes sortable.
fn table(out: &mut Html, caption: &str, columns: &[&str]) {
    out.raw("<div class=\"scroll\"><table class=\"sortable\">").element("caption", " class=\"hidden\"", caption);
    out.raw("<thead><tr>");
    for column in columns {
        out.element("th", " scope=\"col\"", column);
    }
    out.raw("</tr></thead>\n<tbody>\n");
}

fn number(out: &mut Html, count: u64) {
    let _ = write!(out, "<td class=\"number\" data-value=\"{count}\">");
    out.text(&grouped(count)).raw("</td>");
}

fn names(out: &mut Html, title: &str, column: &str, counts: &BTreeMap<String, u64>, articles: u64) {
    let mut rows: Vec<(&String, u64)> = counts.iter().map(|(name, count)| (name, *count)).collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    out.raw("<section>").element("h2", "", title);
    if rows.is_empty() {
        out.raw("<p class=\"none\">None.</p></section>\n");
        return;
    }
    table(out, title, &[column, "Articles", "Share"]);
    for (name, count) in rows.iter().take(ROWS) {
        out.raw("<tr>").element("th", " scope=\"row\" dir=\"auto\"", name);
        number(out, *count);
        let share = *count as f64 / articles.max(1) as f64;
        let _ = writeln!(out, "<td class=\"number\" data-value=\"{share:.6}\">{:.1} %</td></tr>", share * 100.0);
    }
    out.raw("</tbody></table></div>");
    if rows.len() > ROWS {
        out.element(
            "p",
            " class=\"none\"",
            &format!("and {} more, with fewer articles", grouped((rows.len() - ROWS) as u64)),
        );
    }
    out.raw("</section>\n");
}

fn lowest(out: &mut Html, figures: &Figures) {
    out.raw("<section>").element("h2", "", "Least sure");
    out.raw("<p class=\"none\">The articles with the lowest confidence, to be looked at with <code>auslese inspect</code>.</p>\n");
    table(out, "Least sure", &["Article", "Words", "Confidence"]);
    for one in &figures.lowest {
        out.raw("<tr><th scope=\"row\">").link(&one.url, one.headline.as_deref().unwrap_or(&one.url)).raw("</th>");
        number(out, one.words);
        let _ =
            writeln!(out, "<td class=\"number\" data-value=\"{:.6}\">{:.3}</td></tr>", one.confidence, one.confidence);
    }
    out.raw("</tbody></table></div></section>\n");
}

fn runs(out: &mut Html, history: &History) {
    out.raw("<div class=\"pair\">\n");
    for (title, counts) in [("Failures by reason", &history.dead), ("Skipped by reason", &history.skipped)] {
        let total = counts.values().sum();
        names(out, title, "Reason", counts, total);
    }
    out.raw("</div>\n<section>").element("h2", "", "Runs");
    table(out, "Runs", &["Began", "Ended", "Minutes", "Requests", "Requests a minute", "Records", "Failed"]);
    for run in &history.runs {
        out.raw("<tr><th scope=\"row\"");
        attribute(out, "data-value", &run.began);
        out.raw(">").text(run.began.get(..16).unwrap_or(&run.began)).raw("</th>").element("td", "", &run.end);
        let minutes = run.seconds / 60.0;
        let pace = if minutes > 0.0 { run.requests as f64 / minutes } else { 0.0 };
        let cell = |value: f64| format!("<td class=\"number\" data-value=\"{value:.3}\">{value:.1}</td>");
        out.raw(&cell(minutes));
        number(out, run.requests);
        out.raw(&cell(pace));
        number(out, run.records);
        number(out, run.failed);
        out.raw("</tr>\n");
    }
    out.raw("</tbody></table></div></section>\n");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(headline: &str) -> Figures {
        let line = json!({
            "id": "a", "record_type": "article", "url": "javascript:alert(1)", "headline": headline,
            "date_published": "2009-05-01", "fetched_at": "2026-03-01T10:00:00Z", "source_domain": "seefurt.test",
            "template": null, "profile": "seefurt.test", "source": {"kind": "warc"}, "word_count": 12345, "language": "de",
            "section": "<b>Hafen</b>", "authors": [], "confidence": 0.31, "duplicate_of": null
        });
        let mut figures = Figures::default();
        figures.add(&serde_json::from_value(line).unwrap());
        figures.finish()
    }

    #[test]
    fn what_records_say_is_text() {
        let page = report("<script>", &one("</table><script>alert(1)</script>"), None).unwrap();
        assert_eq!(page.matches("<script>").count(), 1, "only ours");
        assert!(page.contains("&lt;b&gt;Hafen&lt;/b&gt;") && !page.contains("href=\"javascript"));
        assert!(page.contains("12\u{202f}345") && page.contains("0.310") && page.contains("2009-05"));
    }

    #[test]
    fn an_empty_collection_is_shown_as_such() {
        let page = report("leer", &Figures::default().finish(), Some(&History::default())).unwrap();
        assert!(page.contains("no dates") && page.ends_with("</html>\n"));
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_000, 45_123_456].map(grouped), ["0", "999", "1\u{202f}000", "45\u{202f}123\u{202f}456"]);
    }
}
