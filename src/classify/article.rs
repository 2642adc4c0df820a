//! The article's own parts around its paragraphs: kicker, subtitle, dateline, byline and lead at its head; captions and
//! credits within it; keywords and links at its end, and where it ends.

use std::sync::LazyLock;

use regex::Regex;

use super::cues::Cue;
use super::headline::{is_kicker_of, is_topic};
use super::scan::{Mark, Scan};
use super::shapes::content_words;
use super::tree::Around;
use crate::segment::hints;
use crate::types::{BlockTag, Reason, Role};

/// Where the article stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    /// Its first block: the kicker, or the headline, or the first paragraph.
    pub from: usize,
    /// The first paragraph after the headline.
    pub first: usize,
    /// The block after its last one, as far as its own text tells.
    pub end: usize,
    /// A date in square brackets opens its text, or stands in the pointers after it: the trade press's way, so that the
    /// rest of its order can be trusted.
    pub dated: bool,
}

/// A name and what its bearer is.
static NAME_AND_POST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:Von|von|By|by)\s+(?:\p{Lu}[\p{L}'’.-]+\s+){1,3}\p{Lu}[\p{L}'’-]+,\s+[\p{L}][\p{L}’'-]+(?:\s[\p{L}’'-]+){0,4}$").ok()
});

static NAME_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(?:Von|von|VON|By|by|BY|Text|Autor|Autorin|Author|Interview|Written by|Verfasst von|Ein (?:Beitrag|Gastbeitrag|Kommentar|Bericht) von|Eine (?:Analyse|Reportage) von)\s*:?\s+)(?:(?:Dr\.|Prof\.|Dipl\.-\S+|[\p{Lu}][\p{L}'’.-]+|von|van|de|der|zu|und|and|&|[-,|/·–]|in|aus)\s*)+$",
    )
    .ok()
});

/// Finds the head of the article and marks it. `marks` holds what groups say already.
pub(super) fn head(scan: &Scan<'_>, headline: Option<usize>, marks: &mut [Option<Mark>]) -> Span {
    let from = headline.map_or(0, |h| h + 1);
    let free = |marks: &[Option<Mark>], i: usize| marks.get(i).is_some_and(Option::is_none);
    let first = (from..scan.len()).find(|&i| free(marks, i) && starts_text(scan, i)).unwrap_or(scan.len());
    let Some(h) = headline else { return Span { from: first, first, end: scan.len(), dated: false } };
    marks[h] = Some(Mark::shape(Role::Headline, 0.9, "headline"));
    let start = kicker(scan, h, marks);
    let first = between(scan, h, first, marks);
    let dated = dated(scan, h, first) || dated_pointers(scan, first, marks);
    Span { from: start, first, end: scan.len(), dated }
}

/// Whether a date in square brackets stands before the text or at its start.
fn dated(scan: &Scan<'_>, h: usize, first: usize) -> bool {
    (h + 1..=first).take(12).any(|i| scan.facts.get(i).is_some_and(|f| f.bracketed))
}

/// Whether pointers with dates in square brackets follow the text.
fn dated_pointers(scan: &Scan<'_>, first: usize, marks: &[Option<Mark>]) -> bool {
    let pointer = |i: &usize| {
        scan.facts[*i].bracketed
            && marks[*i].as_ref().is_some_and(|m| matches!(m.role, Role::Teaser | Role::Advertisement))
    };
    (first + 1..scan.len()).filter(pointer).take(2).count() == 2
}

/// A block that the article's text may begin with.
fn starts_text(scan: &Scan<'_>, i: usize) -> bool {
    let facts = &scan.facts[i];
    if scan.has_cue(i) || facts.date_only || byline(scan, i) {
        return false;
    }
    let long = facts.prose() && facts.chars >= 40;
    long && (scan.plain || scan.p(i) >= 0.4 || facts.bracketed || facts.chars >= 120)
}

/// The line over the headline. Returns where the article begins.
fn kicker(scan: &Scan<'_>, h: usize, marks: &mut [Option<Mark>]) -> usize {
    let mut start = h;
    for i in (h.saturating_sub(3)..h).rev() {
        if marks[i].is_some() || scan.has_cue(i) {
            break;
        }
        let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
        if is_kicker_of(scan, i, h) {
            marks[i] = Some(Mark::shape(Role::Kicker, 0.95, "declared_kicker"));
            return i;
        }
        if facts.date_only {
            marks[i] = Some(Mark::shape(Role::Dateline, 0.8, "date_over_headline"));
            start = i;
            continue;
        }
        let near = i + 1 == h || start < h;
        let same = block.container == scan.blocks[h].container;
        let part = same && block.tag == BlockTag::Heading;
        let named = scan.hints(i) & hints::KICKER != 0;
        let heading = block.tag == BlockTag::Heading && facts.chars <= 60 && !facts.linked;
        let short = facts.chars <= 80 && !facts.sentence && !facts.address;
        let list =
            scan.tree.around(block.container).has(Around::LIST) || scan.tree.around(block.container).has(Around::NAV);
        if near
            && short
            && (named
                || facts.label
                || part
                || ((same || heading) && !list && !facts.linked && !scan.plain)
                || (i + 1 == h && stands_over(scan, i, h)))
        {
            marks[i] = Some(Mark::shape(Role::Kicker, 0.85, "kicker"));
            return i;
        }
        break;
    }
    start
}

/// Whether a few words directly over the headline, in an element side by side with it, are its kicker: no link, no figure, no
/// button, and not the site's name.
fn stands_over(scan: &Scan<'_>, i: usize, h: usize) -> bool {
    const HOME: [&str; 14] = [
        "home",
        "start",
        "startseite",
        "homepage",
        "menu",
        "menü",
        "blog",
        "news",
        "article",
        "artikel",
        "general",
        "new",
        "path",
        "collection",
    ];
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    let letters = super::scan::letters(&block.text);
    let words = facts.words <= 6 && facts.chars <= 60 && block.text.starts_with(char::is_uppercase);
    let plain_words = words && !block.text.contains(|c: char| c.is_ascii_digit() || matches!(c, '|' | '>' | '©' | '@'));
    let site = scan.page.meta.site_names.iter().any(|name| super::scan::letters(&name.value) == letters);
    let host = scan
        .page
        .url
        .host_str()
        .is_some_and(|host| letters.len() >= 4 && super::scan::letters(host).contains(&letters));
    if !plain_words
        || block.link_chars > 0
        || block.tag == BlockTag::Control
        || site
        || host
        || HOME.contains(&letters.as_str())
    {
        return false;
    }
    if scan.plain {
        // In plain text much else may stand there: only a topic that the text then speaks of.
        let gaps = block.after_gap && scan.blocks[h].after_gap;
        return (i == 0 && is_topic(scan)) || gaps && (h + 1..h + 7).any(|j| speaks_of(scan, j, &block.text));
    }
    let around = scan.tree.around(block.container);
    let parent = |at: usize| scan.tree.ancestors(scan.blocks[at].container).nth(1);
    let beside = parent(i) == parent(h)
        || scan.blocks[i].container == scan.blocks[h].container
        || parent(h) == Some(block.container);
    beside && !around.has(Around::NAV) && !around.has(Around::LIST) && !around.has(Around::FORM)
}

/// Whether a block holds every word of a topic.
fn speaks_of(scan: &Scan<'_>, j: usize, topic: &str) -> bool {
    let own = content_words(topic);
    let Some(block) = scan.blocks.get(j).filter(|_| !own.is_empty()) else { return false };
    let said = content_words(&block.text);
    own.iter().all(|word| said.contains(word))
}

/// What stands between the headline and the second paragraph. Returns the first block of the text.
fn between(scan: &Scan<'_>, h: usize, first: usize, marks: &mut [Option<Mark>]) -> usize {
    let second =
        (first + 1..(first + 16).min(scan.len())).find(|&i| scan.facts[i].prose() && scan.facts[i].chars >= 60);
    let mut apart = false;
    for i in (h + 1..first.min(h + 12)).chain(first + 1..second.unwrap_or(first)) {
        if marks.get(i).is_none_or(Option::is_some) {
            continue;
        }
        let facts = &scan.facts[i];
        if facts.date_only || scan.cue(i) == Some(Cue::Updated) {
            marks[i] = Some(Mark::shape(Role::Dateline, 0.85, "dateline"));
        } else if byline(scan, i) {
            marks[i] = Some(Mark::shape(Role::Byline, 0.85, "byline"));
        } else if i == h + 1 && subtitle(scan, i, h) {
            // A line as long as a sentence sums the article up.
            let role = if facts.words >= 10 { Role::Lead } else { Role::Subtitle };
            marks[i] = Some(Mark::shape(role, 0.7, "below_headline"));
        } else if i == h + 1 && i < first && title_before_byline(scan, i) {
            marks[i] = Some(Mark::shape(Role::Subtitle, 0.7, "line_before_byline"));
        } else if i < first && opens_with_date(scan, i) {
            marks[i] = Some(Mark::shape(Role::Dateline, 0.75, "begins_with_date"));
        } else if facts.chars <= 100 && scan.hints(i) & hints::DATE != 0 && scan.blocks[i].datetime.is_some() {
            marks[i] = Some(Mark::shape(Role::Dateline, 0.8, "time"));
        } else if i < first && standfirst(scan, i) {
            // Between headline and text, a name like "teaser" or "excerpt" is the lead's.
            marks[i] = Some(Mark::shape(Role::Lead, 0.75, "lead_by_markup"));
        } else if i == h + 1 && i < first && stands_before_byline(scan, i) {
            marks[i] = Some(Mark::shape(Role::Lead, 0.75, "lead_before_byline"));
        } else if i == h + 1 && i < first && sums_up(scan, i) {
            marks[i] = Some(Mark::shape(Role::Lead, 0.65, "line_before_byline"));
        } else {
            continue;
        }
        apart |= i > first;
    }
    let Some(facts) = scan.facts.get(first) else { return first };
    if first == h + 1 && marks[first].is_none() && scan.p(first) < 0.5 && stands_before_byline(scan, first) {
        marks[first] = Some(Mark::shape(Role::Lead, 0.75, "lead_before_byline"));
        return first;
    }
    if dated(scan, h, first) && !facts.bracketed && facts.chars <= 900 {
        marks[first] = Some(Mark::shape(Role::Lead, 0.9, "after_date"));
        return first;
    }
    let set_apart = (apart && facts.chars <= 600 && (scan.plain || scan.p(first) >= 0.5))
        .then_some(Reason::Shape("lead_before_byline"));
    if let Some(reason) = lead(scan, first).or(set_apart) {
        let score = if facts.bracketed { 0.95 } else { 0.8 };
        marks[first] = Some(Mark::new(Role::Lead, score, reason));
    }
    first
}

/// Whole sentences with nothing but byline or date after them, or buttons before these: the lead, whatever the model makes of
/// so short a text.
fn stands_before_byline(scan: &Scan<'_>, i: usize) -> bool {
    let Some(facts) = scan.facts.get(i) else { return false };
    let sentence = facts.sentence && facts.words >= 8 && facts.chars <= 600 && facts.link_density == 0.0;
    sentence && !scan.has_cue(i) && byline_follows(scan, i)
}

/// Buttons, such as those for sharing, that may stand between the lead and its byline.
const BUTTONS: usize = 4;

/// Whether the next line that is no button is a date or a byline.
fn byline_follows(scan: &Scan<'_>, i: usize) -> bool {
    let button = |j: &usize| {
        let (facts, tag) = (&scan.facts[*j], scan.blocks[*j].tag);
        facts.words <= 4 && !facts.sentence && !facts.date_only && tag != BlockTag::Heading && !byline(scan, *j)
    };
    let next = (i + 1..scan.len()).take(BUTTONS + 1).find(|j| scan.plain || !button(j));
    next.is_some_and(|j| scan.facts[j].date_only || scan.cue(j) == Some(Cue::Updated) || byline(scan, j))
}

/// A line as long as a sentence, though no stop ends it, with nothing but byline or date after it.
fn sums_up(scan: &Scan<'_>, i: usize) -> bool {
    let (Some(facts), Some(next)) = (scan.facts.get(i), scan.facts.get(i + 1)) else { return false };
    let line =
        facts.words >= 9 && (50..=400).contains(&facts.chars) && facts.link_density == 0.0 && facts.dated.is_none();
    line && !scan.plain && !scan.has_cue(i) && !facts.more && (next.date_only || byline(scan, i + 1))
}

/// A date, and after it a few words: who wrote the article, where it belongs.
fn opens_with_date(scan: &Scan<'_>, i: usize) -> bool {
    let facts = &scan.facts[i];
    facts.dated.is_some() && facts.chars <= 100 && facts.words <= 12 && !facts.sentence && !scan.has_cue(i)
}

/// A few words without a stop, with nothing but byline or date after them.
fn title_before_byline(scan: &Scan<'_>, i: usize) -> bool {
    let facts = &scan.facts[i];
    let line = facts.title && (3..9).contains(&facts.words) && facts.link_density == 0.0 && facts.dated.is_none();
    line && !scan.plain && !scan.has_cue(i) && !byline(scan, i) && byline_follows(scan, i)
}

/// Whole sentences right below the headline, in an element named for a summary, or the page's own description.
fn standfirst(scan: &Scan<'_>, i: usize) -> bool {
    let facts = &scan.facts[i];
    let named = scan.hints(i) & (hints::LEAD | hints::TEASER) != 0;
    facts.prose() && facts.chars >= 40 && facts.link_density < 0.2 && !scan.has_cue(i) && (named || described(scan, i))
}

fn subtitle(scan: &Scan<'_>, i: usize, h: usize) -> bool {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    if scan.has_cue(i) || !facts.title || facts.linked || facts.words < 2 {
        return false;
    }
    let next_dated = scan.facts.get(i + 1).is_some_and(|f| f.bracketed);
    let heading =
        block.tag == BlockTag::Heading && scan.blocks[h].tag == BlockTag::Heading && block.level > scan.blocks[h].level;
    // A heading right below the headline and right above the text may be the first subheading; two in a row are not.
    next_dated
        || (heading && block.container != scan.blocks[h].container && scan.hints(i) & hints::LEAD != 0)
        || (heading && !scan.facts.get(i + 1).is_some_and(|f| f.prose()))
}

/// Whether a block says who wrote the article.
pub(super) fn byline(scan: &Scan<'_>, i: usize) -> bool {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    if facts.chars > 120 || facts.words > 14 || scan.has_cue(i) {
        return false;
    }
    if is_code_line(&block.text) {
        return true;
    }
    if [&NAME_LINE, &NAME_AND_POST].iter().any(|p| p.as_ref().is_some_and(|p| p.is_match(&block.text))) {
        return true;
    }
    if block.links.iter().any(|link| link.rel.contains("author")) && facts.words <= 12 {
        return true;
    }
    let named = scan.page.meta.authors.iter().any(|author| {
        let name = author.value.name.trim();
        name.chars().count() >= 5 && block.text.contains(name) && facts.words <= name.split(' ').count() + 5
    });
    named && !facts.prose()
}

/// An author's code in brackets, on a line of its own.
pub(super) fn is_code_line(text: &str) -> bool {
    let code =
        text.strip_prefix(['(', '[']).and_then(|rest| rest.strip_suffix([')', ']'])).filter(|code| *code != "mehr");
    code.is_some_and(|code| (2..=4).contains(&code.chars().count()) && code.chars().all(char::is_alphabetic))
}

/// Why the first paragraph is a lead, if it is.
fn lead(scan: &Scan<'_>, i: usize) -> Option<Reason> {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    if facts.bracketed {
        return Some(Reason::Shape("dated_lead"));
    }
    if facts.chars > 900 {
        return None;
    }
    let goes_on = (i + 1..(i + 6).min(scan.len())).find(|&j| scan.facts[j].prose() && scan.facts[j].chars >= 60)?;
    if described(scan, i) {
        return Some(Reason::Shape("lead_is_description"));
    }
    if (facts.bold && !scan.facts[goes_on].bold) || (facts.italic && !scan.facts[goes_on].italic) {
        return Some(Reason::Shape("lead_set_apart"));
    }
    let likely = scan.p(i) >= 0.5;
    if likely && in_header(scan, i) && !in_header(scan, goes_on) {
        return Some(Reason::Shape("lead_in_header"));
    }
    if likely && in_other_element(scan, i, goes_on) {
        return Some(Reason::Shape("lead_set_apart"));
    }
    let own = scan.hints(i) & !scan.hints(goes_on);
    if own & (hints::LEAD | hints::TEASER) != 0 || (block.tag == BlockTag::Heading && facts.sentence) {
        return Some(Reason::Shape("lead_by_markup"));
    }
    None
}

fn in_header(scan: &Scan<'_>, i: usize) -> bool {
    scan.tree.around(scan.blocks[i].container).has(Around::HEADER)
}

/// Whether a short first paragraph is a `<div>` where those that follow are `<p>`, or the other way round.
fn in_other_element(scan: &Scan<'_>, i: usize, goes_on: usize) -> bool {
    let tag = |j: usize| scan.blocks[j].tag;
    let plain = |j: usize| matches!(tag(j), BlockTag::P | BlockTag::Div);
    let mut rest = (goes_on + 1..(goes_on + 8).min(scan.len())).filter(|&j| scan.facts[j].prose());
    let alike = rest.next().is_some_and(|j| tag(j) == tag(goes_on));
    !scan.plain && scan.facts[i].chars <= 500 && plain(i) && plain(goes_on) && tag(i) != tag(goes_on) && alike
}

/// Whether the page's description says what the block says.
fn described(scan: &Scan<'_>, i: usize) -> bool {
    let own = content_words(&scan.blocks[i].text);
    own.len() >= 5
        && scan.page.meta.descriptions.iter().take(6).any(|d| {
            let said = content_words(&d.value);
            let shorter = own.len().min(said.len());
            let both = own.iter().zip(&said).take_while(|(a, b)| a == b).count();
            shorter >= 5 && both * 10 >= shorter * 8
        })
}

/// Marks captions within the article: next to an image, or repeating the text before it begins.
pub(super) fn captions(scan: &Scan<'_>, span: Span, marks: &mut [Option<Mark>]) {
    let to = span.end.min(scan.len());
    for i in span.from..to {
        if marks.get(i).is_none_or(Option::is_some) || scan.has_cue(i) {
            continue;
        }
        if let Some(reason) = caption(scan, i, span, marks) {
            marks[i] = Some(Mark::shape(Role::Caption, 0.85, reason));
        }
    }
}

fn caption(scan: &Scan<'_>, i: usize, span: Span, marks: &[Option<Mark>]) -> Option<&'static str> {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    if block.tag == BlockTag::Caption {
        return Some("caption_element");
    }
    let figure = scan.tree.around(block.container).has(Around::FIGURE);
    if figure
        && facts.chars <= 400
        && facts.sentences <= 3
        && (scan.p(i) < 0.5 || facts.chars <= 160 && scan.p(i) < 0.8)
    {
        return Some("in_figure");
    }
    if i + 1 < span.end && after_lead(i, marks) && small_print(scan, i) {
        return Some("small_beside_image");
    }
    let short = facts.chars <= 220 && facts.sentences <= 2 && !facts.linked && block.tag != BlockTag::Heading;
    if !short || facts.dated.is_some() || facts.label || facts.address || facts.code {
        return None;
    }
    if scan.hints(i) & hints::CAPTION != 0 && scan.p(i) < 0.8 {
        return Some("caption_by_markup");
    }
    if scan.p(i) < 0.8
        && block.images.iter().any(|image| alike(&image.alt, &block.text) || alike(&image.title, &block.text))
    {
        return Some("image_says_so");
    }
    let lead = i.checked_sub(1).is_some_and(|j| marks[j].as_ref().is_some_and(|m| m.role == Role::Lead));
    let before_text = i < span.first || lead || i == span.first;
    let longer = |j: usize| {
        scan.facts.get(j).is_some_and(|f| f.prose() && f.chars >= 2 * facts.chars.max(60) && f.dated.is_none())
    };
    if before_text && longer(i + 1) {
        if !block.images.is_empty() && (span.dated || scan.p(i) < 0.5) && facts.words >= 3 && (facts.sentences <= 1) {
            return Some("below_image");
        }
        if lead
            && facts.sentences <= 1
            && facts.words >= 3
            && facts.sentence
            && (scan.plain || !block.images.is_empty() || repeats(scan, i))
        {
            return Some("line_after_lead");
        }
    }
    // Half a doubt of the model is no sign for a whole sentence: paragraphs stand behind images too.
    let doubt = if facts.chars >= 100 { 0.2 } else { 0.5 };
    let apart = facts.italic || scan.p(i) < doubt;
    (apart && !block.images.is_empty() && facts.words >= 3 && facts.sentences <= 1 && facts.sentence)
        .then_some("below_image")
}

/// Whether the lead stands right before a block, with nothing but date or byline between.
fn after_lead(i: usize, marks: &[Option<Mark>]) -> bool {
    let roles = marks.iter().take(i).rev().take(3).map(|mark| mark.as_ref().map(|mark| mark.role));
    let mut before = roles.skip_while(|role| matches!(role, Some(Role::Dateline | Role::Byline)));
    before.next() == Some(Some(Role::Lead))
}

/// A short line in italics or in a table of its own, with an image before it.
fn small_print(scan: &Scan<'_>, i: usize) -> bool {
    let (facts, block) = (&scan.facts[i], &scan.blocks[i]);
    !block.images.is_empty()
        && facts.chars <= 200
        && facts.sentences <= 1
        && !facts.bold
        && !facts.linked
        && (facts.italic || scan.tree.span(block.container) == (i, i + 1))
        && scan.blocks.get(i + 1).is_some_and(|next| next.container != block.container)
}

fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (super::scan::letters(a), super::scan::letters(b));
    a.len() >= 12 && b.len() >= 12 && (a == b || a.contains(&b))
}

/// Whether a later paragraph, of the next eight, holds nearly every word of the block.
fn repeats(scan: &Scan<'_>, i: usize) -> bool {
    let own = content_words(&scan.blocks[i].text);
    own.len() >= 3
        && (i + 1..(i + 9).min(scan.len())).any(|j| {
            let other: std::collections::HashSet<String> = content_words(&scan.blocks[j].text).into_iter().collect();
            own.iter().filter(|word| other.contains(*word)).count() * 5 >= own.len() * 4
        })
}

/// Where the article ends: after its last strong sign of an end, unless as much text again goes on after it.
pub(super) fn end(scan: &Scan<'_>, span: Span, marks: &[Option<Mark>]) -> (usize, Option<&'static str>) {
    let text = |i: usize| own_text(scan, span, marks, i);
    let mass: Vec<usize> = std::iter::once(0)
        .chain((0..scan.len()).scan(0, |sum, i| {
            *sum += if text(i) || marks[i].as_ref().is_some_and(|m| m.role == Role::Lead) {
                scan.facts[i].chars
            } else {
                0
            };
            Some(*sum)
        }))
        .collect();
    let whole = mass.last().copied().unwrap_or_default();
    let start = mass.get(span.first).copied().unwrap_or_default();
    let framed = scan.plain || span.dated;
    let of_headline = |m: &Option<Mark>| m.as_ref().is_some_and(|m| m.role == Role::Headline);
    let headline = marks.iter().take(span.first).rposition(of_headline);
    let (mut paragraphs, mut last) = (0, None);
    for i in span.first..scan.len() {
        if let (Some(h), Some(last), None) = (headline, last, &marks[i])
            && paragraphs > 1
            && next_article(scan, h, last, i)
        {
            return (i, Some("next_article"));
        }
        if text(i) {
            (paragraphs, last) = (paragraphs + 1, Some(i));
        }
        let Some(sign) = sign_of_end(scan, i, framed, marks) else { continue };
        let before = mass[i + 1] - start;
        let after = whole - mass[i + 1];
        if (paragraphs > 0 || before > 0) && after <= before && !goes_on(scan, span, i, marks, sign) {
            return (i + 1, Some(sign));
        }
    }
    (scan.len(), None)
}

/// Whether another article begins: a further headline, outside of the element that holds the first one and the last paragraph.
fn next_article(scan: &Scan<'_>, headline: usize, last: usize, i: usize) -> bool {
    let first_level = |i: usize| scan.blocks[i].tag == BlockTag::Heading && scan.blocks[i].level == Some(1);
    if !first_level(i) || !first_level(headline) || scan.same_text(headline, i) {
        return false;
    }
    let followed = (i + 1..(i + 8).min(scan.len())).any(|j| scan.facts[j].prose());
    let mut around = scan.tree.ancestors(scan.blocks[last].container);
    followed && around.find(|&c| scan.tree.span(c).0 <= headline).is_some_and(|c| scan.tree.span(c).1 <= i)
}

/// Whether a block is a paragraph that nothing has named: where the page's order can be trusted, whatever the model says.
fn own_text(scan: &Scan<'_>, span: Span, marks: &[Option<Mark>], i: usize) -> bool {
    marks[i].is_none() && (scan.paragraph(i) || span.dated && scan.facts[i].prose() && !scan.has_cue(i))
}

/// Wordings and shapes that follow an article. On pages without the trade press's dated lead, only the readers' comments
/// are a sure one: elsewhere "print" and "tags" stand over the text as often as under it.
fn sign_of_end(scan: &Scan<'_>, i: usize, framed: bool, marks: &[Option<Mark>]) -> Option<&'static str> {
    if scan.cue(i) == Some(Cue::Comments) {
        return Some("comments");
    }
    let keywords = || (i + 1..(i + 8).min(scan.len())).any(|j| matches!(scan.cue(j), Some(Cue::Keywords | Cue::Tools)));
    if (scan.facts[i].code || is_code_line(&scan.blocks[i].text))
        && marks[i].as_ref().is_none_or(|m| m.role == Role::Lead)
        && (framed || keywords())
    {
        return Some("author_code");
    }
    if !framed {
        return None;
    }
    if let Some(mark) = marks.get(i).and_then(Option::as_ref) {
        let first = i.checked_sub(1).is_none_or(|j| marks[j].as_ref().is_none_or(|m| m.role != mark.role));
        return (matches!(mark.role, Role::Teaser | Role::VendorList) && first).then_some("group");
    }
    match scan.cue(i) {
        Some(Cue::Keywords) => Some("keywords"),
        Some(Cue::Tools) => Some("tools"),
        _ => None,
    }
}

/// Whether the text goes on where it stood before the sign.
fn goes_on(scan: &Scan<'_>, span: Span, i: usize, marks: &[Option<Mark>], sign: &'static str) -> bool {
    let text = |j: usize| own_text(scan, span, marks, j);
    let Some(last) = (0..=i).rev().take(60).find(|&j| text(j)) else { return true };
    let home = scan.blocks[last].container;
    let parent = scan.tree.ancestors(home).nth(1).unwrap_or(home);
    let apart = scan.blocks[i].container != home && scan.tree.ancestors(scan.blocks[i].container).all(|c| c != home);
    let next: Vec<usize> = (i + 1..(i + 40).min(scan.len())).filter(|&j| text(j)).take(2).collect();
    let Some(&near) = next.first() else { return false };
    let sibling = |j: usize| {
        let container = scan.blocks[j].container;
        container == home || scan.tree.ancestors(container).nth(1) == Some(parent)
    };
    match sign {
        // A note in brackets within the text looks like a code; only what follows tells.
        "author_code" => near <= i + 2 && !scan.has_cue(i + 1),
        "keywords" if scan.plain || !apart => false,
        "group" if scan.plain => {
            near <= i + 12 && scan.blocks[near].after_gap && scan.facts[near].chars > 300 && !scan.has_cue(near - 1)
        }
        _ => sibling(near) && scan.p(near) >= 0.5,
    }
}
