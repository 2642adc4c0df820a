//! Many short words looked for at once, wherever in a text they stand: in class names and wordings, of which a page has many while
//! few hold any.
//!
//! An automaton for some hundred words is larger than a processor's near memory, and a page reads it at random. Here the first
//! three bytes of every word are looked up in a table of two kilobytes, which tells nearly every place at once.

use memchr::memmem::Finder;

/// Places in the table.
const SLOTS: usize = 1 << 14;

/// Words, and the bits that each of them stands for.
#[derive(Debug)]
pub(crate) struct WordList {
    words: Vec<(&'static [u8], u64)>,
    /// A bit for each place that has words.
    used: Box<[u64; SLOTS / 64]>,
    /// Where in `words` those of each place begin; one more for the end.
    slots: Box<[u16]>,
    /// Words of fewer than three bytes.
    short: Vec<(Finder<'static>, u64)>,
}

/// The place of three bytes, the first of them lowest.
const fn slot(window: u32) -> usize {
    (window.wrapping_mul(0x9e37_79b1) >> 18) as usize % SLOTS
}

fn slot_of(word: &[u8]) -> usize {
    match word {
        [first, second, third, ..] => slot(u32::from_le_bytes([*first, *second, *third, 0])),
        _ => 0,
    }
}

impl WordList {
    /// A list of lower-case words.
    pub(crate) fn new(words: impl Iterator<Item = (&'static str, u64)>) -> Self {
        let all = words.map(|(word, bits)| (word.as_bytes(), bits)).filter(|(word, _)| !word.is_empty());
        let (mut words, short): (Vec<(&'static [u8], u64)>, Vec<_>) = all.partition(|(word, _)| word.len() >= 3);
        let short = short.into_iter().map(|(word, bits)| (Finder::new(word), bits)).collect();
        words.sort_by_key(|(word, _)| slot_of(word));
        let mut used = Box::new([0_u64; SLOTS / 64]);
        let mut slots = vec![0_u16; SLOTS + 1].into_boxed_slice();
        for (word, _) in &words {
            let slot = slot_of(word);
            used[slot / 64] |= 1 << (slot % 64);
            slots[slot + 1] += 1;
        }
        for at in 1..slots.len() {
            slots[at] += slots[at - 1];
        }
        Self { words, used, slots, short }
    }

    /// The bits of all words that stand in a lower-case text.
    pub(crate) fn bits(&self, text: &[u8]) -> u64 {
        let mut bits = 0;
        if let [first, second, rest @ ..] = text {
            let mut window = u32::from(*first) << 8 | u32::from(*second) << 16;
            for (at, byte) in rest.iter().enumerate() {
                window = window >> 8 | u32::from(*byte) << 16;
                let slot = slot(window);
                if self.used[slot / 64] >> (slot % 64) & 1 != 0 {
                    bits |= self.bits_at(slot, &text[at..]);
                }
            }
        }
        for (word, own) in &self.short {
            if word.find(text).is_some() {
                bits |= own;
            }
        }
        bits
    }

    /// The bits of the words of a place with which a text begins.
    fn bits_at(&self, slot: usize, text: &[u8]) -> u64 {
        let words = &self.words[usize::from(self.slots[slot])..usize::from(self.slots[slot + 1])];
        words.iter().filter(|(word, _)| text.starts_with(word)).fold(0, |bits, (_, own)| bits | own)
    }

    /// The same for names of up to 400 bytes in letters of any case; what stands beyond is not looked at.
    pub(crate) fn bits_of_names(&self, names: &str) -> u64 {
        let mut lower = [0_u8; 400];
        let length = names.len().min(lower.len());
        let lower = &mut lower[..length];
        lower.copy_from_slice(&names.as_bytes()[..length]);
        lower.make_ascii_lowercase();
        self.bits(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        let list = WordList::new([("anzeige", 1), ("zeig", 2), ("©", 4), ("abo ", 8), ("agb", 16)].into_iter());
        let bits = |text: &str| list.bits(text.as_bytes());
        assert_eq!(bits("die anzeigen"), 3);
        assert_eq!(bits("© im tagbau"), 4 | 16);
        assert_eq!(bits("abo"), 0);
        assert_eq!(bits("abo "), 8);
        assert_eq!((bits(""), bits("ab")), (0, 0));
        assert_eq!(list.bits_of_names("Top-AnZeige"), 3);
        assert_eq!(list.bits_of_names(&format!("{}anzeige", "x".repeat(395))), 0);
    }
}
