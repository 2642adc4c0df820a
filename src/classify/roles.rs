//! Puts the evidence together: a role, a score and the reasons for every block.
//!
//! In order: what the profile says; groups that headings or shapes announce; the head of the article; cues; where the article
//! ends; and only then the probability that a block is article text. Strong evidence overrides that probability in both
//! directions: on old trade news, a teaser's summary is as good prose as the article's own.

use super::article::{self, Span};
use super::cues::Cue;
use super::explain::{Observer, Stage};
use super::groups;
use super::headline;
use super::model::Reading;
use super::parts::PartModel;
use super::scan::{Mark, Scan};
use super::site_wide::SiteWide;
use super::sketch::Sketch;
use super::split::{self, Split};
use super::surround;
use super::tree::Around;
use crate::parse::Page;
use crate::site::{CueScope, Template};
use crate::types::{BlockTag, Container, Labelled, Reason, Role, Segments};

/// Splits blocks that hold two parts. Call before the probabilities are made.
pub(super) fn prepare(page: &Page, segments: Segments) -> Split {
    split::split(page, segments)
}

/// What is known of a page besides its blocks.
pub(super) struct Evidence<'a> {
    /// What the learned model says.
    pub(super) reading: &'a Reading,
    /// What tells the parts of items.
    pub(super) parts: &'a PartModel,
    /// What recurs on other pages of the site.
    pub(super) sketch: Option<&'a Sketch>,
    /// The fingerprint of each block, where there is a sketch.
    pub(super) prints: &'a [Option<u64>],
}

/// Gives every block a role; the containers come back as they were.
pub(super) fn label(
    page: &Page,
    split: Split,
    template: &Template,
    evidence: &Evidence<'_>,
    observer: &mut impl Observer,
) -> (Vec<Labelled>, Vec<Container>) {
    let Split { segments, marks, .. } = split;
    let scan = Scan::new(page, &segments, template, evidence.reading);
    let site = SiteWide::of(evidence.sketch, evidence.prints);
    let marks = verdicts(&scan, &marks, (&site, evidence.parts), observer);
    let blocks = segments
        .blocks
        .into_iter()
        .zip(marks)
        .map(|(block, mark)| Labelled { block, role: mark.role, score: mark.score, reasons: mark.reasons })
        .collect();
    (blocks, segments.containers)
}

fn verdicts(
    scan: &Scan<'_>,
    known: &[Option<Mark>],
    (site, parts): (&SiteWide, &PartModel),
    observer: &mut impl Observer,
) -> Vec<Mark> {
    let glued = known.iter().position(|m| m.as_ref().is_some_and(|m| m.role == Role::Headline));
    let headline = glued.or_else(|| headline::find(scan));
    let mut marks = groups::find(scan, headline);
    observer.marks(Stage::Groups, &marks);
    parts.mark(scan, headline, &mut marks);
    own_frame(scan, headline, &mut marks);
    opening(scan, headline, &mut marks);
    observer.marks(Stage::Parts, &marks);
    for (i, mark) in known.iter().enumerate() {
        if let (Some(mark), Some(slot)) = (mark, marks.get_mut(i)) {
            *slot = Some(mark.clone());
        }
    }
    observer.marks(Stage::Split, &marks);
    profile(scan, &mut marks);
    observer.marks(Stage::Profile, &marks);
    site.mark(scan, &mut marks);
    observer.marks(Stage::Site, &marks);
    let headline = headline.filter(|&h| marks[h].as_ref().is_none_or(|m| m.role == Role::Headline));
    let mut span = article::head(scan, headline, &mut marks);
    observer.marks(Stage::Head, &marks);
    let (end, sign) = article::end(scan, span, &marks);
    span.end = end.min(rest_of_profile(scan));
    observer.bounds(span, sign);
    article::captions(scan, span, &mut marks);
    observer.marks(Stage::Captions, &marks);
    let framed = sign.is_some() && span.dated;
    let bounds = Bounds { span, sign, framed };
    cues(scan, &mut marks);
    observer.marks(Stage::Cues, &marks);
    let mut verdicts: Vec<Mark> = Vec::with_capacity(scan.len());
    for (i, mark) in marks.into_iter().enumerate() {
        let before = verdicts.last().map(|m| m.role);
        verdicts.push(mark.unwrap_or_else(|| undecided(scan, i, &bounds, before)));
    }
    observer.verdicts(Stage::Model, &verdicts);
    smooth(scan, span, &mut verdicts);
    observer.verdicts(Stage::Smoothing, &verdicts);
    site.overrule(scan, &mut verdicts);
    observer.verdicts(Stage::Site, &verdicts);
    verdicts
}

/// Lines above and below a headline that belong to it.
const FRAME: (usize, usize) = (3, 6);
/// Blocks below a headline among which the first item is looked for.
const OPENING: usize = 80;
/// A paragraph less likely to be text than this is none, wherever it stands.
const DOUBTED: f32 = 0.15;

/// Date, author and time to read beside the headline look like the parts of an item. But an item leads somewhere: lines without a
/// link are the article's own.
fn own_frame(scan: &Scan<'_>, headline: Option<usize>, marks: &mut [Option<Mark>]) {
    let Some(h) = headline.filter(|_| !scan.plain) else { return };
    let is_own = |mark: &Option<Mark>, i: usize| {
        let teaser = mark.as_ref().is_some_and(|mark| mark.role == Role::Teaser && is_part(mark));
        teaser && scan.blocks[i].links.is_empty() && scan.facts[i].chars <= 80
    };
    for i in (h.saturating_sub(FRAME.0)..h).rev() {
        if !is_own(&marks[i], i) {
            break;
        }
        marks[i] = None;
    }
    for i in (h + 1..scan.len()).take(FRAME.1).take_while(|&i| !scan.paragraph(i)) {
        if is_own(&marks[i], i) {
            marks[i] = None;
        }
    }
}

/// Whether the model of parts has named a block.
fn is_part(mark: &Mark) -> bool {
    matches!(mark.reasons.first(), Some(Reason::Part(_)))
}

/// Paragraphs from the headline to where the first item begins are the article's, however much they look like the summaries below: an
/// item begins with what leads somewhere or says when.
fn opening(scan: &Scan<'_>, headline: Option<usize>, marks: &mut [Option<Mark>]) {
    let Some(h) = headline.filter(|_| !scan.plain) else { return };
    let near = (h + 1 + OPENING).min(scan.len());
    let of_item: Vec<bool> = marks[..near].iter().map(|mark| mark.as_ref().is_some_and(is_part)).collect();
    let begins = |i: usize| {
        let facts = &scan.facts[i];
        let leads = facts.linked && !facts.address || facts.more || facts.inner_date;
        let told = facts.cue.is_some() && marks[i].is_some();
        // A date right below the headline is the lead's.
        leads || told || (facts.dated.is_some() || facts.date_only) && i > h + 2
    };
    let end = (h + 1..near).find(|&i| begins(i)).unwrap_or(h + 1);
    let prose = |i: usize| scan.facts[i].prose() && scan.p(i) >= DOUBTED;
    let Some(last) = (h + 1..end).rev().find(|&i| prose(i)) else { return };
    if !(h + 1..=last).any(|i| of_item[i] && prose(i)) {
        return;
    }
    for i in h + 1..=last {
        let between = i > h + 1 && prose(i + 1) && subheading(scan, i);
        let is_text = prose(i) || between;
        if of_item[i] || marks[i].is_none() && is_text {
            marks[i] = is_text.then(|| text(scan, i, scan.p(i).max(0.6), Reason::Shape("before_items")));
        }
    }
}

/// The article's bounds, and how sure they are.
struct Bounds {
    span: Span,
    /// What ended it.
    sign: Option<&'static str>,
    /// A dated lead begins it and a sign ends it: all between is the article, whatever the model says.
    framed: bool,
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
fn undecided(scan: &Scan<'_>, i: usize, bounds: &Bounds, before: Option<Role>) -> Mark {
    let (p, facts, span) = (scan.p(i), &scan.facts[i], bounds.span);
    let within = i >= span.first && i < span.end;
    let tail = span.end <= i && bounds.sign.is_some();
    let follows = matches!(before, Some(Role::Links | Role::Body));
    if facts.address && (within || follows || (i >= span.end && i < span.end + 3)) {
        return Mark::shape(Role::Links, 0.9, "addresses");
    }
    let label = scan.blocks[i].text.ends_with(':') && facts.words <= 6;
    if label && (within || tail) && scan.facts.get(i + 1).is_some_and(|next| next.address) {
        return Mark::shape(Role::Links, 0.8, "before_addresses");
    }
    let around = scan.tree.around(scan.blocks[i].container);
    let aside = around.has(Around::NAV) || around.has(Around::ASIDE);
    if within && (scan.plain && (facts.prose() || p >= 0.5) || bounds.framed && !aside && !facts.linked) {
        return text(scan, i, p.max(0.8), Reason::Shape("paragraph"));
    }
    let menu = around.has(Around::NAV) && p < 0.9;
    if !(scan.plain || tail || menu || surround::row_of_links(scan, i)) && p >= 0.5 {
        return text(scan, i, p, Reason::Model(p));
    }
    let mut mark = surround::role(scan, i, before, i > span.from);
    mark.score = mark.score.max(if tail { 0.6 } else { 1.0 - p });
    mark.reasons.push(if tail { Reason::Shape("after_the_end") } else { Reason::Model(p) });
    mark
}

/// The role of article text by its element.
fn text(scan: &Scan<'_>, i: usize, score: f32, reason: Reason) -> Mark {
    let block = &scan.blocks[i];
    let role = match block.tag {
        BlockTag::Heading => Role::Subheading,
        BlockTag::Li => Role::ListItem,
        BlockTag::Quote => Role::Quote,
        BlockTag::Pre => Role::Code,
        BlockTag::Cell if data_cell(scan, i) => Role::Table,
        BlockTag::Caption => Role::Caption,
        _ if scan.plain && ["- ", "– ", "• ", "* "].iter().any(|mark| block.text.starts_with(mark)) => {
            Role::ListItem
        }
        _ if article::byline(scan, i) => Role::Byline,
        _ if subheading(scan, i) => Role::Subheading,
        _ => Role::Body,
    };
    Mark::new(role, score, reason)
}

/// A cell of a table with data, not one that holds part of the page's layout: short, alone in its cell, with cells beside it.
fn data_cell(scan: &Scan<'_>, i: usize) -> bool {
    let cell = scan.blocks[i].container;
    let row = scan.tree.ancestors(cell).nth(1).unwrap_or(cell);
    let blocks = |(from, to): (usize, usize)| to.saturating_sub(from);
    scan.facts[i].chars <= 300 && blocks(scan.tree.span(cell)) == 1 && blocks(scan.tree.span(row)) >= 2
}

/// A short line without a stop, or a bold one, right before a paragraph.
fn subheading(scan: &Scan<'_>, i: usize) -> bool {
    let (facts, Some(next)) = (&scan.facts[i], scan.facts.get(i + 1)) else { return false };
    if facts.linked || !next.prose() || next.dated.is_some() {
        return false;
    }
    let short = facts.title && facts.chars <= 100 && !facts.sentence && next.chars > facts.chars;
    let question = facts.title && facts.chars <= 200 && facts.bold;
    short || question || (facts.bold && !next.bold && facts.chars <= 250 && facts.sentences <= 3)
}

/// Lines between the article's own paragraphs belong to it: short subheadings, list items, a paragraph the model doubted. All of
/// them together are the lesser part: where most would have to be added, what the model found was not an article's frame.
fn smooth(scan: &Scan<'_>, span: Span, marks: &mut [Mark]) {
    let chars = |i: usize| scan.facts[i].chars;
    let range = span.first..span.end.min(marks.len());
    let mut room = range.clone().filter(|&i| is_text(&marks[i])).map(chars).sum::<usize>() / 2;
    let mut last: Option<usize> = None;
    for i in range {
        if !is_text(&marks[i]) {
            continue;
        }
        if let Some(from) = last.filter(|&l| i - l > 1 && i - l <= 40)
            && (scan.plain || beside(scan, from, i))
        {
            let filled: Vec<(usize, Mark)> = (from + 1..i)
                .filter(|&at| weak(&marks[at]) && !among_pointers(scan, marks, at))
                .filter_map(|at| Some((at, fill(scan, at)?)))
                .collect();
            let more = filled.iter().map(|(at, _)| chars(*at)).sum::<usize>();
            if scan.plain || more <= room {
                room = room.saturating_sub(more);
                for (at, mark) in filled {
                    marks[at] = mark;
                }
            }
        }
        last = Some(i);
    }
}

fn is_text(mark: &Mark) -> bool {
    matches!(mark.role, Role::Body | Role::Lead | Role::ListItem | Role::Quote | Role::Subheading)
}

/// What a block is that the model rejects, between two paragraphs that stand side by side.
fn fill(scan: &Scan<'_>, i: usize) -> Option<Mark> {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    if facts.link_density > 0.3 {
        return None;
    }
    let role = match block.tag {
        BlockTag::Li if facts.link_density < 0.3 && !appeals(&block.text) => Role::ListItem,
        BlockTag::Heading => Role::Subheading,
        _ if subheading(scan, i) => Role::Subheading,
        _ if facts.prose() && facts.chars >= 60 => Role::Body,
        // "The following belong to it:" before a list.
        _ if block.text.ends_with(':') && facts.words >= 3 => Role::Body,
        _ if scan.plain => Role::Body,
        _ => return None,
    };
    Some(Mark::shape(role, 0.7, "between_paragraphs"))
}

/// Whether a line asks its reader to take the newsletter or the app.
fn appeals(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let offer = lower.contains("newsletter") || words.clone().any(|word| word == "app");
    offer && words.any(|word| ["hier", "here", "jetzt", "now"].contains(&word))
}

/// A verdict that no cue, group or profile gave.
fn weak(mark: &Mark) -> bool {
    matches!(mark.role, Role::Other | Role::Navigation) && mark.score < 0.9
        || mark.reasons.iter().any(|r| matches!(r, Reason::Model(_))) && mark.role == Role::Other
}

/// Whether a block is an item of a list beside one that is a pointer: a box within the article, not the article's list.
fn among_pointers(scan: &Scan<'_>, marks: &[Mark], i: usize) -> bool {
    let list = |at: usize| scan.tree.ancestors(scan.blocks[at].container).nth(1);
    let pointer = |at: usize| {
        matches!(marks.get(at).map(|mark| mark.role), Some(Role::Teaser | Role::Advertisement)) && list(at) == list(i)
    };
    scan.blocks[i].tag == BlockTag::Li && (i.checked_sub(1).is_some_and(pointer) || pointer(i + 1))
}

/// Whether two blocks stand in the same element, or in elements side by side.
fn beside(scan: &Scan<'_>, a: usize, b: usize) -> bool {
    let home = |i: usize| {
        let id = scan.blocks[i].container;
        // A list item stands where its list does.
        let up = if scan.blocks[i].tag == BlockTag::Li { 2 } else { 1 };
        (id, scan.tree.ancestors(id).nth(up).unwrap_or(id))
    };
    let ((a, parent_a), (b, parent_b)) = (home(a), home(b));
    a == b || parent_a == parent_b || a == parent_b || b == parent_a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Input, InputFormat, ParseLimits, parse_bytes};
    use crate::segment::segment;
    use crate::types::Part;

    /// Of each line whether its mark as part of an item stays, once the headline (the line in `<h1>`) has taken its own.
    fn stays(body: &str, p: &[f32]) -> Vec<bool> {
        let url = "https://www.stadtblatt.test/bauakte".parse().unwrap();
        let input =
            Input { url: &url, content_type: None, path: None, body: body.as_bytes(), format: InputFormat::Html };
        let page = parse_bytes(&input, &ParseLimits::default()).unwrap();
        let template = Template::default();
        let segments = segment(&page, &template);
        let reading = Reading { body: p.to_vec(), ..Reading::default() };
        let scan = Scan::new(&page, &segments, &template, &reading);
        let mut marks = vec![Some(Mark::new(Role::Teaser, 0.9, Reason::Part(Part::Date))); scan.len()];
        let headline = segments.blocks.iter().position(|block| block.level == Some(1));
        own_frame(&scan, headline, &mut marks);
        marks.iter().map(Option::is_some).collect()
    }

    #[test]
    fn lines_beside_the_headline_that_lead_nowhere_are_no_item() {
        let text = "Die Stadt legt ihre Bauakten offen. Wer bauen will, sieht nun im Netz, wie weit sein Antrag ist.";
        let page = format!(
            "<p>1. Juni 2019<p><a href=/a>Kran meldet Wind</a><p>3. Juni 2019<h1>Ein Fenster</h1><p>Team Stadtblatt<p>{text}<p>2. Juni 2019"
        );
        let p = [0.0, 0.0, 0.0, 0.0, 0.0, 0.9, 0.0];
        assert_eq!(stays(&page, &p), [true, true, false, true, false, true, true]);
        assert_eq!(stays(&page.replace("<h1>", "<h2>"), &p), [true; 7]);
    }

    #[test]
    fn an_appeal_offers_the_newsletter_or_the_app_and_says_where() {
        assert!(appeals("Aktuelles aus Moorhude aufs Handy? Hier geht es zur neuen Bote-App – für alle Geräte."));
        assert!(appeals("The day in brief? Get our newsletter now."));
        assert!(!appeals("Der Newsletter der Stadt erscheint seit 2019."));
        assert!(!appeals("Hier wird der Apparat gebaut."));
    }
}
