//! RSS (0.9 to 2.0, RDF), Atom and JSON Feed: the address and date of each entry.
//!
//! Read by our own walk over quick-xml: of a feed we need an address and a date, but from broken feeds too, with the
//! place of the fault, and from versions that a strict reader refuses.

use serde::Deserialize;
use url::Url;

use super::SourceError;
use super::dates;
use super::gather::{Found, Gather};
use super::xml::{Break, Step, Walk};
use crate::site::UrlKind;
use crate::types::{Via, resolve};

/// Entries of a feed, at most.
const MAX_ENTRIES: usize = 10_000;

/// Offers the entries of a feed, and the pages that it goes on with (RFC 5005).
pub(super) fn read(text: &str, base: &Url, gather: &mut Gather<'_>) -> Result<(), SourceError> {
    if text.trim_start().starts_with('{') { read_json(text, base, gather) } else { read_xml(text, base, gather) }
}

/// An entry as it is being read.
#[derive(Debug, Default)]
struct Entry {
    /// The address as written, and how good it is: the larger the better.
    link: Option<(u8, String)>,
    base: Option<Url>,
    published: Option<String>,
    updated: Option<String>,
    title: String,
}

impl Entry {
    fn offer_link(&mut self, rank: u8, href: &str) {
        let href = href.trim();
        if !href.is_empty() && self.link.as_ref().is_none_or(|(known, _)| *known < rank) {
            self.link = Some((rank, href.to_owned()));
        }
    }

    fn finish(self, base: &Url, gather: &mut Gather<'_>) {
        let date = [&self.published, &self.updated].into_iter().flatten().find_map(|date| dates::parse(date));
        let base = self.base.as_ref().unwrap_or(base);
        let found = match self.link {
            Some((_, href)) => Found { url: resolve(base, &href), written: href, lastmod: date, ..Found::default() },
            None => Found { written: format!("(entry without a link) {}", self.title.trim()), ..Found::default() },
        };
        gather.take(found, Via::Feed);
    }
}

/// Reads a feed in XML.
fn read_xml(text: &str, base: &Url, gather: &mut Gather<'_>) -> Result<(), SourceError> {
    let mut walk = Walk::new(text);
    let mut feed = FeedReader { bases: vec![(0, base.clone())], ..FeedReader::default() };
    while let Some(step) = walk.next() {
        match step {
            Step::Open { name, attributes } => feed.open(name, &attributes, gather),
            Step::Text(text) => feed.text(&text),
            Step::Close(name) => feed.close(&name, base, gather),
        }
    }
    if let Some(Break { line, column, problem }) = walk.fault().cloned() {
        if feed.entries == 0 {
            return Err(SourceError::Malformed { expected: UrlKind::Feed, line, column, problem });
        }
        let entries = feed.entries.min(MAX_ENTRIES);
        gather.warn(format!("malformed feed, line {line}, column {column}: {problem}; {entries} entries were read"));
    }
    Ok(())
}

#[derive(Debug, Default)]
struct FeedReader {
    depth: usize,
    /// `xml:base` by depth, the feed's own address first.
    bases: Vec<(usize, Url)>,
    entry: Option<Entry>,
    /// The depth of the entry.
    entry_depth: usize,
    /// The depth of an Atom `<source>` within the entry, whose links and dates are another feed's.
    source_depth: Option<usize>,
    /// The element whose text is wanted: its depth and what was read of it.
    field: Option<(usize, String)>,
    guid_is_link: bool,
    entries: usize,
}

impl FeedReader {
    fn open(&mut self, name: String, attributes: &[(String, String)], gather: &mut Gather<'_>) {
        self.depth += 1;
        if let Some(joined) = Step::attribute(attributes, "xml:base")
            .and_then(|href| self.bases.last().and_then(|(_, base)| base.join(href).ok()))
        {
            self.bases.push((self.depth, joined));
        }
        let Some(entry) = &mut self.entry else {
            match name.as_str() {
                "item" | "entry" => {
                    let mut entry = Entry::default();
                    if let Some(about) = Step::attribute(attributes, "rdf:about") {
                        entry.offer_link(1, about);
                    }
                    (self.entry, self.entry_depth, self.source_depth) = (Some(entry), self.depth, None);
                }
                "link" | "atom:link" | "atom10:link" => self.next_page(attributes, gather),
                _ => {}
            }
            return;
        };
        if self.source_depth.is_some() {
            return;
        }
        match name.as_str() {
            "source" if Step::attribute(attributes, "url").is_none() => self.source_depth = Some(self.depth),
            "link" | "atom:link" if Step::attribute(attributes, "href").is_some() => {
                let rank = match Step::attribute(attributes, "rel").unwrap_or("alternate") {
                    "alternate" if Step::attribute(attributes, "type").is_none_or(|kind| kind.contains("html")) => 5,
                    "alternate" => 3,
                    _ => 0,
                };
                let href = Step::attribute(attributes, "href").filter(|_| rank > 0);
                if let (Some(href), Some((_, base))) = (href, self.bases.last()) {
                    entry.base = Some(base.clone());
                    entry.offer_link(rank, href);
                }
            }
            // Only children of the entry: an image or a comment within it has links and dates of its own.
            _ if self.depth == self.entry_depth + 1 => {
                self.guid_is_link = Step::attribute(attributes, "isPermaLink") != Some("false");
                self.field = Some((self.depth, String::new()));
            }
            _ => {}
        }
    }

    fn next_page(&self, attributes: &[(String, String)], gather: &mut Gather<'_>) {
        let is_next = matches!(Step::attribute(attributes, "rel"), Some("next" | "prev-archive"));
        let href = Step::attribute(attributes, "href").filter(|_| is_next);
        if let (Some(href), Some((_, base))) = (href, self.bases.last()) {
            let source_kind = Some(UrlKind::Feed);
            let found = Found { url: resolve(base, href), written: href.to_owned(), source_kind, ..Found::default() };
            gather.take(found, Via::Pagination);
        }
    }

    fn text(&mut self, text: &str) {
        // Of a whole article in `content:encoded` nothing is needed.
        if let Some((_, read)) = self.field.as_mut().filter(|(depth, read)| *depth == self.depth && read.len() < 8_192)
        {
            read.push_str(text);
        }
    }

    fn close(&mut self, name: &str, base: &Url, gather: &mut Gather<'_>) {
        if let Some((_, text)) = self.field.take_if(|(depth, _)| *depth == self.depth) {
            self.take_field(name, &text);
        }
        if self.source_depth == Some(self.depth) {
            self.source_depth = None;
        }
        if self.entry.is_some()
            && self.depth == self.entry_depth
            && let Some(mut entry) = self.entry.take()
        {
            self.entries += 1;
            entry.base = entry.base.or_else(|| self.bases.last().map(|(_, base)| base.clone()));
            if self.entries <= MAX_ENTRIES { entry.finish(base, gather) } else { gather.omit(1) }
        }
        self.bases.pop_if(|(depth, _)| *depth > 0 && *depth == self.depth);
        self.depth = self.depth.saturating_sub(1);
    }

    fn take_field(&mut self, name: &str, text: &str) {
        let Some(entry) = &mut self.entry else { return };
        match name {
            "link" => entry.offer_link(4, text),
            // Where a service counts the readers by links of its own, this is the article's.
            "feedburner:origLink" | "pheedo:origLink" => entry.offer_link(6, text),
            "guid" if self.guid_is_link && is_http(text) => entry.offer_link(2, text),
            "id" if is_http(text) => entry.offer_link(1, text),
            "pubDate" | "dc:date" | "published" | "issued" | "created" | "dcterms:created" | "dcterms:issued" => {
                entry.published.get_or_insert_with(|| text.to_owned());
            }
            "updated" | "modified" | "atom:updated" | "dcterms:modified" => {
                entry.updated.get_or_insert_with(|| text.to_owned());
            }
            "title" => entry.title = text.chars().take(200).collect(),
            _ => {}
        }
    }
}

fn is_http(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("http://") || text.starts_with("https://")
}

/// What is needed of a JSON Feed (jsonfeed.org, version 1.1).
#[derive(Debug, Deserialize)]
struct JsonFeed {
    #[serde(default)]
    items: Vec<JsonItem>,
    next_url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct JsonItem {
    id: Option<serde_json::Value>,
    url: Option<String>,
    external_url: Option<String>,
    title: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
}

fn read_json(text: &str, base: &Url, gather: &mut Gather<'_>) -> Result<(), SourceError> {
    let feed: JsonFeed = serde_json::from_str(text).map_err(|source| SourceError::Json { source })?;
    for (at, item) in feed.items.into_iter().enumerate() {
        if at >= MAX_ENTRIES {
            gather.omit(1);
            continue;
        }
        let mut entry = Entry {
            published: item.date_published,
            updated: item.date_modified,
            title: item.title.unwrap_or_default(),
            ..Entry::default()
        };
        let id = item.id.as_ref().and_then(serde_json::Value::as_str).filter(|id| is_http(id));
        for (rank, href) in [(3, item.url.as_deref()), (2, item.external_url.as_deref()), (1, id)] {
            if let Some(href) = href {
                entry.offer_link(rank, href);
            }
        }
        entry.finish(base, gather);
    }
    if let Some(href) = feed.next_url {
        let found =
            Found { url: resolve(base, &href), source_kind: Some(UrlKind::Feed), written: href, ..Found::default() };
        gather.take(found, Via::Pagination);
    }
    Ok(())
}
