//! The record: one line of JSONL. This is what others build on; fields are added, never renamed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Author, MetaSource, PageType, Precision, Role, Via};

/// The version of the record's shape.
pub const SCHEMA_VERSION: &str = "1.1";

/// One article as written to JSONL. Every field is always there; null or empty where unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    // Envelope.
    /// The version of this shape.
    pub schema_version: String,
    /// A new article, a changed one, or one that is gone.
    pub record_type: RecordType,
    /// In an update and a tombstone, the fields that differ from the line before of this `id`; empty in an article.
    pub changed: Vec<String>,
    /// The run that wrote the line.
    pub run_id: Option<String>,

    // Identity.
    /// Stable over runs and versions: from the canonical address.
    pub id: String,
    /// Changes with the content.
    pub version_id: String,
    /// The address of the article: canonical where known, else the one that answered.
    pub url: String,
    /// The address asked for.
    pub requested_url: String,
    /// What the page says its address is.
    pub canonical_url: Option<String>,
    /// Other addresses of the same article.
    pub aliases: Vec<String>,

    // Source.
    /// The host, without `www.`.
    pub source_domain: String,
    /// The name of the site as it gives it.
    pub site_name: Option<String>,
    /// The profile used.
    pub profile: String,
    /// The template version of the profile.
    pub template: Option<String>,
    /// Where the bytes came from.
    pub source: SourceInfo,

    // Title.
    /// The headline, without kicker.
    pub headline: Option<String>,
    /// The short line over the headline, without its colon.
    pub kicker: Option<String>,
    /// The second line of the title.
    pub subtitle: Option<String>,

    // People.
    /// Who wrote it, in order.
    pub authors: Vec<Author>,

    // Dates.
    /// ISO 8601; a day known only as a day stays a day.
    pub date_published: Option<String>,
    /// As it stood in the page.
    pub date_published_raw: Option<String>,
    /// How much of it is known.
    pub date_published_precision: Option<Precision>,
    /// Where it stood.
    pub date_published_source: Option<MetaSource>,
    /// ISO 8601.
    pub date_modified: Option<String>,
    /// As it stood in the page.
    pub date_modified_raw: Option<String>,
    /// How much of it is known.
    pub date_modified_precision: Option<Precision>,
    /// Where it stood.
    pub date_modified_source: Option<MetaSource>,
    /// When the bytes were fetched, RFC 3339 in UTC.
    pub fetched_at: String,

    // Text.
    /// The opening paragraph, where it is set apart.
    pub lead: Option<String>,
    /// Lead, then body, subheadings and lists, a line feed between blocks. Of a page that is no article what counts as its content,
    /// the items of a list among it, which are in `teasers` as well.
    pub text: String,
    /// Words in `text`.
    pub word_count: u64,
    /// ISO 639-1.
    pub language: Option<String>,

    // Structure.
    /// Every block of the page, in order.
    pub blocks: Vec<BlockRecord>,

    // Topics.
    /// The section.
    pub section: Option<String>,
    /// Keywords, in order.
    pub keywords: Vec<String>,

    // Media and links.
    /// Images of the article.
    pub images: Vec<ImageRecord>,
    /// Links in the article.
    pub links: Vec<LinkRecord>,

    // Around it.
    /// Pointers to other articles.
    pub teasers: Vec<TeaserItem>,
    /// Paid pointers.
    pub advertisements: Vec<Advertisement>,
    /// Vendors listed beside the article.
    pub vendors: Vec<Vendor>,

    // Rights.
    /// Whether the whole text may be read without paying, where the page says so.
    pub is_accessible_for_free: Option<bool>,
    /// The licence, as the page gives it.
    pub license: Option<String>,
    /// What the publisher asks of machines.
    pub rights: Rights,

    // Duplicates.
    /// SHA-256 of the normalised text, hexadecimal.
    pub content_hash: String,
    /// 64-bit simhash of the text, hexadecimal; null for short texts.
    pub simhash: Option<String>,
    /// `id` of the article that this one repeats.
    pub duplicate_of: Option<String>,

    // Provenance.
    /// What the server said.
    pub http: HttpInfo,
    /// Where the response is archived.
    pub warc: Option<WarcRef>,
    /// How the address was found.
    pub discovered_via: Via,

    // Extraction.
    /// The version of this software.
    pub extractor_version: String,
    /// The classifier's model.
    pub model: String,
    /// What the page is.
    pub page_type: PageType,
    /// How far to trust the text, 0 to 1: the expected share of blocks labelled right.
    pub confidence: f64,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    /// An article seen for the first time.
    Article,
    /// A new version of an article.
    Update,
    /// An article that is gone.
    Tombstone,
}

/// Where the bytes of a record came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceInfo {
    /// The kind of source.
    pub kind: SourceKind,
    /// The file, for files and archives.
    pub path: Option<String>,
    /// Byte offset in the file.
    pub offset: Option<u64>,
    /// When an archive captured the page, RFC 3339.
    pub captured_at: Option<String>,
}

/// The kind of source of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Fetched from the site.
    Http,
    /// A saved file.
    File,
    /// A WARC or WET file.
    Warc,
    /// A web archive's server.
    Wayback,
}

/// A block of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRecord {
    /// What it is.
    pub role: Role,
    /// Its text.
    pub text: String,
    /// 1 to 6 for headings.
    pub level: Option<u8>,
    /// How sure the classifier is, 0 to 1.
    pub score: f64,
}

/// An image of the article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageRecord {
    /// Absolute address; null where a caption is known but no image (plain text).
    pub url: Option<String>,
    /// Its caption.
    pub caption: Option<String>,
    /// Who made it.
    pub credit: Option<String>,
}

/// A link in the article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRecord {
    /// Absolute address.
    pub url: String,
    /// The link's text; null for bare addresses.
    pub text: Option<String>,
}

/// A pointer to another article.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeaserItem {
    /// Its title.
    pub title: Option<String>,
    /// Absolute address.
    pub url: Option<String>,
    /// ISO 8601.
    pub date: Option<String>,
    /// The summary, without date and "more".
    pub summary: Option<String>,
    /// The caption of its image.
    pub caption: Option<String>,
}

/// A paid pointer: the same shape as a teaser.
pub type Advertisement = TeaserItem;

/// A vendor listed beside the article.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Its name.
    pub name: String,
    /// Postal code.
    pub postal_code: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Absolute address.
    pub url: Option<String>,
}

/// What the publisher asks of machines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// `<meta name=robots>` as written.
    pub robots: Option<String>,
    /// `X-Robots-Tag` as sent.
    pub x_robots_tag: Option<String>,
    /// `noarchive` in either.
    pub noarchive: bool,
    /// TDM reservation (TDMRep, W3C community group report): true reserved, false not, null unsaid.
    pub tdm_reservation: Option<bool>,
    /// The address of the TDM policy.
    pub tdm_policy: Option<String>,
    /// `noai` or a like directive.
    pub ai_opt_out: bool,
}

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpInfo {
    /// The status; null for files.
    pub status: Option<u16>,
    /// `ETag` as sent.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The character set the body was decoded with.
    pub charset: Option<String>,
}

/// Where the response is archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarcRef {
    /// The file's name.
    pub file: String,
    /// Byte offset of the record.
    pub offset: u64,
}
