//! The page's blocks in order: role, text, score, and why.

use std::fmt::Write as _;

use super::{Inspection, badge};
use crate::classify::{Classified, Explanation, Opinion, Step, Vote};
use crate::render::gloss;
use crate::render::html::{Html, attribute};
use crate::segment::hints;
use crate::types::{Labelled, Reason};

/// Below this score a block is doubtful.
const DOUBT: f32 = 0.7;
/// Half the width of the bars of contributions, in units of their drawing.
const HALF: f32 = 60.0;
/// The log-odds that fill half the width.
const FULL: f32 = 1.5;

pub(super) fn write(out: &mut Html, inspection: &Inspection<'_>) {
    let Inspection { classified, explanation, .. } = inspection;
    out.raw(
        "<main aria-labelledby=\"blocks-title\">\n<h2 id=\"blocks-title\" class=\"hidden\">Blocks of the page</h2>\n",
    );
    if classified.blocks.is_empty() {
        out.raw("<p class=\"empty\">The page has no text.</p>\n");
    }
    out.raw("<ol id=\"blocks\">\n");
    for (at, labelled) in classified.blocks.iter().enumerate() {
        bound(out, explanation, at);
        block(out, classified, explanation, at, labelled);
    }
    bound(out, explanation, classified.blocks.len());
    out.raw("</ol>\n</main>\n");
}

/// A line where the article begins or ends.
fn bound(out: &mut Html, explanation: &Explanation, at: usize) {
    let Some((from, end)) = explanation.bounds else { return };
    if at == from {
        out.raw("<li class=\"bound\">the article begins here</li>\n");
    }
    if at == end {
        let sign =
            explanation.ended_by.map(|sign| format!(", told by: {}", sign.replace('_', " "))).unwrap_or_default();
        out.raw("<li class=\"bound\">the article ends here").text(&sign).raw("</li>\n");
    }
}

fn block(out: &mut Html, classified: &Classified, explanation: &Explanation, at: usize, labelled: &Labelled) {
    let steps = explanation.steps.get(at).map(Vec::as_slice).unwrap_or_default();
    let overruled = steps.iter().any(|step| step.role != labelled.role);
    let _ = write!(out, "<li class=\"block\" id=\"b{at}\" tabindex=\"-1\"");
    attribute(out, "data-role", labelled.role.as_str());
    out.raw(if labelled.role.is_article() { " data-article" } else { "" });
    out.raw(if labelled.score < DOUBT { " data-doubt" } else { "" });
    out.raw(if overruled { " data-overruled" } else { "" });
    let _ = write!(out, "><a class=\"number\" href=\"#b{at}\" tabindex=\"-1\" aria-label=\"Block {at}\">{at}</a>");
    badge(out, labelled.role);
    out.raw("<span class=\"score\">").meter(labelled.score, &format!("{:.2}", labelled.score)).raw("</span>");
    let level = labelled.block.level.map(|level| format!(" data-level=\"{level}\"")).unwrap_or_default();
    out.element("p", &format!(" class=\"said\" dir=\"auto\"{level}"), &labelled.block.text);
    why(out, classified, explanation, at, labelled, steps);
    out.raw("</li>\n");
}

/// What decided, in a line; and everything, once that is opened.
fn why(
    out: &mut Html,
    classified: &Classified,
    explanation: &Explanation,
    at: usize,
    labelled: &Labelled,
    steps: &[Step],
) {
    out.raw("<details class=\"why\"><summary><span class=\"hidden\">Why: </span>");
    reasons(out, &labelled.reasons);
    if let Some(step) = steps.iter().rev().find(|step| step.role != labelled.role) {
        out.raw(" <span class=\"over\">over ").text(&super::words(step.role)).raw("</span>");
    }
    out.raw("</summary>\n<div class=\"more\">\n");
    if steps.len() > 1 {
        verdicts(out, steps);
    }
    if let Some(opinion) = explanation.opinions.get(at) {
        model(out, opinion);
    }
    place(out, classified, labelled);
    out.raw("</div></details>");
}

fn reasons(out: &mut Html, reasons: &[Reason]) {
    for (at, reason) in reasons.iter().enumerate() {
        let (kind, words) = gloss::reason(reason);
        out.raw(if at > 0 { " · " } else { "" });
        out.raw(&format!("<span class=\"reason\" data-kind=\"{kind}\">{kind}</span> ")).text(&words);
    }
    if reasons.is_empty() {
        out.raw("no reason recorded");
    }
}

/// Every verdict on a block, the deciding one last.
fn verdicts(out: &mut Html, steps: &[Step]) {
    out.raw("<h3>Verdicts</h3>\n<ol class=\"steps\">");
    for (at, step) in steps.iter().enumerate() {
        let last = at + 1 == steps.len();
        out.raw(if last { "<li>" } else { "<li class=\"overruled\">" });
        out.element("span", " class=\"stage\"", gloss::stage(step.stage)).raw(" ");
        badge(out, step.role);
        let _ = write!(out, " <span class=\"figure\">{:.2}</span> ", step.score);
        reasons(out, &step.reasons);
        out.raw(if last { "" } else { " <span class=\"over\">overruled</span>" }).raw("</li>");
    }
    out.raw("</ol>\n");
}

/// What the learned model made of a block: its probabilities, and the columns that moved them.
fn model(out: &mut Html, opinion: &Opinion) {
    out.raw("<h3>Learned model</h3>\n");
    match &opinion.second {
        Some(second) => {
            vote(out, second, "Second stage, which decides");
            vote(out, &opinion.first, "First stage");
        }
        None => vote(out, &opinion.first, "First stage, which is sure enough to decide alone"),
    }
}

fn vote(out: &mut Html, vote: &Vote, name: &str) {
    let percent = |p: f32| if p < 0.01 { format!("{:.1}%", p * 100.0) } else { format!("{:.0}%", p * 100.0) };
    let mean = 1.0 / (1.0 + (-vote.mean).exp());
    out.raw(&format!(
        "<table class=\"columns-of\"><caption>{name}: article text with <b>{}</b>; the page’s mean block lies at {}</caption>\
         <thead class=\"hidden\"><tr><th scope=\"col\">Column</th><th scope=\"col\">Value</th><th scope=\"col\">Bar</th>\
         <th scope=\"col\">Log-odds added</th></tr></thead><tbody>",
        percent(vote.probability),
        percent(mean)
    ));
    for contribution in &vote.contributions {
        let (words, value) = gloss::column(&contribution.name, contribution.value);
        out.raw("<tr><th scope=\"row\"");
        attribute(out, "title", &contribution.name);
        out.raw(">").text(&words).raw("</th>").element("td", " class=\"value\"", &value);
        bar(out, contribution.weight);
        out.raw("</tr>");
    }
    if vote.rest != 0.0 {
        out.raw("<tr class=\"rest\"><th scope=\"row\">all other columns</th><td></td>");
        bar(out, vote.rest);
        out.raw("</tr>");
    }
    out.raw("</tbody></table>\n");
}

/// A bar from the middle: to the right for article text, to the left against it.
fn bar(out: &mut Html, weight: f32) {
    let length = (weight.abs() / FULL).min(1.0) * HALF;
    let (class, x) = if weight >= 0.0 { ("for", HALF) } else { ("against", HALF - length) };
    let _ = write!(
        out,
        "<td class=\"bar-of\"><svg viewBox=\"0 0 {0} 10\" aria-hidden=\"true\"><path d=\"M{HALF} 0V10\"/>\
         <rect class=\"{class}\" x=\"{x:.1}\" y=\"1.5\" width=\"{length:.1}\" height=\"7\" rx=\"1\"/></svg></td>\
         <td class=\"weight\">{weight:+.2}</td>",
        2.0 * HALF
    );
}

/// Where the block stands: the elements around it, and what their names say.
fn place(out: &mut Html, classified: &Classified, labelled: &Labelled) {
    let mut path = Vec::new();
    let mut id = labelled.block.container;
    let mut said = 0_u64;
    while let Some(container) = classified.containers.get(id as usize) {
        said |= container.hints;
        // The page is its own parent, and no element.
        if container.parent == id || path.len() >= 64 {
            break;
        }
        path.push(container.tag);
        id = container.parent;
    }
    path.reverse();
    let skipped = path.len().saturating_sub(9);
    out.raw("<h3>Place</h3>\n<p class=\"place\"><code>");
    out.raw(if skipped > 0 { "… › " } else { "" }).text(&path.get(skipped..).unwrap_or_default().join(" › "));
    out.raw("</code>");
    let names: Vec<String> = hints::NAMES
        .iter()
        .enumerate()
        .filter(|(bit, _)| said & (1 << bit) != 0)
        .map(|(_, name)| name.to_lowercase())
        .collect();
    if !names.is_empty() {
        out.raw("; names around it say ").text(&names.join(", "));
    }
    let parts = [("link", labelled.block.links.len()), ("image", labelled.block.images.len())];
    for (what, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        let _ = write!(out, "; {count} {what}{}", if count == 1 { "" } else { "s" });
    }
    out.raw("</p>\n");
}
