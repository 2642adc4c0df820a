//! [`Page`] → [`Segments`]: cuts a page into blocks, the smallest units that have one role.
//!
//! `html` walks the tree once; `text` takes plain text line by line; `elements` says which elements end a block;
//! `hints` reads class names and ids as evidence. A block ends where a block-level element begins or ends, and at every
//! `<br>`: pages without semantic markup (layout tables, `<br><br>` paragraphs) so give the same blocks as clean ones.
//! Nothing here decides what a block is; see [`crate::classify`].

mod cards;
mod elements;
pub mod hints;
mod html;
mod text;

use crate::parse::letters::is_invisible;
use crate::parse::{Content, Page};
use crate::site::Template;
use crate::types::{Block, Segments};

/// Blocks of a page that are told apart; the longest page of the benchmarks has a third as many. Beyond, neighbours are taken
/// together: a table of a million cells is data, and not one of them is looked at alone.
const MAX_BLOCKS: usize = 20_000;
/// Bytes of a block beyond [`MAX_BLOCKS`] after which another one begins.
const LONG: usize = 16 * 1024;

/// Cuts a page into blocks. Linear in the size of the page.
#[must_use]
pub fn segment(page: &Page, template: &Template) -> Segments {
    match &page.content {
        Content::Html(dom) => html::segment(dom, template),
        Content::Text(text) => text::segment(text),
    }
}

/// Adds a block, or its content to the last one where the page has too many.
fn add(segments: &mut Segments, mut block: Block) {
    let full = is_full(segments);
    match segments.blocks.last_mut() {
        Some(last) if full && last.text.len() < LONG && last.profile_role == block.profile_role => {
            last.text.push(' ');
            last.text.push_str(&block.text);
            last.link_chars = last.link_chars.saturating_add(block.link_chars);
            last.bold_chars = last.bold_chars.saturating_add(block.bold_chars);
            last.italic_chars = last.italic_chars.saturating_add(block.italic_chars);
            last.links.append(&mut block.links);
            last.images.append(&mut block.images);
        }
        _ => segments.blocks.push(block),
    }
}

/// Whether a page has all the blocks that are told apart.
const fn is_full(segments: &Segments) -> bool {
    segments.blocks.len() >= MAX_BLOCKS
}

/// Appends text with its white space collapsed and invisible characters dropped; returns the characters added.
/// `gap` says whether white space is owed before the next word, and is updated.
fn push_collapsed(to: &mut String, text: &str, gap: &mut bool) -> u32 {
    if is_collapsed(text) {
        return push_words(to, text, gap);
    }
    let mut added = 0;
    let mut parts = text.split([' ', '\n', '\t', '\r', '\u{b}', '\u{c}']);
    // What stands before the first white space continues the word before it.
    if let Some(first) = parts.next() {
        added += push_part(to, first, gap);
    }
    for part in parts {
        *gap = true;
        added += push_part(to, part, gap);
    }
    added
}

/// The first bytes of all white space and of all invisible characters beyond ASCII; umlauts and accents begin with others.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0xc2 | 0xe1..=0xe3 | 0xef)
}

/// Whether words in a text stand one space apart, and nothing in it may be white space or invisible beyond ASCII: as most texts are.
fn is_collapsed(text: &str) -> bool {
    // 1 for a space, 2 for what needs another look.
    const CLASSES: [u8; 256] = {
        let mut classes = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            classes[byte] = match byte as u8 {
                b' ' => 1,
                b'\n' | b'\t' | b'\r' | 0x0b | 0x0c => 2,
                byte if is_special(byte) => 2,
                _ => 0,
            };
            byte += 1;
        }
        classes
    };
    let (mut before, mut found) = (0, 0);
    for byte in text.bytes() {
        let class = CLASSES[usize::from(byte)];
        found |= class & (before | 2);
        before = class;
    }
    found == 0
}

/// Appends a text that [`is_collapsed`].
fn push_words(to: &mut String, text: &str, gap: &mut bool) -> u32 {
    let words = text.trim_matches(' ');
    *gap |= text.starts_with(' ');
    if words.is_empty() {
        return 0;
    }
    let owed = *gap && !to.is_empty();
    if owed {
        to.push(' ');
    }
    to.push_str(words);
    *gap = text.ends_with(' ');
    chars_in(words) + u32::from(owed)
}

/// The characters of a text: each has one byte that continues none.
fn chars_in(text: &str) -> u32 {
    text.bytes().filter(|byte| byte & 0xc0 != 0x80).count() as u32
}

/// Appends what stands between ASCII white space.
fn push_part(to: &mut String, part: &str, gap: &mut bool) -> u32 {
    if part.is_empty() {
        return 0;
    }
    if !part.bytes().any(is_special) {
        let owed = *gap && !to.is_empty();
        if owed {
            to.push(' ');
        }
        to.push_str(part);
        *gap = false;
        return chars_in(part) + u32::from(owed);
    }
    let mut added = 0;
    let mut words = part.split(char::is_whitespace);
    if let Some(first) = words.next() {
        added += push_word(to, first, gap);
    }
    for word in words {
        *gap = true;
        added += push_word(to, word, gap);
    }
    added
}

fn push_word(to: &mut String, word: &str, gap: &mut bool) -> u32 {
    if word.is_empty() {
        return 0;
    }
    let before = to.len();
    let owed = *gap && !to.is_empty();
    if owed {
        to.push(' ');
    }
    if word.is_ascii() {
        to.push_str(word);
        *gap = false;
        return word.len() as u32 + u32::from(owed);
    }
    let start = to.len();
    to.extend(word.chars().filter(|&c| !is_invisible(c)));
    if to.len() == start {
        to.truncate(before);
        return 0;
    }
    *gap = false;
    to[start..].chars().count() as u32 + u32::from(owed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_collapsed_however_it_comes() {
        let pushed = |texts: &[&str]| {
            let (mut to, mut gap, mut added) = (String::new(), false, 0);
            texts.iter().for_each(|text| added += push_collapsed(&mut to, text, &mut gap));
            assert_eq!(added as usize, to.chars().count(), "{texts:?}");
            (to, gap)
        };
        for (texts, whole, gap) in [
            (&["Der Ort", " ist", " ", "schön "][..], "Der Ort ist schön", true),
            (&[" ", "a", "b"], "ab", false),
            (&["a  b", "\nc\u{a0}d\u{200b}", "e "], "a b c de", true),
            (&["a", "\u{ad}", " \u{2003} ", "–b"], "a –b", false),
            (&["", "  ", "\u{feff}"], "", true),
        ] {
            assert_eq!(pushed(texts), (whole.to_owned(), gap), "{texts:?}");
        }
    }

    #[test]
    fn beyond_a_bound_blocks_are_taken_together_and_nothing_is_lost() {
        let lines = 3 * MAX_BLOCKS;
        let plain = text::segment(&"Zeile\n".repeat(lines));
        let cells = crate::parse::Dom::parse(&format!("<table>{}", "<td>Zeile".repeat(lines)));
        let cells = html::segment(&cells, &Template::default());
        for segments in [plain, cells] {
            assert!((MAX_BLOCKS..MAX_BLOCKS + 100).contains(&segments.blocks.len()));
            assert_eq!(segments.blocks.iter().map(|block| block.text.matches("Zeile").count()).sum::<usize>(), lines);
            assert!(segments.containers.len() <= MAX_BLOCKS + 10);
        }
    }
}
