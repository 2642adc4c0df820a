//! Fingerprints of a text: exact (SHA-256), near (simhash), and its length in words.
//!
//! All three see words only (runs of letters and digits, lower case), so that markup and punctuation mean nothing.

use sha2::{Digest, Sha256};

use super::identity::hex;
use crate::parse::letters::{each_lower, is_alphanumeric};
use crate::types::Fnv;

/// Words of a shingle.
const SHINGLE: usize = 3;
/// Texts with fewer words have no simhash: a few words more or less would turn most of its bits.
const SIMHASH_MIN_WORDS: usize = 24;

/// The words of a text: runs of Unicode letters and digits.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_alphanumeric(c)).filter(|word| !word.is_empty())
}

/// The number of words of a text.
#[must_use]
pub fn word_count(text: &str) -> u64 {
    words(text).count() as u64
}

/// The words in lower case, one space between them.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        // Letters and digits of ASCII are taken a run at a time.
        let run = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (run, after) = rest.split_at_checked(run).unwrap_or((rest, ""));
        to.push_str(run);
        let mut after = after.chars();
        match after.next() {
            Some(c) if !c.is_ascii() && is_alphanumeric(c) => each_lower(c, |c| to.push(c)),
            Some(_) if !(to.is_empty() || to.ends_with(' ')) => to.push(' '),
            Some(_) | None => {}
        }
        rest = after.as_str();
    }
    to.truncate(to.trim_end_matches(' ').len());
    to.make_ascii_lowercase();
    to
}

/// What a text is known by again, from one look at its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprints {
    /// The text as [`normalise`] gives it.
    pub normalised: String,
    /// See [`content_hash`].
    pub content_hash: String,
    /// See [`simhash`].
    pub simhash: Option<String>,
    /// See [`word_count`].
    pub word_count: u64,
}

impl Fingerprints {
    /// The fingerprints of a text.
    #[must_use]
    pub(super) fn of(text: &str) -> Self {
        let normalised = normalise(text);
        let words = normalised.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let hashes: Vec<u64> = words.map(hash_word).collect();
        Self {
            content_hash: hex(Sha256::digest(normalised.as_bytes()).iter()),
            simhash: simhash_of(&hashes),
            word_count: hashes.len() as u64,
            normalised,
        }
    }
}

/// SHA-256 of the normalised text, hexadecimal.
#[must_use]
pub fn content_hash(text: &str) -> String {
    Fingerprints::of(text).content_hash
}

/// The 64-bit simhash (Charikar 2002) over shingles of three words, hexadecimal; none for short texts.
/// Texts that share most of their wording differ in few bits.
#[must_use]
pub fn simhash(text: &str) -> Option<String> {
    Fingerprints::of(text).simhash
}

fn simhash_of(words: &[u64]) -> Option<String> {
    if words.len() < SIMHASH_MIN_WORDS {
        return None;
    }
    let mut counts = Counts::default();
    words.windows(SHINGLE).for_each(|shingle| counts.add(hash_shingle(shingle)));
    Some(format!("{:016x}", counts.in_most()))
}

/// How many of some numbers have each bit set. Kept upright, a number for each power of two of the 64 counts, so that all of them are
/// counted on at once.
#[derive(Debug, Default)]
struct Counts {
    powers: Vec<u64>,
    numbers: u64,
}

impl Counts {
    fn add(&mut self, number: u64) {
        self.numbers += 1;
        let mut carried = number;
        for power in &mut self.powers {
            if carried == 0 {
                return;
            }
            (*power, carried) = (*power ^ carried, *power & carried);
        }
        if carried != 0 {
            self.powers.push(carried);
        }
    }

    /// The bits that more than half of the numbers have.
    fn in_most(&self) -> u64 {
        (0..64).fold(0, |bits, bit| {
            let count = self.powers.iter().rev().fold(0, |count, power| count << 1 | (power >> bit & 1));
            bits | u64::from(2 * count > self.numbers) << bit
        })
    }
}

/// FNV-1a over a word. Written out, because the fingerprint must be the same in every version of every library.
fn hash_word(word: &[u8]) -> u64 {
    Fnv::default().bytes(word).plain()
}

/// The words' hashes in their order, through splitmix64's finaliser, since FNV's high bits depend too little on short words.
fn hash_shingle(words: &[u64]) -> u64 {
    let mut hash = words.iter().fold(0_u64, |hash, word| hash.rotate_left(21) ^ word);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Die Stadt Seefurt hat ihr Archiv geöffnet. Wer die alten Pläne sehen will, meldet sich im Rathaus \
        und bekommt einen Platz am Lesetisch. Das Angebot gilt vorerst bis zum Ende des Jahres, sagt der Leiter des Hauses. \
        Danach soll der Rat neu beraten, ob es dabei bleibt.";

    fn bits(text: &str) -> u64 {
        u64::from_str_radix(&simhash(text).unwrap(), 16).unwrap()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            words("Der E-Akte-Tag 2024: „Öl“ & mehr…").collect::<Vec<_>>(),
            ["Der", "E", "Akte", "Tag", "2024", "Öl", "mehr"]
        );
        assert_eq!(word_count(" \n"), 0);
    }

    #[test]
    fn words_are_normalised_in_any_script() {
        for text in ["Der  Ort – ÄHRE, „Öl“!", " ", "", "– a", "x ", "ΟΔΟΣ İ2", "a\u{307}b", "1½ ²", "é̈ß ÷ ×Ž"]
        {
            let words: Vec<String> =
                words(text).map(|word| word.chars().flat_map(char::to_lowercase).collect()).collect();
            assert_eq!(normalise(text), words.join(" "), "{text:?}");
        }
    }

    #[test]
    fn bits_are_counted_upright() {
        let numbers = [0b0110_u64, 0b0111, 0b1010, u64::MAX, 1 << 63, 0b0010, 0b0100];
        let mut counts = Counts::default();
        numbers.iter().for_each(|number| counts.add(*number));
        for bit in 0..64 {
            let count = numbers.iter().filter(|number| *number >> bit & 1 == 1).count();
            assert_eq!(counts.in_most() >> bit & 1 == 1, 2 * count > numbers.len(), "{bit}");
        }
    }

    #[test]
    fn punctuation_and_case_do_not_change_the_hash() {
        assert_eq!(content_hash("Der Ort, hier."), content_hash("der ort HIER"));
        assert_eq!(content_hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn near_texts_have_near_simhashes() {
        let near = TEXT.replace("vorerst", "zunächst");
        let far = "Im Hafen von Altenquast liegt seit gestern ein Schiff, das niemand bestellt hat. Es trägt Kisten voller \
            Schrauben, und kein Papier nennt den Empfänger. Die Behörde sucht nun in drei Registern zugleich nach dem Eigner.";
        assert!((bits(TEXT) ^ bits(&near)).count_ones() <= 12);
        assert!((bits(TEXT) ^ bits(far)).count_ones() >= 20);
        assert_eq!(simhash("zu kurz"), None);
    }
}
