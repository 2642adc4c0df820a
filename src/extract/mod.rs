//! A response → [`Record`]: the pure function at the heart of the project.
//!
//! [`extract`] runs the stages: parse → segment → classify → assemble. [`assemble`] alone serves those who hold a parsed page.
//! [`Extractor`] chooses the site's profile by the page's address.
//! - `template`: which generation of the site's pages it is of.
//! - `text`: the article's text; the date and the author's code that are set into it.
//! - `title`: kicker and headline, also where they are glued.
//! - `items`, `assemble`, `vendors`: teasers, advertisements and vendors with their parts; `marks`, `edges`: the small wordings around them.
//! - `media`: images with caption and credit, and links.
//! - `metadata`: headline, authors, dates and the like, each from the most trusted source; `topics`: section and keywords;
//!   `language`; `beside`: the lines by the headline that date and author are read from where nothing names them.
//! - `rights`: what the publisher asks of machines.
//! - [`article_id`], [`version_id`], [`content_hash`], [`simhash`]: what makes an article or a version the same one.
//! - [`stand_in`]: pages that say 200 and are not what was asked for.
//! - [`tombstone`]: the record of an article that is gone.
//! - `record`: puts all of it into a [`Record`].
//!
//! Not for: deciding which block is what ([`crate::classify`]), and not for what only a run knows (`run_id`, `duplicate_of`,
//! `record_type`, the WARC's place): whoever runs fills those in.

mod assemble;
mod authors;
mod beside;
mod byline;
mod edges;
mod extractor;
mod hashes;
mod headline;
mod identity;
mod items;
mod language;
mod marks;
mod media;
mod metadata;
mod names;
mod published;
mod record;
mod rights;
mod stand_in;
mod template;
mod text;
mod title;
mod tombstone;
mod topics;
mod vendors;

use thiserror::Error;
use url::Url;

pub use extractor::Extractor;
pub use hashes::{content_hash, normalise, simhash, word_count, words};
pub use identity::{article_id, version_id};
pub use rights::directives;
pub use stand_in::{StandIn, stand_in};
pub use tombstone::{Gone, tombstone};

use template::Fitted;

use crate::classify::{Classified, Classifier, Explanation, Sketch, sketch};
use crate::parse::{InputFormat, Page, ParseError, ParseLimits, parse_as};
use crate::site::{Site, Template};
use crate::types::{
    BlockTag, DeadReason, Fetched, Labelled, Origin, PageType, Reason, Record, RobotsDirectives, Role, SkipReason,
};

/// What came of a response.
#[derive(Debug)]
pub struct Extraction {
    /// The record. For a page without an article it has no text and says so in its warnings.
    pub record: Record,
    /// The parsed page, whose links may lead on.
    pub page: Page,
    /// What the page and the server ask of robots, joined.
    pub robots: RobotsDirectives,
    /// The blocks that the record was made of.
    pub classified: Classified,
}

impl Extraction {
    /// For each block the row of a table that it stands in: what [`crate::render`] lays tables out by.
    #[must_use]
    pub fn rows(&self) -> Vec<Option<u32>> {
        let containers = &self.classified.containers;
        let row = |labelled: &Labelled| containers.get(labelled.block.container as usize).map(|cell| cell.parent);
        let table = |labelled: &Labelled| labelled.role == Role::Table && labelled.block.tag == BlockTag::Cell;
        self.classified.blocks.iter().map(|labelled| row(labelled).filter(|_| table(labelled))).collect()
    }

    /// What a [`Sketch`] counts of the page.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<u64> {
        match &self.classified.prints {
            Some(prints) => sketch::counted(prints.iter().copied()),
            None => sketch::fingerprints(self.classified.blocks.iter().map(|labelled| labelled.block.text.as_str())),
        }
    }

    /// Why the record is not wanted among articles: the page is a list, or holds no article.
    /// What robots directives ask is not judged here, since the profile has a say in it.
    #[must_use]
    pub fn skip_reason(&self) -> Option<SkipReason> {
        match self.record.page_type {
            _ if self.record.text.is_empty() => Some(SkipReason::NoArticle),
            PageType::Article => None,
            PageType::Listing => Some(SkipReason::Listing),
            PageType::Other => Some(SkipReason::NoArticle),
        }
    }
}

/// Why a response gives no record at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unfit {
    /// It can never give one: empty, or not text.
    #[error("{detail}")]
    Dead {
        /// The reason as counted.
        reason: DeadReason,
        /// For people.
        detail: String,
    },
    /// It could, but is not wanted.
    #[error("{detail}")]
    Skip {
        /// The reason as counted.
        reason: SkipReason,
        /// For people.
        detail: String,
    },
}

impl From<ParseError> for Unfit {
    fn from(error: ParseError) -> Self {
        Unfit::Dead { reason: error.reason(), detail: error.to_string() }
    }
}

/// Extracts the record of a response. Linear in the size of the body.
///
/// # Errors
/// [`Unfit`] where the body is empty or not text. A page that merely holds no article gives a record without text.
pub fn extract(fetched: &Fetched, site: &Site, classifier: &Classifier) -> Result<Extraction, Unfit> {
    let page = parse_as(fetched, InputFormat::Auto, &ParseLimits::default())?;
    Ok(assemble(page, fetched, site, classifier))
}

/// Extracts the record of a page that is parsed already.
#[must_use]
pub fn assemble(page: Page, fetched: &Fetched, site: &Site, classifier: &Classifier) -> Extraction {
    assemble_with(page, fetched, site, classifier, None)
}

/// The same, knowing what recurs on other pages of the site.
#[must_use]
pub fn assemble_with(
    page: Page,
    fetched: &Fetched,
    site: &Site,
    classifier: &Classifier,
    sketch: Option<&Sketch>,
) -> Extraction {
    let Fitted { template, segments, warning } = template::fit(&page, fetched, site);
    let classified = classifier.classify_with(&page, segments, template, sketch);
    conclude(page, fetched, site, classified, classifier.model_name(), (template, warning))
}

/// The same, and why each block got its role. For people; several times the cost.
#[must_use]
pub fn explain(
    page: Page,
    fetched: &Fetched,
    site: &Site,
    classifier: &Classifier,
    sketch: Option<&Sketch>,
) -> (Extraction, Explanation) {
    let Fitted { template, segments, warning } = template::fit(&page, fetched, site);
    let (classified, explanation) = classifier.explain(&page, segments, template, sketch);
    (conclude(page, fetched, site, classified, classifier.model_name(), (template, warning)), explanation)
}

fn conclude(
    page: Page,
    fetched: &Fetched,
    site: &Site,
    classified: Classified,
    model: &str,
    (template, warning): (&Template, Option<String>),
) -> Extraction {
    let robots = rights::directives(&page.meta, fetched);
    let parts = record::Parts { page: &page, fetched, site, classified: &classified, robots: &robots };
    // Labels that other pages of the site decided cannot be had from this page alone: the record says so.
    let decided = |labelled: &Labelled| labelled.reasons.iter().any(|reason| matches!(reason, Reason::Recurs { .. }));
    let model = match classified.blocks.iter().any(decided) {
        true => format!("{model}+site"),
        false => model.to_owned(),
    };
    let mut record = record::assemble(&parts, template.name.as_deref(), &model);
    record.warnings.extend(warning);
    Extraction { record, page, robots, classified }
}

/// The day on which the page looked as it does; that of a saved file is not known.
fn captured_on(fetched: &Fetched) -> Option<String> {
    match fetched.origin {
        Origin::Http | Origin::Warc { .. } | Origin::Wayback { .. } => {
            Some(fetched.fetched_at.strftime("%Y-%m-%d").to_string())
        }
        Origin::File { .. } => None,
    }
}

/// Whether the site's profile, and nothing less certain, says what a block is.
fn is_profiled(labelled: &Labelled) -> bool {
    labelled.block.profile_role == Some(labelled.role)
        || labelled.reasons.iter().any(|reason| matches!(reason, Reason::Profile(_)))
}

/// Whether an address can be followed by a reader of the record.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
