//! What words alone say: a weight for each word and each pair of words, learned from pages (`training/words.py`), in a table
//! by hash.
//!
//! Format, little-endian: the magic `AUSLWORD`, a `u32` version, an `f32` scale, an `f32` base, and [`BUCKETS`] signed bytes. A text's
//! log-odds are the base, plus the scale times the sum of its weights over the root of their number.

use crate::classify::trees::ModelError;
use crate::parse::letters::{Sign, each_lower};

const MAGIC: &[u8; 8] = b"AUSLWORD";
const VERSION: u32 = 1;
const HEAD: usize = 20;

/// Entries of the table, a power of two.
pub const BUCKETS: usize = 1 << 17;

/// Words of a block that are looked at: the first ones tell as much as all of them.
const WORDS: usize = 60;

/// Marks the first word of a block, and its last one.
const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const LAST: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// The table.
#[derive(Debug)]
pub struct Lexicon {
    scale: f32,
    base: f32,
    weights: Vec<i8>,
}

impl Lexicon {
    /// Reads the table.
    ///
    /// # Errors
    /// Where the bytes are no such table.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let (Some(head), Some(weights)) = (bytes.first_chunk::<HEAD>(), bytes.get(HEAD..)) else {
            return Err(ModelError::Malformed(bytes.len()));
        };
        let word = |at: usize| [head[at], head[at + 1], head[at + 2], head[at + 3]];
        if head[..8] != *MAGIC {
            return Err(ModelError::Malformed(0));
        }
        let version = u32::from_le_bytes(word(8));
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        let (scale, base) = (f32::from_le_bytes(word(12)), f32::from_le_bytes(word(16)));
        if weights.len() != BUCKETS || !scale.is_finite() || !base.is_finite() {
            return Err(ModelError::Malformed(bytes.len()));
        }
        Ok(Self { scale, base, weights: weights.iter().map(|byte| byte.cast_signed()).collect() })
    }

    /// The log-odds that a text is an article's, by its words alone.
    #[must_use]
    pub fn odds(&self, text: &str) -> f32 {
        let (mut sum, mut count) = (0_i32, 0_u32);
        buckets(text, |bucket| {
            sum += i32::from(self.weights[bucket as usize % BUCKETS]);
            count += 1;
        });
        self.base + self.scale * sum as f32 / (count.max(1) as f32).sqrt()
    }

    /// A number that changes with the weights.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let bytes = self.weights.iter().map(|weight| u64::from(weight.cast_unsigned()));
        bytes.fold(u64::from(self.scale.to_bits()), mix)
    }
}

/// Hands out the entries of a text: of each word, of each pair of neighbours, of the first and of the last word. Numbers are
/// told apart by their length alone.
pub fn buckets(text: &str, mut each: impl FnMut(u32)) {
    let mut add = |hash: u64| each((mix(hash, 0) >> (64 - BUCKETS.trailing_zeros())) as u32);
    let mut before: Option<u64> = None;
    let mut words = 0;
    words_of(text, |word| {
        add(word);
        match before {
            Some(before) => add(mix(before, word)),
            None => add(word ^ FIRST),
        }
        before = Some(word);
        words += 1;
        words < WORDS
    });
    if let Some(last) = before {
        add(last ^ LAST);
    }
}

fn mix(hash: u64, c: u64) -> u64 {
    (hash.rotate_left(5) ^ c).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Hands out a hash for each run of letters and digits, whatever their case, until `each` has enough.
fn words_of(text: &str, mut each: impl FnMut(u64) -> bool) {
    let (mut hash, mut length, mut number) = (0_u64, 0_u64, true);
    for c in text.chars() {
        match Sign::of(c) {
            Sign::Ascii(small) => {
                hash = mix(hash, u64::from(small));
                number &= small.is_ascii_digit();
                length += 1;
            }
            Sign::Other(c) => {
                each_lower(c, |c| hash = mix(hash, u64::from(c)));
                number = false;
                length += 1;
            }
            Sign::Break if length > 0 => {
                if !each(if number { length } else { hash }) {
                    return;
                }
                (hash, length, number) = (0, 0, true);
            }
            Sign::Break => {}
        }
    }
    if length > 0 {
        each(if number { length } else { hash });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets_of(text: &str) -> Vec<u32> {
        let mut all = Vec::new();
        buckets(text, |bucket| all.push(bucket));
        all
    }

    #[test]
    fn entries_are_those_of_words_and_pairs_whatever_the_case() {
        assert_eq!(buckets_of("Mehr zum THEMA:"), buckets_of("mehr  zum Thema"));
        // Three words, two pairs, a first and a last one.
        assert_eq!(buckets_of("Mehr zum Thema").len(), 7);
        assert_ne!(buckets_of("zum mehr Thema"), buckets_of("mehr zum Thema"));
        assert_eq!(buckets_of("12.05.2024"), buckets_of("31.12.1999"));
        assert!(buckets_of(" – ").is_empty());
        assert!(buckets_of(&"wort ".repeat(5000)).len() <= 2 * WORDS + 1);
    }

    #[test]
    fn a_table_is_read_and_weighs_words() {
        let mut bytes = Vec::from(*MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(0.5_f32.to_le_bytes());
        bytes.extend((-1.0_f32).to_le_bytes());
        bytes.resize(HEAD + BUCKETS, 0);
        let [word, ..] = buckets_of("rat")[..] else { panic!("no entry") };
        bytes[HEAD + word as usize] = 12;
        let lexicon = Lexicon::read(&bytes).unwrap();
        assert!((lexicon.odds("") + 1.0).abs() < 1e-6);
        // One word is three entries, of which one has a weight.
        assert!((lexicon.odds("Rat") - (0.5 * 12.0 / 3.0_f32.sqrt() - 1.0)).abs() < 1e-6);
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(Lexicon::read(b"AUSLWORD").unwrap_err(), ModelError::Malformed(8));
        assert_eq!(Lexicon::read(&[0; HEAD + BUCKETS]).unwrap_err(), ModelError::Malformed(0));
        let mut bytes = [0; HEAD + BUCKETS];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8] = 9;
        assert_eq!(Lexicon::read(&bytes).unwrap_err(), ModelError::Version(9));
    }
}
