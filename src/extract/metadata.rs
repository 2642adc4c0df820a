//! What metadata and labelled blocks say about the article, chosen: each fact from the most trusted source that states it.
//!
//! [`authors`](super::authors), [`headline`](super::headline) and [`published`](super::published) rank their sources; here
//! are the facts that need no more than a first choice.

use jiff::Timestamp;
use url::Url;

use super::text::ArticleText;
use super::{authors, hashes, headline, published};
use crate::parse::Page;
use crate::types::{Author, DateValue, Labelled, Role, Sourced};

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) headline: Option<String>,
    pub(super) published: Option<Sourced<DateValue>>,
    pub(super) modified: Option<Sourced<DateValue>>,
    pub(super) authors: Vec<Author>,
    pub(super) section: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) site_name: Option<String>,
    pub(super) license: Option<String>,
}

/// What is to be chosen from.
pub(super) struct Sources<'a> {
    pub(super) page: &'a Page,
    pub(super) blocks: &'a [Labelled],
    pub(super) article: &'a ArticleText,
    /// The headline as the blocks give it, kicker taken off.
    pub(super) headline: Option<&'a str>,
    /// The address of the article.
    pub(super) url: &'a Url,
    pub(super) fetched_at: Timestamp,
}

/// Chooses.
pub(super) fn resolve(sources: &Sources<'_>) -> Facts {
    let Sources { page, blocks, article, headline, url, fetched_at } = sources;
    let meta = &page.meta;
    let mut keywords = keywords(blocks);
    let section = match keywords.first() {
        Some(first) => Some(first.clone()),
        None => meta.sections.first().map(|section| section.value.clone()),
    };
    if keywords.is_empty() {
        for keyword in &meta.keywords {
            if !keywords.contains(&keyword.value) {
                keywords.push(keyword.value.clone());
            }
        }
    }
    let own = own_names(page, url);
    let dates = published::Evidence { meta, blocks, before_lead: article.date.as_ref(), url, fetched_at: *fetched_at };
    Facts {
        headline: headline::choose(*headline, meta, &own),
        published: published::published(&dates),
        modified: published::modified(&dates),
        authors: authors::choose(meta, blocks, &article.authors, &own),
        section,
        keywords,
        language: language(page, &article.text),
        site_name: meta.site_names.first().map(|name| name.value.clone()),
        license: meta.licenses.first().map(|license| license.value.clone()),
    }
}

/// The names of the site, normalised: as it gives them, and as its host spells them.
fn own_names(page: &Page, url: &Url) -> Vec<String> {
    let mut names: Vec<String> = page.meta.site_names.iter().map(|name| hashes::normalise(&name.value)).collect();
    if let Some(host) = url.host_str() {
        let host = host.trim_start_matches("www.");
        names.push(hashes::normalise(host));
        let mut labels: Vec<&str> = host.split('.').rev().skip(1).filter(|label| label.len() > 3).collect();
        labels.truncate(2);
        names.extend(labels.into_iter().map(hashes::normalise));
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The keywords below the article: `Stichwörter: a, b`.
fn keywords(blocks: &[Labelled]) -> Vec<String> {
    let mut keywords = Vec::new();
    for labelled in blocks.iter().filter(|labelled| labelled.role == Role::Keywords) {
        let text = labelled.block.text.as_str();
        let list = match text.split_once(':') {
            Some((word, list)) if !word.contains([' ', ',']) => list,
            _ => text,
        };
        for keyword in list.split([',', ';', '|']).map(str::trim).filter(|keyword| !keyword.is_empty()) {
            if !keywords.iter().any(|known| known == keyword) {
                keywords.push(keyword.to_owned());
            }
        }
    }
    keywords
}

/// The language that the text is in; for texts too short to tell, the one that the page names.
fn language(page: &Page, text: &str) -> Option<String> {
    let named = page.meta.languages.first().and_then(|language| language.value.get(..2)).map(str::to_ascii_lowercase);
    let sample: String = text.chars().take(2000).collect();
    let found = whatlang::detect(&sample).filter(whatlang::Info::is_reliable).and_then(|info| two_letters(info.lang()));
    found.map(str::to_owned).or(named)
}

/// ISO 639-1 of the languages that the project is used with.
fn two_letters(language: whatlang::Lang) -> Option<&'static str> {
    use whatlang::Lang;
    Some(match language {
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Ita => "it",
        Lang::Por => "pt",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Ces => "cs",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Nob => "no",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Jpn => "ja",
        Lang::Cmn => "zh",
        Lang::Kor => "ko",
        Lang::Ara => "ar",
        _ => return None,
    })
}
