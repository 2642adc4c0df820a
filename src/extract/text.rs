//! The article's text from its blocks: what stands in it, and what is set into it but belongs elsewhere (the date before
//! the lead, the author's code after the last paragraph). Of a page that is no article its content, items and all.

use std::sync::LazyLock;

use regex::Regex;

use super::marks::{self, Dated};
use crate::types::{Author, AuthorKind, DateValue, Labelled, Role};

/// The text of an article, and what was taken out of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ArticleText {
    /// The opening paragraph.
    pub(super) lead: Option<String>,
    /// Lead, then the rest, a line feed between blocks.
    pub(super) text: String,
    /// The date that stood before the lead.
    pub(super) date: Option<DateValue>,
    /// Codes that stood after the last paragraph.
    pub(super) authors: Vec<Author>,
}

/// How many blocks from the end an author's code may stand: a note often follows the last paragraph.
const CODE_REACH: usize = 3;

static CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|\s+)[(\[](\p{Ll}{2,4}(?:\s?[/,;&+]\s?\p{Ll}{2,4}){0,3})[)\]]\s*$").ok());

/// Gathers the text: of the blocks that are part of it.
pub(super) fn gather(blocks: &[Labelled], is_own: &[bool]) -> ArticleText {
    let mut article = ArticleText::default();
    let mut lines: Vec<(Role, &str)> = Vec::new();
    for (labelled, _) in blocks.iter().zip(is_own).filter(|(_, own)| **own) {
        let mut text = labelled.block.text.as_str();
        if lines.is_empty()
            && labelled.role.is_text()
            && let Some(Dated { date, rest }) = marks::bracketed_date(text)
        {
            article.date.get_or_insert(date);
            text = rest;
        }
        if !text.is_empty() {
            lines.push((labelled.role, text));
        }
    }
    take_code(&mut lines, &mut article.authors);
    article.lead = join(lines.iter().filter(|(role, _)| *role == Role::Lead).map(|(_, text)| *text));
    article.text = join(lines.iter().map(|(_, text)| *text)).unwrap_or_default();
    article
}

/// Takes the author's code off the last paragraph that has one.
fn take_code(lines: &mut Vec<(Role, &str)>, authors: &mut Vec<Author>) {
    let Some(pattern) = CODE.as_ref() else { return };
    let reach = lines.len().saturating_sub(CODE_REACH);
    for at in (reach..lines.len()).rev() {
        let Some((role, text)) = lines.get(at).copied() else { return };
        // A code ends an article, so there must be one before it; that of a teaser is its own.
        if !role.is_text() || role == Role::Subheading || (at == 0 && text.len() < 40) {
            continue;
        }
        let Some(found) = pattern.captures(text) else { continue };
        if let Some(codes) = found.get(1) {
            authors.extend(codes.as_str().split(['/', ',', ';', '&', '+']).map(|code| author_of_code(code.trim())));
        }
        let kept = found.get(0).map_or(text, |all| text.get(..all.start()).unwrap_or(text)).trim_end();
        if kept.is_empty() {
            lines.remove(at);
        } else if let Some(line) = lines.get_mut(at) {
            line.1 = kept;
        }
        return;
    }
}

/// Who a code stands for: an agency where it is one's, else a person of the newsroom.
pub(super) fn author_of_code(code: &str) -> Author {
    const AGENCIES: [&str; 12] = ["afp", "ap", "apa", "dapd", "ddp", "dpa", "epd", "kna", "rtr", "sda", "sid", "upi"];
    let kind = if AGENCIES.contains(&code) { AuthorKind::Agency } else { AuthorKind::Code };
    Author { name: code.to_owned(), kind }
}

fn join<'a>(lines: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Block;

    fn gathered(blocks: &[(Role, &str)]) -> ArticleText {
        let labelled: Vec<Labelled> = blocks
            .iter()
            .map(|(role, text)| Labelled {
                block: Block { text: (*text).to_owned(), ..Block::default() },
                role: *role,
                score: 1.0,
                reasons: Vec::new(),
            })
            .collect();
        let own: Vec<bool> = labelled.iter().map(|labelled| labelled.role.is_text()).collect();
        gather(&labelled, &own)
    }

    #[test]
    fn date_and_code_leave_the_text() {
        let article = gathered(&[
            (Role::Kicker, "Seefurt:"),
            (Role::Headline, "Archiv geöffnet"),
            (Role::Lead, "[3.5.2024] Seefurt öffnet sein Archiv."),
            (Role::Caption, "Lesesaal."),
            (Role::Body, "Wer will, meldet sich im Rathaus."),
            (Role::Subheading, "Bis Jahresende"),
            (Role::Body, "Danach berät der Rat neu. (ba/sib)"),
            (Role::Teaser, "Altenquast: Hafen (zu)"),
        ]);
        assert_eq!(article.lead.as_deref(), Some("Seefurt öffnet sein Archiv."));
        assert_eq!(
            article.text,
            "Seefurt öffnet sein Archiv.\nWer will, meldet sich im Rathaus.\nBis Jahresende\nDanach berät der Rat neu."
        );
        assert_eq!(article.date.unwrap().iso, "2024-05-03");
        let names: Vec<_> = article.authors.iter().map(|a| (a.name.as_str(), a.kind)).collect();
        assert_eq!(names, [("ba", AuthorKind::Code), ("sib", AuthorKind::Code)]);
    }

    #[test]
    fn a_code_in_its_own_block_goes_whole() {
        let article = gathered(&[(Role::Body, "Ein Satz, der für sich steht."), (Role::Body, "(dpa)")]);
        assert_eq!(article.text, "Ein Satz, der für sich steht.");
        assert_eq!(article.authors[0].kind, AuthorKind::Agency);
    }

    #[test]
    fn a_list_has_the_text_of_its_items_and_not_their_author() {
        let items =
            [(Role::Teaser, "Seefurt: Archiv geöffnet"), (Role::Teaser, "Wer will, meldet sich im Rathaus. (ba)")];
        let labelled: Vec<Labelled> = items
            .iter()
            .map(|(role, text)| {
                let block = Block { text: (*text).to_owned(), ..Block::default() };
                Labelled { block, role: *role, score: 1.0, reasons: Vec::new() }
            })
            .collect();
        let list = gather(&labelled, &[true, true]);
        assert_eq!(list.text, "Seefurt: Archiv geöffnet\nWer will, meldet sich im Rathaus. (ba)");
        assert_eq!((list.lead, list.authors), (None, Vec::new()));
    }

    #[test]
    fn brackets_with_words_stay() {
        let text = "Zuständig ist das Oberverwaltungsgericht (OVG)";
        assert_eq!(gathered(&[(Role::Body, text)]).text, text);
        let text = "Das galt schon früher (wir berichteten).";
        assert_eq!(gathered(&[(Role::Body, text)]).text, text);
    }
}
