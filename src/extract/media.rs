//! The article's images, with caption and credit, and its links.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashSet;
use url::Url;

use super::hashes::normalise;
use super::is_web;
use super::marks::AD_MARK;
use super::names::is_agency;
use crate::types::{ImageRecord, Labelled, LinkRecord, Meta, MetaImage, Role, resolve};

/// Words of a caption that stands for an image unseen.
const CAPTION_WORDS: usize = 4;
/// Images of an article, at most.
const MAX_IMAGES: usize = 100;
/// Links of an article, at most.
const MAX_LINKS: usize = 1000;

/// The word before a credit that is all of a line.
static CREDIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\(?\s*(?:(?:bild(?:er|quelle|nachweis|rechte)?|fotos?(?: von|graf(?:in)?|nachweis|credit)?|grafik|illustration|quelle|copyright|photo(?:s|graph)?(?: by| credit)?|picture(?:s)?(?: by| credit)?|image(?: credit)?|credits?|source)\s*:\s*|©\s*)")
        .ok()
});
/// A credit at the end of a caption: `… (Foto: Ute Sand)`, `… © dpa`.
static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[\s(\[–—|/-])(?:(?:archiv)?(?:bild(?:quelle|nachweis)?|fotos?|photos?(?: by| credit)?|pictures?(?: by)?|images?(?: credit)?|grafik|illustration|credits?)\s*:|©)\s*([^:()\[\]]{2,80})[)\]]?\s*$")
        .ok()
});

/// The images that stand in the article, else those that the metadata name. In plain text there are none to see, so that a
/// caption stands for its image; `plain` says that the page is such.
pub(super) fn images(blocks: &[Labelled], meta: &Meta, base: &Url, plain: bool) -> Vec<ImageRecord> {
    let mut images: Vec<ImageRecord> = Vec::new();
    for (at, labelled) in blocks.iter().enumerate().filter(|(_, labelled)| labelled.role.is_article()) {
        let decorative = matches!(labelled.role, Role::Keywords | Role::Links | Role::Byline);
        // The picture behind a mark of paid content, before anything else, is what it marks.
        let paid = at.checked_sub(1).and_then(|before| blocks.get(before)).is_some_and(is_ad_mark)
            && !matches!(labelled.role, Role::Caption | Role::Credit);
        for image in labelled.block.images.iter().skip(usize::from(paid)).filter(|_| !decorative) {
            if let Some(url) = resolve(base, &image.src).filter(is_web).filter(|url| !is_ornament(url)) {
                push(&mut images, url.into());
            }
        }
        let text = labelled.block.text.as_str();
        match labelled.role {
            Role::Caption => {
                let (caption, credit) = part(text);
                describe(&mut images, |image| &mut image.caption, caption, plain);
                describe(&mut images, |image| &mut image.credit, credit, plain);
            }
            // An agency's line says whose the text is.
            Role::Credit if !plain && is_text_source(text) => {}
            Role::Credit => describe(&mut images, |image| &mut image.credit, without_credit_word(text), plain),
            _ => {}
        }
    }
    for known in &meta.images {
        if let Some(url) = resolve(base, &known.value.url).filter(is_web).filter(|url| !is_ornament(url)) {
            merge(&mut images, url.into(), &known.value);
        }
    }
    images
}

fn is_ad_mark(labelled: &Labelled) -> bool {
    labelled.role == Role::Advertisement && AD_MARK.is_match(&labelled.block.text)
}

/// A caption and the credit that stands at its end, or is all of it.
fn part(text: &str) -> (&str, &str) {
    if is_source(text) {
        return ("", text.trim_matches(['(', ')', ' ']));
    }
    if !text.contains([':', '©']) {
        return (text, "");
    }
    let Some(found) = TAIL.as_ref().and_then(|pattern| pattern.captures(text)) else { return (text, "") };
    let (Some(whole), Some(credit)) = (found.get(0), found.get(1)) else { return (text, "") };
    let caption = text.get(..whole.start()).unwrap_or_default();
    (caption.trim_end_matches([' ', '(', '[', '–', '—', '|', '/', '-']), credit.as_str().trim())
}

/// Whether a caption is but the name of an agency, with or without the photographer's: `Getty Images`, `Ute Sand/dpa`.
fn is_source(text: &str) -> bool {
    let text = text.trim_matches(['(', ')', ' ']);
    let short =
        text.len() <= 60 && !text.ends_with(['.', '!', '?']) && !text.contains([':', '©']) && !text.contains(". ");
    short && text.split(['/', ',', '|', '·']).any(|name| is_agency(&normalise(name)))
}

/// Whether a line names an agency as the source of the text: `Quelle: dpa`.
pub(super) fn is_text_source(text: &str) -> bool {
    let Some((label, source)) = text.trim_matches(['(', ')', ' ']).split_once(':') else { return false };
    matches!(normalise(label).as_str(), "quelle" | "quellen" | "source" | "sources") && is_source(source)
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

/// Gives a text to the last image that lacks one of its kind. Where it is not known, one without address stands for it: in
/// plain text always, else for a caption that is more than a button's words, since images may come late.
fn describe(
    images: &mut Vec<ImageRecord>,
    field: impl Fn(&mut ImageRecord) -> &mut Option<String>,
    text: &str,
    plain: bool,
) {
    if text.chars().filter(|c| c.is_alphabetic()).count() < 2 {
        return;
    }
    if let Some(image) = images.last_mut() {
        let field = field(image);
        if field.is_none() {
            *field = Some(text.to_owned());
            return;
        }
        if field.as_deref() == Some(text) {
            return;
        }
    }
    let tells = plain || images.is_empty() || text.split_whitespace().nth(CAPTION_WORDS - 1).is_some();
    if tells && images.len() < MAX_IMAGES {
        let mut image = ImageRecord { url: None, caption: None, credit: None };
        *field(&mut image) = Some(text.to_owned());
        images.push(image);
    }
}

fn without_credit_word(mut text: &str) -> &str {
    let bracketed = text.starts_with('(');
    // `Foto: Bild: …` happens where two systems add their word.
    for _ in 0..2 {
        let start = CREDIT.as_ref().and_then(|pattern| pattern.find(text)).map_or(0, |found| found.end());
        text = text.get(start..).unwrap_or(text).trim();
    }
    if bracketed { text.strip_suffix(')').unwrap_or(text) } else { text }
}

/// Pixels, spacers, icons, and what stands in place of an image until it is loaded.
fn is_ornament(url: &Url) -> bool {
    const NAMES: [&str; 13] = [
        "pixel",
        "spacer",
        "blank.",
        "1x1",
        "transparent",
        "icon",
        "logo",
        "sprite",
        "placeholder",
        "fallback.",
        "loading.",
        "lazyload",
        "lazy-load",
    ];
    const WHOLE: [&str; 6] = ["facebook", "twitter", "instagram", "whatsapp", "linkedin", "youtube"];
    let name = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    name.ends_with(".svg") || NAMES.iter().any(|part| name.contains(part)) || WHOLE.contains(&stem)
}

/// The links within the article, and those set apart below it.
pub(super) fn links(blocks: &[Labelled], base: &Url) -> Vec<LinkRecord> {
    let mut seen = FxHashSet::default();
    let mut links = Vec::new();
    let holds_links = |role: Role| role.is_text() || matches!(role, Role::Links | Role::Caption);
    for labelled in blocks.iter().filter(|labelled| holds_links(labelled.role)) {
        if labelled.role == Role::Links && labelled.block.links.is_empty() {
            for url in labelled.block.text.split_whitespace().filter(|word| is_plain_address(word)) {
                if links.len() < MAX_LINKS && seen.insert(url.to_owned()) {
                    links.push(LinkRecord { url: url.to_owned(), text: None });
                }
            }
        }
        for link in &labelled.block.links {
            if link.href.trim_start().starts_with('#') {
                continue;
            }
            let Some(url) = resolve(base, &link.href).filter(is_web) else { continue };
            // As written where it is absolute: a slash after the host is no one's but the parser's. Not where credentials were
            // written, which `resolve` leaves out.
            let written = link.href.trim();
            let url = if Url::parse(written).is_ok_and(|said| said == url) { written.to_owned() } else { url.into() };
            if links.len() < MAX_LINKS && seen.insert(url.clone()) {
                let bare = link.text.is_empty() || is_address(&link.text, &url);
                links.push(LinkRecord { url, text: (!bare).then(|| link.text.clone()) });
            }
        }
    }
    links
}

/// Whether a word is an address of the web that can be given as written: one without credentials.
fn is_plain_address(word: &str) -> bool {
    let url = word.contains("://").then(|| Url::parse(word).ok()).flatten().filter(is_web);
    url.is_some_and(|url| url.username().is_empty() && url.password().is_none())
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
        let images = images(&blocks, &Meta::default(), &base(), true);
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
        let images = images(&blocks, &Meta::default(), &base(), true);
        assert_eq!((images[0].url.as_deref(), images[0].credit.as_deref()), (None, Some("Ute Sand")));
    }

    #[test]
    fn a_caption_may_end_in_its_credit_or_be_one() {
        for (text, caption, credit) in [
            ("Der Steg im Mai. (Foto: Ute Sand)", "Der Steg im Mai.", "Ute Sand"),
            ("Der Steg im Mai. — © Ute Sand/dpa", "Der Steg im Mai.", "Ute Sand/dpa"),
            ("The jetty in May. Photo: Ute Sand", "The jetty in May.", "Ute Sand"),
            ("Getty Images", "", "Getty Images"),
            ("(Ute Sand/Reuters)", "", "Ute Sand/Reuters"),
            ("Foto: Ute Sand", "", "Ute Sand"),
            ("Der Rat entschied: Der Steg bleibt", "Der Rat entschied: Der Steg bleibt", ""),
            ("Der Steg, wie ihn Reuters zeigte.", "Der Steg, wie ihn Reuters zeigte.", ""),
        ] {
            assert_eq!(part(text), (caption, credit), "{text}");
        }
        assert_eq!(without_credit_word("Foto: Bild: Ute Sand"), "Ute Sand");
    }

    #[test]
    fn the_picture_behind_a_mark_is_paid() {
        let mut body = labelled(Role::Body, "Ein Satz.");
        let image = |src: &str| ImageRef { src: src.to_owned(), ..ImageRef::default() };
        body.block.images = vec![image("/banner.gif"), image("/flur.jpg")];
        let blocks = [labelled(Role::Advertisement, "– Anzeige –"), body];
        let found: Vec<_> = images(&blocks, &Meta::default(), &base(), false).into_iter().map(|i| i.url).collect();
        assert_eq!(found, [Some("https://ort.example/flur.jpg".to_owned())]);
    }

    #[test]
    fn an_agency_as_the_source_is_no_image() {
        let blocks = [labelled(Role::Body, "Ein Satz."), labelled(Role::Credit, "Quelle: dpa")];
        assert!(images(&blocks, &Meta::default(), &base(), false).is_empty());
        let blocks = [labelled(Role::Body, "Ein Satz."), labelled(Role::Credit, "Quelle: Stadt Seefurt")];
        assert_eq!(images(&blocks, &Meta::default(), &base(), false).len(), 1);
    }

    #[test]
    fn what_only_stands_in_for_an_image_is_none() {
        let mut body = labelled(Role::Body, "Ein Satz.");
        let image = |src: &str| ImageRef { src: src.to_owned(), ..ImageRef::default() };
        body.block.images = vec![image("/grey-placeholder.png"), image("/twitter.png"), image("/flur.jpg")];
        let blocks = [body, labelled(Role::Caption, "Leerer Flur im Amt."), labelled(Role::Caption, "Bild vergrößern")];
        let found = images(&blocks, &Meta::default(), &base(), false);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].caption.as_deref(), Some("Leerer Flur im Amt."));
        assert_eq!(images(&blocks, &Meta::default(), &base(), true).len(), 2);
    }

    #[test]
    fn bare_addresses_have_no_text() {
        let mut line = labelled(Role::Links, "http://www.seefurt.example");
        let link = |href: &str, text: &str| Link { href: href.to_owned(), text: text.to_owned(), ..Link::default() };
        assert_eq!(links(&[line.clone()], &base())[0].url, "http://www.seefurt.example");
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
