//! What is kept of the page that an article was read from, so that a later reading can tell whether the page has changed or only the
//! reader.
//!
//! The same page may be read otherwise: a later version of this software, a profile that was bettered, a host of which more pages
//! were seen by now, so that its notices are known. None of that is news. An article that is read by another reader than
//! before is therefore another version only where the page shows it: a sentence of the article is no longer on the page, a sentence
//! that was not on the page is now in the article, or (by the same version of this software) the page says something else of itself.
//!
//! Sentences are hashed by their letters and figures, so that another cut into blocks changes few of them. Those of the article are kept
//! as they are (4 bytes each), those of the page as a Bloom filter (10 bits each, one wrong answer in a hundred): some 350 bytes an
//! article. A page whose paragraphs only change places, at the very visit at which the reader changed, is taken for the same.

use std::fmt::Write as _;

use crate::extract::Extraction;
use crate::parse::letters::{Sign, each_lower};
use crate::site::Site;
use crate::types::{Fnv, Meta, Reason, Record};

/// The form of the bytes. What an unknown form says is not known.
const FORM: u8 = 1;
/// Form, software, reader, metadata, number of the article's sentences.
const HEAD: usize = 1 + 4 + 4 + 4 + 2;
/// Sentences of an article that are kept.
const OWN: usize = 1_000;
/// Sentences of a page that are kept; the filter takes 5 kB then.
const ALL: usize = 4_000;
/// What the name of a model ends in where a host's pages are known.
const SITE: &str = "+site";
/// Bits of the filter for each sentence, and bits set for it.
const BITS: usize = 10;
const SET: u32 = 5;

/// An imprint of a page, as the state keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Imprint<'a> {
    head: &'a [u8],
    own: &'a [u8],
    page: &'a [u8],
}

/// The imprint of a page that was read.
#[must_use]
pub fn imprint_of(extraction: &Extraction, site: &Site) -> Vec<u8> {
    let (mut own, mut page) = (Vec::new(), Vec::new());
    for labelled in &extraction.classified.blocks {
        let from = page.len();
        sentences(&labelled.block.text, &mut page);
        if labelled.role.is_article() {
            own.extend_from_slice(page.get(from..).unwrap_or_default());
        }
    }
    for prints in [&mut own, &mut page] {
        prints.sort_unstable();
        prints.dedup();
    }
    own.truncate(OWN);
    page.truncate(ALL);
    let mut bytes = Vec::with_capacity(HEAD + own.len() * 4 + page.len() * BITS / 8 + 1);
    bytes.push(FORM);
    bytes.extend(software(&extraction.record).to_le_bytes());
    bytes.extend(reader(extraction, site).to_le_bytes());
    bytes.extend(said(&extraction.page.meta).to_le_bytes());
    bytes.extend(u16::try_from(own.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend(own.iter().flat_map(|print| print.to_le_bytes()));
    let filter = bytes.len();
    bytes.resize(filter + (page.len() * BITS).div_ceil(8), 0);
    if let Some(filter) = bytes.get_mut(filter..) {
        for print in page {
            for bit in places(print, filter.len()) {
                if let Some(byte) = filter.get_mut(bit / 8) {
                    *byte |= 1 << (bit % 8);
                }
            }
        }
    }
    bytes
}

impl<'a> Imprint<'a> {
    /// From bytes of [`imprint_of`]; none where they are none, or of another form.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD).filter(|(head, _)| head.first() == Some(&FORM))?;
        let count = head.get(13..HEAD)?.try_into().map(u16::from_le_bytes).ok()?;
        let (own, page) = rest.split_at_checked(usize::from(count) * 4)?;
        Some(Self { head, own, page })
    }

    /// Whether both were made by the same reader: what differs then, differs in the page.
    #[must_use]
    pub fn has_reader_of(&self, other: &Self) -> bool {
        self.head.get(1..9) == other.head.get(1..9)
    }

    /// Whether a later page is another one, whoever read them.
    #[must_use]
    pub fn differs(&self, later: &Self) -> bool {
        let software = |imprint: &Self| imprint.head.get(1..5).map(<[u8]>::to_vec);
        let says = |imprint: &Self| imprint.head.get(9..13).map(<[u8]>::to_vec);
        let lost = self.sentences().any(|sentence| !later.holds(sentence));
        let new = later.sentences().any(|sentence| !self.holds(sentence));
        lost || new || (software(self) == software(later) && says(self) != says(later))
    }

    fn sentences(&self) -> impl Iterator<Item = u32> {
        self.own.chunks_exact(4).filter_map(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)))
    }

    /// Whether the sentence stands on the page, most likely.
    fn holds(&self, sentence: u32) -> bool {
        places(sentence, self.page.len())
            .all(|bit| self.page.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0))
    }
}

/// The bits of a sentence in a filter of so many bytes.
fn places(print: u32, bytes: usize) -> impl Iterator<Item = usize> {
    let bits = (bytes * 8).max(1) as u64;
    let (mut at, step) = (u64::from(print), u64::from(print.rotate_left(16)) | 1);
    (0..SET).map(move |_| {
        at = at.wrapping_add(step).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from((at >> 32) % bits).unwrap_or(0)
    })
}

/// The hashes of a text's sentences. A sentence ends at a line feed, and where a mark is followed by a space.
fn sentences(text: &str, to: &mut Vec<u32>) {
    let (mut hash, mut letters, mut ends) = (Fnv::default(), false, false);
    for c in text.chars() {
        match Sign::of(c) {
            Sign::Ascii(small) => hash.byte(small),
            Sign::Other(c) => each_lower(c, |c| hash = hash.bytes(c.encode_utf8(&mut [0; 4]).as_bytes())),
            Sign::Break => {
                if letters && (c == '\n' || (ends && c.is_whitespace())) {
                    to.push(short(hash));
                    (hash, letters) = (Fnv::default(), false);
                }
                ends = matches!(c, '.' | '!' | '?' | ':' | ';' | '…');
                continue;
            }
        }
        (letters, ends) = (true, false);
    }
    if letters {
        to.push(short(hash));
    }
}

/// The version of this software.
fn software(record: &Record) -> u32 {
    short(Fnv::default().bytes(record.extractor_version.as_bytes()))
}

/// What else a page is read by: the model, its site's profile, and what recurs on the site as far as it had a say here.
fn reader(extraction: &Extraction, site: &Site) -> u32 {
    let mut hash = Fnv::default().bytes(&site.digest().to_le_bytes());
    hash = hash.bytes(extraction.record.model.trim_end_matches(SITE).as_bytes()).bytes(&[0]);
    for labelled in &extraction.classified.blocks {
        if labelled.reasons.iter().any(|reason| matches!(reason, Reason::Recurs { .. })) {
            hash = hash.bytes(labelled.block.text.as_bytes()).bytes(&[0]);
        }
    }
    short(hash)
}

/// What a page says of itself, but for when it was modified: builders of sites renew that with every page they render.
fn said(meta: &Meta) -> u32 {
    let Meta { title, headlines, descriptions, authors, published, sections, keywords, licenses, .. } = meta;
    let mut hash = Fnv::default();
    // Writing to a hash cannot fail.
    let _ = write!(hash, "{title:?}{headlines:?}{descriptions:?}{authors:?}{published:?}{sections:?}{keywords:?}");
    let _ = write!(hash, "{licenses:?}{:?}{:?}{:?}", meta.is_accessible_for_free, meta.robots.raw, meta.tdm);
    short(hash)
}

fn short(hash: Fnv) -> u32 {
    // The upper half says as much as the lower.
    (hash.finish() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::sketch::fingerprints;
    use crate::classify::{Classifier, Sketch};
    use crate::extract::assemble_with;
    use crate::parse::{ParseLimits, parse};
    use crate::revisit::Facets;
    use crate::revisit::change::IMPRINT;
    use crate::site::Sites;
    use crate::types::{Fetched, Origin, Via};

    const NOTICE: &str = "Der Flussbote erscheint seit dem Frühjahr an drei Tagen in der Woche. Wer ihn liest, hilft der Redaktion, \
        auch über die kleinen Orte zu berichten.";
    const PAGE: &str = "<html lang=de><head><title>Die Fähre kommt zurück</title><meta name=keywords content='Fähre, Seefurt'></head><body>\
        <article><h1>Die Fähre kommt zurück</h1>\
        <p>Nach drei Jahren an Land soll die Fähre von Seefurt im Mai wieder über den Fluss gehen, sagt die Hafenmeisterin.</p>\
        <p>Der Rat hat das Geld für den neuen Motor am Montag bewilligt. Die Werft in Altenquast braucht dafür sechs Wochen.</p>\
        <p>NOTICE</p><p>Bis dahin fährt der Bus über die Brücke, jede Stunde einmal, am Wochenende alle zwei Stunden und feiertags \
        gar nicht.</p></article><aside><h3>Mehr</h3><p><a href=/x>Der Markt zieht um</a></p></aside></body></html>";

    fn page() -> String {
        PAGE.replace("NOTICE", NOTICE)
    }

    fn ripe() -> Sketch {
        let mut sketch = Sketch::default();
        (0..10).for_each(|_| sketch.add(&fingerprints([NOTICE].into_iter())));
        sketch
    }

    /// What the state keeps of a page, and the article's text.
    fn read(page: &str, sketch: Option<&Sketch>) -> (Facets, String) {
        let url: url::Url = "http://fluss.test/faehre.html".parse().unwrap();
        let fetched = Fetched {
            requested: url.clone(),
            final_url: url.clone(),
            hops: Vec::new(),
            status: 200,
            headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
            body: page.as_bytes().to_vec(),
            fetched_at: "2025-03-05T10:00:00Z".parse().unwrap(),
            origin: Origin::Http,
            via: Via::Link,
        };
        let site = Sites::embedded().unwrap().for_url(&url);
        let parsed = parse(&fetched, &ParseLimits::default()).unwrap();
        let extraction = assemble_with(parsed, &fetched, &site, Classifier::embedded(), sketch);
        let facets = Facets::of(&extraction.record).with_imprint(&imprint_of(&extraction, &site));
        (facets, extraction.record.text)
    }

    /// The same as if a later version of this software had read it, and had found another section and another text.
    fn by_later_software(facets: &Facets) -> Facets {
        let mut bytes = facets.as_bytes().to_vec();
        for part in [7, 8] {
            bytes[part * 4] ^= 1;
        }
        bytes[IMPRINT + 1] ^= 1;
        Facets::from_bytes(bytes)
    }

    #[test]
    fn what_is_known_to_recur_by_now_is_no_change() {
        let ((before, with), (later, without)) = (read(&page(), None), read(&page(), Some(&ripe())));
        assert!(with.contains("Flussbote") && !without.contains("Flussbote"), "{with}\n{without}");
        assert!(before.has_other_reader(&later));
        assert_eq!(before.changed_in(&later), [""; 0]);
        assert_eq!(later.changed_in(&before), [""; 0], "nor is it where it recurs no more");
        let teaser = page().replace("Der Markt zieht um", "Neue Uhr am Turm");
        assert_eq!(before.changed_in(&read(&teaser, Some(&ripe())).0), [""; 0], "a teaser");
    }

    #[test]
    fn what_changed_beside_that_is_told() {
        let before = read(&page(), None).0;
        let later = |from: &str, to: &str| before.changed_in(&read(&page().replace(from, to), Some(&ripe())).0);
        assert_eq!(later("sechs Wochen", "acht Wochen"), ["text"]);
        assert_eq!(later("<p>Bis dahin", "<p>Eine Karte kostet 2 Euro.</p><p>Bis dahin"), ["text"]);
        assert_eq!(later(" Die Werft in Altenquast braucht dafür sechs Wochen.", ""), ["text"]);
        assert_eq!(later("Fähre, Seefurt", "Fähre, Fluss"), ["text", "keywords"]);
    }

    #[test]
    fn a_later_version_of_this_software_makes_no_news() {
        let before = read(&page(), None).0;
        let reads = |page: &str| before.changed_in(&by_later_software(&read(page, None).0));
        assert_eq!(reads(&page()), [""; 0]);
        assert_eq!(reads(&page().replace("Fähre, Seefurt", "Fähre, Fluss")), [""; 0], "it may read metadata otherwise");
        assert_eq!(reads(&page().replace("sechs Wochen", "acht Wochen")), ["text", "section"]);
        let cut = page().replace("bewilligt. Die", "bewilligt.</p><p>Die");
        assert_eq!(reads(&cut), [""; 0], "another cut into blocks");
    }

    #[test]
    fn the_same_reader_sees_every_change() {
        let before = read(&page(), Some(&ripe())).0;
        let later = |from: &str, to: &str| before.changed_in(&read(&page().replace(from, to), Some(&ripe())).0);
        assert_eq!(later("jede Stunde einmal", "einmal jede Stunde"), ["text"]);
        assert_eq!(later("Fähre, Seefurt", "Fähre, Fluss"), ["keywords"]);
        assert!(!before.has_other_reader(&read(&page().replace("Markt", "Zirkus"), Some(&ripe())).0));
    }

    #[test]
    fn bytes_that_are_none_are_not_read() {
        let whole = imprint_bytes();
        assert!(Imprint::from_bytes(&whole).is_some());
        for end in 0..HEAD + 3 {
            assert!(Imprint::from_bytes(&whole[..end]).is_none(), "{end}");
        }
        let mut other = whole;
        other[0] = FORM + 1;
        assert!(Imprint::from_bytes(&other).is_none());
        assert!(!Facets::default().has_other_reader(&read(&page(), None).0));
    }

    fn imprint_bytes() -> Vec<u8> {
        read(&page(), None).0.as_bytes()[IMPRINT..].to_vec()
    }

    #[test]
    fn a_filter_is_seldom_wrong() {
        let text: String = (0..2_000).map(|n| format!("Satz Nummer {n}. ")).collect();
        let mut own = Vec::new();
        sentences(&text, &mut own);
        assert_eq!(own.len(), 2_000);
        let mut filter = vec![0_u8; own.len() * BITS / 8];
        let bytes = filter.len();
        for bit in own.iter().flat_map(|print| places(*print, bytes)) {
            filter[bit / 8] |= 1 << (bit % 8);
        }
        let imprint = Imprint { head: &[], own: &[], page: &filter };
        assert!(own.iter().all(|print| imprint.holds(*print)));
        let other: String = (0..10_000).map(|n| format!("Anderer Satz {n}! ")).collect();
        let mut others = Vec::new();
        sentences(&other, &mut others);
        let wrong = others.iter().filter(|print| imprint.holds(**print)).count();
        assert!(wrong < 200, "{wrong} of 10,000");
    }
}
