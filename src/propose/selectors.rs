//! Elements that hold the parts of the articles: selectors that find them, and nothing else, on the pages given.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use scraper::Selector;

use super::Sample;
use crate::extract::normalise;
use crate::parse::{Content, Dom, Edge, ElementRef, NodeId, NodeRef};
use crate::types::{MetaSource, Record, Role};

/// Selectors of a role at most; templates of several generations need one each.
const MAX_SELECTORS: usize = 3;
/// Elements of a page that are looked at for one part.
const MAX_ELEMENTS: usize = 24;
/// Articles on which a name that looks like a hash must hold.
const MIN_HASHED: usize = 3;
/// Of the words of the text a selector must find such a share.
const MIN_FOUND: f64 = 0.9;
/// Of the words that it finds such a share must be of the text.
const MIN_RIGHT: f64 = 0.95;

/// A selector, and over how many pages it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// CSS.
    pub selector: String,
    /// Articles on which it finds the part and nothing else.
    pub holds: usize,
    /// Articles that have the part.
    pub of: usize,
}

/// What was found for a role.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Selectors that are wrong on no page.
    pub(super) chosen: Vec<Chosen>,
    /// Where there are none, the one that holds on most pages.
    pub(super) nearest: Option<Chosen>,
}

/// What a selector finds on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Holds,
    Absent,
    Wrong,
}

/// A page as it is searched.
struct Searched<'a> {
    dom: &'a Dom,
    record: &'a Record,
    /// Characters that each element shows.
    lengths: HashMap<NodeId, usize>,
}

/// Selectors by role.
pub(super) fn find(articles: &[&Sample]) -> BTreeMap<Role, Found> {
    let pages: Vec<Searched<'_>> = articles.iter().filter_map(searched).collect();
    let mut found = BTreeMap::new();
    for role in [Role::Headline, Role::Kicker, Role::Dateline, Role::Byline, Role::Lead, Role::Body] {
        let has_part = |page: &&Searched<'_>| role == Role::Body || !part_of(page.record, role).is_empty();
        let of = pages.iter().filter(has_part).count();
        found.insert(role, if role == Role::Body { bodies(&pages, of) } else { parts(&pages, role, of) });
    }
    found
}

fn searched<'a>(sample: &&'a Sample) -> Option<Searched<'a>> {
    let Content::Html(dom) = &sample.extraction.page.content else { return None };
    Some(Searched { dom, record: sample.record(), lengths: lengths(dom) })
}

/// Whether an element's text is not shown.
fn is_hidden(element: ElementRef<'_>) -> bool {
    matches!(element.name(), "script" | "style" | "template" | "noscript" | "head")
}

/// The characters that each element shows, in one walk.
fn lengths(dom: &Dom) -> HashMap<NodeId, usize> {
    let mut lengths = HashMap::new();
    let mut open: Vec<usize> = Vec::new();
    let mut hidden = 0_u32;
    for edge in dom.root().walk() {
        match edge {
            Edge::Open(node) => {
                if let (Some(text), Some(sum)) = (node.text(), open.last_mut()) {
                    *sum += if hidden == 0 { text.trim().chars().count() } else { 0 };
                }
                if let Some(element) = node.element() {
                    hidden += u32::from(is_hidden(element));
                    open.push(0);
                }
            }
            Edge::Close(node) => {
                if let Some(element) = node.element() {
                    hidden -= u32::from(is_hidden(element));
                    let sum = open.pop().unwrap_or(0);
                    lengths.insert(element.id(), sum);
                    if let Some(outer) = open.last_mut() {
                        *outer += sum;
                    }
                }
            }
        }
    }
    lengths
}

/// The text that an element shows, its blocks apart.
fn shown(node: NodeRef<'_>) -> String {
    let (mut text, mut hidden) = (String::new(), 0_u32);
    for edge in node.walk() {
        match edge {
            Edge::Open(node) => {
                if let Some(element) = node.element() {
                    hidden += u32::from(is_hidden(element));
                }
                if let Some(said) = node.text().filter(|_| hidden == 0) {
                    text.push_str(said);
                }
            }
            Edge::Close(node) => {
                if let Some(element) = node.element() {
                    hidden -= u32::from(is_hidden(element));
                    if !matches!(element.name(), "a" | "b" | "i" | "em" | "strong" | "span" | "font") {
                        text.push(' ');
                    }
                }
            }
        }
    }
    text
}

/// What an element with the part may say, the plain form first; empty where the part does not stand in the page by itself.
fn part_of(record: &Record, role: Role) -> Vec<String> {
    let normalised = |text: &Option<String>| text.as_deref().map(normalise).filter(|text| !text.is_empty());
    match role {
        Role::Headline => {
            let Some(headline) = normalised(&record.headline) else { return Vec::new() };
            // The kicker often stands in the same heading, with or without a space between.
            let with = normalised(&record.kicker)
                .map(|kicker| [format!("{kicker} {headline}"), format!("{kicker}{headline}")]);
            std::iter::once(headline).chain(with.into_iter().flatten()).collect()
        }
        Role::Kicker => normalised(&record.kicker).into_iter().collect(),
        Role::Lead => normalised(&record.lead).into_iter().collect(),
        Role::Dateline => {
            let visible =
                matches!(record.date_published_source, Some(MetaSource::VisibleText | MetaSource::TimeElement));
            normalised(&record.date_published_raw).filter(|_| visible).into_iter().collect()
        }
        Role::Byline => {
            let name = record.authors.first().map(|author| author.name.clone()).filter(|name| name.contains(' '));
            normalised(&name).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an element's text is the part: all of it, or with a few words around a date or a name.
fn is_part(role: Role, text: &str, parts: &[String]) -> bool {
    let loose = matches!(role, Role::Dateline | Role::Byline);
    let text = normalise(text);
    parts.iter().any(|part| text == *part || (loose && text.len() <= part.len() + 24 && text.contains(part.as_str())))
}

/// Selectors for a part that is the whole text of an element.
fn parts(pages: &[Searched<'_>], role: Role, of: usize) -> Found {
    let mut candidates = BTreeSet::new();
    for page in pages {
        let parts = part_of(page.record, role);
        let longest = parts.iter().map(String::len).max().unwrap_or(0);
        let fits = |length: usize| length > 0 && length <= longest * 2 + 60;
        let near = page
            .dom
            .root()
            .descendants()
            .filter_map(NodeRef::element)
            .filter(|element| page.lengths.get(&element.id()).is_some_and(|length| fits(*length)));
        let right = near.filter(|element| is_part(role, &shown(element.node()), &parts)).take(MAX_ELEMENTS);
        right.for_each(|element| candidates.extend(selectors_of(element)));
    }
    let verdict = |page: &Searched<'_>, found: &[NodeRef<'_>]| {
        let parts = part_of(page.record, role);
        match found {
            [] => Verdict::Absent,
            found if found.iter().all(|node| is_part(role, &shown(*node), &parts)) => Verdict::Holds,
            _ => Verdict::Wrong,
        }
    };
    cover(pages, of, candidates, &verdict)
}

/// Selectors for the paragraphs of the text.
fn bodies(pages: &[Searched<'_>], of: usize) -> Found {
    let mut candidates = BTreeSet::new();
    for page in pages {
        let wanted = words(&page.record.text);
        let long = page.record.text.chars().count() / 2;
        let holders = page.dom.root().descendants().filter_map(NodeRef::element).filter(|element| {
            page.lengths.get(&element.id()).is_some_and(|length| *length >= long)
                && !matches!(element.name(), "html" | "body")
        });
        let mut holders: Vec<ElementRef<'_>> =
            holders.filter(|element| share(&wanted, &words(&shown(element.node()))).0 >= MIN_FOUND).collect();
        // The innermost ones.
        holders.reverse();
        for holder in holders.into_iter().take(3) {
            for selector in selectors_of(holder) {
                candidates.insert(format!("{selector} > p"));
                candidates.insert(format!("{selector} p"));
                candidates.insert(selector);
            }
        }
    }
    let verdict = |page: &Searched<'_>, found: &[NodeRef<'_>]| {
        if found.is_empty() {
            return Verdict::Absent;
        }
        let text: Vec<String> = found.iter().map(|node| shown(*node)).collect();
        let (found, right) = share(&words(&page.record.text), &words(&text.join(" ")));
        if found >= MIN_FOUND && right >= MIN_RIGHT { Verdict::Holds } else { Verdict::Wrong }
    };
    cover(pages, of, candidates, &verdict)
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in normalise(text).split(' ').filter(|word| !word.is_empty()) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

/// The share of the wanted words that were found, and of the found ones that were wanted.
fn share(wanted: &HashMap<String, usize>, found: &HashMap<String, usize>) -> (f64, f64) {
    let common: usize = wanted.iter().map(|(word, n)| (*n).min(found.get(word).copied().unwrap_or(0))).sum();
    let all = |counts: &HashMap<String, usize>| counts.values().sum::<usize>().max(1) as f64;
    (common as f64 / all(wanted), common as f64 / all(found))
}

/// Chooses selectors that are wrong on no page, until together they hold on as many as any do; the simplest of those that hold alike.
fn cover(
    pages: &[Searched<'_>],
    of: usize,
    candidates: BTreeSet<String>,
    verdict: &dyn Fn(&Searched<'_>, &[NodeRef<'_>]) -> Verdict,
) -> Found {
    let parsed: Vec<(String, Selector)> =
        candidates.into_iter().filter_map(|css| Selector::parse(&css).ok().map(|selector| (css, selector))).collect();
    let mut verdicts: Vec<Vec<Verdict>> = vec![Vec::with_capacity(pages.len()); parsed.len()];
    for page in pages {
        let found = page.dom.select(parsed.iter().map(|(_, selector)| selector));
        for (verdicts, found) in verdicts.iter_mut().zip(found) {
            verdicts.push(verdict(page, &found));
        }
    }
    let holds = |verdicts: &[Verdict]| verdicts.iter().filter(|verdict| **verdict == Verdict::Holds).count();
    let sound = parsed.iter().zip(&verdicts).filter(|((css, _), verdicts)| {
        // A hash that stands on a few pages may be theirs alone.
        !verdicts.contains(&Verdict::Wrong) && (is_lasting(css) || holds(verdicts) >= MIN_HASHED)
    });
    let sound: Vec<(&str, &Vec<Verdict>)> = sound.map(|((css, _), verdicts)| (css.as_str(), verdicts)).collect();
    let mut covered = vec![false; pages.len()];
    let mut chosen: Vec<Chosen> = Vec::new();
    while chosen.len() < MAX_SELECTORS {
        let gain = |verdicts: &[Verdict]| {
            verdicts.iter().zip(&covered).filter(|(verdict, covered)| **verdict == Verdict::Holds && !**covered).count()
        };
        let best = sound.iter().max_by(|one, other| {
            let simple =
                |css: &str| std::cmp::Reverse((css.split(' ').count(), !css.contains(['.', '#', '[']), css.len()));
            gain(one.1).cmp(&gain(other.1)).then_with(|| simple(one.0).cmp(&simple(other.0)))
        });
        let Some((css, verdicts)) = best.filter(|(_, verdicts)| gain(verdicts) > 0) else { break };
        chosen.push(Chosen { selector: (*css).to_owned(), holds: holds(verdicts), of });
        covered.iter_mut().zip(*verdicts).for_each(|(covered, verdict)| *covered |= *verdict == Verdict::Holds);
    }
    let nearest =
        parsed.iter().zip(&verdicts).filter(|_| chosen.is_empty()).max_by_key(|(_, verdicts)| holds(verdicts));
    let nearest = nearest.filter(|(_, verdicts)| holds(verdicts) * 2 > of);
    let nearest = nearest.map(|((css, _), verdicts)| Chosen { selector: css.clone(), holds: holds(verdicts), of });
    Found { chosen, nearest }
}

/// Selectors that an element answers to: its name with what tells it from others, and within what stands around it.
fn selectors_of(element: ElementRef<'_>) -> Vec<String> {
    let name = element.name();
    if matches!(name, "html" | "body" | "head" | "title") || !element.is_html() {
        return Vec::new();
    }
    let mut own: Vec<String> = Vec::new();
    if matches!(name, "h1" | "h2" | "time" | "article" | "main") {
        own.push(name.to_owned());
    }
    own.extend(marks_of(element).into_iter().map(|mark| format!("{name}{mark}")));
    let mut all = own.clone();
    let around = element.node().ancestors().filter_map(NodeRef::element).take(3);
    for outer in around.flat_map(marks_of) {
        all.push(format!("{outer} {name}"));
        all.extend(own.iter().filter(|own| *own != name).map(|own| format!("{outer} {own}")));
    }
    all
}

/// Classes, id, microdata and looks of an element, as far as they can be written without escapes.
fn marks_of(element: ElementRef<'_>) -> Vec<String> {
    let mut marks = Vec::new();
    let classes = element.attr("class").unwrap_or_default().split_ascii_whitespace().filter(|class| is_plain(class));
    marks.extend(classes.take(6).map(|class| format!(".{class}")));
    marks.extend(element.attr("id").filter(|id| is_plain(id)).map(|id| format!("#{id}")));
    marks.extend(element.attr("itemprop").filter(|prop| is_plain(prop)).map(|prop| format!("[itemprop={prop}]")));
    if element.name() == "font" {
        // Before there were classes, looks told a headline.
        for name in ["size", "color"] {
            let value = element
                .attr(name)
                .filter(|value| value.trim_start_matches('#').bytes().all(|b| b.is_ascii_alphanumeric()));
            marks.extend(value.map(|value| format!("[{name}=\"{value}\"]")));
        }
    }
    marks
}

/// Whether a name can stand in a selector as it is.
fn is_plain(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether a selector's names are words that somebody chose, and not numbers or hashes that the next build of the site renames.
fn is_lasting(css: &str) -> bool {
    let is_word = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        digits == 0 || part.len() <= 2
    };
    let is_looks = css.contains("[size=") || css.contains("[color=");
    is_looks || css.split(|c: char| !c.is_ascii_alphanumeric()).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_last_are_told_from_hashes_and_numbers() {
        for name in
            ["h1.entry-title", "h1", "#post__title p", ".col-2", "[itemprop=ArticleBody]", "font[color=\"#990000\"]"]
        {
            assert!(is_lasting(name), "{name}");
        }
        for name in [".post-203", "div.css-1x2y3z", ".sc4f2a p"] {
            assert!(!is_lasting(name), "{name}");
        }
    }

    #[test]
    fn hidden_text_counts_for_nothing() {
        let dom = Dom::parse("<div id=a>eins<script>zwei</script><p>drei</p></div>");
        let div = dom.root().descendants().filter_map(NodeRef::element).find(|e| e.attr("id") == Some("a")).unwrap();
        assert_eq!(lengths(&dom)[&div.id()], 8);
        assert_eq!(normalise(&shown(div.node())), "eins drei");
    }
}
