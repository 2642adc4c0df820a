//! What of an article has changed.
//!
//! The article is its words and what is said of it; white space, case and punctuation, and all that stands around it (teasers,
//! advertisements, menus, the order of blocks) mean nothing. A date of modification is no change by itself: builders of sites renew it
//! with every page they render.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::Imprint;
use crate::extract::normalise;
use crate::types::{Record, SourceKind};

/// Which parts are compared, by the names of their fields in the record. Stored: neither order nor number is ever changed.
const PARTS: [&str; 13] = [
    "headline",
    "kicker",
    "subtitle",
    "authors",
    "date_published",
    "date_modified",
    "lead",
    "text",
    "section",
    "keywords",
    "license",
    "is_accessible_for_free",
    "rights",
];
/// Where what is told of the version stands, in four places of a fingerprint: when it was seen, how sure it is, its words, the day of its
/// publication.
const TOLD: usize = PARTS.len();
/// Where the imprint begins, in bytes.
pub(super) const IMPRINT: usize = (TOLD + 4) * PRINT;
/// Set where the version was read from a web archive.
const CAPTURED: u16 = 1;
/// Bytes of a part's fingerprint.
const PRINT: usize = 4;
/// Fields that change with no change of the article.
const RESTLESS: &str = "date_modified";

/// Fingerprints of the parts of an article, four bytes each, and what is told of the version; behind them the imprint of its page, where
/// one was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets(Vec<u8>);

impl Facets {
    /// The fingerprints of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let written = |text: &Option<String>| normalise(text.as_deref().unwrap_or_default());
        let as_said = |text: &Option<String>| text.clone().unwrap_or_default();
        let names: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
        let rights = &record.rights;
        let parts: [String; PARTS.len()] = [
            written(&record.headline),
            written(&record.kicker),
            written(&record.subtitle),
            normalise(&names.join("; ")),
            as_said(&record.date_published),
            as_said(&record.date_modified),
            written(&record.lead),
            // The hash of the normalised text.
            record.content_hash.clone(),
            written(&record.section),
            normalise(&record.keywords.join("; ")),
            as_said(&record.license),
            format!("{:?}", record.is_accessible_for_free),
            format!(
                "{:?} {:?} {} {:?} {:?} {}",
                rights.robots,
                rights.x_robots_tag,
                rights.noarchive,
                rights.tdm_reservation,
                rights.tdm_policy,
                rights.ai_opt_out
            ),
        ];
        let prints = parts.iter().flat_map(|part| Sha256::digest(part.as_bytes()).into_iter().take(PRINT));
        let mut bytes: Vec<u8> = prints.collect();
        let seen = record.source.captured_at.as_deref().unwrap_or(&record.fetched_at).parse::<Timestamp>();
        let seen = seen.ok().and_then(|at| u32::try_from(at.as_second()).ok()).unwrap_or(0);
        let sure = (record.confidence.clamp(0.0, 1.0) * 1000.0).round() as u16;
        let captured = if record.source.kind == SourceKind::Wayback { CAPTURED } else { 0 };
        bytes.extend(seen.to_be_bytes());
        bytes.extend(sure.to_be_bytes());
        bytes.extend(captured.to_be_bytes());
        bytes.extend(u32::try_from(record.word_count).unwrap_or(u32::MAX).to_be_bytes());
        let day = record.date_published.as_deref().and_then(|date| date.get(..10)?.replace('-', "").parse().ok());
        bytes.extend(day.unwrap_or(0_u32).to_be_bytes());
        Self(bytes)
    }

    /// What is told of the version; none where an earlier version of this software wrote it.
    #[must_use]
    pub fn told(&self) -> Option<Told> {
        let mut numbers = self.0.chunks_exact(PRINT).skip(TOLD).map(|chunk| <[u8; PRINT]>::try_from(chunk).ok());
        let seen = u32::from_be_bytes(numbers.next()??);
        let [high, low, flag_high, flag_low] = numbers.next()??;
        let words = u32::from_be_bytes(numbers.next()??);
        let day = u32::from_be_bytes(numbers.next()??);
        let day = Date::strptime("%Y%m%d", day.to_string()).ok();
        let seen = Timestamp::from_second(i64::from(seen)).ok()?;
        let confidence = f64::from(u16::from_be_bytes([high, low])) / 1000.0;
        let captured = u16::from_be_bytes([flag_high, flag_low]) & CAPTURED != 0;
        Some(Told { seen, confidence, captured, words, day })
    }

    /// The same, with the imprint of the page that it was read from ([`imprint_of`](super::imprint_of)).
    #[must_use]
    pub fn with_imprint(mut self, imprint: &[u8]) -> Self {
        self.0.truncate(IMPRINT);
        self.0.extend_from_slice(imprint);
        self
    }

    fn imprint(&self) -> Option<Imprint<'_>> {
        Imprint::from_bytes(self.0.get(IMPRINT..)?)
    }

    /// Whether a later version was read by another reader: one that knows more of the site, a later version of this software.
    #[must_use]
    pub fn has_other_reader(&self, later: &Self) -> bool {
        matches!((self.imprint(), later.imprint()), (Some(one), Some(other)) if !one.has_reader_of(&other))
    }

    /// From the bytes of [`Self::as_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What the state keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether nothing is known, as of articles that an earlier version wrote.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether two articles have the same fingerprint of the part of that name; false where one is not known.
    #[must_use]
    pub fn agree(&self, other: &Self, part: &str) -> bool {
        let Some(at) = PARTS.iter().position(|known| *known == part) else { return false };
        let print = |facets: &Self| facets.0.chunks_exact(PRINT).nth(at).map(<[u8]>::to_vec);
        print(self).is_some_and(|own| Some(own) == print(other))
    }

    /// The fields in which a later version differs, in the record's order; empty where the article is the same, and where only another
    /// reader reads it otherwise. A part that the earlier fingerprints do not know is taken for the same.
    #[must_use]
    pub fn changed_in(&self, later: &Self) -> Vec<String> {
        let pairs = self.0.chunks_exact(PRINT).zip(later.0.chunks_exact(PRINT)).zip(PARTS);
        let changed: Vec<String> =
            pairs.filter(|((one, other), _)| one != other).map(|(_, part)| part.to_owned()).collect();
        let is_same = changed.iter().all(|part| part == RESTLESS) || self.is_same_page(later);
        if is_same { Vec::new() } else { changed }
    }

    /// Whether another reader read what is the same page, as far as the article goes.
    fn is_same_page(&self, later: &Self) -> bool {
        match (self.imprint(), later.imprint()) {
            (Some(one), Some(other)) => !one.has_reader_of(&other) && !one.differs(&other),
            _ => false,
        }
    }
}

/// What is told of a version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// When the page looked like that, to the second.
    pub seen: Timestamp,
    /// The record's `confidence`.
    pub confidence: f64,
    /// Whether it was read from a web archive.
    pub captured: bool,
    /// The record's `word_count`.
    pub words: u32,
    /// The day of its `date_published`, where that is known to the day.
    pub day: Option<Date>,
}

/// When an article appeared, by its `date_published`. A day known only as a day is taken at its end, so that an article of today is new.
#[must_use]
pub fn published_at(iso: &str) -> Option<Timestamp> {
    if let Ok(time) = iso.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = iso.parse::<jiff::civil::DateTime>()
        && iso.contains('T')
    {
        return time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp());
    }
    let day: Date = iso.parse().ok()?;
    let start = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    start.checked_add(SignedDuration::from_hours(24)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Classifier;
    use crate::extract::extract;
    use crate::site::Sites;
    use crate::types::{Fetched, Origin, Via};

    const PAGE: &str = "<html lang=de><head><title>Die Fähre kommt zurück</title>\
        <meta name=author content='Jule Hansen'><meta name=keywords content='Fähre, Seefurt'>\
        <meta property='article:published_time' content='2025-03-04T08:00:00+01:00'>\
        <meta property='article:modified_time' content='2025-03-04T09:00:00+01:00'></head><body>\
        <nav><a href=/a>Start</a> <a href=/b>Termine</a></nav><article><h1>Die Fähre kommt zurück</h1>\
        <p>Nach drei Jahren an Land soll die Fähre von Seefurt im Mai wieder über den Fluss gehen, sagt die Hafenmeisterin.</p>\
        <p>Der Rat hat das Geld für den neuen Motor am Montag bewilligt. Die Werft in Altenquast braucht dafür sechs Wochen.</p>\
        <p>Bis dahin fährt der Bus über die Brücke, jede Stunde einmal, am Wochenende alle zwei Stunden und feiertags gar nicht.</p>\
        </article><aside><h3>Mehr</h3><p><a href=/x>Der Markt zieht um</a></p></aside></body></html>";

    fn record(page: &str) -> Record {
        let url: url::Url = "http://fluss.test/faehre.html".parse().unwrap();
        let fetched = Fetched {
            requested: url.clone(),
            final_url: url.clone(),
            hops: Vec::new(),
            status: 200,
            headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
            body: page.as_bytes().to_vec(),
            fetched_at: "2025-03-05T10:00:00Z".parse().unwrap(),
            origin: Origin::Http,
            via: Via::Link,
        };
        extract(&fetched, &Sites::embedded().unwrap().for_url(&url), Classifier::embedded()).unwrap().record
    }

    /// What changes, by the facets and by the version's name, when the page is written anew.
    fn changed(from: &str, to: &str) -> Vec<String> {
        assert!(PAGE.contains(from), "{from}");
        let (one, other) = (record(PAGE), record(&PAGE.replace(from, to)));
        let changed = Facets::of(&one).changed_in(&Facets::of(&other));
        assert_eq!(one.version_id != other.version_id, !changed.is_empty(), "{changed:?}");
        changed
    }

    #[test]
    fn what_is_the_article_is_named_and_what_stands_beside_it_is_not() {
        assert_eq!(changed("sechs Wochen", "acht Wochen"), ["text"]);
        assert_eq!(changed("Jule Hansen", "Nele Hansen"), ["authors"]);
        assert_eq!(changed("03-04T08", "03-03T08"), ["date_published"]);
        assert_eq!(changed("Fähre, Seefurt", "Fähre, Fluss"), ["keywords"]);
        assert_eq!(changed("<title>Die Fähre", "<title>Die Fähre"), [""; 0]);
        assert_eq!(changed("Der Markt zieht um", "Neue Uhr am Turm"), [""; 0], "a teaser");
        assert_eq!(changed("<p>Bis dahin", "<p>\n  bis  dahin"), [""; 0], "white space and case");
        assert_eq!(changed("2025-03-04T09", "2025-03-05T10"), [""; 0], "rendered again");
        assert_eq!(changed("<head>", "<head><meta name=robots content=noarchive>"), ["rights"]);
    }

    #[test]
    fn a_modification_is_told_with_what_it_was_for() {
        let (mut one, mut other) = (record(PAGE), record(&PAGE.replace("sechs", "acht")));
        other.date_modified = Some("2025-03-06".to_owned());
        assert_eq!(Facets::of(&one).changed_in(&Facets::of(&other)), ["date_modified", "text"]);
        assert!(Facets::of(&one).agree(&Facets::of(&other), "headline"));
        assert!(!Facets::of(&one).agree(&Facets::default(), "headline"));
        assert_eq!(Facets::of(&one).told().unwrap().day, "2025-03-04".parse().ok());
        one.date_published = Some("2025-03".to_owned());
        assert_eq!(Facets::of(&one).told().unwrap().day, None);
        assert!(Facets::default().changed_in(&Facets::of(&one)).is_empty());
        let told = Facets::of(&one).told().unwrap();
        assert_eq!((told.seen.to_string().as_str(), told.captured), ("2025-03-05T10:00:00Z", false));
        assert_eq!((told.confidence, u64::from(told.words)), (one.confidence, one.word_count));
        let earlier = Facets::of(&one).as_bytes().iter().take(PARTS.len() * PRINT).copied().collect();
        assert!(Facets::from_bytes(earlier).told().is_none());
    }

    #[test]
    fn a_day_ends_before_an_article_is_old() {
        let at = |iso| published_at(iso).map(|time| time.to_string());
        assert_eq!(at("2025-03-04").as_deref(), Some("2025-03-05T00:00:00Z"));
        assert_eq!(at("2025-03-04T08:30:00+01:00").as_deref(), Some("2025-03-04T07:30:00Z"));
        assert_eq!(at("2025-03-04T08:30:00").as_deref(), Some("2025-03-04T08:30:00Z"));
        assert_eq!(at("2025"), None);
        assert_eq!(at("gestern"), None);
    }
}
