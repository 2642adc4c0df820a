//! Author lines that neither markup nor the classifier name: `By Ann Hill · 5 min read`, or a name alone beside a date.

use super::authors::{add, is_credible, read_names};
use super::beside::{self, Line, Place};
use super::names::{Noise, is_other_work};
use crate::parse::dates::find_dates;
use crate::types::Labelled;
use crate::types::{Author, AuthorKind, Role};

/// Authors that are believed of lines that nobody calls bylines.
const AUTHORS: usize = 6;

/// The authors in the lines beside the headline: those that a word announces, else a name whose link or whose neighbours say
/// that it is the author's.
pub(super) fn beside(blocks: &[Labelled], noise: &Noise<'_>) -> Vec<Author> {
    let lines = beside::lines(blocks);
    let lines =
        || lines.iter().filter(|line| !matches!(line.labelled.role, Role::Caption | Role::Credit | Role::Subtitle));
    let mut authors = Vec::new();
    for line in lines() {
        if let Some(names) = announced(line.text()) {
            let mut found = read_names(names, AuthorKind::Person, noise);
            // After "by" one word may be a name, but hardly a small one.
            found.retain(|author| is_credible(author) || author.name.chars().next().is_some_and(char::is_uppercase));
            add(&mut authors, found);
        }
    }
    if authors.is_empty() {
        for line in lines().filter(|line| line.place != Place::Below) {
            if let Some(name) = alone(line) {
                add(
                    &mut authors,
                    read_names(name, AuthorKind::Person, noise).into_iter().filter(is_credible).collect(),
                );
            }
        }
    }
    authors.truncate(AUTHORS);
    authors
}

/// What follows a word for "by" at the start of a part of the line.
fn announced(text: &str) -> Option<&str> {
    const WORDS: [&str; 14] = [
        "by ",
        "by: ",
        "by:",
        "von ",
        "von: ",
        "written by ",
        "written by:",
        "posted by ",
        "posted by:",
        "author: ",
        "autor: ",
        "autorin: ",
        "contributors: ",
        "words by ",
    ];
    if is_other_work(text) {
        return None;
    }
    parts(text).find_map(|part| {
        WORDS.iter().find_map(|word| {
            let start = part.get(..word.len())?;
            start.eq_ignore_ascii_case(word).then(|| part.get(word.len()..)).flatten()
        })
    })
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

/// A name that is all of a line, or all of a part of it beside a date.
fn alone<'a>(line: &Line<'a>) -> Option<&'a str> {
    let block = &line.labelled.block;
    let text = line.text();
    let linked = block.links.iter().find(|link| is_profile(&link.href) && is_name(&link.text));
    if linked.is_some_and(|link| text.len() < link.text.len() * 3) {
        return linked.map(|link| link.text.as_str());
    }
    // A link to something else is a topic.
    if !block.links.is_empty() {
        return None;
    }
    let dates = find_dates(text);
    if let Some((range, _)) = dates.first() {
        let before =
            text.get(..range.start).unwrap_or_default().trim_end_matches([' ', ',', '·', '•', '|', '-', '–', '⋅', '●']);
        return is_name(before).then_some(before);
    }
    let part = parts(text).next().filter(|part| is_name(part))?;
    let whole = part.len() == text.trim().len();
    let neighbour = [line.before, line.after].into_iter().any(tells_of_article);
    (neighbour && (whole || text.len() < part.len() * 3)).then_some(part)
}

/// Whether a line is one of those that stand beside an author: a date, a reading time, a word for "author".
fn tells_of_article(text: &str) -> bool {
    const WORDS: [&str; 7] =
        ["author", "written by", "autor", "min read", "minutes read", "minute read", "min. lesezeit"];
    let lower = text.to_lowercase();
    text.len() < 60 && (WORDS.iter().any(|word| lower.contains(word)) || !find_dates(text).is_empty())
}

/// Whether an address is that of a person's page.
fn is_profile(href: &str) -> bool {
    const PARTS: [&str; 10] = [
        "/author",
        "/autor",
        "/people/",
        "/team/",
        "/staff/",
        "/profile",
        "/contributor",
        "/writer",
        "/by/",
        "/users/",
    ];
    let href = href.to_ascii_lowercase();
    PARTS.iter().any(|part| href.contains(part))
}

/// Two to four words of which each begins with a capital, or is a particle of a name.
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
    (2..=4).contains(&words.len()) && words.iter().all(|word| is_word(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Block, Link};

    fn labelled(role: Role, text: &str, href: Option<&str>) -> Labelled {
        let link = |href: &str| Link { href: href.to_owned(), text: text.to_owned(), ..Link::default() };
        let block = Block { text: text.to_owned(), links: href.map(link).into_iter().collect(), ..Block::default() };
        Labelled { block, role, score: 1.0, reasons: Vec::new() }
    }

    fn names(lines: &[(&str, Option<&str>)]) -> Vec<String> {
        let mut blocks = vec![labelled(Role::Headline, "Archive opened", None)];
        blocks.extend(lines.iter().map(|(text, href)| labelled(Role::Other, text, *href)));
        blocks.push(labelled(Role::Body, "A sentence.", None));
        beside(&blocks, &Noise { own: &[] }).into_iter().map(|author| author.name).collect()
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
}
