//! What one block looks like, apart from its neighbours: dates at its start, the look of a title, bare addresses, postal
//! lines, an author's code at its end.

use std::sync::LazyLock;

use regex::Regex;

use super::cues::{self, Cue};
use crate::parse::letters::is_alphabetic;
use crate::types::{Block, BlockTag};

// Digits are those of ASCII, and letters are repeated without a bound: each costs a compilation more than all else in a pattern. Lengths
// are looked at apart.

/// A pattern that the tests compile; in the binary it is always there.
macro_rules! pattern {
    ($(#[$meta:meta])* $name:ident = $pattern:expr) => {
        $(#[$meta])*
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}
pub(super) use pattern;

macro_rules! day {
    () => {
        r"(?:[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?(?:[0-9]{4}|[0-9]{2})(?-u:\b)|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}|[0-9]{1,2}\.?\s(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\p{L}*\.?,?\s[0-9]{4}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?\s[0-9]{1,2},?\s[0-9]{4})"
    };
}

/// A weekday before a date, whole or abbreviated.
macro_rules! weekday {
    () => {
        r"(?:(?:(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|(?:mon|tues|wednes|thurs|fri|satur|sun)day|mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun)\.?,?\s(?:(?:den|the)\s)?)?"
    };
}

pattern!(BRACKET_DATE = concat!(r"(?i)^\[\s?", day!(), r"[^\]]{0,20}\]\s*"));
pattern!(
    START_DATE =
        concat!(r"(?i)^\(?", weekday!(), day!(), r"\)?(?:,?\s[0-9]{1,2}[:.][0-9]{2}(?:\suhr)?)?\s*[-–—|:•·,]?\s*")
);
pattern!(INNER_DATE = concat!(r"(?i)^.{8,200}?\s?\[", day!(), r"\]\s*\S"));
pattern!(END_DATE = concat!(r"(?i)^.{4,220}?(?:\s[\[(]|\s?[|–—·]\s|\s-\s|,\s)", weekday!(), day!(), r"[\])]?$"));
pattern!(
    ONLY_DATE = concat!(
        r"(?i)^[\[(]?(?:(?:stand|vom|am|den|datum|date|published|updated|posted|veröffentlicht|aktualisiert|erschienen|on|mon|tue|wed|thu|fri|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mo|di|mi|do|fr|sa|so|\p{L}+day|\p{Lu}[\p{L}/ -]{2,})[.:,]*\s)*",
        day!(),
        r"[\])]?(?:\s*[-–—|•·,]*\s*(?:um |at )?[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?\s?(?:uhr|am|pm|a\.m\.|p\.m\.|[a-z]{2,4})?)*[\])|.\s]*$"
    )
);
pattern!(
    MORE_END = r"(?i)(?:^|[\s.!?“”»)\x22])[\[(»›>]?\s?(?:(?:mehr|more|weiter)\s?(?:\.{3}|…|»|→|›|>>?)|(?:weiterlesen|weiter lesen|read more|mehr lesen|continue reading|zum artikel|mehr erfahren)\s?(?:\.{3}|…|»|→|›|>>?)?)[\])]?$"
);
pattern!(CODE_END = r"[.!?“”»)…\x22]\s?[(\[](?:\p{Ll}{2,4}|\p{Lu}{2,3}|\p{Lu}\p{Ll}{1,2})(?:/\p{L}{2,4})?[)\]]\s*$");
pattern!(
    WHEN = r"(?i)(?:^|[\s,(])[0-9]{1,2}\.\s?(?:[0-9]{1,2}\.|(?:jan|feb|m[aä]r|apr|mai|jun|jul|aug|sep|okt|nov|dez))|(?:^|\s)(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?\s[0-9]{1,2}(?:[^0-9]|$)|[0-9]{1,2}[:.][0-9]{2}\s?(?:uhr|am|pm)|[0-9]{1,2}\suhr"
);
pattern!(STREET = r"^\p{Lu}[\p{L}.' -]+[ .][0-9]{1,4}(?:\s?-\s?[0-9]{1,4})?\s?[a-z]?$");
pattern!(ADDRESS = r"(?i)^(?:https?://|www\.)\S+$");
pattern!(PLACE = r"^(?:[A-Z]{1,3}-)?[0-9]{4,5}\s\p{Lu}[\p{L}.()/ -]*[\p{L})]$");

/// What a block looks like.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Characters.
    pub chars: usize,
    /// Words.
    pub words: usize,
    /// Characters of links over characters.
    pub link_density: f32,
    /// Bytes of a date at the start, and what parts it from the text.
    pub dated: Option<usize>,
    /// The date at the start is in square brackets.
    pub bracketed: bool,
    /// Nothing but a date, perhaps with a place or a time.
    pub date_only: bool,
    /// A title, a date in square brackets and a text in one block.
    pub inner_date: bool,
    /// A title with a date behind it.
    pub ends_dated: bool,
    /// Ends in "more".
    pub more: bool,
    /// Ends like a sentence.
    pub sentence: bool,
    /// Sentences, roughly.
    pub sentences: usize,
    /// Nothing but addresses of the web.
    pub address: bool,
    /// Postal code and city.
    pub place: bool,
    /// An author's code ends it.
    pub code: bool,
    /// Short and ends in a colon.
    pub label: bool,
    /// Could be a title.
    pub title: bool,
    /// One link that covers it.
    pub linked: bool,
    /// Bold throughout.
    pub bold: bool,
    /// Italic throughout.
    pub italic: bool,
    /// A known wording.
    pub cue: Option<Cue>,
}

impl Facts {
    /// Whole sentences, and enough of them to be a paragraph.
    pub(super) fn prose(&self) -> bool {
        self.sentence && self.words >= 8 && self.link_density < 0.5 && !self.more
    }

    /// A summary in a teaser: text that is no title.
    pub(super) fn summary(&self) -> bool {
        (self.sentence || self.more) && self.words >= 4
    }

    /// Looks at a block.
    pub(super) fn of(block: &Block) -> Self {
        let text = block.text.as_str();
        let Counts { chars, words, sentences } = Counts::of(text);
        let share = |part: u32| if chars == 0 { 0.0 } else { (part as f32 / chars as f32).min(1.0) };
        let cue = cues::find(text, chars).filter(|_| block.tag != BlockTag::Pre);
        let short = chars <= 400;
        let bracket =
            BRACKET_DATE.as_ref().filter(|_| text.starts_with('[')).and_then(|p| p.find(text)).map(|m| m.end());
        let may_be_dated = bracket.is_none() && may_start_with_date(text);
        let dated = bracket
            .or_else(|| START_DATE.as_ref().filter(|_| may_be_dated).and_then(|p| p.find(text)).map(|m| m.end()));
        let more = ends_in_more(block, text);
        let sentence = ends_like_a_sentence(text);
        // No date and no postal code has fewer.
        let has_digits = chars <= 80 && text.bytes().filter(u8::is_ascii_digit).count() >= 4;
        let date_only = has_digits && matches(&ONLY_DATE, text);
        let address = short && words > 0 && text.split_whitespace().all(is_address);
        let place = chars <= 60 && has_digits && is_place(text);
        let label = text.ends_with(':') && chars <= 70;
        let link_density = share(block.link_chars);
        let title = chars <= 180
            && words >= 1
            && !sentence_stop(text)
            && !(more || label || address || place || date_only)
            && dated.is_none()
            && cue.is_none()
            && without_bullet(text).starts_with(|c: char| c.is_alphanumeric() || "„“\"»‚'#(".contains(c));
        Self {
            chars,
            words,
            link_density,
            dated,
            bracketed: bracket.is_some(),
            date_only,
            inner_date: dated.is_none() && has_inner_bracket(text) && matches(&INNER_DATE, text),
            ends_dated: title && ends_in_figure(text) && matches(&END_DATE, text),
            more,
            sentence,
            sentences,
            address,
            place,
            code: chars >= 60 && code_start(text).is_some(),
            label,
            title,
            linked: link_density >= 0.8 && block.tag != BlockTag::Pre,
            bold: share(block.bold_chars) >= 0.9,
            italic: share(block.italic_chars) >= 0.9,
            cue,
        }
    }
}

// The patterns are dear on long texts, and most blocks can be told from their first or last characters.

/// Whether the last characters leave a date possible: a digit of a year, perhaps in brackets.
fn ends_in_figure(text: &str) -> bool {
    text.trim_end_matches([')', ']']).ends_with(|c: char| c.is_ascii_digit())
}

/// Whether the first characters leave a date possible: a digit, a bracket, the name of a month in English, or a weekday.
fn may_start_with_date(text: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const DAYS: [&[u8; 2]; 11] = [b"mo", b"di", b"mi", b"do", b"fr", b"sa", b"so", b"tu", b"we", b"th", b"su"];
    let bytes = text.as_bytes();
    let weekday = bytes.get(..2).is_some_and(|start| DAYS.iter().any(|day| start.eq_ignore_ascii_case(*day)))
        && bytes.iter().take(20).any(u8::is_ascii_digit);
    weekday
        || bytes.first().is_some_and(|b| b.is_ascii_digit() || *b == b'(')
        || bytes.get(..3).is_some_and(|start| MONTHS.iter().any(|month| start.eq_ignore_ascii_case(month.as_bytes())))
}

/// Whether a bracket opens where a date after a title may stand.
fn has_inner_bracket(text: &str) -> bool {
    let head = text.as_bytes();
    head.get(8..head.len().min(820)).is_some_and(|head| memchr::memchr(b'[', head).is_some())
}

/// Whether a line of an event says when: a day with its month, or an hour.
pub(super) fn says_when(text: &str) -> bool {
    text.len() <= 300 && text.bytes().any(|b| b.is_ascii_digit()) && matches(&WHEN, text)
}

/// A line without the mark of a list before it.
pub(crate) fn without_bullet(text: &str) -> &str {
    ["- ", "– ", "• ", "* "].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text)
}

/// Whether a line is a street with a house number.
pub(crate) fn is_street(text: &str) -> bool {
    let number = text.find(|c: char| c.is_ascii_digit());
    let name = number.and_then(|at| text.get(..at)).unwrap_or_default();
    text.len() <= 70
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && (4..=52).contains(&name.chars().count())
        && matches(&STREET, text)
}

/// Whether a line is a postal code and a city.
fn is_place(text: &str) -> bool {
    let city = text.split_once(char::is_whitespace).map_or("", |(_, city)| city);
    city.chars().count() <= 42 && matches(&PLACE, text)
}

fn is_address(word: &str) -> bool {
    word.starts_with(['h', 'H', 'w', 'W']) && matches(&ADDRESS, word)
}

/// Whether the last word or sign may belong to a "more".
fn may_end_in_more(tail: &str) -> bool {
    const LAST: [&str; 8] = ["mehr", "more", "weiter", "weiterlesen", "lesen", "reading", "artikel", "erfahren"];
    let bare = tail.trim_end_matches([']', ')', '.', '…', '»', '→', '›', '>', ' ']);
    let last = bare.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    LAST.iter().any(|word| last.eq_ignore_ascii_case(word))
}

pub(super) fn matches(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(text))
}

/// Where an author's code in brackets starts, after the end of the last sentence.
pub(super) fn code_start(text: &str) -> Option<usize> {
    let bare = text.trim_end();
    if !bare.ends_with([')', ']']) || bare.ends_with("[mehr]") || bare.ends_with("[more]") {
        return None;
    }
    let from = tail_start(text, 16);
    let tail = text.get(from..)?;
    CODE_END.as_ref()?.find(tail)?;
    tail.rfind(['(', '[']).map(|at| from + at)
}

/// The byte where the last `chars` characters begin.
fn tail_start(text: &str, chars: usize) -> usize {
    text.char_indices().rev().take(chars).last().map_or(0, |(at, _)| at)
}

fn ends_in_more(block: &Block, text: &str) -> bool {
    let tail = text.get(tail_start(text, 40)..).unwrap_or_default();
    if may_end_in_more(tail) && matches(&MORE_END, tail) {
        return true;
    }
    const WORDS: [&str; 7] = ["mehr", "weiter", "weiterlesen", "mehr lesen", "more", "read more", "lesen"];
    block.links.last().is_some_and(|link| {
        let last = link.text.trim_matches(|c: char| !c.is_alphanumeric());
        // An arrow alone leads on, too.
        let is_arrow = last.is_empty() && link.text.contains(['»', '›', '→', '>', '…']);
        text.ends_with(link.text.as_str()) && (is_arrow || WORDS.iter().any(|word| last.eq_ignore_ascii_case(word)))
    })
}

/// Ends in a stop, a question or exclamation mark, perhaps with a closing quotation mark, bracket or author's code.
fn ends_like_a_sentence(text: &str) -> bool {
    let end = code_start(text).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or(text).trim_end();
    let bare = text.trim_end_matches(['“', '”', '"', '»', '«', '’', '\'', '‹', '›', ')', ']', '*']);
    bare.ends_with(['.', '!', '?', '…']) || (text.ends_with(':') && text.len() > 120)
}

/// Ends in a full stop: no title. A question or an exclamation may be one, and so may an abbreviation's dots.
fn sentence_stop(text: &str) -> bool {
    let bare = text.trim_end_matches(['“', '”', '"', '»', '«', '’', ')']);
    bare.ends_with('.') && !bare.ends_with("...") || bare.ends_with([';', ','])
}

/// What is counted over a text, in one pass.
#[derive(Debug, Default)]
struct Counts {
    chars: usize,
    /// Parts between white space that hold a letter or a digit.
    words: usize,
    /// Stops, question and exclamation marks after a word of two letters or more, before a space or the end.
    sentences: usize,
}

/// What a character is to [`Counts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Letter,
    Stop,
    Space,
    /// Closes a quotation or a bracket after a stop.
    Close,
    Number,
    Other,
}

impl Sign {
    fn of(c: char) -> Self {
        match c {
            '.' | '!' | '?' | '…' => Self::Stop,
            '“' | '”' | '"' | '»' | '«' | ')' => Self::Close,
            _ if is_alphabetic(c) => Self::Letter,
            '\u{2000}'..='\u{206f}' if !c.is_whitespace() => Self::Other,
            _ if c.is_whitespace() => Self::Space,
            _ if c.is_numeric() => Self::Number,
            _ => Self::Other,
        }
    }

    /// Those of ASCII.
    const ASCII: [Self; 128] = {
        let mut signs = [Self::Other; 128];
        let mut byte = 0_u8;
        while byte < 128 {
            signs[byte as usize] = match byte {
                b'.' | b'!' | b'?' => Self::Stop,
                b'"' | b')' => Self::Close,
                b' ' | b'\t'..=b'\r' => Self::Space,
                b'0'..=b'9' => Self::Number,
                b'a'..=b'z' | b'A'..=b'Z' => Self::Letter,
                _ => Self::Other,
            };
            byte += 1;
        }
        signs
    };
}

impl Counts {
    fn of(text: &str) -> Self {
        let mut counts = Self::default();
        let (mut letters, mut stop, mut word) = (0_u32, false, false);
        let mut rest = text;
        loop {
            // Most of a text are letters of ASCII, which are taken a run at a time.
            let run = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            if run > 0 {
                counts.chars += run;
                letters = letters.saturating_add(run as u32);
                (stop, word) = (false, true);
            }
            let mut after = rest.get(run..).unwrap_or_default().chars();
            let Some(c) = after.next() else { break };
            rest = after.as_str();
            counts.chars += 1;
            match Sign::ASCII.get(c as usize).copied().unwrap_or_else(|| Sign::of(c)) {
                Sign::Letter => {
                    letters += 1;
                    (stop, word) = (false, true);
                }
                Sign::Stop => {
                    stop = letters >= 3 || (letters > 0 && c != '.') || (stop && letters == 0);
                    letters = 0;
                }
                Sign::Space => {
                    counts.sentences += usize::from(stop);
                    counts.words += usize::from(word);
                    (letters, stop, word) = (0, false, false);
                }
                Sign::Close => {}
                Sign::Number => (word, letters) = (true, 0),
                Sign::Other => letters = 0,
            }
        }
        counts.words += usize::from(word);
        counts.sentences += usize::from(stop);
        counts
    }
}

/// The words of a text for comparing: lower case, letters and digits, four letters or more or a number.
pub(super) fn content_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 4 || word.chars().any(|c| c.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Facts {
        Facts::of(&Block { text: text.to_owned(), ..Block::default() })
    }

    #[test]
    fn patterns_compile() {
        for p in [
            &BRACKET_DATE,
            &END_DATE,
            &WHEN,
            &START_DATE,
            &INNER_DATE,
            &ONLY_DATE,
            &MORE_END,
            &CODE_END,
            &ADDRESS,
            &PLACE,
        ] {
            assert!(p.is_some());
        }
    }

    #[test]
    fn dates() {
        assert!(facts("[3.6.2024] Der Rat von Seestadt hat getagt. mehr...").bracketed);
        assert!(facts("[07.02.2025] Der Rat hat getagt.").bracketed);
        assert!(facts("12. Mai 2024 – Der Rat hat getagt.").dated.is_some());
        assert!(facts("Rund 12. Mai 2024 – Der Rat").dated.is_none());
        assert!(facts("Der 12.5.2024 war ein Tag").dated.is_none());
        for text in [
            "[3.6.2024]",
            "12. Mai 2024, 10:30 Uhr",
            "Stand: 12.05.2024",
            "Seestadt, 12.05.2024",
            "2024-05-12",
            "May 12, 2024 at 10:30 am",
        ] {
            assert!(facts(text).date_only, "{text}");
        }
        assert!(!facts("Am 12.05.2024 tagte der Rat in Seestadt").date_only);
        assert!(facts("Seestadt: Rathaus im Netz [3.6.2024] Der Rat hat getagt. mehr...").inner_date);
        assert!(facts("Freitag, 7. Juni 2024: Der Rat hat getagt.").dated.is_some());
        assert!(facts("Dienstanweisung 2024 in Kraft: Der Rat hat getagt.").dated.is_none());
        for text in ["Seestadt: Rathaus im Netz (3. Juni 2024)", "Rathaus im Netz | 03.06.2024"] {
            assert!(facts(text).ends_dated, "{text}");
        }
        assert!(is_street("Alte Seilerei 4") && is_street("Kaiserstr. 12 a") && !is_street("Pultwerk GmbH"));
        let street = |letters: usize| is_street(&format!("S{} 4", "e".repeat(letters - 1)));
        assert_eq!([2, 3, 51, 52].map(street), [false, true, true, false]);
        assert!(says_when("Sa, 7. Mai, 20 Uhr: Konzert") && says_when("Jun 8: Open day") && !says_when("Raum 12"));
        assert!(!facts("Rat tagt am 3. Juni 2024").ends_dated && !facts("(3. Juni 2024)").ends_dated);
    }

    #[test]
    fn ends() {
        assert!(facts("Der Rat hat getagt. mehr...").more);
        assert!(facts("Der Rat hat getagt. [mehr…]").more);
        assert!(facts("The council met. Read more").more);
        assert!(!facts("Davon gibt es nun mehr").more);
        let code = facts("Der Rat von Seestadt hat am Abend getagt und lange über die Akten geredet. (sib)");
        assert!(code.code && code.sentence && code.prose());
        assert!(code_start("Der Rat von Seestadt hat getagt. [roh]").is_some());
        assert!(code_start("Der Rat von Seestadt hat getagt. [mehr]").is_none());
        assert!(!facts("Die Geschichte der Stadt beginnt im Jahr 1250 mit dem Bau der Burg (alt)").code);
    }

    #[test]
    fn titles_and_lines() {
        assert!(facts("Seestadt: Rathaus im Netz").title);
        assert!(facts("Wie weiter?").title);
        assert!(!facts("Der Rat hat getagt.").title);
        assert!(facts("12345 Seestadt").place && facts("04109 Bad Muster (Harz)").place);
        assert!(!facts("12345 Menschen leben hier.").place);
        let place = |letters: usize| facts(&format!("12345 S{}", "e".repeat(letters - 1))).place;
        assert_eq!([1, 2, 42, 43].map(place), [false, true, true, false]);
        assert!(facts("https://www.seestadt.test").address && facts("www.seestadt.test http://b.test/x").address);
        assert!(facts("Seestadt / Hafenstadt:").label);
    }

    #[test]
    fn words_have_a_letter_or_a_digit() {
        let counts = Counts::of("Der Rat – 12 „Räte“ & ½\u{a0}x .");
        assert_eq!((counts.words, counts.chars), (6, 27));
    }

    #[test]
    fn signs_of_ascii_are_those_of_any_text() {
        for c in '\0'..='\u{7f}' {
            assert_eq!(Sign::ASCII[c as usize], Sign::of(c), "{c:?}");
        }
    }

    #[test]
    fn sentences_are_counted() {
        let sentences = |text| Counts::of(text).sentences;
        assert_eq!(sentences("Eins kommt. Zwei kommt! Drei?"), 3);
        assert_eq!(sentences("Am 3. Mai kam z. B. Dr. Muster"), 0);
        assert_eq!(sentences("„Kommt er?“ Ja, er kommt."), 2);
    }
}
