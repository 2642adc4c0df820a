//! A probability that a block is article text, without a learned model: length, links, function words, punctuation and
//! neighbours. It stands in where no model is at hand, and is what the model is measured against.

use super::shapes::Facts;
use crate::types::{Block, BlockTag};

/// Words that fill sentences and are rare in menus.
const FUNCTION_WORDS: &[&str] = &[
    "der", "die", "das", "und", "in", "den", "von", "zu", "mit", "sich", "des", "auf", "für", "ist", "im", "dem",
    "nicht", "ein", "eine", "als", "auch", "es", "an", "werden", "aus", "er", "hat", "dass", "sie", "nach", "wird",
    "bei", "einer", "um", "am", "sind", "noch", "wie", "einem", "über", "einen", "so", "zum", "war", "haben", "nur",
    "oder", "aber", "vor", "zur", "bis", "the", "of", "and", "to", "a", "that", "is", "was", "for", "on", "with", "as",
    "at", "by", "it", "be", "are", "from", "this", "have", "has", "had", "not", "but", "were", "which", "they", "his",
    "her", "their", "said",
];

/// The probability that each block is article text.
pub(super) fn probabilities(blocks: &[Block], facts: &[Facts]) -> Vec<f32> {
    let own: Vec<f32> = blocks.iter().zip(facts).map(|(block, facts)| score(block, facts)).collect();
    (0..own.len())
        .map(|i| {
            let before = i.checked_sub(1).and_then(|j| own.get(j)).copied().unwrap_or(-2.0);
            let after = own.get(i + 1).copied().unwrap_or(-2.0);
            let neighbours = before.clamp(-3.0, 3.0).min(3.0) + after.clamp(-3.0, 3.0);
            1.0 / (1.0 + (-(own[i] + 0.4 * neighbours)).exp())
        })
        .collect()
}

fn score(block: &Block, facts: &Facts) -> f32 {
    let words = facts.words.max(1) as f32;
    let fillers = block
        .text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() <= 8 && FUNCTION_WORDS.contains(&w.to_lowercase().as_str()))
        .count() as f32;
    let length = (facts.chars as f32 / 100.0).min(4.0);
    let mut score = -2.0 + 1.1 * length + 5.0 * (fillers / words).min(0.5) - 5.0 * facts.link_density;
    score += if facts.sentence { 0.8 } else { -0.6 };
    score += match block.tag {
        BlockTag::P => 0.5,
        BlockTag::Heading => 0.6,
        BlockTag::Control => -2.0,
        BlockTag::Caption => -1.5,
        BlockTag::Li => -0.3,
        _ => 0.0,
    };
    if facts.cue.is_some() {
        score -= 3.0;
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_beat_menus() {
        let block = |text: &str, link_chars| Block { text: text.to_owned(), link_chars, ..Block::default() };
        let blocks = [
            block("Start", 5),
            block("Politik", 7),
            block("Der Rat der Stadt hat am Montag beschlossen, dass die Akten nun auch im Netz zu lesen sind.", 0),
            block(
                "Dazu hat die Verwaltung eine Seite eingerichtet, auf der sich die Vorlagen finden und nach Datum ordnen lassen.",
                0,
            ),
            block("Impressum", 9),
        ];
        let facts: Vec<Facts> = blocks.iter().map(Facts::of).collect();
        let p = probabilities(&blocks, &facts);
        assert!(p[2] > 0.5 && p[3] > 0.5, "{p:?}");
        assert!(p[0] < 0.5 && p[4] < 0.5, "{p:?}");
    }
}
