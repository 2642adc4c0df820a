//! Small wordings that frame a text: dates before it, "more" behind it, headings over a group. Cut off, never kept.

use std::sync::LazyLock;

use regex::Regex;

use crate::parse::dates::{find_dates, strip_leading_date};
use crate::types::{DateValue, Precision};

/// A text that began with a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dated<'a> {
    /// The date.
    pub(super) date: DateValue,
    /// What follows it.
    pub(super) rest: &'a str,
}

/// A pattern written here, so that it compiles; where it did not, it would match nothing.
pub(super) struct Pattern(LazyLock<Option<Regex>>);

impl Pattern {
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<regex::Match<'t>> {
        self.0.as_ref()?.find(text)
    }

    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.0.as_ref()?.captures(text)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

macro_rules! patterns {
    ($($(#[$meta:meta])* $name:ident = $pattern:expr;)+) => {
        $($(#[$meta])* pub(super) static $name: Pattern = Pattern(LazyLock::new(|| Regex::new($pattern).ok()));)+

        #[cfg(test)]
        const ALL: &[(&str, &Pattern)] = &[$((stringify!($name), &$name)),+];
    };
}

patterns! {
    /// `[13.5.2024] ` at the start.
    BRACKETED = r"^\s*\[\s*((\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}))\s*\]\s*";
    /// `[13.5.2024]` anywhere.
    BRACKETED_WITHIN = r"\[\s*\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\s*\]";
    /// `13.05.2024`, `2024-05-13` at the start, with what sets it apart from what follows.
    BARE = r"^\s*(?:((\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}))|((\d{4})-(\d{2})-(\d{2})))(?:\s*(?:[-–—:|•·,]|Uhr)\s*|\s+|$)";
    /// `mehr...` anywhere: with its dots it is never part of a sentence.
    MORE = r"(?i)\s*\[?(?-u:\b)(?:mehr|weiter|weiterlesen|more|read more|lesen sie mehr)\s?(?:\.{3}|…)\]?\s*(?:[»›>→]+)?";
    /// The same and its kin at the end, dots or not.
    MORE_AT_END = r"(?i)\s*[\[(]?(?-u:\b)(?:weiterlesen|weiter lesen|mehr lesen|mehr erfahren|mehr dazu|zum artikel|zur meldung|lesen sie mehr|read more|read on|learn more|continue reading|full story)(?-u:\b)\s*(?:\.{2,3}|…)?\s*[\])]?\s*(?:[»›>→]+)?\s*$|\s*(?:[»›→]\s?(?:mehr|weiter|more)|(?:mehr|weiter|more)\s?[»›→]|\[(?:mehr|weiter|more)\])\s*$";
    /// A link that says nothing but "more".
    MORE_WORD = r"(?i)^[\[(»›>→\s]*(?:mehr|weiter|more|details|weiterlesen|read more)[\s\])»›>→.…]*$|^[\s\[(]*(?:[»›→>]+|…)[\s\])]*$";
    /// Headings over groups of pointers.
    GROUP = r"(?i)^(?:weitere (?:meldungen|beiträge|artikel|nachrichten|themen|news|berichte)(?-u:\b)(?: und (?:meldungen|beiträge|artikel|nachrichten|berichte)(?-u:\b))?(?: (?:aus (?:dem (?:bereich|ressort)|der rubrik)|zum thema|zu)(?-u:\b))?|weitere firmennews|aktuelle (?:meldungen|nachrichten|beiträge)\s*:?$|(?:auch interessant|das könnte sie auch interessieren|lesen sie (?:auch|dazu)|siehe auch|mehr dazu|mehr zum thema|zum thema|verwandte (?:artikel|themen|beiträge)|ähnliche (?:artikel|beiträge)|passend dazu|meistgelesen|firmennews|related (?:articles|posts|stories)|more on this (?:topic|story)|you may also like|read also|most read|latest news|sponsored content)\s*:?$)";
    /// Marks of paid content.
    AD_MARK = r"(?i)^[\s\-–—*:|\[(]*(?:anzeigen?|werbung|advertisement|advertorial|advertising|sponsored|gesponsert|ad)[\s\-–—*:|\])]*$";
    /// Headings over lists of vendors, perhaps with the first name glued to them.
    VENDOR_HEADING = r"^(?:(?i:ausgewählte) (?i:anbieter)(?: aus (?:dem Bereich|der Rubrik)(?-u:\b)[^:]*)?:?|IT-Guide(?: ?PLUS| ?Plus)?:?|(?i:anbieter(?:verzeichnis)?|branchenverzeichnis|firmenverzeichnis)(?::|$))\s*";
    /// A postal code and what follows it.
    POSTAL = r"(?:^|[\s,(|·]|\p{L})(?:(?:DE?|F|L)[\s-]{1,3}(?P<a>\d{5})|(?:AT?|CH)[\s-]{1,3}(?P<b>\d{4})|(?P<c>\d{5})|^(?P<d>\d{4}))\s+(?P<city>\p{L}[^\d]*)";
    /// A British postcode.
    POSTCODE = r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b";
}

/// The date in brackets that a text begins with.
pub(super) fn bracketed_date(text: &str) -> Option<Dated<'_>> {
    if !text.trim_start().starts_with(['[', '(']) {
        return None;
    }
    let Some(found) = BRACKETED.captures(text) else {
        // With a month's name or a weekday, or in round brackets.
        return strip_leading_date(text).map(|(date, rest)| Dated { date: of_day(date), rest: rest.trim_end() });
    };
    let part = |at: usize| found.get(at).map_or("", |group| group.as_str());
    let date = day(part(4), part(3), part(2), part(1))?;
    Some(Dated { date, rest: text.get(found.get(0)?.end()..)?.trim_end() })
}

/// The date that a text begins with, in brackets or set apart in another way, or is.
pub(super) fn leading_date(text: &str) -> Option<Dated<'_>> {
    // As most texts of a page.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(dated) = bracketed_date(text) {
        return Some(dated);
    }
    whole_date(text)
        .map(|date| Dated { date, rest: "" })
        .or_else(|| bare_date(text))
        .or_else(|| strip_leading_date(text).map(|(date, rest)| Dated { date: of_day(date), rest: rest.trim_end() }))
}

/// The date at the end of a title, in brackets or behind a bar or dash: `Archiv geöffnet (7. Juni 2024)`.
pub(super) fn trailing_date(text: &str) -> Option<(&str, DateValue)> {
    const MARKS: [&str; 6] = [" | ", " – ", " — ", " - ", " · ", ", "];
    /// Bytes of the longest form of a day: with a weekday, a long month and the time.
    const LONGEST: usize = 80;
    let text = text.trim_end();
    let from = (text.len().saturating_sub(LONGEST)..=text.len()).find(|&at| text.is_char_boundary(at))?;
    let tail = text.get(from..)?;
    if !tail.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |(title, date): (&'_ str, &str)| whole_date(date).map(|date| (title.len(), date));
    let (end, date) = match text.strip_suffix([')', ']']) {
        Some(inner) => inner.rsplit_once(['(', '[']).and_then(part)?,
        // A weekday may stand between: the first mark that only a date follows.
        None => {
            let ends = MARKS.iter().flat_map(|mark| tail.rmatch_indices(mark).take(2));
            ends.filter_map(|(at, mark)| part((text.get(..from + at)?, tail.get(at + mark.len()..)?)))
                .min_by_key(|part| part.0)?
        }
    };
    let title = text.get(..end)?.trim_end();
    (title.chars().count() >= 4).then_some((title, date))
}

/// A text that is a date and nothing else but a weekday, a time or a word such as "vom".
fn whole_date(text: &str) -> Option<DateValue> {
    const WORDS: &[&str] = &[
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonnabend",
        "sonntag",
        "mo",
        "di",
        "mi",
        "do",
        "fr",
        "sa",
        "so",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "uhr",
        "um",
        "vom",
        "am",
        "den",
        "on",
        "at",
        "pm",
        "datum",
        "date",
        "published",
        "posted",
        "veröffentlicht",
    ];
    if text.len() > 60 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (range, date) = find_dates(text).into_iter().next()?;
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    let known = |part: &str| {
        part.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(|word| {
            let word = word.to_lowercase();
            WORDS.contains(&word.as_str())
        })
    };
    (known(before) && known(after) && !before.bytes().any(|byte| byte.is_ascii_digit())).then(|| of_day(date))
}

/// A date without the time of day: pointers are dated by days.
fn of_day(mut date: DateValue) -> DateValue {
    if date.precision == Precision::Time {
        date.iso.truncate(10);
        date.precision = Precision::Day;
    }
    date
}

fn bare_date(text: &str) -> Option<Dated<'_>> {
    if !text.trim_start().starts_with(char::is_numeric) {
        return None;
    }
    let found = BARE.captures(text)?;
    let part = |at: usize| found.get(at).map_or("", |group| group.as_str());
    let date = match found.get(1) {
        Some(raw) => day(part(4), part(3), part(2), raw.as_str())?,
        None => day(part(6), part(7), part(8), part(5))?,
    };
    Some(Dated { date, rest: text.get(found.get(0)?.end()..)?.trim_end() })
}

/// A day of the calendar.
fn day(year: &str, month: &str, day: &str, raw: &str) -> Option<DateValue> {
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(DateValue { iso: date.to_string(), precision: Precision::Day, raw: raw.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_compile() {
        for (name, pattern) in ALL {
            assert!(pattern.0.is_some(), "{name}");
        }
    }

    #[test]
    fn dates_lead() {
        let dated = bracketed_date(" [7.02.2025]  Ein Satz. ").unwrap();
        assert_eq!(
            (dated.date.iso.as_str(), dated.date.raw.as_str(), dated.rest),
            ("2025-02-07", "7.02.2025", "Ein Satz.")
        );
        assert_eq!(leading_date("13.05.2024 – Ein Satz.").unwrap().rest, "Ein Satz.");
        assert_eq!(leading_date("2024-05-13").unwrap().rest, "");
        assert_eq!(bracketed_date("[31.2.2024] Ein Satz."), None);
        assert_eq!(bracketed_date("(20.10.2014) Ein Satz.").unwrap().rest, "Ein Satz.");
        assert_eq!(bracketed_date("(Stand 2014) Ein Satz."), None);
        assert_eq!(bracketed_date("[7. Februar 2025] Ein Satz.").unwrap().date.iso, "2025-02-07");
        assert_eq!(leading_date("13.05.20245 Stück"), None);
    }

    #[test]
    fn dates_stand_alone_or_behind_a_title() {
        for text in [
            "Freitag, 7. Februar 2025, 9:30 Uhr",
            "07.02.25",
            "vom 7.2.2025",
            "Fri, Feb 7, 2025",
            "07.02.2025, 9:30 Uhr",
        ] {
            let dated = leading_date(text).unwrap();
            assert_eq!((dated.date.iso.as_str(), dated.rest), ("2025-02-07", ""), "{text}");
        }
        let dated = leading_date("Freitag, 7. Februar 2025: Ein Satz.").unwrap();
        assert_eq!((dated.date.iso.as_str(), dated.rest), ("2025-02-07", "Ein Satz."));
        for text in ["Archiv offen (7. Februar 2025)", "Archiv offen | Fr, 07.02.2025", "Archiv offen, 7.2.2025"] {
            let (title, date) = trailing_date(text).unwrap();
            assert_eq!((title, date.iso.as_str()), ("Archiv offen", "2025-02-07"), "{text}");
        }
        for text in ["7. Februar 2025 kam der Rat zusammen", "Am 7. Februar 2025 tagt der Rat", "Der 7.2.2025"] {
            assert_eq!(leading_date(text), None, "{text}");
        }
        assert_eq!(trailing_date("Wahl am 7. Februar 2025"), None);
    }

    #[test]
    fn more_is_told_from_words() {
        assert_eq!(MORE.find("Ein Satz. mehr...").unwrap().as_str(), " mehr...");
        for text in ["Ein Satz. [Weiterlesen …]", "Ein Satz. » mehr", "Ein Satz. mehr »", "Ein Satz. [mehr]"] {
            assert_eq!(MORE_AT_END.find(text).map(|found| found.start()), Some(9), "{text}");
        }
        assert!(!MORE.is_match("Es gibt mehr als genug.") && !MORE_AT_END.is_match("Davon will sie mehr"));
        assert!(MORE_WORD.is_match("» mehr") && !MORE_WORD.is_match("Mehr Mut"));
    }

    #[test]
    fn headings_of_groups_are_known() {
        for text in [
            "Weitere Meldungen und Beiträge aus dem Bereich Panorama",
            "Weitere FirmennewsAnzeige",
            "Auch interessant:",
        ] {
            assert!(GROUP.is_match(text), "{text}");
        }
        assert!(!GROUP.is_match("Weitere Städte machen mit") && !GROUP.is_match("Lesen Sie auch die Akten?"));
        assert!(
            AD_MARK.is_match(" Anzeige") && AD_MARK.is_match("- Werbung -") && !AD_MARK.is_match("Anzeige erstattet")
        );
    }
}
