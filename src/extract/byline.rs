//! Author lines that neither markup nor the classifier name: `By Ann Hill · 5 min read`, or a name alone beside a date.

use std::ops::Range;

use super::authors::{add, is_credible, is_degree, read_names};
use super::beside::{self, Line, Place};
use super::hashes::normalise;
use super::names::{Noise, is_other_work, is_position, is_team};
use crate::parse::dates::find_dates;
use crate::types::{Author, AuthorKind, Block, Labelled, Link, Role};

/// Authors that are believed of lines that nobody calls bylines.
const AUTHORS: usize = 6;

/// What the lines beside the headline say of authors.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Those that a word announces (`By …`, or a line `Written by` before), and whether between headline and text.
    pub(super) announced: Vec<Author>,
    pub(super) between: bool,
    /// Where there are none, names that stand alone, of which a link, a picture or the neighbours say that they are the author's.
    pub(super) alone: Vec<Author>,
}

/// Reads them.
pub(super) fn beside(blocks: &[Labelled], noise: &Noise<'_>) -> Seen {
    let lines = beside::lines(blocks);
    let is_other = |line: &Line<'_>| {
        matches!(line.labelled.role, Role::Credit | Role::Subtitle)
            || is_other_work(line.text())
            || is_other_label(line.before)
    };
    let of = |place: Place| lines.iter().filter(move |line| line.place == place && !is_other(line));
    let mut seen = Seen::default();
    for place in [Place::Between, Place::Near, Place::Later, Place::Below] {
        for line in of(place) {
            add(&mut seen.announced, announced_names(line, noise));
        }
        if !seen.announced.is_empty() {
            seen.between = place == Place::Between;
            break;
        }
    }
    let nameless = seen.announced.is_empty();
    for place in [Place::Between, Place::Near, Place::Below].into_iter().filter(|_| nameless) {
        for line in of(place) {
            add(&mut seen.alone, alone_names(line, noise));
        }
        if !seen.alone.is_empty() {
            break;
        }
    }
    seen.alone.retain(|author| author.kind == AuthorKind::Person || is_team(&author.name));
    seen.announced.truncate(AUTHORS);
    seen.alone.truncate(AUTHORS);
    seen
}

/// The names of a line that a word announces, in it or in the line before.
fn announced_names(line: &Line<'_>, noise: &Noise<'_>) -> Vec<Author> {
    let names = match announced(line.text()) {
        Some(names) => names,
        None if is_label(line.before) && !is_label(line.text()) => line.text(),
        None => return Vec::new(),
    };
    let linked = linked_names(&line.labelled.block, noise);
    if !linked.is_empty() {
        return linked;
    }
    let mut found = read_names(names, AuthorKind::Person, noise);
    // After "by" one word may be a name, but hardly a small one.
    found.retain(|author| {
        (is_credible(author) || author.name.chars().next().is_some_and(char::is_uppercase))
            && (matches!(line.place, Place::Between | Place::Near) || author.kind == AuthorKind::Person)
    });
    found
}

/// The persons whose pages a line links to.
pub(super) fn linked_names(block: &Block, noise: &Noise<'_>) -> Vec<Author> {
    let is_author =
        |link: &&Link| is_profile(&link.href) || link.rel.split_ascii_whitespace().any(|rel| rel == "author");
    let mut authors = Vec::new();
    let mut rest = block.text.as_str();
    for link in block.links.iter() {
        let (before, after) = rest.split_once(link.text.as_str()).unwrap_or(("", rest));
        rest = after;
        // `By Ann Hill | Reviewed by Ben Dale`: what a link is for stands before it.
        let work = before.rsplit(['|', '·', '•', '.', '–', '—', ',', ';']).next().unwrap_or_default();
        if !is_author(&link) || is_other_work(work) {
            continue;
        }
        let names = read_names(&link.text, AuthorKind::Person, noise);
        add(&mut authors, names.into_iter().filter(|author| author.kind == AuthorKind::Person).collect());
    }
    authors
}

/// What follows a word for "by" at the start of a part of the line.
fn announced(text: &str) -> Option<&str> {
    const WORDS: [&str; 23] = [
        "by ",
        "by: ",
        "by:",
        "von ",
        "von: ",
        "written by ",
        "written by:",
        "posted by ",
        "posted by:",
        "posted by :",
        "author: ",
        "author : ",
        "authors: ",
        "autor: ",
        "autorin: ",
        "autorin/autor ",
        "autoren: ",
        "contributors: ",
        "words by ",
        "article by ",
        "story by ",
        "interview by ",
        "this post was written by ",
    ];
    // Small words that begin much else, too.
    const SMALL: [&str; 8] = ["par ", "por ", "di ", "door ", "av ", "af ", "text: ", "text "];
    let starts = |part: &str, word: &str| part.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    parts(text).find_map(|part| {
        let word = WORDS.iter().find(|word| starts(part, word)).or_else(|| {
            let is_before_name = |word: &str| part.get(word.len()..).is_some_and(|rest| is_name(rest.trim()));
            SMALL.iter().find(|word| starts(part, word) && is_before_name(word))
        })?;
        part.get(word.len()..)
    })
}

/// Whether a line does nothing but announce an author in the next one.
fn is_label(text: &str) -> bool {
    const LABELS: [&str; 26] = [
        "by",
        "written by",
        "article by",
        "posted by",
        "published by",
        "story by",
        "words by",
        "text by",
        "reported by",
        "author",
        "authors",
        "author s",
        "contributor",
        "contributors",
        "von",
        "autor",
        "autorin",
        "autoren",
        "verfasst von",
        "geschrieben von",
        "ein artikel von",
        "ein beitrag von",
        "écrit par",
        "escrito por",
        "scritto da",
        "geschreven door",
    ];
    text.len() <= 24 && LABELS.contains(&normalise(text).as_str())
}

/// Whether a line announces someone who did something else than write.
fn is_other_label(text: &str) -> bool {
    text.len() <= 40 && is_other_work(text)
}

/// The parts of a line between marks, and what follows a date in it.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let after_date = find_dates(text).first().and_then(|(range, _)| text.get(range.end..));
    let after_digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '/' | '.' | '-' | ' '));
    text.split(['·', '•', '|', '⋅', '●', '—', '–', '∙'])
        .chain([after_digits])
        .chain(after_date)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Names that are all of a line, or all of a part of it beside a date.
fn alone_names(line: &Line<'_>, noise: &Noise<'_>) -> Vec<Author> {
    let block = &line.labelled.block;
    let text = line.text();
    let read = |text: &str| -> Vec<Author> {
        read_names(text, AuthorKind::Person, noise).into_iter().filter(is_credible).collect()
    };
    if line.place == Place::Below {
        // A box about the author: the name, and below it a paragraph that begins with it.
        let introduced = is_name(text) && line.after.len() > 2 * text.len() && line.after.starts_with(text);
        return if introduced { read(text) } else { Vec::new() };
    }
    let linked: Vec<Author> = linked_names(block, noise).into_iter().filter(|author| is_name(&author.name)).collect();
    let chars: usize = linked.iter().map(|author| author.name.len()).sum();
    if !linked.is_empty() && text.len() < chars * 3 + 24 {
        return linked;
    }
    // A link to something else is a topic.
    if !block.links.is_empty() {
        return Vec::new();
    }
    let dates = find_dates(text);
    let part = match dates.first() {
        Some((range, _)) => beside_date(text, range),
        None => {
            let part = parts(text).next().filter(|part| is_name(part));
            let told = |part: &&str| {
                let whole = part.len() == text.trim().len();
                (whole || text.len() < part.len() * 3) && (is_told(line) || (whole && is_pictured(block, part)))
            };
            part.filter(told)
        }
    };
    // The word of its neighbours counts for more than a picture's, which may be that of a caption.
    let in_caption = line.labelled.role == Role::Caption;
    match part {
        Some(part) if !in_caption || is_pictured(block, part) => read(part),
        None if line.place == Place::Between => with_degrees(text, noise),
        _ => Vec::new(),
    }
}

/// The name before a date, or after one that the line begins with.
fn beside_date<'a>(text: &'a str, date: &Range<usize>) -> Option<&'a str> {
    const MARKS: [char; 9] = [' ', ',', '·', '•', '|', '-', '–', '⋅', '●'];
    let before = text.get(..date.start).unwrap_or_default().trim_matches(MARKS);
    let after = text.get(date.end..).unwrap_or_default().trim_matches(MARKS);
    let first = parts(before).next().unwrap_or_default();
    let candidates = if before.is_empty() { [after, ""] } else { [before, first] };
    candidates.into_iter().find(|text| is_name(text))
}

/// Whether the neighbours of a line are those of an author's: a date, a reading time, a word for "author", and between
/// headline and text the title of a position.
fn is_told(line: &Line<'_>) -> bool {
    let position = line.place == Place::Between && line.after.len() <= 60 && is_position(line.after);
    position || [line.before, line.after].into_iter().any(tells_of_article)
}

/// Whether a picture in or before a block is of the person named.
fn is_pictured(block: &Block, name: &str) -> bool {
    block.images.iter().any(|image| {
        [&image.alt, &image.title].into_iter().any(|text| text.len() < name.len() + 60 && text.contains(name))
    })
}

/// Names with degrees behind each: `Ida Voss, VMD; Ute Sand, BA, LVT & Jan Moor, DVM`.
fn with_degrees(text: &str, noise: &Noise<'_>) -> Vec<Author> {
    let text: String = {
        let mut depth = 0_u32;
        let outside = |c: &char| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        };
        text.chars().filter(outside).collect()
    };
    let (mut names, mut degrees) = (Vec::new(), 0);
    for part in
        text.split([',', ';', '&']).flat_map(|part| part.split(" and ")).map(str::trim).filter(|part| !part.is_empty())
    {
        if is_degree(part) {
            degrees += 1;
        } else if is_name(part) {
            names.push(part);
        } else {
            return Vec::new();
        }
    }
    if degrees == 0 || names.is_empty() {
        return Vec::new();
    }
    let mut authors = Vec::new();
    for name in names {
        add(&mut authors, read_names(name, AuthorKind::Person, noise).into_iter().filter(is_credible).collect());
    }
    authors
}

/// Whether a line is one of those that stand beside an author: a date, a reading time, a word for "author".
fn tells_of_article(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "author",
        "written by",
        "autor",
        "min read",
        "minutes read",
        "minute read",
        "min. lesezeit",
        "updated",
        "published",
        "aktualisiert",
        "veröffentlicht",
        "articles by",
    ];
    if text.len() >= 60 {
        return false;
    }
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || !find_dates(text).is_empty()
}

/// Whether an address is that of a person's page.
fn is_profile(href: &str) -> bool {
    const PARTS: [&str; 23] = [
        "/u/",
        "/author",
        "/autor",
        "/auteur",
        "/people/",
        "/person/",
        "/team/",
        "/staff/",
        "/profile",
        "/contributor",
        "/writer",
        "/journalist",
        "/reporter",
        "/redakt",
        "/columnist",
        "/byline",
        "/by/",
        "/bio/",
        "/experts/",
        "/our-people/",
        "/member/",
        "/user/",
        "/users/",
    ];
    let href = href.to_ascii_lowercase();
    PARTS.iter().any(|part| href.contains(part))
}

/// Two to four words of which each begins with a capital, or is a particle of a name; no title of a position.
fn is_name(text: &str) -> bool {
    const PARTICLES: [&str; 14] =
        ["von", "van", "der", "den", "de", "da", "di", "la", "le", "del", "zu", "bin", "al", "ten"];
    // Words that begin with a capital beside a date, too.
    const OTHERS: [&str; 22] = [
        "This", "The", "In", "On", "Your", "Our", "How", "What", "Article", "Contents", "Share", "News", "Blog",
        "Guide", "Guides", "Reviews", "Home", "Updated", "Last", "Table", "Read", "Comments",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &str| {
        let begins = word.chars().next().is_some_and(char::is_uppercase);
        let letters = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | '\'' | '’'));
        PARTICLES.contains(&word) || (begins && letters && !OTHERS.contains(&word))
    };
    (2..=4).contains(&words.len()) && words.iter().all(|word| is_word(word)) && !is_position(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ImageRef;

    fn labelled(role: Role, text: &str, href: Option<&str>) -> Labelled {
        let link = |href: &str| Link { href: href.to_owned(), text: text.to_owned(), ..Link::default() };
        let block = Block { text: text.to_owned(), links: href.map(link).into_iter().collect(), ..Block::default() };
        Labelled { block, role, score: 1.0, reasons: Vec::new() }
    }

    fn names(lines: &[(&str, Option<&str>)]) -> Vec<String> {
        let mut blocks = vec![labelled(Role::Headline, "Archive opened", None)];
        blocks.extend(lines.iter().map(|(text, href)| labelled(Role::Other, text, *href)));
        blocks.push(labelled(Role::Body, "A sentence.", None));
        names_of(&blocks)
    }

    fn names_of(blocks: &[Labelled]) -> Vec<String> {
        let Seen { announced, alone, .. } = beside(blocks, &Noise { own: &[] });
        announced.into_iter().chain(alone).map(|author| author.name).collect()
    }

    #[test]
    fn a_word_announces_the_author() {
        assert_eq!(names(&[("By Ann Hill ⋅ Review Editor ⋅ Updated May 6, 2025", None)]), ["Ann Hill"]);
        assert_eq!(names(&[("March 15, 2022 · 3 min read · By Ann Hill", None)]), ["Ann Hill"]);
        assert_eq!(names(&[("03/01/2017 by Ann Hill, Secretary", None)]).first().map(String::as_str), Some("Ann Hill"));
        assert_eq!(names(&[("Reviewed by Ann Hill", None)]), Vec::<String>::new());
    }

    #[test]
    fn a_name_alone_needs_a_link_or_a_neighbour() {
        assert_eq!(names(&[("Ann Hill", Some("/authors/ann-hill"))]), ["Ann Hill"]);
        assert_eq!(names(&[("Ann Hill", None), ("May 6, 2025", None)]), ["Ann Hill"]);
        assert_eq!(names(&[("Ann Hill 6 May 2025", None)]), ["Ann Hill"]);
        for (text, href) in [("Data Science", Some("/topics/data")), ("Ann Hill", None), ("A hill of beans", None)] {
            assert_eq!(names(&[(text, href)]), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_line_before_may_announce_the_author_and_others() {
        assert_eq!(names(&[("Written by", None), ("Ann Hill", None)]), ["Ann Hill"]);
        assert_eq!(names(&[("By", None), ("Ann", None), ("·", None)]), ["Ann"]);
        assert_eq!(names(&[("Autorin", None), ("Ida Voss", None)]), ["Ida Voss"]);
        assert_eq!(names(&[("Fact checked by", None), ("Ann Hill", None), ("6 May 2025", None)]), Vec::<String>::new());
    }

    #[test]
    fn the_linked_part_of_a_byline_is_the_name() {
        let mut line = labelled(Role::Byline, "Written by: Ann Hill Gardener & Stargazer", None);
        let link = |text: &str, href: &str| Link { href: href.to_owned(), text: text.to_owned(), ..Link::default() };
        line.block.links = vec![link("Ann Hill", "/author/ann-hill"), link("Stargazer", "/topics/stars")];
        let page =
            |line| [labelled(Role::Headline, "Archive opened", None), line, labelled(Role::Body, "A sentence.", None)];
        assert_eq!(names_of(&page(line.clone())), ["Ann Hill"]);
        line.block.text = "By Ann Hill – Updated 6 May 2025 | Fact-checked by Ben Dale".to_owned();
        line.block.links = vec![link("Ann Hill", "/author/ann-hill"), link("Ben Dale", "/author/ben-dale")];
        assert_eq!(names_of(&page(line.clone())), ["Ann Hill"]);
        line.block.text = "by Sparrow7 in Workshop".to_owned();
        line.block.links = vec![link("Sparrow7", "/u/sparrow7")];
        line.block.links[0].rel = "author".to_owned();
        assert_eq!(names_of(&page(line)), ["Sparrow7"]);
    }

    #[test]
    fn what_stands_between_headline_and_text_counts_before_what_stands_further_off() {
        let page = [
            labelled(Role::Headline, "Books of the month", None),
            labelled(Role::Navigation, "by Amanda · 6 May 2025", None),
            labelled(Role::Lead, "A sentence.", None),
            labelled(Role::Byline, "Author: Ben Dale", None),
            labelled(Role::Body, "Another.", None),
        ];
        assert_eq!(names_of(&page), ["Amanda"]);
    }

    #[test]
    fn positions_pictures_degrees_and_boxes_tell_an_author() {
        assert_eq!(names(&[("Ann Hill", None), ("Founder & Marketing Director", None)]), ["Ann Hill"]);
        assert_eq!(names(&[("Ann Hill | Senior Writer | July 2, 2025", None)]), ["Ann Hill"]);
        assert_eq!(names(&[("Dec 17, 2025 Ann K. Hill", None)]), ["Ann K. Hill"]);
        assert_eq!(
            names(&[("Ann Hill, VMD, DACX; Ben Dale, BA, VTS (Behavior) & Carl Moor, DVM", None)]),
            ["Ann Hill", "Ben Dale", "Carl Moor"]
        );
        assert_eq!(names(&[("Paris, Rom & Wien", None)]), Vec::<String>::new());
        let mut pictured = labelled(Role::Caption, "Ann Hill", None);
        let headline = || labelled(Role::Headline, "Archive opened", None);
        let body = || labelled(Role::Body, "A sentence.", None);
        assert_eq!(names_of(&[headline(), pictured.clone(), body()]), Vec::<String>::new());
        pictured.block.images = vec![ImageRef { alt: "Ann Hill, portrait".to_owned(), ..ImageRef::default() }];
        assert_eq!(names_of(&[headline(), pictured, body()]), ["Ann Hill"]);
        let boxed = [
            headline(),
            body(),
            labelled(Role::Other, "Ann Hill", None),
            labelled(Role::Other, "Ann Hill has been writing about archives for ten years.", None),
        ];
        assert_eq!(names_of(&boxed), ["Ann Hill"]);
        assert_eq!(names_of(&boxed[..3]), Vec::<String>::new());
        let mut signed = vec![headline(), body(), labelled(Role::Subheading, "Written by Ann Hill", None)];
        signed.push(labelled(Role::Other, "She has been writing about archives for ten years.", None));
        assert_eq!(names_of(&signed), ["Ann Hill"]);
    }
}
