//! Figures for people, and as JSON.

use std::fmt::Write as _;

use auslese::eval::{Figure, PageFigures, RoleScore, SetScore};
use auslese::types::Role;
use serde_json::{Map, Value, json};

use super::fixtures::Miss;
use super::metadata;

/// Confusions that are listed.
const MAX_CONFUSIONS: usize = 25;

/// The figures of a benchmark.
pub(super) fn set(name: &str, score: &SetScore, pages: &[PageFigures], worst: usize) -> String {
    let mut to = format!("{name}: {} pages\n", score.pages);
    let _ = writeln!(
        to,
        "{:>7} {:>6} {:>6} {:>7} | {:>6} {:>6} {:>6} {:>6} | {:>6} {:>6} {:>6} {:>5}",
        "wordF1", "P", "R", "median", "shF1", "shP", "shR", "exact", "segF", "segP", "segR", "empty"
    );
    let words = score.word_f1.map_or([None; 4], |figure| {
        let [precision, recall, median] = score.word_details;
        [Some(figure.value), Some(precision), Some(recall), Some(median)]
    });
    let shingles = score.shingle_f1.map_or([None; 4], |figure| {
        let [precision, recall] = score.shingle_details;
        [Some(figure.value), Some(precision), Some(recall), score.exact]
    });
    let segments = score.segment_f1.map_or([None; 3], |figure| {
        let [precision, recall] = score.segment_details;
        [Some(figure.value), Some(precision), Some(recall)]
    });
    let _ = writeln!(
        to,
        "{} {} {} {} | {} | {} {:>5}",
        cell(words[0], 7),
        cell(words[1], 6),
        cell(words[2], 6),
        cell(words[3], 7),
        shingles.map(|figure| cell(figure, 6)).join(" "),
        segments.map(|figure| cell(figure, 6)).join(" "),
        score.empty
    );
    for (label, figure) in [("wordF1", score.word_f1), ("shF1", score.shingle_f1), ("segF", score.segment_f1)] {
        if let Some(Figure { value, interval: [low, high] }) = figure {
            let _ = writeln!(to, "  {label:7} {value:.3}, 95% interval {low:.3} to {high:.3}");
        }
    }
    if score.by_type.len() > 1 {
        let types = score.by_type.iter().map(|(kind, (figure, pages))| format!("{kind} {figure:.3} ({pages})"));
        let _ = writeln!(to, "  by type: {}", types.collect::<Vec<_>>().join(", "));
    }
    to.push_str(&metadata::text(&score.metadata));
    let mut bad: Vec<(f64, &PageFigures)> =
        pages.iter().filter_map(|page| Some((page.text.as_ref()?.word[0], page))).collect();
    bad.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    for (figure, page) in bad.into_iter().take(worst) {
        let _ = writeln!(to, "  {figure:.3} {} {}", page.id, page.url);
    }
    to
}

fn cell(figure: Option<f64>, width: usize) -> String {
    figure.map_or_else(|| " ".repeat(width), |figure| format!("{figure:width$.3}"))
}

/// The figures of a benchmark as JSON.
pub(super) fn set_json(name: &str, score: &SetScore) -> Value {
    let figure = |figure: Option<Figure>| figure.map(|f| json!({"value": f.value, "interval": f.interval}));
    let by_type: Map<String, Value> = score
        .by_type
        .iter()
        .map(|(kind, (figure, pages))| (kind.clone(), json!({"wordF1": figure, "pages": pages})))
        .collect();
    let [precision, recall, median] = score.word_details;
    json!({
        "set": name,
        "pages": score.pages,
        "empty": score.empty,
        "wordF1": figure(score.word_f1),
        "wordP": score.word_f1.map(|_| precision),
        "wordR": score.word_f1.map(|_| recall),
        "wordMedian": score.word_f1.map(|_| median),
        "shF1": figure(score.shingle_f1),
        "shP": score.shingle_f1.map(|_| score.shingle_details[0]),
        "shR": score.shingle_f1.map(|_| score.shingle_details[1]),
        "exact": score.exact,
        "segF": figure(score.segment_f1),
        "segP": score.segment_f1.map(|_| score.segment_details[0]),
        "segR": score.segment_f1.map(|_| score.segment_details[1]),
        "types": by_type,
        "facts": metadata::json(&score.metadata),
    })
}

/// The figures of fixtures.
pub(super) fn roles(name: &str, pages: u64, score: &RoleScore, misses: &[Miss]) -> String {
    // Gold may leave the blocks out.
    let known = score.confusion.keys().any(|(gold, _)| gold.is_some());
    let mut to = format!("{name}: {pages} pages");
    if known {
        let _ = write!(to, ", {:.3} of the blocks have their role", score.accuracy());
        let _ = write!(to, "\n  {:14} {:>6} {:>6} {:>6} {:>6}", "role", "P", "R", "F1", "blocks");
    }
    to.push('\n');
    for role in Role::ALL.into_iter().filter(|_| known) {
        let one = score.role(role);
        if one.found + one.excess + one.missed > 0 {
            let [precision, recall, f1] = one.figures();
            let _ = writeln!(to, "  {role:14} {precision:6.3} {recall:6.3} {f1:6.3} {:6}", one.found + one.missed);
        }
    }
    let mut confusions: Vec<_> = score.confusion.iter().filter(|((gold, got), _)| gold != got).collect();
    confusions.sort_by_key(|&(_, &count)| std::cmp::Reverse(count));
    if !confusions.is_empty() {
        to.push_str("  taken for each other (gold > got):\n");
    }
    let word = |role: Option<Role>| role.map_or("(no such block)", Role::as_str);
    for ((gold, got), count) in confusions.into_iter().take(MAX_CONFUSIONS) {
        let _ = writeln!(to, "  {count:6} {} > {}", word(*gold), word(*got));
    }
    for (kind, items) in &score.items {
        let [precision, recall, f1] = items.figures();
        let all = items.found + items.missed;
        let _ = writeln!(to, "  {kind:16} P {precision:.3} R {recall:.3} F1 {f1:.3} ({all} items)");
    }
    for (field, (right, all)) in &score.fields {
        let _ = writeln!(to, "  {field:16} {right} of {all} right");
    }
    for miss in misses {
        let _ = writeln!(to, "  {}: {}", miss.page, miss.wrong.join(", "));
    }
    to
}

/// The figures of fixtures as JSON.
pub(super) fn roles_json(name: &str, pages: u64, score: &RoleScore) -> Value {
    let roles: Map<String, Value> = Role::ALL
        .into_iter()
        .map(|role| (role, score.role(role)))
        .filter(|(_, one)| one.found + one.excess + one.missed > 0)
        .map(|(role, one)| {
            let [precision, recall, f1] = one.figures();
            let blocks = one.found + one.missed;
            (role.as_str().to_owned(), json!({"P": precision, "R": recall, "F1": f1, "blocks": blocks}))
        })
        .collect();
    let confusion: Vec<Value> =
        score.confusion.iter().map(|((gold, got), count)| json!({"gold": gold, "got": got, "blocks": count})).collect();
    let items: Map<String, Value> = score
        .items
        .iter()
        .map(|(kind, items)| {
            let [precision, recall, f1] = items.figures();
            ((*kind).to_owned(), json!({"P": precision, "R": recall, "F1": f1}))
        })
        .collect();
    let fields: Map<String, Value> = score
        .fields
        .iter()
        .map(|(field, (right, all))| ((*field).to_owned(), json!({"right": right, "all": all})))
        .collect();
    json!({
        "set": name,
        "pages": pages,
        "roles": {"accuracy": score.accuracy(), "by_role": roles},
        "confusion": confusion,
        "items": items,
        "fields": fields,
    })
}
