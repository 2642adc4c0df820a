//! The links of a list that lead to its other pages.

use std::collections::HashSet;

use url::Url;

use crate::parse::{Dom, NodeId};
use crate::site::Site;
use crate::types::resolve;

/// Words that lead to the next page, lower case, without arrows and points around them.
const NEXT: &[&str] = &[
    "ältere artikel",
    "ältere beiträge",
    "ältere einträge",
    "ältere meldungen",
    "ältere nachrichten",
    "earlier posts",
    "load more",
    "mehr anzeigen",
    "mehr laden",
    "mehr meldungen",
    "more posts",
    "nächste",
    "nächste seite",
    "naechste seite",
    "next",
    "next page",
    "older",
    "older articles",
    "older entries",
    "older posts",
    "page suivante",
    "seite vor",
    "siguiente",
    "suivant",
    "successiva",
    "vor",
    "vorwärts",
    "weiter",
    "weitere artikel",
    "weitere beiträge",
    "weitere meldungen",
    "zur nächsten seite",
];

/// Arrows that stand alone for "next".
const ARROWS: &[&str] = &[">", ">>", "»", "›", "→", "▶", "⟩", "&gt;", "->"];

/// Tells the other pages of a list from what the list points to.
pub(super) struct Pager<'a> {
    site: &'a Site,
    current: Url,
    /// The address of the list with its numbers taken out.
    shape: String,
}

impl<'a> Pager<'a> {
    pub(super) fn new(site: &'a Site, current: &Url) -> Self {
        let current = site.canonical(current);
        let shape = shape(&current);
        Self { site, current, shape }
    }

    /// The elements that the profile's selectors name, and the links within them.
    pub(super) fn marked(&self, dom: &Dom) -> HashSet<NodeId> {
        let mut marked = HashSet::new();
        for element in dom.select(self.site.pagination_selectors()).into_iter().flatten() {
            // What stands within an element that was taken already is there: each node is visited once.
            if !marked.contains(&element.id()) {
                marked.extend(element.descendants().map(|node| node.id()));
            }
        }
        marked
    }

    /// Whether a link leads to another page of the list: by the profile's pattern, by its words, or because it is a number
    /// and the address differs from the list's in a number alone.
    pub(super) fn leads_on(&self, base: &Url, href: &str, label: &str) -> bool {
        let says_next = says_next(label);
        let is_number = !label.is_empty() && label.len() <= 5 && label.bytes().all(|byte| byte.is_ascii_digit());
        if !says_next && !is_number && !self.site.has_pagination() {
            return false;
        }
        let Some(url) = resolve(base, href).map(|url| self.site.canonical(&url)) else { return false };
        if url == self.current || url.host_str() != self.current.host_str() {
            return false;
        }
        // "Weiter" also leads on from a teaser to its article: it pages only where the address stays in the list.
        self.site.is_pagination(&url) || ((says_next || is_number) && self.is_sibling(&url))
    }

    /// Whether an address is the list's own but for a number: `/news`, `/news?page=2`, `/news/page/2/`, `/news/2`, `/news-2.html`.
    fn is_sibling(&self, url: &Url) -> bool {
        shape(url) == self.shape
    }
}

/// Whether a link's text says "next page".
fn says_next(label: &str) -> bool {
    if ARROWS.contains(&label) {
        return true;
    }
    // The longest that there is has twenty bytes; most links have a title for a text.
    let words = label.trim_matches(|c: char| !c.is_alphanumeric());
    words.len() <= 24 && NEXT.contains(&words.to_lowercase().as_str())
}

/// An address without its page number, so that all pages of a list look the same.
fn shape(url: &Url) -> String {
    const PAGE_WORDS: &[&str] = &["page", "seite", "p", "paged", "blaettern"];
    const PAGE_PARAMS: &[&str] =
        &["page", "seite", "p", "paged", "start", "offset", "from", "pg", "pageno", "skip", "limitstart"];
    let mut segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    // Only the last number is that of the page: days of a calendar (`/2024/05/13`) are no pages of one list.
    if let Some(last) = segments.pop() {
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
        let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_']);
        if !bare.is_empty() {
            segments.push(bare);
        }
        segments.pop_if(|last| PAGE_WORDS.contains(&last.to_ascii_lowercase().as_str()));
    }
    let mut shape = segments.join("/");
    for (name, value) in url.query_pairs() {
        let name = name.to_ascii_lowercase();
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        if !(is_number && (PAGE_PARAMS.contains(&name.as_str()) || name.ends_with("page]") || name.ends_with("_page")))
        {
            shape.push('&');
            shape.push_str(&name);
            shape.push('=');
            shape.push_str(&value);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_list_have_one_shape() {
        let one = shape(&Url::parse("https://example.org/news/").unwrap());
        for other in
            ["/news?page=2", "/news/page/2/", "/news/2", "/news-2.html", "/news?tx_news[page]=3", "/news/seite/4"]
        {
            assert_eq!(shape(&Url::parse("https://example.org").unwrap().join(other).unwrap()), one, "{other}");
        }
        for other in ["/", "/news/stadt", "/news?topic=2", "/sport?page=2"] {
            assert_ne!(shape(&Url::parse("https://example.org").unwrap().join(other).unwrap()), one, "{other}");
        }
    }

    #[test]
    fn words_that_lead_on() {
        for label in ["weiter", "Weiter »", "» Nächste Seite", ">", "Older posts →", "Ältere Beiträge"] {
            assert!(says_next(label), "{label}");
        }
        for label in ["", "mehr...", "weiterlesen", "zurück", "Weiter im Text mit Frau Beispiel"] {
            assert!(!says_next(label), "{label}");
        }
    }
}
