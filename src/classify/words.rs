//! Words as hashes, for comparing texts by the words they share.

use crate::parse::letters::{Sign, each_lower};

/// Puts hashes of the first `most` words of a text (runs of letters and digits, whatever their case) into a list.
pub(super) fn hashes(text: &str, most: usize, to: &mut Vec<u64>) {
    to.clear();
    let mut word = Word::default();
    for c in text.chars() {
        match Sign::of(c) {
            Sign::Ascii(small) => word.add(char::from(small)),
            Sign::Other(c) => each_lower(c, |c| word.add(c)),
            Sign::Break if word.letters > 0 => {
                to.push(std::mem::take(&mut word).hash());
                if to.len() >= most {
                    return;
                }
            }
            Sign::Break => {}
        }
    }
    if word.letters > 0 {
        to.push(word.hash());
    }
}

/// A word on its way to a hash. Its letters are shifted together and mixed in once in eight: a multiplication for each would
/// cost a page more than all else that is done here.
#[derive(Debug, Default)]
struct Word {
    letters: u32,
    last: u64,
    mixed: u64,
}

impl Word {
    fn add(&mut self, c: char) {
        self.letters += 1;
        if c > 'ÿ' {
            self.mixed = mix(self.mixed, u64::from(c));
            return;
        }
        self.last = self.last << 8 | u64::from(c);
        if self.letters.is_multiple_of(8) {
            self.mixed = mix(self.mixed, self.last);
            self.last = 0;
        }
    }

    fn hash(&self) -> u64 {
        mix(self.mixed, self.last ^ u64::from(self.letters) << 56)
    }
}

/// As in FxHash: enough for words of one page, of which no one gains by a collision.
const fn mix(hash: u64, part: u64) -> u64 {
    let mixed = (hash.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_any_case() {
        let of = |text| {
            let mut to = Vec::new();
            hashes(text, 4, &mut to);
            to
        };
        assert_eq!(of("Die ÄRZTE, 2024"), of("die ärzte – 2024."));
        assert_eq!(of("a b c d e").len(), 4);
        assert_ne!(of("ab"), of("ba"));
        assert!(of(" – ").is_empty());
    }
}
