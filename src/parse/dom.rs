//! The document tree: html5ever's tree construction within bounds.
//!
//! html5ever builds the tree that browsers build, but some of its steps walk the stack of open elements, the list of open
//! formatting elements or the attributes of a tag, so that a hostile page can make it quadratic. A [`Guard`] between its
//! tokenizer and its tree builder keeps all three short; see there. `<noscript>` is parsed as elements, because images that
//! are loaded lazily stand there; comments are left out.

use std::borrow::Cow;
use std::cell::Cell;

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};
use scraper::Html;

use super::ParseLimits;
use super::attributes::bound_attributes;
use super::guard::Guard;

/// How much is fed to the tokenizer at a time. While a whole piece goes by without a token, something long is read: perhaps a
/// tag with attributes without end, which the tokenizer compares each with each.
const PIECE: usize = 4096;

/// A document tree of bounded depth and size.
#[derive(Debug)]
pub struct Dom {
    html: Html,
    truncated: bool,
}

impl Dom {
    /// Parses a document. Never fails: HTML has no syntax errors that end it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_within(text, &ParseLimits::default())
    }

    /// Parses a document within limits.
    #[must_use]
    pub fn parse_within(text: &str, limits: &ParseLimits) -> Self {
        let mut mended = None;
        let dom = Self::feed(text, limits, || match bound_attributes(text, limits.attributes) {
            Cow::Borrowed(_) => true,
            Cow::Owned(text) => {
                mended = Some(text);
                false
            }
        });
        match (dom, mended) {
            (Some(dom), _) => dom,
            (None, mended) => {
                let text = mended.as_deref().unwrap_or(text);
                Self::feed(text, limits, || true)
                    .unwrap_or_else(|| Self { html: Html::new_document(), truncated: true })
            }
        }
    }

    /// Feeds the tokenizer piece by piece. At the first piece without a token it asks whether the text is harmless; where it
    /// is not, there is no tree.
    fn feed(text: &str, limits: &ParseLimits, harmless: impl FnOnce() -> bool) -> Option<Self> {
        let tokens = Cell::new(0_u64);
        let tokenizer = Tokenizer::new(Guard::new(limits, &tokens), TokenizerOpts::default());
        let buffer = BufferQueue::default();
        let run = || while !matches!(tokenizer.feed(&buffer), TokenizerResult::Done) {};
        let mut harmless = Some(harmless);
        let mut rest = text;
        while !rest.is_empty() && !tokenizer.sink.is_full() {
            let (piece, after) = match harmless {
                Some(_) => rest.split_at(boundary(rest, PIECE)),
                None => rest.split_at(boundary(rest, 64 * PIECE)),
            };
            let before = tokens.get();
            buffer.push_back(StrTendril::from_slice(piece));
            run();
            rest = after;
            if tokens.get() == before
                && !rest.is_empty()
                && let Some(harmless) = harmless.take()
                && !harmless()
            {
                return None;
            }
        }
        let truncated = tokenizer.sink.is_full();
        tokenizer.end();
        Some(Self { html: tokenizer.sink.finish(), truncated })
    }

    /// The tree, for walking and for CSS selectors.
    #[must_use]
    pub fn html(&self) -> &Html {
        &self.html
    }

    /// Whether the page was cut because it has more elements than [`ParseLimits::elements`].
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }
}

/// The first character boundary at or after a byte.
fn boundary(text: &str, mut at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth_of(dom: &Dom) -> usize {
        dom.html().tree.nodes().map(|node| node.ancestors().count()).max().unwrap_or(0)
    }

    fn text_of(dom: &Dom) -> String {
        dom.html().root_element().text().collect()
    }

    #[test]
    fn nothing_of_an_ordinary_page_is_lost() {
        let page = "<!DOCTYPE html><html lang=de><head><title>Tanndorf</title></head><body><div id=a><p>Eins<p>Zwei\
            <table><tr><td>Drei<td>Vier</table><ul><li>F&uuml;nf<li>Sechs</ul><noscript><img src=a.jpg></noscript></div>";
        let dom = Dom::parse(page);
        let mut options = html5ever::ParseOpts::default();
        options.tree_builder.scripting_enabled = false;
        let sink = scraper::HtmlTreeSink::new(Html::new_document());
        let bare = html5ever::tendril::TendrilSink::one(html5ever::parse_document(sink, options), page);
        assert_eq!(dom.html().html(), bare.html());
        assert!(!dom.truncated());
        let image = scraper::Selector::parse("noscript > img").unwrap();
        assert_eq!(dom.html().select(&image).count(), 1);
    }

    #[test]
    fn depth_is_bounded_and_the_text_kept() {
        for tag in ["div", "font", "b", "a", "table", "ul", "blockquote", "svg", "section", "x-y", "select", "template"]
        {
            let page = format!("{}Ende", format!("<{tag}>x").repeat(3000));
            let dom = Dom::parse(&page);
            assert!(depth_of(&dom) <= 520, "{tag}: {}", depth_of(&dom));
            if !matches!(tag, "template" | "table") {
                assert_eq!(text_of(&dom).matches('x').count(), 3000, "{tag}");
            }
            assert!(text_of(&dom).contains("Ende") || tag == "template", "{tag}");
        }
    }

    #[test]
    fn after_a_deep_part_the_page_goes_on_as_it_was() {
        let deep = format!("{}tief{}", "<div>".repeat(1000), "</div>".repeat(1000));
        let dom = Dom::parse(&format!("<body><main>{deep}<p id=danach>danach</p></main>"));
        let after = scraper::Selector::parse("main > p#danach").unwrap();
        assert_eq!(dom.html().select(&after).count(), 1);
    }

    #[test]
    fn open_formatting_elements_do_not_multiply() {
        let opened: String = (0..2000).map(|n| format!("<p><font color=c{n}>Absatz</p>")).collect();
        let dom = Dom::parse(&opened);
        let fonts = scraper::Selector::parse("font").unwrap();
        let paragraphs = scraper::Selector::parse("p").unwrap();
        assert_eq!(dom.html().select(&paragraphs).count(), 2000);
        assert!(dom.html().select(&fonts).count() < 2000 * 17);
    }

    #[test]
    fn attributes_are_bounded() {
        let many: String = (0..20_000).map(|n| format!(" a{n}=\">\"")).collect();
        let dom = Dom::parse(&format!("<p>davor<div{many}>drin</div><p id=danach>danach"));
        let most = dom.html().tree.values().filter_map(|n| n.as_element()).map(|e| e.attrs.len()).max();
        assert_eq!(most, Some(256));
        assert_eq!(text_of(&dom), "davordrindanach");
        let long = format!("<img alt=kurz src=\"data:{}\">", "x".repeat(1_000_000));
        let dom = Dom::parse(&long);
        let image = scraper::Selector::parse("img[alt=kurz]").unwrap();
        assert_eq!(dom.html().select(&image).next().unwrap().attr("src"), Some(""));
    }

    #[test]
    fn elements_are_bounded() {
        let limits = ParseLimits { elements: 100, ..ParseLimits::default() };
        let dom = Dom::parse_within(&"<p>x".repeat(10_000), &limits);
        assert!(dom.truncated());
        let elements = dom.html().tree.values().filter(|n| n.is_element()).count();
        assert!(elements <= 120, "{elements}");
    }

    #[test]
    fn odd_pages_give_a_tree() {
        for page in [
            "",
            "<",
            "<!--",
            "</",
            "<a b='",
            "<svg><![CDATA[",
            "<script>",
            "&#x110000;&nbsp",
            "\0<p>\0",
            "<template><tr>",
        ] {
            let _ = Dom::parse(page);
        }
        let all: String =
            ["<table>", "<b>", "</p>", "<tr>", "<svg>", "<a>", "</table>", "<select>", "<template>", "</b>"].concat();
        let _ = Dom::parse(&all.repeat(500));
    }
}
