//! What is known of many records, gathered one after the other in bounded memory but for the names of authors and sections.

use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};

use crate::types::{Author, AuthorKind, RecordType, SourceKind};

/// Bins of the confidence, each 1/20 wide.
pub const CONFIDENCE_BINS: usize = 20;
/// Upper ends of the bins of lengths, in words; the last bin is open.
pub const LENGTH_BINS: [u64; 9] = [50, 100, 200, 300, 400, 600, 900, 1_500, 3_000];
/// Records with the lowest confidence that are named.
const LOWEST: usize = 25;

/// The part of a record that is counted; read from a line of JSONL.
#[derive(Debug, Clone, Deserialize)]
pub struct FiguresLine {
    id: String,
    record_type: RecordType,
    url: String,
    headline: Option<String>,
    date_published: Option<String>,
    fetched_at: String,
    source_domain: String,
    template: Option<String>,
    profile: String,
    source: FiguresSource,
    word_count: u64,
    language: Option<String>,
    section: Option<String>,
    authors: Vec<Author>,
    confidence: f64,
    duplicate_of: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct FiguresSource {
    kind: SourceKind,
}

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
}

impl Month {
    /// Of an ISO 8601 date of at least month precision.
    fn of(date: &str) -> Option<Self> {
        let (year, rest) = date.split_once('-')?;
        let (year, month) = (year.parse().ok()?, rest.get(..2)?.parse().ok()?);
        ((1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// Months since year 0.
    #[must_use]
    pub fn index(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }

    /// The month of [`Month::index`].
    #[must_use]
    pub fn from_index(index: i32) -> Self {
        let year = i16::try_from(index.div_euclid(12)).unwrap_or_default();
        Self { year, month: u8::try_from(index.rem_euclid(12)).unwrap_or_default() + 1 }
    }
}

/// An article that deserves a look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Doubtful {
    /// Its confidence.
    pub confidence: f64,
    /// Its address.
    pub url: String,
    /// Its headline.
    pub headline: Option<String>,
    /// Its words.
    pub words: u64,
}

/// What is known of many records.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// Lines by record type.
    pub record_types: BTreeMap<String, u64>,
    /// Articles by month of publication, and in it by template version (`profile` or `profile, template`).
    pub months: BTreeMap<String, BTreeMap<String, u64>>,
    /// Articles without a date.
    pub undated: u64,
    /// Articles by template version.
    pub templates: BTreeMap<String, u64>,
    /// Articles by kind of source.
    pub sources: BTreeMap<String, u64>,
    /// Articles by site.
    pub domains: BTreeMap<String, u64>,
    /// Articles by language.
    pub languages: BTreeMap<String, u64>,
    /// Articles by section.
    pub sections: BTreeMap<String, u64>,
    /// Articles by author; agencies and organisations with them.
    pub authors: BTreeMap<String, u64>,
    /// Articles that name no author.
    pub without_author: u64,
    /// Articles that repeat another.
    pub duplicates: u64,
    /// Articles by confidence, from 0 to 1 in [`CONFIDENCE_BINS`] bins.
    pub confidence: Vec<u64>,
    /// Articles by words: up to each of [`LENGTH_BINS`], and beyond the last.
    pub lengths: Vec<u64>,
    /// Words in all articles.
    pub words: u64,
    /// Records by the day on which they were fetched.
    pub days: BTreeMap<String, u64>,
    /// Those with the lowest confidence, the lowest first.
    pub lowest: Vec<Doubtful>,
    /// As `lowest`, while lines are added: the highest on top, to be thrown out.
    #[serde(skip)]
    heap: BinaryHeap<Ranked>,
}

/// A doubtful article, ordered by confidence, then address.
#[derive(Debug, Clone)]
struct Ranked(Doubtful);

impl Ranked {
    fn key(&self) -> (u64, &str) {
        // Confidence is never negative, so the order of its bits is that of its values.
        (self.0.confidence.max(0.0).to_bits(), &self.0.url)
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Figures {
    /// Counts a record. What is said of articles counts first versions only: an update is counted as such, and a line of the
    /// same article in another file is not recognised (see `auslese compact`).
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bin between 0 and 19")]
    pub fn add(&mut self, line: &FiguresLine) {
        let kind = match line.record_type {
            RecordType::Article => "article",
            RecordType::Update => "update",
            RecordType::Tombstone => "tombstone",
        };
        bump(&mut self.record_types, kind);
        bump(&mut self.days, line.fetched_at.get(..10).unwrap_or(&line.fetched_at));
        if line.record_type != RecordType::Article {
            return;
        }
        let template = match &line.template {
            Some(template) => format!("{}, {template}", line.profile),
            None => line.profile.clone(),
        };
        match line.date_published.as_deref().and_then(Month::of) {
            Some(Month { year, month }) => {
                bump(self.months.entry(format!("{year:04}-{month:02}")).or_default(), &template);
            }
            None => self.undated += 1,
        }
        bump(&mut self.templates, &template);
        bump(&mut self.sources, source_name(line.source.kind));
        bump(&mut self.domains, &line.source_domain);
        line.language.iter().for_each(|language| bump(&mut self.languages, language));
        line.section.iter().for_each(|section| bump(&mut self.sections, section));
        line.authors.iter().for_each(|author| bump(&mut self.authors, &author_name(author)));
        self.without_author += u64::from(line.authors.is_empty());
        self.duplicates += u64::from(line.duplicate_of.is_some());
        self.words += line.word_count;
        self.confidence.resize(CONFIDENCE_BINS, 0);
        let bin = ((line.confidence.clamp(0.0, 1.0) * CONFIDENCE_BINS as f64) as usize).min(CONFIDENCE_BINS - 1);
        self.confidence[bin] += 1;
        self.lengths.resize(LENGTH_BINS.len() + 1, 0);
        self.lengths[LENGTH_BINS.partition_point(|&end| end < line.word_count)] += 1;
        self.rank(line);
    }

    fn rank(&mut self, line: &FiguresLine) {
        let url = if line.url.is_empty() { line.id.clone() } else { line.url.clone() };
        let one =
            Doubtful { confidence: line.confidence, url, headline: line.headline.clone(), words: line.word_count };
        self.heap.push(Ranked(one));
        if self.heap.len() > LOWEST {
            self.heap.pop();
        }
    }

    /// The figures after the last record.
    #[must_use]
    pub fn finish(mut self) -> Self {
        self.lowest = std::mem::take(&mut self.heap).into_sorted_vec().into_iter().map(|ranked| ranked.0).collect();
        self
    }

    /// Articles.
    #[must_use]
    pub fn articles(&self) -> u64 {
        self.record_types.get("article").copied().unwrap_or_default()
    }

    /// Every month from the first to the last with an article, also those without one.
    #[must_use]
    pub fn span(&self) -> Vec<Month> {
        let ends = [self.months.keys().next(), self.months.keys().next_back()];
        let [Some(first), Some(last)] = ends.map(|month| month.and_then(|month| Month::of(month))) else {
            return Vec::new();
        };
        (first.index()..=last.index()).map(Month::from_index).collect()
    }

    /// Months between the first and the last that have no article.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let names = self.span().into_iter().map(|Month { year, month }| format!("{year:04}-{month:02}"));
        names.filter(|name| !self.months.contains_key(name)).collect()
    }
}

fn bump(counts: &mut BTreeMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.to_owned(), 1);
        }
    }
}

fn source_name(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Http => "live page",
        SourceKind::File => "saved file",
        SourceKind::Warc => "WARC",
        SourceKind::Wayback => "web archive",
    }
}

fn author_name(author: &Author) -> String {
    match author.kind {
        AuthorKind::Code => format!("({})", author.name),
        AuthorKind::Person | AuthorKind::Agency | AuthorKind::Organisation => author.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(number: u64, published: Option<&str>, confidence: f64) -> FiguresLine {
        serde_json::from_value(json!({
            "id": format!("{number:032x}"), "record_type": "article", "url": format!("https://seefurt.test/{number}"),
            "headline": "Fähre", "date_published": published, "fetched_at": "2026-03-01T10:00:00Z",
            "source_domain": "seefurt.test", "template": "tables", "profile": "seefurt.test",
            "source": {"kind": "http"}, "word_count": number, "language": "de", "section": "Hafen",
            "authors": [{"name": "ba", "kind": "code"}], "confidence": confidence, "duplicate_of": null
        }))
        .unwrap()
    }

    #[test]
    fn months_without_articles_are_gaps() {
        let mut figures = Figures::default();
        for published in [Some("2001-11-03"), Some("2002-02"), Some("2002-02-28T10:00:00+01:00"), None, Some("2001")] {
            figures.add(&line(10, published, 0.9));
        }
        assert_eq!(figures.span().len(), 4);
        assert_eq!(figures.gaps(), ["2001-12", "2002-01"]);
        assert_eq!((figures.undated, figures.months["2002-02"]["seefurt.test, tables"]), (2, 2));
        assert_eq!(figures.authors["(ba)"], 5);
    }

    #[test]
    fn bins_hold_their_ends() {
        let mut figures = Figures::default();
        for (words, confidence) in [(50, 0.0), (51, 0.05), (9_999, 1.0)] {
            figures.add(&line(words, None, confidence));
        }
        assert_eq!((figures.lengths[0], figures.lengths[1], figures.lengths[9]), (1, 1, 1));
        assert_eq!((figures.confidence[0], figures.confidence[1], figures.confidence[19]), (1, 1, 1));
    }

    #[test]
    fn the_lowest_are_kept_the_lowest_first() {
        let mut figures = Figures::default();
        for number in 0..100_u32 {
            figures.add(&line(u64::from(number), None, f64::from((number * 37) % 100) / 100.0));
        }
        let lowest: Vec<f64> = figures.finish().lowest.iter().map(|one| one.confidence).collect();
        assert_eq!(lowest.len(), LOWEST);
        assert!(lowest.is_sorted() && lowest[0] == 0.0 && lowest[24] == 0.24, "{lowest:?}");
    }
}
