//! How far a text agrees with gold.
//!
//! A word is what Python's `\w+` finds: letters and numbers of any script and `_`, but no combining marks (Rust's `\w` has
//! them), so that the figures agree with scripts that others have.

use rustc_hash::FxHashMap;

/// Words of a shingle.
const SHINGLE: usize = 4;

/// A text cut into words.
#[derive(Debug, Clone, Default)]
pub struct Words<'t>(Vec<&'t str>);

impl<'t> Words<'t> {
    /// The words of a text, as written.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        Self(text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).collect())
    }

    fn bag(&self) -> FxHashMap<&'t str, u32> {
        let mut bag = FxHashMap::default();
        for &word in &self.0 {
            *bag.entry(word).or_default() += 1;
        }
        bag
    }

    fn shingles(&self) -> FxHashMap<&[&'t str], u32> {
        let mut bag: FxHashMap<&[&'t str], u32> = FxHashMap::default();
        let size = SHINGLE.min(self.0.len()).max(1);
        for shingle in self.0.windows(size) {
            *bag.entry(shingle).or_default() += 1;
        }
        bag
    }
}

fn is_word(c: char) -> bool {
    // `is_alphanumeric` takes in combining vowel signs and the like (property Alphabetic), which Python's `\w` leaves out.
    c == '_' || c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric() && !is_mark(c))
}

/// Whether a character is a combining mark (general category M).
fn is_mark(c: char) -> bool {
    use std::sync::LazyLock;
    static MARK: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"^[\p{M}\p{So}]$").ok());
    // No mark stands below U+0300, which spares the pattern for nearly all text.
    c as u32 >= 0x300 && MARK.as_ref().is_some_and(|mark| mark.is_match(c.encode_utf8(&mut [0; 4])))
}

/// How far one text agrees with gold; every figure from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TextScore {
    /// Bag of lower-case words: F1, precision, recall.
    pub word: [f64; 3],
    /// Shingles of four words: precision, recall.
    pub shingle: [f64; 2],
    /// Whether the words are the same, in the same order.
    pub exact: bool,
}

impl TextScore {
    /// Compares a text with gold.
    #[must_use]
    pub fn of(text: &str, gold: &str) -> Self {
        let (words, gold_words) = (Words::of(text), Words::of(gold));
        let (lower, gold_lower) = (text.to_lowercase(), gold.to_lowercase());
        Self {
            word: word_f1(&Words::of(&lower).bag(), &Words::of(&gold_lower).bag()),
            shingle: shingle_pr(&words.shingles(), &gold_words.shingles()),
            exact: words.0 == gold_words.0,
        }
    }
}

fn word_f1(got: &FxHashMap<&str, u32>, gold: &FxHashMap<&str, u32>) -> [f64; 3] {
    if got.is_empty() || gold.is_empty() {
        return [if got.is_empty() && gold.is_empty() { 1.0 } else { 0.0 }; 3];
    }
    let hit = overlap(got, gold);
    let (precision, recall) = (hit / total(got), hit / total(gold));
    [f1(precision, recall), precision, recall]
}

fn shingle_pr(got: &FxHashMap<&[&str], u32>, gold: &FxHashMap<&[&str], u32>) -> [f64; 2] {
    let hit = overlap(got, gold);
    let (all, wanted) = (total(got), total(gold));
    if hit == all && hit == wanted {
        return [1.0, 1.0];
    }
    if hit == 0.0 { [0.0, 0.0] } else { [hit / all, hit / wanted] }
}

fn overlap<K: std::hash::Hash + Eq>(a: &FxHashMap<K, u32>, b: &FxHashMap<K, u32>) -> f64 {
    a.iter().map(|(key, &n)| f64::from(n.min(b.get(key).copied().unwrap_or(0)))).sum()
}

fn total<K>(bag: &FxHashMap<K, u32>) -> f64 {
    bag.values().map(|&n| f64::from(n)).sum()
}

/// The harmonic mean of precision and recall.
pub(super) fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

/// A text with its white space collapsed, as segments are looked for.
#[must_use]
pub fn squeeze(text: &str) -> String {
    // Python counts the four separators of ASCII (0x1c to 0x1f) as white space too.
    let parts = text.split(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_pythons() {
        assert_eq!(Words::of("a_b c-d Ⅳ ½ ² 日本 ё").0, ["a_b", "c", "d", "Ⅳ", "½", "²", "日本", "ё"]);
        // U+0301 alone ends a word in Python; so does a Devanagari vowel sign, and a circled letter is no letter.
        assert_eq!(Words::of("e\u{301}t कि ⓐb").0, ["e", "t", "क", "b"]);
    }

    #[test]
    fn figures_by_hand() {
        let score = TextScore::of("der Ort Der", "der ort liegt");
        // Bags {der: 2, ort: 1} and {der, ort, liegt}: 2 of 3 on either side.
        assert!(score.word.iter().all(|figure| (figure - 2.0 / 3.0).abs() < 1e-12));
        assert_eq!((score.shingle, score.exact), ([0.0, 0.0], false));
        let score = TextScore::of("a b c d e", "a b c d f");
        assert_eq!(score.shingle, [0.5, 0.5]);
        assert_eq!(TextScore::of("", "").word, [1.0; 3]);
        assert_eq!(TextScore::of("", "x"), TextScore::default());
        assert!(TextScore::of("Ein Ort.", "Ein – Ort").exact);
    }
}
