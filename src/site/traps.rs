//! Addresses without end: paths that repeat themselves, calendars, queries that grow.
//!
//! All of these are decided by the address alone, so that a trap costs no request.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::{FxHashMap, FxHashSet};
use url::Url;

use crate::types::SkipReason;

/// What is still sensible.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) max_length: usize,
    pub(super) max_params: usize,
    pub(super) max_repeats: usize,
    pub(super) first_year: i16,
    pub(super) years_ahead: i16,
}

/// Words that make a path or parameter one of a calendar.
const CALENDAR_WORDS: &[&str] = &["calendar", "kalender", "termin", "veranstaltung", "event", "agenda", "schedule"];

/// Query parameters by which calendars are walked; each holds a date, a month or a year.
const CALENDAR_PARAMS: &[&str] = &[
    "cal_month",
    "cal_year",
    "date",
    "datum",
    "day",
    "eventdate",
    "eventdisplaydate",
    "jahr",
    "mcal_month",
    "mcal_year",
    "monat",
    "month",
    "tribe-bar-date",
    "week",
    "woche",
    "year",
    "yr",
];

/// Refuses an address that looks like a trap.
pub(super) fn check(url: &Url, bounds: &Bounds, now: Timestamp) -> Result<(), SkipReason> {
    if repeats(url.path(), bounds.max_repeats) {
        return Err(SkipReason::TrapRepeat);
    }
    if grows(url, bounds.max_params) {
        return Err(SkipReason::TrapQuery);
    }
    let last_year = || now.to_zoned(TimeZone::UTC).year().saturating_add(bounds.years_ahead);
    if endless_calendar(url, bounds.first_year, last_year) {
        return Err(SkipReason::TrapCalendar);
    }
    Ok(())
}

/// A segment that stands there `limit` times, or a sequence of two or more that is repeated at once, as relative links that
/// were meant otherwise make them (`/a/b/a/b/`). Numbers may repeat: `/2012/12/12/` is a date.
fn repeats(path: &str, limit: usize) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    // Too short for either, as most are.
    if segments.len() < limit.clamp(2, 4) {
        return false;
    }
    // How often a segment was seen, and where last.
    let mut seen: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
    for (at, segment) in segments.iter().enumerate().filter(|(_, segment)| !is_number(segment)) {
        let (count, last) = seen.entry(segment).or_insert((0, at));
        *count += 1;
        if *count >= limit.max(2) {
            return true;
        }
        let length = at - *last;
        if length > 1 && segments.get(*last..at) == segments.get(at..at + length) {
            return true;
        }
        *last = at;
    }
    false
}

fn is_number(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// More parameters than a page needs, one that is given twice, or one name more than three times.
fn grows(url: &Url, limit: usize) -> bool {
    let Some(query) = url.query() else { return false };
    let mut names: FxHashMap<&str, usize> = FxHashMap::default();
    let mut pairs: FxHashSet<&str> = FxHashSet::default();
    for (at, pair) in query.split('&').enumerate() {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let count = names.entry(name).or_default();
        *count += 1;
        if at >= limit || *count > 3 || !pairs.insert(pair) {
            return true;
        }
    }
    false
}

/// A calendar that is walked past every sensible date. In the future nothing is published, so any path of year and month there is
/// one; in the past an archive may really go back to 1848, so only what says that it is a calendar is refused.
fn endless_calendar(url: &Url, first_year: i16, last_year: impl FnOnce() -> i16) -> bool {
    // Most addresses hold no year and no query, and are told by that.
    let may_be_year = |segment: &str| segment.bytes().take_while(u8::is_ascii_digit).count() >= 4;
    if url.query().is_none() && !url.path().split('/').any(may_be_year) {
        return false;
    }
    let last_year = last_year();
    let path = url.path().to_ascii_lowercase();
    let named = CALENDAR_WORDS.iter().any(|word| path.contains(word));
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    for (at, segment) in segments.iter().enumerate() {
        let Some((year, dated)) = leading_year(segment) else { continue };
        let dated = dated || segments.get(at + 1).is_some_and(|next| is_month(next));
        let beyond = year > last_year && (dated || named);
        if beyond || (named && year < first_year && dated) {
            return true;
        }
    }
    url.query_pairs().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let walks = CALENDAR_PARAMS.contains(&name.as_str()) || CALENDAR_WORDS.iter().any(|word| name.contains(word));
        walks && leading_year(&value).is_some_and(|(year, _)| year > last_year || year < first_year)
    })
}

/// The year at the front of `2031`, `2031-07`, `20310704`, and whether a month follows.
fn leading_year(text: &str) -> Option<(i16, bool)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let year: i16 = text.get(..4)?.parse().ok()?;
    let rest = text.get(4..)?;
    let dated = match digits {
        4 => rest.strip_prefix(['-', '.', '_']).is_some_and(|rest| rest.get(..2).is_some_and(is_month)),
        6 | 8 => rest.get(..2).is_some_and(is_month) && text.len() == digits,
        _ => return None,
    };
    // A number of four digits is a year only as a whole or before a month: `4711-ein-titel` is an article.
    let whole = text.len() == 4;
    ((whole || dated) && (1_000..10_000).contains(&year)).then_some((year, dated))
}

fn is_month(text: &str) -> bool {
    text.len() <= 2 && text.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month))
}
