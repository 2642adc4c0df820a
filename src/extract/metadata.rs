//! What metadata and labelled blocks say about the article, chosen: each fact from the most trusted source that states it.
//!
//! [`authors`](super::authors), [`headline`](super::headline) and [`published`](super::published) rank their sources; here
//! are the facts that need no more than a first choice.

use jiff::Timestamp;
use url::Url;

use super::text::ArticleText;
use super::title::Title;
use super::{authors, hashes, headline, language, published, topics};
use crate::parse::Page;
use crate::types::{Author, DateValue, Labelled, Sourced};

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) headline: Option<String>,
    /// The kicker, where only metadata give one.
    pub(super) kicker: Option<String>,
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
    /// The title as the blocks give it, kicker taken off.
    pub(super) title: &'a Title,
    /// The address of the article.
    pub(super) url: &'a Url,
    pub(super) fetched_at: Timestamp,
}

/// Chooses.
pub(super) fn resolve(sources: &Sources<'_>) -> Facts {
    let Sources { page, blocks, article, title, url, fetched_at } = sources;
    let meta = &page.meta;
    let own = own_names(&meta.site_names, url);
    let dates = published::Evidence { meta, blocks, before_lead: article.date.as_ref(), url, fetched_at: *fetched_at };
    let published = published::published(&dates);
    let headline = headline::choose(title, meta, &own);
    let shown = headline.as_deref().filter(|_| title.kicker.is_none());
    let kicker = shown.and_then(|headline| headline::kicker(headline, meta, &own));
    let topics = topics::read(blocks, meta, &own, headline.as_deref());
    Facts {
        headline,
        kicker,
        modified: published::modified(&dates, published.as_ref()),
        published,
        authors: authors::choose(meta, blocks, &article.authors, &own),
        section: topics.section,
        keywords: topics.keywords,
        language: language::choose(meta, &article.text),
        site_name: meta.site_names.first().map(|name| name.value.clone()),
        license: meta.licenses.iter().map(|license| &license.value).find(|text| is_license(text)).cloned(),
    }
}

/// Whether a statement of rights is a licence: an address or the name of one, not a bare mark of copyright.
fn is_license(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = ["licen", "lizenz", "creative commons", "cc by", "cc-by", "cc0", "public domain", "gemeinfrei"];
    lower.starts_with("http") || lower.starts_with('/') || words.iter().any(|word| lower.contains(word))
}

/// The names of the site, normalised: as it gives them, also without what it adds in brackets (its address, its town), and as
/// its host spells them.
fn own_names(site_names: &[Sourced<String>], url: &Url) -> Vec<String> {
    let given = site_names.iter().flat_map(|name| {
        let bare = name.value.split_once('(').map(|(bare, _)| bare);
        std::iter::once(name.value.as_str()).chain(bare)
    });
    let mut names: Vec<String> = given.map(hashes::normalise).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::MetaSource;

    #[test]
    fn a_mark_of_copyright_is_no_licence() {
        assert!(is_license("https://creativecommons.org/licenses/by/4.0/") && is_license("CC BY-SA 4.0"));
        assert!(!is_license("© 2024 Tanndorfer Bote") && !is_license("Alle Rechte vorbehalten"));
    }
    #[test]
    fn what_a_site_adds_to_its_name_in_brackets_is_not_part_of_it() {
        let given = [Sourced::new("Tanndorfer Bote (www.bote.test)".to_owned(), MetaSource::MetaTag)];
        let url = Url::parse("https://www.bote.test/1").unwrap();
        let own = own_names(&given, &url);
        assert!(own.contains(&"tanndorfer bote".to_owned()) && own.contains(&"bote".to_owned()), "{own:?}");
    }
}
