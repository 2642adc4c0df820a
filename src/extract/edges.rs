//! What stands at the edges of titles and summaries and belongs to neither: days, hours, authors, codes, pages, counts.

use std::ops::Range;

use crate::classify::without_bullet;
use crate::parse::dates::{DateOrder, find_dates, find_dates_in};
use crate::types::DateValue;

/// A line over a title, at most, in characters.
pub(super) const KICKER: usize = 60;

/// The figure that a title of a numbered list begins with.
pub(super) fn ordinal(text: &str) -> Option<(usize, &str)> {
    let (figure, rest) = text.split_once(['.', ')'])?;
    let title = rest.trim_start();
    let apart = figure.len() <= 2 && !title.is_empty() && title.len() < rest.len();
    apart.then(|| figure.parse().ok()).flatten().map(|n| (n, title))
}

/// The text before a date that ends it without any mark between, and the date: `Archiv geöffnet 7. Juni 2024`.
pub(super) fn bare_end(text: &str) -> Option<(&str, DateValue)> {
    const WITHIN: [&str; 17] = [
        "am", "vom", "bis", "ab", "zum", "seit", "im", "den", "der", "of", "on", "in", "until", "since", "to", "the",
        "from",
    ];
    let from = text.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
    let (range, date) = dates_in(text.get(from..)?).into_iter().last()?;
    let before = text.get(..from + range.start)?.trim_end();
    let last = before.rsplit(' ').next().unwrap_or_default();
    let own = from + range.end == text.len() && date.iso.len() == 10 && before.chars().count() >= 4;
    (own && !WITHIN.iter().any(|word| last.eq_ignore_ascii_case(word))).then_some((before, date))
}

/// A line without the mark of a list before it.
pub(super) fn without_mark(text: &str) -> &str {
    without_bullet(text.trim()).trim_start_matches(['»', '›', '→', '■', '▪', '●', '>', '·', '•']).trim_start()
}

/// The first date in a text, as a day.
pub(super) fn date_of(text: &str) -> Option<DateValue> {
    dates_in(text).into_iter().next().map(|(_, date)| date)
}

/// The dates in a text, as days. Figures parted by dashes are read as day, month, year, as where they are written so.
pub(super) fn dates_in(text: &str) -> Vec<(Range<usize>, DateValue)> {
    let mut found = find_dates(text);
    if found.is_empty() && !text.contains('/') {
        found = find_dates_in(text, DateOrder::DayFirst);
    }
    found.iter_mut().for_each(|(_, date)| date.iso.truncate(10));
    found
}

/// Characters before a date, at most, that belong to it: a bracket, a weekday.
const BEFORE_DATE: usize = 14;

/// What may stand between a date and the text beside it.
const SEAMS: [char; 14] = ['[', ']', '(', ')', '|', '–', '—', '-', '·', '•', ':', ',', '/', ' '];

/// The same before a date: what closes a bracket there belongs to the text.
const SEAMS_BEFORE: [char; 10] = ['[', '(', '|', '–', '—', '-', '·', '•', ',', ' '];

/// The date that a line begins with, and what follows it.
pub(super) fn leading(text: &str) -> Option<(DateValue, &str)> {
    let head = text.get(..text.char_indices().nth(60).map_or(text.len(), |(at, _)| at))?;
    let (range, date) = dates_in(head).into_iter().next()?;
    let before = text.get(..range.start)?.trim_matches(SEAMS);
    let weekday = before.trim_end_matches(['.', ',']);
    let own = before.is_empty()
        || before.chars().count() <= BEFORE_DATE
            && (is_weekday(weekday) || matches!(before, "am" | "vom" | "Am" | "Vom"));
    let rest = without_hour(text.get(range.end..)?);
    // "3. Juni 2024 kam der Rat zusammen" is a sentence, but no title or summary begins in lower case.
    let rest = rest.trim_start_matches([' ', ',']).strip_prefix("Uhr").unwrap_or(rest).trim_start_matches(SEAMS);
    (own && !rest.starts_with(char::is_lowercase)).then_some((date, rest))
}

/// A text without the hour that it begins with, behind a date.
pub(super) fn without_hour(text: &str) -> &str {
    let bare = text.trim_start_matches([' ', ',', '-', '–', '|', '·']);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let minutes = bare.get(digits..).and_then(|rest| rest.strip_prefix([':', '.']));
    let rest =
        minutes.filter(|rest| rest.bytes().take_while(u8::is_ascii_digit).count() == 2).and_then(|rest| rest.get(2..));
    match rest {
        Some(rest) if (1..=3).contains(&digits) && !rest.starts_with(char::is_alphanumeric) => rest,
        _ => text,
    }
}

/// The text before a date that ends a line, and the date.
pub(super) fn trailing(text: &str) -> Option<(&str, DateValue)> {
    let from = text.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
    let (range, date) = dates_in(text.get(from..)?).into_iter().last()?;
    let after = text.get(from + range.end..)?.trim_matches(SEAMS);
    let before = text.get(..from + range.start)?;
    let bare = before.trim_end();
    // A date in running text has words around it; this one stands apart.
    let apart =
        bare.ends_with(['[', '(', '|', '–', '—', '·', '•', ',', '-']) || bare.ends_with(['.', '!', '?', '…', '“', '"']);
    let weekday =
        bare.rsplit(SEAMS).find(|word| !word.is_empty()).filter(|word| is_weekday(word.trim_end_matches('.')));
    let end = bare.len()
        - weekday.filter(|_| !apart).map_or(0, |word| word.len() + bare.len() - bare.trim_end_matches(SEAMS).len());
    let known = after.is_empty() || after == "Uhr";
    let text = bare.get(..end)?.trim_end_matches(SEAMS_BEFORE);
    // Before a mark and a weekday: `Er bleibt zu. | Di, 7.6.2024`.
    let text = match text.rsplit_once(' ') {
        Some((text, word)) if is_weekday(word.trim_end_matches('.')) && text.ends_with(SEAMS_BEFORE) => {
            text.trim_end_matches(SEAMS_BEFORE)
        }
        _ => text,
    };
    (known && (apart || weekday.is_some()) && text.chars().count() >= 4).then_some((text, date))
}

pub(super) fn is_weekday(word: &str) -> bool {
    const STARTS: [&str; 11] = ["mo", "di", "mi", "do", "fr", "sa", "so", "tu", "we", "th", "su"];
    let lower = word.to_lowercase();
    STARTS.iter().any(|start| lower.starts_with(start))
        && (lower.len() <= 3
            || lower.ends_with("tag")
            || lower.ends_with("day")
            || lower == "mittwoch"
            || lower == "sonnabend")
}

/// Whether a line alone is a place, as its first word says.
pub(super) fn names_place(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "Landkreis ",
        "Kreis ",
        "Stadt ",
        "Gemeinde ",
        "Region ",
        "Amt ",
        "Universität ",
        "Hochschule ",
        "City of ",
        "University of ",
        "District of ",
        "County ",
    ];
    text.len() <= KICKER && WORDS.iter().any(|word| text.starts_with(word)) && !text.ends_with('.')
}

/// A title without the kind of article behind it, and how often it was read.
pub(super) fn without_kind(text: &str) -> &str {
    let text = text.strip_suffix(" Bericht").unwrap_or(text).trim_end();
    let counted = || {
        let (before, _) = text.rsplit_once(' ').filter(|(_, word)| READ.contains(word))?;
        let (title, figure) = before.rsplit_once(' ')?;
        figure.bytes().all(|b| b.is_ascii_digit() || b == b'.').then_some(title)
    };
    counted().unwrap_or(text)
}

/// What is counted of an article.
const READ: [&str; 6] = ["Zugriffe", "Aufrufe", "Kommentare", "views", "comments", "reads"];

/// Whether what stands behind a linked title names its author.
pub(super) fn says_by(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', ',', '|', '–', '-', '·', '(']);
    let name = rest.strip_prefix("von ").or_else(|| rest.strip_prefix("by ")).or_else(|| rest.strip_prefix("Von "));
    name.is_some_and(|name| {
        name.len() <= 40 && name.starts_with(char::is_uppercase) && !name.ends_with(['.', '?', '!'])
    })
}

/// Whether what stands behind a linked title is a figure with one word: how often it was read or spoken of.
pub(super) fn counts(rest: &str) -> bool {
    let mut words = rest.trim_matches([' ', '(', ')', '|', '·', '–', '-']).split(' ');
    let figure = words.next().is_some_and(|word| {
        word.len() <= 7 && !word.ends_with('.') && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    figure && rest.bytes().any(|b| b.is_ascii_digit()) && words.count() <= 2
}

/// Whether a line says who wrote an item, how long it takes to read it, or what kind it is of.
pub(super) fn is_aside(text: &str) -> bool {
    const KINDS: [&str; 6] = ["Bericht", "Interview", "Report", "News", "Advertorial", "Kommentar"];
    let short = text.len() <= 40;
    let figure = || text.bytes().any(|b| b.is_ascii_digit()) && text.len() <= 24;
    let reading = || figure() && (text.contains(" Min") || text.contains(" min"));
    let words = text.split(' ').skip(1);
    let name = || {
        says_by(text)
            && (2..=3).contains(&words.clone().count())
            && words.clone().all(|w| w.starts_with(char::is_uppercase))
    };
    let read = || counts(text) && READ.iter().any(|word| text.ends_with(word));
    short && (is_code(text) || KINDS.contains(&text) || reading() || name() || read())
}

/// Whether a line is an author's code in brackets.
pub(super) fn is_code(text: &str) -> bool {
    let inner = text.strip_prefix(['[', '(']).and_then(|text| text.strip_suffix([']', ')']));
    inner.is_some_and(|code| (2..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'/'))
}

/// A summary without the author's code or the page of the issue behind its last sentence.
pub(super) fn without_tail(text: &str) -> &str {
    const PAGE: [&str; 5] = ["Seite", "Seiten", "S.", "page", "p."];
    const STOPS: [char; 7] = ['.', '!', '?', '…', '“', '”', '"'];
    let ended = |text: &str| text.ends_with(STOPS);
    let (before, last) = text.rsplit_once(' ').unwrap_or((text, ""));
    if is_code(last) && ended(before) {
        return before;
    }
    let figure = last.trim_end_matches(')');
    if !figure.is_empty() && figure.len() <= 7 && figure.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        let (start, word) = before.rsplit_once(' ').unwrap_or((before, ""));
        if PAGE.contains(&word.trim_start_matches('(')) && ended(start) {
            return start;
        }
    }
    text
}
