//! When the article was published and last changed: the most trusted statement of each kind, never one for the other.

use jiff::Timestamp;
use url::Url;

use crate::parse::dates::{DateOrder, find_dates_in};
use crate::types::{DateValue, Labelled, Meta, MetaSource, Precision, Role, Sourced};

/// Sources in the order of trust.
const ORDER: [MetaSource; 9] = [
    MetaSource::Profile,
    MetaSource::JsonLd,
    MetaSource::OpenGraph,
    MetaSource::Microdata,
    MetaSource::DublinCore,
    MetaSource::MetaTag,
    MetaSource::VisibleText,
    MetaSource::TimeElement,
    MetaSource::Markup,
];
/// How far a clock may go wrong before a date in the future is not believed: two days, in seconds.
const FUTURE: i64 = 2 * 24 * 60 * 60;

/// What is known of the page.
pub(super) struct Evidence<'a> {
    pub(super) meta: &'a Meta,
    pub(super) blocks: &'a [Labelled],
    /// A date set before the lead in brackets: the newsroom's own word.
    pub(super) before_lead: Option<&'a DateValue>,
    pub(super) url: &'a Url,
    pub(super) fetched_at: Timestamp,
}

/// The date of publication.
pub(super) fn published(evidence: &Evidence<'_>) -> Option<Sourced<DateValue>> {
    if let Some(date) = evidence.before_lead {
        return Some(Sourced::new(date.clone(), MetaSource::VisibleText));
    }
    let mut dates = evidence.meta.published.clone();
    dates.extend(dateline(evidence));
    best(&dates, evidence.fetched_at).or_else(|| of_url(evidence.url))
}

/// The date of the last change.
pub(super) fn modified(evidence: &Evidence<'_>) -> Option<Sourced<DateValue>> {
    best(&evidence.meta.modified, evidence.fetched_at)
}

/// The first date of the most trusted source, or a more precise one of the same day.
fn best(dates: &[Sourced<DateValue>], now: Timestamp) -> Option<Sourced<DateValue>> {
    let credible = |date: &&Sourced<DateValue>| !is_future(&date.value, now);
    let first = ORDER.iter().find_map(|source| dates.iter().filter(credible).find(|date| date.source == *source))?;
    if first.value.precision >= Precision::Time {
        return Some(first.clone());
    }
    let finer = ORDER.iter().find_map(|source| {
        dates.iter().find(|date| {
            let (fine, coarse) = (&date.value, &first.value);
            date.source == *source && fine.precision > coarse.precision && fine.iso.starts_with(&coarse.iso)
        })
    });
    Some(finer.unwrap_or(first).clone())
}

fn is_future(date: &DateValue, now: Timestamp) -> bool {
    let last = now.as_second().saturating_add(FUTURE);
    let day = Timestamp::from_second(last).map(|last| last.strftime("%Y-%m-%d").to_string());
    day.is_ok_and(|day| date.iso.get(..date.iso.len().min(10)).is_some_and(|date| date > day.as_str()))
}

/// Dates that the reader sees in date lines and bylines.
fn dateline(evidence: &Evidence<'_>) -> Vec<Sourced<DateValue>> {
    let order = evidence.meta.languages.first().map_or(DateOrder::Unknown, |tag| DateOrder::of_language(&tag.value));
    let lines =
        evidence.blocks.iter().filter(|labelled| matches!(labelled.role, Role::Dateline | Role::Byline)).take(6);
    let mut dates = Vec::new();
    for line in lines {
        for (range, date) in find_dates_in(&line.block.text, order) {
            let before = line.block.text.get(..range.start).unwrap_or_default().to_lowercase();
            if !["aktualisiert", "updated", "geändert", "modified", "reviewed"].iter().any(|word| before.contains(word))
            {
                dates.push(Sourced::new(date, MetaSource::VisibleText));
            }
        }
    }
    dates
}

/// `/2024/05/13/`, `/2024-05-13-titel`, `/20240513/`, `/2024/05/` in an address.
fn of_url(url: &Url) -> Option<Sourced<DateValue>> {
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u16>().ok())
            .flatten()
    };
    let is_year = |year: u16| (1994..2100).contains(&year);
    for (at, part) in parts.iter().enumerate() {
        if let Some(year) = number(part, 4).filter(|year| is_year(*year))
            && let Some(month) =
                parts.get(at + 1).and_then(|month| number(month, 2)).filter(|month| (1..=12).contains(month))
        {
            let day = parts.get(at + 2).and_then(|day| number(day, 2)).filter(|day| (1..=31).contains(day));
            let (iso, precision) = match day {
                Some(day) => (format!("{year:04}-{month:02}-{day:02}"), Precision::Day),
                None => (format!("{year:04}-{month:02}"), Precision::Month),
            };
            return Some(Sourced::new(DateValue { iso, precision, raw: url.path().to_owned() }, MetaSource::Url));
        }
        let dated = part.get(..10).filter(|start| start.as_bytes().get(4) == Some(&b'-'));
        let dated = dated.or_else(|| part.get(..8).filter(|start| start.len() == part.len()));
        if let Some(mut date) =
            dated.and_then(crate::parse::dates::parse_date).filter(|date| date.precision == Precision::Day)
            && date.iso.get(..4).and_then(|year| year.parse().ok()).is_some_and(is_year)
        {
            date.raw = (*part).to_owned();
            return Some(Sourced::new(date, MetaSource::Url));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dates::parse_date;

    fn chosen(published: &[(&str, MetaSource)], url: &str) -> Option<(String, MetaSource)> {
        let meta = Meta {
            published: published
                .iter()
                .map(|(text, source)| Sourced::new(parse_date(text).unwrap(), *source))
                .collect(),
            ..Meta::default()
        };
        let url = Url::parse(url).unwrap();
        let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
        let evidence = Evidence { meta: &meta, blocks: &[], before_lead: None, url: &url, fetched_at };
        super::published(&evidence).map(|date| (date.value.iso, date.source))
    }

    #[test]
    fn the_most_trusted_source_counts_and_may_be_made_finer() {
        let dates = [
            ("2024-05-14T09:00", MetaSource::TimeElement),
            ("2024-05-13T08:00:00Z", MetaSource::MetaTag),
            ("2024-05-13", MetaSource::JsonLd),
        ];
        assert_eq!(chosen(&dates, "https://a.test/"), Some(("2024-05-13T08:00:00Z".to_owned(), MetaSource::MetaTag)));
        assert_eq!(chosen(&[("2031-01-01", MetaSource::JsonLd)], "https://a.test/x"), None);
    }

    #[test]
    fn the_address_is_the_last_resort() {
        let of = |url| chosen(&[], url).map(|(iso, _)| iso);
        assert_eq!(of("https://a.test/2024/05/13/titel").as_deref(), Some("2024-05-13"));
        assert_eq!(of("https://a.test/2024/05/titel").as_deref(), Some("2024-05"));
        assert_eq!(of("https://a.test/news/2024-05-13-titel").as_deref(), Some("2024-05-13"));
        assert_eq!(of("https://a.test/20240513/titel").as_deref(), Some("2024-05-13"));
        assert_eq!(of("https://a.test/1234/99/titel-20240513"), None);
    }

    #[test]
    fn a_change_is_no_publication() {
        let modified = Sourced::new(parse_date("2024-05-13").unwrap(), MetaSource::JsonLd);
        let meta = Meta { modified: vec![modified.clone()], ..Meta::default() };
        let url = Url::parse("https://a.test/x").unwrap();
        let fetched_at = "2025-06-01T00:00:00Z".parse().unwrap();
        let evidence = Evidence { meta: &meta, blocks: &[], before_lead: None, url: &url, fetched_at };
        assert_eq!(super::published(&evidence), None);
        assert_eq!(super::modified(&evidence), Some(modified));
    }
}
