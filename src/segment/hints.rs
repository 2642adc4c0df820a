//! What class names, ids, roles and microdata say about an element: evidence, one bit a kind, never a verdict.

use std::sync::LazyLock;

use crate::parse::WordList;

macro_rules! hints {
    ($($(#[$meta:meta])* $name:ident = $bit:literal: $($word:literal)|+;)+) => {
        $($(#[$meta])* pub const $name: u64 = 1 << $bit;)+

        /// The names of the bits, lowest first.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];

        const WORDS: &[(&str, u64)] = &[$($(($word, $name)),+),+];
    };
}

hints! {
    /// Menus.
    NAV = 0: "nav" | "menu" | "sitemap" | "toolbar";
    /// The trail of sections.
    BREADCRUMB = 1: "breadcrumb" | "brotkrumen" | "brotkrume" | "crumb";
    /// The column beside the article.
    SIDEBAR = 2: "sidebar" | "side-bar" | "aside" | "widget" | "marginal" | "rightcol" | "right-col" | "complementary";
    /// Pointers to other articles.
    TEASER = 3: "teaser" | "card" | "promo" | "stream" | "tile" | "story-list" | "article-list" | "articlelist" | "newslist" | "post-list" | "listing" | "ticker" | "carousel" | "slider" | "headlines";
    /// Pointers to related articles.
    RELATED = 4: "related" | "recommend" | "more-" | "-more" | "mehr-" | "similar" | "read-also" | "readmore" | "read-more" | "also-" | "outbrain" | "taboola" | "most-read" | "popular" | "trending" | "weitere" | "next-post" | "prev-post" | "adjacent";
    /// Readers' comments.
    COMMENT = 5: "comment" | "kommentar" | "disqus" | "discussion" | "respond" | "reply" | "forum";
    /// Share and follow.
    SOCIAL = 6: "share" | "social" | "sharing" | "follow" | "facebook" | "twitter" | "whatsapp" | "addtoany" | "shariff";
    /// Page footer.
    FOOTER = 7: "footer" | "bottom" | "contentinfo" | "colophon";
    /// Page header.
    HEADER = 8: "header" | "masthead" | "banner" | "topbar" | "top-bar";
    /// Paid content.
    AD = 9: "advert" | "anzeige" | "sponsor" | "werbung" | "promotion" | "affiliate" | "adslot" | "ad-slot" | "google_ads" | "dfp" | "ad-container" | "adunit";
    /// Newsletter and subscription.
    NEWSLETTER = 10: "newsletter" | "subscri" | "abo-" | "abonn" | "signup" | "sign-up" | "mailing" | "optin";
    /// Consent.
    CONSENT = 11: "cookie" | "consent" | "gdpr" | "cmp-" | "privacy" | "opt-in" | "embed-placeholder" | "datenschutz";
    /// Captions.
    CAPTION = 12: "caption" | "bildunterschrift" | "bildtext" | "figcap" | "image-text" | "legend";
    /// Credits.
    CREDIT = 13: "credit" | "copyright" | "quelle" | "source" | "fotograf" | "photograph";
    /// Authors.
    AUTHOR = 14: "author" | "autor" | "byline" | "writer" | "contributor" | "verfasser" | "vcard";
    /// Dates.
    DATE = 15: "date" | "datum" | "time" | "published" | "posted" | "zeit";
    /// The article's content.
    CONTENT = 16: "content" | "entry" | "post-body" | "postbody" | "article-body" | "articlebody" | "article__body" | "story-body" | "storybody" | "story__body" | "fliesstext" | "richtext" | "rich-text" | "wysiwyg" | "prose" | "artikeltext" | "bodytext" | "body-text" | "textblock";
    /// An article.
    ARTICLE = 17: "article" | "artikel" | "story" | "post" | "beitrag" | "meldung" | "blog";
    /// The lead.
    LEAD = 18: "lead" | "intro" | "excerpt" | "vorspann" | "standfirst" | "dek" | "summary" | "abstract" | "subline" | "deck" | "description";
    /// Keywords and tags.
    TAGS = 19: "tags" | "tag-" | "-tag" | "keyword" | "topic" | "schlagwort" | "stichwort" | "taxonomy" | "categor" | "cat-links" | "rubrik";
    /// Meta lines.
    META = 20: "meta" | "info" | "details" | "dateline";
    /// Layers over the page.
    LAYER = 21: "modal" | "popup" | "pop-up" | "overlay" | "layer" | "lightbox" | "dialog" | "offcanvas" | "off-canvas" | "dropdown" | "flyout" | "tooltip" | "snackbar" | "toast" | "alert";
    /// Pages of a list.
    PAGINATION = 22: "pagination" | "paging" | "pager" | "page-numbers" | "seitenzahl" | "prevnext";
    /// Search.
    SEARCH = 23: "search" | "suche";
    /// Login and paywall.
    LOGIN = 24: "login" | "anmeld" | "paywall" | "piano" | "premium" | "register" | "regwall" | "account" | "meter";
    /// Media and galleries.
    MEDIA = 25: "video" | "gallery" | "galerie" | "media" | "player" | "image" | "photo" | "slideshow" | "bilder" | "audio";
    /// Hidden elements.
    HIDDEN = 26: "hidden" | "sr-only" | "screen-reader" | "screenreader" | "visually-hidden" | "visuallyhidden" | "d-none" | "invisible";
    /// Print, mail, font size.
    TOOLS = 27: "tools" | "print" | "druck" | "bookmark" | "merken" | "action" | "button" | "btn" | "icon";
    /// Kicker over the headline.
    KICKER = 28: "kicker" | "dachzeile" | "overline" | "topline" | "roofline" | "spitzmarke" | "eyebrow" | "pretitle" | "oberzeile" | "supertitle";
    /// Headline.
    HEADLINE = 29: "headline" | "title" | "titel" | "heading" | "ueberschrift";
    /// Quotes.
    QUOTE = 30: "quote" | "zitat" | "pullquote" | "blockquote";
    /// Author biographies.
    BIO = 31: "bio" | "about-author" | "about-the-author" | "author-box" | "authorbox" | "profile" | "autorenbox";
    /// Legal text.
    LEGAL = 32: "legal" | "imprint" | "impressum" | "disclaimer" | "terms" | "rights";
    /// Events.
    EVENTS = 33: "event" | "termin" | "calendar" | "kalender" | "veranstaltung";
    /// Boxes within an article.
    BOX = 34: "infobox" | "info-box" | "box" | "callout" | "factbox" | "panel" | "accordion" | "inset" | "embed";
    /// Products and shops.
    PRODUCT = 35: "product" | "produkt" | "price" | "preis" | "shop" | "cart" | "warenkorb" | "buy";
    /// Table of contents.
    TOC = 36: "toc" | "table-of-contents" | "inhaltsverzeichnis" | "jump";
    /// The main column.
    MAIN = 37: "main" | "primary" | "hauptinhalt" | "maincol" | "center-col" | "body";
}

/// Set by `hidden`, `aria-hidden=true`, `display:none`, not by a name.
pub const HIDDEN_ATTR: u64 = 1 << 38;
/// `role=main`, `itemprop=articleBody`: said in so many words.
pub const DECLARED_BODY: u64 = 1 << 39;
/// `role=navigation|complementary|banner|contentinfo|search`.
pub const DECLARED_FRAME: u64 = 1 << 40;

/// How many bits are in use.
pub const BITS: usize = 41;

static LIST: LazyLock<WordList> = LazyLock::new(|| WordList::new(WORDS.iter().copied()));

/// The hints in class names, ids and the like. Looks at the first 400 bytes: names beyond are generated.
pub(super) fn of_names(names: &str) -> u64 {
    LIST.bits_of_names(names)
}

/// The hints of names that a page has used already: it has few, and uses each often.
#[derive(Debug)]
pub(super) struct Names<'a> {
    known: [(&'a str, u64); SLOTS],
}

/// Places for names.
const SLOTS: usize = 256;

impl<'a> Names<'a> {
    pub(super) const fn new() -> Self {
        Self { known: [("", 0); SLOTS] }
    }

    /// As [`of_names`].
    pub(super) fn hints(&mut self, names: &'a str) -> u64 {
        let bytes = names.as_bytes();
        let at = |place: usize| usize::from(bytes.get(place).copied().unwrap_or(0));
        let (length, middle) = (bytes.len(), bytes.len() / 2);
        let place =
            length * 29 + at(0) + at(length.wrapping_sub(1)) * 3 + at(middle) * 7 + at(length.wrapping_sub(3)) * 13;
        let slot = &mut self.known[place % SLOTS];
        if slot.0 != names {
            *slot = (names, of_names(names));
        }
        slot.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_hints() {
        assert_eq!(of_names("Article-Body") & (ARTICLE | CONTENT), ARTICLE | CONTENT);
        assert_eq!(of_names("x7f3a9"), 0);
        assert_ne!(of_names("post-comments") & COMMENT, 0);
    }

    #[test]
    fn bits_fit() {
        assert!(NAMES.len() < BITS && BITS <= 64);
    }
}
