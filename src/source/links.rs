//! The links of an HTML page.

use scraper::Node;

use super::gather::{Found, Gather};
use super::{Context, MAX_LINKS};
use crate::parse::{Content, Page};
use crate::site::UrlKind;
use crate::types::{Via, resolve};

/// Offers every link of a page.
pub(super) fn read(page: &Page, context: &Context<'_>, gather: &mut Gather<'_>) {
    let Content::Html(dom) = &page.content else { return };
    let base = page.base();
    let via = if context.kind == UrlKind::Listing { Via::Listing } else { Via::Link };
    let nofollow = context.nofollow || page.meta.robots.nofollow;
    let mut count = 0;
    for node in dom.html().tree.root().descendants() {
        let Node::Element(element) = node.value() else { continue };
        if !matches!(element.name(), "a" | "area") {
            continue;
        }
        let Some(href) = element.attr("href") else { continue };
        count += 1;
        if count > MAX_LINKS {
            gather.omit(1);
            continue;
        }
        let found = Found { url: resolve(&base, href), written: href.to_owned(), nofollow, ..Found::default() };
        gather.take(found, via);
    }
}
