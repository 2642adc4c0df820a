//! Who wrote it: names from metadata and bylines, cleaned, told apart by kind, from the most trusted source that names a
//! person.
//!
//! Sites put much else where a name should stand: themselves, addresses, roles, "admin". None of that is a person.

use super::hashes::normalise;
use super::names::{Noise, classify, is_login, is_name_like, is_other_work, is_position, is_team, strip_words};
use super::{byline, is_profiled};
use crate::parse::dates::find_dates;
use crate::types::{Author, AuthorKind, Labelled, Meta, MetaSource, Role};

/// Sources of metadata in the order of trust. Class names are none of them: visible bylines come before those.
const ORDER: [MetaSource; 5] =
    [MetaSource::JsonLd, MetaSource::Microdata, MetaSource::OpenGraph, MetaSource::DublinCore, MetaSource::MetaTag];
/// Authors of one article.
const AUTHORS: usize = 50;
/// Bylines of a page that are read.
const BYLINES: usize = 4;

/// Chooses the authors. `own` are the names of the site, normalised; `codes` those found in the text.
pub(super) fn choose(meta: &Meta, blocks: &[Labelled], codes: &[Author], own: &[String]) -> Vec<Author> {
    let noise = Noise { own };
    let profiled = bylines(blocks, true, &noise);
    let declared: Vec<Vec<Author>> = ORDER.iter().map(|source| declared_by(*source, meta, &noise)).collect();
    let seen = byline::beside(blocks, &noise);
    let shown = bylines(blocks, false, &noise);
    let marked: Vec<Author> = declared_by(MetaSource::Markup, meta, &noise).into_iter().take(4).collect();

    let persons = |list: &&Vec<Author>| list.iter().any(is_person);
    let said = fullest(&declared);
    let first = [&profiled].into_iter().find(persons).or_else(|| visible_or_declared(&seen, said));
    // A team that a page declares is not to be replaced by whoever a class name calls an author.
    let team = |author: &Author| {
        !is_person(author) && author.kind != AuthorKind::Code && !own.contains(&normalise(&author.name))
    };
    let teams = || declared.iter().find(|list| !list.is_empty()).filter(|list| list.iter().any(team));
    let chosen = first
        .or_else(|| [&shown].into_iter().find(persons))
        .or_else(teams)
        .or_else(|| [&marked, &seen.alone].into_iter().find(persons))
        .or_else(|| declared.iter().find(persons));
    if let Some(list) = chosen {
        let led = list.iter().any(is_person);
        let is_own = |author: &Author| {
            let group = own.contains(&normalise(&author.name)) || (led && is_team(&author.name));
            author.kind == AuthorKind::Organisation && group
        };
        return list.iter().filter(|author| !is_own(author)).cloned().collect();
    }
    if !codes.is_empty() {
        return codes.to_vec();
    }
    let has = |kind: AuthorKind| move |list: &&Vec<Author>| list.iter().any(|author| author.kind == kind);
    let lists = || declared.iter().chain([&shown, &seen.announced, &marked, &seen.alone]);
    let rest = [AuthorKind::Code, AuthorKind::Agency, AuthorKind::Organisation];
    rest.into_iter().find_map(|kind| lists().find(has(kind))).cloned().unwrap_or_else(|| agency(blocks, &noise))
}

/// The agency that a line such as `Quelle: dpa` names.
fn agency(blocks: &[Labelled], noise: &Noise<'_>) -> Vec<Author> {
    let lines = blocks.iter().filter(|l| l.role == Role::Credit).map(|l| l.block.text.as_str());
    let source = lines.filter(|text| super::media::is_text_source(text)).find_map(|text| text.split_once(':'));
    let names = source.map_or(Vec::new(), |(_, name)| read_names(name, AuthorKind::Person, noise));
    names.into_iter().filter(|author| author.kind == AuthorKind::Agency).collect()
}

/// The first source that names a person, or a later one that names the same and more: some give the first author only.
fn fullest(declared: &[Vec<Author>]) -> Option<&Vec<Author>> {
    let named = |list: &&Vec<Author>| list.iter().any(|author| is_person(author) && !is_login(&author.name));
    let mut lists = declared.iter().filter(named);
    let first = lists.next()?;
    Some(lists.fold(first, |best, list| if adds_to(list, best) { list } else { best }))
}

/// Whether a list holds all persons of another, and more.
fn adds_to(more: &[Author], list: &[Author]) -> bool {
    let persons = |list: &[Author]| list.iter().filter(|author| is_person(author)).count();
    persons(more) > persons(list) && list.iter().all(|author| !is_person(author) || holds(more, author))
}

fn holds(list: &[Author], author: &Author) -> bool {
    list.iter().any(|other| name_key(&other.name) == name_key(&author.name))
}

/// What the reader sees between headline and text, if it names others than the metadata do, or more: these often name
/// whoever filed the page.
fn visible_or_declared<'a>(seen: &'a byline::Seen, said: Option<&'a Vec<Author>>) -> Option<&'a Vec<Author>> {
    let announced = Some(&seen.announced).filter(|list| list.iter().any(is_person));
    let Some(said) = said else { return announced };
    let sure = |list: &[Author]| list.iter().all(|author| !is_person(author) || is_name_like(&author.name));
    let others = |list: &[Author]| !list.iter().any(|author| is_person(author) && holds(said, author));
    let better = |list: &&Vec<Author>| sure(list) && (others(list) || adds_to(list, said));
    announced.filter(|_| seen.between).filter(better).or(Some(said))
}

fn is_person(author: &Author) -> bool {
    author.kind == AuthorKind::Person
}

/// The authors that one source of metadata names.
fn declared_by(source: MetaSource, meta: &Meta, noise: &Noise<'_>) -> Vec<Author> {
    let mut authors = Vec::new();
    for author in meta.authors.iter().filter(|author| author.source == source) {
        add(&mut authors, read_names(&author.value.name, author.value.kind, noise));
    }
    if source == MetaSource::Markup {
        authors.retain(is_credible);
    }
    authors
}

/// The authors in the bylines that the classifier, or the profile, found.
fn bylines(blocks: &[Labelled], profiled: bool, noise: &Noise<'_>) -> Vec<Author> {
    let mut authors = Vec::new();
    for line in blocks.iter().filter(|l| l.role == Role::Byline && is_profiled(l) == profiled).take(BYLINES) {
        let code = line.block.text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        if let Some(code) =
            code.filter(|code| (2..=4).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase()))
        {
            add(&mut authors, vec![super::text::author_of_code(code)]);
            continue;
        }
        let linked = byline::linked_names(&line.block, noise);
        let names = if linked.is_empty() { read_names(&line.block.text, AuthorKind::Person, noise) } else { linked };
        add(&mut authors, names);
    }
    authors.retain(is_credible);
    authors
}

/// Whether a name that nobody declared to be one may be taken for one: a person's must look like it.
pub(super) fn is_credible(author: &Author) -> bool {
    let plain = !author.name.contains([':', '?', '!', '…']) && !author.name.bytes().any(|byte| byte.is_ascii_digit());
    plain && (author.kind != AuthorKind::Person || is_name_like(&author.name))
}

/// Adds authors that are not there yet, in whatever case and order of names.
pub(super) fn add(authors: &mut Vec<Author>, more: Vec<Author>) {
    for author in more {
        let key = name_key(&author.name);
        if authors.len() < AUTHORS && !key.is_empty() && !authors.iter().any(|known| name_key(&known.name) == key) {
            authors.push(author);
        }
    }
}

fn name_key(name: &str) -> Vec<String> {
    let mut words: Vec<String> = normalise(name).split_whitespace().map(str::to_owned).collect();
    words.sort();
    words
}

/// The names in a byline or a value: `Von Anna Berg und Jörg Ott, Tanndorf` gives two.
pub(super) fn read_names(text: &str, said: AuthorKind, noise: &Noise<'_>) -> Vec<Author> {
    let text = text.trim();
    let text = text.trim_start_matches(['&', '•', '·', '-', '–', ' ']);
    if text.is_empty()
        || is_other_work(text)
        || text.contains("://")
        || text.starts_with(['/', '@', '{', '<'])
        || text.starts_with("www.")
    {
        return Vec::new();
    }
    if said == AuthorKind::Organisation {
        return classify(text, said, noise).into_iter().collect();
    }
    let text = before_date(strip_words(after_date(text)));
    if [" of ", " for ", " für "].iter().any(|word| text.contains(word)) && !text.contains(',') {
        return classify(text, said, noise).into_iter().collect();
    }
    let names = split_names(text);
    let led_by_name = names.first().is_some_and(|name| is_name_like(name));
    let tidy = |name: &str| {
        let name =
            strip_words(name).trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '\'' | '’' | ')'));
        unshout(without_stop(name))
    };
    names
        .into_iter()
        .enumerate()
        .filter(|(at, name)| *at == 0 || !led_by_name || !is_degree(name))
        .filter_map(|(at, name)| Some((at, classify(without_own(&tidy(&name), noise), said, noise)?)))
        // Behind a person stands what they are and where they work; agencies write along.
        .filter(|(at, author)| {
            *at == 0 || !led_by_name || (author.kind != AuthorKind::Organisation && !is_position(&author.name))
        })
        .map(|(_, author)| author)
        .collect()
}

/// What follows the date that a byline begins with.
fn after_date(text: &str) -> &str {
    let date = find_dates(text).into_iter().next().filter(|(range, _)| range.start <= 3);
    let rest = date
        .and_then(|(range, _)| text.get(range.end..))
        .map(|rest| rest.trim_start_matches(|c: char| !c.is_alphanumeric()));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(text)
}

/// A name without the full stop of its sentence; `Jr.` and initials keep theirs.
fn without_stop(name: &str) -> &str {
    let word = name.rsplit(' ').next().unwrap_or(name);
    if word.len() > 4 && word.matches('.').count() == 1 { name.strip_suffix('.').unwrap_or(name) } else { name }
}

/// A name without that of the site behind it: `Jane Doe USA TODAY`.
fn without_own<'a>(name: &'a str, noise: &Noise<'_>) -> &'a str {
    let ends = name.match_indices(' ').map(|(at, _)| at).find(|&at| {
        let (before, after) = (name.get(..at).unwrap_or_default(), name.get(at..).unwrap_or_default());
        is_name_like(before) && noise.own.contains(&normalise(after))
    });
    let name = ends.and_then(|at| name.get(..at)).unwrap_or(name);
    // Once as a link and once for screen readers: `Yuki Yuki`.
    let half = name.len() / 2;
    match (name.get(..half), name.get(half + 1..)) {
        (Some(first), Some(second)) if first == second && name.as_bytes().get(half) == Some(&b' ') => first,
        _ => name,
    }
}

/// `FAND`, `Ph.D.`, `CEPF®`, `E-RYT 200`: letters after a name. Agencies write themselves so, too, and stay.
pub(super) fn is_degree(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let plain =
        text.chars().all(|c| c.is_uppercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '®' | '™' | ' '));
    let dotted = text.contains('.') && capitals * 2 > letters && !text.contains(' ');
    let is_agency = || super::names::is_agency(&normalise(text));
    letters <= 6 && (plain || dotted) && !is_agency()
}

/// What stands before a date, a bar or a bullet: what follows is no name.
fn before_date(text: &str) -> &str {
    let date = find_dates(text).first().map(|(range, _)| range.start).filter(|start| *start > 3);
    let text = date.and_then(|at| text.get(..at)).unwrap_or(text);
    let end = [
        " | ",
        " • ",
        " · ",
        " – ",
        " — ",
        " - ",
        "\u{a0}|",
        " (",
        " @",
        " View ",
        " Last ",
        " Updated",
        " Published",
        " Posted",
        " Veröffentlicht",
        " Reviewed by",
        " Medically reviewed",
        " Fact-checked",
        " Fact checked",
    ]
    .iter()
    .filter_map(|mark| text.find(mark))
    .filter(|at| *at > 3)
    .min();
    // `Jane Doe in Politics`, `JaneDoe on Friday`, `Jane Doe 4 Comments`; but "Human in the Loop" is a name.
    let place = [" in ", " on ", " at "].iter().filter_map(|word| Some((text.find(word)?, word.len())));
    let place = place.filter(|(at, length)| !text.get(at + length..).is_some_and(|rest| rest.starts_with("the ")));
    let count = text.find(|c: char| c.is_ascii_digit()).filter(|at| {
        let (before, after) = text.split_at(*at);
        let unit = after.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().to_lowercase();
        before.ends_with(' ')
            && ["comment", "kommentar", "min", "view", "share"].iter().any(|word| unit.starts_with(word))
    });
    let end = end.into_iter().chain(place.map(|(at, _)| at)).chain(count).filter(|at| *at > 3).min();
    end.and_then(|at| text.get(..at)).unwrap_or(text).trim()
}

/// Splits a list of names. One comma between two single words parts family name and given name.
fn split_names(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = text.split([',', ';', '/', '|']).map(|part| part.trim().to_owned()).collect();
    if let [family, given] = parts.as_slice()
        && text.contains(',')
        && is_single(family)
        && (is_single(given)
            || given.split_once(' ').is_some_and(|(first, initial)| is_single(first) && is_initial(initial)))
    {
        parts = vec![format!("{given} {family}")];
    }
    parts.iter().flat_map(|part| split_joined(part)).filter(|name| !name.is_empty()).collect()
}

fn is_single(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase) && !word.contains(' ') && word.chars().count() > 1
}

/// `T.`
fn is_initial(word: &str) -> bool {
    word.chars().count() <= 2 && word.chars().next().is_some_and(char::is_uppercase) && word.ends_with('.')
}

/// Splits at words that mean "and". Short ones of Romance and Nordic languages could be part of a name, so that both sides
/// must look like one.
fn split_joined(part: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = part;
    'outer: loop {
        for word in [" und ", " and ", " UND ", " AND ", " And ", " sowie ", " mit ", " with "] {
            if let Some((name, after)) = rest.split_once(word) {
                names.push(name.trim().to_owned());
                rest = after;
                continue 'outer;
            }
        }
        for word in [" & ", " + ", " y ", " et ", " e ", " i ", " en ", " og ", " och ", " ja "] {
            if let Some((name, after)) = rest.split_once(word)
                && is_name_like(name)
                && is_name_like(after)
            {
                names.push(name.trim().to_owned());
                rest = after;
                continue 'outer;
            }
        }
        names.push(rest.trim().trim_start_matches("and ").trim_start_matches("und ").to_owned());
        return names;
    }
}

/// `MAX MUSTER` as `Max Muster`; short words may be initials and stay.
fn unshout(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_shouted =
        |word: &&str| word.chars().count() > 2 && word.chars().all(|c| c.is_uppercase() || c == '-' || c == '\'');
    if words.len() < 2
        || !words.iter().all(|word| is_shouted(word) || word.chars().count() <= 2)
        || !words.iter().any(is_shouted)
    {
        return words.join(" ");
    }
    let lower = |word: &str| {
        let mut start = true;
        word.chars()
            .flat_map(|c| {
                let cased: Vec<char> = if start { vec![c] } else { c.to_lowercase().collect() };
                start = c == '-' || c == '\'';
                cased
            })
            .collect::<String>()
    };
    words
        .iter()
        .map(|word| if is_shouted(word) { lower(word) } else { (*word).to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
#[path = "authors_tests.rs"]
mod tests;
