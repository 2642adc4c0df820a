//! Links around whole items: their inline elements are title, summary and date, told apart by style alone.

use super::elements::{self, Kind};
use crate::parse::{ElementRef, NodeRef};

/// Bytes of text in a link from which on it is a card.
const CARD: usize = 30;

/// Whether a link's inline elements are the parts of an item: two and more of them, as long as a title together, and no text beside them.
pub(super) fn is_card(link: ElementRef<'_>) -> bool {
    let mut children = 0;
    for child in std::iter::successors(link.node().first_child(), |child| child.after()) {
        match (child.text(), child.element()) {
            (Some(text), _) if !text.trim().is_empty() => return false,
            (_, Some(element)) => match elements::kind(element.name()) {
                Kind::Bold | Kind::Italic | Kind::Time | Kind::Inline => children += 1,
                Kind::Image | Kind::Skip | Kind::Custom => {}
                _ => return false,
            },
            _ => {}
        }
    }
    let texts =
        |child: NodeRef<'_>| child.descendants().filter_map(|node| node.text().map(|text| text.trim().len())).sum();
    if children < 2 {
        return false;
    }
    let bytes = std::iter::successors(link.node().first_child(), |child| child.after()).map(texts);
    let (count, sum) =
        bytes.filter(|bytes: &usize| *bytes > 0).fold((0, 0), |(count, sum), bytes| (count + 1, sum + bytes));
    count >= 2 && sum >= CARD
}
