//! Plain text: a line is a block.

use super::{add, push_collapsed};
use crate::types::{Block, Container, Link, Segments};

/// Cuts plain text into its lines; an empty line is a gap before the next block.
pub(super) fn segment(text: &str) -> Segments {
    let mut segments = Segments {
        containers: vec![Container { tag: "other", ..Container::default() }],
        plain_text: true,
        ..Segments::default()
    };
    let mut gap = true;
    for line in text.lines() {
        let mut words = String::with_capacity(line.len());
        push_collapsed(&mut words, line, &mut false);
        if words.is_empty() {
            gap = true;
            continue;
        }
        let links = addresses(&words);
        let link_chars = links.iter().map(|link| link.text.chars().count() as u32).sum();
        let block = Block { text: words, links, link_chars, after_gap: gap, after_br: !gap, ..Block::default() };
        add(&mut segments, block);
        gap = false;
    }
    segments
}

/// Bare addresses in a line.
fn addresses(line: &str) -> Vec<Link> {
    line.split(' ')
        .filter_map(|word| {
            let word = word.trim_matches(['(', ')', '<', '>', ',', ';', '"']);
            let word = word.strip_suffix('.').unwrap_or(word);
            let rest = word.strip_prefix("http://").or_else(|| word.strip_prefix("https://"))?;
            (!rest.is_empty()).then(|| Link { href: word.to_owned(), text: word.to_owned(), rel: String::new() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_blocks_and_empty_lines_gaps() {
        let segments = segment("Ort:\nTitel\n\n[1.2.2003]  Ein\u{a0}Satz. \nhttps://www.ort.example\n");
        let texts: Vec<&str> = segments.blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(texts, ["Ort:", "Titel", "[1.2.2003] Ein Satz.", "https://www.ort.example"]);
        assert_eq!(segments.blocks.iter().map(|b| b.after_gap).collect::<Vec<_>>(), [true, false, true, false]);
        assert_eq!(segments.blocks[3].links[0].href, "https://www.ort.example");
        assert_eq!(segments.blocks[3].link_chars, 23);
    }
}
