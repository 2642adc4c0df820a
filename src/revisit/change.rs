//! What of an article has changed.
//!
//! The article is its words and what is said of it; white space, case and punctuation, and all that stands around it (teasers,
//! advertisements, menus, the order of blocks) mean nothing. A date of modification is no change by itself: builders of sites renew it
//! with every page they render.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::extract::normalise;
use crate::types::Record;

/// Which parts are compared, by the names of their fields in the record. Stored: the order is never changed, new ones come last.
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
/// Bytes of a part's fingerprint.
const PRINT: usize = 4;
/// Fields that change with no change of the article.
const RESTLESS: &str = "date_modified";

/// Fingerprints of the parts of an article, four bytes each.
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
        Self(prints.collect())
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

    /// The fields in which a later version differs, in the record's order; empty where the article is the same. A part that the
    /// earlier fingerprints do not know is taken for the same.
    #[must_use]
    pub fn changed_in(&self, later: &Self) -> Vec<String> {
        let pairs = self.0.chunks_exact(PRINT).zip(later.0.chunks_exact(PRINT)).zip(PARTS);
        let changed: Vec<String> =
            pairs.filter(|((one, other), _)| one != other).map(|(_, part)| part.to_owned()).collect();
        if changed.iter().all(|part| part == RESTLESS) { Vec::new() } else { changed }
    }
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
        let (one, mut other) = (record(PAGE), record(&PAGE.replace("sechs", "acht")));
        other.date_modified = Some("2025-03-06".to_owned());
        assert_eq!(Facets::of(&one).changed_in(&Facets::of(&other)), ["date_modified", "text"]);
        assert!(Facets::of(&one).agree(&Facets::of(&other), "headline"));
        assert!(!Facets::of(&one).agree(&Facets::default(), "headline"));
        assert!(Facets::default().changed_in(&Facets::of(&one)).is_empty());
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
