//! Microdata, `<time>`, headings and telling class names → [`Meta`].
//!
//! Class names are evidence: what they mark as a byline or a date is kept as [`MetaSource::Markup`], the weakest source but
//! the address. What stands in comments, related items, navigation or footers says nothing about the article.

use std::sync::LazyLock;

use super::dates::{DateOrder, find_dates_in, parse_date_in};
use super::jsonld::split_keywords;
use super::meta::{collapse, push, short_text, truth};
use super::tree::{ElementRef, NodeId, NodeRef};
use super::wordlist::WordList;
use crate::types::{Author, AuthorKind, DateValue, Meta, MetaImage, MetaSource};

/// Names whose meaning is kept.
const NAMES: usize = 128;
/// Hits of one kind that are kept.
const HITS: usize = 64;
/// Bytes of a byline.
const BYLINE: usize = 200;

/// What was met in the tree, in the order of the page.
#[derive(Debug)]
pub(super) struct Markup<'a> {
    /// Names met before, and what they tell.
    names: [(&'a str, (bool, bool)); NAMES],
    properties: Vec<(ElementRef<'a>, &'a str)>,
    times: Vec<ElementRef<'a>>,
    bylines: Vec<ElementRef<'a>>,
    dates: Vec<ElementRef<'a>>,
    headings: Vec<ElementRef<'a>>,
}

/// Parts of names that tell of an author, of a date, or that a name with a part of the first kind means someone or something else.
static TELLING: LazyLock<WordList> = LazyLock::new(|| {
    const AUTHORS: &[&str] =
        &["byline", "author", "autor", "writer", "verfasser", "contributor", "redakteur", "posted-by"];
    const DATES: &[&str] = &["date", "datum", "publish", "posted-on", "posted_on", "timestamp", "pubtime", "dateline"];
    const NO_AUTHORS: &[&str] = &[
        "bildautor",
        "photo",
        "foto",
        "image",
        "follow",
        "avatar",
        "button",
        "-bio",
        "_bio",
        "comment",
        "bookmark",
        "book-",
    ];
    let kinds = [(AUTHORS, AUTHOR), (DATES, DATE), (NO_AUTHORS, NO_AUTHOR)];
    WordList::new(kinds.into_iter().flat_map(|(names, bit)| names.iter().map(move |name| (*name, bit))))
});
const AUTHOR: u64 = 1;
const DATE: u64 = 2;
const NO_AUTHOR: u64 = 4;
static ASIDE_NAMES: LazyLock<WordList> = LazyLock::new(|| {
    let names = [
        "comment",
        "kommentar",
        "related",
        "recommend",
        "sidebar",
        "footer",
        "teaser",
        "widget",
        "popular",
        "trending",
        "carousel",
        "most-read",
        "menu",
        "card-grid",
        "post-list",
        "read-more",
        "readmore",
        "ticker",
    ];
    WordList::new(names.into_iter().map(|name| (name, 1)))
});

/// Whether a class or id tells of an author, and whether it tells of a date.
fn tells(names: &str) -> (bool, bool) {
    let bits = TELLING.bits_of_names(names);
    let is_author = |name: &str| TELLING.bits_of_names(name) & (AUTHOR | NO_AUTHOR) == AUTHOR;
    let author = bits & AUTHOR != 0 && names.split_ascii_whitespace().any(is_author);
    (author, bits & DATE != 0)
}

impl<'a> Markup<'a> {
    pub(super) const fn new() -> Self {
        Self {
            names: [("", (false, false)); NAMES],
            properties: Vec::new(),
            times: Vec::new(),
            bylines: Vec::new(),
            dates: Vec::new(),
            headings: Vec::new(),
        }
    }

    /// As [`tells`]; a page uses few names, and each of them often.
    fn told(&mut self, names: &'a str) -> (bool, bool) {
        let bytes = names.as_bytes();
        let at = |place: usize| usize::from(bytes.get(place).copied().unwrap_or(0));
        let (length, middle) = (bytes.len(), bytes.len() / 2);
        let place = length * 29 + at(0) + at(length.wrapping_sub(1)) * 3 + at(middle) * 7;
        let slot = &mut self.names[place % NAMES];
        if slot.0 != names {
            *slot = (names, tells(names));
        }
        slot.1
    }

    /// Notes an element.
    pub(super) fn visit(&mut self, element: ElementRef<'a>) {
        let value = element;
        match value.name() {
            "time" => keep(&mut self.times, element),
            "h1" => keep(&mut self.headings, element),
            "html" | "body" | "main" | "img" | "style" | "svg" | "path" | "br" | "input" | "form" | "article" => return,
            _ => {}
        }
        let (mut named, mut dated) = (false, false);
        for (name, content) in value.attrs() {
            match name {
                "itemprop" => keep(&mut self.properties, (element, content)),
                "rel"
                    if value.name() == "a"
                        && content.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("author")) =>
                {
                    named = true;
                }
                "class" | "id" | "data-testid" | "data-qa" | "data-component" if content.len() < 400 => {
                    let (author, date) = self.told(content);
                    named |= author;
                    dated |= date;
                }
                _ => {}
            }
        }
        if named {
            keep(&mut self.bylines, element);
        }
        if dated && value.name() != "time" {
            keep(&mut self.dates, element);
        }
    }

    /// Adds what the markup says.
    pub(super) fn fill(self, order: DateOrder, meta: &mut Meta) {
        let mut scope = None;
        for (element, names) in &self.properties {
            for name in names.split_ascii_whitespace() {
                property(*element, name, order, &mut scope, meta);
            }
        }
        for heading in self.headings.iter().filter(|heading| !stands_aside(**heading, true)) {
            if let Some(text) = short_text(*heading, 400) {
                push(&mut meta.headlines, text, MetaSource::Markup);
            }
        }
        fill_times(&self.times, order, meta);
        fill_bylines(&self.bylines, meta);
        for element in self.dates.iter().filter(|element| !stands_aside(**element, false)).take(HITS) {
            if let Some(text) = short_text(*element, 160) {
                fill_date_text(&text, order, meta);
            }
        }
    }
}

fn keep<T>(hits: &mut Vec<T>, hit: T) {
    if hits.len() < HITS {
        hits.push(hit);
    }
}

/// Whether an element stands in a part that is about something else. An `<aside>` is one, unless only names count: some
/// pages keep the article's date in one, and whoever chooses a date looks at its place once more.
fn stands_aside(element: ElementRef<'_>, by_tag: bool) -> bool {
    let mut inner = Some(element);
    for _ in 0..24 {
        let Some(current) = inner else { return false };
        let value = current;
        if matches!(value.name(), "nav" | "footer") || (by_tag && value.name() == "aside") {
            return true;
        }
        if matches!(value.name(), "body" | "html" | "main") {
            return false;
        }
        let names = [value.attr("class"), value.attr("id")];
        if names.into_iter().flatten().any(names_aside) {
            return true;
        }
        inner = current.parent();
    }
    false
}

/// Whether a class or id calls its element something beside the article. Page builders call every element a widget, and
/// `has-sidebar` is said of what stands beside it.
fn names_aside(names: &str) -> bool {
    let of_builder = |name: &str| ["elementor-", "has-", "no-", "with-"].iter().any(|start| name.starts_with(start));
    names.len() < 300
        && names.split_ascii_whitespace().any(|name| !of_builder(name) && ASIDE_NAMES.bits_of_names(name) != 0)
}

/// The value of a microdata property, as the standard says.
fn property_value(element: ElementRef<'_>) -> Option<String> {
    let value = element;
    let attribute = match value.name() {
        "meta" => value.attr("content"),
        "time" => value.attr("datetime").or_else(|| value.attr("content")),
        "a" | "link" => value.attr("content"),
        "img" => value.attr("src"),
        _ => value.attr("content"),
    };
    attribute.map(collapse).filter(|text| !text.is_empty()).or_else(|| short_text(element, 600))
}

/// One property of microdata (<https://html.spec.whatwg.org/multipage/microdata.html>), where it is of the first article.
fn property(element: ElementRef<'_>, name: &str, order: DateOrder, scope: &mut Option<NodeId>, meta: &mut Meta) {
    let source = MetaSource::Microdata;
    let item = enclosing_item(element);
    let kind = item.and_then(|item| item.attr("itemtype")).unwrap_or_default();
    let kind = kind.rsplit('/').next().unwrap_or_default();
    let of_article = kind.is_empty() || kind.ends_with("Article") || kind.contains("Posting") || kind.ends_with("Page");
    if !of_article || stands_aside(element, true) {
        return;
    }
    if kind.ends_with("Article") || kind.contains("Posting") {
        let id = item.map(|item| item.id());
        if scope.is_some() && *scope != id {
            return;
        }
        *scope = id;
    }
    let in_meta = element.name() == "meta";
    match name {
        "author" | "creator" => fill_person(element, meta),
        "headline" if !in_meta => {
            if let Some(text) = property_value(element) {
                push(&mut meta.headlines, text, source);
            }
        }
        "datePublished" | "dateModified" if !in_meta => {
            let to = if name == "datePublished" { &mut meta.published } else { &mut meta.modified };
            if let Some(date) = property_value(element).and_then(|text| parse_date_in(&text, order)) {
                push(to, date, source);
            }
        }
        "articleSection" if !in_meta => {
            if let Some(text) = property_value(element) {
                push(&mut meta.sections, text, source);
            }
        }
        "keywords" => {
            for keyword in property_value(element).iter().flat_map(|text| split_keywords(text)) {
                push(&mut meta.keywords, keyword, source);
            }
        }
        "image" if element.name() == "img" => {
            if let Some(url) = element.attr("src") {
                push(&mut meta.images, MetaImage { url: url.to_owned(), ..MetaImage::default() }, source);
            }
        }
        "isAccessibleForFree" if !in_meta => {
            if let Some(free) = property_value(element).and_then(|text| truth(&text)) {
                meta.is_accessible_for_free.get_or_insert(free);
            }
        }
        _ => {}
    }
}

/// The nearest item around an element.
fn enclosing_item(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    element.node().ancestors().filter_map(NodeRef::element).find(|ancestor| ancestor.attr("itemscope").is_some())
}

/// A person of microdata: the `name` within, else the text.
fn fill_person(element: ElementRef<'_>, meta: &mut Meta) {
    let kind = element.attr("itemtype").unwrap_or_default();
    let kind = if kind.ends_with("Organization") { AuthorKind::Organisation } else { AuthorKind::Person };
    let names: Vec<String> = element
        .node()
        .descendants()
        .take(200)
        .filter_map(NodeRef::element)
        .filter(|inner| inner.id() != element.id())
        .filter(|inner| inner.attr("itemprop").is_some_and(|name| name.split_ascii_whitespace().any(|n| n == "name")))
        .filter_map(property_value)
        .take(20)
        .collect();
    let names = if names.is_empty() { property_value(element).into_iter().collect() } else { names };
    for name in names.into_iter().filter(|name| name.len() <= BYLINE) {
        push(&mut meta.authors, Author { name, kind }, MetaSource::Microdata);
    }
}

/// The words that make a date one of a change.
fn is_change(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "updated",
        "update:",
        "modified",
        "aktualisiert",
        "geändert",
        "stand:",
        "mis à jour",
        "aggiornato",
        "actualizado",
        "last reviewed",
    ];
    let text = text.to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// `<time>` elements, the telling ones first.
fn fill_times(times: &[ElementRef<'_>], order: DateOrder, meta: &mut Meta) {
    let mut published: Vec<(u8, DateValue)> = Vec::new();
    for time in times.iter().filter(|time| !stands_aside(**time, false)) {
        let value = *time;
        let text = short_text(*time, 120);
        let date = value.attr("datetime").and_then(|text| parse_date_in(text, order));
        let Some(date) = date.or_else(|| text.as_deref().and_then(|text| parse_date_in(text, order))) else { continue };
        let names = [value.attr("class"), value.attr("itemprop"), value.attr("id")];
        let names = names.into_iter().flatten().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        let before = time.node().before().and_then(|node| match node.text() {
            Some(text) => Some(collapse(text)),
            None => node.element().and_then(|element| short_text(element, 60)),
        });
        let said = value.attr("pubdate").is_some() || names.contains("publish") || names.contains("entry-date");
        let changed = names.contains("updated") || names.contains("modified");
        let context = format!("{} {}", before.unwrap_or_default(), text.unwrap_or_default());
        if !said && (changed || is_change(&context)) {
            push(&mut meta.modified, date, MetaSource::TimeElement);
        } else {
            published.push((u8::from(!said), date));
        }
    }
    published.sort_by_key(|(rank, _)| *rank);
    for (_, date) in published {
        push(&mut meta.published, date, MetaSource::TimeElement);
    }
}

/// Text of an element that a class name calls a date: the first date is that of publication unless a word says otherwise.
fn fill_date_text(text: &str, order: DateOrder, meta: &mut Meta) {
    let mut from = 0;
    for (range, date) in find_dates_in(text, order).into_iter().take(4) {
        let before = text.get(from..range.start).unwrap_or_default();
        from = range.end;
        let to = if is_change(before) { &mut meta.modified } else { &mut meta.published };
        push(to, date, MetaSource::Markup);
    }
}

/// Elements that a class name calls a byline: the innermost ones.
fn fill_bylines(bylines: &[ElementRef<'_>], meta: &mut Meta) {
    for (at, element) in bylines.iter().enumerate() {
        let holds_next = bylines.get(at + 1..).unwrap_or_default().iter().take(8).any(|next| {
            next.node().ancestors().take(32).any(|ancestor| ancestor.id() == element.id())
                && short_text(*next, BYLINE).is_some()
        });
        if holds_next || stands_aside(*element, true) {
            continue;
        }
        if let Some(name) = short_text(*element, BYLINE) {
            push(&mut meta.authors, Author { name, kind: AuthorKind::Person }, MetaSource::Markup);
        }
    }
}
