//! Kicker and headline, apart: as two blocks, or glued in one (`SeefurtArchiv geöffnet`).

use url::Url;

use super::hashes::normalise;
use super::is_profiled;
use crate::types::{BlockTag, Labelled, Role};

/// How far into a headline a kicker may reach, in bytes.
const KICKER_REACH: usize = 80;

/// The title's parts as they stand in the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Title {
    pub(super) kicker: Option<String>,
    pub(super) headline: Option<String>,
    pub(super) subtitle: Option<String>,
    /// Whether the site's profile says which block is the headline.
    pub(super) profiled: bool,
    /// Whether the kicker is part of the headline's own heading.
    pub(super) within: bool,
    /// Whether what follows the headline says that it is one: a date, a byline, a lead.
    pub(super) borne_out: bool,
}

/// Reads the title from the blocks. `known` are headlines that the metadata give, `url` the article's address: both tell
/// where a glued title parts.
pub(super) fn read(blocks: &[Labelled], known: &[&str], url: &Url) -> Title {
    let named = |role: Role| {
        let of_role = || blocks.iter().filter(move |l| l.role == role);
        of_role().find(|l| is_profiled(l)).or_else(|| of_role().next())
    };
    let first = |role: Role| named(role).map(|l| l.block.text.as_str());
    let mut title = Title {
        kicker: first(Role::Kicker).map(clean_kicker).filter(|kicker| !kicker.is_empty()),
        headline: first(Role::Headline).map(str::to_owned),
        subtitle: first(Role::Subtitle).map(str::to_owned),
        profiled: named(Role::Headline).is_some_and(is_profiled),
        within: stands_within(blocks),
        borne_out: is_borne_out(blocks),
    };
    let Some(headline) = title.headline.as_deref() else { return title };
    if title.kicker.is_none()
        && let Some((kicker, rest)) = part(headline, known, url, blocks)
    {
        (title.kicker, title.headline) = (Some(clean_kicker(kicker)), Some(rest.to_owned()));
    } else if let Some(kicker) = title.kicker.as_deref()
        && let Some(rest) = headline.strip_prefix(kicker).map(|rest| rest.trim_start_matches([':', ' ']))
        && rest.chars().count() > 3
        && rest.starts_with(char::is_uppercase)
    {
        // The kicker stands alone and once more in the headline.
        title.headline = Some(rest.to_owned());
    }
    title
}

/// Whether the kicker stands right before the headline in a heading of the same level: both are parts of one.
fn stands_within(blocks: &[Labelled]) -> bool {
    blocks.windows(2).any(|pair| match pair {
        [kicker, headline] => {
            let roles = (kicker.role, headline.role) == (Role::Kicker, Role::Headline);
            let heading = kicker.block.tag == BlockTag::Heading && headline.block.tag == BlockTag::Heading;
            roles && heading && kicker.block.level == headline.block.level
        }
        _ => false,
    })
}

fn is_borne_out(blocks: &[Labelled]) -> bool {
    let follows = |role: Role| matches!(role, Role::Dateline | Role::Byline | Role::Lead | Role::Subtitle);
    let headline = blocks.iter().position(|labelled| labelled.role == Role::Headline);
    headline.and_then(|at| blocks.get(at + 1)).is_some_and(|next| follows(next.role))
}

fn clean_kicker(text: &str) -> String {
    text.trim().trim_end_matches([':', '|']).trim_end().to_owned()
}

/// Where a glued title parts: at a place where a small letter or `:` meets a capital, if the address, the metadata or the
/// text bear it out. `A: B` with a space is how headlines are written anywhere; only an address of the numbered kind
/// (`/meldung_12_B.html`), whose pages set a kicker before the headline, says that `A` is one.
fn part<'a>(headline: &'a str, known: &[&str], url: &Url, blocks: &[Labelled]) -> Option<(&'a str, &'a str)> {
    let slug = slug_of(url);
    let numbered =
        url.path_segments().and_then(|mut parts| parts.next_back()).is_some_and(|last| last.starts_with("meldung_"));
    let mut seams = seams(headline);
    seams.retain(|&at| numbered || headline.get(..at).is_some_and(|before| !before.trim_end().ends_with(':')));
    let told = seams.iter().copied().find(|&at| {
        let Some(rest) = headline.get(at..).map(normalise) else { return false };
        known.iter().any(|known| normalise(known) == rest) || slug.as_deref().is_some_and(|slug| same_slug(slug, &rest))
    });
    let seam = told.or_else(|| seams.into_iter().find(|&at| is_glued(headline, at, blocks)))?;
    Some((headline.get(..seam)?.trim_end(), headline.get(seam..)?))
}

/// The places where a title may part: before a capital, unless a space without colon stands before it.
fn seams(headline: &str) -> Vec<usize> {
    let mut seams = Vec::new();
    let mut before = ' ';
    let mut gap = false;
    for (at, c) in headline.char_indices().take_while(|(at, _)| *at < KICKER_REACH) {
        if c == ' ' {
            gap = true;
            continue;
        }
        let begins = c.is_uppercase() || c.is_numeric() || matches!(c, '„' | '"' | '»' | '“');
        let glued = !gap && (before.is_alphanumeric() || matches!(before, ')' | ':'));
        if at > 1 && begins && (glued || (gap && before == ':')) {
            seams.push(at);
        }
        (before, gap) = (c, false);
    }
    seams
}

/// Whether the words about a seam are glued by accident: the whole stands nowhere else in the page, its first part does.
fn is_glued(headline: &str, at: usize, blocks: &[Labelled]) -> bool {
    let (Some(left), Some(right)) = (headline.get(..at), headline.get(at..)) else { return false };
    let (Some(before), Some(after)) = (left.chars().next_back(), right.chars().next()) else { return false };
    if !before.is_lowercase() || !after.is_uppercase() {
        return false;
    }
    let word_start = left.rfind(' ').map_or(0, |space| space + 1);
    let part = left.get(word_start..).unwrap_or(left);
    let word_end = right.find(' ').unwrap_or(right.len());
    let whole = headline.get(word_start..at + word_end).unwrap_or(headline);
    if part.chars().count() < 3 {
        return false;
    }
    let article = || blocks.iter().filter(|l| l.role.is_text()).map(|l| l.block.text.as_str());
    article().any(|text| holds_word(text, part)) && !article().any(|text| text.contains(whole))
}

fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// The words of the address's last part, without number and extension.
fn slug_of(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    let decoded = percent_encoding::percent_decode_str(last).decode_utf8_lossy().replace('+', " ");
    let name = decoded.split_once('.').map_or(decoded.as_str(), |(name, _)| name);
    let words = normalise(name);
    let words = words.strip_prefix("meldung ").unwrap_or(&words);
    let words = words.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
    (!words.is_empty()).then(|| transcribe(words))
}

/// Whether a title's words are those of the address, which may leave out small words at its end or carry a number.
fn same_slug(slug: &str, title: &str) -> bool {
    let title = transcribe(title);
    let slug = slug.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    title == slug || (slug.len() >= 16 && title.starts_with(slug))
}

/// As addresses write it.
fn transcribe(words: &str) -> String {
    words.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Block;

    fn labelled(role: Role, text: &str) -> Labelled {
        let block = Block { text: text.to_owned(), ..Block::default() };
        Labelled { block, role, score: 1.0, reasons: Vec::new() }
    }

    fn title(blocks: &[(Role, &str)], known: &[&str], url: &str) -> (Option<String>, Option<String>) {
        let blocks: Vec<Labelled> = blocks.iter().map(|(role, text)| labelled(*role, text)).collect();
        let title = read(&blocks, known, &Url::parse(url).unwrap());
        (title.kicker, title.headline)
    }

    fn both(kicker: &str, headline: &str) -> (Option<String>, Option<String>) {
        (Some(kicker.to_owned()), Some(headline.to_owned()))
    }

    const ANY: &str = "https://ort.example/n/1";

    #[test]
    fn two_blocks() {
        let blocks = [(Role::Kicker, "Seefurt / Altenquast: "), (Role::Headline, "Archiv geöffnet")];
        assert_eq!(title(&blocks, &[], ANY), both("Seefurt / Altenquast", "Archiv geöffnet"));
    }

    #[test]
    fn the_address_tells_where_a_title_parts() {
        let blocks = [(Role::Headline, "Bad UlmenrodeKöche am Rechner")];
        let url = "https://ort.example/k21-meldungen/koeche-am-rechner-2/";
        assert_eq!(title(&blocks, &[], url), both("Bad Ulmenrode", "Köche am Rechner"));
        let url = "https://ort.example/meldung_12_K%C3%B6che+am+Rechner.html";
        assert_eq!(title(&[(Role::Headline, "OZG: Köche am Rechner")], &[], url), both("OZG", "Köche am Rechner"));
    }

    #[test]
    fn metadata_and_text_tell_it_too() {
        let blocks = [(Role::Headline, "NRWKöche am Rechner")];
        assert_eq!(title(&blocks, &["Köche am Rechner"], ANY), both("NRW", "Köche am Rechner"));
        let blocks = [(Role::Headline, "SeefurtArchiv geöffnet"), (Role::Body, "Die Stadt Seefurt öffnet es.")];
        assert_eq!(title(&blocks, &[], ANY), both("Seefurt", "Archiv geöffnet"));
    }

    #[test]
    fn a_colon_alone_parts_nothing() {
        let blocks = [(Role::Headline, "Energie: Der lange Weg")];
        let whole = (None, Some("Energie: Der lange Weg".to_owned()));
        assert_eq!(title(&blocks, &["Der lange Weg"], "https://ort.example/news/der-lange-weg"), whole);
        let shown = [(Role::Kicker, "Energie:"), (Role::Headline, "Energie: Der lange Weg")];
        assert_eq!(title(&shown, &[], ANY), both("Energie", "Der lange Weg"));
    }

    #[test]
    fn the_block_that_the_profile_names_is_the_headline() {
        let mut named = labelled(Role::Headline, "Archiv geöffnet");
        named.block.profile_role = Some(Role::Headline);
        let title = read(&[labelled(Role::Headline, "Seefurt aktuell"), named], &[], &Url::parse(ANY).unwrap());
        assert_eq!((title.headline.as_deref(), title.profiled), (Some("Archiv geöffnet"), true));
    }

    #[test]
    fn names_with_a_capital_within_stay_whole() {
        let blocks = [(Role::Headline, "QuickPay startet"), (Role::Body, "QuickPay ist da. Quick ist es auch.")];
        assert_eq!(title(&blocks, &[], ANY), (None, Some("QuickPay startet".to_owned())));
        let blocks = [(Role::Headline, "Streit um Wasser: Wer zahlt?"), (Role::Body, "Wasser ist knapp.")];
        assert_eq!(title(&blocks, &[], ANY).0, None);
    }
}
