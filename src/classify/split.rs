//! Blocks in which two run together, because an extraction or a page's markup lost what parted them: kicker and headline
//! (`SeestadtRathaus im Netz`), a caption and the paragraph it stood beside, a mark of paid content and the title that it marks.

use std::collections::{HashMap, HashSet};

use super::scan::{Mark, letters};
use super::shapes::{Facts, content_words};
use crate::parse::Page;
use crate::types::{Block, BlockTag, Role, Segments};

/// A page with its blocks split, and what the parts are known to be.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// The blocks, more than before where some were split.
    pub segments: Segments,
    /// For each block, the block it was before.
    pub origin: Vec<usize>,
    /// For each block, what the split says about it.
    pub marks: Vec<Option<Mark>>,
}

/// Blocks from the top in which a headline is looked for.
const TOP: usize = 200;
/// Words of a block in which a seam is looked for.
const SEAM_WORDS: usize = 7;

/// Splits the blocks of a page. Linear.
pub(super) fn split(page: &Page, mut segments: Segments) -> Split {
    let blocks = std::mem::take(&mut segments.blocks);
    // Hardly any page has a seam, and counting all words is dear.
    let words = if blocks.iter().take(TOP).any(|b| may_have_seam(&b.text)) {
        Words::of(page, &blocks)
    } else {
        Words::default()
    };
    let lead = blocks.iter().take(TOP).position(|b| b.text.starts_with('[')).map(|i| blocks[i].text.clone());
    let mut split = Split { segments, ..Split::default() };
    let (mut headline, mut paragraph, mut text) = (false, false, false);
    for (index, block) in blocks.into_iter().enumerate() {
        if let Some(at) = glued_mark(&block) {
            let (mark, title) = cut(block, at);
            split.push(mark, index, None);
            split.push(title, index, None);
            continue;
        }
        let long = block.text.len() > 160;
        text |= long && block.link_chars == 0 && block.text.len() > 200;
        if !headline
            && index < TOP
            && !long
            // A headline stands before the text; a big heading counts wherever it stands.
            && (!text || block.level == Some(1))
            && let Some(at) = glued_kicker(&block, &words)
        {
            headline = true;
            let (kicker, title) = cut(block, at);
            split.push(kicker, index, Some(Mark::shape(Role::Kicker, 0.9, "glued_kicker")));
            split.push(title, index, Some(Mark::shape(Role::Headline, 0.9, "glued_headline")));
            continue;
        }
        if !paragraph && long && index < TOP && !block.text.starts_with('[') {
            paragraph = true;
            if let Some(at) = glued_caption(&block.text, lead.as_deref()) {
                let (caption, rest) = cut(block, at);
                split.push(caption, index, Some(Mark::shape(Role::Caption, 0.85, "glued_caption")));
                split.push(rest, index, None);
                continue;
            }
        }
        split.push(block, index, None);
    }
    split
}

impl Split {
    fn push(&mut self, block: Block, origin: usize, mark: Option<Mark>) {
        self.segments.blocks.push(block);
        self.origin.push(origin);
        self.marks.push(mark);
    }
}

/// Cuts a block in two at a byte. Links, images and times stay with the part that holds their text, images with the first.
fn cut(mut block: Block, at: usize) -> (Block, Block) {
    let rest = block.text.split_off(at);
    let (first_chars, chars) = (block.text.chars().count() as u32, rest.chars().count() as u32);
    let share = |part: u32| part.saturating_sub(first_chars).min(chars);
    let mut second = Block {
        text: rest.trim().to_owned(),
        tag: block.tag,
        level: block.level,
        container: block.container,
        link_chars: share(block.link_chars),
        bold_chars: share(block.bold_chars),
        italic_chars: share(block.italic_chars),
        profile_role: block.profile_role,
        ..Block::default()
    };
    let links = std::mem::take(&mut block.links);
    for link in links {
        let first = block.text.contains(link.text.as_str()) || block.text.is_empty();
        if first { block.links.push(link) } else { second.links.push(link) }
    }
    block.link_chars = block.link_chars.min(first_chars);
    block.bold_chars = block.bold_chars.min(first_chars);
    block.italic_chars = block.italic_chars.min(first_chars);
    block.text.truncate(block.text.trim_end().len());
    (block, second)
}

/// The words of a page and how often each stands there, and its titles.
#[derive(Default)]
struct Words {
    counts: HashMap<String, usize>,
    titles: HashSet<String>,
}

impl Words {
    fn of(page: &Page, blocks: &[Block]) -> Self {
        let mut counts = HashMap::new();
        for block in blocks {
            for word in block.text.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|w| w.len() >= 2) {
                *counts.entry(word.to_owned()).or_default() += 1;
            }
        }
        let mut titles: HashSet<String> = page.meta.headlines.iter().map(|h| letters(&h.value)).collect();
        if let Some(title) = &page.meta.title {
            titles.insert(letters(title));
            titles.extend(title.split([':', '|', '–', '-', '»']).map(letters));
        }
        titles.remove("");
        Self { counts, titles }
    }

    fn count(&self, word: &str) -> usize {
        self.counts.get(word).copied().unwrap_or_default()
    }

    /// How often a place or topic stands on the page, also with an ending (`Seestadts`, `Seestädter` does not count).
    fn count_stem(&self, word: &str) -> usize {
        self.count(word) + self.count(&format!("{word}s")) + self.count(&format!("{word}er"))
    }
}

/// Where a linked title begins behind the word that marks it as paid for. Only a link shows where: `Anzeige Hagel` may be a title itself.
fn glued_mark(block: &Block) -> Option<usize> {
    const MARKS: [&str; 9] = [
        "anzeige",
        "werbung",
        "gesponsert",
        "sponsored",
        "advertorial",
        "advertisement",
        "promotion",
        "ad",
        "paid post",
    ];
    let link = block.links.first().filter(|link| link.text.len() >= 3)?;
    let head = block.text.get(..block.text.len().min(MARK + link.text.len()))?;
    let at = head.find(link.text.as_str()).filter(|at| (2..=MARK).contains(at))?;
    let word = block.text.get(..at)?.trim_matches(|c: char| !c.is_alphanumeric());
    let known = || MARKS.iter().any(|mark| word.eq_ignore_ascii_case(mark));
    (block.profile_role.is_none() && known()).then_some(at)
}

/// Bytes of such a word with what parts it from the title.
const MARK: usize = 20;

/// Where a headline begins that is glued to its kicker.
fn glued_kicker(block: &Block, words: &Words) -> Option<usize> {
    if !matches!(block.tag, BlockTag::Heading | BlockTag::Div | BlockTag::P | BlockTag::Cell) {
        return None;
    }
    // No title is longer, in bytes, and a long word must not be looked through for seams.
    if block.text.len() > 720 {
        return None;
    }
    // The seam first: hardly any block has one, and a block's facts are dear.
    let at = seam(&block.text, words)?;
    let facts = Facts::of(block);
    if !facts.title || facts.words < 2 || facts.linked || block.profile_role.is_some() {
        return None;
    }
    let (kicker, title) = block.text.split_at_checked(at)?;
    if title.split_whitespace().count() < 2 || kicker.split_whitespace().count() > 6 {
        return None;
    }
    // In HTML the page's own titles decide; a camel-cased name in the menu is no kicker.
    if !words.titles.is_empty() {
        let (whole, title) = (letters(&block.text), letters(title));
        let known = words.titles.contains(&title) || words.titles.iter().any(|t| t.ends_with(&title) && *t != whole);
        return (known || (!words.titles.contains(&whole) && block.level == Some(1))).then_some(at);
    }
    Some(at)
}

/// Whether one of the first words may have a seam.
fn may_have_seam(text: &str) -> bool {
    // As nearly all words can be told by their bytes: behind the first is no capital, figure or character beyond ASCII.
    let told = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase() && !byte.is_ascii_digit();
    text.split(' ').take(SEAM_WORDS).filter(|word| !word.bytes().skip(1).all(told)).any(|word| {
        let mut before: Option<char> = None;
        word.chars().any(|c| {
            let before = before.replace(c);
            before
                .is_some_and(|b| c.is_uppercase() || matches!(c, '„' | '»') || (c.is_ascii_digit() && b.is_lowercase()))
        })
    })
}

/// A lower-case letter, a figure or a closing mark directly before a capital, in a word that the page has nowhere else
/// while it has the part before the seam.
fn seam(text: &str, words: &Words) -> Option<usize> {
    let mut start = 0;
    for word in text.split(' ').take(SEAM_WORDS) {
        let token = word.trim_matches(|c: char| !c.is_alphanumeric());
        for at in seams(word) {
            let (before, after) = word.split_at_checked(at)?;
            let stem = before
                .rsplit(['/', '(', '„', '"'])
                .next()
                .unwrap_or(before)
                .trim_matches(|c: char| !c.is_alphanumeric());
            let opening = after.starts_with(['„', '»', '“', '"', '(']);
            if stem.chars().count() < 3 && !opening {
                continue;
            }
            let alone = words.count(token) <= 1;
            let known = words.count_stem(stem) > 0;
            let capital = after.chars().take(2).all(char::is_uppercase);
            let lower = before.chars().last().is_some_and(char::is_lowercase);
            // The first word of a line may be glued though its first part stands nowhere else; a brand name may not be cut.
            let place = start == 0 && lower && !capital && stem.chars().count() >= 4 && after.chars().count() >= 3;
            if alone && (known || place || opening) {
                return Some(start + at);
            }
        }
        start += word.len() + 1;
    }
    None
}

/// The bytes in a word where lower case meets upper case, or a run of capitals meets a capitalised word.
fn seams(word: &str) -> Vec<usize> {
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    let mut found = Vec::new();
    for window in 1..chars.len() {
        let (before, (at, here)) = (chars[window - 1].1, chars[window]);
        let next = chars.get(window + 1).map(|c| c.1);
        let lower_upper = (before.is_lowercase() || matches!(before, ')' | '“' | '!' | '?')) && here.is_uppercase();
        let acronym = window >= 3
            && chars[..window].iter().all(|(_, c)| c.is_uppercase() || *c == '-')
            && before != '-'
            && here.is_uppercase()
            && next.is_some_and(char::is_lowercase);
        let opening = before.is_alphanumeric() && matches!(here, '„' | '»');
        let figure = before.is_lowercase() && here.is_ascii_digit();
        if lower_upper || acronym || opening || figure {
            found.push(at);
        }
    }
    found
}

/// Where a paragraph begins after a caption: its first sentence comes again in it or in the lead, nearly word for word.
fn glued_caption(text: &str, lead: Option<&str>) -> Option<usize> {
    let (end, glued) = first_sentence(text)?;
    let (caption, rest) = text.split_at_checked(end)?;
    if caption.chars().count() > 220 {
        return None;
    }
    let own = content_words(caption);
    if own.len() < 4 {
        return None;
    }
    let again = rest.split_inclusive(['.', '!', '?']).chain(lead.unwrap_or_default().split_inclusive(['.', '!', '?']));
    let certain = again.take(60).any(|sentence| {
        let other: HashSet<String> = content_words(sentence).into_iter().collect();
        let both = own.iter().filter(|word| other.contains(*word)).count();
        // Nearly every word again in one sentence; glued without white space, most of them do.
        both * 10 >= own.len() * if glued { 7 } else { 10 } && other.len() <= 3 * own.len()
    });
    (certain || (glued && own.len() >= 4)).then_some(end)
}

/// The byte after the first sentence, and whether the next one follows without white space.
fn first_sentence(text: &str) -> Option<(usize, bool)> {
    let mut before = ['\0'; 2];
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if matches!(c, '.' | '!' | '?') && before.iter().all(|c| c.is_lowercase()) {
            match next {
                Some(next) if next.is_uppercase() => return Some((at + 1, true)),
                Some(' ') => return Some((at + 1, false)),
                _ => {}
            }
        }
        before = [before[1], c];
        if at > 400 {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Link;

    #[test]
    fn a_mark_before_a_linked_title_is_a_block() {
        let block = |text: &str, link: &str| Block {
            text: text.to_owned(),
            links: vec![Link { text: link.to_owned(), href: "/1".to_owned(), rel: String::new() }],
            ..Block::default()
        };
        assert_eq!(glued_mark(&block("Anzeige Hafen im Abo", "Hafen im Abo")), Some(8));
        assert_eq!(glued_mark(&block("SPONSORED: Hafen im Abo", "Hafen im Abo")), Some(11));
        assert_eq!(glued_mark(&block("Anzeige Hafen im Abo Er ist frei.", "Hafen im Abo")), Some(8));
        assert_eq!(glued_mark(&block("Anzeige gegen den Hafen", "Anzeige gegen den Hafen")), None);
        assert_eq!(glued_mark(&block("Archiv Hafen im Abo", "Hafen im Abo")), None);
    }
}
