//! The article's images, with caption and credit, and its links.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashSet;
use url::Url;

use super::is_web;
use crate::types::{ImageRecord, Labelled, LinkRecord, Meta, MetaImage, Role, resolve};

/// Images of an article, at most.
const MAX_IMAGES: usize = 100;
/// Links of an article, at most.
const MAX_LINKS: usize = 1000;

static CREDIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\(?\s*(?:(?:bild(?:er|quelle|nachweis|rechte)?|fotos?(?: von|graf(?:in)?|nachweis|credit)?|grafik|illustration|quelle|copyright|photo(?:s|graph)?(?: by| credit)?|picture(?:s)?(?: by| credit)?|image(?: credit)?|credits?|source)\s*:\s*|©\s*)")
        .ok()
});

/// The images that stand in the article, else those that the metadata name.
pub(super) fn images(blocks: &[Labelled], meta: &Meta, base: &Url) -> Vec<ImageRecord> {
    let mut images: Vec<ImageRecord> = Vec::new();
    for labelled in blocks.iter().filter(|labelled| labelled.role.is_article()) {
        let decorative = matches!(labelled.role, Role::Keywords | Role::Links | Role::Byline);
        for image in labelled.block.images.iter().filter(|_| !decorative) {
            if let Some(url) = resolve(base, &image.src).filter(is_web).filter(|url| !is_ornament(url)) {
                push(&mut images, url.into());
            }
        }
        let text = labelled.block.text.as_str();
        match labelled.role {
            Role::Caption => describe(&mut images, |image| &mut image.caption, text),
            Role::Credit => describe(&mut images, |image| &mut image.credit, without_credit_word(text)),
            _ => {}
        }
    }
    for known in &meta.images {
        if let Some(url) = resolve(base, &known.value.url).filter(is_web) {
            merge(&mut images, url.into(), &known.value);
        }
    }
    images
}

/// Adds what metadata know: captions of images in the article; an image only where the article shows none, since they
/// repeat the article's in another size.
fn merge(images: &mut Vec<ImageRecord>, url: String, known: &MetaImage) {
    let unseen = images.iter().all(|image| image.url.is_none());
    let at = images.iter().position(|image| image.url.as_deref() == Some(url.as_str()));
    if at.is_none() && !unseen {
        return;
    }
    if images.is_empty() {
        images.push(ImageRecord { url: None, caption: None, credit: None });
    }
    if let Some(image) = images.get_mut(at.unwrap_or(0)) {
        image.url = Some(url);
        image.caption = image.caption.take().or_else(|| known.caption.clone());
        image.credit = image.credit.take().or_else(|| known.credit.clone());
    }
}

fn push(images: &mut Vec<ImageRecord>, url: String) {
    let known = images.iter().any(|image| image.url.as_deref() == Some(url.as_str()));
    if !known && images.len() < MAX_IMAGES {
        images.push(ImageRecord { url: Some(url), caption: None, credit: None });
    }
}

/// Gives a text to the last image that lacks one of its kind; where none is known (plain text), to one without address.
fn describe(images: &mut Vec<ImageRecord>, field: impl Fn(&mut ImageRecord) -> &mut Option<String>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(image) = images.last_mut() {
        let field = field(image);
        if field.is_none() {
            *field = Some(text.to_owned());
            return;
        }
    }
    if images.len() < MAX_IMAGES {
        let mut image = ImageRecord { url: None, caption: None, credit: None };
        *field(&mut image) = Some(text.to_owned());
        images.push(image);
    }
}

fn without_credit_word(text: &str) -> &str {
    let start = CREDIT.as_ref().and_then(|pattern| pattern.find(text)).map_or(0, |found| found.end());
    let rest = text.get(start..).unwrap_or(text).trim();
    if text.starts_with('(') { rest.strip_suffix(')').unwrap_or(rest) } else { rest }
}

/// Pixels, spacers and icons.
fn is_ornament(url: &Url) -> bool {
    const NAMES: [&str; 8] = ["pixel", "spacer", "blank.", "1x1", "transparent", "icon", "logo", "sprite"];
    let name = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    name.ends_with(".svg") || NAMES.iter().any(|part| name.contains(part))
}

/// The links within the article, and those set apart below it.
pub(super) fn links(blocks: &[Labelled], base: &Url) -> Vec<LinkRecord> {
    let mut seen = FxHashSet::default();
    let mut links = Vec::new();
    let holds_links = |role: Role| role.is_text() || matches!(role, Role::Links | Role::Caption);
    for labelled in blocks.iter().filter(|labelled| holds_links(labelled.role)) {
        for link in &labelled.block.links {
            if link.href.trim_start().starts_with('#') {
                continue;
            }
            let Some(url) = resolve(base, &link.href).filter(is_web) else { continue };
            // As written where it is absolute: a slash after the host is no one's but the parser's.
            let written = link.href.trim();
            let url = if Url::parse(written).is_ok() { written.to_owned() } else { url.into() };
            if links.len() < MAX_LINKS && seen.insert(url.clone()) {
                let bare = link.text.is_empty() || is_address(&link.text, &url);
                links.push(LinkRecord { url, text: (!bare).then(|| link.text.clone()) });
            }
        }
    }
    links
}

/// Whether a link's text is but its address.
fn is_address(text: &str, url: &str) -> bool {
    let bare = |address: &str| {
        let address = address.trim().trim_end_matches('/');
        let address = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
        address.strip_prefix("www.").unwrap_or(address).to_lowercase()
    };
    bare(text) == bare(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Block, ImageRef, Link};

    fn labelled(role: Role, text: &str) -> Labelled {
        let block = Block { text: text.to_owned(), ..Block::default() };
        Labelled { block, role, score: 1.0, reasons: Vec::new() }
    }

    fn base() -> Url {
        Url::parse("https://ort.example/a/").unwrap()
    }

    #[test]
    fn captions_and_credits_find_their_image() {
        let mut body = labelled(Role::Body, "Ein Satz.");
        body.block.images.push(ImageRef { src: "../i/flur.jpg".to_owned(), ..ImageRef::default() });
        let blocks =
            [body, labelled(Role::Caption, "Leerer Flur."), labelled(Role::Credit, "Bildquelle: Stadt Seefurt")];
        let images = images(&blocks, &Meta::default(), &base());
        assert_eq!(
            images,
            [ImageRecord {
                url: Some("https://ort.example/i/flur.jpg".to_owned()),
                caption: Some("Leerer Flur.".to_owned()),
                credit: Some("Stadt Seefurt".to_owned()),
            }]
        );
    }

    #[test]
    fn plain_text_has_captions_without_images() {
        let blocks = [labelled(Role::Credit, "(Foto: Ute Sand)")];
        let images = images(&blocks, &Meta::default(), &base());
        assert_eq!((images[0].url.as_deref(), images[0].credit.as_deref()), (None, Some("Ute Sand")));
    }

    #[test]
    fn bare_addresses_have_no_text() {
        let mut line = labelled(Role::Links, "http://www.seefurt.example");
        let link = |href: &str, text: &str| Link { href: href.to_owned(), text: text.to_owned(), ..Link::default() };
        line.block.links = vec![
            link("http://www.seefurt.example", "www.seefurt.example"),
            link("b", "Der Plan"),
            link("#oben", "oben"),
            link("javascript:x()", "x"),
        ];
        let found: Vec<_> = links(&[line], &base()).into_iter().map(|l| (l.url, l.text)).collect();
        assert_eq!(
            found,
            [
                ("http://www.seefurt.example".to_owned(), None),
                ("https://ort.example/a/b".to_owned(), Some("Der Plan".to_owned()))
            ]
        );
    }
}
