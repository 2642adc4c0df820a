//! Fingerprints of a text: exact (SHA-256), near (simhash), and its length in words.
//!
//! All three see words only (runs of letters and digits, lower case), so that markup and punctuation mean nothing.

use sha2::{Digest, Sha256};

use super::identity::hex;
use crate::parse::letters::{each_lower, is_alphanumeric};

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
    let mut gap = false;
    for c in text.chars() {
        if !is_alphanumeric(c) {
            gap = !to.is_empty();
            continue;
        }
        if gap {
            to.push(' ');
            gap = false;
        }
        each_lower(c, |c| to.push(c));
    }
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
        let hashes: Vec<u64> = normalised.split(' ').filter(|word| !word.is_empty()).map(hash_word).collect();
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
    let mut weights = [0_i32; 64];
    for shingle in words.windows(SHINGLE) {
        let hash = hash_shingle(shingle);
        for (bit, weight) in weights.iter_mut().enumerate() {
            *weight += 2 * (hash >> bit & 1) as i32 - 1;
        }
    }
    let bits = weights.iter().enumerate().fold(0_u64, |bits, (bit, &weight)| bits | u64::from(weight > 0) << bit);
    Some(format!("{bits:016x}"))
}

/// FNV-1a over a word. Written out, because the fingerprint must be the same in every version of every library.
fn hash_word(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
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
