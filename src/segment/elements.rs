//! Which HTML elements hold text, end blocks, or are no text at all.

use crate::types::BlockTag;

/// What an element means for segmentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its content is never text of the page.
    Skip,
    /// Content that repeats what a script would show; only its images count.
    Noscript,
    /// Begins and ends a block. The tag is none where the element says nothing about its text.
    Block(Option<BlockTag>),
    /// Ends a line.
    Break,
    /// A rule between parts.
    Rule,
    /// A link.
    Link,
    /// Bold text.
    Bold,
    /// Italic text.
    Italic,
    /// An image.
    Image,
    /// A point or span of time.
    Time,
    /// An element of the page's own making: a box where boxes stand, inline within a paragraph.
    Custom,
    /// Any other inline element.
    Inline,
}

/// What an element of that lower-case name means.
pub(super) fn kind(name: &str) -> Kind {
    use BlockTag as T;
    match name {
        "p" => Kind::Block(Some(T::P)),
        "div" | "section" | "article" | "main" | "header" | "footer" | "nav" | "aside" | "address" | "body"
        | "html" | "center" | "form" | "fieldset" | "figure" | "details" | "dialog" | "hgroup" | "menu" | "dir"
        | "ul" | "ol" | "dl" | "table" | "tbody" | "thead" | "tfoot" | "tr" | "frameset" | "noframes" | "search"
        | "listing" | "marquee" | "template" => Kind::Block(None),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Kind::Block(Some(T::Heading)),
        "li" => Kind::Block(Some(T::Li)),
        "td" | "th" => Kind::Block(Some(T::Cell)),
        "blockquote" => Kind::Block(Some(T::Quote)),
        "pre" | "xmp" | "plaintext" => Kind::Block(Some(T::Pre)),
        "figcaption" | "caption" => Kind::Block(Some(T::Caption)),
        "dt" | "dd" => Kind::Block(Some(T::Definition)),
        "button" | "label" | "legend" | "summary" => Kind::Block(Some(T::Control)),
        "br" => Kind::Break,
        "hr" => Kind::Rule,
        "a" => Kind::Link,
        "b" | "strong" => Kind::Bold,
        "i" | "em" | "cite" => Kind::Italic,
        "img" | "amp-img" => Kind::Image,
        "time" => Kind::Time,
        "noscript" => Kind::Noscript,
        "head" | "script" | "style" | "svg" | "iframe" | "object" | "embed" | "applet" | "canvas" | "audio"
        | "video" | "select" | "option" | "optgroup" | "datalist" | "textarea" | "input" | "map" | "area" | "link"
        | "meta" | "title" | "base" | "math" | "rp" | "noembed" => Kind::Skip,
        _ if name.contains('-') => Kind::Custom,
        _ => Kind::Inline,
    }
}

/// The tag of a block within nested elements: what the inner one says, unless the outer one says more.
pub(super) fn nest(outer: BlockTag, inner: Option<BlockTag>) -> BlockTag {
    use BlockTag as T;
    match (outer, inner) {
        (T::Quote | T::Caption | T::Pre | T::Li | T::Definition | T::Control, None | Some(T::P)) => outer,
        (T::Heading, None | Some(T::P)) => T::Heading,
        (T::Quote, Some(T::Li)) => T::Li,
        (_, Some(tag)) => tag,
        (_, None) => T::Div,
    }
}

/// A lower-case element name with a static lifetime, for containers.
pub(super) fn static_name(name: &str) -> &'static str {
    macro_rules! known {
        ($($known:literal)+) => {
            match name {
                $($known => $known,)+
                _ => "other",
            }
        };
    }
    known! {
        "div" "p" "section" "article" "main" "header" "footer" "nav" "aside" "ul" "ol" "li" "table" "tbody"
        "tr" "td" "th" "form" "figure" "figcaption" "blockquote" "h1" "h2" "h3" "h4" "h5" "h6" "dl" "dt" "dd"
        "body" "html" "pre" "details" "fieldset" "address" "center" "button" "label" "dialog" "thead"
        "hgroup"
    }
}
