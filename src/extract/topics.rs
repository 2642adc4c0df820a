//! What the article is about, as the site sorts it: its section and its keywords.
//!
//! Metadata name a section first; then a line such as `Stichwörter: Panorama, Seefurt`, of which the first is the section;
//! then the trail of breadcrumbs that the reader sees. A menu at the top of a page is no list of keywords, whatever it looks
//! like.

use super::hashes::normalise;
use crate::types::{Labelled, Meta, Role};

/// Keywords longer than this, in characters, are sentences.
const KEYWORD: usize = 80;
/// Keywords of one article.
const KEYWORDS: usize = 100;
/// Words for the top of a site, and those that lead a trail in.
const HOME: [&str; 10] = [
    "home",
    "homepage",
    "start",
    "startseite",
    "sie sind hier",
    "you are here",
    "hauptseite",
    "front page",
    "übersicht",
    "index",
];

/// Section and keywords.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Topics {
    pub(super) section: Option<String>,
    pub(super) keywords: Vec<String>,
}

/// Reads both. `own` are the names of the site, normalised; `headline` is the article's.
pub(super) fn read(blocks: &[Labelled], meta: &Meta, own: &[String], headline: Option<&str>) -> Topics {
    let (mut keywords, first_is_section) = visible(blocks);
    if keywords.is_empty() {
        for keyword in &meta.keywords {
            push(&mut keywords, &keyword.value);
        }
    }
    let section = meta
        .sections
        .iter()
        .map(|section| section.value.trim())
        .find(|section| !section.is_empty() && !is_article(section, meta, headline))
        .map(str::to_owned)
        .or_else(|| keywords.first().filter(|_| first_is_section).cloned())
        .or_else(|| trail(blocks, meta, own, headline));
    Topics { section, keywords }
}

/// Whether a step of a trail is the article itself, and no section: its name begins what the page calls itself.
fn is_article(step: &str, meta: &Meta, headline: Option<&str>) -> bool {
    let step = normalise(step);
    let long = step.split(' ').count() > 2;
    headline.into_iter().chain(meta.title.as_deref()).map(normalise).any(|title| {
        let rest = title.strip_prefix(step.as_str());
        rest.is_some_and(|rest| rest.is_empty() || (long && rest.starts_with(' ')))
    })
}

fn push(keywords: &mut Vec<String>, keyword: &str) {
    let keyword = keyword.trim();
    let short = !keyword.is_empty() && keyword.chars().count() <= KEYWORD;
    if short && keywords.len() < KEYWORDS && !keywords.iter().any(|known| known == keyword) {
        keywords.push(keyword.to_owned());
    }
}

/// The keywords that the reader sees, and whether the first of them is the section.
fn visible(blocks: &[Labelled]) -> (Vec<String>, bool) {
    let begin = blocks.iter().position(|l| l.role == Role::Headline || l.role.is_text()).unwrap_or(0);
    let mut keywords = Vec::new();
    let mut first_is_section = false;
    for (at, labelled) in blocks.iter().enumerate().filter(|(_, labelled)| labelled.role == Role::Keywords) {
        let text = labelled.block.text.as_str();
        let (label, list) = match text.split_once(':') {
            Some((label, list)) if !label.contains([' ', ',']) => (Some(label.trim()), list),
            _ => (None, text),
        };
        // Before the article, only a list that says so is one: the others are menus.
        if label.is_none() && at < begin && labelled.block.profile_role.is_none() {
            continue;
        }
        let sorted = label.is_some_and(|label| matches!(label, "Stichwörter" | "Stichworte" | "Stichwort"));
        first_is_section |= sorted && keywords.is_empty();
        list.split([',', ';', '|']).for_each(|keyword| push(&mut keywords, keyword));
    }
    (keywords, first_is_section)
}

/// The last step of the trail that leads to the article, without the site and the article itself.
fn trail(blocks: &[Labelled], meta: &Meta, own: &[String], headline: Option<&str>) -> Option<String> {
    let first = blocks.iter().position(|labelled| labelled.role == Role::Breadcrumb)?;
    let lines = blocks.get(first..)?.iter().take_while(|labelled| labelled.role == Role::Breadcrumb);
    let steps: Vec<&str> = lines
        .flat_map(|labelled| labelled.block.text.split(['>', '›', '»', '/', '|', '→', '▸', '\\']))
        .map(|step| step.trim().trim_start_matches("Sie sind hier:").trim_start_matches("You are here:").trim())
        .filter(|step| !step.is_empty())
        .collect();
    let is_step = |step: &&&str| {
        let plain = normalise(step);
        let cut = step.trim_end_matches(['…', '.', ' ']);
        !is_article(cut, meta, headline)
            && !HOME.contains(&plain.as_str())
            && !own.contains(&plain)
            && step.chars().count() <= KEYWORD
    };
    steps.iter().rfind(is_step).map(|step| (*step).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Block, MetaSource, Sourced};

    fn labelled(role: Role, text: &str) -> Labelled {
        let block = Block { text: text.to_owned(), ..Block::default() };
        Labelled { block, role, score: 1.0, reasons: Vec::new() }
    }

    fn topics(blocks: &[(Role, &str)], sections: &[&str]) -> (Option<String>, Vec<String>) {
        let blocks: Vec<Labelled> = blocks.iter().map(|(role, text)| labelled(*role, text)).collect();
        let sections = sections.iter().map(|name| Sourced::new((*name).to_owned(), MetaSource::JsonLd)).collect();
        let meta = Meta { sections, ..Meta::default() };
        let topics = read(&blocks, &meta, &["seefurter bote".to_owned()], Some("Archiv geöffnet"));
        (topics.section, topics.keywords)
    }

    #[test]
    fn a_labelled_line_begins_with_the_section_unless_metadata_name_one() {
        let blocks = [(Role::Body, "Ein Satz."), (Role::Keywords, "Stichwörter: Panorama, Seefurt, Archiv")];
        let words = ["Panorama", "Seefurt", "Archiv"].map(str::to_owned).to_vec();
        assert_eq!(topics(&blocks, &[]), (Some("Panorama".to_owned()), words.clone()));
        assert_eq!(topics(&blocks, &["Kultur"]), (Some("Kultur".to_owned()), words));
    }

    #[test]
    fn topics_below_an_article_are_no_section() {
        let blocks = [(Role::Body, "Ein Satz."), (Role::Keywords, "Hafen"), (Role::Keywords, "Archiv")];
        assert_eq!(topics(&blocks, &[]), (None, vec!["Hafen".to_owned(), "Archiv".to_owned()]));
    }

    #[test]
    fn a_menu_at_the_top_gives_no_keywords() {
        let menu = [(Role::Keywords, "Themen"), (Role::Keywords, "Heftarchiv"), (Role::Keywords, "Termine")];
        let article = [(Role::Headline, "Archiv geöffnet"), (Role::Body, "Ein Satz."), (Role::Keywords, "Archiv")];
        assert_eq!(topics(&[menu.as_slice(), &article].concat(), &[]).1, ["Archiv"]);
        let labelled = [(Role::Keywords, "Themen: Hafen"), article[0], article[1]];
        assert_eq!(topics(&labelled, &[]).1, ["Hafen"]);
    }

    #[test]
    fn the_trail_ends_at_the_section() {
        let of = |trail| topics(&[(Role::Breadcrumb, trail), (Role::Headline, "Archiv geöffnet")], &[]).0;
        assert_eq!(of("Sie sind hier: Startseite › Meldungen › Kultur › Archiv geöffnet").as_deref(), Some("Kultur"));
        assert_eq!(of("Home / Kultur").as_deref(), Some("Kultur"));
        assert_eq!(of("Seefurter Bote > Archiv geöffnet"), None);
        assert_eq!(topics(&[(Role::Body, "Ein Satz.")], &["Archiv geöffnet"]).0, None);
        let steps =
            [(Role::Breadcrumb, "Startseite"), (Role::Breadcrumb, "Kultur"), (Role::Headline, "Archiv geöffnet")];
        assert_eq!(topics(&steps, &[]).0.as_deref(), Some("Kultur"));
    }
}
