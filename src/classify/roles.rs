//! Puts the evidence together: a role, a score and the reasons for every block.
//!
//! In order: what the profile says; groups that headings or shapes announce; the head of the article; cues; where the article
//! ends; and only then the probability that a block is article text. Strong evidence overrides that probability in both
//! directions: on old trade news, a teaser's summary is as good prose as the article's own.

use super::article::{self, Span};
use super::cues::Cue;
use super::groups;
use super::headline;
use super::scan::{Mark, Scan};
use super::split::{self, Split};
use super::surround;
use super::tree::Around;
use crate::parse::Page;
use crate::site::{CueScope, Template};
use crate::types::{BlockTag, Labelled, Reason, Role, Segments};

/// Splits blocks that hold two parts. Call before the probabilities are made.
pub(super) fn prepare(page: &Page, segments: Segments) -> Split {
    split::split(page, segments)
}

/// Gives every block a role. `body`: for each block the probability that it is article text.
pub(super) fn label(page: &Page, split: Split, template: &Template, body: &[f32]) -> Vec<Labelled> {
    let Split { segments, marks, .. } = split;
    let scan = Scan::new(page, &segments, template, body);
    let marks = verdicts(&scan, &marks);
    segments
        .blocks
        .into_iter()
        .zip(marks)
        .map(|(block, mark)| Labelled { block, role: mark.role, score: mark.score, reasons: mark.reasons })
        .collect()
}

fn verdicts(scan: &Scan<'_>, known: &[Option<Mark>]) -> Vec<Mark> {
    let glued = known.iter().position(|m| m.as_ref().is_some_and(|m| m.role == Role::Headline));
    let headline = glued.or_else(|| headline::find(scan));
    let mut marks = groups::find(scan, headline);
    for (i, mark) in known.iter().enumerate() {
        if let (Some(mark), Some(slot)) = (mark, marks.get_mut(i)) {
            *slot = Some(mark.clone());
        }
    }
    profile(scan, &mut marks);
    let headline = headline.filter(|&h| marks[h].as_ref().is_none_or(|m| m.role == Role::Headline));
    let mut span = article::head(scan, headline, &mut marks);
    let (end, sign) = article::end(scan, span, &marks);
    span.end = end.min(rest_of_profile(scan));
    article::captions(scan, span, &mut marks);
    cues(scan, &mut marks);
    let mut verdicts: Vec<Mark> = Vec::with_capacity(scan.len());
    for (i, mark) in marks.into_iter().enumerate() {
        let before = verdicts.last().map(|m| m.role);
        verdicts.push(mark.unwrap_or_else(|| undecided(scan, i, span, sign, before)));
    }
    smooth(scan, span, &mut verdicts);
    verdicts
}

/// What the profile says of single blocks.
fn profile(scan: &Scan<'_>, marks: &mut [Option<Mark>]) {
    for (i, mark) in marks.iter_mut().enumerate() {
        if let Some(role) = scan.blocks[i].profile_role {
            *mark = Some(Mark::new(role, 1.0, Reason::Profile("selector".to_owned())));
        } else if let Some((role, scope, reason)) = scan.profile_cue(i)
            && (mark.is_none() || scope != CueScope::Group)
        {
            *mark = Some(Mark::new(role, 0.98, reason));
        }
    }
}

/// From where on the profile says that nothing is the article.
fn rest_of_profile(scan: &Scan<'_>) -> usize {
    (0..scan.len())
        .find(|&i| scan.profile_cue(i).is_some_and(|(_, scope, _)| scope == CueScope::Rest))
        .unwrap_or(scan.len())
}

/// Marks what general cues name.
fn cues(scan: &Scan<'_>, marks: &mut [Option<Mark>]) {
    for (i, mark) in marks.iter_mut().enumerate() {
        if mark.is_none()
            && let Some(cue) = scan.cue(i)
        {
            *mark = Some(match cue {
                Cue::Ticker => Mark::new(Role::Navigation, 0.8, Reason::Cue(cue.name())),
                _ => Mark::cue(cue),
            });
        }
    }
}

/// The role of a block that nothing has named so far: the probability decides, within the article's bounds.
fn undecided(scan: &Scan<'_>, i: usize, span: Span, sign: Option<&'static str>, before: Option<Role>) -> Mark {
    let (p, facts) = (scan.p(i), &scan.facts[i]);
    let within = i >= span.first && i < span.end;
    let tail = span.end <= i && sign.is_some();
    if facts.address && (within || before == Some(Role::Links) || (i >= span.end && i < span.end + 3)) {
        return Mark::shape(Role::Links, 0.9, "addresses");
    }
    let around = scan.tree.around(scan.blocks[i].container);
    if around.has(Around::NAV) && p < 0.9 {
        return surround::role(scan, i, before);
    }
    if scan.plain {
        if within && (facts.prose() || p >= 0.5) {
            return text(scan, i, p.max(0.8), Reason::Shape("paragraph"));
        }
    } else if p >= 0.5 && !tail && i >= span.from {
        return text(scan, i, p, Reason::Model(p));
    } else if p >= 0.5 && !tail {
        // Text before the headline: a lead over it, or something else; the model alone decides.
        return text(scan, i, p, Reason::Model(p));
    }
    let mut mark = surround::role(scan, i, before);
    mark.score = mark.score.max(if tail { 0.6 } else { 1.0 - p });
    mark.reasons.push(if tail { Reason::Shape("after_the_end") } else { Reason::Model(p) });
    mark
}

/// The role of article text by its element.
fn text(scan: &Scan<'_>, i: usize, score: f32, reason: Reason) -> Mark {
    let block = &scan.blocks[i];
    let facts = &scan.facts[i];
    let role = match block.tag {
        BlockTag::Heading => Role::Subheading,
        BlockTag::Li => Role::ListItem,
        BlockTag::Quote => Role::Quote,
        BlockTag::Pre => Role::Code,
        BlockTag::Cell if facts.words <= 12 && !facts.sentence => Role::Table,
        BlockTag::Caption => Role::Caption,
        _ if article::byline(scan, i) => Role::Byline,
        _ if subheading(scan, i) => Role::Subheading,
        _ => Role::Body,
    };
    Mark::new(role, score, reason)
}

/// A short line without a stop, right before a paragraph.
fn subheading(scan: &Scan<'_>, i: usize) -> bool {
    let facts = &scan.facts[i];
    facts.title
        && facts.chars <= 100
        && !facts.sentence
        && !facts.linked
        && scan.facts.get(i + 1).is_some_and(|next| next.prose() && next.chars > facts.chars)
}

/// Lines between the article's own paragraphs belong to it: short subheadings, list items, a paragraph the model doubted.
fn smooth(scan: &Scan<'_>, span: Span, marks: &mut [Mark]) {
    let core =
        |mark: &Mark| matches!(mark.role, Role::Body | Role::Lead | Role::ListItem | Role::Quote | Role::Subheading);
    for i in span.first..span.end.min(marks.len()) {
        let (Some(before), Some(after)) = (i.checked_sub(1).and_then(|j| marks.get(j)), marks.get(i + 1)) else {
            continue;
        };
        if !core(before) && before.role != Role::Caption && before.role != Role::Quote {
            continue;
        }
        if !weak(&marks[i]) {
            continue;
        }
        let (facts, home) = (&scan.facts[i], scan.blocks[i].container);
        let next_text = after.role == Role::Body || after.role == Role::ListItem;
        let together = scan.plain || beside(scan, i, home);
        if facts.title && !facts.linked && facts.chars <= 120 && next_text && together {
            let heading = subheading(scan, i) || scan.blocks[i].tag == BlockTag::Heading;
            if heading {
                marks[i] = Mark::shape(Role::Subheading, 0.75, "between_paragraphs");
            }
        } else if facts.prose()
            && facts.chars >= 60
            && together
            && (next_text || scan.plain)
            && (scan.p(i) >= 0.2 || scan.plain)
        {
            marks[i] = Mark::shape(Role::Body, 0.7, "between_paragraphs");
        }
    }
}

/// A verdict that no cue, group or profile gave.
fn weak(mark: &Mark) -> bool {
    matches!(mark.role, Role::Other | Role::Navigation) && mark.score < 0.9
        || mark.reasons.iter().any(|r| matches!(r, Reason::Model(_))) && mark.role == Role::Other
}

/// Whether the blocks before and after stand in the same element, or in elements side by side with the block's.
fn beside(scan: &Scan<'_>, i: usize, home: u32) -> bool {
    let parent = |c: u32| scan.tree.ancestors(c).nth(1).unwrap_or(c);
    [i.wrapping_sub(1), i + 1]
        .into_iter()
        .all(|j| scan.blocks.get(j).is_some_and(|b| b.container == home || parent(b.container) == parent(home)))
}
