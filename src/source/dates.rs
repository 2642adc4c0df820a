//! Dates of feeds and sitemaps: RFC 2822 with its usual faults, and W3C date-time of any precision.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// The instant that a text names; a time without a zone is taken as UTC, a day as its first second. None where it names none.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // The longest date with a weekday written out has about 45 characters.
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    if let Ok(timestamp) = RFC_2822.parse_timestamp(text) {
        return Some(timestamp);
    }
    let civil = match text.len() {
        4 => format!("{text}-01-01").parse::<Date>().ok()?.at(0, 0, 0, 0),
        7 => format!("{text}-01").parse::<Date>().ok()?.at(0, 0, 0, 0),
        _ => match text.parse::<DateTime>() {
            Ok(civil) => civil,
            Err(_) => return spoilt_rfc_2822(text),
        },
    };
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

static RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// `Monday, 15 June 2020 08:00:00 CEST`: names written out, a zone that RFC 2822 does not know.
fn spoilt_rfc_2822(text: &str) -> Option<Timestamp> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (day, month, year, rest) = match words.as_slice() {
        [day, month, year, rest @ ..] if month.len() >= 3 => (day, month.get(..3)?, year, rest),
        _ => return None,
    };
    let time = rest.first().copied().unwrap_or("00:00:00");
    let zone = match rest.get(1).copied().unwrap_or("GMT") {
        "CET" | "MEZ" => "+0100",
        "CEST" | "MESZ" => "+0200",
        "UTC" | "Z" => "GMT",
        zone => zone,
    };
    RFC_2822.parse_timestamp(format!("{day} {month} {year} {time} {zone}")).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_of_feeds_and_sitemaps() {
        let cases = [
            ("2020-06-15T08:00:00+02:00", "2020-06-15T06:00:00Z"),
            ("2020-06-15T08:00+02:00", "2020-06-15T06:00:00Z"),
            ("2020-06-15T08:00:00Z", "2020-06-15T08:00:00Z"),
            ("2020-06-15T08:00:00.25Z", "2020-06-15T08:00:00.25Z"),
            (" 2020-06-15\n", "2020-06-15T00:00:00Z"),
            ("2020-06", "2020-06-01T00:00:00Z"),
            ("2020", "2020-01-01T00:00:00Z"),
            ("2020-06-15 08:00:00", "2020-06-15T08:00:00Z"),
            ("Mon, 15 Jun 2020 08:00:00 +0200", "2020-06-15T06:00:00Z"),
            ("Tue, 15 Jun 2020 08:00:00 GMT", "2020-06-15T08:00:00Z"),
            ("15 Jun 2020 08:00 EST", "2020-06-15T13:00:00Z"),
            ("Monday, 15 June 2020 08:00:00 CEST", "2020-06-15T06:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(|date| date.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "gestern", "2020-13-01", "32 Jun 2020", "15.6.2020", &"9".repeat(100)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
