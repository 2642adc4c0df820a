//! What a page says about itself, every statement with its source; choosing among them is the extractor's job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DateValue;

/// Metadata of a page as it stands there. Lists are in order of appearance within a source.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// `<title>`, white space collapsed.
    pub title: Option<String>,
    /// `<base href>`, resolved.
    pub base: Option<String>,
    /// `rel=canonical` (or `og:url` where that is missing), as written.
    pub canonical: Vec<Sourced<String>>,
    /// `<html lang>`, `content-language`, `og:locale`, `inLanguage`.
    pub languages: Vec<Sourced<String>>,
    /// Titles of the article.
    pub headlines: Vec<Sourced<String>>,
    /// Descriptions or abstracts.
    pub descriptions: Vec<Sourced<String>>,
    /// Authors.
    pub authors: Vec<Sourced<Author>>,
    /// Dates of publication.
    pub published: Vec<Sourced<DateValue>>,
    /// Dates of the last change.
    pub modified: Vec<Sourced<DateValue>>,
    /// Sections.
    pub sections: Vec<Sourced<String>>,
    /// Keywords, one each.
    pub keywords: Vec<Sourced<String>>,
    /// Images of the article.
    pub images: Vec<Sourced<MetaImage>>,
    /// Names of the site or publisher.
    pub site_names: Vec<Sourced<String>>,
    /// `isAccessibleForFree`.
    pub is_accessible_for_free: Option<bool>,
    /// `license`, `rel=license`, `dc.rights`.
    pub licenses: Vec<Sourced<String>>,
    /// `articleBody` of JSON-LD, where given: evidence for the classifier, never the text itself.
    pub article_body: Option<String>,
    /// What type the page says it is.
    pub types: Vec<Sourced<PageType>>,
    /// `<meta name=robots>`.
    pub robots: RobotsDirectives,
    /// `tdm-reservation` and `tdm-policy` of the page.
    pub tdm: Option<(bool, Option<String>)>,
    /// Feeds that the page names (`rel=alternate`), as written.
    pub feeds: Vec<String>,
    /// The next page (`rel=next`), as written.
    pub next: Option<String>,
    /// A `<meta http-equiv=refresh>` target, as written, with its delay in seconds.
    pub refresh: Option<(u32, String)>,
}

/// A value and where the page says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub source: MetaSource,
}

impl<T> Sourced<T> {
    /// A value of a source.
    pub const fn new(value: T, source: MetaSource) -> Self {
        Self { value, source }
    }
}

/// Where a statement about a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetaSource {
    /// A selector or rule of the site's profile.
    Profile,
    /// JSON-LD.
    JsonLd,
    /// `<meta property="article:…">` and `og:…`.
    OpenGraph,
    /// `itemprop` attributes.
    Microdata,
    /// `DC.…`, `DCTERMS.…`.
    DublinCore,
    /// Another `<meta name=…>` (parsely, sailthru, citation_…, author, date, keywords).
    MetaTag,
    /// `<time datetime>` in the page.
    TimeElement,
    /// Text that the reader sees.
    VisibleText,
    /// `<title>`.
    TitleTag,
    /// The page's address.
    Url,
    /// An HTTP header.
    Header,
    /// An element with a telling class or `rel` (`rel=author`, `class=byline`).
    Markup,
}

/// An author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// The name or code, as written.
    pub name: String,
    /// What kind of name it is.
    pub kind: AuthorKind,
}

/// What kind of author a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A person.
    Person,
    /// A code of two or more letters that a newsroom uses for a person.
    Code,
    /// A news agency.
    Agency,
    /// Another organisation.
    Organisation,
}

/// An image as metadata give it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetaImage {
    /// The address as written.
    pub url: String,
    /// Its caption.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
}

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageType {
    /// One article.
    Article,
    /// A list of pointers to articles: home page, section, archive, search result.
    Listing,
    /// Anything else: product, forum, service, documentation, form.
    Other,
}

/// Directives of `<meta name=robots>` and `X-Robots-Tag`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RobotsDirectives {
    /// As written, joined by `, `; none where nothing was said.
    pub raw: Option<String>,
    /// `noindex` or `none`.
    pub noindex: bool,
    /// `nofollow` or `none`.
    pub nofollow: bool,
    /// `noarchive`.
    pub noarchive: bool,
    /// `noai`, `noimageai`.
    pub noai: bool,
}
