//! What stands beside the headline: short lines that carry date and author on pages whose markup names neither.
//!
//! Only the place and the shape of a line count here, since the classifier often cannot tell what such a line is.

use crate::types::{Labelled, Role};

/// Blocks before the headline among which its date or author may stand.
const BEFORE: usize = 4;
/// Blocks after the first paragraph among which they may still stand.
const AFTER: usize = 3;
/// Blocks after the first paragraph among which a box with labels may stand.
const LATER: usize = 12;
/// Blocks after the last paragraph among which a line such as `Posted by …` may stand.
const AFTER_END: usize = 6;
/// Blocks after the headline that are looked at, however late the text begins.
const REACH: usize = 16;
/// Bytes of such a line.
const LINE: usize = 160;

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Between headline and text, where hardly anything else stands.
    Between,
    /// Near the headline.
    Near,
    /// After the first paragraphs, where a box with date and author may stand; only words count there.
    Later,
    /// Below the text.
    Below,
}

/// A short line beside the headline or below the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) labelled: &'a Labelled,
    pub(super) place: Place,
    /// The lines right before and after it.
    pub(super) before: &'a str,
    pub(super) after: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn text(&self) -> &'a str {
        &self.labelled.block.text
    }
}

/// The lines, those between headline and text first.
pub(super) fn lines(blocks: &[Labelled]) -> Vec<Line<'_>> {
    let Some(headline) = blocks.iter().position(|labelled| labelled.role == Role::Headline) else { return Vec::new() };
    let later = |at: usize| blocks.iter().skip(at).position(|labelled| labelled.role.is_text()).map(|found| found + at);
    let first = later(headline + 1).unwrap_or(blocks.len()).min(headline + REACH);
    let is_paragraph = |labelled: &Labelled| labelled.role.is_text() && labelled.role != Role::Subheading;
    let end = blocks.iter().rposition(is_paragraph).unwrap_or(first).max(first);
    let text_of = |at: Option<usize>| at.and_then(|at| blocks.get(at)).map_or("", |found| found.block.text.as_str());
    let line = |at: usize, place: Place| {
        let labelled = blocks.get(at)?;
        // A heading such as `Written by …` may open a box below the text.
        let text = labelled.role.is_text() && !(place == Place::Below && labelled.role == Role::Subheading);
        let fits = labelled.block.text.len() <= LINE && !text && may_hold(labelled.role, place);
        fits.then(|| Line { labelled, place, before: text_of(at.checked_sub(1)), after: text_of(Some(at + 1)) })
    };
    let between = (headline + 1..first).filter_map(|at| line(at, Place::Between));
    let before = (headline.saturating_sub(BEFORE)..headline).filter_map(|at| line(at, Place::Near));
    let after = (first..=first + AFTER).filter_map(|at| line(at, Place::Near));
    let later = (first + AFTER + 1..=(first + LATER).min(end)).filter_map(|at| line(at, Place::Later));
    let below = (end + 1..=end + AFTER_END).filter_map(|at| line(at, Place::Below));
    between.chain(before).chain(after).chain(later).chain(below).collect()
}

/// Whether a block of a role may be such a line after all. Between headline and text any may.
fn may_hold(role: Role, place: Place) -> bool {
    let elsewhere = matches!(
        role,
        Role::Teaser
            | Role::Advertisement
            | Role::VendorList
            | Role::Comment
            | Role::Events
            | Role::Pagination
            | Role::Legal
    );
    role != Role::Headline && (place == Place::Between || !elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Block;

    #[test]
    fn lines_about_the_headline_come_in_the_order_of_trust() {
        let page = [
            (Role::Navigation, "Menu"),
            (Role::Teaser, "Another story"),
            (Role::Other, "News"),
            (Role::Headline, "Archive opened"),
            (Role::Teaser, "3 May 2024"),
            (Role::Body, "A sentence."),
            (Role::Other, "Ann Hill"),
            (Role::Body, "Another sentence."),
            (Role::Navigation, "Posted by Ann Hill"),
            (Role::Comment, "By a reader"),
        ];
        let blocks: Vec<Labelled> = page
            .iter()
            .map(|(role, text)| Labelled {
                block: Block { text: (*text).to_owned(), ..Block::default() },
                role: *role,
                score: 1.0,
                reasons: Vec::new(),
            })
            .collect();
        let found: Vec<_> = lines(&blocks).iter().map(|line| (line.text(), line.place)).collect();
        let wanted = [
            ("3 May 2024", Place::Between),
            ("Menu", Place::Near),
            ("News", Place::Near),
            ("Ann Hill", Place::Near),
            ("Posted by Ann Hill", Place::Near),
            ("Posted by Ann Hill", Place::Below),
        ];
        assert_eq!(found, wanted);
        assert!(lines(&blocks[..3]).is_empty());
    }
}
