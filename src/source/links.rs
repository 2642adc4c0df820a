//! The links of an HTML page.

use rustc_hash::{FxBuildHasher, FxHashSet};
use url::Url;

use super::gather::{Found, Gather};
use super::listing::Pager;
use super::{Context, MAX_LINKS};
use crate::parse::{Content, ElementRef, NodeRef, Page};
use crate::site::UrlKind;
use crate::types::{Via, resolve};

/// So much of a link's text is looked at, in bytes: the words that lead to a next page are short.
const MAX_TEXT: usize = 64;

/// Offers every link of a page: `a`, `area`, frames, `link` (next and previous page, other versions, feeds), a refresh.
pub(super) fn read(page: &Page, context: &Context<'_>, gather: &mut Gather<'_>) {
    let Content::Html(dom) = &page.content else { return };
    let reader = Reader {
        base: page.base(),
        via: if context.kind == UrlKind::Listing { Via::Listing } else { Via::Link },
        nofollow: context.nofollow || page.meta.robots.nofollow,
        // An article that goes on, or the one before and after it, is reached by plain links.
        pager: (context.kind != UrlKind::Article).then(|| Pager::new(context.site, &page.url)),
        feeds: takes_feeds(context),
    };
    let marked = reader.pager.as_ref().map(|pager| pager.marked(dom)).unwrap_or_default();
    let mut count = 0_usize;
    // Most addresses stand on a page more than once (image, title, "more"); whoever has decided on one need not look again.
    let mut taken = FxHashSet::with_capacity_and_hasher(256, FxBuildHasher);
    for element in dom.root().descendants().filter_map(NodeRef::element) {
        let Some((href, found)) = reader.look_at(element) else { continue };
        count += 1;
        if count > MAX_LINKS {
            gather.omit(1);
            continue;
        }
        let paging = marked.contains(&element.id()) || found.paging;
        let via = if paging { Via::Pagination } else { reader.via };
        let (nofollow, source_kind) = (reader.nofollow || found.nofollow, found.source_kind);
        if !taken.insert((href, paging, nofollow, source_kind.is_some())) {
            gather.repeat();
            continue;
        }
        let url = resolve(&reader.base, href);
        gather.take(Found { url, written: href.to_owned(), nofollow, source_kind, lastmod: None }, via);
    }
    if let Some((_, target)) = &page.meta.refresh {
        let url = resolve(&reader.base, target);
        gather.take(Found { url, written: target.clone(), nofollow: reader.nofollow, ..Found::default() }, reader.via);
    }
}

/// Feeds are taken from lists and from where a crawl starts. Every article of a blog names a feed of its comments.
fn takes_feeds(context: &Context<'_>) -> bool {
    context.kind == UrlKind::Listing || (context.kind == UrlKind::Page && context.depth == 0)
}

struct Reader<'a> {
    base: Url,
    via: Via,
    nofollow: bool,
    pager: Option<Pager<'a>>,
    feeds: bool,
}

/// What an element says about its link.
#[derive(Debug, Default)]
struct Said {
    nofollow: bool,
    paging: bool,
    source_kind: Option<UrlKind>,
}

impl Reader<'_> {
    /// The link of an element, where it has one that may lead to a page.
    fn look_at<'t>(&self, element: ElementRef<'t>) -> Option<(&'t str, Said)> {
        let rel = || element.attr("rel").unwrap_or_default();
        match element.name() {
            "a" | "area" => {
                let href = element.attr("href").filter(|href| is_elsewhere(href))?;
                let mut said = Said { nofollow: has_word(rel(), "nofollow"), ..Said::default() };
                if let Some(pager) = &self.pager {
                    said.paging = has_word(rel(), "next") || pager.leads_on(&self.base, href, &label(element));
                }
                Some((href, said))
            }
            "frame" => Some((element.attr("src")?, Said::default())),
            "link" => {
                let href = element.attr("href").filter(|href| is_elsewhere(href))?;
                if has_word(rel(), "next") || has_word(rel(), "prev") {
                    let paging = self.pager.is_some();
                    return Some((href, Said { paging, ..Said::default() }));
                }
                if !has_word(rel(), "alternate") || has_word(rel(), "stylesheet") {
                    return None;
                }
                match element.attr("type").map(str::to_ascii_lowercase).as_deref() {
                    Some(
                        "application/rss+xml"
                        | "application/atom+xml"
                        | "application/feed+json"
                        | "application/rdf+xml",
                    ) => {
                        let said = Said { source_kind: Some(UrlKind::Feed), ..Said::default() };
                        self.feeds.then_some((href, said))
                    }
                    None | Some("" | "text/html" | "application/xhtml+xml") => Some((href, Said::default())),
                    Some(_) => None,
                }
            }
            _ => None,
        }
    }
}

/// Whether a link leads away from where it stands: `#top` does not.
fn is_elsewhere(href: &str) -> bool {
    let href = href.trim_start();
    !href.is_empty() && !href.starts_with('#')
}

fn has_word(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(word))
}

/// The text of a link, white space collapsed, or what stands for it (`aria-label`, `title`, `alt` of an image in it).
fn label(link: ElementRef<'_>) -> String {
    let mut text = String::new();
    // The nodes within a link are looked at up to a bound: a broken page may hold all of itself in one.
    for inner in link.node().descendants().take(MAX_TEXT) {
        text.push_str(inner.text().unwrap_or_default());
        if let Some(image) = inner.element().filter(|element| element.name() == "img") {
            text.push_str(image.attr("alt").unwrap_or_default());
        }
        if text.len() > MAX_TEXT {
            break;
        }
    }
    if text.trim().is_empty() {
        text = link.attr("aria-label").or_else(|| link.attr("title")).unwrap_or_default().to_owned();
    }
    let mut label = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !label.is_empty() {
            label.push(' ');
        }
        label.push_str(word);
    }
    label
}
