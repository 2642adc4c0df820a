//! The document tree → [`Meta`]: everything that a page says about itself, each statement with its source, in one pass.
//!
//! `<meta>` and `<link>` elements are read here, by the names that publishers use; JSON-LD in [`super::jsonld`]; microdata,
//! `<time>` and telling class names in [`super::markup`].
//! Not for: choosing among the statements (see [`crate::extract`]).

use html5ever::local_name;
use url::Url;

use super::dates::{DateOrder, parse_date_in};
use super::entities::decode;
use super::jsonld::{Graph, read, split_keywords};
use super::letters::is_invisible;
use super::markup::Markup;
use super::subjects::{Subject, subject_of};
use super::tree::{ElementRef, NodeRef};
use super::{Dom, ParseLimits};
use crate::types::{Author, AuthorKind, Meta, MetaImage, MetaSource, PageType, RobotsDirectives, Sourced};

/// Values longer than this say nothing.
const VALUE: usize = 4096;
/// Values of one kind that are kept.
const VALUES: usize = 200;

/// Collects what a document says about itself. `url` is the page's address.
pub(super) fn collect(dom: &Dom, url: &Url, limits: &ParseLimits) -> Meta {
    let mut collector = Collector {
        meta: Meta::default(),
        order: DateOrder::Unknown,
        scripts: Vec::new(),
        author_label: None,
        author_card: None,
    };
    let mut markup = Markup::new();
    let mut bytes = 0;
    for element in dom.nodes().filter_map(NodeRef::element) {
        match *element.local_name() {
            local_name!("html") => collector.html(element),
            local_name!("title") => collector.title(element),
            local_name!("base") => collector.base(element, url),
            local_name!("meta") => collector.meta(element),
            local_name!("link") => collector.link(element),
            local_name!("script") => {
                let kind = element.attr("type").unwrap_or_default();
                if kind.trim().to_ascii_lowercase().starts_with("application/ld+json") {
                    let text = element.node().inner_text();
                    bytes += text.len();
                    if bytes <= limits.json_ld_bytes {
                        collector.scripts.push(text);
                    }
                }
                continue;
            }
            _ => {}
        }
        markup.visit(element);
    }
    collector.finish(markup, url)
}

struct Collector {
    meta: Meta,
    order: DateOrder,
    scripts: Vec<String>,
    /// The number of the `twitter:label…` whose value is the author's name.
    author_label: Option<char>,
    /// That value. Systems fill it with whoever filed the page, so it counts where no other `<meta>` names an author.
    author_card: Option<String>,
}

impl Collector {
    fn finish(mut self, markup: Markup<'_>, url: &Url) -> Meta {
        let mut addresses = vec![url.clone()];
        addresses.extend(self.meta.canonical.iter().filter_map(|canonical| url.join(&canonical.value).ok()));
        // JSON-LD first: within one list the sources stand in the order of their weight.
        let mut first = Meta::default();
        let scripts: Vec<_> = self.scripts.iter().map(|script| read(script)).collect();
        Graph::of(&scripts).fill(&addresses, &mut first);
        if let Some(name) = self.author_card.take()
            && self.meta.authors.iter().all(|author| author.source != MetaSource::MetaTag)
        {
            self.say(Subject::Author, MetaSource::MetaTag, &name, "twitter:data1");
        }
        markup.fill(self.order, &mut self.meta);
        merge(first, self.meta)
    }

    fn html(&mut self, element: ElementRef<'_>) {
        for name in ["lang", "xml:lang"] {
            if let Some(language) = element.attrs().find(|(key, _)| *key == name).map(|(_, value)| value) {
                self.language(language, MetaSource::Markup);
            }
        }
    }

    fn language(&mut self, tag: &str, source: MetaSource) {
        if self.order == DateOrder::Unknown {
            self.order = DateOrder::of_language(tag);
        }
        push(&mut self.meta.languages, collapse(tag), source);
    }

    fn title(&mut self, element: ElementRef<'_>) {
        let in_drawing = element.parent().is_some_and(|parent| parent.name() == "svg");
        if self.meta.title.is_none() && !in_drawing {
            let title = collapse(&element.node().inner_text());
            self.meta.title = Some(title).filter(|title| !title.is_empty());
        }
    }

    fn base(&mut self, element: ElementRef<'_>, url: &Url) {
        if self.meta.base.is_none() {
            let base = element.attr("href").and_then(|href| url.join(href.trim()).ok());
            self.meta.base = base.filter(|base| matches!(base.scheme(), "http" | "https")).map(Into::into);
        }
    }

    fn link(&mut self, element: ElementRef<'_>) {
        let (Some(rel), Some(href)) = (element.attr("rel"), element.attr("href")) else { return };
        let href = href.trim();
        if href.is_empty() || href.len() > VALUE {
            return;
        }
        let rel = rel.to_ascii_lowercase();
        let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
        for rel in rel.split_ascii_whitespace() {
            match rel {
                "canonical" => push(&mut self.meta.canonical, href.to_owned(), MetaSource::Markup),
                "license" => push(&mut self.meta.licenses, href.to_owned(), MetaSource::Markup),
                "next" => {
                    self.meta.next.get_or_insert_with(|| href.to_owned());
                }
                "alternate"
                    if (kind.contains("rss") || kind.contains("atom") || kind.contains("application/feed+json"))
                        && self.meta.feeds.len() < VALUES
                        && !self.meta.feeds.iter().any(|feed| feed == href) =>
                {
                    self.meta.feeds.push(href.to_owned());
                }
                _ => {}
            }
        }
    }

    fn meta(&mut self, element: ElementRef<'_>) {
        let Some(content) = element.attr("content") else { return };
        if content.len() > VALUE {
            return;
        }
        if let Some(header) = element.attr("http-equiv") {
            self.header(&header.trim().to_ascii_lowercase(), content);
        }
        let names = [element.attr("property"), element.attr("name"), element.attr("itemprop")];
        for name in names.into_iter().flatten().flat_map(str::split_ascii_whitespace).take(4) {
            self.named(&name.to_ascii_lowercase(), content);
        }
    }

    fn header(&mut self, name: &str, content: &str) {
        match name {
            "refresh" => {
                let (delay, rest) = content.split_once([';', ',']).unwrap_or((content, ""));
                let target = rest.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("url"));
                let target = target.map(|(_, target)| target.trim().trim_matches(['"', '\'']).trim());
                let delay = delay.trim().split('.').next().and_then(|delay| delay.parse().ok());
                if let (Some(delay), Some(target)) = (delay, target.filter(|target| !target.is_empty())) {
                    self.meta.refresh.get_or_insert((delay, target.to_owned()));
                }
            }
            "content-language" => self.language(content, MetaSource::MetaTag),
            "last-modified" => self.date(content, MetaSource::MetaTag, true),
            _ => {}
        }
    }

    fn named(&mut self, name: &str, content: &str) {
        match name {
            "robots" | "auslese" => read_robots(content, &mut self.meta.robots),
            "tdm-reservation" => {
                let policy = self.meta.tdm.take().and_then(|(_, policy)| policy);
                self.meta.tdm = Some((content.trim() == "1", policy));
            }
            "tdm-policy" => {
                let reserved = self.meta.tdm.as_ref().is_some_and(|(reserved, _)| *reserved);
                self.meta.tdm = Some((reserved, Some(content.trim().to_owned())));
            }
            "twitter:label1" | "twitter:label2" if names_author(content) => {
                self.author_label = name.chars().next_back()
            }
            "twitter:data1" | "twitter:data2" if self.author_label == name.chars().next_back() => {
                self.author_card.get_or_insert_with(|| content.to_owned());
            }
            _ => {
                if let Some((subject, source)) = subject_of(name) {
                    self.say(subject, source, content, name);
                }
            }
        }
    }

    fn date(&mut self, content: &str, source: MetaSource, modified: bool) {
        if let Some(date) = parse_date_in(content, self.order) {
            let to = if modified { &mut self.meta.modified } else { &mut self.meta.published };
            push(to, date, source);
        }
    }

    fn say(&mut self, subject: Subject, source: MetaSource, content: &str, name: &str) {
        let value = collapse(&decode(content));
        if value.is_empty() {
            return;
        }
        let meta = &mut self.meta;
        match subject {
            Subject::Headline => push(&mut meta.headlines, value, source),
            Subject::Description => push(&mut meta.descriptions, value, source),
            Subject::Author => push(&mut meta.authors, Author { name: value, kind: AuthorKind::Person }, source),
            Subject::Published => self.date(&value, source, false),
            Subject::Modified => self.date(&value, source, true),
            Subject::Section => push(&mut meta.sections, value, source),
            Subject::Keywords | Subject::Keyword if name != "article:tag" || value.matches(',').count() > 1 => {
                for keyword in split_keywords(&value) {
                    push(&mut meta.keywords, keyword, source);
                }
            }
            Subject::Keywords | Subject::Keyword => push(&mut meta.keywords, value, source),
            Subject::Image => push(&mut meta.images, MetaImage { url: value, ..MetaImage::default() }, source),
            Subject::SiteName => push(&mut meta.site_names, value, source),
            Subject::Language => self.language(&value, source),
            Subject::License => push(&mut meta.licenses, value, source),
            Subject::Canonical => push(&mut meta.canonical, value, source),
            Subject::Free => {
                if let Some(free) = truth(&value) {
                    meta.is_accessible_for_free.get_or_insert(free);
                }
            }
            Subject::Type => {
                let kind = match value.to_ascii_lowercase().as_str() {
                    "article" | "news" | "newsarticle" | "blogposting" => Some(PageType::Article),
                    "product" | "og:product" | "profile" | "book" | "music.song" => Some(PageType::Other),
                    _ => None,
                };
                if let Some(kind) = kind {
                    push(&mut meta.types, kind, source);
                }
            }
        }
    }
}

/// Whether the label of a card's field (`twitter:label1`) says that the field holds the author.
fn names_author(label: &str) -> bool {
    const LABELS: [&str; 16] = [
        "written by",
        "by",
        "author",
        "interview by",
        "verfasst von",
        "geschrieben von",
        "autor",
        "autorin",
        "écrit par",
        "auteur",
        "escrito por",
        "scritto da",
        "geschreven door",
        "skriven av",
        "skrevet av",
        "napisane przez",
    ];
    LABELS.contains(&label.trim().trim_end_matches([':', '.']).to_lowercase().as_str())
}

/// Reads a list of robots directives (`noindex, nofollow`) into what is known already. Directives that name another agent
/// (`otherbot: noindex`) are left out.
pub fn read_robots(value: &str, directives: &mut RobotsDirectives) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    for directive in value.split(',') {
        match directive.trim().to_ascii_lowercase().as_str() {
            "none" => (directives.noindex, directives.nofollow) = (true, true),
            "noindex" => directives.noindex = true,
            "nofollow" => directives.nofollow = true,
            "noarchive" => directives.noarchive = true,
            "noai" | "noimageai" => directives.noai = true,
            _ => {}
        }
    }
    directives.raw = Some(match directives.raw.take() {
        Some(raw) => format!("{raw}, {value}"),
        None => value.to_owned(),
    });
}

/// A truth value as pages write it.
pub(super) fn truth(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    match text.rsplit(['/', '#']).next().unwrap_or_default() {
        "true" | "yes" | "1" | "free" => Some(true),
        "false" | "no" | "0" | "locked" | "metered" => Some(false),
        _ => None,
    }
}

/// Text with its white space collapsed and invisible characters dropped.
pub(super) fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace().filter(|word| word.is_ascii() || !word.chars().all(is_invisible)) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        if word.is_ascii() {
            collapsed.push_str(word);
        } else {
            collapsed.extend(word.chars().filter(|&c| !is_invisible(c)));
        }
    }
    collapsed
}

/// The text of an element, white space collapsed; none where it is longer than a bound.
pub(super) fn short_text(element: ElementRef<'_>, limit: usize) -> Option<String> {
    let mut text = String::new();
    let mut skip = None;
    for node in element.node().descendants() {
        if let Some(skipped) = skip
            && node.ancestors().take(4).any(|ancestor| ancestor.id() == skipped)
        {
            continue;
        }
        if let Some(piece) = node.text() {
            text.push_str(piece);
            if text.len() > limit * 4 {
                return None;
            }
        }
        match node.element().map(ElementRef::name) {
            Some("script" | "style" | "svg" | "noscript" | "template") => skip = Some(node.id()),
            Some("br" | "p" | "div" | "li" | "td" | "time" | "h1" | "h2") => text.push(' '),
            _ => {}
        }
    }
    let text = collapse(&text);
    (!text.is_empty() && text.len() <= limit).then_some(text)
}

/// Adds a value unless its source has said the same.
pub(super) fn push<T: PartialEq>(to: &mut Vec<Sourced<T>>, value: T, source: MetaSource) {
    let value = Sourced::new(value, source);
    if to.len() < VALUES && !to.contains(&value) {
        to.push(value);
    }
}

/// Puts the statements of two sources together, the first one's first.
fn merge(first: Meta, second: Meta) -> Meta {
    fn both<T>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
        first.extend(second);
        first
    }
    Meta {
        languages: both(second.languages, first.languages),
        headlines: both(first.headlines, second.headlines),
        descriptions: both(first.descriptions, second.descriptions),
        authors: both(first.authors, second.authors),
        published: both(first.published, second.published),
        modified: both(first.modified, second.modified),
        sections: both(first.sections, second.sections),
        keywords: both(first.keywords, second.keywords),
        images: both(first.images, second.images),
        site_names: both(second.site_names, first.site_names),
        licenses: both(first.licenses, second.licenses),
        types: both(first.types, second.types),
        is_accessible_for_free: first.is_accessible_for_free.or(second.is_accessible_for_free),
        article_body: first.article_body.or(second.article_body),
        ..second
    }
}

#[cfg(test)]
#[path = "meta_tests.rs"]
mod tests;
