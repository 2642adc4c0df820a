//! Dates as pages write them → [`DateValue`], never more precise than written.
//!
//! [`parse_date`] reads a value that is meant as a date (metadata, `datetime` attributes); [`find_dates`] finds dates in text
//! that a reader sees, with narrower bounds; [`strip_leading_date`] takes the date off a lead (`[15.6.2020] Lead …`).
//! Known are ISO 8601 (<https://www.iso.org/iso-8601-date-and-time-format.html>), RFC 2822, RFC 3339, numbers with points,
//! slashes and hyphens, and month names in a dozen languages. A numeric date whose day and month could be exchanged is only
//! read where its form (points) or the page's language says which is which. A date without a year is none.
//! Cost is linear: each attempt looks only a bounded way ahead.

use std::ops::Range;

use super::clock::Time;
pub(crate) use super::months::month_of;
use crate::types::{DateValue, Precision};

/// In what order a numeric date with slashes or hyphens stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// Not known: such a date is read only where one number is larger than 12.
    #[default]
    Unknown,
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
}

impl DateOrder {
    /// The order that a language tag implies (`de`, `en-GB`, `en_US`). English alone says nothing.
    #[must_use]
    pub fn of_language(tag: &str) -> Self {
        let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
        let mut parts = tag.split('-');
        match (parts.next(), parts.next_back()) {
            (Some("en"), Some("us" | "ph")) => DateOrder::MonthFirst,
            (Some("en"), Some("gb" | "au" | "nz" | "ie" | "in" | "za" | "sg" | "hk" | "ng" | "ke")) => {
                DateOrder::DayFirst
            }
            (
                Some(
                    "de" | "fr" | "it" | "es" | "pt" | "nl" | "pl" | "tr" | "da" | "nb" | "no" | "cs" | "sk" | "ru"
                    | "uk" | "el" | "ro" | "hr" | "sl" | "fi" | "id" | "vi",
                ),
                _,
            ) => DateOrder::DayFirst,
            _ => DateOrder::Unknown,
        }
    }
}

/// Years that a date in metadata may have.
const META_YEARS: Range<i32> = 1800..2100;
/// Years that a date in visible text may have.
const TEXT_YEARS: Range<i32> = 1990..2100;
/// A date begins with a number or with a name; from the beginning of a name to its number are no more bytes than this: a word, a stop, spaces.
const AHEAD: usize = 40;
/// Digits of the shortest date.
const FEWEST: usize = 3;
/// Metadata longer than this is no date.
const META_LENGTH: usize = 120;

/// Reads a value that is meant as a date: any form that [`find_dates`] knows, and months, years, compact forms and Unix
/// timestamps besides.
#[must_use]
pub fn parse_date(text: &str) -> Option<DateValue> {
    parse_date_in(text, DateOrder::Unknown)
}

/// [`parse_date`] where the order of numeric dates is known.
#[must_use]
pub fn parse_date_in(text: &str, order: DateOrder) -> Option<DateValue> {
    let text = text.trim().trim_matches(['[', ']', '"', '\'']).trim();
    if text.is_empty() || text.len() > META_LENGTH {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return parse_digits(text);
    }
    let scanner = Scanner { text, order, years: META_YEARS };
    let mut best: Option<Found> = None;
    for start in scanner.starts() {
        if best.as_ref().is_some_and(|best| start < best.range.end) {
            continue;
        }
        if let Some(found) = scanner.date_at(start)
            && best.as_ref().is_none_or(|best| found.precision() > best.precision())
        {
            best = Some(found);
        }
    }
    best.or_else(|| scanner.month_or_year()).map(|found| found.value(text.to_owned()))
}

/// Finds the dates in text that a reader sees, each with its place; at least a day is known of each.
#[must_use]
pub fn find_dates(text: &str) -> Vec<(Range<usize>, DateValue)> {
    find_dates_in(text, DateOrder::Unknown)
}

/// [`find_dates`] where the order of numeric dates is known.
#[must_use]
pub fn find_dates_in(text: &str, order: DateOrder) -> Vec<(Range<usize>, DateValue)> {
    let scanner = Scanner { text, order, years: TEXT_YEARS };
    let mut dates = Vec::new();
    let mut end = 0;
    for start in scanner.starts() {
        if start < end {
            continue;
        }
        if let Some(found) = scanner.date_at(start) {
            end = found.range.end;
            let raw = text.get(found.range.clone()).unwrap_or_default().to_owned();
            dates.push((found.range.clone(), found.value(raw)));
        }
    }
    dates
}

/// Takes a date off the start of a text: one in brackets (`[15.6.2020] Lead`), or one with a dash, bar or colon after it.
#[must_use]
pub fn strip_leading_date(text: &str) -> Option<(DateValue, &str)> {
    let trimmed = text.trim_start();
    let (inner, close) = match trimmed.chars().next()? {
        '[' => (trimmed.get(1..)?, Some(']')),
        '(' => (trimmed.get(1..)?, Some(')')),
        _ => (trimmed, None),
    };
    let start = inner.len() - inner.trim_start().len();
    let scanner = Scanner { text: inner, order: DateOrder::Unknown, years: TEXT_YEARS };
    let first = scanner.starts().take(2).find_map(|at| scanner.date_at(at).filter(|_| at < start + 24))?;
    let before = inner.get(..first.range.start)?.trim();
    if !before.trim_end_matches([',', '.']).chars().all(char::is_alphabetic) {
        return None;
    }
    let raw = inner.get(first.range.clone())?.to_owned();
    let after = inner.get(first.range.end..)?;
    let rest = match close {
        Some(close) => after.trim_start().strip_prefix(close)?.trim_start().trim_start_matches(['–', '-', ':']),
        None => after.trim_start().strip_prefix(['–', '—', '-', '|', ':', '•', '·'])?,
    };
    Some((first.value(raw), rest.trim_start()))
}

/// A date of digits only: `20200615`, `20200615080000`, Unix seconds or milliseconds.
fn parse_digits(text: &str) -> Option<DateValue> {
    let number = |range: Range<usize>| text.get(range)?.parse::<i32>().ok();
    let day = |length: usize| {
        let day = Day { year: number(0..4)?, month: number(4..6)?, day: number(6..8)? };
        (text.len() >= length).then_some(day).filter(|day| day.is_valid(&(1970..2100)))
    };
    let found = match text.len() {
        4 => {
            let year = number(0..4).filter(|year| (1900..2100).contains(year))?;
            return Some(DateValue { iso: format!("{year:04}"), precision: Precision::Year, raw: text.to_owned() });
        }
        8 => Found { range: 0..8, day: day(8)?, time: None },
        12 | 14 if day(12).is_some() => {
            let second = if text.len() == 14 { number(12..14)? } else { 0 };
            let time = Time::new(number(8..10)?, number(10..12)?, second, None)?;
            Found { range: 0..text.len(), day: day(12)?, time: Some(time) }
        }
        9 | 10 | 13 => {
            let number = text.parse::<i64>().ok()?;
            let seconds = if text.len() == 13 { number / 1000 } else { number };
            let time = jiff::Timestamp::from_second(seconds).ok()?;
            let date = time.to_zoned(jiff::tz::TimeZone::UTC);
            if !(1990..2100).contains(&date.year()) {
                return None;
            }
            let day = Day { year: date.year().into(), month: date.month().into(), day: date.day().into() };
            let time = Time::new(date.hour().into(), date.minute().into(), date.second().into(), Some(0));
            Found { range: 0..text.len(), day, time }
        }
        _ => return None,
    };
    Some(found.value(text.to_owned()))
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    year: i32,
    month: i32,
    day: i32,
}

impl Day {
    fn is_valid(self, years: &Range<i32>) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let length = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return false,
        };
        years.contains(&self.year) && (1..=length).contains(&self.day)
    }
}

/// A date in a text.
#[derive(Debug, Clone)]
struct Found {
    range: Range<usize>,
    day: Day,
    time: Option<Time>,
}

impl Found {
    fn precision(&self) -> Precision {
        match (self.time, self.day) {
            (Some(_), _) => Precision::Time,
            (None, Day { month: 0, .. }) => Precision::Year,
            (None, Day { day: 0, .. }) => Precision::Month,
            (None, _) => Precision::Day,
        }
    }

    fn value(&self, raw: String) -> DateValue {
        let Day { year, month, day } = self.day;
        let mut iso = format!("{year:04}");
        if month > 0 {
            iso.push_str(&format!("-{month:02}"));
        }
        if day > 0 {
            iso.push_str(&format!("-{day:02}"));
        }
        if let Some(Time { hour, minute, second, zone }) = self.time {
            iso.push_str(&format!("T{hour:02}:{minute:02}:{second:02}"));
            match zone {
                None => {}
                Some(0) => iso.push('Z'),
                Some(zone) => {
                    let sign = if zone < 0 { '-' } else { '+' };
                    iso.push_str(&format!("{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60));
                }
            }
        }
        DateValue { iso, precision: self.precision(), raw }
    }
}

/// Reads dates at places of a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    order: DateOrder,
    years: Range<i32>,
}

/// A number as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) value: i32,
    pub(super) digits: usize,
    pub(super) end: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The places where a date may begin: numbers, and words not far before one.
    fn starts(&self) -> impl Iterator<Item = usize> + '_ {
        let bytes = self.text.as_bytes();
        let digit_from = |at: usize| bytes.iter().skip(at).position(u8::is_ascii_digit).map(|ahead| at + ahead);
        let (mut at, mut digit) = (0, if self.may_hold_one() { digit_from(0) } else { None });
        std::iter::from_fn(move || {
            loop {
                if digit? < at {
                    digit = digit_from(at);
                }
                // What stands far before the next number is passed over.
                at = at.max(digit?.saturating_sub(AHEAD));
                let here = at;
                at += 1;
                if self.may_start(here) {
                    return Some(here);
                }
            }
        })
    }

    /// Whether there are digits enough for the shortest of dates.
    fn may_hold_one(&self) -> bool {
        self.text.bytes().filter(u8::is_ascii_digit).nth(FEWEST - 1).is_some()
    }

    fn may_start(&self, at: usize) -> bool {
        let byte_at = |at: usize| self.byte(at).unwrap_or(b' ');
        let (before, byte) = (if at > 0 { byte_at(at - 1) } else { b' ' }, byte_at(at));
        let starts_number = byte.is_ascii_digit() && !before.is_ascii_digit();
        let letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
        // The last byte of a bullet is no letter's.
        let after_mark = || {
            before >= 0x80
                && byte.is_ascii()
                && self.text.get(..at).and_then(|head| head.chars().next_back()).is_some_and(|c| !c.is_alphabetic())
        };
        let starts_word = letter(byte) && (!letter(before) || after_mark()) && !before.is_ascii_digit();
        starts_number || starts_word
    }

    fn date_at(&self, at: usize) -> Option<Found> {
        let before = self.text.get(..at)?.chars().next_back();
        if self.byte(at)?.is_ascii_digit() {
            let joined = |c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | ':' | '_');
            let tail_of_number = before.is_some_and(|c| joined(c) || c == '-')
                && self.text.get(..at).is_some_and(|head| {
                    head.trim_end_matches(['.', '/', ':', '_', '-']).ends_with(|c: char| c.is_ascii_digit())
                });
            if tail_of_number {
                return None;
            }
            let number = self.number(at)?;
            self.year_first(at, number)
                .or_else(|| self.year_and_name(at, number))
                .or_else(|| self.east_asian(at, number))
                .or_else(|| self.numeric(at, number))
                .or_else(|| self.day_and_name(at, number))
        } else {
            self.name_and_day(at)
        }
    }

    pub(super) fn number(&self, at: usize) -> Option<Number> {
        let rest = self.text.as_bytes().get(at..)?;
        let digits = rest.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > 8 {
            return None;
        }
        let value = self.text.get(at..at + digits)?.parse().ok()?;
        Some(Number { value, digits, end: at + digits })
    }

    /// Skips up to three spaces.
    pub(super) fn spaces(&self, mut at: usize) -> usize {
        for _ in 0..3 {
            match self.rest(at).chars().next() {
                Some(c) if c == ' ' || c == '\u{a0}' || c == '\t' || c == '\u{202f}' || c == '\u{2009}' => {
                    at += c.len_utf8()
                }
                _ => break,
            }
        }
        at
    }

    /// The word at a place, at most 24 bytes of it, and where it ends.
    pub(super) fn word(&self, at: usize) -> (&'a str, usize) {
        let rest = self.rest(at);
        let end =
            rest.char_indices().take(25).find(|(_, c)| !c.is_alphabetic()).map_or(rest.len().min(25), |(end, _)| end);
        (rest.get(..end).unwrap_or_default(), at + end)
    }

    fn found(&self, start: usize, end: usize, day: Day) -> Option<Found> {
        if !day.is_valid(&self.years) {
            return None;
        }
        match self.time_after(end) {
            Some((time, end)) => Some(Found { range: start..end, day, time: Some(time) }),
            None => Some(Found { range: start..end, day, time: None }),
        }
    }

    /// Whether a number goes on after a date, so that it was none: `1.2.2020.7`, `2020-01-02-33`.
    fn goes_on(&self, at: usize) -> bool {
        matches!(
            (self.byte(at), self.byte(at + 1)),
            (Some(b'0'..=b'9'), _) | (Some(b'.' | b'-' | b'/'), Some(b'0'..=b'9'))
        )
    }

    /// `2020-06-15`, `2020/6/15`, `2020. 6. 15.`, `20200615T0800`.
    fn year_first(&self, start: usize, year: Number) -> Option<Found> {
        if year.digits == 8 && self.byte(year.end).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T')) {
            let day = Day { year: year.value / 10_000, month: year.value / 100 % 100, day: year.value % 100 };
            return self.found(start, year.end, day);
        }
        if year.digits != 4 {
            return None;
        }
        let separator = self.byte(year.end).filter(|byte| matches!(byte, b'-' | b'/' | b'.'))?;
        let skip = |at: usize| if separator == b'.' { self.spaces(at) } else { at };
        let month = self.number(skip(year.end + 1)).filter(|month| month.digits <= 2)?;
        if self.byte(month.end) != Some(separator) {
            return None;
        }
        let day = self.number(skip(month.end + 1)).filter(|day| day.digits <= 2)?;
        if self.goes_on(day.end) {
            return None;
        }
        self.found(start, day.end, Day { year: year.value, month: month.value, day: day.value })
    }

    /// `2023 Jan 7`, `2023-Jan-07`: only where a date is meant, since text goes on in other ways.
    fn year_and_name(&self, start: usize, year: Number) -> Option<Found> {
        if year.digits != 4 || self.years != META_YEARS {
            return None;
        }
        let at = if self.byte(year.end) == Some(b'-') { year.end + 1 } else { self.spaces(year.end) };
        let (name, end) = self.word(at);
        let month = month_of(name)?;
        let at = if matches!(self.byte(end), Some(b'-' | b'.')) { end + 1 } else { end };
        let day = self.number(self.spaces(at)).filter(|day| day.digits <= 2)?;
        self.found(start, day.end, Day { year: year.value, month: month.into(), day: day.value })
    }

    /// `2024年5月13日`, `2024년 5월 13일`.
    fn east_asian(&self, start: usize, year: Number) -> Option<Found> {
        if year.digits != 4 {
            return None;
        }
        let after = |at: usize, marks: [char; 2]| {
            let at = self.spaces(at);
            let mark = self.rest(at).chars().next().filter(|c| marks.contains(c))?;
            Some(self.spaces(at + mark.len_utf8()))
        };
        let month = self.number(after(year.end, ['年', '년'])?)?;
        let day = self.number(after(month.end, ['月', '월'])?)?;
        let end = self.spaces(day.end);
        let mark = self.rest(end).chars().next().filter(|c| matches!(c, '日' | '일' | '号'))?;
        self.found(start, end + mark.len_utf8(), Day { year: year.value, month: month.value, day: day.value })
    }

    /// `15.6.2020`, `07. 02. 2025`, `13/05/2024`, `13-05-2024`, `15.6.20`.
    fn numeric(&self, start: usize, first: Number) -> Option<Found> {
        if first.digits > 2 {
            return None;
        }
        let separator = self.byte(first.end).filter(|byte| matches!(byte, b'-' | b'/' | b'.'))?;
        let skip = |at: usize| if separator == b'.' { self.spaces(at) } else { at };
        let second = self.number(skip(first.end + 1)).filter(|second| second.digits <= 2)?;
        if self.byte(second.end) != Some(separator) {
            return None;
        }
        let year = self.number(skip(second.end + 1)).filter(|year| year.digits == 4 || year.digits == 2)?;
        if self.goes_on(year.end) || (year.digits == 2 && (separator == b'-' || year.end - second.end > 3)) {
            return None;
        }
        let year_value = if year.digits == 4 { year.value } else { full_year(year.value)? };
        let (day, month) = match (separator, self.order) {
            (b'.', _) | (_, DateOrder::DayFirst) if second.value <= 12 => (first.value, second.value),
            (b'.', _) => return None,
            _ if first.value > 12 => (first.value, second.value),
            _ if second.value > 12 => (second.value, first.value),
            _ if first.value == second.value => (first.value, second.value),
            (_, DateOrder::MonthFirst) => (second.value, first.value),
            _ => return None,
        };
        self.found(start, year.end, Day { year: year_value, month, day })
    }

    /// `7. Februar 2025`, `7th of February, 2025`, `7 de febrero de 2025`, `07-Feb-2025`.
    fn day_and_name(&self, start: usize, day: Number) -> Option<Found> {
        if day.digits > 2 {
            return None;
        }
        let mut at = day.end;
        let (suffix, after) = self.word(at);
        if matches!(suffix.to_ascii_lowercase().as_str(), "th" | "st" | "nd" | "rd" | "er" | "º" | "ª") {
            at = after;
        }
        if let Some(mark) = self.rest(at).chars().next().filter(|c| matches!(c, '.' | '°' | 'º' | '-' | '/' | ',')) {
            at += mark.len_utf8();
        }
        at = self.spaces(at);
        let (mut name, mut end) = self.word(at);
        if matches!(name.to_ascii_lowercase().as_str(), "of" | "de" | "del" | "di") {
            (name, end) = self.word(self.spaces(end));
        }
        let month = month_of(name)?;
        let year = self.year_after_name(end)?;
        self.found(start, year.end, Day { year: year.value, month: month.into(), day: day.value })
    }

    /// The year after a month's name, with what may stand between.
    fn year_after_name(&self, mut at: usize) -> Option<Number> {
        if matches!(self.byte(at), Some(b'.' | b'-' | b'/' | b',')) {
            at += 1;
        }
        at = self.spaces(at);
        if self.byte(at) == Some(b',') {
            at = self.spaces(at + 1);
        }
        let (word, end) = self.word(at);
        if matches!(word.to_ascii_lowercase().as_str(), "de" | "del" | "of") {
            at = self.spaces(end);
        }
        self.number(at).filter(|year| year.digits == 4)
    }

    /// `Feb 7, 2025`, `February 7th 2025`, `Feb 07 14:30:00 CET 2025`.
    fn name_and_day(&self, start: usize) -> Option<Found> {
        let (name, end) = self.word(start);
        let mut at = end;
        if self.byte(at) == Some(b'.') {
            at += 1;
        }
        at = self.spaces(at);
        if !self.byte(at)?.is_ascii_digit() {
            return None;
        }
        let day = self.number(at).filter(|day| day.digits <= 2)?;
        let month = month_of(name)?;
        let mut at = day.end;
        let (suffix, after) = self.word(at);
        if matches!(suffix.to_ascii_lowercase().as_str(), "th" | "st" | "nd" | "rd") {
            at = after;
        }
        if matches!(self.byte(at), Some(b',' | b'.')) {
            at += 1;
        }
        let after_day = self.spaces(at);
        if let Some(year) = self.number(after_day).filter(|year| year.digits == 4) {
            return self.found(start, year.end, Day { year: year.value, month: month.into(), day: day.value });
        }
        let (time, end) = self.clock(after_day)?;
        let year = self.number(self.spaces(end)).filter(|year| year.digits == 4)?;
        let day = Day { year: year.value, month: month.into(), day: day.value };
        day.is_valid(&self.years).then_some(Found { range: start..year.end, day, time: Some(time) })
    }

    /// `2020-06`, `Juni 2020`, `2020`, as the whole of the text.
    fn month_or_year(&self) -> Option<Found> {
        let whole = |day: Day| Found { range: 0..self.text.len(), day, time: None };
        let in_years = |year: i32| (1900..2100).contains(&year);
        if let Some(year) = self.number(0).filter(|year| year.digits == 4 && in_years(year.value)) {
            let month = self.number(year.end + 1).filter(|month| month.end == self.text.len())?;
            let separated = matches!(self.byte(year.end), Some(b'-' | b'/'));
            return (separated && month.digits <= 2 && (1..=12).contains(&month.value))
                .then(|| whole(Day { year: year.value, month: month.value, day: 0 }));
        }
        let (name, end) = self.word(0);
        let month = month_of(name)?;
        let year = self.year_after_name(end).filter(|year| year.end == self.text.len() && in_years(year.value))?;
        Some(whole(Day { year: year.value, month: month.into(), day: 0 }))
    }
}

/// The year of two digits, where it can only be one: the web is younger than 1990.
fn full_year(short: i32) -> Option<i32> {
    match short {
        0..=49 => Some(2000 + short),
        90..=99 => Some(1900 + short),
        _ => None,
    }
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
