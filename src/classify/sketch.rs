//! What recurs on the pages of a site: a bounded count of how many pages a block's text was seen on.
//!
//! One page cannot show that a paragraph of good prose is the publisher's notice, or the same author's biography as ever; ten
//! pages of a site can. A sketch counts texts by a 64-bit hash of their letters and figures and keeps those seen most often
//! (a lossy count after Manku & Motwani, 2002, cut in bulk; it can count too little, never too much). Old pages fade: all
//! counts are halved from time to time.
//!
//! What is promised: a page's labels depend on the page, the profile, the model and the sketch it is judged by, and on nothing
//! else. A sketch made of the same pages in the same order is the same, byte by byte. A crawl's sketch grows in the order in
//! which pages happen to be written, so that two crawls of a site may differ in blocks that recur; who needs the same records
//! each time makes a sketch first (`auslese learn`) and gives it to the crawl, which then uses it as it is.
//!
//! The caller adds each page once: a page that is asked again must not be counted again, or its own text would recur.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::parse::letters::{Sign, each_lower};

/// Texts kept. Beyond it the half that was seen least is forgotten.
const CAPACITY: usize = 4096;
/// Texts counted of a page, at most.
const PER_PAGE: usize = 1000;
/// At so many pages all counts are halved.
const FADE: u32 = 1024;
/// A text with fewer letters and figures says nothing.
const LETTERS: usize = 8;
/// Pages from which on a sketch is used.
const RIPE: u32 = 10;
/// A text that recurs stands on at least so many pages: more than one that is quoted or printed again,
const MANY: u32 = 8;
/// and on one page in so many at least.
const SHARE: u32 = 10;

const VERSION: u32 = 1;

/// Why a sketch cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SketchError {
    /// Not a sketch's JSON.
    #[error("not a sketch (make one by `auslese learn`): {0}")]
    Malformed(#[from] serde_json::Error),
    /// A sketch of another format.
    #[error("a sketch of version {0}; this build reads version {VERSION} (make it anew by `auslese learn`)")]
    Version(u32),
    /// A hash that is none.
    #[error("not a sketch (make one by `auslese learn`): `{0}` is no hash of 16 hexadecimal digits")]
    Hash(String),
}

/// How often texts were seen on the pages of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    pages: u32,
    blocks: FxHashMap<u64, u32>,
}

/// On how many of a sketch's pages a text was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Pages with the text.
    pub on: u32,
    /// Pages in the sketch.
    pub of: u32,
}

/// A sketch as it is stored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    auslese_sketch: u32,
    pages: u32,
    blocks: BTreeMap<String, u32>,
}

/// A text's hash: 64-bit FNV-1a over its letters and figures in lower case, stable over builds. None for a text too short
/// to tell anything.
#[must_use]
pub fn fingerprint(text: &str) -> Option<u64> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut letters = 0;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for c in text.chars() {
        match Sign::of(c) {
            Sign::Ascii(small) => {
                letters += 1;
                add(small);
            }
            Sign::Other(c) => each_lower(c, |c| {
                letters += 1;
                c.encode_utf8(&mut [0; 4]).bytes().for_each(&mut add);
            }),
            Sign::Break => {}
        }
    }
    (letters >= LETTERS).then_some(hash)
}

/// What a page counts of texts: the [`fingerprint`] of each, once.
#[must_use]
pub fn fingerprints<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    counted(texts.map(fingerprint))
}

/// What a page counts of its blocks' fingerprints: each once, those of the first so many blocks, in the order of numbers.
#[must_use]
pub fn counted(prints: impl Iterator<Item = Option<u64>>) -> Vec<u64> {
    let mut known = FxHashSet::default();
    let mut prints: Vec<u64> = prints.flatten().filter(|print| known.insert(*print)).take(PER_PAGE).collect();
    prints.sort_unstable();
    prints
}

impl Sketch {
    /// Counts a page, by the [`fingerprints`] of its blocks.
    pub fn add(&mut self, prints: &[u64]) {
        self.pages += 1;
        for print in prints {
            *self.blocks.entry(*print).or_default() += 1;
        }
        if self.pages >= FADE {
            self.pages /= 2;
            self.blocks.retain(|_, count| {
                *count /= 2;
                *count > 0
            });
        }
        if self.blocks.len() > CAPACITY {
            self.cut();
        }
    }

    /// Forgets the half that was seen least; among equals the hash decides, so that the order in the map does not.
    fn cut(&mut self) {
        let mut order: Vec<(u32, u64)> = self.blocks.iter().map(|(print, count)| (*count, *print)).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        for (_, print) in order.iter().skip(CAPACITY / 2) {
            self.blocks.remove(print);
        }
    }

    /// Pages counted, fading included.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Whether enough pages were seen to judge others by.
    #[must_use]
    pub fn is_ripe(&self) -> bool {
        self.pages >= RIPE
    }

    /// Where a text of that [`fingerprint`] recurs on so many of the pages that it belongs to the site, not to an article: on how many.
    #[must_use]
    pub fn recurs(&self, print: u64) -> Option<Seen> {
        if !self.is_ripe() {
            return None;
        }
        let on = *self.blocks.get(&print)?;
        (on >= MANY && on.saturating_mul(SHARE) >= self.pages).then_some(Seen { on, of: self.pages })
    }

    /// The sketch as JSON, the same bytes for the same sketch.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut blocks: Vec<(u64, u32)> = self.blocks.iter().map(|(print, count)| (*print, *count)).collect();
        blocks.sort_unstable();
        let mut json = String::with_capacity(64 + 24 * blocks.len());
        // Writing to a string cannot fail.
        let _ = write!(json, "{{\"auslese_sketch\":{VERSION},\"pages\":{},\"blocks\":{{", self.pages);
        for (at, (print, count)) in blocks.iter().enumerate() {
            let _ = write!(json, "{}\"{print:016x}\":{count}", if at > 0 { "," } else { "" });
        }
        json.push_str("}}");
        json
    }

    /// Reads what [`Sketch::to_json`] wrote.
    ///
    /// # Errors
    /// [`SketchError`] where it is no sketch, or one of another version.
    pub fn from_json(json: &str) -> Result<Self, SketchError> {
        let stored: Stored = serde_json::from_str(json)?;
        if stored.auslese_sketch != VERSION {
            return Err(SketchError::Version(stored.auslese_sketch));
        }
        let mut sketch = Self { pages: stored.pages, blocks: FxHashMap::default() };
        for (hash, count) in stored.blocks {
            let print = u64::from_str_radix(&hash, 16).ok().filter(|_| hash.len() == 16);
            sketch.blocks.insert(print.ok_or(SketchError::Hash(hash))?, count);
        }
        if sketch.blocks.len() > CAPACITY {
            sketch.cut();
        }
        Ok(sketch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &str = "Der Bote prüft jede Zahl, bevor er sie druckt.";

    fn recurs(sketch: &Sketch, text: &str) -> Option<Seen> {
        sketch.recurs(fingerprint(text).unwrap())
    }

    /// Pages with a notice, and texts of their own.
    fn pages(range: std::ops::Range<u32>, sketch: &mut Sketch) {
        for page in range {
            let own: Vec<String> = (0..30).map(|at| format!("Absatz {at} von Seite {page}")).collect();
            sketch.add(&fingerprints(own.iter().map(String::as_str).chain([NOTICE])));
        }
    }

    #[test]
    fn case_and_marks_do_not_count_but_figures_do() {
        assert_eq!(fingerprint("Der Markt, 13. Mai!"), fingerprint("der markt 13 mai"));
        assert_ne!(fingerprint("Der Markt am 13."), fingerprint("Der Markt am 14."));
        assert_eq!(fingerprint("Mai 2024 "), None);
    }

    #[test]
    fn what_recurs_is_known_from_the_tenth_page_on() {
        let mut sketch = Sketch::default();
        pages(0..9, &mut sketch);
        assert_eq!(recurs(&sketch, NOTICE), None);
        pages(9..10, &mut sketch);
        assert_eq!(recurs(&sketch, NOTICE), Some(Seen { on: 10, of: 10 }));
        assert_eq!(recurs(&sketch, "Absatz 1 von Seite 1"), None);
    }

    #[test]
    fn a_text_printed_a_few_times_never_recurs() {
        for times in 1..MANY {
            let mut sketch = Sketch::default();
            for page in 0..40_u32 {
                let own = format!("Eigener Absatz von Seite {page}");
                let again = (page < times).then_some("Der Markt in Ulmau zieht um.");
                sketch.add(&fingerprints([own.as_str()].into_iter().chain(again)));
                assert_eq!(recurs(&sketch, "Der Markt in Ulmau zieht um."), None, "{times} times, page {page}");
            }
        }
    }

    #[test]
    fn it_stays_bounded_and_keeps_what_recurs() {
        let mut sketch = Sketch::default();
        pages(0..3000, &mut sketch);
        assert!(sketch.blocks.len() <= CAPACITY && sketch.pages() < FADE);
        assert!(recurs(&sketch, NOTICE).is_some());
        let flood: Vec<String> = (0..100_000).map(|at| format!("Eintrag Nummer {at}")).collect();
        assert_eq!(fingerprints(flood.iter().map(String::as_str)).len(), PER_PAGE);
    }

    #[test]
    fn what_stopped_recurring_fades() {
        let mut sketch = Sketch::default();
        pages(0..1000, &mut sketch);
        for page in 0..20_000 {
            sketch.add(&fingerprints([format!("Anderer Absatz {page}").as_str()].into_iter()));
        }
        assert_eq!(recurs(&sketch, NOTICE), None);
    }

    #[test]
    fn it_comes_back_as_it_was_stored() {
        let mut sketch = Sketch::default();
        pages(0..200, &mut sketch);
        let json = sketch.to_json();
        assert_eq!(Sketch::from_json(&json).unwrap(), sketch);
        assert_eq!(Sketch::from_json(&json).unwrap().to_json(), json);
        let other = json.replace("\"auslese_sketch\":1", "\"auslese_sketch\":2");
        assert!(matches!(Sketch::from_json(&other), Err(SketchError::Version(2))));
        assert!(matches!(Sketch::from_json("{}"), Err(SketchError::Malformed(_))));
        let hash = "{\"auslese_sketch\":1,\"pages\":1,\"blocks\":{\"xyz\":1}}";
        assert!(matches!(Sketch::from_json(hash), Err(SketchError::Hash(_))));
    }
}
