//! What the metadata and the labelled blocks say about the article, chosen: the blocks that the reader sees first, then the
//! metadata in the order of trust.

use crate::parse::Page;
use crate::types::{Author, AuthorKind, DateValue, Labelled, MetaSource, Role, Sourced};

use super::text::ArticleText;

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) published: Option<Sourced<DateValue>>,
    pub(super) modified: Option<Sourced<DateValue>>,
    pub(super) authors: Vec<Author>,
    pub(super) section: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) site_name: Option<String>,
    pub(super) license: Option<String>,
}

/// Chooses.
pub(super) fn choose(page: &Page, blocks: &[Labelled], article: &ArticleText) -> Facts {
    let meta = &page.meta;
    let visible = article.date.clone().map(|date| Sourced::new(date, MetaSource::VisibleText));
    let mut keywords = keywords(blocks);
    let section = match keywords.first() {
        Some(first) => Some(first.clone()),
        None => meta.sections.first().map(|section| section.value.clone()),
    };
    if keywords.is_empty() {
        keywords = meta.keywords.iter().map(|keyword| keyword.value.clone()).collect();
    }
    let mut authors: Vec<Author> = article.authors.clone();
    if authors.is_empty() {
        authors = meta.authors.iter().map(|author| author.value.clone()).collect();
    }
    if authors.is_empty() {
        authors = blocks.iter().filter(|l| l.role == Role::Byline).filter_map(|l| byline(&l.block.text)).collect();
    }
    Facts {
        published: visible.or_else(|| meta.published.first().cloned()),
        modified: meta.modified.first().cloned(),
        authors,
        section,
        keywords,
        language: language(page, &article.text),
        site_name: meta.site_names.first().map(|name| name.value.clone()),
        license: meta.licenses.first().map(|license| license.value.clone()),
    }
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

fn byline(text: &str) -> Option<Author> {
    let name = text.trim();
    let name = ["Von ", "von ", "By ", "by "].iter().find_map(|word| name.strip_prefix(word)).unwrap_or(name).trim();
    (!name.is_empty() && name.chars().count() <= 60).then(|| Author { name: name.to_owned(), kind: AuthorKind::Person })
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
