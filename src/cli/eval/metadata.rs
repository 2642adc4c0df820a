//! Figures of headline, date and authors, for people and as JSON.

use std::fmt::Write as _;

use auslese::eval::{Fact, FactScore, MetadataScore};
use serde_json::{Map, Value, json};

/// The figures of a set's metadata; empty where gold has none.
pub(super) fn text(score: &MetadataScore) -> String {
    let mut to = String::new();
    if score.all.iter().any(|fact| fact.pages > 0) {
        let _ = writeln!(
            to,
            "  {:16} {:>6} {:>14} {:>7} {:>6} | {:>7} {:>7} {:>6}",
            "", "right", "95% interval", "nearly", "none", "sites A", "sites B", "pages"
        );
        facts(&mut to, "", &score.all);
        if let Some(articles) = &score.articles {
            facts(&mut to, " (articles)", articles);
        }
    }
    if !score.date_sources.is_empty() {
        let sources = score.date_sources.iter().map(|(source, (right, all))| format!("{source} {right}/{all}"));
        let _ = writeln!(to, "  dates right by source: {}", sources.collect::<Vec<_>>().join(", "));
    }
    if !score.calibration.is_empty() {
        let buckets = score.calibration.iter().map(|(low, f1, pages)| format!("≥{low:.2} {f1:.3} ({pages})"));
        let _ = writeln!(to, "  wordF1 by confidence: {}", buckets.collect::<Vec<_>>().join(", "));
    }
    to
}

fn facts(to: &mut String, of: &str, facts: &[FactScore; 3]) {
    for (fact, score) in Fact::ALL.into_iter().zip(facts).filter(|(_, score)| score.pages > 0) {
        let FactScore { right, with_nearly, missing, halves: [a, b], pages } = score;
        let [low, high] = right.interval;
        let nearly = with_nearly - right.value;
        let label = format!("{}{of}", fact.as_str());
        let _ = writeln!(
            to,
            "  {label:16} {:6.3} {low:.3} to {high:.3} {nearly:7.3} {missing:6.3} | {a:7.3} {b:7.3} {pages:6}",
            right.value
        );
    }
}

/// The figures of a set's metadata as JSON.
pub(super) fn json(score: &MetadataScore) -> Value {
    let sources: Map<String, Value> = score
        .date_sources
        .iter()
        .map(|(source, (right, all))| (source.clone(), json!({"right": right, "pages": all})))
        .collect();
    let calibration: Vec<Value> = score
        .calibration
        .iter()
        .map(|(low, f1, pages)| json!({"confidence": low, "wordF1": f1, "pages": pages}))
        .collect();
    let mut facts = facts_json(&score.all);
    facts.insert("articles".to_owned(), score.articles.as_ref().map(facts_json).into());
    facts.insert("date_sources".to_owned(), sources.into());
    facts.insert("calibration".to_owned(), calibration.into());
    facts.into()
}

fn facts_json(facts: &[FactScore; 3]) -> Map<String, Value> {
    let one = |(fact, score): (Fact, &FactScore)| {
        let FactScore { right, with_nearly, missing, halves: [a, b], pages } = score;
        let figures = json!({
            "right": right.value, "interval": right.interval, "nearly": with_nearly - right.value, "missing": missing,
            "sites_a": a, "sites_b": b, "pages": pages,
        });
        (fact.as_str().to_owned(), figures)
    };
    Fact::ALL.into_iter().zip(facts).filter(|(_, score)| score.pages > 0).map(one).collect()
}
