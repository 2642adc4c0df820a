//! How far headline, date and authors agree with gold, and what a record's confidence is worth.
//!
//! A headline agrees but for case and punctuation, a date to the day, authors as a set of names. What is not right is told
//! apart: gold may follow another habit ([`Verdict::Nearly`]), the record may say nothing, or it may be wrong. Sites fall into
//! two halves by a hash of their domain, so that rules can be made on the misses of one half and looked at on the other.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::set::{Figure, PageFigures, interval};
use crate::extract::normalise;

/// How one fact compares with gold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same.
    Right,
    /// Gold follows another habit, and the record has what it says: the kicker before the headline, the day of the change in
    /// place of that of publication, several authors in one name.
    Nearly,
    /// The record says nothing.
    Missing,
    /// Something else.
    Wrong,
}

/// A fact that gold may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The headline.
    Title,
    /// The date of publication.
    Date,
    /// The authors.
    Authors,
}

impl Fact {
    /// All of them.
    pub const ALL: [Fact; 3] = [Fact::Title, Fact::Date, Fact::Authors];

    /// As figures name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Fact::Title => "title",
            Fact::Date => "date",
            Fact::Authors => "authors",
        }
    }
}

/// The facts of one page against gold.
#[derive(Debug, Clone, Default)]
pub struct PageFacts {
    /// A verdict for each of [`Fact::ALL`] that gold has.
    pub verdicts: [Option<Verdict>; 3],
    /// Where the record's date of publication stood; none where it has no date.
    pub date_source: Option<String>,
    /// The record's confidence.
    pub confidence: f64,
}

/// What a record says, as far as it is compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// The headline.
    pub headline: Option<&'a str>,
    /// What stands over it.
    pub kicker: Option<&'a str>,
    /// ISO 8601, of publication.
    pub published: Option<&'a str>,
    /// ISO 8601, of the last change.
    pub modified: Option<&'a str>,
    /// Names.
    pub authors: &'a [String],
}

impl PageFacts {
    /// Compares the headline with gold's.
    pub fn compare_title(&mut self, said: &Said<'_>, gold: &str) {
        let (gold, headline) = (normalise(gold), normalise(said.headline.unwrap_or_default()));
        let whole = || [normalise(said.kicker.unwrap_or_default()), headline.clone()].join(" ");
        self.verdicts[0] = (!gold.is_empty()).then(|| match () {
            () if headline == gold => Verdict::Right,
            () if headline.is_empty() => Verdict::Missing,
            () if whole() == gold => Verdict::Nearly,
            () => Verdict::Wrong,
        });
    }

    /// Compares the date of publication with gold's.
    pub fn compare_date(&mut self, said: &Said<'_>, gold: &str) {
        let day = |date: &str| date.get(..10).unwrap_or(date).to_owned();
        let [published, modified] = [said.published.map(day), said.modified.map(day)];
        let gold = day(gold);
        self.verdicts[1] = (!gold.is_empty()).then(|| match published {
            Some(published) if published == gold => Verdict::Right,
            _ if modified.as_ref() == Some(&gold) => Verdict::Nearly,
            None => Verdict::Missing,
            Some(_) => Verdict::Wrong,
        });
    }

    /// Compares the authors with gold's.
    pub fn compare_authors(&mut self, said: &Said<'_>, gold: &[String]) {
        fn set(names: impl Iterator<Item = String>) -> Vec<String> {
            let mut names: Vec<String> = names.map(|name| normalise(&name)).filter(|name| !name.is_empty()).collect();
            names.sort();
            names.dedup();
            names
        }
        let got = set(said.authors.iter().cloned());
        let wanted = set(gold.iter().cloned());
        let parted = || set(gold.iter().flat_map(|names| part(names)));
        self.verdicts[2] = (!wanted.is_empty()).then(|| match () {
            () if got == wanted => Verdict::Right,
            () if got.is_empty() => Verdict::Missing,
            () if got == parted() => Verdict::Nearly,
            () => Verdict::Wrong,
        });
    }
}

/// The names that one entry of gold lists: `Ann Hill, Ben Dale & Carl Moor`.
fn part(names: &str) -> Vec<String> {
    let commas =
        [" and ", " und ", " & ", ";", " with "].iter().fold(names.to_owned(), |text, mark| text.replace(mark, ","));
    commas.split(',').map(|name| name.trim().trim_start_matches("and ").to_owned()).collect()
}

/// Half of the sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// Whose misses may be looked at.
    A,
    /// Whose figures tell whether rules hold elsewhere.
    B,
}

/// The half that a host's domain falls into: that of its last two labels, three where the last but one is a common second
/// level of a country (`co.uk`).
#[must_use]
pub fn half_of(host: &str) -> Half {
    const SECOND: [&str; 7] = ["co", "com", "org", "net", "gov", "ac", "edu"];
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let mut labels: Vec<&str> = host.rsplit('.').take(3).collect();
    let country = labels.first().is_some_and(|last| last.len() == 2);
    if !(country && labels.get(1).is_some_and(|second| SECOND.contains(second))) {
        labels.truncate(2);
    }
    labels.reverse();
    let hash = Sha256::digest(labels.join("."));
    if hash[0] % 2 == 0 { Half::A } else { Half::B }
}

/// The figures of one fact.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FactScore {
    /// Share of pages on which it is right.
    pub right: Figure,
    /// Share on which it is right or nearly so.
    pub with_nearly: f64,
    /// Share on which the record says nothing.
    pub missing: f64,
    /// Share right by half of the sites.
    pub halves: [f64; 2],
    /// Pages of which gold has the fact.
    pub pages: usize,
}

/// The figures of a set's metadata.
#[derive(Debug, Clone, Default)]
pub struct MetadataScore {
    /// Over all pages, one for each of [`Fact::ALL`].
    pub all: [FactScore; 3],
    /// Over the pages that gold calls articles, where it knows other types, too.
    pub articles: Option<[FactScore; 3]>,
    /// By source of the date of publication: right, all; pages of which gold has a date.
    pub date_sources: BTreeMap<String, (usize, usize)>,
    /// By confidence: lower bound of the bucket, mean word F1, pages.
    pub calibration: Vec<(f64, f64, usize)>,
}

/// Lower bounds of the buckets of confidence.
const BUCKETS: [f64; 8] = [0.0, 0.3, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

impl MetadataScore {
    /// Sums up pages.
    #[must_use]
    pub fn of(pages: &[PageFigures]) -> Self {
        let is_article = |page: &&PageFigures| page.kind == "article";
        let mixed = pages.iter().any(|page| !is_article(&page)) && pages.iter().any(|page| is_article(&page));
        let articles: Vec<&PageFigures> = pages.iter().filter(is_article).collect();
        let all: Vec<&PageFigures> = pages.iter().collect();
        let mut score = Self {
            all: Fact::ALL.map(|fact| FactScore::of(&all, fact)),
            articles: mixed.then(|| Fact::ALL.map(|fact| FactScore::of(&articles, fact))),
            date_sources: BTreeMap::new(),
            calibration: calibration(pages),
        };
        for page in pages {
            if let Some(verdict) = page.facts.verdicts[Fact::Date as usize] {
                let source = page.facts.date_source.clone().unwrap_or_else(|| "none".to_owned());
                let (right, all) = score.date_sources.entry(source).or_default();
                *right += usize::from(verdict == Verdict::Right);
                *all += 1;
            }
        }
        score
    }

    /// The share of pages on which a fact is right, by its name; none for another name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<f64> {
        let fact = Fact::ALL.into_iter().find(|fact| fact.as_str() == name)?;
        Some(self.all[fact as usize].right.value)
    }
}

impl FactScore {
    fn of(pages: &[&PageFigures], fact: Fact) -> Self {
        let verdicts: Vec<(Verdict, Half)> = pages
            .iter()
            .filter_map(|page| {
                let host = url::Url::parse(&page.url).ok().and_then(|url| url.host_str().map(str::to_owned));
                Some((page.facts.verdicts[fact as usize]?, half_of(&host.unwrap_or_default())))
            })
            .collect();
        let share = |of: &dyn Fn(&(Verdict, Half)) -> bool, among: &dyn Fn(&(Verdict, Half)) -> bool| {
            let all = verdicts.iter().filter(|one| among(one)).count();
            verdicts.iter().filter(|one| among(one) && of(one)).count() as f64 / all.max(1) as f64
        };
        let right = |one: &(Verdict, Half)| one.0 == Verdict::Right;
        let any = |_: &(Verdict, Half)| true;
        let rights: Vec<f64> = verdicts.iter().map(|one| f64::from(u8::from(right(one)))).collect();
        Self {
            right: Figure { value: share(&right, &any), interval: interval(&rights) },
            with_nearly: share(&|one| matches!(one.0, Verdict::Right | Verdict::Nearly), &any),
            missing: share(&|one| one.0 == Verdict::Missing, &any),
            halves: [Half::A, Half::B].map(|half| share(&right, &move |one| one.1 == half)),
            pages: verdicts.len(),
        }
    }
}

/// What a confidence meant: the mean F1 of the pages in each bucket.
fn calibration(pages: &[PageFigures]) -> Vec<(f64, f64, usize)> {
    let mut buckets = BUCKETS.map(|low| (low, 0.0, 0));
    for page in pages {
        let bucket = buckets.iter_mut().rfind(|(low, ..)| page.facts.confidence >= *low);
        if let (Some((_, sum, count)), Some(text)) = (bucket, &page.text) {
            *sum += text.word[0];
            *count += 1;
        }
    }
    let mean = |(low, sum, count): (f64, f64, usize)| (low, sum / count.max(1) as f64, count);
    buckets.into_iter().filter(|(.., count)| *count > 0).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::TextScore;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn facts_are_compared_as_a_reader_would() {
        let authors = names(&["Ute Sand"]);
        let said = Said {
            headline: Some("Geöffnet!"),
            kicker: Some("Archiv"),
            published: Some("2024-05-03T10:00:00+02:00"),
            modified: Some("2024-06-01"),
            authors: &authors,
        };
        let mut facts = PageFacts::default();
        let mut titled = |gold: &str| {
            facts.compare_title(&said, gold);
            facts.verdicts[0]
        };
        assert_eq!(titled("geöffnet"), Some(Verdict::Right));
        assert_eq!(titled("Archiv: Geöffnet"), Some(Verdict::Nearly));
        assert_eq!(titled("Archiv"), Some(Verdict::Wrong));
        assert_eq!(titled(""), None);
        let mut dated = |gold: &str| {
            facts.compare_date(&said, gold);
            facts.verdicts[1]
        };
        assert_eq!(dated("2024-05-03"), Some(Verdict::Right));
        assert_eq!(dated("2024-06-01T08:00:00Z"), Some(Verdict::Nearly));
        assert_eq!(dated("2024-06-02"), Some(Verdict::Wrong));
    }

    #[test]
    fn authors_are_a_set_and_gold_may_list_them_in_one() {
        let of = |got: &[&str], gold: &[&str]| {
            let (got, mut facts) = (names(got), PageFacts::default());
            facts.compare_authors(&Said { authors: &got, ..Said::default() }, &names(gold));
            facts.verdicts[2]
        };
        assert_eq!(of(&["Jan Moor", "Ute Sand"], &["ute sand", "Jan Moor"]), Some(Verdict::Right));
        assert_eq!(of(&["Jan Moor", "Ute Sand"], &["Jan Moor & Ute Sand"]), Some(Verdict::Nearly));
        assert_eq!(of(&["Jan Moor"], &["Jan Moor", "Ute Sand"]), Some(Verdict::Wrong));
        assert_eq!(of(&[], &["Jan Moor"]), Some(Verdict::Missing));
        assert_eq!(of(&["Jan Moor"], &[]), None);
    }

    #[test]
    fn pages_of_one_site_fall_into_one_half() {
        assert_eq!(half_of("www.seefurt.example"), half_of("blog.seefurt.example"));
        assert_eq!(half_of("a.tanndorf.co.uk"), half_of("tanndorf.co.uk"));
        let halves: Vec<Half> = (0..200).map(|n| half_of(&format!("ort{n}.example"))).collect();
        let first = halves.iter().filter(|half| **half == Half::A).count();
        assert!((60..140).contains(&first), "{first} of 200");
    }

    #[test]
    fn figures_by_type_source_and_confidence() {
        let page = |kind: &str, verdict, source: Option<&str>, confidence, text: &str| PageFigures {
            kind: kind.to_owned(),
            url: "https://seefurt.example/a".to_owned(),
            text: Some(TextScore::of(text, "a b")),
            facts: PageFacts {
                verdicts: [None, Some(verdict), None],
                date_source: source.map(str::to_owned),
                confidence,
            },
            ..PageFigures::default()
        };
        let pages = [
            page("article", Verdict::Right, Some("json_ld"), 0.99, "a b"),
            page("article", Verdict::Nearly, Some("json_ld"), 0.985, "a b"),
            page("listing", Verdict::Missing, None, 0.1, "x"),
        ];
        let score = MetadataScore::of(&pages);
        let date = score.all[Fact::Date as usize];
        assert_eq!((date.pages, date.right.value, date.with_nearly), (3, 1.0 / 3.0, 2.0 / 3.0));
        assert_eq!(score.articles.unwrap()[Fact::Date as usize].right.value, 0.5);
        assert_eq!(score.date_sources["json_ld"], (1, 2));
        assert_eq!(score.date_sources["none"], (0, 1));
        assert_eq!(score.calibration, [(0.0, 0.0, 1), (0.98, 1.0, 2)]);
        assert_eq!((score.figure("date"), score.figure("wordF1")), (Some(1.0 / 3.0), None));
        assert_eq!(score.all[Fact::Title as usize].pages, 0);
    }
}
