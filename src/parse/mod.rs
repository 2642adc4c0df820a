//! Bytes → [`Page`]: character set, document tree, metadata, links and dates.
//!
//! [`parse`] takes a response, whatever its origin; [`parse_bytes`] takes the bare bytes. Nothing here fails but on an empty
//! body or one that is not text: HTML has no error that ends it. Cost is linear in the body, whatever its shape.
//!
//! Not for: deciding what belongs to the article (see [`crate::segment`] and [`crate::classify`]), and not for choosing among
//! what a page says about itself (see [`crate::extract`]).

mod charref;
mod charset;
mod clock;
pub mod dates;
mod dom;
mod entities;
mod guard;
mod jsonld;
mod kind;
pub(crate) mod letters;
mod markup;
mod meta;
mod months;
mod select;
mod subjects;
mod tokens;
mod tree;
mod wordlist;

pub use dom::Dom;
pub use kind::InputFormat;
pub use meta::read_robots;
pub use tree::{Edge, ElementRef, NodeId, NodeRef, Walk};
pub(crate) use wordlist::WordList;

use thiserror::Error;
use url::Url;

use crate::types::{DeadReason, Fetched, Meta, Origin};

/// A page, decoded and parsed.
#[derive(Debug)]
pub struct Page {
    /// The address that its links are relative to (before `<base>`).
    pub url: Url,
    /// What it says about itself.
    pub meta: Meta,
    /// Its content.
    pub content: Content,
    /// The character set it was decoded with, as named by the WHATWG Encoding Standard.
    pub charset: &'static str,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// The content of a page.
#[derive(Debug)]
pub enum Content {
    /// An HTML tree.
    Html(Dom),
    /// Plain text, line feeds normalised.
    Text(String),
}

impl Page {
    /// The base of the page's links: `<base href>` where given, else its address.
    #[must_use]
    pub fn base(&self) -> Url {
        self.meta.base.as_deref().and_then(|base| self.url.join(base).ok()).unwrap_or_else(|| self.url.clone())
    }
}

/// What bounds the parsing of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseLimits {
    /// Open elements at one time; deeper start tags are dropped, their text is kept.
    pub depth: usize,
    /// Elements of a page; what comes after the last one is dropped.
    pub elements: usize,
    /// Attributes of an element; later ones are dropped.
    pub attributes: usize,
    /// Bytes of one JSON-LD script; a longer one is not read.
    pub json_ld_bytes: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { depth: 256, elements: 1_000_000, attributes: 256, json_ld_bytes: 4 * 1024 * 1024 }
    }
}

/// Why a body gave no page.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// There is nothing, or nothing but white space.
    #[error("the body is empty")]
    EmptyBody,
    /// The bytes are no text.
    #[error("the body is not text but {what}")]
    Binary {
        /// What it looks like.
        what: &'static str,
    },
}

impl ParseError {
    /// The reason as counted in the summary.
    #[must_use]
    pub const fn reason(&self) -> DeadReason {
        match self {
            ParseError::EmptyBody => DeadReason::EmptyBody,
            ParseError::Binary { .. } => DeadReason::Binary,
        }
    }
}

/// What is to be parsed, beneath [`Fetched`].
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The address of the page.
    pub url: &'a Url,
    /// `Content-Type` as sent, with its parameters.
    pub content_type: Option<&'a str>,
    /// The file's path, where the body comes from a file; its extension speaks for a format.
    pub path: Option<&'a str>,
    /// The bytes, content encoding removed.
    pub body: &'a [u8],
    /// What to read it as.
    pub format: InputFormat,
}

/// Parses a response.
///
/// # Errors
/// [`ParseError`] where the body is empty or not text.
pub fn parse(fetched: &Fetched, limits: &ParseLimits) -> Result<Page, ParseError> {
    parse_as(fetched, InputFormat::Auto, limits)
}

/// Parses a response as the format that the user named.
///
/// # Errors
/// [`ParseError`] where the body is empty or not text.
pub fn parse_as(fetched: &Fetched, format: InputFormat, limits: &ParseLimits) -> Result<Page, ParseError> {
    let path = match &fetched.origin {
        Origin::File { path } => Some(path.as_str()),
        Origin::Http | Origin::Warc { .. } | Origin::Wayback { .. } => None,
    };
    let content_type = fetched.header("content-type");
    parse_bytes(&Input { url: &fetched.final_url, content_type, path, body: &fetched.body, format }, limits)
}

/// Parses bytes.
///
/// # Errors
/// [`ParseError`] where the body is empty or not text.
pub fn parse_bytes(input: &Input<'_>, limits: &ParseLimits) -> Result<Page, ParseError> {
    if let Some(what) = kind::binary(input.body) {
        return Err(ParseError::Binary { what });
    }
    let tld = input.url.domain().and_then(|domain| domain.rsplit('.').next());
    let mut decoded = charset::decode(input.body, input.content_type.and_then(charset_parameter), tld);
    if decoded.text.trim().is_empty() {
        return Err(ParseError::EmptyBody);
    }
    let mut warnings = std::mem::take(&mut decoded.warnings);
    let path = input.path.unwrap_or_else(|| input.url.path());
    let html = kind::is_html(input.format, input.content_type, path, &decoded.text);
    let (content, meta) = if html {
        let dom = Dom::parse_within(&decoded.text, limits);
        if let Some(elements) = dom.cut_after() {
            warnings.push(format!("html: cut after {elements} elements"));
        }
        let meta = meta::collect(&dom, input.url, limits);
        (Content::Html(dom), meta)
    } else {
        (Content::Text(normalise_lines(&decoded.text)), Meta::default())
    };
    Ok(Page { url: input.url.clone(), meta, content, charset: decoded.encoding.name(), warnings })
}

/// The `charset` parameter of a content type.
fn charset_parameter(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']))
    })
}

/// Text with `\n` as its only line end.
fn normalise_lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\r' | '\n' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => lines.push('\n'),
            c => lines.push(c),
        }
        after_return = c == '\r';
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_page(content_type: Option<&str>, url: &str, body: &[u8]) -> Result<Page, ParseError> {
        let url = Url::parse(url).unwrap();
        let input = Input { url: &url, content_type, path: None, body, format: InputFormat::Auto };
        parse_bytes(&input, &ParseLimits::default())
    }

    #[test]
    fn empty_and_binary_bodies_are_refused_with_their_reason() {
        let error = parse_page(Some("text/html"), "http://tanndorf.test/", b" \r\n").unwrap_err();
        assert_eq!(error.reason(), DeadReason::EmptyBody);
        let error = parse_page(Some("text/html"), "http://tanndorf.test/", b"\x89PNG\r\n\x1a\n\0").unwrap_err();
        assert_eq!(
            (error.reason(), error.to_string().as_str()),
            (DeadReason::Binary, "the body is not text but PNG image")
        );
    }

    #[test]
    fn the_header_names_the_character_set() {
        let page =
            parse_page(Some("text/plain; Charset=\"ISO-8859-1\""), "http://tanndorf.test/a", b"Gr\xfc\xdfe\r\naus\rB")
                .unwrap();
        assert!(matches!(&page.content, Content::Text(text) if text == "Grüße\naus\nB"));
        assert_eq!(page.charset, "windows-1252");
    }

    #[test]
    fn html_gives_a_tree() {
        let page = parse_page(None, "http://tanndorf.test/a", b"<p>Eins<p>Zwei").unwrap();
        let Content::Html(dom) = &page.content else { panic!("not HTML") };
        assert_eq!(dom.root().descendants().filter_map(NodeRef::text).collect::<Vec<_>>(), ["Eins", "Zwei"]);
    }
}
