//! What a page is, and how far its labels are to be trusted.

use super::kind::Kinds;
use super::model::Reading;
use crate::parse::{Content, Page};
use crate::types::{Labelled, PageType, Reason, Role};

/// What the learned model's odds weigh beside the rules': it has seen few lists of the trade press, whose shapes the rules know.
const MODEL: f32 = 0.3;

/// Below this probability of an article the learned model has the last word against the rules.
const NO_ARTICLE: f32 = 0.1;

/// Below this probability of an article the page's text is what the learned model holds for it, whatever the rules call the page.
const HARDLY: f32 = 0.25;

/// What the labels, the page's own words and the learned model say it is, with a probability.
pub(super) fn page_type(page: &Page, kinds: &Kinds, blocks: &[Labelled]) -> (PageType, f32) {
    let signs = Signs::of(blocks);
    let says = |what| page.meta.types.iter().any(|t| t.value == what);
    let mut article = -1.0 + 0.004 * (signs.text.min(1500) as f32) + 0.25 * (signs.paragraphs.min(6) as f32);
    article += if signs.headline { 0.8 } else { -0.8 };
    article += if says(PageType::Article) { 1.2 } else { 0.0 };
    article += if page.meta.published.is_empty() && !signs.dated { -0.3 } else { 0.5 };
    let mut listing = -1.5 + 0.15 * (signs.pointers.min(30) as f32);
    listing += if signs.teasers > 2 * signs.text { 1.5 } else { -1.0 };
    // An article of some length stays one, however many pointers stand around it.
    let stands = signs.headline && signs.paragraphs > 0 && signs.text >= 200;
    listing -= if stands { 1.5 + 0.004 * (signs.text.min(900) as f32) } else { 0.0 };
    listing += if says(PageType::Listing) { 1.5 } else { 0.0 };
    listing += if page.url.path() == "/" && page.url.query().is_none() { 1.0 } else { 0.0 };
    let mut other = if says(PageType::Other) { 1.0 } else { 0.0 };
    other += if signs.text < 200 { 1.0 } else { -0.5 };
    other -= if signs.teasers > signs.text { 1.5 } else { 0.0 };
    let odds = [(PageType::Article, article), (PageType::Listing, listing), (PageType::Other, other)]
        .map(|(kind, rules)| (kind, rules + MODEL * kinds.of_type(kind).max(0.05).ln()));
    let sum: f32 = odds.iter().map(|(_, o)| o.exp()).sum();
    let best = odds.into_iter().fold((PageType::Other, f32::MIN), |best, now| if now.1 > best.1 { now } else { best });
    // The rules take any prose for an article; a shop, a forum or a list has prose too.
    if best.0 == PageType::Article && kinds.article() < NO_ARTICLE && matches!(page.content, Content::Html(_)) {
        let (listing, other) = (kinds.of_type(PageType::Listing), kinds.of_type(PageType::Other));
        return if listing > other { (PageType::Listing, listing) } else { (PageType::Other, other) };
    }
    (best.0, best.1.exp() / sum)
}

/// Whether each block is part of the page's text. An article's blocks are by their roles. The rules that set teasers, comments and
/// lists of names apart know articles: on any other page these are the content, and the model has seen such pages. Their roles
/// stay, so that items can still be read from them.
pub(super) fn text(page: &Page, page_type: PageType, reading: &Reading, blocks: &[Labelled]) -> Vec<bool> {
    let by_roles = page_type == PageType::Article && reading.kinds.article() >= HARDLY;
    let by_roles = by_roles || !matches!(page.content, Content::Html(_));
    let is_known = |reason: &Reason| matches!(reason, Reason::Profile(_) | Reason::Recurs { .. });
    let own = |(at, labelled): (usize, &Labelled)| match labelled.role {
        role if by_roles || labelled.reasons.iter().any(is_known) => role.is_text(),
        Role::Headline => false,
        _ => reading.body.get(at).is_some_and(|&p| p >= 0.5),
    };
    blocks.iter().enumerate().map(own).collect()
}

/// Fewer linked lines than this do not make a list.
const LIST: usize = 4;

/// Characters of linked lines beyond which a list is content of its own (a catalogue, an index).
const SHORT_LIST: usize = 1200;

/// On a page without a paragraph, lines that are nothing but links are pointers to articles, not an article's headings and items.
pub(super) fn name_pointers(blocks: &mut [Labelled]) {
    let is_pointer = |labelled: &Labelled| {
        let chars = labelled.block.text.chars().count();
        labelled.role.is_text() && chars <= 200 && labelled.block.link_chars as usize * 10 >= chars * 9
    };
    let text: usize =
        blocks.iter().filter(|b| b.role.is_text() && !is_pointer(b)).map(|b| b.block.text.chars().count()).sum();
    let (count, chars) = blocks
        .iter()
        .filter(|labelled| is_pointer(labelled))
        .fold((0, 0), |(count, chars), labelled| (count + 1, chars + labelled.block.text.chars().count()));
    if count < LIST || text * 2 > chars || chars > SHORT_LIST {
        return;
    }
    for labelled in blocks.iter_mut().filter(|labelled| is_pointer(labelled)) {
        labelled.role = Role::Teaser;
        labelled.reasons = vec![Reason::Shape("linked_line")];
    }
}

/// The mean certainty of the labels as article text or not, weighted by length; 0 for a page without text.
pub(super) fn confidence(blocks: &[Labelled], is_own: &[bool]) -> f32 {
    let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
    let mut text = 0.0_f32;
    for (labelled, &own) in blocks.iter().zip(is_own) {
        let chars = (labelled.block.text.len() as f32).min(2000.0);
        sum += chars * labelled.score.clamp(0.0, 1.0);
        weight += chars;
        text += if own { chars } else { 0.0 };
    }
    if weight <= 0.0 || text <= 0.0 {
        return 0.0;
    }
    // A page with hardly any text is no article to be sure of.
    (sum / weight) * (text / 300.0).min(1.0).sqrt()
}

/// What the labels amount to.
#[derive(Debug, Default)]
struct Signs {
    text: usize,
    paragraphs: usize,
    teasers: usize,
    pointers: usize,
    headline: bool,
    dated: bool,
}

impl Signs {
    fn of(blocks: &[Labelled]) -> Self {
        let mut signs = Self::default();
        for labelled in blocks {
            let chars = labelled.block.text.chars().count();
            match labelled.role {
                Role::Body | Role::Lead => {
                    signs.text += chars;
                    signs.paragraphs += usize::from(chars >= 100);
                }
                // Items that are nothing but links are a list of pages, whatever the labels call them.
                Role::ListItem if labelled.block.link_chars as usize * 10 >= chars * 9 => {
                    signs.teasers += chars;
                    signs.pointers += 1;
                }
                role if role.is_text() => signs.text += chars,
                Role::Teaser => {
                    signs.teasers += chars;
                    signs.pointers += 1;
                }
                Role::Headline => signs.headline = true,
                Role::Dateline => signs.dated = true,
                _ => {}
            }
        }
        signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Block, Meta};

    fn page(content: Content) -> Page {
        let url = "https://www.moorhude.test/markt".parse().unwrap();
        Page { url, meta: Meta::default(), content, charset: "utf-8", warnings: Vec::new() }
    }

    #[test]
    fn an_articles_text_is_by_roles_and_another_pages_by_the_model() {
        let labelled = |role: Role, reasons: &[Reason]| Labelled {
            block: Block::default(),
            role,
            score: 1.0,
            reasons: reasons.to_vec(),
        };
        let recurs = [Reason::Recurs { on: 8, of: 9 }];
        let blocks = [
            labelled(Role::Headline, &[]),
            labelled(Role::Teaser, &[]),
            labelled(Role::Body, &[]),
            labelled(Role::Notice, &recurs),
            labelled(Role::Body, &[Reason::Profile("text".to_owned())]),
        ];
        let html = page(Content::Html(crate::parse::Dom::parse("")));
        let of = |page: &Page, page_type, article: f32| {
            let mut kinds = Kinds::default();
            (kinds.0[0], kinds.0[4]) = (article, 1.0 - article);
            text(page, page_type, &Reading { body: vec![0.9, 0.8, 0.3, 0.9, 0.1], kinds }, &blocks)
        };
        let (by_roles, by_model) = ([false, false, true, false, true], [false, true, false, false, true]);
        assert_eq!(of(&html, PageType::Article, 0.8), by_roles);
        assert_eq!(of(&html, PageType::Article, 0.1), by_model);
        assert_eq!(of(&html, PageType::Listing, 0.8), by_model);
        assert_eq!(of(&page(Content::Text(String::new())), PageType::Listing, 0.1), by_roles);
    }
}
