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
    let (seen, first_is_section) = visible(blocks);
    let mut keywords = Vec::new();
    // What the reader sees without a word that says it are keywords may as well be a menu: metadata come first.
    if !seen.told {
        for keyword in &meta.keywords {
            push(&mut keywords, &keyword.value);
        }
    }
    if keywords.is_empty() {
        keywords = seen.keywords;
    }
    let section = meta
        .sections
        .iter()
        .map(|section| leading(&section.value))
        .find(|section| !section.is_empty() && !is_generic(section) && !is_article(section, meta, headline))
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

/// The first of a list of sections; a name may hold one comma.
fn leading(section: &str) -> &str {
    let section = section.trim();
    if section.matches(',').count() > 1 { section.split(',').next().unwrap_or(section).trim() } else { section }
}

/// What systems write where nobody chose a section.
fn is_generic(section: &str) -> bool {
    const WORDS: [&str; 10] = [
        "article",
        "articles",
        "artikel",
        "post",
        "posts",
        "page",
        "default",
        "uncategorized",
        "uncategorised",
        "allgemein",
    ];
    WORDS.contains(&normalise(section).as_str())
}

fn push(keywords: &mut Vec<String>, keyword: &str) {
    const LABELS: [&str; 12] = [
        "themen",
        "thema",
        "tags",
        "topics",
        "schlagwörter",
        "schlagworte",
        "stichwörter",
        "keywords",
        "load more",
        "mehr",
        "more",
        "mehr zum thema",
    ];
    let keyword = keyword.trim().trim_start_matches('#').trim();
    // `_prio_3`, `98be933f-38cf-…`: marks of a system for itself.
    let internal = keyword.starts_with('_')
        || (keyword.len() > 24
            && !keyword.contains(' ')
            && keyword.contains('-')
            && keyword.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
    let short = !internal
        && !LABELS.contains(&normalise(keyword).as_str())
        && !keyword.is_empty()
        && keyword.chars().count() <= KEYWORD;
    if short && keywords.len() < KEYWORDS && !keywords.iter().any(|known| known == keyword) {
        keywords.push(keyword.to_owned());
    }
}

/// The keywords that the reader sees.
#[derive(Debug, Default)]
struct Visible {
    keywords: Vec<String>,
    /// Whether a label or the site's profile says that they are keywords.
    told: bool,
}

/// The keywords that the reader sees, and whether the first of them is the section.
fn visible(blocks: &[Labelled]) -> (Visible, bool) {
    let begin = blocks.iter().position(|l| l.role == Role::Headline || l.role.is_text()).unwrap_or(0);
    let mut seen = Visible::default();
    let mut first_is_section = false;
    for (at, labelled) in blocks.iter().enumerate().filter(|(_, labelled)| labelled.role == Role::Keywords) {
        let text = labelled.block.text.as_str();
        let (label, list) = match text.split_once(':') {
            Some((label, list)) if !label.contains([' ', ',']) => (Some(label.trim()), list),
            _ => (None, text),
        };
        // Before the article, only a list that says so is one: the others are menus.
        let told = label.is_some() || labelled.block.profile_role.is_some();
        if !told && at < begin {
            continue;
        }
        let sorted = label.is_some_and(|label| matches!(label, "Stichwörter" | "Stichworte" | "Stichwort"));
        first_is_section |= sorted && seen.keywords.is_empty();
        let links = labelled.block.links.as_slice();
        let linked: usize = links.iter().map(|link| link.text.len()).sum();
        if links.len() > 1 && !list.contains([',', ';', '|']) && linked + links.len() > list.trim().len() {
            // Set apart by their look alone: each link is one.
            links.iter().for_each(|link| push(&mut seen.keywords, &link.text));
        } else {
            list.split([',', ';', '|']).for_each(|keyword| push(&mut seen.keywords, keyword));
        }
        seen.told |= told && !seen.keywords.is_empty();
    }
    (seen, first_is_section)
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
    use crate::types::{Block, Link, MetaSource, Sourced};

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
    fn links_with_nothing_between_them_are_a_keyword_each() {
        let links = ["Hafen", "Neues Archiv"].map(|text| Link { text: text.to_owned(), ..Link::default() });
        let block = |text: &str| {
            let mut labelled = labelled(Role::Keywords, text);
            labelled.block.links = links.to_vec();
            read(&[labelled], &Meta::default(), &[], None).keywords
        };
        assert_eq!(block("Hafen Neues Archiv"), ["Hafen", "Neues Archiv"]);
        assert_eq!(block("Schlagwörter: Hafen Neues Archiv"), ["Hafen", "Neues Archiv"]);
        assert_eq!(block("Hafen, Neues Archiv, Fähre"), ["Hafen", "Neues Archiv", "Fähre"]);
    }

    #[test]
    fn topics_below_an_article_are_no_section() {
        let blocks = [(Role::Body, "Ein Satz."), (Role::Keywords, "Hafen"), (Role::Keywords, "Archiv")];
        assert_eq!(topics(&blocks, &[]), (None, vec!["Hafen".to_owned(), "Archiv".to_owned()]));
    }

    #[test]
    fn metadata_name_the_keywords_unless_a_label_does() {
        let keyword = |name: &str| Sourced::new(name.to_owned(), MetaSource::JsonLd);
        let meta =
            Meta { keywords: vec![keyword("Archiv"), keyword("_prio_3"), keyword("#Seefurt")], ..Meta::default() };
        let of = |text: &str| read(&[labelled(Role::Keywords, text)], &meta, &[], None).keywords;
        assert_eq!(of("Rätsel, Wetter"), ["Archiv", "Seefurt"]);
        assert_eq!(of("Schlagwörter: Rathaus, Hafen"), ["Rathaus", "Hafen"]);
    }

    #[test]
    fn a_section_is_one_and_means_something() {
        let of = |sections: &[&str]| topics(&[(Role::Body, "Ein Satz.")], sections).0;
        assert_eq!(of(&["article", "Kultur"]).as_deref(), Some("Kultur"));
        assert_eq!(of(&["Mobiles, Netze, Rathaus"]).as_deref(), Some("Mobiles"));
        assert_eq!(of(&["Wirtschaft, Arbeit und Soziales"]).as_deref(), Some("Wirtschaft, Arbeit und Soziales"));
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
